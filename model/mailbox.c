// SPDX-License-Identifier: Apache-2.0
#include "model/mailbox.h"

#include <string.h>

enum { ALL = (1 << IGB_Vfs) - 1 };

void mailbox_reset(mailbox_t *s, bool power_good)
{
    if (power_good) memset(s->mem_q, 0, sizeof s->mem_q);
    s->vfu_q = s->pfu_q = 0;
    s->pfsts_q = s->pfack_q = 0;
    s->rsti_q = ALL; // until PFRSTD
    s->rstd_q = 0;
    s->vfreq_q = s->vfack_q = 0;
    s->imr_q = 0;
    s->vflre_q = 0;
    s->vfre_q = s->vfte_q = ALL;
    s->vf_q = 0;
    s->vmmb_cyc = s->vf_cyc = NIC_NEVER;
}

// The other side's bit refuses the buffer, a write without the bit gives it back.
static uint8_t own(uint8_t mine, uint8_t theirs, uint8_t vf, bool wanted)
{
    return wanted && !(theirs & vf) ? mine | vf : mine & ~vf;
}

void mailbox_tick(mailbox_t *s, const mailbox_in_t *in)
{
    const csr_t *a = &in->csr;
    const uint32_t w = a->wdata;
    const uint8_t vf = (uint8_t)(1u << a->index % IGB_Vfs);
    uint8_t reset = in->vf_flr & in->there; // VFs that the PF will hear of
    uint8_t to_vf = 0;                      // VFs are told
    bool to_pf = false;                     // the PF is

    // 1. the access
    if (a->valid && a->write) {
        switch (a->id) {
        case IGB_R_VMBMEM: s->mem_q[a->index % IGB_VMBMEM_COUNT] = w; break;
        case IGB_R_P2VMAILBOX:
            if (w & FMASK(IGB_P2VMAILBOX_RVFU)) {
                s->vfu_q &= ~vf;
                s->vfreq_q &= ~vf;
                s->vfack_q &= ~vf;
            }
            s->pfu_q = own(s->pfu_q, s->vfu_q, vf, w & FMASK(IGB_P2VMAILBOX_PFU));
            if (w & FMASK(IGB_P2VMAILBOX_STS)) s->pfsts_q |= vf;
            if (w & FMASK(IGB_P2VMAILBOX_ACK)) s->pfack_q |= vf;
            if (w & (FMASK(IGB_P2VMAILBOX_STS) | FMASK(IGB_P2VMAILBOX_ACK))) to_vf = vf & in->there;
            break;
        case IGB_R_V2PMAILBOX:
            s->vfu_q = own(s->vfu_q, s->pfu_q, vf, w & FMASK(IGB_V2PMAILBOX_VFU));
            if (w & FMASK(IGB_V2PMAILBOX_REQ)) s->vfreq_q |= vf;
            if (w & FMASK(IGB_V2PMAILBOX_ACK)) s->vfack_q |= vf;
            if (w & (FMASK(IGB_V2PMAILBOX_REQ) | FMASK(IGB_V2PMAILBOX_ACK)))
                to_pf = (s->imr_q & in->there & vf) != 0; // also when the bit was 1
            break;
        case IGB_R_MBVFICR:
            s->vfreq_q &= (uint8_t)~FGET(IGB_MBVFICR_VFREQ, w);
            s->vfack_q &= (uint8_t)~FGET(IGB_MBVFICR_VFACK, w);
            break;
        case IGB_R_MBVFIMR: s->imr_q = w & ALL; break;
        case IGB_R_VFLRE: s->vflre_q &= (uint8_t)~w; break;
        case IGB_R_VFRE: s->vfre_q = w & ALL; break;
        case IGB_R_VFTE: s->vfte_q = w & ALL; break;
        case IGB_R_CTRL_EXT:
            if (w & FMASK(IGB_CTRL_EXT_PFRSTD)) {
                s->rsti_q = 0;
                s->rstd_q = ALL;
                to_vf = in->there;
            }
            break;
        case IGB_R_VTCTRL:
            if (w & FMASK(IGB_VTCTRL_RST)) reset |= vf & in->there;
            break;
        default: break;
        }
    } else if (a->valid && a->id == IGB_R_V2PMAILBOX) {
        s->pfsts_q &= ~vf;
        s->pfack_q &= ~vf;
        s->rstd_q &= ~vf;
    }

    // 2. VFs are reset and come; one that is not there has nothing. What the PF has not seen outlives
    // a reset.
    const uint8_t old = in->there & ~in->vf_start;
    s->vfreq_q &= old;
    s->vfack_q &= old;
    s->vflre_q = (s->vflre_q | reset) & old;
    s->vfu_q &= old & ~reset;
    s->pfu_q &= old & ~reset;
    s->pfsts_q &= old & ~reset;
    s->pfack_q &= old & ~reset;
    s->vfre_q &= ~(reset | in->vf_start);
    s->vfte_q &= ~(reset | in->vf_start);

    // 3. events
    if (to_pf || reset) s->vmmb_cyc = in->now + 1;
    if (to_vf) s->vf_cyc = in->now + 1;
    s->vf_q = to_vf;
}

// Bit `vf` of `mask` as bit `to`.
static uint32_t put(uint8_t mask, unsigned vf, unsigned to)
{
    return (uint32_t)(mask >> vf & 1) << to;
}

uint32_t mailbox_read(const mailbox_t *s, uint16_t id, uint16_t index)
{
    const unsigned vf = index % IGB_Vfs;
    switch (id) {
    case IGB_R_VMBMEM: return s->mem_q[index % IGB_VMBMEM_COUNT];
    case IGB_R_P2VMAILBOX:
        return put(s->vfu_q, vf, IGB_P2VMAILBOX_VFU_LSB) |
               put(s->pfu_q, vf, IGB_P2VMAILBOX_PFU_LSB);
    case IGB_R_V2PMAILBOX:
        return put(s->vfu_q, vf, IGB_V2PMAILBOX_VFU_LSB) |
               put(s->pfu_q, vf, IGB_V2PMAILBOX_PFU_LSB) |
               put(s->pfsts_q, vf, IGB_V2PMAILBOX_PFSTS_LSB) |
               put(s->pfack_q, vf, IGB_V2PMAILBOX_PFACK_LSB) |
               put(s->rsti_q, vf, IGB_V2PMAILBOX_RSTI_LSB) |
               put(s->rstd_q, vf, IGB_V2PMAILBOX_RSTD_LSB);
    case IGB_R_MBVFICR:
        return FPUT(IGB_MBVFICR_VFREQ, s->vfreq_q) | FPUT(IGB_MBVFICR_VFACK, s->vfack_q);
    case IGB_R_MBVFIMR: return s->imr_q;
    case IGB_R_VFLRE: return s->vflre_q;
    case IGB_R_VFRE: return s->vfre_q;
    case IGB_R_VFTE: return s->vfte_q;
    default: return 0;
    }
}
