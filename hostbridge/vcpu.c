// SPDX-License-Identifier: Apache-2.0
#include "hostbridge/vcpu.h"

vcpu_params_t vcpu_params_of(const profile_t *p)
{
    const uint64_t *v = p->value;
    return (vcpu_params_t){
        .exit_ps =
            {
#define X(name) [VCPU_EXIT_##name] = v[COST_exit_##name##_ns] * 1000,
                VCPU_EXITS(X)
#undef X
            },
        .wake_ps = v[COST_vcpu_wake_ns] * 1000,
        .posted_ps = v[COST_irq_posted_ns] * 1000,
        .halt_poll_ps = v[COST_halt_poll_ns] * 1000,
    };
}

void vcpu_learn(vcpu_t *v, uint64_t halt_ps)
{
    const uint64_t most_ps = v->p.halt_poll_ps;
    if (most_ps == 0 || halt_ps <= v->poll_ps) return;
    if (halt_ps > most_ps) {
        v->poll_ps = 0;
    } else if (halt_ps < most_ps) {
        v->poll_ps *= VCPU_POLL_GROW;
        if (v->poll_ps < VCPU_POLL_START_PS) v->poll_ps = VCPU_POLL_START_PS;
        if (v->poll_ps > most_ps) v->poll_ps = most_ps;
    }
}

const char *vcpu_exit_name(enum vcpu_exit kind)
{
    static const char *const names[VCPU_EXIT_KINDS] = {
#define X(name) #name,
        VCPU_EXITS(X)
#undef X
    };
    return names[kind];
}

uint64_t vcpu_exits_ps(const vcpu_params_t *p, const uint64_t exits[VCPU_EXIT_KINDS],
                       uint64_t wakeups)
{
    uint64_t ps = wakeups * p->wake_ps;
    for (unsigned k = 0; k < VCPU_EXIT_KINDS; k++) ps += exits[k] * p->exit_ps[k];
    return ps;
}
