// SPDX-License-Identifier: Apache-2.0
#include "hostbridge/netstack.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NETSTACK_TX_WEIGHT 64u // packets per transmit softirq

typedef struct netstack_queue {
    os_pkt_t *head, **tail;
    uint32_t count;
} netstack_queue_t;

enum netstack_phase { APP_PROCESS, APP_SEND };

struct netstack {
    os_dev_t *dev;
    netstack_params_t params;
    netstack_stats_t stats;
    core_task_t app;
    netstack_queue_t socket, qdisc;
    bool transmitting;      // a softirq has a packet of qdisc in hand
    uint32_t sending;       // packets that others are giving to the driver
    uint32_t acknowledging; // acknowledgements under way, up to the driver or the queue
    rcv_window_t window;
    // the application's packet in hand
    os_pkt_t *pkt;
    enum netstack_phase phase;
    bool asking;       // it is a request
    uint64_t asked_ps; // the last one
    uint64_t left_ps;
};

static void queue_put(netstack_queue_t *q, os_pkt_t *p)
{
    p->next = NULL;
    *q->tail = p;
    q->tail = &p->next;
    q->count++;
}

static os_pkt_t *queue_take(netstack_queue_t *q)
{
    os_pkt_t *p = q->head;
    if (!p) return NULL;
    q->head = p->next;
    if (!q->head) q->tail = &q->head;
    q->count--;
    return p;
}

// ---- transmit ----------------------------------------------------------------------------------

// What the driver has said of a packet: false, it is to wait.
static bool netstack_given(netstack_t *s, os_pkt_t *p, int r)
{
    if (r == -EBUSY) return false;
    if (r == 0) {
        s->stats.sent++;
        return true;
    }
    s->stats.refused++;
    os_pkt_free(s->dev, p);
    return true;
}

// Both callers and the softirq may run on different cores: os_dev_xmit waits for its lock, so the
// queue is only looked at settled, and a packet is out of it while it is being sent.
void netstack_send(netstack_t *s, core_t *c, os_pkt_t *p)
{
    core_settle(c);
    s->stats.to_send++;
    if (!s->qdisc.head && !s->transmitting) {
        s->sending++;
        const bool given = netstack_given(s, p, os_dev_xmit(s->dev, c, p));
        if (!given) core_settle(c);
        s->sending--; // not idle before it is out
        if (given) return;
    }
    if (s->qdisc.count >= s->params.queue_max) {
        s->stats.queue_drops++;
        os_pkt_free(s->dev, p);
        return;
    }
    s->stats.queued++;
    queue_put(&s->qdisc, p);
    // The driver may have woken the queue while it was still empty.
    if (!os_dev_tx_stopped(s->dev)) os_dev_tx_schedule(s->dev, c);
}

static void netstack_out(netstack_t *s, core_t *c, os_pkt_t *p)
{
    if (s->params.send) s->params.send(s->params.send_ctx, c, p);
    else netstack_send(s, c, p);
}

static bool netstack_waiting(void *ctx)
{
    const netstack_t *s = ctx;
    return s->qdisc.head != NULL;
}

static bool netstack_transmit(void *ctx, core_t *c)
{
    netstack_t *s = ctx;
    core_settle(c);
    if (s->transmitting) return false; // another core is at it, and goes on until nothing waits
    for (unsigned n = 0; s->qdisc.head; n++) {
        if (n == NETSTACK_TX_WEIGHT) return true;
        os_pkt_t *p = queue_take(&s->qdisc);
        s->transmitting = true; // nobody may send past it
        int r = os_dev_xmit(s->dev, c, p);
        core_settle(c);
        s->transmitting = false;
        if (!netstack_given(s, p, r)) { // back to the front
            if (!s->qdisc.head) s->qdisc.tail = &p->next;
            p->next = s->qdisc.head;
            s->qdisc.head = p;
            s->qdisc.count++;
            return false;
        }
    }
    return false;
}

// ---- receive -----------------------------------------------------------------------------------

static uint32_t netstack_free(const netstack_t *s)
{
    return s->params.sockbuf - s->stats.sockbuf_used;
}

// In a handler, which may have interrupted a sender, by way of the softirq.
static void netstack_send_ack(netstack_t *s, core_t *c)
{
    os_pkt_t *p = os_dev_pkt(s->dev, RCV_ACK_BYTES);
    if (!p) return;
    core_settle(c);
    p->len = RCV_ACK_BYTES;
    rcv_window_ack(&s->window, netstack_free(s), p->data);
    s->stats.acks++;
    if (!c->irq_off || s->params.send) {
        netstack_out(s, c, p);
        return;
    }
    s->stats.to_send++;
    queue_put(&s->qdisc, p);
    os_dev_tx_schedule(s->dev, c);
}

// Makes an acknowledgement and sends it.
static void netstack_acknowledge(netstack_t *s, core_t *c)
{
    s->acknowledging++; // the packet has been delivered: without this the run might be over
    netstack_send_ack(s, c);
    s->acknowledging--;
}

static uint32_t netstack_truesize(const netstack_t *s, const os_pkt_t *p)
{
    return p->size + s->params.truesize_extra;
}

static void netstack_arrived(void *ctx, core_t *c, os_pkt_t *p)
{
    netstack_t *s = ctx;
    (void)c;
    if (s->params.received) s->params.received(s->params.ctx, p, p->stamp[OS_STAMP_DRIVER]);
    s->stats.received++;
    s->stats.received_bytes += p->len;
}

static void netstack_receive(void *ctx, core_t *c, os_pkt_t *p)
{
    netstack_t *s = ctx;
    if (s->app.core != c) core_settle(c); // the socket is shared
    uint32_t truesize = netstack_truesize(s, p);
    if (truesize > s->params.sockbuf || s->stats.sockbuf_used > s->params.sockbuf - truesize) {
        s->stats.socket_drops++;
        if (s->params.dropped) s->params.dropped(s->params.ctx, p, core_now_cyc(c));
        os_pkt_free(s->dev, p);
        return;
    }
    s->stats.sockbuf_used += truesize;
    if (s->stats.sockbuf_used > s->stats.sockbuf_peak)
        s->stats.sockbuf_peak = s->stats.sockbuf_used;
    p->stamp[OS_STAMP_SOCKET] = core_now_cyc(c);
    const bool ack = s->params.ack && rcv_window_arrived(&s->window, p->data, p->len);
    queue_put(&s->socket, p);
    if (!s->app.ready) {
        s->stats.app_wakeups++;
        core_task_wake(c, &s->app);
    }
    if (ack) netstack_acknowledge(s, c);
}

// ---- the application ---------------------------------------------------------------------------

static void app_take(netstack_t *s, os_pkt_t *p)
{
    s->pkt = p;
    s->phase = APP_PROCESS;
    s->left_ps = s->params.app_packet_ps + s->params.app_byte_ps * p->len;
}

static void app_processed(netstack_t *s, core_t *c)
{
    os_pkt_t *p = s->pkt;
    uint64_t now_cyc = core_now_cyc(c);
    p->stamp[OS_STAMP_APP] = now_cyc;
    s->stats.sockbuf_used -= netstack_truesize(s, p);
    s->stats.delivered++;
    s->stats.delivered_bytes += p->len;
    if (s->params.delivered) s->params.delivered(s->params.ctx, p, now_cyc);
    if (s->params.echo && (!s->params.answered || s->params.answered(s->params.ctx, p))) {
        s->phase = APP_SEND;
        s->left_ps = s->params.app_send_ps;
    } else {
        s->pkt = NULL;
        os_pkt_free(s->dev, p);
    }
    if (s->params.ack && rcv_window_read(&s->window, netstack_free(s), !s->socket.head))
        netstack_acknowledge(s, c);
}

// False: the application has nothing to ask, and no time has passed. If memory is short there is no packet in hand all the same.
static bool app_ask(netstack_t *s, core_t *c)
{
    uint8_t request[NETSTACK_REQUEST];
    const uint32_t len =
        s->params.ask ? s->params.ask(s->params.ask_ctx, request, core_now_cyc(c)) : 0;
    if (!len) return false;
    os_pkt_t *p = os_dev_pkt(s->dev, len);
    if (!p) return true; // it is gone, and so is the client
    memcpy(p->data, request, len);
    p->len = len;
    s->pkt = p;
    s->phase = APP_SEND;
    s->asking = true;
    s->left_ps = s->params.app_send_ps;
    // Answered in the instant it was asked: where everything is free, time must go on all the same.
    if (c->local_ps == s->asked_ps) core_charge(c, CYC_PS);
    s->asked_ps = c->local_ps;
    return true;
}

static void app_send(netstack_t *s, core_t *c)
{
    os_pkt_t *p = s->pkt;
    uint8_t mac[6];
    if (p->len >= 12 && !s->asking) {
        memcpy(mac, p->data, 6);
        memcpy(p->data, p->data + 6, 6);
        memcpy(p->data + 6, mac, 6);
    }
    s->asking = false;
    netstack_out(s, c, p);
    s->pkt = NULL; // not idle before it is out
}

static void app_run(core_t *c, void *ctx)
{
    netstack_t *s = ctx;
    for (;;) {
        if (!s->pkt) {
            core_settle(c);
            os_pkt_t *p = queue_take(&s->socket);
            if (p) app_take(s, p);
            else if (!app_ask(s, c)) break;
            if (!s->pkt) continue;
        }
        s->left_ps = core_work(c, s->left_ps);
        if (s->left_ps) return;
        if (s->phase == APP_PROCESS) {
            app_processed(s, c);
        } else {
            app_send(s, c);
        }
        if (core_should_yield(c)) return;
    }
    s->app.ready = false; // the socket was looked at in this very instant
}

// ---- set-up ------------------------------------------------------------------------------------

netstack_params_t netstack_params_of(const profile_t *p)
{
    const uint64_t *v = p->value;
    return (netstack_params_t){
        .app_packet_ps = v[COST_app_packet_ns] * 1000,
        .app_byte_ps = v[COST_app_byte_ps],
        .app_send_ps = v[COST_app_send_ns] * 1000,
        .truesize_extra = (uint32_t)v[COST_skb_truesize_bytes],
        .sockbuf = (uint32_t)v[COST_sockbuf_bytes],
        .queue_max = 1000,
    };
}

netstack_t *netstack_create(os_dev_t *d, const netstack_params_t *p)
{
    core_set_t *cores = os_host_cores(os_dev_host(d));
    if (p->app_core >= cores->count) return NULL;
    netstack_t *s = calloc(1, sizeof *s);
    if (!s) return NULL;
    s->dev = d;
    s->params = *p;
    rcv_window_init(&s->window, p->sockbuf);
    s->socket.tail = &s->socket.head;
    s->qdisc.tail = &s->qdisc.head;
    s->app = (core_task_t){.name = "app", .account = CORE_APP, .run = app_run, .ctx = s};
    s->app.floats = p->wake_affine;
    core_task_add(&cores->core[p->app_core], &s->app);
    os_stack_t stack = {.ctx = s,
                        .arrived = netstack_arrived,
                        .receive = netstack_receive,
                        .waiting = netstack_waiting,
                        .transmit = netstack_transmit};
    os_dev_set_stack(d, &stack);
    return s;
}

void netstack_ask(netstack_t *s)
{
    core_task_wake(NULL, &s->app);
}

void netstack_destroy(netstack_t *s)
{
    free(s);
}

const netstack_stats_t *netstack_stats(const netstack_t *s)
{
    return &s->stats;
}

uint32_t netstack_window(const netstack_t *s)
{
    return rcv_window_of(netstack_free(s));
}

uint32_t netstack_pending(const netstack_t *s)
{
    return s->socket.count + (s->pkt && s->phase == APP_PROCESS);
}

uint32_t netstack_queued(const netstack_t *s)
{
    return s->qdisc.count;
}

uint32_t netstack_sending(const netstack_t *s)
{
    return s->sending + s->transmitting;
}

bool netstack_idle(const netstack_t *s)
{
    return !s->socket.head && !s->pkt && !s->qdisc.head && !netstack_sending(s) &&
           !s->acknowledging;
}
