/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a terminal is shown while something takes long. */
#include "commands/progress.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

/* A terminal in place of standard error. */
struct terminal {
	int master, standard_error;
};

static void terminal_open(struct terminal *terminal)
{
	int slave;

	terminal->master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (terminal->master < 0 || grantpt(terminal->master) < 0 || unlockpt(terminal->master) < 0)
		skip();
	slave = open(ptsname(terminal->master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave < 0)
		skip();
	terminal->standard_error = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	assert_int_equal(dup2(slave, STDERR_FILENO), STDERR_FILENO);
	close(slave);
}

/* What it was shown. The kernel brings it in pieces, later: it is all there when what was written last is. */
static void terminal_close(struct terminal *terminal, char *text, size_t size)
{
	static const char last[] = "\a";
	struct pollfd readable = {.fd = terminal->master, .events = POLLIN};
	size_t length = 0;
	ssize_t more;

	(void)fputs(last, stderr);
	(void)fflush(stderr);
	text[0] = '\0';
	while (!strstr(text, last) && poll(&readable, 1, 10000) > 0) {
		more = read(terminal->master, text + length, size - 1 - length);
		if (more <= 0)
			break;
		length += (size_t)more;
		text[length] = '\0';
	}
	assert_true(ends_with(text, last));
	text[length - strlen(last)] = '\0';
	assert_int_equal(dup2(terminal->standard_error, STDERR_FILENO), STDERR_FILENO);
	close(terminal->standard_error);
	close(terminal->master);
}

/* Sleeps all of it, also where a signal comes between. */
static void pause_for(long milliseconds)
{
	struct timespec left = {.tv_sec = milliseconds / 1000,
				.tv_nsec = milliseconds % 1000 * 1000000};

	while (nanosleep(&left, &left) < 0 && errno == EINTR)
		;
}

static void look(const struct settings *settings, const char *words, long milliseconds, char *text,
		 size_t size)
{
	struct terminal terminal;
	struct progress progress;

	terminal_open(&terminal);
	progress_begin(&progress, settings, words);
	pause_for(milliseconds);
	if (!words)
		progress_count(&progress, "reading report", 3, 7);
	progress_end(&progress);
	terminal_close(&terminal, text, size);
}

static void shows_what_takes_long(void **state)
{
	const struct settings settings = {0}, quiet = {.quiet = true};
	char text[256];

	(void)state;
	look(&settings, "reading this host", 800, text, sizeof(text));
	assert_string_equal(text, "reading this host\r\033[K");
	look(&settings, NULL, 800, text, sizeof(text));
	assert_string_equal(text, "\rreading report 3 of 7 \r\033[K");
	look(&settings, "reading this host", 1, text, sizeof(text));
	assert_string_equal(text, "");
	look(&settings, NULL, 1, text, sizeof(text));
	assert_string_equal(text, "");
	look(&quiet, "reading this host", 800, text, sizeof(text));
	assert_string_equal(text, "");
}

/* Nothing is written where nobody looks. */
static void not_into_a_file(void **state)
{
	const struct settings settings = {0};
	int kept = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3), ends[2];
	struct progress progress;
	char byte;

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
	assert_int_equal(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
	progress_begin(&progress, &settings, "reading this host");
	pause_for(700);
	progress_count(&progress, "reading report", 3, 7);
	progress_end(&progress);
	assert_int_equal(dup2(kept, STDERR_FILENO), STDERR_FILENO);
	close(kept);
	close(ends[1]);
	assert_int_equal(read(ends[0], &byte, 1), 0);
	close(ends[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shows_what_takes_long),
		cmocka_unit_test(not_into_a_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
