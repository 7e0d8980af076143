/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bind.c's calls on the running kernel. */
#include "configure/bind.h"
#include "preflight/descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

/* One write(2), as sysfs wants it, with nothing else open but the pipe. */
static int write_once(int root, const char *path, const char *text, int pipe)
{
	_cleanup_close_ int fd = openat(root, path, O_WRONLY | O_CLOEXEC);
	ssize_t written;

	if (fd < 0)
		return -errno;
	descriptors_close_but(fd, pipe);
	written = write(fd, text, strlen(text));
	return written < 0 ? -errno : 0;
}

/* Waits for the child's answer: the errno of its write. */
static int read_answer(int pipe, unsigned limit)
{
	struct pollfd wait = {.fd = pipe, .events = POLLIN};
	int answer = -EIO, r;

	do
		r = poll(&wait, 1, (int)limit * 1000);
	while (r < 0 && errno == EINTR);
	if (r == 0)
		return -ETIMEDOUT;
	return read(pipe, &answer, sizeof(answer)) == sizeof(answer) ? answer : -EIO;
}

/* An unbind can wait for ever inside the kernel, where no signal ends it: a child waits in our place. */
static int live_write(void *context, const char *path, const char *text)
{
	const struct bind_live *live = context;
	int ends[2], answer;
	pid_t child;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	child = fork();
	if (child == 0) {
		answer = write_once(live->root, path, text, ends[1]);
		_exit(write(ends[1], &answer, sizeof(answer)) == sizeof(answer) ? 0 : 1);
	}
	close(ends[1]);
	if (child < 0) {
		close(ends[0]);
		return -EAGAIN;
	}
	answer = read_answer(ends[0], live->limit);
	close(ends[0]);
	if (answer == -ETIMEDOUT)
		(void)kill(child, SIGKILL); /* takes effect when the kernel lets it go */
	else
		while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
			;
	return answer;
}

static int live_driver(void *context, struct arena *arena, const char *address,
		       const char **ret_driver)
{
	const struct bind_live *live = context;
	const char *device = arena_printf(arena, "sys/bus/pci/devices/%s", address);
	char target[256];
	ssize_t length;

	if (faccessat(live->root, device, F_OK, 0) < 0)
		return -ENODEV;
	length = readlinkat(live->root, arena_printf(arena, "%s/driver", device), target,
			    sizeof(target) - 1);
	if (length < 0 && errno != ENOENT)
		return -errno;
	target[length < 0 ? 0 : length] = '\0';
	*ret_driver = arena_strdup(arena, strrchr(target, '/') ? strrchr(target, '/') + 1 : target);
	return 0;
}

/* Reads "(null)" where nothing is set. */
static int live_override(void *context, struct arena *arena, const char *address,
			 const char **ret_override)
{
	const struct bind_live *live = context;
	_cleanup_close_ int fd = openat(
		live->root, arena_printf(arena, "sys/bus/pci/devices/%s/driver_override", address),
		O_RDONLY | O_CLOEXEC);
	char text[256];
	ssize_t length;

	if (fd < 0)
		return -errno;
	length = read(fd, text, sizeof(text) - 1);
	if (length < 0)
		return -errno;
	text[length] = '\0';
	text[strcspn(text, "\n")] = '\0';
	*ret_override = streq(text, "(null)") ? "" : arena_strdup(arena, text);
	return 0;
}

struct bind_calls bind_calls_live(struct bind_live *live)
{
	return (struct bind_calls){live, live_write, live_driver, live_override};
}
