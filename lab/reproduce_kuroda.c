// SPDX-License-Identifier: Apache-2.0
// Kuroda, "Análise de Desempenho de Interfaces de Rede Virtualizadas com NAPI", MSc thesis, IME-USP 2013: the budget of NAPI in guests
// with an emulated e1000 under VirtualBox, Xen (full virtualization) and VMware. The numbers are those that its prose repeats; its figures
// are images. Claims have the numbers K-1 and on of the project's list.
#include "lab/reproduce_kuroda.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const unsigned kuroda_budgets[KURODA_BUDGETS] = {1, 2, 60, 200};
static const unsigned a_budgets[KURODA_A_BUDGETS] = {1,  2,  3,  4,  5,  6,  7,  8,  9,   10,
                                                     20, 30, 40, 50, 60, 70, 80, 90, 100, 200};
enum {
    PAYLOAD_BITS = 11760,
    CEILING = 810,
    MS = 500,
    LONG_MS = 2000,
    LARGE = 8000000,
    MSS_BITS = 1460 * 8
};

// ---- the runs ----------------------------------------------------------------------------------

static repro_point_t *guest(repro_t *r, const char *profile, unsigned budget, unsigned mbps)
{
    repro_point_t *p =
        repro_add(r, "emulated", profile, "gen:iperf-udp,mbps=%u,ceiling-mbps=%u,duration-ms=500",
                  mbps, CEILING);
    p->payload_bits = PAYLOAD_BITS;
    p->c.nic = NIC_82576;
    p->c.driver = "e1000";
    p->c.emulated_itr = EMULATED_ITR_OFF;
    p->c.cpus = 2;
    p->c.app_cpu = 0;
    p->c.budget = budget;
    p->c.sockbuf = LARGE;
    return p;
}

static void pinned(repro_point_t *p)
{
    p->c.app_cpu = 1;
}

static void floating(repro_point_t *p)
{
    p->c.wake_affine = true;
}

// Longer than it takes the application to get away from a core that softirqs have.
static void floating_long(repro_point_t *p)
{
    char *at = strstr(p->trace, "duration-ms=");
    snprintf(at, sizeof p->trace - (size_t)(at - p->trace), "duration-ms=%u", LONG_MS);
    floating(p);
}

// Experiments of a grid, budgets by rates.
static void grid(repro_t *r, kuroda_t *k, enum kuroda_exp e, const char *profile,
                 void (*place)(repro_point_t *))
{
    k->grid[e] = r->points;
    for (unsigned b = 0; b < KURODA_BUDGETS; b++)
        for (unsigned i = 1; i <= KURODA_RATES; i++)
            place(guest(r, profile, kuroda_budgets[b], 100 * i));
}

static void experiment_a(repro_t *r, kuroda_t *k)
{
    k->tcp = r->points;
    for (unsigned i = 0; i < KURODA_A_BUDGETS; i++) {
        repro_point_t *p = guest(r, "virtualbox-4", a_budgets[i], 1000);
        snprintf(p->trace, sizeof p->trace, "gen:iperf-tcp,count=30000");
        p->payload_bits = MSS_BITS;
        p->c.respond = RESPOND_ACK;
        floating(p);
    }
    k->small = r->points;
    for (unsigned i = 0; i < KURODA_A_BUDGETS; i++) {
        repro_point_t *p = guest(r, "virtualbox-4", a_budgets[i], 1000);
        p->c.sockbuf = RUN_UNSET;
        floating(p);
    }
    k->large = r->points;
    for (unsigned i = 0; i < KURODA_A_BUDGETS; i++)
        floating(guest(r, "virtualbox-4", a_budgets[i], 1000));
}

static void plan(repro_t *r)
{
    kuroda_t *k = calloc(1, sizeof *k);
    if (!k) abort();
    r->state = k;
    k->r = r;
    experiment_a(r, k);
    grid(r, k, KURODA_B, "virtualbox-4", floating_long);
    grid(r, k, KURODA_C, "virtualbox-4", pinned);
    grid(r, k, KURODA_D, "xen-hvm-4", pinned);
    grid(r, k, KURODA_E, "vmware-fusion", pinned);
    // Without what the table says is needed: no affinity; and the default socket buffer as well.
    static const struct {
        enum kuroda_hv hv;
        const char *profile;
    } HV[] = {
        {KURODA_VB, "virtualbox-4"}, {KURODA_XEN, "xen-hvm-4"}, {KURODA_VMW, "vmware-fusion"}};
    for (unsigned h = 0; h < 3; h++) {
        k->loose[HV[h].hv] = r->points;
        for (unsigned i = 1; i <= KURODA_RATES; i++) floating(guest(r, HV[h].profile, 60, 100 * i));
        k->poor[HV[h].hv] = r->points;
        for (unsigned i = 1; i <= KURODA_RATES; i++) {
            repro_point_t *p = guest(r, HV[h].profile, 60, 100 * i);
            p->c.sockbuf = RUN_UNSET;
            floating(p);
        }
    }
    // K-54: the machine itself, budget 1 and 64.
    k->native = r->points;
    for (unsigned b = 0; b < 2; b++)
        for (unsigned i = 1; i <= KURODA_RATES; i++) {
            repro_point_t *p =
                repro_add(r, "native", "native-2012", "gen:cbr,size=1516,pps=%u,count=30000",
                          i < 10 ? i * 100000000 / PAYLOAD_BITS : 81380);
            p->payload_bits = PAYLOAD_BITS;
            p->c.cpus = 2;
            p->c.app_cpu = 1;
            p->c.budget = b ? 64 : 1;
            p->c.sockbuf = LARGE;
        }
}

// ---- the figures -------------------------------------------------------------------------------

static int draw_exp(const kuroda_t *k, enum kuroda_exp e, const char *name, const char *dir,
                    char err[LAB_ERR_LEN])
{
    static const char *const LABEL[] = {"budget 1", "budget 2", "budget 60", "budget 200"};
    static const struct {
        const char *file, *title, *unit;
        double (*of)(const repro_outcome_t *o);
    } WHAT[] = {{"goodput", "bandwidth of the application", "Mbit/s", kuroda_goodput},
                {"driver", "packets of the driver", "Mbit/s", kuroda_driver},
                {"cpu", "CPU, vCPUs and thread", "%", kuroda_cpu},
                {"softirq", "softirq of the guest", "%", kuroda_softirq},
                {"interrupts", "interrupts", "per second", kuroda_irqs}};
    double x[KURODA_RATES], y[KURODA_BUDGETS][KURODA_RATES];
    for (size_t w = 0; w < sizeof WHAT / sizeof WHAT[0]; w++) {
        const bool domain = e == KURODA_D && WHAT[w].of == kuroda_cpu;
        double (*of)(const repro_outcome_t *o) = domain ? kuroda_domain_cpu : WHAT[w].of;
        repro_series_t s[KURODA_BUDGETS];
        for (unsigned b = 0; b < KURODA_BUDGETS; b++) {
            for (unsigned i = 0; i < KURODA_RATES; i++) {
                x[i] = 100.0 * (i + 1);
                y[b][i] = of(kuroda_at(k, e, b, 100 * (i + 1)));
            }
            s[b] = (repro_series_t){LABEL[b], x, y[b], KURODA_RATES};
        }
        char file[64], title[128];
        snprintf(file, sizeof file, "%s-%s.png", name, WHAT[w].file);
        snprintf(title, sizeof title, "%s: %s", name,
                 domain ? "CPU of the domain, as xentop has it" : WHAT[w].title);
        if (repro_figure(dir, file, title, "offered, Mbit/s", WHAT[w].unit, s, KURODA_BUDGETS,
                         err) != 0)
            return -1;
    }
    return 0;
}

// Packets a poll at 700, 800 and 1000 Mbit/s with budget 60.
static int draw_polls(const kuroda_t *k, enum kuroda_exp e, const char *name, const char *dir,
                      char err[LAB_ERR_LEN])
{
    static const unsigned RATES[] = {700, 800, 1000};
    static const char *const LABEL[] = {"700 Mbit/s", "800 Mbit/s", "1000 Mbit/s"};
    double x[REPRODUCE_POLL], y[3][REPRODUCE_POLL];
    repro_series_t s[3];
    unsigned end = 2; // one behind the largest
    for (unsigned i = 0; i < 3; i++) {
        const repro_outcome_t *o = kuroda_at(k, e, 2, RATES[i]);
        uint64_t sum = 0;
        for (unsigned n = 0; n < REPRODUCE_POLL; n++) sum += o->poll[n];
        for (unsigned n = 0; n < REPRODUCE_POLL; n++) {
            x[n] = n;
            y[i][n] = sum ? 100.0 * (double)o->poll[n] / (double)sum : 0;
            if (o->poll[n] && n + 2 > end) end = n + 2;
        }
    }
    if (end > REPRODUCE_POLL) end = REPRODUCE_POLL;
    for (unsigned i = 0; i < 3; i++) s[i] = (repro_series_t){LABEL[i], x, y[i], end};
    char file[64], title[128];
    snprintf(file, sizeof file, "%s-polls.png", name);
    snprintf(title, sizeof title, "%s: packets a poll, budget 60", name);
    return repro_figure(dir, file, title, "packets", "% of polls", s, 3, err);
}

static int draw_a(const kuroda_t *k, const char *dir, char err[LAB_ERR_LEN])
{
    static const struct {
        const char *file, *title;
        size_t first; // in kuroda_t
    } WHAT[] = {{"a-tcp.png", "a: TCP", offsetof(kuroda_t, tcp)},
                {"a-udp-default.png", "a: UDP, default socket buffer", offsetof(kuroda_t, small)},
                {"a-udp-large.png", "a: UDP, large socket buffer", offsetof(kuroda_t, large)}};
    for (unsigned w = 0; w < 3; w++) {
        double x[KURODA_A_BUDGETS], goodput[KURODA_A_BUDGETS], driver[KURODA_A_BUDGETS];
        unsigned first;
        memcpy(&first, (const char *)k + WHAT[w].first, sizeof first);
        for (unsigned i = 0; i < KURODA_A_BUDGETS; i++) {
            x[i] = a_budgets[i];
            goodput[i] = k->r->point[first + i].o.goodput_mbps;
            driver[i] = k->r->point[first + i].o.driver_mbps;
        }
        const repro_series_t s[] = {{"application", x, goodput, KURODA_A_BUDGETS},
                                    {"driver", x, driver, KURODA_A_BUDGETS}};
        if (repro_figure(dir, WHAT[w].file, WHAT[w].title, "budget", "Mbit/s", s, 2, err) != 0)
            return -1;
    }
    return 0;
}

static int draw(const repro_t *r, const char *dir, char err[LAB_ERR_LEN])
{
    static const struct {
        enum kuroda_exp e;
        const char *name;
    } EXP[] = {{KURODA_B, "b-virtualbox"},
               {KURODA_C, "c-virtualbox-affinity"},
               {KURODA_D, "d-xen"},
               {KURODA_E, "e-vmware"}};
    const kuroda_t *k = r->state;
    if (draw_a(k, dir, err) != 0) return -1;
    for (unsigned i = 0; i < 4; i++)
        if (draw_exp(k, EXP[i].e, EXP[i].name, dir, err) != 0 ||
            draw_polls(k, EXP[i].e, EXP[i].name, dir, err) != 0)
            return -1;
    return 0;
}

static void judge(repro_t *r)
{
    kuroda_claims(r, r->state);
    kuroda_table(r, r->state);
}

const reproduction_t repro_kuroda = {
    .name = "kuroda2013",
    .title = "The budget of NAPI in guests with an emulated e1000 (Kuroda, IME-USP 2013)",
    .source = "virtualbox-4, xen-hvm-4, vmware-fusion; iperf UDP with a ceiling of 810 Mbit/s, TCP",
    .plan = plan,
    .judge = judge,
    .draw = draw};
