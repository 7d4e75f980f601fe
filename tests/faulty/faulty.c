// SPDX-License-Identifier: Apache-2.0
// The e1000 driver with a fault, which the environment variable FAULT names. Its sources are built with
// os_napi_receive renamed to faulty_receive.
#include "driver/builtin.h"

#include <stdlib.h>
#include <string.h>

#undef os_napi_receive

__attribute__((visibility("default"))) void os_napi_receive(os_napi_t *n, os_pkt_t *p);

static const os_driver_t *inner;
static os_dev_t *dev;
static unsigned received, sent;

static bool is(const char *fault)
{
    const char *f = getenv("FAULT");
    return f && strcmp(f, fault) == 0;
}

static os_pkt_t *copy_of(const os_pkt_t *p)
{
    os_pkt_t *q = os_pkt_alloc(dev, p->len);
    memcpy(q->data, p->data, p->len);
    q->len = p->len;
    return q;
}

void faulty_receive(os_napi_t *n, os_pkt_t *p)
{
    const bool fourth = received++ % 4 == 0;
    if (is("drop-all") || (is("drop") && fourth)) {
        os_pkt_free(dev, p);
        return;
    }
    if (is("leak") && fourth) return;
    if (is("copy")) { // this is none
        os_pkt_t *q = copy_of(p);
        os_pkt_free(dev, p);
        p = q;
    }
    if (is("fcs")) p->len += 4;
    if (is("made-up")) os_napi_receive(n, copy_of(p));
    os_napi_receive(n, p);
}

static int xmit(void *priv, os_pkt_t *p)
{
    const bool fourth = sent++ % 4 == 0;
    while (is("tx-hang") && sent == 36) os_udelay(dev, 1);
    if (is("tx-busy")) return -EBUSY;
    if (is("tx-error") && fourth) return -EIO;
    if (is("tx-leak") && fourth) return 0;
    if (is("tx-drop") && fourth) {
        os_pkt_free(dev, p);
        return 0;
    }
    if (is("tx-twice")) inner->xmit(priv, copy_of(p));
    return inner->xmit(priv, p);
}

static int probe(os_dev_t *d, void **priv)
{
    dev = d;
    received = sent = 0;
    return inner->probe(d, priv);
}

const os_driver_t *moderato_driver(void)
{
    static os_driver_t driver;
    inner = e1000_driver();
    driver = *inner;
    driver.probe = probe;
    driver.xmit = xmit;
    return &driver;
}
