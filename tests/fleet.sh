#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What templates/fleet holds, as TAP: YAML that a parser takes, units that systemd takes, commands whose options this
# vfiokit has, and the Ansible playbooks run for real against hosts with a real sshd. A host is a tree (tests/hosts) that
# vfiokit judges and configures with --root; a reboot puts the tree of the machine after its next boot in its place.
# What is not installed (ansible-core, sshd, python3-yaml, systemd-analyze) is skipped with the reason.
#
# VFIOKIT and MKTREE name the programs (default: those in build/).

set -u
export LC_ALL=C.UTF-8 TZ=UTC ANSIBLE_NOCOLOR=1 ANSIBLE_RETRY_FILES_ENABLED=0 ANSIBLE_DEPRECATION_WARNINGS=0
unset SSH_AUTH_SOCK
tests=$(cd "$(dirname "$0")" && pwd) || exit 2
recipes=$tests/../templates/fleet
program=$(realpath "${VFIOKIT:-build/vfiokit}") || exit 2
mktree=$(realpath "${MKTREE:-build/tools/mktree}") || exit 2
work=$(mktemp -d "${TMPDIR:-/tmp}/vfiokit-fleet.XXXXXX") || exit 2
clean_up() {
	[ ! -s "$work/sshd.pid" ] || kill "$(cat "$work/sshd.pid")" 2>/dev/null
	chmod -R u+rwX "$work"
	rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
# shellcheck source=tests/tap.sh
. "$tests/tap.sh"

# -- what the files say --------------------------------------------------------------------------------

check_yaml() {
	for file in "$recipes"/*.yml "$recipes"/*.yaml; do
		name=${file##*/}
		if python3 -c 'import yaml' 2>/dev/null; then
			python3 -c 'import sys, yaml; assert any(yaml.safe_load_all(open(sys.argv[1])))' "$file" >"$work/words" 2>&1
			result $? "$name is YAML"
		else
			skip "$name is YAML" "python3-yaml is not installed"
		fi
	done
}

check_units() {
	if ! command -v systemd-analyze >/dev/null; then
		skip "the units" "systemd-analyze is not installed"
		return
	fi
	mkdir "$work/units"
	for unit in "$recipes"/vfiokit-report.*; do
		sed "s|/usr/local/sbin/vfiokit|$program|" "$unit" >"$work/units/${unit##*/}"
	done
	systemd-analyze verify "$work"/units/vfiokit-report.service "$work"/units/vfiokit-report.timer >"$work/words" 2>&1
	status=$?
	# It says of some mistakes what it finds and exits with 0 all the same.
	[ "$status" -eq 0 ] && ! grep -q vfiokit-report "$work/words"
	result $? "systemd-analyze verify takes the units"
}

# Every "vfiokit COMMAND … --option" outside of comments; continued in a command line of its own.
check_options() {
	found=
	for file in "$recipes"/*; do
		sed -e '/^ *#/d' -e 's/{{ *\(command\|controller\) *}}/vfiokit/g' -e "s/{{ vfiokit_command[^}]*}}/vfiokit/g" "$file" |
			grep -oE '(^|[ /"])vfiokit (preflight|report|configure)( .*)?$' | sed 's/^[ /"]*//' >"$work/lines"
		[ ! -s "$work/lines" ] || found="$found ${file##*/}"
		while IFS= read -r line; do
			command=$(echo "$line" | cut -d' ' -f2)
			$program "$command" --help >"$work/help" || exit 2
			for option in $(echo "$line" | grep -oE -- '(^| )(--[a-z][a-z-]*|-[a-z])' | sort -u); do
				grep -qE -- "^ +(-[a-z], )?$option( |,|\$)|^ +$option," "$work/help"
				status=$?
				echo "$line" >"$work/words"
				result "$status" "${file##*/}: vfiokit $command has $option"
			done
			for format in $(echo "$line" | sed -n 's/.*--format \([a-z]*\).*/\1/p'); do
				echo "$line" >"$work/words"
				grep -qE -- "--format .*" "$work/help" && grep -q "$format" "$work/help"
				result $? "${file##*/}: vfiokit $command has --format $format"
			done
		done <"$work/lines"
	done
	echo "$found" >"$work/words"
	[ "$(echo "$found" | wc -w)" = 6 ]
	result $? "commands were found in the two playbooks, the DaemonSet, the unit and both CI jobs"
}

# -- hosts with a real sshd ------------------------------------------------------------------------------

# host NAME TREE AFTER: a host; AFTER is the tree of the machine after its next boot.
host() {
	"$mktree" "$tests/hosts/$2.tree" "$work/hosts/$1/tree" "$tests/hosts" >"$work/words" 2>&1 || return 1
	"$mktree" "$tests/hosts/$3.tree" "$work/hosts/$1/after" "$tests/hosts" >>"$work/words" 2>&1 || return 1
	echo 1 >"$work/hosts/$1/boots"
	cat >>"$work/inventory" <<-END
	$1 ansible_host=127.0.0.1 vfiokit_command="$program --root $work/hosts/$1/tree" vfiokit_reboot_command="$work/reboot $1" vfiokit_boot_time_command="cat $work/hosts/$1/boots"
	END
}

# Takes the place of /sbin/reboot: counts, and puts the machine after its next boot in the place of this one.
write_reboot() {
	cat >"$work/reboot" <<-END
	#!/bin/sh
	cd "$work/hosts/\$1" || exit 1
	mv tree before && mv after tree
	echo "\$((\$(cat boots) + 1))" >boots.new && mv boots.new boots
	END
	chmod +x "$work/reboot"
}

start_sshd() {
	sshd=$(command -v sshd || echo /usr/sbin/sshd)
	[ -x "$sshd" ] && command -v ssh >/dev/null && command -v ssh-keygen >/dev/null || return 1
	ssh-keygen -q -t ed25519 -N '' -f "$work/host_key" && ssh-keygen -q -t ed25519 -N '' -f "$work/key" || return 1
	cp "$work/key.pub" "$work/authorized_keys"
	[ "$(id -u)" != 0 ] || mkdir -p /run/sshd
	for port in 22822 22922 23022 23122; do
		cat >"$work/sshd_config" <<-END
		Port $port
		ListenAddress 127.0.0.1
		HostKey $work/host_key
		PidFile $work/sshd.pid
		AuthorizedKeysFile $work/authorized_keys
		StrictModes no
		UsePAM no
		PasswordAuthentication no
		PermitRootLogin prohibit-password
		Subsystem sftp internal-sftp
		END
		"$sshd" -f "$work/sshd_config" -E "$work/sshd.log" && break
		port=
	done
	[ -n "$port" ] || return 1
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		[ -s "$work/sshd.pid" ] && break
		sleep 0.2
	done
	ssh -p "$port" -i "$work/key" -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
		127.0.0.1 true >"$work/words" 2>&1
}

# The hosts of one case: NAME TREE AFTER …
hosts() {
	rm -rf "$work/hosts" "$work/reports"
	mkdir "$work/hosts"
	cat >"$work/inventory" <<-END
	[all:vars]
	ansible_port=$port
	ansible_user=$(id -un)
	ansible_ssh_private_key_file=$work/key
	ansible_ssh_common_args="-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o ControlMaster=no"
	ansible_become=false
	ansible_python_interpreter=$(command -v python3)
	vfiokit_controller_command=$program
	vfiokit_reports=$work/reports
	vfiokit_reboot_timeout=60
	[lab]
	END
	while [ $# -gt 0 ]; do
		mkdir "$work/hosts/$1"
		host "$1" "$2" "$3" || return 1
		shift 3
	done
}

# play PLAYBOOK DEVICES [OPTION…]
play() {
	playbook=$1 devices=$2
	shift 2
	HOME=$work ansible-playbook -i "$work/inventory" "$recipes/$playbook" -e "{\"vfiokit_hosts\": \"lab\", \"vfiokit_devices\": [$devices]}" \
		"$@" </dev/null >"$work/words" 2>&1
}

boots() {
	cat "$work/hosts/$1/boots"
}

# Whether no file of the host was written.
untouched() {
	[ "$(boots "$1")" = 1 ] && [ ! -e "$work/hosts/$1/tree/var/lib/vfiokit" ]
}

check_check() {
	hosts alpha intel-ready intel-ready beta intel-parameter-missing intel-ready || { result 1 "the hosts are made"; return; }
	play ansible-check.yml '"01:00"'
	status=$?
	[ "$status" -ne 0 ] && grep -q '^alpha .*failed=0' "$work/words" && grep -q '^beta .*failed=1' "$work/words"
	result $? "check: the host that is not ready fails, the other does not"
	"$program" preflight 01:00 --root "$work/hosts/alpha/tree" --format json | grep -v judged_at >"$work/wanted"
	sed '1s/^ //' "$work/reports/alpha.json" | grep -v judged_at | diff "$work/wanted" - >"$work/words" 2>&1
	result $? "check: the report is what vfiokit printed, byte by byte"
	cat "$work/reports/fleet.txt" >"$work/words" 2>&1
	grep -q '^1 NOT READY · 1 READY$' "$work/words" && [ -s "$work/reports/fleet.html" ]
	result $? "check: one report of both hosts"
	untouched alpha && untouched beta
	result $? "check: nothing was changed"
	# A host that is gone, and whose old report said ready.
	sed -i '/^alpha/s/ansible_host=127.0.0.1/ansible_host=127.0.0.1 ansible_port=9/' "$work/inventory"
	play ansible-check.yml '"01:00"'
	status=$?
	cat "$work/reports/fleet.txt" >>"$work/words" 2>&1
	[ "$status" -ne 0 ] && grep -q '^1 NOT READY · 1 not readable$' "$work/reports/fleet.txt"
	result $? "check: a host that is not reached is not counted as it was before"
}

check_configure() {
	hosts alpha intel-parameter-missing intel-ready beta intel-parameter-missing intel-ready || { result 1 "the hosts are made"; return; }
	play ansible-configure.yml '"01:00"'
	status=$?
	[ "$status" -eq 0 ] && grep -q 'intel_iommu=on' "$work/words" && untouched alpha && untouched beta
	result $? "configure: without vfiokit_apply the plan is shown and nothing changes"
	play ansible-configure.yml '"01:00"' -e vfiokit_apply=true
	status=$?
	[ "$status" -eq 0 ] && [ "$(boots alpha)" = 2 ] && [ "$(boots beta)" = 2 ] &&
		grep -q 'intel_iommu=on' "$work/hosts/alpha/before/boot/loader/entries/arch.conf"
	result $? "configure: both hosts are configured, rebooted and ready"
	alpha=$(grep -n 'Judge the host again' "$work/words" | head -1 | cut -d: -f1)
	beta=$(grep -n '^[a-z]*: \[beta\]' "$work/words" | head -1 | cut -d: -f1)
	[ "$alpha" -lt "$beta" ]
	result $? "configure: the second host is begun when the first is ready again"
	play ansible-configure.yml '"01:00"' -e vfiokit_apply=true
	status=$?
	[ "$status" -eq 0 ] && [ "$(boots alpha)" = 2 ] && grep -q '^alpha .*changed=0' "$work/words"
	result $? "configure: a host that is ready is left alone"
}

check_refusals() {
	hosts alpha root-disk-target intel-ready beta intel-parameter-missing intel-ready || { result 1 "the hosts are made"; return; }
	play ansible-configure.yml '"03:00.0"' -e vfiokit_apply=true
	status=$?
	[ "$status" -ne 0 ] && grep -q 'Refuse a host that would be harmed' "$work/words" &&
		grep -q '^alpha .*failed=1' "$work/words" && untouched alpha && untouched beta
	result $? "configure: a danger is refused, and the next host is not begun"
	hosts alpha intel-parameter-missing intel-parameter-missing beta intel-parameter-missing intel-ready || return
	play ansible-configure.yml '"01:00"' -e vfiokit_apply=true
	status=$?
	[ "$status" -ne 0 ] && [ "$(boots alpha)" = 2 ] && untouched beta
	result $? "configure: a host that is not ready after its reboot ends the run"
	hosts alpha intel-ready intel-ready || return
	play ansible-configure.yml '"01:00; reboot"' -e vfiokit_apply=true
	status=$?
	[ "$status" -ne 0 ] && grep -q 'must be a list of addresses' "$work/words" && untouched alpha
	result $? "configure: what is no device is refused"
}

check_yaml
check_units
check_options
if ! command -v ansible-playbook >/dev/null; then
	skip "the playbooks" "ansible-core is not installed"
	finish
fi
for playbook in ansible-check.yml ansible-configure.yml; do
	HOME=$work ansible-playbook -i "$recipes/inventory.ini" --syntax-check "$recipes/$playbook" >"$work/words" 2>&1
	result $? "$playbook: --syntax-check"
done
write_reboot
if ! start_sshd; then
	skip "the playbooks against hosts" "no sshd could be started: $(tail -1 "$work/words" 2>/dev/null)"
	finish
fi
check_check
check_configure
check_refusals
finish
