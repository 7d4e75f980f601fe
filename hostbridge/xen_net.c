// SPDX-License-Identifier: Apache-2.0
#include "hostbridge/xen_net.h"

#include "hostbridge/xen_grant.h"

#include <stdlib.h>
#include <string.h>

enum { HEADER_BYTES = 14 };

// Netback's end of a ring. What only netback moves is kept here, not read back.
typedef struct xen_ring {
    xen_page_t page;
    uint32_t slot_bytes;
    uint32_t req_cons, rsp_prod;
} xen_ring_t;

// A request that has been taken.
typedef struct xen_hand {
    bool taken; // it is to be answered
    uint16_t id;
    uint32_t offset, bytes;
    xen_page_t page; // none: the request is bad
} xen_hand_t;

typedef struct xen {
    sim_t *sim;
    xen_params_t params;
    os_dev_t *dev;
    backend_t *backend;
    unsigned port;
    unsigned state;                                    // XEN_*
    uint32_t grant_frame, event_frame, tx_ref, rx_ref; // as the guest has written them
    xen_grants_t grants;
    uint8_t *event; // the guest's word
    xen_ring_t tx, rx;
    xen_hand_t sending, receiving; // names are the guest's
    core_irq_t irq;                // the thread's end of the event channel
    xen_stats_t stats;
    uint64_t sent_lost;
} xen_t;

// The thread is about to look at memory.
static void look(xen_t *x, core_t *c)
{
    core_settle(c);
    memory_observe(x->params.vif.mem, c->sim->now_cyc);
}

// ---- rings -------------------------------------------------------------------------------------

// Netback goes on where the responses are: it may be another one than before.
static bool ring_attach(xen_t *x, xen_ring_t *r, uint32_t ref, uint32_t slot_bytes)
{
    *r = (xen_ring_t){.slot_bytes = slot_bytes};
    if (!xen_grant_use(&x->grants, ref, true, &r->page)) return false;
    r->req_cons = r->rsp_prod = xen_get32(r->page.bytes + XEN_RSP_PROD);
    return xen_get32(r->page.bytes + XEN_REQ_PROD) - r->req_cons <= XEN_RING;
}

static uint32_t ring_requests(const xen_ring_t *r)
{
    return xen_get32(r->page.bytes + XEN_REQ_PROD) - r->req_cons;
}

// A notification is wanted for the next request.
static void ring_ask(const xen_ring_t *r)
{
    xen_put32(r->page.bytes + XEN_REQ_EVENT, r->req_cons + 1);
}

// Copies the next request out: the guest may change it meanwhile.
static void ring_take(xen_ring_t *r, uint8_t *request)
{
    memcpy(request, r->page.bytes + xen_slot(r->req_cons, r->slot_bytes), r->slot_bytes);
    r->req_cons++;
}

// True: the guest wants an event.
static bool ring_answer(xen_ring_t *r, const uint8_t *response, size_t bytes)
{
    const uint32_t from = r->rsp_prod++;
    memcpy(r->page.bytes + xen_slot(from, r->slot_bytes), response, bytes);
    xen_put32(r->page.bytes + XEN_RSP_PROD, r->rsp_prod);
    return xen_wants_event(from, r->rsp_prod, xen_get32(r->page.bytes + XEN_RSP_EVENT));
}

// ---- connection --------------------------------------------------------------------------------

static void disconnect(xen_t *x)
{
    xen_grant_done(&x->grants, &x->tx.page);
    xen_grant_done(&x->grants, &x->rx.page);
    x->event = NULL;
    x->state = XEN_CLOSED;
}

static void connect(xen_t *x)
{
    const bool pages = xen_grants_begin(&x->grants, x->grant_frame) &&
                       (x->event = xen_frames(&x->grants, x->event_frame, 1));
    x->tx = x->rx = (xen_ring_t){0};
    x->state = XEN_CONNECTED;
    if (pages && ring_attach(x, &x->tx, x->tx_ref, XEN_TX_SLOT) &&
        ring_attach(x, &x->rx, x->rx_ref, XEN_RX_SLOT))
        return;
    disconnect(x);
}

// Something of the guest's is in the thread's hands.
static bool busy(const xen_t *x)
{
    return x->sending.taken || x->receiving.taken;
}

// The guest asks for a state. What is under way is finished first.
static void set_state(xen_t *x, uint32_t state)
{
    if (state == XEN_CONNECTED && x->state == XEN_CLOSED) {
        connect(x);
    } else if (state == XEN_CLOSED && x->state == XEN_CONNECTED) {
        x->state = XEN_CLOSING;
        if (!busy(x)) disconnect(x);
        if (backend_waiting(x->backend)) backend_wake(x->backend, NULL); // to be thrown away
    }
}

static void finish(xen_t *x)
{
    if (x->state == XEN_CLOSING && !busy(x)) disconnect(x);
}

// Is there a request? More than there are slots can only be a guest that has gone astray, or means harm.
static bool has_request(xen_t *x, const xen_ring_t *r)
{
    if (x->state != XEN_CONNECTED) return false;
    const uint32_t n = ring_requests(r);
    if (n > XEN_RING) {
        x->stats.fatal++;
        disconnect(x);
        return false;
    }
    return n > 0;
}

// ---- events ------------------------------------------------------------------------------------

static void event_to_guest(xen_t *x, core_t *c)
{
    core_charge(c, x->params.event_ps);
    core_settle(c);
    if (!x->event) return; // closed meanwhile
    if (xen_get32(x->event)) {
        x->stats.events_merged++;
        return;
    }
    xen_put32(x->event, 1);
    x->stats.events_to_guest++;
    const uint64_t now_cyc = c->sim->now_cyc;
    if (x->params.vif.interrupt) x->params.vif.interrupt(x->params.vif.ctx, now_cyc, true);
    os_dev_msi(x->dev, now_cyc, 0, 0);
}

// On the core of the thread.
static bool on_event(void *ctx)
{
    xen_t *x = ctx;
    backend_wake(x->backend, core_current(x->sim));
    return true;
}

static void event_from_guest(xen_t *x)
{
    x->stats.events_from_guest++;
    core_irq_edge(&x->irq, x->sim->now_cyc);
}

// ---- to the guest ------------------------------------------------------------------------------

static void refuse(const xen_t *x, os_pkt_t *p)
{
    if (x->params.vif.refused) x->params.vif.refused(x->params.vif.ctx, p);
    os_pkt_free(x->params.vif.uplink, p);
}

static void from_bridge(void *ctx, core_t *c, os_pkt_t *p)
{
    xen_t *x = ctx;
    if (x->params.vif.offered) x->params.vif.offered(x->params.vif.ctx, p, core_now_cyc(c));
    core_settle(c);
    const bool fits = x->state == XEN_CONNECTED && p->len <= XEN_PAGE;
    if (!fits || !backend_put(x->backend, c, p)) refuse(x, p);
}

static uint64_t work_ps(const xen_t *x, const xen_hand_t *h)
{
    if (!h->page.bytes) return x->params.netback_ps;
    return x->params.netback_ps + x->params.grant_copy_ps + x->params.byte_ps * h->bytes;
}

static uint64_t to_guest_begin(void *ctx, core_t *c, const os_pkt_t *p)
{
    xen_t *x = ctx;
    uint8_t request[XEN_RX_SLOT];
    xen_hand_t *h = &x->receiving;
    look(x, c);
    *h = (xen_hand_t){.bytes = p->len};
    if (has_request(x, &x->rx)) {
        ring_take(&x->rx, request);
        h->taken = true;
        h->id = (uint16_t)xen_get32(request);
        (void)xen_grant_use(&x->grants, xen_get32(request + 4), true, &h->page);
    } else if (x->state == XEN_CONNECTED) {
        return BACKEND_NOTHING;
    } // else it has nowhere to go any more
    return work_ps(x, h);
}

// True: the guest wants an event.
static bool answer_received(xen_t *x, const os_pkt_t *p, bool good)
{
    uint8_t response[XEN_RX_SLOT];
    const uint16_t status = (uint16_t)(good ? (int)p->len : XEN_ERROR);
    xen_put32(response, x->receiving.id); // offset 0
    xen_put32(response + 4, (good && p->csum_ok ? XEN_RX_VALIDATED : 0) | (uint32_t)status << 16);
    if (!good) x->stats.rx_errors++;
    return ring_answer(&x->rx, response, sizeof response);
}

static void to_guest_end(void *ctx, core_t *c, os_pkt_t *p)
{
    xen_t *x = ctx;
    const vif_params_t *v = &x->params.vif;
    xen_hand_t *h = &x->receiving;
    const bool good = h->page.bytes != NULL;
    look(x, c);
    if (good) {
        const uint64_t hpa = memory_hpa(v->mem, h->page.bytes);
        memcpy(h->page.bytes, p->data, p->len);
        xen_grant_done(&x->grants, &h->page);
        if (v->taken) v->taken(v->ctx, p);
        if (v->hosted) v->hosted(v->ctx, c->sim->now_cyc, hpa);
    }
    const bool event = h->taken && answer_received(x, p, good);
    h->taken = false;
    finish(x);
    if (good) os_pkt_free(v->uplink, p);
    else refuse(x, p);
    if (event) event_to_guest(x, c);
}

// ---- from the guest ----------------------------------------------------------------------------

static uint64_t from_guest_begin(void *ctx, core_t *c)
{
    xen_t *x = ctx;
    uint8_t request[XEN_TX_SLOT];
    xen_hand_t *h = &x->sending;
    look(x, c);
    if (!has_request(x, &x->tx)) return BACKEND_NOTHING;
    ring_take(&x->tx, request);
    if (x->params.vif.fetched) x->params.vif.fetched(x->params.vif.ctx);
    const uint32_t last = xen_get32(request + 8);
    *h = (xen_hand_t){.taken = true,
                      .id = (uint16_t)last,
                      .offset = xen_get32(request + 4) & 0xFFFF,
                      .bytes = last >> 16};
    if (h->bytes >= HEADER_BYTES && h->offset + h->bytes <= XEN_PAGE)
        (void)xen_grant_use(&x->grants, xen_get32(request), false, &h->page);
    return work_ps(x, h);
}

// Copies the frame out of the guest; NULL: the request is bad, or memory is short.
static os_pkt_t *copy_out(xen_t *x, core_t *c)
{
    xen_hand_t *h = &x->sending;
    if (!h->page.bytes) return NULL;
    os_pkt_t *p = os_dev_pkt(x->params.vif.uplink, h->bytes);
    look(x, c); // the buffer has taken time
    if (p) {
        memcpy(p->data, h->page.bytes + h->offset, h->bytes);
        p->len = h->bytes;
    }
    xen_grant_done(&x->grants, &h->page);
    return p;
}

static void from_guest_end(void *ctx, core_t *c)
{
    xen_t *x = ctx;
    uint8_t response[4];
    look(x, c);
    os_pkt_t *p = copy_out(x, c);
    const uint16_t status = (uint16_t)(p ? XEN_TX_OKAY : XEN_ERROR);
    xen_put32(response, x->sending.id | (uint32_t)status << 16);
    const bool event = ring_answer(&x->tx, response, sizeof response);
    x->stats.tx_errors += !p;
    x->sent_lost += !p;
    x->sending.taken = false;
    finish(x);
    if (event) event_to_guest(x, c);
    if (p) bridge_in(x->params.vif.bridge, c, x->port, p);
}

// Events on, and one more look.
static bool rest(void *ctx, core_t *c)
{
    xen_t *x = ctx;
    look(x, c);
    const bool waits = backend_waiting(x->backend) > 0;
    if (x->state != XEN_CONNECTED) return waits; // to be thrown away
    ring_ask(&x->tx);
    if (waits) ring_ask(&x->rx);
    return ring_requests(&x->tx) > 0 || (waits && ring_requests(&x->rx) > 0);
}

// ---- registers ---------------------------------------------------------------------------------

static enum vcpu_exit on_trap(void *ctx, nic_access_t *a)
{
    (void)ctx, (void)a;
    return VCPU_EXIT_hypercall;
}

static uint32_t on_read(void *ctx, core_t *c, const nic_access_t *a)
{
    const xen_t *x = ctx;
    const uint8_t *mac = x->params.vif.mac;
    (void)c;
    if (a->space == NIC_SPACE_CFG) return a->addr == 0 ? XEN_ID << 16 | XEN_ID >> 16 : 0;
    switch (a->addr) {
    case XEN_REG_STATE: return x->state;
    case XEN_REG_MAC_LO: return xen_get32(mac);
    case XEN_REG_MAC_HI: return (uint32_t)mac[5] << 8 | mac[4];
    default: return 0;
    }
}

static void on_write(void *ctx, core_t *c, const nic_access_t *a)
{
    xen_t *x = ctx;
    if (a->space != NIC_SPACE_MEM) return;
    look(x, c);
    switch (a->addr) {
    case XEN_REG_STATE: set_state(x, a->wdata); break;
    case XEN_REG_GRANT_FRAME: x->grant_frame = a->wdata; break;
    case XEN_REG_EVENT_FRAME: x->event_frame = a->wdata; break;
    case XEN_REG_TX_REF: x->tx_ref = a->wdata; break;
    case XEN_REG_RX_REF: x->rx_ref = a->wdata; break;
    case XEN_REG_NOTIFY: event_from_guest(x); break;
    default: break;
    }
}

// ---- set-up ------------------------------------------------------------------------------------

xen_params_t xen_params_of(const profile_t *p)
{
    const uint64_t *v = p->value;
    return (xen_params_t){.netback_ps = v[COST_netback_packet_ns] * 1000,
                          .grant_copy_ps = v[COST_grant_copy_ns] * 1000,
                          .byte_ps = v[COST_backend_byte_ps],
                          .event_ps = v[COST_exit_hypercall_ns] * 1000};
}

static void xen_destroy(void *ctx)
{
    xen_t *x = ctx;
    backend_destroy(x->backend);
    free(x);
}

static uint64_t sent_lost(const void *ctx)
{
    const xen_t *x = ctx;
    return x->sent_lost;
}

static bool is_idle(const void *ctx, uint64_t now_cyc)
{
    const xen_t *x = ctx;
    (void)now_cyc;
    if (!backend_idle(x->backend) || x->irq.pending || x->irq.in_service) return false;
    return x->state != XEN_CONNECTED || (ring_requests(&x->tx) == 0 && xen_get32(x->event) == 0);
}

xen_stats_t xen_stats(const vif_t *v)
{
    const xen_t *x = v->ctx;
    xen_stats_t s = x->stats;
    s.refused_grants = x->grants.refused;
    return s;
}

bool xen_create(vif_t *v, const xen_params_t *p)
{
    xen_t *x = calloc(1, sizeof *x);
    if (!x) return false;
    const os_virt_t virt = {.ctx = x, .trap = on_trap, .read = on_read, .write = on_write};
    const backend_ops_t ops = {.ctx = x,
                               .to_guest_begin = to_guest_begin,
                               .to_guest_end = to_guest_end,
                               .from_guest_begin = from_guest_begin,
                               .from_guest_end = from_guest_end,
                               .rest = rest};
    x->params = *p;
    x->sim = p->vif.sim;
    x->state = XEN_CLOSED;
    x->grants = (xen_grants_t){.mem = p->vif.mem, .from = p->domain_from, .to = p->domain_to};
    core_irq_listen(&x->irq, p->vif.core, on_event, x);
    x->dev = os_dev_create_virtual(os_dev_host(p->vif.uplink), p->vif.guest_core, &virt);
    x->backend = backend_create(p->vif.core, p->vif.queue_max, &ops);
    if (x->backend && p->tasklet) backend_set_tasklet(x->backend);
    x->port = bridge_add(p->vif.bridge, x->params.vif.mac, from_bridge, x);
    *v = (vif_t){.ctx = x,
                 .id = XEN_ID,
                 .dev = x->dev,
                 .backend = x->backend,
                 .idle = is_idle,
                 .sent_lost = sent_lost,
                 .destroy = xen_destroy};
    return x->dev && x->backend && x->port;
}
