// SPDX-License-Identifier: Apache-2.0
// The device as a library: one frame of 64 bytes goes in, a write to memory and an interrupt come out, all at exact cycles.
// Build beside an installed moderato with the Makefile of this folder; the cycles are those of docs/cycle-contract.md.
#include <model/nic.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { MEM = 0x10000, RING = 0x10000, BUFFER = 0x11000, DESCRIPTORS = 8, LINK_UP = 130000 };

typedef struct machine {
    nic_t *nic;
    uint8_t mem[0x2000]; // physical MEM and up
    uint64_t intx_cyc;
} machine_t;

// The device asks for host memory: here everything is answered as fast as the pins allow.
static uint64_t tlp(void *ctx, uint64_t first_cyc, const nic_tlp_t *t)
{
    machine_t *m = ctx;
    const uint64_t end_cyc = first_cyc + t->beats - 1;
    printf("cycle %6" PRIu64 "  %s %3" PRIu32 " bytes at %05" PRIx64 "\n", first_cyc,
           t->type == NIC_TLP_READ ? "reads " : "writes", t->len, t->addr);
    if (t->type == NIC_TLP_READ) nic_completion(m->nic, end_cyc + 1, t->tag, m->mem + (t->addr - MEM), t->len);
    else memcpy(m->mem + (t->addr - MEM), t->data, t->len);
    return end_cyc + 1;
}

static void reply(void *ctx, uint64_t cyc, uint32_t data)
{
    (void)ctx, (void)cyc, (void)data; // nothing is read here
}

static void intx(void *ctx, uint64_t cyc, bool level)
{
    if (level) ((machine_t *)ctx)->intx_cyc = cyc;
}

static void tx_frame(void *ctx, uint64_t first_cyc, unsigned stride_cyc, const uint8_t *bytes, uint32_t len)
{
    (void)ctx, (void)first_cyc, (void)stride_cyc, (void)bytes, (void)len; // nothing is sent here
}

// One write on the pins; the next one a few cycles later.
static void put(machine_t *m, uint8_t space, uint32_t addr, uint32_t data)
{
    const nic_access_t a = {.write = true, .space = space, .be = 0xF, .addr = addr, .wdata = data};
    nic_access(m->nic, nic_now(m->nic), &a);
    nic_run(m->nic, nic_now(m->nic) + 4);
}

int main(void)
{
    static machine_t m;
    static uint8_t frame[64]; // its FCS is said to be good
    const nic_config_t cfg = {.personality = NIC_82540EM, .mac = {2, 0, 0, 0, 0, 1}};
    const nic_host_t host = {&m, tlp, reply, intx, tx_frame, NULL};
    m.nic = nic_create(&cfg, &host);
    if (!m.nic) return 1;
    for (int i = 0; i < DESCRIPTORS; i++) {
        const uint64_t buffer = BUFFER;
        memcpy(m.mem + (RING - MEM) + i * NIC_DescBytes, &buffer, sizeof buffer);
    }
    nic_partner(m.nic, 1, true, 2, false);
    put(&m, NIC_SPACE_CFG, 0x04, 6); // memory BAR, bus master
    put(&m, NIC_SPACE_MEM, E1000_CTRL, FMASK(E1000_CTRL_SLU));
    put(&m, NIC_SPACE_MEM, E1000_RDBAL, RING);
    put(&m, NIC_SPACE_MEM, E1000_RDLEN, DESCRIPTORS * NIC_DescBytes);
    put(&m, NIC_SPACE_MEM, E1000_RDT, DESCRIPTORS - 1);
    put(&m, NIC_SPACE_MEM, E1000_RCTL, FMASK(E1000_RCTL_EN) | FMASK(E1000_RCTL_BAM));
    put(&m, NIC_SPACE_MEM, E1000_IMS, FMASK(E1000_ICR_RXT0));
    nic_run(m.nic, LINK_UP);

    memset(frame, 0xFF, 6); // broadcast
    const uint64_t first_cyc = nic_now(m.nic), last_cyc = first_cyc + NIC_PreambleBytes + sizeof frame - 1;
    nic_rx_frame(m.nic, first_cyc, frame, sizeof frame, true, false);
    nic_run(m.nic, first_cyc + 1000);
    nic_destroy(m.nic);
    if (m.intx_cyc == 0) return 1;
    printf("cycle %6" PRIu64 "  INTA#, %" PRIu64 " cycles = %" PRIu64 " ns behind the last byte\n", m.intx_cyc,
           m.intx_cyc - last_cyc, (m.intx_cyc - last_cyc) * 8);
    return 0;
}
