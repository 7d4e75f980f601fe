// SPDX-License-Identifier: Apache-2.0
#include "hostbridge/timeline.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TIMELINE_BUFFER   (1u << 18)
#define TIMELINE_PID_NIC  1 // process ids of the format: a heading each
#define TIMELINE_PID_HOST 2
#define TIMELINE_CYC_NS   8u

typedef struct timeline_open_span {
    const char *name; // NULL: none open
    uint64_t from_cyc;
} timeline_open_span_t;

struct timeline {
    FILE *f;
    char *path;
    char *buffer;
    uint64_t max_events, written, left_out;
    uint64_t last_cyc; // latest start among the written events
    bool first;        // nothing written yet: no comma
    int error;         // errno of the first failed write
    bool named[TIMELINE_TRACKS];
    bool process[3];
    timeline_open_span_t span[TIMELINE_TRACKS];
};

static const char *const TIMELINE_NAMES[TIMELINE_CORE] = {
    [TIMELINE_WIRE_RX] = "wire receive",
    [TIMELINE_WIRE_TX] = "wire transmit",
    [TIMELINE_DMA_WRITE] = "DMA write",
    [TIMELINE_DMA_READ] = "DMA read",
    [TIMELINE_MMIO] = "register access",
    [TIMELINE_PACKET_TIMER] = "packet timer (RDTR)",
    [TIMELINE_ABSOLUTE_TIMER] = "absolute timer (RADV)",
    [TIMELINE_TX_TIMERS] = "transmit timers (TIDV, TADV)",
    [TIMELINE_MASTER_TIMER] = "master timer",
    [TIMELINE_THROTTLE] = "throttle (ITR)",
    [TIMELINE_IRQ] = "interrupt line",
};
static const char *const TIMELINE_CORE_NAMES[TIMELINE_PER_CORE] = {
    [TIMELINE_CORE_IRQ] = "interrupt",   [TIMELINE_CORE_POLL] = "poll",
    [TIMELINE_CORE_APP] = "application", [TIMELINE_CORE_EXIT] = "exits",
    [TIMELINE_CORE_THREAD] = "thread",
};

timeline_t *timeline_open(const char *path, uint64_t max_events, char err[TIMELINE_ERR_LEN])
{
    timeline_t *t = calloc(1, sizeof *t);
    if (t) t->path = strdup(path);
    if (t) t->buffer = malloc(TIMELINE_BUFFER);
    if (!t || !t->path || !t->buffer) errno = ENOMEM;
    else t->f = fopen(path, "we");
    if (!t || !t->f) {
        snprintf(err, TIMELINE_ERR_LEN, "%s: %s", path, strerror(errno));
        if (t) {
            free(t->path);
            free(t->buffer);
        }
        free(t);
        return NULL;
    }
    setvbuf(t->f, t->buffer, _IOFBF, TIMELINE_BUFFER);
    t->max_events = max_events;
    t->first = true;
    fputs("{\"displayTimeUnit\":\"ns\",\"traceEvents\":[", t->f);
    return t;
}

// ---- writing -----------------------------------------------------------------------------------

static void timeline_string(timeline_t *t, const char *s)
{
    putc('"', t->f);
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;
        if (c == '"' || c == '\\') fprintf(t->f, "\\%c", c);
        else if (c < 0x20 || c >= 0x7F) putc('?', t->f);
        else putc(c, t->f);
    }
    putc('"', t->f);
}

// "key":time in microseconds, exact: a cycle is 0.008.
static void timeline_time(timeline_t *t, const char *key, uint64_t cyc)
{
    uint64_t us = cyc / 125, ns = cyc % 125 * TIMELINE_CYC_NS;
    fprintf(t->f, ",\"%s\":%" PRIu64 ".%03" PRIu64, key, us, ns);
}

static void timeline_start(timeline_t *t, char ph)
{
    fprintf(t->f, "%s{\"ph\":\"%c\"", t->first ? "\n" : ",\n", ph);
    t->first = false;
}

static void timeline_metadata(timeline_t *t, int pid, int tid, const char *what, const char *name)
{
    timeline_start(t, 'M');
    fprintf(t->f, ",\"pid\":%d,\"tid\":%d,\"name\":\"%s\",\"args\":{\"name\":", pid, tid, what);
    timeline_string(t, name);
    fputs("}}", t->f);
}

static int timeline_pid(unsigned track)
{
    return track < TIMELINE_CORE ? TIMELINE_PID_NIC : TIMELINE_PID_HOST;
}

static void timeline_process(timeline_t *t, int pid)
{
    if (t->process[pid]) return;
    t->process[pid] = true;
    timeline_metadata(t, pid, 0, "process_name",
                      pid == TIMELINE_PID_NIC ? "network controller" : "host");
}

// Names the track at its first event; names do not count as events.
static void timeline_name_track(timeline_t *t, unsigned track)
{
    char name[64];
    if (t->named[track]) return;
    t->named[track] = true;
    int pid = timeline_pid(track);
    timeline_process(t, pid);
    if (track >= TIMELINE_EITR && track < TIMELINE_EITR + TIMELINE_VECTORS) {
        snprintf(name, sizeof name, "throttle (EITR %u)", track - TIMELINE_EITR);
    } else if (track < TIMELINE_CORE) {
        snprintf(name, sizeof name, "%s", TIMELINE_NAMES[track]);
    } else {
        unsigned n = track - TIMELINE_CORE;
        snprintf(name, sizeof name, "core %u %s", n / TIMELINE_PER_CORE,
                 TIMELINE_CORE_NAMES[n % TIMELINE_PER_CORE]);
    }
    timeline_metadata(t, pid, (int)track + 1, "thread_name", name);
    timeline_start(t, 'M');
    fprintf(t->f,
            ",\"pid\":%d,\"tid\":%u,\"name\":\"thread_sort_index\",\"args\":{\"sort_index\":%u}}",
            pid, track + 1, track);
}

// True when there is room for the event; counts it either way.
static bool timeline_room(timeline_t *t, unsigned track, uint64_t cyc)
{
    if (t->written >= t->max_events || track >= TIMELINE_TRACKS) {
        t->left_out++;
        return false;
    }
    t->written++;
    if (cyc > t->last_cyc) t->last_cyc = cyc;
    return true;
}

static void timeline_args(timeline_t *t, const char *key1, uint64_t value1, const char *key2,
                          uint64_t value2)
{
    if (key1 || key2) fputs(",\"args\":{", t->f);
    if (key1) {
        timeline_string(t, key1);
        fprintf(t->f, ":%" PRIu64 "%s", value1, key2 ? "," : "");
    }
    if (key2) {
        timeline_string(t, key2);
        fprintf(t->f, ":%" PRIu64, value2);
    }
    fputs(key1 || key2 ? "}}" : "}", t->f);
    if (ferror(t->f) && t->error == 0) t->error = errno ? errno : EIO;
}

// ---- events ------------------------------------------------------------------------------------

void timeline_slice(timeline_t *t, unsigned track, uint64_t from_cyc, uint64_t to_cyc,
                    const char *name, const char *key1, uint64_t value1, const char *key2,
                    uint64_t value2)
{
    if (!t || !timeline_room(t, track, from_cyc)) return;
    timeline_name_track(t, track);
    timeline_start(t, 'X');
    fprintf(t->f, ",\"pid\":%d,\"tid\":%u", timeline_pid(track), track + 1);
    timeline_time(t, "ts", from_cyc);
    timeline_time(t, "dur", to_cyc > from_cyc ? to_cyc - from_cyc : 0);
    fputs(",\"name\":", t->f);
    timeline_string(t, name);
    timeline_args(t, key1, value1, key2, value2);
}

void timeline_begin(timeline_t *t, unsigned track, uint64_t cyc, const char *name)
{
    if (!t || track >= TIMELINE_TRACKS) return;
    timeline_end(t, track, cyc);
    t->span[track] = (timeline_open_span_t){name, cyc};
}

void timeline_end(timeline_t *t, unsigned track, uint64_t cyc)
{
    if (!t || track >= TIMELINE_TRACKS || !t->span[track].name) return;
    timeline_slice(t, track, t->span[track].from_cyc, cyc, t->span[track].name, NULL, 0, NULL, 0);
    t->span[track].name = NULL;
}

void timeline_instant(timeline_t *t, unsigned track, uint64_t cyc, const char *name,
                      const char *key, uint64_t value)
{
    if (!t || !timeline_room(t, track, cyc)) return;
    timeline_name_track(t, track);
    timeline_start(t, 'i');
    fprintf(t->f, ",\"s\":\"t\",\"pid\":%d,\"tid\":%u", timeline_pid(track), track + 1);
    timeline_time(t, "ts", cyc);
    fputs(",\"name\":", t->f);
    timeline_string(t, name);
    timeline_args(t, key, value, NULL, 0);
}

void timeline_counter(timeline_t *t, uint64_t cyc, const char *name, uint64_t value)
{
    if (!t || !timeline_room(t, 0, cyc)) return;
    timeline_process(t, TIMELINE_PID_HOST);
    timeline_start(t, 'C');
    fprintf(t->f, ",\"pid\":%d", TIMELINE_PID_HOST);
    timeline_time(t, "ts", cyc);
    fputs(",\"name\":", t->f);
    timeline_string(t, name);
    timeline_args(t, name, value, NULL, 0);
}

bool timeline_full(const timeline_t *t)
{
    return !t || t->written >= t->max_events;
}

uint64_t timeline_written(const timeline_t *t)
{
    return t ? t->written : 0;
}

uint64_t timeline_left_out(const timeline_t *t)
{
    return t ? t->left_out : 0;
}

int timeline_close(timeline_t *t, uint64_t end_cyc, char err[TIMELINE_ERR_LEN])
{
    if (!t) return 0;
    for (unsigned track = 0; track < TIMELINE_TRACKS; track++) timeline_end(t, track, end_cyc);
    fprintf(
        t->f,
        "\n],\"otherData\":{\"events\":%" PRIu64 ",\"left_out\":%" PRIu64 ",\"max_events\":%" PRIu64
        ",\"last_event_ns\":%" PRIu64 ",\"run_end_ns\":%" PRIu64
        ",\"rule\":\"the first max_events events of the run are written, later ones counted\"}}\n",
        t->written, t->left_out, t->max_events, t->last_cyc * TIMELINE_CYC_NS,
        end_cyc * TIMELINE_CYC_NS);
    if (ferror(t->f) && t->error == 0) t->error = errno ? errno : EIO;
    if (fclose(t->f) != 0 && t->error == 0) t->error = errno;
    int result = t->error ? -1 : 0;
    if (result != 0) snprintf(err, TIMELINE_ERR_LEN, "%s: %s", t->path, strerror(t->error));
    free(t->path);
    free(t->buffer);
    free(t);
    return result;
}
