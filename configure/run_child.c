/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "configure/run_child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <linux/close_range.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

static _Noreturn void give_up(int report)
{
	int failure = -errno;
	ssize_t written = write(report, &failure, sizeof(failure));

	(void)written;
	_exit(127);
}

/* Handlers go with exec, but what is ignored or blocked would be inherited. */
static int reset_signals(void)
{
	sigset_t none;

	for (int number = 1; number < _NSIG; number++)
		if (number != SIGKILL && number != SIGSTOP)
			(void)signal(number, SIG_DFL);
	(void)sigemptyset(&none);
	return sigprocmask(SIG_SETMASK, &none, NULL);
}

static int enter_root(const struct run_request *request)
{
	if (fchdir(request->root) < 0)
		return -1;
	return request->chroot ? chroot(".") : 0;
}

static int set_streams(int input, int output)
{
	int nothing = input >= 0 ? input : open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (nothing < 0 || dup2(nothing, STDIN_FILENO) < 0)
		return -1;
	return dup2(output, STDOUT_FILENO) < 0 || dup2(output, STDERR_FILENO) < 0 ? -1 : 0;
}

_Noreturn void run_child(const struct run_request *request, pid_t parent, int output, int report)
{
	static const char *const environment[] = {
		"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", "HOME=/root",
		"DEBIAN_FRONTEND=noninteractive",     "TERM=dumb",    NULL,
	};

	/* The process that waits may be gone before the kernel is told to watch it. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		give_up(report);
	/* /dev/null from outside: a chroot may have none. */
	if (setpgid(0, 0) < 0 || set_streams(request->input, output) < 0 ||
	    enter_root(request) < 0 || reset_signals() < 0)
		give_up(report);
	(void)umask(022);
	/* Libraries may hold descriptors without O_CLOEXEC. */
	(void)syscall(SYS_close_range, STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
	/* execve() changes none of the strings. */
	(void)execve(request->argv[0], (char *const *)(uintptr_t)request->argv,
		     (char *const *)(uintptr_t)environment);
	give_up(report);
}
