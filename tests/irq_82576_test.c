// SPDX-License-Identifier: Apache-2.0
// Interrupts of the 82576 with their gates: what the drivers do (touchpoints B.5-B.9, C.2-C.4), closed forms
// of EITR, and every event against everything else of its cycle.
#include "model/eitr.h"
#include "model/irq_82576.h"
#include "model/vf_view.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define ICR(x) FMASK(IGB_ICR_##x)
enum { U = IGB_EitrUnitCyc, LU = IGB_LliUnitCyc, PF = 0, LOG = 64 };

// The two modules, wired as in the chip, and the host behind them: it counts messages.
typedef struct dev {
    irq_82576_t irq;
    eitr_t eitr;
    irq_82576_in_t in; // of the next tick; pulses are cleared behind it
    uint64_t now;
    uint32_t sent; // of the last tick
    uint64_t sends;
    uint64_t cyc[LOG]; // the first of them
    uint32_t vec[LOG];
} dev_t;

static dev_t dev(void)
{
    dev_t d;
    memset(&d, 0, sizeof d);
    irq_82576_reset(&d.irq);
    eitr_reset(&d.eitr);
    d.now = 100;
    return d;
}

static void tick(dev_t *d)
{
    irq_82576_in_t *in = &d->in;
    in->sent =
        irq_82576_sent(&d->irq, eitr_open(&d->eitr, d->now), eitr_credit(&d->eitr), in->reset);
    d->sent = in->sent;
    for (unsigned k = 0; k < IGB_Vectors; k++) {
        if (!(in->sent >> k & 1)) continue;
        if (d->sends < LOG) d->cyc[d->sends] = d->now, d->vec[d->sends] = k;
        d->sends++;
    }
    const eitr_in_t e = {.now = d->now,
                         .ctrl_rst = in->reset,
                         .sent = in->sent,
                         .ll_interval = irq_82576_ll_interval(&d->irq),
                         .csr = in->csr};
    eitr_tick(&d->eitr, &e);
    irq_82576_tick(&d->irq, in);
    *in = (irq_82576_in_t){.msi_en = in->msi_en, .msix_en = in->msix_en};
    d->now++;
}

static void run_to(dev_t *d, uint64_t cyc)
{
    while (d->now < cyc) tick(d);
}

static void run(dev_t *d, uint64_t cycles)
{
    run_to(d, d->now + cycles);
}

static void put(dev_t *d, uint16_t id, uint32_t w)
{
    d->in.csr = (csr_t){.valid = true, .write = true, .id = id, .wdata = w};
    tick(d);
}

static void put_at(dev_t *d, uint16_t id, unsigned index, uint32_t w)
{
    d->in.csr =
        (csr_t){.valid = true, .write = true, .id = id, .index = (uint16_t)index, .wdata = w};
    tick(d);
}

// Value in this cycle, and what reading does.
static uint32_t get(dev_t *d, uint16_t id)
{
    const uint32_t value = irq_82576_read(&d->irq, id, 0);
    d->in.csr = (csr_t){.valid = true, .id = id};
    tick(d);
    return value;
}

// The same through the window of a VF.
static void vf_put(dev_t *d, unsigned vf, uint32_t off, uint32_t w)
{
    const igb_at_t at = igb_vreg_at(vf, off);
    assert_true(at.valid);
    d->in.csr = (csr_t){.valid = true,
                        .write = true,
                        .id = at.reg,
                        .index = at.element,
                        .wdata = vf_view_write(at.kind, vf, w)};
    d->in.csr_func = (uint8_t)(1 + vf);
    tick(d);
}

static uint32_t vf_get(dev_t *d, unsigned vf, uint32_t off)
{
    const igb_at_t at = igb_vreg_at(vf, off);
    const uint32_t value = at.reg == IGB_R_EITR ? eitr_read(&d->eitr, at.element, d->now)
                                                : irq_82576_read(&d->irq, at.reg, at.element);
    d->in.csr = (csr_t){.valid = true, .id = at.reg, .index = at.element};
    d->in.csr_func = (uint8_t)(1 + vf);
    tick(d);
    return vf_view_read(at.kind, vf, value);
}

static void receive(dev_t *d, unsigned queue, unsigned packets)
{
    d->in.rx =
        (irq_82576_wb_t){.valid = true, .queue = (uint8_t)queue, .packets = (uint8_t)packets};
}

static void transmit(dev_t *d, unsigned queue, unsigned packets)
{
    d->in.tx =
        (irq_82576_wb_t){.valid = true, .queue = (uint8_t)queue, .packets = (uint8_t)packets};
}

// igb with MSI-X (touchpoints B.5, 10-11): vector 0 other, 1 receive queue 0, 2 transmit queue 0.
static void igb_opens(dev_t *d)
{
    d->in.msix_en = true;
    put(d, IGB_R_GPIE, 0xC0000011);
    put(d, IGB_R_IVAR_MISC, 0x8000);
    put(d, IGB_R_IVAR, 0x00008281);
    get(d, IGB_R_ICR);
    put(d, IGB_R_EIAC, 7);
    put(d, IGB_R_EIAM, 7);
    put(d, IGB_R_EIMS, 7);
    put(d, IGB_R_IMS, ICR(LSC) | ICR(DOUTSYNC) | ICR(DRSTA) | ICR(VMMB));
    run(d, 5);
    assert_int_equal(d->sends, 0);
}

// ---- registers ----

static void registers_are_those_of_the_table(void **state)
{
    (void)state;
    unsigned seen = 0;
    for (unsigned i = 0; i < igb_reg_row_count; i++) {
        const reg_row_t *row = &igb_reg_rows[i];
        if (row->owner != OWN_irq) continue;
        for (uint32_t k = 0; k < row->count; k++, seen++) {
            dev_t d = dev();
            d.in.msix_en = true;
            assert_int_equal(irq_82576_read(&d.irq, row->first, (uint16_t)k), row->reset);
            // ICR and EICR are set through their partners.
            const uint16_t id = row->first == IGB_R_ICR    ? IGB_R_ICS
                                : row->first == IGB_R_EICR ? IGB_R_EICS
                                                           : row->first;
            const bool silent = row->access == ACC_WO1S || row->access == ACC_W1C;
            const uint32_t all =
                row->first == IGB_R_ICR ? igb_reg_row(IGB_R_ICS)->wmask : row->wmask;
            put_at(&d, id, k, 0xFFFFFFFF);
            uint32_t value = irq_82576_read(&d.irq, row->first, (uint16_t)k);
            assert_int_equal(value, silent ? 0 : all);
            if (row->access == ACC_RW) {
                put_at(&d, id, k, 0x5A5A5A5A);
                value = irq_82576_read(&d.irq, row->first, (uint16_t)k);
                assert_int_equal(value, 0x5A5A5A5A & row->wmask);
            }
            d.in.reset = true;
            put_at(&d, id, k, 0xFFFFFFFF); // an access in the tick of CTRL.RST is nothing
            assert_int_equal(irq_82576_read(&d.irq, row->first, (uint16_t)k),
                             row->keep ? value : row->reset);
        }
    }
    assert_int_equal(seen, 12 + 8 + 1 + 8 + 25 + 25);
}

static void sets_and_clears(void **state)
{
    (void)state;
    dev_t d = dev();
    put(&d, IGB_R_IMS, 0x55);
    put(&d, IGB_R_IMS, 0x80);
    assert_int_equal(get(&d, IGB_R_IMS), 0xD5);
    put(&d, IGB_R_IMC, 0x54);
    assert_int_equal(get(&d, IGB_R_IMS), 0x81);
    put(&d, IGB_R_EIMS, 0x30);
    put(&d, IGB_R_EIMC, 0x80000010);
    assert_int_equal(get(&d, IGB_R_EIMS), 0x20);
    put(&d, IGB_R_ICS, 0x3FC);
    put(&d, IGB_R_ICR, 0x0F0);
    assert_int_equal(irq_82576_read(&d.irq, IGB_R_ICR, 0) & ~ICR(INT_ASSERTED), 0x30C);
    put(&d, IGB_R_EICS, 0xFF);
    put(&d, IGB_R_EICR, 0x0F);
    assert_int_equal(irq_82576_read(&d.irq, IGB_R_EICR, 0) & 0x1FFFFFF, 0xF0);
}

// §2.2: when a read of ICR clears, and what it masks.
static void reads_of_icr(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 32; i++) {
        const bool nsicr = i & 1, masked = i & 2, asserted = i & 4, msix = i & 8, write = i & 16;
        dev_t d = dev();
        d.in.msix_en = msix;
        put(&d, IGB_R_IAM, 0xFF);
        put(&d, IGB_R_ICS, ICR(RXO));
        if (asserted) { // by raising the line once
            put(&d, IGB_R_IMS, ICR(RXO));
            run(&d, 3);
            put(&d, IGB_R_IMC, ICR(RXO));
        }
        put(&d, IGB_R_GPIE, (nsicr ? 1 : 0) | FMASK(IGB_GPIE_MSIX_MODE));
        if (!masked) put(&d, IGB_R_IMS, ICR(LSC) | ICR(DOUTSYNC));
        const uint32_t before = irq_82576_read(&d.irq, IGB_R_ICR, 0);
        assert_int_equal(before, ICR(RXO) | (asserted ? ICR(INT_ASSERTED) : 0));
        if (write) put(&d, IGB_R_ICR, ICR(LSC));
        else assert_int_equal(get(&d, IGB_R_ICR), before);
        const bool clears = nsicr || masked || asserted || !msix;
        assert_int_equal(irq_82576_read(&d.irq, IGB_R_ICR, 0), write || !clears ? before : 0);
        const bool masks = (write || clears) && (nsicr || asserted);
        const uint32_t ims = masked ? 0 : ICR(LSC) | ICR(DOUTSYNC);
        assert_int_equal(irq_82576_read(&d.irq, IGB_R_IMS, 0), masks ? ims & ~0xFFu : ims);
    }
}

// EIAME = 0: an access to EICR masks; MSIX_MODE = 1: a read does nothing at all.
static void accesses_of_eicr(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 16; i++) {
        const bool mode = i & 1, eiame = i & 2, write = i & 4;
        const unsigned func = i & 8 ? 1 + 6 : PF; // VF 6 has vectors 4 to 6
        dev_t d = dev();
        put(&d, IGB_R_EIMC, 0xFFFFFFFF);
        put(&d, IGB_R_EIMS, 0xF0);
        put(&d, IGB_R_EIMC, 0xF0);
        put(&d, IGB_R_EICS, 0x90);
        put(&d, IGB_R_EIAM, 0x30);
        put(&d, IGB_R_GPIE, (mode ? FMASK(IGB_GPIE_MSIX_MODE) : 0) | (eiame ? 1u << 30 : 0));
        d.irq.eims_q = 0xF0; // without an event
        d.in.csr = (csr_t){.valid = true, .write = write, .id = IGB_R_EICR, .wdata = 0x50};
        d.in.csr_func = (uint8_t)func;
        tick(&d);
        const bool clears = !write && !mode && func == PF;
        assert_int_equal(d.irq.eicr_q, clears ? 0 : write ? 0x80 : 0x90);
        assert_int_equal(d.irq.eims_q, eiame ? 0xF0 : clears ? 0xC0 : write ? 0xE0 : 0xF0);
    }
}

// ---- the line: MSIX_MODE = 0 ----

enum flavour { INTX, MSI, MSIX };

// The handler of the interrupt test; returns what it reads, 0 when it is not called within `cycles`.
static uint32_t test_handler(dev_t *d, enum flavour flavour, uint64_t cycles)
{
    uint32_t icr = 0;
    for (const uint64_t end = d->now + cycles; d->now < end;) {
        const uint64_t sends = d->sends;
        const bool msi = d->irq.msi_q;
        if (msi) d->in.msi_done = true;
        tick(d);
        if (flavour == INTX ? d->irq.int_q : flavour == MSI ? msi : d->sends != sends) {
            run(d, 50); // until the handler's read arrives
            icr |= get(d, IGB_R_ICR);
        }
    }
    return icr;
}

// Touchpoints B.9: every bit of the test mask, from the state after a reset. With a vector of its own or a line
// that is not shared also that what is masked does not fire.
static void igb_interrupt_test(void **state)
{
    (void)state;
    for (enum flavour flavour = INTX; flavour <= MSIX; flavour++) {
        for (unsigned enable = 0; enable < 2; enable++) {
            dev_t d = dev();
            igb_opens(&d);
            d.in.reset = true; // the reset in front of the test
            tick(&d);
            d.in.msix_en = flavour == MSIX;
            d.in.msi_en = flavour == MSI;
            if (flavour == MSIX) {
                put(&d, IGB_R_IVAR_MISC, 0x8000);
                if (enable) put(&d, IGB_R_EIMS, 1);
            }
            if (enable == 0) put(&d, IGB_R_EIMC, 1u << 31); // EIMS bit 31 must not matter
            put(&d, IGB_R_IMC, 0xFFFFFFFF);
            for (unsigned i = 0; i < 31; i++) {
                const uint32_t mask = 1u << i;
                if (!(mask & 0x77D4FBFD)) continue;
                if (flavour != MSIX) {
                    put(&d, IGB_R_ICR, 0xFFFFFFFF);
                    put(&d, IGB_R_IMC, mask);
                    put(&d, IGB_R_ICS, mask);
                    assert_int_equal(test_handler(&d, flavour, 1000), 0);
                }
                put(&d, IGB_R_ICR, 0xFFFFFFFF);
                put(&d, IGB_R_IMS, mask);
                put(&d, IGB_R_ICS, mask);
                const uint32_t icr = test_handler(&d, flavour, 1000);
                assert_int_equal(icr, mask | ICR(INT_ASSERTED));
                assert_false(d.irq.int_q);
                if (flavour != MSIX) {
                    put(&d, IGB_R_ICR, 0xFFFFFFFF);
                    put(&d, IGB_R_IMC, ~mask);
                    put(&d, IGB_R_ICS, ~mask);
                    assert_int_equal(test_handler(&d, flavour, 1000), 0);
                }
            }
        }
    }
}

// B.5: IVAR0 = 80h bytes, W IMS and IAM; the handler asks INT_ASSERTED; throttled by EITR[0].
static void igb_with_a_line(void **state)
{
    (void)state;
    const uint32_t mask = 0x5000009D;
    for (enum flavour flavour = INTX; flavour <= MSI; flavour++) {
        dev_t d = dev();
        d.in.msi_en = flavour == MSI;
        put(&d, IGB_R_IVAR, 0x8080);
        put_at(&d, IGB_R_EITR, 0, 648 | FMASK(IGB_EITR_CNT_IGNR));
        put(&d, IGB_R_IAM, mask);
        put(&d, IGB_R_IMS, mask);
        run(&d, 10);
        assert_false(d.irq.int_q);
        // Light load: at once. The line is up in the cycle behind the one that sees the cause.
        const uint64_t first = d.now;
        receive(&d, 0, 1);
        tick(&d);
        assert_false(d.irq.int_q);
        assert_int_equal(get(&d, IGB_R_EICR), 1u << 31 | 1); // other is there at once
        assert_true(d.irq.int_q);
        assert_int_equal(d.irq.msi_q, flavour == MSI);
        assert_int_equal(d.cyc[0], first + 1);
        run(&d, 100);
        assert_true(d.irq.int_q); // a level
        assert_int_equal(d.sends, 1);
        assert_int_equal(get(&d, IGB_R_ICR), ICR(INT_ASSERTED) | ICR(RXDW));
        assert_int_equal(get(&d, IGB_R_IMS), 0); // IAM
        tick(&d);
        assert_false(d.irq.int_q);
        // While masked: nothing. Unmasked within the interval: exactly at its end.
        transmit(&d, 0, 3);
        run(&d, 10);
        put(&d, IGB_R_IMS, mask);
        run_to(&d, first + 1 + 162 * U);
        assert_false(d.irq.int_q);
        tick(&d);
        assert_true(d.irq.int_q);
        assert_int_equal(d.cyc[1] - d.cyc[0], 162 * U);
        // Not ours when INT_ASSERTED is 0: a read in front of the rise does not say so.
        assert_int_equal(get(&d, IGB_R_ICR), ICR(INT_ASSERTED) | ICR(TXDW));
        // Deassertion is not throttled, and neither are the masks.
        run(&d, 2);
        assert_false(d.irq.int_q);
        // CTRL.RST.
        put(&d, IGB_R_IMS, mask);
        run_to(&d, d.now + 200 * U);
        put(&d, IGB_R_ICS, ICR(LSC));
        run(&d, 2);
        assert_true(d.irq.int_q);
        d.in.reset = true;
        tick(&d);
        assert_false(d.irq.int_q || d.irq.msi_q);
    }
}

// MSIX_MODE = 0 with MSI-X: a new cause sends vector 0 again though the line is up, if its gate is open; nothing else does.
static void the_line_tells_msix_of_every_cause(void **state)
{
    (void)state;
    for (int msix = 0; msix < 2; msix++) {
        dev_t d = dev();
        d.in.msix_en = msix;
        put(&d, IGB_R_GPIE, FMASK(IGB_GPIE_NSICR));
        put(&d, IGB_R_IMS, ICR(LSC) | ICR(RXDMT0));
        put(&d, IGB_R_ICS, ICR(LSC));
        run(&d, 5);
        assert_int_equal(d.sends, 1);
        put(&d, IGB_R_ICS, ICR(RXDMT0));
        run(&d, 5);
        assert_int_equal(d.sends, 1 + msix);
        assert_int_equal(d.vec[msix], 0);
        assert_true(d.irq.int_q);
        put(&d, IGB_R_ICS, ICR(RXDMT0)); // the same once more is an event too
        run(&d, 5);
        assert_int_equal(d.sends, 1 + 2 * msix);
        put(&d, IGB_R_ICS, ICR(TXDW)); // not enabled
        put(&d, IGB_R_EICS, 1);        // not of ICR
        run(&d, 5);
        assert_int_equal(d.sends, 1 + 2 * msix);
        put(&d, IGB_R_IMS, ICR(TXDW));
        run(&d, 5);
        assert_int_equal(d.sends, 1 + 3 * msix);
        // Through the gate only; not when ICR has been read before it opens.
        put_at(&d, IGB_R_EITR, 0, 100 << 2 | FMASK(IGB_EITR_CNT_IGNR));
        put(&d, IGB_R_ICS, ICR(LSC));
        run(&d, 5);
        assert_int_equal(d.sends, 1 + 4 * msix);
        put(&d, IGB_R_ICS, ICR(LSC));
        run(&d, 5);
        assert_int_equal(d.sends, 1 + 4 * msix);
        get(&d, IGB_R_ICR);
        run(&d, 300 * U);
        assert_int_equal(d.sends, 1 + 4 * msix);
        assert_false(d.irq.int_q || d.irq.news_q);
    }
}

static void low_latency_on_the_line(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        dev_t d = dev();
        put(&d, IGB_R_IVAR, 0x8080);
        put_at(&d, IGB_R_EITR, 0, 8000 << 2);
        put(&d, IGB_R_IMS, ICR(RXDW) | ICR(RXDMT0) | ICR(LSC));
        put(&d, IGB_R_ICS, ICR(LSC));
        run(&d, 2);
        assert_int_equal(d.sends, 1);
        get(&d, IGB_R_ICR);
        run(&d, 2);
        assert_false(d.irq.int_q);
        receive(&d, 0, 1);
        d.in.rx.lli = i != 3;
        d.in.rx.rxdmt = i == 3;
        const uint64_t at = d.now;
        tick(&d);
        if (i == 1) get(&d, IGB_R_EICR); // acknowledged in the tick of the rise
        if (i == 2) {                    // the cause goes away before the line can rise
            d.irq.int_q = true;
            get(&d, IGB_R_ICR);
            run(&d, 3);
            assert_int_equal(d.irq.lli_q, 0);
            assert_int_equal(d.sends, 1);
            continue;
        }
        run(&d, 3);
        assert_int_equal(d.sends, 2);
        assert_int_equal(d.cyc[1], at + 1);
        assert_int_equal(d.irq.lli_q, 0);
    }
}

// EICR and EIMS in place of ICR: queue bits through IVAR, a read clears and masks.
static void extended_causes_on_the_line(void **state)
{
    (void)state;
    dev_t d = dev();
    put_at(&d, IGB_R_IVAR, 3, 0x9F8A0000); // queue 11: rx 10, tx 31
    put(&d, IGB_R_EIAM, 0x0400);
    put(&d, IGB_R_EIMS, 0x0400);
    receive(&d, 11, 1);
    tick(&d);
    transmit(&d, 11, 1);
    tick(&d);
    assert_true(d.irq.int_q);
    assert_int_equal(get(&d, IGB_R_EICR), 0x8400); // vector & 15
    tick(&d);
    assert_false(d.irq.int_q);
    assert_int_equal(get(&d, IGB_R_EIMS), 0x80000000);
    assert_int_equal(get(&d, IGB_R_EICR), 0);
    // EICS bit 31 is a cause like others; the mailbox of a VF is none.
    put_at(&d, IGB_R_VTIVAR_MISC, 2, 0x82);
    d.in.vf = 0xFF;
    tick(&d);
    assert_int_equal(get(&d, IGB_R_EICR), 0);
    put(&d, IGB_R_EICS, 0x80000000);
    run(&d, 2);
    assert_true(d.irq.int_q);
}

static void changing_the_mode(void **state)
{
    (void)state;
    dev_t d = dev();
    put(&d, IGB_R_EICS, 2);
    put(&d, IGB_R_EIMS, 3);
    run(&d, 2);
    assert_true(d.irq.int_q);
    put(&d, IGB_R_GPIE, FMASK(IGB_GPIE_MSIX_MODE));
    assert_false(d.irq.int_q);
    run(&d, 5);
    assert_int_equal(d.irq.eicr_q, 2); // kept, and no event
    assert_int_equal(d.sends, 1);
    put(&d, IGB_R_EIMC, 2);
    put(&d, IGB_R_EICS, 2);
    put(&d, IGB_R_GPIE, 0);
    assert_int_equal(d.irq.ev_q, 0);
    assert_int_equal(d.irq.eicr_q, 2);
}

// ---- messages: MSIX_MODE = 1 ----

// B.6, queue vector: auto-clear, auto-mask, what comes meanwhile fires on the EIMS write.
static void igb_queue_vector(void **state)
{
    (void)state;
    dev_t d = dev();
    igb_opens(&d);
    receive(&d, 0, 1);
    const uint64_t at = d.now;
    run(&d, 5);
    assert_int_equal(d.sends, 1);
    assert_int_equal(d.cyc[0], at + 1); // seen in the cycle behind the write-back, sent in its tick
    assert_int_equal(d.vec[0], 1);
    assert_int_equal(get(&d, IGB_R_EICR), 0);
    assert_int_equal(get(&d, IGB_R_EIMS), 0x80000005);
    // NAPI runs: 3 write-backs, no message.
    for (unsigned i = 0; i < 3; i++) {
        receive(&d, 0, 2);
        run(&d, 7);
    }
    assert_int_equal(d.sends, 1);
    assert_int_equal(get(&d, IGB_R_EICR), 2);
    // The end of NAPI: one message for all of them.
    put(&d, IGB_R_EIMS, 2);
    run(&d, 5);
    assert_int_equal(d.sends, 2);
    put(&d, IGB_R_EIMS, 2);
    run(&d, 50);
    assert_int_equal(d.sends, 2); // nothing new: silence
    transmit(&d, 0, 4);
    run(&d, 5);
    assert_int_equal(d.sends, 3);
    assert_int_equal(d.vec[2], 2);
    // B.7: the watchdog's EICS fires, also of a masked vector, because EIAM unmasks.
    put(&d, IGB_R_EICS, 6);
    run(&d, 5);
    assert_int_equal(d.sends, 5);
    assert_int_equal(d.vec[3], 1);
    assert_int_equal(d.vec[4], 2);
}

// B.6, vector 0: ICR read clears, link changes and the mailbox's cause.
static void igb_other_vector(void **state)
{
    (void)state;
    dev_t d = dev();
    igb_opens(&d);
    d.in.set = ICR(LSC);
    run(&d, 4);
    assert_int_equal(d.sends, 1);
    assert_int_equal(d.vec[0], 0);
    // Meanwhile a VF asks: it is read with the rest, and one more message comes behind.
    d.in.set = ICR(VMMB);
    run(&d, 4);
    assert_int_equal(get(&d, IGB_R_ICR), ICR(LSC) | ICR(VMMB));
    assert_int_equal(get(&d, IGB_R_ICR), 0);
    put(&d, IGB_R_EIMS, 1);
    run(&d, 4);
    assert_int_equal(d.sends, 2);
    put(&d, IGB_R_EIMS, 1);
    // The same cause again before ICR is read is an event all the same.
    d.in.set = ICR(VMMB);
    run(&d, 4);
    put(&d, IGB_R_EIMS, 1);
    d.in.set = ICR(VMMB);
    run(&d, 4);
    assert_int_equal(d.sends, 4);
    put(&d, IGB_R_EIMS, 1);
    // Not enabled: silent; enabled later: an event.
    d.in.set = ICR(RXO);
    run(&d, 4);
    assert_int_equal(d.sends, 4);
    put(&d, IGB_R_IMS, ICR(RXO));
    run(&d, 4);
    assert_int_equal(d.sends, 5);
    put(&d, IGB_R_EIMS, 1);
    put(&d, IGB_R_IMS, ICR(RXO));
    run(&d, 4);
    assert_int_equal(d.sends, 5);
    assert_false(d.irq.int_q);
    assert_int_equal(get(&d, IGB_R_ICR) & ICR(INT_ASSERTED), 0);
}

// EIAC = 0: what is set and not acknowledged does not hide the next event.
static void an_acknowledge_is_not_needed(void **state)
{
    (void)state;
    dev_t d = dev();
    igb_opens(&d);
    put(&d, IGB_R_EIAC, 0);
    put(&d, IGB_R_EIAM, 0);
    for (unsigned i = 1; i <= 5; i++) {
        receive(&d, 0, 1);
        run(&d, 5);
        assert_int_equal(d.sends, i);
        assert_int_equal(get(&d, IGB_R_EICR), 2);
    }
    // An acknowledge before the event is sent takes it away.
    put_at(&d, IGB_R_EITR, 1, 100 << 2);
    receive(&d, 0, 1);
    run(&d, 3);
    receive(&d, 0, 1);
    run(&d, 3);
    put(&d, IGB_R_EICR, 2);
    run(&d, 200 * U);
    assert_int_equal(d.sends, 6);
}

static void vectors_that_are_not(void **state)
{
    (void)state;
    dev_t d = dev();
    igb_opens(&d);
    put(&d, IGB_R_EIMS, 0xFFFFFFFF);
    put(&d, IGB_R_IVAR, 0x0102999F); // above 24, and not valid
    put(&d, IGB_R_IVAR_MISC, 0x9F80);
    receive(&d, 0, 1);
    transmit(&d, 0, 1);
    d.in.set = ICR(LSC);
    run(&d, 2);
    receive(&d, 8, 1);
    transmit(&d, 8, 1);
    d.in.vf = 0xFF;
    run(&d, 5);
    assert_int_equal(d.sends, 0);
    assert_int_equal(get(&d, IGB_R_EICR), 0);
    assert_int_equal(get(&d, IGB_R_ICR), ICR(LSC) | ICR(RXDW) | ICR(TXDW));
    put(&d, IGB_R_IVAR, 0x98009800);
    transmit(&d, 0, 1);
    run(&d, 5);
    assert_int_equal(d.sends, 1);
    assert_int_equal(d.vec[0], 24);
    // The mailbox of a VF: 3 is its vector 2, and not one of the VF below.
    for (unsigned k = 0; k < 4; k++) {
        put_at(&d, IGB_R_VTIVAR_MISC, 5, k); // not valid
        d.in.vf = 1 << 5;
        run(&d, 5);
        assert_int_equal(d.sends, 1 + k);
        put_at(&d, IGB_R_VTIVAR_MISC, 5, 0x80 | k);
        d.in.vf = 1 << 5;
        run(&d, 5);
        assert_int_equal(d.sends, 2 + k);
        assert_int_equal(d.vec[1 + k], 22 - 3 * 5 + (k == 3 ? 2 : k));
        put(&d, IGB_R_EIMS, 0xFFFFFFFF);
    }
    // Rings: the gate of the vector, or open.
    assert_true(irq_82576_rx_open(&d.irq, 0, 0));
    assert_false(irq_82576_tx_open(&d.irq, 8, ~(1u << 24)));
    assert_true(irq_82576_tx_open(&d.irq, 8, 1u << 24));
    put(&d, IGB_R_GPIE, 0);
    assert_true(irq_82576_tx_open(&d.irq, 8, 1));
    assert_false(irq_82576_tx_open(&d.irq, 8, ~1u));
}

static void every_queue_has_its_bytes(void **state)
{
    (void)state;
    for (unsigned q = 0; q < IGB_Queues; q++) {
        for (unsigned tx = 0; tx < 2; tx++) {
            dev_t d = dev();
            igb_opens(&d);
            put(&d, IGB_R_IVAR, 0);
            const uint32_t at = (q >> 3) * 16 + tx * 8;
            put_at(&d, IGB_R_IVAR, q & 7, (0x80 | (q + 1)) << at);
            put(&d, IGB_R_EIMS, 0x1FFFFFF);
            for (unsigned p = 0; p < IGB_Queues; p++) {
                tx ? receive(&d, p, 1) : transmit(&d, p, 1);
                tick(&d);
                if (p == q) continue;
                tx ? transmit(&d, p, 1) : receive(&d, p, 1);
                tick(&d);
            }
            run(&d, 3);
            assert_int_equal(d.sends, 0);
            tx ? transmit(&d, q, 1) : receive(&d, q, 1);
            run(&d, 3);
            assert_int_equal(d.sends, 1);
            assert_int_equal(d.vec[0], q + 1);
        }
    }
}

// ---- VFs ----

// C.2: VTIVAR, VTIVAR_MISC, then VTEIAC, VTEIAM, VTEIMS.
static void igbvf_opens(dev_t *d, unsigned vf)
{
    vf_put(d, vf, IGBVF_VTEIMC, 0xFFFFFFFF);
    vf_put(d, vf, IGBVF_VTEIAC, 0);
    vf_put(d, vf, IGBVF_VTEITR, 488);
    vf_put(d, vf, IGBVF_VTEITR + 4, 488);
    vf_put(d, vf, IGBVF_VTIVAR, (vf_get(d, vf, IGBVF_VTIVAR) & 0xFFFF00FF) | 0x8000);
    vf_put(d, vf, IGBVF_VTIVAR, (vf_get(d, vf, IGBVF_VTIVAR) & 0xFFFFFF00) | 0x81);
    vf_put(d, vf, IGBVF_VTIVAR_MISC, 0x82);
    vf_get(d, vf, IGBVF_VTEICR);
    vf_put(d, vf, IGBVF_VTEIAC, 7);
    vf_put(d, vf, IGBVF_VTEIAM, 7);
    vf_put(d, vf, IGBVF_VTEIMS, 7);
}

// C.3, C.4.
static void igbvf_interrupts(void **state)
{
    (void)state;
    for (unsigned vf = 0; vf < IGB_Vfs; vf++) {
        const unsigned v = 22 - 3 * vf; // its vector 0
        dev_t d = dev();
        d.in.msix_en = true;
        put(&d, IGB_R_GPIE, 0xC0000011);
        igbvf_opens(&d, vf);
        assert_int_equal(vf_get(&d, vf, IGBVF_VTIVAR), 0x8081);
        assert_int_equal(vf_get(&d, vf, IGBVF_VTEIAC), 7);
        assert_int_equal(vf_get(&d, vf, IGBVF_VTEITR + 4), 488);
        run(&d, 5);
        assert_int_equal(d.sends, 0);
        // rx: auto-cleared, auto-masked, fires again on VTEIMS, 122 us behind the first.
        receive(&d, vf, 1);
        run(&d, 5);
        assert_int_equal(d.sends, 1);
        assert_int_equal(d.vec[0], v + 1);
        assert_int_equal(vf_get(&d, vf, IGBVF_VTEICR), 0);
        assert_int_equal(vf_get(&d, vf, IGBVF_VTEIMS), 5);
        receive(&d, vf, 1);
        run(&d, 200 * U);
        assert_int_equal(d.sends, 1);
        vf_put(&d, vf, IGBVF_VTEIMS, 2);
        run(&d, 5);
        assert_int_equal(d.sends, 2);
        vf_put(&d, vf, IGBVF_VTEIMS, 2);
        // A write of VTEITR has no CNT_IGNR: what waits is released at once.
        receive(&d, vf, 1);
        run(&d, 10);
        assert_int_equal(d.sends, 2);
        const uint64_t at = d.now;
        vf_put(&d, vf, IGBVF_VTEITR + 4, 488);
        run(&d, 5);
        assert_int_equal(d.sends, 3);
        assert_int_equal(d.cyc[2], at + 1);
        // tx, not cleaned completely: VTEICS only, which unmasks. Then all clean: VTEIMS.
        transmit(&d, vf, 1);
        run(&d, 5);
        assert_int_equal(d.sends, 4);
        assert_int_equal(d.vec[3], v);
        run(&d, 200 * U);
        vf_put(&d, vf, IGBVF_VTEICS, 1);
        run(&d, 5);
        assert_int_equal(d.sends, 5);
        assert_int_equal(d.vec[4], v);
        vf_put(&d, vf, IGBVF_VTEIMS, 1);
        run(&d, 200 * U);
        assert_int_equal(d.sends, 5);
        // mailbox: vector 2.
        d.in.vf = (uint8_t)(1 << vf);
        run(&d, 5);
        assert_int_equal(d.sends, 6);
        assert_int_equal(d.vec[5], v + 2);
        vf_put(&d, vf, IGBVF_VTEIMS, 4);
        // Watchdog: VTEICS = 2.
        vf_put(&d, vf, IGBVF_VTEICS, 2);
        run(&d, 5);
        assert_int_equal(d.sends, 7);
        assert_int_equal(d.vec[6], v + 1);
        // Nothing of others moved.
        assert_int_equal(get(&d, IGB_R_EIMS) & ~vf_view_vectors(vf), 0x80000000);
        assert_int_equal(get(&d, IGB_R_EIAC), vf_view_vectors(vf));
    }
}

// Two VFs and the PF in one register: each changes its own bits.
static void vfs_share_and_do_not_meet(void **state)
{
    (void)state;
    dev_t d = dev();
    igb_opens(&d);
    igbvf_opens(&d, 0);
    igbvf_opens(&d, 7);
    igbvf_opens(&d, 3);
    const uint32_t vfs = vf_view_vectors(0) | vf_view_vectors(3) | vf_view_vectors(7);
    assert_int_equal(get(&d, IGB_R_EIAC) & vfs, vfs);
    assert_int_equal(get(&d, IGB_R_EIAC), vfs | 7);
    assert_int_equal(get(&d, IGB_R_EIAM), vfs | 7);
    vf_put(&d, 7, IGBVF_VTEIAM, 0);
    vf_put(&d, 3, IGBVF_VTEIAC, 2);
    assert_int_equal(get(&d, IGB_R_EIAM), (vfs | 7) & ~vf_view_vectors(7));
    assert_int_equal(get(&d, IGB_R_EIAC), ((vfs | 7) & ~vf_view_vectors(3)) | 1u << 14);
    // VF 3 is reset: its bits, its IVARs, its counters; an event of that cycle is gone.
    put_at(&d, IGB_R_VRXFRAMES, 13, 5);
    put_at(&d, IGB_R_VRXFRAMES, 12, 5);
    put_at(&d, IGB_R_VTXFRAMES, 15, 5); // its last vector, and the first of VF 2
    put_at(&d, IGB_R_VTXFRAMES, 16, 5);
    d.in.vf_reset = 1 << 3;
    receive(&d, 3, 5);
    transmit(&d, 3, 1);
    tick(&d);
    const uint32_t own = vf_view_vectors(3);
    assert_int_equal((d.irq.eicr_q | d.irq.eims_q | d.irq.eiac_q | d.irq.eiam_q | d.irq.ev_q) & own,
                     0);
    assert_int_equal(irq_82576_read(&d.irq, IGB_R_IVAR, 3), 0);
    assert_int_equal(irq_82576_read(&d.irq, IGB_R_VTIVAR_MISC, 3), 0);
    assert_int_equal(irq_82576_read(&d.irq, IGB_R_VRXFRAMES, 13), 0);
    assert_int_equal(irq_82576_read(&d.irq, IGB_R_VRXFRAMES, 12), 5);
    assert_int_equal(irq_82576_read(&d.irq, IGB_R_VTXFRAMES, 15), 0);
    assert_int_equal(irq_82576_read(&d.irq, IGB_R_VTXFRAMES, 16), 5);
    assert_int_equal(irq_82576_read(&d.irq, IGB_R_VTIVAR_MISC, 0), 0x82);
    assert_int_equal(eitr_read(&d.eitr, 13, d.now), 488); // EITR stays
    // CTRL.RST resets what is the PF's, not what VFs have set up; together with the reset of a VF that as well.
    vf_put(&d, 7, IGBVF_VTEIAM, 2);
    put_at(&d, IGB_R_VRXFRAMES, 2, 6);
    put_at(&d, IGB_R_VTXFRAMES, 3, 7);
    receive(&d, 7, 9);
    tick(&d);
    assert_true(d.irq.eicr_q & vf_view_vectors(7));
    const uint32_t eims = d.irq.eims_q, eiac = d.irq.eiac_q, ivar = d.irq.ivar_q[7];
    assert_true(eims & vf_view_vectors(7));
    d.in.reset = true;
    d.in.stay = 1 << 7 | 1;
    d.in.vf_reset = 1;
    tick(&d);
    assert_int_equal(d.irq.eims_q, 0x80000000 | (eims & vf_view_vectors(7)));
    assert_int_equal(d.irq.eiac_q, eiac & vf_view_vectors(7));
    assert_int_equal(d.irq.eiam_q, 1u << (igb_first_vector(7) + 1));
    assert_int_equal(d.irq.eicr_q | d.irq.ev_q | d.irq.lli_q, 0);
    assert_true(ivar);
    assert_int_equal(irq_82576_read(&d.irq, IGB_R_IVAR, 7), ivar);
    assert_int_equal(irq_82576_read(&d.irq, IGB_R_VRXFRAMES, 2), 6);
    assert_int_equal(irq_82576_read(&d.irq, IGB_R_VTXFRAMES, 3), 7);
    assert_int_equal(irq_82576_read(&d.irq, IGB_R_VTXFRAMES, 16), 0);
    assert_int_equal(irq_82576_read(&d.irq, IGB_R_VRXFRAMES, 12), 0);
    assert_int_equal(irq_82576_read(&d.irq, IGB_R_VTIVAR_MISC, 0), 0);
    assert_int_equal(irq_82576_read(&d.irq, IGB_R_VTIVAR_MISC, 7), 0x82);
    // The PF comes back: CTRL_EXT.PFRSTD reaches the VF.
    put(&d, IGB_R_GPIE, 0xC0000011);
    const uint64_t sends = d.sends;
    d.in.vf = 1 << 7;
    tick(&d);
    run(&d, 500 * U);
    assert_int_equal(d.sends, sends + 1);
    assert_int_equal(d.vec[sends % LOG], igb_first_vector(7) + 2);
    // FLR of the PF: nothing stays.
    d.in.reset = true;
    tick(&d);
    assert_int_equal(d.irq.eims_q, 0x80000000);
    assert_int_equal(irq_82576_read(&d.irq, IGB_R_VTIVAR_MISC, 7), 0);
}

// ---- moderation ----

static const uint32_t intervals[] = {1, 2, 14, 49, 162, 245, 1000};

// A message for every event as long as they are farther apart than the interval.
static void light_load_is_immediate(void **state)
{
    (void)state;
    for (unsigned i = 0; i < sizeof intervals / sizeof intervals[0]; i++) {
        dev_t d = dev();
        igb_opens(&d);
        put(&d, IGB_R_EIAM, 0);
        put_at(&d, IGB_R_EITR, 1, intervals[i] << 2 | FMASK(IGB_EITR_CNT_IGNR));
        for (unsigned n = 0; n < 20; n++) {
            const uint64_t at = d.now;
            receive(&d, 0, 1);
            run_to(&d, at + intervals[i] * U + n % 3);
            assert_int_equal(d.sends, n + 1);
            assert_int_equal(d.cyc[n], at + 1);
        }
    }
}

// More events than messages: the messages are exactly INTERVAL apart, whatever the rate.
static void saturation_is_exactly_the_interval(void **state)
{
    (void)state;
    for (unsigned i = 0; i < sizeof intervals / sizeof intervals[0]; i++) {
        for (unsigned gap = 1; gap < 100; gap = gap * 5 + 2) {
            dev_t d = dev();
            igb_opens(&d);
            put(&d, IGB_R_EIAM, 0);
            put_at(&d, IGB_R_EITR, 1, intervals[i] << 2 | FMASK(IGB_EITR_CNT_IGNR));
            while (d.sends < 8) {
                if (d.now % gap == 0) receive(&d, 0, 1);
                tick(&d);
            }
            for (unsigned n = 1; n < 8; n++)
                assert_int_equal(d.cyc[n] - d.cyc[n - 1], intervals[i] * U);
        }
    }
}

// The same with the driver's loop: EIMS is written some time behind the message.
static void driver_loop_under_saturation(void **state)
{
    (void)state;
    dev_t d = dev();
    igb_opens(&d);
    put_at(&d, IGB_R_EITR, 1, 648 | FMASK(IGB_EITR_CNT_IGNR));
    while (d.sends < 10) {
        const uint64_t sends = d.sends;
        receive(&d, 0, 1);
        tick(&d);
        if (d.sends == sends) continue;
        for (unsigned n = 0; n < 100 * U; n++) {
            receive(&d, 0, 1);
            tick(&d);
        }
        put_at(&d, IGB_R_EITR, 1, 648 | FMASK(IGB_EITR_CNT_IGNR));
        put(&d, IGB_R_EIMS, 2);
    }
    for (unsigned n = 1; n < 10; n++) assert_int_equal(d.cyc[n] - d.cyc[n - 1], 162 * U);
}

static void writing_eitr_releases(void **state)
{
    (void)state;
    dev_t d = dev();
    igb_opens(&d);
    put(&d, IGB_R_EIAM, 0);
    put_at(&d, IGB_R_EITR, 1, 8000 << 2 | FMASK(IGB_EITR_CNT_IGNR));
    receive(&d, 0, 1);
    run(&d, 100);
    receive(&d, 0, 1);
    run(&d, 100);
    put_at(&d, IGB_R_EITR, 1, 8000 << 2 | FMASK(IGB_EITR_CNT_IGNR));
    run(&d, 100);
    assert_int_equal(d.sends, 1);
    const uint64_t at = d.now;
    put_at(&d, IGB_R_EITR, 1, 8000 << 2);
    run(&d, 10);
    assert_int_equal(d.sends, 2);
    assert_int_equal(d.cyc[1], at + 1);
    assert_int_equal(eitr_quiet(&d.eitr, 2, 0),
                     at + 1 + 8000 * U); // the interval counts from there
}

static void ctrl_rst_sends_what_is_pending(void **state)
{
    (void)state;
    dev_t d = dev();
    igb_opens(&d);
    igbvf_opens(&d, 7); // vectors 1 to 3
    put_at(&d, IGB_R_EITR, 2, 8000 << 2);
    receive(&d, 7, 1); // vector 2
    run(&d, 10);
    vf_put(&d, 7, IGBVF_VTEIMS, 7);
    assert_int_equal(d.sends, 1);
    receive(&d, 7, 1);
    put(&d, IGB_R_EIMC, 8);
    d.in.vf = 1 << 7; // vector 3 is masked: not sent
    run(&d, 10);
    assert_int_equal(d.sends, 1);
    d.in.reset = true;
    const uint64_t at = d.now;
    tick(&d);
    run(&d, 10);
    assert_int_equal(d.sends, 2);
    assert_int_equal(d.vec[1], 2);
    assert_int_equal(d.cyc[1], at);
    assert_int_equal(d.irq.eicr_q, 0);
    assert_false(eitr_open(&d.eitr, d.now) >> 2 & 1); // the gate is as it was
}

static void low_latency(void **state)
{
    (void)state;
    for (unsigned rxdmt = 0; rxdmt < 2; rxdmt++) {
        dev_t d = dev();
        igb_opens(&d);
        put(&d, IGB_R_EIAM, 0);
        put(&d, IGB_R_GPIE, 0xC0000011 | FPUT(IGB_GPIE_LL_INTERVAL, 2));
        put_at(&d, IGB_R_EITR, 1, 4000 << 2);
        receive(&d, 0, 1);
        run(&d, 10);
        assert_int_equal(d.sends, 1);
        // Without credits: always at once, and the interval starts again.
        for (unsigned n = 1; n < 5; n++) {
            receive(&d, 0, 1);
            run(&d, 10);
            assert_int_equal(d.sends, n);
            const uint64_t at = d.now;
            receive(&d, 0, rxdmt ? 0 : 1);
            d.in.rx.lli = !rxdmt;
            d.in.rx.rxdmt = rxdmt;
            run(&d, 10);
            assert_int_equal(d.sends, n + 1);
            assert_int_equal(d.cyc[n], at + 1);
            assert_int_equal(eitr_quiet(&d.eitr, 2, 0), at + 1 + 4000 * U);
        }
        // With credits: as many as there are, then when the next one comes.
        put_at(&d, IGB_R_EITR, 1,
               4000 << 2 | FMASK(IGB_EITR_LLI_EN) | FPUT(IGB_EITR_LL_COUNTER, 3) |
                   FPUT(IGB_EITR_COUNTER, 1000));
        const uint64_t start = d.now - 1;
        for (unsigned n = 0; n < 3; n++) {
            receive(&d, 0, 1);
            d.in.rx.lli = true;
            run(&d, 10);
            assert_int_equal(d.sends, 6 + n);
        }
        receive(&d, 0, 1);
        d.in.rx.lli = true;
        run_to(&d, start + 2 * LU + 1);
        assert_int_equal(d.sends, 8);
        tick(&d);
        assert_int_equal(d.sends, 9);
        assert_int_equal(d.cyc[8], start + 2 * LU + 1);
        // Masked, it keeps its hurry; acknowledged, it is gone.
        put_at(&d, IGB_R_EITR, 1, 4000 << 2 | FPUT(IGB_EITR_COUNTER, 1000));
        put(&d, IGB_R_EIMC, 2);
        receive(&d, 0, 1);
        d.in.rx.lli = true;
        run(&d, 10);
        put(&d, IGB_R_EIMS, 2);
        run(&d, 3);
        assert_int_equal(d.sends, 10);
        put(&d, IGB_R_EIMC, 2);
        receive(&d, 0, 1);
        d.in.rx.lli = true;
        run(&d, 10);
        put(&d, IGB_R_EICR, 2);
        receive(&d, 0, 1);
        tick(&d);
        put(&d, IGB_R_EIMS, 2);
        run(&d, 100);
        assert_int_equal(d.sends, 10);
    }
}

static void frames_per_interrupt(void **state)
{
    (void)state;
    for (unsigned tx = 0; tx < 2; tx++) {
        const uint32_t cause = tx ? ICR(TXDW) : ICR(RXDW);
        const uint16_t reg = tx ? IGB_R_VTXFRAMES : IGB_R_VRXFRAMES;
        const unsigned vec = tx ? 2 : 1;
        dev_t d = dev();
        igb_opens(&d);
        put(&d, IGB_R_EIAM, 0);
        put_at(&d, reg, vec, 7);
        for (unsigned n = 1; n <= 30; n++) {
            tx ? transmit(&d, 0, 1) : receive(&d, 0, 1);
            run(&d, 4);
            assert_int_equal(d.sends, n / 7);
            assert_int_equal(get(&d, IGB_R_ICR), n % 7 ? 0 : cause);
        }
        // 2 are counted. 8 more: a cause, the rest is forgotten.
        tx ? transmit(&d, 0, 8) : receive(&d, 0, 8);
        run(&d, 4);
        assert_int_equal(d.sends, 5);
        tx ? transmit(&d, 0, 6) : receive(&d, 0, 6);
        run(&d, 4);
        assert_int_equal(d.sends, 5);
        // A write clears the counter.
        put_at(&d, reg, vec, 7);
        tx ? transmit(&d, 0, 6) : receive(&d, 0, 6);
        run(&d, 4);
        assert_int_equal(d.sends, 5);
        // In the tick of a write-back: that counts for the old N, and is forgotten.
        tx ? transmit(&d, 0, 1) : receive(&d, 0, 1);
        put_at(&d, reg, vec, 2);
        run(&d, 4);
        assert_int_equal(d.sends, 6);
        tx ? transmit(&d, 0, 1) : receive(&d, 0, 1);
        run(&d, 4);
        assert_int_equal(d.sends, 6);
        if (tx) {
            transmit(&d, 0, 1);
            run(&d, 4);
            assert_int_equal(d.sends, 7);
        } else {
            // The threshold is a cause of its own and counts nothing; low latency is one and clears.
            get(&d, IGB_R_ICR);
            receive(&d, 0, 0);
            d.in.rx.rxdmt = true;
            run(&d, 4);
            assert_int_equal(get(&d, IGB_R_ICR), ICR(RXDMT0));
            assert_int_equal(d.sends, 7);
            receive(&d, 0, 1);
            run(&d, 4);
            assert_int_equal(d.sends, 8);
            receive(&d, 0, 1);
            run(&d, 4);
            receive(&d, 0, 1);
            d.in.rx.lli = true;
            run(&d, 4);
            assert_int_equal(d.sends, 9);
            receive(&d, 0, 1);
            run(&d, 4);
            assert_int_equal(d.sends, 9);
            put_at(&d, reg, vec, 7); // whatever is missing
            receive(&d, 0, 1);
            d.in.rx.lli = true;
            run(&d, 4);
            assert_int_equal(d.sends, 10);
        }
        // Off: every write-back.
        put_at(&d, reg, vec, 0);
        const uint64_t sends = d.sends;
        tx ? transmit(&d, 0, 1) : receive(&d, 0, 1);
        run(&d, 4);
        assert_int_equal(d.sends, sends + 1);
        // A write-back that finishes no packet is nothing.
        tx ? transmit(&d, 0, 0) : receive(&d, 0, 0);
        get(&d, IGB_R_ICR);
        run(&d, 4);
        assert_int_equal(get(&d, IGB_R_ICR), 0);
        assert_int_equal(d.sends, sends + 1);
    }
}

// ---- collisions ----

// An event of each kind in the tick of each access, with the vector in each state: a message follows as soon as the
// vector is unmasked.
static void no_event_is_lost(void **state)
{
    (void)state;
    static const uint16_t ids[] = {IGB_R_ICR,  IGB_R_ICS,  IGB_R_IMS,  IGB_R_IMC,
                                   IGB_R_IAM,  IGB_R_EICR, IGB_R_EICS, IGB_R_EIMS,
                                   IGB_R_EIMC, IGB_R_EIAM, IGB_R_EITR, IGB_R_EIAC};
    for (unsigned i = 0; i < sizeof ids / sizeof ids[0] * 256; i++) {
        const uint16_t id = ids[i / 256];
        const bool write = i & 1, sending = i & 2, masked = i & 4, eiac = i & 8, eiam = i & 16;
        const unsigned kind = i >> 5 & 7;
        dev_t d = dev();
        igb_opens(&d);
        igbvf_opens(&d, 7); // vectors 1 to 3
        put(&d, IGB_R_IVAR, 0x00008281);
        put_at(&d, IGB_R_EITR, 1, 0);
        put_at(&d, IGB_R_EITR, 2, 0);
        put(&d, IGB_R_EIAC, eiac ? 0xF : 0);
        put(&d, IGB_R_EIAM, eiam ? 0xF : 0);
        put(&d, IGB_R_EIMS, 0xF);
        run(&d, 3);
        const unsigned vec = kind == 4 ? 3 : kind == 3 ? 2 : kind == 2 ? 0 : 1;
        if (sending) { // an event that is sent in the tick of the other
            d.in.csr_func = 0;
            put(&d, IGB_R_EICS, 1u << vec);
        } else if (masked) {
            put(&d, IGB_R_EIMC, 1u << vec);
        }
        const uint64_t sends = d.sends;
        switch (kind) {
        case 0: receive(&d, 0, 1); break;
        case 1:
            receive(&d, 0, 1);
            d.in.rx.lli = true;
            break;
        case 2: d.in.set = ICR(LSC); break;
        case 3: transmit(&d, 0, 1); break;
        case 4: d.in.vf = 1 << 7; break;
        case 5: receive(&d, 7, 1); break; // the VF's, vector 2
        default: continue;
        }
        if (kind == 2 && id == IGB_R_IMC) continue; // masked is masked
        d.in.csr = (csr_t){.valid = true,
                           .write = write,
                           .id = id,
                           .index = (uint16_t)vec,
                           .wdata = id == IGB_R_EITR ? 0 : 0xF};
        tick(&d);
        assert_int_equal(d.sends, sends + (sending ? 1 : 0));
        run(&d, 3);
        put(&d, IGB_R_EIMS, 0xF);
        run(&d, 3);
        assert_true(d.sends >= sends + 1 + (sending ? 1 : 0));
    }
}

// A mask bit that a sending takes away in the tick in which software writes it stays.
static void unmasking_wins_over_the_auto_mask(void **state)
{
    (void)state;
    dev_t d = dev();
    igb_opens(&d);
    receive(&d, 0, 1);
    tick(&d);
    put(&d, IGB_R_EIMS, 2);
    assert_int_equal(d.sends, 1);
    assert_true(d.irq.eims_q & 2);
    run(&d, 3);
    assert_int_equal(d.sends, 1);
    receive(&d, 0, 1);
    run(&d, 3);
    assert_int_equal(d.sends, 2);
}

// ---- visits ----

static uint32_t rnd(uint64_t *s, uint32_t n)
{
    *s ^= *s << 13, *s ^= *s >> 7, *s ^= *s << 17;
    return (uint32_t)(*s >> 20) % n;
}

// Visited only for an input or when quiet says so, the modules end in the same state.
static void lazy_visits(void **state)
{
    (void)state;
    static const uint16_t ids[] = {IGB_R_ICR,  IGB_R_ICS,  IGB_R_IMS,  IGB_R_IMC,  IGB_R_IAM,
                                   IGB_R_EICR, IGB_R_EICS, IGB_R_EIMS, IGB_R_EIMC, IGB_R_EIAM,
                                   IGB_R_EITR, IGB_R_EIAC, IGB_R_GPIE, IGB_R_IVAR, IGB_R_IVAR_MISC};
    uint64_t r = 4711, sends = 0, visits = 0, cycles = 0;
    for (int round = 0; round < 30; round++) {
        dev_t a = dev(), b;
        memcpy(&b, &a, sizeof a);
        const uint32_t odds = 20 + rnd(&r, 400);
        uint32_t ll = 0;
        while (a.now < 30000) {
            irq_82576_in_t in = {.msi_en = a.in.msi_en, .msix_en = a.in.msix_en};
            bool input = true;
            switch (rnd(&r, odds)) {
            case 0:
                in.rx = (irq_82576_wb_t){.valid = true,
                                         .queue = (uint8_t)rnd(&r, 4),
                                         .packets = 1,
                                         .lli = rnd(&r, 3) == 0};
                break;
            case 1:
                in.tx = (irq_82576_wb_t){.valid = true, .queue = (uint8_t)rnd(&r, 4), .packets = 1};
                break;
            case 2: in.set = 1u << rnd(&r, 10); break;
            case 3: in.reset = rnd(&r, 50) == 0; break;
            case 4: in.msix_en = rnd(&r, 2); break;
            case 5:
            case 6: {
                const uint16_t id = ids[rnd(&r, sizeof ids / sizeof ids[0])];
                uint32_t w = rnd(&r, 2) ? 0xFF : 1u << rnd(&r, 32);
                if (id == IGB_R_EITR) w = rnd(&r, 16) << 2 | rnd(&r, 2) << 15 | rnd(&r, 2) << 31;
                if (id == IGB_R_IVAR) w = 0x83828180;
                if (id == IGB_R_GPIE) w = 0x40000000 | rnd(&r, 4) << 7 | (rnd(&r, 3) ? 0x11 : 0);
                in.csr = (csr_t){.valid = true, .write = rnd(&r, 4) != 0, .id = id, .wdata = w};
                if (id == IGB_R_EITR || id == IGB_R_IVAR) in.csr.index = (uint16_t)rnd(&r, 4);
                break;
            }
            default: input = false; break;
            }
            uint64_t next = irq_82576_quiet(&b.irq);
            const uint64_t gate =
                eitr_quiet(&b.eitr, irq_82576_want(&b.irq), irq_82576_lli(&b.irq));
            if (gate < next) next = gate;
            a.in = in;
            tick(&a);
            // What the chip would wake it for: another LL_INTERVAL than at the last visit.
            if (input || next <= b.now || irq_82576_ll_interval(&b.irq) != ll) {
                ll = irq_82576_ll_interval(&b.irq);
                b.in = in;
                tick(&b);
                visits++;
            } else {
                b.now++;
            }
            cycles++;
            assert_int_equal(a.sends, b.sends);
            assert_memory_equal(&a.irq, &b.irq, sizeof a.irq);
            assert_memory_equal(&a.eitr, &b.eitr, sizeof a.eitr);
        }
        sends += a.sends;
    }
    assert_true(sends > 500 && visits < cycles / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(registers_are_those_of_the_table),
        cmocka_unit_test(sets_and_clears),
        cmocka_unit_test(reads_of_icr),
        cmocka_unit_test(accesses_of_eicr),
        cmocka_unit_test(igb_interrupt_test),
        cmocka_unit_test(igb_with_a_line),
        cmocka_unit_test(the_line_tells_msix_of_every_cause),
        cmocka_unit_test(low_latency_on_the_line),
        cmocka_unit_test(extended_causes_on_the_line),
        cmocka_unit_test(changing_the_mode),
        cmocka_unit_test(igb_queue_vector),
        cmocka_unit_test(igb_other_vector),
        cmocka_unit_test(an_acknowledge_is_not_needed),
        cmocka_unit_test(vectors_that_are_not),
        cmocka_unit_test(every_queue_has_its_bytes),
        cmocka_unit_test(igbvf_interrupts),
        cmocka_unit_test(vfs_share_and_do_not_meet),
        cmocka_unit_test(light_load_is_immediate),
        cmocka_unit_test(saturation_is_exactly_the_interval),
        cmocka_unit_test(driver_loop_under_saturation),
        cmocka_unit_test(writing_eitr_releases),
        cmocka_unit_test(ctrl_rst_sends_what_is_pending),
        cmocka_unit_test(low_latency),
        cmocka_unit_test(frames_per_interrupt),
        cmocka_unit_test(no_event_is_lost),
        cmocka_unit_test(unmasking_wins_over_the_auto_mask),
        cmocka_unit_test(lazy_visits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
