// SPDX-License-Identifier: Apache-2.0
// What open programs (B.5): filters, VLANs, pools and RSS, rings, vectors.
#include "driver/igb.h"

#define RX_HEADER   256u // BSIZEHEADER of Linux, in vain without header split
#define RX_PTHRESH  8u
#define RX_HTHRESH  8u
#define TX_PTHRESH  8u
#define TX_HTHRESH  1u
#define WTHRESH     1u
#define COLLISIONS  15u
#define COLL_DIST   63u
#define SPLIT_NONE  1u // SRRCTL.DESCTYPE: advanced, one buffer
#define RETA_SIZE   128u
#define MODE_RSS    2u // MRQC
#define MODE_VMDQ   3u
#define MODE_VM_RSS 5u
#define VMOLR(bit)  FMASK(IGB_VMOLR_##bit)
#define RCTL(bit)   FMASK(IGB_RCTL_##bit)

static uint32_t vmolr(const igb_t *a)
{
    return IGB_VMOLR + IGB_VMOLR_STRIDE * a->hw.vfs;
}

// ---- filters ------------------------------------------------------------------------------------

// B.5 step 2.
void igb_rx_mode(igb_t *a)
{
    const igb_hw_t *hw = &a->hw;
    uint32_t rctl = 0, mode = 0;

    if (a->promisc) {
        rctl = RCTL(UPE) | RCTL(MPE);
        mode = VMOLR(ROPE) | VMOLR(MPME); // with UTA, all addresses
    } else if (a->allmulti) {
        rctl = RCTL(MPE);
        mode = VMOLR(MPME);
    }
    igb_mbx_begin(a);
    igb_mbx_write_groups(&a->mbx);
    igb_mbx_end(a);
    // Pools need the VLAN filter.
    if (!a->promisc || hw->vfs) rctl |= RCTL(VFE);
    rmw32(hw, IGB_RCTL, RCTL(UPE) | RCTL(MPE) | RCTL(VFE), rctl);
    wr32(hw, IGB_RLPML, hw->vfs ? IGB_JUMBO : IGB_RX_LIMIT);
    if (!igb_has_pool(a)) return;
    for (unsigned i = IGB_UTA_COUNT; hw->vfs && i-- > 0;)
        wr32(hw, IGB_UTA + IGB_UTA_STRIDE * i, a->promisc ? 0xFFFFFFFF : 0);
    rmw32(hw, vmolr(a), VMOLR(ROPE) | VMOLR(MPME) | VMOLR(ROMPE) | VMOLR(RLPML),
          mode | VMOLR(LPE) | FPUT(IGB_VMOLR_RLPML, IGB_RX_LIMIT));
}

int igb_vlan(igb_t *a, uint16_t vid, bool on)
{
    int err = 0;

    igb_mbx_begin(a);
    if (!a->hw.vfs) igb_vfta_set(&a->mbx.pools, vid, on);
    else if (igb_has_pool(a)) err = igb_vlan_set(&a->mbx.pools, vid, a->hw.vfs, on);
    igb_mbx_end(a);
    return err;
}

// B.5 step 3.
static void restore_vlans(igb_t *a)
{
    const igb_hw_t *hw = &a->hw;
    const uint32_t strip = a->vlan_strip ? 0xFFFFFFFF : 0;

    rmw32(hw, IGB_CTRL, FMASK(IGB_CTRL_VME), strip & FMASK(IGB_CTRL_VME));
    if (a->vlan_strip) rmw32(hw, IGB_RCTL, RCTL(CFIEN), 0);
    if (igb_has_pool(a)) rmw32(hw, vmolr(a), VMOLR(STRVLAN), strip & VMOLR(STRVLAN));
    (void)igb_vlan(a, 0, true); // priority tags
    for (unsigned vid = 1; vid < 32 * IGB_VFTA_COUNT; vid++)
        if ((a->vids[vid / 32] >> vid % 32 & 1) && igb_vlan(a, (uint16_t)vid, true))
            os_log(hw->d, "no room for VLAN %u", vid);
}

// ---- pools, RSS ---------------------------------------------------------------------------------

// The key of igb before it became random.
static const uint8_t rss_key[4 * IGB_RSSRK_COUNT] = {
    0x6D, 0x5A, 0x56, 0xDA, 0x25, 0x5B, 0x0E, 0xC2, 0x41, 0x67, 0x25, 0x3D, 0x43, 0xA3,
    0x8F, 0xB0, 0xD0, 0xCA, 0x2B, 0xCB, 0xAE, 0x7B, 0x30, 0xB4, 0x77, 0xCB, 0x2D, 0xA3,
    0x80, 0x30, 0xF2, 0x0C, 0x6A, 0x42, 0xB7, 0x3B, 0xBE, 0xAC, 0x01, 0xFA};

static void write_rss(const igb_t *a)
{
    const igb_hw_t *hw = &a->hw;
    const unsigned queues = hw->vfs ? IGB_QUEUES_VFS : a->queues;
    const unsigned shift = hw->vfs ? 3 : 0; // the second queue of a pool is 8 further

    for (unsigned i = 0; i < IGB_RSSRK_COUNT; i++) {
        const uint8_t *k = &rss_key[4 * i];
        wr32(hw, IGB_RSSRK + IGB_RSSRK_STRIDE * i,
             k[0] | (uint32_t)k[1] << 8 | (uint32_t)k[2] << 16 | (uint32_t)k[3] << 24);
    }
    for (unsigned i = 0; i < IGB_RETA_COUNT; i++) {
        uint32_t v = 0;
        for (unsigned k = 0; k < 4; k++) v |= ((4 * i + k) * queues / RETA_SIZE << shift) << 8 * k;
        wr32(hw, IGB_RETA + IGB_RETA_STRIDE * i, v);
    }
}

// Frames between pools, replication, anti-spoof of all pools but the PF's.
static void write_switch(const igb_t *a)
{
    const igb_hw_t *hw = &a->hw;
    const uint32_t others = ((1u << IGB_Pools) - 1) & ~(1u << hw->vfs);

    rmw32(hw, IGB_DTXCTL, 0, FMASK(IGB_DTXCTL_VLAN_ADDED));
    rmw32(hw, IGB_RPLOLR, 0, FMASK(IGB_RPLOLR_STRVLAN));
    if (hw->vfs) {
        rmw32(hw, IGB_DTXSWC, 0, FMASK(IGB_DTXSWC_LOOPBACK_EN));
        rmw32(hw, IGB_VT_CTL, 0, FMASK(IGB_VT_CTL_REPL_EN));
        rmw32(hw, IGB_DTXSWC, FMASK(IGB_DTXSWC_MACAS) | FMASK(IGB_DTXSWC_VLANAS),
              FPUT(IGB_DTXSWC_MACAS, others) | FPUT(IGB_DTXSWC_VLANAS, others));
    } else {
        rmw32(hw, IGB_DTXSWC, FMASK(IGB_DTXSWC_LOOPBACK_EN), 0);
        rmw32(hw, IGB_VT_CTL, FMASK(IGB_VT_CTL_REPL_EN), 0);
    }
}

// B.5 step 5.
static void write_queues(const igb_t *a)
{
    const igb_hw_t *hw = &a->hw;
    uint32_t mrqc = FMASK(IGB_MRQC_IPV4) | FMASK(IGB_MRQC_TCP_IPV4) | FMASK(IGB_MRQC_IPV6) |
                    FMASK(IGB_MRQC_TCP_IPV6) | FMASK(IGB_MRQC_TCP_IPV6EX);

    write_rss(a);
    rmw32(hw, IGB_RXCSUM, 0, FMASK(IGB_RXCSUM_PCSD) | FMASK(IGB_RXCSUM_CRCOFL));
    if (hw->vfs)
        rmw32(hw, IGB_VT_CTL, FMASK(IGB_VT_CTL_DEF_PL) | FMASK(IGB_VT_CTL_DIS_DEF_POOL),
              igb_has_pool(a) ? FPUT(IGB_VT_CTL_DEF_PL, hw->vfs) : FMASK(IGB_VT_CTL_DIS_DEF_POOL));
    write_switch(a);
    mrqc |= FPUT(IGB_MRQC_MODE, !hw->vfs ? MODE_RSS : a->queues > 1 ? MODE_VM_RSS : MODE_VMDQ);
    wr32(hw, IGB_MRQC, mrqc);
}

// ---- rings --------------------------------------------------------------------------------------

// B.5 step 4. Linux keeps queue 0, which a reset enables, from running with what is in its
// registers.
static void start_transmitter(const igb_t *a)
{
    const igb_hw_t *hw = &a->hw;

    wr32(hw, igb_tx_base(0) + IGB_Q_DCTL, 0);
    rmw32(hw, IGB_TCTL, FMASK(IGB_TCTL_CT) | FMASK(IGB_TCTL_COLD),
          FMASK(IGB_TCTL_PSP) | FMASK(IGB_TCTL_RTLC) | FPUT(IGB_TCTL_CT, COLLISIONS) |
              FPUT(IGB_TCTL_COLD, COLL_DIST) | FMASK(IGB_TCTL_EN));
}

// B.5 step 6.
static void start_receiver(const igb_t *a)
{
    const igb_hw_t *hw = &a->hw;
    const uint32_t rctl = rd32(hw, IGB_RCTL) & ~(RCTL(MO) | RCTL(LBM) | RCTL(SBP) | RCTL(BSIZE));

    wr32(hw, igb_rx_base(0) + IGB_Q_DCTL, 0);
    // No pool may hold up the others.
    if (hw->vfs) wr32(hw, IGB_QDE, 0xFFFF);
    wr32(hw, IGB_RCTL, rctl | RCTL(EN) | RCTL(BAM) | RCTL(SECRC) | RCTL(LPE));
}

static void configure_tx(igb_t *a, unsigned i)
{
    igb_tx_t *q = &a->tx[i];

    igb_tx_program(q);
    wr32(&a->hw, q->ring.base + IGB_Q_DCTL,
         FPUT(IGB_TXDCTL_PTHRESH, TX_PTHRESH) | FPUT(IGB_TXDCTL_HTHRESH, TX_HTHRESH) |
             FPUT(IGB_TXDCTL_WTHRESH, WTHRESH) | FMASK(IGB_TXDCTL_ENABLE));
}

static void configure_rx(igb_t *a, unsigned i)
{
    const igb_hw_t *hw = &a->hw;
    igb_rx_t *q = &a->rx[i];
    // A queue that nobody empties must not hold up the others, unless the wire can wait.
    const bool drop = hw->vfs || (!(hw->fc & IGB_FC_RX) && a->queues > 1);

    q->csum = a->rx_csum;
    wr32(hw, q->ring.base + IGB_Q_DCTL, 0);
    igb_rx_program(q);
    wr32(hw, q->ring.base + IGB_Q_SRRCTL,
         FPUT(IGB_SRRCTL_BSIZEPACKET, IGB_RX_BUFFER / 1024) |
             FPUT(IGB_SRRCTL_BSIZEHEADER, RX_HEADER / 64) | FPUT(IGB_SRRCTL_DESCTYPE, SPLIT_NONE) |
             FPUT(IGB_SRRCTL_DROP_EN, drop));
    rmw32(hw, vmolr(a), VMOLR(RSSE),
          VMOLR(AUPE) | VMOLR(BAM) | FPUT(IGB_VMOLR_RSSE, a->queues > 1));
    wr32(hw, q->ring.base + IGB_Q_DCTL,
         FPUT(IGB_RXDCTL_PTHRESH, RX_PTHRESH) | FPUT(IGB_RXDCTL_HTHRESH, RX_HTHRESH) |
             FPUT(IGB_RXDCTL_WTHRESH, WTHRESH) | FMASK(IGB_RXDCTL_ENABLE));
}

int igb_configure(igb_t *a)
{
    const igb_hw_t *hw = &a->hw;
    int err = 0;

    rmw32(hw, IGB_CTRL_EXT, 0, FMASK(IGB_CTRL_EXT_DRV_LOAD));
    igb_rx_mode(a);
    restore_vlans(a);
    start_transmitter(a);
    write_queues(a);
    start_receiver(a);
    for (unsigned i = 0; i < a->queues; i++) configure_tx(a, i);
    igb_rar_set(&a->mbx.pools, 0, hw->mac, hw->vfs);
    for (unsigned i = 0; i < a->queues; i++) configure_rx(a, i);
    rmw32(hw, IGB_RFCTL, 0, FMASK(IGB_RFCTL_IPV6_EX_DIS));
    for (unsigned i = 0; i < a->queues; i++) {
        igb_rx_t *q = &a->rx[i];
        (void)igb_rx_refill(q, igb_unused(&q->ring));
        if (q->ring.use == 0) err = -ENOMEM; // some, at least: polls fill up the rest
    }
    if (err) os_log(hw->d, "no memory for receive buffers");
    return err;
}

void igb_vectors_configure(igb_t *a)
{
    const igb_hw_t *hw = &a->hw;
    const bool paired = a->vectors == a->queues;

    igb_msix_setup(hw);
    for (unsigned i = 0; i < a->queues; i++)
        igb_msix_queue(hw, igb_queue(a, i), 1 + i, 1 + i + (paired ? 0 : a->queues));
    flush(hw);
    for (unsigned i = 0; i < a->vectors; i++) {
        igb_vector_t *v = &a->vector[i];
        v->itr.changed = true;
        if (a->literal) igb_write_itr(v); // else at the vector's next interrupt
    }
    igb_write_frames(a, false);
}
