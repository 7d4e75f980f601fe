// SPDX-License-Identifier: Apache-2.0
// Numbers as people type them, to integers and back, exactly: no float is involved.
#ifndef MODERATO_NUMBER_H
#define MODERATO_NUMBER_H

#include <stdint.h>

#define NUMBER_LEN 48 // enough for any formatted number

typedef enum { NUMBER_OK, NUMBER_SYNTAX, NUMBER_TOO_BIG, NUMBER_TOO_FINE } number_result_t;

// A decimal number, e.g. "1488095.5", "1.5k", "2M", "64Ki", or "0x1F" when decimals is 0, to *v in
// units of 10^-decimals. Suffixes k M G are powers of 1000, Ki Mi Gi powers of 1024. TOO_FINE: not
// a whole number of units.
number_result_t number_parse(const char *text, unsigned decimals, uint64_t *v);
// A time, e.g. "10ms", "2.5us", "1s", "250ns"; without a unit it is in seconds. *ns in nanoseconds.
number_result_t number_parse_time(const char *text, uint64_t *ns);

// The shortest text that number_parse (number_parse_time) reads back as v.
void number_format(char buf[NUMBER_LEN], uint64_t v, unsigned decimals);
void number_format_time(char buf[NUMBER_LEN], uint64_t ns);
// With thousands separators and exactly `decimals` decimals: 1,234,567.890
void number_group(char buf[NUMBER_LEN], uint64_t v, unsigned decimals);

#endif
