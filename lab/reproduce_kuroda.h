// SPDX-License-Identifier: Apache-2.0
// Between the files of the thesis' reproduction: which run is where.
#ifndef MODERATO_REPRODUCE_KURODA_H
#define MODERATO_REPRODUCE_KURODA_H

#include "lab/reproduce.h"

#include <stddef.h>

enum { KURODA_BUDGETS = 4, KURODA_RATES = 10, KURODA_A_BUDGETS = 20 };
// VirtualBox without affinity, and with; Xen; VMware: both with.
enum kuroda_exp { KURODA_B, KURODA_C, KURODA_D, KURODA_E, KURODA_EXPS };
enum kuroda_hv { KURODA_VB, KURODA_XEN, KURODA_VMW, KURODA_HVS };

extern const unsigned kuroda_budgets[KURODA_BUDGETS]; // 1, 2, 60, 200

typedef struct kuroda {
    const repro_t *r;
    unsigned grid[KURODA_EXPS]; // first point: budgets by rates
    unsigned tcp, small, large; // experiment A: by budget
    unsigned loose[KURODA_HVS],
        poor[KURODA_HVS]; // budget 60 by rate: no affinity; nor a large buffer
    unsigned native;      // budgets 1 and 64 by rate
} kuroda_t;

// Of the budget with that index, at that rate in Mbit/s.
static inline const repro_outcome_t *kuroda_at(const kuroda_t *k, enum kuroda_exp e, unsigned b,
                                               unsigned mbps)
{
    return &k->r->point[k->grid[e] + b * KURODA_RATES + mbps / 100 - 1].o;
}

static inline double kuroda_goodput(const repro_outcome_t *o)
{
    return o->goodput_mbps;
}
static inline double kuroda_driver(const repro_outcome_t *o)
{
    return o->driver_mbps;
}
static inline double kuroda_cpu(const repro_outcome_t *o)
{
    return o->cpu_all;
}
// Of Xen, as xentop has it: the domain alone, and a vCPU is blocked while qemu-dm, in Dom0, serves its access.
static inline double kuroda_domain_cpu(const repro_outcome_t *o)
{
    return o->cpu_xentop;
}
static inline double kuroda_softirq(const repro_outcome_t *o)
{
    return o->softirq[0] + o->ksoftirqd[0];
}
static inline double kuroda_irqs(const repro_outcome_t *o)
{
    return o->irqs;
}
// Lost of what was offered, anywhere; only at the socket.
static inline double kuroda_loss(const repro_outcome_t *o)
{
    return o->offered ? 1 - (double)o->delivered / (double)o->offered : 0;
}
static inline double kuroda_app_loss(const repro_outcome_t *o)
{
    return o->offered ? (double)o->socket_drops / (double)o->offered : 0;
}

void kuroda_claims(repro_t *r, const kuroda_t *k);
// "Tabela 4.27", cell by cell.
void kuroda_table(repro_t *r, const kuroda_t *k);

#endif
