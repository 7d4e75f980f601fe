// SPDX-License-Identifier: Apache-2.0
// Settings: coalescing, ring sizes, receive mode, features, statistics.
#include "driver/igb.h"

#define FRAMES_MAX 0xFFFFu

// ---- coalescing ---------------------------------------------------------------------------------

void igb_apply_settings(igb_t *a)
{
    for (unsigned i = 0; i < a->vectors; i++) {
        igb_vector_t *v = &a->vector[i];
        igb_itr_set(&v->itr, v->rx ? a->rx_setting : a->tx_setting);
        policy_set(&v->policy, v->rx ? &a->policy : NULL);
    }
}

// `all`: zeros too; a stock device never sees these registers.
void igb_write_frames(igb_t *a, bool all)
{
    for (unsigned i = 0; i < a->vectors; i++) {
        const igb_vector_t *v = &a->vector[i];
        const uint32_t off = IGB_VRXFRAMES_STRIDE * v->number;
        if (v->rx && (all || a->rx_frames)) wr32(&a->hw, IGB_VRXFRAMES + off, a->rx_frames);
        if (v->tx && (all || a->tx_frames)) wr32(&a->hw, IGB_VTXFRAMES + off, a->tx_frames);
    }
}

static int refuse(const igb_t *a, const char *why)
{
    os_log(a->hw.d, "coalescing refused: %s", why);
    return -EINVAL;
}

static bool paired(const igb_t *a)
{
    return a->vectors == a->queues && a->queues;
}

// The interval that vectors of receive (transmit) queues have reached.
static uint32_t reached(const igb_t *a, bool rx)
{
    for (unsigned i = 0; i < a->vectors; i++)
        if (rx ? a->vector[i].rx != NULL : a->vector[i].tx != NULL) return a->vector[i].itr.value;
    return 0;
}

static uint32_t fixed(uint32_t value)
{
    return value & FMASK(IGB_EITR_INTERVAL);
}

// What only the 82540EM has.
static bool foreign(const os_coalesce_t *c)
{
    return c->rdtr != OS_KEEP || c->radv != OS_KEEP || c->tidv != OS_KEEP || c->tadv != OS_KEEP ||
           c->itr != OS_KEEP || c->mtctl != OS_KEEP || c->mtdly != OS_KEEP;
}

static int check(const igb_t *a, const os_coalesce_t *c)
{
    if (foreign(c)) return refuse(a, "the 82576 has EITR only: rx-usecs and tx-usecs");
    if (c->adaptive_rx != OS_KEEP && c->adaptive_rx > 1) return refuse(a, "adaptive is 0 or 1");
    if (c->adaptive_rx == 1 && (c->rx_usecs != OS_KEEP || c->tx_usecs != OS_KEEP))
        return refuse(a, "adaptive and an interval exclude each other");
    if (c->tx_usecs != OS_KEEP && c->tx_usecs && paired(a))
        return refuse(a, "receive and transmit queues have their vectors in common");
    if ((c->rx_frames != OS_KEEP && c->rx_frames > FRAMES_MAX) ||
        (c->tx_frames != OS_KEEP && c->tx_frames > FRAMES_MAX))
        return refuse(a, "at most 65535 frames");
    return 0;
}

// ethtool -C. rx_usecs and tx_usecs as Linux takes them: 0, the modes 1 and 3, or 10 to 10000. They
// are for vectors with receive queues, and for those with transmit queues alone. adaptive_rx is for
// both: 1 is mode 3; 0 by itself keeps the intervals that are reached, and with an interval takes it
// literally, modes and all. All or nothing.
int igb_set_coalesce(void *priv, const os_coalesce_t *c)
{
    igb_t *a = priv;
    uint32_t rx = a->rx_setting, tx = a->tx_setting;
    int err = check(a, c);

    if (err) return err;
    if (c->adaptive_rx == 1) {
        if (!(rx & 3)) rx = IGB_ITR_CONSERVATIVE;
        if (!(tx & 3)) tx = IGB_ITR_CONSERVATIVE;
    } else if (c->adaptive_rx == 0) {
        if (rx & 3) rx = fixed(reached(a, true));
        if (tx & 3) tx = fixed(reached(a, false));
    }
    int (*const from)(uint32_t, uint32_t *) =
        c->adaptive_rx == 0 ? igb_itr_literal : igb_itr_from_usecs;
    if ((c->rx_usecs != OS_KEEP && from(c->rx_usecs, &rx)) ||
        (c->tx_usecs != OS_KEEP && from(c->tx_usecs, &tx)))
        return refuse(a, c->adaptive_rx == 0 ? "an interval is at most 8191 us"
                                             : "an interval is 0, 1, 3 or 10 to 10000 us");
    if (paired(a)) tx = rx;
    const bool changed = rx != a->rx_setting || tx != a->tx_setting;
    a->rx_setting = rx;
    a->tx_setting = tx;
    if (c->rx_usecs != OS_KEEP || c->tx_usecs != OS_KEEP) a->literal = c->adaptive_rx == 0;
    if (c->adaptive_rx == 1) a->literal = false;
    if (changed) igb_apply_settings(a);
    const bool frames = (c->rx_frames != OS_KEEP && c->rx_frames != a->rx_frames) ||
                        (c->tx_frames != OS_KEEP && c->tx_frames != a->tx_frames);
    if (c->rx_frames != OS_KEEP) a->rx_frames = c->rx_frames;
    if (c->tx_frames != OS_KEEP) a->tx_frames = c->tx_frames;
    if (frames && !a->down) igb_write_frames(a, true);
    return 0;
}

static uint32_t usecs(const igb_t *a, bool rx)
{
    const uint32_t setting = rx ? a->rx_setting : a->tx_setting;

    return igb_itr_to_usecs(setting & 3 ? fixed(reached(a, rx)) : setting);
}

// The present settings; of adaptive vectors the interval that the first one has reached.
int igb_get_coalesce(void *priv, os_coalesce_t *c)
{
    const igb_t *a = priv;

    *c = (os_coalesce_t){
        .rx_usecs = usecs(a, true),
        .tx_usecs = usecs(a, false),
        .rx_frames = a->rx_frames,
        .tx_frames = a->tx_frames,
        .adaptive_rx = (a->rx_setting & 3) != 0,
        .itr = fixed(reached(a, true)),
    };
    return 0;
}

// ---- others -------------------------------------------------------------------------------------

// Ring sizes of all queues, rounded up to a multiple of 8. -EBUSY while open, -EINVAL out of range.
int igb_set_ringparam(void *priv, const os_ringparam_t *r)
{
    igb_t *a = priv;
    uint32_t rx = a->rx_count, tx = a->tx_count;

    if (a->opened) return -EBUSY;
    if (!igb_ring_size(r->rx, IGB_RX_RING_MIN, &rx) ||
        !igb_ring_size(r->tx, IGB_TX_RING_MIN, &tx)) {
        os_log(a->hw.d, "ring sizes refused: receive %u to %u, transmit %u to %u", IGB_RX_RING_MIN,
               IGB_RING_MAX, IGB_TX_RING_MIN, IGB_RING_MAX);
        return -EINVAL;
    }
    a->rx_count = rx;
    a->tx_count = tx;
    return 0;
}

int igb_set_rx_mode(void *priv, bool promisc, bool allmulti)
{
    igb_t *a = priv;

    a->promisc = promisc;
    a->allmulti = allmulti;
    if (!a->down) igb_rx_mode(a);
    return 0;
}

// Both take effect at the next open: -EBUSY while open.
int igb_set_features(void *priv, bool vlan_strip, bool rx_csum)
{
    igb_t *a = priv;

    if (a->opened) return -EBUSY;
    a->vlan_strip = vlan_strip;
    a->rx_csum = rx_csum;
    return 0;
}

int igb_set_watchdog(void *priv, bool on)
{
    igb_t *a = priv;

    if (a->opened) return -EBUSY;
    a->watchdog = on;
    return 0;
}

int igb_set_vlan(void *priv, uint16_t vid, bool on)
{
    igb_t *a = priv;
    int err = 0;

    if (vid == 0 || vid >= 32 * IGB_VFTA_COUNT) return -EINVAL;
    if (!a->down) err = igb_vlan(a, vid, on);
    if (err) return err;
    a->vids[vid / 32] = (a->vids[vid / 32] & ~(1u << vid % 32)) | (uint32_t)on << vid % 32;
    return 0;
}

int igb_get_queue_stats(void *priv, unsigned i, os_queue_stats_t *s)
{
    const igb_t *a = priv;

    if (i >= a->queues) return -EINVAL;
    *s = (os_queue_stats_t){.rx_packets = a->rx[i].packets,
                            .rx_bytes = a->rx[i].bytes,
                            .rx_dropped = a->rx[i].dropped,
                            .tx_packets = a->tx[i].packets,
                            .tx_bytes = a->tx[i].bytes};
    return 0;
}

// Reads (and so clears) counters of the device while the interface is open.
int igb_get_stats(void *priv, os_drv_stats_t *s)
{
    igb_t *a = priv;

    if (!a->down) igb_fold_stats(a);
    *s = a->stats;
    for (unsigned i = 0; i < IGB_QUEUES_MAX; i++) {
        const igb_rx_t *rx = &a->rx[i];
        const igb_tx_t *tx = &a->tx[i];
        s->rx_packets += rx->packets;
        s->rx_bytes += rx->bytes;
        s->rx_errors += rx->errors;
        s->rx_alloc_failed += rx->alloc_failed;
        s->rx_dropped += rx->dropped;
        s->tx_packets += tx->packets;
        s->tx_bytes += tx->bytes;
        s->tx_restart += tx->restarts;
        s->tx_busy += tx->busy;
    }
    for (unsigned i = 0; i < a->vectors; i++) policy_add(&s->policy, &a->vector[i].policy);
    s->policy.level = a->vector[0].policy.stats.level;
    return 0;
}

// DIM and hybrid, for vectors with receive queues; -EBUSY while open. DIM sets the interval.
int igb_set_policy(void *priv, const os_policy_t *p)
{
    igb_t *a = priv;
    uint32_t usecs;
    const int err = a->opened ? -EBUSY : policy_check(p);

    if (err) return err;
    a->policy = *p;
    if (policy_first_usecs(p, &usecs)) {
        (void)igb_itr_literal(usecs, &a->rx_setting);
        if (paired(a)) a->tx_setting = a->rx_setting;
        a->literal = true;
    }
    igb_apply_settings(a);
    return 0;
}
