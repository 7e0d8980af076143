#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Writes C that holds the given templates (FILE.mustache…) as builtin_templates[], to standard output.
set -eu
export LC_ALL=C

echo '/* Written by tools/embed-templates.sh. */'
echo '#include "report/builtin_templates.h"'
echo
echo 'const struct builtin_template builtin_templates[] = {'
for file in "$@"; do
	name=${file##*/}
	printf '\t{"%s",\n' "${name%.mustache}"
	sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/	/\\t/g' -e 's/^/\t "/' -e 's/$/\\n"/' "$file"
	printf '\t},\n'
done
printf '\t{NULL, NULL},\n};\n'
