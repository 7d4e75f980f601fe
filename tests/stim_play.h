// SPDX-License-Identifier: Apache-2.0
// The stimulus of hostbridge/stim.h on the C model visited as a test wants it, and played again
// through pins.
#ifndef MODERATO_TESTS_STIM_PLAY_H
#define MODERATO_TESTS_STIM_PLAY_H

#include "hostbridge/stim.h"
#include "model/state.h"

// Plays `cycles` cycles of the stimulus of `seed` on a fresh device visited as `how` says.
void stim_play(enum nic_personality nic, uint64_t seed, uint64_t cycles, const nic_visiting_t *how,
               stim_run_t *r);
// The same on the C model behind its pins, driven by pin_engine.
void stim_play_engine(enum nic_personality nic, uint64_t seed, uint64_t cycles, bool jump,
                      stim_run_t *r);
// Plays what `from` was given through the pins of another device, and takes its outputs from the pins.
void stim_play_pins(enum nic_personality nic, const stim_run_t *from, uint64_t cycles,
                    stim_run_t *r);
// Registers and work of the device at the end.
void stim_finish(stim_run_t *r, const nic_t *nic);
// What lies at the very end may be cut: a transfer that has begun is an event of the one and not yet
// of the other. Keeps what is over before the end of a run of `cycles`.
void stim_cut(stim_run_t *r, uint64_t cycles);

#endif
