// SPDX-License-Identifier: Apache-2.0
// rtl/host_port.sv beside model/host_port.c, with the memories that supply payload.
#include "tests/rtl/lockstep.h"

#include <cstring>

#include "Vhost_port.h"
extern "C" {
#include "model/host_port.h"
}

namespace
{

constexpr uint32_t CACHE_BYTES = NIC_DescCache * NIC_DescBytes;

struct bench {
    std::unique_ptr<Vhost_port> dut = std::make_unique<Vhost_port>();
    host_port_t c = {};
    port_req_t req[RQ_COUNT] = {};
    uint8_t queue[RQ_COUNT] = {};
    bool reset = false, ready = true, master = true, mute = false;
    bool sent_any = false; // a TLP is or was on the pins
    uint32_t was_done = 0; // `done` of this cycle, a bit a tag
    uint64_t msi_addr = 0;
    uint32_t msi_data = 0;
    // behind each of them what the C reads beyond its end
    uint8_t rx_mem[NIC_PbBytes + 16], rx_cache[CACHE_BYTES + 16], tx_cache[CACHE_BYTES + 16];
    VlWide<4> word[RQ_COUNT]; // what they give in the next cycle
    uint32_t ready_odds = 1, idle_odds = 4, rare_odds = 100;
    enum {
        BY_TAG,
        ALL_WAIT = BY_TAG + RQ_COUNT,
        ROUND,
        ALONE,
        CUT_SIZE,
        CUT_PAGE,
        CUT_BYTE,
        AROUND,
        AROUND_BEAT,
        ODD,
        ONE_BYTE,
        STATUS_BYTE,
        BEYOND_4G,
        NOT_READY,
        NO_MASTER,
        NO_MASTER_PART,
        RESET_SENDS,
        RESET_PART,
        RESET_LAST,
        RESET_DONE,
        RESET_GRANT,
        CORNERS
    };
    lockstep_corner corners[CORNERS] = {
        {"TLP of received bytes", 0},
        {"TLP of a receive fetch", 0},
        {"TLP of a receive write-back", 0},
        {"TLP of a transmit fetch", 0},
        {"TLP of a transmit write-back", 0},
        {"TLP of bytes to send", 0},
        {"TLP of an interrupt message", 0},
        {"all seven wait", 0},
        {"round robin begins again", 0},
        {"the same one twice", 0},
        {"cut by Mps or Mrrs", 0},
        {"cut by a page", 0},
        {"one byte before a page", 0},
        {"payload around the end of its memory", 0},
        {"inside a beat", 0},
        {"payload not at a word", 0},
        {"payload of one byte", 0},
        {"status byte of a descriptor", 0},
        {"address beyond 4 GiB", 0},
        {"host not ready", 0},
        {"no bus mastering", 0},
        {"no bus mastering inside a request", 0},
        {"reset with a TLP on the pins", 0},
        {"reset inside a request", 0},
        {"reset with the last beat", 0},
        {"reset with `done`", 0},
        {"reset in the tick of a grant", 0},
    };

    void init()
    {
        host_port_reset(&c, 0);
        c.free_cyc = 0;
    }

    static uint64_t u64(lockstep_rng &r)
    {
        return (uint64_t)r.u32() << 32 | r.u32();
    }

    void phase(lockstep_rng &r)
    {
        static const uint32_t odds[] = {1, 1, 2, 5, 40};
        ready_odds = odds[r.below(5)];
        idle_odds = 1u << r.below(10);
        rare_odds = 50u << r.below(6);
        mute = r.one_in(6); // but for received bytes
    }

    const uint8_t *memory(int tag) const
    {
        return tag == RQ_RX_DATA ? rx_mem : tag == RQ_RX_WB ? rx_cache : tx_cache;
    }

    static uint32_t memory_bytes(int tag)
    {
        return tag == RQ_RX_DATA ? (uint32_t)NIC_PbBytes : CACHE_BYTES;
    }

    // Received bytes lie anywhere in a ring of bytes, preferably about its end.
    static void received(port_req_t &p, lockstep_rng &r)
    {
        static const uint32_t most[] = {9, 64, 260, 2048, 16384};
        p.type = NIC_TLP_WRITE;
        p.len = 1 + r.below(most[r.below(r.one_in(8) ? 5 : 4)]);
        p.wrap = 1024u * (1 + r.below(64));
        while (p.wrap < p.len) p.wrap += 1024;
        const uint32_t near = p.len < 200 ? 200 : p.len > p.wrap ? p.wrap : p.len;
        p.off = r.one_in(2) ? p.wrap - 1 - r.below(near) : r.below(p.wrap);
    }

    static void descriptors(port_req_t &p, lockstep_rng &r, bool tx)
    {
        const uint32_t slot = r.below(NIC_DescCache);
        uint32_t n = 1 + r.below(NIC_DescWbMax);
        if (n > NIC_DescCache - slot) n = NIC_DescCache - slot;
        p.type = NIC_TLP_WRITE;
        p.addr &= ~15ull;
        p.off = slot * NIC_DescBytes;
        p.len = n * NIC_DescBytes;
        if (tx && r.one_in(2)) { // its status only
            p.off += 12;
            p.addr += 12;
            p.len = 1;
        }
    }

    void new_request(int tag, lockstep_rng &r)
    {
        port_req_t &p = req[tag];
        p = port_req_t{};
        p.valid = true;
        p.wrap = UINT32_MAX;
        p.func = (uint8_t)r.below(9);
        queue[tag] = tag == RQ_MSI ? 0 : (uint8_t)r.below(32);
        p.type = NIC_TLP_READ;
        p.addr = u64(r);
        if (r.one_in(3)) p.addr &= UINT32_MAX;
        if (r.one_in(2)) p.addr = (p.addr & ~4095ull) | (4095 - r.below(300)); // near a page's end
        if (r.one_in(50)) p.addr |= ~0xFFFull;
        switch (tag) {
        case RQ_RX_DATA: received(p, r); break;
        case RQ_RX_WB:
        case RQ_TX_WB: descriptors(p, r, tag == RQ_TX_WB); break;
        case RQ_TX_DATA: p.len = 1 + r.below(r.one_in(2) ? NIC_TxChunk : 100); break;
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
        if (p.type == NIC_TLP_WRITE) p.data = memory(tag);
    }

    // What requesters and memories have done in the tick before.
    void others(uint64_t now, lockstep_rng &r)
    {
        for (int q = 0; q < RQ_COUNT; q++) {
            if (reset || was_done >> q & 1) req[q].valid = false;
            if (req[q].valid || reset) continue;
            if (!mute ? r.one_in(idle_odds) : q == RQ_RX_DATA && r.one_in(30)) new_request(q, r);
        }
        if (r.one_in(50)) {
            msi_addr = u64(r);
            msi_data = r.u32();
        }
        if (sent_any && now > c.end_cyc + 1 && r.one_in(20)) { // nobody is reading
            rx_mem[r.below(NIC_PbBytes)] = (uint8_t)r.u32();
            rx_cache[r.below(CACHE_BYTES)] = (uint8_t)r.u32();
            tx_cache[r.below(CACHE_BYTES)] = (uint8_t)r.u32();
        }
    }

    void drive(uint64_t now, lockstep_rng &r)
    {
        if (now == 0) {
            for (uint8_t &x : rx_mem) x = (uint8_t)r.u32();
            for (uint8_t &x : rx_cache) x = (uint8_t)r.u32();
            for (uint8_t &x : tx_cache) x = (uint8_t)r.u32();
        } else {
            others(now, r);
        }
        if (now % 4096 == 0) phase(r);
        reset = r.one_in(5 * rare_odds);
        ready = r.one_in(ready_odds);
        if (r.one_in(master ? rare_odds * 5 : 20)) master = !master;
        dut->reset_i = reset;
        dut->req_ready_i = ready;
        dut->master_en_i = master;
        dut->msi_addr_i = msi_addr;
        dut->msi_data_i = msi_data;
#define REQ(name, q)                                                                               \
    dut->name##_valid_i = req[q].valid;                                                            \
    dut->name##_addr_i = req[q].addr;                                                              \
    dut->name##_len_i = (uint16_t)req[q].len;                                                      \
    dut->name##_func_i = req[q].func;                                                              \
    dut->name##_queue_i = queue[q]
        REQ(rx_data, RQ_RX_DATA);
        REQ(rx_fetch, RQ_RX_FETCH);
        REQ(rx_wb, RQ_RX_WB);
        REQ(tx_fetch, RQ_TX_FETCH);
        REQ(tx_wb, RQ_TX_WB);
        REQ(tx_data, RQ_TX_DATA);
#undef REQ
        dut->msi_valid_i = req[RQ_MSI].valid;
        dut->msi_func_i = req[RQ_MSI].func;
        dut->rx_data_off_i = (uint16_t)req[RQ_RX_DATA].off;
        dut->rx_data_wrap_i = req[RQ_RX_DATA].wrap & 0x1FFFF;
        dut->rx_wb_off_i = (uint16_t)req[RQ_RX_WB].off;
        dut->tx_wb_off_i = (uint16_t)req[RQ_TX_WB].off;
        dut->pay_rx_data_i = word[RQ_RX_DATA];
        dut->pay_rx_wb_i = word[RQ_RX_WB];
        dut->pay_tx_wb_i = word[RQ_TX_WB];
        for (int q : {RQ_RX_DATA, RQ_RX_WB, RQ_TX_WB}) read_memory(q, r);
    }

    // What a memory gives in the cycle behind this one; who is not asked says anything.
    void read_memory(int tag, lockstep_rng &r)
    {
        const bool asked = dut->pay_valid_o && dut->pay_sel_o == tag;
        const uint32_t at[2] = {dut->pay_addr_o * 8u, dut->pay_next_o * 8u};
        for (int i = 0; i < 2; i++) {
            uint64_t x = u64(r);
            if (asked) memcpy(&x, memory(tag) + at[i] % memory_bytes(tag), 8);
            word[tag][2 * i] = (uint32_t)x;
            word[tag][2 * i + 1] = (uint32_t)(x >> 32);
        }
    }

    // Bytes of a request that have gone out: whole until `done` has been seen.
    uint32_t granted(int q, uint64_t now) const
    {
        return c.done_cyc[q] >= now && c.done_cyc[q] != NIC_NEVER ? req[q].len : c.sent[q];
    }

    bool sends(uint64_t now) const
    {
        return sent_any && c.first_cyc <= now && now <= c.end_cyc;
    }

    void compare(uint64_t now, lockstep_diff &d) const
    {
        const bool valid = sends(now);
        uint32_t done = 0;
        for (int q = 0; q < RQ_COUNT; q++) done |= (uint32_t)(c.done_cyc[q] == now) << q;
        d.same("req_valid_o", dut->req_valid_o, valid);
        d.same("req_sop_o", dut->req_sop_o, valid && now == c.first_cyc);
        d.same("req_eop_o", dut->req_eop_o, valid && now == c.end_cyc);
        d.same("req_data_o", dut->req_data_o,
               valid ? host_port_beat(&c.tlp, c.tlp.data, (uint32_t)(now - c.first_cyc)) : 0);
        d.same("done_o", dut->done_o, done);
        d.same("idle_o", dut->idle_o, !sent_any || now > c.end_cyc + 1);
        d.same("rx_fetch_sent_o", dut->rx_fetch_sent_o, granted(RQ_RX_FETCH, now));
        d.same("tx_fetch_sent_o", dut->tx_fetch_sent_o, granted(RQ_TX_FETCH, now));
        d.same("tx_data_sent_o", dut->tx_data_sent_o, granted(RQ_TX_DATA, now));
    }

    // Coincidences before the tick.
    void count(uint64_t now, uint32_t mask)
    {
        const bool free = now >= c.free_cyc;
        bool part = false, last = false;
        for (int q = 0; q < RQ_COUNT; q++) {
            part = part || c.sent[q];
            last = last || c.done_cyc[q] == now + 1;
        }
        corners[RESET_SENDS].count += reset && sends(now) && now < c.end_cyc;
        corners[RESET_PART].count += reset && part;
        corners[RESET_LAST].count += reset && last;
        corners[RESET_DONE].count += reset && was_done;
        corners[RESET_GRANT].count += reset && free && ready && mask && master;
        if (reset) return;
        corners[ALL_WAIT].count += mask == (1u << RQ_COUNT) - 1;
        corners[NOT_READY].count += free && !ready && mask && master;
        corners[NO_MASTER].count += free && ready && mask && !master;
        corners[NO_MASTER_PART].count += free && ready && part && !master;
    }

    // Coincidences of a grant.
    void count_grant(const port_req_t &p, uint32_t sent, uint8_t last)
    {
        const uint32_t len = c.tlp.len, left = p.len - sent, at = p.off + sent;
        const uint32_t most = p.type == NIC_TLP_READ ? NIC_Mrrs : NIC_Mps;
        const bool around = p.data && at < p.wrap && at + len > p.wrap;
        corners[BY_TAG + (c.tlp.tag & 7)].count++;
        corners[ROUND].count += (c.tlp.tag & 7) < last;
        corners[ALONE].count += (c.tlp.tag & 7) == last;
        corners[CUT_SIZE].count += len < left && len == most;
        corners[CUT_PAGE].count += len < left && len < most;
        corners[CUT_BYTE].count += len < left && len == 1;
        corners[AROUND].count += around;
        corners[AROUND_BEAT].count += around && (p.wrap - at) % NIC_BeatBytes;
        corners[ODD].count += p.data && at % NIC_BeatBytes;
        corners[ONE_BYTE].count += p.data && len == 1;
        corners[STATUS_BYTE].count += p.data && p.len == 1 && p.off % NIC_DescBytes == 12;
        corners[BEYOND_4G].count += c.tlp.addr >> 32 != 0;
    }

    void tick(uint64_t now)
    {
        uint32_t mask = 0;
        was_done = 0;
        for (int q = 0; q < RQ_COUNT; q++) {
            mask |= (uint32_t)req[q].valid << q;
            was_done |= (uint32_t)(c.done_cyc[q] == now) << q;
        }
        count(now, mask);
        if (reset) {
            host_port_reset(&c, now);
            return;
        }
        host_port_in_t in = {};
        in.now = now;
        in.grant = now >= c.free_cyc && ready ? host_port_pick(&c, master ? mask : 0) : -1;
        in.req = in.grant >= 0 ? &req[in.grant] : nullptr;
        in.queue = in.grant >= 0 ? queue[in.grant] : 0;
        in.msi_func = req[RQ_MSI].func;
        in.msi_addr = msi_addr;
        in.msi_data = msi_data;
        const uint32_t sent = in.grant >= 0 ? c.sent[in.grant] : 0;
        const uint8_t last = c.last_q;
        if (!host_port_tick(&c, &in)) return;
        sent_any = true;
        count_grant(*in.req, sent, last);
    }

    void print() const
    {
        printf(" reset %d ready %d master %d", reset, ready, master);
        for (int q = 0; q < RQ_COUNT; q++)
            if (req[q].valid)
                printf(" | %d: %016" PRIX64 " +%u off %u", q, req[q].addr, req[q].len, req[q].off);
    }
};

} // namespace

int main(int argc, char **argv)
{
    return lockstep_main<bench>("host_port", argc, argv);
}
