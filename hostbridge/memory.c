// SPDX-License-Identifier: Apache-2.0
#include "hostbridge/memory.h"

#include "model/copy.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define MEMORY_WRITE_MAX 128u // payload of one queue entry; longer writes take several
#define MEMORY_QUEUE_MIN 16u
#define MEMORY_CLASS_MIN 4u // 16 bytes
#define MEMORY_CLASSES   48u
#define MEMORY_NATURAL   4096u // blocks are aligned to their size up to here

// The payload lies in the entry: a queue is a few entries deep in steady state and stays in the
// first-level cache, and growing it needs no second store.
typedef struct memory_write {
    uint64_t visible_cyc;
    uint8_t *to;
    uint32_t len;
    uint8_t data[MEMORY_WRITE_MAX];
} memory_write_t;

// Free blocks are listed outside the simulated memory, where no stray device write can reach.
typedef struct memory_list {
    uint64_t *hpa;
    size_t count, room;
} memory_list_t;

// Posted writes that keep their order.
typedef struct memory_lane {
    memory_write_t *queue;
    uint32_t head, tail, room; // free running; room is a power of two
    uint64_t last_cyc;         // visibility of the newest write, 0 when none is under way
} memory_lane_t;

struct memory {
    uint8_t *bytes;
    size_t size;
    uint64_t due_cyc;       // visibility of the oldest write, UINT64_MAX when none is under way
    uint32_t busy;          // lanes with writes
    memory_lane_t *posted;  // of the write posted last
    memory_lane_t *filling; // of the one whose bytes are to come, and how many entries it has
    uint32_t filling_entries;
    memory_lane_t lane[MEMORY_LANES];
    uint64_t faults;
    size_t bump; // first byte never allocated
    memory_list_t free_list[MEMORY_CLASSES];
};

static bool queue_grow(memory_lane_t *l);

memory_t *memory_create(size_t bytes)
{
    if (bytes == 0) return NULL;
    memory_t *m = calloc(1, sizeof *m);
    if (!m) return NULL;
    m->size = bytes;
    m->due_cyc = UINT64_MAX;
    m->bytes = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (m->bytes == MAP_FAILED || !queue_grow(&m->lane[0])) {
        if (m->bytes == MAP_FAILED) m->bytes = NULL;
        memory_destroy(m);
        return NULL;
    }
    return m;
}

void memory_destroy(memory_t *m)
{
    if (!m) return;
    if (m->bytes) munmap(m->bytes, m->size);
    for (unsigned k = 0; k < MEMORY_CLASSES; k++) free(m->free_list[k].hpa);
    for (unsigned i = 0; i < MEMORY_LANES; i++) free(m->lane[i].queue);
    free(m);
}

void *memory_at(memory_t *m, uint64_t hpa, size_t len)
{
    uint64_t off = hpa - MEMORY_BASE; // wraps to a huge number below the base
    if (off > m->size || len > m->size - off) return NULL;
    return m->bytes + off;
}

uint64_t memory_hpa(const memory_t *m, const void *p)
{
    return MEMORY_BASE + (uint64_t)((const uint8_t *)p - m->bytes);
}

uint64_t memory_hpa_within(const memory_t *m, const void *p, size_t len)
{
    const uint64_t off = (uint64_t)((uintptr_t)p - (uintptr_t)m->bytes);
    return off > m->size || len > m->size - off ? 0 : MEMORY_BASE + off;
}

// ---- posted writes -----------------------------------------------------------------------------

static bool queue_grow(memory_lane_t *l)
{
    uint32_t room = l->room ? l->room * 2 : MEMORY_QUEUE_MIN;
    memory_write_t *q = room > l->room ? malloc((size_t)room * sizeof *q) : NULL;
    if (!q) return false;
    for (uint32_t i = l->head; i != l->tail; i++) { q[i - l->head] = l->queue[i & (l->room - 1)]; }
    free(l->queue);
    l->queue = q;
    l->tail -= l->head;
    l->head = 0;
    l->room = room;
    return true;
}

// Queues the bytes behind what the lane has; false when the queue cannot grow.
static bool enqueue(memory_t *m, memory_lane_t *l, uint64_t visible_cyc, uint8_t *to,
                    const uint8_t *from, uint32_t len)
{
    do {
        if (l->tail - l->head == l->room && !queue_grow(l)) {
            m->faults++;
            return false;
        }
        memory_write_t *w = &l->queue[l->tail & (l->room - 1)];
        w->visible_cyc = visible_cyc;
        w->to = to;
        w->len = len < MEMORY_WRITE_MAX ? len : MEMORY_WRITE_MAX;
        if (from) {
            copy_short(w->data, from, w->len);
            from += w->len;
        } else {
            m->filling_entries++;
        }
        l->tail++;
        to += w->len;
        len -= w->len;
    } while (len);
    return true;
}

bool memory_post_lane(memory_t *m, unsigned lane, uint64_t visible_cyc, uint64_t hpa,
                      const void *data, uint32_t len)
{
    uint8_t *to = memory_at(m, hpa, len);
    memory_lane_t *l = &m->lane[lane];
    if (!to) {
        m->faults++;
        return false;
    }
    if (visible_cyc < l->last_cyc) visible_cyc = l->last_cyc;
    if (visible_cyc < m->due_cyc) m->due_cyc = visible_cyc;
    l->last_cyc = visible_cyc;
    m->busy |= 1u << lane;
    m->posted = l;
    if (!data) {
        m->filling = l;
        m->filling_entries = 0;
    }
    return enqueue(m, l, visible_cyc, to, data, len);
}

uint64_t memory_posted_visible(const memory_t *m)
{
    return m->posted->last_cyc;
}

bool memory_post_more(memory_t *m, uint64_t hpa, const void *data, uint32_t len)
{
    uint8_t *to = memory_at(m, hpa, len);
    if (to) return enqueue(m, m->posted, m->posted->last_cyc, to, data, len);
    m->faults++;
    return false;
}

void memory_fill(memory_t *m, const void *data, uint32_t len)
{
    const uint8_t *from = data, *const end = from + len;
    const memory_lane_t *l = m->filling;
    uint32_t i = l->tail - m->filling_entries;
    assert(m->filling_entries <= l->tail - l->head); // not applied yet
    for (; i != l->tail && from < end; i++) {
        memory_write_t *w = &l->queue[i & (l->room - 1)];
        copy_short(w->data, from, w->len);
        from += w->len;
    }
}

// Applies writes of a lane up to the cycle; false when it has become empty.
static inline bool drain(memory_lane_t *l, uint64_t until_cyc)
{
    while (l->head != l->tail) {
        const memory_write_t *w = &l->queue[l->head & (l->room - 1)];
        if (w->visible_cyc > until_cyc) return true;
        copy_short(w->to, w->data, w->len);
        l->head++;
    }
    l->last_cyc = 0;
    return false;
}

// The lane whose oldest write comes first, the lower one of two; *next_cyc: of the others.
static unsigned first_lane(const memory_t *m, uint64_t *first_cyc, uint64_t *next_cyc)
{
    unsigned first = 0;
    *first_cyc = *next_cyc = UINT64_MAX;
    for (uint32_t left = m->busy; left; left &= left - 1) {
        const unsigned i = (unsigned)__builtin_ctz(left);
        const memory_lane_t *l = &m->lane[i];
        const uint64_t cyc = l->queue[l->head & (l->room - 1)].visible_cyc;
        if (cyc < *first_cyc) {
            *next_cyc = *first_cyc;
            *first_cyc = cyc;
            first = i;
        } else if (cyc < *next_cyc) {
            *next_cyc = cyc;
        }
    }
    return first;
}

// Several lanes have writes: in order of time, and in a cycle in order of lanes.
static void observe_lanes(memory_t *m, uint64_t now_cyc)
{
    while (m->busy) {
        uint64_t first_cyc, next_cyc;
        const unsigned i = first_lane(m, &first_cyc, &next_cyc);
        m->due_cyc = first_cyc;
        if (first_cyc > now_cyc) return;
        // Writes of a later lane in the cycle come behind; those of an earlier one went before.
        const uint64_t until_cyc = next_cyc > first_cyc ? next_cyc - 1 : first_cyc;
        if (!drain(&m->lane[i], until_cyc < now_cyc ? until_cyc : now_cyc)) m->busy &= ~(1u << i);
    }
    m->due_cyc = UINT64_MAX;
}

void memory_observe(memory_t *m, uint64_t now_cyc)
{
    if (m->due_cyc > now_cyc) return;
    if (m->busy & (m->busy - 1)) {
        observe_lanes(m, now_cyc);
        return;
    }
    memory_lane_t *l = &m->lane[__builtin_ctz(m->busy)];
    if (drain(l, now_cyc)) {
        m->due_cyc = l->queue[l->head & (l->room - 1)].visible_cyc;
        return;
    }
    m->busy = 0;
    m->due_cyc = UINT64_MAX;
}

const void *memory_read(memory_t *m, uint64_t now_cyc, uint64_t hpa, uint32_t len)
{
    memory_observe(m, now_cyc);
    const void *from = memory_at(m, hpa, len);
    if (!from) m->faults++;
    return from;
}

uint64_t memory_lane_visible(const memory_t *m, unsigned lane)
{
    return m->lane[lane].last_cyc;
}

uint64_t memory_faults(const memory_t *m)
{
    return m->faults;
}

// ---- allocation --------------------------------------------------------------------------------

// Class k holds blocks of 2^k bytes; MEMORY_CLASSES when the size is beyond all of them.
static unsigned class_of(size_t bytes)
{
    unsigned k = MEMORY_CLASS_MIN;
    while (k < MEMORY_CLASSES && ((size_t)1 << k) < bytes) k++;
    return k;
}

static void list_put(memory_list_t *l, uint64_t hpa)
{
    if (l->count == l->room) {
        size_t room = l->room ? l->room * 2 : 64;
        uint64_t *grown = realloc(l->hpa, room * sizeof *grown);
        if (!grown) return; // the block is lost to this run: no harm but to its size
        l->hpa = grown;
        l->room = room;
    }
    l->hpa[l->count++] = hpa;
}

// The youngest free block that is aligned as asked; 0 if there is none.
static uint64_t list_take(memory_list_t *l, size_t align)
{
    for (size_t i = l->count; i > 0; i--) {
        uint64_t hpa = l->hpa[i - 1];
        if (hpa & (align - 1)) continue;
        l->hpa[i - 1] = l->hpa[--l->count];
        return hpa;
    }
    return 0;
}

// Keeps the first 2^to bytes of a block of 2^from; the rest is free.
static void split(memory_t *m, uint64_t hpa, unsigned to, unsigned from)
{
    for (unsigned k = to; k < from; k++) list_put(&m->free_list[k], hpa + ((uint64_t)1 << k));
}

// Moves the bump pointer to a multiple of align. What is skipped becomes free blocks, each aligned
// to its size, so that a mix of small and large blocks wastes nothing.
static void bump_align(memory_t *m, size_t target)
{
    while (m->bump < target) {
        unsigned k = MEMORY_CLASS_MIN;
        while (k + 1 < MEMORY_CLASSES && (m->bump & (((size_t)1 << (k + 1)) - 1)) == 0 &&
               target - m->bump >= (size_t)1 << (k + 1)) {
            k++;
        }
        list_put(&m->free_list[k], MEMORY_BASE + m->bump);
        m->bump += (size_t)1 << k;
    }
}

uint64_t memory_alloc(memory_t *m, size_t bytes, size_t align)
{
    assert((align & (align - 1)) == 0);
    if (bytes == 0) return 0;
    unsigned k = class_of(bytes);
    if (k == MEMORY_CLASSES) return 0;
    size_t size = (size_t)1 << k;
    size_t natural = size < MEMORY_NATURAL ? size : MEMORY_NATURAL;
    if (align < natural) align = natural;
    uint64_t hpa = list_take(&m->free_list[k], align);
    // Holes left by larger alignments are the first choice after a block of the very size.
    for (unsigned j = k + 1; hpa == 0 && ((size_t)1 << j) < MEMORY_NATURAL; j++) {
        hpa = list_take(&m->free_list[j], align);
        if (hpa) split(m, hpa, k, j);
    }
    if (hpa) return hpa;
    // MEMORY_BASE is a multiple of every alignment up to 2^28; above that the base itself counts.
    uint64_t start = (MEMORY_BASE + m->bump + align - 1) & ~(uint64_t)(align - 1);
    uint64_t off = start - MEMORY_BASE;
    if (start < MEMORY_BASE || off > m->size || size > m->size - off) return 0;
    bump_align(m, off);
    m->bump = off + size;
    return start;
}

void memory_free(memory_t *m, uint64_t hpa, size_t bytes)
{
    if (hpa == 0 || bytes == 0) return;
    assert(memory_at(m, hpa, bytes));
    list_put(&m->free_list[class_of(bytes)], hpa);
}
