// SPDX-License-Identifier: Apache-2.0
// Flow control (device specification §8): obeying PAUSE, sending it by watermark and by command.
#include "tests/dev_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define RCTL(x) FMASK(E1000_RCTL_##x)

enum {
    UNIT = NIC_PauseUnitCyc,
    SLU = FMASK(E1000_CTRL_SLU),
    RFCE = FMASK(E1000_CTRL_RFCE),
    TFCE = FMASK(E1000_CTRL_TFCE)
};

static const uint8_t group[6] = {1, 0x80, 0xC2, 0, 0, 1};

static bench_t *ready(uint32_t ctrl, uint32_t rctl)
{
    bench_t *b = bench_open();
    bench_up(b, 2);
    bench_wr(b, E1000_FCAL, 0x00C28001);
    bench_wr(b, E1000_FCAH, 0x0100);
    bench_wr(b, E1000_FCT, 0x8808);
    bench_wr(b, E1000_FCTTV, 0x1234);
    bench_wr(b, E1000_CTRL, SLU | ctrl);
    bench_rx(b, 64, rctl);
    bench_tx(b, 64);
    bench_run(b, 200);
    bench_forget(b);
    return b;
}

// Sends a PAUSE; returns the cycle of its last byte.
static uint64_t pause_frame(bench_t *b, const uint8_t *dst, uint16_t opcode, uint16_t quanta)
{
    uint8_t f[64];
    bench_make(f, dst, 64, 1);
    f[12] = 0x88, f[13] = 8, f[14] = (uint8_t)(opcode >> 8), f[15] = (uint8_t)opcode;
    f[16] = (uint8_t)(quanta >> 8), f[17] = (uint8_t)quanta;
    bench_fcs(f, 64);
    return bench_send(b, f, 64) + 71;
}

static void transmit(bench_t *b, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) bench_tx_legacy(b, BENCH_TX_BUF, 60, 0x0B);
    bench_tx_go(b);
}

// ---- receiving PAUSE ----

// The pause is told to the transmitter RxVerdictCyc + 1 behind the last byte and counts from there.
static void a_pause_stops_the_transmitter_for_its_time(void **state)
{
    (void)state;
    static const uint16_t quanta[] = {1, 2, 5, 100, 1000, 0xFFFF};
    for (size_t k = 0; k < 6; k++) {
        bench_t *b = ready(RFCE, 0);
        const uint64_t end = pause_frame(b, group, 1, quanta[k]), told = end + NIC_RxVerdictCyc + 1;
        bench_until(b, told + 1);
        transmit(b, 2);
        if (quanta[k] > 4) {
            bench_until(b, told + (uint64_t)quanta[k] * UNIT - 10);
            assert_int_equal(bench_rd(b, E1000_STATUS) & FMASK(E1000_STATUS_TXOFF),
                             FMASK(E1000_STATUS_TXOFF));
            assert_int_equal(b->frames, 0);
        }
        bench_run(b, 1000);
        assert_int_equal(bench_rd(b, E1000_STATUS) & FMASK(E1000_STATUS_TXOFF), 0);
        assert_int_equal(b->frames, 2);
        if (quanta[k] > 4) assert_int_equal(b->frame[0].cyc, told + (uint64_t)quanta[k] * UNIT + 1);
        assert_int_equal(bench_rd(b, E1000_XOFFRXC), 1);
        assert_int_equal(bench_rd(b, E1000_XONRXC), 0);
        bench_close(b);
    }
}

static void a_pause_of_zero_resumes(void **state)
{
    (void)state;
    bench_t *b = ready(RFCE, 0);
    pause_frame(b, group, 1, 0xFFFF);
    bench_run(b, 200);
    transmit(b, 1);
    bench_run(b, 5000);
    assert_int_equal(b->frames, 0);
    const uint64_t end = pause_frame(b, group, 1, 0);
    bench_run(b, 300);
    assert_int_equal(b->frames, 1);
    assert_int_equal(b->frame[0].cyc, end + NIC_RxVerdictCyc + 2);
    assert_int_equal(bench_rd(b, E1000_XONRXC), 1);
    assert_int_equal(bench_rd(b, E1000_XOFFRXC), 1);
    assert_int_equal(bench_rd(b, E1000_GPRC), 0);
    assert_int_equal(bench_rd(b, E1000_TPR), 2);
    bench_close(b);
}

static void the_frame_in_progress_is_finished(void **state)
{
    (void)state;
    bench_t *b = ready(RFCE, 0);
    bench_tx_legacy(b, BENCH_TX_BUF, 1500, 0x0B);
    bench_tx_legacy(b, BENCH_TX_BUF, 1500, 0x0B);
    bench_tx_go(b);
    bench_run(b, 400);
    assert_int_equal(b->frames, 1);
    const uint64_t end = pause_frame(b, group, 1, 100);
    bench_run(b, 20000);
    assert_int_equal(b->frames, 2);
    assert_int_equal(b->frame[0].len, 1504);
    assert_int_equal(b->frame[1].cyc, end + NIC_RxVerdictCyc + 1 + 100 * UNIT + 1);
    bench_close(b);
}

static void a_new_pause_replaces_the_old_one(void **state)
{
    (void)state;
    bench_t *b = ready(RFCE, 0);
    pause_frame(b, group, 1, 1000);
    const uint64_t end = pause_frame(b, group, 1, 20);
    bench_run(b, 300);
    transmit(b, 1);
    bench_run(b, 3000);
    assert_int_equal(b->frames, 1);
    assert_int_equal(b->frame[0].cyc, end + NIC_RxVerdictCyc + 1 + 20 * UNIT + 1);
    bench_close(b);
}

typedef struct who {
    const char *name;
    uint32_t ctrl, rctl;
    const uint8_t *dst;
    uint16_t opcode;
    bool acts, stored, unsupported;
} who_t;

static void which_control_frames_act_and_which_are_stored(void **state)
{
    (void)state;
    static const uint8_t other[6] = {2, 0, 0, 0, 0, 9};
    static const who_t t[] = {
        {"group", RFCE, 0, group, 1, true, false, false},
        {"group, passed by MPE", RFCE, RCTL(MPE), group, 1, true, true, false},
        {"group, DPF does not matter", RFCE, RCTL(MPE) | RCTL(DPF), group, 1, true, true, false},
        {"own address", RFCE, 0, bench_mac, 1, true, true, false},
        {"own address, DPF", RFCE, RCTL(DPF), bench_mac, 1, true, false, false},
        {"another address", RFCE, 0, other, 1, false, false, false},
        {"RFCE off", 0, 0, bench_mac, 1, false, true, false},
        {"RFCE off, group", 0, 0, group, 1, false, false, false},
        {"other opcode", RFCE, 0, group, 2, false, false, true},
        {"other opcode, PMCF", RFCE, RCTL(PMCF), group, 2, false, true, true},
        {"other opcode to us", RFCE, 0, bench_mac, 2, false, false, true},
    };
    for (size_t k = 0; k < sizeof t / sizeof t[0]; k++) {
        bench_t *b = ready(t[k].ctrl, t[k].rctl);
        pause_frame(b, t[k].dst, t[k].opcode, 1000);
        bench_run(b, 400);
        const bool off = bench_rd(b, E1000_STATUS) & FMASK(E1000_STATUS_TXOFF);
        if (off != t[k].acts) fail_msg("%s: TXOFF %d", t[k].name, off);
        if ((bench_rx_desc(b, 0).status & 1) != t[k].stored) fail_msg("%s: stored", t[k].name);
        assert_int_equal(bench_rd(b, E1000_XOFFRXC), t[k].acts);
        assert_int_equal(bench_rd(b, E1000_FCRUC), t[k].unsupported);
        assert_int_equal(bench_rd(b, E1000_GPRC), t[k].stored && !t[k].acts);
        bench_close(b);
    }
    // Type and CRC must be right.
    bench_t *b = ready(RFCE, 0);
    bench_wr(b, E1000_FCT, 0x8809);
    pause_frame(b, group, 1, 1000);
    bench_run(b, 400);
    assert_int_equal(bench_rd(b, E1000_XOFFRXC), 0);
    bench_wr(b, E1000_FCT, 0x8808);
    uint8_t f[64];
    bench_make(f, group, 64, 1);
    memcpy(f + 12, "\x88\x08\x00\x01\x00\x10", 6);
    bench_send_at(b, bench_now(b) + 100, f, 64, false, false);
    bench_run(b, 400);
    assert_int_equal(bench_rd(b, E1000_XOFFRXC), 0);
    bench_close(b);
}

static void pause_time_follows_the_link_speed(void **state)
{
    (void)state;
    bench_t *b = bench_open();
    bench_up(b, 1);
    bench_wr(b, E1000_FCAL, 0x00C28001);
    bench_wr(b, E1000_FCAH, 0x0100);
    bench_wr(b, E1000_FCT, 0x8808);
    bench_wr(b, E1000_CTRL, SLU | RFCE);
    bench_rx(b, 64, 0);
    bench_tx(b, 64);
    const uint64_t end = pause_frame(b, group, 1, 3) - 71 + 710;
    bench_until(b, end + 20);
    transmit(b, 1);
    bench_run(b, 10000);
    assert_int_equal(b->frames, 1);
    assert_int_equal(b->frame[0].stride, 10);
    assert_int_equal(b->frame[0].cyc, end + NIC_RxVerdictCyc + 1 + 3 * UNIT * 10 + 1);
    bench_close(b);
}

// ---- sending PAUSE ----

static void is_pause(const bench_frame_t *f, uint16_t quanta)
{
    uint8_t want[64] = {1, 0x80, 0xC2, 0, 0, 1, 2, 0, 0, 0, 0, 1, 0x88, 0x08, 0, 1};
    want[16] = (uint8_t)(quanta >> 8), want[17] = (uint8_t)quanta;
    bench_fcs(want, 64);
    assert_int_equal(f->len, 64);
    assert_memory_equal(f->bytes, want, 64);
}

static void software_xoff(void **state)
{
    (void)state;
    for (int tfce = 0; tfce < 2; tfce++) { // regardless of TFCE
        bench_t *b = ready(tfce ? TFCE : 0, 0);
        bench_wr(b, E1000_TCTL, 0x40000A);
        bench_run(b, 300);
        assert_int_equal(b->frames, 1);
        is_pause(&b->frame[0], 0x1234);
        assert_int_equal(bench_rd(b, E1000_XOFFTXC), 1);
        assert_int_equal(bench_rd(b, E1000_TPT), 1);
        assert_int_equal(bench_rd(b, E1000_GPTC), 0);
        assert_int_equal(bench_rd(b, E1000_TCTL), 0xA);
        bench_wr(b, E1000_TCTL, 0xA); // only a 1 sends
        bench_run(b, 300);
        assert_int_equal(b->frames, 1);
        bench_close(b);
    }
}

// It goes in front of data, even while those are paused.
static void pause_goes_first_and_is_not_paused(void **state)
{
    (void)state;
    bench_t *b = ready(RFCE, 0);
    pause_frame(b, group, 1, 0xFFFF);
    bench_run(b, 300);
    transmit(b, 3);
    bench_run(b, 500);
    bench_wr(b, E1000_TCTL, 0x40000A);
    bench_run(b, 300);
    assert_int_equal(b->frames, 1);
    is_pause(&b->frame[0], 0x1234);
    bench_close(b);
}

// FCRTH 4096, FCRTL 1024; the ring is empty, then filled.
static void watermarks(void **state)
{
    (void)state;
    for (int xone = 0; xone < 2; xone++) {
        bench_t *b = ready(TFCE, 0);
        bench_wr(b, E1000_FCRTH, 4096);
        bench_wr(b, E1000_FCRTL, 1024 | (xone ? 0x80000000 : 0));
        bench_wr(b, E1000_RCTL, 0);
        bench_wr(b, E1000_RDH, 0);
        bench_wr(b, E1000_RDT, 0); // no descriptors
        bench_wr(b, E1000_RCTL, 0x8002);
        uint8_t f[240];
        bench_make(f, bench_mac, 240, 1);
        // Each takes 16 granules = 256 bytes: the sixteenth reaches 4096.
        for (int i = 0; i < 15; i++) bench_send(b, f, 240), bench_run(b, 300);
        assert_int_equal(b->frames, 0);
        const uint64_t first = bench_send(b, f, 240);
        bench_run(b, 600);
        assert_int_equal(b->frames, 1);
        is_pause(&b->frame[0], 0x1234);
        // Visible RxVerdictCyc + 1 behind the last byte, and one more onto the pins.
        assert_int_equal(b->frame[0].cyc, first + 247 + NIC_RxVerdictCyc + 2);
        bench_send(b, f, 240); // above the mark, XOFF is in force: not again
        bench_run(b, 600);
        assert_int_equal(b->frames, 1);
        // 17 frames: at 3 left (768 < 1024) the level is low again; at 4 (1024) it is not.
        bench_wr(b, E1000_RDT, 13);
        bench_run(b, 2000);
        assert_int_equal(nic_peek(b->nic, E1000_RDH), 13);
        assert_int_equal(b->frames, 1);
        bench_wr(b, E1000_RDT, 14);
        bench_run(b, 2000);
        assert_int_equal(b->frames, xone ? 2 : 1);
        if (xone) is_pause(&b->frame[1], 0);
        assert_int_equal(bench_rd(b, E1000_XONTXC), xone);
        assert_int_equal(bench_rd(b, E1000_XOFFTXC), 1);
        // And it begins anew.
        for (int i = 0; i < 13; i++) bench_send(b, f, 240), bench_run(b, 300);
        bench_run(b, 600);
        assert_int_equal(b->frames, xone ? 3 : 2);
        is_pause(&b->frame[b->frames - 1], 0x1234);
        bench_close(b);
    }
}

static void without_tfce_or_threshold_nothing_is_sent(void **state)
{
    (void)state;
    for (int k = 0; k < 2; k++) {
        bench_t *b = ready(k ? TFCE : 0, 0);
        bench_wr(b, E1000_FCRTH, k ? 0 : 4096);
        bench_wr(b, E1000_FCRTL, 0x80000400);
        bench_wr(b, E1000_RDT, 0);
        bench_wr(b, E1000_RDH, 0);
        uint8_t f[1500];
        bench_make(f, bench_mac, 1500, 1);
        for (int i = 0; i < 10; i++) bench_send(b, f, 1500);
        bench_run(b, 20000);
        assert_int_equal(b->frames, 0);
        bench_close(b);
    }
}

static void overflow_sends_xoff_again(void **state)
{
    (void)state;
    bench_t *b = ready(TFCE, 0);
    bench_wr(b, E1000_FCRTH, 8192);
    bench_wr(b, E1000_FCRTL, 0x80000400);
    bench_wr(b, E1000_RCTL, 0);
    bench_wr(b, E1000_RDT, 0);
    bench_wr(b, E1000_RDH, 0);
    bench_wr(b, E1000_RCTL, 0x8002);
    uint8_t f[1500];
    bench_make(f, bench_mac, 1500, 1);
    for (int i = 0; i < 34; i++) bench_send(b, f, 1500); // 48 KiB hold 32
    bench_run(b, 34 * 1520 + 500);
    assert_int_equal(bench_rd(b, E1000_MPC), 2);
    assert_int_equal(b->frames, 3);
    assert_int_equal(bench_rd(b, E1000_XOFFTXC), 3);
    for (int i = 0; i < 3; i++) is_pause(&b->frame[i], 0x1234);
    bench_close(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pause_stops_the_transmitter_for_its_time),
        cmocka_unit_test(a_pause_of_zero_resumes),
        cmocka_unit_test(the_frame_in_progress_is_finished),
        cmocka_unit_test(a_new_pause_replaces_the_old_one),
        cmocka_unit_test(which_control_frames_act_and_which_are_stored),
        cmocka_unit_test(pause_time_follows_the_link_speed),
        cmocka_unit_test(software_xoff),
        cmocka_unit_test(pause_goes_first_and_is_not_paused),
        cmocka_unit_test(watermarks),
        cmocka_unit_test(without_tfce_or_threshold_nothing_is_sent),
        cmocka_unit_test(overflow_sends_xoff_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
