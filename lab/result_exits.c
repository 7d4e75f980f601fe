// SPDX-License-Identifier: Apache-2.0
// Exits of guests in results.
#include "lab/number.h"
#include "lab/result.h"

uint64_t result_exits(const run_result_t *r)
{
    uint64_t total = 0;
    for (unsigned k = 0; k < VCPU_EXIT_KINDS; k++) total += r->exits[k];
    return total;
}

json_t *result_exits_json(const uint64_t exits[VCPU_EXIT_KINDS], uint64_t wakeups,
                          const vcpu_polls_t *polls)
{
    json_t *o = json_object();
    uint64_t total = 0;
    for (unsigned k = 0; k < VCPU_EXIT_KINDS; k++) total += exits[k];
    json_object_set_new(o, "total", json_integer((json_int_t)total));
    for (unsigned k = 0; k < VCPU_EXIT_KINDS; k++)
        json_object_set_new(o, vcpu_exit_name((enum vcpu_exit)k),
                            json_integer((json_int_t)exits[k]));
    json_object_set_new(o, "wakeups", json_integer((json_int_t)wakeups));
    json_object_set_new(o, "halt_attempted_poll", json_integer((json_int_t)polls->attempted));
    json_object_set_new(o, "halt_successful_poll", json_integer((json_int_t)polls->successful));
    json_object_set_new(o, "halt_poll_ps", json_integer((json_int_t)polls->ps));
    return o;
}

void result_exits_table(FILE *f, const run_result_t *r)
{
    static const char *const text[VCPU_EXIT_KINDS] = {[VCPU_EXIT_mmio_read] = "register read",
                                                      [VCPU_EXIT_mmio_write] = "register write",
                                                      [VCPU_EXIT_mmio_tail] =
                                                          "descriptor tail write",
                                                      [VCPU_EXIT_kick] = "virtqueue notification",
                                                      [VCPU_EXIT_hypercall] = "hypercall",
                                                      [VCPU_EXIT_interrupt] = "external interrupt",
                                                      [VCPU_EXIT_irq_window] = "interrupt window",
                                                      [VCPU_EXIT_eoi] = "EOI",
                                                      [VCPU_EXIT_hlt] = "HLT",
                                                      [VCPU_EXIT_ipi] = "IPI"};
    if (!r->guests) return;
    char number[NUMBER_LEN];
    const uint64_t total = result_exits(r);
    fprintf(f, "\nexits of guests\n");
    for (unsigned k = 0; k < VCPU_EXIT_KINDS; k++) {
        if (r->exits[k] == 0) continue;
        number_group(number, r->exits[k], 0);
        fprintf(f, "  %-26s %15s\n", text[k], number);
    }
    number_group(number, total, 0);
    fprintf(f, "  %-26s %15s", "all", number);
    if (r->delivered) {
        number_group(number, figures_scale(total, 1000, r->delivered), 3);
        fprintf(f, "  %s a delivered packet", number);
    }
    putc('\n', f);
    if (r->vcpu_wakeups) {
        number_group(number, r->vcpu_wakeups, 0);
        fprintf(f, "  %-26s %15s\n", "halted vCPUs woken", number);
    }
    uint64_t poll_ps = 0;
    for (unsigned c = 0; c < r->cores; c++) poll_ps += r->cpu[c].idle_poll_ps;
    if (poll_ps) {
        number_group(number, poll_ps / 1000000, 3);
        fprintf(f, "  %-26s %15s  ms of idle vCPUs, which keep their processors\n", "idle=poll",
                number);
    }
    if (r->vcpu_polls.attempted == 0) return;
    number_group(number, r->vcpu_polls.attempted, 0);
    fprintf(f, "  %-26s %15s", "halts polled for", number);
    number_group(number, r->vcpu_polls.successful, 0);
    fprintf(f, "  %s with success", number);
    number_group(number, r->vcpu_polls.ps / 1000000, 3);
    fprintf(f, ", %s ms\n", number);
}
