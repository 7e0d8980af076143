/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a real shell makes of a script, to hold the parser against. */
#ifndef VFIOKIT_TESTS_ASK_SHELL_H
#define VFIOKIT_TESTS_ASK_SHELL_H

#include "preflight/parse/shell.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/wait.h>

#include <cmocka.h>

/* The variable's value after the shell has read the text, or NULL where there is no such shell. */
static inline char *ask_shell(struct arena *arena, const char *shell, const char *text,
			      const char *variable)
{
	char path[] = "/tmp/vfiokit-edit-XXXXXX", *value = arena_alloc(arena, 65536);
	int file = mkstemp(path), ends[2];
	size_t length = 0;
	ssize_t got;
	pid_t child;

	assert_true(file >= 0);
	assert_int_equal(write(file, text, strlen(text)), strlen(text));
	close(file);
	assert_int_equal(pipe(ends), 0);
	child = fork();
	if (child == 0) {
		char script[256];

		(void)dup2(ends[1], 1);
		(void)dup2(open("/dev/null", O_RDWR | O_CLOEXEC), 2);
		(void)snprintf(script, sizeof(script),
			       "declare -A KERNEL_CMDLINE 2>/dev/null; . %s; printf %%s \"%s\"",
			       path, variable);
		execl(shell, shell, "-c", script, NULL);
		_exit(127);
	}
	close(ends[1]);
	while ((got = read(ends[0], value + length, 65535 - length)) > 0)
		length += (size_t)got;
	close(ends[0]);
	(void)waitpid(child, NULL, 0);
	(void)unlink(path);
	return value;
}

/* The parser's value and the shell's must be one. */
static inline void assert_shell_agrees(struct arena *arena, const char *text, bool bash,
				       const char *variable)
{
	const char *shell = bash ? "/bin/bash" : "/bin/dash";
	struct shell_script script = {0};
	const struct shell_assignment *assignment;
	const char *value;

	shell_parse(arena, "-", text, strlen(text), bash, &script);
	assignment = shell_find(&script, variable);
	value = assignment ? shell_value(arena, assignment) : NULL;
	if (!value || access(shell, X_OK) != 0)
		return;
	if (assignment->array) {
		size_t length = strlen(value);

		variable = arena_printf(arena, "%s[*]", variable);
		/* A joined line in front of the parenthesis is a blank to the parser. */
		while (length && value[length - 1] == ' ')
			length--;
		value = arena_copy(arena, value, length);
	}
	assert_string_equal(ask_shell(arena, shell, text, arena_printf(arena, "${%s}", variable)),
			    value);
}

#endif
