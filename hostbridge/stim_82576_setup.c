// SPDX-License-Identifier: Apache-2.0
// The PF driver of the random stimulus: descriptors, and pools, VFs, vectors and rings set up anew.
#include "hostbridge/stim_82576.h"

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

void stim_82576_give_rx(stim_t *s, uint64_t now, own_t *o, unsigned q, uint32_t n, bool by_vf)
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
void stim_82576_give_tx(stim_t *s, uint64_t now, own_t *o, unsigned q, uint32_t packets, bool by_vf)
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

uint32_t stim_82576_thresholds(uint64_t h)
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

void stim_82576_set_up_rx(stim_t *s, uint64_t now, own_t *o, unsigned q, uint64_t h, bool by_vf)
{
    o->count[0][q] = ring_size(h);
    o->tail[0][q] = 0;
    WR_QUEUE(by_vf, q, RXDCTL, 0);
    WR_QUEUE(by_vf, q, RDBAL, RX_RINGS + q * RING_BYTES);
    WR_QUEUE(by_vf, q, RDBAH, 0);
    WR_QUEUE(by_vf, q, RDLEN, o->count[0][q] * NIC_DescBytes);
    WR_QUEUE(by_vf, q, RDH, 0);
    WR_QUEUE(by_vf, q, SRRCTL, split_control(o, mix(h)));
    WR_QUEUE(by_vf, q, RXDCTL, stim_82576_thresholds(mix(h + 1)) | FMASK(IGB_RXDCTL_ENABLE));
    stim_82576_give_rx(s, now, o, q, o->count[0][q] - 1, by_vf);
}

void stim_82576_set_up_tx(stim_t *s, uint64_t now, own_t *o, unsigned q, uint64_t h, bool by_vf)
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
    WR_QUEUE(by_vf, q, TXDCTL, stim_82576_thresholds(mix(h + 2)) | FMASK(IGB_TXDCTL_ENABLE));
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
            stim_82576_access(s, now, f, true, NIC_SPACE_MSIX, 16 * e, MESSAGES + 256 * f + 4 * e);
            stim_82576_access(s, now, f, true, NIC_SPACE_MSIX, 16 * e + 4, pick(g, 4, 8) == 0);
            stim_82576_access(s, now, f, true, NIC_SPACE_MSIX, 16 * e + 8, (uint32_t)g);
            stim_82576_access(s, now, f, true, NIC_SPACE_MSIX, 16 * e + 12, pick(g, 8, 8) == 0);
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
void stim_82576_set_up(stim_t *s, uint64_t now, own_t *o)
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
        if (pick(k, 4, 4)) stim_82576_set_up_rx(s, now, o, q, k, by_vf);
        if (pick(k, 8, 4)) stim_82576_set_up_tx(s, now, o, q, mix(k), by_vf);
    }
    wr(s, now, 0, IGB_MBVFIMR, 0xFF);
    if (pick(g, 40, 2)) wr(s, now, 0, IGB_CTRL_EXT, FMASK(IGB_CTRL_EXT_PFRSTD));
}
