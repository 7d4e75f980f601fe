// SPDX-License-Identifier: Apache-2.0
// The minimal driver of docs/example as a shared object, with what ODD names different: a member that is missing ("no probe"),
// or something done in open that no driver may do.
#define moderato_driver mini_driver
#include "docs/example/mini.c"
#undef moderato_driver

#include <string.h>

static const char *odd;

static int odd_probe(os_dev_t *d, void **priv)
{
    os_log(d, "hello from probe");
    return probe(d, priv);
}

static int odd_open(void *priv)
{
    const mini_t *m = priv;
    os_dev_t *d = m->d;
    static uint8_t elsewhere[64];
    if (!strcmp(odd, "reads beyond")) os_rd32(d, 0x20000);
    if (!strcmp(odd, "writes beyond")) os_wr32(d, 0x20028, 1);
    if (!strcmp(odd, "reads between")) os_rd32(d, 0x5402);
    if (!strcmp(odd, "writes between")) os_wr32(d, 0x5402, 1);
    if (!strcmp(odd, "reads a port")) os_io_rd32(d, 0x40);
    if (!strcmp(odd, "writes a port")) os_io_wr32(d, 0x41, 1);
    if (!strcmp(odd, "reads the space")) os_cfg_rd32(d, 0x100);
    if (!strcmp(odd, "writes the space")) os_cfg_wr32(d, 0x3E, 1);
    if (!strcmp(odd, "maps")) os_dma_map(d, elsewhere, sizeof elsewhere, OS_DMA_TO_DEVICE);
    if (!strcmp(odd, "frees nothing")) os_pkt_free(d, NULL);
    if (!strcmp(odd, "fails")) return -EIO;
    if (!strcmp(odd, "fails, says why")) {
        os_log(d, "the light is off");
        return -EIO;
    }
    return driver_open(priv);
}

static int odd_watchdog(void *priv, bool on)
{
    (void)priv;
    return on ? 0 : -EINVAL;
}

__attribute__((visibility("default"))) const os_driver_t *moderato_driver(void);

const os_driver_t *moderato_driver(void)
{
    static const uint32_t others[] = {0x12345678, 0}, none[] = {0};
    static os_driver_t d;
    d = *mini_driver();
    odd = getenv("ODD") ? getenv("ODD") : "";
    d.probe = odd_probe;
    d.open = odd_open;
    if (!strcmp(odd, "abi")) d.abi++;
    if (!strcmp(odd, "other ids")) d.ids = others;
    if (!strcmp(odd, "empty ids")) d.ids = none;
    if (!strcmp(odd, "no name")) d.name = NULL;
    if (!strcmp(odd, "no ids")) d.ids = NULL;
    if (!strcmp(odd, "no probe")) d.probe = NULL;
    if (!strcmp(odd, "no remove")) d.remove = NULL;
    if (!strcmp(odd, "no open")) d.open = NULL;
    if (!strcmp(odd, "no stop")) d.stop = NULL;
    if (!strcmp(odd, "no xmit")) d.xmit = NULL;
    if (!strcmp(odd, "watchdog")) d.set_watchdog = odd_watchdog;
    return &d;
}
