// SPDX-License-Identifier: Apache-2.0
#include "hostbridge/tlm/nic_engine.h"

#include "hostbridge/engine.h"

#include <string.h>

static void destroy_model(void *self)
{
    nic_destroy(self);
}

bool nic_engine_create(nic_engine_t *e, const char *name, const nic_config_t *cfg,
                       const nic_host_t *host)
{
    if (strcmp(name, "model") != 0) return false;
    nic_t *nic = nic_create(cfg, host);
    if (!nic) return false;
    nic_partner(nic, 1, true, 2, false);
    *e = (nic_engine_t){nic, engine_model(nic), engine_model_ops(nic), destroy_model};
    return true;
}
