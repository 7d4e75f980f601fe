// SPDX-License-Identifier: Apache-2.0
// Jumping over idle cycles gives what ticking through them does, in a whole run.
#include "tests/run_engines.h"

static void every_cycle_or_jumps(void **state)
{
    (void)state;
    run_case_t k;
    run_ideal(&k, "gen:poisson,size=64,pps=2000,count=10");
    k.c.rdtr = 40;
    k.c.profile = "native-2012";
    assert_true(run_engines(&k, true) > 100000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_cycle_or_jumps)};
    return cmocka_run_group_tests_name("pin_engine_ticks", tests, NULL, NULL);
}
