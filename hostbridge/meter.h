// SPDX-License-Identifier: Apache-2.0
// Histograms of integers with exact count, sum, minimum and maximum, and percentiles with a bounded
// relative error of 1/128: values below 256 have a bucket each, above that 128 buckets per power of
// two. Fixed size; one allocation, by meter_hist_init.
#ifndef MODERATO_METER_H
#define MODERATO_METER_H

#include <stdint.h>

#define METER_SUB     128u
#define METER_BUCKETS (2u * METER_SUB + 56u * METER_SUB)

typedef struct meter_hist {
    uint64_t count, min, max; // all 0 when empty
    uint64_t sum_lo, sum_hi;  // 128-bit sum
    uint32_t *bucket;         // METER_BUCKETS counters (saturating), allocated by meter_hist_init
} meter_hist_t;

int meter_hist_init(meter_hist_t *h); // 0, or -1 when out of memory
void meter_hist_free(meter_hist_t *h);
void meter_hist_add(meter_hist_t *h, uint64_t value);
// Adds the samples of `from`.
void meter_hist_merge(meter_hist_t *h, const meter_hist_t *from);
// Smallest value v such that at least permille/1000 of the samples are <= v (bucket upper edge,
// clipped to max); the minimum for 0, 0 when empty.
uint64_t meter_hist_percentile(const meter_hist_t *h, uint32_t permille);
// Mean in thousandths, rounded down; 0 when empty.
uint64_t meter_hist_mean_milli(const meter_hist_t *h);
// Calls fn(ctx, lower, upper, count) for every bucket that is not empty, in order.
void meter_hist_each(const meter_hist_t *h, void (*fn)(void *, uint64_t, uint64_t, uint64_t),
                     void *ctx);

#endif
