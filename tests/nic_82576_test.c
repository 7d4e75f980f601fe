// SPDX-License-Identifier: Apache-2.0
// The 82576 as a driver meets it, all modules together: receive, transmit, messages, VFs with mailbox and switch, resets, and
// what idle VFs cost.
#include "tests/igb_guests.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum {
    SETTLE = 4000, // everything is over by then
};

// Queue 0 of the PF: receive on vector 0, transmit on vector 1.
static void pf_rings(igb_bench_t *b)
{
    igb_wr(b, 0, IGB_IVAR, 0x80 | 0x8100);
    igb_ring_up(b, false, 0, 0, 0);
    igb_ring_up(b, true, 0, 0, 0);
    igb_fill(b, 0, 0, 0, IGB_RING - 1);
}

static void with_pf(igb_bench_t *b)
{
    igb_bench_up(b, NULL);
    igb_pf_up(b);
}

static void with_pf_rings(igb_bench_t *b)
{
    with_pf(b);
    pf_rings(b);
}

// All of them have their rings.
static void with_vfs(igb_bench_t *b, unsigned vfs)
{
    with_pf(b);
    igb_vfs_up(b, vfs);
    for (unsigned n = 0; n < vfs; n++) igb_vf_up(b, n);
}

// Queue 0 of the PF, whose frames wait for descriptors: none is dropped. RXDMT0 with 16 times `rdmts` left.
static void with_waiting_queue(igb_bench_t *b, uint32_t rdmts)
{
    igb_ring_up(b, false, 0, 0, 0);
    igb_wr(b, 0, IGB_SRRCTL,
           FPUT(IGB_SRRCTL_DESCTYPE, 1) | FPUT(IGB_SRRCTL_BSIZEPACKET, IGB_BUF / 1024) |
               FPUT(IGB_SRRCTL_RDMTS, rdmts));
}

static const igb_message_t *last_message(const igb_bench_t *b)
{
    assert_true(b->messages != 0);
    return &b->message[(b->messages - 1) % 256];
}

static unsigned messages_of(const igb_bench_t *b, unsigned f, unsigned k)
{
    unsigned n = 0;
    for (unsigned i = 0; i < b->messages && i < 256; i++) {
        const igb_message_t *m = &b->message[i];
        if (m->func == f && m->data == 0x10000 * f + k && m->addr == 0xFEE00000 + 256 * f + 4 * k)
            n++;
    }
    return n;
}

// The descriptor of the frame that queue q has got as number i.
static void assert_received(const igb_bench_t *b, unsigned q, unsigned i, uint32_t len, bool loop)
{
    const uint32_t desc = igb_ring_at(false, q) + i % IGB_RING * 16;
    const uint64_t w[2] = {igb_word(b, desc), igb_word(b, desc + 8)};
    const uint32_t stat = (uint32_t)DGET(IGB_ARXD_STAT, w);
    assert_int_equal(stat & (IGB_ARXD_STAT_DD | IGB_ARXD_STAT_EOP),
                     IGB_ARXD_STAT_DD | IGB_ARXD_STAT_EOP);
    assert_int_equal((stat & IGB_ARXD_STAT_LB) != 0, loop);
    assert_int_equal(DGET(IGB_ARXD_LENGTH, w), len);
}

static void a_frame_comes_with_its_message(void **state)
{
    (void)state;
    igb_bench_t b;
    with_pf_rings(&b);
    const uint32_t before = b.messages;
    igb_receive(&b, IGB_PF_MAC, 300);
    igb_run(&b, SETTLE);
    assert_int_equal(b.fate[NIC_FATE_ACCEPTED], 1);
    assert_received(&b, 0, 0, 296, false);
    uint8_t sent[300];
    igb_frame(sent, IGB_PF_MAC, 0x55, 300);
    assert_memory_equal(b.mem + igb_buf_at(false, 0, 0), sent, 296);
    assert_int_equal(b.messages, before + 1);
    assert_int_equal(messages_of(&b, 0, 0), 1);
    assert_int_equal(igb_rd(&b, 0, IGB_RDH), 1);
    assert_int_equal(igb_rd(&b, 0, IGB_GPRC), 1);
    assert_int_equal(igb_rd(&b, 0, IGB_RPTHC), 1);
    assert_int_equal(igb_rd(&b, 0, IGB_EICR), 0); // EIAC
    // One for somebody else.
    igb_receive(&b, 0x77, 300);
    igb_run(&b, SETTLE);
    assert_int_equal(b.fate[NIC_FATE_FILTERED], 1);
    assert_int_equal(b.messages, before + 1);
    assert_true(nic_drained(b.nic));
    igb_bench_down(&b);
}

static void messages_obey_eitr(void **state)
{
    (void)state;
    igb_bench_t b;
    with_pf_rings(&b);
    igb_wr(&b, 0, IGB_EITR, FPUT(IGB_EITR_INTERVAL, 80)); // 80 us
    const uint32_t before = b.messages;
    for (int i = 0; i < 20; i++) igb_receive(&b, IGB_PF_MAC, 200);
    igb_run(&b, 100 * IGB_EitrUnitCyc);
    assert_int_equal(b.hosted, 20);
    assert_int_equal(b.messages, before + 2);
    const uint64_t gap = b.message[(before + 1) % 256].cyc - b.message[before % 256].cyc;
    assert_in_range(gap, 80 * IGB_EitrUnitCyc, 80 * IGB_EitrUnitCyc + 20);
    igb_bench_down(&b);
}

static void a_frame_is_sent(void **state)
{
    (void)state;
    igb_bench_t b;
    with_pf_rings(&b);
    igb_send(&b, 0, 0, 0, 0x99, IGB_PF_MAC, 500);
    igb_run(&b, 2 * SETTLE);
    assert_int_equal(b.wire_frames, 1);
    assert_int_equal(b.wire_len, 504);
    assert_memory_equal(b.wire, b.mem + igb_buf_at(true, 0, 0), 500);
    assert_int_equal(messages_of(&b, 0, 1), 1);
    assert_int_equal(igb_rd(&b, 0, IGB_TDH), 1);
    assert_true(igb_word(&b, igb_ring_at(true, 0) + 8) >> 32 & 1); // DD
    // Many, and with the head written back instead.
    igb_wr(&b, 0, IGB_TDWBAL, 0x8000 | 1);
    for (unsigned i = 1; i < 40; i++) igb_send(&b, 0, 0, i, 0x99, IGB_PF_MAC, 64 + 30 * i);
    igb_run(&b, 20 * SETTLE);
    assert_int_equal(b.wire_frames, 40);
    assert_int_equal(igb_word(&b, 0x8000) & 0xFFFF, 40);
    assert_int_equal(igb_rd(&b, 0, IGB_GPTC), 40);
    assert_true(nic_drained(b.nic));
    igb_bench_down(&b);
}

static void pf_and_vf_talk(void **state)
{
    (void)state;
    igb_bench_t b;
    with_pf(&b);
    igb_vfs_up(&b, 2);
    igb_vf_up(&b, 1);
    assert_int_equal(igb_rd(&b, 0, IGB_STATUS) >> IGB_STATUS_NUM_VFS_LSB & 15, 2);
    assert_int_equal(igb_rd(&b, 3, IGBVF_VTSTATUS), 0xFFFFFFFF); // VF 2 is not there
    igb_run(&b, SETTLE);
    const unsigned pf = messages_of(&b, 0, 9), vf = messages_of(&b, 2, 2);
    // The VF takes the buffer, writes and asks.
    igb_wr(&b, 2, IGBVF_V2PMAILBOX, FMASK(IGB_V2PMAILBOX_VFU));
    assert_true(igb_rd(&b, 2, IGBVF_V2PMAILBOX) & FMASK(IGB_V2PMAILBOX_VFU));
    igb_wr(&b, 2, IGBVF_VMBMEM, 0xCAFE0001);
    igb_wr(&b, 2, IGBVF_V2PMAILBOX, FMASK(IGB_V2PMAILBOX_REQ));
    igb_run(&b, 100);
    assert_int_equal(messages_of(&b, 0, 9), pf + 1);
    assert_int_equal(igb_rd(&b, 0, IGB_MBVFICR), 2);
    assert_int_equal(igb_rd(&b, 0, IGB_VMBMEM + 64), 0xCAFE0001);
    // The PF answers.
    igb_wr(&b, 0, IGB_MBVFICR, 2);
    igb_wr(&b, 0, IGB_P2VMAILBOX + 4, FMASK(IGB_P2VMAILBOX_PFU));
    igb_wr(&b, 0, IGB_VMBMEM + 64, 0xCAFE8001);
    igb_wr(&b, 0, IGB_P2VMAILBOX + 4, FMASK(IGB_P2VMAILBOX_STS) | FMASK(IGB_P2VMAILBOX_ACK));
    igb_run(&b, 100);
    assert_int_equal(messages_of(&b, 2, 2), vf + 1);
    const uint32_t mbx = igb_rd(&b, 2, IGBVF_V2PMAILBOX);
    assert_true(mbx & FMASK(IGB_V2PMAILBOX_PFSTS));
    assert_true(mbx & FMASK(IGB_V2PMAILBOX_PFACK));
    assert_int_equal(igb_rd(&b, 2, IGBVF_VMBMEM), 0xCAFE8001);
    igb_bench_down(&b);
}

static void a_vf_sends_to_another(void **state)
{
    (void)state;
    igb_bench_t b;
    with_vfs(&b, 2);
    igb_run(&b, SETTLE);
    const unsigned vf = messages_of(&b, 2, 0);
    igb_send(&b, 1, 0, 0, igb_vf_mac(1), igb_vf_mac(0), 400);
    igb_run(&b, 2 * SETTLE);
    assert_int_equal(b.wire_frames, 0);
    assert_int_equal(b.loops, 1);
    assert_received(&b, 1, 0, 400, true);
    assert_memory_equal(b.mem + igb_buf_at(false, 1, 0), b.mem + igb_buf_at(true, 0, 0), 400);
    assert_true(messages_of(&b, 2, 0) > vf);
    assert_int_equal(igb_rd(&b, 1, IGBVF_VFGPTLBC), 1);
    assert_int_equal(igb_rd(&b, 2, IGBVF_VFGPRLBC), 1);
    assert_int_equal(igb_rd(&b, 2, IGBVF_VFGPRC), 0);
    // To the wire, and from it.
    igb_send(&b, 1, 0, 1, 0x99, igb_vf_mac(0), 400);
    igb_receive(&b, igb_vf_mac(1), 500);
    igb_run(&b, 2 * SETTLE);
    assert_int_equal(b.wire_frames, 1);
    assert_received(&b, 1, 1, 496, false);
    assert_int_equal(igb_rd(&b, 2, IGBVF_VFGPRC), 1);
    assert_int_equal(igb_rd(&b, 1, IGBVF_VFGPTC), 1);
    // A broadcast goes to all others and to the wire.
    igb_send(&b, 1, 0, 2, 0xFF, igb_vf_mac(0), 100);
    igb_run(&b, 2 * SETTLE);
    assert_int_equal(b.wire_frames, 2);
    assert_received(&b, 1, 2, 100, true);
    // A source that is not its own.
    igb_wr(&b, 0, IGB_DTXSWC, FMASK(IGB_DTXSWC_LOOPBACK_EN) | FPUT(IGB_DTXSWC_MACAS, 3));
    igb_send(&b, 1, 0, 3, 0x99, igb_vf_mac(1), 100);
    igb_run(&b, 2 * SETTLE);
    assert_int_equal(b.wire_frames, 2);
    assert_int_equal(b.spoofs, 1);
    assert_int_equal(igb_rd(&b, 0, IGB_WVBR), 1);
    assert_true(nic_drained(b.nic));
    igb_bench_down(&b);
}

// FLR of VF 0 at any moment of its traffic: VF 1 loses nothing, and VF 0 works again afterwards.
static void flr_under_traffic(void **state)
{
    (void)state;
    for (unsigned moment = 0; moment < 60; moment++) {
        igb_bench_t b;
        with_vfs(&b, 2);
        const unsigned count = 24;
        for (unsigned i = 0; i < count; i++) {
            igb_send(&b, 1, 0, i, i & 1 ? igb_vf_mac(1) : 0x99, igb_vf_mac(0), 300 + 50 * i);
            igb_send(&b, 2, 0, i, i & 1 ? igb_vf_mac(0) : 0x98, igb_vf_mac(1), 300 + 50 * i);
            if (i & 1) igb_receive(&b, igb_vf_mac(0), 600);
        }
        igb_run(&b, 50 * moment);
        igb_cfg(&b, 1, IGB_CFG_DEVCTL, FMASK(IGB_CFG_DEVCTL_FLR));
        igb_run(&b, 20 * SETTLE);
        assert_true(nic_drained(b.nic));
        assert_int_equal(igb_rd(&b, 0, IGB_VFLRE), 1);
        assert_int_equal(igb_rd(&b, 2, IGBVF_TDH), count);
        assert_int_equal(igb_rd(&b, 2, IGBVF_VFGPTC), count / 2);
        assert_in_range(igb_rd(&b, 2, IGBVF_VFGPTLBC), count / 2 - 6, count / 2); // VFRE is off
        // It comes back.
        igb_wr(&b, 0, IGB_VFLRE, 1);
        igb_wr(&b, 0, IGB_VFRE, 0xFF);
        igb_wr(&b, 0, IGB_VFTE, 0xFF);
        igb_cfg(&b, 1, IGB_VCFG_COMMAND, FMASK(IGB_VCFG_COMMAND_MASTER));
        igb_cfg(&b, 1, IGB_VCFG_MSIX, FMASK(IGB_VCFG_MSIX_EN));
        igb_vf_up(&b, 0);
        const uint32_t hosted = b.hosted, wire = b.wire_frames, before = b.messages;
        igb_receive(&b, igb_vf_mac(0), 200);
        igb_send(&b, 1, 0, 0, 0x99, igb_vf_mac(0), 100);
        igb_run(&b, 2 * SETTLE);
        assert_int_equal(b.hosted, hosted + 1);
        assert_int_equal(b.wire_frames, wire + 1);
        assert_received(&b, 0, 0, 196, false);
        assert_true(b.messages > before);
        assert_int_equal(last_message(&b)->func, 1);
        igb_bench_down(&b);
    }
}

// A guest leaves behind what it can: moderation of all vectors, a drop, a context with a tag. FLR and VFE leave nothing of it.
static void a_new_guest_sees_nothing_of_the_old(void **state)
{
    (void)state;
    for (unsigned how = 0; how < 2; how++) {
        igb_bench_t b;
        with_vfs(&b, 2);
        for (unsigned n = 0; n < 2; n++) {
            for (unsigned k = 0; k < 3; k++)
                igb_wr(&b, 1 + n, IGBVF_VTEITR + 4 * k, 8000 << 2 | 1000u << 21);
            b.nic->igb.c.stats.rqdpc_q[n] = b.nic->igb.c.stats.rqdpc_q[n + IGB_Pools] = 3;
            b.nic->igb.c.tx_dma.advanced[n + IGB_Pools][1].vlan = 0x123;
        }
        if (how == 0) {
            igb_cfg(&b, 1, IGB_CFG_DEVCTL, FMASK(IGB_CFG_DEVCTL_FLR));
            igb_run(&b, SETTLE);
            // Of VF 1 nothing has moved.
            assert_int_equal(FGET(IGB_EITR_INTERVAL, igb_rd(&b, 2, IGBVF_VTEITR + 8)), 8000);
            assert_int_equal(igb_rd(&b, 0, IGB_RQDPC + 64), 3);
            assert_int_equal(b.nic->igb.c.tx_dma.advanced[1 + IGB_Pools][1].vlan, 0x123);
        } else {
            const uint32_t ctl = igb_cfg_rd(&b, 0, IGB_CFG_SRIOV_CTL);
            igb_cfg(&b, 0, IGB_CFG_SRIOV_CTL, ctl & ~FMASK(IGB_CFG_SRIOV_CTL_VFE));
            igb_run(&b, SETTLE);
            igb_cfg(&b, 0, IGB_CFG_SRIOV_CTL, ctl);
            igb_run(&b, SETTLE);
        }
        for (unsigned n = 0; n < (how ? 2u : 1u); n++) {
            for (unsigned k = 0; k < 3; k++)
                assert_int_equal(igb_rd(&b, 1 + n, IGBVF_VTEITR + 4 * k), 0);
            assert_int_equal(b.nic->igb.c.stats.rqdpc_q[n], 0);
            assert_int_equal(b.nic->igb.c.stats.rqdpc_q[n + IGB_Pools], 0);
            assert_int_equal(b.nic->igb.c.tx_dma.advanced[n + IGB_Pools][1].vlan, 0);
        }
        igb_bench_down(&b);
    }
}

// VTCTRL.RST with a frame that is finished and waits for its write-back: it is lost, and the ring begins anew.
static void vtctrl_rst_empties_the_rings(void **state)
{
    (void)state;
    igb_bench_t b;
    with_vfs(&b, 1);
    igb_ring_up(&b, false, 1, 0, 8);
    igb_fill(&b, 1, 0, 0, IGB_RING - 1);
    igb_wr(&b, 1, IGBVF_VTEITR, 0x7FFC); // the first message closes the gate
    igb_receive(&b, igb_vf_mac(0), 200);
    igb_run(&b, 2 * SETTLE);
    assert_int_equal(igb_rd(&b, 1, IGBVF_RDH), 1);
    igb_receive(&b, igb_vf_mac(0), 200);
    igb_run(&b, 2 * SETTLE);
    assert_int_equal(b.hosted, 2);
    assert_int_equal(igb_rd(&b, 1, IGBVF_RDH), 1);
    assert_int_equal(b.lost, 0);
    igb_wr(&b, 1, IGBVF_VTCTRL, FMASK(IGB_VTCTRL_RST));
    igb_run(&b, 10);
    assert_int_equal(b.lost, 1);
    assert_int_equal(igb_rd(&b, 1, IGBVF_RDH), 0);
    igb_bench_down(&b);
}

// CTRL.RST in the middle; then everything again.
static void reset_under_traffic(void **state)
{
    (void)state;
    for (unsigned moment = 0; moment < 40; moment++) {
        igb_bench_t b;
        with_pf_rings(&b);
        for (unsigned i = 0; i < 6; i++) {
            igb_send(&b, 0, 0, i, 0x99, IGB_PF_MAC, 300 + 50 * i);
            igb_receive(&b, IGB_PF_MAC, 600);
        }
        igb_run(&b, 40 * moment);
        igb_wr(&b, 0, IGB_CTRL, FMASK(IGB_CTRL_RST));
        igb_run(&b, 20 * SETTLE);
        assert_true(nic_drained(b.nic));
        igb_pf_up(&b);
        pf_rings(&b);
        const uint32_t hosted = b.hosted, wire = b.wire_frames;
        igb_receive(&b, IGB_PF_MAC, 200);
        igb_send(&b, 0, 0, 0, 0x99, IGB_PF_MAC, 100);
        igb_run(&b, 2 * SETTLE);
        assert_int_equal(b.hosted, hosted + 1);
        assert_int_equal(b.wire_frames, wire + 1);
        assert_received(&b, 0, 0, 196, false);
        igb_bench_down(&b);
    }
}

// Without MSI-X: INTA# until ICR is read, or one MSI for each rise.
static void the_line_and_msi(void **state)
{
    (void)state;
    igb_bench_t b;
    with_pf_rings(&b);
    igb_cfg(&b, 0, IGB_CFG_MSIX, 0);
    igb_wr(&b, 0, IGB_GPIE, 0);
    igb_wr(&b, 0, IGB_EIMC, 0xFFFFFFFF);
    igb_wr(&b, 0, IGB_IMS, FMASK(IGB_ICR_RXDW));
    igb_rd(&b, 0, IGB_ICR);
    igb_run(&b, 10);
    const uint32_t before = b.messages;
    assert_false(b.intx);
    igb_receive(&b, IGB_PF_MAC, 100);
    igb_run(&b, SETTLE);
    assert_true(b.intx);
    assert_true(igb_rd(&b, 0, IGB_ICR) & FMASK(IGB_ICR_RXDW));
    igb_run(&b, 10);
    assert_false(b.intx);
    igb_cfg(&b, 0, IGB_CFG_MSI_ADDR_L, 0xFEE01000);
    igb_cfg(&b, 0, IGB_CFG_MSI_DATA, 0x4041);
    igb_cfg(&b, 0, IGB_CFG_MSI, FMASK(IGB_CFG_MSI_EN));
    igb_cfg(&b, 0, IGB_CFG_MSI_MASK, 1);
    igb_receive(&b, IGB_PF_MAC, 100);
    igb_run(&b, SETTLE);
    assert_false(b.intx);
    assert_int_equal(b.messages, before); // masked
    assert_int_equal(igb_cfg_rd(&b, 0, IGB_CFG_MSI_PENDING), 1);
    igb_cfg(&b, 0, IGB_CFG_MSI_MASK, 0);
    igb_run(&b, 100);
    assert_int_equal(b.messages, before + 1);
    assert_int_equal(last_message(&b)->addr, 0xFEE01000);
    assert_int_equal(last_message(&b)->data, 0x4041);
    assert_int_equal(igb_cfg_rd(&b, 0, IGB_CFG_MSI_PENDING), 0);
    igb_bench_down(&b);
}

// CTRL.GIO_MASTER_DISABLE: what has begun goes on, nothing begins, and STATUS tells when it is over.
static void no_master_no_requests(void **state)
{
    (void)state;
    igb_bench_t b;
    with_pf_rings(&b);
    igb_run(&b, SETTLE);
    const uint32_t ctrl = igb_rd(&b, 0, IGB_CTRL), enable = FMASK(IGB_STATUS_GIO_MASTER_ENABLE);
    for (unsigned i = 0; i < 4; i++) igb_send(&b, 0, 0, i, 0x99, IGB_PF_MAC, 1500);
    igb_wr(&b, 0, IGB_CTRL, ctrl | FMASK(IGB_CTRL_GIO_MASTER_DISABLE));
    assert_true(igb_rd(&b, 0, IGB_STATUS) & enable);
    igb_run(&b, 2 * SETTLE);
    assert_false(igb_rd(&b, 0, IGB_STATUS) & enable);
    const uint32_t messages = b.messages;
    igb_send(&b, 0, 0, 4, 0x99, IGB_PF_MAC, 500);
    igb_receive(&b, IGB_PF_MAC, 100);
    igb_run(&b, 2 * SETTLE);
    assert_false(igb_rd(&b, 0, IGB_STATUS) & enable); // a fetch that waits is no open request
    assert_int_equal(igb_cfg_rd(&b, 0, IGB_CFG_DEVCTL) & FMASK(IGB_CFG_DEVCTL_PENDING), 0);
    assert_int_equal(b.hosted, 0);
    assert_int_equal(b.messages, messages);
    igb_wr(&b, 0, IGB_CTRL, ctrl);
    igb_run(&b, 4 * SETTLE);
    assert_int_equal(b.wire_frames, 5);
    assert_true(b.messages > messages);
    igb_bench_down(&b);
}

static void flr_of_the_pf_takes_the_vfs(void **state)
{
    (void)state;
    igb_bench_t b;
    with_vfs(&b, 3);
    for (unsigned i = 0; i < 6; i++)
        igb_send(&b, 1 + i % 3, 0, i / 3, 0x99, igb_vf_mac(i % 3), 900);
    igb_run(&b, 300);
    igb_cfg(&b, 0, IGB_CFG_DEVCTL, FMASK(IGB_CFG_DEVCTL_FLR));
    igb_run(&b, 4 * SETTLE);
    assert_true(nic_drained(b.nic));
    assert_int_equal(igb_cfg_rd(&b, 1, 0), 0xFFFFFFFF);
    assert_int_equal(igb_cfg_rd(&b, 0, IGB_CFG_COMMAND) & 7, 0);
    igb_pf_up(&b);
    pf_rings(&b);
    igb_receive(&b, IGB_PF_MAC, 100);
    igb_run(&b, SETTLE);
    assert_received(&b, 0, 0, 96, false);
    assert_int_equal(igb_rd(&b, 0, IGB_STATUS) >> IGB_STATUS_NUM_VFS_LSB & 15, 0);
    igb_bench_down(&b);
}

// Visits for the same frames to one VF of so many, or to `spread` VFs in turn.
static uint64_t visits_of(unsigned vfs, unsigned spread)
{
    enum { FRAMES = 400 };
    igb_bench_t b;
    with_vfs(&b, vfs);
    for (unsigned n = 0; n < vfs; n++) igb_wr(&b, 1 + n, IGBVF_VTEITR, FPUT(IGB_EITR_INTERVAL, 50));
    igb_run(&b, SETTLE);
    const uint64_t before = nic_visits(b.nic);
    unsigned tail[IGB_Vfs];
    for (unsigned n = 0; n < vfs; n++) tail[n] = IGB_RING - 1;
    for (unsigned i = 0; i < FRAMES; i++) {
        const unsigned n = i % spread;
        igb_receive(&b, igb_vf_mac(n), 400);
        igb_send(&b, 1 + n, 0, i / spread, 0x99, igb_vf_mac(n), 400);
        if (i / spread % 8 == 7) {
            igb_fill(&b, 1 + n, 0, tail[n], tail[n] + 8);
            tail[n] += 8;
        }
    }
    igb_run(&b, 4 * SETTLE);
    assert_int_equal(b.hosted, FRAMES);
    assert_int_equal(b.wire_frames, FRAMES);
    const uint64_t visits = nic_visits(b.nic) - before;
    igb_bench_down(&b);
    return visits;
}

static void idle_vfs_cost_nothing(void **state)
{
    (void)state;
    const uint64_t one = visits_of(1, 1), idle = visits_of(8, 1), eight = visits_of(8, 8);
    printf(
        "visits a frame in and out: %.2f with 1 VF, %.2f with 7 idle ones, %.2f with 8 busy ones\n",
        (double)one / 400, (double)idle / 400, (double)eight / 400);
    assert_in_range(idle, one * 99 / 100, one * 101 / 100);
    assert_true(eight * 10 <= one * 13);
}

// Every module that has a cause for ICR reaches its bit, each by itself (specification 2.2); NSICR: a read clears.
static void causes_of_the_modules(void **state)
{
    (void)state;
    igb_bench_t b;
    with_pf(&b);
    assert_int_equal(igb_rd(&b, 0, IGB_ICR), FMASK(IGB_ICR_LSC)); // the link has come
    nic_partner(b.nic, nic_now(b.nic) + 10, false, 2, false);
    igb_run(&b, SETTLE);
    assert_int_equal(igb_rd(&b, 0, IGB_STATUS) & FMASK(IGB_STATUS_LU), 0);
    assert_int_equal(igb_rd(&b, 0, IGB_ICR), FMASK(IGB_ICR_LSC));
    nic_partner(b.nic, nic_now(b.nic) + 10, true, 2, false);
    igb_run(&b, SETTLE);
    assert_int_equal(igb_rd(&b, 0, IGB_ICR), FMASK(IGB_ICR_LSC));
    for (uint32_t asked = 0; asked < 2; asked++) {
        igb_wr(&b, 0, IGB_MDIC,
               FPUT(IGB_MDIC_OP, 2) | FPUT(IGB_MDIC_PHYADD, 1) | FPUT(IGB_MDIC_REGADD, 2) |
                   FPUT(IGB_MDIC_I, asked));
        igb_run(&b, 2 * SETTLE);
        assert_true(igb_rd(&b, 0, IGB_MDIC) & FMASK(IGB_MDIC_R));
        assert_int_equal(igb_rd(&b, 0, IGB_ICR), asked ? FMASK(IGB_ICR_MDAC) : 0);
    }
    // The descriptors reach the threshold: 20 are there, 16 left behind the fourth frame.
    with_waiting_queue(&b, 1);
    igb_fill(&b, 0, 0, 0, 20);
    igb_run(&b, SETTLE);
    for (unsigned i = 1; i <= 20; i++) {
        igb_receive(&b, IGB_PF_MAC, 100);
        igb_run(&b, SETTLE);
        assert_int_equal(igb_rd(&b, 0, IGB_ICR),
                         FMASK(IGB_ICR_RXDW) | (i == 4 ? FMASK(IGB_ICR_RXDMT0) : 0));
    }
    // No descriptor: frames wait until the buffer is full. The next one is missed.
    unsigned missed = 0;
    for (unsigned i = 0; i < 60 && !missed; i++) {
        igb_receive(&b, IGB_PF_MAC, 1500);
        igb_run(&b, 4 * SETTLE);
        missed = igb_rd(&b, 0, IGB_MPC);
        assert_int_equal(igb_rd(&b, 0, IGB_RNBC), i == 0); // of the frame that waits
        assert_int_equal(igb_rd(&b, 0, IGB_ICR), missed ? FMASK(IGB_ICR_RXO) : 0);
    }
    assert_int_equal(missed, 1);
    assert_int_equal(b.fate[NIC_FATE_NO_DESC], 1);
    // A spoofed frame: RAR 0 is for no pool. SPOOF_INT is on behind a reset.
    igb_ring_up(&b, true, 0, 0, 0);
    igb_wr(&b, 0, IGB_DTXSWC, FPUT(IGB_DTXSWC_MACAS, 1));
    for (unsigned i = 0; i < 2; i++) {
        if (i) igb_wr(&b, 0, IGB_DTXCTL, 0);
        igb_send(&b, 0, 0, i, 0x99, IGB_PF_MAC, 100);
        igb_run(&b, SETTLE);
        assert_int_equal(igb_rd(&b, 0, IGB_WVBR), 1);
        assert_int_equal(igb_rd(&b, 0, IGB_ICR),
                         FMASK(IGB_ICR_TXDW) | (i ? 0 : FMASK(IGB_ICR_DOUTSYNC)));
    }
    assert_int_equal(b.spoofs, 2);
    assert_int_equal(b.wire_frames, 0);
    igb_bench_down(&b);
}

static void pause_frame(uint8_t f[NIC_FrameMin], uint8_t source, uint32_t quanta)
{
    static const uint8_t group[6] = {0x01, 0x80, 0xC2, 0, 0, 1};
    memset(f, 0, NIC_FrameMin);
    memcpy(f, group, sizeof group);
    igb_mac(f + 6, source);
    f[12] = 0x88;
    f[13] = 0x08;
    f[15] = 1;
    f[16] = (uint8_t)(quanta >> 8);
    f[17] = (uint8_t)quanta;
}

static void assert_pause(const igb_bench_t *b, uint32_t frames, uint32_t quanta)
{
    uint8_t want[NIC_FrameMin];
    pause_frame(want, IGB_PF_MAC, quanta);
    assert_int_equal(b->wire_frames, frames);
    assert_int_equal(b->wire_len, NIC_FrameMin);
    assert_memory_equal(b->wire, want, sizeof want - NIC_FcsBytes);
}

// Flow control of the sender: XOFF at FCRTH, XON below FCRTL, and one PAUSE by SWXOFF, of which CTRL.TFCE knows nothing.
static void pause_is_sent(void **state)
{
    (void)state;
    igb_bench_t b;
    with_pf(&b);
    with_waiting_queue(&b, 0);
    igb_wr(&b, 0, IGB_FCT, NIC_TypeControl);
    igb_wr(&b, 0, IGB_FCTTV, 0x1234);
    igb_wr(&b, 0, IGB_FCRTH, 0x1000);
    igb_wr(&b, 0, IGB_FCRTL, 0x0800 | FMASK(IGB_FCRTL_XONE));
    igb_wr(&b, 0, IGB_TCTL, igb_rd(&b, 0, IGB_TCTL) | FMASK(IGB_TCTL_SWXOFF));
    assert_int_equal(igb_rd(&b, 0, IGB_TCTL) & FMASK(IGB_TCTL_SWXOFF), 0);
    igb_run(&b, SETTLE);
    assert_pause(&b, 1, 0x1234);
    assert_int_equal(igb_rd(&b, 0, IGB_XOFFTXC), 1);
    for (unsigned i = 0; i < 4; i++) igb_receive(&b, IGB_PF_MAC, 1200); // TFCE = 0
    igb_run(&b, SETTLE);
    assert_int_equal(b.wire_frames, 1);
    igb_wr(&b, 0, IGB_CTRL, igb_rd(&b, 0, IGB_CTRL) | FMASK(IGB_CTRL_TFCE));
    igb_run(&b, SETTLE);
    assert_pause(&b, 2, 0x1234);
    assert_int_equal(igb_rd(&b, 0, IGB_XONTXC), 0);
    igb_fill(&b, 0, 0, 0, 20);
    igb_run(&b, 2 * SETTLE);
    assert_int_equal(b.hosted, 4);
    assert_pause(&b, 3, 0);
    assert_int_equal(igb_rd(&b, 0, IGB_XOFFTXC), 1);
    assert_int_equal(igb_rd(&b, 0, IGB_XONTXC), 1);
    igb_bench_down(&b);
}

static void receive_pause(igb_bench_t *b, uint32_t quanta)
{
    uint8_t *f = b->frame[b->frames++ % 4];
    pause_frame(f, 0x55, quanta);
    nic_rx_frame(b->nic, nic_now(b->nic) + 12, f, NIC_FrameMin, true, false);
    igb_run(b, 12 + NIC_PreambleBytes + NIC_FrameMin + NIC_RxVerdictCyc + 4);
}

// And of the receiver: with CTRL.RFCE a PAUSE holds frames back for its time, and STATUS.TXOFF says so.
static void pause_is_obeyed(void **state)
{
    (void)state;
    const uint32_t off = FMASK(IGB_STATUS_TXOFF), quanta = 300;
    igb_bench_t b;
    with_pf(&b);
    igb_ring_up(&b, true, 0, 0, 0);
    igb_wr(&b, 0, IGB_FCT, NIC_TypeControl);
    igb_wr(&b, 0, IGB_FCAL, (uint32_t)NIC_PauseAddress);
    igb_wr(&b, 0, IGB_FCAH, (uint32_t)(NIC_PauseAddress >> 32));
    receive_pause(&b, quanta); // RFCE = 0
    assert_int_equal(igb_rd(&b, 0, IGB_STATUS) & off, 0);
    igb_wr(&b, 0, IGB_CTRL, igb_rd(&b, 0, IGB_CTRL) | FMASK(IGB_CTRL_RFCE));
    for (unsigned i = 0; i < 2; i++) { // its time passes; XON ends it
        receive_pause(&b, quanta);
        const uint64_t from = nic_now(b.nic);
        igb_send(&b, 0, 0, i, 0x99, IGB_PF_MAC, 100);
        igb_run(&b, from + (quanta - 1) * NIC_PauseUnitCyc / (1 + i) - nic_now(b.nic));
        assert_int_equal(igb_rd(&b, 0, IGB_STATUS) & off, off);
        assert_int_equal(b.wire_frames, i);
        if (i) receive_pause(&b, 0);
        else igb_run(&b, 2 * NIC_PauseUnitCyc);
        assert_int_equal(igb_rd(&b, 0, IGB_STATUS) & off, 0);
        igb_run(&b, 400);
        assert_int_equal(b.wire_frames, i + 1);
    }
    assert_int_equal(igb_rd(&b, 0, IGB_XOFFRXC), 2);
    assert_int_equal(igb_rd(&b, 0, IGB_XONRXC), 1);
    igb_bench_down(&b);
}

// What the PF says of a pool counts for what its VF sends: VFTE, VMVIR.
static void the_pf_has_the_last_word(void **state)
{
    (void)state;
    igb_bench_t b;
    with_vfs(&b, 2);
    igb_wr(&b, 0, IGB_VFTE, 0xFE);
    igb_wr(&b, 0, IGB_VMVIR + 4, FMASK(IGB_VMVIR_USE_DEFAULT) | 0x6123);
    igb_send(&b, 1, 0, 0, 0x99, igb_vf_mac(0), 100);
    igb_run(&b, 2 * SETTLE);
    assert_int_equal(b.wire_frames, 0);
    igb_send(&b, 2, 0, 0, 0x99, igb_vf_mac(1), 100);
    igb_run(&b, 2 * SETTLE);
    assert_int_equal(b.wire_frames, 1);
    assert_int_equal(b.wire_len, 108);
    const uint8_t tag[4] = {0x81, 0x00, 0x61, 0x23};
    assert_memory_equal(b.wire + 12, tag, 4);
    assert_memory_equal(b.wire + 16, b.mem + igb_buf_at(true, 1, 0) + 12, 88);
    igb_wr(&b, 0, IGB_VFTE, 0xFF);
    igb_run(&b, 2 * SETTLE);
    assert_int_equal(b.wire_frames, 2);
    assert_int_equal(b.wire_len, 104);
    assert_memory_equal(b.wire, b.mem + igb_buf_at(true, 0, 0), 100);
    igb_bench_down(&b);
}

// RQDPC is of frames for which a queue that is on had no descriptor, and of no others.
static void drops_are_counted_by_cause(void **state)
{
    (void)state;
    igb_bench_t b;
    with_pf(&b);
    igb_ring_up(&b, false, 0, 0, 0);
    for (unsigned i = 0; i < 3; i++) igb_receive(&b, IGB_PF_MAC, 100);
    igb_run(&b, SETTLE);
    assert_int_equal(b.drops, 3);
    assert_int_equal(igb_rd(&b, 0, IGB_RQDPC), 3);
    igb_wr(&b, 0, IGB_RXDCTL, 0);
    for (unsigned i = 0; i < 2; i++) igb_receive(&b, IGB_PF_MAC, 100);
    igb_run(&b, SETTLE);
    assert_int_equal(b.drops, 5);
    assert_int_equal(igb_rd(&b, 0, IGB_RQDPC), 0); // and reading has cleared it
    assert_int_equal(igb_rd(&b, 0, IGB_RNBC), 0);
    assert_int_equal(igb_rd(&b, 0, IGB_MPC), 0);
    igb_bench_down(&b);
}

// Segmentation of 1000 bytes by 500, `paylen` being what the descriptor says of them; at index i of the ring.
static void send_segments(igb_bench_t *b, unsigned i, uint32_t paylen)
{
    const uint32_t buf = igb_buf_at(true, 0, i), desc = igb_ring_at(true, 0) + i % IGB_RING * 16;
    igb_frame(b->mem + buf, 0x99, IGB_PF_MAC, 54 + 1000);
    igb_bench_put(b, desc, DPUT(IGB_ATXC_MACLEN, 14) | DPUT(IGB_ATXC_IPLEN, 20));
    igb_bench_put(b, desc + 8,
                  DPUT(IGB_ATXC_DTYP, IGB_ATXD_DTYP_C) | DPUT(IGB_ATXC_IPV4, 1) |
                      DPUT(IGB_ATXC_L4T, IGB_ATXC_L4T_TCP) | DPUT(IGB_ATXC_L4LEN, 20) |
                      DPUT(IGB_ATXC_MSS, 500) | DPUT(IGB_ATXD_CMD, IGB_ATXD_CMD_DEXT));
    igb_bench_put(b, desc + 16, buf);
    igb_bench_put(b, desc + 24,
                  DPUT(IGB_ATXD_DTALEN, 54 + 1000) | DPUT(IGB_ATXD_DTYP, IGB_ATXD_DTYP_D) |
                      DPUT(IGB_ATXD_CMD, IGB_ATXD_CMD_EOP | IGB_ATXD_CMD_IFCS | IGB_ATXD_CMD_RS |
                                             IGB_ATXD_CMD_DEXT | IGB_ATXD_CMD_TSE) |
                      DPUT(IGB_ATXD_PAYLEN, paylen));
    igb_wr(b, 0, IGB_TDT, i + 2);
    igb_run(b, 2 * SETTLE);
}

static void what_is_sent(void **state)
{
    (void)state;
    igb_bench_t b;
    with_pf_rings(&b);
    igb_rd(&b, 0, IGB_IAC);
    send_segments(&b, 0, 1000);
    assert_int_equal(b.wire_frames, 2);
    assert_int_equal(b.wire_len, 54 + 500 + 4);
    assert_int_equal(igb_rd(&b, 0, IGB_TSCTC), 1);
    assert_int_equal(igb_rd(&b, 0, IGB_TSCTFC), 0);
    send_segments(&b, 2, 1200); // the data end before it is sent
    assert_int_equal(igb_rd(&b, 0, IGB_TSCTC), 0);
    assert_int_equal(igb_rd(&b, 0, IGB_TSCTFC), 1);
    assert_int_equal(igb_rd(&b, 0, IGB_IAC), 2);
    // TCTL.PSP: up to 64 bytes with FCS, or as it is.
    for (unsigned psp = 0; psp < 2; psp++) {
        igb_wr(&b, 0, IGB_TCTL, FMASK(IGB_TCTL_EN) | FPUT(IGB_TCTL_PSP, psp));
        igb_send(&b, 0, 0, 4 + psp, 0x99, IGB_PF_MAC, 40);
        igb_run(&b, 2 * SETTLE);
        assert_int_equal(b.wire_len, psp ? NIC_FrameMin : 44);
    }
    igb_bench_down(&b);
}

// Device status says which function waits for completions; a disabled line is not driven, and its status bit is.
static void what_configuration_space_shows(void **state)
{
    (void)state;
    const uint32_t pending = FMASK(IGB_CFG_DEVCTL_PENDING);
    igb_bench_t b;
    with_pf(&b);
    igb_vfs_up(&b, 2);
    igb_vf_up(&b, 1);
    igb_run(&b, SETTLE);
    b.read_cyc = SETTLE;
    igb_send(&b, 2, 0, 0, 0x99, igb_vf_mac(1), 100);
    igb_run(&b, 200);
    for (unsigned f = 0; f < 3; f++)
        assert_int_equal(igb_cfg_rd(&b, f, IGB_CFG_DEVCTL) & pending, f == 2 ? pending : 0);
    igb_run(&b, 3 * SETTLE);
    assert_int_equal(b.wire_frames, 1);
    assert_int_equal(igb_cfg_rd(&b, 2, IGB_CFG_DEVCTL) & pending, 0);

    const uint32_t command = FMASK(IGB_CFG_COMMAND_MEM) | FMASK(IGB_CFG_COMMAND_MASTER);
    igb_cfg(&b, 0, IGB_CFG_MSIX, 0);
    igb_wr(&b, 0, IGB_GPIE, 0);
    igb_wr(&b, 0, IGB_ICR, 0xFFFFFFFF);
    igb_wr(&b, 0, IGB_EICR, 0xFFFFFFFF);
    igb_run(&b, 10);
    assert_false(b.intx);
    igb_cfg(&b, 0, IGB_CFG_COMMAND, command | FMASK(IGB_CFG_COMMAND_INTX_DISABLE));
    igb_wr(&b, 0, IGB_ICS, FMASK(IGB_ICR_VMMB));
    igb_run(&b, 10);
    assert_false(b.intx);
    assert_true(igb_cfg_rd(&b, 0, IGB_CFG_COMMAND) & FMASK(IGB_CFG_COMMAND_INTX_STATUS));
    igb_cfg(&b, 0, IGB_CFG_COMMAND, command);
    igb_run(&b, 10);
    assert_true(b.intx);
    igb_bench_down(&b);
}

// CTRL.PHY_RST holds the PHY: no link, until it negotiates again.
static void the_phy_is_held_in_reset(void **state)
{
    (void)state;
    igb_bench_t b;
    with_pf(&b);
    const uint32_t ctrl = igb_rd(&b, 0, IGB_CTRL);
    igb_wr(&b, 0, IGB_CTRL, ctrl | FMASK(IGB_CTRL_PHY_RST));
    igb_run(&b, 2 * SETTLE);
    assert_int_equal(igb_rd(&b, 0, IGB_STATUS) & FMASK(IGB_STATUS_LU), 0);
    igb_wr(&b, 0, IGB_CTRL, ctrl);
    igb_run(&b, 2 * SETTLE);
    assert_true(igb_rd(&b, 0, IGB_STATUS) & FMASK(IGB_STATUS_LU));
    igb_bench_down(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_frame_comes_with_its_message),
        cmocka_unit_test(messages_obey_eitr),
        cmocka_unit_test(a_frame_is_sent),
        cmocka_unit_test(pf_and_vf_talk),
        cmocka_unit_test(a_vf_sends_to_another),
        cmocka_unit_test(flr_under_traffic),
        cmocka_unit_test(a_new_guest_sees_nothing_of_the_old),
        cmocka_unit_test(vtctrl_rst_empties_the_rings),
        cmocka_unit_test(reset_under_traffic),
        cmocka_unit_test(the_line_and_msi),
        cmocka_unit_test(no_master_no_requests),
        cmocka_unit_test(flr_of_the_pf_takes_the_vfs),
        cmocka_unit_test(idle_vfs_cost_nothing),
        cmocka_unit_test(causes_of_the_modules),
        cmocka_unit_test(pause_is_sent),
        cmocka_unit_test(pause_is_obeyed),
        cmocka_unit_test(the_pf_has_the_last_word),
        cmocka_unit_test(drops_are_counted_by_cause),
        cmocka_unit_test(what_is_sent),
        cmocka_unit_test(what_configuration_space_shows),
        cmocka_unit_test(the_phy_is_held_in_reset),
    };
    return cmocka_run_group_tests_name("nic 82576", tests, NULL, NULL);
}
