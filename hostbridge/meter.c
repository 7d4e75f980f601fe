// SPDX-License-Identifier: Apache-2.0
#include "hostbridge/meter.h"

#include <stdlib.h>

#define METER_SUB_LOG 7u

_Static_assert(METER_SUB == 1u << METER_SUB_LOG, "buckets of a power of two");

__extension__ typedef unsigned __int128 meter_u128_t;

// Bucket shift * METER_SUB + k, METER_SUB <= k < 2 * METER_SUB, is of the values k << shift and on; where shift is 0, also
// with smaller k.
static inline unsigned bucket_of(uint64_t value)
{
    const unsigned shift = 63u - METER_SUB_LOG - (unsigned)__builtin_clzll(value | METER_SUB);
    return shift * METER_SUB + (unsigned)(value >> shift);
}

static uint64_t lower_of(unsigned bucket)
{
    if (bucket < METER_SUB) return bucket;
    const unsigned shift = bucket / METER_SUB - 1;
    return (uint64_t)(bucket - shift * METER_SUB) << shift;
}

static uint64_t upper_of(unsigned bucket)
{
    return bucket + 1 < METER_BUCKETS ? lower_of(bucket + 1) - 1 : UINT64_MAX;
}

int meter_hist_init(meter_hist_t *h)
{
    *h = (meter_hist_t){.bucket = calloc(METER_BUCKETS, sizeof *h->bucket)};
    return h->bucket ? 0 : -1;
}

void meter_hist_free(meter_hist_t *h)
{
    free(h->bucket);
    *h = (meter_hist_t){0};
}

// A sample outside of those so far.
static void widen(meter_hist_t *h, uint64_t value)
{
    if (value < h->min || h->count == 0) h->min = value;
    if (value > h->max) h->max = value;
}

void meter_hist_add(meter_hist_t *h, uint64_t value)
{
    uint32_t *b = &h->bucket[bucket_of(value)];
    if (++*b == 0) *b = UINT32_MAX;
    if (value < h->min || value > h->max) widen(h, value); // of none, both are 0
    h->count++;
    h->sum_lo += value;
    h->sum_hi += h->sum_lo < value;
}

void meter_hist_merge(meter_hist_t *h, const meter_hist_t *from)
{
    if (from->count == 0) return;
    for (unsigned i = bucket_of(from->min); i <= bucket_of(from->max); i++) {
        const uint64_t sum = (uint64_t)h->bucket[i] + from->bucket[i];
        h->bucket[i] = sum < UINT32_MAX ? (uint32_t)sum : UINT32_MAX;
    }
    if (from->min < h->min || h->count == 0) h->min = from->min;
    if (from->max > h->max) h->max = from->max;
    h->count += from->count;
    h->sum_lo += from->sum_lo;
    h->sum_hi += from->sum_hi + (h->sum_lo < from->sum_lo);
}

uint64_t meter_hist_percentile(const meter_hist_t *h, uint32_t permille)
{
    if (h->count == 0) return 0;
    meter_u128_t rank = ((meter_u128_t)h->count * permille + 999) / 1000;
    if (rank <= 1) return h->min;
    meter_u128_t seen = 0;
    for (unsigned i = bucket_of(h->min); i < METER_BUCKETS; i++) {
        seen += h->bucket[i];
        if (seen >= rank) return upper_of(i) < h->max ? upper_of(i) : h->max;
    }
    return h->max; // a saturated bucket hides samples, or permille > 1000
}

uint64_t meter_hist_mean_milli(const meter_hist_t *h)
{
    if (h->count == 0) return 0;
    meter_u128_t sum = ((meter_u128_t)h->sum_hi << 64) | h->sum_lo;
    // Whole part first: sum * 1000 may not fit when the samples are near 2^64.
    meter_u128_t whole = sum / h->count, rest = sum % h->count;
    return (uint64_t)(whole * 1000 + rest * 1000 / h->count);
}

void meter_hist_each(const meter_hist_t *h, void (*fn)(void *, uint64_t, uint64_t, uint64_t),
                     void *ctx)
{
    if (h->count == 0) return;
    for (unsigned i = bucket_of(h->min); i <= bucket_of(h->max); i++) {
        if (h->bucket[i]) fn(ctx, lower_of(i), upper_of(i), h->bucket[i]);
    }
}
