// SPDX-License-Identifier: Apache-2.0
// What drivers of PF and VFs do to bring the device up, over a bench.
#ifndef MODERATO_TESTS_IGB_GUESTS_H
#define MODERATO_TESTS_IGB_GUESTS_H

#include "tests/igb_bench.h"

enum { IGB_PF_MAC = 0xAA }; // igb_mac() of the PF

// igb_mac() of a VF.
static inline uint8_t igb_vf_mac(unsigned n)
{
    return (uint8_t)(0x10 + n);
}

// The PF as a driver leaves it behind its reset: MSI-X, link, receiver and transmitter on; no ring. Mailbox events, spoofed
// and malicious packets are told on vector 9.
void igb_pf_up(igb_bench_t *b);
// VMDq with so many VFs: their addresses, pools on, the switch between them.
void igb_vfs_up(igb_bench_t *b, unsigned vfs);
// What a VF's driver does about messages: receive and transmit queue on its vectors rx and tx, mailbox on vector 2.
void igb_vf_vectors(igb_bench_t *b, unsigned n, unsigned rx, unsigned tx);
// A whole VF driver: one queue of either kind on vector 0, all receive descriptors given.
void igb_vf_up(igb_bench_t *b, unsigned n);

#endif
