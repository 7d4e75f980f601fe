// SPDX-License-Identifier: Apache-2.0
// Checksum and segmentation offload of the 82540EM: what the receiver reports about a frame (device
// specification §6.2, §6.4) and what the transmitter inserts into one (§7.2, §7.4, §7.5). Pure
// functions.
//
// A sum over an odd number of bytes has a zero byte behind it. All 16-bit sums are one's complement
// sums of big-endian words, and 0 only where every byte is 0.
#ifndef MODERATO_OFFLOAD_H
#define MODERATO_OFFLOAD_H

#include "rtl/defs.h"

// ---- receive ----

// csum: descriptor bytes 10-11 as a number, to be stored little-endian like every descriptor field.
// It is the sum (not its complement) of the *big-endian* words of the stored bytes from RXCSUM.PCSS
// to the last one, CRC included when it is stored; words are counted from PCSS, odd or even; 0 when
// PCSS lies behind the frame. A little-endian host that wants the sum of its own native words swaps
// the two bytes: that is what Linux does with this field (of later chips, which complement it as
// well).
typedef struct rx_offload {
    uint16_t csum;
    uint8_t status; // IXSM, TCPCS, IPCS of E1000_RXD_STAT_*
    uint8_t errors; // TCPE, IPE of E1000_RXD_ERR_*
} rx_offload_t;

// What of the registers decides how a frame is stored and what is checked in it. The receiver takes
// it when the frame begins, because both are done while the bytes come.
typedef struct rx_shape {
    uint16_t rxcsum, vet;
    bool vme, secrc; // CTRL.VME, RCTL.SECRC
} rx_shape_t;

static inline rx_shape_t rx_shape(const uint32_t *reg)
{
    return (rx_shape_t){
        .rxcsum = (uint16_t)reg[E1000_R_RXCSUM],
        .vet = (uint16_t)reg[E1000_R_VET],
        .vme = (reg[E1000_R_CTRL] & FMASK(E1000_CTRL_VME)) != 0,
        .secrc = (reg[E1000_R_RCTL] & FMASK(E1000_RCTL_SECRC)) != 0,
    };
}

// Checks a frame of `stored_len` bytes as it lies in host memory (tag stripped or not, CRC there or
// not). Rules, beside those of §6.4:
//
//   data end     stored_len, less 4 when SECRC=0: the CRC is never taken for data.
//   tag          one tag with type VET is skipped. With VME=1 the first tag is gone already, so a
//                tag in the stored bytes is a second one. It, or any other tag, is an unknown type.
//   type < 0600h an 802.3 length; only AA AA 03 00 00 00 (SNAP) behind it makes the next word the
//                type.
//   L4 length    comes from the IP header. If it ends behind the data end there is no L4 check;
//                bytes behind it (padding) do not matter. TCP needs 20 bytes, UDP 8.
//   UDP          checksum field 0, or a length field that is not the L4 length: no check.
//   IPv4         version 4, header whole inside the data; else nothing is checked. A wrong header
//                checksum does not stop the L4 check. Any fragment (MF or offset): no L4 check.
//   IPv6         needs IPV6OFL and TUOFLD. No check: an extension header of more than 64 bytes; a
//                routing header with segments left (the destination is not the final one); payload
//                length 0 (jumbogram); every next header but 0, 43, 60, 6, 17.
//   IXSM         1 exactly when neither IPCS nor TCPCS is.
rx_offload_t offload_rx(const uint8_t *frame, uint32_t stored_len, const rx_shape_t *shape);
// The same; *udp: with TCPCS, it was UDP.
rx_offload_t offload_rx_udp(const uint8_t *frame, uint32_t stored_len, const rx_shape_t *shape,
                            bool *udp);

// ---- transmit ----

// Contents of a context descriptor.
typedef struct tx_context {
    uint8_t ipcss, ipcso;
    uint16_t ipcse;
    uint8_t tucss, tucso;
    uint16_t tucse;
    uint32_t paylen; // 20 bits
    uint8_t hdrlen;
    uint16_t mss;
    bool tcp; // 0: UDP
    bool ip;  // IPv4; 0: IPv6
    bool tse; // this is the segmentation context
} tx_context_t;

// Takes a context descriptor apart (§7.2). DEXT and DTYP are not looked at.
tx_context_t tx_context_parse(const uint64_t desc[2]);

// Checksum insertion of a frame that is not segmented (§7.4). `len` is the data of the packet: no
// padding, no VLAN tag inserted, no CRC. popts (E1000_TXD_POPTS_*) are those of the first data descriptor. Both engines
// sum the data as the host gave them, then the IP engine stores, then the other. An engine does not
// store when CSS lies behind the data or CSE (not 0) before CSS: nothing to sum; nor when one of
// the two bytes at CSO lies behind the data. A CSE behind the data means the last byte. The TCP/UDP
// engine stores FFFFh instead of 0000h.
void offload_tx(uint8_t *frame, uint32_t len, const tx_context_t *ctx, uint8_t popts);

// Checksum insertion of a legacy descriptor with IC: the TCP/UDP engine from CSS to the end of the
// packet (its purpose is a TCP checksum, hence FFFFh for 0000h here too).
void offload_tx_legacy(uint8_t *frame, uint32_t len, uint8_t css, uint8_t cso);

// ---- segmentation (§7.5): per segment length, header edit, [append payload], checksum ----

// Frames that a context makes: 0 when MSS or PAYLEN is 0 (the context fails).
uint32_t offload_tso_count(const tx_context_t *ctx);

// Payload bytes in frame k = 0.. of the context; 0 behind the last one.
uint32_t offload_tso_len(const tx_context_t *ctx, uint32_t k);

// Edits `hdr`, a fresh copy of the header as the host gave it (`hdrlen` bytes), for frame k with
// len_k payload bytes: IPv4 total length and identification, or IPv6 payload length; TCP sequence
// number, FIN and PSH (kept in the last frame only), or UDP length. Lengths are modulo 2^16. A
// field that does not lie in the header whole is left alone. Checksums are not touched.
void offload_tso_header(uint8_t *hdr, uint32_t hdrlen, const tx_context_t *ctx, uint32_t k,
                        uint32_t len_k, bool last);

// offload_tx() for one frame of a segmentation: the TCP/UDP sum also takes in the L4 length
// (len - TUCSS), which the pseudo-header sum of the host lacks.
void offload_tso_csum(uint8_t *frame, uint32_t len, const tx_context_t *ctx, uint8_t popts);

#endif
