// SPDX-License-Identifier: Apache-2.0
// What kind of capture a file is, by its first bytes and never by its name. libpcap decides in the
// end; this is for messages that say what was found, for `moderato info`, and for the byte order.
#include "traces/trace_priv.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <string.h>
#include <unistd.h>

#define IDENTIFY_US       0xa1b2c3d4u
#define IDENTIFY_NS       0xa1b23c4du
#define IDENTIFY_MODIFIED 0xa1b2cd34u // Kuznetzov's, 24-byte record headers
#define IDENTIFY_NG       0x0a0d0d0au // the same in both byte orders
#define IDENTIFY_TEXT     40

// The first bytes as a person would look them up: text if it is text, else hex.
static void identify_text(const uint8_t *head, size_t n, char out[IDENTIFY_TEXT])
{
    size_t text = 0;
    while (text < n && head[text] >= 0x20 && head[text] < 0x7f) text++;
    if (text >= 4) {
        snprintf(out, IDENTIFY_TEXT, "\"%.*s\"", (int)text, (const char *)head);
        return;
    }
    int at = 0;
    for (size_t i = 0; i < n && i < 4; i++) {
        at += snprintf(out + at, (size_t)(IDENTIFY_TEXT - at), "%s%02x", i ? " " : "", head[i]);
    }
}

static bool identify_classic(uint32_t magic, trace_identity_t *id)
{
    if (magic != IDENTIFY_US && magic != IDENTIFY_NS && magic != IDENTIFY_MODIFIED) return false;
    id->classic = true;
    id->record_header = magic == IDENTIFY_MODIFIED ? 24 : 16;
    id->resolution = magic == IDENTIFY_NS ? "ns" : "us";
    return true;
}

// Name of a link type as files number them, "unknown" if libpcap has none.
const char *trace_linktype_name(uint32_t linktype)
{
    // Files and libpcap number these differently (www.tcpdump.org/linktypes.html); all others that
    // occur today have one number.
    int dlt = linktype == 101 ? DLT_RAW : linktype == 100 ? DLT_ATM_RFC1483 : (int)linktype;
    const char *name = pcap_datalink_val_to_name(dlt);
    return name ? name : "unknown";
}

int trace_identify(int fd, const char *path, trace_identity_t *id, char err[TRACE_ERR_LEN])
{
    uint8_t head[24] = {0};
    ssize_t got = pread(fd, head, sizeof head, 0);
    *id = (trace_identity_t){0};
    if (got < 0) return trace_fail(err, "%s: %s", path, strerror(errno));
    if (got == 0) return trace_fail(err, "%s: empty file, no capture file header", path);
    if (head[0] == 0x1f && head[1] == 0x8b) {
        return trace_fail(err, "%s: gzip-compressed, gunzip it first", path);
    }
    uint32_t be =
        (uint32_t)head[0] << 24 | (uint32_t)head[1] << 16 | (uint32_t)head[2] << 8 | head[3];
    if (got >= 4) {
        id->big = identify_classic(be, id);
        if (id->big || identify_classic(__builtin_bswap32(be), id)) {
            uint32_t link = (uint32_t)head[20] << 24 | (uint32_t)head[21] << 16 |
                            (uint32_t)head[22] << 8 | head[23];
            id->linktype =
                (id->big ? link : __builtin_bswap32(link)) & 0x03ffffff; // FCS bits above
            return 0;
        }
        if (be == IDENTIFY_NG) {
            id->big = head[8] == 0x1a; // of the byte-order magic behind the block length
            id->resolution = "per interface";
            return 0;
        }
    }
    char text[IDENTIFY_TEXT];
    identify_text(head, (size_t)(got < 8 ? got : 8), text);
    return trace_fail(err, "%s: not a pcap or pcapng file: unknown magic %s", path, text);
}
