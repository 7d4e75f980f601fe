// SPDX-License-Identifier: Apache-2.0
// One run on several engines, which must give the same: the whole JSON but for "sim", and the
// received frames byte by byte.
#ifndef MODERATO_TESTS_RUN_ENGINES_H
#define MODERATO_TESTS_RUN_ENGINES_H

#include "tests/run_help.h"

// Plays it on the C model and on the C model behind its pins; slow_too: on that without jumps as
// well, some 40 million cycles for the start-up alone. The case is freed. Returns how many cycles
// were jumped over.
uint64_t run_engines(run_case_t *k, bool slow_too);

#endif
