# SPDX-License-Identifier: Apache-2.0
# Makes rtl/nic_pkg.sv and the generated tables of docs/manual.md from the .def files of this room.
# POSIX awk; `make gen` runs it:
#
#   awk -f gen.awk *.def                          the SystemVerilog package on stdout
#   awk -v manual=1 -f gen.awk *.def manual.md    manual.md on stdout, text between markers replaced
#
# A line of a .def file is blank, a comment, one of the C preprocessor, or a row MACRO(arg, ..., "doc").
# A comment of the form "// --- title ---" starts a group (a heading in the manual). Anything else is
# an error: a row that this script cannot read must not go missing in one language only.

function fail(msg)
{
    printf "%s:%d: %s\n", FILENAME, FNR, msg >"/dev/stderr"
    failed = 1
    exit 1
}

function trim(s)
{
    gsub(/^[ \t]+|[ \t]+$/, "", s)
    return s
}

# "MACRO(a, b, "doc")" -> macro, arg[1..narg], doc
function parse(line,    open, quote, i)
{
    open = index(line, "(")
    quote = index(line, "\"")
    if (open == 0 || quote == 0 || line !~ /"\)[ \t]*$/) fail("not a row: " line)
    macro = trim(substr(line, 1, open - 1))
    doc = substr(line, quote + 1)
    sub(/"\)[ \t]*$/, "", doc)
    narg = split(substr(line, open + 1, quote - open - 1), arg, ",") - 1 # behind the last comma: nothing
    for (i = 1; i <= narg; i++) arg[i] = trim(arg[i])
}

function want(n)
{
    if (narg != n) fail(macro ": " n " arguments and a text expected, " narg " found")
}

function hexnum(s,    i, v)
{
    v = 0
    for (i = 1; i <= length(s); i++) v = v * 16 + index("0123456789ABCDEF", toupper(substr(s, i, 1))) - 1
    return v
}

function pow2(n)
{
    return n > 1 ? n % 2 == 0 && pow2(n / 2) : n == 1
}

function log2(n)
{
    return n > 1 ? 1 + log2(n / 2) : 0
}

function hexdigits(s, digits)
{
    if (s !~ /^[0-9A-F]+$/ || length(s) != digits) fail("\"" s "\": " digits " upper-case hex digits expected")
}

# ---- the package: lines are collected per section, with a check that no name comes twice ----

function define(section, type, name, value, text,    line)
{
    if (name in defined) fail(name " comes twice")
    defined[name] = 1
    line = "  localparam " type " " name " = " value ";"
    if (text != "" && length(line " // " text) <= 100) line = line " // " text
    else if (text != "") line = "  // " text "\n" line
    sv[section] = sv[section] line "\n"
}

function int_of(section, name, value, text)
{
    define(section, "int unsigned", name, value, text)
}

function word_of(section, name, hex)
{
    define(section, "logic [31:0]", name, "32'h" hex, "")
}

function half_of(section, name, hex)
{
    define(section, "logic [15:0]", name, "16'h" hex, "")
}

# Hex of C as SystemVerilog.
function sv_number(s)
{
    return s ~ /^0x/ ? "'h" substr(s, 3) : s
}

function field(section, prefix, name, lsb, width)
{
    if (lsb % 64 + width > FIELD_END[section] || width < 1) fail("field " name " does not fit")
    int_of(section, prefix "_" name "_LSB", lsb, doc)
    int_of(section, prefix "_" name "_W", width, "")
}

function bits(lsb, width)
{
    return width == 1 ? lsb "" : (lsb + width - 1) ":" lsb
}

# ---- over all rows: the decoder of the register space, and the plain registers as one vector ----

# Address bits 16:2 of a row; "?" where they choose the element.
function pattern(name, off, stride, count,    i, v, lo, hi, text)
{
    v = hexnum(off)
    lo = hi = 0
    if (count > 1) {
        if (!pow2(count) || !pow2(stride) || v % (stride * count) >= stride)
            fail(name ": the length of an array must be a power of 2, and its place a multiple of it")
        lo = log2(stride)
        hi = lo + log2(count)
    }
    text = "15'b"
    for (i = 16; i >= 2; i--)
        text = text (i >= lo && i < hi ? "?" : int(v / 2 ^ i) % 2) (i % 4 == 2 && i > 2 ? "_" : "")
    return text
}

# No address may lead to two registers.
function claim(name, off, stride, count,    i, at)
{
    if (hexnum(off) % 4) fail(name ": not at a multiple of 4")
    for (i = 0; i < count; i++) {
        at = hexnum(off) + i * stride
        if (at in claimed) fail(name " lies on " claimed[at])
        claimed[at] = name
    }
}

function decoder_row(name, off, stride, count, number,    lo, w, element)
{
    element = "16'd0"
    if (count > 1) {
        lo = log2(stride) - 2
        w = log2(count)
        element = (16 - w) "'d0, word[" (lo + w - 1) ":" lo "]"
    }
    decoder = decoder "      " pattern(name, off, stride, count) ": reg_at = {1'b1, 16'd" number ", " \
        element "}; // " name "\n"
}

# A concatenation begins with its last element.
function before(text, hex, name)
{
    return "    32'h" hex (text == "" ? " " : ",") " // " name "\n" text
}

function file_row(name, count, rst, wmask, keep, number,    i, element)
{
    int_of("file", "E1000_P_" name, file_count, "")
    position = position "      16'd" number ": reg_file = {1'b1, E1000_P_W'(E1000_P_" name ")};\n"
    for (i = 0; i < count; i++) {
        element = count > 1 ? name "[" i "]" : name
        file_reset = before(file_reset, rst, element)
        file_wmask = before(file_wmask, wmask, element)
        file_keep = before(file_keep, keep == 1 ? "FFFFFFFF" : "00000000", element)
    }
    file_count += count
}

# Number of the register that an address leads to. X_DUP is X at a second address. Flops of the
# register file are what software can write, but for long arrays, which are memories.
function place(name, off, stride, count, rst, wmask, owner, keep,    number)
{
    count += 0 # numbers, not text
    stride += 0
    claim(name, off, stride, count)
    number = reg_number
    if (name ~ /_DUP$/) {
        if (!(substr(name, 1, length(name) - 4) in numbers)) fail(name ": there is nothing to double")
        number = numbers[substr(name, 1, length(name) - 4)]
    } else if (owner == "regs" && hexnum(wmask) == 0) {
        if (hexnum(rst)) fail(name ": a register that cannot be written must read 0")
    } else if (owner == "regs" && count <= FILE_ARRAY_MAX) {
        file_row(name, count, rst, wmask, keep, number)
    }
    numbers[name] = number
    decoder_row(name, off, stride, count, number)
}

function print_vector(name, text)
{
    print "  localparam logic [32*E1000_P_COUNT-1:0] E1000_P_" name " = {"
    printf "%s", text
    print "  };"
}

function print_register_space()
{
    print "\n  // ---- plain registers: place in the vector of flops, 32 bits each ----"
    printf "%s", sv["file"]
    print "  localparam int unsigned E1000_P_COUNT = " file_count ";"
    print "  localparam int unsigned E1000_P_W = $clog2(E1000_P_COUNT);"
    print_vector("RESET", file_reset)
    print_vector("WMASK", file_wmask)
    print_vector("KEEP", file_keep)
    print ""
    print "  // Address bits 16:2 -> {there is a register, its number (that of element 0), element}."
    print "  function automatic logic [32:0] reg_at(input logic [14:0] word);"
    print "    casez (word)"
    printf "%s", decoder
    print "      default: reg_at = '0;"
    print "    endcase"
    print "  endfunction"
    print ""
    print "  // Number of a register -> {it is in the vector, its place there (that of element 0)}."
    print "  function automatic logic [E1000_P_W:0] reg_file(input logic [15:0] number);"
    print "    case (number)"
    printf "%s", position
    print "      default: reg_file = '0;"
    print "    endcase"
    print "  endfunction"
}

# ---- the manual: one table a group ----

function cell(s)
{
    gsub(/\|/, "\\|", s)
    return s
}

function table(section, head,    n, i, rule, col)
{
    if (headed[section] == group) return
    n = split(head, col, "|")
    rule = "|"
    for (i = 1; i <= n; i++) rule = rule "---|"
    md[section] = md[section] (md[section] == "" ? "" : "\n") (group == "" ? "" : "**" group "**\n\n") \
        "|" head "|\n" rule "\n"
    headed[section] = group
}

function row(section, text)
{
    md[section] = md[section] text "\n"
}

# ---- rows ----

function reg_row(name, off, stride, count, acc, rst, wmask, owner, keep,    p, at)
{
    if (index(ACCESS, " " acc " ") == 0) fail(name ": access class " acc " is not in the list")
    hexdigits(off, 5)
    hexdigits(rst, 8)
    hexdigits(wmask, 8)
    if (hexnum(off) < last_off) fail(name ": not in the order of addresses")
    last_off = hexnum(off)
    p = "E1000_" name
    define("regs", "logic [16:0]", p, "17'h" off, doc)
    int_of("regs", "E1000_R_" name, reg_number, "")
    place(name, off, stride, count, rst, wmask, owner, keep)
    reg_number += count
    if (count > 1) {
        int_of("regs", p "_STRIDE", stride, "")
        int_of("regs", p "_COUNT", count, "")
    }
    define("regs", "reg_access_e", p "_ACCESS", "ACC_" acc, "")
    word_of("regs", p "_RESET", rst)
    word_of("regs", p "_WMASK", wmask)
    define("regs", "bit", p "_KEEP", "1'b" keep, "")
    at = count > 1 ? off "+" stride "·n" : off
    table("regs", " Offset | Name | Access | Reset | Writable | Kept | Meaning ")
    row("regs", "| " at " | " name (count > 1 ? "[" count "]" : "") " | " acc " | " rst " | " wmask " | " \
        (keep == 1 ? "yes" : "") " | " cell(doc) " |")
}

# One of a group of codes that count from 0; of flags, a bit.
function code_row(flag,    name)
{
    want(2)
    if (arg[2] "" != group_size[macro] + 0 "") fail(macro ": " group_size[macro] + 0 " expected, not " arg[2])
    if (++group_size[macro] == 1) groups[++group_count] = macro
    is_flag[macro] = flag
    name = macro "_" arg[1]
    int_of("codes", name (flag ? "_LSB" : ""), arg[2], doc)
    table("codes", " Code | " (flag ? "Bit" : "Value") " | Meaning ")
    row("codes", "| " name " | " arg[2] " | " cell(doc) " |")
}

# How many codes, how wide a set of flags.
function code_sizes(    i)
{
    for (i = 1; i <= group_count; i++)
        int_of("codes", groups[i] (is_flag[groups[i]] ? "_W" : "_COUNT"), group_size[groups[i]], "")
}

function pin_row(dir,    p)
{
    want(2)
    p = "PIN_" toupper(arg[1]) "_W"
    int_of("pins", p, arg[2], dir ": " doc)
    table("pins", " Pin | Direction | Width | Meaning ")
    row("pins", "| " arg[1] " | " dir " | " arg[2] " | " cell(doc) " |")
}

# A bit or a value of a field of a descriptor.
function desc_row(bit)
{
    want(3)
    if (!(arg[1] in desc_width)) fail("there is no field " arg[1])
    if (arg[3] >= (bit ? desc_width[arg[1]] : 2 ^ desc_width[arg[1]])) fail(arg[2] " does not fit " arg[1])
    int_of("descs", "E1000_" arg[1] "_" arg[2] (bit ? "_LSB" : ""), arg[3], doc)
    row("descs", "| " arg[1] " | " (bit ? "bit " : "value ") arg[3] " | " arg[2] " | " cell(doc) " |")
}

BEGIN {
    FIELD_END["regs"] = FIELD_END["config"] = 32
    FIELD_END["phy"] = FIELD_END["eeprom"] = 16
    FIELD_END["descs"] = 64 # no field crosses the middle
    ACCESS = " RW RWSC RO WO RC RCL RCH RCW1C W1S W1C ICS TAIL HEAD CMD "
    reg_number = 0
    file_count = 0
    FILE_ARRAY_MAX = 16 # longer arrays are memories
    last_off = -1
}

FNR == 1 {
    group = ""
    in_manual = manual && FILENAME ~ /\.md$/
    if (!in_manual) sources = sources (sources == "" ? "" : " ") FILENAME
}

# ---- docs/manual.md, behind the .def files ----

in_manual {
    if (skipping == "" || $0 == "<!-- " skipping ":end -->") {
        if (skipping != "") print ""
        skipping = ""
        print
    }
    if ($0 ~ /^<!-- [a-z]+:begin -->$/) {
        skipping = $2
        sub(/:begin$/, "", skipping)
        if (!(skipping in md)) fail("no generated table is called " skipping)
        printf "\n%s", md[skipping]
        seen_marker[skipping] = 1
    }
    next
}

# ---- the .def files ----

/^[ \t]*$/ { next }

/^\/\/ --- .* ---$/ {
    group = $0
    sub(/^\/\/ --- /, "", group)
    sub(/ ---$/, "", group)
    group = toupper(substr(group, 1, 1)) substr(group, 2)
    next
}

/^(\/\/|#)/ { next }

{
    parse($0)
    if (macro == "REG") {
        want(7)
        reg_row(arg[1], arg[2], 0, 1, arg[3], arg[4], arg[5], arg[6], arg[7])
    } else if (macro == "QREG") {
        want(9)
        reg_row(arg[1], arg[2], arg[3], arg[4], arg[5], arg[6], arg[7], arg[8], arg[9])
    } else if (macro == "FLD") {
        want(4)
        field("regs", "E1000_" arg[1], arg[2], arg[3], arg[4])
        table("fields", " Register | Bits | Field | Meaning ")
        row("fields", "| " arg[1] " | " bits(arg[3], arg[4]) " | " arg[2] " | " cell(doc) " |")
    } else if (macro == "PARAM") {
        want(2)
        int_of("params", arg[1], sv_number(arg[2]), doc)
        table("params", " Parameter | Value | Meaning ")
        row("params", "| " arg[1] " | " arg[2] " | " cell(doc) " |")
    } else if (macro == "WIDE") {
        want(3)
        hexdigits(arg[3], arg[2] / 4)
        define("params", "logic [" arg[2] - 1 ":0]", arg[1], arg[2] "'h" arg[3], doc)
        table("params", " Parameter | Value | Meaning ")
        row("params", "| " arg[1] " | " arg[3] "h | " cell(doc) " |")
    } else if (macro == "DFLD") {
        want(4)
        field("descs", "E1000_" arg[1], arg[2], arg[3], arg[4])
        desc_width[arg[1] "_" arg[2]] = arg[4]
        table("descs", " Of | Bits | Name | Meaning ")
        row("descs", "| " arg[1] " | " bits(arg[3], arg[4]) " | " arg[2] " | " cell(doc) " |")
    } else if (macro == "DBIT" || macro == "DVAL") {
        desc_row(macro == "DBIT")
    } else if (macro == "PHYR") {
        want(4)
        hexdigits(arg[3], 4)
        hexdigits(arg[4], 4)
        int_of("phy", "E1000_PHY_" arg[1], arg[2], doc)
        half_of("phy", "E1000_PHY_" arg[1] "_INIT", arg[3])
        half_of("phy", "E1000_PHY_" arg[1] "_WMASK", arg[4])
        table("phy", " Number | Name | Reset | Writable | Meaning ")
        row("phy", "| " arg[2] " | " arg[1] " | " arg[3] " | " arg[4] " | " cell(doc) " |")
    } else if (macro == "PHYF") {
        want(4)
        field("phy", "E1000_PHY_" arg[1], arg[2], arg[3], arg[4])
        row("phy", "| | " arg[1] "." arg[2] " | | | bit" (arg[4] > 1 ? "s " : " ") bits(arg[3], arg[4]) ": " cell(doc) " |")
    } else if (macro == "EEW") {
        want(3)
        hexdigits(arg[2], 2)
        hexdigits(arg[3], 4)
        define("eeprom", "int unsigned", "E1000_EE_" arg[1], "'h" arg[2], doc)
        half_of("eeprom", "E1000_EE_" arg[1] "_INIT", arg[3])
        table("eeprom", " Word | Name | Contents | Meaning ")
        row("eeprom", "| " arg[2] " | " arg[1] " | " arg[3] " | " cell(doc) " |")
    } else if (macro == "EEF") {
        want(4)
        field("eeprom", "E1000_EE_" arg[1], arg[2], arg[3], arg[4])
        row("eeprom", "| | " arg[1] "." arg[2] " | | bit" (arg[4] > 1 ? "s " : " ") bits(arg[3], arg[4]) ": " cell(doc) " |")
    } else if (macro == "EEOP") {
        want(2)
        int_of("eeprom", "E1000_EEOP_" arg[1], arg[2], doc)
        table("eeprom", " Code | Command | Meaning ")
        row("eeprom", "| " arg[2] " | " arg[1] " | " cell(doc) " |")
    } else if (macro ~ /^(NIC_TLP|NIC_SPACE|RQ|NIC_FATE)$/) {
        code_row(0)
    } else if (macro ~ /^(NIC_TIMER|STATS)$/) {
        code_row(1)
    } else if (macro == "PIN_I") {
        pin_row("input")
    } else if (macro == "PIN_O") {
        pin_row("output")
    } else if (macro == "CFG" || macro == "IOR") {
        want(macro == "CFG" ? 5 : 4)
        hexdigits(arg[2], 2)
        define("config", "logic [7:0]", "PCI_CONFIG_" arg[1], "8'h" arg[2], doc)
        word_of("config", "PCI_CONFIG_" arg[1] "_RESET", arg[3])
        word_of("config", "PCI_CONFIG_" arg[1] "_WMASK", arg[4])
        if (macro == "CFG") word_of("config", "PCI_CONFIG_" arg[1] "_W1C", arg[5])
        table("config", " Offset | Name | Reset | Writable | Write 1 clears | Meaning ")
        row("config", "| " arg[2] " | " arg[1] " | " arg[3] " | " arg[4] " | " \
            (macro == "CFG" ? arg[5] : "") " | " cell(doc) " |")
    } else if (macro == "CFLD") {
        want(4)
        field("config", "PCI_CONFIG_" arg[1], arg[2], arg[3], arg[4])
        row("config", "| | " arg[1] "." arg[2] " | | | | bit" (arg[4] > 1 ? "s " : " ") bits(arg[3], arg[4]) ": " cell(doc) " |")
    } else {
        fail("unknown row " macro)
    }
}

# ---- output ----

function print_sources(    n, i, name, line)
{
    n = split(sources, name, " ")
    line = "// From"
    for (i = 1; i <= n; i++) {
        if (length(line " " name[i] ".") > 100) {
            print line
            line = "//"
        }
        line = line " " name[i]
    }
    print line "."
}

function access_enum(    n, i, name, text)
{
    n = split(trim(ACCESS), name, " ")
    text = "  typedef enum logic [3:0] {\n"
    for (i = 1; i <= n; i++) text = text "    ACC_" name[i] (i < n ? ",\n" : "\n")
    return text "  } reg_access_e;\n"
}

END {
    if (failed) exit 1
    if (manual) {
        if (skipping != "") fail("marker " skipping ":begin has no end")
        for (s in md) if (!(s in seen_marker)) fail("no marker for the table " s)
        exit 0
    }
    print "// SPDX-License-Identifier: Apache-2.0"
    print "// Generated by rtl/gen.awk. Do not edit; run `make gen`."
    print_sources()
    print "//"
    print "// Names are those of C (rtl/defs.h, model/pci_config.h): E1000_<REG> is an offset, E1000_R_<REG>"
    print "// a register number (an array takes _COUNT of them), <FIELD>_LSB and _W a field. What C has in its"
    print "// tables is here too: _ACCESS, _RESET, _WMASK, _KEEP, _W1C. Parameters have no prefix."
    print "// E1000_P_<REG> is the place of a plain register among the flops of regs."
    print "// Codes (NIC_TLP_*, RQ_*, ...) are numbers; of a set of bits (NIC_TIMER_*, STATS_*,"
    print "// E1000_RXD_STAT_*, ...), _LSB. E1000_PHY_<REG> and E1000_EE_<WORD> are places, _INIT contents."
    print ""
    print "/* verilator lint_off UNUSEDPARAM */"
    print "package nic_pkg;"
    print ""
    print "  // Access classes; the same-cycle rules are in regs_82540em.def."
    printf "%s", access_enum()
    print "\n  // ---- sizes, latencies, constants ----"
    printf "%s", sv["params"]
    code_sizes()
    print "\n  // ---- codes on the pins and between modules; of a flag, its bit ----"
    printf "%s", sv["codes"]
    print "\n  // ---- pins: width ----"
    printf "%s", sv["pins"]
    print "\n  // ---- registers ----"
    printf "%s", sv["regs"]
    print "  localparam int unsigned E1000_R_COUNT = " reg_number ";"
    print_register_space()
    print "\n  // ---- descriptors ----"
    printf "%s", sv["descs"]
    print "\n  // ---- PHY registers ----"
    printf "%s", sv["phy"]
    print "\n  // ---- EEPROM ----"
    printf "%s", sv["eeprom"]
    print "\n  // ---- configuration space and I/O window ----"
    printf "%s", sv["config"]
    print ""
    print "endpackage"
    print "/* verilator lint_on UNUSEDPARAM */"
}
