// SPDX-License-Identifier: Apache-2.0
// Counters of the 82576: the rows of rtl/regs_82576.def, the counters of the 82540EM behind them, those of queues and VFs.
#include "model/stats_82576.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static stats_82576_t *power_on(void)
{
    static stats_82576_t s;
    memset(&s, 0xA5, sizeof s);
    stats_82576_reset(&s);
    return &s;
}

static bool of_vf(const reg_row_t *r)
{
    return r->off >= 0x10000;
}

static void every_row_is_one_of_these_and_reads_0(void **state)
{
    (void)state;
    const stats_82576_t *s = power_on();
    unsigned rows = 0, vf_rows = 0;
    for (unsigned k = 0; k < igb_reg_row_count; k++) {
        const reg_row_t *r = &igb_reg_rows[k];
        if (r->owner != OWN_stats) {
            if (r->owner != OWN_vf) assert_false(stats_82576_mine(r->first));
            continue;
        }
        assert_true(stats_82576_mine(r->first));
        for (uint32_t i = 0; i < r->count; i++)
            assert_int_equal(stats_82576_peek(s, r->first, i), 0);
        rows++;
        vf_rows += of_vf(r);
    }
    assert_int_equal(vf_rows, STATS_82576_VF_COUNT);
    assert_true(rows > 70);
}

// A register that the 82540EM has at the same offset is the same counter, and no other is one of its.
static void counters_of_the_82540em_lie_where_they_lie_there(void **state)
{
    (void)state;
    unsigned same = 0;
    for (unsigned j = 0; j < reg_row_count; j++) {
        const reg_row_t *e = &reg_rows[j];
        if (e->owner != OWN_stats) continue;
        stats_82576_t *s = power_on();
        s->core.count_q[e->first - E1000_R_CRCERRS] = 77;
        for (unsigned k = 0; k < igb_reg_row_count; k++) {
            const reg_row_t *r = &igb_reg_rows[k];
            if (r->owner != OWN_stats) continue;
            if (strcmp(r->name, e->name) == 0) {
                assert_int_equal(r->off, e->off);
                assert_int_equal(r->access, e->access);
            }
            const uint32_t want = r->off == e->off ? 77 : 0;
            if (stats_82576_peek(s, r->first, 0) != want) fail_msg("%s, %s", e->name, r->name);
            same += want != 0;
        }
    }
    assert_int_equal(same, STATS_COUNT);
}

// RC clears, RCL not, RCH both, RO not; whatever is in the others stays.
static void reads_clear_as_the_table_says(void **state)
{
    (void)state;
    for (unsigned k = 0; k < igb_reg_row_count; k++) {
        const reg_row_t *r = &igb_reg_rows[k];
        if (r->owner != OWN_stats) continue;
        for (uint32_t i = 0; i < r->count; i++) {
            stats_82576_t *s = power_on();
            memset(s, 0x11, sizeof *s);
            const stats_82576_t full = *s;
            const uint32_t v = stats_82576_peek(s, r->first, i);
            assert_int_equal(stats_82576_read_clear(s, r->first, i), v);
            const bool clears = r->access == ACC_RC || r->access == ACC_RCH;
            assert_int_equal(stats_82576_peek(s, r->first, i), clears ? 0 : v);
            for (unsigned l = 0; l < igb_reg_row_count; l++) {
                const reg_row_t *o = &igb_reg_rows[l];
                if (o->owner != OWN_stats) continue;
                for (uint32_t j = 0; j < o->count; j++) {
                    if (o == r && j == i) continue;
                    const bool low = r->access == ACC_RCH && o->off == r->off - 4;
                    assert_int_equal(stats_82576_peek(s, o->first, j),
                                     low ? 0 : stats_82576_peek(&full, o->first, j));
                }
            }
        }
    }
}

static void frames_count_in_the_core(void **state)
{
    (void)state;
    stats_82576_t *s = power_on();
    stats_rx(&s->core, &(stats_rx_event_t){.len = 9728, .flags = STATS_LPE | STATS_MCAST});
    stats_tx(&s->core, &(stats_tx_event_t){.len = 100, .flags = STATS_BCAST});
    assert_int_equal(stats_82576_peek(s, IGB_R_GPRC, 0), 1);
    assert_int_equal(stats_82576_peek(s, IGB_R_MPRC, 0), 1);
    assert_int_equal(stats_82576_peek(s, IGB_R_GORCL, 0), 9728);
    assert_int_equal(stats_82576_peek(s, IGB_R_BPTC, 0), 1);
    assert_int_equal(stats_82576_peek(s, IGB_R_PTC127, 0), 1);
    stats_82576_tick(s, &(stats_82576_in_t){.rnbc = true, .tsc = true});
    stats_82576_tick(s, &(stats_82576_in_t){.tsc = true, .tsc_bad = true});
    assert_int_equal(stats_82576_peek(s, IGB_R_RNBC, 0), 1);
    assert_int_equal(stats_82576_peek(s, IGB_R_TSCTC, 0), 1);
    assert_int_equal(stats_82576_peek(s, IGB_R_TSCTFC, 0), 1);
}

static uint32_t vf(const stats_82576_t *s, uint16_t id, unsigned n)
{
    return stats_82576_peek(s, id, n);
}

static void frames_of_vfs(void **state)
{
    (void)state;
    stats_82576_t *s = power_on();
    for (unsigned q = 0; q < IGB_Queues; q++) {
        stats_82576_in_t in = {.there = 0xDF}; // not VF 5
        in.rx = (stats_82576_frame_t){.valid = true, .queue = (uint8_t)q, .len = 64, .mcast = true};
        stats_82576_tick(s, &in);
        in.rx.mcast = false;
        stats_82576_tick(s, &in);
        in.rx = (stats_82576_frame_t){
            .valid = true, .queue = (uint8_t)q, .len = 100, .mcast = true, .loop = true};
        stats_82576_tick(s, &in);
        in.rx.valid = false;
        in.tx =
            (stats_82576_frame_t){.valid = true, .queue = (uint8_t)q, .len = 1000, .wire = true};
        stats_82576_tick(s, &in);
        in.tx.loop = true;
        stats_82576_tick(s, &in);
        in.tx.wire = false;
        stats_82576_tick(s, &in);
        in.tx.loop = false; // spoofed, or nobody's
        stats_82576_tick(s, &in);
    }
    for (unsigned n = 0; n < IGB_Vfs; n++) {
        const uint32_t k = n == 5 ? 0 : 2; // two queues each
        assert_int_equal(vf(s, IGB_R_VFGPRC, n), 2 * k);
        assert_int_equal(vf(s, IGB_R_VFGORC, n), 128 * k);
        assert_int_equal(vf(s, IGB_R_VFMPRC, n), 2 * k);
        assert_int_equal(vf(s, IGB_R_VFGPRLBC, n), k);
        assert_int_equal(vf(s, IGB_R_VFGORLBC, n), 100 * k);
        assert_int_equal(vf(s, IGB_R_VFGPTC, n), 2 * k);
        assert_int_equal(vf(s, IGB_R_VFGOTC, n), 2000 * k);
        assert_int_equal(vf(s, IGB_R_VFGPTLBC, n), 2 * k);
        assert_int_equal(vf(s, IGB_R_VFGOTLBC, n), 2000 * k);
    }
    assert_int_equal(stats_82576_peek(s, IGB_R_RPTHC, 0), 48);
    assert_int_equal(stats_82576_peek(s, IGB_R_HGORCL, 0), 16 * 228);
    assert_int_equal(stats_82576_peek(s, IGB_R_HGPTC, 0), 32);
    assert_int_equal(stats_82576_peek(s, IGB_R_HGOTCL, 0), 32000);
}

static void counters_of_vfs_wrap_and_outlive_resets_of_the_pf(void **state)
{
    (void)state;
    stats_82576_t *s = power_on();
    for (int k = 0; k < STATS_82576_VF_COUNT; k++)
        for (unsigned n = 0; n < IGB_Vfs; n++) s->vf_q[k][n] = UINT32_MAX - n;
    const stats_82576_frame_t f = {.valid = true, .queue = 9, .len = 64};
    stats_82576_tick(s, &(stats_82576_in_t){.there = 0xFF, .rx = f});
    assert_int_equal(vf(s, IGB_R_VFGPRC, 1), UINT32_MAX);
    assert_int_equal(vf(s, IGB_R_VFGORC, 1), 62);
    s->iac_q = s->rpthc_q = s->hgptc_q = s->rqdpc_q[3] = 4;
    s->hgorc_q = s->hgotc_q = 5;
    s->core.count_q[0] = 6;
    stats_82576_tick(s, &(stats_82576_in_t){.reset = true, .there = 0xFF, .rx = f, .rnbc = true});
    for (unsigned k = 0; k < igb_reg_row_count; k++) {
        const reg_row_t *r = &igb_reg_rows[k];
        if (r->owner != OWN_stats) continue;
        assert_int_equal(r->keep, of_vf(r));
        for (uint32_t i = 0; i < r->count; i++)
            assert_int_equal(stats_82576_peek(s, r->first, i) != 0, of_vf(r));
    }
    stats_82576_in_t in = {.there = 0xFF, .rx = f, .vf_clear = 0x0A};
    for (unsigned q = 0; q < IGB_Queues; q++) s->rqdpc_q[q] = 5;
    stats_82576_tick(s, &in); // behind the event
    for (unsigned q = 0; q < IGB_Queues; q++)
        assert_int_equal(stats_82576_peek(s, IGB_R_RQDPC, q), 0x0A >> q % IGB_Pools & 1 ? 0 : 5);
    for (unsigned n = 0; n < IGB_Vfs; n++)
        assert_int_equal(vf(s, IGB_R_VFGPTC, n), n == 1 || n == 3 ? 0 : UINT32_MAX - n);
    assert_int_equal(vf(s, IGB_R_VFGPRC, 1), 0);
}

static void counters_stick(void **state)
{
    (void)state;
    stats_82576_t *s = power_on();
    s->rqdpc_q[7] = s->iac_q = s->rpthc_q = s->hgptc_q = UINT32_MAX - 1;
    s->hgorc_q = s->hgotc_q = UINT64_MAX - 99;
    stats_82576_in_t in = {.drop = true, .drop_queue = 7, .sent = 0x1FFFFFF};
    in.rx = (stats_82576_frame_t){.valid = true, .queue = 1, .len = 60};
    in.tx = (stats_82576_frame_t){.valid = true, .queue = 1, .len = 60, .wire = true};
    for (int k = 0; k < 3; k++) stats_82576_tick(s, &in);
    assert_int_equal(stats_82576_peek(s, IGB_R_RQDPC, 7), UINT32_MAX);
    assert_int_equal(stats_82576_peek(s, IGB_R_IAC, 0), UINT32_MAX);
    assert_int_equal(stats_82576_peek(s, IGB_R_RPTHC, 0), UINT32_MAX);
    assert_int_equal(stats_82576_peek(s, IGB_R_HGPTC, 0), UINT32_MAX);
    assert_int_equal(stats_82576_peek(s, IGB_R_HGORCL, 0), UINT32_MAX);
    assert_int_equal(stats_82576_peek(s, IGB_R_HGORCH, 0), UINT32_MAX);
    assert_int_equal(stats_82576_peek(s, IGB_R_HGOTCL, 0), UINT32_MAX);
    assert_int_equal(stats_82576_peek(s, IGB_R_HGOTCH, 0), UINT32_MAX);
}

static void queues_and_vectors(void **state)
{
    (void)state;
    stats_82576_t *s = power_on();
    for (unsigned q = 0; q < IGB_Queues; q++)
        for (unsigned k = 0; k <= q; k++)
            stats_82576_tick(s, &(stats_82576_in_t){.drop = true, .drop_queue = (uint8_t)q});
    for (unsigned q = 0; q < IGB_Queues; q++) {
        assert_int_equal(stats_82576_read_clear(s, IGB_R_RQDPC, q), q + 1);
        assert_int_equal(stats_82576_peek(s, IGB_R_RQDPC, q), 0);
    }
    stats_82576_tick(s, &(stats_82576_in_t){.sent = 0x1000003});
    stats_82576_tick(s, &(stats_82576_in_t){.sent = 1});
    assert_int_equal(stats_82576_read_clear(s, IGB_R_IAC, 0), 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_one_of_these_and_reads_0),
        cmocka_unit_test(counters_of_the_82540em_lie_where_they_lie_there),
        cmocka_unit_test(reads_clear_as_the_table_says),
        cmocka_unit_test(frames_count_in_the_core),
        cmocka_unit_test(frames_of_vfs),
        cmocka_unit_test(counters_of_vfs_wrap_and_outlive_resets_of_the_pf),
        cmocka_unit_test(counters_stick),
        cmocka_unit_test(queues_and_vectors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
