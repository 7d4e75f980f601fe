// SPDX-License-Identifier: Apache-2.0
// Adaptive interrupt throttling of e1000: traffic classes, target rates, register values. Pure
// functions, no device.
#ifndef MODERATO_E1000_ITR_H
#define MODERATO_E1000_ITR_H

#include <stdbool.h>
#include <stdint.h>

#define E1000_ITR_START_RATE 20000u // interrupts/s
#define E1000_ITR_BULK_RATE  4000u
#define E1000_ITR_BULK_ENDS  6000u   // bytes, also of igbvf
#define E1000_ITR_MAX        0xFFFFu // ITR register, 256 ns units

// Ordered: the higher number asks for fewer interrupts and wins over the other direction.
enum e1000_itr_class { E1000_ITR_LOWEST, E1000_ITR_LOW, E1000_ITR_BULK };

// Packets and bytes cleaned between an interrupt and the end of its polling.
typedef struct e1000_itr_load {
    uint32_t packets, bytes;
} e1000_itr_load_t;

typedef struct e1000_itr {
    uint32_t rate; // interrupts/s, as programmed
    enum e1000_itr_class rx, tx;
} e1000_itr_t;

// The state after loading the driver: 20000/s, both directions in the lowest-latency class.
void e1000_itr_start(e1000_itr_t *s);

// The next class of one direction (interrupt-moderation §9.1); drivers differ in the bytes below
// which bulk ends. No packets: the class stays.
enum e1000_itr_class e1000_itr_classify_below(enum e1000_itr_class now, e1000_itr_load_t load,
                                              uint32_t bulk_ends);
static inline enum e1000_itr_class e1000_itr_classify(enum e1000_itr_class now,
                                                      e1000_itr_load_t load)
{
    return e1000_itr_classify_below(now, load, E1000_ITR_BULK_ENDS);
}

// Target rate of a class, interrupts/s (§9.2).
uint32_t e1000_itr_target(enum e1000_itr_class class);

// One step from `rate` towards `target`: at once downwards, by a quarter of the target upwards
// (§9.2), so that a short lull does not cost a burst of interrupts.
uint32_t e1000_itr_step(uint32_t rate, uint32_t target);

// One pass of the algorithm at the end of polling, "dynamic conservative" (mode 3: lowest becomes
// low). `mbps` is the link speed, 0 without a link: anything but 1000 asks for 4000/s and leaves
// the classes alone. True: the rate changed, ITR must be written.
bool e1000_itr_update(e1000_itr_t *s, unsigned mbps, e1000_itr_load_t rx, e1000_itr_load_t tx);

// ITR value of a rate in interrupts/s: 1e9 / (256 * rate), truncated as the driver's integer
// division does. 0 gives 0.
uint32_t e1000_itr_from_rate(uint32_t rate);

// ITR value nearest to `usecs` microseconds, 0 = off; values above E1000_ITR_MAX do not fit the
// register (> 16777 us).
uint64_t e1000_itr_from_usecs(uint32_t usecs);
// Microseconds nearest to an ITR value; gives back what e1000_itr_from_usecs got.
uint32_t e1000_itr_to_usecs(uint32_t itr);

// RDTR, RADV, TIDV, TADV, MTDLY: nearest register value (1.024 us units) of `usecs`, at least 1
// unless usecs is 0.
uint64_t e1000_delay_from_usecs(uint32_t usecs);
// Microseconds nearest to a delay register value.
uint32_t e1000_delay_to_usecs(uint32_t reg);

#endif
