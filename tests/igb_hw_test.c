// SPDX-License-Identifier: Apache-2.0
// The chip below the rings of igb: NVM, semaphores, PHY, reset, interrupts, against a device that
// answers as the specification says (§5 to §7), with the touch points B.1 to B.5 as the sequence.
#include "driver/igb_hw.h"
#include "driver/igb_pool.h"
#include "tests/igb/igb_world.h"

#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

typedef struct chip {
    uint16_t nvm[256];
    uint16_t phy[65536];
    uint32_t sync, swsm, mdic, eerd, ctrl, ctrl_ext, fwsm, eecd;
    unsigned eerd_polls, mdic_polls; // reads until done
    unsigned eerd_left, mdic_left;
    unsigned resets, phy_resets, stray; // stray: MDIO without the resource
    bool master_hangs, smbi_stuck, swesmbi_never;
} chip_t;

static bool is_phy_paged(const chip_t *c, unsigned reg, unsigned *at)
{
    *at = reg;
    if (reg < 0x10 || reg == 0x1F) return false;
    *at = (c->phy[0x1F] & 0xFFE0) | reg;
    return true;
}

static void mdio(chip_t *c, uint32_t command)
{
    const unsigned reg = FGET(IGB_MDIC_REGADD, command);
    unsigned at;
    if (!(c->sync & 2)) c->stray++;
    (void)is_phy_paged(c, reg, &at);
    c->mdic = command & ~(FMASK(IGB_MDIC_R) | FMASK(IGB_MDIC_E));
    if (FGET(IGB_MDIC_PHYADD, command) != 1) c->mdic |= FMASK(IGB_MDIC_E);
    else if (FGET(IGB_MDIC_OP, command) == 1) c->phy[at] = (uint16_t)command;
    else c->mdic = (c->mdic & ~0xFFFFu) | c->phy[at];
    c->phy[0] &= 0x7DFF; // reset and restart clear themselves
    c->mdic_left = c->mdic_polls;
}

static bool hook(world_t *w, bool write, uint32_t off, uint32_t *v)
{
    chip_t *c = w->hook_priv;
    switch (off) {
    case IGB_EERD:
        if (write) {
            c->eerd = *v & FMASK(IGB_EERD_ADDR);
            c->eerd_left = c->eerd_polls;
        } else if (c->eerd_left) {
            *v = c->eerd;
            c->eerd_left--;
        } else {
            *v = c->eerd | 2 | (uint32_t)c->nvm[FGET(IGB_EERD_ADDR, c->eerd) & 255] << 16;
        }
        return true;
    case IGB_EECD:
        if (!write) *v = c->eecd;
        return true;
    case IGB_SWSM:
        if (write) {
            c->swsm = (*v & ~1u) | (c->swsm & *v & 1);
            if (c->swesmbi_never) c->swsm &= ~2u;
        } else {
            *v = c->swsm;
            c->swsm |= 1;
        }
        if (c->smbi_stuck) c->swsm |= 1;
        return true;
    case IGB_SW_FW_SYNC:
        if (write) c->sync = (c->sync & 0xFFFF0000) | (*v & 0xFFFF);
        else *v = c->sync;
        return true;
    case IGB_MDIC:
        if (write) {
            mdio(c, *v);
        } else if (c->mdic_left) {
            *v = c->mdic;
            c->mdic_left--;
        } else {
            *v = c->mdic | FMASK(IGB_MDIC_R);
        }
        return true;
    case IGB_CTRL:
        if (write) {
            if (*v & FMASK(IGB_CTRL_RST)) {
                c->resets++;
                world_device_reset(w);
                w->regs[IGB_R_RAL] = c->nvm[0] | (uint32_t)c->nvm[1] << 16;
                w->regs[IGB_R_RAH] = c->nvm[2] | FMASK(IGB_RAH_AV);
                c->ctrl = 0x00100201;
            } else {
                if (~c->ctrl & *v & FMASK(IGB_CTRL_PHY_RST)) c->phy_resets++;
                c->ctrl = *v;
            }
        } else {
            *v = c->ctrl;
        }
        return true;
    case IGB_CTRL_EXT:
        if (write) c->ctrl_ext = *v;
        else *v = c->ctrl_ext;
        return true;
    case IGB_FWSM:
        if (!write) *v = c->fwsm;
        return true;
    case IGB_STATUS:
        *v = 0x80000483; // 1000, full duplex, link
        if (!(c->ctrl & 4) || c->master_hangs) *v |= FMASK(IGB_STATUS_GIO_MASTER_ENABLE);
        return true;
    default: return false;
    }
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
    *c = (chip_t){.ctrl = 0x00100201, .eecd = 0x1300};
    c->nvm[0] = 0x0002, c->nvm[2] = 0x0200, c->nvm[8] = c->nvm[9] = 0xFFFF, c->nvm[0x0B] = 0xA03C;
    c->nvm[0x0C] = c->nvm[0x0E] = 0x8086, c->nvm[0x0D] = 0x10C9, c->nvm[0x0F] = 0x7000;
    c->nvm[0x26] = 0x10CA, c->nvm[0x37] = 0xFFFF, c->nvm[0x3F] = 0x85E0;
    c->phy[0] = 0x1140, c->phy[1] = 0x796D, c->phy[2] = 0x02A8, c->phy[3] = 0x0391;
    c->phy[4] = 0x0DE1, c->phy[5] = 0x45E1, c->phy[9] = 0x0E00, c->phy[10] = 0x3C00;
    c->phy[0x19] = 0x0043, c->phy[0x10] = 0x0120, c->phy[0x11] = 0xC000;
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
