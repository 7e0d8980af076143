/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The records of a journal's log as text. Part of journal.h. */
#ifndef VFIOKIT_JOURNAL_RECORD_H
#define VFIOKIT_JOURNAL_RECORD_H

#include "configure/journal.h"

/* Each gives one line with checksum and newline, in the arena. */
const char *journal_print_head(struct arena *arena, const struct journal *journal);
const char *journal_print_step(struct arena *arena, const struct journal *journal, size_t index);
const char *journal_print_output(struct arena *arena, const struct journal *journal, size_t index);
/* number: of a step, or -1. why: NULL none. */
const char *journal_print_event(struct arena *arena, const char *event, int number,
				const char *why);

/* Takes one line (without newline) into the journal. -EBADMSG where it is broken or says what cannot be;
 * -ENODATA where its checksum is wrong. */
int journal_parse_line(struct journal *journal, const char *line, size_t length);

#endif
