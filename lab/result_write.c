// SPDX-License-Identifier: Apache-2.0
// JSON to a file or to stdout.
#include "lab/cli.h"
#include "lab/result.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

int result_json_write(const json_t *j, const char *path, char err[LAB_ERR_LEN])
{
    bool out = strcmp(path, "-") == 0;
    FILE *f = out ? stdout : fopen(path, "we");
    bool bad = !f || !j;
    if (!bad) {
        bad =
            json_dumpf(j, f, JSON_INDENT(2) | JSON_REAL_PRECISION(15)) != 0 || putc('\n', f) == EOF;
        bad = fflush(f) != 0 || bad;
    }
    int code = errno;
    if (f && !out && fclose(f) != 0 && !bad) {
        bad = true;
        code = errno;
    }
    if (bad) snprintf(err, LAB_ERR_LEN, "%s: %s", out ? "stdout" : path, strerror(code));
    return bad ? -1 : 0;
}

// A pipe, or a device.
static bool is_stream(const char *path)
{
    struct stat st;
    if (strcmp(path, "-") == 0) return true;
    return stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode);
}

int result_json_prepare(const char *path, char err[LAB_ERR_LEN])
{
    if (is_stream(path)) return 0;
    FILE *f = fopen(path, "ae");
    if (!f) {
        snprintf(err, LAB_ERR_LEN, "--json: %s: %s", path, strerror(errno));
        return -1;
    }
    fclose(f);
    return 0;
}

void result_json_empty(const char *path)
{
    if (!is_stream(path)) files_empty(path);
}
