// SPDX-License-Identifier: Apache-2.0
// Figures of reproductions, by gnuplot.
#include "lab/reproduce.h"

#include "lab/compare_plot.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

static void quoted(FILE *f, const char *text)
{
    putc('\'', f);
    for (; *text; text++) {
        if (*text == '\'') putc('\'', f); // doubled inside
        putc(*text, f);
    }
    putc('\'', f);
}

static void script(FILE *f, const char *path, const char *title, const char *xlabel,
                   const char *ylabel, const repro_series_t *s, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        fprintf(f, "$s%u << EOD\n", i);
        for (unsigned k = 0; k < s[i].n; k++) fprintf(f, "%.6g %.6g\n", s[i].x[k], s[i].y[k]);
        fputs("EOD\n", f);
    }
    fputs("set terminal png size 800,500 noenhanced\nset output ", f);
    quoted(f, path);
    fputs("\nset title ", f);
    quoted(f, title);
    fputs("\nset xlabel ", f);
    quoted(f, xlabel);
    fputs("\nset ylabel ", f);
    quoted(f, ylabel);
    fputs("\nset grid\nset key outside right\nset yrange [0:*]\nplot ", f);
    // The first is the widest and has the largest points, so that it is seen behind one that lies upon it.
    for (unsigned i = 0; i < n; i++) {
        const double more = n - 1 - i;
        fprintf(f, "%s$s%u using 1:2 with linespoints lw %.1f pt 7 ps %.1f lc %u title ",
                i ? ", " : "", i, 2 + 1.2 * more, 1 + 0.35 * more, i + 1);
        quoted(f, s[i].name);
    }
    putc('\n', f);
}

int repro_figure(const char *dir, const char *file, const char *title, const char *xlabel,
                 const char *ylabel, const repro_series_t *s, unsigned n, char err[LAB_ERR_LEN])
{
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", dir, file);
    fflush(NULL);
    signal(SIGPIPE, SIG_IGN); // a gnuplot that is not there says so by its status
    FILE *f = popen("exec gnuplot", "w");
    if (!f) {
        snprintf(err, LAB_ERR_LEN, "--out: %s", strerror(errno));
        return -1;
    }
    script(f, path, title, xlabel, ylabel, s, n);
    const int status = pclose(f);
    signal(SIGPIPE, SIG_DFL);
    if (status == 0 && compare_plot_whole(path)) return 0;
    snprintf(err, LAB_ERR_LEN, "--out %.300s: %s", path,
             status == 0 ? "could not be written to its end" : "gnuplot failed");
    return -1;
}
