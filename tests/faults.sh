#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The real program, stopped at every call with which it changes a host tree; as TAP, with how often:
#   SIGKILL           the next start puts back what was begun; then configure and rollback work
#   SIGINT, SIGTERM   the program itself puts everything back, or had finished
#   no room, no right to write   on small file systems of their own: all or nothing
#   two at once       one applies, the other is refused with the reason; the result is that of one
#   readers           preflight and list while files are replaced, while a device changes hands, and while
#                     what they were about to open has gone: never a crash, half a document or a false READY
# preflight says that a transaction was cut off exactly where rollback finds one.
# Whatever happens, in the end every byte, mode, owner and link is as before the first command.
#
#   STRIDE   every so many calls (default 1)
#   ONLY     words of: signals room together readers gone (default: all)

set -u
export LC_ALL=C.UTF-8 TZ=UTC COLUMNS=80
tests=$(cd "$(dirname "$0")" && pwd) || exit 2
program=$(realpath "${VFIOKIT:-build/vfiokit}")
mktree=${MKTREE:-build/tools/mktree}
device=01:00
# What changes files, and what makes it last.
calls=write,pwrite64,fsync,fdatasync,syncfs,ftruncate,rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat
calls=$calls,fchmod,fchown,utimensat,fsetxattr
work=$(mktemp -d "${TMPDIR:-/tmp}/vfiokit-faults.XXXXXX") || exit 2
trap 'chmod -R u+rwX "$work" 2>/dev/null; rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
number=0 failed=0

ok() { # ok NAME FILE-THAT-SAYS-WHAT-IS-WRONG
	number=$((number + 1))
	if [ -s "$2" ]; then
		failed=1
		echo "not ok $number - $1"
		sed 's/^/# /' "$2"
	else
		echo "ok $number - $1"
	fi
}

# Names, kinds, modes, owners, times of files, link targets, bytes; not the journals.
fingerprint() {
	(cd "$1" && find . -path ./var -prune -o -printf '%p %y %m %U:%G %l\n' | sort
	find . -path ./var -prune -o -type f -exec sha256sum {} + | sort -k2)
}

new_tree() {
	rm -rf "$work/tree"
	cp -a "$work/clean" "$work/tree"
}

configure() { "$program" configure $device --root "$work/tree" --apply --yes; }
undo() { "$program" rollback --root "$work/tree" --apply --yes; }

# The command under strace with a signal at the nth of the calls; 0 where there was such a call.
interrupted() { # interrupted SIGNAL N COMMAND…
	signal=$1 nth=$2
	shift 2
	# In braces, where bash does not say that it was killed.
	{
		strace -f -o "$work/trace" -e trace="$calls" -e inject="$calls:signal=$signal:when=$nth" \
			"$program" "$@" --root "$work/tree" --apply --yes >"$work/out" 2>&1
		status=$?
	} 2>/dev/null
	grep -q -- "--- $signal\|+++ killed by $signal" "$work/trace"
}

is_like() { fingerprint "$work/tree" | cmp -s "$1" -; }

# Judges the tree: status, and result of host.transaction-cut-off.
judge_cut_off() {
	"$program" preflight $device --root "$work/tree" --format json >"$work/document" 2>&1
	status=$?
	result=$(sed -n '/"id":"host.transaction-cut-off"/{n;s/.*"result":"\([a-z]*\)".*/\1/p}' "$work/document")
}

# preflight sees what rollback sees, and a host with it is not ready.
check_seen() {
	judge_cut_off
	if "$program" rollback --root "$work/tree" 2>&1 | grep -q 'was cut off'; then
		[ "$result" = fail ] || echo "$1: cut off, and preflight says ${result:-nothing}"
		[ "$status" = 1 ] || echo "$1: cut off, and preflight ends with $status"
	else
		case $result in pass | na) ;; *) echo "$1: nothing is cut off, and preflight says ${result:-nothing}" ;; esac
	fi
}

# After a kill: the next commands work, and lead where they always do.
check_killed() {
	check_seen "$1"
	configure >"$work/again" 2>&1
	case $? in
	0 | 4) ;;
	*) echo "$1: configure afterwards: $(tail -1 "$work/again")" ;;
	esac
	is_like "$work/applied" || echo "$1: configure afterwards gave another tree"
	undo >"$work/again" 2>&1
	case $? in
	0 | 4) ;;
	*) echo "$1: rollback afterwards: $(tail -1 "$work/again")" ;;
	esac
	is_like "$work/before" || echo "$1: something is not as it was"
}

# After a signal that can be held: all or nothing, and the exit status says which.
check_stopped() {
	case $status in
	0 | 4) is_like "$2" || echo "$1: status $status, but not all was done" ;;
	# Or killed where nothing was begun yet, or all was put back and only the words about it were left.
	2 | 130 | 143) is_like "$3" || echo "$1: status $status, but not all is put back" ;;
	*) echo "$1: status $status: $(tail -1 "$work/out")" ;;
	esac
}

prepare() { # prepare configure|rollback
	new_tree
	[ "$1" = configure ] || configure >/dev/null 2>&1
}

# Every call of every kind, one kind after the other.
inject_everywhere() { # inject_everywhere SIGNAL configure|rollback
	injected=0
	words=rollback
	[ "$2" = rollback ] || words="configure $device"
	all=$calls
	for calls in ${all//,/ }; do
		nth=1
		while
			prepare "$2"
			# shellcheck disable=SC2086
			interrupted "$1" "$nth" $words
		do
			injected=$((injected + 1))
			where="$1 at $calls $nth of $2"
			if [ "$1" = SIGKILL ]; then
				check_killed "$where"
			elif [ "$2" = configure ]; then
				check_stopped "$where" "$work/applied" "$work/before"
			else
				check_stopped "$where" "$work/before" "$work/applied"
			fi
			nth=$((nth + ${STRIDE:-1}))
		done
	done >"$work/wrong"
	calls=$all
	[ "$injected" -gt 5 ] || echo "only $injected injections" >>"$work/wrong"
	ok "$1 at $injected calls of $2: $((injected - $(cut -d: -f1 "$work/wrong" | sort -u | wc -l))) recovered" "$work/wrong"
}

# -- no room ----------------------------------------------------------------------------------------------

# In a mount namespace of its own: the folder $1 of the tree on a file system with no more than so many KiB free,
# filled up step by step until the command finds room.
with_room() { # with_room FOLDER COMMAND STATE-BEFORE STATE-AFTER
	local folder=$work/tree/$1 level=0 free ended
	while [ "$level" -le 400 ]; do
		new_tree
		[ "$2" = configure ] || configure >/dev/null 2>&1
		mkdir -p "$folder"
		rm -rf "$work/kept" && cp -a "$folder" "$work/kept"
		mount -t tmpfs -o "size=$(($(du -sk "$folder" | cut -f1) + 1024))k" none "$folder" || return 2
		cp -a "$work/kept/." "$folder/"
		chmod --reference="$work/kept" "$folder"
		free=$(df -k --output=avail "$folder" | tail -1)
		[ "$free" -le "$level" ] || head -c "$(((free - level) * 1024))" /dev/zero >"$folder/.ballast"
		if [ "$2" = configure ]; then configure; else undo; fi >"$work/out" 2>&1
		status=$?
		ended=$status
		rm -f "$folder/.ballast"
		injected=$((injected + 1))
		where="$2 with $level KiB in /$1"
		check_stopped "$where" "$4" "$3" >>"$work/wrong"
		[ "$status" = 2 ] && ! grep -q -e 'No space left' -e 'room' "$work/out" &&
			echo "$where: $(tail -1 "$work/out")" >>"$work/wrong"
		check_seen "$where" >>"$work/wrong"
		check_killed "$where" >>"$work/wrong"
		umount "$folder" || return 2
		case $ended in 0 | 4) return 0 ;; esac
		level=$((level + ${ROOM_STEP:-4}))
	done
	echo "$2: 400 KiB in /$1 are not enough: $(tail -1 "$work/out")" >>"$work/wrong"
}

without_right() { # without_right FOLDER COMMAND STATE-BEFORE
	local folder=$work/tree/$1
	new_tree
	[ "$2" = configure ] || configure >/dev/null 2>&1
	mkdir -p "$folder"
	mount --bind "$folder" "$folder" && mount -o remount,bind,ro "$folder" || return 2
	if [ "$2" = configure ]; then configure; else undo; fi >"$work/out" 2>&1
	status=$?
	umount "$folder"
	injected=$((injected + 1))
	where="$2 with /$1 read-only"
	[ "$status" = 2 ] || echo "$where: status $status" >>"$work/wrong"
	# An undo that cannot go on stays unfinished, and is seen.
	judge_cut_off
	is_like "$3" || [ "$result" = fail ] || echo "$where: something has changed" >>"$work/wrong"
	grep -q 'Read-only file system' "$work/out" || echo "$where: $(tail -1 "$work/out")" >>"$work/wrong"
	check_killed "$where" >>"$work/wrong"
}

no_room() {
	: >"$work/wrong"
	injected=0
	for folder in etc etc/modprobe.d var; do
		with_room $folder configure "$work/before" "$work/applied" &&
			with_room $folder rollback "$work/applied" "$work/before" &&
			without_right $folder configure "$work/before" &&
			without_right $folder rollback "$work/applied" || echo "mount failed" >>"$work/wrong"
	done
	ok "no room or no right to write, $injected times: $((injected - $(cut -d: -f1 "$work/wrong" | sort -u | wc -l))) recovered" "$work/wrong"
}

# -- together ---------------------------------------------------------------------------------------------

# The first one is held in the middle for two seconds; the second one is refused meanwhile.
one_is_refused() {
	: >"$work/wrong"
	new_tree
	strace -f -o "$work/trace" -e trace=renameat -e inject=renameat:delay_enter=3000000:when=2 \
		"$program" configure $device --root "$work/tree" --apply --yes >"$work/one" 2>&1 &
	first=$!
	until [ -e "$work/tree/var/lib/vfiokit/transactions/1/log" ]; do
		kill -0 "$first" 2>/dev/null || break
		sleep 0.02
	done
	configure >"$work/two" 2>&1
	status=$?
	[ "$status" = 2 ] || echo "the second one ended with $status" >>"$work/wrong"
	grep -q 'another vfiokit is changing this host' "$work/two" || cat "$work/two" >>"$work/wrong"
	undo >"$work/two" 2>&1
	[ $? = 2 ] && grep -q 'another vfiokit' "$work/two" || { echo 'rollback was not refused:'; cat "$work/two"; } >>"$work/wrong"
	judge_cut_off
	[ "$result" = fail ] && [ "$status" = 1 ] || echo "preflight meanwhile: $status, ${result:-nothing}" >>"$work/wrong"
	wait "$first"
	case $? in 0 | 4) ;; *) cat "$work/one" >>"$work/wrong" ;; esac
	is_like "$work/applied" || echo 'not what one configure gives' >>"$work/wrong"
	[ -e "$work/tree/var/lib/vfiokit/transactions/1" ] || echo 'no transaction 1' >>"$work/wrong"
	[ "$(ls "$work/tree/var/lib/vfiokit/transactions" | wc -l)" = 1 ] || ls "$work/tree/var/lib/vfiokit/transactions" >>"$work/wrong"
	ok 'while one configure is at work, another and rollback are refused with the reason' "$work/wrong"
}

two_at_once() {
	for round in 1 2 3 4 5 6 7 8; do
		new_tree
		configure >"$work/one" 2>&1 &
		first=$!
		configure >"$work/two" 2>&1
		second=$?
		wait "$first"
		first=$?
		case "$first $second" in
		*[04]*) ;;
		*) echo "round $round: neither applied ($first, $second): $(tail -1 "$work/one" "$work/two")" ;;
		esac
		is_like "$work/applied" || echo "round $round: not what one configure gives ($first, $second)"
		undo >"$work/again" 2>&1
		# The second one may have planned while the first one was at work, and found a rest to do.
		case "$first $second" in
		4\ 4 | 4\ 0 | 0\ 4) is_like "$work/before" || undo >"$work/again" 2>&1 ;;
		esac
		is_like "$work/before" || echo "round $round: not put back: $(tail -1 "$work/again")"
	done >"$work/wrong"
	ok 'two configure at once, 8 times' "$work/wrong"
}

readers() {
	new_tree
	: >"$work/wrong"
	for round in 1 2 3 4 5; do
		configure
		undo
	done >"$work/out" 2>&1 &
	writer=$!
	count=0
	while kill -0 "$writer" 2>/dev/null; do
		"$program" preflight $device --root "$work/tree" --format json >"$work/document" 2>"$work/said"
		status=$?
		case $status in
		1 | 3 | 4) ;;
		*) echo "preflight ended with $status: $(cat "$work/said")" >>"$work/wrong" ;;
		esac
		tail -c 2 "$work/document" | grep -q '}' || echo 'half a document' >>"$work/wrong"
		"$program" list --root "$work/tree" >/dev/null 2>"$work/said" || echo "list: $(cat "$work/said")" >>"$work/wrong"
		count=$((count + 1))
	done
	wait "$writer"
	is_like "$work/before" || echo 'not put back in the end' >>"$work/wrong"
	[ "$count" -gt 0 ] || echo 'nothing was read' >>"$work/wrong"
	ok "preflight and list while files are replaced, $count times" "$work/wrong"
}

# -- a device that changes hands ---------------------------------------------------------------------------

# Function 0 goes to and fro between vfio-pci and its host driver, and vanishes; function 1 of its group stays
# with the host, so at no moment is anything ready now.
changing_hands() {
	: >"$work/wrong"
	rm -rf "$work/tree"
	"$mktree" "$tests/hosts/intel-ready.tree" "$work/tree" "$tests/hosts" || return
	devices=$work/tree/sys/bus/pci/devices
	one=$(realpath "$devices/0000:01:00.0") other=$(realpath "$devices/0000:01:00.1")
	group=$(readlink "$one/iommu_group")
	ln -sfn ../../../../bus/pci/drivers/snd_hda_intel "$other/driver"
	rm -rf "$other/vfio-dev"
	: >"$work/go"
	(
		while [ -e "$work/go" ]; do
			rm -rf "$one/vfio-dev"
			rm -f "$one/driver"
			echo vfio-pci >"$one/driver_override"
			ln -sfn ../../../../bus/pci/drivers/nouveau "$one/driver"
			mv "$one" "$one.gone" && mv "$one.gone" "$one"
			rm -f "$one/driver" "$one/iommu_group"
			ln -sfn ../../../../bus/pci/drivers/vfio-pci "$one/driver"
			ln -sfn "$group" "$one/iommu_group"
			mkdir -p "$one/vfio-dev/vfio0"
		done
	) &
	writer=$!
	count=0
	while [ "$count" -lt "${LOOKS:-60}" ]; do
		"$program" preflight $device --root "$work/tree" --format json >"$work/document" 2>"$work/said"
		status=$?
		# 4: the next boot hands both over, as is proven.
		case $status in
		1 | 3 | 4) ;;
		*) echo "look $count: status $status: $(cat "$work/said")" >>"$work/wrong" ;;
		esac
		tail -c 2 "$work/document" | grep -q '}' || echo "look $count: half a document" >>"$work/wrong"
		"$program" list --root "$work/tree" >"$work/listed" 2>"$work/said" || echo "look $count: list: $(cat "$work/said")" >>"$work/wrong"
		count=$((count + 1))
	done
	rm -f "$work/go"
	wait "$writer"
	ok "preflight and list while a device changes hands, $count times: never ready" "$work/wrong"
}

# Each file that preflight opens has gone when it does (ENODEV, as sysfs has it). What tells who holds a target
# must not be missing from a host that is called ready.
gone_at_open() {
	: >"$work/wrong"
	rm -rf "$work/tree"
	"$mktree" "$tests/hosts/intel-ready.tree" "$work/tree" "$tests/hosts" || return
	injected=0 nth=1
	while :; do
		{
			strace -f -y -o "$work/trace" -e trace=openat2,readlinkat -e inject=openat2,readlinkat:error=ENODEV:when=$nth \
				"$program" preflight $device --root "$work/tree" --format json >"$work/document" 2>"$work/said"
			status=$?
		} 2>/dev/null
		lost=$(grep -m 1 'INJECTED' "$work/trace") || break
		injected=$((injected + 1))
		case $status in
		0) case $lost in
			*0000:01:00.?*'"config"'* | *0000:01:00.?*'"driver"'* | *0000:01:00.?*'"iommu_group"'* | *0000:01:00.?*'"class"'* | *'"sys/bus/pci/devices"'*)
				echo "call $nth: ready without $lost" >>"$work/wrong" ;;
			esac ;;
		1 | 3 | 4) ;;
		2) case $lost in *', ".", '*) ;; *) echo "call $nth: status 2: $(cat "$work/said"): $lost" >>"$work/wrong" ;; esac ;;
		*) echo "call $nth: status $status: $(cat "$work/said")" >>"$work/wrong" ;;
		esac
		[ "$status" = 2 ] || tail -c 2 "$work/document" | grep -q '}' || echo "call $nth: half a document" >>"$work/wrong"
		nth=$((nth + ${GONE_STRIDE:-11}))
	done
	[ "$injected" -gt 20 ] || echo "only $injected injections" >>"$work/wrong"
	ok "gone when it was to be opened, $injected times" "$work/wrong"
}

wanted() {
	case " ${ONLY:-signals room together readers gone} " in *" $1 "*) return 0 ;; esac
	return 1
}

"$mktree" "$tests/hosts/base-intel.tree" "$work/clean" "$tests/hosts" || exit 2
fingerprint "$work/clean" >"$work/before"
new_tree
configure >/dev/null 2>&1
fingerprint "$work/tree" >"$work/applied"
cmp -s "$work/before" "$work/applied" && { echo 'Bail out! configure changes nothing here'; exit 2; }

skip() {
	number=$((number + 1))
	echo "ok $number - $1 # SKIP $2"
}

# This script again, in a mount namespace.
if [ "${1-}" = room ]; then
	no_room
	exit $failed
fi
can_trace=yes
command -v strace >/dev/null 2>&1 && strace -o "$work/trace" true 2>/dev/null || can_trace=

if wanted signals; then
	if [ "$can_trace" ]; then
		for signal in SIGKILL SIGINT SIGTERM; do
			inject_everywhere $signal configure
			inject_everywhere $signal rollback
		done
	else
		skip signals 'strace is not installed, or may not trace here'
	fi
fi
if wanted room; then
	apart="unshare -m"
	[ "$(id -u)" = 0 ] || apart="unshare -Urm"
	if $apart mount -t tmpfs none "$work/clean/etc" 2>/dev/null; then
		number=$((number + 1))
		ONLY=room VFIOKIT=$program MKTREE=$mktree $apart "$0" room >"$work/room"
		[ $? = 0 ] || failed=1
		sed "s/ok 1 /ok $number /" "$work/room"
	else
		skip 'no room' 'no mount namespace can be made here'
	fi
fi
if wanted together; then
	if [ "$can_trace" ]; then one_is_refused; else skip 'another one is refused' 'strace is not installed'; fi
	two_at_once
fi
if wanted readers; then
	readers
	changing_hands
fi
if wanted gone; then
	if [ "$can_trace" ]; then gone_at_open; else skip 'gone at open' 'strace is not installed'; fi
fi
echo "1..$number"
exit $failed
