// SPDX-License-Identifier: Apache-2.0
// driver/os.h over real cores, memory and links; NAPI and its closed forms. The device is a mock.
#include "tests/host_world.h"
#include "tests/iommu_rig.h"
#include "tests/mock_nic.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

// ---- registers ---------------------------------------------------------------------------------

typedef struct port {
    host_world_t w;
    link_t *link;
    mock_t nic;
    uint64_t cyc[8];
    uint32_t value[8];
    unsigned irqs;
    core_irq_t edge;
    dma_unit_t *unit; // NULL: none
} port_t;

static void port_irq(void *ctx, uint64_t now_cyc, bool level)
{
    os_dev_intx(((port_t *)ctx)->w.dev, now_cyc, level);
}

static void port_msi(void *ctx, uint64_t now_cyc, uint8_t func, uint64_t addr, uint32_t data)
{
    (void)func;
    os_dev_msi(((port_t *)ctx)->w.dev, now_cyc, addr, data);
}

static void port_reply(void *ctx, uint64_t now_cyc, uint32_t data)
{
    os_dev_reply(((port_t *)ctx)->w.dev, now_cyc, data);
}

static void port_start(port_t *p, const link_params_t *params)
{
    link_client_t client = {.ctx = p, .irq = port_irq, .msi = port_msi, .reply = port_reply};
    host_world_start(&p->w);
    p->link = link_create(&p->w.sim, p->w.mem, params, &client);
    mock_init(&p->nic, &p->w.sim, link_host(p->link));
    nic_ops_t ops = mock_ops(&p->nic);
    link_attach(p->link, &ops);
    os_dev_attach(p->w.dev, p->link);
}

static void port_end(port_t *p)
{
    char err[256];
    if (core_set_check(p->w.set, err) != 0) fail_msg("%s", err);
    core_set_destroy(p->w.set);
    link_destroy(p->link);
    mock_free(&p->nic);
    netstack_destroy(p->w.net);
    os_host_destroy(p->w.host);
    dma_unit_destroy(p->unit);
    memory_destroy(p->w.mem);
}

static int reads_and_writes(void *ctx)
{
    port_t *p = ctx;
    os_dev_t *d = p->w.dev;
    core_t *c = core_current(&p->w.sim);
    p->value[0] = os_rd32(d, 0x10);
    p->cyc[0] = core_now_cyc(c);
    os_wr32(d, 0x20, 77);
    os_wr32(d, 0x24, 78);
    p->cyc[1] = core_now_cyc(c); // posted: no time has passed
    p->value[1] = os_rd32(d, 0x30);
    p->cyc[2] = core_now_cyc(c);
    p->value[2] = os_cfg_rd32(d, 4);
    p->cyc[3] = core_now_cyc(c);
    p->value[3] = os_io_rd32(d, 0x38);
    p->cyc[4] = core_now_cyc(c);
    os_io_wr32(d, 0x3C, 79);
    p->cyc[5] = core_now_cyc(c);
    return 0;
}

static void a_register_read_waits_and_a_write_does_not(void **state)
{
    (void)state;
    static port_t p;
    memset(&p, 0, sizeof p);
    host_world_init(&p.w);
    p.w.profile.value[COST_port_io_ns] = 3000;
    link_params_t params = {.kind = LINK_PCIE1_X4, .mmio_write_ns = 200, .mmio_read_ns = 800};
    port_start(&p, &params);
    assert_int_equal(core_call(&p.w.set->core[0], reads_and_writes, &p), 0);
    assert_int_equal(p.value[0], ~0x10u);
    assert_int_equal(p.value[1], ~0x30u);
    assert_int_equal(p.value[2], ~4u);
    assert_int_equal(p.value[3], ~0x38u);
    assert_int_equal(p.cyc[0], 100);
    assert_int_equal(p.cyc[1], 100);
    assert_int_equal(p.cyc[2], 208); // behind two writes of 28 bytes on the link
    assert_int_equal(p.cyc[3], 308);
    assert_int_equal(p.cyc[4], 308 + 375); // padded to the cost of a port access
    assert_int_equal(p.cyc[5], 308 + 750);
    core_set_run(p.w.set, 2000);
    assert_int_equal(p.nic.accesses, 7);
    const uint32_t order[7] = {0x10, 0x20, 0x24, 0x30, 4, 0x38, 0x3C};
    for (unsigned i = 0; i < 7; i++) assert_int_equal(p.nic.access[i].addr, order[i]);
    assert_int_equal(p.nic.access[1].value, 77);
    // The wait is the time of who waits.
    assert_int_equal(host_world_account(&p.w, 0, CORE_KSOFTIRQD), 1058 * CYC_PS);
    port_end(&p);
}

static int writes_with_a_remainder(void *ctx)
{
    port_t *p = ctx;
    core_t *c = core_current(&p->w.sim);
    core_charge(c, 10001);
    os_wr32(p->w.dev, 0x20, 1);
    if (c->local_ps != 10001) return -1; // a store that need not wait takes nothing
    for (unsigned i = 0; i < 40; i++) os_wr32(p->w.dev, 0x20, i);
    return c->local_ps > 10001 ? 0 : -2; // the posting buffer is full
}

static void a_store_waits_only_for_room(void **state)
{
    (void)state;
    static port_t p;
    memset(&p, 0, sizeof p);
    host_world_init(&p.w);
    link_params_t params = {.kind = LINK_PCIE1_X4};
    port_start(&p, &params);
    assert_int_equal(core_call(&p.w.set->core[0], writes_with_a_remainder, &p), 0);
    core_set_run(p.w.set, 2000);
    assert_int_equal(p.nic.accesses, 41);
    port_end(&p);
}

static int observes_late(void *ctx)
{
    port_t *p = ctx;
    os_dev_t *d = p->w.dev;
    core_t *c = core_current(&p->w.sim);
    void (*look[3])(os_dev_t *, uint32_t, uint32_t) = {os_wr32, os_io_wr32, os_cfg_wr32};
    for (unsigned i = 0; i < 3; i++) {
        p->irqs = 0;
        core_irq_edge(&p->edge, c->sim->now_cyc);
        if (p->irqs) return -1;
        look[i](d, 0, 0);
        if (p->irqs != 1) return -2;
    }
    core_irq_edge(&p->edge, c->sim->now_cyc);
    os_dma_ld32(d, p->w.scratch);
    if (p->irqs != 2) return -3;
    core_irq_edge(&p->edge, c->sim->now_cyc);
    os_rd32(d, 0);
    if (p->irqs != 3) return -4;
    core_irq_edge(&p->edge, c->sim->now_cyc);
    os_udelay(d, 1);
    return p->irqs == 4 ? 0 : -5;
}

static bool count_edge(void *ctx)
{
    ((port_t *)ctx)->irqs++;
    return true;
}

static void driver_code_takes_interrupts_where_it_looks_at_the_world(void **state)
{
    (void)state;
    static port_t p;
    memset(&p, 0, sizeof p);
    host_world_init(&p.w);
    link_params_t params = {.kind = LINK_IDEAL};
    port_start(&p, &params);
    core_irq_listen(&p.edge, &p.w.set->core[0], count_edge, &p);
    assert_int_equal(core_call(&p.w.set->core[0], observes_late, &p), 0);
    port_end(&p);
}

static void reads_alone(void *ctx)
{
    port_t *p = ctx;
    core_t *c = core_current(&p->w.sim);
    p->value[c->id] = os_rd32(p->w.dev, 0x100 + 4 * c->id);
    p->cyc[c->id] = core_now_cyc(c);
}

static void two_cores_read_one_after_the_other(void **state)
{
    (void)state;
    static port_t p;
    memset(&p, 0, sizeof p);
    host_world_init(&p.w);
    p.w.cores = 3;
    link_params_t params = {.kind = LINK_PCIE1_X4, .mmio_write_ns = 200, .mmio_read_ns = 800};
    port_start(&p, &params);
    core_item_t item[3];
    for (unsigned i = 0; i < 3; i++) {
        item[i] = (core_item_t){.fn = reads_alone, .ctx = &p};
        core_item_queue(&p.w.set->core[i], &item[i]);
    }
    core_set_run(p.w.set, 1000);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(p.value[i], ~(0x100 + 4 * i));
        assert_int_equal(p.cyc[i], 100 * (i + 1));
    }
    port_end(&p);
}

typedef struct shared {
    port_t p;
    os_dev_t *dev[3]; // functions 0, 4, 2
    uint32_t value[3];
    uint64_t cyc[3];
} shared_t;

static void function_reads(void *ctx)
{
    shared_t *s = ctx;
    core_t *c = core_current(&s->p.w.sim);
    s->value[c->id] = c->id == 2 ? os_cfg_rd32(s->dev[2], 0x40) : os_rd32(s->dev[c->id], 0x40);
    s->cyc[c->id] = core_now_cyc(c);
    os_wr32(s->dev[c->id], 0x50, c->id);
}

static void functions_of_a_link_take_turns_to_read(void **state)
{
    (void)state;
    static shared_t s;
    memset(&s, 0, sizeof s);
    host_world_init(&s.p.w);
    s.p.w.cores = 3;
    link_params_t params = {.kind = LINK_PCIE1_X4, .mmio_write_ns = 200, .mmio_read_ns = 800};
    port_start(&s.p, &params);
    static const uint8_t FUNC[3] = {0, 4, 2};
    core_item_t item[3];
    s.dev[0] = s.p.w.dev;
    for (unsigned i = 1; i < 3; i++) {
        s.dev[i] = os_dev_create(s.p.w.host, FUNC[i], i);
        assert_non_null(s.dev[i]);
        os_dev_attach(s.dev[i], s.p.link);
    }
    for (unsigned i = 0; i < 3; i++) {
        item[i] = (core_item_t){.fn = function_reads, .ctx = &s};
        core_item_queue(&s.p.w.set->core[i], &item[i]);
    }
    core_set_run(s.p.w.set, 1000);
    unsigned reads = 0;
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(s.value[i], ~0x40u);
        assert_int_equal(s.cyc[i], 100 * (i + 1) + 4 * i); // behind the write of the one before
    }
    for (unsigned i = 0; i < s.p.nic.accesses; i++) {
        const mock_seen_t *a = &s.p.nic.access[i];
        if (a->write) {
            assert_int_equal(a->func, FUNC[a->value]);
            continue;
        }
        assert_int_equal(a->func, FUNC[reads]);
        assert_int_equal(a->space, reads == 2 ? NIC_SPACE_CFG : NIC_SPACE_MEM);
        reads++;
    }
    assert_int_equal(reads, 3);
    port_end(&s.p);
}

static enum os_irqreturn count_irq(void *priv)
{
    ((port_t *)priv)->irqs++;
    return OS_IRQ_HANDLED;
}

static int listens(void *ctx)
{
    port_t *p = ctx;
    if (os_request_irq(p->w.dev, 0, count_irq, p) != -EBUSY) return -1; // host_world has it
    if (os_request_irq(p->w.dev, OS_VECTORS, count_irq, p) != -EINVAL) return -2;
    return os_request_irq(p->w.dev, 3, count_irq, p);
}

static int listens_no_more(void *ctx)
{
    os_free_irq(((port_t *)ctx)->w.dev, 3);
    return 0;
}

static void a_message_finds_its_vector(void **state)
{
    (void)state;
    static port_t p;
    memset(&p, 0, sizeof p);
    host_world_init(&p.w);
    link_params_t params = {.kind = LINK_IDEAL};
    port_start(&p, &params);
    assert_int_equal(core_call(&p.w.set->core[0], listens, &p), 0);
    os_dev_msi(p.w.dev, p.w.sim.now_cyc, 0xFEE00000, 3);
    os_dev_msi(p.w.dev, p.w.sim.now_cyc, 0xFEE00000, 4);
    os_dev_msi(p.w.dev, p.w.sim.now_cyc, 0xFEE00000, 4000);
    core_set_run(p.w.set, 100);
    assert_int_equal(p.irqs, 1);
    assert_int_equal(core_call(&p.w.set->core[0], listens_no_more, &p), 0);
    os_dev_msi(p.w.dev, p.w.sim.now_cyc, 0xFEE00000, 3);
    core_set_run(p.w.set, 200);
    assert_int_equal(p.irqs, 1);
    port_end(&p);
}

// ---- vectors behind an IOMMU -------------------------------------------------------------------

// Of a core there are 20h to EFh; each function takes as many as it asks for.
enum { CORE_VECTORS = 0xF0 - 0x20, MSIX_AT = 0x40 };

typedef struct vectors {
    port_t p;
    os_dev_t *dev[8];
    unsigned asks, n;
} vectors_t;

static int enables(void *ctx)
{
    const vectors_t *v = ctx;
    return os_msix_enable(v->dev[v->asks], v->n);
}

static int disables(void *ctx)
{
    const vectors_t *v = ctx;
    os_msix_disable(v->dev[v->asks]);
    return 0;
}

static int ask(vectors_t *v, int (*fn)(void *), unsigned dev, unsigned n)
{
    v->asks = dev;
    v->n = n;
    return core_call(&v->p.w.set->core[0], fn, v);
}

// Who gets none has taken none, and is back where it was; what is given back goes to others.
static void vectors_of_a_core_run_out(void **state)
{
    (void)state;
    static vectors_t v;
    static const uint32_t config[64] = {[0x34 / 4] = MSIX_AT,
                                        [MSIX_AT / 4] = (OS_VECTORS - 1) << 16 | 0x11};
    const iommu_params_t unit = iommu_rig_params();
    const dma_params_t dma = {.mode = DMA_STRICT};
    const link_params_t params = {.kind = LINK_IDEAL};
    memset(&v, 0, sizeof v);
    host_world_init(&v.p.w);
    port_start(&v.p, &params);
    v.p.nic.config = config;
    dma_unit_t *u = dma_unit_create(v.p.w.mem, &unit, &dma);
    assert_non_null(u);
    os_host_set_dma(v.p.w.host, u);
    for (unsigned i = 0; i < 8; i++) {
        v.dev[i] = os_dev_create(v.p.w.host, (uint8_t)(1 + i), 0);
        assert_non_null(v.dev[i]);
        os_dev_attach(v.dev[i], v.p.link);
    }
    const unsigned whole = CORE_VECTORS / OS_VECTORS, rest = CORE_VECTORS % OS_VECTORS;
    for (unsigned i = 0; i < whole; i++) assert_int_equal(ask(&v, enables, i, OS_VECTORS), 0);
    assert_int_equal(ask(&v, enables, whole, rest + 1), -ENOSPC);
    core_set_run(v.p.w.set, v.p.w.sim.now_cyc + 1000); // what was written gets there
    const mock_seen_t *last = &v.p.nic.access[v.p.nic.accesses - 1];
    assert_true(last->write && last->space == NIC_SPACE_CFG && last->addr == MSIX_AT);
    assert_int_equal(last->value, config[MSIX_AT / 4]); // not enabled
    assert_int_equal(ask(&v, enables, whole, rest), 0);
    assert_int_equal(ask(&v, enables, whole + 1, 1), -ENOSPC);
    ask(&v, disables, 2, 0);
    assert_int_equal(ask(&v, enables, whole + 1, OS_VECTORS), 0);
    assert_int_equal(ask(&v, enables, 2, 1), -ENOSPC);
    v.p.unit = u;
    port_end(&v.p);
}

// ---- DMA memory and packets --------------------------------------------------------------------

typedef struct dma {
    host_world_t w;
    uint32_t seen[4];
    bool ok;
} dma_t;

static int looks_at_memory(void *ctx)
{
    dma_t *m = ctx;
    os_dev_t *d = m->w.dev;
    core_t *c = core_current(&m->w.sim);
    dma_addr_t addr;
    uint32_t *p = os_dma_alloc(d, 100, &addr);
    if (!p || addr % 4096 || *p) return -1;
    if (os_dma_map(d, p, 4, OS_DMA_FROM_DEVICE) != addr) return -2;
    uint64_t t = core_now_cyc(c);
    const uint32_t v[2] = {0x11111111, 0x22222222};
    memory_post(m->w.mem, t + 100, addr, &v[0], 4);
    memory_post(m->w.mem, t + 200, addr, &v[1], 4);
    m->seen[0] = os_dma_ld32(d, p);
    core_charge(c, 100 * CYC_PS - 1);
    m->seen[1] = os_dma_ld32(d, p); // at the edge of cycle t + 100
    core_charge(c, 99 * CYC_PS + 1);
    m->seen[2] = os_dma_ld8(d, p);
    core_charge(c, CYC_PS);
    os_dma_st32(d, p, 5); // what was visible before does not come after it
    m->seen[3] = (uint32_t)os_dma_ld64(d, p);
    os_dma_free(d, p, 100, addr);
    return 0;
}

static void a_load_sees_what_is_visible_by_its_time(void **state)
{
    (void)state;
    static dma_t m;
    memset(&m, 0, sizeof m);
    host_world_init(&m.w);
    host_world_start(&m.w);
    assert_int_equal(core_call(&m.w.set->core[0], looks_at_memory, &m), 0);
    assert_int_equal(m.seen[0], 0);
    assert_int_equal(m.seen[1], 0x11111111);
    assert_int_equal(m.seen[2], 0x11);
    assert_int_equal(m.seen[3], 5);
    host_world_end(&m.w);
}

static int handles_packets(void *ctx)
{
    dma_t *m = ctx;
    os_dev_t *d = m->w.dev;
    os_pkt_t *p[8];
    const uint32_t size[8] = {1, 2048, 2048, 2049, 4096, 8192, 9000, 16384};
    for (unsigned i = 0; i < 8; i++) {
        p[i] = os_pkt_alloc(d, size[i]);
        if (!p[i] || p[i]->size < size[i] || (uintptr_t)p[i]->data % 2048) return -1;
        if (memory_hpa(m->w.mem, p[i]->data) % (p[i]->size < 4096 ? p[i]->size : 4096)) return -2;
        memset(p[i]->data, (int)i, p[i]->size);
    }
    if (os_pkt_alloc(d, 16385)) return -3;
    for (unsigned i = 0; i < 8; i++) {
        if (p[i]->data[0] != i || p[i]->data[p[i]->size - 1] != i) return -4; // they do not overlap
    }
    if (os_host_packets(m->w.host) != 8) return -5;
    for (unsigned i = 0; i < 8; i++) os_pkt_free(d, p[i]);
    if (os_host_packets(m->w.host) != 0) return -6;
    if (os_pkt_alloc(d, 2048) != p[2]) return -7; // the last freed is the next used
    os_pkt_free(d, p[2]);
    os_pkt_free(d, p[2]);
    return os_host_stats(m->w.host)->driver_errors == 1 && os_host_packets(m->w.host) == 0 ? 0 : -8;
}

static void packets_are_separate_and_found_again(void **state)
{
    (void)state;
    static dma_t m;
    memset(&m, 0, sizeof m);
    host_world_init(&m.w);
    host_world_start(&m.w);
    assert_int_equal(core_call(&m.w.set->core[0], handles_packets, &m), 0);
    host_world_end(&m.w);
}

// ---- time --------------------------------------------------------------------------------------

typedef struct clock {
    host_world_t w;
    os_timer_t *timer, *other;
    uint64_t fired_ns[8];
    unsigned fired;
} clock_test_t;

static void tick(void *priv)
{
    clock_test_t *k = priv;
    if (k->fired < 8) k->fired_ns[k->fired++] = os_now_ns(k->w.dev);
    if (k->fired == 2) {
        os_msleep(k->w.dev, 1);
        os_timer_mod(k->timer, 5000);
    }
    if (k->fired == 4) os_timer_del(k->timer); // itself
}

static int sets_timers(void *ctx)
{
    clock_test_t *k = ctx;
    os_dev_t *d = k->w.dev;
    k->timer = os_timer_add(d, tick, k);
    k->other = os_timer_add(d, tick, k);
    os_timer_mod(k->timer, 1000);
    os_timer_mod(k->timer, 2000); // moved
    os_timer_mod(k->other, 3000);
    os_udelay(d, 10);
    if (k->fired) return -1; // work items run one at a time
    os_msleep(d, 0);
    return 0;
}

static void timers_run_in_process_context_at_their_time(void **state)
{
    (void)state;
    static clock_test_t k;
    memset(&k, 0, sizeof k);
    host_world_init(&k.w);
    host_world_start(&k.w);
    assert_int_equal(core_call(&k.w.set->core[0], sets_timers, &k), 0);
    core_set_run(k.w.set, 2000000 / 8);
    assert_int_equal(k.fired, 3);
    assert_int_equal(k.fired_ns[0], 10000); // due at 2 us, when the caller was busy
    assert_int_equal(k.fired_ns[1], 10000); // due at 3 us
    assert_int_equal(k.fired_ns[2], 10000 + 1000000 + 5000);
    assert_int_equal(host_world_account(&k.w, 0, CORE_KSOFTIRQD), 10 * US_PS);
    host_world_end(&k.w);
}

typedef struct deleter {
    host_world_t w;
    uint64_t wait_ps; // from setting the timer to deleting it
    bool begun, deleted, late;
} deleter_t;

static void works_a_while(void *priv)
{
    deleter_t *k = priv;
    k->begun = true;
    k->late |= k->deleted;
    os_udelay(k->w.dev, 3);
    os_msleep(k->w.dev, 1);
    k->late |= k->deleted;
}

static int deletes(void *ctx)
{
    deleter_t *k = ctx;
    os_timer_t *t = os_timer_add(k->w.dev, works_a_while, k);
    os_timer_mod(t, 2000);
    core_sleep(core_current(&k->w.sim), k->wait_ps);
    os_timer_del(t);
    k->deleted = true;
    core_sleep(core_current(&k->w.sim), 3000 * US_PS);
    return 0;
}

// Its function runs on the core of the device, the deleter on another, whichever is the first.
static void a_deleted_timer_has_finished(void **state)
{
    (void)state;
    unsigned begun = 0, rounds = 0;
    for (uint64_t wait_ps = 500000; wait_ps < 3000000; wait_ps += 8000, rounds++) {
        static deleter_t k;
        memset(&k, 0, sizeof k);
        host_world_init(&k.w);
        k.w.cores = 2;
        k.w.profile.value[COST_context_switch_ns] = 1000;
        k.wait_ps = wait_ps;
        host_world_start(&k.w);
        assert_int_equal(core_call(&k.w.set->core[1], deletes, &k), 0);
        if (k.late) fail_msg("deleted after %llu ps and still at it", (unsigned long long)wait_ps);
        begun += k.begun;
        host_world_end(&k.w);
    }
    assert_in_range(begun, 1, rounds - 1);
}

// ---- NAPI --------------------------------------------------------------------------------------

static void start(host_world_t *w)
{
    host_world_start(w);
    assert_true(w->probed);
    assert_int_equal(w->sim.now_cyc, 0);
}

static void end(host_world_t *w)
{
    char err[256];
    if (core_set_check(w->set, err) != 0) fail_msg("%s", err);
    const netstack_stats_t *s = netstack_stats(w->net);
    assert_int_equal(w->taken, s->received);
    assert_int_equal(s->received, s->delivered + s->socket_drops + netstack_pending(w->net));
    assert_int_equal(os_host_stats(w->host)->poll_packets, w->taken);
    assert_int_equal(os_host_stats(w->host)->packets_per_poll.count, os_host_stats(w->host)->polls);
    host_world_end(w);
}

// n packets wait: n / b full polls and one with the rest, which enables the interrupt
// (analytic-models 3f).
static void a_small_budget_takes_more_polls_for_the_same_packets(void **state)
{
    (void)state;
    static const struct {
        int budget;
        uint64_t n, polls, full;
    } row[] = {
        {2, 10, 6, 5},  {60, 10, 1, 0}, {1, 10, 11, 10}, {3, 10, 4, 3},
        {10, 10, 2, 1}, {64, 64, 2, 1}, {64, 63, 1, 0},
    };
    for (unsigned i = 0; i < sizeof row / sizeof *row; i++) {
        static host_world_t w;
        host_world_init(&w);
        w.os_params.weight = row[i].budget;
        start(&w);
        host_world_traffic(&w, 100, 0, 1, row[i].n);
        host_world_run(&w, 101);
        const os_stats_t *s = os_host_stats(w.host);
        assert_int_equal(s->polls, row[i].polls);
        assert_int_equal(s->budget_exhausted, row[i].full);
        assert_int_equal(w.isr_calls, 1);
        assert_int_equal(w.taken, row[i].n);
        assert_int_equal(s->packets_per_poll.min, row[i].n % (uint64_t)row[i].budget);
        // Nothing takes time: all of it in the cycle of the interrupt, the application included.
        assert_int_equal(w.last_cyc, 100);
        assert_int_equal(w.delivered_cyc, 100);
        assert_int_equal(host_world_account(&w, 0, CORE_IDLE), 101 * CYC_PS);
        assert_int_equal(w.set->core[0].ksoftirqd_wakeups, 0);
        end(&w);
    }
}

// Deterministic arrivals, 3a: n = floor(c_i / (tau - c_p)) + 1 packets per interrupt, U = (c_i + n
// c_p) / (n tau).
static void packets_per_interrupt_follow_the_closed_form(void **state)
{
    (void)state;
    static const struct {
        uint64_t ci_ns, n;
    } row[] = {{5000, 1}, {40000, 3}, {83130, 7}, {110300, 8}, {13799, 1}, {13801, 2}};
    for (unsigned i = 0; i < sizeof row / sizeof *row; i++) {
        static host_world_t w;
        host_world_init(&w);
        w.cores = 2;
        w.net_params.app_core = 1;
        w.profile.value[COST_irq_entry_ns] = row[i].ci_ns > 100000 ? 100000 : row[i].ci_ns;
        w.profile.value[COST_softirq_entry_ns] = row[i].ci_ns - w.profile.value[COST_irq_entry_ns];
        w.profile.value[COST_rx_packet_ns] = 3000;
        start(&w);
        const uint64_t tau_cyc = 2100, cycles = 500; // 16.8 us
        host_world_traffic(&w, 1000, tau_cyc, cycles * row[i].n, 1);
        host_world_run(&w, 1000 + tau_cyc * cycles * row[i].n);
        assert_int_equal(w.isr_calls, cycles);
        assert_int_equal(os_host_stats(w.host)->polls, cycles);
        assert_int_equal(os_host_stats(w.host)->packets_per_poll.min, row[i].n);
        assert_int_equal(os_host_stats(w.host)->packets_per_poll.max, row[i].n);
        uint64_t busy_ps =
            host_world_account(&w, 0, CORE_IRQ) + host_world_account(&w, 0, CORE_SOFTIRQ);
        assert_int_equal(busy_ps, cycles * (row[i].ci_ns + 3000 * row[i].n) * 1000);
        end(&w);
    }
}

// Random arrivals and polling until there is nothing left, 3c: (1 + lambda c_i) / (1 - rho) packets
// per interrupt, U = (rho + lambda c_i) / (1 + lambda c_i) (M/G/1 with set-up), rho = lambda c_p.
static void random_arrivals_follow_the_set_up_formula(void **state)
{
    (void)state;
    static const struct {
        uint64_t ci_ns, cp_ns;
    } row[] = {{20000, 8000}, {5000, 3000}, {0, 8000}, {60000, 12000}};
    for (unsigned i = 0; i < sizeof row / sizeof *row; i++) {
        static host_world_t w;
        rng_t rng;
        rng_seed(&rng, 3);
        host_world_init(&w);
        w.random = &rng;
        w.cores = 2;
        w.net_params.app_core = 1;
        w.os_params.weight = 60000; // exhaustive
        w.os_params.netdev_budget = 1000000;
        w.profile.value[COST_irq_entry_ns] = row[i].ci_ns;
        w.profile.value[COST_rx_packet_ns] = row[i].cp_ns;
        start(&w);
        const uint64_t packets = 400000, tau_cyc = 2100; // 16.8 us
        host_world_traffic(&w, 1000, tau_cyc, packets, 1);
        while (w.left || w.waiting) host_world_run(&w, w.sim.now_cyc + 1000);
        host_world_run(&w, w.sim.now_cyc + 10000); // of 840 million
        const double lambda = 1 / 16.8, ci = (double)row[i].ci_ns / 1000;
        const double rho = lambda * (double)row[i].cp_ns / 1000;
        const double n = (double)w.taken / (double)w.isr_calls;
        const double busy_ps =
            (double)(host_world_account(&w, 0, CORE_IRQ) + host_world_account(&w, 0, CORE_SOFTIRQ));
        const double u = busy_ps / (double)(w.sim.now_cyc * CYC_PS);
        const double want_n = (1 + lambda * ci) / (1 - rho);
        const double want_u = (rho + lambda * ci) / (1 + lambda * ci);
        assert_true(n > want_n * 0.995 && n < want_n * 1.005);
        assert_true(u > want_u * 0.995 && u < want_u * 1.005);
        end(&w);
    }
}

// Overload, 3b, with the e1000's rule for the tail: capacity b / (b c_p + R ceil(b / 16)).
static void capacity_under_overload_is_exact(void **state)
{
    (void)state;
    static const struct {
        int budget;
        unsigned kpps_x10;
    } row[] = {
        {1, 364}, {2, 690}, {8, 2105}, {60, 3093}, {200, 3135}, {16, 3200}, {17, 2193},
    };
    for (unsigned i = 0; i < sizeof row / sizeof *row; i++) {
        static host_world_t w;
        host_world_init(&w);
        const uint64_t b = (uint64_t)row[i].budget, polls = 4000;
        w.cores = 2;
        w.net_params.app_core = 1;
        w.os_params.weight = row[i].budget;
        w.profile.value[COST_rx_packet_ns] = 1500;
        w.tail_us = 26;
        w.always_full = true;
        start(&w);
        host_world_traffic(&w, 100, 0, 1, 1);
        const uint64_t poll_ps = b * 1500000 + (b + 15) / 16 * 26000000;
        host_world_run(&w, 101 + cyc_of_ps(polls * poll_ps));
        assert_int_equal(os_host_stats(w.host)->polls, polls);
        assert_true(w.taken >= polls * b && w.taken <= polls * b + 1);
        assert_in_range(b * UINT64_C(10000000000) / poll_ps, row[i].kpps_x10 - 1,
                        row[i].kpps_x10 + 1);
        assert_int_equal(w.isr_calls, 1); // no interrupts any more
        assert_int_equal(w.set->core[0].ksoftirqd_wakeups, 1);
        assert_int_equal(host_world_account(&w, 0, CORE_IDLE), 100 * CYC_PS);
        // Handed to the operating system by now; end() would count packets of the poll in progress.
        host_world_end(&w);
    }
}

static void a_round_ends_after_300_packets(void **state)
{
    (void)state;
    static host_world_t w;
    host_world_init(&w);
    w.profile.value[COST_rx_packet_ns] = 1000;
    start(&w);
    host_world_traffic(&w, 0, 0, 1, 1000);
    host_world_run(&w, 100000000);
    // Polls of 64: 5 make 320 >= 300, then a squeeze; 1000 = 3 * 320 + 40.
    assert_int_equal(os_host_stats(w.host)->time_squeeze, 3);
    assert_int_equal(os_host_stats(w.host)->polls, 16);
    assert_int_equal(w.set->core[0].softirq_rounds, 4);
    assert_int_equal(w.set->core[0].softirq_runs, 1);
    end(&w);
}

static void a_round_ends_after_two_jiffies(void **state)
{
    (void)state;
    static host_world_t w;
    host_world_init(&w);
    w.os_params.weight = 1;
    w.profile.value[COST_rx_packet_ns] = 29400; // 300 of them are 8.82 ms, two jiffies are 8 ms
    start(&w);
    host_world_traffic(&w, 0, 0, 1, 273 * 3);
    host_world_run(&w, 100000000);
    assert_int_equal(w.set->core[0].softirq_rounds,
                     4); // 273 * 29.4 us > 8 ms > 272 * 29.4 us, three times
    assert_int_equal(os_host_stats(w.host)->time_squeeze, 3);
    end(&w);

    host_world_init(&w);
    w.os_params.weight = 1;
    w.profile.value[COST_rx_packet_ns] = 29400;
    w.profile.value[COST_hz] = 100; // 20 ms: the packets bound acts first
    start(&w);
    host_world_traffic(&w, 0, 0, 1, 900);
    host_world_run(&w, 100000000);
    assert_int_equal(os_host_stats(w.host)->time_squeeze, 3);
    assert_int_equal(w.set->core[0].softirq_rounds, 4);
    end(&w);
}

static void ten_rounds_and_ksoftirqd_polls(void **state)
{
    (void)state;
    static host_world_t w;
    host_world_init(&w);
    w.profile.value[COST_rx_packet_ns] = 1000;
    start(&w);
    host_world_traffic(&w, 0, 0, 1, 10 * 320);
    host_world_run(&w, 100000000);
    assert_int_equal(w.set->core[0].ksoftirqd_wakeups, 1);
    assert_int_equal(host_world_account(&w, 0, CORE_SOFTIRQ), 3200 * US_PS);
    end(&w);

    host_world_init(&w);
    w.profile.value[COST_rx_packet_ns] = 1000;
    start(&w);
    host_world_traffic(&w, 0, 0, 1, 10 * 320 - 1); // the last poll finds less than its budget
    host_world_run(&w, 100000000);
    assert_int_equal(w.set->core[0].ksoftirqd_wakeups, 0);
    end(&w);
}

static void a_driver_that_never_finishes_does_not_stop_time(void **state)
{
    (void)state;
    static host_world_t w;
    host_world_init(&w);
    w.never_completes = true;
    start(&w);
    host_world_traffic(&w, 100, 0, 1, 1);
    host_world_run(&w, 150);
    assert_int_equal(w.sim.now_cyc, 150);
    assert_int_equal(w.taken, 1);
    assert_true(os_host_stats(w.host)->polls > 1000);
    char err[256];
    assert_int_equal(core_set_check(w.set, err), 0);
    host_world_end(&w);

    host_world_init(&w);
    w.claims_nothing = true;
    start(&w);
    host_world_traffic(&w, 100, 0, 1, 1);
    host_world_run(&w, 5000);
    uint64_t spurious;
    assert_int_equal(os_dev_irqs(w.dev, &spurious), 1000);
    assert_int_equal(spurious, 1000);
    host_world_end(&w);
}

static void stop_waits_for_the_poll(void **state)
{
    (void)state;
    static host_world_t w;
    host_world_init(&w);
    w.profile.value[COST_rx_packet_ns] = 1000;
    w.always_full = true;
    start(&w);
    host_world_traffic(&w, 100, 0, 1, 1);
    host_world_run(&w, 1000000);
    uint64_t before = w.taken;
    assert_true(before > 7000);
    assert_int_equal(os_dev_op(w.dev, OS_OP_STOP, NULL), 0);
    uint64_t stopped = w.taken;
    assert_true(stopped > before);
    host_world_run(&w, w.sim.now_cyc + 1000000);
    assert_int_equal(w.taken, stopped);
    assert_int_equal(os_dev_op(w.dev, OS_OP_SET_COALESCE, NULL), -EOPNOTSUPP);
    end(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_register_read_waits_and_a_write_does_not),
        cmocka_unit_test(a_store_waits_only_for_room),
        cmocka_unit_test(driver_code_takes_interrupts_where_it_looks_at_the_world),
        cmocka_unit_test(two_cores_read_one_after_the_other),
        cmocka_unit_test(functions_of_a_link_take_turns_to_read),
        cmocka_unit_test(a_message_finds_its_vector),
        cmocka_unit_test(vectors_of_a_core_run_out),
        cmocka_unit_test(a_load_sees_what_is_visible_by_its_time),
        cmocka_unit_test(packets_are_separate_and_found_again),
        cmocka_unit_test(timers_run_in_process_context_at_their_time),
        cmocka_unit_test(a_deleted_timer_has_finished),
        cmocka_unit_test(a_small_budget_takes_more_polls_for_the_same_packets),
        cmocka_unit_test(packets_per_interrupt_follow_the_closed_form),
        cmocka_unit_test(random_arrivals_follow_the_set_up_formula),
        cmocka_unit_test(capacity_under_overload_is_exact),
        cmocka_unit_test(a_round_ends_after_300_packets),
        cmocka_unit_test(a_round_ends_after_two_jiffies),
        cmocka_unit_test(ten_rounds_and_ksoftirqd_polls),
        cmocka_unit_test(a_driver_that_never_finishes_does_not_stop_time),
        cmocka_unit_test(stop_waits_for_the_poll),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
