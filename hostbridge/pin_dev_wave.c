// SPDX-License-Identifier: Apache-2.0
#include "hostbridge/pin_dev_wave.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef HAVE_FST

pin_dev_t *pin_dev_wave(pin_dev_t *dev, enum nic_personality nic, pin_wave_t *to)
{
    (void)nic;
    pin_dev_destroy(dev);
    snprintf(to->err, sizeof to->err,
             "this build cannot write FST: it needs the sources that Verilator installs");
    return NULL;
}

#else

#include "fstapi.h"

#include <zlib.h>

// ---- files of fstapi.c, which is built with these functions --------------------------------------

FILE *pin_dev_wave_fopen(const char *path, const char *mode);
int pin_dev_wave_fclose(FILE *f);
int pin_dev_wave_gzclose(gzFile f);
int pin_dev_wave_unlink(const char *path);

// It hands nothing through, so this is the one exception here to "no globals with state".
static struct {
    const char *path; // of the wave that is being created
    bool failed;      // something was not written
} files;

// What is not the wave is a file for a while beside it: one without a name does.
FILE *pin_dev_wave_fopen(const char *path, const char *mode)
{
    const bool beside = mode[0] == 'w' && files.path && strcmp(path, files.path) != 0;
    return beside ? tmpfile() : fopen(path, mode);
}

int pin_dev_wave_fclose(FILE *f)
{
    const bool bad = ferror(f) != 0;
    const int status = fclose(f);
    if (bad || status != 0) files.failed = true;
    return status;
}

int pin_dev_wave_gzclose(gzFile f)
{
    const int status = gzclose(f);
    if (status != Z_OK) files.failed = true;
    return status;
}

int pin_dev_wave_unlink(const char *path)
{
    (void)path;
    return 0;
}

// ---- what is written -----------------------------------------------------------------------------

enum {
#define PIN_I(n, w, doc) WAVE_PIN_##n,
#define PIN_O(n, w, doc) WAVE_PIN_##n,
#include "rtl/nic_pins.def"
#undef PIN_I
#undef PIN_O
    WAVE_PINS,
    WAVE_ALL = WAVE_PINS + NIC_WAVES
};

// Of a signal beside the pins.
typedef struct wave_row {
    const char *scope, *name;
    int width;
} wave_row_t;

static const wave_row_t ROWS_82540EM[NIC_WAVES_82540EM] = {
#define WAVE(scope, name, width, c, rtl) {#scope, #name, width},
#include "rtl/nic_wave.def"
#undef WAVE
};
static const wave_row_t ROWS_82576[NIC_WAVES_82576] = {
#define WAVE(scope, name, width, c, rtl) {#scope, #name, width},
#include "rtl/nic_wave_82576.def"
#undef WAVE
};

typedef struct wave {
    pin_dev_t dev;
    pin_dev_t *to;
    pin_wave_t *file;
    void *fst;
    uint64_t from_cyc, to_cyc;
    bool waits; // for the first frame: the window is relative to it
    nic_in_t last_in;
    int rows;
    fstHandle handle[WAVE_ALL];
    uint8_t width[WAVE_ALL];
    uint64_t last[WAVE_ALL];
} wave_t;

static wave_t *wave_of(const pin_dev_t *d)
{
    return (wave_t *)d;
}

static void emit(wave_t *w, int i, uint64_t v)
{
    if (w->file->begun && w->last[i] == v) return;
    w->last[i] = v;
    fstWriterEmitValueChange64(w->fst, w->handle[i], w->width[i], v);
}

// The run is over within the window.
static void end_with_run(wave_t *w, uint64_t now)
{
    if (!w->file->over || now >= w->to_cyc) return;
    if (w->file->begun) fstWriterEmitTimeChange(w->fst, now * 8);
    w->to_cyc = now;
}

static void wave_tick(pin_dev_t *d, const nic_in_t *in)
{
    wave_t *w = wave_of(d);
    const uint64_t now = w->to->ops->now(w->to);
    end_with_run(w, now);
    if (w->waits && in->rx_dv) {
        w->waits = false;
        w->from_cyc += now;
        w->to_cyc += now;
    }
    if (!w->waits && now >= w->from_cyc && now < w->to_cyc) {
        const nic_out_t out = w->to->ops->out(w->to);
        uint64_t value[NIC_WAVES];
        w->to->ops->waves(w->to, value);
        fstWriterEmitTimeChange(w->fst, now * 8);
#define PIN_I(n, wd, doc) emit(w, WAVE_PIN_##n, in->n);
#define PIN_O(n, wd, doc) emit(w, WAVE_PIN_##n, out.n);
#include "rtl/nic_pins.def"
#undef PIN_I
#undef PIN_O
        for (int i = 0; i < w->rows; i++) emit(w, WAVE_PINS + i, value[i]);
        w->file->begun = true;
    }
    if (!w->waits && now + 1 == w->to_cyc) fstWriterEmitTimeChange(w->fst, w->to_cyc * 8);
    w->last_in = *in;
    w->to->ops->tick(w->to, in);
}

// As many ticks, inside of the window: the run must not see that there is one.
static void wave_jump(pin_dev_t *d, uint64_t cycles)
{
    wave_t *w = wave_of(d);
    const uint64_t now = w->to->ops->now(w->to), end = now + cycles;
    end_with_run(w, now);
    const uint64_t from = w->waits || w->from_cyc > end ? end : w->from_cyc;
    if (now >= w->to_cyc || from == end) {
        w->to->ops->jump(w->to, cycles);
        return;
    }
    const uint64_t to = w->to_cyc < end ? w->to_cyc : end;
    if (from > now) w->to->ops->jump(w->to, from - now);
    while (w->to->ops->now(w->to) < to) wave_tick(d, &w->last_in);
    if (end > to) w->to->ops->jump(w->to, end - to);
}

// ---- passed on ----

static uint64_t wave_now(const pin_dev_t *d)
{
    return wave_of(d)->to->ops->now(wave_of(d)->to);
}
static nic_out_t wave_out(pin_dev_t *d)
{
    return wave_of(d)->to->ops->out(wave_of(d)->to);
}
static uint64_t wave_horizon(const pin_dev_t *d)
{
    return wave_of(d)->to->ops->horizon(wave_of(d)->to);
}
static void wave_probe(pin_dev_t *d, pin_dev_probe_fn *fn, void *ctx)
{
    wave_of(d)->to->ops->probe(wave_of(d)->to, fn, ctx);
}
static uint64_t wave_tlp_addr(const pin_dev_t *d)
{
    return wave_of(d)->to->ops->tlp_addr(wave_of(d)->to);
}
static bool wave_still(const pin_dev_t *d)
{
    return wave_of(d)->to->ops->still(wave_of(d)->to);
}
static bool wave_loopback(const pin_dev_t *d)
{
    return wave_of(d)->to->ops->loopback(wave_of(d)->to);
}
static unsigned wave_stride(const pin_dev_t *d)
{
    return wave_of(d)->to->ops->stride(wave_of(d)->to);
}
static uint32_t wave_peek(const pin_dev_t *d, uint32_t off)
{
    return wave_of(d)->to->ops->peek(wave_of(d)->to, off);
}
static void wave_waves(const pin_dev_t *d, uint64_t *value)
{
    wave_of(d)->to->ops->waves(wave_of(d)->to, value);
}

static void wave_destroy(pin_dev_t *d)
{
    wave_t *w = wave_of(d);
    files.failed = false;
    if (w->fst) fstWriterClose(w->fst);
    if (files.failed)
        snprintf(w->file->err, sizeof w->file->err, "%.256s: could not be written to its end",
                 w->file->path);
    pin_dev_destroy(w->to);
    free(w);
}

static const pin_dev_ops_t WAVE_OPS = {
    .destroy = wave_destroy,
    .now = wave_now,
    .out = wave_out,
    .tick = wave_tick,
    .horizon = wave_horizon,
    .jump = wave_jump,
    .probe = wave_probe,
    .tlp_addr = wave_tlp_addr,
    .still = wave_still,
    .loopback = wave_loopback,
    .stride = wave_stride,
    .peek = wave_peek,
    .waves = wave_waves,
};

// ---- the file ----

static void declare(wave_t *w, int i, const char *name, int width, enum fstVarDir dir)
{
    w->width[i] = (uint8_t)width;
    w->handle[i] = fstWriterCreateVar(w->fst, FST_VT_VCD_WIRE, dir, (uint32_t)width, name, 0);
}

// Scopes as the modules of the RTL; rows of a scope stand together.
static void declare_all(wave_t *w, enum nic_personality nic)
{
    const bool igb = nic == NIC_82576;
    const wave_row_t *row = igb ? ROWS_82576 : ROWS_82540EM;
    w->rows = igb ? (int)NIC_WAVES_82576 : (int)NIC_WAVES_82540EM;
    fstWriterSetScope(w->fst, FST_ST_VCD_MODULE, igb ? "nic_82576" : "nic_82540em", NULL);
#define PIN_I(n, wd, doc) declare(w, WAVE_PIN_##n, #n, wd, FST_VD_INPUT);
#define PIN_O(n, wd, doc) declare(w, WAVE_PIN_##n, #n, wd, FST_VD_OUTPUT);
#include "rtl/nic_pins.def"
#undef PIN_I
#undef PIN_O
    const char *open = NULL;
    for (int i = 0; i < w->rows; i++) {
        if (!open || strcmp(open, row[i].scope) != 0) {
            if (open) fstWriterSetUpscope(w->fst);
            fstWriterSetScope(w->fst, FST_ST_VCD_MODULE, row[i].scope, NULL);
            open = row[i].scope;
        }
        declare(w, WAVE_PINS + i, row[i].name, row[i].width, FST_VD_IMPLICIT);
    }
    fstWriterSetUpscope(w->fst);
    fstWriterSetUpscope(w->fst);
}

pin_dev_t *pin_dev_wave(pin_dev_t *dev, enum nic_personality nic, pin_wave_t *to)
{
    wave_t *w = calloc(1, sizeof *w);
    if (!w) {
        pin_dev_destroy(dev);
        snprintf(to->err, sizeof to->err, "out of memory");
        return NULL;
    }
    w->dev = (pin_dev_t){&WAVE_OPS, dev->name};
    w->to = dev;
    w->file = to;
    w->from_cyc = to->from_cyc;
    w->to_cyc = to->to_cyc;
    w->waits = to->from_first_frame;
    w->last_in.req_ready = 1; // as of a host at rest
    to->begun = false;
    errno = 0;
    files.path = to->path;
    w->fst = fstWriterCreate(to->path, 1);
    files.path = NULL;
    if (!w->fst) {
        snprintf(to->err, sizeof to->err, "%.256s: %s", to->path,
                 errno ? strerror(errno) : "cannot be written");
        wave_destroy(&w->dev);
        return NULL;
    }
    fstWriterSetTimescaleFromString(w->fst, "1ns");
    fstWriterSetVersion(w->fst, "moderato");
    fstWriterSetDate(w->fst, "");
    declare_all(w, nic);
    return &w->dev;
}

#endif
