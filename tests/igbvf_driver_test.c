// SPDX-License-Identifier: Apache-2.0
// igbvf's life beside igb: probe, open, interrupts, watchdog, stop; resets of either side while the
// other is in use; what happens when something fails. The sequences are those of the driver
// touch-point tables C.1 to C.4.
#include "driver/igb.h"
#include "driver/igbvf.h"
#include "tests/igbdev/igbdev.h"

#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

// Of VF 1: a message of n words has been sent and received; its answer has been read.
#define LOCK     "W V2PMAILBOX[1]=4; R V2PMAILBOX[1]; "
#define SEND     LOCK "R V2PMAILBOX[1]; R V2PMAILBOX[1]; "
#define SENT     "W V2PMAILBOX[1]=1; R V2PMAILBOX[1]; R V2PMAILBOX[1]; "
#define ANSWER_1 "R V2PMAILBOX[1]; " LOCK "R VMBMEM[16]; W V2PMAILBOX[1]=2"
#define RESET_1  "R VTCTRL[1]; W VTCTRL[1]=4000000; R V2PMAILBOX[1]; "
#define RESET_2                                                                                    \
    SEND "W VMBMEM[16]=1; " SENT "R V2PMAILBOX[1]; " LOCK                                          \
         "R VMBMEM[16]; R VMBMEM[17]; R VMBMEM[18]; W V2PMAILBOX[1]=2; "
#define SET_MAC SEND "W VMBMEM[16]=2; W VMBMEM[17]=%X; W VMBMEM[18]=%X; " SENT ANSWER_1

static dev_world_t *with_pf(unsigned vfs)
{
    dev_world_t *w = dev_create();
    os_dev_t *d = &w->dev[DEV_PF];

    assert_int_equal(dev_probe(d, igb_driver()), 0);
    assert_int_equal(dev_set_vfs(d, vfs), 0);
    assert_int_equal(dev_open(d), 0);
    return w;
}

static os_dev_t *vf(dev_world_t *w)
{
    return &w->dev[1];
}

static os_dev_t *pf(dev_world_t *w)
{
    return &w->dev[DEV_PF];
}

static igbvf_t *driver(dev_world_t *w)
{
    return vf(w)->priv;
}

static dev_world_t *opened(void)
{
    dev_world_t *w = with_pf(2);

    assert_int_equal(dev_probe(vf(w), igbvf_driver()), 0);
    assert_int_equal(dev_open(vf(w)), 0);
    assert_true(vf(w)->carrier);
    dev_log_clear(w);
    return w;
}

static void gone(dev_world_t *w)
{
    for (unsigned i = 0; i < DEV_FUNCTIONS; i++)
        if (w->dev[i].drv) dev_remove(&w->dev[i]);
    dev_destroy(w);
}

static const char *log_of(dev_world_t *w)
{
    return dev_log_text(w, 1);
}

static int send(os_dev_t *d, uint32_t len)
{
    os_pkt_t *p = os_pkt_alloc(d, len);
    p->len = len;
    int err = d->drv->xmit(d->priv, p);
    if (err) os_pkt_free(d, p);
    return err;
}

// A frame each way.
static void traffic(dev_world_t *w, unsigned n)
{
    os_dev_t *d = &w->dev[n];
    const unsigned received = d->received, freed = d->tx_freed;

    assert_true(dev_rx(w, n, 100, 2, 0, 0));
    assert_int_equal(send(d, 60), 0);
    dev_tx(w, n);
    dev_settle(w);
    assert_int_equal(d->received, received + 1);
    assert_int_equal(d->tx_freed, freed + 1);
}

// ---- sequences ----------------------------------------------------------------------------------

static void probe_follows_the_table(void **state)
{
    (void)state;
    dev_world_t *w = with_pf(2);
    char expected[4096];

    dev_log_clear(w);
    assert_int_equal(dev_probe(vf(w), igbvf_driver()), 0);
    const uint8_t *m = vf(w)->mac;
    assert_int_equal(m[0], 2); // random
    assert_non_null(strstr(vf(w)->all_logs, "not assigned by administrator"));
    snprintf(expected, sizeof expected,
             "CFG 4=4; W EIMC=FFFFFFFF; W EIAC=0; " RESET_1
             "R V2PMAILBOX[1]; " RESET_2 RESET_1 RESET_2 SET_MAC,
             m[0] | (unsigned)m[1] << 8 | (unsigned)m[2] << 16 | (unsigned)m[3] << 24,
             m[4] | (unsigned)m[5] << 8);
    assert_string_equal(log_of(w), expected);
    assert_int_equal(vf(w)->vectors, 3);
    assert_int_equal(w->regs[IGB_R_RAH + 22], 0x80080000 | m[4] | (unsigned)m[5] << 8);
    assert_int_equal(w->mailbox.vfre_q & 2, 2);
    gone(w);
}

static void open_follows_the_table(void **state)
{
    (void)state;
    dev_world_t *w = with_pf(2);
    char expected[4096], zeros[600] = "";

    assert_int_equal(dev_probe(vf(w), igbvf_driver()), 0);
    dev_log_clear(w);
    assert_int_equal(dev_open(vf(w)), 0);
    const igbvf_t *a = driver(w);
    for (unsigned i = 17; i < 32; i++) sprintf(zeros + strlen(zeros), "W VMBMEM[%u]=0; ", i);
    snprintf(expected, sizeof expected,
             SEND "W VMBMEM[16]=3; %s" SENT SEND
                  "W VMBMEM[16]=10002; W VMBMEM[17]=0; W VMBMEM[18]=0; " SENT ANSWER_1
                  "; R TXDCTL[1]; W TXDCTL[1]=0; R STATUS; W TDLEN[1]=1000; W TDBAL[1]=%X; "
                  "W TDBAH[1]=%X; W TDH[1]=0; W TDT[1]=0; R TXCTL[1]; W TXCTL[1]=2200; "
                  "W TXDCTL[1]=2000000; W SRRCTL[1]=82000002; R RXDCTL[1]; W RXDCTL[1]=0; "
                  "R STATUS; W RDBAL[1]=%X; W RDBAH[1]=%X; W RDLEN[1]=1000; W RDH[1]=0; "
                  "W RDT[1]=0; " SEND "W VMBMEM[16]=5; W VMBMEM[17]=5F2; " SENT
                  "W RXDCTL[1]=2010810; W RDT[1]=FE; W EITR[19]=1E8; W EITR[20]=1E8; R IVAR[1]; "
                  "W IVAR[1]=8081; W VTIVAR_MISC[1]=82; R EICR; W EIAC=7; W EIAM=7; W EIMS=7; "
                  "R V2PMAILBOX[1]; R STATUS; " LOCK "R VMBMEM[16]; W V2PMAILBOX[1]=2; R STATUS",
             zeros, (uint32_t)a->tx.ring.dma, (uint32_t)(a->tx.ring.dma >> 32),
             (uint32_t)a->rx.ring.dma, (uint32_t)(a->rx.ring.dma >> 32));
    assert_string_equal(log_of(w), expected);
    assert_true(vf(w)->carrier);
    assert_int_equal(vf(w)->mbps, 1000);
    assert_int_equal(w->regs[IGB_R_IVAR + 1], 0x9394); // vectors 20 and 19 of the device
    assert_int_equal(w->regs[IGB_R_VMOLR + 1], 0x890105F2);
    traffic(w, 1);
    gone(w);
}

static void stop_follows_linux(void **state)
{
    (void)state;
    dev_world_t *w = opened();
    char expected[4096];
    const uint8_t *m = vf(w)->mac;

    traffic(w, 1);
    dev_log_clear(w);
    assert_int_equal(dev_stop(vf(w)), 0);
    snprintf(expected, sizeof expected,
             "R RXDCTL[1]; W RXDCTL[1]=10810; R TXDCTL[1]; W TXDCTL[1]=0; R STATUS; "
             "W EIMC=FFFFFFFF; W EIAC=0; R RQDPC[1]; " RESET_1 RESET_2 SET_MAC,
             m[0] | (unsigned)m[1] << 8 | (unsigned)m[2] << 16 | (unsigned)m[3] << 24,
             m[4] | (unsigned)m[5] << 8);
    assert_string_equal(log_of(w), expected);
    assert_false(vf(w)->carrier);
    assert_int_equal(vf(w)->live_maps, 0);
    for (unsigned i = 0; i < 50; i++) {
        assert_int_equal(dev_open(vf(w)), 0);
        assert_int_equal(dev_open(vf(w)), -EBUSY);
        for (unsigned k = 0; k < i; k++) {
            assert_true(dev_rx(w, 1, 60 + k, 2, 0, 0));
            assert_int_equal(send(vf(w), 60 + k), 0);
        }
        if (i % 2) dev_tx(w, 1);
        if (i % 3) dev_settle(w);
        assert_int_equal(dev_stop(vf(w)), 0);
        assert_int_equal(dev_stop(vf(w)), 0);
    }
    gone(w);
}

// ---- interrupts ---------------------------------------------------------------------------------

static void its_three_vectors(void **state)
{
    (void)state;
    dev_world_t *w = opened();

    assert_true(dev_rx(w, 1, 100, 2, 0, 0));
    assert_int_equal(dev_irqs(w), 1);
    assert_string_equal(log_of(w), "");
    assert_int_equal(dev_polls(w, 64), 1);
    assert_string_equal(log_of(w), "W RDT[1]=FF; W EIMS=2");

    dev_log_clear(w);
    assert_int_equal(send(vf(w), 60), 0);
    dev_tx(w, 1);
    assert_int_equal(dev_irqs(w), 1); // cleans in the handler
    assert_string_equal(log_of(w), "W TDT[1]=1; W EIMS=1");
    assert_int_equal(vf(w)->tx_freed, 1);

    dev_log_clear(w);
    os_wr32(vf(w), IGBVF_VTEICS, 1u << IGBVF_V_OTHER);
    dev_settle(w);
    assert_string_equal(log_of(w), "W EICS=4; W EIMS=4; R V2PMAILBOX[1]");
    gone(w);
}

// As igb: what EICS does under a poll makes it run again.
static void an_interrupt_under_a_poll_is_not_lost(void **state)
{
    (void)state;
    dev_world_t *w = opened();

    assert_true(dev_rx(w, 1, 100, 2, 0, 0));
    assert_int_equal(dev_irqs(w), 1);
    os_wr32(vf(w), IGBVF_VTEICS, 1u << IGBVF_V_RX);
    assert_int_equal(dev_irqs(w), 1);
    dev_log_clear(w);
    assert_int_equal(dev_polls(w, 64), 1);
    assert_string_equal(log_of(w), "W RDT[1]=FF"); // not unmasked
    assert_int_equal(dev_polls(w, 64), 1);
    assert_string_equal(log_of(w), "W RDT[1]=FF; W EIMS=2");
    gone(w);
}

static os_dev_t *more;
static void one_more(os_dev_t *d)
{
    if (d != more || d->tx_freed > 70) return;
    (void)send(d, 60);
    dev_tx(d->w, 1);
}

// As many packets as the ring has descriptors: the handler ends, and asks for another interrupt.
static void an_unfinished_cleaning_goes_on(void **state)
{
    (void)state;
    dev_world_t *w = with_pf(2);
    const os_ringparam_t r = {.rx = OS_KEEP, .tx = 64};

    assert_int_equal(dev_probe(vf(w), igbvf_driver()), 0);
    assert_int_equal(vf(w)->drv->set_ringparam(vf(w)->priv, &r), 0);
    assert_int_equal(dev_open(vf(w)), 0);
    assert_int_equal(send(vf(w), 60), 0);
    more = vf(w);
    vf(w)->on_free = one_more;
    dev_log_clear(w);
    dev_tx(w, 1);
    dev_settle(w);
    vf(w)->on_free = NULL;
    dev_settle(w);
    assert_int_equal(dev_count(w, 1, 'W', IGB_R_EICS), 1);
    assert_int_equal(dev_count(w, 1, 'W', IGB_R_EIMS), 2); // and one for what came meanwhile
    assert_int_equal(vf(w)->live_pkts, 255);
    gone(w);
}

static void the_watchdog(void **state)
{
    (void)state;
    dev_world_t *w = with_pf(2);

    assert_int_equal(dev_probe(vf(w), igbvf_driver()), 0);
    assert_int_equal(vf(w)->drv->set_watchdog(vf(w)->priv, true), 0);
    assert_int_equal(dev_open(vf(w)), 0);
    dev_settle(w);
    dev_log_clear(w);
    dev_run(w, 2 * DEV_SEC);
    assert_string_equal(log_of(w), "R V2PMAILBOX[1]; R VFGPRC[1]; W EICS=2; W EIMS=2");
    assert_int_equal(send(vf(w), 60), 0); // hangs
    dev_run(w, 4 * DEV_SEC);
    dev_settle(w);
    assert_int_equal(driver(w)->stats.resets, 1);
    dev_run(w, DEV_SEC);
    assert_true(vf(w)->carrier);
    assert_int_equal(vf(w)->live_pkts, 255);
    traffic(w, 1);
    gone(w);
}

// ---- the PF -------------------------------------------------------------------------------------

// It is not up: the VF comes up without it, and finds it later.
static void a_vf_before_its_pf(void **state)
{
    (void)state;
    dev_world_t *w = dev_create();

    assert_int_equal(dev_probe(pf(w), igb_driver()), 0);
    assert_int_equal(dev_set_vfs(pf(w), 2), 0);
    assert_int_equal(dev_probe(vf(w), igbvf_driver()), 0);
    assert_non_null(strstr(vf(w)->all_logs, "PF still in reset state. Is the PF interface up?"));
    assert_int_equal(dev_open(vf(w)), 0);
    dev_run(w, 30 * DEV_SEC);
    assert_false(vf(w)->carrier);
    assert_int_equal(dev_open(pf(w)), 0);
    dev_run(w, 14 * DEV_SEC);
    assert_true(vf(w)->carrier);
    traffic(w, 1);
    gone(w);
}

static void a_reset_of_the_pf_while_vfs_are_in_use(void **state)
{
    (void)state;
    dev_world_t *w = with_pf(7);

    for (unsigned n = 0; n < 7; n++) {
        assert_int_equal(dev_probe(&w->dev[n], igbvf_driver()), 0);
        assert_int_equal(dev_open(&w->dev[n]), 0);
        traffic(w, n);
    }
    for (unsigned i = 0; i < 3; i++) {
        dev_run(w, 11 * DEV_SEC); // VFs reset themselves at most every 10 s
        for (unsigned n = 0; n < 7; n++) {
            assert_true(w->dev[n].carrier);
            assert_int_equal(send(&w->dev[n], 60), 0); // is lost
        }
        if (i == 0) {
            dev_cause(w, FMASK(IGB_ICR_DRSTA));
        } else {
            assert_int_equal(dev_stop(pf(w)), 0);
            for (unsigned n = 0; n < 7; n++) assert_false(w->dev[n].carrier);
            dev_run(w, i * 5 * DEV_SEC);
            assert_int_equal(dev_open(pf(w)), 0);
        }
        dev_run(w, 30 * DEV_SEC);
        for (unsigned n = 0; n < 7; n++) {
            assert_true(w->dev[n].carrier);
            assert_int_equal(w->dev[n].live_pkts, 255);
            traffic(w, n);
        }
    }
    gone(w);
}

static void a_link_that_is_lost(void **state)
{
    (void)state;
    dev_world_t *w = opened();

    dev_link(w, false);
    dev_settle(w);
    assert_false(pf(w)->carrier);
    // Linux does not look at the link while the PF has not been reset.
    assert_true(vf(w)->carrier);
    dev_link(w, true);
    dev_settle(w);
    traffic(w, 1);
    gone(w);
}

static void an_address_of_the_administrator(void **state)
{
    (void)state;
    static const uint8_t mac[6] = {2, 0, 0, 0, 7, 1}, other[6] = {2, 0, 0, 0, 7, 2};
    dev_world_t *w = with_pf(2);
    igb_t *a = pf(w)->priv;

    assert_int_equal(igb_mbx_assign_mac(&a->mbx, 1, mac), 0);
    assert_int_equal(dev_probe(vf(w), igbvf_driver()), 0);
    assert_memory_equal(vf(w)->mac, mac, 6);
    assert_int_equal(dev_open(vf(w)), 0);
    // He thinks again: the VF's own is refused at its next reset.
    assert_int_equal(igb_mbx_assign_mac(&a->mbx, 1, other), 0);
    assert_int_equal(dev_stop(vf(w)), 0);
    assert_memory_equal(vf(w)->mac, other, 6);
    gone(w);
}

static void what_it_asks_of_the_pf(void **state)
{
    (void)state;
    dev_world_t *w = opened();
    os_dev_t *d = vf(w);

    assert_int_equal(d->drv->set_vlan(d->priv, 5, true), 0);
    assert_int_equal(d->drv->set_vlan(d->priv, 0, true), -EINVAL);
    assert_int_equal(d->drv->set_vlan(d->priv, 4096, true), -EINVAL);
    assert_int_equal(w->regs[IGB_R_VLVF + 1], 0x80000000 | 2 << 12 | 5);
    assert_true(w->regs[IGB_R_VMOLR + 1] & FMASK(IGB_VMOLR_STRVLAN));
    assert_int_equal(d->drv->set_rx_mode(d->priv, false, true), 0);
    assert_true(w->regs[IGB_R_VMOLR + 1] & FMASK(IGB_VMOLR_MPME));
    // A reset forgets them; open asks again.
    assert_int_equal(dev_stop(d), 0);
    assert_int_equal(w->regs[IGB_R_VLVF + 1], 0);
    assert_int_equal(dev_open(d), 0);
    assert_int_equal(w->regs[IGB_R_VLVF + 1], 0x80000000 | 2 << 12 | 5);
    assert_true(w->regs[IGB_R_VMOLR + 1] & FMASK(IGB_VMOLR_MPME));
    assert_int_equal(d->drv->set_vlan(d->priv, 5, false), 0);
    assert_int_equal(w->regs[IGB_R_VLVF + 1], 0);
    assert_int_equal(d->drv->set_rx_mode(d->priv, false, false), 0);
    assert_false(w->regs[IGB_R_VMOLR + 1] & FMASK(IGB_VMOLR_MPME));
    gone(w);
}

// With 8 VFs the PF's driver has its mailboxes only.
static void eight_of_them(void **state)
{
    (void)state;
    dev_world_t *w = with_pf(8);

    for (unsigned n = 0; n < 8; n++) {
        assert_int_equal(dev_probe(&w->dev[n], igbvf_driver()), 0);
        assert_int_equal(dev_open(&w->dev[n]), 0);
        assert_true(w->dev[n].carrier);
    }
    for (unsigned n = 0; n < 8; n++) traffic(w, n);
    assert_int_equal(w->eims, 0x1FFFFFF); // all vectors are in use
    assert_int_equal(pf(w)->irq[1].taken, 0);
    gone(w);
}

// ---- failures -----------------------------------------------------------------------------------

static void nothing_is_left_of_what_fails(void **state)
{
    (void)state;
    for (unsigned f = 0; f < DEV_FAULTS; f++) {
        for (unsigned n = 1; n < 6; n++) {
            dev_world_t *w = with_pf(2);
            os_dev_t *d = vf(w);
            d->fail[f] = n;
            int err = dev_probe(d, igbvf_driver());
            if (err) {
                d->drv = NULL;
                assert_true(f == DEV_F_NAPI || f == DEV_F_MSIX);
                gone(w);
                continue;
            }
            d->fail[f] = n;
            err = dev_open(d);
            if (err) {
                assert_int_equal(d->live_pkts, 0);
                assert_int_equal(d->live_dma, 0);
                assert_false(w->regs[IGB_R_RXDCTL + 1] & FMASK(IGB_RXDCTL_ENABLE));
            }
            d->fail[f] = 0;
            if (err) assert_int_equal(dev_open(d), 0);
            assert_true(d->carrier);
            traffic(w, 1);
            gone(w);
        }
    }
}

static void memory_that_is_short(void **state)
{
    (void)state;
    dev_world_t *w = opened();
    os_dev_t *d = vf(w);

    d->fail_all[DEV_F_PKT] = true;
    for (unsigned i = 0; i < 254; i++) {
        assert_true(dev_rx(w, 1, 60, 2, 0, 0));
        dev_irqs(w);
        dev_polls(w, 64);
    }
    assert_false(dev_rx(w, 1, 60, 2, 0, 0)); // the descriptor at the tail is not the device's
    dev_run(w, 50 * DEV_MS);
    d->fail_all[DEV_F_PKT] = false;
    dev_run(w, 20 * DEV_MS);
    traffic(w, 1);
    assert_int_equal(d->received, 255);
    d->fail_all[DEV_F_PKT] = true;
    assert_int_equal(dev_stop(d), 0);
    assert_int_equal(dev_open(d), -ENOMEM);
    gone(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(probe_follows_the_table),
        cmocka_unit_test(open_follows_the_table),
        cmocka_unit_test(stop_follows_linux),
        cmocka_unit_test(its_three_vectors),
        cmocka_unit_test(an_interrupt_under_a_poll_is_not_lost),
        cmocka_unit_test(an_unfinished_cleaning_goes_on),
        cmocka_unit_test(the_watchdog),
        cmocka_unit_test(a_vf_before_its_pf),
        cmocka_unit_test(a_reset_of_the_pf_while_vfs_are_in_use),
        cmocka_unit_test(a_link_that_is_lost),
        cmocka_unit_test(an_address_of_the_administrator),
        cmocka_unit_test(what_it_asks_of_the_pf),
        cmocka_unit_test(eight_of_them),
        cmocka_unit_test(nothing_is_left_of_what_fails),
        cmocka_unit_test(memory_that_is_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
