// SPDX-License-Identifier: Apache-2.0
#include "tests/iso_hostile.h"

#include "tests/iso_frames.h"

#include <string.h>

enum { RX, TX };

static uint64_t rnd64(hostile_t *h)
{
    h->rng ^= h->rng << 13;
    h->rng ^= h->rng >> 7;
    h->rng ^= h->rng << 17;
    return h->rng * 0x2545F4914F6CDD1Dull;
}

static uint32_t rnd(hostile_t *h, uint32_t below)
{
    return (uint32_t)((rnd64(h) >> 32) * below >> 32);
}

static bool one_in(hostile_t *h, uint32_t n)
{
    return rnd(h, n) == 0;
}

static uint32_t any_value(hostile_t *h)
{
    switch (rnd(h, 8)) {
    case 0: return 0;
    case 1: return UINT32_MAX;
    case 2: return 1u << rnd(h, 32);
    case 3: return rnd(h, 256);
    case 4: return rnd(h, 65536);
    default: return (uint32_t)rnd64(h);
    }
}

// Of memory: anywhere, where others have theirs, near the end of everything.
static uint64_t any_address(hostile_t *h)
{
    switch (rnd(h, 8)) {
    case 0: return (uint64_t)(1 + rnd(h, 8)) << 40 | rnd(h, 1 << 20);
    case 1: return rnd(h, 1 << 20);
    case 2: return UINT64_MAX - rnd(h, 1 << 14);
    case 3: return 0xFEE00000 + rnd(h, 0x1000);
    default: return rnd64(h);
    }
}

// ---- what it has asked for ----

static void remember(hostile_past_t *p, uint64_t at, uint32_t len)
{
    p->span[p->count++ % HOSTILE_PAST] = (hostile_span_t){at, len};
}

static bool asked_for(const hostile_past_t *p, uint32_t back, uint64_t at, uint32_t len)
{
    for (uint32_t i = 1; i <= back && i <= p->count; i++) {
        const hostile_span_t *s = &p->span[(p->count - i) % HOSTILE_PAST];
        if (at - s->at < s->len && len <= s->len - (at - s->at)) return true;
    }
    return false;
}

// Queue registers that say where its rings are.
static void ring_asked(hostile_t *h, bool tx, unsigned k)
{
    const unsigned q = h->n + IGB_Vfs * k;
    const uint32_t *r = h->reg;
    const uint32_t bal = r[(tx ? IGB_R_TDBAL : IGB_R_RDBAL) + q],
                   bah = r[(tx ? IGB_R_TDBAH : IGB_R_RDBAH) + q];
    remember(&h->ring[tx][k], (uint64_t)bah << 32 | bal, r[(tx ? IGB_R_TDLEN : IGB_R_RDLEN) + q]);
    if (tx)
        remember(&h->heads[k], (uint64_t)r[IGB_R_TDWBAH + q] << 32 | (r[IGB_R_TDWBAL + q] & ~3u),
                 4);
}

// A reset takes everything away.
static void forget(hostile_t *h)
{
    memset(h->reg, 0, sizeof h->reg);
    for (unsigned k = 0; k < 2; k++) {
        ring_asked(h, false, k);
        ring_asked(h, true, k);
    }
}

void hostile_gone(hostile_t *h)
{
    h->resets++;
    forget(h);
}

static void register_written(hostile_t *h, uint32_t addr, uint32_t w)
{
    const regs_82576_at_t at = regs_82576_at(&h->b->nic->igb.map, 1 + h->n, addr);
    if (!at.valid) return;
    if (at.id == IGB_R_VTCTRL && (w & FMASK(IGB_VTCTRL_RST))) {
        hostile_gone(h);
        return;
    }
    switch (at.id) {
    case IGB_R_RDBAL:
    case IGB_R_RDBAH:
    case IGB_R_RDLEN:
    case IGB_R_TDBAL:
    case IGB_R_TDBAH:
    case IGB_R_TDLEN:
    case IGB_R_TDWBAL:
    case IGB_R_TDWBAH: break;
    default: return;
    }
    h->reg[at.id + at.index] = w & igb_reg_row(at.id)->wmask;
    ring_asked(h, at.id >= IGB_R_TDBAL, at.index / IGB_Vfs);
}

static void entry_written(hostile_t *h, uint32_t addr, uint32_t w)
{
    addr &= MSIX_BYTES - 4;
    const uint32_t k = addr / 16;
    if (k >= IGB_MsixVf) return;
    if (addr % 16 == 0) h->entry[k] = (h->entry[k] & ~0xFFFFFFFFull) | (w & ~3u);
    if (addr % 16 == 4) h->entry[k] = (h->entry[k] & 0xFFFFFFFF) | (uint64_t)w << 32;
    remember(&h->message[k], h->entry[k], 4);
}

static void put(hostile_t *h, unsigned space, uint32_t addr, bool write, uint32_t w, uint8_t be)
{
    const uint64_t resets = h->resets;
    const regs_82576_at_t at = regs_82576_at(&h->b->nic->igb.map, 1 + h->n, addr);
    if (!write) h->silent[h->b->asked % 256] = space == NIC_SPACE_MEM && !at.valid;
    igb_access_be(h->b, space, 1 + h->n, addr, write, w, be);
    const uint64_t cyc = h->b->csr_cyc - 1;
    h->accesses++;
    if (!write) return;
    if (space == NIC_SPACE_MEM && be == 0xF) register_written(h, addr, w);
    if (space == NIC_SPACE_MSIX && be == 0xF) entry_written(h, addr, w);
    if (space == NIC_SPACE_CFG && (addr & ~3u) == IGB_VCFG_DEVCTL && (be & 2) &&
        (w & FMASK(IGB_CFG_DEVCTL_FLR)))
        hostile_gone(h);
    // A register write in the cycle behind that of FLR comes before it.
    if (space == NIC_SPACE_CFG && resets != h->resets) h->flr_cyc = cyc;
    if (space == NIC_SPACE_MEM && cyc == h->flr_cyc + 1) forget(h);
}

static void wr(hostile_t *h, uint32_t addr, uint32_t w)
{
    put(h, NIC_SPACE_MEM, addr, true, w, 0xF);
}

static void cfg(hostile_t *h, uint32_t addr, uint32_t w)
{
    put(h, NIC_SPACE_CFG, addr, true, w, 0xF);
}

// ---- what it does ----

static void any_register(hostile_t *h)
{
    h->registers++;
    uint32_t addr = one_in(h, 8) ? (uint32_t)rnd64(h) : rnd(h, REGS_82576_VF_WORDS * 4);
    if (one_in(h, 3)) {
        const igb_vreg_row_t *r = &igb_vreg_rows[rnd(h, igb_vreg_row_count)];
        addr = r->off + rnd(h, r->count) * r->stride;
    }
    uint32_t w = any_value(h);
    if ((addr & (REGS_82576_VF_WORDS * 4 - 4)) == IGBVF_VTCTRL && !one_in(h, 8))
        w &= ~FMASK(IGB_VTCTRL_RST);
    put(h, NIC_SPACE_MEM, addr, rnd(h, 4) != 0, w, one_in(h, 3) ? (uint8_t)rnd(h, 16) : 0xF);
}

static void any_config(hostile_t *h)
{
    static const uint16_t AT[] = {IGB_VCFG_ID,       IGB_VCFG_COMMAND,  IGB_VCFG_MSIX,
                                  IGB_VCFG_DEVCTL,   IGB_CFG_BAR0,      IGB_CFG_PMCSR,
                                  IGB_CFG_SRIOV_CTL, IGB_CFG_SRIOV_NUM, IGB_CFG_VF_BAR0};
    h->configs++;
    uint32_t addr = one_in(h, 8) ? (uint32_t)rnd64(h) : rnd(h, IGB_CFG_BYTES);
    if (one_in(h, 3)) addr = AT[rnd(h, sizeof AT / sizeof AT[0])];
    uint32_t w = any_value(h);
    if (!one_in(h, 4)) w |= FMASK(IGB_VCFG_COMMAND_MASTER);
    if (!one_in(h, 16)) w &= ~FMASK(IGB_CFG_DEVCTL_FLR);
    put(h, NIC_SPACE_CFG, addr, rnd(h, 3) != 0, w, (uint8_t)rnd(h, 16));
}

static void any_table(hostile_t *h)
{
    h->tables++;
    const uint32_t addr = one_in(h, 4)   ? (uint32_t)rnd64(h)
                          : one_in(h, 4) ? 0x2000 + rnd(h, 16)
                                         : rnd(h, 0x100);
    put(h, NIC_SPACE_MSIX, addr, rnd(h, 3) != 0, any_value(h),
        one_in(h, 4) ? (uint8_t)rnd(h, 16) : 0xF);
}

static uint32_t queue_reg(bool tx, unsigned k, uint32_t off)
{
    return (tx ? IGBVF_TDBAL : IGBVF_RDBAL) + 0x100 * k + off;
}

// A ring: any base, length, head and tail, or one that works, with descriptors of no sense.
static void ring(hostile_t *h)
{
    const bool tx = rnd(h, 2), works = rnd(h, 3) != 0;
    const unsigned k = one_in(h, 3);
    const uint64_t base =
        one_in(h, 4) ? (uint64_t)h->n << 40 : any_address(h); // all rings in one place
    const uint32_t count = works ? 8 * (1 + rnd(h, one_in(h, 4) ? 4096 : 16)) : 0;
    h->rings++;
    h->endless[k] = tx && one_in(h, 6);
    if (rnd(h, 4)) wr(h, queue_reg(tx, k, 0x28), 0);
    wr(h, queue_reg(tx, k, 0), (uint32_t)base);
    wr(h, queue_reg(tx, k, 4), (uint32_t)(base >> 32));
    wr(h, queue_reg(tx, k, 8), works ? count * NIC_DescBytes : any_value(h));
    wr(h, queue_reg(tx, k, 0x10), works ? rnd(h, 2) * rnd(h, count) : any_value(h));
    wr(h, queue_reg(tx, k, 0x18), works ? rnd(h, 2) * rnd(h, count) : any_value(h));
    if (!tx)
        wr(h, queue_reg(tx, k, 0xC),
           works ? FPUT(IGB_SRRCTL_DESCTYPE, rnd(h, 8)) | rnd(h, 4) |
                       rnd(h, 16) << IGB_SRRCTL_BSIZEHEADER_LSB
                 : any_value(h));
    if (tx && one_in(h, 3)) {
        wr(h, queue_reg(tx, k, 0x38), (uint32_t)any_address(h) | 1);
        wr(h, queue_reg(tx, k, 0x3C), any_value(h));
    }
    wr(h, queue_reg(tx, k, 0x28), (any_value(h) & 0x1F1F1F) | FMASK(IGB_RXDCTL_ENABLE));
    wr(h, queue_reg(tx, k, 0x18), works ? count - 1 - rnd(h, 2) * rnd(h, count) : any_value(h));
}

static void move_tail(hostile_t *h)
{
    const bool tx = rnd(h, 2);
    const unsigned k = one_in(h, 3), q = h->n + IGB_Vfs * k;
    const uint32_t len = h->reg[(tx ? IGB_R_TDLEN : IGB_R_RDLEN) + q] / 128 * 8;
    wr(h, queue_reg(tx, k, 0x18), len && rnd(h, 8) ? rnd(h, len) : any_value(h));
}

static void reset(hostile_t *h)
{
    if (one_in(h, 2)) wr(h, IGBVF_VTCTRL, FMASK(IGB_VTCTRL_RST));
    else cfg(h, IGB_VCFG_DEVCTL, FMASK(IGB_CFG_DEVCTL_FLR));
}

// Resets behind each other, in every cycle or nearly, with other things in between.
static void storm(hostile_t *h)
{
    for (uint32_t i = 4 + rnd(h, 28); i-- > 0;) {
        reset(h);
        if (one_in(h, 4)) any_register(h);
        if (one_in(h, 8)) hostile_recover(h);
        if (one_in(h, 4)) h->b->csr_cyc += rnd(h, 8);
    }
}

void hostile_recover(hostile_t *h)
{
    cfg(h, IGB_VCFG_COMMAND, FMASK(IGB_VCFG_COMMAND_MASTER));
    cfg(h, IGB_VCFG_MSIX, FMASK(IGB_VCFG_MSIX_EN));
    wr(h, IGBVF_VTIVAR, 0x80808080u | (uint32_t)rnd64(h));
    wr(h, IGBVF_VTIVAR_MISC, 0x80 | rnd(h, 4));
    wr(h, IGBVF_VTEIMS, 7);
    wr(h, IGBVF_VTEIAC, rnd(h, 8));
    put(h, NIC_SPACE_MSIX, 16 * rnd(h, IGB_MsixVf) + 12, true, 0, 0xF);
}

// What it is up to, for a while: how often it does what, of 256.
typedef struct mood {
    uint8_t registers, configs, tables, io, rings, tails, resets, storms,
        sleep; // the rest: it puts itself right
} mood_t;

static const mood_t MOOD[] = {
    {.registers = 100,
     .configs = 20,
     .tables = 20,
     .io = 4,
     .rings = 30,
     .tails = 56,
     .resets = 4,
     .storms = 1},
    {.registers = 8,
     .configs = 2,
     .tables = 4,
     .rings = 16,
     .tails = 160,
     .sleep = 60}, // it works, nearly
    {.registers = 20, .rings = 40, .tails = 60, .resets = 16, .storms = 3},
    {.registers = 4, .rings = 2, .tails = 10, .sleep = 240},
};

void hostile_act(hostile_t *h)
{
    if (one_in(h, 300)) h->mood = rnd(h, sizeof MOOD / sizeof MOOD[0]);
    const mood_t *m = &MOOD[h->mood];
    uint32_t what = rnd(h, 256);
#define DO(field, action)                                                                          \
    if (what < m->field) {                                                                         \
        action;                                                                                    \
        return;                                                                                    \
    }                                                                                              \
    what -= m->field
    DO(registers, any_register(h));
    DO(configs, any_config(h));
    DO(tables, any_table(h));
    DO(io, put(h, NIC_SPACE_IO, rnd(h, 32), rnd(h, 2), any_value(h), 0xF));
    DO(rings, ring(h));
    DO(tails, move_tail(h));
    DO(resets, reset(h));
    DO(storms, storm(h));
    DO(sleep, h->slept++);
#undef DO
    hostile_recover(h);
}

void hostile_init(hostile_t *h, igb_bench_t *b, unsigned n, uint64_t seed)
{
    memset(h, 0, sizeof *h);
    h->b = b;
    h->n = n;
    h->rng = seed * 0x9E3779B97F4A7C15ull + 1;
    for (unsigned k = 0; k < IGB_MsixVf; k++) remember(&h->message[k], 0, 4);
    hostile_recover(h);
}

// ---- its memory ----

static uint64_t tx_data(hostile_t *h, bool endless)
{
    const bool sane = rnd(h, 4) != 0;
    const uint32_t len = sane ? 14 + rnd(h, one_in(h, 4) ? 1500 : 100) : rnd(h, 65536);
    const uint32_t cmd =
        IGB_ATXD_CMD_DEXT | IGB_ATXD_CMD_IFCS | (one_in(h, 4) ? 0 : IGB_ATXD_CMD_RS) |
        (one_in(h, 8) ? IGB_ATXD_CMD_TSE : 0) | (one_in(h, 8) ? IGB_ATXD_CMD_VLE : 0) |
        (endless || one_in(h, 8) ? 0 : IGB_ATXD_CMD_EOP);
    return DPUT(IGB_ATXD_DTALEN, len) | DPUT(IGB_ATXD_DTYP, IGB_ATXD_DTYP_D) |
           DPUT(IGB_ATXD_CMD, cmd) | DPUT(IGB_ATXD_IDX, rnd(h, 2)) |
           DPUT(IGB_ATXD_POPTS, rnd(h, 4)) |
           DPUT(IGB_ATXD_PAYLEN, one_in(h, 2) ? len : rnd(h, 1 << 18));
}

static uint64_t tx_context(hostile_t *h)
{
    const uint64_t any =
        rnd64(h) & ~(0xFull << (IGB_ATXD_DTYP_LSB - 64)) & ~(0xFFull << (IGB_ATXD_CMD_LSB - 64));
    return any | DPUT(IGB_ATXC_DTYP, IGB_ATXD_DTYP_C) | DPUT(IGB_ATXC_CMD, IGB_ATXD_CMD_DEXT);
}

static void descriptor(hostile_t *h, bool tx, unsigned k, uint64_t d[2])
{
    d[0] = any_address(h);
    d[1] = tx ? tx_data(h, h->endless[k]) : any_address(h);
    if (tx && one_in(h, 8)) d[1] = tx_context(h);
    if (one_in(h, 8)) d[1] = rnd64(h); // any bits
    if (tx && h->endless[k]) d[1] &= ~DPUT(IGB_ATXD_CMD, IGB_ATXD_CMD_EOP);
    if (tx) {
        remember(&h->desc[TX][k], d[0], (uint32_t)DGET(IGB_ATXD_DTALEN, d));
        return;
    }
    remember(&h->desc[RX][k], d[0], 128 << 10);
    remember(&h->desc[RX][k], d[1] & ~1ull, 64 << 6);
}

// Bytes to send: at the begin of a buffer often a frame that gets through.
static void payload(hostile_t *h, unsigned k, uint64_t at, uint32_t len, uint8_t *data)
{
    for (uint32_t i = 0; i < len; i += 8) {
        const uint64_t w = rnd64(h);
        memcpy(data + i, &w, len - i < 8 ? len - i : 8);
    }
    bool begins = false;
    for (uint32_t i = 1; i <= HOSTILE_DESCS && i <= h->desc[TX][k].count; i++)
        begins = begins || h->desc[TX][k].span[(h->desc[TX][k].count - i) % HOSTILE_PAST].at == at;
    if (!begins || len < 14 || one_in(h, 4)) return;
    h->frames++;
    iso_mac(data, rnd(h, ISO_GROUP + 1));
    if (one_in(h, 8)) data[5] ^= (uint8_t)rnd(h, 256);
    iso_mac(data + 6, one_in(h, 4) ? rnd(h, IGB_Vfs) : h->n);
    data[12] = one_in(h, 4) ? 0x81 : 8;
    data[13] = 0;
    if (data[12] == 0x81 && len >= 16) data[14] = 0, data[15] = (uint8_t)rnd(h, 8);
}

static const char *tlp_read(hostile_t *h, const nic_tlp_t *t, uint8_t *data)
{
    const unsigned k = t->tag >> 6 & 1, kind = t->tag & 7;
    if (kind == RQ_TX_DATA) {
        if (!asked_for(&h->desc[TX][k], HOSTILE_DESCS, t->addr, t->len))
            return "a read of no buffer";
        payload(h, k, t->addr, t->len, data);
        return NULL;
    }
    const bool tx = kind == RQ_TX_FETCH;
    if (!tx && kind != RQ_RX_FETCH) return "a read of nobody";
    if (!asked_for(&h->ring[tx][k], HOSTILE_PAST, t->addr, t->len)) return "a fetch behind a ring";
    for (uint32_t i = 0; i < t->len; i += NIC_DescBytes) {
        uint64_t d[2];
        descriptor(h, tx, k, d);
        memcpy(data + i, d, NIC_DescBytes);
        h->fetched++;
    }
    return NULL;
}

static const char *tlp_write(hostile_t *h, const nic_tlp_t *t)
{
    const unsigned k = t->tag >> 6 & 1, kind = t->tag & 7;
    h->written++;
    if (kind == RQ_RX_DATA)
        return asked_for(&h->desc[RX][k], HOSTILE_DESCS, t->addr, t->len) ? NULL
                                                                          : "a write to no buffer";
    if (kind != RQ_RX_WB && kind != RQ_TX_WB) return "a write of nobody";
    if (asked_for(&h->ring[kind == RQ_TX_WB][k], HOSTILE_PAST, t->addr, t->len)) return NULL;
    if (kind == RQ_TX_WB && asked_for(&h->heads[k], HOSTILE_PAST, t->addr, t->len)) return NULL;
    return "a write-back behind a ring";
}

static const char *message(hostile_t *h, const nic_tlp_t *t)
{
    h->messages++;
    for (unsigned k = 0; k < IGB_MsixVf; k++)
        if (asked_for(&h->message[k], HOSTILE_PAST, t->addr, 4)) return NULL;
    return "a message to nowhere";
}

const char *hostile_tlp(hostile_t *h, const nic_tlp_t *t, uint8_t *data)
{
    if (t->type == NIC_TLP_MSG) return message(h, t);
    const unsigned q = t->tag >> 3;
    if (q % IGB_Vfs != h->n || q >= IGB_Queues) return "a queue of another pool";
    if (t->type == NIC_TLP_WRITE) return tlp_write(h, t);
    h->read++;
    return tlp_read(h, t, data);
}

const char *hostile_answer(hostile_t *h, uint32_t number, uint32_t data)
{
    const bool silent = h->silent[number % 256];
    h->silent[number % 256] = false;
    return silent && data != 0 ? "a register that is not its own can be read" : NULL;
}
