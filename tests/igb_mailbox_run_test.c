// SPDX-License-Identifier: Apache-2.0
// The mailbox between igb and igbvf as they are, over the whole device and a host with costs: every message and its answer, what
// the PF has made of it in the registers, and how long that takes.
#include "hostbridge/testbed_priv.h"
#include "driver/igb_msg.h"
#include "tests/run_help.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VFS = 8, KEPT = 64 };

typedef struct talk {
    uint32_t ask,
        answer; // first words; of a message that has no answer the word is the ACK of the PF's
    uint32_t word[4];                            // behind the first of what was asked
    uint64_t req_cyc, ack_cyc, sts_cyc, end_cyc; // REQ, the PF's ACK and STS, the VF's ACK
} talk_t;

typedef struct listener {
    run_case_t k;
    run_tap_t tap;
    testbed_t t;
    uint32_t mem[VFS][IGB_MailboxDwords]; // as written last
    talk_t talk[VFS][KEPT];
    unsigned talks[VFS];
} listener_t;

static void vf_writes(listener_t *x, unsigned n, uint64_t cyc, uint32_t addr, uint32_t w)
{
    if (addr >= IGBVF_VMBMEM && addr < IGBVF_VMBMEM + 4 * IGB_MailboxDwords)
        x->mem[n][(addr - IGBVF_VMBMEM) / 4] = w;
    if (addr != IGBVF_V2PMAILBOX) return;
    if (w & FMASK(IGB_V2PMAILBOX_REQ)) {
        assert_true(x->talks[n] < KEPT);
        talk_t *t = &x->talk[n][x->talks[n]++];
        t->ask = x->mem[n][0];
        memcpy(t->word, &x->mem[n][1], sizeof t->word);
        t->req_cyc = cyc;
    }
    if (x->talks[n] && (w & FMASK(IGB_V2PMAILBOX_ACK))) {
        talk_t *t = &x->talk[n][x->talks[n] - 1];
        if (!t->end_cyc) t->end_cyc = cyc;
    }
}

static void pf_writes(listener_t *x, uint64_t cyc, uint32_t addr, uint32_t w)
{
    if (addr >= IGB_VMBMEM && addr < IGB_VMBMEM + 4 * IGB_MailboxDwords * VFS)
        x->mem[(addr - IGB_VMBMEM) / 64][(addr - IGB_VMBMEM) / 4 % IGB_MailboxDwords] = w;
    if (addr < IGB_P2VMAILBOX || addr >= IGB_P2VMAILBOX + 4 * VFS) return;
    const unsigned n = (addr - IGB_P2VMAILBOX) / 4;
    if (!x->talks[n]) return;
    talk_t *t = &x->talk[n][x->talks[n] - 1];
    if ((w & FMASK(IGB_P2VMAILBOX_ACK)) && !t->ack_cyc) t->ack_cyc = cyc;
    if ((w & FMASK(IGB_P2VMAILBOX_STS)) && !t->sts_cyc) {
        t->sts_cyc = cyc;
        t->answer = x->mem[n][0];
    }
}

static void on_access(void *ctx, uint64_t cyc, const nic_access_t *a)
{
    listener_t *x = ctx;
    if (!a->write || a->space != NIC_SPACE_MEM) return;
    if (a->func) vf_writes(x, a->func - 1u, cyc, a->addr, a->wdata);
    else pf_writes(x, cyc, a->addr, a->wdata);
}

static listener_t *up(const char *profile, unsigned vfs, unsigned cpus)
{
    listener_t *x = calloc(1, sizeof *x);
    assert_non_null(x);
    run_ideal(&x->k, "gen:cbr,size=64,count=10");
    run_config_t *c = &x->k.c;
    c->profile = profile;
    c->nic = NIC_82576;
    c->vfs = vfs;
    c->cpus = cpus;
    c->driver = "igbvf";
    c->app_cpu = RUN_UNSET;
    c->itr = RUN_UNSET;
    c->engine = "model";
    x->tap = (run_tap_t){.ctx = x, .access = on_access};
    c->tap = &x->tap;
    x->t.cfg = c;
    x->t.r = &x->k.r;
    if (tb_build(&x->t) || tb_bring_up(&x->t)) fail_msg("%s", x->k.r.error);
    return x;
}

static void down(listener_t *x)
{
    tb_tear_down(&x->t);
    run_free(&x->k);
    free(x);
}

static uint32_t peek(const listener_t *x, uint32_t off)
{
    return x->t.engine.peek(x->t.engine.nic, off);
}

static double us(uint64_t from, uint64_t to)
{
    return (double)(to - from) * CYC_NS / 1000;
}

static const char *name_of(uint32_t ask)
{
    switch (FGET(IGB_MSG_TYPE, ask)) {
    case IGB_MSG_RESET: return "RESET";
    case IGB_MSG_SET_MAC: return FGET(IGB_MSG_INFO, ask) ? "SET_MAC, further" : "SET_MAC";
    case IGB_MSG_SET_MULTICAST: return "SET_MULTICAST";
    case IGB_MSG_SET_VLAN: return FGET(IGB_MSG_INFO, ask) ? "SET_VLAN" : "SET_VLAN, off";
    case IGB_MSG_SET_LPE: return "SET_LPE";
    case IGB_MSG_SET_PROMISC: return "SET_PROMISC";
    default: return "?";
    }
}

// All that has been said is acknowledged and answered, with the type that was asked, and in time.
static void answered(const listener_t *x, unsigned vfs, unsigned from, const char *profile,
                     double most_us)
{
    for (unsigned n = 0; n < vfs; n++) {
        for (unsigned i = from; i < x->talks[n]; i++) {
            const talk_t *t = &x->talk[n][i];
            if (n == 0 && vfs < VFS)
                printf(
                    "%-12s %-17s %08x -> %08x: PF has it after %5.2f us, answers after %5.2f us%s",
                    profile, name_of(t->ask), t->ask, t->answer, us(t->req_cyc, t->ack_cyc),
                    us(t->req_cyc, t->sts_cyc), t->end_cyc ? "" : "\n");
            if (n == 0 && vfs < VFS && t->end_cyc)
                printf(", round trip %6.1f us\n", us(t->req_cyc, t->end_cyc));
            assert_true(t->ack_cyc > t->req_cyc && t->sts_cyc >= t->ack_cyc);
            assert_int_equal(FGET(IGB_MSG_TYPE, t->answer), FGET(IGB_MSG_TYPE, t->ask));
            // igb refuses to clear further addresses, having done it; and it has none for a VF that was reset.
            const unsigned type = FGET(IGB_MSG_TYPE, t->ask);
            const bool refused =
                type == IGB_MSG_RESET || (type == IGB_MSG_SET_MAC && FGET(IGB_MSG_INFO, t->ask));
            assert_true(t->answer & (refused ? IGB_MSG_NACK : IGB_MSG_ACK));
            assert_true(us(t->req_cyc, t->sts_cyc) <= most_us);
            // The VF looks every 500 us, and leaves the PF 10 ms behind a reset.
            const double looks = type == IGB_MSG_RESET ? 10500 : 500;
            if (t->end_cyc)
                assert_true(us(t->req_cyc, t->end_cyc) <=
                            looks + 20 + (most_us > 500 ? most_us - 500 : 0));
        }
    }
}

static const talk_t *said(const listener_t *x, unsigned n, unsigned from, enum igb_msg_type type,
                          unsigned info)
{
    for (unsigned i = from; i < x->talks[n]; i++) {
        const talk_t *t = &x->talk[n][i];
        if (FGET(IGB_MSG_TYPE, t->ask) == type &&
            (type == IGB_MSG_SET_MULTICAST || FGET(IGB_MSG_INFO, t->ask) == info))
            return t;
    }
    fail_msg("VF %u has not said %u", n, type);
    return NULL;
}

// The entry of an address, with the pool of VF n.
static bool has_address(const listener_t *x, const uint32_t word[2], unsigned n)
{
    for (unsigned i = 0; i < IGB_RAL_COUNT; i++) {
        const uint32_t at =
            i < IGB_RAL_SPLIT ? IGB_RAL + 8 * i : IGB_RAL_BASE2 + 8 * (i - IGB_RAL_SPLIT);
        const uint32_t high = peek(x, at + 4);
        if (peek(x, at) == word[0] && FGET(IGB_RAH_RAH, high) == (word[1] & 0xFFFF) &&
            FGET(IGB_RAH_AV, high))
            return FGET(IGB_RAH_POOL, high) == 1u << n;
    }
    return false;
}

static bool has_vlan(const listener_t *x, unsigned vid, unsigned n)
{
    for (unsigned i = 0; i < IGB_VLVF_COUNT; i++) {
        const uint32_t v = peek(x, IGB_VLVF + 4 * i);
        if (FGET(IGB_VLVF_EN, v) && FGET(IGB_VLVF_VID, v) == vid &&
            (FGET(IGB_VLVF_POOLSEL, v) >> n & 1))
            return peek(x, IGB_VFTA + 4 * (vid >> 5)) >> (vid & 31) & 1;
    }
    return false;
}

static void one(const char *profile, unsigned vfs, unsigned cpus, double most_us)
{
    listener_t *x = up(profile, vfs, cpus);
    answered(x, vfs, 0, profile, most_us);
    for (unsigned n = 0; n < vfs; n++) {
        const talk_t *r = said(x, n, 0, IGB_MSG_RESET, 0),
                     *m = said(x, n, 0, IGB_MSG_SET_MAC, IGB_MAC_PRIMARY);
        assert_ptr_equal(r, &x->talk[n][0]);
        assert_true(m > r);
        assert_true(has_address(x, m->word, n));
        (void)said(x, n, 0, IGB_MSG_SET_MULTICAST, 0);
        assert_int_equal(FGET(IGB_VMOLR_RLPML, peek(x, IGB_VMOLR + 4 * n)),
                         said(x, n, 0, IGB_MSG_SET_LPE, 0)->word[0]);
        assert_true(peek(x, IGB_VMOLR + 4 * n) & FMASK(IGB_VMOLR_LPE));
        assert_true((peek(x, IGB_VFRE) & peek(x, IGB_VFTE)) >> n & 1);
    }
    // Now and here: VLANs, all multicasts, down and up again.
    for (unsigned n = 0; n < vfs; n++) {
        os_dev_t *d = x->t.func[1 + n].dev;
        const unsigned from = x->talks[n];
        unsigned vlan[2] = {5 + n, 1}, again[2] = {5 + n, 0};
        bool none[2] = {false, false}, groups[2] = {false, true};
        assert_int_equal(os_dev_op(d, OS_OP_SET_VLAN, vlan), 0);
        assert_int_equal(said(x, n, from, IGB_MSG_SET_VLAN, IGB_VLAN_ADD)->word[0], 5 + n);
        assert_true(has_vlan(x, 5 + n, n));
        assert_int_equal(os_dev_op(d, OS_OP_SET_RX_MODE, none), 0);
        (void)said(x, n, from, IGB_MSG_SET_PROMISC, IGB_PROMISC_NONE);
        assert_false(peek(x, IGB_VMOLR + 4 * n) & FMASK(IGB_VMOLR_MPME));
        assert_int_equal(os_dev_op(d, OS_OP_SET_RX_MODE, groups), 0);
        (void)said(x, n, from, IGB_MSG_SET_PROMISC, IGB_PROMISC_MULTICAST);
        assert_true(peek(x, IGB_VMOLR + 4 * n) & FMASK(IGB_VMOLR_MPME));
        assert_int_equal(os_dev_op(d, OS_OP_SET_VLAN, again), 0);
        assert_false(has_vlan(x, 5 + n, n));
        const unsigned before = x->talks[n];
        assert_int_equal(os_dev_op(d, OS_OP_STOP, NULL), 0);
        assert_int_equal(os_dev_op(d, OS_OP_OPEN, NULL), 0);
        (void)said(x, n, before, IGB_MSG_RESET, 0);
        assert_true(peek(x, IGB_VFRE) >> n & 1);
        // Nobody else has been spoken for.
        for (unsigned i = 0; i < vfs; i++)
            if (i != n) assert_false(has_vlan(x, 5 + n, i));
        if (n == 0) answered(x, 1, from, profile, most_us);
    }
    down(x);
}

static void round_trips(void **state)
{
    (void)state;
    // The PF has a core of its own; or it has to wait for the VF, which looks every 500 us.
    one("ideal", 1, 2, 10);
    one("ideal", VFS, 1 + VFS, 10);
    one("ideal", VFS, 1, 520);
    one("native-2012", 4, 5, 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(round_trips)};
    return cmocka_run_group_tests_name("mailbox in a run", tests, NULL, NULL);
}
