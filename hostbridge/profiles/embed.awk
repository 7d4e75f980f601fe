# SPDX-License-Identifier: Apache-2.0
# Makes C of the profiles named on the command line: awk -f embed.awk a.ini b.ini >profiles.c
# A profile is an array of lines, because a C11 compiler need not take string literals as long as a file.

function finish() {
    if (name != "") print "    0};"
}

FNR == 1 {
    finish()
    name = FILENAME
    sub(/.*\//, "", name)
    sub(/\.ini$/, "", name)
    names[++count] = name
    if (count == 1) print "// Generated from hostbridge/profiles/*.ini; do not edit.\n#include \"hostbridge/profile.h\"\n"
    print "static const char *const lines_" count "[] = {"
}

{
    line = ""
    for (i = 1; i <= length($0); i++) {
        c = substr($0, i, 1)
        line = line (c == "\\" || c == "\"" ? "\\" c : c == "\t" ? "\\t" : c)
    }
    print "    \"" line "\","
}

END {
    finish()
    print "\nconst profile_text_t profile_texts[] = {"
    for (i = 1; i <= count; i++) print "    {\"" names[i] "\", lines_" i "},"
    print "    {0, 0}};\n\nconst char *const profile_text_names[] = {"
    for (i = 1; i <= count; i++) print "    \"" names[i] "\","
    print "    0};"
}
