// SPDX-License-Identifier: Apache-2.0
// The text "gen:KIND,key=value,..." to numbers. Every complaint names the key; a key that does
// nothing for the kind, a key given twice and two rates at once are complaints, not silence.
#include "traces/trace_priv.h"

#include <string.h>

#define SPEC_DEFAULT_COUNT 100000
#define SPEC_OPEN          (GEN_CBR | GEN_POISSON | GEN_IMIX | GEN_BURSTS | GEN_TCP | GEN_IPERF_UDP)
#define SPEC_ALL           (SPEC_OPEN | GEN_RR | GEN_IPERF_TCP)
#define SPEC_RATED         (GEN_CBR | GEN_POISSON | GEN_IMIX | GEN_TCP)
#define SPEC_E9            1000000000ull

typedef enum {
    KEY_SIZE,
    KEY_PPS,
    KEY_MBPS,
    KEY_LOAD,
    KEY_GAP_NS,
    KEY_COUNT,
    KEY_DURATION_MS,
    KEY_DST,
    KEY_SRC,
    KEY_VLAN,
    KEY_HOSTS,
    KEY_BAD_FCS,
    KEY_BURST,
    KEY_GAP_US,
    KEY_PACING,
    KEY_FLOWS,
    KEY_PUSH,
    KEY_SESSIONS,
    KEY_THINK_US,
    KEY_WINDOW,
    KEY_MACHINES,
    KEY_NATIVE,
    KEY_DOM0,
    KEY_DOMU,
    KEY_CEILING_MBPS,
    KEY_STALL_US,
    KEY_STALL_EVERY_US,
    KEY_N
} spec_key_t;

typedef struct spec_row {
    const char *name;
    unsigned kinds; // that know the key
    uint64_t min, max;
    bool milli;       // up to three decimals; the value, min and max are in thousandths
    const char *want; // what the message says is expected
} spec_row_t;

static const spec_row_t SPEC_KEYS[KEY_N] = {
    [KEY_SIZE] = {"size", SPEC_ALL & ~GEN_IMIX, 64, 1522, false,
                  "64..1518 bytes including FCS (1522 with vlan)"},
    [KEY_PPS] = {"pps", SPEC_RATED, 1, SPEC_E9 * 1000, true, "0.001..1000000000 frames a second"},
    [KEY_MBPS] = {"mbps", SPEC_RATED | GEN_IPERF_UDP, 1, SPEC_E9, true,
                  "0.001..1000000 megabits a second"},
    [KEY_LOAD] = {"load", SPEC_RATED, 1, 100000, true, "0.001..100 percent of 1 Gb/s"},
    [KEY_GAP_NS] = {"gap-ns", SPEC_RATED, 1, SPEC_E9 * 1000000, true,
                    "0.001..1000000000000 nanoseconds"},
    [KEY_COUNT] = {"count", SPEC_ALL, 1, UINT64_MAX, false, "a number of frames"},
    [KEY_DURATION_MS] = {"duration-ms", SPEC_OPEN, 1, SPEC_E9 * 1000, false, "1.. milliseconds"},
    [KEY_DST] = {"dst", SPEC_ALL, 0, 0, false, "a MAC address xx:xx:xx:xx:xx:xx"},
    [KEY_SRC] = {"src", SPEC_ALL, 0, 0, false, "a MAC address xx:xx:xx:xx:xx:xx"},
    [KEY_VLAN] = {"vlan", SPEC_OPEN, 0, 4094, false, "0..4094"},
    [KEY_HOSTS] = {"hosts", SPEC_OPEN, 1, GEN_HOSTS_MAX, false, "1..254 destination addresses"},
    [KEY_BAD_FCS] = {"bad-fcs", SPEC_OPEN, 1, UINT64_MAX, false, "1-in-N"},
    [KEY_BURST] = {"burst", GEN_BURSTS, 1, SPEC_E9, false, "1..1000000000 frames"},
    [KEY_GAP_US] = {"gap-us", GEN_BURSTS, 0, SPEC_E9 * 1000, true, "0..1000000000 microseconds"},
    [KEY_PACING] = {"pacing", GEN_IMIX, 0, 0, false, "cbr or poisson"},
    [KEY_FLOWS] = {"flows", GEN_TCP, 1, 16384, false, "1..16384 flows"},
    [KEY_PUSH] = {"push", GEN_TCP, 0, SPEC_E9, false, "0 (none) or a number of segments"},
    [KEY_SESSIONS] = {"sessions", GEN_RR, 1, TRACE_SESSIONS_MAX, false, "1..1024 sessions"},
    [KEY_THINK_US] = {"think-us", GEN_RR, 0, SPEC_E9 * 1000, true, "0..1000000000 microseconds"},
    [KEY_WINDOW] = {"window", GEN_IPERF_TCP, 1, 1u << 30, false, "1..1073741824 bytes"},
    [KEY_MACHINES] = {"machines", GEN_RR, 1, 48, false, "1..48 machines"},
    [KEY_NATIVE] = {"native", GEN_RR, 0, 16, false, "0..16 clients"},
    [KEY_DOM0] = {"dom0", GEN_RR, 0, 16, false, "0..16 clients"},
    [KEY_DOMU] = {"domu", GEN_RR, 0, 16, false, "0..16 clients"},
    [KEY_CEILING_MBPS] = {"ceiling-mbps", GEN_IPERF_UDP, 1, SPEC_E9, true,
                          "0.001..1000000 megabits a second"},
    [KEY_STALL_US] = {"stall-us", GEN_IPERF_UDP, 0, SPEC_E9 * 1000, true,
                      "0..1000000000 microseconds"},
    [KEY_STALL_EVERY_US] = {"stall-every-us", GEN_IPERF_UDP, 1, SPEC_E9 * 1000, true,
                            "0.001..1000000000 microseconds"},
};

static const struct {
    const char *name;
    trace_gen_kind_t kind;
} SPEC_KINDS[] = {{"cbr", GEN_CBR},
                  {"poisson", GEN_POISSON},
                  {"imix", GEN_IMIX},
                  {"bursts", GEN_BURSTS},
                  {"tcp-stream", GEN_TCP},
                  {"netperf-rr", GEN_RR},
                  {"iperf-tcp", GEN_IPERF_TCP},
                  {"iperf-udp", GEN_IPERF_UDP}};

// A decimal number in whole units, or thousandths when `milli`. Nothing may follow it.
static bool spec_number(const char *text, bool milli, uint64_t *value)
{
    uint64_t v = 0;
    int decimals = -1; // digits behind the point, -1 = no point yet
    int digits = 0;
    for (; *text; text++) {
        if (*text == '.' && milli && decimals < 0) {
            decimals = 0;
            continue;
        }
        if (*text < '0' || *text > '9' || decimals == 3) return false;
        if (__builtin_mul_overflow(v, 10u, &v)) return false;
        if (__builtin_add_overflow(v, (uint64_t)(*text - '0'), &v)) return false;
        if (decimals >= 0) decimals++;
        digits++;
    }
    for (int d = decimals < 0 ? 0 : decimals; milli && d < 3; d++) {
        if (__builtin_mul_overflow(v, 10u, &v)) return false;
    }
    *value = v;
    return digits > 0;
}

static int spec_hex(char ch)
{
    if (ch >= '0' && ch <= '9') return ch - '0';
    if (ch >= 'a' && ch <= 'f') return ch - 'a' + 10;
    if (ch >= 'A' && ch <= 'F') return ch - 'A' + 10;
    return -1;
}

static bool spec_mac(const char *text, uint8_t mac[6])
{
    if (strlen(text) != 17) return false;
    for (int i = 0; i < 6; i++) {
        int hi = spec_hex(text[3 * i]), lo = spec_hex(text[3 * i + 1]);
        if (hi < 0 || lo < 0 || (i < 5 && text[3 * i + 2] != ':')) return false;
        mac[i] = (uint8_t)(hi << 4 | lo);
    }
    return true;
}

static bool spec_apply_text(trace_gen_spec_t *s, spec_key_t key, const char *value)
{
    switch (key) {
    case KEY_DST: return spec_mac(value, s->dst);
    case KEY_SRC: return spec_mac(value, s->src);
    case KEY_PACING:
        s->poisson = strcmp(value, "poisson") == 0;
        return s->poisson || strcmp(value, "cbr") == 0;
    default: return false;
    }
}

static void spec_apply_number(trace_gen_spec_t *s, spec_key_t key, uint64_t v)
{
    switch (key) {
    case KEY_SIZE: s->size = (uint32_t)v; break;
    case KEY_PPS:
        s->rate = GEN_PPS;
        s->rate_milli = v;
        break;
    case KEY_MBPS:
        s->rate = GEN_MBPS;
        s->rate_milli = v;
        break;
    case KEY_LOAD:
        s->rate = GEN_LOAD;
        s->rate_milli = v;
        break;
    case KEY_GAP_NS:
        s->rate = GEN_GAP;
        s->rate_milli = v;
        break;
    case KEY_COUNT: s->count = v; break;
    case KEY_DURATION_MS: s->duration_ms = v; break;
    case KEY_VLAN:
        s->vlan_set = true;
        s->vlan = (uint16_t)v;
        break;
    case KEY_HOSTS: s->hosts = (uint32_t)v; break;
    case KEY_BAD_FCS: s->bad_fcs_in = v; break;
    case KEY_BURST: s->burst = v; break;
    case KEY_GAP_US: s->gap_us_milli = v; break;
    case KEY_FLOWS: s->flows = v; break;
    case KEY_PUSH: s->push = v; break;
    case KEY_SESSIONS: s->sessions = v; break;
    case KEY_THINK_US: s->think_us_milli = v; break;
    case KEY_WINDOW: s->window = v; break;
    case KEY_MACHINES: s->machines = v; break;
    case KEY_NATIVE: s->clients[TRACE_CLIENT_NATIVE] = v; break;
    case KEY_DOM0: s->clients[TRACE_CLIENT_DOM0] = v; break;
    case KEY_DOMU: s->clients[TRACE_CLIENT_DOMU] = v; break;
    case KEY_CEILING_MBPS: s->ceiling_milli = v; break;
    case KEY_STALL_US: s->stall_us_milli = v; break;
    case KEY_STALL_EVERY_US: s->stall_every_us_milli = v; break;
    default: break;
    }
}

// One "key=value"; `seen` has a bit for each key met. 0 or -1.
static int spec_pair(trace_gen_spec_t *s, const char *kind, char *pair, unsigned *seen, char *err)
{
    char *value = strchr(pair, '=');
    if (!value) return trace_fail(err, "gen:%s: \"%.80s\": key=value expected", kind, pair);
    *value++ = '\0';
    spec_key_t key = 0;
    while (key < KEY_N && strcmp(pair, SPEC_KEYS[key].name) != 0) key++;
    if (key == KEY_N) return trace_fail(err, "gen:%s: unknown key \"%.80s\"", kind, pair);
    const spec_row_t *row = &SPEC_KEYS[key];
    if (!(row->kinds & s->kind)) {
        return trace_fail(err, "gen:%s: %s: not a key of this kind", kind, pair);
    }
    if (*seen & 1u << key) return trace_fail(err, "gen:%s: %s: given twice", kind, pair);
    *seen |= 1u << key;

    bool ok;
    if (row->max == 0) {
        ok = spec_apply_text(s, key, value);
    } else {
        uint64_t v = 0;
        const char *digits = value;
        if (key == KEY_BAD_FCS) digits = strncmp(value, "1-in-", 5) == 0 ? value + 5 : "";
        ok = spec_number(digits, row->milli, &v) && v >= row->min && v <= row->max;
        spec_apply_number(s, key, v);
    }
    return ok ? 0
              : trace_fail(err, "gen:%s: %s=%.80s: %s expected", kind, row->name, value, row->want);
}

// Clients on machines, or sessions that only think.
static int spec_clients(trace_gen_spec_t *s, const char *kind, unsigned seen, char *err)
{
    const unsigned clients =
        1u << KEY_MACHINES | 1u << KEY_NATIVE | 1u << KEY_DOM0 | 1u << KEY_DOMU;
    if (!(seen & clients)) return 0;
    if (seen & (1u << KEY_SESSIONS | 1u << KEY_THINK_US))
        return trace_fail(err, "gen:%s: sessions and think-us, or clients of machines", kind);
    const uint64_t each = s->clients[TRACE_CLIENT_NATIVE] + s->clients[TRACE_CLIENT_DOM0] +
                          s->clients[TRACE_CLIENT_DOMU];
    if (!s->machines) s->machines = 1;
    s->sessions = s->machines * each;
    if (!each || s->sessions > TRACE_CLIENTS_MAX)
        return trace_fail(err, "gen:%s: machines: 1..%u clients in all expected", kind,
                          TRACE_CLIENTS_MAX);
    return 0;
}

// What only all keys together can tell.
static int spec_check(trace_gen_spec_t *s, const char *kind, unsigned seen, bool endless_ok,
                      char *err)
{
    unsigned rates = seen & (1u << KEY_PPS | 1u << KEY_MBPS | 1u << KEY_LOAD | 1u << KEY_GAP_NS);
    if (rates & (rates - 1)) {
        return trace_fail(err, "gen:%s: pps, mbps, load and gap-ns exclude each other", kind);
    }
    if (s->kind == GEN_IPERF_TCP && !(seen & 1u << KEY_SIZE))
        s->size = 1518; // its window is of such
    if (s->kind == GEN_IPERF_UDP) {
        if (!(seen & 1u << KEY_SIZE)) s->size = s->vlan_set ? 1520 : 1516; // 1470 bytes of payload
        if (!(seen & 1u << KEY_MBPS)) s->rate_milli = 1000000;
        s->rate = GEN_MBPS;
        if (s->stall_every_us_milli && s->stall_every_us_milli <= s->stall_us_milli) {
            return trace_fail(err, "gen:%s: stall-every-us: more than stall-us expected", kind);
        }
    }
    if (s->count && s->duration_ms) {
        return trace_fail(err, "gen:%s: count and duration-ms exclude each other", kind);
    }
    if (s->size > 1518 && !s->vlan_set) {
        return trace_fail(err,
                          "gen:%s: size=%u: 64..1518 bytes including FCS expected (1522 with vlan)",
                          kind, s->size);
    }
    if (!s->count && !s->duration_ms && !endless_ok) s->count = SPEC_DEFAULT_COUNT;
    return spec_clients(s, kind, seen, err);
}

int trace_gen_parse(const char *text, bool endless_ok, trace_gen_spec_t *s, char err[TRACE_ERR_LEN])
{
    char copy[512];
    if (strncmp(text, "gen:", 4) != 0) return trace_fail(err, "%.80s: gen:KIND expected", text);
    if (strlen(text + 4) >= sizeof copy) return trace_fail(err, "gen: specification too long");
    strcpy(copy, text + 4);

    *s = (trace_gen_spec_t){.rate = GEN_LOAD,
                            .rate_milli = 100000,
                            .size = 64,
                            .burst = 32,
                            .gap_us_milli = 100000,
                            .flows = 1,
                            .hosts = 1,
                            .sessions = 1,
                            .window = 1u << 30,
                            .stall_us_milli = 1000000,
                            .dst = {2, 0, 0, 0, 0, 1},
                            .src = {2, 0, 0, 0, 0, 2}};
    char *rest = copy;
    const char *kind = strsep(&rest, ",");
    for (size_t i = 0; i < sizeof SPEC_KINDS / sizeof SPEC_KINDS[0]; i++) {
        if (strcmp(kind, SPEC_KINDS[i].name) == 0) s->kind = SPEC_KINDS[i].kind;
    }
    if (s->kind == 0) {
        return trace_fail(err,
                          "gen:%.80s: unknown kind, one of cbr, poisson, imix, bursts, tcp-stream, "
                          "netperf-rr, iperf-tcp, iperf-udp expected",
                          kind);
    }
    s->poisson = s->kind == GEN_POISSON;
    unsigned seen = 0;
    while (rest) {
        if (spec_pair(s, kind, strsep(&rest, ","), &seen, err) != 0) return -1;
    }
    return spec_check(s, kind, seen, endless_ok, err);
}
