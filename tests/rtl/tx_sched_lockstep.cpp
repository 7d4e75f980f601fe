// SPDX-License-Identifier: Apache-2.0
// rtl/tx_sched.sv beside model/tx_sched.c: queues that come and go, and packets of any size that take any time.
#include "tests/rtl/lockstep.h"

#include "Vtx_sched.h"
#include <cstring>
extern "C" {
#define _Static_assert(cond, text) static_assert(true, text) // the C compiler checks them
#include "model/tx_sched.h"
}

namespace
{

struct bench {
    std::unique_ptr<Vtx_sched> dut = std::make_unique<Vtx_sched>();
    tx_sched_t c = {};
    tx_sched_in_t in = {};
    bool reset = false;

    // weather
    uint32_t come_odds = 1, go_odds = 1, take_odds = 1, size = 1, bad_odds = 1, en_odds = 1,
             reset_odds = 1;
    uint32_t waited = 0; // ticks for quanta

    enum {
        CHOSEN,
        AGAIN,
        NEXT,
        AROUND,
        UPPER,
        LOWER,
        DRAIN,
        QUANTUM,
        LONG,
        FORGOT,

        OFF,
        RESET,
        CORNERS
    };
    lockstep_corner corners[CORNERS] = {
        {"packets chosen", 0},
        {"the same pool again", 0},
        {"a pool further on", 0},
        {"a pool further back", 0},
        {"upper queues", 0},
        {"lower queues", 0},
        {"malformed packets", 0},
        {"quanta given", 0},
        {"more than ten quanta in a row", 0},
        {"deficits forgotten", 0},
        {"ticks with TCTL.EN = 0", 0},
        {"resets with a packet chosen", 0},
    };

    void init()
    {
        tx_sched_reset(&c);
        in.en = true;
    }

    static uint32_t pick(lockstep_rng &r, std::initializer_list<uint32_t> l)
    {
        return l.begin()[r.below((uint32_t)l.size())];
    }

    void drive(uint64_t now, lockstep_rng &r)
    {
        if (now % 2048 == 0) {
            come_odds = 1u << r.below(6);
            go_odds = pick(r, {2, 8, 64, 1000000});
            take_odds = 1u << r.below(5);
            size = pick(r, {64, 1514, 1514, 9000, 65536, 1u << 22});
            bad_odds = pick(r, {2, 40, 1000});
            en_odds = pick(r, {20, 1000, 1000000});
            reset_odds = pick(r, {100, 5000, 1000000});
        }
        reset = r.one_in(reset_odds);
        in.en = in.en ? !r.one_in(en_odds) : r.one_in(5);
        if (r.one_in(come_odds)) in.ready |= 1u << r.below(16);
        if (r.one_in(go_odds)) in.ready &= r.u32();
        in.malformed = r.one_in(bad_odds) ? in.ready & r.u32() : 0;
        if (in.pkts != c.granted_q && r.one_in(take_odds)) {
            in.pkts++;
            in.cost = r.below(size);
            if (r.one_in(50)) in.cost = r.one_in(2) ? 0 : (1 << 26) - 1;
        }
        dut->reset_i = reset;
        dut->en_i = in.en;
        dut->ready_i = (uint16_t)in.ready;
        dut->malformed_i = (uint16_t)in.malformed;
        dut->pkts_i = in.pkts & 1;
        dut->cost_i = in.cost;
    }

    void compare(uint64_t, lockstep_diff &d)
    {
        d.same("granted_o", dut->granted_o, c.granted_q & 1);
        d.same("queue_o", dut->queue_o, c.queue_q);
        d.same("drain_o", dut->drain_o, c.drain_q);
    }

    void tick(uint64_t)
    {
        if (reset) {
            corners[RESET].count += in.pkts != c.granted_q;
            tx_sched_reset(&c);
            in.pkts = 0;
            return;
        }
        const tx_sched_t was = c;
        tx_sched_tick(&c, &in);
        corners[OFF].count += !in.en;
        for (int p = 0; p < IGB_Pools; p++)
            corners[FORGOT].count += was.deficit[p] && !c.deficit[p];

        if (c.granted_q == was.granted_q) {
            const bool given = in.en && in.pkts == c.granted_q && in.ready;
            corners[QUANTUM].count += given;
            waited = given ? waited + 1 : 0;
            corners[LONG].count += waited == 11;
            return;
        }
        waited = 0;
        corners[CHOSEN].count++;
        corners[AGAIN].count += c.pool_q == was.pool_q;
        corners[NEXT].count += c.pool_q > was.pool_q;
        corners[AROUND].count += c.pool_q < was.pool_q;
        corners[UPPER].count += c.queue_q >= IGB_Pools;
        corners[LOWER].count += c.queue_q < IGB_Pools;
        corners[DRAIN].count += c.drain_q;
    }

    void print() const
    {
        printf(" reset %d en %d ready %04x malformed %04x pkts %u of %u cost %u pool %u", reset,
               in.en, in.ready, in.malformed, in.pkts, c.granted_q, in.cost, c.pool_q);
        for (int p = 0; p < IGB_Pools; p++) printf(" %d", c.deficit[p]);
    }
};

} // namespace

int main(int argc, char **argv)
{
    return lockstep_main<bench>("tx_sched", argc, argv);
}
