// SPDX-License-Identifier: Apache-2.0
// All state of a device: the chip in dataflow order, what was handed in, and the bookkeeping of the scheduler. Internal to
// model/.
#ifndef MODERATO_STATE_H
#define MODERATO_STATE_H

#include "model/desc_ring.h"
#include "model/eeprom.h"
#include "model/host_port.h"
#include "model/irq.h"
#include "model/mac_rx.h"
#include "model/mac_tx.h"
#include "model/packet_buffer.h"
#include "model/pci_config.h"
#include "model/phy.h"
#include "model/regs.h"
#include "model/rx_dma.h"
#include "model/state_82576.h"
#include "model/stats.h"
#include "model/throttle.h"
#include "model/timers.h"
#include "model/tx_dma.h"

// A completion under way to a descriptor ring.
typedef struct nic_cpl {
    uint64_t end_cyc; // last beat on the pins
    uint32_t len;
    uint8_t data[NIC_Mrrs];
} nic_cpl_t;
enum { CPL_QUEUE = 4 };

// ---- the chip: every flop ----
typedef struct nic_chip {
    mac_rx_t mac_rx;
    packet_buffer_t pb;
    rx_dma_t rx_dma;
    desc_ring_t rx_ring, tx_ring;
    tx_dma_t tx_dma;
    mac_tx_t mac_tx;
    timers_t timers;
    irq_t irq;
    throttle_t throttle;
    host_port_t port;
    phy_t phy;
    eeprom_t eeprom;
    pci_config_t pci;
    stats_t stats;
    regs_t regs;
} nic_chip_t;

// ---- transfers handed in and not yet over ----
typedef struct nic_inbox {
    struct {
        uint64_t cyc;
        nic_access_t a;
    } access[REGS_QUEUE];
    uint32_t access_put, access_get;
    bool req_ready; // pin; always 1 where transfers are announced (the answer to a TLP says when)
    nic_cpl_t cpl[2][CPL_QUEUE]; // receive ring, transmit ring
    uint32_t cpl_put[2], cpl_get[2];
    bool lp_present, lp_pause;
    uint8_t lp_speed;
    struct {
        uint64_t cyc;
        bool present, pause;
        uint8_t speed;
    } lp_next; // cyc = NIC_NEVER: none
} nic_inbox_t;

// How the scheduler visits: tests of the scheduler use the slower ways.
typedef struct nic_visiting {
    bool every_cycle; // quiet() forced to 0
    uint32_t extra;   // random extra visits: one cycle in `extra` gets a random mask, 0 = none
    bool shuffle;     // order of ticks within a cycle at random (regs stays the last)
    uint64_t rng;
} nic_visiting_t;

enum { SLOTS_MAX = 32 }; // of a personality

struct nic {
    union {
        nic_chip_t c;
        nic_82576_t igb;
    };
    nic_inbox_t in;
    nic_config_t cfg;
    nic_host_t host;
    uint16_t map[REGS_WORDS];
    // scheduler; what a slot is knows the personality
    uint64_t now;          // first cycle not simulated
    uint32_t wake;         // slots to visit in that very cycle
    uint32_t armed;        // slots with a finite due
    uint64_t soonest;      // no due of an armed slot is before this,
    uint64_t soonest_slow; // and of SLOW_SLOTS none before this
    uint64_t due[SLOTS_MAX];
    uint64_t visits;
    uint64_t until; // the run ends before this cycle; 0: it has been stopped
    bool intx_q;    // INTA# as told last
    uint32_t
        intx_left; // of the slots that make it, those still to tick in this cycle; 0 between cycles
    nic_visiting_t how;
};

// INTA# as on the pin; still: as `idle` counts it; loopback: the wire is cut off.
bool nic_intx(const nic_t *n);
bool nic_still(const nic_t *n);
// The cycle in whose tick the next counter ends that can change an output by itself: the five moderation timers, the
// throttle gate with a cause waiting, MDIC, negotiation, EERD, EEPROM programming. NIC_NEVER: none runs.
uint64_t nic_counting(const nic_t *n);
bool nic_loopback(const nic_t *n);
// A completion whose last beat is on the pins in end_cyc.
void nic_completion_end(nic_t *n, uint64_t end_cyc, uint8_t tag, const uint8_t *data, uint32_t len);
// The receiver: pins.c feeds it byte by byte.
mac_rx_t *nic_mac_rx(nic_t *n);

// Cycles of a byte on the wire.
static inline uint32_t nic_stride(uint8_t speed)
{
    static const uint32_t stride[3] = {NIC_Stride10, NIC_Stride100, NIC_Stride1000};
    return stride[speed];
}

// PCI device id.
uint16_t nic_device_id(enum nic_personality p);

// What a personality puts behind these and behind nic.h (which says what they do): nic_*.c and outside_*.c.
#define NIC_PERSONALITY(p)                                                                         \
    void p##_power_good(nic_t *n);                                                                 \
    uint64_t p##_run(nic_t *n, uint64_t until);                                                    \
    void p##_rx_frame(nic_t *n, uint64_t first_cyc, const uint8_t *bytes, uint32_t len,            \
                      bool fcs_good, bool er);                                                     \
    void p##_completion_end(nic_t *n, uint64_t end_cyc, uint8_t tag, const uint8_t *data,          \
                            uint32_t len);                                                         \
    void p##_wake_regs(nic_t *n, uint64_t cyc); /* an access comes */                              \
    void p##_wake_phy(nic_t *n, uint64_t cyc);  /* the partner changes */                          \
    bool p##_link_up(const nic_t *n);                                                              \
    uint8_t p##_speed(const nic_t *n); /* 0=10 1=100 2=1000 */                                     \
    bool p##_drained(const nic_t *n);                                                              \
    uint32_t p##_peek(const nic_t *n, uint32_t off);                                               \
    bool p##_intx(const nic_t *n);                                                                 \
    bool p##_still(const nic_t *n);                                                                \
    uint64_t p##_counting(const nic_t *n);                                                         \
    bool p##_loopback(const nic_t *n);
NIC_PERSONALITY(nic_82540em)
NIC_PERSONALITY(nic_82576)
#undef NIC_PERSONALITY

#endif
