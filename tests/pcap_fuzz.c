// SPDX-License-Identifier: Apache-2.0
// libFuzzer target: any bytes as a capture file, read to the end under one of eight paces. What
// must hold: no crash, a message for every refusal, and frames that keep the promises of traces.h.
#include "traces/traces.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define FUZZ_CHECK(what)                                                                           \
    if (!(what)) {                                                                                 \
        fprintf(stderr, "violated: %s\n", #what);                                                  \
        abort();                                                                                   \
    }

static trace_pace_t fuzz_pace(unsigned choice)
{
    trace_pace_t pace = {.limit = 4096};
    switch (choice & 7) {
    case 1: pace.multiplier_ppm = 333333; break;
    case 2: pace.pps_milli = 1488095238; break;
    case 3: pace.mbps_milli = 1; break;
    case 4: pace.topspeed = true; break;
    case 5: pace.max_gap_ns = 1000; break;
    case 6: pace.max_frame = TRACE_FRAME_MAX - 8; break;
    case 7:
        pace.multiplier_ppm = 1;
        pace.max_gap_ns = 77;
        break;
    default: break;
    }
    if (choice & 8) pace.loop = 3;
    return pace;
}

static void fuzz_read(trace_t *t, uint32_t max_frame)
{
    char err[TRACE_ERR_LEN] = "";
    trace_frame_t f;
    uint64_t offered = 0, last_cyc = 0, last_ps = 0;
    volatile uint8_t touched = 0;
    int got;
    while ((got = trace_next(t, &f, err)) == 1) {
        FUZZ_CHECK(f.len >= 60 && f.len <= max_frame + 8);
        FUZZ_CHECK(f.at_ps < 8000);
        FUZZ_CHECK(f.at_cyc > last_cyc || (f.at_cyc == last_cyc && f.at_ps >= last_ps));
        last_cyc = f.at_cyc;
        last_ps = f.at_ps;
        for (uint32_t i = 0; i < f.len; i++) touched = (uint8_t)(touched ^ f.data[i]);
        offered++;
    }
    const trace_stats_t *s = trace_stats(t);
    FUZZ_CHECK(s->offered == offered && s->records == offered + s->oversize);
    FUZZ_CHECK((err[0] != '\0') == (got == -1));
    FUZZ_CHECK(!s->truncated || s->notice[0]);
    FUZZ_CHECK(trace_next(t, &f, err) == got); // stays at the end, and at an error
    FUZZ_CHECK(strlen(trace_sha256(t)) == 64);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int fd = -1;
    char path[64], err[TRACE_ERR_LEN] = "";
    if (fd < 0) fd = memfd_create("pcap_fuzz", MFD_CLOEXEC);
    if (fd < 0 || ftruncate(fd, 0) != 0 || pwrite(fd, data, size, 0) != (ssize_t)size) abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    trace_pace_t pace = fuzz_pace((unsigned)size);
    trace_t *t = trace_open(path, &pace, err);
    if (!t) {
        FUZZ_CHECK(strncmp(err, path, strlen(path)) == 0);
        return 0;
    }
    fuzz_read(t, pace.max_frame ? pace.max_frame : 1514);
    trace_close(t);
    return 0;
}
