#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Runs vfiokit on host trees and compares what it prints with what it should print, as TAP.
#
#   tests/golden.sh [golden/NAME…] [cases/NAME…] [boot/NAME…] [plans/NAME…]   all cases, or only these
#
# A case is a folder tests/golden/NAME with
#   cmd      the arguments of vfiokit as one shell-quoted line; @TREE@ is the tree's directory, @CASE@
#            the case's folder
#   tree     the host: NAME for tests/hosts/NAME.tree, or a *.tar.zst (beside it, or in tests/hosts);
#            missing where no tree is needed
#   stdout   what it must print, byte by byte (the directories show as @TREE@ and @CASE@)
#   stderr   the same for standard error; missing: not compared
#   findings what `--format json` must report: the verdict and every check that did not pass, as
#            build/tools/findings prints them
#   evidence what its findings must point at: lines of "CHECK-ID FILE:LINE", in any order, among others
#   status   the exit status
#   environment  words for env(1), as "COLUMNS=160 LC_ALL=C"; missing: none
# Instead of tree: host.tree, a recipe of the case's own. Of stdout and findings one must be there.
# Cases of tests/cases are hosts that went wrong for somebody, with the established cause. Those of
# tests/boot are FAMILY-STATE: one machine under each loader and initramfs generator, in each state
# between an edited file and the next boot; what a family's states share is tests/boot/*.tree. Those of
# tests/plans are FAMILY-STATE, too: what configure plans there; host.tree begins with what somebody who
# knows the distribution would do.
#
# Expected output is written by hand from what is true of the host. This script never writes it.
#
# VFIOKIT, MKTREE and FINDINGS name the programs (default: those in build/).

set -u
export LC_ALL=C.UTF-8 TZ=UTC COLUMNS=80
unset TERM NO_COLOR
VFIOKIT_PCI_IDS=$(dirname "$0")/pci.ids
# Reports say when they were made.
SOURCE_DATE_EPOCH=1795281508
export VFIOKIT_PCI_IDS SOURCE_DATE_EPOCH

tests=$(cd "$(dirname "$0")" && pwd) || exit 2
program=${VFIOKIT:-build/vfiokit}
mktree=${MKTREE:-build/tools/mktree}
findings=${FINDINGS:-build/tools/findings}
# Trees are thousands of small files: in memory they cost next to nothing.
[ -n "${TMPDIR-}" ] || { [ -d /dev/shm ] && [ -w /dev/shm ] && TMPDIR=/dev/shm; }
work=$(mktemp -d "${TMPDIR:-/tmp}/vfiokit-golden.XXXXXX") || exit 2

# Trees may hold files without any permission.
clean_up() {
	chmod -R u+rwX "$work" 2>/dev/null
	rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Root reads files whatever their mode, but in a tree the mode is part of what is told.
as_seen=
if [ "$(id -u)" = 0 ] && setpriv --bounding-set=-dac_override,-dac_read_search true 2>/dev/null; then
	as_seen="setpriv --bounding-set=-dac_override,-dac_read_search"
fi

# Puts the host that $1/tree names below $2; the words of a failure go to standard output.
build_tree() {
	if [ -e "$1/host.tree" ]; then
		"$mktree" "$1/host.tree" "$2" "$tests/hosts:$tests/boot" 2>&1
		return
	fi
	name=$(cat "$1/tree") || return 1
	case $name in
	*.tar.zst)
		archive=$1/$name
		[ -e "$archive" ] || archive=$tests/hosts/$name
		mkdir "$2" && tar -C "$2" --zstd -xf "$archive" 2>&1
		;;
	*)
		"$mktree" "$tests/hosts/$name.tree" "$2" 2>&1
		;;
	esac
}

# Shows how two files differ, as TAP comments, under the names people know.
show_difference() {
	diff -u --label "$1" "$2" --label "$3" "$4" | sed 's/^/# /'
}

# Runs the case in folder $1 with $2 to work in. Prints what is wrong, nothing where all is well.
run_case() {
	tree=$2/tree
	if { [ -e "$1/tree" ] || [ -e "$1/host.tree" ]; } && ! words=$(build_tree "$1" "$tree"); then
		printf '# the tree cannot be built: %s\n' "$words"
		return
	fi
	case=$1
	# shellcheck disable=SC2016 # eval expands it
	eval "set -- $(sed -e 's/@TREE@/"$tree"/g' -e 's/@CASE@/"$case"/g' "$case/cmd")"
	environment=
	[ -e "$case/environment" ] && environment="env $(cat "$case/environment")"
	# Where nobody looks at the text, one run is enough.
	[ -e "$case/stdout" ] || [ -e "$case/stderr" ] || set -- "$@" --format json
	# shellcheck disable=SC2086 # words on purpose
	$environment $as_seen $program "$@" </dev/null >"$work/out" 2>"$work/err"
	status=$?
	for stream in out err; do
		sed -e "s|$tree|@TREE@|g" -e "s|$case|@CASE@|g" "$work/$stream" >"$work/$stream.shown"
	done
	wanted=$(cat "$case/status")
	if [ "$status" != "$wanted" ]; then
		printf '# exit status %s, expected %s\n' "$status" "$wanted"
		[ -e "$case/stderr" ] || sed 's/^/# stderr: /' "$work/err.shown"
	fi
	if [ -e "$case/stdout" ] && ! cmp -s "$case/stdout" "$work/out.shown"; then
		show_difference "expected stdout" "$case/stdout" "stdout" "$work/out.shown"
	fi
	if [ -e "$case/findings" ]; then
		if [ -e "$case/stdout" ] || [ -e "$case/stderr" ]; then
			# shellcheck disable=SC2086 # words on purpose
			$environment $as_seen $program "$@" --format json </dev/null >"$work/out.json" 2>&1
		else
			cat "$work/out" "$work/err" >"$work/out.json"
		fi
		$findings <"$work/out.json" >"$work/out.findings" 2>&1
		cmp -s "$case/findings" "$work/out.findings" ||
			show_difference "expected findings" "$case/findings" "findings" "$work/out.findings"
	fi
	if [ -e "$case/evidence" ]; then
		$findings --evidence <"$work/out.json" >"$work/out.evidence"
		while IFS= read -r line; do
			grep -qxF -e "$line" "$work/out.evidence" || printf '# no evidence: %s\n' "$line"
		done <"$case/evidence"
	fi
	if [ -e "$case/stderr" ] && ! cmp -s "$case/stderr" "$work/err.shown"; then
		show_difference "expected stderr" "$case/stderr" "stderr" "$work/err.shown"
	fi
}

if [ $# -eq 0 ]; then
	for folder in "$tests"/golden/*/ "$tests"/cases/*/ "$tests"/boot/*/ "$tests"/plans/*/; do
		[ -e "$folder/cmd" ] && set -- "$@" "$(basename "$(dirname "$folder")")/$(basename "$folder")"
	done
fi
printf '1..%s\n' $#
number=0
failed=0
for name in "$@"; do
	number=$((number + 1))
	mkdir "$work/$number" || exit 2
	run_case "$tests/$name" "$work/$number" >"$work/wrong"
	if [ -s "$work/wrong" ]; then
		failed=$((failed + 1))
		printf 'not ok %s - %s\n' "$number" "$name"
		cat "$work/wrong"
	else
		printf 'ok %s - %s\n' "$number" "$name"
	fi
	chmod -R u+rwX "$work/$number" 2>/dev/null
	rm -rf "${work:?}/$number"
done
[ "$failed" -eq 0 ]
