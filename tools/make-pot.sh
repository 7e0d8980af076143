#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Prints po/vfiokit.pot: every text for people of the program and of its templates ({{_ words}}).
# Run in the repository's root; needs xgettext. Texts without words (po/no-words.pot) are left out.
set -eu

folder=$(mktemp -d "${TMPDIR:-/tmp}/vfiokit-pot.XXXXXX")
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/templates"
for template in templates/*.mustache; do
	# shellcheck disable=SC2016 # the quotes of C, and of sed
	grep -o '{{_ [^}]*}}' "$template" |
		sed 's/\\/\\\\/g; s/"/\\"/g; s/^{{_ *\(.*[^ ]\) *}}$/_("\1")/' >"$folder/$template"
done

sources() {
	ls main.c commands/*.c configure/*.[ch] preflight/*.[ch] preflight/*/*.[ch] rehearse/*.[ch] report/*.[ch]
	cd "$folder"
	find templates -type f -size +0 | LC_ALL=C sort
}
flags='_:1:pass-c-format N_:1:pass-c-format P_:1:pass-c-format P_:2:pass-c-format error_set:3:c-format
	arena_printf:2:c-format textf:1:c-format finding_set:3:c-format plan_refuse:4:c-format
	plan_note:2:c-format work_note:2:c-format say:2:c-format rehearse_step:5:c-format
	fail:2:c-format error_wrap:3:c-format'

# shellcheck disable=SC2046 # flags are words
sources | LC_ALL=C xgettext --files-from=- --directory="$folder" --directory=. --language=C \
	--from-code=UTF-8 --keyword --keyword=_ --keyword=N_ --keyword=P_:1,2 --keyword=error_set:3 \
	$(for flag in $flags; do printf ' --flag=%s' "$flag"; done) --exclude-file=po/no-words.pot \
	--add-location=file --package-name=vfiokit --copyright-holder='The vfiokit authors' \
	--output=- | sed '/^"POT-Creation-Date:/d'
