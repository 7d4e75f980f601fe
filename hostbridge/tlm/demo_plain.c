// SPDX-License-Identifier: Apache-2.0
// The TLM-2.0 example without SystemC: demo_rx.h's program, called by a loop over cycles. demo-plain LOG [TRACE]
#include "hostbridge/engine.h"
#include "hostbridge/tlm/demo_rx.h"

#include <string.h>

enum state { SETUP, WAIT_INTX, WAIT_REPLY, WAIT_CHECK };

typedef struct dma_write {
    uint64_t end_cyc, addr;
    uint32_t len;
    uint8_t data[NIC_Mps];
} dma_write_t;

typedef struct plain {
    demo_rx_t host;
    nic_t *nic;
    enum state state;
    uint64_t act_cyc; // the host acts in this cycle; NIC_NEVER: it waits
    bool level;
    uint32_t reply;
    uint64_t csr_free, cpl_free;
    dma_write_t dma[64]; // not yet in memory
    uint32_t put, get;
} plain_t;

static void apply(plain_t *p, uint64_t before_cyc)
{
    for (; p->get != p->put && p->dma[p->get % 64].end_cyc < before_cyc; p->get++) {
        dma_write_t *w = &p->dma[p->get % 64];
        demo_rx_dma(&p->host, true, w->addr, w->data, w->len);
    }
}

static uint64_t on_tlp(void *ctx, uint64_t first, const nic_tlp_t *t)
{
    plain_t *p = ctx;
    const uint64_t end = first + t->beats - 1;
    if (t->type == NIC_TLP_READ) {
        uint8_t data[NIC_Mrrs];
        memset(data, 0xFF, sizeof data);
        apply(p, first);
        demo_rx_dma(&p->host, false, t->addr, data, t->len);
        demo_log_dma(&p->host, end, false, t->addr, data, t->len);
        const uint64_t cyc = end + 1 < p->cpl_free ? p->cpl_free : end + 1;
        nic_completion(p->nic, cyc, t->tag, data, t->len);
        p->cpl_free = cyc + NIC_CplHdrBeats + (t->len + NIC_BeatBytes - 1) / NIC_BeatBytes;
        return end + 1;
    }
    demo_log_dma(&p->host, end, true, t->addr, t->data, t->len);
    if (p->put - p->get == 64) apply(p, first);
    dma_write_t *w = &p->dma[p->put++ % 64];
    w->end_cyc = end;
    w->addr = t->addr;
    w->len = t->len;
    memcpy(w->data, t->data, t->len);
    return end + 1;
}

static void on_reply(void *ctx, uint64_t cyc, uint32_t data)
{
    plain_t *p = ctx;
    demo_log_reply(&p->host, cyc, data);
    p->reply = data;
    p->act_cyc = cyc;
    nic_stop(p->nic);
}

static void on_intx(void *ctx, uint64_t cyc, bool level)
{
    plain_t *p = ctx;
    demo_log_intx(&p->host, cyc, level);
    p->level = level;
    if (p->state != WAIT_INTX || !level) return;
    p->act_cyc = cyc;
    nic_stop(p->nic);
}

static void on_tx_frame(void *ctx, uint64_t first, unsigned stride, const uint8_t *bytes,
                        uint32_t len)
{
    (void)ctx, (void)first, (void)stride, (void)bytes, (void)len; // this host sends nothing
}

// On the pins in the first free cycle behind `now`.
static void access_at(plain_t *p, uint64_t now, const nic_access_t *a)
{
    const uint64_t cyc = now + 1 < p->csr_free ? p->csr_free : now + 1;
    p->csr_free = cyc + 1;
    demo_log_access(&p->host, now, a);
    nic_access(p->nic, cyc, a);
}

static void act(plain_t *p, uint64_t now)
{
    nic_access_t a;
    p->act_cyc = NIC_NEVER;
    switch (p->state) {
    case SETUP:
        for (unsigned i = 0; demo_rx_setup(&p->host, i, &a); i++) access_at(p, now, &a);
        p->state = WAIT_INTX;
        break;
    case WAIT_REPLY:
        apply(p, now);
        if (demo_rx_clean(&p->host, now, p->reply, &a)) access_at(p, now, &a);
        p->state = WAIT_CHECK;
        p->act_cyc = now + DEMO_CHECK;
        break;
    default:
        p->state = WAIT_INTX;
        if (!p->level) break;
        a = demo_rx_icr();
        access_at(p, now, &a);
        p->state = WAIT_REPLY;
        break;
    }
}

// The whole trace, from power-good on. 0 ok, 1 after a message.
static int play(plain_t *p)
{
    char err[TRACE_ERR_LEN];
    uint64_t first = 0, end = DEMO_START;
    uint32_t len = 0;
    bool good = true;
    const uint8_t *frame = demo_rx_frame(&p->host, &first, &len, &good, err);
    for (;;) {
        uint64_t until = frame ? first : end;
        if (p->act_cyc < until) until = p->act_cyc;
        if (nic_run(p->nic, until) < until) continue;
        if (p->act_cyc == until) {
            act(p, until);
        } else if (frame) {
            nic_rx_frame(p->nic, first, frame, len, good, false);
            end = first + 1000000; // time enough for the last interrupt
            frame = demo_rx_frame(&p->host, &first, &len, &good, err);
        } else {
            break;
        }
    }
    if (err[0]) fprintf(stderr, "demo-plain: %s\n", err);
    printf("plain C: %llu frames, %llu bytes, %llu interrupts\n",
           (unsigned long long)p->host.frames, (unsigned long long)p->host.bytes,
           (unsigned long long)p->host.interrupts);
    return err[0] != 0;
}

int main(int argc, char **argv)
{
    static plain_t p;
    char err[TRACE_ERR_LEN];
    p.host.log = argc > 1 ? fopen(argv[1], "w") : NULL;
    if (!p.host.log) {
        fprintf(stderr, "usage: demo-plain LOG [TRACE]\n");
        return 2;
    }
    const nic_config_t cfg = {.personality = NIC_82540EM, .mac = {2, 0, 0, 0, 0, 1}};
    const nic_host_t host = {&p, on_tlp, on_reply, on_intx, on_tx_frame, NULL};
    int status = 1;
    p.host.trace = trace_open(argc > 2 ? argv[2] : "gen:imix,count=2000", NULL, err);
    p.nic = nic_create(&cfg, &host);
    if (!p.host.trace) {
        fprintf(stderr, "demo-plain: %s\n", err);
    } else if (p.nic) {
        nic_partner(p.nic, 1, true, 2, false);
        status = play(&p);
    }
    nic_destroy(p.nic);
    if (p.host.trace) trace_close(p.host.trace);
    return fclose(p.host.log) != 0 || status;
}
