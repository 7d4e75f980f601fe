// SPDX-License-Identifier: Apache-2.0
// "Did you mean": the nearest of some words.
#include "lab/options.h"

#include <string.h>

// Edits (insert, delete, replace, swap) that make b of a; words of up to 31 letters.
static unsigned options_distance(const char *a, const char *b)
{
    unsigned d[32][32];
    size_t la = strlen(a), lb = strlen(b);
    if (la > 31 || lb > 31) return 99;
    for (size_t i = 0; i <= la; i++) {
        for (size_t j = 0; j <= lb; j++) {
            if (i == 0 || j == 0) {
                d[i][j] = (unsigned)(i + j);
                continue;
            }
            unsigned best = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            if (d[i - 1][j] + 1 < best) best = d[i - 1][j] + 1;
            if (d[i][j - 1] + 1 < best) best = d[i][j - 1] + 1;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                d[i - 2][j - 2] + 1 < best) {
                best = d[i - 2][j - 2] + 1;
            }
            d[i][j] = best;
        }
    }
    return d[la][lb];
}

const char *options_guess(const char *typed, const char *const *words)
{
    const char *best = NULL, *part = NULL;
    size_t len = strlen(typed);
    unsigned least = len < 4 ? 2 : len < 7 ? 3 : 4; // fewer edits than this
    for (; *words; words++) {
        if (len >= 3 && strncmp(*words, typed, len) == 0) return *words; // a beginning
        if (len >= 4 && !part && strstr(*words, typed)) part = *words;
        unsigned d = options_distance(typed, *words);
        if (d < least) {
            least = d;
            best = *words;
        }
    }
    return best ? best : part;
}
