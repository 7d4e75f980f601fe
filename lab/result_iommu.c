// SPDX-License-Identifier: Apache-2.0
// The IOMMU in results.
#include "lab/result.h"

#include <inttypes.h>

typedef struct iommu_row {
    const char *key, *text, *unit;
    uint64_t value;
} iommu_row_t;

static void put(json_t *o, const char *key, uint64_t v)
{
    json_object_set_new(o, key, json_integer(v > INT64_MAX ? INT64_MAX : (json_int_t)v));
}

uint64_t result_iommu_faults(const run_iommu_t *m)
{
    return m->early_faults + m->unit.faults;
}

static uint64_t mean_ns_milli(const iommu_stats_t *s)
{
    return figures_scale(s->latency_ps, 1, s->requests);
}

enum { ROWS = 18 };

// In the order of the table; without what stands for itself there.
static void rows_of(const run_iommu_t *m, iommu_row_t row[ROWS])
{
    const iommu_stats_t *s = &m->unit;
    const dma_stats_t *d = &m->dma;
    const iommu_row_t rows[ROWS] = {
        {"requests", "requests by the device", "", s->requests},
        {"passed", "passed through", "", s->passed},
        {"walk_accesses", "memory accesses of walks", "", s->walk_accesses},
        {"walk_cache_hits", "walks shortened by caches", "", s->walk_cache_hits},
        {"context_fetches", "contexts fetched", "", s->context_fetches},
        {"waits", "requests that waited", "for others", s->waits},
        {"latency_max_ns", "worst added latency", "ns", s->latency_max_ps / 1000},
        {"faults_recorded", "faults recorded", "", s->recorded},
        {"faults_overflowed", "faults not recorded", "", s->overflowed},
        {"invalidations", "invalidations", "", s->inv_context + s->inv_iotlb + s->inv_irte},
        {"interrupts_remapped", "interrupts remapped", "", s->remapped},
        {"interrupts_posted", "interrupts posted", "", s->posted},
        {"maps", "mappings made", "", d->maps},
        {"unmaps", "mappings taken away", "", d->unmaps},
        {"map_failed", "mappings refused", "", d->map_failed},
        {"flushes", "flushes waited for", "", d->flushes},
        {"stale_max", "stale at a time, most", "mappings", d->stale_max},
        {"stale_max_ns", "stale for, longest", "ns", d->stale_max_ps / 1000}};
    for (unsigned i = 0; i < ROWS; i++) row[i] = rows[i];
}

json_t *result_iommu_json(const run_iommu_t *m)
{
    const iommu_stats_t *s = &m->unit;
    json_t *o = json_object(), *reasons = json_object();
    put(o, "translations", s->translations);
    put(o, "iotlb_hits", s->hits);
    put(o, "walks", s->walks);
    put(o, "faults", result_iommu_faults(m));
    if (!m->on) {
        json_decref(reasons);
        return o;
    }
    iommu_row_t row[ROWS];
    rows_of(m, row);
    json_object_set_new(o, "latency_mean_ns", json_real((double)mean_ns_milli(s) / 1000));
    for (unsigned i = 0; i < ROWS; i++) put(o, row[i].key, row[i].value);
    for (unsigned i = 1; i < IOMMU_REASONS; i++)
        if (s->reason[i]) put(reasons, iommu_reason_name((enum iommu_reason)i), s->reason[i]);
    json_object_set_new(o, "faults_by_reason", reasons);
    return o;
}

static void line(FILE *f, const char *text, uint64_t v, const char *unit)
{
    char digits[32], grouped[48];
    const int n = snprintf(digits, sizeof digits, "%" PRIu64, v);
    int k = 0;
    for (int i = 0; i < n; i++) {
        if (i && (n - i) % 3 == 0) grouped[k++] = ',';
        grouped[k++] = digits[i];
    }
    grouped[k] = 0;
    fprintf(f, "  %-26s %15s%s%s\n", text, grouped, *unit ? "  " : "", unit);
}

void result_iommu_table(FILE *f, const run_iommu_t *m, bool verbose)
{
    const iommu_stats_t *s = &m->unit;
    iommu_row_t row[ROWS];
    if (!m->on) return;
    fprintf(f, "\nIOMMU\n");
    line(f, "translations", s->translations, "");
    const uint64_t share = figures_scale(s->hits, 10000, s->translations);
    char unit[32];
    snprintf(unit, sizeof unit, "%" PRIu64 ".%02" PRIu64 " %%", share / 100, share % 100);
    line(f, "IOTLB hits", s->hits, unit);
    line(f, "walks", s->walks, "");
    const uint64_t mean = mean_ns_milli(s);
    fprintf(f, "  %-26s %11" PRIu64 ".%03" PRIu64 "  ns\n", "mean added latency", mean / 1000,
            mean % 1000);
    rows_of(m, row);
    for (unsigned i = 0; i < ROWS; i++)
        if (verbose || row[i].value) line(f, row[i].text, row[i].value, row[i].unit);
    line(f, "faults", result_iommu_faults(m), "");
    for (unsigned i = 1; i < IOMMU_REASONS; i++)
        if (s->reason[i]) line(f, iommu_reason_name((enum iommu_reason)i), s->reason[i], "");
}
