/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What firmware and boot loaders keep in binary form, made from text for tests: EFI variables, load
 * options, EFI programs with sections. As bytes, or as lines of a tree recipe.
 */
#ifndef VFIOKIT_TESTS_BOOT_MADE_H
#define VFIOKIT_TESTS_BOOT_MADE_H

#include "preflight/arena.h"

#define EFIVARS     "sys/firmware/efi/efivars/"
#define GLOBAL_GUID "-8be4df61-93ca-11d2-aa0d-00e098032b8c"
#define LOADER_GUID "-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"

struct made_bytes {
	unsigned char *items;
	size_t count, capacity;
};

static inline void made_add(struct arena *arena, struct made_bytes *bytes, const void *data,
			    size_t length)
{
	for (size_t i = 0; i < length; i++)
		*ARRAY_ADD(arena, bytes) = ((const unsigned char *)data)[i];
}

static inline void made_add_number(struct arena *arena, struct made_bytes *bytes, uint64_t number,
				   size_t size)
{
	for (size_t i = 0; i < size; i++)
		*ARRAY_ADD(arena, bytes) = (unsigned char)(number >> 8 * i);
}

/* ASCII text as UTF-16 with its NUL. */
static inline void made_add_utf16(struct arena *arena, struct made_bytes *bytes, const char *text)
{
	do
		made_add_number(arena, bytes, (unsigned char)*text, 2);
	while (*text++);
}

/* A load option: "debian", "\\EFI\\debian\\shimx64.efi", on GPT partition 1. */
static inline struct made_bytes made_load_option(struct arena *arena, const char *description,
						 const char *path)
{
	struct made_bytes option = {0}, nodes = {0};

	made_add(arena, &nodes, "\4\1\52\0\1\0\0\0", 8); /* hard drive, 42 bytes, partition 1 */
	made_add_number(arena, &nodes, 0x800, 8);
	made_add_number(arena, &nodes, 0x100000, 8);
	made_add(arena, &nodes, "0123456789abcdef\2\2", 18);
	made_add(arena, &nodes, "\4\4", 2);
	made_add_number(arena, &nodes, 4 + 2 * (strlen(path) + 1), 2);
	made_add_utf16(arena, &nodes, path);
	made_add(arena, &nodes, "\x7f\xff\4\0", 4);
	made_add_number(arena, &option, 1, 4);
	made_add_number(arena, &option, nodes.count, 2);
	made_add_utf16(arena, &option, description);
	made_add(arena, &option, nodes.items, nodes.count);
	return option;
}

struct made_section {
	const char *name, *data;
};

/* An EFI program with these sections and nothing else; the last row has no name. */
static inline struct made_bytes made_program(struct arena *arena,
					     const struct made_section *sections)
{
	enum { HEADER = 0x80, OPTIONAL = 240, DATA = 0x1000 };
	struct made_bytes program = {0};
	uint64_t offset = DATA;
	size_t count = 0;

	while (sections[count].name)
		count++;
	made_add(arena, &program, "MZ", 2);
	made_add_number(arena, &program, 0, 8);
	while (program.count < 0x3c)
		made_add(arena, &program, "", 1);
	made_add_number(arena, &program, HEADER, 4);
	while (program.count < HEADER)
		made_add(arena, &program, "", 1);
	made_add(arena, &program, "PE\0\0\x64\x86", 6);
	made_add_number(arena, &program, count, 2);
	made_add_number(arena, &program, 0, 8);
	made_add_number(arena, &program, 0, 4);
	made_add_number(arena, &program, OPTIONAL, 2);
	made_add_number(arena, &program, 0, 2);
	while (program.count < HEADER + 24 + OPTIONAL)
		made_add(arena, &program, "", 1);
	for (size_t i = 0; i < count; i++) {
		char name[8] = {0};
		size_t size = strlen(sections[i].data);

		memcpy(name, sections[i].name, strnlen(sections[i].name, sizeof(name)));
		made_add(arena, &program, name, sizeof(name));
		made_add_number(arena, &program, size, 4);
		made_add_number(arena, &program, 0x100000 + offset, 4);
		made_add_number(arena, &program, (size + 511) / 512 * 512, 4);
		made_add_number(arena, &program, offset, 4);
		made_add_number(arena, &program, 0, 8);
		made_add_number(arena, &program, 0, 8);
		offset += (size + 511) / 512 * 512;
	}
	while (program.count < DATA)
		made_add(arena, &program, "", 1);
	for (size_t i = 0; i < count; i++) {
		made_add(arena, &program, sections[i].data, strlen(sections[i].data));
		while (program.count % 512)
			made_add(arena, &program, "", 1);
	}
	return program;
}

/* The recipe lines that write bytes to a file of a tree. */
static inline const char *made_file(struct arena *arena, const char *path,
				    const struct made_bytes *bytes)
{
	static const char digits[] = "0123456789abcdef";
	struct made_bytes text = {0};

	for (size_t i = 0; i < bytes->count; i++) {
		if (i % 32 == 0)
			made_add(arena, &text, "\n| ", 3);
		made_add(arena, &text, &digits[bytes->items[i] >> 4], 1);
		made_add(arena, &text, &digits[bytes->items[i] & 15], 1);
	}
	made_add(arena, &text, "\n", 2);
	return arena_printf(arena, "hex %s%s", path, (const char *)text.items);
}

/* The recipe lines of an EFI variable: name with GUID; attributes come first in the file. */
static inline const char *made_variable(struct arena *arena, const char *name,
					const struct made_bytes *value)
{
	struct made_bytes bytes = {0};

	made_add_number(arena, &bytes, 7, 4);
	made_add(arena, &bytes, value->items, value->count);
	return made_file(arena, arena_printf(arena, EFIVARS "%s", name), &bytes);
}

/* A variable of the Boot Loader Interface that holds text: "LoaderInfo". */
static inline const char *made_loader_text(struct arena *arena, const char *name, const char *text)
{
	struct made_bytes value = {0};

	made_add_utf16(arena, &value, text);
	return made_variable(arena, arena_printf(arena, "%s" LOADER_GUID, name), &value);
}

/* BootCurrent and its load option. */
static inline const char *made_boot_path(struct arena *arena, const char *path)
{
	struct made_bytes current = {0}, option = made_load_option(arena, "entry", path);

	made_add_number(arena, &current, 3, 2);
	return arena_printf(arena, "%s%s",
			    made_variable(arena, "BootCurrent" GLOBAL_GUID, &current),
			    made_variable(arena, "Boot0003" GLOBAL_GUID, &option));
}

#endif
