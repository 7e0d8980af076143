/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/parse/process.h"

#include "preflight/lines.h"

#include <errno.h>

/* Finds the first line that starts with prefix; *ret_rest is what follows the prefix. */
static bool find_line(const char *text, size_t length, const char *prefix, struct line *ret_rest)
{
	struct line_reader reader = lines_of(text, length);
	struct line line;

	while (lines_next(&reader, &line))
		if (line_starts(&line, prefix, ret_rest))
			return true;
	return false;
}

static bool limit_of(struct line *rest, uint64_t *ret_limit)
{
	struct line word;

	if (!line_word(rest, &word))
		return false;
	if (word.length == strlen("unlimited") && line_starts(&word, "unlimited", NULL)) {
		*ret_limit = UINT64_MAX;
		return true;
	}
	return line_decimal(&word, ret_limit);
}

int limits_parse_memlock(const char *text, size_t length, struct memlock *ret_memlock)
{
	static const char name[] = "Max locked memory ";
	struct memlock memlock;
	struct line rest;

	if (!find_line(text, length, name, &rest))
		return -ENODATA;
	memlock.line = rest.number;
	memlock.offset = (size_t)(rest.text - text) - strlen(name);
	rest = line_trim(rest);
	memlock.length = (size_t)(rest.text + rest.length - text) - memlock.offset;
	if (!limit_of(&rest, &memlock.soft) || !limit_of(&rest, &memlock.hard))
		return -EINVAL;
	*ret_memlock = memlock;
	return 0;
}

static int capability_set(const char *text, size_t length, const char *prefix, uint64_t *ret_set)
{
	struct line rest;

	if (!find_line(text, length, prefix, &rest))
		return -ENODATA;
	rest = line_trim(rest);
	return line_hex(&rest, ret_set) ? 0 : -EINVAL;
}

int status_parse_capabilities(const char *text, size_t length,
			      struct capabilities *ret_capabilities)
{
	struct capabilities capabilities;
	int r = capability_set(text, length, "CapEff:", &capabilities.effective);

	if (r == 0)
		r = capability_set(text, length, "CapBnd:", &capabilities.bounding);
	if (r == 0)
		*ret_capabilities = capabilities;
	return r;
}

int meminfo_parse_total(const char *text, size_t length, uint64_t *ret_bytes)
{
	struct line rest, number, unit;
	uint64_t kibibytes, bytes;

	if (!find_line(text, length, "MemTotal:", &rest))
		return -ENODATA;
	if (!line_word(&rest, &number) || !line_decimal(&number, &kibibytes) ||
	    !line_word(&rest, &unit) || unit.length != 2 || !line_starts(&unit, "kB", NULL) ||
	    __builtin_mul_overflow(kibibytes, (uint64_t)1024, &bytes))
		return -EINVAL;
	*ret_bytes = bytes;
	return 0;
}

int nvidia_parse_minor(const char *text, size_t length, unsigned *ret_minor)
{
	struct line rest;
	uint64_t minor;

	if (!find_line(text, length, "Device Minor:", &rest))
		return -ENODATA;
	rest = line_trim(rest);
	if (!line_decimal(&rest, &minor) || minor > 0xfffff)
		return -EINVAL;
	*ret_minor = (unsigned)minor;
	return 0;
}
