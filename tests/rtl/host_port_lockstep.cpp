// SPDX-License-Identifier: Apache-2.0
// rtl/host_port.sv beside model/host_port.c: random requests of all requesters, random readiness of the host, bus
// mastering switched on and off, CTRL.RST at any time. Compared every cycle: pins, `done`, bytes granted.
#include "Vhost_port.h"

#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>

extern "C" {
#include "model/host_port.h"
}

namespace
{

struct Rng {
    uint64_t s;
    uint64_t next()
    {
        s ^= s << 13;
        s ^= s >> 7;
        s ^= s << 17;
        return s * 0x2545F4914F6CDD1Dull;
    }
    uint32_t below(uint32_t n)
    {
        return (uint32_t)((next() >> 33) % n);
    }
    bool one_in(uint32_t n)
    {
        return below(n) == 0;
    }
};

const char *repro_name;
uint64_t repro_seed, repro_cycles;
bool differs(uint64_t cyc, const char *signal, uint64_t rtl, uint64_t model)
{
    if (rtl == model) return false;
    fprintf(stderr,
            "cycle %" PRIu64 ": %s: rtl %" PRIx64 ", model %" PRIx64 "\nrepro: %s %" PRIu64 " 1"
            " %" PRIu64 "\n",
            cyc, signal, rtl, model, repro_name, repro_seed, repro_cycles);
    return true;
}

constexpr uint32_t kCacheBytes = NIC_DescCache * NIC_DescBytes;

struct Bench {
    Rng r;
    Vhost_port d;
    host_port_t m;
    port_req_t req[RQ_COUNT];
    uint64_t msi_addr = 0;
    uint16_t msi_data = 0;
    bool master = true;
    bool tlp_any = false;
    uint8_t rx_mem[NIC_PbBytes + 16], rx_cache[kCacheBytes + 16], tx_cache[kCacheBytes + 16];
    uint64_t grants = 0, by_tag[RQ_COUNT] = {}, cut = 0, wrapped = 0, resets = 0;
    uint32_t ready_in = 1, idle_in = 4; // one in so many cycles
    bool mute = false;

    const uint8_t *memory(int q) const
    {
        return q == RQ_RX_DATA ? rx_mem : q == RQ_RX_WB ? rx_cache : tx_cache;
    }

    void new_request(int q)
    {
        port_req_t &p = req[q];
        p = port_req_t{};
        p.valid = true;
        p.wrap = UINT32_MAX;
        p.type = NIC_TLP_READ;
        p.addr = r.next();
        if (r.one_in(2))
            p.addr = (p.addr & ~4095ull) | (4096 - r.below(300) - 1); // near a page's end
        if (r.one_in(50)) p.addr |= ~0xFFFull;
        switch (q) {
        case RQ_RX_DATA: {
            static const uint32_t most[] = {9, 64, 260, 2048, 16384};
            p.type = NIC_TLP_WRITE;
            p.len = 1 + r.below(most[r.below(r.one_in(8) ? 5 : 4)]);
            p.wrap = 1024u * (1 + r.below(64));
            while (p.wrap < p.len) p.wrap += 1024;
            p.off = r.one_in(2) ? p.wrap - 1 -
                                      r.below(p.len < 200      ? 200
                                              : p.len > p.wrap ? p.wrap
                                                               : p.len)
                                : r.below(p.wrap);
            if (p.off + p.len > p.wrap) wrapped++;
            break;
        }
        case RQ_RX_WB:
        case RQ_TX_WB: {
            const uint32_t slot = r.below(NIC_DescCache);
            uint32_t n = 1 + r.below(NIC_DescWbMax);
            if (n > NIC_DescCache - slot) n = NIC_DescCache - slot;
            p.type = NIC_TLP_WRITE;
            p.addr &= ~15ull;
            p.off = slot * NIC_DescBytes;
            p.len = n * NIC_DescBytes;
            if (q == RQ_TX_WB && r.one_in(2)) {
                p.off += 12;
                p.addr += 12;
                p.len = 1;
            }
            break;
        }
        case RQ_TX_DATA: p.len = 1 + r.below(r.one_in(2) ? 2048 : 100); break;
        case RQ_MSI:
            p.type = NIC_TLP_MSG;
            p.addr = 0;
            p.len = 4;
            break;
        default:
            p.addr &= ~15ull;
            p.len = NIC_DescBytes * (1 + r.below(NIC_DescFetchMax));
            break;
        }
        if (p.type == NIC_TLP_WRITE) p.data = memory(q);
        if (p.len > NIC_Mps) cut++;
    }

    void drive(bool clr, bool ready)
    {
        d.reset_i = clr;
        d.req_ready_i = ready;
        d.master_en_i = master;
        d.msi_addr_i = msi_addr;
        d.msi_data_i = msi_data;
#define REQ(name, q)                                                                               \
    d.name##_valid_i = req[q].valid;                                                               \
    d.name##_addr_i = req[q].addr;                                                                 \
    d.name##_len_i = (uint16_t)req[q].len
        REQ(rx_data, RQ_RX_DATA);
        REQ(rx_fetch, RQ_RX_FETCH);
        REQ(rx_wb, RQ_RX_WB);
        REQ(tx_fetch, RQ_TX_FETCH);
        REQ(tx_wb, RQ_TX_WB);
        REQ(tx_data, RQ_TX_DATA);
#undef REQ
        d.msi_valid_i = req[RQ_MSI].valid;
        d.rx_data_off_i = (uint16_t)req[RQ_RX_DATA].off;
        d.rx_data_wrap_i = req[RQ_RX_DATA].wrap & 0x1FFFF;
        d.rx_wb_off_i = (uint16_t)req[RQ_RX_WB].off;
        d.tx_wb_off_i = (uint16_t)req[RQ_TX_WB].off;
    }

    uint32_t granted(int q, uint64_t now) const
    {
        return m.done_cyc[q] >= now && m.done_cyc[q] != NIC_NEVER ? req[q].len : m.sent[q];
    }

    bool compare(uint64_t now)
    {
        const bool valid = tlp_any && m.first_cyc <= now && now <= m.end_cyc;
        uint32_t done = 0;
        for (int q = 0; q < RQ_COUNT; q++) done |= (uint32_t)(m.done_cyc[q] == now) << q;
        return differs(now, "req_valid", d.req_valid_o, valid) ||
               differs(now, "req_sop", d.req_sop_o, valid && now == m.first_cyc) ||
               differs(now, "req_eop", d.req_eop_o, valid && now == m.end_cyc) ||
               differs(now, "req_data", d.req_data_o,
                       valid ? host_port_beat(&m.tlp, m.tlp.data, (uint32_t)(now - m.first_cyc)) : 0) ||
               differs(now, "done", d.done_o, done) ||
               differs(now, "rx_fetch_sent", d.rx_fetch_sent_o, granted(RQ_RX_FETCH, now)) ||
               differs(now, "tx_fetch_sent", d.tx_fetch_sent_o, granted(RQ_TX_FETCH, now)) ||
               differs(now, "tx_data_sent", d.tx_data_sent_o, granted(RQ_TX_DATA, now));
    }

    // What a memory gives in the cycle after the address; who is not asked says anything.
    void read_memory(int q, const uint8_t *mem, uint32_t bytes, VlWide<4> &to)
    {
        const bool asked = d.pay_valid_o && d.pay_sel_o == q;
        const uint32_t at[2] = {d.pay_addr_o * 8u % bytes, d.pay_next_o * 8u % bytes};
        for (int w = 0; w < 2; w++) {
            uint64_t x = r.next();
            if (asked) memcpy(&x, mem + at[w], 8);
            to[2 * w] = (uint32_t)x;
            to[2 * w + 1] = (uint32_t)(x >> 32);
        }
    }

    bool run(uint64_t cycles)
    {
        memset(&m, 0, sizeof m);
        host_port_reset(&m, 0);
        m.free_cyc = 0;
        memset(req, 0, sizeof req);
        d.rst_ni = 1; // the reset is an edge
        d.eval();
        d.rst_ni = 0;
        d.clk_i = 0;
        drive(false, false);
        d.eval();
        d.rst_ni = 1;
        d.eval();
        for (uint64_t now = 0; now < cycles; now++) {
            if (now % 4096 == 0) { // another kind of weather, other contents
                static const uint32_t in[] = {1, 1, 2, 5, 40};
                ready_in = in[r.below(5)];
                idle_in = 1u << r.below(10);
                mute = r.one_in(6);
            }
            const bool clr = r.one_in(900);
            const bool ready = r.one_in(ready_in);
            if (r.one_in(master ? 500 : 20)) master = !master;
            drive(clr, ready);
            d.eval();
            if (compare(now)) return false;

            // the model's tick
            uint32_t mask = 0;
            for (int q = 0; q < RQ_COUNT; q++) mask |= (uint32_t)(req[q].valid && master) << q;
            bool was_done[RQ_COUNT];
            for (int q = 0; q < RQ_COUNT; q++) was_done[q] = m.done_cyc[q] == now;
            if (clr) {
                host_port_reset(&m, now);
                resets++;
            } else {
                host_port_in_t in = {};
                in.now = now;
                in.grant = now >= m.free_cyc && ready ? host_port_pick(&m, mask) : -1;
                in.req = in.grant >= 0 ? &req[in.grant] : nullptr;
                in.msi_addr = msi_addr;
                in.msi_data = msi_data;
                if (host_port_tick(&m, &in)) {
                    tlp_any = true;
                    grants++;
                    by_tag[in.grant]++;
                }
            }
            // the tick of the RTL and of the memories
            VlWide<4> rx_data, rx_wb, tx_wb;
            read_memory(RQ_RX_DATA, rx_mem, NIC_PbBytes, rx_data);
            read_memory(RQ_RX_WB, rx_cache, kCacheBytes, rx_wb);
            read_memory(RQ_TX_WB, tx_cache, kCacheBytes, tx_wb);
            d.clk_i = 1;
            d.eval();
            d.clk_i = 0;
            d.pay_rx_data_i = rx_data;
            d.pay_rx_wb_i = rx_wb;
            d.pay_tx_wb_i = tx_wb;
            // the requesters' tick
            for (int q = 0; q < RQ_COUNT; q++) {
                if (clr || was_done[q]) req[q].valid = false;
                if (req[q].valid) continue;
                if (!clr && !mute && r.one_in(idle_in)) new_request(q);
            }
            if (mute && !req[RQ_RX_DATA].valid && r.one_in(30)) new_request(RQ_RX_DATA);
            if (r.one_in(50)) {
                msi_addr = r.next();
                msi_data = (uint16_t)r.next();
            }
            if (tlp_any && now > m.end_cyc && r.one_in(20)) { // nobody is reading
                rx_mem[r.below(NIC_PbBytes)] = (uint8_t)r.next();
                rx_cache[r.below(kCacheBytes)] = (uint8_t)r.next();
                tx_cache[r.below(kCacheBytes)] = (uint8_t)r.next();
            }
        }
        return true;
    }
};

} // namespace

int main(int argc, char **argv)
{
    repro_name = argv[0];
    const uint64_t first = argc > 1 ? strtoull(argv[1], nullptr, 0) : 1;
    repro_cycles = argc > 3 ? strtoull(argv[3], nullptr, 0) : 500000;
    const uint64_t last = first + (argc > 2 ? strtoull(argv[2], nullptr, 0) : 4) - 1;
    for (repro_seed = first; repro_seed <= last; repro_seed++) {
        auto *b = new Bench;
        b->r.s = repro_seed * 0x9E3779B97F4A7C15ull | 1;
        for (auto &x : b->rx_mem) x = (uint8_t)b->r.next();
        for (auto &x : b->rx_cache) x = (uint8_t)b->r.next();
        for (auto &x : b->tx_cache) x = (uint8_t)b->r.next();
        const bool ok = b->run(repro_cycles);
        if (ok) {
            printf("host_port seed %" PRIu64 ": %" PRIu64 " cycles equal, %" PRIu64 " TLPs (",
                   repro_seed, repro_cycles, b->grants);
            for (int q = 0; q < RQ_COUNT; q++) printf("%s%" PRIu64, q ? " " : "", b->by_tag[q]);
            printf("), %" PRIu64 " cut, %" PRIu64 " wrapped, %" PRIu64 " resets\n", b->cut,
                   b->wrapped, b->resets);
        }
        delete b;
        if (!ok) return 1;
    }
    return 0;
}
