// SPDX-License-Identifier: Apache-2.0
// Accesses that meet a request or a completion of the 82576 on the pins, or what follows of it: a reset of the function whose it
// is, mostly, or something that takes it what it has asked for.
#include "hostbridge/stim_state.h"
#include "rtl/defs_82576.h"

// One in so many.
enum { TLPS = 250, MESSAGES = 10, COMPLETIONS = 250 };

void stim_82576_tlp(stim_t *s, uint64_t end, const nic_tlp_t *t)
{
    const uint64_t h = hash3(s->seed, end, 61);
    if (s->steady || s->aim[AIM_TLP] != NIC_NEVER ||
        pick(h, 0, t->type == NIC_TLP_MSG ? MESSAGES : TLPS))
        return;
    const uint64_t first = end + 1 - t->beats;
    // On the pins, or in a cycle in which its end is seen; of a read also while it is awaited.
    const uint32_t behind = t->type == NIC_TLP_READ && s->slow ? 20 : 3;
    s->aim[AIM_TLP] = first + pick(h, 8, t->beats + behind);
    s->aim_func[AIM_TLP] = t->func;
    s->aim_queue[AIM_TLP] = t->tag >> 3;
    s->e->time.stop(s->e->time.ctx);
}

void stim_82576_completion(stim_t *s, uint64_t end, uint8_t tag, uint32_t len)
{
    const uint64_t h = hash3(s->seed, end, 62), first = end - (len + 7) / 8;
    const bool data = (tag & 7) == RQ_TX_DATA;
    if (s->steady || s->aim[AIM_W] != NIC_NEVER || pick(h, 0, COMPLETIONS)) return;
    // In the middle of it, or when the switch decides on the frame, if that was its last piece.
    s->aim[AIM_W] = data && pick(h, 16, 2) ? end + NIC_TxFinishCyc + IGB_SwitchCyc + pick(h, 8, 4)
                                           : first + pick(h, 8, (uint32_t)(end - first) + 3);
    s->aim_func[AIM_W] = s->read[(s->read_get - 1) % 64].func;
    s->aim_queue[AIM_W] = tag >> 3;
}

static void config(stim_t *s, uint64_t now, unsigned func, uint32_t off, uint32_t data)
{
    s->func = (uint8_t)func;
    stim_access(s, now, true, NIC_SPACE_CFG, off, data);
}

static void memory(stim_t *s, uint64_t now, unsigned func, bool write, uint32_t off, uint32_t data)
{
    s->func = (uint8_t)func;
    stim_access(s, now, write, NIC_SPACE_MEM, off, data);
}

// FLR takes bus master and MSI-X with it.
static void restore(stim_t *s, uint64_t now, unsigned func)
{
    config(s, now, func, IGB_VCFG_COMMAND, FMASK(IGB_VCFG_COMMAND_MASTER));
    config(s, now, func, IGB_VCFG_MSIX, FMASK(IGB_VCFG_MSIX_EN));
}

static void reset_vf(stim_t *s, uint64_t now, unsigned func, uint64_t h)
{
    for (uint32_t again = pick(h, 0, 4) == 0;; again--) {
        switch (pick(h, 4 + 4 * again, 3)) {
        case 0: config(s, now, func, IGB_VCFG_DEVCTL, FMASK(IGB_CFG_DEVCTL_FLR)); break;
        case 1: memory(s, now, func, true, IGBVF_VTCTRL, FMASK(IGB_VTCTRL_RST)); break;
        default:
            memory(s, now, 0, true, IGB_VTCTRL + IGB_VTCTRL_STRIDE * (func - 1),
                   FMASK(IGB_VTCTRL_RST));
            break;
        }
        if (!again) break;
    }
    restore(s, now, func);
}

static void queue(stim_t *s, uint64_t now, unsigned q, uint64_t h)
{
    q %= IGB_Queues;
    switch (pick(h, 0, 4)) {
    case 0: memory(s, now, 0, true, IGB_RXDCTL + IGB_RXDCTL_STRIDE * q, 0); break;
    case 1: memory(s, now, 0, true, IGB_TXDCTL + IGB_TXDCTL_STRIDE * q, 0); break;
    case 2: memory(s, now, 0, true, IGB_RDH + IGB_RDH_STRIDE * q, 0); break;
    default: memory(s, now, 0, true, IGB_TDH + IGB_TDH_STRIDE * q, 0); break;
    }
}

static void interrupt(stim_t *s, uint64_t now, unsigned func, uint64_t h)
{
    const unsigned k = pick(h, 4, func ? (unsigned)IGB_MsixVf : (unsigned)IGB_MsixPf);
    const uint32_t control = func ? (uint32_t)IGB_VCFG_MSIX : (uint32_t)IGB_CFG_MSIX;
    switch (pick(h, 0, 8)) {
    case 0: memory(s, now, 0, false, IGB_ICR, 0); break;
    case 1: memory(s, now, func, true, func ? IGBVF_VTEICR : IGB_EICR, 0xFFFFFFFF); break;
    case 2:
    case 6: memory(s, now, func, true, func ? IGBVF_VTEICS : IGB_EICS, (uint32_t)mix(h)); break;
    case 3: // a table entry that is at the port
        s->func = (uint8_t)func;
        stim_access(s, now, true, NIC_SPACE_MSIX, 16 * k + (pick(h, 8, 2) ? 8 : 12),
                    pick(h, 12, 2));
        break;
    case 4:
        config(s, now, func, control, 0);
        config(s, now, func, control, FMASK(IGB_CFG_MSIX_EN));
        break;
    case 5: // what is sent waits for the function
        config(s, now, func, control, FMASK(IGB_CFG_MSIX_EN) | FMASK(IGB_CFG_MSIX_FMASK));
        memory(s, now, func, true, func ? IGBVF_VTEICS : IGB_EICS, 7);
        config(s, now + 40, func, control, FMASK(IGB_CFG_MSIX_EN));
        break;
    default:
        memory(s, now, func, true, func ? IGBVF_VTEITR + 4 * k : IGB_EITR + 4 * k,
               FPUT(IGB_EITR_INTERVAL, pick(h, 8, 4)));
        break;
    }
}

static void act(stim_t *s, uint64_t now, unsigned func, unsigned q, uint64_t h)
{
    if (s->csr_free > now) return; // too late
    if (func > IGB_Vfs) return;
    if (pick(h, 20, 4) == 0) interrupt(s, now, func, h);
    else if (pick(h, 24, 6) == 0) queue(s, now, q, h);
    else if (func) reset_vf(s, now, func, h);
    else if (pick(h, 28, 8) == 0) s->script->reset(s, now, h);
    else {
        config(s, now, 0, IGB_CFG_COMMAND, 3);
        config(s, now, 0, IGB_CFG_COMMAND, 7);
    }
}

void stim_82576_aim(stim_t *s, uint64_t now)
{
    for (unsigned i = 0; i < STIM_AIMS; i++) {
        if (s->aim[i] != now) continue;
        s->aim[i] = NIC_NEVER;
        act(s, now, s->aim_func[i], s->aim_queue[i], hash3(s->seed, now, 63 + i));
    }
}
