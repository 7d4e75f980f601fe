// SPDX-License-Identifier: Apache-2.0
// Plays recorded transfers as pins, and reads transfers off the pins.
#include "tests/stim_play.h"

#include "model/pins.h"

#include <stdlib.h>
#include <string.h>

enum { KINDS = 5 };

typedef struct feed {
    const stim_run_t *from;
    const stim_input_t *at[KINDS]; // next or present one of each kind
} feed_t;

static const stim_input_t *next_of(const stim_run_t *r, const stim_input_t *i, int kind)
{
    const stim_input_t *end = r->input + r->inputs;
    for (i = i ? i + 1 : r->input; i < end; i++)
        if ((int)i->kind == kind) return i;
    return NULL;
}

// Inputs of cycle `now`.
static void drive(feed_t *f, uint64_t now, nic_in_t *in)
{
    const stim_input_t **at = f->at;
    in->rx_dv = in->rx_ce = in->rx_er = in->csr_valid = in->cpl_valid = in->cpl_sop = in->cpl_eop =
        0;
    in->req_ready = 1;
    const stim_input_t *i = at[STIM_FRAME];
    if (i && now >= i->cyc) {
        const uint64_t byte = (now - i->cyc) / i->stride;
        if (byte < NIC_PreambleBytes + i->len) {
            in->rx_dv = 1;
            in->rx_ce = (now - i->cyc) % i->stride == 0;
            in->rxd = byte < 7 ? 0x55 : byte == 7 ? 0xD5 : i->bytes[byte - NIC_PreambleBytes];
            in->rx_er = i->er && byte == NIC_PreambleBytes + i->len - 1;
            if (byte == NIC_PreambleBytes + i->len - 1)
                at[STIM_FRAME] = next_of(f->from, i, STIM_FRAME);
        }
    }
    i = at[STIM_ACCESS];
    if (i && now == i->cyc) {
        in->csr_valid = 1;
        in->csr_write = i->access.write;
        in->csr_space = i->access.space;
        in->csr_func = i->access.func;
        in->csr_addr = i->access.addr;
        in->csr_be = i->access.be;
        in->csr_wdata = i->access.wdata;
        at[STIM_ACCESS] = next_of(f->from, i, STIM_ACCESS);
    }
    i = at[STIM_COMPLETION];
    if (i && now >= i->cyc) {
        const uint64_t beat = now - i->cyc, beats = 1 + (i->len + 7) / 8;
        in->cpl_valid = 1;
        in->cpl_sop = beat == 0;
        in->cpl_eop = beat == beats - 1;
        in->cpl_data = beat == 0 ? 3ull | (uint64_t)i->tag << 16 | (uint64_t)i->len << 32 : 0;
        for (uint64_t k = 0; beat && k < 8 && (beat - 1) * 8 + k < i->len; k++)
            in->cpl_data |= (uint64_t)i->bytes[(beat - 1) * 8 + k] << (8 * k);
        if (in->cpl_eop) at[STIM_COMPLETION] = next_of(f->from, i, STIM_COMPLETION);
    }
    for (; (i = at[STIM_PARTNER]) && now == i->cyc;
         at[STIM_PARTNER] = next_of(f->from, i, STIM_PARTNER)) {
        in->lp_present = i->present;
        in->lp_speed = i->speed;
        in->lp_pause = i->pause;
    }
    for (; (i = at[STIM_READY]) && now >= i->until;
         at[STIM_READY] = next_of(f->from, i, STIM_READY)) {}
    if (i && now >= i->cyc) in->req_ready = 0;
}

typedef struct reader {
    stim_run_t *r;
    uint64_t beats, tlp_first, header, addr;
    uint8_t payload[NIC_Mps + 8];
    bool tx_on, intx;
    uint64_t tx_first, tx_second, tx_bytes;
    uint8_t tx[NIC_FrameMax + 128];
} reader_t;

static void record(reader_t *d, uint64_t cyc, uint32_t kind, uint64_t a, uint64_t b)
{
    stim_run_t *r = d->r;
    if (r->count == r->size) {
        r->size = r->size ? r->size * 2 : 1024;
        r->event = realloc(r->event, r->size * sizeof *r->event);
        if (!r->event) abort();
    }
    r->event[r->count++] = (stim_event_t){cyc, kind, a, b};
}

static void requester(reader_t *d, uint64_t now, const nic_out_t *o)
{
    if (!o->req_valid) return;
    if (o->req_sop) {
        d->beats = 0;
        d->tlp_first = now;
        d->header = o->req_data;
    } else if (d->beats == 1) {
        d->addr = o->req_data;
    } else {
        memcpy(d->payload + (d->beats - 2) * 8, &o->req_data, 8);
    }
    d->beats++;
    if (!o->req_eop) return;
    const uint64_t type = d->header & 15, tag = d->header >> 16 & 0xFF,
                   len = d->header >> 32 & 0x1FFF;
    record(d, d->tlp_first, 'T', type << 60 | tag << 52 | len << 40 | (d->addr & 0xFFFFFFFFFFull),
           type == NIC_TLP_READ ? 0 : stim_hash(d->payload, (uint32_t)len));
}

static void transmit(reader_t *d, uint64_t now, const nic_out_t *o)
{
    if (o->tx_en && !d->tx_on) {
        d->tx_first = now;
        d->tx_bytes = 0;
    }
    if (o->tx_en && o->tx_ce) {
        if (d->tx_bytes == 1) d->tx_second = now;
        d->tx[d->tx_bytes++] = (uint8_t)o->txd;
    }
    if (!o->tx_en && d->tx_on)
        record(d, d->tx_first, 'X', d->tx_second - d->tx_first,
               stim_hash(d->tx + NIC_PreambleBytes, (uint32_t)d->tx_bytes - NIC_PreambleBytes));
    d->tx_on = o->tx_en;
}

void stim_play_pins(enum nic_personality nic, const stim_run_t *from, uint64_t cycles,
                    stim_run_t *r)
{
    const nic_config_t cfg = stim_config(nic);
    nic_pins_t *p = nic_pins_create(&cfg);
    reader_t *d = calloc(1, sizeof *d);
    if (!p || !d) abort();
    memset(r, 0, sizeof *r);
    d->r = r;
    feed_t f = {.from = from};
    for (int k = 0; k < KINDS; k++) f.at[k] = next_of(from, NULL, k);
    nic_in_t in = {0};
    for (uint64_t now = 0; now < cycles; now++) {
        const nic_out_t o = nic_pins_out(p);
        requester(d, now, &o);
        transmit(d, now, &o);
        if (o.csr_rvalid) record(d, now, 'R', o.csr_rdata, 0);
        if ((o.intx != 0) != d->intx) record(d, now, 'I', o.intx, 0);
        d->intx = o.intx;
        drive(&f, now, &in);
        nic_pins_tick(p, &in);
    }
    stim_sort(r);
    stim_finish(r, nic_pins_nic(p));
    nic_pins_destroy(p);
    free(d);
}
