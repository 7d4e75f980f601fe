// SPDX-License-Identifier: Apache-2.0
// The host's end of a virtio ring, and the registers around it, by themselves: layout, indices and their wraps, chains, event indices;
// and in the hands of a hostile guest, against a reading of the ring of the test's own.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "hostbridge/virtio_dev.h"
#include "rtl/defs.h"
#include "traces/traces.h"

#include <stdlib.h>
#include <string.h>

static uint64_t seed(void)
{
    const char *s = getenv("SEED");
    return s ? strtoull(s, NULL, 0) : 1;
}

// ---- a guest's memory --------------------------------------------------------------------------
// Little-endian, by the offsets of the specification.

typedef struct guest {
    memory_t *mem;
    size_t bytes;
    uint64_t desc, avail, used;
    unsigned size;
    uint16_t given;
    bool write; // most of its buffers are to be written
} guest_t;

static uint8_t *at(const guest_t *g, uint64_t addr)
{
    return memory_at(g->mem, addr, 0);
}

static uint64_t load(const guest_t *g, uint64_t addr, unsigned bytes)
{
    uint64_t v = 0;
    for (unsigned i = 0; i < bytes; i++) v |= (uint64_t)at(g, addr)[i] << 8 * i;
    return v;
}

static void store(const guest_t *g, uint64_t addr, uint64_t v, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++) at(g, addr)[i] = (uint8_t)(v >> 8 * i);
}

static void put_desc(const guest_t *g, unsigned i, uint64_t addr, uint32_t len, unsigned flags,
                     unsigned next)
{
    store(g, g->desc + 16 * (uint64_t)i, addr, 8);
    store(g, g->desc + 16 * (uint64_t)i + 8, len, 4);
    store(g, g->desc + 16 * (uint64_t)i + 12, flags, 2);
    store(g, g->desc + 16 * (uint64_t)i + 14, next, 2);
}

static void give(guest_t *g, unsigned head)
{
    store(g, g->avail + 4 + 2 * (uint64_t)(g->given % g->size), head, 2);
    store(g, g->avail + 2, ++g->given, 2);
}

// Ring parts one behind the other from the beginning of the memory on.
static guest_t guest(unsigned size, size_t bytes)
{
    guest_t g = {.mem = memory_create(bytes), .bytes = bytes, .size = size};
    assert_non_null(g.mem);
    g.desc = MEMORY_BASE;
    g.avail = g.desc + 16 * (uint64_t)size;
    g.used = (g.avail + 6 + 2 * (uint64_t)size + 3) / 4 * 4;
    return g;
}

static bool start(virtio_ring_t *r, const guest_t *g, bool event_idx)
{
    return virtio_ring_start(r, g->mem, g->size, event_idx,
                             (const uint64_t[]){g->desc, g->avail, g->used});
}

// ---- event indices -----------------------------------------------------------------------------

// By walking: the step that makes the index pass the event is among those from `before` to `now`.
static bool passed(uint16_t event, uint16_t now, uint16_t before)
{
    for (uint16_t i = before; i != now; i++)
        if (i == event) return true;
    return false;
}

static void an_event_is_needed_when_the_index_passes_it(void **state)
{
    (void)state;
    static const struct {
        uint16_t event, now, before;
        bool needed;
    } ROWS[] = {{0, 0, 0, false},         {0, 1, 0, true},     {1, 1, 0, false},
                {1, 2, 1, true},          {5, 10, 5, true},    {9, 10, 5, true},
                {10, 10, 5, false},       {4, 10, 5, false},   {65535, 0, 65535, true},
                {65535, 2, 65530, true},  {1, 2, 65530, true}, {2, 2, 65530, false},
                {65529, 2, 65530, false}, {0, 65535, 0, true}, {65535, 65535, 0, false}};
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        assert_int_equal(virtio_need_event(ROWS[i].event, ROWS[i].now, ROWS[i].before),
                         ROWS[i].needed);
        assert_int_equal(passed(ROWS[i].event, ROWS[i].now, ROWS[i].before), ROWS[i].needed);
    }
    rng_t rng;
    rng_seed(&rng, seed());
    for (unsigned i = 0; i < 20000; i++) {
        const uint16_t before = (uint16_t)rng_next(&rng);
        const uint16_t now = (uint16_t)(before + rng_below(&rng, i % 8 ? 40 : 65536));
        const uint16_t event = (uint16_t)(before - 20 + (int)rng_below(&rng, i % 4 ? 80 : 65536));
        assert_int_equal(virtio_need_event(event, now, before), passed(event, now, before));
    }
}

// The host interrupts once for all that it has given since it was asked last, if the guest's event is among that.
static void interrupts_follow_used_event(void **state)
{
    (void)state;
    for (unsigned event_idx = 0; event_idx < 2; event_idx++) {
        guest_t g = guest(8, 8192);
        virtio_ring_t r;
        assert_true(start(&r, &g, event_idx));
        const uint64_t used_event = g.avail + 4 + 2 * 8, wish = event_idx ? used_event : g.avail;
        for (unsigned n = 0; n < 70000; n++) {
            store(&g, wish, event_idx ? n + n % 3 : n % 3 != 0, 2); // with this one, or not yet
            virtio_ring_give(&r, 0, 1);
            if (n % 5 == 4) virtio_ring_give(&r, 0, 1), n++;
            const uint16_t before = r.told;
            const bool want = event_idx ? passed((uint16_t)load(&g, used_event, 2), r.done, before)
                                        : load(&g, g.avail, 2) == 0;
            assert_int_equal(virtio_ring_interrupts(&r), want);
            // Nothing new: with event indices nothing to tell.
            if (event_idx) assert_false(virtio_ring_interrupts(&r));
        }
        memory_destroy(g.mem);
    }
}

static void the_guest_is_told_when_to_notify(void **state)
{
    (void)state;
    for (unsigned event_idx = 0; event_idx < 2; event_idx++) {
        guest_t g = guest(4, 8192);
        virtio_ring_t r;
        virtio_chain_t chain;
        const uint64_t avail_event = g.used + 4 + 8 * 4;
        assert_true(start(&r, &g, event_idx));
        for (unsigned n = 0; n < 5; n++) {
            virtio_ring_listen(&r, true);
            assert_int_equal(load(&g, g.used, 2), 0);
            if (event_idx) assert_int_equal(load(&g, avail_event, 2), n);
            virtio_ring_listen(&r, false);
            assert_int_equal(load(&g, g.used, 2), event_idx ? 0 : 1);
            put_desc(&g, 1, MEMORY_BASE + 4096, 8, 0, 0);
            give(&g, 1);
            assert_int_equal(virtio_ring_take(&r, false, &chain), VIRTIO_RING_READY);
        }
        if (!event_idx) assert_int_equal(load(&g, avail_event, 2), 0); // not ours
        memory_destroy(g.mem);
    }
}

// ---- the way of buffers ------------------------------------------------------------------------

// 2^17 chains at each size, in batches as large as the ring has room for: every head comes once and in order, and goes back where it
// belongs, through all wraps of ring and index.
static void rings_wrap(void **state)
{
    (void)state;
    rng_t rng;
    rng_seed(&rng, seed() + 1);
    virtio_chain_t *chain = malloc(sizeof *chain);
    assert_non_null(chain);
    for (unsigned size = 1; size <= VIRTIO_RING_MAX; size *= 2) {
        guest_t g = guest(size, 65536);
        virtio_ring_t r;
        assert_true(start(&r, &g, size & 2));
        for (unsigned i = 0; i < size; i++) put_desc(&g, i, MEMORY_BASE + 60000 + i, 1, 2, 0);
        uint16_t taken = 0, back = 0;
        for (unsigned total = 0; total < 1u << 17;) {
            const unsigned room = size - (uint16_t)(g.given - back);
            for (unsigned n = (unsigned)rng_below(&rng, room + 1); n; n--, total++)
                give(&g, (7u * g.given + 3) % size);
            const unsigned waiting = (uint16_t)(g.given - taken);
            assert_int_equal(virtio_ring_look(&r), waiting ? VIRTIO_RING_READY : VIRTIO_RING_EMPTY);
            for (unsigned n = (unsigned)rng_below(&rng, waiting + 1); n; n--, taken++) {
                assert_int_equal(virtio_ring_take(&r, true, chain), VIRTIO_RING_READY);
                assert_int_equal(chain->head, (7u * taken + 3) % size);
                assert_ptr_equal(chain->part[0].at, at(&g, MEMORY_BASE + 60000 + chain->head));
            }
            for (unsigned n = (unsigned)rng_below(&rng, (uint16_t)(taken - back) + 1u); n;
                 n--, back++) {
                virtio_ring_give(&r, (uint16_t)((7u * back + 3) % size), back);
                const uint64_t element = g.used + 4 + 8 * (uint64_t)(back % size);
                assert_int_equal(load(&g, element, 4), (7u * back + 3) % size);
                assert_int_equal(load(&g, element + 4, 4), back);
                assert_int_equal(load(&g, g.used + 2, 2), (uint16_t)(back + 1));
            }
        }
        memory_destroy(g.mem);
    }
    free(chain);
}

// A chain of parts of any lengths, none among them: what is put in comes out, and not a byte beside.
static void chains_are_filled_part_by_part(void **state)
{
    (void)state;
    rng_t rng;
    rng_seed(&rng, seed() + 2);
    virtio_chain_t *chain = malloc(sizeof *chain);
    assert_non_null(chain);
    for (unsigned run = 0; run < 2000; run++) {
        guest_t g = guest(16, 16384);
        virtio_ring_t r;
        assert_true(start(&r, &g, false));
        const unsigned parts = 1 + (unsigned)rng_below(&rng, 16);
        uint64_t to = MEMORY_BASE + 8192;
        uint32_t bytes = 0;
        for (unsigned i = 0; i < parts; i++) {
            const uint32_t len = (uint32_t)rng_below(&rng, 4) ? (uint32_t)rng_below(&rng, 200) : 0;
            const unsigned d = (5 * i + 3) % 16, next = (5 * i + 8) % 16;
            put_desc(&g, d, to, len, 2u | (i + 1 < parts), next);
            to += len + 3; // a gap
            bytes += len;
        }
        give(&g, 3);
        assert_int_equal(virtio_ring_take(&r, true, chain), VIRTIO_RING_READY);
        assert_int_equal(chain->bytes, bytes);
        assert_int_equal(chain->parts, parts);
        uint8_t in[16 * 200 + 64], out[sizeof in] = {0};
        for (unsigned i = 0; i < sizeof in; i++) in[i] = (uint8_t)(1 + rng_below(&rng, 255));
        virtio_cursor_t put = {.chain = chain}, get = {.chain = chain};
        uint32_t done = 0;
        while (done < bytes + 40) { // more than there is room for
            const uint32_t n = 1 + (uint32_t)rng_below(&rng, 90);
            virtio_chain_put(&put, in + done, done + n < sizeof in ? n : 0);
            done += n;
            if (done + 90 > sizeof in) break;
        }
        const uint32_t filled = done < bytes ? done : bytes;
        virtio_chain_get(&get, NULL, filled / 3);
        virtio_chain_get(&get, out + filled / 3, filled - filled / 3);
        assert_memory_equal(out + filled / 3, in + filled / 3, filled - filled / 3);
        uint32_t set = 0; // bytes of the memory behind the ring that are not zero
        for (uint64_t a = MEMORY_BASE + 8192; a < MEMORY_BASE + 16384; a++) set += *at(&g, a) != 0;
        assert_int_equal(set, filled);
        memory_destroy(g.mem);
    }
    free(chain);
}

// ---- a hostile guest ---------------------------------------------------------------------------

// A sound ring of two chains, and what is done to it: BROKEN each time, without a chain having been taken.
static void what_cannot_be_breaks_the_ring(void **state)
{
    (void)state;
    virtio_chain_t chain;
    for (unsigned what = 0; what < 12; what++) {
        guest_t g = guest(4, 8192);
        const uint64_t end = MEMORY_BASE + 8192, data = MEMORY_BASE + 4096;
        virtio_ring_t r;
        bool write = false;
        assert_true(start(&r, &g, true));
        put_desc(&g, 0, data, 100, 1, 1);
        put_desc(&g, 1, data + 200, 100, 0, 0);
        give(&g, 0);
        enum virtio_ring_state want = VIRTIO_RING_BROKEN;
        switch (what) {
        case 0: want = VIRTIO_RING_READY; break;                     // nothing
        case 1: store(&g, g.avail + 2, 5, 2); break;                 // more than the ring has
        case 2: store(&g, g.avail + 4, 4, 2); break;                 // no such descriptor
        case 3: put_desc(&g, 0, data, 100, 1, 4); break;             // nor this
        case 4: put_desc(&g, 1, data, 100, 1, 0); break;             // a loop
        case 5: put_desc(&g, 1, data, 100, 4, 0); break;             // indirect
        case 6: put_desc(&g, 1, data, 100, 2, 0); break;             // to be written
        case 7: write = true; break;                                 // to be read
        case 8: put_desc(&g, 1, end - 99, 100, 0, 0); break;         // a byte too many
        case 9: put_desc(&g, 0, MEMORY_BASE - 1, 100, 1, 1); break;  // a byte too early
        case 10: put_desc(&g, 0, UINT64_MAX - 50, 100, 1, 1); break; // round the end of addresses
        default: put_desc(&g, 1, data, UINT32_MAX, 0, 0); break;     // too long
        }
        assert_int_equal(virtio_ring_take(&r, write, &chain), want);
        assert_int_equal(r.next, want == VIRTIO_RING_READY);
        memory_destroy(g.mem);
    }
}

// What the specification makes of the ring as it is now; the parts go into map, a byte of it for each byte of memory.
typedef struct reading {
    enum virtio_ring_state state;
    uint16_t head;
    uint64_t bytes;
} reading_t;

static bool inside(const guest_t *g, uint64_t addr, uint64_t len)
{
    return addr >= MEMORY_BASE && addr - MEMORY_BASE <= g->bytes &&
           len <= g->bytes - (addr - MEMORY_BASE);
}

static reading_t read_ring(const guest_t *g, uint16_t next, bool write, uint8_t *map)
{
    const uint16_t ahead = (uint16_t)(load(g, g->avail + 2, 2) - next);
    reading_t k = {.state = VIRTIO_RING_EMPTY};
    if (ahead == 0) return k;
    k.state = VIRTIO_RING_BROKEN;
    if (ahead > g->size) return k;
    uint64_t i = k.head = (uint16_t)load(g, g->avail + 4 + 2 * (uint64_t)(next % g->size), 2);
    for (unsigned n = 0; n < g->size; n++) {
        if (i >= g->size) return k;
        const uint64_t d = g->desc + 16 * i, addr = load(g, d, 8), len = load(g, d + 8, 4);
        const unsigned flags = (unsigned)load(g, d + 12, 2);
        if (flags & 4 || (flags >> 1 & 1) != write || !inside(g, addr, len)) return k;
        memset(map + (addr - MEMORY_BASE), 1, len);
        k.bytes += len;
        if (!(flags & 1)) {
            k.state = VIRTIO_RING_READY;
            return k;
        }
        i = load(g, d + 14, 2);
    }
    return k;
}

// Something that a driver might write, something near it, or anything.
static void corrupt(guest_t *g, rng_t *rng)
{
    const uint64_t end = MEMORY_BASE + g->bytes;
    const unsigned d = (unsigned)rng_below(rng, g->size);
    static const uint32_t LENS[] = {0, 1, 12, 60, 1530, 8192, 0x7FFFFFFF, 0xFFFFFFFF};
    const uint64_t addrs[] = {MEMORY_BASE,
                              MEMORY_BASE - 1,
                              end,
                              end - 12,
                              end - 60,
                              UINT64_MAX - 8,
                              MEMORY_BASE + rng_below(rng, g->bytes),
                              rng_next(rng)};
    switch (rng_below(rng, 8)) {
    case 0:
    case 1:
    case 2:
    case 3: // a descriptor
        put_desc(g, d, addrs[rng_below(rng, 32) ? 6 : rng_below(rng, 8)],
                 rng_below(rng, 32) ? (uint32_t)rng_below(rng, 300) : LENS[rng_below(rng, 8)],
                 (unsigned)(rng_below(rng, 32) ? (rng_below(rng, 3) == 0) | 2 * g->write
                                               : rng_next(rng) & 0xFFFF),
                 (unsigned)rng_below(rng, rng_below(rng, 16) ? g->size : 65536));
        break;
    case 4:
    case 5: // a head, and the index
        g->given = (uint16_t)load(g, g->avail + 2, 2);
        give(g, (unsigned)rng_below(rng, rng_below(rng, 32) ? g->size : 65536));
        break;
    case 6: store(g, g->avail + rng_below(rng, 6 + 2 * g->size), rng_next(rng), 1); break;
    default: // anything anywhere
        for (uint64_t n = rng_below(rng, 8); n; n--)
            *at(g, MEMORY_BASE + rng_below(rng, g->bytes)) = (uint8_t)rng_next(rng);
        break;
    }
}

// Parts of the ring where they may or may not be.
static void relocate(guest_t *g, rng_t *rng)
{
    uint64_t *part[] = {&g->desc, &g->avail, &g->used};
    g->size = 1u << rng_below(rng, 5);
    g->write = rng_below(rng, 2);
    for (unsigned i = 0; i < 3; i++) {
        *part[i] = (MEMORY_BASE + rng_below(rng, g->bytes + 64)) & ~UINT64_C(15);
        if (rng_below(rng, 16) == 0) *part[i] += rng_below(rng, 16);
        if (rng_below(rng, 64) == 0) *part[i] = rng_next(rng);
    }
}

static bool may_start(const guest_t *g)
{
    return g->desc % 16 == 0 && inside(g, g->desc, 16 * (uint64_t)g->size) && g->avail % 2 == 0 &&
           inside(g, g->avail, 6 + 2 * (uint64_t)g->size) && g->used % 4 == 0 &&
           inside(g, g->used, 6 + 8 * (uint64_t)g->size);
}

enum { HOSTILE_BYTES = 4096 };

typedef struct hostile {
    guest_t g;
    rng_t rng;
    virtio_ring_t r;
    virtio_chain_t chain;
    bool running, event_idx;
    uint8_t before[HOSTILE_BYTES], may[HOSTILE_BYTES];
    uint64_t taken, broken, empty, refused;
} hostile_t;

static void allow(hostile_t *h, uint64_t addr, unsigned bytes)
{
    memset(h->may + (addr - MEMORY_BASE), 1, bytes);
}

// Only bytes that may have changed have.
static void check_untouched(const hostile_t *h)
{
    const uint8_t *now = at(&h->g, MEMORY_BASE);
    if (memcmp(now, h->before, HOSTILE_BYTES) == 0) return;
    for (unsigned i = 0; i < HOSTILE_BYTES; i++)
        if (now[i] != h->before[i] && !h->may[i]) fail_msg("byte %u was touched", i);
}

static void snapshot(hostile_t *h)
{
    memcpy(h->before, at(&h->g, MEMORY_BASE), HOSTILE_BYTES);
    memset(h->may, 0, HOSTILE_BYTES);
}

static void hostile_start(hostile_t *h)
{
    guest_t *g = &h->g;
    relocate(g, &h->rng);
    const bool sound = may_start(g);
    h->event_idx = rng_below(&h->rng, 2);
    snapshot(h);
    if (sound && h->event_idx) allow(h, g->used + 4 + 8 * (uint64_t)g->size, 2);
    else if (sound) allow(h, g->used, 2);
    h->running = start(&h->r, g, h->event_idx);
    assert_int_equal(h->running, sound);
    check_untouched(h);
    h->refused += !sound;
    if (!sound) return;
    // The device begins at 0: so does the guest, now and then.
    if (rng_below(&h->rng, 4)) store(g, g->avail + 2, 0, 2);
}

// The ring is served once, as the worker does it, and compared with what the specification makes of it.
static void hostile_serve(hostile_t *h)
{
    guest_t *g = &h->g;
    const bool write = rng_below(&h->rng, 32) ? g->write : !g->write;
    static uint8_t junk[512];
    snapshot(h);
    const reading_t want = read_ring(g, h->r.next, write, h->may);
    if (!write || want.state != VIRTIO_RING_READY) memset(h->may, 0, sizeof h->may);
    const uint16_t next = h->r.next;
    const enum virtio_ring_state s = virtio_ring_take(&h->r, write, &h->chain);
    assert_int_equal(s, want.state);
    assert_int_equal(h->r.next, (uint16_t)(next + (s == VIRTIO_RING_READY)));
    if (s == VIRTIO_RING_READY) {
        assert_int_equal(h->chain.head, want.head);
        assert_int_equal(h->chain.bytes, want.bytes);
        virtio_cursor_t c = {.chain = &h->chain};
        if (write) virtio_chain_put(&c, junk, (uint32_t)rng_below(&h->rng, sizeof junk));
        else virtio_chain_get(&c, junk, sizeof junk);
        allow(h, g->used + 4 + 8 * (uint64_t)(h->r.done % g->size), 8);
        allow(h, g->used + 2, 2);
        virtio_ring_give(&h->r, h->chain.head, 1);
    }
    (void)virtio_ring_interrupts(&h->r);
    if (h->event_idx) allow(h, g->used + 4 + 8 * (uint64_t)g->size, 2);
    else allow(h, g->used, 2);
    virtio_ring_listen(&h->r, rng_below(&h->rng, 2));
    check_untouched(h);
    h->taken += s == VIRTIO_RING_READY;
    h->empty += s == VIRTIO_RING_EMPTY;
    h->broken += s == VIRTIO_RING_BROKEN;
    if (s == VIRTIO_RING_BROKEN) h->running = false;
}

// 1.5 million corruptions.
static void a_hostile_guest_touches_only_its_own(void **state)
{
    (void)state;
    hostile_t *h = calloc(1, sizeof *h);
    assert_non_null(h);
    rng_seed(&h->rng, seed() + 3);
    h->g = guest(4, HOSTILE_BYTES);
    for (unsigned n = 0; n < 1500000; n++) {
        if (rng_below(&h->rng, 200) == 0) h->running = false;
        while (!h->running) hostile_start(h);
        corrupt(&h->g, &h->rng);
        if (n % 2) hostile_serve(h);
    }
    print_message("%llu chains, %llu broken, %llu empty, %llu not started\n",
                  (unsigned long long)h->taken, (unsigned long long)h->broken,
                  (unsigned long long)h->empty, (unsigned long long)h->refused);
    assert_true(h->taken > 50000 && h->broken > 20000 && h->empty > 10000 && h->refused > 5000);
    memory_destroy(h->g.mem);
    free(h);
}

// ---- registers ---------------------------------------------------------------------------------

typedef struct chip {
    virtio_dev_t d;
    guest_t g;
    unsigned resets, notified[2];
} chip_t;

static void on_notified(void *ctx, unsigned queue)
{
    chip_t *k = ctx;
    k->notified[queue]++;
}

static void on_reset(void *ctx)
{
    chip_t *k = ctx;
    k->resets++;
}

static void chip(chip_t *k)
{
    static const uint8_t mac[6] = {2, 1, 2, 3, 4, 5};
    const virtio_dev_client_t client = {k, on_notified, on_reset};
    memset(k, 0, sizeof *k);
    k->g = guest(8, 16384);
    virtio_dev_init(&k->d, k->g.mem,
                    VIRTIO_F_VERSION_1 | VIRTIO_NET_F_MAC | VIRTIO_RING_F_EVENT_IDX, 256, mac,
                    &client);
}

static uint32_t rd(const chip_t *k, uint8_t space, uint32_t addr)
{
    const nic_access_t a = {.space = space, .be = 0xF, .addr = addr};
    return virtio_dev_read(&k->d, &a);
}

static void wr(chip_t *k, uint8_t space, uint32_t addr, uint32_t v)
{
    const nic_access_t a = {.write = true, .space = space, .be = 0xF, .addr = addr, .wdata = v};
    virtio_dev_write(&k->d, &a);
}

static uint32_t mem(const chip_t *k, uint32_t addr)
{
    return rd(k, NIC_SPACE_MEM, addr);
}

static void set(chip_t *k, uint32_t addr, uint32_t v)
{
    wr(k, NIC_SPACE_MEM, addr, v);
}

static void want_features(chip_t *k, uint64_t f)
{
    set(k, VIRTIO_STATUS, VIRTIO_ACKNOWLEDGE | VIRTIO_DRIVER);
    for (unsigned i = 0; i < 2; i++) {
        set(k, VIRTIO_DRIVER_FEATURE_SELECT, i);
        set(k, VIRTIO_DRIVER_FEATURE, (uint32_t)(f >> 32 * i));
    }
    set(k, VIRTIO_STATUS, VIRTIO_FEATURES_OK);
}

static void a_guest_finds_a_network_device(void **state)
{
    (void)state;
    chip_t k;
    chip(&k);
    assert_int_equal(rd(&k, NIC_SPACE_CFG, 0), 0x10411AF4);
    assert_int_equal(rd(&k, NIC_SPACE_CFG, 8), 0x02000001);
    const uint32_t cap = rd(&k, NIC_SPACE_CFG, 0x34);
    assert_int_equal(rd(&k, NIC_SPACE_CFG, cap),
                     0x00010011); // MSI-X, two entries, the last capability
    assert_int_equal(mem(&k, VIRTIO_NUM_QUEUES), 2);
    assert_int_equal(mem(&k, VIRTIO_NET_MAC_LO), 0x03020102);
    assert_int_equal(mem(&k, VIRTIO_NET_MAC_HI), 0x0504);
    set(&k, VIRTIO_DEVICE_FEATURE_SELECT, 0);
    assert_int_equal(mem(&k, VIRTIO_DEVICE_FEATURE), 1u << 5 | 1u << 29);
    set(&k, VIRTIO_DEVICE_FEATURE_SELECT, 1);
    assert_int_equal(mem(&k, VIRTIO_DEVICE_FEATURE), 1);
    set(&k, VIRTIO_DEVICE_FEATURE_SELECT, 2);
    assert_int_equal(mem(&k, VIRTIO_DEVICE_FEATURE), 0);
    set(&k, VIRTIO_QUEUE_SELECT, 1);
    assert_int_equal(mem(&k, VIRTIO_QUEUE_SIZE), 256);
    set(&k, VIRTIO_QUEUE_SELECT, 2); // there is none
    assert_int_equal(mem(&k, VIRTIO_QUEUE_SIZE), 0);
    memory_destroy(k.g.mem);
}

static void features_must_fit(void **state)
{
    (void)state;
    static const struct {
        uint64_t features;
        bool fit;
    } ROWS[] = {{VIRTIO_F_VERSION_1, true},
                {VIRTIO_F_VERSION_1 | VIRTIO_NET_F_MAC | VIRTIO_RING_F_EVENT_IDX, true},
                {VIRTIO_NET_F_MAC, false},                       // a legacy driver
                {VIRTIO_F_VERSION_1 | UINT64_C(1) << 15, false}, // not offered
                {VIRTIO_F_VERSION_1 | UINT64_C(1) << 63, false}};
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        chip_t k;
        chip(&k);
        want_features(&k, ROWS[i].features);
        assert_int_equal(mem(&k, VIRTIO_STATUS) & VIRTIO_FEATURES_OK ? 1 : 0, ROWS[i].fit);
        set(&k, VIRTIO_DRIVER_FEATURE_SELECT, 0);
        set(&k, VIRTIO_DRIVER_FEATURE, 0xFFFFFFFF); // too late, if they were taken
        assert_int_equal(k.d.features == ROWS[i].features, ROWS[i].fit);
        set(&k, VIRTIO_STATUS, VIRTIO_DRIVER_OK);
        assert_int_equal(mem(&k, VIRTIO_STATUS) & VIRTIO_DRIVER_OK ? 1 : 0, ROWS[i].fit);
        memory_destroy(k.g.mem);
    }
}

static void program(chip_t *k, unsigned queue)
{
    const uint64_t part[] = {k->g.desc, k->g.avail, k->g.used};
    set(k, VIRTIO_QUEUE_SELECT, queue);
    set(k, VIRTIO_QUEUE_SIZE, k->g.size);
    set(k, VIRTIO_QUEUE_VECTOR, queue);
    for (unsigned i = 0; i < 3; i++) {
        set(k, VIRTIO_QUEUE_DESC_LO + 8 * i, (uint32_t)part[i]);
        set(k, VIRTIO_QUEUE_DESC_HI + 8 * i, (uint32_t)(part[i] >> 32));
    }
    set(k, VIRTIO_QUEUE_ENABLE, 1);
}

// Only a running queue runs; one that is not in memory breaks the device, and a reset mends it.
static void queues_are_set_up_and_reset(void **state)
{
    (void)state;
    chip_t k;
    chip(&k);
    program(&k, 0);
    assert_int_equal(mem(&k, VIRTIO_QUEUE_ENABLE), 0); // no features yet
    want_features(&k, VIRTIO_F_VERSION_1);
    program(&k, 0);
    assert_int_equal(mem(&k, VIRTIO_QUEUE_ENABLE), 1);
    assert_false(virtio_dev_runs(&k.d, 0));
    set(&k, VIRTIO_QUEUE_SIZE, 16); // it is enabled: too late
    assert_int_equal(mem(&k, VIRTIO_QUEUE_SIZE), 8);
    set(&k, VIRTIO_STATUS, VIRTIO_DRIVER_OK);
    assert_true(virtio_dev_runs(&k.d, 0));
    assert_false(virtio_dev_runs(&k.d, 1));
    k.g.used = MEMORY_BASE + 16384 - 8;
    program(&k, 1);
    assert_int_equal(mem(&k, VIRTIO_QUEUE_ENABLE), 0);
    assert_int_equal(mem(&k, VIRTIO_STATUS) & VIRTIO_NEEDS_RESET, VIRTIO_NEEDS_RESET);
    assert_false(virtio_dev_runs(&k.d, 0));
    assert_int_equal(k.d.broken, 1);
    set(&k, VIRTIO_STATUS, 0);
    assert_int_equal(k.resets, 1);
    assert_int_equal(mem(&k, VIRTIO_STATUS), 0);
    set(&k, VIRTIO_QUEUE_SELECT, 0);
    assert_int_equal(mem(&k, VIRTIO_QUEUE_ENABLE), 0);
    assert_int_equal(mem(&k, VIRTIO_QUEUE_DESC_LO), 0);
    assert_int_equal(mem(&k, VIRTIO_QUEUE_VECTOR), VIRTIO_NO_VECTOR);
    for (uint32_t bad = 0; bad < 300; bad += 3) { // 0, no power of two, too large
        set(&k, VIRTIO_QUEUE_SIZE, bad * 2 + 3 + (bad > 250) * 512);
        assert_int_equal(mem(&k, VIRTIO_QUEUE_SIZE), 256);
    }
    memory_destroy(k.g.mem);
}

static void messages_are_those_of_the_table(void **state)
{
    (void)state;
    chip_t k;
    uint64_t addr;
    uint32_t data;
    chip(&k);
    want_features(&k, VIRTIO_F_VERSION_1);
    program(&k, 1);
    static const uint32_t ENTRY[] = {0xFEE01000, 0x1, 0x55, 0};
    for (unsigned i = 0; i < 4; i++) wr(&k, NIC_SPACE_MSIX, 16 + 4 * i, ENTRY[i]);
    assert_int_equal(rd(&k, NIC_SPACE_MSIX, 24), 0x55);
    assert_false(virtio_dev_message(&k.d, 1, &addr, &data)); // MSI-X is off
    wr(&k, NIC_SPACE_CFG, 0x40, 0x80000000);
    assert_true(virtio_dev_message(&k.d, 1, &addr, &data));
    assert_true(addr == 0x1FEE01000 && data == 0x55);
    assert_false(virtio_dev_message(&k.d, 0, &addr, &data)); // it has no vector
    wr(&k, NIC_SPACE_MSIX, 16 + 12, 1);
    assert_false(virtio_dev_message(&k.d, 1, &addr, &data)); // masked
    wr(&k, NIC_SPACE_MSIX, 16 + 12, 0);
    wr(&k, NIC_SPACE_CFG, 0x40, 0xC0000000);
    assert_false(virtio_dev_message(&k.d, 1, &addr, &data)); // all are
    set(&k, VIRTIO_NOTIFY, 0);
    set(&k, VIRTIO_NOTIFY + VIRTIO_NOTIFY_STRIDE, 1);
    set(&k, VIRTIO_NOTIFY + 2 * VIRTIO_NOTIFY_STRIDE, 1);
    assert_int_equal(k.notified[0], 1);
    assert_int_equal(k.notified[1], 1);
    memory_destroy(k.g.mem);
}

// Any access of any space, at any offset: nothing but state of the device changes.
static void registers_stand_anything(void **state)
{
    (void)state;
    chip_t k;
    rng_t rng;
    chip(&k);
    rng_seed(&rng, seed() + 4);
    for (unsigned n = 0; n < 300000; n++) {
        const uint32_t near = (uint32_t)rng_below(&rng, 0x220) & ~3u;
        const uint32_t addr = rng_below(&rng, 8) ? near : (uint32_t)rng_next(&rng);
        const uint64_t small = rng_below(&rng, rng_below(&rng, 2) ? 4 : 512);
        const uint32_t v = (uint32_t)(rng_below(&rng, 4) ? small : rng_next(&rng));
        const uint8_t space = (uint8_t)rng_below(&rng, 4);
        if (rng_below(&rng, 3)) wr(&k, space, addr, v);
        else (void)rd(&k, space, addr);
        for (unsigned q = 0; q < 2; q++) assert_true(k.d.queue[q].size <= 256 && k.d.queue[q].size);
    }
    assert_true(k.resets > 10 && k.notified[0] > 10);
    memory_destroy(k.g.mem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_event_is_needed_when_the_index_passes_it),
        cmocka_unit_test(interrupts_follow_used_event),
        cmocka_unit_test(the_guest_is_told_when_to_notify),
        cmocka_unit_test(rings_wrap),
        cmocka_unit_test(chains_are_filled_part_by_part),
        cmocka_unit_test(what_cannot_be_breaks_the_ring),
        cmocka_unit_test(a_hostile_guest_touches_only_its_own),
        cmocka_unit_test(a_guest_finds_a_network_device),
        cmocka_unit_test(features_must_fit),
        cmocka_unit_test(queues_are_set_up_and_reset),
        cmocka_unit_test(messages_are_those_of_the_table),
        cmocka_unit_test(registers_stand_anything),
    };
    return cmocka_run_group_tests_name("virtio_ring", tests, NULL, NULL);
}
