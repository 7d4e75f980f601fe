// SPDX-License-Identifier: Apache-2.0
// The driver's life: probe, open, settings, transmission, watchdog, stop, and what happens when
// something fails. The sequences are those of the driver touch-point tables A.1 to A.8.
#include "driver/e1000.h"
#include "tests/mock/mock_os.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define ID_82540EM 0x8086100Eu
#define ID_82545GM 0x80861026u

#define A2_IO                                                                                      \
    "W IMC=FFFFFFFF; W RCTL=0; W TCTL=8; R STATUS; R CTRL; io W 0=0; io W 4=%s; R MANC; W "        \
    "MANC=0; "                                                                                     \
    "W IMC=FFFFFFFF; R ICR"
#define A5_TO_PHY "; R LEDCTL; R STATUS; W VET=0; W VFTA x128; W RA x30; W MTA x128"
#define A5_PHY                                                                                     \
    "; PHY 16; PHY 16=0868; PHY 20; PHY 20=0170; PHY 0; PHY 0=9140; PHY 4; PHY 9; PHY 4=0DE1; "    \
    "PHY 9=1E00; PHY 0; PHY 0=1340"
#define A5_END                                                                                     \
    "; W FCT=8808; W FCAH=100; W FCAL=C28001; W FCTTV=FFFF; W FCRTL=8000ACC0; W FCRTH=ACC8; "      \
    "W TXDCTL=1010000; R stats x58; W VET=8100; W AIT=0"

static os_dev_t *probed(uint32_t id)
{
    os_dev_t *d = mock_create(e1000_driver(), id);

    assert_int_equal(d->drv->probe(d, &d->priv), 0);
    return d;
}

static os_dev_t *opened(void)
{
    os_dev_t *d = probed(ID_82540EM);

    assert_int_equal(d->drv->open(d->priv), 0);
    mock_settle(d);
    assert_true(d->carrier);
    mock_log_clear(d);
    return d;
}

static void gone(os_dev_t *d)
{
    d->drv->remove(d->priv);
    mock_destroy(d);
}

static void probe_follows_the_tables(void **state)
{
    os_dev_t *d = mock_create(e1000_driver(), ID_82540EM);
    char expected[4096], words[512] = "";
    (void)state;

    d->cable = false; // steps that need a link come with it
    mock_link(d, false);
    d->icr = 0;
    assert_int_equal(d->drv->probe(d, &d->priv), 0);
    for (unsigned i = 0; i < 64; i++) sprintf(words + strlen(words), "; EE %02X", i);
    char link[320] = "";
    for (unsigned i = 0; i < 10; i++) strcat(link, "; PHY 1; PHY 1");
    snprintf(expected, sizeof expected,
             "R STATUS; W IMC=FFFFFFFF; R STATUS; " A2_IO
             "%s; EE 00; EE 01; EE 02; EE 24; W PBA=30; " A2_IO "; W WUC=0; EE 04" A5_TO_PHY
             "; EE 0F; R CTRL; W CTRL=241; PHY 2; PHY 3" A5_PHY "%s" A5_END
             "; PHY 1; PHY 1; R CTRL; W CTRL=241; R RCTL; W RCTL=0",
             "4000A01", words, "4000A01", link);
    assert_string_equal(mock_log_digest(d), expected);
    static const uint8_t mac[6] = {2, 0, 0, 0, 0, 1};
    assert_true(d->mac_set);
    assert_memory_equal(d->mac, mac, 6);
    assert_int_equal(d->regs[E1000_RAL / 4], 0x00000002);
    assert_int_equal(d->regs[E1000_RAH / 4], 0x80000100);
    assert_int_equal(d->cfg[1], 7);
    assert_int_equal(d->resets, 2);
    gone(d);
}

static void eeprom_word_takes_about_65_writes_and_16_data_reads(void **state)
{
    os_dev_t *d = probed(ID_82540EM);
    const e1000_t *a = d->priv;
    uint16_t v;
    (void)state;

    mock_log_clear(d);
    assert_int_equal(e1000_eeprom_read(&a->hw, 0x0D, &v), 0);
    assert_int_equal(v, 0x100E);
    assert_in_range(mock_count(d, 'W', E1000_EECD), 65, 75);
    assert_int_equal(mock_count(d, 'R', E1000_EECD), 16 + 7); // and 7 read-modify-writes
    gone(d);
}

static void the_82545gm_resets_through_memory(void **state)
{
    os_dev_t *d = probed(ID_82545GM);
    (void)state;

    const char *log = mock_log_digest(d);
    assert_null(strstr(log, "io "));
    assert_non_null(strstr(log, "W CTRL_DUP=4000A01"));
    assert_null(strstr(log, "W VET=0;"));
    assert_non_null(strstr(log, "PHY 2; PHY 3; PHY 16; PHY 16=0068; PHY 16; PHY 16=0868"));
    assert_int_equal(d->cfg[1], 6);
    assert_int_equal(d->resets, 2);
    gone(d);
}

static void open_follows_the_table(void **state)
{
    os_dev_t *d = probed(ID_82540EM);
    char expected[2048];
    (void)state;

    mock_log_clear(d);
    assert_int_equal(d->drv->open(d->priv), 0);
    e1000_t *a = d->priv;
    snprintf(
        expected, sizeof expected,
        "PHY 0; PHY 0=1140; R RCTL; W RCTL=0; W RA x28; W MTA x128; "
        "W TDLEN=1000; W TDBAH=%X; W TDBAL=%X; W TDT=0; W TDH=0; W TIPG=602008; W TIDV=8; W "
        "TADV=20; "
        "R TCTL; W TCTL=10400F8; R RCTL; W RCTL=8000; R RCTL; W RCTL=8000; W RDTR=0; W RADV=8; "
        "W ITR=C3; W RDLEN=1000; W RDBAH=%X; W RDBAL=%X; W RDT=0; W RDH=0; R RXCSUM; W RXCSUM=200; "
        "W RCTL=8002; W RDT=FE; W IMS=9D; R STATUS; W ICS=4",
        (unsigned)(a->tx.dma >> 32), (unsigned)a->tx.dma, (unsigned)(a->rx.dma >> 32),
        (unsigned)a->rx.dma);
    assert_string_equal(mock_log_digest(d), expected);
    assert_int_equal(d->live_pkts, 255);
    assert_false(d->carrier);
    mock_settle(d); // LSC by ICS: the link is looked at
    assert_true(d->carrier);
    assert_true(d->regs[E1000_TCTL / 4] & FMASK(E1000_TCTL_EN));
    gone(d);
}

static void stop_follows_the_table_and_open_works_again(void **state)
{
    os_dev_t *d = opened();
    (void)state;

    assert_int_equal(d->drv->stop(d->priv), 0);
    const char *log = mock_log_digest(d);
    assert_ptr_equal(
        strstr(log, "R RCTL; W RCTL=8000; R TCTL; W TCTL=10400F8; R STATUS; W IMC=FFFFFFFF; "
                    "R STATUS; R stats x2; W PBA=30; W IMC="),
        log);
    assert_non_null(
        strstr(log, "W AIT=0; PHY 1; PHY 1; PHY 16; PHY 17; PHY 10; R MANC; PHY 0; PHY 0=1940"));
    assert_false(d->carrier);
    assert_true(d->tx_stopped);
    assert_int_equal(d->live_pkts, 0);
    assert_int_equal(d->live_dma, 0);
    for (unsigned i = 0; i < 100; i++) {
        assert_int_equal(d->drv->open(d->priv), 0);
        assert_int_equal(d->drv->open(d->priv), -EBUSY);
        mock_settle(d);
        assert_true(d->carrier);
        assert_int_equal(d->drv->stop(d->priv), 0);
        mock_log_clear(d);
    }
    gone(d);
}

static void wake_on_lan_keeps_the_phy_powered(void **state)
{
    os_dev_t *d = mock_create(e1000_driver(), ID_82540EM);
    (void)state;

    d->eeprom[0x24] = 0x0400;
    mock_eeprom_seal(d);
    assert_int_equal(d->drv->probe(d, &d->priv), 0);
    assert_int_equal(d->drv->open(d->priv), 0);
    assert_int_equal(d->drv->stop(d->priv), 0);
    assert_false(d->phy[0] & 0x0800);
    gone(d);
}

static void bad_eeprom_survives_probe_but_not_open(void **state)
{
    os_dev_t *d = mock_create(e1000_driver(), ID_82540EM);
    (void)state;

    d->eeprom[3] ^= 1;
    assert_int_equal(d->drv->probe(d, &d->priv), 0);
    assert_non_null(strstr(d->all_logs, "The EEPROM Checksum Is Not Valid"));
    assert_non_null(strstr(d->all_logs, "Invalid MAC Address"));
    assert_false(d->mac_set);
    assert_int_equal(d->drv->open(d->priv), -EADDRNOTAVAIL);
    gone(d);

    d = mock_create(e1000_driver(), ID_82540EM); // a multicast address is none either
    d->eeprom[0] |= 1;
    mock_eeprom_seal(d);
    assert_int_equal(d->drv->probe(d, &d->priv), 0);
    assert_int_equal(d->drv->open(d->priv), -EADDRNOTAVAIL);
    gone(d);
}

static void eeprom_without_grant_is_given_up_after_a_bounded_wait(void **state)
{
    os_dev_t *d = mock_create(e1000_driver(), ID_82540EM);
    (void)state;

    d->no_gnt = true;
    assert_int_equal(d->drv->probe(d, &d->priv), 0);
    assert_non_null(strstr(d->all_logs, "Could not acquire EEPROM grant"));
    assert_non_null(strstr(d->all_logs, "Hardware Error"));
    assert_int_equal(d->drv->open(d->priv), -EADDRNOTAVAIL);
    gone(d);
}

static void dead_or_foreign_phy_means_no_carrier(void **state)
{
    (void)state;
    static const char *const message[] = {"timeout: register 00020", "MDIC error",
                                          "unknown PHY id"};
    for (unsigned i = 0; i < 3; i++) {
        os_dev_t *d = mock_create(e1000_driver(), ID_82540EM);
        d->mdic_dead = i == 0;
        d->mdic_error = i == 1;
        if (i == 2) d->phy[2] = 0x1234;
        assert_int_equal(d->drv->probe(d, &d->priv), 0);
        assert_non_null(strstr(d->all_logs, "Hardware Error"));
        assert_non_null(strstr(d->all_logs, message[i]));
        assert_int_equal(d->drv->open(d->priv), 0);
        mock_settle(d);
        if (i < 2) assert_false(d->carrier); // a foreign PHY may answer all the same
        gone(d);
    }
}

static void a_fibre_device_is_refused(void **state)
{
    os_dev_t *d = mock_create(e1000_driver(), ID_82540EM);
    (void)state;

    d->tbi = true;
    assert_int_equal(d->drv->probe(d, &d->priv), -EIO);
    mock_destroy(d);
    d = mock_create(e1000_driver(), ID_82540EM);
    d->fail[MOCK_NAPI] = 1;
    assert_int_equal(d->drv->probe(d, &d->priv), -ENOMEM);
    mock_destroy(d);
}

static void failed_open_leaves_nothing_behind(void **state)
{
    static const struct {
        enum mock_fault f;
        unsigned n;
        int err;
    } c[] = {{MOCK_DMA, 1, -ENOMEM}, {MOCK_DMA, 2, -ENOMEM}, {MOCK_TIMER, 1, -ENOMEM},
             {MOCK_IRQ, 1, -ENOSYS}, {MOCK_PKT, 1, -ENOMEM}, {MOCK_MAP, 1, -ENOMEM}};
    os_dev_t *d = probed(ID_82540EM);
    (void)state;

    for (unsigned i = 0; i < sizeof c / sizeof c[0]; i++) {
        d->fail[c[i].f] = c[i].n;
        assert_int_equal(d->drv->open(d->priv), c[i].err);
        assert_int_equal(d->live_pkts, 0);
        assert_int_equal(d->live_maps, 0);
        assert_int_equal(d->live_dma, 0);
        assert_false(d->timer_exists);
        assert_false(d->napi.enabled);
        assert_false(d->regs[E1000_RCTL / 4] & FMASK(E1000_RCTL_EN));
    }
    // A part of the buffers is enough.
    d->fail[MOCK_PKT] = 100;
    assert_int_equal(d->drv->open(d->priv), 0);
    assert_int_equal(d->regs[E1000_RDT / 4], 98);
    mock_settle(d);
    assert_int_equal(d->regs[E1000_RDT / 4], 254);
    gone(d);
}

static void the_watchdog_runs_every_two_seconds(void **state)
{
    os_dev_t *d = probed(ID_82540EM);
    (void)state;

    assert_int_equal(d->drv->set_watchdog(d->priv, true), 0);
    assert_int_equal(d->drv->open(d->priv), 0);
    mock_irq(d);
    mock_softirq(d, 64);
    assert_true(mock_timer(d));
    assert_true(d->carrier);
    assert_int_equal(d->timer.delay_ns, 2000000000u);
    mock_irq(d);
    mock_softirq(d, 64);
    mock_log_clear(d);
    assert_true(mock_timer(d));
    assert_string_equal(mock_log_digest(d),
                        "R CTRL; R STATUS; R stats x2; PHY 10; PHY 21; W AIT=0; W ICS=10");
    assert_true(mock_irq(d));
    assert_int_equal(mock_softirq(d, 64), 1);
    gone(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(probe_follows_the_tables),
        cmocka_unit_test(eeprom_word_takes_about_65_writes_and_16_data_reads),
        cmocka_unit_test(the_82545gm_resets_through_memory),
        cmocka_unit_test(open_follows_the_table),
        cmocka_unit_test(stop_follows_the_table_and_open_works_again),
        cmocka_unit_test(wake_on_lan_keeps_the_phy_powered),
        cmocka_unit_test(bad_eeprom_survives_probe_but_not_open),
        cmocka_unit_test(eeprom_without_grant_is_given_up_after_a_bounded_wait),
        cmocka_unit_test(dead_or_foreign_phy_means_no_carrier),
        cmocka_unit_test(a_fibre_device_is_refused),
        cmocka_unit_test(failed_open_leaves_nothing_behind),
        cmocka_unit_test(the_watchdog_runs_every_two_seconds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
