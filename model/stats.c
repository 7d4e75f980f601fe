// SPDX-License-Identifier: Apache-2.0
#include "model/stats.h"

#include <string.h>

#define IX(name) (E1000_R_##name - E1000_R_CRCERRS)

static void inc(stats_t *s, unsigned ix)
{
    if (++s->count_q[ix] == 0) s->count_q[ix] = UINT32_MAX;
}

// Adds to the pair whose low half is `ix`; sticks at all ones.
static void add64(stats_t *s, unsigned ix, uint32_t n)
{
    s->count_q[ix] += n;
    if (s->count_q[ix] >= n) return;
    if (++s->count_q[ix + 1] != 0) return; // carry
    s->count_q[ix] = s->count_q[ix + 1] = UINT32_MAX;
}

// Size bins are six counters in a row: 64, 65-127, 128-255, 256-511, 512-1023, 1024 and more.
static unsigned size_bin(uint32_t len)
{
    if (len <= 64) return 0;
    unsigned log2 = 31 - (unsigned)__builtin_clz(len);
    return log2 < 10 ? log2 - 5 : 5;
}

static bool is_high_half(uint16_t id)
{
    return id == E1000_R_GORCH || id == E1000_R_GOTCH || id == E1000_R_TORH || id == E1000_R_TOTH;
}

static bool is_low_half(uint16_t id)
{
    return id == E1000_R_GORCL || id == E1000_R_GOTCL || id == E1000_R_TORL || id == E1000_R_TOTL;
}

static bool is_stats(uint16_t id)
{
    return id >= E1000_R_CRCERRS && id <= E1000_R_TSCTFC;
}

void stats_reset(stats_t *s)
{
    memset(s, 0, sizeof *s);
}

static void count_errors(stats_t *s, const stats_rx_event_t *e, bool too_long)
{
    bool bad = e->flags & (STATS_CRC_ERR | STATS_RX_ERR);
    if (e->len < NIC_FrameMin) {
        inc(s, IX(RLEC));
        inc(s, bad ? IX(RFC) : IX(RUC));
        return;
    }
    if (e->flags & STATS_CRC_ERR) inc(s, IX(CRCERRS));
    if (e->flags & STATS_RX_ERR) inc(s, IX(RXERRC));
    if (too_long) {
        inc(s, IX(RLEC));
        inc(s, bad ? IX(RJC) : IX(ROC));
    }
}

void stats_rx(stats_t *s, const stats_rx_event_t *e)
{
    uint32_t len = e->len, flags = e->flags;
    inc(s, IX(TPR));
    add64(s, IX(TORL), len);
    if (flags & STATS_MISSED) inc(s, IX(MPC));

    bool too_long = len > (uint32_t)(flags & STATS_LPE ? NIC_FrameMax : NIC_FrameMaxStd);
    if (flags & (STATS_CRC_ERR | STATS_RX_ERR | STATS_TOO_LONG) || len < NIC_FrameMin || too_long) {
        count_errors(s, e, too_long || (flags & STATS_TOO_LONG));
        return;
    }
    if (flags & (STATS_XON | STATS_XOFF)) {
        inc(s, flags & STATS_XON ? IX(XONRXC) : IX(XOFFRXC));
        return;
    }
    if (flags & STATS_UNSUPPORTED) inc(s, IX(FCRUC));
    if (flags & (STATS_MISSED | STATS_DISCARDED)) return;

    inc(s, IX(GPRC));
    add64(s, IX(GORCL), len);
    inc(s, IX(PRC64) + size_bin(len));
    if (flags & STATS_BCAST) inc(s, IX(BPRC));
    if (flags & STATS_MCAST) inc(s, IX(MPRC));
}

void stats_tx(stats_t *s, const stats_tx_event_t *e)
{
    inc(s, IX(TPT));
    add64(s, IX(TOTL), e->len);
    if (e->flags & (STATS_XON | STATS_XOFF)) {
        inc(s, e->flags & STATS_XON ? IX(XONTXC) : IX(XOFFTXC));
        return;
    }
    if (e->flags & STATS_BCAST) inc(s, IX(BPTC));
    if (e->flags & STATS_MCAST) inc(s, IX(MPTC));
    if (e->len < NIC_FrameMin) return;

    inc(s, IX(GPTC));
    add64(s, IX(GOTCL), e->len);
    inc(s, IX(PTC64) + size_bin(e->len));
}

void stats_count(stats_t *s, uint16_t id)
{
    if (!is_stats(id) || is_low_half(id) || is_high_half(id)) return;
    inc(s, (unsigned)(id - E1000_R_CRCERRS));
}

uint32_t stats_peek(const stats_t *s, uint16_t id)
{
    return is_stats(id) ? s->count_q[id - E1000_R_CRCERRS] : 0;
}

uint32_t stats_read_clear(stats_t *s, uint16_t id)
{
    if (!is_stats(id)) return 0;
    uint32_t *count = &s->count_q[id - E1000_R_CRCERRS];
    uint32_t value = *count;
    if (is_low_half(id)) return value;
    *count = 0;
    if (is_high_half(id)) count[-1] = 0;
    return value;
}
