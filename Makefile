# SPDX-License-Identifier: GPL-2.0-or-later
# One non-recursive Makefile. `make` builds build/vfiokit; `make run` and `make check` also install
# what is missing first. `make help` lists the targets.

prefix ?= /usr/local
sbindir ?= $(prefix)/sbin
datadir ?= $(prefix)/share
mandir ?= $(datadir)/man
localedir ?= $(datadir)/locale
# Where systemd looks for units of packages and of administrators.
unitdir ?= $(prefix)/lib/systemd/system
bashdir ?= $(datadir)/bash-completion/completions
zshdir ?= $(datadir)/zsh/site-functions
fishdir ?= $(datadir)/fish/vendor_completions.d

CC ?= cc
ifeq ($(origin CC),default)
CC := gcc
endif
BUILD ?= build
OPTIMIZE ?= -O2 -g

warnings := -Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion -Wformat=2 -Wstrict-prototypes \
	-Wmissing-prototypes -Wvla -Wcast-qual -Wwrite-strings -Wnull-dereference
ifdef CI
warnings += -Werror
endif
ifndef SANITIZE
hardening := -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fPIE
hardening_link := -pie -Wl,-z,relro,-z,now
endif

libraries := libpci blkid efivar libarchive json-c smartcols inih
found_libraries := $(shell pkg-config --exists $(libraries) 2>/dev/null && echo yes)
ifeq ($(found_libraries),yes)
library_cflags := $(shell pkg-config --cflags $(libraries))
library_libs := $(shell pkg-config --libs $(libraries))
endif

override CFLAGS += -std=gnu11 -D_GNU_SOURCE $(OPTIMIZE) $(warnings) $(hardening) $(SANITIZE) $(library_cflags) -I. -MMD -MP
override LDFLAGS += -Wl,--as-needed $(hardening_link) $(SANITIZE)

# `make V=1` shows whole command lines.
ifeq ($(V),1)
say = @:
quiet =
else
say = @printf '  %-4s %s\n'
quiet = @
endif

sources := $(wildcard preflight/*.c preflight/*/*.c configure/*.c configure/*/*.c rehearse/*.c report/*.c commands/*.c)
objects := $(sources:%.c=$(BUILD)/%.o) $(BUILD)/report/builtin_templates.o
templates := $(sort $(wildcard templates/*.mustache templates/handover/*.mustache))
fleet_files := $(sort $(wildcard templates/fleet/*))
test_sources := $(wildcard tests/unit/test_*.c)
tests := $(test_sources:tests/unit/%.c=$(BUILD)/tests/%)
fuzz_sources := $(filter-out tests/fuzz/libfuzzer.c tests/fuzz/replay.c,$(wildcard tests/fuzz/*.c))
fuzz_objects := $(fuzz_sources:%.c=$(BUILD)/%.o)
test_support := $(filter-out $(test_sources),$(wildcard tests/unit/*.c))
test_support_objects := $(test_support:%.c=$(BUILD)/%.o)

# Catalogues of translations. Without gettext's tools there are none.
catalogues := $(wildcard po/*.po)
ifneq ($(shell command -v msgfmt 2>/dev/null),)
translations := $(catalogues:po/%.po=$(BUILD)/locale/%/LC_MESSAGES/vfiokit.mo)
endif

all: $(BUILD)/vfiokit translations

# What `make coverage` counts. Its program is not confined: the counts are written at its end.
ifdef COVERAGE
$(BUILD)/preflight/%.o $(BUILD)/configure/%.o: override CFLAGS += -U_FORTIFY_SOURCE -O0 --coverage -fprofile-update=atomic
override LDFLAGS += --coverage
unconfined := $(BUILD)/tests/coverage/unconfined.o
$(BUILD)/vfiokit: wrapped := -Wl,--wrap=confine_begin,--wrap=confine_files,--wrap=confine_live
endif

$(BUILD)/vfiokit: $(BUILD)/main.o $(unconfined) $(BUILD)/libvfiokit.a
	$(say) LD $@
	$(quiet)$(CC) $(LDFLAGS) $(wrapped) -o $@ $^ $(library_libs)

# A private static library, so that each unit test links only what it uses.
$(BUILD)/libvfiokit.a: $(objects)
	$(say) AR $@
	$(quiet)rm -f $@ && ar qcs $@ $^

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(say) CC $<
	$(quiet)$(CC) $(CFLAGS) -c -o $@ $<

# The templates inside the program. The folder's own time changes when a file comes or goes.
$(BUILD)/report/builtin_templates.c: $(templates) templates templates/handover tools/embed-templates.sh
	@mkdir -p $(@D)
	$(say) GEN $@
	$(quiet)tools/embed-templates.sh $(templates) >$@.new && mv $@.new $@

$(BUILD)/report/builtin_templates.o: $(BUILD)/report/builtin_templates.c
	$(say) CC $<
	$(quiet)$(CC) $(CFLAGS) -c -o $@ $<

ifneq ($(catalogues),)
translations: $(translations)
ifeq ($(translations),)
	@echo 'no translations: msgfmt (gettext) is not installed'
endif
else
translations:
endif

$(BUILD)/locale/%/LC_MESSAGES/vfiokit.mo: po/%.po
	@mkdir -p $(@D)
	$(say) MO $@
	$(quiet)msgfmt --check --output-file=$@.new $< && mv $@.new $@

# Where things are installed, for what is found at run time: compiled anew when it changes.
$(BUILD)/commands/template_files.o $(BUILD)/commands/language_files.o: $(BUILD)/installed_paths
$(BUILD)/commands/template_files.o: override CFLAGS += -DVFIOKIT_SBINDIR='"$(sbindir)"' \
	-DVFIOKIT_TEMPLATES='"$(datadir)/vfiokit/templates"'
$(BUILD)/commands/language_files.o: override CFLAGS += -DVFIOKIT_LOCALES='"$(localedir)"'

$(BUILD)/installed_paths: FORCE
	@mkdir -p $(@D)
	@echo '$(sbindir) $(datadir) $(localedir)' | cmp -s - $@ || echo '$(sbindir) $(datadir) $(localedir)' >$@

FORCE:

$(BUILD)/libtestsupport.a: $(test_support_objects)
	$(say) AR $@
	$(quiet)rm -f $@ && ar qcs $@ $^

$(BUILD)/tests/%: $(BUILD)/tests/unit/%.o $(BUILD)/libtestsupport.a $(BUILD)/libvfiokit.a
	@mkdir -p $(@D)
	$(say) LD $@
	$(quiet)$(CC) $(LDFLAGS) $(wrapped) -o $@ $^ $(library_libs) -lcmocka -lkmod

# Lets every call that changes a host fail, or be the last one.
changing_calls := create write clone truncate sync sync_all rename unlink make_folder remove_folder owner \
	mode times set_attribute remove_attribute start_process
$(BUILD)/tests/test_transaction_faults $(BUILD)/tests/test_transaction_kills: wrapped := \
	$(changing_calls:%=-Wl,--wrap=change_%)

# Has a catalogue of its own.
$(BUILD)/tests/test_sentence: wrapped := -Wl,--wrap=translated

# What takes bytes from outside, with and without libFuzzer.
$(BUILD)/tools/replay: $(BUILD)/tests/fuzz/replay.o $(fuzz_objects) $(BUILD)/libvfiokit.a
	@mkdir -p $(@D)
	$(say) LD $@
	$(quiet)$(CC) $(LDFLAGS) -o $@ $^ $(library_libs)

$(BUILD)/tools/fuzz: $(BUILD)/tests/fuzz/libfuzzer.o $(fuzz_objects) $(BUILD)/libvfiokit.a
	@mkdir -p $(@D)
	$(say) LD $@
	$(quiet)$(CC) $(LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(library_libs)

$(BUILD)/tools/mktree: $(BUILD)/tests/tools/mktree.o $(BUILD)/libtestsupport.a $(BUILD)/libvfiokit.a
	@mkdir -p $(@D)
	$(say) LD $@
	$(quiet)$(CC) $(LDFLAGS) -o $@ $^ $(library_libs) -lcmocka

$(BUILD)/tools/topology: $(BUILD)/tests/tools/topology.o $(BUILD)/libtestsupport.a $(BUILD)/libvfiokit.a
	@mkdir -p $(@D)
	$(say) LD $@
	$(quiet)$(CC) $(LDFLAGS) -o $@ $^ $(library_libs) -lcmocka

$(addprefix $(BUILD)/tools/,damage partition findings hold_device): $(BUILD)/tools/%: $(BUILD)/tests/tools/%.o
	@mkdir -p $(@D)
	$(say) LD $@
	$(quiet)$(CC) $(LDFLAGS) -o $@ $^ $(library_libs)

$(BUILD)/tools/describe: $(patsubst %,$(BUILD)/tools/%.o,describe describe_man describe_shells) $(BUILD)/libvfiokit.a
	@mkdir -p $(@D)
	$(say) LD $@
	$(quiet)$(CC) $(LDFLAGS) -o $@ $^ $(library_libs)

$(BUILD)/bench/server $(BUILD)/bench/floor $(BUILD)/bench/measure: $(BUILD)/bench/%: $(BUILD)/tests/bench/%.o
	@mkdir -p $(@D)
	$(say) LD $@
	$(quiet)$(CC) $(LDFLAGS) -o $@ $^

$(BUILD)/bench/initramfs: $(BUILD)/tests/bench/initramfs.o $(BUILD)/libvfiokit.a
	@mkdir -p $(@D)
	$(say) LD $@
	$(quiet)$(CC) $(LDFLAGS) -o $@ $^ $(library_libs)

-include $(shell find $(BUILD) -name '*.d' -type f 2>/dev/null)

# -- for people ------------------------------------------------------------------------------------

help:
	@echo 'make            build $(BUILD)/vfiokit'
	@echo 'make deps       install what is needed to build (as root)'
	@echo 'make run        install what is missing, build, and judge this machine'
	@echo 'make check      install what is missing, build, and run all tests'
	@echo 'make check-asan, make check-valgrind   the same tests under the sanitizers, under valgrind'
	@echo 'make fuzz       random bytes for everything that reads bytes from outside, with libFuzzer (clang):'
	@echo '                SECONDS=300 TARGETS="grub_cfg shell"'
	@echo 'make check-damage   host trees damaged at random, and what the commands say of them: SEEDS="1-500"'
	@echo 'make check-capture   captures against live hosts and trees, and what they must not hold'
	@echo 'make check-groups   predicted IOMMU groups against kernels in QEMU, on random machines:'
	@echo '                SEEDS="1-40" KERNELS="6.1 6.12" JOBS=2'
	@echo 'make check-vm-capture   captures taken in QEMU against the live runs there: KERNELS="6.1 6.12"'
	@echo 'make check-vm-rehearse  vfiokit rehearse against kernels in QEMU: KERNELS="6.1 6.12"'
	@echo 'make check-configure   configure and rollback on every host tree of the tests'
	@echo 'make check-generators   configure with real initramfs and GRUB generators in a chroot: root, debootstrap'
	@echo 'make check-vm   the whole way on an installed Debian in QEMU: configure, reboot, rollback, reboot;'
	@echo '                ROWS="twins power-cuts" chooses others of tests/vm/rows (as root)'
	@echo 'make check-vm-all   all of these rows, two at once where there are two processors: JOBS=1'
	@echo 'make check-packages   the Debian, RPM and Arch packages: built, linted, their program run: KINDS="deb rpm arch"'
	@echo 'make check-html the HTML report in headless Chromium, with tidy and axe-core from npm'
	@echo 'make check-faults   configure and rollback, killed or interrupted at each step: STRIDE=5'
	@echo 'make pot        the texts for translators into po/vfiokit.pot, and the catalogues in line with them'
	@echo 'make lint       cppcheck, clang-tidy, gcc -fanalyzer, shellcheck: nothing to find; QUICK=1: minutes'
	@echo 'make coverage   lines of preflight/ and configure/ that the tests run through; fails below 90 %;'
	@echo '                pages in $(BUILD)/coverage/html'
	@echo 'make bench      how long it takes, against lspci and bare reading: SIZES="64 1024" RUNS=5'
	@echo 'make check-fleet   templates/fleet: the Ansible playbooks against hosts with a real sshd, units, YAML'
	@echo 'make install    DESTDIR and prefix are honoured'
	@echo 'make clean'

deps:
	@tools/install-dependencies.sh build

deps-test:
	@tools/install-dependencies.sh test

deps-lint:
	@tools/install-dependencies.sh lint

# A second make: the libraries that the first one installed are looked up anew. The verdict is the
# program's answer, not the target's success.
run: deps
	@$(MAKE) --no-print-directory -j$$(nproc) all
	@$(BUILD)/vfiokit preflight; status=$$?; echo "(exit status $$status)"; test $$status -ne 2

check: deps-test
	@$(MAKE) --no-print-directory -j$$(nproc) check-built

check-asan: deps-test
	@$(MAKE) --no-print-directory -j$$(nproc) check-built BUILD=$(BUILD)/asan OPTIMIZE='-O1 -g' \
		SANITIZE='-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer'

check-valgrind: deps-test
	@rm -f $(BUILD)/valgrind.*.log
	@$(MAKE) --no-print-directory -j$$(nproc) check-built WRAPPER='valgrind -q --log-file=$(BUILD)/valgrind.%p.log --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite'

check-built: $(BUILD)/vfiokit $(tests) $(addprefix $(BUILD)/tools/,mktree findings describe replay) completions
	@WRAPPER='$(WRAPPER)' BUILD=$(BUILD) tests/run.sh $(tests)

# Kept in $(BUILD)/lint, so that only what changed is looked at anew. The program only: tests are read by
# people and run under the sanitizers. QUICK=1 leaves out what follows every path (gcc -fanalyzer,
# clang-analyzer-*): minutes instead of a quarter of an hour on two processors.
lint := $(BUILD)/lint$(if $(QUICK),-quick)
TIDY ?= $(or $(shell command -v clang-tidy-14),clang-tidy)
lint_sources := main.c $(sources)
headers := $(wildcard preflight/*.h preflight/*/*.h configure/*.h configure/*/*.h rehearse/*.h report/*.h commands/*.h)
tidy_flags := -std=gnu11 -D_GNU_SOURCE $(library_cflags) -I.
scripts := $(shell git ls-files '*.sh' 2>/dev/null || find tests tools -name '*.sh') .ci/run

lint: deps-lint
	@$(MAKE) --no-print-directory -j$$(nproc) lint-built

lint-built: lint-shell lint-cppcheck $(lint_sources:%.c=$(lint)/%.tidy)
	@echo "lint: $(words $(lint_sources)) files and $(words $(scripts)) scripts, nothing found"

lint-shell:
	$(say) SH 'shellcheck'
	$(quiet)shellcheck -x -S warning $(scripts)

lint-cppcheck:
	@mkdir -p $(lint)/cppcheck
	$(say) CPP 'cppcheck'
	$(quiet)cppcheck -q -j$$(nproc) --cppcheck-build-dir=$(lint)/cppcheck --std=c11 --language=c \
		--enable=warning,performance,portability --inline-suppr --error-exitcode=1 \
		--library=.cppcheck.cfg --suppressions-list=.cppcheck-suppressions -D_GNU_SOURCE -I. $(lint_sources)

# The arena's blocks are found from the block before them, where the analyzer of gcc does not look.
$(lint)/preflight/arena.o: analyzer_off := -Wno-analyzer-malloc-leak

# The analyzer of gcc, before whatever optimizing makes of the code.
$(lint)/%.o: %.c
	@mkdir -p $(@D)
	$(say) ANA $<
	$(quiet)$(CC) $(tidy_flags) -O1 -g -MMD -MP -fanalyzer $(analyzer_off) -Werror -c -o $@ $<

$(lint)/%.tidy: %.c $(if $(QUICK),$(headers),$(lint)/%.o) .clang-tidy tools/lint.h
	@mkdir -p $(@D)
	$(say) TIDY $<
	$(quiet)$(TIDY) --quiet $(if $(QUICK),-checks=-clang-analyzer-*) $< -- $(tidy_flags) -include tools/lint.h >$@.new 2>$@.errors || { cat $@.new $@.errors; exit 1; }
	@mv $@.new $@

coverage: deps-lint
	@find $(BUILD)/coverage -name '*.gcda' -delete 2>/dev/null || true
	@$(MAKE) --no-print-directory -j$$(nproc) coverage-built BUILD=$(BUILD)/coverage COVERAGE=1

coverage-built: check-built
	@VFIOKIT=$(BUILD)/vfiokit MKTREE=$(BUILD)/tools/mktree tests/configure.sh >$(BUILD)/configure.tap || \
		{ grep '^not ok' $(BUILD)/configure.tap; exit 1; }
	@tests/coverage/report.sh $(BUILD) $(or $(LINES_WANTED),90)

FUZZ_CC ?= clang-14
sanitized := OPTIMIZE='-O1 -g' SANITIZE='-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer

fuzz:
	@$(MAKE) --no-print-directory -j$$(nproc) BUILD=$(BUILD)/fuzz CC='$(FUZZ_CC)' $(sanitized) \
		-fsanitize=fuzzer-no-link' $(BUILD)/fuzz/tools/fuzz $(BUILD)/fuzz/tools/replay
	@BUILD=$(BUILD)/fuzz FUZZ=$(BUILD)/fuzz/tools/fuzz SECONDS_IN_ALL='$(SECONDS)' TARGETS='$(TARGETS)' tests/fuzz/run.sh

check-damage: deps-test
	@$(MAKE) --no-print-directory -j$$(nproc) BUILD=$(BUILD)/asan $(sanitized)' \
		$(BUILD)/asan/vfiokit $(BUILD)/asan/tools/damage $(BUILD)/asan/tools/mktree
	@VFIOKIT=$(BUILD)/asan/vfiokit TOOLS=$(BUILD)/asan/tools SEEDS='$(SEEDS)' KEEP='$(KEEP)' tests/damage.sh

# A capture must give the same checks as the live host and leave nothing private in: takes minutes.
check-capture: deps-test
	@$(MAKE) --no-print-directory -j$$(nproc) $(BUILD)/vfiokit $(BUILD)/tools/mktree
	@VFIOKIT=$(BUILD)/vfiokit MKTREE=$(BUILD)/tools/mktree tests/capture.sh

# Kernels in QEMU, without KVM; fetched from Debian into ~/.cache/vfiokit-vm the first time. Half a
# minute a machine and kernel: the whole takes about half an hour.
check-groups: deps-test
	@$(MAKE) --no-print-directory -j$$(nproc) $(BUILD)/vfiokit $(BUILD)/tools/topology $(BUILD)/tools/partition
	@VFIOKIT=$(BUILD)/vfiokit TOOLS=$(BUILD)/tools SEEDS='$(SEEDS)' KERNELS='$(KERNELS)' \
		JOBS='$(JOBS)' KEEP='$(KEEP)' tests/vm/groups.sh

check-vm-capture: deps-test
	@$(MAKE) --no-print-directory -j$$(nproc) $(BUILD)/vfiokit $(BUILD)/tools/findings
	@VFIOKIT=$(BUILD)/vfiokit FINDINGS=$(BUILD)/tools/findings KERNELS='$(KERNELS)' KEEP='$(KEEP)' \
		tests/vm/capture.sh

# configure and rollback on every host tree of the tests: nothing changes that should not, a second run
# plans nothing, rollback gives every byte back.
check-configure: deps-test
	@$(MAKE) --no-print-directory -j$$(nproc) $(BUILD)/vfiokit $(BUILD)/tools/mktree
	@VFIOKIT=$(BUILD)/vfiokit MKTREE=$(BUILD)/tools/mktree tests/configure.sh

# configure with the real update-initramfs, dracut and grub-mkconfig, in a Debian made by debootstrap (kept in
# ~/.cache/vfiokit): as root; about ten minutes.
check-generators: deps-test
	@$(MAKE) --no-print-directory -j$$(nproc) $(BUILD)/vfiokit $(BUILD)/tools/mktree
	@VFIOKIT=$(BUILD)/vfiokit MKTREE=$(BUILD)/tools/mktree tests/configure-chroot.sh

# Installed systems in QEMU, without KVM; made by debootstrap and kept in ~/.cache/vfiokit-vm.
check-vm:
	@tools/install-dependencies.sh vm
	@$(MAKE) --no-print-directory -j$$(nproc) $(BUILD)/vfiokit
	@rm -rf $(BUILD)/vm-tree
	@$(MAKE) --no-print-directory -s install DESTDIR=$(BUILD)/vm-tree prefix=/usr
	@PROGRAM_TREE=$(BUILD)/vm-tree KEEP=$(BUILD)/vm JOBS='$(JOBS)' tests/vm/full.sh $(or $(ROWS),grub-efi)

check-vm-all:
	@$(MAKE) --no-print-directory check-vm ROWS=all

# The packages of debian/ and packaging/, built from what is committed, linted, and what is inside run: some minutes.
# KINDS="deb rpm arch"
check-packages:
	@tests/packages.sh $(KINDS)

# The HTML page in a browser: valid, accessible in light and dark, below 1 MB. Pages and screenshots stay in
# $(BUILD)/html. What is not installed (chromium, tidy, npm) is skipped with a reason.
check-html: $(BUILD)/vfiokit $(BUILD)/tools/mktree
	@VFIOKIT=$(BUILD)/vfiokit MKTREE=$(BUILD)/tools/mktree BUILD=$(BUILD) tests/html.sh

# Two boots a kernel, a minute and a half.
check-vm-rehearse: deps-test
	@$(MAKE) --no-print-directory -j$$(nproc) $(BUILD)/vfiokit $(BUILD)/tools/hold_device
	@VFIOKIT=$(BUILD)/vfiokit HOLD=$(BUILD)/tools/hold_device KERNELS='$(KERNELS)' KEEP='$(KEEP)' \
		tests/vm/rehearse.sh

# The real program, stopped at each call that changes a tree: some minutes. STRIDE=5 takes every fifth.
check-faults: deps-test
	@$(MAKE) --no-print-directory -j$$(nproc) $(BUILD)/vfiokit $(BUILD)/tools/mktree
	@VFIOKIT=$(BUILD)/vfiokit MKTREE=$(BUILD)/tools/mktree STRIDE='$(STRIDE)' tests/faults.sh

# Ratios against the bare reading of the same files, lspci and the guides' loop; takes some minutes.
# SIZES="64 1024" RUNS=5
bench: deps-test
	@$(MAKE) --no-print-directory -j$$(nproc) $(BUILD)/vfiokit $(BUILD)/tools/mktree \
		$(addprefix $(BUILD)/bench/,server floor measure initramfs)
	@VFIOKIT=$(BUILD)/vfiokit MKTREE=$(BUILD)/tools/mktree TOOLS=$(BUILD)/bench SIZES='$(SIZES)' \
		RUNS='$(RUNS)' tests/bench/bench.sh

# The shells' completions and the manual page, from the tables of commands, options and checks.
completions: $(addprefix $(BUILD)/completions/vfiokit.,bash zsh fish)

$(BUILD)/completions/vfiokit.%: $(BUILD)/tools/describe
	@mkdir -p $(@D)
	$(say) GEN $@
	$(quiet)$(BUILD)/tools/describe $* >$@.new && mv $@.new $@

# The list of texts for translators, and the catalogues brought in line with it: new texts stand in them untranslated.
pot:
	$(quiet)tools/make-pot.sh >po/vfiokit.pot.new && mv po/vfiokit.pot.new po/vfiokit.pot
	$(quiet)for catalogue in $(catalogues); do \
		msgmerge --quiet --update --backup=none --no-fuzzy-matching --add-location=file $$catalogue po/vfiokit.pot && \
		msgattrib --no-obsolete --add-location=file --output-file=$$catalogue $$catalogue || exit 1; \
	done

manual: $(BUILD)/man/vfiokit.8

# scdoc takes its date from SOURCE_DATE_EPOCH, where that is set.
$(BUILD)/man/vfiokit.8: man/vfiokit.8.scd $(BUILD)/tools/describe
	@mkdir -p $(@D)
	$(say) GEN $@
	$(quiet)$(BUILD)/tools/describe man $< >$@.scd && scdoc <$@.scd >$@.new && mv $@.new $@

# The recipes for many hosts. What is not installed (ansible-core, sshd, python3-yaml) is skipped with a reason.
check-fleet: $(BUILD)/vfiokit $(BUILD)/tools/mktree
	@VFIOKIT=$(BUILD)/vfiokit MKTREE=$(BUILD)/tools/mktree tests/fleet.sh

# The manual page is left out where scdoc is not installed.
install: all completions $(if $(shell command -v scdoc 2>/dev/null),manual)
	install -D -m 755 $(BUILD)/vfiokit $(DESTDIR)$(sbindir)/vfiokit
	install -d $(DESTDIR)$(datadir)/vfiokit/templates
	install -m 644 $(templates) $(DESTDIR)$(datadir)/vfiokit/templates
	install -D -m 644 $(BUILD)/completions/vfiokit.bash $(DESTDIR)$(bashdir)/vfiokit
	install -D -m 644 $(BUILD)/completions/vfiokit.zsh $(DESTDIR)$(zshdir)/_vfiokit
	install -D -m 644 $(BUILD)/completions/vfiokit.fish $(DESTDIR)$(fishdir)/vfiokit.fish
	install -d $(DESTDIR)$(unitdir)
	sed 's|@sbindir@|$(sbindir)|' systemd/vfiokit-preflight.service.in >$(BUILD)/vfiokit-preflight.service
	install -m 644 $(BUILD)/vfiokit-preflight.service $(DESTDIR)$(unitdir)
	@if [ -e $(BUILD)/man/vfiokit.8 ]; then \
		install -v -D -m 644 $(BUILD)/man/vfiokit.8 $(DESTDIR)$(mandir)/man8/vfiokit.8; \
	else \
		echo 'no manual page: scdoc is not installed'; \
	fi
	for catalogue in $(translations:$(BUILD)/locale/%=%); do \
		install -v -D -m 644 $(BUILD)/locale/$$catalogue $(DESTDIR)$(localedir)/$$catalogue || exit 1; \
	done
	install -d $(DESTDIR)$(datadir)/vfiokit/fleet
	for file in $(fleet_files); do \
		sed 's|/usr/local/sbin/vfiokit|$(sbindir)/vfiokit|g' $$file >$(DESTDIR)$(datadir)/vfiokit/fleet/$${file##*/} && \
		chmod 644 $(DESTDIR)$(datadir)/vfiokit/fleet/$${file##*/} || exit 1; \
	done

uninstall:
	rm -f $(DESTDIR)$(sbindir)/vfiokit $(DESTDIR)$(mandir)/man8/vfiokit.8
	rm -f $(DESTDIR)$(bashdir)/vfiokit $(DESTDIR)$(zshdir)/_vfiokit $(DESTDIR)$(fishdir)/vfiokit.fish
	rm -f $(DESTDIR)$(unitdir)/vfiokit-preflight.service
	rm -f $(catalogues:po/%.po=$(DESTDIR)$(localedir)/%/LC_MESSAGES/vfiokit.mo)
	rm -f $(addprefix $(DESTDIR)$(datadir)/vfiokit/templates/,$(notdir $(templates)))
	rm -f $(fleet_files:templates/%=$(DESTDIR)$(datadir)/vfiokit/%)
	-rmdir $(DESTDIR)$(datadir)/vfiokit/templates $(DESTDIR)$(datadir)/vfiokit/fleet $(DESTDIR)$(datadir)/vfiokit

format:
	@clang-format -i $(wildcard main.c preflight/*.[ch] preflight/*/*.[ch] configure/*.[ch] rehearse/*.[ch] report/*.[ch] commands/*.[ch] tests/*/*.[ch])

clean:
	rm -rf $(BUILD)

.PHONY: all help deps deps-test run check check-asan check-valgrind check-capture check-groups \
	check-vm-capture check-vm-rehearse check-built check-html bench completions manual \
	install uninstall format clean FORCE check-configure check-generators check-vm \
	check-vm-all check-fleet translations pot fuzz check-damage check-faults deps-lint lint lint-built \
	lint-shell lint-cppcheck coverage coverage-built check-packages
.SECONDARY:
