// SPDX-License-Identifier: Apache-2.0
// What the two ends of a Xen network interface share: rings, grant table, event word, and registers in place of XenStore.
//
// Facts of Xen's public interface (netif, ring, grant table version 1), in words of our own; everything is little endian.
//
// Ring: one page for each direction, with four indices and 256 slots. Indices run freely modulo 2^32; slot = index mod 256. The guest
// puts requests in and moves req_prod, the host puts each response into the place of a request it has taken and moves rsp_prod.
// Each end tells with an event index from which production on it wants to be notified; the other end compares after
// moving its own (xen_wants_event).
//
// Grant: the guest lets the host use a page by an entry in its grant table, and names it by the entry's number. While the host uses
// it the hypervisor has READING or WRITING set in the entry, and the guest must leave it alone.
//
// Event: the hypervisor sets the word of the guest and interrupts it, unless it is set already; the guest clears the word first and looks
// at its rings then.
#ifndef MODERATO_XEN_NETIF_H
#define MODERATO_XEN_NETIF_H

#include <stdbool.h>
#include <stdint.h>

#define XEN_ID         0x58530001u // vendor 5853 (XenSource), device 0001 (platform device)
#define XEN_PAGE       4096u
#define XEN_PAGE_SHIFT 12u

// ---- registers ---------------------------------------------------------------------------------

// Every access is a hypercall. All but NOTIFY are set-up: what a frontend writes into XenStore, or asks the hypervisor for.
enum {
    XEN_REG_STATE = 0x00,       // write: the state asked for; read: that of the host's end
    XEN_REG_MAC_LO = 0x04,      // bytes 0 to 3 of the address
    XEN_REG_MAC_HI = 0x08,      // 4 and 5
    XEN_REG_GRANT_FRAME = 0x0C, // first page frame of the grant table
    XEN_REG_EVENT_FRAME = 0x10, // page frame that has the event word at its start
    XEN_REG_TX_REF = 0x14,      // grants of the rings
    XEN_REG_RX_REF = 0x18,
    XEN_REG_NOTIFY = 0x1C // write: an event for the host
};

// Those that matter of XenbusState.
enum { XEN_CONNECTED = 4, XEN_CLOSING = 5, XEN_CLOSED = 6 };

// ---- rings -------------------------------------------------------------------------------------

#define XEN_RING 256u // slots, a power of two: as many as a page has room for

// Offsets in the page.
enum { XEN_REQ_PROD = 0, XEN_REQ_EVENT = 4, XEN_RSP_PROD = 8, XEN_RSP_EVENT = 12, XEN_SLOTS = 64 };

// Bytes of a slot. Requests and responses lie in the same place.
//   transmit  request:  grant 32, offset in page 16, flags 16, id 16, bytes 16    response: id 16, status 16
//   receive   request:  id 16, 0 16, grant 32                                     response: id 16, offset 16, flags 16, status 16
// status: 0 or more, here the length of what was received, is good; negative: an error.
enum { XEN_TX_SLOT = 12, XEN_RX_SLOT = 8 };
enum { XEN_TX_OKAY = 0, XEN_ERROR = -1 };
enum { XEN_RX_VALIDATED = 1 }; // flags: the checksum of the fourth layer is good

_Static_assert(XEN_SLOTS + XEN_RING * XEN_TX_SLOT <= XEN_PAGE, "a ring is a page");
_Static_assert((XEN_RING & (XEN_RING - 1)) == 0, "slots of free-running indices");

// Where our frontend's indices begin: they wrap in every run, soon.
#define XEN_RING_START 0xFFFFFF80u

static inline uint32_t xen_slot(uint32_t index, uint32_t slot_bytes)
{
    return XEN_SLOTS + (index % XEN_RING) * slot_bytes;
}

// Production has moved from `from` to `to`. Has it reached `event`, which it had not before?
static inline bool xen_wants_event(uint32_t from, uint32_t to, uint32_t event)
{
    return to - event < to - from;
}

// ---- grants ------------------------------------------------------------------------------------

#define XEN_GRANTS      1024u // entries; the table is two pages, one behind the other
#define XEN_GRANT_BYTES 8u    // flags 16, domain 16, page frame 32
#define XEN_GRANT_FIRST 8u    // those below are reserved
#define XEN_TABLE_BYTES (XEN_GRANTS * XEN_GRANT_BYTES)
#define XEN_TYPE_MASK   3u
#define XEN_ACCESS      1u // the type: the page may be used
#define XEN_READONLY    4u
#define XEN_READING     8u // it is in use
#define XEN_WRITING     16u

#endif
