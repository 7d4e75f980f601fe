// SPDX-License-Identifier: Apache-2.0
// `moderato sweep`: a grid of settings, one run a point, one CSV row a run.
#ifndef MODERATO_SWEEP_H
#define MODERATO_SWEEP_H

#include "lab/result.h"

#define SWEEP_POINTS_MAX 1000000u

// One axis: an option and the texts it takes in turn.
typedef struct sweep_axis {
    enum option_id option;
    size_t count;
    char **values;
} sweep_axis_t;

// "rx-usecs=0,8,32", "itr=0:1000:+200", "rx-frames=1:64:*2", or a list of both. 0, or -1 with a
// message.
int sweep_axis_parse(sweep_axis_t *a, const char *text, char err[LAB_ERR_LEN]);
void sweep_axis_free(sweep_axis_t *a);

// A figure of a row. decimals: `get` returns 10^decimals-ths.
typedef struct sweep_column {
    const char *name, *doc;
    unsigned decimals;
    uint64_t (*get)(const run_result_t *r, const figures_t *g);
} sweep_column_t;
extern const sweep_column_t
    sweep_columns[]; // ends with name == NULL; the last column of a row, "error", is not in it

// The header, and the two parts of a row: the configuration (axes first), the figures (r == NULL:
// left empty) with error.
void sweep_header(FILE *f, const sweep_axis_t *axes, unsigned n);
void sweep_row_config(FILE *f, const lab_options_t *o, const sweep_axis_t *axes, unsigned n);
void sweep_row_figures(FILE *f, const run_result_t *r, const char *error);
void sweep_help_columns(FILE *f);

// A sweep under way.
typedef struct sweep {
    const lab_options_t *base;
    sweep_axis_t axes[LAB_AXES_MAX];
    unsigned axis_count;
    size_t points;
    char **rows;       // finished rows that are not written yet
    size_t next_write; // rows before this one are written
    size_t finished, failed;
    FILE *out;
    bool progress;
} sweep_t;

// The options of point `index`, with the notes on them: the last axis changes fastest. 0, or -1
// with a message.
int sweep_point(const sweep_t *s, size_t index, lab_options_t *o, char notes[LAB_NOTES_LEN],
                char err[LAB_ERR_LEN]);
// Runs all points in `jobs` processes, writes rows in grid order as they become complete. 0; -1
// with a message when that was not possible; 1 when it was asked to stop (what was finished is
// written).
int sweep_run(sweep_t *s, unsigned jobs, const volatile int *stop, char err[LAB_ERR_LEN]);

#endif
