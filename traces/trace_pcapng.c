// SPDX-License-Identifier: Apache-2.0
// libpcap reads a pcapng file only as far as all its interfaces have one link type and one snapshot
// length, and says so when it meets the interface, which may be after an hour of replay. This walk
// over the block headers finds such an interface before the first frame and names it. Fields: IETF
// draft-ietf-opsawg-pcapng, sections 3.1, 4.1 and 4.2.
#include "traces/trace_priv.h"

#include <pcap/pcap.h>
#include <string.h>
#include <unistd.h>

#define PCAPNG_SHB       0x0a0d0d0au // the same in both byte orders
#define PCAPNG_IDB       1u
#define PCAPNG_MAGIC     0x1a2b3c4du
#define PCAPNG_BLOCK_MIN 12u
#define PCAPNG_SNAP_MAX  262144u // what libpcap takes an unlimited snapshot length for
#define PCAPNG_WINDOW    65536

// A view of the file that reads large pieces, as block headers are mostly close together.
typedef struct pcapng_view {
    int fd;
    uint64_t at;
    size_t len;
    uint8_t bytes[PCAPNG_WINDOW];
} pcapng_view_t;

// n bytes at `off`, or NULL at the end of the file.
static const uint8_t *pcapng_bytes(pcapng_view_t *v, uint64_t off, size_t n)
{
    if (off < v->at || off + n > v->at + v->len) {
        ssize_t got = pread(v->fd, v->bytes, sizeof v->bytes, (off_t)off);
        v->at = off;
        v->len = got > 0 ? (size_t)got : 0;
        if (v->len < n) return NULL;
    }
    return v->bytes + (off - v->at);
}

static uint32_t pcapng_u32(const uint8_t *p, bool big)
{
    return big ? (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3]
               : (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

static uint32_t pcapng_u16(const uint8_t *p, bool big)
{
    return big ? (uint32_t)p[0] << 8 | p[1] : (uint32_t)p[1] << 8 | p[0];
}

typedef struct pcapng_interfaces {
    uint64_t seen; // in the whole file: also the number of the next one
    uint32_t snaplen;
} pcapng_interfaces_t;

static int pcapng_interface(pcapng_interfaces_t *all, uint32_t linktype, uint32_t snaplen,
                            const char *path, char err[TRACE_ERR_LEN])
{
    if (linktype != DLT_EN10MB) { // for Ethernet the file's number and libpcap's are the same
        return trace_fail(
            err, "%s: interface %llu has link type %u (%s), only Ethernet is replayed", path,
            (unsigned long long)all->seen, linktype, trace_linktype_name(linktype));
    }
    if (snaplen == 0 || snaplen > INT32_MAX) snaplen = PCAPNG_SNAP_MAX;
    if (all->seen++ == 0) all->snaplen = snaplen;
    if (snaplen == all->snaplen) return 0;
    return trace_fail(
        err,
        "%s: interface %llu has snapshot length %u, interface 0 has %u: libpcap reads "
        "only equal ones (mergecap -F pcap makes such a file)",
        path, (unsigned long long)all->seen - 1, snaplen, all->snaplen);
}

int trace_pcapng_check(int fd, const char *path, char err[TRACE_ERR_LEN])
{
    pcapng_view_t view = {.fd = fd};
    pcapng_interfaces_t all = {0};
    bool big = false;
    uint64_t off = 0;
    for (;;) {
        const uint8_t *b = pcapng_bytes(&view, off, PCAPNG_BLOCK_MIN);
        if (!b || (off == 0 && pcapng_u32(b, false) != PCAPNG_SHB)) return 0;
        if (pcapng_u32(b, false) == PCAPNG_SHB) {
            big = pcapng_u32(b + 8, true) == PCAPNG_MAGIC;
            if (!big && pcapng_u32(b + 8, false) != PCAPNG_MAGIC) return 0;
        }
        uint32_t len = pcapng_u32(b + 4, big);
        if (len < PCAPNG_BLOCK_MIN || len % 4 != 0) return 0;
        if (pcapng_u32(b, big) == PCAPNG_IDB) {
            const uint8_t *idb = pcapng_bytes(&view, off, 20);
            if (!idb || len < 20) return 0;
            if (pcapng_interface(&all, pcapng_u16(idb + 8, big), pcapng_u32(idb + 12, big), path,
                                 err) != 0) {
                return -1;
            }
        }
        off += len;
    }
}
