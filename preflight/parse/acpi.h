/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What all ACPI system description tables share: the 36-byte header (ACPI 6.5 section 5.2.6), little
 * endian fields, and a place to note the first thing that is wrong. For the parsers of the tables.
 */
#ifndef VFIOKIT_PARSE_ACPI_H
#define VFIOKIT_PARSE_ACPI_H

#include "preflight/base.h"

enum { ACPI_HEADER_LENGTH = 36 };

/* The first defect found. reason NULL: none. */
struct acpi_problem {
	size_t offset;      /* bytes from the start of the table */
	const char *reason; /* short, static, without the offset: "the checksum is wrong" */
};

/* A table's bytes and header. bytes belong to the caller and must outlive the struct. */
struct acpi_table {
	const uint8_t *bytes;
	size_t length; /* usable bytes: the smaller of what the header says and what is there; 0 where
			* the header cannot be used at all */
	char signature[5];
	uint8_t revision;
	char oem_id[7], oem_table_id[9]; /* printable; other characters became '?' */
	struct acpi_problem problem;
};

/*
 * Reads the header and checks signature, length and checksum. True when the header can be used;
 * problem may be set even then (a wrong checksum, fewer bytes than the header says). False: length
 * is 0 and problem says why.
 */
bool acpi_table_parse(const void *bytes, size_t length, const char *signature,
		      struct acpi_table *ret_table);

/* Notes a problem unless there is one already. */
void acpi_problem_set(struct acpi_table *table, size_t offset, const char *reason);

/* Whether count bytes from offset lie inside the table. */
bool acpi_table_holds(const struct acpi_table *table, size_t offset, size_t count);

/* Little endian fields at an offset from the table's start; 0 where they do not lie inside it. */
uint8_t acpi_get8(const struct acpi_table *table, size_t offset);
uint16_t acpi_get16(const struct acpi_table *table, size_t offset);
uint32_t acpi_get32(const struct acpi_table *table, size_t offset);
uint64_t acpi_get64(const struct acpi_table *table, size_t offset);

#endif
