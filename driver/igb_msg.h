// SPDX-License-Identifier: Apache-2.0
// What igb and igbvf say to each other over the mailbox (82576 specification §9.7). Words of 32
// bits; word 0 is type, info and flags; byte arrays are little endian.
#ifndef MODERATO_IGB_MSG_H
#define MODERATO_IGB_MSG_H

#include <stdint.h>

#include "rtl/defs_82576.h"

// Fields and flags of word 0.
enum { IGB_MSG_TYPE_LSB = 0, IGB_MSG_TYPE_W = 16 };
enum { IGB_MSG_INFO_LSB = 16, IGB_MSG_INFO_W = 8 };
#define IGB_MSG_CTS  0x20000000u // from the PF: the VF is clear to send
#define IGB_MSG_NACK 0x40000000u
#define IGB_MSG_ACK  0x80000000u

enum igb_msg_type {
    IGB_MSG_RESET = 0x01,
    IGB_MSG_SET_MAC = 0x02,       // words 1 and 2: the address
    IGB_MSG_SET_MULTICAST = 0x03, // words 1 to 15: two hashes each, the first in the low half
    IGB_MSG_SET_VLAN = 0x04,      // word 1: VLAN
    IGB_MSG_SET_LPE = 0x05,       // word 1: longest frame
    IGB_MSG_SET_PROMISC = 0x06,
    IGB_MSG_PF_CONTROL = 0x0100, // from the PF
};

// Info of SET_MAC, SET_VLAN, SET_PROMISC; that of SET_MULTICAST is the number of hashes.
enum { IGB_MAC_PRIMARY = 0, IGB_MAC_CLEAR = 1, IGB_MAC_ADD = 2 };
enum { IGB_VLAN_REMOVE = 0, IGB_VLAN_ADD = 1 };
enum { IGB_PROMISC_NONE = 0, IGB_PROMISC_MULTICAST = 2 };

#define IGB_MSG_WORDS     ((unsigned)IGB_MailboxDwords)
#define IGB_MSG_MAC_WORDS 3u // SET_MAC, and the answer to RESET
#define IGB_MSG_HASHES    30u

// Either side.
#define IGB_LOCK_TRIES 11u
#define IGB_LOCK_US    1000u

#endif
