// SPDX-License-Identifier: Apache-2.0
#include "tests/mock_nic.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static uint64_t act_cyc(const mock_t *m)
{
    if (m->done == m->acts) return SIM_NEVER;
    const mock_act_t *a = &m->act[m->done];
    uint64_t first_cyc = a->want_cyc;
    if (a->type != MOCK_INTX && first_cyc < m->ready_cyc) first_cyc = m->ready_cyc;
    // Announced in the cycle before its first beat, and never in the past.
    return first_cyc - 1 < m->now_cyc ? m->now_cyc : first_cyc - 1;
}

static uint64_t reply_cyc(const mock_t *m)
{
    for (unsigned i = m->replied; i < m->accesses; i++) {
        if (!m->access[i].write) return m->access[i].cyc + MOCK_REPLY_CYC - 1;
    }
    return SIM_NEVER;
}

static uint64_t mock_next(void *ctx)
{
    mock_t *m = ctx;
    uint64_t a = act_cyc(m), r = reply_cyc(m);
    return a < r ? a : r;
}

static void do_act(mock_t *m, uint64_t cyc)
{
    mock_act_t *a = &m->act[m->done++];
    a->first_cyc = cyc + 1;
    if (a->type == MOCK_INTX) {
        m->host->intx(m->host->ctx, a->first_cyc, a->value != 0);
        return;
    }
    uint8_t data[NIC_Mrrs];
    for (unsigned i = 0; i < sizeof data; i++) data[i] = (uint8_t)(a->value >> (i % 4 * 8));
    nic_tlp_t t = {.type = (uint8_t)a->type,
                   .func = a->func,
                   .tag = (uint8_t)(m->done & 7),
                   .len = a->len,
                   .addr = a->addr,
                   .beats = NIC_HdrBeats,
                   .data = data};
    if (a->type != NIC_TLP_READ) t.beats += (a->len + NIC_BeatBytes - 1) / NIC_BeatBytes;
    if (a->type == NIC_TLP_WRITE) m->granted++;
    a->ready_cyc = m->ready_cyc = m->host->tlp(m->host->ctx, a->first_cyc, &t);
    assert_true(a->ready_cyc >= a->first_cyc + t.beats);
}

static uint64_t mock_run(void *ctx, uint64_t until)
{
    mock_t *m = ctx;
    m->stopped = false;
    for (;;) {
        uint64_t cyc = mock_next(m);
        if (cyc >= until) return m->now_cyc = until;
        m->now_cyc = cyc;
        if (reply_cyc(m) == cyc) {
            while (m->access[m->replied].write) m->replied++;
            m->access[m->replied].granted = m->granted;
            const mock_seen_t *a = &m->access[m->replied++];
            const uint32_t data =
                m->config && a->space == NIC_SPACE_CFG ? m->config[a->addr / 4] : ~a->addr;
            m->host->csr_reply(m->host->ctx, cyc + 1, data);
        }
        if (act_cyc(m) == cyc) do_act(m, cyc);
        m->now_cyc = cyc + 1;
        if (m->stopped) return m->now_cyc;
    }
}

static void mock_stop(void *ctx)
{
    ((mock_t *)ctx)->stopped = true;
}

static bool mock_access(void *ctx, uint64_t cyc, const nic_access_t *a)
{
    mock_t *m = ctx;
    assert_true(cyc >= m->now_cyc);
    assert_true(m->accesses == 0 || cyc > m->access[m->accesses - 1].cyc);
    if (m->refuse) {
        m->refuse--;
        return false;
    }
    m->access[m->accesses++] = (mock_seen_t){.cyc = cyc,
                                             .write = a->write,
                                             .addr = a->addr,
                                             .func = a->func,
                                             .space = a->space,
                                             .value = a->wdata};
    return true;
}

static void mock_completion(void *ctx, uint64_t first_cyc, uint8_t tag, const uint8_t *data,
                            uint32_t len)
{
    mock_t *m = ctx;
    assert_true(first_cyc >= m->now_cyc);
    assert_true(first_cyc >= m->cpl_free_cyc);
    m->cpl_free_cyc = first_cyc + NIC_CplHdrBeats + (len + NIC_BeatBytes - 1) / NIC_BeatBytes;
    mock_seen_t *c = &m->cpl[m->cpls++];
    *c = (mock_seen_t){.cyc = first_cyc, .len = len, .tag = tag};
    memcpy(&c->value, data, len < 4 ? len : 4);
}

void mock_init(mock_t *m, sim_t *sim, const nic_host_t *host)
{
    *m = (mock_t){.sim = sim, .host = host};
    m->act = calloc(MOCK_MAX, sizeof *m->act);
    m->access = calloc(MOCK_MAX, sizeof *m->access);
    m->cpl = calloc(MOCK_MAX, sizeof *m->cpl);
    sim->engine = (sim_engine_t){m, mock_next, mock_run, mock_stop};
}

void mock_free(mock_t *m)
{
    free(m->act);
    free(m->access);
    free(m->cpl);
}

nic_ops_t mock_ops(mock_t *m)
{
    return (nic_ops_t){.nic = m, .access = mock_access, .completion = mock_completion};
}

mock_act_t *mock_add(mock_t *m, uint64_t want_cyc, int type, uint64_t addr, uint32_t len,
                     uint32_t value)
{
    assert_true(m->acts < MOCK_MAX);
    mock_act_t *a = &m->act[m->acts++];
    *a = (mock_act_t){.want_cyc = want_cyc, .type = type, .addr = addr, .len = len, .value = value};
    return a;
}
