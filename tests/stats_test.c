// SPDX-License-Identifier: Apache-2.0
// Statistics: what counts where, read side effects, saturation. The reference is one predicate per
// counter, the other way round than the module (which is one path per frame).
#include "model/stats.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static uint64_t rng_q = 0x5157a757c0117e57;

static uint32_t rnd(uint32_t below)
{
    rng_q ^= rng_q << 13;
    rng_q ^= rng_q >> 7;
    rng_q ^= rng_q << 17;
    return (uint32_t)((rng_q >> 16) % below);
}

// ---- reference ----

typedef struct ref {
    uint64_t n[E1000_R_COUNT]; // pairs: whole value at the low half
} ref_t;

static void ref_rx(ref_t *r, uint32_t len, uint32_t fl)
{
    uint32_t max = fl & STATS_LPE ? 16384 : 1522;
    bool crc = fl & STATS_CRC_ERR, er = fl & STATS_RX_ERR, broken = crc || er;
    bool runt = len <= 63, giant = !runt && (len > max || (fl & STATS_TOO_LONG));
    bool intact = !broken && !runt && !giant;
    bool pause = intact && (fl & (STATS_XON | STATS_XOFF));
    bool kept = intact && !pause && !(fl & STATS_MISSED) && !(fl & STATS_DISCARDED);
    r->n[E1000_R_TPR]++;
    r->n[E1000_R_TORL] += len;
    r->n[E1000_R_MPC] += (fl & STATS_MISSED) != 0;
    r->n[E1000_R_RLEC] += runt || giant;
    r->n[E1000_R_RUC] += runt && !broken;
    r->n[E1000_R_RFC] += runt && broken;
    r->n[E1000_R_ROC] += giant && !broken;
    r->n[E1000_R_RJC] += giant && broken;
    r->n[E1000_R_CRCERRS] += crc && !runt;
    r->n[E1000_R_RXERRC] += er && !runt;
    r->n[E1000_R_XONRXC] += pause && (fl & STATS_XON);
    r->n[E1000_R_XOFFRXC] += pause && !(fl & STATS_XON);
    r->n[E1000_R_FCRUC] += intact && !pause && (fl & STATS_UNSUPPORTED);
    r->n[E1000_R_GPRC] += kept;
    r->n[E1000_R_GORCL] += kept ? len : 0;
    r->n[E1000_R_BPRC] += kept && (fl & STATS_BCAST);
    r->n[E1000_R_MPRC] += kept && (fl & STATS_MCAST);
    r->n[E1000_R_PRC64] += kept && len == 64;
    r->n[E1000_R_PRC127] += kept && len >= 65 && len <= 127;
    r->n[E1000_R_PRC255] += kept && len >= 128 && len <= 255;
    r->n[E1000_R_PRC511] += kept && len >= 256 && len <= 511;
    r->n[E1000_R_PRC1023] += kept && len >= 512 && len <= 1023;
    r->n[E1000_R_PRC1522] += kept && len >= 1024;
}

static void ref_tx(ref_t *r, uint32_t len, uint32_t fl)
{
    bool pause = fl & (STATS_XON | STATS_XOFF);
    bool good = !pause && len >= 64;
    r->n[E1000_R_TPT]++;
    r->n[E1000_R_TOTL] += len;
    r->n[E1000_R_XONTXC] += (fl & STATS_XON) != 0;
    r->n[E1000_R_XOFFTXC] += pause && !(fl & STATS_XON);
    r->n[E1000_R_GPTC] += good;
    r->n[E1000_R_GOTCL] += good ? len : 0;
    r->n[E1000_R_BPTC] += !pause && (fl & STATS_BCAST);
    r->n[E1000_R_MPTC] += !pause && (fl & STATS_MCAST);
    r->n[E1000_R_PTC64] += good && len == 64;
    r->n[E1000_R_PTC127] += good && len >= 65 && len <= 127;
    r->n[E1000_R_PTC255] += good && len >= 128 && len <= 255;
    r->n[E1000_R_PTC511] += good && len >= 256 && len <= 511;
    r->n[E1000_R_PTC1023] += good && len >= 512 && len <= 1023;
    r->n[E1000_R_PTC1522] += good && len >= 1024;
}

// Compares every register of the row table that belongs to the statistics.
static void expect_equal(const stats_t *s, const ref_t *r)
{
    unsigned checked = 0;
    for (unsigned i = 0; i < reg_row_count; i++) {
        const reg_row_t *row = &reg_rows[i];
        if (row->owner != OWN_stats) continue;
        uint64_t want =
            row->access == ACC_RCH ? r->n[row->first - 1] >> 32 : (uint32_t)r->n[row->first];
        uint32_t got = stats_peek(s, row->first);
        if (got != want)
            fail_msg("%s: %u, expected %llu", row->name, got, (unsigned long long)want);
        checked++;
    }
    assert_int_equal(checked, STATS_COUNT);
}

// Lengths around every edge, and any.
static uint32_t any_len(void)
{
    static const uint16_t edge[] = {1,    20,   63,   64,   65,   126,  127,   128,   129,   255,
                                    256,  257,  511,  512,  513,  1023, 1024,  1025,  1517,  1518,
                                    1519, 1521, 1522, 1523, 2048, 9018, 16383, 16384, 16385, 17000};
    return rnd(2) ? edge[rnd(sizeof edge / sizeof edge[0])] : 1 + rnd(1700);
}

static void *one_stats(void)
{
    static stats_t s;
    stats_reset(&s);
    return &s;
}

// ---- tests ----

static void every_received_frame_counts_as_the_reference_says(void **state)
{
    (void)state;
    stats_t *s = one_stats();
    static ref_t r;
    for (int i = 0; i < 300000; i++) {
        uint32_t flags = rnd(2) ? 0 : rnd(2048);
        if (rnd(2))
            flags &= ~(uint32_t)(STATS_CRC_ERR | STATS_RX_ERR | STATS_MISSED | STATS_TOO_LONG);
        stats_rx_event_t e = {.len = any_len(), .flags = flags};
        stats_rx(s, &e);
        ref_rx(&r, e.len, flags);
        if (i % 16 == 0) expect_equal(s, &r);
    }
    expect_equal(s, &r);
    static const uint16_t seen[] = {E1000_R_MPC,     E1000_R_RUC,   E1000_R_RFC,   E1000_R_ROC,
                                    E1000_R_RJC,     E1000_R_BPRC,  E1000_R_MPRC,  E1000_R_XONRXC,
                                    E1000_R_XOFFRXC, E1000_R_FCRUC, E1000_R_PRC64, E1000_R_PRC1522};
    for (unsigned i = 0; i < sizeof seen / sizeof seen[0]; i++) assert_true(r.n[seen[i]] > 100);
    assert_true(stats_peek(s, E1000_R_TORL) > 100000000);
}

static void every_transmitted_frame_counts_as_the_reference_says(void **state)
{
    (void)state;
    stats_t *s = one_stats();
    static ref_t r;
    for (int i = 0; i < 300000; i++) {
        stats_tx_event_t e = {.len = any_len(), .flags = rnd(4) ? 0 : rnd(16)};
        stats_tx(s, &e);
        ref_tx(&r, e.len, e.flags);
        if (i % 16 == 0) expect_equal(s, &r);
    }
    expect_equal(s, &r);
    assert_true(r.n[E1000_R_TPT] > r.n[E1000_R_GPTC] && r.n[E1000_R_MPTC] > 100);
}

// Which bin a good frame of a length falls into, spelled out.
static void size_bins_have_the_documented_edges(void **state)
{
    (void)state;
    static const struct {
        uint32_t len;
        uint16_t rx, tx; // 0: none
    } edge[] = {
        {63, 0, 0},
        {64, E1000_R_PRC64, E1000_R_PTC64},
        {65, E1000_R_PRC127, E1000_R_PTC127},
        {127, E1000_R_PRC127, E1000_R_PTC127},
        {128, E1000_R_PRC255, E1000_R_PTC255},
        {255, E1000_R_PRC255, E1000_R_PTC255},
        {256, E1000_R_PRC511, E1000_R_PTC511},
        {511, E1000_R_PRC511, E1000_R_PTC511},
        {512, E1000_R_PRC1023, E1000_R_PTC1023},
        {1023, E1000_R_PRC1023, E1000_R_PTC1023},
        {1024, E1000_R_PRC1522, E1000_R_PTC1522},
        {1522, E1000_R_PRC1522, E1000_R_PTC1522},
        {1523, E1000_R_PRC1522, E1000_R_PTC1522},
        {16384, E1000_R_PRC1522, E1000_R_PTC1522},
    };
    for (unsigned i = 0; i < sizeof edge / sizeof edge[0]; i++) {
        stats_t *s = one_stats();
        stats_rx(s, &(stats_rx_event_t){.len = edge[i].len, .flags = STATS_LPE});
        stats_tx(s, &(stats_tx_event_t){.len = edge[i].len});
        for (uint16_t id = E1000_R_PRC64; id <= E1000_R_PRC1522; id++)
            assert_int_equal(stats_peek(s, id), id == edge[i].rx);
        for (uint16_t id = E1000_R_PTC64; id <= E1000_R_PTC1522; id++)
            assert_int_equal(stats_peek(s, id), id == edge[i].tx);
    }
}

static void a_read_has_the_side_effect_of_its_access_class(void **state)
{
    (void)state;
    stats_t *s = one_stats();
    for (unsigned i = 0; i < reg_row_count; i++) {
        const reg_row_t *row = &reg_rows[i];
        if (row->owner != OWN_stats) {
            assert_int_equal(stats_peek(s, row->first), 0);
            assert_int_equal(stats_read_clear(s, row->first), 0);
            continue;
        }
        for (unsigned k = 0; k < STATS_COUNT; k++) s->count_q[k] = 1000 + k;
        stats_t before = *s;
        uint32_t value = stats_peek(s, row->first);
        assert_memory_equal(&before, s, sizeof before);
        assert_int_equal(value, 1000u + row->first - E1000_R_CRCERRS);
        assert_int_equal(stats_read_clear(s, row->first), value);
        unsigned cleared = 0;
        for (unsigned k = 0; k < STATS_COUNT; k++) cleared += s->count_q[k] == 0;
        switch (row->access) {
        case ACC_RC:
            assert_int_equal(cleared, 1);
            assert_int_equal(stats_peek(s, row->first), 0);
            break;
        case ACC_RCL: assert_int_equal(cleared, 0); break;
        case ACC_RCH:
            assert_int_equal(cleared, 2);
            assert_int_equal(stats_peek(s, row->first), 0);
            assert_int_equal(stats_peek(s, (uint16_t)(row->first - 1)), 0);
            break;
        default: fail_msg("%s: not a statistics access class", row->name);
        }
    }
}

static void counters_stick_at_all_ones(void **state)
{
    (void)state;
    for (uint16_t id = E1000_R_CRCERRS; id <= E1000_R_TSCTFC; id++) {
        stats_t *s = one_stats();
        uint32_t *c = &s->count_q[id - E1000_R_CRCERRS];
        bool half = id == E1000_R_GORCL || id == E1000_R_GORCH || id == E1000_R_GOTCL ||
                    id == E1000_R_GOTCH || id == E1000_R_TORL || id == E1000_R_TORH ||
                    id == E1000_R_TOTL || id == E1000_R_TOTH;
        *c = UINT32_MAX - 2;
        for (int i = 0; i < 5; i++) stats_count(s, id);
        assert_int_equal(*c, half ? UINT32_MAX - 2 : UINT32_MAX);
        stats_t only = {0};
        only.count_q[id - E1000_R_CRCERRS] = *c;
        assert_memory_equal(&only, s, sizeof only);
    }
    stats_t *s = one_stats(), zero = {0};
    stats_count(s, E1000_R_CRCERRS - 1);
    stats_count(s, E1000_R_TSCTFC + 1);
    assert_memory_equal(&zero, s, sizeof zero);
}

static void octet_pairs_carry_and_stick_at_all_ones(void **state)
{
    (void)state;
    static const uint16_t rx[] = {E1000_R_GORCL, E1000_R_TORL},
                          tx[] = {E1000_R_GOTCL, E1000_R_TOTL};
    static const struct {
        uint64_t before;
        uint32_t len;
        uint64_t after;
    } add[] = {
        {0, 64, 64},
        {0xFFFFFFFF, 64, 0x10000003F},
        {0xFFFFFFC0, 64, 0x100000000},
        {0xFFFFFFBF, 64, 0xFFFFFFFF},
        {0xFFFFFFFEFFFFFFFF, 1500, 0xFFFFFFFF000005DB},
        {0xFFFFFFFFFFFFFFBF, 64, 0xFFFFFFFFFFFFFFFF},
        {0xFFFFFFFFFFFFFFC0, 64, 0xFFFFFFFFFFFFFFFF},
        {0xFFFFFFFFFFFFFFF0, 64, 0xFFFFFFFFFFFFFFFF},
        {0xFFFFFFFFFFFFFFFF, 64, 0xFFFFFFFFFFFFFFFF},
    };
    for (unsigned i = 0; i < sizeof add / sizeof add[0]; i++) {
        stats_t *s = one_stats();
        for (unsigned k = 0; k < 4; k++) {
            uint16_t id = k < 2 ? rx[k] : tx[k - 2];
            s->count_q[id - E1000_R_CRCERRS] = (uint32_t)add[i].before;
            s->count_q[id - E1000_R_CRCERRS + 1] = (uint32_t)(add[i].before >> 32);
        }
        stats_rx(s, &(stats_rx_event_t){.len = add[i].len});
        stats_tx(s, &(stats_tx_event_t){.len = add[i].len});
        for (unsigned k = 0; k < 4; k++) {
            uint16_t id = k < 2 ? rx[k] : tx[k - 2];
            assert_int_equal(stats_read_clear(s, id), (uint32_t)add[i].after);
            assert_int_equal(stats_read_clear(s, (uint16_t)(id + 1)), add[i].after >> 32);
            assert_int_equal(stats_peek(s, id), 0);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_received_frame_counts_as_the_reference_says),
        cmocka_unit_test(every_transmitted_frame_counts_as_the_reference_says),
        cmocka_unit_test(size_bins_have_the_documented_edges),
        cmocka_unit_test(a_read_has_the_side_effect_of_its_access_class),
        cmocka_unit_test(counters_stick_at_all_ones),
        cmocka_unit_test(octet_pairs_carry_and_stick_at_all_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
