// SPDX-License-Identifier: Apache-2.0
// The random stimulus covers what the built-in floor asks for: two million cycles, the model beside itself.
#include "lab/cli.h"
#include "tests/run_help.h"

#include <stdio.h>

static void reaches_its_floor(const char *nic)
{
    char dir[64], file[128];
    run_dir_make(dir);
    snprintf(file, sizeof file, "%s/lockstep.json", dir);
    char *argv[] = {"moderato", "lockstep",  "--nic", (char *)nic, "--seed", "77", "--cycles",
                    "2000000",  "--against", "model", "-q",        "--json", file, NULL};
    assert_int_equal(cli_main((int)(sizeof argv / sizeof argv[0]) - 1, argv), 0);
    json_t *j = json_load_file(file, 0, NULL);
    assert_non_null(j);
    assert_true(json_is_true(json_object_get(j, "floor_checked")));
    json_decref(j);
    run_dir_remove(dir);
}

static void the_floor_of_the_82540em_is_reached(void **state)
{
    (void)state;
    reaches_its_floor("82540em");
}

static void the_floor_of_the_82576_is_reached(void **state)
{
    (void)state;
    reaches_its_floor("82576");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_floor_of_the_82540em_is_reached),
        cmocka_unit_test(the_floor_of_the_82576_is_reached),
    };
    return cmocka_run_group_tests_name("lockstep_floor", tests, NULL, NULL);
}
