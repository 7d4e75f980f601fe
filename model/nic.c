// SPDX-License-Identifier: Apache-2.0
// A device of any personality as its surroundings see it: what is common is here, the rest is handed on, once a call.
#include "model/nic.h"

#include "model/check.h"
#include "model/state.h"

#include <stdlib.h>

static inline bool is_82576(const nic_t *n)
{
    return __builtin_expect(n->cfg.personality == NIC_82576, 0);
}

// The function `f` of the personality.
#define OF(n, f, ...) (is_82576(n) ? nic_82576_##f(__VA_ARGS__) : nic_82540em_##f(__VA_ARGS__))

enum { DEVICE_82545GM = 0x1026 };

uint16_t nic_device_id(enum nic_personality p)
{
    switch (p) {
    case NIC_82545GM: return DEVICE_82545GM;
    case NIC_82576: return (uint16_t)((uint32_t)IGB_CFG_ID_RESET >> 16);
    default: return PCI_CONFIG_ID_RESET >> 16;
    }
}

nic_t *nic_create(const nic_config_t *cfg, const nic_host_t *host)
{
    nic_t *n = calloc(1, sizeof *n);
    if (!n) return NULL;
    n->cfg = *cfg;
    n->host = *host;
    n->in.lp_next.cyc = NIC_NEVER;
    n->in.req_ready = true;
    for (int s = 0; s < SLOTS_MAX; s++) n->due[s] = NIC_NEVER;
    n->soonest = n->soonest_slow = NIC_NEVER;
    OF(n, power_good, n);
    return n;
}

void nic_destroy(nic_t *n)
{
    free(n);
}

// ---- time ----

uint64_t nic_now(const nic_t *n)
{
    return n->now;
}

// May be early (the loop then finds nothing to do), never late.
uint64_t nic_next(const nic_t *n)
{
    if (n->how.every_cycle || n->how.extra) return n->now;
    return n->wake ? n->now : n->soonest;
}

uint64_t nic_run(nic_t *n, uint64_t until)
{
    return OF(n, run, n, until);
}

void nic_stop(nic_t *n)
{
    n->until = 0;
}

uint64_t nic_visits(const nic_t *n)
{
    return n->visits;
}

// ---- transfers in ----

void nic_rx_frame(nic_t *n, uint64_t first_cyc, const uint8_t *bytes, uint32_t len, bool fcs_good,
                  bool er)
{
    CHECK(first_cyc >= n->now, "frame at cycle %llu, now %llu", (unsigned long long)first_cyc,
          (unsigned long long)n->now);
    CHECK(len > 0 && len <= MAC_RX_BYTES, "frame of %u bytes", len);
    OF(n, rx_frame, n, first_cyc, bytes, len, fcs_good, er);
}

mac_rx_t *nic_mac_rx(nic_t *n)
{
    return is_82576(n) ? &n->igb.c.mac_rx : &n->c.mac_rx;
}

uint64_t nic_rx_wire_free(const nic_t *n)
{
    const mac_rx_t *m = is_82576(n) ? &n->igb.c.mac_rx : &n->c.mac_rx;
    if (!m->active) return n->now;
    return mac_rx_quiet(m) + 1;
}

bool nic_access(nic_t *n, uint64_t cyc, const nic_access_t *a)
{
    nic_inbox_t *in = &n->in;
    if (in->access_put - in->access_get >= REGS_QUEUE) return false;
    CHECK(cyc >= n->now, "access at cycle %llu, now %llu", (unsigned long long)cyc,
          (unsigned long long)n->now);
    in->access[in->access_put % REGS_QUEUE].cyc = cyc;
    in->access[in->access_put++ % REGS_QUEUE].a = *a;
    OF(n, wake_regs, n, cyc);
    return true;
}

void nic_completion(nic_t *n, uint64_t first_cyc, uint8_t tag, const uint8_t *data, uint32_t len)
{
    CHECK(first_cyc >= n->now, "completion in the past");
    nic_completion_end(n,
                       first_cyc + NIC_CplHdrBeats - 1 + (len + NIC_BeatBytes - 1) / NIC_BeatBytes,
                       tag, data, len);
}

void nic_completion_end(nic_t *n, uint64_t end, uint8_t tag, const uint8_t *data, uint32_t len)
{
    CHECK(end >= n->now && len <= NIC_Mrrs, "completion of %u bytes", len);
    OF(n, completion_end, n, end, tag, data, len);
}

void nic_partner(nic_t *n, uint64_t cyc, bool present, uint8_t speed, bool pause)
{
    n->in.lp_next.cyc = cyc;
    n->in.lp_next.present = present;
    n->in.lp_next.speed = speed;
    n->in.lp_next.pause = pause;
    OF(n, wake_phy, n, cyc);
}

// ---- levels ----

bool nic_link_up(const nic_t *n)
{
    return OF(n, link_up, n);
}

unsigned nic_wire_stride(const nic_t *n)
{
    return nic_stride(OF(n, speed, n));
}

bool nic_drained(const nic_t *n)
{
    return OF(n, drained, n);
}

uint32_t nic_peek(const nic_t *n, uint32_t off)
{
    return OF(n, peek, n, off);
}

bool nic_intx(const nic_t *n)
{
    return OF(n, intx, n);
}

bool nic_loopback(const nic_t *n)
{
    return OF(n, loopback, n);
}

bool nic_still(const nic_t *n)
{
    return OF(n, still, n);
}

uint64_t nic_counting(const nic_t *n)
{
    return OF(n, counting, n);
}
