// SPDX-License-Identifier: Apache-2.0
// A pin device that writes what it sees: pins and the signals of rtl/nic_wave.def (82576: nic_wave_82576.def), as FST for GTKWave. Both engines give the
// same names, so two waves can be laid side by side.
//
// Time in the file is ns, 8 a cycle: a value is shown from the beginning of its cycle on. Inputs are those sampled at the end
// of the cycle. There is no clock in it. What is jumped over inside of the window is ticked instead: the device is seen to do
// the same with and without a wave.
#ifndef MODERATO_PIN_DEV_WAVE_H
#define MODERATO_PIN_DEV_WAVE_H

#include "hostbridge/pin_dev.h"

#define PIN_WAVE_ERR_LEN 320

// The caller's; outlives the device.
typedef struct pin_wave {
    const char *path;          // a plain file, or nothing yet; links are followed
    uint64_t from_cyc, to_cyc; // cycles from_cyc .. to_cyc-1
    bool from_first_frame; // counted from its first preamble byte on the wire, else from power-good
    bool over;             // set meanwhile: the window ends, wherever the run has come to
    // ---- filled in ----
    bool begun;                 // the run has come to the window
    char err[PIN_WAVE_ERR_LEN]; // why there is no device, or when it is destroyed: no whole file
} pin_wave_t;

// `dev`, a `nic`, which is the new device's from here on. NULL: the file cannot be written, or this build has no FST writer;
// `dev` is then destroyed.
pin_dev_t *pin_dev_wave(pin_dev_t *dev, enum nic_personality nic, pin_wave_t *to);

#endif
