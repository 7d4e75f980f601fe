// SPDX-License-Identifier: Apache-2.0
// The mailbox drivers of PF and VFs against each other over model/mailbox.c: rules one by one, then
// 8 VFs at once in random order, resets of the PF, and a VF that sends anything.
#include "driver/igb_mbx.h"
#include "driver/igbvf_mbx.h"
#include "tests/igb/igb_world.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { V_REQ = 1, V_ACK = 2, V_VFU = 4, V_PFSTS = 16, V_PFACK = 32, V_RSTI = 64, V_RSTD = 128 };
enum { P_PFU = 8 };

static const uint8_t mac_a[6] = {2, 0, 0, 0, 0, 0xA0}, mac_b[6] = {2, 0, 0, 0, 0, 0xB0};
static const uint8_t group_mac[6] = {1, 0, 0x5E, 0x11, 0x22, 0x33}, no_mac[6];

static uint32_t rar(unsigned i)
{
    return i < 16 ? IGB_RAL + 8 * i : IGB_RAL_BASE2 + 8 * (i - 16);
}

static bool rar_is(const world_t *w, unsigned i, const uint8_t mac[6], unsigned pool)
{
    const uint32_t low =
        mac[0] | (uint32_t)mac[1] << 8 | (uint32_t)mac[2] << 16 | (uint32_t)mac[3] << 24;
    const uint32_t high = mac[4] | (uint32_t)mac[5] << 8 | 1u << (18 + pool) | 1u << 31;
    return world_peek(w, rar(i)) == low && world_peek(w, rar(i) + 4) == high;
}

static uint32_t vmolr(const world_t *w, unsigned n)
{
    return world_peek(w, IGB_VMOLR + 4 * n);
}

// ---- one VF by hand -----------------------------------------------------------------------------

typedef struct hand {
    world_t w;
    igb_mbx_t pf;
    igbvf_mbx_t vf;
    os_dev_t *p, *v;
} hand_t;

static hand_t *hand(void)
{
    static hand_t h;
    world_init(&h.w, 1, 8);
    h.p = &h.w.dev[WORLD_PF];
    h.v = &h.w.dev[0];
    igb_mbx_init(&h.pf, h.p, 8);
    igb_mbx_enable(&h.pf);
    igb_mbx_reset_done(&h.pf);
    igbvf_mbx_init(&h.vf, h.v);
    world_settle(&h.w);
    (void)os_rd32(h.v, IGBVF_V2PMAILBOX);
    return &h;
}

// Sends words as VF 0, has the PF look, and returns what V2PMAILBOX shows then.
static uint32_t say(hand_t *h, unsigned n, const uint32_t *words)
{
    os_wr32(h->v, IGBVF_V2PMAILBOX, V_VFU);
    assert_true(os_rd32(h->v, IGBVF_V2PMAILBOX) & V_VFU);
    for (unsigned i = 0; i < n; i++) os_wr32(h->v, IGBVF_VMBMEM + 4 * i, words[i]);
    os_wr32(h->v, IGBVF_V2PMAILBOX, V_REQ);
    world_settle(&h->w);
    assert_true(h->p->irq);
    igb_mbx_service(&h->pf);
    world_settle(&h->w);
    assert_false(world_peek(&h->w, IGB_P2VMAILBOX) & P_PFU);
    return os_rd32(h->v, IGBVF_V2PMAILBOX);
}

static uint32_t said(hand_t *h)
{
    return os_rd32(h->v, IGBVF_VMBMEM);
}

// One word and one more; the answer's word 0.
static uint32_t ask(hand_t *h, uint32_t word_0, uint32_t word_1)
{
    const uint32_t words[] = {word_0, word_1};
    assert_int_equal(say(h, 2, words) & (V_PFSTS | V_PFACK), V_PFSTS | V_PFACK);
    return said(h);
}

static uint32_t ask_mac(hand_t *h, uint32_t word_0, const uint8_t mac[6])
{
    uint32_t words[3] = {word_0};
    for (unsigned i = 0; i < 6; i++) words[1 + i / 4] |= (uint32_t)mac[i] << i % 4 * 8;
    assert_int_equal(say(h, 3, words) & (V_PFSTS | V_PFACK), V_PFSTS | V_PFACK);
    return said(h);
}

static void acknowledge(hand_t *h)
{
    os_wr32(h->v, IGBVF_V2PMAILBOX, V_ACK);
    world_settle(&h->w);
    igb_mbx_service(&h->pf);
    world_settle(&h->w);
}

static void a_vf_that_is_not_clear_to_send(void **state)
{
    (void)state;
    hand_t *h = hand();
    const uint32_t lpe[] = {5, 1522};

    assert_int_equal(ask(h, 5, 1522), 0x40000005); // no CTS
    assert_false(vmolr(&h->w, 0) & FMASK(IGB_VMOLR_LPE));
    // again within 2 s: received, and silently released
    assert_int_equal(say(h, 2, lpe) & (V_PFSTS | V_PFACK), V_PFACK);
    assert_int_equal(said(h), 5);
    acknowledge(h); // within the 2 s as well
    assert_int_equal(said(h), 5);
    os_msleep(h->v, 1990);
    assert_int_equal(say(h, 2, lpe) & (V_PFSTS | V_PFACK), V_PFACK);
    os_msleep(h->v, 15);
    assert_int_equal(ask(h, 5, 1522), 0x40000005);
    // a VF that reads is told so as well
    os_msleep(h->v, 2000);
    acknowledge(h);
    assert_int_equal(said(h), 0x40000000);
    assert_true(os_rd32(h->v, IGBVF_V2PMAILBOX) & V_PFSTS);
    acknowledge(h); // no ping-pong
    assert_false(os_rd32(h->v, IGBVF_V2PMAILBOX) & V_PFSTS);
    // RESET is always answered
    assert_int_equal(ask(h, 1, 0), 0x40000001);
    os_msleep(h->v, 2000);
    acknowledge(h); // clear to send: nothing to be told
    assert_int_equal(said(h), 0x40000001);
    world_free(&h->w);
}

static void words_that_were_answered_are_ignored(void **state)
{
    static const uint32_t words[] = {0x80000005, 0x40000005, 0xC0000001, 0xA0000005, 0x60000077};
    (void)state;
    hand_t *h = hand();
    for (unsigned clear = 0; clear < 2; clear++) {
        for (unsigned i = 0; i < 5; i++) {
            const uint32_t msg[] = {words[i], 9000};
            assert_int_equal(say(h, 2, msg) & (V_PFSTS | V_PFACK), V_PFACK);
            assert_int_equal(said(h), words[i]);
        }
        assert_int_equal(ask(h, 1, 0), 0x40000001);
    }
    assert_false(vmolr(&h->w, 0) & FMASK(IGB_VMOLR_LPE));
    world_free(&h->w);
}

static void reset_gives_address_and_pool(void **state)
{
    (void)state;
    hand_t *h = hand();
    os_wr32(h->v, IGBVF_VTCTRL, FMASK(IGB_VTCTRL_RST));
    world_settle(&h->w);
    assert_int_equal(world_peek(&h->w, IGB_VFRE), 0);
    assert_int_equal(ask(h, 1, 0), 0x40000001); // VFLRE and VFREQ in one look
    assert_int_equal(os_rd32(h->v, IGBVF_VMBMEM + 4) | os_rd32(h->v, IGBVF_VMBMEM + 8), 0);
    assert_int_equal(world_peek(&h->w, IGB_VFRE) & world_peek(&h->w, IGB_VFTE), 1);
    assert_int_equal(world_peek(&h->w, rar(23) + 4), 1u << 18); // no address, not valid
    assert_int_equal(vmolr(&h->w, 0), 0x89002600);              // STRCRC, BAM, AUPE
    assert_int_equal(world_peek(&h->w, IGB_VLVF), 0x80001000);  // VLAN 0
    assert_int_equal(world_peek(&h->w, IGB_VFTA), 1);

    assert_int_equal(igb_mbx_assign_mac(&h->pf, 0, mac_a), 0);
    assert_int_equal(ask(h, 1, 0), 0x80000001);
    assert_int_equal(os_rd32(h->v, IGBVF_VMBMEM + 4), 0x00000002);
    assert_int_equal(os_rd32(h->v, IGBVF_VMBMEM + 8), 0x0000A000);
    assert_true(rar_is(&h->w, 23, mac_a, 0));
    // the administrator's stays
    assert_int_equal(ask_mac(h, 2, mac_b), 0x60000002);
    assert_true(rar_is(&h->w, 23, mac_a, 0));
    assert_int_equal(ask_mac(h, 2, mac_a), 0xA0000002);
    assert_int_equal(ask_mac(h, 0x20002, mac_b), 0x60020002);
    assert_int_equal(igb_mbx_assign_mac(&h->pf, 0, group_mac), -EINVAL);
    assert_int_equal(igb_mbx_assign_mac(&h->pf, 8, mac_a), -EINVAL);
    assert_int_equal(igb_mbx_assign_mac(&h->pf, 0, NULL), 0);
    assert_int_equal(ask_mac(h, 2, mac_b), 0xA0000002);
    assert_true(rar_is(&h->w, 23, mac_b, 0));
    // a reset takes back what it has chosen, at once
    os_wr32(h->v, IGBVF_VTCTRL, FMASK(IGB_VTCTRL_RST));
    world_settle(&h->w);
    igb_mbx_service(&h->pf);
    world_settle(&h->w);
    assert_int_equal(world_peek(&h->w, rar(23) + 4), 1u << 18);
    assert_int_equal(world_peek(&h->w, IGB_VFRE), 0);
    world_free(&h->w);
}

static void addresses(void **state)
{
    (void)state;
    hand_t *h = hand();
    uint8_t mac[6] = {2, 9, 9, 9, 9, 0};

    assert_int_equal(ask(h, 1, 0), 0x40000001);
    assert_int_equal(ask_mac(h, 2, group_mac), 0x60000002);
    assert_int_equal(ask_mac(h, 2, no_mac), 0x60000002);
    assert_int_equal(ask_mac(h, 0x30002, mac_a), 0x60030002); // no such info
    assert_int_equal(ask_mac(h, 0x20002, group_mac), 0x60020002);
    for (unsigned i = 1; i <= 15; i++) { // 23 - 8
        mac[5] = (uint8_t)i;
        assert_int_equal(ask_mac(h, 0x20002, mac), 0xA0020002);
        assert_int_equal(ask_mac(h, 0x20002, mac), 0xA0020002); // has it
        assert_true(rar_is(&h->w, i, mac, 0));
    }
    assert_int_equal(ask_mac(h, 0x20002, mac_b), 0x60020002); // full
    // cleared, and refused for the address 0 it comes with
    assert_int_equal(ask_mac(h, 0x10002, no_mac), 0x60010002);
    for (unsigned i = 1; i <= 15; i++)
        assert_false(world_peek(&h->w, rar(i) + 4) & FMASK(IGB_RAH_AV));
    assert_int_equal(ask_mac(h, 0x10002, mac_b), 0xA0010002);
    assert_int_equal(ask_mac(h, 0x20002, mac_b), 0xA0020002);
    assert_true(rar_is(&h->w, 1, mac_b, 0));
    assert_int_equal(world_peek(&h->w, rar(0) + 4), 0); // the PF's
    world_free(&h->w);
}

static void vlans(void **state)
{
    (void)state;
    hand_t *h = hand();
    assert_int_equal(ask(h, 1, 0), 0x40000001);
    assert_int_equal(ask(h, 0x10004, 0), 0xA0010004);
    assert_false(vmolr(&h->w, 0) & FMASK(IGB_VMOLR_STRVLAN)); // VLAN 0 has no tag to strip
    assert_int_equal(ask(h, 0x10004, 100), 0xA0010004);
    assert_true(vmolr(&h->w, 0) & FMASK(IGB_VMOLR_STRVLAN));
    assert_int_equal(world_peek(&h->w, IGB_VLVF + 4), 0x80001064);
    assert_int_equal(world_peek(&h->w, IGB_VFTA + 12), 1u << 4);
    assert_int_equal(ask(h, 0x10004, 100), 0xA0010004); // twice
    assert_int_equal(igb_vlan_set(&h->pf.pools, 100, 5, true), 0);
    world_settle(&h->w);
    assert_int_equal(world_peek(&h->w, IGB_VLVF + 4), 0x80021064);
    assert_int_equal(ask(h, 0x00004, 100), 0xA0000004);
    assert_int_equal(world_peek(&h->w, IGB_VLVF + 4), 0x80020064); // the other pool's now
    assert_int_equal(world_peek(&h->w, IGB_VFTA + 12), 1u << 4);
    assert_false(vmolr(&h->w, 0) & FMASK(IGB_VMOLR_STRVLAN));
    assert_int_equal(ask(h, 0x00004, 100), 0xA0000004); // not in it
    assert_int_equal(h->pf.pools.vlans[0], 0);
    assert_int_equal(igb_vlan_set(&h->pf.pools, 100, 5, false), 0);
    world_settle(&h->w);
    assert_int_equal(world_peek(&h->w, IGB_VLVF + 4), 0);
    assert_int_equal(world_peek(&h->w, IGB_VFTA + 12), 0);
    assert_int_equal(ask(h, 0x00004, 4000), 0xA0000004); // nobody is
    assert_int_equal(ask(h, 0x00004, 0), 0xA0000004);    // stays: priority tags
    assert_int_equal(world_peek(&h->w, IGB_VLVF), 0x80001000);
    assert_int_equal(world_peek(&h->w, IGB_VFTA), 1);
    assert_int_equal(ask(h, 0x10004, 4096), 0x60010004);
    assert_int_equal(ask(h, 0x20004, 5), 0x60020004);
    for (unsigned i = 1; i < 32; i++) assert_int_equal(ask(h, 0x10004, i), 0xA0010004);
    assert_int_equal(ask(h, 0x10004, 32), 0x60010004); // full
    assert_int_equal(ask(h, 0x10004, 7), 0xA0010004);
    assert_int_equal(world_peek(&h->w, IGB_VFTA), 0xFFFFFFFF);
    assert_int_equal(ask(h, 1, 0), 0x40000001); // all go
    for (unsigned i = 1; i < 32; i++) assert_int_equal(world_peek(&h->w, IGB_VLVF + 4 * i), 0);
    assert_int_equal(world_peek(&h->w, IGB_VFTA), 1);
    world_free(&h->w);
}

static void groups_and_frames(void **state)
{
    (void)state;
    hand_t *h = hand();
    uint32_t msg[16] = {0x030003, 0x0FFF0000,
                        0xFFFFF021}; // hashes 000, FFF, 021; bits above are not looked at
    assert_int_equal(ask(h, 1, 0), 0x40000001);
    h->pf.pools.groups[3] = 0x80; // one of the PF
    say(h, 16, msg);
    assert_int_equal(said(h), 0xA0030003);
    assert_int_equal(world_peek(&h->w, IGB_MTA), 1);
    assert_int_equal(world_peek(&h->w, IGB_MTA + 4), 2);
    assert_int_equal(world_peek(&h->w, IGB_MTA + 12), 0x80);
    assert_int_equal(world_peek(&h->w, IGB_MTA + 4 * 127), 0x80000000);
    assert_true(vmolr(&h->w, 0) & FMASK(IGB_VMOLR_ROMPE));
    // all, and back to the list
    assert_int_equal(ask(h, 0x20006, 0), 0xA0020006);
    assert_int_equal(vmolr(&h->w, 0), 0x99002600);
    assert_int_equal(ask(h, 0x00006, 0), 0xA0000006);
    assert_int_equal(vmolr(&h->w, 0), 0x8B002600);
    assert_int_equal(ask(h, 0x30006, 0), 0x60030006); // no other promiscuity
    // a list does not end what was asked for by itself
    assert_int_equal(ask(h, 0x20006, 0), 0xA0020006);
    say(h, 16, msg);
    assert_int_equal(said(h), 0xA0030003);
    assert_int_equal(vmolr(&h->w, 0), 0x99002600);
    assert_int_equal(ask(h, 0x00006, 0), 0xA0000006);
    assert_int_equal(vmolr(&h->w, 0), 0x8B002600);
    msg[0] = 0x1F0003; // more than the list takes
    say(h, 16, msg);
    assert_int_equal(said(h), 0xA01F0003);
    assert_int_equal(vmolr(&h->w, 0), 0x99002600);
    // nor does the end of that one make the list shorter
    assert_int_equal(ask(h, 0x00006, 0), 0xA0000006);
    assert_int_equal(vmolr(&h->w, 0), 0x99002600);
    msg[0] = 3;
    say(h, 16, msg);
    assert_int_equal(vmolr(&h->w, 0), 0x89002600);
    assert_int_equal(world_peek(&h->w, IGB_MTA), 0);
    assert_int_equal(world_peek(&h->w, IGB_MTA + 12), 0x80);

    assert_int_equal(ask(h, 5, 1522), 0xA0000005);
    assert_int_equal(vmolr(&h->w, 0), 0x890105F2);
    assert_int_equal(ask(h, 5, 9728), 0xA0000005);
    assert_int_equal(ask(h, 5, 9729), 0x60000005);
    assert_int_equal(ask(h, 5, 63), 0x60000005);
    assert_int_equal(vmolr(&h->w, 0), 0x89012600);
    assert_int_equal(ask(h, 7, 0), 0x60000007);
    assert_int_equal(ask(h, 0x20100, 0), 0x60020100);
    assert_int_equal(ask(h, 0x10001, 0), 0x60010001); // not RESET
    assert_int_equal(vmolr(&h->w, 0), 0x89012600);
    assert_int_equal(igb_mta_hash(group_mac), 0x332);
    world_free(&h->w);
}

static void the_pf_tries_for_10_ms(void **state)
{
    (void)state;
    hand_t *h = hand();
    assert_int_equal(ask(h, 1, 0), 0x40000001);
    os_wr32(h->v, IGBVF_V2PMAILBOX, V_VFU | V_REQ); // and keeps it
    world_settle(&h->w);
    uint64_t cyc = h->w.now_cyc;
    h->w.trace = true;
    igb_mbx_service(&h->pf);
    h->w.trace = false;
    assert_in_range(h->w.now_cyc - cyc, 10 * WORLD_MS, 10 * WORLD_MS + 20000);
    unsigned tries = 0;
    for (const char *p = h->w.log; (p = strstr(p, "W 00C00=8")); p++) tries++;
    assert_int_equal(tries, 11);
    assert_int_equal(h->pf.lock_failures, 1);
    assert_false(h->pf.vf[0].clear_to_send);
    os_wr32(h->v, IGBVF_V2PMAILBOX, 0);
    assert_int_equal(ask(h, 5, 1522), 0x40000005);
    world_free(&h->w);
}

// What the PF says of its own accord must not replace what a VF has said.
static void a_ping_waits_for_a_request(void **state)
{
    (void)state;
    hand_t *h = hand();
    assert_int_equal(ask(h, 1, 0), 0x40000001);
    igb_mbx_ping(&h->pf);
    assert_int_equal(said(h), 0x20000100);
    assert_int_equal(os_rd32(&h->w.dev[1], IGBVF_VMBMEM), 0x00000100);
    os_wr32(h->v, IGBVF_V2PMAILBOX, V_VFU);
    os_wr32(h->v, IGBVF_VMBMEM, 5);
    os_wr32(h->v, IGBVF_VMBMEM + 4, 1522);
    os_wr32(h->v, IGBVF_V2PMAILBOX, V_REQ);
    world_settle(&h->w);
    igb_mbx_ping(&h->pf);
    assert_int_equal(h->pf.withheld, 1);
    assert_int_equal(said(h), 5);
    igb_mbx_service(&h->pf);
    assert_int_equal(said(h), 0xA0000005);
    igb_mbx_stop(&h->pf); // before a reset of the PF
    assert_int_equal(said(h), 0x00000100);
    assert_int_equal(world_peek(&h->w, IGB_VFRE) | world_peek(&h->w, IGB_VFTE), 0);
    world_free(&h->w);
}

// ---- budgets of the VF, and its link ------------------------------------------------------------

static void a_vf_alone_gives_up_in_time(void **state)
{
    (void)state;
    hand_t *h = hand();
    world_device_reset(&h->w); // the PF does not come back: RSTI
    uint64_t cyc = h->w.now_cyc;
    assert_int_equal(igbvf_mbx_reset(&h->vf), -EBUSY);
    assert_in_range(h->w.now_cyc - cyc, WORLD_MS, 4 * WORLD_MS / 3); // 200 x 5 us, and the reads
    cyc = h->w.now_cyc;
    assert_int_equal(igbvf_set_mac(&h->vf, mac_a), -ETIMEDOUT); // at once: silent
    assert_int_equal(h->w.now_cyc - cyc, 0);
    assert_int_equal(h->v->logs, 1);

    igb_mbx_reset_done(&h->pf); // but does not listen
    world_settle(&h->w);
    cyc = h->w.now_cyc;
    assert_int_equal(igbvf_mbx_reset(&h->vf), -ETIMEDOUT);
    assert_in_range(h->w.now_cyc - cyc, WORLD_SEC, WORLD_SEC + 10 * WORLD_MS); // 2000 x 500 us
    assert_int_equal(igbvf_set_frame_size(&h->vf, 1522), -ETIMEDOUT);

    h->vf.silent = false;
    world_poke(&h->w, WORLD_PF, IGB_P2VMAILBOX, P_PFU);
    cyc = h->w.now_cyc;
    assert_int_equal(igbvf_set_vlan(&h->vf, 5, true), -EBUSY);
    assert_in_range(h->w.now_cyc - cyc, 10 * WORLD_MS, 10 * WORLD_MS + 20000);
    world_free(&h->w);
}

static void link_by_the_word_of_the_pf(void **state)
{
    static const struct {
        uint32_t word;
        bool silent, link;
        enum igbvf_link is;
    } t[] = {
        {0x20000100, false, true, IGBVF_LINK_UP},
        {0xA0000005, false, true, IGBVF_LINK_UP},
        {0x60000002, false, true, IGBVF_LINK_UP},
        {0x00000100, false, true, IGBVF_LINK_UNKNOWN},
        {0x00000000, false, true, IGBVF_LINK_UNKNOWN},
        {0x80000001, false, true, IGBVF_LINK_UNKNOWN},
        {0x40000000, false, true, IGBVF_LINK_LOST},
        {0x40000005, false, true, IGBVF_LINK_LOST},
        {0x20000100, true, true, IGBVF_LINK_LOST},
        {0x00000100, true, true, IGBVF_LINK_UNKNOWN},
        {0xA0000005, false, false, IGBVF_LINK_UNKNOWN},
    };
    (void)state;
    hand_t *h = hand();
    for (unsigned i = 0; i < sizeof t / sizeof t[0]; i++) {
        world_poke(&h->w, WORLD_PF, IGB_VMBMEM, t[i].word);
        h->w.link = t[i].link;
        h->vf.silent = t[i].silent;
        h->vf.link_unknown = true;
        (void)os_rd32(h->p, IGB_MBVFICR);
        assert_int_equal(igbvf_check_link(&h->vf), t[i].is);
        assert_int_equal(h->vf.link_unknown, t[i].is != IGBVF_LINK_UP);
        world_settle(&h->w);
        // read, so acknowledged
        assert_int_equal(world_peek(&h->w, IGB_MBVFICR), t[i].link ? 1 << 16 : 0);
        world_poke(&h->w, WORLD_PF, IGB_MBVFICR, ~0u);
    }
    // Up until RSTI or RSTD, each seen once.
    h->w.link = true;
    h->vf.silent = false;
    world_poke(&h->w, WORLD_PF, IGB_VMBMEM, 0x20000100);
    assert_int_equal(igbvf_check_link(&h->vf), IGBVF_LINK_UP);
    world_poke(&h->w, WORLD_PF, IGB_VMBMEM, 0x40000000);
    assert_int_equal(igbvf_check_link(&h->vf), IGBVF_LINK_UP);
    world_poke(&h->w, WORLD_PF, IGB_CTRL_EXT, FMASK(IGB_CTRL_EXT_PFRSTD));
    assert_int_equal(igbvf_check_link(&h->vf), IGBVF_LINK_LOST);
    h->vf.reset_ns = os_now_ns(h->v);
    os_msleep(h->v, 9999);
    assert_false(igbvf_reset_due(&h->vf));
    os_msleep(h->v, 2);
    assert_true(igbvf_reset_due(&h->vf));
    world_free(&h->w);
}

// ---- drivers beside each other ------------------------------------------------------------------

typedef struct pf_job {
    igb_mbx_t m;
    uint64_t open_cyc, reset_cyc, end_cyc;
    unsigned pings; // ms between them, about; 0: none
} pf_job_t;

static void pf_open(os_dev_t *d, pf_job_t *j)
{
    world_sleep(d, world_rnd(d->w, 100000));
    igb_mbx_enable(&j->m);
    world_sleep(d, world_rnd(d->w, 10000));
    igb_mbx_reset_done(&j->m);
}

static void pf_run(os_dev_t *d)
{
    pf_job_t *j = d->priv;
    world_t *w = d->w;
    uint64_t ping_cyc = UINT64_MAX;

    world_sleep(d, j->open_cyc);
    igb_mbx_restart(&j->m);
    pf_open(d, j);
    if (j->pings) ping_cyc = w->now_cyc;
    while (w->now_cyc < j->end_cyc) {
        if (j->reset_cyc && w->now_cyc >= j->reset_cyc) {
            igb_mbx_stop(&j->m);
            world_sleep(d, 10 * WORLD_MS);
            world_device_reset(w);
            world_sleep(d, world_rnd(w, 500) * WORLD_MS);
            igb_mbx_restart(&j->m);
            pf_open(d, j);
            j->reset_cyc = 0;
        }
        if (w->now_cyc >= ping_cyc) {
            igb_mbx_ping(&j->m);
            ping_cyc = w->now_cyc + (1 + world_rnd(w, 2 * j->pings)) * WORLD_MS;
        }
        uint64_t next = j->end_cyc;
        if (j->reset_cyc && j->reset_cyc < next) next = j->reset_cyc;
        if (ping_cyc < next) next = ping_cyc;
        if (world_wait_irq(d, next)) igb_mbx_service(&j->m);
    }
}

enum { MACS = 1, GROUPS = 5, VLANS = 3 };

typedef struct vf_job {
    igbvf_mbx_t m;
    uint64_t start_cyc, end_cyc;
    uint64_t again_cyc; // repeats its requests until then
    bool fixed;         // its address is, and there are no further ones
    uint8_t mac[6], more[MACS][6], group[GROUPS][6];
    uint16_t vid[VLANS];
    uint32_t frame;
    unsigned resets, failed_resets, rounds, errors;
    int error; // the last one
    bool up;   // all requests were granted
    enum igbvf_link link;
} vf_job_t;

static bool granted(os_dev_t *d, vf_job_t *j, int err)
{
    if (err) {
        j->errors++;
        j->error = err;
    }
    world_sleep(d, world_rnd(d->w, 3) ? world_rnd(d->w, 1000) : world_rnd(d->w, 1000000));
    return !err;
}

static bool requests(os_dev_t *d, vf_job_t *j)
{
    igbvf_mbx_t *m = &j->m;

    if (!granted(d, j, igbvf_set_groups(m, (const uint8_t(*)[6])j->group, GROUPS))) return false;
    if (!j->rounds) { // its answer is always no
        const int err = igbvf_clear_macs(m);
        if (!granted(d, j, err == -EACCES ? 0 : err ? err : -EPROTO)) return false;
    }
    for (unsigned i = 0; i < MACS; i++) {
        const int err = igbvf_add_mac(m, j->more[i]);
        if (!granted(d, j, !j->fixed ? err : err == -EACCES ? 0 : -EPROTO)) return false;
    }
    for (unsigned i = 0; i < VLANS; i++)
        if (!granted(d, j, igbvf_set_vlan(m, j->vid[i], true))) return false;
    if (!granted(d, j, igbvf_set_frame_size(m, j->frame))) return false;
    j->rounds++;
    return true;
}

static void bring_up(os_dev_t *d, vf_job_t *j)
{
    igbvf_mbx_t *m = &j->m;

    j->up = false;
    j->rounds = 0;
    j->resets++;
    int err = igbvf_mbx_reset(m);
    if (!err && world_rnd(d->w, 2)) err = igbvf_mbx_reset(m); // probe does
    if (err) {
        j->failed_resets++;
        j->error = err;
        return;
    }
    if (igb_mac_valid(m->mac)) memcpy(j->mac, m->mac, 6);
    j->up = granted(d, j, igbvf_set_mac(m, j->mac)) && requests(d, j);
}

static void vf_run(os_dev_t *d)
{
    vf_job_t *j = d->priv;
    world_t *w = d->w;

    igbvf_mbx_init(&j->m, d);
    world_sleep(d, j->start_cyc);
    bring_up(d, j);
    while (w->now_cyc < j->end_cyc) {
        uint64_t next = w->now_cyc + 2 * WORLD_SEC;
        if (w->now_cyc < j->again_cyc && j->up) {
            next = w->now_cyc + world_rnd(w, 20) * WORLD_MS;
            j->up = requests(d, j);
        }
        world_wait_irq(d, next < j->end_cyc ? next : j->end_cyc);
        j->link = igbvf_check_link(&j->m);
        if (j->link == IGBVF_LINK_LOST && igbvf_reset_due(&j->m)) bring_up(d, j);
    }
}

typedef struct crowd {
    world_t w;
    pf_job_t pf;
    vf_job_t vf[IGB_Vfs];
} crowd_t;

static crowd_t *crowd(uint64_t seed, double seconds)
{
    static crowd_t c;
    world_t *w = &c.w;

    memset(&c, 0, sizeof c);
    world_init(w, seed, 8);
    igb_mbx_init(&c.pf.m, &w->dev[WORLD_PF], 8);
    world_settle(w);
    c.pf.end_cyc = (uint64_t)(seconds * WORLD_SEC) + WORLD_SEC / 5;
    c.pf.pings = 20;
    for (unsigned n = 0; n < IGB_Vfs; n++) {
        vf_job_t *j = &c.vf[n];
        *j = (vf_job_t){.mac = {2, 0, 0, 0, 1, (uint8_t)n},
                        .start_cyc = WORLD_MS * 2 + world_rnd(w, 20) * WORLD_MS,
                        .end_cyc = (uint64_t)(seconds * WORLD_SEC),
                        .frame = 1518 + world_rnd(w, 8000)};
        for (unsigned i = 0; i < MACS; i++)
            memcpy(j->more[i], (uint8_t[6]){2, 0, 0, 0, (uint8_t)(2 + i), (uint8_t)n}, 6);
        for (unsigned i = 0; i < GROUPS; i++)
            memcpy(j->group[i],
                   (uint8_t[6]){1, 0, 0x5E, (uint8_t)n, (uint8_t)world_rnd(w, 256),
                                (uint8_t)world_rnd(w, 256)},
                   6);
        // one of its own, one of all, one of some
        j->vid[0] = (uint16_t)(100 + n);
        j->vid[1] = 4000;
        j->vid[2] = (uint16_t)(200 + world_rnd(w, 3));
    }
    c.vf[5].fixed = true;
    const uint8_t given[6] = {2, 0, 0, 0, 0xAD, 1};
    assert_int_equal(igb_mbx_assign_mac(&c.pf.m, 5, given), 0);
    return &c;
}

static void go(crowd_t *c, uint8_t who)
{
    world_start(&c->w, WORLD_PF, pf_run, &c->pf, c->w.now_cyc);
    for (unsigned n = 0; n < IGB_Vfs; n++)
        if (who >> n & 1) world_start(&c->w, n, vf_run, &c->vf[n], c->w.now_cyc);
}

// The tables hold what the VFs in `who` asked for; and nothing else, when these are all.
static void tables_are_those_of(crowd_t *c, uint8_t who)
{
    const world_t *w = &c->w;
    uint32_t mta[IGB_MTA_COUNT] = {0}, vfta[IGB_VFTA_COUNT] = {1};

    for (unsigned n = 0; n < IGB_Vfs; n++) {
        const vf_job_t *j = &c->vf[n];
        if (!(who >> n & 1)) continue;
        assert_true(rar_is(w, 23 - n, j->mac, n));
        for (unsigned i = 0; i < MACS; i++) {
            unsigned there = 0;
            for (unsigned k = 0; k < 16; k++) there += rar_is(w, k, j->more[i], n);
            assert_int_equal(there, !j->fixed);
        }
        for (unsigned i = 0; i < VLANS; i++) {
            vfta[j->vid[i] / 32] |= 1u << j->vid[i] % 32;
            unsigned there = 0;
            for (unsigned k = 1; k < 32; k++) {
                const uint32_t v = world_peek(w, IGB_VLVF + 4 * k);
                there += (v & 0x80000FFF) == (0x80000000 | j->vid[i]) && (v >> (12 + n) & 1);
            }
            assert_int_equal(there, 1);
        }
        unsigned in = 0;
        for (unsigned k = 0; k < 32; k++) in += world_peek(w, IGB_VLVF + 4 * k) >> (12 + n) & 1;
        assert_int_equal(in, VLANS + 1);
        for (unsigned i = 0; i < GROUPS; i++) igb_mta_add(mta, igb_mta_hash(j->group[i]));
        assert_int_equal(vmolr(w, n), 0xCB010000 | j->frame);
        assert_true(world_peek(w, IGB_VFRE) & world_peek(w, IGB_VFTE) & 1u << n);
    }
    for (unsigned k = 0; k < 32; k++) {
        const uint32_t v = world_peek(w, IGB_VLVF + 4 * k);
        assert_true(v == 0 || (v & 0xFF000)); // no entry without a pool
        for (unsigned l = k + 1; l < 32; l++) // none twice
            assert_true(v == 0 || (v & 0xFFF) != (world_peek(w, IGB_VLVF + 4 * l) & 0xFFF) ||
                        world_peek(w, IGB_VLVF + 4 * l) == 0);
    }
    for (unsigned i = 0; i < 128; i++) {
        const uint32_t m = world_peek(w, IGB_MTA + 4 * i), v = world_peek(w, IGB_VFTA + 4 * i);
        assert_int_equal(m & mta[i], mta[i]);
        assert_int_equal(v & vfta[i], vfta[i]);
        if (who != 0xFF) continue;
        assert_int_equal(m, mta[i]);
        assert_int_equal(v, vfta[i]);
    }
}

static uint64_t seed_of(unsigned k)
{
    const char *s = getenv("SEED");
    return (s ? strtoull(s, NULL, 10) : 1) * 1000 + k;
}

static void every_vf_gets_what_it_asks_for(void **state)
{
    (void)state;
    uint64_t accesses = 0;
    unsigned withheld = 0;
    for (unsigned k = 0; k < 20; k++) {
        crowd_t *c = crowd(seed_of(k), 2.5);
        if (k % 4 == 0) c->pf.pings = 3; // all the time
        if (k % 4 == 1) c->pf.pings = 0;
        go(c, 0xFF);
        world_run(&c->w, 4 * WORLD_SEC);
        for (unsigned n = 0; n < IGB_Vfs; n++) {
            const vf_job_t *j = &c->vf[n];
            if (!j->up || j->errors || j->failed_resets)
                fail_msg("seed %llu, VF %u: %u errors, last %d, %u failed resets",
                         (unsigned long long)seed_of(k), n, j->errors, j->error, j->failed_resets);
            assert_int_equal(j->link, IGBVF_LINK_UP);
            assert_int_equal(j->mac[4], n == 5 ? 0xAD : 1);
        }
        tables_are_those_of(c, 0xFF);
        assert_true(c->w.dev[WORLD_PF].logs >= IGB_Vfs); // the addresses that they clear
        assert_int_equal(c->pf.m.lock_failures, 0);
        withheld += c->pf.m.withheld;
        accesses += c->w.accesses;
        world_free(&c->w);
    }
    print_message("%llu accesses, %u words withheld\n", (unsigned long long)accesses, withheld);
}

// The hand-shake of §9.8, as the device has seen it: these writes, in this order, others between
// them.
static void the_hand_shake_is_that_of_linux(void **state)
{
    static const char *const steps[] = {
        "R v3 00000=0",     "W v3 00000=4000000",  "R v3 00C40=",  "W v3 00C40=4",
        "R v3 00C40=4",     "R v3 00C40=4",        "R v3 00C40=4", "W v3 00800=1",
        "W v3 00C40=1",     "R 00C88=8",           "W 00C88=8",    "R 00C80=8",
        "W 00C80=8",        "W 00C0C=8",           "R 00C0C=8",    "R 008C0=1",
        "R 008FC=0",        "W 00C0C=A",           "W 00C90=8",    "W 00C8C=8",
        "W 008C0=40000001", "W 008C4=0",           "W 008C8=0",    "W 00C0C=1",
        "W v3 00C40=4",     "R v3 00800=40000001", "R v3 00808=0", "W v3 00C40=2",
        "W 00C80=80000",
    };
    (void)state;
    crowd_t *c = crowd(1, 0.05);
    c->pf.pings = 0;
    c->w.trace = true;
    // the VF sees RSTD in its poll
    c->vf[3].start_cyc = 3 * WORLD_MS;
    go(c, 1 << 3);
    world_run(&c->w, 40 * WORLD_MS);
    const char *p = c->w.log;
    for (unsigned i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        const char *q = strstr(p, steps[i]);
        if (!q) fail_msg("step %u, %s, is not behind\n%.3000s", i, steps[i], p);
        p = q + strlen(steps[i]);
    }
    world_free(&c->w);
}

static void stale_vfs_recover(void **state)
{
    (void)state;
    for (unsigned k = 0; k < 8; k++) {
        crowd_t *c = crowd(seed_of(100 + k), 17);
        c->pf.pings = k & 1 ? 50 : 0;
        if (k < 4) { // all up, then the PF is reset
            c->pf.reset_cyc = WORLD_SEC + world_rnd(&c->w, WORLD_SEC);
            if (k & 2) // in the middle of requests
                for (unsigned n = 0; n < IGB_Vfs; n++)
                    c->vf[n].again_cyc = n & 1 ? 3 * WORLD_SEC : 0;
        } else { // probed before the PF is open
            c->pf.open_cyc = WORLD_SEC / 2 + world_rnd(&c->w, WORLD_SEC);
        }
        go(c, 0xFF);
        world_run(&c->w, 18 * WORLD_SEC);
        for (unsigned n = 0; n < IGB_Vfs; n++) {
            const vf_job_t *j = &c->vf[n];
            if (!j->up || j->link != IGBVF_LINK_UP || j->resets < 2)
                fail_msg("seed %llu, VF %u: link %d, error %d, %u resets, %u failed",
                         (unsigned long long)seed_of(100 + k), n, j->link, j->error, j->resets,
                         j->failed_resets);
        }
        tables_are_those_of(c, 0xFF);
        world_free(&c->w);
    }
}

// ---- a VF that sends anything -------------------------------------------------------------------

typedef struct rogue {
    uint64_t end_cyc;
    unsigned sent, nacks, acks, held;
} rogue_t;

static uint32_t anything(world_t *w)
{
    return world_rnd(w, 65536) << 16 | world_rnd(w, 65536);
}

// A request of a known type, or not; none that takes what all share (VLANs, further addresses).
static void rogue_words(world_t *w, uint32_t words[IGB_MSG_WORDS])
{
    for (unsigned i = 0; i < IGB_MSG_WORDS; i++) words[i] = anything(w);
    switch (world_rnd(w, 4)) {
    case 0: break;
    case 1: words[0] &= 0x3FFFFFFF; break;
    case 2: words[0] = world_rnd(w, 12) | world_rnd(w, 4) << 16; break;
    default: words[0] = world_rnd(w, 8); break;
    }
    const unsigned type = words[0] & 0xFFFF;
    if (type == IGB_MSG_SET_VLAN) words[1] = world_rnd(w, 2) ? words[1] | 0x1000 : 1 + words[1] % 3;
    if (type == IGB_MSG_SET_MAC) {
        if (words[0] >> 16) words[1] |= 1; // a group's address
        else words[1] = (words[1] & ~1u) | 2;
    }
}

static void rogue_run(os_dev_t *d)
{
    rogue_t *r = d->priv;
    world_t *w = d->w;
    uint32_t words[IGB_MSG_WORDS];

    while (w->now_cyc < r->end_cyc) {
        world_sleep(d, world_rnd(w, 4) ? world_rnd(w, 20000) : world_rnd(w, 10 * WORLD_MS));
        switch (world_rnd(w, 16)) {
        case 0: os_wr32(d, IGBVF_V2PMAILBOX, anything(w)); break;
        case 1: os_wr32(d, IGBVF_VMBMEM + 4 * world_rnd(w, 16), anything(w)); break;
        case 2: os_wr32(d, IGBVF_VTCTRL, world_rnd(w, 4) ? 0 : ~0u); break;
        case 3: // holds the buffer, with a request
            if (world_rnd(w, 4)) break;
            os_wr32(d, IGBVF_V2PMAILBOX, V_VFU | V_REQ);
            r->held++;
            world_sleep(d, world_rnd(w, 30) * WORLD_MS);
            os_wr32(d, IGBVF_V2PMAILBOX, 0);
            break;
        case 4:
            for (unsigned i = 0; i < 16; i++) os_wr32(d, IGBVF_V2PMAILBOX, V_ACK | V_REQ);
            break;
        default: // a message as it should be sent
            os_wr32(d, IGBVF_V2PMAILBOX, V_VFU);
            if (!(os_rd32(d, IGBVF_V2PMAILBOX) & V_VFU)) break;
            rogue_words(w, words);
            if (!world_rnd(w, 4)) words[0] = IGB_MSG_RESET;
            for (unsigned i = 0; i < IGB_MSG_WORDS; i++) os_wr32(d, IGBVF_VMBMEM + 4 * i, words[i]);
            os_wr32(d, IGBVF_V2PMAILBOX, V_REQ);
            r->sent++;
            for (unsigned i = 0; i < 20; i++) {
                world_sleep(d, WORLD_MS / 10);
                if (!(os_rd32(d, IGBVF_V2PMAILBOX) & V_PFSTS)) continue;
                const uint32_t answer = os_rd32(d, IGBVF_VMBMEM);
                if (words[0] != IGB_MSG_RESET) {
                    r->nacks += (answer & IGB_MSG_NACK) != 0;
                    r->acks += (answer & IGB_MSG_ACK) != 0;
                }
                break;
            }
            break;
        }
    }
    os_wr32(d, IGBVF_V2PMAILBOX, 0);
}

// All that belongs to the pools in `who`.
typedef struct pools {
    uint32_t rar[2 * IGB_RAL_COUNT], vmolr[IGB_Pools], vlvf[IGB_VLVF_COUNT], vfre, vfte;
} pools_t;

static pools_t pools_of(const world_t *w, uint8_t who)
{
    pools_t p = {.vfre = world_peek(w, IGB_VFRE) & who, .vfte = world_peek(w, IGB_VFTE) & who};

    for (unsigned i = 0; i < IGB_RAL_COUNT; i++) {
        const uint32_t high = world_peek(w, rar(i) + 4);
        if (!(high >> 18 & who)) continue;
        p.rar[2 * i] = world_peek(w, rar(i));
        p.rar[2 * i + 1] = high;
    }
    for (unsigned n = 0; n < IGB_Pools; n++)
        if (who >> n & 1) p.vmolr[n] = vmolr(w, n);
    for (unsigned i = 0; i < IGB_VLVF_COUNT; i++) {
        const uint32_t v = world_peek(w, IGB_VLVF + 4 * i);
        if (v >> 12 & who) p.vlvf[i] = v & (0x80000FFF | (uint32_t)who << 12);
    }
    return p;
}

static void garbage_of_one_disturbs_nobody(void **state)
{
    (void)state;
    rogue_t all = {0};
    unsigned rounds = 0;
    for (unsigned k = 0; k < 4; k++) {
        crowd_t *c = crowd(seed_of(200 + k), 4);
        const unsigned bad = world_rnd(&c->w, IGB_Vfs);
        const uint8_t good = (uint8_t) ~(1u << bad);
        rogue_t r = {.end_cyc = 3 * WORLD_SEC + WORLD_SEC / 2};
        for (unsigned n = 0; n < IGB_Vfs; n++) c->vf[n].again_cyc = n & 1 ? 4 * WORLD_SEC : 0;
        go(c, good);
        world_run(&c->w, WORLD_SEC);
        tables_are_those_of(c, good);
        const pools_t before = pools_of(&c->w, good);
        world_start(&c->w, bad, rogue_run, &r, c->w.now_cyc);
        for (unsigned i = 0; i < 25; i++) {
            world_run(&c->w, WORLD_SEC + (i + 1) * WORLD_SEC / 10);
            const pools_t now = pools_of(&c->w, good);
            assert_memory_equal(&now, &before, sizeof now);
        }
        world_run(&c->w, 6 * WORLD_SEC);
        for (unsigned n = 0; n < IGB_Vfs; n++) {
            const vf_job_t *j = &c->vf[n];
            if (n == bad) continue;
            if (!j->up || j->errors || j->resets != 1 || j->link != IGBVF_LINK_UP)
                fail_msg("seed %llu, VF %u beside %u: %u errors, last %d, %u resets",
                         (unsigned long long)seed_of(200 + k), n, bad, j->errors, j->error,
                         j->resets);
            rounds += j->rounds;
        }
        tables_are_those_of(c, good);
        all.sent += r.sent;
        all.nacks += r.nacks;
        all.acks += r.acks;
        all.held += r.held;
        world_free(&c->w);
    }
    print_message("%u messages, %u NACKs, %u ACKs, %u times held; the others: %u rounds\n",
                  all.sent, all.nacks, all.acks, all.held, rounds);
    assert_true(all.sent > 500 && all.nacks > 100 && all.acks > 20 && all.held > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_vf_that_is_not_clear_to_send),
        cmocka_unit_test(words_that_were_answered_are_ignored),
        cmocka_unit_test(reset_gives_address_and_pool),
        cmocka_unit_test(addresses),
        cmocka_unit_test(vlans),
        cmocka_unit_test(groups_and_frames),
        cmocka_unit_test(the_pf_tries_for_10_ms),
        cmocka_unit_test(a_ping_waits_for_a_request),
        cmocka_unit_test(a_vf_alone_gives_up_in_time),
        cmocka_unit_test(link_by_the_word_of_the_pf),
        cmocka_unit_test(the_hand_shake_is_that_of_linux),
        cmocka_unit_test(every_vf_gets_what_it_asks_for),
        cmocka_unit_test(stale_vfs_recover),
        cmocka_unit_test(garbage_of_one_disturbs_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
