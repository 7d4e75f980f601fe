// SPDX-License-Identifier: Apache-2.0
// What is counted of the 82576's requests: descriptors that come and go, messages and what held them back.
#include "lab/cover_82576.h"

#include "lab/result.h"
#include "model/rx_dma_82576.h"

#include <stdio.h>
#include <string.h>

// A message so many cycles behind what let it go has waited for that; a request at the port in front of it may take as long.
#define AWAITED_CYC 60u

// ---- items -------------------------------------------------------------------------------------

enum rx_wb {
    RXWB_LEGACY,
    RXWB_ADVANCED,
    RXWB_SEVERAL,
    RXWB_MORE,
    RXWB_EMPTY,
    RXWB_SPH,
    RXWB_HBO,
    RXWB_VP,
    RXWB_LB,
    RXWB_LB_VP,
    RXWB_PIF,
    RXWB_UDPCS,
    RXWB_L4CS,
    RXWB_IPCS,
    RXWB_L4E,
    RXWB_IPE,
    RXWB_CE,
    RXWB_RXE,
    RXWBS
};
enum tx_desc {
    TXD_LEGACY,
    TXD_LEGACY_IC,
    TXD_LEGACY_VLE,
    TXD_CONTEXT_0,
    TXD_CONTEXT_1,
    TXD_UDP,
    TXD_TCP,
    TXD_SCTP,
    TXD_L4T_3,
    TXD_IPV4,
    TXD_IPV6,
    TXD_DATA,
    TXD_TSE,
    TXD_IXSM,
    TXD_TXSM,
    TXD_VLE,
    TXD_NO_IFCS,
    TXD_MORE,
    TXD_RS,
    TXD_NO_RS,
    TXD_EMPTY,
    TXD_NO_MEANING,
    TXD_ENDLESS,
    TXDS
};
enum rx_desc { RXD_ANY, RXD_ODD_HEADER, RXD_EMPTY, RXDS };
enum tx_wb { TXWB_DESC, TXWB_SEVERAL, TXWB_HEAD, TXWBS };
enum message { MESSAGE_INTX, MESSAGE_MSI, MESSAGE_MSIX, MESSAGES };
enum wake { WAKE_ENTRY, WAKE_FUNCTION, WAKE_MASTER, WAKES };

static const char *const RXWB[RXWBS] = {
    "legacy",    "advanced", "several at once", "no EOP", "length 0", "SPH", "HBO", "VP", "LB",
    "LB and VP", "PIF",      "UDPCS",           "L4CS",   "IPCS",     "L4E", "IPE", "CE", "RXE"};
static const char *const TXD[TXDS] = {"legacy",
                                      "legacy IC",
                                      "legacy VLE",
                                      "context 0",
                                      "context 1",
                                      "context UDP",
                                      "context TCP",
                                      "context SCTP",
                                      "context L4T 3",
                                      "context IPv4",
                                      "context IPv6",
                                      "data",
                                      "data TSE",
                                      "data IXSM",
                                      "data TXSM",
                                      "VLE",
                                      "no IFCS",
                                      "no EOP",
                                      "RS",
                                      "no RS",
                                      "length 0",
                                      "without meaning",
                                      "cache without EOP"};
static const char *const RXD[RXDS] = {"any", "odd header address", "null"};
static const char *const TXWB[TXWBS] = {"descriptor", "several at once", "head"};
static const char *const MESSAGE[MESSAGES] = {"INTA#", "MSI", "MSI-X"};
static const char *const WAKE[WAKES] = {"masked entry", "masked function", "no bus master"};
static const char *const GATE[IGB_GATES] = {"closes", "opens for a message", "low latency",
                                            "read closed", "read open"};

static void add_of_functions(cover_t *c, const char *group)
{
    for (unsigned f = 0; f < FUNCTIONS; f++) {
        char name[FUNCTION_NAME_LEN];
        cover_add(c, group, function_name(f, name));
    }
}

void cover_82576_dma_create(cover_t *c)
{
    igb_t *m = igb_of(c);
    m->rx_desc = cover_add_all(c, "receive descriptor", RXD, RXDS);
    m->rx_wb = cover_add_all(c, "receive write-back", RXWB, RXWBS);
    m->rss_type = cover_add_numbers(c, "RSS type", "", 10);
    m->tx_desc = cover_add_all(c, "transmit descriptor", TXD, TXDS);
    m->tx_wb = cover_add_all(c, "transmit write-back", TXWB, TXWBS);
    m->tlp = cover_add_tlps(c);
    m->requester = c->count;
    add_of_functions(c, "reads and writes of");
    m->sender = c->count;
    add_of_functions(c, "messages of");
    m->message = cover_add_all(c, "interrupt", MESSAGE, MESSAGES);
    m->entry = c->count;
    for (unsigned f = 0; f < FUNCTIONS; f++)
        for (unsigned k = 0; k < (f ? (unsigned)IGB_MsixVf : (unsigned)IGB_MsixPf); k++) {
            char name[COVER_NAME_LEN], func[FUNCTION_NAME_LEN];
            snprintf(name, sizeof name, "%s %u", function_name(f, func), k);
            cover_add(c, "MSI-X entry", name);
        }
    m->wake = cover_add_all(c, "message held back by", WAKE, WAKES);
    m->gate = cover_add_all(c, "gate", GATE, IGB_GATES);
}

void cover_82576_dma_restart(igb_t *m)
{
    m->req_beat = 0;
    m->read_put = m->read_get = 0;
    m->cpl_func = 0;
    m->intx = false;
    memset(m->reads, 0, sizeof m->reads);
    memset(m->endless, 0, sizeof m->endless);
    memset(m->addr, 0, sizeof m->addr);
    m->masked = UINT64_MAX;
    for (unsigned e = 0; e < MSIX_ENTRIES; e++) m->unmask_cyc[e] = m->sent_cyc[e] = NIC_NEVER;
    for (unsigned f = 0; f < FUNCTIONS; f++) m->func_unmask_cyc[f] = m->master_cyc[f] = NIC_NEVER;
}

// ---- descriptors -------------------------------------------------------------------------------

static void count(cover_t *c, unsigned item, bool yes)
{
    if (yes) cover_hit(c, item);
}

static void fetched_rx(cover_t *c, const uint64_t desc[2])
{
    const unsigned i = igb_of(c)->rx_desc;
    cover_hit(c, i + RXD_ANY);
    count(c, i + RXD_ODD_HEADER, desc[1] & 1);
    count(c, i + RXD_EMPTY, desc[0] == 0);
}

static void fetched_context(cover_t *c, const uint64_t desc[2])
{
    static const uint8_t L4T[4] = {TXD_UDP, TXD_TCP, TXD_SCTP, TXD_L4T_3};
    const unsigned i = igb_of(c)->tx_desc;
    cover_hit(c, i + (DGET(IGB_ATXC_IDX, desc) & 1 ? TXD_CONTEXT_1 : TXD_CONTEXT_0));
    cover_hit(c, i + L4T[DGET(IGB_ATXC_L4T, desc)]);
    cover_hit(c, i + (DGET(IGB_ATXC_IPV4, desc) ? TXD_IPV4 : TXD_IPV6));
}

static void fetched_tx(cover_t *c, unsigned queue, const uint64_t desc[2])
{
    igb_t *m = igb_of(c);
    const unsigned i = m->tx_desc;
    const uint64_t cmd = DGET(IGB_ATXD_CMD, desc), type = DGET(IGB_ATXD_DTYP, desc);
    const bool legacy = !(cmd & IGB_ATXD_CMD_DEXT), context = !legacy && type == IGB_ATXD_DTYP_C;
    const bool ends = !context && (cmd & IGB_ATXD_CMD_EOP);
    m->endless[queue] = ends ? 0 : m->endless[queue] + 1;
    count(c, i + TXD_ENDLESS, m->endless[queue] == NIC_DescCache);
    count(c, i + TXD_RS, cmd & IGB_ATXD_CMD_RS);
    count(c, i + TXD_NO_RS, !(cmd & IGB_ATXD_CMD_RS));
    if (context) {
        fetched_context(c, desc);
        return;
    }
    count(c, i + TXD_MORE, !ends);
    count(c, i + TXD_NO_IFCS, !(cmd & IGB_ATXD_CMD_IFCS));
    count(c, i + TXD_EMPTY, DGET(IGB_ATXD_DTALEN, desc) == 0);
    if (legacy) {
        cover_hit(c, i + TXD_LEGACY);
        count(c, i + TXD_LEGACY_IC, cmd & E1000_TXD_CMD_IC);
        count(c, i + TXD_LEGACY_VLE, cmd & IGB_ATXD_CMD_VLE);
        return;
    }
    const uint64_t popts = DGET(IGB_ATXD_POPTS, desc);
    cover_hit(c, i + (type == IGB_ATXD_DTYP_D ? TXD_DATA : TXD_NO_MEANING));
    count(c, i + TXD_TSE, cmd & IGB_ATXD_CMD_TSE);
    count(c, i + TXD_VLE, cmd & IGB_ATXD_CMD_VLE);
    count(c, i + TXD_IXSM, popts & IGB_ATXD_POPTS_IXSM);
    count(c, i + TXD_TXSM, popts & IGB_ATXD_POPTS_TXSM);
}

static void written_rx(cover_t *c, unsigned queue, const uint64_t desc[2])
{
    const igb_t *m = igb_of(c);
    const unsigned i = m->rx_wb;
    const uint64_t stat = DGET(IGB_ARXD_STAT, desc), err = DGET(IGB_ARXD_ERR, desc);
    if (FGET(IGB_SRRCTL_DESCTYPE, m->reg[IGB_R_SRRCTL + queue]) == RXD_LEGACY) {
        cover_hit(c, i + RXWB_LEGACY);
        return;
    }
    cover_hit(c, i + RXWB_ADVANCED);
    count(c, i + RXWB_EMPTY, DGET(IGB_ARXD_LENGTH, desc) == 0);
    count(c, i + RXWB_SPH, DGET(IGB_ARXD_SPH, desc));
    count(c, i + RXWB_HBO, err & IGB_ARXD_ERR_HBO);
    count(c, i + RXWB_MORE, !(stat & IGB_ARXD_STAT_EOP));
    if (!(stat & IGB_ARXD_STAT_EOP)) return;
    const uint64_t rss = DGET(IGB_ARXD_RSS_TYPE, desc);
    count(c, m->rss_type + (unsigned)rss, rss < 10);
    count(c, i + RXWB_VP, stat & IGB_ARXD_STAT_VP);
    count(c, i + RXWB_LB, stat & IGB_ARXD_STAT_LB);
    count(c, i + RXWB_LB_VP, (stat & IGB_ARXD_STAT_LB) && (stat & IGB_ARXD_STAT_VP));
    count(c, i + RXWB_PIF, stat & IGB_ARXD_STAT_PIF);
    count(c, i + RXWB_UDPCS, stat & IGB_ARXD_STAT_UDPCS);
    count(c, i + RXWB_L4CS, stat & IGB_ARXD_STAT_L4CS);
    count(c, i + RXWB_IPCS, stat & IGB_ARXD_STAT_IPCS);
    count(c, i + RXWB_L4E, err & IGB_ARXD_ERR_L4E);
    count(c, i + RXWB_IPE, err & IGB_ARXD_ERR_IPE);
    count(c, i + RXWB_CE, err & IGB_ARXD_ERR_CE);
    count(c, i + RXWB_RXE, err & IGB_ARXD_ERR_RXE);
}

// ---- messages ----------------------------------------------------------------------------------

static unsigned vector_of(unsigned entry)
{
    return entry < IGB_MsixPf ? entry : entry - MSIX_VF0;
}

// The message of this entry has its first beat in `now`.
static void message(cover_t *c, uint64_t now, unsigned func, unsigned e)
{
    igb_t *m = igb_of(c);
    const uint32_t eitr = m->reg[IGB_R_EITR + vector_of(e)];
    const uint64_t gap = now - m->sent_cyc[e];
    cover_hit(c, m->entry + e);
    cover_hit(c, m->message + MESSAGE_MSIX);
    count(c, m->wake + WAKE_ENTRY, now - m->unmask_cyc[e] < AWAITED_CYC);
    count(c, m->wake + WAKE_FUNCTION, now - m->func_unmask_cyc[func] < AWAITED_CYC);
    count(c, m->wake + WAKE_MASTER, now - m->master_cyc[func] < AWAITED_CYC);
    // Of short intervals nothing can be told: the port takes its time.
    if (m->sent_cyc[e] != NIC_NEVER && m->interval[e] > 2 * AWAITED_CYC) {
        count(c, m->gate + GATE_OPENS,
              gap + AWAITED_CYC > m->interval[e] && gap < m->interval[e] + AWAITED_CYC);
        count(c, m->gate + GATE_LLI, gap < m->interval[e] / 2);
    }
    m->sent_cyc[e] = now;
    m->interval[e] = FGET(IGB_EITR_INTERVAL, eitr) * IGB_EitrUnitCyc;
    count(c, m->gate + GATE_CLOSES, m->interval[e] != 0);
}

// Whose it is tells its address: entries that have the same are taken for the first of them.
static void find_message(cover_t *c, uint64_t now, unsigned func, uint64_t addr)
{
    const igb_t *m = igb_of(c);
    if (func >= FUNCTIONS) return;
    if (!(m->level.msix_en >> func & 1)) {
        cover_hit(c, m->message + MESSAGE_MSI);
        return;
    }
    const unsigned entries = func ? IGB_MsixVf : IGB_MsixPf;
    for (unsigned k = 0; k < entries; k++) {
        const unsigned e = igb_entry(func, k);
        if (m->addr[e] != addr) continue;
        message(c, now, func, e);
        return;
    }
}

void cover_82576_table(cover_t *c, uint64_t now, unsigned func, const nic_in_t *in)
{
    igb_t *m = igb_of(c);
    const uint32_t addr = (uint32_t)in->csr_addr & (MSIX_BYTES - 1), k = addr / 16;
    const uint64_t w = in->csr_wdata;
    if (in->csr_be != 0xF || k >= (func ? (unsigned)IGB_MsixVf : (unsigned)IGB_MsixPf)) return;
    const unsigned e = igb_entry(func, k);
    switch (addr / 4 & 3) {
    case 0: m->addr[e] = (m->addr[e] >> 32 << 32) | (w & ~UINT64_C(3)); break;
    case 1: m->addr[e] = (m->addr[e] & UINT32_MAX) | w << 32; break;
    case 3:
        if ((m->masked >> e & 1) && !(w & 1)) m->unmask_cyc[e] = now;
        m->masked = (m->masked & ~(UINT64_C(1) << e)) | (w & 1) << e;
        break;
    default: break;
    }
}

void cover_82576_gate(igb_t *m, unsigned vector)
{
    if (vector < IGB_MsixPf) m->sent_cyc[vector] = NIC_NEVER;
    if (vector + MSIX_VF0 >= IGB_MsixPf) m->sent_cyc[vector + MSIX_VF0] = NIC_NEVER;
}

void cover_82576_levels(igb_t *m, uint64_t now, const pci_config_82576_out_t *was)
{
    const pci_config_82576_out_t *l = &m->level;
    for (unsigned f = 0; f < FUNCTIONS; f++) {
        const bool on = (was->msix_en & l->msix_en) >> f & 1;
        if (on && (was->msix_mask & ~l->msix_mask) >> f & 1) m->func_unmask_cyc[f] = now;
        if ((l->may_request & ~was->may_request) >> f & 1) m->master_cyc[f] = now;
        if (!((l->flr | (unsigned)l->vf_start << 1) >> f & 1)) continue;
        for (unsigned k = 0; k < (f ? (unsigned)IGB_MsixVf : (unsigned)IGB_MsixPf); k++)
            m->masked |= UINT64_C(1) << igb_entry(f, k);
    }
}

// ---- streams -----------------------------------------------------------------------------------

static void first_beat(cover_t *c, uint64_t head)
{
    igb_t *m = igb_of(c);
    const unsigned type = head & 0xFF, func = head >> 8 & 0xFF, tag = head >> 16 & 7;
    const unsigned len = (unsigned)(head >> 32);
    m->req_head = head;
    m->req_beat = 0;
    if (tag < RQ_COUNT) cover_hit(c, m->tlp + tag);
    if (func >= FUNCTIONS) return;
    cover_hit(c, (type == NIC_TLP_MSG ? m->sender : m->requester) + func);
    if (type == NIC_TLP_READ) {
        m->read_func[m->read_put++ % READS_MAX] = (uint8_t)func;
        m->reads[func]++;
    }
    if (tag == RQ_RX_WB) count(c, m->rx_wb + RXWB_SEVERAL, len > NIC_DescBytes);
    if (tag != RQ_TX_WB) return;
    cover_hit(c, m->tx_wb + (len == 4 ? TXWB_HEAD : TXWB_DESC));
    count(c, m->tx_wb + TXWB_SEVERAL, len > NIC_DescBytes);
}

static void request(cover_t *c, uint64_t now, uint64_t beat, bool sop)
{
    igb_t *m = igb_of(c);
    if (sop) {
        first_beat(c, beat);
        return;
    }
    m->req_beat++;
    const unsigned type = m->req_head & 0xFF, tag = m->req_head >> 16 & 0xFF;
    if (m->req_beat == 1 && type == NIC_TLP_MSG)
        find_message(c, now - 1, m->req_head >> 8 & 0xFF, beat);
    if (m->req_beat < NIC_HdrBeats || (tag & 7) != RQ_RX_WB) return;
    if ((m->req_beat - NIC_HdrBeats) & 1) {
        const uint64_t desc[2] = {m->req_word, beat};
        written_rx(c, tag >> 3 & (IGB_Queues - 1), desc);
    } else {
        m->req_word = beat;
    }
}

static void completion(cover_t *c, const nic_in_t *in)
{
    igb_t *m = igb_of(c);
    const unsigned tag = cover_cpl_tag(c), queue = tag >> 3 & (IGB_Queues - 1);
    if (in->cpl_sop && m->read_get != m->read_put) {
        m->cpl_func = m->read_func[m->read_get++ % READS_MAX];
        m->reads[m->cpl_func]--;
    }
    if (in->cpl_sop) return;
    if (c->pins.beat & 1) {
        m->cpl_word = in->cpl_data;
        return;
    }
    const uint64_t desc[2] = {m->cpl_word, in->cpl_data};
    if ((tag & 7) == RQ_RX_FETCH) fetched_rx(c, desc);
    if ((tag & 7) == RQ_TX_FETCH) fetched_tx(c, queue, desc);
}

void cover_82576_dma_cycle(cover_t *c, uint64_t now, const nic_in_t *in, const nic_out_t *out)
{
    igb_t *m = igb_of(c);
    if (out->req_valid) request(c, now, out->req_data, out->req_sop);
    if (in->cpl_valid) completion(c, in);
    if (out->intx && !m->intx) cover_hit(c, m->message + MESSAGE_INTX);
    m->intx = out->intx;
}
