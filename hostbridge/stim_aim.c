// SPDX-License-Identifier: Apache-2.0
// Register accesses that meet something in the device. What follows from a TLP (a packet is in host
// memory, a cause) is visible two cycles behind its last beat, a frame or descriptor that was read
// TxFinishCyc + 1 behind the last beat of its completion; an access is visible in the cycle after the
// one it is on the pins.
#include "hostbridge/stim_state.h"

#include "rtl/defs.h"

enum { RX_DATA = 0, TX_DATA = 5 }; // tags

// Timers that can be made to expire by a write of 0: those of the receive side, of the transmit side,
// the master.
static const uint32_t DELAY[STIM_DELAYS] = {E1000_RDTR, E1000_RADV, E1000_TIDV, E1000_TADV,
                                            E1000_MTDLY};

bool stim_aiming(const stim_t *s, uint64_t now)
{
    return pick(hash3(s->seed, now >> 14, 51), 0, 3) == 0;
}

uint64_t stim_aim_next(const stim_t *s)
{
    uint64_t next = NIC_NEVER;
    for (unsigned i = 0; i < STIM_AIMS; i++)
        if (s->aim[i] < next) next = s->aim[i];
    return next;
}

// Engines tell of a TLP in different cycles: all but the cycle is decided when it has come.
void stim_aim_tlp(stim_t *s, uint64_t end, const nic_tlp_t *t)
{
    if (t->type == NIC_TLP_READ || !stim_aiming(s, end)) return;
    const bool before = t->beats > 4 && pick(hash3(s->seed, end, 52), 0, 4) == 0;
    s->aim[t->tag == RX_DATA ? AIM_P : AIM_TLP] = end + !before; // mostly in the very cycle
    s->e->time.stop(s->e->time.ctx);
}

void stim_aim_completion(stim_t *s, uint64_t end, uint8_t tag, uint32_t len)
{
    (void)len;
    if (tag == TX_DATA && stim_aiming(s, end)) s->aim[AIM_W] = end + NIC_TxFinishCyc;
}

void stim_note_delay(stim_t *s, uint32_t off, uint32_t data)
{
    for (unsigned i = 0; i < STIM_DELAYS; i++)
        if (DELAY[i] == off) s->delay[i] = data & 0xFFFF;
}

static void expire(stim_t *s, uint64_t now, unsigned timer, uint64_t h)
{
    stim_write(s, now, DELAY[timer], 0);
    stim_write(s, now, DELAY[timer], 1 + pick(h, 16, 4));
}

static void flush(stim_t *s, uint64_t now, uint64_t h)
{
    stim_write(s, now, E1000_RDTR, (1 + pick(h, 0, 4)) | FMASK(E1000_RDTR_FPD));
}

// A timer that was started by this P or W expires now, if nothing has come since: another one too.
static void meet_expiry(stim_t *s, uint64_t now, uint64_t h)
{
    const unsigned other = pick(h, 0, 4);
    if (other == 3) flush(s, now, h);
    else expire(s, now, other == 2 ? 4 : s->awaited_tx ? other : 2 + other, h);
}

// From the next one on each P or W fires by itself; timers that run already expire in that of it.
static void meet_count(stim_t *s, uint64_t now, bool tx, uint64_t h)
{
    if (!s->counts[tx]) {
        stim_write(s, now, tx ? E1000_TXFRAMES : E1000_RXFRAMES, 1);
        s->counts[tx] = true;
        return;
    }
    const unsigned any = pick(h, 4, STIM_DELAYS), own = 2u * tx + pick(h, 8, 2);
    if (pick(h, 0, 8) == 0) flush(s, now, h);
    else expire(s, now, pick(h, 12, 2) ? any : own, h);
    stim_write(s, now, tx ? E1000_TXFRAMES : E1000_RXFRAMES, 0);
    s->counts[tx] = false;
}

static void meet_any(stim_t *s, uint64_t now, uint64_t h)
{
    static const uint16_t counter[] = {E1000_GPRC, E1000_GPTC, E1000_TPR,  E1000_TPT,
                                       E1000_RNBC, E1000_MPC,  E1000_TORL, E1000_TOTH};
    switch (pick(h, 0, 15)) {
    case 0: stim_write(s, now, E1000_ICR, (uint32_t)(h & mix(h))); break;
    case 1: stim_write(s, now, E1000_ICR, 1u << pick(h, 8, 17)); break;
    case 2:
    case 3: stim_access(s, now, false, NIC_SPACE_MEM, E1000_ICR, 0); break;
    case 4: stim_write(s, now, E1000_ICS, 1u << pick(h, 8, 17)); break;
    case 5: stim_write(s, now, pick(h, 8, 2) ? E1000_IMS : E1000_IMC, h >> 12 & 0x1FFFF); break;
    case 6: stim_write(s, now, E1000_ITR, pick(h, 8, 2) ? 0 : pick(h, 16, 20)); break;
    case 7:
        stim_access(s, now, false, NIC_SPACE_MEM,
                    counter[pick(h, 8, sizeof counter / sizeof counter[0])], 0);
        break;
    case 8: stim_write(s, now, E1000_MTCTL, 1 | pick(h, 8, 8)); break;
    case 9:
        if (pick(h, 8, 8) == 0) stim_restart(s, now, pick(h, 16, 2));
        break;
    default: flush(s, now, h); break;
    }
}

void stim_aim(stim_t *s, uint64_t now)
{
    const bool p = s->aim[AIM_P] == now, w = s->aim[AIM_W] == now,
               expiry = s->aim[AIM_EXPIRY] == now;
    for (unsigned i = 0; i < STIM_AIMS; i++)
        if (s->aim[i] == now) s->aim[i] = NIC_NEVER;
    const uint64_t h = hash3(s->seed, now, 54), g = mix(h + 1);
    const uint32_t units = s->delay[2 * w + pick(h, 8, 2)];
    if (expiry) meet_expiry(s, now, g);
    else if ((p || w) && (s->counts[w] || pick(h, 0, 8) == 0)) meet_count(s, now, w, g);
    else if ((p || w) && pick(h, 4, 4) == 0) expire(s, now, pick(h, 12, STIM_DELAYS), g);
    else if ((p || w) && s->aim[AIM_EXPIRY] == NIC_NEVER && units > 0 && units < 8) {
        s->aim[AIM_EXPIRY] = now + (uint64_t)units * NIC_TimerUnitCyc;
        s->awaited_tx = w;
    } else if (pick(h, 16, 3) == 0) meet_any(s, now, g);
}

// Packets and descriptors are counted, and nothing else fires.
static void count_all(stim_t *s, uint64_t now, uint64_t h)
{
    static const uint32_t off[] = {E1000_RDTR,  E1000_RADV,  E1000_TIDV,     E1000_TADV,
                                   E1000_RSRPD, E1000_MTCTL, E1000_RXFRAMES, E1000_TXFRAMES};
    for (unsigned i = 0; i < sizeof off / sizeof off[0]; i++) stim_write(s, now, off[i], 0);
    stim_write(s, now, E1000_RXFRAMES, 2 + pick(h, 0, 8));
    stim_write(s, now, E1000_TXFRAMES, 2 + pick(h, 4, 8));
}

void stim_moderate(stim_t *s, uint64_t now, uint64_t h)
{
    if (pick(hash3(s->seed, now >> 13, 56), 0, 4) == 0) {
        count_all(s, now, h);
        return;
    }
    const bool aimed = stim_aiming(s, now);
    const uint32_t fewest = 1 + pick(h, 40, 2);
    stim_write(s, now, E1000_RDTR, 1 + pick(h, 0, 4));
    stim_write(s, now, E1000_RADV, pick(h, 4, 5));
    stim_write(s, now, E1000_TIDV, 1 + pick(h, 8, 4));
    stim_write(s, now, E1000_TADV, pick(h, 12, 5));
    stim_write(s, now, E1000_RXFRAMES, 0);
    stim_write(s, now, E1000_RXFRAMES, pick(h, 16, 3) ? 0 : fewest + pick(h, 18, 6));
    stim_write(s, now, E1000_TXFRAMES, pick(h, 20, 4) ? 0 : fewest + pick(h, 22, 6));
    stim_write(s, now, E1000_MTDLY, pick(h, 24, 4));
    stim_write(s, now, E1000_MTCTL, pick(h, 28, 8));
    stim_write(s, now, E1000_RSRPD, pick(h, 32, aimed ? 2 : 8) ? 0 : 80 + pick(h, 36, 2) * 40);
}
