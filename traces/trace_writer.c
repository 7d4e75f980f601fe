// SPDX-License-Identifier: Apache-2.0
// Received frames as a nanosecond pcap, through libpcap.
#include "traces/trace_priv.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>

#define WRITER_BUFFER  (256 * 1024)
#define WRITER_SNAPLEN 262144
#define WRITER_SEC_MAX UINT32_MAX // a pcap stamp has 32 bits of seconds

struct trace_writer {
    char *path;
    char *buffer;
    pcap_t *pcap;
    pcap_dumper_t *dumper;
    char error[TRACE_ERR_LEN]; // the first one, "" if none
};

static void writer_free(trace_writer_t *w)
{
    if (w->dumper) pcap_dump_close(w->dumper); // closes the FILE
    if (w->pcap) pcap_close(w->pcap);
    free(w->buffer);
    free(w->path);
    free(w);
}

static int writer_start(trace_writer_t *w, char err[TRACE_ERR_LEN])
{
    w->pcap = pcap_open_dead_with_tstamp_precision(DLT_EN10MB, WRITER_SNAPLEN,
                                                   PCAP_TSTAMP_PRECISION_NANO);
    if (!w->pcap) return trace_fail(err, "%s: out of memory", trace_shown(w->path));
    FILE *file = fopen(w->path, "wbe");
    if (!file) return trace_fail(err, "%s: %s", trace_shown(w->path), strerror(errno));
    setvbuf(file, w->buffer, _IOFBF, WRITER_BUFFER);
    __fsetlocking(file, FSETLOCKING_BYCALLER);
    w->dumper = pcap_dump_fopen(w->pcap, file);
    if (!w->dumper) {
        trace_fail(err, "%s: %s", trace_shown(w->path), pcap_geterr(w->pcap));
        fclose(file);
        return -1;
    }
    return 0;
}

trace_writer_t *trace_writer_open(const char *path, char err[TRACE_ERR_LEN])
{
    trace_writer_t *w = calloc(1, sizeof *w);
    if (w) {
        w->path = strdup(path);
        w->buffer = malloc(WRITER_BUFFER);
    }
    if (!w || !w->path || !w->buffer) {
        trace_fail(err, "%s: out of memory", trace_shown(path));
    } else if (writer_start(w, err) == 0) {
        return w;
    }
    if (w) writer_free(w);
    return NULL;
}

int trace_writer_put(trace_writer_t *w, uint64_t when_ns, const uint8_t *data, uint32_t len)
{
    if (w->error[0]) return -1;
    if (when_ns / 1000000000u > WRITER_SEC_MAX) {
        return trace_fail(w->error, "%s: time %llu ns does not fit a pcap stamp",
                          trace_shown(w->path), (unsigned long long)when_ns);
    }
    struct pcap_pkthdr h = {.caplen = len, .len = len};
    h.ts.tv_sec = (time_t)(when_ns / 1000000000u);
    h.ts.tv_usec = (suseconds_t)(when_ns % 1000000000u); // nanoseconds, by the precision
    errno = 0;
    pcap_dump((u_char *)w->dumper, &h, data);
    if (ferror(pcap_dump_file(w->dumper))) {
        return trace_fail(w->error, "%s: write error: %s", trace_shown(w->path),
                          strerror(errno ? errno : EIO));
    }
    return 0;
}

int trace_writer_close(trace_writer_t *w, char err[TRACE_ERR_LEN])
{
    if (!w->error[0] && pcap_dump_flush(w->dumper) != 0) {
        trace_fail(w->error, "%s: write error: %s", trace_shown(w->path), strerror(errno));
    }
    int result = w->error[0] ? trace_fail(err, "%s", w->error) : 0;
    writer_free(w);
    return result;
}
