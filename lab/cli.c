// SPDX-License-Identifier: Apache-2.0
// From argv to a verb and its options.
#include "lab/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int version_verb(cli_t *c)
{
    (void)c;
    printf("moderato %s\n", MODERATO_VERSION);
    return CLI_OK;
}

const cli_verb_t cli_verbs[] = {
    {"replay", "TRACE", "play a trace through the device and report", OPTION_FOR_REPLAY,
     replay_verb},
    {"sweep", "TRACE", "the same for a grid of settings, as CSV", OPTION_FOR_SWEEP, sweep_verb},
    {"compare", "TRACE", "the same packets by several paths, side by side", OPTION_FOR_COMPARE,
     compare_verb},
    {"reproduce", "[NAME]", "a published experiment, claim by claim", OPTION_FOR_REPRODUCE,
     reproduce_verb},
    {"lockstep", "[TRACE]", "two engines side by side, every pin in every cycle",
     OPTION_FOR_LOCKSTEP, lockstep_verb},
    {"info", "TRACE", "what a trace contains", OPTION_FOR_INFO, info_verb},
    {"regs", "[NAME...]", "the registers of the device", OPTION_FOR_REGS, regs_verb},
    {"config-space", "", "the configuration spaces of the device, for lspci -F",
     OPTION_FOR_CONFIG_SPACE, config_space_verb},
    {"profiles", "[NAME]", "the cost profiles of hosts, with sources", 0, profiles_verb},
    {"help", "[TOPIC]", "help on a verb, on axes, columns or json", OPTION_FOR_HELP, help_verb},
    {"version", "", "print the version", 0, version_verb},
    {NULL, NULL, NULL, 0, NULL}};

// Verbs of the design that this version does not have.
static const char *const CLI_LATER[] = {"tune",     "mlffr",      "results", "report",
                                        "validate", "new-driver", "linux",   NULL};

void cli_message(const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    fflush(stdout);
    fputs("moderato: ", stderr);
    vfprintf(stderr, fmt, args);
    putc('\n', stderr);
    va_end(args);
}

void cli_notes(const char *of, const char *notes)
{
    while (*notes) {
        int len = (int)strcspn(notes, "\n");
        cli_message("%s%s%.*s", of ? of : "", of ? ": " : "", len, notes);
        notes += len + (notes[len] == '\n');
    }
}

const cli_verb_t *cli_find_verb(const char *name)
{
    for (const cli_verb_t *v = cli_verbs; v->name; v++) {
        if (strcmp(v->name, name) == 0) return v;
    }
    return NULL;
}

int cli_probe_trace(const lab_options_t *o, char *name, size_t name_len, char sha256[65],
                    char err[LAB_ERR_LEN])
{
    char why[TRACE_ERR_LEN] = "";
    trace_t *t = trace_open(o->run.trace, &o->run.pace, why);
    if (!t) {
        snprintf(err, LAB_ERR_LEN, "%s", why);
        return -1;
    }
    if (name) snprintf(name, name_len, "%s", trace_name(t));
    if (sha256) snprintf(sha256, 65, "%s", trace_sha256(t));
    trace_close(t);
    return files_check(o, err);
}

// ---- options -----------------------------------------------------------------------------------

static void cli_try_help(const cli_t *c)
{
    if (c->verb) cli_message("`moderato %s --help` lists the options", c->verb->name);
    else cli_message("`moderato help` lists the verbs");
}

static int cli_unknown_option(const cli_t *c, const char *arg, size_t len)
{
    const char *names[OPT_COUNT + 1];
    char name[64];
    unsigned n = 0;
    if (options_is_later(arg + 2, len)) {
        cli_message("--%.*s is not available in this version", (int)len, arg + 2);
        cli_try_help(c);
        return -1;
    }
    for (int i = 0; i < OPT_COUNT; i++) {
        if (option_rows[i].verbs & c->verb->bit) names[n++] = option_rows[i].name;
    }
    names[n] = NULL;
    snprintf(name, sizeof name, "%.*s", (int)len, arg + 2);
    const char *guess = options_guess(name, names);
    if (guess) cli_message("unknown option '--%s'; did you mean --%s?", name, guess);
    else cli_message("unknown option '--%s'", name);
    cli_try_help(c);
    return -1;
}

static bool cli_takes_argument(enum option_kind kind)
{
    return kind != OPTION_FLAG && kind != OPTION_NEGFLAG && kind != OPTION_LEVEL;
}

// An option with its value: `value`, or if that is NULL the next argument.
static int cli_set(cli_t *c, enum option_id id, const char *value, int argc, char **argv, int *i)
{
    const option_row_t *row = &option_rows[id];
    char err[LAB_ERR_LEN] = "";
    if (!(row->verbs & c->verb->bit)) {
        cli_message("--%s does not apply to '%s'", row->name, c->verb->name);
        cli_try_help(c);
        return -1;
    }
    if (!value) {
        if (*i + 1 >= argc) {
            cli_message("--%s: a value is missing (%s)", row->name, row->arg);
            return -1;
        }
        value = argv[++*i];
    }
    if (options_set(&c->options, id, value, err) == 0) return 0;
    cli_message("%s", err);
    return -1;
}

static int cli_long_option(cli_t *c, int argc, char **argv, int *i)
{
    const char *arg = argv[*i];
    const size_t len = strcspn(arg + 2, "=");
    const char *value = arg[2 + len] == '=' ? arg + 2 + len + 1 : NULL;
    bool negated = false;
    const int id = options_find(arg + 2, len, &negated);
    if (id < 0) return cli_unknown_option(c, arg, len);
    if (!cli_takes_argument(option_rows[id].kind)) {
        if (value && *value) {
            cli_message("--%s takes no value ('%s')", option_rows[id].name, arg);
            return -1;
        }
        value = negated ? "off" : "on";
    }
    return cli_set(c, (enum option_id)id, value, argc, argv, i);
}

// Letters, of which the first that takes a value has the rest for it.
static int cli_letters(cli_t *c, int argc, char **argv, int *i)
{
    const char *arg = argv[*i];
    for (const char *at = arg + 1; *at; at++) {
        const int id = options_find_letter(*at);
        if (id < 0) {
            if (at == arg + 1) cli_message("unknown option '%s'", arg);
            else cli_message("'%s': unknown option -%.1s", arg, at);
            cli_try_help(c);
            return -1;
        }
        const bool takes = cli_takes_argument(option_rows[id].kind);
        const char *value = !takes ? "on" : at[1] ? at + 1 : NULL;
        if (cli_set(c, (enum option_id)id, value, argc, argv, i) != 0) return -1;
        if (takes) return 0;
    }
    return 0;
}

static int cli_operand(cli_t *c, const char *arg)
{
    const unsigned most = strstr(c->verb->operand, "...") ? CLI_OPERANDS : c->verb->operand[0] != 0;
    if (c->operands < most) {
        if (!c->operand) c->operand = arg;
        c->all[c->operands++] = arg;
        return 0;
    }
    bool ignored;
    if (options_find(arg, strlen(arg), &ignored) >= 0) {
        cli_message("unexpected argument '%s'; did you mean --%s?", arg, arg);
    } else {
        cli_message("unexpected argument '%s'%s%s", arg, c->operand ? " after " : "",
                    c->operand ? c->operand : "");
    }
    return -1;
}

static int cli_parse(cli_t *c, int argc, char **argv)
{
    bool operands_only = false;
    for (int i = 2; i < argc; i++) {
        const char *arg = argv[i];
        if (!operands_only && strcmp(arg, "--") == 0) {
            operands_only = true;
        } else if (!operands_only && (strcmp(arg, "--help") == 0 || strcmp(arg, "-h") == 0)) {
            c->help = true;
            return 0;
        } else if (!operands_only && arg[0] == '-' && arg[1] != '\0') {
            if (arg[1] == '-' ? cli_long_option(c, argc, argv, &i) != 0
                              : cli_letters(c, argc, argv, &i) != 0)
                return -1;
        } else if (cli_operand(c, arg) != 0) {
            return -1;
        }
    }
    if (c->verb->operand[0] && c->verb->operand[0] != '[' && !c->operand) {
        cli_message(
            "%s: a trace is missing: a capture file, or gen:cbr, gen:poisson, gen:imix, ...",
            c->verb->name);
        cli_try_help(c);
        return -1;
    }
    c->options.run.trace = c->operand;
    return 0;
}

// ---- verbs -------------------------------------------------------------------------------------

static int cli_unknown_verb(const char *name)
{
    const char *names[16];
    char list[256] = "";
    unsigned n = 0;
    for (const cli_verb_t *v = cli_verbs; v->name && n + 1 < 16; v++) {
        names[n++] = v->name;
        size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, "%s%s", used ? ", " : "", v->name);
    }
    names[n] = NULL;
    for (const char *const *later = CLI_LATER; *later; later++) {
        if (strcmp(*later, name) != 0) continue;
        cli_message("'%s' is not available in this version; available: %s", name, list);
        return CLI_USAGE;
    }
    const char *guess = options_guess(name, names);
    if (guess) cli_message("unknown verb '%s'; did you mean '%s'?", name, guess);
    else if (access(name, R_OK) == 0)
        cli_message("unknown verb '%s'; did you mean `moderato replay %s`?", name, name);
    else cli_message("unknown verb '%s'", name);
    cli_message("`moderato help` lists the verbs");
    return CLI_USAGE;
}

// Files opened later must not become stdout or stderr because those were closed: a closed one is
// replaced by a descriptor that cannot be written to, so that writing fails and is reported.
static void cli_hold_descriptors(void)
{
    for (int fd = 0; fd <= 2; fd++) {
        if (fcntl(fd, F_GETFD) == -1 && errno == EBADF && open("/dev/null", O_RDONLY) < 0) return;
    }
}

static int cli_dispatch(cli_t *c, int argc, char **argv)
{
    if (argc < 2) {
        help_overview(stderr);
        return CLI_USAGE;
    }
    const char *name = argv[1];
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) name = "help";
    if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0) name = "version";
    c->verb = cli_find_verb(name);
    if (!c->verb && name[0] == '-') {
        cli_message("'%s': a verb comes first", name);
        cli_try_help(c);
        return CLI_USAGE;
    }
    if (!c->verb) return cli_unknown_verb(name);
    options_defaults(&c->options);
    c->options.verb = c->verb->bit;
    if (cli_parse(c, argc, argv) != 0) return CLI_USAGE;
    if (c->help) {
        help_usage(stdout, c->verb);
        return CLI_OK;
    }
    return c->verb->run(c);
}

int cli_main(int argc, char **argv)
{
    cli_hold_descriptors();
    cli_t *c = calloc(1, sizeof *c);
    if (!c) {
        cli_message("out of memory");
        return CLI_USAGE;
    }
    int status = cli_dispatch(c, argc, argv);
    free(c);
    errno = 0;
    if (fflush(stdout) != 0 || ferror(stdout)) {
        cli_message("stdout: %s", errno ? strerror(errno) : "write error");
        if (status == CLI_OK) status = CLI_USAGE;
    }
    return status;
}
