// SPDX-License-Identifier: Apache-2.0
#include "tests/igb/igb_world.h"

#include "model/check.h"

#include <stdio.h>
#include <string.h>

#define NEVER    UINT64_MAX
#define STACK    65536
#define WAY_CYC  10u // to the device at least, and back
#define WAY_RND  60u
#define IRQ_RND  2500u // 20 us
#define CYC_NS   8u
#define OVERHEAD 4u // cycles of the driver's own code an access

uint32_t world_rnd(world_t *w, uint32_t n)
{
    w->seed ^= w->seed << 13, w->seed ^= w->seed >> 7, w->seed ^= w->seed << 17;
    return (uint32_t)(w->seed >> 20) % n;
}

// ---- the device ---------------------------------------------------------------------------------

static void interrupt(os_dev_t *d)
{
    world_t *w = d->w;

    d->irqs++;
    d->irq = true;
    if (!d->waits) return;
    const uint64_t cyc = w->now_cyc + 1 + world_rnd(w, IRQ_RND);
    if (cyc < d->wake_cyc) d->wake_cyc = cyc;
}

static void tick(world_t *w, csr_t csr)
{
    const mailbox_in_t in = {.now = w->now_cyc, .csr = csr, .there = w->there};

    mailbox_tick(&w->mailbox, &in);
    if (mailbox_vmmb(&w->mailbox, w->now_cyc + 1)) interrupt(&w->dev[WORLD_PF]);
    for (unsigned n = 0; n < IGB_Vfs; n++)
        if (mailbox_vf(&w->mailbox, w->now_cyc + 1) >> n & 1) interrupt(&w->dev[n]);
    w->now_cyc++; // the next access, in the next cycle
    w->accesses++;
}

static void note(world_t *w, unsigned func, char rw, uint32_t off, uint32_t value)
{
    if (!w->trace) return;
    char who[8] = "";
    if (func != WORLD_PF) snprintf(who, sizeof who, "v%u ", func);
    const int n = snprintf(w->log + w->log_len, sizeof w->log - w->log_len, "%s%c %s%05X=%X",
                           w->log_len ? "; " : "", rw, who, off, value);
    CHECK(n > 0 && w->log_len + (size_t)n < sizeof w->log, "log is full");
    w->log_len += (size_t)n;
}

static uint32_t access(world_t *w, unsigned func, bool write, uint32_t off, uint32_t value)
{
    if (func == WORLD_PF && w->hook && w->hook(w, write, off, &value)) {
        w->now_cyc++;
        note(w, func, write ? 'W' : 'R', off, value);
        return value;
    }
    const igb_at_t at = func == WORLD_PF ? igb_reg_at(off) : igb_vreg_at(func, off);
    CHECK(at.valid, "function %u has no register at %05X", func, off);
    const reg_row_t *row = igb_reg_row(at.reg);
    const csr_t csr = {
        .valid = true, .write = write, .id = at.reg, .index = at.element, .wdata = value};
    uint32_t *reg = &w->regs[at.reg + at.element];

    if (!write) {
        if (row->owner == OWN_mailbox) value = mailbox_read(&w->mailbox, at.reg, at.element);
        else if (at.reg == IGB_R_STATUS) value = w->link ? FMASK(IGB_STATUS_LU) : 0;
        else value = at.reg == IGB_R_VTCTRL ? 0 : *reg;
    } else if (row->owner != OWN_mailbox) {
        *reg = value & row->wmask;
    }
    tick(w, csr);
    note(w, func, write ? 'W' : 'R', off, value);
    return value;
}

void world_device_reset(world_t *w)
{
    mailbox_reset(&w->mailbox, false);
    for (unsigned i = 0; i < igb_reg_row_count; i++) {
        const reg_row_t *r = &igb_reg_rows[i];
        if (r->owner == OWN_mailbox || r->keep) continue;
        for (unsigned k = 0; k < r->count; k++) w->regs[r->first + k] = igb_reg_reset(r, k);
    }
    for (unsigned k = 0; k < IGB_RAH_COUNT; k++) w->regs[IGB_R_RAH + k] &= ~FMASK(IGB_RAH_AV);
}

// ---- time ---------------------------------------------------------------------------------------

static uint64_t post_cyc(const os_dev_t *d)
{
    return d->posts ? d->post[d->post_first].cyc : NEVER;
}

static os_dev_t *first_post(world_t *w)
{
    os_dev_t *first = &w->dev[0];
    for (unsigned i = 1; i < WORLD_FUNCTIONS; i++)
        if (post_cyc(&w->dev[i]) < post_cyc(first)) first = &w->dev[i];
    return first;
}

static void arrive(os_dev_t *d)
{
    world_t *w = d->w;
    const struct world_post p = d->post[d->post_first];

    d->post_first = (d->post_first + 1) % 256;
    d->posts--;
    if (p.cyc > w->now_cyc) w->now_cyc = p.cyc;
    access(w, d->func, true, p.off, p.value);
}

// What is on its way arrives until `cyc`, and it is `cyc` or a little later.
static void pass(world_t *w, uint64_t cyc)
{
    for (os_dev_t *d; post_cyc(d = first_post(w)) <= cyc;) arrive(d);
    if (cyc > w->now_cyc) w->now_cyc = cyc;
}

void world_settle(world_t *w)
{
    for (os_dev_t *d; post_cyc(d = first_post(w)) != NEVER;) arrive(d);
}

static void until(os_dev_t *d, uint64_t cyc)
{
    world_t *w = d->w;

    if (w->running != d) { // the test itself
        CHECK(!w->running, "function %u is not the one that runs", d->func);
        pass(w, cyc);
        return;
    }
    d->wake_cyc = cyc;
    coro_switch(&d->coro, &w->main);
}

static void body(void *arg)
{
    os_dev_t *d = arg;

    d->run(d);
    d->done = true;
    d->wake_cyc = NEVER;
    coro_switch(&d->coro, &d->w->main);
}

void world_start(world_t *w, unsigned func, void (*run)(os_dev_t *d), void *priv, uint64_t cyc)
{
    os_dev_t *d = &w->dev[func];

    if (d->coroutine) coro_destroy(&d->coro);
    CHECK(!coro_create(&d->coro, STACK, body, d), "no memory");
    d->coroutine = true;
    d->done = d->waits = false;
    d->run = run;
    d->priv = priv;
    d->wake_cyc = cyc;
}

void world_run(world_t *w, uint64_t until_cyc)
{
    for (;;) {
        os_dev_t *next = &w->dev[0];
        const unsigned first = world_rnd(w, WORLD_FUNCTIONS); // who goes first is nobody's right
        for (unsigned i = 0; i < WORLD_FUNCTIONS; i++) {
            os_dev_t *d = &w->dev[(first + i) % WORLD_FUNCTIONS];
            if (d->wake_cyc < next->wake_cyc) next = d;
        }
        if (next->wake_cyc == NEVER && post_cyc(first_post(w)) != NEVER) {
            arrive(first_post(w));
            continue;
        }
        if (next->wake_cyc > until_cyc) break;
        if (post_cyc(first_post(w)) <= next->wake_cyc) {
            arrive(first_post(w)); // may wake somebody
            continue;
        }
        pass(w, next->wake_cyc);
        w->running = next;
        coro_switch(&w->main, &next->coro);
        w->running = NULL;
    }
    world_settle(w);
}

void world_sleep(os_dev_t *d, uint64_t cycles)
{
    until(d, d->w->now_cyc + cycles);
}

bool world_wait_irq(os_dev_t *d, uint64_t until_cyc)
{
    if (!d->irq) {
        d->waits = true;
        until(d, until_cyc);
        d->waits = false;
    }
    const bool came = d->irq;
    d->irq = false;
    return came;
}

// ---- os.h ---------------------------------------------------------------------------------------

static uint64_t way(world_t *w)
{
    return WAY_CYC + world_rnd(w, WAY_RND);
}

uint32_t os_rd32(os_dev_t *d, uint32_t off)
{
    world_t *w = d->w;
    uint64_t cyc = w->now_cyc + OVERHEAD + way(w);

    if (d->posts && cyc <= d->post_cyc) cyc = d->post_cyc + 1; // pushes writes
    until(d, cyc);
    while (d->posts) arrive(d);
    const uint32_t value = access(w, d->func, false, off, 0);
    until(d, w->now_cyc + way(w));
    return value;
}

void os_wr32(os_dev_t *d, uint32_t off, uint32_t value)
{
    world_t *w = d->w;
    uint64_t cyc = w->now_cyc + OVERHEAD + way(w);

    if (cyc <= d->post_cyc) cyc = d->post_cyc + 1;
    d->post_cyc = cyc;
    CHECK(d->posts < 256, "too many posted writes");
    d->post[(d->post_first + d->posts++) % 256] = (struct world_post){cyc, off, value};
    until(d, w->now_cyc + OVERHEAD);
}

uint32_t os_cfg_rd32(os_dev_t *d, uint32_t off)
{
    return d->w->cfg[off / 4];
}

void os_cfg_wr32(os_dev_t *d, uint32_t off, uint32_t value)
{
    d->w->cfg[off / 4] = value;
}

uint64_t os_now_ns(os_dev_t *d)
{
    return d->w->now_cyc * CYC_NS;
}

void os_udelay(os_dev_t *d, uint32_t us)
{
    until(d, d->w->now_cyc + (uint64_t)us * 1000 / CYC_NS);
}

void os_msleep(os_dev_t *d, uint32_t ms)
{
    os_udelay(d, 1000 * ms);
}

void os_log(os_dev_t *d, const char *fmt, ...)
{
    (void)fmt;
    d->logs++;
}

// ---- the test's own hands -----------------------------------------------------------------------

uint32_t world_peek(const world_t *w, uint32_t off)
{
    const igb_at_t at = igb_reg_at(off);
    CHECK(at.valid, "no register at %05X", off);
    return igb_reg_row(at.reg)->owner == OWN_mailbox ? mailbox_read(&w->mailbox, at.reg, at.element)
                                                     : w->regs[at.reg + at.element];
}

void world_poke(world_t *w, unsigned func, uint32_t off, uint32_t value)
{
    access(w, func, true, off, value);
}

void world_init(world_t *w, uint64_t seed, unsigned vfs)
{
    memset(w, 0, sizeof *w);
    w->seed = seed * 0x9E3779B97F4A7C15u + 1;
    for (unsigned i = 0; i < 8; i++) world_rnd(w, 1);
    w->now_cyc = 1000;
    w->link = true;
    w->there = (uint8_t)((1u << vfs) - 1);
    for (unsigned i = 0; i < WORLD_FUNCTIONS; i++) {
        os_dev_t *d = &w->dev[i];
        *d = (os_dev_t){.w = w, .func = i, .wake_cyc = NEVER};
    }
    coro_adopt(&w->main);
    world_device_reset(w);
    mailbox_reset(&w->mailbox, true);
    const mailbox_in_t in = {.now = w->now_cyc, .there = w->there, .vf_start = w->there};
    mailbox_tick(&w->mailbox, &in);
    w->now_cyc++;
}

void world_free(world_t *w)
{
    for (unsigned i = 0; i < WORLD_FUNCTIONS; i++)
        if (w->dev[i].coroutine) coro_destroy(&w->dev[i].coro);
}
