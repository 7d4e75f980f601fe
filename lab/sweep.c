// SPDX-License-Identifier: Apache-2.0
// `moderato sweep`: checks everything before anything runs, then runs it.
#include "lab/sweep.h"
#include "lab/cli.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int sweep_point(const sweep_t *s, size_t index, lab_options_t *o, char notes[LAB_NOTES_LEN],
                char err[LAB_ERR_LEN])
{
    *o = *s->base;
    for (unsigned i = s->axis_count; i-- > 0;) {
        const sweep_axis_t *a = &s->axes[i];
        if (options_set(o, a->option, a->values[index % a->count], err) != 0) return -1;
        index /= a->count;
    }
    return options_resolve(o, notes, err);
}

static int sweep_axes(sweep_t *s, char err[LAB_ERR_LEN])
{
    s->points = 1;
    for (unsigned i = 0; i < s->base->axes; i++) {
        sweep_axis_t *a = &s->axes[s->axis_count++];
        if (sweep_axis_parse(a, s->base->axis[i], err) != 0) return -1;
        const char *name = option_rows[a->option].name;
        for (unsigned k = 0; k < i; k++) {
            if (s->axes[k].option != a->option) continue;
            snprintf(err, LAB_ERR_LEN, "--axis %s: given twice", name);
            return -1;
        }
        if (s->base->given[a->option]) {
            snprintf(err, LAB_ERR_LEN, "--%s and --axis %s: one of the two", name, name);
            return -1;
        }
        if (s->points * a->count > SWEEP_POINTS_MAX) {
            snprintf(err, LAB_ERR_LEN, "more than %u points", SWEEP_POINTS_MAX);
            return -1;
        }
        s->points *= a->count;
    }
    return 0;
}

// Every point is put together once: a wrong one is found before hours of running. Notes are given
// once.
static int sweep_check(const sweep_t *s, char notes[LAB_NOTES_LEN], char err[LAB_ERR_LEN])
{
    lab_options_t o;
    char why[LAB_ERR_LEN] = "", found[LAB_NOTES_LEN] = "", where[LAB_ERR_LEN] = "", buf[NUMBER_LEN];
    for (size_t point = 0; point < s->points; point++) {
        if (sweep_point(s, point, &o, found, why) == 0 && files_check(&o, why) == 0) {
            if (!*notes) memcpy(notes, found, LAB_NOTES_LEN);
            continue;
        }
        for (unsigned i = 0; i < s->axis_count; i++) {
            size_t used = strlen(where);
            snprintf(where + used, sizeof where - used, "%s%s=%s", i ? " " : "",
                     option_rows[s->axes[i].option].name, options_text(&o, s->axes[i].option, buf));
        }
        int n = snprintf(err, LAB_ERR_LEN, "%.300s", why);
        if (s->axis_count) snprintf(err + n, LAB_ERR_LEN - (size_t)n, " (at %.180s)", where);
        return -1;
    }
    return cli_probe_trace(&o, NULL, 0, NULL, err);
}

static unsigned sweep_processors(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0) return (unsigned)CPU_COUNT(&set);
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n > 0 ? (unsigned)n : 1;
}

static int sweep_start(sweep_t *s, char err[LAB_ERR_LEN])
{
    const lab_options_t *o = s->base;
    bool to_stdout = strcmp(o->csv, "-") == 0;
    unsigned jobs = o->jobs ? o->jobs : sweep_processors();
    s->rows = calloc(s->points, sizeof *s->rows);
    s->progress = !o->quiet && isatty(STDERR_FILENO) && !(to_stdout && isatty(STDOUT_FILENO));
    s->out = to_stdout ? stdout : fopen(o->csv, "we");
    if (!s->rows || !s->out) {
        snprintf(err, LAB_ERR_LEN, "--csv: %s: %s", o->csv, strerror(errno));
        return -1;
    }
    stop_install();
    sweep_header(s->out, s->axes, s->axis_count);
    int result = sweep_run(s, jobs, stop_flag(), err);
    bool bad = ferror(s->out) != 0;
    if (!to_stdout && fclose(s->out) != 0) bad = true;
    if (bad && !to_stdout && result == 0) { // a bad stdout is reported by the caller of all verbs
        snprintf(err, LAB_ERR_LEN, "%s: %s", o->csv, strerror(errno));
        return -1;
    }
    return result;
}

int sweep_verb(cli_t *c)
{
    sweep_t s = {.base = &c->options};
    char err[LAB_ERR_LEN] = "", notes[LAB_NOTES_LEN] = "";
    int status = CLI_USAGE;
    if (c->options.axes == 0) {
        cli_message("sweep: no --axis OPTION=LIST (`moderato help axes`)");
        return CLI_USAGE;
    }
    if (sweep_axes(&s, err) != 0 || sweep_check(&s, notes, err) != 0) {
        cli_message("%s", err);
    } else {
        if (!c->options.quiet) cli_notes(NULL, notes);
        int result = sweep_start(&s, err);
        if (s.failed)
            cli_message("%zu of %zu points failed: see the column 'error'", s.failed, s.points);
        if (result < 0) cli_message("%s", err);
        if (result > 0)
            cli_message("interrupted: %zu of %zu points are done", s.finished, s.points);
        if (result == 0) status = s.failed ? CLI_CHECK_FAILED : CLI_OK;
        if (result > 0) status = *stop_flag() == SIGTERM ? 128 + SIGTERM : CLI_INTERRUPTED;
    }
    for (size_t i = 0; s.rows && i < s.points; i++) free(s.rows[i]);
    free(s.rows);
    for (unsigned i = 0; i < s.axis_count; i++) sweep_axis_free(&s.axes[i]);
    return status;
}
