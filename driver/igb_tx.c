// SPDX-License-Identifier: Apache-2.0
#include "driver/igb_ring_priv.h"

#include <stdlib.h>
#include <string.h>

// A bit of CMD, POPTS; a field, of a descriptor's second quadword.
#define CMD(bit)    DPUT(IGB_ATXD_CMD, IGB_ATXD_CMD_##bit)
#define POPTS(bit)  DPUT(IGB_ATXD_POPTS, IGB_ATXD_POPTS_##bit)
#define SPARE_DESCS 3u // a context, and a gap between tail and head
#define TCP_SUM_AT  16u
#define UDP_SUM_AT  6u
#define UDP_LEN     8u
#define PROTO_UDP   17u

int igb_tx_alloc(igb_tx_t *q, os_dev_t *d, uint32_t base, uint32_t count)
{
    q->buf = calloc(count, sizeof *q->buf);
    if (!q->buf) return -ENOMEM;
    if (!igb_ring_alloc(&q->ring, d, base, count)) return 0;
    free(q->buf);
    q->buf = NULL;
    return -ENOMEM;
}

static void release(const igb_ring_t *r, igb_tx_buf_t *b)
{
    if (!b->pkt) return;
    os_dma_unmap(r->d, b->dma, b->pkt->len, OS_DMA_TO_DEVICE);
    os_pkt_free(r->d, b->pkt);
    b->pkt = NULL;
}

void igb_tx_free_buffers(igb_tx_t *q)
{
    for (uint32_t i = 0; i < q->ring.count; i++) release(&q->ring, &q->buf[i]);
    q->ring.use = q->ring.clean = 0;
    q->pending = false;
}

void igb_tx_free(igb_tx_t *q)
{
    igb_tx_free_buffers(q);
    igb_ring_free(&q->ring);
    free(q->buf);
    q->buf = NULL;
}

void igb_tx_program(igb_tx_t *q)
{
    const igb_ring_t *r = &q->ring;

    os_wr32(r->d, r->base + IGB_Q_LEN, r->count * NIC_DescBytes);
    os_wr32(r->d, r->base + IGB_Q_BAL, (uint32_t)r->dma);
    os_wr32(r->d, r->base + IGB_Q_BAH, (uint32_t)(r->dma >> 32));
    os_wr32(r->d, r->base + IGB_Q_H, 0);
    os_wr32(r->d, r->base + IGB_Q_T, 0);
}

// ---- stopping and waking ------------------------------------------------------------------------

static void stop(igb_tx_t *q)
{
    q->stopped = true;
    if ((*q->stops)++ == 0) os_tx_stop(q->ring.d);
}

static void go_on(igb_tx_t *q)
{
    q->stopped = false;
    if (--*q->stops == 0) os_tx_wake(q->ring.d);
}

void igb_tx_wake(igb_tx_t *q)
{
    if (!q->stopped || igb_unused(&q->ring) < q->wake) return;
    q->restarts++;
    go_on(q);
}

// False, and the queue stopped, when fewer than n descriptors are free.
static bool room(igb_tx_t *q, uint32_t n)
{
    if (igb_unused(&q->ring) >= n) return true;
    if (!q->stopped) stop(q);
    // A poll on another core may have cleaned before it could see the queue stopped: look again, or
    // nobody wakes it.
    if (igb_unused(&q->ring) < n) return false;
    q->restarts++;
    if (q->stopped) go_on(q);
    else if (*q->stops == 0) os_tx_wake(q->ring.d); // it has woken before the stop was known
    return true;
}

static bool sent(const igb_tx_t *q, uint32_t last)
{
    return os_dma_ld32(q->ring.d, igb_desc(&q->ring, last) + IGB_ATXD_STAT_LSB / 8) &
           E1000_TXD_STAT_DD;
}

bool igb_tx_clean(igb_tx_t *q, unsigned limit, bool wake)
{
    igb_ring_t *r = &q->ring;
    unsigned n = 0;

    // Only the last descriptor of a packet asks for a status (RS): its DD completes the packet.
    for (uint32_t i = r->clean; n < limit && i != r->use; i = r->clean, n++) {
        const uint32_t last = q->buf[i].watch;
        if (!sent(q, last)) break;
        igb_tx_buf_t b = q->buf[last];
        q->load.packets += b.frames;
        q->load.bytes += b.bytes;
        q->packets += b.frames;
        q->bytes += b.bytes;
        // The slots are free before the packet is: a sender on another core may use them at once.
        q->buf[last].pkt = NULL;
        r->clean = igb_next(r, last);
        release(r, &b);
    }
    if (n > 0 && wake) igb_tx_wake(q);
    return n < limit;
}

bool igb_tx_hung(igb_tx_t *q)
{
    const igb_ring_t *r = &q->ring;
    const bool pending = r->clean != r->use;
    const bool stuck = pending && q->pending && r->clean == q->stuck;

    q->pending = pending;
    q->stuck = r->clean;
    // Sent, and the interrupt is what is missing: no hang.
    if (!stuck || sent(q, q->buf[r->clean].watch)) return false;
    os_log(r->d, "Detected Tx Unit Hang: TDH %u, TDT %u, next to clean %u",
           os_rd32(r->d, r->base + IGB_Q_H), os_rd32(r->d, r->base + IGB_Q_T), r->clean);
    return true;
}

// ---- offloads -----------------------------------------------------------------------------------

// Where the IP header starts: behind the addresses, type and a tag in the data.
static uint32_t ip_offset(const os_pkt_t *p)
{
    const unsigned type = (unsigned)p->data[NIC_TypeAt] << 8 | p->data[NIC_TypeAt + 1];
    return NIC_TypeAt + 2 + (type == NIC_TypeVlan ? NIC_TagLen : 0);
}

static uint32_t add_be16(uint32_t sum, const uint8_t *p, uint32_t bytes)
{
    for (uint32_t i = 0; i + 1 < bytes; i += 2) sum += (uint32_t)p[i] << 8 | p[i + 1];
    return bytes & 1 ? sum + ((uint32_t)p[bytes - 1] << 8) : sum;
}

static uint16_t fold(uint32_t sum)
{
    sum = (sum & 0xFFFF) + (sum >> 16);
    return (uint16_t)((sum & 0xFFFF) + (sum >> 16));
}

static void put_be16(uint8_t *p, uint16_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

// The device can, by MACLEN, IPLEN and L4T: a TCP or UDP checksum, behind an IP header that is not
// too long.
static bool offloadable(const os_pkt_t *p)
{
    const uint32_t ip = ip_offset(p);

    return (p->csum_offset == TCP_SUM_AT || p->csum_offset == UDP_SUM_AT) && p->csum_start > ip &&
           p->csum_start - ip < 1u << IGB_ATXC_IPLEN_W;
}

// False: the packet does not have the bytes it speaks of.
static bool sum_by_hand(const os_pkt_t *p)
{
    const uint32_t at = (uint32_t)p->csum_start + p->csum_offset;

    if (at + 2 > p->len) return false;
    const uint16_t sum =
        (uint16_t)~fold(add_be16(0, p->data + p->csum_start, p->len - p->csum_start));
    put_be16(p->data + at, sum ? sum : 0xFFFF);
    return true;
}

// What the device fills in for every segment must be 0 (lengths), the IPv4 checksum such that it
// does not count, and the checksum that of the pseudo header without length. False: the headers do
// not fit what the packet says.
static bool prepare_tso(const os_pkt_t *p)
{
    const uint32_t ip_start = ip_offset(p);
    const bool v4 = p->tx_flags & OS_TX_IPV4, tcp = p->csum_offset == TCP_SUM_AT;
    uint8_t *ip = p->data + ip_start;

    if (!offloadable(p) || p->gso_size == 0 || p->hdr_len > NIC_TsoHeaderMax ||
        p->len <= p->hdr_len || p->csum_start < ip_start + (v4 ? NIC_Ipv4Len : NIC_Ipv6Len) ||
        p->hdr_len < p->csum_start + (tcp ? (unsigned)NIC_TcpLen : UDP_LEN))
        return false;
    put_be16(ip + (v4 ? 2 : 4), 0);
    if (v4) put_be16(ip + 10, 0xFFFF);
    put_be16(
        p->data + p->csum_start + p->csum_offset,
        fold(add_be16(tcp ? (unsigned)NIC_ProtoTcp : PROTO_UDP, ip + (v4 ? 12 : 8), v4 ? 8 : 32)));
    return true;
}

// Of IPLEN and L4T only what the packet needs.
static void context(const igb_ring_t *r, uint32_t i, const os_pkt_t *p, bool sum)
{
    const uint32_t ip = ip_offset(p);
    uint64_t first =
        DPUT(IGB_ATXC_MACLEN, ip) | DPUT(IGB_ATXC_VLAN, p->vlan_present ? p->vlan_tci : 0);
    uint64_t second = CMD(DEXT) | DPUT(IGB_ATXC_DTYP, IGB_ATXD_DTYP_C);

    if (sum) {
        first |= DPUT(IGB_ATXC_IPLEN, p->csum_start - ip);
        if (p->csum_offset == TCP_SUM_AT) second |= DPUT(IGB_ATXC_L4T, IGB_ATXC_L4T_TCP);
    }
    if (p->tx_flags & OS_TX_TSO) {
        if (p->tx_flags & OS_TX_IPV4) second |= DPUT(IGB_ATXC_IPV4, 1);
        second |=
            DPUT(IGB_ATXC_L4LEN, p->hdr_len - p->csum_start) | DPUT(IGB_ATXC_MSS, p->gso_size);
    }
    igb_put(r, i, first, second);
}

// ---- sending ------------------------------------------------------------------------------------

static bool prepare(os_pkt_t *p, bool *sum)
{
    *sum = false;
    if (p->len < IGB_TX_PACKET_MIN) {
        if (p->len == 0 || p->size < IGB_TX_PACKET_MIN) return false;
        memset(p->data + p->len, 0, IGB_TX_PACKET_MIN - p->len);
        p->len = IGB_TX_PACKET_MIN;
    }
    if (p->tx_flags & OS_TX_TSO) return *sum = prepare_tso(p);
    if (!(p->tx_flags & OS_TX_CSUM)) return true;
    if ((uint32_t)p->csum_start + p->csum_offset + 2 > p->len) return false;
    *sum = offloadable(p);
    return *sum || sum_by_hand(p);
}

// The packet's bytes; returns the index behind them.
static uint32_t data(igb_tx_t *q, uint32_t i, const os_pkt_t *p, dma_addr_t dma, uint64_t word)
{
    const igb_ring_t *r = &q->ring;

    for (uint32_t at = 0; at < p->len; at += q->chunk) {
        const uint32_t n = p->len - at < q->chunk ? p->len - at : q->chunk;
        if (at + n == p->len) word |= CMD(EOP) | CMD(RS);
        igb_put(r, i, dma + at, word | DPUT(IGB_ATXD_DTALEN, n));
        word &= UINT32_MAX; // POPTS and PAYLEN are in the first one
        i = igb_next(r, i);
    }
    return i;
}

int igb_tx_xmit(igb_tx_t *q, os_pkt_t *p)
{
    igb_ring_t *r = &q->ring;
    const bool tso = p->tx_flags & OS_TX_TSO;
    uint64_t word = CMD(DEXT) | CMD(IFCS) | DPUT(IGB_ATXD_DTYP, IGB_ATXD_DTYP_D);
    const uint32_t first = r->use;
    uint32_t i = first, frames = 1;
    bool sum;

    if (!room(q, (p->len + q->chunk - 1) / q->chunk + SPARE_DESCS)) {
        q->busy++;
        return -EBUSY;
    }
    if (!prepare(p, &sum)) goto drop;
    const dma_addr_t dma = os_dma_map(r->d, p->data, p->len, OS_DMA_TO_DEVICE);
    if (!dma) goto drop;

    if (sum || p->vlan_present) {
        context(r, i, p, sum);
        i = igb_next(r, i);
    }
    if (p->vlan_present) word |= CMD(VLE);
    if (sum) word |= POPTS(TXSM);
    if (tso) {
        word |= CMD(TSE);
        if (p->tx_flags & OS_TX_IPV4) word |= POPTS(IXSM);
        frames = (p->len - p->hdr_len + p->gso_size - 1u) / p->gso_size;
    }
    word |= DPUT(IGB_ATXD_PAYLEN, p->len - (tso ? p->hdr_len : 0));
    i = data(q, i, p, dma, word);
    const uint32_t last = i == 0 ? r->count - 1 : i - 1;
    q->buf[last] = (igb_tx_buf_t){
        .pkt = p, .dma = dma, .frames = frames, .bytes = p->len + (frames - 1) * p->hdr_len};
    q->buf[first].watch = last;
    r->use = i;
    os_wr32(r->d, r->base + IGB_Q_T, i);
    (void)room(q, IGB_TX_STOP); // stop early: the stack prefers that to a refusal
    return 0;

drop:
    os_pkt_free(r->d, p);
    return 0;
}
