// SPDX-License-Identifier: Apache-2.0
#include "hostbridge/peer.h"

#include "hostbridge/net_bytes.h"
#include "hostbridge/rcv_window.h"

#include <stdlib.h>

enum { NUMBER_AT = 42 }; // behind Ethernet, IPv4 and UDP

struct peer {
    sim_t *sim;
    trace_feedback_t f;
    peer_stats_t stats;
    void (*changed)(void *ctx);
    void *ctx;
    uint64_t requests;
    // By number of the request; and when the sessions that wait may go on, oldest first.
    uint64_t asked_cyc[TRACE_SESSIONS_MAX];
    bool open[TRACE_SESSIONS_MAX];
    uint16_t asked_by[TRACE_SESSIONS_MAX]; // session
    uint64_t ready_cyc[TRACE_SESSIONS_MAX];
    uint16_t ready[TRACE_SESSIONS_MAX];
    uint32_t ready_head, ready_tail; // free running
    peer_hosts_t *hosts;             // NULL: sessions only think
    rr_stats_t *client;
    // TCP
    uint32_t next, acked, edge; // sequence numbers; segments up to `edge` may go
    uint32_t old_edge;          // ... up to here before the latest acknowledgement has arrived
    uint64_t edge_cyc;
    bool probe; // the next one goes whatever the window
    sim_event_t rto;
};

static uint32_t smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static bool after(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b) > 0;
}

// ---- requests ----------------------------------------------------------------------------------

static uint64_t next_session(const peer_t *p)
{
    if (p->requests < p->f.sessions) return 0;
    if (p->ready_head == p->ready_tail) return SIM_NEVER;
    return p->ready_cyc[p->ready_head % TRACE_SESSIONS_MAX];
}

static void request_sent(peer_t *p, uint64_t first_cyc, const uint8_t *frame, uint32_t len)
{
    unsigned session = (unsigned)p->requests;
    if (p->requests++ >= p->f.sessions) session = p->ready[p->ready_head++ % TRACE_SESSIONS_MAX];
    if (p->client) p->client[session].requests++;
    if (len < NUMBER_AT + 4) return;
    const uint32_t i = net_get32(frame + NUMBER_AT) % TRACE_SESSIONS_MAX;
    p->asked_cyc[i] = first_cyc;
    p->asked_by[i] = (uint16_t)session;
    p->open[i] = true;
}

static void is_ready(peer_t *p, unsigned session, uint64_t cyc)
{
    p->ready[p->ready_tail % TRACE_SESSIONS_MAX] = (uint16_t)session;
    p->ready_cyc[p->ready_tail++ % TRACE_SESSIONS_MAX] = cyc;
}

static void on_ready(void *ctx, unsigned client)
{
    peer_t *p = ctx;
    is_ready(p, client, p->sim->now_cyc);
    p->changed(p->ctx);
}

static bool answered(peer_t *p, uint64_t last_cyc, const uint8_t *frame, uint32_t len)
{
    if (len < NUMBER_AT + 4) return false;
    const uint32_t i = net_get32(frame + NUMBER_AT) % TRACE_SESSIONS_MAX;
    if (!p->open[i]) return false;
    p->open[i] = false;
    meter_hist_add(&p->stats.rtt, (last_cyc + 1 - p->asked_cyc[i]) * CYC_NS);
    if (p->hosts) {
        rr_answered(&p->client[p->asked_by[i]], p->asked_cyc[i], last_cyc + 1);
        peer_hosts_answered(p->hosts, p->asked_by[i], last_cyc + 1);
    } else {
        is_ready(p, p->asked_by[i], last_cyc + 1 + cyc_of_ps(p->f.think_ps));
    }
    return true;
}

// ---- segments ----------------------------------------------------------------------------------

// Retransmission and persist timer: nobody has answered, or the window was too small.
static void arm(peer_t *p, uint64_t now_cyc)
{
    sim_cancel(p->sim, &p->rto);
    sim_at(p->sim, &p->rto, now_cyc + cyc_of_ns(PEER_RTO_NS));
}

static void on_rto(void *ctx, uint64_t now_cyc)
{
    peer_t *p = ctx;
    const uint32_t window = p->edge - p->acked;
    p->stats.timeouts += p->next != p->acked;
    p->acked = p->next;
    p->old_edge = p->edge = p->next + window;
    p->edge_cyc = now_cyc;
    p->probe = true;
    p->changed(p->ctx);
}

static uint64_t next_segment(const peer_t *p, const uint8_t *frame, uint32_t len)
{
    rcv_segment_t s;
    if (!rcv_segment(frame, len, &s)) return 0;
    if (p->probe) return 0;
    if (!after(s.end, p->old_edge)) return 0;
    return after(s.end, p->edge) ? SIM_NEVER : p->edge_cyc;
}

static void segment_sent(peer_t *p, uint64_t first_cyc, const uint8_t *frame, uint32_t len)
{
    rcv_segment_t s;
    if (!rcv_segment(frame, len, &s)) return;
    p->next = s.end;
    p->probe = false;
    arm(p, first_cyc);
}

static bool acknowledged(peer_t *p, uint64_t last_cyc, const uint8_t *frame, uint32_t len)
{
    rcv_segment_t s;
    if (!rcv_segment(frame, len, &s) || after(s.ack, p->next) || after(p->acked, s.ack))
        return false;
    p->old_edge = p->edge;
    p->acked = s.ack;
    p->edge = s.ack + smaller(s.window, p->f.window);
    p->edge_cyc = last_cyc + 1;
    arm(p, last_cyc + 1);
    return true;
}

// ---- the peer ----------------------------------------------------------------------------------

// False: out of memory.
static bool create_clients(peer_t *p, const peer_costs_t *costs)
{
    if (!p->f.machines) return true;
    p->hosts = peer_hosts_create(p->sim, &p->f, costs, on_ready, p);
    p->client = calloc(p->f.sessions, sizeof *p->client);
    return p->hosts && p->client;
}

peer_t *peer_create(sim_t *sim, const trace_feedback_t *f, const peer_costs_t *costs,
                    uint32_t window, void (*changed)(void *ctx), void *ctx)
{
    peer_t *p = calloc(1, sizeof *p);
    if (!p) return NULL;
    p->sim = sim;
    p->f = *f;
    p->changed = changed;
    p->ctx = ctx;
    p->next = p->acked = RCV_FIRST;
    p->probe = true;
    p->old_edge = p->edge = RCV_FIRST + smaller(window, p->f.window);
    sim_event_init(&p->rto, "retransmission timeout", on_rto, p);
    if (meter_hist_init(&p->stats.rtt) == 0 && create_clients(p, costs)) return p;
    peer_destroy(p);
    return NULL;
}

void peer_destroy(peer_t *p)
{
    if (!p) return;
    sim_cancel(p->sim, &p->rto);
    peer_hosts_destroy(p->hosts);
    free(p->client);
    meter_hist_free(&p->stats.rtt);
    free(p);
}

uint64_t peer_gate(const peer_t *p, const uint8_t *frame, uint32_t len)
{
    return p->f.kind == TRACE_ANSWERS ? next_session(p) : next_segment(p, frame, len);
}

void peer_sent(peer_t *p, uint64_t first_cyc, const uint8_t *frame, uint32_t len)
{
    if (p->f.kind == TRACE_ANSWERS) request_sent(p, first_cyc, frame, len);
    else segment_sent(p, first_cyc, frame, len);
}

void peer_heard(peer_t *p, uint64_t last_cyc, const uint8_t *frame, uint32_t len)
{
    const bool ours = p->f.kind == TRACE_ANSWERS ? answered(p, last_cyc, frame, len)
                                                 : acknowledged(p, last_cyc, frame, len);
    if (!ours) return;
    if (p->stats.answers++ == 0) p->stats.first_cyc = last_cyc;
    p->stats.last_cyc = last_cyc;
}

const peer_stats_t *peer_stats(const peer_t *p)
{
    return &p->stats;
}

unsigned peer_clients(const peer_t *p)
{
    return p->hosts ? p->f.sessions : 0;
}

const rr_stats_t *peer_client(const peer_t *p, unsigned client, char name[32])
{
    peer_hosts_name(p->hosts, client, name);
    return &p->client[client];
}

int peer_asker(const peer_t *p, const uint8_t *frame, uint32_t len)
{
    if (!p->hosts || len < NUMBER_AT + 4) return -1;
    const uint32_t i = net_get32(frame + NUMBER_AT) % TRACE_SESSIONS_MAX;
    return p->open[i] ? p->asked_by[i] : -1;
}
