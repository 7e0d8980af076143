/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Archives that nobody vouches for: refused with words, and nothing stays. */
#include "preflight/capture/snapshot.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "snapshot_made.h"

/* -- what leads out ------------------------------------------------------------------------------------------ */

static void paths_upwards(void **state)
{
	static const char *const paths[] = {"../x",   "etc/../../outside/x", "etc/..", "..",
					    "./../x", "etc/./../x"};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		begin(fixture, false);
		add_file(fixture, "etc/good", "good");
		add_file(fixture, paths[i], "bad");
		end(fixture);
		assert_refused(fixture, "a path with \"..\"");
	}
	begin(fixture, false);
	add(fixture, member("../outside/folder", AE_IFDIR, 0755), NULL);
	end(fixture);
	assert_refused(fixture, "a path with \"..\"");
}

static void absolute_paths(void **state)
{
	struct fixture *fixture = *state;
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/x", fixture->outside);
	begin(fixture, false);
	add_file(fixture, path, "bad");
	end(fixture);
	assert_refused(fixture, "an absolute path");
}

static void files_through_links(void **state)
{
	struct fixture *fixture = *state;
	const char *targets[] = {fixture->outside, "inside", "."};

	for (size_t i = 0; i < ARRAY_SIZE(targets); i++) {
		begin(fixture, false);
		add(fixture, member("inside", AE_IFDIR, 0755), NULL);
		add_link(fixture, "way", targets[i]);
		add_file(fixture, "way/x", "bad");
		end(fixture);
		assert_refused(fixture, "below something that is no directory");
	}
	/* the link itself in place of a file and of a directory */
	begin(fixture, false);
	add_link(fixture, "etc/x", "/outside");
	add_file(fixture, "etc/x", "bad");
	end(fixture);
	assert_refused(fixture, "twice");
	begin(fixture, false);
	add_link(fixture, "etc", fixture->outside);
	add(fixture, member("etc", AE_IFDIR, 0755), NULL);
	end(fixture);
	assert_refused(fixture, "a directory in place of something else");
}

static void links_out(void **state)
{
	static const char *const targets[] = {"..", "../../outside", "a/../../..", "./../../x"};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < ARRAY_SIZE(targets); i++) {
		begin(fixture, false);
		add_link(fixture, i ? "etc/x" : "x", targets[i]);
		end(fixture);
		assert_refused(fixture, "a link that leads out of the tree");
	}
	begin(fixture, false);
	add_link(fixture, "etc/x", "");
	end(fixture);
	assert_refused(fixture, "");
}

static void hard_links(void **state)
{
	static const char *const targets[] = {"/etc/passwd", "../outside/x", "etc/good"};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < ARRAY_SIZE(targets); i++) {
		begin(fixture, false);
		add_file(fixture, "etc/good", "good");
		add_hard_link(fixture, "etc/x", targets[i]);
		end(fixture);
		assert_refused(fixture, "a hard link");
	}
}

static void special_files(void **state)
{
	static const struct {
		unsigned type;
		const char *words;
	} rows[] = {{AE_IFCHR, "a device node"}, {AE_IFBLK, "a device node"}, {AE_IFIFO, "a FIFO"}};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct archive_entry *entry = member("dev/null", rows[i].type, 0666);

		archive_entry_set_rdevmajor(entry, 1);
		archive_entry_set_rdevminor(entry, 3);
		begin(fixture, false);
		add(fixture, entry, NULL);
		end(fixture);
		assert_refused(fixture, rows[i].words);
	}
}

static void names_twice(void **state)
{
	struct fixture *fixture = *state;

	begin(fixture, false);
	add_file(fixture, "etc/x", "one");
	add_file(fixture, "./etc//x", "other");
	end(fixture);
	assert_refused(fixture, "twice");
	begin(fixture, false);
	add_file(fixture, "etc/x", "one");
	add_file(fixture, "etc/x/y", "other");
	end(fixture);
	assert_refused(fixture, "below something that is no directory");
}

/* A name that would steer the terminal of whoever reads the message. */
static void names_are_shown_harmless(void **state)
{
	struct fixture *fixture = *state;
	struct snapshot *snapshot = NULL;
	struct error error = {0};

	begin(fixture, false);
	add_file(fixture, "/\033[2Jx\n\233", "bad");
	end(fixture);
	assert_int_equal(snapshot_open(fixture->archive, &snapshot, &error), -EINVAL);
	for (const char *c = error.message; *c; c++)
		assert_true((unsigned char)*c >= 0x20 && (unsigned char)*c < 0x7f);
}

/* -- what is too much ------------------------------------------------------------------------------------------- */

/* Zeros that a hundred thousandth of the bytes stand for. */
static void add_zeros(struct fixture *fixture, const char *path, uint64_t size, uint64_t written)
{
	static const char zeros[1 << 16];
	struct archive_entry *entry = member(path, AE_IFREG, 0644);

	archive_entry_set_size(entry, (la_int64_t)size);
	assert_true(archive_write_header(fixture->writer, entry) >= ARCHIVE_WARN);
	for (uint64_t at = 0; at < written; at += sizeof(zeros))
		assert_true(archive_write_data(fixture->writer, zeros, sizeof(zeros)) >= 0);
	archive_entry_free(entry);
}

/* Ten gigabytes in one file: its header is enough. */
static void bomb_of_one_file(void **state)
{
	struct fixture *fixture = *state;

	begin(fixture, true);
	add_zeros(fixture, "etc/bomb", UINT64_C(10) << 30, 1 << 20);
	/* The writer is left without the rest. */
	(void)archive_write_close(fixture->writer);
	archive_write_free(fixture->writer);
	assert_refused(fixture, "larger than 64 MiB");
}

static void bomb_of_many_files(void **state)
{
	struct fixture *fixture = *state;

	begin(fixture, true);
	for (unsigned i = 0; i < 18; i++) {
		char path[32];

		(void)snprintf(path, sizeof(path), "etc/%u", i);
		add_zeros(fixture, path, 60 << 20, 60 << 20);
	}
	end(fixture);
	assert_refused(fixture, "more than 1 GiB");
}

static void million_members(void **state)
{
	struct fixture *fixture = *state;

	begin(fixture, true);
	for (unsigned i = 0; i < SNAPSHOT_ENTRIES + 1; i++) {
		struct archive_entry *entry = member("etc", AE_IFDIR, 0755);

		add(fixture, entry, NULL);
	}
	end(fixture);
	assert_refused(fixture, "more than 200000 members");
}

static void long_and_deep_names(void **state)
{
	struct fixture *fixture = *state;
	char path[2 * SNAPSHOT_PATH] = "";

	for (unsigned i = 0; i <= SNAPSHOT_DEPTH; i++)
		memcpy(path + 2 * i, "a/", 3);
	begin(fixture, false);
	add_file(fixture, path, "x");
	end(fixture);
	assert_refused(fixture, "too long");
	memset(path, 'a', NAME_MAX + 1);
	path[NAME_MAX + 1] = '\0';
	begin(fixture, false);
	add_file(fixture, path, "x");
	end(fixture);
	assert_refused(fixture, "too long");
	for (size_t i = 0; i < SNAPSHOT_PATH + 100; i++)
		path[i] = i % 200 == 199 ? '/' : 'a';
	path[SNAPSHOT_PATH + 100] = '\0';
	begin(fixture, false);
	add_file(fixture, path, "x");
	end(fixture);
	assert_refused(fixture, "too long");
}

/* -- what is damaged ------------------------------------------------------------------------------------------------ */

static void cut_archives(void **state)
{
	struct fixture *fixture = *state;
	struct stat status;

	for (unsigned compressed = 0; compressed < 2; compressed++) {
		begin(fixture, compressed);
		add_zeros(fixture, "etc/x", 1 << 20, 1 << 20);
		end(fixture);
		assert_int_equal(stat(fixture->archive, &status), 0);
		assert_int_equal(truncate(fixture->archive, status.st_size / 2), 0);
		assert_refused(fixture, "refused");
	}
}

static void no_archives(void **state)
{
	static const char *const texts[] = {"", "text\n", "PK\003\004zip", "\037\213", "070701"};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		int fd = open(fixture->archive, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

		assert_true(fd >= 0);
		assert_int_equal(write(fd, texts[i], strlen(texts[i])), strlen(texts[i]));
		close(fd);
		assert_refused(fixture, fixture->archive);
	}
}

static void no_files(void **state)
{
	struct fixture *fixture = *state;
	struct snapshot *snapshot = NULL;
	struct error error = {0};

	assert_int_equal(snapshot_open(fixture->archive, &snapshot, &error), -ENOENT);
	assert_int_equal(mkfifo(fixture->archive, 0600), 0);
	assert_refused(fixture, "not a regular file");
	assert_int_equal(unlink(fixture->archive), 0);
	assert_int_equal(symlink("/dev/zero", fixture->archive), 0);
	assert_refused(fixture, "not a regular file");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(paths_upwards),
		TEST(absolute_paths),
		TEST(files_through_links),
		TEST(links_out),
		TEST(hard_links),
		TEST(special_files),
		TEST(names_twice),
		TEST(names_are_shown_harmless),
		TEST(bomb_of_one_file),
		TEST(bomb_of_many_files),
		TEST(million_members),
		TEST(long_and_deep_names),
		TEST(cut_archives),
		TEST(no_archives),
		TEST(no_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
