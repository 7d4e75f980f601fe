// SPDX-License-Identifier: Apache-2.0
// Settings: coalescing, ring sizes, receive mode, features, statistics.
#include "driver/e1000.h"

#define DELAY_MAX 0xFFFFu

void e1000_default_moderation(e1000_t *a)
{
    a->mod = (e1000_moderation_t){.rdtr = 0, .radv = 8, .tidv = 8, .tadv = 32, .adaptive = true};
    e1000_itr_start(&a->itr);
    a->itr_reg = e1000_itr_from_rate(a->itr.rate);
}

void e1000_write_extensions(const e1000_t *a)
{
    const e1000_moderation_t *m = &a->mod;

    if (m->rxframes) wr32(&a->hw, E1000_RXFRAMES, m->rxframes);
    if (m->txframes) wr32(&a->hw, E1000_TXFRAMES, m->txframes);
    if (m->mtdly) wr32(&a->hw, E1000_MTDLY, m->mtdly);
    if (m->mtctl) wr32(&a->hw, E1000_MTCTL, m->mtctl);
}

// *to = value, unless the request leaves it alone; -EINVAL above max.
static int take(const e1000_t *a, const char *what, uint64_t value, uint32_t max, uint32_t *to)
{
    if (value == OS_KEEP) return 0;
    if (value > max) {
        os_log(a->hw.d, "%s: %llu does not fit the register (at most %u)", what,
               (unsigned long long)value, max);
        return -EINVAL;
    }
    *to = (uint32_t)value;
    return 0;
}

static int refuse(const e1000_t *a, const char *why)
{
    os_log(a->hw.d, "coalescing refused: %s", why);
    return -EINVAL;
}

static void write_changed(const e1000_t *a, uint32_t reg, uint32_t before, uint32_t now)
{
    if (before != now) wr32(&a->hw, reg, now);
}

// The new settings to the registers of a running interface, only those that changed.
static void apply(e1000_t *a, const e1000_moderation_t *m, uint32_t itr)
{
    const e1000_moderation_t o = a->mod;
    const uint32_t o_itr = a->itr_reg;

    a->mod = *m;
    a->itr_reg = itr;
    if (a->down) return; // open writes them
    write_changed(a, E1000_RDTR, o.rdtr, m->rdtr);
    write_changed(a, E1000_RADV, o.radv, m->radv);
    write_changed(a, E1000_TIDV, o.tidv, m->tidv);
    write_changed(a, E1000_TADV, o.tadv, m->tadv);
    write_changed(a, E1000_RXFRAMES, o.rxframes, m->rxframes);
    write_changed(a, E1000_TXFRAMES, o.txframes, m->txframes);
    write_changed(a, E1000_MTDLY, o.mtdly, m->mtdly);
    write_changed(a, E1000_MTCTL, o.mtctl, m->mtctl);
    write_changed(a, E1000_ITR, o_itr, itr);
}

// ethtool -C. rx_usecs is literal: the ITR value nearest to it, 0 = off (Linux' e1000 would take 1,
// 3 and 4 as modes). Naming an interval (rx_usecs or itr) turns adaptive off; turning adaptive off
// alone keeps the interval it has reached; turning it on starts at 20000/s. tx_usecs is TIDV. All
// or nothing: -EINVAL changes no setting.
int e1000_set_coalesce(void *priv, const os_coalesce_t *c)
{
    e1000_t *a = priv;
    e1000_moderation_t m = a->mod;
    uint32_t itr = a->itr_reg;
    const bool interval = c->rx_usecs != OS_KEEP || c->itr != OS_KEEP;
    int err = 0;

    if (c->adaptive_rx == 1 && a->per_packet) return refuse(a, "adaptive needs polls");
    if (c->adaptive_rx != OS_KEEP && c->adaptive_rx > 1) return refuse(a, "adaptive is 0 or 1");
    if (c->adaptive_rx == 1 && interval)
        return refuse(a, "adaptive and an interval exclude each other");
    if (c->rx_usecs != OS_KEEP && c->itr != OS_KEEP)
        return refuse(a, "rx-usecs and itr both set ITR");
    if (c->tx_usecs != OS_KEEP && c->tidv != OS_KEEP)
        return refuse(a, "tx-usecs and tidv both set TIDV");

    if (c->rx_usecs != OS_KEEP)
        err = take(a, "rx-usecs as ITR", e1000_itr_from_usecs(c->rx_usecs), E1000_ITR_MAX, &itr);
    if (!err && c->tx_usecs != OS_KEEP)
        err = take(a, "tx-usecs as TIDV", e1000_delay_from_usecs(c->tx_usecs), DELAY_MAX, &m.tidv);
    if (err || (err = take(a, "ITR", c->itr, E1000_ITR_MAX, &itr)) ||
        (err = take(a, "RDTR", c->rdtr, DELAY_MAX, &m.rdtr)) ||
        (err = take(a, "RADV", c->radv, DELAY_MAX, &m.radv)) ||
        (err = take(a, "TIDV", c->tidv, DELAY_MAX, &m.tidv)) ||
        (err = take(a, "TADV", c->tadv, DELAY_MAX, &m.tadv)) ||
        (err = take(a, "rx-frames", c->rx_frames, DELAY_MAX, &m.rxframes)) ||
        (err = take(a, "tx-frames", c->tx_frames, DELAY_MAX, &m.txframes)) ||
        (err = take(a, "MTCTL", c->mtctl, 7, &m.mtctl)) ||
        (err = take(a, "MTDLY", c->mtdly, DELAY_MAX, &m.mtdly)))
        return err;

    if (interval || c->adaptive_rx == 0) {
        m.adaptive = false;
    } else if (c->adaptive_rx == 1 && !m.adaptive) {
        m.adaptive = true;
        e1000_itr_start(&a->itr);
        itr = e1000_itr_from_rate(a->itr.rate);
    }
    apply(a, &m, itr);
    return 0;
}

// The present settings; with adaptive on, the interval it has reached.
int e1000_get_coalesce(void *priv, os_coalesce_t *c)
{
    const e1000_t *a = priv;
    const e1000_moderation_t *m = &a->mod;

    *c = (os_coalesce_t){
        .rx_usecs = e1000_itr_to_usecs(a->itr_reg),
        .tx_usecs = e1000_delay_to_usecs(m->tidv),
        .rx_frames = m->rxframes,
        .tx_frames = m->txframes,
        .adaptive_rx = m->adaptive,
        .rdtr = m->rdtr,
        .radv = m->radv,
        .tidv = m->tidv,
        .tadv = m->tadv,
        .itr = a->itr_reg,
        .mtctl = m->mtctl,
        .mtdly = m->mtdly,
    };
    return 0;
}

static bool ring_size(const e1000_t *a, const char *what, uint32_t n, uint32_t min, uint32_t *to)
{
    if (n == OS_KEEP) return true;
    if (n < min || n > E1000_RING_MAX) {
        os_log(a->hw.d, "%s ring of %u refused: %u to %u", what, n, min, E1000_RING_MAX);
        return false;
    }
    *to = (n + E1000_RING_MULTIPLE - 1) / E1000_RING_MULTIPLE * E1000_RING_MULTIPLE;
    return true;
}

// Ring sizes, rounded up to a multiple of 8; OS_KEEP leaves one alone. -EBUSY while open, -EINVAL
// out of range.
int e1000_set_ringparam(void *priv, const os_ringparam_t *r)
{
    e1000_t *a = priv;
    uint32_t rx = a->rx_count, tx = a->tx_count;

    if (a->opened) return -EBUSY;
    if (!ring_size(a, "receive", r->rx, E1000_RX_RING_MIN, &rx) ||
        !ring_size(a, "transmit", r->tx, E1000_TX_RING_MIN, &tx))
        return -EINVAL;
    a->rx_count = rx;
    a->tx_count = tx;
    return 0;
}

int e1000_set_rx_mode(void *priv, bool promisc, bool allmulti)
{
    e1000_t *a = priv;

    a->promisc = promisc;
    a->allmulti = allmulti;
    if (!a->down) e1000_hw_rx_mode(&a->hw, promisc, allmulti);
    return 0;
}

// Both take effect at the next open: -EBUSY while open.
int e1000_set_features(void *priv, bool vlan_strip, bool rx_csum)
{
    e1000_t *a = priv;

    if (a->opened) return -EBUSY;
    a->vlan_strip = vlan_strip;
    a->rx_csum = rx_csum;
    return 0;
}

int e1000_set_watchdog(void *priv, bool on)
{
    e1000_t *a = priv;

    if (a->opened) return -EBUSY;
    a->watchdog = on;
    return 0;
}

// Reads (and so clears) the device's MPC and RNBC while the interface is open.
int e1000_get_stats(void *priv, os_drv_stats_t *s)
{
    e1000_t *a = priv;

    if (!a->down) e1000_fold_stats(a);
    *s = a->stats;
    policy_add(&s->policy, &a->policy);
    s->policy.level = a->policy.stats.level;
    return 0;
}

// DIM and hybrid; -EBUSY while open. DIM sets the interval, and turns adaptive off.
int e1000_set_policy(void *priv, const os_policy_t *p)
{
    e1000_t *a = priv;
    uint32_t usecs;
    const int err = a->opened ? -EBUSY : policy_check(p);

    if (err) return err;
    policy_set(&a->policy, p);
    if (policy_first_usecs(p, &usecs)) {
        a->mod.adaptive = false;
        a->itr_reg = (uint32_t)e1000_itr_from_usecs(usecs);
    }
    return 0;
}
