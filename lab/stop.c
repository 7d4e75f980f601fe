// SPDX-License-Identifier: Apache-2.0
// Signals that ask a run to end early with what it has. A handler can only reach static variables:
// the one exception to "no globals with state".
#include "lab/cli.h"

#include <signal.h>
#include <string.h>
#include <time.h>

#define STOP_AGAIN_S                                                                               \
    2 // timeout(1) and some shells deliver one request twice: that is no second one

static volatile sig_atomic_t stop_signal;
static volatile time_t stop_since;

static void stop_handler(int number)
{
    time_t now = time(NULL);
    if (stop_signal == 0) {
        stop_signal = number;
        stop_since = now;
    } else if (now - stop_since >= STOP_AGAIN_S) { // asked again: does not want to wait
        signal(number, SIG_DFL);
        raise(number);
    }
}

const volatile int *stop_flag(void)
{
    return &stop_signal;
}

void stop_install(void)
{
    static const int SIGNALS[] = {SIGINT, SIGTERM};
    struct sigaction a;
    memset(&a, 0, sizeof a);
    a.sa_handler = stop_handler;
    sigemptyset(&a.sa_mask);
    for (int i = 0; i < 2; i++) {
        struct sigaction old;
        sigaction(SIGNALS[i], NULL, &old);
        if (old.sa_handler != SIG_IGN) sigaction(SIGNALS[i], &a, NULL); // nohup stays nohup
    }
}
