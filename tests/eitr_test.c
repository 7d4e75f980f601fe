// SPDX-License-Identifier: Apache-2.0
// EITR by itself (moderation specification §6, §7): gates exact to the cycle, the counter that software sees,
// credits, and a random run against a plain reading of the state machine.
#include "model/eitr.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

enum { U = IGB_EitrUnitCyc, LU = IGB_LliUnitCyc, ALL = (1 << IGB_Vectors) - 1 };

typedef struct dev {
    eitr_t s;
    eitr_in_t in; // of the next tick; what is no level is cleared behind it
} dev_t;

static dev_t dev(uint64_t now)
{
    dev_t d;
    memset(&d, 0, sizeof d);
    eitr_reset(&d.s);
    d.in.now = now;
    return d;
}

static void tick(dev_t *d)
{
    eitr_tick(&d->s, &d->in);
    d->in.now++;
    d->in.sent = 0;
    d->in.ctrl_rst = false;
    d->in.clear = 0;
    d->in.csr = (csr_t){0};
}

static void run_to(dev_t *d, uint64_t cyc)
{
    while (d->in.now < cyc) tick(d);
}

static void put(dev_t *d, unsigned k, uint32_t w)
{
    d->in.csr =
        (csr_t){.valid = true, .write = true, .id = IGB_R_EITR, .index = (uint16_t)k, .wdata = w};
    tick(d);
}

static bool is_open(const dev_t *d, unsigned k)
{
    return eitr_open(&d->s, d->in.now) >> k & 1;
}

static uint32_t credits(const dev_t *d, unsigned k)
{
    return FGET(IGB_EITR_LL_COUNTER, eitr_read(&d->s, k, d->in.now));
}

static void reset_state(void **state)
{
    (void)state;
    dev_t d = dev(0);
    assert_int_equal(eitr_open(&d.s, 0), ALL);
    assert_int_equal(eitr_credit(&d.s), ALL);
    for (unsigned k = 0; k < IGB_Vectors; k++) assert_int_equal(eitr_read(&d.s, k, 0), 0);
    assert_int_equal(eitr_quiet(&d.s, 0, 0), NIC_NEVER);
}

static void a_gate_is_closed_for_exactly_its_interval(void **state)
{
    (void)state;
    static const uint32_t units[] = {1, 2, 3, 40, 162, 245, 980, 8191};
    for (unsigned k = 0; k < IGB_Vectors; k += 6) {
        for (unsigned i = 0; i < sizeof units / sizeof units[0]; i++) {
            dev_t d = dev(1000);
            put(&d, k, FPUT(IGB_EITR_INTERVAL, units[i]) | FMASK(IGB_EITR_CNT_IGNR));
            assert_true(is_open(&d, k)); // a write closes nothing
            run_to(&d, 2000);
            d.in.sent = 1u << k;
            tick(&d);
            const uint64_t opens = 2000 + (uint64_t)units[i] * U;
            assert_int_equal(eitr_quiet(&d.s, 1u << k, 0), opens);
            assert_int_equal(eitr_quiet(&d.s, ALL & ~(1u << k), 0), 0); // the others are open
            for (; d.in.now < opens; tick(&d)) {
                assert_int_equal(eitr_open(&d.s, d.in.now), ALL & ~(1u << k));
                if (d.in.now < 2000 + U || opens - d.in.now < U) {
                    const uint32_t left = (uint32_t)((opens - d.in.now + U - 1) / U);
                    assert_int_equal(FGET(IGB_EITR_COUNTER, eitr_read(&d.s, k, d.in.now)),
                                     left >> 3);
                }
            }
            assert_true(is_open(&d, k));
            assert_int_equal(eitr_read(&d.s, k, d.in.now), units[i] << 2);
        }
    }
}

static void interval_0_never_closes(void **state)
{
    (void)state;
    dev_t d = dev(5);
    d.in.sent = ALL;
    tick(&d);
    assert_int_equal(eitr_open(&d.s, d.in.now), ALL);
}

static void writes(void **state)
{
    (void)state;
    dev_t d = dev(0);
    put(&d, 3, FPUT(IGB_EITR_INTERVAL, 100) | FMASK(IGB_EITR_CNT_IGNR));
    d.in.sent = 1 << 3;
    tick(&d); // closed in tick 1
    // CNT_IGNR = 1: a new interval counts from the next sending.
    run_to(&d, 50 * U);
    put(&d, 3, FPUT(IGB_EITR_INTERVAL, 7) | FMASK(IGB_EITR_CNT_IGNR));
    run_to(&d, 100 * U);
    assert_false(is_open(&d, 3));
    tick(&d);
    assert_true(is_open(&d, 3));
    // CNT_IGNR = 0, COUNTER = 0: open in the next tick.
    d.in.sent = 1 << 3;
    tick(&d);
    assert_false(is_open(&d, 3));
    put(&d, 3, FPUT(IGB_EITR_INTERVAL, 7));
    assert_true(is_open(&d, 3));
    // COUNTER = n: closed for 8n units, also when it was open.
    const uint64_t at = d.in.now;
    put(&d, 3, FPUT(IGB_EITR_INTERVAL, 7) | FPUT(IGB_EITR_COUNTER, 2));
    assert_int_equal(eitr_read(&d.s, 3, d.in.now), 7 << 2 | 2 << 21);
    run_to(&d, at + 16 * U - 1);
    assert_false(is_open(&d, 3));
    tick(&d);
    assert_true(is_open(&d, 3));
    // In the tick of a sending: the sending closes for the interval as it was, the write of a counter wins.
    const uint64_t sent = d.in.now;
    d.in.sent = 1 << 3;
    put(&d, 3, FPUT(IGB_EITR_INTERVAL, 500) | FMASK(IGB_EITR_CNT_IGNR));
    assert_int_equal(eitr_quiet(&d.s, 1 << 3, 0), sent + 7 * U);
    run_to(&d, sent + 7 * U);
    d.in.sent = 1 << 3;
    put(&d, 3, FPUT(IGB_EITR_INTERVAL, 500));
    assert_true(is_open(&d, 3));
    // igbvf writes 488 without CNT_IGNR: INTERVAL 122, gate open.
    put(&d, 23, 488);
    assert_int_equal(eitr_read(&d.s, 23, d.in.now), 488);
    // Bits that do not exist, and other registers.
    put(&d, 24, 0xFFFFFFFF);
    assert_int_equal(eitr_read(&d.s, 24, d.in.now), 0xFFFC); // counters left alone
    d.in.csr = (csr_t){.valid = true, .write = true, .id = IGB_R_EITR + 1, .index = 24, .wdata = 0};
    tick(&d);
    d.in.csr = (csr_t){.valid = true, .id = IGB_R_EITR, .index = 24};
    tick(&d);
    assert_int_equal(eitr_read(&d.s, 24, d.in.now), 0xFFFC);
}

static void ctrl_rst_leaves_gates_alone(void **state)
{
    (void)state;
    dev_t d = dev(0);
    put(&d, 0,
        FPUT(IGB_EITR_INTERVAL, 10) | FPUT(IGB_EITR_COUNTER, 1) | FPUT(IGB_EITR_LL_COUNTER, 4) |
            FMASK(IGB_EITR_LLI_EN));
    d.in.sent = ALL;
    d.in.ctrl_rst = true;
    tick(&d);
    assert_int_equal(eitr_quiet(&d.s, 1, 0), 8 * U); // of tick 0
    assert_int_equal(credits(&d, 0), 4);
    assert_int_equal(eitr_open(&d.s, d.in.now), ALL - 1);
}

// FLR of a VF: what its guest had set is gone for the next one; of the others nothing moves.
static void vectors_of_a_vf_are_reset(void **state)
{
    (void)state;
    dev_t d = dev(1000);
    d.in.ll_interval = 1;
    for (unsigned k = 13; k < 17; k++)
        put(&d, k, 8000 << 2 | 5 << IGB_EITR_LL_COUNTER_LSB | FMASK(IGB_EITR_LLI_EN) | 1000u << 21);
    const eitr_t was = d.s;
    d.in.clear = 7 << 13;
    put(&d, 14, 400 << 2 | FMASK(IGB_EITR_LLI_EN)); // comes before it
    for (unsigned k = 13; k < 16; k++) {
        assert_int_equal(eitr_read(&d.s, k, d.in.now), 0);
        assert_true(is_open(&d, k));
    }
    assert_int_equal(d.s.interval_q[16], was.interval_q[16]);
    assert_int_equal(d.s.open_cyc[16], was.open_cyc[16]);
    assert_int_equal(d.s.credit_cyc, was.credit_cyc);
    d.in.clear = 1 << 16;
    tick(&d);
    assert_int_equal(d.s.credit_cyc, NIC_NEVER); // nobody wants one
}

static void credits_grow_and_are_spent(void **state)
{
    (void)state;
    const uint32_t ll = FMASK(IGB_EITR_LLI_EN) | FPUT(IGB_EITR_INTERVAL, 8000);
    dev_t d = dev(0);
    d.in.ll_interval = 3;
    tick(&d);
    assert_int_equal(eitr_quiet(&d.s, 0, 0), NIC_NEVER); // nobody wants any
    run_to(&d, 100);
    put(&d, 5, ll);
    assert_int_equal(eitr_credit(&d.s), ALL & ~(1u << 5));
    assert_int_equal(eitr_quiet(&d.s, 0, 0), 100 + 3 * LU);
    d.in.sent = 1u << 5; // through the open gate: free
    tick(&d);
    run_to(&d, 100 + 3 * LU);
    assert_int_equal(credits(&d, 5), 0);
    tick(&d);
    assert_int_equal(credits(&d, 5), 1);
    assert_int_equal(eitr_credit(&d.s), ALL);
    assert_int_equal(eitr_quiet(&d.s, 1u << 5, 1u << 5), 0); // may go now
    d.in.sent = 1u << 5;                                     // through the closed one
    tick(&d);
    assert_int_equal(credits(&d, 5), 0);
    // One that comes in the tick in which one is spent replaces it.
    run_to(&d, 100 + 9 * LU);
    assert_int_equal(credits(&d, 5), 1);
    d.in.sent = 1u << 5;
    tick(&d);
    assert_int_equal(credits(&d, 5), 1);
    // To 31 and no further; then the clock stands.
    run_to(&d, 100 + 3 * LU * (uint64_t)(3 + 30) + 1);
    assert_int_equal(credits(&d, 5), IGB_LliCreditsMax);
    assert_int_equal(eitr_quiet(&d.s, 0, 0), NIC_NEVER);
    run_to(&d, 100 + 3 * LU * (uint64_t)40 + 7);
    assert_int_equal(credits(&d, 5), IGB_LliCreditsMax);
    // It starts again with the first one spent.
    const uint64_t spent = d.in.now;
    d.in.sent = 1u << 5;
    tick(&d);
    assert_int_equal(eitr_quiet(&d.s, 0, 0), spent + 3 * LU);
    // Another interval from the next one on; 0 stops it at once.
    d.in.ll_interval = 1;
    run_to(&d, spent + 3 * LU + 1);
    assert_int_equal(credits(&d, 5), IGB_LliCreditsMax);
    put(&d, 5, ll); // credits := 0
    const uint64_t next = d.in.now - 1 + LU;
    assert_int_equal(eitr_quiet(&d.s, 0, 0), next);
    run_to(&d, next);
    d.in.ll_interval = 0;
    tick(&d);
    assert_int_equal(credits(&d, 5), 0); // never without an interval
    assert_int_equal(eitr_quiet(&d.s, 0, 0), NIC_NEVER);
    // With LLI_EN = 0 no credit is needed, and none comes.
    put(&d, 5, FPUT(IGB_EITR_LL_COUNTER, 2));
    d.in.ll_interval = 1;
    run_to(&d, d.in.now + 2 * LU);
    assert_int_equal(credits(&d, 5), 2);
    assert_int_equal(eitr_credit(&d.s), ALL);
}

static uint32_t rnd(uint64_t *s, uint32_t n)
{
    *s ^= *s << 13, *s ^= *s >> 7, *s ^= *s << 17;
    return (uint32_t)(*s >> 20) % n;
}

// §6 and §7 with counters that count down, in every cycle; `lazy` is visited only when it asks or is asked.
static void equals_the_state_machine(void **state)
{
    (void)state;
    uint64_t r = 99, closed = 0, grown = 0;
    for (int round = 0; round < 40; round++) {
        dev_t d = dev(1);
        eitr_t lazy = d.s;
        uint32_t cnt[IGB_Vectors] = {0}, interval[IGB_Vectors] = {0}, credit[IGB_Vectors] = {0};
        uint32_t lli_en = 0, clock = 0, ll = 0;
        const uint32_t span = 1 + rnd(&r, 12), odds = 1 + rnd(&r, 40);
        for (; d.in.now < 20000;) {
            eitr_in_t *in = &d.in;
            bool input = in->now == 1;
            if (rnd(&r, 500) == 0) ll = rnd(&r, 3), input = true;
            in->ll_interval = ll;
            // Somebody is sent: through open gates, and some through closed ones with a credit.
            for (unsigned k = 0; k < IGB_Vectors; k++)
                if ((cnt[k] == 0 || !(lli_en >> k & 1) || credit[k]) && rnd(&r, odds * 25) == 0)
                    in->sent |= 1u << k;
            in->ctrl_rst = rnd(&r, 800) == 0;
            if (rnd(&r, 100) == 0) {
                uint32_t w = FPUT(IGB_EITR_INTERVAL, rnd(&r, span)) | rnd(&r, 2) << 15 | rnd(&r, 4);
                if (rnd(&r, 2)) w |= FMASK(IGB_EITR_CNT_IGNR);
                if (rnd(&r, 2)) w |= FPUT(IGB_EITR_COUNTER, rnd(&r, 3));
                w |= FPUT(IGB_EITR_LL_COUNTER, rnd(&r, 3) ? 0 : 28 + rnd(&r, 4));
                in->csr = (csr_t){.valid = true,
                                  .write = true,
                                  .id = IGB_R_EITR,
                                  .index = (uint16_t)rnd(&r, IGB_Vectors),
                                  .wdata = w};
            }
            input = input || in->sent || in->csr.valid || in->ctrl_rst;

            const bool grow = ll != 0 && clock == 1;
            bool poor = false;
            for (unsigned k = 0; k < IGB_Vectors; k++) {
                const bool en = lli_en >> k & 1;
                uint32_t next = cnt[k] ? cnt[k] - 1 : 0, left = credit[k];
                if ((in->sent >> k & 1) && !in->ctrl_rst) {
                    if (cnt[k] && en) left--;
                    next = interval[k] ? interval[k] * U - 1 : 0;
                    closed += next != 0;
                }
                if (grow && en && left < 31) left++, grown++;
                if (in->csr.valid && in->csr.index == k) {
                    const uint32_t w = in->csr.wdata, c = w >> 21 & 0x3FF;
                    interval[k] = w >> 2 & 0x1FFF;
                    lli_en = (lli_en & ~(1u << k)) | (w >> 15 & 1) << k;
                    if (!(w >> 31)) next = c ? 8 * c * U - 1 : 0, left = w >> 16 & 31;
                }
                cnt[k] = next, credit[k] = left;
                poor = poor || ((lli_en >> k & 1) && credit[k] < 31);
            }
            if (ll == 0 || !poor) clock = 0;
            else clock = clock <= 1 ? ll * LU : clock - 1;

            if (input || eitr_quiet(&lazy, 0, 0) <= in->now) eitr_tick(&lazy, in);
            tick(&d);
            for (unsigned k = 0; k < IGB_Vectors; k++) {
                const uint32_t left = (cnt[k] + U - 1) / U;
                const uint32_t want = interval[k] << 2 | (lli_en >> k & 1) << 15 | credit[k] << 16 |
                                      (left >> 3) << 21;
                assert_int_equal(is_open(&d, k), cnt[k] == 0);
                assert_int_equal(eitr_credit(&d.s) >> k & 1, credit[k] || !(lli_en >> k & 1));
                assert_int_equal(eitr_read(&d.s, k, d.in.now), want);
                assert_int_equal(eitr_read(&lazy, k, d.in.now), want);
            }
            assert_int_equal(eitr_quiet(&lazy, 0, 0), eitr_quiet(&d.s, 0, 0));
        }
    }
    assert_true(closed > 10000 && grown > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reset_state),
        cmocka_unit_test(a_gate_is_closed_for_exactly_its_interval),
        cmocka_unit_test(interval_0_never_closes),
        cmocka_unit_test(writes),
        cmocka_unit_test(ctrl_rst_leaves_gates_alone),
        cmocka_unit_test(vectors_of_a_vf_are_reset),
        cmocka_unit_test(credits_grow_and_are_spent),
        cmocka_unit_test(equals_the_state_machine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
