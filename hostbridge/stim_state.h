// SPDX-License-Identifier: Apache-2.0
// What the files of the random stimulus share.
#ifndef MODERATO_STIM_STATE_H
#define MODERATO_STIM_STATE_H

#include "hostbridge/stim.h"

enum { STIM_MEM_SIZE = 0x100000 };

// What an access is aimed at: a packet in host memory (P), a frame or descriptor that was read (W), what follows
// from any other TLP, the end of a timer's delay. The delays: RDTR, RADV, TIDV, TADV, MTDLY.
enum { AIM_P, AIM_W, AIM_TLP, AIM_EXPIRY, STIM_AIMS };
enum { STIM_DELAYS = 5 };

typedef struct stim_read {
    uint64_t cyc; // completion on the pins
    uint8_t tag;
    uint64_t addr;
    uint32_t len;
} stim_read_t;

struct stim {
    uint64_t seed;
    engine_t *e;
    stim_run_t *r;
    bool record;
    size_t tlp_event; // of the TLP whose payload is awaited
    struct {
        uint64_t end_cyc, addr; // visible from the last beat on
        uint32_t len;           // 0: none
        uint8_t data[NIC_Mps];
    } write;
    uint8_t mem[STIM_MEM_SIZE];
    uint8_t frame[2][2048];
    uint64_t step, step_cyc, frame_no, frame_cyc, cpl_free, csr_free;
    stim_read_t read[64];
    uint32_t read_put, read_get;
    uint32_t ring_rx, ring_tx; // descriptors
    uint32_t rdt, tdt;
    uint64_t setup_cyc; // cycle from which the next set-up write may go
    uint32_t setup_at;
    uint32_t slow;       // how slow this host is
    uint8_t be;          // byte enables of the next access
    bool present, pause; // link partner
    uint8_t speed;
    uint64_t later_cyc; // a register that is read when something is through
    uint32_t later_off;
    uint32_t eeprom_left;        // commands that are still to come
    uint64_t aim[STIM_AIMS];     // on the pins
    uint32_t delay[STIM_DELAYS]; // as they were written last
    bool awaited_tx;             // the delay is one of the transmit side
    bool counts[2];              // RXFRAMES, TXFRAMES are 1, and timers may run
};

// ---- numbers ----

static inline uint64_t mix(uint64_t x)
{
    x ^= x >> 30;
    x *= 0xBF58476D1CE4E5B9ull;
    x ^= x >> 27;
    x *= 0x94D049BB133111EBull;
    return x ^ (x >> 31);
}

static inline uint64_t hash3(uint64_t a, uint64_t b, uint64_t c)
{
    return mix(a * 0x9E3779B97F4A7C15ull ^ mix(b + 0x7F4A7C15ull) ^ mix(c * 3 + 1));
}

// A number below n.
static inline uint32_t pick(uint64_t h, unsigned shift, uint32_t n)
{
    return (uint32_t)((h >> shift) & 0xFFFF) % n;
}

// ---- accesses: in cycle `now`, or as soon as the accesses before it are through ----

void stim_access(stim_t *s, uint64_t now, bool write, uint8_t space, uint32_t addr, uint32_t data);
void stim_write(stim_t *s, uint64_t now, uint32_t off, uint32_t data);
// Gives all descriptors anew, or none.
void stim_restart(stim_t *s, uint64_t now, bool tx);

// ---- accesses that are aimed (stim_aim.c) ----

// A TLP or a completion has its last beat in `end`. It may be aimed at.
void stim_aim_tlp(stim_t *s, uint64_t end, const nic_tlp_t *t);
void stim_aim_completion(stim_t *s, uint64_t end, uint8_t tag);
void stim_note_delay(stim_t *s, uint32_t off, uint32_t data); // a register is written
// The soonest of them, NIC_NEVER: none. Makes those of cycle `now`.
uint64_t stim_aim_next(const stim_t *s);
void stim_aim(stim_t *s, uint64_t now);
// Delays of a few units each, and mostly nothing that fires without them.
void stim_moderate(stim_t *s, uint64_t now, uint64_t h);
// The accesses of this stretch of time are aimed.
bool stim_aiming(const stim_t *s, uint64_t now);

// ---- episodes (stim_episode.c) ----

// Through PBM, before anything has begun to move: words are written and read again.
void stim_packet_buffer(stim_t *s, uint64_t now, uint64_t h);
// One command to the EEPROM, by its pins; takes less than 60 cycles.
void stim_eeprom(stim_t *s, uint64_t now, uint64_t h);
// With MSI on: a message that has to wait, while the device has nothing else to do.
void stim_message(stim_t *s, uint64_t now, uint64_t h);

#endif
