// SPDX-License-Identifier: Apache-2.0
// Which pool gets what: addresses, VLANs, multicast hashes of the 82576 with VMDq on (specification
// §2.4, §4). Pool n is VF n; the PF has pool `vfs` and address 0. VF n's own address is entry 23-n;
// the entries between are for further addresses, first come, first served; so are the 32 entries of
// VLANs.
#ifndef MODERATO_IGB_POOL_H
#define MODERATO_IGB_POOL_H

#include "driver/os.h"
#include "rtl/defs_82576.h"

typedef struct igb_pools {
    os_dev_t *d;
    unsigned vfs;
    uint32_t vfta[IGB_VFTA_COUNT];
    uint32_t groups[IGB_MTA_COUNT]; // MTA bits of the PF's own groups
    uint8_t vlans[IGB_Pools];       // that a pool is in, without VLAN 0
    struct igb_address {
        uint8_t mac[6];
        uint8_t user;         // pool + 1, 0: free
    } address[IGB_RAL_COUNT]; // those between
} igb_pools_t;

// The tables as they are after a device reset: nothing is let in.
void igb_pools_init(igb_pools_t *p, os_dev_t *d, unsigned vfs);

bool igb_mac_valid(const uint8_t mac[6]); // of one station, and not zero
// RAR entry -> address of a pool; an invalid address makes the entry invalid, with its pool.
void igb_rar_set(const igb_pools_t *p, unsigned entry, const uint8_t mac[6], unsigned pool);
void igb_rar_clear(const igb_pools_t *p, unsigned entry);
static inline unsigned igb_rar_of_vf(unsigned vf)
{
    return IGB_RAL_COUNT - 1 - vf;
}
// One more address for a pool; 0 also when it has it already, -ENOSPC when no entry is free.
int igb_address_add(igb_pools_t *p, const uint8_t mac[6], unsigned pool);
void igb_addresses_clear(igb_pools_t *p, unsigned pool);

// A pool joins or leaves a VLAN (0 to 4095); -ENOSPC when no entry is free.
int igb_vlan_set(igb_pools_t *p, unsigned vid, unsigned pool, bool on);
// The device takes a VLAN at all; igb_vlan_set does that as well.
void igb_vfta_set(igb_pools_t *p, unsigned vid, bool on);
// Leaves all.
void igb_vlans_clear(igb_pools_t *p, unsigned pool);

// Adds a hash, 12 bits, to a table; and writes MTA.
void igb_mta_add(uint32_t mta[IGB_MTA_COUNT], unsigned hash);
void igb_mta_write(const igb_pools_t *p, const uint32_t mta[IGB_MTA_COUNT]);
// The hash of a group with RCTL.MO = 0.
unsigned igb_mta_hash(const uint8_t mac[6]);

void igb_vmolr_set(const igb_pools_t *p, unsigned pool, uint32_t clear, uint32_t set);

#endif
