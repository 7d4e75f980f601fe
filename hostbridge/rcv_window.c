// SPDX-License-Identifier: Apache-2.0
#include "hostbridge/rcv_window.h"

#include "hostbridge/net_bytes.h"

#include <string.h>

enum { IP = 14, TCP = 34, TCP_ACK = 0x10 };

bool rcv_segment(const uint8_t *frame, uint32_t len, rcv_segment_t *s)
{
    if (len < RCV_HEADER || net_get16(frame + 12) != 0x0800 || frame[IP] != 0x45 ||
        frame[IP + 9] != 6 || frame[TCP + 12] != 0x50)
        return false;
    const uint32_t ip_len = net_get16(frame + IP + 2);
    if (ip_len < RCV_HEADER - IP || ip_len > len - IP) return false;
    s->seq = net_get32(frame + TCP + 4);
    s->end = s->seq + ip_len - (RCV_HEADER - IP);
    s->ack = net_get32(frame + TCP + 8);
    s->window = net_get16(frame + TCP + 14) << RCV_SCALE;
    return true;
}

// ---- windows -----------------------------------------------------------------------------------

uint32_t rcv_window_of(uint32_t free_bytes)
{
    const uint32_t most = 0xFFFFu << RCV_SCALE, half = free_bytes / 2;
    return (half < most ? half : most) >> RCV_SCALE << RCV_SCALE;
}

void rcv_window_init(rcv_window_t *w, uint32_t free_bytes)
{
    *w = (rcv_window_t){.next = RCV_FIRST, .acked = RCV_FIRST};
    w->edge = RCV_FIRST + rcv_window_of(free_bytes);
}

bool rcv_window_arrived(rcv_window_t *w, const uint8_t *frame, uint32_t len)
{
    rcv_segment_t s;
    if (!rcv_segment(frame, len, &s) || s.end == s.seq) return false;
    memcpy(w->header, frame, RCV_HEADER);
    w->any = true;
    w->next = s.end;
    return ++w->pending >= 2;
}

// What the sender would have left if it were told now; of what was told, the edge stays.
static uint32_t left(const rcv_window_t *w, uint32_t free_bytes)
{
    const uint32_t told = w->edge - w->next, now = rcv_window_of(free_bytes);
    return (int32_t)told > 0 && told > now ? told : now;
}

bool rcv_window_read(const rcv_window_t *w, uint32_t free_bytes, bool empty)
{
    if (!w->any) return false;
    if (w->pending && empty) return true;
    const uint32_t told = w->edge - w->next, now = left(w, free_bytes);
    return now > 0 && ((int32_t)told <= 0 || now / 2 >= told);
}

// ---- frames ------------------------------------------------------------------------------------

static uint32_t sum16(const uint8_t *p, uint32_t n, uint32_t sum)
{
    for (uint32_t i = 0; i < n; i += 2) sum += net_get16(p + i);
    while (sum >> 16) sum = (sum & 0xFFFF) + (sum >> 16);
    return sum;
}

void rcv_window_ack(rcv_window_t *w, uint32_t free_bytes, uint8_t *frame)
{
    const uint8_t *h = w->header;
    const uint32_t tcp_len = RCV_HEADER - TCP;
    const uint32_t unit = 1u << RCV_SCALE; // a part of it is told as a whole one
    const uint32_t window = (left(w, free_bytes) + unit - 1) >> RCV_SCALE;
    memset(frame, 0, RCV_ACK_BYTES);
    memcpy(frame, h + 6, 6); // back to where they came from
    memcpy(frame + 6, h, 6);
    memcpy(frame + 12, h + 12, 2);
    frame[IP] = 0x45;
    net_put16(frame + IP + 2, RCV_HEADER - IP);
    net_put16(frame + IP + 6, 0x4000); // don't fragment
    frame[IP + 8] = 64;
    frame[IP + 9] = 6;
    memcpy(frame + IP + 12, h + IP + 16, 4);
    memcpy(frame + IP + 16, h + IP + 12, 4);
    net_put16(frame + IP + 10, ~sum16(frame + IP, TCP - IP, 0) & 0xFFFF);
    memcpy(frame + TCP, h + TCP + 2, 2);
    memcpy(frame + TCP + 2, h + TCP, 2);
    memcpy(frame + TCP + 4, h + TCP + 8, 4); // what the sender has acknowledged: we send nothing
    net_put32(frame + TCP + 8, w->next);
    frame[TCP + 12] = 0x50;
    frame[TCP + 13] = TCP_ACK;
    net_put16(frame + TCP + 14, window);
    const uint32_t sum = sum16(frame + IP + 12, 8, 6 + tcp_len);
    net_put16(frame + TCP + 16, ~sum16(frame + TCP, tcp_len, sum) & 0xFFFF);
    w->acked = w->next;
    w->edge = w->next + (window << RCV_SCALE);
    w->pending = 0;
}
