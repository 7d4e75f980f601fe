// SPDX-License-Identifier: Apache-2.0
// libFuzzer target: any bytes as what a host and a wire do to the device. Accesses of all spaces, widths and addresses,
// frames, link changes, slow completions, a host that is not ready, descriptors with any content.
//
// What must hold: no crash and no CHECK; every TLP within the rules (length, 4 KiB pages, order on the pins, answered once);
// every read answered after CsrReadCyc; transmitted frames apart and of legal size; and whatever was done before, a reset and
// the set-up of the manual make it receive a frame and raise an interrupt again.
#include "model/nic.h"

#include <libdeflate.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FUZZ_CHECK(what)                                                                           \
    do {                                                                                           \
        if (!(what)) {                                                                             \
            fprintf(stderr, "violated: %s (line %d)\n", #what, __LINE__);                          \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

// Host memory is a window that repeats: descriptors and buffers are found wherever the rings point.
enum { MEM_SIZE = 1 << 16, READS = 64, REPLIES = 128, OPS_MAX = 400 };
enum { RX_RING = 0x1000, TX_RING = 0x3000, BUFFERS = 0x5000 };

typedef struct read_tlp {
    uint64_t cyc, addr;
    uint32_t len;
    uint8_t tag;
} read_tlp_t;

typedef struct world {
    nic_t *nic;
    const uint8_t *in;
    size_t left;
    uint8_t mem[MEM_SIZE];
    read_tlp_t read[READS]; // in flight, in order
    uint32_t read_put, read_get;
    uint64_t cpl_free_cyc;  // the completion channel
    uint64_t req_ready_cyc; // what on_tlp returned last
    uint64_t access_cyc;    // the next access may go here
    uint64_t reply_cyc[REPLIES];
    uint32_t reply_put, reply_get;
    uint64_t tx_free_cyc;
    uint64_t partner_cyc;
    uint32_t ready_delay, cpl_delay;
    bool intx;
    bool data_written; // by a write TLP, since it was cleared
    uint8_t *frame;    // lent to the device
} world_t;

static uint32_t take(world_t *w, unsigned bytes)
{
    uint32_t v = 0;
    for (unsigned i = 0; i < bytes && w->left; i++, w->left--) v |= (uint32_t)*w->in++ << (8 * i);
    return v;
}

// ---- what the device calls ----

static uint64_t on_tlp(void *ctx, uint64_t first, const nic_tlp_t *t)
{
    world_t *w = ctx;
    const uint64_t end = first + t->beats - 1;
    const uint32_t payload = t->type == NIC_TLP_READ ? 0 : t->len;
    FUZZ_CHECK(first >= nic_now(w->nic) && first >= w->req_ready_cyc);
    FUZZ_CHECK(t->func == 0 && t->len > 0);
    FUZZ_CHECK(t->beats == NIC_HdrBeats + (payload + NIC_BeatBytes - 1) / NIC_BeatBytes);
    FUZZ_CHECK((t->addr & 4095) + t->len <= 4096);
    if (t->type == NIC_TLP_READ) {
        FUZZ_CHECK(t->len <= NIC_Mrrs && w->read_put - w->read_get < READS);
        uint64_t cyc = end + 1 + w->cpl_delay;
        if (cyc < w->cpl_free_cyc) cyc = w->cpl_free_cyc;
        w->cpl_free_cyc = cyc + NIC_CplHdrBeats + (t->len + NIC_BeatBytes - 1) / NIC_BeatBytes;
        w->read[w->read_put++ % READS] = (read_tlp_t){cyc, t->addr, t->len, t->tag};
        nic_stop(w->nic); // the completion may come before what the run was for
    } else {
        FUZZ_CHECK(t->type == NIC_TLP_WRITE ? t->len <= NIC_Mps
                                            : t->type == NIC_TLP_MSG && t->len == 4);
        for (uint32_t i = 0; i < t->len; i++) w->mem[(t->addr + i) % MEM_SIZE] = t->data[i];
        w->data_written = true;
    }
    w->req_ready_cyc = end + 1 + w->ready_delay;
    return w->req_ready_cyc;
}

static void on_reply(void *ctx, uint64_t cyc, uint32_t data)
{
    world_t *w = ctx;
    (void)data;
    FUZZ_CHECK(w->reply_get != w->reply_put); // nobody asked
    FUZZ_CHECK(cyc == w->reply_cyc[w->reply_get++ % REPLIES]);
}

static void on_intx(void *ctx, uint64_t cyc, bool level)
{
    world_t *w = ctx;
    FUZZ_CHECK(cyc >= nic_now(w->nic) && level != w->intx);
    w->intx = level;
}

static void on_tx(void *ctx, uint64_t first, unsigned stride, const uint8_t *bytes, uint32_t len)
{
    world_t *w = ctx;
    volatile uint8_t touched = 0;
    FUZZ_CHECK(first >= nic_now(w->nic) && first >= w->tx_free_cyc);
    FUZZ_CHECK(stride == 1 || stride == 10 || stride == 100);
    FUZZ_CHECK(len > NIC_FcsBytes && len <= NIC_FrameMax + 4);
    for (uint32_t i = 0; i < len; i++) touched = (uint8_t)(touched ^ bytes[i]);
    w->tx_free_cyc = first + (uint64_t)(NIC_PreambleBytes + len) * stride;
}

static void on_probe(void *ctx, enum nic_probe what, uint64_t cyc, uint32_t a, uint32_t b)
{
    (void)ctx, (void)what, (void)cyc, (void)a, (void)b;
}

// ---- time ----

static void complete(world_t *w)
{
    const read_tlp_t *r = &w->read[w->read_get++ % READS];
    uint8_t *data = malloc(r->len); // as long as it is, so that reading behind it is seen
    if (!data) abort();
    for (uint32_t i = 0; i < r->len; i++) data[i] = w->mem[(r->addr + i) % MEM_SIZE];
    nic_completion(w->nic, r->cyc, r->tag, data, r->len);
    free(data);
}

static void run_to(world_t *w, uint64_t until)
{
    while (nic_now(w->nic) < until) {
        const bool reads = w->read_get != w->read_put;
        const uint64_t cpl = reads ? w->read[w->read_get % READS].cyc : NIC_NEVER;
        const uint64_t to = cpl < until ? cpl : until;
        if (nic_run(w->nic, to) == cpl && reads) complete(w);
    }
}

// ---- what host and wire do ----

static void access_in(world_t *w, bool write, uint8_t space, uint8_t be, uint32_t addr,
                      uint32_t data)
{
    const uint64_t now = nic_now(w->nic);
    const uint64_t cyc = w->access_cyc > now ? w->access_cyc : now;
    const nic_access_t a = {.write = write, .space = space, .be = be, .addr = addr, .wdata = data};
    if (!nic_access(w->nic, cyc, &a)) { // full of accesses of later cycles
        run_to(w, cyc);
        return;
    }
    if (!write) w->reply_cyc[w->reply_put++ % REPLIES] = cyc + NIC_CsrReadCyc;
    w->access_cyc = cyc + 1;
}

static void reg(world_t *w, uint32_t off, uint32_t v)
{
    access_in(w, true, NIC_SPACE_MEM, 15, off, v);
}

static void any_access(world_t *w)
{
    const uint32_t how = take(w, 1), addr = take(w, 3);
    access_in(w, how & 1, (how >> 1 & 3) % 3, (uint8_t)(how >> 4), addr & 0xFFFFF,
              how & 1 ? take(w, 4) : 0);
}

static void named_access(world_t *w)
{
    const reg_row_t *row = &reg_rows[take(w, 1) % reg_row_count];
    const uint32_t how = take(w, 1);
    access_in(w, how & 1, NIC_SPACE_MEM, 15, row->off + (how >> 1) % row->count * row->stride,
              how & 1 ? take(w, 4) : 0);
}

static void config_access(world_t *w)
{
    const uint32_t how = take(w, 1), at = take(w, 1);
    if (how & 2) access_in(w, how & 1, NIC_SPACE_CFG, (uint8_t)(how >> 4), at, take(w, 4));
    else
        access_in(w, how & 1, NIC_SPACE_IO, (uint8_t)(how >> 4), at & 7,
                  take(w, 4)); // IOADDR, IODATA
}

static void frame(world_t *w, uint32_t len, uint8_t first, uint16_t type, uint32_t flags)
{
    const uint64_t now = nic_now(w->nic);
    if (nic_rx_wire_free(w->nic) > now) return; // the wire is taken
    free(w->frame);
    w->frame = malloc(len);
    if (!w->frame) abort();
    memset(w->frame, first, len);
    if (len >= 18) {
        const uint8_t ip[] = {(uint8_t)(type >> 8), (uint8_t)type, 0x45, 0};
        memcpy(w->frame + 12, ip, sizeof ip);
        if (flags & 4)
            memcpy(w->frame,
                   "\x01\x80\xC2\x00\x00\x01\x02\x00\x00\x00\x00\x01\x88\x08\x00\x01\x00\x02", 18);
        const uint32_t fcs = libdeflate_crc32(0, w->frame, len - 4);
        memcpy(w->frame + len - 4, &fcs, 4);
    }
    nic_rx_frame(w->nic, now, w->frame, len, !(flags & 1), (flags & 0x18) == 0x18);
}

static void any_frame(world_t *w)
{
    const uint32_t how = take(w, 1), size = take(w, 2);
    const uint32_t len = how & 2 ? 1 + size % (NIC_FrameMax + 64) : 1 + size % 256;
    frame(w, len, (uint8_t)take(w, 1), how & 0x20 ? 0x0800 : how & 0x40 ? 0x8100 : 0x86DD, how);
}

static void partner(world_t *w)
{
    const uint32_t how = take(w, 1);
    const uint64_t now = nic_now(w->nic);
    if (w->partner_cyc > now) return;
    w->partner_cyc = now + 1;
    nic_partner(w->nic, now, how & 1, (how >> 1 & 3) % 3, how & 8);
}

static void poke(world_t *w)
{
    uint32_t at = take(w, 2);
    for (uint32_t n = 1 + take(w, 1) % 16; n; n--) w->mem[at++ % MEM_SIZE] = (uint8_t)take(w, 1);
}

// A transmit descriptor that makes sense, mostly: legacy, context or data.
static void tx_descriptor(world_t *w)
{
    const uint32_t at = TX_RING + take(w, 1) % 64 * 16, how = take(w, 1), len = take(w, 2);
    uint64_t lo = BUFFERS + (take(w, 1) << 6), hi = (uint64_t)(how | 0x20) << 24;
    switch (how >> 6) {
    case 0: hi = (hi & ~(0x20ull << 24)) | len | (uint64_t)take(w, 1) << 40 | 14ull << 16; break;
    case 1:
        lo = take(w, 4) | (uint64_t)take(w, 4) << 32;
        hi |= len | (uint64_t)take(w, 1) << 40 | (uint64_t)take(w, 2) << 48;
        break;
    default: hi |= (len & 0x3FFF) | 1ull << 20 | (uint64_t)take(w, 1) << 40; break;
    }
    memcpy(w->mem + at, &lo, 8);
    memcpy(w->mem + at + 8, &hi, 8);
}

static void set_up(world_t *w, uint32_t how)
{
    for (uint32_t i = 0; i < 64; i++) {
        const uint64_t lo = BUFFERS + i * 0x200, hi = 0;
        memcpy(w->mem + RX_RING + i * 16, &lo, 8);
        memcpy(w->mem + RX_RING + i * 16 + 8, &hi, 8);
    }
    access_in(w, true, NIC_SPACE_CFG, 15, 4, 7);
    reg(w, E1000_CTRL, FMASK(E1000_CTRL_SLU));
    reg(w, E1000_RXDCTL, how & 1 ? 0 : 0x01010000);
    reg(w, E1000_RDTR, 0);
    reg(w, E1000_RDBAL, RX_RING);
    reg(w, E1000_RDBAH, 0);
    reg(w, E1000_RDLEN, 64 * 16);
    reg(w, E1000_RDH, 0);
    reg(w, E1000_RDT, 63);
    reg(w, E1000_RCTL, 0x0000801A); // enabled, promiscuous, broadcast, buffers of 2 KiB
    reg(w, E1000_TDBAL, TX_RING);
    reg(w, E1000_TDBAH, 0);
    reg(w, E1000_TDLEN, 64 * 16);
    reg(w, E1000_TDH, 0);
    reg(w, E1000_TDT, 0);
    reg(w, E1000_TIPG, 0x00602008);
    reg(w, E1000_TCTL, how & 2 ? 0 : 0x0003F0FA);
    reg(w, E1000_IMS, 0x1FFFF);
}

static void op(world_t *w)
{
    const uint32_t what = take(w, 1);
    switch (what & 15) {
    case 0:
    case 1: any_access(w); break;
    case 2:
    case 3: named_access(w); break;
    case 4: config_access(w); break;
    case 5:
    case 6: any_frame(w); break;
    case 7: partner(w); break;
    case 8: poke(w); break;
    case 9: tx_descriptor(w); break;
    case 10: reg(w, E1000_TDT, take(w, 1) % 64); break;
    case 11: reg(w, E1000_RDT, take(w, 1) % 64); break;
    case 12:
        w->ready_delay = take(w, 1) * (what >> 4), w->cpl_delay = take(w, 1) * (what >> 4);
        break;
    case 13: set_up(w, what >> 4); break;
    default: run_to(w, nic_now(w->nic) + (1ull << (what >> 4)) + take(w, 1)); break;
    }
}

// ---- afterwards ----

// Reset by PCI power state and CTRL.RST, a new PHY, the set-up above: a frame must arrive and interrupt.
static void must_work_again(world_t *w)
{
    w->ready_delay = w->cpl_delay = 0;
    if (w->partner_cyc > nic_now(w->nic)) run_to(w, w->partner_cyc);
    nic_partner(w->nic, nic_now(w->nic), true, 2, false);
    access_in(w, true, NIC_SPACE_CFG, 15, 0xE0, 0); // D0
    access_in(w, true, NIC_SPACE_CFG, 15, 0xF0, 0); // no MSI
    access_in(w, true, NIC_SPACE_CFG, 15, 4, 7);
    run_to(w, w->access_cyc + 100);
    reg(w, E1000_PBA, 48); // survives the reset, which puts it into force
    reg(w, E1000_CTRL, FMASK(E1000_CTRL_RST));
    run_to(w, w->access_cyc + NIC_ResetCyc + 50000); // a frame still on the wire ends
    reg(w, E1000_CTRL, FMASK(E1000_CTRL_PHY_RST) | FMASK(E1000_CTRL_SLU));
    run_to(w, w->access_cyc + 1000);
    reg(w, E1000_CTRL, FMASK(E1000_CTRL_SLU));
    run_to(w, w->access_cyc + 2000000);
    FUZZ_CHECK(w->read_get == w->read_put && w->reply_get == w->reply_put);
    FUZZ_CHECK(nic_drained(w->nic) && !w->intx);
    set_up(w, 0);
    run_to(w, w->access_cyc + NIC_PhyAutonegCyc * 2);
    access_in(w, false, NIC_SPACE_MEM, 15, E1000_ICR, 0);
    run_to(w, w->access_cyc + 100);
    FUZZ_CHECK(nic_link_up(w->nic) && !w->intx);
    w->data_written = false;
    frame(w, 64, 0xFF, 0x0800, 0);
    run_to(w, nic_now(w->nic) + 10000);
    FUZZ_CHECK(w->data_written && w->intx);
    FUZZ_CHECK((w->mem[RX_RING + 12] & 1) && w->mem[RX_RING + 8] == 64);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    world_t *w = calloc(1, sizeof *w);
    if (!w) abort();
    w->in = data;
    w->left = size;
    const uint32_t start = take(w, 1);
    const nic_config_t cfg = {.personality = start & 1 ? NIC_82545GM : NIC_82540EM,
                              .mac = {2, 0, 0, 0, 0, 1}};
    const nic_host_t host = {w, on_tlp, on_reply, on_intx, on_tx, start & 2 ? on_probe : NULL};
    w->nic = nic_create(&cfg, &host);
    if (!w->nic) abort();
    for (uint32_t i = 0; i < MEM_SIZE; i++) w->mem[i] = (uint8_t)(i * 0x9E3779B1u >> 24);
    if (start & 4) set_up(w, start >> 4);
    if (start & 8) nic_partner(w->nic, 0, true, 2, true);
    for (uint32_t i = 0; i < OPS_MAX && w->left; i++) op(w);
    must_work_again(w);
    nic_destroy(w->nic);
    free(w->frame);
    free(w);
    return 0;
}
