// SPDX-License-Identifier: Apache-2.0
// The least a driver of the 82540EM can be: one ring each way, one interrupt, NAPI. What it leaves out of os_driver_t the
// options of a run cannot change. Build beside an installed moderato with the Makefile of this folder, then
//     moderato replay gen:imix,count=10000 --driver ./mini.so --respond echo
#include <driver/os.h>
#include <rtl/defs.h>

#include <stdlib.h>

enum { RING = 256, BUFFER = 2048, CFG_COMMAND = 4, CMD_MEM_MASTER = 6 };

#define CAUSES                                                                                     \
    (FMASK(E1000_ICR_TXDW) | FMASK(E1000_ICR_LSC) | FMASK(E1000_ICR_RXDMT0) | FMASK(E1000_ICR_RXT0))

// A descriptor ring. The device has those from `clean` on up to `use`, which are free running.
typedef struct ring {
    uint64_t (*desc)[2];
    dma_addr_t addr, mapped[RING];
    os_pkt_t *pkt[RING];
    uint32_t clean, use;
} ring_t;

typedef struct mini {
    os_dev_t *d;
    os_napi_t *napi;
    ring_t rx, tx;
    bool opened, stopped;
} mini_t;

// ---- receive -----------------------------------------------------------------------------------

// One descriptor stays empty: with head and tail equal the device has none.
static void refill(mini_t *m)
{
    ring_t *r = &m->rx;
    const uint32_t begin = r->use;
    while (r->use - r->clean < RING - 1) {
        const uint32_t i = r->use % RING;
        os_pkt_t *p = os_pkt_alloc(m->d, BUFFER);
        if (!p) break;
        r->pkt[i] = p;
        r->mapped[i] = os_dma_map(m->d, p->data, BUFFER, OS_DMA_FROM_DEVICE);
        os_dma_st64(m->d, &r->desc[i][0], r->mapped[i]);
        os_dma_st64(m->d, &r->desc[i][1], 0);
        r->use++;
    }
    if (r->use != begin) os_wr32(m->d, E1000_RDT, r->use % RING);
}

static int receive(mini_t *m, int budget)
{
    ring_t *r = &m->rx;
    int work = 0;
    for (; work < budget && r->clean != r->use; work++) {
        const uint32_t i = r->clean % RING;
        uint64_t desc[2];
        os_dma_ldcopy(m->d, desc, r->desc[i], sizeof desc);
        if (!(DGET(E1000_RXD_STAT, desc) & E1000_RXD_STAT_DD)) break;
        r->clean++;
        os_dma_unmap(m->d, r->mapped[i], BUFFER, OS_DMA_FROM_DEVICE);
        r->pkt[i]->len = (uint32_t)DGET(E1000_RXD_LENGTH, desc);
        os_napi_receive(m->napi, r->pkt[i]);
    }
    refill(m);
    return work;
}

// ---- transmit ----------------------------------------------------------------------------------

static void transmitted(mini_t *m, bool all)
{
    ring_t *r = &m->tx;
    for (; r->clean != r->use; r->clean++) {
        const uint32_t i = r->clean % RING;
        uint64_t desc[2];
        os_dma_ldcopy(m->d, desc, r->desc[i], sizeof desc);
        if (!all && !(DGET(E1000_TXD_STAT, desc) & E1000_TXD_STAT_DD)) break;
        os_dma_unmap(m->d, r->mapped[i], r->pkt[i]->len, OS_DMA_TO_DEVICE);
        os_pkt_free(m->d, r->pkt[i]);
    }
    if (!m->stopped || r->use - r->clean == RING - 1) return;
    m->stopped = false;
    os_tx_wake(m->d);
}

static int xmit(void *priv, os_pkt_t *p)
{
    mini_t *m = priv;
    ring_t *r = &m->tx;
    const uint32_t i = r->use % RING;
    if (r->use - r->clean == RING - 1) {
        m->stopped = true;
        os_tx_stop(m->d);
        return -EBUSY;
    }
    r->pkt[i] = p;
    r->mapped[i] = os_dma_map(m->d, p->data, p->len, OS_DMA_TO_DEVICE);
    os_dma_st64(m->d, &r->desc[i][0], r->mapped[i]);
    os_dma_st64(m->d, &r->desc[i][1],
                DPUT(E1000_TXD_LENGTH, p->len) |
                    DPUT(E1000_TXD_CMD, E1000_TXD_CMD_EOP | E1000_TXD_CMD_IFCS | E1000_TXD_CMD_RS));
    r->use++;
    os_wr32(m->d, E1000_TDT, r->use % RING);
    return 0;
}

// ---- interrupts --------------------------------------------------------------------------------

static void look_at_link(mini_t *m)
{
    const bool up = FGET(E1000_STATUS_LU, os_rd32(m->d, E1000_STATUS));
    os_carrier(m->d, up, 1000);
    os_log(m->d, "link %s", up ? "up" : "down");
}

static int poll(void *priv, int budget)
{
    mini_t *m = priv;
    transmitted(m, false);
    const int work = receive(m, budget);
    if (work < budget && os_napi_complete_done(m->napi, work)) os_wr32(m->d, E1000_IMS, CAUSES);
    return work;
}

static enum os_irqreturn interrupt(void *priv)
{
    mini_t *m = priv;
    const uint32_t icr = os_rd32(m->d, E1000_ICR); // clears it
    if (!(icr & CAUSES)) return OS_IRQ_NONE;
    if (icr & FMASK(E1000_ICR_LSC)) look_at_link(m);
    if (os_napi_schedule_prep(m->napi)) {
        os_wr32(m->d, E1000_IMC, UINT32_MAX);
        os_napi_schedule(m->napi);
    }
    return OS_IRQ_HANDLED;
}

// ---- up and down -------------------------------------------------------------------------------

static bool ring_alloc(mini_t *m, ring_t *r)
{
    *r = (ring_t){0};
    r->desc = os_dma_alloc(m->d, RING * sizeof *r->desc, &r->addr);
    return r->desc != NULL;
}

static void ring_free(mini_t *m, ring_t *r)
{
    os_dma_free(m->d, r->desc, RING * sizeof *r->desc, r->addr); // NULL is allowed
    r->desc = NULL;
}

static void go_down(mini_t *m)
{
    ring_t *r = &m->rx;
    if (!m->opened) return;
    m->opened = false;
    os_wr32(m->d, E1000_RCTL, 0);
    os_wr32(m->d, E1000_TCTL, 0);
    os_msleep(m->d, 10); // what is under way
    os_napi_disable(m->napi);
    os_wr32(m->d, E1000_IMC, UINT32_MAX);
    os_free_irq(m->d, 0);
    m->stopped = false;
    transmitted(m, true);
    for (; r->clean != r->use; r->clean++) {
        os_dma_unmap(m->d, r->mapped[r->clean % RING], BUFFER, OS_DMA_FROM_DEVICE);
        os_pkt_free(m->d, r->pkt[r->clean % RING]);
    }
    ring_free(m, &m->tx);
    ring_free(m, &m->rx);
}

static int driver_open(void *priv)
{
    mini_t *m = priv;
    os_dev_t *d = m->d;
    if (!ring_alloc(m, &m->rx) || !ring_alloc(m, &m->tx)) {
        ring_free(m, &m->rx);
        return -ENOMEM;
    }
    const int err = os_request_irq(d, 0, interrupt, m);
    if (err) {
        ring_free(m, &m->tx);
        ring_free(m, &m->rx);
        return err;
    }
    m->opened = true;
    os_wr32(d, E1000_CTRL, FMASK(E1000_CTRL_FD) | FMASK(E1000_CTRL_SLU));
    os_wr32(d, E1000_RDBAL, (uint32_t)m->rx.addr);
    os_wr32(d, E1000_RDBAH, (uint32_t)(m->rx.addr >> 32));
    os_wr32(d, E1000_RDLEN, RING * sizeof *m->rx.desc);
    os_wr32(d, E1000_RDH, 0);
    os_wr32(d, E1000_RDT, 0);
    os_wr32(d, E1000_TDBAL, (uint32_t)m->tx.addr);
    os_wr32(d, E1000_TDBAH, (uint32_t)(m->tx.addr >> 32));
    os_wr32(d, E1000_TDLEN, RING * sizeof *m->tx.desc);
    os_wr32(d, E1000_TDH, 0);
    os_wr32(d, E1000_TDT, 0);
    os_wr32(d, E1000_TIPG,
            FPUT(E1000_TIPG_IPGT, 8) | FPUT(E1000_TIPG_IPGR1, 8) | FPUT(E1000_TIPG_IPGR2, 6));
    os_wr32(d, E1000_TCTL, FMASK(E1000_TCTL_EN) | FMASK(E1000_TCTL_PSP) | FPUT(E1000_TCTL_CT, 15));
    // Everything on the wire, without FCS, into buffers of 2048 bytes.
    os_wr32(d, E1000_RCTL,
            FMASK(E1000_RCTL_EN) | FMASK(E1000_RCTL_UPE) | FMASK(E1000_RCTL_MPE) |
                FMASK(E1000_RCTL_BAM) | FMASK(E1000_RCTL_SECRC));
    refill(m);
    os_wr32(d, E1000_ITR, 20000 / 256); // 20 us between interrupts
    os_napi_enable(m->napi);
    os_wr32(d, E1000_IMS, CAUSES);
    os_tx_wake(d);
    return 0;
}

static int driver_stop(void *priv)
{
    go_down(priv);
    return 0;
}

static int probe(os_dev_t *d, void **priv)
{
    mini_t *m = calloc(1, sizeof *m);
    if (!m) return -ENOMEM;
    m->d = d;
    m->napi = os_napi_add(d, poll, m);
    if (!m->napi) {
        free(m);
        return -ENOMEM;
    }
    os_cfg_wr32(d, CFG_COMMAND, (os_cfg_rd32(d, CFG_COMMAND) & 0xFFFF) | CMD_MEM_MASTER);
    os_wr32(d, E1000_IMC, UINT32_MAX);
    const uint32_t low = os_rd32(d, E1000_RAL), high = os_rd32(d, E1000_RAH); // from the EEPROM
    os_set_mac(d, (const uint8_t[]){(uint8_t)low, (uint8_t)(low >> 8), (uint8_t)(low >> 16),
                                    (uint8_t)(low >> 24), (uint8_t)high, (uint8_t)(high >> 8)});
    *priv = m;
    return 0;
}

static void driver_remove(void *priv)
{
    mini_t *m = priv;
    go_down(m);
    os_napi_del(m->napi);
    free(m);
}

const os_driver_t *moderato_driver(void)
{
    static const uint32_t ids[] = {0x8086100E, 0x80861026, 0}; // 82540EM, 82545GM
    static const os_driver_t driver = {
        .abi = OS_ABI,
        .name = "mini",
        .ids = ids,
        .probe = probe,
        .remove = driver_remove,
        .open = driver_open,
        .stop = driver_stop,
        .xmit = xmit,
    };
    return &driver;
}
