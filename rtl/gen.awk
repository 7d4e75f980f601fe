# SPDX-License-Identifier: Apache-2.0
# Makes rtl/nic_pkg.sv, rtl/nic_82576_pkg.sv and the generated tables of docs/manual.md from the .def
# files of this room. POSIX awk; `make gen` runs it:
#
#   awk -f gen.awk *.def                          the SystemVerilog package on stdout
#   awk -v manual=1 -f gen.awk *.def manual.md    manual.md on stdout, text between markers replaced
#
# The first file with 82576 in its name and those behind it are of that personality. A package is of one.
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
    if ((who, name) in defined) fail(name " comes twice")
    defined[who, name] = 1
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

# Hex of C as the manual has it.
function manual_hex(s)
{
    return s ~ /^0x/ ? substr(s, 3) : s
}

function field(section, prefix, name, lsb, width)
{
    if (lsb % 64 + width > (section in FIELD_END ? FIELD_END[section] : 32) || width < 1) fail("field " name " does not fit")
    int_of(section, prefix "_" name "_LSB", lsb, doc)
    int_of(section, prefix "_" name "_W", width, "")
}

function bits(lsb, width)
{
    return width == 1 ? lsb "" : (lsb + width - 1) ":" lsb
}

# ---- over all rows: the decoder of the register space, and the plain registers as one vector ----

# Address bits `top`:2 of a block; "?" where they choose the element.
function pattern(v, stride, count, top,    i, lo, hi, text)
{
    lo = hi = 0
    if (count > 1) {
        lo = log2(stride)
        hi = lo + log2(count)
    }
    text = (top - 1) "'b"
    for (i = top; i >= 2; i--)
        text = text (i >= lo && i < hi ? "?" : int(v / 2 ^ i) % 2) (i % 4 == 2 && i > 2 ? "_" : "")
    return text
}

# No address of a window may lead to two registers.
function claim(window, name, off, stride, count,    i, at)
{
    if (hexnum(off) % 4) fail(name ": not at a multiple of 4")
    for (i = 0; i < count; i++) {
        at = hexnum(off) + i * stride
        if ((window, at) in claimed) fail(name " lies on " claimed[window, at])
        claimed[window, at] = name
    }
}

# Length of the longest block at `v`, from element `e` on, in which address bits choose the element.
function block(name, v, stride, e, count,    n)
{
    if (count == 1) return 1
    if (!pow2(stride)) fail(name ": the stride of an array must be a power of 2")
    for (n = 1; n <= count; n *= 2) { }
    for (n /= 2; n > 1 && (e % n || v % (stride * n) >= stride); n /= 2) { }
    return n
}

# Element `e` and those after it, `n` in all, as `width` bits.
function element_bits(width, e, n, stride,    lo, w)
{
    if (n == 1) return width "'d" e
    lo = log2(stride) - 2
    w = log2(n)
    return (width > w ? width - w "'d" e / n ", " : "") "word[" (w > 1 ? lo + w - 1 ":" lo : lo) "]"
}

# Elements `first` to count-1, the first of them at `off`.
function decoder_rows(name, off, stride, first, count, number,    e, n, v)
{
    v = hexnum(off)
    for (e = first; e < count; e += n) {
        n = block(name, v, stride, e, count - e)
        decoder = decoder "      " pattern(v, stride, n, 16) ": reg_at = {1'b1, 16'd" number ", " \
            element_bits(16, e, n, stride) "}; // " name "\n"
        v += n * stride
    }
}

# A concatenation begins with its last element.
function before(text, hex, name)
{
    return "    32'h" hex (text == "" ? " " : ",") " // " name "\n" text
}

function file_row(name, count, rst, wmask, keep, number,    i, element)
{
    int_of("file", pre "P_" name, file_count, "")
    position = position "      16'd" number ": reg_file = {1'b1, " pre "P_W'(" pre "P_" name ")};\n"
    for (i = 0; i < count; i++) {
        element = count > 1 ? name "[" i "]" : name
        file_reset = before(file_reset, (name, i) in reset_of ? reset_of[name, i] : rst, element)
        file_wmask = before(file_wmask, wmask, element)
        file_keep = before(file_keep, keep == 1 ? "FFFFFFFF" : "00000000", element)
    }
    file_count += count
}

# Number of the register that an address leads to. X_DUP is X at a second address. Flops of the
# register file are what software can write, but for long arrays, which are memories; of the 82576 what
# reads as another constant than 0 too.
function place(name, off, stride, count, rst, wmask, owner, keep,    number)
{
    count += 0 # numbers, not text
    stride += 0
    number = reg_number
    if (name ~ /_DUP$/) {
        if (!(substr(name, 1, length(name) - 4) in numbers)) fail(name ": there is nothing to double")
        number = numbers[substr(name, 1, length(name) - 4)]
    } else if (owner == "regs" && hexnum(wmask) == 0 && hexnum(rst) == 0) {
    } else if (owner == "regs" && hexnum(wmask) == 0 && who == "") {
        fail(name ": a register that cannot be written must read 0")
    } else if (owner == "regs" && count <= file_array_max) {
        file_row(name, count, rst, wmask, keep, number)
    } else if (who == "igb" && owner == "regs" && (hexnum(rst) || keep != 1)) {
        fail(name ": a memory cannot be reset")
    }
    numbers[name] = number
    counts[name] = count
    owners[name] = owner
    classes[name] = access_of_row
}

# Where elements `first` to count-1 are, all the same if they are somewhere else too.
function place_at(name, off, stride, first, count)
{
    claim("PF", name, off, stride, count - first)
    decoder_rows(name, off, stride, first, count, numbers[name])
}

# Number of a register of the VF window: that of the target. Element: what the kind says.
function vf_rows(name, off, stride, count, kind, target,    e, n, v, k, text)
{
    v = hexnum(off)
    for (e = 0; e < count; e += n) {
        n = block(name, v, stride, e, count - e)
        k = element_bits(16, e, n, stride)
        if (kind == "SAME" || kind == "VECTOR") text = "16'd0"
        else if (kind == "EITR") text = "first + " (n > 1 ? "{" k "}" : k)
        else if (kind == "QUEUE") text = element_bits(13, e, n, stride) ", vf"
        else if (count == 1) text = "13'd0, vf"
        else if (n == count) text = 13 - log2(n) "'d0, vf, " element_bits(log2(n), 0, n, stride)
        else fail(name ": an array of kind VF must lie at a multiple of its size")
        vf_decoder = vf_decoder "      " pattern(v, stride, n, 13) ": vreg_at = {1'b1, VREG_" kind ", 16'd" \
            numbers[target] ", " text "}; // " name "\n"
        v += n * stride
    }
    if (name in owners && owners[name] == "vf") {
        viewed[name] = 1
        views = views "      16'd" numbers[name] ": reg_view = {1'b1, VREG_" kind ", 16'd" numbers[target] \
            "}; // " name "\n"
    }
}

# Does the kind fit its target?
function vf_check(name, count, kind, target,    want_count)
{
    if (index(VKINDS, " " kind " ") == 0) fail(name ": there is no kind " kind)
    if (!(target in numbers)) fail(name ": there is no register " target)
    if (owners[target] == "vf") fail(name ": " target " is itself a view")
    want_count = kind == "SAME" || kind == "VECTOR" ? 1 : kind == "EITR" ? param["Vectors"] : \
        kind == "QUEUE" ? param["Queues"] : param["Vfs"] * count
    if (counts[target] != want_count) fail(name ": " target " should have " want_count " elements")
    if (count != (kind == "EITR" ? param["MsixVf"] : kind == "QUEUE" ? param["Queues"] / param["Vfs"] : \
        kind == "VF" ? count : 1)) fail(name ": " count " elements do not fit its kind")
    if (kind == "VECTOR" && (name in owners) && classes[name] != classes[target] && classes[target] != "RCCW1C")
        fail(name ": not of the access class of " target)
}

function print_vector(name, text)
{
    print "  localparam logic [32*" pre "P_COUNT-1:0] " pre "P_" name " = {"
    printf "%s", text
    print "  };"
}

function print_register_space()
{
    print "\n  // ---- plain registers: place in the vector of flops, 32 bits each ----"
    printf "%s", sv["file"]
    print "  localparam int unsigned " pre "P_COUNT = " file_count ";"
    print "  localparam int unsigned " pre "P_W = $clog2(" pre "P_COUNT);"
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
    print "  function automatic logic [" pre "P_W:0] reg_file(input logic [15:0] number);"
    print "    case (number)"
    printf "%s", position
    print "      default: reg_file = '0;"
    print "    endcase"
    print "  endfunction"
}

function print_vf_window(    n, i, name)
{
    print "\n  // ---- VF window ----"
    n = split(trim(VKINDS), name, " ")
    for (i = 1; i <= n; i++) print "  localparam logic [2:0] VREG_" name[i] " = 3'd" i - 1 ";"
    printf "%s", sv["vregs"]
    print ""
    print "  // VF, address bits 13:2 -> {there is a register, kind, number of its target, element of that}."
    print "  function automatic logic [35:0] vreg_at(input logic [2:0] vf, input logic [11:0] word);"
    print "    logic [15:0] first; // vector of the VF"
    print "    first = 16'(Vectors - MsixVf) - 16'(MsixVf) * {13'd0, vf};"
    print "    casez (word)"
    printf "%s", vf_decoder
    print "      default: vreg_at = '0;"
    print "    endcase"
    print "  endfunction"
    print ""
    print "  // Number of a PF register -> {it is a view (element n: as VF n), kind, number of the target}."
    print "  function automatic logic [19:0] reg_view(input logic [15:0] number);"
    print "    case (number)"
    printf "%s", views
    print "      default: reg_view = '0;"
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
    section = who section
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
    md[who section] = md[who section] text "\n"
}

# ---- rows ----

function place_text(off, stride, count)
{
    return count > 1 ? off "+" stride "·n" : off
}

# `split` > 0: elements from there on are at `base2`.
function reg_row(name, off, stride, count, acc, rst, wmask, owner, keep, split_at, base2,    p, at)
{
    if (index(ACCESS, " " acc " ") == 0) fail(name ": access class " acc " is not in the list")
    hexdigits(off, 5)
    hexdigits(rst, 8)
    hexdigits(wmask, 8)
    if (hexnum(off) < last_off) fail(name ": not in the order of addresses")
    last_off = hexnum(off)
    p = pre name
    define("regs", "logic [16:0]", p, "17'h" off, doc)
    int_of("regs", pre "R_" name, reg_number, "")
    access_of_row = acc
    place(name, off, stride, count, rst, wmask, owner, keep)
    if (split_at) hexdigits(base2, 5)
    place_at(name, off, stride, 0, split_at ? split_at : count)
    if (split_at) place_at(name, base2, stride, split_at, count)
    reg_number += count
    if (count > 1) {
        int_of("regs", p "_STRIDE", stride, "")
        int_of("regs", p "_COUNT", count, "")
    }
    define("regs", "reg_access_e", p "_ACCESS", "ACC_" acc, "")
    word_of("regs", p "_RESET", rst)
    word_of("regs", p "_WMASK", wmask)
    define("regs", "bit", p "_KEEP", "1'b" keep, "")
    at = place_text(off, stride, count)
    if (split_at) at = at ", from " split_at " on " base2 "+" stride "·(n-" split_at ")"
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
    if (arg[3] + 0 >= (bit ? desc_width[arg[1]] + 0 : 2 ^ desc_width[arg[1]])) fail(arg[2] " does not fit " arg[1])
    int_of("descs", pre arg[1] "_" arg[2] (bit ? "_LSB" : ""), arg[3], doc)
    row("descs", "| " arg[1] " | " (bit ? "bit " : "value ") arg[3] " | " arg[2] " | " cell(doc) " |")
}

# Elements of an array at a second address.
function alias_row(name, off, stride, count,    p)
{
    hexdigits(off, 5)
    if (!(name in numbers)) fail(name ": there is nothing to double")
    p = pre name "_ALIAS"
    define("regs", "logic [16:0]", p, "17'h" off, doc)
    int_of("regs", p "_STRIDE", stride + 0, "")
    int_of("regs", p "_COUNT", count + 0, "")
    place_at(name, off, stride + 0, 0, count + 0)
    row("regs", "| " place_text(off, stride, count) " | " name "[" count "] | | | | | second address, " cell(doc) " |")
}

function also_row(name, other)
{
    if (!(other in numbers)) fail(name ": there is no register " other)
    define("regs", "logic [16:0]", pre name, pre other, doc)
    int_of("regs", pre "R_" name, pre "R_" other, "")
}

function vreg_row(name, off, stride, count, kind, target,    p)
{
    hexdigits(off, 5)
    if (hexnum(off) + (count - 1) * stride >= 16384) fail(name ": not in the VF window")
    if (hexnum(off) < last_voff) fail(name ": not in the order of addresses")
    last_voff = hexnum(off)
    vf_check(name, count, kind, target)
    claim("VF", name, off, stride, count)
    vf_rows(name, off, stride, count, kind, target)
    p = "IGBVF_" name
    define("vregs", "logic [13:0]", p, "14'h" substr(off, 2), doc)
    if (count > 1) {
        int_of("vregs", p "_STRIDE", stride, "")
        int_of("vregs", p "_COUNT", count, "")
    }
    table("vregs", " Offset | Name | Kind | PF register | Meaning ")
    row("vregs", "| " place_text(off, stride, count) " | " name (count > 1 ? "[" count "]" : "") " | " kind " | " \
        target " | " cell(doc) " |")
}

# A dword of a configuration space: its names begin with p.
function config_row(p, digits, w1c,    name)
{
    hexdigits(arg[2], digits)
    name = p arg[1]
    define("config", "logic [" digits * 4 - 1 ":0]", name, digits * 4 "'h" arg[2], doc)
    word_of("config", name "_RESET", arg[3])
    word_of("config", name "_WMASK", arg[4])
    if (w1c) word_of("config", name "_W1C", arg[5])
    table("config", " Offset | Name | Reset | Writable | Write 1 clears | Meaning ")
    row("config", "| " arg[2] " | " arg[1] " | " arg[3] " | " arg[4] " | " (w1c ? arg[5] : "") " | " cell(doc) " |")
}

function config_field(p)
{
    want(4)
    field("config", p arg[1], arg[2], arg[3], arg[4])
    row("config", "| | " arg[1] "." arg[2] " | | | | bit" (arg[4] > 1 ? "s " : " ") bits(arg[3], arg[4]) ": " cell(doc) " |")
}

# The files that follow are of this personality: "" (82540EM) or "igb".
function personality(name)
{
    who = name
    pre = who == "igb" ? "IGB_" : "E1000_"
    file_array_max = who == "igb" ? 32 : 16 # longer arrays are memories
    reg_number = 0
    file_count = 0
    last_off = last_voff = -1
    split("", numbers)
    split("", owners)
    split("", claimed)
}

BEGIN {
    FIELD_END["phy"] = FIELD_END["eeprom"] = 16
    FIELD_END["descs"] = 64 # no field crosses the middle
    ACCESS = " RW RWSC RO WO RC RCL RCH RCW1C W1S W1C ICS TAIL HEAD CMD RWH RW1C RCCW1C WO1S CNT SEM MBX "
    VKINDS = " SAME VECTOR EITR IVAR IVAR_MISC QUEUE VF "
    personality("")
}

FNR == 1 {
    group = ""
    in_manual = manual && FILENAME ~ /\.md$/
    if (!in_manual && who == "" && FILENAME ~ /82576/) personality("igb")
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
        reg_row(arg[1], arg[2], 0, 1, arg[3], arg[4], arg[5], arg[6], arg[7], 0, "")
    } else if (macro == "QREG") {
        want(9)
        reg_row(arg[1], arg[2], arg[3] + 0, arg[4] + 0, arg[5], arg[6], arg[7], arg[8], arg[9], 0, "")
    } else if (macro == "QGAP") {
        want(11)
        reg_row(arg[1], arg[2], arg[3] + 0, arg[6] + 0, arg[7], arg[8], arg[9], arg[10], arg[11], arg[4] + 0, arg[5])
    } else if (macro == "QRST") {
        want(3)
        hexdigits(arg[3], 8)
        reset_of[arg[1], arg[2]] = arg[3]
        word_of("regs", pre arg[1] "_RESET_" arg[2], arg[3])
        table("regs", " Offset | Name | Access | Reset | Writable | Kept | Meaning ")
        row("regs", "| | " arg[1] "[" arg[2] "] | | " arg[3] " | | | " cell(doc) " |")
    } else if (macro == "QALIAS") {
        want(4)
        alias_row(arg[1], arg[2], arg[3], arg[4])
    } else if (macro == "ALSO") {
        want(2)
        also_row(arg[1], arg[2])
    } else if (macro == "VREG") {
        want(6)
        vreg_row(arg[1], arg[2], arg[3] + 0, arg[4] + 0, arg[5], arg[6])
    } else if (macro == "FLD") {
        want(4)
        field("regs", pre arg[1], arg[2], arg[3], arg[4])
        table("fields", " Register | Bits | Field | Meaning ")
        row("fields", "| " arg[1] " | " bits(arg[3], arg[4]) " | " arg[2] " | " cell(doc) " |")
    } else if (macro == "PARAM") {
        want(2)
        int_of("params", arg[1], sv_number(arg[2]), doc)
        param[arg[1]] = arg[2]
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
        field("descs", pre arg[1], arg[2], arg[3], arg[4])
        desc_width[arg[1] "_" arg[2]] = arg[4]
        table("descs", " Of | Bits | Name | Meaning ")
        row("descs", "| " arg[1] " | " bits(arg[3], arg[4]) " | " arg[2] " | " cell(doc) " |")
    } else if (macro == "DBIT" || macro == "DVAL") {
        desc_row(macro == "DBIT")
    } else if (macro == "PHYR") {
        want(4)
        hexdigits(arg[3], 4)
        hexdigits(arg[4], 4)
        int_of("phy", pre "PHY_" arg[1], sv_number(arg[2]), doc)
        half_of("phy", pre "PHY_" arg[1] "_INIT", arg[3])
        half_of("phy", pre "PHY_" arg[1] "_WMASK", arg[4])
        table("phy", " " (who == "" ? "Number" : "Address") " | Name | Reset | Writable | Meaning ")
        row("phy", "| " manual_hex(arg[2]) " | " arg[1] " | " arg[3] " | " arg[4] " | " cell(doc) " |")
    } else if (macro == "PHYF") {
        want(4)
        field("phy", pre "PHY_" arg[1], arg[2], arg[3], arg[4])
        row("phy", "| | " arg[1] "." arg[2] " | | | bit" (arg[4] > 1 ? "s " : " ") bits(arg[3], arg[4]) ": " cell(doc) " |")
    } else if (macro == "EEW") {
        want(3)
        hexdigits(arg[2], 2)
        hexdigits(arg[3], 4)
        define("eeprom", "int unsigned", pre "EE_" arg[1], "'h" arg[2], doc)
        half_of("eeprom", pre "EE_" arg[1] "_INIT", arg[3])
        table("eeprom", " Word | Name | Contents | Meaning ")
        row("eeprom", "| " arg[2] " | " arg[1] " | " arg[3] " | " cell(doc) " |")
    } else if (macro == "EEF") {
        want(4)
        field("eeprom", pre "EE_" arg[1], arg[2], arg[3], arg[4])
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
    } else if (macro == "CFG" || macro == "VCFG") {
        want(5)
        config_row(who == "" ? "PCI_CONFIG_" : macro == "CFG" ? "IGB_CFG_" : "IGB_VCFG_", who == "" ? 2 : 3, 1)
    } else if (macro == "IOR") {
        want(4)
        config_row("PCI_CONFIG_", 2, 0)
    } else if (macro == "CFLD" || macro == "VCFLD") {
        config_field(who == "" ? "PCI_CONFIG_" : macro == "CFLD" ? "IGB_CFG_" : "IGB_VCFG_")
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
    text = "  typedef enum logic [4:0] {\n"
    for (i = 1; i <= n; i++) text = text "    ACC_" name[i] (i < n ? ",\n" : "\n")
    return text "  } reg_access_e;\n"
}

function print_names()
{
    print "// Names are those of C (rtl/defs.h, model/pci_config.h): E1000_<REG> is an offset, E1000_R_<REG>"
    print "// a register number (an array takes _COUNT of them), <FIELD>_LSB and _W a field. What C has in its"
    print "// tables is here too: _ACCESS, _RESET, _WMASK, _KEEP, _W1C. Parameters have no prefix."
    print "// E1000_P_<REG> is the place of a plain register among the flops of regs."
    print "// Codes (NIC_TLP_*, RQ_*, ...) are numbers; of a set of bits (NIC_TIMER_*, STATS_*,"
    print "// E1000_RXD_STAT_*, ...), _LSB. E1000_PHY_<REG> and E1000_EE_<WORD> are places, _INIT contents."
}

function print_names_82576()
{
    print "// Names are those of C (rtl/defs_82576.h): IGB_<REG> is an offset in the PF, IGBVF_<REG> one in the"
    print "// VF window, IGB_R_<REG> a register number (an array takes _COUNT of them), _ALIAS a second"
    print "// address, <FIELD>_LSB and _W a field. What C has in its tables is here too: _ACCESS, _RESET (of one"
    print "// element: _RESET_<n>), _WMASK, _KEEP, _W1C. IGB_CFG_<DWORD> is of the PF's configuration space,"
    print "// IGB_VCFG_ of the VFs'. IGB_P_<REG> is the place of a plain register among the flops of the"
    print "// register file, IGB_PHY_<REG> and IGB_EE_<WORD> are places, _INIT contents. Parameters have no prefix;"
    print "// those that are not here, and codes, are in nic_pkg."
}

END {
    if (failed) exit 1
    for (name in owners) if (owners[name] == "vf" && !(name in viewed)) fail(name ": the VF window has no such register")
    if (manual) {
        if (skipping != "") fail("marker " skipping ":begin has no end")
        for (s in md) if (!(s in seen_marker)) fail("no marker for the table " s)
        exit 0
    }
    print "// SPDX-License-Identifier: Apache-2.0"
    print "// Generated by rtl/gen.awk. Do not edit; run `make gen`."
    print_sources()
    print "//"
    if (who == "") print_names()
    else print_names_82576()
    print ""
    print "/* verilator lint_off UNUSEDPARAM */"
    print "package nic_" (who == "" ? "" : "82576_") "pkg;"
    print ""
    print "  // Access classes; the same-cycle rules are in regs_82540em.def" (who == "" ? "." : " and regs_82576.def.")
    printf "%s", access_enum()
    print "\n  // ---- sizes, latencies, constants ----"
    printf "%s", sv["params"]
    if (who == "") {
        code_sizes()
        print "\n  // ---- codes on the pins and between modules; of a flag, its bit ----"
        printf "%s", sv["codes"]
        print "\n  // ---- pins: width ----"
        printf "%s", sv["pins"]
    }
    print "\n  // ---- registers ----"
    printf "%s", sv["regs"]
    print "  localparam int unsigned " pre "R_COUNT = " reg_number ";"
    print_register_space()
    print "\n  // ---- descriptors ----"
    printf "%s", sv["descs"]
    print "\n  // ---- PHY registers ----"
    printf "%s", sv["phy"]
    print "\n  // ---- " (who == "" ? "EEPROM" : "NVM") " ----"
    printf "%s", sv["eeprom"]
    if (who == "igb") print_vf_window()
    print "\n  // ---- configuration space" (who == "" ? " and I/O window" : "s") " ----"
    printf "%s", sv["config"]
    print ""
    print "endpackage"
    print "/* verilator lint_on UNUSEDPARAM */"
}
