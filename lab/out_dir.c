// SPDX-License-Identifier: Apache-2.0
// --out DIR: the files of one run. received.pcap and timeline.json are written while it runs, the
// others at its end.
#include "lab/cli.h"
#include "lab/result.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

static int out_fail(char err[LAB_ERR_LEN], const char *path, int code)
{
    snprintf(err, LAB_ERR_LEN, "--out: %.400s: %s", path, strerror(code));
    return -1;
}

// mkdir -p
int out_dir_make(const char *dir, char err[LAB_ERR_LEN])
{
    char path[1024];
    size_t len = strlen(dir);
    if (len >= sizeof path - 32) return out_fail(err, dir, ENAMETOOLONG);
    for (size_t i = 1; i <= len; i++) {
        if (dir[i] != '/' && dir[i] != '\0') continue;
        memcpy(path, dir, i);
        path[i] = '\0';
        if (mkdir(path, 0777) != 0 && errno != EEXIST) return out_fail(err, path, errno);
    }
    struct stat st;
    if (stat(dir, &st) != 0) return out_fail(err, dir, errno);
    return S_ISDIR(st.st_mode) ? 0 : out_fail(err, dir, ENOTDIR);
}

const char *const out_dir_names[] = {"summary.json", "received.pcap", "latency.csv",
                                     "timeline.json", NULL};

int out_dir_prepare(const char *dir, report_t *p, char err[LAB_ERR_LEN])
{
    char *const paths[] = {p->summary, p->pcap, p->latency, p->timeline};
    if (out_dir_make(dir, err) != 0) return -1;
    const char *slash = dir[strlen(dir) - 1] == '/' ? "" : "/";
    for (size_t i = 0; out_dir_names[i]; i++) {
        snprintf(paths[i], sizeof p->summary, "%s%s%s", dir, slash, out_dir_names[i]);
        FILE *f = fopen(paths[i], "ae"); // now rather than after a long run
        if (!f) return out_fail(err, paths[i], errno);
        fclose(f);
    }
    return 0;
}

void out_dir_empty(const report_t *p)
{
    const char *const paths[] = {p->summary, p->pcap, p->latency, p->timeline};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) files_empty(paths[i]);
}

typedef struct out_csv {
    FILE *f;
    const char *metric;
} out_csv_t;

static void out_bucket(void *ctx, uint64_t lower, uint64_t upper, uint64_t count)
{
    const out_csv_t *c = ctx;
    fprintf(c->f, "%s,%" PRIu64 ",%" PRIu64 ",%" PRIu64 "\n", c->metric, lower, upper, count);
}

int out_dir_write(const report_t *p, const json_t *summary, char err[LAB_ERR_LEN])
{
    const struct {
        const char *metric;
        const meter_hist_t *hist;
    } METRICS[] = {{"wire_to_application", &p->result->latency},
                   {"wire_to_driver", &p->result->latency_driver},
                   {"coalescing", &p->result->coalescing}};
    FILE *f = fopen(p->latency, "we");
    if (!f) return out_fail(err, p->latency, errno);
    fprintf(f, "metric,lower_ns,upper_ns,count\n");
    for (size_t i = 0; i < sizeof METRICS / sizeof METRICS[0]; i++) {
        out_csv_t c = {f, METRICS[i].metric};
        if (METRICS[i].hist->count) meter_hist_each(METRICS[i].hist, out_bucket, &c);
    }
    bool bad = ferror(f) != 0;
    int code = errno;
    if (fclose(f) != 0) {
        bad = true;
        code = errno;
    }
    if (bad) return out_fail(err, p->latency, code);
    return result_json_write(summary, p->summary, err);
}
