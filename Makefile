# SPDX-License-Identifier: Apache-2.0
# One Makefile, no recursion into rooms, no Python. `make help` lists the targets.

BUILD   ?= build
PREFIX  ?= /usr/local
DESTDIR ?=
CC      ?= cc
AWK     ?= awk
# Copies of a few dozen bytes are the daily bread of the model: no calls and no string instructions for them, and no vector
# loads of what was just stored in pieces. Scheduling for cores of the last ten years (any x86-64 runs it).
TUNE    := $(shell f="-mtune=haswell -fno-tree-slp-vectorize -mmemcpy-strategy=unrolled_loop:256:noalign,libcall:-1:noalign \
             -mmemset-strategy=unrolled_loop:256:noalign,libcall:-1:noalign"; \
             $(CC) $$f -E -x c /dev/null >/dev/null 2>&1 && echo $$f)
OPT     ?= -O3 $(TUNE)
SAN     ?=
V       ?= 0
JOBS    ?= $(shell nproc)
# Tests begin with the number of the day, unless a SEED is given.
TEST_SEED := $(or $(SEED),$(shell echo $$(($$(date +%s) / 86400))))
SEED    ?= 1
NIC     ?= 82540em
FUZZ_SECONDS ?= 20
VERSION := $(shell sed -n 's/^\#\# \([0-9][0-9.]*\).*/\1/p' CHANGELOG.md | head -n 1)
SOVERSION := $(firstword $(subst ., ,$(VERSION)))
ifneq ($(V),1)
Q := @
say = @printf '  %-8s%s\n' '$(1)' '$(2)'
endif

PKGS     := libpcap jansson libdeflate libcrypto
WARN     := -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wstrict-prototypes -Wno-sign-conversion -Werror
CPPFLAGS += -I. -Irtl -D_GNU_SOURCE -DMODERATO_VERSION='"$(VERSION)"'
CFLAGS   ?= -g
CFLAGS   += $(OPT) -std=c11 $(WARN) -fno-strict-aliasing -MMD -MP $(SAN)
CFLAGS   += $(shell pkg-config --cflags jansson libdeflate libcrypto 2>/dev/null)
LDFLAGS  += -rdynamic $(OPT) $(SAN)
LDLIBS    = $(shell pkg-config --libs $(PKGS)) -ldl -lm

# ---- what is built ------------------------------------------------------------------------------

MODEL_SRC := $(wildcard model/*.c)
HOST_SRC  := $(wildcard driver/*.c hostbridge/*.c traces/*.c) $(filter-out lab/main.c,$(wildcard lab/*.c))
obj        = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))
LIB_OBJ   := $(call obj,$(MODEL_SRC) $(HOST_SRC)) $(BUILD)/obj/gen/profiles.o
MAIN_OBJ  := $(BUILD)/obj/lab/main.o

# Waves are written by the FST code that Verilator installs; without it --wave says so.
# It looks at no write error and deletes what has the name of its file: pin_dev_wave.c opens and closes for it.
FST_DIR := $(firstword $(wildcard $(addsuffix /share/verilator/include/gtkwave,/usr /usr/local)))
ifneq ($(FST_DIR),)
LIB_OBJ += $(patsubst %,$(BUILD)/obj/fst/%.o,fstapi fastlz lz4)
LDLIBS  += -lz
$(BUILD)/obj/hostbridge/pin_dev_wave.o: CPPFLAGS += -DHAVE_FST -isystem $(FST_DIR)
$(BUILD)/obj/fst/%.o: $(FST_DIR)/%.c $(BUILD)/flags Makefile
	@mkdir -p $(@D)
	$(Q)$(CC) -O2 -w -I$(FST_DIR) -DFST_CONFIG_INCLUDE='"fst_config.h"' \
	  $(foreach f,fopen fclose gzclose unlink,-D$(f)=pin_dev_wave_$(f)) -c -o $@ $<
endif

# Moderation policies, in every driver.
POLICY_SRC := driver/policy.c driver/dim.c driver/hybrid.c

# A test is tests/NAME_test.c; other files of tests/ are helpers, linked into all. The driver tests have a mock os instead
# of the host bridge; fuzz targets (tests/NAME_fuzz.c) have a build of their own.
TESTS      := $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/*_test.c))
FUZZERS    := $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/*_fuzz.c))
MOCK_TESTS := $(patsubst %,$(BUILD)/tests/e1000_%_test,driver rx setup settings xmit)
MOCK_OBJ   := $(call obj,$(wildcard tests/mock/*.c driver/e1000*.c) $(POLICY_SRC) model/defs.c)
# Drivers of the 82576 over single modules of its model.
IGB_TESTS  := $(patsubst %,$(BUILD)/tests/igb_%_test,hw mbx)
IGB_OBJ    := $(call obj,$(wildcard tests/igb/*.c) $(patsubst %,driver/igb_%.c,hw nvm phy mbx pool) driver/igbvf_mbx.c \
                         hostbridge/coro.c model/mailbox.c model/defs.c model/defs_82576.c)
# The same drivers whole, over a world of their own.
IGBDEV_TESTS := $(patsubst %,$(BUILD)/tests/%_test,igb_driver igb_ring igb_settings igbvf_driver)
IGBDEV_OBJ := $(call obj,$(wildcard tests/igbdev/*.c driver/igb*.c) tests/igb/igb_chip.c driver/e1000_itr.c $(POLICY_SRC) \
                         model/mailbox.c model/defs.c model/defs_82576.c)
TEST_AUX   := $(call obj,$(filter-out %_test.c %_fuzz.c,$(wildcard tests/*.c)))

# Builds of their own: CC, OPT and SAN of each. The one for address errors is clang's, so that every file has passed both
# compilers. What the fuzzer wants to see of every comparison makes code three times as slow: only its own targets have it.
SUB   = $(MAKE) --no-print-directory $(if $(filter -j%,$(MAKEFLAGS)),,-j$(JOBS))
ASAN  = $(SUB) BUILD=$(BUILD)/asan CC=clang OPT=-O1 SAN='-fsanitize=address,undefined -fno-sanitize-recover=all'
FUZZ  = $(SUB) BUILD=$(BUILD)/fuzz CC=clang OPT=-O1 SAN='-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all'
UBSAN = $(SUB) BUILD=$(BUILD)/ubsan OPT=-O1 SAN='-fsanitize=undefined -fno-sanitize-recover=all'
COV   = $(SUB) BUILD=$(BUILD)/cov OPT=-O0 SAN=--coverage
RUN   = @BUILD=$(BUILD) JOBS=$(JOBS) SEED=$(TEST_SEED) FUZZ_SECONDS=$(FUZZ_SECONDS) DEFS="$(DEFS)" DEFS_82576="$(DEFS_82576)" \
        sh tests/run.sh

.DEFAULT_GOAL := all
.SECONDARY:
.DELETE_ON_ERROR:

all: $(BUILD)/moderato $(BUILD)/e1000.so $(BUILD)/igb.so $(BUILD)/igbvf.so $(BUILD)/virtio_net.so $(BUILD)/netfront.so ## build build/moderato, and drivers as shared objects

$(BUILD)/obj/%.o: %.c $(BUILD)/flags
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

# Changes when the compiler's options, the name of the directory (dependencies know it by that name) or the list of objects do.
$(BUILD)/flags: FORCE
	@mkdir -p $(BUILD)
	@echo '$(BUILD): $(CC) $(CPPFLAGS) $(CFLAGS)' | cmp -s - $@ || echo '$(BUILD): $(CC) $(CPPFLAGS) $(CFLAGS)' >$@
$(BUILD)/objects: FORCE
	@mkdir -p $(BUILD)
	@echo '$(LIB_OBJ)' | cmp -s - $@ || echo '$(LIB_OBJ)' >$@

$(BUILD)/gen/profiles.c: hostbridge/profiles/embed.awk $(wildcard hostbridge/profiles/*.ini)
	@mkdir -p $(@D)
	$(Q)$(AWK) -f $^ >$@
$(BUILD)/obj/gen/profiles.o: $(BUILD)/gen/profiles.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

$(BUILD)/moderato: $(MAIN_OBJ) $(LIB_OBJ)
	$(call say,LINK,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/libmoderato.a: $(LIB_OBJ) $(BUILD)/objects
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $(LIB_OBJ)

# The C engine alone, for other programs: what `make install` installs.
MODEL_LIB := $(BUILD)/lib/libmoderato.a $(BUILD)/lib/libmoderato.so.$(VERSION)
$(BUILD)/pic/%.o: %.c $(BUILD)/flags
	$(call say,CC,$< (PIC))
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -fPIC -c -o $@ $<
$(BUILD)/lib/libmoderato.a: $(MODEL_SRC:%.c=$(BUILD)/pic/%.o)
	@mkdir -p $(@D)
	$(Q)rm -f $@ && $(AR) rcs $@ $^
$(BUILD)/lib/libmoderato.so.$(VERSION): $(MODEL_SRC:%.c=$(BUILD)/pic/%.o)
	@mkdir -p $(@D)
	$(Q)$(CC) $(OPT) $(SAN) -shared -Wl,-soname,libmoderato.so.$(SOVERSION) -o $@ $^ $(shell pkg-config --libs libdeflate)

# Drivers for --driver FILE.so. Hidden symbols: its calls among itself must not be taken over by the program's.
IGB_RING_SRC := driver/igb_ring.c driver/igb_rx.c driver/igb_tx.c driver/igb_itr.c driver/e1000_itr.c $(POLICY_SRC)
$(BUILD)/e1000.so: $(wildcard driver/e1000*.c) $(POLICY_SRC) model/defs.c
$(BUILD)/igb.so: $(sort $(filter-out driver/igbvf%,$(wildcard driver/igb*.c)) $(IGB_RING_SRC))
$(BUILD)/igbvf.so: $(sort $(wildcard driver/igbvf*.c) $(IGB_RING_SRC))
$(BUILD)/virtio_net.so: $(wildcard driver/virtio*.c)
$(BUILD)/netfront.so: $(wildcard driver/netfront*.c)
$(BUILD)/e1000.so $(BUILD)/igb.so $(BUILD)/igbvf.so $(BUILD)/virtio_net.so $(BUILD)/netfront.so: $(wildcard driver/*.h rtl/*.def) rtl/defs.h rtl/defs_82576.h $(BUILD)/flags
	$(call say,LINK,$@)
	$(Q)$(CC) $(CPPFLAGS) $(filter-out -MMD -MP,$(CFLAGS)) -fPIC -shared -fvisibility=hidden -DMODERATO_DRIVER_SO -o $@ $(filter %.c,$^)

# A driver with faults, for its test.
$(BUILD)/tests/faulty.so: tests/faulty/faulty.c $(wildcard driver/e1000*.c) $(POLICY_SRC) model/defs.c $(wildcard driver/*.h rtl/*.def) rtl/defs.h $(BUILD)/flags
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(filter-out -MMD -MP,$(CFLAGS)) -fPIC -shared -fvisibility=hidden -Dos_napi_receive=faulty_receive -o $@ $(filter %.c,$^)
$(BUILD)/tests/driver_loss_test: | $(BUILD)/tests/faulty.so

$(MOCK_TESTS): $(BUILD)/tests/%_test: $(BUILD)/obj/tests/%_test.o $(MOCK_OBJ)
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ -lcmocka
$(IGB_TESTS): $(BUILD)/tests/%_test: $(BUILD)/obj/tests/%_test.o $(IGB_OBJ)
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ -lcmocka
$(IGBDEV_TESTS): $(BUILD)/tests/%_test: $(BUILD)/obj/tests/%_test.o $(IGBDEV_OBJ)
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ -lcmocka
$(BUILD)/tests/%_test: $(BUILD)/obj/tests/%_test.o $(TEST_AUX) $(BUILD)/libmoderato.a
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS) -lcmocka
$(BUILD)/tests/%_fuzz: $(BUILD)/obj/tests/%_fuzz.o $(call obj,$(wildcard model/*.c traces/*.c))
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(LDLIBS)

# A driver with faults, of the example for authors.
$(BUILD)/tests/odd_driver.so: tests/odd/odd_driver.c docs/example/mini.c driver/os.h rtl/defs.h $(wildcard rtl/*.def) $(BUILD)/flags
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(filter-out -MMD -MP,$(CFLAGS)) -fPIC -shared -fvisibility=hidden -o $@ $<
$(BUILD)/tests/driver_rules_test: | $(BUILD)/tests/odd_driver.so

$(BUILD)/bench/%: $(BUILD)/obj/tests/bench/%.o $(BUILD)/libmoderato.a
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

tests-bin: $(TESTS)
fuzz-bin: $(FUZZERS)

RTL_TEST = $(BUILD)/rtl/moderato $(BUILD)/rtl/tests/closed_form_test

# The fast build (gcc): link-time optimisation, guided by the profile of a few short runs. Same results. Only what a driver
# may call is exported: a function that is called in one place then melts into it.
FAST     = $(SUB) BUILD=$(BUILD)/fast
# Branch targets are not aligned: what a frame needs is about as large as the first-level cache.
FAST_OPT = $(OPT) -fvisibility=hidden -falign-loops=1 -falign-jumps=1 -falign-labels=1
fast: $(BUILD)/fast/stamp ## build build/fast/moderato: profile-guided, about 1.6 times as fast, same results
$(BUILD)/fast/stamp: $(wildcard */*.[ch] */*.def hostbridge/profiles/*) Makefile
	@rm -rf $(BUILD)/fast
	+$(Q)$(FAST) OPT='$(FAST_OPT) -fprofile-generate -fprofile-update=single' $(BUILD)/fast/moderato
	$(call say,TRAIN,$(BUILD)/fast/moderato)
	$(Q)for p in ideal native-2012; do for t in imix,count=30000 cbr,size=64,count=100000 poisson,size=1518,load=30,count=10000; do \
	    for r in none echo "none --iommu deferred" "none --iommu strict"; do \
	    $(BUILD)/fast/moderato replay gen:$$t --profile $$p --respond $$r --quiet || exit; done; done; done
	$(Q)for v in 0 1 8; do for t in imix,hosts=16,count=20000 cbr,size=64,hosts=8,count=60000; do for r in none echo; do \
	    $(BUILD)/fast/moderato replay gen:$$t --nic 82576 --vfs $$v --profile ideal --respond $$r --quiet || exit; done; done; done
	$(Q)for path in emulated virtio xen-pv "vf --guests 1"; do for t in imix,count=20000 cbr,size=64,count=150000; do \
	    $(BUILD)/fast/moderato replay gen:$$t --path $$path --profile ideal --respond none --quiet || exit; done; done
	+$(Q)$(FAST) OPT='$(FAST_OPT) -flto=$(JOBS) -fprofile-use -Wno-missing-profile' $(BUILD)/fast/moderato
	@touch $@

# ---- for people ---------------------------------------------------------------------------------

deps: ## install the packages that are missing to build (Debian 12)
	@sh .ci/packages build

demo: deps ## install what is missing, build, replay a sample capture
	+$(Q)$(SUB) all
	@BUILD=$(BUILD) sh lab/demo.sh

install: all fast $(MODEL_LIB) ## install below PREFIX (/usr/local); DESTDIR is honoured
	install -d $(addprefix $(DESTDIR)$(PREFIX)/,bin lib/moderato lib/pkgconfig $(addprefix include/moderato/,driver model rtl) share/man/man1)
	install -m 755 $(BUILD)/fast/moderato $(DESTDIR)$(PREFIX)/bin/
	install -m 755 $(BUILD)/e1000.so $(BUILD)/igb.so $(BUILD)/igbvf.so $(BUILD)/virtio_net.so $(BUILD)/netfront.so $(DESTDIR)$(PREFIX)/lib/moderato/
	install -m 644 $(MODEL_LIB) $(DESTDIR)$(PREFIX)/lib/
	ln -sf libmoderato.so.$(VERSION) $(DESTDIR)$(PREFIX)/lib/libmoderato.so.$(SOVERSION)
	ln -sf libmoderato.so.$(SOVERSION) $(DESTDIR)$(PREFIX)/lib/libmoderato.so
	install -m 644 model/nic.h $(DESTDIR)$(PREFIX)/include/moderato/model/
	install -m 644 driver/os.h driver/virtio_abi.h driver/xen_netif.h $(DESTDIR)$(PREFIX)/include/moderato/driver/
	install -m 644 rtl/defs.h rtl/defs_82576.h $(wildcard rtl/*.def) $(DESTDIR)$(PREFIX)/include/moderato/rtl/
	install -d $(DESTDIR)$(PREFIX)/share/moderato
	install -m 644 rtl/nic_82540em.gtkw rtl/nic_82576.gtkw $(DESTDIR)$(PREFIX)/share/moderato/
	install -m 644 docs/moderato.1 $(DESTDIR)$(PREFIX)/share/man/man1/
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@VERSION@|$(VERSION)|' model/moderato.pc.in \
	    >$(DESTDIR)$(PREFIX)/lib/pkgconfig/moderato.pc

# ---- tests --------------------------------------------------------------------------------------

test: ## install what is missing, build, run all tests
	@sh .ci/packages build test rtl
	+$(Q)$(SUB) all tests-bin
	+$(Q)$(SUB) $(RTL_TEST)
	+$(Q)$(ASAN) all tests-bin
	+$(Q)$(FUZZ) fuzz-bin
	$(RUN) rtl fuzz unit shell asan

mutants: ## plant the faults of tests/mutants.tsv one at a time (NIC=82576: those of that device); lockstep must find each; rewrites the tables of docs/mutants.md
	@sh .ci/packages build rtl
	+$(Q)$(SUB) $(BUILD)/rtl/moderato
	@BUILD=$(BUILD) JOBS=$(JOBS) SEED=$(SEED) sh tests/mutants.sh $(if $(filter command,$(origin NIC)),--nic $(NIC)) docs/mutants.md

test-long: ## whole sample traces and all closed forms on the RTL; long
	@sh .ci/packages build test rtl
	+$(Q)$(SUB) all tests-bin
	+$(Q)$(SUB) $(RTL_TEST)
	BUILD=$(BUILD) SEED=$(SEED) NIC=82540em sh tests/rtl_test.sh long
	BUILD=$(BUILD) SEED=$(SEED) NIC=82576 sh tests/rtl_test.sh long

reproductions: $(BUILD)/moderato ## published experiments, every claim against tests/reproductions.tsv; minutes
	$(Q)sh tests/reproductions.sh $(BUILD)/moderato

isolation-long: ## a VF in hostile hands beside seven others: ISO_SEEDS (400) devices, ISO_ACCESSES (25000) accesses to each, from SEED on
	@sh .ci/packages build test
	+$(Q)$(SUB) $(BUILD)/tests/igb_isolation_test
	@SEED=$(SEED) ISO_SEEDS=$(or $(ISO_SEEDS),400) ISO_ACCESSES=$(or $(ISO_ACCESSES),25000) $(BUILD)/tests/igb_isolation_test

IOMMU_LONG := $(patsubst %,$(BUILD)/tests/%_test,iommu_walk iommu_hostile dma_map)
iommu-long: ## the IOMMU against its reference, a hostile VF, unmapping: IOMMU_TESTS (1000) percent of make test, from SEED on
	@sh .ci/packages build test
	+$(Q)$(SUB) $(IOMMU_LONG)
	@for t in $(IOMMU_LONG); do SEED=$(SEED) IOMMU_TESTS=$(or $(IOMMU_TESTS),1000) $$t || exit; done

lockstep-long: ## RTL beside the model, NIC, LOCKSTEP_CYCLES (10^9) random cycles from SEED on
	@sh .ci/packages build rtl
	+$(Q)$(SUB) $(BUILD)/rtl/moderato
	@BUILD=$(BUILD) JOBS=$(JOBS) NIC=$(NIC) SEED=$(SEED) sh tests/lockstep_long.sh

asan: ## unit tests with clang's AddressSanitizer and UBSan, and the fuzz runs
	@sh .ci/packages build test
	+$(Q)$(ASAN) all tests-bin
	+$(Q)$(FUZZ) fuzz-bin
	$(RUN) fuzz asan

ubsan: ## unit tests with UBSan of the default compiler
	@sh .ci/packages build test
	+$(Q)$(UBSAN) all tests-bin
	$(RUN) ubsan

check: ## generated files fresh, format, lint, unit tests without the slow ones
	@sh .ci/packages build test dev
	+$(Q)$(SUB) all tests-bin
	$(RUN) lint quick

cov: ## line coverage of the unit tests, per room
	@sh .ci/packages build test dev
	+$(Q)$(COV) all tests-bin
	@find $(BUILD)/cov -name '*.gcda' -delete
	$(RUN) cov; status=$$?; BUILD=$(BUILD) sh tests/cov.sh && exit $$status

bench: ## speed of the simulator, C model and RTL; rewrites the tables of docs/performance.md
	@sh .ci/packages build rtl
	+$(Q)$(SUB) fast $(BUILD)/rtl/moderato $(BUILD)/bench/iommu $(BUILD)/bench/cores
	@BUILD=$(BUILD)/fast RTL=$(BUILD)/rtl/moderato IOMMU=$(BUILD)/bench/iommu CORES=$(BUILD)/bench/cores bash tests/bench.sh docs/performance.md

instructions: ## instructions that a frame takes, by path, the same however busy the machine; rewrites their table in docs/performance.md
	@sh .ci/packages build dev
	+$(Q)$(SUB) fast
	@BUILD=$(BUILD)/fast sh tests/instructions.sh docs/performance.md

# Two lists, in this order: they are named in the generated files.
DEFS := rtl/regs_82540em.def rtl/nic_params.def rtl/nic_codes.def rtl/nic_pins.def rtl/pci_config_82540em.def \
        rtl/desc_82540em.def rtl/phy_88e1011.def rtl/eeprom_82540em.def
DEFS_82576 := rtl/nic_params_82576.def rtl/regs_82576.def rtl/pci_config_82576.def rtl/desc_82576.def rtl/phy_igp3.def \
              rtl/nvm_82576.def

gen: $(BUILD)/moderato ## rewrite what is generated and committed: rtl/nic*_pkg.sv, tables of the manual, manual page
	@mkdir -p $(BUILD)/gen
	$(Q)$(AWK) -f rtl/gen.awk $(DEFS) >$(BUILD)/gen/nic_pkg.sv && cp $(BUILD)/gen/nic_pkg.sv rtl/
	$(Q)$(AWK) -f rtl/gen.awk $(DEFS_82576) >$(BUILD)/gen/nic_82576_pkg.sv && cp $(BUILD)/gen/nic_82576_pkg.sv rtl/
	$(Q)$(AWK) -v manual=1 -f rtl/gen.awk $(DEFS) $(DEFS_82576) docs/manual.md >$(BUILD)/gen/manual.md && cp $(BUILD)/gen/manual.md docs/
	$(Q)$(BUILD)/moderato help --man >$(BUILD)/gen/moderato.1 && cp $(BUILD)/gen/moderato.1 docs/

pictures: $(BUILD)/moderato ## redraw the pictures of docs/paths.md
	@sh .ci/packages test
	$(Q)sh docs/sequence.sh $(BUILD)/moderato docs/img

format: ## clang-format over all sources
	@sh .ci/packages dev
	clang-format -i $(wildcard */*.[ch] */*/*.[ch])

clean: ## remove build/
	rm -rf $(BUILD)

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

-include $(wildcard $(BUILD)/obj/*/*.d $(BUILD)/obj/*/*/*.d $(BUILD)/rtl/chip*.d)
.PHONY: all fast tests-bin fuzz-bin deps demo install test asan ubsan check cov bench gen pictures instructions format isolation-long iommu-long reproductions clean help FORCE
FORCE:


# ---- RTL ----------------------------------------------------------------------------------------

# Verilator's own makefile calls Python to join its sources, unless it builds them in parallel.
RTL_PKG     := rtl/nic_pkg.sv rtl/nic_82576_pkg.sv
RTL         := $(filter-out $(RTL_PKG),$(sort $(wildcard rtl/*.sv)))
RTL_MODULES ?= $(patsubst tests/rtl/%_lockstep.cpp,%,$(wildcard tests/rtl/*_lockstep.cpp))
RTL_SEEDS   ?= 5
RTL_CYCLES  ?= 1000000
VERILATE     = env -u MAKEFLAGS verilator --cc --exe --build --assert --x-initial unique \
               -MAKEFLAGS 'PYTHON3=/bin/false VM_PARALLEL_BUILDS=1' -O3 -CFLAGS '-O2 -I$(CURDIR) -I$(CURDIR)/rtl' \
               -LDFLAGS '$(shell pkg-config --libs libdeflate)' -y rtl

rtl-lint: ## Verilator's warnings and Yosys' acceptance of all rtl/*.sv
	@sh .ci/packages rtl
	$(Q)for f in $(RTL); do echo "  LINT    $$f"; \
	    verilator --lint-only -Wall -y rtl --top-module $$(basename $$f .sv) rtl/lint.vlt $(RTL_PKG) $$f || exit; done
	$(call say,YOSYS,rtl/*.sv)
	$(Q)yosys -q -p 'read_verilog -sv $(RTL_PKG) $(RTL); hierarchy -check; proc; check -assert; select -assert-none t:$$dlatch'

$(BUILD)/rtl/%/lockstep: tests/rtl/%_lockstep.cpp tests/rtl/lockstep.h rtl/%.sv $(RTL_PKG) rtl/lint.vlt $(BUILD)/libmoderato.a
	$(call say,VERILATE,$*)
	@mkdir -p $(@D)
	$(Q)$(VERILATE) -Mdir $(@D) --top-module $* -o lockstep rtl/lint.vlt $(RTL_PKG) rtl/$*.sv \
	    $(abspath $<) $(abspath $(BUILD)/libmoderato.a) -LDFLAGS -ldeflate >$(@D)/log 2>&1 || { cat $(@D)/log; exit 1; }
	@touch $@

$(BUILD)/rtl/desc_ring/lockstep: rtl/ring_flush.sv
$(BUILD)/rtl/desc_ring_82576/lockstep: rtl/desc_ring.sv rtl/ring_flush.sv tests/rtl/desc_ring_lockstep.cpp
$(BUILD)/rtl/ring_arbiter/lockstep: rtl/ring_pick.sv
$(BUILD)/rtl/packet_buffer/lockstep: rtl/frame_list.sv
$(BUILD)/rtl/l2_switch/lockstep: rtl/frame_list.sv rtl/pool_filter.sv
$(BUILD)/rtl/phy/lockstep $(BUILD)/rtl/phy_igp3/lockstep: rtl/phy_core.sv
MAC_RX := $(addprefix rtl/,mac_rx_front.sv mac_rx_verdict.sv mac_control.sv offload_rx.sv)
$(BUILD)/rtl/mac_rx/lockstep: $(MAC_RX) rtl/rx_filter.sv
$(BUILD)/rtl/mac_rx_82576/lockstep: $(MAC_RX) rtl/rss.sv rtl/pool_filter.sv rtl/lli_filter.sv tests/rtl/mac_rx_lockstep.cpp
$(BUILD)/rtl/tx_dma/lockstep $(BUILD)/rtl/tx_dma_82576/lockstep: rtl/tx_issue.sv rtl/tx_assemble.sv rtl/tx_align.sv rtl/tx_header.sv rtl/offload_tx.sv
$(BUILD)/rtl/tx_dma_82576/lockstep: rtl/tx_dma.sv rtl/tx_advanced.sv rtl/tx_head.sv tests/rtl/tx_dma_lockstep.cpp
$(BUILD)/rtl/eitr/lockstep: rtl/eitr_gate.sv
$(BUILD)/rtl/stats_82576/lockstep: rtl/stats.sv
$(BUILD)/rtl/regs_82576/lockstep: rtl/vf_view.sv

lockstep-modules: ## RTL of single modules beside the C ones: RTL_MODULES, SEED, RTL_SEEDS, RTL_CYCLES
	@sh .ci/packages build rtl
	+$(Q)$(SUB) $(RTL_MODULES:%=$(BUILD)/rtl/%/lockstep)
	$(Q)for m in $(RTL_MODULES); do $(BUILD)/rtl/$$m/lockstep $(SEED) $(RTL_SEEDS) $(RTL_CYCLES) || exit; done

# The whole chips as C++, and the program with both engines. No assertions and no waves in them: those are the harness' own.
VERILATOR_INC = $(shell verilator --getenv VERILATOR_ROOT 2>/dev/null)/include
CHIPS     := 82540em 82576
CHIP_OBJ  := $(CHIPS:%=$(BUILD)/rtl/chip_%.o) $(BUILD)/rtl/chip.o $(CHIPS:%=$(BUILD)/rtl/chip_%/chip.a) $(BUILD)/rtl/verilated.o $(BUILD)/rtl/verilated_threads.o
# clang needs a third of the time for these files, and its code is no slower.
CHIP_CC   ?= $(or $(if $(shell command -v clang++),clang++),$(CXX))
CHIP_OPT  ?= -O2
CHIP_FLAGS ?=
CHIP_CXX   = $(CXX) $(CPPFLAGS) -isystem $(VERILATOR_INC) -isystem $(VERILATOR_INC)/vltstd -O2 -std=c++17 -Wall -Wextra -Wno-missing-field-initializers -Werror -MMD -MP
# C++ that comes out as it was keeps its object: most changes of the RTL touch a few of the files.
$(BUILD)/rtl/chip_%/chip.a: $(RTL) $(RTL_PKG) rtl/lint.vlt
	$(call say,VERILATE,nic_$*)
	@rm -rf $(@D).new && mkdir -p $(@D)
	$(Q)verilator --cc -O3 --x-initial unique $(CHIP_FLAGS) -y rtl -Mdir $(@D).new --top-module nic_$* \
	    rtl/lint.vlt $(if $(filter 82540em,$*),rtl/nic_pkg.sv,$(RTL_PKG)) rtl/nic_$*.sv >$(@D).log 2>&1 || { cat $(@D).log; exit 1; }
	$(Q)cd $(@D).new && { cmp -s Vnic_$*.mk ../chip_$*/Vnic_$*.mk || rm -f ../chip_$*/*.o; } && \
	    for f in *; do cmp -s $$f ../chip_$*/$$f || mv $$f ../chip_$*/ || exit; done && rm -rf ../chip_$*.new ../chip_$*/*.a
	+$(Q)$(MAKE) --no-print-directory -C $(@D) -f Vnic_$*.mk Vnic_$*__ALL.a PYTHON3=/bin/false VM_PARALLEL_BUILDS=1 \
	    CXX='$(CHIP_CC)' OPT_FAST='$(CHIP_OPT)' OPT_GLOBAL='$(CHIP_OPT)' >>$(@D).log 2>&1 || { cat $(@D).log; exit 1; }
	@mv $(@D)/Vnic_$*__ALL.a $@
# Headers come with it: after it has been made, make looks at them again.
$(foreach c,$(CHIPS),$(eval $(BUILD)/rtl/chip_$(c)/%.h: $(BUILD)/rtl/chip_$(c)/chip.a ;))
$(BUILD)/rtl/chip_%.o: hostbridge/rtl/chip_%.cpp hostbridge/pin_dev.h model/state.h | $(BUILD)/rtl/chip_%/chip.a
	$(call say,CXX,$<)
	$(Q)$(CHIP_CXX) -I$(BUILD)/rtl/chip_$* -c -o $@ $<
$(BUILD)/rtl/chip.o: hostbridge/rtl/chip.cpp hostbridge/pin_dev.h model/state.h
	$(call say,CXX,$<)
	@mkdir -p $(@D)
	$(Q)$(CHIP_CXX) -c -o $@ $<
$(BUILD)/rtl/%.o: $(VERILATOR_INC)/%.cpp
	@mkdir -p $(@D)
	$(Q)$(CXX) -I$(VERILATOR_INC) -O2 -c -o $@ $<
$(BUILD)/rtl/moderato: $(MAIN_OBJ) $(LIB_OBJ) $(CHIP_OBJ)
	$(call say,LINK,$@)
	$(Q)$(CXX) $(LDFLAGS) -o $@ $^ $(LDLIBS) -lpthread

# Unit tests that can also be run with TEST_ENGINE=rtl.
$(BUILD)/rtl/tests/%_test: $(BUILD)/obj/tests/%_test.o $(TEST_AUX) $(BUILD)/libmoderato.a $(CHIP_OBJ)
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CXX) $(LDFLAGS) -o $@ -Wl,--start-group $^ -Wl,--end-group $(LDLIBS) -lcmocka -lpthread

rtl: ## build build/rtl/moderato: the same program with --engine rtl, the Verilated chip
	@sh .ci/packages build rtl
	+$(Q)$(SUB) $(BUILD)/rtl/moderato

# The same benches against what Yosys reads: 0.23 takes some things for others without a word (an array of structs for one
# struct). Before its optimizations, because this is about reading. Not eeprom and the PHYs, whose benches look at parameters.
NETLISTS ?= $(filter-out eeprom phy phy_igp3,$(RTL_MODULES))
$(BUILD)/netlist/%/lockstep: tests/rtl/%_lockstep.cpp tests/rtl/lockstep.h $(RTL) $(RTL_PKG) rtl/lint.vlt $(BUILD)/libmoderato.a
	$(call say,NETLIST,$*)
	@rm -rf $(@D) && mkdir -p $(@D)
	$(Q)yosys -q -l $(@D)/yosys.log -p "read_verilog -sv $(RTL_PKG) rtl/$*.sv; hierarchy -check -top $* -libdir rtl; \
	    proc; flatten; opt_clean; memory -nomap; write_verilog -noattr $(@D)/$*.v"
	$(Q)$(VERILATE) -Wno-lint -Wno-style -Wno-fatal -Mdir $(@D) --top-module $* -o lockstep rtl/lint.vlt $(@D)/$*.v \
	    $(abspath $<) $(abspath $(BUILD)/libmoderato.a) -LDFLAGS -ldeflate >$(@D)/log 2>&1 || { cat $(@D)/log; exit 1; }
	@touch $@

lockstep-netlist: ## as lockstep-modules, with the modules as Yosys reads them
	@sh .ci/packages build rtl
	+$(Q)$(SUB) $(NETLISTS:%=$(BUILD)/netlist/%/lockstep)
	$(Q)for m in $(NETLISTS); do $(BUILD)/netlist/$$m/lockstep $(SEED) $(RTL_SEEDS) $(RTL_CYCLES) || exit; done

formal: ## proofs of irq, throttle, timers, mailbox and msix, each with a planted bug; rewrites the tables of docs/formal.md
	@sh .ci/packages rtl
	$(Q)BUILD=$(BUILD) sh tests/formal/run.sh docs/formal.md

synth: ## Yosys for ECP5 and generic gates, all rtl/*.sv (or SYNTH_MODULES); rewrites the table of docs/synthesis.md
	@sh .ci/packages rtl
	$(Q)BUILD=$(BUILD) sh tests/synth/run.sh docs/synthesis.md $(SYNTH_MODULES)

.PHONY: rtl rtl-lint lockstep-modules lockstep-netlist formal synth
# ---- end of RTL ---------------------------------------------------------------------------------

# ---- SystemC ------------------------------------------------------------------------------------

# Not part of the library: one object a source, compared with the same host program without SystemC.
TLM_ENGINE ?= model
TLM_DEMO = $(BUILD)/tlm/demo-tlm-$(TLM_ENGINE)
TLM_TRACE  ?= gen:imix,count=2000
$(BUILD)/tlm/demo-plain: $(call obj,hostbridge/tlm/demo_plain.c hostbridge/tlm/demo_rx.c) $(BUILD)/libmoderato.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)
$(BUILD)/tlm/demo-tlm-rtl: $(CHIP_OBJ)
$(BUILD)/tlm/demo-tlm-%: hostbridge/tlm/demo_tlm.cpp hostbridge/tlm/nic_tlm.h \
                       $(call obj,hostbridge/tlm/demo_rx.c) $(BUILD)/libmoderato.a
	$(call say,CXX,$<)
	@mkdir -p $(@D)
	$(Q)$(CXX) $(CPPFLAGS) -O2 -g -std=c++17 -Wall -Wextra -Werror -o $@ -Wl,--start-group $(filter-out %.h,$^) -Wl,--end-group $(LDLIBS) -lsystemc

tlm-demo: ## a SystemC platform receives a trace through the TLM-2.0 module; its log must equal that without SystemC
	@sh .ci/packages build tlm
	+$(Q)$(SUB) $(BUILD)/tlm/demo-plain $(TLM_DEMO)
	$(Q)$(BUILD)/tlm/demo-plain $(BUILD)/tlm/plain.log $(TLM_TRACE)
	$(Q)SYSTEMC_DISABLE_COPYRIGHT_MESSAGE=1 $(TLM_DEMO) $(BUILD)/tlm/tlm.log $(TLM_TRACE) $(TLM_ENGINE)
	$(Q)for log in plain tlm; do LC_ALL=C sort -s -n $(BUILD)/tlm/$$log.log >$(BUILD)/tlm/$$log.sorted; done
	$(Q)cmp $(BUILD)/tlm/plain.sorted $(BUILD)/tlm/tlm.sorted && echo "equal logs: $$(wc -l <$(BUILD)/tlm/tlm.sorted) events"

.PHONY: tlm-demo
