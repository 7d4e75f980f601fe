// SPDX-License-Identifier: Apache-2.0
// `moderato lockstep`: the C model beside another engine, cycle by cycle, under random stimulus or
// in the replay of a trace. The C model answers; the other one is compared.
#include "lab/cli.h"
#include "lab/cover.h"
#include "lab/wave.h"
#include "lab/result.h"

#include "hostbridge/lockstep.h"
#include "hostbridge/stim.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

// Random stimulus begins anew with the next seed after so many cycles: how slow the host is, and
// other things, are decided once for a run.
#define EPISODE_CYC UINT64_C(200000)

typedef struct floor_miss {
    struct floor_miss *next;
    char text[128];
} floor_miss_t;

typedef struct lockstep_job {
    const cli_t *cli;
    const lab_options_t *o;
    const char *against;
    bool rtl;
    pin_dev_create_fn *other;
    lockstep_t l;
    cover_t *cover;
    uint64_t runs, cycles, jumped; // finished runs; all of them
    uint64_t seed;                 // of the present run
    bool slow_negotiation;         // the other engine has no short one
    char *repro;                   // the command that shows the difference again, on one line
    floor_miss_t *missed, **missed_end;
    bool floor_checked;
    double wall_s;
    wave_t wave[2];
} lockstep_job_t;

// ---- runs --------------------------------------------------------------------------------------

static void on_cycle(void *ctx, uint64_t now, const nic_in_t *in, const nic_out_t *out)
{
    lockstep_job_t *j = ctx;
    cover_cycle(j->cover, now, in, out);
}

static void on_jump(void *ctx, uint64_t now, uint64_t cycles)
{
    lockstep_job_t *j = ctx;
    (void)now;
    cover_jump(j->cover, cycles);
}

static void on_probe(void *ctx, enum nic_probe what, uint64_t cyc, uint32_t a, uint32_t b)
{
    lockstep_job_t *j = ctx;
    cover_probe(j->cover, what, cyc, a, b);
}

static void new_run(lockstep_job_t *j)
{
    j->l = (lockstep_t){.jump =
                            j->o->jump == LAB_JUMP_CHECK ? LOCKSTEP_JUMP_CHECK : LOCKSTEP_JUMP_BOTH,
                        .watch = {.ctx = j, .cycle = on_cycle, .jump = on_jump, .probe = on_probe},
                        .log = {{.nic = j->o->run.nic}, {.nic = j->o->run.nic}},
                        .interrupted = stop_flag()};
    cover_restart(j->cover);
}

static void end_run(lockstep_job_t *j)
{
    j->runs++;
    j->cycles += j->l.cycles;
    j->jumped += j->l.jumped;
}

static pin_dev_t *make_pair(void *ctx, const nic_config_t *cfg)
{
    lockstep_job_t *j = ctx;
    nic_config_t c = *cfg;
    pin_dev_t *b = j->other(&c);
    if (!b && c.autoneg_cyc) { // a build with the negotiation of real wire
        j->slow_negotiation = true;
        c.autoneg_cyc = 0;
        b = j->other(&c);
    }
    pin_dev_t *a = pin_dev_model(&c);
    if (j->o->wave) {
        a = wave_wrap(&j->wave[0], a, c.personality);
        b = wave_wrap(&j->wave[1], b, c.personality);
    }
    return lockstep_dev(a, b, &j->l);
}

// Why there is no pair of devices.
static void no_devices(const lockstep_job_t *j)
{
    const char *why = j->wave[0].to.err[0] ? j->wave[0].to.err : j->wave[1].to.err;
    cli_message("%s", why[0] ? why : "out of memory");
}

static bool random_run(lockstep_job_t *j, uint64_t cycles)
{
    stim_run_t r;
    const enum nic_personality nic = j->o->run.nic;
    stim_t *s = stim_create(nic, j->seed, &r, false);
    const nic_config_t cfg = stim_config(nic);
    engine_config_t ec = {.name = "", .no_jump = j->o->jump == LAB_JUMP_OFF};
    engine_t e = {0};
    new_run(j);
    if (s) ec.dev = make_pair(j, &cfg);
    bool ok = false;
    if (ec.dev) {
        const nic_host_t host = stim_host(s);
        const nic_late_t late = stim_late(s);
        ok = engine_create(&e, &ec, &host, &late);
    }
    if (ok) stim_drive(s, &e, cycles, &j->l.stop);
    engine_destroy(&e);
    stim_destroy(s);
    stim_free(&r);
    end_run(j);
    return ok;
}

static int random_runs(lockstep_job_t *j)
{
    const uint64_t cycles = j->o->cycles;
    for (uint64_t done = 0, n; done < cycles && !j->l.stop; done += n, j->seed++) {
        n = cycles - done < EPISODE_CYC ? cycles - done : EPISODE_CYC;
        if (!random_run(j, n)) {
            no_devices(j);
            return CLI_USAGE;
        }
        if (j->l.differs) break; // this was the seed
    }
    return CLI_OK;
}

static int replay_run(lockstep_job_t *j)
{
    run_config_t run = j->o->run;
    run_result_t *r = calloc(1, sizeof *r);
    if (!r) {
        cli_message("out of memory");
        return CLI_USAGE;
    }
    run.make_dev = make_pair;
    run.make_dev_ctx = j;
    run.no_jump = j->o->jump == LAB_JUMP_OFF;
    new_run(j);
    const int status = testbed_run(&run, r, &j->l.stop);
    end_run(j);
    if (status == 2 && (j->wave[0].to.err[0] || j->wave[1].to.err[0])) no_devices(j);
    else if (status != 0 && !j->l.differs)
        cli_message("%s%s", status == 1 ? "check failed: " : "", r->error);
    run_result_free(r);
    free(r);
    return status == 2 && !j->l.differs ? CLI_USAGE : status == 1 ? CLI_CHECK_FAILED : CLI_OK;
}

// ---- the difference ----------------------------------------------------------------------------

// Waves of the last cycles before the difference.
static void wave_around(const lockstep_job_t *j, FILE *f)
{
    const uint64_t before = 2000;
    const uint64_t from = j->l.cyc > before ? j->l.cyc - before : 0;
    fprintf(f, " --wave @%" PRIu64 "ns:%" PRIu64 "ns", from * CYC_NS, (j->l.cyc + 1) * CYC_NS);
}

static void reproduce(const lockstep_job_t *j, FILE *f)
{
    const lab_options_t *o = j->o;
    fputs("moderato lockstep", f);
    if (!o->run.trace) {
        if (o->run.nic != NIC_82540EM) {
            char buf[NUMBER_LEN];
            fprintf(f, " --nic %s", options_text(o, OPT_NIC, buf));
        }
        const char *const JUMP[] = {"on", "off", "check"};
        fprintf(f, " --seed %" PRIu64 " --cycles %" PRIu64 " --against %s --jump %s", j->seed,
                j->l.cyc + 1, j->against, JUMP[o->jump]);
        return;
    }
    fprintf(f, " '%s'", o->run.trace);
    for (int i = 0; i < OPT_COUNT; i++) {
        const option_row_t *row = &option_rows[i];
        if (!o->given[i] || row->group == OPTION_OUTPUT || i == OPT_CYCLES || i == OPT_FLOOR)
            continue;
        char buf[NUMBER_LEN];
        const char *value = options_text(o, (enum option_id)i, buf);
        const bool flag = row->kind == OPTION_FLAG || row->kind == OPTION_NEGFLAG;
        const bool no = row->kind == OPTION_NEGFLAG && strcmp(value, "off") == 0;
        fprintf(f, " --%s%s%s%s", no ? "no-" : "", row->name, flag ? "" : " ", flag ? "" : value);
    }
}

static void set_repro(lockstep_job_t *j)
{
    size_t bytes;
    FILE *f = open_memstream(&j->repro, &bytes);
    if (!f) return;
    reproduce(j, f);
    wave_around(j, f);
    fclose(f);
}

static const char *half_name(const lockstep_job_t *j, unsigned half)
{
    return half == 0 ? "model" : j->rtl ? "rtl" : "other";
}

static void tell_difference(const lockstep_job_t *j)
{
    const lockstep_t *l = &j->l;
    printf("FAIL cycle %" PRIu64 ": %s %s=%" PRIX64 " %s=%" PRIX64 "\n", l->cyc, l->what,
           half_name(j, 0), l->value[0], half_name(j, 1), l->value[1]);
    for (unsigned h = 0; h < 2; h++) {
        printf("last transfers of %s:\n", half_name(j, h));
        for (unsigned i = 0; i < pin_log_count(&l->log[h]); i++) {
            char line[PIN_LOG_LINE];
            pin_log_text(&l->log[h], i, line);
            printf("  %s\n", line);
        }
    }
    printf("repro: %s\n", j->repro ? j->repro : "out of memory");
}

static json_t *difference_json(const lockstep_job_t *j)
{
    const lockstep_t *l = &j->l;
    if (!l->differs) return json_null();
    json_t *o = json_object(), *values = json_object(), *last = json_object();
    json_object_set_new(o, "cycle", json_integer((json_int_t)l->cyc));
    json_object_set_new(o, "pin", json_string(l->what));
    for (unsigned h = 0; h < 2; h++) {
        char hex[20];
        snprintf(hex, sizeof hex, "%" PRIX64, l->value[h]);
        json_object_set_new(values, half_name(j, h), json_string(hex));
        json_t *events = json_array();
        for (unsigned i = 0; i < pin_log_count(&l->log[h]); i++) {
            char line[PIN_LOG_LINE];
            pin_log_text(&l->log[h], i, line);
            json_array_append_new(events, json_string(line));
        }
        json_object_set_new(last, half_name(j, h), events);
    }
    json_object_set_new(o, "values", values);
    json_object_set_new(o, "last_transfers", last);
    json_object_set_new(o, "repro", options_json_string(j->repro ? j->repro : ""));
    return o;
}

// ---- coverage ----------------------------------------------------------------------------------

static void below_floor(void *ctx, const char *text)
{
    lockstep_job_t *j = ctx;
    floor_miss_t *m = calloc(1, sizeof *m);
    if (!m) return;
    snprintf(m->text, sizeof m->text, "%s", text);
    *j->missed_end = m;
    j->missed_end = &m->next;
}

static int check_floor(lockstep_job_t *j)
{
    const lab_options_t *o = j->o;
    const bool built_in = !o->floor && !o->run.trace && o->cycles >= COVER_FLOOR_CYC;
    if ((!o->floor && !built_in) || (o->floor && strcmp(o->floor, "none") == 0)) return CLI_OK;
    if (j->l.stop) return CLI_OK; // cut short
    char err[COVER_ERR_LEN] = "";
    j->floor_checked = true;
    const int below = cover_floor(j->cover, o->floor, o->cycles, below_floor, j, err);
    if (below < 0) cli_message("%s", err);
    return below < 0 ? CLI_USAGE : below > 0 ? CLI_CHECK_FAILED : CLI_OK;
}

// ---- reports -----------------------------------------------------------------------------------

static json_t *job_json(const lockstep_job_t *j, bool interrupted)
{
    const lab_options_t *o = j->o;
    static const char *const JUMP[] = {"on", "off", "check"};
    json_t *all = json_object(), *config = o->run.trace ? options_json(o) : json_object();
    json_t *run = json_object(), *sim = json_object(), *below = json_array();
    if (!o->run.trace) {
        json_object_set_new(config, "version", json_string(MODERATO_VERSION));
        char buf[NUMBER_LEN];
        json_object_set_new(config, option_rows[OPT_NIC].key,
                            json_string(options_text(o, OPT_NIC, buf)));
        json_object_set_new(config, "seed", json_integer((json_int_t)o->run.seed));
        json_object_set_new(config, "cycles", json_integer((json_int_t)o->cycles));
        json_object_set_new(config, "autoneg_cyc",
                            json_integer(j->slow_negotiation ? 0 : STIM_AUTONEG_CYC));
    }
    json_object_del(config, option_rows[OPT_ENGINE].key);
    json_object_set_new(config, "against", json_string(j->against));
    json_object_set_new(config, "jump", json_string(JUMP[o->jump]));
    json_object_set_new(run, "equal", json_boolean(!j->l.differs));
    json_object_set_new(run, "runs", json_integer((json_int_t)j->runs));
    json_object_set_new(run, "cycles", json_integer((json_int_t)j->cycles));
    json_object_set_new(run, "jumped", json_integer((json_int_t)j->jumped));
    json_object_set_new(run, "difference", difference_json(j));
    for (const floor_miss_t *m = j->missed; m; m = m->next)
        json_array_append_new(below, json_string(m->text));
    json_object_set_new(sim, "interrupted", json_boolean(interrupted));
    json_object_set_new(sim, "wall_s", json_real((double)(uint64_t)(j->wall_s * 1e6) / 1e6));
    json_object_set_new(all, "config", config);
    if (o->run.trace) json_object_set_new(all, "trace", options_json_string(o->run.trace));
    json_object_set_new(all, "lockstep", run);
    json_object_set_new(all, "coverage", cover_json(j->cover));
    json_object_set_new(all, "floor_checked", json_boolean(j->floor_checked));
    json_object_set_new(all, "below_floor", below);
    json_object_set_new(all, "sim", sim);
    return all;
}

static void tell(const lockstep_job_t *j)
{
    const lockstep_t *l = &j->l;
    if (l->differs) tell_difference(j);
    else
        printf("lockstep: %s = %s in %" PRIu64 " cycles, %" PRIu64 " more jumped over, %" PRIu64
               " %s\n",
               half_name(j, 0), j->against, j->cycles, j->jumped, j->runs,
               j->runs == 1 ? "run" : "runs");
    if (!l->differs) cover_table(stdout, j->cover, j->o->verbose > 0);
    for (const floor_miss_t *m = j->missed; m; m = m->next)
        printf("below the floor: %s\n", m->text);
}

static int report(lockstep_job_t *j, bool interrupted)
{
    const lab_options_t *o = j->o;
    const bool json_out = o->json && strcmp(o->json, "-") == 0;
    char err[LAB_ERR_LEN] = "";
    int status = CLI_OK;
    if (j->l.differs) set_repro(j);
    for (unsigned h = 0; o->wave && h < 2; h++) {
        if (!j->wave[h].to.err[0]) continue;
        cli_message("%s", j->wave[h].to.err);
        status = CLI_USAGE;
    }
    if (o->wave && !o->quiet && wave_note(&j->wave[0])) cli_message("%s", wave_note(&j->wave[0]));
    if (o->json) {
        json_t *all = job_json(j, interrupted);
        if (result_json_write(all, o->json, err) != 0) {
            if (err[0]) cli_message("%s", err);
            status = CLI_USAGE;
        }
        json_decref(all);
    }
    if (!json_out && (!o->quiet || j->l.differs)) tell(j);
    if (j->l.differs)
        cli_message("lockstep: first difference at cycle %" PRIu64 ": %s", j->l.cyc, j->l.what);
    if (j->missed) cli_message("lockstep: the coverage is below the floor");
    if (j->slow_negotiation && !o->quiet)
        cli_message("this build of the RTL has no short negotiation: less is reached");
    return status;
}

// ---- the verb ----------------------------------------------------------------------------------

static int lockstep_prepare(lockstep_job_t *j, lab_options_t *o)
{
    char err[LAB_ERR_LEN] = "", notes[LAB_NOTES_LEN] = "", why[ENGINE_ERR_LEN] = "";
    j->against = o->against ? o->against : pin_dev_rtl ? "rtl" : "model";
    j->rtl = strcmp(j->against, "rtl") == 0;
    if (!engine_available(j->against, why)) {
        cli_message("--against rtl: this build has no RTL engine; see 'make rtl'");
        return CLI_USAGE;
    }
    j->other = j->rtl ? pin_dev_rtl : pin_dev_model;
    const bool floor = o->floor && strcmp(o->floor, "none") != 0;
    if (options_resolve(o, notes, err) != 0 || files_check(o, err) != 0 ||
        (o->run.trace && cli_probe_trace(o, NULL, 0, NULL, err) != 0) ||
        (floor && cover_floor(j->cover, o->floor, o->cycles, NULL, NULL, err) < 0) ||
        (o->wave &&
         (wave_prepare(&j->wave[0], o, "model", "-model", err) != 0 ||
          wave_prepare(&j->wave[1], o, j->against, j->rtl ? "-rtl" : "-other", err) != 0)) ||
        (o->json && result_json_prepare(o->json, err) != 0)) {
        cli_message("%s", err);
        return CLI_USAGE;
    }
    for (unsigned i = 0; o->wave && i < 2; i++) wave_empty(&j->wave[i]);
    if (o->json) result_json_empty(o->json);
    if (!o->quiet) cli_notes(NULL, notes);
    return CLI_OK;
}

static double lockstep_seconds(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static int lockstep_do(lockstep_job_t *j, lab_options_t *o)
{
    int status = lockstep_prepare(j, o);
    if (status != CLI_OK) return status;
    stop_install();
    const double begin = lockstep_seconds();
    status = o->run.trace ? replay_run(j) : random_runs(j);
    j->wall_s = lockstep_seconds() - begin;
    if (status == CLI_USAGE) return status;
    const bool interrupted = *stop_flag() != 0;
    if (!interrupted && status == CLI_OK && !j->l.differs) status = check_floor(j);
    if (status == CLI_USAGE) return status;
    const int written = report(j, interrupted);
    if (j->l.differs) return CLI_CHECK_FAILED;
    if (interrupted) return CLI_INTERRUPTED;
    return status != CLI_OK ? status : written;
}

int lockstep_verb(cli_t *c)
{
    lockstep_job_t *j = calloc(1, sizeof *j);
    if (j) {
        j->cli = c;
        j->o = &c->options;
        j->seed = c->options.run.seed;
        j->missed_end = &j->missed;
        j->cover = cover_create(c->options.run.nic);
    }
    int status = CLI_USAGE;
    if (j && j->cover) status = lockstep_do(j, &c->options);
    else cli_message("out of memory");
    while (j && j->missed) {
        floor_miss_t *m = j->missed;
        j->missed = m->next;
        free(m);
    }
    if (j) cover_destroy(j->cover);
    if (j) free(j->repro);
    free(j);
    return status;
}
