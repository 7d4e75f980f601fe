// SPDX-License-Identifier: Apache-2.0
#include "tests/dev_bench.h"

#include <libdeflate.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const uint8_t bench_mac[6] = {2, 0, 0, 0, 0, 1};
const uint8_t bench_bcast[6] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};

// Room for one more element of an array that grows by doubling.
#define GROW(array, count)                                                                         \
    do {                                                                                           \
        if (((count) & ((count)-1)) == 0) {                                                        \
            (array) = realloc((array), sizeof *(array) * ((count) ? (count)*2 : 1));               \
            if (!(array)) abort();                                                                 \
        }                                                                                          \
    } while (0)

static bool inside(uint64_t addr, uint32_t len)
{
    return addr >= BENCH_BASE && addr - BENCH_BASE + len <= BENCH_BYTES;
}

static void complete(bench_t *b)
{
    const bench_read_t *r = &b->read[b->read_get++ % 64];
    uint8_t data[NIC_Mrrs];
    memset(data, 0xFF, sizeof data);
    if (inside(r->addr, r->len)) memcpy(data, bench_at(b, r->addr), r->len);
    nic_completion(b->nic, r->cyc, r->tag, data, r->len);
}

static uint64_t on_tlp(void *ctx, uint64_t first, const nic_tlp_t *t)
{
    bench_t *b = ctx;
    const uint64_t end = first + t->beats - 1;
    GROW(b->tlp, b->tlps);
    b->tlp[b->tlps++] = (bench_tlp_t){first, t->addr, t->len, t->beats, t->type, t->tag};
    if (!inside(t->addr, t->len) && t->type != NIC_TLP_MSG) b->stray++;
    if (t->type == NIC_TLP_WRITE && inside(t->addr, t->len))
        memcpy(bench_at(b, t->addr), t->data, t->len);
    if (t->type == NIC_TLP_MSG && inside(t->addr, t->len))
        memcpy(bench_at(b, t->addr), t->data, t->len);
    if (t->type == NIC_TLP_READ) {
        uint64_t cyc = end + 1 + b->latency;
        if (cyc < b->cpl_free) cyc = b->cpl_free;
        b->cpl_free = cyc + NIC_CplHdrBeats + (t->len + NIC_BeatBytes - 1) / NIC_BeatBytes;
        b->read[b->read_put++ % 64] = (bench_read_t){cyc, t->addr, t->len, t->tag};
        if (b->early) complete(b);
        else nic_stop(b->nic);
    }
    return end + 1 + b->stall;
}

static void on_reply(void *ctx, uint64_t cyc, uint32_t data)
{
    bench_t *b = ctx;
    GROW(b->reply, b->replies);
    b->reply[b->replies++] = (bench_reply_t){cyc, data};
}

static void on_intx(void *ctx, uint64_t cyc, bool level)
{
    bench_t *b = ctx;
    GROW(b->edge, b->edges);
    b->edge[b->edges++] = (bench_edge_t){cyc, level};
}

static void on_tx(void *ctx, uint64_t first, unsigned stride, const uint8_t *bytes, uint32_t len)
{
    bench_t *b = ctx;
    GROW(b->frame, b->frames);
    uint8_t *copy = malloc(len ? len : 1);
    if (!copy) abort();
    memcpy(copy, bytes, len);
    b->frame[b->frames++] = (bench_frame_t){first, stride, len, copy};
}

static void on_probe(void *ctx, enum nic_probe what, uint64_t cyc, uint32_t a, uint32_t v)
{
    bench_t *b = ctx;
    GROW(b->probe, b->probes);
    b->probe[b->probes++] = (bench_probe_t){what, cyc, a, v};
}

bench_t *bench_open(void)
{
    bench_t *b = calloc(1, sizeof *b);
    if (!b || !(b->mem = calloc(1, BENCH_BYTES))) abort();
    const nic_config_t cfg = {.personality = NIC_82540EM, .mac = {2, 0, 0, 0, 0, 1}};
    const nic_host_t host = {b, on_tlp, on_reply, on_intx, on_tx, on_probe};
    b->nic = nic_create(&cfg, &host);
    if (!b->nic) abort();
    b->rx_stride = 2048;
    bench_until(b, 10);
    return b;
}

void bench_close(bench_t *b)
{
    bench_forget(b);
    for (uint32_t i = 0; i < b->wires; i++) free(b->wire[i].bytes);
    free(b->tlp), free(b->frame), free(b->edge), free(b->reply), free(b->probe), free(b->wire);
    nic_destroy(b->nic);
    free(b->mem);
    free(b);
}

void bench_forget(bench_t *b)
{
    for (uint32_t i = 0; i < b->frames; i++) free(b->frame[i].bytes);
    free(b->tlp), free(b->frame), free(b->edge), free(b->reply), free(b->probe);
    b->tlp = NULL, b->frame = NULL, b->edge = NULL, b->reply = NULL, b->probe = NULL;
    b->tlps = b->frames = b->edges = b->replies = b->probes = 0;
}

uint64_t bench_now(const bench_t *b)
{
    return nic_now(b->nic);
}

void bench_until(bench_t *b, uint64_t cyc)
{
    while (nic_now(b->nic) < cyc) {
        uint64_t next = cyc;
        const bool cpl = b->read_get != b->read_put, wire = b->wire_get != b->wires;
        if (cpl && b->read[b->read_get % 64].cyc < next) next = b->read[b->read_get % 64].cyc;
        if (wire && b->wire[b->wire_get].cyc < next) next = b->wire[b->wire_get].cyc;
        const uint64_t now = nic_run(b->nic, next);
        if (now < next) continue; // stopped: a completion may come sooner now
        if (cpl && b->read[b->read_get % 64].cyc == now) complete(b);
        if (wire && b->wire[b->wire_get].cyc == now && now < cyc) {
            const bench_wire_t *w = &b->wire[b->wire_get++];
            nic_rx_frame(b->nic, now, w->bytes, w->len, w->good, w->er);
        }
    }
}

void bench_run(bench_t *b, uint64_t cycles)
{
    bench_until(b, nic_now(b->nic) + cycles);
}

// ---- registers ----

uint64_t bench_access(bench_t *b, uint8_t space, bool write, uint8_t be, uint32_t addr,
                      uint32_t data)
{
    const uint64_t now = nic_now(b->nic), cyc = b->csr_free > now ? b->csr_free : now;
    const nic_access_t a = {.write = write, .space = space, .be = be, .addr = addr, .wdata = data};
    if (!nic_access(b->nic, cyc, &a)) abort();
    b->csr_free = cyc + 1;
    return cyc;
}

static void access_at(bench_t *b, uint64_t cyc, bool write, uint32_t off, uint32_t data)
{
    const nic_access_t a = {
        .write = write, .space = NIC_SPACE_MEM, .be = 0xF, .addr = off, .wdata = data};
    if (cyc < b->csr_free || cyc < nic_now(b->nic) || !nic_access(b->nic, cyc, &a)) {
        fprintf(stderr, "bench: access at %llu is too late\n", (unsigned long long)cyc);
        abort();
    }
    b->csr_free = cyc + 1;
}

void bench_wr_at(bench_t *b, uint64_t cyc, uint32_t off, uint32_t data)
{
    access_at(b, cyc, true, off, data);
}

void bench_rd_at(bench_t *b, uint64_t cyc, uint32_t off)
{
    access_at(b, cyc, false, off, 0);
}

void bench_put(bench_t *b, uint8_t space, uint8_t be, uint32_t addr, uint32_t data)
{
    bench_until(b, bench_access(b, space, true, be, addr, data) + 2);
}

uint32_t bench_get(bench_t *b, uint8_t space, uint8_t be, uint32_t addr)
{
    const uint64_t cyc = bench_access(b, space, false, be, addr, 0);
    bench_until(b, cyc + NIC_CsrReadCyc + 1);
    if (b->replies == 0 || b->reply[b->replies - 1].cyc != cyc + NIC_CsrReadCyc) abort();
    return b->reply[b->replies - 1].data;
}

void bench_wr(bench_t *b, uint32_t off, uint32_t data)
{
    bench_put(b, NIC_SPACE_MEM, 0xF, off, data);
}

uint32_t bench_rd(bench_t *b, uint32_t off)
{
    return bench_get(b, NIC_SPACE_MEM, 0xF, off);
}

// ---- set up ----

void bench_up(bench_t *b, uint8_t speed)
{
    bench_put(b, NIC_SPACE_CFG, 0xF, 4, 7);
    nic_partner(b->nic, nic_now(b->nic), true, speed, true);
    bench_wr(b, E1000_CTRL, FMASK(E1000_CTRL_SLU));
    bench_run(b, NIC_PhyAutonegCyc + 10);
    if (!nic_link_up(b->nic)) abort();
    bench_rd(b, E1000_ICR);
}

void bench_rx(bench_t *b, uint32_t n, uint32_t rctl)
{
    b->rx_n = n;
    for (uint32_t i = 0; i < n; i++) {
        bench_le_put(b, BENCH_RX_RING + 16 * i, BENCH_RX_BUF + (uint64_t)i * b->rx_stride, 8);
        bench_le_put(b, BENCH_RX_RING + 16 * i + 8, 0, 8);
    }
    bench_wr(b, E1000_RCTL, 0);
    bench_wr(b, E1000_RDBAL, BENCH_RX_RING);
    bench_wr(b, E1000_RDBAH, 0);
    bench_wr(b, E1000_RDLEN, n * 16);
    bench_wr(b, E1000_RDH, 0);
    b->rdt = n - 1;
    bench_wr(b, E1000_RDT, b->rdt);
    bench_wr(b, E1000_RCTL, FMASK(E1000_RCTL_EN) | FMASK(E1000_RCTL_BAM) | rctl);
}

void bench_rx_give(bench_t *b, uint32_t k)
{
    b->rdt = (b->rdt + k) % b->rx_n;
    bench_wr(b, E1000_RDT, b->rdt);
}

void bench_tx(bench_t *b, uint32_t n)
{
    b->tx_n = n;
    b->tdt = 0;
    memset(bench_at(b, BENCH_TX_RING), 0, n * 16);
    bench_wr(b, E1000_TCTL, 0);
    bench_wr(b, E1000_TDBAL, BENCH_TX_RING);
    bench_wr(b, E1000_TDBAH, 0);
    bench_wr(b, E1000_TDLEN, n * 16);
    bench_wr(b, E1000_TDH, 0);
    bench_wr(b, E1000_TDT, 0);
    bench_wr(b, E1000_TIPG, 8);
    bench_wr(b, E1000_TCTL, FMASK(E1000_TCTL_EN) | FMASK(E1000_TCTL_PSP));
}

void bench_tx_put(bench_t *b, uint64_t lo, uint64_t hi)
{
    bench_le_put(b, BENCH_TX_RING + 16 * b->tdt, lo, 8);
    bench_le_put(b, BENCH_TX_RING + 16 * b->tdt + 8, hi, 8);
    b->tdt = (b->tdt + 1) % b->tx_n;
}

void bench_tx_legacy(bench_t *b, uint64_t addr, uint32_t len, uint32_t cmd)
{
    bench_tx_put(b, addr, (uint64_t)cmd << 24 | len);
}

void bench_tx_go(bench_t *b)
{
    bench_wr(b, E1000_TDT, b->tdt);
}

// ---- memory ----

uint8_t *bench_at(bench_t *b, uint64_t addr)
{
    if (!inside(addr, 1)) abort();
    return b->mem + (addr - BENCH_BASE);
}

uint64_t bench_le(bench_t *b, uint64_t addr, int bytes)
{
    uint64_t v = 0;
    for (int i = 0; i < bytes; i++) v |= (uint64_t)bench_at(b, addr)[i] << (8 * i);
    return v;
}

void bench_le_put(bench_t *b, uint64_t addr, uint64_t v, int bytes)
{
    for (int i = 0; i < bytes; i++) bench_at(b, addr)[i] = (uint8_t)(v >> (8 * i));
}

bench_desc_t bench_rx_desc(bench_t *b, uint32_t i)
{
    const uint64_t at = BENCH_RX_RING + 16 * i;
    return (bench_desc_t){.addr = bench_le(b, at, 8),
                          .len = (uint16_t)bench_le(b, at + 8, 2),
                          .csum = (uint16_t)bench_le(b, at + 10, 2),
                          .status = (uint8_t)bench_le(b, at + 12, 1),
                          .errors = (uint8_t)bench_le(b, at + 13, 1),
                          .special = (uint16_t)bench_le(b, at + 14, 2)};
}

uint8_t bench_tx_sta(bench_t *b, uint32_t i)
{
    return *bench_at(b, BENCH_TX_RING + 16 * i + 12);
}

uint8_t *bench_rx_data(bench_t *b, uint32_t i)
{
    return bench_at(b, BENCH_RX_BUF + (uint64_t)i * b->rx_stride);
}

// ---- wire ----

void bench_fcs(uint8_t *f, uint32_t len)
{
    const uint32_t fcs = libdeflate_crc32(0, f, len - 4);
    for (int i = 0; i < 4; i++) f[len - 4 + (uint32_t)i] = (uint8_t)(fcs >> (8 * i));
}

void bench_make(uint8_t *f, const uint8_t *dst, uint32_t len, uint32_t seed)
{
    uint32_t x = seed * 2654435761u + 12345;
    for (uint32_t i = 0; i < len; i++) {
        x = x * 1664525u + 1013904223u;
        f[i] = (uint8_t)(x >> 24);
    }
    static const uint8_t rest[8] = {2, 0, 0, 0, 0, 2, 0x88, 0xB5};
    if (len >= 18) {
        memcpy(f, dst, 6);
        memcpy(f + 6, rest, 8);
    }
    bench_fcs(f, len);
}

void bench_send_at(bench_t *b, uint64_t cyc, const uint8_t *f, uint32_t len, bool good, bool er)
{
    if (cyc < nic_now(b->nic) || cyc < b->wire_free) {
        fprintf(stderr, "bench: frame at %llu, wire free at %llu\n", (unsigned long long)cyc,
                (unsigned long long)b->wire_free);
        abort();
    }
    GROW(b->wire, b->wires);
    bench_wire_t *w = &b->wire[b->wires++];
    *w = (bench_wire_t){cyc, len, good, er, malloc(len)};
    if (!w->bytes) abort();
    memcpy(w->bytes, f, len);
    b->wire_free = cyc + (uint64_t)(NIC_PreambleBytes + len + 12) * nic_wire_stride(b->nic);
}

uint64_t bench_send(bench_t *b, const uint8_t *f, uint32_t len)
{
    const uint64_t now = nic_now(b->nic), cyc = b->wire_free > now ? b->wire_free : now;
    bench_send_at(b, cyc, f, len, true, false);
    return cyc;
}

bool bench_settle(bench_t *b, uint64_t limit)
{
    const uint64_t end = nic_now(b->nic) + limit;
    while (nic_now(b->nic) < end) {
        if (b->wire_get == b->wires && b->read_get == b->read_put && nic_drained(b->nic)) {
            bench_run(b, 200);
            if (nic_drained(b->nic)) return true;
        }
        bench_run(b, 50);
    }
    return false;
}

void bench_one(bench_t *b, uint32_t len, uint32_t seed)
{
    uint8_t f[2048];
    bench_make(f, bench_mac, len, seed);
    bench_send(b, f, len);
    bench_run(b, (uint64_t)(len + 600) * nic_wire_stride(b->nic));
}

// ---- log ----

uint64_t bench_probe_cyc(const bench_t *b, enum nic_probe what, uint32_t mask, uint32_t k)
{
    for (uint32_t i = 0; i < b->probes; i++)
        if (b->probe[i].what == what && (mask == 0 || (b->probe[i].a & mask)) && k-- == 0)
            return b->probe[i].cyc;
    return NIC_NEVER;
}

uint32_t bench_probe_count(const bench_t *b, enum nic_probe what, uint32_t mask)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < b->probes; i++)
        n += b->probe[i].what == what && (mask == 0 || (b->probe[i].a & mask));
    return n;
}
