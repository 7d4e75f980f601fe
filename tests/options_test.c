// SPDX-License-Identifier: Apache-2.0
// The option table, numbers, the rules between options, axes of a sweep.
#include "lab/options.h"
#include "lab/sweep.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char err[LAB_ERR_LEN], notes[LAB_NOTES_LEN];

static int set(lab_options_t *o, const char *name, const char *value)
{
    bool negated = false;
    int id = options_find(name, strlen(name), &negated);
    assert_true(id >= 0);
    return options_set(o, (enum option_id)id, negated ? "off" : value, err);
}

static void must_set(lab_options_t *o, const char *name, const char *value)
{
    if (set(o, name, value) != 0) fail_msg("%s", err);
}

// ---- numbers -----------------------------------------------------------------------------------

static void decimals_are_read_exactly(void **state)
{
    static const struct {
        const char *text;
        unsigned decimals;
        number_result_t result;
        uint64_t v;
    } CASES[] = {
        {"1488095.5", 3, NUMBER_OK, 1488095500},
        {"0.001", 3, NUMBER_OK, 1},
        {"0.0001", 3, NUMBER_TOO_FINE, 0},
        {"0.1000000000000000000000000000000000000", 3, NUMBER_OK, 100},
        {"810", 3, NUMBER_OK, 810000},
        {"1.4880955M", 3, NUMBER_OK, 1488095500},
        {".5", 6, NUMBER_OK, 500000},
        {"5.", 6, NUMBER_OK, 5000000},
        {"1.5k", 0, NUMBER_OK, 1500},
        {"1.5", 0, NUMBER_TOO_FINE, 0},
        {"64Ki", 0, NUMBER_OK, 65536},
        {"0.5Ki", 0, NUMBER_OK, 512},
        {"2G", 0, NUMBER_OK, 2000000000},
        {"0xFf", 0, NUMBER_OK, 255},
        {"0x", 0, NUMBER_SYNTAX, 0},
        {"0x1FFFFFFFFFFFFFFFF", 0, NUMBER_TOO_BIG, 0},
        {"18446744073709551615", 0, NUMBER_OK, UINT64_MAX},
        {"18446744073709551616", 0, NUMBER_TOO_BIG, 0},
        {"99999999999999999999999999999999999999999", 0, NUMBER_TOO_BIG, 0},
        {"18446744073709551.615", 3, NUMBER_OK, UINT64_MAX},
        {"18446744073709551.616", 3, NUMBER_TOO_BIG, 0},
        {"", 0, NUMBER_SYNTAX, 0},
        {".", 3, NUMBER_SYNTAX, 0},
        {"-1", 0, NUMBER_SYNTAX, 0},
        {"+1", 0, NUMBER_SYNTAX, 0},
        {"1.2.3", 3, NUMBER_SYNTAX, 0},
        {"1e3", 3, NUMBER_SYNTAX, 0},
        {" 1", 0, NUMBER_SYNTAX, 0},
        {"1 ", 0, NUMBER_SYNTAX, 0},
        {"5kk", 0, NUMBER_SYNTAX, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        uint64_t v = 0;
        number_result_t got = number_parse(CASES[i].text, CASES[i].decimals, &v);
        if (got != CASES[i].result) fail_msg("'%s': result %d", CASES[i].text, (int)got);
        if (got == NUMBER_OK) assert_int_equal(v, CASES[i].v);
    }
}

static void times_have_units(void **state)
{
    static const struct {
        const char *text;
        uint64_t ns;
    } CASES[] = {{"250ns", 250},
                 {"2.5us", 2500},
                 {"10ms", 10000000},
                 {"1s", 1000000000},
                 {"0.000000001", 1},
                 {"3", 3000000000u},
                 {"0", 0}};
    uint64_t ns;
    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        assert_int_equal(number_parse_time(CASES[i].text, &ns), NUMBER_OK);
        assert_int_equal(ns, CASES[i].ns);
    }
    assert_int_equal(number_parse_time("0.5ns", &ns), NUMBER_TOO_FINE);
    assert_int_equal(number_parse_time("5 ms", &ns), NUMBER_SYNTAX);
    assert_int_equal(number_parse_time("5m", &ns), NUMBER_SYNTAX);
}

static void a_formatted_number_reads_back_the_same(void **state)
{
    rng_t rng;
    (void)state;
    rng_seed(&rng, 7);
    for (int i = 0; i < 20000; i++) {
        uint64_t v = rng_next(&rng) >> rng_below(&rng, 64), back = 0;
        unsigned decimals = (unsigned)rng_below(&rng, 7);
        char buf[NUMBER_LEN];
        number_format(buf, v, decimals);
        assert_int_equal(number_parse(buf, decimals, &back), NUMBER_OK);
        assert_int_equal(back, v);
        number_format_time(buf, v);
        assert_int_equal(number_parse_time(buf, &back), NUMBER_OK);
        assert_int_equal(back, v);
    }
}

static void numbers_are_grouped_by_thousands(void **state)
{
    char buf[NUMBER_LEN];
    (void)state;
    number_group(buf, 1234567, 0);
    assert_string_equal(buf, "1,234,567");
    number_group(buf, 999, 0);
    assert_string_equal(buf, "999");
    number_group(buf, 1234567, 3);
    assert_string_equal(buf, "1,234.567");
    number_group(buf, UINT64_MAX, 0);
    assert_string_equal(buf, "18,446,744,073,709,551,615");
}

// ---- the table ---------------------------------------------------------------------------------

static void rows_are_complete_and_unique(void **state)
{
    (void)state;
    for (int i = 0; i < OPT_COUNT; i++) {
        const option_row_t *r = &option_rows[i];
        assert_true(r->verbs != 0 && r->help[0] != '\0');
        for (int k = 0; k < i; k++) {
            assert_string_not_equal(r->name, option_rows[k].name);
            if (r->key && option_rows[k].key) assert_string_not_equal(r->key, option_rows[k].key);
            assert_true(r->letter == 0 || r->letter != option_rows[k].letter);
        }
        assert_false(options_is_later(r->name, strlen(r->name)));
    }
}

// run_config_defaults() and options.def must not drift apart. What it leaves open means the default
// too.
static void defaults_are_those_of_the_testbed(void **state)
{
    lab_options_t o, bed;
    char a[NUMBER_LEN], b[NUMBER_LEN];
    (void)state;
    options_defaults(&o);
    options_defaults(&bed);
    run_config_defaults(&bed.run);
    for (int i = 0; i < OPT_COUNT; i++) {
        enum option_id id = (enum option_id)i;
        if (!option_rows[i].key) continue;
        const char *ours = options_text(&o, id, a), *theirs = options_text(&bed, id, b);
        bool open = !*theirs || (i == OPT_LOOP && strcmp(theirs, "0") == 0); // 0 passes: one
        if (!open && strcmp(ours, theirs) != 0) {
            fail_msg("--%s: options.def says '%s', run_config_defaults() '%s'", option_rows[i].name,
                     ours, theirs);
        }
    }
}

static void every_default_is_accepted(void **state)
{
    lab_options_t o;
    (void)state;
    options_defaults(&o);
    for (int i = 0; i < OPT_COUNT; i++) {
        if (*option_rows[i].def &&
            options_set(&o, (enum option_id)i, option_rows[i].def, err) != 0) {
            fail_msg("%s", err);
        }
    }
    options_defaults(&o);
    if (options_resolve(&o, notes, err) != 0) fail_msg("%s", err);
    assert_string_equal(notes, "");
    assert_int_equal(o.run.adaptive_rx, 1);
    assert_int_equal(o.run.budget, 64);
    assert_int_equal(o.run.rx_ring, 256);
    assert_false(o.run.watchdog);
    assert_true(o.run.promisc);
    assert_int_equal(o.run.rx_usecs, RUN_UNSET);
    assert_true(o.run.sockbuf != RUN_UNSET); // the profile's
}

static void limits_are_inclusive(void **state)
{
    lab_options_t o;
    (void)state;
    options_defaults(&o);
    must_set(&o, "itr", "65535");
    assert_int_equal(o.run.itr, 65535);
    assert_int_equal(set(&o, "itr", "65536"), -1);
    assert_non_null(strstr(err, "--itr"));
    assert_non_null(strstr(err, "65535"));
    must_set(&o, "budget", "1");
    assert_int_equal(set(&o, "budget", "0"), -1);
    must_set(&o, "mbps", "0.001");
    assert_int_equal(o.run.pace.mbps_milli, 1);
    assert_int_equal(set(&o, "mbps", "0"), -1);
}

static int resolve(lab_options_t *o)
{
    return options_resolve(o, notes, err);
}

// What follows from the device, and what it refuses.
static void functions_have_their_rules(void **state)
{
    (void)state;
    lab_options_t o;
    options_defaults(&o);
    assert_int_equal(resolve(&o), 0);
    assert_string_equal(o.run.driver, "e1000");
    assert_int_equal(o.run.app_cpu, 0);
    must_set(&o, "vfs", "1");
    assert_int_equal(resolve(&o), -1);
    assert_non_null(strstr(err, "the 82540em has no virtual functions"));
    options_defaults(&o);
    must_set(&o, "map", "10.0.0.1=pf");
    assert_int_equal(resolve(&o), -1);
    must_set(&o, "map", "none");
    assert_int_equal(resolve(&o), 0);
    must_set(&o, "nic", "82576");
    assert_int_equal(resolve(&o), 0);
    assert_string_equal(o.run.driver, "igb");
    assert_int_equal(o.run.app_cpu, 0);
    must_set(&o, "vfs", "4");
    assert_int_equal(resolve(&o), 0);
    assert_string_equal(o.run.driver, "igbvf");
    assert_int_equal(o.run.app_cpu, RUN_UNSET); // each with its interrupts
    must_set(&o, "cpus", "2");
    must_set(&o, "app-cpu", "1");
    assert_int_equal(resolve(&o), 0);
    assert_int_equal(o.run.app_cpu, 1);
    must_set(&o, "map", "10.0.0.0/8=3,::1=pf");
    assert_int_equal(resolve(&o), 0);
    must_set(&o, "map", "10.0.0.1=4");
    assert_int_equal(resolve(&o), -1);
    assert_string_equal(err, "--map: '10.0.0.1': =4: a VF (0 .. 3) or pf expected");
    must_set(&o, "vfs", "8");
    must_set(&o, "map", "10.0.0.1=pf");
    assert_int_equal(resolve(&o), -1);
    static const char *const TIMERS[] = {"rdtr", "radv", "tidv", "tadv", "master"};
    for (size_t i = 0; i < sizeof TIMERS / sizeof TIMERS[0]; i++) {
        options_defaults(&o);
        must_set(&o, "nic", "82576");
        must_set(&o, TIMERS[i], "3");
        assert_int_equal(resolve(&o), -1);
        assert_non_null(strstr(err, "no such timer"));
    }
}

// What follows from --path vf.
static void a_path_brings_what_it_needs(void **state)
{
    lab_options_t o;
    (void)state;
    options_defaults(&o);
    must_set(&o, "path", "vf");
    assert_int_equal(resolve(&o), 0);
    assert_true(o.run.nic == NIC_82576 && o.run.vfs == 1 && o.run.iommu == DMA_PINNED);
    assert_string_equal(o.run.driver, "igbvf");
    options_defaults(&o);
    must_set(&o, "path", "vf");
    must_set(&o, "vfs", "5");
    assert_int_equal(resolve(&o), 0);
    assert_int_equal(o.run.cpus, 5);
    must_set(&o, "cpus", "4");
    assert_int_equal(resolve(&o), -1);
    assert_non_null(strstr(err, "a core for each of 5"));
}

static void later_values_are_refused_with_those_available(void **state)
{
    lab_options_t o;
    (void)state;
    options_defaults(&o);
    assert_int_equal(set(&o, "engine", "lockstep"), -1);
    assert_non_null(strstr(err, "model, model-pins, rtl"));
    must_set(&o, "driver", "./my.so");
    assert_true(options_is_later("db", 2));
    char range[160];
    for (int i = 0; i < OPT_COUNT; i++) { // nor does --help offer them
        options_range((enum option_id)i, OPTION_FOR_REPLAY, range, sizeof range);
        for (const option_choice_t *c = option_choices; c->word; c++) {
            if (!(c->verbs & OPTION_FOR_REPLAY) && c->option == (enum option_id)i)
                assert_null(strstr(range, c->word));
        }
    }
}

static void guesses_are_near(void **state)
{
    static const char *const WORDS[] = {"rx-usecs", "rx-frames", "tx-usecs", "budget", "itr", NULL};
    (void)state;
    assert_string_equal(options_guess("rx-usec", WORDS), "rx-usecs");
    assert_string_equal(options_guess("rx-uescs", WORDS), "rx-usecs");
    assert_string_equal(options_guess("buget", WORDS), "budget");
    assert_string_equal(options_guess("itt", WORDS), "itr");
    assert_string_equal(options_guess("usecs", WORDS), "rx-usecs");
    assert_null(options_guess("frobnicate", WORDS));
    assert_null(options_guess("a-word-that-is-far-too-long-to-be-any-option-of-ours", WORDS));
}

// ---- rules -------------------------------------------------------------------------------------

static void naming_an_interval_turns_adaptive_off(void **state)
{
    static const char *const NAMES[] = {"rx-usecs", "itr"};
    lab_options_t o;
    (void)state;
    for (int i = 0; i < 2; i++) {
        options_defaults(&o);
        must_set(&o, NAMES[i], "0");
        assert_int_equal(options_resolve(&o, notes, err), 0);
        assert_int_equal(o.run.adaptive_rx, 0);
        must_set(&o, "adaptive-rx", "off");
        assert_int_equal(options_resolve(&o, notes, err), 0);
        must_set(&o, "adaptive-rx", "on");
        assert_int_equal(options_resolve(&o, notes, err), -1);
        assert_non_null(strstr(err, NAMES[i]));
        assert_non_null(strstr(err, "adaptive-rx"));
    }
    options_defaults(&o);
    must_set(&o, "rdtr", "32"); // not the interval that the algorithm rewrites
    assert_int_equal(options_resolve(&o, notes, err), 0);
    assert_int_equal(o.run.adaptive_rx, 1);
}

// An option that is said to have no effect has none.
static void only_guests_share_processors(void **state)
{
    static const char *const PATHS[] = {"native", "container", "vf", "virtio"};
    lab_options_t o;
    (void)state;
    for (int i = 0; i < 4; i++) {
        options_defaults(&o);
        must_set(&o, "path", PATHS[i]);
        must_set(&o, "pcpus", "1");
        assert_int_equal(options_resolve(&o, notes, err), 0);
        assert_int_equal(o.run.pcpus, i < 2 ? 0 : 1);
        assert_true((strstr(notes, "--pcpus has no effect") != NULL) == (i < 2));
    }
}

static void two_options_for_one_thing_are_an_error(void **state)
{
    static const char *const PAIRS[][2] = {{"rx-usecs", "itr"},
                                           {"tx-usecs", "tidv"},
                                           {"pps", "mbps"},
                                           {"pps", "multiplier"},
                                           {"mbps", "multiplier"}};
    lab_options_t o;
    (void)state;
    for (size_t i = 0; i < sizeof PAIRS / sizeof PAIRS[0]; i++) {
        options_defaults(&o);
        must_set(&o, PAIRS[i][0], "5");
        assert_int_equal(options_resolve(&o, notes, err), 0);
        must_set(&o, PAIRS[i][1], "5");
        assert_int_equal(options_resolve(&o, notes, err), -1);
    }
    options_defaults(&o);
    must_set(&o, "pps", "5");
    must_set(&o, "topspeed", "on");
    assert_int_equal(options_resolve(&o, notes, err), -1);
    must_set(&o, "topspeed", "off");
    assert_int_equal(options_resolve(&o, notes, err), 0);
    assert_int_equal(o.run.pace.multiplier_ppm, 0);
}

static void an_inert_radv_is_said(void **state)
{
    lab_options_t o;
    (void)state;
    options_defaults(&o);
    must_set(&o, "radv", "8");
    assert_int_equal(options_resolve(&o, notes, err), 0);
    assert_non_null(strstr(notes, "--radv"));
    must_set(&o, "rdtr", "0");
    assert_int_equal(options_resolve(&o, notes, err), 0);
    assert_non_null(strstr(notes, "--radv"));
    must_set(&o, "rdtr", "4");
    assert_int_equal(options_resolve(&o, notes, err), 0);
    assert_string_equal(notes, "");
}

static void cores_and_rings_are_checked(void **state)
{
    lab_options_t o;
    (void)state;
    options_defaults(&o);
    must_set(&o, "cpus", "2");
    must_set(&o, "app-cpu", "2");
    assert_int_equal(options_resolve(&o, notes, err), -1);
    must_set(&o, "app-cpu", "1");
    assert_int_equal(options_resolve(&o, notes, err), 0);
    must_set(&o, "rx-ring", "100");
    assert_int_equal(options_resolve(&o, notes, err), -1);
    options_defaults(&o);
    must_set(&o, "profile", "no-such-profile");
    assert_int_equal(options_resolve(&o, notes, err), -1);
    assert_non_null(strstr(err, "no-such-profile"));
}

// ---- the printed configuration -----------------------------------------------------------------

// Gives the words of a printed command line back to the parser, as a shell would.
static void read_command(lab_options_t *o, char *text)
{
    char *saved = NULL, *word = strtok_r(text, " \\\n", &saved);
    assert_string_equal(word, "moderato");
    strtok_r(NULL, " \\\n", &saved);
    o->run.trace = strtok_r(NULL, " \\\n", &saved);
    while ((word = strtok_r(NULL, " \\\n", &saved))) {
        bool negated = false;
        assert_memory_equal(word, "--", 2);
        int id = options_find(word + 2, strlen(word + 2), &negated);
        assert_true(id >= 0);
        enum option_kind kind = option_rows[id].kind;
        bool bare = kind == OPTION_FLAG || kind == OPTION_NEGFLAG;
        const char *value = negated ? "off" : bare ? "on" : strtok_r(NULL, " \\\n", &saved);
        if (options_set(o, (enum option_id)id, value, err) != 0) fail_msg("%s", err);
    }
}

// A random value for an option that has a number or words.
static void set_random(lab_options_t *o, enum option_id id, rng_t *rng)
{
    const option_row_t *row = &option_rows[id];
    char buf[NUMBER_LEN];
    if (options_is_number(id)) {
        uint64_t span = row->max - row->min, v = row->min + rng_below(rng, span) / 8 * 8;
        if (v < row->min || row->kind != OPTION_COUNT32) v = row->min + rng_below(rng, span);
        if (row->kind == OPTION_COUNT32)
            v = (v + 7) / 8 * 8 <= row->max ? (v + 7) / 8 * 8 : row->max;
        if (row->kind == OPTION_TIME) number_format_time(buf, v);
        else
            number_format(buf, v,
                          row->kind == OPTION_MILLI   ? 3
                          : row->kind == OPTION_MICRO ? 6
                                                      : 0);
        if (options_set(o, id, buf, err) != 0) fail_msg("%s", err);
    } else if (row->kind == OPTION_SWITCH || row->kind == OPTION_FLAG ||
               row->kind == OPTION_NEGFLAG) {
        options_set(o, id, rng_below(rng, 2) ? "on" : "off", err);
    }
}

static void the_printed_command_reads_back_the_same(void **state)
{
    rng_t rng;
    unsigned compared = 0;
    (void)state;
    rng_seed(&rng, 3);
    for (int round = 0; round < 300; round++) {
        lab_options_t o, back;
        char *text = NULL;
        size_t len = 0;
        options_defaults(&o);
        o.run.trace = "gen:cbr,size=64";
        for (int i = 0; i < OPT_COUNT; i++) {
            if (option_rows[i].key && rng_below(&rng, 3) == 0)
                set_random(&o, (enum option_id)i, &rng);
        }
        if (options_resolve(&o, notes, err) != 0) continue; // two paces and the like
        FILE *f = open_memstream(&text, &len);
        options_command(f, &o, "replay");
        fclose(f);
        for (char *line = text; *line; line += strcspn(line, "\n") + 1)
            assert_true(strcspn(line, "\n") <= 80);
        options_defaults(&back);
        read_command(&back, text);
        if (options_resolve(&back, notes, err) != 0) fail_msg("%s", err);
        compared++;
        json_t *a = options_json(&o), *b = options_json(&back);
        assert_true(json_equal(a, b));
        json_decref(a);
        json_decref(b);
        free(text);
    }
    assert_true(compared > 20);
}

// ---- axes --------------------------------------------------------------------------------------

static void check_axis(const char *text, const char *values)
{
    sweep_axis_t a;
    char joined[512] = "";
    if (sweep_axis_parse(&a, text, err) != 0) fail_msg("%s", err);
    for (size_t i = 0; i < a.count; i++) {
        size_t used = strlen(joined);
        snprintf(joined + used, sizeof joined - used, "%s%s", i ? " " : "", a.values[i]);
    }
    assert_string_equal(joined, values);
    sweep_axis_free(&a);
}

static void axes_are_lists_and_ranges(void **state)
{
    (void)state;
    check_axis("rx-usecs=0,8,32", "0 8 32");
    check_axis("rx-frames=1:64:*2", "1 2 4 8 16 32 64");
    check_axis("itr=0:1000:+300", "0 300 600 900");
    check_axis("itr=65535:65535:+1", "65535");
    check_axis("budget=1:10:*1.5", "1 2 3 4 6 9");
    check_axis("multiplier=0.25:1:+0.25", "0.25 0.5 0.75 1");
    check_axis("max-gap=1ms:100ms:*10", "1ms 10ms 100ms");
    check_axis("rx-usecs=0,10:30:+10,100", "0 10 20 30 100");
    check_axis("adaptive-rx=on,off", "on off");
    check_axis("nic=82540em,82545gm", "82540em 82545gm");
    check_axis("seed=9223372036854775806:9223372036854775807:+3", "9223372036854775806");
}

static void wrong_axes_are_refused(void **state)
{
    static const char *const WRONG[] = {
        "itr",        "=1",           "itr=",       "itr=1,",         "itr=1,,2",
        "itr=2:1:+1", "itr=0:4:*2",   "itr=0:4:+0", "itr=1:4:*1",     "itr=1:4:2",
        "itr=1:4",    "itr=x",        "itr=65536",  "itr=0:65536:+1", "json=a",
        "nope=1",     "path=nowhere", "nic=a:b:+1", "topspeed=yes",   "itr=1:4:+1:5"};
    (void)state;
    for (size_t i = 0; i < sizeof WRONG / sizeof WRONG[0]; i++) {
        sweep_axis_t a;
        err[0] = '\0';
        if (sweep_axis_parse(&a, WRONG[i], err) == 0) fail_msg("'%s' was accepted", WRONG[i]);
        assert_true(err[0] != '\0');
        sweep_axis_free(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decimals_are_read_exactly),
        cmocka_unit_test(times_have_units),
        cmocka_unit_test(a_formatted_number_reads_back_the_same),
        cmocka_unit_test(numbers_are_grouped_by_thousands),
        cmocka_unit_test(rows_are_complete_and_unique),
        cmocka_unit_test(defaults_are_those_of_the_testbed),
        cmocka_unit_test(every_default_is_accepted),
        cmocka_unit_test(limits_are_inclusive),
        cmocka_unit_test(a_path_brings_what_it_needs),
        cmocka_unit_test(later_values_are_refused_with_those_available),
        cmocka_unit_test(functions_have_their_rules),
        cmocka_unit_test(guesses_are_near),
        cmocka_unit_test(naming_an_interval_turns_adaptive_off),
        cmocka_unit_test(only_guests_share_processors),
        cmocka_unit_test(two_options_for_one_thing_are_an_error),
        cmocka_unit_test(an_inert_radv_is_said),
        cmocka_unit_test(cores_and_rings_are_checked),
        cmocka_unit_test(the_printed_command_reads_back_the_same),
        cmocka_unit_test(axes_are_lists_and_ranges),
        cmocka_unit_test(wrong_axes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
