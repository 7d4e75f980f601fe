// SPDX-License-Identifier: Apache-2.0
#include "hostbridge/stim_frame.h"

#include "hostbridge/net_bytes.h"
#include "rtl/defs.h"

#include <string.h>

// A number below n; moves the dice on.
static uint32_t roll(uint64_t *dice, uint32_t n)
{
    *dice = *dice * 0x5851F42D4C957F2Dull + 0x14057B7EF767814Full;
    return (uint32_t)(*dice >> 33) % n;
}

// `addresses`: their sum.
static void transport(uint8_t *p, uint32_t len, uint32_t proto, uint32_t addresses, uint64_t *dice)
{
    const uint32_t at = proto == NIC_ProtoTcp ? 16 : 6;
    if (len < (proto == NIC_ProtoTcp ? NIC_TcpLen : NIC_UdpLen)) return;
    if (proto == NIC_ProtoUdp && roll(dice, 8)) net_put16(p + 4, len);
    net_put16(p + at, 0);
    uint32_t sum = net_checksum(net_sum(addresses + proto + len, p, len));
    if (sum == 0) sum = 0xFFFF;
    if (roll(dice, 4) == 0) sum ^= 1u << roll(dice, 16);
    if (roll(dice, 16) == 0) sum = 0;
    net_put16(p + at, sum);
}

static void ipv4(uint8_t *p, uint32_t room, uint64_t *dice)
{
    const uint32_t head = roll(dice, 6) ? NIC_Ipv4Len : 4 * roll(dice, 16);
    const uint32_t total = roll(dice, 6) ? room : roll(dice, room + 8);
    const uint32_t proto = roll(dice, 8) == 0 ? roll(dice, 256)
                           : roll(dice, 2)    ? NIC_ProtoTcp
                                              : NIC_ProtoUdp;
    if (room < NIC_Ipv4Len) return;
    p[0] = (uint8_t)((roll(dice, 40) ? 4u : roll(dice, 16)) << 4 | head / 4);
    net_put16(p + 2, total);
    net_put16(p + 6, roll(dice, 4) ? 0 : roll(dice, 3) == 0 ? 0x2000 : 1u << roll(dice, 16));
    p[9] = (uint8_t)proto;
    if (head >= NIC_Ipv4Len && total > head && total <= room)
        transport(p + head, total - head, proto, net_sum(0, p + 12, 8), dice);
    net_put16(p + 10, 0);
    if (head < NIC_Ipv4Len || head > room) return;
    net_put16(p + 10, net_checksum(net_sum(0, p, head)) ^ (roll(dice, 8) == 0));
}

static void ipv6(uint8_t *p, uint32_t room, uint64_t *dice)
{
    static const uint8_t extension[] = {NIC_ProtoHopopts, NIC_ProtoRouting, NIC_ProtoDstopts};
    if (room < NIC_Ipv6Len) return;
    const uint32_t len = roll(dice, 6) ? room - NIC_Ipv6Len : roll(dice, room);
    const uint32_t to = NIC_Ipv6Len + len;
    const uint32_t proto = roll(dice, 8) == 0 ? roll(dice, 256)
                           : roll(dice, 2)    ? NIC_ProtoTcp
                                              : NIC_ProtoUdp;
    p[0] = (uint8_t)((roll(dice, 40) ? 6u : roll(dice, 16)) << 4 | (p[0] & 15));
    net_put16(p + 4, len);
    uint32_t at = NIC_Ipv6Len;
    uint8_t *next = p + 6;
    for (uint32_t n = roll(dice, 3); n && at + 8 <= room; n--) {
        const uint32_t units = roll(dice, 12) ? roll(dice, 2) : 6 + roll(dice, 4);
        if (at + 8 * (units + 1) > room) break;
        *next = extension[roll(dice, sizeof extension)];
        p[at + 1] = (uint8_t)units;
        if (roll(dice, 3)) p[at + 3] = 0; // segments left
        next = p + at;
        at += 8 * (units + 1);
    }
    *next = (uint8_t)proto;
    if (to <= room && to > at) transport(p + at, to - at, proto, net_sum(0, p + 8, 32), dice);
}

void stim_frame_headers(uint8_t *frame, uint32_t len, uint64_t seed)
{
    uint64_t dice = seed;
    uint32_t at = NIC_TypeAt;
    if (len < 46) return;
    const uint32_t end = len - NIC_FcsBytes;
    if (roll(&dice, 6) == 0) { // few identifiers, so that the table has them
        net_put16(frame + at, NIC_TypeVlan);
        frame[at + 2] &= 0xF0;
        at += NIC_TagLen;
    }
    if (roll(&dice, 12) == 0) {
        net_put16(frame + at, roll(&dice, NIC_TypeMin));
        memcpy(frame + at + 2, &NIC_SnapHeader, 6);
        if (roll(&dice, 4) == 0) frame[at + 2 + roll(&dice, 6)] ^= 1;
        at += 8;
    }
    const bool six = roll(&dice, 3) == 0;
    net_put16(frame + at, six ? NIC_TypeIpv6 : NIC_TypeIpv4);
    at += 2;
    if (six) ipv6(frame + at, end - at, &dice);
    else ipv4(frame + at, end - at, &dice);
}
