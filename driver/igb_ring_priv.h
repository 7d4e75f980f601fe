// SPDX-License-Identifier: Apache-2.0
// Between igb_ring.c, igb_rx.c and igb_tx.c.
#ifndef MODERATO_IGB_RING_PRIV_H
#define MODERATO_IGB_RING_PRIV_H

#include "driver/igb_ring.h"

int igb_ring_alloc(igb_ring_t *r, os_dev_t *d, uint32_t base, uint32_t count);
void igb_ring_free(igb_ring_t *r);
void igb_put(const igb_ring_t *r, uint32_t i, uint64_t first, uint64_t second);

#endif
