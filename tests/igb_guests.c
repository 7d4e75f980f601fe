// SPDX-License-Identifier: Apache-2.0
#include "tests/igb_guests.h"

#include <stdlib.h>
#include <string.h>

void igb_pf_up(igb_bench_t *b)
{
    igb_cfg(b, 0, IGB_CFG_COMMAND, FMASK(IGB_CFG_COMMAND_MEM) | FMASK(IGB_CFG_COMMAND_MASTER));
    igb_cfg(b, 0, IGB_CFG_MSIX, FMASK(IGB_CFG_MSIX_EN));
    for (unsigned k = 0; k < IGB_MsixPf; k++) igb_vector(b, 0, k);
    igb_wr(b, 0, IGB_CTRL, igb_rd(b, 0, IGB_CTRL) | FMASK(IGB_CTRL_SLU));
    igb_wr(b, 0, IGB_GPIE,
           FMASK(IGB_GPIE_MSIX_MODE) | FMASK(IGB_GPIE_EIAME) | FMASK(IGB_GPIE_NSICR));
    igb_wr(b, 0, IGB_EIAC, 0x1FFFFFF);
    igb_wr(b, 0, IGB_EIMS, 0x3FF);
    igb_wr(b, 0, IGB_IVAR_MISC, 0x8000 | 9 << 8); // other causes: vector 9
    igb_wr(b, 0, IGB_IMS, FMASK(IGB_ICR_VMMB) | FMASK(IGB_ICR_DOUTSYNC));
    igb_wr(b, 0, IGB_RCTL, FMASK(IGB_RCTL_EN) | FMASK(IGB_RCTL_SECRC));
    igb_wr(b, 0, IGB_TCTL, FMASK(IGB_TCTL_EN) | FMASK(IGB_TCTL_PSP));
    for (int i = 0; i < 200 && !nic_link_up(b->nic); i++) igb_run(b, 100);
    if (!nic_link_up(b->nic)) abort();
}

void igb_vfs_up(igb_bench_t *b, unsigned vfs)
{
    igb_cfg(b, 0, IGB_CFG_SRIOV_NUM, vfs);
    igb_cfg(b, 0, IGB_CFG_SRIOV_CTL, FMASK(IGB_CFG_SRIOV_CTL_VFE) | FMASK(IGB_CFG_SRIOV_CTL_MSE));
    igb_wr(b, 0, IGB_MRQC, 3);
    igb_wr(b, 0, IGB_VT_CTL, FPUT(IGB_VT_CTL_DEF_PL, 7) | FMASK(IGB_VT_CTL_REPL_EN));
    igb_wr(b, 0, IGB_DTXSWC, FMASK(IGB_DTXSWC_LOOPBACK_EN));
    igb_wr(b, 0, IGB_MBVFIMR, 0xFF);
    for (unsigned n = 0; n < vfs; n++) {
        uint8_t mac[6];
        igb_mac(mac, igb_vf_mac(n));
        uint32_t low;
        memcpy(&low, mac, 4);
        igb_wr(b, 0, IGB_RAL + 8 * (1 + n), low);
        igb_wr(b, 0, IGB_RAH + 8 * (1 + n),
               (uint32_t)mac[4] | (uint32_t)mac[5] << 8 | 1u << (IGB_RAH_POOL_LSB + n) |
                   FMASK(IGB_RAH_AV));
        igb_wr(b, 0, IGB_VMOLR + 4 * n,
               0x2600 | FMASK(IGB_VMOLR_STRCRC) | FMASK(IGB_VMOLR_BAM) | FMASK(IGB_VMOLR_AUPE));
        igb_cfg(b, 1 + n, IGB_VCFG_COMMAND, FMASK(IGB_VCFG_COMMAND_MASTER));
        igb_cfg(b, 1 + n, IGB_VCFG_MSIX, FMASK(IGB_VCFG_MSIX_EN));
    }
    igb_wr(b, 0, IGB_VFRE, 0xFF);
    igb_wr(b, 0, IGB_VFTE, 0xFF);
    igb_wr(b, 0, IGB_CTRL_EXT, FMASK(IGB_CTRL_EXT_PFRSTD));
}

void igb_vf_vectors(igb_bench_t *b, unsigned n, unsigned rx, unsigned tx)
{
    const unsigned f = 1 + n;
    for (unsigned k = 0; k < IGB_MsixVf; k++) igb_vector(b, f, k);
    igb_wr(b, f, IGBVF_VTIVAR, (0x80 | rx | (0x80 | tx) << 8) * 0x10001u);
    igb_wr(b, f, IGBVF_VTIVAR_MISC, 0x82);
    igb_wr(b, f, IGBVF_VTEIAC, 7);
    igb_wr(b, f, IGBVF_VTEIMS, 7);
}

void igb_vf_up(igb_bench_t *b, unsigned n)
{
    igb_vf_vectors(b, n, 0, 0);
    igb_ring_up(b, false, 1 + n, 0, 0);
    igb_ring_up(b, true, 1 + n, 0, 0);
    igb_fill(b, 1 + n, 0, 0, IGB_RING - 1);
}
