// SPDX-License-Identifier: Apache-2.0
// For the tests of whole runs: sets a run up, plays it, and checks what holds for every run.
#ifndef MODERATO_TESTS_RUN_HELP_H
#define MODERATO_TESTS_RUN_HELP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "hostbridge/testbed.h"

#define RUN_TIMER_CYC 128u // RDTR, RADV: 1.024 us
#define RUN_ITR_CYC   32u  // ITR: 256 ns

// From P (the packet is completely in host memory) to INTA# on the pin, cycles, by the contracts in
// the headers of timers, desc_ring, host_port, irq and throttle:
//   a timer expires in tick c: flush visible c+1, nothing to write back: cause visible c+2, ICR
//   c+3, INTA# c+4;
//   P in cycle p asks for the interrupt itself (no timers, or the count is full): write-back
//   request visible p+1, four beats p+2 .. p+5, done p+6, cause p+7, ICR p+8, INTA# p+9;
//   the frame that takes the last prefetched descriptor starts a fetch first, whose two beats and
//   turn-around take the port for 4 cycles: p+13.
#define RUN_TIMER_TO_PIN  4u
#define RUN_PACKET_TO_PIN 9u
#define RUN_FETCH_CYC     4u
#define RUN_FETCH_FRAMES  32u // descriptors a fetch

typedef struct run_case {
    run_config_t c;
    run_result_t r;
    int status;
    char trace[512];
} run_case_t;

// A run in the ideal profile, moderation all off, of the trace that the format gives. Engine: TEST_ENGINE, else the C model.
void run_ideal(run_case_t *k, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
// Plays it whatever comes; frees the histograms of an earlier play.
int run_try(run_case_t *k);
// Plays it, expects status 0 and checks what must hold for every run.
void run_play(run_case_t *k);
// Of many settings that are alike every so many-th is played: 1, all of them; TEST_STRIDE with the sanitizers, under which a run takes
// fifteen times as long.
unsigned run_stride(void);
void run_free(run_case_t *k);
// Sum of a histogram; it must fit 64 bits.
uint64_t run_sum(const meter_hist_t *h);
// What is lost, all causes.
uint64_t run_lost(const run_result_t *r);

// A directory of one's own, removed with all it has by run_dir_remove.
void run_dir_make(char dir[64]);
void run_dir_remove(const char *dir);
// Bytes of a file (malloc), fails the test if it cannot be read.
uint8_t *run_file(const char *path, size_t *bytes);
// A profile file in `dir`: ideal costs but for the lines given.
void run_profile(const char *dir, char path[128], const char *lines);

// The path of a sample capture, false when the folder or the file is not here.
bool run_sample(const char *name, char path[512]);

void run_expect(const char *what, const char *expr, uint64_t value, uint64_t want, const char *file,
                int line);
#define RUN_EXPECT(what, value, want)                                                              \
    run_expect(what, #value, (uint64_t)(value), (uint64_t)(want), __FILE__, __LINE__)
// Relative tolerance.
void run_near(const char *what, const char *expr, double value, double want, double tolerance,
              const char *file, int line);
#define RUN_NEAR(what, value, want, tolerance)                                                     \
    run_near(what, #value, value, want, tolerance, __FILE__, __LINE__)

#endif
