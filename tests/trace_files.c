// SPDX-License-Identifier: Apache-2.0
#include "tests/trace_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int trace_files_setup(void **state)
{
    trace_files_t *f = calloc(1, sizeof *f);
    if (!f) return -1;
    *state = f;
    strcpy(f->path, "/tmp/moderato-trace-XXXXXX");
    int fd = mkstemp(f->path);
    return fd < 0 ? -1 : close(fd);
}

int trace_files_teardown(void **state)
{
    trace_files_t *f = *state;
    int result = unlink(f->path);
    free(f);
    return result;
}

void trace_files_put(trace_files_t *f, const void *p, size_t n)
{
    assert_true(f->n + n <= sizeof f->bytes);
    if (n) memcpy(f->bytes + f->n, p, n);
    f->n += n;
}

void trace_files_int(trace_files_t *f, uint32_t v, int n)
{
    for (int i = 0; i < n; i++) {
        uint8_t byte = (uint8_t)(v >> (8 * (f->big ? n - 1 - i : i)));
        trace_files_put(f, &byte, 1);
    }
}

void trace_files_frame(trace_files_t *f, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) trace_files_put(f, &(uint8_t){(uint8_t)(0x40 + i)}, 1);
}

void trace_files_pcap(trace_files_t *f, uint32_t magic, bool big, uint32_t snaplen,
                      uint32_t linktype)
{
    f->n = 0;
    f->big = big;
    trace_files_int(f, magic, 4);
    trace_files_int(f, 2, 2);
    trace_files_int(f, 4, 2);
    trace_files_int(f, 0, 4);
    trace_files_int(f, 0, 4);
    trace_files_int(f, snaplen, 4);
    trace_files_int(f, linktype, 4);
}

void trace_files_record(trace_files_t *f, uint32_t sec, uint32_t frac, uint32_t caplen,
                        uint32_t len)
{
    trace_files_int(f, sec, 4);
    trace_files_int(f, frac, 4);
    trace_files_int(f, caplen, 4);
    trace_files_int(f, len, 4);
    trace_files_frame(f, caplen);
}

// A section may follow another: the file is not started over.
void trace_files_ng(trace_files_t *f, bool big)
{
    f->big = big;
    trace_files_int(f, 0x0a0d0d0a, 4);
    trace_files_int(f, 28, 4);
    trace_files_int(f, 0x1a2b3c4d, 4);
    trace_files_int(f, 1, 2);
    trace_files_int(f, 0, 2);
    trace_files_int(f, 0xffffffff, 4);
    trace_files_int(f, 0xffffffff, 4);
    trace_files_int(f, 28, 4);
}

void trace_files_ng_interface(trace_files_t *f, uint32_t linktype, uint32_t snaplen,
                              uint8_t tsresol)
{
    trace_files_int(f, 1, 4);
    trace_files_int(f, 32, 4);
    trace_files_int(f, linktype, 2);
    trace_files_int(f, 0, 2);
    trace_files_int(f, snaplen, 4);
    trace_files_int(f, 9, 2);
    trace_files_int(f, 1, 2);
    trace_files_put(f, (uint8_t[]){tsresol, 0, 0, 0}, 4);
    trace_files_int(f, 0, 4); // end of options
    trace_files_int(f, 32, 4);
}

void trace_files_ng_packet(trace_files_t *f, uint32_t interface, uint64_t stamp, uint32_t caplen,
                           uint32_t len)
{
    uint32_t padded = (caplen + 3) & ~3u;
    trace_files_int(f, 6, 4);
    trace_files_int(f, 32 + padded, 4);
    trace_files_int(f, interface, 4);
    trace_files_int(f, (uint32_t)(stamp >> 32), 4);
    trace_files_int(f, (uint32_t)stamp, 4);
    trace_files_int(f, caplen, 4);
    trace_files_int(f, len, 4);
    trace_files_frame(f, padded);
    trace_files_int(f, 32 + padded, 4);
}

void trace_files_save(trace_files_t *f)
{
    FILE *out = fopen(f->path, "wb");
    assert_non_null(out);
    assert_true(fwrite(f->bytes, 1, f->n, out) == f->n);
    assert_int_equal(fclose(out), 0);
}

trace_played_t trace_files_play(trace_files_t *f, const trace_pace_t *pace)
{
    trace_frame_t frame;
    trace_played_t p = {0};
    trace_files_save(f);
    trace_t *t = trace_files_open(f->path, pace);
    while ((p.result = trace_next(t, &frame, p.err)) == 1) {
        if (p.n < TRACE_FILES_N) {
            p.at_ps[p.n] = (uint64_t)trace_files_at_ps(&frame);
            p.len[p.n] = frame.len;
        }
        p.n++;
    }
    p.stats = *trace_stats(t);
    assert_true(p.stats.offered == p.n && p.stats.records == p.n + p.stats.oversize);
    assert_int_equal(trace_next(t, &frame, p.err), p.result); // stays at the end, and at an error
    trace_close(t);
    return p;
}

void trace_files_refused(const char *spec, const trace_pace_t *pace, const char *message)
{
    char err[TRACE_ERR_LEN] = "";
    assert_null(trace_open(spec, pace, err));
    if (!strstr(err, message)) fail_msg("%s: \"%s\" instead of \"%s\"", spec, err, message);
}

trace_t *trace_files_open(const char *spec, const trace_pace_t *pace)
{
    char err[TRACE_ERR_LEN] = "";
    trace_t *t = trace_open(spec, pace, err);
    if (!t) fail_msg("%s: %s", spec, err);
    return t;
}

bool trace_files_next(trace_t *t, trace_frame_t *f)
{
    char err[TRACE_ERR_LEN] = "";
    int got = trace_next(t, f, err);
    if (got < 0) fail_msg("%s", err);
    return got == 1;
}

trace_u128_t trace_files_at_ps(const trace_frame_t *f)
{
    assert_true(f->at_ps < 8000);
    return (trace_u128_t)f->at_cyc * 8000 + f->at_ps;
}
