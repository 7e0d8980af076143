#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Every call with which configure, rollback and the commands that only read change a file system, as strace
# sees it, against what they may: the files of the plan (with their temporary file beside them) and the journal. As TAP.
#
# VFIOKIT and MKTREE name the programs (default: those in build/).

set -u
export LC_ALL=C.UTF-8 TZ=UTC COLUMNS=80
tests=$(cd "$(dirname "$0")" && pwd) || exit 2
program=$(realpath "${VFIOKIT:-build/vfiokit}")
mktree=${MKTREE:-build/tools/mktree}
work=$(mktemp -d "${TMPDIR:-/tmp}/vfiokit-writes.XXXXXX") || exit 2
trap 'chmod -R u+rwX "$work" 2>/dev/null; rm -rf "$work"' EXIT
work=$(realpath "$work")
number=0 failed=0

ok() { # ok NAME; $work/wrong says what is wrong
	number=$((number + 1))
	if [ -s "$work/wrong" ]; then
		failed=1
		echo "not ok $number - $1"
		sed 's/^/# /' "$work/wrong"
	else
		echo "ok $number - $1"
	fi
}

skip() {
	echo "ok 1 - what configure writes # SKIP $1"
	echo 1..1
	exit 0
}
command -v strace >/dev/null 2>&1 || skip 'strace is not installed'
strace -o "$work/trace" true 2>/dev/null || skip 'strace may not trace here'

# The paths that a trace shows as changed, below the tree without its name. With -y strace tells of each descriptor
# where it leads: openat(5</tree/etc>, "x", O_WRONLY|O_CREAT), write(7</tree/etc/x>, …).
changed_paths() {
	awk -v tree="$work/tree" '
	function say(path) {
		gsub(/\/\.\//, "/", path)
		sub(/\/\.$/, "", path)
		print path
	}
	/ = -1 E/ || /resumed>/ { next }
	{ sub(/^[0-9]+ +/, "") }
	/^(open|openat|openat2|creat)\(/ && /O_WRONLY|O_RDWR|O_CREAT|O_TRUNC|O_TMPFILE/ {
		# where the new descriptor leads
		if (match($0, /= [0-9]+<[^>]*>$/)) {
			path = substr($0, RSTART, RLENGTH)
			sub(/^= [0-9]+</, "", path)
			sub(/>$/, "", path)
			say(path)
		}
		next
	}
	/^(write|pwrite64|ftruncate|fchmod|fchown|fsetxattr|fremovexattr|copy_file_range|ioctl)\([0-9]+</ {
		if (/^ioctl/ && !/FICLONE/) next
		path = $0
		sub(/^[a-z_0-9]+\([0-9]+</, "", path)
		sub(/>.*/, "", path)
		say(path)
		next
	}
	/^(rename|renameat|renameat2|unlink|unlinkat|mkdir|mkdirat|rmdir|symlink|symlinkat|link|linkat|mknod|mknodat|chmod|fchmodat|chown|lchown|fchownat|truncate|setxattr|utimensat)\(/ {
		rest = $0
		sub(/^[a-z_0-9]+\(/, "", rest)
		folder = ""
		while (match(rest, /([0-9]+|AT_FDCWD)<[^>]*>|"[^"]*"/)) {
			word = substr(rest, RSTART, RLENGTH)
			rest = substr(rest, RSTART + RLENGTH)
			if (word ~ /^"/) {
				name = substr(word, 2, length(word) - 2)
				say(name ~ /^\// ? name : folder "/" name)
			} else {
				sub(/^[^<]*</, "", word)
				sub(/>$/, "", word)
				folder = word
			}
		}
		if (/^utimensat\([0-9]+<[^>]*>, NULL/) say(folder)
		next
	}' "$1" | sort -u
}

# Those that nothing allows; $2 holds the paths of the plan.
check_paths() {
	changed_paths "$1" | while read -r path; do
		case $path in
		/dev/null | pipe:* | "$work/out" | "$work"/tree/var | "$work"/tree/var/lib) continue ;;
		"$work"/tree/var/lib/vfiokit | "$work"/tree/var/lib/vfiokit/*) continue ;;
		"$work"/tree/*) ;;
		# The counts of `make coverage`, which are the compiler's.
		*.gcda) continue ;;
		*) echo "outside of the tree: $path" && continue ;;
		esac
		inside=${path#"$work/tree/"}
		grep -qxF -e "$inside" "$2" && continue
		# The temporary file beside one of them.
		case ${inside##*/} in
		.vfiokit-new.*) grep -q "^${inside%/*}/[^/]*\$" "$2" && continue ;;
		esac
		echo "not in the plan: $inside"
	done
}

"$mktree" "$tests/hosts/base-intel.tree" "$work/tree" "$tests/hosts" || exit 2

traced() { # traced COMMAND…
	strace -f -y -s 4096 -o "$work/trace" -e trace=%file,%desc "$program" "$@" >"$work/out" 2>&1
}

# The plan's files, as configure itself tells them.
"$program" configure 01:00 --root "$work/tree" --format json |
	sed -n 's|^ *"path": *"/*\([^"]*\)",*$|\1|p' | sort -u >"$work/plan"
: >"$work/nothing"
[ -s "$work/plan" ] || { echo 'Bail out! configure plans nothing here'; exit 2; }

for words in 'preflight 01:00' 'list' 'explain 01:00' 'report' 'configure 01:00'; do
	# shellcheck disable=SC2086
	traced $words --root "$work/tree"
	check_paths "$work/trace" "$work/nothing" >"$work/wrong"
	[ "$(grep -c . "$work/trace")" -gt 20 ] || echo 'nothing was traced' >>"$work/wrong"
	[ ! -e "$work/tree/var/lib/vfiokit" ] || echo 'a journal was begun' >>"$work/wrong"
	ok "$words writes nothing"
done

traced configure 01:00 --root "$work/tree" --apply --yes
check_paths "$work/trace" "$work/plan" >"$work/wrong"
# What is looked for is seen at all.
while read -r path; do
	changed_paths "$work/trace" | grep -qxF -e "$work/tree/$path" || echo "not seen: $path"
done <"$work/plan" >>"$work/wrong"
ok "configure --apply writes its plan's files only"

traced rollback --root "$work/tree" --apply --yes
check_paths "$work/trace" "$work/plan" >"$work/wrong"
ok 'rollback --apply writes these files only'
echo "1..$number"
exit $failed
