// SPDX-License-Identifier: Apache-2.0
// Drivers that break a rule of driver/os.h, that leave something behind, and that do not come back.
#include "hostbridge/os_priv.h"

#include <stdio.h>
#include <string.h>

// What a call may take, in simulated time, and how often it may have waited for the world by then: registers may be slow.
typedef struct os_patience {
    uint64_t ps, waits;
} os_patience_t;

static const os_patience_t OS_ATOMIC = {UINT64_C(50000000000), 20000};      // a handler, poll, xmit
static const os_patience_t OS_PROCESS = {UINT64_C(1000000000000), 1000000}; // without sleeping
static const os_patience_t OS_RETURN = {UINT64_C(60000000000000), 50000};   // asleep or not
static const uint32_t OS_UNHEEDED = 10000;                                  // calls of a handler
// When somebody waits for the end.
static const os_patience_t OS_STOPPED = {UINT64_C(1000000000), 0};
// Longer than what sound drivers take to probe and to remove: what they have is freed.
static const os_patience_t OS_STOPPED_PROCESS = {UINT64_C(1000000000000), 0};
static const os_patience_t OS_STOPPED_RETURN = {UINT64_C(2000000000000), 0};
static const uint32_t OS_STOPPED_UNHEEDED = 100;

static const char *os_name(const os_dev_t *d)
{
    return d->driver ? d->driver->name : "driver";
}

// ---- rules -------------------------------------------------------------------------------------

void os_driver_error(os_dev_t *d, const char *fmt, ...)
{
    os_host_t *h = d->host;
    if (h->stats.driver_errors++) return; // the first one tells most
    char text[sizeof h->breach];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    snprintf(h->breach, sizeof h->breach, "%.30s: %.120s", os_name(d), text);
}

const char *os_host_breach(const os_host_t *h)
{
    return h->stats.driver_errors ? h->breach : NULL;
}

// In place of the poll of a driver that has gone.
static int os_no_poll(void *napi, int budget)
{
    (void)budget;
    os_napi_complete(napi);
    return 0;
}

// Takes away what would call the driver, which is not there any more.
void os_check_removed(os_dev_t *d)
{
    unsigned irqs = 0, timers = 0, napis = 0;
    for (unsigned i = 0; i < OS_VECTORS; i++) {
        irqs += d->vector[i].fn != NULL;
        os_free_irq(d, i);
    }
    for (unsigned i = 0; i < OS_TIMERS; i++) {
        if (!d->timer[i].used) continue;
        timers++;
        os_timer_del(&d->timer[i]);
    }
    for (unsigned i = 0; i < OS_NAPIS; i++) {
        napis += d->napi[i].used;
        d->napi[i].poll = os_no_poll;
        d->napi[i].priv = &d->napi[i];
    }
    const unsigned blocks = os_dma_blocks(d), packets = os_pkts_held(d);
    if (irqs) os_driver_error(d, "left %u interrupt%s requested", irqs, irqs > 1 ? "s" : "");
    if (timers) os_driver_error(d, "left %u timer%s", timers, timers > 1 ? "s" : "");
    if (napis) os_driver_error(d, "left %u NAPI context%s", napis, napis > 1 ? "s" : "");
    if (blocks) os_driver_error(d, "left %u block%s of DMA memory", blocks, blocks > 1 ? "s" : "");
    if (packets) os_driver_error(d, "left %u packet%s unfreed", packets, packets > 1 ? "s" : "");
    if (d->space && dma_unit_mode(d->unit) != DMA_PINNED && dma_space_mapped(d->space))
        os_driver_error(d, "left memory mapped");
}

// ---- coming back -------------------------------------------------------------------------------

static void os_gives_up(os_host_t *h, const os_dev_t *d, const char *what, const char *how)
{
    snprintf(h->stuck, sizeof h->stuck, "driver %.30s: %s %s", os_name(d), what, how);
    core_set_abandon(h->cores);
}

static void os_look_at(os_host_t *h, const os_dev_t *d, const char *what, uint64_t ps,
                       uint64_t waits, const os_patience_t *p)
{
    char how[80];
    if (ps <= p->ps || waits <= p->waits) return;
    snprintf(how, sizeof how, "has not returned after %u ms of simulated time",
             (unsigned)(ps / 1000000000));
    os_gives_up(h, d, what, how);
}

static void os_look_at_call(os_host_t *h, const core_t *c, bool stopped)
{
    const os_call_t *k = h->call[c->id];
    if (!k) return;
    os_look_at(h, k->dev, k->what, core_spent_ps(c, k->account) - k->begin_ps, c->waits - k->waits,
               k->atomic ? stopped ? &OS_STOPPED : &OS_ATOMIC
               : stopped ? &OS_STOPPED_PROCESS
                         : &OS_PROCESS);
}

static void os_look_at_op(os_host_t *h, bool stopped)
{
    if (!h->op) return;
    os_look_at(h, h->op_dev, h->op, (h->sim->now_cyc - h->op_cyc) * CYC_PS,
               h->op_dev->core->waits - h->op_waits, stopped ? &OS_STOPPED_RETURN : &OS_RETURN);
}

// The line of a function.
static void os_look_at_line(os_host_t *h, const os_dev_t *d, bool stopped)
{
    const uint32_t n = d->vector[0].irq.unheeded;
    if (n <= (stopped ? OS_STOPPED_UNHEEDED : OS_UNHEEDED)) return;
    char how[80];
    snprintf(how, sizeof how, "stays asserted: %u calls of the handler have not cleared it", n);
    os_gives_up(h, d, "the interrupt line", how);
}

static void os_look(void *ctx)
{
    os_host_t *h = ctx;
    const bool stopped = h->stop && *h->stop;
    for (unsigned i = 0; i < h->cores->count && !h->stuck[0]; i++)
        os_look_at_call(h, &h->cores->core[i], stopped);
    for (unsigned i = 0; i < h->devs && !h->stuck[0]; i++) os_look_at_line(h, &h->dev[i], stopped);
    if (!h->stuck[0]) os_look_at_op(h, stopped);
    if (stopped) core_set_stop(h->cores);
}

void os_host_watch(os_host_t *h, const volatile int *stop)
{
    h->stop = stop;
    h->cores->look = os_look;
    h->cores->look_ctx = h;
}

const char *os_host_stuck(const os_host_t *h)
{
    return h->stuck[0] ? h->stuck : NULL;
}
