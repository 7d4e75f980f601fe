// SPDX-License-Identifier: Apache-2.0
#include "tests/igb_bench.h"

#include <stdlib.h>
#include <string.h>

enum { AUTONEG_CYC = 500, RINGS_AT = 0x10000, BUFS_AT = 0x100000, RING_BYTES = IGB_RING * 16 };

static uint64_t hash_of(const uint8_t *p, uint32_t len)
{
    uint64_t h = 0xCBF29CE484222325ull ^ len;
    for (uint32_t i = 0; i < len; i++) h = (h ^ p[i]) * 0x100000001B3ull;
    return h;
}

static void note(igb_bench_t *b, uint64_t cyc, uint32_t kind, uint64_t a, uint64_t v)
{
    if (!b->record) return;
    if (b->count == b->size) {
        b->size = b->size ? 2 * b->size : 4096;
        b->event = realloc(b->event, b->size * sizeof b->event[0]);
        if (!b->event) abort();
    }
    b->event[b->count++] = (igb_event_t){cyc, kind, a, v};
}

uint64_t igb_bench_tlp(igb_bench_t *b, uint64_t first, const nic_tlp_t *t)
{
    const uint64_t end = first + t->beats - 1;
    const uint32_t at = (uint32_t)t->addr & (IGB_MEM - 1);
    const uint64_t head = (uint64_t)t->func << 24 | (uint64_t)t->tag << 16 | t->len;
    switch (t->type) {
    case NIC_TLP_READ: {
        uint8_t data[NIC_Mrrs];
        for (uint32_t i = 0; i < t->len; i++) data[i] = b->mem[(at + i) & (IGB_MEM - 1)];
        uint64_t start = end + b->read_cyc;
        if (start < b->cpl_cyc) start = b->cpl_cyc;
        nic_completion(b->nic, start, t->tag, data, t->len);
        b->cpl_cyc = start + NIC_CplHdrBeats + (t->len + NIC_BeatBytes - 1) / NIC_BeatBytes;
        note(b, first, 'R', head, t->addr);
        break;
    }
    case NIC_TLP_WRITE:
        for (uint32_t i = 0; i < t->len; i++) b->mem[(at + i) & (IGB_MEM - 1)] = t->data[i];
        note(b, first, 'W', head ^ t->addr << 32, hash_of(t->data, t->len));
        break;
    default: {
        uint32_t data;
        memcpy(&data, t->data, sizeof data);
        b->message[b->messages++ % 256] = (igb_message_t){first, t->addr, data, t->func};
        note(b, first, 'M', head ^ t->addr << 32, data);
    }
    }
    return end + 1;
}

static uint64_t on_tlp(void *ctx, uint64_t first, const nic_tlp_t *t)
{
    igb_bench_t *b = ctx;
    return b->tlp ? b->tlp(b->ctx, first, t) : igb_bench_tlp(b, first, t);
}

static void on_reply(void *ctx, uint64_t cyc, uint32_t data)
{
    igb_bench_t *b = ctx;
    if (b->answered) b->answered(b->ctx, b->answers, data);
    b->answers++;
    b->reply = data;
    note(b, cyc, 'A', data, 0);
}

static void on_intx(void *ctx, uint64_t cyc, bool level)
{
    igb_bench_t *b = ctx;
    b->intx = level;
    note(b, cyc, 'I', level, 0);
}

static void on_tx_frame(void *ctx, uint64_t cyc, unsigned stride, const uint8_t *bytes,
                        uint32_t len)
{
    igb_bench_t *b = ctx;
    if (b->sent) b->sent(b->ctx, cyc, bytes, len);
    memcpy(b->wire, bytes, len);
    b->wire_len = len;
    b->wire_frames++;
    note(b, cyc, 'X', (uint64_t)stride << 32 | len, hash_of(bytes, len));
}

static void on_probe(void *ctx, enum nic_probe what, uint64_t cyc, uint32_t a, uint32_t v)
{
    igb_bench_t *b = ctx;
    if (b->probed) b->probed(b->ctx, what, a, v);
    switch (what) {
    case NIC_PROBE_RX_FATE: b->fate[a & 7]++; break;
    case NIC_PROBE_RX_HOST: b->hosted++; break;
    case NIC_PROBE_RX_DROP: b->drops++; break;
    case NIC_PROBE_LOOP: b->loops++; break;
    case NIC_PROBE_SPOOF: b->spoofs++; break;
    case NIC_PROBE_RX_LOST: b->lost += a; break;
    default: break;
    }
    note(b, cyc, 'P', (uint64_t)what << 32 | a, v);
}

void igb_bench_up(igb_bench_t *b, const nic_visiting_t *how)
{
    memset(b, 0, sizeof *b);
    b->read_cyc = IGB_READ_CYC;
    b->mem = calloc(1, IGB_MEM);
    nic_config_t cfg = {.personality = NIC_82576, .autoneg_cyc = AUTONEG_CYC};
    igb_mac(cfg.mac, 0xAA);
    const nic_host_t host = {b, on_tlp, on_reply, on_intx, on_tx_frame, on_probe};
    b->nic = nic_create(&cfg, &host);
    if (!b->nic || !b->mem) abort();
    if (how) b->nic->how = *how;
    nic_partner(b->nic, 1, true, 2, false);
}

void igb_bench_down(igb_bench_t *b)
{
    nic_destroy(b->nic);
    free(b->mem);
    free(b->event);
}

void igb_run(igb_bench_t *b, uint64_t cycles)
{
    nic_run(b->nic, nic_now(b->nic) + cycles);
}

void igb_access_be(igb_bench_t *b, unsigned space, unsigned f, uint32_t addr, bool write,
                   uint32_t w, uint8_t be)
{
    const nic_access_t a = {.write = write,
                            .space = (uint8_t)space,
                            .func = (uint8_t)f,
                            .be = be,
                            .addr = addr,
                            .wdata = w};
    if (b->csr_cyc < nic_now(b->nic)) b->csr_cyc = nic_now(b->nic);
    while (!nic_access(b->nic, b->csr_cyc, &a)) igb_run(b, 1);
    b->csr_cyc++;
    b->asked += !write;
}

void igb_access(igb_bench_t *b, unsigned space, unsigned f, uint32_t addr, bool write, uint32_t w)
{
    igb_access_be(b, space, f, addr, write, w, 0xF);
}

static uint32_t answer(igb_bench_t *b, unsigned space, unsigned f, uint32_t addr)
{
    igb_access(b, space, f, addr, false, 0);
    while (b->answers != b->asked) igb_run(b, 1);
    return b->reply;
}

static void through(igb_bench_t *b, unsigned space, unsigned f, uint32_t addr, uint32_t w)
{
    igb_access(b, space, f, addr, true, w);
    igb_run(b, 4);
}

void igb_wr(igb_bench_t *b, unsigned f, uint32_t addr, uint32_t w)
{
    through(b, NIC_SPACE_MEM, f, addr, w);
}

uint32_t igb_rd(igb_bench_t *b, unsigned f, uint32_t addr)
{
    return answer(b, NIC_SPACE_MEM, f, addr);
}

void igb_cfg(igb_bench_t *b, unsigned f, uint32_t addr, uint32_t w)
{
    through(b, NIC_SPACE_CFG, f, addr, w);
}

uint32_t igb_cfg_rd(igb_bench_t *b, unsigned f, uint32_t addr)
{
    return answer(b, NIC_SPACE_CFG, f, addr);
}

void igb_vector(igb_bench_t *b, unsigned f, unsigned k)
{
    through(b, NIC_SPACE_MSIX, f, 16 * k, 0xFEE00000 + 256 * f + 4 * k);
    through(b, NIC_SPACE_MSIX, f, 16 * k + 4, 0);
    through(b, NIC_SPACE_MSIX, f, 16 * k + 8, 0x10000 * f + k);
    through(b, NIC_SPACE_MSIX, f, 16 * k + 12, 0);
}

// ---- frames ----

void igb_mac(uint8_t mac[6], uint8_t who)
{
    memset(mac, 0, 6);
    mac[0] = 2;
    mac[5] = who;
}

void igb_frame(uint8_t *bytes, uint8_t to, uint8_t from, uint32_t len)
{
    igb_mac(bytes, to);
    if (to == 0xFF) memset(bytes, 0xFF, 6);
    igb_mac(bytes + 6, from);
    bytes[12] = 0x12;
    bytes[13] = 0x34;
    for (uint32_t i = 14; i < len; i++) bytes[i] = (uint8_t)(i * 7 + to + from + len);
}

void igb_receive(igb_bench_t *b, uint8_t to, uint32_t len)
{
    while (nic_rx_wire_free(b->nic) > nic_now(b->nic)) igb_run(b, 1);
    uint8_t *bytes = b->frame[b->frames++ % 4];
    igb_frame(bytes, to, 0x55, len);
    nic_rx_frame(b->nic, nic_now(b->nic) + 12, bytes, len, true, false);
}

// ---- rings ----

uint32_t igb_ring_at(bool tx, unsigned q)
{
    return RINGS_AT + (tx * IGB_Queues + q) * RING_BYTES;
}

uint32_t igb_buf_at(bool tx, unsigned q, unsigned i)
{
    return BUFS_AT + ((tx * IGB_Queues + q) * IGB_RING + i % IGB_RING) % 1024 * IGB_BUF;
}

uint64_t igb_word(const igb_bench_t *b, uint32_t at)
{
    uint64_t w;
    memcpy(&w, b->mem + at, sizeof w);
    return w;
}

void igb_bench_put(igb_bench_t *b, uint32_t at, uint64_t word)
{
    memcpy(b->mem + at, &word, sizeof word);
}

static unsigned queue_of(unsigned f, unsigned k)
{
    return f ? f - 1 + IGB_Vfs * k : k;
}

// Address of a queue's register in the window of its function.
static uint32_t queue_reg(unsigned f, unsigned k, uint32_t pf, uint32_t vf)
{
    return f ? vf + 0x100 * k : pf + 0x40 * k;
}

void igb_ring_up(igb_bench_t *b, bool tx, unsigned f, unsigned k, uint32_t wthresh)
{
    const uint32_t at = igb_ring_at(tx, queue_of(f, k));
    memset(b->mem + at, 0, RING_BYTES);
    const uint32_t base =
        tx ? queue_reg(f, k, IGB_TDBAL, IGBVF_TDBAL) : queue_reg(f, k, IGB_RDBAL, IGBVF_RDBAL);
    igb_wr(b, f, base, at);
    igb_wr(b, f, base + 4, 0);
    igb_wr(b, f, base + 8, RING_BYTES);
    igb_wr(b, f, base + 0x10, 0);
    igb_wr(b, f, base + 0x18, 0);
    if (!tx)
        igb_wr(b, f, base + 0xC,
               FPUT(IGB_SRRCTL_DESCTYPE, 1) | FPUT(IGB_SRRCTL_BSIZEPACKET, IGB_BUF / 1024) |
                   FMASK(IGB_SRRCTL_DROP_EN));
    igb_wr(b, f, base + 0x28,
           FMASK(IGB_RXDCTL_ENABLE) | FPUT(IGB_RXDCTL_WTHRESH, wthresh) |
               FPUT(IGB_RXDCTL_PTHRESH, 8));
}

void igb_fill(igb_bench_t *b, unsigned f, unsigned k, unsigned from, unsigned to)
{
    const unsigned q = queue_of(f, k);
    for (unsigned i = from; i != to; i++) {
        igb_bench_put(b, igb_ring_at(false, q) + i % IGB_RING * 16, igb_buf_at(false, q, i));
        igb_bench_put(b, igb_ring_at(false, q) + i % IGB_RING * 16 + 8, 0);
    }
    igb_wr(b, f, queue_reg(f, k, IGB_RDT, IGBVF_RDT), to % IGB_RING);
}

void igb_send(igb_bench_t *b, unsigned f, unsigned k, unsigned i, uint8_t to, uint8_t from,
              uint32_t len)
{
    const unsigned q = queue_of(f, k);
    const uint32_t buf = igb_buf_at(true, q, i), desc = igb_ring_at(true, q) + i % IGB_RING * 16;
    igb_frame(b->mem + buf, to, from, len);
    igb_bench_put(b, desc, buf);
    igb_bench_put(b, desc + 8,
                  DPUT(IGB_ATXD_DTALEN, len) | DPUT(IGB_ATXD_DTYP, IGB_ATXD_DTYP_D) |
                      DPUT(IGB_ATXD_CMD, IGB_ATXD_CMD_EOP | IGB_ATXD_CMD_IFCS | IGB_ATXD_CMD_RS |
                                             IGB_ATXD_CMD_DEXT) |
                      DPUT(IGB_ATXD_PAYLEN, len));
    igb_wr(b, f, queue_reg(f, k, IGB_TDT, IGBVF_TDT), (i + 1) % IGB_RING);
}
