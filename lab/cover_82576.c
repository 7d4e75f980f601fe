// SPDX-License-Identifier: Apache-2.0
// What is counted of the 82576: functions and their resets, registers, mailboxes, frames. The host's side is known from what it
// writes: what a write does to the device is repeated here, as far as items ask for it.
#include "lab/cover_82576.h"

#include "lab/result.h"

#include <stdio.h>
#include <string.h>

// Causes that no part of this device raises: only ICS sets them.
static const uint32_t ICS_ONLY = FMASK(IGB_ICR_RXSEQ) | FMASK(IGB_ICR_TS) | FMASK(IGB_ICR_DRSTA);

// ---- items -------------------------------------------------------------------------------------

enum same_cycle {
    SAME_ICR_READ,
    SAME_ICR_WRITE,
    SAME_ICS,
    SAME_STATS,
    SAME_RESET_P,      // a frame is in memory for a VF that is reset
    SAME_RESET_SWITCH, // the switch has decided on a frame of a VF that is reset
    SAMES
};

enum function {
    ACCESS_NOT_THERE,
    ACCESS_D3,
    NO_MASTER_PF,
    NO_MASTER_VF,
    MASTER_DISABLE,
    FUNCTION_STATES
};
enum sr_iov { VFS_COME, VFS_GO, VFS_GO_FLR, VFS_TOO_MANY, SR_IOVS };
enum frames { FOR_ONE, FOR_TWO, FOR_SEVERAL, FOR_ALL, FOR_UPPER, FOR_SETS };
enum drop { DROP_NO_DESC, DROP_OFF, DROP_LOOP_NO_DESC, DROP_LOOP_OFF, DROPS };
enum lost { LOST_RESET, LOST_RESTART, LOSTS };
enum desctype { TYPE_LEGACY, TYPE_ADVANCED, TYPE_SPLIT, TYPE_ALWAYS, TYPE_OTHER, TYPES };
enum switched {
    SWITCH_WIRE,
    SWITCH_QUEUES,
    SWITCH_BOTH,
    SWITCH_SEVERAL,
    SWITCH_ITSELF,
    SWITCH_SPOOF,
    SWITCH_SPOOF_MAC,
    SWITCH_SPOOF_VLAN,
    SWITCHED
};
enum mailbox {
    BOX_REQ,
    BOX_VF_ACK,
    BOX_STS,
    BOX_PF_ACK,
    BOX_VF_TAKES,
    BOX_VF_REFUSED,
    BOX_PF_TAKES,
    BOX_PF_REFUSED,
    BOX_RVFU,
    BOX_PFRSTD,
    BOX_PFSTS,
    BOX_PFACK,
    BOX_RSTI,
    BOX_RSTD,
    BOX_VFREQ,
    BOX_VFACK,
    BOX_VFLRE,
    BOX_TO_PF,
    BOX_TO_VF,
    BOXES
};

static const char *const SAME[SAMES] = {"ICR read and a cause",
                                        "ICR write and a cause",
                                        "ICS and a cause",
                                        "statistics read and a frame",
                                        "VF reset and its frame received",
                                        "VF reset and its frame switched"};
static const char *const FUNCTION[FUNCTION_STATES] = {
    "access to one that is not there", "access in D3", "PF not bus master", "VF not bus master",
    "CTRL.GIO_MASTER_DISABLE"};
static const char *const SR_IOV[SR_IOVS] = {"VFs come", "VFs go: VFE", "VFs go: FLR of the PF",
                                            "NumVFs above TotalVFs"};
static const char *const FRAMES[FOR_SETS] = {"one queue", "two queues", "three to seven", "eight",
                                             "an upper queue"};
static const char *const DROP[DROPS] = {"received, no descriptor", "received, queue off",
                                        "looped, no descriptor", "looped, queue off"};
static const char *const LOST[LOSTS] = {"frames lost to a reset", "frames lost to a restart"};
static const char *const TYPE[TYPES] = {"0 legacy", "1 advanced", "2 split", "5 split always",
                                        "another code"};
static const char *const SWITCH[SWITCHED] = {"to the wire only",   "to queues only",  "to both",
                                             "to several queues",  "to its own pool", "spoofed",
                                             "spoofed an address", "spoofed a VLAN"};
static const char *const BOX[BOXES] = {
    "VF: REQ",       "VF: ACK",     "PF: STS",       "PF: ACK",   "VF takes it",
    "VF is refused", "PF takes it", "PF is refused", "RVFU",      "PFRSTD",
    "PFSTS read",    "PFACK read",  "RSTI read",     "RSTD read", "VFREQ read",
    "VFACK read",    "VFLRE read",  "VF to PF",      "PF to VF"};
static const char *const VF_DURING[VF_DURINGS] = {
    "nothing",  "a frame for it arriving", "its frame being sent",
    "its TLP",  "its completion",          "its read under way",
    "its reset"};
static const char *const RESET_OF[VF_RESETS] = {"VF FLR during", "VF VTCTRL.RST during",
                                                "PF VTCTRL.RST during", "VFE off during"};

static void add_functions(cover_t *c, igb_t *m)
{
    m->vfs = c->count;
    for (unsigned n = 1; n <= IGB_Vfs; n++) {
        char name[COVER_NAME_LEN];
        snprintf(name, sizeof name, "%u", n);
        cover_add(c, "VFs there", name);
    }
    m->sr_iov = cover_add_all(c, "SR-IOV", SR_IOV, SR_IOVS);
    m->function = cover_add_all(c, "functions", FUNCTION, FUNCTION_STATES);
    m->during_rst = cover_add_during(c, "PF reset during");
    m->during_flr = cover_add_during(c, "PF FLR during");
    m->during_vf = c->count;
    for (unsigned k = 0; k < VF_RESETS; k++) cover_add_all(c, RESET_OF[k], VF_DURING, VF_DURINGS);
}

static void add_window(cover_t *c, igb_t *m)
{
    m->vf_read = c->count;
    for (unsigned i = 0; i < igb_vreg_row_count; i++)
        cover_add(c, "VF read", igb_vreg_rows[i].name);
    m->vf_write = c->count;
    for (unsigned i = 0; i < igb_vreg_row_count; i++)
        cover_add(c, "VF write", igb_vreg_rows[i].name);
}

static void create(cover_t *c)
{
    igb_t *m = igb_of(c);
    for (unsigned i = 0; i < igb_reg_row_count; i++)
        for (unsigned n = 0; n < igb_reg_rows[i].count; n++)
            m->row[igb_reg_rows[i].first + n] = (uint16_t)(i + 1);
    cover_add_registers(c, igb_reg_rows, igb_reg_row_count, igb_fld_rows, igb_fld_row_count);
    add_window(c, m);
    m->cause = cover_add_causes(c, NIC_82576, &m->cause_bits);
    m->same = cover_add_all(c, "in one cycle", SAME, SAMES);
    add_functions(c, m);
    m->mailbox = cover_add_all(c, "mailbox", BOX, BOXES);
    m->fate = cover_add_fates(c);
    m->rx_pool_set = cover_add_all(c, "received for", FRAMES, FOR_SETS);
    m->rx_queue = cover_add_numbers(c, "received by queue", "", IGB_Queues);
    m->desctype = cover_add_all(c, "received with DESCTYPE", TYPE, TYPES);
    m->drop = cover_add_all(c, "dropped", DROP, DROPS);
    m->tx_queue = cover_add_numbers(c, "sent by queue", "", IGB_Queues);
    m->looped_queue = cover_add_numbers(c, "looped to queue", "", IGB_Pools); // upper ones never
    m->switched = cover_add_all(c, "switch", SWITCH, SWITCHED);
    cover_82576_dma_create(c);
    cover_add_speeds(c);
    cover_add_spaces(c, 4);
    cover_add_host(c);
    cover_add_idle(c);
    m->lost = cover_add_all(c, "lost", LOST, LOSTS);
}

// ---- the host's side ---------------------------------------------------------------------------

static void registers_reset(igb_t *m, bool power_good, bool flr)
{
    for (unsigned i = 0; i < igb_reg_row_count; i++) {
        const reg_row_t *r = &igb_reg_rows[i];
        if (!power_good && r->keep && !(flr && r->owner == OWN_eitr)) continue;
        for (uint32_t n = 0; n < r->count; n++) m->reg[r->first + n] = igb_reg_reset(r, n);
    }
}

static void restart(cover_t *c)
{
    igb_t *m = igb_of(c);
    registers_reset(m, true, true);
    pci_config_82576_reset(&m->pci, (uint32_t)IGB_CFG_ID_RESET, (uint32_t)IGB_CFG_SUBSYSTEM_RESET,
                           (uint16_t)FGET(IGB_CFG_SRIOV_DID_DEVICE, IGB_CFG_SRIOV_DID_RESET));
    m->level = pci_config_82576_out(&m->pci, 0);
    m->ioaddr = 0;
    m->vf_took = m->vf_asks = m->pf_asks = 0;
    memset(m->writer, 0, sizeof m->writer);
    m->pulse = PULSE_NONE;
    m->pulse_cyc = m->spoof_cyc = m->wire_cyc = NIC_NEVER;
    for (unsigned n = 0; n < IGB_Vfs; n++) m->vf_reset_cyc[n] = NIC_NEVER;
    m->wire_only = false;
    m->rx_at = m->tx_at = 0;
    m->sent_put = m->sent_get = 0;
    cover_82576_dma_restart(m);
}

static void pf_reset(igb_t *m, bool flr)
{
    registers_reset(m, false, flr);
    m->vf_took = m->vf_asks = m->pf_asks = 0;
    m->sent_get = m->sent_put; // what is on the wire is nobody's
    for (unsigned k = 0; k < IGB_Vectors; k++) cover_82576_gate(m, k); // all is sent
}

static void vf_reset(cover_t *c, uint64_t now, enum igb_vf_reset kind, unsigned vf,
                     const nic_in_t *in, const nic_out_t *out)
{
    igb_t *m = igb_of(c);
    const unsigned first = m->during_vf + VF_DURINGS * kind, func = 1 + vf;
    const bool sends = out->tx_en && m->sent_get != m->sent_put && m->tx_type != NIC_TypeControl &&
                       m->sent[m->sent_get % SENT_MAX].queue % IGB_Pools == vf;
    const bool state[VF_DURINGS] = {
        [VF_RX_FRAME] = in->rx_dv && (m->rx_pools >> vf & 1),
        [VF_TX_FRAME] = sends,
        [VF_TLP] = out->req_valid && (m->req_head >> 8 & 0xFF) == func,
        [VF_COMPLETION] = in->cpl_valid && m->cpl_func == func,
        [VF_READ] = m->reads[func] > 0,
        [VF_RESET] = m->vf_reset_cyc[vf] != NIC_NEVER && now - m->vf_reset_cyc[vf] < NIC_ResetCyc,
    };
    bool any = false;
    for (unsigned i = 1; i < VF_DURINGS; i++) {
        if (state[i]) cover_hit(c, first + i);
        any |= state[i];
    }
    if (!any) cover_hit(c, first + VF_NOTHING);
    m->vf_reset_cyc[vf] = now + 1;
    m->vf_took &= (uint8_t) ~(1u << vf);
    for (unsigned q = vf; q < IGB_Queues; q += IGB_Vfs)
        m->reg[IGB_R_SRRCTL + q] = igb_reg_reset(igb_reg_row(IGB_R_SRRCTL), q);
}

static bool vf_there(const igb_t *m, unsigned func)
{
    return func == 0 || func <= m->level.vfs;
}

// ---- configuration space -----------------------------------------------------------------------

static void config_write(cover_t *c, uint64_t now, const pci_config_82576_in_t *what,
                         const nic_in_t *in, const nic_out_t *out)
{
    igb_t *m = igb_of(c);
    const pci_config_82576_out_t was = m->level;
    pci_config_82576_tick(&m->pci, what);
    m->level = pci_config_82576_out(&m->pci, now + 1);
    const pci_config_82576_out_t *l = &m->level;
    cover_82576_levels(m, now, &was);
    if (l->flr & 1) {
        cover_reset(c, m->during_flr, now, in, out);
        if (was.vfs) cover_hit(c, m->sr_iov + VFS_GO_FLR);
        pf_reset(m, true);
    }
    for (unsigned n = 0; n < IGB_Vfs; n++)
        if (l->flr >> (1 + n) & 1) vf_reset(c, now, VF_FLR, n, in, out);
    if (l->vf_stop && !(l->flr & 1)) {
        cover_hit(c, m->sr_iov + VFS_GO);
        for (unsigned n = 0; n < was.vfs; n++) vf_reset(c, now, VF_STOP, n, in, out);
    }
    if (!was.vfe && l->vfe && l->vfs) {
        cover_hit(c, m->sr_iov + VFS_COME);
        cover_hit(c, m->vfs + l->vfs - 1);
        const uint32_t num = pci_config_82576_read(&m->pci, 0, IGB_CFG_SRIOV_NUM);
        if (FGET(IGB_CFG_SRIOV_NUM_NUM_VFS, num) > IGB_Vfs) cover_hit(c, m->sr_iov + VFS_TOO_MANY);
    }
    if ((was.may_request & 1) && !(l->may_request & 1)) cover_hit(c, m->function + NO_MASTER_PF);
    if ((was.may_request & ~l->may_request) >> 1 && !l->vf_stop && l->power_state == 0)
        cover_hit(c, m->function + NO_MASTER_VF);
}

// ---- mailbox -----------------------------------------------------------------------------------

static void box(cover_t *c, enum mailbox what, bool yes)
{
    if (yes) cover_hit(c, igb_of(c)->mailbox + what);
}

static void word_written(igb_t *m, unsigned word, bool by_vf)
{
    m->writer[word] = by_vf ? 2 : 1;
}

static void mailbox_write(cover_t *c, unsigned func, uint16_t number, uint32_t w)
{
    igb_t *m = igb_of(c);
    if (number >= IGB_R_V2PMAILBOX && number <= IGB_RL_V2PMAILBOX) {
        const uint8_t bit = (uint8_t)(1u << (number - IGB_R_V2PMAILBOX));
        box(c, BOX_REQ, FGET(IGB_V2PMAILBOX_REQ, w));
        box(c, BOX_VF_ACK, FGET(IGB_V2PMAILBOX_ACK, w));
        m->vf_asks = FGET(IGB_V2PMAILBOX_VFU, w) ? m->vf_asks | bit : m->vf_asks & ~bit;
        m->vf_took &= (uint8_t)~bit;
    } else if (number >= IGB_R_P2VMAILBOX && number <= IGB_RL_P2VMAILBOX) {
        const uint8_t bit = (uint8_t)(1u << (number - IGB_R_P2VMAILBOX));
        box(c, BOX_STS, FGET(IGB_P2VMAILBOX_STS, w));
        box(c, BOX_PF_ACK, FGET(IGB_P2VMAILBOX_ACK, w));
        box(c, BOX_RVFU, FGET(IGB_P2VMAILBOX_RVFU, w) && (m->vf_took & bit));
        if (FGET(IGB_P2VMAILBOX_RVFU, w)) m->vf_took &= (uint8_t)~bit;
        m->pf_asks = FGET(IGB_P2VMAILBOX_PFU, w) ? m->pf_asks | bit : m->pf_asks & ~bit;
    } else if (number == IGB_R_CTRL_EXT) {
        box(c, BOX_PFRSTD, FGET(IGB_CTRL_EXT_PFRSTD, w));
    } else if (number >= IGB_R_VMBMEM && number <= IGB_RL_VMBMEM) {
        word_written(m, number - IGB_R_VMBMEM, func != 0);
    }
}

static void mailbox_read(cover_t *c, unsigned func, uint16_t number, uint32_t v)
{
    igb_t *m = igb_of(c);
    if (number >= IGB_R_V2PMAILBOX && number <= IGB_RL_V2PMAILBOX) {
        const uint8_t bit = (uint8_t)(1u << (number - IGB_R_V2PMAILBOX));
        const bool has = FGET(IGB_V2PMAILBOX_VFU, v);
        box(c, BOX_VF_TAKES, (m->vf_asks & bit) && has);
        box(c, BOX_VF_REFUSED, (m->vf_asks & bit) && !has && FGET(IGB_V2PMAILBOX_PFU, v));
        box(c, BOX_PFSTS, FGET(IGB_V2PMAILBOX_PFSTS, v));
        box(c, BOX_PFACK, FGET(IGB_V2PMAILBOX_PFACK, v));
        box(c, BOX_RSTI, FGET(IGB_V2PMAILBOX_RSTI, v));
        box(c, BOX_RSTD, FGET(IGB_V2PMAILBOX_RSTD, v));
        m->vf_asks &= (uint8_t)~bit;
        m->vf_took = has ? m->vf_took | bit : m->vf_took & ~bit;
    } else if (number >= IGB_R_P2VMAILBOX && number <= IGB_RL_P2VMAILBOX) {
        const uint8_t bit = (uint8_t)(1u << (number - IGB_R_P2VMAILBOX));
        const bool has = FGET(IGB_P2VMAILBOX_PFU, v), vf_has = FGET(IGB_P2VMAILBOX_VFU, v);
        box(c, BOX_PF_TAKES, (m->pf_asks & bit) && has);
        box(c, BOX_PF_REFUSED, (m->pf_asks & bit) && !has && vf_has);
        m->pf_asks &= (uint8_t)~bit;
        m->vf_took = vf_has ? m->vf_took | bit : m->vf_took & ~bit;
    } else if (number == IGB_R_MBVFICR) {
        box(c, BOX_VFREQ, FGET(IGB_MBVFICR_VFREQ, v));
        box(c, BOX_VFACK, FGET(IGB_MBVFICR_VFACK, v));
    } else if (number == IGB_R_VFLRE) {
        box(c, BOX_VFLRE, v != 0);
    } else if (number >= IGB_R_VMBMEM && number <= IGB_RL_VMBMEM) {
        const uint8_t by = m->writer[number - IGB_R_VMBMEM];
        box(c, BOX_TO_PF, func == 0 && by == 2);
        box(c, BOX_TO_VF, func != 0 && by == 1);
    }
}

// ---- registers ---------------------------------------------------------------------------------

typedef struct target {
    bool valid;
    unsigned func;
    unsigned row; // of the PF
    int window;   // row of the VF window, -1: an access by the PF
    uint16_t id;  // number of element 0
    uint16_t number;
    bool plain; // the value is that of the register in the PF
} target_t;

static target_t target_of(const igb_t *m, unsigned func, uint32_t off)
{
    const igb_at_t at = func ? igb_vreg_at(func - 1, off) : igb_reg_at(off);
    target_t t = {.valid = at.valid, .func = func, .window = -1, .id = at.reg};
    if (!at.valid) return t;
    t.number = (uint16_t)(at.reg + at.element);
    t.row =
        m->row[func == 0 && (off & ~3u) == IGB_CTRL_DUP ? (uint16_t)IGB_R_CTRL_DUP : at.reg] - 1u;
    t.plain = func == 0 || at.kind == VREG_SAME || at.kind == VREG_EITR || at.kind == VREG_QUEUE ||
              at.kind == VREG_VF;
    for (unsigned i = 0; func && t.window < 0 && i < igb_vreg_row_count; i++) {
        const igb_vreg_row_t *r = &igb_vreg_rows[i];
        const uint32_t at_off = off & 0x3FFC;
        if (at_off < r->off) continue;
        const uint32_t k = r->count > 1 ? (at_off - r->off) / r->stride : (at_off - r->off) / 4;
        if (k < r->count && at_off == r->off + k * r->stride) t.window = (int)i;
    }
    return t;
}

static void pulse(igb_t *m, uint64_t now, const target_t *t, bool write)
{
    const enum reg_owner owner = igb_reg_rows[t->row].owner;
    m->pulse_cyc = now + 1;
    if (t->number == IGB_R_ICR) m->pulse = write ? PULSE_ICR_WRITE : PULSE_ICR_READ;
    else if (t->number == IGB_R_ICS && write) m->pulse = PULSE_ICS;
    else m->pulse = owner == OWN_stats && !write ? PULSE_STATS : PULSE_NONE;
}

static void register_read(cover_t *c, uint64_t now, const target_t *t)
{
    igb_t *m = igb_of(c);
    if (t->func == 0) cover_register_read(c, now, t->row);
    else cover_hit(c, m->vf_read + (unsigned)t->window);
    if (!t->plain) return;
    if (t->func) cover_await(c, now, t->row);
    m->reply_func[now % COVER_REPLIES] = (uint8_t)t->func;
    m->reply_number[now % COVER_REPLIES] = t->number;
}

static void register_write(cover_t *c, uint64_t now, const target_t *t, uint32_t w,
                           const nic_in_t *in, const nic_out_t *out)
{
    igb_t *m = igb_of(c);
    const bool held = c->pins.reset_seen && now - c->pins.reset_cyc <= NIC_ResetCyc;
    if (t->func == 0) cover_register_write(c, t->row);
    else cover_hit(c, m->vf_write + (unsigned)t->window);
    const bool rst = t->number == IGB_R_CTRL && (w & FMASK(IGB_CTRL_RST));
    if (rst) cover_reset(c, m->during_rst, now, in, out);
    if (held) return; // it does nothing
    if (rst) pf_reset(m, false);
    if (t->plain) cover_value(c, t->row, w);
    if (t->plain && igb_reg_rows[t->row].access != ACC_RO) m->reg[t->number] = w;
    if (t->id == IGB_R_VTCTRL && (w & FMASK(IGB_VTCTRL_RST)) && vf_there(m, 1u + t->number - t->id))
        vf_reset(c, now, t->func ? VF_RST_BY_VF : VF_RST_BY_PF, t->number - t->id, in, out);
    if (t->number == IGB_R_ICS) cover_causes(c, m->cause, m->cause_bits, w & ICS_ONLY);
    if (t->number == IGB_R_CTRL && (w & FMASK(IGB_CTRL_GIO_MASTER_DISABLE)))
        cover_hit(c, m->function + MASTER_DISABLE);
    if (t->id == IGB_R_EITR) cover_82576_gate(m, t->number - t->id);
    mailbox_write(c, t->func, t->number, w);
}

static void register_access(cover_t *c, uint64_t now, unsigned func, uint32_t off,
                            const nic_in_t *in, const nic_out_t *out)
{
    igb_t *m = igb_of(c);
    if (!vf_there(m, func)) cover_hit(c, m->function + ACCESS_NOT_THERE);
    if (m->level.power_state == 3) cover_hit(c, m->function + ACCESS_D3);
    if (func >= FUNCTIONS || !(m->level.decodes >> func & 1)) return;
    const target_t t = target_of(m, func, func ? off : off & 0x1FFFF);
    if (!t.valid || (func && t.window < 0)) return;
    pulse(m, now, &t, in->csr_write);
    if (!in->csr_write) register_read(c, now, &t);
    else if (in->csr_be == 0xF) register_write(c, now, &t, (uint32_t)in->csr_wdata, in, out);
}

static void access(cover_t *c, uint64_t now, const nic_in_t *in, const nic_out_t *out)
{
    igb_t *m = igb_of(c);
    const unsigned func = (unsigned)in->csr_func;
    const pci_config_82576_in_t what = {.now = now,
                                        .valid = true,
                                        .write = in->csr_write,
                                        .io = in->csr_space == NIC_SPACE_IO,
                                        .func = (uint8_t)func,
                                        .addr = (uint32_t)in->csr_addr,
                                        .be = (uint8_t)in->csr_be,
                                        .wdata = (uint32_t)in->csr_wdata};
    switch (in->csr_space) {
    case NIC_SPACE_CFG:
        if (!vf_there(m, func)) cover_hit(c, m->function + ACCESS_NOT_THERE);
        if (in->csr_write) config_write(c, now, &what, in, out);
        break;
    case NIC_SPACE_MEM: register_access(c, now, func, (uint32_t)in->csr_addr, in, out); break;
    case NIC_SPACE_MSIX:
        if (func < FUNCTIONS && (m->level.decodes >> func & 1) && in->csr_write)
            cover_82576_table(c, now, func, in);
        break;
    default:
        if (func || !m->level.io_en) break;
        if (in->csr_addr < 4 && in->csr_write && in->csr_be == 0xF)
            m->ioaddr = (uint32_t)in->csr_wdata;
        if (in->csr_addr >> 2 == 1 && m->ioaddr < 0x20000)
            register_access(c, now, 0, m->ioaddr, in, out);
    }
}

static void reply(cover_t *c, uint64_t now, uint32_t v)
{
    igb_t *m = igb_of(c);
    const int row = cover_reply(c, now);
    if (row < 0) return;
    const uint64_t asked = (now - NIC_CsrReadCyc) % COVER_REPLIES;
    const uint16_t number = m->reply_number[asked];
    cover_value(c, (unsigned)row, v);
    if (number == IGB_R_ICR) cover_causes(c, m->cause, m->cause_bits, v);
    if (number == IGB_R_WVBR && FGET(IGB_WVBR_MAC, v)) cover_hit(c, m->switched + SWITCH_SPOOF_MAC);
    if (number == IGB_R_WVBR && FGET(IGB_WVBR_VLAN, v))
        cover_hit(c, m->switched + SWITCH_SPOOF_VLAN);
    if (number >= IGB_R_EITR && number <= IGB_RL_EITR && FGET(IGB_EITR_INTERVAL, v))
        cover_hit(c, m->gate + (FGET(IGB_EITR_COUNTER, v) ? GATE_READ_CLOSED : GATE_READ_OPEN));
    mailbox_read(c, m->reply_func[asked], number, v);
}

// ---- wire --------------------------------------------------------------------------------------

static uint8_t pools_of(const igb_t *m, const uint8_t *mac)
{
    const uint32_t low =
        mac[0] | (uint32_t)mac[1] << 8 | (uint32_t)mac[2] << 16 | (uint32_t)mac[3] << 24;
    const uint32_t high = mac[4] | (uint32_t)mac[5] << 8;
    uint32_t pools = 0;
    for (unsigned i = 0; i < IGB_RAL_COUNT; i++) {
        const uint32_t rah = m->reg[IGB_R_RAH + i];
        if ((rah & FMASK(IGB_RAH_AV)) && m->reg[IGB_R_RAL + i] == low &&
            FGET(IGB_RAH_RAH, rah) == high)
            pools |= FGET(IGB_RAH_POOL, rah);
    }
    return (uint8_t)pools;
}

static void receive_wire(igb_t *m, const nic_in_t *in)
{
    if (!in->rx_dv) {
        m->rx_at = 0;
        m->rx_pools = 0;
        return;
    }
    if (!in->rx_ce) return;
    const uint32_t at = m->rx_at++ - NIC_PreambleBytes;
    if (at < 6) m->rx_to[at] = (uint8_t)in->rxd;
    if (at == 5) m->rx_pools = pools_of(m, m->rx_to);
}

// The frame that has ended is the first of the list, but for one that the device has made itself.
static void frame_sent(igb_t *m, uint32_t len)
{
    static const uint8_t PAUSE[6] = {0x01, 0x80, 0xC2, 0, 0, 0x01};
    if (m->sent_get == m->sent_put) return;
    const bool pause = m->tx_type == NIC_TypeControl && memcmp(m->tx_to, PAUSE, 6) == 0;
    if (pause && len != m->sent[m->sent_get % SENT_MAX].len) return;
    m->sent_get++;
}

static void transmit_wire(igb_t *m, const nic_out_t *out)
{
    if (!out->tx_en) {
        if (m->tx_at) frame_sent(m, m->tx_at - NIC_PreambleBytes);
        m->tx_at = 0;
        m->tx_type = 0;
        return;
    }
    if (!out->tx_ce) return;
    const uint32_t at = m->tx_at++ - NIC_PreambleBytes;
    if (at < 6) m->tx_to[at] = (uint8_t)out->txd;
    if (at == NIC_TypeAt) m->tx_type = (uint16_t)(out->txd << 8);
    if (at == NIC_TypeAt + 1) m->tx_type |= (uint16_t)out->txd;
}

static void cycle(cover_t *c, uint64_t now, const nic_in_t *in, const nic_out_t *out)
{
    igb_t *m = igb_of(c);
    if (m->wire_only) {
        cover_hit(c, m->switched + SWITCH_WIRE);
        m->wire_only = false;
    }
    if (in->rx_dv || m->rx_at) receive_wire(m, in);
    if (out->tx_en || m->tx_at) transmit_wire(m, out);
    cover_82576_dma_cycle(c, now, in, out);
    if (out->csr_rvalid) reply(c, now, (uint32_t)out->csr_rdata);
    if (in->csr_valid) access(c, now, in, out);
}

// ---- meters ------------------------------------------------------------------------------------

static void on_fate(cover_t *c, uint64_t cyc, uint32_t fate, uint32_t queues)
{
    const igb_t *m = igb_of(c);
    if (fate <= NIC_FATE_NO_DESC) cover_hit(c, m->fate + fate);
    if (m->pulse_cyc == cyc && m->pulse == PULSE_STATS) cover_hit(c, m->same + SAME_STATS);
    if (fate != NIC_FATE_ACCEPTED || !queues) return;
    const unsigned n = (unsigned)__builtin_popcount(queues);
    cover_hit(c, m->rx_pool_set + (n == 1   ? FOR_ONE
                                   : n == 2 ? FOR_TWO
                                   : n < 8  ? FOR_SEVERAL
                                            : FOR_ALL));
    if (queues >> IGB_Pools) cover_hit(c, m->rx_pool_set + FOR_UPPER);
}

static void on_host(cover_t *c, uint64_t cyc, uint32_t b)
{
    static const uint8_t OF[8] = {TYPE_LEGACY, TYPE_ADVANCED, TYPE_SPLIT, TYPE_OTHER,
                                  TYPE_OTHER,  TYPE_ALWAYS,   TYPE_OTHER, TYPE_OTHER};
    const igb_t *m = igb_of(c);
    const unsigned queue = b >> 16 & (IGB_Queues - 1);
    cover_hit(c, b & NIC_PROBE_LOOPED ? m->looped_queue + queue % IGB_Pools : m->rx_queue + queue);
    cover_hit(c, m->desctype + OF[FGET(IGB_SRRCTL_DESCTYPE, m->reg[IGB_R_SRRCTL + queue])]);
    if (m->vf_reset_cyc[queue % IGB_Pools] == cyc) cover_hit(c, m->same + SAME_RESET_P);
}

// The switch has decided on a frame of the queue.
static void decided(cover_t *c, uint64_t cyc, unsigned queue)
{
    const igb_t *m = igb_of(c);
    cover_hit(c, m->tx_queue + queue % IGB_Queues);
    if (m->vf_reset_cyc[queue % IGB_Pools] == cyc) cover_hit(c, m->same + SAME_RESET_SWITCH);
}

static void on_wire(cover_t *c, uint64_t cyc, uint32_t len, unsigned queue)
{
    igb_t *m = igb_of(c);
    m->sent[m->sent_put % SENT_MAX].len = len;
    m->sent[m->sent_put++ % SENT_MAX].queue = (uint8_t)queue;
    m->wire_cyc = cyc;
    m->wire_only = true;
    decided(c, cyc, queue);
}

static void on_loop(cover_t *c, uint64_t cyc, uint32_t queues, unsigned queue)
{
    igb_t *m = igb_of(c);
    const bool both = m->wire_cyc == cyc;
    cover_hit(c, m->switched + (both ? SWITCH_BOTH : SWITCH_QUEUES));
    if (both) m->wire_only = false;
    else decided(c, cyc, queue);
    if (queues & (queues - 1)) cover_hit(c, m->switched + SWITCH_SEVERAL);
    if ((queues | queues >> IGB_Pools) >> queue % IGB_Pools & 1)
        cover_hit(c, m->switched + SWITCH_ITSELF);
}

static void on_cause(cover_t *c, uint64_t cyc, uint32_t bits)
{
    const igb_t *m = igb_of(c);
    cover_causes(c, m->cause, m->cause_bits, bits);
    if (m->pulse_cyc != cyc) return;
    if (m->pulse == PULSE_ICR_READ) cover_hit(c, m->same + SAME_ICR_READ);
    if (m->pulse == PULSE_ICR_WRITE) cover_hit(c, m->same + SAME_ICR_WRITE);
    if (m->pulse == PULSE_ICS) cover_hit(c, m->same + SAME_ICS);
}

static void probe(cover_t *c, enum nic_probe what, uint64_t cyc, uint32_t a, uint32_t b)
{
    igb_t *m = igb_of(c);
    switch (what) {
    case NIC_PROBE_RX_FATE: on_fate(c, cyc, a, b >> 16); break;
    case NIC_PROBE_RX_HOST: on_host(c, cyc, b); break;
    case NIC_PROBE_RX_DROP:
        cover_hit(c, m->drop + (b & 1 ? DROP_OFF : DROP_NO_DESC) +
                         (b & NIC_PROBE_LOOPED ? DROP_LOOP_NO_DESC : 0));
        break;
    case NIC_PROBE_WIRE: on_wire(c, cyc, a, b >> 16); break;
    case NIC_PROBE_LOOP: on_loop(c, cyc, b & 0xFFFF, b >> 16); break;
    case NIC_PROBE_SPOOF:
        cover_hit(c, m->switched + SWITCH_SPOOF);
        m->spoof_cyc = cyc;
        decided(c, cyc, a);
        break;
    case NIC_PROBE_CAUSE: on_cause(c, cyc, a); break;
    case NIC_PROBE_RX_LOST:
        cover_hit(c, m->lost + (b == NIC_PROBE_ALL ? LOST_RESET : LOST_RESTART));
        break;
    case NIC_PROBE_TIMER:
    case NIC_PROBE_RX_WB:
    case NIC_PROBE_TX_FETCH:
    case NIC_PROBE_TX_WB: break;
    }
}

// ---- the floor ---------------------------------------------------------------------------------

static const char FLOOR[] =
    "80 RW read\n3 RWSC read\n14 RO read\n50 RC read\n4 RCL read\n4 RCH read\n2 W1S read\n"
    "2 TAIL read\n2 HEAD read\n3 CMD read\n2 RCCW1C read\nCNT read: EITR\nMBX read: V2PMAILBOX\n"
    "60 RW write\n3 RWSC write\n12 RO write\nWO write: VTCTRL\n50 RC write\n4 RCL write\n4 RCH "
    "write\n"
    "2 TAIL write\n2 HEAD write\n3 CMD write\n2 RWH write\n2 RCCW1C write\nCNT write: EITR\n"
    "180 field toggled\n42 VF read\n38 VF write\n11 cause\ncause: RXDW\ncause: TXDW\ncause: VMMB\n"
    "cause: DOUTSYNC\n3 in one cycle\n7 VFs there\n4 SR-IOV\n3 functions\n7 PF reset during\n"
    "5 PF FLR during\n6 VF FLR during\n6 VF VTCTRL.RST during\n6 PF VTCTRL.RST during\n"
    "6 VFE off during\n16 mailbox\n5 fate of a frame\n5 received for\n15 received by queue\n"
    "5 received with DESCTYPE\n4 dropped\n15 sent by queue\n8 looped to queue\n8 switch\n"
    "2 receive descriptor\n15 receive write-back\n9 RSS type\n21 transmit descriptor\n"
    "3 transmit write-back\n7 TLP\n9 reads and writes of\n9 messages of\n3 interrupt\n30 MSI-X "
    "entry\n"
    "2 message held back by\n4 gate\n2 received at Mb/s\n1 sent at Mb/s\n4 read of space\n"
    "4 write of space\n5 host and partner\n2 idle\n2 lost\n";

// Of the seeds 200 and 1200 with some to spare.
static const char FLOOR_LONG[] =
    "92 RW read\n5 RWSC read\n17 RO read\nWO read: VTCTRL\n61 RC read\n5 RCL read\n5 RCH read\n3 "
    "W1S read\n"
    "3 W1C read\n2 TAIL read\n2 HEAD read\n4 CMD read\n3 RWH read\n3 RW1C read\n2 RCCW1C read\n"
    "3 WO1S read\nCNT read: EITR\nSEM read: SWSM\nMBX read: V2PMAILBOX\n"
    "88 RW write\n5 RWSC write\n18 RO write\nWO write: VTCTRL\n61 RC write\n5 RCL write\n5 RCH "
    "write\n"
    "3 W1C write\n2 TAIL write\n2 HEAD write\n4 CMD write\n3 RWH write\n3 RW1C write\n2 RCCW1C "
    "write\n"
    "3 WO1S write\nCNT write: EITR\nSEM write: SWSM\n225 field toggled\n43 VF read\n42 VF "
    "write\n12 cause\n"
    "5 in one cycle\n8 VFs there\n4 SR-IOV\n5 functions\n8 PF reset during\n7 PF FLR during\n"
    "7 VF FLR during\n7 VF VTCTRL.RST during\n7 PF VTCTRL.RST during\n7 VFE off during\n19 "
    "mailbox\n"
    "6 fate of a frame\n5 received for\n16 received by queue\n5 received with DESCTYPE\n4 dropped\n"
    "16 sent by queue\n8 looped to queue\n8 switch\n3 receive descriptor\n18 receive write-back\n"
    "10 RSS type\n23 transmit descriptor\n3 transmit write-back\n7 TLP\n9 reads and writes of\n"
    "9 messages of\n3 interrupt\n34 MSI-X entry\n3 message held back by\n5 gate\n3 received at "
    "Mb/s\n"
    "2 sent at Mb/s\n4 read of space\n4 write of space\n6 host and partner\n2 idle\n2 lost\n";

const cover_kind_t cover_82576 = {.own = sizeof(igb_t),
                                  .create = create,
                                  .restart = restart,
                                  .cycle = cycle,
                                  .probe = probe,
                                  .floor = FLOOR,
                                  .floor_long = FLOOR_LONG};
