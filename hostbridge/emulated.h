// SPDX-License-Identifier: Apache-2.0
// Trap and emulate: the guest's interface is an 82540EM that the hypervisor plays, and the guest has its e1000 driver on it.
//
// What plays it is our own C model, with a wire and a link of its own. Every access of the guest to a register is an exit; writing a
// descriptor tail (RDT, TDT) is one of its own kind, because emulators hand the work to a thread then. The I/O thread
// (hostbridge/backend.h) takes frames from the bridge and puts them on the virtual wire, and brings what the device sends to the
// bridge; copying between the host's buffers and the guest's is its work (backend_packet_ns, backend_byte_ps). The device's own
// descriptor and data transfers take no time of any processor beside that.
//
// The throttle of emulators is not the device's (enum emulated_itr): old ones ignore ITR, VirtualBox counts the interval from
// the acknowledgement of the last interrupt.
//
// ## Inaccuracies
// - The virtual wire runs at 1 Gb/s, and a frame is put on it so that it has arrived when the thread's work for it is over (a longer
//   one later). Emulators have no wire.
// - If the thread is preempted during that work the frame arrives all the same.
// - Frames for which the guest has no descriptors are dropped by the device, as the real one does; some emulators wait for RDT.
// - ack: the interrupt comes when the interval since the acknowledgement is over. VirtualBox looks again at the next cause only, or, if
//   none comes, a whole interval after the first one that was too early (e1kRaiseInterrupt): a lone packet may wait for up to twice as long.
// - Writes by way of IODATA are exits as those of other registers: a descriptor tail has not its price there, nor ITR its variant.
// - The model answers a register read within a few cycles of 8 ns, which the guest sees as its own time.
#ifndef MODERATO_EMULATED_H
#define MODERATO_EMULATED_H

#include "hostbridge/vif.h"
#include "hostbridge/wire.h"

// on: of the device, from assertion to assertion; off: what the driver writes is ignored; ack: from the acknowledgement.
enum emulated_itr { EMULATED_ITR_ON, EMULATED_ITR_OFF, EMULATED_ITR_ACK };

typedef struct emulated_params {
    vif_params_t vif;
    enum emulated_itr itr;
    uint64_t packet_ps, byte_ps; // of the thread
    // Observers, with vif.ctx; may be NULL.
    void (*wired)(void *ctx, const wire_sent_t *f); // a frame that was taken is on the virtual wire
    void (*probe)(void *ctx, enum nic_probe what, uint64_t cyc, uint32_t a,
                  uint32_t b); // of the device
} emulated_params_t;

// Its function is a new one of the operating system, its port a new one of the bridge. False: out of memory or no room; v is to be
// destroyed all the same if v->ctx is set.
bool emulated_create(vif_t *v, const emulated_params_t *p);

#endif
