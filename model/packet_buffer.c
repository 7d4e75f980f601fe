// SPDX-License-Identifier: Apache-2.0
#include "model/packet_buffer.h"

#include "model/copy.h"

#include <string.h>

void packet_buffer_reset(packet_buffer_t *s, uint32_t rxa_kib)
{
    const uint32_t bytes = rxa_kib * 1024; // the register can ask for more than there is
    s->rx_cap = (bytes < NIC_PbBytes ? bytes : NIC_PbBytes) / NIC_GranuleBytes;
    s->rx_wr = 0;
    s->rx_used = 0;
    s->rx_count = 0;
    s->rx_freed = 0;
}

// Byte i of the frame is written in tick first + (PreambleBytes + i) * stride + 1.
uint32_t packet_buffer_held(const pb_arrival_t *a, uint64_t now)
{
    const uint64_t byte0 = a->first_cyc + (uint64_t)NIC_PreambleBytes * a->stride + 1;
    if (now < byte0) return 0;
    uint64_t bytes = (a->stride == 1 ? now - byte0 : (now - byte0) / a->stride) + 1;
    if (bytes > a->len) bytes = a->len;
    return bytes ? 1 + (uint32_t)((bytes + NIC_GranuleBytes - 1) / NIC_GranuleBytes) : 0;
}

void packet_buffer_catch_up(packet_buffer_t *s, const pb_free_t *log, uint32_t count, uint64_t now,
                            pb_arrival_t *a)
{
    for (; s->rx_freed != count; s->rx_freed++) {
        const pb_free_t *f = &log[s->rx_freed % PB_FREES];
        if (f->cyc > now) break;
        // Space only grows at frees, so the ticks just before them are where a frame can have found none.
        if (a && !a->lost && s->rx_used + packet_buffer_held(a, f->cyc - 1) > s->rx_cap)
            a->lost = true;
        s->rx_used -= f->granules;
    }
    if (a && !a->lost && s->rx_used + packet_buffer_held(a, now) > s->rx_cap) a->lost = true;
}

rx_frame_t *packet_buffer_accept(packet_buffer_t *s, const uint8_t *data, uint32_t len)
{
    const uint32_t size = s->rx_cap * NIC_GranuleBytes;
    rx_frame_t *f = &s->rx[s->rx_count++ % NIC_RxFramesMax];
    f->len = len;
    f->granules = 1 + (len + NIC_GranuleBytes - 1) / NIC_GranuleBytes;
    const uint32_t first_granule =
        s->rx_wr + 1 == s->rx_cap ? 0 : s->rx_wr + 1; // behind the status granule
    f->start = first_granule * NIC_GranuleBytes;
    const uint32_t first = size - f->start < len ? size - f->start : len;
    copy_short(s->mem + f->start, data, first);
    if (first < len) memcpy(s->mem, data + first, len - first);
    s->rx_wr += f->granules;
    if (s->rx_wr >= s->rx_cap) s->rx_wr -= s->rx_cap;
    s->rx_used += f->granules;
    return f;
}

void packet_buffer_tx_write(packet_buffer_t *s, uint32_t rx_bytes, uint32_t at, const uint8_t *data,
                            uint32_t len)
{
    const uint32_t size = NIC_PbBytes - rx_bytes;
    const uint32_t first = size - at < len ? size - at : len;
    memcpy(s->mem + rx_bytes + at, data, first);
    if (first < len) memcpy(s->mem + rx_bytes, data + first, len - first);
}

void packet_buffer_tx_read(const packet_buffer_t *s, uint32_t rx_bytes, uint32_t at, uint8_t *data,
                           uint32_t len)
{
    const uint32_t size = NIC_PbBytes - rx_bytes;
    const uint32_t first = size - at < len ? size - at : len;
    memcpy(data, s->mem + rx_bytes + at, first);
    if (first < len) memcpy(data + first, s->mem + rx_bytes, len - first);
}
