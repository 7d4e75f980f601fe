// SPDX-License-Identifier: Apache-2.0
// A broken invariant of ours, in every build: says where and stops. Never used for what a guest or a user may do.
#ifndef MODERATO_CHECK_H
#define MODERATO_CHECK_H

#include <stdio.h>
#include <stdlib.h>

#define CHECK(cond, ...)                                                                           \
    do {                                                                                           \
        if (__builtin_expect(!(cond), 0)) {                                                        \
            fprintf(stderr, "moderato: internal check failed at %s:%d: %s: ", __FILE__, __LINE__,  \
                    #cond);                                                                        \
            fprintf(stderr, __VA_ARGS__);                                                          \
            fputc('\n', stderr);                                                                   \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

#endif
