// SPDX-License-Identifier: Apache-2.0
// Formats in simulated memory that the IOMMU and its owner agree on, as VT-d has them in legacy mode
// (docs/iommu.md). All words are little endian.
#ifndef MODERATO_IOMMU_FMT_H
#define MODERATO_IOMMU_FMT_H

#include <stdint.h>

#define IOMMU_BIT(n)        (UINT64_C(1) << (n))
#define IOMMU_BITS(hi, lo)  ((UINT64_MAX >> (63 - (hi))) & (UINT64_MAX << (lo)))
#define IOMMU_GET(v, lo, n) ((uint64_t)(v) >> (lo) & (IOMMU_BIT(n) - 1))

#define IOMMU_PAGE      4096u
#define IOMMU_ADDR_MASK IOMMU_BITS(51, 12) // of pointers to tables and pages
#define IOMMU_HAW       46u                // host address width: bits above are reserved

// ---- root and context tables: 256 entries of two words ------------------------------------------
// Root entry, by bus. Word 0: present, 63:12 context table. Word 1 is reserved.
#define IOMMU_ROOT_P        IOMMU_BIT(0)
#define IOMMU_ROOT_RESERVED (IOMMU_BITS(11, 1) | IOMMU_BITS(63, IOMMU_HAW))
// Context entry, by device and function.
#define IOMMU_CTX_P         IOMMU_BIT(0)
#define IOMMU_CTX_FPD       IOMMU_BIT(1) // faults of this function are counted, not recorded
#define IOMMU_CTX_TT_LSB    2u
#define IOMMU_CTX_RESERVED0 (IOMMU_BITS(11, 4) | IOMMU_BITS(63, IOMMU_HAW))
#define IOMMU_CTX_AW_LSB    0u // in word 1
#define IOMMU_CTX_DID_LSB   8u
#define IOMMU_CTX_RESERVED1 (IOMMU_BIT(7) | IOMMU_BITS(63, 24)) // 6:3 are software's
enum { IOMMU_TT_TABLES = 0, IOMMU_TT_PASS = 2 };
enum { IOMMU_AW_39 = 1, IOMMU_AW_48 = 2 }; // three and four levels

// ---- second-stage tables: 512 entries -----------------------------------------------------------
// Level 4 (512 GiB an entry) down to 1 (4 KiB); PS at levels 3 and 2 makes a page of 1 GiB or 2 MiB.
#define IOMMU_PTE_R    IOMMU_BIT(0)
#define IOMMU_PTE_W    IOMMU_BIT(1)
#define IOMMU_PTE_PS   IOMMU_BIT(7)
#define IOMMU_SHIFT(l) (12u + 9u * ((l)-1u)) // of an entry at level l
// Ignored by hardware: 6:2 (X and EMT), 10:8, 61:52, 63.
#define IOMMU_PTE_RESERVED (IOMMU_BIT(11) | IOMMU_BIT(62) | IOMMU_BITS(51, IOMMU_HAW))

// ---- interrupt remapping: up to 65536 entries of two words --------------------------------------
#define IOMMU_IRTE_P         IOMMU_BIT(0)
#define IOMMU_IRTE_FPD       IOMMU_BIT(1)
#define IOMMU_IRTE_IM        IOMMU_BIT(15) // posted
#define IOMMU_IRTE_URG       IOMMU_BIT(14) // posted: notify although SN is set
#define IOMMU_IRTE_VEC_LSB   16u
#define IOMMU_IRTE_DST_LSB   32u // remapped: number of the core
#define IOMMU_IRTE_RESERVED0 (IOMMU_BITS(31, 24) | IOMMU_BITS(14, 12))
#define IOMMU_IRTE_SID_LSB   0u // word 1
#define IOMMU_IRTE_SQ_LSB    16u
#define IOMMU_IRTE_SVT_LSB   18u
enum { IOMMU_SVT_NONE = 0, IOMMU_SVT_RID = 1 };
// Posted: descriptor address 31:6 in word 0 63:38, 63:32 in word 1 63:32.
#define IOMMU_IRTE_PDA_LO_LSB       38u
#define IOMMU_IRTE_PDA_HI_LSB       32u
#define IOMMU_IRTE_POSTED_RESERVED0 (IOMMU_BITS(37, 24) | IOMMU_BITS(13, 12) | IOMMU_BITS(7, 2))
#define IOMMU_IRTE_RESERVED1        IOMMU_BITS(31, 20)

// An interrupt request: a DWORD write to FEEx_xxxx. Remappable: bit 4; handle 14:0 in 19:5, 15 in 2;
// with SHV (bit 3) the low 16 bits of the data are added, the others reserved; without it data are ignored.
#define IOMMU_MSI_BASE      UINT64_C(0xFEE00000)
#define IOMMU_MSI_MASK      UINT64_C(0xFFFFFFFFFFF00000)
#define IOMMU_MSI_FORMAT    IOMMU_BIT(4)
#define IOMMU_MSI_SHV       IOMMU_BIT(3)
#define IOMMU_MSI_HANDLE(a) ((uint32_t)(IOMMU_GET(a, 5, 15) | IOMMU_GET(a, 2, 1) << 15))

// Posted-interrupt descriptor, 64 bytes: 256 request bits, then the control word.
#define IOMMU_PD_BYTES    64u
#define IOMMU_PD_CONTROL  32u          // byte offset
#define IOMMU_PD_ON       IOMMU_BIT(0) // a notification is on its way
#define IOMMU_PD_SN       IOMMU_BIT(1) // suppress it
#define IOMMU_PD_NV_LSB   16u
#define IOMMU_PD_NDST_LSB 32u
#define IOMMU_PD_RESERVED (IOMMU_BITS(15, 2) | IOMMU_BITS(31, 24))

// ---- invalidation queue: descriptors of two words -----------------------------------------------
enum iommu_inv_type {
    IOMMU_INV_CONTEXT = 1,
    IOMMU_INV_IOTLB = 2,
    IOMMU_INV_IEC = 4,
    IOMMU_INV_WAIT = 5
};
enum { IOMMU_INV_GLOBAL = 1, IOMMU_INV_DOMAIN = 2, IOMMU_INV_ONE = 3 }; // one device, or one page
#define IOMMU_INV_G_LSB       4u             // CONTEXT, IOTLB; IEC: 0 global, 1 by index
#define IOMMU_INV_DID_LSB     16u            // CONTEXT, IOTLB
#define IOMMU_INV_SID_LSB     32u            // CONTEXT, one device
#define IOMMU_INV_IM_LSB      27u            // IEC: 2^IM entries
#define IOMMU_INV_IIDX_LSB    32u            // IEC
#define IOMMU_INV_AM_MASK     UINT64_C(0x3F) // word 1 of IOTLB: 2^AM pages
#define IOMMU_INV_IH          IOMMU_BIT(6)   // ... only leaves have changed
#define IOMMU_INV_AM_MAX      18u            // a GiB
#define IOMMU_WAIT_IF         IOMMU_BIT(4)   // sets ICS.IWC
#define IOMMU_WAIT_SW         IOMMU_BIT(5) // writes the status, word 0 63:32, to the address in word 1
#define IOMMU_WAIT_FN         IOMMU_BIT(6) // a fence; everything is in order anyhow
#define IOMMU_WAIT_STATUS_LSB 32u

// ---- faults: records of two words ---------------------------------------------------------------
// Word 0: page address 63:12 (interrupts: index 63:48). Word 1: source 15:0, reason 39:32, type 62
// (1 read), F 63.
#define IOMMU_FRCD_REASON_LSB 32u
#define IOMMU_FRCD_READ       IOMMU_BIT(62)
#define IOMMU_FRCD_F          IOMMU_BIT(63)
#define IOMMU_FRCD_INDEX_LSB  48u

enum iommu_reason {
    IOMMU_OK = 0,
    IOMMU_ROOT_NOT_PRESENT = 0x01,
    IOMMU_CTX_NOT_PRESENT = 0x02,
    IOMMU_CTX_INVALID = 0x03,
    IOMMU_BEYOND_WIDTH = 0x04,
    IOMMU_NO_WRITE = 0x05,
    IOMMU_NO_READ = 0x06,
    IOMMU_TABLE_ACCESS = 0x07,
    IOMMU_ROOT_ACCESS = 0x08,
    IOMMU_CTX_ACCESS = 0x09,
    IOMMU_ROOT_BITS = 0x0A,
    IOMMU_CTX_BITS = 0x0B,
    IOMMU_PTE_BITS = 0x0C,
    IOMMU_IR_REQUEST = 0x20, // reserved bits of the request, or not a DWORD write
    IOMMU_IR_INDEX = 0x21,
    IOMMU_IRTE_NOT_PRESENT = 0x22,
    IOMMU_IRTE_ACCESS = 0x23,
    IOMMU_IRTE_BITS = 0x24,
    IOMMU_IR_COMPATIBILITY = 0x25,
    IOMMU_IR_SOURCE = 0x26,
    IOMMU_PD_ACCESS = 0x27,
    IOMMU_PD_BITS = 0x28,
    IOMMU_REASONS = 0x29
};

#endif
