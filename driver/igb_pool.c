// SPDX-License-Identifier: Apache-2.0
#include "driver/igb_pool.h"

#include <string.h>

#define VLAN_0 0u // entry of VLAN 0 in VLVF, always

static uint32_t rd32(const igb_pools_t *p, uint32_t off)
{
    return os_rd32(p->d, off);
}

static void wr32(const igb_pools_t *p, uint32_t off, uint32_t value)
{
    os_wr32(p->d, off, value);
}

static void flush(const igb_pools_t *p)
{
    (void)rd32(p, IGB_STATUS);
}

void igb_pools_init(igb_pools_t *p, os_dev_t *d, unsigned vfs)
{
    *p = (igb_pools_t){.d = d, .vfs = vfs};
}

// ---- addresses ----------------------------------------------------------------------------------

bool igb_mac_valid(const uint8_t mac[6])
{
    static const uint8_t zero[6];

    return !(mac[0] & 1) && memcmp(mac, zero, 6) != 0;
}

static uint32_t rar(unsigned entry)
{
    return entry < IGB_RAL_SPLIT ? IGB_RAL + IGB_RAL_STRIDE * entry
                                 : IGB_RAL_BASE2 + IGB_RAL_STRIDE * (entry - IGB_RAL_SPLIT);
}

// Each by itself: write-combining bridges must not merge them.
static void write_rar(const igb_pools_t *p, unsigned entry, uint32_t low, uint32_t high)
{
    wr32(p, rar(entry), low);
    flush(p);
    wr32(p, rar(entry) + (IGB_RAH - IGB_RAL), high);
    flush(p);
}

void igb_rar_set(const igb_pools_t *p, unsigned entry, const uint8_t mac[6], unsigned pool)
{
    const uint32_t low =
        mac[0] | (uint32_t)mac[1] << 8 | (uint32_t)mac[2] << 16 | (uint32_t)mac[3] << 24;
    const uint32_t high = mac[4] | (uint32_t)mac[5] << 8 | FPUT(IGB_RAH_POOL, 1u << pool) |
                          FPUT(IGB_RAH_AV, igb_mac_valid(mac));

    write_rar(p, entry, low, high);
}

void igb_rar_clear(const igb_pools_t *p, unsigned entry)
{
    write_rar(p, entry, 0, 0);
}

int igb_address_add(igb_pools_t *p, const uint8_t mac[6], unsigned pool)
{
    unsigned free = 0;

    for (unsigned i = igb_rar_of_vf(p->vfs); i > 0; i--) {
        const struct igb_address *a = &p->address[i];
        if (a->user == pool + 1 && !memcmp(a->mac, mac, 6)) return 0;
        if (!a->user) free = i;
    }
    if (!free) return -ENOSPC;
    memcpy(p->address[free].mac, mac, 6);
    p->address[free].user = (uint8_t)(pool + 1);
    igb_rar_set(p, free, mac, pool);
    return 0;
}

void igb_addresses_clear(igb_pools_t *p, unsigned pool)
{
    static const uint8_t none[6];

    for (unsigned i = 1; i < IGB_RAL_COUNT; i++) {
        if (p->address[i].user != pool + 1) continue;
        p->address[i].user = 0;
        igb_rar_set(p, i, none, pool);
    }
}

// ---- VLANs --------------------------------------------------------------------------------------

static uint32_t vlvf(unsigned entry)
{
    return IGB_VLVF + IGB_VLVF_STRIDE * entry;
}

void igb_vfta_set(igb_pools_t *p, unsigned vid, bool on)
{
    uint32_t *v = &p->vfta[vid / 32], bit = 1u << vid % 32;

    if (!(*v & bit) == !on) return;
    *v ^= bit;
    wr32(p, IGB_VFTA + IGB_VFTA_STRIDE * (vid / 32), *v);
    flush(p);
}

// The entry of a VLAN and what it holds; else, for one that joins, a free one; else -ENOSPC.
static int find(const igb_pools_t *p, unsigned vid, bool join, uint32_t *value)
{
    int free = -ENOSPC;

    if (vid == 0) {
        *value = rd32(p, vlvf(VLAN_0));
        return VLAN_0;
    }
    for (unsigned i = IGB_VLVF_COUNT - 1; i > VLAN_0; i--) {
        *value = rd32(p, vlvf(i));
        if (!FGET(IGB_VLVF_EN, *value)) free = (int)i;
        else if (FGET(IGB_VLVF_VID, *value) == vid) return (int)i;
    }
    *value = 0;
    return join ? free : -ENOSPC;
}

static bool has(uint32_t value, unsigned pool)
{
    return FGET(IGB_VLVF_EN, value) && (FGET(IGB_VLVF_POOLSEL, value) >> pool & 1);
}

// The last pool closes the door before the entry goes: a tagged frame without an entry would be the
// default pool's.
static void leave(igb_pools_t *p, unsigned entry, uint32_t value, unsigned pool)
{
    value &= ~FPUT(IGB_VLVF_POOLSEL, 1u << pool);
    if (entry != VLAN_0) p->vlans[pool]--;
    if (!FGET(IGB_VLVF_POOLSEL, value)) {
        igb_vfta_set(p, FGET(IGB_VLVF_VID, value), false);
        value = 0;
    }
    wr32(p, vlvf(entry), value);
}

int igb_vlan_set(igb_pools_t *p, unsigned vid, unsigned pool, bool on)
{
    uint32_t value;
    const int entry = find(p, vid, on, &value);

    if (entry < 0) return on ? entry : 0;
    if (!on) {
        if (has(value, pool)) leave(p, (unsigned)entry, value, pool);
        return 0;
    }
    if (entry != VLAN_0 && !has(value, pool)) p->vlans[pool]++;
    value |= FPUT(IGB_VLVF_EN, 1) | FPUT(IGB_VLVF_VID, vid) | FPUT(IGB_VLVF_POOLSEL, 1u << pool);
    wr32(p, vlvf((unsigned)entry), value);
    igb_vfta_set(p, vid, true);
    return 0;
}

void igb_vlans_clear(igb_pools_t *p, unsigned pool)
{
    for (unsigned i = 0; i < IGB_VLVF_COUNT; i++) {
        const uint32_t value = rd32(p, vlvf(i));
        if (has(value, pool)) leave(p, i, value, pool);
    }
}

// ---- groups -------------------------------------------------------------------------------------

void igb_mta_add(uint32_t mta[IGB_MTA_COUNT], unsigned hash)
{
    mta[hash / 32 % IGB_MTA_COUNT] |= 1u << hash % 32;
}

void igb_mta_write(const igb_pools_t *p, const uint32_t mta[IGB_MTA_COUNT])
{
    // From the last to the first, as with addresses.
    for (unsigned i = IGB_MTA_COUNT; i-- > 0;) wr32(p, IGB_MTA + IGB_MTA_STRIDE * i, mta[i]);
    flush(p);
}

unsigned igb_mta_hash(const uint8_t mac[6])
{
    return (unsigned)mac[4] >> 4 | (unsigned)mac[5] << 4;
}

void igb_vmolr_set(const igb_pools_t *p, unsigned pool, uint32_t clear, uint32_t set)
{
    const uint32_t off = IGB_VMOLR + IGB_VMOLR_STRIDE * pool;

    wr32(p, off, (rd32(p, off) & ~clear) | set);
}
