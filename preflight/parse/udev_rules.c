/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/parse/udev_rules.h"
#include "preflight/lines.h"

/* The text between the quotes behind key, as in KERNEL=="0000:01:00.0", or NULL. */
static const char *rule_value(struct arena *arena, const char *rule, const char *key)
{
	const char *found = strstr(rule, key), *quote, *end;

	if (!found)
		return NULL;
	quote = found + strlen(key);
	quote += strspn(quote, " \t=:+");
	if (*quote != '"')
		return NULL;
	end = strchr(++quote, '"');
	return end ? arena_copy(arena, quote, (size_t)(end - quote)) : NULL;
}

static int hex_id(const char *text)
{
	char *end;
	unsigned long value;

	if (!text)
		return -1;
	value = strtoul(text, &end, 16);
	return end == text || *end || value > 0xffff ? -1 : (int)value;
}

static void parse_rule(struct arena *arena, const char *source, const struct line *line,
		       struct override_rules *rules)
{
	const char *rule = arena_copy(arena, line->text, line->length);
	const char *driver = rule_value(arena, rule, "ATTR{driver_override}"), *kernel;
	struct address address;

	if (!driver)
		return;
	kernel = rule_value(arena, rule, "KERNEL");
	if (kernel && address_parse(kernel, strlen(kernel), &address) < 0)
		kernel = NULL;
	*ARRAY_ADD(arena, rules) = (struct override_rule){
		.address = kernel,
		.vendor_id = hex_id(rule_value(arena, rule, "ATTR{vendor}")),
		.device_id = hex_id(rule_value(arena, rule, "ATTR{device}")),
		.driver = driver,
		.origin = {.source = source, .line = line->number, .text = rule},
	};
}

void udev_rules_parse(struct arena *arena, const char *source, const char *text, size_t length,
		      struct override_rules *rules)
{
	struct line_reader reader = lines_of(text, length);
	struct line line;

	while (lines_next(&reader, &line)) {
		struct line trimmed = line_trim(line);

		if (trimmed.length && *trimmed.text != '#')
			parse_rule(arena, source, &trimmed, rules);
	}
}

bool override_rule_matches(const struct override_rule *rule, const struct device *device)
{
	if (rule->address && !streq(rule->address, device->address))
		return false;
	if (!rule->address && rule->vendor_id < 0)
		return false;
	return (rule->vendor_id < 0 || rule->vendor_id == device->vendor_id) &&
	       (rule->device_id < 0 || rule->device_id == device->device_id);
}
