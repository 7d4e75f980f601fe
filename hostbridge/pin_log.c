// SPDX-License-Identifier: Apache-2.0
#include "hostbridge/pin_log.h"

#include "rtl/defs_82576.h"

#include <inttypes.h>
#include <libdeflate.h>

enum { IN, OUT };       // directions
enum { FRAME, STREAM }; // channels with more than one beat

static pin_event_t *add(pin_log_t *l, uint64_t cyc, enum pin_event_kind kind)
{
    pin_event_t *e = &l->event[l->count++ % PIN_LOG_EVENTS];
    *e = (pin_event_t){.cyc = cyc, .kind = kind};
    return e;
}

static void begin(pin_log_t *l, int channel, int dir, uint64_t cyc, enum pin_event_kind kind,
                  uint64_t head)
{
    add(l, cyc, kind)->head = head;
    l->open[channel][dir] = l->count;
}

// The open event of a channel, NULL when newer ones have pushed it out.
static pin_event_t *opened(pin_log_t *l, int channel, int dir)
{
    const uint64_t n = l->open[channel][dir];
    if (n == 0 || l->count - (n - 1) > PIN_LOG_EVENTS) return NULL;
    return &l->event[(n - 1) % PIN_LOG_EVENTS];
}

static void take(pin_event_t *e, uint64_t beat, uint32_t bytes)
{
    uint8_t b[NIC_BeatBytes];
    for (uint32_t k = 0; k < bytes; k++) b[k] = (uint8_t)(beat >> (8 * k));
    e->crc = libdeflate_crc32(e->crc, b, bytes);
    e->bytes += bytes;
}

static void end(pin_log_t *l, int channel, int dir)
{
    pin_event_t *e = opened(l, channel, dir);
    if (e) e->ended = true;
    l->open[channel][dir] = 0;
}

static void frame(pin_log_t *l, int dir, uint64_t now, bool valid, bool byte, uint64_t data)
{
    if (valid && l->open[FRAME][dir] == 0)
        begin(l, FRAME, dir, now, dir == IN ? PIN_RX_FRAME : PIN_TX_FRAME, 0);
    pin_event_t *e = opened(l, FRAME, dir);
    if (valid && byte && e) take(e, data, 1);
    if (!valid && l->open[FRAME][dir]) end(l, FRAME, dir);
}

static void requester(pin_log_t *l, uint64_t now, const nic_out_t *o)
{
    if (!o->req_valid) return;
    if (o->req_sop) {
        begin(l, STREAM, OUT, now, PIN_TLP, o->req_data);
        l->beat = 0;
    }
    pin_event_t *e = opened(l, STREAM, OUT);
    if (e && l->beat == 1) e->addr = o->req_data;
    if (e && l->beat > 1) take(e, o->req_data, NIC_BeatBytes);
    l->beat++;
    if (o->req_eop) end(l, STREAM, OUT);
}

static void completion(pin_log_t *l, uint64_t now, const nic_in_t *in)
{
    if (!in->cpl_valid) return;
    if (in->cpl_sop) begin(l, STREAM, IN, now, PIN_COMPLETION, in->cpl_data);
    pin_event_t *e = opened(l, STREAM, IN);
    if (e && !in->cpl_sop) take(e, in->cpl_data, NIC_BeatBytes);
    if (in->cpl_eop) end(l, STREAM, IN);
}

void pin_log_cycle(pin_log_t *l, uint64_t now, const nic_in_t *in, const nic_out_t *out)
{
    if (in->rx_dv || l->open[FRAME][IN]) frame(l, IN, now, in->rx_dv, in->rx_ce, in->rxd);
    if (out->tx_en || l->open[FRAME][OUT]) frame(l, OUT, now, out->tx_en, out->tx_ce, out->txd);
    requester(l, now, out);
    completion(l, now, in);
    if (out->csr_rvalid) add(l, now, PIN_REPLY)->head = out->csr_rdata;
    if (in->csr_valid) {
        pin_event_t *e = add(l, now, PIN_ACCESS);
        e->head = in->csr_space | in->csr_write << 8 | in->csr_be << 16 | in->csr_func << 24;
        e->addr = in->csr_addr;
        e->crc = (uint32_t)in->csr_wdata;
    }
    if ((out->intx != 0) != l->intx) {
        l->intx = out->intx != 0;
        add(l, now, PIN_INTX)->head = out->intx;
    }
    if (in->lp_present != l->in.lp_present || in->lp_speed != l->in.lp_speed ||
        in->lp_pause != l->in.lp_pause)
        add(l, now, PIN_PARTNER)->head = in->lp_present | in->lp_speed << 8 | in->lp_pause << 16;
    l->in = *in;
}

unsigned pin_log_count(const pin_log_t *l)
{
    return l->count < PIN_LOG_EVENTS ? (unsigned)l->count : PIN_LOG_EVENTS;
}

static const char *register_of_82576(unsigned func, uint32_t addr)
{
    const igb_at_t at = func == 0         ? igb_reg_at(addr)
                        : func <= IGB_Vfs ? igb_vreg_at(func - 1, addr)
                                          : (igb_at_t){0};
    for (unsigned i = 0; func && at.valid && i < igb_vreg_row_count; i++) {
        const igb_vreg_row_t *r = &igb_vreg_rows[i];
        if (addr >= r->off && addr < r->off + (r->stride ? r->stride : 4) * r->count)
            return r->name;
    }
    const reg_row_t *row = at.valid ? igb_reg_row(at.reg) : NULL;
    return row ? row->name : "";
}

static const char *register_at(const pin_log_t *l, unsigned func, uint64_t space, uint64_t addr)
{
    static const char *const IO[] = {"IOADDR", "IODATA"};
    if (space == NIC_SPACE_IO) return addr < 8 ? IO[addr / 4] : "";
    if (space != NIC_SPACE_MEM) return "";
    if (l->nic == NIC_82576) return register_of_82576(func, (uint32_t)addr);
    for (unsigned i = 0; i < reg_row_count; i++) {
        const reg_row_t *r = &reg_rows[i];
        if (addr >= r->off && addr < r->off + (uint64_t)(r->stride ? r->stride : 4) * r->count)
            return r->name;
    }
    return "";
}

// "tag 5 (transmit data)"; of the 82576 with the queue.
static void tag_text(const pin_log_t *l, uint64_t header, char *text, size_t len)
{
    static const char *const TAG[] = {"receive data",
                                      "receive fetch",
                                      "receive write-back",
                                      "transmit fetch",
                                      "transmit write-back",
                                      "transmit data",
                                      "message",
                                      "?"};
    const unsigned tag = header >> 16 & 0xFF;
    if (l->nic != NIC_82576) snprintf(text, len, "tag %u (%s)", tag, TAG[tag & 7]);
    else snprintf(text, len, "tag %02X (%s, queue %u)", tag, TAG[tag & 7], tag >> 3);
}

void pin_log_text(const pin_log_t *l, unsigned i, char line[PIN_LOG_LINE])
{
    static const char *const TYPE[] = {"DMA read", "DMA write", "message", "?"};
    static const char *const SPACE[] = {"configuration", "memory", "I/O", "MSI-X"};
    static const unsigned MBPS[] = {10, 100, 1000, 0};
    const pin_event_t *e = &l->event[(l->count - pin_log_count(l) + i) % PIN_LOG_EVENTS];
    const uint64_t h = e->head;
    char text[PIN_LOG_LINE - 32], tag[64], who[24] = "";
    int n;
    switch (e->kind) {
    case PIN_RX_FRAME:
    case PIN_TX_FRAME:
        snprintf(text, sizeof text, "%s, %" PRIu32 " bytes with preamble, crc %08" PRIX32,
                 e->kind == PIN_RX_FRAME ? "frame received" : "frame sent", e->bytes, e->crc);
        break;
    case PIN_TLP:
        tag_text(l, h, tag, sizeof tag);
        if (l->nic == NIC_82576)
            snprintf(who, sizeof who, " of function %u", (unsigned)(h >> 8 & 0xFF));
        n = snprintf(text, sizeof text, "%s%s, %s, %u bytes at %" PRIX64, TYPE[h & 3], who, tag,
                     (unsigned)(h >> 32), e->addr);
        if (e->bytes)
            snprintf(text + n, sizeof text - (size_t)n, ", payload crc %08" PRIX32, e->crc);
        break;
    case PIN_COMPLETION:
        tag_text(l, h, tag, sizeof tag);
        snprintf(text, sizeof text, "completion, %s, %u bytes, payload crc %08" PRIX32, tag,
                 (unsigned)(h >> 32), e->crc);
        break;
    case PIN_ACCESS: {
        const unsigned func = h >> 24 & 0xFF;
        const char *name = register_at(l, func, h & 3, e->addr);
        if (func) snprintf(who, sizeof who, " by function %u", func);
        if (h >> 8 & 1)
            snprintf(text, sizeof text, "%s write %05" PRIX64 " %s = %08" PRIX32 ", enables %X%s",
                     SPACE[h & 3], e->addr, name, e->crc, (unsigned)(h >> 16 & 15), who);
        else
            snprintf(text, sizeof text, "%s read %05" PRIX64 " %s%s", SPACE[h & 3], e->addr, name,
                     who);
        break;
    }
    case PIN_REPLY: snprintf(text, sizeof text, "reply %08" PRIX64, h); break;
    case PIN_INTX: snprintf(text, sizeof text, "INTA# %s", h ? "asserted" : "released"); break;
    case PIN_PARTNER:
        snprintf(text, sizeof text, "partner %s, %u Mb/s, PAUSE %s", h & 1 ? "present" : "gone",
                 MBPS[h >> 8 & 3], h >> 16 & 1 ? "yes" : "no");
        break;
    }
    const bool open = !e->ended && (e->kind == PIN_RX_FRAME || e->kind == PIN_TX_FRAME ||
                                    e->kind == PIN_TLP || e->kind == PIN_COMPLETION);
    snprintf(line, PIN_LOG_LINE, "%10" PRIu64 "  %s%s", e->cyc, text, open ? " (under way)" : "");
}
