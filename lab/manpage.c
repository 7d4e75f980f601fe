// SPDX-License-Identifier: Apache-2.0
// docs/moderato.1 from the same tables as the program itself: `moderato help --man`.
#include "lab/cli.h"
#include "lab/sweep.h"

#include <string.h>

// Text as roff wants it: no accidental requests at the start of a line, minus signs that can be
// copied.
static void man_text(FILE *f, const char *s)
{
    if (*s == '.' || *s == '\'') fputs("\\&", f);
    for (; *s; s++) {
        if (*s == '-') fputs("\\-", f);
        else if (*s == '\\') fputs("\\e", f);
        else putc(*s, f);
    }
}

static void man_paragraph(FILE *f, const char *s)
{
    man_text(f, s);
    putc('\n', f);
}

static void man_option(FILE *f, enum option_id id)
{
    const option_row_t *row = &option_rows[id];
    char range[192];
    options_range(id, ~0u, range, sizeof range);
    fputs(".TP\n", f);
    if (row->letter) fprintf(f, "\\fB\\-%c\\fR, ", row->letter);
    fputs("\\fB\\-\\-", f);
    man_text(f, row->name);
    fputs("\\fR", f);
    if (row->kind == OPTION_NEGFLAG) {
        fputs(", \\fB\\-\\-no\\-", f);
        man_text(f, row->name);
        fputs("\\fR", f);
    }
    if (row->arg) {
        fputs(" \\fI", f);
        man_text(f, row->arg);
        fputs("\\fR", f);
    }
    putc('\n', f);
    man_text(f, row->help);
    fputs(".\n", f);
    bool flag =
        row->kind == OPTION_FLAG || row->kind == OPTION_NEGFLAG || row->kind == OPTION_LEVEL;
    if (range[0] && !flag) {
        fputs("Values: ", f);
        man_text(f, range);
        fputs(".\n", f);
    }
    if (*row->def && row->kind != OPTION_FLAG && row->kind != OPTION_LEVEL) {
        fputs("Default: ", f);
        man_text(f, row->def);
        fputs(".\n", f);
    }
    for (const option_choice_t *c = option_choices; c->word; c++) {
        if (c->option != id || !c->verbs || !*c->doc) continue;
        fputs(".br\n\\fB", f);
        man_text(f, c->word);
        fputs("\\fR: ", f);
        man_paragraph(f, c->doc);
    }
}

static void man_options(FILE *f, const char *heading, enum option_group group)
{
    fprintf(f, ".SS %s\n", heading);
    for (int i = 0; i < OPT_COUNT; i++) {
        if (option_rows[i].group == group) man_option(f, (enum option_id)i);
    }
}

static void man_verbs(FILE *f)
{
    fputs(".SH VERBS\n", f);
    for (const cli_verb_t *v = cli_verbs; v->name; v++) {
        fputs(".TP\n\\fB", f);
        man_text(f, v->name);
        fputs("\\fR", f);
        if (*v->operand) {
            fputs(" \\fI", f);
            man_text(f, v->operand);
            fputs("\\fR", f);
        }
        putc('\n', f);
        man_text(f, v->summary);
        fputs(".\n", f);
    }
}

static const char MAN_HEAD[] =
    ".SH NAME\n"
    "moderato \\- testbed for interrupt moderation of network controllers\n"
    ".SH SYNOPSIS\n"
    ".B moderato\n"
    ".I verb\n"
    ".RI [ arguments ]\n"
    ".RI [ options ]\n"
    ".SH DESCRIPTION\n"
    "moderato plays captured or generated traffic through a cycle\\-exact model of an Intel "
    "gigabit\n"
    "network controller, its driver (NAPI), and the cores of a host with stated costs, and reports "
    "what\n"
    "an interrupt moderation setting costs in latency, interrupts, CPU time and lost packets.\n"
    "The same inputs and seed give the same bytes on any machine.\n"
    ".PP\n"
    ".I TRACE\n"
    "is a capture file (pcap, pcapng; Ethernet), or generated traffic such as\n"
    ".BR gen:cbr,size=64,load=50,count=10000 .\n"
    "Kinds: cbr, poisson, imix, bursts, tcp-stream.\n";

static const char MAN_NUMBERS[] =
    ".SS Numbers\n"
    "Whole numbers take the suffixes k, M, G (powers of 1000), Ki, Mi, Gi (powers of 1024), or "
    "hexadecimal\n"
    "digits behind 0x. Rates may have decimals and are taken exactly. Times take ns, us, ms or s.\n"
    ".SS Rules\n"
    "Naming an interval (\\-\\-rx\\-usecs, \\-\\-itr) turns the adaptive algorithm off; asking for "
    "both is an error.\n"
    "One pace at a time: \\-\\-multiplier, \\-\\-pps, \\-\\-mbps and \\-\\-topspeed exclude each "
    "other.\n"
    "RADV has no effect while RDTR is 0.\n";

static const char MAN_TAIL[] =
    ".SH FILES OF \\-\\-out\n"
    ".TP\n.B summary.json\nthe result, as \\-\\-json writes it (\\fBmoderato help json\\fR lists "
    "the keys)\n"
    ".TP\n.B received.pcap\nthe delivered frames, at the time of delivery\n"
    ".TP\n.B latency.csv\nhistograms: metric, lower and upper edge in ns, count\n"
    ".TP\n.B timeline.json\nthe first events of the run for Perfetto (ui.perfetto.dev)\n"
    ".SH EXIT STATUS\n"
    ".TP\n.B 0\nok\n"
    ".TP\n.B 1\na check failed, or a point of a sweep did\n"
    ".TP\n.B 2\nbad usage or input, or an output that cannot be written\n"
    ".TP\n.B 130\ninterrupted (Ctrl\\-C); what was finished is kept\n"
    ".SH EXAMPLES\n"
    ".nf\n"
    "moderato replay web.pcap\n"
    "moderato replay web.pcap \\-\\-topspeed \\-\\-rx\\-usecs 100 \\-\\-out results\n"
    "moderato replay gen:poisson,load=80,count=100000 \\-\\-json \\-\n"
    "moderato sweep web.pcap \\-\\-axis rx\\-usecs=0:200:+20 \\-\\-axis budget=16,64 \\-\\-csv "
    "out.csv\n"
    "moderato regs ITR\n"
    "moderato regs \\-\\-nic 82576 EITR MTA[3]\n"
    ".fi\n"
    ".SH SEE ALSO\n"
    ".BR tcpreplay (1),\n"
    ".BR ethtool (8)\n";

void help_man(FILE *f)
{
    fprintf(f,
            ".\\\" Generated by `moderato help --man`. Do not edit.\n"
            ".TH MODERATO 1 \"\" \"moderato %s\" \"User Commands\"\n%s",
            MODERATO_VERSION, MAN_HEAD);
    man_verbs(f);
    fputs(".SH OPTIONS\nWhere no default is given, the driver's or the profile's own value is in "
          "force.\n",
          f);
    fputs(MAN_NUMBERS, f);
    man_options(f, "Traffic", OPTION_TRAFFIC);
    man_options(f, "Interrupt moderation", OPTION_MODERATION);
    man_options(f, "Device and host", OPTION_DEVICE);
    man_options(f, "Lockstep", OPTION_LOCKSTEP);
    man_options(f, "Output", OPTION_OUTPUT);
    fputs(".SH COLUMNS OF A SWEEP\nThe axes first, then the rest of the configuration, then:\n", f);
    for (const sweep_column_t *col = sweep_columns; col->name; col++) {
        fputs(".TP\n.B ", f);
        man_paragraph(f, col->name);
        man_paragraph(f, col->doc);
    }
    fputs(MAN_TAIL, f);
}
