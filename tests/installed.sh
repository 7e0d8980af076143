#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What comes with the program: completions and manual page against --help, the unit, the packages'
# descriptions, and that uninstall leaves nothing. Prints TAP; what a tool is missing for is skipped.
set -u
tests=$(cd "$(dirname "$0")" && pwd) || exit 2
vfiokit=${VFIOKIT:-build/vfiokit}
build=${BUILD:-build}
work=$(mktemp -d "${TMPDIR:-/tmp}/vfiokit-installed.XXXXXX") || exit 2
trap 'rm -rf "$work"' EXIT
# shellcheck source=tests/tap.sh
. "$tests/tap.sh"

ok() { # ok WORDS STATUS; what is in $work/words is said once
	result "$2" "$1"
	: >"$work/words"
}

commands=$("$vfiokit" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p')
# Its lines are one option each: "  -o, --output FILE   help".
options_of() { "$vfiokit" $1 --help | sed -n 's/^  \(-[a-z], \)\?\(--[a-z-]*\).*/\2/p'; }

: >"$work/words"
[ "$(echo "$commands" | wc -w)" -ge 9 ]
ok 'the commands are listed' $?

# -- completions

if [ -e /usr/share/bash-completion/bash_completion ]; then
	complete_bash() { bash tests/completed.bash "$build/completions/vfiokit.bash" vfiokit "$@"; }
	for command in $commands; do
		complete_bash "$command" -- | sort >"$work/offered"
		options_of "$command" | sort >"$work/wanted"
		diff "$work/wanted" "$work/offered" >"$work/words"
		ok "bash offers the options of $command, and no others" $?
	done
	complete_bash preflight --format '' | sort | diff - <(printf 'json\ntext\n') >"$work/words"
	ok 'bash offers values' $?
	complete_bash explain driver.not-b | diff - <(echo driver.not-bound) >"$work/words"
	ok 'bash offers check ids' $?
	complete_bash conf | diff - <(echo configure) >"$work/words"
	ok 'bash offers commands' $?
	complete_bash --root /us | diff - <(echo /usr) >"$work/words"
	ok 'bash offers folders' $?
else
	skip 'bash completion' 'bash-completion is not installed'
fi
if has zsh; then
	zsh -n "$build/completions/vfiokit.zsh" 2>"$work/words"
	ok 'zsh reads its completion' $?
else
	skip 'zsh completion' 'zsh is not installed'
fi
if has fish; then
	for command in $commands; do
		HOME=$work fish -c "source $build/completions/vfiokit.fish; complete -C 'vfiokit $command --'" 2>/dev/null |
			cut -f1 | grep '^--' | sort -u >"$work/offered"
		options_of "$command" | sort >"$work/wanted"
		diff "$work/wanted" "$work/offered" >"$work/words"
		ok "fish offers the options of $command, and no others" $?
	done
else
	skip 'fish completion' 'fish is not installed'
fi

# -- the manual page

make -s manual >"$work/words" 2>&1 && manual=$build/man/vfiokit.8 || manual=
if has scdoc && [ -n "$manual" ]; then
	sed 's,\\f[BRIP],,g; s,\\&,,g; s,\\-,-,g' "$manual" >"$work/plain"
	for command in $commands; do
		for option in $(options_of "$command"); do
			grep -q -e "$option" "$work/plain" || echo "$command $option is missing"
		done
	done >"$work/words"
	[ ! -s "$work/words" ]
	ok 'the manual page has every option' $?
	"$vfiokit" preflight --checks | awk '{ print $1 }' | while read -r id; do
		grep -q -F -e "$id" "$work/plain" || echo "$id is missing"
	done >"$work/words"
	[ ! -s "$work/words" ]
	ok 'the manual page has every check' $?
	# With --help behind them nothing is done, but words and options must be right.
	sed -n '/^# EXAMPLES/,/^# SEE/s/^vfiokit //p' man/vfiokit.8.scd >"$work/examples"
	while read -r -a words; do
		"$vfiokit" "${words[@]}" --help >/dev/null 2>>"$work/words" || echo "vfiokit ${words[*]}" >>"$work/words"
	done <"$work/examples"
	[ -s "$work/examples" ] && [ ! -s "$work/words" ]
	ok 'the examples of the manual page are commands' $?
	if has man; then
		man --warnings -l "$manual" 2>"$work/words" >/dev/null && [ ! -s "$work/words" ]
		ok 'man shows it without a warning' $?
	else
		skip 'man shows it' 'man-db is not installed'
	fi
	if has mandoc; then
		mandoc -Tlint -W error "$manual" >"$work/words" 2>&1
		ok 'mandoc finds no error in it' $?
	else
		skip 'mandoc' 'mandoc is not installed'
	fi
else
	skip 'the manual page' 'scdoc is not installed'
fi

# -- installation

make -s install DESTDIR="$work/root" >"$work/words" 2>&1
ok 'make install' $?
# Wherever prefix and sbindir lead.
installed=$(find "$work/root" -name vfiokit -type f -perm -u+x)
"${installed:-not-there}" --version >"$work/words" 2>&1
ok 'what is installed runs' $?
if has systemd-analyze; then
	unit=$work/vfiokit-preflight.service
	sed "s|@sbindir@|${installed%/*}|" systemd/vfiokit-preflight.service.in >"$unit"
	systemd-analyze verify --man=no "$unit" >"$work/words" 2>&1 && ! grep -q "vfiokit-preflight" "$work/words"
	ok 'systemd accepts the unit' $?
else
	skip 'the unit' 'systemd-analyze is not installed'
fi
make -s uninstall DESTDIR="$work/root" >"$work/words" 2>&1
find "$work/root" ! -type d >"$work/words"
[ ! -s "$work/words" ]
ok 'make uninstall leaves nothing' $?

# -- packages

bash -n packaging/PKGBUILD 2>"$work/words"
ok 'PKGBUILD is bash' $?
version=$("$vfiokit" --version | cut -d' ' -f2)
{
	sed -n 's/^Version: *//p' packaging/vfiokit.spec
	sed -n 's/^pkgver=//p' packaging/PKGBUILD
	sed -n '1s/.*(\(.*\)).*/\1/p' debian/changelog
} | grep -v -x -F "$version" >"$work/words"
[ ! -s "$work/words" ]
ok 'the packages have the version of the program' $?
if has rpmspec; then
	rpmspec -P packaging/vfiokit.spec >/dev/null 2>"$work/words"
	ok 'rpmspec reads the spec' $?
else
	skip 'the spec' 'rpmspec is not installed'
fi

finish
