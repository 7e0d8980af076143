#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What the tests ran through of preflight/ and configure/: one line for each folder and for all of it,
# pages below BUILD/html. Fails where fewer lines than wanted were run.
#
#   tests/coverage/report.sh BUILD PERCENT
set -eu
build=$1 wanted=$2
gcov=gcov
# The counts are of the compiler that built it.
case ${CC:-gcc} in
*gcc-[0-9]*) gcov=gcov-${CC##*gcc-} ;;
esac

mkdir -p "$build/html"
gcovr --gcov-executable "$gcov" --root . --object-directory "$build" --filter 'preflight/' --filter 'configure/' \
	--txt "$build/lines.txt" --csv "$build/lines.csv" \
	--html-details "$build/html/index.html" -j "$(nproc)" "$build"

# filename,line_total,line_covered,line_percent,…
awk -F, 'NR > 1 {
	folder = $1; sub("/[^/]*$", "", folder)
	total[folder] += $2; run[folder] += $3; all += $2; ran += $3
}
END {
	for (folder in total)
		printf "%-24s %6d lines, %5.1f %%\n", folder, total[folder], 100 * run[folder] / total[folder] | "sort"
	close("sort")
	if (!all) { print "nothing was counted"; exit 1 }
	printf "coverage: %d of %d lines of preflight/ and configure/, %.1f %%\n", ran, all, 100 * ran / all
	exit (100 * ran / all < wanted)
}' wanted="$wanted" "$build/lines.csv" || {
	echo "error: fewer than $wanted % of the lines were run; $build/lines.txt has each file" >&2
	exit 1
}
