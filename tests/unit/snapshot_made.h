/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Archives for the tests of capture/snapshot.h, and a place where nothing may be left. Include cmocka.h first. */
#ifndef VFIOKIT_TESTS_SNAPSHOT_MADE_H
#define VFIOKIT_TESTS_SNAPSHOT_MADE_H

#include "preflight/capture/snapshot.h"

#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>

/* A folder of its own: folder/tmp is where snapshots go, folder/outside where nothing may go. */
struct fixture {
	char folder[64], temporary[96], outside[96], archive[96];
	struct archive *writer;
};

static inline int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	if (!fixture)
		return -1;
	(void)snprintf(fixture->folder, sizeof(fixture->folder), "/tmp/vfiokit-test.XXXXXX");
	if (!mkdtemp(fixture->folder))
		return -1;
	(void)snprintf(fixture->temporary, sizeof(fixture->temporary), "%s/tmp", fixture->folder);
	(void)snprintf(fixture->outside, sizeof(fixture->outside), "%s/outside", fixture->folder);
	(void)snprintf(fixture->archive, sizeof(fixture->archive), "%s/archive", fixture->folder);
	if (mkdir(fixture->temporary, 0700) < 0 || mkdir(fixture->outside, 0700) < 0)
		return -1;
	(void)setenv("TMPDIR", fixture->temporary, 1);
	*state = fixture;
	return 0;
}

static inline size_t count_names(const char *folder)
{
	DIR *directory = opendir(folder);
	struct dirent *entry;
	size_t count = 0;

	assert_non_null(directory);
	while ((entry = readdir(directory)))
		count += !streq(entry->d_name, ".") && !streq(entry->d_name, "..");
	closedir(directory);
	return count;
}

static inline int tear_down(void **state)
{
	struct fixture *fixture = *state;

	(void)unlink(fixture->archive);
	(void)rmdir(fixture->temporary);
	(void)rmdir(fixture->outside);
	if (rmdir(fixture->folder) < 0)
		return -1; /* something was left behind */
	free(fixture);
	return 0;
}

/* -- making archives --------------------------------------------------------------------------------- */

static inline void begin(struct fixture *fixture, bool compressed)
{
	fixture->writer = archive_write_new();
	if (compressed)
		assert_int_equal(archive_write_add_filter_gzip(fixture->writer), ARCHIVE_OK);
	archive_write_set_format_pax_restricted(fixture->writer);
	assert_int_equal(archive_write_open_filename(fixture->writer, fixture->archive),
			 ARCHIVE_OK);
}

static inline void end(struct fixture *fixture)
{
	assert_int_equal(archive_write_close(fixture->writer), ARCHIVE_OK);
	archive_write_free(fixture->writer);
}

static inline struct archive_entry *member(const char *path, unsigned type, unsigned mode)
{
	struct archive_entry *entry = archive_entry_new();

	archive_entry_set_pathname(entry, path);
	archive_entry_set_filetype(entry, type);
	archive_entry_set_perm(entry, mode);
	archive_entry_set_mtime(entry, 1700000000, 0);
	return entry;
}

static inline void add(struct fixture *fixture, struct archive_entry *entry, const char *data)
{
	archive_entry_set_size(entry, data ? (la_int64_t)strlen(data) : 0);
	assert_true(archive_write_header(fixture->writer, entry) >= ARCHIVE_WARN);
	if (data && *data)
		assert_int_equal(archive_write_data(fixture->writer, data, strlen(data)),
				 strlen(data));
	archive_entry_free(entry);
}

static inline void add_file(struct fixture *fixture, const char *path, const char *data)
{
	add(fixture, member(path, AE_IFREG, 0644), data);
}

static inline void add_link(struct fixture *fixture, const char *path, const char *target)
{
	struct archive_entry *entry = member(path, AE_IFLNK, 0777);

	archive_entry_set_symlink(entry, target);
	add(fixture, entry, NULL);
}

static inline void add_hard_link(struct fixture *fixture, const char *path, const char *target)
{
	struct archive_entry *entry = member(path, AE_IFREG, 0644);

	archive_entry_set_hardlink(entry, target);
	add(fixture, entry, NULL);
}

/* Opens the archive, which must be refused with these words, and looks at what is left. */
static inline void assert_refused(struct fixture *fixture, const char *words)
{
	struct snapshot *snapshot = NULL;
	struct error error = {0};

	assert_int_equal(snapshot_open(fixture->archive, &snapshot, &error), -EINVAL);
	assert_int_equal(error.code, -EINVAL);
	if (!strstr(error.message, words))
		fail_msg("\"%s\" does not say \"%s\"", error.message, words);
	assert_null(snapshot);
	assert_int_equal(count_names(fixture->temporary), 0);
	assert_int_equal(count_names(fixture->outside), 0);
	assert_int_equal(count_names(fixture->folder), 3);
}

static inline struct snapshot *open_snapshot(struct fixture *fixture)
{
	struct snapshot *snapshot = NULL;
	struct error error = {0};

	if (snapshot_open(fixture->archive, &snapshot, &error) < 0)
		fail_msg("%s", error.message);
	return snapshot;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
