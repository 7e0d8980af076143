/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files parse_lspci*.c share. */
#ifndef VFIOKIT_PARSE_LSPCI_PARTS_H
#define VFIOKIT_PARSE_LSPCI_PARTS_H

#include "preflight/lines.h"
#include "preflight/parse/lspci.h"

/* The capability whose lines are being read. */
enum lspci_section {
	SECTION_HEADER, /* before the first "Capabilities:" line */
	SECTION_OTHER,
	SECTION_POWER,
	SECTION_EXPRESS,
	SECTION_ADVANCED_FEATURES,
	SECTION_ACS,
	SECTION_SRIOV,
	SECTION_RESIZABLE,
};

struct lspci_reading {
	struct arena *arena;
	struct lspci_text *text;
	struct lspci_function *function; /* the one whose lines follow; NULL none */
	enum lspci_section section;
	bool listed;         /* the function was named by a group listing */
	int group;           /* of the listing, for the functions that follow; LSPCI_NONE */
	bool group_has_line; /* the line that named the group named a function of it, too */
	uint8_t *hex;        /* room for function->hex; NULL: none yet */
	size_t hex_size;
};

/* parse/lspci_head.c ---------------------------------------------------------------------------- */

/*
 * Reads a line that begins a function: an address, at most with ids in brackets and bullets before
 * it. *ret_rest becomes what follows the address, *ret_ids (may be empty) a "[8086:4c53]" that stood
 * before it.
 */
bool lspci_find_address(const struct line *line, struct address *ret_address, struct line *ret_rest,
			struct line *ret_ids);

/* What follows the address: class, name, ids, revision, programming interface. */
void lspci_read_head(struct arena *arena, struct line rest, struct line ids,
		     struct lspci_function *function);

/* "8086:4c53" within exactly this text. */
bool lspci_read_ids(const struct line *text, int *ret_first, int *ret_second);

/* "IOMMU Group 12 …", "Group 12:", "### IOMMU group: 12": the number, and what follows it. */
bool lspci_find_group(const struct line *line, int *ret_group, struct line *ret_rest);

/* A path below iommu_groups, or a link to it: the group, and the function where it names one. */
bool lspci_find_group_path(const struct line *line, int *ret_group, bool *ret_has_address,
			   struct address *ret_address);

/* parse/lspci_classes.c ------------------------------------------------------------------------- */

/*
 * The class (16 bits) whose name, as pci.ids has it, the text begins with, or -1; *ret_length is how
 * long the name is. The longest name counts.
 */
int lspci_class_of_name(const struct line *text, size_t *ret_length);

/* parse/lspci_lines.c --------------------------------------------------------------------------- */

/* A line of a function's header: control, flags, regions, buses, drivers. false: it is none. */
bool lspci_read_header_line(struct lspci_reading *reading, const struct line *line);

/* "00: 86 80 …" of a hex dump. false: it is none. */
bool lspci_read_hex_line(struct lspci_reading *reading, const struct line *line);

/* parse/lspci_caps.c ---------------------------------------------------------------------------- */

/* "Capabilities: […" and the lines below it. false: not about a capability. */
bool lspci_read_capability_line(struct lspci_reading *reading, const struct line *line);

/* Settles what the list of capabilities, now read to its end, leaves out. */
void lspci_settle_capabilities(struct lspci_function *function);

/* -- small words --------------------------------------------------------------------------------- */

/* Where needle stands in the line, or NULL. */
static inline const char *line_find(const struct line *line, const char *needle)
{
	return line->length ? memmem(line->text, line->length, needle, strlen(needle)) : NULL;
}

/* What follows needle in the line; false where it is not in it. */
static inline bool line_behind(const struct line *line, const char *needle, struct line *ret_rest)
{
	const char *at = line_find(line, needle);

	if (!at)
		return false;
	at += strlen(needle);
	*ret_rest = (struct line){.text = at,
				  .length = (size_t)(line->text + line->length - at),
				  .number = line->number};
	return true;
}

/* The digits (hexadecimal with base 16) that the text begins with; false without any, or where they
 * are more than limit. */
bool line_digits(const struct line *text, unsigned base, unsigned limit, int *ret_value);

#endif
