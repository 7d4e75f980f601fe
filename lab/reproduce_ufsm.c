// SPDX-License-Identifier: Apache-2.0
// A two-page paper of UFSM, Brazil, of about 2007 (without title and authors in the text at hand): netperf TCP_RR under Xen on four machines with two
// Itanium2, Fast Ethernet. The server is in Dom0 of machine 1 ("D0.1"); clients are in Dom0s and guests of all machines, twelve, eleven, eight and
// six of them. Its table has the transactions a second of each client, of three machines of the four.
#include "lab/reproduce.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { REQUESTS = 40000, GUESTS = 2, MACHINES = 3, COLUMNS = 9, TOLERANCE = 25 };

// The runs: the four experiments, and what the claims need besides.
enum {
    EXP_12,
    EXP_11,
    EXP_8,
    EXP_6,
    EXPERIMENTS,
    NATIVE = EXPERIMENTS,
    ONE_DOM0,
    ONE_DOMU,
    TWO_8,
    TWO_6
};

static const char *const COLUMN[COLUMNS] = {"D0.1",  "DU1.1", "DU1.2", "D0.2", "DU2.1",
                                            "DU2.2", "D0.3",  "DU3.1", "DU3.2"};
// The same clients here.
static const char *const CLIENT[COLUMNS] = {"localhost",    "guest0",         "guest1",
                                            "remote0.dom0", "remote0.guest0", "remote0.guest1",
                                            "remote1.dom0", "remote1.guest0", "remote1.guest1"};
// 0: it did not take part.
static const double TABLE[EXPERIMENTS][COLUMNS] = {
    [EXP_12] = {2297.98, 1090.09, 1004.39, 318.93, 524.89, 600.89, 445.88, 866.91, 917.78},
    [EXP_11] = {0, 957.31, 1101.14, 463.31, 538.25, 594.97, 433.44, 797.53, 885.03},
    [EXP_8] = {0, 1078.46, 1140.17, 0, 595.87, 632.34, 0, 682.01, 749.41},
    [EXP_6] = {0, 0, 0, 0, 2026.78, 2023.36, 0, 2052.29, 2051.94}};
static const char *const NAME[EXPERIMENTS] = {"12", "11", "8", "6"};

// ---- the runs ----------------------------------------------------------------------------------

static repro_point_t *server(repro_t *r, const char *clients, const char *local)
{
    repro_point_t *p =
        repro_add(r, "xen-pv", "xen-pv-2007", "gen:netperf-rr,%s,count=%u", clients, REQUESTS);
    p->c.driver = "netfront";
    p->c.respond = RESPOND_ECHO;
    p->c.link_speed = 100;
    p->c.guests = GUESTS;
    p->c.cpus = GUESTS;
    p->c.host_cpus = 1;
    p->c.pcpus = 2;
    p->c.host_rx_usecs = 0;
    p->c.netback = NETBACK_TASKLET;
    p->c.server = SERVER_HOST;
    p->c.clients = local;
    p->c.wake_affine = true;
    p->c.app_cpu = RUN_UNSET;
    return p;
}

static void plan(repro_t *r)
{
    server(r, "machines=3,dom0=1,domu=2", "host,0,1");
    server(r, "machines=3,dom0=1,domu=2", "0,1");
    server(r, "machines=3,domu=2", "0,1");
    server(r, "machines=3,domu=2", NULL);
    repro_point_t *p =
        repro_add(r, "native", "xen-pv-2007", "gen:netperf-rr,native=1,count=%u", REQUESTS);
    p->c.respond = RESPOND_ECHO;
    p->c.link_speed = 100;
    p->c.app_cpu = 0;
    p->c.rx_usecs = 0;
    p->c.adaptive_rx = 0;
    server(r, "dom0=1", NULL);
    server(r, "domu=1", NULL);
    server(r, "machines=3,domu=2", "0,1")->c.host_cpus = 2;
    server(r, "machines=3,domu=2", NULL)->c.host_cpus = 2;
}

// ---- claims ------------------------------------------------------------------------------------

// Transactions a second; 0: there is no such client.
static double tps(const repro_t *r, unsigned run, const char *client)
{
    const repro_outcome_t *o = &r->point[run].o;
    for (unsigned i = 0; i < o->clients; i++)
        if (strcmp(o->client[i].name, client) == 0) return o->client[i].tps;
    return 0;
}

static double at(const repro_t *r, unsigned run, unsigned column)
{
    return tps(r, run, CLIENT[column]);
}

// Why a cell is not reproduced.
static const char *reason(unsigned column)
{
    if (column == 0)
        return "Dom0 has one vCPU here, on which the client, its server and all others wait for "
               "each other";
    if (column == 3 || column == 6) return "see U-4";
    return "processes of Dom0 share it alike here; there those of other machines' clients get less";
}

static void cells(repro_t *r)
{
    for (unsigned e = 0; e < EXPERIMENTS; e++)
        for (unsigned c = 0; c < COLUMNS; c++) {
            if (TABLE[e][c] == 0) continue;
            char id[24];
            const double got = at(r, e, c), off = 100 * (got / TABLE[e][c] - 1);
            snprintf(id, sizeof id, "%s clients, %s", NAME[e], COLUMN[c]);
            repro_judge(r, id, "the table's cell, within 25 %", fabs(off) <= TOLERANCE, reason(c),
                        "%.0f transactions/s, %+.0f %%; there %.2f", got, off, TABLE[e][c]);
        }
}

// DomU of the other machines, as far as the table has them.
static double remote_domu(const repro_t *r, unsigned run)
{
    return (at(r, run, 4) + at(r, run, 5) + at(r, run, 7) + at(r, run, 8)) / 4;
}

static double local_domu(const repro_t *r, unsigned run)
{
    return (at(r, run, 1) + at(r, run, 2)) / 2;
}

static void overhead(repro_t *r)
{
    const double native = 1e6 / r->point[NATIVE].o.client[0].tps,
                 dom0 = 1e6 / r->point[ONE_DOM0].o.client[0].tps,
                 domu = 1e6 / r->point[ONE_DOMU].o.client[0].tps;
    repro_judge(r, "U-1", "a transaction between machines takes longer with Xen than without",
                domu > dom0 && dom0 > native, NULL,
                "one client: %.0f us without, %.0f from Dom0 to Dom0, %.0f from a guest", native,
                dom0, domu);
}

static void order(repro_t *r)
{
    const double here = at(r, EXP_12, 0), own = local_domu(r, EXP_12),
                 other = remote_domu(r, EXP_12);
    repro_judge(
        r, "U-2 localhost", "12 clients: localhost faster than guests of the machine (5 %)",
        here > 1.05 * own,
        "on Dom0's one vCPU client and server wait for the same processor, each with its share",
        "%.0f and %.0f transactions/s; there 2298 and 1047", here, own);
    repro_judge(
        r, "U-2 own guests", "12 clients: guests of the machine faster than those of others (5 %)",
        own > 1.05 * other, NULL, "%.0f and %.0f transactions/s; there 1047 and 728", own, other);
    const double own8 = local_domu(r, EXP_8), other8 = remote_domu(r, EXP_8);
    repro_judge(r, "U-2 own guests, 8", "8 clients: the same (5 %)", own8 > 1.05 * other8, NULL,
                "%.0f and %.0f transactions/s; there 1109 and 665", own8, other8);
}

static void fairness(repro_t *r)
{
    static const unsigned PAIR[] = {1, 4, 7};
    double most = 0;
    for (unsigned e = 0; e < EXPERIMENTS; e++)
        for (unsigned i = 0; i < 3; i++) {
            const double a = at(r, e, PAIR[i]), b = at(r, e, PAIR[i] + 1), more = a > b ? a : b;
            if (more > 0 && fabs(a - b) / more > most) most = fabs(a - b) / more;
        }
    repro_judge(r, "U-3", "guests of one machine perform alike (15 %), in all experiments",
                most <= 0.15, NULL, "at most %.1f %% apart; there 13.1", 100 * most);
}

static void dom0_clients(repro_t *r)
{
    repro_report(
        r, "U-4",
        "clients in a Dom0 slower than those in its guests (there 319 and 563, 446 and 892)",
        "the paper does not discuss it; here a remote Dom0 is not busy enough with its guests to "
        "hold its own client up",
        "12 clients: %.0f and %.0f, %.0f and %.0f transactions/s", at(r, EXP_12, 3),
        (at(r, EXP_12, 4) + at(r, EXP_12, 5)) / 2, at(r, EXP_12, 6),
        (at(r, EXP_12, 7) + at(r, EXP_12, 8)) / 2);
}

static void interference(repro_t *r)
{
    double least = 0, most = 0;
    for (unsigned m = 0; m < MACHINES; m++)
        for (unsigned g = 0; g < GUESTS; g++) {
            char name[32];
            snprintf(name, sizeof name, "remote%u.guest%u", m, g);
            const double v = tps(r, EXP_6, name);
            if (least == 0 || v < least) least = v;
            if (v > most) most = v;
        }
    repro_judge(r, "U-5 alone", "six clients of other machines: within 1.4 % of each other",
                most > 0 && (most - least) / most <= 0.014, NULL,
                "%.0f to %.0f transactions/s; there 2023 to 2052", least, most);
    const double alone = remote_domu(r, EXP_6), together = remote_domu(r, EXP_8);
    repro_judge(r, "U-5", "two guests of the server's machine halve what those six get, or worse",
                alone >= 2 * together, NULL,
                "%.0f to %.0f transactions/s, %.2f times; there 2039 to 665, 3.07 times. "
                "netback_packet_ns is fitted to the guests of this experiment",
                alone, together, alone / together);
    repro_report(r, "U-5, two vCPUs", "the same with two vCPUs for Dom0",
                 "netback and the server's processes are then on different processors",
                 "%.0f to %.0f transactions/s, %.2f times", remote_domu(r, TWO_6),
                 remote_domu(r, TWO_8), remote_domu(r, TWO_6) / remote_domu(r, TWO_8));
}

static void judge(repro_t *r)
{
    overhead(r);
    order(r);
    fairness(r);
    dom0_clients(r);
    interference(r);
    repro_report(r, "U-6", "Xen is the hypervisor with the least overhead for communication",
                 "an opinion: the paper compares nothing", "nothing to run");
    cells(r);
}

// ---- the figure --------------------------------------------------------------------------------

// Clients along the axis, in the order of the table: here, and there.
static int draw(const repro_t *r, const char *dir, char err[LAB_ERR_LEN])
{
    for (unsigned e = 0; e < EXPERIMENTS; e++) {
        double x[COLUMNS], here[COLUMNS], there[COLUMNS];
        unsigned n = 0;
        for (unsigned c = 0; c < COLUMNS; c++) {
            if (TABLE[e][c] == 0) continue;
            x[n] = c + 1;
            here[n] = at(r, e, c);
            there[n++] = TABLE[e][c];
        }
        const repro_series_t s[] = {{"simulated", x, here, n}, {"published", x, there, n}};
        char file[32], title[64];
        snprintf(file, sizeof file, "%s-clients.png", NAME[e]);
        snprintf(title, sizeof title, "%s clients of D0.1", NAME[e]);
        if (repro_figure(
                dir, file, title,
                "client: 1 D0.1, 2-3 its guests, 4 D0.2, 5-6 its guests, 7 D0.3, 8-9 its guests",
                "transactions/s", s, 2, err) != 0)
            return -1;
    }
    return 0;
}

const reproduction_t repro_ufsm = {
    .name = "ufsm2007",
    .title = "Request and response with Dom0, under Xen (UFSM, about 2007)",
    .source =
        "xen-pv-2007; netperf TCP_RR, server in Dom0, clients in Dom0s and guests of four machines",
    .plan = plan,
    .judge = judge,
    .draw = draw};
