// SPDX-License-Identifier: Apache-2.0
// igb's life: probe, open, interrupts, watchdog, virtual functions, stop, and what happens when
// something fails. The sequences are those of the driver touch-point tables B.1 to B.10.
#include "driver/igb.h"
#include "tests/igbdev/igbdev.h"

#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

// B.3; of B.4 what is before and behind the link; B.4 steps 5 to 9 with link.
#define B3                                                                                         \
    "R CTRL; W CTRL=%X; R STATUS; R GCR; CFG C8=5; W GCR=40000; W IMC=FFFFFFFF; W RCTL=0; "        \
    "W TCTL=8; R STATUS; R CTRL; W CTRL=%X; R EECD; R EECD; W IMC=FFFFFFFF; R ICR; NVM 37"
#define B4_TABLES "; W WUC=0; NVM 04; R LEDCTL; W VFTA x128; W RA x48; W MTA x128; W UTA x128"
#define B4_PHY_RESET                                                                               \
    "; R MANC; R CTRL; W CTRL=%X; R STATUS; W CTRL=%X; R STATUS; R EEMNGCTL; R EECD"
#define B4_LINK                                                                                    \
    "; PHY 1F=0019; PHY 19; PHY 1F=0019; PHY 19=0041; PHY 1F=0012; PHY 12; PHY 1F=0012; "          \
    "PHY 12=1000; PHY 4; PHY 4=0DE1; PHY 9; PHY 9=0E00; PHY 0; PHY 0=1340; PHY 1; PHY 1; "         \
    "R TCTL; W TCTL=3F000; PHY 1; PHY 1; PHY 4; PHY 5; R STATUS; R CTRL; W CTRL=18100241; "        \
    "R RXPBS; W FCT=8808; W FCAH=100; W FCAL=C28001; W FCTTV=FFFF; W FCRTL=8000BAF0; "             \
    "W FCRTH=BB00"
#define B4_END "; R stats x74; W VET=8100"
#define B5_11  "R TSICR; R ICR; R EIAC; W EIAC=7; R EIAM; W EIAM=7; W EIMS=7; W IMS=%X"

static dev_world_t *probed(void)
{
    dev_world_t *w = dev_create();

    assert_int_equal(dev_probe(&w->dev[DEV_PF], igb_driver()), 0);
    return w;
}

static dev_world_t *opened(void)
{
    dev_world_t *w = probed();

    assert_int_equal(dev_open(&w->dev[DEV_PF]), 0);
    assert_true(w->dev[DEV_PF].carrier);
    dev_log_clear(w);
    return w;
}

static void gone(dev_world_t *w)
{
    dev_remove(&w->dev[DEV_PF]);
    dev_destroy(w);
}

static os_dev_t *pf(dev_world_t *w)
{
    return &w->dev[DEV_PF];
}

static igb_t *driver(dev_world_t *w)
{
    return pf(w)->priv;
}

static const char *log_of(dev_world_t *w)
{
    return dev_log_text(w, DEV_PF);
}

static int send(os_dev_t *d, uint32_t len)
{
    os_pkt_t *p = os_pkt_alloc(d, len);
    p->len = len;
    int err = d->drv->xmit(d->priv, p);
    if (err) os_pkt_free(d, p);
    return err;
}

// ---- sequences ----------------------------------------------------------------------------------

static void probe_follows_the_tables(void **state)
{
    (void)state;
    dev_world_t *w = probed();
    char expected[8192], words[600] = "";

    for (unsigned i = 0; i < 64; i++) sprintf(words + strlen(words), "; NVM %02X", i);
    snprintf(expected, sizeof expected,
             "CFG 4=6; R CTRL_EXT; R FWSM; R EECD; R CTRL_EXT; W CTRL_EXT=0; R STATUS; PHY 2; "
             "PHY 3; R EIAM; W EIAM=0; W EIMC=7; R EIAC; W EIAC=0; W IAM=0; W IMC=FFFFFFFF; "
             "R STATUS; R MANC; " B3 "%s; R RA x2; W RA x2; " B3 B4_TABLES
             "; NVM 0F; R CTRL; W CTRL=100241" B4_PHY_RESET B4_LINK B4_END
             "; PHY 0; PHY 0=1940; R CTRL_EXT; W CTRL_EXT=10000000",
             0x100205, 0x4100205, words, 0x100205, 0x4100205, 0x80100241, 0x100241);
    assert_string_equal(log_of(w), expected);
    assert_memory_equal(pf(w)->mac, "\x02\0\0\0\0\x02", 6);
    assert_int_equal(w->chip.resets, 2);
    assert_int_equal(pf(w)->vectors, 3);
    gone(w);
}

static void open_follows_the_table(void **state)
{
    (void)state;
    dev_world_t *w = probed();
    char expected[8192];

    w->regs[IGB_R_TCTL] = 8; // as a reset leaves it
    dev_log_clear(w);
    chip_link(&w->chip, false);
    assert_int_equal(dev_open(pf(w)), 0);
    assert_false(pf(w)->carrier);
    const igb_t *a = driver(w);
    snprintf(expected, sizeof expected,
             "; R CTRL_EXT; W CTRL_EXT=10000000; W MTA x128; R RCTL; W RCTL=40000; W RLPML=600; "
             "R VMOLR[0]; W VMOLR[0]=80010600; R CTRL; W CTRL=18100241; R VMOLR[0]; "
             "W VMOLR[0]=80010600; W VFTA x1; W TXDCTL[0]=0; R TCTL; W TCTL=103F0FA; W RSSRK x10; "
             "W RETA x32; R RXCSUM; W RXCSUM=2B00; R DTXCTL; W DTXCTL=4C; R RPLOLR; "
             "W RPLOLR=40000000; R DTXSWC; W DTXSWC=0; R VT_CTL; W VT_CTL=0; W MRQC=370002; "
             "R RCTL; W RXDCTL[0]=0; W RCTL=4048022; W TDLEN[0]=1000; W TDBAL[0]=%X; "
             "W TDBAH[0]=%X; W TDH[0]=0; W TDT[0]=0; W TXDCTL[0]=2010108; W RA x2; W RXDCTL[0]=0; "
             "W RDBAL[0]=%X; W RDBAH[0]=%X; W RDLEN[0]=1000; W RDH[0]=0; W RDT[0]=0; "
             "W SRRCTL[0]=2000402; R VMOLR[0]; W VMOLR[0]=89010600; W RXDCTL[0]=2010808; R RFCTL; "
             "W RFCTL=10000; W RDT[0]=FF; W GPIE=C0000011; W IVAR_MISC=8000; R STATUS; "
             "R IVAR[0]; W IVAR[0]=8281; R STATUS; " B5_11 "; PHY 1; PHY 1",
             (uint32_t)a->tx[0].ring.dma, (uint32_t)(a->tx[0].ring.dma >> 32),
             (uint32_t)a->rx[0].ring.dma, (uint32_t)(a->rx[0].ring.dma >> 32), 0x50000004);
    const char *s = strstr(log_of(w), "; R CTRL_EXT");
    assert_non_null(s);
    assert_string_equal(s, expected);
    assert_int_equal(w->chip.phy_resets, 3); // probe; before power-up; setting up the link
    assert_int_equal(w->chip.phy[0] & 0x0800, 0);

    dev_log_clear(w);
    dev_link(w, true);
    dev_settle(w);
    assert_true(pf(w)->carrier);
    assert_int_equal(pf(w)->mbps, 1000);
    assert_string_equal(log_of(w), "R ICR; W EIMS=1; PHY 1; PHY 1; R TCTL; W TCTL=103F0FA; PHY 1; "
                                   "PHY 1; PHY 4; PHY 5; R STATUS; R CTRL; W CTRL=18100241; "
                                   "R STATUS; R CTRL; PHY A");
    gone(w);
}

static void stop_follows_the_table(void **state)
{
    (void)state;
    dev_world_t *w = opened();
    char expected[4096];

    assert_int_equal(dev_stop(pf(w)), 0);
    snprintf(expected, sizeof expected,
             "R RCTL; W RCTL=4048020; R TCTL; W TCTL=103F0F8; R STATUS; R EIAM; W EIAM=0; "
             "W EIMC=7; R EIAC; W EIAC=0; W IAM=0; W IMC=FFFFFFFF; R STATUS; R stats x2; "
             "R RQDPC[0]; " B3 B4_TABLES "; R CTRL; W CTRL=100241" B4_PHY_RESET B4_LINK B4_END
             "; PHY 0; PHY 0=1940",
             0x18100245, 0x1C100245, 0x80100241, 0x100241);
    assert_string_equal(log_of(w), expected);
    assert_false(pf(w)->carrier);
    assert_int_equal(pf(w)->live_maps, 0);
    gone(w);
}

static void up_and_down_a_hundred_times(void **state)
{
    (void)state;
    dev_world_t *w = probed();

    for (unsigned i = 0; i < 100; i++) {
        assert_int_equal(dev_open(pf(w)), 0);
        assert_int_equal(dev_open(pf(w)), -EBUSY);
        for (unsigned k = 0; k < i; k++) {
            assert_true(dev_rx(w, 0, 60 + k, 2, 0, 0));
            assert_int_equal(send(pf(w), 60 + k), 0);
        }
        if (i % 3) dev_tx(w, 0);
        if (i % 2) dev_settle(w);
        assert_int_equal(dev_stop(pf(w)), 0);
    }
    assert_int_equal(dev_stop(pf(w)), 0);
    assert_int_equal(send(pf(w), 60), 0); // dropped
    gone(w);
}

// ---- interrupts ---------------------------------------------------------------------------------

static void a_vector_of_a_queue(void **state)
{
    (void)state;
    dev_world_t *w = opened();

    assert_true(dev_rx(w, 0, 100, 2, 0, 0));
    assert_int_equal(dev_irqs(w), 1);
    assert_string_equal(log_of(w), "W EITR[1]=80000288"); // the start value
    assert_int_equal(w->eims, 5);                         // masked by itself
    assert_true(dev_rx(w, 0, 100, 2, 0, 0));              // no interrupt
    assert_int_equal(dev_irqs(w), 0);
    dev_log_clear(w);
    assert_int_equal(dev_polls(w, 64), 1);
    assert_int_equal(pf(w)->received, 2);
    assert_string_equal(log_of(w), "W RDT[0]=1; W EIMS=2");
    assert_int_equal(dev_irqs(w), 1); // what came meanwhile: nothing new
    // Mode 3: packets of 100 bytes give 62, but 196 is the least; written by this interrupt.
    assert_string_equal(log_of(w), "W RDT[0]=1; W EIMS=2; W EITR[1]=800000C4");
    dev_log_clear(w);
    assert_int_equal(dev_polls(w, 64), 1);
    assert_true(dev_rx(w, 0, 100, 2, 0, 0));
    dev_settle(w);
    assert_string_equal(log_of(w), "W EIMS=2; W RDT[0]=2; W EIMS=2");

    // The budget is used: the vector stays masked.
    for (unsigned i = 0; i < 8; i++) assert_true(dev_rx(w, 0, 100, 2, 0, 0));
    dev_log_clear(w);
    assert_int_equal(dev_irqs(w), 1);
    assert_int_equal(dev_polls(w, 8), 1);
    assert_string_equal(log_of(w), "W RDT[0]=A");
    assert_int_equal(dev_polls(w, 8), 1);
    assert_string_equal(log_of(w), "W RDT[0]=A; W EIMS=2");

    // Transmit queues have vector 2.
    dev_log_clear(w);
    assert_int_equal(send(pf(w), 60), 0);
    dev_tx(w, 0);
    dev_settle(w);
    assert_string_equal(log_of(w), "W TDT[0]=1; W EITR[2]=80000288; W EIMS=4");
    assert_int_equal(pf(w)->tx_freed, 1);
    gone(w);
}

// The watchdog's EICS unmasks a vector that is being polled.
static void an_interrupt_under_a_poll_is_not_lost(void **state)
{
    (void)state;
    dev_world_t *w = opened();

    assert_true(dev_rx(w, 0, 100, 2, 0, 0));
    assert_int_equal(dev_irqs(w), 1);
    os_wr32(pf(w), IGB_EICS, 2);
    assert_int_equal(dev_irqs(w), 1);
    dev_log_clear(w);
    assert_int_equal(dev_polls(w, 64), 1); // again, and no unmasking
    assert_string_equal(log_of(w), "W RDT[0]=0");
    assert_true(dev_rx(w, 0, 100, 2, 0, 0));
    assert_int_equal(dev_polls(w, 64), 1);
    assert_int_equal(pf(w)->received, 2);
    assert_int_equal(w->eims, 7);
    gone(w);
}

static void vector_0(void **state)
{
    (void)state;
    dev_world_t *w = opened();

    dev_link(w, false);
    dev_settle(w);
    assert_false(pf(w)->carrier);
    assert_string_equal(log_of(w), "R ICR; W EIMS=1; PHY 1; PHY 1");
    dev_link(w, true);
    dev_settle(w);
    assert_true(pf(w)->carrier);
    w->regs[IGB_R_WVBR] = 1;
    dev_log_clear(w);
    dev_cause(w, FMASK(IGB_ICR_DOUTSYNC));
    dev_settle(w);
    assert_string_equal(log_of(w), "R ICR; R WVBR; W EIMS=1");
    const unsigned resets = w->chip.resets;
    dev_cause(w, FMASK(IGB_ICR_DRSTA));
    dev_settle(w);
    assert_int_equal(w->chip.resets, resets + 1);
    assert_true(pf(w)->carrier);
    assert_true(dev_rx(w, 0, 100, 2, 0, 0));
    dev_settle(w);
    assert_int_equal(pf(w)->received, 1);
    gone(w);
}

// ---- watchdog -----------------------------------------------------------------------------------

static void the_watchdog_rescues_and_restarts(void **state)
{
    (void)state;
    dev_world_t *w = probed();
    os_drv_stats_t s;

    assert_int_equal(pf(w)->drv->set_watchdog(pf(w)->priv, true), 0);
    assert_int_equal(dev_open(pf(w)), 0);
    dev_settle(w);
    w->regs[IGB_R_MPC] = 5;
    w->regs[IGB_R_RQDPC] = 7;
    dev_log_clear(w);
    dev_run(w, 2 * DEV_SEC);
    assert_string_equal(log_of(w), "R STATUS; R stats x2; R RQDPC[0]; PHY A; W EICS=6; "
                                   "W EIMS=2; W EIMS=4");
    assert_int_equal(pf(w)->drv->get_stats(pf(w)->priv, &s), 0);
    assert_int_equal(s.rx_missed, 5);
    assert_int_equal(s.rx_dropped, 7);

    // A frame that does not go out; while the partner pauses us that is no hang.
    w->chip.txoff = true;
    assert_int_equal(send(pf(w), 60), 0);
    dev_run(w, 8 * DEV_SEC);
    assert_int_equal(driver(w)->stats.resets, 0);
    w->chip.txoff = false;
    dev_run(w, 2 * DEV_SEC);
    assert_int_equal(driver(w)->stats.resets, 1);
    assert_non_null(strstr(pf(w)->all_logs, "Tx Unit Hang: TDH 0, TDT 1, next to clean 0"));
    dev_run(w, 2 * DEV_SEC);
    assert_true(pf(w)->carrier);
    assert_int_equal(pf(w)->live_pkts, 255);

    // Sent, but the interrupt is lost: EICS is enough.
    assert_int_equal(send(pf(w), 60), 0);
    dev_tx(w, 0);
    w->eicr = 0;
    dev_run(w, 6 * DEV_SEC);
    assert_int_equal(driver(w)->stats.resets, 1);
    assert_int_equal(pf(w)->live_pkts, 255);
    gone(w);
}

static void a_lost_link_takes_its_frames_with_it(void **state)
{
    (void)state;
    dev_world_t *w = opened();

    assert_int_equal(send(pf(w), 60), 0);
    dev_link(w, false);
    dev_settle(w);
    assert_int_equal(driver(w)->stats.resets, 1);
    assert_int_equal(pf(w)->live_pkts, 255);
    assert_false(pf(w)->carrier);
    dev_link(w, true);
    dev_settle(w);
    assert_true(pf(w)->carrier);
    gone(w);
}

// At gigabit the partner's receiver has to say that it is well, for 2 s at most.
static void a_partner_that_is_not_ready(void **state)
{
    (void)state;
    dev_world_t *w = probed();

    w->chip.phy[10] = 0;
    const uint64_t ns = w->now_ns;
    assert_int_equal(dev_open(pf(w)), 0);
    assert_true(w->now_ns - ns > 2 * DEV_SEC);
    assert_non_null(strstr(pf(w)->all_logs, "exceed max 2 second"));
    assert_true(pf(w)->carrier);
    gone(w);
}

// ---- several queues -----------------------------------------------------------------------------

static void queues_and_vectors(void **state)
{
    (void)state;
    static const unsigned vectors[] = {0, 3, 5, 7, 9, 6, 7, 8, 9};
    dev_world_t *w = probed();
    os_dev_t *d = pf(w);

    assert_int_equal(d->drv->set_queues(d->priv, 0), -EINVAL);
    assert_int_equal(d->drv->set_queues(d->priv, 9), -EINVAL);
    for (unsigned n = 1; n <= 8; n++) {
        os_queue_stats_t s;
        assert_int_equal(d->drv->set_queues(d->priv, n), 0);
        assert_int_equal(d->vectors, vectors[n]);
        assert_int_equal(dev_open(d), 0);
        assert_int_equal(d->drv->set_queues(d->priv, 1), -EBUSY);
        const unsigned before = d->received;
        for (unsigned q = 0; q < n; q++) {
            assert_true(dev_rx(w, q, 100 + q, 2, 0, 0));
            os_pkt_t *p = os_pkt_alloc(d, 60);
            p->len = 60;
            p->queue = (uint8_t)(q + n);
            assert_int_equal(d->drv->xmit(d->priv, p), 0);
            assert_int_equal(w->regs[IGB_R_TDT + q], 1);
            dev_tx(w, q);
            dev_settle(w);
            assert_int_equal(d->received, before + q + 1);
            assert_int_equal(d->rx[before + q].queue, q);
            assert_int_equal(d->drv->get_queue_stats(d->priv, q, &s), 0);
            assert_true(s.rx_packets > 0 && s.tx_packets > 0);
            // DROP_EN would cost frames that PAUSE can save
            assert_int_equal(w->regs[IGB_R_SRRCTL + q] >> 31, 0);
        }
        assert_false(dev_rx(w, n, 100, 2, 0, 0));
        assert_int_equal(d->drv->get_queue_stats(d->priv, n, &s), -EINVAL);
        for (unsigned e = 0; e < 128; e++) // the whole table, in equal shares
            assert_int_equal(w->regs[IGB_R_RETA + e / 4] >> e % 4 * 8 & 0xFF, e * n / 128);
        assert_int_equal(dev_stop(d), 0);
    }
    gone(w);
}

// ---- virtual functions --------------------------------------------------------------------------

static void virtual_functions_come_and_go(void **state)
{
    (void)state;
    dev_world_t *w = opened();
    os_dev_t *d = pf(w);

    assert_int_equal(send(d, 60), 0);
    assert_int_equal(dev_set_vfs(d, 9), -EINVAL);
    assert_int_equal(w->there, 0);
    dev_log_clear(w);
    assert_int_equal(dev_set_vfs(d, 2), 0);
    assert_int_equal(w->there, 3);
    assert_int_equal(d->vfs, 2);
    assert_int_equal(d->live_pkts, 255);
    const char *s = log_of(w);
    assert_non_null(strstr(s, "CFG 170=2; CFG 168=9; W RA x4; R RCTL; W RCTL=4048020; "));
    // The VFs are told before the reset.
    assert_non_null(strstr(s, "W VMBMEM[16]=100; W P2VMAILBOX[1]=1; W VFRE=0; W VFTE=0; R CTRL; "
                              "W CTRL=18100245"));
    assert_non_null(strstr(s, "W RLPML=2600; W UTA x128; R VMOLR[2]; W VMOLR[2]=80010600; R CTRL"));
    assert_non_null(strstr(s, "R VLVF[0]; W VLVF[0]=80004000; W VFTA x1; W TXDCTL[0]=0"));
    assert_non_null(strstr(s, "R VT_CTL; W VT_CTL=100; R DTXCTL; W DTXCTL=4C; R RPLOLR; "
                              "W RPLOLR=40000000; R DTXSWC; W DTXSWC=80000000; R VT_CTL; "
                              "W VT_CTL=40000100; R DTXSWC; W DTXSWC=8000FBFB; W MRQC=370003; "
                              "R RCTL; W RXDCTL[0]=0; W QDE=FFFF; W RCTL=4048022; "
                              "W TDLEN[2]=1000"));
    assert_non_null(strstr(s, "W SRRCTL[2]=82000402; R VMOLR[2]; W VMOLR[2]=89010600"));
    assert_non_null(strstr(s, "R IVAR[2]; W IVAR[2]=8281; R STATUS; W MBVFIMR=FF; R TSICR"));
    assert_non_null(strstr(s, "W EIMS=7; W IMS=50000104; R CTRL_EXT; W CTRL_EXT=10004000; PHY 1"));
    assert_int_equal(w->regs[IGB_R_RAH], 0x80100200); // pool 2
    assert_int_equal(w->regs[IGB_R_RETA], 0);
    assert_int_equal(w->regs[IGB_R_RETA + 31], 0x08080808);
    assert_true(d->carrier);
    assert_int_equal(dev_set_vfs(d, 3), -EBUSY);
    assert_int_equal(dev_set_vfs(d, 2), 0);
    assert_true(dev_rx(w, 2, 100, 2, 0, 0));
    assert_int_equal(send(d, 60), 0);
    assert_int_equal(w->regs[IGB_R_TDT + 2], 1);
    dev_tx(w, 2);
    dev_settle(w);
    assert_int_equal(d->received, 1);
    assert_int_equal(d->live_pkts, 255);

    dev_log_clear(w);
    assert_int_equal(dev_set_vfs(d, 0), 0);
    assert_int_equal(strncmp(log_of(w), "CFG 168=0; W IOVCTL=1; R STATUS; R RCTL", 39), 0);
    assert_int_equal(w->there, 0);
    assert_int_equal(d->vfs, 0);
    assert_true(dev_rx(w, 0, 100, 2, 0, 0));
    dev_settle(w);
    assert_int_equal(d->received, 2);
    assert_int_equal(w->regs[IGB_R_MRQC], 0x370002);
    gone(w);
}

static void with_eight_virtual_functions_there_is_no_pool(void **state)
{
    (void)state;
    dev_world_t *w = opened();
    os_dev_t *d = pf(w);
    os_drv_stats_t s;
    os_coalesce_t c;

    assert_int_equal(dev_set_vfs(d, 8), 0);
    assert_int_equal(d->vectors, 1);
    assert_true(d->carrier);
    assert_true(d->tx_stopped);
    assert_int_equal(d->live_dma, 0);
    assert_int_equal(w->regs[IGB_R_VT_CTL], 0x60000000); // no default pool; replication
    assert_int_equal(w->regs[IGB_R_DTXSWC], 0x8000FFFF);
    assert_int_equal(w->regs[IGB_R_MRQC] & 7, 3);
    assert_int_equal(w->regs[IGB_R_RAH] & 0x03FC0000, 0);
    assert_true(w->regs[IGB_R_RCTL] & FMASK(IGB_RCTL_EN));
    assert_true(w->regs[IGB_R_TCTL] & FMASK(IGB_TCTL_EN));
    assert_int_equal(w->eims, 1);
    assert_int_equal(send(d, 60), 0); // dropped
    assert_int_equal(d->drv->get_stats(d->priv, &s), 0);
    assert_int_equal(d->drv->get_coalesce(d->priv, &c), 0);
    assert_int_equal(d->drv->set_rx_mode(d->priv, true, true), 0);
    assert_int_equal(d->drv->set_vlan(d->priv, 5, true), 0);
    dev_link(w, false);
    dev_settle(w);
    dev_link(w, true);
    dev_settle(w);
    assert_true(d->carrier);
    assert_int_equal(dev_set_vfs(d, 0), 0);
    assert_int_equal(d->vectors, 3);
    assert_false(d->tx_stopped);
    gone(w);
}

static void two_queues_beside_virtual_functions(void **state)
{
    (void)state;
    dev_world_t *w = probed();
    os_dev_t *d = pf(w);

    assert_int_equal(d->drv->set_queues(d->priv, 4), 0);
    assert_int_equal(dev_set_vfs(d, 7), 0); // while closed
    assert_int_equal(d->vectors, 3);        // in pairs
    assert_int_equal(dev_open(d), 0);
    assert_int_equal(w->regs[IGB_R_MRQC] & 7, 5);
    assert_int_equal(w->regs[IGB_R_IVAR + 7], 0x82828181);
    assert_true(w->regs[IGB_R_VMOLR + 7] & FMASK(IGB_VMOLR_RSSE));
    for (unsigned i = 0; i < 2; i++) {
        os_pkt_t *p = os_pkt_alloc(d, 60);
        p->len = 60;
        p->queue = (uint8_t)i;
        assert_int_equal(d->drv->xmit(d->priv, p), 0);
        assert_true(dev_rx(w, 7 + 8 * i, 100, 2, 0, 0));
        dev_tx(w, 7 + 8 * i);
        dev_settle(w);
        assert_int_equal(d->rx[i].queue, i);
    }
    assert_int_equal(d->tx_freed, 2);
    gone(w);
}

static void spoofing_is_reported(void **state)
{
    (void)state;
    dev_world_t *w = opened();

    assert_int_equal(dev_set_vfs(pf(w), 3), 0);
    w->regs[IGB_R_WVBR] = 0x0402; // VF 1 an address, VF 2 a VLAN
    dev_cause(w, FMASK(IGB_ICR_DOUTSYNC) | FMASK(IGB_ICR_LSC));
    dev_settle(w);
    assert_non_null(strstr(pf(w)->all_logs, "detected on VF 1\n"));
    assert_non_null(strstr(pf(w)->all_logs, "detected on VF 2\n"));
    assert_null(strstr(pf(w)->all_logs, "detected on VF 0\n"));
    gone(w);
}

// ---- filters ------------------------------------------------------------------------------------

static void receive_modes(void **state)
{
    (void)state;
    dev_world_t *w = opened();
    os_dev_t *d = pf(w);

    assert_int_equal(d->drv->set_rx_mode(d->priv, true, false), 0);
    assert_string_equal(log_of(w), "W MTA x128; R RCTL; W RCTL=400803A; W RLPML=600; R VMOLR[0]; "
                                   "W VMOLR[0]=9D010600");
    dev_log_clear(w);
    assert_int_equal(d->drv->set_rx_mode(d->priv, false, true), 0);
    assert_non_null(
        strstr(log_of(w), "W RCTL=4048032; W RLPML=600; R VMOLR[0]; W VMOLR[0]=99010600"));
    assert_int_equal(dev_set_vfs(d, 1), 0);
    dev_log_clear(w);
    assert_int_equal(d->drv->set_rx_mode(d->priv, true, false), 0);
    assert_int_equal(w->regs[IGB_R_UTA], 0xFFFFFFFF);
    assert_true(w->regs[IGB_R_RCTL] & FMASK(IGB_RCTL_VFE)); // pools need it
    gone(w);
}

static void vlans(void **state)
{
    (void)state;
    dev_world_t *w = probed();
    os_dev_t *d = pf(w);

    assert_int_equal(d->drv->set_features(d->priv, true, true), 0);
    assert_int_equal(d->drv->set_vlan(d->priv, 100, true), 0); // for the next open
    assert_int_equal(d->drv->set_vlan(d->priv, 0, true), -EINVAL);
    assert_int_equal(d->drv->set_vlan(d->priv, 4096, true), -EINVAL);
    assert_int_equal(dev_open(d), 0);
    assert_int_equal(w->regs[IGB_R_VFTA], 1);
    assert_int_equal(w->regs[IGB_R_VFTA + 3], 1 << 4);
    assert_true(w->chip.ctrl & FMASK(IGB_CTRL_VME));
    assert_int_equal(w->regs[IGB_R_VLVF + 1], 0);
    assert_int_equal(d->drv->set_vlan(d->priv, 101, true), 0);
    assert_int_equal(w->regs[IGB_R_VFTA + 3], 3 << 4);
    assert_int_equal(d->drv->set_vlan(d->priv, 100, false), 0);
    assert_int_equal(w->regs[IGB_R_VFTA + 3], 2 << 4);
    assert_true(dev_rx(w, 0, 100, 2 | 8, 0, 101));
    dev_settle(w);
    assert_true(d->rx[0].vlan);
    assert_int_equal(d->rx[0].tci, 101);
    // With pools it has an entry as well.
    assert_int_equal(dev_set_vfs(d, 2), 0);
    assert_int_equal(w->regs[IGB_R_VLVF + 1], 0x80000000 | 4 << 12 | 101);
    assert_true(w->regs[IGB_R_VMOLR + 2] & FMASK(IGB_VMOLR_STRVLAN));
    gone(w);
}

// ---- failures -----------------------------------------------------------------------------------

static void nothing_is_left_of_what_fails(void **state)
{
    (void)state;
    for (unsigned f = 0; f < DEV_FAULTS; f++) {
        for (unsigned n = 1; n < 8; n++) {
            dev_world_t *w = dev_create();
            os_dev_t *d = pf(w);
            d->fail[f] = n;
            int err = dev_probe(d, igb_driver());
            if (err) {
                d->drv = NULL;
                assert_true(f == DEV_F_NAPI || f == DEV_F_MSIX);
                dev_destroy(w);
                continue;
            }
            d->fail[f] = n;
            err = dev_open(d);
            if (err) {
                assert_int_equal(d->live_pkts, 0);
                assert_int_equal(d->live_dma, 0);
                assert_false(w->regs[IGB_R_RCTL] & FMASK(IGB_RCTL_EN));
            }
            d->fail[f] = 0;
            if (err) assert_int_equal(dev_open(d), 0);
            assert_true(d->carrier);
            assert_true(dev_rx(w, 0, 60, 2, 0, 0));
            dev_settle(w);
            assert_int_equal(d->received, 1);
            gone(w);
        }
    }
}

static void parts_that_do_not_fit(void **state)
{
    (void)state;
    dev_world_t *w = dev_create();
    os_dev_t *d = pf(w);

    w->chip.nvm[5]++;
    assert_int_equal(dev_probe(d, igb_driver()), -EIO);
    w->chip.nvm[5]--;
    w->chip.nvm[0] = 0x0001, w->chip.nvm[0x3F]++;
    assert_int_equal(dev_probe(d, igb_driver()), -EADDRNOTAVAIL);
    w->chip.phy[3] = 0;
    assert_int_equal(dev_probe(d, igb_driver()), -ENODEV);
    d->drv = NULL;
    dev_destroy(w);
}

static void a_restart_without_memory(void **state)
{
    (void)state;
    dev_world_t *w = opened();
    os_dev_t *d = pf(w);

    d->fail_all[DEV_F_PKT] = true;
    dev_cause(w, FMASK(IGB_ICR_DRSTA));
    dev_settle(w);
    assert_false(d->carrier);
    assert_non_null(strstr(d->all_logs, "the interface stays down"));
    d->fail_all[DEV_F_PKT] = false;
    assert_int_equal(dev_stop(d), 0);
    assert_int_equal(dev_open(d), 0);
    assert_true(d->carrier);
    // vectors that are refused with the VFs: closed, until they are gone
    d->fail[DEV_F_MSIX] = 1;
    assert_int_equal(dev_set_vfs(d, 1), -ENOSPC);
    assert_int_equal(dev_open(d), -ENODEV);
    assert_int_equal(dev_set_vfs(d, 0), 0);
    assert_int_equal(dev_open(d), 0);
    gone(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(probe_follows_the_tables),
        cmocka_unit_test(open_follows_the_table),
        cmocka_unit_test(stop_follows_the_table),
        cmocka_unit_test(up_and_down_a_hundred_times),
        cmocka_unit_test(a_vector_of_a_queue),
        cmocka_unit_test(an_interrupt_under_a_poll_is_not_lost),
        cmocka_unit_test(vector_0),
        cmocka_unit_test(the_watchdog_rescues_and_restarts),
        cmocka_unit_test(a_lost_link_takes_its_frames_with_it),
        cmocka_unit_test(a_partner_that_is_not_ready),
        cmocka_unit_test(queues_and_vectors),
        cmocka_unit_test(virtual_functions_come_and_go),
        cmocka_unit_test(with_eight_virtual_functions_there_is_no_pool),
        cmocka_unit_test(two_queues_beside_virtual_functions),
        cmocka_unit_test(spoofing_is_reported),
        cmocka_unit_test(receive_modes),
        cmocka_unit_test(vlans),
        cmocka_unit_test(nothing_is_left_of_what_fails),
        cmocka_unit_test(parts_that_do_not_fit),
        cmocka_unit_test(a_restart_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
