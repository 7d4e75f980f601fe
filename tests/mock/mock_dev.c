// SPDX-License-Identifier: Apache-2.0
// The device of the mock: registers with side effects, EEPROM, PHY, one frame at a time.
#include "tests/mock/mock_os.h"
#include "tests/mock/mock_priv.h"

#include <stdlib.h>
#include <string.h>

void mock_note(os_dev_t *d, char op, uint32_t off, uint32_t value, bool quiet)
{
    if (d->log_n == d->log_cap) {
        d->log_cap = d->log_cap ? 2 * d->log_cap : 4096;
        d->log = realloc(d->log, d->log_cap * sizeof *d->log);
        if (!d->log) abort();
    }
    d->log[d->log_n++] = (mock_access_t){.op = op, .off = off, .value = value, .quiet = quiet};
}

const reg_row_t *mock_row(uint32_t off, uint32_t *index)
{
    for (unsigned i = 0; i < reg_row_count; i++) {
        const reg_row_t *r = &reg_rows[i];
        uint32_t k = r->stride ? (off - r->off) / r->stride : 0;
        if (off >= r->off && k < r->count && r->off + k * r->stride == off) {
            *index = k;
            return r;
        }
    }
    return NULL;
}

static uint32_t *reg(os_dev_t *d, uint32_t off)
{
    if (off % 4 || off >= sizeof d->regs) abort();
    return &d->regs[off / 4];
}

static void reset(os_dev_t *d)
{
    for (uint32_t off = 0; off < sizeof d->regs; off += 4) {
        uint32_t index;
        const reg_row_t *r = mock_row(off, &index);
        if (r && !r->keep) *reg(d, off) = r->reset;
        if (off >= 0x10000) break;
    }
    d->icr = d->ims = 0;
    d->resets++;
}

// Microwire: only rising edges of SK seen with CS already high count.
static void eecd_write(os_dev_t *d, uint32_t v)
{
    uint32_t was = d->eecd;
    bool cs_was = was & FMASK(E1000_EECD_CS), cs = v & FMASK(E1000_EECD_CS);
    bool rise = (v & ~was) & FMASK(E1000_EECD_SK);
    unsigned dout = FGET(E1000_EECD_DO, was);

    if (cs && !cs_was) {
        memset(&d->ee, 0, sizeof d->ee);
        dout = 1;
    } else if (cs && rise && !d->ee.reading) {
        d->ee.shift = d->ee.shift << 1 | FGET(E1000_EECD_DI, v);
        if (++d->ee.bits == 9 && d->ee.shift >> 6 == 6) {
            d->ee.reading = true;
            dout = 0;
            mock_note(d, 'E', d->ee.shift & 63, d->eeprom[d->ee.shift & 63], false);
        }
    } else if (cs && rise) {
        dout = d->eeprom[d->ee.shift & 63] >> (15 - (d->ee.out++ & 15)) & 1;
    }
    d->eecd = (v & 0x77) | FPUT(E1000_EECD_DO, dout) | FMASK(E1000_EECD_PRES);
    if ((v & FMASK(E1000_EECD_REQ)) && !d->no_gnt) d->eecd |= FMASK(E1000_EECD_GNT);
}

static void phy_update(os_dev_t *d)
{
    d->phy_link = d->cable && !(d->phy[0] & 0x0800);
    d->phy[1] = d->phy_link ? 0x796D : 0x7949;
    d->phy[5] = d->phy_link ? 0x45E1 : 0;
}

static void mdic_write(os_dev_t *d, uint32_t v)
{
    unsigned n = FGET(E1000_MDIC_REGADD, v);

    if (FGET(E1000_MDIC_OP, v) == 1) {
        d->phy[n] = (uint16_t)v;
        if (n == 0) d->phy[0] &= 0x7DFF; // reset and restart clear themselves
        phy_update(d);
        mock_note(d, 'M', n, v & 0xFFFF, false);
    } else {
        v = (v & 0xFFFF0000) | d->phy[n];
        mock_note(d, 'm', n, d->phy[n], false);
    }
    if (d->mdic_error) v |= FMASK(E1000_MDIC_E);
    *reg(d, E1000_MDIC) = v | (d->mdic_dead ? 0 : FMASK(E1000_MDIC_R));
}

static uint32_t status(const os_dev_t *d)
{
    uint32_t v = d->tbi ? FMASK(E1000_STATUS_TBIMODE) : 0;

    if (d->txoff) v |= FMASK(E1000_STATUS_TXOFF);
    if (d->phy_link && (d->regs[E1000_CTRL / 4] & FMASK(E1000_CTRL_SLU)))
        v |= FMASK(E1000_STATUS_LU) | FMASK(E1000_STATUS_FD) | FPUT(E1000_STATUS_SPEED, 2);
    return v;
}

static void poke(os_dev_t *d, uint32_t off, uint32_t v)
{
    switch (off) {
    case E1000_CTRL:
    case E1000_CTRL_DUP:
        if (v & FMASK(E1000_CTRL_RST)) reset(d);
        else *reg(d, E1000_CTRL) = v;
        break;
    case E1000_EECD: eecd_write(d, v); break;
    case E1000_MDIC: mdic_write(d, v); break;
    case E1000_IMS: d->ims |= v; break;
    case E1000_IMC: d->ims &= ~v; break;
    case E1000_ICS: d->icr |= v; break;
    default: *reg(d, off) = v;
    }
}

static bool in_transaction(const os_dev_t *d, uint32_t off)
{
    return off == E1000_MDIC || off == E1000_EECD || (d->eecd & FMASK(E1000_EECD_REQ));
}

uint32_t os_rd32(os_dev_t *d, uint32_t off)
{
    uint32_t v, index;
    const reg_row_t *r = mock_row(off, &index);

    switch (off) {
    case E1000_STATUS: v = status(d); break;
    case E1000_EECD: v = d->eecd; break;
    case E1000_ICR:
        v = d->icr;
        d->icr = 0;
        break;
    case E1000_IMS: v = d->ims; break;
    default:
        v = *reg(d, off);
        if (r && r->owner == OWN_stats) *reg(d, off) = 0;
    }
    mock_note(d, 'R', off, v, in_transaction(d, off));
    return v;
}

void os_wr32(os_dev_t *d, uint32_t off, uint32_t value)
{
    mock_note(d, 'W', off, value, in_transaction(d, off));
    poke(d, off, value);
}

uint32_t os_io_rd32(os_dev_t *d, uint32_t off)
{
    uint32_t v = off == 0 ? d->ioaddr : *reg(d, d->ioaddr);
    mock_note(d, 'r', off, v, false);
    return v;
}

void os_io_wr32(os_dev_t *d, uint32_t off, uint32_t value)
{
    mock_note(d, 'w', off, value, false);
    if (off == 0) d->ioaddr = value;
    else poke(d, d->ioaddr, value);
}

void mock_eeprom_seal(os_dev_t *d)
{
    unsigned sum = 0;

    for (unsigned i = 0; i < 63; i++) sum += d->eeprom[i];
    d->eeprom[63] = (uint16_t)(0xBABA - sum);
}

void mock_link(os_dev_t *d, bool up)
{
    d->cable = up;
    phy_update(d);
    d->icr |= FMASK(E1000_ICR_LSC);
}

os_dev_t *mock_create(const os_driver_t *drv, uint32_t id)
{
    static const struct {
        uint8_t at;
        uint16_t v;
    } ee[] = {{0x00, 0x0002}, {0x02, 0x0100}, {0x04, 0xFFFF}, {0x0A, 0x6C0A},
              {0x0B, 0x001E}, {0x0C, 0x8086}, {0x0D, 0x100E}, {0x0E, 0x8086},
              {0x0F, 0x3040}, {0x21, 0x7061}, {0x22, 0x280B}, {0x2F, 0x0602}};
    os_dev_t *d = calloc(1, sizeof *d);

    if (!d) abort();
    d->drv = drv;
    d->cfg[0] = id << 16 | id >> 16;
    d->cable = true;
    d->eecd = FPUT(E1000_EECD_FWE, 1) | FMASK(E1000_EECD_PRES);
    for (unsigned i = 0; i < sizeof ee / sizeof ee[0]; i++) d->eeprom[ee[i].at] = ee[i].v;
    mock_eeprom_seal(d);
    d->phy[0] = 0x1140;
    d->phy[2] = 0x0141;
    d->phy[3] = 0x0C20;
    d->phy[4] = 0x01E1;
    d->phy[9] = 0x1E00;
    d->phy[16] = 0x0068;
    d->phy[20] = 0x0D60;
    phy_update(d);
    reset(d);
    d->resets = 0;
    return d;
}

static uint64_t *descriptor(const os_dev_t *d, uint32_t base, uint32_t i)
{
    uint64_t at = (uint64_t)d->regs[(base + 4) / 4] << 32 | d->regs[base / 4];

    return (uint64_t *)(uintptr_t)(at - MOCK_DMA_OFFSET + 16u * i);
}

bool mock_rx(os_dev_t *d, uint32_t len, uint8_t st, uint8_t errors, uint16_t special)
{
    uint32_t *head = reg(d, E1000_RDH), n = *reg(d, E1000_RDLEN) / 16;

    if (!(*reg(d, E1000_RCTL) & FMASK(E1000_RCTL_EN)) || *head == *reg(d, E1000_RDT)) return false;
    uint64_t *desc = descriptor(d, E1000_RDBAL, *head);
    if (!desc[0] || desc[1]) abort(); // not a fresh descriptor
    uint32_t seq = d->rx_seq++;
    memcpy((void *)(uintptr_t)(desc[0] - MOCK_DMA_OFFSET), &seq, sizeof seq);
    desc[1] = len | (uint64_t)st << 32 | (uint64_t)errors << 40 | (uint64_t)special << 48;
    *head = (*head + 1) % n;
    d->icr |= FMASK(E1000_ICR_RXT0);
    return true;
}

void mock_tx(os_dev_t *d)
{
    mock_tx_some(d, UINT32_MAX);
}

void mock_tx_some(os_dev_t *d, unsigned limit)
{
    uint32_t *head = reg(d, E1000_TDH), n = *reg(d, E1000_TDLEN) / 16;

    while (*head != *reg(d, E1000_TDT) && limit-- > 0) {
        uint64_t *desc = descriptor(d, E1000_TDBAL, *head);
        memcpy(d->tx[d->tx_descs++ % MOCK_TX_MAX], desc, 16);
        if (desc[1] >> 27 & 1) desc[1] |= 1ull << 32;
        *head = (*head + 1) % n;
        d->icr |= FMASK(E1000_ICR_TXDW);
    }
}
