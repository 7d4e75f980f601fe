// SPDX-License-Identifier: Apache-2.0
#include "tests/host_world.h"

#include <string.h>

// ---- device ------------------------------------------------------------------------------------

// FNV-1a over what happened when.
void host_world_log(host_world_t *w, uint64_t a, uint64_t b)
{
    uint64_t v[2] = {a, b};
    for (unsigned i = 0; i < sizeof v; i++) {
        w->hash = (w->hash ^ ((const uint8_t *)v)[i]) * UINT64_C(0x100000001b3);
    }
}

static void set_level(host_world_t *w, bool level)
{
    if (w->level == level) return;
    w->level = level;
    if (level) w->asserted_cyc = w->sim.now_cyc;
    os_dev_intx(w->dev, w->sim.now_cyc, level);
}

static void on_window(void *ctx, uint64_t now_cyc)
{
    (void)now_cyc;
    host_world_t *w = ctx;
    if (w->waiting && !w->masked) set_level(w, true);
}

static void update(host_world_t *w)
{
    bool asks = w->waiting && !w->masked;
    if (!asks) {
        set_level(w, false);
    } else if (w->window_cyc == 0) {
        set_level(w, true);
    } else if (!w->window.queued) {
        uint64_t cyc = w->asserted_cyc + w->window_cyc;
        sim_at(&w->sim, &w->window, cyc > w->sim.now_cyc ? cyc : w->sim.now_cyc);
    }
}

static void on_arrival(void *ctx, uint64_t now_cyc)
{
    host_world_t *w = ctx;
    w->waiting += w->burst;
    w->arrived += w->burst;
    if (--w->left) {
        const uint64_t gap_cyc = w->random ? rng_exp(w->random, w->gap_cyc) : w->gap_cyc;
        sim_at(&w->sim, &w->arrival, now_cyc + gap_cyc);
    }
    update(w);
}

// ---- driver ------------------------------------------------------------------------------------

// A descriptor is looked at: the world has reached the core.
static void look(host_world_t *w)
{
    uint64_t descriptor[2];
    os_dma_ldcopy(w->dev, descriptor, w->scratch, sizeof descriptor);
}

static enum os_irqreturn isr(void *priv)
{
    host_world_t *w = priv;
    look(w);
    w->isr_calls++;
    host_world_log(w, w->sim.now_cyc, 1);
    if (w->claims_nothing) return OS_IRQ_NONE;
    if (!w->level) return OS_IRQ_NONE;
    w->masked = true;
    update(w);
    if (os_napi_schedule_prep(w->napi)) os_napi_schedule(w->napi);
    return OS_IRQ_HANDLED;
}

static void finish_sent(host_world_t *w)
{
    unsigned n = w->xmit_count;
    w->xmit_count = 0;
    for (unsigned i = 0; i < n; i++) os_pkt_free(w->dev, w->xmit_queue[i]);
    if (n) os_tx_wake(w->dev);
}

static int poll(void *priv, int budget)
{
    host_world_t *w = priv;
    int done = 0;
    uint32_t since_tail = 0;
    finish_sent(w);
    while (done < budget) {
        look(w);
        if (!w->waiting && !w->always_full) break;
        if (w->waiting) w->waiting--;
        os_pkt_t *p = os_pkt_alloc(w->dev, 2048);
        if (!p) break;
        p->len = w->len;
        done++;
        w->taken++;
        os_napi_receive(w->napi, p);
        if (++since_tail == w->tail_step) {
            os_udelay(w->dev, w->tail_us);
            since_tail = 0;
        }
    }
    if (since_tail && w->tail_us) os_udelay(w->dev, w->tail_us);
    if (w->never_completes) return budget;
    if (done == budget) return done;
    if (w->complete_us) os_udelay(w->dev, w->complete_us);
    if (!os_napi_complete_done(w->napi, done)) return done;
    look(w);
    w->masked = false;
    update(w);
    return done;
}

static int xmit(void *priv, os_pkt_t *p)
{
    host_world_t *w = priv;
    if (w->xmit_room < 0) {
        w->xmits++;
        os_pkt_free(w->dev, p);
        return 0;
    }
    if (w->xmit_count >= (unsigned)w->xmit_room) {
        os_tx_stop(w->dev);
        return -EBUSY;
    }
    w->xmit_queue[w->xmit_count++] = p;
    w->xmits++;
    return 0;
}

static int mock_open(void *priv)
{
    host_world_t *w = priv;
    dma_addr_t addr;
    w->scratch = os_dma_alloc(w->dev, 4096, &addr);
    w->napi = os_napi_add(w->dev, poll, w);
    if (!w->scratch || !w->napi) return -ENOMEM;
    os_napi_enable(w->napi);
    return os_request_irq(w->dev, 0, isr, w);
}

static int mock_stop(void *priv)
{
    host_world_t *w = priv;
    os_napi_disable(w->napi);
    os_free_irq(w->dev, 0);
    return 0;
}

static host_world_t *probing; // probe() has no other way to learn whose it is

static int mock_probe(os_dev_t *d, void **priv)
{
    (void)d;
    *priv = probing;
    return 0;
}

const os_driver_t host_world_driver = {.abi = OS_ABI,
                                       .name = "mock",
                                       .probe = mock_probe,
                                       .open = mock_open,
                                       .stop = mock_stop,
                                       .xmit = xmit};

// ---- stack -------------------------------------------------------------------------------------

static void on_received(void *ctx, os_pkt_t *p, uint64_t cyc)
{
    (void)p;
    host_world_t *w = ctx;
    if (w->taken == 1) w->first_cyc = cyc;
    w->last_cyc = cyc;
    host_world_log(w, cyc, 2);
}

static void on_delivered(void *ctx, const os_pkt_t *p, uint64_t cyc)
{
    host_world_t *w = ctx;
    w->delivered_cyc = cyc;
    host_world_log(w, cyc, p->stamp[OS_STAMP_SOCKET]);
}

// ---- the machine -------------------------------------------------------------------------------

void host_world_init(host_world_t *w)
{
    memset(w, 0, sizeof *w);
    w->profile.value[COST_hz] = 250;
    w->profile.value[COST_sched_slice_us] = 1000;
    w->profile.value[COST_sockbuf_bytes] = 1u << 30;
    w->cores = 1;
    w->len = 60;
    w->tail_step = 16;
    w->xmit_room = -1;
    w->hash = UINT64_C(0xcbf29ce484222325);
}

void host_world_start(host_world_t *w)
{
    core_params_t cp = core_params_of(&w->profile);
    os_params_t op = os_params_of(&w->profile);
    netstack_params_t np = netstack_params_of(&w->profile);
    if (w->os_params.weight) op.weight = w->os_params.weight;
    if (w->os_params.netdev_budget) op.netdev_budget = w->os_params.netdev_budget;
    op.packets_max = w->os_params.packets_max;
    op.defer_hard_irqs = w->os_params.defer_hard_irqs;
    op.gro_flush_ps = w->os_params.gro_flush_ps;
    np.app_core = w->net_params.app_core;
    np.echo = w->net_params.echo;
    if (w->net_params.queue_max) np.queue_max = w->net_params.queue_max;
    np.ctx = w;
    np.received = on_received;
    np.delivered = on_delivered;
    sim_init(&w->sim);
    w->mem = memory_create(256u << 20);
    w->set = core_set_create(&w->sim, w->cores, &cp);
    if (w->scheduled) w->scheduled(w);
    w->host = os_host_create(w->set, w->mem, &op);
    w->dev = os_dev_create(w->host, 0, 0);
    w->net = netstack_create(w->dev, &np);
    sim_event_init(&w->arrival, "arrival", on_arrival, w);
    sim_event_init(&w->window, "window", on_window, w);
    probing = w;
    w->probed = os_dev_probe(w->dev, &host_world_driver) == 0;
    w->probed = w->probed && os_dev_op(w->dev, OS_OP_OPEN, NULL) == 0;
}

void host_world_traffic(host_world_t *w, uint64_t first_cyc, uint64_t gap_cyc, uint64_t times,
                        uint64_t burst)
{
    w->gap_cyc = gap_cyc;
    w->left = times;
    w->burst = burst;
    sim_at(&w->sim, &w->arrival, first_cyc);
}

void host_world_run(host_world_t *w, uint64_t until_cyc)
{
    core_set_run(w->set, until_cyc);
}

void host_world_end(host_world_t *w)
{
    core_set_destroy(w->set);
    netstack_destroy(w->net);
    os_host_destroy(w->host);
    memory_destroy(w->mem);
}

uint64_t host_world_account(const host_world_t *w, unsigned core, enum core_account account)
{
    uint64_t ps[CORE_ACCOUNTS];
    core_accounts(&w->set->core[core], w->sim.now_cyc, ps);
    return ps[account];
}
