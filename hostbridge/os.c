// SPDX-License-Identifier: Apache-2.0
// driver/os.h: registers, loads and stores of DMA memory, interrupts, log.
#include "hostbridge/os_priv.h"

#include <endian.h>
#include <stdio.h>
#include <string.h>

// ---- registers ---------------------------------------------------------------------------------

// No such access: the device would cut the address off and take it for another one.
static void os_astray(os_dev_t *d, uint8_t space, uint32_t off)
{
    static const char *const name[] = {
        [NIC_SPACE_CFG] = "configuration", [NIC_SPACE_MEM] = "register", [NIC_SPACE_IO] = "port"};
    if (off % 4) os_driver_error(d, "%s offset 0x%X is no multiple of 4", name[space], off);
    else if (d->window[space])
        os_driver_error(d, "%s offset 0x%X is outside of the 0x%X bytes there are", name[space],
                        off, 4 * d->window[space]);
    else os_driver_error(d, "%s offset 0x%X: the function has none", name[space], off);
}

static inline bool os_reaches(os_dev_t *d, uint8_t space, uint32_t off)
{
    // In dwords: what is between two of them comes out above all.
    if ((off >> 2 | off << 30) < d->window[space]) return true;
    os_astray(d, space, off);
    return false;
}

// Of a function that is assigned to a guest the hypervisor emulates all but the registers; of a virtual one those too.
static void os_trap(core_t *c, const os_dev_t *d, nic_access_t *a)
{
    if (!c->vcpu) return;
    if (d->virt.trap) {
        const enum vcpu_exit kind = d->virt.trap(d->virt.ctx, a);
        if (kind != VCPU_EXIT_KINDS) core_exit(c, kind);
    } else if (d->func != 0 && a->space != NIC_SPACE_MEM) {
        core_exit(c, a->write ? VCPU_EXIT_mmio_write : VCPU_EXIT_mmio_read);
    }
}

static uint32_t os_read(os_dev_t *d, uint8_t space, uint32_t off)
{
    core_t *c = os_core(d);
    nic_access_t a = {.space = space, .func = d->func, .be = 0xF, .addr = off};
    os_trap(c, d, &a);
    core_sync(c);
    core_instant(c);
    if (d->virt.read) return d->virt.read(d->virt.ctx, c, &a);
    core_lock(c, &d->bus->lock);
    d->bus->reading = d;
    d->reader = c;
    d->replied = false;
    link_mmio_read(d->link, core_now_cyc(c), &a);
    while (!d->replied) core_stall(c);
    CORE_CHECK(c, core_settled(c), "a reply from a world that is behind the core");
    uint32_t value = d->reply;
    core_unlock(c, &d->bus->lock);
    core_sync(c);
    return value;
}

void os_dev_reply(os_dev_t *d, uint64_t now_cyc, uint32_t data)
{
    d = d->bus->reading;
    d->reply = data;
    d->replied = true;
    core_wake(d->reader, now_cyc);
}

static void os_write(os_dev_t *d, uint8_t space, uint32_t off, uint32_t value)
{
    core_t *c = os_core(d);
    nic_access_t a = {
        .write = true, .space = space, .func = d->func, .be = 0xF, .addr = off, .wdata = value};
    os_trap(c, d, &a);
    core_sync(c);
    if (d->virt.write) {
        d->virt.write(d->virt.ctx, c, &a);
        return;
    }
    uint64_t go_on_ps = link_mmio_write(d->link, core_now_cyc(c), &a) * CYC_PS;
    // Back in this cycle: the remainder of the local time stays as it is.
    if (go_on_ps >= c->local_ps + CYC_PS) core_charge(c, go_on_ps - c->local_ps);
}

uint32_t os_rd32(os_dev_t *d, uint32_t off)
{
    return os_reaches(d, NIC_SPACE_MEM, off) ? os_read(d, NIC_SPACE_MEM, off) : UINT32_MAX;
}

void os_wr32(os_dev_t *d, uint32_t off, uint32_t value)
{
    if (os_reaches(d, NIC_SPACE_MEM, off)) os_write(d, NIC_SPACE_MEM, off, value);
}

// The link carries port accesses like memory accesses; a port access takes at least port_io_ns.
static void os_port_pad(core_t *c, uint64_t begin_ps, uint64_t port_io_ps)
{
    if (c->local_ps < begin_ps + port_io_ps) core_charge(c, begin_ps + port_io_ps - c->local_ps);
    core_sync(c);
}

uint32_t os_io_rd32(os_dev_t *d, uint32_t off)
{
    if (!os_reaches(d, NIC_SPACE_IO, off)) return UINT32_MAX;
    core_t *c = os_core(d);
    core_sync(c);
    uint64_t begin_ps = c->local_ps;
    uint32_t value = os_read(d, NIC_SPACE_IO, off);
    os_port_pad(c, begin_ps, d->host->params.port_io_ps);
    return value;
}

void os_io_wr32(os_dev_t *d, uint32_t off, uint32_t value)
{
    if (!os_reaches(d, NIC_SPACE_IO, off)) return;
    core_t *c = os_core(d);
    core_sync(c);
    uint64_t begin_ps = c->local_ps;
    os_write(d, NIC_SPACE_IO, off, value);
    os_port_pad(c, begin_ps, d->host->params.port_io_ps);
}

uint32_t os_cfg_rd32(os_dev_t *d, uint32_t off)
{
    return os_reaches(d, NIC_SPACE_CFG, off) ? os_read(d, NIC_SPACE_CFG, off) : UINT32_MAX;
}

void os_cfg_wr32(os_dev_t *d, uint32_t off, uint32_t value)
{
    if (os_reaches(d, NIC_SPACE_CFG, off)) os_write(d, NIC_SPACE_CFG, off, value);
}

// ---- DMA memory --------------------------------------------------------------------------------

// Looking again and again is how a driver waits for its device.
static inline void os_load(os_dev_t *d)
{
    core_instant(os_observe(d));
}

uint8_t os_dma_ld8(os_dev_t *d, const void *p)
{
    os_load(d);
    return *(const uint8_t *)p;
}

uint16_t os_dma_ld16(os_dev_t *d, const void *p)
{
    uint16_t v;
    os_dma_ldcopy(d, &v, p, sizeof v);
    return le16toh(v);
}

uint32_t os_dma_ld32(os_dev_t *d, const void *p)
{
    uint32_t v;
    os_dma_ldcopy(d, &v, p, sizeof v);
    return le32toh(v);
}

uint64_t os_dma_ld64(os_dev_t *d, const void *p)
{
    uint64_t v;
    os_dma_ldcopy(d, &v, p, sizeof v);
    return le64toh(v);
}

void os_dma_ldcopy(os_dev_t *d, void *to, const void *p, size_t n)
{
    os_load(d);
    if (n == 16) { // a descriptor: two moves instead of a call
        memcpy(to, p, 16);
    } else {
        memcpy(to, p, n);
    }
}

void os_dma_st16(os_dev_t *d, void *p, uint16_t v)
{
    os_observe(d);
    v = htole16(v);
    memcpy(p, &v, sizeof v);
}

void os_dma_st32(os_dev_t *d, void *p, uint32_t v)
{
    os_observe(d); // what the device wrote before must not come after it
    v = htole32(v);
    memcpy(p, &v, sizeof v);
}

void os_dma_st64(os_dev_t *d, void *p, uint64_t v)
{
    os_observe(d);
    v = htole64(v);
    memcpy(p, &v, sizeof v);
}

// ---- interrupts --------------------------------------------------------------------------------

static bool os_vector_handle(void *ctx)
{
    os_vector_t *v = ctx;
    core_t *c = os_core(v->dev);
    os_call_t k;
    os_enter(&k, v->dev, c, "its interrupt handler", true);
    const bool claimed = v->fn(v->priv) == OS_IRQ_HANDLED;
    os_leave(&k, c);
    return claimed;
}

int os_request_irq(os_dev_t *d, unsigned vector, os_irq_fn fn, void *priv)
{
    if (vector >= OS_VECTORS || !fn) return -EINVAL;
    os_vector_t *v = &d->vector[vector];
    if (v->fn) return -EBUSY;
    v->fn = fn;
    v->priv = priv;
    core_irq_listen(&v->irq, d->core, os_vector_handle, v);
    return 0;
}

void os_free_irq(os_dev_t *d, unsigned vector)
{
    if (vector >= OS_VECTORS || !d->vector[vector].fn) return;
    core_irq_listen(&d->vector[vector].irq, d->core, NULL, NULL);
    d->vector[vector].fn = NULL;
}

// ---- MSI-X -------------------------------------------------------------------------------------

#define CFG_CAPABILITIES 0x34u
#define CAP_MSIX         0x11u
#define MSIX_ENABLE      0x80000000u
#define MSIX_TABLE_SIZE  0x07FF0000u // less 1

// Its dword 0, at `*off`; 0: the function has none.
static uint32_t os_msix_capability(os_dev_t *d, uint32_t *off)
{
    uint32_t at = os_cfg_rd32(d, CFG_CAPABILITIES) & 0xFC;
    for (unsigned i = 0; at && i < 48; i++) {
        const uint32_t cap = os_cfg_rd32(d, at);
        *off = at;
        if ((cap & 0xFF) == CAP_MSIX) return cap;
        at = cap >> 8 & 0xFC;
    }
    return 0;
}

int os_msix_enable(os_dev_t *d, unsigned n)
{
    uint32_t off = 0;
    const uint32_t cap = os_msix_capability(d, &off);
    const unsigned entries = ((cap & MSIX_TABLE_SIZE) >> 16) + 1;
    if (!cap) return -ENODEV;
    if (n == 0 || n > entries || n > OS_VECTORS) return -ENOSPC;
    os_cfg_wr32(d, off, cap | MSIX_ENABLE);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t addr, data;
        if (!os_msi_route(d, i, &addr, &data)) {
            os_msi_unroute(d);
            os_cfg_wr32(d, off, cap & ~MSIX_ENABLE);
            return -ENOSPC;
        }
        os_write(d, NIC_SPACE_MSIX, 16 * i, addr);
        os_write(d, NIC_SPACE_MSIX, 16 * i + 4, 0);
        os_write(d, NIC_SPACE_MSIX, 16 * i + 8, data);
        os_write(d, NIC_SPACE_MSIX, 16 * i + 12, 0);
    }
    d->vectors = n;
    return 0;
}

void os_msix_disable(os_dev_t *d)
{
    uint32_t off = 0;
    const uint32_t cap = os_msix_capability(d, &off);
    if (!d->vectors) return;
    os_cfg_wr32(d, off, cap & ~MSIX_ENABLE);
    os_msi_unroute(d);
    d->vectors = 0;
}

void os_dev_intx(os_dev_t *d, uint64_t now_cyc, bool level)
{
    core_irq_level(&d->vector[0].irq, now_cyc, level);
}

// ---- the interface and the log -----------------------------------------------------------------

void os_set_mac(os_dev_t *d, const uint8_t mac[6])
{
    memcpy(d->mac, mac, sizeof d->mac);
}

void os_carrier(os_dev_t *d, bool up, unsigned mbps)
{
    d->carrier = up;
    d->mbps = mbps;
}

void os_sriov_changed(os_dev_t *d, unsigned vfs)
{
    d->vfs = vfs;
}

void os_log(os_dev_t *d, const char *fmt, ...)
{
    const os_params_t *p = &d->host->params;
    if (!p->log) return;
    char text[256];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    p->log(p->log_ctx, d, text);
}
