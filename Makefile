# SPDX-License-Identifier: MIT
#
# Works from a fresh checkout: ./configure is optional and only writes config.mk.
# Sources are found by wildcard, so a new file needs no edit here.
# VARIANT=asan, tsan, coverage, musl and aarch64 build into directories of their own.

VERSION = 0.1

prefix      = /usr/local
exec_prefix = $(prefix)
bindir      = $(exec_prefix)/bin
libdir      = $(exec_prefix)/lib
includedir  = $(prefix)/include
# Where -lct is found: the name libct.so is FreeTDS's, see packaging/README.
linkdir     = $(libdir)/ct
datadir     = $(prefix)/share
mandir      = $(datadir)/man
docdir      = $(datadir)/doc/ct
unitdir     = $(prefix)/lib/systemd/system
statedir    = /run/ct

CFLAGS      = -O2 -g
AR          = ar
CLANG       = clang
GCC         = gcc
MUSL_CC     = musl-gcc
AARCH64_CC  = aarch64-linux-gnu-gcc
AARCH64_LIB = /usr/aarch64-linux-gnu/lib
AUTOCONF    = autoconf
PKG_CONFIG  = pkg-config
SCDOC       = scdoc
INSTALL     = install
GCOV        = gcov
FUZZ_SECONDS = 20

-include config.mk

VARIANT =
B = build$(VARIANT:%=/%)

# ---- Other machines -----------------------------------------------------------

# Not for this C library, or not for this processor: tests/foreign/sysroot gets what that needs.
# A warning is an error there.
ifeq ($(VARIANT),musl)
sysroot = build/sysroot/musl
CC = $(MUSL_CC)
HEADER_CFLAGS = -isystem $(sysroot)/include
LIBBSD = $(sysroot)/lib/libbsd.a
else ifeq ($(VARIANT),aarch64)
sysroot = build/sysroot/aarch64/usr
CC = $(AARCH64_CC)
HEADER_CFLAGS = -isystem $(sysroot)/include
LIBBSD = $(patsubst %,$(sysroot)/lib/aarch64-linux-gnu/lib%.a,bsd md)
# Not -L, which shows the program another / as well.
emulator = qemu-aarch64 $(AARCH64_LIB)/ld-linux-aarch64.so.1 --library-path $(AARCH64_LIB)
endif

# ---- Libraries ---------------------------------------------------------------

# libbsd is linked from its archive where there is one, so that a start of ct maps libc
# alone. libmount, libsmartcols, libaudit and ncurses are loaded by the code that needs them:
# headers only. Without libaudit.h nothing is audited.
ifndef LIBBSD
has_archive = $(filter /%,$(shell $(CC) -print-file-name=lib$(1).a))
LIBBSD := $(if $(call has_archive,bsd),-l:libbsd.a $(if $(call has_archive,md),-l:libmd.a),-lbsd)
endif
ifndef HEADER_CFLAGS
HEADER_CFLAGS := $(shell $(PKG_CONFIG) --cflags-only-I mount smartcols ncursesw 2>/dev/null)
endif

# ---- Flags -------------------------------------------------------------------

warnings = -Wall -Wextra -Wshadow -Wmissing-prototypes -Wstrict-prototypes \
	-Wold-style-definition -Wformat=2 -Wpointer-arith -Wwrite-strings -Wcast-qual \
	-Wundef -Wvla

ct_cppflags = -I. $(HEADER_CFLAGS) -D_GNU_SOURCE -DVERSION='"$(VERSION)"' \
	-DCT_STATEDIR='"$(statedir)"' $(AUDIT_CPPFLAGS) $(if $(wildcard common/banned.h),-include common/banned.h)
ct_cflags = -std=gnu17 $(warnings) -fPIE -fstack-protector-strong -ffunction-sections \
	-fdata-sections
# A sanitizer's own functions are found in the program.
shared_ldflags = $(if $(filter asan tsan,$(VARIANT)),,-Wl$(comma)-z$(comma)defs) -Wl,--exclude-libs,ALL
ct_ldflags = -pie -Wl,--as-needed -Wl,--gc-sections -Wl,-z,relro,-z,now
libs = $(LIBBSD) -ldl

ifeq ($(VARIANT),asan)
sanitize = -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
# With sanitizers in the code gcc warns of truncations that cannot be.
variant_cflags = -O1 -g $(sanitize) -Wno-format-truncation
variant_ldflags = $(sanitize)
else ifeq ($(VARIANT),coverage)
variant_cflags = -O0 -g --coverage
variant_ldflags = --coverage
else ifeq ($(VARIANT),tsan)
# Its clone() takes every child for one with a copy of the memory, and the program for that child.
variant_cflags = -O1 -g -fsanitize=thread -Wno-format-truncation -Dclone=__clone
variant_ldflags = -fsanitize=thread
else ifneq ($(sysroot),)
variant_cflags = -Werror
else ifneq ($(VARIANT),)
$(error VARIANT is asan, tsan, coverage, musl, aarch64 or empty)
endif

compile = $(CC) $(ct_cppflags) $(CPPFLAGS) $(ct_cflags) $(CFLAGS) $(variant_cflags)
link = $(CC) $(ct_ldflags) $(LDFLAGS) $(variant_ldflags)

# ---- Files -------------------------------------------------------------------

common_objects := $(patsubst %.c,$(B)/obj/%.o,$(sort $(wildcard common/*.c)))
cmd_objects    := $(patsubst %.c,$(B)/obj/%.o,$(sort $(wildcard cmd/*.c)))
unit_tests     := $(patsubst %.c,$(B)/%,$(sort $(wildcard tests/unit/test_*.c)))
fuzz_replays   := $(patsubst %.c,$(B)/%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))
drivers        := $(patsubst %.c,$(B)/%,$(sort $(wildcard tests/drivers/*.c)))
fuzzers        := $(patsubst tests/fuzz/%.c,build/fuzz/%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))
pages          := $(patsubst man/%.scd,build/man/%,$(sort $(wildcard man/*.scd)))

ct    = $(B)/bin/ct
libct = $(B)/libct.a
# For other programs: what lib/ct.h declares, and nothing else.
shared         = $(B)/lib/libct.so.0
shared_objects := $(patsubst %.c,$(B)/pic/%.o,$(sort $(wildcard common/*.c lib/*.c)))
# Applet code for the unit tests: everything in cmd/ but main().
libcmd = $(B)/libcmd.a

.DELETE_ON_ERROR:
.SECONDARY:
.SUFFIXES:
.PHONY: all check check-system check-vm check-readme check-unit check-install check-package check-threads check-musl check-aarch64 drivers lint format asan coverage fuzz mutants bench quickstart man install \
	install-lib uninstall dist deb rpm clean help test-programs FORCE

all: $(ct) $(B)/bin/.links $(shared) $(B)/lib/libct.so ## build build/bin/ct and a link per command beside it (default)

# ---- Build -------------------------------------------------------------------

# One line per file, whole commands with V=1, nothing with make -s.
say = $(if $(V),,@$(if $(findstring s,$(firstword -$(MAKEFLAGS))),,printf "  %-6s %s\n" $(1) $(2) && ))

# Rewritten only when it differs, so that changed flags rebuild and unchanged ones do not.
flags = $(compile) $(link) $(libs)
$(B)/flags: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(subst ','\'',$(flags))' | cmp -s - $@ || \
		printf '%s\n' '$(subst ','\'',$(flags))' >$@

$(B)/obj/%.o: %.c $(B)/flags
	@mkdir -p $(@D)
	$(call say,CC,$<)$(compile) -MMD -MP -c -o $@ $<

# An archive is made anew, lest it keep the objects of deleted sources.
$(libct): $(common_objects)
	@mkdir -p $(@D)
	@rm -f $@
	$(call say,AR,$@)$(AR) rcs $@ $^

$(libcmd): $(filter-out $(B)/obj/cmd/ct.o,$(cmd_objects))
	@mkdir -p $(@D)
	@rm -f $@
	$(call say,AR,$@)$(AR) rcs $@ $^

$(ct): $(cmd_objects) $(libct)
	@mkdir -p $(@D)
	$(call say,LD,$@)$(link) -o $@ $^ $(libs)

$(B)/pic/%.o: %.c $(B)/flags
	@mkdir -p $(@D)
	$(call say,CC,$@)$(compile) -fPIC -fvisibility=hidden -MMD -MP -c -o $@ $<

$(shared): $(shared_objects) lib/libct.map
	@mkdir -p $(@D)
	$(call say,LD,$@)$(CC) -shared -Wl,-soname,$(@F) -Wl,--version-script=lib/libct.map $(shared_ldflags) \
		-Wl,--as-needed -Wl,--gc-sections -Wl,-z,relro,-z,now $(LDFLAGS) $(variant_ldflags) -o $@ $(shared_objects) $(libs)

$(B)/lib/libct.so: $(shared)
	@ln -sf $(<F) $@

$(B)/lib/libct.pc: lib/libct.pc.in FORCE
	@mkdir -p $(@D)
	@sed 's|@prefix@|$(prefix)|; s|@includedir@|$(includedir)|; s|@libdir@|$(libdir)|; s|@linkdir@|$(linkdir)|; s|@version@|$(VERSION)|' \
		$< >$@

# The binary knows its commands: nothing here names one.
applets = $$($(emulator) $(1) --describe | awk -F '\t' '$$1 == "applet" && $$2 != "ct" { print $$2 }')

$(B)/bin/.links: $(ct)
	@find $(@D) -type l -exec rm -f {} +
	@names="$(call applets,$(ct))" && test -n "$$names" || \
		{ echo '$(ct) --describe names no command' >&2; exit 1; }; \
	for name in $$names; do ln -s ct $(@D)/$$name || exit; done
	@touch $@

$(B)/tests/unit/%: $(B)/obj/tests/unit/%.o $(libcmd) $(libct)
	@mkdir -p $(@D)
	$(call say,LD,$@)$(link) -o $@ $^ $(libs)

# What a driver wraps it can watch and interrupt.
wrap = $(patsubst %,-Wl$(comma)--wrap=%,ptrace waitpid process_vm_writev)
comma = ,
$(B)/tests/drivers/%: $(B)/obj/tests/drivers/%.o $(libct)
	@mkdir -p $(@D)
	$(call say,LD,$@)$(link) $(wrap) -o $@ $^ $(libs)

$(B)/tests/fuzz/%: $(B)/obj/tests/fuzz/%.o $(B)/obj/tests/fuzz/main.o $(libcmd) $(libct)
	@mkdir -p $(@D)
	$(call say,LD,$@)$(link) -o $@ $^ $(libs)

-include $(shell find $(B)/obj $(B)/pic build/fuzz/obj -name '*.d' 2>/dev/null)

# ---- Tests -------------------------------------------------------------------

test-programs: all $(unit_tests) $(fuzz_replays)

check: test-programs ## unit and cli tests: no root, no network, seconds
	@VARIANT=$(VARIANT) tests/run unit cli

check-system: all $(drivers) ## tests on the real kernel, in a private mount namespace; root
	@VARIANT=$(VARIANT) tests/run system

drivers: $(drivers)

# For a guest of another processor, if one is asked for and it can be built.
check-vm: all drivers ## other kernels, layouts and processors, in guests under QEMU; GUESTS="v2 v1" is those two
	+@test -z '$(if $(GUESTS),$(filter aarch64%,$(GUESTS)),all)' || tests/foreign/sysroot --lacking aarch64 >/dev/null || \
		$(MAKE) --no-print-directory VARIANT=aarch64 all drivers
	@tests/run $(if $(GUESTS),$(GUESTS:%=vm-%),vm)

check-readme: ## README word for word on a new minimal Debian, as root and as a user; root, minutes
	@tests/run readme

lint: ## all static checks; one whose tool is missing is reported as skipped
	@CLANG='$(CLANG)' GCC='$(GCC)' LINT_FLAGS='$(subst ','\'',$(ct_cppflags) -std=gnu17 $(warnings))' tests/run lint

sanitizes = echo 'int main(void) { return 0; }' | $(CC) -fsanitize=$(1) -x c -o /dev/null - 2>/dev/null

asan: ## unit and cli tests under address and undefined behaviour sanitizers
	@if $(call sanitizes,address$(comma)undefined); then \
		$(MAKE) --no-print-directory VARIANT=asan check; \
	else \
		VARIANT=asan tests/run --skip '$(CC) has no sanitizer libraries' check; \
	fi

# The commands as well: the tests of libct use them.
under = if ! $(call sanitizes,$(2)); then \
		VARIANT=$(1) tests/run --skip '$(CC) has no such sanitizer' system-libct; \
	elif test "$$(id -u)" != 0; then \
		VARIANT=$(1) tests/run --skip 'not root' system-libct; \
	else \
		$(MAKE) --no-print-directory VARIANT=$(1) all && VARIANT=$(1) tests/run tests/system/libct.bats; \
	fi

check-threads: ## libct under the thread and the address sanitizer: programs with threads; root
	+@$(call under,tsan,thread)
	+@$(call under,asan,address$(comma)undefined)

check-musl: ## the unit tests with musl instead of this C library
	+@$(call foreign,musl)

check-aarch64: ## the unit tests for that processor, under qemu-user
	+@$(call foreign,aarch64)

check-install: all man ## what make install installs, and that the packages' files agree with it; seconds
	@tests/run tests/package/install.bats

check-package: all man ## that, the tarball, the Debian package and the RPM, as far as their tools are there
	@tests/run package

foreign = if lacking=$$(tests/foreign/sysroot --lacking $(1)); then \
		VARIANT=$(1) tests/run --skip "$$lacking" unit; \
	else \
		$(MAKE) --no-print-directory VARIANT=$(1) check-unit; \
	fi

check-unit: test-programs
	@VARIANT=$(VARIANT) CT_EMULATOR='$(emulator)' tests/run unit

coverage: ## the tests, and how much of each file they reach
	@find build/coverage -name '*.gcda' -exec rm -f {} + 2>/dev/null || :
	@failed=; for suite in check $$(test "$$(id -u)" != 0 || echo check-system); do \
		$(MAKE) --no-print-directory VARIANT=coverage $$suite || failed=1; \
	done; \
	GCOV='$(GCOV)' tests/coverage build/coverage/obj && test -z "$$failed"

mutants: ## plant known bugs one by one: the unit tests must catch each
	@tests/mutants/run

fuzz_compile = $(CLANG) $(ct_cppflags) -std=gnu17 -O1 -g -fsanitize=fuzzer-no-link,address,undefined \
	-fno-sanitize-recover=all -MMD -MP -c
fuzz_link = $(CLANG) -fsanitize=fuzzer,address,undefined

build/fuzz/obj/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$<)$(fuzz_compile) -o $@ $<

build/fuzz/%: build/fuzz/obj/tests/fuzz/%.o $(patsubst %.c,build/fuzz/obj/%.o,$(wildcard common/*.c))
	@mkdir -p $(@D)
	$(call say,LD,$@)$(fuzz_link) -o $@ $^ $(libs)

fuzz: ## run each fuzzer for FUZZ_SECONDS (20); needs clang and its runtime
	@if ! echo 'int LLVMFuzzerTestOneInput(const char *p, unsigned long n) { return !p && n; }' | \
		$(CLANG) -fsanitize=fuzzer,address -x c -o /dev/null - 2>/dev/null; then \
		echo 'fuzz: skipped: $(CLANG) cannot link -fsanitize=fuzzer'; \
	else \
		$(MAKE) --no-print-directory $(fuzzers) && for fuzzer in $(fuzzers); do \
			name=$${fuzzer##*/fuzz_}; \
			mkdir -p build/fuzz/found/$$name tests/fuzz/corpus/$$name; \
			$$fuzzer -max_total_time=$(FUZZ_SECONDS) -print_final_stats=1 \
				-artifact_prefix=build/fuzz/$$name- \
				build/fuzz/found/$$name tests/fuzz/corpus/$$name || exit; \
		done; \
	fi

bench: all $(B)/tests/drivers/question $(B)/tests/drivers/inject ## measure the commands against C programs, cgroup-tools and nsenter; root
	@PATH='$(CURDIR)/build/bin':"$$PATH" tests/bench/run
	@PATH='$(CURDIR)/build/bin':"$$PATH" tests/bench/move
	@PATH='$(CURDIR)/build/bin':"$$PATH" tests/bench/kill
	@PATH='$(CURDIR)/build/bin':"$$PATH" tests/bench/reap
	@PATH='$(CURDIR)/build/bin':"$$PATH" tests/bench/set
	@PATH='$(CURDIR)/build/bin':"$$PATH" tests/bench/stat
	@PATH='$(CURDIR)/build/bin':"$$PATH" tests/bench/libct
	@PATH='$(CURDIR)/build/bin':"$$PATH" tests/bench/ns
	@PATH='$(CURDIR)/build/bin':"$$PATH" tests/bench/audit

quickstart: all ## show the main job on this machine, leaving nothing behind; root
	@PATH='$(CURDIR)/build/bin':"$$PATH" exec sh tests/demo/quickstart.sh

# ---- Documents ---------------------------------------------------------------

build/man/%: man/%.scd
	@mkdir -p $(@D)
	$(call say,MAN,$<)$(SCDOC) <$< >$@

# A blank in $(bindir), as the file is to say it, and as sed takes that: a unit, YAML between quotes, a script that
# hands it to other shells, a script.
no :=
blank = $(if $(filter %.service,$@),\\x20,$(if $(filter %.yml,$@),$(no) ,$(if $(filter %/ct-parallel,$@),\\\\\\ ,\\ )))
put_bindir = sed 's|@bindir@|$(subst $(no) ,$(blank),$(bindir))|g' $< >$@

# What reads /etc/ct.conf when the system starts; the examples of ct-fleet(7).
build/boot/%: boot/%.in FORCE
	@mkdir -p $(@D)
	@$(put_bindir)

build/fleet/%: fleet/%.in FORCE
	@mkdir -p $(@D)
	@$(put_bindir)

man: $(pages) ## build the manual pages into build/man (needs scdoc)

format: ## clang-format the C files that differ from HEAD
	@files=$$(git diff --name-only --diff-filter=d HEAD -- '*.[ch]'; \
		git ls-files --others --exclude-standard -- '*.[ch]'); \
	test -z "$$files" || clang-format -i $$files

# ---- Install -----------------------------------------------------------------

bash_dir = $(datadir)/bash-completion/completions
zsh_dir  = $(datadir)/zsh/site-functions
fish_dir = $(datadir)/fish/vendor_completions.d

# Commands whose name another package has, as iproute2 has ctstat: that is "ct stat" then, and its
# page ct-stat(8).
LEAVE_OUT ?=
is_left_out = case ' $(LEAVE_OUT) ' in *" $$name "*) continue ;; esac
word = (^|[^A-Za-z]|\\f[BIRP])
rename = $(foreach name,$(LEAVE_OUT),-e 's/^\.TH "$(name)"/.TH "$(name:ct%=ct-%)"/' \
	-e 's/^$(name) - /$(name:ct%=ct-%) - /' -e 's/$(word)$(name)(\\fR)?\(([1-8])\)/\1$(name:ct%=ct-%)\2(\3)/g' \
	-e 's/$(word)$(name)\>/\1$(name:ct%=ct %)/g')
page_name = file=$${page\#\#*/} section='$(DESTDIR)$(mandir)'/man$${page\#\#*.}; \
	case ' $(LEAVE_OUT) ' in *" $${file%.*} "*) file=ct-$${file\#ct} ;; esac

# For other programs; without the page, which "install" has with the others.
install-lib: $(shared) $(B)/lib/libct.pc
	$(INSTALL) -d '$(DESTDIR)$(libdir)/pkgconfig' '$(DESTDIR)$(linkdir)' '$(DESTDIR)$(includedir)' '$(DESTDIR)$(docdir)/examples'
	$(INSTALL) -m 755 $(shared) '$(DESTDIR)$(libdir)/libct.so.0'
	ln -sf '$(link_target)' '$(DESTDIR)$(linkdir)/libct.so'
	$(INSTALL) -m 644 $(B)/lib/libct.pc '$(DESTDIR)$(libdir)/pkgconfig/libct.pc'
	$(INSTALL) -m 644 lib/ct.h '$(DESTDIR)$(includedir)/ct.h'
	$(INSTALL) -m 644 lib/examples/job.c lib/examples/job.py '$(DESTDIR)$(docdir)/examples'

link_target = $(if $(filter $(libdir),$(linkdir)),libct.so.0,$(if $(filter $(libdir),$(patsubst %/,%,$(dir $(linkdir)))),../libct.so.0,$(libdir)/libct.so.0))

boot_files = $(patsubst %.in,build/%,$(wildcard boot/*.in))
fleet_files = $(patsubst %.in,build/%,$(wildcard fleet/*.in))

install: all man $(boot_files) $(fleet_files) install-lib ## binary, links, manual pages, completions, unit, library; honours DESTDIR and prefix
	$(INSTALL) -d '$(DESTDIR)$(bindir)' '$(DESTDIR)$(bash_dir)' '$(DESTDIR)$(zsh_dir)' \
		'$(DESTDIR)$(fish_dir)' '$(DESTDIR)$(docdir)/examples' '$(DESTDIR)$(unitdir)'
	$(INSTALL) -m 755 $(ct) '$(DESTDIR)$(bindir)/ct'
	$(INSTALL) -m 644 completions/ct.bash '$(DESTDIR)$(bash_dir)/ct'
	$(INSTALL) -m 644 completions/ct.fish '$(DESTDIR)$(fish_dir)/ct.fish'
	names=ct && for name in $(call applets,$(ct)); do \
		$(is_left_out); \
		names="$$names $$name"; \
		ln -sf ct '$(DESTDIR)$(bindir)'/$$name && \
		ln -sf ct '$(DESTDIR)$(bash_dir)'/$$name && \
		ln -sf ct.fish '$(DESTDIR)$(fish_dir)'/$$name.fish || exit; \
	done && \
	$(INSTALL) -m 644 completions/ct.zsh '$(DESTDIR)$(zsh_dir)/_ct' && \
	sed "1s/.*/#compdef $$names/" completions/ct.zsh >'$(DESTDIR)$(zsh_dir)/_ct'
	for page in $(pages); do \
		$(page_name); \
		$(INSTALL) -d "$$section" && $(INSTALL) -m 644 $$page "$$section/$$file" && \
		sed -E $(rename) -e '' $$page >"$$section/$$file" || exit; \
	done
	$(INSTALL) -m 644 boot/ct.conf '$(DESTDIR)$(docdir)/examples/ct.conf'
	$(INSTALL) -m 644 build/fleet/containers.yml fleet/spank_ct.c '$(DESTDIR)$(docdir)/examples'
	$(INSTALL) -m 755 build/boot/ct.init build/boot/ct.openrc build/fleet/ct-parallel build/fleet/ct-slurm \
		'$(DESTDIR)$(docdir)/examples'
	$(INSTALL) -m 644 build/boot/ct.service build/boot/ct-root.service '$(DESTDIR)$(unitdir)'

uninstall: all ## remove what install put there
	for name in ct $(call applets,$(ct)); do \
		$(is_left_out); \
		rm -f '$(DESTDIR)$(bindir)'/$$name '$(DESTDIR)$(bash_dir)'/$$name \
			'$(DESTDIR)$(fish_dir)'/$$name.fish; \
	done
	for page in $(pages); do \
		$(page_name); \
		rm -f "$$section/$$file"; \
	done
	rm -f '$(DESTDIR)$(unitdir)/ct.service' '$(DESTDIR)$(unitdir)/ct-root.service' '$(DESTDIR)$(zsh_dir)/_ct' \
		'$(DESTDIR)$(libdir)/libct.so.0' '$(DESTDIR)$(linkdir)/libct.so' \
		'$(DESTDIR)$(libdir)/pkgconfig/libct.pc' '$(DESTDIR)$(includedir)/ct.h'
	for name in ct.conf ct.init ct.openrc containers.yml ct-parallel ct-slurm spank_ct.c job.c job.py; do \
		rm -f '$(DESTDIR)$(docdir)'/examples/$$name; \
	done

# ---- Packages ----------------------------------------------------------------

tarball = build/ct-$(VERSION).tar.gz

dist: ## build/ct-VERSION.tar.gz of HEAD, or of this tree where it is no checkout, with ./configure
	AUTOCONF='$(AUTOCONF)' packaging/dist ct-$(VERSION) $(tarball)

deb: dist ## Debian packages into build/deb
	rm -rf build/deb && mkdir -p build/deb
	cp $(tarball) build/deb/ct_$(VERSION).orig.tar.gz
	tar -C build/deb -xf $(tarball)
	cp -R packaging/debian build/deb/ct-$(VERSION)/debian
	cd build/deb/ct-$(VERSION) && dpkg-buildpackage -us -uc $(DEB_FLAGS)

rpm: dist ## RPM packages into build/rpm
	rm -rf build/rpm
	rpmbuild -ta --define '_topdir $(CURDIR)/build/rpm' $(RPM_FLAGS) $(tarball)

clean: ## remove build/
	rm -rf build

help: ## print this list
	@sed -n 's/^\([a-z0-9-]*\):[^#]*## /\1\t/p' Makefile | awk -F '\t' '{ printf "%-14s%s\n", $$1, $$2 }'
