// SPDX-License-Identifier: Apache-2.0
// What the driver of a paravirtual interface and the host behind it have in common: registers, features, rings and header of a
// virtio network device (VIRTIO 1.1, split rings, over PCI).
//
// ## Inaccuracies
// - Registers are dwords, as driver/os.h has no other accesses: each field of the common configuration has one to itself, in the order
//   of the specification. So there are as many accesses as with the fields' own widths.
// - The structures lie at fixed offsets of one BAR; the capabilities that would say where they are, and the ISR register, which nobody
//   reads with MSI-X, are left out.
#ifndef MODERATO_VIRTIO_ABI_H
#define MODERATO_VIRTIO_ABI_H

#include <stdbool.h>
#include <stdint.h>

#define VIRTIO_NET_ID 0x1AF41041u // vendor, device

// Registers: common configuration, configuration of the network device, one notification register for each queue.
enum {
    VIRTIO_DEVICE_FEATURE_SELECT = 0x00,
    VIRTIO_DEVICE_FEATURE = 0x04,
    VIRTIO_DRIVER_FEATURE_SELECT = 0x08,
    VIRTIO_DRIVER_FEATURE = 0x0C,
    VIRTIO_CONFIG_VECTOR = 0x10,
    VIRTIO_NUM_QUEUES = 0x14,
    VIRTIO_STATUS = 0x18,
    VIRTIO_CONFIG_GENERATION = 0x1C,
    VIRTIO_QUEUE_SELECT = 0x20,
    VIRTIO_QUEUE_SIZE = 0x24,
    VIRTIO_QUEUE_VECTOR = 0x28,
    VIRTIO_QUEUE_ENABLE = 0x2C,
    VIRTIO_QUEUE_DESC_LO = 0x30,
    VIRTIO_QUEUE_DESC_HI = 0x34,
    VIRTIO_QUEUE_DRIVER_LO = 0x38,
    VIRTIO_QUEUE_DRIVER_HI = 0x3C,
    VIRTIO_QUEUE_DEVICE_LO = 0x40,
    VIRTIO_QUEUE_DEVICE_HI = 0x44,
    VIRTIO_NET_MAC_LO = 0x100, // first four bytes
    VIRTIO_NET_MAC_HI = 0x104,
    VIRTIO_NET_STATUS = 0x108,
    VIRTIO_NOTIFY = 0x200,
    VIRTIO_NOTIFY_STRIDE = 4
};

#define VIRTIO_NO_VECTOR 0xFFFFu
#define VIRTIO_LINK_UP   1u // VIRTIO_NET_STATUS

// VIRTIO_STATUS.
enum {
    VIRTIO_ACKNOWLEDGE = 1,
    VIRTIO_DRIVER = 2,
    VIRTIO_DRIVER_OK = 4,
    VIRTIO_FEATURES_OK = 8,
    VIRTIO_NEEDS_RESET = 64,
    VIRTIO_FAILED = 128
};

// Features.
#define VIRTIO_NET_F_GUEST_CSUM (UINT64_C(1) << 1) // frames with checked checksums say so
#define VIRTIO_NET_F_MAC        (UINT64_C(1) << 5)
#define VIRTIO_NET_F_STATUS     (UINT64_C(1) << 16)
#define VIRTIO_RING_F_EVENT_IDX (UINT64_C(1) << 29)
#define VIRTIO_F_VERSION_1      (UINT64_C(1) << 32)

enum { VIRTIO_NET_RX, VIRTIO_NET_TX, VIRTIO_NET_QUEUES };

// ---- header in front of each frame --------------------------------------------------------------

#define VIRTIO_NET_HEADER     12u
#define VIRTIO_NET_DATA_VALID 2u    // in its first byte: the checksum has been checked
#define VIRTIO_NET_BUFFERS_AT 10u   // 16 bits: buffers that the frame takes
#define VIRTIO_NET_FRAME_MAX  1518u // without FCS, with a tag

// ---- split ring ---------------------------------------------------------------------------------
// Descriptors: address (64 bits), length (32), flags, next. Avail: flags, index, heads, used_event. Used: flags, index, elements of
// head (32) and bytes written (32), avail_event. Sizes are powers of two, indices run freely in 16 bits; all is little-endian.

#define VIRTIO_RING_MAX   1024u
#define VIRTIO_DESC_BYTES 16u
#define VIRTIO_DESC_LEN   8u
#define VIRTIO_DESC_FLAGS 12u
#define VIRTIO_DESC_NEXT  14u
#define VIRTIO_RING_INDEX 2u // of avail and used
#define VIRTIO_RING_FIRST 4u
#define VIRTIO_USED_BYTES 8u
enum { VIRTIO_F_NEXT = 1, VIRTIO_F_WRITE = 2, VIRTIO_F_INDIRECT = 4 }; // descriptor flags
#define VIRTIO_NO_INTERRUPT 1u                                         // avail flags
#define VIRTIO_NO_NOTIFY    1u                                         // used flags

static inline uint32_t virtio_avail_entry(unsigned size, uint16_t index)
{
    return VIRTIO_RING_FIRST + 2 * (index & (size - 1));
}

static inline uint32_t virtio_used_entry(unsigned size, uint16_t index)
{
    return VIRTIO_RING_FIRST + VIRTIO_USED_BYTES * (index & (size - 1));
}

// Where the other side's wish is; the part ends two bytes behind it.
static inline uint32_t virtio_used_event(unsigned size)
{
    return VIRTIO_RING_FIRST + 2 * size;
}

static inline uint32_t virtio_avail_event(unsigned size)
{
    return VIRTIO_RING_FIRST + VIRTIO_USED_BYTES * size;
}

static inline uint32_t virtio_avail_bytes(unsigned size)
{
    return virtio_used_event(size) + 2;
}

static inline uint32_t virtio_used_bytes(unsigned size)
{
    return virtio_avail_event(size) + 2;
}

// An index has moved from `before` to `now`: was the other side to be told when it passes `event`?
static inline bool virtio_need_event(uint16_t event, uint16_t now, uint16_t before)
{
    return (uint16_t)(now - event - 1) < (uint16_t)(now - before);
}

#endif
