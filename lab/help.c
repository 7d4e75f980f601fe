// SPDX-License-Identifier: Apache-2.0
// Help for people at a terminal: the overview, a verb with its options, and topics.
#include "lab/cli.h"
#include "lab/sweep.h"

#include <ctype.h>
#include <string.h>

#define HELP_COLUMNS 80
#define HELP_INDENT  25

static const char *const HELP_GROUPS[OPTION_GROUPS] = {
    [OPTION_TRAFFIC] = "Traffic",        [OPTION_MODERATION] = "Interrupt moderation",
    [OPTION_DEVICE] = "Device and host", [OPTION_LOCKSTEP] = "Lockstep",
    [OPTION_OUTPUT] = "Output",
};

// Text folded at 80 columns; the cursor is at `column`, later lines start at HELP_INDENT.
static void help_fold(FILE *f, int column, const char *text)
{
    while (*text) {
        int len = (int)strcspn(text, " ");
        if (column + 1 + len > HELP_COLUMNS && column > HELP_INDENT) {
            fprintf(f, "\n%*s", HELP_INDENT - 1, "");
            column = HELP_INDENT - 1;
        }
        fprintf(f, " %.*s", len, text);
        column += 1 + len;
        text += len;
        while (*text == ' ') text++;
    }
    putc('\n', f);
}

static void help_option(FILE *f, enum option_id id, unsigned verbs)
{
    const option_row_t *row = &option_rows[id];
    char left[64], text[512], range[192] = "";
    int n = row->letter ? snprintf(left, sizeof left, "  -%c, --%s", row->letter, row->name)
                        : snprintf(left, sizeof left, "  --%s", row->name);
    if (row->arg) snprintf(left + n, sizeof left - (size_t)n, " %s", row->arg);
    bool choice =
        row->kind == OPTION_ENUM || row->kind == OPTION_WORD || row->kind == OPTION_FILEWORD;
    if (choice) options_range(id, verbs, range, sizeof range);
    bool flag = row->kind == OPTION_FLAG || row->kind == OPTION_LEVEL;
    bool def = *row->def && !flag;
    snprintf(text, sizeof text, "%s%s%s%s%s%s", row->help, choice ? ": " : "", range,
             def ? " [" : "", def ? row->def : "", def ? "]" : "");
    int column = fprintf(f, "%-*s", HELP_INDENT - 1, left);
    help_fold(f, column, text);
}

void help_usage(FILE *f, const cli_verb_t *v)
{
    fprintf(f, "usage: moderato %s%s%s%s\n%s\n", v->name, *v->operand ? " " : "", v->operand,
            v->bit ? " [options]" : "", v->summary);
    for (int group = 0; group < OPTION_GROUPS; group++) {
        bool heading = false;
        for (int i = 0; i < OPT_COUNT; i++) {
            if (option_rows[i].group != (enum option_group)group ||
                !(option_rows[i].verbs & v->bit))
                continue;
            if (!heading) fprintf(f, "\n%s:\n", HELP_GROUPS[group]);
            heading = true;
            help_option(f, (enum option_id)i, v->bit);
        }
    }
    if (v->bit & (OPTION_FOR_REPLAY | OPTION_FOR_SWEEP | OPTION_FOR_LOCKSTEP)) {
        fprintf(
            f,
            "\nIn brackets: the default. No default: the driver's or the profile's own value.\n");
    }
    if (v->bit & OPTION_FOR_SWEEP)
        fprintf(f, "`moderato help axes`, `moderato help columns` say more.\n");
}

void help_overview(FILE *f)
{
    fprintf(f,
            "moderato %s: a testbed for interrupt moderation of network controllers\n\n"
            "usage: moderato VERB [arguments] [options]\n\n",
            MODERATO_VERSION);
    for (const cli_verb_t *v = cli_verbs; v->name; v++) {
        fprintf(f, "  %-12s %-9s %s\n", v->name, v->operand, v->summary);
    }
    fprintf(f, "\nTRACE is a capture (pcap, pcapng), or generated: gen:cbr gen:poisson gen:imix\n"
               "gen:bursts, with keys such as gen:cbr,size=64,load=50,count=10000\n\n"
               "  moderato replay web.pcap\n"
               "  moderato replay web.pcap --topspeed --rx-usecs 100 --out results\n"
               "  moderato sweep web.pcap --axis rx-usecs=0:200:+20 --axis budget=16,64\n\n"
               "`moderato VERB --help` lists the options of a verb.\n"
               "Exit status: 0 ok, 1 a check failed, 2 bad usage or input, 130 interrupted.\n");
}

// ---- topics ------------------------------------------------------------------------------------

static const char HELP_AXES[] =
    "An axis is an option of `replay` and its values; every combination is one run.\n\n"
    "  --axis rx-usecs=0,8,32           a list\n"
    "  --axis itr=0:1000:+200           from 0 to at most 1000 in steps of 200\n"
    "  --axis rx-frames=1:64:*2         from 1 to at most 64, doubling\n"
    "  --axis rx-usecs=0,10:100:+10     ranges may stand in lists\n"
    "  --axis adaptive-rx=on,off        words too\n\n"
    "Rows come in grid order (the last axis changes fastest), whatever -j is; the\n"
    "same command gives the same bytes. A point that fails has its message in the column\n"
    "`error`; the others still run, and the exit status is 1.\n";

static const char HELP_JSON[] =
    "JSON of a run (--json FILE, or summary.json of --out): times in ns, shares 0..1.\n\n"
    "  config      every option that can change the simulated result, seed, version\n"
    "  trace       name, sha256, records, padded, cut, clamped, ...\n"
    "  packets     offered, delivered, dropped {by cause}\n"
    "  rates       offered_mbps, delivered_mbps, offered_pps, delivered_pps\n"
    "  moderation  requested (null: not asked), programmed (registers), observed\n"
    "  interrupts  asserted, per_second, min_gap_ns, causes, timers\n"
    "  napi        polls, packets_per_poll {mean p50 p99 max histogram}\n"
    "  latency_ns  last wire byte to application; latency_driver_ns: to driver;\n"
    "              coalescing_ns: packet in memory (P) to interrupt assertion\n"
    "  cpu         per core: shares of wall time, and exact picoseconds\n"
    "  functions   the same per PCI function\n"
    "  sim         what is no function of the inputs: engine, files, wall time, speed\n\n"
    "Rates: frames without FCS, from the first preamble byte to the last wire byte\n"
    "(offered) or the last delivery (delivered).\n";

int help_verb(cli_t *c)
{
    if (c->options.man) {
        help_man(stdout);
    } else if (!c->operand) {
        help_overview(stdout);
    } else if (strcmp(c->operand, "axes") == 0) {
        fputs(HELP_AXES, stdout);
    } else if (strcmp(c->operand, "json") == 0) {
        fputs(HELP_JSON, stdout);
    } else if (strcmp(c->operand, "columns") == 0) {
        sweep_help_columns(stdout);
    } else if (cli_find_verb(c->operand)) {
        help_usage(stdout, cli_find_verb(c->operand));
    } else {
        cli_message("help: unknown topic '%s'; topics: the verbs, axes, columns, json", c->operand);
        return CLI_USAGE;
    }
    return CLI_OK;
}
