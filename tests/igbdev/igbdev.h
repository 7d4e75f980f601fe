// SPDX-License-Identifier: Apache-2.0
// A world for the drivers of the 82576 without the simulator: every os_* function for a PF and 8
// VFs over a small functional 82576 (chip, mailbox, interrupts by vector, rings) that logs each
// register access. Nothing is posted, and one thing happens after the other, on one core: while a
// driver sleeps or spins, time passes and interrupts of all functions are taken.
#ifndef MODERATO_TESTS_IGBDEV_H
#define MODERATO_TESTS_IGBDEV_H

#include "driver/os.h"
#include "model/mailbox.h"
#include "tests/igb/igb_chip.h"

#define DEV_DMA_OFFSET 0x100000000000u // DMA address of a pointer = pointer + this
#define DEV_MS         1000000ull
#define DEV_SEC        1000000000ull

enum { DEV_PF = IGB_Vfs, DEV_FUNCTIONS };
enum { DEV_NAPIS = 16, DEV_TIMERS = 2, DEV_RX = 4096, DEV_TX = 4096 };

// What can be told to fail: the n-th call from now (1 = the next), once; or all calls.
enum dev_fault {
    DEV_F_PKT,
    DEV_F_DMA,
    DEV_F_MAP,
    DEV_F_NAPI,
    DEV_F_TIMER,
    DEV_F_IRQ,
    DEV_F_MSIX,
    DEV_FAULTS
};

typedef struct dev_world dev_world_t;

struct os_napi {
    os_dev_t *d;
    os_poll_fn poll;
    void *priv;
    bool used, enabled, scheduled;
};
struct os_timer {
    os_dev_t *d;
    void (*fn)(void *priv);
    void *priv;
    bool used, armed;
    uint64_t due_ns;
};

struct os_dev {
    dev_world_t *w;
    unsigned func; // VF n, or DEV_PF
    const os_driver_t *drv;
    void *priv;
    struct os_napi napi[DEV_NAPIS];
    struct os_timer timer[DEV_TIMERS];
    struct {
        os_irq_fn fn;
        void *priv;
        unsigned taken;
    } irq[IGB_Vectors];
    unsigned vectors; // MSI-X
    uint8_t mac[6];
    bool carrier, tx_stopped;
    unsigned mbps, stops, wakes, vfs, logs;
    char last_log[256], all_logs[16384];
    // what came up
    unsigned received, tx_freed;
    struct {
        uint32_t len, seq;
        uint16_t tci;
        bool vlan, csum_ok;
        uint8_t queue;
    } rx[DEV_RX];
    int live_pkts, live_maps, live_dma;
    uint64_t map_hash; // 0 when every unmap matched its map
    unsigned fail[DEV_FAULTS];
    bool fail_all[DEV_FAULTS];
    void (*on_free)(os_dev_t *d); // called by os_pkt_free: what another core does meanwhile
    void (*on_stop)(os_dev_t *d); // the same in os_tx_stop
};

typedef struct dev_access {
    char op;    // R W; E: NVM word, M/m: PHY write/read, C: config write
    bool quiet; // part of an NVM, MDIO or semaphore transaction
    uint8_t func;
    uint16_t reg, element;
    uint32_t off, value;
} dev_access_t;

struct dev_world {
    uint64_t now_ns, cyc;
    chip_t chip;
    mailbox_t mailbox;
    uint8_t there;
    uint32_t regs[IGB_R_COUNT]; // of no other owner
    uint32_t icr, eicr, eims, eiac, eiam, ims;
    uint32_t cfg[IGB_CFG_BYTES / 4], vcfg[IGB_Vfs];
    uint32_t rx_seq;
    bool in_irq, in_softirq;
    bool running; // a driver function or timer runs
    unsigned rx_lost;
    unsigned tx_descs;
    struct {
        uint64_t word[2];
        uint8_t queue;
    } tx[DEV_TX];
    os_dev_t dev[DEV_FUNCTIONS];
    dev_access_t *log;
    unsigned log_n, log_cap;
};

// ---- the world
dev_world_t *dev_create(void);
// The drivers must have been removed. Checks that nothing leaked.
void dev_destroy(dev_world_t *w);
// Calls of a driver, with what follows from them.
int dev_probe(os_dev_t *d, const os_driver_t *drv);
int dev_open(os_dev_t *d);
int dev_stop(os_dev_t *d);
void dev_remove(os_dev_t *d);
int dev_set_vfs(os_dev_t *d, unsigned n);
// Interrupts, polls and timers that are due, until nothing is left.
void dev_settle(dev_world_t *w);
// The same until it is `ns` later.
void dev_run(dev_world_t *w, uint64_t ns);
// Interrupts alone; polls alone. How many.
unsigned dev_irqs(dev_world_t *w);
unsigned dev_polls(dev_world_t *w, int budget);

// ---- the device
void dev_reset_registers(dev_world_t *w); // CTRL.RST
void dev_link(dev_world_t *w, bool up);   // with LSC
// A cause of ICR; a vector event of a queue.
void dev_cause(dev_world_t *w, uint32_t icr);
// A frame of `len` bytes without FCS into the next descriptor of a queue. False, and lost, without
// one. Status beside DD; errors, as in the descriptor.
bool dev_rx(dev_world_t *w, unsigned queue, uint32_t len, uint32_t status, uint32_t errors,
            uint16_t vlan);
// Sends what is in a queue's ring: records descriptors, sets DD on those with RS.
void dev_tx(dev_world_t *w, unsigned queue);
void dev_tx_some(dev_world_t *w, unsigned queue, unsigned n);
uint32_t dev_reg(const dev_world_t *w, uint16_t reg, unsigned element);

// ---- os
bool dev_faulty(os_dev_t *d, enum dev_fault f);
void dev_wait(os_dev_t *d, uint64_t ns);

// ---- the log
void dev_note(dev_world_t *w, const dev_access_t *e);
void dev_log_clear(dev_world_t *w);
// Of one function: "R ICR; W IMC=FFFFFFFF; ...", an element of an array as "RXDCTL[0]"; NVM and MDIO
// transactions as one item ("NVM 04", "PHY 0=9340", "PHY 2"), runs on tables and statistics as
// "W MTA x128", "R stats x58" (with the flushes between). Valid until the next call.
const char *dev_log_text(dev_world_t *w, unsigned func);
unsigned dev_count(const dev_world_t *w, unsigned func, char op, uint16_t reg);

#endif
