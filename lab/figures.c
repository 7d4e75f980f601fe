// SPDX-License-Identifier: Apache-2.0
// Derived figures, in integers so that they are the same text on every machine.
#include "lab/result.h"

#include "rtl/defs.h"

#include <string.h>

__extension__ typedef unsigned __int128 figures_u128_t;

#define FIGURES_S_NS 1000000000u

uint64_t figures_scale(uint64_t value, uint64_t num, uint64_t den)
{
    if (den == 0) return 0;
    figures_u128_t q = (figures_u128_t)value * num / den;
    return q > UINT64_MAX ? UINT64_MAX : (uint64_t)q;
}

// `amount` per second over ns, in thousandths.
static uint64_t figures_rate_milli(uint64_t amount, uint64_t ns)
{
    return figures_scale(amount, (uint64_t)FIGURES_S_NS * 1000, ns);
}

static uint64_t figures_mbps_milli(uint64_t bytes, uint64_t ns)
{
    // bytes * 8 bits / (ns / 1e9 s) / 1e6, in thousandths
    return figures_scale(bytes, 8000000, ns);
}

static uint64_t figures_span_ns(uint64_t from_cyc, uint64_t to_cyc)
{
    return to_cyc >= from_cyc ? (to_cyc - from_cyc + 1) * CYC_NS : 0;
}

uint64_t figures_itr_ns(uint32_t units)
{
    return (uint64_t)units * NIC_ItrUnitCyc * CYC_NS;
}

uint64_t figures_timer_ns(uint32_t units)
{
    return (uint64_t)units * NIC_TimerUnitCyc * CYC_NS;
}

void figures_compute(const run_result_t *r, figures_t *f)
{
    memset(f, 0, sizeof *f);
    for (const drop_row_t *d = drop_rows; d->key; d++) f->dropped += drop_count(r, d);
    f->loss_ppm = figures_scale(f->dropped, 1000000, r->offered);
    if (r->offered) f->offered_ns = figures_span_ns(r->first_cyc, r->last_cyc);
    if (r->delivered) f->delivered_ns = figures_span_ns(r->first_cyc, r->last_delivery_cyc);
    f->traffic_ns = f->offered_ns > f->delivered_ns ? f->offered_ns : f->delivered_ns;
    f->simulated_ns = r->cycles * CYC_NS;
    f->offered_mbps_milli = figures_mbps_milli(r->offered_bytes, f->offered_ns);
    f->offered_pps_milli = figures_rate_milli(r->offered, f->offered_ns);
    f->delivered_mbps_milli = figures_mbps_milli(r->delivered_bytes, f->delivered_ns);
    f->delivered_pps_milli = figures_rate_milli(r->delivered, f->delivered_ns);
    f->irq_per_s_milli = figures_rate_milli(r->irq_asserted, f->traffic_ns);
    f->irq_mean_gap_ns_milli = figures_scale(r->irq_gap_sum_ns, 1000, r->irq_gaps);
    f->packets_per_irq_milli = figures_scale(r->poll_packets, 1000, r->irq_asserted);
    f->packets_per_poll_milli = figures_scale(r->poll_packets, 1000, r->polls);
    if (r->wall_s > 0) {
        double times = (double)f->simulated_ns / 1e9 / r->wall_s * 1000;
        f->realtime_milli = times < 1e15 ? (uint64_t)times : (uint64_t)1e15;
    }
}

// ---- names -------------------------------------------------------------------------------------

#define DROP(name)                                                                                 \
    {                                                                                              \
#name, offsetof(run_result_t, drops.name)                                                  \
    }
const drop_row_t drop_rows[] = {DROP(bad_fcs),
                                DROP(oversize),
                                DROP(undersize),
                                DROP(filtered),
                                DROP(fifo_overflow),
                                DROP(no_descriptor),
                                DROP(backend_queue),
                                DROP(socket_buffer),
                                DROP(iommu_fault),
                                DROP(in_flight_at_end),
                                {NULL, 0}};

uint64_t drop_count(const run_result_t *r, const drop_row_t *row)
{
    uint64_t v;
    memcpy(&v, (const char *)r + row->offset, sizeof v);
    return v;
}

const char *cause_name(unsigned bit)
{
    for (unsigned i = 0; i < fld_row_count; i++) {
        if (fld_rows[i].lsb == bit && strcmp(fld_rows[i].reg, "ICR") == 0) return fld_rows[i].name;
    }
    return NULL;
}
