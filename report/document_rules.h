/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the values of a document must be, as tables for document_file.c. */
#ifndef VFIOKIT_DOCUMENT_RULES_H
#define VFIOKIT_DOCUMENT_RULES_H

#include "preflight/base.h"

enum rule_type {
	RULE_TEXT = 1,
	RULE_NUMBER = 2,
	RULE_TRUTH = 4,
	RULE_OBJECT = 8,
	RULE_LIST = 16,     /* of objects with these members, or of texts where there are none */
	RULE_NULL = 32,     /* may be null */
	RULE_OPTIONAL = 64, /* may be missing: newer than the first version of the schema */
};

struct rule {
	const char *key;            /* NULL ends a table */
	unsigned types;             /* of enum rule_type */
	const struct rule *members; /* of an object, or of a list's objects */
	const char *const *words;   /* the texts that are allowed, NULL-terminated; NULL: any */
	size_t limit;               /* of a list's length; 0: DOCUMENT_LIST_LIMIT */
};

/* The document's own keys. */
extern const struct rule document_rules[];

#endif
