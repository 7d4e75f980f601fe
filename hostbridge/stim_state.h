// SPDX-License-Identifier: Apache-2.0
// What the files of the random stimulus share.
#ifndef MODERATO_STIM_STATE_H
#define MODERATO_STIM_STATE_H

#include "hostbridge/stim.h"

enum { STIM_MEM_BASE = 0x10000, STIM_MEM_SIZE = 0x100000 };

// What an access is aimed at (82540EM; the 82576 has AIM_W and AIM_TLP): a packet in host memory (P), a frame or descriptor that was read (W), what follows
// from any other TLP, the end of a timer's delay. The delays: RDTR, RADV, TIDV, TADV, MTDLY.
enum { AIM_P, AIM_W, AIM_TLP, AIM_EXPIRY, STIM_AIMS };
enum { STIM_DELAYS = 5 };

typedef struct stim_read {
    uint64_t cyc; // completion on the pins
    uint8_t tag, func;
    uint64_t addr;
    uint32_t len;
} stim_read_t;

// What is done to a device of one personality.
typedef struct stim_script {
    bool beats; // frames and descriptors come in the beat of timers
    void (*begin)(stim_t *s);
    void (*step)(stim_t *s, uint64_t now); // in step_cyc, which it sets anew
    // Addresses and headers of a frame of `len` random bytes, whose FCS is made behind.
    void (*frame)(stim_t *s, uint8_t *f, uint32_t len, uint64_t h);
    void (*reset)(stim_t *s, uint64_t now, uint64_t h); // of the device, and what goes with it
    // Accesses that are aimed: a TLP, a completion has its last beat in `end`; what they aimed at is `now`.
    void (*tlp)(stim_t *s, uint64_t end, const nic_tlp_t *t);
    void (*completion)(stim_t *s, uint64_t end, uint8_t tag, uint32_t len);
    void (*aim)(stim_t *s, uint64_t now);
} stim_script_t;
extern const stim_script_t stim_82540em, stim_82576;

struct stim {
    const stim_script_t *script;
    void *own; // the script's
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
    uint8_t func;        // its function
    bool present, pause; // link partner
    uint8_t speed;
    uint64_t later_cyc; // a register that is read when something is through
    uint32_t later_off;
    uint32_t eeprom_left;                              // commands that are still to come
    uint64_t aim[STIM_AIMS];                           // on the pins
    uint8_t aim_func[STIM_AIMS], aim_queue[STIM_AIMS]; // whose it is (82576)
    uint32_t delay[STIM_DELAYS];                       // as they were written last
    bool awaited_tx;                                   // the delay is one of the transmit side
    bool steady;    // short frames without a break, and nothing is reset (82576)
    bool counts[2]; // RXFRAMES, TXFRAMES are 1, and timers may run
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

// Some stretches of time keep a beat of about so many of the timers' units: frames (which = 0) or
// descriptors (1) come in the cycles in which timers expire. 0: this one does not.
uint32_t stim_beat(const stim_t *s, uint64_t now, uint32_t which);
// Some find the host hardly keeping up: the packet buffer is full, and frees a frame now and then.
bool stim_behind(const stim_t *s, uint64_t now);
// The link partner changes.
void stim_partner(stim_t *s, uint64_t cyc, bool present, uint8_t speed, bool pause);
// Bytes in memory, little endian.
void stim_put(stim_t *s, uint32_t at, uint64_t v, int bytes);
void stim_access(stim_t *s, uint64_t now, bool write, uint8_t space, uint32_t addr, uint32_t data);
void stim_write(stim_t *s, uint64_t now, uint32_t off, uint32_t data);
// Gives all descriptors anew, or none.
void stim_restart(stim_t *s, uint64_t now, bool tx);

// ---- accesses that are aimed (stim_aim.c) ----

// A TLP or a completion has its last beat in `end`. It may be aimed at.
void stim_aim_tlp(stim_t *s, uint64_t end, const nic_tlp_t *t);
void stim_aim_completion(stim_t *s, uint64_t end, uint8_t tag, uint32_t len);
void stim_note_delay(stim_t *s, uint32_t off, uint32_t data); // a register is written
// The soonest of them, NIC_NEVER: none. Makes those of cycle `now`.
uint64_t stim_aim_next(const stim_t *s);
void stim_aim(stim_t *s, uint64_t now);
// Those of the 82576 (stim_82576_aim.c).
void stim_82576_tlp(stim_t *s, uint64_t end, const nic_tlp_t *t);
void stim_82576_completion(stim_t *s, uint64_t end, uint8_t tag, uint32_t len);
void stim_82576_aim(stim_t *s, uint64_t now);
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
