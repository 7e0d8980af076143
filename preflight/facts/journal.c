/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/facts/journal.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/klog.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

enum {
	/* linux/syslog.h, which user space does not get */
	SYSLOG_ACTION_READ_ALL = 3,
	SYSLOG_ACTION_SIZE_BUFFER = 10,

	RECORD_SIZE = 8192, /* CONSOLE_EXT_LOG_MAX */
	TEXT_LIMIT = 64 * 1024 * 1024,
	JOURNAL_MILLISECONDS = 3000,
};

/* -- the ring buffer -------------------------------------------------------------------------- */

int ring_buffer_read(struct arena *arena, struct bytes *ret_text)
{
	int size = klogctl(SYSLOG_ACTION_SIZE_BUFFER, NULL, 0), length;
	_cleanup_free_ char *buffer = NULL;

	if (size < 0)
		return -errno;
	if (size > TEXT_LIMIT / 2)
		size = TEXT_LIMIT / 2;
	/* Stamps and levels are added to what the buffer holds. */
	size = size * 2 + RECORD_SIZE;
	buffer = malloc((size_t)size);
	if (!buffer)
		return -ENOMEM;
	length = klogctl(SYSLOG_ACTION_READ_ALL, buffer, size);
	if (length < 0)
		return -errno;
	*ret_text = (struct bytes){arena_copy(arena, buffer, (size_t)length), (size_t)length};
	return 0;
}

/* Four bytes "\x0a" as one. */
static bool parse_escape(const char *at, const char *end, char *ret_byte)
{
	char digits[3];

	if (end - at < 4 || at[0] != '\\' || at[1] != 'x' || !isxdigit((unsigned char)at[2]) ||
	    !isxdigit((unsigned char)at[3]))
		return false;
	memcpy(digits, at + 2, 2);
	digits[2] = '\0';
	*ret_byte = (char)strtoul(digits, NULL, 16);
	return true;
}

static void print_stamp(FILE *stream, uint64_t microseconds)
{
	(void)fprintf(stream, "[%5llu.%06llu] ", (unsigned long long)(microseconds / 1000000),
		      (unsigned long long)(microseconds % 1000000));
}

void kmsg_print_record(FILE *stream, const char *record, size_t length)
{
	const char *text = memchr(record, ';', length), *end;
	unsigned long long microseconds;
	char head[128] = "";

	if (!text || (size_t)(text - record) >= sizeof(head))
		return;
	memcpy(head, record, (size_t)(text - record));
	/* NOLINTNEXTLINE(cert-err34-c): nineteen digits always fit */
	if (sscanf(head, "%*u,%*u,%19llu", &microseconds) != 1)
		return;
	text++;
	end = memchr(text, '\n', length - (size_t)(text - record));
	if (!end)
		end = record + length;
	print_stamp(stream, microseconds);
	while (text < end) {
		char byte = *text;

		text += parse_escape(text, end, &byte) ? 4 : 1;
		(void)fputc(byte, stream);
		if (byte == '\n')
			print_stamp(stream, microseconds);
	}
	(void)fputc('\n', stream);
}

/* Reads records until there are no more for now. */
static int copy_records(int fd, FILE *stream)
{
	char record[RECORD_SIZE];

	for (size_t total = 0; total < TEXT_LIMIT;) {
		ssize_t length = read(fd, record, sizeof(record));

		if (length > 0) {
			kmsg_print_record(stream, record, (size_t)length);
			total += (size_t)length;
		} else if (length == 0 || errno == EAGAIN) {
			return 0;
		} else if (errno != EPIPE && errno != EINTR) {
			return -errno; /* EPIPE: that record was overwritten, the next is there */
		}
	}
	return 0;
}

int kmsg_read(struct arena *arena, struct bytes *ret_text)
{
	_cleanup_close_ int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	_cleanup_free_ char *text = NULL;
	size_t length = 0;
	FILE *stream;
	int r;

	if (fd < 0)
		return -errno;
	stream = open_memstream(&text, &length);
	if (!stream)
		return -errno;
	r = copy_records(fd, stream);
	if (fclose(stream) != 0)
		return -ENOMEM;
	if (r < 0)
		return r;
	*ret_text = (struct bytes){arena_copy(arena, text, length), length};
	return 0;
}

/* -- the journal ------------------------------------------------------------------------------ */

static int64_t now_milliseconds(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Where what a program says to nobody goes. A command that only reads cannot open anything for writing; it has
 * memory that is given back when the program has ended. */
static int open_nowhere(void)
{
	int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);

	return fd >= 0 ? fd : memfd_create("errors", MFD_CLOEXEC);
}

/* Starts a program with its output in a pipe and nothing else of ours. Returns the pipe's end. */
static int start(const char *const argv[], pid_t *ret_pid)
{
	static const char *const environment[] = {"PATH=/usr/bin:/bin", "LC_ALL=C", NULL};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	_cleanup_close_ int errors = open_nowhere();
	sigset_t none;
	int ends[2], r;

	if (errors < 0 || pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	(void)sigemptyset(&none);
	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO);
	/* posix_spawn() takes char *const[] for historical reasons and changes nothing. */
	r = posix_spawn(ret_pid, argv[0], &actions, &attributes, (char *const *)(uintptr_t)argv,
			(char *const *)(uintptr_t)environment);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	close(ends[1]);
	if (r != 0) {
		close(ends[0]);
		return -r;
	}
	return ends[0];
}

/* Copies what comes from fd until its end, the deadline or the limit. */
static int copy_until(int fd, FILE *stream, int64_t deadline, size_t limit)
{
	char buffer[65536];

	for (size_t total = 0;;) {
		struct pollfd wait = {.fd = fd, .events = POLLIN};
		int64_t left = deadline - now_milliseconds();
		ssize_t length;
		int ready;

		if (left <= 0)
			return -ETIME;
		ready = poll(&wait, 1, (int)left);
		if (ready <= 0)
			continue; /* the time is up, or a signal came */
		length = read(fd, buffer, sizeof(buffer));
		if (length < 0 && errno == EINTR)
			continue;
		if (length <= 0)
			return length < 0 ? -errno : 0;
		total += (size_t)length;
		if (total > limit)
			return -EFBIG;
		if (fwrite(buffer, 1, (size_t)length, stream) != (size_t)length)
			return -ENOMEM;
	}
}

/* Reaps the program; one that failed us, or goes on after its output has ended, is killed. */
static int finish(pid_t pid, int64_t deadline, int r)
{
	const struct timespec pause = {.tv_nsec = 1000000};
	int status = 0;
	pid_t reaped = 0;

	while (r == 0 && (reaped = waitpid(pid, &status, WNOHANG)) == 0) {
		if (now_milliseconds() >= deadline)
			r = -ETIME;
		else
			(void)nanosleep(&pause, NULL);
	}
	if (r < 0) {
		(void)kill(pid, SIGKILL);
		do
			reaped = waitpid(pid, &status, 0);
		while (reaped < 0 && errno == EINTR);
		return r;
	}
	return reaped == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -EIO;
}

int program_read(struct arena *arena, const char *const argv[], int milliseconds, size_t limit,
		 struct bytes *ret_text)
{
	int64_t deadline = now_milliseconds() + milliseconds;
	_cleanup_close_ int fd = -1;
	_cleanup_free_ char *text = NULL;
	size_t length = 0;
	FILE *stream;
	pid_t pid = 0;
	int r;

	fd = start(argv, &pid);
	if (fd < 0)
		return fd;
	stream = open_memstream(&text, &length);
	r = stream ? copy_until(fd, stream, deadline, limit) : -ENOMEM;
	r = finish(pid, deadline, r);
	if (stream && fclose(stream) != 0)
		r = -ENOMEM;
	if (r < 0)
		return r;
	*ret_text = (struct bytes){arena_copy(arena, text, length), length};
	return 0;
}

int journal_read(struct arena *arena, struct bytes *ret_text)
{
	static const char *const places[] = {"/usr/bin/journalctl", "/bin/journalctl",
					     "/run/current-system/sw/bin/journalctl"};

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		const char *argv[] = {places[i],         "-k",         "-b", "-o",
				      "short-monotonic", "--no-pager", "-q", NULL};
		int r = program_read(arena, argv, JOURNAL_MILLISECONDS, TEXT_LIMIT, ret_text);

		if (r != -ENOENT)
			return r;
	}
	return -ENOENT;
}
