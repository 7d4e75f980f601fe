// SPDX-License-Identifier: Apache-2.0
// Interrupts of the 82576: causes and masks of both levels, the way from a cause to a vector, events that
// wait to be sent, frame counters, and the line of MSIX_MODE = 0. Gates and credits are eitr's.
//
// Cycle contract (docs/cycle-contract-82576.md, Interrupts): causes, write-backs, mailbox events and register
// accesses visible in cycle c act in tick c and are seen in c+1. Order within a tick: clears, sent, sets,
// events; resets of VFs are last. What is sent in tick c is decided by state as visible in c, of this module
// and of eitr: irq_82576_sent(), which the chip hands to both and to msix.
//
// An event that is not sent yet is a bit of ev_q; it waits for its mask bit and its gate. So two messages
// never stand for one event, an acknowledge that comes late does not hide the next one, and what comes
// while the vector is masked is sent when it is unmasked.
//
// Known to be inaccurate: TCP timer and time synchronisation are set by software only; GPIE.PBA is storage;
// IVAR can be written before MSIX_MODE is; with MSIX_MODE = 0 EIAC and EIAM have no part in the message.
#ifndef MODERATO_IRQ_82576_H
#define MODERATO_IRQ_82576_H

#include "rtl/defs_82576.h"

typedef struct irq_82576 {
    uint32_t icr_q, ims_q, iam_q;
    uint32_t eicr_q, eims_q, eiac_q, eiam_q;
    uint32_t gpie_q;
    uint32_t ivar_q[IGB_Pools];
    uint32_t ivar_misc_q;
    uint32_t vtivar_misc_q[IGB_Vfs];
    uint32_t ev_q;  // vectors with an event that is not sent; MSIX_MODE = 1
    uint32_t lli_q; // those for which it is urgent; MSIX_MODE = 0: bit 0, the line
    bool int_q;     // the line; MSIX_MODE = 0
    bool news_q;    // MSIX_MODE = 0 with MSI-X: a cause of ICR that vector 0 has not told
    bool msi_q;     // an MSI message waits for the host port
    uint16_t rx_frames_q[IGB_Vectors], tx_frames_q[IGB_Vectors]; // VRXFRAMES, VTXFRAMES
    uint16_t rx_n_q[IGB_Vectors], tx_n_q[IGB_Vectors];           // packets since the last cause
} irq_82576_t;

// Descriptors written back. With `lli` and `rxdmt` false and no packets it is nothing; so is one that is not there.
typedef struct irq_82576_wb {
    bool valid;
    uint8_t queue;
    uint8_t packets; // finished by it; transmit: descriptors with RS
    bool lli;        // receive: a low-latency frame is among them
    bool rxdmt;      // receive: the threshold was reached
} irq_82576_wb_t;

typedef struct irq_82576_in {
    bool reset;       // CTRL.RST or FLR of the PF
    uint8_t stay;     // with CTRL.RST: VFs that are there; their registers stay
    uint8_t vf_reset; // of VF n: VTCTRL.RST, FLR, vf_start, vf_stop
    uint32_t set;     // causes pulsed in this cycle, as bits of ICR, without those of write-backs
    irq_82576_wb_t rx, tx;
    uint8_t vf;           // mailbox events of the VFs
    bool msi_en, msix_en; // of the PF
    bool msi_done;        // the host port has sent the MSI message
    uint32_t sent;        // irq_82576_sent() of this cycle
    csr_t csr;
    uint8_t
        csr_func; // who asks: 0 PF, 1 + n VF n, also where the PF reaches through its view of VF n
} irq_82576_in_t;

// Power-good.
void irq_82576_reset(irq_82576_t *s);
void irq_82576_tick(irq_82576_t *s, const irq_82576_in_t *in);

static inline bool irq_82576_msix_mode(const irq_82576_t *s)
{
    return (s->gpie_q & FMASK(IGB_GPIE_MSIX_MODE)) != 0;
}

// A write-back fills VRXFRAMES (VTXFRAMES) of its vector; for meters, before the tick.
bool irq_82576_fills(const irq_82576_t *s, const irq_82576_wb_t *wb, bool tx);

// MSIX_MODE = 1: what is written back is news. False: a tick with nothing else than that changes nothing.
bool irq_82576_heeds(const irq_82576_t *s, const irq_82576_wb_t *wb, bool tx);

// MSIX_MODE = 0: there is a reason for the line to be up.
static inline bool irq_82576_pend(const irq_82576_t *s)
{
    return !irq_82576_msix_mode(s) && ((s->eicr_q & s->eims_q) | (s->icr_q & s->ims_q)) != 0;
}

// Vectors that are to be sent as soon as they may, and those of them for which that is urgent.
static inline uint32_t irq_82576_want(const irq_82576_t *s)
{
    if (irq_82576_msix_mode(s)) return s->ev_q & s->eims_q;
    return irq_82576_pend(s) && (!s->int_q || s->news_q);
}
static inline uint32_t irq_82576_lli(const irq_82576_t *s)
{
    return s->lli_q;
}

// Vectors that are sent in this tick: to eitr, msix and back. With MSIX_MODE = 0, vector 0 is the rise of the line
// (or, with MSI-X, another cause while it is up).
static inline uint32_t irq_82576_sent(const irq_82576_t *s, uint32_t open, uint32_t credit,
                                      bool reset)
{
    const uint32_t all = reset && irq_82576_msix_mode(s) ? 0xFFFFFFFF : 0;
    return irq_82576_want(s) & (open | (s->lli_q & credit) | all);
}

// GPIE.LL_INTERVAL, to eitr.
static inline uint32_t irq_82576_ll_interval(const irq_82576_t *s)
{
    return FGET(IGB_GPIE_LL_INTERVAL, s->gpie_q);
}

// For the ring of a queue: the gate of its vector is open, or it has none.
bool irq_82576_rx_open(const irq_82576_t *s, unsigned queue, uint32_t open);
bool irq_82576_tx_open(const irq_82576_t *s, unsigned queue, uint32_t open);
// The number of that gate; IGB_Vectors when it has none.
unsigned irq_82576_gate(const irq_82576_t *s, unsigned queue, bool tx);

// Value of a register that is this module's; 0 of others.
uint32_t irq_82576_read(const irq_82576_t *s, uint16_t id, uint16_t index);

// First cycle in which a tick with unchanged inputs changes something; what waits for a gate is in eitr_quiet().
static inline uint64_t irq_82576_quiet(const irq_82576_t *s)
{
    return (s->int_q || s->news_q) && !irq_82576_pend(s) ? 0 : NIC_NEVER;
}

#endif
