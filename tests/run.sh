#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Runs unit tests (the programs given) and the golden cases, and closes with one line,
# "N passed, N failed, N skipped". Exits 0 only when nothing failed and something passed.
#
#   BUILD    the build folder (default: build)
#   WRAPPER  a command that each program is run under (valgrind, …)

set -u
build=${BUILD:-build}
export LC_ALL=C.UTF-8
passed=0 failed=0 skipped=0
output=$(mktemp "${TMPDIR:-/tmp}/vfiokit-check.XXXXXX") || exit 2
trap 'rm -f "$output" "$output.golden" "$output.formats" "$output.handover" "$output.language"' EXIT

# Counts the TAP lines in $output; $1 names the run, $2 is its exit status.
count() {
	# cmocka 1.1 says "not ok N # SKIP", TAP "ok N # SKIP": neither is a pass nor a failure.
	skip=$(grep -Eci '^(not )?ok .*# skip' "$output")
	ok=$(grep -Ei '^ok ' "$output" | grep -Eciv '# skip')
	bad=$(grep -Ei '^not ok ' "$output" | grep -Eciv '# skip')
	# A program that died, or counted nothing, has failed whatever it printed before.
	if [ "$2" -ne 0 ] && [ "$bad" -eq 0 ] || [ $((ok + bad + skip)) -eq 0 ]; then
		bad=$((bad + 1))
	fi
	if [ "$bad" -ne 0 ]; then
		echo "--- $1 (exit status $2)"
		cat "$output"
	else
		echo "ok $1 ($ok)"
		# Skips are never silent: the test itself has printed why.
		[ "$skip" -eq 0 ] || sed 's/^/  /' "$output"
	fi
	passed=$((passed + ok)) failed=$((failed + bad)) skipped=$((skipped + skip))
}

# The golden cases take about as long as the unit tests: side by side on two processors.
VFIOKIT="${WRAPPER:-} $build/vfiokit" MKTREE="$build/tools/mktree" FINDINGS="$build/tools/findings" \
	tests/golden.sh >"$output.golden" 2>&1 &
golden=$!
VFIOKIT="${WRAPPER:-} $build/vfiokit" MKTREE="$build/tools/mktree" tests/formats.sh >"$output.formats" 2>&1 &
formats=$!
VFIOKIT="${WRAPPER:-} $build/vfiokit" MKTREE="$build/tools/mktree" tests/handover.sh >"$output.handover" 2>&1 &
handover=$!
VFIOKIT="${WRAPPER:-} $build/vfiokit" MKTREE="$build/tools/mktree" BUILD="$build" \
	tests/language.sh >"$output.language" 2>&1 &
language=$!

for test in "$@"; do
	# shellcheck disable=SC2086
	CMOCKA_MESSAGE_OUTPUT=tap ${WRAPPER:-} "$test" >"$output" 2>&1
	count "${test##*/}" $?
done

VFIOKIT="$build/vfiokit" BUILD="$build" tests/installed.sh >"$output" 2>&1
count "what is installed" $?

VFIOKIT="$build/vfiokit" MKTREE="$build/tools/mktree" tests/writes.sh >"$output" 2>&1
count "what configure writes" $?

# shellcheck disable=SC2086
${WRAPPER:-} "$build/tools/replay" tests/fuzz/corpus >"$output" 2>&1
count "inputs of the fuzzer" $?

wait "$golden"
status=$?
mv "$output.golden" "$output"
count "golden" $status

wait "$formats"
status=$?
mv "$output.formats" "$output"
count "formats of report" $status

wait "$handover"
status=$?
mv "$output.handover" "$output"
count "formats of handover" $status

wait "$language"
status=$?
mv "$output.language" "$output"
count "languages" $status

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
