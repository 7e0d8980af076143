/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shared by the files of the redactor only.
 *   capture/redact.c           the redactor, and the walk over a text
 *   capture/redact_shapes.c    names that are known by their shape: UUIDs, MAC and IP addresses, WWNs
 *   capture/redact_context.c   names that are known by what stands before them: UUID=, /home/, password=
 *   capture/redact_files.c     files with a structure of their own
 *   capture/redact_efi.c       EFI variables
 */
#ifndef VFIOKIT_REDACT_SCAN_H
#define VFIOKIT_REDACT_SCAN_H

#include "preflight/capture/redact.h"
#include "preflight/capture/redact_addresses.h"

/* What placeholders are numbered by. */
enum placeholder_kind {
	PLACEHOLDER_UUID,
	PLACEHOLDER_MAC,
	PLACEHOLDER_WWN,
	PLACEHOLDER_SHAPE,     /* serial numbers, short UUIDs */
	PLACEHOLDER_PARTITION, /* disks in PARTUUIDs of MBR partitions */
	PLACEHOLDER_USER,
	PLACEHOLDER_SERVER,
	PLACEHOLDER_LINK,      /* names in /dev/disk/by-id */
	PLACEHOLDER_QUALIFIED, /* iSCSI and NVMe qualified names */
	PLACEHOLDER_KINDS,
};

/* A name of this host, without domain, in small letters. */
struct host_name {
	const char *name;
	bool anywhere; /* it is no technical word: replaced wherever it stands */
};

struct host_names {
	struct host_name *items;
	size_t count, capacity;
};

struct redactor {
	struct arena *arena;
	struct string_table numbers; /* kind and name -> number */
	unsigned counts[PLACEHOLDER_KINDS];
	struct string_table
		learned; /* words to replace wherever they stand -> enum placeholder_kind */
	struct string_table kept;
	struct address_map ipv4, ipv6;
	struct host_names hosts;
	const char *domain; /* NULL none */
};

/* Bytes being written. */
struct output {
	struct arena *arena;
	char *items;
	size_t count, capacity;
};

void output_add(struct output *output, const char *bytes, size_t length);
void output_printf(struct output *output, const char *format, ...) PRINTF_FORMAT(2, 3);

/* One text being read. */
struct scan {
	struct redactor *redactor;
	const char *text;
	size_t length;
	bool mounts; /* words of mount tables may name servers */
	struct output *output;
};

/* Replaces what is to be replaced in a text. */
void redact_scan(struct redactor *redactor, const char *text, size_t length, bool mounts,
		 struct output *output);

/* The number of a name of this kind; a new one where it has none. Capital letters do not count. */
unsigned placeholder_number(struct redactor *redactor, enum placeholder_kind kind, const char *name,
			    size_t length);

/* Replaces a word wherever it stands from now on. */
void learn_word(struct redactor *redactor, const char *text, size_t length,
		enum placeholder_kind kind);

/* Zeros and the name's number in place of its letters and digits. */
void output_shape(struct scan *scan, const char *name, size_t length);
/* "1a2b3c4d-02" likewise, but the partition's number stays. */
void output_partition(struct scan *scan, const char *name, size_t length);
/* The placeholder of a MAC address of 12 hexadecimal digits without separators. */
void output_bare_mac(struct scan *scan, const char *digits);
/* The 16 bytes of the placeholder of a UUID of 32 digits; false where the UUID stays as it is. */
bool placeholder_uuid(struct redactor *redactor, const char digits[static 32],
		      uint8_t placeholder[static 16]);

/*
 * Each looks whether something of its kind begins at a place where a word begins. Writes the
 * placeholder and returns how many bytes it stands for, or returns 0.
 */
typedef size_t recognizer(struct scan *scan, size_t at);
recognizer recognize_uuid, recognize_pairs, recognize_identifier, recognize_ipv6, recognize_ipv4;
recognizer recognize_key, recognize_credentials, recognize_server;

/* capture/redact_efi.c, capture/redact_files.c */
void redact_efi_variable(struct redactor *redactor, struct bytes bytes, struct output *output);
void learn_routes(struct redactor *redactor, struct bytes bytes, bool ipv6);
void redact_routes(struct redactor *redactor, struct bytes bytes, bool ipv6, struct output *output);
void redact_udev(struct redactor *redactor, struct bytes bytes, struct output *output);
void redact_modules(struct redactor *redactor, struct bytes bytes, struct output *output);
void redact_config_space(struct bytes bytes, struct output *output);
void redact_grub_block(struct redactor *redactor, struct bytes bytes, struct output *output);

/* -- characters: of ASCII, whatever the locale ------------------------------------------------------- */

static inline bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline bool is_word(char c)
{
	return is_digit(c) || is_letter(c);
}

static inline bool is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static inline bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static inline char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c;
}

/* The byte at a place, NUL outside the text. */
static inline char byte_at(const struct scan *scan, size_t at)
{
	return at < scan->length ? scan->text[at] : '\0';
}

static inline char byte_before(const struct scan *scan, size_t at)
{
	return at ? scan->text[at - 1] : '\0';
}

/* No name is longer. Beyond it nobody looks, so that a text made to take long does not. */
enum { SPAN_LIMIT = 512 };

/* How many bytes from at on satisfy the test, at most SPAN_LIMIT. */
static inline size_t span_of(const struct scan *scan, size_t at, bool (*test)(char))
{
	size_t end = at;

	while (end < scan->length && end - at < SPAN_LIMIT && test(scan->text[end]))
		end++;
	return end - at;
}

#endif
