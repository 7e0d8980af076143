/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of a template, for template.c. */
#ifndef VFIOKIT_TEMPLATE_PARSE_H
#define VFIOKIT_TEMPLATE_PARSE_H

#include "preflight/arena.h"
#include "preflight/error.h"
#include "template.h"

enum template_part_kind {
	PART_TEXT,
	PART_WORDS,    /* {{_ words of the template, in the people's language}} */
	PART_VALUE,    /* {{name}} */
	PART_RAW,      /* {{{name}}}, {{&name}} */
	PART_SECTION,  /* {{#name}} */
	PART_INVERTED, /* {{^name}} */
	PART_PARTIAL,  /* {{>name}} */
};

struct template_part {
	enum template_part_kind kind;
	const char *text; /* the text, or the name; NUL-terminated where it is a name */
	size_t length;
	unsigned line;
	size_t end;         /* sections: the index behind their last part */
	const char *indent; /* partials alone on their line: what stands before the tag; else "" */
};

struct template_parts {
	struct template_part *items;
	size_t count, capacity;
};

/* Cuts a template into parts. Texts point into text, names and indents into arena. 0, or -EINVAL with words. */
int template_parse(struct arena *arena, const char *name, struct bytes text,
		   struct template_parts *ret_parts, struct error *error);

#endif
