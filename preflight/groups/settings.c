/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/groups/groups.h"

#include <errno.h>

/* Reads one to eight hex digits at *text and moves behind them. */
static bool hex_read(const char **text, uint32_t *ret_number)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = *text, *digit;
	uint32_t number = 0;

	while (at - *text < 8 && *at &&
	       (digit = strchr(digits, *at >= 'A' && *at <= 'F' ? *at + 32 : *at))) {
		number = number << 4 | (uint32_t)(digit - digits);
		at++;
	}
	if (at == *text)
		return false;
	*text = at;
	*ret_number = number;
	return true;
}

static bool id_read(const char **text, uint16_t *ret_id)
{
	uint32_t number;

	if (!hex_read(text, &number) || number > 0xffff)
		return false;
	*ret_id = (uint16_t)number;
	return true;
}

static bool char_read(const char **text, char expected)
{
	if (**text != expected)
		return false;
	(*text)++;
	return true;
}

/* "vvvv:dddd" */
static bool id_pair_read(const char **text, uint16_t *ret_vendor, uint16_t *ret_device)
{
	return id_read(text, ret_vendor) && char_read(text, ':') && id_read(text, ret_device);
}

/* "dd.f" */
static bool slot_read(const char **text, struct acs_match *match)
{
	uint32_t slot, function;

	if (match->depth == ARRAY_SIZE(match->path) || !hex_read(text, &slot) || slot > 0x1f ||
	    !char_read(text, '.') || !hex_read(text, &function) || function > 7)
		return false;
	match->path[match->depth].slot = (uint8_t)slot;
	match->path[match->depth++].function = (uint8_t)function;
	return true;
}

/* "[dddd:]bb:dd.f[/dd.f]…" */
static bool path_read(const char **text, struct acs_match *match)
{
	const char *start;
	uint32_t first, second;

	if (!hex_read(text, &first) || !char_read(text, ':'))
		return false;
	start = *text;
	if (hex_read(text, &second) && **text == ':') {
		match->domain = first;
		(*text)++;
	} else {
		second = first;
		*text = start;
	}
	if (second > 0xff)
		return false;
	match->bus = (uint8_t)second;
	do {
		if (!slot_read(text, match))
			return false;
	} while (char_read(text, '/'));
	return true;
}

static bool match_read(const char **text, struct acs_match *match)
{
	match->by_id = starts_with(*text, "pci:");
	if (!match->by_id)
		return path_read(text, match);
	*text += 4;
	if (!id_pair_read(text, &match->vendor, &match->device))
		return false;
	if (**text != ':')
		return true;
	(*text)++;
	return id_pair_read(text, &match->subsystem_vendor, &match->subsystem_device);
}

/* The flags before '@': one character a bit, the last one is bit 0. */
static bool flags_read(const char **text, struct acs_setting *setting)
{
	const char *end = strchr(*text, '@');
	unsigned bit = 0;

	if (!end)
		return false;
	for (const char *at = end; at > *text; bit++) {
		at--;
		if (*at == 'x' || *at == 'X')
			continue;
		/* Bits above DT are an error of their own, which has the same effect. */
		if ((*at != '0' && *at != '1') || bit > 6)
			return false;
		setting->mask |= (uint16_t)(1u << bit);
		if (*at == '1')
			setting->flags |= (uint16_t)(1u << bit);
	}
	*text = end + 1;
	return true;
}

static int settings_parse(struct arena *arena, const char *value, bool with_flags,
			  struct acs_settings *ret_settings)
{
	struct acs_settings settings = {0};
	int error = 0;

	while (*value && !error) {
		struct acs_setting setting = {.mask = ACS_RR | ACS_CR | ACS_EC};

		if (with_flags) {
			setting.mask = 0;
			if (!flags_read(&value, &setting))
				error = -EINVAL;
		}
		if (!error && match_read(&value, &setting.match))
			*ARRAY_ADD(arena, &settings) = setting;
		else
			error = -EINVAL;
		if (!error && *value && !char_read(&value, ';') && !char_read(&value, ','))
			error = -EINVAL;
	}
	*ret_settings = settings;
	return error;
}

int acs_configuration_parse(struct arena *arena, const char *value,
			    struct acs_settings *ret_settings)
{
	return settings_parse(arena, value, true, ret_settings);
}

int acs_redirection_parse(struct arena *arena, const char *value, struct acs_settings *ret_settings)
{
	return settings_parse(arena, value, false, ret_settings);
}

/* One word of pcie_acs_override=; words are told by their beginning, as in the patch. */
static bool override_word(const char *word, struct acs_override *override)
{
	uint16_t vendor, device;

	if (starts_with(word, "downstream")) {
		override->downstream = true;
		return true;
	}
	if (starts_with(word, "multifunction")) {
		override->multifunction = true;
		return true;
	}
	if (!starts_with(word, "id:") || override->id_count == ARRAY_SIZE(override->ids))
		return false;
	word += 3;
	if (!id_pair_read(&word, &vendor, &device))
		return false;
	override->ids[override->id_count].vendor = vendor;
	override->ids[override->id_count++].device = device;
	return true;
}

int acs_override_parse(const char *value, struct acs_override *ret_override)
{
	struct acs_override override = {.active = YES};
	int error = *value ? 0 : -EINVAL;

	while (*value) {
		if (!override_word(value, &override))
			error = -EINVAL;
		value += strcspn(value, ",");
		value += *value == ',';
	}
	*ret_override = override;
	return error;
}
