// SPDX-License-Identifier: Apache-2.0
#include "hostbridge/tlm/demo_rx.h"

#include <inttypes.h>
#include <libdeflate.h>
#include <string.h>

enum { DD = 1, INT_DELAY = 8 }; // 8 us: an interrupt finds several frames

static void put64(uint8_t *p, uint64_t v)
{
    for (int i = 0; i < 8; i++) p[i] = (uint8_t)(v >> (8 * i));
}

static void refill(demo_rx_t *d, uint32_t i)
{
    uint8_t *desc = d->mem + i * NIC_DescBytes;
    put64(desc, DEMO_BASE + 0x10000 + (uint64_t)i * DEMO_BUFFER);
    put64(desc + 8, 0);
}

bool demo_rx_setup(demo_rx_t *d, unsigned i, nic_access_t *a)
{
    static const struct {
        uint8_t space;
        uint32_t addr, wdata;
    } row[] = {
        {NIC_SPACE_CFG, 4, 0x0006}, // memory, master
        {NIC_SPACE_CFG, 12,
         0}, // cache line; the BAR answers from the second cycle behind its enable on
        {NIC_SPACE_MEM, E1000_CTRL, FMASK(E1000_CTRL_SLU)},
        {NIC_SPACE_MEM, E1000_RDBAL, DEMO_BASE},
        {NIC_SPACE_MEM, E1000_RDBAH, 0},
        {NIC_SPACE_MEM, E1000_RDLEN, DEMO_RING * NIC_DescBytes},
        {NIC_SPACE_MEM, E1000_RDTR, INT_DELAY},
        {NIC_SPACE_MEM, E1000_RADV, 4 * INT_DELAY},
        {NIC_SPACE_MEM, E1000_RCTL,
         FMASK(E1000_RCTL_EN) | FMASK(E1000_RCTL_UPE) | FMASK(E1000_RCTL_MPE) |
             FMASK(E1000_RCTL_BAM) | FMASK(E1000_RCTL_SECRC)},
        {NIC_SPACE_MEM, E1000_RDT, DEMO_RING - 1},
        {NIC_SPACE_MEM, E1000_IMS, FMASK(E1000_ICR_RXT0)},
    };
    if (i >= sizeof row / sizeof row[0]) return false;
    if (i == 0)
        for (uint32_t k = 0; k < DEMO_RING; k++) refill(d, k);
    *a = (nic_access_t){.write = true,
                        .space = row[i].space,
                        .be = 0xF,
                        .addr = row[i].addr,
                        .wdata = row[i].wdata};
    return true;
}

nic_access_t demo_rx_icr(void)
{
    return (nic_access_t){.space = NIC_SPACE_MEM, .be = 0xF, .addr = E1000_ICR};
}

bool demo_rx_clean(demo_rx_t *d, uint64_t cyc, uint32_t icr, nic_access_t *a)
{
    uint32_t n = 0;
    d->interrupts++;
    for (; d->mem[d->next * NIC_DescBytes + 12] & DD; n++) {
        const uint8_t *desc = d->mem + d->next * NIC_DescBytes;
        const uint32_t len = desc[8] | (uint32_t)desc[9] << 8;
        const uint8_t *data = d->mem + 0x10000 + d->next * DEMO_BUFFER;
        d->frames++;
        d->bytes += len;
        fprintf(d->log, "%" PRIu64 " frame %u bytes %08" PRIx32 "\n", cyc, (unsigned)len,
                (uint32_t)libdeflate_crc32(0, data, len));
        refill(d, d->next);
        d->next = (d->next + 1) % DEMO_RING;
    }
    fprintf(d->log, "%" PRIu64 " handler icr %08" PRIx32 " frames %u\n", cyc, icr, (unsigned)n);
    *a = (nic_access_t){.write = true,
                        .space = NIC_SPACE_MEM,
                        .be = 0xF,
                        .addr = E1000_RDT,
                        .wdata = (d->next + DEMO_RING - 1) % DEMO_RING};
    return n != 0;
}

const uint8_t *demo_rx_frame(demo_rx_t *d, uint64_t *first_cyc, uint32_t *len, bool *fcs_good,
                             char err[TRACE_ERR_LEN])
{
    trace_frame_t f;
    err[0] = 0;
    if (trace_next(d->trace, &f, err) != 1) return NULL;
    uint8_t *to = d->frame[d->sent++ % 2];
    memcpy(to, f.data, f.len);
    uint32_t fcs = libdeflate_crc32(0, f.data, f.len);
    if (f.bad_fcs) fcs ^= 1;
    memcpy(to + f.len, &fcs, sizeof fcs);
    *first_cyc = DEMO_START + f.at_cyc + (f.at_ps != 0);
    if (*first_cyc < d->wire_free) *first_cyc = d->wire_free; // 1 Gb/s, gap of 12 bytes
    *len = f.len + NIC_FcsBytes;
    d->wire_free = *first_cyc + NIC_PreambleBytes + *len + 12;
    *fcs_good = !f.bad_fcs;
    return to;
}

bool demo_rx_dma(demo_rx_t *d, bool write, uint64_t addr, uint8_t *data, uint32_t len)
{
    if (addr < DEMO_BASE || addr - DEMO_BASE > DEMO_BYTES - len) return false;
    uint8_t *at = d->mem + (addr - DEMO_BASE);
    memcpy(write ? at : data, write ? data : at, len);
    return true;
}

// ---- the log ----

void demo_log_access(demo_rx_t *d, uint64_t cyc, const nic_access_t *a)
{
    fprintf(d->log, "%" PRIu64 " %s space %u %05" PRIx32 " %08" PRIx32 "\n", cyc,
            a->write ? "write" : "read", a->space, a->addr, a->wdata);
}

void demo_log_reply(demo_rx_t *d, uint64_t cyc, uint32_t data)
{
    fprintf(d->log, "%" PRIu64 " reply %08" PRIx32 "\n", cyc, data);
}

void demo_log_intx(demo_rx_t *d, uint64_t cyc, bool level)
{
    fprintf(d->log, "%" PRIu64 " intx %d\n", cyc, level);
}

void demo_log_dma(demo_rx_t *d, uint64_t end_cyc, bool write, uint64_t addr, const uint8_t *data,
                  uint32_t len)
{
    fprintf(d->log, "%" PRIu64 " dma %s %08" PRIx64 " %u bytes %08" PRIx32 "\n", end_cyc,
            write ? "write" : "read", addr, (unsigned)len,
            (uint32_t)libdeflate_crc32(0, data, len));
}
