// SPDX-License-Identifier: Apache-2.0
// `moderato replay`: one run and its reports.
#include "lab/cli.h"
#include "lab/result.h"
#include "lab/wave.h"
#include "hostbridge/timeline.h"

#include <inttypes.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>
#include <stdlib.h>
#include <string.h>

// Progress on a terminal: twice a second, wiped out at the end.
typedef struct replay_progress {
    struct timespec last;
    bool shown;
} replay_progress_t;

static void replay_progress(void *ctx, uint64_t frames, uint64_t cyc)
{
    replay_progress_t *p = ctx;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    int64_t ms =
        (int64_t)(now.tv_sec - p->last.tv_sec) * 1000 + (now.tv_nsec - p->last.tv_nsec) / 1000000;
    if (ms < 500) return;
    p->last = now;
    p->shown = true;
    fprintf(stderr, "\r%" PRIu64 " frames sent, %" PRIu64 ".%03" PRIu64 " s simulated ", frames,
            cyc / 125000000, cyc / 125000 % 1000);
}

static void replay_log(void *ctx, uint64_t ns, const char *driver, const char *text)
{
    replay_progress_t *p = ctx;
    if (p->shown) fputs("\r\033[K", stderr);
    p->shown = false;
    cli_message("[%5" PRIu64 ".%09" PRIu64 "] %s: %s", ns / 1000000000, ns % 1000000000, driver,
                text);
}

// What became of the waves; the status of the run with them.
static int replay_wave(const wave_t *w, bool quiet, int status, run_result_t *r)
{
    if (!quiet && status != 2 && wave_note(w)) cli_message("%s", wave_note(w));
    if (!w->to.err[0]) return status;
    if (status == 1) cli_message("%s", w->to.err); // what failed in the run is told too
    else snprintf(r->error, sizeof r->error, "%s", w->to.err);
    return status == 1 ? 1 : 2;
}

// Runs the testbed with its observers. The status of testbed_run, or 2 with a message in r->error.
static int replay_run(const lab_options_t *o, report_t *p, wave_t *wave, run_result_t *r)
{
    run_config_t run = o->run;
    char err[TIMELINE_ERR_LEN] = "";
    timeline_t *timeline = NULL;
    if (o->out) {
        run.received_pcap = p->pcap;
        timeline = timeline_open(p->timeline, o->timeline_events, err);
        if (!timeline) {
            snprintf(r->error, sizeof r->error, "--out: %.300s", err);
            return 2;
        }
        run.timeline = timeline;
    }
    if (o->wave) {
        // Waves are of pins: the C model is run behind them, with the same results.
        run.make_dev = wave_make_dev;
        run.make_dev_ctx = wave;
        run.ended = wave_end;
    }
    replay_progress_t progress = {.shown = false};
    clock_gettime(CLOCK_MONOTONIC, &progress.last);
    if (!o->quiet && isatty(STDERR_FILENO)) {
        run.progress = replay_progress;
        run.progress_ctx = &progress;
    }
    if (o->verbose) {
        run.log = replay_log;
        run.log_ctx = &progress;
    }
    int status = testbed_run(&run, r, stop_flag());
    if (progress.shown) fputs("\r\033[K", stderr);
    if (o->wave) status = replay_wave(wave, o->quiet, status, r);
    p->timeline_written = timeline_written(timeline);
    p->timeline_left_out = timeline_left_out(timeline);
    if (timeline_close(timeline, r->end_cyc, err) != 0 && status == 0) {
        snprintf(r->error, sizeof r->error, "--out: %.300s", err);
        status = 2;
    }
    return status;
}

// Files first, so that a reader of stdout that goes away does not cost them.
static int replay_report(const lab_options_t *o, const report_t *p, char err[LAB_ERR_LEN])
{
    bool json_out = o->json && strcmp(o->json, "-") == 0;
    json_t *j = o->json || o->out ? result_json(p) : NULL;
    int status = 0;
    if (o->out) status = out_dir_write(p, j, err);
    if (status == 0 && o->json && !json_out) status = result_json_write(j, o->json, err);
    if (status == 0 && json_out && result_json_write(j, "-", err) != 0 && !ferror(stdout)) {
        status = -1; // a bad stdout is reported by the caller of all verbs
    }
    if (!json_out && !o->quiet) result_table(stdout, p, o->verbose > 0);
    json_decref(j);
    return status;
}

static int replay_do(const lab_options_t *o, report_t *p, wave_t *wave, run_result_t *r)
{
    char err[LAB_ERR_LEN] = "";
    p->result = r;
    p->status = replay_run(o, p, wave, r);
    p->interrupted = *stop_flag() != 0;
    if (p->status == 2) {
        cli_message("%s", r->error);
        return CLI_USAGE;
    }
    figures_compute(r, &p->figures);
    int written = replay_report(o, p, err);
    if (!o->quiet && r->trace.notice[0]) cli_message("%s", r->trace.notice);
    if (!o->quiet && r->notice[0]) cli_message("%s", r->notice);
    if (written != 0) cli_message("%s", err);
    if (p->status != 0) cli_message("check failed: %s", r->error);
    if (p->interrupted) cli_message("interrupted: the results are of the part that was played");
    if (p->interrupted) return *stop_flag() == SIGTERM ? 128 + SIGTERM : CLI_INTERRUPTED;
    return p->status != 0 ? CLI_CHECK_FAILED : written != 0 ? CLI_USAGE : CLI_OK;
}

// What can be found wrong before anything is written, or what an earlier run has left is touched. 0, or -1 with a message.
static int replay_check(lab_options_t *o, report_t *p, wave_t *wave, char notes[LAB_NOTES_LEN],
                        char err[LAB_ERR_LEN])
{
    if (options_resolve(o, notes, err) != 0 ||
        cli_probe_trace(o, p->trace_name, sizeof p->trace_name, p->sha256, err) != 0 ||
        testbed_check(&o->run, err) != 0)
        return -1;
    if (o->wave && wave_prepare(wave, o, o->run.engine, "", err) != 0) return -1;
    if (o->out && out_dir_prepare(o->out, p, err) != 0) return -1;
    if (o->json && result_json_prepare(o->json, err) != 0) return -1;
    return 0;
}

// A run that fails leaves no result, not an older one.
static void replay_empty(const lab_options_t *o, const report_t *p, const wave_t *wave)
{
    if (o->wave) wave_empty(wave);
    if (o->out) out_dir_empty(p);
    if (o->json) result_json_empty(o->json);
}

int replay_verb(cli_t *c)
{
    lab_options_t *o = &c->options;
    wave_t wave;
    char err[LAB_ERR_LEN] = "", notes[LAB_NOTES_LEN];
    report_t *p = calloc(1, sizeof *p);
    run_result_t *r = calloc(1, sizeof *r);
    int status = CLI_USAGE;
    if (!p || !r) {
        cli_message("out of memory");
    } else if (replay_check(o, p, &wave, notes, err) != 0) {
        cli_message("%s", err);
    } else {
        replay_empty(o, p, &wave);
        if (!o->quiet) cli_notes(NULL, notes);
        p->options = o;
        stop_install();
        if (!o->quiet && !(o->json && strcmp(o->json, "-") == 0)) {
            options_command(stdout, o, "replay"); // before the run: it may take long
            fflush(stdout);
        }
        status = replay_do(o, p, &wave, r);
        run_result_free(r);
    }
    free(p);
    free(r);
    return status;
}
