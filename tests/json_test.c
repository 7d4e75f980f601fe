// SPDX-License-Identifier: Apache-2.0
// The JSON of a run against its contract, and the timeline file.
#include "lab/result.h"
#include "hostbridge/timeline.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

// What users and scripts rely on: path and type (i integer, n number, b boolean, s string, o
// object, a array).
static const struct {
    const char *path;
    char type;
} CONTRACT[] = {
    {"config/version", 's'},
    {"config/seed", 'i'},
    {"config/nic", 's'},
    {"config/adaptive_rx", 'b'},
    {"config/budget", 'i'},
    {"config/link_speed", 'i'},
    {"config/multiplier", 'n'},
    {"trace/name", 's'},
    {"trace/sha256", 's'},
    {"trace/records", 'i'},
    {"trace/padded", 'i'},
    {"trace/cut", 'i'},
    {"trace/clamped", 'i'},
    {"trace/max_injection_error_ns", 'i'},
    {"packets/offered", 'i'},
    {"packets/delivered", 'i'},
    {"packets/dropped/bad_fcs", 'i'},
    {"packets/dropped/oversize", 'i'},
    {"packets/dropped/undersize", 'i'},
    {"packets/dropped/filtered", 'i'},
    {"packets/dropped/fifo_overflow", 'i'},
    {"packets/dropped/no_descriptor", 'i'},
    {"packets/dropped/backend_queue", 'i'},
    {"packets/dropped/socket_buffer", 'i'},
    {"packets/dropped/iommu_fault", 'i'},
    {"packets/dropped/in_flight_at_end", 'i'},
    {"packets/dropped/queue_disabled", 'i'},
    {"packets/dropped/driver", 'i'},
    {"packets/to_send", 'i'},
    {"packets/unsent/queue_full", 'i'},
    {"packets/unsent/driver_error", 'i'},
    {"packets/unsent/driver_freed", 'i'},
    {"packets/unsent/backend", 'i'},
    {"packets/unsent/bridge", 'i'},
    {"packets/unsent/in_flight_at_end", 'i'},
    {"packets/replicated", 'i'},
    {"rates/offered_mbps", 'n'},
    {"rates/delivered_mbps", 'n'},
    {"rates/offered_pps", 'n'},
    {"rates/delivered_pps", 'n'},
    {"moderation/requested", 'o'},
    {"moderation/programmed", 'o'},
    {"moderation/observed/min_gap_ns", 'i'},
    {"moderation/observed/mean_gap_ns", 'n'},
    {"moderation/observed/packets_per_interrupt", 'n'},
    {"interrupts/asserted", 'i'},
    {"interrupts/per_second", 'n'},
    {"interrupts/min_gap_ns", 'i'},
    {"interrupts/causes/RXT0", 'i'},
    {"napi/polls", 'i'},
    {"napi/packets_per_poll/mean", 'n'},
    {"napi/packets_per_poll/p50", 'i'},
    {"napi/packets_per_poll/p99", 'i'},
    {"napi/packets_per_poll/max", 'i'},
    {"napi/packets_per_poll/histogram", 'a'},
    {"napi/budget_exhausted", 'i'},
    {"latency_ns/min", 'i'},
    {"latency_ns/mean", 'n'},
    {"latency_ns/p50", 'i'},
    {"latency_ns/p90", 'i'},
    {"latency_ns/p99", 'i'},
    {"latency_ns/p999", 'i'},
    {"latency_ns/max", 'i'},
    {"latency_ns/count", 'i'},
    {"latency_driver_ns/p50", 'i'},
    {"coalescing_ns/p50", 'i'},
    {"cpu", 'a'},
    {"exits/total", 'i'},
    {"exits/mmio_read", 'i'},
    {"exits/mmio_write", 'i'},
    {"exits/interrupt", 'i'},
    {"exits/eoi", 'i'},
    {"exits/hlt", 'i'},
    {"exits/ipi", 'i'},
    {"iommu/translations", 'i'},
    {"iommu/iotlb_hits", 'i'},
    {"iommu/walks", 'i'},
    {"iommu/faults", 'i'},
    {"functions", 'a'},
    {"sim/engine", 's'},
    {"sim/jobs", 'i'},
    {"sim/paths", 'o'},
    {"sim/cycles", 'i'},
    {"sim/simulated_s", 'n'},
    {"sim/wall_s", 'n'},
    {"sim/realtime_factor", 'n'},
};

typedef struct fixture {
    lab_options_t options;
    run_result_t result;
    report_t report;
} fixture_t;

static int setup(void **state)
{
    fixture_t *x = calloc(1, sizeof *x);
    char err[LAB_ERR_LEN], notes[LAB_NOTES_LEN];
    run_result_t *r = &x->result;
    options_defaults(&x->options);
    x->options.run.trace = "gen:cbr";
    if (options_set(&x->options, OPT_RX_USECS, "50", err) != 0) return -1;
    if (options_resolve(&x->options, notes, err) != 0) return -1;
    if (meter_hist_init(&r->latency) || meter_hist_init(&r->latency_driver) ||
        meter_hist_init(&r->coalescing) || meter_hist_init(&r->packets_per_poll)) {
        return -1;
    }
    r->offered = 1000;
    r->delivered = 990;
    r->drops.socket_buffer = 7;
    r->drops.in_flight_at_end = 3;
    r->offered_bytes = 60000;
    r->delivered_bytes = 59400;
    r->first_cyc = 1000;
    r->last_cyc = 1000 + 125000000 - 1; // one second
    r->last_delivery_cyc = r->last_cyc;
    r->end_cyc = r->cycles = 125001000;
    r->irq_asserted = 301;
    r->irq_gaps = 300;
    r->irq_gap_sum_ns = 100;
    r->poll_packets = 990;
    r->polls = 330;
    r->cores = 1;
    r->cpu[0].wall_ps = 3000;
    r->cpu[0].irq_ps = 1000;
    r->cpu[0].idle_ps = 2000;
    r->cpu[0].idle_ticks = 7;
    r->programmed.itr = 195;
    r->programmed.interval_ns = 49920;
    r->wall_s = 0.25;
    for (int i = 0; i < 990; i++) meter_hist_add(&r->latency, 16000);
    for (int i = 0; i < 330; i++) meter_hist_add(&r->packets_per_poll, 3);
    x->report.options = &x->options;
    x->report.result = r;
    strcpy(x->report.trace_name, "gen:cbr");
    figures_compute(r, &x->report.figures);
    *state = x;
    return 0;
}

static int teardown(void **state)
{
    fixture_t *x = *state;
    meter_hist_free(&x->result.latency);
    meter_hist_free(&x->result.latency_driver);
    meter_hist_free(&x->result.coalescing);
    meter_hist_free(&x->result.packets_per_poll);
    free(x);
    return 0;
}

static json_t *at(json_t *j, const char *path)
{
    char key[64];
    while (j && *path) {
        size_t len = strcspn(path, "/");
        memcpy(key, path, len);
        key[len] = '\0';
        j = json_object_get(j, key);
        path += len + (path[len] == '/');
    }
    return j;
}

static char *dump(const json_t *j)
{
    return json_dumps(j, JSON_INDENT(2) | JSON_REAL_PRECISION(15));
}

// ---- the result --------------------------------------------------------------------------------

static void every_key_of_the_contract_is_there(void **state)
{
    fixture_t *x = *state;
    json_t *j = result_json(&x->report);
    for (size_t i = 0; i < sizeof CONTRACT / sizeof CONTRACT[0]; i++) {
        json_t *v = at(j, CONTRACT[i].path);
        if (!v) fail_msg("%s is missing", CONTRACT[i].path);
        char t = CONTRACT[i].type;
        bool ok = t == 'i'   ? json_is_integer(v)
                  : t == 'n' ? json_is_number(v)
                  : t == 'b' ? json_is_boolean(v)
                  : t == 's' ? json_is_string(v)
                  : t == 'o' ? json_is_object(v)
                             : json_is_array(v);
        if (!ok) fail_msg("%s has the wrong type", CONTRACT[i].path);
    }
    json_t *core = json_array_get(at(j, "cpu"), 0);
    static const char *const CORE[] = {"core",       "irq",  "softirq", "ksoftirqd", "app",
                                       "hypervisor", "idle", "steal",   "ticks"};
    for (size_t i = 0; i < sizeof CORE / sizeof CORE[0]; i++)
        assert_non_null(json_object_get(core, CORE[i]));
    json_t *pf = json_array_get(at(j, "functions"), 0);
    static const char *const PF[] = {"packets", "moderation", "interrupts", "napi", "latency_ns"};
    for (size_t i = 0; i < sizeof PF / sizeof PF[0]; i++)
        assert_non_null(json_object_get(pf, PF[i]));
    json_decref(j);
}

static void every_option_that_matters_is_in_config(void **state)
{
    fixture_t *x = *state;
    json_t *j = result_json(&x->report);
    for (int i = 0; i < OPT_COUNT; i++) {
        if (!option_rows[i].key || i == OPT_ENGINE)
            continue; // the engine must not matter: it is in "sim"
        if (!json_object_get(at(j, "config"), option_rows[i].key))
            fail_msg("%s is missing", option_rows[i].key);
    }
    assert_null(at(j, "config/engine"));
    json_decref(j);
}

// A device with functions: an element each; what it has not got is null.
static void functions_are_told_one_by_one(void **state)
{
    fixture_t *x = *state;
    run_result_t *r = &x->result;
    x->options.run.nic = NIC_82576;
    x->options.run.vfs = 2;
    r->functions = 3;
    r->replicated = 4;
    r->drops.queue_disabled = 4;
    for (unsigned i = 0; i < 3; i++) {
        run_function_t *f = &r->function[i];
        assert_int_equal(meter_hist_init(&f->latency), 0);
        assert_int_equal(meter_hist_init(&f->latency_driver), 0);
        assert_int_equal(meter_hist_init(&f->coalescing), 0);
        assert_int_equal(meter_hist_init(&f->packets_per_poll), 0);
        f->number = i;
        f->mac[5] = (uint8_t)(0xA0 + i);
        f->hosts = 7 * i;
        f->wire = (run_flow_t){.offered = 500 * i, .delivered = 500 * i - i};
        f->wire.drops.no_descriptor = i;
        f->looped = (run_flow_t){.offered = 9, .delivered = 8, .drops.socket_buffer = 1};
        f->looped_sent = 5;
        f->programmed = (run_programmed_t){.itr = 20 + i, .interval_ns = 1000 * (20 + i)};
        f->irq_asserted = 100;
        f->irq_gaps = 98;
        f->irq_gap_sum_ns = 98000;
        meter_hist_add(&f->latency, 1000 * i);
    }
    r->programmed = r->function[1].programmed;
    figures_compute(r, &x->report.figures);
    json_t *j = result_json(&x->report), *list = at(j, "functions");
    static const char *const NAME[] = {"pf", "vf0", "vf1"};
    static const char *const KEYS[] = {"mac",
                                       "hosts",
                                       "packets/sent",
                                       "packets/spoofed",
                                       "looped/sent",
                                       "looped/dropped_total",
                                       "napi/polls",
                                       "latency_driver_ns",
                                       "coalescing_ns",
                                       "interrupts/per_second",
                                       "moderation/requested/rx_usecs"};
    assert_int_equal(json_array_size(list), 3);
    for (unsigned i = 0; i < 3; i++) {
        json_t *f = json_array_get(list, i);
        assert_string_equal(json_string_value(at(f, "function")), NAME[i]);
        for (size_t n = 0; n < sizeof KEYS / sizeof KEYS[0]; n++)
            if (!at(f, KEYS[n])) fail_msg("%s is missing", KEYS[n]);
        assert_int_equal(json_integer_value(at(f, "packets/offered")), 500 * i);
        assert_int_equal(json_integer_value(at(f, "packets/dropped_total")), i);
        assert_int_equal(json_integer_value(at(f, "looped/delivered")), 8);
        assert_int_equal(json_integer_value(at(f, "latency_ns/max")), 1000 * i);
        assert_int_equal(json_integer_value(at(f, "moderation/programmed/interval_ns")),
                         1000 * (20 + i));
        assert_true(json_is_null(at(f, "moderation/programmed/rdtr")));
        assert_true(json_real_value(at(f, "moderation/observed/mean_gap_ns")) == 1000);
        assert_null(at(f, "interrupts/causes")); // the device's
    }
    assert_non_null(at(j, "interrupts/causes/VMMB"));
    assert_true(json_is_string(at(j, "config/nic")));
    assert_string_equal(json_string_value(at(j, "config/nic")), "82576");
    assert_null(at(j, "interrupts/causes/RXT0"));
    json_decref(j);
    char *text = NULL;
    size_t len = 0;
    for (int verbose = 0; verbose < 2; verbose++) {
        FILE *f = open_memstream(&text, &len);
        result_table(f, &x->report, verbose);
        fclose(f);
        assert_non_null(strstr(text, "\n  vf1 "));
        assert_non_null(strstr(text, "interval (EITR)"));
        assert_null(strstr(text, "RDTR"));
        for (const char *line = text; *line; line += strcspn(line, "\n") + 1)
            assert_true(strcspn(line, "\n") <= 80);
        free(text);
    }
    for (unsigned i = 0; i < 3; i++) {
        meter_hist_free(&r->function[i].latency);
        meter_hist_free(&r->function[i].latency_driver);
        meter_hist_free(&r->function[i].coalescing);
        meter_hist_free(&r->function[i].packets_per_poll);
    }
}

static void asked_programmed_and_observed_are_told_apart(void **state)
{
    fixture_t *x = *state;
    json_t *j = result_json(&x->report);
    assert_int_equal(json_integer_value(at(j, "moderation/requested/rx_usecs")), 50);
    assert_true(json_is_null(at(j, "moderation/requested/rdtr")));
    assert_true(json_is_false(at(j, "moderation/requested/adaptive_rx")));
    assert_true(json_is_false(at(j, "config/adaptive_rx")));
    assert_int_equal(json_integer_value(at(j, "moderation/programmed/itr")), 195);
    assert_int_equal(json_integer_value(at(j, "moderation/programmed/interval_ns")), 49920);
    json_decref(j);
}

static void reals_are_exact_decimals(void **state)
{
    fixture_t *x = *state;
    json_t *j = result_json(&x->report);
    char *text = dump(j);
    assert_non_null(strstr(text, "\"offered_pps\": 1000.0,"));
    assert_non_null(strstr(text, "\"offered_mbps\": 0.48,"));
    assert_non_null(strstr(text, "\"delivered_mbps\": 0.475,"));       // 0.4752, rounded down
    assert_non_null(strstr(text, "\"packets_per_interrupt\": 3.289")); // 990 / 301
    assert_non_null(strstr(text, "\"irq\": 0.333333,"));
    free(text);
    json_decref(j);
}

static void only_sim_differs_between_equal_runs(void **state)
{
    fixture_t *x = *state;
    json_t *a = result_json(&x->report);
    x->result.wall_s = 17.5;
    x->result.visits = 12345;
    strcpy(x->report.summary, "elsewhere/summary.json");
    figures_compute(&x->result, &x->report.figures);
    json_t *b = result_json(&x->report);
    assert_false(json_equal(a, b));
    json_object_del(a, "sim");
    json_object_del(b, "sim");
    char *ta = dump(a), *tb = dump(b);
    assert_string_equal(ta, tb);
    free(ta);
    free(tb);
    json_decref(a);
    json_decref(b);
}

static void an_empty_run_has_all_keys_and_no_division_by_zero(void **state)
{
    fixture_t *x = *state;
    run_result_t full = x->result;
    memset(&x->result, 0, sizeof x->result);
    figures_compute(&x->result, &x->report.figures);
    json_t *j = result_json(&x->report);
    assert_int_equal(json_integer_value(at(j, "latency_ns/count")), 0);
    assert_int_equal(json_array_size(at(j, "cpu")), 0);
    json_decref(j);
    char *text = NULL;
    size_t len = 0;
    FILE *f = open_memstream(&text, &len);
    result_table(f, &x->report, true);
    fclose(f);
    assert_true(len > 0);
    free(text);
    x->result = full;
}

static void huge_counters_stay_integers(void **state)
{
    fixture_t *x = *state;
    x->result.offered_bytes = UINT64_MAX;
    x->result.offered = UINT64_MAX;
    figures_compute(&x->result, &x->report.figures);
    json_t *j = result_json(&x->report);
    assert_int_equal(json_integer_value(at(j, "packets/offered")), INT64_MAX);
    json_decref(j);
}

static void the_table_fits_80_columns(void **state)
{
    fixture_t *x = *state;
    char *text = NULL;
    size_t len = 0;
    FILE *f = open_memstream(&text, &len);
    result_table(f, &x->report, true);
    fclose(f);
    for (char *line = text; *line;
         line += strcspn(line, "\n") + (line[strcspn(line, "\n")] == '\n')) {
        size_t width = strcspn(line, "\n");
        if (width > 80) fail_msg("%.*s", (int)width, line);
    }
    assert_non_null(strstr(text, "50 us")); // asked, programmed
    assert_non_null(strstr(text, "195 = 49.920 us"));
    free(text);
}

// ---- the timeline ------------------------------------------------------------------------------

static json_t *timeline_file(uint64_t max_events, unsigned events)
{
    char path[] = "/tmp/moderato-timeline-XXXXXX", err[TIMELINE_ERR_LEN] = "";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    timeline_t *t = timeline_open(path, max_events, err);
    assert_non_null(t);
    for (unsigned i = 0; i < events; i++) {
        timeline_slice(t, TIMELINE_WIRE_RX, i * 100, i * 100 + 84, "frame \"\\\n", "record", i,
                       "bytes", 60);
        timeline_instant(t, TIMELINE_IRQ, i * 100 + 90, "assert", NULL, 0);
        timeline_counter(t, i * 100, "queue", i);
    }
    timeline_begin(t, timeline_core(15, TIMELINE_CORE_APP), 1, "left open");
    assert_int_equal(timeline_close(t, 1000000, err), 0);
    json_error_t why;
    json_t *j = json_load_file(path, 0, &why);
    if (!j) fail_msg("%s", why.text);
    unlink(path);
    return j;
}

static size_t count_events(json_t *j)
{
    size_t n = 0, i;
    json_t *e;
    json_array_foreach(json_object_get(j, "traceEvents"), i, e)
    {
        n += strcmp(json_string_value(json_object_get(e, "ph")), "M") != 0;
    }
    return n;
}

static void a_timeline_is_json_with_its_counts(void **state)
{
    (void)state;
    json_t *j = timeline_file(1000, 10);
    assert_int_equal(count_events(j), 31); // 3 * 10, and the span left open
    assert_int_equal(json_integer_value(at(j, "otherData/events")), 31);
    assert_int_equal(json_integer_value(at(j, "otherData/left_out")), 0);
    json_decref(j);
}

static void a_timeline_is_bounded_and_says_so(void **state)
{
    (void)state;
    json_t *j = timeline_file(7, 100000);
    assert_int_equal(count_events(j), 7);
    assert_int_equal(json_integer_value(at(j, "otherData/left_out")), 3 * 100000 + 1 - 7);
    json_decref(j);
    j = timeline_file(0, 0);
    assert_int_equal(count_events(j), 0);
    json_decref(j);
}

static void a_full_disk_is_reported(void **state)
{
    char err[TIMELINE_ERR_LEN] = "";
    (void)state;
    timeline_t *t = timeline_open("/dev/full", 1000, err);
    if (!t) skip();
    timeline_instant(t, TIMELINE_IRQ, 1, "assert", NULL, 0);
    assert_int_equal(timeline_close(t, 2, err), -1);
    assert_non_null(strstr(err, "/dev/full"));
    assert_null(timeline_open("/no/such/dir/t.json", 1, err));
}

static void no_timeline_is_no_work(void **state)
{
    char err[TIMELINE_ERR_LEN] = "";
    (void)state;
    timeline_slice(NULL, 0, 0, 1, "x", NULL, 0, NULL, 0);
    timeline_begin(NULL, 0, 0, "x");
    timeline_end(NULL, 0, 1);
    timeline_instant(NULL, 0, 0, "x", NULL, 0);
    timeline_counter(NULL, 0, "x", 0);
    assert_true(timeline_full(NULL));
    assert_int_equal(timeline_close(NULL, 0, err), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_key_of_the_contract_is_there, setup, teardown),
        cmocka_unit_test_setup_teardown(every_option_that_matters_is_in_config, setup, teardown),
        cmocka_unit_test_setup_teardown(asked_programmed_and_observed_are_told_apart, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(functions_are_told_one_by_one, setup, teardown),
        cmocka_unit_test_setup_teardown(reals_are_exact_decimals, setup, teardown),
        cmocka_unit_test_setup_teardown(only_sim_differs_between_equal_runs, setup, teardown),
        cmocka_unit_test_setup_teardown(an_empty_run_has_all_keys_and_no_division_by_zero, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(huge_counters_stay_integers, setup, teardown),
        cmocka_unit_test_setup_teardown(the_table_fits_80_columns, setup, teardown),
        cmocka_unit_test(a_timeline_is_json_with_its_counts),
        cmocka_unit_test(a_timeline_is_bounded_and_says_so),
        cmocka_unit_test(a_full_disk_is_reported),
        cmocka_unit_test(no_timeline_is_no_work),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
