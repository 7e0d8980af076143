#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Holds what `vfiokit handover` prints for each platform against a reader that is not ours, as TAP: xmllint and
# libvirt's own schema, PyYAML, json of Python, sh, QEMU. Where a reader is not installed the case is skipped with
# the reason. VFIOKIT and MKTREE name the programs (default: those in build/).

set -u
export LC_ALL=C.UTF-8 TZ=UTC SOURCE_DATE_EPOCH=1795281508
tests=$(cd "$(dirname "$0")" && pwd) || exit 2
program=${VFIOKIT:-build/vfiokit}
mktree=${MKTREE:-build/tools/mktree}
schema=/usr/share/libvirt/schemas/domain.rng
VFIOKIT_PCI_IDS=$tests/pci.ids
export VFIOKIT_PCI_IDS
work=$(mktemp -d "${TMPDIR:-/tmp}/vfiokit-handover.XXXXXX") || exit 2
trap 'chmod -R u+rwX "$work"; rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
# shellcheck source=tests/tap.sh
. "$tests/tap.sh"

# render NAME PLATFORM WORDS…: $work/NAME.PLATFORM; whether there is one.
render() {
	name=$1 platform=$2
	shift 2
	# shellcheck disable=SC2086 # a wrapper's words
	$program handover --root "$work/$host" --for "$platform" "$@" >"$work/$name.$platform" \
		2>"$work/words"
	status=$?
	case $status in
	0 | 1 | 3 | 4) [ -s "$work/$name.$platform" ] && return 0 ;;
	esac
	result 1 "$name for $platform is made (exit status $status)"
	return 1
}

# A domain of libvirt's needs more than what is handed over: the rest comes from here.
complete_domain() {
	sed -e "s|^<domain[^>]*>|&<name>guest</name><memory unit='GiB'>4</memory><vcpu>2</vcpu><os><type arch='x86_64' machine='q35'>hvm</type></os>|" \
		-e "s|^<devices>|<domain type='kvm'><name>guest</name><memory unit='GiB'>4</memory><vcpu>2</vcpu><os><type arch='x86_64' machine='q35'>hvm</type></os>&|" \
		-e "s|^</devices>|&</domain>|" "$1"
}

check_xml() {
	xmllint --noout "$work/$1.$2" >"$work/words" 2>&1
	result $? "$1 for $2: xmllint"
	[ -e "$schema" ] || {
		skip "$1 for $2: libvirt's schema" "$schema is not there (Debian: libvirt0)"
		return
	}
	complete_domain "$work/$1.$2" >"$work/domain.xml"
	xmllint --noout --relaxng "$schema" "$work/domain.xml" >"$work/words" 2>&1
	result $? "$1 for $2: libvirt's schema"
}

# Mold lets through only the elements that its setting names.
check_mold() {
	xmllint --xpath '//*' "$work/$1.ablestack" 2>&1 | grep -o '<[a-z]*' | sort -u | tr -d '<\n' >"$work/words"
	[ "$(cat "$work/words")" = addressdevicesdriverhostdevsource ]
	result $? "$1 for ablestack: no other elements than Mold takes"
}

check_yaml() {
	python3 -c 'import yaml' 2>/dev/null || {
		skip "$1 for $2: PyYAML" "python3-yaml is not installed"
		return
	}
	python3 - "$work/$1.$2" "$2" >"$work/words" 2>&1 <<'PYTHON'
import re, sys, yaml
parts = [part for part in yaml.safe_load_all(open(sys.argv[1], encoding="utf-8")) if part]
def selectors(part):
    spec = part.get("spec", {})
    spec = spec.get("configuration", spec)
    return spec["permittedHostDevices"]["pciHostDevices"]
def check(entries):
    assert entries
    for entry in entries:
        assert re.fullmatch("[0-9A-F]{4}:[0-9A-F]{4}", entry["pciVendorSelector"])
        domain, name = entry["resourceName"].split("/")
        assert re.fullmatch(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?", domain)
        assert len(name) <= 63 and re.fullmatch("[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?", name)
if sys.argv[2] == "kubevirt":
    check(selectors(parts[0]))
    devices = parts[1]["spec"]["template"]["spec"]["domain"]["devices"]
    permitted = {entry["resourceName"] for entry in selectors(parts[0])}
    used = devices.get("gpus", []) + devices.get("hostDevices", [])
    assert used and all(device["deviceName"] in permitted for device in used)
    assert len({device["name"] for device in used}) == len(used)
elif sys.argv[2] == "gpu-operator":
    assert parts[0]["spec"]["sandboxWorkloads"]["enabled"] is True
    check(selectors(parts[1]))
    butane = parts[2]
    assert butane["variant"] == "openshift" and butane["storage"]["files"][0]["mode"] == 0o644
    text = butane["storage"]["files"][0]["contents"]["inline"]
    assert re.fullmatch("options vfio-pci ids=[0-9a-f]{4}:[0-9a-f]{4}(,[0-9a-f]{4}:[0-9a-f]{4})*\n", text)
else:
    assert all(value is False for part in parts for value in part.values()) and parts
PYTHON
	result $? "$1 for $2: PyYAML"
}

check_sh() {
	sh -n "$work/$1.$2" >"$work/words" 2>&1
	result $? "$1 for $2: sh"
}

check_nova() {
	command -v python3 >/dev/null || {
		skip "$1 for nova: JSON" "python3 is not installed"
		return
	}
	python3 - "$work/$1.nova" >"$work/words" 2>&1 <<'PYTHON'
import json, re, sys
lines = [line.rstrip("\n") for line in open(sys.argv[1], encoding="utf-8")]
lines = [line for line in lines if line and not line.startswith("#")]
assert lines[0] == "[pci]" and len(lines) > 2
specs = [json.loads(line.split(" = ", 1)[1]) for line in lines if line.startswith("device_spec = ")]
aliases = [json.loads(line.split(" = ", 1)[1]) for line in lines if line.startswith("alias = ")]
assert len(specs) + len(aliases) == len(lines) - 1
for spec in specs:
    assert re.fullmatch("[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}[.][0-7]", spec["address"])
ids = lambda entry: (entry["vendor_id"], entry["product_id"])
assert {ids(spec) for spec in specs} == {ids(alias) for alias in aliases}
assert all(alias["device_type"] in ("type-PCI", "type-PF", "type-VF") for alias in aliases)
PYTHON
	result $? "$1 for nova: JSON"
}

# QEMU takes the line as far as to the device, which is not on this machine.
check_qemu() {
	command -v qemu-system-x86_64 >/dev/null || {
		skip "$1 for qemu: QEMU" "qemu-system-x86_64 is not installed"
		return
	}
	# shellcheck disable=SC2046 # words of the line
	qemu-system-x86_64 -machine q35,accel=tcg -display none -nodefaults -S \
		$(grep -v '^#' "$work/$1.qemu" | sed 's/ \\$//') >"$work/words" 2>&1 </dev/null
	grep -Eq 'no such host device|no iommu_group found|failed to open /dev/vfio' "$work/words"
	result $? "$1 for qemu: QEMU"
}

# check NAME HOST DEVICE…
check() {
	name=$1 host=$2
	shift 2
	for platform in libvirt ablestack kubevirt cloudpods proxmox morpheus incus nova qemu; do
		render "$name" "$platform" "$@" || continue
		case $platform in
		libvirt) check_xml "$name" libvirt ;;
		ablestack)
			check_xml "$name" ablestack
			check_mold "$name"
			;;
		kubevirt | cloudpods) check_yaml "$name" "$platform" ;;
		nova) check_nova "$name" ;;
		qemu) check_qemu "$name" ;;
		*) check_sh "$name" "$platform" ;;
		esac
	done
}

for host in handover gpu-audio-left-behind nvswitch-missing; do
	"$mktree" "$tests/hosts/$host.tree" "$work/$host" || exit 2
done
check gpu handover 01:00.0
check vf handover 05:02.0
check nvme handover 04:00.0
check several handover 05:02.0 01:00 04:00
check not-ready gpu-audio-left-behind 01:00
check large-bars nvswitch-missing 10de:2330 10de:22a3
host=handover
render gpu gpu-operator 01:00.0 && check_yaml gpu gpu-operator
host=nvswitch-missing
render large-bars gpu-operator 10de:2330 && check_yaml large-bars gpu-operator

# A host whose texts try to end the comment that they stand in.
cp -a "$work/gpu-audio-left-behind" "$work/hostile" || exit 2
chmod -R u+rwX "$work/hostile"
# shellcheck disable=SC2016
printf -- '--> <x> ]]> $(id) `id` \047 "\n- evil: true\n[pci]\nalias = x\n' >"$work/hostile/proc/sys/kernel/hostname"
printf 'NAME="--><x>\\nevil: 1"\nPRETTY_NAME="-- --> <!-- \\n- a: b"\n' >"$work/hostile/etc/os-release" 2>/dev/null ||
	{ rm -f "$work/hostile/etc/os-release" && printf 'PRETTY_NAME="-- --> <!--"\n' >"$work/hostile/etc/os-release"; }
check hostile hostile 01:00

# All that templates see, as JSON.
if command -v python3 >/dev/null; then
	# shellcheck disable=SC2086
	$program handover --root "$work/hostile" --for libvirt --format json 01:00 2>/dev/null |
		python3 -c 'import json, sys; assert len(json.load(sys.stdin)["handover"]["functions"]) == 2' >"$work/words" 2>&1
	result $? "hostile as JSON"
else
	skip "hostile as JSON" "python3 is not installed"
fi
finish
