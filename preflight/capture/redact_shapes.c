/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/capture/redact_scan.h"

#include <arpa/inet.h>

enum { UUID_DIGITS = 32, UUID_LENGTH = 36 };

/* -- placeholders ------------------------------------------------------------------------------------ */

void output_shape(struct scan *scan, const char *name, size_t length)
{
	unsigned number = placeholder_number(scan->redactor, PLACEHOLDER_SHAPE, name, length);
	char *shape = arena_copy(scan->output->arena, name, length);

	for (size_t i = length; i > 0; i--) {
		if (!is_word(shape[i - 1]))
			continue;
		shape[i - 1] = (char)('0' + number % 10);
		number /= 10;
	}
	output_add(scan->output, shape, length);
}

void output_partition(struct scan *scan, const char *name, size_t length)
{
	enum { DISK_DIGITS = 8 };

	output_printf(scan->output, "%08u",
		      placeholder_number(scan->redactor, PLACEHOLDER_PARTITION, name, DISK_DIGITS));
	output_add(scan->output, name + DISK_DIGITS, length - DISK_DIGITS);
}

void output_bare_mac(struct scan *scan, const char *digits)
{
	output_printf(scan->output, "020000%06x",
		      placeholder_number(scan->redactor, PLACEHOLDER_MAC, digits, 12) & 0xffffff);
}

/* -- UUIDs --------------------------------------------------------------------------------------------- */

/* Identifiers that are the same everywhere: EFI vendors (UEFI 2.10, the Boot Loader Interface, shim) and
 * types of partitions (UAPI.2). */
static bool is_well_known(const char *digits)
{
	static const char *const known[] = {
		"8be4df6193ca11d2aa0d00e098032b8c", "4a67b0820a4c41cfb6c7440b29bb8c4f",
		"605dab50e0464300abb63dd810dd8b23", "d719b2cb3d3a4596a3bcdad00e67656f",
		"c12a7328f81f11d2ba4b00a0c93ec93b", "bc13c2ff59e64262a352b275fd6f7172",
		"0fc63daf848347728e793d69d8477de4", "4f68bce3e8cd4db196e7fbcaf984b709",
		"e6d6d379f50744c2a23c238f2a3df928", "2168614864496e6f744e656564454649",
		"a19d880f05fc4d3ba006743f0f84911e", "0657fd6da4ab43c484e50933c84b4f4f",
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (memcmp(known[i], digits, UUID_DIGITS) == 0)
			return true;
	return strspn(digits, "0") >= UUID_DIGITS || strspn(digits, "f") >= UUID_DIGITS;
}

/* Digits in small letters; number 0 where it stays as it is. */
static unsigned number_uuid(struct redactor *redactor, const char digits[static UUID_DIGITS + 1])
{
	return is_well_known(digits)
		       ? 0
		       : placeholder_number(redactor, PLACEHOLDER_UUID, digits, UUID_DIGITS);
}

bool placeholder_uuid(struct redactor *redactor, const char digits[static 32],
		      uint8_t placeholder[static 16])
{
	char copy[UUID_DIGITS + 1] = "";
	unsigned number;

	for (size_t i = 0; i < UUID_DIGITS; i++)
		copy[i] = lower(digits[i]);
	number = number_uuid(redactor, copy);
	if (!number)
		return false;
	memset(placeholder, 0, 16);
	placeholder[6] = 0x40;
	placeholder[8] = 0x80;
	/* The decimal digits, as the text form shows them. */
	for (size_t i = 15; number && i > 9; i--, number /= 100)
		placeholder[i] = (uint8_t)(number % 10 | (number / 10 % 10) << 4);
	return true;
}

/* The 32 digits of a UUID with dashes, in small letters; false where none stands there. */
static bool dashed_digits(const struct scan *scan, size_t at, char digits[static UUID_DIGITS + 1])
{
	size_t count = 0;

	if (scan->length - at < UUID_LENGTH)
		return false;
	for (size_t i = 0; i < UUID_LENGTH; i++) {
		char c = scan->text[at + i];

		if (i == 8 || i == 13 || i == 18 || i == 23) {
			if (c != '-')
				return false;
		} else if (!is_hex(c)) {
			return false;
		} else {
			digits[count++] = lower(c);
		}
	}
	digits[count] = '\0';
	return !is_word(byte_at(scan, at + UUID_LENGTH));
}

static bool bare_digits(const struct scan *scan, size_t at, char digits[static UUID_DIGITS + 1])
{
	if (span_of(scan, at, is_word) != UUID_DIGITS || span_of(scan, at, is_hex) != UUID_DIGITS)
		return false;
	for (size_t i = 0; i < UUID_DIGITS; i++)
		digits[i] = lower(scan->text[at + i]);
	digits[UUID_DIGITS] = '\0';
	return true;
}

size_t recognize_uuid(struct scan *scan, size_t at)
{
	char digits[UUID_DIGITS + 1];
	bool dashed = dashed_digits(scan, at, digits);
	size_t length = dashed ? UUID_LENGTH : UUID_DIGITS;
	unsigned number;

	if (!dashed && !bare_digits(scan, at, digits))
		return 0;
	number = number_uuid(scan->redactor, digits);
	if (!number)
		output_add(scan->output, scan->text + at, length);
	else
		output_printf(scan->output,
			      dashed ? "00000000-0000-4000-8000-%012u"
				     : "00000000000040008000%012u",
			      number);
	return length;
}

/* -- pairs of digits: MAC addresses, WWNs, hardware addresses of InfiniBand -------------------------------- */

enum { PAIRS_MAX = 20 };

/* How many pairs of hexadecimal digits with one separator between them stand there. */
static size_t count_pairs(const struct scan *scan, size_t at, char digits[static 2 * PAIRS_MAX + 1])
{
	char separator = byte_at(scan, at + 2);
	size_t count = 0;

	if (separator != ':' && separator != '-')
		return 0;
	for (;; at += 3) {
		if (count == PAIRS_MAX || !is_hex(byte_at(scan, at)) ||
		    !is_hex(byte_at(scan, at + 1)))
			return 0;
		digits[2 * count] = lower(scan->text[at]);
		digits[2 * count + 1] = lower(scan->text[at + 1]);
		count++;
		if (byte_at(scan, at + 2) != separator || !is_word(byte_at(scan, at + 3)))
			break;
	}
	digits[2 * count] = '\0';
	return is_word(byte_at(scan, at + 2)) ? 0 : count;
}

static void output_pairs(struct scan *scan, const char *digits, size_t count, char separator)
{
	enum placeholder_kind kind = count == 8 ? PLACEHOLDER_WWN : PLACEHOLDER_MAC;
	unsigned number = placeholder_number(scan->redactor, kind, digits, 2 * count);

	for (size_t i = 0; i < count; i++) {
		size_t left = count - 1 - i;
		unsigned byte = left < 3 ? number >> (8 * left) & 0xff : 0;

		/* Locally administered; NAA 5 as WWNs in hexadecimal have it. */
		if (i == 0)
			byte = count == 8 ? 0x50 : 0x02;
		output_printf(scan->output, "%s%02x", i ? (const char[]){separator, '\0'} : "",
			      byte);
	}
}

size_t recognize_pairs(struct scan *scan, size_t at)
{
	char digits[2 * PAIRS_MAX + 1];
	size_t count = count_pairs(scan, at, digits), skipped = 0;
	char separator = byte_at(scan, at + 2);

	/* BOOTIF=01-00-11-22-33-44-55: the hardware type, then the address. */
	if (count == 7 && separator == '-') {
		output_add(scan->output, scan->text + at, 3);
		skipped = 1;
	}
	if (count - skipped != 6 && count != 8 && count != 20)
		return 0;
	if (strspn(digits, "0") == 2 * count || strspn(digits, "f") == 2 * count)
		output_add(scan->output, scan->text + at, 3 * count - 1);
	else
		output_pairs(scan, digits + 2 * skipped, count - skipped, separator);
	return 3 * count - 1;
}

/* -- IP addresses ------------------------------------------------------------------------------------------ */

static void output_address(struct scan *scan, int family, uint8_t address[static IPV6_BYTES])
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	char text[INET6_ADDRSTRLEN];

	if (family == AF_INET)
		address_map_find(&scan->redactor->ipv4, address, address);
	else if (memcmp(address, mapped, sizeof(mapped)) == 0)
		address_map_find(&scan->redactor->ipv4, address + 12, address + 12);
	else
		address_map_find(&scan->redactor->ipv6, address, address);
	if (inet_ntop(family, address, text, sizeof(text)))
		output_printf(scan->output, "%s", text);
}

static bool is_address_byte(char c)
{
	return is_hex(c) || c == ':' || c == '.';
}

size_t recognize_ipv6(struct scan *scan, size_t at)
{
	char text[INET6_ADDRSTRLEN + 1];
	size_t length = span_of(scan, at, is_address_byte);
	uint8_t address[IPV6_BYTES];

	/* "::1" behind a word is no address of its own. */
	if (is_word(byte_before(scan, at)) || is_word(byte_at(scan, at + length)))
		return 0;
	for (; length >= 2 && length < sizeof(text); length--) {
		memcpy(text, scan->text + at, length);
		text[length] = '\0';
		if (inet_pton(AF_INET6, text, address) == 1) {
			output_address(scan, AF_INET6, address);
			return length;
		}
		/* A dot or a colon may end the sentence, not the address. */
		if (text[length - 1] != ':' && text[length - 1] != '.')
			return 0;
	}
	return 0;
}

/* Four numbers without leading zeros; the length of the text, or 0. */
static size_t dotted_quad(const struct scan *scan, size_t at, uint8_t address[static IPV4_BYTES])
{
	size_t start = at;

	for (size_t i = 0; i < IPV4_BYTES; i++) {
		size_t digits = span_of(scan, at, is_digit);
		unsigned value = 0;

		if (!digits || digits > 3 || (digits > 1 && scan->text[at] == '0'))
			return 0;
		for (size_t digit = 0; digit < digits; digit++)
			value = value * 10 + (unsigned)(scan->text[at + digit] - '0');
		at += digits;
		if (value > 255 || (i < 3 && byte_at(scan, at++) != '.'))
			return 0;
		address[i] = (uint8_t)value;
	}
	return at - start;
}

/* Versions of kernels and firmware have four numbers, too, but then a word goes on before or behind
 * them: "5.15.153.1-microsoft", "v2.4.0.1", "1.2.3.4.5". */
size_t recognize_ipv4(struct scan *scan, size_t at)
{
	uint8_t address[IPV6_BYTES], other[IPV4_BYTES];
	char before = byte_before(scan, at), behind;
	size_t length;

	if (before && strchr(".-_+", before))
		return 0;
	length = dotted_quad(scan, at, address);
	behind = length ? byte_at(scan, at + length) : '\0';
	if (!length || is_word(behind) || (behind && strchr("_+~", behind)) ||
	    (behind == '.' && is_word(byte_at(scan, at + length + 1))))
		return 0;
	if (behind == '-') {
		/* A range of addresses, or a version. */
		size_t second = dotted_quad(scan, at + length + 1, other);

		if (!second)
			return 0;
		output_address(scan, AF_INET, address);
		output_printf(scan->output, "-");
		memcpy(address, other, sizeof(other));
		length += 1 + second;
	}
	output_address(scan, AF_INET, address);
	return length;
}

/* -- other identifiers: interfaces named by their address, WWNs, LVM, qualified names ----------------------- */

/* "enx001122334455" (systemd.net-naming-scheme(7)) */
static size_t take_interface(struct scan *scan, size_t at, size_t word)
{
	const char *text = scan->text + at;

	if (word != 15 || !is_letter(text[0]) || !is_letter(text[1]) || text[2] != 'x' ||
	    span_of(scan, at + 3, is_hex) != 12)
		return 0;
	output_add(scan->output, text, 3);
	output_bare_mac(scan, text + 3);
	return word;
}

/* Digits of a WWN as a placeholder of the same length. The first digit is the kind of WWN. */
static void output_wwn(struct scan *scan, size_t at, size_t length)
{
	unsigned number =
		placeholder_number(scan->redactor, PLACEHOLDER_WWN, scan->text + at, length);

	output_printf(scan->output, "%c%0*u", scan->text[at], (int)length - 1, number);
}

/* "0x5000c500a1b2c3d4": no address of memory begins with a 5. SCSI ids are "3" and a WWN. */
static size_t take_wwn(struct scan *scan, size_t at, size_t word)
{
	const char *text = scan->text + at;

	if (word == 18 && text[0] == '0' && text[1] == 'x' && text[2] == '5' &&
	    span_of(scan, at + 2, is_hex) == 16) {
		output_add(scan->output, text, 2);
		output_wwn(scan, at + 2, 16);
		return word;
	}
	if ((word == 17 || word == 33) && text[0] == '3' && (text[1] == '5' || text[1] == '6') &&
	    span_of(scan, at, is_hex) == word) {
		output_add(scan->output, text, 1);
		output_wwn(scan, at + 1, word - 1);
		return word;
	}
	return 0;
}

/* "naa.5000c500a1b2c3d4", "eui.0025388b91d0a1b2" */
static size_t take_dotted_wwn(struct scan *scan, size_t at, size_t word)
{
	size_t digits = span_of(scan, at + 4, is_hex);

	if (word != 3 || byte_at(scan, at + 3) != '.' ||
	    (memcmp(scan->text + at, "naa", 3) != 0 && memcmp(scan->text + at, "eui", 3) != 0) ||
	    (digits != 16 && digits != 32) || is_word(byte_at(scan, at + 4 + digits)))
		return 0;
	output_add(scan->output, scan->text + at, 4);
	output_wwn(scan, at + 4, digits);
	return 4 + digits;
}

/* dm/uuid of a logical volume: "LVM-" and two UUIDs of 32 letters and digits */
static size_t take_volume(struct scan *scan, size_t at, size_t word)
{
	size_t length = span_of(scan, at + 4, is_word);

	if (word != 3 || memcmp(scan->text + at, "LVM", 3) != 0 || byte_at(scan, at + 3) != '-' ||
	    length < 32)
		return 0;
	output_add(scan->output, scan->text + at, 4);
	output_shape(scan, scan->text + at + 4, length);
	return 4 + length;
}

static bool is_qualified_byte(char c)
{
	return is_word(c) || c == '.' || c == '-' || c == ':' || c == '_';
}

/* "iqn.1993-08.org.debian:01:5a3c…", "nqn.2019-05.com.vendor:…"; NVMe's names of its own stay. */
static size_t take_qualified(struct scan *scan, size_t at, size_t word)
{
	size_t length = span_of(scan, at, is_qualified_byte);
	const char *text = scan->text + at;
	bool nvme;

	if (word != 3 || length < 12 || text[3] != '.' || !is_digit(text[4]) ||
	    (memcmp(text, "iqn", 3) != 0 && memcmp(text, "nqn", 3) != 0))
		return 0;
	nvme = text[0] == 'n';
	if (nvme && length >= 27 && memcmp(text, "nqn.2014-08.org.nvmexpress", 26) == 0)
		return 0;
	output_printf(scan->output, "%s.com.example:%u", nvme ? "nqn.2014-08" : "iqn.2001-04",
		      placeholder_number(scan->redactor, PLACEHOLDER_QUALIFIED, text, length));
	return length;
}

static bool is_volume_byte(char c)
{
	return is_word(c) || c == '-';
}

/* The UUID of an LVM physical volume */
static size_t take_physical_volume(struct scan *scan, size_t at, size_t word)
{
	static const uint8_t groups[] = {6, 4, 4, 4, 4, 4, 6};
	size_t length = 0, digits = 0;

	if (word != 6 || span_of(scan, at, is_volume_byte) != 38)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(groups); i++) {
		size_t group = span_of(scan, at + length, is_word);

		if (group != groups[i])
			return 0;
		for (size_t j = 0; j < group; j++)
			digits += is_digit(scan->text[at + length + j]);
		length += group + 1;
	}
	if (!digits)
		return 0;
	output_shape(scan, scan->text + at, length - 1);
	return length - 1;
}

size_t recognize_identifier(struct scan *scan, size_t at)
{
	static size_t (*const takers[])(struct scan * scan, size_t at, size_t word) = {
		take_interface, take_wwn,       take_dotted_wwn,
		take_volume,    take_qualified, take_physical_volume,
	};
	size_t word = span_of(scan, at, is_word);

	for (size_t i = 0; word && i < ARRAY_SIZE(takers); i++) {
		size_t taken = takers[i](scan, at, word);

		if (taken)
			return taken;
	}
	return 0;
}
