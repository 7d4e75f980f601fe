// SPDX-License-Identifier: Apache-2.0
// `moderato config-space`: configuration spaces as they are after reset, in the form that lspci -xxxx prints and
// lspci -F reads.
#include "lab/cli.h"

#include "hostbridge/testbed.h"
#include "model/nic.h"
#include "model/pci_config_82576.h"

#include <string.h>

#define CONFIG_BUS 1

enum { CONFIG_BYTES_PCI = 256 };

// One function at its address (bus 8, device 5, function 3 bits).
static void config_print(unsigned rid, const char *name, const uint32_t *dword, unsigned bytes)
{
    printf("%02x:%02x.%x Ethernet controller: Intel %s\n", rid >> 8, rid >> 3 & 31, rid & 7, name);
    for (unsigned i = 0; i < bytes; i++) {
        if (i % 16 == 0) printf("%02x:", i);
        printf(" %02x%s", dword[i / 4] >> i % 4 * 8 & 0xFF, i % 16 == 15 ? "\n" : "");
    }
    printf("\n");
}

// ---- 82540EM, 82545GM: as a host reads it --------------------------------------------------------

static uint64_t config_tlp(void *ctx, uint64_t first_cyc, const nic_tlp_t *tlp)
{
    (void)ctx;
    return first_cyc + tlp->beats;
}

static void config_reply(void *ctx, uint64_t cyc, uint32_t data)
{
    (void)cyc;
    *(uint32_t *)ctx = data;
}

static void config_intx(void *ctx, uint64_t cyc, bool on)
{
    (void)ctx, (void)cyc, (void)on;
}

static void config_frame(void *ctx, uint64_t cyc, unsigned stride, const uint8_t *bytes,
                         uint32_t len)
{
    (void)ctx, (void)cyc, (void)stride, (void)bytes, (void)len;
}

static int config_of_device(enum nic_personality personality, const char *name)
{
    uint32_t dword[CONFIG_BYTES_PCI / 4], reply = 0;
    const nic_host_t host = {.ctx = &reply,
                             .tlp = config_tlp,
                             .csr_reply = config_reply,
                             .intx = config_intx,
                             .tx_frame = config_frame};
    nic_t *nic = nic_create(&(nic_config_t){.personality = personality}, &host);
    if (!nic) {
        cli_message("out of memory");
        return CLI_USAGE;
    }
    for (uint32_t off = 0; off < CONFIG_BYTES_PCI; off += 4) {
        nic_access_t read = {.space = NIC_SPACE_CFG, .be = 0xF, .addr = off};
        nic_access(nic, nic_now(nic), &read);
        nic_run(nic, nic_now(nic) + NIC_CsrReadCyc + 1);
        dword[off / 4] = reply;
    }
    nic_destroy(nic);
    config_print(CONFIG_BUS << 8, name, dword, CONFIG_BYTES_PCI);
    return CLI_OK;
}

// ---- 82576 --------------------------------------------------------------------------------------

static void config_write(pci_config_82576_t *s, uint32_t addr, uint32_t wdata)
{
    pci_config_82576_in_t in = {
        .valid = true, .write = true, .addr = addr, .be = 0xF, .wdata = wdata};
    pci_config_82576_tick(s, &in);
}

static void config_function(const pci_config_82576_t *s, unsigned func)
{
    uint32_t dword[IGB_CFG_BYTES / 4];
    char name[32] = "82576, PF";
    unsigned rid = CONFIG_BUS << 8;
    if (func) {
        rid += IGB_VfOffset + (func - 1) * IGB_VfStride;
        snprintf(name, sizeof name, "82576, VF %u", func - 1);
    }
    for (unsigned i = 0; i < IGB_CFG_BYTES / 4; i++)
        dword[i] = pci_config_82576_read(s, func, 4 * i);
    // The ids of a VF read FFFFh; systems show, and drivers match, what the PF says they are.
    if (func) {
        const uint32_t pf = pci_config_82576_read(s, 0, IGB_CFG_ID);
        const uint32_t did = pci_config_82576_read(s, 0, IGB_CFG_SRIOV_DID);
        dword[0] = (pf & 0xFFFF) | FGET(IGB_CFG_SRIOV_DID_DEVICE, did) << 16;
    }
    config_print(rid, name, dword, IGB_CFG_BYTES);
}

static void config_of_82576(unsigned function)
{
    pci_config_82576_t s;
    pci_config_82576_reset(&s, (uint32_t)IGB_CFG_ID_RESET, (uint32_t)IGB_CFG_SUBSYSTEM_RESET,
                           (uint16_t)FGET(IGB_CFG_SRIOV_DID_DEVICE, IGB_CFG_SRIOV_DID_RESET));
    if (function != 0) {
        config_write(&s, IGB_CFG_SRIOV_NUM, FPUT(IGB_CFG_SRIOV_NUM_NUM_VFS, IGB_Vfs));
        config_write(&s, IGB_CFG_SRIOV_CTL,
                     FMASK(IGB_CFG_SRIOV_CTL_VFE) | FMASK(IGB_CFG_SRIOV_CTL_MSE));
    }
    for (unsigned func = 0; func < PCI_CONFIG_82576_FUNCS; func++)
        if (function == LAB_FUNCTION_ALL || function == func) config_function(&s, func);
}

// ---- the verb ------------------------------------------------------------------------------------

int config_space_verb(cli_t *c)
{
    const lab_options_t *o = &c->options;
    if (o->run.nic == NIC_82576) {
        config_of_82576(o->function);
        return CLI_OK;
    }
    static const char *const names[] = {[NIC_82540EM] = "82540EM", [NIC_82545GM] = "82545GM"};
    const char *name = names[o->run.nic];
    char function[NUMBER_LEN];
    if (o->function != 0 && o->function != LAB_FUNCTION_ALL) {
        cli_message("--function %s: the %s has no VFs (--nic 82576)",
                    options_text(o, OPT_FUNCTION, function), name);
        return CLI_USAGE;
    }
    return config_of_device(o->run.nic, name);
}
