// SPDX-License-Identifier: Apache-2.0
// Contents of random frames: headers that the device looks into, mostly right.
#ifndef MODERATO_STIM_FRAME_H
#define MODERATO_STIM_FRAME_H

#include <stdint.h>

// Puts a VLAN tag, SNAP, IP and TCP or UDP headers with checksums into the frame of `len` bytes, FCS
// included, whose addresses and FCS are the caller's, and whose other bytes are there.
void stim_frame_headers(uint8_t *frame, uint32_t len, uint64_t seed);

#endif
