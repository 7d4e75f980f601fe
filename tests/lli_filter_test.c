// SPDX-License-Identifier: Apache-2.0
// Low latency filters of the 82576, one by one and together against a second implementation.
#include "model/lli_filter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define IMM     (1u << 16)
#define PORT_BP (1u << 17)
#define SIZE_BP (1u << 12)
#define CTRL_BP (1u << 19)
#define ETQF_EN (1u << 26)
#define ETQF_II (1u << 29)

static uint64_t rng_q = 0x11f11f;

static uint32_t rnd(uint32_t below)
{
    rng_q ^= rng_q << 13;
    rng_q ^= rng_q >> 7;
    rng_q ^= rng_q << 17;
    return (uint32_t)((rng_q >> 16) % below);
}

static uint32_t reg[IGB_R_COUNT];

static rss_packet_t tcp(uint16_t port, uint8_t flags)
{
    return (rss_packet_t){
        .packet = PACKET_IPV4 | PACKET_TCP, .ethertype = 0x0800, .dport = port, .tcp_flags = flags};
}

static bool lli(rss_packet_t p, uint32_t stored)
{
    return lli_filter(&p, stored, reg).lli;
}

static void fresh_registers(void **state)
{
    (void)state;
    memset(reg, 0, sizeof reg);
}

static void nothing_is_marked_after_reset(void **state)
{
    fresh_registers(state);
    assert_false(lli(tcp(0, 0x3F), 0));
    assert_false(lli((rss_packet_t){0}, 60));
}

static void by_port(void **state)
{
    fresh_registers(state);
    for (unsigned n = 0; n < 8; n++) {
        memset(reg, 0, sizeof reg);
        reg[IGB_R_IMIR + n] = IMM | 319; // as Linux does for PTP
        reg[IGB_R_IMIREXT + n] = SIZE_BP | CTRL_BP;
        assert_true(lli(tcp(319, 0), 60));
        assert_false(lli(tcp(318, 0), 60));
        rss_packet_t p = tcp(319, 0);
        p.packet = PACKET_IPV6 | PACKET_UDP;
        assert_true(lli(p, 60));
        p.packet = PACKET_IPV6 | PACKET_SCTP;
        assert_false(lli(p, 60));
        p.packet = 0;
        assert_false(lli(p, 60));
        reg[IGB_R_IMIR + n] = 319;
        assert_false(lli(tcp(319, 0), 60));
        reg[IGB_R_IMIR + n] = IMM | PORT_BP;
        assert_true(lli(p, 60));
    }
}

static void by_size(void **state)
{
    fresh_registers(state);
    reg[IGB_R_IMIR + 3] = IMM | PORT_BP;
    reg[IGB_R_IMIREXT + 3] = CTRL_BP | 200;
    assert_true(lli((rss_packet_t){0}, 199));
    assert_false(lli((rss_packet_t){0}, 200));
    assert_false(lli((rss_packet_t){0}, 4096 + 100));
    reg[IGB_R_IMIREXT + 3] = CTRL_BP | 200 | SIZE_BP;
    assert_true(lli((rss_packet_t){0}, 9000));
}

// Bit 13 of IMIREXT is URG, 18 is FIN; in the header FIN is bit 0.
static void by_flags(void **state)
{
    fresh_registers(state);
    reg[IGB_R_IMIR] = IMM | PORT_BP;
    for (unsigned flag = 0; flag < 6; flag++)
        for (unsigned sent = 0; sent < 64; sent++) {
            reg[IGB_R_IMIREXT] = SIZE_BP | 1u << (13 + flag);
            assert_int_equal(lli(tcp(1, (uint8_t)sent), 60), sent >> (5 - flag) & 1);
        }
    reg[IGB_R_IMIREXT] = SIZE_BP; // any of none
    assert_false(lli(tcp(1, 0x3F), 60));
    reg[IGB_R_IMIREXT] = SIZE_BP | 0x3Fu << 13;
    assert_true(lli(tcp(1, 0x10), 60));
    assert_false(lli(tcp(1, 0), 60));
}

static void by_priority(void **state)
{
    fresh_registers(state);
    for (unsigned threshold = 0; threshold < 8; threshold++)
        for (unsigned priority = 0; priority < 8; priority++) {
            rss_packet_t p = {.packet = PACKET_VLAN, .priority = (uint8_t)priority};
            reg[IGB_R_IMIRVP] = threshold;
            assert_false(lli(p, 60));
            reg[IGB_R_IMIRVP] = 8 | threshold;
            assert_int_equal(lli(p, 60), priority >= threshold);
            p.packet = 0;
            assert_false(lli(p, 60));
        }
}

static void by_syn(void **state)
{
    fresh_registers(state);
    reg[IGB_R_SYNQF] = 0xE;
    assert_false(lli(tcp(80, 2), 60));
    reg[IGB_R_SYNQF] = 1;
    assert_true(lli(tcp(80, 2), 60));
    assert_true(lli(tcp(80, 0x12), 60));
    assert_false(lli(tcp(80, 0x3D), 60));
}

static void by_ethertype(void **state)
{
    fresh_registers(state);
    rss_packet_t p = {.packet = PACKET_VLAN, .ethertype = 0x88F7};
    reg[IGB_R_ETQF + 3] = ETQF_EN | 1u << 30 | 0x88F7; // as Linux does for PTP
    lli_verdict_t v = lli_filter(&p, 60, reg);
    assert_int_equal(v.packet, PACKET_VLAN | PACKET_L2 | 3);
    assert_false(v.lli);
    reg[IGB_R_ETQF + 5] = ETQF_EN | ETQF_II | 0x88F7;
    v = lli_filter(&p, 60, reg);
    assert_int_equal(v.packet, PACKET_VLAN | PACKET_L2 | 3); // the first that knows it
    assert_true(v.lli);                                      // any of those that do
    reg[IGB_R_ETQF + 3] &= ~ETQF_EN;
    v = lli_filter(&p, 60, reg);
    assert_int_equal(v.packet, PACKET_VLAN | PACKET_L2 | 5);
    p.ethertype = 0x88F6;
    v = lli_filter(&p, 60, reg);
    assert_int_equal(v.packet, PACKET_VLAN);
    assert_false(v.lli);
    p = tcp(80, 0);
    reg[IGB_R_ETQF] = ETQF_EN | 0x0800; // IP is no other
    assert_int_equal(lli_filter(&p, 60, reg).packet, PACKET_L2);
}

static void random_packets_as_by_the_second_implementation(void **state)
{
    fresh_registers(state);
    unsigned marked = 0, known = 0;
    for (unsigned i = 0; i < 200000; i++) {
        for (unsigned n = 0; n < 8; n++) {
            reg[IGB_R_IMIR + n] = rnd(3) | (rnd(6) ? 0 : IMM) | (rnd(3) ? 0 : PORT_BP);
            reg[IGB_R_IMIREXT + n] =
                (60 + rnd(4)) | (rnd(2) ? SIZE_BP : 0) | (rnd(2) ? CTRL_BP : 0) | rnd(64) << 13;
            reg[IGB_R_ETQF + n] = rnd(6) | (rnd(4) ? 0 : ETQF_EN) | (rnd(4) ? 0 : ETQF_II);
        }
        reg[IGB_R_SYNQF] = rnd(16) & ~(rnd(4) ? 1u : 0u);
        reg[IGB_R_IMIRVP] = rnd(16) & ~(rnd(4) ? 8u : 0u);
        static const uint16_t proto[] = {0, PACKET_TCP, PACKET_UDP, PACKET_SCTP};
        rss_packet_t p = {.packet = proto[rnd(4)] | PACKET_IPV4 | (rnd(2) ? PACKET_VLAN : 0),
                          .ethertype = (uint16_t)rnd(6),
                          .dport = (uint16_t)rnd(3),
                          .priority = (uint8_t)rnd(8)};
        if (p.packet & PACKET_TCP) p.tcp_flags = (uint8_t)rnd(64);
        const uint32_t stored = 58 + rnd(8);

        bool want = false;
        uint32_t type = p.packet;
        int first = -1;
        for (unsigned n = 0; n < 8; n++) {
            const uint32_t m = reg[IGB_R_IMIR + n], x = reg[IGB_R_IMIREXT + n];
            const uint32_t e = reg[IGB_R_ETQF + n];
            bool good = m & IMM;
            if (!(m & PORT_BP) && (!(p.packet & 0x30) || p.dport != (m & 0xFFFF))) good = false;
            if (!(x & SIZE_BP) && stored >= (x & 0xFFF)) good = false;
            bool flag = false;
            for (unsigned k = 0; k < 6; k++)
                if (x >> (13 + k) & 1 && p.tcp_flags >> (5 - k) & 1) flag = true;
            if (!(x & CTRL_BP) && !flag) good = false;
            want = want || good;
            if ((e & ETQF_EN) && (e & 0xFFFF) == p.ethertype) {
                if (first < 0) first = (int)n;
                if (e & ETQF_II) want = true;
            }
        }
        if ((reg[IGB_R_SYNQF] & 1) && (p.tcp_flags & 2)) want = true;
        if ((reg[IGB_R_IMIRVP] & 8) && (p.packet & PACKET_VLAN) &&
            p.priority >= (reg[IGB_R_IMIRVP] & 7))
            want = true;
        if (first >= 0) type = (p.packet & 0x1000) + 0x800 + (uint32_t)first;
        const lli_verdict_t v = lli_filter(&p, stored, reg);
        if (v.lli != want || v.packet != type)
            fail_msg("packet %u: lli %d/%d type %04x/%04x", i, v.lli, want, v.packet, type);
        marked += want;
        known += first >= 0;
    }
    assert_true(marked > 50000 && marked < 150000 && known > 20000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_marked_after_reset),
        cmocka_unit_test(by_port),
        cmocka_unit_test(by_size),
        cmocka_unit_test(by_flags),
        cmocka_unit_test(by_priority),
        cmocka_unit_test(by_syn),
        cmocka_unit_test(by_ethertype),
        cmocka_unit_test(random_packets_as_by_the_second_implementation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
