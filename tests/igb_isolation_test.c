// SPDX-License-Identifier: Apache-2.0
// What a VF in hostile hands can do to others: nothing. It writes at random all that it reaches, gives the device rings and
// descriptors without sense and resets itself in storms, while seven other VFs carry traffic of which every byte is checked,
// and while all registers of theirs and of the PF are compared with what their own drivers wrote.
//
// ISO_SEEDS and ISO_ACCESSES: how many devices, and accesses of the hostile VF to each; SEED: the first of them.
#include "tests/igb_guests.h"
#include "tests/iso_frames.h"
#include "tests/iso_hostile.h"

#include <libdeflate.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum {
    VFS = IGB_Vfs,
    RX_COUNT = 128, // descriptors of a guest's receive ring,
    TX_COUNT = 64,  // of its transmit ring
    // a guest's memory: two rings each, heads, buffers
    RX_RING = 0,
    TX_RING = 0x1000,
    HEADS = 0x2000,
    RX_BUFS = 0x20000,
    TX_BUFS = 0xA0000,
    GUEST_MEM = 0x100000,
    OTHER_VECTOR = 0,  // of the PF: with eight VFs it has no other
    WIRE_LIVE = 8,     // of the checked frames, so many are on their way from the wire at most
    RX_HELD = 24,      // frames in the packet buffer for the hostile VF, where it may hold them up
    STUCK_CYC = 30000, // and then the PF takes action
    NEVER_CYC = 400000000, // a frame that is under way for so long is lost
    EXPLAINS_CYC = 2000,   // a write-back explains a message so long, beside the interval
    VLAN = 5,              // of the hostile VF and its neighbour
};

typedef struct world world_t;

typedef struct guest {
    unsigned n;
    uint8_t mem[GUEST_MEM];
    uint32_t rx_next[2], rx_given[2]; // descriptors looked at, and given
    uint32_t tx_put[2], tx_get[2];
    uint32_t tx_end[2][TX_COUNT]; // the descriptor behind the packet that begins here
    bool irq[IGB_MsixVf], pinged;
    uint64_t wb_cyc[2], wbs[2], messages[IGB_MsixVf]; // receive and transmit
    uint64_t got_wire, got_loop, sent_wire, sent_loop;
} guest_t;

struct world {
    igb_bench_t b;
    uint64_t seed, rng;
    unsigned h; // the hostile one
    hostile_t hostile;
    iso_frames_t frames;
    guest_t guest[VFS];
    bool pf_irq, strict; // strict: queues that have no descriptor drop
    uint32_t acks;       // MBVFICR bits of good VFs to come
    uint32_t wire_live;
    uint64_t wire_cyc; // the next frame from the wire
    int32_t held;      // frames in the packet buffer for the hostile VF
    uint8_t wire[4][ISO_LEN_MAX + NIC_FcsBytes + 64];
    uint32_t wires, mine;                           // mine: frames of the hostile VF on the wire
    uint64_t from_hostile, in_vlan, rescues, swept; // in_vlan: of the hostile VF's, tagged
    uint32_t expect[IGB_R_COUNT], mask[IGB_R_COUNT];
    uint32_t config[VFS + 1][IGB_CFG_BYTES / 4];
};

static uint64_t env(const char *name, uint64_t def)
{
    const char *v = getenv(name);
    return v ? strtoull(v, NULL, 0) : def;
}

static uint32_t rnd(world_t *w, uint32_t below)
{
    w->rng ^= w->rng << 13;
    w->rng ^= w->rng >> 7;
    w->rng ^= w->rng << 17;
    return (uint32_t)((w->rng * 0x2545F4914F6CDD1Dull >> 32) * below >> 32);
}

#define MUST(cond, ...)                                                                            \
    do {                                                                                           \
        if (!(cond)) {                                                                             \
            print_error("seed %llu, VF %u hostile, access %llu, cycle %llu: ",                     \
                        (unsigned long long)w->seed, w->h,                                         \
                        (unsigned long long)w->hostile.accesses,                                   \
                        (unsigned long long)nic_now(w->b.nic));                                    \
            fail_msg(__VA_ARGS__);                                                                 \
        }                                                                                          \
    } while (0)

static uint64_t base_of(unsigned n)
{
    return (uint64_t)(n + 1) << 40;
}

static uint32_t eitr_of(unsigned n) // microseconds
{
    return n;
}

// ---- the host ----

static bool within(uint64_t off, uint32_t len, uint32_t from, uint32_t bytes)
{
    return off >= from && off + len <= (uint64_t)from + bytes;
}

// Where a guest's device may read and write, by who asks.
static bool guest_may(const nic_tlp_t *t, uint64_t off)
{
    const unsigned k = t->tag >> 6 & 1;
    switch (t->tag & 7) {
    case RQ_RX_DATA:
        return within(off, t->len, RX_BUFS + k * RX_COUNT * IGB_BUF, RX_COUNT * IGB_BUF);
    case RQ_RX_FETCH:
    case RQ_RX_WB: return within(off, t->len, RX_RING + k * 0x800, RX_COUNT * NIC_DescBytes);
    case RQ_TX_WB:
        if (within(off, t->len, HEADS + 64 * k, 4)) return true;
        return within(off, t->len, TX_RING + k * 0x400, TX_COUNT * NIC_DescBytes);
    case RQ_TX_FETCH: return within(off, t->len, TX_RING + k * 0x400, TX_COUNT * NIC_DescBytes);
    case RQ_TX_DATA:
        return within(off, t->len, TX_BUFS + k * TX_COUNT * IGB_BUF, TX_COUNT * IGB_BUF);
    default: return false;
    }
}

static void guest_message(world_t *w, guest_t *g, const nic_tlp_t *t, uint64_t cyc)
{
    uint32_t data;
    memcpy(&data, t->data, sizeof data);
    const uint64_t k = (t->addr - (0xFEE00000 + 256 * (g->n + 1))) / 4;
    MUST(k < IGB_MsixVf && data == 0x10000 * (g->n + 1) + k, "VF %u sends message %08x to %llx",
         g->n, data, (unsigned long long)t->addr);
    g->irq[k] = true;
    g->messages[k]++;
    if (k == 2) {
        MUST(g->pinged, "VF %u: a mailbox message, and the PF has said nothing", g->n);
        return;
    }
    MUST(cyc - g->wb_cyc[k] <= EXPLAINS_CYC + eitr_of(g->n) * IGB_EitrUnitCyc &&
             g->messages[k] <= g->wbs[k],
         "VF %u: message %u without a reason", g->n, (unsigned)k);
}

static void guest_tlp(world_t *w, guest_t *g, const nic_tlp_t *t, uint64_t cyc, uint8_t *data)
{
    if (t->type == NIC_TLP_MSG) {
        guest_message(w, g, t, cyc);
        return;
    }
    const uint64_t off = t->addr - base_of(g->n);
    const unsigned q = t->tag >> 3;
    MUST(q % VFS == g->n && q < IGB_Queues && guest_may(t, off),
         "VF %u: DMA of kind %u, queue %u at %llx", g->n, t->tag & 7, q,
         (unsigned long long)t->addr);
    if (t->type == NIC_TLP_READ) {
        memcpy(data, g->mem + off, t->len);
        return;
    }
    memcpy(g->mem + off, t->data, t->len);
    const unsigned kind = t->tag & 7;
    if (kind == RQ_RX_DATA) return;
    g->wb_cyc[kind == RQ_TX_WB] = cyc;
    g->wbs[kind == RQ_TX_WB]++;
}

static uint64_t on_tlp(void *ctx, uint64_t first, const nic_tlp_t *t)
{
    world_t *w = ctx;
    const uint64_t end = first + t->beats - 1;
    uint8_t data[NIC_Mrrs];
    MUST(t->func <= VFS, "function %u", t->func);
    if (t->func == 0) {
        MUST(t->type == NIC_TLP_MSG && t->addr == 0xFEE00000 + 4 * OTHER_VECTOR,
             "the PF asks for %llx", (unsigned long long)t->addr);
        w->pf_irq = true;
    } else if (t->func == 1 + w->h) {
        const char *wrong = hostile_tlp(&w->hostile, t, data);
        MUST(!wrong, "hostile VF, kind %u, queue %u, at %llx, %u bytes: %s", t->tag & 7,
             t->tag >> 3, (unsigned long long)t->addr, t->len, wrong);
    } else {
        guest_tlp(w, &w->guest[t->func - 1], t, first, data);
    }
    if (t->type == NIC_TLP_READ) {
        uint64_t start = end + IGB_READ_CYC + rnd(w, 60);
        if (start < w->b.cpl_cyc) start = w->b.cpl_cyc;
        nic_completion(w->b.nic, start, t->tag, data, t->len);
        w->b.cpl_cyc = start + NIC_CplHdrBeats + (t->len + NIC_BeatBytes - 1) / NIC_BeatBytes;
    }
    return end + 1 + (rnd(w, 8) ? 0 : rnd(w, 20));
}

static bool from_hostile(const world_t *w, const uint8_t *frame)
{
    uint8_t mac[6];
    iso_mac(mac, w->h);
    return memcmp(frame + 6, mac, 6) == 0;
}

// The mailbox of a good VF has an owner all the time, or none.
static uint32_t vf_owns(unsigned n)
{
    return n % 3 == 1 ? FMASK(IGB_V2PMAILBOX_VFU) : 0;
}

static uint32_t pf_owns(unsigned n)
{
    return n % 3 == 2 ? FMASK(IGB_P2VMAILBOX_PFU) : 0;
}

static bool tagged(const uint8_t *frame, uint32_t len)
{
    return len >= 16 && frame[12] == 0x81 && frame[13] == 0;
}

static unsigned vlan_of(const uint8_t *frame)
{
    return (frame[14] & 0xFu) << 8 | frame[15];
}

static void on_sent(void *ctx, uint64_t cyc, const uint8_t *bytes, uint32_t len)
{
    world_t *w = ctx;
    if (from_hostile(w, bytes)) {
        w->mine++;
        uint8_t mac[6];
        w->in_vlan += tagged(bytes, len);
        MUST(!tagged(bytes, len) || vlan_of(bytes) == VLAN, "a frame of VLAN %u is on the wire",
             vlan_of(bytes));
        for (unsigned n = 0; n < VFS; n++) {
            iso_mac(mac, n);
            MUST(memcmp(bytes, mac, 6) != 0, "a frame for VF %u is on the wire", n);
        }
        return;
    }
    const char *wrong = iso_arrived(&w->frames, cyc, ISO_PEER, 0, bytes, len - NIC_FcsBytes);
    MUST(!wrong, "a frame on the wire: %s", wrong);
    uint32_t fcs;
    memcpy(&fcs, bytes + len - NIC_FcsBytes, sizeof fcs);
    MUST(fcs == libdeflate_crc32(0, bytes, len - NIC_FcsBytes),
         "a frame on the wire: its FCS is wrong");
    for (unsigned n = 0; n < VFS; n++) {
        uint8_t mac[6];
        iso_mac(mac, n);
        if (memcmp(bytes + 6, mac, 6) == 0) w->guest[n].sent_wire++;
    }
}

static void on_answer(void *ctx, uint32_t number, uint32_t data)
{
    world_t *w = ctx;
    const char *wrong = hostile_answer(&w->hostile, number, data);
    MUST(!wrong, "%s", wrong);
}

static void on_probe(void *ctx, enum nic_probe what, uint32_t a, uint32_t v)
{
    world_t *w = ctx;
    const uint32_t mine = 0x101u << w->h;
    switch (what) {
    case NIC_PROBE_RX_FATE:
        MUST(a == NIC_FATE_ACCEPTED || a == NIC_FATE_FILTERED, "fate %u of a frame", a);
        if (a == NIC_FATE_ACCEPTED && (v >> 16 & mine)) w->held++;
        break;
    case NIC_PROBE_RX_HOST:
        if (!(v & NIC_PROBE_LOOPED) && (mine >> (v >> 16 & 15) & 1)) w->held--;
        break;
    case NIC_PROBE_RX_DROP:
        MUST(mine >> a & 1, "a frame is dropped for queue %u", a);
        if (!(v & NIC_PROBE_LOOPED)) w->held--;
        break;
    case NIC_PROBE_LOOP:
        for (unsigned q = v >> 16 & 15; q % VFS != w->h;) {
            w->guest[q % VFS].sent_loop++;
            break;
        }
        break;
    case NIC_PROBE_SPOOF: MUST(a % VFS == w->h, "queue %u spoofs", a); break;
    default: break;
    }
}

// ---- guests ----

static uint32_t vf_reg(bool tx, unsigned k, uint32_t off)
{
    return (tx ? IGBVF_TDBAL : IGBVF_RDBAL) + 0x100 * k + off;
}

static uint8_t *desc_at(guest_t *g, bool tx, unsigned k, uint32_t i)
{
    return g->mem + (tx ? TX_RING + k * 0x400 : RX_RING + k * 0x800) +
           i % (tx ? TX_COUNT : RX_COUNT) * NIC_DescBytes;
}

static uint32_t buf_at(bool tx, unsigned k, uint32_t i)
{
    return tx ? TX_BUFS + (k * TX_COUNT + i % TX_COUNT) * IGB_BUF
              : RX_BUFS + (k * RX_COUNT + i % RX_COUNT) * IGB_BUF;
}

static void put_desc(guest_t *g, bool tx, unsigned k, uint32_t i, uint64_t lo, uint64_t hi)
{
    const uint64_t d[2] = {lo, hi};
    memcpy(desc_at(g, tx, k, i), d, sizeof d);
}

// The tail, and what it must read from now on.
static void move_tail(world_t *w, guest_t *g, bool tx, unsigned k, uint32_t to)
{
    to %= tx ? TX_COUNT : RX_COUNT;
    igb_access(&w->b, NIC_SPACE_MEM, 1 + g->n, vf_reg(tx, k, 0x18), true, to);
    w->expect[(tx ? IGB_R_TDT : IGB_R_RDT) + g->n + VFS * k] = to;
}

static void give(world_t *w, guest_t *g, unsigned k)
{
    while (g->rx_given[k] - g->rx_next[k] < RX_COUNT - 1) {
        put_desc(g, false, k, g->rx_given[k], base_of(g->n) + buf_at(false, k, g->rx_given[k]), 0);
        g->rx_given[k]++;
    }
    move_tail(w, g, false, k, g->rx_given[k]);
}

static void context(world_t *w, guest_t *g, unsigned k)
{
    put_desc(g, true, k, g->tx_put[k], DPUT(IGB_ATXC_IPLEN, 20) | DPUT(IGB_ATXC_MACLEN, 14),
             DPUT(IGB_ATXC_IPV4, 1) | DPUT(IGB_ATXC_L4T, IGB_ATXC_L4T_TCP) |
                 DPUT(IGB_ATXC_DTYP, IGB_ATXD_DTYP_C) | DPUT(IGB_ATXC_CMD, IGB_ATXD_CMD_DEXT) |
                 DPUT(IGB_ATXC_L4LEN, 20) | DPUT(IGB_ATXC_IDX, rnd(w, 2)));
    g->tx_put[k]++;
}

static void data(guest_t *g, unsigned k, uint32_t at, uint32_t len, bool eop, unsigned idx)
{
    put_desc(g, true, k, g->tx_put[k], base_of(g->n) + at,
             DPUT(IGB_ATXD_DTALEN, len) | DPUT(IGB_ATXD_DTYP, IGB_ATXD_DTYP_D) |
                 DPUT(IGB_ATXD_CMD, IGB_ATXD_CMD_IFCS | IGB_ATXD_CMD_DEXT |
                                        (eop ? IGB_ATXD_CMD_EOP | IGB_ATXD_CMD_RS : 0)) |
                 DPUT(IGB_ATXD_POPTS, IGB_ATXD_POPTS_IXSM | IGB_ATXD_POPTS_TXSM) |
                 DPUT(IGB_ATXD_IDX, idx));
    g->tx_put[k]++;
}

// Both contexts first: they stay for all that comes.
static void contexts(world_t *w, guest_t *g, unsigned k)
{
    for (unsigned idx = 0; idx < 2; idx++) {
        context(w, g, k);
        uint8_t *d = desc_at(g, true, k, g->tx_put[k] - 1);
        d[12] = (uint8_t)((d[12] & ~0x70) | idx << 4); // IDX
    }
}

static void guest_up(world_t *w, unsigned n, bool two)
{
    guest_t *g = &w->guest[n];
    igb_vf_vectors(&w->b, n, 0, 1);
    for (unsigned v = 0; v < IGB_MsixVf; v++)
        igb_wr(&w->b, 1 + n, IGBVF_VTEITR + 4 * v, FPUT(IGB_EITR_INTERVAL, eitr_of(n)));
    (void)igb_rd(&w->b, 1 + n, IGBVF_V2PMAILBOX); // RSTD
    for (unsigned i = 0; i < IGB_MailboxDwords; i++)
        igb_wr(&w->b, 1 + n, IGBVF_VMBMEM + 4 * i, 0x1000 * n + i);
    igb_wr(&w->b, 1 + n, IGBVF_V2PMAILBOX, vf_owns(n));
    igb_wr(&w->b, 0, IGB_P2VMAILBOX + 4 * n, pf_owns(n));
    for (unsigned k = 0; k < 2; k++) {
        for (unsigned tx = 0; tx < 2; tx++) {
            const uint64_t at = base_of(n) + (tx ? TX_RING + k * 0x400 : RX_RING + k * 0x800);
            igb_wr(&w->b, 1 + n, vf_reg(tx, k, 0), (uint32_t)at);
            igb_wr(&w->b, 1 + n, vf_reg(tx, k, 4), (uint32_t)(at >> 32));
            igb_wr(&w->b, 1 + n, vf_reg(tx, k, 8), (tx ? TX_COUNT : RX_COUNT) * NIC_DescBytes);
            if (!tx)
                igb_wr(&w->b, 1 + n, vf_reg(tx, k, 0xC),
                       FPUT(IGB_SRRCTL_DESCTYPE, 1) | IGB_BUF / 1024);
            if (tx && n % 4 == 3) { // it has the head written
                igb_wr(&w->b, 1 + n, vf_reg(tx, k, 0x38),
                       (uint32_t)(base_of(n) + HEADS + 64 * k) | 1);
                igb_wr(&w->b, 1 + n, vf_reg(tx, k, 0x3C), (uint32_t)((base_of(n) + HEADS) >> 32));
            }
            igb_wr(&w->b, 1 + n, vf_reg(tx, k, 0x28),
                   FMASK(IGB_RXDCTL_ENABLE) | FPUT(IGB_RXDCTL_PTHRESH, 8) |
                       FPUT(IGB_RXDCTL_WTHRESH, rnd(w, 4)));
        }
        if (k == 0 || two) give(w, g, k);
        contexts(w, g, k);
        g->tx_get[k] = g->tx_put[k]; // they are not waited for
    }
}

static uint32_t room(const guest_t *g, unsigned k)
{
    return TX_COUNT - 3 - (g->tx_put[k] - g->tx_get[k]);
}

static void expect(world_t *w, iso_frame_t *f)
{
    const uint32_t good = 0xFFu & ~(1u << w->h);
    const bool group = f->dst == ISO_ALL || f->dst == ISO_GROUP;
    if (group) f->pools = (uint8_t)good;
    else if (f->dst < VFS) f->pools = (uint8_t)(good & 1u << f->dst);
    if (f->src < VFS) f->pools &= (uint8_t) ~(1u << f->src);
    f->wire = f->src < VFS && (group || f->dst == ISO_PEER);
    if (f->pools || f->wire) return;
    f->live = false; // nobody looks at it
    w->frames.live--;
}

static void guest_send(world_t *w, guest_t *g, unsigned k)
{
    static const uint8_t OTHERS[] = {ISO_PEER, ISO_PEER, ISO_PEER, ISO_ALL, ISO_GROUP};
    if (room(g, k) < 4 || w->frames.live > ISO_LIVE / 4) return;
    const unsigned to = rnd(w, 16);
    const unsigned dst = to < VFS ? to : to < 15 ? ISO_PEER : OTHERS[rnd(w, sizeof OTHERS)];
    if (dst == g->n) return;
    const uint32_t len = ISO_LEN_MIN + rnd(w, rnd(w, 3) ? 200 : ISO_LEN_MAX - ISO_LEN_MIN + 1);
    iso_frame_t *f = iso_new(&w->frames, nic_now(w->b.nic), g->n, dst, k, len);
    MUST(f, "frame %u is lost", w->frames.next_id - ISO_LIVE);
    const uint32_t first = g->tx_put[k], at = buf_at(true, k, first),
                   cut = rnd(w, 3) ? 0 : 1 + rnd(w, len - 1);
    iso_bytes(f, g->mem + at, true);
    expect(w, f);
    if (rnd(w, 16) == 0) context(w, g, k);
    const unsigned idx = rnd(w, 2);
    if (cut) data(g, k, at, cut, false, idx);
    data(g, k, at + cut, len - cut, true, idx);
    g->tx_end[k][first % TX_COUNT] = g->tx_put[k];
    move_tail(w, g, true, k, g->tx_put[k]);
}

static bool sent(guest_t *g, unsigned k, uint32_t end)
{
    if (g->n % 4 == 3) {
        uint32_t head;
        memcpy(&head, g->mem + HEADS + 64 * k, sizeof head);
        return (head - g->tx_get[k]) % TX_COUNT >= end - g->tx_get[k];
    }
    return desc_at(g, true, k, end - 1)[12] & 1; // DD
}

static void guest_reclaim(guest_t *g, unsigned k)
{
    while (g->tx_get[k] != g->tx_put[k]) {
        const uint32_t end = g->tx_end[k][g->tx_get[k] % TX_COUNT];
        if (!sent(g, k, end)) return;
        g->tx_get[k] = end;
    }
}

// A frame of the hostile VF is one like any other: it must be for this VF.
static void hostile_frame(world_t *w, guest_t *g, const uint8_t *frame, uint32_t len, bool loop)
{
    uint8_t mac[6];
    iso_mac(mac, g->n);
    MUST(loop && len >= 12 && (memcmp(frame, mac, 6) == 0 || (frame[0] & 1)),
         "VF %u gets what is not for it", g->n);
    MUST(!tagged(frame, len) || (vlan_of(frame) == VLAN && g->n == (w->h + 1) % VFS),
         "VF %u gets a frame of VLAN %u", g->n, vlan_of(frame));
    w->from_hostile++;
    w->in_vlan += tagged(frame, len);
}

static void guest_receive(world_t *w, guest_t *g, unsigned k)
{
    const uint32_t before = g->rx_next[k];
    for (;;) {
        uint64_t d[2];
        memcpy(d, desc_at(g, false, k, g->rx_next[k]), sizeof d);
        const uint32_t stat = (uint32_t)DGET(IGB_ARXD_STAT, d),
                       len = (uint32_t)DGET(IGB_ARXD_LENGTH, d);
        if (!(stat & IGB_ARXD_STAT_DD) || g->rx_next[k] == g->rx_given[k]) break;
        const bool loop = stat & IGB_ARXD_STAT_LB;
        const uint8_t *frame = g->mem + buf_at(false, k, g->rx_next[k]);
        MUST(stat & IGB_ARXD_STAT_EOP, "VF %u: a frame without an end", g->n);
        if (from_hostile(w, frame)) {
            hostile_frame(w, g, frame, len, loop);
        } else {
            const char *wrong = iso_arrived(&w->frames, nic_now(w->b.nic), g->n, k, frame, len);
            MUST(!wrong, "VF %u, queue %u, descriptor %u, %u bytes: %s", g->n, k, g->rx_next[k],
                 len, wrong);
            uint8_t peer[6];
            iso_mac(peer, ISO_PEER);
            const bool wire = memcmp(frame + 6, peer, 6) == 0;
            MUST(loop == !wire, "VF %u: LB is %u", g->n, loop);
        }
        if (loop) g->got_loop++;
        else g->got_wire++;
        memset(desc_at(g, false, k, g->rx_next[k]), 0, NIC_DescBytes);
        g->rx_next[k]++;
    }
    if (g->rx_next[k] != before) give(w, g, k);
}

static void guest_mailbox(world_t *w, guest_t *g)
{
    const uint32_t v = igb_rd(&w->b, 1 + g->n, IGBVF_V2PMAILBOX);
    MUST(v & FMASK(IGB_V2PMAILBOX_PFSTS) && g->pinged, "VF %u: mailbox %08x", g->n, v);
    g->pinged = false;
    w->acks |= 1u << (IGB_MBVFICR_VFACK_LSB + g->n);
    igb_wr(&w->b, 1 + g->n, IGBVF_V2PMAILBOX, FMASK(IGB_V2PMAILBOX_ACK) | vf_owns(g->n));
}

static void guests(world_t *w)
{
    for (unsigned n = 0; n < VFS; n++) {
        guest_t *g = &w->guest[n];
        if (n == w->h) continue;
        bool irq[IGB_MsixVf];
        memcpy(irq, g->irq, sizeof irq);
        memset(g->irq, 0, sizeof g->irq);
        if (irq[0]) guest_receive(w, g, 0), guest_receive(w, g, 1);
        if (irq[1]) guest_reclaim(g, 0), guest_reclaim(g, 1);
        if (irq[2]) guest_mailbox(w, g);
    }
}

// ---- the wire ----

static void from_wire(world_t *w)
{
    if (nic_now(w->b.nic) < w->wire_cyc || nic_rx_wire_free(w->b.nic) > nic_now(w->b.nic)) return;
    if (w->held > RX_HELD) return;
    w->wire_live = 0;
    for (unsigned i = 0; i < ISO_LIVE; i++)
        w->wire_live += w->frames.list[i].live && w->frames.list[i].src == ISO_PEER;
    if (w->wire_live > WIRE_LIVE) return;
    const uint32_t len = ISO_LEN_MIN + rnd(w, rnd(w, 2) ? 200 : ISO_LEN_MAX - ISO_LEN_MIN + 1),
                   to = rnd(w, 12);
    iso_frame_t *f = iso_new(&w->frames, nic_now(w->b.nic), ISO_PEER,
                             to < VFS  ? to
                             : to < 10 ? w->h
                             : to < 11 ? ISO_ALL
                                       : ISO_GROUP,
                             0, len);
    MUST(f, "frame %u is lost", w->frames.next_id - ISO_LIVE);
    uint8_t *bytes = w->wire[w->wires++ % 4];
    iso_bytes(f, bytes, false);
    memset(bytes + len, 0, NIC_FcsBytes);
    expect(w, f);
    nic_rx_frame(w->b.nic, nic_now(w->b.nic) + 12, bytes, len + NIC_FcsBytes, true, false);
    w->wire_cyc = nic_now(w->b.nic) + 800 + rnd(w, 3000);
}

// ---- the PF ----

static void pf_service(world_t *w)
{
    const uint32_t mine = 1u << w->h;
    w->pf_irq = false;
    const uint32_t icr = igb_rd(&w->b, 0, IGB_ICR);
    const uint32_t known = FMASK(IGB_ICR_VMMB) | FMASK(IGB_ICR_DOUTSYNC) | FMASK(IGB_ICR_TXDW) |
                           FMASK(IGB_ICR_RXDW) | FMASK(IGB_ICR_RXDMT0);
    MUST(!(icr & ~known), "ICR is %08x", icr);
    const uint32_t box = igb_rd(&w->b, 0, IGB_MBVFICR), gone = igb_rd(&w->b, 0, IGB_VFLRE),
                   wvbr = igb_rd(&w->b, 0, IGB_WVBR);
    MUST(!(box & ~(mine * 0x10001u | w->acks)), "MBVFICR is %08x", box);
    MUST(!(gone & ~mine), "VFLRE is %08x", gone);
    MUST(!(wvbr & ~(mine * 0x101u)), "WVBR is %08x", wvbr);
    w->acks &= ~box;
    igb_wr(&w->b, 0, IGB_MBVFICR, box);
    igb_wr(&w->b, 0, IGB_VFLRE, gone);
    if (box & mine) igb_wr(&w->b, 0, IGB_P2VMAILBOX + 4 * w->h, rnd(w, 32));
    if (gone || rnd(w, 2)) {
        igb_wr(&w->b, 0, IGB_VFRE, 0xFF);
        igb_wr(&w->b, 0, IGB_VFTE, 0xFF);
    }
}

static void pf_ping(world_t *w)
{
    guest_t *g = &w->guest[rnd(w, VFS)];
    if (g->n == w->h || g->pinged) return;
    g->pinged = true;
    igb_wr(&w->b, 0, IGB_P2VMAILBOX + 4 * g->n, FMASK(IGB_P2VMAILBOX_STS) | pf_owns(g->n));
}

static void pf_rescue(world_t *w)
{
    igb_wr(&w->b, 0, IGB_VTCTRL + IGB_VTCTRL_STRIDE * w->h, FMASK(IGB_VTCTRL_RST));
    hostile_gone(&w->hostile);
    w->rescues++;
}

// ---- what must not change ----

static void free_bits(world_t *w, uint16_t first, unsigned element, uint32_t bits)
{
    w->mask[first + element] &= ~bits;
}

static void free_all(world_t *w, uint16_t first, uint16_t last)
{
    for (unsigned r = first; r <= last; r++) w->mask[r] = 0;
}
#define FREE_ALL(reg)     free_all(w, IGB_R_##reg, IGB_RL_##reg)
#define FREE(reg, e)      free_bits(w, IGB_R_##reg, e, UINT32_MAX)
#define FREE_BITS(reg, b) free_bits(w, IGB_R_##reg, 0, b)

static void free_queues(world_t *w)
{
    for (unsigned q = w->h; q < IGB_Queues; q += VFS) {
        FREE(RDBAL, q), FREE(RDBAH, q), FREE(RDLEN, q), FREE(SRRCTL, q), FREE(RXCTL, q),
            FREE(RDT, q), FREE(RXDCTL, q);
        FREE(TDBAL, q), FREE(TDBAH, q), FREE(TDLEN, q), FREE(TXCTL, q), FREE(TDT, q),
            FREE(TXDCTL, q);
        FREE(TDWBAL, q), FREE(TDWBAH, q);
    }
    FREE_ALL(RDH); // heads move
    FREE_ALL(TDH);
}

static void free_vectors(world_t *w)
{
    const uint32_t first = igb_first_vector(w->h), bits = 7u << first;
    for (unsigned k = first; k < first + 3; k++)
        FREE(EITR, k), FREE(VRXFRAMES, k), FREE(VTXFRAMES, k);
    for (unsigned k = 0; k < IGB_Vectors; k++)
        free_bits(w, IGB_R_EITR, k, FMASK(IGB_EITR_COUNTER)); // it runs
    FREE(IVAR, w->h), FREE(VTIVAR_MISC, w->h);
    FREE(VTEIMS, w->h), FREE(VTEIAC, w->h), FREE(VTEIAM, w->h), FREE(VTEIMC, w->h),
        FREE(VTEICS, w->h);
    FREE_BITS(EIMS, bits), FREE_BITS(EIMC, bits), FREE_BITS(EIAC, bits), FREE_BITS(EIAM, bits),
        FREE_BITS(EICS, bits);
    FREE_ALL(VTEICR); // events come and go
    FREE_BITS(EICR, UINT32_MAX), FREE_BITS(ICR, UINT32_MAX);
}

static void free_mailbox(world_t *w)
{
    const uint32_t mine = 1u << w->h;
    for (unsigned i = 0; i < IGB_MailboxDwords; i++) FREE(VMBMEM, IGB_MailboxDwords * w->h + i);
    FREE(P2VMAILBOX, w->h), FREE(V2PMAILBOX, w->h);
    for (unsigned n = 0; n < VFS; n++)
        free_bits(w, IGB_R_V2PMAILBOX, n, FMASK(IGB_V2PMAILBOX_PFSTS));
    FREE_BITS(VFLRE, mine), FREE_BITS(VFRE, mine), FREE_BITS(VFTE, mine),
        FREE_BITS(WVBR, mine * 0x101);
    FREE_BITS(MBVFICR, mine * 0x10001 | FMASK(IGB_MBVFICR_VFACK));
}

static uint32_t config_mask(unsigned f, uint32_t at)
{
    (void)f;
    return at == IGB_VCFG_DEVCTL ? ~FMASK(IGB_VCFG_DEVCTL_PENDING) : UINT32_MAX;
}

// All registers: what their drivers have made of them.
static void snapshot(world_t *w)
{
    memset(w->mask, 0, sizeof w->mask);
    for (unsigned i = 0; i < igb_place_row_count; i++) {
        const igb_place_row_t *p = &igb_place_rows[i];
        const bool counts = igb_reg_row(p->reg)->owner == OWN_stats;
        for (uint32_t k = 0; k < p->count && !p->alias; k++) {
            w->expect[p->reg + p->first + k] = nic_peek(w->b.nic, p->off + k * p->stride);
            w->mask[p->reg + p->first + k] = counts ? 0 : UINT32_MAX;
        }
    }
    for (unsigned q = 0; q < IGB_Queues; q++)
        w->mask[IGB_R_RQDPC + q] = q % VFS == w->h ? 0 : UINT32_MAX;
    w->mask[IGB_R_MPC] = UINT32_MAX; // no frame finds the packet buffer full
    free_queues(w);
    free_vectors(w);
    free_mailbox(w);
    for (unsigned f = 0; f <= VFS; f++)
        for (uint32_t at = 0; f != 1 + w->h && at < IGB_CFG_BYTES; at += 4)
            w->config[f][at / 4] = igb_cfg_rd(&w->b, f, at);
}

static void compare_registers(world_t *w)
{
    while (nic_now(w->b.nic) < w->b.csr_cyc + 4) igb_run(&w->b, 1); // tails that wait for the bus
    for (unsigned i = 0; i < igb_place_row_count; i++) {
        const igb_place_row_t *p = &igb_place_rows[i];
        for (uint32_t k = 0; k < p->count && !p->alias; k++) {
            const unsigned r = p->reg + p->first + k;
            if (!w->mask[r]) continue;
            const uint32_t is = nic_peek(w->b.nic, p->off + k * p->stride);
            MUST(!((is ^ w->expect[r]) & w->mask[r]), "%s[%u] is %08x, was %08x", p->name,
                 p->first + k, is, w->expect[r]);
        }
    }
    w->swept++;
}

static void compare_config(world_t *w, unsigned f, uint32_t from, uint32_t to)
{
    for (uint32_t at = from; f != 1 + w->h && at < to; at += 4) {
        const uint32_t is = igb_cfg_rd(&w->b, f, at);
        MUST(!((is ^ w->config[f][at / 4]) & config_mask(f, at)),
             "configuration of function %u at %x is %08x, was %08x", f, at, is,
             w->config[f][at / 4]);
    }
}

static uint32_t table_rd(world_t *w, unsigned f, uint32_t at)
{
    igb_access(&w->b, NIC_SPACE_MSIX, f, at, false, 0);
    while (w->b.answers != w->b.asked) igb_run(&w->b, 1);
    return w->b.reply;
}

static void compare_table(world_t *w, unsigned f)
{
    for (unsigned k = 0; f != 1 + w->h && k < (f ? (unsigned)IGB_MsixVf : (unsigned)IGB_MsixPf);
         k++) {
        const uint32_t want[4] = {0xFEE00000 + 256 * f + 4 * k, 0, 0x10000 * f + k, 0};
        for (unsigned i = 0; i < 4; i++) {
            const uint32_t is = table_rd(w, f, 16 * k + 4 * i);
            MUST(is == want[i], "MSI-X table of function %u, entry %u, dword %u is %08x", f, k, i,
                 is);
        }
    }
}

static void compare(world_t *w)
{
    compare_registers(w);
    const uint32_t from = rnd(w, 8) * (IGB_CFG_BYTES / 8);
    compare_config(w, rnd(w, VFS + 1), from, from + IGB_CFG_BYTES / 8);
    compare_table(w, rnd(w, VFS + 1));
}

// ---- runs ----

static void pools_up(world_t *w, bool rss)
{
    igb_bench_t *b = &w->b;
    igb_wr(b, 0, IGB_MRQC, rss ? 5 | FMASK(IGB_MRQC_TCP_IPV4) : 3);
    for (unsigned i = 0; i < IGB_RETA_COUNT; i++) igb_wr(b, 0, IGB_RETA + 4 * i, 0x08000800);
    for (unsigned i = 0; i < IGB_RSSRK_COUNT; i++)
        igb_wr(b, 0, IGB_RSSRK + 4 * i, 0x9E3779B9u * (i + 1));
    for (unsigned n = 0; n < VFS; n++)
        igb_wr(b, 0, IGB_VMOLR + 4 * n,
               FMASK(IGB_VMOLR_STRCRC) | FMASK(IGB_VMOLR_AUPE) | FMASK(IGB_VMOLR_BAM) |
                   FMASK(IGB_VMOLR_MPME) | (rss ? FMASK(IGB_VMOLR_RSSE) : 0));
    const uint32_t both = 1u << w->h | 1u << (w->h + 1) % VFS;
    igb_wr(b, 0, IGB_VLVF, VLAN | both << IGB_VLVF_POOLSEL_LSB | FMASK(IGB_VLVF_EN));
    // Of the others too, so that nothing but their being others keeps them from the hostile one.
    igb_wr(b, 0, IGB_VLVF + 4,
           (VLAN + 1) | (0xFFu & ~both) << IGB_VLVF_POOLSEL_LSB | FMASK(IGB_VLVF_EN));
    igb_wr(b, 0, IGB_VFTA, 3u << VLAN);
    igb_wr(b, 0, IGB_RCTL, FMASK(IGB_RCTL_EN) | FMASK(IGB_RCTL_SECRC) | FMASK(IGB_RCTL_VFE));
    igb_wr(b, 0, IGB_DTXSWC,
           FMASK(IGB_DTXSWC_LOOPBACK_EN) | FMASK(IGB_DTXSWC_MACAS) | FMASK(IGB_DTXSWC_VLANAS));
    igb_wr(b, 0, IGB_DTXCTL,
           FMASK(IGB_DTXCTL_SPOOF_INT) | (rnd(w, 2) ? FMASK(IGB_DTXCTL_MDP_EN) : 0));
    igb_wr(b, 0, IGB_IVAR_MISC, 0x8000 | OTHER_VECTOR << 8);
    igb_wr(b, 0, IGB_QDE, w->strict ? 0xFFFF : 0xFFFF & ~(0x101u << w->h));
}

static void world_up(world_t *w, uint64_t seed, bool strict)
{
    memset(w, 0, sizeof *w);
    w->seed = seed;
    w->rng = seed * 0xD1342543DE82EF95ull + 1;
    w->h = (unsigned)(seed % VFS);
    w->strict = strict;
    igb_bench_t *b = &w->b;
    igb_bench_up(b, NULL);
    b->ctx = w;
    b->tlp = on_tlp;
    b->sent = on_sent;
    b->answered = on_answer;
    b->probed = on_probe;
    const bool rss = seed / VFS & 1;
    igb_pf_up(b);
    igb_vfs_up(b, VFS);
    pools_up(w, rss);
    for (unsigned n = 0; n < VFS; n++) {
        w->guest[n].n = n;
        if (n != w->h) guest_up(w, n, rss);
    }
    igb_run(b, 2000);
    (void)igb_rd(b, 0, IGB_ICR);
    w->pf_irq = false;
    snapshot(w);
    hostile_init(&w->hostile, b, w->h, seed);
}

static void rest(world_t *w)
{
    if (w->pf_irq) pf_service(w);
    guests(w);
    from_wire(w);
    for (unsigned i = rnd(w, 6); i-- > 0;) {
        guest_t *g = &w->guest[rnd(w, VFS)];
        if (g->n != w->h && rnd(w, 8) == 0) guest_send(w, g, rnd(w, 2));
    }
}

// Nobody is waited for longer than a device that is as slow as that can take.
static void look_out(world_t *w)
{
    const iso_frame_t *f = iso_oldest(&w->frames);
    if (!f) return;
    const uint64_t age = nic_now(w->b.nic) - f->born;
    MUST(age < NEVER_CYC, "frame %u from %u to %u is lost (pools %02x, wire %u)", f->id, f->src,
         f->dst, f->pools, f->wire);
    if (!w->strict && age > STUCK_CYC) pf_rescue(w);
}

static void settle(world_t *w)
{
    pf_rescue(w); // the hostile VF falls silent
    const uint64_t from = nic_now(w->b.nic);
    for (unsigned i = 0; i < 100 || w->frames.live || !nic_drained(w->b.nic); i++) {
        MUST(nic_now(w->b.nic) - from < 2 * (uint64_t)NEVER_CYC,
             "the device does not come to rest, %u frames", w->frames.live);
        igb_run(&w->b, 500);
        guests(w);
        if (w->pf_irq) pf_service(w);
        if (i % 64 == 0) look_out(w);
    }
    igb_run(&w->b, 20000);
    guests(w);
}

static void counters(world_t *w)
{
    for (unsigned n = 0; n < VFS; n++) {
        const guest_t *g = &w->guest[n];
        if (n == w->h) continue;
        const uint32_t at = IGB_VFGPRC_STRIDE * n;
        MUST(nic_peek(w->b.nic, IGB_VFGPRC + at) == g->got_wire &&
                 nic_peek(w->b.nic, IGB_VFGPRLBC + at) == g->got_loop &&
                 nic_peek(w->b.nic, IGB_VFGPTC + at) == g->sent_wire &&
                 nic_peek(w->b.nic, IGB_VFGPTLBC + at) == g->sent_loop,
             "counters of VF %u", n);
        for (unsigned k = 0; k < 2; k++) {
            MUST(g->tx_get[k] == g->tx_put[k], "VF %u: a message has not come", n);
            MUST(nic_peek(w->b.nic, IGB_TDH + IGB_TDH_STRIDE * (n + VFS * k)) ==
                         g->tx_put[k] % TX_COUNT &&
                     nic_peek(w->b.nic, IGB_RDH + IGB_RDH_STRIDE * (n + VFS * k)) ==
                         g->rx_next[k] % RX_COUNT,
                 "heads of VF %u", n);
        }
        MUST(!g->pinged, "VF %u: the PF's message has not come", n);
    }
}

typedef struct totals {
    uint64_t accesses, resets, rings, fetched, read, written, messages, made, got, wired,
        hostile_got, in_vlan, latest, rescues, swept, cyc;
} totals_t;

static void one(uint64_t seed, uint64_t accesses, bool strict, totals_t *t)
{
    world_t *w = malloc(sizeof *w);
    assert_non_null(w);
    world_up(w, seed, strict);
    uint64_t compared = 0;
    for (uint64_t i = 0; w->hostile.accesses < accesses; i++) {
        const uint64_t slept = w->hostile.slept;
        hostile_act(&w->hostile);
        if (slept != w->hostile.slept) igb_run(&w->b, 1 + rnd(w, 1500));
        if (rnd(w, 4) == 0) w->b.csr_cyc += rnd(w, 16);
        if (rnd(w, 2)) igb_run(&w->b, 1 + rnd(w, rnd(w, 16) ? 60 : 2000));
        rest(w);
        if (rnd(w, 2000) == 0) pf_ping(w);
        if (i % 64 == 0) look_out(w);
        if (w->hostile.accesses - compared < 1000) continue;
        compared = w->hostile.accesses;
        compare(w);
    }
    settle(w);
    compare_registers(w);
    for (unsigned f = 0; f <= VFS; f++) {
        compare_config(w, f, 0, IGB_CFG_BYTES);
        compare_table(w, f);
    }
    counters(w);
    const hostile_t *h = &w->hostile;
    const iso_frames_t *f = &w->frames;
    t->accesses += h->accesses, t->resets += h->resets, t->rings += h->rings,
        t->fetched += h->fetched;
    t->read += h->read, t->written += h->written, t->messages += h->messages;
    t->made += f->made, t->got += f->got, t->wired += f->on_wire, t->hostile_got += w->from_hostile;
    t->in_vlan += w->in_vlan;
    t->rescues += w->rescues, t->swept += w->swept, t->cyc += nic_now(w->b.nic);
    if (f->latest > t->latest) t->latest = f->latest;
    igb_bench_down(&w->b);
    free(w);
}

static totals_t many(bool strict, uint64_t seeds, uint64_t accesses)
{
    const uint64_t first = env("SEED", 1);
    totals_t t = {0};
    for (uint64_t s = first; s < first + seeds; s++) one(s, accesses, strict, &t);
    printf("seeds %llu to %llu, %llu cycles: %llu accesses, %llu rings, %llu resets; %llu "
           "descriptors fetched, %llu reads, %llu "
           "writes, %llu messages\n",
           (unsigned long long)first, (unsigned long long)(first + seeds - 1),
           (unsigned long long)t.cyc, (unsigned long long)t.accesses, (unsigned long long)t.rings,
           (unsigned long long)t.resets, (unsigned long long)t.fetched, (unsigned long long)t.read,
           (unsigned long long)t.written, (unsigned long long)t.messages);
    printf("others: %llu frames, %llu received, %llu on the wire, %llu of the hostile VF's "
           "received, %llu of its tagged ones seen, the slowest took %llu us; "
           "%llu comparisons of all registers; the PF stepped in %llu times\n",
           (unsigned long long)t.made, (unsigned long long)t.got, (unsigned long long)t.wired,
           (unsigned long long)t.hostile_got, (unsigned long long)t.in_vlan,
           (unsigned long long)t.latest / 125, (unsigned long long)t.swept,
           (unsigned long long)t.rescues);
    return t;
}

static void others_do_not_notice(void **state)
{
    (void)state;
    const uint64_t seeds = env("ISO_SEEDS", 8), accesses = env("ISO_ACCESSES", 25000);
    const totals_t t = many(true, seeds, accesses);
    assert_true(t.got > t.accesses / 100 && t.wired > t.accesses / 200 && t.in_vlan);
    assert_true(t.resets > t.accesses / 200 && t.fetched > t.accesses / 10 &&
                t.messages > t.accesses / 200);
}

// Without drop enable the hostile VF can hold others up. Nothing is lost by that, and it ends with the reset of the VF.
static void without_drop_enable_they_wait(void **state)
{
    (void)state;
    const totals_t t = many(false, env("ISO_SEEDS", 8) / 4 + 1, env("ISO_ACCESSES", 25000));
    assert_true(t.got > t.accesses / 200 && t.rescues > env("ISO_SEEDS", 8) / 4 + 1);
}

// One VF with a queue that is on and has no descriptors, another that has some. A frame for the first, `count` for the other.
static void starve(igb_bench_t *b, uint32_t qde, bool drop_en, unsigned count)
{
    igb_bench_up(b, NULL);
    igb_pf_up(b);
    igb_vfs_up(b, 2);
    igb_wr(b, 0, IGB_QDE, qde);
    for (unsigned n = 0; n < 2; n++) igb_vf_up(b, n);
    igb_wr(b, 1, IGBVF_SRRCTL,
           FPUT(IGB_SRRCTL_DESCTYPE, 1) | IGB_BUF / 1024 |
               (drop_en ? FMASK(IGB_SRRCTL_DROP_EN) : 0));
    igb_wr(b, 1, IGBVF_RDT, 0); // as it is
    igb_wr(b, 1, IGBVF_RDH, 0);
    igb_run(b, 2000);
    igb_receive(b, igb_vf_mac(0), 100);
    for (unsigned i = 0; i < count; i++) igb_receive(b, igb_vf_mac(1), 100);
    igb_run(b, 2000);
}

static void head_of_line_blocking(void **state)
{
    (void)state;
    enum { COUNT = 20 };
    for (unsigned how = 0; how < 3; how++) { // with QDE, or DROP_EN: nobody waits
        igb_bench_t b;
        starve(&b, how != 1 ? 0xFFFF : 0, how != 0, COUNT);
        assert_int_equal(b.hosted, COUNT);
        assert_int_equal(b.drops, 1);
        assert_int_equal(igb_rd(&b, 0, IGB_RQDPC), 1);
        assert_int_equal(igb_rd(&b, 0, IGB_RNBC), 0);
        igb_bench_down(&b);
    }
    for (unsigned how = 0; how < 4; how++) {
        igb_bench_t b;
        starve(&b, 0, false, COUNT);
        igb_run(&b, 125000); // for a millisecond, or for ever
        assert_int_equal(b.hosted, 0);
        assert_int_equal(igb_rd(&b, 0, IGB_RNBC), 1);
        assert_int_equal(b.fate[NIC_FATE_ACCEPTED], COUNT + 1);
        if (how == 0) igb_wr(&b, 0, IGB_VTCTRL, FMASK(IGB_VTCTRL_RST));
        else if (how == 1) igb_wr(&b, 1, IGBVF_VTCTRL, FMASK(IGB_VTCTRL_RST));
        else if (how == 2) igb_cfg(&b, 1, IGB_VCFG_DEVCTL, FMASK(IGB_CFG_DEVCTL_FLR));
        else igb_fill(&b, 1, 0, 0, IGB_RING - 1); // it thinks better of it
        igb_run(&b, 4000);
        assert_int_equal(b.hosted, how == 3 ? COUNT + 1 : COUNT);
        assert_int_equal(b.drops, how == 3 ? 0 : 1);
        assert_int_equal(igb_rd(&b, 0, IGB_RQDPC), 0);
        assert_int_equal(igb_rd(&b, 2, IGBVF_RDH), COUNT);
        assert_true(nic_drained(b.nic));
        igb_bench_down(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(others_do_not_notice),
        cmocka_unit_test(head_of_line_blocking),
        cmocka_unit_test(without_drop_enable_they_wait),
    };
    return cmocka_run_group_tests_name("isolation of VFs", tests, NULL, NULL);
}
