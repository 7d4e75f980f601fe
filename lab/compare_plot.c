// SPDX-License-Identifier: Apache-2.0
#include "lab/compare_plot.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <stdlib.h>

static const struct {
    const char *suffix, *terminal;
} PLOT_KINDS[] = {{".png", "pngcairo size 1100,480"},
                  {".svg", "svg size 1100,480 dynamic"},
                  {".pdf", "pdfcairo size 11,4.8"}};

enum { PLOT_KINDS_N = sizeof PLOT_KINDS / sizeof PLOT_KINDS[0] };

static int plot_kind(const char *file)
{
    const size_t len = strlen(file);
    for (int i = 0; i < PLOT_KINDS_N; i++) {
        const size_t n = strlen(PLOT_KINDS[i].suffix);
        if (len > n && strcmp(file + len - n, PLOT_KINDS[i].suffix) == 0) return i;
    }
    return -1;
}

int compare_plot_check(const char *file, char err[LAB_ERR_LEN])
{
    const char *why = NULL;
    if (plot_kind(file) < 0) {
        why = "a name in .png, .svg or .pdf expected";
    } else if (system("command -v gnuplot >/dev/null 2>&1") != 0) {
        why = "gnuplot is not installed (Debian: gnuplot-nox)";
    } else {
        FILE *f = fopen(file, "ae");
        if (f) fclose(f);
        else why = strerror(errno);
    }
    if (why) snprintf(err, LAB_ERR_LEN, "--plot %.300s: %s", file, why);
    return why ? -1 : 0;
}

// As a field of data: the settings of a path in lines of their own.
static void plot_field(FILE *f, const char *text)
{
    putc('"', f);
    for (; *text; text++) {
        if (*text == ':') fputs("\\n", f);
        else putc(*text == '"' || *text == '\\' ? ' ' : *text, f);
    }
    putc('"', f);
}

// As a string of gnuplot in single quotes, in which nothing but these means anything.
static void plot_quoted(FILE *f, const char *text)
{
    putc('\'', f);
    for (; *text; text++) {
        if (*text == '\'') putc('\'', f);
        putc((unsigned char)*text < ' ' ? ' ' : *text, f);
    }
    putc('\'', f);
}

static void plot_latency(FILE *f, const plot_path_t *path, unsigned paths)
{
    fputs("set title 'wire to application'\nset ylabel 'latency, us'\nset logscale y\nset key top "
          "left\n"
          "set xrange [-0.3:4.3]\nset grid y\nplot ",
          f);
    for (unsigned i = 0; i < paths; i++) {
        fprintf(f, "%s$path%u using 0:3:xtic(2) with linespoints lw 2 pt 7 lc %u title ",
                i ? ", " : "", i, i + 1);
        plot_quoted(f, path[i].name);
    }
    putc('\n', f);
}

static void plot_cpu(FILE *f, unsigned paths)
{
    fprintf(
        f,
        "set title 'CPU a delivered packet'\nset ylabel 'us'\nunset logscale y\nset yrange [0:*]\n"
        "set style data histograms\nset style histogram rowstacked\nset style fill solid 0.8\n"
        "set boxwidth 0.6\nset xrange [-0.6:%u.6]\nset xtics rotate by -20\nset key above\nset "
        "rmargin 14\n"
        "plot $cpu using 3:xtic(2) lc 1 title 'kernel and application', "
        "'' using 4 lc 2 title 'hypervisor', '' using 5 lc 3 title 'kernel of the host', "
        "'' using 6 lc 4 title 'threads behind guests', '' using 7 lc 5 title 'leaving idle', "
        "'' using 8 lc 6 title 'idle=poll'\n",
        paths - 1);
}

static void plot_script(FILE *f, const char *file, const char *title, const plot_path_t *path,
                        unsigned paths)
{
    static const char *const X[] = {"p50", "p90", "p99", "p99.9", "max"};
    for (unsigned i = 0; i < paths; i++) {
        fprintf(f, "$path%u << EOD\n", i);
        for (int k = 0; k < 5; k++)
            fprintf(f, "%d %s %.3f\n", k, X[k], (double)path[i].latency_ns[k] / 1e3);
        fputs("EOD\n", f);
    }
    fputs("$cpu << EOD\n", f);
    for (unsigned i = 0; i < paths; i++) {
        fprintf(f, "%u ", i);
        plot_field(f, path[i].name);
        fprintf(f, " %.6f %.6f %.6f %.6f %.6f %.6f\n", (double)path[i].guest_ps / 1e6,
                (double)path[i].hypervisor_ps / 1e6, (double)path[i].host_ps / 1e6,
                (double)path[i].backend_ps / 1e6, (double)path[i].idle_exit_ps / 1e6,
                (double)path[i].idle_poll_ps / 1e6);
    }
    fprintf(f, "EOD\nset terminal %s noenhanced\nset output ",
            PLOT_KINDS[plot_kind(file)].terminal);
    plot_quoted(f, file);
    fputs("\nset multiplot layout 1,2 title ", f);
    plot_quoted(f, title);
    putc('\n', f);
    plot_latency(f, path, paths);
    plot_cpu(f, paths);
    fputs("unset multiplot\n", f);
}

int compare_plot(const char *file, const char *title, const plot_path_t *path, unsigned paths,
                 char err[LAB_ERR_LEN])
{
    fflush(NULL);
    signal(SIGPIPE, SIG_IGN); // a gnuplot that is not there or gives up early says so by its status
    FILE *f = popen("exec gnuplot", "w");
    if (!f) {
        snprintf(err, LAB_ERR_LEN, "--plot: %s", strerror(errno));
        return -1;
    }
    plot_script(f, file, title, path, paths);
    const int status = pclose(f);
    signal(SIGPIPE, SIG_DFL);
    if (status == 0) return 0;
    snprintf(err, LAB_ERR_LEN, "--plot %.300s: gnuplot failed", file);
    return -1;
}
