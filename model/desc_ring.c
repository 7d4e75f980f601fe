// SPDX-License-Identifier: Apache-2.0
#include "model/desc_ring.h"

#include <string.h>

enum { SLOT = NIC_DescCache - 1 };

// What the tick consists of is compiled for each of the personalities.
#define PART static inline __attribute__((always_inline))

_Static_assert((int)IGB_RXDCTL_PTHRESH_LSB == (int)E1000_RXDCTL_PTHRESH_LSB &&
                   (int)IGB_RXDCTL_HTHRESH_LSB == (int)E1000_RXDCTL_HTHRESH_LSB &&
                   (int)IGB_RXDCTL_WTHRESH_LSB == (int)E1000_RXDCTL_WTHRESH_LSB,
               "thresholds are in the same places");

// Descriptors are kept as the host lays them out.
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the model runs on little-endian hosts");

static uint32_t min32(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

uint32_t desc_ring_avail(const desc_ring_t *s, uint32_t len, uint32_t tail)
{
    const uint32_t n = len / NIC_DescBytes;
    if (s->fetch_idx >= n || tail >= n) return 0;
    return tail >= s->fetch_idx ? tail - s->fetch_idx : n - s->fetch_idx + tail;
}

// Threshold field in descriptors: GRAN = 0 counts cache lines of two.
PART uint32_t threshold(uint32_t dctl, unsigned lsb, const bool igb)
{
    if (igb) return (dctl >> lsb) & ((1u << IGB_RXDCTL_PTHRESH_W) - 1);
    const uint32_t t = (dctl >> lsb) & 63u;
    return (dctl & FMASK(E1000_RXDCTL_GRAN)) ? t : 2 * t;
}

uint32_t desc_ring_whole(const desc_ring_t *s, uint32_t taken)
{
    const uint32_t cached = s->filled_q - taken, at = taken & SLOT;
    if (cached == 0) return 0;
    const uint64_t ends = s->ends >> at | s->ends << (-at & SLOT); // that of `taken` in bit 0
    return (uint32_t)__builtin_popcountll(ends & (UINT64_MAX >> (NIC_DescCache - cached)));
}

static void empty_cache(desc_ring_t *s)
{
    s->lost_frames = 0;
    for (uint32_t k = s->wrote_q; k != s->done_q; k++)
        if (s->eop_bits >> (k & SLOT) & 1) s->lost_frames++;
    s->fetch_idx = s->wb_idx = s->head_q;
    s->fetch_q = s->filled_q = s->done_q = s->wrote_q = 0;
    s->rs_pending = 0;
    s->rs_bits = s->eop_bits = s->lli_bits = 0;
    if (s->fetching) s->discard = true;
    if (s->wb.valid) s->wb_stale = true;
    s->flush_q = s->flush_next_q = false;
}

void desc_ring_reset(desc_ring_t *s, bool tx, uint32_t granted)
{
    const uint32_t bytes = !s->fetching     ? 0
                           : s->fetch.valid ? granted - (s->fetch.len - s->fetch_bytes)
                                            : s->fetch_bytes;
    s->head_q = 0;
    empty_cache(s);
    s->tx = tx;
    s->fetching = s->discard = bytes != 0;
    s->fetch_bytes = bytes;
    s->fetch.valid = false;
    s->wb.valid = false;
    s->wb_stale = false;
    s->cause_cyc = NIC_NEVER;
    s->cause = 0;
    s->event_cyc = NIC_NEVER;
    s->wrote_n = 0;
}

static void raise(desc_ring_t *s, uint64_t now, uint32_t cause)
{
    s->cause = s->cause_cyc == now + 1 ? s->cause | cause : cause;
    s->cause_cyc = now + 1;
}

static void flush_add(desc_ring_t *s, uint32_t cause)
{
    if (!s->flush_q) {
        s->flush_q = true;
        s->flush_to = s->done_q;
        s->flush_cause = cause;
    } else {
        s->flush_next_cause = s->flush_next_q ? s->flush_next_cause | cause : cause;
        s->flush_next_q = true;
        s->flush_next_to = s->done_q;
    }
}

// Keeps which of the descriptors that have come end a packet.
static void note_ends(desc_ring_t *s, uint32_t first, uint32_t n)
{
    for (uint32_t k = first; k != first + n; k++) {
        const uint64_t hi = s->cache[k & SLOT][1], bit = 1ull << (k & SLOT);
        const uint32_t cmd = (uint32_t)(hi >> (E1000_TXD_CMD_LSB - 64)) & 0xFF;
        const uint32_t type = (uint32_t)(hi >> (E1000_TXD_DTYP_LSB - 64)) & 0xF;
        const bool context = (cmd & E1000_TXD_CMD_DEXT) && type == IGB_ATXD_DTYP_C;
        s->ends = (cmd & E1000_TXD_CMD_EOP) && !context ? s->ends | bit : s->ends & ~bit;
    }
}

PART void completion(desc_ring_t *s, const desc_ring_in_t *in, const bool igb)
{
    if (!s->discard) {
        const uint32_t got =
            s->fetch_n * NIC_DescBytes - s->fetch_bytes; // bytes of this fetch already here
        const uint32_t n = min32(in->cpl_len, s->fetch_bytes);
        for (uint32_t i = 0; i < n; i += NIC_DescBytes)
            memcpy(s->cache[(s->filled_q + (got + i) / NIC_DescBytes) & SLOT], in->cpl_data + i,
                   NIC_DescBytes);
        if (igb && s->tx) note_ends(s, s->filled_q + got / NIC_DescBytes, n / NIC_DescBytes);
    }
    s->fetch_bytes -= min32(in->cpl_len, s->fetch_bytes);
    if (s->fetch_bytes == 0) {
        if (!s->discard) s->filled_q += s->fetch_n;
        s->fetching = s->discard = false;
    }
}

// Transmit: descriptors without RS are not written back; step over those in front.
PART void step_over(desc_ring_t *s, uint32_t n, const bool tx)
{
    while (tx && s->wrote_q != s->done_q && !(s->rs_bits >> (s->wrote_q & SLOT) & 1)) {
        s->wrote_q++;
        if (++s->wb_idx >= n) s->wb_idx = 0;
    }
}

PART void written(desc_ring_t *s, const desc_ring_in_t *in, uint32_t n, const bool igb,
                  const bool tx)
{
    if (igb) {
        s->event_cyc = in->now + 1;
        s->event_packets = 0;
        s->event_rxdmt = s->event_lli = false;
    }
    for (uint32_t i = 0; i < s->wb_n; i++, s->wrote_q++) {
        const uint64_t bit = 1ull << (s->wrote_q & SLOT);
        if (igb) {
            s->event_packets += ((tx ? s->rs_bits : s->eop_bits) & bit) != 0;
            s->event_lli = s->event_lli || (s->lli_bits & bit);
        }
        if (tx && (s->rs_bits & bit)) s->rs_pending--;
        if (tx) s->rs_bits &= ~bit; // a receive ring has none
        if (++s->wb_idx >= n) s->wb_idx = 0;
    }
    s->wrote_n = s->wb_n;
    if (tx) return;
    // RDMTS: free descriptors pass the threshold downwards.
    const uint32_t shift = 1 + min32(in->rdmts, 2);
    const uint32_t limit = igb ? 16 * in->rdmts : n >> shift;
    if (in->reg->tail < n && s->head_q < n) {
        const uint32_t before =
            in->reg->tail >= s->head_q ? in->reg->tail - s->head_q : n - s->head_q + in->reg->tail;
        s->head_q = s->wb_idx;
        const uint32_t after =
            in->reg->tail >= s->head_q ? in->reg->tail - s->head_q : n - s->head_q + in->reg->tail;
        if (before > limit && after <= limit) {
            if (igb) s->event_rxdmt = true;
            else raise(s, in->now, FMASK(E1000_ICR_RXDMT0));
        }
    } else {
        s->head_q = s->wb_idx;
    }
}

PART void consumed(desc_ring_t *s, const desc_ring_in_t *in, uint32_t n, const bool igb,
                   const bool tx)
{
    const uint64_t bit = 1ull << (s->done_q & SLOT);
    s->cache[s->done_q & SLOT][0] = in->what->wb[0];
    s->cache[s->done_q & SLOT][1] = in->what->wb[1];
    s->eop_bits = in->what->eop ? s->eop_bits | bit : s->eop_bits & ~bit;
    if (tx && in->what->rs) {
        s->rs_bits |= bit;
        s->rs_pending++;
    }
    if (igb) s->lli_bits = in->immediate ? s->lli_bits | bit : s->lli_bits & ~bit;
    s->done_q++;
    if (igb && tx) {
        if (++s->head_q >= n) s->head_q = 0;
    } else if (tx) {
        const uint32_t tail = in->reg->tail;
        uint32_t head = s->head_q;
        const uint32_t before =
            head < n && tail < n ? (tail >= head ? tail - head : n - head + tail) : 0;
        if (++head >= n) head = 0;
        s->head_q = head;
        if (head == tail) raise(s, in->now, FMASK(E1000_ICR_TXQE));
        const uint32_t low = 8 * FGET(E1000_TXDCTL_LWTHRESH, in->reg->ctl);
        if (before == low + 1) raise(s, in->now, FMASK(E1000_ICR_TXD_LOW));
    }
    if (in->immediate) flush_add(s, tx ? FMASK(E1000_ICR_TXDW) : FMASK(E1000_ICR_RXT0));
}

// What is finished may wait until there is more.
PART bool may_wait(const desc_ring_t *s, const desc_ring_in_t *in, uint32_t pending, uint32_t w,
                   const bool igb, const bool tx)
{
    // A cache that is full of finished descriptors must not wait for a threshold that it cannot reach.
    if (pending >= w || s->flush_q || s->done_q - s->wrote_q >= NIC_DescCache) return false;
    if (!igb) return true;
    if (in->gate_open || !(in->reg->ctl & FMASK(IGB_RXDCTL_ENABLE))) return false;
    // Nor must a transmit ring that has no room for the rest of a packet.
    return !tx || s->fetching || s->fetch_q - s->wrote_q < NIC_DescCache ||
           desc_ring_whole(s, in->taken) != 0;
}

PART void start_write_back(desc_ring_t *s, const desc_ring_in_t *in, uint32_t n, const bool igb,
                           const bool tx)
{
    const uint32_t w = threshold(in->reg->ctl, E1000_RXDCTL_WTHRESH_LSB, igb);
    const uint32_t pending = tx ? s->rs_pending : s->done_q - s->wrote_q;
    if (s->wb.valid || pending == 0 || n == 0 || may_wait(s, in, pending, w, igb, tx)) return;
    const uint64_t base = (uint64_t)in->reg->bah << 32 | in->reg->bal;
    const uint32_t slot = s->wrote_q & SLOT;
    s->wb = (port_req_t){
        .valid = true, .type = NIC_TLP_WRITE, .func = igb ? in->func : 0, .wrap = UINT32_MAX};
    s->wb.addr = base + (uint64_t)s->wb_idx * NIC_DescBytes;
    s->wb.data = (const uint8_t *)s->cache[slot];
    if (igb && tx && (in->head_wb & FMASK(IGB_TDWBAL_HEAD_WB_EN))) { // for all that are finished
        s->wb_n = s->done_q - s->wrote_q;
        s->wb_head = s->head_q;
        s->wb.addr = in->head_wb & ~3ull;
        s->wb.len = sizeof s->wb_head;
        s->wb.data = (const uint8_t *)&s->wb_head;
        return;
    }
    if (tx && w == 0) { // only the status byte of one descriptor
        s->wb_n = 1;
        s->wb.len = 1;
        s->wb.addr += E1000_TXD_STAT_LSB / 8;
        s->wb.off = E1000_TXD_STAT_LSB / 8;
        return;
    }
    s->wb_n = min32(s->done_q - s->wrote_q, NIC_DescWbMax);
    s->wb_n = min32(s->wb_n, n - s->wb_idx);
    s->wb_n = min32(s->wb_n, NIC_DescCache - slot);
    s->wb.len = s->wb_n * NIC_DescBytes;
}

PART bool wants(const desc_ring_t *s, const ring_reg_t *reg, uint32_t taken, const bool igb,
                const bool tx)
{
    if (s->fetching || s->fetch.valid) return false;
    const uint32_t cached = s->filled_q - taken;
    return cached == 0 || cached < threshold(reg->ctl, E1000_RXDCTL_PTHRESH_LSB, igb) ||
           (igb && tx && desc_ring_whole(s, taken) == 0);
}

bool desc_ring_wants(const desc_ring_t *s, const ring_reg_t *reg, uint32_t taken)
{
    return wants(s, reg, taken, false, s->tx);
}

bool desc_ring_wants_82576(const desc_ring_t *s, const ring_reg_t *reg, uint32_t taken)
{
    return wants(s, reg, taken, true, s->tx);
}

PART void start_fetch(desc_ring_t *s, const desc_ring_in_t *in, uint32_t n, const bool igb,
                      const bool tx)
{
    if (igb && !(in->reg->ctl & FMASK(IGB_RXDCTL_ENABLE))) return;
    if (!in->en || !wants(s, in->reg, in->taken, igb, tx)) return;
    if (s->wb_stale) return; // its descriptors still lie in the cache
    const uint32_t cached = s->filled_q - in->taken;
    const uint32_t pthresh = threshold(in->reg->ctl, E1000_RXDCTL_PTHRESH_LSB, igb);
    const uint32_t avail = desc_ring_avail(s, in->reg->len, in->reg->tail);
    const uint32_t room = NIC_DescCache - (s->fetch_q - s->wrote_q);
    if (avail == 0 || room == 0) return;
    const uint32_t hthresh = threshold(in->reg->ctl, E1000_RXDCTL_HTHRESH_LSB, igb);
    const bool prefetch = cached < pthresh && avail >= hthresh;
    const bool part = igb && tx && desc_ring_whole(s, in->taken) == 0; // of a packet
    if (cached != 0 && !prefetch && !part) return;
    uint32_t count = min32(min32(avail, room), NIC_DescFetchMax);
    count = min32(count, n - s->fetch_idx);
    const uint64_t base = (uint64_t)in->reg->bah << 32 | in->reg->bal;
    s->fetch = (port_req_t){.valid = true, .type = NIC_TLP_READ, .func = igb ? in->func : 0};
    s->fetch.addr = base + (uint64_t)s->fetch_idx * NIC_DescBytes;
    s->fetch.len = count * NIC_DescBytes;
    s->fetching = true;
    s->fetch_n = count;
    s->fetch_bytes = s->fetch.len;
    s->fetch_q += count;
    s->fetch_idx += count;
    if (s->fetch_idx >= n) s->fetch_idx = 0;
}

// A restart takes back what the arbiter has not picked.
static void withdraw(desc_ring_t *s, const desc_ring_in_t *in)
{
    if (s->fetch.valid && !in->fetch_held) s->fetch.valid = s->fetching = s->discard = false;
    if (s->wb.valid && !in->wb_held) s->wb.valid = false;
}

// plain: neither restart nor flush, and nothing of the fetch.
PART void tick(desc_ring_t *s, const desc_ring_in_t *in, const bool igb, const bool plain,
               const bool tx)
{
    const bool restart = !plain && in->restart, flush = !plain && in->flush;
    const uint32_t n = in->reg->len / NIC_DescBytes;
    s->wrote_n = 0;
    s->lost_frames = 0;

    // 1. the port and the host: they end what was under way before this cycle
    if (!plain && in->fetch_sent) s->fetch.valid = false;
    if (!plain && in->cpl) completion(s, in, igb);
    if (in->wb_sent) {
        s->wb.valid = false;
        if (!s->wb_stale) written(s, in, n, igb, tx);
        s->wb_stale = false;
    }

    // 2. register writes; a restart makes all counts 0, so the consumer's news of this cycle is stale
    if (!plain && in->head_we) s->head_q = in->head & 0xFFFF;
    if (restart) {
        if (igb) withdraw(s, in);
        empty_cache(s);
        if (in->done && in->what->eop) s->lost_frames++;
        if (flush) flush_add(s, in->flush_cause); // its cause must not be lost
    } else {
        // 3. the consumer, then the timers
        if (in->done) consumed(s, in, n, igb, tx);
        if (flush) flush_add(s, in->flush_cause);
    }
    step_over(s, n, tx);

    // 4. flushes that are through (at most one cause a tick and flush: the next one waits a cycle at least)
    if (s->flush_q && (int32_t)(s->wrote_q - s->flush_to) >= 0) {
        if (!igb) raise(s, in->now, s->flush_cause);
        s->flush_q = s->flush_next_q;
        s->flush_to = s->flush_next_to;
        s->flush_cause = s->flush_next_cause;
        s->flush_next_q = false;
        // A waiting flush that is through as well is the same event: nothing was written between the two.
        if (s->flush_q && (int32_t)(s->wrote_q - s->flush_to) >= 0) {
            if (!igb) raise(s, in->now, s->flush_cause);
            s->flush_q = false;
        }
    }

    // 5. new requests
    if (!restart) {
        start_write_back(s, in, n, igb, tx);
        start_fetch(s, in, n, igb, tx);
    }
}

void desc_ring_tick(desc_ring_t *s, const desc_ring_in_t *in)
{
    tick(s, in, false, false, s->tx);
}

void desc_ring_tick_82576(desc_ring_t *s, const desc_ring_in_t *in)
{
    tick(s, in, true, false, s->tx);
}

void desc_ring_step_rx_82576(desc_ring_t *s, const desc_ring_in_t *in)
{
    tick(s, in, true, true, false);
}

void desc_ring_step_tx_82576(desc_ring_t *s, const desc_ring_in_t *in)
{
    tick(s, in, true, true, true);
}
