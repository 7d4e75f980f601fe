// SPDX-License-Identifier: Apache-2.0
#include "hostbridge/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define N_MAX 20000

// A receiver: keeps what arrives and looks at the bytes two cycles after the frame has ended.
typedef struct rx {
    uint64_t first_cyc[N_MAX];
    uint32_t len[N_MAX];
    bool good[N_MAX];
    uint8_t mark[N_MAX]; // byte 20: what tells injected frames apart
    unsigned n;
    sim_t sim;
    wire_t *wire;
    unsigned stride;
    uint64_t wire_free_cyc;
    sim_event_t check;
    const uint8_t *bytes; // frame in progress
    uint32_t crc;         // of the frame in progress, with FCS, when it started
    unsigned checked;
    wire_sent_t sent[N_MAX];
    unsigned sents;
    uint64_t end_cyc;
    unsigned ends;
    char error[TRACE_ERR_LEN];
    uint64_t inject_every; // answer every so many frames of the trace
} rx_t;

// CRC-32 by the book, independent of the library.
static uint32_t crc32_of(const uint8_t *p, uint32_t n)
{
    uint32_t c = UINT32_MAX;
    while (n--) {
        c ^= *p++;
        for (unsigned k = 0; k < 8; k++) c = c & 1 ? c >> 1 ^ 0xEDB88320u : c >> 1;
    }
    return ~c;
}

static void check_fn(void *ctx, uint64_t now_cyc)
{
    rx_t *r = ctx;
    (void)now_cyc;
    assert_int_equal(crc32_of(r->bytes, r->len[r->n - 1]), r->crc);
    r->checked++;
}

static void rx_frame(void *nic, uint64_t first_cyc, const uint8_t *bytes, uint32_t len,
                     bool fcs_good, bool er)
{
    rx_t *r = nic;
    assert_true(r->n < N_MAX);
    assert_false(er);
    assert_int_equal(first_cyc, r->sim.now_cyc);
    assert_int_equal(r->checked, r->n); // the frame before has ended two cycles ago
    r->first_cyc[r->n] = first_cyc;
    r->len[r->n] = len;
    r->good[r->n] = fcs_good;
    r->mark[r->n++] = bytes[20];
    uint32_t fcs = bytes[len - 4] | (uint32_t)bytes[len - 3] << 8 | (uint32_t)bytes[len - 2] << 16 |
                   (uint32_t)bytes[len - 1] << 24;
    assert_int_equal(fcs == crc32_of(bytes, len - 4), fcs_good);
    r->bytes = bytes;
    r->crc = crc32_of(bytes, len);
    uint64_t last_cyc = first_cyc + (8 + len - 1) * (uint64_t)r->stride;
    sim_at(&r->sim, &r->check, last_cyc + 2);
}

static uint64_t rx_wire_free(void *nic)
{
    return ((rx_t *)nic)->wire_free_cyc;
}
static unsigned rx_stride(void *nic)
{
    return ((rx_t *)nic)->stride;
}

static void on_sent(void *ctx, const wire_sent_t *f)
{
    rx_t *r = ctx;
    assert_int_equal(f->first_cyc, r->first_cyc[r->n - 1]);
    assert_int_equal(f->last_cyc, f->first_cyc + (8 + f->len + 4 - 1) * (uint64_t)r->stride);
    assert_ptr_equal(f->data, r->bytes);
    assert_int_equal(f->len + 4, r->len[r->n - 1]);
    assert_int_equal(f->bad_fcs, !r->good[r->n - 1]);
    r->sent[r->sents++] = *f;
    if (r->inject_every && !f->injected && f->seq % r->inject_every == 0) {
        uint8_t b[60] = {[20] = 0xEE};
        assert_true(wire_inject(r->wire, f->last_cyc + 1, b, 60, false));
    }
}

static void on_end(void *ctx, uint64_t now_cyc, const char *error)
{
    rx_t *r = ctx;
    r->ends++;
    r->end_cyc = now_cyc;
    if (error) strcpy(r->error, error);
}

static rx_t *open_rx(const char *spec, const trace_pace_t *pace, unsigned stride, trace_t **t)
{
    rx_t *r = calloc(1, sizeof *r);
    sim_init(&r->sim);
    sim_event_init(&r->check, "check", check_fn, r);
    r->stride = stride;
    nic_ops_t ops = {
        .nic = r, .rx_frame = rx_frame, .wire_free = rx_wire_free, .stride = rx_stride};
    wire_client_t c = {r, on_sent, on_end};
    char err[TRACE_ERR_LEN];
    *t = NULL;
    if (spec) {
        *t = trace_open(spec, pace, err);
        if (!*t) fail_msg("%s", err);
    }
    r->wire = wire_create(&r->sim, &ops, *t, pace && pace->topspeed, &c);
    assert_non_null(r->wire);
    return r;
}

static void close_rx(rx_t *r, trace_t *t)
{
    wire_destroy(r->wire);
    if (t) trace_close(t);
    free(r);
}

static void drain(rx_t *r)
{
    while (sim_step(&r->sim, SIM_NEVER)) {}
}

static const trace_pace_t ORIGINAL = {.max_frame = 1514};

static void line_rate_is_exactly_84_cycles_for_64_bytes(void **state)
{
    (void)state;
    trace_t *t;
    rx_t *r = open_rx("gen:cbr,size=64,load=100,count=5000", &ORIGINAL, 1, &t);
    wire_start(r->wire, 1000);
    drain(r);
    assert_int_equal(r->n, 5000);
    for (unsigned i = 0; i < 5000; i++) assert_int_equal(r->first_cyc[i], 1000 + 84 * i);
    const wire_stats_t *s = wire_stats(r->wire);
    assert_true(s->offered == 5000 && s->offered_bytes == 5000 * 60);
    assert_int_equal(s->max_injection_error_ns, 0);
    assert_int_equal(s->first_cyc, 1000);
    assert_int_equal(s->last_cyc, 1000 + 84 * 4999 + 71);
    assert_int_equal(r->ends, 1);
    assert_int_equal(r->end_cyc, s->last_cyc + 1);
    assert_string_equal(r->error, "");
    assert_true(wire_idle(r->wire, s->last_cyc + 1));
    assert_false(wire_idle(r->wire, s->last_cyc));
    close_rx(r, t);
}

static void topspeed_is_back_to_back_without_error(void **state)
{
    (void)state;
    trace_t *t;
    trace_pace_t pace = ORIGINAL;
    pace.topspeed = true;
    rx_t *r = open_rx("gen:imix,pps=1000,count=3000", &pace, 1, &t);
    wire_start(r->wire, 7);
    drain(r);
    for (unsigned i = 1; i < r->n; i++) {
        assert_int_equal(r->first_cyc[i], r->first_cyc[i - 1] + 8 + r->len[i - 1] + 12);
    }
    assert_int_equal(r->n, 3000);
    assert_int_equal(wire_stats(r->wire)->max_injection_error_ns, 0);
    close_rx(r, t);
}

static void overload_is_sent_at_line_rate_and_the_wait_is_reported(void **state)
{
    (void)state;
    trace_t *t;
    rx_t *r = open_rx("gen:cbr,size=64,pps=2000000,count=1000", &ORIGINAL, 1, &t);
    wire_start(r->wire, 0);
    drain(r);
    for (unsigned i = 0; i < 1000; i++) assert_int_equal(r->first_cyc[i], 84 * i);
    assert_int_equal(wire_stats(r->wire)->max_injection_error_ns, 999 * (672 - 500));
    close_rx(r, t);
}

static void asked_time_is_rounded_up_to_the_cycle(void **state)
{
    (void)state;
    trace_t *t;
    // 1001.25 ns apart: 125.15625 cycles.
    rx_t *r = open_rx("gen:cbr,size=64,gap-ns=1001.25,count=33", &ORIGINAL, 1, &t);
    wire_start(r->wire, 500);
    drain(r);
    for (uint64_t i = 0; i < 33; i++) {
        assert_int_equal(r->first_cyc[i], 500 + (i * 100125 + 799) / 800);
    }
    // Frame 13 is asked for 0.25 ns after an edge (13016.25 ns): 7.75 ns late, reported as 8.
    assert_int_equal(wire_stats(r->wire)->max_injection_error_ns, 8);
    close_rx(r, t);
}

static void slower_links_stretch_byte_and_gap(void **state)
{
    (void)state;
    for (unsigned stride = 10; stride <= 100; stride *= 10) {
        trace_t *t;
        rx_t *r = open_rx("gen:cbr,size=64,load=100,count=50", &ORIGINAL, stride, &t);
        wire_start(r->wire, 1);
        drain(r);
        for (unsigned i = 0; i < 50; i++) assert_int_equal(r->first_cyc[i], 1 + 84 * stride * i);
        const wire_stats_t *s = wire_stats(r->wire);
        assert_int_equal(s->last_cyc, r->first_cyc[49] + 71 * stride);
        assert_int_equal(s->max_injection_error_ns, 49 * 672 * (stride - 1));
        close_rx(r, t);
    }
}

static void device_has_the_last_word_on_a_free_line(void **state)
{
    (void)state;
    trace_t *t;
    rx_t *r = open_rx("gen:cbr,size=64,load=100,count=3", &ORIGINAL, 1, &t);
    r->wire_free_cyc = 200;
    wire_start(r->wire, 50);
    drain(r);
    assert_true(r->first_cyc[0] == 200 && r->first_cyc[1] == 284 && r->first_cyc[2] == 368);
    assert_int_equal(wire_stats(r->wire)->max_injection_error_ns, 1200);
    close_rx(r, t);
    trace_pace_t pace = ORIGINAL;
    pace.topspeed = true; // nothing was asked for, so nothing is late
    r = open_rx("gen:cbr,size=64,load=100,count=3", &pace, 1, &t);
    r->wire_free_cyc = 200;
    wire_start(r->wire, 50);
    drain(r);
    assert_int_equal(r->first_cyc[0], 200);
    assert_int_equal(wire_stats(r->wire)->max_injection_error_ns, 0);
    close_rx(r, t);
}

static void bad_fcs_is_bad_on_the_wire(void **state)
{
    (void)state;
    trace_t *t;
    // rx_frame compares verdict and bytes; here: every fifth is bad.
    rx_t *r = open_rx("gen:cbr,size=65,load=50,count=100,bad-fcs=1-in-5", &ORIGINAL, 1, &t);
    wire_start(r->wire, 0);
    drain(r);
    unsigned bad = 0;
    for (unsigned i = 0; i < 100; i++) bad += !r->good[i];
    assert_int_equal(bad, 20);
    close_rx(r, t);
}

static uint32_t mark_frame(void *ctx, uint8_t *frame, uint32_t len)
{
    unsigned *n = ctx;
    assert_int_equal(len, 61);
    if (++*n % 2) return 0;
    frame[20] = 0xAB;
    return 21;
}

// Few changes and many, of which some come again.
static uint32_t change_front(void *ctx, uint8_t *frame, uint32_t len)
{
    unsigned *n = ctx;
    (void)len;
    const unsigned k = ++*n, to = k % 9;
    for (unsigned i = 0; i < to; i++) frame[i] ^= (uint8_t)(k % 4 ? k % 7 : k * 37 + i);
    return to;
}

static void a_changed_front_changes_the_fcs(void **state)
{
    (void)state;
    trace_t *t;
    rx_t *r = open_rx("gen:imix,count=900", &ORIGINAL, 1, &t);
    unsigned edits = 0;
    wire_edit(r->wire, change_front, &edits);
    wire_start(r->wire, 0);
    drain(r); // rx_frame compares verdict and bytes
    assert_int_equal(edits, 900);
    for (unsigned i = 0; i < r->n; i++) assert_true(r->good[i]);
    close_rx(r, t);
}

static void edited_frames_get_their_fcs_afterwards(void **state)
{
    (void)state;
    trace_t *t;
    rx_t *r = open_rx("gen:cbr,size=65,load=50,count=100,bad-fcs=1-in-5", &ORIGINAL, 1, &t);
    unsigned edits = 0, bad = 0;
    r->inject_every = 10;
    wire_edit(r->wire, mark_frame, &edits);
    wire_start(r->wire, 0);
    drain(r);                     // rx_frame compares verdict and bytes
    assert_int_equal(edits, 100); // not the injected ones
    unsigned marked = 0, own = 0;
    for (unsigned i = 0; i < r->n; i++) {
        marked += r->mark[i] == 0xAB;
        own += r->mark[i] == 0xEE;
        bad += !r->good[i];
    }
    assert_int_equal(marked, 50);
    assert_int_equal(own, 10);
    assert_int_equal(bad, 20);
    close_rx(r, t);
}

static void sequence_numbers_count_frames_of_the_trace(void **state)
{
    (void)state;
    trace_t *t;
    rx_t *r = open_rx("gen:cbr,size=64,load=60,count=900", &ORIGINAL, 1, &t);
    r->inject_every = 3;
    wire_start(r->wire, 0);
    drain(r);
    uint64_t own = 0, extra = 0;
    for (unsigned i = 0; i < r->sents; i++) {
        assert_int_equal(r->sent[i].seq, r->sent[i].injected ? extra++ : own++);
        assert_int_equal(r->mark[i] == 0xEE, r->sent[i].injected);
        if (i) assert_true(r->first_cyc[i] >= r->first_cyc[i - 1] + 84);
    }
    assert_true(own == 900 && extra == 300 && r->checked == 1200);
    const wire_stats_t *s = wire_stats(r->wire);
    assert_true(s->offered == 900 && s->injected == 300 && s->injected_bytes == 300 * 60);
    close_rx(r, t);
}

static void injected_frame_gets_its_turn_on_a_full_line(void **state)
{
    (void)state;
    for (unsigned asap = 0; asap < 2; asap++) {
        trace_t *t;
        trace_pace_t pace = ORIGINAL;
        pace.topspeed = asap;
        rx_t *r = open_rx("gen:cbr,size=64,load=100,count=100", &pace, 1, &t);
        r->inject_every = 10;
        wire_start(r->wire, 0);
        drain(r);
        assert_int_equal(r->n, 110);
        for (unsigned i = 0; i < 110; i++) {
            assert_int_equal(r->first_cyc[i], 84 * i); // nothing is wasted, nothing too close
            // Asked for 72 cycles after a start: before the next frame of the trace, which asks for
            // 84 after that start, unless the trace is late already and asked earlier.
            if (asap) assert_int_equal(r->sent[i].injected, i % 11 == 1);
        }
        close_rx(r, t);
    }
}

static void trace_goes_first_on_a_tie(void **state)
{
    (void)state;
    trace_t *t;
    rx_t *r = open_rx("gen:cbr,size=64,load=50,count=3", &ORIGINAL, 1, &t);
    uint8_t b[60] = {[20] = 0xEE};
    wire_start(r->wire, 0);
    assert_true(wire_inject(r->wire, 168, b, 60, false));
    drain(r);
    assert_int_equal(r->n, 4);
    assert_true(r->first_cyc[1] == 168 && !r->sent[1].injected);
    assert_true(r->first_cyc[2] == 252 && r->sent[2].injected);
    assert_true(r->first_cyc[3] == 336 && !r->sent[3].injected);
    close_rx(r, t);
}

static void injection_works_without_a_trace_and_has_a_bound(void **state)
{
    (void)state;
    trace_t *t;
    rx_t *r = open_rx(NULL, NULL, 1, &t);
    uint8_t b[1514];
    assert_true(wire_idle(r->wire, 0));
    for (unsigned i = 0; i < WIRE_EXTRA; i++) {
        memset(b, (int)i, sizeof b);
        assert_true(wire_inject(r->wire, 100, b, 60 + i, i == 1));
    }
    assert_false(wire_inject(r->wire, 100, b, 60, false));
    assert_false(wire_inject(r->wire, 100, b, 0, false));
    assert_false(wire_idle(r->wire, 0));
    drain(r);
    assert_int_equal(r->n, WIRE_EXTRA);
    uint64_t want_cyc = 100;
    for (unsigned i = 0; i < WIRE_EXTRA; i++) {
        assert_int_equal(r->first_cyc[i], want_cyc);
        assert_int_equal(r->mark[i], i);
        assert_int_equal(r->good[i], i != 1);
        want_cyc += 8 + 64 + i + 12;
    }
    assert_int_equal(r->ends, 0);
    assert_true(wire_idle(r->wire, r->sim.now_cyc));
    assert_false(wire_inject(r->wire, r->sim.now_cyc, b, TRACE_FRAME_MAX + 1, false));
    assert_true(wire_inject(r->wire, r->sim.now_cyc + 500, b, 60, false)); // the ring is free again
    uint64_t asked_cyc = r->sim.now_cyc + 500;
    drain(r);
    assert_int_equal(r->first_cyc[WIRE_EXTRA], asked_cyc);
    close_rx(r, t);
}

static void stop_ends_the_trace_but_not_what_was_injected(void **state)
{
    (void)state;
    trace_t *t;
    rx_t *r = open_rx("gen:cbr,size=64,load=100,count=1000", &ORIGINAL, 1, &t);
    uint8_t b[60] = {[20] = 0xEE};
    wire_start(r->wire, 0);
    while (sim_step(&r->sim, 840)) {}
    assert_int_equal(r->n, 10);
    assert_true(wire_inject(r->wire, 2000, b, 60, false));
    wire_stop(r->wire);
    wire_stop(r->wire);
    drain(r);
    assert_true(r->n == 11 && r->first_cyc[10] == 2000 && r->mark[10] == 0xEE);
    assert_true(r->ends == 1 && r->end_cyc == 840);
    assert_int_equal(wire_stats(r->wire)->offered, 10);
    close_rx(r, t);
}

static void time_beyond_the_end_of_time_fails_with_a_message(void **state)
{
    (void)state;
    trace_t *t;
    rx_t *r = open_rx("gen:cbr,size=64,gap-ns=1000000000000,count=10000", &ORIGINAL, 1, &t);
    wire_start(r->wire, 12345);
    drain(r);
    assert_int_equal(r->n, (SIM_END_CYC - 12345 + 124999999999) / 125000000000);
    assert_int_equal(r->ends, 1);
    assert_non_null(strstr(r->error, "record 9009"));
    assert_int_equal(r->end_cyc, wire_stats(r->wire)->last_cyc + 1);
    close_rx(r, t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(line_rate_is_exactly_84_cycles_for_64_bytes),
        cmocka_unit_test(topspeed_is_back_to_back_without_error),
        cmocka_unit_test(overload_is_sent_at_line_rate_and_the_wait_is_reported),
        cmocka_unit_test(asked_time_is_rounded_up_to_the_cycle),
        cmocka_unit_test(slower_links_stretch_byte_and_gap),
        cmocka_unit_test(device_has_the_last_word_on_a_free_line),
        cmocka_unit_test(bad_fcs_is_bad_on_the_wire),
        cmocka_unit_test(edited_frames_get_their_fcs_afterwards),
        cmocka_unit_test(a_changed_front_changes_the_fcs),
        cmocka_unit_test(sequence_numbers_count_frames_of_the_trace),
        cmocka_unit_test(injected_frame_gets_its_turn_on_a_full_line),
        cmocka_unit_test(trace_goes_first_on_a_tie),
        cmocka_unit_test(injection_works_without_a_trace_and_has_a_bound),
        cmocka_unit_test(stop_ends_the_trace_but_not_what_was_injected),
        cmocka_unit_test(time_beyond_the_end_of_time_fails_with_a_message),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
