# wiretape: `make demo` and `make check` are all that a newcomer needs; `make help` lists the rest.
VERSION := 0.1.0
PREFIX ?= /usr/local
BUILD ?= build
CC := $(if $(filter default,$(origin CC)),gcc,$(CC))
V ?= 0
Q := $(if $(filter 1,$(V)),,@)

WARN := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2 -Wundef
HARDEN := -fstack-protector-strong -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fPIE -fno-strict-aliasing
CFLAGS ?= -O2 -g
ALL_CFLAGS = -std=c17 -D_GNU_SOURCE -I. $(WARN) $(HARDEN) -DWIRETAPE_VERSION='"$(VERSION)"' $(CFLAGS)
ALL_LDFLAGS = $(if $(LTO),-fno-lto) -pie -Wl,-z,relro,-z,now $(CFLAGS) $(LDFLAGS)
# The programs are optimised as a whole, which makes the analysis 7 to 17 % faster; tests link the same objects as they are. With
# other flags than ours, or another compiler, there is none of that.
LTO := $(if $(filter file,$(origin CFLAGS)),$(if $(filter gcc,$(CC)),-flto=auto -ffat-lto-objects))
LIBS := -lpcap -lzstd -lz -lsqlite3 -linih -lcap-ng -lpthread -lm

RECORDER := capture/wiretaped.c
LIBRARY := $(wildcard analyze/engine/*.c analyze/engine/*/*.c analyze/source/*.c store/*.c) $(filter-out $(RECORDER),$(wildcard capture/*.c))
CMD := $(wildcard analyze/cmd/*.c analyze/cmd/*/*.c)
BENCH := $(filter-out tests/bench/flood.c,$(wildcard tests/bench/*.c))
TESTS := $(wildcard tests/test_*.c)
TRACE_PCAP := $(BUILD)/tests/trace_pcap
TEST_HELP := $(filter-out $(TESTS) tests/trace_pcap.c tests/document_text.c,$(wildcard tests/*.c))
EMBEDDED := $(sort $(wildcard store/*.sql store/queries/*.sql store/findings/*.sql store/migrations/*.sql plots/*.sql plots/*.gp plots/report/*.sql plots/report/*.css analyze/cmd/*.sql capture/*.conf))
TEST_PROGRAMS := $(TESTS:%.c=$(BUILD)/%)
LAB_PROGRAMS := $(addprefix $(BUILD)/tests/lab/,wire traffic thin skew)
RECORDER_TEST := $(BUILD)/tests/recorder/numbered $(BUILD)/tests/recorder/shim.so
FLOOD := $(BUILD)/tests/bench/flood
obj = $(patsubst %.c,$(BUILD)/%.o,$(1))

# Packages of Debian 12: to build and to look at the results; and to test all of it.
PACKAGES := gcc libc6-dev libpcap-dev libzstd-dev zlib1g-dev libsqlite3-dev libinih-dev libcap-ng-dev gnuplot-nox sqlite3 zstd
PACKAGES_CHECK := $(PACKAGES) clang clang-tidy libcmocka-dev cppcheck shellcheck gzip tcpdump tshark iproute2 nftables ethtool \
	iperf3 openssl netcat-openbsd curl jq procps util-linux bsdextrautils
# Tests that need these say `skipped` without them.
PACKAGES_OPTIONAL := chromium
PACKAGES_BENCH := $(PACKAGES) tcpdump tcptrace tshark time

.DELETE_ON_ERROR:
.PHONY: all programs demo gallery check test test-programs lab recorder soak score bench bench-quick lint install uninstall clean help deps deps-check deps-bench
all: $(BUILD)/wiretape $(BUILD)/wiretaped
programs: all test-programs $(LAB_PROGRAMS) $(RECORDER_TEST) $(BUILD)/tests/bench/generate $(FLOOD)

help:
	@echo "make             build/wiretape, build/wiretaped"
	@echo "make demo        install what is missing, build, analyse and replay a bundled incident, write its report"
	@echo "make check       install what is missing, build, run all tests (as root: with lab and recorder)"
	@echo "make test        the unit and command-line tests alone"
	@echo "make lab         the network lab alone, and its results against the kernel's counters (root)"
	@echo "make recorder    the recorder alone, from outside: kernel, tcpdump, tshark and zstd judge (root)"
	@echo "make soak        the same for minutes (root)"
	@echo "make score       how right it is, frame by frame, beside tshark and tcptrace (root); SEEDS=A-B"
	@echo "make bench       speed and memory beside tcptrace, tshark, tcpdump, dumpcap; of charts and reports; bench-quick: in a minute"
	@echo "make lint        warnings of gcc and clang, cppcheck, shellcheck, who includes whom"
	@echo "make gallery     the pictures in plots/gallery and their table in plots/README.md"
	@echo "make install     into PREFIX ($(PREFIX)); DESTDIR is honoured; make uninstall takes it away"
	@echo "make clean       remove $(BUILD)/"
	@echo "V=1 shows commands; CC, CFLAGS, LDFLAGS and BUILD are yours to set"

$(call obj,$(LIBRARY) $(CMD) $(RECORDER)): ALL_CFLAGS += $(LTO)
$(BUILD)/wiretape $(BUILD)/wiretaped: ALL_LDFLAGS += $(LTO)

$(BUILD)/wiretape: $(call obj,$(CMD)) $(BUILD)/libwiretape.a
	@echo "  LD    $@"
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/wiretaped: $(call obj,$(RECORDER)) $(BUILD)/libwiretape.a
	@echo "  LD    $@"
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/libwiretape.a: $(call obj,$(LIBRARY)) $(BUILD)/store/sql_data.o
	@echo "  AR    $@"
	$(Q)rm -f $@ && ar rcs $@ $^

$(BUILD)/store/sql_data.c: store/embed.sh $(EMBEDDED) $(wildcard plots/shared/*.sql)
	@mkdir -p $(@D)
	@echo "  SQL   $@"
	$(Q)sh store/embed.sh $@ $(EMBEDDED)

$(BUILD)/store/sql_data.o: $(BUILD)/store/sql_data.c store/embedded.h Makefile
	$(Q)$(CC) $(ALL_CFLAGS) -Wno-overlength-strings -c -o $@ $<

$(BUILD)/%.o: %.c Makefile
	@mkdir -p $(@D)
	@echo "  CC    $<"
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

test-programs: $(TEST_PROGRAMS) $(TRACE_PCAP)
$(TEST_PROGRAMS): $(BUILD)/tests/%: $(BUILD)/tests/%.o $(call obj,$(TEST_HELP)) $(BUILD)/libwiretape.a
	@echo "  LD    $@"
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(BUILD)/libwiretape.a $(LIBS) -lcmocka

# What is tested of the command itself.
$(BUILD)/tests/test_document $(BUILD)/tests/test_document_svg: $(call obj,tests/document_text.c \
	$(wildcard analyze/cmd/report/document*.c) analyze/cmd/temporary.c analyze/cmd/wrap.c)
$(BUILD)/tests/test_interrupt: $(call obj,analyze/cmd/interrupt.c)
$(BUILD)/tests/test_memory_stream: $(call obj,analyze/cmd/memory_stream.c)

$(TRACE_PCAP): $(call obj,$(addprefix tests/,trace_pcap.c trace_script.c trace_line.c trace_build.c))
	@echo "  LD    $@"
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^

$(BUILD)/tests/bench/generate: $(call obj,$(BENCH))
	@echo "  LD    $@"
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^

$(LAB_PROGRAMS): $(BUILD)/%: $(wildcard tests/lab/wire/*.[ch] tests/lab/traffic/*.[ch] tests/lab/thin/*.[ch] tests/lab/skew/*.[ch])
	@mkdir -p $(@D)
	@echo "  CCLD  $@"
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $*/*.c -lpthread $(if $(filter %/thin %/skew,$@),-lpcap)

$(BUILD)/tests/recorder/numbered $(FLOOD): $(BUILD)/%: %.c
	@mkdir -p $(@D)
	@echo "  CCLD  $@"
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $<

# Without sanitizers: it is preloaded.
$(BUILD)/tests/recorder/shim.so: tests/recorder/shim.c
	@mkdir -p $(@D)
	@echo "  CCLD  $@"
	$(Q)$(CC) -std=c17 -D_GNU_SOURCE $(WARN) -O2 -fPIC -shared -o $@ $< -ldl

# Not those of another build within this one, which may be under way.
-include $(shell find $(BUILD) -path $(BUILD)/asan -prune -o -name '*.d' -print 2>/dev/null)

deps:
	$(Q)sh tests/deps $(PACKAGES)
deps-check:
	$(Q)sh tests/deps $(PACKAGES_CHECK)
	$(Q)sh tests/deps --optional $(PACKAGES_OPTIONAL)
deps-bench:
	$(Q)sh tests/deps $(PACKAGES_BENCH)

DEMO := $(BUILD)/demo
INCIDENT := $(firstword $(wildcard samples/incidents/*))
# Without gnuplot there is a report all the same, without charts.
demo:
	$(Q)sh tests/deps $(filter-out gnuplot-nox,$(PACKAGES))
	$(Q)sh tests/deps --optional gnuplot-nox
	$(Q)$(MAKE) --no-print-directory -j2 all
	$(Q)mkdir -p $(DEMO)
	@printf 'What is in the packets of a bundled incident, and what is wrong with them:\n'
	$(Q)$(BUILD)/wiretape analyze --force -o $(DEMO)/flows.db $(INCIDENT)
	@printf '\nWhat the recorder would have fired on:\n'
	$(Q)$(BUILD)/wiretape replay $(INCIDENT)
	$(Q)$(BUILD)/wiretape report $(INCIDENT) -o $(DEMO)/report.html
	@command -v gnuplot >/dev/null || printf '\nThe report has no charts: gnuplot is not installed.\n'
	@printf '\nThe report on it, for a browser:\nfile://%s\n' "$$(realpath $(DEMO)/report.html | sed 's/ /%20/g')"

gallery: deps
	$(Q)$(MAKE) --no-print-directory -j2 all
	$(Q)WIRETAPE=$(BUILD)/wiretape plots/gallery.sh

check: deps-check
	$(Q)BUILD=$(BUILD) MAKE="$(MAKE)" bash tests/check all
test lint lab recorder soak:
	$(Q)BUILD=$(BUILD) MAKE="$(MAKE)" bash tests/check $@

SEEDS ?= 1-3
score:
	$(Q)$(MAKE) --no-print-directory -j2 all $(LAB_PROGRAMS)
	$(Q)WIRETAPE_BUILD=$(BUILD) tests/lab/score --seeds $(SEEDS)

bench bench-quick: deps-bench
	$(Q)$(MAKE) --no-print-directory -j2 all $(BUILD)/tests/bench/generate $(FLOOD)
	$(Q)BUILD=$(BUILD) tests/bench/run $(if $(filter bench-quick,$@),--quick)
	$(Q)BUILD=$(BUILD) tests/bench/recorder $(if $(filter bench-quick,$@),--quick)
	$(Q)BUILD=$(BUILD) tests/bench/charts $(if $(filter bench-quick,$@),--quick)

INSTALLED := bin/wiretape sbin/wiretaped share/man/man1/wiretape.1 share/man/man8/wiretaped.8
install: all
	install -D -m 755 $(BUILD)/wiretape "$(DESTDIR)$(PREFIX)/bin/wiretape"
	install -D -m 755 $(BUILD)/wiretaped "$(DESTDIR)$(PREFIX)/sbin/wiretaped"
	install -D -m 644 analyze/cmd/wiretape.1 "$(DESTDIR)$(PREFIX)/share/man/man1/wiretape.1"
	install -D -m 644 capture/wiretaped.8 "$(DESTDIR)$(PREFIX)/share/man/man8/wiretaped.8"

uninstall:
	rm -f $(patsubst %,"$(DESTDIR)$(PREFIX)/%",$(INSTALLED))

clean:
	rm -rf $(BUILD)
