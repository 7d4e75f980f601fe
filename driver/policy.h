// SPDX-License-Identifier: Apache-2.0
// What a vector does for its moderation policy, and what it has decided; the same in all drivers.
#ifndef MODERATO_POLICY_H
#define MODERATO_POLICY_H

#include "driver/dim.h"
#include "driver/hybrid.h"
#include "driver/os.h"

#define POLICY_BATCH 64 // packets the handler takes before the rate is looked at (hybrid)

typedef struct policy {
    os_policy_t set;
    dim_t dim;
    hybrid_t hybrid;
    dim_sample_t seen; // since policy_set
    os_policy_stats_t stats;
} policy_t;

// 0 or -EINVAL.
int policy_check(const os_policy_t *set);
// Takes a policy, or none (NULL). Counters go on.
void policy_set(policy_t *p, const os_policy_t *set);
// The interval to begin with; false: the policy has none.
bool policy_first_usecs(const os_policy_t *set, uint32_t *usecs);

// An interrupt that is going to be served.
static inline void policy_event(policy_t *p)
{
    p->seen.events++;
}
// Hybrid: its handler takes the packets.
static inline bool policy_at_once(const policy_t *p)
{
    return p->set.kind == OS_POLICY_HYBRID && p->hybrid.mode == HYBRID_DISABLE_ENABLE;
}
// Hybrid: packets were taken. True: the other mode holds from here on.
bool policy_took(policy_t *p, uint64_t now_ns, int packets);
// DIM, at the end of polling: packets and bytes since the interrupt. True: *usecs is the new
// interval.
bool policy_polled(policy_t *p, uint64_t now_ns, uint32_t packets, uint32_t bytes, uint32_t *usecs);
// A decision that ended in a level: class, profile, mode.
void policy_decided(policy_t *p, uint32_t level);
// Adds the decisions of a vector; the level is that of the first.
void policy_add(os_policy_stats_t *to, const policy_t *p);

#endif
