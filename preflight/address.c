/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/address.h"

#include <ctype.h>
#include <errno.h>

/* Reads between minimum and maximum hex digits; returns how many, 0 where there are too few or
 * too many. */
static size_t hex_digits(const char *text, const char *end, size_t minimum, size_t maximum,
			 uint32_t *ret_value)
{
	uint32_t value = 0;
	size_t count = 0;

	while (text + count < end && isxdigit((unsigned char)text[count])) {
		char c = (char)tolower((unsigned char)text[count]);

		if (++count > maximum)
			return 0;
		value = value << 4 | (uint32_t)(c <= '9' ? c - '0' : c - 'a' + 10);
	}
	if (count < minimum)
		return 0;
	*ret_value = value;
	return count;
}

/* Parses "[DOMAIN:]BB:DD" and returns what follows, or NULL. */
static const char *parse_slot(const char *text, const char *end, struct address *ret_address)
{
	uint32_t domain = 0, bus, slot;
	struct address address = {0};
	size_t count = hex_digits(text, end, 4, 8, &domain);

	if (count && text + count < end && text[count] == ':') {
		text += count + 1;
		address.full = true;
	} else {
		domain = 0;
	}
	count = hex_digits(text, end, 2, 2, &bus);
	if (!count || text + count >= end || text[count] != ':')
		return NULL;
	text += count + 1;
	count = hex_digits(text, end, 2, 2, &slot);
	if (!count || slot > 0x1f)
		return NULL;
	address.domain = domain;
	address.bus = (uint8_t)bus;
	address.slot = (uint8_t)slot;
	*ret_address = address;
	return text + count;
}

int address_parse(const char *text, size_t length, struct address *ret_address)
{
	const char *end = text + length;
	struct address address;
	const char *rest = parse_slot(text, end, &address);

	if (!rest || end - rest != 2 || rest[0] != '.' || rest[1] < '0' || rest[1] > '7')
		return -EINVAL;
	address.function = (uint8_t)(rest[1] - '0');
	*ret_address = address;
	return 0;
}

int device_name_parse(const char *text, struct device_name *ret_name)
{
	const char *end = text + strlen(text);
	struct device_name name = {0};
	uint32_t vendor, device;
	const char *rest;

	if (end - text == 9 && text[4] == ':' && hex_digits(text, text + 4, 4, 4, &vendor) &&
	    hex_digits(text + 5, end, 4, 4, &device)) {
		name.kind = NAME_ID;
		name.vendor_id = (uint16_t)vendor;
		name.device_id = (uint16_t)device;
		*ret_name = name;
		return 0;
	}
	if (address_parse(text, strlen(text), &name.address) == 0) {
		name.kind = NAME_ADDRESS;
		*ret_name = name;
		return 0;
	}
	rest = parse_slot(text, end, &name.address);
	if (rest != end)
		return -EINVAL;
	name.kind = NAME_SLOT;
	*ret_name = name;
	return 0;
}
