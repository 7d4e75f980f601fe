// SPDX-License-Identifier: Apache-2.0
#include "tests/run_help.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void run_ideal(run_case_t *k, const char *fmt, ...)
{
    memset(k, 0, sizeof *k);
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(k->trace, sizeof k->trace, fmt, ap);
    va_end(ap);
    run_config_defaults(&k->c);
    k->c.trace = k->trace;
    k->c.profile = "ideal";
    k->c.itr = 0; // adaptive off
    k->c.pace.seed = 1;
    if (getenv("TEST_ENGINE")) k->c.engine = getenv("TEST_ENGINE");
}

int run_try(run_case_t *k)
{
    run_free(k);
    k->status = testbed_run(&k->c, &k->r, NULL);
    return k->status;
}

uint64_t run_lost(const run_result_t *r)
{
    const run_drops_t *d = &r->drops;
    return d->bad_fcs + d->oversize + d->undersize + d->filtered + d->fifo_overflow +
           d->no_descriptor + d->backend_queue + d->socket_buffer + d->iommu_fault +
           d->in_flight_at_end + d->driver;
}

// Interrupts are never closer than ITR allows (a fixed one), and a frame is met once everywhere.
static void check_every_run(const run_case_t *k)
{
    const run_result_t *r = &k->r;
    RUN_EXPECT(k->trace, r->offered, r->delivered + run_lost(r));
    RUN_EXPECT(k->trace, r->latency.count, r->delivered);
    RUN_EXPECT(
        k->trace, r->latency_driver.count,
        r->delivered + r->drops.socket_buffer +
            (r->bridged ? 0 : r->drops.backend_queue)); // behind a bridge dropped before the driver
    RUN_EXPECT(k->trace, r->poll_packets, r->packets_per_poll.sum_lo);
    RUN_EXPECT(k->trace, r->polls, r->packets_per_poll.count);
    assert_true(r->packets_per_poll.max <= k->c.budget);
    assert_true(r->coalescing.count <= r->offered);
    if (r->irq_asserted > 1) {
        assert_true(r->irq_min_gap_ns * r->irq_gaps <= r->irq_gap_sum_ns);
        if (k->c.itr != RUN_UNSET)
            assert_true(r->irq_min_gap_ns >= (uint64_t)k->c.itr * RUN_ITR_CYC * CYC_NS);
    }
    for (unsigned i = 0; i < r->cores; i++)
        RUN_EXPECT(k->trace, r->cpu[i].wall_ps, (r->cycles - r->skipped_cyc) * CYC_PS);
}

void run_play(run_case_t *k)
{
    if (run_try(k) != 0) fail_msg("%s: status %d: %s", k->trace, k->status, k->r.error);
    check_every_run(k);
}

unsigned run_stride(void)
{
    const char *env = getenv("TEST_STRIDE");
    const unsigned stride = env ? (unsigned)strtoul(env, NULL, 10) : 1;
    return stride ? stride : 1;
}

void run_free(run_case_t *k)
{
    run_result_free(&k->r);
}

uint64_t run_sum(const meter_hist_t *h)
{
    assert_int_equal(h->sum_hi, 0);
    return h->sum_lo;
}

// ---- files -------------------------------------------------------------------------------------

void run_dir_make(char dir[64])
{
    snprintf(dir, 64, "/tmp/moderato-run-XXXXXX");
    assert_non_null(mkdtemp(dir));
}

void run_dir_remove(const char *dir)
{
    char command[128];
    assert_int_equal(strncmp(dir, "/tmp/moderato-run-", 18), 0);
    snprintf(command, sizeof command, "rm -r '%s'", dir);
    assert_int_equal(system(command), 0);
}

uint8_t *run_file(const char *path, size_t *bytes)
{
    FILE *f = fopen(path, "rb");
    if (!f) fail_msg("%s cannot be read", path);
    fseek(f, 0, SEEK_END);
    *bytes = (size_t)ftell(f);
    rewind(f);
    uint8_t *p = malloc(*bytes + 1);
    assert_non_null(p);
    assert_int_equal(fread(p, 1, *bytes, f), *bytes);
    fclose(f);
    return p;
}

// A line of it begins with that key.
static bool gives(const char *lines, const char *key)
{
    for (const char *at = lines; at; at = strchr(at, '\n')) {
        at += strspn(at, "\n ");
        const size_t len = strcspn(at, " =\n");
        if (len == strlen(key) && strncmp(at, key, len) == 0) return true;
        if (!*at) break;
    }
    return false;
}

void run_profile(const char *dir, char path[128], const char *lines)
{
    static const struct {
        const char *key, *unit, *value;
    } ideal[] = {
#define COST(key, unit, min, max, doc) {#key, #unit, NULL},
#include "hostbridge/costs.def"
#undef COST
    };
    profile_t p;
    char err[256];
    assert_int_equal(profile_load(&p, "ideal", err), 0);
    snprintf(path, 128, "%s/costs.ini", dir);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fprintf(f, "title = ideal but for some costs\n%s",
            gives(lines, "link") ? "" : "link = ideal\n");
    for (unsigned i = 0; i < COST_COUNT; i++)
        if (!gives(lines, ideal[i].key))
            fprintf(f, "%s = %" PRIu64 " %s ; ideal\n", ideal[i].key, p.value[i], ideal[i].unit);
    fprintf(f, "%s", lines);
    assert_int_equal(fclose(f), 0);
}

bool run_sample(const char *name, char path[512])
{
    const char *dir = getenv("MODERATO_TRACES");
    snprintf(path, 512, "%s/%s", dir ? dir : "../shared/traces/open", name);
    return access(path, R_OK) == 0;
}

// ---- comparing ---------------------------------------------------------------------------------

void run_expect(const char *what, const char *expr, uint64_t value, uint64_t want, const char *file,
                int line)
{
    if (value == want) return;
    print_error("%s: %s is %" PRIu64 ", not %" PRIu64 "\n", what, expr, value, want);
    _fail(file, line);
}

void run_near(const char *what, const char *expr, double value, double want, double tolerance,
              const char *file, int line)
{
    const double off = want != 0 ? fabs(value - want) / fabs(want) : fabs(value);
    if (getenv("RUN_VERBOSE"))
        print_message("%s: %s %.8g, formula %.8g, off %.4f %%\n", what, expr, value, want,
                      100 * off);
    if (off <= tolerance) return;
    print_error("%s: %s is %.8g, not %.8g: %.4f %% off, allowed %.4f %%\n", what, expr, value, want,
                100 * off, 100 * tolerance);
    _fail(file, line);
}
