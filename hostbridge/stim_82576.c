// SPDX-License-Identifier: Apache-2.0
// The random stimulus of the 82576: a PF driver that sets up pools, VFs and vectors anew every few
// thousand cycles, rings that are fed from either side, and in between whatever a driver, a guest or
// nobody in his right mind would write.
#include "hostbridge/stim_frame.h"
#include "hostbridge/stim_state.h"
#include "rtl/defs_82576.h"

#include <stdlib.h>
#include <string.h>

enum {
    RING_BYTES = 0x800,
    RX_RINGS = STIM_MEM_BASE,
    TX_RINGS = RX_RINGS + IGB_Queues * RING_BYTES,
    HEADS = 0x20000,       // of Linux' head write-back, a line each
    SPLIT = 0x22000,       // header buffers, 128 of 512 bytes
    BUFFERS = 0x40000,     // receive buffers, 64 of 2 KiB
    TX_BUFFERS = 0x80000,  // transmit buffers, 64 of 2 KiB: frames
    MESSAGES = 0x00F00000, // where messages go: outside of memory
    RING_MAX = RING_BYTES / NIC_DescBytes,
    QUEUE = 4096,
    BURST = 32, // accesses given to the device at once
};

typedef struct own {
    struct {
        uint64_t cyc; // not before
        nic_access_t a;
    } queue[QUEUE]; // accesses to come, more than the device is given at once
    uint32_t put, get;
    unsigned vfs;                  // that were enabled last
    uint32_t count[2][IGB_Queues]; // descriptors of receive and transmit rings
    uint32_t tail[2][IGB_Queues];
    unsigned hot;        // the queues that get most of the work are its neighbours, or its pool's
    bool waits;          // no queue drops: a frame without a descriptor holds up all behind it
    uint64_t steady_cyc; // steady() since then, as far as this device has been prepared for it
} own_t;

// ---- accesses ----

static void access_of(stim_t *s, uint64_t now, unsigned func, bool write, uint8_t space,
                      uint32_t addr, uint32_t data)
{
    own_t *o = s->own;
    if (o->put - o->get == QUEUE) return;
    o->queue[o->put % QUEUE].cyc = now;
    o->queue[o->put++ % QUEUE].a = (nic_access_t){.write = write,
                                                  .space = space,
                                                  .func = (uint8_t)func,
                                                  .be = s->be,
                                                  .addr = addr,
                                                  .wdata = data};
    s->be = 0xF;
}

// As many of them as the device takes; the next step is behind them.
static void give(stim_t *s, uint64_t now)
{
    own_t *o = s->own;
    for (unsigned i = 0; i < BURST && o->get != o->put; i++) {
        const nic_access_t *a = &o->queue[o->get % QUEUE].a;
        const uint64_t cyc = o->queue[o->get++ % QUEUE].cyc;
        s->func = a->func;
        s->be = a->be;
        stim_access(s, cyc > now ? cyc : now, a->write, a->space, a->addr, a->wdata);
    }
    if (o->get != o->put && s->step_cyc <= s->csr_free) s->step_cyc = s->csr_free + 1;
}

static void wr(stim_t *s, uint64_t now, unsigned func, uint32_t off, uint32_t data)
{
    access_of(s, now, func, true, NIC_SPACE_MEM, off, data);
}

static void rd(stim_t *s, uint64_t now, unsigned func, uint32_t off)
{
    access_of(s, now, func, false, NIC_SPACE_MEM, off, 0);
}

static void cfg(stim_t *s, uint64_t now, unsigned func, uint32_t off, uint32_t data)
{
    access_of(s, now, func, true, NIC_SPACE_CFG, off, data);
}

// A register of a queue, by the PF or by the VF that has it.
static void wr_queue(stim_t *s, uint64_t now, bool by_vf, unsigned q, uint32_t off, uint32_t vf_off,
                     uint32_t data)
{
    const bool tx = off >= IGB_TDBAL;
    const uint32_t stride = tx ? IGB_TDBAL_STRIDE : IGB_RDBAL_STRIDE;
    const uint32_t vf_stride = tx ? IGBVF_TDBAL_STRIDE : IGBVF_RDBAL_STRIDE;
    if (by_vf) wr(s, now, 1 + q % IGB_Vfs, vf_off + q / IGB_Vfs * vf_stride, data);
    else wr(s, now, 0, off + q * stride, data);
}
#define WR_QUEUE(by_vf, q, reg, data) wr_queue(s, now, by_vf, q, IGB_##reg, IGBVF_##reg, data)

// A function that is there, mostly a VF.
static unsigned some_func(const own_t *o, uint64_t h)
{
    return o->vfs && pick(h, 0, 4) ? 1 + pick(h, 8, o->vfs) : pick(h, 12, 12) ? 0 : pick(h, 16, 10);
}

// ---- descriptors ----

static void rx_desc(stim_t *s, unsigned q, uint32_t i, uint64_t h)
{
    const uint32_t at = RX_RINGS + q * RING_BYTES + i * NIC_DescBytes;
    const uint32_t shift = pick(h, 16, 4) == 0 ? pick(h, 32, 64) : 0;
    stim_put(s, at, BUFFERS + pick(h, 0, 64) * 2048 + shift, 8);
    stim_put(s, at + 8, SPLIT + pick(h, 8, 128) * 512 + pick(h, 24, 2), 8);
}

static uint32_t tx_cmd(uint64_t h)
{
    return (pick(h, 8, 8) ? IGB_ATXD_CMD_IFCS : 0u) | (pick(h, 20, 3) ? IGB_ATXD_CMD_RS : 0u) |
           (pick(h, 28, 4) == 0 ? IGB_ATXD_CMD_VLE : 0u);
}

// One descriptor of a packet; `left` counts those behind it.
static void tx_desc(stim_t *s, unsigned q, uint32_t i, uint64_t h, uint32_t left, bool context)
{
    const uint32_t at = TX_RINGS + q * RING_BYTES + i * NIC_DescBytes;
    const uint64_t g = mix(h + 21);
    const bool usual = pick(g, 12, 4) != 0;
    const uint32_t buf = TX_BUFFERS + pick(h, 0, 64) * 2048 + (usual ? 0 : pick(g, 4, 500));
    const uint32_t len = pick(g, 32, 40) == 0  ? 0
                         : pick(h, 32, 5) == 0 ? pick(h, 8, 1500)
                                               : 14 + pick(h, 8, 120);
    const uint32_t idx = pick(h, 40, 4) == 0;
    if (context) {
        stim_put(s, at,
                 DPUT(IGB_ATXC_IPLEN, usual ? 20 : pick(g, 16, 60)) |
                     DPUT(IGB_ATXC_MACLEN, usual ? 14 : pick(g, 20, 30)) |
                     DPUT(IGB_ATXC_VLAN, h >> 16 & 0xF00F),
                 8);
        stim_put(s, at + 8,
                 DPUT(IGB_ATXC_IPV4, pick(g, 24, 4) != 0) |
                     DPUT(IGB_ATXC_L4T, usual ? IGB_ATXC_L4T_TCP : pick(g, 26, 4)) |
                     DPUT(IGB_ATXC_DTYP, IGB_ATXD_DTYP_C) |
                     DPUT(IGB_ATXC_CMD, IGB_ATXD_CMD_DEXT | tx_cmd(h)) | DPUT(IGB_ATXC_IDX, idx) |
                     DPUT(IGB_ATXC_L4LEN, usual ? 20 : pick(g, 28, 70)) |
                     DPUT(IGB_ATXC_MSS, usual ? 60 + pick(h, 4, 400) : pick(h, 4, 600)),
                 8);
        return;
    }
    uint32_t cmd = tx_cmd(h) | (left == 0 ? IGB_ATXD_CMD_EOP : 0u);
    stim_put(s, at, buf, 8);
    if (pick(g, 28, 8) == 0) { // legacy
        stim_put(s, at + 8,
                 DPUT(E1000_TXD_LENGTH, len) |
                     DPUT(E1000_TXD_CMD, cmd | (pick(g, 36, 2) ? E1000_TXD_CMD_IC : 0u)) |
                     DPUT(E1000_TXD_CSS, 14) | DPUT(E1000_TXD_CSO, 16) |
                     DPUT(E1000_TXD_SPECIAL, g & 0xFFF),
                 8);
        return;
    }
    const bool tse = pick(h, 48, 6) == 0;
    stim_put(s, at + 8,
             DPUT(IGB_ATXD_DTALEN, len) |
                 DPUT(IGB_ATXD_DTYP, pick(g, 44, 60) ? IGB_ATXD_DTYP_D : pick(g, 46, 16)) |
                 DPUT(IGB_ATXD_CMD, IGB_ATXD_CMD_DEXT | cmd | (tse ? IGB_ATXD_CMD_TSE : 0u)) |
                 DPUT(IGB_ATXD_IDX, idx) | DPUT(IGB_ATXD_POPTS, pick(h, 4, 4)) |
                 DPUT(IGB_ATXD_PAYLEN, tse && left == 0 && len > 54 && pick(g, 48, 3)
                                           ? len - 54
                                           : pick(g, 50, 2000)),
             8);
}

static void give_rx(stim_t *s, uint64_t now, own_t *o, unsigned q, uint32_t n, bool by_vf)
{
    uint32_t *tail = &o->tail[0][q];
    for (uint32_t i = 0; i < n; i++) {
        rx_desc(s, q, *tail, hash3(s->seed, s->step * 8 + i, 9 + q));
        *tail = (*tail + 1) % o->count[0][q];
    }
    WR_QUEUE(by_vf, q, RDT, *tail);
}

// More descriptors than are kept, and no end.
static void flood_tx(stim_t *s, own_t *o, unsigned q, uint32_t room)
{
    uint32_t *tail = &o->tail[1][q];
    for (; room; room--) {
        tx_desc(s, q, *tail, hash3(s->seed, s->step * 128 + room, 12 + q), 1, false);
        *tail = (*tail + 1) % o->count[1][q];
    }
}

// Packets of one to four descriptors, some with a context in front, some without an end.
static void give_tx(stim_t *s, uint64_t now, own_t *o, unsigned q, uint32_t packets, bool by_vf)
{
    uint32_t *tail = &o->tail[1][q];
    const uint32_t head = s->e->peek(s->e->nic, IGB_TDH + q * IGB_TDH_STRIDE);
    const uint32_t used = (*tail + o->count[1][q] - head) % o->count[1][q];
    uint32_t room = o->count[1][q] - 1 - used;
    if (head >= o->count[1][q]) return;
    const bool flood = room > NIC_DescCache && pick(hash3(s->seed, s->step, 93), 0, 3) == 0;
    if (flood) flood_tx(s, o, q, room);
    for (uint32_t p = 0; p < packets && !flood; p++) {
        const uint64_t h = hash3(s->seed, s->step * 16 + p, 11 + q);
        const bool context = pick(h, 0, 3) == 0, endless = pick(h, 4, 40) == 0;
        const uint32_t n = (pick(h, 8, 3) ? 1 : 1 + pick(h, 12, 4)) + context;
        if (n > room) break;
        room -= n;
        for (uint32_t i = 0; i < n; i++) {
            tx_desc(s, q, *tail, mix(h + i), n - 1 - i + endless, context && i == 0);
            *tail = (*tail + 1) % o->count[1][q];
        }
    }
    WR_QUEUE(by_vf, q, TDT, *tail);
}

// ---- set-up ----

static uint32_t split_control(const own_t *o, uint64_t h)
{
    static const uint8_t TYPE[] = {0, 1, 1, 1, 2, 2, 5, 5};
    return FPUT(IGB_SRRCTL_BSIZEPACKET, pick(h, 0, 3)) |
           FPUT(IGB_SRRCTL_BSIZEHEADER, 1 + pick(h, 4, 4)) |
           FPUT(IGB_SRRCTL_DESCTYPE,
                pick(h, 24, 25) ? TYPE[pick(h, 8, sizeof TYPE)] : pick(h, 8, 8)) |
           FPUT(IGB_SRRCTL_RDMTS, pick(h, 12, 3)) |
           (pick(h, 16, 4) && !o->waits ? FMASK(IGB_SRRCTL_DROP_EN) : 0);
}

static uint32_t thresholds(uint64_t h)
{
    return FPUT(IGB_RXDCTL_PTHRESH, pick(h, 0, 20)) | FPUT(IGB_RXDCTL_HTHRESH, pick(h, 4, 8)) |
           FPUT(IGB_RXDCTL_WTHRESH, pick(h, 8, 2) ? pick(h, 12, 6) : 1) |
           (pick(h, 16, 30) == 0 ? FMASK(IGB_RXDCTL_SWFLUSH) : 0);
}

// Mostly small ones; some are larger than the cache of descriptors.
static uint32_t ring_size(uint64_t h)
{
    return 8 * (1 + pick(h, 0, pick(h, 28, 4) ? RING_MAX / 16 : RING_MAX / 8));
}

static void set_up_rx(stim_t *s, uint64_t now, own_t *o, unsigned q, uint64_t h, bool by_vf)
{
    o->count[0][q] = ring_size(h);
    o->tail[0][q] = 0;
    WR_QUEUE(by_vf, q, RXDCTL, 0);
    WR_QUEUE(by_vf, q, RDBAL, RX_RINGS + q * RING_BYTES);
    WR_QUEUE(by_vf, q, RDBAH, 0);
    WR_QUEUE(by_vf, q, RDLEN, o->count[0][q] * NIC_DescBytes);
    WR_QUEUE(by_vf, q, RDH, 0);
    WR_QUEUE(by_vf, q, SRRCTL, split_control(o, mix(h)));
    WR_QUEUE(by_vf, q, RXDCTL, thresholds(mix(h + 1)) | FMASK(IGB_RXDCTL_ENABLE));
    give_rx(s, now, o, q, o->count[0][q] - 1, by_vf);
}

static void set_up_tx(stim_t *s, uint64_t now, own_t *o, unsigned q, uint64_t h, bool by_vf)
{
    o->count[1][q] = ring_size(h);
    o->tail[1][q] = 0;
    WR_QUEUE(by_vf, q, TXDCTL, 0);
    WR_QUEUE(by_vf, q, TDBAL, TX_RINGS + q * RING_BYTES);
    WR_QUEUE(by_vf, q, TDBAH, 0);
    WR_QUEUE(by_vf, q, TDLEN, o->count[1][q] * NIC_DescBytes);
    WR_QUEUE(by_vf, q, TDH, 0);
    WR_QUEUE(by_vf, q, TDT, 0);
    WR_QUEUE(by_vf, q, TDWBAL, (HEADS + q * 64) | (pick(h, 8, 5) == 0));
    WR_QUEUE(by_vf, q, TDWBAH, 0);
    WR_QUEUE(by_vf, q, TXDCTL, thresholds(mix(h + 2)) | FMASK(IGB_TXDCTL_ENABLE));
}

// VFs come, go or stay.
static void set_up_vfs(stim_t *s, uint64_t now, own_t *o, uint64_t h)
{
    static const uint8_t VFS[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 8, 8, 12}; // 12 are 8
    if (o->vfs == 0 || pick(h, 0, 3) == 0) {
        const unsigned vfs = VFS[pick(h, 4, sizeof VFS)];
        o->vfs = vfs < IGB_Vfs ? vfs : IGB_Vfs;
        cfg(s, now, 0, IGB_CFG_SRIOV_CTL, 0);
        cfg(s, now, 0, IGB_CFG_SRIOV_NUM, vfs);
    }
    cfg(s, now, 0, IGB_CFG_SRIOV_CTL,
        (o->vfs ? FMASK(IGB_CFG_SRIOV_CTL_VFE) : 0) | FMASK(IGB_CFG_SRIOV_CTL_MSE));
    if (o->vfs && pick(h, 8, 2)) { // what is written to one as it comes is lost
        static const uint32_t FIRST[] = {IGBVF_VTEIMS, IGBVF_VTIVAR, IGBVF_VTIVAR_MISC,
                                         IGBVF_VRXFRAMES, IGBVF_VTEIAC};
        const unsigned vf = pick(h, 12, o->vfs), reg = pick(h, 16, sizeof FIRST / sizeof FIRST[0]);
        wr(s, now, 1 + vf, FIRST[reg], (uint32_t)mix(h + 1));
        rd(s, now, 1 + vf, FIRST[reg]);
    }
    for (unsigned n = 0; n < o->vfs; n++) {
        cfg(s, now, 1 + n, IGB_VCFG_COMMAND,
            pick(mix(h + n), 0, 20) ? FMASK(IGB_VCFG_COMMAND_MASTER) : 0);
        cfg(s, now, 1 + n, IGB_VCFG_MSIX, pick(mix(h + n), 4, 10) ? FMASK(IGB_VCFG_MSIX_EN) : 0);
    }
}

static void set_up_messages(stim_t *s, uint64_t now, const own_t *o, uint64_t h)
{
    const bool msix = pick(h, 0, 5) != 0;
    cfg(s, now, 0, IGB_CFG_MSI, !msix && pick(h, 4, 2) ? 0x00010000u : 0);
    cfg(s, now, 0, IGB_CFG_MSI_ADDR_L, MESSAGES);
    cfg(s, now, 0, IGB_CFG_MSI_DATA, (uint32_t)mix(h));
    cfg(s, now, 0, IGB_CFG_MSIX, msix || pick(h, 8, 8) == 0 ? FMASK(IGB_CFG_MSIX_EN) : 0);
    for (unsigned f = 0; f <= o->vfs; f++)
        for (unsigned e = 0; e < (f ? (unsigned)IGB_MsixVf : (unsigned)IGB_MsixPf); e++) {
            const uint64_t g = hash3(h, f, e);
            if (pick(g, 0, 3) == 0) continue; // it has one already
            access_of(s, now, f, true, NIC_SPACE_MSIX, 16 * e, MESSAGES + 256 * f + 4 * e);
            access_of(s, now, f, true, NIC_SPACE_MSIX, 16 * e + 4, pick(g, 4, 8) == 0);
            access_of(s, now, f, true, NIC_SPACE_MSIX, 16 * e + 8, (uint32_t)g);
            access_of(s, now, f, true, NIC_SPACE_MSIX, 16 * e + 12, pick(g, 8, 8) == 0);
        }
    wr(s, now, 0, IGB_GPIE,
       (msix || pick(h, 12, 10) == 0 ? FMASK(IGB_GPIE_MSIX_MODE) : 0) |
           (pick(h, 16, 2) ? FMASK(IGB_GPIE_NSICR) : 0) |
           (pick(h, 20, 2) ? FMASK(IGB_GPIE_EIAME) : 0) |
           FPUT(IGB_GPIE_LL_INTERVAL, pick(h, 24, 3)));
    for (unsigned n = 0; n < IGB_IVAR_COUNT; n++) {
        const uint64_t g = hash3(h, n, 71);
        const uint32_t k = igb_first_vector(n),
                       mostly = pick(g, 0, 10) ? 0x80808080u : (uint32_t)mix(g) & 0x80808080u;
        if (n < o->vfs) wr(s, now, 1 + n, IGBVF_VTIVAR, mostly | (uint32_t)(g >> 8 & 0x03030303));
        else
            wr(s, now, 0, IGB_IVAR + 4 * n,
               mostly |
                   (pick(g, 4, 6) ? (uint32_t)(g >> 8 & (pick(g, 40, 4) ? 0x07070707 : 0x0F0F0F0F))
                                  : k * 0x01010101u));
        if (n < o->vfs) wr(s, now, 1 + n, IGBVF_VTIVAR_MISC, 0x80u | pick(g, 12, 4));
    }
    wr(s, now, 0, IGB_IVAR_MISC, 0x8000u | pick(h, 28, 3) << 8);
    wr(s, now, 0, IGB_EIAC, pick(h, 32, 2) ? 0x01FFFFFF : (uint32_t)mix(h + 5));
    wr(s, now, 0, IGB_EIAM, pick(h, 34, 2) ? 0x01FFFFFF : (uint32_t)mix(h + 6));
    wr(s, now, 0, IGB_EIMS, 0xFFFFFFFF);
    wr(s, now, 0, IGB_IMS, 0xFFFFFFFF);
    for (unsigned k = 0; k < IGB_Vectors; k++) {
        const uint64_t g = hash3(h, k, 73);
        if (pick(g, 0, 3)) continue;
        wr(s, now, 0, IGB_EITR + 4 * k,
           FPUT(IGB_EITR_INTERVAL, pick(g, 4, pick(g, 28, 3) ? 6 : 60)) |
               (pick(g, 8, 2) ? FMASK(IGB_EITR_LLI_EN) : 0));
        wr(s, now, 0, IGB_VRXFRAMES + 4 * k, pick(g, 12, 4) ? 0 : pick(g, 16, 6));
        wr(s, now, 0, IGB_VTXFRAMES + 4 * k, pick(g, 20, 4) ? 0 : pick(g, 24, 6));
    }
}

static void set_up_pools(stim_t *s, uint64_t now, const own_t *o, uint64_t h)
{
    static const uint8_t MODE[] = {0, 2, 3, 3, 3, 5, 5, 5};
    const uint32_t fields = pick(h, 0, 3) ? 0x01FF0000u : (uint32_t)mix(h) & 0x01FF0000u;
    wr(s, now, 0, IGB_MRQC, MODE[pick(h, 4, sizeof MODE)] | pick(h, 8, 8) << 3 | fields);
    wr(s, now, 0, IGB_VT_CTL,
       FPUT(IGB_VT_CTL_DEF_PL, pick(h, 12, 8)) |
           (pick(h, 16, 20) == 0 ? FMASK(IGB_VT_CTL_IGNORE_MAC) : 0) |
           (pick(h, 20, 3) == 0 ? FMASK(IGB_VT_CTL_DIS_DEF_POOL) : 0) |
           (pick(h, 24, 4) ? FMASK(IGB_VT_CTL_REPL_EN) : 0));
    for (unsigned n = 0; n < IGB_Pools; n++) {
        const uint64_t g = hash3(h, n, 75);
        wr(s, now, 0, IGB_VMOLR + 4 * n,
           (uint32_t)(g & (FMASK(IGB_VMOLR_STRVLAN) | FMASK(IGB_VMOLR_STRCRC) |
                           FMASK(IGB_VMOLR_ROMPE) | FMASK(IGB_VMOLR_RSSE) | FMASK(IGB_VMOLR_LPE))) |
               (pick(g, 32, 4) ? FMASK(IGB_VMOLR_BAM) : 0) |
               (pick(g, 36, 4) ? FMASK(IGB_VMOLR_AUPE) : 0) |
               (pick(g, 40, 10) == 0 ? FMASK(IGB_VMOLR_MPME) : 0) |
               (pick(g, 44, 10) == 0 ? FMASK(IGB_VMOLR_ROPE) : 0) | (64 + pick(g, 48, 1600)));
        wr(s, now, 0, IGB_VMVIR + 4 * n, pick(mix(g), 0, 3) ? 0 : (uint32_t)(mix(g) & 0xC000F00F));
        // Of 02:00:00:00:00:xx the pool's own address, for that pool and sometimes another one too; now and then the address of
        // another pool, which has two entries then.
        const unsigned whose = pick(mix(g + 3), 0, 8) ? n : pick(mix(g + 3), 4, IGB_Pools);
        wr(s, now, 0, IGB_RAL + 8 * n, 2);
        wr(s, now, 0, IGB_RAH + 8 * n,
           (whose + 1) << 8 | (pick(g, 52, 12) ? FMASK(IGB_RAH_AV) : 0) |
               (1u << n | (pick(mix(g + 1), 0, 6) == 0 ? 1u << pick(g, 56, 8) : 0))
                   << IGB_RAH_POOL_LSB);
        wr(s, now, 0, IGB_VLVF + 4 * n,
           (n & 3) << 8 | n >> 2 | (uint32_t)(mix(g + 2) & 0xFF) << IGB_VLVF_POOLSEL_LSB |
               FMASK(IGB_VLVF_EN));
    }
    // The group of contents() now and then has an entry of its own.
    wr(s, now, 0, IGB_RAL + 8 * IGB_Pools, 3);
    wr(s, now, 0, IGB_RAH + 8 * IGB_Pools,
       (pick(h, 60, 2) ? FMASK(IGB_RAH_AV) : 0) | (uint32_t)(mix(h + 13) & 0xFF)
                                                      << IGB_RAH_POOL_LSB);
    wr(s, now, 0, IGB_RPLOLR, (uint32_t)mix(h + 7));
    wr(s, now, 0, IGB_DTXSWC,
       (pick(h, 28, 4) ? FMASK(IGB_DTXSWC_LOOPBACK_EN) : 0) |
           (pick(h, 32, 3) ? 0 : (uint32_t)mix(h + 8) & 0xFFFF) |
           (pick(h, 36, 3) ? 0 : (uint32_t)mix(h + 9) & 0xFF0000));
    wr(s, now, 0, IGB_DTXCTL,
       (pick(h, 40, 2) ? FMASK(IGB_DTXCTL_MDP_EN) : 0) |
           (pick(h, 42, 2) ? FMASK(IGB_DTXCTL_SPOOF_INT) : 0));
    wr(s, now, 0, IGB_QDE, o->waits ? 0 : pick(h, 44, 3) ? 0xFFFF : (uint32_t)mix(h + 10));
    wr(s, now, 0, IGB_VFRE, pick(h, 48, 6) ? 0xFF : (uint32_t)mix(h + 11));
    wr(s, now, 0, IGB_VFTE, pick(h, 52, 6) ? 0xFF : (uint32_t)mix(h + 12));
    for (unsigned n = 0; n < IGB_RSSRK_COUNT && pick(h, 56, 2); n++)
        wr(s, now, 0, IGB_RSSRK + 4 * n, (uint32_t)mix(h + 20 + n));
    for (unsigned n = 0; n < IGB_RETA_COUNT && pick(h, 57, 3) == 0; n++)
        wr(s, now, 0, IGB_RETA + 4 * n, (uint32_t)mix(h + 40 + n));
}

static void set_up_filters(stim_t *s, uint64_t now, uint64_t h)
{
    wr(s, now, 0, IGB_MTA + 4 * pick(h, 0, pick(h, 4, 4) ? 8 : 128), (uint32_t)mix(h));
    wr(s, now, 0, IGB_UTA + 4 * pick(h, 8, pick(h, 12, 4) ? 8 : 128), (uint32_t)mix(h + 1));
    for (unsigned i = 0; i < 4; i++)
        wr(s, now, 0, IGB_VFTA + 4 * pick(mix(h + i), 0, 4) * 8,
           (uint32_t)(mix(h + 2 + i) | mix(h + 6)));
    wr(s, now, 0, IGB_IMIR + 4 * pick(h, 16, 8),
       FMASK(IGB_IMIR_IMM) | (pick(h, 20, 2) ? FMASK(IGB_IMIR_PORT_BP) : pick(h, 24, 65536)));
    wr(s, now, 0, IGB_IMIREXT + 4 * pick(h, 16, 8),
       (pick(h, 28, 2) ? FMASK(IGB_IMIREXT_SIZE_BP) : 100 + pick(h, 32, 200)) |
           FMASK(IGB_IMIREXT_CTRL_BP));
    wr(s, now, 0, IGB_IMIRVP, pick(h, 36, 16));
    wr(s, now, 0, IGB_SYNQF, pick(h, 40, 2));
    wr(s, now, 0, IGB_ETQF + 4 * pick(h, 44, 8),
       (pick(h, 48, 3) ? NIC_TypeIpv6 : NIC_TypeIpv4) | (pick(h, 52, 3) ? 0 : FMASK(IGB_ETQF_EN)) |
           (pick(h, 54, 2) ? FMASK(IGB_ETQF_IMM_INT) : 0));
    wr(s, now, 0, IGB_RXCSUM,
       (pick(h, 56, 2) ? FMASK(IGB_RXCSUM_IPOFLD) | FMASK(IGB_RXCSUM_TUOFLD) : 0) |
           (pick(h, 58, 2) ? FMASK(IGB_RXCSUM_PCSD) : 0) | 14);
    wr(s, now, 0, IGB_RFCTL, pick(h, 60, 4) == 0 ? FMASK(IGB_RFCTL_IPV6_EX_DIS) : 0);
}

// Brings the device into working order again, in some thousand cycles.
static void set_up(stim_t *s, uint64_t now, own_t *o)
{
    const uint64_t h = hash3(s->seed, now, 77), g = mix(h + 3);
    o->hot = pick(h, 40, IGB_Queues);
    o->waits = pick(g, 44, 6) == 0;
    cfg(s, now, 0, IGB_CFG_PMCSR, 0);
    cfg(s, now, 0, IGB_CFG_COMMAND, 7);
    wr(s, now, 0, IGB_CTRL,
       FMASK(IGB_CTRL_SLU) | (pick(h, 0, 3) == 0 ? FMASK(IGB_CTRL_VME) : 0) |
           (pick(h, 4, 2) ? FMASK(IGB_CTRL_TFCE) : 0) | (pick(h, 8, 2) ? FMASK(IGB_CTRL_RFCE) : 0));
    set_up_vfs(s, now, o, mix(h));
    set_up_messages(s, now, o, mix(h + 1));
    set_up_pools(s, now, o, mix(h + 2));
    set_up_filters(s, now, mix(h + 4));
    wr(s, now, 0, IGB_VET, NIC_TypeVlan);
    wr(s, now, 0, IGB_FCT, NIC_TypeControl);
    wr(s, now, 0, IGB_FCAL, (uint32_t)NIC_PauseAddress);
    wr(s, now, 0, IGB_FCAH, (uint32_t)(NIC_PauseAddress >> 32));
    wr(s, now, 0, IGB_FCTTV, 3);
    wr(s, now, 0, IGB_FCRTH, pick(h, 12, 2) ? 0x100 + 8 * pick(g, 24, 256) : 0x8000);
    wr(s, now, 0, IGB_FCRTL, 0x80000000 + 16 * pick(g, 28, 256));
    wr(s, now, 0, IGB_TIPG, pick(h, 16, 3) ? 0x00602008 : 0);
    wr(s, now, 0, IGB_RLPML, pick(h, 20, 2) ? 1522 : 64 + pick(h, 24, 1600));
    const uint64_t r = mix(h + 5);
    wr(s, now, 0, IGB_RCTL,
       FMASK(IGB_RCTL_EN) | FMASK(IGB_RCTL_BAM) |
           (pick(r, 0, 3) ? FMASK(IGB_RCTL_UPE) | FMASK(IGB_RCTL_MPE) : 0) |
           (pick(r, 4, 2) ? FMASK(IGB_RCTL_SECRC) : 0) |
           (pick(r, 8, 3) == 0 ? FMASK(IGB_RCTL_VFE) : 0) |
           (pick(r, 12, 6) == 0 ? FMASK(IGB_RCTL_SBP) : 0) |
           (pick(r, 16, 3) == 0 ? FMASK(IGB_RCTL_LPE) : 0) | FPUT(IGB_RCTL_BSIZE, pick(r, 20, 4)) |
           FPUT(IGB_RCTL_MO, pick(r, 24, 4)) | (pick(r, 28, 8) == 0 ? FMASK(IGB_RCTL_CFIEN) : 0) |
           (pick(r, 32, 8) == 0 ? FMASK(IGB_RCTL_PMCF) : 0) |
           (pick(r, 36, 8) == 0 ? FMASK(IGB_RCTL_DPF) : 0));
    wr(s, now, 0, IGB_TCTL, FMASK(IGB_TCTL_EN) | (pick(g, 20, 6) ? FMASK(IGB_TCTL_PSP) : 0));
    for (unsigned q = 0; q < IGB_Queues; q++) {
        const uint64_t k = hash3(h, q, 79);
        const bool by_vf = q % IGB_Vfs < o->vfs && pick(k, 0, 2);
        if (pick(k, 4, 4)) set_up_rx(s, now, o, q, k, by_vf);
        if (pick(k, 8, 4)) set_up_tx(s, now, o, q, mix(k), by_vf);
    }
    wr(s, now, 0, IGB_MBVFIMR, 0xFF);
    if (pick(g, 40, 2)) wr(s, now, 0, IGB_CTRL_EXT, FMASK(IGB_CTRL_EXT_PFRSTD));
}

// ---- what may go wrong ----

// A register anywhere.
static uint32_t any_register(unsigned func, uint64_t h)
{
    if (func) {
        const igb_vreg_row_t *r = &igb_vreg_rows[pick(h, 0, igb_vreg_row_count)];
        return r->off + pick(h, 16, r->count) * r->stride;
    }
    const igb_place_row_t *p = &igb_place_rows[pick(h, 0, igb_place_row_count)];
    return p->off + pick(h, 16, p->count) * p->stride;
}

// A value for it that leaves the wire where it is (no loopback), and seldom resets.
static uint32_t any_value(unsigned func, uint32_t off, uint64_t h)
{
    uint32_t v = (uint32_t)mix(h);
    if (func) return off == IGBVF_VTCTRL && pick(h, 0, 4) ? v & ~FMASK(IGB_VTCTRL_RST) : v;
    if (off == IGB_RCTL) return v & ~FMASK(IGB_RCTL_LBM);
    if (off == IGB_MDIC && FGET(IGB_MDIC_REGADD, v) == E1000_PHY_CTRL)
        return v & ~FMASK(E1000_PHY_CTRL_LOOPBACK);
    if ((off == IGB_CTRL || off == IGB_CTRL_DUP) && pick(h, 0, 4)) return v & ~FMASK(IGB_CTRL_RST);
    return v;
}

static void any_write(stim_t *s, uint64_t now, unsigned func, uint64_t h)
{
    const uint32_t off = any_register(func, h);
    wr(s, now, func, off, any_value(func, off, mix(h + 1)));
}

// What has little effect, if any, wherever it goes.
static void harmless(stim_t *s, uint64_t now, uint64_t h)
{
    const uint32_t off = any_register(0, h);
    const reg_row_t *r = igb_reg_row(igb_reg_at(off).reg);
    const bool counter = r->access == ACC_RC || r->access == ACC_RCL || r->access == ACC_RCH;
    if (pick(h, 36, 3) == 0) wr(s, now, 0, IGB_WVBR, (uint32_t)mix(h));
    else if (counter || r->access == ACC_RO) wr(s, now, 0, off, (uint32_t)mix(h));
    else wr(s, now, 0, pick(h, 32, 2) ? IGB_SWSM : IGB_EECD, (uint32_t)mix(h));
}

static void reset(stim_t *s, uint64_t now, uint64_t h)
{
    own_t *o = s->own;
    wr(s, now, 0, IGB_RXPBS, pick(h, 28, 2) ? 8 * pick(h, 24, 10) : 8); // taken over by it
    wr(s, now, 0, IGB_TXPBS, pick(h, 32, 2) ? 8 * pick(h, 36, 10) : 40);
    if (pick(h, 40, 4) == 0) {
        cfg(s, now, 0, IGB_CFG_DEVCTL, FMASK(IGB_CFG_DEVCTL_FLR));
        o->vfs = 0;
    } else {
        wr(s, now, 0, IGB_CTRL, FMASK(IGB_CTRL_RST) | FMASK(IGB_CTRL_SLU));
    }
    for (uint32_t i = 0; i < 8 && pick(h, 12, 4) == 0; i++) // into the reset
        any_write(s, now, pick(h, 8 + i, 3), mix(h + i));
    if (pick(h, 14, 4) == 0) wr(s, now, 0, IGB_CTRL, FMASK(IGB_CTRL_RST));
    for (uint32_t i = 0; i < 4 && pick(h, 10, 4) == 0; i++) rd(s, now + NIC_ResetCyc, 0, IGB_CTRL);
    s->r->resets++;
    s->setup_cyc = now + NIC_ResetCyc + 20 + pick(h, 16, 400);
}

static void reset_vf(stim_t *s, uint64_t now, unsigned vf, uint64_t h)
{
    switch (pick(h, 0, 3)) {
    case 0: cfg(s, now, 1 + vf, IGB_VCFG_DEVCTL, FMASK(IGB_CFG_DEVCTL_FLR)); break;
    case 1: wr(s, now, 1 + vf, IGBVF_VTCTRL, FMASK(IGB_VTCTRL_RST)); break;
    default: wr(s, now, 0, IGB_VTCTRL + IGB_VTCTRL_STRIDE * vf, FMASK(IGB_VTCTRL_RST)); break;
    }
    cfg(s, now, 1 + vf, IGB_VCFG_COMMAND, FMASK(IGB_VCFG_COMMAND_MASTER));
    cfg(s, now, 1 + vf, IGB_VCFG_MSIX, FMASK(IGB_VCFG_MSIX_EN));
}

static void revive_vf(stim_t *s, uint64_t now, own_t *o, unsigned vf, uint64_t h)
{
    wr(s, now, 0, IGB_VFRE, 0xFF);
    wr(s, now, 0, IGB_VFTE, 0xFF);
    for (unsigned q = vf; q < IGB_Queues; q += IGB_Vfs) {
        set_up_rx(s, now, o, q, mix(h + q), true);
        set_up_tx(s, now, o, q, mix(h + q + 50), true);
    }
    wr(s, now, 1 + vf, IGBVF_VTIVAR, 0x82818180u);
    wr(s, now, 1 + vf, IGBVF_VTEIMS, 7);
    wr(s, now, 1 + vf, IGBVF_VTEIAC, 7);
}

// A VF calls, and the PF looks at its causes, sets or clears some in the very cycle in which that becomes one.
static void call(stim_t *s, uint64_t now, unsigned vf, uint64_t h)
{
    wr(s, now, 0, IGB_MBVFIMR, 0xFF);
    wr(s, now, 0, IGB_ICR, FMASK(IGB_ICR_VMMB));
    wr(s, now, 1 + vf, IGBVF_V2PMAILBOX, 1 + pick(h, 0, 7));
    switch (pick(h, 4, 3)) {
    case 0: rd(s, now, 0, IGB_ICR); break;
    case 1: wr(s, now, 0, IGB_ICR, (uint32_t)mix(h)); break;
    default: wr(s, now, 0, IGB_ICS, (uint32_t)mix(h)); break;
    }
}

static void mailbox(stim_t *s, uint64_t now, own_t *o, uint64_t h)
{
    // Mostly of one VF, so that both sides are at its mailbox.
    const unsigned vf = !o->vfs ? 0 : pick(h, 40, 2) ? o->hot % o->vfs : pick(h, 0, o->vfs);
    switch (pick(h, 4, 8)) {
    case 0:
        wr(s, now, 1 + vf, IGBVF_V2PMAILBOX, (uint32_t)(h >> 16 & 15));
        if (pick(h, 28, 2)) rd(s, now, 1 + vf, IGBVF_V2PMAILBOX);
        break;
    case 1:
        wr(s, now, 0, IGB_P2VMAILBOX + 4 * vf, (uint32_t)(h >> 16 & 31));
        if (pick(h, 28, 2)) rd(s, now, 0, IGB_P2VMAILBOX + 4 * vf);
        break;
    case 2:
        rd(s, now, 1 + vf, IGBVF_V2PMAILBOX);
        if (pick(h, 28, 3) == 0) call(s, now, vf, mix(h));
        break;
    case 3: wr(s, now, 1 + vf, IGBVF_VMBMEM + 4 * pick(h, 8, 16), (uint32_t)mix(h)); break;
    case 4: rd(s, now, 0, IGB_VMBMEM + 64 * vf + 4 * pick(h, 8, 16)); break;
    case 5: wr(s, now, 0, pick(h, 12, 2) ? IGB_MBVFICR : IGB_VFLRE, (uint32_t)mix(h)); break;
    case 6: rd(s, now, 0, pick(h, 12, 2) ? IGB_MBVFICR : IGB_VFLRE); break;
    default: wr(s, now, 0, IGB_VMBMEM + 64 * vf + 4 * pick(h, 8, 16), (uint32_t)mix(h)); break;
    }
}

static void rare(stim_t *s, uint64_t now, own_t *o, uint64_t h)
{
    static const uint8_t SPEED[] = {0, 1, 1, 2, 2};
    const unsigned vf = o->vfs ? pick(h, 0, o->vfs) : 0, q = pick(h, 4, IGB_Queues);
    switch (pick(h, 32, 20)) {
    case 0: reset(s, now, h); break;
    case 1:
    case 2:
    case 3: reset_vf(s, now, vf, h); return; // until somebody revives it, or a set-up comes
    case 4:
    case 5: revive_vf(s, now, o, vf, h); return;
    case 6:
        cfg(s, now, 1 + vf, IGB_VCFG_COMMAND, pick(h, 8, 2) ? FMASK(IGB_VCFG_COMMAND_MASTER) : 0);
        return;
    case 7: cfg(s, now, 1 + vf, IGB_VCFG_MSIX, (uint32_t)(h & 3) << 30); return;
    case 8: set_up_rx(s, now, o, q, h, q % IGB_Vfs < o->vfs && pick(h, 8, 2)); return;
    case 9: set_up_tx(s, now, o, q, h, q % IGB_Vfs < o->vfs && pick(h, 8, 2)); return;
    case 10:
        wr(s, now, 0,
           pick(h, 8, 2) ? IGB_RXDCTL + IGB_RXDCTL_STRIDE * q : IGB_TXDCTL + IGB_TXDCTL_STRIDE * q,
           thresholds(h));
        return;
    case 11:
        if (s->speed != 2 || !s->present || pick(h, 28, 2) == 0)
            stim_partner(s, now, pick(h, 16, 3) != 0, SPEED[pick(h, 20, sizeof SPEED)],
                         pick(h, 24, 2));
        break;
    case 12: cfg(s, now, 0, IGB_CFG_SRIOV_CTL, pick(h, 8, 2) ? 0 : (uint32_t)mix(h)); break;
    case 13: cfg(s, now, 0, IGB_CFG_PMCSR, pick(h, 8, 4)); break;
    case 14: cfg(s, now, 0, IGB_CFG_COMMAND, (uint32_t)mix(h) & 0x407); break;
    case 15: {
        const unsigned f = some_func(o, mix(h));
        const uint32_t at = 4 * pick(h, 16, pick(h, 8, 2) ? 64 : 1024);
        access_of(s, now, f, false, NIC_SPACE_CFG, at, 0);
        if (at != IGB_CFG_COMMAND && at != IGB_CFG_PMCSR) cfg(s, now, f, at, (uint32_t)mix(h));
        break;
    }
    case 16: // through the I/O BAR
        access_of(s, now, 0, true, NIC_SPACE_IO, 0, any_register(0, mix(h + 3)));
        access_of(s, now, 0, pick(h, 16, 2), NIC_SPACE_IO, 4,
                  (uint32_t)mix(h) & ~FMASK(IGB_RCTL_LBM) & ~FMASK(IGB_CTRL_RST));
        break;
    case 17: s->be = (uint8_t)pick(h, 16, 16); return; // of the next access
    case 18:
        wr(s, now, 0, IGB_EERD, 1u | pick(h, 16, 256) << 2);
        wr(s, now, 0, IGB_MDIC,
           FMASK(IGB_MDIC_I) | FPUT(IGB_MDIC_OP, NIC_MdicOpRead) |
               FPUT(IGB_MDIC_PHYADD, NIC_PhyAddress) | FPUT(IGB_MDIC_REGADD, pick(h, 20, 32)));
        return;
    default:
        for (uint32_t i = 0; i < 4; i++)
            any_write(s, now, pick(h, 8, 3) ? 0 : some_func(o, mix(h + i)), mix(h + 6 + i));
        break;
    }
    if (s->setup_cyc == NIC_NEVER)
        s->setup_cyc = now + 1000 + pick(h, 48, 6000); // and all is well again
}

static void interrupts(stim_t *s, uint64_t now, own_t *o, uint64_t h)
{
    const unsigned f = some_func(o, mix(h));
    switch (pick(h, 0, 14)) {
    case 0: rd(s, now, 0, IGB_ICR); break;
    case 1: rd(s, now, f, f ? IGBVF_VTEICR : IGB_EICR); break;
    case 2: wr(s, now, f, f ? IGBVF_VTEICR : IGB_EICR, (uint32_t)mix(h)); break;
    case 3:
        wr(s, now, f, f ? IGBVF_VTEICS : IGB_EICS, f ? pick(h, 4, 8) : 1u << pick(h, 8, 32));
        break;
    case 4:
    case 5: wr(s, now, f, f ? IGBVF_VTEIMS : IGB_EIMS, (uint32_t)mix(h)); break;
    case 6:
        wr(s, now, f, f ? IGBVF_VTEIMC : IGB_EIMC, (uint32_t)mix(h) & (uint32_t)mix(h + 1));
        break;
    case 7: {
        const uint32_t eitr =
            f ? IGBVF_VTEITR + 4 * pick(h, 4, 3) : IGB_EITR + 4 * pick(h, 8, IGB_Vectors);
        wr(s, now, f, eitr,
           FPUT(IGB_EITR_INTERVAL, pick(h, 12, pick(h, 20, 4) ? 8 : 40)) |
               (pick(h, 16, 2) ? FMASK(IGB_EITR_CNT_IGNR) : (uint32_t)mix(h) & 0x003F8000));
        if (pick(h, 24, 2)) rd(s, now, f, eitr);
        break;
    }
    case 8:
        rd(s, now, f,
           f ? IGBVF_VTEITR + 4 * pick(h, 4, 3) : IGB_EITR + 4 * pick(h, 8, IGB_Vectors));
        break;
    case 9:
        access_of(s, now, f, true, NIC_SPACE_MSIX, 16 * pick(h, 4, f ? 3 : 10) + 12, pick(h, 8, 2));
        break;
    case 10:
        access_of(s, now, f, false, NIC_SPACE_MSIX, pick(h, 4, 2) ? 0x2000 : 4 * pick(h, 8, 48), 0);
        break;
    case 11: wr(s, now, 0, IGB_ICS, 1u << pick(h, 4, 31)); break;
    case 12:
        wr(s, now, f,
           f ? IGBVF_VRXFRAMES + 4 * pick(h, 4, 3) : IGB_VRXFRAMES + 4 * pick(h, 8, IGB_Vectors),
           pick(h, 12, 6));
        break;
    default: wr(s, now, 0, pick(h, 4, 2) ? IGB_IMS : IGB_IMC, (uint32_t)mix(h)); break;
    }
}

// Some stretches of time bring one pool more short frames than a ring has slots for descriptors, with nothing that starts the
// ring anew, some of them of low latency, while its interrupts are throttled.
static bool steady(const stim_t *s, uint64_t now)
{
    return pick(hash3(s->seed, now >> 15, 22), 0, 5) == 0;
}

// All gates closed, all purses full but one, for which the clock of credits runs: what waits goes in the tick in which that
// gives one, or near it, again and again.
static void credits(stim_t *s, uint64_t now, own_t *o, uint64_t h)
{
    const uint32_t poor = pick(h, 0, IGB_Vectors), units = 1 + pick(h, 4, 2);
    const uint32_t gpie = FMASK(IGB_GPIE_MSIX_MODE) | FMASK(IGB_GPIE_EIAME);
    wr(s, now, 0, IGB_GPIE, gpie); // the clock stands
    for (unsigned k = 0; k < IGB_Vectors; k++)
        wr(s, now, 0, IGB_EITR + 4 * k,
           FPUT(IGB_EITR_INTERVAL, 100 + pick(h, 8, 400)) | FMASK(IGB_EITR_LLI_EN) |
               FPUT(IGB_EITR_LL_COUNTER, k == poor ? 0 : IGB_LliCreditsMax) |
               FPUT(IGB_EITR_COUNTER, 60));
    wr(s, now, 0, IGB_EIMC, 0xFFFFFFFF);
    const uint64_t start = now + 200;
    wr(s, start, 0, IGB_GPIE, gpie | FPUT(IGB_GPIE_LL_INTERVAL, units));
    for (uint32_t i = 1; i < 12; i++) {
        const uint64_t g = mix(h + i);
        const uint64_t at = start + (uint64_t)i * units * IGB_LliUnitCyc;
        wr(s, at - 2 + pick(g, 0, 4), 0, IGB_EIMS, 0xFFFFFFFF);
        for (unsigned k = 0; k < IGB_Vectors; k++) rd(s, at + 20, 0, IGB_EITR + 4 * k);
        for (unsigned q = o->hot % IGB_Pools; q < IGB_Queues; q += IGB_Pools)
            give_rx(s, at + 50, o, q, 6, false);
        wr(s, at + 60 + pick(g, 4, 100), 0, IGB_EIMC, 0xFFFFFFFF);
    }
    wr(s, now, 0, IGB_EIMS, 0xFFFFFFFF);
}

// What a steady stretch begins with, behind a set-up.
static void prepare(stim_t *s, uint64_t now, own_t *o, uint64_t h)
{
    for (unsigned k = 0; k < IGB_Vectors; k++)
        wr(s, now, 0, IGB_EITR + 4 * k, FPUT(IGB_EITR_INTERVAL, 10 + pick(mix(h + k), 0, 50)));
    wr(s, now, 0, IGB_ETQF + 4 * pick(h, 0, 8),
       FMASK(IGB_ETQF_EN) | (pick(h, 4, 4) ? FMASK(IGB_ETQF_IMM_INT) : 0) |
           (pick(h, 8, 2) ? NIC_TypeIpv4 : NIC_TypeIpv6));
    if (pick(h, 12, 2)) credits(s, now, o, mix(h + 30));
}

static unsigned some_queue(const stim_t *s, const own_t *o, uint64_t h)
{
    if (pick(h, 12, 4) && s->steady) return o->hot % IGB_Pools + IGB_Pools * pick(h, 0, 2);
    return pick(h, 0, 2) ? pick(h, 4, IGB_Queues) : (o->hot + pick(h, 8, 3)) % IGB_Queues;
}

static void act(stim_t *s, uint64_t now, own_t *o, uint64_t h)
{
    if (now >= s->setup_cyc) {
        if (s->step == 1 && pick(h, 32, 2)) { // for other packet buffers from the beginning
            cfg(s, now, 0, IGB_CFG_COMMAND, 7);
            reset(s, now, mix(h));
            return;
        }
        s->setup_cyc = NIC_NEVER;
        set_up(s, now, o);
        if ((s->speed != 2 || !s->present) && pick(h, 40, 4) == 0)
            stim_partner(s, now, true, 2, true);
        return;
    }
    if (s->steady && o->steady_cyc != now >> 15) {
        if (o->steady_cyc == NIC_NEVER) { // set up
            o->steady_cyc = now >> 15;
            prepare(s, now, o, mix(h));
        } else {
            o->steady_cyc = NIC_NEVER;
            s->setup_cyc = now;
        }
        return;
    }
    const uint32_t what = pick(h, 16, 100);
    const unsigned q = some_queue(s, o, mix(h + 1));
    const bool by_vf = q % IGB_Vfs < o->vfs && pick(h, 44, 2);
    const bool asleep = pick(hash3(s->seed, now >> 15, 21), 0, 4) == 0; // few descriptors
    if (what < 25) {
        if (!asleep || pick(h, 36, 8) == 0)
            give_rx(s, now, o, q, asleep ? 1 : 1 + pick(h, 32, 8), by_vf);
    } else if (what < 50) {
        give_tx(s, now, o, q, 1 + pick(h, 32, 4), by_vf);
    } else if (what < 75) {
        interrupts(s, now, o, mix(h + 2));
    } else if (what < 82) {
        mailbox(s, now, o, mix(h + 3));
    } else if (what < 92) {
        static const uint32_t READS[] = {IGB_STATUS, IGB_GPRC, IGB_RNBC,   IGB_WVBR,
                                         IGB_MPC,    IGB_TPT,  IGB_HGORCL, IGB_HGORCH,
                                         IGB_TSCTC,  IGB_IAC,  IGB_MDIC,   IGB_EERD};
        const unsigned f = pick(h, 28, 2) ? some_func(o, mix(h + 4)) : 0;
        if (o->waits && pick(h, 24, 3) == 0) rd(s, now, 0, IGB_RNBC);
        else if (pick(h, 50, 4) == 0) harmless(s, now, mix(h + 7));
        else if (f || pick(h, 32, 2) == 0) rd(s, now, f, any_register(f, mix(h + 5)));
        else if (pick(h, 34, 3) == 0) rd(s, now, 0, IGB_RQDPC + IGB_RQDPC_STRIDE * q);
        else rd(s, now, 0, READS[pick(h, 36, sizeof READS / sizeof READS[0])]);
    } else if (pick(h, 32, 3) == 0 && !s->steady) {
        rare(s, now, o, mix(h + 6));
    }
}

static void step(stim_t *s, uint64_t now)
{
    own_t *o = s->own;
    const uint64_t h = hash3(s->seed, s->step, 5);
    s->step_cyc = now + 1 + pick(h, 0, 120);
    s->steady = steady(s, now);
    if (o->get == o->put) {
        s->step++;
        act(s, now, o, h);
    }
    give(s, now);
}

// ---- frames ----

static void address(uint8_t *at, uint64_t h)
{
    memset(at, 0, 6);
    at[0] = 2;
    at[5] = (uint8_t)(1 + pick(h, 8, IGB_Pools));
}

static void contents(stim_t *s, uint8_t *f, uint32_t len, uint64_t h)
{
    static const uint8_t PAUSE[] = {0x01, 0x80, 0xC2, 0,    0, 1, 2, 0, 0,
                                    0,    0,    1,    0x88, 8, 0, 1, 0, 2};
    const uint64_t g = mix(h + 5);
    const uint32_t kind = pick(h, 36, 12);
    const own_t *o = s->own;
    f[0] &= 0xFE;
    if (pick(g, 0, 6)) address(f, g);
    if (s->steady && pick(g, 0, 6)) f[5] = (uint8_t)(1 + o->hot % IGB_Pools);
    if (pick(g, 2, 8)) address(f + 6, mix(g));
    if (kind == 0) memset(f, 0xFF, 6);
    if (kind == 1) {
        f[0] |= 1;
        f[5] = 0; // few bits of the tables of hashes
    }
    if (kind == 2) f[5] = 0;
    if (kind == 3 && len >= 64 && pick(g, 4, 2)) memcpy(f, PAUSE, sizeof PAUSE);
    if (kind > 3) stim_frame_headers(f, len, mix(h + 7));
    if (f[12] == NIC_TypeVlan >> 8 &&
        f[13] == (NIC_TypeVlan & 0xFF)) { // VLANs that the tables know
        f[14] = (uint8_t)((f[14] & 0xF0) | pick(g, 8, 4));
        f[15] = (uint8_t)pick(g, 12, 3);
    }
}

static void begin(stim_t *s)
{
    own_t *o = s->own = calloc(1, sizeof *o);
    if (!o) abort();
    for (unsigned q = 0; q < IGB_Queues; q++) o->count[0][q] = o->count[1][q] = 8;
    for (uint32_t i = 0; i < 64; i++) { // frames to send, between pools mostly
        uint8_t *f = s->mem + TX_BUFFERS - STIM_MEM_BASE + 2048 * i;
        contents(s, f, 64 + pick(mix(i), 0, 1000), hash3(s->seed, i, 91));
    }
}

const stim_script_t stim_82576 = {.begin = begin,
                                  .step = step,
                                  .frame = contents,
                                  .reset = reset,
                                  .tlp = stim_82576_tlp,
                                  .completion = stim_82576_completion,
                                  .aim = stim_82576_aim};
