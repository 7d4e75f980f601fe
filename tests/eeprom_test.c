// SPDX-License-Identifier: Apache-2.0
// The EEPROM: the image, the driver's bit-banged sequences, EERD, arbitration, programming.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/eeprom.h"

enum { SK = 1, CS = 2, DI = 4, DO = 8, FWE = 0x10, REQ = 0x40, GNT = 0x80, PRES = 0x100 };
enum { START = 1, DONE = 0x10 };

static const uint8_t mac1[6] = {0x02, 0, 0, 0, 0, 0x01};

typedef struct bench {
    eeprom_t s;
    eeprom_in_t in;
    uint64_t now;
    unsigned pause; // cycles between two writes of EECD
} bench_t;

static void step(bench_t *b)
{
    b->in.now = b->now++;
    eeprom_tick(&b->s, &b->in);
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
    b.pause = 3;
    eeprom_image(b.s.word, mac1, 0x100E);
    eeprom_reset(&b.s);
    assert_true(eeprom_quiet(&b.s) == NIC_NEVER);
    run(&b, 5);
    return b;
}

static void wr(bench_t *b, uint16_t id, uint32_t v)
{
    b->in.csr = (csr_t){.valid = true, .write = true, .id = id, .wdata = v};
    step(b);
}

// --- the driver's way: read, modify, write, pause ---

static void eecd(bench_t *b, uint32_t clear, uint32_t set)
{
    wr(b, E1000_R_EECD, (eeprom_eecd(&b->s) & ~clear) | set);
    run(b, b->pause);
}

static void acquire(bench_t *b)
{
    eecd(b, 0, REQ);
    assert_int_equal(eeprom_eecd(&b->s) & GNT, GNT);
    eecd(b, DI | SK, 0);
    eecd(b, 0, CS);
}

static void release(bench_t *b)
{
    eecd(b, CS | DI, 0);
    eecd(b, 0, SK);
    eecd(b, SK, 0);
    eecd(b, REQ, 0);
}

static void standby(bench_t *b)
{
    eecd(b, CS | SK, 0);
    eecd(b, 0, SK);
    eecd(b, 0, CS);
    eecd(b, SK, 0);
}

static void out(bench_t *b, unsigned data, unsigned count)
{
    for (unsigned mask = 1u << (count - 1); mask; mask >>= 1) {
        eecd(b, DI, data & mask ? DI : 0);
        eecd(b, 0, SK);
        eecd(b, SK, 0);
    }
    eecd(b, DI, 0);
}

static uint16_t shift_in(bench_t *b)
{
    unsigned v = 0;
    eecd(b, DI, 0);
    for (int i = 0; i < 16; i++) {
        eecd(b, 0, SK);
        v = v << 1 | ((eeprom_eecd(&b->s) & DO) != 0);
        eecd(b, SK, 0);
    }
    return (uint16_t)v;
}

static uint16_t read_word(bench_t *b, unsigned addr)
{
    acquire(b);
    out(b, 6, 3);
    out(b, addr, 6);
    uint16_t v = shift_in(b);
    standby(b);
    release(b);
    return v;
}

static void enable(bench_t *b, bool on)
{
    out(b, on ? 0x13 : 0x10, 5);
    out(b, 0, 4);
    standby(b);
}

// Polls of 50 us until ready, as the driver does; fails after 200.
static unsigned poll_ready(bench_t *b)
{
    for (unsigned i = 0; i < 200; i++) {
        if (eeprom_eecd(&b->s) & DO) return i;
        run(b, 6250);
    }
    fail_msg("the EEPROM never became ready");
    return 0;
}

static unsigned write_word(bench_t *b, unsigned addr, uint16_t v)
{
    acquire(b);
    enable(b, true);
    out(b, 5, 3);
    out(b, addr, 6);
    out(b, v, 16);
    standby(b);
    unsigned polls = poll_ready(b);
    standby(b);
    enable(b, false);
    release(b);
    return polls;
}

// Sends a command of `bits` bits to an EEPROM that is idle, and waits for it.
static unsigned command(bench_t *b, unsigned bits, unsigned v)
{
    acquire(b);
    out(b, v, bits);
    standby(b);
    unsigned polls = poll_ready(b);
    release(b);
    return polls;
}

static unsigned sum(const uint16_t word[64])
{
    unsigned v = 0;
    for (unsigned i = 0; i < 64; i++) v += word[i];
    return v & 0xFFFF;
}

// --- image ---

static void image_is_the_published_example(void **state)
{
    (void)state;
    static const uint16_t want[64] = {
        [0x00] = 0x0002, [0x02] = 0x0100, [0x04] = 0xFFFF, [0x0A] = 0x6C0A, [0x0B] = 0x001E,
        [0x0C] = 0x8086, [0x0D] = 0x100E, [0x0E] = 0x8086, [0x0F] = 0x3040, [0x21] = 0x7061,
        [0x22] = 0x280B, [0x2F] = 0x0602, [0x3F] = 0x6DC9,
    };
    uint16_t word[64];
    memset(word, 0xFF, sizeof word);
    eeprom_image(word, mac1, 0x100E);
    assert_memory_equal(word, want, sizeof want);
}

static void image_is_valid_for_any_address_and_device(void **state)
{
    (void)state;
    static const uint8_t mac[6] = {0x12, 0x34, 0x56, 0x78, 0x90, 0xAB};
    bench_t b = power_good();
    eeprom_image(b.s.word, mac, 0x1026);
    assert_int_equal(b.s.word[0], 0x3412);
    assert_int_equal(b.s.word[1], 0x7856);
    assert_int_equal(b.s.word[2], 0xAB90);
    assert_int_equal(b.s.word[0x0D], 0x1026);
    assert_int_equal(sum(b.s.word), 0xBABA);
    assert_int_equal(eeprom_ral0(&b.s), 0x78563412);
    assert_int_equal(eeprom_rah0(&b.s), 0x8000AB90);
}

static void hardware_loads_the_words_that_the_signature_covers(void **state)
{
    (void)state;
    bench_t b = power_good();
    uint16_t *w = b.s.word;
    assert_int_equal(eeprom_ctrl(&b.s, 0xA01), 0xA01);
    assert_int_equal(eeprom_pci_id(&b.s, 0x11112222), 0x11112222); // not asked for by word 0Ah
    assert_int_equal(eeprom_pci_subsystem(&b.s, 0x11112222), 0x001E8086);
    assert_true(eeprom_msi(&b.s));
    w[0x0A] = 0x4001; // half duplex, speed not forced, load the ids
    w[0x0F] = 0x4080;
    w[0x0D] = 0x1234;
    assert_int_equal(eeprom_ctrl(&b.s, 0xA01), 0x220);
    assert_int_equal(eeprom_pci_id(&b.s, 0x11112222), 0x12348086);
    assert_int_equal(eeprom_pci_subsystem(&b.s, 0x11112222), 0x11112222);
    assert_false(eeprom_msi(&b.s));
    for (unsigned sig = 0; sig < 4; sig++) {
        w[0x0A] = (uint16_t)(sig << 14 | 3);
        assert_int_equal(eeprom_valid(&b.s), sig == 1);
        if (sig == 1) continue;
        assert_int_equal(eeprom_ctrl(&b.s, 0xA01), 0xA01);
        assert_int_equal(eeprom_pci_id(&b.s, 0x11112222), 0x11112222);
        assert_int_equal(eeprom_pci_subsystem(&b.s, 0x11112222), 0x11112222);
        assert_true(eeprom_msi(&b.s));
    }
}

static void each_bit_of_the_control_words_has_its_own_effect(void **state)
{
    (void)state;
    bench_t b = power_good();
    for (unsigned bit = 0; bit < 16; bit++) {
        b.s.word[0x0A] = (uint16_t)((bit < 14 ? 1u << bit : 0) | 0x4000);
        b.s.word[0x0F] = (uint16_t)(1u << bit);
        uint32_t ctrl =
            (bit == 10 ? 0x001u : 0) | (bit == 11 ? 0x800u : 0) | (bit == 14 ? 0x020u : 0);
        assert_int_equal(eeprom_ctrl(&b.s, 0xFFFFFFFF), 0xFFFFF7DE | ctrl);
        assert_int_equal(eeprom_pci_id(&b.s, 7), bit == 0 ? 0x100E8086 : 7);
        assert_int_equal(eeprom_pci_subsystem(&b.s, 7), bit == 1 ? 0x001E8086 : 7);
        assert_int_equal(eeprom_msi(&b.s), bit != 7);
        assert_true(eeprom_valid(&b.s));
    }
}

// --- EECD ---

static void eecd_has_its_reset_value_and_its_read_only_bits(void **state)
{
    (void)state;
    bench_t b = power_good();
    assert_int_equal(eeprom_eecd(&b.s), 0x110);
    wr(&b, E1000_R_EECD, 0xFFFFFFBF); // all but REQ
    assert_int_equal(eeprom_eecd(&b.s), PRES | 0x30 | DI | CS | SK);
    wr(&b, E1000_R_EECD, 0);
    assert_int_equal(eeprom_eecd(&b.s), PRES);
    wr(&b, E1000_R_EECD, REQ);
    assert_int_equal(eeprom_eecd(&b.s), PRES | REQ | GNT | DO); // idle: DO = 1
    b.in.csr = (csr_t){.valid = true, .write = false, .id = E1000_R_EECD};
    step(&b);
    b.in.csr = (csr_t){.valid = true, .write = true, .id = E1000_R_CTRL};
    step(&b);
    b.in.csr = (csr_t){.valid = false, .write = true, .id = E1000_R_EECD};
    step(&b);
    assert_int_equal(eeprom_eecd(&b.s), PRES | REQ | GNT | DO);
    b.in.reset = true;
    step(&b);
    assert_int_equal(eeprom_eecd(&b.s), 0x110);
}

static void driver_reads_all_words_and_the_checksum(void **state)
{
    (void)state;
    for (unsigned pause = 0; pause < 2; pause++) {
        bench_t b = power_good();
        b.pause = pause;
        for (unsigned i = 0; i < 0x3F; i++) b.s.word[i] = (uint16_t)(0x1357 * (i + 1));
        b.s.word[0x3F] = 0;
        b.s.word[0x3F] = (uint16_t)(0xBABA - sum(b.s.word));
        unsigned total = 0;
        for (unsigned i = 0; i < 64; i++) {
            uint16_t v = read_word(&b, i);
            assert_int_equal(v, b.s.word[i]);
            total += v;
        }
        assert_int_equal(total & 0xFFFF, 0xBABA);
        assert_int_equal(eeprom_eecd(&b.s), 0x110);
    }
}

static void a_read_is_nine_bits_then_sixteen(void **state)
{
    (void)state;
    bench_t b = power_good();
    b.s.word[5] = 0x8001;
    b.s.word[6] = 0x7FFE;
    acquire(&b);
    out(&b, 0, 3); // leading zeros before the start bit do not count
    out(&b, 6, 3);
    out(&b, 5 >> 1, 5);
    assert_int_equal(eeprom_eecd(&b.s) & DO, DO);
    eecd(&b, 0, DI);
    eecd(&b, 0, SK);
    assert_int_equal(eeprom_eecd(&b.s) & DO, 0); // the dummy bit, with the last address bit
    eecd(&b, SK, 0);
    assert_int_equal(shift_in(&b), 0x8001);
    assert_int_equal(shift_in(&b), 0x7FFE); // and goes on
    standby(&b);
    assert_int_equal(eeprom_eecd(&b.s) & DO, DO);
    release(&b);
}

static void sequential_read_wraps_at_the_last_word(void **state)
{
    (void)state;
    bench_t b = power_good();
    acquire(&b);
    out(&b, 6 << 6 | 0x3F, 9);
    assert_int_equal(shift_in(&b), 0x6DC9);
    assert_int_equal(shift_in(&b), 0x0002);
}

static void clocks_without_select_do_not_count(void **state)
{
    (void)state;
    bench_t b = power_good();
    b.s.word[9] = 0xC35A;
    acquire(&b);
    eecd(&b, CS, 0);
    for (int i = 0; i < 7; i++) eecd(&b, 0, SK | DI), eecd(&b, SK, 0);
    eecd(&b, DI, 0);
    eecd(&b, 0, CS | SK | DI); // SK and DI rise together with CS
    eecd(&b, SK, 0);
    out(&b, 6 << 6 | 9, 9);
    assert_int_equal(shift_in(&b), 0xC35A);
}

static void falling_edges_and_levels_do_not_count(void **state)
{
    (void)state;
    bench_t b = power_good();
    acquire(&b);
    for (unsigned mask = 0x100; mask; mask >>= 1) {
        uint32_t di = (6u << 6 | 2) & mask ? DI : 0;
        eecd(&b, DI, di);
        eecd(&b, 0, SK);
        eecd(&b, 0, SK);
        eecd(&b, 0, DI); // changes while SK is high
        eecd(&b, SK, 0);
        eecd(&b, SK, 0);
    }
    assert_int_equal(shift_in(&b), 0x0100);
}

static void losing_the_select_forgets_the_command(void **state)
{
    (void)state;
    for (unsigned bits = 1; bits <= 9; bits++) {
        bench_t b = power_good();
        b.s.word[9] = 0xC35A;
        acquire(&b);
        out(&b, (6u << 6 | 9) >> (9 - bits), bits);
        if (bits & 1) {
            standby(&b);
        } else { // or the grant
            eecd(&b, REQ, 0);
            assert_int_equal(eeprom_eecd(&b.s) & DO, 0);
            eecd(&b, 0, REQ);
        }
        out(&b, 6 << 6 | 9, 9);
        assert_int_equal(shift_in(&b), 0xC35A);
    }
}

static void pins_do_nothing_without_a_grant(void **state)
{
    (void)state;
    bench_t b = power_good();
    for (int i = 0; i < 2; i++) {
        eecd(&b, 0, CS);
        out(&b, 6 << 6, 9);
        assert_int_equal(shift_in(&b), 0);
        eecd(&b, CS, 0);
    }
    assert_int_equal(read_word(&b, 0), 0x0002);
}

// --- programming ---

static void driver_writes_a_word(void **state)
{
    (void)state;
    bench_t b = power_good();
    uint16_t want[64];
    memcpy(want, b.s.word, sizeof want);
    want[0x15] = 0xBEEF;
    unsigned polls = write_word(&b, 0x15, 0xBEEF);
    assert_true(polls > 0 && polls < 200);
    assert_memory_equal(b.s.word, want, sizeof want);
    assert_int_equal(read_word(&b, 0x15), 0xBEEF);
    assert_false(b.s.wen);
}

static void busy_lasts_exactly_its_time_and_hears_nothing(void **state)
{
    (void)state;
    bench_t b = power_good();
    acquire(&b);
    enable(&b, true);
    out(&b, 5u << 22 | 7u << 16 | 0x1234, 25);
    assert_int_equal(b.s.word[7], 0); // not before CS falls
    assert_true(eeprom_quiet(&b.s) == NIC_NEVER);
    eecd(&b, 0, SK), eecd(&b, SK, 0); // one clock too many changes nothing
    b.pause = 0;
    uint64_t fell = b.now;
    eecd(&b, CS, 0);
    assert_int_equal(eeprom_quiet(&b.s), fell + NIC_EepromWriteCyc);
    assert_int_equal(eeprom_eecd(&b.s) & DO, DO); // not selected
    eecd(&b, 0, CS);
    assert_int_equal(eeprom_eecd(&b.s) & DO, 0);
    out(&b, 5u << 22 | 8u << 16 | 0x5678, 25);
    while (!(eeprom_eecd(&b.s) & DO)) step(&b);
    assert_int_equal(b.now, fell + NIC_EepromWriteCyc + 1);
    eecd(&b, CS, 0);
    run(&b, 10);
    assert_int_equal(b.s.word[7], 0x1234);
    assert_int_equal(b.s.word[8], 0);
    assert_true(eeprom_quiet(&b.s) == NIC_NEVER);
}

static void programming_needs_the_enable_and_all_bits(void **state)
{
    (void)state;
    bench_t b = power_good();
    uint16_t want[64];
    memcpy(want, b.s.word, sizeof want);
    const unsigned write7 = 5u << 22 | 7u << 16 | 0x1234;
    assert_int_equal(command(&b, 25, write7), 0); // ignored, never busy
    command(&b, 9, 0x130);                        // enable
    command(&b, 9, 0x100);                        // disable
    assert_int_equal(command(&b, 25, write7), 0);
    assert_int_equal(command(&b, 9, 7u << 6 | 7), 0);
    assert_int_equal(command(&b, 9, 0x120), 0);
    assert_int_equal(command(&b, 25, 0x110u << 16 | 0x1234), 0);
    command(&b, 9, 0x13F); // the low address bits do not matter
    assert_int_equal(command(&b, 24, write7 >> 1), 0);
    assert_memory_equal(b.s.word, want, sizeof want);
    assert_true(command(&b, 25, write7) > 0);
    want[7] = 0x1234;
    assert_memory_equal(b.s.word, want, sizeof want);
}

static void one_command_a_select(void **state)
{
    (void)state;
    bench_t b = power_good();
    acquire(&b);
    out(&b, 0x130, 9);
    out(&b, 6u << 6 | 1, 9); // not heard: word 01h is 0
    assert_int_equal(shift_in(&b), 0xFFFF);
    eecd(&b, CS, 0);
    assert_true(b.s.wen);
    assert_true(b.s.busy_end_cyc == NIC_NEVER); // nor taken for another command
}

static void erase_and_the_all_words_commands(void **state)
{
    (void)state;
    bench_t b = power_good();
    command(&b, 9, 0x130);
    assert_true(command(&b, 9, 7u << 6 | 0x0A) > 0);
    for (unsigned i = 0; i < 64; i++)
        assert_int_equal(b.s.word[i] == 0xFFFF, i == 0x0A || i == 0x04);
    assert_true(command(&b, 25, 0x110u << 16 | 0xA55A) > 0);
    for (unsigned i = 0; i < 64; i++) assert_int_equal(b.s.word[i], 0xA55A);
    assert_true(command(&b, 9, 0x120) > 0);
    for (unsigned i = 0; i < 64; i++) assert_int_equal(b.s.word[i], 0xFFFF);
    assert_int_equal(read_word(&b, 0x20), 0xFFFF);
}

static void mac_reset_spares_the_eeprom(void **state)
{
    (void)state;
    bench_t b = power_good();
    acquire(&b);
    enable(&b, true);
    out(&b, 5u << 22 | 7u << 16 | 0x1234, 25);
    b.in.reset = true; // CS falls, and so the write runs
    run(&b, NIC_ResetCyc);
    b.in.reset = false;
    assert_int_equal(eeprom_eecd(&b.s), 0x110);
    assert_int_equal(b.s.word[7], 0x1234);
    assert_true(b.s.busy_end_cyc != NIC_NEVER);
    assert_true(b.s.wen);
    run(&b, NIC_EepromWriteCyc);
    assert_int_equal(read_word(&b, 7), 0x1234);
    eeprom_reset(&b.s);
    assert_false(b.s.wen);
    assert_int_equal(b.s.word[7], 0x1234);
}

// --- EERD ---

static void eerd_reads_any_word_in_exactly_its_time(void **state)
{
    (void)state;
    bench_t b = power_good();
    for (unsigned i = 0; i < 64; i++) b.s.word[i] = (uint16_t)(0x1357 * (i + 1));
    for (unsigned i = 0; i < 256; i++) {
        wr(&b, E1000_R_EERD, i << 8 | START | 0xFFFF00EE);
        for (int c = 0; c < NIC_EerdCyc; c++) {
            assert_int_equal(eeprom_eerd(&b.s) & 0xFFFF, i << 8);
            step(&b);
        }
        assert_int_equal(eeprom_eerd(&b.s), (uint32_t)b.s.word[i & 63] << 16 | i << 8 | DONE);
    }
    wr(&b, E1000_R_EERD, 0xAAAA3F10); // without START: the address only
    assert_int_equal(eeprom_eerd(&b.s), (uint32_t)b.s.word[63] << 16 | 0x3F10);
    assert_true(eeprom_quiet(&b.s) == NIC_NEVER);
    b.in.reset = true;
    step(&b);
    assert_int_equal(eeprom_eerd(&b.s), 0);
}

static void eerd_start_while_running_begins_again(void **state)
{
    (void)state;
    bench_t b = power_good();
    wr(&b, E1000_R_EERD, 0x0A00 | START);
    run(&b, NIC_EerdCyc - 3);
    wr(&b, E1000_R_EERD, 0x2100); // no START: nothing while a read runs
    assert_int_equal(eeprom_eerd(&b.s), 0x0A00);
    bench_t late = b;
    wr(&b, E1000_R_EERD, 0x2F00 | START); // in the cycle before the end
    run(&b, NIC_EerdCyc - 1);
    assert_int_equal(eeprom_eerd(&b.s), 0x2F00);
    step(&b);
    assert_int_equal(eeprom_eerd(&b.s), 0x06022F10);

    step(&late);
    wr(&late, E1000_R_EERD, 0x2F00 | START); // in the cycle of the end: both
    assert_int_equal(eeprom_eerd(&late.s), 0x6C0A2F00);
    run(&late, NIC_EerdCyc);
    assert_int_equal(eeprom_eerd(&late.s), 0x06022F10);
}

static void eerd_and_direct_access_wait_for_each_other(void **state)
{
    (void)state;
    bench_t b = power_good();
    eecd(&b, 0, REQ);
    wr(&b, E1000_R_EERD, 0x2F00 | START);
    run(&b, 10 * NIC_EerdCyc);
    assert_int_equal(eeprom_eerd(&b.s), 0x2F00); // stalls
    assert_true(eeprom_quiet(&b.s) == NIC_NEVER);
    b.pause = 0;
    eecd(&b, REQ, 0);
    run(&b, NIC_EerdCyc - 2);
    eecd(&b, 0, REQ);
    // The request came in the cycle before the end; the grant comes with the end.
    assert_int_equal(eeprom_eerd(&b.s) & DONE, 0);
    assert_int_equal(eeprom_eecd(&b.s) & (REQ | GNT), REQ);
    step(&b);
    assert_int_equal(eeprom_eerd(&b.s), 0x06022F10);
    assert_int_equal(eeprom_eecd(&b.s) & (REQ | GNT), REQ | GNT);
}

static void a_repeated_start_yields_to_a_waiting_request(void **state)
{
    (void)state;
    bench_t b = power_good();
    b.pause = 0;
    wr(&b, E1000_R_EERD, 0x0A00 | START);
    eecd(&b, 0, REQ);
    assert_int_equal(eeprom_eecd(&b.s) & GNT, 0);
    wr(&b, E1000_R_EERD, 0x2F00 | START);
    assert_int_equal(eeprom_eecd(&b.s) & GNT, GNT);
    eecd(&b, REQ, 0);
    run(&b, NIC_EerdCyc);
    assert_int_equal(eeprom_eerd(&b.s), 0x06022F10);
}

static void eerd_waits_for_the_end_of_programming(void **state)
{
    (void)state;
    bench_t b = power_good();
    acquire(&b);
    enable(&b, true);
    out(&b, 5u << 22 | 7u << 16 | 0x1234, 25);
    release(&b);
    uint64_t ready = b.s.busy_end_cyc;
    wr(&b, E1000_R_EERD, 0x0700 | START);
    while (!(eeprom_eerd(&b.s) & DONE)) step(&b);
    assert_int_equal(b.now, ready + NIC_EerdCyc + 1);
    assert_int_equal(eeprom_eerd(&b.s), 0x12340710);
}

static void mac_reset_gives_up_an_eerd_read(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        bench_t b = power_good();
        if (i & 1) eecd(&b, 0, REQ);
        wr(&b, E1000_R_EERD, 0x2F00 | START);
        run(&b, NIC_EerdCyc - 1);
        b.in.reset = true;
        run(&b, 1 + (i >> 1));
        b.in.reset = false;
        run(&b, 2 * NIC_EerdCyc);
        assert_int_equal(eeprom_eerd(&b.s), 0);
    }
}

// --- scheduling ---

static uint64_t random_next(uint64_t *x)
{
    *x ^= *x << 13;
    *x ^= *x >> 7;
    *x ^= *x << 17;
    return *x;
}

typedef struct banger { // clocks out random commands, sometimes wrong ones
    uint64_t seed, bits;
    unsigned left, phase;
} banger_t;

static uint32_t bang(banger_t *g)
{
    static const uint16_t ops[] = {0x180, 0x180, 0x140, 0x1C0, 0x130, 0x130, 0x100, 0x110, 0x120};
    if (g->left == 0) {
        uint64_t r = random_next(&g->seed);
        g->bits = (uint64_t)(ops[r % 9] | (r >> 8 & 0x3F)) << 16 | (r >> 16 & 0xFFFF);
        g->left = (r >> 40 & 7) == 0 ? (unsigned)(r >> 44 & 31) : 25;
        g->phase = 0;
        return FWE | REQ | SK; // CS low
    }
    switch (g->phase++) {
    case 0: return FWE | REQ | CS | (g->bits >> 24 & 1 ? DI : 0);
    case 1: return FWE | REQ | CS | SK | (g->bits >> 24 & 1 ? DI : 0);
    default: g->phase = 0, g->left--, g->bits <<= 1; return FWE | REQ | CS;
    }
}

static void ticking_only_when_due_gives_the_same_state(void **state)
{
    (void)state;
    banger_t g = {.seed = 0x2545F4914F6CDD1Du};
    uint64_t due = 0, visits = 0, busy = 0, waited = 0, read = 0;
    bench_t each = power_good(), sparse = each;
    eeprom_in_t in;
    memset(&in, 0, sizeof in);
    const uint64_t end = 20000000;
    for (uint64_t now = 5; now < end; now++) {
        bool change = now == 5 || now == due;
        in.csr = (csr_t){0};
        if (change) {
            uint64_t r = random_next(&g.seed);
            in.csr = (csr_t){.valid = true, .write = true, .id = E1000_R_EECD};
            if (r % 64 == 0) {
                in.csr.id = E1000_R_EERD;
                in.csr.wdata = (uint32_t)(r >> 8);
            } else if (r % 64 == 1) {
                in.csr.wdata = FWE; // the grant is given back
            } else {
                in.csr.wdata = bang(&g);
            }
            in.reset = r >> 52 == 0;
            due = now + 1 + (r >> 40) % 40;
            if ((r >> 46 & 1023) == 0) due += NIC_EepromWriteCyc;
            if ((r >> 46 & 63) == 1) due = now + NIC_EerdCyc - 1 + (r >> 52) % 3;
        }
        in.now = now;
        eeprom_tick(&each.s, &in);
        if (change || eeprom_quiet(&sparse.s) <= now) {
            eeprom_tick(&sparse.s, &in);
            visits++;
        }
        busy += each.s.busy_end_cyc != NIC_NEVER;
        waited += each.s.eerd_wait;
        read += each.s.phase == EEPROM_PH_READ;
        if (memcmp(&each.s, &sparse.s, sizeof each.s) != 0)
            fail_msg("cycle %llu: states differ", (unsigned long long)now);
    }
    assert_true(busy > 0 && waited > 0 && read > 0);
    assert_true(visits < end / 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(image_is_the_published_example),
        cmocka_unit_test(image_is_valid_for_any_address_and_device),
        cmocka_unit_test(hardware_loads_the_words_that_the_signature_covers),
        cmocka_unit_test(each_bit_of_the_control_words_has_its_own_effect),
        cmocka_unit_test(eecd_has_its_reset_value_and_its_read_only_bits),
        cmocka_unit_test(driver_reads_all_words_and_the_checksum),
        cmocka_unit_test(a_read_is_nine_bits_then_sixteen),
        cmocka_unit_test(sequential_read_wraps_at_the_last_word),
        cmocka_unit_test(clocks_without_select_do_not_count),
        cmocka_unit_test(falling_edges_and_levels_do_not_count),
        cmocka_unit_test(losing_the_select_forgets_the_command),
        cmocka_unit_test(pins_do_nothing_without_a_grant),
        cmocka_unit_test(driver_writes_a_word),
        cmocka_unit_test(busy_lasts_exactly_its_time_and_hears_nothing),
        cmocka_unit_test(programming_needs_the_enable_and_all_bits),
        cmocka_unit_test(one_command_a_select),
        cmocka_unit_test(erase_and_the_all_words_commands),
        cmocka_unit_test(mac_reset_spares_the_eeprom),
        cmocka_unit_test(eerd_reads_any_word_in_exactly_its_time),
        cmocka_unit_test(eerd_start_while_running_begins_again),
        cmocka_unit_test(eerd_and_direct_access_wait_for_each_other),
        cmocka_unit_test(a_repeated_start_yields_to_a_waiting_request),
        cmocka_unit_test(eerd_waits_for_the_end_of_programming),
        cmocka_unit_test(mac_reset_gives_up_an_eerd_read),
        cmocka_unit_test(ticking_only_when_due_gives_the_same_state),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
