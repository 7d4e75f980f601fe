// SPDX-License-Identifier: Apache-2.0
// A guest's grant table as the hypervisor reads it, for another domain that uses the guest's pages.
//
// The table lies in the guest's memory (driver/xen_netif.h), and the guest may write anything there at any time. So an entry is
// read once for each use; what the use is of is kept here, and no entry that changes later can move it. A page is given out only if
// the entry says so (type, direction) and the page is the guest's. While it is in use the entry shows it.
//
// ## Inaccuracies
// - Which domain a grant is for is not looked at: there is one.
// - A second use of an entry that has another page by then is refused; Xen would give the page of the first one.
#ifndef MODERATO_XEN_GRANT_H
#define MODERATO_XEN_GRANT_H

#include "driver/xen_netif.h"
#include "hostbridge/memory.h"

#include <endian.h>
#include <string.h>

// Words of the guest, which are little endian.
static inline uint32_t xen_get32(const uint8_t *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return le32toh(v);
}

static inline void xen_put32(uint8_t *p, uint32_t v)
{
    v = htole32(v);
    memcpy(p, &v, sizeof v);
}

// Uses of an entry now.
typedef struct xen_uses {
    uint32_t frame;
    uint8_t readers, writers;
} xen_uses_t;

typedef struct xen_grants {
    memory_t *mem;
    uint64_t from, to; // addresses of the guest's memory; both 0: all there is
    uint8_t *table;    // NULL: none
    xen_uses_t uses[XEN_GRANTS];
    uint64_t refused;
} xen_grants_t;

// A page in use.
typedef struct xen_page {
    uint8_t *bytes; // NULL: none
    uint32_t ref;
    bool write;
} xen_page_t;

// Bytes of page frames of the guest; NULL: not all of them are its own.
uint8_t *xen_frames(const xen_grants_t *g, uint32_t first, uint32_t count);
// The table begins at that page frame. False: it is not the guest's. Nothing may be in use.
bool xen_grants_begin(xen_grants_t *g, uint32_t frame);
// Uses a page to read or to write. False: refused, and counted; the page is none then.
bool xen_grant_use(xen_grants_t *g, uint32_t ref, bool write, xen_page_t *page);
// Ends that; nothing if it is none.
void xen_grant_done(xen_grants_t *g, xen_page_t *page);

#endif
