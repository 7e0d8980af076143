/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a host is compared by with others that should be like it. */
#include "fleet_parts.h"
#include "preflight/checks/passthrough_words.h"
#include "preflight/parse/cmdline.h"

const struct fleet_dimension fleet_dimensions[FLEET_DIMENSION_COUNT] = {
	{"devices", N_("devices"), true, false},
	{"groups", N_("IOMMU groups"), true, true},
	{"drivers", N_("drivers"), true, true},
	{"arguments", N_("passthrough words of the next command line"), true, false},
	{"kernel", N_("kernel"), false, false},
	{"next_kernel", N_("kernel at the next boot"), false, false},
	{"distro", N_("system"), false, false},
	{"firmware", N_("firmware"), false, false},
	{"firmware_version", N_("firmware version"), false, false},
	{"secure_boot", N_("Secure Boot"), false, false},
	{"iommu", N_("IOMMU"), false, false},
	{"interrupt_remapping", N_("interrupt remapping"), false, false},
	{"default_domain", N_("default domain"), false, false},
	{"bootloader", N_("boot loader"), false, false},
	{"initramfs", N_("initramfs generator"), false, false},
};

/* -- lists of words ------------------------------------------------------------------------------------ */

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Words are told apart by newlines, so none may hold one. */
static json_object *joined(struct fleet *fleet, struct arena *arena, struct strings *words)
{
	size_t length = 1;
	char *list, *end;

	if (words->count)
		qsort(words->items, words->count, sizeof(*words->items), by_text);
	for_each (word, words)
		length += strlen(*word) + 1;
	list = end = arena_alloc(arena, length);
	for_each (word, words) {
		*end++ = '\n';
		for (const char *c = *word; *c; c++)
			*end++ = *c == '\n' ? ' ' : *c;
	}
	return fleet_long_text(fleet, list);
}

/* At most FLEET_TEXT_LIMIT bytes: a word of a hostile report can be a megabyte. */
static void add_word(struct arena *arena, struct strings *words, const char *word)
{
	strings_add(arena, words, arena_printf(arena, "%.*s", (int)FLEET_TEXT_LIMIT, word));
}

static const char *model_of(struct arena *arena, json_object *device)
{
	const char *vendor = get_text(device, "vendor_id"), *id = get_text(device, "device_id");
	const char *class = get_text(device, "class");

	return vendor && id ? arena_printf(arena, "%.40s:%.40s", vendor, id)
			    : arena_printf(arena, _("class %.40s"), class ? class : _("not known"));
}

static json_object *devices(struct fleet *fleet, struct arena *arena, json_object *document)
{
	struct strings models = {0}, words = {0};
	json_object *from = get(document, "devices");

	for (size_t i = 0; i < array_length(from); i++)
		if (!is_bridge(item(from, i)))
			strings_add(arena, &models, model_of(arena, item(from, i)));
	if (models.count)
		qsort(models.items, models.count, sizeof(*models.items), by_text);
	for (size_t i = 0, next; i < models.count; i = next) {
		for (next = i + 1; next < models.count; next++)
			if (!streq(models.items[i], models.items[next]))
				break;
		strings_add(arena, &words,
			    arena_printf(arena, _("%zu × %s"), next - i, models.items[i]));
	}
	return joined(fleet, arena, &words);
}

static json_object *groups(struct fleet *fleet, struct arena *arena, json_object *document)
{
	json_object *from = get(document, "groups");
	struct strings words = {0};

	/* Where it is not known whether there is an IOMMU, no groups tell nothing. */
	if (!array_length(from) && !get(get(document, "iommu"), "active"))
		return NULL;
	for (size_t i = 0; i < array_length(from); i++) {
		json_object *members = get(item(from, i), "devices");
		struct strings addresses = {0};

		for (size_t j = 0; j < array_length(members); j++)
			add_word(arena, &addresses, json_object_get_string(item(members, j)));
		if (addresses.count)
			qsort(addresses.items, addresses.count, sizeof(*addresses.items), by_text);
		strings_add(arena, &words, strings_join(arena, &addresses, " + "));
	}
	return joined(fleet, arena, &words);
}

static json_object *drivers(struct fleet *fleet, struct arena *arena, json_object *document)
{
	json_object *from = get(document, "devices");
	struct strings words = {0};

	for (size_t i = 0; i < array_length(from); i++) {
		json_object *device = item(from, i);
		const char *driver = get_text(device, "driver");

		if (is_bridge(device))
			continue;
		if (!driver)
			driver = is(device, "state", "unbound") ? _("no driver")
								: _("driver not known");
		strings_add(
			arena, &words,
			arena_printf(arena, "%.40s %.200s", get_text(device, "address"), driver));
	}
	return joined(fleet, arena, &words);
}

static json_object *arguments(struct fleet *fleet, struct arena *arena, json_object *document)
{
	const char *line = get_text(get(document, "host"), "next_cmdline");
	struct parameters parameters = {0};
	struct strings words = {0};

	if (!line)
		return NULL;
	cmdline_parse(arena, line, strlen(line), NULL, 0, &parameters);
	for_each (word, &parameters)
		if (word_is_passthrough(word))
			add_word(arena, &words, word->text);
	return joined(fleet, arena, &words);
}

/* -- single values ------------------------------------------------------------------------------------- */

static json_object *switched(struct fleet *fleet, json_object *value)
{
	if (!value)
		return NULL;
	return fleet_text(fleet, json_object_get_boolean(value) ? "on" : "off");
}

static json_object *iommu(struct fleet *fleet, struct arena *arena, json_object *from)
{
	const char *kind = get_text(from, "kind");

	if (!get(from, "active"))
		return NULL;
	if (!get_true(from, "active"))
		return fleet_text(fleet, _("not active"));
	return fleet_text(fleet, arena_printf(arena, _("%.100s active"), kind ? kind : "IOMMU"));
}

static json_object *host_text(struct fleet *fleet, json_object *document, const char *key)
{
	return fleet_text(fleet, get_text(get(document, "host"), key));
}

static void put_values(struct fleet *fleet, struct arena *arena, json_object *document,
		       json_object *values)
{
	static const char *const texts[] = {"kernel",           "next_kernel", "firmware",
					    "firmware_version", "bootloader",  "initramfs"};
	json_object *host = get(document, "host"), *from = get(document, "iommu");

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		put(values, texts[i], host_text(fleet, document, texts[i]));
	put(values, "distro", fleet_text(fleet, get_text(get(host, "distro"), "name")));
	put(values, "secure_boot", switched(fleet, get(host, "secure_boot")));
	put(values, "iommu", iommu(fleet, arena, from));
	put(values, "interrupt_remapping", switched(fleet, get(from, "interrupt_remapping")));
	put(values, "default_domain", fleet_text(fleet, get_text(from, "default_domain")));
}

json_object *fleet_compare(struct fleet *fleet, json_object *document)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	json_object *values = json_object_new_object();

	put(values, "devices", devices(fleet, arena, document));
	put(values, "groups", groups(fleet, arena, document));
	put(values, "drivers", drivers(fleet, arena, document));
	put(values, "arguments", arguments(fleet, arena, document));
	put_values(fleet, arena, document, values);
	return values;
}
