// SPDX-License-Identifier: Apache-2.0
#include "lab/cover_parts.h"

#include "lab/cli.h"
#include "lab/result.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SPEEDS = 3 };
enum host { HOST_STALL, HOST_BURST, HOST_PARTIAL, HOST_GONE, HOST_BACK, HOST_PAUSE, HOSTS };

static const char *const DURING[DURINGS] = {
    "nothing",      "a frame arriving", "a frame being sent", "a TLP",
    "a completion", "a read under way", "an interrupt",       "a reset"};
static const char *const HOST[HOSTS] = {"not ready for 1000 cycles",
                                        "accesses back to back",
                                        "partial byte enables",
                                        "partner gone",
                                        "partner back",
                                        "partner without PAUSE"};
static const char *const FATE[] = {"accepted", "bad FCS", "undersize",    "oversize",
                                   "filtered", "FIFO",    "no descriptor"};
static const char *const TAG[] = {"receive data",   "receive fetch",       "receive write-back",
                                  "transmit fetch", "transmit write-back", "transmit data",
                                  "message"};
static const char *const SPACE[] = {"configuration", "memory", "I/O", "MSI-X"};
static const char *const MBPS[SPEEDS] = {"10", "100", "1000"};

// ---- items -------------------------------------------------------------------------------------

unsigned cover_add(cover_t *c, const char *group, const char *name)
{
    const unsigned i = c->count++;
    snprintf(c->name[i], COVER_NAME_LEN, "%s", name);
    c->item[i] = (cover_item_t){group, c->name[i], 0};
    return i;
}

unsigned cover_add_all(cover_t *c, const char *group, const char *const *names, unsigned n)
{
    const unsigned first = c->count;
    for (unsigned i = 0; i < n; i++) cover_add(c, group, names[i]);
    return first;
}

unsigned cover_add_numbers(cover_t *c, const char *group, const char *word, unsigned n)
{
    const unsigned first = c->count;
    for (unsigned i = 0; i < n; i++) {
        char name[COVER_NAME_LEN];
        snprintf(name, sizeof name, "%s%s%u", word, *word ? " " : "", i);
        cover_add(c, group, name);
    }
    return first;
}

static const char *class_group(bool write, enum reg_access access)
{
    static char groups[2][32][16];
    char *g = groups[write][access];
    if (!g[0]) snprintf(g, 16, "%s %s", regs_access_name(access), write ? "write" : "read");
    return g;
}

static unsigned add_classes(cover_t *c, bool write)
{
    cover_regs_t *r = &c->regs;
    const unsigned first = c->count;
    for (int access = 0; access <= ACC_MBX; access++) {
        for (unsigned i = 0; i < r->rows; i++) {
            if ((int)r->row[i].access != access) continue;
            const unsigned item =
                cover_add(c, class_group(write, r->row[i].access), r->row[i].name);
            r->order[i] = (uint16_t)(item - first);
        }
    }
    return first;
}

static uint16_t row_named(const cover_regs_t *r, const char *name)
{
    for (unsigned i = 0; i < r->rows; i++)
        if (strcmp(r->row[i].name, name) == 0) return (uint16_t)i;
    return COVER_ROWS;
}

void cover_add_registers(cover_t *c, const reg_row_t *row, unsigned rows, const fld_row_t *fld,
                         unsigned flds)
{
    cover_regs_t *r = &c->regs;
    r->row = row;
    r->rows = rows;
    r->fld = fld;
    r->flds = flds;
    r->of_field = calloc(flds, sizeof *r->of_field);
    r->read = add_classes(c, false);
    r->write = add_classes(c, true);
    r->field = c->count;
    for (unsigned k = 0; k < flds; k++) {
        char name[COVER_NAME_LEN];
        snprintf(name, sizeof name, "%s.%s", fld[k].reg, fld[k].name);
        cover_add(c, "field toggled", name);
        if (r->of_field) r->of_field[k] = row_named(r, fld[k].reg);
    }
}

unsigned cover_add_during(cover_t *c, const char *group)
{
    return cover_add_all(c, group, DURING, DURINGS);
}

void cover_add_speeds(cover_t *c)
{
    c->pins.rx.speed = cover_add_all(c, "received at Mb/s", MBPS, SPEEDS);
    c->pins.tx.speed = cover_add_all(c, "sent at Mb/s", MBPS, SPEEDS);
}

void cover_add_spaces(cover_t *c, unsigned spaces)
{
    c->pins.space_read = cover_add_all(c, "read of space", SPACE, spaces);
    c->pins.space_write = cover_add_all(c, "write of space", SPACE, spaces);
}

void cover_add_host(cover_t *c)
{
    c->pins.host = cover_add_all(c, "host and partner", HOST, HOSTS);
}

void cover_add_idle(cover_t *c)
{
    static const char *const IDLE[] = {"idle", "jump"};
    c->pins.idle = cover_add_all(c, "idle", IDLE, 2);
}

unsigned cover_add_fates(cover_t *c)
{
    return cover_add_all(c, "fate of a frame", FATE, sizeof FATE / sizeof FATE[0]);
}

unsigned cover_add_tlps(cover_t *c)
{
    return cover_add_all(c, "TLP", TAG, sizeof TAG / sizeof TAG[0]);
}

unsigned cover_add_causes(cover_t *c, enum nic_personality nic, uint32_t *bits)
{
    const unsigned first = c->count;
    *bits = 0;
    for (unsigned k = 0; k < 32; k++) {
        const char *name = cause_name(nic, k);
        if (!name) continue;
        *bits |= 1u << k;
        cover_add(c, "cause", name);
    }
    return first;
}

void cover_causes(cover_t *c, unsigned first, uint32_t all, uint32_t bits)
{
    for (uint32_t m = all; m; m &= m - 1, first++)
        if (bits & m & -m) cover_hit(c, first);
}

// ---- registers ---------------------------------------------------------------------------------

void cover_await(cover_t *c, uint64_t now, unsigned row)
{
    cover_regs_t *r = &c->regs;
    r->reply_row[now % COVER_REPLIES] = (int)row;
    r->reply_cyc[now % COVER_REPLIES] = now;
}

void cover_register_read(cover_t *c, uint64_t now, unsigned row)
{
    cover_hit(c, c->regs.read + c->regs.order[row]);
    cover_await(c, now, row);
}

void cover_register_write(cover_t *c, unsigned row)
{
    cover_hit(c, c->regs.write + c->regs.order[row]);
}

int cover_reply(const cover_t *c, uint64_t now)
{
    const uint64_t asked = now - NIC_CsrReadCyc;
    if (now < NIC_CsrReadCyc || c->regs.reply_cyc[asked % COVER_REPLIES] != asked) return -1;
    return c->regs.reply_row[asked % COVER_REPLIES];
}

void cover_value(cover_t *c, unsigned row, uint32_t value)
{
    cover_regs_t *r = &c->regs;
    const uint32_t one = r->seen[row].one | value, zero = r->seen[row].zero | ~value;
    if ((one == r->seen[row].one && zero == r->seen[row].zero) || !r->of_field) return;
    r->seen[row].one = one;
    r->seen[row].zero = zero;
    // Toggled: one bit of it, or different ones, has been seen as 0 and as 1.
    for (unsigned k = 0; k < r->flds; k++) {
        const fld_row_t *f = &r->fld[k];
        if (r->of_field[k] != row || c->item[r->field + k].count) continue;
        const uint32_t mask = (f->width == 32 ? ~0u : (1u << f->width) - 1) << f->lsb;
        if ((one & mask) && (zero & mask)) cover_hit(c, r->field + k);
    }
}

// ---- pins --------------------------------------------------------------------------------------

static unsigned speed_of(uint64_t stride)
{
    return stride == 1 ? 2 : stride == 10 ? 1 : 0;
}

// The distance of the first two bytes of a frame tells its speed.
static void wire(cover_t *c, cover_wire_t *w, uint64_t now, bool valid, bool byte)
{
    if (valid && !w->on) {
        w->first = now;
        w->counted = false;
    } else if (valid && byte && !w->counted) {
        w->counted = true;
        cover_hit(c, w->speed + speed_of(now - w->first));
    }
    w->on = valid;
}

static void partner(cover_t *c, const nic_in_t *in)
{
    const cover_pins_t *p = &c->pins;
    if (in->lp_present != p->in.lp_present)
        cover_hit(c, p->host + (in->lp_present ? HOST_BACK : HOST_GONE));
    if (in->lp_present && !in->lp_pause && (!p->in.lp_present || p->in.lp_pause))
        cover_hit(c, p->host + HOST_PAUSE);
}

static void access(cover_t *c, uint64_t now, const nic_in_t *in)
{
    cover_pins_t *p = &c->pins;
    cover_hit(c, (in->csr_write ? p->space_write : p->space_read) + (unsigned)in->csr_space);
    if (in->csr_be != 0xF && in->csr_write) cover_hit(c, p->host + HOST_PARTIAL);
    if (p->access_cyc != NIC_NEVER && now == p->access_cyc + 1) cover_hit(c, p->host + HOST_BURST);
    p->access_cyc = now;
}

// Before the personality looks.
static void streams(cover_t *c, const nic_in_t *in, const nic_out_t *out)
{
    cover_pins_t *p = &c->pins;
    if (out->req_valid && out->req_sop && (out->req_data & 0xFF) == NIC_TLP_READ)
        p->awaited += out->req_data >> 32;
    if (!in->cpl_valid) return;
    p->beat++;
    if (!in->cpl_sop) return;
    p->cpl_head = in->cpl_data;
    p->beat = 0;
    const uint64_t len = in->cpl_data >> 32 & 0x1FFF;
    p->awaited -= len < p->awaited ? len : p->awaited;
}

static void pins(cover_t *c, uint64_t now, const nic_in_t *in, const nic_out_t *out)
{
    cover_pins_t *p = &c->pins;
    if (in->rx_dv || p->rx.on) wire(c, &p->rx, now, in->rx_dv, in->rx_ce);
    if (out->tx_en || p->tx.on) wire(c, &p->tx, now, out->tx_en, out->tx_ce);
    if (in->csr_valid) access(c, now, in);
    if (in->req_ready) p->stall_cyc = 0;
    else if (++p->stall_cyc == 1000) cover_hit(c, p->host + HOST_STALL);
    if (in->lp_present != p->in.lp_present || in->lp_pause != p->in.lp_pause) partner(c, in);
    if (out->idle) cover_hit(c, p->idle);
    p->in = *in;
}

void cover_reset(cover_t *c, unsigned first, uint64_t now, const nic_in_t *in, const nic_out_t *out)
{
    cover_pins_t *p = &c->pins;
    const bool state[DURINGS] = {[DURING_RX_FRAME] = in->rx_dv,
                                 [DURING_TX_FRAME] = out->tx_en,
                                 [DURING_TLP] = out->req_valid,
                                 [DURING_COMPLETION] = in->cpl_valid,
                                 [DURING_READ] = p->awaited > 0,
                                 [DURING_INTERRUPT] = out->intx,
                                 [DURING_RESET] =
                                     p->reset_seen && now - p->reset_cyc <= NIC_ResetCyc};
    bool any = false;
    for (unsigned i = 1; i < DURINGS; i++) {
        if (state[i]) cover_hit(c, first + i);
        any |= state[i];
    }
    if (!any) cover_hit(c, first + DURING_NOTHING);
    p->reset_cyc = now;
    p->reset_seen = true;
}

// ---- life --------------------------------------------------------------------------------------

cover_t *cover_create(enum nic_personality nic)
{
    cover_t *c = calloc(1, sizeof *c);
    if (!c) return NULL;
    c->kind = nic == NIC_82576 ? &cover_82576 : &cover_82540em;
    c->own = calloc(1, c->kind->own);
    if (c->own) c->kind->create(c);
    if (!c->own || !c->regs.of_field) {
        cover_destroy(c);
        return NULL;
    }
    cover_restart(c);
    return c;
}

void cover_destroy(cover_t *c)
{
    if (!c) return;
    free(c->own);
    free(c->regs.of_field);
    free(c);
}

void cover_restart(cover_t *c)
{
    cover_pins_t *p = &c->pins;
    p->in = (nic_in_t){.req_ready = 1};
    p->access_cyc = NIC_NEVER;
    p->stall_cyc = 0;
    p->reset_seen = p->rx.on = p->tx.on = false;
    p->awaited = 0;
    for (unsigned i = 0; i < COVER_REPLIES; i++) c->regs.reply_cyc[i] = NIC_NEVER;
    c->kind->restart(c);
}

void cover_cycle(cover_t *c, uint64_t now, const nic_in_t *in, const nic_out_t *out)
{
    streams(c, in, out);
    c->kind->cycle(c, now, in, out);
    pins(c, now, in, out);
}

void cover_jump(cover_t *c, uint64_t cycles)
{
    (void)cycles;
    cover_hit(c, c->pins.idle + 1);
}

void cover_probe(cover_t *c, enum nic_probe what, uint64_t cyc, uint32_t a, uint32_t b)
{
    c->kind->probe(c, what, cyc, a, b);
}
