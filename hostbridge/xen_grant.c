// SPDX-License-Identifier: Apache-2.0
#include "hostbridge/xen_grant.h"

#include <string.h>

uint8_t *xen_frames(const xen_grants_t *g, uint32_t first, uint32_t count)
{
    const uint64_t from = (uint64_t)first << XEN_PAGE_SHIFT;
    const uint64_t bytes = (uint64_t)count << XEN_PAGE_SHIFT;
    if (g->to && (from < g->from || from > g->to || bytes > g->to - from)) return NULL;
    return memory_at(g->mem, from, bytes);
}

bool xen_grants_begin(xen_grants_t *g, uint32_t frame)
{
    g->table = xen_frames(g, frame, XEN_TABLE_BYTES / XEN_PAGE);
    memset(g->uses, 0, sizeof g->uses);
    return g->table != NULL;
}

// Shows in the entry what it is used for.
static void mark(const xen_grants_t *g, uint32_t ref)
{
    uint8_t *entry = g->table + (size_t)ref * XEN_GRANT_BYTES;
    const xen_uses_t *u = &g->uses[ref];
    uint32_t flags = xen_get32(entry) & ~(XEN_READING | XEN_WRITING);
    if (u->readers) flags |= XEN_READING;
    if (u->writers) flags |= XEN_WRITING;
    xen_put32(entry, flags);
}

static bool refuse(xen_grants_t *g)
{
    g->refused++;
    return false;
}

bool xen_grant_use(xen_grants_t *g, uint32_t ref, bool write, xen_page_t *page)
{
    *page = (xen_page_t){0};
    if (!g->table || ref >= XEN_GRANTS) return refuse(g);
    const uint8_t *entry = g->table + (size_t)ref * XEN_GRANT_BYTES;
    const uint32_t flags = xen_get32(entry), frame = xen_get32(entry + 4);
    xen_uses_t *u = &g->uses[ref];
    if ((flags & XEN_TYPE_MASK) != XEN_ACCESS || (write && (flags & XEN_READONLY)))
        return refuse(g);
    if ((u->readers || u->writers) && u->frame != frame) return refuse(g);
    if (u->readers == UINT8_MAX || u->writers == UINT8_MAX) return refuse(g);
    uint8_t *bytes = xen_frames(g, frame, 1);
    if (!bytes) return refuse(g);
    u->frame = frame;
    if (write) u->writers++;
    else u->readers++;
    mark(g, ref);
    *page = (xen_page_t){.bytes = bytes, .ref = ref, .write = write};
    return true;
}

void xen_grant_done(xen_grants_t *g, xen_page_t *page)
{
    if (!page->bytes) return;
    xen_uses_t *u = &g->uses[page->ref];
    if (page->write) u->writers--;
    else u->readers--;
    mark(g, page->ref);
    page->bytes = NULL;
}
