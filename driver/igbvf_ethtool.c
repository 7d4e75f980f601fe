// SPDX-License-Identifier: Apache-2.0
// Settings of igbvf: coalescing, ring sizes, receive mode, VLANs, statistics.
#include "driver/igbvf.h"

#define FRAMES_MAX 0xFFFFu

static int refuse(const igbvf_t *a, const char *why)
{
    os_log(a->d, "coalescing refused: %s", why);
    return -EINVAL;
}

// `all`: zeros too; a stock device never sees these registers.
void igbvf_write_frames(const igbvf_t *a, bool all)
{
    if (all || a->rx_frames)
        igbvf_wr(a, IGBVF_VRXFRAMES + IGBVF_VRXFRAMES_STRIDE * IGBVF_V_RX, a->rx_frames);
    if (all || a->tx_frames)
        igbvf_wr(a, IGBVF_VTXFRAMES + IGBVF_VTXFRAMES_STRIDE * IGBVF_V_TX, a->tx_frames);
}

static bool dynamic(const igbvf_t *a)
{
    return (a->rx_itr.requested & 3) != 0;
}

static int check(const igbvf_t *a, const os_coalesce_t *c)
{
    if (c->rdtr != OS_KEEP || c->radv != OS_KEEP || c->tidv != OS_KEEP || c->tadv != OS_KEEP ||
        c->itr != OS_KEEP || c->mtctl != OS_KEEP || c->mtdly != OS_KEEP || c->tx_usecs != OS_KEEP)
        return refuse(a, "a VF has rx-usecs and adaptive-rx only");
    if (c->adaptive_rx != OS_KEEP && c->adaptive_rx > 1) return refuse(a, "adaptive is 0 or 1");
    if (c->adaptive_rx == 1 && c->rx_usecs != OS_KEEP)
        return refuse(a, "adaptive and an interval exclude each other");
    if ((c->rx_frames != OS_KEEP && c->rx_frames > FRAMES_MAX) ||
        (c->tx_frames != OS_KEEP && c->tx_frames > FRAMES_MAX))
        return refuse(a, "at most 65535 frames");
    return 0;
}

// ethtool -C. rx_usecs as Linux takes it: 0, the modes 2 and 3, or 10 to 10000; written at once, to
// the receive vector. adaptive_rx 1 is mode 3, 0 by itself keeps the interval that is reached. With an
// interval it is taken literally, modes and all, and stays; else fixed values may drift (igb_itr.h).
// All or nothing.
int igbvf_set_coalesce(void *priv, const os_coalesce_t *c)
{
    igbvf_t *a = priv;
    igbvf_itr_t rx = a->rx_itr;
    int err = check(a, c);

    if (err) return err;
    const bool start = c->adaptive_rx == 1 && !dynamic(a);
    const bool end = c->adaptive_rx == 0 && c->rx_usecs == OS_KEEP && dynamic(a);
    if (c->rx_usecs != OS_KEEP && c->adaptive_rx == 0) {
        if (igbvf_itr_fix_usecs(&rx, c->rx_usecs))
            return refuse(a, "an interval is at most 8191 us");
    } else if (c->rx_usecs != OS_KEEP && igbvf_itr_set_usecs(&rx, c->rx_usecs)) {
        return refuse(a, "an interval is 0, 2, 3 or 10 to 10000 us");
    }
    if (start) (void)igbvf_itr_set_usecs(&rx, IGB_ITR_CONSERVATIVE);
    if (end) rx.requested = 0;
    a->rx_itr = rx;
    a->tx_itr.requested = rx.requested;
    if (!a->down && (start || c->rx_usecs != OS_KEEP))
        igbvf_wr(a, IGBVF_VTEITR + IGBVF_VTEITR_STRIDE * IGBVF_V_RX, igbvf_itr_reg(rx.value));

    const bool frames = (c->rx_frames != OS_KEEP && c->rx_frames != a->rx_frames) ||
                        (c->tx_frames != OS_KEEP && c->tx_frames != a->tx_frames);
    if (c->rx_frames != OS_KEEP) a->rx_frames = c->rx_frames;
    if (c->tx_frames != OS_KEEP) a->tx_frames = c->tx_frames;
    if (frames && !a->down) igbvf_write_frames(a, true);
    return 0;
}

int igbvf_get_coalesce(void *priv, os_coalesce_t *c)
{
    const igbvf_t *a = priv;

    *c = (os_coalesce_t){
        .rx_usecs = a->rx_itr.value / 4,
        .tx_usecs = a->tx_itr.value / 4,
        .rx_frames = a->rx_frames,
        .tx_frames = a->tx_frames,
        .adaptive_rx = dynamic(a),
        .itr = a->rx_itr.value,
    };
    return 0;
}

// Ring sizes, rounded up to a multiple of 8. -EBUSY while open, -EINVAL out of range.
int igbvf_set_ringparam(void *priv, const os_ringparam_t *r)
{
    igbvf_t *a = priv;
    uint32_t rx = a->rx_count, tx = a->tx_count;

    if (a->opened) return -EBUSY;
    if (!igb_ring_size(r->rx, IGB_RX_RING_MIN, &rx) ||
        !igb_ring_size(r->tx, IGB_TX_RING_MIN, &tx)) {
        os_log(a->d, "ring sizes refused: receive %u to %u, transmit %u to %u", IGB_RX_RING_MIN,
               IGB_RING_MAX, IGB_TX_RING_MIN, IGB_RING_MAX);
        return -EINVAL;
    }
    a->rx_count = rx;
    a->tx_count = tx;
    return 0;
}

// A VF cannot be promiscuous; it can have all groups.
int igbvf_set_rx_mode(void *priv, bool promisc, bool allmulti)
{
    igbvf_t *a = priv;
    const bool was = a->allmulti;

    a->allmulti = allmulti || promisc;
    if (a->down || a->allmulti == was) return 0;
    return igbvf_set_all_multicasts(&a->mbx, a->allmulti);
}

// The PF takes tags off for VLANs that the VF has joined. -EBUSY while open.
int igbvf_set_features(void *priv, bool vlan_strip, bool rx_csum)
{
    igbvf_t *a = priv;

    (void)vlan_strip;
    if (a->opened) return -EBUSY;
    a->rx_csum = rx_csum;
    return 0;
}

int igbvf_set_watchdog(void *priv, bool on)
{
    igbvf_t *a = priv;

    if (a->opened) return -EBUSY;
    a->watchdog = on;
    return 0;
}

int igbvf_set_vids(void *priv, uint16_t vid, bool on)
{
    igbvf_t *a = priv;
    int err = 0;

    if (vid == 0 || vid >= IGBVF_VLANS) return -EINVAL;
    if (!a->down) err = igbvf_set_vlan(&a->mbx, vid, on);
    if (err) return err;
    a->vids[vid / 32] = (a->vids[vid / 32] & ~(1u << vid % 32)) | (uint32_t)on << vid % 32;
    return 0;
}

int igbvf_get_queue_stats(void *priv, unsigned queue, os_queue_stats_t *s)
{
    const igbvf_t *a = priv;

    if (queue > 0) return -EINVAL;
    *s = (os_queue_stats_t){.rx_packets = a->rx.packets,
                            .rx_bytes = a->rx.bytes,
                            .rx_dropped = a->rx.dropped,
                            .tx_packets = a->tx.packets,
                            .tx_bytes = a->tx.bytes};
    return 0;
}

int igbvf_get_stats(void *priv, os_drv_stats_t *s)
{
    igbvf_t *a = priv;

    if (!a->down) a->rx.dropped += igbvf_rd(a, IGBVF_RQDPC);
    *s = a->stats;
    s->rx_packets = a->rx.packets;
    s->rx_bytes = a->rx.bytes;
    s->rx_errors = a->rx.errors;
    s->rx_alloc_failed = a->rx.alloc_failed;
    s->rx_dropped = a->rx.dropped;
    s->tx_packets = a->tx.packets;
    s->tx_bytes = a->tx.bytes;
    s->tx_restart = a->tx.restarts;
    s->tx_busy = a->tx.busy;
    policy_add(&s->policy, &a->policy);
    s->policy.level = a->policy.stats.level;
    return 0;
}

// DIM and hybrid; -EBUSY while open. DIM sets the interval.
int igbvf_set_policy(void *priv, const os_policy_t *p)
{
    igbvf_t *a = priv;
    uint32_t usecs;
    const int err = a->opened ? -EBUSY : policy_check(p);

    if (err) return err;
    policy_set(&a->policy, p);
    if (policy_first_usecs(p, &usecs)) (void)igbvf_itr_fix_usecs(&a->rx_itr, usecs);
    return 0;
}
