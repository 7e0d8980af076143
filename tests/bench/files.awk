# SPDX-License-Identifier: GPL-2.0-or-later
# The files that a command read, from what strace -y says of openat, openat2, readlinkat and getdents64: for
# floor.c, each once. Calls that failed are left out. Only files below root=DIRECTORY.
function add(kind, path) {
	if (index(path, root "/") == 1 && !((kind, path) in seen)) {
		seen[kind, path] = 1
		print kind " " path
	}
}
/^openat2?\(/ && match($0, /= [0-9]+<[^>]*>$/) {
	path = substr($0, RSTART, RLENGTH)
	sub(/^= [0-9]+</, "", path)
	sub(/>$/, "", path)
	if ($0 ~ /O_PATH/)
		next
	add($0 ~ /O_DIRECTORY/ ? "d" : "f", path)
}
/^readlinkat\(/ && / = [0-9]+$/ {
	folder = $0
	sub(/^readlinkat\([^<]*</, "", folder)
	sub(/>.*/, "", folder)
	split($0, quoted, "\"")
	add("l", substr(quoted[2], 1, 1) == "/" ? quoted[2] : folder "/" quoted[2])
}
