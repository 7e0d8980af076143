/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/capture/redact_scan.h"
#include "preflight/lines.h"

/* -- routing tables ------------------------------------------------------------------------------------ */

enum { ROUTE_FIELDS = 10 };

/* The words of a line, as offsets into it. */
struct fields {
	struct line items[ROUTE_FIELDS];
	size_t count;
};

static void split_fields(struct line line, struct fields *fields)
{
	struct line word;

	fields->count = 0;
	while (fields->count < ROUTE_FIELDS && line_word(&line, &word))
		fields->items[fields->count++] = word;
}

static bool field_bytes(const struct line *field, uint8_t *bytes, size_t count)
{
	if (field->length != 2 * count)
		return false;
	for (size_t i = 0; i < count; i++) {
		struct line pair = {.text = field->text + 2 * i, .length = 2};
		uint64_t value;

		if (!line_hex(&pair, &value))
			return false;
		bytes[i] = (uint8_t)value;
	}
	return true;
}

/* proc/net/route prints words of a little-endian machine backwards (as parse/routes.h reads them). */
static bool field_address(const struct line *field, bool ipv6, uint8_t address[static IPV6_BYTES])
{
	uint8_t word[IPV4_BYTES];

	if (ipv6)
		return field_bytes(field, address, IPV6_BYTES);
	if (!field_bytes(field, word, sizeof(word)))
		return false;
	for (size_t i = 0; i < IPV4_BYTES; i++)
		address[i] = word[IPV4_BYTES - 1 - i];
	return true;
}

static unsigned count_bits(const uint8_t mask[static IPV4_BYTES])
{
	unsigned bits = 0;

	while (bits < 32 && mask[bits / 8] >> (7 - bits % 8) & 1)
		bits++;
	return bits;
}

static void learn_route(struct redactor *redactor, const struct fields *fields, bool ipv6)
{
	enum { DESTINATION4 = 1, MASK4 = 7, DESTINATION6 = 0, PREFIX6 = 1 };
	uint8_t address[IPV6_BYTES], mask[IPV6_BYTES];
	uint64_t prefix;

	if (fields->count <= MASK4)
		return;
	if (ipv6) {
		if (field_address(&fields->items[DESTINATION6], true, address) &&
		    line_hex(&fields->items[PREFIX6], &prefix) && prefix < 128)
			address_map_add_network(&redactor->ipv6, address, (unsigned)prefix);
	} else if (field_address(&fields->items[DESTINATION4], false, address) &&
		   field_address(&fields->items[MASK4], false, mask)) {
		address_map_add_network(&redactor->ipv4, address, count_bits(mask));
	}
}

void learn_routes(struct redactor *redactor, struct bytes bytes, bool ipv6)
{
	struct line_reader reader = lines_of(bytes.data, bytes.length);
	struct fields fields;
	struct line line;

	while (lines_next(&reader, &line)) {
		split_fields(line, &fields);
		learn_route(redactor, &fields, ipv6);
	}
}

static void output_route_field(struct redactor *redactor, const struct line *field, bool ipv6,
			       struct output *output)
{
	uint8_t address[IPV6_BYTES];

	if (!field_address(field, ipv6, address)) {
		redact_scan(redactor, field->text, field->length, false, output);
		return;
	}
	address_map_find(ipv6 ? &redactor->ipv6 : &redactor->ipv4, address, address);
	if (ipv6)
		for (size_t i = 0; i < IPV6_BYTES; i++)
			output_printf(output, "%02x", address[i]);
	else
		output_printf(output, "%02X%02X%02X%02X", address[3], address[2], address[1],
			      address[0]);
}

/* Fields that hold addresses: destination and gateway; destination, source and next hop. */
static bool is_route_address(size_t index, bool ipv6)
{
	return ipv6 ? index == 0 || index == 2 || index == 4 : index == 1 || index == 2;
}

static void redact_route(struct redactor *redactor, const struct line *line, bool ipv6,
			 struct output *output)
{
	const char *at = line->text, *end = line->text + line->length;
	struct fields fields;

	split_fields(*line, &fields);
	for (size_t i = 0; i < fields.count; i++) {
		const struct line *field = &fields.items[i];

		output_add(output, at, (size_t)(field->text - at));
		if (is_route_address(i, ipv6))
			output_route_field(redactor, field, ipv6, output);
		else
			redact_scan(redactor, field->text, field->length, false, output);
		at = field->text + field->length;
	}
	redact_scan(redactor, at, (size_t)(end - at), false, output);
}

void redact_routes(struct redactor *redactor, struct bytes bytes, bool ipv6, struct output *output)
{
	struct line_reader reader = lines_of(bytes.data, bytes.length);
	struct line line;

	while (lines_next(&reader, &line)) {
		redact_route(redactor, &line, ipv6, output);
		if (reader.next > line.text + line.length)
			output_add(output, "\n", 1);
	}
}

/* -- udev's database ------------------------------------------------------------------------------------- */

void redact_udev(struct redactor *redactor, struct bytes bytes, struct output *output)
{
	static const char *const kept[] = {
		"E:ID_FS_TYPE=",           "E:ID_FS_USAGE=",
		"E:ID_FS_VERSION=",        "E:ID_FS_LABEL=",
		"E:ID_FS_UUID=",           "E:ID_PART_ENTRY_UUID=",
		"E:ID_PART_TABLE_TYPE=",   "E:ID_PART_ENTRY_TYPE=",
		"E:ID_PART_ENTRY_NUMBER=", "E:DM_NAME=",
		"E:DM_VG_NAME=",           "E:DM_LV_NAME=",
	};
	struct line_reader reader = lines_of(bytes.data, bytes.length);
	struct line line;

	while (lines_next(&reader, &line))
		for (size_t i = 0; i < ARRAY_SIZE(kept); i++)
			if (line_starts(&line, kept[i], NULL)) {
				redact_scan(redactor, line.text, line.length, false, output);
				output_add(output, "\n", 1);
			}
}

/* -- modules ----------------------------------------------------------------------------------------------- */

/* Where a module lies in memory helps whoever attacks the kernel, and nobody else. */
void redact_modules(struct redactor *redactor, struct bytes bytes, struct output *output)
{
	const char *at = bytes.data, *end = bytes.data + bytes.length;

	while (at < end) {
		const char *found = memmem(at, (size_t)(end - at), " 0x", 3);
		const char *digits = found ? found + 3 : end;

		redact_scan(redactor, at, (size_t)(digits - at), false, output);
		for (at = digits; at < end && is_hex(*at); at++)
			output_add(output, "0", 1);
	}
}

/* -- GRUB's environment block -------------------------------------------------------------------------------- */

void redact_grub_block(struct redactor *redactor, struct bytes bytes, struct output *output)
{
	size_t length = bytes.length;

	while (length && bytes.data[length - 1] == '#')
		length--;
	redact_scan(redactor, bytes.data, length, false, output);
	while (output->count < bytes.length)
		output_add(output, "#", 1);
	/* A block of another size would be none; what is cut off is the end of the last variable. */
	output->count = bytes.length;
}

/* -- configuration space ----------------------------------------------------------------------------------------- */

enum {
	CONFIG_EXTENDED = 0x100, /* where extended capabilities begin */
	CONFIG_SIZE = 4096,
	CAPABILITY_SERIAL = 0x0003, /* Device Serial Number: often the MAC address of a port */
	SERIAL_OFFSET = 4,
	SERIAL_BYTES = 8,
};

static uint32_t config_word(const struct output *output, size_t at)
{
	const unsigned char *bytes = (const unsigned char *)output->items + at;

	return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
	       (uint32_t)bytes[3] << 24;
}

void redact_config_space(struct bytes bytes, struct output *output)
{
	size_t at = CONFIG_EXTENDED;

	output_add(output, bytes.data, bytes.length);
	for (unsigned i = 0; i < CONFIG_SIZE / 8 && at >= CONFIG_EXTENDED; i++) {
		uint32_t header;

		if (at + SERIAL_OFFSET + SERIAL_BYTES > bytes.length)
			return;
		header = config_word(output, at);
		if (!header || header == UINT32_MAX)
			return;
		if ((header & 0xffff) == CAPABILITY_SERIAL)
			memset(output->items + at + SERIAL_OFFSET, 0, SERIAL_BYTES);
		at = header >> 20 & 0xffc;
	}
}
