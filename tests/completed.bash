# SPDX-License-Identifier: GPL-2.0-or-later
# Prints what bash would offer for the last of the words given: bash tests/completed.bash FILE vfiokit list --
. /usr/share/bash-completion/bash_completion
# shellcheck disable=SC1090
. "$1"
shift
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
COMP_LINE="$*"
COMP_POINT=${#COMP_LINE}
COMP_TYPE=9
COMPREPLY=()
_vfiokit
printf '%s\n' "${COMPREPLY[@]}"
