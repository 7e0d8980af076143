# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# TAP for the scripts of this folder; read by them. $work is theirs; what was said about a case is in $work/words.
# shellcheck disable=SC2154
number=0 failed=0

has() {
	command -v "$1" >/dev/null 2>&1
}

# result STATUS WORDS: one case
result() {
	number=$((number + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $number - $2"
	else
		failed=$((failed + 1))
		echo "not ok $number - $2"
		[ ! -e "$work/words" ] || tail -60 "$work/words" | sed 's/^/# /'
	fi
}

skip() { # skip WORDS REASON
	number=$((number + 1))
	echo "ok $number - $1 # SKIP $2"
}

# needs PROGRAM WORDS: whether it is there; else the case is skipped.
needs() {
	has "$1" && return
	skip "$2" "$1 is not installed"
	return 1
}

finish() {
	echo "1..$number"
	[ "$failed" -eq 0 ]
	exit
}
