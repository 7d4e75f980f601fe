// SPDX-License-Identifier: Apache-2.0
#include "model/rx_dma.h"

uint32_t rx_dma_bsize(uint32_t rctl)
{
    const uint32_t code = FGET(E1000_RCTL_BSIZE, rctl);
    if (rctl & FMASK(E1000_RCTL_BSEX)) return code == 0 ? 2048u : 32768u >> code;
    return 2048u >> code;
}

// A data TLP in flight is finished by the port; nothing comes back.
void rx_dma_reset(rx_dma_t *s)
{
    s->state_q = RXD_IDLE;
    s->taken_q = s->frames_q = s->off_q = s->chunk_q = 0;
    s->starved_q = false;
    s->req.valid = false;
    s->done.cyc = NIC_NEVER;
    s->p_cyc = s->rnbc_cyc = NIC_NEVER;
    s->free_count = 0;
}

static void finish_descriptor(rx_dma_t *s, uint64_t now, const rx_frame_t *f, const uint64_t *desc,
                              bool null)
{
    const bool eop = !null && s->off_q + s->chunk_q >= f->len;
    s->done.cyc = now + 1;
    s->done.eop = eop;
    s->taken_q++;
    s->done.wb[0] = desc[0];
    if (null) {
        s->done.wb[1] = DPUT(E1000_RXD_STAT, E1000_RXD_STAT_DD);
        return;
    }
    uint64_t word = DPUT(E1000_RXD_LENGTH, s->chunk_q) | DPUT(E1000_RXD_STAT, E1000_RXD_STAT_DD);
    if (s->off_q == 0)
        word |= DPUT(E1000_RXD_CSUM, f->csum); // packet checksum: first descriptor only
    s->off_q += s->chunk_q;
    if (!eop) {
        s->done.wb[1] = word;
        return;
    }
    s->done.wb[1] = word | DPUT(E1000_RXD_STAT, E1000_RXD_STAT_EOP | f->status) |
                    DPUT(E1000_RXD_ERR, f->errors) | DPUT(E1000_RXD_SPECIAL, f->vlan);
    s->p_cyc = now + 1;
    s->p_len = f->len;
    s->free_log[s->free_count++ % PB_FREES] = (pb_free_t){now + 1, f->granules};
    s->frames_q++;
    s->off_q = 0;
    s->starved_q = false;
}

void rx_dma_tick(rx_dma_t *s, const rx_dma_in_t *in)
{
    const rx_frame_t *frame = in->frame;
    const uint64_t *desc = in->desc;
    if (in->restart) {
        // The descriptors are gone: the frame starts again from its first byte when new ones come.
        s->taken_q = 0;
        s->off_q = 0;
        if (s->state_q == RXD_REQ) s->state_q = RXD_STALE;
    }
    if (in->sent && s->state_q != RXD_IDLE) {
        if (s->state_q == RXD_REQ) {
            finish_descriptor(s, in->now, frame, desc, false);
            if (s->p_cyc == in->now + 1) frame = in->next;
            desc = in->desc_next;
        }
        s->req.valid = false;
        s->state_q = RXD_IDLE;
    }
    if (s->state_q != RXD_IDLE || in->restart || !in->en || in->frames == s->frames_q) return;
    if (in->filled == s->taken_q) {
        if (in->ring_empty && !s->starved_q) {
            s->starved_q = true;
            s->rnbc_cyc = in->now + 1;
        }
        return;
    }
    const uint64_t addr = desc[0];
    if (addr == 0) { // null descriptor: DD only
        if (s->done.cyc != in->now + 1) finish_descriptor(s, in->now, frame, desc, true);
        return;
    }
    const uint32_t left = frame->len - s->off_q, size = rx_dma_bsize(in->rctl);
    s->chunk_q = left < size ? left : size;
    s->req = (port_req_t){.valid = true,
                          .type = NIC_TLP_WRITE,
                          .func = in->func,
                          .len = s->chunk_q,
                          .addr = addr,
                          .data = in->mem,
                          .wrap = in->mem_bytes};
    s->req.off = frame->start + s->off_q;
    if (s->req.off >= in->mem_bytes) s->req.off -= in->mem_bytes;
    s->state_q = RXD_REQ;
}
