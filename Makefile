# SPDX-License-Identifier: Apache-2.0
# One Makefile, no recursion into rooms, no Python. `make help` lists the targets.

BUILD   ?= build
PREFIX  ?= /usr/local
DESTDIR ?=
CC      ?= cc
AWK     ?= awk
OPT     ?= -O3
SAN     ?=
V       ?= 0
VERSION := $(shell sed -n 's/^\#\# \([0-9][0-9.]*\).*/\1/p' CHANGELOG.md | head -n 1)
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
LDLIBS    = $(shell pkg-config --libs $(PKGS)) -ldl

# ---- what is built ------------------------------------------------------------------------------

MODEL_SRC := $(wildcard model/*.c)
HOST_SRC  := $(wildcard driver/*.c hostbridge/*.c traces/*.c) $(filter-out lab/main.c,$(wildcard lab/*.c))
obj        = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))
LIB_OBJ   := $(call obj,$(MODEL_SRC) $(HOST_SRC)) $(BUILD)/obj/gen/profiles.o
MAIN_OBJ  := $(BUILD)/obj/lab/main.o

# A test is tests/NAME_test.c; other files of tests/ are helpers, linked into all. The driver tests have a mock os instead
# of the host bridge; fuzz targets are built by themselves.
TESTS      := $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/*_test.c))
MOCK_TESTS := $(patsubst %,$(BUILD)/tests/e1000_%_test,driver rx setup settings xmit)
MOCK_OBJ   := $(call obj,$(wildcard tests/mock/*.c driver/e1000*.c) model/defs.c)
TEST_AUX   := $(call obj,$(filter-out %_test.c %_fuzz.c,$(wildcard tests/*.c)))

.DEFAULT_GOAL := all
.SECONDARY:
.DELETE_ON_ERROR:

all: $(BUILD)/moderato $(BUILD)/e1000.so ## build build/moderato and the driver as a shared object

$(BUILD)/obj/%.o: %.c $(BUILD)/flags
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

$(BUILD)/flags: FORCE
	@mkdir -p $(BUILD)
	@echo '$(CC) $(CPPFLAGS) $(CFLAGS)' | cmp -s - $@ || echo '$(CC) $(CPPFLAGS) $(CFLAGS)' >$@

$(BUILD)/gen/profiles.c: hostbridge/profiles/embed.awk $(wildcard hostbridge/profiles/*.ini)
	@mkdir -p $(@D)
	$(Q)$(AWK) -f $^ >$@
$(BUILD)/obj/gen/profiles.o: $(BUILD)/gen/profiles.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

$(BUILD)/moderato: $(MAIN_OBJ) $(LIB_OBJ)
	$(call say,LINK,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

# The driver for --driver FILE.so. Hidden symbols: its calls among itself must not be taken over by the program's.
$(BUILD)/e1000.so: $(wildcard driver/e1000*.c driver/*.h rtl/*.def) model/defs.h model/defs.c $(BUILD)/flags
	$(call say,LINK,$@)
	$(Q)$(CC) $(CPPFLAGS) $(filter-out -MMD -MP,$(CFLAGS)) -fPIC -shared -fvisibility=hidden -DMODERATO_DRIVER_SO -o $@ $(filter %.c,$^)

$(MOCK_TESTS): $(BUILD)/tests/%_test: $(BUILD)/obj/tests/%_test.o $(MOCK_OBJ)
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ -lcmocka
$(BUILD)/tests/%_test: $(BUILD)/obj/tests/%_test.o $(TEST_AUX) $(LIB_OBJ)
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS) -lcmocka -lm

tests-bin: $(TESTS)

clean: ## remove build/
	rm -rf $(BUILD)

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

-include $(wildcard $(BUILD)/obj/*/*.d $(BUILD)/obj/*/*/*.d)
.PHONY: all tests-bin clean help FORCE
FORCE:
