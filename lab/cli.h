// SPDX-License-Identifier: Apache-2.0
// The command line: verbs, their arguments, messages, exit codes.
#ifndef MODERATO_CLI_H
#define MODERATO_CLI_H

#include "lab/options.h"

enum { CLI_OK = 0, CLI_CHECK_FAILED = 1, CLI_USAGE = 2, CLI_INTERRUPTED = 130 };

#define CLI_OPERANDS 64u

typedef struct cli {
    const struct cli_verb *verb;
    const char *operand;           // TRACE, NAME or TOPIC; NULL = not given
    const char *all[CLI_OPERANDS]; // of a verb that takes several
    unsigned operands;
    bool help; // --help: explain the verb instead of doing it
    lab_options_t options;
} cli_t;

typedef struct cli_verb {
    const char *name,
        *operand; // operand as in the usage line, "" = none; in brackets = may be left out, ...: several
    const char *summary;
    unsigned bit; // OPTION_FOR_*, 0 = no options
    int (*run)(cli_t *c);
} cli_verb_t;

extern const cli_verb_t cli_verbs[]; // ends with name == NULL

// The program: returns the exit code.
int cli_main(int argc, char **argv);
// "moderato: ..." and a newline on stderr.
void cli_message(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
// Each line of `notes` as a message, of a path by its name; of: may be NULL.
void cli_notes(const char *of, const char *notes);
const cli_verb_t *cli_find_verb(const char *name);

int replay_verb(cli_t *c);
int sweep_verb(cli_t *c);
int compare_verb(cli_t *c);
int reproduce_verb(cli_t *c);
int lockstep_verb(cli_t *c);
int info_verb(cli_t *c);
int regs_verb(cli_t *c);
int config_space_verb(cli_t *c);
int profiles_verb(cli_t *c);
int help_verb(cli_t *c);

// regs.c: "RW", "RC", ... of enum reg_access.
const char *regs_access_name(unsigned access);

// help.c: the overview, one verb, and the manual page as roff.
void help_overview(FILE *f);
void help_usage(FILE *f, const cli_verb_t *v);
void help_man(FILE *f);

// stop.c: Ctrl-C and SIGTERM ask to stop; asked again two seconds later, they kill.
const volatile int *stop_flag(void); // 0, or the signal
void stop_install(void);

// files.c: 0, or -1 with a message: a file that would be written is one that is read, or written
// otherwise. Before anything is opened for writing.
int files_check(const lab_options_t *o, char err[LAB_ERR_LEN]);
// What an earlier run has left does not pass for this one's result: when nothing is left to be checked. Made if it is not there.
void files_empty(const char *path);
// Opens TRACE to see that it can be read, and files_check(); fills name and digest if asked. 0, or -1 with a message.
int cli_probe_trace(const lab_options_t *o, char *name, size_t name_len, char sha256[65],
                    char err[LAB_ERR_LEN]);

#endif
