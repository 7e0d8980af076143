/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/parse/modalias.h"

static int digit_value(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	if (digit >= 'A' && digit <= 'F')
		return digit - 'A' + 10;
	return -1;
}

/* Takes key and that many digits off the front of *rest; -1 where something else is there or the number
 * has more than 16 bits. */
static int take(const char **rest, const char *key, unsigned digits)
{
	size_t length = strlen(key);
	const char *at = *rest;
	int value = 0;

	if (strncmp(at, key, length) != 0)
		return -1;
	at += length;
	for (unsigned i = 0; i < digits; i++, at++) {
		int digit = digit_value(*at);

		if (digit < 0 || value > 0xfff)
			return -1;
		value = value << 4 | digit;
	}
	*rest = at;
	return value;
}

bool modalias_parse(const char *text, struct modalias *ret_modalias)
{
	static const struct {
		const char *key;
		unsigned digits;
	} fields[] = {
		{"pci:v", 8}, {"d", 8}, {"sv", 8}, {"sd", 8}, {"bc", 2}, {"sc", 2}, {"i", 2},
	};
	int values[ARRAY_SIZE(fields)];

	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		values[i] = take(&text, fields[i].key, fields[i].digits);
		if (values[i] < 0)
			return false;
	}
	if (*text)
		return false;
	*ret_modalias = (struct modalias){
		.vendor_id = values[0],
		.device_id = values[1],
		.subsystem_vendor_id = values[2],
		.subsystem_device_id = values[3],
		.class_code = values[4] << 16 | values[5] << 8 | values[6],
	};
	return true;
}
