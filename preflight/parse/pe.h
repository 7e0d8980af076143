/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sections of an EFI program: what a unified kernel image carries (.cmdline, .uname, .osrel,
 * .initrd …). Sources: Microsoft PE/COFF specification; UAPI.5 Unified Kernel Image; systemd's
 * src/boot/pe.c (pe_locate_profile_sections).
 *
 * Only the file's beginning is needed here: sections are told by offset and size, and the caller
 * reads those that it wants.
 */
#ifndef VFIOKIT_PARSE_PE_H
#define VFIOKIT_PARSE_PE_H

#include "preflight/arena.h"

/* How much of a file's beginning always holds the section table. */
enum { PE_HEADER_SIZE = 64 * 1024 };

struct pe_section {
	char name[9];
	uint64_t offset; /* in the file */
	uint64_t size;   /* of the content: what is both in the file and in memory */
};

struct pe_sections {
	struct pe_section *items; /* in the table's order */
	size_t count, capacity;
};

/* Where the section table stands in the first length bytes of a file, 40 bytes for each of *ret_count
 * sections; 0 where it is not there or not whole. */
size_t pe_section_table(const void *file, size_t length, size_t *ret_count);

/*
 * Parses the first length bytes of a file of file_size bytes. -EINVAL where this is no PE file or the
 * table does not fit into the bytes. A section that reaches beyond the file is left out.
 */
int pe_parse(struct arena *arena, const void *bytes, size_t length, uint64_t file_size,
	     struct pe_sections *ret_sections);

/*
 * The section that the image's first profile uses: a ".profile" section begins a profile, whose own
 * sections go before those in front of all profiles. NULL none.
 */
const struct pe_section *pe_find(const struct pe_sections *sections, const char *name);

/* Whether this is a unified kernel image: it has .linux and .osrel (UAPI.5 asks for both). */
bool pe_is_unified_image(const struct pe_sections *sections);

#endif
