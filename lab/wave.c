// SPDX-License-Identifier: Apache-2.0
#include "lab/wave.h"

#include "hostbridge/sim.h"
#include "lab/cli.h"
#include "lab/number.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

// One end of the window, to cycles (rounded down). False: not a time.
static bool wave_time(const char *text, size_t len, uint64_t *cyc)
{
    char buf[64];
    uint64_t ns;
    if (len == 0 || len >= sizeof buf) return false;
    memcpy(buf, text, len);
    buf[len] = '\0';
    if (number_parse_time(buf, &ns) != NUMBER_OK) return false;
    *cyc = ns / CYC_NS;
    return true;
}

static int wave_window(pin_wave_t *w, const char *text, char err[LAB_ERR_LEN])
{
    const char *given = text;
    w->from_first_frame = *text != '@';
    if (!w->from_first_frame) text++;
    const char *colon = strchr(text, ':');
    if (!colon || !wave_time(text, (size_t)(colon - text), &w->from_cyc) ||
        !wave_time(colon + 1, strlen(colon + 1), &w->to_cyc)) {
        snprintf(err, LAB_ERR_LEN,
                 "--wave %.60s: want FROM:TO or @FROM:TO, two times as in 1.2ms:1300us", given);
        return -1;
    }
    if (w->to_cyc <= w->from_cyc) {
        snprintf(err, LAB_ERR_LEN, "--wave %.60s: TO must be at least a cycle (8 ns) after FROM",
                 given);
        return -1;
    }
    return 0;
}

int wave_check(const lab_options_t *o, char err[LAB_ERR_LEN])
{
    pin_wave_t w;
    return wave_window(&w, o->wave, err);
}

int wave_path(const lab_options_t *o, const char *tag, char path[WAVE_PATH_LEN],
              char err[LAB_ERR_LEN])
{
    const char *dot = strrchr(o->wave_file, '.'), *slash = strrchr(o->wave_file, '/');
    size_t stem =
        dot && (!slash || dot > slash) ? (size_t)(dot - o->wave_file) : strlen(o->wave_file);
    if (strlen(o->wave_file) + strlen(tag) >= WAVE_PATH_LEN) {
        snprintf(err, LAB_ERR_LEN, "--wave-file: %s", strerror(ENAMETOOLONG));
        return -1;
    }
    memcpy(path, o->wave_file, stem);
    strcpy(path + stem, tag);
    strcat(path, o->wave_file + stem);
    return 0;
}

int wave_prepare(wave_t *w, const lab_options_t *o, const char *engine, const char *tag,
                 char err[LAB_ERR_LEN])
{
    struct stat st;
    *w = (wave_t){.engine = engine};
    if (wave_window(&w->to, o->wave, err) != 0 || wave_path(o, tag, w->path, err) != 0) return -1;
    w->to.path = w->path;
    if (stat(w->path, &st) == 0 && !S_ISREG(st.st_mode)) {
        snprintf(err, LAB_ERR_LEN, "--wave-file: %.400s: not a plain file", w->path);
        return -1;
    }
    FILE *f = fopen(w->path, "ae"); // now rather than after a long run
    if (!f) {
        snprintf(err, LAB_ERR_LEN, "--wave-file: %.400s: %s", w->path, strerror(errno));
        return -1;
    }
    fclose(f);
    return 0;
}

void wave_empty(const wave_t *w)
{
    files_empty(w->path);
}

pin_dev_t *wave_wrap(wave_t *w, pin_dev_t *dev, enum nic_personality nic)
{
    if (!dev) return NULL;
    return pin_dev_wave(dev, nic, &w->to);
}

pin_dev_t *wave_make_dev(void *ctx, const nic_config_t *cfg)
{
    wave_t *w = ctx;
    const bool rtl = strcmp(w->engine, "rtl") == 0;
    if (rtl && !pin_dev_rtl) {
        snprintf(w->to.err, sizeof w->to.err,
                 "--engine rtl: this build has no RTL engine; see 'make rtl'");
        return NULL;
    }
    return wave_wrap(w, rtl ? pin_dev_rtl(cfg) : pin_dev_model(cfg), cfg->personality);
}

void wave_end(void *ctx)
{
    wave_t *w = ctx;
    w->to.over = true;
}

const char *wave_note(const wave_t *w)
{
    const bool empty = !w->to.begun && !w->to.err[0];
    return empty ? "--wave: the run ended before the window begins: the wave is empty" : NULL;
}
