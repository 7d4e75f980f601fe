// SPDX-License-Identifier: Apache-2.0
#include "model/host_port.h"

#include <string.h>

// A TLP in flight when reset comes is finished: DMA stops at a transaction boundary.
void host_port_reset(host_port_t *s, uint64_t now)
{
    for (int i = 0; i < RQ_COUNT; i++) {
        s->done_cyc[i] = NIC_NEVER;
        s->sent[i] = 0;
    }
    if (s->free_cyc < now + 1) s->free_cyc = now + 1;
    s->last_q = RQ_COUNT - 1;
}

int host_port_pick(const host_port_t *s, uint32_t mask)
{
    if (mask == 0) return -1;
    const uint32_t after =
        mask & ~((2u << s->last_q) - 1); // requesters behind the one granted last
    return __builtin_ctz(after ? after : mask);
}

static uint32_t tlp_len(const port_req_t *r, uint32_t sent)
{
    const uint32_t max = r->type == NIC_TLP_READ ? NIC_Mrrs : NIC_Mps;
    const uint32_t left = r->len - sent;
    const uint32_t to_page = 4096u - (uint32_t)((r->addr + sent) & 4095u);
    uint32_t len = left < max ? left : max;
    return len < to_page ? len : to_page;
}

// The payload lies in one piece mostly, else it is put together here.
static const uint8_t *payload_of(host_port_t *s, const port_req_t *r, uint32_t sent, uint32_t len)
{
    uint32_t at = r->off + sent;
    if (at >= r->wrap) at -= r->wrap;
    const uint32_t first = r->wrap - at;
    if (first >= len) return r->data + at;
    memcpy(s->data, r->data + at, first);
    memcpy(s->data + first, r->data, len - first);
    return s->data;
}

bool host_port_tick(host_port_t *s, const host_port_in_t *in)
{
    if (in->grant < 0 || in->now < s->free_cyc) return false;
    const int g = in->grant;
    const port_req_t *r = in->req;
    const uint32_t sent = s->sent[g];
    const uint32_t len = tlp_len(r, sent);
    const uint64_t addr = r->type == NIC_TLP_MSG ? in->msi_addr : r->addr + sent;
    const uint32_t payload = r->type == NIC_TLP_READ ? 0 : len;
    const uint8_t *data = s->data;
    if (r->type == NIC_TLP_MSG) {
        for (int i = 0; i < 4; i++) s->data[i] = (uint8_t)(in->msi_data >> 8 * i);
    } else if (payload) {
        data = payload_of(s, r, sent, len);
    }
    s->tlp = (nic_tlp_t){
        .type = r->type,
        .func = r->type == NIC_TLP_MSG ? in->msi_func : r->func,
        .tag = (uint8_t)(g | in->queue << 3),
        .len = len,
        .addr = addr,
        .beats = NIC_HdrBeats + (payload + NIC_BeatBytes - 1) / NIC_BeatBytes,
        .data = data,
    };
    s->first_cyc = in->now + 1;
    s->end_cyc = in->now + s->tlp.beats;
    s->free_cyc = s->end_cyc + 2;
    s->last_q = (uint8_t)g;
    s->sent[g] = sent + len;
    if (s->sent[g] >= r->len) {
        s->sent[g] = 0;
        s->done_cyc[g] = s->end_cyc + 1;
    }
    return true;
}

void host_port_ready(host_port_t *s, uint64_t ready_cyc)
{
    if (ready_cyc > s->free_cyc) s->free_cyc = ready_cyc;
}

uint64_t host_port_beat(const nic_tlp_t *tlp, const uint8_t *data, uint32_t i)
{
    if (i == 0)
        return (uint64_t)tlp->type | (uint64_t)tlp->func << 8 | (uint64_t)tlp->tag << 16 |
               (uint64_t)tlp->len << 32;
    if (i == 1) return tlp->addr;
    uint64_t word = 0;
    const uint32_t at = (i - NIC_HdrBeats) * NIC_BeatBytes;
    const uint32_t n = tlp->len - at < NIC_BeatBytes ? tlp->len - at : NIC_BeatBytes;
    for (uint32_t k = 0; k < n; k++) word |= (uint64_t)data[at + k] << (8 * k);
    return word;
}
