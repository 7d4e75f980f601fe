// SPDX-License-Identifier: Apache-2.0
// The verb `reproduce`: plays a reproduction, prints its claims, as a table or JSON, and has its figures drawn.
#include "lab/reproduce.h"

#include "lab/result.h"

#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const reproduction_t *const reproductions[] = {&repro_kuroda, &repro_embrapa, &repro_ufsm,
                                                      NULL};

// ---- for reproductions -------------------------------------------------------------------------

repro_point_t *repro_add(repro_t *r, const char *path, const char *profile, const char *trace, ...)
{
    if (r->points == REPRODUCE_POINTS) abort();
    repro_point_t *p = &r->point[r->points++];
    va_list ap;
    va_start(ap, trace);
    vsnprintf(p->trace, sizeof p->trace, trace, ap);
    va_end(ap);
    run_config_defaults(&p->c);
    p->c.path = path;
    p->c.profile = profile;
    p->c.adaptive_rx = 1;
    p->c.pace.multiplier_ppm = 1000000;
    p->c.pace.loop = 1;
    p->c.pace.seed = p->c.seed;
    p->c.pace.max_frame = 1514;
    return p;
}

static repro_claim_t *claim(repro_t *r, const char *id, const char *expected, const char *why)
{
    if (r->claims == REPRODUCE_CLAIMS) abort();
    repro_claim_t *c = &r->claim[r->claims++];
    snprintf(c->id, sizeof c->id, "%s", id);
    c->expected = expected;
    c->why = why;
    return c;
}

void repro_judge(repro_t *r, const char *id, const char *expected, bool holds, const char *why,
                 const char *got, ...)
{
    repro_claim_t *c = claim(r, id, expected, holds ? NULL : why);
    c->verdict = holds ? REPRO_YES : REPRO_NO;
    va_list ap;
    va_start(ap, got);
    vsnprintf(c->got, sizeof c->got, got, ap);
    va_end(ap);
}

void repro_report(repro_t *r, const char *id, const char *expected, const char *why,
                  const char *got, ...)
{
    repro_claim_t *c = claim(r, id, expected, why);
    c->verdict = REPRO_REPORT;
    va_list ap;
    va_start(ap, got);
    vsnprintf(c->got, sizeof c->got, got, ap);
    va_end(ap);
}

typedef struct moments {
    double xx, yy, xy; // about the means
} moments_t;

static moments_t moments(const double *x, const double *y, unsigned n)
{
    double mx = 0, my = 0;
    moments_t m = {0};
    for (unsigned i = 0; i < n; i++) {
        mx += x[i] / n;
        my += y[i] / n;
    }
    for (unsigned i = 0; i < n; i++) {
        m.xx += (x[i] - mx) * (x[i] - mx);
        m.yy += (y[i] - my) * (y[i] - my);
        m.xy += (x[i] - mx) * (y[i] - my);
    }
    return m;
}

double repro_pearson(const double *x, const double *y, unsigned n)
{
    const moments_t m = moments(x, y, n);
    return m.xx > 0 && m.yy > 0 ? m.xy / sqrt(m.xx * m.yy) : 0;
}

double repro_slope(const double *x, const double *y, unsigned n)
{
    const moments_t m = moments(x, y, n);
    return m.xx > 0 ? m.xy / m.xx : 0;
}

static bool alike(double a, double b)
{
    return fabs(a - b) <= 0.01 * fmax(fabs(a), fabs(b));
}

unsigned repro_distinct(const double *x, const double *y, unsigned n)
{
    unsigned distinct = 0;
    for (unsigned i = 0; i < n; i++) {
        unsigned k = 0;
        while (k < i && !(alike(x[k], x[i]) && alike(y[k], y[i]))) k++;
        distinct += k == i;
    }
    return distinct;
}

double repro_spearman(const double *x, const double *y, unsigned n)
{
    double rank[2][64];
    const double *side[2] = {x, y};
    for (unsigned s = 0; s < 2; s++)
        for (unsigned i = 0; i < n && i < 64; i++) {
            double below = 0, equal = 0;
            for (unsigned k = 0; k < n; k++) {
                below += side[s][k] < side[s][i];
                equal += side[s][k] == side[s][i];
            }
            rank[s][i] = below + (equal - 1) / 2;
        }
    return repro_pearson(rank[0], rank[1], n < 64 ? n : 64);
}

// ---- what is said ------------------------------------------------------------------------------

static const char *const VERDICTS[] = {
    [REPRO_YES] = "reproduced", [REPRO_NO] = "not reproduced", [REPRO_REPORT] = "reported"};

static unsigned count(const repro_t *r, enum repro_verdict v)
{
    unsigned n = 0;
    for (unsigned i = 0; i < r->claims; i++) n += r->claim[i].verdict == v;
    return n;
}

// Text in lines of at most 78 columns, indented.
static void print_wrapped(FILE *f, const char *label, const char *text)
{
    enum { WIDTH = 78, INDENT = 13 };
    fprintf(f, "  %-*s", INDENT - 2, label);
    unsigned column = INDENT;
    while (*text) {
        const size_t word = strcspn(text, " ");
        if (column > INDENT && column + 1 + word > WIDTH) {
            fprintf(f, "\n%*s", INDENT, "");
            column = INDENT;
        } else if (column > INDENT) {
            putc(' ', f);
            column++;
        }
        fwrite(text, 1, word, f);
        column += (unsigned)word;
        text += word + strspn(text + word, " ");
    }
    putc('\n', f);
}

static void print_claims(FILE *f, const repro_t *r, bool quiet)
{
    fprintf(f, "%s\n%s\n%u runs\n", r->what->title, r->what->source, r->points);
    for (unsigned i = 0; i < r->claims && !quiet; i++) {
        const repro_claim_t *c = &r->claim[i];
        fprintf(f, "\n%s: %s\n", c->id, VERDICTS[c->verdict]);
        print_wrapped(f, "expected", c->expected);
        print_wrapped(f, "got", c->got);
        if (c->why) print_wrapped(f, c->verdict == REPRO_NO ? "because" : "note", c->why);
    }
    fprintf(f, "\n%u of %u claims reproduced", count(r, REPRO_YES),
            r->claims - count(r, REPRO_REPORT));
    if (count(r, REPRO_REPORT)) fprintf(f, "; %u reported", count(r, REPRO_REPORT));
    putc('\n', f);
}

static json_t *real(double v)
{
    return json_real(round(v * 1000) / 1000);
}

static json_t *point_json(const repro_point_t *p)
{
    const repro_outcome_t *o = &p->o;
    json_t *j = json_object(), *polls = json_array();
    json_object_set_new(j, "path", json_string(p->c.path));
    json_object_set_new(j, "profile", json_string(p->c.profile));
    json_object_set_new(j, "trace", json_string(p->trace));
    json_object_set_new(j, "budget", json_integer(p->c.budget));
    json_object_set_new(j, "sockbuf",
                        p->c.sockbuf == RUN_UNSET ? json_null() : json_integer(p->c.sockbuf));
    json_object_set_new(j, "app_cpu",
                        p->c.app_cpu == RUN_UNSET ? json_null() : json_integer(p->c.app_cpu));
    json_object_set_new(j, "wake_affine", json_boolean(p->c.wake_affine));
    json_object_set_new(j, "offered_mbps", real(o->offered_mbps));
    json_object_set_new(j, "goodput_mbps", real(o->goodput_mbps));
    json_object_set_new(j, "driver_mbps", real(o->driver_mbps));
    json_object_set_new(j, "socket_drops", json_integer((json_int_t)o->socket_drops));
    json_object_set_new(j, "ring_drops", json_integer((json_int_t)o->ring_drops));
    json_object_set_new(j, "backend_drops", json_integer((json_int_t)o->backend_drops));
    json_object_set_new(j, "interrupts_per_s", real(o->irqs));
    json_object_set_new(j, "packets_per_poll", real(o->packets_per_poll));
    json_object_set_new(j, "cpu_guest", real(o->cpu_guest));
    json_object_set_new(j, "cpu_vcpus", real(o->cpu_vcpus));
    json_object_set_new(j, "cpu_xentop", real(o->cpu_xentop));
    json_object_set_new(j, "cpu_all", real(o->cpu_all));
    json_t *clients = json_object();
    for (unsigned i = 0; i < o->clients; i++)
        json_object_set_new(clients, o->client[i].name, real(o->client[i].tps));
    json_object_set_new(j, "clients", clients);
    for (unsigned k = 0; k < REPRODUCE_POLL; k++)
        if (o->poll[k])
            json_array_append_new(polls, json_pack("[i,I]", (int)k, (json_int_t)o->poll[k]));
    json_object_set_new(j, "polls", polls);
    return j;
}

static json_t *claims_json(const repro_t *r)
{
    json_t *j = json_object(), *claims = json_array(), *runs = json_array();
    json_object_set_new(j, "name", json_string(r->what->name));
    json_object_set_new(j, "title", json_string(r->what->title));
    json_object_set_new(j, "source", json_string(r->what->source));
    for (unsigned i = 0; i < r->claims; i++) {
        const repro_claim_t *c = &r->claim[i];
        json_t *o = json_object();
        json_object_set_new(o, "claim", json_string(c->id));
        json_object_set_new(o, "expected", json_string(c->expected));
        json_object_set_new(o, "got", json_string(c->got));
        json_object_set_new(o, "verdict", json_string(VERDICTS[c->verdict]));
        json_object_set_new(o, "why", c->why ? json_string(c->why) : json_null());
        json_array_append_new(claims, o);
    }
    for (unsigned i = 0; i < r->points; i++) json_array_append_new(runs, point_json(&r->point[i]));
    json_object_set_new(j, "reproduced", json_integer(count(r, REPRO_YES)));
    json_object_set_new(j, "judged", json_integer(r->claims - count(r, REPRO_REPORT)));
    json_object_set_new(j, "claims", claims);
    json_object_set_new(j, "runs", runs);
    return j;
}

// ---- the verb ----------------------------------------------------------------------------------

static const reproduction_t *find(const char *name)
{
    for (unsigned i = 0; reproductions[i]; i++)
        if (name && strcmp(reproductions[i]->name, name) == 0) return reproductions[i];
    return NULL;
}

static void list(FILE *f)
{
    for (unsigned i = 0; reproductions[i]; i++)
        fprintf(f, "%-14s %s\n", reproductions[i]->name, reproductions[i]->title);
}

// A run that failed is no result.
static int check_points(const repro_t *r)
{
    for (unsigned i = 0; i < r->points; i++) {
        const repro_point_t *p = &r->point[i];
        if (p->o.status == 0) continue;
        cli_message("reproduce: %s, budget %u, %s: %s", p->c.profile, p->c.budget, p->trace,
                    p->o.status < 0 ? "the run ended without a result" : p->o.error);
        return CLI_CHECK_FAILED;
    }
    return CLI_OK;
}

static int say(const cli_t *c, const repro_t *r)
{
    char err[LAB_ERR_LEN] = "";
    const char *json = c->options.json;
    if (json) {
        json_t *j = claims_json(r);
        const int failed = result_json_write(j, json, err);
        json_decref(j);
        if (failed) {
            cli_message("%s", err);
            return CLI_USAGE;
        }
    }
    if (!json || strcmp(json, "-") != 0) print_claims(stdout, r, c->options.quiet);
    if (c->options.out && r->what->draw && r->what->draw(r, c->options.out, err) != 0) {
        cli_message("%s", err);
        return CLI_USAGE;
    }
    return CLI_OK;
}

int reproduce_verb(cli_t *c)
{
    char err[LAB_ERR_LEN] = "";
    const reproduction_t *what = find(c->operand);
    if (!c->operand) {
        list(stdout);
        return CLI_OK;
    }
    if (!what) {
        char names[160] = "";
        for (unsigned i = 0; reproductions[i]; i++)
            snprintf(names + strlen(names), sizeof names - strlen(names), "%s%s", i ? ", " : "",
                     reproductions[i]->name);
        cli_message("reproduce: %s: no such reproduction (%s)", c->operand, names);
        return CLI_USAGE;
    }
    if (c->options.out && out_dir_make(c->options.out, err) != 0) {
        cli_message("%s", err);
        return CLI_USAGE;
    }
    repro_t *r = calloc(1, sizeof *r);
    if (!r) return CLI_USAGE;
    r->what = what;
    what->plan(r);
    const long processors = sysconf(_SC_NPROCESSORS_ONLN);
    const unsigned jobs =
        c->options.jobs ? c->options.jobs : (unsigned)(processors > 0 ? processors : 1);
    const bool progress = !c->options.quiet && isatty(STDERR_FILENO);
    stop_install();
    int status = repro_play(r, jobs, progress, stop_flag(), err);
    if (status < 0) {
        cli_message("reproduce: %s", err);
        status = CLI_USAGE;
    } else if (status > 0) {
        cli_message("interrupted: %u of %u runs are done, and no claim is judged", r->finished,
                    r->points);
        status = *stop_flag() == SIGTERM ? 128 + SIGTERM : CLI_INTERRUPTED;
    } else {
        status = check_points(r);
    }
    if (status == CLI_OK) {
        what->judge(r);
        status = say(c, r);
    }
    free(r->state);
    free(r);
    return status;
}
