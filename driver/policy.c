// SPDX-License-Identifier: Apache-2.0
#include "driver/policy.h"

int policy_check(const os_policy_t *set)
{
    if (set->kind > OS_POLICY_HYBRID) return -EINVAL;
    if (set->kind == OS_POLICY_HYBRID && set->hybrid_down_pps >= set->hybrid_up_pps) return -EINVAL;
    return 0;
}

void policy_set(policy_t *p, const os_policy_t *set)
{
    p->set = set ? *set : (os_policy_t){.kind = OS_POLICY_NONE};
    p->seen = (dim_sample_t){0};
    p->stats.level = 0;
    dim_start(&p->dim, p->set.dim_cqe ? DIM_CQE : DIM_EQE);
    hybrid_start(&p->hybrid, p->set.hybrid_up_pps, p->set.hybrid_down_pps);
    if (p->set.kind == OS_POLICY_DIM) p->stats.level = p->dim.profile;
}

bool policy_first_usecs(const os_policy_t *set, uint32_t *usecs)
{
    if (set->kind != OS_POLICY_DIM) return false;
    *usecs = dim_profile(set->dim_cqe ? DIM_CQE : DIM_EQE, DIM_START).usecs;
    return true;
}

bool policy_took(policy_t *p, uint64_t now_ns, int packets)
{
    if (p->set.kind != OS_POLICY_HYBRID) return false;
    const uint64_t windows = p->hybrid.windows;
    const bool changed = hybrid_count(&p->hybrid, now_ns, (uint32_t)packets);
    if (p->hybrid.windows != windows) policy_decided(p, p->hybrid.mode);
    return changed;
}

bool policy_polled(policy_t *p, uint64_t now_ns, uint32_t packets, uint32_t bytes, uint32_t *usecs)
{
    if (p->set.kind != OS_POLICY_DIM) return false;
    p->seen.time_us = now_ns / 1000;
    p->seen.packets += packets;
    p->seen.bytes += bytes;
    const uint64_t decisions = p->dim.decisions;
    const bool changed = dim_sample(&p->dim, &p->seen);
    if (p->dim.decisions != decisions) policy_decided(p, p->dim.profile);
    if (changed) *usecs = dim_profile(p->dim.mode, p->dim.profile).usecs;
    return changed;
}

void policy_decided(policy_t *p, uint32_t level)
{
    p->stats.passes[level]++;
    p->stats.changes += level != p->stats.level;
    p->stats.level = level;
}

void policy_add(os_policy_stats_t *to, const policy_t *p)
{
    for (unsigned i = 0; i < OS_POLICY_LEVELS; i++) to->passes[i] += p->stats.passes[i];
    to->changes += p->stats.changes;
}
