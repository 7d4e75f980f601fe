// SPDX-License-Identifier: Apache-2.0
// The os side of the world.
#include "tests/igbdev/igbdev.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

bool dev_faulty(os_dev_t *d, enum dev_fault f)
{
    if (d->fail_all[f]) return true;
    return d->fail[f] > 0 && --d->fail[f] == 0;
}

// ---- memory -------------------------------------------------------------------------------------

void *os_dma_alloc(os_dev_t *d, size_t bytes, dma_addr_t *addr)
{
    if (dev_faulty(d, DEV_F_DMA)) return NULL;
    void *p = aligned_alloc(4096, (bytes + 4095) / 4096 * 4096);
    assert_non_null(p);
    memset(p, 0, bytes);
    *addr = (uintptr_t)p + DEV_DMA_OFFSET;
    d->live_dma++;
    return p;
}

void os_dma_free(os_dev_t *d, void *p, size_t bytes, dma_addr_t addr)
{
    (void)bytes;
    assert_int_equal(addr, (uintptr_t)p + DEV_DMA_OFFSET);
    d->live_dma--;
    free(p);
}

static uint64_t hash(dma_addr_t addr, size_t bytes, enum os_dma_dir dir)
{
    return addr * 0x9E3779B97F4A7C15u + bytes * 4 + dir + 1;
}

dma_addr_t os_dma_map(os_dev_t *d, void *p, size_t bytes, enum os_dma_dir dir)
{
    if (dev_faulty(d, DEV_F_MAP)) return 0;
    dma_addr_t addr = (uintptr_t)p + DEV_DMA_OFFSET;
    d->live_maps++;
    d->map_hash += hash(addr, bytes, dir);
    return addr;
}

void os_dma_unmap(os_dev_t *d, dma_addr_t addr, size_t bytes, enum os_dma_dir dir)
{
    d->live_maps--;
    d->map_hash -= hash(addr, bytes, dir);
}

void os_dma_sync_for_device(os_dev_t *d, dma_addr_t addr, size_t bytes, enum os_dma_dir dir)
{
    (void)d, (void)addr, (void)bytes, (void)dir;
}

uint32_t os_dma_ld32(os_dev_t *d, const void *p)
{
    (void)d;
    return *(const uint32_t *)p;
}

void os_dma_ldcopy(os_dev_t *d, void *to, const void *p, size_t n)
{
    (void)d;
    memcpy(to, p, n);
}

void os_dma_st64(os_dev_t *d, void *p, uint64_t v)
{
    (void)d;
    *(uint64_t *)p = v;
}

// ---- packets ------------------------------------------------------------------------------------

os_pkt_t *os_pkt_alloc(os_dev_t *d, uint32_t size)
{
    if (dev_faulty(d, DEV_F_PKT)) return NULL;
    os_pkt_t *p = calloc(1, sizeof *p + size);
    assert_non_null(p);
    p->data = (uint8_t *)(p + 1);
    p->size = size;
    d->live_pkts++;
    return p;
}

void os_pkt_free(os_dev_t *d, os_pkt_t *p)
{
    d->live_pkts--;
    d->tx_freed++;
    free(p);
    if (d->on_free) d->on_free(d);
}

void os_napi_receive(os_napi_t *n, os_pkt_t *p)
{
    os_dev_t *d = n->d;
    unsigned i = d->received++ % DEV_RX;

    assert_true(n->scheduled);
    d->rx[i].len = p->len;
    d->rx[i].tci = p->vlan_tci;
    d->rx[i].vlan = p->vlan_present;
    d->rx[i].csum_ok = p->csum_ok;
    d->rx[i].queue = p->queue;
    memcpy(&d->rx[i].seq, p->data, sizeof d->rx[i].seq);
    d->live_pkts--;
    free(p);
}

// ---- interrupts ---------------------------------------------------------------------------------

int os_msix_enable(os_dev_t *d, unsigned n)
{
    assert_int_equal(d->vectors, 0);
    if (dev_faulty(d, DEV_F_MSIX)) return -ENOSPC;
    if (n > (d->func == DEV_PF ? IGB_MsixPf : IGB_MsixVf)) return -ENOSPC;
    d->vectors = n;
    return 0;
}

void os_msix_disable(os_dev_t *d)
{
    for (unsigned i = 0; i < IGB_Vectors; i++) assert_null(d->irq[i].fn);
    d->vectors = 0;
}

int os_request_irq(os_dev_t *d, unsigned vector, os_irq_fn fn, void *priv)
{
    assert_in_range(vector, 0, d->vectors - 1);
    assert_null(d->irq[vector].fn);
    if (dev_faulty(d, DEV_F_IRQ)) return -ENOSYS;
    d->irq[vector].fn = fn;
    d->irq[vector].priv = priv;
    return 0;
}

void os_free_irq(os_dev_t *d, unsigned vector)
{
    assert_non_null(d->irq[vector].fn);
    d->irq[vector].fn = NULL;
}

// Who owns a vector, and as which of its own.
static os_dev_t *owner(dev_world_t *w, unsigned v, unsigned *own)
{
    for (unsigned n = 0; n < IGB_Vfs; n++) {
        if (!(w->there >> n & 1) || v < igb_first_vector(n) || v > igb_first_vector(n) + 2)
            continue;
        *own = v - igb_first_vector(n);
        return &w->dev[n];
    }
    *own = v;
    return &w->dev[DEV_PF];
}

unsigned dev_irqs(dev_world_t *w)
{
    unsigned n = 0;

    if (w->in_irq) return 0;
    for (uint32_t act; (act = w->eicr & w->eims) != 0; n++) {
        const unsigned v = (unsigned)__builtin_ctz(act);
        unsigned own;
        os_dev_t *d = owner(w, v, &own);
        assert_true(w->regs[IGB_R_GPIE] & FMASK(IGB_GPIE_MSIX_MODE));
        assert_true(n < 10000); // a storm
        if (w->eiac >> v & 1) w->eicr &= ~(1u << v);
        if (w->eiam >> v & 1) w->eims &= ~(1u << v);
        assert_non_null(d->irq[own].fn);
        w->in_irq = true;
        assert_int_equal(d->irq[own].fn(d->irq[own].priv), OS_IRQ_HANDLED);
        w->in_irq = false;
        d->irq[own].taken++;
    }
    return n;
}

// ---- NAPI ---------------------------------------------------------------------------------------

os_napi_t *os_napi_add(os_dev_t *d, os_poll_fn poll, void *priv)
{
    if (dev_faulty(d, DEV_F_NAPI)) return NULL;
    for (unsigned i = 0; i < DEV_NAPIS; i++) {
        struct os_napi *n = &d->napi[i];
        if (n->used) continue;
        *n = (struct os_napi){.d = d, .poll = poll, .priv = priv, .used = true};
        return n;
    }
    return NULL;
}

void os_napi_del(os_napi_t *n)
{
    assert_true(n->used && !n->enabled);
    n->used = false;
}

void os_napi_enable(os_napi_t *n)
{
    assert_false(n->enabled);
    n->enabled = true;
}

void os_napi_disable(os_napi_t *n)
{
    assert_true(n->enabled);
    n->enabled = n->scheduled = false;
}

bool os_napi_schedule_prep(os_napi_t *n)
{
    return n->enabled && !n->scheduled;
}

void os_napi_schedule(os_napi_t *n)
{
    assert_false(n->scheduled);
    n->scheduled = true;
}

void os_napi_complete(os_napi_t *n)
{
    assert_true(n->scheduled);
    n->scheduled = false;
}

bool os_napi_complete_done(os_napi_t *n, int work)
{
    (void)work;
    os_napi_complete(n);
    return true;
}

unsigned dev_polls(dev_world_t *w, int budget)
{
    unsigned polls = 0;

    if (w->in_irq || w->in_softirq) return 0;
    for (unsigned i = 0; i < DEV_FUNCTIONS * DEV_NAPIS; i++) {
        struct os_napi *n = &w->dev[i / DEV_NAPIS].napi[i % DEV_NAPIS];
        if (!n->used || !n->scheduled) continue;
        w->in_softirq = true;
        const int done = n->poll(n->priv, budget);
        w->in_softirq = false;
        assert_in_range(done, 0, budget);
        if (done == budget) assert_true(n->scheduled);
        polls++;
    }
    return polls;
}

// ---- time ---------------------------------------------------------------------------------------

uint64_t os_now_ns(os_dev_t *d)
{
    return d->w->now_ns;
}

void os_udelay(os_dev_t *d, uint32_t us)
{
    d->w->now_ns += us * 1000ull;
    (void)dev_irqs(d->w);
}

void os_msleep(os_dev_t *d, uint32_t ms)
{
    assert_false(d->w->in_irq || d->w->in_softirq);
    d->w->now_ns += ms * DEV_MS;
    for (unsigned i = 0; i < 1000 && dev_irqs(d->w) + dev_polls(d->w, 64); i++) {}
}

os_timer_t *os_timer_add(os_dev_t *d, void (*fn)(void *priv), void *priv)
{
    if (dev_faulty(d, DEV_F_TIMER)) return NULL;
    for (unsigned i = 0; i < DEV_TIMERS; i++) {
        struct os_timer *t = &d->timer[i];
        if (t->used) continue;
        *t = (struct os_timer){.d = d, .fn = fn, .priv = priv, .used = true};
        return t;
    }
    return NULL;
}

void os_timer_mod(os_timer_t *t, uint64_t delay_ns)
{
    assert_true(t->used);
    t->armed = true;
    t->due_ns = t->d->w->now_ns + delay_ns;
}

void os_timer_del(os_timer_t *t)
{
    assert_true(t->used);
    t->used = t->armed = false;
}

static struct os_timer *first_timer(dev_world_t *w)
{
    struct os_timer *first = NULL;

    for (unsigned i = 0; i < DEV_FUNCTIONS * DEV_TIMERS; i++) {
        struct os_timer *t = &w->dev[i / DEV_TIMERS].timer[i % DEV_TIMERS];
        if (t->armed && (!first || t->due_ns < first->due_ns)) first = t;
    }
    return first;
}

static void settle_until(dev_world_t *w, uint64_t ns)
{
    for (unsigned i = 0; i < 100000; i++) {
        if (dev_irqs(w) + dev_polls(w, 64)) continue;
        struct os_timer *t = first_timer(w);
        if (!t || t->due_ns > ns) {
            if (ns > w->now_ns) w->now_ns = ns;
            return;
        }
        if (t->due_ns > w->now_ns) w->now_ns = t->due_ns;
        t->armed = false;
        t->fn(t->priv);
    }
    fail_msg("the world does not come to rest");
}

// Timers of the next tick are due as well.
void dev_settle(dev_world_t *w)
{
    const struct os_timer *t;

    do settle_until(w, w->now_ns + 2 * DEV_MS);
    while ((t = first_timer(w)) && t->due_ns <= w->now_ns + 2 * DEV_MS);
}

void dev_run(dev_world_t *w, uint64_t ns)
{
    settle_until(w, w->now_ns + ns);
}

// ---- the interface ------------------------------------------------------------------------------

void os_set_mac(os_dev_t *d, const uint8_t mac[6])
{
    memcpy(d->mac, mac, 6);
}

void os_carrier(os_dev_t *d, bool up, unsigned mbps)
{
    d->carrier = up;
    d->mbps = mbps;
}

void os_tx_stop(os_dev_t *d)
{
    d->tx_stopped = true;
    d->stops++;
    if (d->on_stop) d->on_stop(d);
}

void os_tx_wake(os_dev_t *d)
{
    d->tx_stopped = false;
    d->wakes++;
}

void os_sriov_changed(os_dev_t *d, unsigned vfs)
{
    d->vfs = vfs;
}

void os_log(os_dev_t *d, const char *fmt, ...)
{
    size_t used = strlen(d->all_logs);
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(d->last_log, sizeof d->last_log, fmt, ap);
    va_end(ap);
    d->logs++;
    snprintf(d->all_logs + used, sizeof d->all_logs - used, "%s\n", d->last_log);
}

// ---- calls of drivers ---------------------------------------------------------------------------

int dev_probe(os_dev_t *d, const os_driver_t *drv)
{
    d->drv = drv;
    return drv->probe(d, &d->priv);
}

int dev_open(os_dev_t *d)
{
    int err = d->drv->open(d->priv);
    dev_settle(d->w);
    return err;
}

int dev_stop(os_dev_t *d)
{
    int err = d->drv->stop(d->priv);
    dev_settle(d->w);
    return err;
}

void dev_remove(os_dev_t *d)
{
    d->drv->remove(d->priv);
    d->drv = NULL;
    dev_settle(d->w);
}

int dev_set_vfs(os_dev_t *d, unsigned n)
{
    int err = d->drv->set_vfs(d->priv, n);
    dev_settle(d->w);
    return err;
}

void dev_destroy(dev_world_t *w)
{
    assert_int_equal(w->chip.stray, 0);
    for (unsigned i = 0; i < DEV_FUNCTIONS; i++) {
        os_dev_t *d = &w->dev[i];
        assert_null(d->drv);
        assert_int_equal(d->live_pkts, 0);
        assert_int_equal(d->live_maps, 0);
        assert_int_equal(d->map_hash, 0);
        assert_int_equal(d->live_dma, 0);
        assert_int_equal(d->vectors, 0);
        for (unsigned k = 0; k < DEV_NAPIS; k++) assert_false(d->napi[k].used);
        for (unsigned k = 0; k < DEV_TIMERS; k++) assert_false(d->timer[k].used);
        for (unsigned k = 0; k < IGB_Vectors; k++) assert_null(d->irq[k].fn);
    }
    free(w->log);
    free(w);
}
