// SPDX-License-Identifier: Apache-2.0
// A pin device that writes what it sees: pins and the signals of rtl/nic_wave.def (82576: nic_wave_82576.def), as FST for GTKWave. Both engines give the
// same names, so two waves can be laid side by side.
//
// Time in the file is ns, 8 a cycle: a value is shown from the beginning of its cycle on. Inputs are those sampled at the end
// of the cycle. There is no clock in it. Inside of the window nothing is jumped over.
#ifndef MODERATO_PIN_DEV_WAVE_H
#define MODERATO_PIN_DEV_WAVE_H

#include "hostbridge/pin_dev.h"

// `dev`, a `nic`, which is the new device's from here on, with its cycles from_cyc .. to_cyc-1 written to `path`;
// from_first_frame: counted from the first preamble byte of the first frame on the receive wire, else from power-good. NULL: the file cannot
// be written (reason in err), or this build has no FST writer; `dev` is then destroyed.
pin_dev_t *pin_dev_wave(pin_dev_t *dev, enum nic_personality nic, const char *path,
                        uint64_t from_cyc, uint64_t to_cyc, bool from_first_frame, char *err,
                        size_t err_len);

#endif
