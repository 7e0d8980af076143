#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Holds report's HTML pages against tidy (valid HTML) and axe-core in headless Chromium (accessibility, in
# light and dark), as TAP. Pages and screenshots stay in $BUILD/html for people to look at.
#
#   tests/html.sh [REPORT.json…]       other reports instead of the usual hosts
#
# VFIOKIT and MKTREE name the programs, BUILD the folder; axe-core comes from npm into $BUILD/html.

set -u
export LC_ALL=C.UTF-8 SOURCE_DATE_EPOCH=1795281508
tests=$(cd "$(dirname "$0")" && pwd) || exit 2
build=${BUILD:-build}
program=${VFIOKIT:-$build/vfiokit}
mktree=${MKTREE:-$build/tools/mktree}
html=$build/html
axe=$html/node_modules/axe-core/axe.min.js
VFIOKIT_PCI_IDS=$tests/pci.ids
export VFIOKIT_PCI_IDS
mkdir -p "$html" || exit 2
html=$(cd "$html" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/vfiokit-html.XXXXXX") || exit 2
trap 'chmod -R u+rwX "$work"; rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
number=0 failed=0

# ok WORDS: counts a passed case; bad WORDS FILE: a failed one, with what was said; skip WORDS REASON
ok() {
	number=$((number + 1))
	echo "ok $number - $1"
}
bad() {
	number=$((number + 1)) failed=$((failed + 1))
	echo "not ok $number - $1"
	sed 's/^/# /' "$2"
}
skip() {
	number=$((number + 1))
	echo "ok $number - $1 # SKIP $2"
}

browser() {
	chromium --headless=new --no-sandbox --disable-gpu --hide-scrollbars "$@" 2>/dev/null
}

# Hosts of the golden cases, and one with 300 functions.
make_pages() {
	for host in intel-ready shared-group-no-acs xen-dom0; do
		"$mktree" "$tests/hosts/$host.tree" "$work/$host" || exit 2
		"$program" report --root "$work/$host" --format html -o "$html/$host.html"
	done
	"$program" report --root "$work/shared-group-no-acs" --device 01:00 --format html -o "$html/targets.html"
	"$tests/tools/many-devices.sh" 300 >"$work/many.tree"
	"$mktree" "$work/many.tree" "$work/many" "$tests/hosts" || exit 2
	"$program" report --root "$work/many" --format html -o "$html/many.html"
	"$program" report "$tests/fleet" --format html -o "$html/fleet.html"
}

check_tidy() {
	if ! command -v tidy >/dev/null; then
		skip "tidy $1" "tidy is not installed"
	elif tidy -q -e --drop-empty-elements no "$html/$1.html" 2>"$work/words"; then
		ok "tidy $1"
	else
		bad "tidy $1" "$work/words"
	fi
}

# A copy of the page that runs axe and leaves what it found as its only text.
with_axe() {
	sed '/<\/body>/,$d' "$html/$1.html"
	echo '<script>'
	cat "$axe"
	cat <<-'JS'
	</script><script>
	axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']}).then(r => {
	  const lines = r.violations.flatMap(v => v.nodes.slice(0, 3).map(n => v.id + ' ' + v.help + ': ' + n.target.join(' ') + ' ' + n.failureSummary));
	  document.title = 'done';
	  document.body.textContent = 'AXE ' + r.passes.length + ' rules passed\n' + lines.join('\n') + '\nEND';
	});
	</script></body></html>
	JS
}

check_axe() {
	if ! command -v chromium >/dev/null; then
		skip "axe $1 $2" "chromium is not installed"
		return
	elif [ ! -e "$axe" ]; then
		skip "axe $1 $2" "axe-core could not be had from npm"
		return
	fi
	with_axe "$1" >"$work/axe.html"
	browser --virtual-time-budget=60000 --blink-settings=preferredColorScheme="$3" --dump-dom \
		"file://$work/axe.html" >"$work/dom"
	sed -n '/AXE [0-9]/,/^END/p' "$work/dom" | sed 's/.*AXE/AXE/' >"$work/words"
	# Two lines: how many passed, and the end. Anything else is a violation, or no answer.
	if [ "$(wc -l <"$work/words")" = 3 ] && ! grep -q '^AXE 0 ' "$work/words"; then
		ok "axe $1 $2"
	else
		bad "axe $1 $2" "$work/words"
	fi
}

check_size() {
	size=$(wc -c <"$html/$1.html")
	echo "$size bytes" >"$work/words"
	if [ "$size" -lt 1000000 ]; then ok "$1: $size bytes"; else bad "$1 is below 1 MB" "$work/words"; fi
	if grep -Eqi '<script|<link|<img|<iframe|url\(|@import|src=' "$html/$1.html"; then
		echo "something would be fetched or run" >"$work/words"
		bad "$1 is self-contained" "$work/words"
	else
		ok "$1 is self-contained"
	fi
}

screenshots() {
	command -v chromium >/dev/null || return 0
	browser --window-size=1280,2400 --screenshot="$html/$1.desktop.png" "file://$html/$1.html"
	browser --window-size=500,2400 --screenshot="$html/$1.phone.png" "file://$html/$1.html"
	browser --window-size=1280,2400 --blink-settings=preferredColorScheme=0 \
		--screenshot="$html/$1.dark.png" "file://$html/$1.html"
	browser --print-to-pdf="$html/$1.pdf" --no-pdf-header-footer "file://$html/$1.html"
}

if [ ! -e "$axe" ] && command -v npm >/dev/null; then
	npm install --silent --no-audit --no-fund --prefix "$html" axe-core@4 >/dev/null 2>&1
fi
if [ $# -gt 0 ]; then
	pages=
	for report in "$@"; do
		name=$(basename "$report" .json)
		"$program" report "$report" --format html -o "$html/$name.html"
		pages="$pages $name"
	done
else
	make_pages
	pages="intel-ready xen-dom0 targets many fleet"
fi
for page in $pages; do
	if [ ! -e "$html/$page.html" ]; then
		echo "no page was made" >"$work/words"
		bad "$page" "$work/words"
		continue
	fi
	check_tidy "$page"
	check_axe "$page" light 1
	check_axe "$page" dark 0
	check_size "$page"
	screenshots "$page"
done
echo "1..$number"
[ "$failed" -eq 0 ]
