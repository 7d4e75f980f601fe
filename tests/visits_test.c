// SPDX-License-Identifier: Apache-2.0
// How much work the model does: visits of modules, the measure of speed that is the same on any
// machine. A change of the device, the driver or the paths between them that costs or saves work
// shows here.
//
// To update: run the test; it prints the table as it is now. Say in the change log why a number has
// grown; one that has shrunk is the new bound, so that the gain stays.
#include "tests/run_help.h"

#include <stdio.h>

typedef struct point {
    const char *name, *trace, *profile;
    uint32_t itr, rdtr, radv;
    bool echo;
    uint64_t visits; // in all, from the interface up to the end of the run
} point_t;

static const point_t POINTS[] = {
    {"64 bytes at line rate, 20 000 interrupts/s", "gen:cbr,size=64,count=100000", "ideal", 195, 0,
     0, false, 742627},
    {"the same on PCI 66, polling", "gen:cbr,size=64,count=100000", "native-2012", 195, 0, 0, false,
     568885},
    {"1518 bytes at line rate, RADV", "gen:cbr,size=1518,count=20000", "native-2012", 0, 123, 122,
     false, 417061},
    {"59 500 frames/s, an interrupt each", "gen:poisson,size=64,pps=59500,count=20000", "ideal", 0,
     0, 0, false, 482500},
    {"imix, every frame answered", "gen:imix,load=20,count=20000", "native-2012", 195, 0, 0, true,
     660566},
};

static void the_model_is_visited_exactly_so_often(void **state)
{
    (void)state;
    bool same = true;
    for (size_t i = 0; i < sizeof POINTS / sizeof POINTS[0]; i++) {
        const point_t *p = &POINTS[i];
        run_case_t k;
        run_ideal(&k, "%s", p->trace);
        k.c.profile = p->profile;
        k.c.itr = p->itr;
        k.c.rdtr = p->rdtr;
        k.c.radv = p->radv;
        k.c.respond = p->echo ? RESPOND_ECHO : RESPOND_NONE;
        run_play(&k);
        if (k.r.visits != p->visits) {
            const uint64_t centi = k.r.visits * 100 / k.r.offered;
            print_message("%s: %llu visits, %llu.%02llu a frame; the table says %llu\n", p->name,
                          (unsigned long long)k.r.visits, (unsigned long long)(centi / 100),
                          (unsigned long long)(centi % 100), (unsigned long long)p->visits);
            same = false;
        }
        run_free(&k);
    }
    assert_true(same);
}

// The 82576: 512 bytes at half the line rate to the PF, to one VF, and to one of eight: those that have nothing to do cost
// nothing (tests/nic_82576_test.c: what they cost that have).
static const struct {
    uint32_t vfs;
    uint64_t visits;
} FUNCTIONS[] = {{0, 229155}, {1, 229153}, {8, 229153}};

static void idle_functions_are_not_visited(void **state)
{
    (void)state;
    bool same = true;
    for (size_t i = 0; i < sizeof FUNCTIONS / sizeof FUNCTIONS[0]; i++) {
        run_case_t k;
        run_ideal(&k, "gen:cbr,size=512,load=50,count=20000");
        k.c.nic = NIC_82576;
        k.c.vfs = FUNCTIONS[i].vfs;
        k.c.driver = FUNCTIONS[i].vfs ? "igbvf" : "igb";
        k.c.app_cpu = FUNCTIONS[i].vfs ? RUN_UNSET : 0;
        k.c.itr = RUN_UNSET;
        k.c.rx_usecs = 50;
        k.c.adaptive_rx = 0;
        run_play(&k);
        if (k.r.visits != FUNCTIONS[i].visits) {
            print_message("82576, %u VFs: %llu visits; the table says %llu\n", FUNCTIONS[i].vfs,
                          (unsigned long long)k.r.visits, (unsigned long long)FUNCTIONS[i].visits);
            same = false;
        }
        run_free(&k);
    }
    assert_true(same);
}

// As many packets an interrupt: the eight have an eighth of the frames each, and eight times the interval.
static uint64_t visits_at_line_rate(uint32_t vfs, uint32_t rx_usecs)
{
    run_case_t k;
    run_ideal(&k, "gen:cbr,size=64,hosts=8,count=40000");
    k.c.nic = NIC_82576;
    k.c.vfs = vfs;
    k.c.driver = "igbvf";
    k.c.app_cpu = RUN_UNSET;
    k.c.itr = RUN_UNSET;
    k.c.rx_usecs = rx_usecs;
    k.c.adaptive_rx = 0;
    run_play(&k);
    RUN_EXPECT(k.trace, k.r.delivered, k.r.offered);
    for (unsigned f = 1; f <= vfs; f++)
        RUN_EXPECT(k.trace, k.r.function[f].wire.delivered, k.r.offered / vfs);
    const uint64_t visits = k.r.visits;
    run_free(&k);
    return visits;
}

static void eight_functions_cost_little_more_than_one(void **state)
{
    (void)state;
    const uint64_t one = visits_at_line_rate(1, 50), eight = visits_at_line_rate(8, 400);
    print_message("82576, 64 bytes at line rate: %llu visits by 1 VF, %llu by 8\n",
                  (unsigned long long)one, (unsigned long long)eight);
    assert_true(eight * 10 <= one * 13);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_model_is_visited_exactly_so_often),
        cmocka_unit_test(idle_functions_are_not_visited),
        cmocka_unit_test(eight_functions_cost_little_more_than_one),
    };
    return cmocka_run_group_tests_name("visits", tests, NULL, NULL);
}
