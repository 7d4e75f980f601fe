// SPDX-License-Identifier: Apache-2.0
// All state of the 82576, and what its scheduler keeps beside that of state.h. Internal to model/.
#ifndef MODERATO_STATE_82576_H
#define MODERATO_STATE_82576_H

#include "model/desc_ring.h"
#include "model/eitr.h"
#include "model/host_port.h"
#include "model/irq_82576.h"
#include "model/l2_switch.h"
#include "model/mac_rx_82576.h"
#include "model/mac_tx.h"
#include "model/mailbox.h"
#include "model/msix.h"
#include "model/nvm.h"
#include "model/packet_buffer.h"
#include "model/pci_config_82576.h"
#include "model/phy_igp3.h"
#include "model/regs_82576.h"
#include "model/ring_arbiter.h"
#include "model/rx_dma_82576.h"
#include "model/stats_82576.h"
#include "model/tx_dma.h"
#include "model/tx_sched.h"

// ---- the chip: every flop ----
typedef struct nic_chip_82576 {
    mac_rx_t mac_rx;
    packet_buffer_t rx_pb, tx_pb; // the receive side of the one, the transmit side of the other
    rx_dma_82576_t rx_dma;
    desc_ring_t ring[2][IGB_Queues]; // receive, transmit
    ring_arbiter_t arbiter[2];
    tx_sched_t tx_sched;
    tx_dma_t tx_dma;
    l2_switch_t l2_switch;
    mac_tx_t mac_tx;
    irq_82576_t irq;
    eitr_t eitr;
    msix_t msix;
    mailbox_t mailbox;
    host_port_t port;
    bool msi_q; // the message at the port is one of MSI, or the last one was
    phy_igp3_t phy;
    nvm_t nvm;
    pci_config_82576_t pci;
    stats_82576_t stats;
    regs_82576_t regs;
} nic_chip_82576_t;

// A completion under way to a ring. All rings of a direction: one fetch each, of two TLPs at most.
typedef struct igb_cpl {
    uint64_t end_cyc; // last beat on the pins
    uint32_t len;
    uint8_t queue;
    uint8_t data[NIC_Mrrs];
} igb_cpl_t;
enum { IGB_CPL_QUEUE = 2 * IGB_Queues };

// The rings of a direction as the scheduler sees them: they are one slot, in which those are visited that have a reason to.
typedef struct igb_rings {
    uint16_t look;      // in the next cycle
    uint16_t fetch, wb; // have such a request
    uint16_t held_back; // something is finished and may wait for its gate to open
    uint64_t gate_cyc;  // none of these gates opens before this cycle by itself
    uint64_t
        pick_cyc; // the arbiter picks in this cycle, in which nothing else happens to the rings: done when it is
    // looked at; NIC_NEVER: nothing is left to do
    uint16_t whole; // transmit: a whole packet is here and not taken,
    uint16_t full;  // the cache is full without one,
    uint16_t some;  // there is a descriptor
    uint16_t
        deaf; // write-backs of packets of these queues are no news for the interrupts as they are
    uint64_t event_cyc; // an event of a write-back is visible in this cycle,
    uint8_t event_queue;
    uint32_t cpl_put, cpl_get;
    igb_cpl_t cpl[IGB_CPL_QUEUE];
} igb_rings_t;

// Levels of configuration space, and what follows from them, as visible now.
typedef struct igb_levels {
    pci_config_82576_out_t pci; // its pulses are not looked at
    uint16_t may_func;          // bit f: function f may request
    uint16_t may;               // bit q: that of queue q may
    uint8_t there;              // bit n: VF n is there
    uint8_t func[IGB_Queues];   // of the queue's pool
} igb_levels_t;

typedef struct nic_82576 {
    nic_chip_82576_t c;
    igb_rings_t rings[2];
    igb_levels_t level;
    uint32_t ready;      // tx_sched was told last: queues with a packet
    bool p_due;          // the last P of rx_dma is still to be counted: done when somebody looks
    uint64_t pulse_cyc;  // cycle of the last pulse of the register bus or of configuration space
    bool msix_due;       // msix has something to do with the levels as they were in its last tick
    uint64_t levels_cyc; // these may have changed up to this cycle
    regs_82576_map_t map;
} nic_82576_t;

#endif
