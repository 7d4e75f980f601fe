// SPDX-License-Identifier: Apache-2.0
#ifndef MODERATO_CHIPS_H
#define MODERATO_CHIPS_H

#include "hostbridge/rtl/chip.h"

// Chips behind power-good reset.
chip *new_82540em(const nic_config_t *cfg);
chip *new_82576(const nic_config_t *cfg);

#endif
