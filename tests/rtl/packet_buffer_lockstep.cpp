// SPDX-License-Identifier: Apache-2.0
// rtl/packet_buffer.sv beside model/packet_buffer.c, among neighbours that behave as mac_rx, rx_dma, host_port, tx_dma and
// mac_tx do: frames that arrive at all strides, payload reads, frees, transmit writes and reads, PBM when all is at rest.
// Everything read is compared with a plain memory, and that, for accepted frames, with the C's.
#include "tests/rtl/lockstep.h"

#include <algorithm>
#include <cstring>
#include <deque>

#include "Vpacket_buffer.h"
extern "C" {
#include "model/packet_buffer.h"
}

namespace
{

enum { WORDS = NIC_PbBytes / 8, GRANULES = NIC_PbBytes / NIC_GranuleBytes, ENTRY_WORDS = 5 };
const uint32_t ENTRY_TOP = (1u << (137 - 32 * (ENTRY_WORDS - 1))) - 1;

struct tx_frame {
    uint32_t start, words, granules;
    uint32_t entry[ENTRY_WORDS];
};

struct bench {
    std::unique_ptr<Vpacket_buffer> dut = std::make_unique<Vpacket_buffer>();
    packet_buffer_t c = {};
    pb_free_t free_log[PB_FREES] = {};
    uint32_t free_count = 0;
    uint64_t ram[WORDS] = {};
    bool known[2 * WORDS] = {}; // halves of words that have been written
    bool reset = false;
    uint32_t pba = 0x30;
    uint64_t quiet_until = 0; // after a reset: the receiver is off
    // kind of weather
    uint32_t arrive_odds = 20, longest = 100, run_odds = 4, tx_odds = 4, send_odds = 20,
             reset_odds = 5000;
    uint32_t stride = 1;
    bool stopped = false;
    // the arriving frame
    bool active = false, dead = false, wanted = true;
    pb_arrival_t a = {};
    std::vector<uint8_t> data; // as stored
    uint32_t shift = 0, lag = 1, word = 0;
    // rx_dma and the port
    uint32_t done = 0, off = 0, beats = 0, at = 0, last_word = 0;
    uint64_t next_run = 0, take_cyc = 0;
    bool whole = false; // the front frame has been read
    bool pay_check = false;
    uint64_t pay_want[2] = {};
    bool pay_known[2] = {};
    // tx_dma
    tx_frame put = {};
    uint32_t written = 0, wr = 0, alloc = 0;
    bool putting = false, write_on = false;
    uint64_t write_data = 0;
    std::deque<tx_frame> listed;
    uint32_t tx_put_count = 0;
    // mac_tx
    uint32_t sent = 0, freed = 0, read = 0, refused = 0;
    uint64_t send_cyc = 0;
    bool sending = false, orphan = false, read_on = false, read_check = false;
    tx_frame out = {};
    uint32_t out_base = 0, out_size = 0;
    uint64_t read_want = 0;
    // PBM
    bool pbm_check = false;
    uint32_t pbm_want = 0;

    enum {
        ACCEPTED,
        DROPPED,
        LOST,
        LOST_LATE,
        FREE_ALLOC,
        FREE_SAVES,
        FREE_ACCEPT,
        FULL,
        ONE_GRANULE_SHORT,
        CAP_0,
        CAP_TINY,
        CAP_ALL,
        WRAP,
        RX_WRAP_STATUS,
        LONG,
        SLOW,
        SLOWEST,
        RESET_ARRIVAL,
        RESET_RUN,
        ORPHAN,
        LIST_EMPTY,
        LIST_ONE,
        LIST_MANY,
        RUN_WRAP,
        TX_REFUSED,
        TX_WAITS_2,
        RX_WAITS,
        TX_LIST_MANY,
        PBM_READ,
        PBM_WRITE,
        CORNERS
    };
    lockstep_corner corners[CORNERS] = {
        {"frame accepted", 0},
        {"frame not wanted", 0},
        {"frame lost", 0},
        {"frame lost behind its first granule", 0},
        {"free in the tick of an allocation", 0},
        {"free that saves the arriving frame", 0},
        {"free in the tick of the verdict", 0},
        {"region full to the last granule", 0},
        {"lost for one granule", 0},
        {"no receive region", 0},
        {"receive region of 1 KiB", 0},
        {"no transmit region", 0},
        {"accepted frame wraps", 0},
        {"status granule is the last one", 0},
        {"accepted frame of more than 8000 bytes", 0},
        {"100 Mb/s", 0},
        {"10 Mb/s", 0},
        {"reset in an arriving frame", 0},
        {"reset in a payload read", 0},
        {"reset in a frame being sent", 0},
        {"accepted to an empty list", 0},
        {"accepted to a list of one", 0},
        {"accepted to a list of four or more", 0},
        {"payload read wraps", 0},
        {"transmit read refused", 0},
        {"transmit read refused twice", 0},
        {"word of the arriving frame waits for a transmit write", 0},
        {"transmit list of four or more", 0},
        {"PBM read", 0},
        {"PBM written", 0},
    };

    void init()
    {
        packet_buffer_reset(&c, pba);
    }

    uint32_t tx_cap() const
    {
        return GRANULES - c.rx_cap;
    }

    void phase(lockstep_rng &r)
    {
        static const uint32_t odds[] = {1, 4, 20, 100};
        static const uint32_t most[] = {20, 80, 300, 1600, 16384};
        static const uint32_t strides[] = {1, 1, 1, 1, 1, 1, 10, 100};
        stopped = r.one_in(8);
        stride = strides[r.below(8)];
        longest = stride < 10 ? most[r.below(5)] : most[r.below(2)];
        arrive_odds = odds[r.below(4)];
        run_odds = r.one_in(3) ? 400 : odds[r.below(4)];
        tx_odds = odds[r.below(3)];
        send_odds = odds[r.below(4)];
        reset_odds = r.one_in(8) ? 1000 : 15000;
    }

    // ---- mac_rx ----

    void arrive(uint64_t now, lockstep_rng &r)
    {
        active = true;
        dead = false;
        a = pb_arrival_t{};
        a.first_cyc = now;
        a.stride = stride;
        a.len = 1 + r.below(longest);
        if (r.one_in(4)) a.len = std::min<uint32_t>(a.len + 60, NIC_FrameMax);
        shift = a.len >= 20 && r.one_in(3) ? 4 : 0; // a tag that goes
        const uint32_t fcs = a.len > 8 && r.one_in(2) ? 4 : 0;
        data.resize(a.len - shift - fcs);
        for (uint8_t &x : data) x = (uint8_t)r.u32();
        lag = r.below(4);
        word = 0;
        wanted = !r.one_in(6);
    }

    uint64_t byte_tick(uint32_t i) const
    {
        return a.first_cyc + (uint64_t)(NIC_PreambleBytes + i) * a.stride + 1;
    }

    uint64_t verdict_tick() const
    {
        return byte_tick(a.len - 1) - 1 + NIC_RxVerdictCyc;
    }

    void drive_rx(uint64_t now, lockstep_rng &r)
    {
        Vpacket_buffer *d = dut.get();
        if (!active && !stopped && !orphan && now >= quiet_until && r.one_in(arrive_odds))
            arrive(now, r);
        d->rx_byte_i = d->rx_first_i = d->rx_we_i = d->rx_end_i = d->rx_accept_i = 0;
        d->rx_word_i = (uint16_t)(r.u32() & 0x7FF);
        d->rx_wdata_i = (uint64_t)r.u32() << 32 | r.u32();
        d->rx_len_i = (uint16_t)(r.u32() & 0x7FFF);
        if (!active) return;
        const uint64_t f = byte_tick(0);
        if (now >= f && now <= byte_tick(a.len - 1) && (now - f) % a.stride == 0) {
            d->rx_byte_i = 1;
            d->rx_first_i = now == f;
        }
        if (!dead && word * 8 < data.size()) {
            const uint32_t last = std::min<uint32_t>(8 * word + 7, (uint32_t)data.size() - 1);
            if (now == byte_tick(last + shift) + std::min<uint64_t>(lag, NIC_RxVerdictCyc - 1)) {
                uint64_t v = d->rx_wdata_i;
                memcpy(&v, &data[8 * word], last - 8 * word + 1);
                d->rx_we_i = !reset;
                d->rx_word_i = (uint16_t)word++;
                d->rx_wdata_i = v;
            }
        }
        if (now == verdict_tick()) {
            d->rx_end_i = 1;
            d->rx_accept_i = wanted && !dead && !a.lost;
            d->rx_len_i = (uint16_t)data.size();
        }
    }

    // ---- rx_dma and host_port ----

    const rx_frame_t &front() const
    {
        return c.rx[done % NIC_RxFramesMax];
    }

    void drive_port(uint64_t now, lockstep_rng &r)
    {
        Vpacket_buffer *d = dut.get();
        d->p_i = 0;
        d->granules_i = (uint16_t)(r.u32() & 0x7FF);
        // A region that is full to the last granule: preferably in the tick of the next one.
        const bool wait = active && !a.lost && done % 4 != 0 &&
                          c.rx_used + packet_buffer_held(&a, now) == c.rx_cap &&
                          now < byte_tick(a.len - 1);
        if (whole && beats == 0 && now >= take_cyc && !wait) {
            whole = false;
            off = 0;
            next_run = now + 1; // the request of the next frame is visible, and granted
            d->p_i = 1;
            d->granules_i = (uint16_t)front().granules;
            free_log[free_count++ % PB_FREES] = {now, front().granules};
            done++;
        }
        if (beats == 0 && !whole && done != c.rx_count && now >= next_run && r.one_in(run_odds)) {
            const uint32_t len = std::min<uint32_t>(front().len - off, NIC_Mps),
                           size = c.rx_cap * 16;
            uint32_t first = front().start + off;
            if (first >= size) first -= size;
            at = first / 8;
            last_word = size / 8 - 1;
            beats = (len + 7) / 8;
            corners[RUN_WRAP].count += at + beats > last_word;
            off += len;
            whole = off == front().len;
            next_run = now + beats + 4;
            take_cyc = now + beats + 4;
        }
        d->pay_valid_i = beats != 0;
        d->pay_addr_i = (uint16_t)(beats ? at : r.u32() & 0x1FFF);
        d->pay_next_i = (uint16_t)(beats ? at == last_word ? 0 : at + 1 : r.u32() & 0x1FFF);
    }

    // ---- tx_dma ----

    void new_put(lockstep_rng &r)
    {
        const uint32_t len = 1 + r.below(r.one_in(3) ? longest : 80);
        put.granules = 2 + (len + 15) / 16;
        if (alloc - freed + put.granules > tx_cap() || tx_put_count - sent >= NIC_TxFramesMax)
            return;
        put.start = wr;
        put.words = (len + 7) / 8;
        for (uint32_t &e : put.entry) e = r.u32();
        put.entry[ENTRY_WORDS - 1] &= ENTRY_TOP;
        wr = (wr + put.granules) % tx_cap();
        alloc += put.granules;
        written = 0;
        putting = true;
    }

    void drive_tx_dma(lockstep_rng &r)
    {
        Vpacket_buffer *d = dut.get();
        if (!putting && !stopped && !orphan && r.one_in(tx_odds)) new_put(r);
        if (putting && !write_on && written < put.words && r.one_in(tx_odds)) {
            write_on = true;
            write_data = (uint64_t)r.u32() << 32 | r.u32();
        }
        d->tx_we_i = write_on;
        d->tx_waddr_i =
            (uint16_t)(write_on ? (put.start * 2 + written) % (tx_cap() * 2) : r.u32() & 0x1FFF);
        d->tx_wdata_i = write_on ? write_data : (uint64_t)r.u32() << 32 | r.u32();
        d->tx_put_i = putting && written == put.words;
        for (uint32_t i = 0; i < ENTRY_WORDS; i++)
            d->tx_entry_i[i] = d->tx_put_i ? put.entry[i] : r.u32() & (i == 4 ? ENTRY_TOP : ~0u);
    }

    // ---- mac_tx ----

    void drive_mac_tx(uint64_t now, lockstep_rng &r)
    {
        Vpacket_buffer *d = dut.get();
        if (!sending && !stopped && !listed.empty() && now >= send_cyc && r.one_in(send_odds)) {
            sending = true;
            out = listed.front();
            listed.pop_front();
            out_base = c.rx_cap * 2;
            out_size = tx_cap() * 2;
            read = 0;
            send_cyc = now + 16;
            pending_sent = true; // visible in the next cycle
        }
        read_on = sending && !pending_sent && read < out.words && (refused || !r.one_in(4));
        d->tx_re_i = read_on;
        d->tx_raddr_i =
            (uint16_t)(read_on ? out_base + (out.start * 2 + read) % out_size : r.u32() & 0x1FFF);
    }

    void drive(uint64_t now, lockstep_rng &r)
    {
        if (now % 4096 == 0) phase(r);
        if (reset) after_reset(now);
        reset = r.one_in(reset_odds) || (active && now == verdict_tick() && r.one_in(1000));
        if (r.one_in(50))
            pba = r.one_in(2) ? r.below(5) : r.one_in(5) ? r.below(128) : 8 * r.below(9);
        Vpacket_buffer *d = dut.get();
        d->reset_i = reset;
        d->pba_i = (uint16_t)pba;
        drive_port(now, r);
        drive_rx(now, r);
        drive_tx_dma(r);
        drive_mac_tx(now, r);
        d->frames_done_i = done & 0xFFF;
        d->tx_sent_i = sent & 0x3FF;
        d->rx_csum_i = (uint16_t)r.u32();
        d->rx_vlan_i = (uint16_t)r.u32();
        d->rx_status_i = (uint8_t)r.u32();
        d->rx_errors_i = (uint8_t)r.u32();
        d->rx_extra_i = (d->rx_vlan_i ^ d->rx_csum_i >> 5) & 1;
        const bool rest = stopped && !active && !beats && !putting && !sending;
        d->pbm_addr_i = (uint16_t)(r.u32() & 0x3FFF);
        d->pbm_we_i = rest && r.one_in(2);
        d->pbm_waddr_i = (uint16_t)(r.one_in(2) ? pbm_last : r.u32() & 0x3FFF);
        d->pbm_wdata_i = r.u32();
        if (rest && r.one_in(2)) d->pbm_addr_i = (uint16_t)pbm_last;
        pbm_now = rest && known[d->pbm_addr_i];
        pbm_last = d->pbm_waddr_i;
    }

    void after_reset(uint64_t now)
    {
        quiet_until = now + NIC_ResetCyc;
        done = off = free_count = 0;
        whole = false;
        if (active) dead = true;
        putting = write_on = false;
        wr = alloc = sent = freed = tx_put_count = 0;
        listed.clear();
        orphan = sending;
        pending_sent = false;
    }

    void compare(uint64_t now, lockstep_diff &d)
    {
        Vpacket_buffer *u = dut.get();
        if (active && !dead) d.same("rx_lost_o", u->rx_lost_o, a.lost);
        d.same("rx_used_o", u->rx_used_o, c.rx_used);
        d.same("mem_bytes_o", u->mem_bytes_o, c.rx_cap * NIC_GranuleBytes);
        d.same("tx_cap_o", u->tx_cap_o, tx_cap());
        d.same("tx_base_o", u->tx_base_o, c.rx_cap * 2 & 0x1FFF);
        d.same("frames_o", u->frames_o, c.rx_count & 0xFFF);
        if (done != c.rx_count) {
            const rx_frame_t &f = front();
            d.same("frame_start_o", u->frame_start_o, f.start);
            d.same("frame_len_o", u->frame_len_o, f.len);
            d.same("frame_granules_o", u->frame_granules_o, f.granules);
            d.same("frame_csum_o", u->frame_csum_o, f.csum);
            d.same("frame_vlan_o", u->frame_vlan_o, f.vlan);
            d.same("frame_status_o", u->frame_status_o, f.status);
            d.same("frame_errors_o", u->frame_errors_o, f.errors);
            d.same("frame_extra_o", u->frame_extra_o, (f.vlan ^ f.csum >> 5) & 1);
        }
        // It is looked at when the front one has been read, three cycles after the one before at the earliest.
        if (c.rx_count - done > 1 && c.rx_count - done < 5000 && now >= next_run + 1 && !u->p_i) {
            const rx_frame_t &f = c.rx[(done + 1) % NIC_RxFramesMax];
            d.same("next_start_o", u->next_start_o, f.start);
            d.same("next_len_o", u->next_len_o, f.len);
            d.same("next_extra_o", u->next_extra_o, (f.vlan ^ f.csum >> 5) & 1);
        }
        if (!listed.empty() && !pending_sent)
            for (uint32_t i = 0; i < ENTRY_WORDS; i++)
                d.same("tx_front_o", u->tx_front_o[i], listed.front().entry[i]);
        for (int h = 0; h < 2; h++)
            if (pay_check && pay_known[h])
                d.same(h ? "pay_o, upper word" : "pay_o, lower word",
                       (uint64_t)u->pay_o[2 * h + 1] << 32 | u->pay_o[2 * h], pay_want[h]);
        if (read_check) d.same("tx_rdata_o", u->tx_rdata_o, read_want);
        if (pbm_check) d.same("pbm_rdata_o", u->pbm_rdata_o, pbm_want);
        d.same("tx_rready_o", read_on && refused == 2 ? u->tx_rready_o : 1, 1);
    }

    bool word_known(uint32_t w) const
    {
        return known[2 * w] && known[2 * w + 1];
    }

    void store(uint32_t w, uint64_t v)
    {
        ram[w] = v;
        known[2 * w] = known[2 * w + 1] = true;
    }

    // What is read, before the writes of the tick. Who reads a word while it is written gets anything.
    void tick_reads()
    {
        Vpacket_buffer *u = dut.get();
        pay_check = beats != 0;
        if (beats) {
            const uint32_t w[2] = {u->pay_addr_i, u->pay_next_i};
            for (int h = 0; h < 2; h++) {
                pay_want[h] = ram[w[h]];
                pay_known[h] = word_known(w[h]);
            }
            at = u->pay_next_i;
            beats--;
            corners[RESET_RUN].count += reset;
            // What lies behind the frame is of no interest, and may be written.
            if (beats == 0) pay_known[1] = false;
        }
        read_check = false;
        if (read_on) {
            if (u->tx_rready_o) {
                read_check = true;
                read_want = ram[u->tx_raddr_i];
                read++;
                refused = 0;
            } else {
                refused++;
                corners[TX_REFUSED].count++;
                corners[TX_WAITS_2].count += refused == 2;
            }
        }
        pbm_check = pbm_now;
        pbm_want = (uint32_t)(ram[u->pbm_addr_i / 2] >> (32 * (u->pbm_addr_i & 1)));
        corners[PBM_READ].count += pbm_check;
    }

    void tick_writes()
    {
        Vpacket_buffer *u = dut.get();
        if (u->rx_we_i && !a.lost) {
            const uint32_t size = c.rx_cap * 2, start = (c.rx_wr + 1) % c.rx_cap * 2;
            store((start + u->rx_word_i) % size, u->rx_wdata_i);
            corners[RX_WAITS].count +=
                write_on && u->tx_wready_o && !((start + u->rx_word_i + u->tx_waddr_i) & 1);
        }
        if (write_on && u->tx_wready_o) {
            store((c.rx_cap * 2 + u->tx_waddr_i) % WORDS, write_data);
            write_on = false;
            written++;
        }
        if (u->pbm_we_i) {
            const uint32_t w = u->pbm_waddr_i / 2, h = u->pbm_waddr_i & 1;
            const uint64_t mask = 0xFFFFFFFFull << (32 * h);
            ram[w] = (ram[w] & ~mask) | (uint64_t)u->pbm_wdata_i << (32 * h);
            known[u->pbm_waddr_i] = true;
            corners[PBM_WRITE].count++;
        }
    }

    void tick_tx(uint64_t now)
    {
        Vpacket_buffer *u = dut.get();
        if (pending_sent && !reset) {
            sent++;
            pending_sent = false;
        }
        if (sending && read == out.words && now >= send_cyc - 1) {
            sending = false;
            if (!orphan) freed += out.granules;
            orphan = false;
        }
        if (u->tx_put_i) {
            listed.push_back(put);
            tx_put_count++;
            putting = false;
            corners[TX_LIST_MANY].count += listed.size() >= 4;
        }
    }

    void tick_allocation(uint64_t now)
    {
        const Vpacket_buffer *u = dut.get();
        const bool lost_was = active && a.lost;
        const uint32_t before = active ? packet_buffer_held(&a, now - 1) : 0,
                       after = active ? packet_buffer_held(&a, now) : 0;
        const uint32_t used_was = c.rx_used;
        packet_buffer_catch_up(&c, free_log, free_count, now, active ? &a : NULL);
        const uint32_t sum = c.rx_used + after;
        if (active && !dead && !lost_was) {
            corners[FREE_ALLOC].count += u->p_i && after > before;
            corners[FREE_SAVES].count +=
                u->p_i && after > before && used_was + after > c.rx_cap && !a.lost;
            corners[FULL].count += after > before && sum == c.rx_cap;
            corners[ONE_GRANULE_SHORT].count += after > before && sum == c.rx_cap + 1;
            corners[LOST_LATE].count += a.lost && before > 2;
        }
    }

    void tick_verdict(uint64_t now)
    {
        const Vpacket_buffer *u = dut.get();
        if (!u->rx_end_i) return;
        active = false;
        corners[LOST].count += a.lost && !dead;
        corners[DROPPED].count += !a.lost && !wanted;
        corners[FREE_ACCEPT].count += u->p_i && u->rx_accept_i;
        corners[CAP_0].count += c.rx_cap == 0;
        corners[CAP_TINY].count += c.rx_cap == 64;
        corners[CAP_ALL].count += c.rx_cap == GRANULES;
        if (!u->rx_accept_i) return;
        const uint32_t waiting = c.rx_count - done;
        corners[ACCEPTED].count++;
        corners[LIST_EMPTY].count += waiting == 0;
        if (waiting <= 1) next_run = std::max(next_run, now + 3); // its request, and the grant
        corners[LIST_ONE].count += waiting == 1;
        corners[LIST_MANY].count += waiting >= 4;
        corners[SLOW].count += a.stride == 10;
        corners[SLOWEST].count += a.stride == 100;
        corners[LONG].count += data.size() > 8000;
        corners[RX_WRAP_STATUS].count += c.rx_wr + 1 == c.rx_cap;
        rx_frame_t *f = packet_buffer_accept(&c, data.data(), (uint32_t)data.size());
        f->csum = u->rx_csum_i;
        f->vlan = u->rx_vlan_i;
        f->status = u->rx_status_i;
        f->errors = u->rx_errors_i;
        corners[WRAP].count += f->start + f->len > c.rx_cap * 16;
        for (uint32_t i = 0; i < f->len; i++) { // the same bytes at the same place
            const uint32_t x = (f->start + i) % (c.rx_cap * 16);
            if ((uint8_t)(ram[x / 8] >> (8 * (x % 8))) != c.mem[x]) {
                printf("byte %u of a frame is not where it should be\n", i);
                exit(1);
            }
        }
    }

    void tick(uint64_t now)
    {
        tick_reads();
        if (!reset) tick_allocation(now);
        tick_writes();
        if (reset) {
            corners[RESET_ARRIVAL].count += active;
            corners[ORPHAN].count += sending;
            if (active && dut->rx_end_i) active = false;
            if (sending && read == out.words && now >= send_cyc - 1) sending = false;
            packet_buffer_reset(&c, pba);
            return;
        }
        tick_tx(now);
        tick_verdict(now);
    }

    void print() const
    {
        const Vpacket_buffer *u = dut.get();
        printf(" reset %d cap %u byte %d first %d we %d word %u end %d accept %d p %d %u pay %d %u "
               "tx we "
               "%d re %d %u put %d",
               reset, c.rx_cap, u->rx_byte_i, u->rx_first_i, u->rx_we_i, u->rx_word_i, u->rx_end_i,
               u->rx_accept_i, u->p_i, u->granules_i, u->pay_valid_i, u->pay_addr_i, u->tx_we_i,
               u->tx_re_i, u->tx_raddr_i, u->tx_put_i);
    }

    bool pending_sent = false; // mac_tx has taken a frame in this cycle
    bool pbm_now = false;
    uint32_t pbm_last = 0;
};

} // namespace

int main(int argc, char **argv)
{
    return lockstep_main<bench>("packet_buffer", argc, argv);
}
