#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Translations: that po/ko.po holds every text of the sources, translated; that every text which a person reads goes
# through the catalogue (a catalogue that puts an accent on every vowel, and the golden cases: what comes out without
# accents was never looked up); that formats for programs stay English; that columns stand below each other; and two
# reports in Korean. Prints TAP; what a tool is missing for is skipped.
#
#   VFIOKIT, MKTREE   the programs

set -u
tests=$(cd "$(dirname "$0")" && pwd) || exit 2
vfiokit=${VFIOKIT:-build/vfiokit}
mktree=${MKTREE:-build/tools/mktree}
[ -n "${TMPDIR-}" ] || { [ -d /dev/shm ] && [ -w /dev/shm ] && TMPDIR=/dev/shm; }
work=$(mktemp -d "${TMPDIR:-/tmp}/vfiokit-language.XXXXXX") || exit 2
trap 'chmod -R u+rwX "$work"; rm -rf "$work"' EXIT
# shellcheck source=tests/tap.sh
. "$tests/tap.sh"

ok() { # ok WORDS STATUS; what is in $work/words is said once
	result "$2" "$1"
	: >"$work/words"
}

: >"$work/words"
export TZ=UTC COLUMNS=80 SOURCE_DATE_EPOCH=1795281508 VFIOKIT_PCI_IDS="$tests/pci.ids"
unset TERM NO_COLOR LANGUAGE

# -- the catalogue ---------------------------------------------------------------------------------------------

if ! has xgettext || ! has msgfmt || ! has msgattrib || ! has msgcmp; then
	skip 'the Korean catalogue' 'gettext is not installed'
	echo "1..$number"
	exit 0
fi

tools/make-pot.sh >"$work/now.pot" 2>"$work/words"
ok 'the texts of sources and templates are found' $?
messages() { msgattrib --no-obsolete --no-wrap "$@" | grep -c '^msgid '; }
[ "$(messages "$work/now.pot")" -gt 1500 ]
ok 'they are as many as the program has' $?
msgcmp --use-untranslated po/vfiokit.pot "$work/now.pot" >"$work/words" 2>&1 &&
	msgcmp --use-untranslated "$work/now.pot" po/vfiokit.pot >"$work/words" 2>&1
ok 'po/vfiokit.pot holds them (make pot)' $?
for catalogue in po/*.po; do
	msgfmt --check --output-file=/dev/null "$catalogue" >"$work/words" 2>&1
	ok "$catalogue: conversions, line ends and head are right" $?
	msgcmp "$catalogue" "$work/now.pot" >"$work/words" 2>&1
	ok "$catalogue: no text is missing or untranslated" $?
	msgattrib --only-fuzzy "$catalogue" >"$work/words"
	msgattrib --only-obsolete "$catalogue" >>"$work/words"
	[ ! -s "$work/words" ]
	ok "$catalogue: none is fuzzy or obsolete" $?
	# What a check fills in, and what people type, must be the same on both sides.
	perl tests/catalogue.pl "$catalogue" >"$work/words" 2>&1
	ok "$catalogue: placeholders, commands and ids are those of the English text" $?
done

# -- a locale --------------------------------------------------------------------------------------------------

why_not=
if ! has localedef; then
	why_not='localedef is not installed'
elif ! mkdir "$work/locales" || ! localedef -i ko_KR -f UTF-8 "$work/locales/ko_KR.UTF-8" 2>"$work/words"; then
	why_not='localedef has no sources for ko_KR'
fi
if [ -n "$why_not" ]; then
	skip 'output in another language' "$why_not"
	echo "1..$number"
	[ "$failed" -eq 0 ]
	exit
fi

# Under the sanitizers: setlocale() of the C library never frees the list that it makes of LOCPATH.
echo 'leak:__argz_add_sep' >"$work/leaks"
export LSAN_OPTIONS="suppressions=$work/leaks:print_suppressions=0"

# in_language CATALOGUES COMMAND…
in_language() {
	local catalogues=$1
	shift
	env LOCPATH="$work/locales" LC_ALL=ko_KR.UTF-8 VFIOKIT_LOCALES="$catalogues" "$@"
}

# With an accent on every vowel that is not part of a conversion or a placeholder.
mkdir -p "$work/accents/ko/LC_MESSAGES" "$work/korean/ko/LC_MESSAGES"
cat >"$work/accent.pl" <<'END'
undef $/;
$_ = <STDIN>;
s/(%(?:\d+\$)?[-0-9.*]*(?:ll|l|z)?[a-zA-Z]|\{[a-z_]+\})|([aeiouAEIOU])/defined $1 ? $1 : do { my $c = $2; $c =~ tr|aeiouAEIOU|áéíóúÁÉÍÓÚ|; $c }/ge;
print;
END
msgen --lang=ko "$work/now.pot" 2>/dev/null | sed 's/charset=CHARSET/charset=UTF-8/' |
	msgfilter --keep-header perl -CSD -Mutf8 "$work/accent.pl" >"$work/accents.po" 2>"$work/words" &&
	msgfmt --check-format --output-file="$work/accents/ko/LC_MESSAGES/vfiokit.mo" "$work/accents.po" 2>"$work/words"
ok 'a catalogue with accents is made' $?
msgfmt --output-file="$work/korean/ko/LC_MESSAGES/vfiokit.mo" po/ko.po

# As golden.sh: modes count also for root.
as_seen=
if [ "$(id -u)" = 0 ] && setpriv --bounding-set=-dac_override,-dac_read_search true 2>/dev/null; then
	as_seen="setpriv --bounding-set=-dac_override,-dac_read_search"
fi

# -- no English is left over -----------------------------------------------------------------------------------

build_tree() { # build_tree CASE FOLDER
	if [ -e "$1/host.tree" ]; then
		"$mktree" "$1/host.tree" "$2" "$tests/hosts:$tests/boot" 2>&1
		return
	fi
	name=$(cat "$1/tree") || return 1
	case $name in
	*.tar.zst) return 1 ;;
	*) "$mktree" "$tests/hosts/$name.tree" "$2" 2>&1 ;;
	esac
}

# run_case CATALOGUES CASE: what it prints on both streams. 1 where it is none for people.
run_case() {
	local case=$2 tree=$work/tree
	[ -e "$case/stdout" ] || [ -e "$case/stderr" ] || return 1
	# A saved rehearsal has the words of whoever wrote it.
	[[ $case == */report-rehearsal-* ]] && return 1
	grep -Eq -- '--format[= ](json|junit|tap|prometheus)|^handover |--template' "$case/cmd" && return 1
	rm -rf "$tree"
	if [ -e "$case/tree" ] || [ -e "$case/host.tree" ]; then
		build_tree "$case" "$tree" >/dev/null || return 1
	fi
	eval "set -- \"$1\" $(sed -e 's/@TREE@/"$tree"/g' -e 's/@CASE@/"$case"/g' "$case/cmd")"
	# shellcheck disable=SC2086 # words
	in_language "$1" $as_seen $vfiokit "${@:2}" </dev/null 2>&1
	echo $? >"$work/status"
	chmod -R u+rwX "$tree" 2>/dev/null
	return 0
}

for case in "$tests"/golden/*/ "$tests"/cases/*/ "$tests"/plans/*/; do
	run_case "$work/accents" "${case%/}" >"$work/out" || continue
	perl tests/leftovers.pl "${case#"$tests/"}" <"$work/out"
done >"$work/words"
[ ! -s "$work/words" ]
ok 'every text that the golden cases show people is in the catalogue' $?

for command in '' preflight list explain capture configure rollback detach attach report rehearse handover; do
	# shellcheck disable=SC2086 # no command is no word
	in_language "$work/accents" $vfiokit $command --help | perl tests/leftovers.pl "--help of $command"
done >"$work/words"
[ ! -s "$work/words" ]
ok 'every text of --help is in the catalogue' $?
"$mktree" "$tests/hosts/intel-ready.tree" "$work/host" "$tests/hosts" >"$work/words" 2>&1
for id in $($vfiokit preflight --checks | sed 's/ .*//'); do
	in_language "$work/accents" $vfiokit explain --root "$work/host" "$id" 2>&1 | perl tests/leftovers.pl "explain $id"
done >"$work/words"
[ ! -s "$work/words" ]
ok 'every text of explain is in the catalogue' $?
in_language "$work/accents" $vfiokit preflight --checks | perl tests/leftovers.pl checks >"$work/words"
[ ! -s "$work/words" ]
ok 'every title of a check is in the catalogue' $?

# -- Korean ----------------------------------------------------------------------------------------------------

# The ids that a text shows, with their marks and in their order.
ids() {
	grep -oE '^  [^ ]+ [a-z]+(\.[a-z0-9-]+)+( |$)' "$1"
}

# Wide characters count as two: nothing that could be wrapped is wider than the terminal. And whatever the language,
# the verdict and what was found are the same.
: >"$work/other"
for case in "$tests"/golden/*/ "$tests"/cases/*/ "$tests"/plans/*/; do
	run_case "$work/korean" "${case%/}" >"$work/out" || continue
	[ ! -e "${case}status" ] || cmp -s "${case}status" "$work/status" ||
		echo "${case#"$tests/"}: exit status $(cat "$work/status")" >>"$work/other"
	if [ -e "${case}stdout" ]; then
		ids "${case}stdout" >"$work/ids"
		ids "$work/out" | diff "$work/ids" - >"$work/differs" ||
			sed "s|^|${case#"$tests/"}: |" "$work/differs" >>"$work/other"
	fi
	grep -q -- 'preflight' "${case}cmd" && perl tests/too-wide.pl "${case#"$tests/"}" 80 <"$work/out"
done >"$work/words"
[ ! -s "$work/words" ]
ok 'Korean sentences are wrapped at 80 columns' $?
cp "$work/other" "$work/words"
[ ! -s "$work/other" ]
ok 'in Korean the exit status and the findings are the same' $?

for expected in "$tests"/language/*.txt; do
	case=$(basename "$expected" .txt)
	run_case "$work/korean" "$tests/golden/$case" 2>&1 | sed "s|$work/tree|@TREE@|g" >"$work/out"
	diff -u "$expected" "$work/out" >"$work/words"
	ok "Korean: $case" $?
done

# What programs read is the same in every language.
for format in json junit tap prometheus; do
	$vfiokit report --root "$work/host" --format $format >"$work/english" 2>&1
	in_language "$work/korean" $vfiokit report --root "$work/host" --format $format >"$work/out" 2>&1
	diff "$work/english" "$work/out" >"$work/words" && [ -s "$work/out" ]
	ok "$format is in English" $?
done
for arguments in 'preflight --format json' 'list --format json' 'configure --format json 01:00' \
	'explain --format json driver.not-bound' 'handover --for libvirt 01:00'; do
	# shellcheck disable=SC2086 # words
	LC_ALL=C.UTF-8 $vfiokit $arguments --root "$work/host" >"$work/english" 2>&1
	# shellcheck disable=SC2086 # words
	in_language "$work/korean" $vfiokit $arguments --root "$work/host" >"$work/out" 2>&1
	diff "$work/english" "$work/out" >"$work/words" && [ -s "$work/out" ]
	ok "${arguments%% *} for programs is in English" $?
done

# What stays on the host: the files, and the journal with its reasons.
"$mktree" "$tests/plans/grub-initramfs-tools-fresh/host.tree" "$work/one" "$tests/hosts:$tests/boot" >"$work/words" 2>&1
cp -a "$work/one" "$work/two" 2>>"$work/words"
# shellcheck disable=SC2046 # words
set -- $(sed 's/--root @TREE@//; s/--format json//' "$tests/plans/grub-initramfs-tools-fresh/cmd")
LC_ALL=C.UTF-8 $vfiokit "$@" --root "$work/one" --apply --yes >"$work/english" 2>&1
in_language "$work/korean" $vfiokit "$@" --root "$work/two" --apply --yes >"$work/out" 2>&1
reasons() { grep -aoh '"\(because\|why\|command\)":"[^"]*"' -r "$1/var/lib/vfiokit" | sort; }
hangul() { LC_ALL=C.UTF-8 grep -aqP '\p{Hangul}' "$@"; }
reasons "$work/one" >"$work/english"
reasons "$work/two" | diff "$work/english" - >"$work/words" && [ -s "$work/english" ] &&
	diff -r "$work/one/etc" "$work/two/etc" >>"$work/words" && ! hangul -r "$work/two/etc" "$work/two/var"
ok 'files and the journal are in English' $?
hangul "$work/out"
ok 'and what is said about them is Korean' $?

# A catalogue of somebody's own is not taken by way of LANGUAGE.
LANGUAGE=../../..$work/accents/ko in_language "$work/none" $vfiokit --help >"$work/out" 2>&1
LC_ALL=C.UTF-8 $vfiokit --help | diff - "$work/out" >"$work/words"
ok 'LANGUAGE names languages, not files' $?

finish
