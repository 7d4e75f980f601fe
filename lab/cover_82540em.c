// SPDX-License-Identifier: Apache-2.0
// What is counted of the 82540EM.
#include "lab/cover_parts.h"

#include "lab/result.h"

#include <stdio.h>
#include <string.h>

enum { TIMERS = 9 };

static const char *const TIMER[TIMERS] = {"RDTR",     "RADV",     "TIDV",  "TADV", "MTDLY",
                                          "RXFRAMES", "TXFRAMES", "RSRPD", "FPD"};

// Causes that no part of this device raises: only ICS sets them.
static const uint32_t ICS_ONLY = FMASK(E1000_ICR_RXSEQ) | FMASK(E1000_ICR_RXCFG) |
                                 FMASK(E1000_ICR_GPI_SDP6) | FMASK(E1000_ICR_GPI_SDP7);

// ---- items -------------------------------------------------------------------------------------

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

static const char *const SAME[SAMES] = {"ICR read and a cause", "ICR write and a cause",
                                        "ICS and a cause", "statistics read and a frame",
                                        "receive and transmit timer"};
static const char *const DESC[DESCS] = {"receive",       "receive null", "legacy",  "legacy IC",
                                        "context",       "context TSE",  "data",    "data TSE",
                                        "data checksum", "VLE",          "no IFCS", "no EOP",
                                        "no RS",         "IDE",          "length 0"};

typedef struct em {
    // first item of each kind
    unsigned cause, timer, timer_p, same, fate, during, desc, tlp, lost;
    unsigned timer_pair[TIMERS][TIMERS]; // [lower][higher]
    uint32_t cause_bits;                 // of ICR, in order of their items
    uint16_t row_at[0x20000 / 4];        // row + 1
    // ---- the present run ----
    uint32_t ioaddr;
    uint64_t pulse_cyc; // an access of interest is on the register bus in this cycle
    enum { PULSE_NONE, PULSE_ICR_READ, PULSE_ICR_WRITE, PULSE_ICS, PULSE_STATS } pulse;
    uint64_t p_cyc;
    uint64_t cpl_word;
} em_t;

// There is one packet a cycle, and a small one is not counted: it fires by RSRPD or by RXFRAMES.
static bool never_together(unsigned i, unsigned k)
{
    return 1u << i == NIC_TIMER_RXFRAMES && 1u << k == NIC_TIMER_SRPD;
}

static void add_timers(cover_t *c, em_t *m)
{
    m->timer = cover_add_all(c, "timer", TIMER, TIMERS);
    m->timer_p = c->count;
    for (unsigned i = 0; i < TIMERS; i++) cover_add(c, "timer in the cycle of P", TIMER[i]);
    for (unsigned i = 0; i < TIMERS; i++) {
        for (unsigned k = i + 1; k < TIMERS; k++) {
            char name[COVER_NAME_LEN];
            if (never_together(i, k)) continue;
            snprintf(name, sizeof name, "%s+%s", TIMER[i], TIMER[k]);
            m->timer_pair[i][k] = cover_add(c, "timers in one cycle", name);
        }
    }
}

static void create(cover_t *c)
{
    static const char *const LOST[] = {"frames lost to a reset"};
    em_t *m = c->own;
    for (unsigned i = 0; i < reg_row_count; i++) {
        const reg_row_t *r = &reg_rows[i];
        for (unsigned n = 0; n < r->count; n++)
            m->row_at[(r->off + n * r->stride) / 4] = (uint16_t)(i + 1);
    }
    cover_add_registers(c, reg_rows, reg_row_count, fld_rows, fld_row_count);
    m->cause = cover_add_causes(c, NIC_82540EM, &m->cause_bits);
    add_timers(c, m);
    m->same = cover_add_all(c, "in one cycle", SAME, SAMES);
    m->fate = cover_add_fates(c);
    m->during = cover_add_during(c, "reset during");
    cover_add_speeds(c);
    m->desc = cover_add_all(c, "descriptor", DESC, DESCS);
    m->tlp = cover_add_tlps(c);
    cover_add_spaces(c, 3);
    cover_add_host(c);
    cover_add_idle(c);
    m->lost = cover_add_all(c, "lost", LOST, 1);
}

static void restart(cover_t *c)
{
    em_t *m = c->own;
    m->ioaddr = 0;
    m->pulse = PULSE_NONE;
    m->p_cyc = m->pulse_cyc = NIC_NEVER;
}

// ---- registers ---------------------------------------------------------------------------------

static void register_access(cover_t *c, uint64_t now, uint32_t off, const nic_in_t *in,
                            const nic_out_t *out)
{
    em_t *m = c->own;
    const unsigned at = m->row_at[(off & 0x1FFFF) / 4];
    if (at == 0) return;
    const unsigned row = at - 1;
    const uint16_t first = reg_rows[row].first,
                   id = first == E1000_R_CTRL_DUP ? E1000_R_CTRL : first;
    if (!in->csr_write) {
        cover_register_read(c, now, row);
    } else if (in->csr_be == 0xF) {
        cover_register_write(c, row);
        cover_value(c, row, (uint32_t)in->csr_wdata);
        if (id == E1000_R_CTRL && (in->csr_wdata & FMASK(E1000_CTRL_RST)))
            cover_reset(c, m->during, now, in, out);
        if (id == E1000_R_ICS)
            cover_causes(c, m->cause, m->cause_bits, (uint32_t)in->csr_wdata & ICS_ONLY);
    }
    m->pulse_cyc = now + 1;
    if (id == E1000_R_ICR) m->pulse = in->csr_write ? PULSE_ICR_WRITE : PULSE_ICR_READ;
    else if (id == E1000_R_ICS && in->csr_write) m->pulse = PULSE_ICS;
    else if (id >= E1000_R_CRCERRS && id <= E1000_R_TSCTFC && !in->csr_write)
        m->pulse = PULSE_STATS;
    else m->pulse = PULSE_NONE;
}

static void access(cover_t *c, uint64_t now, const nic_in_t *in, const nic_out_t *out)
{
    em_t *m = c->own;
    const unsigned space = (unsigned)in->csr_space;
    if (space == NIC_SPACE_MEM) register_access(c, now, (uint32_t)in->csr_addr, in, out);
    if (space != NIC_SPACE_IO) return;
    if (in->csr_addr < 4 && in->csr_write && in->csr_be == 0xF) m->ioaddr = (uint32_t)in->csr_wdata;
    if (in->csr_addr >> 2 == 1 && m->ioaddr < 0x20000) register_access(c, now, m->ioaddr, in, out);
}

// ---- streams -----------------------------------------------------------------------------------

static void descriptor(cover_t *c, unsigned tag, uint64_t low, uint64_t high)
{
    const em_t *m = c->own;
    if (tag == 1) {
        cover_hit(c, m->desc + (low ? DESC_RX : DESC_RX_NULL));
        return;
    }
    const unsigned cmd = high >> 24 & 0xFF, type = high >> 20 & 0xF;
    const bool extended = cmd & 0x20;
    if (extended && type == 0) {
        cover_hit(c, m->desc + (cmd & 0x04 ? DESC_CONTEXT_TSE : DESC_CONTEXT));
        return;
    }
    if (!extended) {
        cover_hit(c, m->desc + DESC_LEGACY);
        if (cmd & 0x04) cover_hit(c, m->desc + DESC_LEGACY_IC);
    } else {
        cover_hit(c, m->desc + DESC_DATA);
        if (cmd & 0x04) cover_hit(c, m->desc + DESC_DATA_TSE);
        if (high >> 40 & 3) cover_hit(c, m->desc + DESC_DATA_CHECKSUM);
    }
    if (cmd & 0x40) cover_hit(c, m->desc + DESC_VLE);
    if (!(cmd & 0x02)) cover_hit(c, m->desc + DESC_NO_IFCS);
    if (!(cmd & 0x01)) cover_hit(c, m->desc + DESC_MORE);
    if (!(cmd & 0x08)) cover_hit(c, m->desc + DESC_NO_RS);
    if (cmd & 0x80) cover_hit(c, m->desc + DESC_IDE);
    if ((high & (extended ? 0xFFFFF : 0xFFFF)) == 0) cover_hit(c, m->desc + DESC_EMPTY);
}

static void completion(cover_t *c, const nic_in_t *in)
{
    em_t *m = c->own;
    const unsigned tag = cover_cpl_tag(c);
    if (in->cpl_sop) return;
    if (c->pins.beat & 1) m->cpl_word = in->cpl_data;
    else if (tag == RQ_RX_FETCH || tag == RQ_TX_FETCH)
        descriptor(c, tag, m->cpl_word, in->cpl_data);
}

static void cycle(cover_t *c, uint64_t now, const nic_in_t *in, const nic_out_t *out)
{
    const em_t *m = c->own;
    if (out->req_valid && out->req_sop) {
        const unsigned tag = out->req_data >> 16 & 0xFF;
        if (tag < RQ_COUNT) cover_hit(c, m->tlp + tag);
    }
    if (in->cpl_valid) completion(c, in);
    if (out->csr_rvalid) {
        const int row = cover_reply(c, now);
        if (row >= 0) cover_value(c, (unsigned)row, (uint32_t)out->csr_rdata);
    }
    if (in->csr_valid) access(c, now, in, out);
}

// ---- meters ------------------------------------------------------------------------------------

static void timers(cover_t *c, uint64_t cyc, uint32_t fired)
{
    const em_t *m = c->own;
    const uint32_t rx = NIC_TIMER_PT | NIC_TIMER_AT | NIC_TIMER_RXFRAMES,
                   tx = NIC_TIMER_TIDV | NIC_TIMER_TADV | NIC_TIMER_TXFRAMES;
    for (unsigned i = 0; i < TIMERS; i++) {
        if (fired >> i & 1) {
            cover_hit(c, m->timer + i);
            if (m->p_cyc == cyc) cover_hit(c, m->timer_p + i);
        }
        for (unsigned k = i + 1; k < TIMERS; k++)
            if ((fired >> i & 1) && (fired >> k & 1)) cover_hit(c, m->timer_pair[i][k]);
    }
    if ((fired & rx) && (fired & tx)) cover_hit(c, m->same + SAME_PT_TX);
}

static void probe(cover_t *c, enum nic_probe what, uint64_t cyc, uint32_t a, uint32_t b)
{
    em_t *m = c->own;
    (void)b;
    const bool pulse = m->pulse_cyc == cyc;
    switch (what) {
    case NIC_PROBE_RX_FATE:
        if (a <= NIC_FATE_NO_DESC) cover_hit(c, m->fate + a);
        if (pulse && m->pulse == PULSE_STATS) cover_hit(c, m->same + SAME_STATS);
        break;
    case NIC_PROBE_RX_HOST: m->p_cyc = cyc; break;
    case NIC_PROBE_CAUSE:
        cover_causes(c, m->cause, m->cause_bits, a);
        if (!pulse) break;
        if (m->pulse == PULSE_ICR_READ) cover_hit(c, m->same + SAME_ICR_READ);
        if (m->pulse == PULSE_ICR_WRITE) cover_hit(c, m->same + SAME_ICR_WRITE);
        if (m->pulse == PULSE_ICS && (a & (a - 1))) cover_hit(c, m->same + SAME_ICS);
        break;
    case NIC_PROBE_TIMER: timers(c, cyc, a); break;
    case NIC_PROBE_RX_LOST: cover_hit(c, m->lost); break;
    case NIC_PROBE_RX_WB:
    case NIC_PROBE_TX_FETCH:
    case NIC_PROBE_TX_WB:
    case NIC_PROBE_RX_DROP:
    case NIC_PROBE_LOOP:
    case NIC_PROBE_SPOOF:
    case NIC_PROBE_WIRE: break;
    }
}

// ---- the floor ---------------------------------------------------------------------------------

static const char COVER_FLOOR[] =
    "40 RW read\n4 RWSC read\n30 RC read\n2 RCL read\n2 RCH read\nRCW1C read: ICR\n3 CMD read\n"
    "35 RW write\n3 RWSC write\n8 RC write\n2 TAIL write\n2 HEAD write\n3 CMD write\n"
    "ICS write: ICS\nW1S write: IMS\nW1C write: IMC\n80 field toggled\n"
    "8 cause\ncause: RXT0\ncause: TXDW\ncause: TXQE\ncause: RXDMT0\ncause: LSC\n"
    "9 timer\n3 timers in one cycle\n1 in one cycle\n"
    "fate of a frame: accepted\nfate of a frame: bad FCS\nfate of a frame: undersize\n"
    "fate of a frame: filtered\n3 reset during\n2 received at Mb/s\n2 sent at Mb/s\n"
    "13 descriptor\n6 TLP\n3 read of space\n3 write of space\n4 host and partner\n2 idle\n";

static const char COVER_FLOOR_LONG[] =
    "56 RW read\n5 RWSC read\n4 RO read\n48 RC read\n4 RCL read\n4 RCH read\nRCW1C read: ICR\n"
    "W1S read: IMS\nW1C read: IMC\nICS read: ICS\n2 TAIL read\n2 HEAD read\n3 CMD read\n"
    "54 RW write\n4 RWSC write\n2 RO write\n44 RC write\n3 RCL write\n3 RCH write\n"
    "RCW1C write: ICR\nW1S write: IMS\nW1C write: IMC\nICS write: ICS\n2 TAIL write\n2 HEAD write\n"
    "3 CMD write\n110 field toggled\n14 cause\n9 timer\n8 timer in the cycle of P\n"
    "29 timers in one cycle\n4 in one cycle\n7 fate of a frame\n7 reset during\n"
    "3 received at Mb/s\n3 sent at Mb/s\n15 descriptor\n7 TLP\n3 read of space\n3 write of space\n"
    "5 host and partner\n2 idle\n1 lost\n";

const cover_kind_t cover_82540em = {.own = sizeof(em_t),
                                    .create = create,
                                    .restart = restart,
                                    .cycle = cycle,
                                    .probe = probe,
                                    .floor = COVER_FLOOR,
                                    .floor_long = COVER_FLOOR_LONG};
