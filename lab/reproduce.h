// SPDX-License-Identifier: Apache-2.0
// `moderato reproduce NAME`: the settings of a published experiment, run, and what it claims judged one by one.
//
// A reproduction names its runs (points), which are played in any order by several processes, and judges them afterwards. Nothing is
// tuned here: costs come from profiles, and a claim that is not reproduced says so, with the reason if it is known.
#ifndef MODERATO_REPRODUCE_H
#define MODERATO_REPRODUCE_H

#include "lab/cli.h"

#define REPRODUCE_POINTS  512u
#define REPRODUCE_CLAIMS  160u
#define REPRODUCE_POLL    65u // packets a poll that are told apart: 0 .. 63, and more
#define REPRODUCE_VCPUS   2u
#define REPRODUCE_CLIENTS 12u

// What is looked at of a run. Rates are of payload, as iperf and netperf count.
typedef struct repro_outcome {
    int status; // of testbed_run; -1: not run
    char error[160];
    double offered_mbps, goodput_mbps; // sent; to the application
    double driver_mbps;                // what the guest's driver has counted
    uint64_t offered, delivered;
    uint64_t socket_drops, ring_drops,
        backend_drops; // at the socket; by the device; before the thread behind the guest
    double irqs;       // a second, taken
    double packets_per_poll;
    uint64_t poll[REPRODUCE_POLL];
    double latency_us; // mean, wire to application
    double rtt_tps;    // transactions a second
    unsigned clients;
    struct {
        char name[32];
        double tps;
    } client[REPRODUCE_CLIENTS]; // of request and response
    // Percent of a processor. The guest's view: what its kernel knows of; with what the hypervisor takes; and with the thread behind it.
    double softirq[REPRODUCE_VCPUS], ksoftirqd[REPRODUCE_VCPUS], app[REPRODUCE_VCPUS];
    double cpu_guest, cpu_vcpus, cpu_all;
    // Of the second, without waiting for the device model: another domain is billed for that (no such exits: the same).
    double cpu_xentop;
} repro_outcome_t;

typedef struct repro_point {
    run_config_t c;
    char trace[160];
    uint32_t payload_bits; // of a frame
    repro_outcome_t o;
} repro_point_t;

enum repro_verdict { REPRO_YES, REPRO_NO, REPRO_REPORT }; // the last: no right or wrong

typedef struct repro_claim {
    char id[24];
    const char *expected;
    char got[200];
    enum repro_verdict verdict;
    const char *why; // when it is not reproduced; NULL: not known
} repro_claim_t;

typedef struct reproduction reproduction_t;

typedef struct repro {
    const reproduction_t *what;
    void *state; // of the reproduction, freed with it
    repro_point_t point[REPRODUCE_POINTS];
    unsigned points, finished;
    repro_claim_t claim[REPRODUCE_CLAIMS];
    unsigned claims;
} repro_t;

struct reproduction {
    const char *name, *title, *source;
    void (*plan)(repro_t *r);  // adds points
    void (*judge)(repro_t *r); // adds claims
    // Writes figures into the directory; 0, or -1 with a message. NULL: it has none.
    int (*draw)(const repro_t *r, const char *dir, char err[LAB_ERR_LEN]);
};

extern const reproduction_t repro_kuroda, repro_embrapa, repro_ufsm;

// A point with defaults: `profile` and the path, the trace as the format says. Aborts if there is no room.
repro_point_t *repro_add(repro_t *r, const char *path, const char *profile, const char *trace, ...)
    __attribute__((format(printf, 4, 5)));
// Judges: the claim holds or not, with what was got. `why` may be NULL.
void repro_judge(repro_t *r, const char *id, const char *expected, bool holds, const char *why,
                 const char *got, ...) __attribute__((format(printf, 6, 7)));
// Says what was got, without a verdict.
void repro_report(repro_t *r, const char *id, const char *expected, const char *why,
                  const char *got, ...) __attribute__((format(printf, 5, 6)));

// Plays all points with so many processes. 0; 1: stopped; -1 with a message.
int repro_play(repro_t *r, unsigned jobs, bool progress, const volatile int *stop,
               char err[LAB_ERR_LEN]);

// Correlation of n pairs: linear, and of ranks (ties share theirs). 0 where one side is constant.
double repro_pearson(const double *x, const double *y, unsigned n);
double repro_spearman(const double *x, const double *y, unsigned n);
// The regression of y on x: what y changes with x. 0 where x is constant.
double repro_slope(const double *x, const double *y, unsigned n);
// How many of the pairs are more than 1 % from all before them, one side or both. A line goes through any two.
unsigned repro_distinct(const double *x, const double *y, unsigned n);

// A figure by gnuplot: series of points. 0, or -1 with a message.
typedef struct repro_series {
    const char *name;
    const double *x, *y;
    unsigned n;
} repro_series_t;
int repro_figure(const char *dir, const char *file, const char *title, const char *xlabel,
                 const char *ylabel, const repro_series_t *s, unsigned n, char err[LAB_ERR_LEN]);

#endif
