// SPDX-License-Identifier: Apache-2.0
// The switch of the 82576: when it decides, what it lists for whom, who frees a frame and when; at random, against a second
// implementation of the contract and with visits only where l2_switch_quiet() asks for them.
#include "model/l2_switch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "model/pool_filter.h"

// Bits, from the specification.
enum { VFE = 1 << 18, LPE = 1 << 16, AUPE = 1 << 24, ROMPE = 1 << 25, P_BAM = 1 << 27 };
enum { STRVLAN = 1 << 30, SPOOF_INT = 1 << 6, VMDQ = 3, REPL_EN = 1 << 30 };
#define AV    (1u << 31)
#define LOOPS (1u << 31)

static const uint8_t bcast[6] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
static const uint8_t outside[6] = {0x02, 0x12, 0x34, 0x56, 0x78, 0x9B};
static const uint8_t vf_mac[3][6] = {
    {0x52, 0, 0, 1, 0, 0}, {0x52, 0, 0, 1, 0, 1}, {0x52, 0, 0, 1, 0, 2}};

static uint64_t rng_q = 0x82576;

static uint32_t rnd(uint32_t below)
{
    rng_q ^= rng_q << 13;
    rng_q ^= rng_q >> 7;
    rng_q ^= rng_q << 17;
    return (uint32_t)((rng_q >> 16) % below);
}

typedef struct world {
    l2_switch_t s;
    l2_switch_in_t in;
    tx_frame_t list[NIC_TxFramesMax];
    uint32_t reg[IGB_R_COUNT];
} world_t;

// VFs 0 to 2 in pools of their number; the switch is on.
static world_t *fresh(void)
{
    static world_t w;
    memset(&w, 0, sizeof w);
    for (unsigned i = 0; i < igb_reg_row_count; i++)
        for (unsigned k = 0; k < igb_reg_rows[i].count; k++)
            w.reg[igb_reg_rows[i].first + k] = igb_reg_reset(&igb_reg_rows[i], k);
    w.reg[IGB_R_MRQC] = VMDQ;
    w.reg[IGB_R_VT_CTL] = REPL_EN;
    w.reg[IGB_R_DTXSWC] = LOOPS;
    w.reg[IGB_R_VFRE] = 7;
    for (unsigned n = 0; n < 3; n++) {
        uint64_t a = 0;
        memcpy(&a, vf_mac[n], 6);
        w.reg[IGB_R_RAL + n] = (uint32_t)a;
        w.reg[IGB_R_RAH + n] = (uint32_t)(a >> 32) | AV | 1u << (18 + n);
        w.reg[IGB_R_VMOLR + n] = P_BAM | AUPE | LPE | 9728;
    }
    w.in.reg = w.reg;
    w.in.now = 100;
    w.in.there = 3;
    w.in.frame = w.list;
    l2_switch_reset(&w.s);
    return &w;
}

// A frame of `raw` bytes from the host, from the VF's address.
static tx_frame_t *put(world_t *w, unsigned queue, const uint8_t *to, uint32_t raw)
{
    tx_frame_t *f = &w->list[w->in.listed % NIC_TxFramesMax];
    *f = (tx_frame_t){.start = 16 * (w->in.listed % 1000),
                      .len = raw < 60 ? 60 : raw,
                      .granules = 5 + w->in.listed % 7,
                      .add_fcs = true,
                      .queue = (uint8_t)queue,
                      .raw_len = (uint16_t)raw};
    memcpy(f->head, to, 6);
    memcpy(f->head + 6, vf_mac[queue % 8 % 3], 6);
    f->head[12] = 8;
    w->in.listed++;
    return f;
}

static void set_tag(tx_frame_t *f, uint16_t tci, bool put_in)
{
    f->head[12] = 0x81;
    f->head[13] = 0;
    f->head[14] = (uint8_t)(tci >> 8);
    f->head[15] = (uint8_t)tci;
    f->tag_put = put_in;
    if (put_in && f->raw_len + 4u > f->len) f->len = f->raw_len + 4u;
}

static void tick(world_t *w)
{
    w->in.frame = &w->list[w->s.looked_q % NIC_TxFramesMax];
    l2_switch_tick(&w->s, &w->in);
    w->in.now++;
    w->in.csr.valid = false;
}

static void ticks(world_t *w, unsigned n)
{
    while (n--) tick(w);
}

// Decides the next frame.
static void decide(world_t *w)
{
    ticks(w, IGB_SwitchCyc);
    assert_int_equal(w->s.what.cyc, w->in.now);
}

static const sw_loop_t *last_loop(const world_t *w)
{
    return &w->s.loop[(w->s.loop_q - 1) % NIC_TxFramesMax];
}

// ---- when ----

static void it_takes_its_time(void **state)
{
    (void)state;
    world_t *w = fresh();
    put(w, 0, outside, 60);
    put(w, 0, outside, 60);
    ticks(w, IGB_SwitchCyc - 1);
    assert_int_equal(w->s.looked_q, 0);
    tick(w);
    assert_int_equal(w->in.now, 100 + IGB_SwitchCyc);
    assert_int_equal(w->s.looked_q, 1);
    assert_int_equal(w->s.wire_q, 1);
    assert_int_equal(w->s.what.cyc, w->in.now);
    ticks(w, IGB_SwitchCyc - 1);
    assert_int_equal(w->s.looked_q, 1);
    tick(w);
    assert_int_equal(w->s.looked_q, 2);
}

static void registers_count_when_it_decides(void **state)
{
    (void)state;
    for (unsigned late = 0; late < 2; late++) {
        world_t *w = fresh();
        put(w, 0, vf_mac[1], 60);
        w->reg[IGB_R_DTXSWC] = 0;
        ticks(w, IGB_SwitchCyc - 1 + late);
        w->reg[IGB_R_DTXSWC] = LOOPS;
        ticks(w, 1 - late);
        assert_int_equal(w->s.looked_q, 1);
        assert_int_equal(w->s.wire_q, late);
        assert_int_equal(w->s.loop_q, !late);
    }
}

// ---- where ----

static void without_vmdq_to_the_wire(void **state)
{
    (void)state;
    world_t *w = fresh();
    w->reg[IGB_R_MRQC] = 0;
    put(w, 0, vf_mac[1], 60);
    decide(w);
    assert_int_equal(w->s.wire_q, 1);
    assert_int_equal(w->s.loop_q, 0);
    assert_int_equal(w->s.wire[0].start, w->list[0].start);
    assert_int_equal(w->s.wire[0].len, w->list[0].len);
    assert_int_equal(w->s.wire[0].granules, w->list[0].granules);
    assert_true(w->s.wire[0].add_fcs);
    assert_false(w->s.wire[0].pause);
}

static void another_pool_only(void **state)
{
    (void)state;
    world_t *w = fresh();
    put(w, 8, vf_mac[1], 60); // queue 8 is of pool 0
    decide(w);
    assert_int_equal(w->s.wire_q, 0);
    assert_int_equal(w->s.loop_q, 1);
    const sw_loop_t *l = last_loop(w);
    assert_int_equal(l->start, w->list[0].start);
    assert_int_equal(l->granules, w->list[0].granules);
    assert_int_equal(l->len, 60);
    assert_int_equal(l->queues, 2);
    assert_int_equal(l->queue, 8);
    assert_false(l->several || l->tagged || l->strip_tag || l->put_tag || l->mcast || l->pif);
    assert_int_equal(l->vlan, 0);
    assert_int_equal(w->s.what.len, 64);
    assert_int_equal(w->s.what.queue, 8);
    assert_int_equal(w->s.what.queues, 2);
    assert_true(w->s.what.vf);
    assert_false(w->s.what.wire || w->s.what.spoof);
}

static void a_broadcast_to_both(void **state)
{
    (void)state;
    world_t *w = fresh();
    put(w, 2, bcast, 42);
    decide(w);
    assert_int_equal(w->s.wire_q, 1);
    const sw_loop_t *l = last_loop(w);
    assert_int_equal(l->queues, 3);
    assert_true(l->several);
    assert_int_equal(l->len, 42); // not padded
    assert_int_equal(w->s.what.loop_len, 42);
    assert_int_equal(w->s.what.len, 64);
    assert_false(w->s.what.vf); // VF 2 is not there
}

static void nowhere(void **state)
{
    (void)state;
    world_t *w = fresh();
    w->reg[IGB_R_VFRE] = 1;
    put(w, 0, vf_mac[1], 60);
    decide(w);
    assert_int_equal(w->s.wire_q, 0);
    assert_int_equal(w->s.loop_q, 0);
    assert_false(w->s.what.wire || w->s.what.spoof);
    tick(w);
    assert_int_equal(w->s.freed_q, 5);
}

// The FCS of the host is data; the length is that on the wire.
static void without_fcs(void **state)
{
    (void)state;
    world_t *w = fresh();
    put(w, 0, bcast, 64)->add_fcs = false;
    decide(w);
    assert_int_equal(w->s.what.len, 64);
    assert_int_equal(last_loop(w)->len, 64);
}

static void tags(void **state)
{
    (void)state;
    for (unsigned k = 0; k < 4; k++) {
        const bool put_in = k & 1, strip = k & 2;
        world_t *w = fresh();
        if (strip) w->reg[IGB_R_VMOLR + 1] |= STRVLAN;
        set_tag(put(w, 0, vf_mac[1], 42), 0x2123, put_in);
        decide(w);
        const sw_loop_t *l = last_loop(w);
        assert_true(l->tagged);
        assert_int_equal(l->vlan, strip ? 0x2123 : 0);
        assert_int_equal(l->put_tag, put_in);
        assert_int_equal(l->strip_tag, strip);
        assert_int_equal(l->len, put_in ? 46 : 42);
    }
}

// Type and padding look like a tag, and are none of the frame.
static void half_a_tag_stays(void **state)
{
    (void)state;
    for (uint32_t raw = 12; raw < 18; raw++) {
        world_t *w = fresh();
        w->reg[IGB_R_VMOLR + 1] |= STRVLAN;
        set_tag(put(w, 0, vf_mac[1], raw), 0, false);
        decide(w);
        assert_int_equal(last_loop(w)->len, raw);
        assert_int_equal(last_loop(w)->strip_tag, raw >= 16);
    }
}

static void by_hash(void **state)
{
    (void)state;
    static const uint8_t group[6] = {0x01, 0, 0x5E, 1, 2, 3};
    world_t *w = fresh();
    for (unsigned i = 0; i < IGB_MTA_COUNT; i++) w->reg[IGB_R_MTA + i] = 0xFFFFFFFF;
    w->reg[IGB_R_VMOLR + 1] |= ROMPE;
    put(w, 0, group, 60);
    decide(w);
    assert_int_equal(last_loop(w)->queues, 2);
    assert_true(last_loop(w)->mcast);
    assert_true(last_loop(w)->pif);
}

// ---- anti-spoof ----

static void spoofed(void **state)
{
    (void)state;
    world_t *w = fresh();
    w->reg[IGB_R_DTXSWC] |= 0x0707;
    w->reg[IGB_R_DTXCTL] = SPOOF_INT;
    memcpy(put(w, 1, bcast, 60)->head + 6, outside, 6);
    decide(w);
    assert_int_equal(w->s.wire_q + w->s.loop_q, 0);
    assert_true(w->s.what.spoof);
    assert_int_equal(w->s.what.queue, 1);
    assert_int_equal(w->s.wvbr_q, 0x0002);
    assert_int_equal(w->s.doutsync_cyc, w->in.now);

    w->reg[IGB_R_DTXCTL] = 0;
    set_tag(put(w, 2, bcast, 60), 5, true); // VLAN 5 is nobody's
    decide(w);
    assert_true(w->s.what.spoof);
    assert_int_equal(w->s.wvbr_q, 0x0402);
    assert_int_not_equal(w->s.doutsync_cyc, w->in.now);
    put(w, 2, bcast, 60);
    decide(w);
    assert_false(w->s.what.spoof);
    assert_int_equal(w->s.wvbr_q, 0x0402);
}

// Each pool has its two bits, whichever of its queues the frame is of.
static void spoofing_pools(void **state)
{
    (void)state;
    for (unsigned q = 0; q < IGB_Queues; q++) {
        const unsigned pool = q % IGB_Pools;
        world_t *w = fresh();
        w->reg[IGB_R_DTXSWC] |= 0x100u << pool;
        tx_frame_t *f = put(w, pool % 3, bcast, 60);
        f->queue = (uint8_t)q;
        set_tag(f, 5, true);
        decide(w);
        assert_int_equal(w->s.wvbr_q, 0x100u << pool);
        w->reg[IGB_R_DTXSWC] |= 1u << pool;
        f = put(w, pool % 3, bcast, 60);
        f->queue = (uint8_t)q;
        memcpy(f->head + 6, outside, 6);
        decide(w);
        assert_int_equal(w->s.wvbr_q, 0x101u << pool);
    }
}

static void wvbr_is_cleared_by_reading(void **state)
{
    (void)state;
    for (unsigned when = 0; when < 2; when++) { // in the tick that sets, and behind it
        world_t *w = fresh();
        w->reg[IGB_R_DTXSWC] |= 7;
        memcpy(put(w, 1, bcast, 60)->head + 6, outside, 6);
        decide(w);
        memcpy(put(w, 2, bcast, 60)->head + 6, outside, 6);
        ticks(w, IGB_SwitchCyc - 1 + when);
        w->in.csr = (csr_t){.valid = true, .write = true, .id = IGB_R_WVBR};
        l2_switch_t s = w->s;
        l2_switch_tick(&s, &w->in); // a write does nothing
        assert_int_equal(s.wvbr_q & 2, 2);
        w->in.csr = (csr_t){.valid = true, .id = IGB_R_WVBR};
        tick(w);
        assert_int_equal(w->s.wvbr_q, when ? 0 : 4);
    }
}

// ---- who frees ----

static void in_order_one_a_tick(void **state)
{
    (void)state;
    world_t *w = fresh();
    put(w, 0, outside, 60);   // 5 granules, wire
    put(w, 0, vf_mac[1], 60); // 6, loop
    put(w, 0, bcast, 60);     // 7, both
    put(w, 0, vf_mac[0], 60); // 8, nobody: its own
    ticks(w, 4 * IGB_SwitchCyc);
    assert_int_equal(w->s.looked_q, 4);
    assert_int_equal(w->s.wire_q, 2);
    assert_int_equal(w->s.loop_q, 2);
    w->in.loop_ended = 2;
    ticks(w, 3);
    assert_int_equal(w->s.freed_q, 0);
    w->in.wire_ended = 1; // the first; the second is behind it
    tick(w);
    assert_int_equal(w->s.freed_q, 5);
    tick(w);
    assert_int_equal(w->s.freed_q, 11);
    ticks(w, 3);
    assert_int_equal(w->s.freed_q, 11);
    w->in.wire_ended = 2;
    tick(w);
    assert_int_equal(w->s.freed_q, 18);
    tick(w);
    assert_int_equal(w->s.freed_q, 26);
    assert_int_equal(w->s.free_q, 4);
}

static void stops_when_full(void **state)
{
    (void)state;
    world_t *w = fresh();
    for (unsigned i = 0; i < NIC_TxFramesMax; i++) {
        put(w, 0, outside, 60);
        decide(w);
    }
    put(w, 0, outside, 60);
    ticks(w, 3 * IGB_SwitchCyc);
    assert_int_equal(w->s.looked_q, NIC_TxFramesMax);
    w->in.wire_ended = 1;
    tick(w); // gives it back; the place is seen in the next cycle
    ticks(w, IGB_SwitchCyc - 1);
    assert_int_equal(w->s.looked_q, NIC_TxFramesMax);
    tick(w);
    assert_int_equal(w->s.looked_q, NIC_TxFramesMax + 1);
}

static void reset_forgets(void **state)
{
    (void)state;
    world_t *w = fresh();
    w->reg[IGB_R_DTXSWC] |= 7;
    put(w, 0, bcast, 60);
    decide(w);
    memcpy(put(w, 1, bcast, 60)->head + 6, outside, 6);
    decide(w);
    put(w, 0, bcast, 60);
    ticks(w, 3);
    l2_switch_reset(&w->s);
    w->in.listed = 0;
    assert_int_equal(w->s.looked_q | w->s.wire_q | w->s.loop_q | w->s.freed_q | w->s.wvbr_q, 0);
    assert_int_equal(l2_switch_quiet(&w->s, w->in.now, 0, 0, 0), NIC_NEVER);
    put(w, 0, bcast, 60);
    ticks(w, IGB_SwitchCyc - 1);
    assert_int_equal(w->s.looked_q, 0);
    tick(w);
    assert_int_equal(w->s.looked_q, 1);
}

// ---- at random ----

// The contract again: a frame is an entry with what it waits for.
typedef struct again {
    uint32_t looked, wire, loop, freed, free;
    unsigned left; // ticks
    struct {
        uint32_t granules;
        int wire, loop; // number in its list, or -1
    } f[8192];
} again_t;

static void again_tick(again_t *a, const l2_switch_in_t *in)
{
    const uint32_t looked = a->looked, free = a->free;
    if (free != looked && a->f[free].wire < (int)in->wire_ended &&
        a->f[free].loop < (int)in->loop_ended) {
        a->freed += a->f[free].granules;
        a->free++;
    }
    if (!a->left && in->listed != looked && looked - free < NIC_TxFramesMax)
        a->left = IGB_SwitchCyc;
    if (!a->left || --a->left) return;
    const tx_frame_t *f = in->frame;
    const pool_verdict_t v =
        pool_filter(f->head, f->len + 4u * f->add_fcs, f->queue & 7, 0, in->reg);
    a->f[looked].granules = f->granules;
    a->f[looked].wire = v.to_wire ? (int)a->wire++ : -1;
    a->f[looked].loop = v.queues ? (int)a->loop++ : -1;
    a->looked++;
}

static void at_random(void **state)
{
    (void)state;
    static again_t a;
    static l2_switch_t lazy;
    for (unsigned round = 0; round < 20; round++) {
        world_t *w = fresh();
        memset(&a, 0, sizeof a);
        lazy = w->s;
        const uint32_t put_odds = 2 + rnd(20), end_odds = 1 + rnd(30);
        uint64_t due = 0;
        unsigned visits = 0;
        for (unsigned i = 0; i < 20000; i++) {
            if (rnd(put_odds) == 0 && w->in.listed < 4000 &&
                w->in.listed - w->s.looked_q < NIC_TxFramesMax) {
                static const uint8_t *const to[] = {bcast, outside, vf_mac[0], vf_mac[1],
                                                    vf_mac[2]};
                tx_frame_t *f = put(w, rnd(3), to[rnd(5)], 20 + rnd(100));
                if (rnd(4) == 0) set_tag(f, (uint16_t)rnd(65536), rnd(2));
                f->add_fcs = rnd(4) != 0;
            }
            if (w->in.wire_ended != w->s.wire_q && rnd(end_odds) == 0) w->in.wire_ended++;
            if (w->in.loop_ended != w->s.loop_q && rnd(end_odds) == 0) w->in.loop_ended++;
            w->in.frame = &w->list[w->s.looked_q % NIC_TxFramesMax];
            again_tick(&a, &w->in);
            due =
                l2_switch_quiet(&lazy, w->in.now, w->in.listed, w->in.wire_ended, w->in.loop_ended);
            if (due <= w->in.now) {
                l2_switch_tick(&lazy, &w->in);
                visits++;
            }
            tick(w);
            assert_int_equal(w->s.looked_q, a.looked);
            assert_int_equal(w->s.wire_q, a.wire);
            assert_int_equal(w->s.loop_q, a.loop);
            assert_int_equal(w->s.freed_q, a.freed);
            assert_int_equal(w->s.free_q, a.free);
            assert_int_equal(w->s.what.cyc, lazy.what.cyc);
            assert_int_equal(w->s.what.queues, lazy.what.queues);
            assert_int_equal(w->s.what.loop_len, lazy.what.loop_len);
            assert_int_equal(w->s.looked_q, lazy.looked_q);
            assert_int_equal(w->s.freed_q, lazy.freed_q);
        }
        assert_true(w->s.looked_q > 100);
        assert_true(visits <= 3 * w->s.looked_q + 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_takes_its_time),
        cmocka_unit_test(registers_count_when_it_decides),
        cmocka_unit_test(without_vmdq_to_the_wire),
        cmocka_unit_test(another_pool_only),
        cmocka_unit_test(a_broadcast_to_both),
        cmocka_unit_test(nowhere),
        cmocka_unit_test(without_fcs),
        cmocka_unit_test(tags),
        cmocka_unit_test(half_a_tag_stays),
        cmocka_unit_test(by_hash),
        cmocka_unit_test(spoofed),
        cmocka_unit_test(spoofing_pools),
        cmocka_unit_test(wvbr_is_cleared_by_reading),
        cmocka_unit_test(in_order_one_a_tick),
        cmocka_unit_test(stops_when_full),
        cmocka_unit_test(reset_forgets),
        cmocka_unit_test(at_random),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
