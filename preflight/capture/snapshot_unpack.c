/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/capture/snapshot_unpack.h"
#include "preflight/capture/snapshot.h"

#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>

enum { BLOCK_SIZE = 64 * 1024 };

struct unpacking {
	struct archive *archive;
	const char *path; /* of the archive, for words */
	int folder;
	struct error *error;
	size_t entries;
	uint64_t bytes;
	/* The directory that the last member went into: most members follow their neighbours. */
	int parent;
	char parent_path[SNAPSHOT_PATH];
};

static int refuse(const struct unpacking *unpacking, const char *member, const char *why)
{
	/* What comes from the archive must not steer a terminal, nor fill it. */
	char shown[128];
	size_t length = 0;

	for (; member && member[length] && length < sizeof(shown) - 1; length++) {
		unsigned char c = (unsigned char)member[length];

		shown[length] = c < 0x20 || c == 0x7f || c >= 0x80 ? '?' : (char)c;
	}
	shown[length] = '\0';
	return error_set(unpacking->error, -EINVAL, "%s: refused: %s%s%s", unpacking->path, shown,
			 length ? ": " : "", why);
}

static int fail(const struct unpacking *unpacking, const char *member, int code)
{
	return error_set(unpacking->error, code, "%s: %.128s: %s", unpacking->path, member,
			 error_words(code));
}

/* -- names ------------------------------------------------------------------------------------------ */

/* The name without "./" before it and slashes behind it, in place of the archive's; NULL where it is
 * no name that may be used, with the reason. */
static const char *check_name(const char *name, char clean[static SNAPSHOT_PATH],
			      const char **ret_why)
{
	size_t length = 0, depth = 0;

	*ret_why = N_("a path that is too long");
	if (*name == '/') {
		*ret_why = N_("an absolute path");
		return NULL;
	}
	while (*name) {
		size_t part = strcspn(name, "/");

		if (part == 2 && name[0] == '.' && name[1] == '.') {
			*ret_why = N_("a path with \"..\"");
			return NULL;
		}
		if (part && !(part == 1 && name[0] == '.')) {
			if (part > NAME_MAX || length + part + 2 > SNAPSHOT_PATH ||
			    ++depth > SNAPSHOT_DEPTH)
				return NULL;
			if (length)
				clean[length++] = '/';
			memcpy(clean + length, name, part);
			length += part;
		}
		name += part + (name[part] == '/');
	}
	clean[length] = '\0';
	return clean;
}

/* Whether a relative link that stands at path leads out of the tree by its text. */
static bool leads_out(const char *path, const char *target)
{
	size_t depth = 0;

	for (const char *at = path; (at = strchr(at, '/')); at++)
		depth++;
	while (*target) {
		size_t part = strcspn(target, "/");

		if (part == 2 && target[0] == '.' && target[1] == '.') {
			if (!depth--)
				return true;
		} else if (part && !(part == 1 && target[0] == '.')) {
			depth++;
		}
		target += part + (target[part] == '/');
	}
	return false;
}

/* -- directories -------------------------------------------------------------------------------------- */

/* Opens, or makes, a directory in another one; never through a link. */
static int open_directory(int parent, const char *name)
{
	enum { FLAGS = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC };
	int fd;

	if (mkdirat(parent, name, 0700) < 0 && errno != EEXIST)
		return -errno;
	fd = openat(parent, name, FLAGS);
	return fd < 0 ? -errno : fd;
}

/* Opens, or makes, the directory of this path. */
static int open_path(const struct unpacking *unpacking, const char *path, size_t length)
{
	int fd = fcntl(unpacking->folder, F_DUPFD_CLOEXEC, 0);
	char name[NAME_MAX + 1];

	for (size_t at = 0; at < length && fd >= 0;) {
		size_t part = strcspn(path + at, "/");
		int next;

		if (part > length - at)
			part = length - at;
		memcpy(name, path + at, part);
		name[part] = '\0';
		at += part + 1;
		next = open_directory(fd, name);
		close(fd);
		fd = next;
	}
	return fd;
}

/* Makes unpacking->parent the directory that the member at path goes into; *ret_name is its name
 * there. */
static int enter_parent(struct unpacking *unpacking, const char *path, const char **ret_name)
{
	const char *slash = strrchr(path, '/');
	size_t length = slash ? (size_t)(slash - path) : 0;
	int fd;

	*ret_name = slash ? slash + 1 : path;
	if (unpacking->parent >= 0 && strlen(unpacking->parent_path) == length &&
	    memcmp(unpacking->parent_path, path, length) == 0)
		return 0;
	fd = open_path(unpacking, path, length);
	if (fd == -ELOOP || fd == -ENOTDIR)
		return refuse(unpacking, path, N_("below something that is no directory"));
	if (fd < 0)
		return fail(unpacking, path, fd);
	if (unpacking->parent >= 0)
		close(unpacking->parent);
	unpacking->parent = fd;
	memcpy(unpacking->parent_path, path, length);
	unpacking->parent_path[length] = '\0';
	return 0;
}

/* -- members -------------------------------------------------------------------------------------------- */

static int write_all(int fd, const char *bytes, size_t length)
{
	while (length) {
		ssize_t written = write(fd, bytes, length);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -errno;
		bytes += written;
		length -= (size_t)written;
	}
	return 0;
}

static int archive_problem(const struct unpacking *unpacking, const char *member)
{
	const char *words = archive_error_string(unpacking->archive);

	return refuse(unpacking, member, words ? words : "damaged");
}

/* Holes become zeros: they count like bytes. */
static int fill_hole(struct unpacking *unpacking, int fd, uint64_t length)
{
	static const char zeros[4096];
	int r = 0;

	while (length && r == 0) {
		size_t part = length < sizeof(zeros) ? (size_t)length : sizeof(zeros);

		r = write_all(fd, zeros, part);
		length -= part;
		unpacking->bytes += part;
	}
	return r;
}

static int copy_content(struct unpacking *unpacking, const char *member, int fd)
{
	uint64_t at = 0;

	for (;;) {
		const void *bytes;
		size_t length;
		la_int64_t offset;
		int r = archive_read_data_block(unpacking->archive, &bytes, &length, &offset);

		if (r == ARCHIVE_EOF)
			return 0;
		if (r != ARCHIVE_OK)
			return archive_problem(unpacking, member);
		if (offset < 0 || (uint64_t)offset < at ||
		    (uint64_t)offset + length > SNAPSHOT_FILE)
			return refuse(unpacking, member, N_("a file that is too large"));
		r = fill_hole(unpacking, fd, (uint64_t)offset - at);
		if (r == 0)
			r = write_all(fd, bytes, length);
		if (r < 0)
			return fail(unpacking, member, r);
		at = (uint64_t)offset + length;
		unpacking->bytes += length;
		if (unpacking->bytes > SNAPSHOT_BYTES)
			return refuse(unpacking, NULL, N_("it unpacks to more than 1 GiB"));
	}
}

/* A file that could not be read on the machine is captured without permissions. It stays so. */
static int unpack_file(struct unpacking *unpacking, const char *path, const char *name,
		       struct archive_entry *entry)
{
	const struct timespec times[2] = {{.tv_nsec = UTIME_OMIT},
					  {.tv_sec = archive_entry_mtime(entry)}};
	mode_t mode = archive_entry_perm(entry) & 0777;
	_cleanup_close_ int fd = -1;
	int r;

	if (archive_entry_size(entry) > SNAPSHOT_FILE)
		return refuse(unpacking, path, N_("a file that is larger than 64 MiB"));
	fd = openat(unpacking->parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		    0600);
	if (fd < 0)
		return errno == EEXIST ? refuse(unpacking, path, N_("in the archive twice"))
				       : fail(unpacking, path, -errno);
	r = copy_content(unpacking, path, fd);
	if (r < 0)
		return r;
	if (fchmod(fd, mode) < 0 || futimens(fd, times) < 0)
		return fail(unpacking, path, -errno);
	return 0;
}

static int unpack_link(struct unpacking *unpacking, const char *path, const char *name,
		       struct archive_entry *entry)
{
	const char *target = archive_entry_symlink(entry);

	if (!target || !*target || strlen(target) >= SNAPSHOT_PATH)
		return refuse(unpacking, path, N_("a link without a usable target"));
	if (*target != '/' && leads_out(path, target))
		return refuse(unpacking, path, N_("a link that leads out of the tree"));
	if (symlinkat(target, unpacking->parent, name) < 0)
		return errno == EEXIST ? refuse(unpacking, path, N_("in the archive twice"))
				       : fail(unpacking, path, -errno);
	return 0;
}

static int unpack_directory(struct unpacking *unpacking, const char *path)
{
	int fd = open_path(unpacking, path, strlen(path));

	if (fd == -ELOOP || fd == -ENOTDIR)
		return refuse(unpacking, path, N_("a directory in place of something else"));
	if (fd < 0)
		return fail(unpacking, path, fd);
	close(fd);
	return 0;
}

static const char *name_of_type(mode_t type)
{
	switch (type) {
	case AE_IFCHR:
	case AE_IFBLK:
		return N_("a device node");
	case AE_IFIFO:
		return N_("a FIFO");
	case AE_IFSOCK:
		return N_("a socket");
	default:
		return N_("neither file, directory nor link");
	}
}

static int unpack_member(struct unpacking *unpacking, struct archive_entry *entry)
{
	const char *stored = archive_entry_pathname(entry), *name, *path, *why;
	mode_t type = archive_entry_filetype(entry);
	char clean[SNAPSHOT_PATH];
	int r;

	if (!stored)
		return refuse(unpacking, NULL, N_("a member without a name"));
	if (archive_entry_hardlink(entry))
		return refuse(unpacking, stored, N_("a hard link"));
	if (type != AE_IFREG && type != AE_IFDIR && type != AE_IFLNK)
		return refuse(unpacking, stored, name_of_type(type));
	path = check_name(stored, clean, &why);
	if (!path)
		return refuse(unpacking, stored, why);
	if (type == AE_IFDIR)
		return unpack_directory(unpacking, path);
	if (!*path)
		return refuse(unpacking, stored, N_("a member without a name"));
	r = enter_parent(unpacking, path, &name);
	if (r < 0)
		return r;
	return type == AE_IFLNK ? unpack_link(unpacking, path, name, entry)
				: unpack_file(unpacking, path, name, entry);
}

/* -- the archive ---------------------------------------------------------------------------------------- */

static int unpack_members(struct unpacking *unpacking)
{
	for (;;) {
		struct archive_entry *entry;
		int r = archive_read_next_header(unpacking->archive, &entry);

		if (r == ARCHIVE_EOF)
			return unpacking->entries ? 0
						  : refuse(unpacking, NULL, N_("it holds nothing"));
		if (r != ARCHIVE_OK && r != ARCHIVE_WARN)
			return archive_problem(unpacking, NULL);
		if (++unpacking->entries > SNAPSHOT_ENTRIES)
			return refuse(unpacking, NULL, N_("it has more than 200000 members"));
		if ((uint64_t)archive_filter_bytes(unpacking->archive, 0) > SNAPSHOT_STREAM)
			return refuse(unpacking, NULL, N_("it unpacks to more than 2 GiB"));
		r = unpack_member(unpacking, entry);
		if (r < 0)
			return r;
	}
}

/* Only what libarchive does itself: for other compressions it would run programs. */
static bool support(struct archive *archive)
{
	return archive_read_support_format_tar(archive) == ARCHIVE_OK &&
	       archive_read_support_filter_gzip(archive) == ARCHIVE_OK &&
	       archive_read_support_filter_zstd(archive) == ARCHIVE_OK &&
	       archive_read_support_filter_xz(archive) == ARCHIVE_OK &&
	       archive_read_support_filter_bzip2(archive) == ARCHIVE_OK;
}

/* A FIFO or a terminal would be waited for. */
static int open_archive_file(const char *path, struct error *error)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat status;

	if (fd < 0)
		return error_set(error, -errno, "%s: %s", path, error_words(errno));
	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode))
		return fd;
	close(fd);
	return error_set(error, -EINVAL, "%s: not a regular file", path);
}

static void cleanup_archive(struct archive **archive)
{
	archive_read_free(*archive);
}

int snapshot_unpack(const char *path, int folder, size_t *ret_entries, struct error *error)
{
	_cleanup_close_ int fd = open_archive_file(path, error);
	_cleanup_(cleanup_archive) struct archive *archive = archive_read_new();
	_cleanup_free_ struct unpacking *unpacking = calloc(1, sizeof(*unpacking));
	int r;

	if (fd < 0)
		return fd;
	if (!archive || !unpacking || !support(archive))
		return error_set(error, -ENOSYS, "%s: this libarchive lacks a format", path);
	*unpacking = (struct unpacking){
		.archive = archive, .path = path, .folder = folder, .error = error, .parent = -1};
	if (archive_read_open_fd(archive, fd, BLOCK_SIZE) != ARCHIVE_OK)
		return error_set(error, -EINVAL, "%s: not a capture: %s", path,
				 archive_error_string(archive));
	r = unpack_members(unpacking);
	if (unpacking->parent >= 0)
		close(unpacking->parent);
	if (r == 0)
		*ret_entries = unpacking->entries;
	return r;
}

/* -- removing ---------------------------------------------------------------------------------------------- */

/* Depth is bounded by what was unpacked. */
static int remove_all(int fd, unsigned depth)
{
	DIR *directory = fdopendir(fd);
	struct dirent *entry;
	int first = 0;

	if (!directory) {
		close(fd);
		return -ENOMEM;
	}
	while ((entry = readdir(directory))) {
		const char *name = entry->d_name;
		int r = 0;

		if (streq(name, ".") || streq(name, ".."))
			continue;
		if (unlinkat(dirfd(directory), name, 0) < 0) {
			int inner = openat(dirfd(directory), name,
					   O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

			r = inner < 0 || !depth ? -errno : remove_all(inner, depth - 1);
			if (unlinkat(dirfd(directory), name, AT_REMOVEDIR) < 0)
				r = -errno;
		}
		if (!first)
			first = r;
	}
	closedir(directory);
	return first;
}

int snapshot_remove(int folder)
{
	int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : remove_all(fd, SNAPSHOT_DEPTH + 1);
}
