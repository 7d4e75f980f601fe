// SPDX-License-Identifier: Apache-2.0
// The processes of a sweep: a child a point, which sends the second half of its row through a pipe.
// Rows are written in grid order, each as soon as all before it are there.
#include "lab/cli.h"
#include "lab/sweep.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define SWEEP_JOBS_MAX 1024
#define SWEEP_POLL_MS  200 // how soon a stop is seen when no child says anything

typedef struct sweep_job {
    pid_t pid; // 0: free
    int fd;
    size_t point;
    char *text; // status digit, then the half row
    size_t len;
} sweep_job_t;

// ---- the child ---------------------------------------------------------------------------------

static int child_write(int fd, const char *text, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, text, len);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return -1;
        text += n;
        len -= (size_t)n;
    }
    return 0;
}

// Runs one point and writes "STATUS" and the figures; never returns.
static _Noreturn void child_run(const sweep_t *s, size_t point, int fd)
{
    char err[LAB_ERR_LEN] = "", notes[LAB_NOTES_LEN], *text = NULL;
    size_t len = 0;
    signal(SIGINT, SIG_IGN); // the parent decides
    signal(SIGTERM, SIG_DFL);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    lab_options_t *o = calloc(1, sizeof *o);
    run_result_t *r = calloc(1, sizeof *r);
    FILE *f = open_memstream(&text, &len);
    if (!o || !r || !f || sweep_point(s, point, o, notes, err) != 0) _exit(1);
    int status = testbed_run(&o->run, r, NULL);
    fprintf(f, "%d", status);
    sweep_row_figures(f, status == 2 ? NULL : r, status ? r->error : "");
    if (fclose(f) != 0 || child_write(fd, text, len) != 0) _exit(1);
    _exit(0);
}

// ---- the parent --------------------------------------------------------------------------------

static int run_start(sweep_t *s, sweep_job_t *j, size_t point)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return -1;
    fflush(NULL); // or the child has a copy of what is still in the buffers
    pid_t pid = fork();
    if (pid == 0) {
        close(ends[0]);
        child_run(s, point, ends[1]);
    }
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        return -1;
    }
    *j = (sweep_job_t){pid, ends[0], point, NULL, 0};
    return 0;
}

static int run_waitpid(pid_t pid)
{
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
    return status;
}

// The whole row of a point, from what the child said, or from how it ended.
static char *run_row(sweep_t *s, const sweep_job_t *j, int wait_status)
{
    char err[LAB_ERR_LEN] = "", notes[LAB_NOTES_LEN], *row = NULL;
    size_t len = 0;
    lab_options_t o;
    bool complete = j->len > 1 && j->text[j->len - 1] == '\n';
    FILE *f = open_memstream(&row, &len);
    if (!f) return NULL;
    if (sweep_point(s, j->point, &o, notes, err) == 0)
        sweep_row_config(f, &o, s->axes, s->axis_count);
    if (complete) {
        fwrite(j->text + 1, 1, j->len - 1, f);
    } else {
        if (WIFSIGNALED(wait_status))
            snprintf(err, sizeof err, "killed by signal %d", WTERMSIG(wait_status));
        else snprintf(err, sizeof err, "the run ended without a result");
        sweep_row_figures(f, NULL, err);
    }
    if (!complete || j->text[0] != '0') s->failed++;
    return fclose(f) == 0 ? row : NULL;
}

static void run_write(sweep_t *s, bool gaps)
{
    for (; s->next_write < s->points && (s->rows[s->next_write] || gaps); s->next_write++) {
        char *row = s->rows[s->next_write];
        if (row) fputs(row, s->out);
        free(row);
        s->rows[s->next_write] = NULL;
    }
    fflush(s->out);
}

static void run_progress(const sweep_t *s, bool clear)
{
    if (!s->progress) return;
    if (clear) fprintf(stderr, "\r%60s\r", "");
    else fprintf(stderr, "\r%zu of %zu points, %zu failed ", s->finished, s->points, s->failed);
    fflush(stderr);
}

// Takes what the child has sent; at its end the row is complete. -1: out of memory.
static int run_read(sweep_t *s, sweep_job_t *j)
{
    char block[4096];
    ssize_t n = read(j->fd, block, sizeof block);
    if (n < 0 && errno == EINTR) return 0;
    if (n > 0) {
        char *more = realloc(j->text, j->len + (size_t)n);
        if (!more) return -1;
        memcpy(more + j->len, block, (size_t)n);
        j->text = more;
        j->len += (size_t)n;
        return 0;
    }
    close(j->fd);
    s->rows[j->point] = run_row(s, j, run_waitpid(j->pid));
    bool ok = s->rows[j->point] != NULL;
    free(j->text);
    *j = (sweep_job_t){0};
    s->finished++;
    run_write(s, false);
    run_progress(s, false);
    return ok ? 0 : -1;
}

static void run_kill(sweep_job_t *jobs, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        if (jobs[i].pid) kill(jobs[i].pid, SIGKILL);
    }
    for (unsigned i = 0; i < n; i++) {
        if (!jobs[i].pid) continue;
        close(jobs[i].fd);
        run_waitpid(jobs[i].pid);
        free(jobs[i].text);
        jobs[i] = (sweep_job_t){0};
    }
}

// Waits for any child to say something and listens to it. -1: out of memory.
static int run_listen(sweep_t *s, sweep_job_t *jobs, unsigned n)
{
    struct pollfd fds[SWEEP_JOBS_MAX];
    for (unsigned i = 0; i < n; i++) {
        fds[i] = (struct pollfd){jobs[i].pid ? jobs[i].fd : -1, POLLIN, 0};
    }
    if (poll(fds, n, SWEEP_POLL_MS) <= 0) return 0;
    for (unsigned i = 0; i < n; i++) {
        if (fds[i].revents && run_read(s, &jobs[i]) != 0) return -1;
    }
    return 0;
}

int sweep_run(sweep_t *s, unsigned jobs_max, const volatile int *stop, char err[LAB_ERR_LEN])
{
    unsigned n = jobs_max < SWEEP_JOBS_MAX ? jobs_max : SWEEP_JOBS_MAX;
    sweep_job_t *jobs = calloc(n, sizeof *jobs);
    int result = jobs ? 0 : -1;
    size_t next = 0;
    snprintf(err, LAB_ERR_LEN, "out of memory");
    while (result == 0 && s->finished < s->points && !*stop && !ferror(s->out)) {
        for (unsigned i = 0; i < n && next < s->points && !*stop; i++) {
            if (jobs[i].pid) continue;
            if (run_start(s, &jobs[i], next) == 0) {
                next++;
            } else if (next == s->finished) { // nobody is running who could make room
                snprintf(err, LAB_ERR_LEN, "cannot start a process: %s", strerror(errno));
                result = -1;
                break;
            } else {
                break;
            }
        }
        if (result == 0) result = run_listen(s, jobs, n);
    }
    if (jobs) run_kill(jobs, n);
    free(jobs);
    run_write(s, true);
    run_progress(s, true);
    return result != 0 ? -1 : s->finished < s->points && *stop ? 1 : 0;
}
