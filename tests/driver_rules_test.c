// SPDX-License-Identifier: Apache-2.0
// What a driver in a shared object must have and must not do, and what is said of it: tests/odd.
#include "tests/run_help.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char odd_so[512]; // beside this program

// A run of the driver as `odd` has it.
static void odd_run(run_case_t *k, const char *odd)
{
    run_ideal(k, "gen:cbr,pps=10000,count=20");
    k->c.itr = RUN_UNSET;
    k->c.driver = odd_so;
    setenv("ODD", odd, 1);
}

static void ends(run_case_t *k, int status, const char *message)
{
    assert_int_equal(run_try(k), status);
    if (!strstr(k->r.error, message)) fail_msg("\"%s\" does not say %s", k->r.error, message);
    run_free(k);
}

static void a_driver_without_a_needed_member_is_refused_by_name(void **state)
{
    (void)state;
    static const char *const member[] = {"name", "ids", "probe", "remove", "open", "stop", "xmit"};
    for (size_t i = 0; i < sizeof member / sizeof member[0]; i++) {
        for (int device = 0; device < 2; device++) {
            run_case_t k;
            char odd[32], message[64];
            snprintf(odd, sizeof odd, "no %s", member[i]);
            snprintf(message, sizeof message, "its os_driver_t has no %s", member[i]);
            odd_run(&k, odd);
            k.c.nic = device ? NIC_82576 : NIC_82540EM;
            ends(&k, 2, message);
        }
    }
    run_case_t k;
    odd_run(&k, "empty ids");
    ends(&k, 2, "its os_driver_t has no ids");
    odd_run(&k, "abi");
    ends(&k, 2, "built for os.h version");
}

static void a_driver_gets_the_functions_it_knows_only(void **state)
{
    (void)state;
    run_case_t k;
    odd_run(&k, "other ids");
    ends(&k, 2, "it knows no function of the device (8086:100E)");
    odd_run(&k, "");
    k.c.nic = NIC_82576;
    k.c.vfs = 3;
    ends(&k, 2, "it knows no function of the device (8086:10C9, 8086:10CA)");
    odd_run(&k, "");
    k.c.driver = "igb";
    ends(&k, 2, "it knows no function of the device (8086:100E)");
    odd_run(&k, "");
    k.c.nic = NIC_82545GM;
    run_play(&k);
    RUN_EXPECT(k.trace, k.r.delivered, 20);
    run_free(&k);
}

static void what_it_cannot_is_needed_only_when_it_is_asked_for(void **state)
{
    (void)state;
    run_case_t k;
    odd_run(&k, "");
    k.c.adaptive_rx = 1; // as the command line has it
    k.c.respond = RESPOND_ECHO;
    run_play(&k);
    RUN_EXPECT(k.trace, k.r.delivered, 20);
    RUN_EXPECT(k.trace, k.r.tx_frames, 20);
    run_free(&k);
    odd_run(&k, "watchdog"); // it has one member of those, which refuses
    ends(&k, 2, "setting the watchdog failed");
#define WITH(field, value, message)                                                                \
    odd_run(&k, "");                                                                               \
    k.c.field = value;                                                                             \
    ends(&k, 2, message)
    WITH(rx_ring, 512, "--rx-ring, --tx-ring: it has no set_ringparam");
    WITH(tx_ring, 80, "it has no set_ringparam");
    WITH(watchdog, true, "--watchdog: it has no set_watchdog");
    WITH(rx_usecs, 20, "it has no set_coalesce");
    WITH(adaptive_rx, 0, "it has no set_coalesce");
    WITH(promisc, false, "--no-promisc: it has no set_rx_mode");
    WITH(policy, POLICY_DIM, "it has no set_coalesce");
#undef WITH
}

static void a_broken_rule_fails_the_run_with_what_it_was(void **state)
{
    (void)state;
    static const struct {
        const char *odd, *message;
    } rules[] = {
        {"reads beyond", "register offset 0x20000 is outside of the 0x20000 bytes"},
        {"writes beyond", "register offset 0x20028 is outside"},
        {"reads between", "register offset 0x5402 is no multiple of 4"},
        {"writes between", "register offset 0x5402 is no multiple of 4"},
        {"reads a port", "port offset 0x40 is outside of the 0x40 bytes"},
        {"writes a port", "port offset 0x41 is no multiple of 4"},
        {"reads the space", "configuration offset 0x100 is outside"},
        {"writes the space", "configuration offset 0x3E is no multiple of 4"},
        {"maps", "mapped what is no packet buffer"},
    };
    run_case_t k;
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        odd_run(&k, rules[i].odd);
        ends(&k, 1, rules[i].message);
    }
    odd_run(&k, "frees nothing");
    run_play(&k);
    run_free(&k);
}

static void a_failure_has_the_last_line_that_was_logged_meanwhile(void **state)
{
    (void)state;
    run_case_t k;
    odd_run(&k, "fails, says why");
    ends(&k, 2, "opening the interface failed: Input/output error; it said: driver: the light");
    odd_run(&k, "fails");
    assert_int_equal(run_try(&k), 2);
    assert_non_null(strstr(k.r.error, "opening the interface failed: Input/output error"));
    assert_null(strstr(k.r.error, "it said"));
    run_free(&k);
}

typedef struct lines {
    unsigned count;
    uint64_t ns[8];
    char text[8][64];
} lines_t;

static void on_line(void *ctx, uint64_t ns, const char *driver, const char *text)
{
    lines_t *l = ctx;
    assert_true(l->count < 8);
    l->ns[l->count] = ns;
    snprintf(l->text[l->count++], sizeof l->text[0], "%s: %s", driver, text);
}

static void all_lines_can_be_had_with_their_times(void **state)
{
    (void)state;
    run_case_t k;
    lines_t l = {0};
    odd_run(&k, "");
    k.c.log = on_line;
    k.c.log_ctx = &l;
    run_play(&k);
    assert_int_equal(l.count, 2);
    assert_string_equal(l.text[0], "driver: hello from probe");
    assert_string_equal(l.text[1], "driver: link up");
    assert_in_range(l.ns[1], 1000000, 2000000); // negotiation takes 1 ms
    assert_true(l.ns[0] < 1000);
    assert_string_equal(k.r.notice, "");
    run_free(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_driver_without_a_needed_member_is_refused_by_name),
        cmocka_unit_test(a_driver_gets_the_functions_it_knows_only),
        cmocka_unit_test(what_it_cannot_is_needed_only_when_it_is_asked_for),
        cmocka_unit_test(a_broken_rule_fails_the_run_with_what_it_was),
        cmocka_unit_test(a_failure_has_the_last_line_that_was_logged_meanwhile),
        cmocka_unit_test(all_lines_can_be_had_with_their_times),
    };
    const ssize_t n = readlink("/proc/self/exe", odd_so, sizeof odd_so - 16);
    char *end = n > 0 ? strrchr(odd_so, '/') : NULL;
    if (!end) return 1;
    strcpy(end, "/odd_driver.so");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
