// SPDX-License-Identifier: Apache-2.0
#include "hostbridge/emulated.h"

#include "rtl/defs.h"

#include <stdlib.h>
#include <string.h>

enum { WIRED_MAX = 16 }; // frames that may wait for the virtual wire

typedef struct emulated_frame {
    struct emulated_frame *next;
    uint64_t ready_cyc; // sent completely
    uint32_t len;
    uint8_t data[];
} emulated_frame_t;

typedef struct emulated {
    sim_t *sim;
    emulated_params_t params;
    os_dev_t *dev;
    link_t *link;
    nic_host_t inner; // the link's callbacks
    engine_t engine;
    wire_t *wire;
    uint32_t wired; // frames that wait for it
    backend_t *backend;
    unsigned port;
    uint64_t sent_lost;
    // from the guest
    emulated_frame_t *head, **tail, *hand;
    uint32_t sending;
    sim_event_t sent_event;
    // the line
    bool line, raised; // of the device; as the guest has it
    uint32_t itr;      // as the guest has written it, where we keep it
    uint64_t ack_cyc;  // the line fell
    sim_event_t line_event;
} emulated_t;

// ---- registers ---------------------------------------------------------------------------------

static enum vcpu_exit on_trap(void *ctx, nic_access_t *a)
{
    emulated_t *e = ctx;
    if (!a->write) return VCPU_EXIT_mmio_read;
    if (a->space != NIC_SPACE_MEM) return VCPU_EXIT_mmio_write;
    if (a->addr == E1000_RDT || a->addr == E1000_TDT) return VCPU_EXIT_mmio_tail;
    if (a->addr == E1000_ITR && e->params.itr != EMULATED_ITR_ON) {
        e->itr = a->wdata & 0xFFFF;
        a->wdata = 0;
    }
    return VCPU_EXIT_mmio_write;
}

static void on_reply(void *ctx, uint64_t now_cyc, uint32_t data)
{
    const emulated_t *e = ctx;
    os_dev_reply(e->dev, now_cyc, data);
}

// ---- the line ----------------------------------------------------------------------------------

static void raise_line(emulated_t *e, uint64_t now_cyc)
{
    e->raised = true;
    if (e->params.vif.interrupt) e->params.vif.interrupt(e->params.vif.ctx, now_cyc, true);
    os_dev_intx(e->dev, now_cyc, true);
}

static void on_line_event(void *ctx, uint64_t now_cyc)
{
    emulated_t *e = ctx;
    if (e->line && !e->raised) raise_line(e, now_cyc);
}

static void on_line(void *ctx, uint64_t now_cyc, bool level)
{
    emulated_t *e = ctx;
    e->line = level;
    if (level) {
        const uint64_t open_cyc = e->ack_cyc + (uint64_t)e->itr * NIC_ItrUnitCyc;
        if (e->params.itr == EMULATED_ITR_ACK && e->ack_cyc && open_cyc > now_cyc)
            sim_at(e->sim, &e->line_event, open_cyc);
        else raise_line(e, now_cyc);
        return;
    }
    sim_cancel(e->sim, &e->line_event);
    if (!e->raised) return;
    e->raised = false;
    e->ack_cyc = now_cyc;
    if (e->params.vif.interrupt) e->params.vif.interrupt(e->params.vif.ctx, now_cyc, false);
    os_dev_intx(e->dev, now_cyc, false);
}

static void on_msi(void *ctx, uint64_t now_cyc, uint8_t func, uint64_t addr, uint32_t data)
{
    (void)ctx, (void)now_cyc, (void)func, (void)addr, (void)data; // it has a line
}

// ---- to the guest ------------------------------------------------------------------------------

static void from_bridge(void *ctx, core_t *c, os_pkt_t *p)
{
    emulated_t *e = ctx;
    if (e->params.vif.offered) e->params.vif.offered(e->params.vif.ctx, p, core_now_cyc(c));
    if (backend_put(e->backend, c, p)) return;
    if (e->params.vif.refused) e->params.vif.refused(e->params.vif.ctx, p);
    os_pkt_free(e->params.vif.uplink, p);
}

static uint64_t work_ps(const emulated_t *e, uint32_t len)
{
    return e->params.packet_ps + e->params.byte_ps * len;
}

static uint64_t to_guest_begin(void *ctx, core_t *c, const os_pkt_t *p)
{
    emulated_t *e = ctx;
    if (e->wired == WIRED_MAX) return BACKEND_NOTHING;
    const uint64_t ps = work_ps(e, p->len), wire_cyc = WIRE_PREAMBLE_BYTES + p->len + NIC_FcsBytes;
    const uint64_t now_cyc = core_now_cyc(c), done_cyc = now_cyc + cyc_of_ps(ps);
    const uint64_t first_cyc = done_cyc > now_cyc + wire_cyc ? done_cyc - wire_cyc : now_cyc;
    if (!wire_inject(e->wire, first_cyc, p->data, p->len, false)) return BACKEND_NOTHING;
    e->wired++;
    if (e->params.vif.taken) e->params.vif.taken(e->params.vif.ctx, p);
    return ps;
}

static void to_guest_end(void *ctx, core_t *c, os_pkt_t *p)
{
    const emulated_t *e = ctx;
    (void)c;
    os_pkt_free(e->params.vif.uplink, p);
}

static void on_wired(void *ctx, const wire_sent_t *f)
{
    emulated_t *e = ctx;
    if (e->params.wired) e->params.wired(e->params.vif.ctx, f);
    if (e->wired-- == WIRED_MAX) backend_wake(e->backend, NULL);
}

// ---- from the guest ----------------------------------------------------------------------------

static void on_tx_frame(void *ctx, uint64_t first_cyc, unsigned stride_cyc, const uint8_t *bytes,
                        uint32_t len)
{
    emulated_t *e = ctx;
    if (len <= NIC_FcsBytes) return;
    emulated_frame_t *f =
        e->sending < e->params.vif.queue_max ? malloc(sizeof *f + len - NIC_FcsBytes) : NULL;
    if (!f) {
        e->sent_lost++;
        return;
    }
    f->next = NULL;
    f->len = len - NIC_FcsBytes;
    f->ready_cyc = first_cyc + (uint64_t)(NIC_PreambleBytes + len) * stride_cyc;
    memcpy(f->data, bytes, f->len);
    *e->tail = f;
    e->tail = &f->next;
    e->sending++;
    if (!e->sent_event.queued) sim_at(e->sim, &e->sent_event, f->ready_cyc);
}

// The frame that is the oldest has been sent.
static void on_sent_event(void *ctx, uint64_t now_cyc)
{
    emulated_t *e = ctx;
    (void)now_cyc;
    backend_wake(e->backend, NULL);
}

static uint64_t from_guest_begin(void *ctx, core_t *c)
{
    emulated_t *e = ctx;
    emulated_frame_t *f = e->head;
    if (!f) return BACKEND_NOTHING;
    if (f->ready_cyc > core_now_cyc(c)) {
        if (!e->sent_event.queued) sim_at(e->sim, &e->sent_event, f->ready_cyc);
        return BACKEND_NOTHING;
    }
    e->head = f->next;
    if (!e->head) e->tail = &e->head;
    e->hand = f;
    return work_ps(e, f->len);
}

static void from_guest_end(void *ctx, core_t *c)
{
    emulated_t *e = ctx;
    emulated_frame_t *f = e->hand;
    e->hand = NULL;
    os_pkt_t *p = os_dev_pkt(e->params.vif.uplink, f->len);
    if (p) {
        memcpy(p->data, f->data, f->len);
        p->len = f->len;
        bridge_in(e->params.vif.bridge, c, e->port, p);
    } else {
        e->sent_lost++;
    }
    free(f);
    e->sending--; // not idle before it is out
}

// ---- set-up ------------------------------------------------------------------------------------

static uint64_t dev_tlp(void *ctx, uint64_t first_cyc, const nic_tlp_t *tlp)
{
    const emulated_t *e = ctx;
    return e->inner.tlp(e->inner.ctx, first_cyc, tlp);
}

static void dev_reply(void *ctx, uint64_t cyc, uint32_t data)
{
    const emulated_t *e = ctx;
    e->inner.csr_reply(e->inner.ctx, cyc, data);
}

static void dev_intx(void *ctx, uint64_t cyc, bool level)
{
    const emulated_t *e = ctx;
    e->inner.intx(e->inner.ctx, cyc, level);
}

static void dev_probe(void *ctx, enum nic_probe what, uint64_t cyc, uint32_t a, uint32_t b)
{
    const emulated_t *e = ctx;
    if (e->params.probe) e->params.probe(e->params.vif.ctx, what, cyc, a, b);
}

static bool create_device(emulated_t *e, memory_t *mem)
{
    const link_params_t lp = {.kind = LINK_IDEAL, .lane = e->params.vif.number};
    const link_client_t lc = {.ctx = e, .irq = on_line, .msi = on_msi, .reply = on_reply};
    if (!(e->link = link_create(e->sim, mem, &lp, &lc))) return false;
    e->inner = *link_host(e->link);
    const nic_host_t host = {e, dev_tlp, dev_reply, dev_intx, on_tx_frame, dev_probe};
    engine_config_t ec = {.name = "model", .nic = {.personality = NIC_82540EM}};
    memcpy(ec.nic.mac, e->params.vif.mac, sizeof ec.nic.mac);
    const nic_late_t none = {0};
    if (!engine_create(&e->engine, &ec, &host, &none)) return false;
    link_attach(e->link, &e->engine.ops);
    os_dev_attach(e->dev, e->link);
    const wire_client_t wc = {.ctx = e, .sent = on_wired};
    e->wire = wire_create(e->sim, &e->engine.ops, NULL, false, &wc);
    return e->wire != NULL;
}

static void emulated_destroy(void *ctx)
{
    emulated_t *e = ctx;
    sim_cancel(e->sim, &e->sent_event);
    sim_cancel(e->sim, &e->line_event);
    for (emulated_frame_t *f = e->head; f;) {
        emulated_frame_t *next = f->next;
        free(f);
        f = next;
    }
    free(e->hand);
    wire_destroy(e->wire);
    link_destroy(e->link);
    engine_destroy(&e->engine);
    backend_destroy(e->backend);
    free(e);
}

static uint64_t interval_ns(const void *ctx)
{
    const emulated_t *e = ctx;
    const uint32_t device = e->engine.peek(e->engine.nic, E1000_ITR);
    const uint32_t kept = e->params.itr == EMULATED_ITR_ACK ? e->itr : 0;
    return (uint64_t)(device ? device : kept) * NIC_ItrUnitCyc * CYC_NS;
}

static uint64_t sent_lost(const void *ctx)
{
    const emulated_t *e = ctx;
    return e->sent_lost;
}

static bool is_idle(const void *ctx, uint64_t now_cyc)
{
    const emulated_t *e = ctx;
    return e->sending == 0 && backend_idle(e->backend) && link_idle(e->link) &&
           wire_idle(e->wire, now_cyc) && !e->raised;
}

bool emulated_create(vif_t *v, const emulated_params_t *p)
{
    emulated_t *e = calloc(1, sizeof *e);
    if (!e) return false;
    const os_virt_t virt = {.ctx = e, .trap = on_trap};
    const backend_ops_t ops = {.ctx = e,
                               .to_guest_begin = to_guest_begin,
                               .to_guest_end = to_guest_end,
                               .from_guest_begin = from_guest_begin,
                               .from_guest_end = from_guest_end};
    e->params = *p;
    e->sim = p->vif.sim;
    e->tail = &e->head;
    sim_event_init(&e->sent_event, "emulated sent", on_sent_event, e);
    sim_event_init(&e->line_event, "emulated line", on_line_event, e);
    e->dev = os_dev_create_virtual(os_dev_host(p->vif.uplink), p->vif.guest_core, &virt);
    e->backend = backend_create(p->vif.core, p->vif.queue_max, &ops);
    e->port = bridge_add(p->vif.bridge, e->params.vif.mac, from_bridge, e);
    *v = (vif_t){.ctx = e,
                 .id = 0x8086100E,
                 .dev = e->dev,
                 .engine = &e->engine,
                 .backend = e->backend,
                 .idle = is_idle,
                 .interval_ns = interval_ns,
                 .sent_lost = sent_lost,
                 .destroy = emulated_destroy};
    if (!e->dev || !e->backend || !e->port || !create_device(e, p->vif.mem)) return false;
    v->link = e->link;
    return true;
}
