// SPDX-License-Identifier: Apache-2.0
// Frames of which it is known who must get them, and that know it themselves: TCP over IPv4, with a number from which all of
// their bytes follow.
#ifndef MODERATO_TESTS_ISO_FRAMES_H
#define MODERATO_TESTS_ISO_FRAMES_H

#include "rtl/defs_82576.h"

enum {
    ISO_PEER = IGB_Vfs,        // who: VF n is n, the peer on the wire
    ISO_ALL,                   // to broadcast
    ISO_GROUP,                 // to a multicast address
    ISO_LEN_MIN = 14 + 40 + 8, // without FCS
    ISO_LEN_MAX = 1514,
    ISO_LIVE = 1024, // frames that may be under way
};

typedef struct iso_frame {
    uint32_t id;
    bool live;
    uint16_t len; // without FCS
    uint8_t src, dst;
    uint8_t queue; // of a VF: by which of its queues it is sent
    uint8_t pools; // those that shall have it and have not yet
    bool wire;     // it shall be on the wire, and has not yet been
    uint64_t born; // cycle
} iso_frame_t;

typedef struct iso_frames {
    iso_frame_t list[ISO_LIVE];
    uint32_t next_id, live;
    uint32_t last[IGB_Vfs + 1][2][IGB_Vfs + 1]
                 [2]; // number + 1 by source, its queue, who got it, by which queue
    uint64_t made, got, on_wire, latest; // latest: longest time under way, cycles
} iso_frames_t;

// The address of a `who`.
void iso_mac(uint8_t mac[6], unsigned who);
// A new frame; NULL: too many are under way. Whose it shall be is the caller's to say.
iso_frame_t *iso_new(iso_frames_t *s, uint64_t now, unsigned src, unsigned dst, unsigned queue,
                     uint32_t len);
// Its bytes; raw: as a driver gives it to a device that is to put in the checksums.
void iso_bytes(const iso_frame_t *f, uint8_t *out, bool raw);
// Bytes that have come to VF `who`, or to the peer, by its queue: NULL, or what is wrong with them.
const char *iso_arrived(iso_frames_t *s, uint64_t now, unsigned who, unsigned queue,
                        const uint8_t *bytes, uint32_t len);
// The oldest that is under way.
const iso_frame_t *iso_oldest(const iso_frames_t *s);

#endif
