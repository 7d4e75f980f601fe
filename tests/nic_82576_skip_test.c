// SPDX-License-Identifier: Apache-2.0
// What model_skip_test.c says of the 82540EM, of the 82576: visiting on demand gives the same outputs as visiting everybody in
// every cycle, in any order, and as superfluous visits. The stimulus is random, a function of seed and time.
#include "tests/igb_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { PF_MAC = 0xAA, LONG_TOP = 0x100 };

static uint64_t env(const char *name, uint64_t def)
{
    const char *v = getenv(name);
    return v ? strtoull(v, NULL, 0) : def;
}

// ---- stimulus ----

typedef struct player {
    igb_bench_t b;
    uint64_t rng;
    unsigned tail[2][IGB_Queues];
    unsigned vfs;
    uint32_t resets;
    bool pools;
} player_t;

static uint32_t rnd(player_t *p, uint32_t below)
{
    p->rng ^= p->rng << 13;
    p->rng ^= p->rng >> 7;
    p->rng ^= p->rng << 17;
    return (uint32_t)((p->rng >> 11) % below);
}

static bool one_in(player_t *p, uint32_t n)
{
    return rnd(p, n) == 0;
}

// Accesses of the stimulus wait for nothing: they follow each other cycle by cycle.
static void put(player_t *p, unsigned space, unsigned f, uint32_t addr, bool write, uint32_t w)
{
    igb_access(&p->b, space, f, addr, write, w);
}

static void wr(player_t *p, unsigned f, uint32_t addr, uint32_t w)
{
    put(p, NIC_SPACE_MEM, f, addr, true, w);
}

static void cfg(player_t *p, unsigned f, uint32_t addr, uint32_t w)
{
    put(p, NIC_SPACE_CFG, f, addr, true, w);
}

static uint32_t queue_reg(bool tx, unsigned q, uint32_t off)
{
    return (tx ? IGB_TDBAL : IGB_RDBAL) + 0x40 * q + off;
}

static void ring_up(player_t *p, bool tx, unsigned q)
{
    static const uint8_t type[] = {0, 1, 1, 1, 2, 5};
    p->tail[tx][q] = 0;
    wr(p, 0, queue_reg(tx, q, 0), igb_ring_at(tx, q));
    wr(p, 0, queue_reg(tx, q, 4), 0);
    wr(p, 0, queue_reg(tx, q, 8), IGB_RING * 16);
    wr(p, 0, queue_reg(tx, q, 0x10), 0);
    wr(p, 0, queue_reg(tx, q, 0x18), 0);
    if (!tx)
        wr(p, 0, queue_reg(tx, q, 0xC),
           FPUT(IGB_SRRCTL_DESCTYPE, type[rnd(p, sizeof type)]) |
               FPUT(IGB_SRRCTL_BSIZEPACKET, 1 + rnd(p, 2)) |
               FPUT(IGB_SRRCTL_BSIZEHEADER, 1 + rnd(p, 4)) | FPUT(IGB_SRRCTL_RDMTS, rnd(p, 4)) |
               (rnd(p, 3) ? FMASK(IGB_SRRCTL_DROP_EN) : 0));
    else wr(p, 0, IGB_TDWBAL + 0x40 * q, one_in(p, 3) ? (0x8000 + 16 * q) | 1 : 0);
    wr(p, 0, queue_reg(tx, q, 0x28),
       FMASK(IGB_RXDCTL_ENABLE) | FPUT(IGB_RXDCTL_WTHRESH, one_in(p, 2) ? rnd(p, 20) : 0) |
           FPUT(IGB_RXDCTL_HTHRESH, rnd(p, 8)) | FPUT(IGB_RXDCTL_PTHRESH, rnd(p, 32)));
}

static void functions_up(player_t *p)
{
    cfg(p, 0, IGB_CFG_COMMAND, FMASK(IGB_CFG_COMMAND_MEM) | FMASK(IGB_CFG_COMMAND_MASTER));
    if (rnd(p, 5)) cfg(p, 0, IGB_CFG_MSIX, FMASK(IGB_CFG_MSIX_EN));
    else cfg(p, 0, IGB_CFG_MSI, one_in(p, 2) ? FMASK(IGB_CFG_MSI_EN) : 0);
    p->vfs = rnd(p, 4) ? 1 + rnd(p, IGB_Vfs) : 0;
    cfg(p, 0, IGB_CFG_SRIOV_NUM, p->vfs);
    cfg(p, 0, IGB_CFG_SRIOV_CTL,
        FMASK(IGB_CFG_SRIOV_CTL_MSE) | (p->vfs ? FMASK(IGB_CFG_SRIOV_CTL_VFE) : 0));
    for (unsigned f = 0; f <= p->vfs; f++) {
        if (f) {
            cfg(p, f, IGB_VCFG_COMMAND, FMASK(IGB_VCFG_COMMAND_MASTER));
            cfg(p, f, IGB_VCFG_MSIX, FMASK(IGB_VCFG_MSIX_EN));
        }
        for (unsigned k = 0; k < (f ? IGB_MsixVf : IGB_MsixPf); k++) {
            put(p, NIC_SPACE_MSIX, f, 16 * k, true, 0xFEE00000 + 256 * f + 4 * k);
            put(p, NIC_SPACE_MSIX, f, 16 * k + 8, true, 0x10000 * f + k);
            put(p, NIC_SPACE_MSIX, f, 16 * k + 12, true, one_in(p, 8));
        }
    }
}

static void vectors_up(player_t *p)
{
    wr(p, 0, IGB_GPIE,
       (rnd(p, 4) ? FMASK(IGB_GPIE_MSIX_MODE) : 0) | (rnd(p, 2) ? FMASK(IGB_GPIE_EIAME) : 0) |
           (rnd(p, 2) ? FMASK(IGB_GPIE_NSICR) : 0) | FPUT(IGB_GPIE_LL_INTERVAL, rnd(p, 4)));
    wr(p, 0, IGB_EIAC, rnd(p, 2) ? 0x1FFFFFF : 0);
    wr(p, 0, IGB_EIAM, rnd(p, 2) ? 0x1FFFFFF : 0);
    wr(p, 0, IGB_EIMS, 0x1FFFFFF);
    wr(p, 0, IGB_IVAR_MISC, 0x8000 | rnd(p, 10) << 8);
    wr(p, 0, IGB_IMS, 0x77DCFBFD);
    for (unsigned n = 0; n < IGB_Pools; n++) {
        const uint32_t first = n < p->vfs ? igb_first_vector(n) : 0;
        const uint32_t span = n < p->vfs ? IGB_MsixVf : IGB_MsixPf;
        uint32_t w = 0;
        for (unsigned at = 0; at < 32; at += 8) w |= (0x80 | (first + rnd(p, span))) << at;
        wr(p, 0, IGB_IVAR + 4 * n, w);
        if (n < p->vfs) wr(p, 1 + n, IGBVF_VTIVAR_MISC, 0x80 | rnd(p, 3));
    }
    for (unsigned k = 0; k < IGB_Vectors; k++)
        wr(p, 0, IGB_EITR + 4 * k,
           FPUT(IGB_EITR_INTERVAL, one_in(p, 2) ? rnd(p, 20) : 0) |
               FPUT(IGB_EITR_LLI_EN, rnd(p, 2)) | FPUT(IGB_EITR_LL_COUNTER, rnd(p, 4)));
    if (one_in(p, 3))
        for (unsigned k = 0; k < IGB_Vectors; k++) wr(p, 0, IGB_VRXFRAMES + 4 * k, rnd(p, 5));
}

static void pools_up(player_t *p)
{
    p->pools = p->vfs || one_in(p, 2);
    wr(p, 0, IGB_MRQC, (p->pools ? (rnd(p, 2) ? 3u : 5u) : one_in(p, 2) ? 2u : 0u) | 0x3F0000);
    for (unsigned k = 0; k < 32; k++)
        wr(p, 0, IGB_RETA + 4 * k, rnd(p, 0x10000) * 0x10001u & 0x0F0F0F0F);
    wr(p, 0, IGB_VT_CTL,
       FPUT(IGB_VT_CTL_DEF_PL, rnd(p, 8)) | (rnd(p, 4) ? FMASK(IGB_VT_CTL_REPL_EN) : 0));
    wr(p, 0, IGB_DTXSWC,
       (rnd(p, 5) ? FMASK(IGB_DTXSWC_LOOPBACK_EN) : 0) |
           FPUT(IGB_DTXSWC_MACAS, rnd(p, 3) ? 0 : 0x55) |
           FPUT(IGB_DTXSWC_LLE, rnd(p, 2) ? 0 : 0x33));
    wr(p, 0, IGB_DTXCTL, (rnd(p, 2) ? FMASK(IGB_DTXCTL_MDP_EN) : 0) | FMASK(IGB_DTXCTL_SPOOF_INT));
    wr(p, 0, IGB_RPLOLR, rnd(p, 4) << 30);
    for (unsigned n = 0; n < IGB_Pools; n++) {
        uint8_t mac[6];
        uint32_t low;
        igb_mac(mac, (uint8_t)(0x10 + n));
        memcpy(&low, mac, 4);
        wr(p, 0, IGB_RAL + 8 * (1 + n), low);
        wr(p, 0, IGB_RAH + 8 * (1 + n),
           (uint32_t)mac[4] | (uint32_t)mac[5] << 8 | 1u << (IGB_RAH_POOL_LSB + n) |
               FMASK(IGB_RAH_AV));
        wr(p, 0, IGB_VMOLR + 4 * n,
           0x2600 | FMASK(IGB_VMOLR_AUPE) | (rnd(p, 2) ? FMASK(IGB_VMOLR_BAM) : 0) |
               (rnd(p, 2) ? FMASK(IGB_VMOLR_STRCRC) : 0) |
               (rnd(p, 2) ? FMASK(IGB_VMOLR_STRVLAN) : 0) |
               (rnd(p, 2) ? FMASK(IGB_VMOLR_RSSE) : 0));
        wr(p, 0, IGB_VMVIR + 4 * n, rnd(p, 4) ? 0 : 1u << 30 | 0x2005);
    }
    wr(p, 0, IGB_VFRE, rnd(p, 4) ? 0xFF : rnd(p, 256));
    wr(p, 0, IGB_VFTE, rnd(p, 4) ? 0xFF : rnd(p, 256));
    wr(p, 0, IGB_MBVFIMR, 0xFF);
    wr(p, 0, IGB_IMIRVP, rnd(p, 2) ? 0x8 | rnd(p, 8) : 0);
    for (unsigned k = 0; k < 2; k++) {
        wr(p, 0, IGB_IMIR + 4 * k, 0x60000000 | rnd(p, 2) << 29);
        wr(p, 0, IGB_IMIREXT + 4 * k, rnd(p, 2) ? 0x1FFFF : 0);
    }
}

static void setup(player_t *p)
{
    functions_up(p);
    wr(p, 0, IGB_CTRL,
       FMASK(IGB_CTRL_SLU) | (one_in(p, 4) ? FMASK(IGB_CTRL_TFCE) | FMASK(IGB_CTRL_RFCE) : 0) |
           (one_in(p, 2) ? FMASK(IGB_CTRL_VME) : 0));
    wr(p, 0, IGB_FCRTH, 0x2000);
    wr(p, 0, IGB_FCRTL, 0x80001000);
    vectors_up(p);
    pools_up(p);
    wr(p, 0, IGB_RXCSUM, 0x300 | rnd(p, 2) << 13);
    for (unsigned q = 0; q < IGB_Queues; q++)
        for (unsigned tx = 0; tx < 2; tx++)
            if (rnd(p, 8)) ring_up(p, tx, q);
    wr(p, 0, IGB_RCTL,
       FMASK(IGB_RCTL_EN) | FMASK(IGB_RCTL_BAM) | (rnd(p, 2) ? FMASK(IGB_RCTL_UPE) : 0) |
           (rnd(p, 2) ? FMASK(IGB_RCTL_SECRC) : 0) | (one_in(p, 3) ? FMASK(IGB_RCTL_LPE) : 0) |
           (one_in(p, 12) ? 3u << IGB_RCTL_LBM_LSB : 0));
    wr(p, 0, IGB_TCTL, FMASK(IGB_TCTL_EN) | (rnd(p, 4) ? FMASK(IGB_TCTL_PSP) : 0));
    wr(p, 0, IGB_CTRL_EXT, FMASK(IGB_CTRL_EXT_PFRSTD));
}

// Who a frame goes to or comes from.
static uint8_t who(player_t *p)
{
    const uint32_t k = rnd(p, 12);
    return k < 8 ? (uint8_t)(0x10 + k) : k == 8 ? 0xFF : k == 9 ? PF_MAC : k == 10 ? 0x99 : 0x01;
}

static void dress(player_t *p, uint8_t *bytes, uint32_t len)
{
    if (one_in(p, 4) && len > 60) { // tagged
        bytes[12] = 0x81;
        bytes[13] = 0;
        bytes[14] = (uint8_t)(rnd(p, 8) << 5);
        bytes[15] = 5;
    }
    if (one_in(p, 3) && len >= 64) { // IPv4, TCP
        static const uint8_t ip[] = {8, 0, 0x45, 0,  0, 46, 0, 1,  0, 0, 64,
                                     6, 0, 0,    10, 0, 0,  1, 10, 0, 0, 2};
        memcpy(bytes + 12, ip, sizeof ip);
        bytes[46] = 0x50;
    }
}

static void receive(player_t *p)
{
    igb_bench_t *b = &p->b;
    if (nic_rx_wire_free(b->nic) > nic_now(b->nic)) return;
    const uint32_t len = one_in(p, 20) ? 64 + rnd(p, 9000) : 60 + rnd(p, one_in(p, 4) ? 1460 : 100);
    uint8_t *bytes = b->frame[b->frames++ % 4];
    igb_frame(bytes, who(p), 0x55, len);
    dress(p, bytes, len);
    nic_rx_frame(b->nic, nic_now(b->nic) + rnd(p, 12), bytes, len, !one_in(p, 20), one_in(p, 60));
}

static void give(player_t *p, unsigned q)
{
    igb_bench_t *b = &p->b;
    const unsigned n = 1 + rnd(p, 24);
    for (unsigned i = 0; i < n; i++) {
        const uint32_t at = igb_ring_at(false, q) + p->tail[0][q]++ % IGB_RING * 16;
        igb_bench_put(b, at, igb_buf_at(false, q, rnd(p, IGB_RING)));
        igb_bench_put(b, at + 8, one_in(p, 2) ? igb_buf_at(false, q, rnd(p, IGB_RING)) : 0);
    }
    wr(p, 0, queue_reg(false, q, 0x18), p->tail[0][q] % IGB_RING);
}

static void send(player_t *p, unsigned q)
{
    igb_bench_t *b = &p->b;
    const unsigned n = 1 + rnd(p, 4);
    for (unsigned i = 0; i < n; i++) {
        const bool tso = one_in(p, 8), context = tso || one_in(p, 4);
        if (context) {
            const uint32_t at = igb_ring_at(true, q) + p->tail[1][q]++ % IGB_RING * 16;
            igb_bench_put(b, at,
                          DPUT(IGB_ATXC_MACLEN, 14) | DPUT(IGB_ATXC_IPLEN, 20) |
                              DPUT(IGB_ATXC_VLAN, rnd(p, 0x10000)));
            igb_bench_put(b, at + 8,
                          DPUT(IGB_ATXC_DTYP, 2) | DPUT(IGB_ATXC_CMD, IGB_ATXD_CMD_DEXT) |
                              DPUT(IGB_ATXC_L4T, rnd(p, 2)) | DPUT(IGB_ATXC_IPV4, 1) |
                              DPUT(IGB_ATXC_IDX, rnd(p, 2)) | DPUT(IGB_ATXC_L4LEN, 20) |
                              DPUT(IGB_ATXC_MSS, one_in(p, 16) ? 0 : 200 + rnd(p, 1200)));
        }
        const unsigned pieces = one_in(p, 30) ? 70 : 1 + rnd(p, 3);
        uint32_t total = tso ? 54 + 100 + rnd(p, 4000) : 20 + rnd(p, one_in(p, 4) ? 1480 : 100);
        const uint32_t payload = tso ? total - 54 : total;
        const unsigned popts = rnd(p, 4);
        const bool legacy = !context && one_in(p, 5), rs = rnd(p, 4), vle = one_in(p, 4);
        for (unsigned k = 0; k < pieces && total; k++) {
            const uint32_t at = igb_ring_at(true, q) + p->tail[1][q]++ % IGB_RING * 16;
            const uint32_t buf = igb_buf_at(true, q, p->tail[1][q]) + rnd(p, 8);
            const bool last = k + 1 == pieces;
            uint32_t len = last || pieces > 8 ? (pieces > 8 ? 20 : total) : total / 2;
            if (len > total) len = total;
            if (k == 0) {
                igb_frame(b->mem + buf, who(p), one_in(p, 8) ? who(p) : (uint8_t)(0x10 + q % 8),
                          len < 20 ? 20 : len);
                dress(p, b->mem + buf, len);
            }
            total -= len;
            const uint32_t cmd = (last || total == 0 ? IGB_ATXD_CMD_EOP : 0) |
                                 (one_in(p, 9) ? 0 : IGB_ATXD_CMD_IFCS) |
                                 (rs ? IGB_ATXD_CMD_RS : 0) | (vle ? IGB_ATXD_CMD_VLE : 0);
            igb_bench_put(b, at, buf);
            if (legacy)
                igb_bench_put(b, at + 8, DPUT(E1000_TXD_LENGTH, len) | DPUT(E1000_TXD_CMD, cmd));
            else
                igb_bench_put(
                    b, at + 8,
                    DPUT(IGB_ATXD_DTALEN, len) | DPUT(IGB_ATXD_DTYP, one_in(p, 200) ? 5 : 3) |
                        DPUT(IGB_ATXD_CMD, cmd | IGB_ATXD_CMD_DEXT | (tso ? IGB_ATXD_CMD_TSE : 0)) |
                        DPUT(IGB_ATXD_IDX, rnd(p, 2)) | DPUT(IGB_ATXD_POPTS, popts) |
                        DPUT(IGB_ATXD_PAYLEN, payload));
        }
    }
    wr(p, 0, queue_reg(true, q, 0x18), p->tail[1][q] % IGB_RING);
}

static void small_access(player_t *p)
{
    static const uint32_t some[] = {IGB_ICR,    IGB_EICR,      IGB_EIMS,  IGB_RDH,   IGB_TDH,
                                    IGB_STATUS, IGB_GPRC,      IGB_GORCL, IGB_GORCH, IGB_IAC,
                                    IGB_RPTHC,  IGB_RQDPC,     IGB_WVBR,  IGB_VFLRE, IGB_MBVFICR,
                                    IGB_EITR,   IGB_EITR + 88, IGB_SWSM};
    const unsigned f = rnd(p, 1 + IGB_Vfs);
    const unsigned n = rnd(p, IGB_Vfs);
    switch (rnd(p, 16)) {
    case 0:
    case 1:
    case 2: put(p, NIC_SPACE_MEM, 0, some[rnd(p, sizeof some / sizeof some[0])], false, 0); break;
    case 3: wr(p, 0, IGB_EICS, 1u << rnd(p, 25)); break;
    case 4: wr(p, 0, IGB_ICS, 1u << rnd(p, 12)); break;
    case 5: wr(p, 0, IGB_EIMS, rnd(p, 1 << 25)); break;
    case 6: wr(p, 0, IGB_EIMC, rnd(p, 1 << 25)); break;
    case 7: wr(p, 0, IGB_EICR, rnd(p, 1 << 25)); break;
    case 8:
        wr(p, 0, IGB_EITR + 4 * rnd(p, 25),
           FPUT(IGB_EITR_INTERVAL, rnd(p, 10)) | FPUT(IGB_EITR_COUNTER, rnd(p, 2)) |
               (rnd(p, 2) ? FMASK(IGB_EITR_CNT_IGNR) : 0));
        break;
    case 9: wr(p, 1 + n, IGBVF_V2PMAILBOX, rnd(p, 8)); break;
    case 10: put(p, NIC_SPACE_MEM, 1 + n, IGBVF_V2PMAILBOX, false, 0); break;
    case 11: wr(p, 0, IGB_P2VMAILBOX + 4 * n, rnd(p, 32)); break;
    case 12: put(p, NIC_SPACE_MSIX, f, 16 * rnd(p, 10) + 12, true, rnd(p, 3) == 0); break;
    case 13: put(p, NIC_SPACE_MSIX, f, one_in(p, 2) ? 0x2000 : 4 * rnd(p, 40), false, 0); break;
    case 14: wr(p, f, f ? IGBVF_VTEIMS : IGB_IMS, 7); break;
    default: put(p, NIC_SPACE_MEM, f, 4 * rnd(p, 0x8000), false, 0); break;
    }
}

static void rare_access(player_t *p)
{
    const unsigned f = rnd(p, 1 + IGB_Vfs), n = rnd(p, IGB_Vfs), q = rnd(p, IGB_Queues);
    const bool tx = rnd(p, 2);
    switch (rnd(p, 20)) {
    case 0: ring_up(p, tx, q); break;
    case 1: wr(p, 0, queue_reg(tx, q, 0x28), rnd(p, 2) ? 0 : FMASK(IGB_RXDCTL_ENABLE)); break;
    case 2:
        wr(p, 0, queue_reg(tx, q, 0x28),
           FMASK(IGB_RXDCTL_ENABLE) | FMASK(IGB_RXDCTL_SWFLUSH) | FPUT(IGB_RXDCTL_WTHRESH, 16));
        break;
    case 3:
        cfg(p, 1 + n, IGB_VCFG_COMMAND, 0);
        igb_run(&p->b, rnd(p, 400));
        cfg(p, 1 + n, IGB_VCFG_COMMAND, FMASK(IGB_VCFG_COMMAND_MASTER));
        break;
    case 4:
        wr(p, 1 + n, IGBVF_VTCTRL, FMASK(IGB_VTCTRL_RST));
        p->resets++;
        break;
    case 5:
        if (!one_in(p, 4)) break;
        cfg(p, 1 + n, IGB_CFG_DEVCTL, FMASK(IGB_CFG_DEVCTL_FLR));
        p->resets++;
        break;
    case 6:
        wr(p, 0, IGB_VFRE, 0xFF);
        wr(p, 0, IGB_VFTE, rnd(p, 2) ? 0xFF : rnd(p, 256));
        break;
    case 7: put(p, NIC_SPACE_CFG, f, 4 * rnd(p, 0x80), false, 0); break;
    case 8:
        cfg(p, f, f ? IGB_VCFG_MSIX : IGB_CFG_MSIX,
            rnd(p, 4) ? FMASK(IGB_CFG_MSIX_EN)
                      : FMASK(IGB_CFG_MSIX_EN) | FMASK(IGB_CFG_MSIX_FMASK));
        break;
    case 9: vectors_up(p); break;
    case 10: pools_up(p); break;
    case 11:
        wr(p, 0, IGB_TCTL, rnd(p, 2) ? 0 : FMASK(IGB_TCTL_EN) | FMASK(IGB_TCTL_SWXOFF));
        igb_run(&p->b, rnd(p, 400));
        wr(p, 0, IGB_TCTL, FMASK(IGB_TCTL_EN));
        break;
    case 12:
        wr(p, 0, IGB_RCTL, 0);
        igb_run(&p->b, rnd(p, 400));
        wr(p, 0, IGB_RCTL, FMASK(IGB_RCTL_EN) | FMASK(IGB_RCTL_BAM));
        break;
    case 13: wr(p, 0, queue_reg(tx, q, one_in(p, 2) ? 0x10 : 8), IGB_RING * 16); break;
    case 14:
        cfg(p, 0, IGB_CFG_COMMAND, FMASK(IGB_CFG_COMMAND_MEM));
        igb_run(&p->b, rnd(p, 400));
        cfg(p, 0, IGB_CFG_COMMAND, FMASK(IGB_CFG_COMMAND_MEM) | FMASK(IGB_CFG_COMMAND_MASTER));
        break;
    case 15: wr(p, 0, IGB_IVAR + 4 * n, rnd(p, 1 << 30) | 0x80808080); break;
    case 16:
        wr(p, 0, IGB_EERD, 1 | rnd(p, 64) << 2);
        wr(p, 0, IGB_MDIC, FPUT(IGB_MDIC_OP, 2) | FPUT(IGB_MDIC_PHYADD, 1) | rnd(p, 32) << 16);
        break;
    case 17:
        wr(p, 0, IGB_SRRCTL + 0x40 * q, rnd(p, 2) ? FMASK(IGB_SRRCTL_DROP_EN) | 1 << 25 | 2 : 2);
        break;
    case 18:
        if (!one_in(p, 8)) break;
        nic_partner(p->b.nic, nic_now(p->b.nic) + 1, false, 2, false);
        igb_run(&p->b, 1000);
        nic_partner(p->b.nic, nic_now(p->b.nic) + 1, true, 2, rnd(p, 2));
        break;
    default:
        if (!one_in(p, 10)) break;
        p->resets++;
        switch (rnd(p, 4)) {
        case 0: cfg(p, 0, IGB_CFG_DEVCTL, FMASK(IGB_CFG_DEVCTL_FLR)); break;
        case 1: cfg(p, 0, IGB_CFG_SRIOV_CTL, 0); break;
        case 2: cfg(p, 0, IGB_CFG_PMCSR, 3); break;
        default: wr(p, 0, IGB_CTRL, FMASK(IGB_CTRL_RST)); break;
        }
        igb_run(&p->b, rnd(p, 200) + (one_in(p, 2) ? NIC_ResetCyc : 0));
        cfg(p, 0, IGB_CFG_PMCSR, 0);
        nic_partner(p->b.nic, nic_now(p->b.nic) + 1, true, 2, rnd(p, 2));
        setup(p);
        break;
    }
}

static void play(uint64_t seed, uint64_t cycles, const nic_visiting_t *how, player_t *p)
{
    memset(p, 0, sizeof *p);
    p->rng = seed * 0x9E3779B97F4A7C15ull + 1;
    nic_visiting_t h = *how;
    h.rng = seed * 2 + 1;
    igb_bench_up(&p->b, &h);
    p->b.record = true;
    setup(p);
    uint32_t busy = 1 + rnd(p, 7), queues = 1 + rnd(p, IGB_Queues);
    while (nic_now(p->b.nic) < cycles) {
        const unsigned q = rnd(p, queues);
        switch (rnd(p, 10)) {
        case 0:
        case 1:
        case 2: receive(p); break;
        case 3:
        case 4: give(p, q); break;
        case 5:
        case 6: send(p, q); break;
        case 7:
        case 8: small_access(p); break;
        default:
            if (one_in(p, 3)) rare_access(p);
            break;
        }
        if (one_in(p, 200)) {
            busy = 1 + rnd(p, 7);
            queues = 1 + rnd(p, IGB_Queues);
        }
        igb_run(&p->b, 1 + rnd(p, 1u << (1 + busy)));
    }
}

// ---- comparison ----

static int by_cycle(const void *x, const void *y)
{
    const igb_event_t *a = x, *b = y;
    if (a->cyc != b->cyc) return a->cyc < b->cyc ? -1 : 1;
    if (a->kind != b->kind) return a->kind < b->kind ? -1 : 1;
    if (a->a != b->a) return a->a < b->a ? -1 : 1;
    return a->b < b->b ? -1 : a->b > b->b;
}

static void print(const char *who_, const igb_event_t *e)
{
    fprintf(stderr, "  %-8s %10llu %c %016llx %016llx\n", who_, (unsigned long long)e->cyc,
            (char)e->kind, (unsigned long long)e->a, (unsigned long long)e->b);
}

static uint64_t all_registers(const nic_t *n)
{
    uint64_t h = 1;
    for (uint32_t off = 0; off < 0x20000; off += 4)
        h = (h ^ nic_peek(n, off)) * 0x100000001B3ull + off;
    return h;
}

static void compare(const nic_visiting_t *how, const char *name, uint64_t seed0, uint64_t seeds,
                    uint64_t cycles)
{
    uint64_t accepted = 0, tx = 0, hosted = 0, messages = 0, loops = 0, resets = 0, drops = 0,
             spoofs = 0;
    for (uint64_t seed = seed0; seed < seed0 + seeds; seed++) {
        const nic_visiting_t lazy = {0};
        player_t *a = malloc(sizeof *a), *b = malloc(sizeof *b);
        play(seed, cycles, &lazy, a);
        play(seed, cycles, how, b);
        qsort(a->b.event, a->b.count, sizeof a->b.event[0], by_cycle);
        qsort(b->b.event, b->b.count, sizeof b->b.event[0], by_cycle);
        size_t i = 0;
        while (i < a->b.count && i < b->b.count && by_cycle(&a->b.event[i], &b->b.event[i]) == 0)
            i++;
        const bool same = i == a->b.count && i == b->b.count;
        if (!same) {
            fprintf(stderr, "seed %llu: first difference at event %zu of %zu/%zu\n",
                    (unsigned long long)seed, i, a->b.count, b->b.count);
            for (size_t k = i > 6 ? i - 6 : 0; k < i + 4; k++) {
                if (k < a->b.count) print(k < i ? "same" : "lazy", &a->b.event[k]);
                if (k >= i && k < b->b.count) print(name, &b->b.event[k]);
            }
        } else if (all_registers(a->b.nic) != all_registers(b->b.nic)) {
            for (uint32_t off = 0; off < 0x20000; off += 4)
                if (nic_peek(a->b.nic, off) != nic_peek(b->b.nic, off))
                    fprintf(stderr, "seed %llu: register %05x: %08x, %s %08x\n",
                            (unsigned long long)seed, off, nic_peek(a->b.nic, off), name,
                            nic_peek(b->b.nic, off));
        }
        assert_true(same);
        assert_true(all_registers(a->b.nic) == all_registers(b->b.nic));
        accepted += a->b.fate[NIC_FATE_ACCEPTED], tx += a->b.wire_frames, hosted += a->b.hosted;
        messages += a->b.messages, loops += a->b.loops, resets += a->resets, drops += a->b.drops;
        spoofs += a->b.spoofs;
        igb_bench_down(&a->b);
        igb_bench_down(&b->b);
        free(a);
        free(b);
    }
    printf("%s: %llu frames accepted, %llu delivered, %llu dropped, %llu sent, %llu looped, %llu "
           "spoofed, %llu "
           "messages, %llu resets\n",
           name, (unsigned long long)accepted, (unsigned long long)hosted,
           (unsigned long long)drops, (unsigned long long)tx, (unsigned long long)loops,
           (unsigned long long)spoofs, (unsigned long long)messages, (unsigned long long)resets);
}

static void every_cycle_equals_visits_on_demand(void **state)
{
    (void)state;
    const nic_visiting_t how = {.every_cycle = true};
    compare(&how, "every", env("STIM_SEED", 1), env("STIM_SEEDS", 10), env("STIM_CYCLES", 100000));
}

static void every_cycle_in_shuffled_order_is_equal(void **state)
{
    (void)state;
    const nic_visiting_t how = {.every_cycle = true, .shuffle = true};
    compare(&how, "shuffled", env("STIM_SEED", 1001), env("STIM_SEEDS", 10) / 2,
            env("STIM_CYCLES", 100000));
}

static void random_extra_visits_change_nothing(void **state)
{
    (void)state;
    const nic_visiting_t how = {.extra = 2, .shuffle = true};
    compare(&how, "extra", env("STIM_SEED", 2001), env("STIM_SEEDS", 10),
            env("STIM_CYCLES", 100000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cycle_equals_visits_on_demand),
        cmocka_unit_test(every_cycle_in_shuffled_order_is_equal),
        cmocka_unit_test(random_extra_visits_change_nothing),
    };
    return cmocka_run_group_tests_name("nic 82576 skip", tests, NULL, NULL);
}
