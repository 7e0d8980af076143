#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Holds every format of `vfiokit report` against a reader of that format that is not ours (xmllint, tidy, promtool,
# prove, cmark-gfm), for usual hosts and for reports whose texts try to break out, as TAP. Where a reader is not
# installed the case is skipped with the reason.
#
# VFIOKIT and MKTREE name the programs (default: those in build/).

set -u
export LC_ALL=C.UTF-8 TZ=UTC SOURCE_DATE_EPOCH=1795281508
tests=$(cd "$(dirname "$0")" && pwd) || exit 2
program=${VFIOKIT:-build/vfiokit}
mktree=${MKTREE:-build/tools/mktree}
VFIOKIT_PCI_IDS=$tests/pci.ids
export VFIOKIT_PCI_IDS
work=$(mktemp -d "${TMPDIR:-/tmp}/vfiokit-formats.XXXXXX") || exit 2
trap 'chmod -R u+rwX "$work"; rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
# shellcheck source=tests/tap.sh
. "$tests/tap.sh"

# render NAME FORMAT: $work/NAME.FORMAT from $work/NAME.json
render() {
	# shellcheck disable=SC2086 # a wrapper's words
	$program report "$work/$1.json" --format "$2" -o "$work/$1.$2" 2>"$work/words"
	status=$?
	case $status in
	0 | 1 | 3 | 4) return 0 ;;
	esac
	result "$status" "$1 as $2 is made"
	return 1
}

check_html() {
	needs tidy "$1 as html: tidy" && {
		tidy -q -e --drop-empty-elements no "$work/$1.html" >"$work/words" 2>&1
		result $? "$1 as html: tidy"
	}
}

check_junit() {
	needs xmllint "$1 as junit: xmllint" && {
		xmllint --noout "$work/$1.junit" >"$work/words" 2>&1
		result $? "$1 as junit: xmllint"
		# The counts in the head are those of the elements.
		for what in tests:testcase failures:failure skipped:skipped; do
			said=$(xmllint --xpath "string(/testsuites/@${what%%:*})" "$work/$1.junit")
			found=$(xmllint --xpath "count(//${what#*:})" "$work/$1.junit")
			echo "${what%%:*}: $said said, $found found" >"$work/words"
			[ "$said" = "$found" ]
			result $? "$1 as junit: counts of ${what%%:*}"
		done
	}
}

# prove fails where the host is not ready; it must never find the stream broken.
check_tap() {
	needs prove "$1 as tap: prove" && {
		prove -e cat "$work/$1.tap" >"$work/words" 2>&1
		status=$?
		verdict=$(sed -n 's/^  "verdict":"\(.*\)"$/\1/p' "$work/$1.json")
		if grep -Eq 'Parse errors|Bad plan|Bailout|Dubious.*wstat [^0]' "$work/words"; then
			status=1
		elif [ "$verdict" = ready ]; then
			[ "$status" -eq 0 ] && grep -q '^Result: PASS' "$work/words"
			status=$?
		else
			[ "$status" -ne 0 ] && grep -q '^  Failed test.*: *1' "$work/words"
			status=$?
		fi
		result "$status" "$1 as tap: prove"
	}
}

check_prometheus() {
	needs promtool "$1 as prometheus: promtool" && {
		promtool check metrics <"$work/$1.prometheus" >"$work/words" 2>&1
		result $? "$1 as prometheus: promtool"
	}
	grep -c '^vfiokit_verdict{' "$work/$1.prometheus" >"$work/words"
	[ "$(cat "$work/words")" = 4 ]
	result $? "$1 as prometheus: four verdicts"
}

check_markdown() {
	needs cmark-gfm "$1 as markdown: cmark-gfm" && {
		cmark-gfm --unsafe -e table -e strikethrough -e tasklist "$work/$1.markdown" \
			>"$work/$1.rendered" 2>"$work/words"
		result $? "$1 as markdown: cmark-gfm"
	}
}

# Saved and read back, a document is the same bytes.
check_json() {
	cmp "$work/$1.json" "$work/$1.json-again" >"$work/words" 2>&1
	result $? "$1 as json: the same bytes"
}

check_all() {
	# shellcheck disable=SC2086
	$program report "$work/$1.json" --format json >"$work/$1.json-again" 2>/dev/null
	check_json "$1"
	for format in html junit tap prometheus markdown text; do
		render "$1" "$format" || continue
		[ "$format" = text ] || "check_$format" "$1"
	done
}

# The order of a page's elements, without what stands between them.
elements() {
	grep -o '<[a-zA-Z/!?][^ >]*' "$1"
}

# A text from outside changes nothing but itself.
check_same_structure() {
	for format in html junit rendered; do
		[ -e "$work/tame.$format" ] || continue
		elements "$work/tame.$format" >"$work/tame.elements"
		elements "$work/hostile.$format" >"$work/hostile.elements"
		diff "$work/tame.elements" "$work/hostile.elements" >"$work/words"
		result $? "hostile texts leave the structure of $format as it is"
	done
	for format in tap prometheus markdown text; do
		wc -l <"$work/tame.$format" >"$work/tame.lines"
		wc -l <"$work/hostile.$format" >"$work/hostile.lines"
		# The text for terminals wraps words: only control characters count there.
		[ "$format" = text ] || {
			diff "$work/tame.lines" "$work/hostile.lines" >"$work/words"
			result $? "hostile texts add no line to $format"
		}
		tr -d '\n\t' <"$work/hostile.$format" | grep -aPq '[\x00-\x1f\x7f]' && echo "control characters" >"$work/words"
		! tr -d '\n\t' <"$work/hostile.$format" | grep -aPq '[\x00-\x1f\x7f]'
		result $? "hostile texts bring no control character into $format"
	done
}

for host in intel-ready remapping-unreadable; do
	"$mktree" "$tests/hosts/$host.tree" "$work/$host" || exit 2
	# shellcheck disable=SC2086
	$program report --root "$work/$host" --format json >"$work/$host.json" 2>/dev/null
	check_all "$host"
done
"$mktree" "$tests/hosts/shared-group-no-acs.tree" "$work/shared-group-no-acs" || exit 2
# shellcheck disable=SC2086
$program report --root "$work/shared-group-no-acs" --device 01:00 --format json >"$work/targets.json"
check_all targets
awk -f "$tests/tools/hostile.awk" "$work/targets.json" >"$work/hostile.written"
# In the spelling that json-c has for such characters.
# shellcheck disable=SC2086
$program report "$work/hostile.written" --format json >"$work/hostile.json"
awk -v tame=1 -f "$tests/tools/hostile.awk" "$work/targets.json" >"$work/tame.json"
check_all tame
check_all hostile
check_same_structure

# The same for one report of several hosts: this one, one whose texts are hostile or tame, and a file that is no report.
check_fleet() {
	for kind in tame hostile; do
		mkdir "$work/fleet-$kind.json"
		cp "$work/targets.json" "$work/fleet-$kind.json/a.json"
		cp "$work/$kind.json" "$work/fleet-$kind.json/b.json"
		echo '{"schema": "' >"$work/fleet-$kind.json/c.json"
		for format in html prometheus markdown text; do
			render "fleet-$kind" "$format" || continue
		done
		check_html "fleet-$kind"
		check_markdown "fleet-$kind"
		needs promtool "fleet-$kind as prometheus: promtool" && {
			promtool check metrics <"$work/fleet-$kind.prometheus" >"$work/words" 2>&1
			result $? "fleet-$kind as prometheus: promtool"
		}
	done
	# Values that as many hosts have are sorted by what they say: the order may differ.
	elements "$work/fleet-tame.html" | sort >"$work/tame.elements"
	elements "$work/fleet-hostile.html" | sort >"$work/hostile.elements"
	diff "$work/tame.elements" "$work/hostile.elements" >"$work/words"
	result $? "hostile texts leave the structure of a fleet's html as it is"
	for format in prometheus markdown; do
		wc -l <"$work/fleet-tame.$format" >"$work/tame.lines"
		wc -l <"$work/fleet-hostile.$format" >"$work/hostile.lines"
		diff "$work/tame.lines" "$work/hostile.lines" >"$work/words"
		result $? "hostile texts add no line to a fleet's $format"
	done
	for format in html prometheus markdown text; do
		echo "control characters" >"$work/words"
		! tr -d '\n\t' <"$work/fleet-hostile.$format" | grep -aPq '[\x00-\x1f\x7f]'
		result $? "hostile texts bring no control character into a fleet's $format"
	done
}
check_fleet
finish
