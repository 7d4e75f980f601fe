// SPDX-License-Identifier: Apache-2.0
#include "model/irq_82576.h"

#include <string.h>

#include "model/vf_view.h"

// Reset values and bits that exist.
enum {
#define REG(n, off, acc, rst, wm, own, keep, doc)                                                  \
    n##_RESET = (int32_t)0x##rst##u, n##_WMASK = (int32_t)0x##wm##u,
#define QREG(n, base, stride, count, acc, rst, wm, own, keep, doc)                                 \
    n##_RESET = (int32_t)0x##rst##u, n##_WMASK = (int32_t)0x##wm##u,
#include "rtl/regs_82576.def"
};

enum {
    VECTORS = (1 << IGB_Vectors) - 1,
    VALID = FMASK(IGB_IVAR_RX_LO_VALID), // of a byte of IVAR
    LINE_BITS = 16,                      // MSIX_MODE = 0: bits of EICR that queues can have
    NONE = 32,                           // no vector
};

void irq_82576_reset(irq_82576_t *s)
{
    memset(s, 0, sizeof *s);
    s->eims_q = (uint32_t)EIMS_RESET;
}

// CTRL.RST and FLR of the PF. What VFs have set up stays, so that they can be told that the PF is back (CTRL_EXT.PFRSTD).
static void reset_pf(irq_82576_t *s, uint8_t stay)
{
    const irq_82576_t was = *s;
    irq_82576_reset(s);
    for (uint32_t m = stay; m; m &= m - 1) {
        const unsigned n = (unsigned)__builtin_ctz(m);
        const uint32_t own = vf_view_vectors(n);
        s->eims_q |= was.eims_q & own;
        s->eiac_q |= was.eiac_q & own;
        s->eiam_q |= was.eiam_q & own;
        s->ivar_q[n] = was.ivar_q[n];
        s->vtivar_misc_q[n] = was.vtivar_misc_q[n];
        for (unsigned k = igb_first_vector(n); k < igb_first_vector(n) + IGB_MsixVf; k++) {
            s->rx_frames_q[k] = was.rx_frames_q[k];
            s->tx_frames_q[k] = was.tx_frames_q[k];
        }
    }
}

// ---- from a queue to its vector ----

// Byte 0: rx of queues 0-7, 1: their tx, 2 and 3: of queues 8-15. The bit of EICR, or NONE.
static unsigned queue_vector(const irq_82576_t *s, unsigned queue, bool tx)
{
    const unsigned at = (queue >> 3) * 2 + tx;
    const uint32_t byte = s->ivar_q[queue & 7] >> 8 * at & 0xFF;
    const unsigned vector = FGET(IGB_IVAR_RX_LO, byte);
    if (!(byte & VALID)) return NONE;
    if (!irq_82576_msix_mode(s)) return vector % LINE_BITS;
    return vector < IGB_Vectors ? vector : NONE;
}

unsigned irq_82576_gate(const irq_82576_t *s, unsigned queue, bool tx)
{
    const unsigned vector = queue_vector(s, queue, tx);
    if (vector == NONE) return IGB_Vectors;
    return irq_82576_msix_mode(s) ? vector : 0;
}

static bool queue_open(const irq_82576_t *s, unsigned queue, bool tx, uint32_t open)
{
    const unsigned gate = irq_82576_gate(s, queue, tx);
    return gate == IGB_Vectors || (open >> gate & 1);
}

bool irq_82576_rx_open(const irq_82576_t *s, unsigned queue, uint32_t open)
{
    return queue_open(s, queue, false, open);
}

bool irq_82576_tx_open(const irq_82576_t *s, unsigned queue, uint32_t open)
{
    return queue_open(s, queue, true, open);
}

// ---- causes of this tick ----

typedef struct causes {
    uint32_t icr;  // bits set in ICR
    uint32_t eicr; // bits set in EICR
    uint32_t lli;  // those of them that are urgent
} causes_t;

// Packets are counted; true: they are a cause.
static bool count(uint32_t frames, uint16_t *n, unsigned packets)
{
    const uint32_t sum = *n + packets;
    *n = sum < frames ? (uint16_t)sum : 0;
    return packets != 0 && sum >= frames;
}

static void receive_event(irq_82576_t *s, const irq_82576_wb_t *wb, causes_t *c)
{
    const unsigned vector = queue_vector(s, wb->queue, false);
    bool cause = wb->packets != 0 || wb->lli;
    if (vector != NONE) {
        if (wb->lli) s->rx_n_q[vector] = 0;
        else cause = count(s->rx_frames_q[vector], &s->rx_n_q[vector], wb->packets);
    }
    if (cause) c->icr |= FMASK(IGB_ICR_RXDW);
    if (wb->rxdmt) c->icr |= FMASK(IGB_ICR_RXDMT0);
    if (vector != NONE && (cause || wb->rxdmt)) c->eicr |= 1u << vector;
    if (wb->lli || wb->rxdmt) {
        if (!irq_82576_msix_mode(s)) c->lli |= 1;
        else if (vector != NONE) c->lli |= 1u << vector;
    }
}

static void transmit_event(irq_82576_t *s, const irq_82576_wb_t *wb, causes_t *c)
{
    const unsigned vector = queue_vector(s, wb->queue, true);
    bool cause = wb->packets != 0;
    if (vector != NONE) cause = count(s->tx_frames_q[vector], &s->tx_n_q[vector], wb->packets);
    if (!cause) return;
    c->icr |= FMASK(IGB_ICR_TXDW);
    if (vector != NONE) c->eicr |= 1u << vector;
}

static uint32_t other_vector(const irq_82576_t *s)
{
    const uint32_t vector = FGET(IGB_IVAR_MISC_OTHER, s->ivar_misc_q);
    if (!(s->ivar_misc_q & FMASK(IGB_IVAR_MISC_OTHER_VALID))) return 0;
    return vector < IGB_Vectors ? 1u << vector : 0;
}

bool irq_82576_fills(const irq_82576_t *s, const irq_82576_wb_t *wb, bool tx)
{
    if (!wb->valid || wb->packets == 0 || wb->lli) return false;
    const unsigned vector = queue_vector(s, wb->queue, tx);
    if (vector == NONE) return false;
    const uint32_t frames = (tx ? s->tx_frames_q : s->rx_frames_q)[vector];
    return frames && (uint32_t)(tx ? s->tx_n_q : s->rx_n_q)[vector] + wb->packets >= frames;
}

// In the usual case: packets are not counted, and events like this one wait for their message already.
bool irq_82576_heeds(const irq_82576_t *s, const irq_82576_wb_t *wb, bool tx)
{
    if (!irq_82576_msix_mode(s) || wb->lli || wb->rxdmt) return true;
    if (wb->packets == 0) return false;
    const uint32_t icr = tx ? FMASK(IGB_ICR_TXDW) : FMASK(IGB_ICR_RXDW);
    if (!(s->icr_q & icr)) return true;
    uint32_t vectors = (s->ims_q & icr) ? other_vector(s) : 0;
    const unsigned vector = queue_vector(s, wb->queue, tx);
    if (vector != NONE) {
        if ((tx ? s->tx_frames_q : s->rx_frames_q)[vector] != 0) return true;
        if ((tx ? s->tx_n_q : s->rx_n_q)[vector] != 0) return true;
        vectors |= 1u << vector;
    }
    return (vectors & ~(s->eicr_q & s->ev_q)) != 0;
}

static uint32_t mailbox_vectors(const irq_82576_t *s, uint8_t vf)
{
    uint32_t vectors = 0;
    for (unsigned n = 0; n < IGB_Vfs; n++) {
        const uint32_t k = FGET(IGB_VTIVAR_MISC_VECTOR, s->vtivar_misc_q[n]);
        if ((vf >> n & 1) && (s->vtivar_misc_q[n] & FMASK(IGB_VTIVAR_MISC_VALID)))
            vectors |= 1u << (igb_first_vector(n) + (k == 3 ? 2 : k));
    }
    return vectors;
}

// ---- registers that are only stored ----

static void csr_store(irq_82576_t *s, const csr_t *csr, uint32_t own)
{
    const uint32_t w = csr->wdata;
    const unsigned k = csr->index;
    switch (csr->id) {
    case IGB_R_IAM: s->iam_q = w & IAM_WMASK; break;
    case IGB_R_EIAC: s->eiac_q = (s->eiac_q & ~own) | (w & own & EIAC_WMASK); break;
    case IGB_R_EIAM: s->eiam_q = (s->eiam_q & ~own) | (w & own & EIAM_WMASK); break;
    case IGB_R_GPIE: s->gpie_q = w & GPIE_WMASK; break;
    case IGB_R_IVAR: s->ivar_q[k] = w & IVAR_WMASK; break;
    case IGB_R_IVAR_MISC: s->ivar_misc_q = w & IVAR_MISC_WMASK; break;
    case IGB_R_VTIVAR_MISC: s->vtivar_misc_q[k] = w & VTIVAR_MISC_WMASK; break;
    case IGB_R_VRXFRAMES:
        s->rx_frames_q[k] = w & VRXFRAMES_WMASK;
        s->rx_n_q[k] = 0;
        break;
    case IGB_R_VTXFRAMES:
        s->tx_frames_q[k] = w & VTXFRAMES_WMASK;
        s->tx_n_q[k] = 0;
        break;
    default: break;
    }
}

static void vf_reset(irq_82576_t *s, unsigned n)
{
    const uint32_t keep = ~vf_view_vectors(n);
    s->eicr_q &= keep;
    s->eims_q &= keep;
    s->eiac_q &= keep;
    s->eiam_q &= keep;
    s->ev_q &= keep;
    s->lli_q &= keep;
    s->ivar_q[n] = 0;
    s->vtivar_misc_q[n] = 0;
    for (unsigned k = igb_first_vector(n); k < igb_first_vector(n) + IGB_MsixVf; k++)
        s->rx_frames_q[k] = s->tx_frames_q[k] = s->rx_n_q[k] = s->tx_n_q[k] = 0;
}

// ---- a tick ----

static void step(irq_82576_t *s, const irq_82576_in_t *in)
{
    const bool msix_mode = irq_82576_msix_mode(s), pend = irq_82576_pend(s);
    const bool write = in->csr.valid && in->csr.write;
    const bool read = in->csr.valid && !in->csr.write;
    const bool eiame = (s->gpie_q & FMASK(IGB_GPIE_EIAME)) != 0;
    const uint32_t own = in->csr_func ? vf_view_vectors(in->csr_func - 1u) : 0xFFFFFFFF;
    const uint32_t w = in->csr.wdata;
    const uint32_t icr = s->icr_q, ims = s->ims_q, eims = s->eims_q, mode = s->gpie_q;

    // Causes, with the registers as they are.
    causes_t c = {.icr = in->set & ICS_WMASK};
    if (in->rx.valid) receive_event(s, &in->rx, &c);
    if (in->tx.valid) transmit_event(s, &in->tx, &c);
    if (msix_mode && in->vf) c.eicr |= mailbox_vectors(s, in->vf);

    // 1. clears
    uint32_t eicr_clear = 0;
    if (write && in->csr.id == IGB_R_IMC) s->ims_q &= ~w;
    if (write && in->csr.id == IGB_R_EIMC) s->eims_q &= ~w;
    if (in->csr.valid && in->csr.id == IGB_R_ICR) {
        const bool nsicr = (s->gpie_q & FMASK(IGB_GPIE_NSICR)) != 0;
        const bool asserted = (icr & FMASK(IGB_ICR_INT_ASSERTED)) != 0;
        const bool clears = nsicr || ims == 0 || asserted || !in->msix_en;
        if (write) s->icr_q &= ~w;
        else if (clears) s->icr_q = 0;
        if ((write || clears) && (nsicr || asserted)) s->ims_q &= ~s->iam_q;
    }
    if (in->csr.valid && in->csr.id == IGB_R_EICR) {
        if (write) eicr_clear = w;
        else if (!msix_mode && in->csr_func == 0) eicr_clear = 0xFFFFFFFF;
        if (!eiame) s->eims_q &= ~(s->eiam_q & eicr_clear);
    }
    s->eicr_q &= ~eicr_clear;
    s->ev_q &= ~eicr_clear;

    // 2. sent
    if (msix_mode) {
        s->ev_q &= ~in->sent;
        s->eicr_q &= ~(in->sent & s->eiac_q);
        if (eiame) s->eims_q &= ~(in->sent & s->eiam_q);
    }

    // 3. sets
    if (write && in->csr.id == IGB_R_ICS) c.icr |= w & ICS_WMASK;
    if (write && in->csr.id == IGB_R_IMS) s->ims_q |= w & IMS_WMASK;
    s->icr_q |= c.icr;
    const bool other = (s->icr_q & s->ims_q & (c.icr | ~(icr & ims))) != 0;
    if (msix_mode && other) c.eicr |= other_vector(s);
    if (write && in->csr.id == IGB_R_EICS) {
        c.eicr |= w & EICS_WMASK;
        s->eims_q |= w & EICS_WMASK & s->eiam_q;
    }
    if (write && in->csr.id == IGB_R_EIMS) s->eims_q |= w & EIMS_WMASK;
    s->eicr_q |= c.eicr;

    // 4. events, and which of them are urgent
    if (msix_mode) {
        s->ev_q |= (c.eicr | (s->eicr_q & s->eims_q & ~eims)) & VECTORS;
        s->lli_q = (s->lli_q & ~eicr_clear & ~in->sent) | c.lli;
    } else {
        const bool read_eicr = read && in->csr.id == IGB_R_EICR && in->csr_func == 0;
        if (!(s->icr_q & (FMASK(IGB_ICR_RXDW) | FMASK(IGB_ICR_RXDMT0))) || read_eicr ||
            (in->sent & 1))
            s->lli_q = 0;
        s->lli_q |= c.lli;
    }

    // The line. What comes behind its rise is told by MSI-X anew, so that nothing depends on whether ICR was read in time.
    s->news_q = !msix_mode && in->msix_en && (other || (s->news_q && pend && !(in->sent & 1)));
    if (in->msi_done) s->msi_q = false;
    if (!pend) {
        s->int_q = false;
    } else if (in->sent & 1) {
        s->int_q = true;
        s->msi_q = in->msi_en && !in->msix_en;
        s->icr_q |= FMASK(IGB_ICR_INT_ASSERTED);
    }

    if (write) csr_store(s, &in->csr, own);
    if ((mode ^ s->gpie_q) & FMASK(IGB_GPIE_MSIX_MODE)) {
        s->ev_q = s->lli_q = 0;
        s->int_q = s->news_q = false;
    }
}

void irq_82576_tick(irq_82576_t *s, const irq_82576_in_t *in)
{
    if (in->reset) reset_pf(s, in->stay);
    else step(s, in);
    for (uint32_t m = in->vf_reset; m; m &= m - 1) vf_reset(s, (unsigned)__builtin_ctz(m));
}

uint32_t irq_82576_read(const irq_82576_t *s, uint16_t id, uint16_t index)
{
    const bool other = !irq_82576_msix_mode(s) && (s->icr_q & s->ims_q) != 0;
    switch (id) {
    case IGB_R_ICR: return s->icr_q;
    case IGB_R_IMS: return s->ims_q;
    case IGB_R_IAM: return s->iam_q;
    case IGB_R_EICR: return s->eicr_q | (uint32_t)other << IGB_EICR_OTHER_LSB;
    case IGB_R_EIMS: return s->eims_q;
    case IGB_R_EIAC: return s->eiac_q;
    case IGB_R_EIAM: return s->eiam_q;
    case IGB_R_GPIE: return s->gpie_q;
    case IGB_R_IVAR: return s->ivar_q[index];
    case IGB_R_IVAR_MISC: return s->ivar_misc_q;
    case IGB_R_VTIVAR_MISC: return s->vtivar_misc_q[index];
    case IGB_R_VRXFRAMES: return s->rx_frames_q[index];
    case IGB_R_VTXFRAMES: return s->tx_frames_q[index];
    default: return 0; // ICS, IMC, EICS and EIMC too
    }
}
