/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/capture/collect.h"
#include "preflight/capture/signals_held.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

/* -- the file that becomes the archive --------------------------------------------------------------- */

enum packing { PACKING_NONE, PACKING_GZIP, PACKING_ZSTD };

static const struct {
	const char *suffix;
	enum packing packing;
} suffixes[] = {
	{".tar", PACKING_NONE},     {".tar.gz", PACKING_GZIP}, {".tgz", PACKING_GZIP},
	{".tar.zst", PACKING_ZSTD}, {".tzst", PACKING_ZSTD},
};

static int packing_of_name(const char *path, enum packing *ret_packing, struct error *error)
{
	const char *name = strrchr(path, '/');
	size_t length;

	name = name ? name + 1 : path;
	length = strlen(name);
	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
		size_t suffix = strlen(suffixes[i].suffix);

		if (length > suffix && streq(name + length - suffix, suffixes[i].suffix)) {
			*ret_packing = suffixes[i].packing;
			return 0;
		}
	}
	return error_set(error, -EINVAL, "%s: the name must end with .tar, .tar.gz or .tar.zst",
			 path);
}

int capture_check_name(const char *path, struct error *error)
{
	enum packing packing;

	return packing_of_name(path, &packing, error);
}

/* A new file beside path that will be renamed to it. */
static int open_beside(struct arena *arena, const char *path, char **ret_temporary,
		       struct error *error)
{
	const char *slash = strrchr(path, '/');
	int directory = slash ? (int)(slash + 1 - path) : 0;
	char *temporary = arena_printf(arena, "%.*s.%s.XXXXXX", directory, path, path + directory);
	struct stat status;
	int fd;

	if (lstat(path, &status) == 0 && !S_ISREG(status.st_mode))
		return error_set(error, -EINVAL, "%s: is there and is no regular file", path);
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return error_set(error, -errno, "%s: %s", path, error_words(errno));
	*ret_temporary = temporary;
	return fd;
}

/* -- its members ---------------------------------------------------------------------------------------- */

struct writing {
	struct capture *capture;
	struct archive *archive;
	bool redact;
};

static int write_member(const struct writing *writing, const struct capture_entry *entry)
{
	struct archive_entry *member = archive_entry_new();
	bool file = entry->kind == CAPTURED_FILE;
	int r;

	if (!member)
		return ARCHIVE_FATAL;
	archive_entry_copy_pathname(member, entry->path);
	archive_entry_set_mtime(member, entry->time, 0);
	if (entry->kind == CAPTURED_LINK) {
		archive_entry_set_filetype(member, AE_IFLNK);
		archive_entry_set_perm(member, 0777);
		archive_entry_copy_symlink(member, entry->target);
	} else {
		archive_entry_set_filetype(member, file ? AE_IFREG : AE_IFDIR);
		archive_entry_set_perm(member, file ? (mode_t)entry->mode : 0755);
	}
	archive_entry_set_size(member, file ? (la_int64_t)entry->bytes.length : 0);
	r = archive_write_header(writing->archive, member);
	archive_entry_free(member);
	if (r >= ARCHIVE_WARN && file && entry->bytes.length &&
	    archive_write_data(writing->archive, entry->bytes.data, entry->bytes.length) !=
		    (la_ssize_t)entry->bytes.length)
		return ARCHIVE_FATAL;
	return r >= ARCHIVE_WARN ? ARCHIVE_OK : r;
}

/* The entry as it is written, in arena. */
static struct capture_entry shown(const struct writing *writing, struct arena *arena,
				  const struct capture_entry *entry)
{
	struct redactor *redactor = writing->capture->redactor;
	struct capture_entry copy = *entry;

	if (!writing->redact)
		return copy;
	copy.path = redactor_apply_path(redactor, arena, entry->path);
	if (entry->kind == CAPTURED_LINK)
		copy.target = redactor_apply_path(redactor, arena, entry->target);
	else if (entry->kind == CAPTURED_FILE)
		copy.bytes = redactor_apply(redactor, arena, entry->redaction, entry->bytes);
	return copy;
}

static int write_note(const struct writing *writing, struct arena *arena)
{
	struct capture_note note = writing->capture->note;
	struct capture_entry entry = {
		.path = CAPTURE_NOTE_FILE, .kind = CAPTURED_FILE, .mode = 0644};

	note.entries = writing->capture->entries.count;
	for_each (unreadable, &note.unreadable)
		if (writing->redact)
			unreadable->path =
				redactor_apply_path(writing->capture->redactor,
						    writing->capture->arena, unreadable->path);
	entry.bytes.data = capture_note_print(arena, &note);
	entry.bytes.length = strlen(entry.bytes.data);
	return write_member(writing, &entry);
}

static int compare_entries(const void *a, const void *b)
{
	const struct capture_entry *one = a, *other = b;

	return strcmp(one->path, other->path);
}

static int write_members(struct writing *writing)
{
	struct capture_entries *entries = &writing->capture->entries;
	_cleanup_arena_ struct arena *scratch = arena_new();
	struct string_table written = {0};
	int r = write_note(writing, scratch);

	/* A directory comes before what is in it. */
	if (entries->count)
		qsort(entries->items, entries->count, sizeof(*entries->items), compare_entries);
	for_each (entry, entries) {
		struct capture_entry copy;
		bool new;

		if (r != ARCHIVE_OK)
			break;
		arena_reset(scratch);
		copy = shown(writing, scratch, entry);
		(void)string_table_add(&written, writing->capture->arena, copy.path,
				       strlen(copy.path), &new);
		/* Two names that became one: no reader would take both. */
		if (new)
			r = write_member(writing, &copy);
	}
	return r;
}

/* -- the archive ------------------------------------------------------------------------------------------- */

static int add_packing(struct archive *archive, enum packing packing)
{
	switch (packing) {
	case PACKING_GZIP:
		return archive_write_add_filter_gzip(archive);
	case PACKING_ZSTD:
		return archive_write_add_filter_zstd(archive);
	case PACKING_NONE:
		break;
	}
	return archive_write_add_filter_none(archive);
}

static void cleanup_archive(struct archive **archive)
{
	archive_write_free(*archive);
}

static int write_archive(struct capture *capture, int fd, enum packing packing, bool redact,
			 const char *path, struct error *error)
{
	_cleanup_(cleanup_archive) struct archive *archive = archive_write_new();
	struct writing writing = {.capture = capture, .archive = archive, .redact = redact};
	int r;

	if (!archive)
		return error_set(error, -ENOMEM, "%s: %s", path, error_words(-ENOMEM));
	/* A warning means that a program would do the work. */
	if (add_packing(archive, packing) != ARCHIVE_OK)
		return error_set(error, -ENOSYS,
				 "%s: this libarchive cannot compress so; try a name with .tar.gz",
				 path);
	archive_write_set_format_pax_restricted(archive);
	r = archive_write_open_fd(archive, fd);
	if (r == ARCHIVE_OK)
		r = write_members(&writing);
	if (r == ARCHIVE_OK)
		r = archive_write_close(archive);
	if (r == ARCHIVE_OK)
		return 0;
	return error_set(error, archive_errno(archive) ? -archive_errno(archive) : -EIO, "%s: %s",
			 path, archive_error_string(archive));
}

/* Gives the complete file its name. */
static int finish(int fd, const char *temporary, const char *path, uint64_t *ret_size,
		  struct error *error)
{
	struct stat status;

	if (fsync(fd) < 0 || fstat(fd, &status) < 0 || rename(temporary, path) < 0)
		return error_set(error, -errno, "%s: %s", path, error_words(errno));
	*ret_size = (uint64_t)status.st_size;
	return 0;
}

int capture_write_archive(struct capture *capture, const char *path, bool redact,
			  uint64_t *ret_size, struct error *error)
{
	_cleanup_close_ int fd = -1;
	char *temporary = NULL;
	enum packing packing = PACKING_NONE;
	sigset_t before;
	int r = packing_of_name(path, &packing, error);

	if (r < 0)
		return r;
	signals_hold(&before);
	fd = open_beside(capture->arena, path, &temporary, error);
	r = fd < 0 ? fd : write_archive(capture, fd, packing, redact, path, error);
	if (r == 0)
		r = finish(fd, temporary, path, ret_size, error);
	if (r < 0 && temporary)
		(void)unlink(temporary);
	signals_release(&before);
	return r;
}
