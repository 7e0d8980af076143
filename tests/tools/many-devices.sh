#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Prints the recipe of a host with about that many functions on top of a server: cards of eight functions behind
# root ports that keep them apart, held by the host's driver and asked for.
set -eu
count=${1:-300}

echo 'include base-server'
card=0
while [ $((card * 8)) -lt "$count" ]; do
	port=$(printf '0000:a0:%02x.%x' $((card / 8)) $((card % 8)))
	bus=$(printf '%02x' $((0xa1 + card)))
	echo "device $port id=8086:347a class=060400 type=root mf=1 driver=pcieport acs=1f/1f secondary=$bus subordinate=$bus group=$((100 + card))"
	for function in 0 1 2 3 4 5 6 7; do
		echo "device 0000:$bus:00.$function below=$port id=15b3:101e class=020000 driver=mlx5_core override=vfio-pci mf=1 flr=1 group=$((200 + card)) bar=0:1M:64p@0x$bus${function}00000"
	done
	card=$((card + 1))
done
