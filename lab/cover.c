// SPDX-License-Identifier: Apache-2.0
#include "lab/cover.h"

#include "lab/cli.h"
#include "lab/result.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { TIMERS = 9, SPEEDS = 3, REPLIES = 4, COVER_MAX = 2048, NAME_LEN = 40 };

static const char *const TIMER[TIMERS] = {"RDTR",     "RADV",     "TIDV",  "TADV", "MTDLY",
                                          "RXFRAMES", "TXFRAMES", "RSRPD", "FPD"};

// Causes that no part of this device raises: only ICS sets them.
static const uint32_t ICS_ONLY = FMASK(E1000_ICR_RXSEQ) | FMASK(E1000_ICR_RXCFG) |
                                 FMASK(E1000_ICR_GPI_SDP6) | FMASK(E1000_ICR_GPI_SDP7);

// ---- items -------------------------------------------------------------------------------------

enum during {
    DURING_NOTHING,
    DURING_RX_FRAME,
    DURING_TX_FRAME,
    DURING_TLP,
    DURING_COMPLETION,
    DURING_READ,
    DURING_INTERRUPT,
    DURING_RESET,
    DURINGS
};

enum same_cycle {
    SAME_ICR_READ,
    SAME_ICR_WRITE,
    SAME_ICS,
    SAME_STATS,
    SAME_PT_TX, // a receive and a transmit timer
    SAMES
};

enum descriptor {
    DESC_RX,
    DESC_RX_NULL,
    DESC_LEGACY,
    DESC_LEGACY_IC,
    DESC_CONTEXT,
    DESC_CONTEXT_TSE,
    DESC_DATA,
    DESC_DATA_TSE,
    DESC_DATA_CHECKSUM,
    DESC_VLE,
    DESC_NO_IFCS,
    DESC_MORE,
    DESC_NO_RS,
    DESC_IDE,
    DESC_EMPTY,
    DESCS
};

enum host { HOST_STALL, HOST_BURST, HOST_PARTIAL, HOST_GONE, HOST_BACK, HOST_PAUSE, HOSTS };

static const char *const DURING[DURINGS] = {
    "nothing",      "a frame arriving", "a frame being sent", "a TLP",
    "a completion", "a read under way", "an interrupt",       "a reset"};
static const char *const SAME[SAMES] = {"ICR read and a cause", "ICR write and a cause",
                                        "ICS and a cause", "statistics read and a frame",
                                        "receive and transmit timer"};
static const char *const DESC[DESCS] = {"receive",       "receive null", "legacy",  "legacy IC",
                                        "context",       "context TSE",  "data",    "data TSE",
                                        "data checksum", "VLE",          "no IFCS", "no EOP",
                                        "no RS",         "IDE",          "length 0"};
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
static const char *const SPACE[] = {"configuration", "memory", "I/O"};
static const char *const MBPS[SPEEDS] = {"10", "100", "1000"};

typedef struct seen {
    uint32_t zero, one; // bits that were seen so
} seen_t;

struct cover {
    cover_item_t item[COVER_MAX];
    char name[COVER_MAX][NAME_LEN];
    unsigned count;
    // first item of each kind
    unsigned reg_read, reg_write, field, cause, timer, timer_p, same, fate, during, speed_rx,
        speed_tx, desc, tlp, access_read, access_write, host, idle, lost;
    unsigned timer_pair[TIMERS][TIMERS]; // [lower][higher]
    uint32_t cause_bits;                 // of ICR, in order of their items
    // items of registers are in order of their classes
    unsigned order[512];
    seen_t *seen;                 // per register row
    uint16_t row_at[0x20000 / 4]; // row + 1
    // ---- the present run ----
    nic_in_t in;
    uint32_t ioaddr;
    int reply_row[REPLIES]; // per cycle, row + 1
    uint64_t reply_cyc[REPLIES];
    uint64_t pulse_cyc; // an access of interest is on the register bus in this cycle
    enum { PULSE_NONE, PULSE_ICR_READ, PULSE_ICR_WRITE, PULSE_ICS, PULSE_STATS } pulse;
    uint64_t cause_cyc, fate_cyc, timer_cyc, p_cyc;
    uint32_t fired; // in timer_cyc
    uint64_t reset_cyc, stall_cyc, access_cyc;
    uint64_t rx_first, tx_first;
    bool rx_counted, tx_counted, rx_on, tx_on, reset_seen;
    uint64_t awaited; // bytes asked for
    uint64_t cpl_head, cpl_word, beat;
};

static unsigned add(cover_t *c, const char *group, const char *name)
{
    const unsigned i = c->count++;
    snprintf(c->name[i], NAME_LEN, "%s", name);
    c->item[i] = (cover_item_t){group, c->name[i], 0};
    return i;
}

static unsigned add_all(cover_t *c, const char *group, const char *const *names, unsigned n)
{
    const unsigned first = c->count;
    for (unsigned i = 0; i < n; i++) add(c, group, names[i]);
    return first;
}

static const char *class_group(bool write, enum reg_access access)
{
    static char groups[2][16][16];
    char *g = groups[write][access];
    if (!g[0]) snprintf(g, 16, "%s %s", regs_access_name(access), write ? "write" : "read");
    return g;
}

// Items of registers by class, so that a group is in one piece; order[row] finds them again.
static unsigned add_registers(cover_t *c, bool write)
{
    const unsigned first = c->count;
    for (int access = 0; access <= ACC_CMD; access++) {
        for (unsigned i = 0; i < reg_row_count; i++) {
            if ((int)reg_rows[i].access != access) continue;
            c->order[i] = add(c, class_group(write, reg_rows[i].access), reg_rows[i].name) - first;
        }
    }
    return first;
}

static int row_of(const char *name)
{
    for (unsigned i = 0; i < reg_row_count; i++)
        if (strcmp(reg_rows[i].name, name) == 0) return (int)i;
    return -1;
}

static void add_fields(cover_t *c)
{
    c->field = c->count;
    for (unsigned k = 0; k < fld_row_count; k++) {
        char name[NAME_LEN];
        snprintf(name, sizeof name, "%s.%s", fld_rows[k].reg, fld_rows[k].name);
        add(c, "field toggled", name);
    }
    c->cause = c->count;
    for (unsigned k = 0; k < fld_row_count; k++) {
        if (strcmp(fld_rows[k].reg, "ICR") != 0) continue;
        for (unsigned b = 0; b < fld_rows[k].width; b++)
            c->cause_bits |= 1u << (fld_rows[k].lsb + b);
    }
    for (uint32_t m = c->cause_bits; m; m &= m - 1) {
        const char *name = cause_name(NIC_82540EM, (unsigned)__builtin_ctz(m));
        add(c, "cause", name ? name : "?");
    }
}

// There is one packet a cycle, and a small one is not counted: it fires by RSRPD or by RXFRAMES.
static bool never_together(unsigned i, unsigned k)
{
    return 1u << i == NIC_TIMER_RXFRAMES && 1u << k == NIC_TIMER_SRPD;
}

static void add_timers(cover_t *c)
{
    c->timer = add_all(c, "timer", TIMER, TIMERS);
    c->timer_p = c->count;
    for (unsigned i = 0; i < TIMERS; i++) add(c, "timer in the cycle of P", TIMER[i]);
    for (unsigned i = 0; i < TIMERS; i++) {
        for (unsigned k = i + 1; k < TIMERS; k++) {
            char name[NAME_LEN];
            if (never_together(i, k)) continue;
            snprintf(name, sizeof name, "%s+%s", TIMER[i], TIMER[k]);
            c->timer_pair[i][k] = add(c, "timers in one cycle", name);
        }
    }
}

cover_t *cover_create(void)
{
    cover_t *c = calloc(1, sizeof *c);
    if (!c) return NULL;
    c->seen = calloc(reg_row_count, sizeof *c->seen);
    if (!c->seen) {
        free(c);
        return NULL;
    }
    for (unsigned i = 0; i < reg_row_count; i++) {
        const reg_row_t *r = &reg_rows[i];
        for (unsigned n = 0; n < r->count; n++)
            c->row_at[(r->off + n * r->stride) / 4] = (uint16_t)(i + 1);
    }
    c->reg_read = add_registers(c, false);
    c->reg_write = add_registers(c, true);
    add_fields(c);
    add_timers(c);
    c->same = add_all(c, "in one cycle", SAME, SAMES);
    c->fate = add_all(c, "fate of a frame", FATE, sizeof FATE / sizeof FATE[0]);
    c->during = add_all(c, "reset during", DURING, DURINGS);
    c->speed_rx = add_all(c, "received at Mb/s", MBPS, SPEEDS);
    c->speed_tx = add_all(c, "sent at Mb/s", MBPS, SPEEDS);
    c->desc = add_all(c, "descriptor", DESC, DESCS);
    c->tlp = add_all(c, "TLP", TAG, sizeof TAG / sizeof TAG[0]);
    c->access_read = add_all(c, "read of space", SPACE, 3);
    c->access_write = add_all(c, "write of space", SPACE, 3);
    c->host = add_all(c, "host and partner", HOST, HOSTS);
    static const char *const IDLE[] = {"idle", "jump"}, *const LOST[] = {"frames lost to a reset"};
    c->idle = add_all(c, "idle", IDLE, 2);
    c->lost = add_all(c, "lost", LOST, 1);
    cover_restart(c);
    return c;
}

void cover_destroy(cover_t *c)
{
    if (c) free(c->seen);
    free(c);
}

void cover_restart(cover_t *c)
{
    c->in = (nic_in_t){.req_ready = 1};
    c->ioaddr = 0;
    c->pulse = PULSE_NONE;
    c->cause_cyc = c->fate_cyc = c->timer_cyc = c->p_cyc = c->pulse_cyc = NIC_NEVER;
    c->access_cyc = NIC_NEVER;
    c->stall_cyc = 0;
    c->reset_seen = c->rx_on = c->tx_on = false;
    c->awaited = 0;
    for (unsigned i = 0; i < REPLIES; i++) c->reply_cyc[i] = NIC_NEVER;
}

static void hit(cover_t *c, unsigned item)
{
    c->item[item].count++;
}

static void causes(cover_t *c, uint32_t bits)
{
    unsigned item = c->cause;
    for (uint32_t m = c->cause_bits; m; m &= m - 1, item++)
        if (bits & m & -m) hit(c, item);
}

// ---- registers ---------------------------------------------------------------------------------

static void value_seen(cover_t *c, unsigned row, uint32_t value)
{
    seen_t *s = &c->seen[row];
    const uint32_t one = s->one | value, zero = s->zero | ~value;
    if (one == s->one && zero == s->zero) return;
    s->one = one;
    s->zero = zero;
    // Toggled: one bit of it, or different ones, has been seen as 0 and as 1.
    for (unsigned k = 0; k < fld_row_count; k++) {
        if (c->item[c->field + k].count || row_of(fld_rows[k].reg) != (int)row) continue;
        const uint32_t mask = (fld_rows[k].width == 32 ? ~0u : (1u << fld_rows[k].width) - 1)
                              << fld_rows[k].lsb;
        if ((s->one & mask) && (s->zero & mask)) hit(c, c->field + k);
    }
}

static void reset_written(cover_t *c, uint64_t now, const nic_in_t *in, const nic_out_t *out)
{
    const bool state[DURINGS] = {[DURING_RX_FRAME] = in->rx_dv,
                                 [DURING_TX_FRAME] = out->tx_en,
                                 [DURING_TLP] = out->req_valid,
                                 [DURING_COMPLETION] = in->cpl_valid,
                                 [DURING_READ] = c->awaited > 0,
                                 [DURING_INTERRUPT] = out->intx,
                                 [DURING_RESET] =
                                     c->reset_seen && now - c->reset_cyc <= NIC_ResetCyc};
    bool any = false;
    for (unsigned i = 1; i < DURINGS; i++) {
        if (state[i]) hit(c, c->during + i);
        any |= state[i];
    }
    if (!any) hit(c, c->during + DURING_NOTHING);
    c->reset_cyc = now;
    c->reset_seen = true;
}

static void register_access(cover_t *c, uint64_t now, uint32_t off, const nic_in_t *in,
                            const nic_out_t *out)
{
    const unsigned at = c->row_at[(off & 0x1FFFF) / 4];
    if (at == 0) return;
    const unsigned row = at - 1;
    const reg_row_t *r = &reg_rows[row];
    const uint16_t id = r->first == E1000_R_CTRL_DUP ? E1000_R_CTRL : r->first;
    if (!in->csr_write) {
        hit(c, c->reg_read + c->order[row]);
        c->reply_row[now % REPLIES] = (int)at;
        c->reply_cyc[now % REPLIES] = now;
    } else if (in->csr_be == 0xF) {
        hit(c, c->reg_write + c->order[row]);
        value_seen(c, row, (uint32_t)in->csr_wdata);
        if (id == E1000_R_CTRL && (in->csr_wdata & FMASK(E1000_CTRL_RST)))
            reset_written(c, now, in, out);
        if (id == E1000_R_ICS) causes(c, (uint32_t)in->csr_wdata & ICS_ONLY);
    }
    c->pulse_cyc = now + 1;
    if (id == E1000_R_ICR) c->pulse = in->csr_write ? PULSE_ICR_WRITE : PULSE_ICR_READ;
    else if (id == E1000_R_ICS && in->csr_write) c->pulse = PULSE_ICS;
    else if (id >= E1000_R_CRCERRS && id <= E1000_R_TSCTFC && !in->csr_write)
        c->pulse = PULSE_STATS;
    else c->pulse = PULSE_NONE;
}

static void access(cover_t *c, uint64_t now, const nic_in_t *in, const nic_out_t *out)
{
    const unsigned space = (unsigned)in->csr_space;
    if (space < 3) hit(c, (in->csr_write ? c->access_write : c->access_read) + space);
    if (in->csr_be != 0xF && in->csr_write) hit(c, c->host + HOST_PARTIAL);
    if (c->access_cyc != NIC_NEVER && now == c->access_cyc + 1) hit(c, c->host + HOST_BURST);
    c->access_cyc = now;
    if (space == NIC_SPACE_MEM) register_access(c, now, (uint32_t)in->csr_addr, in, out);
    if (space != NIC_SPACE_IO) return;
    if (in->csr_addr < 4 && in->csr_write && in->csr_be == 0xF) c->ioaddr = (uint32_t)in->csr_wdata;
    if (in->csr_addr >> 2 == 1 && c->ioaddr < 0x20000) register_access(c, now, c->ioaddr, in, out);
}

static void reply(cover_t *c, uint64_t now, uint32_t data)
{
    const uint64_t asked = now - NIC_CsrReadCyc;
    if (now < NIC_CsrReadCyc || c->reply_cyc[asked % REPLIES] != asked) return;
    value_seen(c, (unsigned)c->reply_row[asked % REPLIES] - 1, data);
}

// ---- streams -----------------------------------------------------------------------------------

static void descriptor(cover_t *c, unsigned tag, uint64_t low, uint64_t high)
{
    if (tag == 1) {
        hit(c, c->desc + (low ? DESC_RX : DESC_RX_NULL));
        return;
    }
    const unsigned cmd = high >> 24 & 0xFF, type = high >> 20 & 0xF;
    const bool extended = cmd & 0x20;
    if (extended && type == 0) {
        hit(c, c->desc + (cmd & 0x04 ? DESC_CONTEXT_TSE : DESC_CONTEXT));
        return;
    }
    if (!extended) {
        hit(c, c->desc + DESC_LEGACY);
        if (cmd & 0x04) hit(c, c->desc + DESC_LEGACY_IC);
    } else {
        hit(c, c->desc + DESC_DATA);
        if (cmd & 0x04) hit(c, c->desc + DESC_DATA_TSE);
        if (high >> 40 & 3) hit(c, c->desc + DESC_DATA_CHECKSUM);
    }
    if (cmd & 0x40) hit(c, c->desc + DESC_VLE);
    if (!(cmd & 0x02)) hit(c, c->desc + DESC_NO_IFCS);
    if (!(cmd & 0x01)) hit(c, c->desc + DESC_MORE);
    if (!(cmd & 0x08)) hit(c, c->desc + DESC_NO_RS);
    if (cmd & 0x80) hit(c, c->desc + DESC_IDE);
    if ((high & (extended ? 0xFFFFF : 0xFFFF)) == 0) hit(c, c->desc + DESC_EMPTY);
}

static void completion(cover_t *c, const nic_in_t *in)
{
    if (in->cpl_sop) {
        c->cpl_head = in->cpl_data;
        c->beat = 0;
        const uint64_t len = in->cpl_data >> 32 & 0x1FFF;
        c->awaited -= len < c->awaited ? len : c->awaited;
        return;
    }
    const unsigned tag = c->cpl_head >> 16 & 0xFF;
    if (c->beat++ & 1) {
        if (tag == 1 || tag == 3) descriptor(c, tag, c->cpl_word, in->cpl_data);
    } else {
        c->cpl_word = in->cpl_data;
    }
}

static unsigned speed_of(uint64_t stride)
{
    return stride == 1 ? 2 : stride == 10 ? 1 : 0;
}

// The distance of the first two bytes of a frame tells its speed.
static void wire(cover_t *c, uint64_t now, bool valid, bool byte, bool *on, bool *counted,
                 uint64_t *first, unsigned item)
{
    if (valid && !*on) {
        *first = now;
        *counted = false;
    } else if (valid && byte && !*counted) {
        *counted = true;
        hit(c, item + speed_of(now - *first));
    }
    *on = valid;
}

static void partner(cover_t *c, const nic_in_t *in)
{
    if (in->lp_present != c->in.lp_present)
        hit(c, c->host + (in->lp_present ? HOST_BACK : HOST_GONE));
    if (in->lp_present && !in->lp_pause && (!c->in.lp_present || c->in.lp_pause))
        hit(c, c->host + HOST_PAUSE);
}

void cover_cycle(cover_t *c, uint64_t now, const nic_in_t *in, const nic_out_t *out)
{
    if (in->rx_dv || c->rx_on)
        wire(c, now, in->rx_dv, in->rx_ce, &c->rx_on, &c->rx_counted, &c->rx_first, c->speed_rx);
    if (out->tx_en || c->tx_on)
        wire(c, now, out->tx_en, out->tx_ce, &c->tx_on, &c->tx_counted, &c->tx_first, c->speed_tx);
    if (out->req_valid && out->req_sop) {
        const unsigned tag = out->req_data >> 16 & 0xFF;
        if (tag < sizeof TAG / sizeof TAG[0]) hit(c, c->tlp + tag);
        if ((out->req_data & 0xFF) == NIC_TLP_READ) c->awaited += out->req_data >> 32;
    }
    if (in->cpl_valid) completion(c, in);
    if (out->csr_rvalid) reply(c, now, (uint32_t)out->csr_rdata);
    if (in->csr_valid) access(c, now, in, out);
    if (in->req_ready) c->stall_cyc = 0;
    else if (++c->stall_cyc == 1000) hit(c, c->host + HOST_STALL);
    if (in->lp_present != c->in.lp_present || in->lp_pause != c->in.lp_pause) partner(c, in);
    if (out->idle) hit(c, c->idle);
    c->in = *in;
}

void cover_jump(cover_t *c, uint64_t cycles)
{
    (void)cycles;
    hit(c, c->idle + 1);
}

// ---- meters ------------------------------------------------------------------------------------

static void timers(cover_t *c, uint64_t cyc, uint32_t fired)
{
    const uint32_t rx = NIC_TIMER_PT | NIC_TIMER_AT | NIC_TIMER_RXFRAMES,
                   tx = NIC_TIMER_TIDV | NIC_TIMER_TADV | NIC_TIMER_TXFRAMES;
    for (unsigned i = 0; i < TIMERS; i++) {
        if (fired >> i & 1) {
            hit(c, c->timer + i);
            if (c->p_cyc == cyc) hit(c, c->timer_p + i);
        }
        for (unsigned k = i + 1; k < TIMERS; k++)
            if ((fired >> i & 1) && (fired >> k & 1)) hit(c, c->timer_pair[i][k]);
    }
    if ((fired & rx) && (fired & tx)) hit(c, c->same + SAME_PT_TX);
}

void cover_probe(cover_t *c, enum nic_probe what, uint64_t cyc, uint32_t a, uint32_t b)
{
    (void)b;
    const bool pulse = c->pulse_cyc == cyc;
    switch (what) {
    case NIC_PROBE_RX_FATE:
        if (a < sizeof FATE / sizeof FATE[0]) hit(c, c->fate + a);
        if (pulse && c->pulse == PULSE_STATS) hit(c, c->same + SAME_STATS);
        break;
    case NIC_PROBE_RX_HOST: c->p_cyc = cyc; break;
    case NIC_PROBE_CAUSE:
        causes(c, a);
        if (!pulse) break;
        if (c->pulse == PULSE_ICR_READ) hit(c, c->same + SAME_ICR_READ);
        if (c->pulse == PULSE_ICR_WRITE) hit(c, c->same + SAME_ICR_WRITE);
        if (c->pulse == PULSE_ICS && (a & (a - 1))) hit(c, c->same + SAME_ICS);
        break;
    case NIC_PROBE_TIMER: timers(c, cyc, a); break;
    case NIC_PROBE_RX_LOST: hit(c, c->lost); break;
    case NIC_PROBE_RX_WB:
    case NIC_PROBE_TX_FETCH:
    case NIC_PROBE_TX_WB:
    case NIC_PROBE_RX_DROP:
    case NIC_PROBE_LOOP:
    case NIC_PROBE_SPOOF: break;
    }
}

// ---- reports -----------------------------------------------------------------------------------

const cover_item_t *cover_items(const cover_t *c, unsigned *count)
{
    *count = c->count;
    return c->item;
}

// One past the last item of the group that begins at `i`.
static unsigned group_end(const cover_t *c, unsigned i, unsigned *reached)
{
    const char *group = c->item[i].group;
    *reached = 0;
    for (; i < c->count && strcmp(c->item[i].group, group) == 0; i++)
        *reached += c->item[i].count != 0;
    return i;
}

void cover_table(FILE *f, const cover_t *c, bool missing)
{
    fprintf(f, "%-26s %7s %5s\n", "COVERAGE", "REACHED", "OF");
    for (unsigned i = 0, end, reached; i < c->count; i = end) {
        end = group_end(c, i, &reached);
        fprintf(f, "%-26s %7u %5u\n", c->item[i].group, reached, end - i);
        if (!missing || reached == end - i) continue;
        int column = fprintf(f, "    not:");
        for (unsigned k = i, left = end - i - reached; k < end; k++) {
            if (c->item[k].count) continue;
            const int len = (int)strlen(c->item[k].name);
            if (column + len + 2 > 80) column = fprintf(f, "\n       ") - 1;
            column += fprintf(f, " %s%s", c->item[k].name, --left ? "," : "");
        }
        putc('\n', f);
    }
}

json_t *cover_json(const cover_t *c)
{
    json_t *all = json_object();
    for (unsigned i = 0, end, reached; i < c->count; i = end) {
        end = group_end(c, i, &reached);
        json_t *group = json_object();
        for (unsigned k = i; k < end; k++)
            json_object_set_new(group, c->item[k].name, json_integer((json_int_t)c->item[k].count));
        json_object_set_new(all, c->item[i].group, group);
    }
    return all;
}

// ---- the floor ---------------------------------------------------------------------------------

// What any seed reaches in COVER_FLOOR_CYC cycles, with some to spare.
static const char COVER_FLOOR[] =
    "40 RW read\n4 RWSC read\n30 RC read\n2 RCL read\n2 RCH read\nRCW1C read: ICR\n3 CMD read\n"
    "35 RW write\n3 RWSC write\n8 RC write\n2 TAIL write\n2 HEAD write\n3 CMD write\n"
    "ICS write: ICS\nW1S write: IMS\nW1C write: IMC\n80 field toggled\n"
    "8 cause\ncause: RXT0\ncause: TXDW\ncause: TXQE\ncause: RXDMT0\ncause: LSC\n"
    "9 timer\n3 timers in one cycle\n1 in one cycle\n"
    "fate of a frame: accepted\nfate of a frame: bad FCS\nfate of a frame: undersize\n"
    "fate of a frame: filtered\n3 reset during\n2 received at Mb/s\n2 sent at Mb/s\n"
    "13 descriptor\n6 TLP\n3 read of space\n3 write of space\n4 host and partner\n2 idle\n";

// The same of COVER_FLOOR_LONG_CYC, which `make test` plays: a little below what the least of seeds 200, 1200 and 2200 reach.
static const char COVER_FLOOR_LONG[] =
    "56 RW read\n5 RWSC read\n4 RO read\n48 RC read\n4 RCL read\n4 RCH read\nRCW1C read: ICR\n"
    "W1S read: IMS\nW1C read: IMC\nICS read: ICS\n2 TAIL read\n2 HEAD read\n3 CMD read\n"
    "54 RW write\n4 RWSC write\n2 RO write\n44 RC write\n3 RCL write\n3 RCH write\n"
    "RCW1C write: ICR\nW1S write: IMS\nW1C write: IMC\nICS write: ICS\n2 TAIL write\n2 HEAD write\n"
    "3 CMD write\n110 field toggled\n14 cause\n9 timer\n8 timer in the cycle of P\n"
    "29 timers in one cycle\n4 in one cycle\n7 fate of a frame\n7 reset during\n"
    "3 received at Mb/s\n3 sent at Mb/s\n15 descriptor\n7 TLP\n3 read of space\n3 write of space\n"
    "5 host and partner\n2 idle\n1 lost\n";

typedef struct cover_check {
    const cover_t *c;
    void (*fail)(void *ctx, const char *text);
    void *ctx;
    int failed;
    char *err;
} cover_check_t;

static void below(cover_check_t *k, const char *text)
{
    k->failed++;
    if (k->fail) k->fail(k->ctx, text);
}

static int floor_count(cover_check_t *k, unsigned wanted, const char *group)
{
    for (unsigned i = 0, end, reached; i < k->c->count; i = end) {
        end = group_end(k->c, i, &reached);
        if (strcmp(k->c->item[i].group, group) != 0) continue;
        char text[128];
        snprintf(text, sizeof text, "%s: %u of at least %u", group, reached, wanted);
        if (reached < wanted) below(k, text);
        return 0;
    }
    return -1;
}

static int floor_item(cover_check_t *k, const char *group, const char *name)
{
    for (unsigned i = 0; i < k->c->count; i++) {
        const cover_item_t *item = &k->c->item[i];
        if (strcmp(item->group, group) != 0 || strcmp(item->name, name) != 0) continue;
        char text[128];
        snprintf(text, sizeof text, "%s: %s", group, name);
        if (item->count == 0) below(k, text);
        return 0;
    }
    return -1;
}

static int floor_line(cover_check_t *k, const char *where, unsigned number, char *line)
{
    line[strcspn(line, "#\r\n")] = '\0';
    char *end = line + strlen(line);
    while (end > line && isspace((unsigned char)end[-1])) *--end = '\0';
    while (isspace((unsigned char)*line)) line++;
    if (!*line) return 0;
    int rc;
    char *colon = strstr(line, ": ");
    if (isdigit((unsigned char)*line)) {
        char *group;
        const unsigned long wanted = strtoul(line, &group, 10);
        while (*group == ' ') group++;
        rc = floor_count(k, (unsigned)wanted, group);
    } else if (colon) {
        *colon = '\0';
        rc = floor_item(k, line, colon + 2);
        *colon = ':';
    } else {
        rc = -1;
    }
    if (rc != 0)
        snprintf(k->err, COVER_ERR_LEN,
                 "%s: line %u: '%.60s' is neither 'N GROUP' nor "
                 "'GROUP: ITEM' of the coverage table",
                 where, number, line);
    return rc;
}

static int floor_file(cover_check_t *k, const char *path)
{
    FILE *f = fopen(path, "r");
    if (!f) {
        snprintf(k->err, COVER_ERR_LEN, "--floor: %s: %s", path, strerror(errno));
        return -1;
    }
    char line[256];
    int rc = 0;
    for (unsigned n = 1; rc == 0 && fgets(line, sizeof line, f); n++)
        rc = floor_line(k, path, n, line);
    fclose(f);
    return rc;
}

int cover_floor(const cover_t *c, const char *path, uint64_t cycles,
                void (*fail)(void *ctx, const char *text), void *ctx, char err[COVER_ERR_LEN])
{
    cover_check_t k = {c, fail, ctx, 0, err};
    int rc = 0;
    if (path) {
        rc = floor_file(&k, path);
    } else {
        const char *at = cycles < COVER_FLOOR_LONG_CYC ? COVER_FLOOR : COVER_FLOOR_LONG;
        for (unsigned n = 1; rc == 0 && *at; n++) {
            char line[256];
            const size_t len = strcspn(at, "\n");
            snprintf(line, sizeof line, "%.*s", (int)len, at);
            rc = floor_line(&k, "built-in floor", n, line);
            at += len + (at[len] == '\n');
        }
    }
    return rc == 0 ? k.failed : -1;
}
