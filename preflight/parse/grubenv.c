/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/parse/grubenv.h"

#include <errno.h>

#define SIGNATURE "# GRUB Environment Block\n"

/* Copies one line without its escapes into line and moves behind it. False where the bytes end
 * first. */
static bool read_line(const char **position, const char *end, char *line, unsigned *number)
{
	for (; *position < end; (*position)++) {
		char c = **position;

		if (c == '\n') {
			(*position)++;
			(*number)++;
			*line = '\0';
			return true;
		}
		if (c == '\\' && *position + 1 < end) {
			c = *++(*position);
			*number += c == '\n';
		}
		*line++ = c;
	}
	return false;
}

int grubenv_parse(struct arena *arena, const char *data, size_t length,
		  struct grub_variables *ret_variables)
{
	const char *position = data, *end = data + length;
	unsigned number = 2, first = 2;
	char *line;

	if (length < strlen(SIGNATURE) || memcmp(data, SIGNATURE, strlen(SIGNATURE)) != 0)
		return -EINVAL;
	position += strlen(SIGNATURE);
	line = arena_alloc(arena, length + 1);
	for (; read_line(&position, end, line, &number); first = number) {
		const char *equals = strchr(line, '=');

		if (*line == '#' || !equals)
			continue;
		*ARRAY_ADD(arena, ret_variables) = (struct grub_variable){
			.name = arena_copy(arena, line, (size_t)(equals - line)),
			.value = arena_strdup(arena, equals + 1),
			.line = first,
		};
	}
	return 0;
}

const char *grubenv_value(const struct grub_variables *variables, const char *name)
{
	for (size_t i = variables->count; i > 0; i--)
		if (streq(variables->items[i - 1].name, name))
			return variables->items[i - 1].value;
	return NULL;
}
