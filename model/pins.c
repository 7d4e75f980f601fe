// SPDX-License-Identifier: Apache-2.0
#include "model/pins.h"

#include "model/check.h"
#include "model/state.h"

#include <stdlib.h>
#include <string.h>

struct nic_pins {
    nic_t *nic;
    void (*probe)(void *ctx, enum nic_probe what, uint64_t cyc, uint32_t a, uint32_t b);
    void *probe_ctx;
    // transmit side: what the device has announced
    nic_tlp_t tlp;
    uint64_t tlp_first, tlp_end;
    uint8_t tlp_data[NIC_Mps];
    uint64_t tx_first, tx_end;
    uint32_t tx_stride, tx_len;
    uint8_t tx[NIC_FrameMax + 64];
    uint64_t reply_cyc;
    uint32_t reply;
    // receive side: what is arriving
    bool rx_active;
    bool rx_taken;     // the device wants to know of it (not in loopback)
    uint32_t rx_bytes; // preamble included
    bool rx_er;
    unsigned rx_buf;
    uint8_t rx[2][MAC_RX_BYTES];
    bool cpl_active;
    uint8_t cpl_tag;
    uint32_t cpl_len, cpl_at;
    uint8_t cpl[NIC_Mrrs];
    bool lp_present, lp_pause;
    uint8_t lp_speed;
    uint32_t still_cyc; // cycles before the present one in which nothing moved, at most IdleCyc
};

static uint64_t on_tlp(void *ctx, uint64_t first, const nic_tlp_t *t)
{
    nic_pins_t *p = ctx;
    p->tlp = *t;
    p->tlp_first = first;
    p->tlp_end = first + t->beats - 1;
    if (t->type != NIC_TLP_READ) memcpy(p->tlp_data, t->data, t->len);
    return p->tlp_end + 1; // from then on the pin decides
}

static void on_reply(void *ctx, uint64_t cyc, uint32_t data)
{
    nic_pins_t *p = ctx;
    p->reply_cyc = cyc;
    p->reply = data;
}

static void on_intx(void *ctx, uint64_t cyc, bool level)
{
    (void)ctx, (void)cyc, (void)level; // the pin is a function of the state
}

static void on_tx_frame(void *ctx, uint64_t first, unsigned stride, const uint8_t *bytes,
                        uint32_t len)
{
    nic_pins_t *p = ctx;
    p->tx_first = first;
    p->tx_stride = stride;
    p->tx_len = len;
    p->tx_end = first + (uint64_t)(NIC_PreambleBytes + len - 1) * stride;
    memcpy(p->tx, bytes, len);
}

static void on_probe(void *ctx, enum nic_probe what, uint64_t cyc, uint32_t a, uint32_t b)
{
    const nic_pins_t *p = ctx;
    if (p->probe) p->probe(p->probe_ctx, what, cyc, a, b);
}

nic_pins_t *nic_pins_create(const nic_config_t *cfg)
{
    nic_pins_t *p = calloc(1, sizeof *p);
    if (!p) return NULL;
    const nic_host_t host = {p, on_tlp, on_reply, on_intx, on_tx_frame, on_probe};
    p->nic = nic_create(cfg, &host);
    if (!p->nic) {
        free(p);
        return NULL;
    }
    p->nic->how.every_cycle = true;
    p->tlp_first = p->tx_first = p->reply_cyc = NIC_NEVER;
    p->tlp_end = p->tx_end = 0;
    return p;
}

void nic_pins_destroy(nic_pins_t *p)
{
    if (p) nic_destroy(p->nic);
    free(p);
}

nic_t *nic_pins_nic(nic_pins_t *p)
{
    return p->nic;
}

void nic_pins_probe(nic_pins_t *p,
                    void (*fn)(void *ctx, enum nic_probe what, uint64_t cyc, uint32_t a,
                               uint32_t b),
                    void *ctx)
{
    p->probe = fn;
    p->probe_ctx = ctx;
}

uint64_t nic_pins_tlp_addr(const nic_pins_t *p)
{
    return p->tlp.addr;
}

uint64_t nic_pins_horizon(const nic_pins_t *p)
{
    const uint64_t end = nic_counting(p->nic), now = nic_now(p->nic);
    return end == NIC_NEVER ? NIC_NEVER : end > now ? end - now : 0;
}

// Visiting on demand only: what has no deadline before is at rest.
void nic_pins_jump(nic_pins_t *p, uint64_t cycles)
{
    p->nic->how.every_cycle = false;
    nic_run(p->nic, nic_now(p->nic) + cycles);
    p->nic->how.every_cycle = true;
}

nic_out_t nic_pins_out(const nic_pins_t *p)
{
    const uint64_t now = nic_now(p->nic);
    nic_out_t o = {0};
    if (p->tx_first <= now && now <= p->tx_end) {
        const uint64_t at = now - p->tx_first;
        const uint64_t i = at / p->tx_stride;
        o.tx_en = 1;
        o.tx_ce = at % p->tx_stride == 0;
        if (o.tx_ce)
            o.txd = i < NIC_PreambleBytes - 1    ? NIC_Preamble
                    : i == NIC_PreambleBytes - 1 ? NIC_Sfd
                                                 : p->tx[i - NIC_PreambleBytes];
    }
    if (p->tlp_first <= now && now <= p->tlp_end) {
        o.req_valid = 1;
        o.req_sop = now == p->tlp_first;
        o.req_eop = now == p->tlp_end;
        o.req_data = host_port_beat(&p->tlp, p->tlp_data, (uint32_t)(now - p->tlp_first));
    }
    o.csr_rvalid = p->reply_cyc == now;
    if (o.csr_rvalid) o.csr_rdata = p->reply;
    o.intx = nic_intx(p->nic);
    o.idle = nic_still(p->nic) && p->still_cyc >= NIC_IdleCyc - 1;
    return o;
}

// The frame grows by a byte. While it arrives, its length is announced one byte ahead: where the next one will be, so that
// the device does not take a pause between bytes (10 and 100 Mb/s) for its end.
static void receive(nic_pins_t *p, const nic_in_t *in, uint64_t now)
{
    mac_rx_t *m = nic_mac_rx(p->nic);
    uint8_t *buf = p->rx[p->rx_buf];
    if (in->rx_dv && !p->rx_active) {
        p->rx_active = true;
        p->rx_bytes = 0;
        p->rx_er = false;
        p->rx_taken = !nic_loopback(p->nic);
        p->rx_buf ^= 1;
        buf = p->rx[p->rx_buf];
        if (p->rx_taken) mac_rx_start(m, now, nic_wire_stride(p->nic), buf, 1, false);
    }
    if (in->rx_dv) {
        if (!in->rx_ce) return;
        p->rx_er |= in->rx_er != 0;
        const uint32_t at = p->rx_bytes++;
        if (at >= NIC_PreambleBytes && at - NIC_PreambleBytes < MAC_RX_BYTES)
            buf[at - NIC_PreambleBytes] = (uint8_t)in->rxd;
        if (p->rx_taken && at + 1 >= NIC_PreambleBytes) m->arr.len = at + 1 - NIC_PreambleBytes + 1;
        return;
    }
    if (!p->rx_active) return;
    p->rx_active = false;
    if (!p->rx_taken) return;
    const uint32_t len = p->rx_bytes > NIC_PreambleBytes ? p->rx_bytes - NIC_PreambleBytes : 0;
    if (len == 0) {
        m->active = false;
        return;
    }
    CHECK(len <= MAC_RX_BYTES, "frame of %u bytes", len);
    m->arr.len = len;
    m->er = p->rx_er;
    m->fcs_good = mac_rx_fcs_good(buf, len);
}

static void completion(nic_pins_t *p, const nic_in_t *in, uint64_t now)
{
    if (!in->cpl_valid) return;
    if (in->cpl_sop) {
        p->cpl_tag = (uint8_t)(in->cpl_data >> 16);
        p->cpl_len = (uint32_t)(in->cpl_data >> 32) & 0x1FFF;
        p->cpl_at = 0;
        return;
    }
    for (int i = 0; i < 8 && p->cpl_at < p->cpl_len && p->cpl_at < NIC_Mrrs; i++)
        p->cpl[p->cpl_at++] = (uint8_t)(in->cpl_data >> (8 * i));
    if (in->cpl_eop) nic_completion_end(p->nic, now, p->cpl_tag, p->cpl, p->cpl_at);
}

void nic_pins_tick(nic_pins_t *p, const nic_in_t *in)
{
    const uint64_t now = nic_now(p->nic);
    receive(p, in, now);
    completion(p, in, now);
    if (in->csr_valid) {
        const nic_access_t a = {.write = in->csr_write != 0,
                                .space = (uint8_t)in->csr_space,
                                .func = (uint8_t)in->csr_func,
                                .be = (uint8_t)in->csr_be,
                                .addr = (uint32_t)in->csr_addr,
                                .wdata = (uint32_t)in->csr_wdata};
        nic_access(p->nic, now, &a);
    }
    if (in->lp_present != p->lp_present || in->lp_speed != p->lp_speed ||
        in->lp_pause != p->lp_pause) {
        p->lp_present = in->lp_present != 0;
        p->lp_speed = (uint8_t)in->lp_speed;
        p->lp_pause = in->lp_pause != 0;
        nic_partner(p->nic, now, p->lp_present, p->lp_speed, p->lp_pause);
    }
    p->nic->in.req_ready = in->req_ready != 0;
    if (!nic_still(p->nic)) p->still_cyc = 0;
    else if (p->still_cyc < NIC_IdleCyc) p->still_cyc++;
    nic_run(p->nic, now + 1);
}
