// SPDX-License-Identifier: Apache-2.0
// The meters of a device with functions: what it tells, and what its drivers hand up, comes from
// here. The frames go where a model says; every copy must be found again in the results.
#include "hostbridge/testbed_priv.h"
#include "rtl/defs_82576.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LEN 60u

typedef struct rig {
    run_config_t cfg;
    run_result_t r;
    testbed_t t;
    nic_host_t dev; // what the device calls
    nic_late_t late;
    wire_client_t wire;                     // what the wire calls
    netstack_params_t stack[RUN_FUNCTIONS]; // what the stacks call
    uint64_t cyc;
    uint8_t frame[LEN + 4];
    uint64_t seq;
    uint32_t reg[0x20000 / 4];
} rig_t;

static uint32_t rig_peek(void *nic, uint32_t off)
{
    return ((rig_t *)nic)->reg[off / 4];
}

static uint64_t rig_work(void *nic)
{
    (void)nic;
    return 0;
}

// MSI-X: of VF n and of the PF vector 1 for receive queues (0 for transmit), interval 10 + function.
static void set_vectors(rig_t *x)
{
    x->reg[IGB_GPIE / 4] = FMASK(IGB_GPIE_MSIX_MODE);
    for (unsigned pool = 0; pool < IGB_Pools; pool++) {
        const unsigned func = pool < x->cfg.vfs ? 1 + pool : 0;
        const unsigned first = func ? IGB_Vectors - IGB_MsixVf * func : 0;
        const uint32_t half = FPUT(IGB_IVAR_RX_LO, first + 1) | FMASK(IGB_IVAR_RX_LO_VALID) |
                              FPUT(IGB_IVAR_TX_LO, first) | FMASK(IGB_IVAR_TX_LO_VALID);
        x->reg[IGB_IVAR / 4 + pool] = half | half << 16;
        x->reg[IGB_EITR / 4 + first + 1] = FPUT(IGB_EITR_INTERVAL, 10 + func);
    }
}

static rig_t *rig_create(unsigned vfs)
{
    rig_t *x = calloc(1, sizeof *x);
    testbed_t *t = &x->t;
    const profile_t *none = &t->profile;
    run_config_defaults(&x->cfg);
    x->cfg.nic = NIC_82576;
    x->cfg.vfs = vfs;
    x->cfg.verify = true;
    t->cfg = &x->cfg;
    t->r = &x->r;
    sim_init(&t->sim);
    t->profile.value[COST_hz] = 250;
    const core_params_t cores = core_params_of(none);
    const os_params_t os = os_params_of(none);
    const link_params_t params = {.kind = LINK_IDEAL};
    const link_client_t client = {.ctx = t};
    t->mem = memory_create(1 << 20);
    t->cores = core_set_create(&t->sim, 1, &cores);
    t->host = os_host_create(t->cores, t->mem, &os);
    t->link = link_create(&t->sim, t->mem, &params, &client);
    t->engine = (engine_t){.nic = x, .peek = rig_peek, .work = rig_work};
    assert_true(tb_func_init(t));
    assert_int_equal(x->r.functions, 1 + vfs);
    set_vectors(x);
    for (unsigned i = 0; i < t->funcs; i++) {
        tb_func_t *f = &t->func[i];
        x->stack[i] = netstack_params_of(none);
        tb_stack_observers(f, &x->stack[i]);
        f->dev = os_dev_create(t->host, (uint8_t)i, 0);
        f->net = netstack_create(f->dev, &x->stack[i]);
    }
    x->dev = tb_device_host(t);
    x->late = tb_device_late(t);
    x->wire = tb_wire_client(t);
    meter_hist_init(&x->r.latency);
    meter_hist_init(&x->r.latency_driver);
    meter_hist_init(&x->r.coalescing);
    meter_hist_init(&x->r.packets_per_poll);
    tb_func_begin(t);
    x->cyc = 1000;
    return x;
}

static void rig_free(rig_t *x)
{
    testbed_t *t = &x->t;
    core_set_destroy(t->cores);
    for (unsigned i = 0; i < t->funcs; i++) netstack_destroy(t->func[i].net);
    os_host_destroy(t->host);
    link_destroy(t->link);
    memory_destroy(t->mem);
    tb_func_free(t);
    run_result_free(&x->r);
    free(x);
}

// ---- events ------------------------------------------------------------------------------------

// What leaves has been sent by somebody.
static void has_sent(rig_t *x, unsigned queue)
{
    const tb_func_t *f = &x->t.func[x->t.queue_func[queue]];
    netstack_stats_t *s = (netstack_stats_t *)(uintptr_t)netstack_stats(f->net);
    s->to_send++;
    s->sent++;
}

static void probe(rig_t *x, enum nic_probe what, uint32_t a, uint32_t b)
{
    if (what == NIC_PROBE_LOOP) has_sent(x, b >> 16);
    if (what == NIC_PROBE_SPOOF) has_sent(x, a);
    x->dev.probe(x->dev.ctx, what, ++x->cyc, a, b);
}

static void wire_frame(rig_t *x, enum nic_fate fate, uint32_t set)
{
    const wire_sent_t f = {.seq = x->seq++,
                           .first_cyc = x->cyc,
                           .last_cyc = x->cyc + 71,
                           .data = x->frame,
                           .len = LEN};
    x->wire.sent(x->wire.ctx, &f);
    x->cyc += 72;
    probe(x, NIC_PROBE_RX_FATE, fate, LEN | set << 16);
}

static void hosted(rig_t *x, unsigned queue, bool looped)
{
    probe(x, NIC_PROBE_RX_HOST, 0, LEN | queue << 16 | (looped ? NIC_PROBE_LOOPED : 0));
}

static void message(rig_t *x, unsigned func, unsigned vector, bool late)
{
    const uint8_t data[4] = {(uint8_t)vector};
    const nic_tlp_t tlp = {.type = NIC_TLP_MSG,
                           .func = (uint8_t)func,
                           .len = 4,
                           .addr = 0xFEE00000,
                           .beats = 3,
                           .data = late ? NULL : data};
    x->dev.tlp(x->dev.ctx, ++x->cyc, &tlp);
    x->cyc += 3;
    if (late) x->late.payload(x->late.ctx, data, 4);
}

static void handed_up(rig_t *x, unsigned func, unsigned queue, os_pkt_t *p)
{
    *p = (os_pkt_t){.data = x->frame, .len = LEN, .queue = (uint8_t)queue};
    x->stack[func].received(x->stack[func].ctx, p, ++x->cyc);
}

static void delivered(rig_t *x, unsigned func, os_pkt_t *p)
{
    x->stack[func].delivered(x->stack[func].ctx, p, ++x->cyc);
}

static int finish(rig_t *x)
{
    x->r.offered = x->t.offered;
    tb_func_collect(&x->t);
    return tb_func_conserve(&x->t);
}

// The frame's FCS counts for the contents.
static void set_contents(rig_t *x)
{
    for (unsigned i = 0; i < LEN; i++) x->frame[i] = (uint8_t)(i * 7);
    uint32_t crc = UINT32_MAX;
    for (unsigned i = 0; i < LEN; i++) {
        crc ^= x->frame[i];
        for (unsigned k = 0; k < 8; k++) crc = crc & 1 ? crc >> 1 ^ 0xEDB88320u : crc >> 1;
    }
    crc = ~crc;
    memcpy(x->frame + LEN, &crc, 4);
}

// ---- tests -------------------------------------------------------------------------------------

static void queues_belong_to_the_functions_of_their_pools(void **state)
{
    (void)state;
    static const struct {
        unsigned vfs, func, queue;
        int hw;
    } CASES[] = {{0, 0, 0, 0},  {0, 0, 15, 15}, {3, 1, 0, 0}, {3, 1, 1, 8},
                 {3, 3, 1, 10}, {3, 3, 2, -1},  {3, 0, 0, 3}, {3, 0, 1, 11},
                 {8, 8, 1, 15}, {8, 0, 0, -1},  {7, 0, 0, 7}};
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        rig_t *x = rig_create(CASES[i].vfs);
        const ledger_t *q = x->t.func[CASES[i].func].rx[CASES[i].queue];
        if (CASES[i].hw < 0) assert_null(q);
        else assert_ptr_equal(q, &x->t.queue[CASES[i].hw]);
        rig_free(x);
    }
}

static void a_frame_for_three_functions_is_three_copies(void **state)
{
    (void)state;
    rig_t *x = rig_create(3);
    os_pkt_t p[3];
    set_contents(x);
    wire_frame(x, NIC_FATE_ACCEPTED, 1 << 0 | 1 << 1 | 1 << 3); // VF 0, VF 1, PF
    wire_frame(x, NIC_FATE_FILTERED, 0);
    assert_false(tb_accounted(&x->t));
    for (unsigned q = 0; q < 4; q++)
        if (q != 2) hosted(x, q, false);
    message(x, 1, 1, false);
    message(x, 2, 1, true);  // as an engine at the pins tells it
    message(x, 2, 0, false); // of transmission: reports nothing
    handed_up(x, 1, 0, &p[0]);
    handed_up(x, 2, 0, &p[1]);
    handed_up(x, 0, 0, &p[2]);
    x->stack[2].dropped(x->stack[2].ctx, &p[1], ++x->cyc);
    delivered(x, 1, &p[0]);
    assert_false(tb_accounted(&x->t));
    delivered(x, 0, &p[2]);
    assert_true(tb_accounted(&x->t));
    assert_int_equal(finish(x), 0);
    const run_result_t *r = &x->r;
    assert_int_equal(r->offered, 2);
    assert_int_equal(r->replicated, 2);
    assert_int_equal(r->delivered, 2);
    assert_int_equal(r->drops.filtered, 1);
    assert_int_equal(r->drops.socket_buffer, 1);
    assert_int_equal(r->mismatched, 0);
    assert_int_equal(r->latency.count, 2);
    assert_int_equal(r->latency_driver.count, 3);
    assert_int_equal(r->coalescing.count, 2); // the PF's has not been reported
    assert_int_equal(r->irq_asserted, 3);
    assert_int_equal(r->irq_gaps, 0); // no vector twice
    static const uint64_t OFFERED[] = {1, 1, 1, 0}, IRQS[] = {0, 1, 2, 0};
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(r->function[i].wire.offered, OFFERED[i]);
        assert_int_equal(r->function[i].wire.offered_bytes, OFFERED[i] * LEN);
        assert_int_equal(r->function[i].irq_asserted, IRQS[i]);
        assert_int_equal(r->function[i].programmed.itr, 10 + i);
        assert_int_equal(r->function[i].programmed.interval_ns, (10 + i) * 1000);
    }
    assert_int_equal(r->function[2].wire.drops.socket_buffer, 1);
    assert_int_equal(r->programmed.itr, 11);
    rig_free(x);
}

static void looped_frames_are_counted_apart(void **state)
{
    (void)state;
    rig_t *x = rig_create(2);
    os_pkt_t p[2];
    set_contents(x);
    wire_frame(x, NIC_FATE_ACCEPTED, 1 << 1);
    probe(x, NIC_PROBE_LOOP, LEN, 1 << 1 | 1 << 9 | 0 << 16); // VF 0 to both queues of VF 1
    probe(x, NIC_PROBE_LOOP, LEN, 1 << 2 | 8 << 16);          // VF 0 to the PF
    probe(x, NIC_PROBE_SPOOF, 1, 0);
    hosted(x, 1, true); // before the one of the wire
    hosted(x, 1, false);
    probe(x, NIC_PROBE_RX_DROP, 9, 1 | NIC_PROBE_LOOPED);
    probe(x, NIC_PROBE_RX_DROP, 2, 0 | NIC_PROBE_LOOPED);
    handed_up(x, 2, 0, &p[0]);
    handed_up(x, 2, 0, &p[1]);
    assert_false(x->stack[2].answered(x->stack[2].ctx, &p[0])); // nobody sends it back again
    assert_true(x->stack[2].answered(x->stack[2].ctx, &p[1]));
    delivered(x, 2, &p[0]);
    delivered(x, 2, &p[1]);
    assert_true(tb_accounted(&x->t));
    assert_int_equal(finish(x), 0);
    const run_result_t *r = &x->r;
    assert_int_equal(r->delivered, 1);
    assert_int_equal(r->replicated, 0);
    assert_int_equal(r->drops.no_descriptor + r->drops.queue_disabled, 0);
    assert_int_equal(r->latency.count, 1);
    assert_int_equal(r->function[1].looped_sent, 2);
    assert_int_equal(r->function[2].spoofed, 1);
    assert_int_equal(r->function[2].looped.offered, 2);
    assert_int_equal(r->function[2].looped.delivered, 1);
    assert_int_equal(r->function[2].looped.drops.queue_disabled, 1);
    assert_int_equal(r->function[0].looped.drops.no_descriptor, 1);
    rig_free(x);
}

static void gaps_are_those_of_one_vector(void **state)
{
    (void)state;
    rig_t *x = rig_create(2);
    set_contents(x);
    wire_frame(x, NIC_FATE_ACCEPTED, 1);
    static const struct {
        uint64_t cyc;
        unsigned func, vector;
    } AT[] = {{2000, 1, 1}, {2010, 1, 0}, {2100, 2, 1}, {2500, 1, 1}, {2530, 2, 1}, {3500, 1, 1}};
    for (size_t i = 0; i < sizeof AT / sizeof AT[0]; i++) {
        x->cyc = AT[i].cyc - 1;
        message(x, AT[i].func, AT[i].vector, false);
    }
    assert_int_equal(finish(x), 0);
    assert_int_equal(x->r.function[1].irq_asserted, 4);
    assert_int_equal(x->r.function[1].irq_gaps, 2);
    assert_int_equal(x->r.function[1].irq_gap_sum_ns, 1500 * CYC_NS);
    assert_int_equal(x->r.function[1].irq_min_gap_ns, 500 * CYC_NS);
    assert_int_equal(x->r.irq_min_gap_ns, 430 * CYC_NS);
    assert_int_equal(x->r.irq_gaps, 3);
    assert_int_equal(x->r.function[1].wire.drops.in_flight_at_end, 1);
    rig_free(x);
}

// Everything that is told by halves fails the run.
static void what_does_not_add_up_fails_the_run(void **state)
{
    (void)state;
    for (unsigned fault = 0; fault < 6; fault++) {
        rig_t *x = rig_create(2);
        os_pkt_t p, q;
        set_contents(x);
        wire_frame(x, NIC_FATE_ACCEPTED, 1 << 0 | 1 << 1);
        hosted(x, 0, false);
        handed_up(x, 1, 0, &p);
        delivered(x, 1, &p);
        switch (fault) {
        case 0: break;
        case 1: hosted(x, 0, false); break;                              // there is none in queue 0
        case 2: probe(x, NIC_PROBE_RX_DROP, 1, NIC_PROBE_LOOPED); break; // none of this kind
        case 3: handed_up(x, 1, 0, &q); break;                           // one too many
        case 4: delivered(x, 1, &p); break;                              // twice
        case 5: handed_up(x, 2, 2, &q); break; // a queue that the function does not have
        }
        assert_int_equal(finish(x), fault != 0);
        assert_int_equal(x->r.error[0] != 0, fault != 0);
        if (fault == 0) assert_int_equal(x->r.drops.in_flight_at_end, 1);
        rig_free(x);
    }
}

static void a_reset_loses_what_the_device_has(void **state)
{
    (void)state;
    rig_t *x = rig_create(3);
    os_pkt_t p;
    set_contents(x);
    for (int i = 0; i < 10; i++) wire_frame(x, NIC_FATE_ACCEPTED, 1u << i % 3 | 1u << 3);
    for (int i = 0; i < 2; i++) hosted(x, 0, false);
    handed_up(x, 1, 0, &p);
    delivered(x, 1, &p);
    probe(x, NIC_PROBE_RX_LOST, 18, NIC_PROBE_ALL);
    for (unsigned q = 0; q < 16; q++) assert_int_equal(ledger_waiting(&x->t.queue[q]), 0);
    wire_frame(x, NIC_FATE_ACCEPTED, 1);
    hosted(x, 0, false);
    handed_up(x, 1, 0, &p); // the one that was in memory
    delivered(x, 1, &p);
    assert_int_equal(finish(x), 0);
    assert_int_equal(x->r.drops.in_flight_at_end, 19);
    assert_int_equal(x->r.delivered, 2);
    rig_free(x);
}

// ---- at random ---------------------------------------------------------------------------------

static void every_copy_of_a_random_run_is_found_again(void **state)
{
    (void)state;
    enum { STEPS = 60000 };
    rig_t *x = rig_create(5);
    rng_t rng;
    rng_seed(&rng, 3);
    set_contents(x);
    os_pkt_t p;
    uint64_t copies = 0, frames = 0, loops = 0, done = 0, drops = 0;
    for (unsigned n = 0; n < STEPS; n++) {
        const unsigned q = (unsigned)rng_below(&rng, TB_QUEUES);
        ledger_t *l = &x->t.queue[q];
        const uint32_t set = (uint32_t)rng_below(&rng, 1 << TB_QUEUES) & (uint32_t)rng_next(&rng);
        switch (rng_below(&rng, 12)) {
        case 0:
            frames++;
            wire_frame(x, set ? NIC_FATE_ACCEPTED : NIC_FATE_FIFO, set);
            copies += (unsigned)__builtin_popcount(set);
            break;
        case 1:
            if (!set) break;
            probe(x, NIC_PROBE_LOOP, LEN, set | q << 16);
            loops += (unsigned)__builtin_popcount(set);
            break;
        case 2:
            if (!ledger_waiting(l)) break;
            probe(x, NIC_PROBE_RX_DROP, q,
                  (n & 1) | (ledger_at(l, l->hosted)->looped ? NIC_PROBE_LOOPED : 0));
            drops++;
            break;
        case 3: message(x, x->t.queue_func[q], q % 3, n & 1); break;
        case 4:
        case 5:
        case 6:
        case 7:
            if (ledger_waiting(l)) hosted(x, q, ledger_at(l, l->accepted - 1)->looped);
            break;
        default: {
            if (l->received == l->hosted) break;
            const unsigned f = x->t.queue_func[q];
            unsigned k = 0;
            while (k < TB_QUEUES && x->t.func[f].rx[k] != l) k++;
            if (k == TB_QUEUES) break; // the PF uses one pool only
            handed_up(x, f, k, &p);
            delivered(x, f, &p);
            done++;
        }
        }
    }
    assert_int_equal(finish(x), 0);
    const run_result_t *r = &x->r;
    uint64_t wire = 0, looped = 0, out = 0, lost = 0;
    for (unsigned i = 0; i < r->functions; i++) {
        const run_function_t *f = &r->function[i];
        wire += f->wire.offered;
        looped += f->looped.offered;
        out += f->wire.delivered + f->looped.delivered;
        lost += f->wire.drops.no_descriptor + f->looped.drops.no_descriptor +
                f->wire.drops.queue_disabled + f->looped.drops.queue_disabled;
    }
    assert_int_equal(r->offered, frames);
    assert_int_equal(wire, copies);
    assert_int_equal(looped, loops);
    assert_int_equal(out, done);
    assert_int_equal(lost, drops);
    assert_int_equal(r->offered + r->replicated, copies + r->drops.fifo_overflow);
    assert_true(r->replicated > 1000 && looped > 1000 && done > 5000 && drops > 500);
    rig_free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(queues_belong_to_the_functions_of_their_pools),
        cmocka_unit_test(a_frame_for_three_functions_is_three_copies),
        cmocka_unit_test(looped_frames_are_counted_apart),
        cmocka_unit_test(gaps_are_those_of_one_vector),
        cmocka_unit_test(what_does_not_add_up_fails_the_run),
        cmocka_unit_test(a_reset_loses_what_the_device_has),
        cmocka_unit_test(every_copy_of_a_random_run_is_found_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
