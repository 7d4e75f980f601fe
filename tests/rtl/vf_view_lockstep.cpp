// SPDX-License-Identifier: Apache-2.0
// rtl/vf_view.sv beside model/vf_view.h. It has no clock: all kinds, VFs and bytes of IVAR, and random data.
#include "tests/rtl/lockstep.h"

#include "Vvf_view.h"
extern "C" {
#include "model/vf_view.h"
}

namespace
{

bool same(Vvf_view &dut, unsigned kind, unsigned vf, uint32_t w, uint32_t v)
{
    dut.kind_i = (uint8_t)kind;
    dut.vf_i = (uint8_t)vf;
    dut.wdata_i = w;
    dut.rdata_i = v;
    dut.eval();
    const uint32_t write = vf_view_write((enum igb_vreg_kind)kind, vf, w);
    const uint32_t read = vf_view_read((enum igb_vreg_kind)kind, vf, v);
    if (dut.wdata_o == write && dut.rdata_o == read) return true;
    printf("FAIL: kind %u vf %u: write %08" PRIX32 " rtl=%08" PRIX32 " model=%08" PRIX32
           ", read %08" PRIX32 " rtl=%08" PRIX32 " model=%08" PRIX32 "\n",
           kind, vf, w, (uint32_t)dut.wdata_o, write, v, (uint32_t)dut.rdata_o, read);
    return false;
}

} // namespace

int main(int argc, char **argv)
{
    const uint64_t first = argc > 1 ? strtoull(argv[1], nullptr, 0) : 1;
    const uint64_t seeds = argc > 2 ? strtoull(argv[2], nullptr, 0) : 1;
    const uint64_t cycles = argc > 3 ? strtoull(argv[3], nullptr, 0) : 1000000;
    auto dut = std::make_unique<Vvf_view>();
    uint64_t compared = 0;
    for (unsigned kind = 0; kind <= VREG_VF; kind++)
        for (unsigned vf = 0; vf < IGB_Vfs; vf++)
            for (uint32_t b = 0; b < 1024; b++, compared++)
                if (!same(*dut, kind, vf, (b & 255) << (b >> 8) * 8, (b & 255) << (b >> 8) * 8))
                    return 1;
    for (uint64_t seed = first; seed < first + seeds; seed++) {
        lockstep_rng r(seed);
        for (uint64_t i = 0; i < cycles / 10; i++, compared++)
            if (!same(*dut, r.below(VREG_VF + 1), r.below(IGB_Vfs), r.u32(), r.u32())) return 1;
    }
    printf("vf_view: RTL = model, %" PRIu64 " comparisons\n", compared);
    return 0;
}
