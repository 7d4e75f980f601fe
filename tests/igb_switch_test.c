// SPDX-License-Identifier: Apache-2.0
// From VF to VF through the device: how fast, what goes to the wire and what does not, and what becomes of frames and packets
// that no VF should send.
#include "tests/igb_guests.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

enum {
    SETTLE = 6000, // everything is over by then
    PEER = 0x99,
    STEP_CYC = 100,
    PORT_GAP =
        2, // from the last beat of a TLP to the grant of the next, beside the one in which it is granted
};

// ---- how fast ----

static uint32_t up(uint32_t a, uint32_t b)
{
    return (a + b - 1) / b;
}

// Cycles a frame of `len` bytes takes, by whom of those that it passes is the slowest: the switch; the requests of the device
// (reads of the frame, writes of it, write-backs of eight descriptors, fetches of thirty-two); completions; and the reads of
// which TxReads are under way, each for as long as the host, its own bytes and TxFinishCyc make it.
static double closed_form(uint32_t len, uint32_t read_cyc, const char **who)
{
    const double reads = up(len, NIC_Mrrs), writes = up(len, NIC_Mps);
    const double fetches = 2.0 / NIC_DescFetchMax, write_backs = 1.0 / NIC_DescWbMax;
    const double desc_beats = (double)NIC_DescBytes / NIC_BeatBytes;
    double data_beats = 0;
    for (uint32_t at = 0; at < len; at += NIC_Mps)
        data_beats += up(len - at < NIC_Mps ? len - at : NIC_Mps, NIC_BeatBytes);
    const double port = (NIC_HdrBeats + PORT_GAP) * (reads + writes + fetches + write_backs) +
                        data_beats + desc_beats;
    const double completions =
        NIC_CplHdrBeats * (reads + fetches) + up(len, NIC_BeatBytes) + 2 * desc_beats;
    // request seen and granted; its beats; the host; the completion; in the buffer, and the next one taken
    const double trip = 2 + NIC_HdrBeats * reads + read_cyc + NIC_CplHdrBeats * reads +
                        up(len, NIC_BeatBytes) + NIC_TxFinishCyc;
    const double latency = trip / NIC_TxReads;
    const struct {
        double cyc;
        const char *who;
    } all[] = {{IGB_SwitchCyc, "switch"},
               {port, "requests"},
               {completions, "completions"},
               {latency, "reads under way"}};
    double worst = 0;
    for (unsigned i = 0; i < 4; i++)
        if (all[i].cyc > worst) worst = all[i].cyc, *who = all[i].who;
    return worst;
}

static double measured(uint32_t len, uint32_t read_cyc)
{
    igb_bench_t bench, *b = &bench;
    igb_bench_up(b, NULL);
    b->read_cyc = read_cyc;
    igb_pf_up(b);
    igb_vfs_up(b, 2);
    for (unsigned n = 0; n < 2; n++) igb_vf_up(b, n);
    igb_wr(b, 2, IGBVF_RXDCTL,
           FMASK(IGB_RXDCTL_ENABLE) | FPUT(IGB_RXDCTL_PTHRESH, 31) |
               FPUT(IGB_RXDCTL_WTHRESH, NIC_DescWbMax));
    igb_wr(b, 1, IGBVF_TXDCTL, FMASK(IGB_TXDCTL_ENABLE) | FPUT(IGB_TXDCTL_PTHRESH, 31));
    igb_wr(b, 2, IGBVF_VTEITR, FPUT(IGB_EITR_INTERVAL, 1000)); // so that the threshold holds
    const uint32_t buf = igb_buf_at(true, 0, 0);
    igb_frame(b->mem + buf, igb_vf_mac(1), igb_vf_mac(0), len);
    for (unsigned i = 0; i < IGB_RING; i++) {
        igb_bench_put(b, igb_ring_at(true, 0) + 16 * i, buf);
        igb_bench_put(
            b, igb_ring_at(true, 0) + 16 * i + 8,
            DPUT(IGB_ATXD_DTALEN, len) | DPUT(IGB_ATXD_DTYP, IGB_ATXD_DTYP_D) |
                DPUT(IGB_ATXD_CMD, IGB_ATXD_CMD_EOP | IGB_ATXD_CMD_IFCS | IGB_ATXD_CMD_DEXT));
    }
    uint32_t from = 0, given = IGB_RING - 1;
    uint64_t from_cyc = 0;
    for (unsigned i = 0; i < 2000; i++) {
        const uint32_t head = nic_peek(b->nic, IGB_TDH),
                       got = nic_peek(b->nic, IGB_RDH + IGB_RDH_STRIDE);
        igb_access(b, NIC_SPACE_MEM, 1, IGBVF_TDT, true, (head + IGB_RING - 1) % IGB_RING);
        while (given % IGB_RING != (got + IGB_RING - 1) % IGB_RING) {
            igb_bench_put(b, igb_ring_at(false, 1) + given % IGB_RING * 16,
                          igb_buf_at(false, 1, given));
            igb_bench_put(b, igb_ring_at(false, 1) + given++ % IGB_RING * 16 + 8, 0);
        }
        igb_access(b, NIC_SPACE_MEM, 2, IGBVF_RDT, true, given % IGB_RING);
        igb_run(b, STEP_CYC);
        if (i == 200) from = b->hosted, from_cyc = nic_now(b->nic);
    }
    const double cyc = (double)(nic_now(b->nic) - from_cyc) / (b->hosted - from);
    assert_int_equal(b->drops, 0);
    assert_int_equal(b->wire_frames, 0);
    igb_bench_down(b);
    return cyc;
}

static void loopback_throughput(void **state)
{
    (void)state;
    static const uint32_t LEN[] = {60, 120, 256, 512, 1024, 1514}, READ[] = {5, 250, 1000};
    for (unsigned r = 0; r < 3; r++) {
        for (unsigned i = 0; i < 6; i++) {
            const char *who = NULL;
            const double want = closed_form(LEN[i], READ[r], &who), is = measured(LEN[i], READ[r]);
            printf("%4u bytes, host answers in %3u cycles: %6.2f cycles a frame (%.2f Gb/s), "
                   "closed form %6.2f: %s\n",
                   LEN[i], READ[r], is, LEN[i] / is, want, who);
            assert_true(is > want * 0.985 && is < want * (LEN[i] < 200 ? 1.06 : 1.02));
            assert_true(IGB_SwitchCyc < is); // it is never the slowest
        }
    }
}

// ---- where to ----

static void two_up(igb_bench_t *b, unsigned vfs)
{
    igb_bench_up(b, NULL);
    igb_pf_up(b);
    igb_vfs_up(b, vfs);
    for (unsigned n = 0; n < vfs; n++) igb_vf_up(b, n);
    igb_run(b, SETTLE);
    (void)igb_rd(b, 0, IGB_ICR);
}

static bool looped(const igb_bench_t *b, unsigned n, unsigned i)
{
    const uint32_t desc = igb_ring_at(false, n) + i * 16;
    const uint64_t w[2] = {igb_word(b, desc), igb_word(b, desc + 8)};
    assert_true(DGET(IGB_ARXD_STAT, w) & IGB_ARXD_STAT_DD);
    return DGET(IGB_ARXD_STAT, w) & IGB_ARXD_STAT_LB;
}

// Sends one frame of VF 0 to an address.
static void send_to(igb_bench_t *b, unsigned i, const uint8_t to[6], uint8_t from, uint32_t len)
{
    igb_frame(b->mem + igb_buf_at(true, 0, i), 0, from, len);
    memcpy(b->mem + igb_buf_at(true, 0, i), to, 6);
    const uint32_t desc = igb_ring_at(true, 0) + i * 16;
    igb_bench_put(b, desc, igb_buf_at(true, 0, i));
    igb_bench_put(b, desc + 8,
                  DPUT(IGB_ATXD_DTALEN, len) | DPUT(IGB_ATXD_DTYP, IGB_ATXD_DTYP_D) |
                      DPUT(IGB_ATXD_CMD, IGB_ATXD_CMD_EOP | IGB_ATXD_CMD_IFCS | IGB_ATXD_CMD_RS |
                                             IGB_ATXD_CMD_DEXT));
    igb_wr(b, 1, IGBVF_TDT, i + 1);
    igb_run(b, SETTLE);
}

static void exact_unicast_stays_inside(void **state)
{
    (void)state;
    igb_bench_t b;
    two_up(&b, 3);
    uint8_t to[6];
    igb_mac(to, igb_vf_mac(1));
    send_to(&b, 0, to, igb_vf_mac(0), 300);
    assert_int_equal(b.wire_frames, 0);
    assert_int_equal(b.hosted, 1);
    assert_true(looped(&b, 1, 0));
    // Nor when nobody takes it: the pool is off; it is the own address; it is too long for that pool.
    igb_wr(&b, 0, IGB_VFRE, 0xFD);
    send_to(&b, 1, to, igb_vf_mac(0), 300);
    igb_wr(&b, 0, IGB_VFRE, 0xFF);
    igb_mac(to, igb_vf_mac(0));
    send_to(&b, 2, to, igb_vf_mac(0), 300);
    igb_mac(to, igb_vf_mac(1));
    send_to(&b, 3, to, igb_vf_mac(0), 1900);
    assert_int_equal(b.wire_frames, 0);
    assert_int_equal(b.hosted, 1);
    // With the switch off all go to the wire.
    igb_wr(&b, 0, IGB_DTXSWC, 0);
    send_to(&b, 4, to, igb_vf_mac(0), 300);
    assert_int_equal(b.wire_frames, 1);
    assert_int_equal(b.hosted, 1);
    assert_int_equal(igb_rd(&b, 1, IGBVF_VFGPTLBC), 1);
    assert_int_equal(igb_rd(&b, 1, IGBVF_VFGOTLBC), 304);
    assert_int_equal(igb_rd(&b, 1, IGBVF_VFGPTC), 1);
    assert_int_equal(igb_rd(&b, 2, IGBVF_VFGPRLBC), 1);
    assert_int_equal(igb_rd(&b, 2, IGBVF_VFGORLBC), 304);
    // The own pool too, when it may.
    igb_wr(&b, 0, IGB_DTXSWC, FMASK(IGB_DTXSWC_LOOPBACK_EN) | FPUT(IGB_DTXSWC_LLE, 1));
    igb_mac(to, igb_vf_mac(0));
    send_to(&b, 5, to, igb_vf_mac(0), 300);
    assert_true(looped(&b, 0, 0));
    assert_int_equal(b.wire_frames, 1);
    igb_bench_down(&b);
}

static void groups_go_both_ways(void **state)
{
    (void)state;
    static const uint8_t GROUP[6] = {1, 0, 0x5E, 0, 0, 5},
                         ALL[6] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
    igb_bench_t b;
    two_up(&b, 4);
    // VF 1 is in the group by its hash, VF 2 takes all groups, VF 3 none.
    const uint32_t hash = ((uint32_t)GROUP[4] >> 4 | (uint32_t)GROUP[5] << 4) & 0xFFF;
    igb_wr(&b, 0, IGB_MTA + 4 * (hash >> 5), 1u << (hash & 31));
    const uint32_t usual = FMASK(IGB_VMOLR_STRCRC) | FMASK(IGB_VMOLR_AUPE) | FMASK(IGB_VMOLR_BAM);
    igb_wr(&b, 0, IGB_VMOLR + 4, usual | FMASK(IGB_VMOLR_ROMPE));
    igb_wr(&b, 0, IGB_VMOLR + 8, usual | FMASK(IGB_VMOLR_MPME));
    igb_wr(&b, 0, IGB_VMOLR + 12, usual);
    send_to(&b, 0, GROUP, igb_vf_mac(0), 200);
    assert_int_equal(b.wire_frames, 1);
    assert_int_equal(b.hosted, 2);
    assert_true(looped(&b, 1, 0) && looped(&b, 2, 0));
    send_to(&b, 1, ALL, igb_vf_mac(0), 200);
    assert_int_equal(b.wire_frames, 2);
    assert_int_equal(b.hosted, 5);
    assert_true(looped(&b, 1, 1) && looped(&b, 2, 1) && looped(&b, 3, 0));
    for (unsigned n = 1; n < 4; n++) {
        assert_memory_equal(b.mem + igb_buf_at(false, n, n < 3), b.mem + igb_buf_at(true, 0, 1),
                            200);
        assert_int_equal(igb_rd(&b, 1 + n, IGBVF_VFMPRC), n < 3);
    }
    assert_int_equal(igb_rd(&b, 1, IGBVF_VFGPTC), 2);
    assert_int_equal(igb_rd(&b, 1, IGBVF_VFGPTLBC), 2);
    // One that nobody knows goes to the wire only.
    uint8_t to[6];
    igb_mac(to, PEER);
    send_to(&b, 2, to, igb_vf_mac(0), 200);
    assert_int_equal(b.wire_frames, 3);
    assert_int_equal(b.hosted, 5);
    // What comes from the wire has no LB.
    igb_receive(&b, igb_vf_mac(3), 200);
    igb_run(&b, SETTLE);
    assert_int_equal(b.hosted, 6);
    assert_false(looped(&b, 3, 1));
    igb_bench_down(&b);
}

// ---- what no VF should send ----

static unsigned pf_messages(const igb_bench_t *b)
{
    unsigned n = 0;
    for (unsigned i = 0; i < b->messages && i < 256; i++) n += b->message[i].func == 0;
    return n;
}

static void spoofed(void **state)
{
    (void)state;
    for (unsigned with = 0; with < 2; with++) { // DTXCTL.SPOOF_INT
        igb_bench_t b;
        two_up(&b, 3);
        igb_wr(&b, 0, IGB_DTXCTL, with ? FMASK(IGB_DTXCTL_SPOOF_INT) : 0);
        igb_wr(&b, 0, IGB_DTXSWC,
               FMASK(IGB_DTXSWC_LOOPBACK_EN) | FPUT(IGB_DTXSWC_MACAS, 1) |
                   FPUT(IGB_DTXSWC_VLANAS, 1));
        igb_wr(&b, 0, IGB_VLVF, 5 | 1u << IGB_VLVF_POOLSEL_LSB | FMASK(IGB_VLVF_EN));
        igb_wr(&b, 0, IGB_VLVF + 4, 6 | 2u << IGB_VLVF_POOLSEL_LSB | FMASK(IGB_VLVF_EN));
        const unsigned before = pf_messages(&b);
        uint8_t to[6];
        igb_mac(to, igb_vf_mac(1));
        send_to(&b, 0, to, igb_vf_mac(2), 300); // the address of another
        assert_int_equal(b.spoofs, 1);
        assert_int_equal(igb_rd(&b, 0, IGB_WVBR), 1);
        assert_int_equal(igb_rd(&b, 0, IGB_WVBR), 0); // it has been read
        assert_int_equal(pf_messages(&b), before + with);
        assert_int_equal((igb_rd(&b, 0, IGB_ICR) & FMASK(IGB_ICR_DOUTSYNC)) != 0, with);
        igb_mac(to, PEER);
        send_to(&b, 1, to, 0x77, 300); // of nobody
        assert_int_equal(igb_rd(&b, 0, IGB_WVBR), 1);
        for (unsigned vid = 5; vid < 7; vid++) { // tagged, with its VLAN and that of another
            const unsigned i = vid - 3;
            uint8_t *f = b.mem + igb_buf_at(true, 0, i);
            send_to(&b, i, to, igb_vf_mac(0), 300); // untagged it may go
            f[12] = 0x81, f[13] = 0, f[14] = 0, f[15] = (uint8_t)vid;
            igb_wr(&b, 1, IGBVF_TDH, i);
            igb_wr(&b, 1, IGBVF_TDT, i + 1);
            igb_run(&b, SETTLE);
            assert_int_equal(igb_rd(&b, 0, IGB_WVBR), vid == 5 ? 0 : 0x100);
        }
        assert_int_equal(b.wire_frames, 3);
        assert_int_equal(b.spoofs, 3);
        assert_int_equal(b.hosted, 0);
        assert_int_equal(igb_rd(&b, 1, IGBVF_VFGPTC), 3);
        assert_int_equal(igb_rd(&b, 1, IGBVF_VFGPTLBC), 0);
        assert_int_equal(igb_rd(&b, 0, IGB_GPTC), 3);
        // Nobody looks at pool 1.
        igb_send(&b, 2, 0, 0, PEER, igb_vf_mac(0), 100);
        igb_run(&b, SETTLE);
        assert_int_equal(b.wire_frames, 4);
        assert_int_equal(pf_messages(&b), before + 3 * with);
        igb_bench_down(&b);
    }
}

// Descriptors of packets that make no sense, at index 0 and behind; so many.
static unsigned malicious(igb_bench_t *b, unsigned kind)
{
    const uint32_t at = igb_ring_at(true, 0);
    const uint64_t data = DPUT(IGB_ATXD_DTYP, IGB_ATXD_DTYP_D);
    const uint64_t cmd = IGB_ATXD_CMD_IFCS | IGB_ATXD_CMD_RS | IGB_ATXD_CMD_DEXT;
    unsigned count = 1;
    uint64_t w = data | DPUT(IGB_ATXD_CMD, cmd | IGB_ATXD_CMD_EOP) | DPUT(IGB_ATXD_DTALEN, 300);
    switch (kind) {
    case 0: w = (w & ~data) | DPUT(IGB_ATXD_DTYP, 7); break; // of no type
    case 1:
        w |= DPUT(IGB_ATXD_CMD, IGB_ATXD_CMD_TSE) | DPUT(IGB_ATXD_PAYLEN, 200);
        break;                                        // no context
    case 2: w |= DPUT(IGB_ATXD_DTALEN, 65535); break; // too long
    default:                                          // it has no end
        w = data | DPUT(IGB_ATXD_CMD, cmd) | DPUT(IGB_ATXD_DTALEN, 1);
        count = IGB_RING - 1;
        break;
    }
    for (unsigned i = 0; i < IGB_RING; i++) {
        igb_bench_put(b, at + 16 * i, igb_buf_at(true, 0, 0));
        igb_bench_put(b, at + 16 * i + 8, w);
    }
    return count;
}

static void malicious_packets(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < 4; kind++) {
        for (unsigned mdp = 0; mdp < 2; mdp++) {
            igb_bench_t b;
            two_up(&b, 2);
            igb_wr(&b, 0, IGB_DTXCTL, mdp ? FMASK(IGB_DTXCTL_MDP_EN) : 0);
            const unsigned before = pf_messages(&b);
            const unsigned count = malicious(&b, kind);
            igb_wr(&b, 1, IGBVF_TDT, count);
            for (unsigned i = 0; i < 10; i++) igb_send(&b, 2, 0, i, PEER, igb_vf_mac(1), 400);
            igb_run(&b, 4 * SETTLE);
            assert_int_equal(b.wire_frames, 10); // the other one does not notice
            // An endless packet is malicious when the cache is full of it: DescCache descriptors.
            if (kind == 3) {
                igb_wr(&b, 1, IGBVF_TDLEN, 2 * IGB_RING * 16);
                igb_wr(&b, 1, IGBVF_TDH, 0);
                memcpy(b.mem + igb_ring_at(true, 0) + IGB_RING * 16, b.mem + igb_ring_at(true, 0),
                       IGB_RING * 16);
                igb_wr(&b, 1, IGBVF_TDT, 2 * IGB_RING - 1);
                igb_run(&b, 4 * SETTLE);
            }
            const bool on = igb_rd(&b, 1, IGBVF_TXDCTL) & FMASK(IGB_TXDCTL_ENABLE);
            const uint32_t icr = igb_rd(&b, 0, IGB_ICR);
            assert_int_equal(on, !mdp);
            assert_int_equal((icr & FMASK(IGB_ICR_DOUTSYNC)) != 0, mdp);
            assert_int_equal(pf_messages(&b), before + mdp);
            assert_int_equal(b.wire_frames, 10);
            assert_int_equal(igb_rd(&b, 1, IGBVF_VFGPTC), 0);
            assert_true(nic_drained(b.nic));
            // Enabled again, it sends what makes sense.
            igb_wr(&b, 1, IGBVF_VTCTRL, FMASK(IGB_VTCTRL_RST));
            igb_run(&b, 100);
            igb_wr(&b, 0, IGB_VFTE, 0xFF);
            igb_ring_up(&b, true, 1, 0, 0);
            igb_send(&b, 1, 0, 0, PEER, igb_vf_mac(0), 100);
            igb_run(&b, SETTLE);
            assert_int_equal(b.wire_frames, 11);
            igb_bench_down(&b);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loopback_throughput), cmocka_unit_test(exact_unicast_stays_inside),
        cmocka_unit_test(groups_go_both_ways), cmocka_unit_test(spoofed),
        cmocka_unit_test(malicious_packets),
    };
    return cmocka_run_group_tests_name("switch between VFs", tests, NULL, NULL);
}
