// SPDX-License-Identifier: Apache-2.0
// The device of the world: registers with side effects, vectors, one frame at a time.
#include "tests/igbdev/igbdev.h"

#include "model/check.h"

#include <stdlib.h>
#include <string.h>

#define EICR_ALL ((1u << IGB_Vectors) - 1)

// ---- interrupts ---------------------------------------------------------------------------------

static void vector(dev_world_t *w, unsigned v)
{
    if (v < IGB_Vectors) w->eicr |= 1u << v;
}

// Byte of IVAR with its valid bit.
static void ivar(dev_world_t *w, uint32_t byte)
{
    if (byte & 0x80) vector(w, byte & 0x1F);
}

void dev_cause(dev_world_t *w, uint32_t icr)
{
    w->icr |= icr;
    if (w->icr & w->ims) ivar(w, w->regs[IGB_R_IVAR_MISC] >> 8);
}

static void queue_event(dev_world_t *w, unsigned queue, bool tx)
{
    ivar(w, w->regs[IGB_R_IVAR + queue % 8] >> (queue / 8 * 16 + tx * 8));
}

static void mailbox_event(dev_world_t *w, unsigned vf)
{
    const uint32_t misc = w->regs[IGB_R_VTIVAR_MISC + vf];
    if (misc & 0x80) vector(w, igb_first_vector(vf) + (misc & 3));
}

// ---- accesses -----------------------------------------------------------------------------------

static void tick(dev_world_t *w, csr_t csr, uint8_t start)
{
    const mailbox_in_t in = {.now = w->cyc, .csr = csr, .there = w->there, .vf_start = start};

    mailbox_tick(&w->mailbox, &in);
    w->cyc++;
    if (mailbox_vmmb(&w->mailbox, w->cyc)) dev_cause(w, FMASK(IGB_ICR_VMMB));
    for (unsigned n = 0; n < IGB_Vfs; n++)
        if (mailbox_vf(&w->mailbox, w->cyc) >> n & 1) mailbox_event(w, n);
}

void dev_reset_registers(dev_world_t *w)
{
    mailbox_reset(&w->mailbox, false);
    for (unsigned i = 0; i < igb_reg_row_count; i++) {
        const reg_row_t *r = &igb_reg_rows[i];
        if (r->keep) continue;
        for (unsigned k = 0; k < r->count; k++) w->regs[r->first + k] = igb_reg_reset(r, k);
    }
    for (unsigned k = 0; k < IGB_RAH_COUNT; k++) w->regs[IGB_R_RAH + k] &= ~FMASK(IGB_RAH_AV);
    w->regs[IGB_R_RAL] = w->chip.nvm[0] | (uint32_t)w->chip.nvm[1] << 16;
    w->regs[IGB_R_RAH] = w->chip.nvm[2] | FMASK(IGB_RAH_AV);
    w->icr = w->ims = w->eicr = w->eims = w->eiac = w->eiam = 0;
}

static void reset(void *ctx)
{
    dev_reset_registers(ctx);
}

static void phy_access(void *ctx, bool write, unsigned reg, uint16_t value)
{
    dev_note(ctx,
             &(dev_access_t){.op = write ? 'M' : 'm', .func = DEV_PF, .off = reg, .value = value});
}

static uint32_t read_value(dev_world_t *w, uint16_t reg, unsigned k)
{
    const reg_row_t *row = igb_reg_row(reg);
    uint32_t v = w->regs[reg + k];

    if (row->owner == OWN_mailbox) return mailbox_read(&w->mailbox, reg, (uint16_t)k);
    switch (reg) {
    case IGB_R_ICR:
        v = w->icr;
        w->icr = 0;
        return v;
    case IGB_R_IMS: return w->ims;
    case IGB_R_EICR: return w->eicr;
    case IGB_R_EIMS: return w->eims;
    case IGB_R_EIAC: return w->eiac;
    case IGB_R_EIAM: return w->eiam;
    case IGB_R_VTCTRL: return 0;
    default: break;
    }
    if (row->owner == OWN_stats && row->access == ACC_RC) w->regs[reg + k] = 0;
    return v;
}

static void vf_reset(dev_world_t *w, unsigned n)
{
    const uint32_t own = 7u << igb_first_vector(n);

    w->eicr &= ~own, w->eims &= ~own, w->eiac &= ~own, w->eiam &= ~own;
    w->regs[IGB_R_IVAR + n] = w->regs[IGB_R_VTIVAR_MISC + n] = 0;
    for (unsigned q = n; q < IGB_Queues; q += IGB_Pools) {
        static const uint16_t regs[] = {
            IGB_R_RDBAL, IGB_R_RDBAH, IGB_R_RDLEN, IGB_R_RDH, IGB_R_RDT, IGB_R_SRRCTL, IGB_R_RXDCTL,
            IGB_R_TDBAL, IGB_R_TDBAH, IGB_R_TDLEN, IGB_R_TDH, IGB_R_TDT, IGB_R_TXDCTL};
        for (unsigned i = 0; i < sizeof regs / sizeof regs[0]; i++) w->regs[regs[i] + q] = 0;
    }
}

// Only of its own vectors, when a VF writes (mask).
static void write_value(dev_world_t *w, uint16_t reg, unsigned k, uint32_t v, uint32_t mask)
{
    const reg_row_t *row = igb_reg_row(reg);

    switch (reg) {
    case IGB_R_ICS: dev_cause(w, v); return;
    case IGB_R_IMS: w->ims |= v; return;
    case IGB_R_IMC: w->ims &= ~v; return;
    case IGB_R_EICS:
        w->eicr |= v & EICR_ALL;
        w->eims |= v & w->eiam;
        return;
    case IGB_R_EICR: w->eicr &= ~v; return;
    case IGB_R_EIMS: w->eims |= v & EICR_ALL; return;
    case IGB_R_EIMC: w->eims &= ~v; return;
    case IGB_R_EIAC: w->eiac = (w->eiac & ~mask) | v; return;
    case IGB_R_EIAM: w->eiam = (w->eiam & ~mask) | v; return;
    case IGB_R_VTCTRL:
        if (v & FMASK(IGB_VTCTRL_RST)) vf_reset(w, k);
        return;
    case IGB_R_RDH:
    case IGB_R_TDH:
    case IGB_R_RDT:
    case IGB_R_TDT: w->regs[reg + k] = v; return;
    case IGB_R_EITR: v &= ~FMASK(IGB_EITR_CNT_IGNR); break;
    default: break;
    }
    if (row->owner != OWN_mailbox) w->regs[reg + k] = v & row->wmask;
}

static uint32_t relative(uint32_t v, unsigned first, bool write)
{
    uint32_t r = 0;

    for (unsigned i = 0; i < 32; i += 8) {
        const uint32_t b = v >> i & 0xFF;
        if (b & 0x80) r |= ((write ? (b & 3) + first : (b & 0x1F) - first) | 0x80) << i;
    }
    return r;
}

static uint32_t access(os_dev_t *d, bool write, uint32_t off, uint32_t value)
{
    dev_world_t *w = d->w;
    const bool pf = d->func == DEV_PF;
    const igb_at_t at = pf ? igb_reg_at(off) : igb_vreg_at(d->func, off);
    const unsigned first = pf ? 0 : igb_first_vector(d->func);

    CHECK(at.valid, "function %u has no register at %05X", d->func, off);
    CHECK(pf || w->there >> d->func & 1, "VF %u is not there", d->func);
    dev_access_t e = {.op = write ? 'W' : 'R',
                      .func = (uint8_t)d->func,
                      .reg = at.reg,
                      .element = at.element,
                      .off = off,
                      .value = value};
    csr_t csr = {.valid = true, .write = write, .id = at.reg, .index = at.element, .wdata = value};
    const bool chip =
        pf && (at.reg == IGB_R_CTRL || at.reg == IGB_R_CTRL_EXT || at.reg == IGB_R_STATUS ||
               at.reg == IGB_R_EECD || at.reg == IGB_R_FWSM);
    if (pf && chip_access(&w->chip, write, off, &value)) {
        e.quiet = !chip;
        if (!write) e.value = value;
        if (at.reg == IGB_R_EERD && write)
            dev_note(w, &(dev_access_t){.op = 'E', .func = DEV_PF, .off = value >> 2});
    } else if (write) {
        const bool vectors = !pf && at.kind == VREG_VECTOR, ivars = !pf && at.kind == VREG_IVAR;
        write_value(w, at.reg, at.element,
                    vectors ? (value & 7) << first
                    : ivars ? relative(value, first, true)
                            : value,
                    vectors ? 7u << first : EICR_ALL);
    } else if (!pf && at.reg == IGB_R_STATUS) {
        (void)chip_access(&w->chip, false, IGB_STATUS, &value);
    } else {
        value = read_value(w, at.reg, at.element);
        if (!pf && at.kind == VREG_VECTOR) value = value >> first & 7;
        if (!pf && at.kind == VREG_IVAR) value = relative(value, first, false);
    }
    dev_note(w, &e);
    tick(w, csr, 0);
    return value;
}

uint32_t os_rd32(os_dev_t *d, uint32_t off)
{
    return access(d, false, off, 0);
}

void os_wr32(os_dev_t *d, uint32_t off, uint32_t value)
{
    (void)access(d, true, off, value);
}

// ---- configuration space ------------------------------------------------------------------------

uint32_t os_cfg_rd32(os_dev_t *d, uint32_t off)
{
    return d->func == DEV_PF ? d->w->cfg[off / 4] : d->w->vcfg[d->func];
}

void os_cfg_wr32(os_dev_t *d, uint32_t off, uint32_t value)
{
    dev_world_t *w = d->w;

    dev_note(w, &(dev_access_t){.op = 'C', .func = (uint8_t)d->func, .off = off, .value = value});
    if (d->func != DEV_PF) {
        w->vcfg[d->func] = value;
        return;
    }
    w->cfg[off / 4] = value;
    if (off != IGB_CFG_SRIOV_CTL) return;
    const uint8_t was = w->there;
    const unsigned n = FGET(IGB_CFG_SRIOV_NUM_NUM_VFS, w->cfg[IGB_CFG_SRIOV_NUM / 4]);
    w->there = value & FMASK(IGB_CFG_SRIOV_CTL_VFE) ? (uint8_t)((1u << n) - 1) : 0;
    for (unsigned i = 0; i < IGB_Vfs; i++)
        if ((was ^ w->there) >> i & 1) vf_reset(w, i);
    tick(w, (csr_t){0}, (uint8_t)(w->there & ~was));
}

// ---- frames -------------------------------------------------------------------------------------

void dev_link(dev_world_t *w, bool up)
{
    chip_link(&w->chip, up);
    dev_cause(w, FMASK(IGB_ICR_LSC));
}

uint32_t dev_reg(const dev_world_t *w, uint16_t reg, unsigned element)
{
    return w->regs[reg + element];
}

static uint64_t *descriptor(const dev_world_t *w, uint16_t low, uint16_t high, unsigned q,
                            uint32_t i)
{
    const uint64_t at = (uint64_t)w->regs[high + q] << 32 | w->regs[low + q];

    return (uint64_t *)(uintptr_t)(at - DEV_DMA_OFFSET + 16u * i);
}

bool dev_rx(dev_world_t *w, unsigned q, uint32_t len, uint32_t status, uint32_t errors,
            uint16_t vlan)
{
    uint32_t *head = &w->regs[IGB_R_RDH + q], n = w->regs[IGB_R_RDLEN + q] / 16;

    if (!(w->regs[IGB_R_RCTL] & FMASK(IGB_RCTL_EN)) ||
        !(w->regs[IGB_R_RXDCTL + q] & FMASK(IGB_RXDCTL_ENABLE)) ||
        *head == w->regs[IGB_R_RDT + q]) {
        w->rx_lost++;
        w->regs[IGB_R_RQDPC + q]++;
        return false;
    }
    uint64_t *desc = descriptor(w, IGB_R_RDBAL, IGB_R_RDBAH, q, *head);
    CHECK(desc[0] && !desc[1], "descriptor %u of queue %u is not a fresh one", *head, q);
    const uint32_t seq = w->rx_seq++;
    memcpy((void *)(uintptr_t)(desc[0] - DEV_DMA_OFFSET), &seq, sizeof seq);
    desc[0] = 0;
    desc[1] = 1 | status | (uint64_t)errors << 20 | (uint64_t)len << 32 | (uint64_t)vlan << 48;
    *head = (*head + 1) % n;
    queue_event(w, q, false);
    return true;
}

void dev_tx_some(dev_world_t *w, unsigned q, unsigned limit)
{
    uint32_t *head = &w->regs[IGB_R_TDH + q], n = w->regs[IGB_R_TDLEN + q] / 16;

    if (!(w->regs[IGB_R_TXDCTL + q] & FMASK(IGB_TXDCTL_ENABLE))) return;
    while (*head != w->regs[IGB_R_TDT + q] && limit-- > 0) {
        uint64_t *desc = descriptor(w, IGB_R_TDBAL, IGB_R_TDBAH, q, *head);
        const unsigned i = w->tx_descs++ % DEV_TX;
        memcpy(w->tx[i].word, desc, 16);
        w->tx[i].queue = (uint8_t)q;
        *head = (*head + 1) % n;
        if (!(desc[1] >> 27 & 1)) continue;
        desc[1] |= 1ull << 32;
        queue_event(w, q, true);
    }
}

void dev_tx(dev_world_t *w, unsigned q)
{
    dev_tx_some(w, q, UINT32_MAX);
}

// ---- begin and end ------------------------------------------------------------------------------

dev_world_t *dev_create(void)
{
    dev_world_t *w = calloc(1, sizeof *w);

    CHECK(w, "no memory");
    w->now_ns = DEV_SEC;
    w->cyc = 1000;
    chip_init(&w->chip, reset, w);
    w->chip.phy_access = phy_access;
    for (unsigned i = 0; i < igb_cfg_row_count; i++)
        w->cfg[igb_cfg_rows[i].off / 4] = igb_cfg_rows[i].reset;
    for (unsigned i = 0; i < DEV_FUNCTIONS; i++) {
        w->dev[i].w = w;
        w->dev[i].func = i;
    }
    dev_reset_registers(w);
    mailbox_reset(&w->mailbox, true);
    return w;
}
