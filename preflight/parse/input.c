/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/parse/input.h"

#include "preflight/lines.h"

/* KEY_Q…KEY_P, KEY_A…KEY_L, KEY_Z…KEY_M of include/uapi/linux/input-event-codes.h. */
static const uint64_t letter_keys = 0x3ffULL << 16 | 0x1ffULL << 30 | 0x7fULL << 44;

/*
 * The bitmap is printed as words of the kernel's (or, for a 32-bit reader, the reader's) long, the
 * highest first, without leading zeros. A word of more than eight digits shows that they are 64
 * bits wide; with letters the last one always is, because KEY_S and most others lie above bit 31.
 */
static bool bitmap_has_letters(struct line bitmap)
{
	uint64_t last = 0, previous = 0;
	bool wide = false;
	struct line word;

	while (line_word(&bitmap, &word)) {
		previous = last;
		if (!line_hex(&word, &last))
			return false;
		wide |= word.length > 8;
	}
	if (!wide)
		last |= previous << 32;
	return (last & letter_keys) == letter_keys;
}

static void parse_handlers(struct line handlers, struct input_device *device)
{
	struct line word;

	while (line_word(&handlers, &word)) {
		if (word.length == 3 && line_starts(&word, "kbd", NULL))
			device->keyboard_handler = true;
		if (line_starts(&word, "mouse", NULL))
			device->mouse_handler = true;
	}
}

static void parse_ids(struct line ids, struct input_device *device)
{
	struct line word, digits;

	while (line_word(&ids, &word)) {
		uint64_t value;

		if (line_starts(&word, "Bus=", &digits) && line_hex(&digits, &value))
			device->bus = (unsigned)(value & 0xffff);
		else if (line_starts(&word, "Vendor=", &digits) && line_hex(&digits, &value))
			device->vendor = (unsigned)(value & 0xffff);
		else if (line_starts(&word, "Product=", &digits) && line_hex(&digits, &value))
			device->product = (unsigned)(value & 0xffff);
	}
}

static const char *unquoted(struct arena *arena, struct line name)
{
	if (name.length >= 2 && name.text[0] == '"' && name.text[name.length - 1] == '"')
		return printable_copy(arena, name.text + 1, name.length - 2);
	return printable_copy(arena, name.text, name.length);
}

static void parse_line(struct arena *arena, struct line line, struct input_device *device)
{
	struct line rest;

	if (line_starts(&line, "I: ", &rest)) {
		parse_ids(rest, device);
	} else if (line_starts(&line, "N: Name=", &rest)) {
		device->name = unquoted(arena, rest);
		device->line = line.number;
		device->text = printable_copy(arena, line.text, line.length);
	} else if (line_starts(&line, "S: Sysfs=", &rest)) {
		device->sysfs = printable_copy(arena, rest.text, rest.length);
	} else if (line_starts(&line, "H: Handlers=", &rest)) {
		parse_handlers(rest, device);
	} else if (line_starts(&line, "B: KEY=", &rest)) {
		device->letters = bitmap_has_letters(rest);
	}
}

void input_parse(struct arena *arena, const char *text, size_t length,
		 struct input_devices *ret_devices)
{
	struct line_reader reader = lines_of(text, length);
	struct input_devices devices = {0};
	bool inside = false;
	struct line line;

	while (lines_next(&reader, &line)) {
		line = line_trim(line);
		if (!line.length) {
			inside = false;
			continue;
		}
		/* An I: line opens a block also where the empty line before it is missing. */
		if (!inside || line_starts(&line, "I: ", NULL))
			*ARRAY_ADD(arena, &devices) = (struct input_device){
				.name = "", .sysfs = "", .text = "", .line = line.number};
		inside = true;
		parse_line(arena, line, &devices.items[devices.count - 1]);
	}
	*ret_devices = devices;
}

bool input_is_keyboard(const struct input_device *device)
{
	return device->keyboard_handler && device->letters;
}

bool input_is_remote(const struct input_device *device)
{
	static const struct {
		unsigned vendor, product; /* product 0: all of this vendor */
	} controllers[] = {
		{0x046b, 0},      /* American Megatrends: BMC firmware only */
		{0x03f0, 0x7029}, /* HPE iLO */
		{0x0557, 0x2221}, /* Winbond Hermon; ATEN's own ids are real KVM switches too */
		{0x0557, 0x2419}, /* the same on later Supermicro boards */
		{0x0624, 0x0248}, /* Avocent in Dell iDRAC */
		{0x0624, 0x0249},
	};
	static const char *const names[] = {"virtual keyboard", "virtual_input", "virtual mouse",
					    "hermon", "idrac"};

	for (size_t i = 0; i < ARRAY_SIZE(controllers); i++)
		if (device->vendor == controllers[i].vendor &&
		    (!controllers[i].product || device->product == controllers[i].product))
			return true;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcasestr(device->name, names[i]))
			return true;
	return false;
}

bool input_is_token(const struct input_device *device)
{
	return device->bus == INPUT_BUS_USB && device->vendor == 0x1050; /* Yubico */
}

bool input_is_virtual(const struct input_device *device)
{
	return starts_with(device->sysfs, "/devices/virtual/") &&
	       !starts_with(device->sysfs, "/devices/virtual/misc/uhid/");
}
