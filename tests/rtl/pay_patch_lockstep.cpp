// SPDX-License-Identifier: Apache-2.0
// rtl/pay_patch.sv between a host port that reads TLPs of requests as rx_dma_82576 makes them, and two memories. What the bench
// expects is the frame written out byte by byte, with its checksums in it. The request changes behind the first word of a
// TLP: the host port still ends that one when a reset has taken the request away.
#include "tests/rtl/lockstep.h"

#include <algorithm>

#include "Vpay_patch.h"

namespace
{

enum { RX_WORDS = 8192, TX_WORDS = 5120, GRANULE_WORDS = NIC_GranuleBytes / NIC_BeatBytes };

struct bench {
    std::unique_ptr<Vpay_patch> dut = std::make_unique<Vpay_patch>();
    uint64_t rx[RX_WORDS] = {}, tx[TX_WORDS] = {};
    // the request
    bool loop = false, imm = false;
    uint32_t base = 0, cap = 0, start = 0, bytes = 0; // region: first word, granules; size
    std::vector<uint8_t> frame;                       // with its checksums
    uint32_t off = 0, len = 0, at = 0;                // piece of it, bytes that have been read
    uint8_t tag[4] = {};
    // the TLP
    uint32_t beats = 0, word = 0, rest = 2, left = 0; // left: bytes of it
    bool first = false;
    // what was asked for in the cycle before
    bool answers = false;
    uint64_t low = 0, high = 0, other[2] = {};
    uint32_t shift = 0;
    std::vector<uint8_t> want; // from byte `shift` of the lower word on
    enum {
        RX,
        LOOP,
        IMM,
        IMM_CUT,
        IP,
        TU,
        OVER,
        SPLIT,
        TWO_BEATS,
        WRAP,
        WRAP_PATCH,
        OFF_255,
        LATE,
        NO_PATCH,
        BASE,
        WHOLE,
        CORNERS
    };
    lockstep_corner corners[CORNERS] = {
        {"received frame", 0},
        {"frame of the switch", 0},
        {"tag", 0},
        {"tag in two TLPs", 0},
        {"IP checksum in a beat", 0},
        {"TCP/UDP checksum in a beat", 0},
        {"one over the other", 0},
        {"checksum in two words", 0},
        {"checksum in two beats", 0},
        {"frame that wraps", 0},
        {"checksum at the wrap", 0},
        {"checksum at 255", 0},
        {"beat behind byte 256", 0},
        {"patches, but of no byte of this piece", 0},
        {"region not at 0", 0},
        {"region as large as there is", 0},
    };

    void init()
    {
        lockstep_rng r(12345);
        for (uint64_t &w : rx) w = (uint64_t)r.u32() << 32 | r.u32();
        for (uint64_t &w : tx) w = (uint64_t)r.u32() << 32 | r.u32();
    }

    uint8_t byte(uint32_t x) const // of the region
    {
        x %= bytes;
        const uint64_t w = loop ? tx[base + x / 8] : rx[x / 8];
        return (uint8_t)(w >> (8 * (x % 8)));
    }

    void request(lockstep_rng &r)
    {
        Vpay_patch *d = dut.get();
        loop = !r.one_in(4);
        imm = loop && r.one_in(6);
        cap = r.one_in(3) ? TX_WORDS / GRANULE_WORDS : 64 * (1 + r.below(40));
        base = TX_WORDS - cap * GRANULE_WORDS;
        bytes = loop ? cap * NIC_GranuleBytes : RX_WORDS * 8;
        const uint32_t granules = bytes / NIC_GranuleBytes;
        uint32_t n = 1 + r.below(r.one_in(8) ? 1000 : 300);
        start = 16 *
                (r.one_in(2) ? r.below(granules) : granules - 1 - r.below(std::min(granules, 20u)));
        frame.resize(n);
        for (uint32_t i = 0; i < n; i++) frame[i] = byte(start + i);
        const uint32_t ip_off = offset(r, n);
        const uint32_t tu_off = r.one_in(4) ? (ip_off + r.below(3) - 1) & 255 : offset(r, n);
        const uint32_t ip_val = r.u32() & 0xFFFF, tu_val = r.u32() & 0xFFFF;
        const bool ip = ip_off + 2 <= n && !r.one_in(4), tu = tu_off + 2 <= n && !r.one_in(4);
        if (loop && ip) put(ip_off, ip_val);
        if (loop && tu) put(tu_off, tu_val);
        off = r.one_in(2) ? 0 : r.one_in(2) ? std::min(12u, n - 1) : r.below(n);
        len = 1 + r.below(n - off);
        if (r.one_in(2)) len = n - off;
        d->imm_i = r.u32();
        for (int k = 0; k < 4; k++) tag[k] = (uint8_t)(d->imm_i >> 8 * k);
        if (imm) {
            off = 12;
            len = 4;
        }
        at = 0;
        d->loop_i = loop;
        d->start_i = (uint16_t)start;
        d->ip_en_i = ip;
        d->ip_off_i = (uint8_t)ip_off;
        d->ip_val_i = (uint16_t)ip_val;
        d->tu_en_i = tu;
        d->tu_off_i = (uint8_t)tu_off;
        d->tu_val_i = (uint16_t)tu_val;
        d->imm_en_i = imm;
        d->tx_base_i = (uint16_t)base;
        d->tx_cap_i = (uint16_t)cap;
        patch[0] = ip ? ip_off : UINT32_MAX;
        patch[1] = tu ? tu_off : UINT32_MAX;
        corners[RX].count += !loop;
        corners[LOOP].count += loop && !imm;
        corners[IMM].count += imm;
        corners[WRAP].count += loop && start + n > bytes;
        corners[BASE].count += loop && base;
        corners[WHOLE].count += loop && !base;
        corners[OFF_255].count += loop && tu && tu_off == 255;
        if (!loop || imm) return;
        corners[OVER].count += ip && tu && ip_off - tu_off + 1 < 3;
        corners[WRAP_PATCH].count += ip && start + ip_off + 1 == bytes;
        corners[NO_PATCH].count += ip && ip_off + 2 <= off;
    }

    void put(uint32_t where, uint32_t value)
    {
        frame[where] = (uint8_t)(value >> 8);
        frame[where + 1] = (uint8_t)value;
    }

    // Where it matters: at ends of words, and of the region.
    uint32_t offset(lockstep_rng &r, uint32_t n) const
    {
        if (r.one_in(4)) return r.below(32) * 8 + 7;
        if (n > 256 && r.one_in(8)) return 255;
        if (start < bytes && bytes - start <= 256 && r.one_in(2)) return bytes - start - 1;
        return r.below(std::min<uint32_t>(n, 256));
    }

    void drive(uint64_t, lockstep_rng &r)
    {
        Vpay_patch *d = dut.get();
        // The memories answer.
        d->tx_pay_i[0] = (uint32_t)low;
        d->tx_pay_i[1] = (uint32_t)(low >> 32);
        d->tx_pay_i[2] = (uint32_t)high;
        d->tx_pay_i[3] = (uint32_t)(high >> 32);
        for (int k = 0; k < 4; k++) d->rx_pay_i[k] = (uint32_t)(other[k / 2] >> 32 * (k & 1));
        if (!beats && rest == 0) {
            if (!len || at == len) request(r);
            else if (gone) request(r); // a reset
            gone = false;
            const uint32_t max = r.one_in(4) ? 1 + r.below(64) : NIC_Mps;
            left = std::min(len - at, max);
            corners[IMM_CUT].count += imm && left < len;
            beats = (left + 7) / 8;
            word = (start + off + at) % bytes / 8;
            first = true;
        } else if (!beats) {
            rest--;
            if (gone) scramble(r);
        } else if (first) {
            first = false;
            gone = r.one_in(6); // what the request says is not there any more
            if (gone) scramble(r);
        }
        d->pay_valid_i = beats != 0;
        d->pay_addr_i = (uint16_t)(beats ? word : r.u32() & 0x1FFF);
        d->pay_next_i = (uint16_t)(!beats                  ? r.u32() & 0x1FFF
                                   : word + 1 == bytes / 8 ? 0
                                                           : word + 1);
    }

    void scramble(lockstep_rng &r)
    {
        Vpay_patch *d = dut.get();
        d->loop_i = r.one_in(2);
        d->imm_en_i = r.one_in(4);
        d->imm_i = r.u32();
        d->start_i = (uint16_t)(16 * r.below(4096));
        d->ip_en_i = r.one_in(2);
        d->ip_off_i = (uint8_t)r.u32();
        d->tu_en_i = r.one_in(2);
        d->tu_off_i = (uint8_t)r.u32();
        d->tx_base_i = (uint16_t)(2 * r.below(2000));
        d->tx_cap_i = (uint16_t)r.below(2560);
    }

    void compare(uint64_t, lockstep_diff &d)
    {
        const Vpay_patch *u = dut.get();
        if (answers)
            for (size_t k = 0; k < want.size(); k++) {
                const size_t i = shift + k;
                d.same("pay_o", (uint8_t)(u->pay_o[i / 4] >> (8 * (i % 4))), want[k]);
            }
        d.same("rx_valid_o", u->rx_valid_o, beats && !loop);
        d.same("tx_valid_o", u->tx_valid_o, beats && loop && !imm);
        if (beats && loop && !imm) {
            d.same("tx_addr_o", u->tx_addr_o, base + word);
            d.same("tx_next_o", u->tx_next_o, base + u->pay_next_i);
        }
    }

    // The tick of memories and host port.
    void tick(uint64_t)
    {
        const Vpay_patch *u = dut.get();
        low = u->tx_addr_o < TX_WORDS ? tx[u->tx_addr_o] : 0;
        high = u->tx_next_o < TX_WORDS ? tx[u->tx_next_o] : 0;
        other[0] = rx[u->pay_addr_i];
        other[1] = rx[u->pay_next_i];
        answers = beats != 0;
        if (!answers) return;
        shift = (start + off + at) % 8;
        const uint32_t n = std::min(left, 8u), from = off + at;
        want.resize(n);
        for (uint32_t k = 0; k < n; k++) want[k] = imm ? tag[at + k] : frame[from + k];
        if (loop && !imm) {
            for (int p = 0; p < 2; p++) {
                if (patch[p] == UINT32_MAX) continue;
                const bool a = patch[p] >= from && patch[p] < from + n;
                const bool b = patch[p] + 1 >= from && patch[p] + 1 < from + n;
                corners[p ? TU : IP].count += a && b;
                corners[SPLIT].count += a && b && patch[p] % 8 == 7;
                corners[TWO_BEATS].count += b && !a;
            }
            corners[LATE].count += from > 256;
        }
        at += n;
        left -= n;
        beats--;
        word = word + 1 == bytes / 8 ? 0 : word + 1;
        if (!beats) rest = 2;
    }

    void print() const
    {
        printf(" loop %d imm %d base %u start %u off %u len %u at %u beats %u word %u", loop, imm,
               base, start, off, len, at, beats, word);
    }

    uint32_t patch[2] = {};
    bool gone = false;
};

} // namespace

int main(int argc, char **argv)
{
    return lockstep_main<bench>("pay_patch", argc, argv);
}
