// SPDX-License-Identifier: Apache-2.0
// The chip below the rings of igb: NVM, semaphores, PHY, reset, interrupts, against
// igb_chip, with the touch points B.1 to B.5 as the sequence.
#include "driver/igb_hw.h"
#include "driver/igb_pool.h"
#include "tests/igb/igb_chip.h"
#include "tests/igb/igb_world.h"

#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void reset(void *ctx)
{
    world_t *w = ctx;
    const chip_t *c = w->hook_priv;

    world_device_reset(w);
    w->regs[IGB_R_RAL] = c->nvm[0] | (uint32_t)c->nvm[1] << 16;
    w->regs[IGB_R_RAH] = c->nvm[2] | FMASK(IGB_RAH_AV);
}

static bool hook(world_t *w, bool write, uint32_t off, uint32_t *v)
{
    return chip_access(w->hook_priv, write, off, v);
}

typedef struct bench {
    world_t w;
    chip_t c;
    igb_hw_t hw;
} bench_t;

// The example of §5 and the reset values of §7, with link.
static bench_t *bench(void)
{
    static bench_t b;
    chip_t *c = &b.c;

    memset(&b, 0, sizeof b);
    world_init(&b.w, 1, 2);
    b.w.hook = hook;
    b.w.hook_priv = c;
    chip_init(c, reset, &b.w);
    b.hw = (igb_hw_t){.d = &b.w.dev[WORLD_PF], .vfs = 2};
    assert_int_equal(igb_hw_identify(&b.hw), 0);
    world_settle(&b.w);
    return &b;
}

static void done(bench_t *b)
{
    assert_int_equal(b->c.stray, 0);
    world_free(&b->w);
}

static void parts_that_are_known(void **state)
{
    (void)state;
    bench_t *b = bench();
    assert_int_equal(b->hw.nvm_words, 256);
    assert_true(b->hw.phy_known);
    b->c.ctrl_ext = 2u << 22; // SGMII
    assert_int_equal(igb_hw_identify(&b->hw), -EIO);
    b->c.ctrl_ext = 0;
    b->c.eecd = 0x1300 | 0xFu << 11;
    assert_int_equal(igb_hw_identify(&b->hw), -EIO);
    b->c.eecd = 0x1300;
    b->hw.phy_known = false;
    b->c.phy[3] = 0x0C20;
    assert_int_equal(igb_hw_identify(&b->hw), -ENODEV);
    done(b);
}

static void nvm_words(void **state)
{
    (void)state;
    bench_t *b = bench();
    uint16_t w;
    assert_int_equal(igb_nvm_check(&b->hw), 0);
    b->c.eerd_polls = 7;
    assert_int_equal(igb_nvm_read(&b->hw, 0x26, &w), 0);
    assert_int_equal(w, 0x10CA);
    assert_int_equal(igb_nvm_read(&b->hw, 256, &w), -EINVAL);
    b->c.eerd_polls = 200000;
    const uint64_t cyc = b->w.now_cyc;
    assert_int_equal(igb_nvm_read(&b->hw, 0, &w), -ETIMEDOUT);
    assert_true(b->w.now_cyc - cyc >= WORLD_SEC / 2 - 1000); // 100000 x 5 us
    b->c.eerd_polls = 0;
    b->c.nvm[5]++;
    assert_int_equal(igb_nvm_check(&b->hw), -EIO);
    done(b);
}

static void semaphore_round(void **state)
{
    (void)state;
    bench_t *b = bench();
    chip_t *c = &b->c;
    uint16_t v;

    b->w.trace = true;
    assert_int_equal(igb_acquire(&b->hw, 2), 0);
    igb_release(&b->hw, 2);
    world_settle(&b->w);
    assert_string_equal(b->w.log,
                        "R 05B50=0; R 05B50=1; W 05B50=3; R 05B50=3; R 05B5C=0; W 05B5C=2; "
                        "R 05B50=3; W 05B50=0; R 05B50=0; R 05B50=1; W 05B50=3; R 05B50=3; "
                        "R 05B5C=2; W 05B5C=0; R 05B50=3; W 05B50=0");
    b->w.trace = false;

    c->sync = 2u << 16; // firmware has the PHY: 200 x 5 ms
    uint64_t cyc = b->w.now_cyc;
    assert_int_equal(igb_phy_read(&b->hw, 2, &v), -EBUSY);
    assert_in_range(b->w.now_cyc - cyc, WORLD_SEC, WORLD_SEC + 10 * WORLD_MS);
    world_settle(&b->w);
    assert_int_equal(c->swsm & 3, 0);
    c->sync = 0;
    c->swesmbi_never = true;
    assert_int_equal(igb_phy_read(&b->hw, 2, &v), -EBUSY);
    c->swesmbi_never = false;
    c->smbi_stuck = true; // 257 x 50 us
    c->swsm = 1;
    cyc = b->w.now_cyc;
    assert_int_equal(igb_phy_read(&b->hw, 2, &v), -EBUSY);
    assert_in_range(b->w.now_cyc - cyc, 256 * 6250, 256 * 6250 + 60000);
    c->smbi_stuck = false;
    c->swsm = 0;
    assert_int_equal(igb_phy_read(&b->hw, 2, &v), 0);
    assert_int_equal(v, 0x02A8);
    done(b);
}

static void phy_pages(void **state)
{
    (void)state;
    bench_t *b = bench();
    chip_t *c = &b->c;
    uint16_t v;

    c->phy[0x00B4] = 0x1234;
    c->phy[0x11B1] = 0x2000;
    assert_int_equal(igb_phy_read(&b->hw, 0xB4, &v), 0);
    assert_int_equal(v, 0x1234);
    assert_int_equal(igb_phy_read(&b->hw, 0x11B1, &v), 0);
    assert_int_equal(v, 0x2000);
    assert_int_equal(c->phy[0x1F], 0x11B1);
    assert_int_equal(igb_phy_read(&b->hw, 4, &v), 0); // no page
    assert_int_equal(v, 0x0DE1);
    assert_int_equal(c->phy[0x1F], 0x11B1);
    assert_int_equal(igb_phy_write(&b->hw, 0x12, 0x1000), 0);
    assert_int_equal(c->phy[0x12], 0x1000);
    c->mdic_polls = 1000;
    assert_int_equal(igb_phy_read(&b->hw, 2, &v), 0);
    c->mdic_polls = 3000; // 1920 x 50 us
    const uint64_t cyc = b->w.now_cyc;
    assert_int_equal(igb_phy_read(&b->hw, 2, &v), -ETIMEDOUT);
    assert_in_range(b->w.now_cyc - cyc, 1920 * 6250, 1920 * 6400);
    world_settle(&b->w);
    assert_int_equal(c->sync, 0); // given back
    done(b);
}

static void reset_follows_the_table(void **state)
{
    (void)state;
    bench_t *b = bench();
    b->w.trace = true;
    igb_hw_reset(&b->hw);
    world_settle(&b->w);
    assert_string_equal(
        b->w.log, "R 00000=100201; W 00000=100205; R 00008=80000483; R 05B00=50000; W 05B00=40000; "
                  "W 000D8=FFFFFFFF; W 00100=0; W 00400=8; R 00008=80000483; R 00000=100205; "
                  "W 00000=4100205; R 00010=1300; R 00010=1300; W 000D8=FFFFFFFF; R 000C0=0; "
                  "W 00014=DD; R 00014=FFFF00DE");
    assert_int_equal(b->w.cfg[IGB_CFG_DEVCTL2 / 4], 5);
    assert_int_equal(b->c.resets, 1);
    assert_int_equal(igb_hw_read_mac(&b->hw), 0);
    assert_memory_equal(b->hw.mac, "\x02\0\0\0\0\x02", 6);
    b->w.trace = false;

    // an alternate address; a host port that does not come to rest
    b->c.nvm[0x37] = 0x50;
    b->c.nvm[0x50] = 0x1102, b->c.nvm[0x51] = 0x3322, b->c.nvm[0x52] = 0x5544;
    b->c.master_hangs = true;
    const uint64_t cyc = b->w.now_cyc;
    igb_hw_reset(&b->hw);
    assert_true(b->w.now_cyc - cyc >= 90 * WORLD_MS - 20000); // 800 x 100 us, and 10 ms
    assert_int_equal(igb_hw_read_mac(&b->hw), 0);
    assert_memory_equal(b->hw.mac, "\x02\x11\x22\x33\x44\x55", 6);
    b->c.nvm[0x37] = 0;
    b->c.nvm[0] = 0x0001;
    igb_hw_reset(&b->hw);
    assert_int_equal(igb_hw_read_mac(&b->hw), -EADDRNOTAVAIL);
    done(b);
}

static void restart_brings_the_link(void **state)
{
    (void)state;
    bench_t *b = bench();
    chip_t *c = &b->c;
    bool fd;

    igb_hw_reset(&b->hw);
    assert_int_equal(igb_hw_read_mac(&b->hw), 0);
    for (unsigned i = 0; i < 128; i++) {
        b->w.regs[IGB_R_MTA + i] = b->w.regs[IGB_R_UTA + i] = b->w.regs[IGB_R_VFTA + i] = ~0u;
    }
    for (unsigned i = 1; i < 24; i++) b->w.regs[IGB_R_RAH + i] = 0x80FC0000;
    igb_hw_restart(&b->hw);
    world_settle(&b->w);
    assert_int_equal(b->w.dev[WORLD_PF].logs, 0);
    assert_int_equal(c->phy_resets, 1);
    for (unsigned i = 0; i < 128; i++)
        assert_int_equal(
            b->w.regs[IGB_R_MTA + i] | b->w.regs[IGB_R_UTA + i] | b->w.regs[IGB_R_VFTA + i], 0);
    assert_int_equal(b->w.regs[IGB_R_RAL], 0x00000002);
    assert_int_equal(b->w.regs[IGB_R_RAH], 0x80100200); // pool 2
    for (unsigned i = 1; i < 24; i++) assert_int_equal(b->w.regs[IGB_R_RAH + i], 0);
    assert_int_equal(c->ctrl, 0x18100241); // SLU, FD, speed as at reset, RFCE, TFCE
    assert_int_equal(c->phy[0x19], 0x41);
    assert_int_equal(c->phy[0x12], 0x1000);
    assert_int_equal(c->phy[0] & 0x1000, 0x1000);
    assert_int_equal(b->hw.fc, IGB_FC_FULL);
    // 65536 - 16128 - 1522 = BB0Eh, in 16 bytes
    assert_int_equal(b->w.regs[IGB_R_FCRTH], 0xBB00);
    assert_int_equal(b->w.regs[IGB_R_FCRTL], 0x80000000 | (b->w.regs[IGB_R_FCRTH] - 16));
    assert_int_equal(b->w.regs[IGB_R_VET], 0x8100);
    assert_int_equal(b->w.regs[IGB_R_FCAL], 0x00C28001);
    assert_int_equal(b->w.regs[IGB_R_FCAH], 0x0100);
    assert_int_equal(b->w.regs[IGB_R_FCT], 0x8808);
    assert_true(b->hw.link_unconfirmed);
    assert_true(igb_link_check(&b->hw));
    assert_false(b->hw.link_unconfirmed);
    assert_int_equal(igb_link_speed(&b->hw, &fd), 1000);
    assert_true(fd);

    c->phy[1] = 0x7949; // cable out
    igb_hw_restart(&b->hw);
    assert_false(igb_link_check(&b->hw));
    igb_phy_power(&b->hw, false);
    world_settle(&b->w);
    assert_int_equal(c->phy[0] & 0x0800, 0x0800);
    igb_phy_power(&b->hw, true);
    world_settle(&b->w);
    assert_int_equal(c->phy[0] & 0x0800, 0);

    c->mdic_polls = 1u << 20; // the PHY is dead
    igb_hw_restart(&b->hw);
    assert_true(b->w.dev[WORLD_PF].logs > 0);
    done(b);
}

static void interrupts_of_the_pf(void **state)
{
    (void)state;
    bench_t *b = bench();

    b->w.trace = true;
    igb_msix_setup(&b->hw);
    igb_msix_queue(&b->hw, 2, 1, 2);
    igb_msix_queue(&b->hw, 10, 24, 3);
    igb_irq_enable(&b->hw, 7, FMASK(IGB_ICR_LSC) | FMASK(IGB_ICR_VMMB));
    igb_irq_disable(&b->hw, 7);
    world_settle(&b->w);
    assert_string_equal(b->w.log,
                        "W 01514=C0000011; W 01740=8000; R 00008=80080483; R 01708=0; "
                        "W 01708=8281; R 01708=8281; W 01708=83988281; R 0B66C=0; R 000C0=0; "
                        "R 0152C=0; W 0152C=7; R 01530=0; W 01530=7; W 01524=7; W 000D0=104; "
                        "R 01530=7; W 01530=0; W 01528=7; R 0152C=7; W 0152C=0; W 000E0=0; "
                        "W 000D8=FFFFFFFF; R 00008=80080483");
    done(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_that_are_known),    cmocka_unit_test(nvm_words),
        cmocka_unit_test(semaphore_round),         cmocka_unit_test(phy_pages),
        cmocka_unit_test(reset_follows_the_table), cmocka_unit_test(restart_brings_the_link),
        cmocka_unit_test(interrupts_of_the_pf),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
