// SPDX-License-Identifier: Apache-2.0
// Between the os*.c files.
#ifndef MODERATO_OS_PRIV_H
#define MODERATO_OS_PRIV_H

#include "hostbridge/os_host.h"

// A packet with what the driver does not see.
typedef struct os_buf {
    os_pkt_t pkt;   // first
    os_pkt_t fresh; // what that is when it is handed out: its buffer
    os_host_t *host;
    bool in_use, sent; // sent: freeing it is cleaning up after transmission
    os_dev_t *holder;  // whose driver has it; NULL: the stack
    os_netif_fn netif; // in a backlog: where it goes
    void *netif_ctx;
} os_buf_t;

#define OS_DEV_WEIGHT 64 // packets a poll: Linux' own
#define OS_CLASSES    4u // 2, 4, 8, 16 KiB

typedef struct os_vector {
    os_dev_t *dev;
    core_irq_t irq;
    os_irq_fn fn;
    void *priv;
} os_vector_t;

struct os_napi {
    os_dev_t *dev;
    os_poll_fn poll;
    void *priv;
    bool used, enabled, disabling;
    bool scheduled; // from schedule_prep to complete
    bool listed;
    os_napi_t *next;
    bool polling; // its poll runs
    gro_t *gro;   // NULL: off
    // napi_defer_hard_irqs: how often it may yet be polled by the timer in place of an interrupt
    uint32_t defers_left;
    bool by_timer;        // the timer has scheduled it
    core_irq_t timer_irq; // the timer is one of the core that started it
    sim_event_t timer;
};

struct os_timer {
    os_dev_t *dev;
    void (*fn)(void *priv);
    void *priv;
    bool used;
    core_t *running; // where fn runs
    sim_event_t event;
    core_item_t item;
};

// NAPI contexts that wait for the softirq of a core.
typedef struct os_softnet {
    os_napi_t *head, **tail;
    // the core's own: packets from other stacks of this machine
    os_napi_t backlog;
    os_pkt_t *backlog_head, **backlog_tail;
    uint32_t backlog_count;
} os_softnet_t;

// The call of a driver that a core is in.
typedef struct os_call {
    struct os_call *outer; // which it interrupts
    const char *what;
    const os_dev_t *dev;
    enum core_account account;
    bool atomic;       // it may not sleep
    uint64_t begin_ps; // what the account had when it began, or gave a sign of life
    uint64_t waits;    // of the core when it began
} os_call_t;

// Coherent memory of a driver.
typedef struct os_block {
    os_dev_t *dev;
    void *p;
    size_t bytes;
    dma_addr_t addr;
    struct os_block *next;
} os_block_t;

// What functions behind one link share: it carries one read at a time.
typedef struct os_bus {
    core_lock_t lock;
    os_dev_t *reading;
} os_bus_t;

struct os_dev {
    os_host_t *host;
    bool plain;         // NAPI as Linux has it by default, whatever the parameters say
    dma_unit_t *unit;   // it is behind; NULL: none
    dma_space_t *space; // NULL: addresses for the device are physical
    os_virt_t virt;     // it is none of a bus
    uint8_t func;
    uint32_t window[NIC_SPACE_IO + 1]; // dwords that a driver can reach, by space
    core_t *core;                      // interrupts and work items
    link_t *link;
    os_stack_t stack;
    const os_driver_t *driver;
    void *priv;
    os_bus_t own_bus, *bus; // bus: of the link
    core_lock_t xmit;
    uint64_t tx_freed;
    void (*freed)(void *ctx, const os_pkt_t *p);
    void *freed_ctx;
    core_t *reader; // waits for a reply
    uint32_t reply;
    bool replied, tx_stopped, carrier;
    uint32_t tx_raised; // cores that owe it a transmit softirq
    unsigned mbps;
    os_stats_t stats;
    uint8_t mac[6];
    unsigned vectors, vfs; // with MSI-X; that its driver has enabled
    os_vector_t vector[OS_VECTORS];
    os_napi_t napi[OS_NAPIS];
    os_timer_t timer[OS_TIMERS];
};

// Whose a vector of a core is; behind an IOMMU.
typedef struct os_owner {
    os_dev_t *dev; // NULL: free
    uint8_t index; // vector of the function
} os_owner_t;

#define OS_FIRST_VECTOR 0x20u
#define OS_LAST_VECTOR  0xF0u
#define OS_NOTIFICATION 0xF2u       // vector of posted interrupts
#define OS_MSI_ADDRESS  0xFEE00000u // without an IOMMU any: the message is known by its data

struct os_host {
    sim_t *sim;
    core_set_t *cores;
    memory_t *mem;
    os_params_t params;
    os_stats_t stats;
    os_softnet_t softnet[CORE_MAX];
    os_pkt_t *free_list[OS_CLASSES];
    struct os_chunk *chunks;
    os_block_t *blocks;
    dma_unit_t *dma; // NULL: no IOMMU
    sim_event_t dma_event;
    core_item_t dma_item;
    core_t *dma_core; // runs it
    bool dma_armed;   // until the flush is done
    os_owner_t owner[CORE_MAX][256];
    uint64_t posted; // descriptors of vCPUs in memory, one each; 0: interrupts are not posted
    uint32_t packets;
    unsigned devs;
    os_call_t *call[CORE_MAX]; // NULL: none
    const char *op;            // under way, since op_cyc; NULL: none
    const os_dev_t *op_dev;
    uint64_t op_cyc, op_waits;
    const volatile int *stop; // somebody waits for the end; may be NULL
    char breach[160], stuck[160];
    os_dev_t dev[OS_DEVS];
};

// os_dma.c. What to program into the function for its message `index`; false: no vector is left.
bool os_msi_route(os_dev_t *d, unsigned index, uint32_t *addr, uint32_t *data);
// Takes them all back.
void os_msi_unroute(os_dev_t *d);

// The core that runs; drivers run on cores only.
static inline core_t *os_core(const os_dev_t *d)
{
    core_t *c = core_current(d->host->sim);
    if (!c) core_fail(d->host->sim, __FILE__, __LINE__, "driver code outside of a core");
    return c;
}

// The core looks at DMA memory.
static inline core_t *os_observe(os_dev_t *d)
{
    core_t *c = os_core(d);
    core_sync(c);
    memory_observe(d->host->mem, c->sim->now_cyc);
    return c;
}

// The core goes into a call of the driver, and out of it again.
static inline void os_enter(os_call_t *k, const os_dev_t *d, core_t *c, const char *what,
                            bool atomic)
{
    os_call_t **at = &d->host->call[c->id];
    *k = (os_call_t){*at, what, d, c->account, atomic, core_spent_ps(c, c->account), c->waits};
    *at = k;
}
static inline void os_leave(const os_call_t *k, core_t *c)
{
    k->dev->host->call[c->id] = k->outer;
}

// os_rules.c. A rule of driver/os.h is broken.
__attribute__((format(printf, 2, 3))) void os_driver_error(os_dev_t *d, const char *fmt, ...);
// What a driver that has been removed should have given back.
void os_check_removed(os_dev_t *d);
unsigned os_dma_blocks(const os_dev_t *d);
unsigned os_pkts_held(const os_dev_t *d);
// Sleeps, which only process context may: else a rule is broken, and false.
bool os_sleep(os_dev_t *d, uint64_t ps, const char *what);
void os_dma_forget(os_host_t *h);
void os_net_rx_action(core_t *c, void *host);
void os_napi_list(os_softnet_t *s, os_napi_t *n);
int os_backlog_poll(os_softnet_t *s, core_t *c);
void os_defer_init(os_napi_t *n);
void os_defer_stop(os_napi_t *n); // its timer
// What GRO holds goes up; with `old` only what is from earlier jiffies.
void os_rx_flush(os_napi_t *n, bool old, enum gro_cause cause);
void os_net_tx_action(core_t *c, void *host);
void os_host_free_packets(os_host_t *h);

#endif
