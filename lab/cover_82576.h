// SPDX-License-Identifier: Apache-2.0
// What the files of the 82576's coverage share: its items, and what is known of the device from what the host has written.
#ifndef MODERATO_COVER_82576_H
#define MODERATO_COVER_82576_H

#include "lab/cover_parts.h"

#include "model/msix.h"
#include "model/pci_config_82576.h"

enum { FUNCTIONS = 1 + IGB_Vfs, SENT_MAX = 1024, READS_MAX = 256 };

// How a VF is reset, and what it was doing.
enum igb_vf_reset { VF_FLR, VF_RST_BY_VF, VF_RST_BY_PF, VF_STOP, VF_RESETS };
enum igb_gate { GATE_CLOSES, GATE_OPENS, GATE_LLI, GATE_READ_CLOSED, GATE_READ_OPEN, IGB_GATES };
enum igb_vf_during {
    VF_NOTHING,
    VF_RX_FRAME,   // a frame for it arrives
    VF_TX_FRAME,   // its frame is on the wire
    VF_TLP,        // its request is on the pins
    VF_COMPLETION, // its completion is
    VF_READ,       // it awaits one
    VF_RESET,      // it has been reset a few cycles ago
    VF_DURINGS
};

typedef struct igb {
    // first items
    unsigned vf_read, vf_write, cause, same, fate, during_rst, during_flr, during_vf, function, vfs,
        sr_iov, requester, sender, rx_queue, rx_pool_set, drop, lost, desctype, switched, tx_queue,
        looped_queue, rx_wb, rss_type, tx_desc, rx_desc, tx_wb, tlp, message, entry, wake, gate,
        mailbox;
    uint32_t cause_bits;
    uint16_t row[IGB_R_COUNT]; // of a register number, + 1
    // ---- the present run: the host's side ----
    uint32_t reg[IGB_R_COUNT]; // as written, or at reset
    pci_config_82576_t pci;
    pci_config_82576_out_t level;
    uint32_t ioaddr;
    uint8_t vf_took, vf_asks;         // V2PMAILBOX.VFU as read last; written and not read since
    uint8_t pf_asks;                  // P2VMAILBOX.PFU likewise
    uint8_t writer[IGB_VMBMEM_COUNT]; // of a word of the mailbox: 0 nobody, 1 the PF, 2 the VF
    uint8_t reply_func[COVER_REPLIES];
    uint16_t reply_number[COVER_REPLIES]; // of the register
    // ---- pulses ----
    uint64_t pulse_cyc;
    enum { PULSE_NONE, PULSE_ICR_READ, PULSE_ICR_WRITE, PULSE_ICS, PULSE_STATS } pulse;
    uint64_t vf_reset_cyc[IGB_Vfs]; // the cycle in which it is visible
    uint64_t spoof_cyc, wire_cyc;
    bool wire_only; // as far as is known of the frame of wire_cyc
    // ---- wire ----
    uint32_t rx_at, tx_at; // bytes, preamble included
    uint8_t rx_to[6], tx_to[6];
    uint8_t rx_pools; // that its address has
    uint16_t tx_type;
    struct {
        uint32_t len;
        uint8_t queue;
    } sent[SENT_MAX]; // frames let go to the wire and not seen there
    uint32_t sent_put, sent_get;
    // ---- streams ----
    uint64_t req_head, req_word;
    uint32_t req_beat;
    uint8_t read_func[READS_MAX]; // of reads not answered, in order
    uint32_t read_put, read_get;
    uint32_t reads[FUNCTIONS];
    uint8_t cpl_func;
    uint64_t cpl_word;
    uint32_t endless[IGB_Queues]; // descriptors since the last with EOP
    // ---- messages ----
    uint64_t addr[MSIX_ENTRIES];
    uint64_t masked; // bit e
    uint64_t unmask_cyc[MSIX_ENTRIES], func_unmask_cyc[FUNCTIONS], master_cyc[FUNCTIONS];
    uint64_t sent_cyc[MSIX_ENTRIES]; // NIC_NEVER: none whose interval is known
    uint32_t interval[MSIX_ENTRIES]; // cycles, as it was then
    bool intx;
} igb_t;

static inline igb_t *igb_of(const cover_t *c)
{
    return c->own;
}

static inline unsigned igb_entry(unsigned func, unsigned k)
{
    return func ? MSIX_VF0 + igb_first_vector(func - 1) + k : k;
}

static inline unsigned igb_queue_func(const igb_t *m, unsigned queue)
{
    const unsigned pool = queue % IGB_Pools;
    return pool < m->level.vfs ? 1 + pool : 0;
}

// Descriptors, requests and messages (cover_82576_dma.c).
void cover_82576_dma_create(cover_t *c);
void cover_82576_dma_restart(igb_t *m);
void cover_82576_dma_cycle(cover_t *c, uint64_t now, const nic_in_t *in, const nic_out_t *out);
void cover_82576_table(cover_t *c, uint64_t now, unsigned func,
                       const nic_in_t *in); // BAR3 is written
// EITR[k] is written, or all gates are reset: the next message tells nothing of its interval.
void cover_82576_gate(igb_t *m, unsigned vector);
// Configuration space was written: levels were `was`.
void cover_82576_levels(igb_t *m, uint64_t now, const pci_config_82576_out_t *was);

#endif
