// SPDX-License-Identifier: Apache-2.0
#include "hostbridge/pin_engine.h"

#include "model/check.h"
#include "model/host_port.h"
#include "model/mac_rx.h"
#include "model/regs.h"

#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>

enum {
    CPL_QUEUE = 64, // more than the device has reads under way
    CPL_TYPE = 3,   // of a header beat
    FRAME_BYTES = NIC_FrameMax + 128
};

typedef struct pin_cpl {
    uint64_t first_cyc;
    uint32_t len, beats;
    uint8_t tag;
    uint8_t data[NIC_Mrrs];
} pin_cpl_t;

struct pin_engine {
    pin_dev_t *dev;
    nic_host_t host;
    nic_late_t late;
    bool jump, stop;
    uint64_t now;  // the first cycle not simulated
    nic_out_t out; // of it
    uint64_t ticked, jumped;
    // ---- handed in ----
    struct {
        uint64_t cyc;
        nic_access_t a;
    } access[REGS_QUEUE];
    uint32_t access_put, access_get;
    pin_cpl_t cpl[CPL_QUEUE];
    uint32_t cpl_put, cpl_get;
    struct {
        bool active, er;
        uint64_t first_cyc, last_cyc;
        uint32_t stride, len;
        const uint8_t *bytes;
        uint8_t turned; // bits of the last byte to turn
    } rx;
    uint64_t rx_free; // first cycle for another preamble
    struct {
        bool waits, present, pause;
        uint8_t speed;
        uint64_t cyc;
    } partner;
    nic_in_t level;     // partner, as it is now
    nic_in_t last;      // inputs of the last tick
    uint64_t rest_cyc;  // no jump before: inputs and counters have rested for NIC_IdleCyc cycles
    uint64_t ready_cyc; // req_ready is 0 before
    // ---- read off the pins ----
    nic_tlp_t tlp;
    uint32_t beat;
    uint8_t payload[NIC_Mps + NIC_BeatBytes];
    bool intx, tx_on;
    uint64_t tx_first, tx_second;
    uint32_t tx_bytes; // preamble included
    uint8_t tx[FRAME_BYTES];
};

// ---- inputs ------------------------------------------------------------------------------------

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

// The first cycle, not before now, whose inputs are not those of rest.
static uint64_t next_input(const pin_engine_t *e)
{
    uint64_t cyc = NIC_NEVER;
    if (e->access_get != e->access_put)
        cyc = earlier(cyc, e->access[e->access_get % REGS_QUEUE].cyc);
    if (e->cpl_get != e->cpl_put) cyc = earlier(cyc, e->cpl[e->cpl_get % CPL_QUEUE].first_cyc);
    if (e->rx.active) cyc = earlier(cyc, e->rx.first_cyc);
    if (e->partner.waits) cyc = earlier(cyc, e->partner.cyc);
    if (e->ready_cyc > e->now) cyc = earlier(cyc, e->ready_cyc);
    return cyc > e->now ? cyc : e->now;
}

static void drive_frame(pin_engine_t *e, nic_in_t *in)
{
    if (!e->rx.active || e->now < e->rx.first_cyc) return;
    const uint64_t at = e->now - e->rx.first_cyc;
    const uint64_t i = at / e->rx.stride;
    const bool last = e->now == e->rx.last_cyc;
    in->rx_dv = 1;
    in->rx_ce = at % e->rx.stride == 0;
    if (in->rx_ce)
        in->rxd = i < NIC_PreambleBytes - 1    ? NIC_Preamble
                  : i == NIC_PreambleBytes - 1 ? NIC_Sfd
                                               : e->rx.bytes[i - NIC_PreambleBytes];
    if (!last) return;
    in->rxd ^= e->rx.turned;
    in->rx_er = e->rx.er;
    e->rx.active = false;
}

static void drive_completion(pin_engine_t *e, nic_in_t *in)
{
    if (e->cpl_get == e->cpl_put) return;
    const pin_cpl_t *c = &e->cpl[e->cpl_get % CPL_QUEUE];
    if (e->now < c->first_cyc) return;
    const uint32_t beat = (uint32_t)(e->now - c->first_cyc);
    in->cpl_valid = 1;
    in->cpl_sop = beat == 0;
    in->cpl_eop = beat == c->beats - 1;
    if (beat == 0) {
        in->cpl_data = CPL_TYPE | (uint64_t)c->tag << 16 | (uint64_t)c->len << 32;
    } else {
        const uint32_t at = (beat - 1) * NIC_BeatBytes;
        for (uint32_t k = 0; k < NIC_BeatBytes && at + k < c->len; k++)
            in->cpl_data |= (uint64_t)c->data[at + k] << (8 * k);
    }
    if (in->cpl_eop) e->cpl_get++;
}

static void drive_access(pin_engine_t *e, nic_in_t *in)
{
    if (e->access_get == e->access_put || e->access[e->access_get % REGS_QUEUE].cyc != e->now)
        return;
    const nic_access_t *a = &e->access[e->access_get++ % REGS_QUEUE].a;
    in->csr_valid = 1;
    in->csr_write = a->write;
    in->csr_space = a->space;
    in->csr_func = a->func;
    in->csr_addr = a->addr & 0xFFFFF;
    in->csr_be = a->be;
    if (a->write) in->csr_wdata = a->wdata;
}

static nic_in_t inputs(pin_engine_t *e)
{
    if (e->partner.waits && e->partner.cyc <= e->now) {
        e->partner.waits = false;
        e->level.lp_present = e->partner.present;
        e->level.lp_speed = e->partner.speed;
        e->level.lp_pause = e->partner.pause;
    }
    nic_in_t in = e->level;
    in.req_ready = e->now >= e->ready_cyc;
    drive_frame(e, &in);
    drive_completion(e, &in);
    drive_access(e, &in);
    const bool moves = in.rx_dv || in.cpl_valid || in.csr_valid;
    if (moves || memcmp(&in, &e->last, sizeof in) != 0) e->rest_cyc = e->now + 1 + NIC_IdleCyc;
    e->last = in;
    return in;
}

// ---- outputs -----------------------------------------------------------------------------------

static void read_frame(pin_engine_t *e)
{
    const nic_out_t *o = &e->out;
    if (o->tx_en && !e->tx_on) {
        e->tx_first = e->now;
        e->tx_bytes = 0;
        e->host.tx_frame(e->host.ctx, e->now, e->dev->ops->stride(e->dev), NULL, 0);
    }
    if (o->tx_en && o->tx_ce) {
        if (e->tx_bytes == 1) e->tx_second = e->now;
        CHECK(e->tx_bytes < FRAME_BYTES, "a frame without an end on the transmit wire");
        e->tx[e->tx_bytes++] = (uint8_t)o->txd;
    }
    if (!o->tx_en && e->tx_on)
        e->late.tx_frame(e->late.ctx, e->tx_first, (unsigned)(e->tx_second - e->tx_first),
                         e->tx + NIC_PreambleBytes, e->tx_bytes - NIC_PreambleBytes);
    e->tx_on = o->tx_en;
}

static void read_requester(pin_engine_t *e)
{
    const nic_out_t *o = &e->out;
    if (!o->req_valid) return;
    nic_tlp_t *t = &e->tlp;
    if (o->req_sop) {
        *t = (nic_tlp_t){.type = (uint8_t)o->req_data,
                         .func = (uint8_t)(o->req_data >> 8),
                         .tag = (uint8_t)(o->req_data >> 16),
                         .len = (uint32_t)(o->req_data >> 32),
                         .addr = e->dev->ops->tlp_addr(e->dev)};
        const uint32_t payload = t->type == NIC_TLP_READ ? 0 : t->len;
        CHECK(payload <= NIC_Mps, "a TLP with %u bytes of payload", payload);
        t->beats = NIC_HdrBeats + (payload + NIC_BeatBytes - 1) / NIC_BeatBytes;
        e->beat = 0;
        e->ready_cyc = e->host.tlp(e->host.ctx, e->now, t);
    } else if (e->beat == 1) {
        CHECK(o->req_data == t->addr, "TLP at %llx was announced at %llx",
              (unsigned long long)o->req_data, (unsigned long long)t->addr);
    } else {
        memcpy(e->payload + (e->beat - NIC_HdrBeats) * NIC_BeatBytes, &o->req_data, NIC_BeatBytes);
    }
    CHECK(o->req_eop == (++e->beat == t->beats), "beat %u of %u", e->beat, t->beats);
    if (o->req_eop && t->type != NIC_TLP_READ) e->late.payload(e->late.ctx, e->payload, t->len);
}

// What the tick has made visible, in the order in which the C model tells it.
static void outputs(pin_engine_t *e)
{
    e->out = e->dev->ops->out(e->dev);
    read_frame(e);
    if ((e->out.intx != 0) != e->intx) {
        e->intx = e->out.intx != 0;
        e->host.intx(e->host.ctx, e->now, e->intx);
    }
    read_requester(e);
    if (e->out.csr_rvalid) e->host.csr_reply(e->host.ctx, e->now, (uint32_t)e->out.csr_rdata);
}

// ---- time --------------------------------------------------------------------------------------

// How many cycles from now on are like the last one.
static uint64_t restful(const pin_engine_t *e)
{
    if (!e->out.idle || e->now < e->rest_cyc) return 0;
    const uint64_t input = next_input(e);
    if (input == e->now) return 0;
    const uint64_t horizon = e->dev->ops->horizon(e->dev);
    return input == NIC_NEVER ? horizon : earlier(horizon, input - e->now);
}

static void jump(pin_engine_t *e, uint64_t cycles)
{
    e->dev->ops->jump(e->dev, cycles);
    e->now += cycles;
    e->jumped += cycles;
    const nic_out_t out = e->dev->ops->out(e->dev);
    CHECK(memcmp(&out, &e->out, sizeof out) == 0, "a jump of %llu cycles to %llu changed a pin",
          (unsigned long long)cycles, (unsigned long long)e->now);
}

static uint64_t engine_next(void *ctx)
{
    const pin_engine_t *e = ctx;
    const uint64_t n = restful(e);
    return n == NIC_NEVER ? NIC_NEVER : e->now + n;
}

static uint64_t engine_run(void *ctx, uint64_t until)
{
    pin_engine_t *e = ctx;
    e->stop = false;
    while (!e->stop && e->now < until) {
        uint64_t n = e->jump ? restful(e) : 0;
        if (n > until - e->now) n = until - e->now;
        if (n) {
            jump(e, n);
            continue;
        }
        // The end of a counter has to spread, whether the device is idle or about to be: idle does not see it.
        if (e->dev->ops->horizon(e->dev) == 0) e->rest_cyc = e->now + 1 + NIC_IdleCyc;
        const nic_in_t in = inputs(e);
        // What callbacks hand in belongs to later cycles.
        e->now++;
        e->ticked++;
        e->dev->ops->tick(e->dev, &in);
        outputs(e);
    }
    return e->now;
}

static void engine_stop(void *ctx)
{
    pin_engine_t *e = ctx;
    e->stop = true;
}

// ---- transfers ---------------------------------------------------------------------------------

static void engine_rx_frame(void *ctx, uint64_t first_cyc, const uint8_t *bytes, uint32_t len,
                            bool fcs_good, bool er)
{
    pin_engine_t *e = ctx;
    CHECK(first_cyc >= e->now, "frame at cycle %llu, now %llu", (unsigned long long)first_cyc,
          (unsigned long long)e->now);
    CHECK(len > 0 && len <= MAC_RX_BYTES, "frame of %u bytes", len);
    if (e->dev->ops->loopback(e->dev)) { // the wire is cut off
        if (e->host.probe)
            e->host.probe(e->host.ctx, NIC_PROBE_RX_FATE, first_cyc, NIC_FATE_FILTERED, 0);
        return;
    }
    CHECK(e->now >= e->rx_free, "the wire is taken");
    e->rx.active = true;
    e->rx.er = er;
    e->rx.first_cyc = first_cyc;
    e->rx.stride = e->dev->ops->stride(e->dev);
    e->rx.len = len;
    e->rx.bytes = bytes;
    e->rx.last_cyc = first_cyc + (uint64_t)(NIC_PreambleBytes + len - 1) * e->rx.stride;
    e->rx_free = e->rx.last_cyc + NIC_RxVerdictCyc + 1;
    bool right = false;
    if (len > NIC_FcsBytes) {
        uint32_t fcs;
        memcpy(&fcs, bytes + len - NIC_FcsBytes, sizeof fcs);
        right = fcs == libdeflate_crc32(0, bytes, len - NIC_FcsBytes);
    }
    CHECK(right || !fcs_good, "a frame with a wrong FCS that is said to be right");
    e->rx.turned = right && !fcs_good ? 0x80 : 0;
}

static uint64_t engine_wire_free(void *ctx)
{
    const pin_engine_t *e = ctx;
    return e->rx_free > e->now ? e->rx_free : e->now;
}

static unsigned engine_stride(void *ctx)
{
    const pin_engine_t *e = ctx;
    return e->dev->ops->stride(e->dev);
}

static bool engine_access(void *ctx, uint64_t cyc, const nic_access_t *a)
{
    pin_engine_t *e = ctx;
    if (e->access_put - e->access_get >= REGS_QUEUE) return false;
    CHECK(cyc >= e->now, "access at cycle %llu, now %llu", (unsigned long long)cyc,
          (unsigned long long)e->now);
    e->access[e->access_put % REGS_QUEUE].cyc = cyc;
    e->access[e->access_put++ % REGS_QUEUE].a = *a;
    return true;
}

static void engine_completion(void *ctx, uint64_t first_cyc, uint8_t tag, const uint8_t *data,
                              uint32_t len)
{
    pin_engine_t *e = ctx;
    CHECK(first_cyc >= e->now, "completion in the past");
    CHECK(len <= NIC_Mrrs && e->cpl_put - e->cpl_get < CPL_QUEUE, "completion of %u bytes", len);
    pin_cpl_t *c = &e->cpl[e->cpl_put % CPL_QUEUE];
    if (e->cpl_get != e->cpl_put) {
        const pin_cpl_t *last = &e->cpl[(e->cpl_put - 1) % CPL_QUEUE];
        CHECK(first_cyc >= last->first_cyc + last->beats, "completions overlap");
    }
    c->first_cyc = first_cyc;
    c->tag = tag;
    c->len = len;
    c->beats = NIC_CplHdrBeats + (len + NIC_BeatBytes - 1) / NIC_BeatBytes;
    memcpy(c->data, data, len);
    e->cpl_put++;
}

void pin_engine_partner(pin_engine_t *e, uint64_t cyc, bool present, uint8_t speed, bool pause)
{
    e->partner.waits = true;
    e->partner.cyc = cyc;
    e->partner.present = present;
    e->partner.speed = speed;
    e->partner.pause = pause;
}

// ---- life --------------------------------------------------------------------------------------

pin_engine_t *pin_engine_create(pin_dev_t *dev, const nic_host_t *host, const nic_late_t *late,
                                bool with_jumps)
{
    pin_engine_t *e = calloc(1, sizeof *e);
    if (!e) {
        pin_dev_destroy(dev);
        return NULL;
    }
    e->dev = dev;
    e->host = *host;
    e->late = *late;
    e->jump = with_jumps;
    e->now = dev->ops->now(dev);
    dev->ops->probe(dev, host->probe, host->ctx);
    e->out = dev->ops->out(dev);
    return e;
}

void pin_engine_destroy(pin_engine_t *e)
{
    if (!e) return;
    pin_dev_destroy(e->dev);
    free(e);
}

sim_engine_t pin_engine_time(pin_engine_t *e)
{
    return (sim_engine_t){e, engine_next, engine_run, engine_stop};
}

nic_ops_t pin_engine_ops(pin_engine_t *e)
{
    return (nic_ops_t){.nic = e,
                       .rx_frame = engine_rx_frame,
                       .wire_free = engine_wire_free,
                       .stride = engine_stride,
                       .access = engine_access,
                       .completion = engine_completion};
}

bool pin_engine_still(const pin_engine_t *e)
{
    return e->dev->ops->still(e->dev) && next_input(e) == NIC_NEVER;
}

pin_dev_t *pin_engine_dev(const pin_engine_t *e)
{
    return e->dev;
}

uint64_t pin_engine_ticked(const pin_engine_t *e)
{
    return e->ticked;
}

uint64_t pin_engine_jumped(const pin_engine_t *e)
{
    return e->jumped;
}
