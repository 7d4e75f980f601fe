// SPDX-License-Identifier: Apache-2.0
// The meters of a run: follow every frame from the wire to the application, and count what happens
// on the way.
//
// The order of frames is the same everywhere (one queue, one ring), so counts identify them: the
// device accepts, the host has (P), the interrupt reports and the driver takes frames in the order
// of the wire.
#include "hostbridge/testbed_priv.h"

#include "hostbridge/timeline.h"

#include <libdeflate.h>
#include <stdio.h>

static tb_frame_t *frame_of(testbed_t *t, uint64_t count)
{
    return &t->frame[count % TB_FRAMES];
}

// Time of the trace: what was left out of long gaps is added again.
static uint64_t clock_cyc(const testbed_t *t, uint64_t cyc)
{
    return cyc + t->skipped_cyc;
}

bool tb_accounted(const testbed_t *t)
{
    return t->accounted == t->offered;
}

static void account(testbed_t *t)
{
    t->moves++;
    t->accounted++;
    if (t->trace_over && tb_accounted(t)) core_set_stop(t->cores);
}

// ---- device ----

static void on_fate(testbed_t *t, enum nic_fate fate)
{
    run_drops_t *d = &t->r->drops;
    switch (fate) {
    case NIC_FATE_ACCEPTED: *frame_of(t, t->accepted++) = t->sending; return;
    case NIC_FATE_BAD_FCS: d->bad_fcs++; break;
    case NIC_FATE_UNDERSIZE: d->undersize++; break;
    case NIC_FATE_OVERSIZE: d->oversize++; break;
    case NIC_FATE_FILTERED: d->filtered++; break;
    case NIC_FATE_FIFO: d->fifo_overflow++; break;
    case NIC_FATE_NO_DESC: d->no_descriptor++; break;
    }
    account(t);
}

static void on_timer(testbed_t *t, uint64_t cyc, uint32_t fired)
{
    static const struct {
        uint32_t bit;
        unsigned track;
        const char *name;
    } show[] = {
        {NIC_TIMER_PT, TIMELINE_PACKET_TIMER, "RDTR expired"},
        {NIC_TIMER_AT, TIMELINE_ABSOLUTE_TIMER, "RADV expired"},
        {NIC_TIMER_TIDV, TIMELINE_TX_TIMERS, "TIDV expired"},
        {NIC_TIMER_TADV, TIMELINE_TX_TIMERS, "TADV expired"},
        {NIC_TIMER_MASTER, TIMELINE_MASTER_TIMER, "MTDLY expired"},
        {NIC_TIMER_RXFRAMES, TIMELINE_PACKET_TIMER, "RXFRAMES reached"},
        {NIC_TIMER_TXFRAMES, TIMELINE_TX_TIMERS, "TXFRAMES reached"},
    };
    for (unsigned b = 0; b < 32; b++)
        if (fired >> b & 1) t->r->timer[b]++;
    for (size_t i = 0; i < sizeof show / sizeof show[0]; i++)
        if (fired & show[i].bit)
            timeline_instant(t->cfg->timeline, show[i].track, cyc, show[i].name, NULL, 0);
}

static void on_probe(void *ctx, enum nic_probe what, uint64_t cyc, uint32_t a, uint32_t b)
{
    testbed_t *t = ctx;
    if (t->over) return;
    const run_tap_t *tap = t->cfg->tap;
    if (tap && tap->probe) tap->probe(tap->ctx, what, cyc, a, b);
    switch (what) {
    case NIC_PROBE_RX_FATE: on_fate(t, (enum nic_fate)a); break;
    case NIC_PROBE_RX_HOST: frame_of(t, t->hosted++)->p_cyc = clock_cyc(t, cyc); break;
    case NIC_PROBE_CAUSE:
        if (!t->traffic) break;
        for (uint32_t m = a; m; m &= m - 1) t->r->cause[__builtin_ctz(m)]++;
        break;
    case NIC_PROBE_TIMER:
        if (t->traffic) on_timer(t, cyc, a);
        break;
    case NIC_PROBE_RX_LOST:
        // A reset or ring restart in the middle of a run: the newest ones are gone.
        for (uint32_t i = 0; i < a && t->accepted != t->received; i++) {
            t->accepted--;
            if (t->hosted > t->accepted) t->hosted = t->accepted;
            if (t->asserted > t->accepted) t->asserted = t->accepted;
            t->r->drops.in_flight_at_end++;
            account(t);
        }
        break;
    case NIC_PROBE_RX_DROP:
    case NIC_PROBE_LOOP:
    case NIC_PROBE_SPOOF:
    case NIC_PROBE_RX_WB:
    case NIC_PROBE_TX_FETCH:
    case NIC_PROBE_TX_WB: break;
    }
}

static uint64_t on_tlp(void *ctx, uint64_t first_cyc, const nic_tlp_t *tlp)
{
    testbed_t *t = ctx;
    if (t->cfg->timeline && !t->over) {
        const bool read = tlp->type == NIC_TLP_READ;
        timeline_slice(t->cfg->timeline, read ? TIMELINE_DMA_READ : TIMELINE_DMA_WRITE, first_cyc,
                       first_cyc + tlp->beats,
                       read                       ? "read"
                       : tlp->type == NIC_TLP_MSG ? "message"
                                                  : "write",
                       "address", tlp->addr, "bytes", tlp->len);
    }
    return t->inner.tlp(t->inner.ctx, first_cyc, tlp);
}

static void on_reply(void *ctx, uint64_t cyc, uint32_t data)
{
    testbed_t *t = ctx;
    t->inner.csr_reply(t->inner.ctx, cyc, data);
}

static void on_assert(testbed_t *t, uint64_t pin_cyc)
{
    run_result_t *r = t->r;
    const uint64_t cyc = clock_cyc(t, pin_cyc);
    if (t->traffic) {
        if (r->irq_asserted) {
            const uint64_t gap = (cyc - t->last_assert_cyc) * CYC_NS;
            r->irq_gap_sum_ns += gap;
            if (r->irq_asserted == 1 || gap < r->irq_min_gap_ns) r->irq_min_gap_ns = gap;
        }
        r->irq_asserted++;
        t->last_assert_cyc = cyc;
    }
    // Frames the driver has taken by polling before are not reported by this interrupt.
    if (t->asserted < t->received) t->asserted = t->received;
    for (; t->asserted < t->hosted; t->asserted++)
        meter_hist_add(&r->coalescing, (cyc - frame_of(t, t->asserted)->p_cyc) * CYC_NS);
    if (t->cfg->timeline) {
        const uint32_t itr = t->engine.peek(t->engine.nic, E1000_ITR);
        timeline_begin(t->cfg->timeline, TIMELINE_IRQ, pin_cyc, "INTA#");
        if (itr)
            timeline_slice(t->cfg->timeline, TIMELINE_THROTTLE, pin_cyc,
                           pin_cyc + (uint64_t)itr * NIC_ItrUnitCyc, "ITR", NULL, 0, NULL, 0);
    }
}

static void meter_intx(testbed_t *t, uint64_t cyc, bool level)
{
    const run_tap_t *tap = t->cfg->tap;
    if (tap && tap->intx) tap->intx(tap->ctx, cyc, level);
    t->intx = level;
    if (level) on_assert(t, cyc);
    else timeline_end(t->cfg->timeline, TIMELINE_IRQ, cyc);
}

static void on_intx(void *ctx, uint64_t cyc, bool level)
{
    testbed_t *t = ctx;
    if (!t->over) meter_intx(t, cyc, level);
    t->inner.intx(t->inner.ctx, cyc, level);
}

// A peer looks at the frame when it has arrived, but what it does is known now.
static void ask_peer(testbed_t *t, uint64_t last_cyc, const uint8_t *bytes, uint32_t len)
{
    const run_tap_t *tap = t->cfg->tap;
    if (!tap || !tap->answer || len <= NIC_FcsBytes) return;
    uint64_t when_cyc = 0;
    const uint32_t n =
        tap->answer(tap->ctx, last_cyc, bytes, len - NIC_FcsBytes, t->answer, &when_cyc);
    if (n == 0) return;
    if (when_cyc <= last_cyc) when_cyc = last_cyc + 1;
    if (!wire_inject(t->wire, when_cyc, t->answer, n, false) && !t->r->error[0])
        tb_fail(t, 2, "the peer sends faster than the line");
}

static void tx_contents(testbed_t *t, uint64_t first_cyc, unsigned stride_cyc, const uint8_t *bytes,
                        uint32_t len)
{
    const uint64_t end_cyc = first_cyc + (uint64_t)(NIC_PreambleBytes + len) * stride_cyc;
    t->r->tx_bytes += len > NIC_FcsBytes ? len - NIC_FcsBytes : 0;
    timeline_slice(t->cfg->timeline, TIMELINE_WIRE_TX, first_cyc, end_cyc, "frame", "bytes", len,
                   NULL, 0);
    ask_peer(t, end_cyc - 1, bytes, len);
}

// bytes = NULL: they come with on_late_tx_frame.
static void on_tx_frame(void *ctx, uint64_t first_cyc, unsigned stride_cyc, const uint8_t *bytes,
                        uint32_t len)
{
    testbed_t *t = ctx;
    if (t->over) return;
    t->moves++;
    t->r->tx_frames++;
    if (bytes) tx_contents(t, first_cyc, stride_cyc, bytes, len);
}

static void on_late_tx_frame(void *ctx, uint64_t first_cyc, unsigned stride_cyc,
                             const uint8_t *bytes, uint32_t len)
{
    testbed_t *t = ctx;
    if (!t->over) tx_contents(t, first_cyc, stride_cyc, bytes, len);
}

static void on_late_payload(void *ctx, const uint8_t *data, uint32_t len)
{
    testbed_t *t = ctx;
    t->inner_late.payload(t->inner_late.ctx, data, len);
}

static bool tap_access(void *ctx, uint64_t cyc, const nic_access_t *a)
{
    testbed_t *t = ctx;
    const run_tap_t *tap = t->cfg->tap;
    if (!t->engine.ops.access(t->engine.ops.nic, cyc, a)) return false;
    if (!t->over) tap->access(tap->ctx, cyc, a);
    return true;
}

static void tap_completion(void *ctx, uint64_t first_cyc, uint8_t tag, const uint8_t *data,
                           uint32_t len)
{
    testbed_t *t = ctx;
    t->engine.ops.completion(t->engine.ops.nic, first_cyc, tag, data, len);
}

nic_ops_t tb_device_ops(testbed_t *t)
{
    if (!t->cfg->tap || !t->cfg->tap->access) return t->engine.ops;
    // Of these the link uses two.
    return (nic_ops_t){.nic = t, .access = tap_access, .completion = tap_completion};
}

nic_host_t tb_device_host(testbed_t *t)
{
    t->inner = *link_host(t->link);
    return (nic_host_t){t, on_tlp, on_reply, on_intx, on_tx_frame, on_probe};
}

nic_late_t tb_device_late(testbed_t *t)
{
    t->inner_late = *link_late(t->link);
    return (nic_late_t){t, on_late_payload, on_late_tx_frame};
}

// ---- wire ----

static void on_sent(void *ctx, const wire_sent_t *f)
{
    testbed_t *t = ctx;
    if (t->over) return;
    const run_tap_t *tap = t->cfg->tap;
    if (tap && tap->sent) tap->sent(tap->ctx, f);
    t->moves++;
    if (!t->traffic) {
        t->traffic = true;
        t->r->first_cyc = f->first_cyc; // nothing is skipped before it
    }
    t->offered++;
    if (!f->injected) t->skipped_cyc = f->skipped_cyc;
    t->r->last_cyc = clock_cyc(t, f->last_cyc);
    uint32_t fcs;
    __builtin_memcpy(&fcs, f->data + f->len, sizeof fcs);
    t->sending = (tb_frame_t){.last_cyc = clock_cyc(t, f->last_cyc), .len = f->len, .fcs = fcs};
    timeline_slice(t->cfg->timeline, TIMELINE_WIRE_RX, f->first_cyc, f->last_cyc + 1, "frame",
                   "bytes", f->len, "number", f->seq + 1);
    if ((f->seq & 1023) != 0) return;
    if (t->cfg->progress)
        t->cfg->progress(t->cfg->progress_ctx, t->offered, t->r->last_cyc - t->r->first_cyc);
    if (t->stop && *t->stop) {
        wire_stop(t->wire);
        core_set_stop(t->cores);
    }
}

static void on_end(void *ctx, uint64_t now_cyc, const char *error)
{
    testbed_t *t = ctx;
    (void)now_cyc;
    t->trace_over = true;
    if (error) snprintf(t->r->error, sizeof t->r->error, "%s", error);
    core_set_stop(t->cores);
}

wire_client_t tb_wire_client(testbed_t *t)
{
    return (wire_client_t){t, on_sent, on_end};
}

// ---- driver and application ----

static void on_received(void *ctx, os_pkt_t *p, uint64_t cyc)
{
    testbed_t *t = ctx;
    if (t->over) return;
    // A frame the driver threw away (errors in its descriptor) is skipped here.
    while (t->received != t->accepted && frame_of(t, t->received)->len != p->len) {
        t->received++;
        t->r->drops.bad_fcs++;
        account(t);
    }
    if (t->received == t->accepted) return; // not one of ours
    const tb_frame_t *f = frame_of(t, t->received++);
    p->stamp[OS_STAMP_WIRE] = f->last_cyc;
    meter_hist_add(&t->r->latency_driver, (clock_cyc(t, cyc) - f->last_cyc) * CYC_NS);
    if (t->cfg->verify && libdeflate_crc32(0, p->data, p->len) != f->fcs) t->r->mismatched++;
}

static void on_dropped(void *ctx, const os_pkt_t *p, uint64_t cyc)
{
    testbed_t *t = ctx;
    if (t->over) return;
    (void)p, (void)cyc;
    t->r->drops.socket_buffer++;
    account(t);
}

static void on_delivered(void *ctx, const os_pkt_t *p, uint64_t cyc)
{
    testbed_t *t = ctx;
    if (t->over) return;
    run_result_t *r = t->r;
    const uint64_t now_cyc = clock_cyc(t, cyc);
    meter_hist_add(&r->latency, (now_cyc - p->stamp[OS_STAMP_WIRE]) * CYC_NS);
    const run_tap_t *tap = t->cfg->tap;
    if (tap && tap->delivered) tap->delivered(tap->ctx, cyc, p->data, p->len);
    r->delivered++;
    r->delivered_bytes += p->len;
    if (r->delivered == 1) r->first_delivery_cyc = now_cyc;
    r->last_delivery_cyc = now_cyc;
    if (t->pcap) trace_writer_put(t->pcap, now_cyc * CYC_NS, p->data, p->len);
    if (t->cfg->timeline) {
        const uint64_t queued = p->stamp[OS_STAMP_SOCKET];
        const uint64_t from = queued > t->app_end_cyc ? queued : t->app_end_cyc;
        timeline_slice(t->cfg->timeline, timeline_core(t->cfg->app_cpu, TIMELINE_CORE_APP),
                       from < cyc ? from : cyc, cyc, "receive", "bytes", p->len, NULL, 0);
        t->app_end_cyc = cyc;
    }
    account(t);
}

void tb_stack_observers(testbed_t *t, netstack_params_t *p)
{
    p->ctx = t;
    p->received = on_received;
    p->dropped = on_dropped;
    p->delivered = on_delivered;
}

void tb_poll(void *ctx, unsigned core, uint64_t from_ps, uint64_t to_ps, int packets)
{
    testbed_t *t = ctx;
    if (t->over) return;
    timeline_slice(t->cfg->timeline, timeline_core(core, TIMELINE_CORE_POLL), from_ps / CYC_PS,
                   to_ps / CYC_PS, "poll", "packets", (uint64_t)packets, NULL, 0);
}

void tb_irq(void *ctx, unsigned core, uint64_t from_ps, uint64_t to_ps, bool claimed)
{
    testbed_t *t = ctx;
    if (t->over) return;
    timeline_slice(t->cfg->timeline, timeline_core(core, TIMELINE_CORE_IRQ), from_ps / CYC_PS,
                   to_ps / CYC_PS, claimed ? "interrupt" : "spurious interrupt", NULL, 0, NULL, 0);
}
