// SPDX-License-Identifier: Apache-2.0
// Memory of the host: physical bytes, and the posted writes of devices that are under way to them.
//
// A posted write becomes visible at a given cycle. There is no event per write: whoever observes
// memory (a CPU load, a device read) first drains what is visible by then. Writes of a lane become
// visible in the order they were posted; lanes do not wait for each other (requests of different
// functions behind an IOMMU; without one there is lane 0).
//
// Inaccuracy: stores of a CPU are visible to the device at once, without a stamp of their own; a
// device that reads past what was given to it can see them a little early.
#ifndef MODERATO_MEMORY_H
#define MODERATO_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MEMORY_BASE  0x10000000ull // physical address of the first byte: 0 and small numbers fault
#define MEMORY_LANES 17u           // the last one is the IOMMU's own

typedef struct memory memory_t;

// `bytes` (> 0) of zeroed memory at MEMORY_BASE; the pages are taken from the operating system when
// they are first touched. NULL: out of memory.
memory_t *memory_create(size_t bytes);
// NULL is allowed.
void memory_destroy(memory_t *m);

// Host pointer for [hpa, hpa+len), or NULL when any of it is outside. Bypasses posted writes: call
// memory_observe first.
void *memory_at(memory_t *m, uint64_t hpa, size_t len);
// Physical address of a pointer into the memory.
uint64_t memory_hpa(const memory_t *m, const void *p);
// The same, 0 when any of [p, p+len) is outside.
uint64_t memory_hpa_within(const memory_t *m, const void *p, size_t len);

// A device write that becomes visible in visible_cyc (raised to that of the write before it in the
// lane, if earlier). The bytes are copied. Returns false and drops it when any byte is outside memory
// (counted in memory_faults) or when the queue cannot grow (counted too).
// data NULL: the bytes come with memory_fill(), before visible_cyc and before the next post in the lane
// and the next without data.
bool memory_post_lane(memory_t *m, unsigned lane, uint64_t visible_cyc, uint64_t hpa,
                      const void *data, uint32_t len);
// The same in lane 0.
static inline bool memory_post(memory_t *m, uint64_t visible_cyc, uint64_t hpa, const void *data,
                               uint32_t len)
{
    return memory_post_lane(m, 0, visible_cyc, hpa, data, len);
}
// Visibility of the write posted last, in whatever lane; there must have been one.
uint64_t memory_posted_visible(const memory_t *m);
// The rest of the write posted last, at another place.
bool memory_post_more(memory_t *m, uint64_t hpa, const void *data, uint32_t len);
// The bytes of the last write posted without, all of them.
void memory_fill(memory_t *m, const void *data, uint32_t len);
// Applies everything visible at now_cyc. Nobody may observe an earlier cycle afterwards.
void memory_observe(memory_t *m, uint64_t now_cyc);
// A device read at now_cyc: everything visible by then is applied first. The bytes where they lie, good until the next
// call; NULL outside memory, and the fault is counted (an unanswered bus reads as ones).
const void *memory_read(memory_t *m, uint64_t now_cyc, uint64_t hpa, uint32_t len);
// Visibility of the write of the lane that was posted last; 0 if none is under way.
uint64_t memory_lane_visible(const memory_t *m, unsigned lane);
static inline uint64_t memory_last_visible(const memory_t *m)
{
    return memory_lane_visible(m, 0);
}
// Writes and reads of devices outside memory so far.
uint64_t memory_faults(const memory_t *m);

// Memory for rings and buffers, aligned to max(align, 16) (align: a power of two or 0). The size is
// rounded up to a power of two, and blocks of up to 4 KiB cross no page; freed blocks wait in one
// list per size. The contents are zero the first time and whatever they were after a free.
// 0 = out of memory (bytes == 0 too).
uint64_t memory_alloc(memory_t *m, size_t bytes, size_t align);
// Back, with the size it was allocated with. hpa 0 is ignored.
void memory_free(memory_t *m, uint64_t hpa, size_t bytes);

#endif
