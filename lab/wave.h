// SPDX-License-Identifier: Apache-2.0
// --wave FROM:TO: the pins and signals of a device as FST.
#ifndef MODERATO_WAVE_H
#define MODERATO_WAVE_H

#include "lab/options.h"

#include "hostbridge/pin_dev.h"

typedef struct wave {
    const char *engine; // of --engine, or "rtl" and "model" of lockstep
    char path[1024];
    uint64_t from_cyc, to_cyc;
    bool from_first_frame;
    char err[LAB_ERR_LEN]; // why wave_make_dev() failed, "" if it did not
} wave_t;

// Reads --wave and --wave-file. `tag` goes into the file's name before its ending, "" = as given. 0 ok, -1 with err.
int wave_prepare(wave_t *w, const lab_options_t *o, const char *engine, const char *tag,
                 char err[LAB_ERR_LEN]);
// `dev` with waves, or NULL (and w->err). dev may be NULL.
pin_dev_t *wave_wrap(wave_t *w, pin_dev_t *dev, enum nic_personality nic);
// For run_config_t.make_dev; ctx is a wave_t.
pin_dev_t *wave_make_dev(void *ctx, const nic_config_t *cfg);

#endif
