/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Archives that nobody vouches for: what is right is opened, all else refused, and nothing stays. */
#include "preflight/capture_note.h"
#include "preflight/snapshot.h"

#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <cmocka.h>

/* A folder of its own: folder/tmp is where snapshots go, folder/outside where nothing may go. */
struct fixture {
	char folder[64], temporary[96], outside[96], archive[96];
	struct archive *writer;
};

static int set_up(void **state)
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

static size_t count_names(const char *folder)
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

static int tear_down(void **state)
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

static void begin(struct fixture *fixture, bool compressed)
{
	fixture->writer = archive_write_new();
	if (compressed)
		assert_int_equal(archive_write_add_filter_gzip(fixture->writer), ARCHIVE_OK);
	archive_write_set_format_pax_restricted(fixture->writer);
	assert_int_equal(archive_write_open_filename(fixture->writer, fixture->archive), ARCHIVE_OK);
}

static void end(struct fixture *fixture)
{
	assert_int_equal(archive_write_close(fixture->writer), ARCHIVE_OK);
	archive_write_free(fixture->writer);
}

static struct archive_entry *member(const char *path, unsigned type, unsigned mode)
{
	struct archive_entry *entry = archive_entry_new();

	archive_entry_set_pathname(entry, path);
	archive_entry_set_filetype(entry, type);
	archive_entry_set_perm(entry, mode);
	archive_entry_set_mtime(entry, 1700000000, 0);
	return entry;
}

static void add(struct fixture *fixture, struct archive_entry *entry, const char *data)
{
	archive_entry_set_size(entry, data ? (la_int64_t)strlen(data) : 0);
	assert_true(archive_write_header(fixture->writer, entry) >= ARCHIVE_WARN);
	if (data && *data)
		assert_int_equal(archive_write_data(fixture->writer, data, strlen(data)),
				 strlen(data));
	archive_entry_free(entry);
}

static void add_file(struct fixture *fixture, const char *path, const char *data)
{
	add(fixture, member(path, AE_IFREG, 0644), data);
}

static void add_link(struct fixture *fixture, const char *path, const char *target)
{
	struct archive_entry *entry = member(path, AE_IFLNK, 0777);

	archive_entry_set_symlink(entry, target);
	add(fixture, entry, NULL);
}

static void add_hard_link(struct fixture *fixture, const char *path, const char *target)
{
	struct archive_entry *entry = member(path, AE_IFREG, 0644);

	archive_entry_set_hardlink(entry, target);
	add(fixture, entry, NULL);
}

/* Opens the archive, which must be refused with these words, and looks at what is left. */
static void assert_refused(struct fixture *fixture, const char *words)
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

static struct snapshot *open_snapshot(struct fixture *fixture)
{
	struct snapshot *snapshot = NULL;
	struct error error = {0};

	if (snapshot_open(fixture->archive, &snapshot, &error) < 0)
		fail_msg("%s", error.message);
	return snapshot;
}

/* -- what is right ------------------------------------------------------------------------------------- */

static void opens_and_removes(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct fixture *fixture = *state;
	struct snapshot *snapshot;
	const struct host *host;
	struct stat status;
	const char *text;

	begin(fixture, true);
	add(fixture, member("./", AE_IFDIR, 0755), NULL);
	add(fixture, member("./etc/", AE_IFDIR, 0000), NULL);
	add_file(fixture, "./etc/deep/er/file", "content\n");
	add_file(fixture, "proc/version", "Linux\n");
	add_link(fixture, "etc/relative", "deep/../../proc/version");
	add_link(fixture, "etc/absolute", "/proc/version");
	add_link(fixture, "proc/1/fd/3", "/dev/vfio/7");
	add(fixture, member("etc/setuid", AE_IFREG, 04711), "x");
	end(fixture);
	snapshot = open_snapshot(fixture);
	host = snapshot_host(snapshot);
	assert_false(host_is_live(host));
	assert_null(host_note(host));
	assert_int_equal(host_read_line(host, arena, "etc/deep/er/file", &text), 0);
	assert_string_equal(text, "content");
	assert_int_equal(host_read_line(host, arena, "etc/relative", &text), 0);
	assert_string_equal(text, "Linux");
	assert_int_equal(host_read_line(host, arena, "etc/absolute", &text), 0);
	assert_string_equal(text, "Linux");
	assert_int_equal(host_read_link(host, arena, "proc/1/fd/3", &text), 0);
	assert_string_equal(text, "/dev/vfio/7");
	assert_int_equal(host_stat(host, "etc/setuid", &status), 0);
	assert_int_equal(status.st_mode & 07777, 0711);
	assert_int_equal(status.st_mtime, 1700000000);
	assert_int_equal(stat(snapshot_folder(snapshot), &status), 0);
	assert_int_equal(status.st_mode & 07777, 0700);
	assert_true(starts_with(snapshot_folder(snapshot), fixture->temporary));
	snapshot_close(snapshot);
	assert_int_equal(count_names(fixture->temporary), 0);
}

/* While the folder is there, signals wait. */
static void signals_wait(void **state)
{
	struct fixture *fixture = *state;
	struct snapshot *snapshot;
	sigset_t blocked;

	begin(fixture, false);
	add_file(fixture, "etc/x", "x");
	end(fixture);
	snapshot = open_snapshot(fixture);
	assert_int_equal(sigprocmask(SIG_BLOCK, NULL, &blocked), 0);
	assert_true(sigismember(&blocked, SIGINT) && sigismember(&blocked, SIGTERM));
	snapshot_close(snapshot);
	assert_int_equal(sigprocmask(SIG_BLOCK, NULL, &blocked), 0);
	assert_false(sigismember(&blocked, SIGINT) || sigismember(&blocked, SIGTERM));
}

static void temporary_folder(void **state)
{
	struct fixture *fixture = *state;
	struct snapshot *snapshot = NULL;
	struct error error = {0};
	char absent[128];

	begin(fixture, false);
	add_file(fixture, "etc/x", "x");
	end(fixture);
	(void)snprintf(absent, sizeof(absent), "%s/absent", fixture->folder);
	(void)setenv("TMPDIR", absent, 1);
	assert_int_equal(snapshot_open(fixture->archive, &snapshot, &error), -ENOENT);
	assert_non_null(strstr(error.message, absent));
	/* A relative one would be somewhere else than people think. */
	(void)setenv("TMPDIR", "tmp", 1);
	snapshot = open_snapshot(fixture);
	assert_true(starts_with(snapshot_folder(snapshot), "/tmp/"));
	snapshot_close(snapshot);
}

/* -- what a capture says of itself ------------------------------------------------------------------------ */

#define NOTE(entries)                                                                              \
	"{\"schema\":\"vfiokit-capture/1\",\"live\":true,\"root\":false,"                          \
	"\"architecture\":\"aarch64\",\"log\":\"journal\",\"entries\":" entries ","                \
	"\"looked_for\":[\"sys/class/net/*/flags\",\"proc/swaps\"],"                               \
	"\"unreadable\":[{\"path\":\"sys/x\",\"error\":\"EACCES\"},"                               \
	"{\"path\":\"sys/closed\",\"error\":\"EPERM\"}]}"

static void add_capture(struct fixture *fixture, const char *note)
{
	begin(fixture, false);
	add_file(fixture, CAPTURE_NOTE_FILE, note);
	add_file(fixture, "sys/x", "");
	add(fixture, member("sys/closed", AE_IFDIR, 0755), NULL);
	add_link(fixture, "sys/way", "closed");
	end(fixture);
}

static void errors_are_carried(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct directory directory = {.fd = -1};
	struct fixture *fixture = *state;
	struct snapshot *snapshot;
	const struct host *host;
	struct strings names;
	const char *text;

	add_capture(fixture, NOTE("3"));
	snapshot = open_snapshot(fixture);
	host = snapshot_host(snapshot);
	assert_int_equal(host_read_line(host, arena, "sys/x", &text), -EACCES);
	assert_int_equal(host_exists(host, "sys/x"), 0);
	assert_int_equal(host_list(host, arena, "sys/closed", &names), -EPERM);
	assert_int_equal(host_list(host, arena, "sys/way", &names), -EPERM);
	assert_int_equal(host_exists(host, "sys/closed"), 0);
	assert_int_equal(host_read_line(host, arena, "sys/closed/a/b", &text), -EPERM);
	assert_int_equal(host_exists(host, "sys/way/a"), -EPERM);
	assert_int_equal(host_exists(host, "sys/y"), -ENOENT);
	assert_int_equal(host_directory_open(host, "sys", &directory), 0);
	assert_int_equal(directory_read_line(&directory, arena, "x", &text), -EACCES);
	assert_int_equal(directory_exists(&directory, "closed/a"), -EPERM);
	assert_int_equal(directory_exists(&directory, "y"), -ENOENT);
	host_directory_close(&directory);
	snapshot_close(snapshot);
}

static void absence_is_told(void **state)
{
	struct fixture *fixture = *state;
	struct snapshot *snapshot;
	const struct host *host;

	add_capture(fixture, NOTE("3"));
	snapshot = open_snapshot(fixture);
	host = snapshot_host(snapshot);
	assert_true(host_was_live(host));
	assert_int_equal(host_note(host)->as_root, NO);
	assert_string_equal(host_note(host)->architecture, "aarch64");
	assert_string_equal(host_note(host)->log_source, "journal");
	assert_true(host_tells_absence(host, "proc/swaps"));
	assert_true(host_tells_absence(host, "sys/class/net"));
	assert_true(host_tells_absence(host, "sys/class/net/eth0/flags"));
	assert_false(host_tells_absence(host, "sys/class/net/eth0/other"));
	assert_false(host_tells_absence(host, "proc/mounts"));
	snapshot_close(snapshot);
}

/* Something was taken out, or put in: what is not there is not known any more. */
static void changed_captures_are_trees(void **state)
{
	static const char *const notes[] = {NOTE("4"), NOTE("2"), NOTE("0"), NOTE("-3"),
					    NOTE("\"3\"")};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < ARRAY_SIZE(notes); i++) {
		_cleanup_arena_ struct arena *arena = arena_new();
		struct snapshot *snapshot;
		const char *text;

		add_capture(fixture, notes[i]);
		snapshot = open_snapshot(fixture);
		assert_false(host_was_live(snapshot_host(snapshot)));
		assert_false(host_tells_absence(snapshot_host(snapshot), "proc/swaps"));
		assert_int_equal(host_read_line(snapshot_host(snapshot), arena, "sys/x", &text),
				 -EACCES);
		snapshot_close(snapshot);
	}
}

static void broken_notes(void **state)
{
	static const char *const notes[] = {
		"", "{", "[]", "null", "{}", "{\"schema\":1}", "{\"schema\":\"vfiokit-capture/2\"}",
		"[[[[[[[[[[[[[[[[[[[[[[[[", "{\"schema\":\"vfiokit-capture/1\"",
	};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < ARRAY_SIZE(notes); i++) {
		struct snapshot *snapshot;

		add_capture(fixture, notes[i]);
		snapshot = open_snapshot(fixture);
		assert_null(host_note(snapshot_host(snapshot)));
		snapshot_close(snapshot);
	}
	/* Values of other types count as missing. */
	add_capture(fixture, "{\"schema\":\"vfiokit-capture/1\",\"live\":1,\"root\":\"x\",\"log\":[],"
			     "\"entries\":3,\"looked_for\":{},\"unreadable\":[1,null,{\"path\":2},"
			     "{\"path\":\"sys/x\",\"error\":\"EWHAT\"}]}");
	{
		struct snapshot *snapshot = open_snapshot(fixture);
		const struct capture_note *note = host_note(snapshot_host(snapshot));

		assert_false(note->live);
		assert_int_equal(note->as_root, UNKNOWN);
		assert_null(note->log_source);
		assert_int_equal(note->unreadable.count, 1);
		assert_int_equal(note->unreadable.items[0].error, -EIO);
		snapshot_close(snapshot);
	}
}

/* -- what leads out ------------------------------------------------------------------------------------------ */

static void paths_upwards(void **state)
{
	static const char *const paths[] = {"../x", "etc/../../outside/x", "etc/..", "..",
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
	} rows[] = {
		{AE_IFCHR, "a device node"}, {AE_IFBLK, "a device node"}, {AE_IFIFO, "a FIFO"}};
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(opens_and_removes),
		TEST(signals_wait),
		TEST(temporary_folder),
		TEST(errors_are_carried),
		TEST(absence_is_told),
		TEST(changed_captures_are_trees),
		TEST(broken_notes),
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
