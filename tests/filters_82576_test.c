// SPDX-License-Identifier: Apache-2.0
// What is remembered of a flow is what the filters say of each of its frames: against them, one after the other, with frames that
// differ in any field and registers that change between.
#include "model/filters_82576.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

// Bits, from the specification.
enum { SIZE_BP = 1 << 12, CTRL_BP = 1 << 19, PORT_BP = 1 << 17, IMM = 1 << 16 };
enum { SYNQF_EN = 1, MODE_RSS = 2, MODE_VMDQ_RSS = 5 };
enum { TCP4 = 1 << 16, IP4 = 1 << 17, UDP4 = 1 << 22 };
enum { VFE = 1 << 18, AUPE = 1 << 24, RSSE = 1 << 17, STRVLAN = 1 << 30 };
#define AV (1u << 31)

static uint32_t reg[IGB_R_COUNT];
static filters_82576_t filters;
static rss_shape_t shape; // of the frame that arrives
static uint32_t changes;
static uint64_t rng_q = 0x1234567;

static uint32_t rnd(uint32_t below)
{
    rng_q ^= rng_q << 13;
    rng_q ^= rng_q >> 7;
    rng_q ^= rng_q << 17;
    return (uint32_t)((rng_q >> 16) % below);
}

static int fresh(void **state)
{
    (void)state;
    memset(&filters, 0, sizeof filters);
    memset(reg, 0, sizeof reg);
    changes = 1;
    reg[IGB_R_VET] = 0x8100;
    reg[IGB_R_MRQC] = MODE_VMDQ_RSS | TCP4 | IP4 | UDP4;
    for (unsigned n = 0; n < IGB_RSSRK_COUNT; n++) reg[IGB_R_RSSRK + n] = 0x6d5a56da * (n + 1);
    for (unsigned n = 0; n < IGB_RETA_COUNT; n++) reg[IGB_R_RETA + n] = 0x100 * (n & 1);
    for (unsigned n = 0; n < 8; n++) {
        reg[IGB_R_RAL + n] = 0x00000052 + (n << 24);
        reg[IGB_R_RAH + n] = n | AV | 1u << (18 + n);
        reg[IGB_R_VMOLR + n] = 9018 | AUPE | RSSE | (n & 1 ? STRVLAN : 0);
    }
    reg[IGB_R_VFRE] = 0xFF;
    return 0;
}

static void as_one_after_the_other(const uint8_t *frame, uint32_t len, filters_verdict_t *v)
{
    v->packet = rss_packet(frame, len, &shape);
    const uint32_t entry = pool_by_entry(reg) ? rss_entry(v->packet.hash, reg) : 0;
    v->pool = pool_filter(frame, len, POOL_WIRE, entry, reg);
    v->lli = lli_filter(&v->packet, v->pool.stored, reg);
}

#define SAME(field) assert_int_equal(is->field, want.field)

static void compare(const uint8_t *frame, uint32_t len)
{
    filters_verdict_t want;
    as_one_after_the_other(frame, len, &want);
    const filters_verdict_t *is = filters_82576(&filters, frame, len, reg, changes);
    SAME(packet.hash), SAME(packet.packet), SAME(packet.ethertype), SAME(packet.dport);
    SAME(packet.hdr_len), SAME(packet.type), SAME(packet.tcp_flags), SAME(packet.priority);
    SAME(pool.queues), SAME(pool.stored), SAME(pool.several), SAME(pool.strip_tag);
    SAME(pool.strip_fcs), SAME(pool.exact), SAME(pool.is_bcast), SAME(pool.is_mcast);
    SAME(pool.tagged), SAME(pool.pif), SAME(pool.vlan_drop), SAME(pool.too_long);
    SAME(lli.lli), SAME(lli.packet);
}

static void take(void)
{
    shape = rss_shape(reg);
    filters_82576_take(&filters, &shape);
}

static void a_register(void)
{
    static const struct {
        unsigned first, count;
        uint32_t bits;
    } row[] = {
        {IGB_R_VET, 1, 0x8100 ^ 0x88A8},
        {IGB_R_MRQC, 1, TCP4},
        {IGB_R_MRQC, 1, UDP4},
        {IGB_R_MRQC, 1, MODE_RSS ^ MODE_VMDQ_RSS},
        {IGB_R_RSSRK, IGB_RSSRK_COUNT, 0x10},
        {IGB_R_RETA, IGB_RETA_COUNT, 0x01},
        {IGB_R_RAH, 8, AV},
        {IGB_R_VMOLR, 8, RSSE},
        {IGB_R_VMOLR, 8, 9018 ^ 100},
        {IGB_R_VMOLR, 8, STRVLAN},
        {IGB_R_IMIR, IGB_IMIR_COUNT, IMM | 4000},
        {IGB_R_IMIREXT, IGB_IMIREXT_COUNT, SIZE_BP},
        {IGB_R_IMIREXT, IGB_IMIREXT_COUNT, CTRL_BP},
        {IGB_R_IMIREXT, IGB_IMIREXT_COUNT, 80},
        {IGB_R_IMIR, IGB_IMIR_COUNT, PORT_BP},
        {IGB_R_SYNQF, 1, SYNQF_EN},
        {IGB_R_RCTL, 1, VFE},
        {IGB_R_VFTA, 1, 0x6},
    };
    const unsigned i = rnd(sizeof row / sizeof row[0]);
    reg[row[i].first + rnd(row[i].count)] ^= row[i].bits;
    changes++;
}

// A frame of few values in each field, so that all are met again.
static uint32_t a_frame(uint8_t *f)
{
    static const uint16_t lens[] = {64, 65, 90, 128};
    const uint32_t len = lens[rnd(4)];
    for (uint32_t i = 0; i < len; i++) f[i] = (uint8_t)rnd(256); // what does not matter
    const uint8_t mac[12] = {0x52, 0, 0, (uint8_t)rnd(3), (uint8_t)0, 0, 2, 0, 0, 0, 0, 1};
    memcpy(f, mac, sizeof mac);
    f[4] = f[3]; // RAH of entry n is n
    uint32_t at = 12;
    if (rnd(4) == 0) {
        f[at] = rnd(4) ? 0x81 : 0x88, f[at + 1] = f[at] == 0x81 ? 0 : 0xA8;
        f[at + 2] = (uint8_t)(rnd(2) << 5), f[at + 3] = (uint8_t)(1 + rnd(2));
        at += 4;
    }
    f[at] = rnd(8) ? 0x08 : 0x86, f[at + 1] = f[at] == 0x08 ? 0 : 0xDD;
    uint8_t *ip = f + at + 2;
    ip[0] = f[at] == 0x86 ? 0x60 : rnd(8) ? 0x45 : 0x46;
    ip[6] = rnd(8) ? 0x40 : 0x20 * (uint8_t)rnd(2), ip[7] = rnd(8) ? 0 : 1;
    ip[9] = rnd(8) ? rnd(2) ? 6 : 17 : 132;
    for (unsigned i = 12; i < 20; i++) ip[i] = i % 4 == 3 ? (uint8_t)rnd(2) : 10;
    for (unsigned i = 20; i < 24; i++) ip[i] = i % 2 ? 0xA0 + (uint8_t)rnd(2) : 0x0F;
    ip[32] = rnd(8) ? 0x50 : 0x80, ip[33] = rnd(2) ? 0x10 : 0x02;
    return len;
}

// Frames of all kinds, with registers that change now and then; the shape is of the registers as they were for a while.
static void any_frames(void **state)
{
    (void)state;
    uint8_t f[128];
    take();
    for (unsigned n = 0; n < 400000; n++) {
        if (rnd(50) == 0) a_register();
        if (rnd(50) == 0) take();
        compare(f, a_frame(f));
    }
}

// A frame, and the same with one bit of its first 64 bytes changed, and again as it was.
static void each_bit(void **state)
{
    (void)state;
    uint8_t f[128];
    take();
    reg[IGB_R_SYNQF] = SYNQF_EN;
    reg[IGB_R_IMIR] = IMM | 0x0FA0;
    reg[IGB_R_IMIREXT] = SIZE_BP | CTRL_BP;
    reg[IGB_R_RCTL] |= VFE;
    reg[IGB_R_VFTA] = 0x6;
    changes++;
    for (unsigned n = 0; n < 200; n++) {
        const uint32_t len = a_frame(f);
        compare(f, len);
        for (unsigned bit = 0; bit < 60 * 8; bit++) {
            f[bit / 8] ^= (uint8_t)(1u << bit % 8);
            compare(f, len);
            f[bit / 8] ^= (uint8_t)(1u << bit % 8);
            compare(f, len);
        }
    }
}

// Any length, of which the headers may be cut.
static void short_frames(void **state)
{
    (void)state;
    uint8_t f[128];
    take();
    for (unsigned n = 0; n < 2000; n++) {
        a_frame(f);
        for (uint32_t len = 1; len < 70; len++) {
            // Nothing behind the frame is read.
            uint8_t *cut = malloc(len < 16 ? 16 : len);
            assert_non_null(cut);
            memcpy(cut, f, len < 16 ? 16 : len);
            compare(cut, len);
            free(cut);
        }
    }
}

// Without a number of the registers nothing is remembered.
static void nothing_is_remembered(void **state)
{
    (void)state;
    uint8_t f[128];
    take();
    changes = 0;
    for (unsigned n = 0; n < 40000; n++) {
        if (n % 20 == 0) {
            a_register();
            changes = 0;
            take();
        }
        compare(f, a_frame(f));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(any_frames, fresh),
        cmocka_unit_test_setup(each_bit, fresh),
        cmocka_unit_test_setup(short_frames, fresh),
        cmocka_unit_test_setup(nothing_is_remembered, fresh),
    };
    return cmocka_run_group_tests_name("filters_82576", tests, NULL, NULL);
}
