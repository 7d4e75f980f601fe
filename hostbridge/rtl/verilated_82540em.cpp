// SPDX-License-Identifier: Apache-2.0
// The Verilated rtl/nic_82540em.sv as a pin device: what hostbridge/pin_dev.h asks for, and no behaviour. Nets that are read
// or moved beside the pins are listed in rtl/lint.vlt.
//
// A cycle is one evaluation with the clock high, inputs set before, and one with it low. Outputs and nets are functions of the
// flops, so after the first they show the next cycle.
#include "Vnic_82540em.h"
#include "Vnic_82540em___024root.h"

#include <cstring>
#include <memory>

extern "C" {
#define _Static_assert(cond, text) static_assert(true, text) // the C compiler checks them
#include "hostbridge/pin_dev.h"
#include "model/state.h"
}

#define NET(name) root->nic_82540em__DOT__##name

namespace
{

struct device {
    pin_dev_t dev; // first
    VerilatedContext context;
    std::unique_ptr<Vnic_82540em> dut;
    Vnic_82540em___024root *root;
    uint64_t now = 0;
    uint32_t autoneg_cyc;
    pin_dev_probe_fn *probe = nullptr;
    void *probe_ctx = nullptr;
    uint32_t taken = 0; // receive descriptors since the restart of the ring
    uint32_t listed = 0; // transmit frames since the reset
    uint64_t eop = 0;   // a bit a slot of the receive ring's cache: last descriptor of a frame

    void tell(enum nic_probe what, uint64_t cyc, uint32_t a, uint32_t b) const
    {
        if (probe) probe(probe_ctx, what, cyc, a, b);
    }
};

device *of(const pin_dev_t *d)
{
    return (device *)d;
}

void destroy(pin_dev_t *d)
{
    delete of(d);
}

uint64_t now(const pin_dev_t *d)
{
    return of(d)->now;
}

nic_out_t out(pin_dev_t *d)
{
    const Vnic_82540em *dut = of(d)->dut.get();
    nic_out_t o;
#define PIN_I(n, w, doc)
#define PIN_O(n, w, doc) o.n = dut->n##_o;
#include "rtl/nic_pins.def"
#undef PIN_I
#undef PIN_O
    return o;
}

// ---- meters: what happens in the tick at the end of the present cycle ----

// Frames in the receive ring that a restart or reset throws away: completed, and not written back.
uint32_t lost_frames(const device *v, uint32_t wrote)
{
    const auto *root = v->root;
    uint32_t n = NET(rx_done) && NET(rx_done_eop);
    for (uint32_t k = wrote; (k & 0xFF) != NET(u_rx_ring__DOT__done_q); k++) n += v->eop >> (k & 63) & 1;
    return n;
}

struct before { // as visible before the clock edge
    bool reset, fate, restart;
    uint32_t fate_a, fate_b, lost, rx_wrote, tx_wrote, causes;
};

before look(device *v)
{
    const auto *root = v->root;
    before b = {};
    b.reset = NET(reset);
    b.restart = NET(restart_rx);
    b.fate = NET(fate_valid);
    b.fate_a = NET(fate);
    b.fate_b = b.fate_a == NIC_FATE_ACCEPTED ? NET(acc_len) : 0;
    const uint32_t done = NET(done), wrote = NET(u_rx_ring__DOT__wrote_q);
    if ((done >> RQ_RX_WB & 1) && !NET(u_rx_ring__DOT__wb_stale_q)) b.rx_wrote = NET(u_rx_ring__DOT__wb_n_q);
    if ((done >> RQ_TX_WB & 1) && !NET(u_tx_ring__DOT__wb_stale_q)) b.tx_wrote = NET(u_tx_ring__DOT__wb_n_q);
    if (b.reset)
        b.lost = lost_frames(v, wrote) + ((NET(rx_frames) - NET(rx_frames_done)) & 0xFFF);
    else if (b.restart) b.lost = lost_frames(v, wrote + b.rx_wrote);
    b.causes = NET(causes) & ~NET(icr);
    if (NET(rx_done) && !b.restart) {
        const uint64_t bit = 1ull << (NET(u_rx_ring__DOT__done_q) & 63);
        v->eop = NET(rx_done_eop) ? v->eop | bit : v->eop & ~bit;
    }
    return b;
}

// Behind the edge, in the order in which the C model's modules tick.
void report(device *v, const before &b)
{
    const auto *root = v->root;
    const uint64_t cyc = v->now, next = cyc + 1;
    if (b.fate) v->tell(NIC_PROBE_RX_FATE, cyc, b.fate_a, b.fate_b);
    v->taken = b.reset || b.restart ? NET(rx_taken) : v->taken + ((NET(rx_taken) - v->taken) & 0xFF);
    if (NET(p)) v->tell(NIC_PROBE_RX_HOST, next, v->taken - 1, NET(p_len));
    if (b.rx_wrote && !b.reset) v->tell(NIC_PROBE_RX_WB, cyc, NET(u_rx_ring__DOT__wb_idx_q), b.rx_wrote);
    if (b.lost) v->tell(NIC_PROBE_RX_LOST, cyc, b.lost, 0);
    if (b.tx_wrote && !b.reset) v->tell(NIC_PROBE_TX_WB, cyc, NET(u_tx_ring__DOT__wb_idx_q), b.tx_wrote);
    if (b.reset) v->listed = 0;
    if (NET(tx_listed)) v->tell(NIC_PROBE_TX_FETCH, next, ++v->listed, 0);
    if (NET(fired)) v->tell(NIC_PROBE_TIMER, cyc, NET(fired), 0);
    if (b.causes && !b.reset) v->tell(NIC_PROBE_CAUSE, cyc, b.causes, 0);
}

void probe(pin_dev_t *d, pin_dev_probe_fn *fn, void *ctx)
{
    of(d)->probe = fn;
    of(d)->probe_ctx = ctx;
}

// ---- the clock ----

void tick(pin_dev_t *d, const nic_in_t *in)
{
    device *v = of(d);
    Vnic_82540em *dut = v->dut.get();
    const before b = look(v);
#define PIN_I(n, w, doc) dut->n##_i = in->n;
#define PIN_O(n, w, doc)
#include "rtl/nic_pins.def"
#undef PIN_I
#undef PIN_O
    dut->clk_i = 1;
    dut->eval();
    report(v, b);
    v->now++;
    dut->clk_i = 0;
    // A negotiation that has just begun, as long as the configuration says.
    auto *root = v->root;
    if (NET(u_phy__DOT__u_core__DOT__an_cnt_q) == NIC_PhyAutonegCyc) NET(u_phy__DOT__u_core__DOT__an_cnt_q) = v->autoneg_cyc;
    dut->eval();
}

// ---- idle jump ("Jumping" of docs/cycle-contract.md) ----

// Counters whose end changes something; 1 = ends in this tick, 0 = idle.
uint64_t horizon(const pin_dev_t *d)
{
    const auto *root = of(d)->root;
    const uint64_t gate = NET(pend) && !NET(int_level) ? NET(u_throttle__DOT__open_q) : 0;
    const uint64_t left[] = {
        NET(u_timers__DOT__pt_q),   NET(u_timers__DOT__at_q),        NET(u_timers__DOT__tidv_q),
        NET(u_timers__DOT__tadv_q), NET(u_timers__DOT__mt_q),        NET(u_phy__DOT__u_core__DOT__mdic_cnt_q),
        NET(u_phy__DOT__u_core__DOT__an_cnt_q),  NET(u_eeprom__DOT__eerd_cnt_q), NET(u_eeprom__DOT__busy_cnt_q),
        gate,
    };
    uint64_t h = NIC_NEVER;
    for (const uint64_t n : left)
        if (n && n - 1 < h) h = n - 1;
    return h;
}

template <class T> void pass(T &counter, uint64_t cycles)
{
    counter = (T)(counter > cycles ? counter - cycles : 0);
}

void jump(pin_dev_t *d, uint64_t cycles)
{
    device *v = of(d);
    auto *root = v->root;
    pass(NET(u_timers__DOT__pt_q), cycles);
    pass(NET(u_timers__DOT__at_q), cycles);
    pass(NET(u_timers__DOT__tidv_q), cycles);
    pass(NET(u_timers__DOT__tadv_q), cycles);
    pass(NET(u_timers__DOT__mt_q), cycles);
    pass(NET(u_phy__DOT__u_core__DOT__mdic_cnt_q), cycles);
    pass(NET(u_phy__DOT__u_core__DOT__an_cnt_q), cycles);
    pass(NET(u_eeprom__DOT__eerd_cnt_q), cycles);
    pass(NET(u_eeprom__DOT__busy_cnt_q), cycles);
    pass(NET(u_throttle__DOT__open_q), cycles);
    // Their end leaves no trace.
    pass(NET(u_regs__DOT__reset_cnt_q), cycles);
    pass(NET(u_mac_tx__DOT__ready_cnt_q), cycles);
    pass(NET(u_mac_tx__DOT__paused_cnt_q), cycles);
    v->now += cycles;
    v->dut->eval();
}

// ---- beside the pins ----

uint64_t tlp_addr(const pin_dev_t *d)
{
    const auto *root = of(d)->root;
    return NET(u_host_port__DOT__addr_q);
}

bool still(const pin_dev_t *d)
{
    const auto *root = of(d)->root;
    return NET(still);
}

bool loopback(const pin_dev_t *d)
{
    const auto *root = of(d)->root;
    return NET(loopback);
}

unsigned stride(const pin_dev_t *d)
{
    static const unsigned cycles[4] = {NIC_Stride10, NIC_Stride100, NIC_Stride1000,
                                       NIC_Stride1000};
    const auto *root = of(d)->root;
    return cycles[NET(speed) & 3];
}

uint32_t peek(const pin_dev_t *d, uint32_t off)
{
    const auto *root = of(d)->root;
    switch (off) {
    case E1000_ITR: return NET(itr);
    case E1000_RDTR: return NET(rdtr);
    case E1000_RADV: return NET(radv);
    case E1000_TIDV: return NET(tidv);
    case E1000_TADV: return NET(tadv);
    case E1000_RXFRAMES: return NET(rxframes);
    case E1000_TXFRAMES: return NET(txframes);
    case E1000_MTCTL: return NET(mtctl);
    case E1000_MTDLY: return NET(mtdly);
    case E1000_TDH: return NET(tdh);
    default: return 0;
    }
}

void waves(const pin_dev_t *d, uint64_t value[NIC_WAVES])
{
    const auto *root = of(d)->root;
    const uint64_t v[NIC_WAVES] = {
#define WAVE(scope, name, width, c, rtl) NET(rtl),
#include "rtl/nic_wave.def"
#undef WAVE
    };
    memcpy(value, v, sizeof v);
}

const pin_dev_ops_t OPS = {
    destroy, now, out, tick, horizon, jump, probe, tlp_addr, still, loopback, stride, peek, waves,
};

} // namespace

extern "C" pin_dev_t *pin_dev_rtl(const nic_config_t *cfg)
{
    device *v = new device;
    v->dev.ops = &OPS;
    v->dev.name = "rtl";
    v->autoneg_cyc = cfg->autoneg_cyc ? cfg->autoneg_cyc : (uint32_t)NIC_PhyAutonegCyc;
    v->context.randReset(2); // what has no reset starts at random, the same in every run
    v->context.randSeed(1);
    v->dut = std::make_unique<Vnic_82540em>(&v->context);
    v->root = v->dut->rootp;
    auto *root = v->root;
    Vnic_82540em *dut = v->dut.get();
#define PIN_I(n, w, doc) dut->n##_i = 0;
#define PIN_O(n, w, doc)
#include "rtl/nic_pins.def"
#undef PIN_I
#undef PIN_O
    dut->clk_i = 0;
    dut->rst_ni = 1; // the asynchronous reset needs its edge
    dut->eval();
    eeprom_t eeprom;
    eeprom_image(eeprom.word, cfg->mac, nic_device_id(cfg->personality));
    for (unsigned i = 0; i < NIC_EepromWords; i += 2)
        NET(u_eeprom__DOT__word_q)[i / 2] = (uint32_t)eeprom.word[i + 1] << 16 | eeprom.word[i];
    dut->rst_ni = 0;
    dut->eval();
    dut->rst_ni = 1;
    dut->eval();
    return &v->dev;
}
