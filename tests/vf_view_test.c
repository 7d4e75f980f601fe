// SPDX-License-Identifier: Apache-2.0
// What a VF sees of the PF's registers: igbvf's accesses, and that no write reaches what another owns.
#include "model/vf_view.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static void vectors_of_a_vf_are_its_own(void **state)
{
    (void)state;
    uint32_t all = 0;
    for (unsigned vf = 0; vf < IGB_Vfs; vf++) {
        assert_int_equal(all & vf_view_vectors(vf), 0);
        all |= vf_view_vectors(vf);
        assert_int_equal(vf_view_vectors(vf), 7u << (22 - 3 * vf));
    }
    assert_int_equal(all, 0x1FFFFFE); // vector 0 is nobody's but the PF's
}

static void bits_of_vectors(void **state)
{
    (void)state;
    for (unsigned vf = 0; vf < IGB_Vfs; vf++) {
        for (uint32_t w = 0; w < 8; w++) {
            const uint32_t pf = vf_view_write(VREG_VECTOR, vf, w | 0xFFFFFFF8);
            assert_int_equal(pf, w << (22 - 3 * vf));
            assert_int_equal(vf_view_read(VREG_VECTOR, vf, pf), w);
            assert_int_equal(vf_view_read(VREG_VECTOR, vf, pf | ~vf_view_vectors(vf)), w);
        }
    }
}

// igbvf: tx byte 80h, rx byte 81h, the others as they were.
static void ivar_as_igbvf_writes_it(void **state)
{
    (void)state;
    assert_int_equal(vf_view_write(VREG_IVAR, 0, 0x00008081), 0x00009697);
    assert_int_equal(vf_view_read(VREG_IVAR, 0, 0x00009697), 0x00008081);
    assert_int_equal(vf_view_write(VREG_IVAR, 7, 0x00008081), 0x00008182);
    assert_int_equal(vf_view_read(VREG_IVAR, 7, 0x00008182), 0x00008081);
    assert_int_equal(vf_view_read(VREG_IVAR, 3, 0), 0); // reset state
}

static void every_byte_of_ivar(void **state)
{
    (void)state;
    for (unsigned vf = 0; vf < IGB_Vfs; vf++) {
        for (uint32_t at = 0; at < 32; at += 8) {
            for (uint32_t b = 0; b < 256; b++) {
                const uint32_t pf = vf_view_write(VREG_IVAR, vf, b << at);
                const uint32_t k = (b & 3) == 3 ? 2 : b & 3; // there is no vector 3
                assert_int_equal(pf, b & 0x80 ? (0x80 | (22 - 3 * vf + k)) << at : 0);
                assert_int_equal(vf_view_read(VREG_IVAR, vf, pf), b & 0x80 ? (0x80 | k) << at : 0);
                // The vector is one of its own, whatever it writes.
                if (pf) assert_true(vf_view_vectors(vf) >> (pf >> at & 0x1F) & 1);
                // What the PF wrote there is shown modulo 4.
                const uint32_t seen = vf_view_read(VREG_IVAR, vf, b << at) >> at;
                assert_int_equal(seen, b & 0x80 ? 0x80 | ((b - (22 - 3 * vf)) & 3) : 0);
            }
        }
    }
}

static void the_others_pass(void **state)
{
    (void)state;
    static const enum igb_vreg_kind kinds[] = {VREG_SAME, VREG_EITR, VREG_IVAR_MISC, VREG_QUEUE,
                                               VREG_VF};
    for (unsigned i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        for (unsigned vf = 0; vf < IGB_Vfs; vf++) {
            assert_int_equal(vf_view_write(kinds[i], vf, 0xDEADBEEF), 0xDEADBEEF);
            assert_int_equal(vf_view_read(kinds[i], vf, 0xDEADBEEF), 0xDEADBEEF);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_of_a_vf_are_its_own),
        cmocka_unit_test(bits_of_vectors),
        cmocka_unit_test(ivar_as_igbvf_writes_it),
        cmocka_unit_test(every_byte_of_ivar),
        cmocka_unit_test(the_others_pass),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
