/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The least that any program does which reads these files: opens, reads and closes each file of a
 * list once (lines on standard input: "f PATH" a file, "d PATH" a directory to list, "l PATH" a link
 * to read), and keeps nothing.
 */
#include "preflight/base.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static bool read_file(const char *path)
{
	static char buffer[65536];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got;

	if (fd < 0)
		return false;
	do
		got = read(fd, buffer, sizeof(buffer));
	while (got == sizeof(buffer));
	(void)close(fd);
	return got >= 0;
}

static bool list_directory(const char *path)
{
	DIR *directory = opendir(path);

	if (!directory)
		return false;
	while (readdir(directory))
		;
	return closedir(directory) == 0;
}

static bool read_link(const char *path)
{
	char target[4096];

	return readlink(path, target, sizeof(target)) >= 0;
}

static bool visit(char kind, const char *path)
{
	switch (kind) {
	case 'd':
		return list_directory(path);
	case 'l':
		return read_link(path);
	default:
		return read_file(path);
	}
}

int main(void)
{
	_cleanup_free_ char *line = NULL;
	unsigned long failed = 0;
	size_t size = 0;
	ssize_t length;

	while ((length = getline(&line, &size, stdin)) > 2) {
		line[length - 1] = '\0';
		failed += !visit(line[0], line + 2);
	}
	if (failed)
		(void)fprintf(stderr, "floor: %lu could not be read\n", failed);
	return failed != 0;
}
