/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "handover.h"
#include "view.h"
#include "view_parts.h"

static const struct handover_platform platforms[PLATFORM_COUNT] = {
	[PLATFORM_LIBVIRT] = {"handover.libvirt.xml", ESCAPE_MARKUP},
	[PLATFORM_QEMU] = {"handover.qemu.args", ESCAPE_TEXT},
	[PLATFORM_PROXMOX] = {"handover.proxmox.sh", ESCAPE_TEXT},
	[PLATFORM_CLOUDPODS] = {"handover.cloudpods.yaml", ESCAPE_TEXT},
	[PLATFORM_ABLESTACK] = {"handover.ablestack.xml", ESCAPE_MARKUP},
	[PLATFORM_MORPHEUS] = {"handover.morpheus.sh", ESCAPE_TEXT},
	[PLATFORM_KUBEVIRT] = {"handover.kubevirt.yaml", ESCAPE_TEXT},
	[PLATFORM_GPU_OPERATOR] = {"handover.gpu-operator.yaml", ESCAPE_TEXT},
	[PLATFORM_NOVA] = {"handover.nova.conf", ESCAPE_TEXT},
	[PLATFORM_INCUS] = {"handover.incus.sh", ESCAPE_TEXT},
};

const struct handover_platform *handover_platform(enum platform platform)
{
	return &platforms[platform];
}

/* -- text in comments -------------------------------------------------------------------------------------- */

static char *one_line(const char *value)
{
	char *line = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&line, &size);

	if (!stream)
		return NULL;
	escape_write(stream, ESCAPE_TEXT, value, strlen(value));
	if (fclose(stream) == 0)
		return line;
	free(line);
	return NULL;
}

json_object *handover_comment_text(json_object *value, enum escape escape)
{
	bool is_text = json_object_is_type(value, json_type_string);
	_cleanup_free_ char *line = NULL, *copy = NULL;
	char *to;

	if (!is_text || escape != ESCAPE_MARKUP)
		return again(value);
	line = one_line(json_object_get_string(value));
	copy = line ? malloc(strlen(line) * 3 + 1) : NULL;
	if (!copy)
		return NULL;
	to = copy;
	for (const char *c = line; *c; c++) {
		if (*c == '-' && c > line && c[-1] == '-')
			to = mempcpy(to, "\xe2\x80\x90", 3);
		else
			*to++ = *c;
	}
	*to = '\0';
	return text(copy);
}

/* -- the verdict and its reasons --------------------------------------------------------------------------- */

static json_object *reason(json_object *check, enum escape escape)
{
	json_object *object = json_object_new_object(), *array = json_object_new_array();
	json_object *evidence = view_evidence(get(check, "evidence"));

	for (size_t i = 0; i < array_length(evidence); i++) {
		json_object *place = json_object_new_object();

		put(place, "where", handover_comment_text(get(item(evidence, i), "where"), escape));
		put(place, "text", handover_comment_text(get(item(evidence, i), "text"), escape));
		json_object_array_add(array, place);
	}
	json_object_put(evidence);
	put(object, "id", again(get(check, "id")));
	put(object, "subject", handover_comment_text(get(check, "subject"), escape));
	put(object, "title", handover_comment_text(get(check, "title"), escape));
	put(object, "unknown", flag(is(check, "result", "unknown")));
	put(object, "evidence", array);
	return object;
}

static bool is_accepted(json_object *check, const struct strings *accept)
{
	if (!is(check, "severity", "danger"))
		return false;
	for_each (id, accept)
		if (is(check, "id", *id))
			return true;
	return false;
}

enum reason_kind { REASON_STOP, REASON_ACCEPTED, REASON_NOTE, REASON_NONE };

static enum reason_kind reason_kind(json_object *check, const struct strings *accept)
{
	if (is(check, "result", "unknown"))
		return is_blocking(check) ? REASON_STOP : REASON_NONE;
	if (!is_failure(check))
		return REASON_NONE;
	if (is_blocking(check))
		return is_accepted(check, accept) ? REASON_ACCEPTED : REASON_STOP;
	/* What is merely told of the host is not about handing over. */
	return is(check, "severity", "warning") || starts_with(get_text(check, "id"), "device.")
		       ? REASON_NOTE
		       : REASON_NONE;
}

static json_object *reasons(json_object *document, const struct strings *accept,
			    enum reason_kind kind, enum escape escape)
{
	json_object *array = json_object_new_array(), *checks = get(document, "checks");

	for (size_t i = 0; i < array_length(checks); i++)
		if (reason_kind(item(checks, i), accept) == kind)
			json_object_array_add(array, reason(item(checks, i), escape));
	return array;
}

static json_object *host_line(json_object *document, enum escape escape)
{
	json_object *line = view_host_line(document), *safe = handover_comment_text(line, escape);

	json_object_put(line);
	return safe;
}

/* -- the devices ------------------------------------------------------------------------------------------- */

static bool is_before(const struct device *a, const struct device *b)
{
	return a < b; /* both stand in facts->devices, in the order of addresses */
}

/* In the order of addresses, so that the functions of a card stand together. */
static void take_in_order(struct handover_devices *devices, const struct device *target)
{
	struct device_refs *taken = &devices->taken;
	size_t at = taken->count;

	*ARRAY_ADD(devices->arena, taken) = facts_find_device(devices->facts, target->address);
	for (; at > 0 && is_before(taken->items[at], taken->items[at - 1]); at--) {
		struct device *moved = taken->items[at];

		taken->items[at] = taken->items[at - 1];
		taken->items[at - 1] = moved;
	}
}

/* Why the platform cannot take it; NULL where it can. */
static json_object *refusal(const struct device *device, enum platform platform)
{
	int vendor = platform_only_vendor(platform);
	bool far = device->domain > platform_last_domain(platform);
	bool nameless = device->vendor_id < 0 || device->device_id < 0;
	bool foreign = vendor >= 0 && !nameless && device->vendor_id != vendor;
	json_object *object;

	if (!far && !foreign && !nameless)
		return NULL;
	object = json_object_new_object();
	put(object, "address", text(device->address));
	put(object, "domain", far ? textf("%04x", device->domain) : NULL);
	put(object, "vendor", flag(foreign));
	put(object, "nameless", flag(nameless));
	return object;
}

static json_object *take_targets(struct handover_devices *devices)
{
	json_object *refused = json_object_new_array();

	for_each (target, &devices->facts->targets) {
		json_object *object = refusal(*target, devices->platform);

		if (object)
			json_object_array_add(refused, object);
		else if (!(*target)->is_bridge)
			take_in_order(devices, *target);
	}
	return refused;
}

static json_object *ids(const struct handover_devices *devices, json_object *functions)
{
	struct strings found = {0};

	for (size_t i = 0; i < array_length(functions); i++) {
		/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): functions has one object for each */
		const struct device *device = devices->taken.items[i];

		if (get_true(item(functions, i), "first_of_id") && device->vendor_id >= 0)
			strings_add(devices->arena, &found,
				    arena_printf(devices->arena, "%04x:%04x",
						 (unsigned)device->vendor_id,
						 (unsigned)device->device_id));
	}
	return found.count ? text(strings_join(devices->arena, &found, ",")) : NULL;
}

static json_object *added(const struct handover_devices *devices, size_t named)
{
	const struct device_refs *targets = &devices->facts->targets;
	struct strings names = {0};

	for (size_t i = named; i < targets->count; i++)
		strings_add(devices->arena, &names, targets->items[i]->address);
	return names.count ? text(strings_join(devices->arena, &names, ", ")) : NULL;
}

static bool holds(const struct strings *strings, const char *value)
{
	for_each (string, strings)
		if (streq(*string, value))
			return true;
	return false;
}

static json_object *numa(const struct handover_devices *devices)
{
	json_object *object;
	struct strings nodes = {0};

	for_each (device, &devices->taken) {
		const char *node = arena_printf(devices->arena, "%d", (*device)->numa_node);

		if ((*device)->numa_node >= 0 && !holds(&nodes, node))
			strings_add(devices->arena, &nodes, node);
	}
	if (!nodes.count)
		return NULL;
	object = json_object_new_object();
	put(object, "nodes", text(strings_join(devices->arena, &nodes, ",")));
	put(object, "several", flag(nodes.count > 1));
	return object;
}

/* The 64-bit window of guest firmware: BARs are aligned to their size, so twice the next power of two is
 * never needed, and once always fits what is beside them. */
static json_object *window(const struct handover_devices *devices)
{
	static const uint64_t usual = UINT64_C(32) << 30;
	uint64_t total = 0, needed = usual;
	json_object *object;

	for_each (device, &devices->taken)
		for (size_t i = 0; i < BAR_COUNT; i++) {
			const struct bar *bar = &(*device)->bars[i];

			if (bar->present && bar->bits == 64 && bar->size < UINT64_C(1) << 56 &&
			    total < UINT64_C(1) << 60)
				total += bar->size;
		}
	if (total <= usual)
		return NULL;
	while (needed <= total)
		needed *= 2;
	object = json_object_new_object();
	put(object, "total_gib", textf("%llu", (unsigned long long)((total - 1) >> 30) + 1));
	put(object, "window_gib", textf("%llu", (unsigned long long)(needed >> 30)));
	put(object, "window_mib", textf("%llu", (unsigned long long)(needed >> 20)));
	return object;
}

static json_object *nvswitches(const struct handover_devices *devices)
{
	struct strings all = {0}, left = {0};
	bool gpus = false;
	json_object *object;

	for_each (device, &devices->taken)
		gpus |= (*device)->vendor_id == 0x10de;
	for_each (device, &devices->facts->nvswitches) {
		strings_add(devices->arena, &all, (*device)->address);
		if (!(*device)->target)
			strings_add(devices->arena, &left, (*device)->address);
	}
	if (!all.count || !gpus)
		return NULL;
	object = json_object_new_object();
	put(object, "all", text(strings_join(devices->arena, &all, ", ")));
	put(object, "left", left.count ? text(strings_join(devices->arena, &left, ", ")) : NULL);
	return object;
}

static bool any(json_object *functions, const char *key)
{
	for (size_t i = 0; i < array_length(functions); i++)
		if (get_true(item(functions, i), key))
			return true;
	return false;
}

/* A host that is ready for VFIO is not for a platform that cannot name the device. */
static json_object *verdict(json_object *object, json_object *document)
{
	bool refused = get_true(object, "has_refused");
	json_object *words = view_verdict(refused ? "not-ready" : get_text(document, "verdict"));

	if (refused)
		json_object_object_add(
			words, "meaning",
			textf("%s cannot take all of these devices.", get_text(object, "title")));
	return words;
}

/* -- all of it --------------------------------------------------------------------------------------------- */

static void put_head(json_object *object, json_object *document, const struct strings *accept,
		     enum platform platform)
{
	enum escape escape = platforms[platform].escape;
	static const char *const names[] = {"stops", "accepted", "notes"};

	put(object, "platform", text(platform_names[platform]));
	put(object, "title", text(platform_title(platform)));
	put(object, "host_line", host_line(document, escape));
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		put(object, names[i], reasons(document, accept, (enum reason_kind)i, escape));
	put(object, "has_stops", flag(array_length(get(object, "stops")) > 0));
	put(object, "has_accepted", flag(array_length(get(object, "accepted")) > 0));
	put(object, "has_notes", flag(array_length(get(object, "notes")) > 0));
}

static void put_devices(json_object *object, struct handover_devices *devices, size_t named)
{
	json_object *refused = take_targets(devices), *functions = handover_functions(devices);

	put(object, "refused", refused);
	put(object, "has_refused", flag(array_length(refused) > 0));
	put(object, "has_functions", flag(array_length(functions) > 0));
	put(object, "cards", handover_cards(devices, functions));
	put(object, "functions", functions);
	put(object, "ids", ids(devices, functions));
	put(object, "added", added(devices, named));
	put(object, "numa", numa(devices));
	put(object, "window", window(devices));
	put(object, "vf_token", flag(any(functions, "vf_token")));
	put(object, "gpus", flag(any(functions, "display")));
	put(object, "screen", flag(any(functions, "screen")));
	put(object, "leading_gpus", flag(any(functions, "leading_gpu")));
	put(object, "leading_others", flag(any(functions, "leading_other")));
	put(object, "nvswitches", nvswitches(devices));
}

json_object *handover_view(const struct facts *facts, json_object *document, enum platform platform,
			   size_t named, const struct strings *accept, struct names *names)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	json_object *context = view_of_document(document), *object = json_object_new_object();
	struct handover_devices devices = {.facts = facts,
					   .document = document,
					   .platform = platform,
					   .names = names,
					   .arena = arena};

	put_head(object, document, accept, platform);
	put_devices(object, &devices, named);
	put(object, "verdict", verdict(object, document));
	put(object, "node", text(facts->machine.hostname));
	put(object, "intel", flag(facts_iommu_is_intel(facts)));
	json_object_object_add(context, "handover", object);
	return context;
}

bool handover_is_refused(json_object *view)
{
	return get_true(get(view, "handover"), "has_refused");
}
