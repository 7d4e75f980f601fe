// SPDX-License-Identifier: Apache-2.0
#include "hostbridge/profile.h"
#include "hostbridge/link.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char file[64];

// Writes `text` to a file of its own and loads it.
static int load_text(profile_t *p, const char *text, char err[256])
{
    snprintf(file, sizeof file, "/tmp/profile_test_XXXXXX");
    int fd = mkstemp(file);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    int r = profile_load(p, file, err);
    unlink(file);
    return r;
}

static void refused(const char *text, const char *message)
{
    profile_t p;
    char err[256], expected[256];
    assert_int_equal(load_text(&p, text, err), -1);
    snprintf(expected, sizeof expected, "%s%s", file, message);
    assert_string_equal(err, expected);
}

static void every_built_in_profile_loads_and_cites_every_value(void **state)
{
    (void)state;
    unsigned n = 0;
    for (const char *const *name = profile_names(); *name; name++, n++) {
        profile_t p;
        char err[256];
        if (profile_load(&p, *name, err) != 0) fail_msg("%s", err);
        assert_string_equal(p.name, *name);
        assert_true(p.title[0] != '\0');
        for (unsigned k = 0; k < COST_COUNT; k++) {
            assert_true(p.source[k][0] != '\0');
            assert_true(strlen(p.source[k]) < sizeof p.source[k] - 1); // not cut
        }
    }
    assert_true(n >= 2);
}

static void ideal_takes_no_time(void **state)
{
    (void)state;
    profile_t p;
    char err[256];
    assert_int_equal(profile_load(&p, "ideal", err), 0);
    assert_int_equal(p.link, LINK_IDEAL);
    for (unsigned k = 0; k < COST_COUNT; k++) {
        if (k == COST_sched_slice_us || k == COST_hz || k == COST_sockbuf_bytes) continue;
        assert_int_equal(p.value[k], 0);
    }
}

static void native_has_the_values_of_its_sources(void **state)
{
    (void)state;
    profile_t p;
    char err[256];
    assert_int_equal(profile_load(&p, "native-2012", err), 0);
    assert_int_equal(p.link, LINK_PCI66);
    assert_int_equal(p.value[COST_sockbuf_bytes], 208 * 1024);
    assert_int_equal(p.value[COST_rx_alloc_ns], 160);
    assert_int_equal(p.value[COST_hz], 250);
    uint64_t truesize = 2048 + p.value[COST_skb_truesize_bytes];
    assert_true(p.value[COST_sockbuf_bytes] / truesize >= 80 &&
                p.value[COST_sockbuf_bytes] / truesize <= 100);
}

static void a_base_gives_what_the_file_does_not(void **state)
{
    (void)state;
    profile_t p, base;
    char err[256];
    assert_int_equal(profile_load(&base, "native-2012", err), 0);
    assert_int_equal(
        load_text(&p,
                  "; mine\n[any section]\n  base =  native-2012 \r\n"
                  "link = pcie1-x4\n\tpoll_ns\t=  77   ns ; measured ; twice\nrx_packet_ns=5 ns",
                  err),
        0);
    assert_int_equal(p.link, LINK_PCIE1_X4);
    assert_int_equal(p.value[COST_poll_ns], 77);
    assert_string_equal(p.source[COST_poll_ns], "measured ; twice");
    assert_int_equal(p.value[COST_rx_packet_ns], 5);
    assert_string_equal(p.source[COST_rx_packet_ns], file);
    assert_int_equal(p.value[COST_irq_entry_ns], base.value[COST_irq_entry_ns]);
    assert_string_equal(p.source[COST_irq_entry_ns], base.source[COST_irq_entry_ns]);
    assert_string_equal(p.name, file + strlen("/tmp/"));
}

// From its own folder, wherever the program was started; a built-in one first.
static void a_base_lies_beside_the_file_that_names_it(void **state)
{
    (void)state;
    char folder[] = "/tmp/profile_test_XXXXXX", at[4][64], err[256];
    static const char *const file_of[4][2] = {
        {"mine.ini", "base = sub/other.ini\npoll_ns = 3 ns\n"},
        {"sub/other.ini", "base = ../third.ini\nrx_packet_ns = 4 ns\n"},
        {"third.ini", "base = ideal\npoll_ns = 5 ns\nrx_packet_ns = 5 ns\ntx_packet_ns = 5 ns\n"},
        {"ideal", "nonsense\n"}};
    profile_t p;
    assert_non_null(mkdtemp(folder));
    snprintf(at[0], sizeof at[0], "%s/sub", folder);
    assert_int_equal(mkdir(at[0], 0700), 0);
    for (unsigned i = 0; i < 4; i++) {
        snprintf(at[i], sizeof at[i], "%s/%s", folder, file_of[i][0]);
        FILE *f = fopen(at[i], "we");
        assert_non_null(f);
        fputs(file_of[i][1], f);
        fclose(f);
    }
    if (profile_load(&p, at[0], err) != 0) fail_msg("%s", err);
    assert_int_equal(p.value[COST_poll_ns], 3);
    assert_int_equal(p.value[COST_rx_packet_ns], 4);
    assert_int_equal(p.value[COST_tx_packet_ns], 5);
    unlink(at[2]);
    assert_int_equal(profile_load(&p, at[0], err), -1);
    assert_non_null(strstr(err, "/sub/../third.ini: no such profile"));
    for (unsigned i = 0; i < 4; i++) unlink(at[i]);
    snprintf(at[0], sizeof at[0], "%s/sub", folder);
    rmdir(at[0]);
    rmdir(folder);
}

static void a_mistake_is_named_with_file_line_and_key(void **state)
{
    (void)state;
    refused("base = ideal\n\npole_ns = 1 ns\n", ":3: pole_ns: no such key");
    refused("base = ideal\npoll_ns = fast\n", ":2: poll_ns: 'fast' is not a number");
    refused("base = ideal\npoll_ns = -1 ns\n", ":2: poll_ns: '-1 ns' is not a number");
    refused("base = ideal\npoll_ns = 1 us\n", ":2: poll_ns: the unit is 'ns', not 'us'");
    refused("base = ideal\npoll_ns = 1\n", ":2: poll_ns: the unit is 'ns', not ''");
    refused("base = ideal\npoll_ns = 100001 ns\n",
            ":2: poll_ns: 100001 is out of range (0 to 100000 ns)");
    refused("base = ideal\nhz = 99 Hz\n", ":2: hz: 99 is out of range (100 to 1000 Hz)");
    refused("base = ideal\nhz = 99999999999999999999999 Hz\n",
            ":2: hz: 99999999999999999999999 is out of range (100 to 1000 Hz)");
    refused("base = ideal\npoll_ns = 1 ns\npoll_ns = 1 ns\n", ":3: poll_ns: given twice");
    refused("base = ideal\nlink = pci99\n",
            ":2: link: no link is called 'pci99' (ideal, pci33, pci66, pcie1-x1, pcie1-x4)");
    refused("base = ideal\nnonsense\n", ":2: 'nonsense': not of the form key = value");
    refused("link = ideal\nbase = ideal\n", ":2: base: must be the first line");
    refused("base = ideal\nbase = native-2012\n", ":2: base: must be the first line");
    refused("link = ideal\npoll_ns = 1 ns\n", ": irq_entry_ns is missing (and there is no base)");
    refused("", ": irq_entry_ns is missing (and there is no base)");
}

static void a_file_without_end_is_refused(void **state)
{
    (void)state;
    profile_t p;
    char err[256];
    assert_int_equal(profile_load(&p, "/dev/zero", err), -1);
    assert_string_equal(err, "/dev/zero:10000: longer than 10000 lines: no profile");
}

static void an_unknown_profile_is_answered_with_the_known_ones(void **state)
{
    (void)state;
    profile_t p;
    char err[256];
    assert_int_equal(profile_load(&p, "no-such", err), -1);
    assert_non_null(strstr(err, "no-such: no such profile"));
    assert_non_null(strstr(err, " ideal kvm-2012 native-2012 server-2020"));
    assert_non_null(strstr(err, "No such file"));
}

static void bases_cannot_go_round(void **state)
{
    (void)state;
    profile_t p;
    char err[256];
    FILE *f = fopen("/tmp/profile_test_loop.ini", "w");
    assert_non_null(f);
    fputs("base = /tmp/profile_test_loop.ini\n", f);
    fclose(f);
    assert_int_equal(profile_load(&p, "/tmp/profile_test_loop.ini", err), -1);
    unlink("/tmp/profile_test_loop.ini");
    assert_string_equal(err, "/tmp/profile_test_loop.ini:1: base: bases are nested too deep");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_built_in_profile_loads_and_cites_every_value),
        cmocka_unit_test(ideal_takes_no_time),
        cmocka_unit_test(native_has_the_values_of_its_sources),
        cmocka_unit_test(a_base_gives_what_the_file_does_not),
        cmocka_unit_test(a_base_lies_beside_the_file_that_names_it),
        cmocka_unit_test(a_mistake_is_named_with_file_line_and_key),
        cmocka_unit_test(a_file_without_end_is_refused),
        cmocka_unit_test(an_unknown_profile_is_answered_with_the_known_ones),
        cmocka_unit_test(bases_cannot_go_round),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
