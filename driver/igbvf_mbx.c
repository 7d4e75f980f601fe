// SPDX-License-Identifier: Apache-2.0
#include "driver/igbvf_mbx.h"

#include <string.h>

#define RESET_TRIES  200u
#define RESET_US     5u
#define ANSWER_TRIES 2000u
#define ANSWER_US    500u
#define SETTLE_MS    10u // after the PF has heard of the reset
#define ATTEMPTS     8u  // at a request whose answer was lost

#define V2P(bit) FMASK(IGB_V2PMAILBOX_##bit)

static uint32_t rd32(const igbvf_mbx_t *m, uint32_t off)
{
    return os_rd32(m->d, off);
}

static void wr32(const igbvf_mbx_t *m, uint32_t off, uint32_t value)
{
    os_wr32(m->d, off, value);
}

static uint32_t word(unsigned i)
{
    return IGBVF_VMBMEM + IGBVF_VMBMEM_STRIDE * i;
}

// ---- the buffer ---------------------------------------------------------------------------------

static uint32_t status(igbvf_mbx_t *m)
{
    const uint32_t v = rd32(m, IGBVF_V2PMAILBOX) | m->latched;

    m->latched = v & (V2P(PFSTS) | V2P(PFACK) | V2P(RSTD));
    return v;
}

// Whether a bit was there since the last question.
static bool take(igbvf_mbx_t *m, uint32_t bits)
{
    const uint32_t v = status(m);

    m->latched &= ~bits;
    return (v & bits) != 0;
}

static int wait_for(igbvf_mbx_t *m, uint32_t bit)
{
    for (unsigned i = 0; i < ANSWER_TRIES; i++) {
        if (take(m, bit)) return 0;
        os_udelay(m->d, ANSWER_US);
    }
    m->silent = true;
    return -ETIMEDOUT;
}

static int lock(igbvf_mbx_t *m)
{
    for (unsigned i = 0; i < IGB_LOCK_TRIES; i++) {
        if (i) os_udelay(m->d, IGB_LOCK_US);
        wr32(m, IGBVF_V2PMAILBOX, V2P(VFU));
        if (status(m) & V2P(VFU)) return 0;
    }
    return -EBUSY;
}

// Sends a message and waits until the PF has it.
static int send(igbvf_mbx_t *m, const uint32_t *msg, unsigned words)
{
    int err;

    if (m->silent) return -ETIMEDOUT;
    if ((err = lock(m))) return err;
    take(m, V2P(PFSTS)); // of what is overwritten
    take(m, V2P(PFACK));
    for (unsigned i = 0; i < words; i++) wr32(m, word(i), msg[i]);
    wr32(m, IGBVF_V2PMAILBOX, V2P(REQ)); // and gives the buffer back
    return wait_for(m, V2P(PFACK));
}

static int fetch(igbvf_mbx_t *m, uint32_t *msg, unsigned words)
{
    int err = lock(m);

    if (err) return err;
    for (unsigned i = 0; i < words; i++) msg[i] = rd32(m, word(i));
    wr32(m, IGBVF_V2PMAILBOX, V2P(ACK));
    return 0;
}

static int receive(igbvf_mbx_t *m, uint32_t *msg, unsigned words)
{
    int err = wait_for(m, V2P(PFSTS));

    return err ? err : fetch(m, msg, words);
}

// A request and its answer.
static int ask(igbvf_mbx_t *m, const uint32_t *msg, unsigned words)
{
    int err = -EPROTO;

    for (unsigned i = 0; i < ATTEMPTS; i++) {
        uint32_t answer;
        if ((err = send(m, msg, words)) || (err = receive(m, &answer, 1))) return err;
        if ((answer & (IGB_MSG_NACK | IGB_MSG_CTS)) == IGB_MSG_NACK) {
            m->link_unknown = true;
            return -ENOTCONN;
        }
        err = -EPROTO;
        if (FGET(IGB_MSG_TYPE, answer) == IGB_MSG_PF_CONTROL) continue;
        if (FGET(IGB_MSG_TYPE, answer) != FGET(IGB_MSG_TYPE, msg[0])) break;
        return answer & IGB_MSG_ACK ? 0 : -EACCES;
    }
    return err;
}

// ---- requests -----------------------------------------------------------------------------------

void igbvf_mbx_init(igbvf_mbx_t *m, os_dev_t *d)
{
    *m = (igbvf_mbx_t){.d = d, .silent = true, .link_unknown = true};
}

static int hand_shake(igbvf_mbx_t *m)
{
    static const uint32_t request = IGB_MSG_RESET;
    uint32_t msg[IGB_MSG_MAC_WORDS];
    int err = send(m, &request, 1);

    if (err) return err;
    os_msleep(m->d, SETTLE_MS);
    if ((err = receive(m, msg, IGB_MSG_MAC_WORDS))) return err;
    // A word that the PF has put upon its answer leaves the address.
    if (msg[0] == (IGB_MSG_RESET | IGB_MSG_ACK) || msg[0] == (IGB_MSG_PF_CONTROL | IGB_MSG_CTS)) {
        for (unsigned i = 0; i < 6; i++) m->mac[i] = (uint8_t)(msg[1 + i / 4] >> i % 4 * 8);
        return 0;
    }
    return msg[0] == (IGB_MSG_RESET | IGB_MSG_NACK) ? 0 : -EPROTO;
}

int igbvf_mbx_reset(igbvf_mbx_t *m)
{
    unsigned tries = 0;

    m->silent = true;
    m->link_unknown = true;
    m->reset_ns = os_now_ns(m->d);
    memset(m->mac, 0, 6);
    wr32(m, IGBVF_VTCTRL, rd32(m, IGBVF_VTCTRL) | FMASK(IGB_VTCTRL_RST));
    while (take(m, V2P(RSTI) | V2P(RSTD))) {
        if (++tries == RESET_TRIES) {
            os_log(m->d, "the PF is still in reset");
            return -EBUSY;
        }
        os_udelay(m->d, RESET_US);
    }
    m->silent = false;
    return hand_shake(m);
}

static uint32_t head(enum igb_msg_type type, unsigned info)
{
    return FPUT(IGB_MSG_TYPE, type) | FPUT(IGB_MSG_INFO, info);
}

static int ask_mac(igbvf_mbx_t *m, unsigned info, const uint8_t mac[6])
{
    uint32_t msg[IGB_MSG_MAC_WORDS] = {head(IGB_MSG_SET_MAC, info)};

    for (unsigned i = 0; i < 6; i++) msg[1 + i / 4] |= (uint32_t)mac[i] << i % 4 * 8;
    return ask(m, msg, IGB_MSG_MAC_WORDS);
}

int igbvf_set_mac(igbvf_mbx_t *m, const uint8_t mac[6])
{
    return ask_mac(m, IGB_MAC_PRIMARY, mac);
}

int igbvf_clear_macs(igbvf_mbx_t *m)
{
    static const uint8_t none[6];

    return ask_mac(m, IGB_MAC_CLEAR, none);
}

int igbvf_add_mac(igbvf_mbx_t *m, const uint8_t mac[6])
{
    return ask_mac(m, IGB_MAC_ADD, mac);
}

int igbvf_set_groups(igbvf_mbx_t *m, const uint8_t (*mac)[6], unsigned count)
{
    if (count > IGB_MSG_HASHES) count = IGB_MSG_HASHES;
    uint32_t msg[IGB_MSG_WORDS] = {head(IGB_MSG_SET_MULTICAST, count)};

    // As PF hardware hashes with RCTL.MO = 0: the upper 12 bits of the address.
    for (unsigned i = 0; i < count; i++)
        msg[1 + i / 2] |= ((uint32_t)mac[i][4] >> 4 | (uint32_t)mac[i][5] << 4) << i % 2 * 16;
    return send(m, msg, IGB_MSG_WORDS);
}

int igbvf_set_vlan(igbvf_mbx_t *m, uint16_t vid, bool on)
{
    const uint32_t msg[] = {head(IGB_MSG_SET_VLAN, on ? IGB_VLAN_ADD : IGB_VLAN_REMOVE), vid};

    return ask(m, msg, 2);
}

int igbvf_set_frame_size(igbvf_mbx_t *m, uint32_t bytes)
{
    const uint32_t msg[] = {head(IGB_MSG_SET_LPE, 0), bytes};

    return send(m, msg, 2);
}

int igbvf_set_all_multicasts(igbvf_mbx_t *m, bool on)
{
    const uint32_t msg = head(IGB_MSG_SET_PROMISC, on ? IGB_PROMISC_MULTICAST : IGB_PROMISC_NONE);

    return ask(m, &msg, 1);
}

// ---- link ---------------------------------------------------------------------------------------

enum igbvf_link igbvf_check_link(igbvf_mbx_t *m)
{
    uint32_t msg;

    if (take(m, V2P(RSTI) | V2P(RSTD)) || m->silent) m->link_unknown = true;
    if (!m->link_unknown) return IGBVF_LINK_UP;
    if (!(rd32(m, IGBVF_VTSTATUS) & FMASK(IGB_STATUS_LU))) return IGBVF_LINK_UNKNOWN;
    // What the PF said last is still there. No buffer: next time.
    if (fetch(m, &msg, 1)) return IGBVF_LINK_UNKNOWN;
    if (!(msg & IGB_MSG_CTS)) return msg & IGB_MSG_NACK ? IGBVF_LINK_LOST : IGBVF_LINK_UNKNOWN;
    if (m->silent) return IGBVF_LINK_LOST; // it talks again
    m->link_unknown = false;
    return IGBVF_LINK_UP;
}

bool igbvf_reset_due(const igbvf_mbx_t *m)
{
    return os_now_ns(m->d) - m->reset_ns > IGBVF_RESET_AGAIN_NS;
}
