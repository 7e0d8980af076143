/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tree_builder.h"

#include <errno.h>

enum {
	PE_HEADER = 0x40,  /* behind the DOS header */
	PE_TABLE = 0x58,   /* no optional header */
	SECTION_ROW = 40,  /* bytes of a section's row in the table */
	ALIGNMENT = 0x200, /* of sections in the file */
	SECTIONS = 16,
};

struct section {
	const char *name, *bytes;
	size_t length;
};

/* UTF-16 with its NUL; returns what is behind it. */
static char *put_text(char *bytes, const char *text)
{
	for (;; text++, bytes += 2) {
		bytes[0] = *text;
		bytes[1] = '\0';
		if (!*text)
			return bytes + 2;
	}
}

int build_loader_variable(struct builder *builder, char *arguments)
{
	char *text = arguments + strcspn(arguments, " \t");
	const char *path;
	size_t size;
	char *bytes;

	if (!*text)
		return builder_fail(builder, -EINVAL, "%s: a text is missing", arguments);
	*text++ = '\0';
	text += strspn(text, " \t");
	size = 4 + 2 * (strlen(text) + 1);
	bytes = arena_alloc(builder->arena, size);
	bytes[0] = 0x06; /* boot services and run time */
	(void)put_text(bytes + 4, text);
	path = arena_printf(builder->arena,
			    "sys/firmware/efi/efivars/%s-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f",
			    arguments);
	return builder_write(builder, path, bytes, size);
}

int build_boot_option(struct builder *builder, char *arguments)
{
	/* A GPT partition: number, begin, size, signature, format, kind of signature. */
	static const char partition[42] =
		"\x04\x01\x2a\0\x01\0\0\0\0\x08\0\0\0\0\0\0\0\0\x10\0\0\0\0\0"
		"\x3f\x9a\x2c\x5e\x7b\x1d\x4e\x60\xa1\xb2\xc3\xd4\xe5\xf6\x07\x18\x02\x02";
	static const char end[4] = "\x7f\xff\x04";
	char *path = strstr(arguments, " \\");
	size_t node, size;
	char *bytes, *at;

	if (!path)
		return builder_fail(builder, -EINVAL, "%s: a path is missing", arguments);
	*path++ = '\0';
	node = 4 + 2 * (strlen(path) + 1);
	size = 4 + 4 + 2 + 2 * (strlen(arguments) + 1) + sizeof(partition) + node + sizeof(end);
	bytes = arena_alloc(builder->arena, size);
	bytes[0] = 0x07; /* non-volatile, boot services, run time */
	bytes[4] = 0x01; /* active */
	bytes[8] = (char)(sizeof(partition) + node + sizeof(end));
	bytes[9] = (char)((sizeof(partition) + node + sizeof(end)) >> 8);
	at = mempcpy(put_text(bytes + 10, arguments), partition, sizeof(partition));
	at[0] = at[1] = 0x04;
	at[2] = (char)node;
	at[3] = (char)(node >> 8);
	memcpy(put_text(at + 4, path), end, sizeof(end));
	return builder_write(builder,
			     "sys/firmware/efi/efivars/"
			     "Boot0000-8be4df61-93ca-11d2-aa0d-00e098032b8c",
			     bytes, size);
}

/* ".name TEXT" or ".name < PATH". */
static int read_section(const struct builder *builder, char *line, struct section *ret_section)
{
	char *value = line + strcspn(line, " ");
	struct section section = {.name = line};
	char *bytes;
	int result;

	if (*line != '.' || value - line > 8 || !*value)
		return builder_fail(builder, -EINVAL, "%s: no section", line);
	*value++ = '\0';
	section.bytes = value;
	section.length = strlen(value);
	if (starts_with(value, "< ")) {
		result = builder_read(builder, value + 2, &bytes, &section.length);
		if (result < 0)
			return builder_fail(builder, result, "%s: %s", value + 2,
					    error_words(result));
		section.bytes = bytes;
	}
	*ret_section = section;
	return 0;
}

static void put_32(char *bytes, size_t value)
{
	for (unsigned i = 0; i < 4; i++)
		bytes[i] = (char)(value >> (8 * i));
}

static size_t aligned(size_t size)
{
	return (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
}

/* Headers and sections, as objcopy lays them out (Microsoft PE/COFF specification). */
static int write_image(const struct builder *builder, const char *path,
		       const struct section *sections, size_t count)
{
	size_t offset = aligned(PE_TABLE + count * SECTION_ROW), size = offset;
	char *image;

	for (size_t i = 0; i < count; i++)
		size += aligned(sections[i].length);
	image = arena_alloc(builder->arena, size);
	memcpy(image, "MZ", 2);
	put_32(image + 0x3c, PE_HEADER);
	memcpy(image + PE_HEADER, "PE\0\0\x64\x86", 6);
	image[PE_HEADER + 6] = (char)count;
	for (size_t i = 0; i < count; i++) {
		char *row = image + PE_TABLE + i * SECTION_ROW;

		memcpy(row, sections[i].name, strlen(sections[i].name));
		put_32(row + 8, sections[i].length);
		put_32(row + 16, aligned(sections[i].length));
		put_32(row + 20, offset);
		if (sections[i].length)
			memcpy(image + offset, sections[i].bytes, sections[i].length);
		offset += aligned(sections[i].length);
	}
	return builder_write(builder, path, image, size);
}

int build_uki(struct builder *builder, const char *path, char *lines)
{
	struct section sections[SECTIONS];
	size_t count = 0;

	for (char *line = lines, *end; *line; line = end) {
		int result;

		end = strchrnul(line, '\n');
		if (*end)
			*end++ = '\0';
		if (count == SECTIONS)
			return builder_fail(builder, -E2BIG, "too many sections");
		result = read_section(builder, line, &sections[count]);
		if (result < 0)
			return result;
		count++;
	}
	return write_image(builder, path, sections, count);
}
