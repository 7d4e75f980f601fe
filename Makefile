# SPDX-License-Identifier: Apache-2.0
# One Makefile, no recursion into subdirectories, no Python. `make help` lists the targets.

BUILD   ?= build
PREFIX  ?= /usr/local
CC      ?= cc
AR      ?= ar
AWK     ?= awk
OPT     ?= -O3
SAN     ?=
VERSION := $(shell sed -n 's/^\#\# \([0-9][0-9.]*\).*/\1/p' CHANGELOG.md 2>/dev/null | head -n 1)

PKGS     := libpcap jansson libdeflate libcrypto
WARN     := -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wstrict-prototypes -Wno-sign-conversion
CPPFLAGS += -I. -Irtl -D_GNU_SOURCE -DMODERATO_VERSION='"$(VERSION)"'
CFLAGS   ?= $(OPT) -g
CFLAGS   += -std=c11 $(WARN) -Werror -fno-strict-aliasing -MMD -MP $(SAN)
LDFLAGS  += -rdynamic $(SAN)
LDLIBS    = $(shell pkg-config --libs $(PKGS)) -ldl -pthread
CFLAGS   += $(shell pkg-config --cflags $(PKGS) 2>/dev/null)

MODEL_SRC := $(wildcard model/*.c)
LIB_SRC   := $(MODEL_SRC) $(wildcard driver/*.c hostbridge/*.c traces/*.c) $(filter-out lab/main.c,$(wildcard lab/*.c))
LIB_OBJ   := $(LIB_SRC:%.c=$(BUILD)/obj/%.o)
MODEL_OBJ := $(MODEL_SRC:%.c=$(BUILD)/obj/%.o)
MAIN_OBJ  := $(BUILD)/obj/lab/main.o
TEST_SRC  := $(wildcard tests/*_test.c)
TESTS     := $(TEST_SRC:tests/%.c=$(BUILD)/tests/%)
TEST_AUX  := $(patsubst tests/%.c,$(BUILD)/obj/tests/%.o,$(filter-out $(TEST_SRC) $(wildcard tests/*_fuzz.c),$(wildcard tests/*.c)))

.DEFAULT_GOAL := all
.SECONDARY:
.DELETE_ON_ERROR:

all: $(BUILD)/moderato ## build build/moderato and the driver shared object

$(BUILD)/obj/%.o: %.c | $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

# Rebuild everything when the flags change.
$(BUILD)/flags: FORCE
	@mkdir -p $(BUILD)
	@echo '$(CC) $(CPPFLAGS) $(CFLAGS)' | cmp -s - $@ || echo '$(CC) $(CPPFLAGS) $(CFLAGS)' >$@
FORCE:
$(LIB_OBJ) $(MAIN_OBJ) $(TEST_AUX): $(BUILD)/flags

$(BUILD)/libmoderato-host.a: $(LIB_OBJ)
	@rm -f $@
	$(AR) rcs $@ $^
$(BUILD)/libmoderato.a: $(MODEL_OBJ)
	@rm -f $@
	$(AR) rcs $@ $^

$(BUILD)/moderato: $(MAIN_OBJ) $(LIB_OBJ)
	$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/tests/%_test: $(BUILD)/obj/tests/%_test.o $(TEST_AUX) $(LIB_OBJ)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS) -lcmocka -lm

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

clean: ## remove build/
	rm -rf $(BUILD)

-include $(wildcard $(BUILD)/obj/*/*.d)
.PHONY: all help clean FORCE
