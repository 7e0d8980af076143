/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/parse/modules_dep.h"

enum {
	NAME_LIMIT = 64,  /* MODULE_NAME_LEN of the kernel is 56 on 64-bit machines */
	STATE_COLUMN = 4, /* name size references users STATE address */
};

/* The file's path at the start of a line: up to the colon of modules.dep or the line's end. */
static struct span line_path(struct span line)
{
	const char *colon = memchr(line.data, ':', line.length);

	if (colon)
		line.length = (size_t)(colon - line.data);
	while (line.length && strchr(" \t\r", line.data[line.length - 1]))
		line.length--;
	return line;
}

/* The module's name as the file has it; length 0 where the file is no module. */
static struct span file_module(struct span path)
{
	const char *slash = memrchr(path.data, '/', path.length), *suffix;

	if (slash) {
		path.length -= (size_t)(slash + 1 - path.data);
		path.data = slash + 1;
	}
	suffix = memmem(path.data, path.length, ".ko", 3);
	if (!suffix || (suffix + 3 < path.data + path.length && suffix[3] != '.'))
		return (struct span){path.data, 0};
	path.length = (size_t)(suffix - path.data);
	return path;
}

static char underscore(char c)
{
	return c == '-' ? '_' : c;
}

static bool is_module(struct span name, const char *module)
{
	for (size_t i = 0; i < name.length; i++)
		if (!module[i] || underscore(name.data[i]) != module[i])
			return false;
	return name.length && !module[name.length];
}

bool modules_list_find(const char *text, size_t length, const char *module,
		       struct module_place *ret_place)
{
	struct span rest = {text, length}, line;

	for (unsigned number = 1; span_next_line(&rest, &line); number++) {
		struct span path = line_path(line);

		if (is_module(file_module(path), module)) {
			*ret_place = (struct module_place){.line = number, .path = path};
			return true;
		}
	}
	return false;
}

static void add_name(struct arena *arena, struct span name, struct strings *names)
{
	char *copy;

	if (!name.length || name.length > NAME_LIMIT)
		return;
	copy = arena_copy(arena, name.data, name.length);
	for (char *c = copy; *c; c++)
		*c = underscore(*c);
	*ARRAY_ADD(arena, names) = copy;
}

void modules_list_names(struct arena *arena, const char *text, size_t length,
			struct strings *ret_names)
{
	struct span rest = {text, length}, line;

	while (span_next_line(&rest, &line))
		add_name(arena, file_module(line_path(line)), ret_names);
}

void loaded_modules_parse(struct arena *arena, const char *text, size_t length,
			  struct strings *ret_names)
{
	struct span rest = {text, length}, line;

	while (span_next_line(&rest, &line)) {
		struct span name = {0}, field = {0};
		unsigned column = 0;

		(void)span_next_field(&line, &name);
		while (column < STATE_COLUMN && span_next_field(&line, &field))
			column++;
		if (!(column == STATE_COLUMN && span_equals(field, "Unloading")))
			add_name(arena, name, ret_names);
	}
}
