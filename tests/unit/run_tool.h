/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs another program for a test that compares with the real thing. */
#ifndef VFIOKIT_TESTS_RUN_TOOL_H
#define VFIOKIT_TESTS_RUN_TOOL_H

#include "preflight/base.h"

#include <sys/wait.h>

/* The exit status of argv[0] (found in PATH; sbin folders too), 127 where it is not there. Its output is
 * dropped, so that it does not mix with the test's. */
static inline int run_tool(const char *const argv[])
{
	pid_t child = fork();
	int status = 0;

	if (child == 0) {
		char *copies[32] = {0};

		for (size_t i = 0; argv[i] && i + 1 < ARRAY_SIZE(copies); i++)
			copies[i] = strdup(argv[i]);
		(void)setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1);
		if (!freopen("/dev/null", "w", stdout) || !freopen("/dev/null", "w", stderr))
			_exit(126);
		execvp(copies[0], copies);
		_exit(127);
	}
	if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status))
		return 126;
	return WEXITSTATUS(status);
}

#endif
