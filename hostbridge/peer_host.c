// SPDX-License-Identifier: Apache-2.0
#include "hostbridge/peer_host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WIRE_BYTES = 8 + 4 }; // preamble and FCS

enum peer_stage { AT_SWITCH, AT_GUEST, AT_PORT };

typedef struct peer_client {
    struct peer_hosts *hosts;
    enum trace_client kind;
    unsigned machine;
    unsigned number; // among those of its kind there
    enum peer_stage stage;
    sim_event_t event; // the stage is over
} peer_client_t;

struct peer_hosts {
    sim_t *sim;
    trace_feedback_t f;
    uint64_t in_cyc[TRACE_CLIENT_KINDS], away_cyc[TRACE_CLIENT_KINDS], out_cyc[TRACE_CLIENT_KINDS];
    uint64_t switch_cyc;
    void (*ready)(void *ctx, unsigned client);
    void *ctx;
    uint64_t *free_cyc; // by machine: its processor has done all that has come
    peer_client_t *client;
};

// ---- costs -------------------------------------------------------------------------------------

peer_costs_t peer_costs_of(const profile_t *p, uint32_t link_mbps, uint32_t bytes, bool tasklet)
{
    const uint64_t *v = p->value;
    const uint64_t stack =
        v[COST_rx_stack_ns] < v[COST_rx_packet_ns] ? v[COST_rx_stack_ns] : v[COST_rx_packet_ns];
    const uint64_t irq = v[COST_irq_entry_ns] + v[COST_irq_exit_ns],
                   poll = v[COST_softirq_entry_ns] + v[COST_poll_ns] + v[COST_rx_alloc_ns],
                   wake = v[COST_wakeup_ns] + v[COST_context_switch_ns],
                   wake_netback = tasklet ? v[COST_softirq_entry_ns] : wake;
    // The driver's part of receiving and sending, and what the application takes from the socket on.
    const uint64_t from_wire = v[COST_idle_exit_ns] + irq + poll + v[COST_rx_packet_ns] - stack,
                   to_wire = v[COST_tx_packet_ns] + v[COST_tx_clean_ns];
    const uint64_t app =
        stack + wake + v[COST_app_packet_ns] + v[COST_rx_alloc_ns] + v[COST_app_send_ns];
    const uint64_t bridge = v[COST_bridge_ns],
                   netback = v[COST_netback_packet_ns] + v[COST_grant_copy_ns];
    const uint64_t app_ps = v[COST_app_byte_ps] * bytes,
                   netback_ps = v[COST_backend_byte_ps] * bytes,
                   wire_ps = v[COST_rx_byte_ps] * bytes;
    peer_costs_t c = {.switch_ps = (uint64_t)(bytes + WIRE_BYTES) * 8 * 1000000 / link_mbps};
    c.path[TRACE_CLIENT_NATIVE].in_ps = (from_wire + app + to_wire) * 1000 + wire_ps + app_ps;
    c.path[TRACE_CLIENT_DOM0].in_ps = c.path[TRACE_CLIENT_NATIVE].in_ps + 2 * bridge * 1000;
    c.path[TRACE_CLIENT_DOMU] = (peer_path_t){
        .in_ps = (from_wire + bridge + wake_netback + netback + v[COST_exit_hypercall_ns]) * 1000 +
                 wire_ps + netback_ps,
        .away_ps =
            (v[COST_vcpu_switch_ns] + v[COST_vcpu_wake_ns] + irq + poll + v[COST_rx_packet_ns] -
             stack + app + v[COST_tx_packet_ns] + v[COST_exit_hypercall_ns]) *
                1000 +
            wire_ps + app_ps,
        .out_ps = (v[COST_idle_exit_ns] + irq + wake_netback + v[COST_rx_alloc_ns] + netback +
                   v[COST_exit_hypercall_ns] + bridge + to_wire) *
                      1000 +
                  netback_ps};
    return c;
}

// ---- a client ----------------------------------------------------------------------------------

// The machine's processor does that much more; when it has done it.
static uint64_t serve(peer_client_t *c, uint64_t now_cyc, uint64_t work_cyc)
{
    uint64_t *free_cyc = &c->hosts->free_cyc[c->machine];
    *free_cyc = (*free_cyc > now_cyc ? *free_cyc : now_cyc) + work_cyc;
    return *free_cyc;
}

static void on_stage(void *ctx, uint64_t now_cyc)
{
    peer_client_t *c = ctx;
    peer_hosts_t *h = c->hosts;
    switch (c->stage) {
    case AT_SWITCH: // behind it
        c->stage = h->away_cyc[c->kind] + h->out_cyc[c->kind] ? AT_GUEST : AT_PORT;
        sim_at(h->sim, &c->event,
               serve(c, now_cyc, h->in_cyc[c->kind]) +
                   (c->stage == AT_GUEST ? h->away_cyc[c->kind] : h->switch_cyc));
        break;
    case AT_GUEST:
        c->stage = AT_PORT;
        sim_at(h->sim, &c->event, serve(c, now_cyc, h->out_cyc[c->kind]) + h->switch_cyc);
        break;
    case AT_PORT: h->ready(h->ctx, (unsigned)(c - h->client)); break;
    }
}

void peer_hosts_answered(peer_hosts_t *h, unsigned client, uint64_t at_cyc)
{
    peer_client_t *c = &h->client[client];
    c->stage = AT_SWITCH;
    sim_at(h->sim, &c->event, at_cyc + h->switch_cyc);
}

void peer_hosts_name(const peer_hosts_t *h, unsigned client, char name[32])
{
    static const char *const KIND[] = {[TRACE_CLIENT_NATIVE] = "native",
                                       [TRACE_CLIENT_DOM0] = "dom0",
                                       [TRACE_CLIENT_DOMU] = "guest"};
    const peer_client_t *c = &h->client[client];
    const char *dot = c->kind == TRACE_CLIENT_DOMU ? "" : "."; // there is one, usually
    int n = snprintf(name, 32, "remote%u.%s", c->machine, KIND[c->kind]);
    if (c->kind == TRACE_CLIENT_DOMU || h->f.clients[c->kind] > 1)
        snprintf(name + n, (size_t)(32 - n), "%s%u", dot, c->number);
}

// ---- set-up ------------------------------------------------------------------------------------

static void populate(peer_hosts_t *h)
{
    peer_client_t *c = h->client;
    for (unsigned m = 0; m < h->f.machines; m++)
        for (unsigned k = 0; k < TRACE_CLIENT_KINDS; k++)
            for (unsigned n = 0; n < h->f.clients[k]; n++, c++) {
                *c = (peer_client_t){
                    .hosts = h, .kind = (enum trace_client)k, .machine = m, .number = n};
                sim_event_init(&c->event, "remote client", on_stage, c);
            }
}

peer_hosts_t *peer_hosts_create(sim_t *sim, const trace_feedback_t *f, const peer_costs_t *c,
                                void (*ready)(void *ctx, unsigned client), void *ctx)
{
    peer_hosts_t *h = calloc(1, sizeof *h);
    if (!h) return NULL;
    *h = (peer_hosts_t){.sim = sim, .f = *f, .ready = ready, .ctx = ctx};
    h->switch_cyc = cyc_of_ps(c->switch_ps);
    for (unsigned k = 0; k < TRACE_CLIENT_KINDS; k++) {
        h->in_cyc[k] = cyc_of_ps(c->path[k].in_ps);
        h->away_cyc[k] = cyc_of_ps(c->path[k].away_ps);
        h->out_cyc[k] = cyc_of_ps(c->path[k].out_ps);
    }
    h->free_cyc = calloc(f->machines, sizeof *h->free_cyc);
    h->client = calloc(f->sessions, sizeof *h->client);
    if (h->free_cyc && h->client) {
        populate(h);
        return h;
    }
    peer_hosts_destroy(h);
    return NULL;
}

void peer_hosts_destroy(peer_hosts_t *h)
{
    if (!h) return;
    for (unsigned i = 0; h->client && i < h->f.sessions; i++)
        sim_cancel(h->sim, &h->client[i].event);
    free(h->client);
    free(h->free_cyc);
    free(h);
}
