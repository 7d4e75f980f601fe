// SPDX-License-Identifier: Apache-2.0
// Registers of the unit, and faults: into registers, or into a log in memory.
#include "hostbridge/iommu_priv.h"

// ---- faults ------------------------------------------------------------------------------------

static bool records_wait(const iommu_t *u)
{
    for (unsigned i = 0; i < u->p.records; i++)
        if (u->record[i][1] & IOMMU_FRCD_F) return true;
    return false;
}

static uint32_t fault_status(const iommu_t *u)
{
    uint32_t v = u->fsts;
    if (records_wait(u)) v |= IOMMU_PPF;
    return v;
}

// Something waits to be served; where the first record is (FRI) stays when it has been.
static bool condition(const iommu_t *u)
{
    return (fault_status(u) & ~(0xFFu << IOMMU_FRI_LSB)) != 0;
}

// The condition was not there before.
static void event(iommu_t *u)
{
    if (u->fectl & IOMMU_FECTL_IM) u->fectl |= IOMMU_FECTL_IP;
    else if (u->on_fault) u->on_fault(u->on_fault_ctx);
}

void iommu_set_status(iommu_t *u, uint32_t bit)
{
    const bool new = !condition(u);
    u->fsts |= bit;
    if (new) event(u);
}

// Where a record goes; NULL: it is lost, and the loss is shown.
static uint64_t *registers_room(iommu_t *u)
{
    if (u->fsts & IOMMU_PFO) return NULL;
    uint64_t *r = u->record[u->record_at];
    if (r[1] & IOMMU_FRCD_F) {
        iommu_set_status(u, IOMMU_PFO);
        return NULL;
    }
    return r;
}

static void record(iommu_t *u, const uint64_t words[2])
{
    const bool first = !condition(u);
    uint64_t *r = registers_room(u);
    if (!r) {
        u->stats.overflowed++;
        return;
    }
    if (!records_wait(u))
        u->fsts = (u->fsts & ~(0xFFu << IOMMU_FRI_LSB)) | u->record_at << IOMMU_FRI_LSB;
    r[0] = words[0];
    r[1] = words[1];
    u->record_at = (u->record_at + 1) % u->p.records;
    u->stats.recorded++;
    if (first) event(u);
}

static void write_log(iommu_t *u, const uint64_t words[2])
{
    uint64_t old[2];
    const uint64_t at = u->log + 16 * (uint64_t)u->log_at;
    if ((u->fsts & IOMMU_AFO) || !iommu_load(u, at, old, 2) || (old[1] & IOMMU_FRCD_F)) {
        u->stats.overflowed++;
        iommu_set_status(u, IOMMU_AFO);
        return;
    }
    const uint64_t out[2] = {htole64(words[0]), htole64(words[1])};
    memcpy(memory_at(u->mem, at, sizeof out), out, sizeof out);
    u->log_at = (u->log_at + 1) % u->log_records;
    u->stats.recorded++;
    iommu_set_status(u, IOMMU_APF);
}

void iommu_fault(iommu_t *u, uint16_t rid, bool read, enum iommu_reason reason, uint64_t addr,
                 bool fpd)
{
    u->stats.faults++;
    u->stats.reason[reason]++;
    if (fpd) {
        u->stats.unrecorded++;
        return;
    }
    const uint64_t words[2] = {addr & ~(uint64_t)(IOMMU_PAGE - 1),
                               IOMMU_FRCD_F | (read ? IOMMU_FRCD_READ : 0) |
                                   (uint64_t)reason << IOMMU_FRCD_REASON_LSB | rid};
    if (u->gsts & IOMMU_EAFL) write_log(u, words);
    else record(u, words);
}

void iommu_on_fault(iommu_t *u, void (*fn)(void *ctx), void *ctx)
{
    u->on_fault = fn;
    u->on_fault_ctx = ctx;
}

// ---- registers ---------------------------------------------------------------------------------

static void command(iommu_t *u, uint32_t v)
{
    const uint32_t levels = IOMMU_TE | IOMMU_QIE | IOMMU_IRE | IOMMU_EAFL | IOMMU_CFI;
    if (v & IOMMU_SRTP) u->root = u->rtaddr & IOMMU_ADDR_MASK;
    if (v & IOMMU_SIRTP) {
        u->irt = u->irta & IOMMU_ADDR_MASK;
        u->irt_entries = 2u << IOMMU_GET(u->irta, 0, 4);
    }
    if (v & IOMMU_SFL) {
        u->log = u->aflog & IOMMU_ADDR_MASK;
        u->log_records = (IOMMU_PAGE / 16) << IOMMU_GET(u->aflog, 9, 3);
        u->log_at = 0;
    }
    if ((v & IOMMU_QIE) && !(u->gsts & IOMMU_QIE)) u->iqh = u->iqt = 0;
    u->gsts = (u->gsts & ~levels) | (v & (levels | IOMMU_SRTP | IOMMU_SIRTP | IOMMU_SFL));
    u->gsts |= v & (IOMMU_SRTP | IOMMU_SIRTP | IOMMU_SFL);
}

static void fault_status_write(iommu_t *u, uint32_t v)
{
    const bool was_stuck = u->fsts & IOMMU_IQE;
    u->fsts &= ~(v & (IOMMU_PFO | IOMMU_AFO | IOMMU_APF | IOMMU_IQE));
    if (was_stuck && !(u->fsts & IOMMU_IQE)) iommu_run_queue(u, u->inv_ps);
}

static void fault_control(iommu_t *u, uint32_t v)
{
    u->fectl = (u->fectl & IOMMU_FECTL_IP) | (v & IOMMU_FECTL_IM);
    if (!condition(u)) u->fectl &= ~IOMMU_FECTL_IP;
    if ((u->fectl & IOMMU_FECTL_IM) || !(u->fectl & IOMMU_FECTL_IP)) return;
    u->fectl &= ~IOMMU_FECTL_IP;
    if (u->on_fault) u->on_fault(u->on_fault_ctx);
}

uint64_t iommu_rd(const iommu_t *u, uint32_t reg)
{
    if (reg >= IOMMU_FRCD && reg < IOMMU_FRCD + 16 * u->p.records)
        return u->record[(reg - IOMMU_FRCD) / 16][(reg >> 3) & 1];
    switch (reg) {
    case IOMMU_CAP: return (uint64_t)(IOMMU_FRCD / 16) << 24 | (uint64_t)(u->p.records - 1) << 40;
    case IOMMU_GSTS: return u->gsts;
    case IOMMU_RTADDR: return u->rtaddr;
    case IOMMU_FSTS: return fault_status(u);
    case IOMMU_FECTL: return condition(u) ? u->fectl : u->fectl & ~IOMMU_FECTL_IP;
    case IOMMU_AFLOG: return u->aflog;
    case IOMMU_IQH: return u->iqh;
    case IOMMU_IQT: return u->iqt;
    case IOMMU_IQA: return u->iqa;
    case IOMMU_ICS: return u->ics;
    case IOMMU_IRTA: return u->irta;
    }
    return 0;
}

void iommu_wr(iommu_t *u, uint64_t now_ps, uint32_t reg, uint64_t v)
{
    if (reg >= IOMMU_FRCD && reg < IOMMU_FRCD + 16 * u->p.records) {
        if (reg & 8) u->record[(reg - IOMMU_FRCD) / 16][1] &= ~(v & IOMMU_FRCD_F);
        return;
    }
    switch (reg) {
    case IOMMU_GCMD: command(u, (uint32_t)v); break;
    case IOMMU_RTADDR: u->rtaddr = v; break;
    case IOMMU_FSTS: fault_status_write(u, (uint32_t)v); break;
    case IOMMU_FECTL: fault_control(u, (uint32_t)v); break;
    case IOMMU_AFLOG: u->aflog = v; break;
    case IOMMU_IQA: u->iqa = v; break;
    case IOMMU_IQT:
        u->iqt = (uint32_t)v;
        iommu_run_queue(u, now_ps);
        break;
    case IOMMU_ICS: u->ics &= ~(uint32_t)v; break;
    case IOMMU_IRTA: u->irta = v; break;
    }
}
