// SPDX-License-Identifier: Apache-2.0
#include "hostbridge/bridge.h"

#include <stdlib.h>
#include <string.h>

enum { MAC_BYTES = 6, HEADER_BYTES = 14 };

typedef struct bridge_port {
    const uint8_t *mac; // NULL: the uplink
    bridge_out_fn out;
    void *ctx;
} bridge_port_t;

struct bridge {
    os_dev_t *uplink;
    bridge_params_t params;
    bridge_port_t port[BRIDGE_PORTS];
    unsigned ports;
    unsigned host; // port of the host itself; 0: it has none
};

bridge_t *bridge_create(os_dev_t *uplink, const bridge_params_t *p, bridge_out_fn out, void *ctx)
{
    bridge_t *b = calloc(1, sizeof *b);
    if (!b) return NULL;
    b->uplink = uplink;
    b->params = *p;
    b->port[BRIDGE_UPLINK] = (bridge_port_t){NULL, out, ctx};
    b->ports = 1;
    return b;
}

void bridge_destroy(bridge_t *b)
{
    free(b);
}

unsigned bridge_add(bridge_t *b, const uint8_t *mac, bridge_out_fn out, void *ctx)
{
    if (b->ports == BRIDGE_PORTS) return 0;
    b->port[b->ports] = (bridge_port_t){mac, out, ctx};
    return b->ports++;
}

unsigned bridge_add_host(bridge_t *b, const uint8_t *mac, bridge_out_fn out, void *ctx)
{
    return b->host = bridge_add(b, mac, out, ctx);
}

// The set of ports that a frame goes to.
static unsigned ports_of(const bridge_t *b, unsigned from, const os_pkt_t *p)
{
    const unsigned all = (1u << b->ports) - 1,
                   guests = all & ~(1u << BRIDGE_UPLINK | 1u << b->host);
    if (p->len < HEADER_BYTES) return 0;
    if (p->data[0] & 1) return all & ~(1u << from);
    for (unsigned i = 1; i < b->ports; i++)
        if (memcmp(p->data, b->port[i].mac, MAC_BYTES) == 0) return i == from ? 0 : 1u << i;
    return from == BRIDGE_UPLINK ? guests : 1u << BRIDGE_UPLINK;
}

// NULL: memory is short.
static os_pkt_t *copy_of(bridge_t *b, const os_pkt_t *p)
{
    os_pkt_t *q = os_dev_pkt(b->uplink, p->len);
    if (!q) return NULL;
    memcpy(q->data, p->data, p->len);
    q->len = p->len;
    q->vlan_tci = p->vlan_tci;
    q->vlan_present = p->vlan_present;
    q->csum_ok = p->csum_ok;
    memcpy(q->stamp, p->stamp, sizeof q->stamp);
    return q;
}

void bridge_in(bridge_t *b, core_t *c, unsigned from, os_pkt_t *p)
{
    unsigned set = ports_of(b, from, p), copies = 0;
    uint32_t ports = 0;
    os_pkt_t *out[BRIDGE_PORTS];
    unsigned to[BRIDGE_PORTS];
    for (; set; set &= set - 1) {
        os_pkt_t *q = set & (set - 1) ? copy_of(b, p) : p;
        if (!q) continue;
        to[copies] = (unsigned)__builtin_ctz(set);
        ports |= 1u << to[copies];
        out[copies++] = q;
    }
    // Told before any of them can get anywhere.
    if (b->params.forwarded) b->params.forwarded(b->params.ctx, from, p, ports);
    if (copies == 0) os_pkt_free(b->uplink, p);
    for (unsigned i = 0; i < copies; i++) {
        core_charge(c, b->params.forward_ps);
        b->port[to[i]].out(b->port[to[i]].ctx, c, out[i]);
    }
}
