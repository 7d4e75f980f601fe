// SPDX-License-Identifier: Apache-2.0
// Captures through libpcap: pcap (micro- and nanosecond, either byte order) and pcapng. Here are
// the file, the stamps and what is wrong with either; frame lengths and pacing are trace.c's.
//
// Known limits: compressed files and pipes are refused (a trace is read again for its hash and for
// --loop). The FCS length option of a pcapng interface is not visible through libpcap, so an FCS
// captured there counts as part of the frame.
#include "traces/trace_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <pcap/pcap.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CAPTURE_FILE_HEADER 24
#define CAPTURE_LEN_MAX     (1u << 20)  // no Ethernet frame, merged or not, is longer
#define CAPTURE_BUFFER      (64 * 1024) // stays in the second-level cache
// Seconds beyond this (year 2242) do not fit 64-bit nanoseconds; only pcapng can say so.
#define CAPTURE_SEC_MAX ((int64_t)1 << 33)

struct trace_capture {
    char *path;
    int fd; // own; the FILE below has a duplicate
    pcap_t *pcap;
    char *buffer; // of the FILE
    trace_format_t format;
    trace_identity_t id;
    uint64_t record;
    uint64_t offset;   // of the next record in a classic file
    int64_t last_ns;   // latest stamp so far: no frame is sent before it
    int64_t prev_ns;   // stamp of the record before
    bool timed;        // both are set
    int peeked;        // result of the record read at open, -2 = none
    trace_raw_t first; // that record
    char peek_err[TRACE_ERR_LEN];
};

// ---- opening -----------------------------------------------------------------------------------

// Gives the descriptor to a new libpcap reader standing at the first record. 0 or -1.
static int capture_start(trace_capture_t *c, char err[TRACE_ERR_LEN])
{
    char pcap_err[PCAP_ERRBUF_SIZE] = "";
    int fd = lseek(c->fd, 0, SEEK_SET) == 0 ? fcntl(c->fd, F_DUPFD_CLOEXEC, 0) : -1;
    FILE *file = fd >= 0 ? fdopen(fd, "rb") : NULL;
    if (!file) {
        trace_fail(err, "%s: %s", trace_shown(c->path), strerror(errno));
        if (fd >= 0) close(fd);
        return -1;
    }
    setvbuf(file, c->buffer, _IOFBF, CAPTURE_BUFFER);
    __fsetlocking(file, FSETLOCKING_BYCALLER); // nobody else has it: saves two locks a record
    c->pcap = pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_NANO, pcap_err);
    if (!c->pcap) {
        fclose(file);
        return trace_fail(err, "%s: %s", trace_shown(c->path), pcap_err);
    }
    c->record = 0;
    c->offset = CAPTURE_FILE_HEADER;
    c->timed = false;
    return 0;
}

static int capture_check_link(trace_capture_t *c, char err[TRACE_ERR_LEN])
{
    if (pcap_datalink(c->pcap) != DLT_EN10MB) {
        return trace_fail(err, "%s: link type %u (%s), only Ethernet is replayed",
                          trace_shown(c->path), c->id.linktype,
                          trace_linktype_name(c->id.linktype));
    }
    int ext = pcap_datalink_ext(c->pcap);
    if (LT_FCS_LENGTH_PRESENT(ext)) c->format.fcs_bytes = 2u * (unsigned)LT_FCS_LENGTH(ext);
    c->format.snaplen = pcap_snapshot(c->pcap);
    c->format.format = c->id.classic ? "pcap" : "pcapng";
    c->format.resolution = c->id.resolution;
    c->format.big_endian = c->id.big;
    return 0;
}

static int capture_open_file(trace_capture_t *c, char err[TRACE_ERR_LEN])
{
    struct stat st;
    c->fd = open(c->path, O_RDONLY | O_CLOEXEC);
    if (c->fd < 0 || fstat(c->fd, &st) != 0) {
        return trace_fail(err, "%s: %s", trace_shown(c->path), strerror(errno));
    }
    if (!S_ISREG(st.st_mode))
        return trace_fail(err, "%s: not a regular file", trace_shown(c->path));
    if (trace_identify(c->fd, trace_shown(c->path), &c->id, err) != 0) return -1;
    if (!c->id.classic && trace_pcapng_check(c->fd, trace_shown(c->path), err) != 0) return -1;
    return capture_start(c, err) == 0 ? capture_check_link(c, err) : -1;
}

static int capture_read(trace_capture_t *c, trace_raw_t *raw, char err[TRACE_ERR_LEN]);

trace_capture_t *trace_capture_open(const char *path, char err[TRACE_ERR_LEN])
{
    trace_capture_t *c = calloc(1, sizeof *c);
    if (c) {
        c->fd = -1;
        c->path = strdup(path);
        c->buffer = malloc(CAPTURE_BUFFER);
    }
    if (!c || !c->path || !c->buffer) {
        trace_fail(err, "%s: out of memory", trace_shown(path));
        trace_capture_close(c);
        return NULL;
    }
    if (capture_open_file(c, err) != 0) {
        trace_capture_close(c);
        return NULL;
    }
    // A file that is damaged from the first record on is refused here, not in the run.
    c->peeked = capture_read(c, &c->first, c->peek_err);
    if (c->peeked == -1) {
        memcpy(err, c->peek_err, TRACE_ERR_LEN);
        trace_capture_close(c);
        return NULL;
    }
    return c;
}

void trace_capture_close(trace_capture_t *c)
{
    if (!c) return;
    if (c->pcap) pcap_close(c->pcap); // closes the FILE
    if (c->fd >= 0) close(c->fd);
    free(c->buffer);
    free(c->path);
    free(c);
}

int trace_capture_rewind(trace_capture_t *c, char err[TRACE_ERR_LEN])
{
    pcap_close(c->pcap);
    c->pcap = NULL;
    c->peeked = -2;
    return capture_start(c, err);
}

int trace_capture_fd(const trace_capture_t *c)
{
    return c->fd;
}

const trace_format_t *trace_capture_format(const trace_capture_t *c)
{
    return &c->format;
}

// ---- records -----------------------------------------------------------------------------------

// The file ended inside record c->record + 1. Is that record cut off, or is its length garbage that
// happens to reach beyond the end? Only classic files of version 2.4 can be asked.
static bool capture_header_is_garbage(const trace_capture_t *c)
{
    uint8_t h[16];
    if (!c->id.classic || pcap_major_version(c->pcap) != 2 || pcap_minor_version(c->pcap) != 4 ||
        pread(c->fd, h, sizeof h, (off_t)c->offset) != (ssize_t)sizeof h) {
        return false;
    }
    uint32_t caplen, len;
    memcpy(&caplen, h + 8, 4);
    memcpy(&len, h + 12, 4);
    if (c->id.big != (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)) {
        caplen = __builtin_bswap32(caplen);
        len = __builtin_bswap32(len);
    }
    return caplen > len || len > CAPTURE_LEN_MAX;
}

// libpcap could not give the next record.
static int capture_failed(trace_capture_t *c, char err[TRACE_ERR_LEN])
{
    unsigned long long record = c->record + 1;
    FILE *file = pcap_file(c->pcap);
    if (!feof(file) || ferror(file) || capture_header_is_garbage(c)) {
        return trace_fail(err, "%s: record %llu: corrupt: %s", trace_shown(c->path), record,
                          pcap_geterr(c->pcap));
    }
    trace_fail(err, "%s: record %llu: cut off at the end of the file, %llu whole records before it",
               trace_shown(c->path), record, record - 1);
    return 2;
}

// Stamps are nanoseconds since the epoch; classic files count seconds in 32 unsigned bits, which
// libpcap sign-extends.
static void capture_time(trace_capture_t *c, const struct pcap_pkthdr *h, trace_raw_t *raw)
{
    int64_t sec = c->id.classic ? (int64_t)(uint32_t)h->ts.tv_sec : (int64_t)h->ts.tv_sec;
    int64_t frac = (int64_t)h->ts.tv_usec; // nanoseconds, by the precision asked for
    raw->time_bad = sec > CAPTURE_SEC_MAX || sec < -CAPTURE_SEC_MAX || frac < 0 ||
                    frac >= 5000000000000; // 2^32 us: what a garbled fraction can be
    raw->gap = (trace_span_t){0, 0};
    raw->stepped_back = false;
    if (raw->time_bad) return;
    int64_t now_ns = sec * 1000000000 + frac;
    if (!c->timed) {
        c->timed = true;
        c->prev_ns = c->last_ns = now_ns;
        c->format.has_start = true;
        c->format.start_s = sec;
        c->format.start_ns = (uint32_t)(frac % 1000000000);
    }
    raw->stepped_back = now_ns < c->prev_ns;
    c->prev_ns = now_ns;
    if (now_ns > c->last_ns) {
        uint64_t gap_ns = (uint64_t)now_ns - (uint64_t)c->last_ns; // may exceed INT64_MAX
        raw->gap = (trace_span_t){gap_ns / 8, gap_ns % 8 * 1000};
        c->last_ns = now_ns;
    }
}

// Tags as 802.1Q puts them: C-tag 0x8100, S-tag 0x88a8; a link allows two.
static uint8_t capture_tags(const uint8_t *data, uint32_t caplen)
{
    uint8_t tags = 0;
    for (uint32_t at = 12; tags < 2 && at + 2 <= caplen; at += 4) {
        unsigned type = (unsigned)data[at] << 8 | data[at + 1];
        if (type != 0x8100 && type != 0x88a8) break;
        tags++;
    }
    return tags;
}

static int capture_read(trace_capture_t *c, trace_raw_t *raw, char err[TRACE_ERR_LEN])
{
    struct pcap_pkthdr *h;
    const u_char *data;
    int got = pcap_next_ex(c->pcap, &h, &data);
    if (got == PCAP_ERROR_BREAK) return 0; // the end of a savefile
    if (got != 1) return capture_failed(c, err);
    c->record++;
    c->offset += c->id.record_header + (uint64_t)h->caplen;
    // libpcap clips a record to the snapshot length without saying so: ask where it stands.
    if (h->caplen >= (bpf_u_int32)c->format.snaplen) {
        off_t at = ftello(pcap_file(c->pcap));
        if (at > 0) c->offset = (uint64_t)at;
    }
    uint32_t len = h->len, caplen = h->caplen;
    if (caplen > len || len > CAPTURE_LEN_MAX) {
        return trace_fail(err, "%s: record %llu: corrupt: %u bytes captured of a %u-byte frame",
                          trace_shown(c->path), (unsigned long long)c->record, caplen, len);
    }
    if (c->format.fcs_bytes) {
        len = len > c->format.fcs_bytes ? len - c->format.fcs_bytes : 0;
        if (caplen > len) caplen = len;
    }
    *raw = (trace_raw_t){.data = data, .caplen = caplen, .len = len, .record = c->record};
    raw->tags = capture_tags(data, caplen);
    capture_time(c, h, raw);
    return 1;
}

int trace_capture_next(trace_capture_t *c, trace_raw_t *raw, char err[TRACE_ERR_LEN])
{
    if (c->peeked == -2) return capture_read(c, raw, err);
    int got = c->peeked;
    *raw = c->first;
    memcpy(err, c->peek_err, TRACE_ERR_LEN);
    if (got == 1) c->peeked = -2;
    return got;
}
