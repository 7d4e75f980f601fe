// SPDX-License-Identifier: Apache-2.0
// What is reported about a run: the figures computed once from run_result_t (integers only), and
// their forms: table, JSON, CSV, files of --out.
#ifndef MODERATO_RESULT_H
#define MODERATO_RESULT_H

#include "lab/options.h"

// Numbers derived from a result; *_milli are in thousandths, rounded down.
typedef struct figures {
    uint64_t dropped;      // frames, all causes
    uint64_t loss_ppm;     // dropped of offered
    uint64_t unsent;       // of to_send, all causes
    uint64_t offered_ns;   // first preamble byte of the first frame .. last byte of the last
    uint64_t delivered_ns; // first preamble byte of the first frame .. last delivery
    uint64_t traffic_ns;   // the longer of both
    uint64_t simulated_ns; // from the end of the start-up of the driver to the end of the run
    uint64_t offered_mbps_milli, offered_pps_milli;
    uint64_t delivered_mbps_milli, delivered_pps_milli;
    uint64_t irq_per_s_milli;       // over traffic_ns
    uint64_t irq_mean_gap_ns_milli; // between assertions
    uint64_t packets_per_irq_milli; // taken by polls
    uint64_t packets_per_poll_milli;
    uint64_t realtime_milli; // simulated per wall time; not deterministic
} figures_t;

void figures_compute(const run_result_t *r, figures_t *f);
// In place of a figure that has no value, as a percentile of nothing: "-" in a table, an empty field of CSV.
#define FIGURE_NONE UINT64_MAX
// value * num / den with 128 bits in between, rounded down, saturating; 0 when den is 0.
uint64_t figures_scale(uint64_t value, uint64_t num, uint64_t den);

// A function as the result of a run with that function alone, for figures_compute(): without trace,
// causes, cores and link. Its histograms are those of the function.
void figures_function(const run_result_t *r, unsigned i, run_result_t *v);

// Programmed register values in time.
uint64_t figures_timer_ns(uint32_t units); // 1.024 us units

// A cause of loss or of not sending (hostbridge/testbed.h, whose order is that of reports): JSON key and counter.
typedef struct drop_row {
    const char *key;
    size_t offset;
} drop_row_t;
extern const drop_row_t drop_rows[];   // ends with key == NULL
extern const drop_row_t unsent_rows[]; // the same of what was to be sent
uint64_t drop_count(const run_result_t *r, const drop_row_t *row);

// Name of bit `bit` of ICR, or NULL when it has none.
const char *cause_name(enum nic_personality nic, unsigned bit);

// "pf", "vf0", ...
#define FUNCTION_NAME_LEN 16
// "netperf-rr", "iperf-tcp".
const char *feedback_name(enum trace_feedback_kind kind);
// Transactions a second of a client, in thousandths.
uint64_t figures_client_milli(const rr_stats_t *s);
const char *function_name(unsigned number, char buf[FUNCTION_NAME_LEN]);
// The same of a run, in which there may be "host" and "guest0".
const char *result_function_name(const run_result_t *r, unsigned number,
                                 char buf[FUNCTION_NAME_LEN]);

// Everything a report needs.
typedef struct report {
    const lab_options_t *options; // resolved
    const run_result_t *result;
    figures_t figures;
    char trace_name[512], sha256[65];
    int status; // of testbed_run
    bool interrupted;
    char pcap[1024], summary[1024], latency[1024], timeline[1024]; // files of --out, "" = none
    uint64_t timeline_written, timeline_left_out;
} report_t;

// The policy in force, and its levels from 0 on; NULL: no more.
// The device whose registers are meant: of guests behind a bridge theirs.
enum nic_personality report_nic(const report_t *p);
const char *policy_name(const report_t *p);
const char *policy_level(const report_t *p, unsigned level);
// Why GRO hands a packet up.
const char *gro_cause_name(unsigned cause);

// The result as JSON (schema: DESIGN.md, "JSON of a run"); NULL when out of memory.
json_t *result_json(const report_t *p);
// Proves that `path` can be written to, without touching what is not a plain file. 0, or -1 with a
// message.
int result_json_prepare(const char *path, char err[LAB_ERR_LEN]);
// files_empty(), but for what is no plain file.
void result_json_empty(const char *path);
// Writes with a final newline to `path` ("-" = stdout). 0, or -1 with a message.
int result_json_write(const json_t *j, const char *path, char err[LAB_ERR_LEN]);

// Its part about the IOMMU, in both forms; the table has none when there is none.
json_t *result_iommu_json(const run_iommu_t *m);
void result_iommu_table(FILE *f, const run_iommu_t *m, bool verbose);
// What the unit has refused the device, before traffic and in it.
uint64_t result_iommu_faults(const run_iommu_t *m);
// Exits of guests (result_exits.c): of a run, of all kinds; of a run or a vCPU; nothing if there are no guests.
uint64_t result_exits(const run_result_t *r);
json_t *result_exits_json(const uint64_t exits[VCPU_EXIT_KINDS], uint64_t wakeups,
                          const vcpu_polls_t *polls);
void result_exits_table(FILE *f, const run_result_t *r);

// The result for people, on f. `verbose`: also what is zero.
void result_table(FILE *f, const report_t *p, bool verbose);

// mkdir -p. 0, or -1 with a message.
int out_dir_make(const char *dir, char err[LAB_ERR_LEN]);
// What it writes there, ends with NULL.
extern const char *const out_dir_names[];
// Makes DIR (and its parents) and fills the paths of the report; proves that the files can be written to, which keep what they have.
// 0, or -1 with a message.
int out_dir_prepare(const char *dir, report_t *p, char err[LAB_ERR_LEN]);
// files_empty(), all of them.
void out_dir_empty(const report_t *p);
// Writes latency.csv and summary.json.
int out_dir_write(const report_t *p, const json_t *summary, char err[LAB_ERR_LEN]);

#endif
