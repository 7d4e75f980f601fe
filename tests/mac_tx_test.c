// SPDX-License-Identifier: Apache-2.0
// The transmit side of the MAC: which frames of its list it says are over, and that the 82576 has the same one behind other
// register numbers.
#include "model/mac_tx.h"
#include "rtl/defs_82576.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static uint64_t rng_q = 0x82576;

static uint32_t rnd(uint32_t below)
{
    rng_q ^= rng_q << 13;
    rng_q ^= rng_q >> 7;
    rng_q ^= rng_q << 17;
    return (uint32_t)((rng_q >> 16) % below);
}

static packet_buffer_t pb;
static stats_t stats;
static uint32_t file[E1000_R_COUNT], igb_file[IGB_R_COUNT];
static tx_frame_t list[NIC_TxFramesMax];

static mac_tx_in_t input(void)
{
    memset(file, 0, sizeof file);
    memset(igb_file, 0, sizeof igb_file);
    packet_buffer_reset(&pb, 24);
    for (uint32_t i = 0; i < NIC_PbBytes; i++) pb.mem[i] = (uint8_t)rnd(256);
    for (uint32_t i = 0; i < NIC_TxFramesMax; i++)
        list[i] = (tx_frame_t){
            .start = 16 * rnd(2560), .len = 60 + rnd(200), .granules = 5 + i % 7, .add_fcs = i % 5};
    return (mac_tx_in_t){.now = 10,
                         .link = true,
                         .tx_en = true,
                         .stride = 1,
                         .list = list,
                         .reg = file,
                         .rx_bytes = pb.rx_cap * NIC_GranuleBytes};
}

// Runs to the end of the frame on the wire: the cycle behind it.
static void finish(mac_tx_t *s, mac_tx_in_t *in)
{
    for (; in->now <= s->end_cyc; in->now++) mac_tx_tick(s, in, &pb, &stats);
    assert_false(s->busy);
}

static void tells_what_is_over(void **state)
{
    (void)state;
    static mac_tx_t s;
    mac_tx_in_t in = input();
    memset(&s, 0, sizeof s);
    mac_tx_reset(&s, 0);
    in.frames = 2;
    assert_true(mac_tx_tick(&s, &in, &pb, &stats));
    assert_int_equal(s.sent_q, 1);
    assert_int_equal(s.ended_q, 0);
    finish(&s, &in);
    assert_int_equal(s.ended_q, 1);
    assert_int_equal(s.freed_q, 5);
    // A PAUSE frame is none of the list.
    in.csr = (csr_t){
        .valid = true, .write = true, .id = E1000_R_TCTL, .wdata = FMASK(E1000_TCTL_SWXOFF)};
    in.now = s.ready_cyc;
    assert_true(mac_tx_tick(&s, &in, &pb, &stats));
    in.csr.valid = false;
    finish(&s, &in);
    assert_int_equal(s.sent_q, 1);
    assert_int_equal(s.ended_q, 1);
    // Nor is an orphan.
    in.now = s.ready_cyc;
    assert_true(mac_tx_tick(&s, &in, &pb, &stats));
    assert_int_equal(s.sent_q, 2);
    mac_tx_reset(&s, in.now + 1);
    assert_true(s.orphan);
    in.frames = 0;
    finish(&s, &in);
    assert_int_equal(s.ended_q, 0);
    assert_int_equal(s.freed_q, 0);
}

// A register of both.
#define REG(name)                                                                                  \
    {                                                                                              \
        E1000_R_##name, IGB_R_##name                                                               \
    }
static const uint16_t both[][2] = {REG(CTRL),  REG(TCTL),  REG(TIPG), REG(FCT), REG(FCTTV),
                                   REG(FCRTL), REG(FCRTH), REG(RAL),  REG(RAH)};
enum { BOTH = sizeof both / sizeof both[0] };

static void same_as_the_other(void **state)
{
    (void)state;
    static mac_tx_t a, b;
    memset(&a, 0, sizeof a);
    memset(&b, 0, sizeof b);
    mac_tx_in_t in = input();
    mac_tx_reset(&a, 0);
    mac_tx_reset(&b, 0);
    unsigned starts = 0, pauses = 0;
    for (in.now = 1; in.now < 300000; in.now++) {
        if (rnd(300) == 0) {
            const unsigned k = rnd(BOTH);
            uint32_t v = rnd(65536) | rnd(65536) << 16;
            if (both[k][0] == E1000_R_TIPG) v &= 31;
            file[both[k][0]] = igb_file[both[k][1]] = v;
        }
        if (rnd(60) == 0 && in.frames - a.sent_q < NIC_TxFramesMax) in.frames++;
        in.rx_used = rnd(100) ? in.rx_used : rnd(1500);
        in.pause = rnd(3000) == 0;
        in.pause_quanta = (uint16_t)rnd(20);
        in.overflow = rnd(2000) == 0;
        const unsigned k = rnd(BOTH);
        in.csr = (csr_t){.valid = rnd(300) == 0, .write = true, .wdata = 1u << rnd(32)};
        in.csr.id = both[k][0];
        in.reg = file;
        const bool starts_a = mac_tx_tick(&a, &in, &pb, &stats);
        in.csr.id = both[k][1];
        in.reg = igb_file;
        const bool starts_b = mac_tx_tick_82576(&b, &in, &pb, &stats);
        assert_int_equal(starts_a, starts_b);
        assert_int_equal(a.busy, b.busy);
        assert_int_equal(a.ready_cyc, b.ready_cyc);
        assert_int_equal(a.paused_until, b.paused_until);
        assert_int_equal(a.freed_q, b.freed_q);
        assert_int_equal(a.ended_q, b.ended_q);
        assert_int_equal(a.xoff_sent, b.xoff_sent);
        if (!starts_a) continue;
        assert_int_equal(a.end_cyc, b.end_cyc);
        assert_int_equal(a.len, b.len);
        assert_memory_equal(a.buf, b.buf, a.len);
        starts++;
        pauses += !a.listed;
    }
    assert_true(starts - pauses > 200 && pauses > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_what_is_over),
        cmocka_unit_test(same_as_the_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
