#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Builds the packages of debian/ and packaging/ from the committed files, lints them, and runs the program that is
# inside, as TAP. Other distributions' names of what is needed to build cannot be looked up on Debian: that part is
# left out (--nodeps). What is not installed is skipped with the reason.
#
#   tests/packages.sh [KIND…]     deb, rpm, arch; default: all
#
#   KEEP   where the packages stay (default: build/packages)

set -u
export LC_ALL=C.UTF-8
tests=$(cd "$(dirname "$0")" && pwd) || exit 2
root=$tests/..
keep=${KEEP:-$root/build/packages}
name=vfiokit
version=$(sed -n 's/^Version: *//p' "$root/packaging/vfiokit.spec")
work=$(mktemp -d "${TMPDIR:-/var/tmp}/vfiokit-packages.XXXXXX") || exit 2
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
chmod 755 "$work"
mkdir -p "$keep" || exit 2
# shellcheck source=tests/tap.sh
. "$tests/tap.sh"

has_all() {
	for tool; do
		has "$tool" || { missing=$tool; return 1; }
	done
}

# The program that was unpacked to $2 runs, and has brought what belongs to it.
check_inside() {
	inside=0
	program=$(find "$2" -path '*bin/vfiokit' -type f -perm -100)
	"$program" --version >"$work/words" 2>&1 && grep -q "^vfiokit $version" "$work/words" || inside=1
	for file in man8/vfiokit.8 bash-completion/completions/vfiokit zsh/site-functions/_vfiokit \
		fish/vendor_completions.d/vfiokit.fish ko/LC_MESSAGES/vfiokit.mo vfiokit-preflight.service vfiokit/templates/report.html.mustache; do
		find "$2" -path "*/$file*" | grep -q . || { echo "$file is missing" >>"$work/words"; inside=1; }
	done
	result "$inside" "$1: the program inside runs, with its manual, completions, unit and templates"
}

source_archive() {
	git -C "$root" archive --prefix="$name-$version/" -o "$work/$name-$version.tar.gz" HEAD
}

check_deb() {
	has_all dpkg-buildpackage dh || { skip deb "$missing is not installed"; return; }
	mkdir "$work/deb" && tar -C "$work/deb" -xzf "$work/$name-$version.tar.gz"
	(cd "$work/deb/$name-$version" && DEB_BUILD_OPTIONS=nocheck dpkg-buildpackage -us -uc -b -d) \
		>"$work/words" 2>&1
	result $? "deb: builds"
	package=$(echo "$work"/deb/${name}_*.deb)
	[ -e "$package" ] || return
	cp "$package" "$keep"
	if has lintian; then
		lintian --allow-root --fail-on error,warning "$work"/deb/*.changes >"$work/words" 2>&1
		result "$([ ! -s "$work/words" ]; echo $?)" "deb: lintian has no word"
	else
		skip "deb: lintian" "lintian is not installed"
	fi
	dpkg-deb -x "$package" "$work/deb/inside"
	check_inside deb "$work/deb/inside"
}

# Macros that Fedora has from systemd-rpm-macros.
check_rpm() {
	has_all rpmbuild || { skip rpm "$missing is not installed"; return; }
	mkdir "$work/rpm"
	rpmbuild -bb --nodeps --nocheck --define "_topdir $work/rpm" --define "_sourcedir $work" \
		--define '_unitdir /usr/lib/systemd/system' --define 'systemd_post() :' \
		--define 'systemd_preun() :' --define 'systemd_postun() :' "$root/packaging/vfiokit.spec" >"$work/words" 2>&1
	result $? "rpm: builds"
	package=$(find "$work/rpm/RPMS" -name "$name-$version-*.rpm" 2>/dev/null)
	[ -n "$package" ] || return
	cp "$package" "$keep"
	if has rpmlint; then
		rpmlint "$root/packaging/vfiokit.spec" >"$work/words" 2>&1
		result $? "rpm: rpmlint has nothing against the spec"
	else
		skip "rpm: rpmlint" "rpmlint is not installed"
	fi
	mkdir "$work/rpm/inside"
	(cd "$work/rpm/inside" && rpm2cpio "$package" | cpio -idm --quiet) 2>"$work/words"
	check_inside rpm "$work/rpm/inside"
}

# makepkg does not run as root.
check_arch() {
	has_all makepkg bsdtar fakeroot || { skip arch "$missing is not installed"; return; }
	mkdir "$work/arch"
	cp "$root/packaging/PKGBUILD" "$work/$name-$version.tar.gz" "$work/arch"
	user=
	[ "$(id -u)" -ne 0 ] || { chown -R nobody "$work/arch"; user="setpriv --reuid=nobody --regid=nogroup --clear-groups env HOME=$work/arch CCACHE_DISABLE=1"; }
	# shellcheck disable=SC2086 # words
	(cd "$work/arch" && $user makepkg --nodeps --nocheck --noconfirm PKGEXT=.pkg.tar) >"$work/words" 2>&1
	result $? "arch: builds"
	package=$(find "$work/arch" -name "$name-$version-*.pkg.tar*" ! -name '*-debug-*' | head -1)
	[ -n "$package" ] || return
	cp "$package" "$keep"
	bash -n "$root/packaging/PKGBUILD" 2>"$work/words"
	result $? "arch: bash reads the PKGBUILD"
	mkdir "$work/arch-inside" && tar -C "$work/arch-inside" -xf "$package"
	check_inside arch "$work/arch-inside"
}

source_archive || exit 2
[ $# -gt 0 ] || set -- deb rpm arch
for kind; do
	"check_$kind"
done
finish
