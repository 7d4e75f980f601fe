// SPDX-License-Identifier: Apache-2.0
// What both directions share: memory and registers of a ring.
#include "driver/igb_ring.h"

#include "driver/igb_ring_priv.h"

uint32_t igb_rx_base(unsigned queue)
{
    return queue < IGB_RDBAL_ALIAS_COUNT ? IGB_RDBAL_ALIAS + IGB_RDBAL_ALIAS_STRIDE * queue
                                         : IGB_RDBAL + IGB_RDBAL_STRIDE * queue;
}

uint32_t igb_tx_base(unsigned queue)
{
    return queue < IGB_TDBAL_ALIAS_COUNT ? IGB_TDBAL_ALIAS + IGB_TDBAL_ALIAS_STRIDE * queue
                                         : IGB_TDBAL + IGB_TDBAL_STRIDE * queue;
}

bool igb_ring_size(uint32_t n, uint32_t min, uint32_t *to)
{
    if (n == OS_KEEP) return true;
    if (n < min || n > IGB_RING_MAX) return false;
    *to = (n + IGB_RING_MULTIPLE - 1) / IGB_RING_MULTIPLE * IGB_RING_MULTIPLE;
    return true;
}

int igb_ring_alloc(igb_ring_t *r, os_dev_t *d, uint32_t base, uint32_t count)
{
    *r = (igb_ring_t){.d = d, .base = base, .count = count};
    r->desc = os_dma_alloc(d, (size_t)count * NIC_DescBytes, &r->dma);
    if (r->desc) return 0;
    os_log(d, "no memory for %u descriptors", count);
    return -ENOMEM;
}

void igb_ring_free(igb_ring_t *r)
{
    os_dma_free(r->d, r->desc, (size_t)r->count * NIC_DescBytes, r->dma);
    r->desc = NULL;
}

void igb_put(const igb_ring_t *r, uint32_t i, uint64_t first, uint64_t second)
{
    uint8_t *desc = igb_desc(r, i);

    os_dma_st64(r->d, desc, first);
    os_dma_st64(r->d, desc + 8, second);
}
