/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/parse/load_option.h"
#include "preflight/lines.h"

#include <errno.h>

enum {
	OPTION_ACTIVE = 1,
	OPTION_HEADER = 6, /* attributes and the length of the device path */
	NODE_HEADER = 4,
	NODE_MEDIA = 4,
	NODE_MEDIA_FILE = 4,
	NODE_END = 0x7f,
	NODES_LIMIT = 16, /* of a file's path; one or two are usual */
	REPLACEMENT = 0xfffd,
};

static uint32_t read_16(const unsigned char *bytes)
{
	return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8;
}

/* -- text ------------------------------------------------------------------------------------ */

static char *put_utf8(char *text, uint32_t c)
{
	if (c < 0x80) {
		*text++ = (char)c;
	} else if (c < 0x800) {
		*text++ = (char)(0xc0 | c >> 6);
		*text++ = (char)(0x80 | (c & 0x3f));
	} else if (c < 0x10000) {
		*text++ = (char)(0xe0 | c >> 12);
		*text++ = (char)(0x80 | (c >> 6 & 0x3f));
		*text++ = (char)(0x80 | (c & 0x3f));
	} else {
		*text++ = (char)(0xf0 | c >> 18);
		*text++ = (char)(0x80 | (c >> 12 & 0x3f));
		*text++ = (char)(0x80 | (c >> 6 & 0x3f));
		*text++ = (char)(0x80 | (c & 0x3f));
	}
	return text;
}

/* The character at index of count units; *ret_units is how many it takes. */
static uint32_t character_at(const unsigned char *units, size_t index, size_t count,
			     size_t *ret_units)
{
	uint32_t first = read_16(units + 2 * index), second;

	*ret_units = 1;
	if (first < 0xd800 || first > 0xdfff)
		return first;
	second = index + 1 < count ? read_16(units + 2 * index + 2) : 0;
	if (first > 0xdbff || second < 0xdc00 || second > 0xdfff)
		return REPLACEMENT;
	*ret_units = 2;
	return 0x10000 + ((first & 0x3ff) << 10) + (second & 0x3ff);
}

const char *utf16_text(struct arena *arena, const void *bytes, size_t length)
{
	const unsigned char *units = bytes;
	size_t count = length / 2, used;
	char *text = arena_alloc(arena, count * 3 + 1), *end = text;

	for (size_t i = 0; i < count; i += used) {
		uint32_t c = character_at(units, i, count, &used);

		if (!c)
			break;
		end = put_utf8(end, c);
	}
	return printable_copy(arena, text, (size_t)(end - text));
}

/* -- load options ---------------------------------------------------------------------------- */

/* The length in bytes of the text at units with its NUL; 0 where it does not end. */
static size_t terminated_length(const unsigned char *units, size_t length)
{
	for (size_t i = 0; i + 1 < length; i += 2)
		if (!units[i] && !units[i + 1])
			return i + 2;
	return 0;
}

static const char *path_of_text(struct arena *arena, const char *text)
{
	char *path = arena_strdup(arena, text + strspn(text, "\\/"));

	for (char *c = path; *c; c++)
		if (*c == '\\')
			*c = '/';
	return path;
}

/* The file names of a device path, which may come in several nodes, in one. */
static int parse_path(struct arena *arena, const unsigned char *nodes, size_t length,
		      const char **ret_path)
{
	const char *text = NULL;
	unsigned count = 0;

	while (length >= NODE_HEADER && nodes[0] != NODE_END) {
		size_t size = read_16(nodes + 2);

		if (size < NODE_HEADER || size > length)
			return -EINVAL;
		if (nodes[0] == NODE_MEDIA && nodes[1] == NODE_MEDIA_FILE && count++ < NODES_LIMIT)
			text = arena_printf(
				arena, "%s%s%s", text ? text : "", text ? "\\" : "",
				utf16_text(arena, nodes + NODE_HEADER, size - NODE_HEADER));
		nodes += size;
		length -= size;
	}
	*ret_path = text ? path_of_text(arena, text) : NULL;
	return 0;
}

int load_option_parse(struct arena *arena, const void *bytes, size_t length,
		      struct load_option *ret_option)
{
	const unsigned char *data = bytes;
	struct load_option option = {0};
	size_t description, path;
	int r;

	if (length < OPTION_HEADER)
		return -EINVAL;
	option.active = data[0] & OPTION_ACTIVE;
	path = read_16(data + 4);
	data += OPTION_HEADER;
	length -= OPTION_HEADER;
	description = terminated_length(data, length);
	if (!description || path > length - description)
		return -EINVAL;
	option.description = utf16_text(arena, data, description);
	r = parse_path(arena, data + description, path, &option.path);
	if (r == 0)
		*ret_option = option;
	return r;
}
