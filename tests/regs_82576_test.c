// SPDX-License-Identifier: Apache-2.0
// The register table of rtl/regs_82576.def against the register file and the modules that hold registers, row by row:
// reset values, writable bits, second addresses, the windows of the VFs and what of others can be reached through them.
// Resets, restarts, flushes, malicious drivers, link, the ways to the registers.
#include "model/eitr.h"
#include "model/irq_82576.h"
#include "model/mailbox.h"
#include "model/nvm.h"
#include "model/regs_82576.h"
#include "model/stats_82576.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static const uint32_t patterns[4] = {0x5A5A5A5A, 0xA5A5A5A5, 0, 0xFFFFFFFF};

// ---- registers with all modules that hold some, but rings, PHY and switch: heads are a table, MDIC and WVBR read 0 ----

typedef struct world {
    uint64_t now;
    regs_82576_t regs;
    irq_82576_t irq;
    eitr_t eitr;
    mailbox_t mailbox;
    nvm_t nvm;
    stats_82576_t stats;
    uint16_t rdh[IGB_Queues], tdh[IGB_Queues];
    regs_82576_in_t in; // levels, and pulses of the next cycle
    regs_82576_status_t status;
    // what was visible in the cycle before
    regs_82576_pulses_t pulses;
    bool reset;
    unsigned bus; // pulses on the register bus
} world_t;

static regs_82576_map_t map;
static world_t world; // too big for the stack of some
static const uint8_t mac[6] = {2, 0, 0, 0, 0, 1};

static world_t *power_on(void)
{
    world_t *w = &world;
    memset(w, 0, sizeof *w);
    if (!map.row[IGB_R_COUNT - 1]) regs_82576_map(&map);
    nvm_image(w->nvm.word, mac);
    nvm_reset(&w->nvm);
    irq_82576_reset(&w->irq);
    eitr_reset(&w->eitr);
    mailbox_reset(&w->mailbox, true);
    stats_82576_reset(&w->stats);
    w->in.ral0 = nvm_ral0(&w->nvm);
    w->in.rah0 = nvm_rah0(&w->nvm);
    w->in.decodes = 0x1FF;
    w->in.there = 0xFF;
    w->in.io_en = true;
    w->in.phy_fd = true;
    w->in.phy_speed = 2;
    regs_82576_reset(&w->regs, &w->in);
    w->regs.there_q = 0xFF;
    w->now = 10;
    return w;
}

// A register's value as the PF would read it.
static uint32_t peek(const world_t *w, uint16_t id, uint32_t index)
{
    switch (igb_reg_rows[map.row[id]].owner) {
    case OWN_regs:
        return id == IGB_R_STATUS ? regs_82576_status(&w->regs, &w->status)
                                  : regs_82576_value(&w->regs, w->now, id, index);
    case OWN_irq: return irq_82576_read(&w->irq, id, (uint16_t)index);
    case OWN_eitr: return eitr_read(&w->eitr, index, w->now);
    case OWN_mailbox: return mailbox_read(&w->mailbox, id, (uint16_t)index);
    case OWN_nvm:
        return id == IGB_R_EECD   ? nvm_eecd(&w->nvm)
               : id == IGB_R_EERD ? nvm_eerd(&w->nvm)
                                  : w->nvm.swsm;
    case OWN_desc_ring: return id == IGB_R_RDH ? w->rdh[index] : w->tdh[index];
    case OWN_stats: return stats_82576_peek(&w->stats, id, index);
    default: return 0;
    }
}

// One cycle; `a` is on the pins, or NULL.
static void cycle(world_t *w, const nic_access_t *a)
{
    const uint64_t now = w->now;
    regs_82576_t *r = &w->regs;
    regs_82576_in_t *in = &w->in;
    csr_t csr = {0};
    if (r->csr_cyc == now) csr = r->csr;
    w->bus += csr.valid;
    in->now = now;
    in->access = a != NULL;
    if (a) in->what = *a;
    in->rdata = 0xDEADBEEF;
    if (r->csr_cyc == now && r->to_q == REGS_TO_CSR) in->rdata = peek(w, r->csr.id, r->csr.index);
    const uint8_t gone = regs_82576_vf_gone(r, in->flr, in->vf_start, in->vf_stop);
    w->pulses = regs_82576_pulses(r, now, gone);
    w->reset = regs_82576_resets(r, now, in->flr);

    for (unsigned q = 0; q < IGB_Queues; q++) {
        if (w->pulses.rx_head >> q & 1) w->rdh[q] = regs_82576_head(r, &w->pulses, q);
        if (w->pulses.tx_head >> q & 1) w->tdh[q] = regs_82576_head(r, &w->pulses, q);
    }
    const irq_82576_in_t irq = {.reset = w->reset,
                                .vf_reset = w->pulses.vf_reset,
                                .set = mailbox_vmmb(&w->mailbox, now) ? FMASK(IGB_ICR_VMMB) : 0,
                                .csr = csr,
                                .csr_func = r->csr_func};
    const mailbox_in_t mailbox = {.now = now,
                                  .csr = csr,
                                  .there = in->there,
                                  .vf_flr = (uint8_t)(in->flr >> 1),
                                  .vf_start = in->vf_start};
    const nvm_in_t nvm = {.now = now, .csr = csr, .reset = w->reset};
    const eitr_in_t eitr = {.now = now, .csr = csr};
    irq_82576_tick(&w->irq, &irq);
    mailbox_tick(&w->mailbox, &mailbox);
    nvm_tick(&w->nvm, &nvm);
    eitr_tick(&w->eitr, &eitr);
    if (csr.valid && !csr.write && stats_82576_mine(csr.id))
        stats_82576_read_clear(&w->stats, csr.id, csr.index);
    if (w->reset) {
        mailbox_reset(&w->mailbox, false);
        stats_82576_tick(&w->stats, &(stats_82576_in_t){.reset = true});
    }
    regs_82576_tick(r, &map, in);
    in->flr = 0;
    in->vf_start = 0;
    in->vf_stop = false;
    in->bad = false;
    w->now++;
}

static void run(world_t *w, unsigned cycles)
{
    while (cycles--) cycle(w, NULL);
}

static void put(world_t *w, unsigned space, unsigned func, uint32_t addr, uint8_t be, uint32_t data)
{
    const nic_access_t a = {true, (uint8_t)space, (uint8_t)func, be, addr, data};
    cycle(w, &a);
}

static void wr(world_t *w, unsigned func, uint32_t addr, uint32_t data)
{
    put(w, NIC_SPACE_MEM, func, addr, 0xF, data);
    run(w, 1);
}

static uint32_t get(world_t *w, unsigned space, unsigned func, uint32_t addr)
{
    const nic_access_t a = {false, (uint8_t)space, (uint8_t)func, 0xF, addr, 0};
    cycle(w, &a);
    cycle(w, NULL);
    assert_int_equal(w->regs.reply_cyc, w->now);
    return w->regs.rdata_q;
}

static uint32_t rd(world_t *w, unsigned func, uint32_t addr)
{
    return get(w, NIC_SPACE_MEM, func, addr);
}

static bool is_row(const reg_row_t *r, const char *name)
{
    return strcmp(r->name, name) == 0;
}

// ---- the table ----

// What the table's reset value becomes: by the NVM, by the levels of this world.
static uint32_t at_power_on(const reg_row_t *r, uint32_t i)
{
    if (is_row(r, "RAL") && i == 0) return 0x00000002;
    if (is_row(r, "RAH") && i == 0) return 0x80000100;
    if (is_row(r, "STATUS")) return 0x80080481; // FD, 1000
    return igb_reg_reset(r, i);
}

static void reset_values_at_every_address(void **state)
{
    (void)state;
    world_t *w = power_on();
    run(w, 5);
    unsigned seen = 0, aliases = 0;
    for (unsigned k = 0; k < igb_place_row_count; k++) {
        const igb_place_row_t *p = &igb_place_rows[k];
        const reg_row_t *r = igb_reg_row(p->reg);
        for (uint32_t i = 0; i < p->count; i++) {
            const uint32_t v = rd(w, 0, p->off + i * p->stride);
            if (v != at_power_on(r, p->first + i))
                fail_msg("%s[%u] at %05x reads %08x", p->name, p->first + i, p->off, v);
            seen++;
            aliases += p->alias;
        }
    }
    assert_true(seen > IGB_R_COUNT && aliases > 0);
}

static bool plain(const reg_row_t *r)
{
    if (r->owner == OWN_vf) return false;
    return r->access == ACC_RW || r->access == ACC_RWSC || r->access == ACC_HEAD ||
           r->access == ACC_TAIL;
}

// Bits that start something when written.
static uint32_t starts(const reg_row_t *r)
{
    if (is_row(r, "CTRL") || is_row(r, "CTRL_DUP")) return FMASK(IGB_CTRL_RST);
    if (is_row(r, "CTRL_EXT")) return FMASK(IGB_CTRL_EXT_EE_RST);
    return 0;
}

static void writable_bits_store_and_no_others(void **state)
{
    (void)state;
    world_t *w = power_on();
    for (unsigned k = 0; k < igb_place_row_count; k++) {
        const igb_place_row_t *p = &igb_place_rows[k];
        const reg_row_t *r = igb_reg_row(p->reg);
        if (!plain(r)) continue;
        for (uint32_t i = 0; i < p->count; i++) {
            const uint32_t off = p->off + i * p->stride;
            const uint32_t fixed = at_power_on(r, p->first + i) & ~r->wmask;
            for (int j = 0; j < 4; j++) {
                const uint32_t data = patterns[j] & ~starts(r), want = (data & r->wmask) | fixed;
                wr(w, 0, off, data);
                const uint32_t v = rd(w, 0, off);
                if (v != want)
                    fail_msg("%s[%u]: %08x written, %08x read, expected %08x", r->name,
                             p->first + i, data, v, want);
            }
            wr(w, 0, off, (p->first + i) * 0x01010101u & ~starts(r)); // each element its own
        }
        for (uint32_t i = 0; i < p->count && r->count > 1; i++) {
            const uint32_t e = p->first + i;
            const uint32_t want = (e * 0x01010101u & r->wmask) | (at_power_on(r, e) & ~r->wmask);
            assert_int_equal(rd(w, 0, p->off + i * p->stride), want);
        }
        for (uint32_t i = 0; i < p->count; i++) // the next register finds this one harmless
            wr(w, 0, p->off + i * p->stride, at_power_on(r, p->first + i));
    }
}

static void second_addresses_are_the_same_flops(void **state)
{
    (void)state;
    world_t *w = power_on();
    for (unsigned k = 0; k < igb_place_row_count; k++) {
        const igb_place_row_t *p = &igb_place_rows[k];
        const reg_row_t *r = igb_reg_row(p->reg);
        if (!p->alias || !plain(r)) continue;
        for (uint32_t i = 0; i < p->count; i++) {
            wr(w, 0, p->off + i * p->stride, 0x13570000u + i * 0x110);
            const uint32_t v = rd(w, 0, r->off + i * r->stride);
            assert_int_equal(v, (0x13570000u + i * 0x110) & r->wmask);
            wr(w, 0, r->off + i * r->stride, 0x86420000u + i * 0x110);
            assert_int_equal(rd(w, 0, p->off + i * p->stride),
                             (0x86420000u + i * 0x110) & r->wmask);
        }
    }
    wr(w, 0, IGB_CTRL_DUP, 0x40000240);
    assert_int_equal(rd(w, 0, IGB_CTRL), 0x40000240);
    wr(w, 0, IGB_CTRL, 0x00100041);
    assert_int_equal(rd(w, 0, IGB_CTRL_DUP), 0x00100041);
}

static void nothing_is_written_where_nothing_is(void **state)
{
    (void)state;
    world_t *w = power_on();
    run(w, 2);
    static uint32_t file[IGB_R_COUNT];
    memcpy(file, w->regs.file, sizeof file);
    w->bus = 0;
    for (uint32_t off = 0; off < REGS_82576_WORDS * 4; off += 4) {
        if (igb_reg_at(off).valid) continue;
        wr(w, 0, off, 0xFFFFFFFF);
        assert_int_equal(rd(w, 0, off), 0);
    }
    assert_int_equal(w->bus, 0);
    assert_memory_equal(file, w->regs.file, sizeof file);
}

static void narrow_writes_are_ignored_and_narrow_reads_are_not(void **state)
{
    (void)state;
    world_t *w = power_on();
    for (uint8_t be = 0; be < 15; be++) {
        put(w, NIC_SPACE_MEM, 0, IGB_FCAL, be, 0xFFFFFFFF);
        run(w, 1);
        put(w, NIC_SPACE_MEM, 3, IGBVF_RDBAH, be, 0xFFFFFFFF);
        run(w, 1);
    }
    assert_int_equal(rd(w, 0, IGB_FCAL), 0);
    assert_int_equal(rd(w, 3, IGBVF_RDBAH), 0);
    const nic_access_t a = {false, NIC_SPACE_MEM, 0, 1, IGB_VET + 2, 0};
    cycle(w, &a);
    cycle(w, NULL);
    assert_int_equal(w->regs.rdata_q, 0x81008100);
}

// ---- windows of the VFs ----

static uint32_t vectors_of(unsigned vf)
{
    return 7u << (22 - 3 * vf);
}

// Bits of an element that are VF n's, from the contract.
static uint32_t own_bits(unsigned vf, uint16_t id, uint32_t e)
{
    const bool vector = e >= 22 - 3 * vf && e <= 24 - 3 * vf;
    switch (id) {
    case IGB_R_VMBMEM: return e / 16 == vf ? UINT32_MAX : 0;
    case IGB_R_V2PMAILBOX:
    case IGB_R_P2VMAILBOX:
    case IGB_R_VTIVAR_MISC: return e == vf ? UINT32_MAX : 0;
    case IGB_R_MBVFICR: return 0x10001u << vf;
    case IGB_R_VFLRE:
    case IGB_R_VFRE:
    case IGB_R_VFTE: return 1u << vf;
    case IGB_R_ICR:
    case IGB_R_ICS: return FMASK(IGB_ICR_VMMB); // what the mailbox tells the PF
    case IGB_R_EICR:
    case IGB_R_EICS:
    case IGB_R_EIMS:
    case IGB_R_EIMC:
    case IGB_R_EIAC:
    case IGB_R_EIAM: return vectors_of(vf);
    case IGB_R_EITR:
    case IGB_R_VRXFRAMES:
    case IGB_R_VTXFRAMES: return vector ? UINT32_MAX : 0;
    case IGB_R_IVAR: return e == vf ? UINT32_MAX : 0;
    case IGB_R_RDBAL:
    case IGB_R_RDBAH:
    case IGB_R_RDLEN:
    case IGB_R_SRRCTL:
    case IGB_R_RDH:
    case IGB_R_RXCTL:
    case IGB_R_RDT:
    case IGB_R_RXDCTL:
    case IGB_R_RQDPC:
    case IGB_R_TDBAL:
    case IGB_R_TDBAH:
    case IGB_R_TDLEN:
    case IGB_R_TDH:
    case IGB_R_TXCTL:
    case IGB_R_TDT:
    case IGB_R_TXDCTL:
    case IGB_R_TDWBAL:
    case IGB_R_TDWBAH: return e % 8 == vf ? UINT32_MAX : 0;
    default: return 0;
    }
}

static void dump(const world_t *w, uint32_t v[IGB_R_COUNT])
{
    for (unsigned k = 0; k < igb_reg_row_count; k++) {
        const reg_row_t *r = &igb_reg_rows[k];
        for (uint32_t i = 0; i < r->count; i++) v[r->first + i] = peek(w, r->first, i);
    }
}

// Something in every register, so that a change is seen.
static void fill(world_t *w, uint32_t salt)
{
    for (unsigned k = 0; k < igb_reg_row_count; k++) {
        const reg_row_t *r = &igb_reg_rows[k];
        if (r->owner == OWN_nvm || is_row(r, "CTRL") || is_row(r, "CTRL_DUP")) continue;
        if (r->owner == OWN_regs)
            for (uint32_t i = 0; i < r->count; i++)
                w->regs.file[r->first + i] = (salt * (r->first + i + 1)) & r->wmask;
    }
    for (unsigned q = 0; q < IGB_Queues; q++) {
        w->rdh[q] = (uint16_t)(salt >> q);
        w->tdh[q] = (uint16_t)(salt >> (15 - q));
        w->stats.rqdpc_q[q] = salt ^ q;
    }
    w->regs.rx_en_q = w->regs.tx_en_q = 0;
    for (unsigned q = 0; q < IGB_Queues; q++) {
        w->regs.rx_en_q |= (uint16_t)(FGET(IGB_RXDCTL_ENABLE, w->regs.file[IGB_R_RXDCTL + q]) << q);
        w->regs.tx_en_q |= (uint16_t)(FGET(IGB_TXDCTL_ENABLE, w->regs.file[IGB_R_TXDCTL + q]) << q);
    }
    irq_82576_t *i = &w->irq;
    i->eicr_q = i->eims_q = i->eiac_q = i->eiam_q = salt & 0x1FFFFFF;
    i->gpie_q = FMASK(IGB_GPIE_MSIX_MODE);
    for (unsigned n = 0; n < IGB_Vfs; n++) {
        i->ivar_q[n] = salt * (n + 3) & 0x9F9F9F9F;
        i->vtivar_misc_q[n] = salt >> n & 0x83;
    }
    for (unsigned k = 0; k < IGB_Vectors; k++) {
        i->rx_frames_q[k] = (uint16_t)(salt + k);
        i->tx_frames_q[k] = (uint16_t)(salt - k);
        wr(w, 0, IGB_EITR + 4 * k, (salt + 4 * k) & 0x7FFC); // no counter that runs
    }
    for (unsigned k = 0; k < IGB_VMBMEM_COUNT; k++) w->mailbox.mem_q[k] = salt ^ k;
    w->mailbox.vfreq_q = w->mailbox.vfack_q = w->mailbox.vflre_q = (uint8_t)salt;
    w->mailbox.imr_q = w->mailbox.vfre_q = w->mailbox.vfte_q = (uint8_t)~salt;
    w->mailbox.pfsts_q = (uint8_t)(salt >> 8);
}

// Every offset of the window of every VF: what a write changes is of that VF.
static void a_write_by_a_vf_changes_its_own_bits_only(void **state)
{
    (void)state;
    static uint32_t before[IGB_R_COUNT], after[IGB_R_COUNT];
    unsigned changed = 0, holes = 0;
    for (int j = 0; j < 2; j++)
        for (unsigned vf = 0; vf < IGB_Vfs; vf++) {
            world_t *w = power_on();
            fill(w, j ? 0xA35C96E1 : 0x5CA3691E);
            run(w, 4);
            dump(w, before);
            for (uint32_t off = 0; off < REGS_82576_VF_WORDS * 4; off += 4) {
                const bool there = igb_vreg_at(vf, off).valid;
                for (int k = 0; k < (there ? 3 : 1); k++) {
                    static const uint32_t data[] = {0xFFFFFFFF, 0, 0x5AA55AA5};
                    const bool reset = off == IGBVF_VTCTRL && k == 0;
                    const unsigned bus = w->bus;
                    put(w, NIC_SPACE_MEM, 1 + vf, off, 0xF, data[k]);
                    run(w, 3); // pulse, its effect, the mailbox's event
                    if (!there) assert_int_equal(w->bus, bus);
                    holes += !there;
                    dump(w, after);
                    for (uint16_t x = 0; x < IGB_R_COUNT; x++) {
                        const uint32_t diff = before[x] ^ after[x];
                        if (!diff) continue;
                        const reg_row_t *r = &igb_reg_rows[map.row[x]];
                        const uint32_t own = own_bits(vf, r->first, x - r->first);
                        changed++;
                        if ((diff & ~own) && !(r->owner == OWN_eitr && own))
                            fail_msg("VF %u, offset %05x%s: %s[%u] changes by %08x", vf, off,
                                     reset ? ", reset" : "", r->name, x - r->first, diff);
                        before[x] = after[x];
                    }
                }
            }
        }
    assert_true(changed > 1000 && holes > 50000);
}

// What a VF reads of its window: its own registers, and 0 where nothing is.
static void a_vf_reads_its_own(void **state)
{
    (void)state;
    for (unsigned vf = 0; vf < IGB_Vfs; vf++) {
        world_t *w = power_on();
        fill(w, 0x5CA3691E + vf);
        run(w, 4);
        for (uint32_t off = 0; off < REGS_82576_VF_WORDS * 4; off += 4) {
            const igb_at_t at = igb_vreg_at(vf, off);
            uint32_t want = 0;
            if (at.valid) {
                const uint32_t full = peek(w, at.reg, at.element);
                want = vf_view_read(at.kind, vf, full);
                if (at.kind == VREG_EITR && at.reg == IGB_R_EITR)
                    continue; // its counter runs; below
            }
            const uint32_t v = rd(w, 1 + vf, off);
            if (v != want) fail_msg("VF %u, offset %05x reads %08x, not %08x", vf, off, v, want);
            assert_int_equal(rd(w, 1 + vf, off + 0x4000 * (1 + off % 7)) & (at.valid ? 0 : ~0u), 0);
        }
        wr(w, 0, IGB_EITR + 4 * (22 - 3 * vf), 0x1234 << 2);
        assert_int_equal(rd(w, 1 + vf, IGBVF_VTEITR), 0x1234 << 2 & 0x7FFC);
    }
}

static void vectors_of_vfs_are_relative(void **state)
{
    (void)state;
    world_t *w = power_on();
    wr(w, 3, IGBVF_VTEIMS, 5); // VF 2: vectors 16 to 18
    assert_int_equal(rd(w, 0, IGB_EIMS), 0x80000000 | 5 << 16);
    assert_int_equal(rd(w, 3, IGBVF_VTEIMS), 5);
    assert_int_equal(rd(w, 0, IGB_VTEIMS + 0x200), 5);
    wr(w, 0, IGB_VTEIMC + 0x200, 4);
    assert_int_equal(rd(w, 3, IGBVF_VTEIMS), 1);
    wr(w, 0, IGB_EIAC, 0x1FFFFFF);
    wr(w, 3, IGBVF_VTEIAC, 2);
    assert_int_equal(rd(w, 0, IGB_EIAC), 0x1FFFFFF & ~(5 << 16));
    wr(w, 3, IGBVF_VTEICS, 6);
    assert_int_equal(rd(w, 3, IGBVF_VTEICR), 6); // is not cleared by reading, by neither
    assert_int_equal(rd(w, 0, IGB_VTEICR + 0x200), 6);
    assert_int_equal(rd(w, 0, IGB_VTEICR + 0x200), 6);
    wr(w, 3, IGBVF_VTIVAR, 0x82038180);
    assert_int_equal(rd(w, 0, IGB_IVAR + 8), 0x92009190);
    assert_int_equal(rd(w, 3, IGBVF_VTIVAR), 0x82008180);
    wr(w, 3, IGBVF_VTIVAR_MISC, 0xFFFFFFFF);
    assert_int_equal(rd(w, 0, IGB_VTIVAR_MISC + 8), 0x83);
    wr(w, 3, IGBVF_VRXFRAMES + 4, 77);
    assert_int_equal(rd(w, 0, IGB_VRXFRAMES + 4 * 17), 77);
}

static void the_bus_says_who_asks(void **state)
{
    (void)state;
    world_t *w = power_on();
    wr(w, 6, IGBVF_VTEIMS, 7);
    assert_int_equal(w->regs.csr_func, 6);
    assert_int_equal(w->regs.csr.id, IGB_R_EIMS);
    assert_int_equal(w->regs.csr.wdata, 7 << 7);
    wr(w, 0, IGB_VTEIAM + 0x700, 1);
    assert_int_equal(w->regs.csr_func, 8);
    assert_int_equal(w->regs.csr.id, IGB_R_EIAM);
    assert_int_equal(w->regs.csr.index, 0);
    assert_int_equal(w->regs.csr.wdata, 2);
    wr(w, 0, IGB_EIMC, 7);
    assert_int_equal(w->regs.csr_func, 0);
    rd(w, 5, IGBVF_V2PMAILBOX);
    assert_int_equal(w->regs.csr_func, 5);
    assert_int_equal(w->regs.csr.index, 4);
    assert_false(w->regs.csr.write);
    const unsigned bus = w->bus;
    wr(w, 5, IGBVF_VTSTATUS, 0xFFFFFFFF); // SAME: nothing
    wr(w, 5, IGBVF_VTFRTIMER, 0xFFFFFFFF);
    assert_int_equal(w->bus, bus);
    assert_int_equal(rd(w, 0, IGB_FRTIMER), 0);
}

// ---- ways to the registers ----

static void functions_that_do_not_decode_read_ones(void **state)
{
    (void)state;
    world_t *w = power_on();
    w->in.decodes = 0x1FF & ~(1u << 4);
    wr(w, 4, IGBVF_RDBAH, 0x1234);
    assert_int_equal(rd(w, 4, IGBVF_RDBAH), 0xFFFFFFFF);
    assert_int_equal(rd(w, 0, IGB_RDBAH + 0x40 * 3), 0);
    assert_int_equal(rd(w, 5, IGBVF_RDBAH), 0);
    for (unsigned f = 9; f < 256; f++) {
        w->in.decodes = 0xFFFF;
        assert_int_equal(rd(w, f, 0), 0xFFFFFFFF);
    }
    w->in.decodes = 0;
    assert_int_equal(rd(w, 0, IGB_STATUS), 0xFFFFFFFF);
    assert_int_equal(get(w, NIC_SPACE_MSIX, 0, 0), 0xFFFFFFFF);
    w->in.io_en = false;
    assert_int_equal(get(w, NIC_SPACE_IO, 0, 4), 0xFFFFFFFF);
    assert_int_equal(get(w, NIC_SPACE_IO, 0, 0), 0xFFFFFFFF);
    assert_int_equal(get(w, 77, 0, 0), 0xFFFFFFFF);
}

static void others_answer_for_their_spaces(void **state)
{
    (void)state;
    world_t *w = power_on();
    for (unsigned f = 0; f < 10; f++) {
        assert_int_equal(get(w, NIC_SPACE_CFG, f, 0x30), 0xDEADBEEF);
        assert_int_equal(w->regs.to_q, REGS_TO_CFG);
        assert_int_equal(w->regs.func_q, f);
        assert_int_equal(w->regs.addr_q, 0x30);
    }
    assert_int_equal(get(w, NIC_SPACE_MSIX, 3, 0x2000), 0xDEADBEEF);
    assert_int_equal(w->regs.to_q, REGS_TO_MSIX);
    put(w, NIC_SPACE_MSIX, 3, 0x24, 0x3, 0x55);
    assert_int_equal(w->regs.to_q, REGS_TO_MSIX);
    assert_int_equal(w->regs.be_q, 3);
    assert_int_equal(w->regs.wdata_q, 0x55);
    assert_false(w->regs.read_q);
    assert_int_equal(w->bus, 0);
}

static void io_bar_is_a_window_of_the_pf(void **state)
{
    (void)state;
    world_t *w = power_on();
    w->in.ioaddr = IGB_FCAL;
    put(w, NIC_SPACE_IO, 0, 4, 0xF, 0x12345678);
    run(w, 1);
    assert_int_equal(rd(w, 0, IGB_FCAL), 0x12345678);
    assert_int_equal(get(w, NIC_SPACE_IO, 0, 4), 0x12345678);
    assert_int_equal(get(w, NIC_SPACE_IO, 0, 0), 0xDEADBEEF);
    assert_int_equal(w->regs.to_q, REGS_TO_IOADDR);
    assert_int_equal(get(w, NIC_SPACE_IO, 0, 8), 0);
    assert_int_equal(get(w, NIC_SPACE_IO, 1, 4), 0xFFFFFFFF);
    w->in.ioaddr = 0x20000 + IGB_FCAL;
    assert_int_equal(get(w, NIC_SPACE_IO, 0, 4), 0);
    w->in.ioaddr = IGB_VTEIMS + 0x100; // views too
    put(w, NIC_SPACE_IO, 0, 4, 0xF, 7);
    run(w, 1);
    assert_int_equal(rd(w, 2, IGBVF_VTEIMS), 7);
    w->in.decodes = 0; // the two enables have nothing to do with each other
    assert_int_equal(get(w, NIC_SPACE_IO, 0, 4), 7);
}

static void windows_wrap(void **state)
{
    (void)state;
    world_t *w = power_on();
    wr(w, 0, IGB_FCAL + 0x20000, 0xABCD);
    assert_int_equal(rd(w, 0, IGB_FCAL), 0xABCD);
    wr(w, 1, IGBVF_TDBAH + 0x8000, 0x77);
    assert_int_equal(rd(w, 1, IGBVF_TDBAH), 0x77);
}

// ---- resets ----

// CTRL.RST leaves VFs that are there what they have set up, but disables their queues; FLR of the PF does not.
static void ctrl_rst_resets_what_is_not_kept(void **state)
{
    (void)state;
    static const uint8_t there[] = {0xFF, 0x06, 0xFF}, stays[] = {0xFF, 0x06, 0};
    for (int how = 0; how < 3; how++) {
        world_t *w = power_on();
        w->in.there = there[how];
        fill(w, 0x5CA3691E);
        for (unsigned k = 0; k < igb_reg_row_count; k++) {
            const reg_row_t *r = &igb_reg_rows[k];
            if (r->owner == OWN_regs && !is_row(r, "CTRL") && !is_row(r, "CTRL_DUP"))
                for (uint32_t i = 0; i < r->count; i++) w->regs.file[r->first + i] |= r->wmask;
        }
        w->regs.file[IGB_R_CTRL] = 0x40;
        if (how == 2) {
            w->in.flr = 1;
        } else {
            put(w, NIC_SPACE_MEM, 0, how ? IGB_CTRL_DUP : IGB_CTRL, 0xF, FMASK(IGB_CTRL_RST));
            assert_false(w->reset);
        }
        cycle(w, NULL);
        assert_true(w->reset);
        for (unsigned k = 0; k < igb_reg_row_count; k++) {
            const reg_row_t *r = &igb_reg_rows[k];
            if (r->owner != OWN_regs || is_row(r, "STATUS")) continue;
            for (uint32_t i = 0; i < r->count; i++) {
                uint32_t want = at_power_on(r, i);
                if (r->keep && !((is_row(r, "RAL") || is_row(r, "RAH")) && i == 0)) want = r->wmask;
                if (is_row(r, "RAH") && i > 0) want &= 0x7FFFFFFF;
                if (r->first >= IGB_R_RDBAL && r->first <= IGB_R_TDWBAH &&
                    (stays[how] >> i % IGB_Pools & 1)) {
                    want = r->wmask | r->reset;
                    if (is_row(r, "RXDCTL") || is_row(r, "TXDCTL"))
                        want &= ~FMASK(IGB_RXDCTL_ENABLE);
                }
                if (is_row(r, "CTRL") && how != 2) want |= FMASK(IGB_CTRL_RST);
                const uint32_t v = peek(w, r->first, i);
                if (v != want) fail_msg("%s[%u] is %08x behind a reset", r->name, i, v);
            }
        }
        assert_int_equal(w->regs.rx_en_q, how != 0);
        assert_int_equal(w->regs.tx_en_q, how != 0);
        assert_false(w->reset && (w->pulses.rx_restart | w->pulses.tx_restart));
    }
}

static void ctrl_rst_reads_1_and_locks_registers(void **state)
{
    (void)state;
    world_t *w = power_on();
    put(w, NIC_SPACE_MEM, 0, IGB_CTRL, 0xF, FMASK(IGB_CTRL_RST));
    const uint64_t r = w->now;
    wr(w, 0, IGB_FCAL, 1);
    wr(w, 3, IGBVF_RDBAH, 1);
    put(w, NIC_SPACE_CFG, 0, 4, 0xF, 1); // these go on
    assert_int_equal(w->regs.to_q, REGS_TO_CFG);
    put(w, NIC_SPACE_MSIX, 0, 4, 0xF, 1);
    assert_int_equal(w->regs.to_q, REGS_TO_MSIX);
    assert_true(rd(w, 0, IGB_CTRL) & FMASK(IGB_CTRL_RST));
    while (w->now < r + NIC_ResetCyc - 1) cycle(w, NULL);
    put(w, NIC_SPACE_MEM, 0, IGB_FCAL, 0xF, 2); // the last one that is locked
    assert_int_equal(w->now, r + NIC_ResetCyc);
    put(w, NIC_SPACE_MEM, 0, IGB_FCAH, 0xF, 3);
    run(w, 1);
    assert_int_equal(rd(w, 0, IGB_FCAL), 0);
    assert_int_equal(rd(w, 0, IGB_FCAH), 3);
    assert_int_equal(rd(w, 3, IGBVF_RDBAH), 0);
    assert_false(rd(w, 0, IGB_CTRL) & FMASK(IGB_CTRL_RST));
}

static void ee_rst_loads_the_address(void **state)
{
    (void)state;
    world_t *w = power_on();
    wr(w, 0, IGB_RAL, 0x44332211);
    wr(w, 0, IGB_RAH, 0x6655);
    wr(w, 0, IGB_RAH + 8, 0x80006655);
    wr(w, 0, IGB_CTRL_EXT, FMASK(IGB_CTRL_EXT_EE_RST) | FMASK(IGB_CTRL_EXT_DRV_LOAD));
    assert_int_equal(rd(w, 0, IGB_RAL), 0x00000002);
    assert_int_equal(rd(w, 0, IGB_RAH), 0x80000100);
    assert_int_equal(rd(w, 0, IGB_RAH + 8), 0x80006655);
    assert_int_equal(rd(w, 0, IGB_CTRL_EXT), FMASK(IGB_CTRL_EXT_DRV_LOAD));
}

static void enable_all(world_t *w)
{
    for (unsigned q = 0; q < 16; q++) {
        wr(w, 0, IGB_RDBAH + 0x40 * q, 0x100 + q);
        wr(w, 0, IGB_TXCTL + 0x40 * q, 0xE0);
        wr(w, 0, IGB_RXDCTL + 0x40 * q, 0x02000101);
        wr(w, 0, IGB_TXDCTL + 0x40 * q, 0x02000101);
        w->rdh[q] = w->tdh[q] = 9;
    }
}

static void check_vf_reset(world_t *w, uint8_t vfs, bool with_event)
{
    const uint16_t queues = (uint16_t)(vfs * 0x101);
    assert_int_equal(w->pulses.vf_reset, vfs);
    assert_int_equal(w->pulses.rx_restart, queues);
    assert_int_equal(w->pulses.tx_restart, queues);
    assert_int_equal(w->pulses.rx_head, queues);
    assert_int_equal(w->pulses.tx_head, queues);
    assert_int_equal(w->regs.rx_en_q, (uint16_t)~queues);
    assert_int_equal(w->regs.tx_en_q, (uint16_t)~queues);
    for (unsigned q = 0; q < 16; q++) {
        const bool is = queues >> q & 1;
        assert_int_equal(rd(w, 0, IGB_RDBAH + 0x40 * q), is ? 0 : 0x100 + q);
        assert_int_equal(rd(w, 0, IGB_TXCTL + 0x40 * q), is ? 0x2A00 : 0xE0);
        assert_int_equal(rd(w, 0, IGB_RXDCTL + 0x40 * q), is ? 0x00010000 : 0x02000101);
        assert_int_equal(rd(w, 0, IGB_TXDCTL + 0x40 * q), is ? 0 : 0x02000101);
        assert_int_equal(rd(w, 0, IGB_RDH + 0x40 * q), is ? 0 : 9);
        assert_int_equal(rd(w, 0, IGB_TDH + 0x40 * q), is ? 0 : 9);
    }
    if (with_event) assert_int_equal(rd(w, 0, IGB_VFLRE) & vfs, vfs);
}

static void a_reset_of_a_vf_disables_its_queues(void **state)
{
    (void)state;
    for (unsigned vf = 0; vf < IGB_Vfs; vf++)
        for (int how = 0; how < 4; how++) {
            world_t *w = power_on();
            enable_all(w);
            wr(w, 0, IGB_VMOLR + 4 * vf, 0x1234); // the pool is the PF's
            wr(w, 1 + vf, IGBVF_VTEIMS, 7);
            switch (how) {
            case 0: wr(w, 1 + vf, IGBVF_VTCTRL, FMASK(IGB_VTCTRL_RST)); break;
            case 1: wr(w, 0, IGB_VTCTRL + 0x100 * vf, FMASK(IGB_VTCTRL_RST)); break;
            case 2:
                w->in.flr = (uint16_t)(2u << vf);
                cycle(w, NULL);
                break;
            case 3:
                w->in.vf_start = (uint8_t)(1u << vf);
                cycle(w, NULL);
                break;
            }
            check_vf_reset(w, (uint8_t)(1u << vf), how < 3);
            assert_int_equal(rd(w, 0, IGB_VMOLR + 4 * vf), 0x1234);
            assert_int_equal(rd(w, 1 + vf, IGBVF_VTEIMS), 0);
            assert_int_equal(rd(w, 1 + vf, IGBVF_VTCTRL), 0);
        }
}

// With VFE the VFs go that were there; queues of the PF beside them go on.
static void vf_stop_is_of_those_that_were_there(void **state)
{
    (void)state;
    world_t *w = power_on();
    w->in.there = 0x07;
    run(w, 1);
    enable_all(w);
    w->in.there = 0;
    w->in.vf_stop = true;
    cycle(w, NULL);
    check_vf_reset(w, 0x07, false);
    w->in.vf_stop = true; // none is there any more
    cycle(w, NULL);
    assert_int_equal(w->pulses.vf_reset, 0);
}

static void a_write_in_the_tick_of_a_vf_reset_comes_behind(void **state)
{
    (void)state;
    world_t *w = power_on();
    enable_all(w);
    w->in.flr = 1u << 3; // VF 2
    put(w, NIC_SPACE_MEM, 3, IGBVF_RXDCTL + 0x100, 0xF, 0x02000505);
    assert_int_equal(w->pulses.rx_restart, 0x0404);
    assert_int_equal(w->regs.rx_en_q, 0xFFFF & ~0x0004);
    cycle(w, NULL);
    assert_int_equal(w->pulses.rx_restart, 0x0400); // it was disabled
    assert_int_equal(rd(w, 3, IGBVF_RXDCTL + 0x100), 0x02000505);
    // and one before it is gone
    put(w, NIC_SPACE_MEM, 3, IGBVF_RDH + 0x100, 0xF, 0x55);
    w->in.flr = 1u << 3;
    cycle(w, NULL);
    assert_int_equal(w->rdh[10], 0);
    put(w, NIC_SPACE_MEM, 4, IGBVF_RDH + 0x100, 0xF, 0x55); // another's is not
    w->in.flr = 1u << 3;
    cycle(w, NULL);
    assert_int_equal(w->pulses.rx_head, 0x0404 | 1 << 11);
    assert_int_equal(w->rdh[11], 0x55);
}

// ---- rings ----

static void restarts(void **state)
{
    (void)state;
    world_t *w = power_on();
    static const struct {
        uint32_t off;
        bool restart, head;
    } rx[] = {{IGB_RDBAL, true, false}, {IGB_RDBAH, true, false},   {IGB_RDLEN, true, false},
              {IGB_RDH, true, true},    {IGB_SRRCTL, false, false}, {IGB_RDT, false, false},
              {IGB_RXCTL, false, false}},
      tx[] = {{IGB_TDBAL, true, false},   {IGB_TDBAH, true, false},  {IGB_TDLEN, true, false},
              {IGB_TDH, true, true},      {IGB_TDT, false, false},   {IGB_TXCTL, false, false},
              {IGB_TDWBAL, false, false}, {IGB_TDWBAH, false, false}};
    for (unsigned q = 0; q < 16; q++) {
        const uint16_t bit = (uint16_t)(1u << q);
        for (unsigned k = 0; k < sizeof rx / sizeof *rx; k++) {
            wr(w, 0, rx[k].off + 0x40 * q, 0x80);
            assert_int_equal(w->pulses.rx_restart, rx[k].restart ? bit : 0);
            assert_int_equal(w->pulses.rx_head, rx[k].head ? bit : 0);
            assert_int_equal(w->pulses.tx_restart | w->pulses.tx_head, 0);
        }
        for (unsigned k = 0; k < sizeof tx / sizeof *tx; k++) {
            wr(w, 0, tx[k].off + 0x40 * q, 0x80);
            assert_int_equal(w->pulses.tx_restart, tx[k].restart ? bit : 0);
            assert_int_equal(w->pulses.tx_head, tx[k].head ? bit : 0);
            assert_int_equal(w->pulses.rx_restart | w->pulses.rx_head, 0);
        }
        assert_int_equal(w->rdh[q], 0x80);
        for (int dir = 0; dir < 2; dir++) {
            const uint32_t dctl = (dir ? IGB_TXDCTL : IGB_RXDCTL) + 0x40 * q;
            wr(w, 0, dctl, 0);
            wr(w, 0, dctl, 1u << 25);
            assert_int_equal(dir ? w->pulses.tx_restart : w->pulses.rx_restart, bit);
            assert_int_equal(dir ? w->pulses.rx_restart : w->pulses.tx_restart, 0);
            assert_int_equal((dir ? w->regs.tx_en_q : w->regs.rx_en_q) & bit, bit);
            wr(w, 0, dctl, 1u << 25 | 7); // it was enabled
            assert_int_equal(w->pulses.tx_restart | w->pulses.rx_restart, 0);
            wr(w, 0, dctl, 1u << 25 | 1u << 26);
            assert_int_equal(w->pulses.tx_flush, dir ? bit : 0);
            assert_int_equal(w->pulses.rx_flush, dir ? 0 : bit);
            assert_int_equal(w->pulses.tx_restart | w->pulses.rx_restart, 0);
            assert_int_equal(rd(w, 0, dctl), 1u << 25); // SWFLUSH clears itself
            wr(w, 0, dctl, 0);
            assert_int_equal(w->pulses.tx_restart | w->pulses.rx_restart, 0);
            assert_int_equal((dir ? w->regs.tx_en_q : w->regs.rx_en_q) & bit, 0);
        }
    }
    rd(w, 0, IGB_RDH);
    assert_int_equal(w->pulses.rx_restart, 0);
    wr(w, 6, IGBVF_TDBAL + 0x100, 0x80); // VF 5
    assert_int_equal(w->pulses.tx_restart, 1 << 13);
}

static void a_bad_packet_disables_its_queue(void **state)
{
    (void)state;
    world_t *w = power_on();
    enable_all(w);
    assert_false(regs_82576_mdp(&w->regs));
    w->in.bad = true;
    w->in.bad_queue = 5;
    cycle(w, NULL);
    assert_int_equal(w->regs.tx_en_q, 0xFFFF);
    wr(w, 0, IGB_DTXCTL, FMASK(IGB_DTXCTL_MDP_EN));
    assert_true(regs_82576_mdp(&w->regs));
    w->in.bad = true;
    cycle(w, NULL);
    assert_int_equal(w->regs.tx_en_q, 0xFFFF & ~(1 << 5));
    assert_int_equal(rd(w, 0, IGB_TXDCTL + 0x40 * 5), 0x101);
    assert_int_equal(w->pulses.tx_restart, 0);
    wr(w, 0, IGB_TXDCTL + 0x40 * 5, 1 << 25);
    assert_int_equal(w->pulses.tx_restart, 1 << 5);
    w->in.bad = true; // a write in that tick comes behind: ENABLE rises
    put(w, NIC_SPACE_MEM, 0, IGB_TXDCTL + 0x40 * 5, 0xF, 1 << 25);
    cycle(w, NULL);
    assert_int_equal(w->pulses.tx_restart, 1 << 5);
    assert_int_equal(w->regs.tx_en_q, 0xFFFF);
}

// ---- status, link ----

static void master_disable(void **state)
{
    (void)state;
    world_t *w = power_on();
    assert_true(regs_82576_may(&w->regs));
    w->status.requests = true;
    assert_true(rd(w, 0, IGB_STATUS) & FMASK(IGB_STATUS_GIO_MASTER_ENABLE));
    wr(w, 0, IGB_CTRL, FMASK(IGB_CTRL_GIO_MASTER_DISABLE));
    assert_false(regs_82576_may(&w->regs));
    assert_true(rd(w, 0, IGB_STATUS) & FMASK(IGB_STATUS_GIO_MASTER_ENABLE));
    w->status.requests = false;
    assert_false(rd(w, 0, IGB_STATUS) & FMASK(IGB_STATUS_GIO_MASTER_ENABLE));
    wr(w, 0, IGB_CTRL, 0);
    assert_true(rd(w, 0, IGB_STATUS) & FMASK(IGB_STATUS_GIO_MASTER_ENABLE));
}

static void status_of_others(void **state)
{
    (void)state;
    world_t *w = power_on();
    w->status = (regs_82576_status_t){.vfs = 7};
    assert_int_equal(rd(w, 0, IGB_STATUS) & 0x7C010, 0);
    w->status.vfe = true;
    assert_int_equal(FGET(IGB_STATUS_NUM_VFS, rd(w, 0, IGB_STATUS)), 7);
    assert_int_equal(FGET(IGB_STATUS_IOV, rd(w, 0, IGB_STATUS)), 1);
    w->status.vfs = 8;
    assert_int_equal(FGET(IGB_STATUS_NUM_VFS, rd(w, 0, IGB_STATUS)), 8);
    w->status.txoff = true;
    assert_int_equal(FGET(IGB_STATUS_TXOFF, rd(w, 0, IGB_STATUS)), 1);
    assert_int_equal(rd(w, 3, IGBVF_VTSTATUS), rd(w, 0, IGB_STATUS));
}

static void link_is_resolved(void **state)
{
    (void)state;
    world_t *w = power_on();
    w->in.phy_link = w->in.phy_fd = true;
    w->in.phy_speed = 1;
    run(w, 2);
    assert_int_equal(rd(w, 0, IGB_STATUS) & 0xC3, 0x41); // no SLU yet
    put(w, NIC_SPACE_MEM, 0, IGB_CTRL, 0xF, FMASK(IGB_CTRL_SLU));
    assert_false(w->regs.lu_q);
    cycle(w, NULL);
    assert_true(w->regs.lu_q);
    assert_int_equal(w->regs.lsc_cyc, w->now);
    assert_int_equal(rd(w, 0, IGB_STATUS) & 0xC3, 0x43);
    wr(w, 0, IGB_CTRL,
       FMASK(IGB_CTRL_SLU) | FMASK(IGB_CTRL_FRCSPD) | FMASK(IGB_CTRL_FRCDPLX) |
           FPUT(IGB_CTRL_SPEED, 3));
    assert_int_equal(rd(w, 0, IGB_STATUS) & 0xC3, 0x82);
    put(w, NIC_SPACE_MEM, 0, IGB_CTRL, 0xF, FMASK(IGB_CTRL_RST)); // silent
    w->regs.lsc_cyc = 0;
    run(w, 3);
    assert_false(w->regs.lu_q);
    assert_int_equal(w->regs.lsc_cyc, 0);
    assert_false(regs_82576_loopback(&w->regs, false));
    assert_true(regs_82576_loopback(&w->regs, true));
    w->in.phy_loopback = true;
    run(w, 1);
    assert_true(w->regs.lu_q);
    run(w, NIC_ResetCyc);
    wr(w, 0, IGB_RCTL, FPUT(IGB_RCTL_LBM, 3));
    assert_true(regs_82576_loopback(&w->regs, false));
}

// The map says what the search over the rows says.
static void the_map_is_the_table(void **state)
{
    (void)state;
    power_on();
    for (unsigned f = 0; f <= IGB_Vfs; f++)
        for (uint32_t off = 0; off < (f ? 0x4000u : 0x20000u); off += 4) {
            const regs_82576_at_t at = regs_82576_at(&map, f, off);
            igb_at_t want = f ? igb_vreg_at(f - 1, off) : igb_reg_at(off);
            unsigned func = f;
            if (f == 0 && want.valid && igb_reg_row(want.reg)->owner == OWN_vf) {
                func = 1u + want.element;
                want = igb_view(want.reg);
            }
            if (at.valid != want.valid) fail_msg("function %u, offset %05x", f, off);
            if (!at.valid) continue;
            if (at.kind != want.kind || at.id != want.reg || at.index != want.element ||
                at.func != func)
                fail_msg("function %u, offset %05x: %u %u %u", f, off, at.id, at.index, at.func);
        }
    assert_false(regs_82576_at(&map, 9, 0).valid);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_map_is_the_table),
        cmocka_unit_test(reset_values_at_every_address),
        cmocka_unit_test(writable_bits_store_and_no_others),
        cmocka_unit_test(second_addresses_are_the_same_flops),
        cmocka_unit_test(nothing_is_written_where_nothing_is),
        cmocka_unit_test(narrow_writes_are_ignored_and_narrow_reads_are_not),
        cmocka_unit_test(a_write_by_a_vf_changes_its_own_bits_only),
        cmocka_unit_test(a_vf_reads_its_own),
        cmocka_unit_test(vectors_of_vfs_are_relative),
        cmocka_unit_test(the_bus_says_who_asks),
        cmocka_unit_test(functions_that_do_not_decode_read_ones),
        cmocka_unit_test(others_answer_for_their_spaces),
        cmocka_unit_test(io_bar_is_a_window_of_the_pf),
        cmocka_unit_test(windows_wrap),
        cmocka_unit_test(ctrl_rst_resets_what_is_not_kept),
        cmocka_unit_test(ctrl_rst_reads_1_and_locks_registers),
        cmocka_unit_test(ee_rst_loads_the_address),
        cmocka_unit_test(a_reset_of_a_vf_disables_its_queues),
        cmocka_unit_test(vf_stop_is_of_those_that_were_there),
        cmocka_unit_test(a_write_in_the_tick_of_a_vf_reset_comes_behind),
        cmocka_unit_test(restarts),
        cmocka_unit_test(a_bad_packet_disables_its_queue),
        cmocka_unit_test(master_disable),
        cmocka_unit_test(status_of_others),
        cmocka_unit_test(link_is_resolved),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
