// SPDX-License-Identifier: Apache-2.0
// The host of guests (Dom0) with an application of its own: its stack is a port of its bridge. And clients of that application in the
// machine, in guests or, over loopback, in the host itself.
//
// What comes by the wire for the host's address stays in its function's account until its application has it. What guests send it, and what
// goes over loopback, begins here, as frames that guests send each other begin at the receiver's port: it is "looped". An answer is a new frame.
//
// ## Inaccuracies
// - Which process a request is for is known by who has sent it; TCP would tell by its port.
// - The host's frames pass its bridge in the context of whoever brings them: of a poll, of the thread behind a guest, of the application.
#include "hostbridge/testbed_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t LOCAL_MAC[6] = {0x02, 0,    0,
                                     0,    0x02, 0}; // of the host's client: known to nobody else

// ---- frames that begin in the machine ------------------------------------------------------------

static void begin(testbed_t *t, core_t *c, os_pkt_t *p)
{
    if (t->over) return;
    tb_func_t *f = &t->func[0];
    p->stamp[OS_STAMP_WIRE] = tb_clock(t, core_now_cyc(c)) | TB_LOOPED;
    t->extra++;
    f->in_stack[1]++;
    f->r->looped.offered++;
    f->r->looped.offered_bytes += p->len;
}

// The process that serves whoever has sent the packet; strangers have the function's own.
static const os_stack_t *server_of(const testbed_t *t, const os_pkt_t *p)
{
    int i = -1;
    if (p->len >= 12) {
        const uint8_t *from = p->data + 6;
        for (unsigned n = 0; i < 0 && n < t->funcs; n++)
            if ((t->clients >> n & 1) && memcmp(from, t->func[n].client.mac, 6) == 0) i = (int)n;
        if (i < 0 && t->peer) {
            const int client = peer_asker(t->peer, p->data, p->len);
            if (client >= 0) i = (int)t->funcs + client;
        }
    }
    return i >= 0 && t->server[i].net ? &t->server[i].stack : &t->uplink_stack;
}

static void to_server(const testbed_t *t, core_t *c, os_pkt_t *p)
{
    core_charge(c, t->stack_ps);
    core_settle(c); // cores share the socket
    const os_stack_t *s = server_of(t, p);
    s->receive(s->ctx, c, p);
}

// From the bridge to the host's stack.
static void own_out(void *ctx, core_t *c, os_pkt_t *p)
{
    testbed_t *t = ctx;
    if (p->stamp[OS_STAMP_WIRE] == 0) begin(t, c, p);
    if (!tb_looped(p) && !t->over) {
        const uint64_t up_cyc = tb_clock(t, p->stamp[OS_STAMP_DRIVER]);
        meter_hist_add(&t->func[0].r->latency_driver, (up_cyc - p->stamp[OS_STAMP_WIRE]) * CYC_NS);
    }
    to_server(t, c, p);
}

// ---- loopback ----------------------------------------------------------------------------------

static void loop_to_server(void *ctx, core_t *c, os_pkt_t *p)
{
    testbed_t *t = ctx;
    t->looping--;
    to_server(t, c, p);
}

static void loop_to_client(void *ctx, core_t *c, os_pkt_t *p)
{
    testbed_t *t = ctx;
    core_charge(c, t->stack_ps);
    core_settle(c);
    t->looping--;
    t->local.stack.receive(t->local.stack.ctx, c, p);
}

static void loop(testbed_t *t, core_t *c, os_pkt_t *p, os_netif_fn to)
{
    core_bh_disable(c); // the backlog is polled when it is over
    core_charge(c, t->loop_ps);
    core_settle(c);
    begin(t, c, p);
    t->looping++;
    if (!os_netif_rx(t->host, c, p, to, t)) {
        t->looping--;
        if (!t->over) {
            t->func[0].in_stack[1]--;
            t->func[0].r->looped.drops.backend_queue++;
            tb_account(t);
        }
        os_pkt_free(t->func[0].dev, p);
    }
    core_bh_enable(c);
}

static void client_send(void *ctx, core_t *c, os_pkt_t *p)
{
    loop(ctx, c, p, loop_to_server);
}

// What the host's application sends.
static void own_send(void *ctx, core_t *c, os_pkt_t *p)
{
    testbed_t *t = ctx;
    p->stamp[OS_STAMP_WIRE] = 0;
    if (t->local.net && memcmp(p->data, LOCAL_MAC, sizeof LOCAL_MAC) == 0)
        loop(t, c, p, loop_to_client);
    else bridge_in(t->bridge, c, t->own_port, p);
}

// ---- set-up ------------------------------------------------------------------------------------

uint32_t run_clients_parse(const char *text, unsigned guests, char err[128])
{
    uint32_t set = 0;
    while (*text) {
        char word[16];
        const size_t n = strcspn(text, ",");
        snprintf(word, sizeof word, "%.*s", n < sizeof word ? (int)n : (int)sizeof word - 1, text);
        char *end = word;
        const unsigned long guest = word[0] >= '0' && word[0] <= '9' ? strtoul(word, &end, 10) : 0;
        const bool host = strcmp(word, "host") == 0;
        if (n >= sizeof word || (!host && (end == word || *end || guest >= guests))) {
            snprintf(err, 128, "'%.20s': a guest (0 .. %u) or host expected", word, guests - 1);
            return 0;
        }
        const uint32_t bit = host ? 1 : 2u << guest;
        if (set & bit) {
            snprintf(err, 128, "'%.20s': named twice", word);
            return 0;
        }
        set |= bit;
        text += n + (text[n] == ',');
    }
    if (!set) snprintf(err, 128, "a guest (0 .. %u) or host expected", guests - 1);
    return set;
}

// Only what is addressed to the host is answered.
static bool is_for_host(void *ctx, const os_pkt_t *p)
{
    const tb_func_t *f = ctx;
    return p->len >= 6 && memcmp(p->data, f->r->mac, 6) == 0;
}

static void become_client(tb_func_t *f, netstack_params_t *p)
{
    p->ask = rr_ask;
    p->ask_ctx = &f->client;
}

void tb_own_stack(tb_func_t *f, netstack_params_t *p)
{
    testbed_t *t = f->t;
    if (t->cfg->server != SERVER_HOST || !t->bridged) return;
    if (tb_is_host(f)) {
        p->answered = is_for_host;
        p->send = own_send;
        p->send_ctx = t;
    } else if (t->clients >> f->number & 1) {
        become_client(f, p);
    }
}

static bool create(tb_socket_t *s, tb_func_t *f, const netstack_params_t *p)
{
    s->net = netstack_create(f->dev, p);
    if (s->net) s->stack = *os_dev_stack(f->dev);
    return s->net != NULL;
}

bool tb_own_build(testbed_t *t, tb_func_t *f, const netstack_params_t *p)
{
    if (t->cfg->server != SERVER_HOST) return true;
    const trace_feedback_t feedback = trace_feedback(t->trace);
    const unsigned remote = feedback.machines ? feedback.sessions : 0;
    t->server = calloc(t->funcs + remote, sizeof *t->server);
    if (!t->server) return false;
    t->servers = t->funcs + remote;
    for (unsigned i = 0; i < t->servers; i++)
        if ((i >= t->funcs || (t->clients >> i & 1)) && !create(&t->server[i], f, p)) return false;
    if (!(t->clients & 1)) return true;
    netstack_params_t client = *p;
    client.echo = false;
    client.send = client_send;
    become_client(f, &client);
    return create(&t->local, f, &client);
}

bool tb_own_port(testbed_t *t)
{
    if (t->cfg->server != SERVER_HOST) return true;
    t->stack_ps = t->profile.value[COST_rx_stack_ns] * 1000;
    t->loop_ps = t->profile.value[COST_veth_ns] * 1000;
    t->own_port = bridge_add_host(t->bridge, os_dev_mac(t->func[0].dev), own_out, t);
    return t->own_port != 0;
}

void tb_own_destroy(testbed_t *t)
{
    for (unsigned i = 0; i < t->servers; i++) netstack_destroy(t->server[i].net);
    free(t->server);
    netstack_destroy(t->local.net);
}

bool tb_own_keeps(const testbed_t *t, uint32_t ports)
{
    return t->own_port && (ports >> t->own_port & 1);
}

// ---- clients -----------------------------------------------------------------------------------

static netstack_t *stack_of(const testbed_t *t, unsigned func)
{
    return func ? t->func[func].net : t->local.net;
}

void tb_clients_begin(testbed_t *t)
{
    for (unsigned i = 0; i < t->funcs; i++) {
        rr_client_t *c = &t->func[i].client;
        memcpy(c->mac, i ? t->func[i].r->mac : LOCAL_MAC, sizeof c->mac);
        c->server = t->func[0].r->mac;
        c->number = (uint8_t)i;
    }
}

void tb_clients_start(testbed_t *t)
{
    for (unsigned i = 0; i < t->funcs; i++) {
        if (!(t->clients >> i & 1)) continue;
        t->func[i].client.on = true;
        netstack_ask(stack_of(t, i));
    }
}

void tb_clients_stop(testbed_t *t)
{
    for (unsigned i = 0; i < t->funcs; i++) t->func[i].client.on = false;
}

static void put(run_result_t *r, const char *name, const rr_stats_t *s)
{
    run_client_t *c = &r->client[r->clients++];
    snprintf(c->name, sizeof c->name, "%s", name);
    c->s = *s;
}

void tb_clients_collect(testbed_t *t)
{
    char name[32];
    for (unsigned i = 0; i < t->funcs; i++) {
        if (!(t->clients >> i & 1)) continue;
        if (i) snprintf(name, sizeof name, "guest%u", i - 1);
        else snprintf(name, sizeof name, "localhost");
        put(t->r, name, &t->func[i].client.stats);
    }
    for (unsigned i = 0; t->peer && i < peer_clients(t->peer); i++) {
        const rr_stats_t *s = peer_client(t->peer, i, name);
        put(t->r, name, s);
    }
}

uint32_t tb_own_waiting(const tb_func_t *f)
{
    const testbed_t *t = f->t;
    if (!tb_is_host(f)) return 0;
    uint32_t n = (uint32_t)t->looping + (t->local.net ? netstack_pending(t->local.net) : 0);
    for (unsigned i = 0; i < t->servers; i++)
        if (t->server[i].net) n += netstack_pending(t->server[i].net);
    return n;
}

bool tb_own_idle(const testbed_t *t)
{
    for (unsigned i = 0; i < t->servers; i++)
        if (t->server[i].net && !netstack_idle(t->server[i].net)) return false;
    return t->looping == 0 && (!t->local.net || netstack_idle(t->local.net));
}
