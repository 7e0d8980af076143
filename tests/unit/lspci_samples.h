/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text of lspci for its tests, and a look at the one function of a text. */
#ifndef VFIOKIT_TESTS_LSPCI_SAMPLES_H
#define VFIOKIT_TESTS_LSPCI_SAMPLES_H

#include "preflight/parse/lspci.h"

/* A root port and an endpoint, as root sees them with -vvv. */
extern const char lspci_root_port[], lspci_endpoint[];

void lspci_parse_text(struct arena *arena, const char *text, struct lspci_text *ret_text);

/* The only function of a text; another number of them fails the cmocka test. */
const struct lspci_function *lspci_only(struct arena *arena, const char *text);

void lspci_assert_place(const struct lspci_function *function, unsigned domain, unsigned bus,
			unsigned slot, unsigned number);

#endif
