// SPDX-License-Identifier: Apache-2.0
// The os side of the mock.
#include "tests/mock/mock_os.h"
#include "tests/mock/mock_priv.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static bool faulty(os_dev_t *d, enum mock_fault f)
{
    if (d->fail_all[f]) return true;
    return d->fail[f] > 0 && --d->fail[f] == 0;
}

void mock_destroy(os_dev_t *d)
{
    assert_int_equal(d->live_pkts, 0);
    assert_int_equal(d->live_maps, 0);
    assert_int_equal(d->map_hash, 0);
    assert_int_equal(d->live_dma, 0);
    assert_false(d->timer_exists);
    assert_false(d->napi_exists);
    assert_null(d->irq);
    free(d->log);
    free(d);
}

uint32_t os_cfg_rd32(os_dev_t *d, uint32_t off)
{
    return d->cfg[off / 4];
}

void os_cfg_wr32(os_dev_t *d, uint32_t off, uint32_t value)
{
    d->cfg[off / 4] = value;
}

void *os_dma_alloc(os_dev_t *d, size_t bytes, dma_addr_t *addr)
{
    if (faulty(d, MOCK_DMA)) return NULL;
    void *p = aligned_alloc(4096, (bytes + 4095) / 4096 * 4096);
    if (!p) abort();
    memset(p, 0, bytes);
    *addr = (uintptr_t)p + MOCK_DMA_OFFSET;
    d->live_dma++;
    return p;
}

void os_dma_free(os_dev_t *d, void *p, size_t bytes, dma_addr_t addr)
{
    (void)bytes;
    assert_int_equal(addr, (uintptr_t)p + MOCK_DMA_OFFSET);
    d->live_dma--;
    free(p);
}

static uint64_t hash(dma_addr_t addr, size_t bytes, enum os_dma_dir dir)
{
    return addr * 0x9E3779B97F4A7C15u + bytes * 4 + dir + 1;
}

dma_addr_t os_dma_map(os_dev_t *d, void *p, size_t bytes, enum os_dma_dir dir)
{
    if (faulty(d, MOCK_MAP)) return 0;
    dma_addr_t addr = (uintptr_t)p + MOCK_DMA_OFFSET;
    d->live_maps++;
    d->map_hash += hash(addr, bytes, dir);
    return addr;
}

void os_dma_unmap(os_dev_t *d, dma_addr_t addr, size_t bytes, enum os_dma_dir dir)
{
    d->live_maps--;
    d->map_hash -= hash(addr, bytes, dir);
}

void os_dma_sync_for_cpu(os_dev_t *d, dma_addr_t addr, size_t bytes, enum os_dma_dir dir)
{
    (void)d, (void)addr, (void)bytes, (void)dir;
}

void os_dma_sync_for_device(os_dev_t *d, dma_addr_t addr, size_t bytes, enum os_dma_dir dir)
{
    (void)d, (void)addr, (void)bytes, (void)dir;
}

uint8_t os_dma_ld8(os_dev_t *d, const void *p)
{
    (void)d;
    return *(const uint8_t *)p;
}

uint32_t os_dma_ld32(os_dev_t *d, const void *p)
{
    (void)d;
    return *(const uint32_t *)p;
}

uint64_t os_dma_ld64(os_dev_t *d, const void *p)
{
    (void)d;
    return *(const uint64_t *)p;
}

void os_dma_ldcopy(os_dev_t *d, void *to, const void *p, size_t n)
{
    (void)d;
    memcpy(to, p, n);
}

void os_dma_st32(os_dev_t *d, void *p, uint32_t v)
{
    (void)d;
    *(uint32_t *)p = v;
}

void os_dma_st64(os_dev_t *d, void *p, uint64_t v)
{
    (void)d;
    *(uint64_t *)p = v;
}

os_pkt_t *os_pkt_alloc(os_dev_t *d, uint32_t size)
{
    if (faulty(d, MOCK_PKT)) return NULL;
    os_pkt_t *p = calloc(1, sizeof *p + size);
    if (!p) abort();
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
    unsigned i = d->received++ % MOCK_RX_MAX;

    d->rx[i].len = p->len;
    d->rx[i].tci = p->vlan_tci;
    d->rx[i].vlan = p->vlan_present;
    d->rx[i].csum_ok = p->csum_ok;
    memcpy(&d->rx[i].seq, p->data, sizeof d->rx[i].seq);
    d->live_pkts--;
    free(p);
}

int os_request_irq(os_dev_t *d, unsigned vector, os_irq_fn fn, void *priv)
{
    assert_int_equal(vector, 0);
    if (faulty(d, MOCK_IRQ)) return -ENOSYS;
    d->irq = fn;
    d->irq_priv = priv;
    return 0;
}

void os_free_irq(os_dev_t *d, unsigned vector)
{
    assert_int_equal(vector, 0);
    d->irq = NULL;
}

os_napi_t *os_napi_add(os_dev_t *d, os_poll_fn poll, void *priv)
{
    if (faulty(d, MOCK_NAPI)) return NULL;
    d->napi_exists = true;
    d->napi = (struct os_napi){.d = d, .poll = poll, .priv = priv};
    return &d->napi;
}

void os_napi_del(os_napi_t *n)
{
    assert_false(n->enabled);
    n->d->napi_exists = false;
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
    n->scheduled = true;
    mock_note(n->d, 'N', 0, 0, false);
}

void os_napi_complete(os_napi_t *n)
{
    assert_true(n->scheduled);
    n->scheduled = false;
    mock_note(n->d, 'C', 0, 0, false);
}

bool os_napi_complete_done(os_napi_t *n, int work)
{
    (void)work;
    os_napi_complete(n);
    return true;
}

uint64_t os_now_ns(os_dev_t *d)
{
    (void)d;
    return 0;
}

void os_udelay(os_dev_t *d, uint32_t us)
{
    (void)d, (void)us;
}

void os_msleep(os_dev_t *d, uint32_t ms)
{
    (void)d, (void)ms;
}

os_timer_t *os_timer_add(os_dev_t *d, void (*fn)(void *priv), void *priv)
{
    if (faulty(d, MOCK_TIMER)) return NULL;
    d->timer_exists = true;
    d->timer = (struct os_timer){.d = d, .fn = fn, .priv = priv};
    return &d->timer;
}

void os_timer_mod(os_timer_t *t, uint64_t delay_ns)
{
    assert_true(t->d->timer_exists);
    t->armed = true;
    t->delay_ns = delay_ns;
}

void os_timer_del(os_timer_t *t)
{
    t->armed = false;
    t->d->timer_exists = false;
}

void os_set_mac(os_dev_t *d, const uint8_t mac[6])
{
    memcpy(d->mac, mac, 6);
    d->mac_set = true;
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

bool mock_irq(os_dev_t *d)
{
    if (!d->irq || !(d->icr & d->ims)) return false;
    assert_int_equal(d->irq(d->irq_priv), OS_IRQ_HANDLED);
    assert_int_equal(d->icr & d->ims, 0); // the line must be down, or the interrupt storms
    return true;
}

unsigned mock_softirq(os_dev_t *d, int budget)
{
    unsigned polls = 0;

    while (d->napi.scheduled) {
        int done = d->napi.poll(d->napi.priv, budget);
        mock_note(d, 'P', 0, (uint32_t)done, false);
        polls++;
        assert_in_range(done, 0, budget);
        assert_int_equal(d->napi.scheduled, done == budget);
    }
    return polls;
}

bool mock_timer(os_dev_t *d)
{
    if (!d->timer_exists || !d->timer.armed) return false;
    d->timer.armed = false;
    d->timer.fn(d->timer.priv);
    return true;
}

void mock_settle(os_dev_t *d)
{
    bool again = true;

    for (unsigned i = 0; again && i < 1000; i++) {
        again = mock_irq(d);
        mock_softirq(d, 64);
        again |= mock_timer(d);
    }
}
