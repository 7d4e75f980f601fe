// SPDX-License-Identifier: Apache-2.0
// Lockstep finds no difference where there is none, and tells all of it where one is planted: in the
// place of the RTL stands the C model with a fault of its own.
#include "hostbridge/lockstep.h"
#include "hostbridge/stim.h"
#include "lab/cli.h"
#include "lab/cover.h"
#include "tests/run_help.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// ---- the other device ----

enum fault { SOUND, PIN, METER, HORIZON, LAZY_JUMP, MUTE_PROBE };

static struct {
    enum fault fault;
    uint64_t from_cyc; // it does not show before
    bool slow_only;    // no short negotiation in this build
} planted;

typedef struct faulty {
    pin_dev_t dev;
    pin_dev_t *inner;
    pin_dev_probe_fn *probe;
    void *probe_ctx;
    uint64_t late; // cycles that a jump left out
} faulty_t;

static faulty_t *faulty_of(const pin_dev_t *d)
{
    return (faulty_t *)(uintptr_t)d;
}

static bool shows(const faulty_t *f, enum fault fault)
{
    return planted.fault == fault && f->inner->ops->now(f->inner) + f->late >= planted.from_cyc;
}

static void f_destroy(pin_dev_t *d)
{
    pin_dev_destroy(faulty_of(d)->inner);
    free(d);
}

static uint64_t f_now(const pin_dev_t *d)
{
    const faulty_t *f = faulty_of(d);
    return f->inner->ops->now(f->inner) + f->late;
}

static nic_out_t f_out(pin_dev_t *d)
{
    const faulty_t *f = faulty_of(d);
    nic_out_t o = f->inner->ops->out(f->inner);
    if (shows(f, PIN) && o.csr_rvalid) o.csr_rdata ^= 0x10;
    return o;
}

static void f_tick(pin_dev_t *d, const nic_in_t *in)
{
    const faulty_t *f = faulty_of(d);
    f->inner->ops->tick(f->inner, in);
}

static uint64_t f_horizon(const pin_dev_t *d)
{
    const faulty_t *f = faulty_of(d);
    const uint64_t h = f->inner->ops->horizon(f->inner);
    return shows(f, HORIZON) && h != NIC_NEVER ? h + 1 : h;
}

// LAZY_JUMP: a counter loses a cycle in every jump.
static void f_jump(pin_dev_t *d, uint64_t cycles)
{
    faulty_t *f = faulty_of(d);
    if (shows(f, LAZY_JUMP) && cycles > 1) {
        cycles--;
        f->late++;
    }
    f->inner->ops->jump(f->inner, cycles);
}

static void f_told(void *ctx, enum nic_probe what, uint64_t cyc, uint32_t a, uint32_t b)
{
    const faulty_t *f = ctx;
    if (shows(f, MUTE_PROBE) && what == NIC_PROBE_CAUSE) return;
    if (shows(f, METER) && what == NIC_PROBE_RX_FATE) a = NIC_FATE_OVERSIZE;
    if (f->probe) f->probe(f->probe_ctx, what, cyc + f->late, a, b);
}

static void f_probe(pin_dev_t *d, pin_dev_probe_fn *fn, void *ctx)
{
    faulty_t *f = faulty_of(d);
    f->probe = fn;
    f->probe_ctx = ctx;
    f->inner->ops->probe(f->inner, f_told, f);
}

static uint64_t f_tlp_addr(const pin_dev_t *d)
{
    return faulty_of(d)->inner->ops->tlp_addr(faulty_of(d)->inner);
}

static bool f_still(const pin_dev_t *d)
{
    return faulty_of(d)->inner->ops->still(faulty_of(d)->inner);
}

static bool f_loopback(const pin_dev_t *d)
{
    return faulty_of(d)->inner->ops->loopback(faulty_of(d)->inner);
}

static unsigned f_stride(const pin_dev_t *d)
{
    return faulty_of(d)->inner->ops->stride(faulty_of(d)->inner);
}

static uint32_t f_peek(const pin_dev_t *d, uint32_t off)
{
    return faulty_of(d)->inner->ops->peek(faulty_of(d)->inner, off);
}

static void f_waves(const pin_dev_t *d, uint64_t value[NIC_WAVES])
{
    faulty_of(d)->inner->ops->waves(faulty_of(d)->inner, value);
}

static const pin_dev_ops_t FAULTY_OPS = {f_destroy, f_now,   f_out,      f_tick,  f_horizon,
                                         f_jump,    f_probe, f_tlp_addr, f_still, f_loopback,
                                         f_stride,  f_peek,  f_waves};

// With it `--engine rtl` and `--against rtl` are there.
pin_dev_t *pin_dev_rtl(const nic_config_t *cfg)
{
    if (planted.slow_only && cfg->autoneg_cyc) return NULL;
    faulty_t *f = calloc(1, sizeof *f);
    assert_non_null(f);
    f->dev = (pin_dev_t){&FAULTY_OPS, "rtl"};
    f->inner = pin_dev_model(cfg);
    assert_non_null(f->inner);
    return &f->dev;
}

static void plant(enum fault fault, uint64_t from_cyc)
{
    planted.fault = fault;
    planted.from_cyc = from_cyc;
    planted.slow_only = false;
}

// ---- the program ----

// Runs it with these words; returns its status, and what it said.
static char said[1 << 18];

static int program(const char *command)
{
    char words[4096], *argv[32], file[] = "/tmp/moderato-lockstep-XXXXXX";
    int argc = 0;
    snprintf(words, sizeof words, "moderato %s", command);
    for (char *w = strtok(words, " "); w; w = strtok(NULL, " ")) argv[argc++] = w;
    argv[argc] = NULL;
    fflush(stdout);
    const int fd = mkstemp(file), keep = dup(1);
    assert_true(fd >= 0 && keep >= 0);
    dup2(fd, 1);
    const int status = cli_main(argc, argv);
    fflush(stdout);
    dup2(keep, 1);
    close(keep);
    const ssize_t n = pread(fd, said, sizeof said - 1, 0);
    assert_true(n >= 0);
    said[n] = '\0';
    close(fd);
    unlink(file);
    return status;
}

static void expect_said(const char *text)
{
    if (!strstr(said, text)) fail_msg("not said: %s\n%.3000s", text, said);
}

// ---- no difference ----

static void the_model_equals_itself(void **state)
{
    (void)state;
    static const char *const JUMP[] = {"on", "off", "check"};
    plant(SOUND, 0);
    for (unsigned i = 0; i < 6; i++) {
        if (i % run_stride()) continue;
        const bool igb = i & 1;
        char command[128];
        snprintf(command, sizeof command, "lockstep --nic %s --seed 11 --cycles 300000 --jump %s",
                 igb ? "82576" : "82540em", JUMP[i / 2]);
        assert_int_equal(program(command), 0);
        expect_said("lockstep: model = rtl");
        if (!igb) expect_said("2 runs");
        expect_said(igb ? "VF FLR during" : "fate of a frame");
    }
    assert_int_equal(program("lockstep --seed 3 --cycles 100000 --against model -q"), 0);
    assert_string_equal(said, "");
}

static void a_replay_equals_itself(void **state)
{
    (void)state;
    plant(SOUND, 0);
    assert_int_equal(program("lockstep gen:imix,load=60,count=200 --respond echo --rdtr 10"), 0);
    expect_said("lockstep: model = rtl");
    expect_said("1 run\n");
    assert_int_equal(
        program("lockstep gen:imix,load=60,count=100 --respond echo --nic 82576 --vfs 3"), 0);
    expect_said("lockstep: model = rtl");
    expect_said("messages of");
    // The engine alone, too.
    assert_int_equal(program("replay gen:cbr,size=64,count=100 --engine rtl --json -"), 0);
    expect_said("\"engine\": \"rtl\"");
}

static void a_build_with_a_long_negotiation_is_used_as_it_is(void **state)
{
    (void)state;
    plant(SOUND, 0);
    planted.slow_only = true;
    assert_int_equal(program("lockstep --cycles 200000"), 0);
    expect_said("lockstep: model = rtl");
}

// ---- differences ----

static void a_pin_is_told_with_all_its_parts(void **state)
{
    (void)state;
    plant(PIN, 30000);
    assert_int_equal(program("lockstep --seed 5 --cycles 200000 --jump off"), 1);
    uint64_t cyc = 0;
    assert_int_equal(sscanf(said, "FAIL cycle %lu: csr_rdata", &cyc), 1);
    assert_true(cyc >= 30000);
    expect_said("last transfers of model:");
    expect_said("last transfers of rtl:");
    expect_said("read");
    char line[160];
    snprintf(line, sizeof line, "%10lu  reply", cyc); // the transfer itself
    expect_said(line);
    snprintf(line, sizeof line,
             "repro: moderato lockstep --seed 5 --cycles %lu --against rtl --jump off --wave @",
             cyc + 1);
    expect_said(line);
    // Twenty transfers each.
    unsigned lines = 0;
    for (const char *at = said; (at = strstr(at, "\n  ")); at++) lines++;
    assert_int_equal(lines, 2 * PIN_LOG_EVENTS);
    // What it says is so: that command, and one with a cycle less.
    char command[200];
    snprintf(command, sizeof command,
             "lockstep --seed 5 --cycles %lu --against rtl --jump off --floor none", cyc + 1);
    assert_int_equal(program(command), 1);
    snprintf(line, sizeof line, "FAIL cycle %lu: csr_rdata", cyc);
    expect_said(line);
    snprintf(command, sizeof command,
             "lockstep --seed 5 --cycles %lu --against rtl --jump off --floor none", cyc - 1);
    assert_int_equal(program(command), 0);
}

// With functions and queues, and the device in the command that shows it again.
static void a_difference_of_the_82576_names_it(void **state)
{
    (void)state;
    char command[200];
    plant(PIN, 30000);
    assert_int_equal(program("lockstep --nic 82576 --seed 5 --cycles 200000"), 1);
    uint64_t cyc = 0;
    assert_int_equal(sscanf(said, "FAIL cycle %lu: csr_rdata", &cyc), 1);
    expect_said("repro: moderato lockstep --nic 82576 --seed 5 --cycles ");
    expect_said(" by function ");
    expect_said(", queue ");
    snprintf(command, sizeof command,
             "lockstep --nic 82576 --seed 5 --cycles %lu --against rtl --floor none", cyc + 1);
    assert_int_equal(program(command), 1);
    assert_int_equal(program("lockstep gen:cbr,count=5 --nic 82576 --vfs 2 --map 10.0.0.1=1"), 1);
    expect_said(
        "repro: moderato lockstep 'gen:cbr,count=5' --map 10.0.0.1=1 --nic 82576 --vfs 2 --wave @");
    // However long it is.
    char map[2000] = "--map 10.0.0.0=0", wanted[2100], whole[2100];
    for (unsigned i = 1; i < 120; i++) {
        const size_t at = strlen(map);
        snprintf(map + at, sizeof map - at, ",10.0.0.%u=1", i);
    }
    snprintf(whole, sizeof whole, "lockstep gen:cbr,count=5 --nic 82576 --vfs 2 %s", map);
    assert_int_equal(program(whole), 1);
    snprintf(wanted, sizeof wanted, "%s --nic 82576 --vfs 2 --wave @", map);
    expect_said(wanted);
    assert_int_equal(program("lockstep --nic 82576 --cycles 100000 --json -"), 1);
    expect_said("\"nic\": \"82576\"");
    plant(METER, 0);
    assert_int_equal(program("lockstep --nic 82576 --cycles 100000"), 1);
    expect_said(": meter RX_FATE a model=");
}

static void a_difference_in_a_later_run_names_its_seed(void **state)
{
    (void)state;
    plant(PIN, 190000);
    assert_int_equal(program("lockstep --seed 20 --cycles 700000"), 1);
    unsigned seed = 0;
    const char *at = strstr(said, "repro: moderato lockstep --seed ");
    assert_non_null(at);
    assert_int_equal(sscanf(at, "repro: moderato lockstep --seed %u", &seed), 1);
    assert_true(seed >= 20 && seed < 24);
}

static void a_replay_is_told_with_its_options(void **state)
{
    (void)state;
    plant(PIN, 0);
    assert_int_equal(program("lockstep gen:cbr,count=5 --itr 50 --no-promisc --watchdog on "
                             "--verify --jump check -v"),
                     2);
    assert_int_equal(program("lockstep gen:cbr,count=5 --itr 50 --no-promisc --jump check -v"), 1);
    expect_said(": csr_rdata model=");
    expect_said(
        "repro: moderato lockstep 'gen:cbr,count=5' --no-promisc --itr 50 --jump check --wave @");
}

static void meters_and_horizons_are_compared(void **state)
{
    (void)state;
    plant(METER, 0);
    assert_int_equal(program("lockstep --cycles 100000"), 1);
    expect_said(": meter RX_FATE a model=");
    plant(MUTE_PROBE, 0);
    assert_int_equal(program("lockstep --cycles 100000"), 1);
    expect_said(": meter CAUSE missing model=1 rtl=0");
    plant(HORIZON, 0);
    assert_int_equal(program("lockstep gen:cbr,pps=10000,count=5 --rdtr 20"), 1);
    expect_said(": horizon model=");
}

// A jump that is not worth its cycles shows when the counter ends.
static void jumps_are_compared(void **state)
{
    (void)state;
    plant(LAZY_JUMP, 0);
    assert_int_equal(program("lockstep --cycles 200000 --jump check"), 1);
    expect_said("FAIL cycle");
    assert_int_equal(program("lockstep --cycles 200000 --jump off"), 0);
    assert_int_equal(program("lockstep gen:cbr,pps=10000,count=5 --rdtr 20"), 1);
}

static void json_has_it_too(void **state)
{
    (void)state;
    plant(PIN, 30000);
    assert_int_equal(program("lockstep --seed 5 --cycles 200000 --json -"), 1);
    json_t *j = json_loads(said, 0, NULL);
    assert_non_null(j);
    const char *pin;
    json_t *model, *rtl;
    assert_int_equal(json_unpack(j, "{s:{s:{s:s, s:{s:o, s:o}}}}", "lockstep", "difference", "pin",
                                 &pin, "last_transfers", "model", &model, "rtl", &rtl),
                     0);
    assert_string_equal(pin, "csr_rdata");
    assert_int_equal(json_array_size(model), PIN_LOG_EVENTS);
    assert_int_equal(json_array_size(rtl), PIN_LOG_EVENTS);
    json_decref(j);
    plant(SOUND, 0);
    assert_int_equal(program("lockstep --seed 5 --cycles 200000 --json -"), 0);
    j = json_loads(said, 0, NULL);
    assert_non_null(j);
    int equal, runs, cycles, reads;
    assert_int_equal(json_unpack(j, "{s:{s:b, s:i, s:i}, s:{s:{s:i}}}", "lockstep", "equal", &equal,
                                 "runs", &runs, "cycles", &cycles, "coverage", "RCW1C read", "ICR",
                                 &reads),
                     0);
    assert_true(equal && runs == 1 && cycles > 100000 && reads > 10);
    json_decref(j);
}

// ---- coverage ----

static void a_floor_of_ones_own(void **state)
{
    (void)state;
    char dir[64], path[128], command[256];
    run_dir_make(dir);
    snprintf(path, sizeof path, "%s/floor", dir);
    static const struct {
        const char *text, *said;
        int status;
    } FLOORS[] = {
        {"# nothing\n\n 1 timer # one\nRCW1C read: ICR\n", "RCW1C read", 0},
        {"400 timer\nRWSC read: CTRL\n", "below the floor: timer: 9 of at least 400", 1},
        {"fate of a frame: accepted\ndescriptor: no such kind\n", "", 2},
        {"3 no such group\n", "", 2},
        {"nonsense\n", "", 2},
    };
    plant(SOUND, 0);
    for (size_t i = 0; i < sizeof FLOORS / sizeof FLOORS[0]; i++) {
        FILE *f = fopen(path, "w");
        assert_non_null(f);
        fputs(FLOORS[i].text, f);
        fclose(f);
        snprintf(command, sizeof command, "lockstep --cycles 600000 --floor %s", path);
        assert_int_equal(program(command), FLOORS[i].status);
        expect_said(FLOORS[i].said);
    }
    assert_int_equal(program("lockstep --cycles 1000 --floor /nowhere/floor"), 2);
    assert_int_equal(program("lockstep --cycles 1000 --floor none"), 0);
    run_dir_remove(dir);
}

static void items_have_names(enum nic_personality nic)
{
    cover_t *c = cover_create(nic);
    assert_non_null(c);
    unsigned n;
    const cover_item_t *item = cover_items(c, &n);
    assert_true(n > 200);
    for (unsigned i = 0; i < n; i++)
        for (unsigned k = i + 1; k < n; k++)
            if (strcmp(item[i].group, item[k].group) == 0 &&
                strcmp(item[i].name, item[k].name) == 0)
                fail_msg("%s: %s", item[i].group, item[i].name);
    cover_destroy(c);
}

static void every_item_has_a_name_of_its_own(void **state)
{
    (void)state;
    items_have_names(NIC_82540EM);
    items_have_names(NIC_82576);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_model_equals_itself),
        cmocka_unit_test(a_replay_equals_itself),
        cmocka_unit_test(a_build_with_a_long_negotiation_is_used_as_it_is),
        cmocka_unit_test(a_pin_is_told_with_all_its_parts),
        cmocka_unit_test(a_difference_of_the_82576_names_it),
        cmocka_unit_test(a_difference_in_a_later_run_names_its_seed),
        cmocka_unit_test(a_replay_is_told_with_its_options),
        cmocka_unit_test(meters_and_horizons_are_compared),
        cmocka_unit_test(jumps_are_compared),
        cmocka_unit_test(json_has_it_too),
        cmocka_unit_test(a_floor_of_ones_own),
        cmocka_unit_test(every_item_has_a_name_of_its_own),
    };
    return cmocka_run_group_tests_name("lockstep", tests, NULL, NULL);
}
