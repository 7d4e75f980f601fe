// SPDX-License-Identifier: Apache-2.0
// --wave FROM:TO: the pins and signals of a device as FST.
#ifndef MODERATO_WAVE_H
#define MODERATO_WAVE_H

#include "lab/options.h"

#include "hostbridge/pin_dev_wave.h"

#define WAVE_PATH_LEN 1024

typedef struct wave {
    const char *engine; // of --engine, or "rtl" and "model" of lockstep
    char path[WAVE_PATH_LEN];
    pin_wave_t to; // to.err: why wave_make_dev() failed, or the file; "": neither did
} wave_t;

// The file that --wave-file means. `tag` goes into its name before its ending, "" = as given. 0 ok, -1 with err.
int wave_path(const lab_options_t *o, const char *tag, char path[WAVE_PATH_LEN],
              char err[LAB_ERR_LEN]);
// Whether --wave is a window. 0 ok, -1 with err.
int wave_check(const lab_options_t *o, char err[LAB_ERR_LEN]);
// Reads --wave and --wave-file, and proves that the file can be written to; it keeps what it has. 0 ok, -1 with err.
int wave_prepare(wave_t *w, const lab_options_t *o, const char *engine, const char *tag,
                 char err[LAB_ERR_LEN]);
// What an earlier run left does not pass for this one's.
void wave_empty(const wave_t *w);
// `dev` with waves, or NULL (and w->to.err). dev may be NULL. *w outlives it.
pin_dev_t *wave_wrap(wave_t *w, pin_dev_t *dev, enum nic_personality nic);
// For run_config_t.make_dev; ctx is a wave_t.
pin_dev_t *wave_make_dev(void *ctx, const nic_config_t *cfg);
// For run_config_t.ended, with the same ctx: the wave ends with the run.
void wave_end(void *ctx);
// The run is over: what the user should know of a wave that was written; NULL: nothing.
const char *wave_note(const wave_t *w);

#endif
