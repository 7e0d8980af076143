/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of the log parser share. First the messages that it recognises, as one table.
 * Texts are the printf formats of the kernel sources 6.1, 6.12 and 7.3 with what varies left out;
 * older wordings that logs still show are marked with the versions that had them.
 */
#ifndef VFIOKIT_PARSE_DMESG_ROWS_H
#define VFIOKIT_PARSE_DMESG_ROWS_H

#include "preflight/parse/dmesg.h"

/* A row may name this in place of a log_kind; no event has it: a BAR got its place after all. */
enum { LOG_BAR_ASSIGNED = LOG_KINDS };

/* Where a line names the PCI function that it is about. 1…: behind that piece, as
 * "[DOMAIN:]BB:DD.F". */
enum { NO_ADDRESS = 0, FIRST_ADDRESS = -1 /* the first full address in the line */ };

struct log_row {
	int kind;    /* enum log_kind, or LOG_BAR_ASSIGNED */
	bool begins; /* the line begins with the first piece */
	const char
		*pieces[3]; /* stand in the line in this order; the first has four bytes or more */
	int address;        /* NO_ADDRESS, FIRST_ADDRESS or a piece's number */
	int number;         /* 0 none, or the piece's number that it stands behind */
	int base;           /* of the number; 0 means 10 */
};

/* Rows are counted in bytes by the search. */
enum { LOG_ROWS_MAXIMUM = 255 };

extern const struct log_row log_rows[];
extern const size_t log_rows_count;

/*
 * Where the message of a line begins, behind any of: level ("<6>", "kern  :info  : "), stamp
 * ("[    1.234567] ", a date), caller ("[      T0] "), host ("host kernel: "). Stores the seconds
 * since boot, or -1. Sources: printk_sprint() in kernel/printk/printk.c, dmesg(1), syslog, the journal.
 */
const char *log_line_message(const char *start, const char *end, double *ret_seconds);

#endif
