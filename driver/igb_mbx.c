// SPDX-License-Identifier: Apache-2.0
#include "driver/igb_mbx.h"

#include <string.h>

#define NACK_NS 2000000000ull
#define LPE_MIN 64u // bytes of the shortest frame

#define P2V(bit)   FMASK(IGB_P2VMAILBOX_##bit)
#define VMOLR(bit) FMASK(IGB_VMOLR_##bit)

enum {
    EACH_VF = (1 << IGB_Vfs) - 1,
    VFREQ = 1 << IGB_MBVFICR_VFREQ_LSB, // of VF 0
    VFACK = 1 << IGB_MBVFICR_VFACK_LSB
};

static uint32_t rd32(const igb_mbx_t *m, uint32_t off)
{
    return os_rd32(m->pools.d, off);
}

static void wr32(const igb_mbx_t *m, uint32_t off, uint32_t value)
{
    os_wr32(m->pools.d, off, value);
}

static void set32(const igb_mbx_t *m, uint32_t off, uint32_t bits)
{
    wr32(m, off, rd32(m, off) | bits);
}

// ---- the buffer ---------------------------------------------------------------------------------

static uint32_t p2v(unsigned n)
{
    return IGB_P2VMAILBOX + IGB_P2VMAILBOX_STRIDE * n;
}

static uint32_t word(unsigned n, unsigned i)
{
    return IGB_VMBMEM + IGB_VMBMEM_STRIDE * (IGB_MSG_WORDS * n + i);
}

// A cause of a register whose ones clear: whether it was there.
static bool take(const igb_mbx_t *m, uint32_t off, uint32_t bit)
{
    if (!(rd32(m, off) & bit)) return false;
    wr32(m, off, bit);
    return true;
}

// The buffer is the PF's. -EBUSY when the VF does not give it back.
static int lock(igb_mbx_t *m, unsigned n)
{
    for (unsigned i = 0; i < IGB_LOCK_TRIES; i++) {
        if (i) os_udelay(m->pools.d, IGB_LOCK_US);
        wr32(m, p2v(n), P2V(PFU));
        if (rd32(m, p2v(n)) & P2V(PFU)) return 0;
    }
    m->lock_failures++;
    return -EBUSY;
}

static void unlock(const igb_mbx_t *m, unsigned n)
{
    wr32(m, p2v(n), 0);
}

// A request that waits would be written over; the VF hears from its answer what it has to know.
static int send(igb_mbx_t *m, unsigned n, const uint32_t *msg, unsigned words)
{
    int err = lock(m, n);

    if (err) return err;
    const uint32_t causes = rd32(m, IGB_MBVFICR);
    if (causes & VFREQ << n) {
        unlock(m, n);
        m->withheld++;
        return -EAGAIN;
    }
    if (causes & VFACK << n) wr32(m, IGB_MBVFICR, VFACK << n); // of what is gone
    for (unsigned i = 0; i < words; i++) wr32(m, word(n, i), msg[i]);
    wr32(m, p2v(n), P2V(STS)); // and gives the buffer back
    return 0;
}

// The buffer stays the PF's until it has answered.
static int receive(igb_mbx_t *m, unsigned n, uint32_t msg[IGB_MSG_WORDS])
{
    int err = lock(m, n);

    if (err) return err;
    for (unsigned i = 0; i < IGB_MSG_WORDS; i++) msg[i] = rd32(m, word(n, i));
    wr32(m, p2v(n), P2V(ACK) | P2V(PFU));
    return 0;
}

// ---- what VFs ask for ---------------------------------------------------------------------------

void igb_mbx_write_groups(const igb_mbx_t *m)
{
    uint32_t mta[IGB_MTA_COUNT];

    memcpy(mta, m->pools.groups, sizeof mta);
    for (unsigned n = 0; n < m->pools.vfs; n++)
        for (unsigned i = 0; i < m->vf[n].hashes; i++) igb_mta_add(mta, m->vf[n].hash[i]);
    igb_mta_write(&m->pools, mta);
}

static void accept_groups(const igb_mbx_t *m, unsigned n)
{
    const igb_vf_t *v = &m->vf[n];

    igb_vmolr_set(&m->pools, n, VMOLR(MPME) | VMOLR(ROMPE),
                  v->all_multicasts || v->many_groups ? VMOLR(MPME)
                  : v->hashes                         ? VMOLR(ROMPE)
                                                      : 0);
}

// As a VF is after its reset: its address, VLAN 0 (priority tags), broadcast, untagged frames.
static void restore(igb_mbx_t *m, unsigned n)
{
    igb_vf_t *v = &m->vf[n];
    const bool groups = v->hashes != 0;

    v->clear_to_send = false;
    if (!v->mac_fixed) memset(v->mac, 0, 6);
    v->hashes = 0;
    v->all_multicasts = v->many_groups = false;
    igb_rar_set(&m->pools, igb_rar_of_vf(n), v->mac, n);
    igb_vlans_clear(&m->pools, n);
    (void)igb_vlan_set(&m->pools, 0, n, true); // has its entry
    igb_vmolr_set(&m->pools, n, 0xFFFFFFFF,
                  FPUT(IGB_VMOLR_RLPML, IGB_FrameMax) | VMOLR(STRCRC) | VMOLR(AUPE) | VMOLR(BAM));
    igb_addresses_clear(&m->pools, n);
    if (groups) igb_mbx_write_groups(m);
}

static void get_mac(uint8_t mac[6], const uint32_t msg[])
{
    for (unsigned i = 0; i < 6; i++) mac[i] = (uint8_t)(msg[1 + i / 4] >> i % 4 * 8);
}

static void reset(igb_mbx_t *m, unsigned n)
{
    igb_vf_t *v = &m->vf[n];
    uint32_t msg[IGB_MSG_MAC_WORDS] = {IGB_MSG_RESET};

    restore(m, n);
    set32(m, IGB_VFTE, 1u << n);
    set32(m, IGB_VFRE, 1u << n);
    v->clear_to_send = true;
    msg[0] |= igb_mac_valid(v->mac) ? IGB_MSG_ACK : IGB_MSG_NACK;
    for (unsigned i = 0; i < 6; i++) msg[1 + i / 4] |= (uint32_t)v->mac[i] << i % 4 * 8;
    (void)send(m, n, msg, IGB_MSG_MAC_WORDS);
}

static int refuse(const igb_mbx_t *m, unsigned n, const char *why)
{
    os_log(m->pools.d, "VF %u: %s", n, why);
    return -EINVAL;
}

static int set_mac(igb_mbx_t *m, unsigned n, unsigned info, const uint32_t msg[])
{
    igb_vf_t *v = &m->vf[n];
    uint8_t mac[6];

    get_mac(mac, msg);
    // Goes with address 0, and so is refused below; done all the same.
    if (info == IGB_MAC_CLEAR) igb_addresses_clear(&m->pools, n);
    if (info > IGB_MAC_ADD) return -EINVAL;
    if (!igb_mac_valid(mac)) return refuse(m, n, "invalid MAC address");
    if (info == IGB_MAC_CLEAR) return 0;
    if (v->mac_fixed && (info == IGB_MAC_ADD || memcmp(mac, v->mac, 6) != 0))
        return refuse(m, n, "its MAC address is set by the administrator");
    if (info == IGB_MAC_ADD) return igb_address_add(&m->pools, mac, n);
    memcpy(v->mac, mac, 6);
    igb_rar_set(&m->pools, igb_rar_of_vf(n), mac, n);
    return 0;
}

static int set_multicast(igb_mbx_t *m, unsigned n, unsigned count, const uint32_t msg[])
{
    igb_vf_t *v = &m->vf[n];

    v->many_groups = count > IGB_MSG_HASHES;
    v->hashes = (uint8_t)(v->many_groups ? IGB_MSG_HASHES : count);
    for (unsigned i = 0; i < v->hashes; i++) v->hash[i] = (uint16_t)(msg[1 + i / 2] >> i % 2 * 16);
    igb_mbx_write_groups(m);
    accept_groups(m, n);
    return 0;
}

static int set_vlan(igb_mbx_t *m, unsigned n, unsigned info, uint32_t vid)
{
    if (info > IGB_VLAN_ADD || vid >= 1u << IGB_VLVF_VID_W) return -EINVAL;
    if (vid == 0 && info == IGB_VLAN_REMOVE) return 0; // stays, for priority tags
    const int err = igb_vlan_set(&m->pools, vid, n, info == IGB_VLAN_ADD);
    if (err) return refuse(m, n, "no room for another VLAN");
    igb_vmolr_set(&m->pools, n, VMOLR(STRVLAN), m->pools.vlans[n] ? VMOLR(STRVLAN) : 0);
    return 0;
}

static int set_lpe(const igb_mbx_t *m, unsigned n, uint32_t bytes)
{
    if (bytes < LPE_MIN || bytes > IGB_FrameMax) return -EINVAL;
    igb_vmolr_set(&m->pools, n, VMOLR(RLPML), FPUT(IGB_VMOLR_RLPML, bytes) | VMOLR(LPE));
    return 0;
}

static int set_promisc(igb_mbx_t *m, unsigned n, unsigned info)
{
    if (info & ~(unsigned)IGB_PROMISC_MULTICAST) return -EINVAL;
    m->vf[n].all_multicasts = info == IGB_PROMISC_MULTICAST;
    accept_groups(m, n);
    return 0;
}

static int serve(igb_mbx_t *m, unsigned n, const uint32_t msg[IGB_MSG_WORDS])
{
    const unsigned info = FGET(IGB_MSG_INFO, msg[0]);

    switch (FGET(IGB_MSG_TYPE, msg[0])) {
    case IGB_MSG_SET_MAC: return set_mac(m, n, info, msg);
    case IGB_MSG_SET_MULTICAST: return set_multicast(m, n, info, msg);
    case IGB_MSG_SET_VLAN: return set_vlan(m, n, info, msg[1]);
    case IGB_MSG_SET_LPE: return set_lpe(m, n, msg[1]);
    case IGB_MSG_SET_PROMISC: return set_promisc(m, n, info);
    default: return refuse(m, n, "unknown request");
    }
}

// ---- causes -------------------------------------------------------------------------------------

// A VF that is not clear to send may be told so.
static bool nack_due(const igb_mbx_t *m, unsigned n)
{
    return !m->vf[n].clear_to_send && os_now_ns(m->pools.d) >= m->vf[n].nack_ns;
}

static void nack(igb_mbx_t *m, unsigned n, uint32_t word_0)
{
    word_0 = (word_0 & ~IGB_MSG_CTS) | IGB_MSG_NACK;
    if (!send(m, n, &word_0, 1)) m->vf[n].nack_ns = os_now_ns(m->pools.d) + NACK_NS;
}

static void request(igb_mbx_t *m, unsigned n)
{
    igb_vf_t *v = &m->vf[n];
    uint32_t msg[IGB_MSG_WORDS];

    if (receive(m, n, msg)) {
        v->clear_to_send = false; // whatever it wanted is lost: it must start again
        return;
    }
    if (msg[0] & (IGB_MSG_ACK | IGB_MSG_NACK)) { // the PF's own words
        unlock(m, n);
        return;
    }
    if (msg[0] == IGB_MSG_RESET) {
        reset(m, n);
        return;
    }
    if (!v->clear_to_send) {
        if (nack_due(m, n)) nack(m, n, msg[0]);
        else unlock(m, n);
        return;
    }
    msg[0] |= IGB_MSG_CTS | (serve(m, n, msg) ? IGB_MSG_NACK : IGB_MSG_ACK);
    (void)send(m, n, msg, 1);
}

void igb_mbx_service(igb_mbx_t *m)
{
    for (unsigned n = 0; n < m->pools.vfs; n++) {
        if (take(m, IGB_VFLRE, 1u << n)) restore(m, n);
        if (take(m, IGB_MBVFICR, VFREQ << n)) request(m, n);
        // What a VF reads that has missed the reset of its PF tells it nothing else.
        if (take(m, IGB_MBVFICR, VFACK << n) && nack_due(m, n)) nack(m, n, 0);
    }
}

// ---- the PF's life ------------------------------------------------------------------------------

void igb_mbx_init(igb_mbx_t *m, os_dev_t *d, unsigned vfs)
{
    memset(m, 0, sizeof *m);
    igb_pools_init(&m->pools, d, vfs < IGB_Vfs ? vfs : IGB_Vfs);
    for (unsigned n = 0; n < m->pools.vfs; n++)
        igb_rar_set(&m->pools, igb_rar_of_vf(n), m->vf[n].mac, n);
}

void igb_mbx_stop(igb_mbx_t *m)
{
    for (unsigned n = 0; n < m->pools.vfs; n++) m->vf[n].clear_to_send = false;
    igb_mbx_ping(m);
    wr32(m, IGB_VFRE, 0);
    wr32(m, IGB_VFTE, 0);
}

void igb_mbx_restart(igb_mbx_t *m)
{
    uint32_t groups[IGB_MTA_COUNT];

    memcpy(groups, m->pools.groups, sizeof groups);
    igb_pools_init(&m->pools, m->pools.d, m->pools.vfs);
    memcpy(m->pools.groups, groups, sizeof groups);
    for (unsigned n = 0; n < m->pools.vfs; n++) {
        igb_vf_t *v = &m->vf[n];
        v->clear_to_send = v->all_multicasts = v->many_groups = false;
        v->hashes = 0;
        v->nack_ns = 0;
    }
}

void igb_mbx_enable(const igb_mbx_t *m)
{
    wr32(m, IGB_MBVFIMR, EACH_VF);
}

void igb_mbx_reset_done(const igb_mbx_t *m)
{
    set32(m, IGB_CTRL_EXT, FMASK(IGB_CTRL_EXT_PFRSTD));
}

void igb_mbx_ping(igb_mbx_t *m)
{
    for (unsigned n = 0; n < m->pools.vfs; n++) {
        const uint32_t ping = IGB_MSG_PF_CONTROL | (m->vf[n].clear_to_send ? IGB_MSG_CTS : 0);
        (void)send(m, n, &ping, 1);
    }
}

int igb_mbx_assign_mac(igb_mbx_t *m, unsigned vf, const uint8_t *mac)
{
    if (vf >= m->pools.vfs || (mac && !igb_mac_valid(mac))) return -EINVAL;
    m->vf[vf].mac_fixed = mac != NULL;
    if (mac) memcpy(m->vf[vf].mac, mac, 6);
    return 0;
}
