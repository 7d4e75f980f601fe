// SPDX-License-Identifier: Apache-2.0
#include "model/rx_dma_82576.h"

#include "model/check.h"

enum {
    TAG_AT = NIC_TypeAt,
    TAG_END = TAG_AT + NIC_TagLen,
    LIST_CYC = 3,         // sooner a list does not bring the frame behind the next
    RDLEN_STORAGE = 0x7F, // bits that do not count
    HDR_LEN_MAX = (1 << IGB_ARXD_HDR_LEN_W) - 1,
};

// A data TLP in flight is finished by the port; nothing comes back.
void rx_dma_82576_reset(rx_dma_82576_t *s)
{
    s->state_q = RXQ_IDLE;
    s->busy_q = s->starved_q = s->gone_q = s->waits = false;
    s->loop_q = true; // so a received one is first
    s->left_q = 0;
    s->rest_cyc = 0;
    s->frames_q = s->loops_q = 0;
    for (uint32_t q = 0; q < IGB_Queues; q++) s->taken_q[q] = 0;
    s->off_q = s->chunk_q = 0;
    s->req.valid = false;
    s->done.cyc = s->p_cyc = s->drop_cyc = s->rnbc_cyc = NIC_NEVER;
    s->free_count = 0;
}

// The frame in progress.
typedef struct view {
    uint32_t start, len; // as it is stored
    uint32_t hdr_len;
    bool strip_tag, put_tag;
} view_t;

// What the tick consists of is compiled for each of the lists.
#define PART static inline __attribute__((always_inline))

PART view_t view(const bool of_loop, const rx_frame_t *frame, const sw_loop_t *loop)
{
    if (of_loop) return (view_t){loop->start, loop->len, 0, loop->strip_tag, loop->put_tag};
    return (view_t){frame->start, frame->len, frame->hdr_len, frame->strip_tag, false};
}

// Bytes that the host gets of it.
static inline uint32_t host_bytes(const view_t *f)
{
    return f->len - (f->strip_tag ? NIC_TagLen : 0);
}

static uint32_t min32(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

// Asks for the piece at off_q, of a buffer that gets here_q bytes from `addr` on.
PART void ask(rx_dma_82576_t *s, const rx_dma_82576_in_t *in, const bool of_loop, const view_t *f,
              uint64_t addr)
{
    const uint32_t off = s->off_q;
    uint32_t end = UINT32_MAX; // of what lies in one piece
    if (f->strip_tag || f->put_tag) {
        if (off < TAG_AT) end = TAG_AT;
        else if (!f->strip_tag && off < TAG_END) end = TAG_END;
    }
    s->chunk_q = min32(s->here_q, end - off);
    const uint32_t bytes = of_loop ? in->tx_bytes : in->rx_bytes;
    uint32_t at = f->start + off;
    if (f->strip_tag && off >= TAG_AT) at += NIC_TagLen;
    s->req = (port_req_t){.valid = true,
                          .type = NIC_TLP_WRITE,
                          .func = in->func[s->queue_q],
                          .len = s->chunk_q,
                          .addr = addr,
                          .data = of_loop ? in->tx_mem : in->rx_mem,
                          .off = at >= bytes ? at - bytes : at,
                          .wrap = bytes};
    s->state_q = RXQ_REQ;
}

// Takes the descriptor: what goes into its buffers, and the first request.
PART void take(rx_dma_82576_t *s, const rx_dma_82576_in_t *in, const bool of_loop, const view_t *f,
               const uint64_t *desc)
{
    const uint32_t srrctl = in->reg[IGB_R_SRRCTL + s->queue_q];
    const uint32_t type = FGET(IGB_SRRCTL_DESCTYPE, srrctl);
    const uint32_t left = host_bytes(f) - s->off_q;
    uint32_t size = FGET(IGB_SRRCTL_BSIZEPACKET, srrctl) * 1024;
    if (size == 0) size = 2048u >> FGET(IGB_RCTL_BSIZE, in->reg[IGB_R_RCTL]);
    uint32_t head = 0; // bytes for the header buffer
    s->first_q = s->off_q == 0;
    s->legacy_q = type == RXD_LEGACY;
    s->head_q = 0;
    s->hbo_q = false;
    if (s->first_q && (type == RXD_SPLIT || type == RXD_SPLIT_ALWAYS)) {
        const uint32_t room = FGET(IGB_SRRCTL_BSIZEHEADER, srrctl) * 64;
        uint32_t len = f->hdr_len; // 0: not known
        if (len && f->strip_tag) len -= NIC_TagLen;
        s->hbo_q = len > room;
        if (len && !s->hbo_q) head = len;
        else if (type == RXD_SPLIT_ALWAYS) head = len = min32(left, room);
        s->head_q =
            DPUT(IGB_ARXD_HDR_LEN, min32(len, HDR_LEN_MAX)) | DPUT(IGB_ARXD_SPH, f->hdr_len != 0);
    }
    s->part_q = min32(left - head, size);
    s->here_q = head ? head : s->part_q;
    s->then_q = head ? s->part_q : 0;
    ask(s, in, of_loop, f, head ? desc[1] & ~1ull : desc[0]);
}

// What is written back.
PART void write_back(rx_dma_82576_t *s, const rx_dma_82576_in_t *in, const bool of_loop,
                     const uint64_t *desc, const rx_frame_t *frame, const sw_loop_t *loop, bool eop)
{
    const uint8_t status = (uint8_t)(!of_loop ? frame->status
                                              : (loop->strip_tag ? IGB_ARXD_STAT_VP : 0) |
                                                    (loop->pif ? IGB_ARXD_STAT_PIF : 0));
    const uint16_t csum = of_loop ? 0 : frame->csum;
    const uint16_t vlan = !of_loop ? frame->vlan : loop->strip_tag ? loop->vlan : 0;
    const uint8_t errors = of_loop ? 0 : frame->errors;
    uint64_t *wb = s->done.wb;
    if (s->legacy_q) {
        wb[0] = desc[0];
        wb[1] = DPUT(E1000_RXD_LENGTH, s->part_q) | DPUT(E1000_RXD_STAT, E1000_RXD_STAT_DD);
        if (s->first_q) wb[1] |= DPUT(E1000_RXD_CSUM, csum);
        if (eop)
            wb[1] |= DPUT(E1000_RXD_STAT, E1000_RXD_STAT_EOP | status) |
                     DPUT(E1000_RXD_ERR, errors) | DPUT(E1000_RXD_SPECIAL, vlan);
        return;
    }
    wb[0] = s->head_q;
    wb[1] = DPUT(IGB_ARXD_LENGTH, s->part_q) | DPUT(IGB_ARXD_STAT, IGB_ARXD_STAT_DD) |
            DPUT(IGB_ARXD_ERR, s->hbo_q ? IGB_ARXD_ERR_HBO : 0);
    if (!eop) return;
    wb[1] |= DPUT(IGB_ARXD_STAT, IGB_ARXD_STAT_EOP | status) |
             DPUT(IGB_ARXD_ERR, (uint32_t)errors << (IGB_ARXD_ERR_W - 8)) |
             DPUT(IGB_ARXD_VLAN, vlan);
    if (of_loop) {
        wb[1] |= DPUT(IGB_ARXD_STAT, IGB_ARXD_STAT_LB);
        return;
    }
    wb[0] |= DPUT(IGB_ARXD_RSS_TYPE, frame->rss_type) | DPUT(IGB_ARXD_PACKET_TYPE, frame->packet);
    wb[0] |= in->reg[IGB_R_RXCSUM] & FMASK(IGB_RXCSUM_PCSD) ? DPUT(IGB_ARXD_HASH, frame->hash)
                                                            : DPUT(IGB_ARXD_CSUM, csum);
}

// Behind its last byte, or dropped for this queue: the next one, or the frame is finished.
PART void end_queue(rx_dma_82576_t *s, uint64_t now, const bool of_loop, const rx_frame_t *frame)
{
    s->off_q = 0;
    s->starved_q = s->gone_q = false;
    s->left_q &= s->left_q - 1;
    if (s->left_q) {
        s->queue_q = (uint8_t)__builtin_ctz(s->left_q);
        return;
    }
    s->busy_q = false;
    s->rest_cyc = now + LIST_CYC;
    if (of_loop) {
        s->loops_q++;
        return;
    }
    s->frames_q++;
    s->free_log[s->free_count++ % PB_FREES] = (pb_free_t){now + 1, frame->granules};
}

// The descriptor has got all its bytes; off_q is behind them.
PART void finish_descriptor(rx_dma_82576_t *s, const rx_dma_82576_in_t *in, const bool of_loop,
                            bool eop)
{
    const uint32_t q = s->queue_q;
    const uint64_t *desc = in->ring[q].cache[s->taken_q[q] % NIC_DescCache];
    write_back(s, in, of_loop, desc, in->frame, in->loop, eop);
    s->taken_q[q]++;
    s->done.cyc = in->now + 1;
    s->done.eop = eop;
    s->done_queue = s->queue_q;
    s->done_lli = eop && !s->legacy_q && !of_loop && in->frame->lli;
    if (!eop) return;
    s->p_cyc = in->now + 1;
    s->p_len = of_loop ? in->loop->len : in->frame->len;
    s->p_bytes = s->p_len + (of_loop || in->frame->strip_fcs ? NIC_FcsBytes : 0);
    s->p_queue = s->queue_q;
    s->p_loop = of_loop;
    s->p_mcast = of_loop ? in->loop->mcast : in->frame->mcast;
    s->p_vf = in->there >> q % IGB_Pools & 1;
    end_queue(s, in->now, of_loop, in->frame);
}

// `sent`: the next piece, or the end of the descriptor, or of a request that nobody wants.
PART void sent(rx_dma_82576_t *s, const rx_dma_82576_in_t *in, const bool of_loop)
{
    const uint32_t q = s->queue_q;
    if (s->state_q == RXQ_STALE) {
        s->gone_q = true;
    } else {
        const view_t f = view(of_loop, in->frame, in->loop);
        s->off_q += s->chunk_q;
        s->here_q -= s->chunk_q;
        if (s->here_q || s->then_q) {
            uint64_t addr = s->req.addr + s->chunk_q;
            if (s->here_q == 0) {
                addr = in->ring[q].cache[s->taken_q[q] % NIC_DescCache][0];
                s->here_q = s->then_q;
                s->then_q = 0;
            }
            ask(s, in, of_loop, &f, addr);
            return;
        }
        finish_descriptor(s, in, of_loop, s->off_q == host_bytes(&f));
    }
    s->req.valid = false;
    s->state_q = RXQ_IDLE;
}

// Chooses the list that was not served last, when both have a frame.
static bool choose(rx_dma_82576_t *s, const rx_dma_82576_in_t *in, const rx_frame_t *frame,
                   const sw_loop_t *loop)
{
    const bool frames = in->frames != s->frames_q, loops = in->loops != s->loops_q;
    if (!frames && !loops) return false;
    s->loop_q = loops && (!frames || !s->loop_q);
    s->left_q = s->loop_q ? loop->queues : frame->queues;
    CHECK(s->left_q, "a frame for no queue");
    s->queue_q = (uint8_t)__builtin_ctz(s->left_q);
    s->busy_q = true;
    return true;
}

static void drop(rx_dma_82576_t *s, const rx_dma_82576_in_t *in, bool off)
{
    s->drop_cyc = in->now + 1;
    s->drop_queue = s->queue_q;
    s->drop_off = off;
    s->drop_loop = s->loop_q;
    end_queue(s, in->now, s->loop_q, in->frame);
}

void rx_dma_82576_tick(rx_dma_82576_t *s, const rx_dma_82576_in_t *in)
{
    const uint32_t frames_was = s->frames_q, loops_was = s->loops_q;
    s->waits = false;
    for (uint32_t left = in->restart; left; left &= left - 1) s->taken_q[__builtin_ctz(left)] = 0;
    if (in->restart >> s->queue_q & 1) { // its descriptors are gone
        if (s->state_q == RXQ_REQ) s->state_q = RXQ_STALE;
        if (s->off_q) s->gone_q = true;
    }
    const bool through = in->sent && s->state_q != RXQ_IDLE;
    if (through) {
        if (s->loop_q) sent(s, in, true);
        else sent(s, in, false);
    }
    if (s->state_q != RXQ_IDLE) return;

    const rx_frame_t *frame = s->frames_q != frames_was ? in->next : in->frame;
    const sw_loop_t *loop = s->loops_q != loops_was ? in->loop_next : in->loop;
    if (!(in->reg[IGB_R_RCTL] & FMASK(IGB_RCTL_EN)) ||
        (!s->busy_q && !choose(s, in, frame, loop))) {
        s->waits = true;
        return;
    }
    const uint32_t q = s->queue_q, srrctl = in->reg[IGB_R_SRRCTL + q];
    const bool off = s->gone_q || !(in->reg[IGB_R_RXDCTL + q] & FMASK(IGB_RXDCTL_ENABLE)) ||
                     in->restart >> q & 1;
    const bool may = in->may >> q & 1;
    const desc_ring_t *ring = &in->ring[q];
    if (!off && may && ring->filled_q != s->taken_q[q]) {
        const uint64_t *desc = ring->cache[s->taken_q[q] % NIC_DescCache];
        const view_t f = view(s->loop_q, frame, loop);
        if (s->loop_q) take(s, in, true, &f, desc);
        else take(s, in, false, &f, desc);
        return;
    }
    if (through || in->now < s->rest_cyc) return;
    if (off) {
        drop(s, in, true);
        return;
    }
    s->waits = true;
    if (may && !desc_ring_empty(ring, in->reg[IGB_R_RDLEN + q] & ~RDLEN_STORAGE,
                                in->reg[IGB_R_RDT + q], s->taken_q[q]))
        return;
    if ((srrctl & FMASK(IGB_SRRCTL_DROP_EN)) || in->reg[IGB_R_QDE] >> q & 1) {
        s->waits = false;
        drop(s, in, false);
    } else if (!s->starved_q) {
        s->starved_q = true;
        s->rnbc_cyc = in->now + 1;
    }
}
