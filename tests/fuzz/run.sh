#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Gives each target random inputs for a while, beginning with what is in tests/fuzz/corpus. Closes with
# "N targets, N executions, N findings"; exits 0 only where nothing was found. Inputs that lead somewhere new are
# kept in $BUILD/corpus, findings in $BUILD/findings.
#
#   FUZZ     the program (build/fuzz/tools/fuzz)      BUILD    the build folder (build/fuzz)
#   SECONDS_IN_ALL   over all targets (default 300)   TARGETS  only these
set -u
fuzz=${FUZZ:-build/fuzz/tools/fuzz}
build=${BUILD:-build/fuzz}
tests=$(cd "$(dirname "$0")" && pwd)
targets=${TARGETS:-$("${fuzz%/*}/replay" --list)} || exit 2
count=$(echo "$targets" | wc -w)
each=$((${SECONDS_IN_ALL:-300} / count))
[ "$each" -gt 0 ] || each=1
executions=0
findings=0
mkdir -p "$build/findings"
log=$(mktemp "${TMPDIR:-/tmp}/vfiokit-fuzz.XXXXXX")
trap 'rm -f "$log"' EXIT
# Memory that is handed back at once is where a use after it is seen; leaks are found at each target's end.
export ASAN_OPTIONS="allocator_may_return_null=1:${ASAN_OPTIONS-}" UBSAN_OPTIONS="print_stacktrace=1"

for target in $targets; do
	mkdir -p "$build/corpus/$target"
	FUZZ_TARGET=$target "$fuzz" "$build/corpus/$target" "$tests/corpus/$target" \
		-max_total_time="$each" -timeout=10 -rss_limit_mb=1500 -max_len=8192 -print_final_stats=1 \
		-artifact_prefix="$build/findings/$target-" -dict="$tests/words.dict" -reload=0 >"$log" 2>&1
	status=$?
	done_here=$(awk '/stat::number_of_executed_units/ { print $2 }' "$log")
	[ -n "$done_here" ] || done_here=$(sed -n 's/^#\([0-9]*\).*/\1/p' "$log" | tail -1)
	executions=$((executions + ${done_here:-0}))
	if grep -q 'libFuzzer: run interrupted' "$log"; then
		echo "$target: ${done_here:-0} executions, interrupted"
	elif [ "$status" -ne 0 ]; then
		findings=$((findings + 1))
		cp "$log" "$build/findings/$target.log"
		echo "$target: ${done_here:-0} executions, FOUND something ($build/findings/$target.log):"
		grep -m 4 -E 'ERROR:|runtime error|does not hold|SUMMARY' "$log" | sed 's/^/  /'
	else
		echo "$target: ${done_here:-0} executions"
	fi
done
echo "$count targets, $executions executions, $findings findings"
[ "$findings" -eq 0 ] && [ "$executions" -gt 0 ]
