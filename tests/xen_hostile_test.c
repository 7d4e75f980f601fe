// SPDX-License-Identifier: Apache-2.0
// Netback and a guest that means harm: it scribbles over rings, grant table, event word and registers, between packets and in the middle of
// them. Nothing may be read or written but pages it has granted, and the pages it has connected.
//
// Every page is filled with a byte of its own, so a frame that comes out says where its bytes are from; pages outside the guest's memory
// lie on both sides of it. What is allowed is worked out here from the table itself: what it grants now, or has granted so
// recently that a use which has begun may not be over.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "hostbridge/xen_grant.h"
#include "hostbridge/xen_net.h"
#include "traces/traces.h"

#include <endian.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    OUTSIDE = 16, // pages on either side
    PAGES = 24,   // of the guest
    ALL = OUTSIDE + PAGES + OUTSIDE,
    TABLE = 0,
    EVENT = 2,
    TX = 3,
    RX = 4,
    DATA = 5,       // pages, as an honest driver would use them
    REFS = 64,      // entries that are used most
    RUN = 8,        // so many equal bytes are no accident
    USE_CYC = 1250, // a use is over after 10 us: a packet takes less than one
    FRAME_BYTE = 0xEE
};

static const uint8_t guest_mac[6] = {0x02, 0, 0, 0, 0, 0x11};

typedef struct hostile {
    rng_t r;
    sim_t sim;
    memory_t *mem;
    core_set_t *set;
    os_host_t *host;
    os_dev_t *uplink;
    bridge_t *bridge;
    vif_t vif;
    core_irq_t arrival;
    unsigned arriving;
    uint64_t base;      // address of the first page of all
    uint8_t *all, *own; // all pages; the guest's
    uint8_t before[ALL * XEN_PAGE];
    // register access from the driver
    uint32_t reg, value;
    uint32_t written[XEN_REG_NOTIFY / 4 + 1];
    // what netback may use
    bool connected;
    uint32_t table, event, ring[2]; // pages of the guest
    struct {
        bool now;           // granted
        uint64_t until_cyc; // or was
    } readable[PAGES], writable[PAGES];
    uint64_t round_cyc; // when it has begun
    // what happened
    uint64_t corruptions, out, errors_out, in, connects, refused_connects;
} hostile_t;

static uint8_t byte_of(unsigned page)
{
    return (uint8_t)(0x80 + page); // 0x80 to 0xB7, of all pages
}

static uint32_t frame_of(const hostile_t *h, unsigned page)
{
    return (uint32_t)((h->base >> XEN_PAGE_SHIFT) + OUTSIDE + page);
}

static uint32_t get32(const uint8_t *p)
{
    uint32_t v;
    memcpy(&v, p, 4);
    return le32toh(v);
}

static void put32(uint8_t *p, uint32_t v)
{
    v = htole32(v);
    memcpy(p, &v, 4);
}

static uint64_t below(hostile_t *h, uint64_t n)
{
    return rng_below(&h->r, n);
}

static uint8_t *page_at(hostile_t *h, unsigned page)
{
    return h->own + page * XEN_PAGE;
}

// ---- what is allowed ---------------------------------------------------------------------------

// The page of the guest that a frame number is; PAGES: none.
static unsigned page_of(const hostile_t *h, uint32_t frame)
{
    const uint32_t first = frame_of(h, 0);
    return frame >= first && frame < first + PAGES ? frame - first : PAGES;
}

static void allow(hostile_t *h)
{
    for (unsigned p = 0; p < PAGES; p++) {
        if (h->readable[p].now) h->readable[p].until_cyc = h->sim.now_cyc;
        if (h->writable[p].now) h->writable[p].until_cyc = h->sim.now_cyc;
        h->readable[p].now = h->writable[p].now = false;
    }
    h->round_cyc = h->sim.now_cyc;
    if (!h->connected) return;
    const uint8_t *table = page_at(h, h->table);
    for (unsigned ref = 0; ref < XEN_GRANTS; ref++, table += XEN_GRANT_BYTES) {
        const uint32_t flags = get32(table);
        const unsigned page = page_of(h, get32(table + 4));
        if ((flags & XEN_TYPE_MASK) != XEN_ACCESS || page == PAGES) continue;
        h->readable[page].now = true;
        if (!(flags & XEN_READONLY)) h->writable[page].now = true;
    }
}

static bool may_read(const hostile_t *h, unsigned page)
{
    return h->readable[page].now || h->sim.now_cyc <= h->readable[page].until_cyc + USE_CYC;
}

// A page that is used as a ring, the event page, the table, or granted for writing may change; the table's flags, and of the event page
// the word, are all that changes there if it is nothing else.
static bool may_change(const hostile_t *h, unsigned page, uint32_t at, uint32_t old, uint32_t now)
{
    if (h->writable[page].now || h->round_cyc <= h->writable[page].until_cyc + USE_CYC) return true;
    if (!h->connected) return false;
    if (page == h->ring[0] || page == h->ring[1]) return true;
    if (page == h->event && at == 0) return true;
    const bool table = page == h->table || page == h->table + 1;
    return table && at % XEN_GRANT_BYTES == 0 && ((old ^ now) & ~(XEN_READING | XEN_WRITING)) == 0;
}

static void check_writes(hostile_t *h)
{
    const uint8_t *old = h->before;
    assert_memory_equal(old, h->all, OUTSIDE * XEN_PAGE);
    assert_memory_equal(old + (OUTSIDE + PAGES) * XEN_PAGE, h->all + (OUTSIDE + PAGES) * XEN_PAGE,
                        OUTSIDE * XEN_PAGE);
    old += OUTSIDE * XEN_PAGE;
    for (unsigned p = 0; p < PAGES; p++, old += XEN_PAGE) {
        const uint8_t *now = page_at(h, p);
        if (memcmp(old, now, XEN_PAGE) == 0) continue;
        for (uint32_t at = 0; at < XEN_PAGE; at += 4) {
            const uint32_t was = get32(old + at), is = get32(now + at);
            if (was != is && !may_change(h, p, at, was, is))
                fail_msg("page %u at %u: %08x has become %08x", p, at, was, is);
        }
    }
}

// Runs of the byte of a page.
static void check_reads(hostile_t *h, const os_pkt_t *p)
{
    unsigned run = 1;
    for (uint32_t i = 1; i < p->len; i++) {
        run = p->data[i] == p->data[i - 1] ? run + 1 : 1;
        if (run < RUN || p->data[i] < byte_of(0) || p->data[i] >= byte_of(ALL)) continue;
        const unsigned page = p->data[i] - byte_of(0);
        if (page < OUTSIDE || page >= OUTSIDE + PAGES || !may_read(h, page - OUTSIDE))
            fail_msg("bytes of page %u have come out", page);
    }
}

static void on_uplink(void *ctx, core_t *c, os_pkt_t *p)
{
    hostile_t *h = ctx;
    (void)c;
    check_reads(h, p);
    h->out++;
    os_pkt_free(h->uplink, p);
}

static bool on_arrival(void *ctx)
{
    hostile_t *h = ctx;
    unsigned n = h->arriving;
    h->arriving = 0; // set again before we are through
    while (n--) {
        os_pkt_t *p = os_pkt_alloc(h->uplink, 4096);
        if (!p) break;
        p->len = 60 + (uint32_t)below(h, 1455);
        memset(p->data, FRAME_BYTE, p->len);
        memcpy(p->data, guest_mac, 6);
        bridge_in(h->bridge, core_current(&h->sim), BRIDGE_UPLINK, p);
    }
    return true;
}

static void on_hosted(void *ctx, uint64_t cyc, uint64_t hpa)
{
    hostile_t *h = ctx;
    (void)cyc, (void)hpa;
    h->in++;
}

// ---- its driver: registers and nothing else ----------------------------------------------------

static hostile_t *probing;

static int probe(os_dev_t *d, void **priv)
{
    (void)d;
    *priv = probing;
    return 0;
}

static int write_register(void *priv, bool on)
{
    hostile_t *h = priv;
    (void)on;
    os_wr32(h->vif.dev, h->reg, h->value);
    return 0;
}

static int read_register(void *priv, os_drv_stats_t *s)
{
    hostile_t *h = priv;
    s->rx_packets = os_rd32(h->vif.dev, h->reg);
    return 0;
}

static enum os_irqreturn isr(void *priv)
{
    hostile_t *h = priv;
    if (h->connected && below(h, 4)) put32(page_at(h, h->event), 0);
    return OS_IRQ_HANDLED;
}

static int do_open(void *priv)
{
    hostile_t *h = priv;
    return os_request_irq(h->vif.dev, 0, isr, h);
}

static void nothing(void *priv)
{
    (void)priv;
}

static const os_driver_t driver = {.abi = OS_ABI,
                                   .name = "hostile",
                                   .probe = probe,
                                   .remove = nothing,
                                   .open = do_open,
                                   .set_watchdog = write_register,
                                   .get_stats = read_register};

static void write_reg(hostile_t *h, uint32_t reg, uint32_t value)
{
    bool on = true;
    h->reg = reg;
    h->value = value;
    if (reg <= XEN_REG_NOTIFY) h->written[reg / 4] = value;
    assert_int_equal(os_dev_op(h->vif.dev, OS_OP_SET_WATCHDOG, &on), 0);
}

static uint32_t read_reg(hostile_t *h, uint32_t reg)
{
    os_drv_stats_t s = {0};
    h->reg = reg;
    assert_int_equal(os_dev_op(h->vif.dev, OS_OP_GET_STATS, &s), 0);
    return (uint32_t)s.rx_packets;
}

// ---- the machine -------------------------------------------------------------------------------

static void fill_pages(hostile_t *h)
{
    for (unsigned p = 0; p < ALL; p++) memset(h->all + p * XEN_PAGE, byte_of(p), XEN_PAGE);
}

static void build(hostile_t *h, uint64_t seed)
{
    static const core_params_t cp = {.slice_ps = 1000000000, .irq_entry_ps = 100000};
    static const os_params_t op = {
        .weight = 64, .netdev_budget = 300, .jiffy_ps = UINT64_C(4000000000), .max_backlog = 1000};
    static const bridge_params_t bp = {0};
    const os_virt_t none = {0};
    memset(h, 0, sizeof *h);
    rng_seed(&h->r, seed);
    sim_init(&h->sim);
    h->mem = memory_create(32u << 20);
    h->set = core_set_create(&h->sim, 2, &cp);
    h->host = os_host_create(h->set, h->mem, &op);
    h->uplink = os_dev_create_virtual(h->host, 1, &none);
    h->bridge = bridge_create(h->uplink, &bp, on_uplink, h);
    h->base = memory_alloc(h->mem, ALL * XEN_PAGE, XEN_PAGE);
    h->all = memory_at(h->mem, h->base, ALL * XEN_PAGE);
    h->own = h->all + OUTSIDE * XEN_PAGE;
    xen_params_t p = {.netback_ps = 300000,
                      .grant_copy_ps = 200000,
                      .byte_ps = 100,
                      .event_ps = 100000,
                      .domain_from = h->base + OUTSIDE * XEN_PAGE,
                      .domain_to = h->base + (OUTSIDE + PAGES) * XEN_PAGE};
    p.vif = (vif_params_t){.sim = &h->sim,
                           .mem = h->mem,
                           .uplink = h->uplink,
                           .bridge = h->bridge,
                           .core = &h->set->core[1],
                           .queue_max = 8,
                           .ctx = h,
                           .hosted = on_hosted};
    memcpy(p.vif.mac, guest_mac, 6);
    assert_true(xen_create(&h->vif, &p));
    core_irq_listen(&h->arrival, &h->set->core[1], on_arrival, h);
    probing = h;
    assert_int_equal(os_dev_probe(h->vif.dev, &driver), 0);
    assert_int_equal(os_dev_op(h->vif.dev, OS_OP_OPEN, NULL), 0);
    fill_pages(h);
}

static void take_down(hostile_t *h)
{
    core_set_destroy(h->set);
    h->vif.destroy(h->vif.ctx);
    bridge_destroy(h->bridge);
    os_host_destroy(h->host);
    memory_destroy(h->mem);
}

// ---- what an honest guest would do, so that there is something to spoil ---------------------------

static void put_grant(hostile_t *h, unsigned ref, unsigned page, uint32_t flags)
{
    uint8_t *entry = page_at(h, TABLE) + ref * XEN_GRANT_BYTES;
    put32(entry, flags);
    put32(entry + 4, frame_of(h, page));
}

static void put_request(hostile_t *h, bool tx, uint32_t index)
{
    const uint32_t ref = XEN_GRANT_FIRST + 2 + (uint32_t)below(h, REFS);
    uint8_t *q = page_at(h, tx ? TX : RX) + xen_slot(index, tx ? XEN_TX_SLOT : XEN_RX_SLOT);
    if (!tx) {
        put32(q, (uint32_t)below(h, XEN_RING));
        put32(q + 4, ref);
        return;
    }
    const uint32_t bytes = 14 + (uint32_t)below(h, 1501);
    put32(q, ref);
    put32(q + 4, (uint32_t)below(h, XEN_PAGE - bytes + 1));
    put32(q + 8, (uint32_t)below(h, XEN_RING) | bytes << 16);
}

static void push(hostile_t *h, bool tx, uint32_t n)
{
    uint8_t *page = page_at(h, tx ? TX : RX);
    uint32_t prod = get32(page + XEN_RSP_PROD);
    for (uint32_t i = 0; i < n; i++) put_request(h, tx, prod++);
    put32(page + XEN_REQ_PROD, prod);
}

static void honest_pages(hostile_t *h)
{
    memset(page_at(h, TABLE), 0, 2 * XEN_PAGE);
    memset(page_at(h, EVENT), 0, XEN_PAGE);
    memset(page_at(h, TX), 0, 2 * XEN_PAGE);
    const uint32_t start = (uint32_t)rng_next(&h->r);
    for (unsigned tx = 0; tx < 2; tx++) {
        uint8_t *page = page_at(h, tx ? TX : RX);
        put32(page + XEN_REQ_PROD, start);
        put32(page + XEN_RSP_PROD, start);
    }
    put_grant(h, XEN_GRANT_FIRST, TX, XEN_ACCESS);
    put_grant(h, XEN_GRANT_FIRST + 1, RX, XEN_ACCESS);
    for (unsigned i = 0; i < REFS; i++) {
        const unsigned page = DATA + (unsigned)below(h, PAGES - DATA - 4); // some are never granted
        put_grant(h, XEN_GRANT_FIRST + 2 + i, page,
                  below(h, 3) ? XEN_ACCESS : XEN_ACCESS | XEN_READONLY);
    }
    write_reg(h, XEN_REG_GRANT_FRAME, frame_of(h, TABLE));
    write_reg(h, XEN_REG_EVENT_FRAME, frame_of(h, EVENT));
    write_reg(h, XEN_REG_TX_REF, XEN_GRANT_FIRST);
    write_reg(h, XEN_REG_RX_REF, XEN_GRANT_FIRST + 1);
}

// What is connected must be the guest's own and granted for writing; where netback's state says it is.
static void learn_connection(hostile_t *h)
{
    const unsigned table = page_of(h, h->written[XEN_REG_GRANT_FRAME / 4]),
                   event = page_of(h, h->written[XEN_REG_EVENT_FRAME / 4]);
    assert_true(table < PAGES - 1 && event < PAGES);
    h->table = table;
    h->event = event;
    for (unsigned i = 0; i < 2; i++) {
        const uint32_t ref = h->written[(i ? XEN_REG_RX_REF : XEN_REG_TX_REF) / 4];
        assert_true(ref < XEN_GRANTS);
        const uint8_t *entry = page_at(h, table) + ref * XEN_GRANT_BYTES;
        assert_int_equal(get32(entry) & (XEN_TYPE_MASK | XEN_READONLY), XEN_ACCESS);
        h->ring[i] = page_of(h, get32(entry + 4));
        assert_true(h->ring[i] < PAGES);
    }
    h->connected = true;
    h->connects++;
}

static uint32_t odd_value(hostile_t *h);

// With one of the four registers wrong, at times.
static void connect_again(hostile_t *h)
{
    honest_pages(h);
    if (below(h, 4) == 0)
        write_reg(h, XEN_REG_GRANT_FRAME + 4 * (uint32_t)below(h, 4), odd_value(h));
    if (below(h, 8) == 0) put32(page_at(h, TX) + XEN_REQ_PROD, (uint32_t)rng_next(&h->r));
    memcpy(h->before, h->all, sizeof h->before);
    h->connected = false;
    write_reg(h, XEN_REG_STATE, XEN_CONNECTED);
    if (read_reg(h, XEN_REG_STATE) != XEN_CONNECTED) {
        h->refused_connects++;
        h->connected = true; // rings may have been used for a moment: their flags
        h->table = page_of(h, h->written[XEN_REG_GRANT_FRAME / 4]);
        h->event = h->ring[0] = h->ring[1] = PAGES;
        check_writes(h);
        h->connected = false;
        return;
    }
    learn_connection(h);
}

// ---- harm --------------------------------------------------------------------------------------

// Something that could be a frame number, an index, a length.
static uint32_t odd_value(hostile_t *h)
{
    static const uint32_t ODD[] = {
        0,    1,    13,     14,      255,   256,    257,    1023,       1024,       4095,
        4096, 4097, 0xFFFF, 0x10000, 8 + 1, 0xFFFE, 0x1000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF};
    switch (below(h, 4)) {
    case 0: return ODD[below(h, sizeof ODD / sizeof ODD[0])];
    case 1: return (uint32_t)((h->base >> XEN_PAGE_SHIFT) + below(h, ALL + 8)) - 4;
    case 2: return (uint32_t)rng_next(&h->r);
    default: return (uint32_t)below(h, 2000);
    }
}

static void harm_ring(hostile_t *h)
{
    const bool tx = below(h, 2);
    uint8_t *page = page_at(h, tx ? TX : RX);
    const uint32_t prod = get32(page + XEN_RSP_PROD);
    const uint32_t bytes = tx ? XEN_TX_SLOT : XEN_RX_SLOT;
    switch (below(h, 16)) {
    case 0: put32(page + XEN_RSP_EVENT, prod + (uint32_t)below(h, 4)); break;
    case 1: put32(page + 4 * below(h, 16), odd_value(h)); break;
    case 2: put32(page + XEN_REQ_PROD, prod + (uint32_t)below(h, 258)); break;
    case 3: put32(page + below(h, XEN_PAGE / 4) * 4, odd_value(h)); break;
    case 4: // length or offset of a request that will be taken
        put32(page + xen_slot(prod + (uint32_t)below(h, 8), bytes) + 4 * below(h, bytes / 4),
              odd_value(h) << (below(h, 2) ? 16 : 0));
        break;
    default: push(h, tx, 1 + (uint32_t)below(h, 6)); break;
    }
}

static void harm_table(hostile_t *h)
{
    const unsigned ref = XEN_GRANT_FIRST + (unsigned)below(h, REFS + 2);
    uint8_t *entry = page_at(h, TABLE) + ref * XEN_GRANT_BYTES;
    switch (below(h, 6)) {
    case 0: put32(entry + 4, odd_value(h)); break;
    case 1: put32(entry, (uint32_t)below(h, 64)); break;
    case 2: put32(page_at(h, TABLE) + below(h, XEN_TABLE_BYTES / 4) * 4, odd_value(h)); break;
    case 3: put32(entry, 0); break;
    default:
        if (ref >= XEN_GRANT_FIRST + 2)
            put_grant(h, ref, DATA + (unsigned)below(h, PAGES - DATA - 4), XEN_ACCESS);
        break;
    }
}

static void harm(hostile_t *h)
{
    h->corruptions++;
    switch (below(h, 40)) {
    case 0: put32(page_at(h, EVENT), below(h, 2) ? 0 : odd_value(h)); break;
    case 1:
        put32(page_at(h, DATA + (unsigned)below(h, PAGES - DATA)) + 4 * below(h, 1024), 0x11223344);
        break;
    case 2:
    case 3:
    case 4:
    case 5:
    case 6:
    case 7:
    case 8:
    case 9: harm_table(h); break;
    default: harm_ring(h); break;
    }
}

// Any register but the one that connects: what is connected then has to be known here.
static void harm_registers(hostile_t *h)
{
    const uint32_t reg = 4 * (uint32_t)below(h, 10), value = odd_value(h);
    write_reg(h, reg, reg == XEN_REG_STATE && value == XEN_CONNECTED ? XEN_CLOSED : value);
}

// A few corruptions, frames from outside, a notification or a register, and some time: enough for all of it, or not.
static void round_of_harm(hostile_t *h)
{
    for (uint64_t n = 1 + below(h, 24); n; n--) harm(h);
    allow(h);
    memcpy(h->before, h->all, sizeof h->before);
    h->arriving = (unsigned)below(h, 4);
    if (h->arriving) core_irq_edge(&h->arrival, h->sim.now_cyc);
    if (below(h, 500) == 0) write_reg(h, XEN_REG_STATE, XEN_CLOSED);
    else if (below(h, 8) == 0) harm_registers(h);
    else write_reg(h, XEN_REG_NOTIFY, 1);
    core_set_run(h->set, h->sim.now_cyc + 1 + below(h, below(h, 4) ? 2000 : 60));
    check_writes(h);
    if (h->connected && read_reg(h, XEN_REG_STATE) == XEN_CONNECTED) return;
    // The interface ends with what is in hand.
    while (read_reg(h, XEN_REG_STATE) == XEN_CLOSING) core_set_run(h->set, h->sim.now_cyc + 100);
    check_writes(h);
    connect_again(h);
}

static void a_hostile_guest_harms_nobody_but_itself(void **state)
{
    (void)state;
    static hostile_t h;
    const uint64_t seed = getenv("SEED") ? strtoull(getenv("SEED"), NULL, 10) : 1;
    build(&h, seed);
    connect_again(&h);
    while (h.corruptions < 1100000) {
        round_of_harm(&h);
        if (below(&h, 64) == 0) { // pages that the guest itself has spoiled
            for (unsigned p = DATA; p < PAGES; p++)
                memset(page_at(&h, p), byte_of(OUTSIDE + p), XEN_PAGE);
        }
    }
    const xen_stats_t s = xen_stats(&h.vif);
    print_message("%" PRIu64 " corruptions: %" PRIu64 " frames out, %" PRIu64 " in, %" PRIu64
                  " + %" PRIu64 " errors, %" PRIu64 " grants refused, "
                  "%" PRIu64 " connections ended, %" PRIu64 " of %" PRIu64 " refused\n",
                  h.corruptions, h.out, h.in, s.tx_errors, s.rx_errors, s.refused_grants, s.fatal,
                  h.refused_connects, h.connects + h.refused_connects);
    assert_true(h.out > 100000 && h.in > 10000 && s.tx_errors > 10000 && s.rx_errors > 1000);
    assert_true(s.refused_grants > 10000 && s.fatal > 1000 && h.refused_connects > 100);
    take_down(&h);
}

// ---- bounds ------------------------------------------------------------------------------------

// A frame has a header at least and lies in its page.
static void a_frame_lies_in_its_page(void **state)
{
    (void)state;
    static const struct {
        uint32_t offset, bytes;
        bool good;
    } ROWS[] = {{0, 14, true},      {0, 13, false},       {0, 0, false},       {4082, 14, true},
                {4083, 14, false},  {0, 4096, true},      {1, 4096, false},    {4095, 1, false},
                {4096, 14, false},  {2048, 2048, true},   {2049, 2048, false}, {65535, 14, false},
                {65522, 14, false}, {65535, 65535, false}};
    static hostile_t h;
    build(&h, 1);
    honest_pages(&h);
    put_grant(&h, 20, DATA, XEN_ACCESS | XEN_READONLY);
    h.readable[DATA].now = true;
    write_reg(&h, XEN_REG_STATE, XEN_CONNECTED);
    uint8_t *page = page_at(&h, TX);
    for (unsigned i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        const uint32_t index = get32(page + XEN_RSP_PROD);
        const uint64_t out = h.out;
        uint8_t *q = page + xen_slot(index, XEN_TX_SLOT);
        put32(q, 20);
        put32(q + 4, ROWS[i].offset);
        put32(q + 8, (100 + i) | ROWS[i].bytes << 16);
        put32(page + XEN_REQ_PROD, index + 1);
        write_reg(&h, XEN_REG_NOTIFY, 1);
        core_set_run(h.set, h.sim.now_cyc + 10000);
        assert_int_equal(get32(page + XEN_RSP_PROD), index + 1);
        assert_int_equal(get32(q) & 0xFFFF, 100 + i);
        assert_int_equal((int16_t)(get32(q) >> 16), ROWS[i].good ? XEN_TX_OKAY : XEN_ERROR);
        assert_int_equal(h.out - out, ROWS[i].good);
    }
    take_down(&h);
}

// As many requests as there are slots; one more, or one less than none, and the connection ends, or does not begin.
static void a_ring_has_as_many_requests_as_slots(void **state)
{
    (void)state;
    static const struct {
        uint32_t requests;
        bool good;
    } ROWS[] = {{0, true},           {1, true},          {XEN_RING, true}, {XEN_RING + 1, false},
                {0x80000000, false}, {0xFFFFFFFF, false}};
    for (unsigned i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++)
        for (unsigned tx = 0; tx < 2; tx++)
            for (unsigned before = 0; before < 2; before++) { // before connecting
                static hostile_t h;
                build(&h, i);
                honest_pages(&h);
                uint8_t *page = page_at(&h, tx ? TX : RX);
                const uint32_t start = get32(page + XEN_RSP_PROD);
                if (before) put32(page + XEN_REQ_PROD, start + ROWS[i].requests);
                write_reg(&h, XEN_REG_STATE, XEN_CONNECTED);
                memset(h.readable, 1, sizeof h.readable);
                put32(page + XEN_REQ_PROD, start + ROWS[i].requests);
                h.arriving = !tx; // or nobody looks at the receive ring
                if (h.arriving) core_irq_edge(&h.arrival, h.sim.now_cyc);
                write_reg(&h, XEN_REG_NOTIFY, 1);
                core_set_run(h.set, h.sim.now_cyc + 200000);
                assert_int_equal(read_reg(&h, XEN_REG_STATE),
                                 ROWS[i].good ? XEN_CONNECTED : XEN_CLOSED);
                assert_int_equal(xen_stats(&h.vif).fatal, !ROWS[i].good && !before);
                const uint32_t answered = get32(page + XEN_RSP_PROD) - start;
                const uint32_t want = tx ? ROWS[i].requests : ROWS[i].requests > 0;
                assert_int_equal(answered, ROWS[i].good ? want : 0);
                take_down(&h);
            }
}

// A connection that ends by a bad transmit ring does not keep what waits for a page of the receive ring.
static void a_connection_that_ends_keeps_no_frames(void **state)
{
    (void)state;
    for (unsigned looks = 0; looks < 4; looks++) { // the thread looks at its ends in turn
        static hostile_t h;
        build(&h, 1);
        honest_pages(&h);
        write_reg(&h, XEN_REG_STATE, XEN_CONNECTED);
        memset(h.readable, 1, sizeof h.readable);
        uint8_t *rx = page_at(&h, RX), *tx = page_at(&h, TX);
        put32(rx + XEN_REQ_PROD, get32(rx + XEN_RSP_PROD)); // not a page
        h.arriving = 3;
        core_irq_edge(&h.arrival, h.sim.now_cyc);
        core_set_run(h.set, h.sim.now_cyc + 20000);
        for (unsigned i = 0; i < looks; i++) {
            write_reg(&h, XEN_REG_NOTIFY, 1);
            core_set_run(h.set, h.sim.now_cyc + 20000);
        }
        assert_int_equal(backend_waiting(h.vif.backend), 3);
        put32(tx + XEN_REQ_PROD, get32(tx + XEN_RSP_PROD) + XEN_RING + 1);
        write_reg(&h, XEN_REG_NOTIFY, 1);
        core_set_run(h.set, h.sim.now_cyc + 200000);
        assert_int_equal(xen_stats(&h.vif).fatal, 1);
        assert_int_equal(backend_waiting(h.vif.backend), 0);
        assert_true(h.vif.idle(h.vif.ctx, h.sim.now_cyc));
        take_down(&h);
    }
}

// ---- grants one by one -------------------------------------------------------------------------

static void a_grant_is_what_the_table_says(void **state)
{
    (void)state;
    memory_t *m = memory_create(1 << 20);
    const uint64_t base = memory_alloc(m, 8 * XEN_PAGE, XEN_PAGE);
    uint8_t *bytes = memory_at(m, base, 8 * XEN_PAGE);
    static xen_grants_t g;
    g = (xen_grants_t){.mem = m, .from = base, .to = base + 6 * XEN_PAGE};
    const uint32_t first = (uint32_t)(base >> XEN_PAGE_SHIFT);
    static const struct {
        uint32_t flags, page;
        bool read, write;
    } ROWS[] = {
        {XEN_ACCESS, 3, true, true},
        {XEN_ACCESS | XEN_READONLY, 3, true, false},
        {0, 3, false, false}, // revoked
        {2, 3, false, false}, // of another type
        {3, 3, false, false},
        {XEN_ACCESS, 5, true, true},
        {XEN_ACCESS, 6, false, false},            // another's
        {XEN_ACCESS, 0xFFFFF, false, false},      // nobody's
        {XEN_ACCESS, 0xFFFFFFFF, false, false},   // ... the one before, counted from ours
        {XEN_ACCESS | 0xABCD0000, 4, true, true}, // a domain
    };
    assert_false(xen_grants_begin(&g, first + 5)); // its second page is another's
    assert_true(xen_grants_begin(&g, first));
    uint64_t refused = 0;
    for (unsigned i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++)
        for (unsigned write = 0; write < 2; write++) {
            const bool good = write ? ROWS[i].write : ROWS[i].read;
            uint8_t *entry = bytes + 100 * XEN_GRANT_BYTES;
            xen_page_t page;
            put32(entry, ROWS[i].flags);
            put32(entry + 4, first + ROWS[i].page);
            assert_int_equal(xen_grant_use(&g, 100, write, &page), good);
            assert_ptr_equal(page.bytes, good ? bytes + ROWS[i].page * XEN_PAGE : NULL);
            assert_int_equal(get32(entry), ROWS[i].flags | (!good   ? 0
                                                            : write ? XEN_WRITING
                                                                    : XEN_READING));
            xen_grant_done(&g, &page);
            assert_int_equal(get32(entry), ROWS[i].flags);
            refused += !good;
        }
    static const uint32_t WRONG[] = {XEN_GRANTS, XEN_GRANTS + 1, 0x7FFFFFFF, 0xFFFFFFFF};
    put32(bytes + XEN_TABLE_BYTES, XEN_ACCESS); // what lies behind the table could be an entry
    put32(bytes + XEN_TABLE_BYTES + 4, first + 3);
    for (unsigned i = 0; i < 4; i++) {
        xen_page_t page;
        assert_false(xen_grant_use(&g, WRONG[i], false, &page));
        refused++;
    }
    assert_int_equal(g.refused, refused);
    memory_destroy(m);
}

// Whoever uses it first: it is in use until the last has done, and another page does not come in by the same entry.
static void a_grant_in_use_stays_what_it_was(void **state)
{
    (void)state;
    memory_t *m = memory_create(1 << 20);
    const uint64_t base = memory_alloc(m, 8 * XEN_PAGE, XEN_PAGE);
    uint8_t *bytes = memory_at(m, base, 8 * XEN_PAGE), *entry = bytes + 9 * XEN_GRANT_BYTES;
    static xen_grants_t g;
    g = (xen_grants_t){.mem = m};
    const uint32_t first = (uint32_t)(base >> XEN_PAGE_SHIFT);
    xen_page_t a, b, c;
    assert_true(xen_grants_begin(&g, first));
    put32(entry, XEN_ACCESS);
    put32(entry + 4, first + 3);
    assert_true(xen_grant_use(&g, 9, false, &a));
    assert_true(xen_grant_use(&g, 9, true, &b));
    assert_int_equal(get32(entry), XEN_ACCESS | XEN_READING | XEN_WRITING);
    put32(entry + 4, first + 4);
    assert_false(xen_grant_use(&g, 9, false, &c));
    assert_ptr_equal(a.bytes, bytes + 3 * XEN_PAGE);
    xen_grant_done(&g, &a);
    assert_int_equal(get32(entry), XEN_ACCESS | XEN_WRITING);
    xen_grant_done(&g, &a); // none any more
    xen_grant_done(&g, &b);
    assert_int_equal(get32(entry), XEN_ACCESS);
    assert_true(xen_grant_use(&g, 9, false, &c));
    assert_ptr_equal(c.bytes, bytes + 4 * XEN_PAGE);
    xen_grant_done(&g, &c);
    memory_destroy(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_grant_is_what_the_table_says),
        cmocka_unit_test(a_grant_in_use_stays_what_it_was),
        cmocka_unit_test(a_frame_lies_in_its_page),
        cmocka_unit_test(a_ring_has_as_many_requests_as_slots),
        cmocka_unit_test(a_connection_that_ends_keeps_no_frames),
        cmocka_unit_test(a_hostile_guest_harms_nobody_but_itself),
    };
    return cmocka_run_group_tests_name("xen hostile", tests, NULL, NULL);
}
