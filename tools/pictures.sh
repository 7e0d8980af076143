#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Makes the README's pictures from what `make check-vm` has left of the machine in QEMU: the host before
# configure and after the reboot, as the terminal and the page show it. Needs chromium.
#
#   tools/pictures.sh [FOLDER]     a row's folder (default: build/vm/grub-efi); writes docs/pictures
#
#   VFIOKIT   the program (default: build/vfiokit)
set -eu
export LC_ALL=C.UTF-8 COLUMNS=88
row=${1:-build/vm/grub-efi}
program=${VFIOKIT:-build/vfiokit}
pictures=$(dirname "$0")/../docs/pictures
work=$(mktemp -d "${TMPDIR:-/tmp}/vfiokit-pictures.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
mkdir -p "$pictures"

# $1: the page, $2: the picture, $3: its size.
shoot() {
	chromium --headless=new --no-sandbox --disable-gpu --hide-scrollbars --force-device-scale-factor=1 \
		--window-size="$3" --screenshot="$pictures/$2.png" "file://$1" >"$work/chromium" 2>&1 ||
		{ cat "$work/chromium" >&2; return 1; }
}

# A terminal's text as a page: the six styles of report/terminal.c.
terminal_page() {
	echo '<!DOCTYPE html><meta charset="utf-8"><style>body{margin:0;background:#16181d;color:#d8dbe0}
		pre{margin:14px 18px;font:14px/19px "DejaVu Sans Mono",monospace}b{color:#fff}
		.r{color:#ff6b66;font-weight:bold}.y{color:#f5c451;font-weight:bold}
		.g{color:#69d18a;font-weight:bold}.d{color:#8b929e}</style><pre>'
	sed 's/&/\&amp;/g; s/</\&lt;/g; s/>/\&gt;/g
		s/\x1b\[1m/<b>/g; s/\x1b\[1;31m/<b class=r>/g; s/\x1b\[1;33m/<b class=y>/g
		s/\x1b\[1;32m/<b class=g>/g; s/\x1b\[2m/<b style="font-weight:normal" class=d>/g
		s/\x1b\[0m/<\/b>/g'
	echo '</pre>'
}

# $1: the document of preflight, $2: the picture.
terminal() {
	{
		printf '\033[2m$\033[0m sudo vfiokit preflight 01:00.0\n'
		"$program" report "$1" --format text --color always || [ $? -ne 2 ]
	} >"$work/text"
	terminal_page <"$work/text" >"$work/$2.html"
	shoot "$work/$2.html" "$2" "1010,$(($(wc -l <"$work/text") * 19 + 28))"
}

# $1: the document, $2: the picture.
page() {
	"$program" report "$1" --format html -o "$work/$2.html" || [ $? -ne 2 ]
	shoot "$work/$2.html" "$2" 1100,900
}

terminal "$row/first-boot/preflight.json" terminal-before
terminal "$row/second-boot/ready.json" terminal-after
page "$row/first-boot/preflight.json" report-before
page "$row/second-boot/ready.json" report-after
ls -l "$pictures"
