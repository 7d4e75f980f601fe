// SPDX-License-Identifier: Apache-2.0
// Spreads the hosts of a trace over the functions of a device: a frame gets the MAC address of the
// function that its destination host, or its VLAN, is assigned to. A host is the destination IPv4 or
// IPv6 address (behind up to two tags), else the destination MAC address. Broadcast and multicast
// stay as they are.
//
// A map assigns hosts by name; those it does not name are dealt to the VFs in turn as they appear.
// No clock and no chance: the same frames give the same frames.
#ifndef MODERATO_SPREAD_H
#define MODERATO_SPREAD_H

#include <stdbool.h>
#include <stdint.h>

#define SPREAD_FUNCS   9u    // 0 is the PF, 1 + n is VF n
#define SPREAD_VID_MAX 4094u // VLANs are 1 to that
#define SPREAD_ERR_LEN 256

typedef struct spread spread_t;

// `map`: HOST=VF[,HOST=VF...], HOST an IP address, ADDRESS/LENGTH, a MAC address or vlan:ID, VF a
// number below `vfs` or "pf"; NULL: all are dealt; "none": no frame is changed. Of several entries
// for an address the longest prefix holds; a MAC address is looked for when no address is found. All
// hosts in a VLAN that is one function's (tag 8100h) are that function's; vlan:ID=all leaves them to
// the other entries. `vfs`: at most SPREAD_FUNCS - 1; pf_pool: the PF takes part. NULL with a message
// (without "--map") when the map is wrong or memory is short.
spread_t *spread_create(const char *map, unsigned vfs, bool pf_pool, char err[SPREAD_ERR_LEN]);
// NULL is allowed.
void spread_destroy(spread_t *s);

// The address of a function, before its first frame.
void spread_set_mac(spread_t *s, unsigned func, const uint8_t mac[6]);

// Addresses a frame (without FCS). True: its destination address has changed.
bool spread_frame(spread_t *s, uint8_t *frame, uint32_t len);

// The map has this function join this VLAN.
bool spread_joins(const spread_t *s, unsigned func, unsigned vid);

// Frames so far, to single hosts, in VLANs that the map does not name; *vid: that of the first.
uint64_t spread_strays(const spread_t *s, unsigned *vid);

// Hosts of a function so far.
uint64_t spread_hosts(const spread_t *s, unsigned func);
// Memory was short: some host has not been kept.
bool spread_failed(const spread_t *s);

#endif
