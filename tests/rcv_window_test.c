// SPDX-License-Identifier: Apache-2.0
// What a TCP receiver acknowledges when, and what window it tells. In whole runs: peer_test.
#include "hostbridge/rcv_window.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#define UNIT (1u << RCV_SCALE)

// A segment with so many bytes from `seq` on.
static uint32_t make(uint8_t frame[200], uint32_t seq, uint32_t bytes)
{
    static const uint8_t header[RCV_HEADER] = {
        2, 0, 0,    0, 0,    1,    2,  0, 0, 0, 0,   2,  8, 0, 0x45, 0,
        0, 0, 0,    0, 0x40, 0,    64, 6, 0, 0, 198, 18, 0, 1, 198,  19,
        0, 1, 0xC0, 0, 0x13, 0x89, 0,  0, 0, 0, 0,   0,  0, 7, 0x50, 0x10};
    memcpy(frame, header, RCV_HEADER);
    memset(frame + RCV_HEADER, 0, 200 - RCV_HEADER);
    frame[17] = (uint8_t)(40 + bytes);
    for (unsigned i = 0; i < 4; i++) frame[38 + i] = (uint8_t)(seq >> (24 - 8 * i));
    return RCV_HEADER + bytes < 60 ? 60 : RCV_HEADER + bytes;
}

static bool arrives(rcv_window_t *w, uint32_t seq, uint32_t bytes)
{
    uint8_t frame[200];
    return rcv_window_arrived(w, frame, make(frame, seq, bytes));
}

static rcv_segment_t ack(rcv_window_t *w, uint32_t free_bytes)
{
    uint8_t frame[RCV_ACK_BYTES];
    rcv_segment_t s;
    rcv_window_ack(w, free_bytes, frame);
    assert_true(rcv_segment(frame, RCV_ACK_BYTES, &s));
    assert_int_equal(s.end, s.seq); // padding is no payload
    assert_int_equal(s.seq, 7);     // where the sender is with ours
    return s;
}

static void what_is_no_plain_segment_is_refused(void **state)
{
    (void)state;
    static const unsigned at[] = {12, 14, 23, 46}; // type, version, protocol, options
    uint8_t frame[200];
    rcv_segment_t s;
    uint32_t len = make(frame, 100, 80);
    assert_true(rcv_segment(frame, len, &s));
    assert_int_equal(s.seq, 100);
    assert_int_equal(s.end, 180);
    for (unsigned i = 0; i < 4; i++) {
        frame[at[i]] ^= 0x20;
        assert_false(rcv_segment(frame, len, &s));
        frame[at[i]] ^= 0x20;
    }
    assert_false(rcv_segment(frame, RCV_HEADER - 1, &s));
    assert_false(rcv_segment(frame, len - 1, &s)); // shorter than it says
    frame[17] = 39;
    assert_false(rcv_segment(frame, len, &s));
}

static void a_window_is_half_of_what_is_free(void **state)
{
    (void)state;
    assert_int_equal(rcv_window_of(0), 0);
    assert_int_equal(rcv_window_of(2 * UNIT - 1), 0);
    assert_int_equal(rcv_window_of(2 * UNIT), UNIT);
    assert_int_equal(rcv_window_of(212992), 106496);
    assert_int_equal(rcv_window_of(UINT32_MAX), 0xFFFFu << RCV_SCALE);
}

static void every_second_segment_is_acknowledged(void **state)
{
    (void)state;
    rcv_window_t w;
    rcv_window_init(&w, 100000);
    assert_false(rcv_window_read(&w, 100000, true)); // nothing has come
    assert_false(arrives(&w, 1, 100));
    assert_true(arrives(&w, 101, 100));
    rcv_segment_t s = ack(&w, 100000);
    assert_int_equal(s.ack, 201);
    assert_int_equal(s.window, rcv_window_of(100000));
    assert_false(arrives(&w, 201, 0));   // without payload: not counted
    assert_false(arrives(&w, 301, 100)); // one is missing
    assert_false(rcv_window_read(&w, 100000, false));
    assert_true(rcv_window_read(&w, 100000, true)); // the odd one, when all is read
    assert_int_equal(ack(&w, 100000).ack, 401);
    assert_false(rcv_window_read(&w, 100000, true));
}

static void what_was_told_is_not_taken_back(void **state)
{
    (void)state;
    rcv_window_t w;
    rcv_window_init(&w, 4000);
    uint32_t edge = RCV_FIRST + rcv_window_of(4000), seq = 1;
    for (uint32_t room = 4000; room > 200; room -= 190, seq += 100) {
        arrives(&w, seq, 100);
        const rcv_segment_t s = ack(&w, room);
        assert_true(s.ack + s.window >= edge && s.ack + s.window < edge + 2 * UNIT);
        edge = s.ack + s.window;
    }
}

static void the_sender_is_told_when_its_window_has_doubled(void **state)
{
    (void)state;
    rcv_window_t w;
    rcv_window_init(&w, 4 * UNIT);
    for (uint32_t seq = 1; seq < 1 + 2 * UNIT; seq += 64) arrives(&w, seq, 64);
    assert_int_equal(ack(&w, 0).window, 0);
    assert_false(rcv_window_read(&w, UNIT, false)); // less than a unit
    assert_true(rcv_window_read(&w, 4 * UNIT, false));
    assert_int_equal(ack(&w, 4 * UNIT).window, 2 * UNIT);
    assert_false(rcv_window_read(&w, 6 * UNIT, false)); // half as much again
    assert_true(rcv_window_read(&w, 8 * UNIT, false));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_plain_segment_is_refused),
        cmocka_unit_test(a_window_is_half_of_what_is_free),
        cmocka_unit_test(every_second_segment_is_acknowledged),
        cmocka_unit_test(what_was_told_is_not_taken_back),
        cmocka_unit_test(the_sender_is_told_when_its_window_has_doubled),
    };
    return cmocka_run_group_tests_name("rcv_window", tests, NULL, NULL);
}
