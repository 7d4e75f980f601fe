// SPDX-License-Identifier: Apache-2.0
// A world for one driver without the simulator: every os_* function over a small functional 82540EM
// that logs each register access. No time passes in it, nothing is posted, one thing happens after
// the other; tests say what.
#ifndef MODERATO_MOCK_OS_H
#define MODERATO_MOCK_OS_H

#include "driver/os.h"
#include "rtl/defs.h"

#define MOCK_DMA_OFFSET 0x100000000000u // DMA address of a pointer = pointer + this
#define MOCK_RX_MAX     8192
#define MOCK_TX_MAX     1024

// What can be told to fail: the n-th call from now (1 = the next), once; or all calls.
enum mock_fault { MOCK_PKT, MOCK_DMA, MOCK_MAP, MOCK_NAPI, MOCK_TIMER, MOCK_IRQ, MOCK_FAULTS };

typedef struct mock_access {
    char op;    // R W: memory BAR, r w: ports, E: EEPROM word read, M/m: PHY write/read, N: NAPI
                // scheduled, C: complete, P: poll returned
    bool quiet; // part of an EEPROM or MDIC transaction
    uint32_t off, value;
} mock_access_t;

struct os_napi {
    os_dev_t *d;
    os_poll_fn poll;
    void *priv;
    bool enabled, scheduled;
};
struct os_timer {
    os_dev_t *d;
    void (*fn)(void *priv);
    void *priv;
    bool armed;
    uint64_t delay_ns;
};

struct os_dev {
    // device
    uint32_t regs[0x20000 / 4];
    uint32_t cfg[64];
    uint32_t icr, ims, ioaddr, eecd;
    uint16_t eeprom[64], phy[32];
    struct {
        unsigned bits, out;
        uint32_t shift;
        bool reading;
    } ee;
    bool txoff, mdic_error;
    bool cable, phy_link, no_gnt, mdic_dead, tbi;
    unsigned resets;
    uint32_t rx_seq;
    // driver and stack
    const os_driver_t *drv;
    void *priv;
    struct os_napi napi;
    struct os_timer timer;
    bool timer_exists, napi_exists;
    os_irq_fn irq;
    void *irq_priv;
    uint8_t mac[6];
    bool mac_set, carrier, tx_stopped;
    unsigned mbps, stops, wakes, logs;
    char last_log[256], all_logs[8192];
    // what came out
    unsigned received, tx_descs, tx_freed;
    struct {
        uint32_t len, seq;
        uint16_t tci;
        bool vlan, csum_ok;
    } rx[MOCK_RX_MAX];
    uint64_t tx[MOCK_TX_MAX][2];
    void (*on_free)(os_dev_t *d); // called by os_pkt_free: what another core does meanwhile
    void (*on_stop)(os_dev_t *d); // the same in os_tx_stop
    // resources
    int live_pkts, live_maps, live_dma;
    uint64_t map_hash; // 0 when every unmap matched its map
    unsigned fail[MOCK_FAULTS];
    bool fail_all[MOCK_FAULTS];
    // log
    mock_access_t *log;
    unsigned log_n, log_cap;
};

// A device with a valid EEPROM (MAC 02:00:00:00:00:01), cable plugged, gigabit full-duplex partner
// with PAUSE.
os_dev_t *mock_create(const os_driver_t *drv, uint32_t id);
// Frees it; the test must have removed the driver. Checks that nothing leaked.
void mock_destroy(os_dev_t *d);
// cmocka fixtures of an 82540EM: probed and open, carrier up, nothing pending, log empty; and its end.
int mock_setup_open(void **state);
int mock_teardown_open(void **state);
// Corrects word 3Fh.
void mock_eeprom_seal(os_dev_t *d);
// A link change: the PHY's link, and LSC.
void mock_link(os_dev_t *d, bool up);

// A frame of `len` bytes with CRC into the next descriptor. False without one. Sets RXT0.
bool mock_rx(os_dev_t *d, uint32_t len, uint8_t status, uint8_t errors, uint16_t special);
// Sends what is in the transmit ring: records descriptors, sets DD on those with RS, sets TXDW.
void mock_tx(os_dev_t *d);
// The same for at most `n` descriptors.
void mock_tx_some(os_dev_t *d, unsigned n);
// Runs the interrupt handler if the line is active. True: it ran.
bool mock_irq(os_dev_t *d);
// Polls until NAPI is done; checks the contract of the return value. Returns the number of polls.
unsigned mock_softirq(os_dev_t *d, int budget);
// Runs the work item if it is armed. True: it ran.
bool mock_timer(os_dev_t *d);
// Interrupts, polls and work until nothing is left.
void mock_settle(os_dev_t *d);

void mock_log_clear(os_dev_t *d);
// The log as text. Plain: "R ICR; W IMC=FFFFFFFF; ..." of everything. Digest: EEPROM and MDIC
// transactions as one item
// ("EE 04", "PHY 0=9340", "PHY 2"), runs on arrays and statistics as "W MTA x128", "R stats x58"
// (with the flushes between). Valid until the next call.
const char *mock_log_text(os_dev_t *d);
const char *mock_log_digest(os_dev_t *d);
// How often a register was written (op 'W') or read ('R').
unsigned mock_count(const os_dev_t *d, char op, uint32_t off);

#endif
