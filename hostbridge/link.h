// SPDX-License-Identifier: Apache-2.0
// The way between the chip's pins and the host: PCI 33/66 (32 bit, shared) or PCIe gen 1 x1/x4:
// serialisation, header overhead, latency, back-pressure. Between the device's callbacks on one
// side, and memory and cores on the other.
//
// Ordering: device to host is one FIFO (posted writes, read requests, messages, replies to MMIO
// reads), so the reply to a register read never overtakes a write posted before it. The INTx level
// is a wire and may overtake (PCI); on PCIe it is a message in the FIFO. A DMA read samples memory
// after all posted writes accepted before it are visible.
//
// Time on the link, in ps:
//   PCIe  a TLP of b bytes (header and framing: 24 for writes, read requests and messages, 20 for
//         completions and replies) takes b * 8 bit / TLP rate, rounded up; the rate is what ACK and
//         flow-control DLLPs leave: 1.918 and 6.894 Gb/s. The directions are independent. A
//         completion goes in pieces of NIC_Mps.
//   PCI   everything shares one bus, transactions start on a bus clock (30 or 15 ns) and move 4
//         bytes a clock (aligned: an odd start costs a clock); overhead per transaction in link.c.
//         A DMA read is a delayed transaction: a short one that the bridge answers with retry, and
//         after dma_read_ns one with the data; the retries in between are not charged. A register
//         read holds the bus for a fixed number of target wait states.
//   IDEAL zero time: writes and messages arrive with their last beat, completions start in the
//         cycle after the request's last beat, register accesses are on the pins in the next cycle,
//         replies and INTx arrive in the cycle of the pin; the ns parameters are not used.
// A TLP is taken whole, then sent (store and forward). One may be buffered while another is being
// sent: req_ready comes back when the buffered one starts.
//
// Latencies of the profile are for an idle link; mmio_*_ns and the INTx message of PCIe include the
// time on the link (so a value below that has no effect), dma_*_ns come on top of it. Interrupt
// messages are writes: they arrive dma_write_ns after their last byte.
//
// Inaccuracies: no latency timer, no fast back-to-back and no bursts above NIC_Mps on PCI;
// configuration and I/O accesses take the way of memory accesses; flow-control credits of the root
// port never run out; completions are not split at read-completion boundaries.
#ifndef MODERATO_LINK_H
#define MODERATO_LINK_H

#include "hostbridge/iommu.h"
#include "hostbridge/memory.h"
#include "hostbridge/sim.h"
#include "model/nic.h"

enum link_kind { LINK_IDEAL = 0, LINK_PCI33, LINK_PCI66, LINK_PCIE1_X1, LINK_PCIE1_X4, LINK_KINDS };

typedef struct link_params {
    enum link_kind kind;
    uint32_t mmio_write_ns; // CPU store to register write on the pins, one way, unloaded
    uint32_t mmio_read_ns;  // CPU load to data back in the CPU, unloaded (device time included)
    uint32_t dma_write_ns;  // last byte on the link to visible in memory
    uint32_t dma_read_ns;   // request on the link to data ready to leave memory
    uint32_t irq_ns;        // INTx pin to the interrupt controller
    unsigned lane; // of memory, for what has no IOMMU: links of several devices have one each
} link_params_t;

typedef struct link_stats {
    uint64_t writes, write_bytes, reads, read_bytes, messages;
    uint64_t mmio_reads, mmio_writes;
    uint64_t backpressure_cyc; // cycles a TLP had to wait because the link was busy
    uint64_t up_busy_ps;       // time of the link taken in the direction device to host
    uint64_t down_busy_ps;     // ... host to device; on PCI the bus is the sum of both
    uint64_t store_wait_cyc;   // cycles CPU stores had to wait for a place in the posting buffer
} link_stats_t;

// The device as the link and the wire drive it: transfers in, by the rules of model/nic.h. The C
// model and the Verilated RTL stand behind the same pointers.
typedef struct nic_ops {
    void *nic;
    void (*rx_frame)(void *nic, uint64_t first_cyc, const uint8_t *bytes, uint32_t len,
                     bool fcs_good, bool er);
    uint64_t (*wire_free)(void *nic);
    unsigned (*stride)(void *nic);
    bool (*access)(void *nic, uint64_t cyc, const nic_access_t *a);
    void (*completion)(void *nic, uint64_t first_cyc, uint8_t tag, const uint8_t *data,
                       uint32_t len);
} nic_ops_t;

// What an engine that stands at the pins learns later than nic_host_t announces it: it calls tlp()
// with data = NULL and tx_frame() with bytes = NULL and len = 0 when the first beat is visible, and
// these when the last one is.
typedef struct nic_late {
    void *ctx;
    // The payload of the TLP announced last; before anybody looks at the cycle of its last beat.
    void (*payload)(void *ctx, const uint8_t *data, uint32_t len);
    // The frame announced last, with FCS; its last byte was on the pins in the cycle before.
    void (*tx_frame)(void *ctx, uint64_t first_cyc, unsigned stride_cyc, const uint8_t *bytes,
                     uint32_t len);
} nic_late_t;

typedef struct link link_t;

// What the link tells the host about. Everything but tx_frame and probe is called from an event.
typedef struct link_client {
    void *ctx;
    // INTx seen by the interrupt controller.
    void (*irq)(void *ctx, uint64_t now_cyc, bool level);
    // Interrupt message of a function arrived.
    void (*msi)(void *ctx, uint64_t now_cyc, uint8_t func, uint64_t addr, uint32_t data);
    // A register read finished.
    void (*reply)(void *ctx, uint64_t now_cyc, uint32_t data);
    void (*tx_frame)(void *ctx, uint64_t first_cyc, unsigned stride_cyc, const uint8_t *bytes,
                     uint32_t len);
    // May be NULL.
    void (*probe)(void *ctx, enum nic_probe what, uint64_t cyc, uint32_t a, uint32_t b);
} link_client_t;

// NULL: out of memory. sim and mem must outlive the link; p and client are copied.
link_t *link_create(sim_t *sim, memory_t *mem, const link_params_t *p, const link_client_t *client);
// NULL is allowed.
void link_destroy(link_t *l);
// Puts an IOMMU between the link and memory (docs/iommu.md), before anything happens. Interrupt
// messages then arrive as the unit makes them: addr names the core in 19:12, data is the vector.
void link_set_iommu(link_t *l, iommu_t *u);
// The callbacks to create the device with.
const nic_host_t *link_host(link_t *l);
// The same for what comes late. A write is queued for memory when it is announced, with its place in
// the order and its time, and gets its bytes here: nobody can see it before its last beat.
const nic_late_t *link_late(link_t *l);
// After the device exists; the operations are copied.
void link_attach(link_t *l, const nic_ops_t *ops);

// CPU side, at CPU time now_cyc (>= sim now). Accesses are carried out in order of time, those of
// the same cycle in order of call. A posted register write returns the cycle at which the CPU may
// go on: now_cyc, or later when LINK_POSTED writes wait before this one (the store itself is then
// late, too).
#define LINK_POSTED 32u
uint64_t link_mmio_write(link_t *l, uint64_t now_cyc, const nic_access_t *a);
// A read: the reply comes through client.reply; one read at a time (a second one aborts).
void link_mmio_read(link_t *l, uint64_t now_cyc, const nic_access_t *a);

// Nothing is under way through the link (posted writes that wait in memory's queue not counted).
bool link_idle(const link_t *l);
const link_stats_t *link_stats(const link_t *l);
// The physical address at which the received frame begins that the device has written data of since the last call; 0: none.
uint64_t link_take_frame(link_t *l);
// "ideal", "pci33", "pci66", "pcie1-x1", "pcie1-x4"; "?" outside.
const char *link_kind_name(enum link_kind k);

#endif
