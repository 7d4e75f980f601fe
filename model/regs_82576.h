// SPDX-License-Identifier: Apache-2.0
// The register file of the 82576: decodes accesses of all functions, holds every plain register and table, sequences
// resets of the PF and of VFs, restarts and flushes of rings, malicious driver protection; resolves the link.
//
// Cycle contract: docs/cycle-contract-82576.md, "Register access", "Rings", "Resets". An access on the pins in cycle c
// is decoded in tick c, with the levels of c. Its pulse on the register bus and the new value of a plain register are
// visible in c+1; modules act on the pulse in tick c+1. A read samples its value in c+1 (state before that tick) and is
// on the pins in c+CsrReadCyc; its side effects happen in tick c+1.
// A PF reset is visible in r (regs_82576_resets): this module resets itself in that tick, in regs_82576_tick(). Writes on
// the pins in r, and until CTRL.RST reads 0 again, are ignored; those of configuration spaces and MSI-X tables are not.
// Within a tick: read, PF reset, resets of VFs, malicious queue, link, and then the access on the pins. So a register that
// is written in the tick of a reset of its VF is as written.
// Writes of registers that are narrower than 32 bits are ignored; reads of any width return all 32 bits with all side
// effects.
#ifndef MODERATO_REGS_82576_H
#define MODERATO_REGS_82576_H

#include "model/nic.h"
#include "model/vf_view.h"

enum {
    REGS_82576_WORDS = 0x20000 / 4,   // of the PF's window
    REGS_82576_VF_WORDS = 0x4000 / 4, // of a VF's
};

// Built once per device: from an address to a register.
typedef struct regs_82576_map {
    uint16_t pf[REGS_82576_WORDS];   // number of the element + 1; 0 = nothing there
    uint8_t vf[REGS_82576_VF_WORDS]; // index of igb_vreg_rows + 1
    uint16_t row[IGB_R_COUNT];       // of an element: index of igb_reg_rows
    uint16_t target[IGB_R_COUNT];    // of an element of OWN_vf: the register that it shows,
    uint8_t kind[IGB_R_COUNT];       // and enum igb_vreg_kind
} regs_82576_map_t;

void regs_82576_map(regs_82576_map_t *map);

// A register as it goes on the bus.
typedef struct regs_82576_at {
    bool valid;
    uint8_t kind; // enum igb_vreg_kind, of windows and views
    uint8_t func; // csr_func: 0 the PF, 1+n VF n, also where the PF looks through its view of VF n
    uint16_t id;  // number of element 0
    uint16_t index; // element
} regs_82576_at_t;

// Byte offset in the window of a function, wrapped in it.
regs_82576_at_t regs_82576_at(const regs_82576_map_t *map, unsigned func, uint32_t off);

// Who gives the answer to the access in csr_cyc, and its value.
enum regs_82576_to {
    REGS_TO_NOBODY, // all ones
    REGS_TO_HOLE,   // 0
    REGS_TO_CSR,    // register csr.id, csr.index: its value in the PF
    REGS_TO_CFG,    // pci_config_82576: access in space func_q; a function that is not there too
    REGS_TO_IOADDR, // pci_config_82576: IOADDR
    REGS_TO_MSIX,   // msix: table of func_q
};

// Pulses of a cycle. Bit q: queue q; of vf_reset bit n: VF n.
typedef struct regs_82576_pulses {
    uint16_t rx_restart, tx_restart; // rings and consumers start anew in this tick,
    uint16_t rx_head, tx_head;       // these with a write of their heads: regs_82576_head()
    uint16_t rx_flush, tx_flush;     // SWFLUSH
    uint8_t vf_reset;                // reset of the VF
} regs_82576_pulses_t;

typedef struct regs_82576 {
    // register bus
    csr_t csr; // the pulse, visible in csr_cyc
    uint64_t csr_cyc;
    uint8_t csr_func; // who asks: see regs_82576_at_t
    uint8_t kind_q;   // enum igb_vreg_kind: how it sees what it reads
    // the access in csr_cyc as it was on the pins
    bool read_q;  // a reply is due: sampled in csr_cyc
    uint8_t to_q; // enum regs_82576_to
    uint8_t space_q;
    uint8_t func_q;
    uint8_t be_q;
    uint32_t addr_q;
    uint32_t wdata_q;
    regs_82576_pulses_t pulse; // of the write in csr_cyc
    uint64_t reply_cyc;        // reply on the pins
    uint32_t rdata_q;
    // reset
    uint64_t reset_cyc; // reset by CTRL.RST is visible in this cycle
    uint64_t reset_end; // CTRL.RST reads 0 from this cycle on
    uint8_t there_q;    // VFs that were there in the cycle before
    // link
    bool lu_q, fd_q;
    uint8_t speed_q;  // 0=10 1=100 2=1000
    uint64_t lsc_cyc; // LSC is pulsed in this cycle
    // RXDCTL.ENABLE, TXDCTL.ENABLE of queue q
    uint16_t rx_en_q, tx_en_q;
    // Not 0, and another number when a register but a tail may have another value: for what has been worked out from them.
    uint32_t changes;
    uint32_t file[IGB_R_COUNT]; // plain registers by number; those of other owners are not used
} regs_82576_t;

typedef struct regs_82576_in {
    uint64_t now;
    bool access; // an access is on the pins in this cycle
    nic_access_t what;
    // from pci_config_82576
    uint32_t ioaddr;  // what IODATA reaches
    bool io_en;       // the PF responds to the I/O BAR
    uint16_t decodes; // bit f: function f responds to its memory BARs
    uint16_t flr;     // pulses, bit f: of function f
    uint8_t vf_start; // pulses, bit n: VF n
    bool vf_stop;     // pulse: VFs are gone
    uint8_t
        there; // level, bit n: VF n is there. Tick in each cycle in which it changes: vf_start, vf_stop.
    // of the read pulse that is visible now: see regs_82576_to. The view of a VF is put on here.
    uint32_t rdata;
    // from tx_dma: a bad packet of queue bad_queue
    bool bad;
    uint8_t bad_queue;
    // from the PHY and the NVM
    bool phy_link, phy_fd, phy_loopback;
    uint8_t phy_speed;
    uint32_t ral0, rah0;
} regs_82576_in_t;

// Power-good.
void regs_82576_reset(regs_82576_t *s, const regs_82576_in_t *in);
// All that is visible in in->now, resets included.
void regs_82576_tick(regs_82576_t *s, const regs_82576_map_t *map, const regs_82576_in_t *in);
uint64_t regs_82576_quiet(const regs_82576_t *s, uint64_t now);

// A register of the file has been changed from outside.
static inline void regs_82576_changed(regs_82576_t *s)
{
    if (++s->changes == 0) s->changes = 1;
}

// What STATUS shows of others.
typedef struct regs_82576_status {
    bool txoff;    // mac_tx is paused
    bool vfe;      // VFs are enabled
    uint8_t vfs;   // so many are there
    bool requests; // something asked of the host is not over: to be sent, or completions to come
} regs_82576_status_t;

// Value of a register of OWN_regs as the PF reads it; that of STATUS is regs_82576_status().
uint32_t regs_82576_value(const regs_82576_t *s, uint64_t now, uint16_t id, uint32_t index);
uint32_t regs_82576_status(const regs_82576_t *s, const regs_82576_status_t *of);

// ---- outputs ----

// A reset of the PF is visible: CTRL.RST, FLR. All modules that it concerns reset in this tick.
static inline bool regs_82576_resets(const regs_82576_t *s, uint64_t now, uint16_t flr)
{
    return s->reset_cyc == now || (flr & 1);
}

// VFs that are reset by more than a register: FLR, vf_start, vf_stop.
static inline uint8_t regs_82576_vf_gone(const regs_82576_t *s, uint16_t flr, uint8_t vf_start,
                                         bool vf_stop)
{
    return (uint8_t)(flr >> 1 | vf_start | (vf_stop ? s->there_q : 0));
}

// VFs whose registers a PF reset leaves alone, but for the ENABLEs of their queues: those that are there, of CTRL.RST.
static inline uint8_t regs_82576_stay(uint16_t flr, uint8_t there)
{
    return flr & 1 ? 0 : there;
}

// The pulses of cycle `now`; vf_gone: regs_82576_vf_gone().
static inline regs_82576_pulses_t regs_82576_pulses(const regs_82576_t *s, uint64_t now,
                                                    uint8_t vf_gone)
{
    regs_82576_pulses_t p = {0};
    if (s->csr_cyc == now) p = s->pulse;
    p.vf_reset |= vf_gone;
    if (p.vf_reset) {
        const uint16_t queues = (uint16_t)(p.vf_reset * 0x101u);
        p.rx_restart |= queues;
        p.tx_restart |= queues;
        p.rx_head |= queues;
        p.tx_head |= queues;
    }
    return p;
}

// What is written to the head of queue q, of rx_head or tx_head.
static inline uint16_t regs_82576_head(const regs_82576_t *s, const regs_82576_pulses_t *p,
                                       unsigned q)
{
    return p->vf_reset >> q % IGB_Pools & 1 ? 0 : (uint16_t)s->csr.wdata;
}

// CTRL.GIO_MASTER_DISABLE = 0. With 0 no function may request, whatever its bus master bit is.
static inline bool regs_82576_may(const regs_82576_t *s)
{
    return !(s->file[IGB_R_CTRL] & FMASK(IGB_CTRL_GIO_MASTER_DISABLE));
}

// A bad packet disables its queue and sets ICR.DOUTSYNC.
static inline bool regs_82576_mdp(const regs_82576_t *s)
{
    return (s->file[IGB_R_DTXCTL] & FMASK(IGB_DTXCTL_MDP_EN)) != 0;
}

static inline bool regs_82576_loopback(const regs_82576_t *s, bool phy_loopback)
{
    return phy_loopback || FGET(IGB_RCTL_LBM, s->file[IGB_R_RCTL]) == 3;
}

#endif
