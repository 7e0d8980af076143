/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One root directory: this machine, a captured tree or a mounted image. Every file that vfiokit
 * reads is opened here and nowhere else, so all other code is the same for all three.
 *
 * Paths are relative to the root and written without a leading slash ("sys/bus/pci/devices").
 * Symbolic links are followed inside the root only (openat2 with RESOLVE_IN_ROOT, or
 * host/walk.c where the kernel has none): a hostile tree
 * cannot lead out of itself. Only regular files are read, opened without blocking, so a FIFO or a
 * device node in place of a file is an error and not a hang.
 *
 * Functions return 0 (or a size) or -errno; ret_* stay untouched on failure.
 *   -ENOENT  not there            -EACCES, -EPERM  not allowed (not root)
 *   -EFBIG   larger than limit    -EISDIR, -EINVAL a directory, or no regular file at all
 *   -ENOTDIR not a directory
 *   -ELOOP   links that go round  -EXDEV           a link that tries to leave the root
 *   -ETIMEDOUT  an attribute that waits for a device's lock did not answer (host/aside.h)
 */
#ifndef VFIOKIT_HOST_H
#define VFIOKIT_HOST_H

#include "preflight/arena.h"
#include "preflight/error.h"

#include <sys/stat.h>

struct host;

/*
 * Opens a root directory. root NULL or "/" is this machine. The caller owns *ret_host and closes it
 * with host_close(). Fails with words when root is no readable directory.
 */
int host_open(const char *root, struct host **ret_host, struct error *error);

/* A host of which nothing is there: every path is -ENOENT. For text that people paste (facts/lspci.h):
 * the collectors then leave unknown what it does not tell. The caller closes it; never NULL. */
struct host *host_open_nothing(void);

void host_close(struct host *host);

static inline void cleanup_host(struct host **host)
{
	host_close(*host);
}
#define _cleanup_host_ _cleanup_(cleanup_host)

/* Whether this is the running machine and not a tree: only then may syscalls tell facts. */
bool host_is_live(const struct host *host);

struct capture_note;

/*
 * What a capture says about the machine besides its files (capture/note.h); NULL where the root is no
 * capture. The note is borrowed and must outlive the host. With it, what could not be read on the
 * machine gives the same error here.
 */
void host_set_note(struct host *host, const struct capture_note *note);
const struct capture_note *host_note(const struct host *host);

/* Whether this is the running machine, or a capture that was taken on it while it ran. */
bool host_was_live(const struct host *host);

/* Whether -ENOENT for this path (no leading slash) means that the machine has no such thing: always on
 * the running machine, in a capture for what it looked for. A tree tells nothing by what it lacks. */
bool host_tells_absence(const struct host *host, const char *path);

/* A directory of the host held open, to read many small files in it without walking the path again.
 * Plain data; close with host_directory_close(). */
struct directory {
	const struct host *host;
	int fd;
};

int host_directory_open(const struct host *host, const char *path, struct directory *ret_directory);
/* A directory in an open one, the cheap way: name is one component. Where that cannot tell (it is a link
 * or "..", the root is a capture, or it fails at all) the answer is an error that means nothing, and
 * host_directory_open() with the whole path says what is true. */
int directory_open(const struct directory *parent, const char *name,
		   struct directory *ret_directory);
void host_directory_close(struct directory *directory);
#define _cleanup_directory_ _cleanup_(host_directory_close)

/* Default limit for one file: larger ones give -EFBIG. */
enum { HOST_FILE_LIMIT = 16 * 1024 * 1024 };

/* A file's bytes: NUL-terminated behind length, in the arena given to the reader. */
struct bytes {
	const char *data;
	size_t length;
};

/* Reads a whole file of at most limit bytes (0: HOST_FILE_LIMIT) into the arena. */
int host_read(const struct host *host, struct arena *arena, const char *path, size_t limit,
	      struct bytes *ret_bytes);

/* Reads the first size bytes of a file, or all of it, into buffer: for files that the kernel makes while they are
 * read, of which the beginning is enough. *ret_length is how many there were. */
int host_read_into(const struct host *host, const char *path, void *buffer, size_t size,
		   size_t *ret_length);

/* The same as host_read() inside an open directory. name may hold slashes but no "..". */
int directory_read(const struct directory *directory, struct arena *arena, const char *name,
		   size_t limit, struct bytes *ret_bytes);

/* Reads the first size bytes of a small file, or all of it, into buffer: no memory from an arena and
 * the fewest calls, for files that are read by the thousand. *ret_length is how many there were. */
int directory_read_into(const struct directory *directory, const char *name, void *buffer,
			size_t size, size_t *ret_length);

/* Reads the first line of a small file without its newline and trailing blanks; at most 4095 bytes.
 */
int host_read_line(const struct host *host, struct arena *arena, const char *path,
		   const char **ret_line);
int directory_read_line(const struct directory *directory, struct arena *arena, const char *name,
			const char **ret_line);

/* Reads a number in C notation (0x…, or decimal, negative allowed) from a file's first line.
 * -EINVAL when the line is no number. */
int directory_read_number(const struct directory *directory, const char *name, int64_t *ret_number);

/* The target text of a symbolic link, not resolved any further. */
int host_read_link(const struct host *host, struct arena *arena, const char *path,
		   const char **ret_target);
int directory_read_link(const struct directory *directory, struct arena *arena, const char *name,
			const char **ret_target);

/*
 * The path inside the host that path leads to when every link is followed, without a leading slash
 * ("sys/devices/pci0000:00/0000:00:1f.2/ata1/…/block/sda" for "sys/class/block/sda").
 */
int host_real_path(const struct host *host, struct arena *arena, const char *path,
		   const char **ret_path);

/* The names in a directory without "." and "..", sorted by byte value. */
int host_list(const struct host *host, struct arena *arena, const char *path,
	      struct strings *ret_names);
int directory_list(const struct directory *directory, struct arena *arena, const char *name,
		   struct strings *ret_names);

/* 0 when path exists and may be looked at, else -errno. Follows links. */
int host_exists(const struct host *host, const char *path);
int directory_exists(const struct directory *directory, const char *name);

int host_stat(const struct host *host, const char *path, struct stat *ret_stat);

/* Opens a file for a library that wants a descriptor (libblkid, libarchive): read-only, regular
 * files and, on the live host only, block devices. The caller closes it. */
int host_open_file(const struct host *host, const char *path, int *ret_fd);

#endif
