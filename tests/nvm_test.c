// SPDX-License-Identifier: Apache-2.0
// The NVM of the 82576: the image, EERD, EECD, SWSM, and what the driver does with them.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/nvm.h"

enum { SK = 1, CS = 2, DI = 4, DO = 8, REQ = 0x40, GNT = 0x80, PRES = 0x100, AUTO_RD = 0x200 };
enum { START = 1, DONE = 2 };
enum { SMBI = 1, SWESMBI = 2 };

static const uint8_t mac2[6] = {0x02, 0, 0, 0, 0, 0x02};

typedef struct bench {
    nvm_t s;
    nvm_in_t in;
    uint64_t now;
    uint32_t sw_fw_sync; // a plain register beside the module
} bench_t;

static void step(bench_t *b)
{
    b->in.now = b->now++;
    nvm_tick(&b->s, &b->in);
    b->in.csr = (csr_t){0};
}

static void run(bench_t *b, uint64_t cycles)
{
    while (cycles--) step(b);
}

static bench_t power_good(void)
{
    bench_t b;
    memset(&b, 0, sizeof b);
    memset(&b.s, 0xA5, sizeof b.s);
    nvm_image(b.s.word, mac2);
    nvm_reset(&b.s);
    assert_true(nvm_quiet(&b.s) == NIC_NEVER);
    run(&b, 5);
    return b;
}

static uint32_t value(const bench_t *b, uint16_t id)
{
    switch (id) {
    case IGB_R_EECD: return nvm_eecd(&b->s);
    case IGB_R_EERD: return nvm_eerd(&b->s);
    case IGB_R_SWSM: return b->s.swsm;
    default: return b->sw_fw_sync;
    }
}

static void wr(bench_t *b, uint16_t id, uint32_t v)
{
    b->in.csr = (csr_t){.valid = true, .write = true, .id = id, .wdata = v};
    if (id == IGB_R_SW_FW_SYNC) b->sw_fw_sync = v & 0xFFFF;
    step(b);
}

// The value is that of the cycle of the pulse.
static uint32_t rd(bench_t *b, uint16_t id)
{
    const uint32_t v = value(b, id);
    b->in.csr = (csr_t){.valid = true, .id = id, .wdata = 0xFFFFFFFF};
    step(b);
    return v;
}

// --- the driver ---

// Every 5 us until DONE, with its budget.
static uint16_t driver_reads_word(bench_t *b, uint32_t addr)
{
    wr(b, IGB_R_EERD, addr << 2 | START);
    for (unsigned i = 0; i < 100000; i++) {
        const uint32_t v = rd(b, IGB_R_EERD);
        if (v & DONE) return (uint16_t)(v >> 16);
        run(b, 625);
    }
    fail_msg("EERD never became ready");
    return 0;
}

static void driver_takes_the_semaphore(bench_t *b)
{
    unsigned i = 0;
    while (rd(b, IGB_R_SWSM) & SMBI) {
        run(b, 6250);
        assert_true(++i < 257);
    }
    wr(b, IGB_R_SWSM, rd(b, IGB_R_SWSM) | SWESMBI);
    assert_int_equal(rd(b, IGB_R_SWSM) & SWESMBI, SWESMBI);
}

static void driver_gives_the_semaphore(bench_t *b)
{
    wr(b, IGB_R_SWSM, rd(b, IGB_R_SWSM) & ~(uint32_t)(SMBI | SWESMBI));
}

static void driver_makes_semaphore_rounds(void **state)
{
    (void)state;
    bench_t b = power_good();
    for (unsigned n = 0; n < 9; n++) { // take resource n, use it, give it back
        driver_takes_the_semaphore(&b);
        assert_int_equal(rd(&b, IGB_R_SW_FW_SYNC) & (0x10001u << n), 0);
        wr(&b, IGB_R_SW_FW_SYNC, rd(&b, IGB_R_SW_FW_SYNC) | 1u << n);
        driver_gives_the_semaphore(&b);
        assert_int_equal(b.s.swsm, 0);
        driver_takes_the_semaphore(&b);
        assert_int_equal(rd(&b, IGB_R_SW_FW_SYNC), 1u << n);
        wr(&b, IGB_R_SW_FW_SYNC, rd(&b, IGB_R_SW_FW_SYNC) & ~(1u << n));
        driver_gives_the_semaphore(&b);
    }
    assert_int_equal(b.s.swsm, 0);
    assert_int_equal(b.sw_fw_sync, 0);
}

static void driver_probes_the_nvm(void **state)
{
    (void)state;
    bench_t b = power_good();
    const uint32_t eecd = rd(&b, IGB_R_EECD);
    assert_int_equal(eecd & (PRES | AUTO_RD), PRES | AUTO_RD);
    const uint32_t size = 1u << ((eecd >> 11 & 15) + 6);
    assert_int_equal(size, 256);
    assert_true(size < 32768); // or it would bang bits
    assert_int_equal(driver_reads_word(&b, 0x37), 0xFFFF);
    uint16_t sum = 0;
    for (uint32_t i = 0; i < 0x40; i++) sum = (uint16_t)(sum + driver_reads_word(&b, i));
    assert_int_equal(sum, 0xBABA);
    assert_int_equal(nvm_ral0(&b.s), 0x00000002);
    assert_int_equal(nvm_rah0(&b.s), 0x80000200);
    assert_int_not_equal(driver_reads_word(&b, 0x43) & 0xF000, 0x8000); // no number of the image
    assert_int_not_equal(driver_reads_word(&b, 0x08), 0xFAFA);          // no board number
    assert_int_equal(b.s.swsm, 0);                                      // no semaphore for that
}

// EEPROM bit banging begins with this; what follows reaches nothing.
static void driver_is_granted_what_it_requests(void **state)
{
    (void)state;
    bench_t b = power_good();
    const nvm_t before = b.s;
    wr(&b, IGB_R_EECD, rd(&b, IGB_R_EECD) | REQ);
    assert_int_equal(rd(&b, IGB_R_EECD), 0x1300 | REQ | GNT);
    for (unsigned i = 0; i < 32; i++) {
        wr(&b, IGB_R_EECD, (rd(&b, IGB_R_EECD) & ~(uint32_t)SK) | CS | DI);
        wr(&b, IGB_R_EECD, rd(&b, IGB_R_EECD) | SK);
        assert_int_equal(rd(&b, IGB_R_EECD), 0x1300 | REQ | GNT | SK | CS | DI);
    }
    assert_int_equal(driver_reads_word(&b, 0x0D), 0x10C9); // EERD does not wait
    wr(&b, IGB_R_EECD, rd(&b, IGB_R_EECD) & ~(uint32_t)(REQ | SK | CS | DI));
    assert_int_equal(rd(&b, IGB_R_EECD), 0x1300);
    assert_memory_equal(before.word, b.s.word, sizeof before.word);
}

// --- image ---

static void image_is_the_published_example(void **state)
{
    (void)state;
    static const uint16_t want[256] = {
        [0x00] = 0x0002, [0x02] = 0x0200, [0x08] = 0xFFFF, [0x09] = 0xFFFF,
        [0x0B] = 0xA03C, [0x0C] = 0x8086, [0x0D] = 0x10C9, [0x0E] = 0x8086,
        [0x0F] = 0x7000, [0x26] = 0x10CA, [0x37] = 0xFFFF, [0x3F] = 0x85E0,
    };
    uint16_t word[256];
    memset(word, 0xFF, sizeof word);
    nvm_image(word, mac2);
    assert_memory_equal(word, want, sizeof want);
}

static void hardware_loads_the_address_and_the_ids(void **state)
{
    (void)state;
    static const uint8_t mac[6] = {0x12, 0x34, 0x56, 0x78, 0x90, 0xAB};
    bench_t b = power_good();
    nvm_image(b.s.word, mac);
    uint16_t sum = 0;
    for (unsigned i = 0; i < 0x40; i++) sum = (uint16_t)(sum + b.s.word[i]);
    assert_int_equal(sum, 0xBABA);
    assert_int_equal(nvm_ral0(&b.s), 0x78563412);
    assert_int_equal(nvm_rah0(&b.s), 0x8000AB90);
    assert_int_equal(nvm_pci_id(&b.s), 0x10C98086);
    assert_int_equal(nvm_pci_subsystem(&b.s), 0xA03C8086);
    assert_int_equal(nvm_vf_device(&b.s), 0x10CA);
    for (unsigned i = 0; i < 256; i++) b.s.word[i] = (uint16_t)(i << 8 | i);
    assert_int_equal(nvm_ral0(&b.s), 0x01010000);
    assert_int_equal(nvm_rah0(&b.s), 0x80000202);
    assert_int_equal(nvm_pci_id(&b.s), 0x0D0D0E0E);
    assert_int_equal(nvm_pci_subsystem(&b.s), 0x0B0B0C0C);
    assert_int_equal(nvm_vf_device(&b.s), 0x2626);
}

// --- EERD ---

static void eerd_reads_any_word_in_exactly_its_time(void **state)
{
    (void)state;
    bench_t b = power_good();
    for (uint32_t i = 0; i < 256; i++) b.s.word[i] = (uint16_t)(0x1357 * (i + 1));
    for (uint32_t a = 0; a < 0x4000; a += a < 512 ? 1 : 509) {
        const uint32_t data = nvm_eerd(&b.s) & 0xFFFF0000; // of the last one
        wr(&b, IGB_R_EERD, 0xABCD0000 | a << 2 | DONE | START);
        for (int c = 0; c < NIC_EerdCyc; c++) {
            assert_int_equal(nvm_eerd(&b.s), data | a << 2);
            step(&b);
        }
        assert_int_equal(nvm_eerd(&b.s), (uint32_t)b.s.word[a & 255] << 16 | a << 2 | DONE);
    }
    const uint32_t data = nvm_eerd(&b.s) & 0xFFFF0000;
    wr(&b, IGB_R_EERD, 0xAAAA0000 | 0x3F << 2); // without START: the address only
    assert_int_equal(nvm_eerd(&b.s), data | 0x3F << 2 | DONE);
    assert_true(nvm_quiet(&b.s) == NIC_NEVER);
}

static void eerd_start_while_running_begins_again(void **state)
{
    (void)state;
    bench_t b = power_good();
    wr(&b, IGB_R_EERD, 0x0B << 2 | START);
    run(&b, NIC_EerdCyc - 3);
    wr(&b, IGB_R_EERD, 0x21 << 2); // no START: nothing while a read runs
    assert_int_equal(nvm_eerd(&b.s), 0x0B << 2);
    bench_t late = b, end = b;
    wr(&b, IGB_R_EERD, 0x0D << 2 | START); // in the cycle before the end
    run(&b, NIC_EerdCyc - 1);
    assert_int_equal(nvm_eerd(&b.s), 0x0D << 2);
    step(&b);
    assert_int_equal(nvm_eerd(&b.s), 0x10C90000 | 0x0D << 2 | DONE);

    step(&late);
    wr(&late, IGB_R_EERD, 0x0D << 2 | START); // in the cycle of the end: both
    assert_int_equal(nvm_eerd(&late.s), 0xA03C0000 | 0x0D << 2);
    run(&late, NIC_EerdCyc);
    assert_int_equal(nvm_eerd(&late.s), 0x10C90000 | 0x0D << 2 | DONE);

    step(&end);
    wr(&end, IGB_R_EERD, 0x0D << 2); // the word is that of the read, the address the new one
    assert_int_equal(nvm_eerd(&end.s), 0xA03C0000 | 0x0D << 2 | DONE);
}

// --- SWSM ---

static void semaphore_is_taken_by_the_read_that_shows_0(void **state)
{
    (void)state;
    bench_t b = power_good();
    assert_int_equal(rd(&b, IGB_R_SWSM), 0);
    assert_int_equal(rd(&b, IGB_R_SWSM), SMBI);
    assert_int_equal(rd(&b, IGB_R_SWSM), SMBI);
    wr(&b, IGB_R_SWSM, SMBI | 0xFFFFFFFC); // holds it, and stores the others
    assert_int_equal(b.s.swsm, 0xFFFFFFFD);
    wr(&b, IGB_R_SWSM, 0xA5A5A5A4);
    assert_int_equal(b.s.swsm, 0xA5A5A5A4);
    wr(&b, IGB_R_SWSM, SMBI | SWESMBI); // cannot be taken by writing
    assert_int_equal(b.s.swsm, SWESMBI);
    assert_int_equal(rd(&b, IGB_R_SWSM), SWESMBI);
    assert_int_equal(rd(&b, IGB_R_SWSM), SMBI | SWESMBI);
    wr(&b, IGB_R_SWSM, SMBI);
    assert_int_equal(b.s.swsm, SMBI);
}

// --- resets and the rest ---

static void pf_reset_clears_all_but_the_contents(void **state)
{
    (void)state;
    bench_t b = power_good();
    for (int early = 0; early < 2; early++) {
        rd(&b, IGB_R_SWSM);
        wr(&b, IGB_R_SWSM, 0xFFFFFFFF);
        wr(&b, IGB_R_EECD, 0xFFFFFFFF);
        assert_int_equal(nvm_eecd(&b.s), 0x1300 | REQ | GNT | SK | CS | DI);
        driver_reads_word(&b, 0x0D);
        wr(&b, IGB_R_EERD, 0x0B << 2 | START);
        run(&b, (uint64_t)(early ? 10 : NIC_EerdCyc - 1)); // or in the cycle of the end
        b.in.reset = true;
        wr(&b, IGB_R_SWSM, 0xFFFFFFFF); // reset wins
        rd(&b, IGB_R_SWSM);
        wr(&b, IGB_R_EECD, 0xFFFFFFFF);
        wr(&b, IGB_R_EERD, 0xFFFFFFFF);
        b.in.reset = false;
        run(&b, 2 * NIC_EerdCyc);
        assert_int_equal(nvm_eecd(&b.s), 0x1300);
        assert_int_equal(nvm_eerd(&b.s), 0);
        assert_int_equal(b.s.swsm, 0);
        assert_int_equal(driver_reads_word(&b, 0x0D), 0x10C9);
    }
}

static void other_accesses_do_nothing(void **state)
{
    (void)state;
    bench_t b = power_good();
    const nvm_t before = b.s;
    for (uint16_t id = 0; id < IGB_R_COUNT; id++) {
        const bool own = id == IGB_R_EECD || id == IGB_R_EERD || id == IGB_R_SWSM;
        b.in.csr = (csr_t){.valid = !own, .write = true, .id = id, .wdata = 0xFFFFFFFF};
        step(&b);
        b.in.csr = (csr_t){.valid = id != IGB_R_SWSM, .id = id, .wdata = 0xFFFFFFFF};
        step(&b);
    }
    assert_memory_equal(&before, &b.s, sizeof before);
}

static void ticking_only_when_due_gives_the_same_state(void **state)
{
    (void)state;
    uint64_t x = 0x2545F4914F6CDD1Du, due = 0, visits = 0, read = 0;
    static const uint16_t ids[] = {IGB_R_EERD, IGB_R_EERD, IGB_R_EECD, IGB_R_SWSM};
    bench_t each = power_good(), sparse = each;
    nvm_in_t in;
    memset(&in, 0, sizeof in);
    const uint64_t end = 2000000;
    for (uint64_t now = 5; now < end; now++) {
        const bool change = now >= due;
        in.csr = (csr_t){0};
        if (change) {
            x ^= x << 13, x ^= x >> 7, x ^= x << 17;
            in.csr = (csr_t){.valid = true,
                             .write = (x >> 2 & 3) != 0,
                             .id = ids[x & 3],
                             .wdata = (uint32_t)(x >> 8)};
            in.reset = x >> 58 == 0;
            due = now + 1 + (x >> 40) % 40;
            if ((x >> 46 & 3) == 1) due = now + NIC_EerdCyc - 1 + (x >> 52) % 3;
        }
        in.now = now;
        nvm_tick(&each.s, &in);
        if (change || nvm_quiet(&sparse.s) <= now) {
            nvm_tick(&sparse.s, &in);
            visits++;
        }
        read += each.s.eerd_done;
        if (memcmp(&each.s, &sparse.s, sizeof each.s) != 0)
            fail_msg("cycle %llu: states differ", (unsigned long long)now);
    }
    assert_true(read > 0);
    assert_true(visits < end / 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(driver_makes_semaphore_rounds),
        cmocka_unit_test(driver_probes_the_nvm),
        cmocka_unit_test(driver_is_granted_what_it_requests),
        cmocka_unit_test(image_is_the_published_example),
        cmocka_unit_test(hardware_loads_the_address_and_the_ids),
        cmocka_unit_test(eerd_reads_any_word_in_exactly_its_time),
        cmocka_unit_test(eerd_start_while_running_begins_again),
        cmocka_unit_test(semaphore_is_taken_by_the_read_that_shows_0),
        cmocka_unit_test(pf_reset_clears_all_but_the_contents),
        cmocka_unit_test(other_accesses_do_nothing),
        cmocka_unit_test(ticking_only_when_due_gives_the_same_state),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
