# wiretape: `make demo` and `make check` are all that a newcomer needs; `make help` lists the rest.
VERSION := 0.1.0
PREFIX ?= /usr/local
BUILD ?= build
CC ?= gcc
V ?= 0
Q := $(if $(filter 1,$(V)),,@)

WARN := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2 -Wundef
HARDEN := -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fPIE -fno-strict-aliasing
CFLAGS ?= -O2 -g
ALL_CFLAGS = -std=c17 -D_GNU_SOURCE -I. -I$(BUILD) $(WARN) $(HARDEN) -DWIRETAPE_VERSION='"$(VERSION)"' \
	-DWIRETAPE_DATADIR='"$(PREFIX)/share/wiretape"' $(CFLAGS)
ALL_LDFLAGS = -pie -Wl,-z,relro,-z,now $(LDFLAGS)
LIBS := -lpcap -lzstd -lz -lsqlite3 -lpthread -lm

ENGINE := $(wildcard analyze/engine/*.c)
SOURCE := $(wildcard analyze/source/*.c)
STORE := $(wildcard store/*.c)
CMD := $(wildcard analyze/cmd/*.c)
EMBEDDED := $(sort $(wildcard store/*.sql store/queries/*.sql plots/*.sql plots/*.gp analyze/cmd/*.sql))
obj = $(patsubst %.c,$(BUILD)/%.o,$(1))

.PHONY: all
all: $(BUILD)/wiretape

$(BUILD)/wiretape: $(call obj,$(ENGINE) $(SOURCE) $(STORE) $(CMD)) $(BUILD)/store/sql_data.o
	@echo "  LD    $@"
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/store/sql_data.c: store/embed.sh $(EMBEDDED)
	@mkdir -p $(@D)
	@echo "  SQL   $@"
	$(Q)sh store/embed.sh $@ $(EMBEDDED)

$(BUILD)/store/sql_data.o: $(BUILD)/store/sql_data.c
	$(Q)$(CC) $(ALL_CFLAGS) -Wno-overlength-strings -c -o $@ $<

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC    $<"
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

BENCH := $(wildcard tests/bench/*.c)
$(BUILD)/tests/bench/generate: $(call obj,$(BENCH))
	@echo "  LD    $@"
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^

.PHONY: bench bench-quick
bench bench-quick: $(BUILD)/wiretape $(BUILD)/tests/bench/generate
	$(Q)BUILD=$(BUILD) tests/bench/run $(if $(filter bench-quick,$@),--quick)
