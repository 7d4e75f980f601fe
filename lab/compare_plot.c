// SPDX-License-Identifier: Apache-2.0
#include "lab/compare_plot.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <stdlib.h>
#include <unistd.h>

static const struct {
    const char *suffix, *terminal;
    double unit;     // pixels to the size that the terminal wants
    const char *end; // of a file that is whole
} PLOT_KINDS[] = {{".png", "pngcairo", 1, "IEND\xAE\x42\x60\x82"},
                  {".svg", "svg dynamic fontscale 1.3", 1, "</svg>"},
                  {".pdf", "pdfcairo fontscale 0.9", 0.01, "%%EOF"}};

enum { PLOT_KINDS_N = sizeof PLOT_KINDS / sizeof PLOT_KINDS[0], PERCENTILES = 5, ACCOUNTS = 6 };

// Pixels. A row for each path: its name, which has a line for each setting, then both panels.
enum {
    WIDTH = 1100,
    TOP = 92,
    BOTTOM = 54,
    LINE = 17,
    ROW_MIN = 52,
    GAP = 30,
    RIGHT = 24,
    BAR = 30
};
enum { LETTER = 8, LABEL_MAX = 34, LABEL_MIN = 12 };

static int plot_kind(const char *file)
{
    const size_t len = strlen(file);
    for (int i = 0; i < PLOT_KINDS_N; i++) {
        const size_t n = strlen(PLOT_KINDS[i].suffix);
        if (len > n && strcmp(file + len - n, PLOT_KINDS[i].suffix) == 0) return i;
    }
    return -1;
}

bool compare_plot_whole(const char *file)
{
    const char *end = PLOT_KINDS[plot_kind(file)].end;
    const size_t len = strlen(end);
    char tail[32];
    FILE *f = fopen(file, "re");
    if (!f) return false;
    const size_t n =
        fseek(f, -(long)sizeof tail, SEEK_END) == 0 ? fread(tail, 1, sizeof tail, f) : 0;
    fclose(f);
    for (size_t i = 0; i + len <= n; i++)
        if (memcmp(tail + i, end, len) == 0) return true;
    return false;
}

int compare_plot_check(const char *file, char err[LAB_ERR_LEN])
{
    const char *why = NULL;
    if (plot_kind(file) < 0) {
        why = "a name in .png, .svg or .pdf expected";
    } else if (system("command -v gnuplot >/dev/null 2>&1") != 0) {
        why = "gnuplot is not installed (Debian: gnuplot-nox)";
    } else {
        const bool there = access(file, F_OK) == 0;
        FILE *f = fopen(file, "ae");
        if (f) fclose(f);
        else why = strerror(errno);
        if (f && !there) remove(file); // there may be nothing to draw
    }
    if (why) snprintf(err, LAB_ERR_LEN, "--plot %.300s: %s", file, why);
    return why ? -1 : 0;
}

// ---- names -------------------------------------------------------------------------------------

// The name of a path in lines, as a field of data (f == NULL: only counted). Returns how many, *letters in the longest.
static unsigned plot_label(FILE *f, const char *text, unsigned *letters)
{
    unsigned lines = 1, column = 0;
    if (f) putc('"', f);
    for (; *text; text++) {
        const char *next = strpbrk(text + 1, ":=");
        const bool setting = *text == ':' && next && *next == '='; // values may have some too
        if (setting || column == LABEL_MAX) {
            if (f) fputs("\\n", f);
            lines++;
            column = 0;
        }
        if (setting) continue;
        if (f) putc(*text == '"' || *text == '\\' ? ' ' : *text, f);
        if (++column > *letters) *letters = column;
    }
    if (f) putc('"', f);
    return lines;
}

static unsigned plot_row(const plot_path_t *path)
{
    unsigned letters = 0;
    const unsigned height = LINE * plot_label(NULL, path->name, &letters) + 14;
    return height > ROW_MIN ? height : ROW_MIN;
}

// The middle of its row, from the top.
static unsigned plot_y(const plot_path_t *path, unsigned i)
{
    unsigned y = plot_row(&path[i]) / 2;
    while (i-- > 0) y += plot_row(&path[i]);
    return y;
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

// ---- the panels --------------------------------------------------------------------------------

// The next of 1, 2, 5, 10, 20, ...
static uint64_t plot_tic(uint64_t v)
{
    uint64_t decade = 1;
    while (v / decade >= 10) decade *= 10;
    return v / decade == 1 ? 2 * decade : v / decade == 2 ? 5 * decade : 10 * decade;
}

// A logarithmic axis from the last tic below all latencies to the first above them; of many decades only these have a number.
static void plot_latency_axis(FILE *f, const plot_path_t *path, unsigned paths)
{
    uint64_t least = UINT64_MAX, most = 1, from = 1, to;
    for (unsigned i = 0; i < paths; i++) {
        if (path[i].nothing) continue;
        if (path[i].latency_ns[0] < least) least = path[i].latency_ns[0];
        if (path[i].latency_ns[PERCENTILES - 1] > most) most = path[i].latency_ns[PERCENTILES - 1];
    }
    while (plot_tic(from) < least) from = plot_tic(from);
    for (to = from; to <= most; to = plot_tic(to)) continue;
    fprintf(f, "set logscale x\nset xrange [%g:%g]\nset xtics (", (double)from / 1e3,
            (double)to / 1e3);
    for (uint64_t v = from; v <= to; v = plot_tic(v)) {
        uint64_t digit = v;
        while (digit % 10 == 0) digit /= 10;
        const bool number = digit == 1 || to / from < 2000;
        fprintf(f, "%s'", v == from ? "" : ", ");
        if (number) fprintf(f, "%g", (double)v / 1e3);
        fprintf(f, "' %g %d", (double)v / 1e3, number ? 0 : 1);
    }
    fputs(")\n", f);
}

static void plot_latency(FILE *f, const plot_path_t *path, unsigned paths)
{
    static const struct {
        const char *name, *mark;
    } POINTS[PERCENTILES] = {{"p50", "pt 7 ps 1.9 lc rgb '#08519c'"},
                             {"p90", "pt 5 ps 1.4 lc rgb '#3182bd'"},
                             {"p99", "pt 9 ps 1.4 lc rgb '#fd8d3c'"},
                             {"p99.9", "pt 13 ps 1.3 lc rgb '#e6550d'"},
                             {"max", "pt 2 ps 1.1 lw 2 lc rgb '#a50f15'"}};
    fputs("set xlabel 'latency, wire to application, us'\n", f);
    plot_latency_axis(f, path, paths);
    fputs("plot $latency using 3:1:($7-$3):(0):ytic(2) with vectors nohead lw 2 lc rgb '#bbbbbb' "
          "notitle",
          f);
    for (unsigned k = 0; k < PERCENTILES; k++)
        fprintf(f, ", '' using %u:1 with points %s title '%s'", 3 + k, POINTS[k].mark,
                POINTS[k].name);
    putc('\n', f);
}

static void plot_cpu(FILE *f, const plot_path_t *path, unsigned paths)
{
    static const char *const ACCOUNT[ACCOUNTS] = {"kernel and application", "hypervisor",
                                                  "kernel of the host",     "threads behind guests",
                                                  "leaving idle",           "idle=poll"};
    double most = 0;
    for (unsigned i = 0; i < paths; i++) {
        double all = 0;
        for (unsigned k = 0; k < ACCOUNTS; k++) all += (double)path[i].cpu_ps[k] / 1e6;
        if (all > most) most = all;
    }
    fprintf(f,
            "unset logscale x\nset xlabel 'CPU a delivered packet, us'\nset xrange [0:%g]\n"
            "set xtics autofreq\nunset ytics\nset style fill solid 0.8 noborder\nset key maxcols "
            "2\nplot ",
            most > 0 ? 1.12 * most : 1); // with room for the sum
    for (unsigned k = 0; k < ACCOUNTS; k++)
        fprintf(f, "$cpu using 3:1:%u:%u:($1-%d):($1+%d) with boxxyerror lc %u title '%s', ", 3 + k,
                4 + k, BAR / 2, BAR / 2, k + 1, ACCOUNT[k]);
    fprintf(f, "'' using %u:1:(sprintf('%%.3g', $%u)) with labels left offset 0.5,0 notitle\n",
            3 + ACCOUNTS, 3 + ACCOUNTS);
}

static void plot_data(FILE *f, const plot_path_t *path, unsigned paths)
{
    unsigned letters = 0;
    fputs("$latency << EOD\n", f);
    for (unsigned i = 0; i < paths; i++) {
        fprintf(f, "%u ", plot_y(path, i));
        plot_label(f, path[i].name, &letters);
        for (unsigned k = 0; k < PERCENTILES; k++) {
            if (path[i].nothing) fputs(" NaN", f);
            else fprintf(f, " %.3f", (double)path[i].latency_ns[k] / 1e3);
        }
        putc('\n', f);
    }
    fputs("EOD\n$cpu << EOD\n", f);
    for (unsigned i = 0; i < paths; i++) {
        double sum = 0;
        fprintf(f, "%u x 0", plot_y(path, i));
        for (unsigned k = 0; k < ACCOUNTS; k++) {
            sum += (double)path[i].cpu_ps[k] / 1e6;
            if (path[i].nothing) fputs(" NaN", f);
            else fprintf(f, " %.6f", sum);
        }
        putc('\n', f);
    }
    fputs("EOD\n", f);
}

static void plot_script(FILE *f, const char *file, const char *title, const plot_path_t *path,
                        unsigned paths)
{
    unsigned letters = LABEL_MIN, rows = 0;
    for (unsigned i = 0; i < paths; i++) {
        plot_label(NULL, path[i].name, &letters);
        rows += plot_row(&path[i]);
    }
    const unsigned height = TOP + rows + BOTTOM, left = LETTER * letters + 16;
    const unsigned panel = (WIDTH - left - GAP - RIGHT) / 2;
    const int kind = plot_kind(file);
    plot_data(f, path, paths);
    fprintf(f, "set terminal %s noenhanced font ',10' size %g,%g\nset output ",
            PLOT_KINDS[kind].terminal, WIDTH * PLOT_KINDS[kind].unit,
            height * PLOT_KINDS[kind].unit);
    plot_quoted(f, file);
    fputs("\nset multiplot title ", f);
    plot_quoted(f, title);
    fprintf(f,
            "\nset tmargin at screen %g\nset bmargin at screen %g\nset yrange [%u:0]\n"
            "set ytics scale 0\nset grid x\nset key horizontal center bottom at graph 0.5, screen "
            "%g samplen 1.5\n",
            1 - (double)TOP / height, (double)BOTTOM / height, rows,
            1 - (double)(TOP - 8) / height);
    for (unsigned i = 0; i < paths; i++)
        if (path[i].nothing)
            fprintf(f, "set label 'nothing delivered' at graph 0.5, first %u center\n",
                    plot_y(path, i));
    fprintf(f, "set lmargin at screen %g\nset rmargin at screen %g\n", (double)left / WIDTH,
            (double)(left + panel) / WIDTH);
    plot_latency(f, path, paths);
    fprintf(f, "set lmargin at screen %g\nset rmargin at screen %g\n",
            (double)(left + panel + GAP) / WIDTH, (double)(WIDTH - RIGHT) / WIDTH);
    plot_cpu(f, path, paths);
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
    if (status == 0 && compare_plot_whole(file)) return 0;
    snprintf(err, LAB_ERR_LEN, "--plot %.300s: %s", file,
             status == 0 ? "could not be written to its end" : "gnuplot failed");
    return -1;
}
