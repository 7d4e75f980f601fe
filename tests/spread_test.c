// SPDX-License-Identifier: Apache-2.0
// Hosts of a trace to functions: what the map says, what is dealt, and what stays as it is.
#include "hostbridge/spread.h"
#include "traces/traces.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { VFS = 4 };

// The MAC address of function f ends in E0 + f.
static spread_t *create(const char *map, unsigned vfs)
{
    char err[SPREAD_ERR_LEN] = "";
    spread_t *s = spread_create(map, vfs, vfs < 8, err);
    if (!s) fail_msg("%s: %s", map ? map : "-", err);
    for (unsigned f = 0; f < SPREAD_FUNCS; f++) {
        const uint8_t mac[6] = {2, 0, 0, 0, 0, (uint8_t)(0xE0 + f)};
        spread_set_mac(s, f, mac);
    }
    return s;
}

// A frame to 02:00:00:00:00:<mac>, with up to 3 tags; ip: IPv4, IPv6 or NULL (type 0806h).
static uint32_t frame_to(uint8_t frame[100], uint8_t mac, unsigned tags, const char *ip)
{
    static const uint16_t TAG[] = {0x8100, 0x88A8, 0x9100};
    const bool v6 = ip && strchr(ip, ':');
    memset(frame, 0, 100);
    frame[0] = 2;
    frame[5] = mac;
    uint8_t *at = frame + 12;
    for (unsigned i = 0; i < tags; i++, at += 4) {
        at[0] = (uint8_t)(TAG[i] >> 8);
        at[1] = (uint8_t)TAG[i];
    }
    const uint16_t type = !ip ? 0x0806 : v6 ? 0x86DD : 0x0800;
    at[0] = (uint8_t)(type >> 8);
    at[1] = (uint8_t)type;
    if (ip) at[2] = v6 ? 0x60 : 0x45;
    if (ip) assert_int_equal(inet_pton(v6 ? AF_INET6 : AF_INET, ip, at + 2 + (v6 ? 24 : 16)), 1);
    return 100;
}

// The function whose address the frame has got; -1: it is as it was.
static int sent_to(spread_t *s, uint8_t mac, unsigned tags, const char *ip)
{
    uint8_t was[100], is[100];
    const uint32_t len = frame_to(was, mac, tags, ip);
    memcpy(is, was, len);
    const bool changed = spread_frame(s, is, len);
    assert_int_equal(changed, memcmp(is, was, len) != 0);
    assert_memory_equal(is + 6, was + 6, len - 6);
    if (!changed) return -1;
    assert_memory_equal(is, "\2\0\0\0\0", 5);
    return is[5] - 0xE0;
}

static void hosts_are_dealt_in_order_of_appearance(void **state)
{
    (void)state;
    spread_t *s = create(NULL, VFS);
    assert_int_equal(sent_to(s, 1, 0, "10.0.0.9"), 1);
    assert_int_equal(sent_to(s, 1, 0, "10.0.0.3"), 2);
    assert_int_equal(sent_to(s, 7, 0, "10.0.0.9"), 1); // the address counts, not the station
    assert_int_equal(sent_to(s, 1, 0, "2001:db8::9"), 3);
    assert_int_equal(sent_to(s, 1, 0, NULL), 4); // the station
    assert_int_equal(sent_to(s, 2, 0, NULL), 1);
    assert_int_equal(sent_to(s, 1, 0, NULL), 4);
    assert_int_equal(sent_to(s, 1, 0, "2001:db8::9"), 3);
    assert_int_equal(sent_to(s, 1, 1, "10.0.0.3"), 2); // behind tags
    assert_int_equal(sent_to(s, 1, 2, "10.0.0.3"), 2);
    assert_int_equal(sent_to(s, 1, 2, "2001:db8::9"), 3);
    assert_int_equal(sent_to(s, 1, 3, "10.0.0.3"), 4);     // two tags at most: station 1
    assert_int_equal(sent_to(s, 0xE1, 0, "10.0.0.9"), -1); // it has the address
    const uint64_t hosts[] = {0, 2, 1, 1, 1};
    for (unsigned f = 0; f < 5; f++) assert_int_equal(spread_hosts(s, f), hosts[f]);
    spread_destroy(s);
}

static void groups_and_scraps_stay_as_they_are(void **state)
{
    (void)state;
    spread_t *s = create(NULL, VFS);
    uint8_t f[100];
    frame_to(f, 1, 0, "10.0.0.1");
    f[0] = 0x01;
    assert_false(spread_frame(s, f, 100));
    memset(f, 0xFF, 6);
    assert_false(spread_frame(s, f, 100));
    frame_to(f, 1, 0, "10.0.0.1");
    assert_false(spread_frame(s, f, 5));
    assert_int_equal(spread_hosts(s, 1), 0);
    assert_true(spread_frame(s, f, 33)); // without the last byte of its address: station 1
    assert_int_equal(sent_to(s, 1, 0, NULL), 1);
    frame_to(f, 1, 0, "10.0.0.1");
    f[14] = 0x65; // says it is IPv6
    assert_true(spread_frame(s, f, 100));
    assert_int_equal(f[5], 0xE1);
    for (uint32_t len = 6; len < 14; len++) { // no room for a type
        frame_to(f, 1, 0, NULL);
        assert_true(spread_frame(s, f, len));
        assert_int_equal(f[5], 0xE1);
    }
    spread_destroy(s);
}

static void a_map_names_hosts(void **state)
{
    (void)state;
    spread_t *s = create("10.0.0.0/8=0,10.1.0.0/16=pf,10.1.2.3=3,02:00:00:00:00:07=2,"
                         "2001:db8::/33=1,2001:db8:8000::1=0,0.0.0.0/0=1",
                         VFS);
    assert_int_equal(sent_to(s, 1, 0, "10.2.2.2"), 1);
    assert_int_equal(sent_to(s, 1, 0, "10.1.9.9"), 0);
    assert_int_equal(sent_to(s, 1, 0, "10.1.2.3"), 4);
    assert_int_equal(sent_to(s, 7, 0, "10.1.2.3"), 4); // the IP address goes first
    assert_int_equal(sent_to(s, 7, 0, "8.8.8.8"), 2);  // also where every address fits
    assert_int_equal(sent_to(s, 7, 0, NULL), 3);
    assert_int_equal(sent_to(s, 7, 0, "2002::1"), 3);
    assert_int_equal(sent_to(s, 1, 0, "2001:db8:7fff::1"), 2);
    assert_int_equal(sent_to(s, 1, 0, "2001:db8:8000::1"), 1);
    assert_int_equal(sent_to(s, 1, 0, "2001:db8:8000::2"), 1); // not named: the first that is dealt
    assert_int_equal(sent_to(s, 1, 0, NULL), 2);
    assert_int_equal(spread_hosts(s, 0), 1);
    spread_destroy(s);
}

// As sent_to, with tag `vid` in front.
static int tagged_to(spread_t *s, unsigned vid, unsigned type, const char *ip)
{
    uint8_t f[100];
    frame_to(f, 1, 1, ip);
    f[12] = (uint8_t)(type >> 8);
    f[13] = (uint8_t)type;
    f[14] = (uint8_t)(0xF0 | vid >> 8); // priority and CFI are no part of it
    f[15] = (uint8_t)vid;
    return spread_frame(s, f, 100) ? f[5] - 0xE0 : -1;
}

static void a_map_names_vlans(void **state)
{
    (void)state;
    spread_t *s = create("vlan:5=2,vlan:4094=pf,vlan:7=all,10.0.0.1=0,02:00:00:00:00:01=3", VFS);
    assert_int_equal(tagged_to(s, 5, 0x8100, "10.0.0.1"), 3); // before its address
    assert_int_equal(tagged_to(s, 5, 0x8100, NULL), 3);
    assert_int_equal(tagged_to(s, 4094, 0x8100, "10.0.0.1"), 0);
    assert_int_equal(tagged_to(s, 7, 0x8100, "10.0.0.1"), 1); // its host decides
    assert_int_equal(tagged_to(s, 0, 0x8100, "10.0.0.1"), 1);
    assert_int_equal(tagged_to(s, 6, 0x8100, "10.0.0.1"), 1); // nobody's VLAN
    assert_int_equal(tagged_to(s, 5, 0x88A8, "10.0.0.1"), 1); // of a provider
    assert_int_equal(sent_to(s, 1, 0, "10.0.0.1"), 1);
    assert_int_equal(tagged_to(s, 7, 0x8100, "10.0.0.9"), 4); // by its MAC address
    unsigned stray;
    assert_int_equal(spread_strays(s, &stray), 1); // neither priority tags nor a provider's
    assert_int_equal(stray, 6);
    const uint64_t hosts[] = {1, 1, 0, 2, 1};
    for (unsigned f = 0; f < 5; f++) assert_int_equal(spread_hosts(s, f), hosts[f]);
    for (unsigned f = 0; f < 5; f++) {
        assert_int_equal(spread_joins(s, f, 5), f == 3);
        assert_int_equal(spread_joins(s, f, 4094), f == 0);
        assert_true(spread_joins(s, f, 7));
        assert_false(spread_joins(s, f, 6) || spread_joins(s, f, 0));
    }
    uint8_t scrap[100];
    frame_to(scrap, 1, 1, NULL);
    scrap[15] = 5;
    assert_true(spread_frame(s, scrap, 15)); // not all of a tag
    assert_int_equal(scrap[5], 0xE4);
    spread_destroy(s);
    s = create("10.0.0.1=0", VFS);
    assert_false(spread_joins(s, 1, 5));
    spread_destroy(s);
}

static void none_leaves_addresses_alone(void **state)
{
    (void)state;
    spread_t *s = create("none", VFS);
    assert_int_equal(sent_to(s, 1, 0, "10.0.0.9"), -1);
    spread_destroy(s);
    s = create(NULL, 0); // nobody to deal to
    assert_int_equal(sent_to(s, 1, 0, "10.0.0.9"), -1);
    spread_destroy(s);
}

static void wrong_maps_are_refused_with_the_word(void **state)
{
    (void)state;
    static const struct {
        const char *map, *err;
        unsigned vfs;
    } WRONG[] = {
        {"", "'': HOST=VF expected", 4},
        {"10.0.0.1", "'10.0.0.1': HOST=VF expected", 4},
        {"10.0.0.1=0,", "'': HOST=VF expected", 4},
        {"10.0.0=0", "'10.0.0': not an IP or MAC address", 4},
        {"2001:db8:::1=0", "'2001:db8:::1': not an IP or MAC address", 4},
        {"02:00:00:00:00:0g=0", "'02:00:00:00:00:0g': not an IP or MAC address", 4},
        {"02:00:00:00:00:01/8=0", "'02:00:00:00:00:01/8': a MAC address has no prefix", 4},
        {"10.0.0.0/33=0", "'10.0.0.0/33': no such prefix", 4},
        {"10.0.0.0/=0", "'10.0.0.0/': no such prefix", 4},
        {"10.0.0.0/-1=0", "'10.0.0.0/-1': no such prefix", 4},
        {"::/129=0", "'::/129': no such prefix", 4},
        {"10.0.0.1/24=0", "'10.0.0.1/24': the address has bits behind its prefix", 4},
        {"10.0.0.1=4", "'10.0.0.1': =4: a VF (0 .. 3) or pf expected", 4},
        {"10.0.0.1=", "'10.0.0.1': =: a VF (0 .. 3) or pf expected", 4},
        {"10.0.0.1=vf0", "'10.0.0.1': =vf0: a VF (0 .. 3) or pf expected", 4},
        {"10.0.0.1=0", "'10.0.0.1': =0: pf expected, there are no VFs", 0},
        {"10.0.0.1=pf", "'10.0.0.1': the PF has no pool: all belong to VFs", 8},
        {"10.0.0.1=all", "'10.0.0.1': =all: a VF (0 .. 3) or pf expected", 4},
        {"vlan:=0", "'vlan:': a VLAN is 1 to 4094", 4},
        {"vlan:0=0", "'vlan:0': a VLAN is 1 to 4094", 4},
        {"vlan:4095=0", "'vlan:4095': a VLAN is 1 to 4094", 4},
        {"vlan:5/8=0", "'vlan:5/8': a VLAN is 1 to 4094", 4},
        {"vlan:5=4", "'vlan:5': =4: a VF (0 .. 3) or pf expected", 4},
        {"vlan:5=pf", "'vlan:5': the PF has no pool: all belong to VFs", 8},
        {"vlan:5=0,vlan:5=all", "'vlan:5': named twice", 4},
        {"10.0.0.1=0,10.0.0.1=1", "'10.0.0.1': named twice", 4},
        {"10.0.0.0/8=0,10.0.0.0/8=0", "'10.0.0.0/8': named twice", 4},
        {"10.0.0.1=0,10.0.0.1/32=1", "'10.0.0.1/32': named twice", 4},
    };
    for (size_t i = 0; i < sizeof WRONG / sizeof WRONG[0]; i++) {
        char err[SPREAD_ERR_LEN] = "";
        assert_null(spread_create(WRONG[i].map, WRONG[i].vfs, WRONG[i].vfs < 8, err));
        assert_string_equal(err, WRONG[i].err);
    }
}

// Every prefix length against a plain comparison of bits.
static void prefixes_cover_what_their_bits_say(void **state)
{
    (void)state;
    rng_t rng;
    rng_seed(&rng, 7);
    for (unsigned bits = 0; bits <= 32; bits++) {
        const uint32_t base = (uint32_t)rng_next(&rng),
                       mask = bits ? ~UINT32_C(0) << (32 - bits) : 0;
        char map[64], text[INET_ADDRSTRLEN];
        uint32_t net = htonl(base & mask);
        snprintf(map, sizeof map, "%s/%u=3", inet_ntop(AF_INET, &net, text, sizeof text), bits);
        spread_t *s = create(map, VFS);
        unsigned next = 0;
        for (unsigned flip = 0; flip < 32; flip++) {
            const uint32_t host = base ^ UINT32_C(1) << flip, wire = htonl(host);
            const bool in = ((host ^ base) & mask) == 0;
            const int want = in ? 4 : (int)(1 + next % VFS);
            assert_int_equal(sent_to(s, 1, 0, inet_ntop(AF_INET, &wire, text, sizeof text)), want);
            next += !in;
        }
        spread_destroy(s);
    }
}

static void many_hosts_keep_their_functions(void **state)
{
    (void)state;
    enum { HOSTS = 20000 };
    spread_t *s = create(NULL, 7);
    for (int round = 0; round < 2; round++) {
        for (uint32_t i = 0; i < HOSTS; i++) {
            uint8_t f[100];
            frame_to(f, 1, 0, "10.0.0.0");
            memcpy(f + 30, &i, 4);
            assert_true(spread_frame(s, f, 100));
            assert_int_equal(f[5], 0xE1 + i % 7);
        }
    }
    uint64_t sum = 0;
    for (unsigned f = 0; f < SPREAD_FUNCS; f++) sum += spread_hosts(s, f);
    assert_int_equal(sum, HOSTS);
    assert_false(spread_failed(s));
    spread_destroy(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hosts_are_dealt_in_order_of_appearance),
        cmocka_unit_test(groups_and_scraps_stay_as_they_are),
        cmocka_unit_test(a_map_names_hosts),
        cmocka_unit_test(a_map_names_vlans),
        cmocka_unit_test(none_leaves_addresses_alone),
        cmocka_unit_test(wrong_maps_are_refused_with_the_word),
        cmocka_unit_test(prefixes_cover_what_their_bits_say),
        cmocka_unit_test(many_hosts_keep_their_functions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
