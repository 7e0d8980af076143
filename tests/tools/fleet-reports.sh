#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Writes COUNT reports of hosts with 30 devices that are no bridges into FOLDER, as JSON: one host judged for real, then told
# again under other names; every 7th with another kernel, every 11th not ready, every 50th with a driver changed, every 1000th
# cut short.
#
#   fleet-reports.sh COUNT FOLDER
#
# VFIOKIT and MKTREE name the programs (default: those in build/).
set -eu
export LC_ALL=C.UTF-8
count=$1 folder=$2
tools=$(cd "$(dirname "$0")" && pwd)
tests=${tools%/*}
program=${VFIOKIT:-build/vfiokit}
mktree=${MKTREE:-build/tools/mktree}
work=$(mktemp -d "${TMPDIR:-/tmp}/vfiokit-fleet.XXXXXX")
trap 'chmod -R u+rwX "$work"; rm -rf "$work"' EXIT
mkdir -p "$folder"

"$tools/many-devices.sh" 24 >"$work/host.tree"
"$mktree" "$work/host.tree" "$work/host" "$tests/hosts"
$program report --root "$work/host" --device a1:00 --format json >"$work/host.json" || [ $? -ne 2 ]
awk -v count="$count" -v folder="$folder" '
	{ line[NR] = $0 }
	END {
		for (host = 1; host <= count; host++) {
			file = sprintf("%s/host%05d.json", folder, host)
			last = host % 1000 ? NR : int(NR / 2)
			driver = 0
			for (i = 1; i <= last; i++) {
				text = line[i]
				if (text ~ /"hostname":/) text = sprintf("    \"hostname\":\"host%05d\",", host)
				else if (host % 7 == 0 && text ~ /"kernel":/) sub(/"kernel":"[^"]*"/, "\"kernel\":\"6.12.9\"", text)
				else if (host % 50 == 0 && text ~ /"driver":"mlx5_core"/ && ++driver == 9) sub(/"driver":"[^"]*"/, "\"driver\":\"other\"", text)
				else if (host % 11 && text ~ /^  "verdict":/) text = "  \"verdict\":\"ready\""
				else if (host % 11 && text ~ /"result":"(fail|unknown)"/) sub(/"(fail|unknown)"/, "\"pass\"", text)
				print text >file
			}
			close(file)
		}
	}' "$work/host.json"
