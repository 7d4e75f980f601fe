// SPDX-License-Identifier: Apache-2.0
// The runs of a reproduction: several processes, each plays every n-th point and sends what came out through a pipe.
#include "lab/reproduce.h"

#include "hostbridge/core.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define JOBS_MAX 64u
#define POLL_MS  200

typedef struct message {
    unsigned point;
    repro_outcome_t o;
} message_t;

// ---- what came out -----------------------------------------------------------------------------

static double mbps(uint64_t packets, uint32_t bits, uint64_t cyc)
{
    return cyc ? (double)packets * bits / ((double)cyc * CYC_NS) * 1000 : 0;
}

static double percent(uint64_t ps, uint64_t wall_ps)
{
    return wall_ps ? 100.0 * (double)ps / (double)wall_ps : 0;
}

// What the guest's kernel takes for its own of an account: exits are part of what they interrupt.
static double guest_percent(const run_result_t *r, unsigned core, uint64_t own_ps,
                            enum core_account account)
{
    return percent(own_ps + r->cpu[core].in_ps[account], r->cpu[core].wall_ps);
}

// Of what the vCPU takes, the time in which it waits for the device model in another domain.
static uint64_t away_ps(const run_result_t *r, unsigned core, const vcpu_params_t *v)
{
    static const enum vcpu_exit DEVICE[] = {VCPU_EXIT_mmio_read, VCPU_EXIT_mmio_write,
                                            VCPU_EXIT_mmio_tail};
    uint64_t ps = 0;
    for (size_t i = 0; i < sizeof DEVICE / sizeof DEVICE[0]; i++)
        ps += r->cpu[core].exits[DEVICE[i]] * v->exit_ps[DEVICE[i]];
    return ps;
}

static void outcome_cpu(const run_result_t *r, const vcpu_params_t *v, repro_outcome_t *o)
{
    const unsigned vcpus = r->guests ? r->vcpus : r->cores;
    for (unsigned i = 0; i < r->cores; i++) {
        o->cpu_all += percent(r->cpu[i].backend_ps, r->cpu[i].wall_ps);
        if (i >= vcpus) continue;
        const double softirq = guest_percent(r, i, r->cpu[i].softirq_ps, CORE_SOFTIRQ) +
                               guest_percent(r, i, r->cpu[i].irq_ps, CORE_IRQ);
        const double ksoftirqd = guest_percent(r, i, r->cpu[i].ksoftirqd_ps, CORE_KSOFTIRQD);
        const double app = guest_percent(r, i, r->cpu[i].app_ps, CORE_APP);
        o->cpu_guest += softirq + ksoftirqd + app;
        o->cpu_vcpus += 100 - percent(r->cpu[i].idle_ps, r->cpu[i].wall_ps);
        o->cpu_xentop += 100 - percent(r->cpu[i].idle_ps + away_ps(r, i, v), r->cpu[i].wall_ps);
        if (i >= REPRODUCE_VCPUS) continue;
        o->softirq[i] = softirq;
        o->ksoftirqd[i] = ksoftirqd;
        o->app[i] = app;
    }
    o->cpu_all += o->cpu_vcpus;
}

static void outcome_of(const run_result_t *r, uint32_t bits, const vcpu_params_t *v,
                       repro_outcome_t *o)
{
    const uint64_t sent_cyc = r->last_cyc - r->first_cyc;
    const uint64_t got_cyc = r->last_delivery_cyc - r->first_delivery_cyc;
    const uint64_t driver = r->delivered + r->drops.socket_buffer;
    o->offered = r->offered;
    o->delivered = r->delivered;
    // Over the time of sending: what is delivered after it had been sent before.
    const uint64_t cyc = got_cyc > sent_cyc ? got_cyc : sent_cyc;
    o->offered_mbps = mbps(r->offered, bits, sent_cyc);
    o->goodput_mbps = mbps(r->delivered, bits, cyc);
    o->driver_mbps = mbps(driver, bits, cyc);
    o->socket_drops = r->drops.socket_buffer;
    o->ring_drops = r->drops.no_descriptor + r->drops.fifo_overflow;
    o->backend_drops = r->drops.backend_queue;
    const double s = (double)r->cycles * CYC_NS / 1e9;
    o->irqs = s > 0 ? (double)r->irq_taken / s : 0;
    o->packets_per_poll = r->polls ? (double)r->poll_packets / (double)r->polls : 0;
    o->latency_us = (double)meter_hist_mean_milli(&r->latency) / 1e6;
    for (unsigned k = 0; k < 256; k++) // below that a bucket has one value
        o->poll[k < REPRODUCE_POLL ? k : REPRODUCE_POLL - 1] += r->packets_per_poll.bucket[k];
    if (r->feedback.span_ns)
        o->rtt_tps = (double)(r->feedback.answers - 1) * 1e9 / (double)r->feedback.span_ns;
    for (unsigned i = 0; i < r->clients && i < REPRODUCE_CLIENTS; i++, o->clients++) {
        const rr_stats_t *c = &r->client[i].s;
        snprintf(o->client[i].name, sizeof o->client[i].name, "%s", r->client[i].name);
        if (c->answers > 1)
            o->client[i].tps =
                (double)(c->answers - 1) * 1e9 / ((double)(c->last_cyc - c->first_cyc) * CYC_NS);
    }
    outcome_cpu(r, v, o);
}

static void play_point(const repro_point_t *p, repro_outcome_t *o)
{
    run_result_t *r = calloc(1, sizeof *r);
    *o = (repro_outcome_t){.status = -1};
    if (!r) return;
    run_config_t c = p->c;
    c.trace = p->trace;
    o->status = testbed_run(&c, r, NULL);
    snprintf(o->error, sizeof o->error, "%.150s", r->error);
    profile_t profile;
    char err[256];
    if (o->status != 2 && profile_load(&profile, c.profile, err) != 0) {
        o->status = 2;
        snprintf(o->error, sizeof o->error, "%.150s", err);
    }
    if (o->status != 2) {
        const vcpu_params_t v = vcpu_params_of(&profile);
        outcome_of(r, p->payload_bits, &v, o);
    }
    run_result_free(r);
    free(r);
}

// ---- processes ---------------------------------------------------------------------------------

static int write_all(int fd, const void *data, size_t len)
{
    for (const char *at = data; len;) {
        const ssize_t n = write(fd, at, len);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return -1;
        at += n;
        len -= (size_t)n;
    }
    return 0;
}

static _Noreturn void child(const repro_t *r, unsigned first, unsigned step, int fd)
{
    signal(SIGINT, SIG_IGN); // the parent decides
    signal(SIGTERM, SIG_DFL);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (unsigned i = first; i < r->points; i += step) {
        message_t m = {.point = i};
        play_point(&r->point[i], &m.o);
        if (write_all(fd, &m, sizeof m) != 0) _exit(1);
    }
    _exit(0);
}

typedef struct job {
    pid_t pid;
    int fd;
    message_t m;
    size_t have; // bytes of m
} job_t;

// Takes what a child has sent. False: it has ended.
static bool listen_to(repro_t *r, job_t *j)
{
    const ssize_t n = read(j->fd, (char *)&j->m + j->have, sizeof j->m - j->have);
    if (n < 0 && errno == EINTR) return true;
    if (n <= 0) return false;
    j->have += (size_t)n;
    if (j->have < sizeof j->m) return true;
    r->point[j->m.point].o = j->m.o;
    j->have = 0;
    r->finished++;
    return true;
}

static bool start(const repro_t *r, job_t *j, unsigned first, unsigned step)
{
    int ends[2];
    if (pipe(ends) != 0) return false;
    fflush(NULL);
    j->pid = fork();
    if (j->pid == 0) {
        close(ends[0]);
        child(r, first, step, ends[1]);
    }
    close(ends[1]);
    j->fd = ends[0];
    if (j->pid > 0) return true;
    close(ends[0]);
    j->pid = 0;
    return false;
}

static void end(job_t *j, int signal_nr)
{
    if (!j->pid) return;
    if (signal_nr) kill(j->pid, signal_nr);
    close(j->fd);
    while (waitpid(j->pid, NULL, 0) < 0 && errno == EINTR) {}
    j->pid = 0;
}

int repro_play(repro_t *r, unsigned jobs, bool progress, const volatile int *stop,
               char err[LAB_ERR_LEN])
{
    job_t job[JOBS_MAX] = {{0}};
    const unsigned n = jobs > JOBS_MAX ? JOBS_MAX : jobs;
    unsigned running = 0;
    for (unsigned i = 0; i < r->points; i++) r->point[i].o.status = -1;
    for (; running < n && start(r, &job[running], running, n); running++) {}
    if (running < n) snprintf(err, LAB_ERR_LEN, "cannot start a process: %s", strerror(errno));
    bool failed = running < n;
    while (running && !failed && !*stop) {
        struct pollfd fds[JOBS_MAX];
        for (unsigned i = 0; i < n; i++)
            fds[i] = (struct pollfd){job[i].pid ? job[i].fd : -1, POLLIN, 0};
        if (poll(fds, n, POLL_MS) < 0 && errno != EINTR) break;
        for (unsigned i = 0; i < n; i++) {
            if (!job[i].pid || !fds[i].revents || listen_to(r, &job[i])) continue;
            end(&job[i], 0);
            running--;
        }
        if (progress) fprintf(stderr, "\r%u of %u runs ", r->finished, r->points);
    }
    if (progress) fprintf(stderr, "\r%40s\r", "");
    for (unsigned i = 0; i < n; i++) end(&job[i], SIGKILL);
    if (failed) return -1;
    return *stop ? 1 : 0;
}
