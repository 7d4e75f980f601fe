// SPDX-License-Identifier: Apache-2.0
// Transmit ring: legacy descriptors for plain frames, a context and data descriptors for checksum
// offload and TSO (§7.2).
#include "driver/e1000.h"

#include <stdlib.h>
#include <string.h>

// A bit of CMD, POPTS, TUCMD in the second word of a descriptor (§7.2).
#define CMD(bit)    DPUT(E1000_TXD_CMD, E1000_TXD_CMD_##bit)
#define POPTS(bit)  DPUT(E1000_TXD_POPTS, E1000_TXD_POPTS_##bit)
#define TUCMD(bit)  DPUT(E1000_TXC_TUCMD, E1000_TXC_TUCMD_##bit)
#define CTX_NEEDS   1u
#define SPARE_DESCS 2u // gap between tail and head, as Linux leaves it

int e1000_tx_alloc(e1000_t *a)
{
    e1000_ring_t *r = &a->tx;

    *r = (e1000_ring_t){.base = E1000_TDBAL, .count = a->tx_count};
    a->tx_buf = calloc(r->count, sizeof *a->tx_buf);
    if (!a->tx_buf) return -ENOMEM;
    r->desc = os_dma_alloc(a->hw.d, (size_t)r->count * NIC_DescBytes, &r->dma);
    if (r->desc) return 0;
    os_log(a->hw.d, "no memory for %u transmit descriptors", r->count);
    free(a->tx_buf);
    a->tx_buf = NULL;
    return -ENOMEM;
}

static void release(e1000_t *a, e1000_tx_buf_t *b)
{
    if (!b->pkt) return;
    os_dma_unmap(a->hw.d, b->dma, b->pkt->len, OS_DMA_TO_DEVICE);
    os_pkt_free(a->hw.d, b->pkt);
    b->pkt = NULL;
}

void e1000_tx_free_buffers(e1000_t *a)
{
    for (uint32_t i = 0; i < a->tx.count; i++) release(a, &a->tx_buf[i]);
    a->tx.use = a->tx.clean = 0;
    a->hang_pending = false;
}

void e1000_tx_free(e1000_t *a)
{
    e1000_tx_free_buffers(a);
    os_dma_free(a->hw.d, a->tx.desc, (size_t)a->tx.count * NIC_DescBytes, a->tx.dma);
    free(a->tx_buf);
    a->tx_buf = NULL;
    a->tx.desc = NULL;
}

void e1000_tx_configure(e1000_t *a)
{
    const e1000_hw_t *hw = &a->hw;
    const e1000_ring_t *r = &a->tx;

    wr32(hw, r->base + E1000_Q_LEN, r->count * NIC_DescBytes);
    wr32(hw, r->base + E1000_Q_BAH, (uint32_t)(r->dma >> 32));
    wr32(hw, r->base + E1000_Q_BAL, (uint32_t)r->dma);
    wr32(hw, r->base + E1000_Q_T, 0);
    wr32(hw, r->base + E1000_Q_H, 0);
    wr32(hw, E1000_TIPG,
         FPUT(E1000_TIPG_IPGT, 8) | FPUT(E1000_TIPG_IPGR1, 8) | FPUT(E1000_TIPG_IPGR2, 6));
    wr32(hw, E1000_TIDV, a->mod.tidv);
    wr32(hw, E1000_TADV, a->mod.tadv);
    rmw32(hw, E1000_TCTL, FMASK(E1000_TCTL_CT),
          FMASK(E1000_TCTL_PSP) | FMASK(E1000_TCTL_RTLC) | FPUT(E1000_TCTL_CT, 15));
}

bool e1000_tx_clean(e1000_t *a)
{
    e1000_ring_t *r = &a->tx;
    uint32_t i = r->clean, n = 0;

    // Only the last descriptor of a packet asks for a status (RS): its DD completes the packet.
    while (i != r->use && n < r->count) {
        uint32_t eop = a->tx_buf[i].watch;
        if (!(os_dma_ld32(a->hw.d, e1000_desc(r, eop) + E1000_TXD_STAT_LSB / 8) &
              E1000_TXD_STAT_DD))
            break;
        n += (eop >= i ? 0 : r->count) + eop - i + 1;
        e1000_tx_buf_t sent = a->tx_buf[eop];
        a->tx_load.packets += sent.frames;
        a->tx_load.bytes += sent.bytes;
        a->stats.tx_packets += sent.frames;
        a->stats.tx_bytes += sent.bytes;
        // The slots are free before the packet is: a sender on another core may use them at once.
        a->tx_buf[eop].pkt = NULL;
        r->clean = i = e1000_next(r, eop);
        release(a, &sent);
    }

    if (n > 0 && a->tx_stopped && a->carrier && !a->down && e1000_unused(r) >= E1000_TX_WAKE) {
        a->tx_stopped = false;
        a->stats.tx_restart++;
        os_tx_wake(a->hw.d);
    }
    return n < r->count;
}

// False, and the queue stopped, when fewer than n descriptors are free.
static bool room(e1000_t *a, uint32_t n)
{
    if (e1000_unused(&a->tx) >= n) return true;
    a->tx_stopped = true;
    os_tx_stop(a->hw.d);
    // A poll on another core may have cleaned before it could see the queue stopped: look again, or
    // nobody wakes it.
    if (e1000_unused(&a->tx) < n) return false;
    a->tx_stopped = false;
    a->stats.tx_restart++;
    os_tx_wake(a->hw.d);
    return true;
}

static void put(e1000_t *a, uint32_t i, uint64_t first, uint64_t second)
{
    uint8_t *desc = e1000_desc(&a->tx, i);

    os_dma_st64(a->hw.d, desc, first);
    os_dma_st64(a->hw.d, desc + 8, second);
}

// Where the IP header starts: behind the addresses, type and a tag in the data.
static uint32_t ip_offset(const os_pkt_t *p)
{
    const unsigned type = (unsigned)p->data[NIC_TypeAt] << 8 | p->data[NIC_TypeAt + 1];
    return NIC_TypeAt + 2 + (type == NIC_TypeVlan ? NIC_TagLen : 0);
}

static void context(e1000_t *a, uint32_t i, const os_pkt_t *p)
{
    uint64_t first = DPUT(E1000_TXC_TUCSS, p->csum_start) |
                     DPUT(E1000_TXC_TUCSO, p->csum_start + p->csum_offset);
    uint64_t second = CMD(DEXT) | DPUT(E1000_TXC_DTYP, E1000_TXD_DTYP_C);

    if (p->tx_flags & OS_TX_TSO) {
        const uint32_t ip_start = ip_offset(p);
        first |= DPUT(E1000_TXC_IPCSS, ip_start) | DPUT(E1000_TXC_IPCSO, ip_start + 10);
        if (p->tx_flags & OS_TX_IPV4) {
            first |= DPUT(E1000_TXC_IPCSE, p->csum_start - 1u);
            second |= TUCMD(IP);
        }
        second |= TUCMD(TSE) | TUCMD(TCP) |
                  DPUT(E1000_TXC_PAYLEN, (p->len - p->hdr_len) & 0xFFFFF) |
                  DPUT(E1000_TXC_HDRLEN, p->hdr_len) | DPUT(E1000_TXC_MSS, p->gso_size);
    }
    put(a, i, first, second);
}

static uint32_t add_be16(uint32_t sum, const uint8_t *p, uint32_t bytes)
{
    for (uint32_t i = 0; i + 1 < bytes; i += 2) sum += (uint32_t)p[i] << 8 | p[i + 1];
    return sum;
}

// What the device fills in for every segment must be 0 (lengths, IP checksum), and the TCP checksum
// must be the sum of the pseudo header without length (§7.5). False: the headers do not fit what
// the packet says.
static bool prepare_tso(const os_pkt_t *p)
{
    const uint32_t ip_start = ip_offset(p);
    const bool v4 = p->tx_flags & OS_TX_IPV4;
    uint8_t *ip = p->data + ip_start;
    uint8_t *tcp = p->data + p->csum_start;

    if (p->gso_size == 0 || p->hdr_len > NIC_TsoHeaderMax || p->len <= p->hdr_len ||
        p->csum_start < ip_start + (v4 ? NIC_Ipv4Len : NIC_Ipv6Len) ||
        p->hdr_len < p->csum_start + NIC_TcpLen || p->csum_offset != 16)
        return false;
    memset(ip + (v4 ? 2 : 4), 0, 2);
    if (v4) memset(ip + 10, 0, 2);
    uint32_t sum = NIC_ProtoTcp + add_be16(0, ip + (v4 ? 12 : 8), v4 ? 8 : 32);
    sum = (sum & 0xFFFF) + (sum >> 16);
    sum = (sum & 0xFFFF) + (sum >> 16);
    tcp[16] = (uint8_t)(sum >> 8);
    tcp[17] = (uint8_t)sum;
    return true;
}

static bool sendable(e1000_t *a, const os_pkt_t *p)
{
    if (a->down || p->len == 0) return false;
    if (p->vlan_present && !a->vlan_strip) {
        // CTRL.VME inserts and strips together.
        if (!a->tx_vlan_warned) os_log(a->hw.d, "tagged packets dropped: VLAN offload is off");
        a->tx_vlan_warned = true;
        return false;
    }
    if (!(p->tx_flags & (OS_TX_CSUM | OS_TX_TSO))) return true;
    // Offsets in a context are bytes.
    uint32_t store = (uint32_t)p->csum_start + p->csum_offset;
    if (store > 0xFF || store + 2 > p->len) return false;
    return !(p->tx_flags & OS_TX_TSO) || prepare_tso(p);
}

int e1000_xmit(void *priv, os_pkt_t *p)
{
    e1000_t *a = priv;
    e1000_ring_t *r = &a->tx;
    const bool offload = p->tx_flags & (OS_TX_CSUM | OS_TX_TSO);
    const uint32_t chunks = (p->len + E1000_TX_CHUNK - 1) / E1000_TX_CHUNK;
    uint64_t word = CMD(IFCS);
    uint32_t first = r->use, i = first;

    if (!a->down && !room(a, chunks + (offload ? CTX_NEEDS : 0) + SPARE_DESCS)) {
        a->stats.tx_busy++;
        return -EBUSY;
    }
    if (!sendable(a, p)) goto drop;
    dma_addr_t dma = os_dma_map(a->hw.d, p->data, p->len, OS_DMA_TO_DEVICE);
    if (!dma) goto drop;

    if (offload) {
        context(a, i, p);
        i = e1000_next(r, i);
        word |= CMD(DEXT) | DPUT(E1000_TXD_DTYP, E1000_TXD_DTYP_D) | POPTS(TXSM);
    }
    if (p->tx_flags & OS_TX_TSO) {
        word |= CMD(TSE);
        if (p->tx_flags & OS_TX_IPV4) word |= POPTS(IXSM);
    }
    if (p->vlan_present) word |= CMD(VLE) | DPUT(E1000_TXD_SPECIAL, p->vlan_tci);

    uint32_t last = i;
    for (uint32_t at = 0; at < p->len; at += E1000_TX_CHUNK) {
        uint32_t n = p->len - at < E1000_TX_CHUNK ? p->len - at : E1000_TX_CHUNK;
        uint64_t end = at + n < p->len ? 0 : CMD(EOP) | CMD(RS);
        // A delayed interrupt only where something ends the delay: a timer, or the frame counter.
        if (end && (a->mod.tidv || a->mod.txframes)) end |= CMD(IDE);
        put(a, i, dma + at, word | DPUT(E1000_TXD_LENGTH, n) | end);
        last = i;
        i = e1000_next(r, i);
    }
    uint32_t frames = 1;
    if (p->tx_flags & OS_TX_TSO) frames = (p->len - p->hdr_len + p->gso_size - 1u) / p->gso_size;
    a->tx_buf[last] = (e1000_tx_buf_t){
        .pkt = p, .dma = dma, .frames = frames, .bytes = p->len + (frames - 1) * p->hdr_len};
    a->tx_buf[first].watch = last;
    r->use = i;
    wr32(&a->hw, r->base + E1000_Q_T, i);
    room(a, E1000_TX_STOP); // stop early: the stack prefers that to a refusal
    return 0;

drop:
    os_pkt_free(a->hw.d, p);
    return 0;
}
