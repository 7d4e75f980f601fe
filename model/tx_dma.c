// SPDX-License-Identifier: Apache-2.0
#include "model/tx_dma.h"

#include "model/check.h"

#include <string.h>

enum { MIN_NO_FCS = NIC_FrameMin - NIC_FcsBytes };

// What the tick consists of is compiled for each of the personalities.
#define PART static inline __attribute__((always_inline))

static uint32_t min32(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static uint64_t later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

// Granules of a frame of `bytes` from the host, whatever becomes of it: status, tag, padding.
static uint32_t need(uint32_t bytes)
{
    const uint32_t tagged = bytes + NIC_TagLen;
    const uint32_t len = tagged < NIC_FrameMin ? NIC_FrameMin : tagged;
    return 1 + (len + NIC_GranuleBytes - 1) / NIC_GranuleBytes;
}

static uint32_t words(uint32_t bytes)
{
    return (bytes + NIC_BeatBytes - 1) / NIC_BeatBytes;
}

static void drop_entries(tx_dma_t *s)
{
    for (uint32_t i = s->get_q; i != s->put_q; i++) s->entry[i % NIC_TxEntries].drop = true;
}

// All bytes of the entry are there: when may it land?
static void complete(tx_dma_t *s, tx_entry_t *e, uint64_t end_cyc)
{
    const uint64_t copied = later(s->through_cyc, e->taken_cyc) + e->work;
    s->through_cyc = later(end_cyc + NIC_TxFinishCyc, copied);
    e->ready_cyc = s->through_cyc;
}

void tx_dma_reset(tx_dma_t *s, uint64_t now, uint32_t granted)
{
    // What has been asked for will come back: keep its entry to swallow the data.
    if (s->req.valid) {
        tx_entry_t *e = &s->entry[(s->put_q - 1) % NIC_TxEntries];
        e->len = granted;
        if (granted == 0) s->put_q--;
        else if (e->got == granted && e->ready_cyc == NIC_NEVER)
            complete(s, e, later(e->end_cyc, now)); // no more will come
    }
    drop_entries(s);
    s->taken_q = 0;
    memset(&s->csum_ctx, 0, sizeof s->csum_ctx);
    memset(&s->tso_ctx, 0, sizeof s->tso_ctx);
    s->in_packet = s->bad = false;
    s->desc_off = s->total = 0;
    s->hdr_left = s->seg_left = s->pay_left = 0;
    s->req.valid = false;
    s->alloc_q = s->land_alloc_q = 0;
    s->pos_q = s->land_pos_q = 0;
    s->stalled = false;
    s->seg_k = 0;
    s->frames_q = 0;
    s->done.cyc = NIC_NEVER;
    s->w_cyc = NIC_NEVER;
    s->frame_cyc = NIC_NEVER;
    s->tsc_cyc = NIC_NEVER;
    memset(s->taken, 0, sizeof s->taken);
    memset(s->advanced, 0, sizeof s->advanced);
    s->pkts_q = s->cost = 0;
    s->turn = false;
    s->draining = 0;
    s->bad_cyc = NIC_NEVER;
}

void tx_dma_landed(tx_dma_t *s, uint64_t end_cyc, const uint8_t *data, uint32_t len)
{
    for (uint32_t i = s->get_q; i != s->put_q && len; i++) {
        tx_entry_t *e = &s->entry[i % NIC_TxEntries];
        if (e->got == e->len) continue;
        const uint32_t n = min32(len, e->len - e->got);
        memcpy(s->data[i % NIC_TxEntries] + e->got, data, n);
        e->got += n;
        e->end_cyc = end_cyc;
        if (e->got == e->len) complete(s, e, end_cyc);
        return;
    }
}

// ---- issue side: what a descriptor says ----

typedef enum tx_kind {
    TX_LEGACY,
    TX_DATA,
    TX_CONTEXT,
    TX_SENSELESS // 82576: of no type, makes its packet bad
} tx_kind_t;

typedef struct tx_desc {
    tx_kind_t kind;
    bool eop, rs, ide, ifcs, vle;
    bool ic;           // legacy
    bool tse;          // data, as are these:
    uint8_t popts;     // what can be stored,
    uint32_t paylen;   // segmentation,
    uint8_t css, cso;  // legacy
    uint16_t special;  // tag
    uint32_t len;      // bytes
    uint64_t addr;     // of them
    tx_context_t *ctx; // where the context is, or what the packet needs of it
} tx_desc_t;

_Static_assert((int)IGB_ATXD_CMD_LSB == (int)E1000_TXD_CMD_LSB &&
                   (int)IGB_ATXD_DTYP_LSB == (int)E1000_TXD_DTYP_LSB &&
                   (int)IGB_ATXD_DTALEN_LSB == (int)E1000_TXD_LENGTH_LSB &&
                   (int)IGB_ATXD_DTALEN_W == (int)E1000_TXD_LENGTH_W &&
                   (int)IGB_ATXD_STAT_LSB == (int)E1000_TXD_STAT_LSB,
               "where advanced and legacy descriptors are the same");
_Static_assert((int)IGB_ATXD_CMD_EOP == (int)E1000_TXD_CMD_EOP &&
                   (int)IGB_ATXD_CMD_IFCS == (int)E1000_TXD_CMD_IFCS &&
                   (int)IGB_ATXD_CMD_RS == (int)E1000_TXD_CMD_RS &&
                   (int)IGB_ATXD_CMD_VLE == (int)E1000_TXD_CMD_VLE &&
                   (int)IGB_ATXD_POPTS_IXSM == (int)E1000_TXD_POPTS_IXSM &&
                   (int)IGB_ATXD_POPTS_TXSM == (int)E1000_TXD_POPTS_TXSM,
               "bits that both have");

PART tx_desc_t decode(tx_dma_t *s, const tx_dma_in_t *in, const bool igb)
{
    const uint64_t *d = in->desc;
    const uint32_t cmd = (uint32_t)DGET(E1000_TXD_CMD, d);
    const uint32_t type = (uint32_t)DGET(E1000_TXD_DTYP, d);
    tx_desc_t t;
    t.kind = !(cmd & E1000_TXD_CMD_DEXT)                               ? TX_LEGACY
             : type == (igb ? IGB_ATXD_DTYP_C : (int)E1000_TXD_DTYP_C) ? TX_CONTEXT
             : !igb || type == IGB_ATXD_DTYP_D                         ? TX_DATA
                                                                       : TX_SENSELESS;
    t.eop = t.kind != TX_CONTEXT && (cmd & E1000_TXD_CMD_EOP); // there the bit means "TCP"
    t.rs = (cmd & E1000_TXD_CMD_RS) != 0;
    t.ide = !igb && (cmd & E1000_TXD_CMD_IDE);
    t.ifcs = (cmd & E1000_TXD_CMD_IFCS) != 0;
    t.vle = (cmd & E1000_TXD_CMD_VLE) != 0;
    t.ic = t.kind == TX_LEGACY && (cmd & E1000_TXD_CMD_IC);
    t.tse = t.kind == TX_DATA && (cmd & (igb ? IGB_ATXD_CMD_TSE : (int)E1000_TXD_CMD_TSE));
    t.css = (uint8_t)DGET(E1000_TXD_CSS, d);
    t.cso = (uint8_t)DGET(E1000_TXD_CSO, d);
    t.special = (uint16_t)DGET(E1000_TXD_SPECIAL, d);
    t.len = (uint32_t)(igb || t.kind == TX_LEGACY ? DGET(E1000_TXD_LENGTH, d)
                                                  : DGET(E1000_TXD_DTALEN, d));
    t.addr = DGET(E1000_TXD_ADDR, d);
    if (igb) {
        tx_advanced_t *a = &s->advanced[in->queue][DGET(IGB_ATXD_IDX, d) & 1];
        t.popts = t.kind == TX_DATA ? (uint8_t)DGET(IGB_ATXD_POPTS, d) & a->popts : 0;
        t.paylen = (uint32_t)DGET(IGB_ATXD_PAYLEN, d);
        if (t.kind != TX_LEGACY) t.special = a->vlan;
        t.ctx = &a->ctx;
    } else {
        const bool tse =
            t.kind == TX_CONTEXT ? (DGET(E1000_TXC_TUCMD, d) & E1000_TXC_TUCMD_TSE) != 0 : t.tse;
        t.popts = t.kind == TX_DATA ? (uint8_t)DGET(E1000_TXD_POPTS, d) : 0;
        t.ctx = tse ? &s->tso_ctx : &s->csum_ctx;
        t.paylen = t.ctx->paylen;
    }
    return t;
}

// An advanced context, as the 82540EM would have it. Without a header that makes sense HDRLEN is one that the engine
// refuses; sums that cannot be stored are not asked for.
static tx_advanced_t advanced_context(const uint64_t *d)
{
    const uint32_t ip = (uint32_t)DGET(IGB_ATXC_MACLEN, d), ip_len = DGET(IGB_ATXC_IPLEN, d) & 511;
    const uint32_t type = (uint32_t)DGET(IGB_ATXC_L4T, d), l4 = ip + ip_len;
    const bool tcp = type == IGB_ATXC_L4T_TCP, known = tcp || type == IGB_ATXC_L4T_UDP;
    const uint32_t sum = l4 + (tcp ? IGB_TcpSumAt : IGB_UdpSumAt);
    const uint32_t hdr = l4 + (tcp ? (uint32_t)DGET(IGB_ATXC_L4LEN, d) : NIC_UdpLen);
    return (tx_advanced_t){
        .ctx = {.ipcss = (uint8_t)ip,
                .ipcso = (uint8_t)(ip + IGB_Ipv4SumAt),
                .ipcse = (uint16_t)(l4 - 1),
                .tucss = (uint8_t)l4,
                .tucso = (uint8_t)sum,
                .hdrlen = !known ? 0 : (uint8_t)min32(hdr, UINT8_MAX),
                .mss = (uint16_t)DGET(IGB_ATXC_MSS, d),
                .tcp = tcp,
                .ip = DGET(IGB_ATXC_IPV4, d) != 0},
        .vlan = (uint16_t)DGET(IGB_ATXC_VLAN, d),
        .popts = (uint8_t)((ip_len ? IGB_ATXD_POPTS_IXSM : 0) |
                           (known && sum <= UINT8_MAX ? IGB_ATXD_POPTS_TXSM : 0)),
    };
}

// ---- issue side: what is done about it ----

static void start_packet(tx_dma_t *s, const tx_dma_in_t *in, const tx_desc_t *d)
{
    s->in_packet = true;
    s->bad = false;
    s->total = 0;
    s->f.tse = d->tse;
    s->f.popts = d->popts;
    if (d->tse || d->popts) s->ctx = *d->ctx;
    if (!d->tse) return;
    tx_context_t *c = &s->ctx;
    c->paylen = d->paylen;
    s->hdr_left = c->hdrlen;
    s->pay_left = c->paylen;
    s->seg_left = min32(c->mss, c->paylen);
    s->bad = c->mss == 0 || c->paylen == 0 || c->hdrlen == 0 || c->hdrlen > NIC_TsoHeaderMax ||
             (uint32_t)c->hdrlen + c->mss + NIC_TsoMargin >= in->tx_cap * NIC_GranuleBytes;
}

// The packet cannot be sent. What its unfinished frame holds is given back; the next frame begins in the same place.
// Data of it that are under way come before those of any other frame.
static void spoil(tx_dma_t *s)
{
    s->bad = true;
    if (s->total) s->alloc_q -= need(s->total);
    s->total = 0;
}

// Bytes of the next read of a descriptor with `left` bytes to go; segments are never mixed in one read.
static uint32_t chunk(const tx_dma_t *s, uint32_t left)
{
    uint32_t n = min32(left, NIC_TxChunk);
    if (!s->f.tse) return n;
    return min32(n, s->hdr_left ? s->hdr_left : s->seg_left);
}

PART uint32_t *taken(tx_dma_t *s, const tx_dma_in_t *in, const bool igb)
{
    return igb ? &s->taken[in->queue] : &s->taken_q;
}

PART tx_entry_t *new_entry(tx_dma_t *s, const tx_dma_in_t *in, const tx_desc_t *d, const bool igb)
{
    tx_entry_t *e = &s->entry[s->put_q++ % NIC_TxEntries];
    e->len = e->got = 0;
    e->taken_cyc = in->now;
    e->end_cyc = 0;
    e->ready_cyc = in->now + 1;
    e->drop = e->header = e->begins = e->closes = e->last = false;
    e->count_tso = e->count_tso_bad = false;
    e->desc_end = true;
    e->eop = d->eop;
    e->rs = d->rs;
    e->ide = d->ide;
    if (igb) {
        e->queue = in->queue;
        e->mute = false;
    }
    memcpy(e->desc, in->desc, NIC_DescBytes);
    return e;
}

PART void take_context(tx_dma_t *s, const tx_dma_in_t *in, const tx_desc_t *d, const bool igb)
{
    if (igb) s->advanced[in->queue][DGET(IGB_ATXC_IDX, in->desc) & 1] = advanced_context(in->desc);
    else *d->ctx = tx_context_parse(in->desc);
    new_entry(s, in, d, igb);
    ++*taken(s, in, igb);
}

// The entry brings `n` bytes of header or of a segment.
static void take_segment(tx_dma_t *s, tx_entry_t *e, uint32_t n)
{
    if (s->hdr_left) {
        e->header = true;
        s->hdr_left -= n;
        return;
    }
    e->begins = e->off == s->ctx.hdrlen;
    s->seg_left -= n;
    s->pay_left -= n;
    e->closes = s->seg_left == 0;
    e->last = s->pay_left == 0;
    if (e->closes) s->seg_left = min32(s->ctx.mss, s->pay_left);
}

// 82576: it is the next one's turn.
static void end_of_turn(tx_dma_t *s)
{
    s->pkts_q++;
    s->turn = false;
}

static void tell_bad(tx_dma_t *s, const tx_dma_in_t *in)
{
    s->bad_cyc = in->now + 1;
    s->bad_queue = in->queue;
}

PART void end_of_packet(tx_dma_t *s, const tx_dma_in_t *in, tx_entry_t *e, const bool igb)
{
    if (s->f.tse) {
        const bool ok = !s->bad && s->pay_left == 0 && s->hdr_left == 0;
        e->count_tso = ok;
        e->count_tso_bad = !ok;
        if (!ok) spoil(s);
    }
    s->in_packet = false;
    if (!igb) return;
    if (s->bad) tell_bad(s, in);
    end_of_turn(s);
}

// A data descriptor, or as much of it as one read takes. False: no room now.
PART bool take_data(tx_dma_t *s, const tx_dma_in_t *in, const tx_desc_t *d, const bool igb)
{
    const uint32_t longest = igb ? IGB_FrameMax : NIC_FrameMax;
    const bool first = !s->in_packet;
    if (first) start_packet(s, in, d);
    if (igb && d->kind == TX_SENSELESS && !s->bad) spoil(s);
    uint32_t n = s->bad ? 0 : chunk(s, d->len - s->desc_off);
    if (s->f.tse && !s->bad && n == 0 && s->desc_off < d->len) spoil(s); // more data than PAYLEN
    uint32_t off = s->total, grain = 0;
    if (n) {
        if (s->f.tse && s->total == 0 && s->hdr_left == 0) off = s->ctx.hdrlen;
        const uint32_t total = off + n;
        if (total > longest || need(total) > in->tx_cap) { // can never be in the buffer whole
            spoil(s);
            n = 0;
        } else {
            grain = need(total) - (s->total ? need(s->total) : 0);
            if (s->alloc_q - in->freed + grain > in->tx_cap) {
                if (first) s->in_packet = false; // try again from the start
                s->stall_grain = grain;
                return false;
            }
            s->total = total;
        }
    }
    const uint64_t addr = d->addr + s->desc_off;
    // Where and what to sum is known from the first descriptor of a packet on: hardware sums as the data come.
    if (first) {
        s->f.legacy = d->kind == TX_LEGACY;
        s->f.css = d->css;
        s->f.cso = d->cso;
    }
    // These count in the last descriptor of a packet; for segmentation, and in advanced ones, in the first.
    if (first || !(igb ? s->f.tse || !s->f.legacy : s->f.tse)) {
        s->f.ifcs = d->ifcs;
        s->f.vle = d->vle;
        s->f.special = d->special;
        s->f.ic = s->f.legacy && d->ic;
    }
    tx_entry_t *e = new_entry(s, in, d, igb);
    if (s->f.tse || s->f.popts) e->ctx = s->ctx;
    e->len = n;
    e->off = off;
    s->alloc_q += grain;
    s->desc_off = s->bad ? d->len : s->desc_off + n;
    e->desc_end = s->desc_off >= d->len;
    if (igb && s->f.tse && n && !s->hdr_left && off == s->ctx.hdrlen &&
        s->pay_left != s->ctx.paylen)
        s->cost += s->ctx.hdrlen; // of a segment that is not the first
    if (s->f.tse && n) take_segment(s, e, n);
    else e->begins = n && off == 0;
    if (e->desc_end && e->eop && !s->f.tse) e->closes = s->total != 0;
    e->start = s->pos_q + 1 == in->tx_cap ? 0 : s->pos_q + 1;
    e->total = s->total;
    if (e->closes) {
        e->granules = need(s->total);
        s->pos_q += e->granules;
        if (s->pos_q >= in->tx_cap) s->pos_q -= in->tx_cap;
        s->total = 0;
    }
    if (e->desc_end) {
        s->desc_off = 0;
        ++*taken(s, in, igb);
        if (igb) s->cost += d->len;
        if (e->eop) end_of_packet(s, in, e, igb);
    } else {
        e->eop = e->rs = e->ide = false;
    }
    e->f = s->f;
    if (n) {
        e->ready_cyc = NIC_NEVER;
        e->work = words(n) + (s->f.tse && e->begins ? words(s->ctx.hdrlen) + NIC_TxHeaderCyc : 1);
        s->req = (port_req_t){
            .valid = true, .type = NIC_TLP_READ, .func = in->func, .len = n, .addr = addr};
    }
    return true;
}

// 82576: a descriptor of a malformed packet is finished as if, and costs nothing. The turn ends with the packet, or when there
// are no more of them now.
static void drain(tx_dma_t *s, const tx_dma_in_t *in, const tx_desc_t *d)
{
    const uint16_t bit = (uint16_t)(1u << in->queue);
    if (!(s->draining & bit)) tell_bad(s, in);
    s->draining |= bit;
    if (d->kind == TX_CONTEXT) {
        take_context(s, in, d, true);
    } else {
        new_entry(s, in, d, true);
        s->taken[in->queue]++;
    }
    if (d->eop) s->draining &= (uint16_t)~bit;
    if (d->eop || s->taken[in->queue] == in->filled) end_of_turn(s);
}

static uint32_t reads(const tx_dma_t *s)
{
    uint32_t n = 0;
    for (uint32_t i = s->get_q; i != s->put_q; i++) {
        const tx_entry_t *e = &s->entry[i % NIC_TxEntries];
        n += e->len != 0; // until its data are in the packet buffer
    }
    return n;
}

PART bool may_issue(const tx_dma_t *s, bool en, bool there)
{
    return en && !s->req.valid && there && s->put_q - s->get_q < NIC_TxEntries &&
           reads(s) < NIC_TxReads;
}

PART void issue(tx_dma_t *s, const tx_dma_in_t *in, const bool igb)
{
    const bool stalled = s->stalled;
    s->stalled = false;
    if (igb) {
        if (in->granted == s->pkts_q) return;
        if (!s->turn) s->cost = 0;
        s->turn = true;
    }
    if (!may_issue(s, in->en, in->filled != *taken(s, in, igb))) return;
    if (stalled && s->alloc_q - in->freed + s->stall_grain > in->tx_cap) { // the same again
        s->stalled = true;
        return;
    }
    const tx_desc_t d = decode(s, in, igb);
    if (igb && (in->drain || (s->draining >> in->queue & 1))) drain(s, in, &d);
    else if (d.kind == TX_CONTEXT) take_context(s, in, &d, igb);
    else s->stalled = !take_data(s, in, &d, igb);
}

// ---- landing side ----

// The data of an entry go where they belong; a segment begins with a copy of the header.
static void store(tx_dma_t *s, const tx_entry_t *e, const uint8_t *data)
{
    if (e->header) {
        if (e->off == 0) s->seg_k = 0;
        memcpy(s->hdr + e->off, data, e->len);
    }
    if (e->begins && e->f.tse) memcpy(s->frame, s->hdr, e->ctx.hdrlen);
    if (!e->header) memcpy(s->frame + e->off, data, e->len);
}

// The tag that the device puts into a frame of the 82576. False: none.
static bool queue_tag(const tx_entry_t *e, const tx_dma_in_t *in, uint16_t *tag)
{
    const uint32_t vmvir = in->vmvir[e->queue % IGB_Pools];
    *tag = e->f.special;
    if (!in->vmdq) return e->f.vle && in->vme;
    if (vmvir & FMASK(IGB_VMVIR_NEVER)) return false;
    if (!(vmvir & FMASK(IGB_VMVIR_USE_DEFAULT))) return e->f.vle;
    *tag = (uint16_t)FGET(IGB_VMVIR_TAG, vmvir);
    return true;
}

PART void close_frame(tx_dma_t *s, const tx_entry_t *e, uint8_t *frame, const tx_dma_in_t *in,
                      packet_buffer_t *pb, const bool igb)
{
    const tx_fields_t *f = &e->f;
    uint32_t len = e->total;
    if (f->tse) {
        offload_tso_header(frame, e->ctx.hdrlen, &e->ctx, s->seg_k, len - e->ctx.hdrlen, e->last);
        offload_tso_csum(frame, len, &e->ctx, f->popts);
        s->seg_k++;
    } else if (f->ic) {
        offload_tx_legacy(frame, len, f->css, f->cso);
    } else if (f->popts) {
        offload_tx(frame, len, &e->ctx, f->popts);
    }
    uint16_t special = f->special;
    const bool wanted = igb ? queue_tag(e, in, &special) : f->vle && in->vme;
    const bool tag = wanted && len >= NIC_TypeAt;
    if (tag) {
        memmove(frame + NIC_TypeAt + NIC_TagLen, frame + NIC_TypeAt, len - NIC_TypeAt);
        frame[NIC_TypeAt] = (uint8_t)(in->vet >> 8);
        frame[NIC_TypeAt + 1] = (uint8_t)in->vet;
        frame[NIC_TypeAt + 2] = (uint8_t)(special >> 8);
        frame[NIC_TypeAt + 3] = (uint8_t)special;
        len += NIC_TagLen;
    }
    if (in->psp && len < MIN_NO_FCS) {
        memset(frame + len, 0, MIN_NO_FCS - len);
        len = MIN_NO_FCS;
    }
    CHECK(1 + (len + NIC_GranuleBytes - 1) / NIC_GranuleBytes <= e->granules,
          "frame of %u bytes, %u granules reserved", len, e->granules);
    packet_buffer_tx_write(pb, in->rx_bytes, e->start * NIC_GranuleBytes, frame, len);
    tx_frame_t *t = &pb->tx[s->frames_q % NIC_TxFramesMax];
    t->start = e->start * NIC_GranuleBytes;
    t->len = len;
    t->granules = e->granules;
    t->add_fcs = f->ifcs || tag;
    t->pause = false;
    if (igb) {
        t->queue = e->queue;
        t->tag_put = tag;
        t->raw_len = (uint16_t)e->total;
        memcpy(t->head, frame, sizeof t->head);
        if (len < sizeof t->head) memset(t->head + len, 0, sizeof t->head - len);
    }
    s->land_alloc_q += e->granules;
    s->land_pos_q = e->start + e->granules - 1;
    if (s->land_pos_q >= in->tx_cap) s->land_pos_q -= in->tx_cap;
    s->frames_q++;
    s->frame_cyc = in->now + 1;
}

PART void land(tx_dma_t *s, const tx_dma_in_t *in, packet_buffer_t *pb, const bool igb)
{
    tx_entry_t *e = &s->entry[s->get_q % NIC_TxEntries];
    if (s->get_q == s->put_q || e->ready_cyc > in->now) return;
    if (e->closes && !e->drop && s->frames_q - in->listed >= NIC_TxFramesMax) {
        e->ready_cyc = in->now + 1; // the list is full: wait
        return;
    }
    s->get_q++;
    if (e->drop) return;
    uint8_t *data = s->data[(s->get_q - 1) % NIC_TxEntries];
    const bool whole =
        e->begins && e->closes && !e->f.tse; // a frame by itself needs no other place
    if (e->len && !whole) store(s, e, data);
    if (e->closes) close_frame(s, e, whole ? data : s->frame, in, pb, igb);
    if (e->count_tso || e->count_tso_bad) {
        s->tsc_cyc = in->now + 1;
        s->tsc_bad = e->count_tso_bad;
    }
    if (!e->desc_end || (igb && e->mute)) return;
    if (igb) s->done_queue = e->queue;
    s->done.cyc = in->now + 1;
    s->done.eop = e->eop;
    s->done.rs = e->rs;
    s->done.ide = e->ide;
    memcpy(s->done.wb, e->desc, NIC_DescBytes);
    s->done.wb[1] =
        (s->done.wb[1] & ~DPUT(E1000_TXD_STAT, 0xF)) | DPUT(E1000_TXD_STAT, E1000_TXD_STAT_DD);
    if (!igb && (e->rs || e->ide)) {
        s->w_cyc = in->now + 1;
        s->w_rs = e->rs;
        s->w_ide = e->ide;
    }
}

void tx_dma_tick(tx_dma_t *s, const tx_dma_in_t *in, packet_buffer_t *pb)
{
    if (in->sent) s->req.valid = false;
    if (in->restart) {
        drop_entries(s);
        s->alloc_q = s->land_alloc_q;
        s->pos_q = s->land_pos_q;
        s->in_packet = s->bad = false;
        s->desc_off = s->total = s->taken_q = 0;
        s->stalled = false;
    }
    land(s, in, pb, false);
    if (!in->restart) issue(s, in, false);
}

// Queues restart: what is on its way lands, but their rings have forgotten it. A packet that is not taken whole ends here.
static void restart_queues(tx_dma_t *s, const tx_dma_in_t *in)
{
    for (uint32_t i = s->get_q; i != s->put_q; i++) {
        tx_entry_t *e = &s->entry[i % NIC_TxEntries];
        e->mute = e->mute || (in->restarts >> e->queue & 1);
    }
    for (uint32_t of = in->restarts; of; of &= of - 1) s->taken[__builtin_ctz(of)] = 0;
    for (uint32_t of = in->forget; of; of &= of - 1)
        memset(s->advanced[__builtin_ctz(of)], 0, sizeof s->advanced[0]);
    s->draining &= (uint16_t)~in->restarts;
    if (in->granted == s->pkts_q || !(in->restarts >> in->queue & 1)) return;
    if (!s->turn) s->cost = 0;
    spoil(s);
    s->in_packet = s->bad = s->stalled = false;
    s->desc_off = 0;
    end_of_turn(s);
}

void tx_dma_tick_82576(tx_dma_t *s, const tx_dma_in_t *in, packet_buffer_t *pb)
{
    if (in->sent) s->req.valid = false;
    if (in->restarts) restart_queues(s, in);
    land(s, in, pb, true);
    issue(s, in, true);
}

static uint64_t quiet(const tx_dma_t *s, uint64_t now, bool en, bool there)
{
    uint64_t land_cyc =
        s->get_q != s->put_q ? s->entry[s->get_q % NIC_TxEntries].ready_cyc : NIC_NEVER;
    if (land_cyc <= now) land_cyc = now + 1; // it was ready before its turn came
    const uint64_t issue_cyc = !s->stalled && may_issue(s, en, there) ? now + 1 : NIC_NEVER;
    return land_cyc < issue_cyc ? land_cyc : issue_cyc;
}

uint64_t tx_dma_quiet(const tx_dma_t *s, uint64_t now, bool en, uint32_t filled)
{
    return quiet(s, now, en, filled != s->taken_q);
}

uint64_t tx_dma_quiet_82576(const tx_dma_t *s, uint64_t now, bool en, uint32_t granted,
                            uint32_t queue, uint32_t filled)
{
    return quiet(s, now, en, granted != s->pkts_q && filled != s->taken[queue]);
}
