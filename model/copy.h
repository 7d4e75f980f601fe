// SPDX-License-Identifier: Apache-2.0
// Copies of lengths that are not known but short mostly: a few moves of constant size instead of a loop.
#ifndef MODERATO_COPY_H
#define MODERATO_COPY_H

#include <stdint.h>
#include <string.h>

// A frame of 64 bytes with or without FCS, or a descriptor, in the usual case. The two do not overlap.
static inline void copy_short(uint8_t *to, const uint8_t *from, uint32_t len)
{
    if (len == 16) {
        memcpy(to, from, 16);
    } else if (len - 32 <= 32) { // in two pieces that both get what is in the middle
        memcpy(to, from, 32);
        memcpy(to + len - 32, from + len - 32, 32);
    } else {
        memcpy(to, from, len);
    }
}

#endif
