// SPDX-License-Identifier: Apache-2.0
#include "model/tx_dma.h"

#include "model/check.h"

#include <string.h>

enum { MIN_NO_FCS = NIC_FrameMin - NIC_FcsBytes };

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

// ---- issue side ----

static void start_packet(tx_dma_t *s, const tx_dma_in_t *in, bool tse, uint8_t popts)
{
    s->in_packet = true;
    s->bad = false;
    s->total = 0;
    s->f.tse = tse;
    s->f.popts = popts;
    if (tse) s->ctx = s->tso_ctx;
    else if (popts) s->ctx = s->csum_ctx;
    if (!tse) return;
    const tx_context_t *c = &s->ctx;
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

static tx_entry_t *new_entry(tx_dma_t *s, uint64_t now, const uint64_t *desc, uint32_t cmd)
{
    tx_entry_t *e = &s->entry[s->put_q++ % NIC_TxEntries];
    e->len = e->got = 0;
    e->taken_cyc = now;
    e->end_cyc = 0;
    e->ready_cyc = now + 1;
    e->drop = e->header = e->begins = e->closes = e->last = false;
    e->count_tso = e->count_tso_bad = false;
    e->desc_end = true;
    e->eop = (cmd & E1000_TXD_CMD_EOP) != 0;
    e->rs = (cmd & E1000_TXD_CMD_RS) != 0;
    e->ide = (cmd & E1000_TXD_CMD_IDE) != 0;
    memcpy(e->desc, desc, NIC_DescBytes);
    return e;
}

static void take_context(tx_dma_t *s, const tx_dma_in_t *in, uint32_t cmd)
{
    const tx_context_t c = tx_context_parse(in->desc);
    if (c.tse) s->tso_ctx = c;
    else s->csum_ctx = c;
    tx_entry_t *e = new_entry(s, in->now, in->desc, cmd);
    e->eop = false; // the bit means "TCP" here
    s->taken_q++;
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

static void end_of_packet(tx_dma_t *s, tx_entry_t *e)
{
    if (s->f.tse) {
        const bool ok = !s->bad && s->pay_left == 0 && s->hdr_left == 0;
        e->count_tso = ok;
        e->count_tso_bad = !ok;
        if (!ok) spoil(s);
    }
    s->in_packet = false;
}

// A data descriptor, or as much of it as one read takes. False: no room now.
static bool take_data(tx_dma_t *s, const tx_dma_in_t *in, uint32_t cmd, bool legacy)
{
    const uint64_t *d = in->desc;
    const uint32_t dlen =
        (uint32_t)(legacy ? DGET(E1000_TXD_LENGTH, d) : DGET(E1000_TXD_DTALEN, d));
    const bool first = !s->in_packet;
    if (first)
        start_packet(s, in, !legacy && (cmd & E1000_TXD_CMD_TSE),
                     legacy ? 0 : (uint8_t)DGET(E1000_TXD_POPTS, d));
    uint32_t n = s->bad ? 0 : chunk(s, dlen - s->desc_off);
    if (s->f.tse && !s->bad && n == 0 && s->desc_off < dlen) spoil(s); // more data than PAYLEN
    uint32_t off = s->total, grain = 0;
    if (n) {
        if (s->f.tse && s->total == 0 && s->hdr_left == 0) off = s->ctx.hdrlen;
        const uint32_t total = off + n;
        if (total > NIC_FrameMax || need(total) > in->tx_cap) { // can never be in the buffer whole
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
    const uint64_t addr = DGET(E1000_TXD_ADDR, d) + s->desc_off;
    // Where and what to sum is known from the first descriptor of a packet on: hardware sums as the data come.
    if (first) {
        s->f.legacy = legacy;
        s->f.css = (uint8_t)DGET(E1000_TXD_CSS, d);
        s->f.cso = (uint8_t)DGET(E1000_TXD_CSO, d);
    }
    // These count in the last descriptor of a packet; for segmentation in the first.
    if (!s->f.tse || first) {
        s->f.ifcs = (cmd & E1000_TXD_CMD_IFCS) != 0;
        s->f.vle = (cmd & E1000_TXD_CMD_VLE) != 0;
        s->f.special = (uint16_t)DGET(E1000_TXD_SPECIAL, d);
        s->f.ic = s->f.legacy && legacy && (cmd & E1000_TXD_CMD_IC);
    }
    tx_entry_t *e = new_entry(s, in->now, in->desc, cmd);
    if (s->f.tse || s->f.popts) e->ctx = s->ctx;
    e->len = n;
    e->off = off;
    s->alloc_q += grain;
    s->desc_off = s->bad ? dlen : s->desc_off + n;
    e->desc_end = s->desc_off >= dlen;
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
        s->taken_q++;
        if (e->eop) end_of_packet(s, e);
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

static uint32_t reads(const tx_dma_t *s)
{
    uint32_t n = 0;
    for (uint32_t i = s->get_q; i != s->put_q; i++) {
        const tx_entry_t *e = &s->entry[i % NIC_TxEntries];
        n += e->len != 0; // until its data are in the packet buffer
    }
    return n;
}

static bool may_issue(const tx_dma_t *s, bool en, uint32_t filled)
{
    return en && !s->req.valid && filled != s->taken_q && s->put_q - s->get_q < NIC_TxEntries &&
           reads(s) < NIC_TxReads;
}

static void issue(tx_dma_t *s, const tx_dma_in_t *in)
{
    const bool stalled = s->stalled;
    s->stalled = false;
    if (!may_issue(s, in->en, in->filled)) return;
    if (stalled && s->alloc_q - in->freed + s->stall_grain > in->tx_cap) { // the same again
        s->stalled = true;
        return;
    }
    const uint32_t cmd = (uint32_t)DGET(E1000_TXD_CMD, in->desc);
    const bool legacy = !(cmd & E1000_TXD_CMD_DEXT);
    if (!legacy && DGET(E1000_TXD_DTYP, in->desc) == E1000_TXD_DTYP_C) take_context(s, in, cmd);
    else s->stalled = !take_data(s, in, cmd, legacy);
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

static void close_frame(tx_dma_t *s, const tx_entry_t *e, uint8_t *frame, const tx_dma_in_t *in,
                        packet_buffer_t *pb)
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
    const bool tag = f->vle && in->vme && len >= NIC_TypeAt;
    if (tag) {
        memmove(frame + NIC_TypeAt + NIC_TagLen, frame + NIC_TypeAt, len - NIC_TypeAt);
        frame[NIC_TypeAt] = (uint8_t)(in->vet >> 8);
        frame[NIC_TypeAt + 1] = (uint8_t)in->vet;
        frame[NIC_TypeAt + 2] = (uint8_t)(f->special >> 8);
        frame[NIC_TypeAt + 3] = (uint8_t)f->special;
        len += NIC_TagLen;
    }
    if (in->psp && len < MIN_NO_FCS) {
        memset(frame + len, 0, MIN_NO_FCS - len);
        len = MIN_NO_FCS;
    }
    CHECK(1 + (len + NIC_GranuleBytes - 1) / NIC_GranuleBytes <= e->granules,
          "frame of %u bytes, %u granules reserved", len, e->granules);
    packet_buffer_tx_write(pb, in->rx_bytes, e->start * NIC_GranuleBytes, frame, len);
    pb->tx[s->frames_q % NIC_TxFramesMax] = (tx_frame_t){.start = e->start * NIC_GranuleBytes,
                                                         .len = len,
                                                         .granules = e->granules,
                                                         .add_fcs = f->ifcs || tag};
    s->land_alloc_q += e->granules;
    s->land_pos_q = e->start + e->granules - 1;
    if (s->land_pos_q >= in->tx_cap) s->land_pos_q -= in->tx_cap;
    s->frames_q++;
    s->frame_cyc = in->now + 1;
}

static void land(tx_dma_t *s, const tx_dma_in_t *in, packet_buffer_t *pb)
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
    if (e->closes) close_frame(s, e, whole ? data : s->frame, in, pb);
    if (e->count_tso || e->count_tso_bad) {
        s->tsc_cyc = in->now + 1;
        s->tsc_bad = e->count_tso_bad;
    }
    if (!e->desc_end) return;
    s->done.cyc = in->now + 1;
    s->done.eop = e->eop;
    s->done.rs = e->rs;
    s->done.ide = e->ide;
    memcpy(s->done.wb, e->desc, NIC_DescBytes);
    s->done.wb[1] =
        (s->done.wb[1] & ~DPUT(E1000_TXD_STAT, 0xF)) | DPUT(E1000_TXD_STAT, E1000_TXD_STAT_DD);
    if (e->rs || e->ide) {
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
    land(s, in, pb);
    if (!in->restart) issue(s, in);
}

uint64_t tx_dma_quiet(const tx_dma_t *s, uint64_t now, bool en, uint32_t filled)
{
    uint64_t land_cyc =
        s->get_q != s->put_q ? s->entry[s->get_q % NIC_TxEntries].ready_cyc : NIC_NEVER;
    if (land_cyc <= now) land_cyc = now + 1; // it was ready before its turn came
    const uint64_t issue_cyc = !s->stalled && may_issue(s, en, filled) ? now + 1 : NIC_NEVER;
    return land_cyc < issue_cyc ? land_cyc : issue_cyc;
}
