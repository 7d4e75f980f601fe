// SPDX-License-Identifier: Apache-2.0
// The drivers that are built into the program.
#ifndef MODERATO_BUILTIN_H
#define MODERATO_BUILTIN_H

#include "driver/os.h"

const os_driver_t *e1000_driver(void);
const os_driver_t *e1000_intr_driver(void); // the same without NAPI: an interrupt a frame
const os_driver_t *igb_driver(void);        // PF of the 82576
const os_driver_t *igbvf_driver(void);      // its VFs
const os_driver_t *virtio_net_driver(void);
const os_driver_t *netfront_driver(void); // of a Xen guest

#endif
