// SPDX-License-Identifier: Apache-2.0
// The FIFO of a receive queue's frames, as it is written, and against a model of two lists.
#include "hostbridge/ledger.h"
#include "traces/traces.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void take(ledger_t *q, uint32_t fcs, bool looped)
{
    const ledger_frame_t f = {.fcs = fcs, .looped = looped};
    ledger_accept(q, &f);
}

static void frames_come_out_in_the_order_they_went_in(void **state)
{
    (void)state;
    ledger_t q;
    uint64_t first;
    assert_true(ledger_init(&q));
    assert_null(ledger_oldest(&q));
    assert_null(ledger_host(&q, false));
    for (uint32_t i = 0; i < 3; i++) take(&q, 60 + i, false);
    assert_int_equal(ledger_waiting(&q), 3);
    assert_int_equal(ledger_host(&q, false)->fcs, 60);
    assert_int_equal(ledger_host(&q, false)->fcs, 61);
    assert_int_equal(ledger_assert(&q, &first), 2);
    assert_int_equal(first, 0);
    assert_int_equal(ledger_receive(&q)->fcs, 60);
    assert_int_equal(ledger_assert(&q, &first), 2); // nothing new
    assert_int_equal(first, 2);
    assert_int_equal(ledger_host(&q, false)->fcs, 62);
    assert_int_equal(ledger_receive(&q)->fcs, 61);
    assert_int_equal(ledger_receive(&q)->fcs, 62); // by polling
    assert_int_equal(ledger_assert(&q, &first), 3);
    assert_int_equal(first, 3);
    assert_null(ledger_oldest(&q));
    ledger_free(&q);
}

static void kinds_are_served_each_in_its_order(void **state)
{
    (void)state;
    ledger_t q;
    ledger_frame_t f;
    assert_true(ledger_init(&q));
    take(&q, 1, false);
    take(&q, 2, false);
    take(&q, 101, true);
    take(&q, 3, false);
    take(&q, 102, true);
    assert_int_equal(ledger_host(&q, true)->fcs, 101);
    assert_int_equal(ledger_host(&q, false)->fcs, 1);
    assert_true(ledger_drop(&q, true, &f));
    assert_int_equal(f.fcs, 102);
    assert_false(ledger_drop(&q, true, &f));
    assert_null(ledger_host(&q, true));
    assert_int_equal(ledger_host(&q, false)->fcs, 2);
    assert_int_equal(ledger_host(&q, false)->fcs, 3);
    static const uint32_t RING[] = {101, 1, 2, 3};
    for (size_t i = 0; i < 4; i++) assert_int_equal(ledger_receive(&q)->fcs, RING[i]);
    assert_null(ledger_oldest(&q));
    ledger_free(&q);
}

static void what_is_lost_is_the_newest(void **state)
{
    (void)state;
    ledger_t q;
    ledger_frame_t f;
    uint64_t first;
    assert_true(ledger_init(&q));
    for (uint32_t i = 0; i < 4; i++) take(&q, i, false);
    for (uint32_t i = 0; i < 3; i++) ledger_host(&q, false);
    ledger_assert(&q, &first);
    ledger_receive(&q);
    for (uint32_t i = 3; i > 0; i--) {
        assert_true(ledger_lose(&q, &f));
        assert_int_equal(f.fcs, i);
        assert_true(q.asserted <= q.hosted && q.hosted <= q.accepted);
    }
    assert_false(ledger_lose(&q, &f)); // the driver has the rest
    ledger_free(&q);
}

static void a_ring_set_up_anew_loses_what_is_in_memory(void **state)
{
    (void)state;
    ledger_t q;
    ledger_frame_t f;
    uint64_t first;
    assert_true(ledger_init(&q));
    for (uint32_t i = 0; i < 6; i++) take(&q, i, false);
    for (uint32_t i = 0; i < 4; i++) ledger_host(&q, false);
    ledger_assert(&q, &first);
    ledger_receive(&q);
    for (uint32_t i = 3; i > 0; i--) {
        assert_true(ledger_lose_hosted(&q, &f));
        assert_int_equal(f.fcs, i);
        assert_true(q.asserted <= q.hosted);
    }
    assert_false(ledger_lose_hosted(&q, &f));
    assert_int_equal(ledger_waiting(&q), 2);
    assert_int_equal(ledger_host(&q, false)->fcs, 4);
    assert_int_equal(ledger_receive(&q)->fcs, 4);
    assert_int_equal(ledger_host(&q, false)->fcs, 5);
    ledger_free(&q);
}

// ---- against a model ---------------------------------------------------------------------------

enum { MODEL_MAX = 4096 };

typedef struct list {
    uint32_t id[MODEL_MAX];
    unsigned head, tail;
} list_t;

static void list_put(list_t *l, uint32_t id)
{
    l->id[l->tail++ % MODEL_MAX] = id;
}

static uint32_t list_take(list_t *l)
{
    return l->id[l->head++ % MODEL_MAX];
}

static void any_interleaving_equals_two_lists_and_a_ring(void **state)
{
    (void)state;
    static list_t wait[2], ring;
    ledger_t q;
    ledger_frame_t f;
    assert_true(ledger_init(&q));
    rng_t rng;
    rng_seed(&rng, 1);
    uint32_t id = 0;
    for (unsigned n = 0; n < 400000; n++) {
        const uint64_t r = rng_next(&rng);
        const bool looped = (r >> 8 & 3) == 0;
        list_t *w = &wait[looped];
        const bool any = w->head != w->tail;
        switch (r % 8) {
        case 0:
        case 1:
        case 2:
            if (wait[0].tail - wait[0].head + wait[1].tail - wait[1].head + ring.tail - ring.head >=
                1000)
                break;
            list_put(w, ++id);
            take(&q, id, looped);
            break;
        case 3:
            assert_int_equal(ledger_drop(&q, looped, &f), any);
            if (any) assert_int_equal(f.fcs, list_take(w));
            break;
        case 4:
        case 5: {
            const ledger_frame_t *h = ledger_host(&q, looped);
            assert_int_equal(h != NULL, any);
            if (any) list_put(&ring, list_take(w));
            if (any) assert_int_equal(h->fcs, ring.id[(ring.tail - 1) % MODEL_MAX]);
            break;
        }
        default:
            if (ring.head != ring.tail) assert_int_equal(ledger_receive(&q)->fcs, list_take(&ring));
        }
        assert_int_equal(q.hosted - q.received, ring.tail - ring.head);
        assert_int_equal(ledger_waiting(&q),
                         wait[0].tail - wait[0].head + wait[1].tail - wait[1].head);
    }
    assert_true(id > 2 * LEDGER_FRAMES); // the ring went round
    ledger_free(&q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_come_out_in_the_order_they_went_in),
        cmocka_unit_test(kinds_are_served_each_in_its_order),
        cmocka_unit_test(what_is_lost_is_the_newest),
        cmocka_unit_test(a_ring_set_up_anew_loses_what_is_in_memory),
        cmocka_unit_test(any_interleaving_equals_two_lists_and_a_ring),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
