// SPDX-License-Identifier: Apache-2.0
// The meters of a run: follow every frame from the wire to the application, and count what happens
// on the way.
//
// The order of frames is the same everywhere in a queue, so counts identify them (ledger.h): the
// device accepts, the host has (P), the interrupt reports and the driver takes frames in the order
// of its ring. A frame for several queues is a copy for each.
#include "hostbridge/testbed_priv.h"

#include "hostbridge/timeline.h"

#include <libdeflate.h>
#include <stdio.h>

// What is rare stays out of what every frame goes through: registers are saved for it there.
#define NOINLINE __attribute__((noinline))

enum { TAG_AT = 12, TAG_BYTES = 4 };

#define COPIES_MAX 64u // frames behind one whose buffer was freed, after which no copy of it comes

// Time of the trace: what was left out of long gaps is added again.
uint64_t tb_clock(const testbed_t *t, uint64_t cyc)
{
    return cyc + t->skipped_cyc;
}

bool tb_accounted(const testbed_t *t)
{
    return t->accounted == t->offered + t->extra;
}

void tb_account(testbed_t *t)
{
    t->moves++;
    t->accounted++;
    if (t->trace_over && tb_accounted(t)) core_set_stop(t->cores);
}

// ---- device ----

static tb_func_t *func_of(testbed_t *t, unsigned queue)
{
    return &t->func[t->queue_func[queue]];
}

static run_flow_t *flow_of(tb_func_t *f, bool looped)
{
    return looped ? &f->r->looped : &f->r->wire;
}

// Copies of a frame for a set of queues; returns how many.
static inline unsigned give(testbed_t *t, uint32_t set, const ledger_frame_t *frame)
{
    unsigned copies = 0;
    for (uint32_t m = set & ((1u << t->queues) - 1); m; m &= m - 1, copies++) {
        const unsigned q = (unsigned)__builtin_ctz(m);
        run_flow_t *flow = flow_of(func_of(t, q), frame->looped);
        ledger_accept(&t->queue[q], frame);
        flow->offered++;
        flow->offered_bytes += frame->len;
    }
    return copies;
}

void tb_drop(run_drops_t *d, enum nic_fate fate)
{
    switch (fate) {
    case NIC_FATE_ACCEPTED: break;
    case NIC_FATE_BAD_FCS: d->bad_fcs++; break;
    case NIC_FATE_UNDERSIZE: d->undersize++; break;
    case NIC_FATE_OVERSIZE: d->oversize++; break;
    case NIC_FATE_FILTERED: d->filtered++; break;
    case NIC_FATE_FIFO: d->fifo_overflow++; break;
    case NIC_FATE_NO_DESC: d->no_descriptor++; break;
    }
}

static void on_fate(testbed_t *t, enum nic_fate fate, uint32_t set)
{
    t->fated++;
    if (fate != NIC_FATE_ACCEPTED) {
        tb_drop(&t->r->drops, fate);
        tb_account(t);
        return;
    }
    const unsigned copies = give(t, set ? set : 1, &t->sending);
    t->r->replicated += copies - 1;
    t->extra += copies - 1;
}

// What was freed by then and is none of the frames that have left was never sent.
void tb_left(tb_func_t *f)
{
    const uint64_t freed = os_dev_tx_freed(f->dev);
    if (freed > f->left + f->freed_ahead) f->freed_ahead = freed - f->left;
    f->left++;
}

// The switch lets a frame of queue `from` go to the set; to the wire too, if it has said so before.
static void on_loop(testbed_t *t, uint64_t cyc, uint32_t len, uint32_t set, unsigned from)
{
    if (t->wire_cyc != cyc) tb_left(func_of(t, from % t->queues));
    const ledger_frame_t frame = {
        .from_cyc = tb_clock(t, cyc), .len = (uint16_t)len, .looped = true};
    func_of(t, from % t->queues)->r->looped_sent++;
    t->extra += give(t, set, &frame);
}

// The first reason is told.
void tb_astray(testbed_t *t, const char *fmt, ...)
{
    if (t->astray[0]) return;
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(t->astray, sizeof t->astray, fmt, ap);
    va_end(ap);
}

#define NO_SUCH_FRAME "the device told of a frame that it does not have"

// The frames of the queue's ring are whole in host memory: what the driver does not hand up it drops.
static NOINLINE void driver_drops(tb_func_t *fn, const ledger_frame_t *f)
{
    run_drops_t *d = &flow_of(fn, f->looped)->drops;
    (*(f->bad_fcs ? &d->bad_fcs : &d->driver))++;
    tb_account(fn->t);
}

void tb_hosted(tb_func_t *fn, ledger_t *q, ledger_frame_t *frame, uint64_t cyc, uint64_t hpa)
{
    frame->p_cyc = tb_clock(fn->t, cyc);
    frame->hpa = hpa;
    // The driver has given the buffer of its oldest frame back to the device.
    const ledger_frame_t *oldest = ledger_at(q, q->received);
    if (oldest->hpa == hpa && oldest != frame && hpa) driver_drops(fn, ledger_receive(q));
}

static void on_host(testbed_t *t, uint64_t cyc, uint32_t b)
{
    const unsigned queue = (b >> 16) % t->queues;
    ledger_frame_t *frame = ledger_host(&t->queue[queue], b & NIC_PROBE_LOOPED);
    if (frame) tb_hosted(func_of(t, queue), &t->queue[queue], frame, cyc, link_take_frame(t->link));
    else tb_astray(t, NO_SUCH_FRAME);
}

static void on_drop(testbed_t *t, unsigned queue, uint32_t b)
{
    ledger_frame_t frame;
    link_take_frame(t->link); // it may have begun
    if (!ledger_drop(&t->queue[queue % t->queues], b & NIC_PROBE_LOOPED, &frame)) {
        tb_astray(t, NO_SUCH_FRAME);
        return;
    }
    run_drops_t *d = &flow_of(func_of(t, queue % t->queues), frame.looped)->drops;
    if (b & 1) d->queue_disabled++;
    else d->no_descriptor++;
    tb_account(t);
}

// The device does not say which queues they were for: those with the most frames on their way, then
// those with the most frames that the driver has not got.
static ledger_t *longest_queue(testbed_t *t)
{
    ledger_t *longest = t->queue;
    uint64_t most = 0;
    for (unsigned i = 0; i < t->queues; i++) {
        ledger_t *q = &t->queue[i];
        const uint64_t length = ledger_waiting(q) * LEDGER_FRAMES + (q->accepted - q->received);
        if (length <= most) continue;
        most = length;
        longest = q;
    }
    return longest;
}

// A reset or ring restart in the middle of a run: the newest ones are gone; of a queue of several
// those in memory that the device has not written back.
static void on_lost(testbed_t *t, uint32_t count, uint32_t b)
{
    ledger_frame_t frame;
    const bool one = t->queues > 1 && b != NIC_PROBE_ALL;
    link_take_frame(t->link);
    for (uint32_t i = 0; i < count; i++) {
        ledger_t *q = one ? &t->queue[b % t->queues] : longest_queue(t);
        if (one ? !ledger_lose_hosted(q, &frame) : !ledger_lose(q, &frame)) break;
        flow_of(func_of(t, (unsigned)(q - t->queue)), frame.looped)->drops.in_flight_at_end++;
        tb_account(t);
    }
}

void tb_causes(testbed_t *t, uint32_t bits)
{
    if (!t->traffic) return;
    for (uint32_t m = bits; m; m &= m - 1) t->r->cause[__builtin_ctz(m)]++;
}

void tb_timers(testbed_t *t, uint32_t fired)
{
    if (!t->traffic) return;
    for (uint32_t m = fired; m; m &= m - 1) t->r->timer[__builtin_ctz(m)]++;
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
    if (!t->bridged) tb_timers(t, fired);
    for (size_t i = 0; i < sizeof show / sizeof show[0]; i++)
        if (fired & show[i].bit)
            timeline_instant(t->cfg->timeline, show[i].track, cyc, show[i].name, NULL, 0);
}

// What does not come with every frame that is received.
static NOINLINE void on_other_probe(testbed_t *t, enum nic_probe what, uint64_t cyc, uint32_t a,
                                    uint32_t b)
{
    switch (what) {
    case NIC_PROBE_RX_DROP: on_drop(t, a, b); break;
    case NIC_PROBE_LOOP: on_loop(t, cyc, a, b & 0xFFFF, b >> 16); break;
    case NIC_PROBE_SPOOF:
        func_of(t, a % t->queues)->r->spoofed++;
        tb_left(func_of(t, a % t->queues));
        break;
    case NIC_PROBE_CAUSE:
        if (!t->bridged) tb_causes(t, a); // the guests' are counted
        break;
    case NIC_PROBE_TIMER:
        if (t->traffic) on_timer(t, cyc, a);
        break;
    case NIC_PROBE_RX_LOST: on_lost(t, a, b); break;
    case NIC_PROBE_TX_FETCH:
        if (t->queues == 1) tb_left(&t->func[0]);
        break;
    case NIC_PROBE_WIRE:
        t->wire_cyc = cyc;
        tb_left(func_of(t, (b >> 16) % t->queues));
        break;
    case NIC_PROBE_RX_FATE: // see on_probe
    case NIC_PROBE_RX_HOST:
    case NIC_PROBE_RX_WB:
    case NIC_PROBE_TX_WB: break;
    }
}

static void on_probe(void *ctx, enum nic_probe what, uint64_t cyc, uint32_t a, uint32_t b)
{
    testbed_t *t = ctx;
    if (t->over) return;
    if (what == NIC_PROBE_RX_HOST) on_host(t, cyc, b);
    else if (what == NIC_PROBE_RX_FATE) on_fate(t, (enum nic_fate)a, b >> 16);
    else on_other_probe(t, what, cyc, a, b);
}

static void on_tapped_probe(void *ctx, enum nic_probe what, uint64_t cyc, uint32_t a, uint32_t b)
{
    testbed_t *t = ctx;
    const run_tap_t *tap = t->cfg->tap;
    if (!t->over) tap->probe(tap->ctx, what, cyc, a, b);
    on_probe(t, what, cyc, a, b);
}

// Frames in host memory that the driver has not taken by polling before are reported.
static void report(const tb_func_t *f, ledger_t *q, uint64_t cyc)
{
    meter_hist_t *h = &f->r->coalescing;
    uint64_t i;
    const uint64_t end = ledger_assert(q, &i);
    for (; i < end; i++) meter_hist_add(h, (cyc - ledger_at(q, i)->p_cyc) * CYC_NS);
}

void tb_assert(tb_func_t *f, uint64_t pin_cyc, unsigned vector)
{
    testbed_t *t = f->t;
    run_function_t *r = f->r;
    const uint64_t cyc = tb_clock(t, pin_cyc);
    if (t->traffic) {
        if (f->asserted >> vector & 1) {
            const uint64_t gap = (cyc - f->last_assert_cyc[vector]) * CYC_NS;
            r->irq_gap_sum_ns += gap;
            if (r->irq_gaps++ == 0 || gap < r->irq_min_gap_ns) r->irq_min_gap_ns = gap;
        }
        r->irq_asserted++;
        f->asserted |= 1u << vector;
        f->last_assert_cyc[vector] = cyc;
    }
    for (unsigned q = 0; q < t->queues; q++) {
        if (func_of(t, q) != f) continue;
        if (t->queue_vector[q] != TB_ANY_VECTOR && t->queue_vector[q] != vector) continue;
        report(f, &t->queue[q], cyc);
    }
    if (f->guest.ledger.frame) report(f, &f->guest.ledger, cyc);
}

// The closed gate of a throttle, from an interrupt on: it closed when that left the throttle, a few cycles before it is seen.
// One that did not wait for the gate (low latency) loads it again: the closed times join.
static void show_gate(tb_func_t *f, uint64_t cyc, unsigned vector)
{
    testbed_t *t = f->t;
    unsigned gate = 0;
    const uint64_t closed_cyc = tb_gate(f, vector, &gate);
    if (closed_cyc == 0) return;
    const bool igb = t->cfg->nic == NIC_82576;
    const uint64_t from_cyc = cyc > t->gate_cyc[gate] ? cyc : t->gate_cyc[gate];
    t->gate_cyc[gate] = cyc + closed_cyc;
    timeline_slice(t->cfg->timeline, igb ? TIMELINE_EITR + gate : TIMELINE_THROTTLE, from_cyc,
                   t->gate_cyc[gate], igb ? "EITR" : "ITR", NULL, 0, NULL, 0);
}

// An interrupt message is on the pins.
static void on_message(testbed_t *t, unsigned func, uint64_t cyc, uint64_t addr,
                       const uint8_t *data)
{
    if (func >= t->funcs) return;
    const unsigned vector = os_dev_msi_index(t->func[func].dev, addr, data[0]);
    timeline_instant(t->cfg->timeline, TIMELINE_IRQ, cyc, "message", "function", func);
    if (t->cfg->timeline) show_gate(&t->func[func], cyc, vector);
    tb_assert(&t->func[func], cyc, vector);
}

// What is shown of a transfer; a message is an interrupt.
static NOINLINE void watch_tlp(testbed_t *t, uint64_t first_cyc, const nic_tlp_t *tlp)
{
    if (t->over) return;
    const bool read = tlp->type == NIC_TLP_READ, message = tlp->type == NIC_TLP_MSG;
    timeline_slice(t->cfg->timeline, read ? TIMELINE_DMA_READ : TIMELINE_DMA_WRITE, first_cyc,
                   first_cyc + tlp->beats,
                   read      ? "read"
                   : message ? "message"
                             : "write",
                   "address", tlp->addr, "bytes", tlp->len);
    if (!message) return;
    t->message.waits = !tlp->data;
    t->message.func = tlp->func;
    t->message.cyc = first_cyc;
    t->message.addr = tlp->addr;
    if (tlp->data) on_message(t, tlp->func, first_cyc, tlp->addr, tlp->data);
}

static uint64_t on_tlp(void *ctx, uint64_t first_cyc, const nic_tlp_t *tlp)
{
    testbed_t *t = ctx;
    if (t->cfg->timeline || tlp->type == NIC_TLP_MSG) watch_tlp(t, first_cyc, tlp);
    return t->inner.tlp(t->inner.ctx, first_cyc, tlp);
}

static void on_reply(void *ctx, uint64_t cyc, uint32_t data)
{
    testbed_t *t = ctx;
    t->inner.csr_reply(t->inner.ctx, cyc, data);
}

static void meter_intx(testbed_t *t, uint64_t cyc, bool level)
{
    const run_tap_t *tap = t->cfg->tap;
    if (tap && tap->intx) tap->intx(tap->ctx, cyc, level);
    t->intx = level;
    if (!level) {
        timeline_end(t->cfg->timeline, TIMELINE_IRQ, cyc);
        return;
    }
    tb_assert(&t->func[0], cyc, 0);
    if (t->cfg->timeline) {
        timeline_begin(t->cfg->timeline, TIMELINE_IRQ, cyc, "INTA#");
        show_gate(&t->func[0], cyc, 0);
    }
}

static void on_intx(void *ctx, uint64_t cyc, bool level)
{
    testbed_t *t = ctx;
    if (!t->over) meter_intx(t, cyc, level);
    t->inner.intx(t->inner.ctx, cyc, level);
}

// ---- the other host ----

static uint64_t on_gate(void *ctx, const uint8_t *frame, uint32_t len)
{
    const testbed_t *t = ctx;
    return peer_gate(t->peer, frame, len);
}

static void on_regate(void *ctx)
{
    testbed_t *t = ctx;
    wire_regate(t->wire);
}

bool tb_peer_create(testbed_t *t)
{
    const trace_feedback_t f = trace_feedback(t->trace);
    t->r->feedback.kind = f.kind;
    if (f.kind == TRACE_NO_FEEDBACK) return true;
    const peer_costs_t costs = peer_costs_of(&t->profile, t->cfg->link_speed, RR_FRAME,
                                             t->cfg->netback == NETBACK_TASKLET);
    t->peer =
        peer_create(&t->sim, &f, &costs, netstack_window(t->func[t->bridged].net), on_regate, t);
    if (t->peer) wire_gate(t->wire, on_gate, t);
    return t->peer != NULL;
}

// A peer looks at the frame when it has arrived, but what it does is known now.
static void ask_peer(testbed_t *t, uint64_t last_cyc, const uint8_t *bytes, uint32_t len)
{
    if (t->peer && len > NIC_FcsBytes) {
        peer_heard(t->peer, last_cyc, bytes, len - NIC_FcsBytes);
        wire_regate(t->wire);
    }
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
    if (t->message.waits && !t->over) {
        t->message.waits = false;
        on_message(t, t->message.func, t->message.cyc, t->message.addr, data);
    }
    t->inner_late.payload(t->inner_late.ctx, data, len);
}

static bool tap_access(void *ctx, uint64_t cyc, const nic_access_t *a)
{
    testbed_t *t = ctx;
    static const char *const name[2][4] = {
        {"read configuration", "read", "read port", "read MSI-X table"},
        {"write configuration", "write", "write port", "write MSI-X table"}};
    const run_tap_t *tap = t->cfg->tap;
    if (!t->engine.ops.access(t->engine.ops.nic, cyc, a)) return false;
    if (t->over) return true;
    timeline_slice(t->cfg->timeline, TIMELINE_MMIO, cyc, cyc + 1, name[a->write][a->space & 3],
                   "offset", a->addr, a->write ? "value" : NULL, a->wdata);
    if (tap && tap->access) tap->access(tap->ctx, cyc, a);
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
    const bool tapped = t->cfg->tap && t->cfg->tap->access;
    if (!tapped && !t->cfg->timeline) return t->engine.ops;
    // Of these the link uses two.
    return (nic_ops_t){.nic = t, .access = tap_access, .completion = tap_completion};
}

nic_host_t tb_device_host(testbed_t *t)
{
    t->inner = *link_host(t->link);
    const bool tapped = t->cfg->tap && t->cfg->tap->probe;
    return (nic_host_t){t,       on_tlp,      on_reply,
                        on_intx, on_tx_frame, tapped ? on_tapped_probe : on_probe};
}

nic_late_t tb_device_late(testbed_t *t)
{
    t->inner_late = *link_late(t->link);
    return (nic_late_t){t, on_late_payload, on_late_tx_frame};
}

// ---- wire ----

static void first_sent(testbed_t *t, const wire_sent_t *f)
{
    t->traffic = true;
    t->r->first_cyc = f->first_cyc; // nothing is skipped before it
    tb_clients_start(t);
}

// Now and then: shows how far it is, and looks whether it is to end.
static void look_around(testbed_t *t)
{
    if (t->cfg->progress)
        t->cfg->progress(t->cfg->progress_ctx, t->offered, t->r->last_cyc - t->r->first_cyc);
    if (t->stop && *t->stop) {
        wire_stop(t->wire);
        core_set_stop(t->cores);
    }
}

// Beside what is counted of every frame.
static NOINLINE void watch_sent(testbed_t *t, const wire_sent_t *f)
{
    const run_tap_t *tap = t->cfg->tap;
    if (tap && tap->sent) tap->sent(tap->ctx, f);
    if (!t->traffic) first_sent(t, f);
    if (t->peer && !f->injected) {
        peer_sent(t->peer, f->first_cyc, f->data, f->len);
        wire_regate(t->wire);
    }
    timeline_slice(t->cfg->timeline, TIMELINE_WIRE_RX, f->first_cyc, f->last_cyc + 1, "frame",
                   "bytes", f->len, "number", f->seq + 1);
    if ((f->seq & 1023) == 0) look_around(t);
}

static void on_sent(void *ctx, const wire_sent_t *f)
{
    testbed_t *t = ctx;
    if (t->over) return;
    t->moves++;
    t->offered++;
    if (!f->injected) t->skipped_cyc = f->skipped_cyc;
    t->r->last_cyc = tb_clock(t, f->last_cyc);
    uint32_t fcs;
    __builtin_memcpy(&fcs, f->data + f->len, sizeof fcs);
    t->sending = (ledger_frame_t){.from_cyc = tb_clock(t, f->last_cyc),
                                  .len = (uint16_t)f->len,
                                  .fcs = fcs,
                                  .bad_fcs = f->bad_fcs};
    if (!t->traffic || (f->seq & 1023) == 0 || t->peer || t->cfg->tap || t->cfg->timeline)
        watch_sent(t, f);
}

static void on_end(void *ctx, uint64_t now_cyc, const char *error)
{
    testbed_t *t = ctx;
    (void)now_cyc;
    t->trace_over = true;
    tb_clients_stop(t);
    if (error) snprintf(t->r->error, sizeof t->r->error, "%s", error);
    core_set_stop(t->cores);
}

wire_client_t tb_wire_client(testbed_t *t)
{
    return (wire_client_t){t, on_sent, on_end};
}

// ---- driver and application ----

// A tag that was taken off is in the packet's description.
static uint32_t wire_len(const os_pkt_t *p)
{
    return p->len + (p->vlan_present ? TAG_BYTES : 0);
}

uint32_t tb_fcs(const os_pkt_t *p)
{
    if (!p->vlan_present) return libdeflate_crc32(0, p->data, p->len);
    const uint8_t tag[TAG_BYTES] = {0x81, 0x00, (uint8_t)(p->vlan_tci >> 8), (uint8_t)p->vlan_tci};
    uint32_t crc = libdeflate_crc32(0, p->data, TAG_AT);
    crc = libdeflate_crc32(crc, tag, TAG_BYTES);
    return libdeflate_crc32(crc, p->data + TAG_AT, p->len - TAG_AT);
}

// The frame is not in the buffer that the device wrote: the first one with these contents; where those are not known,
// of this length. hosted: there is none.
static uint64_t find_copied(const ledger_t *q, const os_pkt_t *p)
{
    const uint32_t len = wire_len(p);
    uint32_t fcs = 0;
    for (uint64_t n = q->received; n != q->hosted; n++) {
        const ledger_frame_t *f = ledger_at(q, n);
        if (f->len != len) continue;
        if (!f->fcs) return n;
        if (!fcs) fcs = tb_fcs(p);
        if (f->fcs == fcs) return n;
    }
    return q->hosted;
}

static bool is_in(const ledger_frame_t *f, const os_pkt_t *p)
{
    return f->hpa ? os_pkt_holds(p, f->hpa) : f->len == wire_len(p);
}

// Not the oldest, which drivers hand up first: those before it they have dropped. False: there is none.
static bool find_frame(tb_func_t *fn, ledger_t *q, const os_pkt_t *p)
{
    uint64_t n = q->received;
    while (n != q->hosted && !is_in(ledger_at(q, n), p)) n++;
    if (n == q->hosted) n = find_copied(q, p);
    if (n == q->hosted) return false;
    while (q->received != n) driver_drops(fn, ledger_receive(q));
    return true;
}

// A packet that holds no frame known to be in memory. The run fails; until then it counts as one more.
static void no_frame(tb_func_t *fn, const ledger_t *q, os_pkt_t *p, uint64_t cyc)
{
    testbed_t *t = fn->t;
    const ledger_frame_t *f = q ? ledger_oldest(q) : NULL;
    if (f && f->len != wire_len(p))
        tb_astray(t,
                  "the driver handed up a frame of %u bytes (without FCS) that was not received: "
                  "the next one has %u",
                  wire_len(p), f->len);
    else tb_astray(t, "the driver handed up a frame that was not received");
    if (p->len > p->size) p->len = p->size;
    t->r->replicated++;
    t->extra++;
    fn->r->wire.offered++;
    fn->in_stack[0]++;
    p->stamp[OS_STAMP_WIRE] = tb_clock(t, cyc);
}

static void wrong_length(testbed_t *t, const ledger_frame_t *f, os_pkt_t *p)
{
    tb_astray(t,
              "the driver handed up a frame of %u bytes that had %u bytes on the wire (both "
              "without FCS)",
              wire_len(p), f->len);
    p->len = f->len - (p->vlan_present ? TAG_BYTES : 0); // nobody reads beyond it
}

static NOINLINE void check_received(testbed_t *t, const ledger_frame_t *f, os_pkt_t *p)
{
    if (f->len != wire_len(p)) wrong_length(t, f, p);
    if (t->cfg->verify && !f->looped && tb_fcs(p) != f->fcs) t->r->mismatched++;
}

// The packet holds the oldest frame.
static void take_oldest(tb_func_t *fn, ledger_t *q, os_pkt_t *p, uint64_t cyc)
{
    testbed_t *t = fn->t;
    const ledger_frame_t *f = ledger_receive(q);
    fn->in_stack[f->looped]++;
    p->stamp[OS_STAMP_WIRE] = f->from_cyc | (f->looped ? TB_LOOPED : 0);
    if (!f->looped && !tb_is_host(fn)) // see own_out for what it keeps
        meter_hist_add(&fn->r->latency_driver, (tb_clock(t, cyc) - f->from_cyc) * CYC_NS);
    if (f->len != wire_len(p) || t->cfg->verify) check_received(t, f, p);
}

static NOINLINE void take_another(tb_func_t *fn, ledger_t *q, os_pkt_t *p, uint64_t cyc)
{
    if (q && find_frame(fn, q, p)) take_oldest(fn, q, p, cyc);
    else no_frame(fn, q, p, cyc);
}

// What a function's driver hands up; nothing of what it does at its end counts.
static void on_received(void *ctx, os_pkt_t *p, uint64_t cyc)
{
    tb_func_t *fn = ctx;
    if (fn->t->over) return;
    ledger_t *q = fn->rx[p->queue % TB_QUEUES];
    if (q && q->received != q->hosted && is_in(ledger_at(q, q->received), p))
        take_oldest(fn, q, p, cyc);
    else take_another(fn, q, p, cyc);
}

void tb_strand(tb_func_t *fn, const ledger_frame_t *f)
{
    run_drops_t *d = &flow_of(fn, f->looped)->drops;
    (*(f->hpa == LEDGER_FREED ? &d->driver : &d->in_flight_at_end))++;
}

// Dropped, unless a copy comes: that may be handed up after the buffer was freed.
void tb_freed(void *ctx, const os_pkt_t *p)
{
    tb_func_t *fn = ctx;
    if (fn->t->over) return;
    for (unsigned i = 0; i < TB_QUEUES && fn->rx[i]; i++) {
        ledger_t *q = fn->rx[i];
        for (uint64_t n = q->received; n != q->hosted; n++) {
            ledger_frame_t *f = ledger_at(q, n);
            if (f->hpa <= LEDGER_FREED || !os_pkt_holds(p, f->hpa)) continue;
            f->hpa = LEDGER_FREED;
            if (n - q->received >= COPIES_MAX && ledger_oldest(q)->hpa == LEDGER_FREED)
                driver_drops(fn, ledger_receive(q));
            return;
        }
    }
}

static void on_dropped(void *ctx, const os_pkt_t *p, uint64_t cyc)
{
    tb_func_t *f = ctx;
    if (f->t->over) return;
    (void)cyc;
    f->in_stack[tb_looped(p)]--;
    flow_of(f, tb_looped(p))->drops.socket_buffer++;
    tb_account(f->t);
}

// Whoever looks at what applications get.
static NOINLINE void show_delivered(tb_func_t *f, const os_pkt_t *p, uint64_t cyc)
{
    testbed_t *t = f->t;
    const run_tap_t *tap = t->cfg->tap;
    if (tap && tap->delivered) tap->delivered(tap->ctx, cyc, p->data, p->len);
    if (tap && tap->delivered_by) tap->delivered_by(tap->ctx, f->number, cyc, p->data, p->len);
    if (t->pcap) trace_writer_put(t->pcap, tb_clock(t, cyc) * CYC_NS, p->data, p->len);
    if (t->cfg->timeline) {
        const unsigned core = core_current(&t->sim)->id;
        uint64_t *end_cyc = &t->app_end_cyc[core];
        const uint64_t queued = p->stamp[OS_STAMP_SOCKET];
        const uint64_t from = queued > *end_cyc ? queued : *end_cyc;
        timeline_slice(t->cfg->timeline, timeline_core(core, TIMELINE_CORE_APP),
                       from < cyc ? from : cyc, cyc, "receive", "bytes", p->len, NULL, 0);
        *end_cyc = cyc;
    }
}

static void on_delivered(void *ctx, const os_pkt_t *p, uint64_t cyc)
{
    tb_func_t *f = ctx;
    testbed_t *t = f->t;
    if (t->over) return;
    run_result_t *r = t->r;
    const uint64_t now_cyc = tb_clock(t, cyc);
    const bool looped = tb_looped(p);
    if (!looped) meter_hist_add(&f->r->latency, (now_cyc - p->stamp[OS_STAMP_WIRE]) * CYC_NS);
    run_flow_t *flow = flow_of(f, looped);
    flow->delivered++;
    flow->delivered_bytes += p->len;
    if (!r->first_delivery_cyc) r->first_delivery_cyc = now_cyc;
    r->last_delivery_cyc = now_cyc;
    f->in_stack[looped]--;
    if (t->cfg->tap || t->pcap || t->cfg->timeline) show_delivered(f, p, cyc);
    if (rr_heard(&f->client, p->data, p->len, cyc)) t->moves++;
    tb_account(t);
}

// What another function has sent is not sent back: two applications would do so for ever.
static bool is_answered(void *ctx, const os_pkt_t *p)
{
    (void)ctx;
    return !tb_looped(p);
}

void tb_stack_observers(tb_func_t *f, netstack_params_t *p)
{
    p->ctx = f;
    p->received = on_received;
    p->dropped = on_dropped;
    p->delivered = on_delivered;
    if (f->t->funcs > 1) p->answered = is_answered;
}

static void on_backlog_full(void *ctx, const os_pkt_t *p, bool received)
{
    tb_func_t *f = ctx;
    if (f->t->over) return;
    if (!received) {
        f->backlog_full++;
        return;
    }
    f->in_stack[tb_looped(p)]--;
    flow_of(f, tb_looped(p))->drops.backend_queue++;
    tb_account(f->t);
}

void tb_veth_observers(tb_func_t *f, veth_params_t *p)
{
    p->ctx = f;
    p->dropped = on_backlog_full;
}

void tb_poll(void *ctx, unsigned core, uint64_t from_ps, uint64_t to_ps, int packets)
{
    testbed_t *t = ctx;
    if (t->over) return;
    timeline_slice(t->cfg->timeline, timeline_core(core, TIMELINE_CORE_POLL), from_ps / CYC_PS,
                   to_ps / CYC_PS, "poll", "packets", (uint64_t)packets, NULL, 0);
}

void tb_exit(void *ctx, unsigned core, const char *name, uint64_t from_ps, uint64_t to_ps)
{
    testbed_t *t = ctx;
    if (t->over) return;
    timeline_slice(t->cfg->timeline, timeline_core(core, TIMELINE_CORE_EXIT), from_ps / CYC_PS,
                   to_ps / CYC_PS, name, NULL, 0, NULL, 0);
}

void tb_irq(void *ctx, unsigned core, uint64_t from_ps, uint64_t to_ps, bool claimed)
{
    testbed_t *t = ctx;
    if (t->over) return;
    timeline_slice(t->cfg->timeline, timeline_core(core, TIMELINE_CORE_IRQ), from_ps / CYC_PS,
                   to_ps / CYC_PS, claimed ? "interrupt" : "spurious interrupt", NULL, 0, NULL, 0);
}
