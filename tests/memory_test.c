// SPDX-License-Identifier: Apache-2.0
#include "hostbridge/memory.h"

#include "traces/traces.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define SIZE (1u << 20)

static uint8_t byte_at(memory_t *m, uint64_t hpa)
{
    const uint8_t *p = memory_at(m, hpa, 1);
    assert_non_null(p);
    return *p;
}

static void memory_is_zero_and_addresses_invert(void **state)
{
    (void)state;
    memory_t *m = memory_create(SIZE);
    for (uint64_t a = 0; a < SIZE; a += 4096) assert_int_equal(byte_at(m, MEMORY_BASE + a), 0);
    uint8_t *p = memory_at(m, MEMORY_BASE + 1234, 4);
    assert_int_equal(memory_hpa(m, p), MEMORY_BASE + 1234);
    memory_destroy(m);
    memory_destroy(NULL);
    assert_null(memory_create(0));
}

static void no_address_outside_is_reachable(void **state)
{
    (void)state;
    memory_t *m = memory_create(SIZE);
    uint64_t end = MEMORY_BASE + SIZE;
    assert_non_null(memory_at(m, MEMORY_BASE, SIZE));
    assert_non_null(memory_at(m, end - 1, 1));
    assert_null(memory_at(m, 0, 1));
    assert_null(memory_at(m, MEMORY_BASE - 1, 1));
    assert_null(memory_at(m, MEMORY_BASE - 1, 2));
    assert_null(memory_at(m, end - 1, 2));
    assert_null(memory_at(m, end, 1));
    assert_null(memory_at(m, UINT64_MAX, 1));
    assert_null(memory_at(m, UINT64_MAX, 2));
    assert_null(memory_at(m, MEMORY_BASE, SIZE + 1));
    assert_null(memory_at(m, MEMORY_BASE + 1, SIZE_MAX));
    memory_destroy(m);
}

static void posted_write_is_visible_at_its_cycle_and_not_before(void **state)
{
    (void)state;
    memory_t *m = memory_create(SIZE);
    uint8_t data[4] = {1, 2, 3, 4};
    assert_int_equal(memory_last_visible(m), 0);
    assert_true(memory_post(m, 100, MEMORY_BASE + 8, data, 4));
    data[0] = 9; // the bytes were copied
    assert_int_equal(memory_last_visible(m), 100);
    memory_observe(m, 99);
    assert_int_equal(byte_at(m, MEMORY_BASE + 8), 0);
    memory_observe(m, 100);
    assert_int_equal(byte_at(m, MEMORY_BASE + 8), 1);
    assert_int_equal(byte_at(m, MEMORY_BASE + 11), 4);
    assert_int_equal(memory_last_visible(m), 0);
    memory_destroy(m);
}

static void writes_become_visible_in_order_of_posting(void **state)
{
    (void)state;
    memory_t *m = memory_create(SIZE);
    uint8_t one = 1, two = 2;
    memory_post(m, 100, MEMORY_BASE, &one, 1);
    memory_post(m, 50, MEMORY_BASE, &two, 1); // earlier, but behind: raised to 100
    assert_int_equal(memory_last_visible(m), 100);
    memory_observe(m, 60);
    assert_int_equal(byte_at(m, MEMORY_BASE), 0);
    memory_observe(m, 100);
    assert_int_equal(byte_at(m, MEMORY_BASE), 2);
    // The queue is empty: nothing to stay behind of.
    memory_post(m, 101, MEMORY_BASE, &one, 1);
    assert_int_equal(memory_last_visible(m), 101);
    memory_destroy(m);
}

static void writes_outside_are_dropped_and_counted(void **state)
{
    (void)state;
    memory_t *m = memory_create(SIZE);
    uint8_t data[64];
    memset(data, 7, sizeof data);
    assert_false(memory_post(m, 1, 0, data, 64));
    assert_false(memory_post(m, 1, MEMORY_BASE + SIZE - 63, data, 64));
    assert_false(memory_post(m, 1, UINT64_MAX - 3, data, 64));
    assert_int_equal(memory_faults(m), 3);
    memory_observe(m, 2);
    assert_int_equal(byte_at(m, MEMORY_BASE + SIZE - 1), 0);
    assert_null(memory_read(m, 2, MEMORY_BASE + SIZE - 1, 2));
    assert_int_equal(memory_faults(m), 4);
    memory_destroy(m);
}

static void device_read_sees_the_writes_visible_by_then(void **state)
{
    (void)state;
    memory_t *m = memory_create(SIZE);
    uint8_t one = 1, two = 2;
    memory_post(m, 10, MEMORY_BASE, &one, 1);
    memory_post(m, 20, MEMORY_BASE, &two, 1);
    assert_int_equal(*(const uint8_t *)memory_read(m, 9, MEMORY_BASE, 1), 0);
    assert_int_equal(*(const uint8_t *)memory_read(m, 19, MEMORY_BASE, 1), 1);
    assert_int_equal(*(const uint8_t *)memory_read(m, 20, MEMORY_BASE, 1), 2);
    memory_destroy(m);
}

// Against a plain array to which every write is applied at its cycle.
static void random_writes_equal_a_plain_model(void **state)
{
    (void)state;
    enum { N = 3000, SPAN = 4096 };
    static uint8_t model[SPAN], data[N][300];
    static uint32_t at[N], len[N];
    static uint64_t visible[N];
    memset(model, 0, sizeof model);
    memory_t *m = memory_create(SIZE);
    rng_t r;
    rng_seed(&r, 5);
    unsigned posted = 0, applied = 0;
    uint64_t last = 0;
    for (uint64_t now = 0; posted < N || applied < N; now++) {
        // Bursts without an observation make the queue grow several times, at any ring position.
        while (posted < N && rng_below(&r, 4)) {
            len[posted] = (uint32_t)rng_below(&r, 10) ? (rng_below(&r, 2) ? 64 : 16)
                                                      : (uint32_t)rng_below(&r, 300);
            at[posted] = (uint32_t)rng_below(&r, SPAN - 300);
            for (unsigned i = 0; i < len[posted]; i++) data[posted][i] = (uint8_t)rng_next(&r);
            uint64_t v = now + rng_below(&r, 200);
            assert_true(memory_post(m, v, MEMORY_BASE + at[posted], data[posted], len[posted]));
            last = visible[posted] = v > last ? v : last;
            posted++;
        }
        if (rng_below(&r, 8)) continue;
        memory_observe(m, now);
        for (; applied < posted && visible[applied] <= now; applied++) {
            memcpy(model + at[applied], data[applied], len[applied]);
        }
        assert_memory_equal(model, memory_at(m, MEMORY_BASE, SPAN), SPAN);
        assert_int_equal(memory_last_visible(m), applied < posted ? last : 0);
    }
    memory_destroy(m);
}

static void allocations_are_aligned_disjoint_and_inside(void **state)
{
    (void)state;
    enum { N = 400 };
    static struct {
        uint64_t hpa;
        size_t bytes, align;
    } a[N];
    static uint8_t owner[SIZE];
    memory_t *m = memory_create(SIZE);
    rng_t r;
    rng_seed(&r, 6);
    for (unsigned turn = 0; turn < 20000; turn++) {
        unsigned i = (unsigned)rng_below(&r, N);
        if (a[i].hpa) {
            memset(owner + (a[i].hpa - MEMORY_BASE), 0, a[i].bytes);
            memory_free(m, a[i].hpa, a[i].bytes);
            a[i].hpa = 0;
            continue;
        }
        a[i].bytes = (size_t)rng_below(&r, 3000) + 1;
        a[i].align = (size_t)1 << rng_below(&r, 14);
        a[i].hpa = memory_alloc(m, a[i].bytes, a[i].align);
        if (a[i].hpa == 0) continue;
        size_t align = a[i].align < 16 ? 16 : a[i].align;
        assert_int_equal(a[i].hpa & (align - 1), 0);
        assert_non_null(memory_at(m, a[i].hpa, a[i].bytes));
        assert_int_equal(a[i].hpa / 4096, (a[i].hpa + a[i].bytes - 1) / 4096);
        uint8_t *o = owner + (a[i].hpa - MEMORY_BASE);
        for (size_t k = 0; k < a[i].bytes; k++) {
            assert_int_equal(o[k], 0);
            o[k] = 1;
        }
    }
    memory_destroy(m);
}

static void freed_memory_is_used_again_and_its_end_is_reported(void **state)
{
    (void)state;
    memory_t *m = memory_create(SIZE);
    assert_int_equal(memory_alloc(m, 0, 16), 0);
    assert_int_equal(memory_alloc(m, SIZE + 1, 16), 0);
    assert_int_equal(memory_alloc(m, SIZE_MAX, 16), 0);
    static uint64_t block[SIZE / 2048];
    for (unsigned i = 0; i < SIZE / 2048; i++) {
        block[i] = memory_alloc(m, 2048, 16);
        assert_true(block[i] != 0); // nothing is lost between blocks
    }
    assert_int_equal(memory_alloc(m, 1, 1), 0);
    memory_free(m, block[7], 2048);
    memory_free(m, 0, 2048);
    assert_int_equal(memory_alloc(m, 2000, 16), block[7]);
    assert_int_equal(memory_alloc(m, 2000, 16), 0);
    memory_destroy(m);
}

static void small_and_large_blocks_waste_nothing(void **state)
{
    (void)state;
    memory_t *m = memory_create(SIZE);
    // Each 4 KiB block is aligned; the holes beside it must serve the small ones.
    for (unsigned i = 0; i < 128; i++) {
        assert_true(memory_alloc(m, 16, 16) != 0);
        assert_true(memory_alloc(m, 4096, 4096) != 0);
    }
    for (unsigned i = 0; i < 120; i++) assert_true(memory_alloc(m, 4096, 16) != 0);
    memory_destroy(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_zero_and_addresses_invert),
        cmocka_unit_test(no_address_outside_is_reachable),
        cmocka_unit_test(posted_write_is_visible_at_its_cycle_and_not_before),
        cmocka_unit_test(writes_become_visible_in_order_of_posting),
        cmocka_unit_test(writes_outside_are_dropped_and_counted),
        cmocka_unit_test(device_read_sees_the_writes_visible_by_then),
        cmocka_unit_test(random_writes_equal_a_plain_model),
        cmocka_unit_test(allocations_are_aligned_disjoint_and_inside),
        cmocka_unit_test(freed_memory_is_used_again_and_its_end_is_reported),
        cmocka_unit_test(small_and_large_blocks_waste_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
