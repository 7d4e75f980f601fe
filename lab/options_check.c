// SPDX-License-Identifier: Apache-2.0
// Rules between options, and what is effective when an option was not given.
#include "lab/options.h"

#include "hostbridge/spread.h"
#include "lab/wave.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHECK_FRAME_MAX 1514u // longest untagged frame without FCS on the link

static int check_fail(char err[LAB_ERR_LEN], const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static int check_fail(char err[LAB_ERR_LEN], const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vsnprintf(err, LAB_ERR_LEN, fmt, args);
    va_end(args);
    return -1;
}

static void check_note(char notes[LAB_NOTES_LEN], const char *text)
{
    size_t used = strlen(notes);
    snprintf(notes + used, LAB_NOTES_LEN - used, "%s\n", text);
}

// Two options for one thing.
static int check_pair(const lab_options_t *o, enum option_id a, enum option_id b, const char *why,
                      char err[LAB_ERR_LEN])
{
    if (!o->given[a] || !o->given[b]) return 0;
    return check_fail(err, "--%s and --%s exclude each other: %s", option_rows[a].name,
                      option_rows[b].name, why);
}

static int check_traffic(lab_options_t *o, char err[LAB_ERR_LEN])
{
    static const enum option_id PACES[] = {OPT_MULTIPLIER, OPT_PPS, OPT_MBPS, OPT_TOPSPEED};
    trace_pace_t *pace = &o->run.pace;
    bool given[4];
    for (int i = 0; i < 4; i++) {
        given[i] = o->given[PACES[i]] && (PACES[i] != OPT_TOPSPEED || pace->topspeed);
        for (int j = 0; j < i; j++) {
            if (!given[i] || !given[j]) continue;
            return check_fail(err, "--%s and --%s exclude each other: one pace at a time",
                              option_rows[PACES[j]].name, option_rows[PACES[i]].name);
        }
    }
    if (given[1] || given[2] || given[3]) pace->multiplier_ppm = 0;
    pace->seed = o->run.seed;
    pace->max_frame = CHECK_FRAME_MAX;
    return 0;
}

// What the other host waits for.
static int check_respond(lab_options_t *o, char err[LAB_ERR_LEN])
{
    static const struct {
        const char *trace, *word;
        enum run_respond respond;
    } WAITS[] = {{"gen:netperf-rr", "echo", RESPOND_ECHO}, {"gen:iperf-tcp", "ack", RESPOND_ACK}};
    for (size_t i = 0; o->run.trace && i < sizeof WAITS / sizeof WAITS[0]; i++) {
        if (strncmp(o->run.trace, WAITS[i].trace, strlen(WAITS[i].trace)) != 0) continue;
        if (o->given[OPT_RESPOND] && o->run.respond != WAITS[i].respond)
            return check_fail(err, "%s waits for --respond %s", WAITS[i].trace, WAITS[i].word);
        o->run.respond = WAITS[i].respond;
        return 0;
    }
    if (o->given[OPT_CLIENTS] && !o->given[OPT_RESPOND]) o->run.respond = RESPOND_ECHO;
    if (o->run.respond == RESPOND_ACK)
        return check_fail(err, "--respond ack: only gen:iperf-tcp waits for it");
    return 0;
}

// "Interval" is what bounds the interrupt rate: the register that the adaptive algorithm rewrites.
static int check_moderation(lab_options_t *o, char err[LAB_ERR_LEN])
{
    static const enum option_id INTERVALS[] = {OPT_RX_USECS, OPT_ITR};
    if (check_pair(o, OPT_RX_USECS, OPT_ITR, "both set the ITR register", err) != 0) return -1;
    if (check_pair(o, OPT_TX_USECS, OPT_TIDV, "both set the TIDV register", err) != 0) return -1;
    for (int i = 0; i < 2; i++) {
        if (!o->given[INTERVALS[i]]) continue;
        if (o->given[OPT_ADAPTIVE_RX] && o->run.adaptive_rx == 1) {
            return check_fail(err,
                              "--%s and --adaptive-rx on exclude each other: the adaptive algorithm"
                              " rewrites the interval",
                              option_rows[INTERVALS[i]].name);
        }
        o->run.adaptive_rx = 0;
    }
    return 0;
}

// Who sets the interval; the policy of old options is the one that they have always meant.
static int check_policy(lab_options_t *o, char err[LAB_ERR_LEN])
{
    run_config_t *c = &o->run;
    char buf[NUMBER_LEN];
    const char *name = options_text(o, OPT_POLICY, buf);
    const enum option_id interval = o->given[OPT_RX_USECS] ? OPT_RX_USECS : OPT_ITR;
    if (!o->given[OPT_POLICY]) {
        c->policy = c->adaptive_rx == 1 ? POLICY_ADAPTIVE : POLICY_FIXED;
        return 0;
    }
    if ((c->policy == POLICY_ADAPTIVE || c->policy == POLICY_DIM) && o->given[interval])
        return check_fail(err, "--policy %s and --%s exclude each other: it rewrites the interval",
                          name, option_rows[interval].name);
    const uint32_t adaptive = c->policy == POLICY_ADAPTIVE;
    if (o->given[OPT_ADAPTIVE_RX] && c->adaptive_rx != adaptive)
        return check_fail(err, "--policy %s and --adaptive-rx %s exclude each other", name,
                          c->adaptive_rx ? "on" : "off");
    c->adaptive_rx = adaptive;
    if (c->policy == POLICY_NAPI_DEFER) {
        // Linux' own values where it defers by itself (netdev_sw_irq_coalesce_default_on).
        if (c->napi_defer_hard_irqs == RUN_UNSET) c->napi_defer_hard_irqs = 1;
        if (c->gro_flush_timeout == RUN_UNSET) c->gro_flush_timeout = 20000;
        if (c->gro_flush_timeout == 0)
            return check_fail(err, "--policy napi-defer: --gro-flush-timeout 0 is no time");
    }
    const uint32_t up = c->hybrid_up, down = c->hybrid_down;
    if (c->policy == POLICY_HYBRID && down != RUN_UNSET && (up == RUN_UNSET || down >= up))
        return check_fail(err,
                          "--hybrid-down: less than --hybrid-up expected, which must be named");
    return 0;
}

// What belongs to another policy.
static void check_policy_notes(const lab_options_t *o, char notes[LAB_NOTES_LEN])
{
    static const struct {
        enum option_id id;
        enum run_policy policy;
        const char *name;
    } OF[] = {{OPT_DIM_MODE, POLICY_DIM, "dim"},
              {OPT_NAPI_DEFER, POLICY_NAPI_DEFER, "napi-defer"},
              {OPT_HYBRID_UP, POLICY_HYBRID, "hybrid"},
              {OPT_HYBRID_DOWN, POLICY_HYBRID, "hybrid"}};
    if (o->given[OPT_HALT_POLL] && o->run.halt_poll_ns && o->run.pcpus)
        check_note(notes, "--halt-poll-ns has no effect with --pcpus");
    char text[128];
    for (size_t i = 0; i < sizeof OF / sizeof OF[0]; i++) {
        const bool nothing = OF[i].id == OPT_DIM_MODE && o->run.dim_mode == DIM_MODE_EQE;
        if (!o->given[OF[i].id] || nothing || o->run.policy == OF[i].policy) continue;
        snprintf(text, sizeof text, "--%s has no effect without --policy %s",
                 option_rows[OF[i].id].name, OF[i].name);
        check_note(notes, text);
    }
    if (o->given[OPT_GRO_FLUSH] && o->run.gro_flush_timeout && !o->run.gro &&
        o->run.policy != POLICY_NAPI_DEFER)
        check_note(notes,
                   "--gro-flush-timeout has no effect without --gro on or --policy napi-defer");
}

static void check_notes(const lab_options_t *o, char notes[LAB_NOTES_LEN])
{
    const run_config_t *c = &o->run;
    bool rdtr_zero = c->rdtr == RUN_UNSET || c->rdtr == 0; // the driver's own value is 0
    bool tidv_zero = c->tidv == 0 || c->tx_usecs == 0;
    if (o->given[OPT_RADV] && c->radv != 0 && rdtr_zero) {
        check_note(notes, "--radv has no effect while RDTR is 0: every packet interrupts at once "
                          "(set --rdtr too)");
    }
    if (o->given[OPT_TADV] && c->tadv != 0 && tidv_zero) {
        check_note(notes, "--tadv has no effect while TIDV is 0");
    }
    if (o->given[OPT_RX_FRAMES] && c->rx_frames > 1 && rdtr_zero) {
        check_note(notes, "--rx-frames without --rdtr: fewer than N packets at the end are never "
                          "signalled (in_flight_at_end)");
    }
}

// A virtio interface has no register that would hold interrupts back.
static int check_virtio(lab_options_t *o, char err[LAB_ERR_LEN])
{
    const bool fits = o->run.policy == POLICY_FIXED || o->run.policy == POLICY_NAPI_DEFER;
    if (o->given[OPT_POLICY] && !fits)
        return check_fail(err, "--path virtio: it has no throttle, so no policy but fixed and"
                               " napi-defer");
    o->run.adaptive_rx = 0;
    return 0;
}

// e1000-intr has no polls, which adaptive throttling and the policies are about.
static int check_driver(lab_options_t *o, char err[LAB_ERR_LEN])
{
    if (strcmp(o->run.path, "virtio") == 0) return check_virtio(o, err);
    if (strcmp(o->run.driver, "e1000-intr") != 0) return 0;
    const bool fixed = o->run.policy == POLICY_FIXED;
    if ((o->given[OPT_ADAPTIVE_RX] && o->run.adaptive_rx) || (o->given[OPT_POLICY] && !fixed))
        return check_fail(err, "--driver e1000-intr: it has no polls, so no policy but fixed");
    o->run.adaptive_rx = 0;
    return 0;
}

static int check_host(lab_options_t *o, char err[LAB_ERR_LEN])
{
    run_config_t *c = &o->run;
    if (c->app_cpu >= c->cpus) {
        return check_fail(err, "--app-cpu %u: no such core, they are numbered 0 .. %u (--cpus %u)",
                          c->app_cpu, c->cpus - 1, c->cpus);
    }
    if (c->rx_ring % 8 != 0)
        return check_fail(err, "--rx-ring %u: not a multiple of 8", c->rx_ring);
    if (c->tx_ring % 8 != 0)
        return check_fail(err, "--tx-ring %u: not a multiple of 8", c->tx_ring);
    if (strchr(c->driver, '/') && access(c->driver, R_OK) != 0) {
        return check_fail(err, "--driver: %s: cannot be read", c->driver);
    }
    profile_t *p = calloc(1, sizeof *p);
    char why[256] = "";
    if (!p || profile_load(p, c->profile, why) != 0) {
        const char *guess = options_guess(c->profile, profile_names());
        check_fail(err, "--profile: %s%s%s%s", p ? why : "out of memory",
                   guess ? " (did you mean " : "", guess ? guess : "", guess ? "?)" : "");
        free(p);
        return -1;
    }
    if (c->hz == RUN_UNSET) c->hz = (uint32_t)p->value[COST_hz];
    if (c->halt_poll_ns == RUN_UNSET) c->halt_poll_ns = (uint32_t)p->value[COST_halt_poll_ns];
    if (c->sockbuf == RUN_UNSET) c->sockbuf = (uint32_t)p->value[COST_sockbuf_bytes];
    free(p);
    return 0;
}

#define BRIDGED "emulated, virtio, xen-pv" // paths with guests behind a bridge

// Whether the word is one of a list "a, b, c".
static bool check_is_one(const char *word, const char *list)
{
    const size_t n = strlen(word);
    for (const char *at = list; (at = strstr(at, word)); at += n)
        if ((at == list || at[-1] == ' ') && (at[n] == ',' || at[n] == '\0')) return true;
    return false;
}

// Guests behind a bridge: their device is not the physical one.
static int check_behind_bridge(lab_options_t *o, char err[LAB_ERR_LEN])
{
    run_config_t *c = &o->run;
    char why[SPREAD_ERR_LEN];
    if (!o->given[OPT_APP_CPU]) c->app_cpu = RUN_UNSET;
    spread_t *s = spread_create(c->map, c->guests, c->server == SERVER_HOST, why);
    if (!s) return check_fail(err, "--map: %s", why);
    spread_destroy(s);
    return 0;
}

static int check_one_function(const run_config_t *c, const char *nic, char err[LAB_ERR_LEN])
{
    if (c->vfs)
        return check_fail(err, "--vfs %u: the %s has no virtual functions (--nic 82576)", c->vfs,
                          nic);
    if (c->map && strcmp(c->map, "none") != 0)
        return check_fail(err, "--map: the %s has one function (--nic 82576 --vfs N)", nic);
    return 0;
}

// Of moderation the 82576 has EITR, in microseconds.
static int check_eitr(lab_options_t *o, char err[LAB_ERR_LEN])
{
    static const enum option_id TIMERS[] = {OPT_RDTR, OPT_RADV, OPT_TIDV, OPT_TADV, OPT_MASTER};
    for (size_t i = 0; i < sizeof TIMERS / sizeof TIMERS[0]; i++) {
        if (o->given[TIMERS[i]])
            return check_fail(err, "--%s: the 82576 has no such timer",
                              option_rows[TIMERS[i]].name);
    }
    if (o->given[OPT_ITR])
        return check_fail(err, "--itr: the 82576 has EITR, in microseconds: --rx-usecs");
    if (!o->given[OPT_TX_USECS]) return 0;
    if (o->run.vfs) return check_fail(err, "--tx-usecs: the driver of a VF has --rx-usecs only");
    if (o->given[OPT_ADAPTIVE_RX] && o->run.adaptive_rx == 1)
        return check_fail(err, "--tx-usecs and --adaptive-rx on exclude each other: the adaptive"
                               " algorithm rewrites both intervals");
    o->run.adaptive_rx = 0;
    return 0;
}

// What a device with functions has, has not, and takes by itself.
static int check_functions(lab_options_t *o, char err[LAB_ERR_LEN])
{
    run_config_t *c = &o->run;
    char buf[NUMBER_LEN], why[SPREAD_ERR_LEN];
    if (check_is_one(c->path, BRIDGED)) return check_behind_bridge(o, err);
    if (c->nic != NIC_82576) return check_one_function(c, options_text(o, OPT_NIC, buf), err);
    if (check_eitr(o, err) != 0) return -1;
    if (!o->given[OPT_DRIVER]) c->driver = c->vfs ? "igbvf" : "igb";
    if (!o->given[OPT_APP_CPU] && c->vfs) c->app_cpu = RUN_UNSET;
    spread_t *s = spread_create(c->map, c->vfs, c->vfs < RUN_FUNCTIONS - 1, why);
    if (!s) return check_fail(err, "--map: %s", why);
    spread_destroy(s);
    return 0;
}

static int check_iommu(const lab_options_t *o, char notes[LAB_NOTES_LEN], char err[LAB_ERR_LEN])
{
    static const enum option_id CACHES[] = {OPT_IOTLB, OPT_WALK_CACHE, OPT_PAGES};
    const run_config_t *c = &o->run;
    const char *const text[] = {c->iotlb, c->walk_cache};
    iommu_geometry_t g;
    char why[128];
    for (int i = 0; i < 2; i++) {
        if (iommu_geometry_parse(text[i], &g, why) != 0)
            return check_fail(err, "--%s: %s", option_rows[CACHES[i]].name, why);
    }
    if (c->iommu != DMA_OFF && c->iommu != DMA_PT) return 0;
    for (int i = 0; i < 3; i++) {
        if (!o->given[CACHES[i]]) continue;
        check_note(notes,
                   "--iotlb, --walk-cache and --pages have no effect without --iommu strict, "
                   "deferred or pinned");
        break;
    }
    return 0;
}

// Guests: how many, on which cores.
static int check_guests(lab_options_t *o, unsigned guests, char err[LAB_ERR_LEN])
{
    run_config_t *c = &o->run;
    const bool bridged = strcmp(c->path, "vf") != 0;
    if (c->host_cpus == RUN_UNSET) c->host_cpus = 1 + bridged;
    if (!o->given[OPT_CPUS]) c->cpus = guests;
    if (c->cpus + c->host_cpus > RUN_CORES)
        return check_fail(err, "--path %s: --cpus %u and --host-cpus %u: %u cores at most", c->path,
                          c->cpus, c->host_cpus, RUN_CORES);
    if (c->pcpus > c->cpus + c->host_cpus)
        return check_fail(err, "--pcpus %u: guests and host have %u cores", c->pcpus,
                          c->cpus + c->host_cpus);
    if (c->cpus < guests)
        return check_fail(err, "--path %s: --cpus %u: a core for each of %u guests expected",
                          c->path, c->cpus, guests);
    return 0;
}

static int check_vf(lab_options_t *o, char err[LAB_ERR_LEN])
{
    run_config_t *c = &o->run;
    if (!o->given[OPT_NIC]) c->nic = NIC_82576;
    if (c->nic != NIC_82576)
        return check_fail(err, "--path vf: --nic 82576 has functions to assign");
    if (!o->given[OPT_VFS]) c->vfs = c->guests;
    if (c->vfs == 0) return check_fail(err, "--path vf: at least --vfs 1 expected");
    if (o->given[OPT_GUESTS] && c->guests != c->vfs)
        return check_fail(err, "--path vf: --guests %u and --vfs %u: each guest has a VF",
                          c->guests, c->vfs);
    c->guests = c->vfs;
    if (!o->given[OPT_IOMMU]) c->iommu = DMA_PINNED;
    if (c->iommu != DMA_PINNED)
        return check_fail(err, "--path vf: the memory of guests is --iommu pinned");
    return check_guests(o, c->vfs, err);
}

static int check_bridged(lab_options_t *o, char err[LAB_ERR_LEN])
{
    run_config_t *c = &o->run;
    if (c->vfs) return check_fail(err, "--path %s: --guests N, not --vfs", c->path);
    if (!o->given[OPT_DRIVER])
        c->driver = strcmp(c->path, "virtio") == 0   ? "virtio-net"
                    : strcmp(c->path, "xen-pv") == 0 ? "netfront"
                                                     : "e1000";
    return check_guests(o, c->guests, err);
}

// Clients in the machine, of an application on the host.
static int check_clients(const lab_options_t *o, char err[LAB_ERR_LEN])
{
    const run_config_t *c = &o->run;
    char why[128];
    if (c->server == SERVER_HOST && !check_is_one(c->path, BRIDGED))
        return check_fail(err, "--server host: guests behind a bridge of it expected (--path %s)",
                          BRIDGED);
    if (!c->clients) return 0;
    if (c->server != SERVER_HOST) return check_fail(err, "--clients: --server host expected");
    if (c->respond != RESPOND_ECHO)
        return check_fail(err, "--clients: they wait for --respond echo");
    if (!run_clients_parse(c->clients, c->guests, why))
        return check_fail(err, "--clients: %s", why);
    return 0;
}

// What belongs to other paths.
static void check_path_notes(const lab_options_t *o, char notes[LAB_NOTES_LEN])
{
    static const struct {
        enum option_id id;
        const char *paths;
    } OF[] = {{OPT_GUEST_IRQ, "vf"},
              {OPT_PV_EOI, "vf, virtio"},
              {OPT_GUEST_IDLE, "vf, " BRIDGED},
              {OPT_HALT_POLL, "vf, emulated, virtio"},
              {OPT_GUESTS, "vf, " BRIDGED},
              {OPT_HOST_CPUS, "vf, " BRIDGED},
              {OPT_PCPUS, "vf, " BRIDGED},
              {OPT_MAX_BACKLOG, "container"},
              {OPT_BACKEND_QUEUE, BRIDGED},
              {OPT_HOST_RX_USECS, BRIDGED},
              {OPT_EMULATED_ITR, "emulated"},
              {OPT_EVENT_IDX, "virtio"},
              {OPT_NETBACK, "xen-pv"},
              {OPT_DOM0_NET, "xen-pv"}};
    static const enum option_id SHARED[] = {OPT_GUEST_WEIGHT, OPT_GUEST_CAP, OPT_HOST_WEIGHT,
                                            OPT_HOST_CAP};
    for (size_t i = 0; i < sizeof SHARED / sizeof SHARED[0]; i++)
        if (o->given[SHARED[i]] && !o->run.pcpus) {
            check_note(notes, "weights and caps have no effect without --pcpus");
            break;
        }
    char text[128];
    for (size_t i = 0; i < sizeof OF / sizeof OF[0]; i++) {
        if (!o->given[OF[i].id] || check_is_one(o->run.path, OF[i].paths)) continue;
        if (OF[i].id == OPT_MAX_BACKLOG && o->run.clients) continue; // of loopback
        snprintf(text, sizeof text, "--%s has no effect without --path %s",
                 option_rows[OF[i].id].name, OF[i].paths);
        check_note(notes, text);
    }
}

// A paravirtual interface holds no interrupt back; the rings of Xen's have one size.
static void check_settings_notes(const lab_options_t *o, char notes[LAB_NOTES_LEN])
{
    static const struct {
        enum option_id id;
        const char *paths;
    } NONE[] = {{OPT_ADAPTIVE_RX, "virtio, xen-pv"},
                {OPT_RX_USECS, "virtio, xen-pv"},
                {OPT_RX_FRAMES, "virtio, xen-pv"},
                {OPT_TX_USECS, "virtio, xen-pv"},
                {OPT_ITR, "virtio, xen-pv"},
                {OPT_RDTR, "virtio, xen-pv"},
                {OPT_RADV, "virtio, xen-pv"},
                {OPT_TIDV, "virtio, xen-pv"},
                {OPT_TADV, "virtio, xen-pv"},
                {OPT_MASTER, "virtio, xen-pv"},
                {OPT_WATCHDOG, "virtio, xen-pv"},
                {OPT_TX_FRAMES, "xen-pv"},
                {OPT_RX_RING, "xen-pv"},
                {OPT_TX_RING, "xen-pv"}};
    char text[128];
    for (size_t i = 0; i < sizeof NONE / sizeof NONE[0]; i++) {
        if (!o->given[NONE[i].id] || !check_is_one(o->run.path, NONE[i].paths)) continue;
        snprintf(text, sizeof text, "--%s has no effect with --path %s",
                 option_rows[NONE[i].id].name, o->run.path);
        check_note(notes, text);
    }
}

// Of a path what follows from it, if nothing is said.
static int check_path(lab_options_t *o, char notes[LAB_NOTES_LEN], char err[LAB_ERR_LEN])
{
    run_config_t *c = &o->run;
    check_path_notes(o, notes);
    check_settings_notes(o, notes);
    if (strcmp(c->path, "vf") == 0) return check_vf(o, err);
    if (check_is_one(c->path, BRIDGED)) return check_bridged(o, err);
    c->pcpus = 0; // as has been noted
    if (strcmp(c->path, "container") != 0) return 0;
    if (c->vfs)
        return check_fail(err, "--path container: --vfs 0: its bridge is behind one function");
    if (c->gro) return check_fail(err, "--path container: no --gro on");
    return 0;
}

// What only another option gives something to do, or a trace.
static void check_use_notes(const lab_options_t *o, char notes[LAB_NOTES_LEN])
{
    const bool lockstep = o->verb == OPTION_FOR_LOCKSTEP;
    if (o->given[OPT_WAVE_FILE] && !o->wave)
        check_note(notes, "--wave-file has no effect without --wave");
    if (o->given[OPT_TIMELINE_EVENTS] && !o->out)
        check_note(notes, "--timeline-events has no effect without --out");
    if (lockstep && o->run.trace && o->given[OPT_CYCLES])
        check_note(notes, "--cycles has no effect with a trace");
    char text[128];
    for (int i = 0; lockstep && !o->run.trace && i < OPT_COUNT; i++) {
        if (!o->given[i] || !option_rows[i].key || i == OPT_SEED || i == OPT_NIC) continue;
        snprintf(text, sizeof text, "--%s has no effect without a trace: the inputs are random",
                 option_rows[i].name);
        check_note(notes, text);
    }
}

int options_resolve(lab_options_t *o, char notes[LAB_NOTES_LEN], char err[LAB_ERR_LEN])
{
    notes[0] = '\0';
    if (check_path(o, notes, err) != 0 || check_traffic(o, err) != 0 ||
        check_respond(o, err) != 0 || check_clients(o, err) != 0 || check_driver(o, err) != 0 ||
        check_moderation(o, err) != 0 || check_policy(o, err) != 0 || check_host(o, err) != 0 ||
        check_functions(o, err) != 0 || check_iommu(o, notes, err) != 0) {
        return -1;
    }
    if (o->wave && wave_check(o, err) != 0) return -1;
    check_notes(o, notes);
    check_policy_notes(o, notes);
    check_use_notes(o, notes);
    return 0;
}
