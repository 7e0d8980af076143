/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/fuzz/fuzz.h"

#include <sys/mman.h>

static const struct fuzz_targets *const tables[] = {
	&fuzz_targets_boot,    &fuzz_targets_modules, &fuzz_targets_proc, &fuzz_targets_tables,
	&fuzz_targets_archive, &fuzz_targets_report,  &fuzz_targets_edit,
};

const struct fuzz_target *fuzz_target_at(size_t index)
{
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
		if (index < tables[i]->count)
			return &tables[i]->items[index];
		index -= tables[i]->count;
	}
	return NULL;
}

const struct fuzz_target *fuzz_target_named(const char *name)
{
	const struct fuzz_target *target;

	for (size_t i = 0; (target = fuzz_target_at(i)); i++)
		if (streq(target->name, name))
			return target;
	return NULL;
}

void fuzz_must(bool holds, const char *what, const char *file, int line)
{
	if (holds)
		return;
	(void)fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
	abort();
}

void fuzz_run(const struct fuzz_target *target, const void *data, size_t length)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	_cleanup_free_ char *copy = malloc(length ? length : 1);

	must(copy);
	if (length)
		memcpy(copy, data, length);
	target->run(arena, copy, length);
}

size_t fuzz_touch(const char *text)
{
	return text ? strlen(text) : 0;
}

const char *fuzz_first_line(struct arena *arena, const char *data, size_t length,
			    struct bytes *ret_rest)
{
	const char *end = length ? memchr(data, '\n', length) : NULL;
	size_t line = end ? (size_t)(end - data) : length;
	size_t used = line + (end ? 1 : 0);

	*ret_rest = (struct bytes){.data = data + used, .length = length - used};
	return arena_copy(arena, data, line);
}

int fuzz_file(const void *data, size_t length)
{
	int fd = memfd_create("input", MFD_CLOEXEC);

	must(fd >= 0);
	must(pwrite(fd, data, length, 0) == (ssize_t)length);
	return fd;
}
