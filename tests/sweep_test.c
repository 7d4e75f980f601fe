// SPDX-License-Identifier: Apache-2.0
// The figures of a row of a sweep: sums that must come out on every path, and what has no value.
#include "tests/run_help.h"

#include "lab/sweep.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS_MAX = 128, SETTINGS_MAX = 4 };

typedef struct row {
    double value[COLUMNS_MAX];
    bool empty[COLUMNS_MAX];
} row_t;

typedef struct setting {
    enum option_id id;
    const char *value;
} setting_t;

static unsigned column(const char *name)
{
    for (unsigned i = 0; sweep_columns[i].name; i++)
        if (strcmp(sweep_columns[i].name, name) == 0) return i;
    fail_msg("no column '%s'", name);
    return 0;
}

static double value(const row_t *row, const char *name)
{
    return row->value[column(name)];
}

static double sum(const row_t *row, const char *prefix)
{
    double total = 0;
    for (unsigned i = 0; sweep_columns[i].name; i++)
        if (strncmp(sweep_columns[i].name, prefix, strlen(prefix)) == 0) total += row->value[i];
    return total;
}

// The row of a run, read as others do.
static void play(row_t *row, const char *trace, const setting_t set[SETTINGS_MAX])
{
    static lab_options_t o;
    static run_result_t r;
    char err[LAB_ERR_LEN] = "", notes[LAB_NOTES_LEN], *text = NULL;
    size_t len = 0;
    options_defaults(&o);
    o.run.trace = trace;
    for (unsigned i = 0; i < SETTINGS_MAX && set[i].value; i++)
        if (options_set(&o, set[i].id, set[i].value, err) != 0) fail_msg("%s", err);
    if (options_resolve(&o, notes, err) != 0) fail_msg("%s", err);
    memset(&r, 0, sizeof r);
    if (testbed_run(&o.run, &r, NULL) != 0) fail_msg("%s", r.error);
    FILE *f = open_memstream(&text, &len);
    assert_non_null(f);
    sweep_row_figures(f, &r, "");
    fclose(f);
    run_result_free(&r);
    const char *at = text;
    for (unsigned i = 0; sweep_columns[i].name; i++) {
        assert_true(i < COLUMNS_MAX && *at == ',');
        at++;
        row->empty[i] = *at == ',';
        row->value[i] = strtod(at, NULL);
        at += strcspn(at, ",");
    }
    assert_string_equal(at, ",\n");
    free(text);
}

// Each path with losses and costs that not all have.
static const struct {
    setting_t set[SETTINGS_MAX];
    const char *lost, *spent;
} PATHS[] = {
    {{{OPT_PATH, "native"}, {OPT_SOCKBUF, "4096"}}, "dropped_socket_buffer", "cpu_irq"},
    {{{OPT_PATH, "container"}, {OPT_MAX_BACKLOG, "16"}}, "dropped_backend_queue", "cpu_softirq"},
    {{{OPT_PATH, "vf"}, {OPT_PROFILE, "kvm-2012"}, {OPT_SOCKBUF, "4096"}},
     "dropped_socket_buffer",
     "cpu_hypervisor"},
    {{{OPT_PATH, "emulated"}, {OPT_PROFILE, "virtualbox-4"}, {OPT_PCPUS, "2"}},
     "dropped_backend_queue",
     "cpu_steal"},
    {{{OPT_PATH, "virtio"}, {OPT_PROFILE, "kvm-2012"}, {OPT_BACKEND_QUEUE, "1"}},
     "dropped_backend_queue",
     "cpu_backend"},
    {{{OPT_PATH, "xen-pv"}, {OPT_PROFILE, "xen-pv-4"}, {OPT_PCPUS, "1"}},
     "dropped_no_descriptor",
     "cpu_steal"}};

enum { PATHS_N = sizeof PATHS / sizeof PATHS[0] };

static void causes_and_accounts_add_up_on_every_path(void **state)
{
    (void)state;
    unsigned paths = 0;
    row_t row;
    for (const option_choice_t *c = option_choices; c->word; c++)
        paths += c->option == OPT_PATH && c->verbs;
    assert_int_equal(paths, PATHS_N);
    for (unsigned i = 0; i < PATHS_N; i++) {
        const char *path = PATHS[i].set[0].value;
        play(&row, "gen:poisson,size=512,pps=200000,count=4000,bad-fcs=1-in-50", PATHS[i].set);
        RUN_EXPECT(path, sum(&row, "dropped_"), value(&row, "dropped"));
        RUN_EXPECT(path, value(&row, "offered") + value(&row, "replicated"),
                   value(&row, "delivered") + value(&row, "dropped"));
        if (fabs(sum(&row, "cpu_") - 1) > 1e-5) // shares are rounded down
            fail_msg("%s: the accounts are %.6f of the cores", path, sum(&row, "cpu_"));
        if (value(&row, PATHS[i].lost) == 0) fail_msg("%s: no %s", path, PATHS[i].lost);
        if (value(&row, PATHS[i].spent) == 0) fail_msg("%s: no %s", path, PATHS[i].spent);
    }
}

static void an_iommu_has_its_columns(void **state)
{
    (void)state;
    row_t row;
    play(&row, "gen:cbr,pps=10000,count=500",
         (const setting_t[SETTINGS_MAX]){{OPT_IOMMU, "strict"}, {OPT_IOTLB, "8:8:lru"}});
    assert_true(value(&row, "iommu_walks") > 0);
    assert_true(value(&row, "iommu_iotlb_hits") > 0);
    RUN_EXPECT("iommu", value(&row, "iommu_translations"),
               value(&row, "iommu_walks") + value(&row, "iommu_iotlb_hits"));
    RUN_EXPECT("iommu", value(&row, "iommu_faults"), 0);
}

static void no_result_has_the_name_of_an_option(void **state)
{
    (void)state;
    for (const sweep_column_t *c = sweep_columns; c->name; c++) {
        for (int i = 0; i < OPT_COUNT; i++)
            if (option_rows[i].key && strcmp(option_rows[i].key, c->name) == 0)
                fail_msg("column %s twice", c->name);
        for (const sweep_column_t *d = sweep_columns; d < c; d++)
            assert_string_not_equal(d->name, c->name);
    }
}

static void what_was_not_measured_is_empty(void **state)
{
    (void)state;
    static const char *const NONE[] = {"latency_mean_ns", "latency_p50_ns",  "latency_max_ns",
                                       "driver_p99_ns",   "min_gap_ns",      "mean_gap_ns",
                                       "rtt_mean_ns",     "packets_per_poll"};
    row_t row;
    play(&row, "gen:cbr,count=50,dst=02:00:00:00:00:09",
         (const setting_t[SETTINGS_MAX]){{OPT_PROMISC, "off"}});
    RUN_EXPECT("nothing", value(&row, "delivered"), 0);
    for (unsigned i = 0; i < sizeof NONE / sizeof NONE[0]; i++)
        if (!row.empty[column(NONE[i])]) fail_msg("%s has a value", NONE[i]);
    assert_false(row.empty[column("delivered")]);
    play(&row, "gen:cbr,count=50", (const setting_t[SETTINGS_MAX]){{0}});
    assert_false(row.empty[column("latency_p50_ns")]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(causes_and_accounts_add_up_on_every_path),
        cmocka_unit_test(an_iommu_has_its_columns),
        cmocka_unit_test(no_result_has_the_name_of_an_option),
        cmocka_unit_test(what_was_not_measured_is_empty),
    };
    return cmocka_run_group_tests_name("sweep", tests, NULL, NULL);
}
