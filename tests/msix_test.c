// SPDX-License-Identifier: Apache-2.0
// MSI-X of the 82576: tables and pending bits of PF and VFs, whose entry a vector is, what holds a message back, and that
// none gets lost that is not given up by the one who owns it.
#include "model/msix.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

enum { FUNCS = 1 + IGB_Vfs, ALL = (1 << FUNCS) - 1, PORT = 5 };

static uint32_t rnd(uint64_t *s, uint32_t n)
{
    *s ^= *s << 13, *s ^= *s >> 7, *s ^= *s << 17;
    return (uint32_t)(*s >> 20) % n;
}

// ---- the module with a host port behind it ------------------------------------------------------

typedef struct world {
    msix_t m;
    msix_in_t in; // levels stay, pulses are of one cycle
    uint64_t now;
    bool port_stopped; // the host takes nothing
    unsigned taken;    // cycles until `done`; 0: no TLP
    unsigned messages; // that have gone out
    unsigned func;     // the last one
    uint64_t addr;
    uint32_t data;
    uint64_t when; // its request became visible
} world_t;

static void cycle(world_t *w)
{
    w->in.done = false;
    if (w->taken && --w->taken == 0) w->in.done = true;
    if (w->m.req_q && !w->taken && !w->in.done && !w->port_stopped) {
        w->taken = PORT;
        w->messages++;
        w->func = msix_func(w->m.entry_q);
        w->addr = w->m.to_q;
        w->data = w->m.value_q;
        w->when = w->now;
    }
    msix_tick(&w->m, &w->in);
    w->now++;
    w->in.valid = w->in.write = false;
    w->in.sent = 0;
    w->in.reset = 0;
}

static void pass(world_t *w, unsigned cycles)
{
    for (unsigned i = 0; i < cycles; i++) cycle(w);
}

static void wr(world_t *w, unsigned func, uint32_t addr, uint32_t v)
{
    w->in.valid = w->in.write = true;
    w->in.func = (uint8_t)func;
    w->in.addr = addr;
    w->in.be = 0xF;
    w->in.wdata = v;
    cycle(w);
}

static uint32_t rd(world_t *w, unsigned func, uint32_t addr)
{
    const uint32_t v = msix_read(&w->m, func, addr);
    w->in.valid = true;
    w->in.func = (uint8_t)func;
    w->in.addr = addr;
    w->in.be = 0xF;
    cycle(w);
    return v;
}

static void send(world_t *w, unsigned vector)
{
    w->in.sent = 1u << vector;
    cycle(w);
}

static unsigned sent(world_t *w) // messages since the last call
{
    pass(w, 40 * (PORT + 2));
    const unsigned n = w->messages;
    w->messages = 0;
    return n;
}

static unsigned entries(unsigned func)
{
    return func ? IGB_MsixVf : IGB_MsixPf;
}

static uint32_t data_of(unsigned func, unsigned k)
{
    return 0x4000 + func * 16 + k;
}

static uint64_t addr_of(unsigned func, unsigned k)
{
    return 0x12345678FEE00000u + func * 0x1000 + k * 0x10;
}

static void entry(world_t *w, unsigned func, unsigned k, uint32_t control)
{
    wr(w, func, 16 * k, (uint32_t)addr_of(func, k));
    wr(w, func, 16 * k + 4, (uint32_t)(addr_of(func, k) >> 32));
    wr(w, func, 16 * k + 8, data_of(func, k));
    wr(w, func, 16 * k + 12, control);
}

// VFs 0 to vfs-1 are there, everything is on and unmasked.
static world_t start(unsigned vfs)
{
    world_t w;
    memset(&w, 0, sizeof w);
    msix_reset(&w.m);
    w.now = 1000;
    w.in.msix_en = w.in.may_request = w.in.there = (uint16_t)((2u << vfs) - 1);
    for (unsigned f = 0; f < FUNCS; f++)
        for (unsigned k = 0; k < entries(f); k++) entry(&w, f, k, 0);
    return w;
}

// The last message is that of this entry.
static void check_last(const world_t *w, unsigned func, unsigned k)
{
    assert_int_equal(w->func, func);
    assert_true(w->addr == addr_of(func, k));
    assert_int_equal(w->data, data_of(func, k));
}

static unsigned first_vector(unsigned vf) // of the specification
{
    return 22 - 3 * vf;
}

// ---- tables -------------------------------------------------------------------------------------

static void tables_at_reset(void **state)
{
    (void)state;
    world_t w;
    memset(&w, 0xA5, sizeof w);
    msix_reset(&w.m);
    for (unsigned f = 0; f < 256; f++)
        for (uint32_t a = 0; a < 0x4000; a += 4) {
            const bool control = a % 16 == 12 && f < FUNCS && a / 16 < entries(f);
            assert_int_equal(msix_read(&w.m, f, a), control);
        }
    assert_int_equal(msix_quiet(&w.m, &(msix_in_t){0}, 9), NIC_NEVER);
    for (unsigned e = 0; e < MSIX_ENTRIES; e++) {
        const unsigned f = msix_func(e);
        if (e < 10) assert_int_equal(f, 0);
        else assert_in_range(e - 9, first_vector(f - 1), first_vector(f - 1) + 2);
    }
}

static void tables_of_all_functions(void **state)
{
    (void)state;
    world_t w = start(8);
    for (unsigned f = 0; f < FUNCS; f++)
        for (unsigned k = 0; k < entries(f); k++) {
            assert_int_equal(rd(&w, f, 16 * k), (uint32_t)addr_of(f, k));
            assert_int_equal(rd(&w, f, 16 * k + 4), addr_of(f, k) >> 32);
            assert_int_equal(rd(&w, f, 16 * k + 8), data_of(f, k));
            assert_int_equal(rd(&w, f, 16 * k + 12), 0);
            assert_int_equal(rd(&w, f, 0x4000 + 16 * k + 8), data_of(f, k)); // 16 KiB
        }
    // what is stored
    for (unsigned f = 0; f < FUNCS; f++) {
        const uint32_t last = 16 * (entries(f) - 1);
        static const uint32_t keep[4] = {0xFFFFFFFC, 0xFFFFFFFF, 0xFFFFFFFF, 1};
        for (unsigned d = 0; d < 4; d++) {
            wr(&w, f, last + 4 * d, 0xFFFFFFFF);
            assert_int_equal(rd(&w, f, last + 4 * d), keep[d]);
            w.in.be = 7; // narrower than 32 bits
            w.in.valid = w.in.write = true;
            w.in.func = (uint8_t)f;
            w.in.addr = last + 4 * d;
            w.in.wdata = 0;
            cycle(&w);
            assert_int_equal(rd(&w, f, last + 4 * d), keep[d]);
            w.in.be = 0xF;
            w.in.valid = false; // no access
            w.in.write = true;
            cycle(&w);
            assert_int_equal(rd(&w, f, last + 4 * d), keep[d]);
            wr(&w, f, last + 4 * d, 0);
            assert_int_equal(rd(&w, f, last + 4 * d), 0);
        }
        // behind the table, and the pending bits
        msix_t before = w.m;
        for (uint32_t a = 16 * entries(f); a < 0x4000; a += a < 0x200 ? 4 : 0x1FC)
            wr(&w, f, a, 0xFFFFFFFF);
        wr(&w, f, MSIX_PBA, 0xFFFFFFFF);
        assert_memory_equal(&before, &w.m, sizeof before);
    }
    wr(&w, FUNCS, 0, 0x1000); // no such function
    wr(&w, 255, 12, 1);
    assert_int_equal(rd(&w, 8, 12), 0);
    assert_int_equal(rd(&w, 0, 12), 0);
}

// ---- whose entry a vector is --------------------------------------------------------------------

static void each_vector_is_its_owners(void **state)
{
    (void)state;
    for (unsigned vfs = 0; vfs <= IGB_Vfs; vfs++) {
        world_t w = start(vfs);
        for (unsigned v = 0; v < IGB_Vectors; v++) {
            send(&w, v);
            unsigned owner = 0, k = v;
            for (unsigned n = 0; n < vfs; n++)
                if (v >= first_vector(n) && v <= first_vector(n) + 2)
                    owner = 1 + n, k = v - first_vector(n);
            if (owner == 0 && v >= 10) { // the PF has no entry for it
                assert_int_equal(w.m.pend_q, 0);
                assert_int_equal(sent(&w), 0);
                continue;
            }
            assert_int_equal(sent(&w), 1);
            check_last(&w, owner, k);
        }
    }
}

static void request_and_done_in_their_cycles(void **state)
{
    (void)state;
    world_t w = start(0);
    const uint64_t c = w.now;
    send(&w, 0);                                       // tick c
    assert_int_equal(msix_read(&w.m, 0, MSIX_PBA), 1); // c+1
    assert_false(w.m.req_q);
    assert_int_equal(msix_quiet(&w.m, &w.in, w.now), w.now);
    cycle(&w);
    assert_true(w.m.req_q); // c+2
    assert_int_equal(msix_quiet(&w.m, &w.in, w.now), NIC_NEVER);
    cycle(&w);
    assert_int_equal(w.when, c + 2);
    for (unsigned i = 1; i < PORT; i++) {
        assert_true(w.m.req_q);
        assert_int_equal(msix_read(&w.m, 0, MSIX_PBA), 1);
        cycle(&w);
    }
    assert_true(w.m.req_q);
    cycle(&w); // done
    assert_false(w.m.req_q);
    assert_int_equal(msix_read(&w.m, 0, MSIX_PBA), 0);
    assert_int_equal(sent(&w), 1);
    // the next request takes the place of the one that is done, in the next cycle
    w.in.sent = 7;
    cycle(&w);
    const uint64_t d = w.now;
    pass(&w, 3 * (PORT + 1) + 3);
    assert_int_equal(w.messages, 3);
    check_last(&w, 0, 2); // the lowest first
    assert_int_equal(w.when, d + 1 + 2 * (PORT + 1));
}

static void order_of_requests(void **state)
{
    (void)state;
    world_t w = start(5); // VF 4 has vectors 10 to 12
    w.port_stopped = true;
    w.in.sent = 0x1FFFFFF;
    cycle(&w);
    pass(&w, 5);
    w.port_stopped = false;
    for (unsigned f = 0, count = 0; count < 25; f = f == 0 ? 5 : f - 1)
        for (unsigned k = 0; k < entries(f); k++, count++) {
            while (w.messages == count) cycle(&w);
            check_last(&w, f, k);
        }
    assert_int_equal(sent(&w), 25);
}

// ---- what holds a message back ------------------------------------------------------------------

// What a VF or the PF sees in its PBA while its vector k waits.
static void held(world_t *w, unsigned func, unsigned k)
{
    assert_int_equal(sent(w), 0);
    assert_int_equal(rd(w, func, MSIX_PBA), 1u << k);
    assert_int_equal(rd(w, func, MSIX_PBA + 4), 0);
    for (unsigned f = 0; f < FUNCS; f++)
        if (f != func) assert_int_equal(rd(w, f, MSIX_PBA), 0);
}

static void held_while_masked(void **state)
{
    (void)state;
    for (unsigned f = 0; f < FUNCS; f++)
        for (unsigned k = 0; k < entries(f); k++)
            for (int how = 0; how < 3; how++) {
                world_t w = start(f ? 8 : 0);
                const uint16_t func = (uint16_t)(1u << f);
                const unsigned v = f ? first_vector(f - 1) + k : k;
                if (how == 0) wr(&w, f, 16 * k + 12, 1);
                if (how == 1) w.in.msix_mask |= func;
                if (how == 2) w.in.may_request &= (uint16_t)~func;
                send(&w, v);
                held(&w, f, k);
                send(&w, v); // one message for both
                held(&w, f, k);
                const uint64_t c = w.now;
                if (how == 0) wr(&w, f, 16 * k + 12, 0);
                if (how == 1) w.in.msix_mask &= (uint16_t)~func;
                if (how == 2) w.in.may_request |= func;
                assert_int_equal(sent(&w), 1);
                check_last(&w, f, k);
                assert_int_equal(w.when, c + 1 + (how == 0)); // a write is seen a cycle later
                assert_int_equal(rd(&w, f, MSIX_PBA), 0);
            }
}

static void a_mask_holds_nobody_else_back(void **state)
{
    (void)state;
    world_t w = start(8);
    wr(&w, 0, 12, 1); // PF vector 0
    w.in.msix_mask = 1 << 3;
    w.in.may_request = ALL & ~(1 << 5);
    wr(&w, 7, 16 * 1 + 12, 1);
    w.in.sent = 0x1FFFFFF;
    cycle(&w);
    assert_int_equal(sent(&w), 25 - 1 - 3 - 3 - 1);
    assert_int_equal(rd(&w, 0, MSIX_PBA), 1);
    assert_int_equal(rd(&w, 3, MSIX_PBA), 7);
    assert_int_equal(rd(&w, 5, MSIX_PBA), 7);
    assert_int_equal(rd(&w, 7, MSIX_PBA), 2);
    // a new address while masked, as Linux moves an interrupt: the message goes there
    wr(&w, 7, 16 + 0, 0xFEE11000);
    wr(&w, 7, 16 + 8, 0x55);
    wr(&w, 7, 16 + 12, 0);
    assert_int_equal(sent(&w), 1);
    assert_int_equal((uint32_t)w.addr, 0xFEE11000);
    assert_int_equal(w.data, 0x55);
}

static void off_clears(void **state)
{
    (void)state;
    for (unsigned f = 0; f < FUNCS; f++) {
        world_t w = start(8);
        const unsigned v = f ? first_vector(f - 1) : 0;
        const uint16_t func = (uint16_t)(1u << f);
        w.in.msix_mask = func;
        send(&w, v);
        held(&w, f, 0);
        w.in.msix_en &= (uint16_t)~func;
        assert_int_equal(msix_quiet(&w.m, &w.in, w.now), w.now);
        cycle(&w);
        assert_int_equal(msix_read(&w.m, f, MSIX_PBA), 0);
        w.in.msix_mask = 0;
        send(&w, v); // nor does it remember what is sent while off
        w.in.msix_en = ALL;
        assert_int_equal(sent(&w), 0);
        send(&w, v);
        assert_int_equal(sent(&w), 1);
        check_last(&w, f, 0);
    }
}

// ---- the request and its end --------------------------------------------------------------------

static void sent_again_in_the_tick_of_done(void **state)
{
    (void)state;
    for (unsigned at = 0; at < PORT + 4; at++) {
        world_t w = start(8);
        send(&w, 4 + 2);
        pass(&w, 1);
        assert_true(w.m.req_q);
        pass(&w, at);
        send(&w, 4 + 2);
        // the TLP goes out in the cycle in which the request is visible; `done` is PORT cycles later
        assert_int_equal(sent(&w), at >= PORT ? 2 : 1);
        assert_int_equal(w.m.pend_q, 0);
    }
}

static void a_request_stands(void **state)
{
    (void)state;
    for (int how = 0; how < 7; how++) {
        world_t w = start(8);
        w.port_stopped = true;
        send(&w, first_vector(2) + 1);
        pass(&w, 3);
        assert_true(w.m.req_q);
        if (how == 0) wr(&w, 3, 16 + 12, 1);
        if (how == 1) w.in.msix_mask = 8;
        if (how == 2) w.in.may_request = 0;
        if (how == 3) wr(&w, 3, 16, 0), wr(&w, 3, 20, 0), wr(&w, 3, 24, 0);
        if (how == 4) w.in.msix_en = 0;
        if (how == 5) w.in.reset = 8;
        if (how == 6) w.in.there = 0;
        pass(&w, 3);
        assert_int_equal(msix_read(&w.m, 3, MSIX_PBA), how < 4 ? 2 : 0);
        w.port_stopped = false;
        assert_int_equal(sent(&w), 1);
        check_last(&w, 3, 1);
        assert_int_equal(w.m.pend_q, 0);
        assert_false(w.m.req_q);
    }
}

// FLR while the request stands, and a message of the function's next life before it is done.
static void done_of_a_former_life(void **state)
{
    (void)state;
    world_t w = start(8);
    w.port_stopped = true;
    send(&w, first_vector(2) + 1);
    pass(&w, 3);
    w.in.reset = 8;
    pass(&w, 3);
    assert_int_equal(msix_read(&w.m, 3, MSIX_PBA), 0);
    wr(&w, 3, 16 + 0, 0xABC0);
    wr(&w, 3, 16 + 4, 0);
    wr(&w, 3, 16 + 8, 0xDEF);
    wr(&w, 3, 16 + 12, 0);
    send(&w, first_vector(2) + 1);
    w.port_stopped = false;
    pass(&w, PORT);
    check_last(&w, 3, 1);
    pass(&w, 2);
    assert_int_equal(msix_read(&w.m, 3, MSIX_PBA), 2);
    assert_int_equal(sent(&w), 2);
    assert_true(w.addr == 0xABC0 && w.data == 0xDEF);
}

// ---- functions come and go ----------------------------------------------------------------------

static void reset_of_a_function(void **state)
{
    (void)state;
    for (unsigned f = 0; f < FUNCS; f++) {
        world_t w = start(8);
        w.in.msix_mask = ALL;
        w.in.sent = 0x1FFFFFF;
        cycle(&w);
        w.in.reset = (uint16_t)(1u << f);
        cycle(&w);
        w.in.msix_mask = 0;
        assert_int_equal(sent(&w), 25 - (f ? 3 : 1));
        for (unsigned g = 0; g < FUNCS; g++)
            for (unsigned k = 0; k < entries(g); k++) {
                assert_int_equal(rd(&w, g, 16 * k + 12), g == f);
                assert_int_equal(rd(&w, g, 16 * k + 8), data_of(g, k)); // stays
            }
        // in the tick of the pulse: neither a request, nor a sending, nor an unmask
        world_t p = start(8);
        const unsigned v = f ? first_vector(f - 1) : 0;
        send(&p, v);
        p.in.reset = (uint16_t)(1u << f);
        p.in.sent = 1u << v;
        wr(&p, f, 12, 0);
        assert_false(p.m.req_q);
        assert_int_equal(p.m.pend_q, 0);
        assert_int_equal(rd(&p, f, 12), 1);
    }
}

static void a_vector_changes_its_owner(void **state)
{
    (void)state;
    world_t w = start(0);
    w.in.msix_en = ALL;
    w.in.may_request = ALL;
    w.in.msix_mask = 1;
    w.in.sent = 0x3FF; // the PF's ten
    cycle(&w);
    assert_int_equal(sent(&w), 0);
    // eight VFs come: nine vectors are theirs now, the PF's messages are still the PF's
    w.in.there = ALL;
    w.in.reset = ALL & ~1;
    cycle(&w);
    for (unsigned f = 1; f < FUNCS; f++)
        for (unsigned k = 0; k < 3; k++) wr(&w, f, 16 * k + 12, 0);
    assert_int_equal(rd(&w, 0, MSIX_PBA), 0x3FF);
    send(&w, 5);
    assert_int_equal(sent(&w), 1);
    check_last(&w, 7, 5 - first_vector(6));
    // they go, with a message held back: it is gone
    w.in.msix_mask |= 1 << 7;
    send(&w, 5);
    assert_int_equal(rd(&w, 7, MSIX_PBA), 1u << (5 - first_vector(6)));
    w.in.there = 1;
    cycle(&w);
    assert_int_equal(msix_read(&w.m, 7, MSIX_PBA), 0);
    assert_int_equal(rd(&w, 0, MSIX_PBA), 0x3FF);
    w.in.msix_mask = 0;
    assert_int_equal(sent(&w), 10);
    check_last(&w, 0, 9);
}

// ---- none is lost -------------------------------------------------------------------------------

// Whatever is masked when: each sending is followed by a request of its entry that was made behind it. Ticks that
// msix_quiet() says are for nothing are left out in a twin.
static void none_is_lost_in_a_storm(void **state)
{
    (void)state;
    uint64_t s = 77;
    world_t w = start(5), lazy = w;
    uint64_t owed[MSIX_ENTRIES] = {0}; // the cycle of the last sending not yet answered
    unsigned count = 0, skipped = 0, sendings = 0, under_way = MSIX_ENTRIES;
    for (int i = 0; i < 200000; i++) {
        const unsigned f = rnd(&s, 6), k = rnd(&s, entries(f));
        bool input = false;
        if (rnd(&s, 6) == 0) {
            w.in.sent = 1u << rnd(&s, IGB_Vectors);
            if (rnd(&s, 50) == 0) w.in.sent |= (uint32_t)s & 0x1FFFFFF;
        }
        if (rnd(&s, 300) == 0) w.port_stopped = !w.port_stopped;
        if (rnd(&s, 100) == 0) w.in.msix_mask = (uint16_t)(rnd(&s, 2) << f), input = true;
        if (rnd(&s, 100) == 0)
            w.in.may_request = (uint16_t)(ALL & ~(rnd(&s, 2) << f)), input = true;
        if (rnd(&s, 10) == 0) {
            w.in.valid = w.in.write = true;
            w.in.func = (uint8_t)f;
            w.in.addr = 16 * k + 12;
            w.in.wdata = rnd(&s, 8) == 0;
        }
        if (i > 190000) { // all comes out
            w.in.sent = 0;
            w.port_stopped = false;
            w.in.msix_mask = 0;
            w.in.may_request = ALL;
            w.in.valid = w.in.write = true;
            w.in.func = (uint8_t)(i % 6);
            w.in.addr = 16 * (i / 6u % entries(i % 6)) + 12;
            w.in.wdata = 0;
            input = true;
        }
        for (unsigned v = 0; v < IGB_Vectors; v++) {
            if (!(w.in.sent >> v & 1)) continue;
            sendings++;
            owed[v >= 10 ? v + 9 : v] = w.now;
        }
        const bool was = w.m.req_q;
        const msix_in_t now = w.in;
        const uint64_t at = w.now;
        cycle(&w);
        const bool done = w.in.done;
        if (w.m.req_q && (!was || done)) { // a new request
            const unsigned e = w.m.entry_q;
            assert_true(owed[e] != 0);
            count++;
        }
        // answered by `done`, unless sent in that very tick
        if (done && under_way < MSIX_ENTRIES && owed[under_way] != at) owed[under_way] = 0;
        under_way = w.m.req_q ? w.m.entry_q : MSIX_ENTRIES;
        for (unsigned e = 0; e < MSIX_ENTRIES; e++)
            assert_int_equal(w.m.pend_q >> e & 1, owed[e] != 0);

        msix_in_t l = now;
        l.done = done;
        if (input || l.sent || l.valid || l.done || i == 0 || msix_quiet(&lazy.m, &l, at) <= at)
            msix_tick(&lazy.m, &l);
        else skipped++;
        assert_memory_equal(&lazy.m, &w.m, sizeof w.m);
    }
    assert_int_equal(w.m.pend_q, 0);
    assert_true(count > 5000 && sendings > count && skipped > 5000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_at_reset),
        cmocka_unit_test(tables_of_all_functions),
        cmocka_unit_test(each_vector_is_its_owners),
        cmocka_unit_test(request_and_done_in_their_cycles),
        cmocka_unit_test(order_of_requests),
        cmocka_unit_test(held_while_masked),
        cmocka_unit_test(a_mask_holds_nobody_else_back),
        cmocka_unit_test(off_clears),
        cmocka_unit_test(sent_again_in_the_tick_of_done),
        cmocka_unit_test(a_request_stands),
        cmocka_unit_test(done_of_a_former_life),
        cmocka_unit_test(reset_of_a_function),
        cmocka_unit_test(a_vector_changes_its_owner),
        cmocka_unit_test(none_is_lost_in_a_storm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
