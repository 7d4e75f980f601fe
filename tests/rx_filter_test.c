// SPDX-License-Identifier: Apache-2.0
// Receive filters against a byte-wise reference, and the rules of the specification one by one.
#include "model/rx_filter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static uint64_t rng_q = 0xf117e4f117e4;

static uint32_t rnd(uint32_t below)
{
    rng_q ^= rng_q << 13;
    rng_q ^= rng_q >> 7;
    rng_q ^= rng_q << 17;
    return (uint32_t)((rng_q >> 16) % below);
}

enum { SBP = 1 << 2, UPE = 1 << 3, MPE = 1 << 4, BAM = 1 << 15, VFE = 1 << 18, CFIEN = 1 << 19 };
enum { CFI = 1 << 20, DPF = 1 << 22, PMCF = 1 << 23 };
#define RFCE (1u << 27)
#define AV   (1u << 31)

static uint32_t reg[E1000_R_COUNT];
static const uint8_t bcast[6] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
static const uint8_t own[6] = {0x02, 0x12, 0x34, 0x56, 0x78, 0x9A};
static const uint8_t other[6] = {0x02, 0x12, 0x34, 0x56, 0x78, 0x9B};
static const uint8_t group[6] = {0x01, 0xAA, 0x00, 0x12, 0x34, 0x56};
static const uint8_t pause_group[6] = {0x01, 0x80, 0xC2, 0x00, 0x00, 0x01};

static void set_rar(unsigned n, const uint8_t a[6], uint32_t high)
{
    reg[E1000_R_RAL + n] =
        (uint32_t)a[0] | (uint32_t)a[1] << 8 | (uint32_t)a[2] << 16 | (uint32_t)a[3] << 24;
    reg[E1000_R_RAH + n] = (uint32_t)a[4] | (uint32_t)a[5] << 8 | high;
}

static void fresh_registers(uint32_t rctl)
{
    memset(reg, 0, sizeof reg);
    reg[E1000_R_RCTL] = rctl;
    reg[E1000_R_VET] = 0x8100;
    set_rar(0, own, AV);
}

static uint8_t *frame_to(const uint8_t da[6], const uint8_t sa[6], uint16_t type)
{
    static uint8_t f[64];
    memset(f, 0, sizeof f);
    memcpy(f, da, 6);
    memcpy(f + 6, sa, 6);
    f[12] = (uint8_t)(type >> 8);
    f[13] = (uint8_t)type;
    return f;
}

static rx_verdict_t verdict(const uint8_t da[6], uint32_t rctl)
{
    reg[E1000_R_RCTL] = rctl;
    return rx_filter(frame_to(da, other, 0x0800), 64, reg);
}

// ---- reference: bytes and bits, no tricks ----

static bool same_address(const uint8_t *a, unsigned n)
{
    for (unsigned i = 0; i < 6; i++) {
        uint32_t r =
            i < 4 ? reg[E1000_R_RAL + n] >> (8 * i) : reg[E1000_R_RAH + n] >> (8 * (i - 4));
        if (a[i] != (r & 0xFF)) return false;
    }
    return true;
}

// The 12 bits from `lowest` up of the address as one number, first byte lowest.
static unsigned address_bits(const uint8_t *a, unsigned lowest)
{
    unsigned v = 0;
    for (unsigned i = 0; i < 12; i++) v |= (a[(lowest + i) / 8] >> ((lowest + i) % 8) & 1u) << i;
    return v;
}

static rx_verdict_t ref_filter(const uint8_t *f, uint32_t len)
{
    uint32_t rctl = reg[E1000_R_RCTL];
    bool all = (rctl & SBP) && (rctl & UPE) && (rctl & MPE);
    if (len < 12) return (rx_verdict_t){.pass = all, .pif = all};
    bool is_bcast = true, exact = false;
    for (int i = 0; i < 6; i++) is_bcast = is_bcast && f[i] == 0xFF;
    for (unsigned n = 0; n < 16; n++) {
        uint32_t as = reg[E1000_R_RAH + n] >> 16 & 3;
        if (!(reg[E1000_R_RAH + n] & AV)) continue;
        if (as == 0 && same_address(f, n)) exact = true;
        if (as == 1 && same_address(f + 6, n)) exact = true;
    }
    bool multicast = (f[0] & 1) && !is_bcast;
    static const unsigned lowest[4] = {36, 35, 34, 32};
    unsigned h = address_bits(f, lowest[rctl >> 12 & 3]);
    bool hash = (f[0] & 1) && (reg[E1000_R_MTA + h / 32] >> h % 32 & 1);
    bool promiscuous = (!(f[0] & 1) && (rctl & UPE)) || (multicast && (rctl & MPE)) || all;
    bool sure = exact || (is_bcast && (rctl & BAM));
    bool vlan = true;
    if ((rctl & VFE) && len >= 16 && (f[12] * 256u + f[13]) == reg[E1000_R_VET]) {
        unsigned vid = (f[14] & 15u) * 256 + f[15];
        vlan = reg[E1000_R_VFTA + vid / 32] >> vid % 32 & 1;
        if ((rctl & CFIEN) && ((f[14] & 0x10) != 0) != ((rctl & CFI) != 0)) vlan = false;
    }
    bool pass = (sure || hash || promiscuous) && vlan;
    return (rx_verdict_t){
        .pass = pass, .pif = pass && !sure, .is_bcast = is_bcast, .is_mcast = multicast};
}

static rx_pause_t ref_pause(const uint8_t *f, uint32_t len)
{
    rx_pause_t p = {0};
    if (len < 18) return p;
    bool to_fca = true;
    for (unsigned i = 0; i < 6; i++) {
        uint32_t r = i < 4 ? reg[E1000_R_FCAL] >> (8 * i) : reg[E1000_R_FCAH] >> (8 * (i - 4));
        to_fca = to_fca && f[i] == (r & 0xFF);
    }
    bool to_us =
        (reg[E1000_R_RAH] >> 31) && (reg[E1000_R_RAH] >> 16 & 3) == 0 && same_address(f, 0);
    p.is_mac_control = (to_fca || to_us) && f[12] * 256u + f[13] == reg[E1000_R_FCT];
    if (!p.is_mac_control || !(reg[E1000_R_CTRL] & RFCE)) return p;
    if (f[14] == 0 && f[15] == 1) {
        p.is_pause = true;
        p.quanta = (uint16_t)(f[16] * 256 + f[17]);
        p.discard = to_us && (reg[E1000_R_RCTL] & DPF);
    } else {
        p.unsupported_opcode = true;
        p.force = (reg[E1000_R_RCTL] & PMCF) != 0;
        p.discard = !p.force;
    }
    return p;
}

// ---- random ----

static void random_address(uint8_t *a)
{
    static const uint8_t *const pool[] = {bcast, own, other, group, pause_group};
    if (rnd(4)) {
        memcpy(a, pool[rnd(5)], 6);
        if (rnd(8) == 0) a[rnd(6)] ^= (uint8_t)(1u << rnd(8)); // a near miss
    } else {
        for (int i = 0; i < 6; i++) a[i] = (uint8_t)rnd(256);
    }
}

static void random_registers(void)
{
    memset(reg, 0, sizeof reg);
    uint8_t a[6];
    for (unsigned n = 0; n < 16; n++) {
        random_address(a);
        set_rar(n, a, (rnd(3) ? 0 : AV) | (rnd(2) ? 0 : rnd(4) << 16));
    }
    if (rnd(2))
        for (unsigned n = 1; n < 16; n++) reg[E1000_R_RAH + n] &= ~AV;
    for (unsigned i = 0; i < 128; i++) {
        reg[E1000_R_MTA + i] = rnd(0x10000) | rnd(0x10000) << 16;
        reg[E1000_R_VFTA + i] = rnd(0x10000) | rnd(0x10000) << 16;
    }
    reg[E1000_R_RCTL] = (rnd(0x10000) | rnd(0x10000) << 16) & 0x06DFB3FE;
    if (rnd(2)) reg[E1000_R_RCTL] &= ~(uint32_t)(UPE | MPE);
    reg[E1000_R_CTRL] = rnd(2) ? RFCE : 0;
    reg[E1000_R_VET] = rnd(8) ? 0x8100 : 0x9100;
    reg[E1000_R_FCT] = rnd(8) ? 0x8808 : 0x8800;
    if (rnd(2)) set_rar(0, own, AV);
    memcpy(a, pause_group, 6);
    if (rnd(2)) random_address(a);
    reg[E1000_R_FCAL] =
        (uint32_t)a[0] | (uint32_t)a[1] << 8 | (uint32_t)a[2] << 16 | (uint32_t)a[3] << 24;
    reg[E1000_R_FCAH] = (uint32_t)a[4] | (uint32_t)a[5] << 8;
}

// Frames live in a block of exactly their size, so that a sanitizer sees a read behind the end.
static uint8_t *random_frame(uint32_t *len)
{
    static const uint16_t type[] = {0x8100, 0x9100, 0x0800, 0x8808, 0x8800, 0x88A8};
    uint8_t b[80];
    for (unsigned i = 0; i < sizeof b; i++) b[i] = (uint8_t)rnd(256);
    random_address(b);
    random_address(b + 6);
    uint32_t t = type[rnd(6)];
    b[12] = (uint8_t)(t >> 8);
    b[13] = (uint8_t)t;
    if (t >> 4 == 0x880) {
        b[14] = rnd(8) == 0;
        b[15] = rnd(3) ? 1 : (uint8_t)rnd(3);
    }
    *len = rnd(8) ? 60 + rnd(20) : rnd(24);
    uint8_t *f = malloc(*len + 1);
    assert_non_null(f);
    memcpy(f + 1, b, *len); // odd address
    return f;
}

static void random_frames_get_the_verdict_of_the_reference(void **state)
{
    (void)state;
    unsigned passed = 0, pif = 0, stopped = 0, pauses = 0, discards = 0, forced = 0, fcruc = 0;
    for (int i = 0; i < 400000; i++) {
        if (i % 8 == 0) random_registers();
        uint32_t len;
        uint8_t *block = random_frame(&len), *f = block + 1;
        rx_verdict_t v = rx_filter(f, len, reg), w = ref_filter(f, len);
        if (v.pass != w.pass || v.pif != w.pif || v.is_bcast != w.is_bcast ||
            v.is_mcast != w.is_mcast)
            fail_msg("frame %d: pass %d/%d pif %d/%d", i, v.pass, w.pass, v.pif, w.pif);
        rx_pause_t p = rx_pause(f, len, reg), q = ref_pause(f, len);
        if (p.is_mac_control != q.is_mac_control || p.is_pause != q.is_pause ||
            p.quanta != q.quanta || p.discard != q.discard || p.force != q.force ||
            p.unsupported_opcode != q.unsupported_opcode)
            fail_msg("frame %d: pause %d/%d discard %d/%d", i, p.is_pause, q.is_pause, p.discard,
                     q.discard);
        passed += w.pass && !w.pif;
        pif += w.pif;
        stopped += !w.pass;
        pauses += q.is_pause;
        discards += q.is_pause && q.discard;
        forced += q.force;
        fcruc += q.unsupported_opcode;
        free(block);
    }
    assert_true(passed > 50000 && pif > 50000 && stopped > 50000);
    assert_true(pauses > 1000 && discards > 200 && forced > 200 && fcruc > 500);
}

// ---- rules ----

static void every_rar_entry_compares_only_while_valid(void **state)
{
    (void)state;
    for (unsigned n = 0; n < 16; n++) {
        fresh_registers(0);
        set_rar(0, group, 0);
        set_rar(n, own, 0);
        assert_false(verdict(own, 0).pass);
        set_rar(n, own, AV);
        assert_true(verdict(own, 0).pass);
        assert_false(verdict(own, 0).pif);
        assert_false(verdict(other, 0).pass);
        set_rar(n, own, AV | 2u << 16);
        assert_false(verdict(own, 0).pass);
        set_rar(n, own, AV | 3u << 16);
        assert_false(verdict(own, 0).pass);
        for (unsigned bit = 0; bit < 48; bit++) { // one wrong bit is enough
            uint8_t a[6];
            memcpy(a, own, 6);
            a[bit / 8] ^= (uint8_t)(1u << bit % 8);
            set_rar(n, a, AV);
            assert_false(rx_filter(frame_to(own, other, 0x0800), 64, reg).pass);
        }
    }
}

static void address_select_01_compares_the_source(void **state)
{
    (void)state;
    fresh_registers(0);
    set_rar(0, own, AV | 1u << 16);
    assert_true(rx_filter(frame_to(other, own, 0x0800), 64, reg).pass);
    assert_false(rx_filter(frame_to(own, other, 0x0800), 64, reg).pass);
}

// 01:AA:00:12:34:56 hashes to 563h, AC6h, 58Dh, 634h for MO = 0..3.
static void the_multicast_hash_has_four_offsets(void **state)
{
    (void)state;
    static const uint16_t index[4] = {0x563, 0xAC6, 0x58D, 0x634};
    for (uint32_t mo = 0; mo < 4; mo++) {
        for (uint32_t set = 0; set < 4096; set++) {
            if (set == 0) fresh_registers(0);
            reg[E1000_R_MTA + set / 32] = 1u << set % 32;
            rx_verdict_t v = verdict(group, mo << 12);
            assert_int_equal(v.pass, set == index[mo]);
            assert_int_equal(v.pif, set == index[mo]);
            assert_true(v.is_mcast && !v.is_bcast);
            reg[E1000_R_MTA + set / 32] = 0;
        }
    }
}

static void the_hash_does_not_pass_unicast(void **state)
{
    (void)state;
    fresh_registers(0);
    for (unsigned i = 0; i < 128; i++) reg[E1000_R_MTA + i] = UINT32_MAX;
    assert_false(verdict(other, 0).pass);
    assert_true(verdict(group, 0).pass);
    assert_true(verdict(bcast, 0).pass && verdict(bcast, 0).pif); // hash match, BAM=0
    assert_false(verdict(bcast, BAM).pif);
}

static void promiscuous_bits_pass_their_kind_only(void **state)
{
    (void)state;
    fresh_registers(0);
    static const struct {
        uint32_t rctl;
        bool own, other, group, bcast;
    } row[] = {
        {0, true, false, false, false},
        {BAM, true, false, false, true},
        {UPE, true, true, false, false},
        {MPE, true, false, true, false},
        {UPE | MPE, true, true, true, false},
        {SBP, true, false, false, false},
        {SBP | UPE, true, true, false, false},
        {SBP | MPE, true, false, true, false},
        {SBP | UPE | MPE, true, true, true, true},
    };
    for (unsigned i = 0; i < sizeof row / sizeof row[0]; i++) {
        assert_int_equal(verdict(own, row[i].rctl).pass, row[i].own);
        assert_int_equal(verdict(other, row[i].rctl).pass, row[i].other);
        assert_int_equal(verdict(other, row[i].rctl).pif, row[i].other);
        assert_int_equal(verdict(group, row[i].rctl).pass, row[i].group);
        assert_int_equal(verdict(bcast, row[i].rctl).pass, row[i].bcast);
        assert_false(verdict(own, row[i].rctl).pif);
    }
}

static bool tagged_pass(uint32_t rctl, uint16_t type, uint16_t tci)
{
    uint8_t *f = frame_to(own, other, type);
    f[14] = (uint8_t)(tci >> 8);
    f[15] = (uint8_t)tci;
    reg[E1000_R_RCTL] = rctl;
    return rx_filter(f, 64, reg).pass;
}

static void the_vlan_table_passes_its_ids_only(void **state)
{
    (void)state;
    fresh_registers(0);
    for (uint32_t vid = 0; vid < 4096; vid++) {
        reg[E1000_R_VFTA + vid / 32] = 1u << vid % 32;
        assert_true(tagged_pass(VFE, 0x8100, (uint16_t)(vid | 0xE000)));
        assert_false(tagged_pass(VFE, 0x8100, (uint16_t)(vid ^ 1)));
        assert_false(tagged_pass(VFE, 0x8100, (uint16_t)(vid ^ 0x800)));
        assert_true(tagged_pass(0, 0x8100, (uint16_t)(vid ^ 1)));
        assert_true(tagged_pass(VFE, 0x88A8, (uint16_t)(vid ^ 1))); // not VET: no VLAN frame
        reg[E1000_R_VFTA + vid / 32] = 0;
    }
    assert_false(tagged_pass(VFE | SBP | UPE | MPE, 0x8100, 5));
}

static void the_cfi_bit_must_equal_rctl_cfi(void **state)
{
    (void)state;
    fresh_registers(0);
    reg[E1000_R_VFTA] = 1u << 5;
    for (uint32_t cfi = 0; cfi < 2; cfi++) {
        uint16_t tci = (uint16_t)(cfi << 12 | 5);
        assert_int_equal(tagged_pass(VFE | CFIEN, 0x8100, tci), cfi == 0);
        assert_int_equal(tagged_pass(VFE | CFIEN | CFI, 0x8100, tci), cfi == 1);
        assert_true(tagged_pass(VFE | CFI, 0x8100, tci));
        assert_true(tagged_pass(CFIEN, 0x8100, tci));
    }
    assert_true(tagged_pass(VFE | CFIEN | CFI, 0x0800, 5));
}

static rx_pause_t pause_to(const uint8_t da[6], uint32_t rctl, uint16_t opcode, uint16_t quanta)
{
    uint8_t *f = frame_to(da, other, 0x8808);
    f[14] = (uint8_t)(opcode >> 8);
    f[15] = (uint8_t)opcode;
    f[16] = (uint8_t)(quanta >> 8);
    f[17] = (uint8_t)quanta;
    reg[E1000_R_RCTL] = rctl;
    return rx_pause(f, 64, reg);
}

static void pause_frames_obey_rfce_dpf_and_pmcf(void **state)
{
    (void)state;
    fresh_registers(0);
    reg[E1000_R_FCAL] = 0x00C28001;
    reg[E1000_R_FCAH] = 0x0100;
    reg[E1000_R_FCT] = 0x8808;
    rx_pause_t p = pause_to(pause_group, DPF, 1, 0xFFFF);
    assert_true(p.is_mac_control && !p.is_pause && !p.discard);
    p = pause_to(own, 0, 2, 0);
    assert_true(p.is_mac_control && !p.unsupported_opcode && !p.discard && !p.force);

    reg[E1000_R_CTRL] = RFCE;
    p = pause_to(pause_group, DPF, 1, 0x1234);
    assert_true(p.is_pause && !p.discard && !p.unsupported_opcode && p.quanta == 0x1234);
    p = pause_to(own, 0, 1, 0);
    assert_true(p.is_pause && !p.discard && p.quanta == 0);
    assert_true(pause_to(own, DPF, 1, 7).discard);
    assert_false(pause_to(own, PMCF, 1, 7).force);
    assert_false(pause_to(other, DPF, 1, 7).is_mac_control);
    p = pause_to(own, 0, 0x0101, 7); // priority flow control
    assert_true(p.unsupported_opcode && !p.is_pause && p.discard && !p.force);
    p = pause_to(pause_group, PMCF | DPF, 0, 7);
    assert_true(p.unsupported_opcode && !p.discard && p.force);
    reg[E1000_R_RAH] &= ~AV;
    assert_false(pause_to(own, 0, 1, 7).is_mac_control);
    reg[E1000_R_FCT] = 0x8809;
    assert_false(pause_to(pause_group, 0, 1, 7).is_mac_control);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_frames_get_the_verdict_of_the_reference),
        cmocka_unit_test(every_rar_entry_compares_only_while_valid),
        cmocka_unit_test(address_select_01_compares_the_source),
        cmocka_unit_test(the_multicast_hash_has_four_offsets),
        cmocka_unit_test(the_hash_does_not_pass_unicast),
        cmocka_unit_test(promiscuous_bits_pass_their_kind_only),
        cmocka_unit_test(the_vlan_table_passes_its_ids_only),
        cmocka_unit_test(the_cfi_bit_must_equal_rctl_cfi),
        cmocka_unit_test(pause_frames_obey_rfce_dpf_and_pmcf),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
