// SPDX-License-Identifier: Apache-2.0
// Eight VFs that all want to send all the time share the wire by bytes, whatever their packets are like; and one that sends now
// and then waits no longer than deficit round robin and the packet buffer make it.
#include "tests/igb_guests.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum {
    HDR = 54,        // Ethernet, IPv4, TCP
    WIRE_EXTRA = 24, // FCS, preamble, gap: of a frame, beside its bytes
    STEP_CYC = 500,  // between two looks of the drivers
    FRAME_BYTES = 1514,
    PEER = 0x99,
    SENDER_AT = 11, // byte of a frame: igb_mac() of who sent it
};

// What a VF sends for ever: packets of `bytes`; with mss segmented.
typedef struct load {
    uint32_t bytes, mss;
    unsigned queues; // one, or both of its queues
} load_t;

typedef struct vf {
    load_t load;
    uint64_t sent, wired,
        frames; // host bytes of packets that are over; bytes and frames on the wire
} vf_t;

typedef struct fair {
    igb_bench_t b;
    vf_t vf[IGB_Vfs];
    uint64_t last_cyc[IGB_Vfs]; // a frame of this VF began on the wire
} fair_t;

static void on_sent(void *ctx, uint64_t cyc, const uint8_t *bytes, uint32_t len)
{
    fair_t *f = ctx;
    const unsigned n = bytes[SENDER_AT] - igb_vf_mac(0);
    assert_true(n < IGB_Vfs);
    f->vf[n].wired += len - NIC_FcsBytes;
    f->vf[n].frames++;
    f->last_cyc[n] = cyc;
}

static uint32_t vf_tail(unsigned k)
{
    return IGBVF_TDT + IGBVF_TDT_STRIDE * k;
}

// Every descriptor of the ring is the same packet. The first one is a context; it comes by again in each round.
static void prepare(igb_bench_t *b, unsigned n, unsigned k, const load_t *l)
{
    const unsigned q = n + IGB_Vfs * k;
    const uint32_t at = igb_ring_at(true, q), buf = igb_buf_at(true, n, 0);
    igb_ring_up(b, true, 1 + n, k, 0);
    igb_frame(b->mem + buf, PEER, igb_vf_mac(n), FRAME_BYTES);
    for (unsigned i = 0; i < IGB_RING; i++) {
        igb_bench_put(b, at + 16 * i, buf);
        igb_bench_put(b, at + 16 * i + 8,
                      DPUT(IGB_ATXD_DTALEN, l->bytes) | DPUT(IGB_ATXD_DTYP, IGB_ATXD_DTYP_D) |
                          DPUT(IGB_ATXD_CMD, IGB_ATXD_CMD_EOP | IGB_ATXD_CMD_IFCS |
                                                 IGB_ATXD_CMD_DEXT |
                                                 (l->mss ? IGB_ATXD_CMD_TSE : 0)) |
                          DPUT(IGB_ATXD_PAYLEN, l->bytes - HDR));
    }
    igb_bench_put(b, at, DPUT(IGB_ATXC_IPLEN, 20) | DPUT(IGB_ATXC_MACLEN, 14));
    igb_bench_put(b, at + 8,
                  DPUT(IGB_ATXC_IPV4, 1) | DPUT(IGB_ATXC_L4T, IGB_ATXC_L4T_TCP) |
                      DPUT(IGB_ATXC_DTYP, IGB_ATXD_DTYP_C) | DPUT(IGB_ATXC_CMD, IGB_ATXD_CMD_DEXT) |
                      DPUT(IGB_ATXC_L4LEN, 20) | DPUT(IGB_ATXC_MSS, l->mss));
}

static void fair_up(fair_t *f, const load_t load[IGB_Vfs])
{
    memset(f, 0, sizeof *f);
    igb_bench_up(&f->b, NULL);
    f->b.ctx = f;
    f->b.sent = on_sent;
    igb_pf_up(&f->b);
    igb_wr(&f->b, 0, IGB_TIPG, FPUT(IGB_TIPG_IPGT, 8)); // 12 byte times
    igb_vfs_up(&f->b, IGB_Vfs);
    for (unsigned n = 0; n < IGB_Vfs; n++) {
        f->vf[n].load = load[n];
        for (unsigned k = 0; k < load[n].queues; k++) prepare(&f->b, n, k, &load[n]);
    }
}

// The drivers keep the rings full.
static void feed(fair_t *f, uint64_t cycles)
{
    for (const uint64_t end = nic_now(f->b.nic) + cycles; nic_now(f->b.nic) < end;) {
        for (unsigned n = 0; n < IGB_Vfs; n++) {
            vf_t *v = &f->vf[n];
            for (unsigned k = 0; k < v->load.queues && v->load.bytes; k++) {
                const uint32_t head =
                    nic_peek(f->b.nic, IGB_TDH + IGB_TDH_STRIDE * (n + IGB_Vfs * k));
                igb_access(&f->b, NIC_SPACE_MEM, 1 + n, vf_tail(k), true,
                           (head + IGB_RING - 1) % IGB_RING);
            }
        }
        igb_run(&f->b, STEP_CYC);
    }
}

typedef struct shares {
    double least, most;           // bytes of frames, of the mean
    double wire_least, wire_most; // with what each frame costs on the wire beside them
    double used;                  // of the wire
} shares_t;

static double share(double x, double of)
{
    return x * IGB_Vfs / of;
}

// After a while everybody has had the same.
static shares_t measure(const load_t load[IGB_Vfs], uint64_t cycles)
{
    fair_t *f = malloc(sizeof *f);
    assert_non_null(f);
    fair_up(f, load);
    feed(f, 1000000);
    vf_t before[IGB_Vfs];
    memcpy(before, f->vf, sizeof before);
    const uint64_t from = nic_now(f->b.nic);
    feed(f, cycles);
    double sent[IGB_Vfs], wired[IGB_Vfs], all = 0, wire = 0;
    for (unsigned n = 0; n < IGB_Vfs; n++) {
        const vf_t *v = &f->vf[n], *w = &before[n];
        sent[n] = (double)(v->wired - w->wired);
        wired[n] = sent[n] + (double)(v->frames - w->frames) * WIRE_EXTRA;
        all += sent[n];
        wire += wired[n];
    }
    shares_t s = {.least = 8, .wire_least = 8, .used = wire / (double)(nic_now(f->b.nic) - from)};
    for (unsigned n = 0; n < IGB_Vfs; n++) {
        const double x = share(sent[n], all), y = share(wired[n], wire);
        s.least = x < s.least ? x : s.least;
        s.most = x > s.most ? x : s.most;
        s.wire_least = y < s.wire_least ? y : s.wire_least;
        s.wire_most = y > s.wire_most ? y : s.wire_most;
    }
    igb_bench_down(&f->b);
    free(f);
    return s;
}

static void equal_shares(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        load_t load[IGB_Vfs];
    } mix[] = {
        {"1514 bytes",
         {{1514, 0, 1},
          {1514, 0, 1},
          {1514, 0, 1},
          {1514, 0, 1},
          {1514, 0, 1},
          {1514, 0, 1},
          {1514, 0, 1},
          {1514, 0, 1}}},
        {"60 bytes",
         {{60, 0, 1},
          {60, 0, 1},
          {60, 0, 1},
          {60, 0, 1},
          {60, 0, 1},
          {60, 0, 1},
          {60, 0, 1},
          {60, 0, 1}}},
        {"60 to 1514",
         {{60, 0, 1},
          {100, 0, 1},
          {200, 0, 1},
          {400, 0, 1},
          {600, 0, 1},
          {900, 0, 1},
          {1200, 0, 1},
          {1514, 0, 1}}},
        {"one or two queues",
         {{1514, 0, 2},
          {1514, 0, 1},
          {300, 0, 2},
          {300, 0, 1},
          {60, 0, 2},
          {60, 0, 1},
          {900, 0, 2},
          {900, 0, 1}}},
        {"some segmented",
         {{16054, 1460, 1},
          {1514, 0, 1},
          {8054, 1000, 1},
          {300, 0, 1},
          {60, 0, 2},
          {3054, 1460, 2},
          {1514, 0, 1},
          {900, 0, 1}}},
        {"one with MSS 10",
         {{2054, 10, 1},
          {1514, 0, 1},
          {1514, 0, 1},
          {1514, 0, 1},
          {1514, 0, 1},
          {1514, 0, 1},
          {1514, 0, 1},
          {300, 0, 1}}},
        {"all segmented",
         {{16054, 1460, 1},
          {16054, 1460, 1},
          {16054, 500, 1},
          {16054, 1460, 1},
          {8054, 500, 2},
          {8054, 1460, 2},
          {4054, 1460, 1},
          {4054, 1460, 1}}},
    };
    for (unsigned i = 0; i < sizeof mix / sizeof mix[0]; i++) {
        const shares_t s = measure(mix[i].load, 16000000);
        printf("%-18s shares of bytes %.4f to %.4f, of the wire %.3f to %.3f, which is busy "
               "%.4f\n",
               mix[i].what, s.least, s.most, s.wire_least, s.wire_most, s.used);
        assert_true(s.least > 0.99 && s.most < 1.01);
        assert_true(s.used > 0.99);
        assert_true(s.wire_least >
                    0.85); // small frames cost more, but not the others all that they have
    }
}

// Seven send packets of `bytes` for ever, the eighth a small frame now and then. What may come before it: a packet buffer of
// frames that are there already; what the others have left of their deficits (at most a quantum each) and the packet that
// each of them is in; and as much again, in the round in which it is given its own. Fetching, DMA and switch are on top.
static uint64_t bound(uint32_t bytes, uint32_t mss)
{
    const uint32_t payload = mss ? mss : bytes, frame = mss ? HDR + mss : bytes;
    const uint64_t packets = 2 * (IGB_Vfs - 1) * (IGB_TxQuantum + bytes);
    const uint64_t host = IGB_TxPbKiB * 1024 * payload / frame + packets;
    return host / payload * (frame + WIRE_EXTRA) + frame + WIRE_EXTRA + 2000;
}

static uint64_t slowest(uint32_t bytes, uint32_t mss)
{
    load_t load[IGB_Vfs];
    for (unsigned n = 0; n < IGB_Vfs; n++) load[n] = (load_t){bytes, mss, 1 + n % 2};
    load[5] = (load_t){0, 0, 1};
    fair_t *f = malloc(sizeof *f);
    assert_non_null(f);
    fair_up(f, load);
    feed(f, 500000);
    uint64_t worst = 0;
    for (unsigned i = 0; i < 200; i++) {
        f->last_cyc[5] = 0;
        const uint64_t from = nic_now(f->b.nic);
        igb_send(&f->b, 6, 0, i, PEER, igb_vf_mac(5), 60 + i);
        while (!f->last_cyc[5]) feed(f, STEP_CYC);
        if (f->last_cyc[5] - from > worst) worst = f->last_cyc[5] - from;
        feed(f, 3000 + 37 * i);
    }
    igb_bench_down(&f->b);
    free(f);
    return worst;
}

static void now_and_then(void **state)
{
    (void)state;
    static const struct {
        uint32_t bytes, mss;
    } others[] = {{1514, 0}, {60, 0}, {500, 0}, {16054, 1460}, {65000, 1460}, {8054, 200}};
    for (unsigned i = 0; i < sizeof others / sizeof others[0]; i++) {
        const uint64_t cyc = slowest(others[i].bytes, others[i].mss),
                       most = bound(others[i].bytes, others[i].mss);
        printf("others send %5u bytes, MSS %4u: a small frame is on the wire after %.1f us at "
               "most, bound %.1f us\n",
               others[i].bytes, others[i].mss, (double)cyc / 125, (double)most / 125);
        assert_true(cyc <= most);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_shares),
        cmocka_unit_test(now_and_then),
    };
    return cmocka_run_group_tests_name("fairness of VFs", tests, NULL, NULL);
}
