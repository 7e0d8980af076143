#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A capture must give the verdict of the host that it was taken of, tell nobody whose host that is, and
# write nothing but its file. As TAP.
#
#   tests/capture.sh [TREE…]      the trees of tests/hosts, golden and cases, or only these recipes
#
# VFIOKIT and MKTREE name the programs (default: those in build/).

set -u
export LC_ALL=C.UTF-8 TZ=UTC
# Documents say when a host was judged; that is no difference between two of them.
export SOURCE_DATE_EPOCH=1795281508
tests=$(cd "$(dirname "$0")" && pwd) || exit 2
program=${VFIOKIT:-build/vfiokit}
mktree=${MKTREE:-build/tools/mktree}
work=$(mktemp -d "${TMPDIR:-/tmp}/vfiokit-capture.XXXXXX") || exit 2
number=0
failed=0

clean_up() {
	chmod -R u+rwX "$work" 2>/dev/null
	rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Snapshots are unpacked here: it must be empty again after each.
mkdir "$work/tmp" || exit 2
export TMPDIR="$work/tmp"

# As in golden.sh: in a tree the mode of a file is part of what is told.
as_seen=
if [ "$(id -u)" = 0 ] && setpriv --bounding-set=-dac_override,-dac_read_search true 2>/dev/null; then
	as_seen="setpriv --bounding-set=-dac_override,-dac_read_search"
fi

# Names the test $1; fails it where $work/wrong holds anything, and shows that.
report() {
	number=$((number + 1))
	if [ -s "$work/wrong" ]; then
		failed=$((failed + 1))
		printf 'not ok %s - %s\n' "$number" "$1"
		sed 's/^/# /' "$work/wrong" | head -40
	else
		printf 'ok %s - %s\n' "$number" "$1"
	fi
	: >"$work/wrong"
}

skip() {
	number=$((number + 1))
	printf 'ok %s - %s # SKIP %s\n' "$number" "$1" "$2"
}

# The document without the host's name.
shown() {
	sed 's/^    "hostname":.*/    "hostname":-/' "$1"
}

# The name of the host that a document is about.
host_of() {
	sed -n 's/^    "hostname":"\([^"]*\)",*$/\1/p' "$1"
}

# The same with everything alike that redaction replaces; $hosts holds the names of the host.
blurred() {
	words=
	for host in $hosts; do
		words="$words;s/(^|[^A-Za-z0-9])$host([^A-Za-z0-9]|\$)/\\1HOST\\2/g"
	done
	shown "$1" | sed -E -e "${words#;}" -e "${words#;}" \
		-e 's/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/UUID/g' \
		-e 's/UUID=[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}/UUID=FAT/g' \
		-e 's/PARTUUID=[0-9a-f]{8}-/PARTUUID=DISK-/g' \
		-e 's/([0-9a-f]{2}:){5}[0-9a-f]{2}/MAC/g' \
		-e 's/([0-9a-f]{2}-){6}[0-9a-f]{2}/BOOTIF/g' \
		-e 's/enx[0-9a-f]{12}/enxMAC/g' \
		-e 's/(password=)[^ "]*/\1SECRET/g' \
		-e 's/([0-9]{1,3}\.){3}[0-9]{1,3}/IP/g' \
		-e 's/[0-9A-F]{8}\\t[0-9A-F]{8}\\t/ROUTE/g' \
		-e 's|/home/[^/" ]*|/home/USER|g'
}

# Compares the documents $1 and $2 through the filter $3.
same() {
	hosts="$(host_of "$1") $(host_of "$2")"
	"$3" "$1" >"$work/one" 2>&1
	"$3" "$2" >"$work/other" 2>&1
	diff -u "$work/one" "$work/other" >>"$work/wrong" 2>&1
}

nothing_left() {
	ls -A "$work/tmp" | sed 's/^/left behind: /' >>"$work/wrong"
}

# Runs a program that must end well; its words are shown where it does not.
must() {
	"$@" >"$work/words" 2>&1 || {
		printf '%s: status %s\n' "$*" $?
		cat "$work/words"
	} >>"$work/wrong"
}

# Judges $2 (options) as the document $1; a verdict is no failure, bad usage is.
judge() {
	document=$1
	shift
	# shellcheck disable=SC2086 # words on purpose
	$program preflight --format json "$@" >"$document" 2>"$work/words"
	status=$?
	[ "$status" -ne 2 ] || cat "$work/words" >>"$work/wrong"
}

# The document of a tree must be that of its captures, with names and without.
compare_tree() {
	tree=$1
	# shellcheck disable=SC2086 # words on purpose
	$as_seen $program preflight --format json --root "$tree" >"$work/tree.json" 2>/dev/null
	# shellcheck disable=SC2086
	must $as_seen $program capture --quiet --no-redact --root "$tree" "$work/names.tar.zst"
	# shellcheck disable=SC2086
	must $as_seen $program capture --quiet --root "$tree" "$work/none.tar.gz"
	judge "$work/names.json" --snapshot "$work/names.tar.zst"
	judge "$work/none.json" --snapshot "$work/none.tar.gz"
	same "$work/tree.json" "$work/names.json" shown
	same "$work/tree.json" "$work/none.json" blurred
	nothing_left
	rm -f "$work/names.tar.zst" "$work/none.tar.gz"
}

# -- this machine ------------------------------------------------------------------------------------

# A machine goes on living between two looks at it, so they are tried three times.
compare_live() {
	for attempt in 1 2 3; do
		: >"$work/wrong"
		judge "$work/live.json"
		must $program capture --quiet --no-redact "$work/live.tar.zst"
		must $program capture --quiet "$work/live.tar"
		judge "$work/after.json"
		cmp -s "$work/live.json" "$work/after.json" && break
	done
	judge "$work/names.json" --snapshot "$work/live.tar.zst"
	judge "$work/none.json" --snapshot "$work/live.tar"
	same "$work/live.json" "$work/names.json" shown
	same "$work/live.json" "$work/none.json" blurred
	nothing_left
	[ "$attempt" -le 3 ]
}

: >"$work/wrong"
compare_live
report "this machine and its captures"

case $(ls -l "$work/live.tar.zst") in
-rw-------*) ;;
*) ls -l "$work/live.tar.zst" >"$work/wrong" ;;
esac
[ "$(find "$work/live.tar.zst" -size +10240k)" = "" ] || echo "more than 10 MiB" >>"$work/wrong"
report "the file is private and small"

# Somebody without privileges sees less, and the capture says so in the same words.
if [ "$(id -u)" = 0 ] && setpriv --reuid=65534 --regid=65534 --clear-groups true 2>/dev/null; then
	mkdir -m 777 "$work/open"
	cp "${program##* }" "$work/open/vfiokit" 2>/dev/null
	chmod 711 "$work"
	nobody="setpriv --reuid=65534 --regid=65534 --clear-groups env TMPDIR=$work/open"
	must $nobody "$work/open/vfiokit" capture --quiet --no-redact "$work/open/nobody.tar.gz"
	$nobody "$work/open/vfiokit" preflight --format json >"$work/live.json" 2>/dev/null
	judge "$work/names.json" --snapshot "$work/open/nobody.tar.gz"
	same "$work/live.json" "$work/names.json" shown
	report "this machine as seen without privileges"
else
	skip "this machine as seen without privileges" "not root"
fi

# -- trees -------------------------------------------------------------------------------------------

if [ $# -eq 0 ]; then
	set -- "$tests"/hosts/*.tree
	# Under valgrind these are enough.
	case $program in
	*" "*) ;;
	*) set -- "$@" "$tests"/golden/*/host.tree "$tests"/cases/*/host.tree ;;
	esac
fi
for recipe in "$@"; do
	[ -e "$recipe" ] || continue
	name=${recipe#"$tests/"}
	if "$mktree" "$recipe" "$work/tree" "$tests/hosts" >"$work/words" 2>&1; then
		compare_tree "$work/tree"
		report "$name and its captures"
	else
		# Golden cases tell whether a recipe is right.
		skip "$name and its captures" "it builds no tree alone: $(head -1 "$work/words")"
	fi
	chmod -R u+rwX "$work/tree" 2>/dev/null
	rm -rf "$work/tree"
done

# -- names -------------------------------------------------------------------------------------------

cat >"$work/named.tree" <<'RECIPE'
include intel-ready
file etc/hostname
| gpu-lab7.corp.example.net
file proc/sys/kernel/hostname
| gpu-lab7
file etc/hosts
| 127.0.1.1 gpu-lab7.corp.example.net gpu-lab7
file etc/shadow
| root:$6$geheim$geheim:19000:0:99999:7:::
file etc/ssh/ssh_host_ed25519_key
| geheim
file etc/machine-id
| 0123456789abcdef0123456789abcdef
file etc/fstab
| UUID=7f3e2d1c-aaaa-4bbb-8ccc-123456789abc / ext4 defaults 0 1
| UUID=A1B2-C3D4 /boot/efi vfat umask=0077 0 1
| fileserver:/export /home/alice nfs4 addr=10.20.30.40 0 0
| //winserver/share /mnt cifs username=bob,password=geheim 0 0
file proc/cmdline
| BOOT_IMAGE=/vmlinuz root=UUID=7f3e2d1c-aaaa-4bbb-8ccc-123456789abc intel_iommu=on ip=10.20.30.41::10.20.30.1:255.255.255.0:gpu-lab7:eno1:none BOOTIF=01-aa-bb-cc-dd-ee-01 rd.iscsi.password=geheim
file proc/net/route
| Iface	Destination	Gateway	Flags	RefCnt	Use	Metric	Mask	MTU	Window	IRTT
| eno1	00000000	011E140A	0003	0	0	0	00000000	0	0	0
| eno1	001E140A	00000000	0001	0	0	0	00FFFFFF	0	0	0
file proc/net/ipv6_route
| 20010db8abcd00120000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000001 00000000 00000001     eno1
| fe80000000000000aabbccfffeddee01 80 00000000000000000000000000000000 00 00000000000000000000000000000000 00000000 00000002 00000000 80200001     eno1
file run/udev/data/b8:0
| E:ID_SERIAL=Samsung_SSD_870_S5Y1NX0R123456
| E:ID_SERIAL_SHORT=S5Y1NX0R123456
| E:ID_FS_UUID=7f3e2d1c-aaaa-4bbb-8ccc-123456789abc
link dev/disk/by-id/ata-Samsung_SSD_870_S5Y1NX0R123456-part1 ../../sda1
link dev/disk/by-uuid/A1B2-C3D4 ../../sda1
file sys/class/net/enxaabbccddee02/address
| aa:bb:cc:dd:ee:02
file sys/class/dmi/id/product_serial
| CZJ12345XY
file etc/pve/mapping/pci.cfg
| cad-card
| 	description the card of alice, geheim
| 	map id=10de:2204,iommugroup=1,node=gpu-lab7,path=0000:01:00,comment=geheim
| 	map id=10de:2484,iommugroup=1,node=fileserver,path=0000:01:00
file etc/pve/qemu-server/104.conf
| #notes: geheim, alice
| name: geheim
| args: -vnc :1,password=geheim
| ciuser: alice
| cipassword: geheim
| hostpci0: mapping=cad-card,pcie=1,romfile=geheim.rom
| net0: virtio=AA:BB:CC:DD:EE:05,bridge=vmbr0
| smbios1: uuid=7f3e2d1c-aaaa-4bbb-8ccc-123456789abc
| machine: pc-i440fx-9.0
| [geheim]
| hostpci1: 0000:01:00,pcie=1
file etc/yunion/host.conf
| rack: geheim
| servers_path: /home/alice
| password: geheim
| listen_interface: 10.20.30.40
| disable_gpu: true # geheim
file var/lib/vfiokit/transactions/1/log
| 0123456789abcdef {"vfiokit-transaction":1,"command":"configure geheim"}
file var/lib/vfiokit/transactions/1/old/0
| geheim
append dmesg.txt
| [    9.000000] e1000e 0000:00:1f.6 eth0: (PCI Express:2.5GT/s:Width x1) aa:bb:cc:dd:ee:01
| [    9.000000] usb 1-1: SerialNumber: 4C530001230101112345
| [    9.000000] systemd[1]: Hostname set to <gpu-lab7>.
| [    9.000000] nfs: server 10.20.30.40 OK, fe80::aabb:ccff:fedd:ee01, 2001:db8:abcd:12::7
| [    9.000000] mpt3sas: sas_address(0x5000c500a1b2c3d4)
| [    9.000000] wmi: service tag CZJ12345XY
RECIPE
must "$mktree" "$work/named.tree" "$work/tree" "$tests/hosts"
must $program capture --root "$work/tree" "$work/named.tar"
mkdir "$work/unpacked"
must tar -C "$work/unpacked" -xf "$work/named.tar"
report "a host with many names is captured"
for word in gpu-lab7 corp.example.net geheim 0123456789abcdef0123456789abcdef \
	7f3e2d1c-aaaa 'A1B2-C3D4' fileserver winserver alice bob '10\.20\.30' 0A141E 1E140A \
	20010db8abcd 'abcd:12' aabbcc 'aa[:-]bb[:-]cc' S5Y1NX0R 4C530001230101112345 \
	CZJ12345XY 5000c500a1b2c3d4 fedd; do
	{
		grep -r -a -i -l -e "$word" "$work/unpacked"
		find "$work/unpacked" | grep -i -e "$word"
		find "$work/unpacked" -type l -exec readlink {} + | grep -i -e "$word"
	} >>"$work/wrong"
	report "the capture does not hold $word"
done
for file in etc/shadow etc/ssh etc/hosts sys/class/dmi/id/product_serial var/lib/vfiokit/transactions/1/old; do
	[ ! -e "$work/unpacked/$file" ] || echo "it is there" >>"$work/wrong"
	report "$file is not taken"
done
grep -q 'node=host1' "$work/unpacked/etc/pve/mapping/pci.cfg" || echo 'the mapping is gone' >>"$work/wrong"
grep -q 'mapping=cad-card,pcie=1$' "$work/unpacked/etc/pve/qemu-server/104.conf" || echo 'hostpci0 is gone' >>"$work/wrong"
grep -qx 'disable_gpu: true' "$work/unpacked/etc/yunion/host.conf" || echo 'disable_gpu is gone' >>"$work/wrong"
report "what checks look at in the files of platforms is there"
compare_tree "$work/tree"
for words in 'the mapping cad-card has id' 'VM 104 has' 'disable_gpu is true' 'transaction 1 is damaged'; do
	grep -q "$words" "$work/none.json" || echo "no finding: $words" >>"$work/wrong"
done
report "its verdict is the same"

# -- refusals ----------------------------------------------------------------------------------------

# $1: what must be in the message; the rest: the command, which must end with status 2.
refused() {
	wanted=$1
	shift
	# shellcheck disable=SC2086
	$program "$@" >"$work/words" 2>&1
	status=$?
	[ "$status" = 2 ] || echo "status $status" >>"$work/wrong"
	grep -q -e "$wanted" "$work/words" || cat "$work/words" >>"$work/wrong"
	nothing_left
}

refused "exclude each other" preflight --root / --snapshot "$work/live.tar"
report "--root and --snapshot"
refused "must end with" capture --root "$work/tree" "$work/x.zip"
report "a name that tells no format"
refused "missing" capture
report "no file named"
refused "no regular file" capture --root "$work/tree" "$work/tmp/../unpacked/../tree.tar" 2>/dev/null
mkdir "$work/folder.tar"
: >"$work/wrong"
refused "no regular file" capture --root "$work/tree" "$work/folder.tar"
report "a directory in the file's place"
echo text >"$work/text.tar"
refused "text.tar" preflight --snapshot "$work/text.tar"
report "something that is no archive"
refused "No such file" preflight --snapshot "$work/absent.tar"
report "a file that is not there"
mkdir "$work/empty" && tar -C "$work/empty" -cf "$work/empty.tar" .
refused "no sys, proc or etc" preflight --snapshot "$work/empty.tar"
report "an archive of something else"
head -c 100000 "$work/live.tar.zst" >"$work/cut.tar.zst"
refused "cut.tar.zst: refused" preflight --snapshot "$work/cut.tar.zst"
report "an archive that is cut off"

# What was written before a failure goes away again.
if [ -w /dev/full ]; then
	mkdir "$work/readonly" && chmod 555 "$work/readonly"
	# shellcheck disable=SC2086
	$as_seen $program capture --root "$work/tree" "$work/readonly/x.tar" >/dev/null 2>"$work/words"
	[ $? = 2 ] || echo "a folder that cannot be written to: status $?" >>"$work/wrong"
	chmod 755 "$work/readonly"
	[ -z "$(ls -A "$work/readonly")" ] || ls -A "$work/readonly" >>"$work/wrong"
	report "a folder that cannot be written to"
fi

printf '1..%s\n' "$number"
[ "$failed" -eq 0 ]
