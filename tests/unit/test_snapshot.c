/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/capture/note.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <cmocka.h>

#include "snapshot_made.h"

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
		"",
		"{",
		"[]",
		"null",
		"{}",
		"{\"schema\":1}",
		"{\"schema\":\"vfiokit-capture/2\"}",
		"[[[[[[[[[[[[[[[[[[[[[[[[",
		"{\"schema\":\"vfiokit-capture/1\"",
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
	add_capture(fixture,
		    "{\"schema\":\"vfiokit-capture/1\",\"live\":1,\"root\":\"x\",\"log\":[],"
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(opens_and_removes),  TEST(signals_wait),    TEST(temporary_folder),
		TEST(errors_are_carried), TEST(absence_is_told), TEST(changed_captures_are_trees),
		TEST(broken_notes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
