/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/parse/mountinfo.h"
#include "preflight/parse/lines.h"

static int octal_digit(char c)
{
	return c >= '0' && c <= '7' ? c - '0' : -1;
}

/* The byte that \ooo at data stands for, or -1. */
static int octal_escape(const char *data, size_t length)
{
	int high, middle, low, value;

	if (length < 4 || data[0] != '\\')
		return -1;
	high = octal_digit(data[1]);
	middle = octal_digit(data[2]);
	low = octal_digit(data[3]);
	if (high < 0 || middle < 0 || low < 0)
		return -1;
	value = high * 64 + middle * 8 + low;
	return value > 0 && value < 256 ? value : -1;
}

static const char *decode_field(struct arena *arena, struct span field)
{
	char *text = arena_copy(arena, field.data, field.length);
	size_t length = 0;

	for (size_t i = 0; i < field.length; i++) {
		int byte = octal_escape(field.data + i, field.length - i);

		text[length++] = byte < 0 ? field.data[i] : (char)byte;
		if (byte >= 0)
			i += 3;
	}
	text[length] = '\0';
	return text;
}

static bool decode_number(struct span field, struct mount *mount)
{
	const char *colon = memchr(field.data, ':', field.length);
	struct span major = {.data = field.data}, minor = {0};

	if (!colon)
		return false;
	major.length = (size_t)(colon - field.data);
	minor.data = colon + 1;
	minor.length = field.length - major.length - 1;
	mount->has_number = true;
	return span_number(major, 10, &mount->major) && span_number(minor, 10, &mount->minor);
}

/* "36 35 98:0 /root /point options [tag…] - type source options": proc_pid_mountinfo(5). */
static bool decode_mountinfo(struct arena *arena, struct span line, struct mount *mount)
{
	struct span head[6], field = {0}, tail[3] = {0};

	for (size_t i = 0; i < ARRAY_SIZE(head); i++)
		if (!span_next_cell(&line, &head[i]))
			return false;
	do {
		if (!span_next_cell(&line, &field))
			return false;
	} while (!span_equals(field, "-"));
	for (size_t i = 0; i < ARRAY_SIZE(tail); i++)
		if (!span_next_cell(&line, &tail[i]) && i < 2)
			return false;
	if (!decode_number(head[2], mount))
		return false;
	mount->root = decode_field(arena, head[3]);
	mount->point = decode_field(arena, head[4]);
	mount->type = decode_field(arena, tail[0]);
	mount->source = decode_field(arena, tail[1]);
	mount->options = decode_field(arena, tail[2]);
	return true;
}

static bool decode_table(struct arena *arena, struct span line, struct mount *mount)
{
	struct span fields[4] = {0};

	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		if (!span_next_field(&line, &fields[i]) && i < 3)
			return false;
	if (fields[0].data[0] == '#')
		return false;
	mount->root = "/";
	mount->source = decode_field(arena, fields[0]);
	mount->point = decode_field(arena, fields[1]);
	mount->type = decode_field(arena, fields[2]);
	mount->options = decode_field(arena, fields[3]);
	return true;
}

static void parse_lines(struct arena *arena, const char *data, size_t length,
			bool (*decode)(struct arena *, struct span, struct mount *),
			struct mounts *ret_mounts)
{
	struct span rest = {.data = data, .length = length}, line;
	struct mounts mounts = {0};
	unsigned number = 0;

	while (span_next_line(&rest, &line)) {
		struct mount mount = {.line = ++number};

		if (!decode(arena, line, &mount))
			continue;
		mount.text = arena_copy(arena, line.data, line.length);
		*ARRAY_ADD(arena, &mounts) = mount;
	}
	*ret_mounts = mounts;
}

void mountinfo_parse(struct arena *arena, const char *data, size_t length,
		     struct mounts *ret_mounts)
{
	parse_lines(arena, data, length, decode_mountinfo, ret_mounts);
}

void mount_table_parse(struct arena *arena, const char *data, size_t length,
		       struct mounts *ret_mounts)
{
	parse_lines(arena, data, length, decode_table, ret_mounts);
}

const char *mount_option(struct arena *arena, const char *options, const char *name)
{
	size_t size = strlen(name);

	while (*options) {
		size_t length = strcspn(options, ",");

		if (length > size && strncmp(options, name, size) == 0 && options[size] == '=')
			return arena_copy(arena, options + size + 1, length - size - 1);
		options += length;
		options += *options == ',';
	}
	return NULL;
}

/* Whether point is path or a directory above it. */
static bool point_covers(const char *point, const char *path)
{
	size_t length = strlen(point);

	if (streq(point, "/"))
		return *path == '/';
	return strncmp(path, point, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

const struct mount *mounts_find_path(const struct mounts *mounts, const char *path)
{
	const struct mount *found = NULL;

	for_each (mount, mounts)
		if (point_covers(mount->point, path) &&
		    (!found || strlen(mount->point) >= strlen(found->point)))
			found = mount;
	return found;
}

static bool decode_swap(struct arena *arena, struct span line, struct swap *swap)
{
	static const char deleted[] = " (deleted)";
	struct span path, type;
	size_t length;

	if (!span_next_field(&line, &path) || !span_next_field(&line, &type))
		return false;
	swap->path = decode_field(arena, path);
	length = strlen(swap->path);
	if (length >= sizeof(deleted) &&
	    streq(swap->path + length - (sizeof(deleted) - 1), deleted))
		swap->path = arena_copy(arena, swap->path, length - (sizeof(deleted) - 1));
	swap->is_partition = span_equals(type, "partition");
	return *swap->path == '/';
}

void swap_table_parse(struct arena *arena, const char *data, size_t length, struct swaps *ret_swaps)
{
	struct span rest = {.data = data, .length = length}, line;
	struct swaps swaps = {0};
	unsigned number = 0;

	while (span_next_line(&rest, &line)) {
		struct swap swap = {.line = ++number};

		if (!decode_swap(arena, line, &swap))
			continue;
		swap.text = arena_copy(arena, line.data, line.length);
		*ARRAY_ADD(arena, &swaps) = swap;
	}
	*ret_swaps = swaps;
}
