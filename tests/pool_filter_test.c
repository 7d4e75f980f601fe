// SPDX-License-Identifier: Apache-2.0
// Pools of the 82576: the rules one by one, what Linux makes of them, and all of it against a second
// implementation of the contract's steps, with sets as arrays and addresses as bytes.
#include "model/pool_filter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

// Bits, from the specification.
enum { SBP = 1 << 2, UPE = 1 << 3, MPE = 1 << 4, BAM = 1 << 15, VFE = 1 << 18, CFIEN = 1 << 19 };
enum { CFI = 1 << 20, SECRC = 1 << 26 };
enum { LPE = 1 << 16, RSSE = 1 << 17, AUPE = 1 << 24, ROMPE = 1 << 25, ROPE = 1 << 26 };
enum { P_BAM = 1 << 27, MPME = 1 << 28, STRVLAN = 1 << 30, STRCRC = (int)(1u << 31) };
enum { IGNORE_MAC = 1 << 28, DIS_DEF_POOL = 1 << 29, REPL_EN = 1 << 30 };
#define AV      (1u << 31)
#define ENABLED (1u << 31)
#define LOOPS   (1u << 31)
#define VME     (1u << 30)
enum { MODE_OFF, MODE_RSS = 2, MODE_VMDQ = 3, MODE_VMDQ_RSS = 5 };

static uint64_t rng_q = 0x82576;

static uint32_t rnd(uint32_t below)
{
    rng_q ^= rng_q << 13;
    rng_q ^= rng_q >> 7;
    rng_q ^= rng_q << 17;
    return (uint32_t)((rng_q >> 16) % below);
}

static uint32_t reg[IGB_R_COUNT];
static const uint8_t bcast[6] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
static const uint8_t group[6] = {0x01, 0xAA, 0x00, 0x12, 0x34, 0x56};
static const uint8_t own[6] = {0x02, 0, 0, 0, 0, 2};
static const uint8_t strange[6] = {0x02, 0x12, 0x34, 0x56, 0x78, 0x9B};
static const uint8_t vf_mac[8][6] = {
    {0x52, 0, 0, 1, 0, 0}, {0x52, 0, 0, 1, 0, 1}, {0x52, 0, 0, 1, 0, 2}, {0x52, 0, 0, 1, 0, 3},
    {0x52, 0, 0, 1, 0, 4}, {0x52, 0, 0, 1, 0, 5}, {0x52, 0, 0, 1, 0, 6}, {0x52, 0, 0, 1, 0, 7},
};

static void set_rar(unsigned n, const uint8_t a[6], uint32_t high)
{
    reg[IGB_R_RAL + n] =
        (uint32_t)a[0] | (uint32_t)a[1] << 8 | (uint32_t)a[2] << 16 | (uint32_t)a[3] << 24;
    reg[IGB_R_RAH + n] = (uint32_t)a[4] | (uint32_t)a[5] << 8 | high;
}

static uint32_t pool_bits(uint32_t pools)
{
    return pools << 18;
}

static void set_hash(unsigned table, const uint8_t a[6])
{
    const uint32_t h = (uint32_t)(a[5] << 8 | a[4]) >> 4; // MO = 0
    reg[table + h / 32] |= 1u << h % 32;
}

static void set_vfta(uint32_t vid)
{
    reg[IGB_R_VFTA + vid / 32] |= 1u << vid % 32;
}

static void fresh_registers(void)
{
    memset(reg, 0, sizeof reg);
    for (unsigned i = 0; i < igb_reg_row_count; i++)
        for (unsigned k = 0; k < igb_reg_rows[i].count; k++)
            reg[igb_reg_rows[i].first + k] = igb_reg_reset(&igb_reg_rows[i], k);
}

// A frame of 18 bytes at the end of which a sanitizer watches.
typedef struct frame {
    const uint8_t *da, *sa;
    int tci; // -1: no tag
    uint32_t len;
    int from;
    uint32_t entry;
} frame_t;

static frame_t to(const uint8_t *da)
{
    return (frame_t){.da = da, .sa = strange, .tci = -1, .len = 64, .from = POOL_WIRE};
}

static frame_t tagged_to(const uint8_t *da, int tci)
{
    frame_t f = to(da);
    f.tci = tci;
    return f;
}

static frame_t from_to(int pool, const uint8_t *sa, const uint8_t *da)
{
    frame_t f = to(da);
    f.from = pool;
    f.sa = sa;
    return f;
}

static pool_verdict_t verdict(frame_t f)
{
    uint8_t b[16] = {0};
    memcpy(b, f.da, 6);
    memcpy(b + 6, f.sa, 6);
    b[12] = 8;
    if (f.tci >= 0) {
        b[12] = 0x81;
        b[14] = (uint8_t)(f.tci >> 8);
        b[15] = (uint8_t)f.tci;
    }
    return pool_filter(b, f.len, f.from, f.entry, reg);
}

static uint16_t queues(frame_t f)
{
    return verdict(f).queues;
}

// Device as Linux sets it up with `vfs` VFs: VF n in pool n with entry 23-n, VLAN 0 in one VLVF with
// the pools of all VFs, the PF in pool `vfs` with entry 0, which is the default pool.
static void linux_with_vfs(unsigned vfs)
{
    fresh_registers();
    reg[IGB_R_RCTL] = 2 | BAM | VFE | SECRC | 1 << 5; // EN, LPE
    reg[IGB_R_MRQC] = MODE_VMDQ;
    reg[IGB_R_VT_CTL] = vfs << 7 | REPL_EN;
    reg[IGB_R_DTXSWC] = LOOPS;
    reg[IGB_R_VFRE] = (2u << vfs) - 1;
    set_rar(0, own, AV | pool_bits(1u << vfs));
    reg[IGB_R_VMOLR + vfs] = 0xC0000000u | P_BAM | AUPE | ROMPE | LPE | 1522;
    reg[IGB_R_RPLOLR] = 0xC0000000u;
    set_vfta(0);
    reg[IGB_R_VLVF] = ENABLED | pool_bits(1u << vfs) >> 6;
    for (unsigned n = 0; n < vfs; n++) {
        set_rar(23 - n, vf_mac[n], AV | pool_bits(1u << n));
        reg[IGB_R_VMOLR + n] = 0x80000000u | P_BAM | AUPE | ROMPE | LPE | 1522;
        reg[IGB_R_VLVF] |= 1u << (12 + n);
    }
}

// ---- Linux ----

static void a_vf_gets_its_own(void **state)
{
    (void)state;
    for (unsigned vfs = 1; vfs <= 7; vfs++) {
        linux_with_vfs(vfs);
        for (unsigned n = 0; n < vfs; n++) {
            pool_verdict_t v = verdict(to(vf_mac[n]));
            assert_int_equal(v.queues, 1u << n);
            assert_true(v.exact && !v.pif && !v.several && !v.strip_tag && v.strip_fcs);
            assert_int_equal(v.stored, 60);
            assert_int_equal(queues(tagged_to(vf_mac[n], 0xE000)), 1u << n); // priority tag
        }
        assert_int_equal(queues(to(own)), 1u << vfs);
    }
}

static void the_pf_gets_what_nobody_wants(void **state)
{
    (void)state;
    linux_with_vfs(3);
    pool_verdict_t v = verdict(to(strange));
    assert_int_equal(v.queues, 1u << 3);
    assert_true(v.pif && !v.exact);
    assert_int_equal(queues(to(vf_mac[5])), 1u << 3); // a VF that is not there
    reg[IGB_R_VT_CTL] |= DIS_DEF_POOL;
    assert_int_equal(queues(to(strange)), 0);
    assert_int_equal(queues(to(vf_mac[1])), 1u << 1);
    assert_int_equal(queues(to(group)), 0);
    reg[IGB_R_VT_CTL] &= ~(uint32_t)DIS_DEF_POOL;
    assert_int_equal(queues(to(group)), 0); // no unicast
}

static void broadcast_is_replicated(void **state)
{
    (void)state;
    linux_with_vfs(3);
    pool_verdict_t v = verdict(to(bcast));
    assert_int_equal(v.queues, 0xF);
    assert_true(v.several && v.is_bcast && !v.is_mcast && !v.pif);
    reg[IGB_R_VMOLR + 1] &= ~(uint32_t)P_BAM;
    assert_int_equal(queues(to(bcast)), 0xD);
    reg[IGB_R_VT_CTL] &= ~(uint32_t)REPL_EN;
    v = verdict(to(bcast));
    assert_int_equal(v.queues, 1);
    assert_false(v.several);
    reg[IGB_R_VFRE] &= ~1u;
    assert_int_equal(queues(to(bcast)), 4);
}

static void without_replication_an_exact_match_goes_first(void **state)
{
    (void)state;
    linux_with_vfs(4);
    reg[IGB_R_VT_CTL] &= ~(uint32_t)REPL_EN;
    for (unsigned p = 0; p < 4; p++) reg[IGB_R_VMOLR + p] &= ~(uint32_t)ROMPE;
    reg[IGB_R_VMOLR + 1] |= MPME;
    assert_int_equal(queues(to(group)), 1u << 1);
    set_rar(5, group, AV | pool_bits(1u << 3 | 1u << 2));
    assert_int_equal(queues(to(group)), 1u << 2);
    reg[IGB_R_VFRE] &= ~(1u << 2);
    assert_int_equal(queues(to(group)), 1u << 3);
    reg[IGB_R_VFRE] &= ~(1u << 3); // no exact one is left
    assert_int_equal(queues(to(group)), 1u << 1);
}

static void multicast_by_hash_or_promiscuity(void **state)
{
    (void)state;
    linux_with_vfs(3);
    reg[IGB_R_VMOLR + 2] &= ~(uint32_t)ROMPE;
    assert_int_equal(queues(to(group)), 0);
    reg[IGB_R_VMOLR + 2] |= MPME;
    assert_int_equal(queues(to(group)), 1u << 2);
    set_hash(IGB_R_MTA, group);
    pool_verdict_t v = verdict(to(group));
    assert_int_equal(v.queues, 0xF);
    assert_true(v.is_mcast && v.pif);
    reg[IGB_R_VMOLR + 2] &= ~(uint32_t)MPME;
    assert_int_equal(queues(to(group)), 0xB);
    reg[IGB_R_RCTL] |= MPE | UPE; // do not count
    assert_int_equal(queues(to(group)), 0xB);
    set_rar(5, group, AV | pool_bits(1u << 2)); // an entry, and the others as before
    assert_int_equal(queues(to(group)), 0xF);
    assert_false(verdict(to(group)).pif);
    // UTA is not for groups, MTA not for unicast, neither for broadcast.
    memset(&reg[IGB_R_MTA], 0, 128 * 4);
    memset(&reg[IGB_R_UTA], 0xFF, 128 * 4);
    assert_int_equal(queues(to(group)), 4);
}

// Promiscuous mode of the PF: ROPE, and all bits of UTA.
static void unicast_by_hash(void **state)
{
    (void)state;
    linux_with_vfs(2);
    reg[IGB_R_VT_CTL] |= DIS_DEF_POOL;
    reg[IGB_R_VMOLR + 2] |= ROPE;
    assert_int_equal(queues(to(strange)), 0);
    set_hash(IGB_R_UTA, strange);
    assert_int_equal(queues(to(strange)), 1u << 2);
    assert_true(verdict(to(strange)).pif);
    set_hash(IGB_R_UTA, vf_mac[1]);
    assert_int_equal(queues(to(vf_mac[1])), 1u << 1); // an entry goes before
    reg[IGB_R_RAH + 22] &= ~pool_bits(0xFF);          // an entry without pools is none
    assert_int_equal(queues(to(vf_mac[1])), 1u << 2);
    assert_false(verdict(to(vf_mac[1])).exact);
}

static void vlans_select_pools(void **state)
{
    (void)state;
    linux_with_vfs(3);
    pool_verdict_t v = verdict(tagged_to(vf_mac[0], 100)); // not in VFTA
    assert_int_equal(v.queues, 0);
    assert_true(v.vlan_drop && v.exact);
    set_vfta(100);
    v = verdict(tagged_to(vf_mac[0], 100)); // of no pool: by default to the PF
    assert_int_equal(v.queues, 1u << 3);
    assert_true(!v.vlan_drop && v.tagged);
    reg[IGB_R_VLVF + 31] = 100 | 1u << 12; // not enabled
    assert_int_equal(queues(tagged_to(vf_mac[0], 100)), 1u << 3);
    reg[IGB_R_VLVF + 31] |= ENABLED;
    assert_int_equal(queues(tagged_to(vf_mac[0], 100)), 1);
    assert_int_equal(queues(tagged_to(vf_mac[1], 100)), 1u << 3);
    assert_int_equal(queues(tagged_to(bcast, 100)), 1);
    reg[IGB_R_VLVF + 7] = 100 | ENABLED | 6u << 12; // a second entry adds
    assert_int_equal(queues(tagged_to(bcast, 0x3064)), 7);
    reg[IGB_R_RCTL] &= ~(uint32_t)VFE; // no VLAN filter at all
    assert_int_equal(queues(tagged_to(bcast, 100)), 0xF);
    assert_int_equal(queues(tagged_to(bcast, 101)), 0xF);
    assert_int_equal(queues(tagged_to(vf_mac[1], 101)), 2);
}

static void untagged_frames_need_aupe(void **state)
{
    (void)state;
    linux_with_vfs(3);
    reg[IGB_R_VMOLR + 1] &= ~(uint32_t)AUPE;
    assert_int_equal(queues(to(vf_mac[1])), 1u << 3); // default pool
    assert_int_equal(queues(to(bcast)), 0xD);
    assert_int_equal(queues(tagged_to(vf_mac[1], 0)), 1u << 1);
    reg[IGB_R_RCTL] &= ~(uint32_t)VFE;
    assert_int_equal(queues(to(vf_mac[1])), 1u << 1);
}

static void the_cfi_bit_counts(void **state)
{
    (void)state;
    linux_with_vfs(1);
    reg[IGB_R_RCTL] |= CFIEN;
    assert_int_equal(queues(tagged_to(vf_mac[0], 0)), 1);
    assert_int_equal(queues(tagged_to(vf_mac[0], 0x1000)), 0);
    reg[IGB_R_RCTL] |= CFI;
    assert_int_equal(queues(tagged_to(vf_mac[0], 0)), 0);
    assert_int_equal(queues(tagged_to(vf_mac[0], 0x1000)), 1);
}

static void a_disabled_pool_gets_nothing(void **state)
{
    (void)state;
    linux_with_vfs(3);
    reg[IGB_R_VFRE] = 0xD;
    pool_verdict_t v = verdict(to(vf_mac[1]));
    assert_int_equal(v.queues, 0); // and no default pool
    assert_false(v.too_long);
    assert_int_equal(queues(to(bcast)), 0xD);
}

static uint16_t of_length(const uint8_t *da, int tci, uint32_t len)
{
    frame_t f = tagged_to(da, tci);
    f.len = len;
    return queues(f);
}

static void lengths(void **state)
{
    (void)state;
    linux_with_vfs(2);
    reg[IGB_R_VMOLR + 1] = (reg[IGB_R_VMOLR + 1] & ~0x3FFFu) | 9000;
    assert_int_equal(of_length(vf_mac[0], -1, 1522), 1); // with LPE the tag does not matter
    assert_int_equal(of_length(vf_mac[0], 0, 1522), 1);
    assert_int_equal(of_length(vf_mac[0], 0, 1523), 0);
    assert_int_equal(of_length(vf_mac[1], -1, 9000), 2);
    assert_int_equal(of_length(vf_mac[1], -1, 9001), 0);
    assert_int_equal(of_length(bcast, -1, 1522), 7);
    assert_int_equal(of_length(bcast, -1, 1523), 2);
    reg[IGB_R_VMOLR] &= ~(uint32_t)LPE;
    assert_int_equal(of_length(vf_mac[0], -1, 1518), 1);
    assert_int_equal(of_length(vf_mac[0], -1, 1519), 0);
    assert_int_equal(of_length(vf_mac[0], 0, 1522), 1);
    assert_int_equal(of_length(vf_mac[0], 0, 1523), 0);
    frame_t f = to(vf_mac[0]);
    f.len = 1519;
    assert_true(verdict(f).too_long);
    f.da = bcast;
    assert_false(verdict(f).too_long);
    f.len = 9001;
    assert_true(verdict(f).too_long);
}

static void stripping(void **state)
{
    (void)state;
    linux_with_vfs(2);
    reg[IGB_R_RCTL] &= ~(uint32_t)SECRC;
    reg[IGB_R_VMOLR] = P_BAM | AUPE | (uint32_t)STRVLAN;
    reg[IGB_R_VMOLR + 1] = P_BAM | AUPE | (uint32_t)STRCRC;
    reg[IGB_R_RPLOLR] = 0;
    pool_verdict_t v = verdict(tagged_to(vf_mac[0], 0));
    assert_true(v.strip_tag && !v.strip_fcs && v.stored == 60);
    v = verdict(tagged_to(vf_mac[1], 0));
    assert_true(!v.strip_tag && v.strip_fcs && v.stored == 60);
    v = verdict(to(vf_mac[0]));
    assert_true(!v.strip_tag && !v.strip_fcs && v.stored == 64);
    v = verdict(tagged_to(bcast, 0));
    assert_true(v.several && !v.strip_tag && !v.strip_fcs);
    reg[IGB_R_RPLOLR] = (uint32_t)STRCRC | (uint32_t)STRVLAN;
    v = verdict(tagged_to(bcast, 0));
    assert_true(v.strip_tag && v.strip_fcs && v.stored == 56);
    reg[IGB_R_VT_CTL] &= ~(uint32_t)REPL_EN; // pool 0 alone
    v = verdict(tagged_to(bcast, 0));
    assert_true(v.strip_tag && !v.strip_fcs);
    reg[IGB_R_RCTL] |= SECRC;
    v = verdict(tagged_to(bcast, 0));
    assert_true(v.strip_tag && v.strip_fcs);
    reg[IGB_R_CTRL] |= VME; // does not count
    v = verdict(tagged_to(vf_mac[1], 0));
    assert_true(!v.strip_tag && v.strip_fcs);
}

// Linux with VFs and two RSS queues writes 0 and 8 to RETA.
static void the_second_queue_of_a_pool(void **state)
{
    (void)state;
    linux_with_vfs(2);
    for (unsigned p = 0; p < 3; p++) reg[IGB_R_VMOLR + p] |= p == 1 ? 0 : RSSE;
    frame_t f = to(own);
    f.entry = 8;
    assert_int_equal(queues(f), 1u << 2);
    reg[IGB_R_MRQC] = MODE_VMDQ_RSS;
    assert_int_equal(queues(f), 1u << 10);
    for (f.entry = 0; f.entry < 16; f.entry++)
        assert_int_equal(queues(f), f.entry & 8 ? 1u << 10 : 1u << 2);
    f.entry = 8;
    f.da = bcast;
    assert_int_equal(queues(f), 1u << 8 | 1u << 1 | 1u << 10);
    f.from = 1;
    assert_int_equal(queues(f), 1u << 0 | 1u << 2);
}

// ---- without VMDq ----

static void one_host_without_vmdq(void **state)
{
    (void)state;
    fresh_registers();
    reg[IGB_R_RCTL] = 2 | BAM;
    reg[IGB_R_VFRE] = 0;
    set_rar(0, own, AV);
    set_rar(23, vf_mac[0], AV);
    set_rar(17, vf_mac[1], AV | 1u << 16); // a source
    frame_t f = to(own);
    static const uint8_t modes[] = {0, 1, 4, 6, 7};
    for (unsigned i = 0; i < sizeof modes; i++)
        for (unsigned q = 0; q < 8; q++) { // the self test of the driver: queue = number of VFs
            reg[IGB_R_MRQC] = modes[i] | q << 3;
            f.entry = 15;
            assert_int_equal(queues(f), 1u << q);
        }
    reg[IGB_R_MRQC] = MODE_RSS | 5 << 3;
    for (f.entry = 0; f.entry < 16; f.entry++) assert_int_equal(queues(f), 1u << f.entry);
    f.entry = 16 + 3;
    assert_int_equal(queues(f), 8);

    reg[IGB_R_MRQC] = MODE_OFF;
    assert_int_equal(queues(to(vf_mac[0])), 1);
    assert_int_equal(queues(to(vf_mac[1])), 0);
    f = to(strange);
    f.sa = vf_mac[1];
    assert_true(verdict(f).exact && verdict(f).queues == 1);
    assert_int_equal(queues(to(strange)), 0);
    reg[IGB_R_RCTL] |= UPE;
    assert_true(verdict(to(strange)).pif && queues(to(strange)));
    assert_int_equal(queues(to(bcast)), 1);
    assert_false(verdict(to(bcast)).pif);
    assert_int_equal(queues(to(group)), 0);
    reg[IGB_R_RCTL] |= MPE;
    assert_int_equal(queues(to(group)), 1);
    reg[IGB_R_RCTL] = VFE;
    assert_int_equal(queues(to(bcast)), 0);
    set_hash(IGB_R_MTA, group);
    set_hash(IGB_R_MTA, bcast);
    assert_true(verdict(to(group)).pif && verdict(to(bcast)).pif);
    assert_true(verdict(tagged_to(own, 7)).vlan_drop);
    assert_int_equal(queues(tagged_to(own, 7)), 0);
    set_vfta(7);
    pool_verdict_t v = verdict(tagged_to(own, 7));
    assert_true(v.queues == 1 && !v.strip_tag && !v.strip_fcs);
    reg[IGB_R_CTRL] |= VME;
    v = verdict(tagged_to(own, 7));
    assert_true(v.strip_tag && !v.strip_fcs && v.stored == 60);
    f = tagged_to(own, 7);
    reg[IGB_R_RCTL] |= SECRC;
    for (f.len = 16; f.len < 24; f.len++) {
        v = verdict(f);
        assert_int_equal(v.stored, f.len - 8);
    }
    assert_int_equal(queues((frame_t){.da = own, .sa = own, .len = 11, .tci = -1, .from = -1}), 0);
    reg[IGB_R_RCTL] = SBP | UPE | MPE;
    f.len = 11;
    v = verdict(f);
    assert_true(v.queues == 1 && v.pif && !v.exact);
}

// ---- frames of pools ----

static void frames_between_pools(void **state)
{
    (void)state;
    linux_with_vfs(3);
    pool_verdict_t v = verdict(from_to(0, vf_mac[0], vf_mac[2]));
    assert_true(v.queues == 4 && !v.to_wire && v.strip_fcs);
    v = verdict(from_to(0, vf_mac[0], own));
    assert_true(v.queues == 8 && !v.to_wire);
    v = verdict(from_to(0, vf_mac[0], strange)); // no default pool
    assert_true(v.queues == 0 && v.to_wire);
    v = verdict(from_to(1, vf_mac[1], bcast));
    assert_true(v.queues == 0xD && v.to_wire && v.several);
    set_hash(IGB_R_MTA, group);
    v = verdict(from_to(3, own, group));
    assert_true(v.queues == 7 && v.to_wire);
    v = verdict(from_to(2, vf_mac[2], vf_mac[2])); // to itself
    assert_true(v.queues == 0 && !v.to_wire);
    reg[IGB_R_DTXSWC] |= 1u << 18;
    v = verdict(from_to(2, vf_mac[2], vf_mac[2]));
    assert_true(v.queues == 4 && !v.to_wire);
    assert_int_equal(queues(from_to(2, vf_mac[2], bcast)), 0xF);
    assert_int_equal(queues(from_to(1, vf_mac[1], bcast)), 0xD);
    reg[IGB_R_VFRE] = 0; // the pool does not receive: nobody gets it
    v = verdict(from_to(0, vf_mac[0], vf_mac[2]));
    assert_true(v.queues == 0 && !v.to_wire);
    reg[IGB_R_VFRE] = 0xF;
    reg[IGB_R_VT_CTL] |= IGNORE_MAC;
    v = verdict(from_to(0, vf_mac[0], vf_mac[2]));
    assert_true(v.queues == 0xE && v.to_wire && !v.exact);
    reg[IGB_R_VT_CTL] &= ~(uint32_t)IGNORE_MAC;
    reg[IGB_R_DTXSWC] &= ~LOOPS;
    v = verdict(from_to(0, vf_mac[0], vf_mac[2]));
    assert_true(v.queues == 0 && v.to_wire);
    reg[IGB_R_DTXSWC] |= LOOPS;
    for (unsigned mode = 0; mode < 8; mode++) {
        reg[IGB_R_MRQC] = mode;
        v = verdict(from_to(0, vf_mac[0], vf_mac[2]));
        assert_int_equal(v.to_wire, mode != 3 && mode != 5);
        assert_int_equal(v.queues, v.to_wire ? 0 : 4);
    }
    linux_with_vfs(1);
    assert_false(verdict(to(vf_mac[0])).to_wire); // came from there
}

static void spoofing(void **state)
{
    (void)state;
    linux_with_vfs(3);
    reg[IGB_R_DTXSWC] |= 0x0202; // pool 1: addresses and VLANs
    pool_verdict_t v = verdict(from_to(1, vf_mac[0], bcast));
    assert_true(v.spoof_mac && !v.spoof_vlan && !v.to_wire && !v.queues);
    v = verdict(from_to(1, vf_mac[1], bcast));
    assert_true(!v.spoof_mac && v.to_wire && v.queues == 0xD);
    v = verdict(from_to(0, vf_mac[1], bcast)); // pool 0 may
    assert_true(!v.spoof_mac && v.to_wire);
    set_rar(7, vf_mac[0], AV | pool_bits(2)); // a second address of the pool
    assert_false(verdict(from_to(1, vf_mac[0], bcast)).spoof_mac);
    reg[IGB_R_RAH + 7] |= 1u << 16; // not an address to be received
    assert_true(verdict(from_to(1, vf_mac[0], bcast)).spoof_mac);
    set_rar(7, vf_mac[0], pool_bits(2));
    assert_true(verdict(from_to(1, vf_mac[0], bcast)).spoof_mac);

    frame_t f = from_to(1, vf_mac[1], bcast);
    f.tci = 0xE000; // VLAN 0
    assert_false(verdict(f).spoof_vlan);
    f.tci = 5;
    v = verdict(f);
    assert_true(v.spoof_vlan && !v.spoof_mac && !v.to_wire && !v.queues);
    f.sa = strange;
    v = verdict(f);
    assert_true(v.spoof_vlan && v.spoof_mac);
    f.from = 0;
    assert_false(verdict(f).spoof_vlan || verdict(f).spoof_mac);
    reg[IGB_R_VLVF + 9] = ENABLED | 5 | 2u << 12;
    f.from = 1;
    assert_false(verdict(f).spoof_vlan);
    reg[IGB_R_MRQC] = 0; // also without VMDq
    assert_true(verdict(f).spoof_mac);
    f.from = POOL_WIRE;
    assert_false(verdict(f).spoof_mac);
    f.from = 1;
    f.sa = vf_mac[1];
    f.len = 11;
    assert_true(verdict(f).spoof_mac);
}

// ---- against a second implementation ----

typedef struct set {
    bool in[8];
} set_t;

static bool equal_bytes(const uint8_t *a, unsigned n)
{
    for (unsigned i = 0; i < 6; i++) {
        uint32_t r = i < 4 ? reg[IGB_R_RAL + n] >> 8 * i : reg[IGB_R_RAH + n] >> 8 * (i - 4);
        if (a[i] != (r & 0xFF)) return false;
    }
    return reg[IGB_R_RAH + n] >> 31;
}

static unsigned asel(unsigned n)
{
    return reg[IGB_R_RAH + n] >> 16 & 3;
}

static set_t by_mask(uint32_t mask)
{
    set_t s;
    for (unsigned p = 0; p < 8; p++) s.in[p] = mask >> p & 1;
    return s;
}

static bool empty(const set_t *s)
{
    for (unsigned p = 0; p < 8; p++)
        if (s->in[p]) return false;
    return true;
}

static bool hashed(unsigned table, const uint8_t *a)
{
    static const unsigned lowest[4] = {36, 35, 34, 32};
    unsigned v = 0;
    for (unsigned i = 0; i < 12; i++) {
        const unsigned bit = lowest[reg[IGB_R_RCTL] >> 12 & 3] + i;
        v |= (a[bit / 8] >> bit % 8 & 1u) << i;
    }
    return reg[table + v / 32] >> v % 32 & 1;
}

static bool in_vlan(unsigned pool, unsigned vid)
{
    for (unsigned n = 0; n < 32; n++) {
        const uint32_t e = reg[IGB_R_VLVF + n];
        if (e >> 31 && e % 4096 == vid && e >> (12 + pool) & 1) return true;
    }
    return false;
}

static pool_verdict_t naive(const uint8_t *f, uint32_t len, int from, uint32_t entry)
{
    pool_verdict_t v = {.stored = (uint16_t)len};
    const uint32_t rctl = reg[IGB_R_RCTL], mode = reg[IGB_R_MRQC] & 7;
    const uint32_t vt = reg[IGB_R_VT_CTL], sw = reg[IGB_R_DTXSWC];
    const bool vmdq = mode == 3 || mode == 5, there = len >= 12;
    const bool unicast = there && !(f[0] & 1);
    if (there) {
        v.is_bcast = memcmp(f, bcast, 6) == 0;
        v.is_mcast = (f[0] & 1) && !v.is_bcast;
    }
    v.tagged = len >= 16 && f[12] * 256u + f[13] == (reg[IGB_R_VET] & 0xFFFF);
    const unsigned vid = v.tagged ? (f[14] % 16u) * 256 + f[15] : 0;
    if ((rctl & VFE) && v.tagged) {
        v.vlan_drop = !(reg[IGB_R_VFTA + vid / 32] >> vid % 32 & 1);
        if ((rctl & CFIEN) && !(f[14] & 0x10) != !(rctl & CFI)) v.vlan_drop = true;
    }
    if (from >= 0) {
        if (sw >> from & 1) {
            v.spoof_mac = true;
            for (unsigned n = 0; n < 24 && there; n++)
                if (equal_bytes(f + 6, n) && asel(n) == 0 && reg[IGB_R_RAH + n] >> (18 + from) & 1)
                    v.spoof_mac = false;
        }
        if (sw >> (8 + from) & 1) v.spoof_vlan = v.tagged && !in_vlan((unsigned)from, vid);
        v.to_wire = !v.spoof_mac && !v.spoof_vlan;
        if (!v.to_wire || !vmdq || !(sw >> 31)) return v;
    }
    bool strip_tag, strip_fcs = (rctl & SECRC) || from >= 0;
    if (!vmdq) {
        const bool all = (rctl & SBP) && (rctl & UPE) && (rctl & MPE);
        bool sure = false, other = all;
        for (unsigned n = 0; n < 24 && there; n++)
            if (equal_bytes(f + 6 * (asel(n) & 1), n) && asel(n) < 2) sure = v.exact = true;
        if (there) {
            if (v.is_bcast && (rctl & BAM)) sure = true;
            if (unicast && (rctl & UPE)) other = true;
            if (v.is_mcast && (rctl & MPE)) other = true;
            if (!unicast && hashed(IGB_R_MTA, f)) other = true;
        }
        if (v.vlan_drop || !(sure || other)) return v;
        v.pif = !sure;
        v.queues = (uint16_t)(1u << (mode == 2 ? entry % 16 : reg[IGB_R_MRQC] >> 3 & 7));
        strip_tag = reg[IGB_R_CTRL] & VME;
    } else {
        set_t pools = by_mask(0), exact = by_mask(0);
        bool by_bam = false;
        // 1
        for (unsigned p = 0; p < 8 && there; p++) {
            const uint32_t vmolr = reg[IGB_R_VMOLR + p];
            for (unsigned n = 0; n < 24; n++)
                if (equal_bytes(f, n) && asel(n) == 0 && (reg[IGB_R_RAH + n] >> (18 + p) & 1))
                    v.exact = exact.in[p] = pools.in[p] = true;
            if (v.is_bcast && (vmolr & P_BAM)) by_bam = pools.in[p] = true;
            if (v.is_mcast && (vmolr & MPME)) pools.in[p] = true;
            if (v.is_mcast && (vmolr & ROMPE) && hashed(IGB_R_MTA, f)) pools.in[p] = true;
        }
        if (unicast && !v.exact && hashed(IGB_R_UTA, f))
            for (unsigned p = 0; p < 8; p++) pools.in[p] = reg[IGB_R_VMOLR + p] & ROPE;
        if (there && (vt & IGNORE_MAC)) {
            pools = by_mask(0xFF);
            exact = by_mask(0);
            v.exact = false;
        }
        // 2
        for (unsigned p = 0; p < 8; p++) {
            if (!(rctl & VFE)) break;
            if (v.tagged ? !in_vlan(p, vid) : !(reg[IGB_R_VMOLR + p] & AUPE)) pools.in[p] = false;
        }
        // 3
        if (empty(&pools) && from < 0 && unicast && !(vt & DIS_DEF_POOL))
            pools.in[vt >> 7 & 7] = true;
        if (v.vlan_drop) pools = by_mask(0);
        // 4
        for (unsigned p = 0; p < 8; p++) {
            if (!(reg[IGB_R_VFRE] >> p & 1)) pools.in[p] = false;
            if ((int)p == from && !(sw >> (16 + p) & 1)) pools.in[p] = false;
        }
        // 5
        const bool any = !empty(&pools);
        for (unsigned p = 0; p < 8; p++) {
            const uint32_t vmolr = reg[IGB_R_VMOLR + p];
            if (len > ((vmolr & LPE) ? vmolr & 0x3FFF : v.tagged ? 1522u : 1518u))
                pools.in[p] = false;
        }
        v.too_long = any && empty(&pools);
        // 6
        unsigned count = 0;
        bool left = false; // with an exact match
        for (unsigned p = 0; p < 8; p++) left = left || (pools.in[p] && exact.in[p]);
        for (unsigned p = 0; p < 8; p++) {
            if (!(vt & REPL_EN) && (count || (left && !exact.in[p]))) pools.in[p] = false;
            count += pools.in[p];
        }
        v.several = count > 1;
        v.pif = count && !v.exact && !by_bam;
        if (unicast && v.exact) v.to_wire = false;
        uint32_t rule = reg[IGB_R_RPLOLR];
        for (unsigned p = 0; p < 8; p++) {
            if (!pools.in[p]) continue;
            if (count == 1) rule = reg[IGB_R_VMOLR + p];
            const bool second =
                mode == 5 && (reg[IGB_R_VMOLR + p] & RSSE) && (entry & 8) && from < 0;
            v.queues |= (uint16_t)(1u << (second ? p + 8 : p));
        }
        strip_tag = rule & STRVLAN;
        strip_fcs = strip_fcs || rule >> 31;
    }
    if (!v.queues) return v;
    if (strip_tag && v.tagged) {
        v.strip_tag = true;
        v.stored = (uint16_t)(v.stored - 4);
    }
    if (strip_fcs && v.stored > 4) {
        v.strip_fcs = true;
        v.stored = (uint16_t)(v.stored - 4);
    }
    return v;
}

// No memcmp: there is padding.
static bool same(const pool_verdict_t *a, const pool_verdict_t *b)
{
    return a->queues == b->queues && a->stored == b->stored && a->several == b->several &&
           a->strip_tag == b->strip_tag && a->strip_fcs == b->strip_fcs && a->exact == b->exact &&
           a->is_bcast == b->is_bcast && a->is_mcast == b->is_mcast && a->tagged == b->tagged &&
           a->pif == b->pif && a->vlan_drop == b->vlan_drop && a->too_long == b->too_long &&
           a->spoof_mac == b->spoof_mac && a->spoof_vlan == b->spoof_vlan &&
           a->to_wire == b->to_wire;
}

static void random_address(uint8_t *a)
{
    static const uint8_t *const world[] = {bcast,     own,       strange,   group,
                                           vf_mac[0], vf_mac[1], vf_mac[2], vf_mac[3]};
    memcpy(a, world[rnd(8)], 6);
    if (rnd(30) == 0) a[rnd(6)] ^= (uint8_t)(1u << rnd(8));
}

static uint32_t any32(void)
{
    return rnd(0x10000) << 16 | rnd(0x10000);
}

static void random_registers(void)
{
    uint8_t a[6];
    for (unsigned n = 0; n < 24; n++) {
        random_address(a);
        set_rar(n, a, (rnd(3) ? 0 : AV) | (rnd(6) ? 0 : rnd(4) << 16) | pool_bits(1u << rnd(8)));
        if (rnd(4) == 0) reg[IGB_R_RAH + n] ^= pool_bits(rnd(256));
    }
    static const unsigned tables[] = {IGB_R_MTA, IGB_R_UTA, IGB_R_VFTA};
    for (unsigned t = 0; t < 3; t++)
        for (unsigned i = 0; i < 128; i++) reg[tables[t] + i] = any32() | any32();
    for (unsigned p = 0; p < 8; p++)
        reg[IGB_R_VMOLR + p] = ((any32() | any32()) & 0xDF030000) | (rnd(4) ? 1518 + rnd(8) : 64);
    for (unsigned n = 0; n < 32; n++)
        reg[IGB_R_VLVF + n] =
            rnd(6) | (rnd(3) ? 1u << (12 + rnd(8)) : rnd(256) << 12) | (rnd(2) ? ENABLED : 0);
    static const uint8_t modes[] = {3, 3, 5, 5, 0, 2, 1, 7};
    reg[IGB_R_MRQC] = modes[rnd(8)] | rnd(8) << 3;
    reg[IGB_R_RCTL] = any32() & any32();
    if (rnd(2)) reg[IGB_R_RCTL] |= VFE;
    reg[IGB_R_VT_CTL] = rnd(8) << 7 | rnd(4) << 29 | (rnd(10) ? 0 : IGNORE_MAC);
    reg[IGB_R_RPLOLR] = rnd(4) << 30;
    reg[IGB_R_VFRE] = rnd(3) ? 0xFF : rnd(256);
    reg[IGB_R_DTXSWC] = (any32() & any32() & any32() & 0xFFFFFF) | (rnd(4) ? LOOPS : 0);
    reg[IGB_R_CTRL] = rnd(2) ? VME : 0;
    reg[IGB_R_VET] = 0x88A80000 | (rnd(8) ? 0x8100 : 0x9100);
}

static void random_frames_as_by_the_second_implementation(void **state)
{
    (void)state;
    memset(reg, 0, sizeof reg);
    unsigned none = 0, several = 0, second = 0, pif = 0, exact = 0, dropped = 0, spoofed = 0;
    unsigned looped = 0, inside = 0, too_long = 0;
    for (unsigned i = 0; i < 200000; i++) {
        if (i % 8 == 0) random_registers();
        uint8_t b[16];
        random_address(b);
        random_address(b + 6);
        b[12] = rnd(3) ? 0x81 : rnd(2) ? 0x91 : 8;
        b[13] = 0;
        b[14] = (uint8_t)(rnd(10) ? rnd(16) << 4 : rnd(256));
        b[15] = (uint8_t)rnd(6);
        const uint32_t len = rnd(3) ? 64 : rnd(2) ? 1510 + rnd(20) : rnd(24);
        const int from = rnd(2) ? POOL_WIRE : (int)rnd(8);
        const uint32_t entry = rnd(16);
        uint8_t *exactly = malloc(16 < len ? 16 : len + 1);
        assert_non_null(exactly);
        memcpy(exactly, b, len < 16 ? len : 16);
        const pool_verdict_t v = pool_filter(exactly, len, from, entry, reg);
        const pool_verdict_t w = naive(b, len, from, entry);
        free(exactly);
        if (!same(&v, &w))
            fail_msg("frame %u from %d: queues %04x/%04x stored %u/%u exact %d/%d wire %d/%d", i,
                     from, v.queues, w.queues, v.stored, w.stored, v.exact, w.exact, v.to_wire,
                     w.to_wire);
        none += !w.queues;
        several += w.several;
        second += w.queues >> 8 != 0;
        pif += w.pif;
        exact += w.exact;
        dropped += w.vlan_drop;
        spoofed += w.spoof_mac || w.spoof_vlan;
        looped += from >= 0 && w.queues;
        inside += from >= 0 && w.queues && !w.to_wire;
        too_long += w.too_long;
    }
    assert_true(none > 5000 && several > 5000 && second > 2000 && pif > 5000 && exact > 5000);
    assert_true(dropped > 2000 && spoofed > 2000 && looped > 5000 && inside > 1000);
    assert_true(too_long > 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_vf_gets_its_own),
        cmocka_unit_test(the_pf_gets_what_nobody_wants),
        cmocka_unit_test(broadcast_is_replicated),
        cmocka_unit_test(without_replication_an_exact_match_goes_first),
        cmocka_unit_test(multicast_by_hash_or_promiscuity),
        cmocka_unit_test(unicast_by_hash),
        cmocka_unit_test(vlans_select_pools),
        cmocka_unit_test(untagged_frames_need_aupe),
        cmocka_unit_test(the_cfi_bit_counts),
        cmocka_unit_test(a_disabled_pool_gets_nothing),
        cmocka_unit_test(lengths),
        cmocka_unit_test(stripping),
        cmocka_unit_test(the_second_queue_of_a_pool),
        cmocka_unit_test(one_host_without_vmdq),
        cmocka_unit_test(frames_between_pools),
        cmocka_unit_test(spoofing),
        cmocka_unit_test(random_frames_as_by_the_second_implementation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
