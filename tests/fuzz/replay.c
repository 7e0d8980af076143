/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Gives every target the inputs of its folder below the one that is named (tests/fuzz/corpus), as TAP:
 * one line for each target. "--list" prints the targets' names, "TARGET FILE…" runs one target on files
 * (a finding of libFuzzer).
 */
#include "tests/fuzz/fuzz.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

static void run_file(const struct fuzz_target *target, int folder, const char *name)
{
	_cleanup_close_ int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
	_cleanup_free_ char *data = NULL;
	struct stat status;

	if (fd < 0 || fstat(fd, &status) < 0) {
		perror(name);
		exit(2);
	}
	data = malloc((size_t)status.st_size + 1);
	must(data && read(fd, data, (size_t)status.st_size) == status.st_size);
	fuzz_run(target, data, (size_t)status.st_size);
}

static size_t run_folder(const struct fuzz_target *target, const char *corpus)
{
	_cleanup_free_ char *path = NULL;
	struct dirent *entry;
	size_t count = 0;
	DIR *folder;

	must(asprintf(&path, "%s/%s", corpus, target->name) > 0);
	folder = opendir(path);
	while (folder && (entry = readdir(folder))) {
		if (entry->d_name[0] == '.')
			continue;
		run_file(target, dirfd(folder), entry->d_name);
		count++;
	}
	if (folder)
		(void)closedir(folder);
	return count;
}

static int run_all(const char *corpus)
{
	const struct fuzz_target *target;
	size_t count = 0, failed = 0;

	while (fuzz_target_at(count))
		count++;
	printf("1..%zu\n", count);
	for (size_t i = 0; (target = fuzz_target_at(i)); i++) {
		size_t inputs = run_folder(target, corpus);

		/* Nothing, and a single byte of each kind, need no file. */
		fuzz_run(target, "", 0);
		for (unsigned byte = 0; byte < 256; byte++)
			fuzz_run(target, &(unsigned char){(unsigned char)byte}, 1);
		failed += inputs == 0;
		printf("%sok %zu - %s: %zu inputs\n", inputs ? "" : "not ", i + 1, target->name,
		       inputs);
		(void)fflush(stdout);
	}
	return failed ? 1 : 0;
}

int main(int argc, char **argv)
{
	const struct fuzz_target *target;

	if (argc == 2 && streq(argv[1], "--list")) {
		for (size_t i = 0; (target = fuzz_target_at(i)); i++)
			(void)puts(target->name);
		return 0;
	}
	if (argc == 2)
		return run_all(argv[1]);
	target = argc > 2 ? fuzz_target_named(argv[1]) : NULL;
	if (!target) {
		(void)fputs("usage: replay CORPUS | --list | TARGET FILE…\n", stderr);
		return 2;
	}
	for (int i = 2; i < argc; i++)
		run_file(target, AT_FDCWD, argv[i]);
	return 0;
}
