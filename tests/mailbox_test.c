// SPDX-License-Identifier: Apache-2.0
// The mailboxes of the 82576 (device specification §9): registers as PF and VFs see them, ownership, events, resets, and
// what igb and igbvf do with them, access by access.
#include "model/mailbox.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

enum { ALL = 0xFF, MS = 125000 };

// Bits of the two mailbox registers.
enum { P_STS = 1, P_ACK = 2, P_VFU = 4, P_PFU = 8, P_RVFU = 16 };
enum {
    V_REQ = 1,
    V_ACK = 2,
    V_VFU = 4,
    V_PFU = 8,
    V_PFSTS = 16,
    V_PFACK = 32,
    V_RSTI = 64,
    V_RSTD = 128,
    V_READ_CLEAR = V_PFSTS | V_PFACK | V_RSTD,
};
#define MSG_RESET 1u
#define MSG_ACK   0x80000000u

static uint32_t rnd(uint64_t *s, uint32_t n)
{
    *s ^= *s << 13, *s ^= *s >> 7, *s ^= *s << 17;
    return (uint32_t)(*s >> 20) % n;
}

// ---- PF and VFs with their windows, a cycle an access -------------------------------------------

typedef struct world {
    mailbox_t m;
    uint64_t now;
    uint8_t there;
    unsigned vmmb;        // events seen
    unsigned vf[IGB_Vfs]; // events seen
} world_t;

static void cycle(world_t *w, csr_t a, uint8_t flr, uint8_t start)
{
    w->vmmb += mailbox_vmmb(&w->m, w->now);
    for (unsigned n = 0; n < IGB_Vfs; n++) w->vf[n] += mailbox_vf(&w->m, w->now) >> n & 1;
    const mailbox_in_t in = {
        .now = w->now, .csr = a, .there = w->there, .vf_flr = flr, .vf_start = start};
    mailbox_tick(&w->m, &in);
    w->now++;
}

static void pass(world_t *w, unsigned cycles)
{
    for (unsigned i = 0; i < cycles; i++) cycle(w, (csr_t){0}, 0, 0);
}

static csr_t access(igb_at_t at, bool write, uint32_t v)
{
    assert_true(at.valid);
    return (csr_t){.valid = true, .write = write, .id = at.reg, .index = at.element, .wdata = v};
}

static uint32_t fetch(world_t *w, csr_t a)
{
    const uint32_t v = mailbox_read(&w->m, a.id, a.index);
    cycle(w, a, 0, 0);
    return v;
}

static void pf_w(world_t *w, uint32_t off, uint32_t v)
{
    cycle(w, access(igb_reg_at(off), true, v), 0, 0);
}

static uint32_t pf_r(world_t *w, uint32_t off)
{
    return fetch(w, access(igb_reg_at(off), false, 0));
}

static void vf_w(world_t *w, unsigned n, uint32_t off, uint32_t v)
{
    cycle(w, access(igb_vreg_at(n, off), true, v), 0, 0);
}

static uint32_t vf_r(world_t *w, unsigned n, uint32_t off)
{
    return fetch(w, access(igb_vreg_at(n, off), false, 0));
}

static uint32_t p2v(unsigned n)
{
    return IGB_P2VMAILBOX + 4 * n;
}

// Events since the last call, those of the last access included.
static unsigned vmmbs(world_t *w)
{
    pass(w, 2);
    const unsigned v = w->vmmb;
    w->vmmb = 0;
    return v;
}

static unsigned events(world_t *w, unsigned n)
{
    pass(w, 2);
    const unsigned v = w->vf[n];
    w->vf[n] = 0;
    return v;
}

// VFs 0 to vfs-1 come, and the PF driver is open.
static world_t start(unsigned vfs)
{
    world_t w;
    memset(&w, 0, sizeof w);
    mailbox_reset(&w.m, true);
    w.now = 100;
    w.there = (uint8_t)((1u << vfs) - 1);
    cycle(&w, (csr_t){0}, 0, w.there);
    pf_w(&w, IGB_MBVFIMR, ALL);
    pf_w(&w, IGB_CTRL_EXT, FMASK(IGB_CTRL_EXT_PFRSTD) | FMASK(IGB_CTRL_EXT_DRV_LOAD));
    for (unsigned n = 0; n < IGB_Vfs; n++) vf_r(&w, n, IGBVF_V2PMAILBOX); // RSTD
    pass(&w, 2);
    w.vmmb = 0;
    memset(w.vf, 0, sizeof w.vf);
    return w;
}

// ---- registers ----------------------------------------------------------------------------------

static void after_power_good(void **state)
{
    (void)state;
    world_t w;
    memset(&w, 0xA5, sizeof w);
    mailbox_reset(&w.m, true);
    for (unsigned i = 0; i < igb_reg_row_count; i++) {
        const reg_row_t *r = &igb_reg_rows[i];
        if (r->owner != OWN_mailbox) continue;
        for (uint32_t k = 0; k < r->count; k++)
            assert_int_equal(mailbox_read(&w.m, r->first, (uint16_t)k), igb_reg_reset(r, k));
    }
    assert_int_equal(mailbox_read(&w.m, IGB_R_CTRL, 0), 0); // not ours
    assert_false(mailbox_vmmb(&w.m, 0));
    assert_int_equal(mailbox_vf(&w.m, 0), 0);
}

static void plain_registers(void **state)
{
    (void)state;
    world_t w = start(8);
    pf_w(&w, IGB_MBVFIMR, 0xFFFFFF5A);
    assert_int_equal(pf_r(&w, IGB_MBVFIMR), 0x5A);
    pf_w(&w, IGB_VFRE, 0xABCDEF12);
    assert_int_equal(pf_r(&w, IGB_VFRE), 0x12);
    pf_w(&w, IGB_VFTE, 0x34);
    assert_int_equal(pf_r(&w, IGB_VFTE), 0x34);
    assert_int_equal(w.m.vfre_q, 0x12);
    assert_int_equal(w.m.vfte_q, 0x34);
    // STS, ACK, REQ, RVFU read 0; so do bits that do not exist
    pf_w(&w, p2v(3), ~0u & ~P_PFU);
    assert_int_equal(pf_r(&w, p2v(3)), 0);
    vf_w(&w, 4, IGBVF_V2PMAILBOX, ~0u & ~V_VFU);
    assert_int_equal(vf_r(&w, 4, IGBVF_V2PMAILBOX), 0);
    assert_int_equal(pf_r(&w, IGB_MBVFICR), 1 << 4 | 1 << 20);
    pf_w(&w, IGB_MBVFICR, ~(uint32_t)(1 << 4)); // ones are cleared, zeros are not
    assert_int_equal(pf_r(&w, IGB_MBVFICR), 1 << 4);
    pf_w(&w, IGB_MBVFICR, 1 << 4);
    assert_int_equal(pf_r(&w, IGB_MBVFICR), 0);
}

static uint32_t pattern(unsigned n, unsigned i)
{
    return 0x9E3779B9u * (1 + n * 16 + i);
}

static void memory_of_each_vf(void **state)
{
    (void)state;
    world_t w = start(8);
    for (unsigned n = 0; n < IGB_Vfs; n++)
        for (unsigned i = 0; i < IGB_MailboxDwords; i++)
            if (i % 2) vf_w(&w, n, IGBVF_VMBMEM + 4 * i, pattern(n, i));
            else pf_w(&w, IGB_VMBMEM + 64 * n + 4 * i, pattern(n, i));
    for (unsigned round = 0; round < 2; round++) {
        for (unsigned n = 0; n < IGB_Vfs; n++)
            for (unsigned i = 0; i < IGB_MailboxDwords; i++) {
                assert_int_equal(vf_r(&w, n, IGBVF_VMBMEM + 4 * i), pattern(n, i));
                assert_int_equal(pf_r(&w, IGB_VMBMEM + 64 * n + 4 * i), pattern(n, i));
            }
        // §9.2, §9.6: it is still there behind reads, CTRL.RST, and all resets of VFs
        mailbox_reset(&w.m, false);
        cycle(&w, (csr_t){0}, ALL, 0);
        for (unsigned n = 0; n < IGB_Vfs; n++) vf_w(&w, n, IGBVF_VTCTRL, FMASK(IGB_VTCTRL_RST));
        w.there = 0;
        pass(&w, 3);
        w.there = ALL;
        cycle(&w, (csr_t){0}, 0, ALL);
    }
    // §9.1: no check of ownership
    vf_w(&w, 2, IGBVF_V2PMAILBOX, V_VFU);
    pf_w(&w, IGB_VMBMEM + 64 * 2, 77);
    assert_int_equal(vf_r(&w, 2, IGBVF_VMBMEM), 77);
    assert_int_equal(vmmbs(&w), 2 * (1 + 8)); // FLR of all at once, 8 x VTCTRL.RST
}

// ---- §9.3: ownership ----------------------------------------------------------------------------

static void every_write_assigns_the_owner(void **state)
{
    (void)state;
    // both owners' states, both sides, all writes
    for (unsigned own = 0; own < 3; own++)
        for (uint32_t v = 0; v < 64; v++) {
            const unsigned n = v % 8;
            world_t w = start(8), p;
            if (own == 1) pf_w(&w, p2v(n), P_PFU);
            if (own == 2) vf_w(&w, n, IGBVF_V2PMAILBOX, V_VFU);
            p = w;
            vf_w(&w, n, IGBVF_V2PMAILBOX, v);
            const uint32_t pfu = own == 1, vfu = (v & V_VFU) && !pfu;
            assert_int_equal(pf_r(&w, p2v(n)), pfu * P_PFU | vfu * P_VFU);
            assert_int_equal(vf_r(&w, n, IGBVF_V2PMAILBOX), pfu * V_PFU | vfu * V_VFU);
            pf_w(&p, p2v(n), v);
            const uint32_t vfu2 = own == 2 && !(v & P_RVFU), pfu2 = (v & P_PFU) && !vfu2;
            assert_int_equal(pf_r(&p, p2v(n)), pfu2 * P_PFU | vfu2 * P_VFU);
            const uint32_t told = (v & P_STS ? V_PFSTS : 0) | (v & P_ACK ? V_PFACK : 0);
            assert_int_equal(vf_r(&p, n, IGBVF_V2PMAILBOX), pfu2 * V_PFU | vfu2 * V_VFU | told);
        }
}

static void races_in_consecutive_cycles(void **state)
{
    (void)state;
    for (unsigned n = 0; n < IGB_Vfs; n++) {
        world_t w = start(8);
        // who comes first has it
        vf_w(&w, n, IGBVF_V2PMAILBOX, V_VFU);
        pf_w(&w, p2v(n), P_PFU);
        assert_int_equal(pf_r(&w, p2v(n)), P_VFU);
        // released and taken: VF, PF, VF in three cycles
        vf_w(&w, n, IGBVF_V2PMAILBOX, V_REQ);
        pf_w(&w, p2v(n), P_PFU);
        vf_w(&w, n, IGBVF_V2PMAILBOX, V_VFU);
        assert_int_equal(vf_r(&w, n, IGBVF_V2PMAILBOX), V_PFU);
        // STS gives it back, and the VF's write behind it gets it
        pf_w(&w, p2v(n), P_STS);
        vf_w(&w, n, IGBVF_V2PMAILBOX, V_VFU);
        pf_w(&w, p2v(n), P_PFU);
        assert_int_equal(vf_r(&w, n, IGBVF_V2PMAILBOX), V_VFU | V_PFSTS);
        // taking it away: RVFU with PFU has it at once, what the VF then writes is refused
        pf_w(&w, p2v(n), P_RVFU | P_PFU);
        vf_w(&w, n, IGBVF_V2PMAILBOX, V_VFU | V_ACK);
        assert_int_equal(pf_r(&w, p2v(n)), P_PFU);
        // ACK with PFU keeps it
        pf_w(&w, p2v(n), P_ACK | P_PFU);
        vf_w(&w, n, IGBVF_V2PMAILBOX, V_VFU);
        assert_int_equal(vf_r(&w, n, IGBVF_V2PMAILBOX), V_PFU | V_PFACK);
        for (unsigned k = 0; k < IGB_Vfs; k++) // nobody else noticed
            if (k != n) assert_int_equal(pf_r(&w, p2v(k)) | vf_r(&w, k, IGBVF_V2PMAILBOX), 0);
    }
}

// The lock of igb and igbvf: 11 tries, a millisecond apart.
static bool pf_lock(world_t *w, unsigned n, unsigned *tries)
{
    for (*tries = 1; *tries <= 11; ++*tries) {
        pf_w(w, p2v(n), P_PFU);
        if (pf_r(w, p2v(n)) & P_PFU) return true;
        w->now += MS;
    }
    return false;
}

static void lock_retry_of_igb(void **state)
{
    (void)state;
    world_t w = start(2);
    unsigned tries;
    assert_true(pf_lock(&w, 1, &tries));
    assert_int_equal(tries, 1);
    pf_w(&w, p2v(1), 0);
    vf_w(&w, 1, IGBVF_V2PMAILBOX, V_VFU);
    assert_false(pf_lock(&w, 1, &tries));
    assert_true(pf_lock(&w, 0, &tries)); // that of another VF
    pf_w(&w, p2v(0), 0);
    // the VF lets go between two tries
    for (tries = 1; tries <= 4; tries++) {
        pf_w(&w, p2v(1), P_PFU);
        assert_int_equal(pf_r(&w, p2v(1)), P_VFU);
    }
    vf_w(&w, 1, IGBVF_V2PMAILBOX, V_REQ);
    assert_true(pf_lock(&w, 1, &tries));
    assert_int_equal(tries, 1);
    // igbvf tries against the PF
    vf_w(&w, 1, IGBVF_V2PMAILBOX, V_VFU);
    assert_int_equal(vf_r(&w, 1, IGBVF_V2PMAILBOX), V_PFU);
    pf_w(&w, p2v(1), P_ACK); // its bit gone, so is the buffer
    vf_w(&w, 1, IGBVF_V2PMAILBOX, V_VFU);
    assert_int_equal(vf_r(&w, 1, IGBVF_V2PMAILBOX), V_VFU | V_PFACK);
}

static void one_owner_in_any_storm(void **state)
{
    (void)state;
    uint64_t s = 20260214;
    world_t w = start(8);
    unsigned held[3] = {0};
    for (int i = 0; i < 100000; i++) {
        const unsigned n = rnd(&s, 8);
        if (rnd(&s, 2)) pf_w(&w, p2v(n), rnd(&s, 32));
        else vf_w(&w, n, IGBVF_V2PMAILBOX, rnd(&s, 8));
        if (rnd(&s, 100) == 0) cycle(&w, (csr_t){0}, (uint8_t)(1u << n), 0);
        assert_int_equal(w.m.pfu_q & w.m.vfu_q, 0);
        held[0] += !((w.m.pfu_q | w.m.vfu_q) >> n & 1);
        held[1] += w.m.pfu_q >> n & 1;
        held[2] += w.m.vfu_q >> n & 1;
    }
    for (int i = 0; i < 3; i++) assert_true(held[i] > 10000);
}

// ---- §9.2: what the VF reads --------------------------------------------------------------------

// Reads of igbvf: what a read clears, it remembers.
static uint32_t latched;

static bool vf_check(world_t *w, unsigned n, uint32_t bit)
{
    latched |= vf_r(w, n, IGBVF_V2PMAILBOX);
    const bool was = latched & bit;
    latched &= V_READ_CLEAR & ~bit;
    return was;
}

static void reads_clear_and_the_driver_latches(void **state)
{
    (void)state;
    world_t w = start(8);
    const unsigned n = 6;
    latched = 0;
    pf_w(&w, p2v(n), P_STS);
    pf_w(&w, p2v(n), P_ACK);
    pf_w(&w, p2v(5), P_STS); // another's
    assert_int_equal(vf_r(&w, n, IGBVF_V2PMAILBOX), V_PFSTS | V_PFACK);
    assert_int_equal(vf_r(&w, n, IGBVF_V2PMAILBOX), 0);
    assert_int_equal(vf_r(&w, 5, IGBVF_V2PMAILBOX), V_PFSTS);
    // a read that looks for ACK takes STS with it; the driver must find it in its latch
    pf_w(&w, p2v(n), P_STS | P_PFU);
    pf_w(&w, p2v(n), P_ACK);
    assert_true(vf_check(&w, n, V_PFACK));
    assert_true(vf_check(&w, n, V_PFSTS));
    assert_false(vf_check(&w, n, V_PFSTS));
    assert_false(vf_check(&w, n, V_PFACK));
    // PFRSTD while it polls for STS
    pf_w(&w, IGB_CTRL_EXT, FMASK(IGB_CTRL_EXT_PFRSTD));
    assert_false(vf_check(&w, n, V_PFSTS));
    assert_true(vf_check(&w, n, V_RSTD));
    assert_false(vf_check(&w, n, V_RSTD));
    // behind the read of one cycle the event of the next is seen; writes and reads of P2VMAILBOX clear nothing
    pf_w(&w, p2v(n), P_STS);
    vf_r(&w, n, IGBVF_V2PMAILBOX);
    pf_w(&w, p2v(n), P_STS);
    pf_r(&w, p2v(n));
    vf_w(&w, n, IGBVF_V2PMAILBOX, V_VFU);
    assert_int_equal(vf_r(&w, n, IGBVF_V2PMAILBOX), V_VFU | V_PFSTS);
    // at this address in the PF there is the same register
    pf_w(&w, p2v(n), P_STS);
    assert_int_equal(pf_r(&w, IGB_V2PMAILBOX + 4 * n), V_VFU | V_PFSTS);
    assert_int_equal(vf_r(&w, n, IGBVF_V2PMAILBOX), V_VFU);
}

static void rsti_is_a_level(void **state)
{
    (void)state;
    world_t w = start(7);
    mailbox_reset(&w.m, false); // CTRL.RST
    for (int i = 0; i < 5; i++)
        for (unsigned n = 0; n < IGB_Vfs; n++)
            assert_int_equal(vf_r(&w, n, IGBVF_V2PMAILBOX), V_RSTI);
    cycle(&w, (csr_t){0}, ALL, 0); // resets of VFs do not change it
    vf_w(&w, 0, IGBVF_VTCTRL, FMASK(IGB_VTCTRL_RST));
    pf_w(&w, IGB_CTRL_EXT, FMASK(IGB_CTRL_EXT_DRV_LOAD)); // nor writes without the bit
    assert_int_equal(vf_r(&w, 0, IGBVF_V2PMAILBOX), V_RSTI);
    w.there = 1; // the others are gone
    pf_w(&w, IGB_CTRL_EXT, FMASK(IGB_CTRL_EXT_PFRSTD));
    for (unsigned n = 0; n < IGB_Vfs; n++) {
        assert_int_equal(events(&w, n), n == 0);
        assert_int_equal(vf_r(&w, n, IGBVF_V2PMAILBOX), V_RSTD);
        assert_int_equal(vf_r(&w, n, IGBVF_V2PMAILBOX), 0);
    }
    // RSTD outlives the VF's reset, and coming into being
    pf_w(&w, IGB_CTRL_EXT, FMASK(IGB_CTRL_EXT_PFRSTD));
    vf_w(&w, 0, IGBVF_VTCTRL, FMASK(IGB_VTCTRL_RST));
    w.there = 3;
    cycle(&w, (csr_t){0}, 0, 2);
    for (unsigned n = 0; n < 2; n++) {
        assert_int_equal(vf_r(&w, n, IGBVF_V2PMAILBOX), V_RSTD);
        assert_int_equal(vf_r(&w, n, IGBVF_V2PMAILBOX), 0);
    }
    // but not the PF's
    pf_w(&w, IGB_CTRL_EXT, FMASK(IGB_CTRL_EXT_PFRSTD));
    mailbox_reset(&w.m, false);
    assert_int_equal(vf_r(&w, 1, IGBVF_V2PMAILBOX), V_RSTI);
}

// ---- events -------------------------------------------------------------------------------------

static void each_request_is_an_event(void **state)
{
    (void)state;
    for (unsigned n = 0; n < IGB_Vfs; n++) {
        world_t w = start(8);
        for (unsigned i = 0; i < 3; i++) { // the bit is 1 already, it is an event nevertheless
            vf_w(&w, n, IGBVF_V2PMAILBOX, V_REQ);
            assert_int_equal(vmmbs(&w), 1);
            vf_w(&w, n, IGBVF_V2PMAILBOX, V_ACK);
            assert_int_equal(vmmbs(&w), 1);
            assert_int_equal(pf_r(&w, IGB_MBVFICR), 0x10001u << n);
        }
        vf_w(&w, n, IGBVF_V2PMAILBOX, V_REQ | V_ACK | V_VFU);
        assert_int_equal(vmmbs(&w), 1);
        vf_w(&w, n, IGBVF_V2PMAILBOX, V_VFU);
        vf_w(&w, n, IGBVF_V2PMAILBOX, 0);
        assert_int_equal(vmmbs(&w), 0);
        for (unsigned i = 0; i < 4; i++) vf_w(&w, n, IGBVF_V2PMAILBOX, V_REQ); // without a gap
        assert_int_equal(vmmbs(&w), 4);
        // not enabled: the bits, without an event
        pf_w(&w, IGB_MBVFICR, ~0u);
        pf_w(&w, IGB_MBVFIMR, ALL & ~(1u << n));
        vf_w(&w, n, IGBVF_V2PMAILBOX, V_REQ | V_ACK);
        assert_int_equal(vmmbs(&w), 0);
        assert_int_equal(pf_r(&w, IGB_MBVFICR), 0x10001u << n);
        // enabling does not raise what is there; VFLRE is not gated
        pf_w(&w, IGB_MBVFIMR, ALL);
        pf_w(&w, IGB_MBVFIMR, 0);
        assert_int_equal(vmmbs(&w), 0);
        vf_w(&w, n, IGBVF_VTCTRL, FMASK(IGB_VTCTRL_RST));
        assert_int_equal(vmmbs(&w), 1);
        // RVFU takes the bits of this VF away
        vf_w(&w, (n + 1) % 8, IGBVF_V2PMAILBOX, V_REQ);
        pf_w(&w, p2v(n), P_RVFU);
        assert_int_equal(pf_r(&w, IGB_MBVFICR), 1u << (n + 1) % 8);
        assert_int_equal(events(&w, n), 0);
    }
}

static void events_of_the_vf(void **state)
{
    (void)state;
    for (unsigned n = 0; n < IGB_Vfs; n++) {
        world_t w = start(8);
        for (unsigned i = 0; i < 3; i++) {
            pf_w(&w, p2v(n), P_STS);
            assert_int_equal(events(&w, n), 1);
            pf_w(&w, p2v(n), P_ACK | P_PFU);
            assert_int_equal(events(&w, n), 1);
        }
        pf_w(&w, p2v(n), P_STS | P_ACK); // one pulse
        pf_w(&w, p2v(n), P_PFU);
        pf_w(&w, p2v(n), 0);
        pf_w(&w, p2v(n), P_RVFU);
        assert_int_equal(events(&w, n), 1);
        pf_w(&w, IGB_CTRL_EXT, FMASK(IGB_CTRL_EXT_PFRSTD));
        for (unsigned k = 0; k < IGB_Vfs; k++) assert_int_equal(events(&w, k), 1);
        assert_int_equal(vmmbs(&w), 0);
        w.there = (uint8_t)(ALL & ~(1u << n)); // none for a VF that is not there
        pf_w(&w, p2v(n), P_STS | P_ACK);
        assert_int_equal(events(&w, n), 0);
    }
}

static void a_pulse_is_in_the_next_cycle(void **state)
{
    (void)state;
    world_t w = start(8);
    const uint64_t c = w.now;
    vf_w(&w, 3, IGBVF_V2PMAILBOX, V_REQ);
    for (uint64_t t = c; t < c + 4; t++) assert_int_equal(mailbox_vmmb(&w.m, t), t == c + 1);
    const uint64_t d = w.now;
    pf_w(&w, p2v(2), P_STS);
    for (uint64_t t = d; t < d + 4; t++) assert_int_equal(mailbox_vf(&w.m, t), t == d + 1 ? 4 : 0);
    // ticks in between change nothing: quiet says so
    assert_true(mailbox_quiet() == NIC_NEVER);
    world_t lazy = w;
    pass(&w, 10);
    for (uint16_t id = IGB_R_VMBMEM; id <= IGB_R_VFTE; id++)
        for (uint16_t k = 0; k < 8; k++)
            assert_int_equal(mailbox_read(&w.m, id, k), mailbox_read(&lazy.m, id, k));
}

// ---- §9.6, §8: resets ---------------------------------------------------------------------------

static void reset_of_a_vf(void **state)
{
    (void)state;
    for (int how = 0; how < 3; how++) // VTCTRL by the VF and by the PF, FLR
        for (unsigned n = 0; n < IGB_Vfs; n++)
            for (int owner = 0; owner < 2; owner++) {
                world_t w = start(8);
                for (unsigned k = 0; k < IGB_Vfs; k++) { // all alike
                    vf_w(&w, k, IGBVF_V2PMAILBOX, owner ? V_REQ | V_ACK | V_VFU : V_REQ | V_ACK);
                    pf_w(&w, p2v(k), owner ? P_STS | P_ACK : P_STS | P_ACK | P_PFU);
                }
                pf_w(&w, IGB_VFRE, ALL);
                pf_w(&w, IGB_VFTE, ALL);
                vmmbs(&w);
                if (how == 0) vf_w(&w, n, IGBVF_VTCTRL, FMASK(IGB_VTCTRL_RST));
                if (how == 1) pf_w(&w, IGB_VTCTRL + 0x100 * n, FMASK(IGB_VTCTRL_RST));
                if (how == 2) cycle(&w, (csr_t){0}, (uint8_t)(1u << n), 0);
                // complete in the next cycle
                assert_int_equal(pf_r(&w, IGB_VFLRE), 1u << n);
                assert_int_equal(pf_r(&w, IGB_VFRE), ALL & ~(1u << n));
                assert_int_equal(pf_r(&w, IGB_VFTE), ALL & ~(1u << n));
                assert_int_equal(pf_r(&w, IGB_MBVFICR), 0x00FF00FF);
                assert_int_equal(vmmbs(&w), 1);
                for (unsigned k = 0; k < IGB_Vfs; k++) {
                    const uint32_t own = owner ? V_VFU : V_PFU;
                    assert_int_equal(vf_r(&w, k, IGBVF_V2PMAILBOX),
                                     k == n ? 0 : own | V_PFSTS | V_PFACK);
                }
                vf_w(&w, n, IGBVF_VTCTRL, ~FMASK(IGB_VTCTRL_RST)); // another bit
                pf_w(&w, IGB_VFLRE, ~(1u << n));
                assert_int_equal(pf_r(&w, IGB_VFLRE), 1u << n);
                pf_w(&w, IGB_VFLRE, 1u << n);
                assert_int_equal(pf_r(&w, IGB_VFLRE), 0);
                assert_int_equal(vmmbs(&w), 0);
            }
}

static void a_reset_beside_an_access(void **state)
{
    (void)state;
    world_t w = start(8);
    const uint8_t vf = 1 << 2;
    // VFLRE survives its clear
    cycle(&w, (csr_t){0}, vf, 0);
    cycle(&w, access(igb_reg_at(IGB_VFLRE), true, ALL), vf, 0);
    assert_int_equal(pf_r(&w, IGB_VFLRE), vf);
    // taken and reset: reset
    cycle(&w, access(igb_vreg_at(2, IGBVF_V2PMAILBOX), true, V_VFU | V_REQ), vf, 0);
    assert_int_equal(pf_r(&w, p2v(2)), 0);
    cycle(&w, access(igb_reg_at(p2v(2)), true, P_PFU | P_STS), vf, 0);
    assert_int_equal(vf_r(&w, 2, IGBVF_V2PMAILBOX), 0);
    cycle(&w, access(igb_reg_at(IGB_VFRE), true, ALL), vf, 0);
    assert_int_equal(pf_r(&w, IGB_VFRE), ALL & ~vf);
    cycle(&w, access(igb_reg_at(IGB_VFTE), true, ALL), 0, vf);
    assert_int_equal(pf_r(&w, IGB_VFTE), ALL & ~vf);
}

static void a_storm_of_flrs(void **state)
{
    (void)state;
    uint64_t s = 4711;
    world_t w = start(8);
    unsigned flrs = 0, want[IGB_Vfs] = {0}, got[IGB_Vfs] = {0};
    for (int i = 0; i < 50000; i++) {
        const unsigned n = rnd(&s, 8);
        const uint8_t flr = (uint8_t)(rnd(&s, 3) ? 0 : rnd(&s, 4) ? 1u << n : rnd(&s, 256));
        csr_t a = {0};
        switch (rnd(&s, 6)) {
        case 0: a = access(igb_vreg_at(n, IGBVF_V2PMAILBOX), true, rnd(&s, 8)); break;
        case 1: a = access(igb_reg_at(p2v(n)), true, rnd(&s, 32)); break;
        case 2: a = access(igb_reg_at(IGB_VFRE), true, ALL); break;
        case 3: { // the PF's handler: reads, then clears what it has seen
            const uint32_t seen = pf_r(&w, IGB_VFLRE);
            for (unsigned k = 0; k < IGB_Vfs; k++)
                got[k] += seen >> k & 1, want[k] *= !(seen >> k & 1);
            a = access(igb_reg_at(IGB_VFLRE), true, seen);
            break;
        }
        default: break;
        }
        cycle(&w, a, flr, 0);
        flrs += flr != 0;
        for (unsigned k = 0; k < IGB_Vfs; k++) {
            want[k] += flr >> k & 1;
            if (want[k]) assert_true(w.m.vflre_q >> k & 1); // none is forgotten
            if (!(flr >> k & 1)) continue;
            assert_int_equal((w.m.vfu_q | w.m.pfu_q | w.m.pfsts_q | w.m.pfack_q) >> k & 1, 0);
            assert_int_equal(w.m.vfre_q >> k & 1, 0);
        }
        if (flr) assert_true(mailbox_vmmb(&w.m, w.now)); // each is heard
    }
    assert_true(flrs > 10000);
    for (unsigned k = 0; k < IGB_Vfs; k++) assert_true(got[k] > 100);
}

static void vfs_come_and_go(void **state)
{
    (void)state;
    world_t w = start(3);
    assert_int_equal(pf_r(&w, IGB_VFRE), 0xF8); // those that came are disabled
    assert_int_equal(pf_r(&w, IGB_VFTE), 0xF8);
    assert_int_equal(pf_r(&w, IGB_VFLRE), 0);
    // one that is not there has no mailbox
    pf_w(&w, p2v(5), P_PFU | P_STS | P_ACK);
    assert_int_equal(pf_r(&w, p2v(5)), 0);
    pf_w(&w, IGB_VTCTRL + 0x500, FMASK(IGB_VTCTRL_RST));
    cycle(&w, (csr_t){0}, 0xF8, 0);
    assert_int_equal(pf_r(&w, IGB_VFLRE), 0);
    assert_int_equal(pf_r(&w, IGB_VFRE), 0xF8);
    assert_int_equal(vmmbs(&w), 0);
    // debts end with the VF
    vf_w(&w, 1, IGBVF_V2PMAILBOX, V_VFU | V_REQ | V_ACK);
    vf_w(&w, 2, IGBVF_VTCTRL, FMASK(IGB_VTCTRL_RST));
    pf_w(&w, p2v(0), P_PFU | P_STS | P_ACK);
    pf_w(&w, IGB_VFRE, ALL);
    pf_w(&w, IGB_VFTE, ALL);
    w.there = 0;
    pass(&w, 1);
    assert_int_equal(pf_r(&w, IGB_MBVFICR) | pf_r(&w, IGB_VFLRE) | pf_r(&w, p2v(0)), 0);
    assert_int_equal(pf_r(&w, p2v(1)), 0);
    assert_int_equal(pf_r(&w, IGB_VFRE), ALL); // the pools are the PF's
    vmmbs(&w);
    w.there = 0x7F;
    cycle(&w, (csr_t){0}, 0, w.there);
    assert_int_equal(pf_r(&w, IGB_VFRE), 0x80);
    assert_int_equal(pf_r(&w, IGB_VFTE), 0x80);
    for (unsigned n = 0; n < 7; n++) assert_int_equal(vf_r(&w, n, IGBVF_V2PMAILBOX), 0);
    assert_int_equal(pf_r(&w, IGB_VFLRE), 0);
    assert_int_equal(vmmbs(&w), 0); // VFE is no event
}

// ---- §9.8: the RESET hand-shake -----------------------------------------------------------------

static void reset_hand_shake_of(world_t *w, unsigned n)
{
    const uint32_t vf = 1u << n;
    uint32_t flags;
    latched = 0;

    // 1. the VF resets itself: VFLRE, VMMB
    vf_r(w, n, IGBVF_VTCTRL);
    vf_w(w, n, IGBVF_VTCTRL, FMASK(IGB_VTCTRL_RST));
    assert_int_equal(vmmbs(w), 1);

    // 2. until neither RSTI nor RSTD is seen: one read for RSTD, one without
    unsigned polls = 0;
    do {
        assert_true(polls++ < 200);
        flags = vf_r(w, n, IGBVF_V2PMAILBOX);
    } while (flags & (V_RSTI | V_RSTD));
    assert_true(polls <= 2);

    // 3. the VF takes the buffer, flushes twice, writes the message and REQ, which gives the buffer back
    vf_w(w, n, IGBVF_V2PMAILBOX, V_VFU);
    assert_int_equal(vf_r(w, n, IGBVF_V2PMAILBOX), V_VFU);
    vf_r(w, n, IGBVF_V2PMAILBOX);
    vf_r(w, n, IGBVF_V2PMAILBOX);
    vf_w(w, n, IGBVF_VMBMEM, MSG_RESET);
    assert_int_equal(pf_r(w, IGB_MBVFICR) & 0x10001 * vf, 0);
    vf_w(w, n, IGBVF_V2PMAILBOX, V_REQ);
    assert_int_equal(vmmbs(w), 1);
    assert_int_equal(pf_r(w, p2v(n)), 0);

    // 4. the PF finds VFLRE and clears it, then VFREQ; it takes the buffer, reads it and acknowledges, keeping it
    assert_int_equal(pf_r(w, IGB_VFLRE), vf);
    pf_w(w, IGB_VFLRE, vf);
    assert_int_equal(pf_r(w, IGB_VFLRE), 0);
    assert_int_equal(pf_r(w, IGB_MBVFICR) & 0x10001 * vf, vf);
    pf_w(w, IGB_MBVFICR, vf);
    assert_int_equal(pf_r(w, IGB_MBVFICR) & 0x10001 * vf, 0);
    pf_w(w, p2v(n), P_PFU);
    assert_int_equal(pf_r(w, p2v(n)), P_PFU);
    assert_int_equal(pf_r(w, IGB_VMBMEM + 64 * n), MSG_RESET);
    for (unsigned i = 1; i < IGB_MailboxDwords; i++) pf_r(w, IGB_VMBMEM + 64 * n + 4 * i);
    assert_int_equal(events(w, n), 0);
    pf_w(w, p2v(n), P_ACK | P_PFU);
    assert_int_equal(events(w, n), 1);
    assert_int_equal(pf_r(w, p2v(n)), P_PFU);

    // 5. the VF sees PFACK, once
    assert_false(vf_check(w, n, V_PFSTS));
    assert_true(vf_check(w, n, V_PFACK));
    assert_false(vf_check(w, n, V_PFACK));
    w->now += 10 * MS;

    // 6. the PF sets up the pool, answers, and STS gives the buffer back
    const uint32_t te = pf_r(w, IGB_VFTE), re = pf_r(w, IGB_VFRE);
    assert_int_equal((te | re) & vf, 0);
    pf_w(w, IGB_VFTE, te | vf);
    pf_w(w, IGB_VFRE, re | vf);
    assert_true(w->m.vfte_q & w->m.vfre_q & vf);
    pf_w(w, IGB_VMBMEM + 64 * n, MSG_RESET | MSG_ACK);
    pf_w(w, IGB_VMBMEM + 64 * n + 4, 0x02000000);
    pf_w(w, IGB_VMBMEM + 64 * n + 8, 0x0100 | n);
    vf_w(w, n, IGBVF_V2PMAILBOX, V_VFU); // not yet
    assert_false(vf_r(w, n, IGBVF_V2PMAILBOX) & V_VFU);
    pf_w(w, p2v(n), P_STS);
    assert_int_equal(events(w, n), 1);
    assert_int_equal(pf_r(w, p2v(n)), 0);

    // 7. the VF sees PFSTS, takes the buffer, reads the answer and acknowledges: VFACK, VMMB
    assert_true(vf_check(w, n, V_PFSTS));
    vf_w(w, n, IGBVF_V2PMAILBOX, V_VFU);
    assert_int_equal(vf_r(w, n, IGBVF_V2PMAILBOX), V_VFU);
    assert_int_equal(vf_r(w, n, IGBVF_VMBMEM), MSG_RESET | MSG_ACK);
    assert_int_equal(vf_r(w, n, IGBVF_VMBMEM + 4), 0x02000000);
    assert_int_equal(vf_r(w, n, IGBVF_VMBMEM + 8), 0x0100 | n);
    assert_int_equal(vmmbs(w), 0);
    vf_w(w, n, IGBVF_V2PMAILBOX, V_ACK);
    assert_int_equal(vmmbs(w), 1);
    assert_int_equal(pf_r(w, IGB_MBVFICR) & 0x10001 * vf, vf << 16);
    pf_w(w, IGB_MBVFICR, vf << 16);
    assert_int_equal(pf_r(w, p2v(n)), 0);
    // the answer stays for the link check
    assert_int_equal(vf_r(w, n, IGBVF_VMBMEM), MSG_RESET | MSG_ACK);
}

static void reset_hand_shake(void **state)
{
    (void)state;
    world_t w = start(7);
    for (unsigned n = 0; n < 7; n++) reset_hand_shake_of(&w, n);
    reset_hand_shake_of(&w, 3); // probe does it twice
    assert_int_equal(pf_r(&w, IGB_VFRE), ALL);
    // The PF goes down and up: RSTI, then RSTD, seen by the poll of step 2.
    mailbox_reset(&w.m, false);
    for (int i = 0; i < 200; i++) assert_true(vf_r(&w, 5, IGBVF_V2PMAILBOX) & V_RSTI); // gives up
    pf_w(&w, IGB_VFRE, 0);
    pf_w(&w, IGB_VFTE, 0);
    pf_w(&w, IGB_MBVFIMR, ALL);
    pf_w(&w, IGB_CTRL_EXT, FMASK(IGB_CTRL_EXT_PFRSTD));
    for (unsigned n = 0; n < 7; n++) {
        assert_int_equal(events(&w, n), 1);
        reset_hand_shake_of(&w, n);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(after_power_good),
        cmocka_unit_test(plain_registers),
        cmocka_unit_test(memory_of_each_vf),
        cmocka_unit_test(every_write_assigns_the_owner),
        cmocka_unit_test(races_in_consecutive_cycles),
        cmocka_unit_test(lock_retry_of_igb),
        cmocka_unit_test(one_owner_in_any_storm),
        cmocka_unit_test(reads_clear_and_the_driver_latches),
        cmocka_unit_test(rsti_is_a_level),
        cmocka_unit_test(each_request_is_an_event),
        cmocka_unit_test(events_of_the_vf),
        cmocka_unit_test(a_pulse_is_in_the_next_cycle),
        cmocka_unit_test(reset_of_a_vf),
        cmocka_unit_test(a_reset_beside_an_access),
        cmocka_unit_test(a_storm_of_flrs),
        cmocka_unit_test(vfs_come_and_go),
        cmocka_unit_test(reset_hand_shake),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
