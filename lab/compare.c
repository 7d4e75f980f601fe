// SPDX-License-Identifier: Apache-2.0
// `moderato compare`: the same packets by several paths, side by side.
#include "lab/cli.h"
#include "lab/compare_plot.h"
#include "lab/result.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { COMPARE_MAX = 8, COMPARE_NAME = 128 };

typedef struct compare_path {
    char name[COMPARE_NAME]; // as it was asked for
    char text[COMPARE_NAME]; // its parts, which the options refer to
    lab_options_t options;
    run_result_t result;
    report_t report;
    bool ran;
} compare_path_t;

typedef struct compare {
    compare_path_t *path[COMPARE_MAX];
    unsigned count;
} compare_t;

// ---- what is asked for -------------------------------------------------------------------------

static int compare_fail(char err[LAB_ERR_LEN], const char *name, const char *why)
{
    snprintf(err, LAB_ERR_LEN, "--paths: %.80s: %.300s", name, why);
    return -1;
}

// ":OPTION=VALUE" of a path.
static int compare_setting(compare_path_t *p, char *text, char err[LAB_ERR_LEN])
{
    char why[LAB_ERR_LEN] = "";
    bool negated;
    char *value = strchr(text, '=');
    if (!value) return compare_fail(err, p->name, "PATH:OPTION=VALUE expected");
    *value++ = '\0';
    const int id = options_find(text, strlen(text), &negated);
    if (id < 0 || negated || !option_rows[id].key || !(option_rows[id].verbs & OPTION_FOR_COMPARE))
        return compare_fail(err, p->name, "no such option of a run");
    if (option_rows[id].group == OPTION_TRAFFIC)
        return compare_fail(err, p->name, "paths are compared on the same packets");
    if (options_set(&p->options, (enum option_id)id, value, why) != 0)
        return compare_fail(err, p->name, why);
    return 0;
}

// The device, and the machine, that paths have in common if nothing is said.
static int compare_common(lab_options_t *o, char err[LAB_ERR_LEN])
{
    if (!o->given[OPT_NIC] && options_set(o, OPT_NIC, "82576", err) != 0) return -1;
    if (!o->given[OPT_PROFILE] && options_set(o, OPT_PROFILE, "kvm-2012", err) != 0) return -1;
    return 0;
}

static int compare_add(compare_t *c, const lab_options_t *o, const char *name,
                       char err[LAB_ERR_LEN])
{
    char why[LAB_ERR_LEN] = "", notes[LAB_NOTES_LEN];
    if (strlen(name) >= COMPARE_NAME) return compare_fail(err, name, "too long");
    if (c->count == COMPARE_MAX) return compare_fail(err, name, "more than eight");
    for (unsigned i = 0; i < c->count; i++)
        if (strcmp(c->path[i]->name, name) == 0) return compare_fail(err, name, "named twice");
    compare_path_t *p = c->path[c->count] = calloc(1, sizeof *p);
    if (!p) return compare_fail(err, name, "out of memory");
    c->count++;
    p->options = *o;
    snprintf(p->name, sizeof p->name, "%s", name);
    strcpy(p->text, name);
    char *rest = p->text, *path = strsep(&rest, ":");
    if (options_set(&p->options, OPT_PATH, path, why) != 0 || compare_common(&p->options, why) != 0)
        return compare_fail(err, name, why);
    while (rest) {
        char *setting = rest;
        for (char *at = rest; (rest = strchr(at, ':')); at = rest + 1) { // values may have some too
            const char *more = strpbrk(rest + 1, ":=");
            if (!more || *more == ':') continue;
            *rest++ = '\0';
            break;
        }
        if (compare_setting(p, setting, err) != 0) return -1;
    }
    if (options_resolve(&p->options, notes, why) != 0 || testbed_check(&p->options.run, why) != 0)
        return compare_fail(err, name, why);
    if (!o->quiet) cli_notes(p->name, notes);
    return 0;
}

static int compare_paths(compare_t *c, const lab_options_t *o, char err[LAB_ERR_LEN])
{
    char list[COMPARE_MAX * COMPARE_NAME];
    if (strlen(o->paths) >= sizeof list) return compare_fail(err, o->paths, "too long");
    strcpy(list, o->paths);
    for (char *rest = list; rest;)
        if (compare_add(c, o, strsep(&rest, ","), err) != 0) return -1;
    return 0;
}

// ---- the table ---------------------------------------------------------------------------------

enum { NAME_WIDTH = 26, VALUE_WIDTH = 16 };

// `of` may return FIGURE_NONE: no value.
typedef struct compare_row {
    const char *name;
    unsigned decimals;
    uint64_t (*of)(const report_t *p, unsigned which);
    unsigned which;
} compare_row_t;

static uint64_t row_delivered(const report_t *p, unsigned w)
{
    (void)w;
    return p->result->delivered;
}

static uint64_t row_rate(const report_t *p, unsigned pps)
{
    return pps ? p->figures.delivered_pps_milli : p->figures.delivered_mbps_milli;
}

static uint64_t row_latency(const report_t *p, unsigned permille)
{
    const meter_hist_t *h = &p->result->latency;
    if (h->count == 0) return FIGURE_NONE;
    if (permille == 0) return meter_hist_mean_milli(h) / 1000;
    return permille > 999 ? h->max : meter_hist_percentile(h, permille);
}

static uint64_t row_irq(const report_t *p, unsigned w)
{
    if (!w) return p->figures.irq_per_s_milli;
    return p->result->irq_asserted ? p->figures.packets_per_irq_milli : FIGURE_NONE;
}

static uint64_t row_drop(const report_t *p, unsigned cause)
{
    return drop_count(p->result, &drop_rows[cause]);
}

// A delivered packet.
static uint64_t row_a_packet(const report_t *p, uint64_t n, uint64_t scale)
{
    const uint64_t packets = p->result->delivered;
    return packets ? figures_scale(n, scale, packets) : FIGURE_NONE;
}

static uint64_t row_exits(const report_t *p, unsigned kind)
{
    const uint64_t n = kind == VCPU_EXIT_KINDS ? result_exits(p->result) : p->result->exits[kind];
    return row_a_packet(p, n, 1000);
}

// Who pays: the guest (or the machine without one), the hypervisor for it, the host's kernel, threads behind guests; and, while there is
// nothing to do, a processor that leaves its idle state (what waking a vCPU is to the hypervisor), and a guest that does not halt.
enum { CPU_GUEST, CPU_HYPERVISOR, CPU_HOST, CPU_BACKEND, CPU_IDLE_EXIT, CPU_IDLE_POLL, CPU_ALL };

// ns of all cores a delivered packet.
static uint64_t row_cpu(const report_t *p, unsigned who)
{
    const run_result_t *r = p->result;
    uint64_t ps[CPU_ALL + 1] = {0};
    for (unsigned c = 0; c < r->cores && c < RUN_CORES; c++) {
        ps[r->guests && c >= r->vcpus ? CPU_HOST : CPU_GUEST] +=
            r->cpu[c].irq_ps + r->cpu[c].softirq_ps + r->cpu[c].ksoftirqd_ps + r->cpu[c].app_ps;
        ps[CPU_HYPERVISOR] += r->cpu[c].hypervisor_ps;
        ps[CPU_BACKEND] += r->cpu[c].backend_ps;
        ps[CPU_IDLE_EXIT] += r->cpu[c].idle_exit_ps;
        ps[CPU_IDLE_POLL] += r->cpu[c].idle_poll_ps;
    }
    for (unsigned i = 0; i < CPU_ALL; i++) ps[CPU_ALL] += ps[i];
    return row_a_packet(p, ps[who], 1);
}

static uint64_t row_iotlb(const report_t *p, unsigned w)
{
    (void)w;
    const iommu_stats_t *s = &p->result->iommu.unit;
    return s->translations ? figures_scale(s->hits, 10000, s->translations) : FIGURE_NONE;
}

static bool row_nothing(const compare_t *c, const compare_row_t *row)
{
    for (unsigned i = 0; i < c->count; i++) {
        const compare_path_t *p = c->path[i];
        const uint64_t v = p->ran ? row->of(&p->report, row->which) : FIGURE_NONE;
        if (v && v != FIGURE_NONE) return false;
    }
    return true;
}

static void print_row(FILE *f, const compare_t *c, const compare_row_t *row, bool always)
{
    char number[NUMBER_LEN];
    if (!always && row_nothing(c, row)) return;
    fprintf(f, "  %-*s", NAME_WIDTH, row->name);
    for (unsigned i = 0; i < c->count; i++) {
        const compare_path_t *p = c->path[i];
        const uint64_t v = p->ran ? row->of(&p->report, row->which) : FIGURE_NONE;
        if (v != FIGURE_NONE) number_group(number, v, row->decimals);
        fprintf(f, " %*s", VALUE_WIDTH, v != FIGURE_NONE ? number : "-");
    }
    putc('\n', f);
}

static void print_rows(FILE *f, const compare_t *c, const char *title, const compare_row_t *row,
                       unsigned rows, bool always)
{
    bool any = always;
    for (unsigned i = 0; i < rows; i++) any |= !row_nothing(c, &row[i]);
    if (!any) return;
    fprintf(f, "\n%s\n", title);
    for (unsigned i = 0; i < rows; i++) print_row(f, c, &row[i], always);
}
#define PRINT(title, rows, always)                                                                 \
    print_rows(f, c, title, rows, sizeof rows / sizeof rows[0], always)

// A column's heading is its path; what it was told besides is in lines of its own, numbered.
static void print_heads(FILE *f, const compare_t *c)
{
    for (unsigned i = 0; i < c->count; i++)
        if (strchr(c->path[i]->name, ':'))
            fprintf(f, "%s%u: %s\n", i ? "" : "\n", i + 1, c->path[i]->name);
    fprintf(f, "\n%-*s  ", NAME_WIDTH, "paths");
    for (unsigned i = 0; i < c->count; i++) {
        const char *name = c->path[i]->name;
        char head[COMPARE_NAME + 8];
        if (strchr(name, ':'))
            snprintf(head, sizeof head, "%.*s (%u)", (int)strcspn(name, ":"), name, i + 1);
        else snprintf(head, sizeof head, "%s", name);
        fprintf(f, " %*s", VALUE_WIDTH, head);
    }
    putc('\n', f);
}

static void print_table(FILE *f, const compare_t *c)
{
    static const compare_row_t PACKETS[] = {{"delivered", 0, row_delivered, 0},
                                            {"Mb/s (without FCS)", 3, row_rate, 0},
                                            {"frames/s", 3, row_rate, 1}},
                               LATENCY[] = {{"mean", 3, row_latency, 0},
                                            {"p50", 3, row_latency, 500},
                                            {"p90", 3, row_latency, 900},
                                            {"p99", 3, row_latency, 990},
                                            {"p99.9", 3, row_latency, 999},
                                            {"max", 3, row_latency, 1000}},
                               IRQS[] = {{"per second", 3, row_irq, 0},
                                         {"packets each", 3, row_irq, 1}},
                               CPU[] = {{"kernel and application", 6, row_cpu, CPU_GUEST},
                                        {"hypervisor", 6, row_cpu, CPU_HYPERVISOR},
                                        {"kernel of the host", 6, row_cpu, CPU_HOST},
                                        {"threads behind guests", 6, row_cpu, CPU_BACKEND},
                                        {"leaving idle", 6, row_cpu, CPU_IDLE_EXIT},
                                        {"idle=poll", 6, row_cpu, CPU_IDLE_POLL},
                                        {"all", 6, row_cpu, CPU_ALL}},
                               IOMMU[] = {{"IOTLB hits, %", 2, row_iotlb, 0}};
    compare_row_t exits[VCPU_EXIT_KINDS + 1], drops[32];
    unsigned causes = 0;
    for (unsigned k = 0; k < VCPU_EXIT_KINDS; k++)
        exits[k] = (compare_row_t){vcpu_exit_name((enum vcpu_exit)k), 3, row_exits, k};
    exits[VCPU_EXIT_KINDS] = (compare_row_t){"all", 3, row_exits, VCPU_EXIT_KINDS};
    for (; causes < 32 && drop_rows[causes].key; causes++)
        drops[causes] = (compare_row_t){drop_rows[causes].key, 0, row_drop, causes};
    print_heads(f, c);
    PRINT("packets", PACKETS, true);
    print_rows(f, c, "dropped", drops, causes, false);
    PRINT("wire to application, us", LATENCY, true);
    PRINT("interrupts", IRQS, true);
    print_rows(f, c, "exits a delivered packet", exits, VCPU_EXIT_KINDS + 1, false);
    PRINT("CPU a delivered packet, us", CPU, true);
    PRINT("IOMMU", IOMMU, false);
}

// ---- the runs ----------------------------------------------------------------------------------

static int compare_run(compare_path_t *p)
{
    report_t *r = &p->report;
    r->options = &p->options;
    r->result = &p->result;
    r->status = testbed_run(&p->options.run, &p->result, stop_flag());
    r->interrupted = *stop_flag() != 0;
    if (r->status == 2) {
        cli_message("%s: %s", p->name, p->result.error);
        run_result_free(&p->result);
        return CLI_USAGE;
    }
    p->ran = true;
    figures_compute(&p->result, &r->figures);
    if (!p->options.quiet && p->result.notice[0]) cli_message("%s: %s", p->name, p->result.notice);
    if (r->status != 0) cli_message("%s: check failed: %s", p->name, p->result.error);
    return r->status ? CLI_CHECK_FAILED : CLI_OK;
}

static int compare_report(const compare_t *c, const lab_options_t *o, char err[LAB_ERR_LEN])
{
    int status = 0;
    const bool json_out = o->json && strcmp(o->json, "-") == 0;
    if (o->json) {
        json_t *j = json_object(), *paths = json_object();
        for (unsigned i = 0; i < c->count; i++)
            if (c->path[i]->ran)
                json_object_set_new(paths, c->path[i]->name, result_json(&c->path[i]->report));
        json_object_set_new(j, "paths", paths);
        status = result_json_write(j, o->json, err);
        if (json_out && status != 0 && ferror(stdout))
            status = 0; // told by the caller of all verbs
        json_decref(j);
    }
    if (!json_out && !o->quiet) print_table(stdout, c);
    return status;
}

static int compare_draw(const compare_t *c, const char *file, char err[LAB_ERR_LEN])
{
    static const unsigned PERMILLE[] = {500, 900, 990, 999, 1000};
    plot_path_t path[COMPARE_MAX];
    unsigned n = 0;
    bool any = false;
    for (unsigned i = 0; i < c->count; i++) {
        const report_t *r = &c->path[i]->report;
        if (!c->path[i]->ran) continue;
        plot_path_t *p = &path[n++];
        *p = (plot_path_t){.name = c->path[i]->name, .nothing = r->result->latency.count == 0};
        for (unsigned k = 0; k < 5 && !p->nothing; k++)
            p->latency_ns[k] = row_latency(r, PERMILLE[k]);
        for (unsigned k = 0; k < CPU_ALL && !p->nothing; k++) p->cpu_ps[k] = row_cpu(r, k);
        any |= !p->nothing;
    }
    if (any) return compare_plot(file, c->path[0]->report.trace_name, path, n, err);
    if (*stop_flag()) return 0; // told by the caller
    snprintf(err, LAB_ERR_LEN, "--plot %.300s: no path has delivered anything: no picture", file);
    return -1;
}

static int compare_all(compare_t *c, const lab_options_t *o)
{
    char err[LAB_ERR_LEN] = "";
    int status = CLI_OK;
    for (unsigned i = 0; i < c->count && !*stop_flag(); i++) {
        compare_path_t *p = c->path[i];
        if (cli_probe_trace(&p->options, p->report.trace_name, sizeof p->report.trace_name,
                            p->report.sha256, err) != 0) {
            cli_message("%s", err);
            return CLI_USAGE;
        }
        const int one = compare_run(p);
        if (one == CLI_USAGE) return one;
        if (one != CLI_OK) status = one;
    }
    if (compare_report(c, o, err) != 0 || (o->plot && compare_draw(c, o->plot, err) != 0)) {
        cli_message("%s", err);
        return CLI_USAGE;
    }
    if (!*stop_flag()) return status;
    cli_message("interrupted: the last path that was played is so in part only");
    return CLI_INTERRUPTED;
}

int compare_verb(cli_t *cli)
{
    const lab_options_t *o = &cli->options;
    char err[LAB_ERR_LEN] = "";
    compare_t c = {.count = 0};
    int status = CLI_USAGE;
    if (compare_paths(&c, o, err) != 0 || cli_probe_trace(o, NULL, 0, NULL, err) != 0 ||
        (o->plot && compare_plot_check(o->plot, err) != 0) ||
        (o->json && result_json_prepare(o->json, err) != 0)) {
        cli_message("%s", err);
    } else {
        if (o->json) result_json_empty(o->json);
        stop_install();
        // Each column again by itself; before the runs, which may take long.
        for (unsigned i = 0; i < c.count && !o->quiet && !(o->json && strcmp(o->json, "-") == 0);
             i++)
            options_command(stdout, &c.path[i]->options, "replay");
        fflush(stdout);
        status = compare_all(&c, o);
    }
    for (unsigned i = 0; i < c.count; i++) {
        if (c.path[i]->ran) run_result_free(&c.path[i]->result);
        free(c.path[i]);
    }
    return status;
}
