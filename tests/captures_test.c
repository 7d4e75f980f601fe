// SPDX-License-Identifier: Apache-2.0
// Whole runs over captures of real traffic, where they are present (MODERATO_TRACES names their
// folder): each ends well or with its refusal, with the counts an independent reader has found; and
// what the application has received is, frame by frame, what a second, independent reading of the
// capture says must have been on the wire: padded with zeros to 60 bytes, frames cut by the snap
// length filled with zeros, longer ones than the link allows left out.
#include "tests/run_help.h"

#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct sample {
    const char *name;
    uint64_t replayed, oversize, padded, cut, truncated;
} sample_t;

static const sample_t SAMPLES[] = {
    {"small-tcp-echo.pcap", 82582, 0, 0, 0, 0},
    {"burst-fix-orders.pcap", 3049, 0, 0, 0, 0},
    {"audio-aes67-8kpps-ns.pcap", 10000, 0, 0, 0, 0},
    {"voip-opus-rtp.pcapng", 3000, 0, 0, 0, 0},
    {"game-nintendo.pcap", 1000, 0, 21, 0, 0},
    {"dns-lookups.pcap", 464, 0, 0, 0, 0},
    {"web-http-browse.pcap", 4631, 0, 12, 0, 0},
    {"ipv6-tls-mix.pcap", 7451, 0, 0, 0, 0},
    {"protocol-mix-year-gaps.pcap", 4709, 0, 1282, 0, 0},
    {"bulk-smb2-read.pcap", 3138, 0, 0, 0, 0},
    {"bulk-tcp-snap68.pcap", 26690, 0, 8690, 17989, 0},
    {"vlan-isp-mix-zero-ts.pcap", 4096, 0, 384, 0, 0},
    {"vlan-goose-multicast.pcap", 451, 0, 0, 0, 0},
    {"arp-storm.pcap", 622, 0, 0, 0, 0},
    {"jumbo-lidar-8490.pcap", 30, 192, 0, 0, 0},
    {"gro-anydesk.pcap", 2083, 438, 196, 0, 0},
    {"dup-reorder-snap68.pcap", 1458, 0, 3, 966, 0},
    {"bigendian-alexa.pcapng", 3435, 0, 625, 0, 0},
    {"cut-tail-melsec.pcap", 2041, 0, 38, 0, 1},
    {"edge-header-only.pcap", 0, 0, 0, 0, 0},
    {"edge-time-2038.pcap", 1, 0, 0, 0, 0},
};

static const char *const REFUSED[][2] = {
    {"linktype-sll.pcap", "link type 113 (LINUX_SLL)"},
    {"edge-mixed-linktypes.pcapng", "interface 1 has link type 113 (LINUX_SLL)"},
    {"edge-zero-bytes.pcap", "empty file"},
    {"edge-not-pcap.snoop", "unknown magic \"snoop\""},
};

// ---- the second reader -------------------------------------------------------------------------

typedef struct reader {
    pcap_t *p;
    uint8_t frame[65536];
    uint32_t len; // as on the wire, without FCS
    uint64_t records;
} reader_t;

static void reader_open(reader_t *r, const char *path)
{
    char err[PCAP_ERRBUF_SIZE];
    r->p = pcap_open_offline(path, err);
    r->records = 0;
    if (!r->p) fail_msg("%s: %s", path, err);
}

static uint32_t longest(const uint8_t *data, uint32_t caplen)
{
    uint32_t max = 1514;
    for (uint32_t at = 12; max < 1522 && at + 2 <= caplen; at += 4, max += 4) {
        const unsigned type = (unsigned)(data[at] << 8 | data[at + 1]);
        if (type != 0x8100 && type != 0x88a8) break;
    }
    return max;
}

// The next frame that goes onto the wire. False at the end (and where the file breaks off).
static bool reader_next(reader_t *r)
{
    struct pcap_pkthdr *h;
    const uint8_t *data;
    do {
        if (pcap_next_ex(r->p, &h, &data) != 1) return false;
        r->records++;
    } while (h->len > longest(data, h->caplen));
    r->len = h->len < 60 ? 60 : h->len;
    memset(r->frame, 0, r->len);
    memcpy(r->frame, data, h->caplen < h->len ? h->caplen : h->len);
    return true;
}

static bool everything(const uint8_t *frame)
{
    (void)frame;
    return true;
}

// The frames received are those of the capture that `wanted` names, in order; `lost` of them may be
// missing.
static void compare(const run_case_t *k, const char *received, bool (*wanted)(const uint8_t *),
                    uint64_t lost)
{
    static reader_t wire, got;
    uint64_t same = 0, missing = 0;
    reader_open(&wire, k->trace);
    reader_open(&got, received);
    bool more = reader_next(&got);
    const uint64_t limit = k->c.pace.limit ? k->c.pace.limit : UINT64_MAX;
    while (reader_next(&wire) && wire.records <= limit) {
        if (!wanted(wire.frame)) continue;
        if (more && got.len == wire.len && memcmp(got.frame, wire.frame, wire.len) == 0) {
            same++;
            more = reader_next(&got);
        } else {
            missing++;
        }
    }
    if (more) fail_msg("%s: received frame %d is not on the wire", k->trace, (int)same + 1);
    RUN_EXPECT(k->trace, same, k->r.delivered);
    RUN_EXPECT(k->trace, missing, lost);
    pcap_close(wire.p);
    pcap_close(got.p);
}

// ---- runs --------------------------------------------------------------------------------------

typedef struct scene {
    char dir[64], received[128];
    bool here; // there are samples
} scene_t;

static int scene_make(void **state)
{
    static scene_t s;
    char path[512];
    run_dir_make(s.dir);
    snprintf(s.received, sizeof s.received, "%s/received.pcap", s.dir);
    for (size_t i = 0; i < sizeof SAMPLES / sizeof SAMPLES[0]; i++)
        s.here |= run_sample(SAMPLES[i].name, path);
    if (!s.here) print_message("no sample captures here (MODERATO_TRACES)\n");
    *state = &s;
    return 0;
}

static int scene_end(void **state)
{
    run_dir_remove(((scene_t *)*state)->dir);
    return 0;
}

// A run of the sample in `profile`, not started. False when the sample is not here.
static bool set_up(run_case_t *k, const scene_t *s, const char *name, const char *profile)
{
    char path[512];
    if (!run_sample(name, path)) return false;
    run_ideal(k, "%s", path);
    k->c.profile = profile;
    k->c.received_pcap = s->received;
    k->c.verify = true;
    return true;
}

static void check_counts(const run_case_t *k, const sample_t *m)
{
    RUN_EXPECT(m->name, k->r.trace.records, m->replayed + m->oversize);
    RUN_EXPECT(m->name, k->r.trace.padded, m->padded);
    RUN_EXPECT(m->name, k->r.trace.cut, m->cut);
    RUN_EXPECT(m->name, k->r.trace.truncated, m->truncated);
    RUN_EXPECT(m->name, k->r.offered, m->replayed + m->oversize);
    RUN_EXPECT(m->name, k->r.drops.oversize, m->oversize);
    RUN_EXPECT(m->name, k->r.mismatched, 0);
}

#define YEAR_GAPS "protocol-mix-year-gaps.pcap"

static void every_sample_arrives_whole(void **state)
{
    const scene_t *s = *state;
    static const char *const profiles[] = {"ideal", "native-2012"};
    if (!s->here) skip();
    for (size_t i = 0; i < 2 * sizeof SAMPLES / sizeof SAMPLES[0]; i++) {
        const sample_t *m = &SAMPLES[i / 2];
        run_case_t k;
        if (!set_up(&k, s, m->name, profiles[i % 2])) continue;
        if (i % 2) k.c.itr = RUN_UNSET; // adaptive
        if (strcmp(m->name, YEAR_GAPS) == 0) k.c.pace.max_gap_ns = 1000000000;
        run_play(&k);
        check_counts(&k, m);
        RUN_EXPECT(m->name, k.r.delivered + k.r.drops.socket_buffer, m->replayed);
        compare(&k, s->received, everything, k.r.drops.socket_buffer);
        run_free(&k);
    }
}

static void what_cannot_be_played_is_refused(void **state)
{
    const scene_t *s = *state;
    if (!s->here) skip();
    for (size_t i = 0; i < sizeof REFUSED / sizeof REFUSED[0]; i++) {
        run_case_t k;
        if (!set_up(&k, s, REFUSED[i][0], "ideal")) continue;
        RUN_EXPECT(REFUSED[i][0], run_try(&k), 2);
        if (!strstr(k.r.error, REFUSED[i][1]) || !strstr(k.r.error, REFUSED[i][0]))
            fail_msg("%s gives \"%s\"", REFUSED[i][0], k.r.error);
        run_free(&k);
    }
}

// Gaps longer than an hour are played as an hour and counted in full: nothing of the time of a capture is lost.
static void a_capture_over_years_is_played_at_its_own_times(void **state)
{
    const scene_t *s = *state;
    run_case_t k;
    if (!set_up(&k, s, YEAR_GAPS, "native-2012")) skip();
    run_play(&k);
    RUN_EXPECT(YEAR_GAPS, k.r.delivered, 4709);
    assert_true(k.r.skipped_cyc > UINT64_C(4) * 365 * 86400 * 125000000);
    const uint64_t span_s = (k.r.last_cyc - k.r.first_cyc) / 125000000;
    assert_int_equal(span_s, 142449834); // the capture's own duration
    assert_true(k.r.latency.max < 1000000);
    compare(&k, s->received, everything, 0);
    k.c.pace.multiplier_ppm = 100000000; // 16 days in all
    run_play(&k);
    RUN_EXPECT(YEAR_GAPS, k.r.delivered, 4709);
    assert_true(k.r.cycles > UINT64_C(15) * 86400 * 125000000);
    compare(&k, s->received, everything, 0);
    run_free(&k);
}

// Several odd settings at once, each on a capture that strains it.
static void odd_settings_lose_nothing_without_a_cause(void **state)
{
    const scene_t *s = *state;
    static const struct {
        const char *name;
        uint32_t ring, budget, cpus, app_cpu, speed, rdtr, radv, frames, itr, master;
        uint64_t limit;
        bool topspeed;
    } rows[] = {
        {"small-tcp-echo.pcap", 8, 1, 4, 3, 1000, 0, 0, 0, 0, RUN_UNSET, 20000, true},
        {"small-tcp-echo.pcap", 8, 3, 1, 0, 100, 7, 3, 5, 1, RUN_UNSET, 20000, true},
        {"burst-fix-orders.pcap", 4096, 1, 4, 3, 1000, 65535, 65535, 3, 65535, 1, 0, false},
        {"burst-fix-orders.pcap", 8, 64, 2, 1, 10, 1, 1, 1, 1, 0, 0, false},
        {"bulk-smb2-read.pcap", 16, 1, 4, 3, 1000, 0, 0, 0, 65535, RUN_UNSET, 0, false},
        {"bulk-smb2-read.pcap", 4096, 65535, 1, 0, 10, 3, 2, 0, 977, 65535, 0, false},
        {"bulk-tcp-snap68.pcap", 80, 5, 16, 15, 100, 9, 500, 17, 3, 3, 2000, true},
        {"vlan-isp-mix-zero-ts.pcap", 8, 1, 1, 0, 10, 0, 77, 2, 0, RUN_UNSET, 0, false},
        {"vlan-isp-mix-zero-ts.pcap", 256, 64, 4, 3, 1000, 100, 0, 0, 500, 7, 0, false},
        {"jumbo-lidar-8490.pcap", 8, 1, 4, 3, 100, 0, 0, 4, 0, RUN_UNSET, 0, true},
        {"gro-anydesk.pcap", 24, 2, 3, 2, 10, 2, 4, 6, 8, 10, 500, false},
        {"bigendian-alexa.pcapng", 4096, 64, 4, 0, 100, 1, 65535, 1000, 0, RUN_UNSET, 1, true},
    };
    static const char *const profiles[] = {"ideal", "native-2012"};
    if (!s->here) skip();
    for (size_t i = 0; i < 2 * sizeof rows / sizeof rows[0]; i++) {
        run_case_t k;
        if (!set_up(&k, s, rows[i / 2].name, profiles[i % 2])) continue;
        k.c.rx_ring = rows[i / 2].ring;
        k.c.budget = rows[i / 2].budget;
        k.c.cpus = rows[i / 2].cpus;
        k.c.app_cpu = rows[i / 2].app_cpu;
        k.c.link_speed = rows[i / 2].speed;
        k.c.rdtr = rows[i / 2].rdtr;
        k.c.radv = rows[i / 2].radv;
        k.c.rx_frames = rows[i / 2].frames;
        k.c.itr = rows[i / 2].itr;
        k.c.master = rows[i / 2].master;
        k.c.pace.limit = rows[i / 2].limit;
        k.c.pace.topspeed = rows[i / 2].topspeed;
        run_play(&k);
        RUN_EXPECT(k.trace, k.r.mismatched, 0);
        compare(&k, s->received, everything, run_lost(&k.r) - k.r.drops.oversize);
        run_free(&k);
    }
}

static bool broadcast_or_ours(const uint8_t *frame)
{
    static const uint8_t all[6] = {255, 255, 255, 255, 255, 255}, ours[6] = {2, 0, 0, 0, 0, 1};
    return memcmp(frame, all, 6) == 0 || memcmp(frame, ours, 6) == 0;
}

static void without_promiscuous_mode_only_broadcasts_pass(void **state)
{
    const scene_t *s = *state;
    static const char *const names[] = {"arp-storm.pcap", "vlan-goose-multicast.pcap",
                                        "game-nintendo.pcap", "bigendian-alexa.pcapng"};
    static const uint64_t pass[] = {622, 0, 2, 8}; // broadcast frames by the list of the samples
    if (!s->here) skip();
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        run_case_t k;
        if (!set_up(&k, s, names[i], "ideal")) continue;
        k.c.promisc = false;
        run_play(&k);
        RUN_EXPECT(names[i], k.r.delivered, pass[i]);
        RUN_EXPECT(names[i], k.r.drops.filtered, k.r.offered - pass[i]);
        compare(&k, s->received, broadcast_or_ours, 0);
        run_free(&k);
    }
}

// ---- VLANs -------------------------------------------------------------------------------------

enum { VLANS = 3, TAG_AT = 12, TAG_BYTES = 4 };
static const unsigned VIDS[VLANS] = {217, 301, 303};
static const uint64_t IN_VLAN[VLANS] = {1978, 1150, 968}; // frames, by the list of the samples

// Of a VLAN what is still to come, and what has.
typedef struct vlans {
    reader_t capture[VLANS];
    uint64_t same[VLANS], other;
} vlans_t;

static bool next_in_vlan(reader_t *r, unsigned vid)
{
    while (reader_next(r))
        if (((unsigned)(r->frame[TAG_AT + 2] & 0xF) << 8 | r->frame[TAG_AT + 3]) == vid)
            return true;
    return false;
}

// VF n has the frames of one VLAN, in order and without their tags; the address is its own, all else the capture's.
static void check_vlan(void *ctx, unsigned func, uint64_t cyc, const uint8_t *data, uint32_t len)
{
    vlans_t *v = ctx;
    (void)cyc;
    const unsigned n = func - 1;
    const bool same =
        n < VLANS && next_in_vlan(&v->capture[n], VIDS[n]) &&
        len + TAG_BYTES == v->capture[n].len && memcmp(data + 6, v->capture[n].frame + 6, 6) == 0 &&
        memcmp(data + TAG_AT, v->capture[n].frame + TAG_AT + TAG_BYTES, len - TAG_AT) == 0;
    if (same) v->same[n]++;
    else v->other++;
}

// Three VLANs of a provider, one each for three VFs; the last one given to nobody.
static void vlans_go_to_the_functions_of_the_map(void **state)
{
    (void)state;
    static const char *const MAPS[] = {"vlan:217=0,vlan:301=1,vlan:303=2", "vlan:217=0,vlan:301=1"};
    for (size_t i = 0; i < 2 * sizeof MAPS / sizeof MAPS[0]; i++) {
        static vlans_t v;
        char path[512];
        const bool all = i / 2 == 0;
        const run_tap_t tap = {.ctx = &v, .delivered_by = check_vlan};
        run_case_t k;
        if (!run_sample("vlan-isp-mix-zero-ts.pcap", path)) skip();
        run_ideal(&k, "%s", path);
        memset(&v, 0, sizeof v);
        for (unsigned n = 0; n < VLANS; n++) reader_open(&v.capture[n], path);
        k.c.profile = i % 2 ? "native-2012" : "ideal";
        k.c.nic = NIC_82576;
        k.c.vfs = VLANS;
        k.c.cpus = VLANS;
        k.c.driver = "igbvf";
        k.c.app_cpu = k.c.itr = RUN_UNSET;
        k.c.rx_usecs = 50;
        k.c.adaptive_rx = 0;
        k.c.verify = true;
        k.c.map = MAPS[i / 2];
        k.c.tap = &tap;
        k.c.pace.pps_milli = 20000000;
        run_play(&k);
        for (unsigned n = 0; n < VLANS; n++) {
            const bool joined = n < 2 || all;
            RUN_EXPECT(k.c.map, v.same[n], joined ? IN_VLAN[n] : 0);
            RUN_EXPECT(k.c.map, k.r.function[1 + n].wire.delivered, v.same[n]);
            pcap_close(v.capture[n].p);
        }
        RUN_EXPECT(k.c.map, v.other, 0);
        RUN_EXPECT(k.c.map, k.r.drops.filtered, all ? 0 : IN_VLAN[2]);
        assert_true(all == !strstr(k.r.notice, "VLAN 303"));
        run_free(&k);
    }
}

// ---- answers -----------------------------------------------------------------------------------

typedef struct echo {
    reader_t capture;
    uint64_t same, other;
} echo_t;

static uint32_t check_echo(void *ctx, uint64_t last_cyc, const uint8_t *data, uint32_t len,
                           uint8_t *answer, uint64_t *when_cyc)
{
    echo_t *e = ctx;
    (void)last_cyc, (void)answer, (void)when_cyc;
    const bool same = reader_next(&e->capture) && len == e->capture.len &&
                      memcmp(data, e->capture.frame + 6, 6) == 0 &&
                      memcmp(data + 6, e->capture.frame, 6) == 0 &&
                      memcmp(data + 12, e->capture.frame + 12, len - 12) == 0;
    if (same) e->same++;
    else e->other++;
    return 0;
}

static void every_frame_comes_back_with_its_addresses_swapped(void **state)
{
    const scene_t *s = *state;
    static const char *const names[] = {"web-http-browse.pcap", "ipv6-tls-mix.pcap",
                                        "vlan-isp-mix-zero-ts.pcap", "small-tcp-echo.pcap"};
    if (!s->here) skip();
    for (size_t i = 0; i < 2 * sizeof names / sizeof names[0]; i++) {
        static echo_t e;
        const run_tap_t tap = {.ctx = &e, .answer = check_echo};
        run_case_t k;
        if (!set_up(&k, s, names[i / 2], i % 2 ? "native-2012" : "ideal")) continue;
        e.same = e.other = 0;
        reader_open(&e.capture, k.trace);
        k.c.respond = RESPOND_ECHO;
        k.c.tap = &tap;
        k.c.sockbuf = 1 << 28;
        if (i % 2) k.c.pace.pps_milli = 20000000; // which one core can answer
        run_play(&k);
        RUN_EXPECT(k.trace, k.r.tx_frames, k.r.delivered);
        RUN_EXPECT(k.trace, e.other, 0);
        RUN_EXPECT(k.trace, e.same, k.r.trace.offered);
        pcap_close(e.capture.p);
        run_free(&k);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_sample_arrives_whole),
        cmocka_unit_test(what_cannot_be_played_is_refused),
        cmocka_unit_test(a_capture_over_years_is_played_at_its_own_times),
        cmocka_unit_test(odd_settings_lose_nothing_without_a_cause),
        cmocka_unit_test(without_promiscuous_mode_only_broadcasts_pass),
        cmocka_unit_test(vlans_go_to_the_functions_of_the_map),
        cmocka_unit_test(every_frame_comes_back_with_its_addresses_swapped),
    };
    return cmocka_run_group_tests_name("captures", tests, scene_make, scene_end);
}
