// SPDX-License-Identifier: Apache-2.0
// The files of a command line: none that is written may be one that is read, or another one that is
// written.
#include "lab/cli.h"
#include "lab/result.h"
#include "lab/wave.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILES_MAX = 16, FILES_PATH = 1100, FILES_LINKS = 40 };

// A file by its inode. One that is to be made: by the directory it would be in, and what comes below that.
typedef struct file_use {
    const char *option;
    char path[FILES_PATH];
    dev_t dev;
    ino_t ino;
    char below[FILES_PATH];
} file_use_t;

typedef struct files {
    file_use_t use[FILES_MAX];
    unsigned reads, count; // those that are read come first
} files_t;

// The path that the link at `path` names. False: none, or too long.
static bool files_follow(char path[FILES_PATH])
{
    char to[FILES_PATH], at[FILES_PATH];
    const ssize_t n = readlink(path, to, sizeof to - 1);
    if (n <= 0) return false;
    to[n] = '\0';
    const char *slash = strrchr(path, '/');
    const int dir = slash && to[0] != '/' ? (int)(slash - path) + 1 : 0;
    if (snprintf(at, sizeof at, "%.*s%s", dir, path, to) >= (int)sizeof at) return false;
    strcpy(path, at);
    return true;
}

// Takes the last component off `path` and puts it before `below`. False: there is none.
static bool files_up(char path[FILES_PATH], char below[FILES_PATH])
{
    size_t n = strlen(path);
    while (n > 1 && path[n - 1] == '/') path[--n] = '\0';
    char *slash = strrchr(path, '/'), rest[FILES_PATH];
    const char *name = slash ? slash + 1 : path;
    if (!*name || strcmp(path, ".") == 0) return false;
    strcpy(rest, below);
    if (strcmp(name, ".") != 0 && snprintf(below, FILES_PATH, "/%s%s", name, rest) >= FILES_PATH)
        return false;
    if (slash) slash[slash == path] = '\0'; // of "/name" the slash stays
    else strcpy(path, ".");
    return true;
}

// False: nothing that writing could destroy.
static bool files_identify(file_use_t *f)
{
    char at[FILES_PATH];
    struct stat st;
    strcpy(at, f->path);
    f->below[0] = '\0';
    for (int links = 0; stat(at, &st) != 0; links++) {
        if (links < FILES_LINKS && files_follow(at)) continue;
        if (!files_up(at, f->below)) return false;
    }
    f->dev = st.st_dev;
    f->ino = st.st_ino;
    return f->below[0] || S_ISREG(st.st_mode);
}

static void files_add(files_t *s, const char *option, const char *dir, const char *name)
{
    file_use_t *f = &s->use[s->count];
    if (s->count == FILES_MAX || !name || strcmp(name, "-") == 0) return;
    const int n = snprintf(f->path, sizeof f->path, "%s%s%s", dir ? dir : "", dir ? "/" : "", name);
    f->option = option;
    if (n < (int)sizeof f->path && files_identify(f)) s->count++;
}

static bool files_built_in(const char *profile)
{
    for (const char *const *name = profile_names(); *name; name++)
        if (strcmp(*name, profile) == 0) return true;
    return false;
}

static void files_read(files_t *s, const lab_options_t *o)
{
    const run_config_t *c = &o->run;
    files_add(s, "the trace", NULL, c->trace);
    if (strchr(c->driver, '/') || strstr(c->driver, ".so"))
        files_add(s, "--driver", NULL, c->driver);
    if (!files_built_in(c->profile)) files_add(s, "--profile", NULL, c->profile);
    files_add(s, "--floor", NULL, o->floor);
    s->reads = s->count;
}

static int files_written(files_t *s, const lab_options_t *o, char err[LAB_ERR_LEN])
{
    static const char *const TAGS[] = {"", "-model", "-rtl", "-other"};
    const bool lockstep = o->verb == OPTION_FOR_LOCKSTEP;
    char wave[WAVE_PATH_LEN];
    files_add(s, "--json", NULL, o->json);
    files_add(s, "--csv", NULL, o->verb == OPTION_FOR_SWEEP ? o->csv : NULL);
    files_add(s, "--plot", NULL, o->plot);
    for (unsigned i = lockstep; o->wave && i < (lockstep ? 4 : 1); i++) {
        if (wave_path(o, TAGS[i], wave, err) != 0) return -1;
        files_add(s, "--wave-file", NULL, wave);
    }
    for (const char *const *name = out_dir_names; o->out && *name; name++)
        files_add(s, "--out", o->out, *name);
    return 0;
}

void files_empty(const char *path)
{
    FILE *f = fopen(path, "we");
    if (f) fclose(f);
}

int files_check(const lab_options_t *o, char err[LAB_ERR_LEN])
{
    files_t s = {.count = 0};
    files_read(&s, o);
    if (files_written(&s, o, err) != 0) return -1;
    for (unsigned i = s.reads; i < s.count; i++) {
        for (unsigned k = 0; k < i; k++) {
            const file_use_t *a = &s.use[i], *b = &s.use[k];
            if (a->dev != b->dev || a->ino != b->ino || strcmp(a->below, b->below) != 0) continue;
            snprintf(err, LAB_ERR_LEN, "%s: %.300s is the same file as %s%s", a->option, a->path,
                     k < s.reads ? "" : "that of ", b->option);
            return -1;
        }
    }
    return 0;
}
