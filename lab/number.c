// SPDX-License-Identifier: Apache-2.0
#include "lab/number.h"

#include <ctype.h>
#include <stdbool.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

__extension__ typedef unsigned __int128 number_u128_t;

#define NUMBER_DIGITS                                                                              \
    28 // significant digits kept: with a suffix and nine decimals it stays below 2^128

// Digits with an optional point at *text, which moves behind them: value = mantissa / 10^fraction.
static number_result_t number_digits(const char **text, number_u128_t *mantissa, unsigned *fraction)
{
    const char *s = *text;
    unsigned digits = 0, kept = 0,
             zeros = 0; // zeros: trailing ones of the fraction, not yet multiplied in
    bool point = false;
    *mantissa = 0;
    *fraction = 0;
    for (; isdigit((unsigned char)*s) || (*s == '.' && !point); s++) {
        if (*s == '.') {
            point = true;
            continue;
        }
        digits++;
        if (point && *s == '0') {
            zeros++;
            continue;
        }
        for (; zeros > 0; zeros--, kept++, (*fraction)++) {
            if (kept >= NUMBER_DIGITS) return NUMBER_TOO_FINE;
            *mantissa *= 10;
        }
        if (*mantissa != 0 || *s != '0') kept++;
        if (kept > NUMBER_DIGITS) return point ? NUMBER_TOO_FINE : NUMBER_TOO_BIG;
        *mantissa = *mantissa * 10 + (unsigned)(*s - '0');
        if (point) (*fraction)++;
    }
    *text = s;
    return digits > 0 ? NUMBER_OK : NUMBER_SYNTAX;
}

// mantissa * scale / 10^fraction as a whole number of 64 bits.
static number_result_t number_scale(number_u128_t mantissa, uint64_t scale, unsigned fraction,
                                    uint64_t *v)
{
    number_u128_t den = 1;
    for (; fraction > 0; fraction--) {
        if (scale % 10 == 0) scale /= 10;
        else if (mantissa % 10 == 0) mantissa /= 10;
        else if (den < (number_u128_t)1 << 120) den *= 10;
        else return NUMBER_TOO_FINE;
    }
    number_u128_t product = 0;
    if (__builtin_mul_overflow(mantissa, (number_u128_t)scale, &product)) return NUMBER_TOO_BIG;
    if (product % den != 0) return NUMBER_TOO_FINE;
    product /= den;
    if (product > UINT64_MAX) return NUMBER_TOO_BIG;
    *v = (uint64_t)product;
    return NUMBER_OK;
}

static number_result_t number_hex(const char *digits, uint64_t *v)
{
    uint64_t value = 0;
    if (!*digits) return NUMBER_SYNTAX;
    for (; *digits; digits++) {
        if (!isxdigit((unsigned char)*digits)) return NUMBER_SYNTAX;
        if (value >> 60) return NUMBER_TOO_BIG;
        int c = tolower((unsigned char)*digits);
        value = value << 4 | (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
    }
    *v = value;
    return NUMBER_OK;
}

number_result_t number_parse(const char *text, unsigned decimals, uint64_t *v)
{
    static const struct {
        const char *suffix;
        uint64_t factor;
    } SUFFIXES[] = {{"", 1},           {"k", 1000},      {"K", 1000},      {"M", 1000000},
                    {"G", 1000000000}, {"Ki", 1u << 10}, {"Mi", 1u << 20}, {"Gi", 1u << 30}};
    number_u128_t mantissa;
    unsigned fraction;
    if (decimals == 0 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
        return number_hex(text + 2, v);
    }
    number_result_t got = number_digits(&text, &mantissa, &fraction);
    if (got != NUMBER_OK) return got;
    for (size_t i = 0; i < sizeof SUFFIXES / sizeof SUFFIXES[0]; i++) {
        if (strcmp(text, SUFFIXES[i].suffix) != 0) continue;
        uint64_t scale = SUFFIXES[i].factor;
        for (unsigned d = 0; d < decimals; d++) scale *= 10; // <= 2^30 * 10^9: fits
        return number_scale(mantissa, scale, fraction, v);
    }
    return NUMBER_SYNTAX;
}

static const struct {
    const char *unit;
    uint64_t ns;
} NUMBER_UNITS[] = {{"s", 1000000000}, {"ms", 1000000}, {"us", 1000}, {"ns", 1}};
#define NUMBER_UNIT_COUNT (sizeof NUMBER_UNITS / sizeof NUMBER_UNITS[0])

number_result_t number_parse_time(const char *text, uint64_t *ns)
{
    number_u128_t mantissa;
    unsigned fraction;
    number_result_t got = number_digits(&text, &mantissa, &fraction);
    if (got != NUMBER_OK) return got;
    if (!*text) return number_scale(mantissa, NUMBER_UNITS[0].ns, fraction, ns);
    for (size_t i = 0; i < NUMBER_UNIT_COUNT; i++) {
        if (strcmp(text, NUMBER_UNITS[i].unit) == 0) {
            return number_scale(mantissa, NUMBER_UNITS[i].ns, fraction, ns);
        }
    }
    return NUMBER_SYNTAX;
}

static uint64_t number_power(unsigned decimals)
{
    uint64_t p = 1;
    while (decimals-- > 0) p *= 10;
    return p;
}

void number_format(char buf[NUMBER_LEN], uint64_t v, unsigned decimals)
{
    uint64_t unit = number_power(decimals);
    int n = snprintf(buf, NUMBER_LEN, "%" PRIu64, v / unit);
    if (v % unit == 0) return;
    n += snprintf(buf + n, NUMBER_LEN - (size_t)n, ".%0*" PRIu64, (int)decimals, v % unit);
    while (buf[n - 1] == '0') buf[--n] = '\0';
}

void number_format_time(char buf[NUMBER_LEN], uint64_t ns)
{
    size_t i = 0;
    while (i + 1 < NUMBER_UNIT_COUNT && ns % NUMBER_UNITS[i].ns != 0) i++;
    if (ns == 0) snprintf(buf, NUMBER_LEN, "0");
    else snprintf(buf, NUMBER_LEN, "%" PRIu64 "%s", ns / NUMBER_UNITS[i].ns, NUMBER_UNITS[i].unit);
}

void number_group(char buf[NUMBER_LEN], uint64_t v, unsigned decimals)
{
    char digits[NUMBER_LEN];
    uint64_t unit = number_power(decimals);
    int n = snprintf(digits, sizeof digits, "%" PRIu64, v / unit);
    int out = 0;
    for (int i = 0; i < n; i++) {
        if (i > 0 && (n - i) % 3 == 0) buf[out++] = ',';
        buf[out++] = digits[i];
    }
    buf[out] = '\0';
    if (decimals)
        snprintf(buf + out, NUMBER_LEN - (size_t)out, ".%0*" PRIu64, (int)decimals, v % unit);
}
