// SPDX-License-Identifier: Apache-2.0
// A hostile VF behind the link: its requests go to what it has mapped, to what it had, to what others
// have, to tables, across the edges of pages, to the ends of the address space and into the interrupt
// range. Whatever is not in its domain stays as it is in every byte, and is not read; every refusal is
// recorded or counted as lost. Others go on with their work, whose every byte arrives.
#include "hostbridge/dma_map.h"
#include "hostbridge/link.h"
#include "tests/iommu_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define BYTES   (UINT64_C(8) << 20)
#define FUNCS   4u // 2 is hostile
#define HOSTILE 2u
#define BUFFERS 24u
#define BATCH   512u
#define WAITING 64u

typedef struct buffer {
    uint64_t hpa, addr;
    uint32_t perm;
    bool mapped;
} buffer_t;

// A read that has not been answered.
typedef struct asked {
    bool refused, hostile;
    uint64_t hpa[2];
    uint32_t len[2];
} asked_t;

typedef struct world {
    sim_t sim;
    memory_t *mem;
    link_t *link;
    const nic_host_t *host;
    dma_unit_t *dma;
    dma_space_t *space[FUNCS];
    buffer_t b[FUNCS][BUFFERS];
    uint64_t past[256]; // addresses that the hostile one had
    uint64_t irq_addr[FUNCS];
    uint64_t wide;   // two pages of function 1
    uint8_t *shadow; // of memory, but for pages of the hostile domain
    uint64_t rng, cyc;
    uint64_t gone_page, gone_cyc; // taken away, and when the wait for it was over
    asked_t asked[WAITING];
    unsigned asked_in, asked_out;
    uint64_t stale; // requests that went through after the mapping had gone
    uint64_t sent, hostile, refused, answered, messages, messages_due, records, seen[IOMMU_REASONS];
} world_t;

static uint64_t below(world_t *w, uint64_t n)
{
    w->rng ^= w->rng << 13;
    w->rng ^= w->rng >> 7;
    w->rng ^= w->rng << 17;
    return w->rng % n;
}

static const uint8_t *real(const world_t *w, uint64_t hpa)
{
    return memory_at(w->mem, hpa, 1);
}

static iommu_t *unit(const world_t *w)
{
    return dma_unit_host(w->dma)->unit;
}

// ---- the host's side ---------------------------------------------------------------------------

static void on_msi(void *ctx, uint64_t now_cyc, uint8_t func, uint64_t addr, uint32_t data)
{
    world_t *w = ctx;
    (void)now_cyc;
    assert_int_equal(data, 0x40 + func); // nobody can have the vector of another
    assert_true(addr == (0xFEE00000 | (uint64_t)func << 12));
    w->messages++;
}

static void on_irq(void *ctx, uint64_t now_cyc, bool level)
{
    (void)ctx, (void)now_cyc, (void)level;
}

static void on_reply(void *ctx, uint64_t now_cyc, uint32_t data)
{
    (void)ctx, (void)now_cyc, (void)data;
}

static void on_completion(void *nic, uint64_t first_cyc, uint8_t tag, const uint8_t *data,
                          uint32_t len)
{
    world_t *w = nic;
    const asked_t *a = &w->asked[w->asked_out++ % WAITING];
    (void)first_cyc, (void)tag;
    w->answered++;
    if (a->refused) {
        for (uint32_t i = 0; i < len; i++) assert_int_equal(data[i], 0xFF);
        return;
    }
    // A read under way when its page was taken away has been carried out before.
    if (a->hpa[0] / 4096 == w->gone_page) assert_true(w->sim.now_cyc <= w->gone_cyc);
    assert_int_equal(len, a->len[0] + a->len[1]);
    assert_memory_equal(data, real(w, a->hpa[0]), a->len[0]);
    if (a->len[1]) assert_memory_equal(data + a->len[0], real(w, a->hpa[1]), a->len[1]);
}

static void map(world_t *w, unsigned func, buffer_t *b)
{
    b->perm = func == HOSTILE ? 1 + (uint32_t)below(w, 3) : 3;
    b->addr = dma_map(w->space[func], b->hpa, 2048, b->perm);
    b->mapped = true;
    assert_true(b->addr != 0);
    if (func == HOSTILE) w->past[below(w, 256)] = b->addr;
}

// Tables may have changed.
static void learn_tables(world_t *w)
{
    const iommu_host_t *h = dma_unit_host(w->dma);
    const uint64_t first = h->pages.end_hpa - (2 << 20);
    memcpy(w->shadow + (first - MEMORY_BASE), real(w, first), 2 << 20);
}

static void world_init(world_t *w, enum link_kind kind, enum dma_mode mode)
{
    iommu_params_t p = iommu_rig_params();
    p.iotlb = (iommu_geometry_t){64, 4, IOMMU_PLRU};
    p.hit_ps = 2000;
    p.walk_ps = 25000;
    p.access_ps = 8000;
    p.inv_ps = 68600;
    p.records = 8;
    const dma_params_t d = {mode, IOMMU_SIZE_4K, 0, 0, 0};
    const link_params_t lp = {kind, 200, 800, 300, 500, 200, 0};
    const link_client_t lc = {.ctx = w, .irq = on_irq, .msi = on_msi, .reply = on_reply};
    memset(w, 0, sizeof *w);
    w->rng = iommu_rig_seed(kind + 16 * mode);
    sim_init(&w->sim);
    w->mem = memory_create(BYTES);
    w->dma = dma_unit_create(w->mem, &p, &d);
    w->link = link_create(&w->sim, w->mem, &lp, &lc);
    w->shadow = malloc(BYTES);
    link_set_iommu(w->link, unit(w));
    w->host = link_host(w->link);
    link_attach(w->link, &(nic_ops_t){.nic = w, .completion = on_completion});
    for (uint64_t i = 0; i < BYTES - (3 << 20); i++) {
        // Tables have been taken already; everything else gets a pattern.
        uint8_t *at = memory_at(w->mem, MEMORY_BASE + (3 << 20) + i, 1);
        *at = (uint8_t)(i * 167 >> 3);
    }
    for (unsigned f = 0; f < FUNCS; f++) {
        w->space[f] = dma_space_create(w->dma, 0, (uint8_t)f);
        w->irq_addr[f] =
            iommu_host_irq(dma_unit_host(w->dma), 0, (uint8_t)f, 0, f, (uint8_t)(0x40 + f));
        for (unsigned i = 0; i < BUFFERS; i++) {
            // A page each, neighbours of other functions.
            w->b[f][i].hpa = MEMORY_BASE + (4 << 20) + (i * FUNCS + f) * 4096 + (i % 2) * 2048;
            map(w, f, &w->b[f][i]);
        }
    }
    w->wide = dma_map(w->space[1], MEMORY_BASE + (6 << 20), 8192, 3);
    w->cyc = 1000;
    memcpy(w->shadow, real(w, MEMORY_BASE), BYTES);
}

static void world_free(world_t *w)
{
    link_destroy(w->link);
    dma_unit_destroy(w->dma);
    memory_destroy(w->mem);
    free(w->shadow);
}

// ---- requests ----------------------------------------------------------------------------------

static uint64_t hostile_addr(world_t *w, uint32_t *len)
{
    const buffer_t *own = &w->b[HOSTILE][below(w, BUFFERS)];
    const buffer_t *other = &w->b[below(w, FUNCS)][below(w, BUFFERS)];
    const iommu_host_t *h = dma_unit_host(w->dma);
    switch (below(w, 13)) {
    case 0: return own->addr + below(w, 2048);
    case 1: return (own->addr | 4095) - below(w, 140);            // over the end of the page
    case 2: return (own->addr & ~UINT64_C(4095)) - below(w, 140); // and the beginning
    case 3: return other->addr + below(w, 4096);                  // numbers of others
    case 4: return other->hpa + below(w, 4096);
    case 5: return h->pages.end_hpa - below(w, 2 << 20); // tables, queue, interrupt entries
    case 6: return w->past[below(w, 256)] + below(w, 2048);
    case 7: return (UINT64_C(1) << (12 + below(w, 52))) - below(w, 140);
    case 8: return UINT64_MAX - below(w, 256);
    case 9: return below(w, UINT64_C(1) << (12 + below(w, 51)));
    case 10:
        if (below(w, 2)) *len = 4;
        return 0xFEE00000 | (below(w, 1 << 20) & ~UINT64_C(3));
    case 11: // the entries of others, and its own
        *len = 4;
        return w->irq_addr[below(w, FUNCS)];
    }
    return MEMORY_BASE + below(w, BYTES);
}

// Sends it, and notes what the reference says must come of it.
static void send(world_t *w, uint8_t func, uint8_t type, uint64_t addr, uint32_t len, uint8_t fill)
{
    uint8_t data[NIC_Mps];
    iommu_ref_t want = {0};
    const bool read = type == NIC_TLP_READ, msi = addr >> 20 == 0xFEE;
    const bool message = msi && !read && len == 4;
    const uint32_t n = len;
    memset(data, fill, sizeof data);
    if (message) memset(data, 0, 4);
    while (sim_step(&w->sim, w->cyc)) {}
    if (!msi)
        iommu_ref_walk(w->mem, iommu_rd(unit(w), IOMMU_RTADDR), func, !read, addr, len, &want);
    else if (!message) want.reason = IOMMU_IR_REQUEST;
    const uint64_t faults = iommu_stats(unit(w))->faults;
    nic_tlp_t t = {
        .type = type, .func = func, .len = n, .addr = addr, .beats = NIC_HdrBeats, .data = data};
    if (!read) t.beats += (n + NIC_BeatBytes - 1) / NIC_BeatBytes;
    if (read) {
        asked_t *a = &w->asked[w->asked_in++ % WAITING];
        *a = (asked_t){.refused = want.reason != 0,
                       .hpa = {want.hpa[0], want.hpa[1]},
                       .len = {want.len[0], want.parts > 1 ? want.len[1] : 0}};
        assert_true(w->asked_in - w->asked_out <= WAITING);
    }
    w->cyc = w->host->tlp(w->host->ctx, w->cyc, &t);
    w->sent++;
    if (message) { // judged when it arrives
        const bool own =
            (addr & ~UINT64_C(8)) == w->irq_addr[func]; // a subhandle of 0 changes nothing
        w->messages_due += own;
        w->refused += !own;
        return;
    }
    if (iommu_stats(unit(w))->faults - faults != (want.reason != 0))
        fail_msg("%llx: reason %x", (unsigned long long)addr, want.reason);
    w->refused += want.reason != 0;
    w->seen[want.reason]++;
    if (read || want.reason || func == HOSTILE) return;
    for (unsigned i = 0; i < want.parts; i++)
        memset(w->shadow + (want.hpa[i] - MEMORY_BASE), fill, want.len[i]);
}

static void hostile(world_t *w)
{
    const bool read = below(w, 2);
    uint32_t len = 1 + (uint32_t)below(w, read ? NIC_Mrrs : NIC_Mps);
    const uint64_t addr = hostile_addr(w, &len);
    uint8_t type = read ? NIC_TLP_READ : NIC_TLP_WRITE;
    if (!read && below(w, 16) == 0) { // a message, wherever it points to
        type = NIC_TLP_MSG;
        len = 4;
    }
    w->hostile++;
    send(w, HOSTILE, type, addr, len, 0xEE);
}

static void honest(world_t *w)
{
    const uint8_t func = (uint8_t)(below(w, 2) ? 1 : 3);
    const buffer_t *b = &w->b[func][below(w, BUFFERS)];
    const uint32_t off = (uint32_t)below(w, 2048 - NIC_Mps);
    if (below(w, 8) == 0) { // over an edge, as a bus might
        send(w, 1, below(w, 2) ? NIC_TLP_READ : NIC_TLP_WRITE, w->wide + 4096 - below(w, NIC_Mps),
             1 + (uint32_t)below(w, NIC_Mps), (uint8_t)below(w, 0xEE));
        return;
    }
    if (below(w, 8) == 0) send(w, func, NIC_TLP_MSG, w->irq_addr[func], 4, 0);
    else
        send(w, func, below(w, 2) ? NIC_TLP_READ : NIC_TLP_WRITE, b->addr + off,
             1 + (uint32_t)below(w, NIC_Mps), (uint8_t)below(w, 0xEE));
}

static void one(world_t *w)
{
    if (below(w, 8)) hostile(w);
    else honest(w);
}

// ---- what must hold ----------------------------------------------------------------------------

static void drain(world_t *w)
{
    while (!link_idle(w->link) && sim_step(&w->sim, SIM_NEVER)) {}
    const uint64_t until = w->cyc + 125 * 1000;
    while (sim_step(&w->sim, until)) {}
    w->cyc = until;
    memory_observe(w->mem, until);
}

static bool in_hostile_domain(const world_t *w, uint64_t page)
{
    for (unsigned i = 0; i < BUFFERS; i++)
        if (w->b[HOSTILE][i].mapped && w->b[HOSTILE][i].hpa / 4096 == page) return true;
    return false;
}

static void compare(world_t *w)
{
    const iommu_host_t *h = dma_unit_host(w->dma);
    drain(w);
    memcpy(w->shadow + (h->status_hpa - MEMORY_BASE), &h->status, 4);
    assert_true(iommu_host_flushed(dma_unit_host(w->dma), w->cyc));
    const uint64_t pages = BYTES / 4096, first = MEMORY_BASE / 4096;
    for (uint64_t at = 0; at < pages;) {
        uint64_t n = 0; // as far as nothing belongs to the hostile one
        while (at + n < pages && n < 512 && !in_hostile_domain(w, first + at + n)) n++;
        if (n && memcmp(w->shadow + at * 4096, real(w, (first + at) * 4096), n * 4096) != 0)
            fail_msg("memory changed in %llu pages from %llu on", (unsigned long long)n,
                     (unsigned long long)at);
        at += n ? n : 1;
    }
}

// Takes the records, as a driver of the unit would.
static void read_records(world_t *w)
{
    iommu_t *u = unit(w);
    for (unsigned i = 0; i < 8; i++) {
        const uint64_t word1 = iommu_rd(u, IOMMU_FRCD + 16 * i + 8);
        if (!(word1 & IOMMU_FRCD_F)) continue;
        assert_int_equal(word1 & 0xFFFF, HOSTILE);
        w->records++;
        iommu_wr(u, 0, IOMMU_FRCD + 16 * i + 8, IOMMU_FRCD_F);
    }
    iommu_wr(u, 0, IOMMU_FSTS, IOMMU_PFO);
}

// What was under way has arrived when the wait for an invalidation is over; from here on the page does not change, whatever
// comes.
static void page_is_at_rest(world_t *w, buffer_t *b)
{
    while (sim_step(&w->sim, w->cyc)) {}
    memory_observe(w->mem, w->gone_cyc);
    const uint64_t page = b->hpa & ~UINT64_C(4095);
    memcpy(w->shadow + (page - MEMORY_BASE), real(w, page), 4096);
    for (unsigned i = 0; i < BATCH / 2; i++) one(w);
    compare(w);
    w->gone_page = 0;
    map(w, HOSTILE, b);
    learn_tables(w);
}

// A buffer goes while its translation is hot and requests are under way.
static void take_away(world_t *w)
{
    buffer_t *b = &w->b[HOSTILE][below(w, BUFFERS)];
    uint64_t done_ps;
    const unsigned reads = (unsigned)below(w, 4);
    for (unsigned i = 0; i < 4; i++)
        send(w, HOSTILE, reads >= i ? NIC_TLP_READ : NIC_TLP_WRITE, b->addr, 64,
             (uint8_t)below(w, 256));
    b->mapped = false;
    assert_int_equal(dma_unmap(w->space[HOSTILE], w->sim.now_cyc * CYC_PS, b->addr, 2048, &done_ps),
                     0);
    learn_tables(w);
    w->gone_page = b->hpa / 4096;
    w->gone_cyc = (done_ps + CYC_PS - 1) / CYC_PS;
    for (unsigned i = 0; i < 4 || w->cyc * CYC_PS <= done_ps; i++) {
        send(w, HOSTILE, i % 2 ? NIC_TLP_READ : NIC_TLP_WRITE, b->addr + 64 * (i % 4), 64, 0xEE);
        w->hostile++;
    }
    page_is_at_rest(w, b);
}

// A request that the tables refuse, and the IOTLB may still have: then it reaches the page as before.
static void send_stale(world_t *w, const buffer_t *b, bool read, uint32_t off)
{
    uint8_t data[64];
    const uint64_t faults = iommu_stats(unit(w))->faults;
    memset(data, 0xDD, sizeof data);
    while (sim_step(&w->sim, w->cyc)) {}
    nic_tlp_t t = {.type = read ? NIC_TLP_READ : NIC_TLP_WRITE,
                   .func = HOSTILE,
                   .len = sizeof data,
                   .addr = b->addr + off,
                   .beats = NIC_HdrBeats + (read ? 0 : sizeof data / NIC_BeatBytes),
                   .data = data};
    asked_t *a = &w->asked[w->asked_in % WAITING];
    w->cyc = w->host->tlp(w->host->ctx, w->cyc, &t);
    w->sent++;
    const bool may = b->perm & (read ? IOMMU_PTE_R : IOMMU_PTE_W);
    const bool refused = iommu_stats(unit(w))->faults != faults;
    if (!may) assert_true(refused);
    w->refused += refused;
    w->stale += !refused;
    if (read) {
        w->asked_in++;
        *a = (asked_t){.refused = refused, .hpa = {b->hpa + off}, .len = {sizeof data}};
    }
}

// Deferred: what is unmapped can be reached while it is on the list; the flush comes with requests behind the link.
static void take_away_later(world_t *w)
{
    buffer_t *b = &w->b[HOSTILE][below(w, BUFFERS)];
    uint64_t done_ps;
    for (unsigned i = 0; i < 4; i++)
        send(w, HOSTILE, i % 2 ? NIC_TLP_READ : NIC_TLP_WRITE, b->addr, 64, (uint8_t)below(w, 256));
    b->mapped = false;
    const uint64_t now_ps = w->sim.now_cyc * CYC_PS;
    assert_int_equal(dma_unmap(w->space[HOSTILE], now_ps, b->addr, 2048, &done_ps), 0);
    assert_true(done_ps == now_ps); // nobody waits
    learn_tables(w);
    const unsigned n = (unsigned)below(w, 12);
    for (unsigned i = 0; i < n; i++) send_stale(w, b, below(w, 2), 64 * (uint32_t)below(w, 30));
    w->gone_page = b->hpa / 4096;
    done_ps = dma_flush(w->dma, w->sim.now_cyc * CYC_PS);
    learn_tables(w);
    w->gone_cyc = (done_ps + CYC_PS - 1) / CYC_PS;
    for (unsigned i = 0; i < 4 || w->cyc * CYC_PS <= done_ps; i++) {
        send(w, HOSTILE, i % 2 ? NIC_TLP_READ : NIC_TLP_WRITE, b->addr + 64 * (i % 4), 64, 0xEE);
        w->hostile++;
    }
    page_is_at_rest(w, b);
}

static void run(enum link_kind kind, uint64_t requests)
{
    world_t *w = malloc(sizeof *w);
    world_init(w, kind, DMA_STRICT);
    learn_tables(w);
    while (w->hostile < requests) {
        for (unsigned i = 0; i < BATCH / 2; i++) one(w);
        compare(w);
        take_away(w);
        read_records(w);
    }
    const iommu_stats_t *s = iommu_stats(unit(w));
    drain(w);
    read_records(w);
    assert_int_equal(w->answered, w->asked_in);
    assert_int_equal(w->messages, w->messages_due);
    assert_int_equal(s->faults, w->refused);
    assert_int_equal(s->faults, s->recorded + s->overflowed);
    assert_int_equal(s->recorded, w->records);
    assert_int_equal(memory_faults(w->mem), 0);
    static const uint8_t must[] = {IOMMU_OK, IOMMU_BEYOND_WIDTH, IOMMU_NO_WRITE, IOMMU_NO_READ,
                                   IOMMU_IR_REQUEST};
    for (unsigned i = 0; i < sizeof must; i++) assert_true(w->seen[must[i]] > requests / 1000);
    assert_true(s->reason[IOMMU_IR_SOURCE] > requests / 1000);
    assert_true(s->hits > requests / 50);
    print_message("%s: %llu hostile of %llu requests, %llu refused, %llu recorded, %llu lost, "
                  "worst wait %llu ns\n",
                  link_kind_name(kind), (unsigned long long)w->hostile, (unsigned long long)w->sent,
                  (unsigned long long)s->faults, (unsigned long long)s->recorded,
                  (unsigned long long)s->overflowed,
                  (unsigned long long)(s->latency_max_ps / 1000));
    world_free(w);
    free(w);
}

static void nothing_outside_its_domain_is_touched(void **state)
{
    (void)state;
    const uint64_t n = iommu_rig_rounds(1000000);
    run(LINK_PCIE1_X4, n * 7 / 10);
    run(LINK_PCIE1_X1, n / 10);
    run(LINK_PCI33, n / 10);
    run(LINK_IDEAL, n / 10);
}

static void a_flush_waits_for_what_is_behind_the_link(void **state)
{
    (void)state;
    static const enum link_kind kinds[] = {LINK_PCIE1_X4, LINK_PCIE1_X1, LINK_PCI33, LINK_IDEAL};
    const uint64_t rounds = iommu_rig_rounds(800);
    for (unsigned k = 0; k < 4; k++) {
        world_t *w = malloc(sizeof *w);
        world_init(w, kinds[k], DMA_DEFERRED);
        learn_tables(w);
        for (uint64_t i = 0; i < rounds; i++) {
            take_away_later(w);
            read_records(w);
        }
        drain(w);
        read_records(w);
        assert_int_equal(w->answered, w->asked_in);
        assert_int_equal(iommu_stats(unit(w))->faults, w->refused);
        assert_int_equal(dma_unit_stats(w->dma)->flushes, rounds);
        assert_true(w->stale > rounds); // there is a window
        print_message("%s: %llu stale requests in %llu windows\n", link_kind_name(kinds[k]),
                      (unsigned long long)w->stale, (unsigned long long)rounds);
        world_free(w);
        free(w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_outside_its_domain_is_touched),
        cmocka_unit_test(a_flush_waits_for_what_is_behind_the_link),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
