// SPDX-License-Identifier: Apache-2.0
// Cintra, Embrapa Comunicado Técnico 102, "Virtualização com o Xen": the row of netperf (TCP_STREAM, 10 s, one value each) on a LAN of
// 100 Mbit/s. Its point: at that speed no path costs bandwidth.
#include "lab/reproduce.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    MSS = 1460,
    SEGMENTS = 20000,
    LIMIT_CENTI = 9493
}; // 1460 of 1538 byte times, without timestamps

static const struct {
    const char *id, *path, *profile;
    double mbps;
} PLATFORMS[] = {{"real machine", "native", "native-2012", 93.85},
                 {"Dom0", "container", "native-2012", 94.09},
                 {"HVM", "emulated", "xen-hvm-4", 94.64},
                 {"PV", "xen-pv", "xen-pv-4", 94.51}};
enum { COUNT = sizeof PLATFORMS / sizeof PLATFORMS[0] };

static void plan(repro_t *r)
{
    for (unsigned i = 0; i < COUNT; i++) {
        repro_point_t *p = repro_add(r, PLATFORMS[i].path, PLATFORMS[i].profile,
                                     "gen:iperf-tcp,count=%u", SEGMENTS);
        p->payload_bits = MSS * 8;
        p->c.respond = RESPOND_ACK;
        p->c.link_speed = 100;
        p->c.app_cpu = 0;
        if (strcmp(PLATFORMS[i].path, "xen-pv") == 0) p->c.driver = "netfront";
    }
}

static void judge(repro_t *r)
{
    const double limit = LIMIT_CENTI / 100.0;
    for (unsigned i = 0; i < COUNT; i++) {
        const repro_outcome_t *o = &r->point[i].o, *native = &r->point[0].o;
        repro_judge(r, PLATFORMS[i].id, "within 1 % of the link's limit, 94.93 Mbit/s",
                    fabs(o->goodput_mbps - limit) <= 0.01 * limit, NULL,
                    "%.2f Mbit/s; netperf there: %.2f", o->goodput_mbps, PLATFORMS[i].mbps);
        const double ratio = o->goodput_mbps / native->goodput_mbps;
        if (i)
            repro_judge(r, "E-1", "no difference from the real machine (0.98 to 1.01)",
                        ratio >= 0.98 && ratio <= 1.01, NULL, "%s: %.4f", PLATFORMS[i].id, ratio);
    }
    repro_report(r, "E-2", "HVM and PV above 94.15, the limit with timestamps",
                 "segments here have no timestamps, so the limit is 94.93; the sender's count may "
                 "include what is still in its buffer",
                 "HVM %.2f, PV %.2f Mbit/s", r->point[2].o.goodput_mbps,
                 r->point[3].o.goodput_mbps);
}

const reproduction_t repro_embrapa = {
    .name = "embrapa2010",
    .title = "netperf over 100 Mbit/s by several paths (Cintra, Embrapa, Comunicado Técnico 102)",
    .source = "the guest receives; the published run sends: both are bound by the link",
    .plan = plan,
    .judge = judge};
