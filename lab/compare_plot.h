// SPDX-License-Identifier: Apache-2.0
// The picture of `moderato compare`: a row for each path, with its latency percentiles and a bar of CPU a packet by who has it. Drawn
// by gnuplot, which is run.
#ifndef MODERATO_COMPARE_PLOT_H
#define MODERATO_COMPARE_PLOT_H

#include "lab/result.h"

typedef struct plot_path {
    const char *name;
    bool nothing;           // delivered: the row says so
    uint64_t latency_ns[5]; // p50, p90, p99, p99.9, max
    // CPU a delivered packet: kernel and application, hypervisor, kernel of the host, threads behind guests, leaving idle,
    // idle=poll.
    uint64_t cpu_ps[6];
} plot_path_t;

// That the name ends in .png, .svg or .pdf and can be written to (no file is made), and that gnuplot is there. 0, or -1 with a message.
int compare_plot_check(const char *file, char err[LAB_ERR_LEN]);
// That a picture of such a name is there to its end: gnuplot does not say when it cannot write.
bool compare_plot_whole(const char *file);
// 0, or -1 with a message.
int compare_plot(const char *file, const char *title, const plot_path_t *path, unsigned paths,
                 char err[LAB_ERR_LEN]);

#endif
