// SPDX-License-Identifier: Apache-2.0
#include "hostbridge/ledger.h"

#include <stdlib.h>

bool ledger_init(ledger_t *q)
{
    *q = (ledger_t){.frame = calloc(LEDGER_FRAMES, sizeof *q->frame)};
    return q->frame != NULL;
}

void ledger_free(ledger_t *q)
{
    free(q->frame);
    *q = (ledger_t){0};
}

bool ledger_advance(ledger_t *q, bool looped)
{
    uint64_t at = q->hosted;
    while (at != q->accepted && ledger_at(q, at)->looped != looped) at++;
    if (at == q->accepted) return false;
    const ledger_frame_t first = *ledger_at(q, at);
    for (; at != q->hosted; at--) *ledger_at(q, at) = *ledger_at(q, at - 1);
    *ledger_at(q, at) = first;
    return true;
}

bool ledger_drop(ledger_t *q, bool looped, ledger_frame_t *dropped)
{
    if (!ledger_next_is(q, looped)) return false;
    *dropped = *ledger_at(q, q->hosted);
    q->accepted--;
    for (uint64_t i = q->hosted; i != q->accepted; i++) *ledger_at(q, i) = *ledger_at(q, i + 1);
    return true;
}

bool ledger_lose(ledger_t *q, ledger_frame_t *lost)
{
    if (q->accepted == q->received) return false;
    *lost = *ledger_at(q, --q->accepted);
    if (q->hosted > q->accepted) q->hosted = q->accepted;
    if (q->asserted > q->accepted) q->asserted = q->accepted;
    return true;
}

bool ledger_lose_hosted(ledger_t *q, ledger_frame_t *lost)
{
    if (q->hosted <= q->received) return false;
    *lost = *ledger_at(q, --q->hosted);
    q->accepted--;
    for (uint64_t i = q->hosted; i != q->accepted; i++) *ledger_at(q, i) = *ledger_at(q, i + 1);
    if (q->asserted > q->hosted) q->asserted = q->hosted;
    return true;
}
