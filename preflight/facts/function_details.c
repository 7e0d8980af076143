/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/facts/function_details.h"
#include "preflight/groups/quirks.h"
#include "preflight/parse/resource.h"

#include <errno.h>

/* -- BARs ------------------------------------------------------------------------------------------ */

void function_details_read_bars(struct function_files *files, const struct function_header *header,
				bool is_virtual_function)
{
	struct device *device = files->device;
	int error = function_files_read(files, "resource", NULL);

	if (error == 0 && !resource_parse(files->text, device->bars))
		error = -EINVAL;
	if (error < 0) {
		function_files_unread(files, "resource", error);
		return;
	}
	device->bars_known = YES;
	if (device->config.header_type == 0 && !is_virtual_function)
		resource_add_cleared(header->bytes, header->length, device->bars);
}

/* -- reset methods --------------------------------------------------------------------------------- */

static enum reset_files read_reset(struct function_files *files)
{
	static const enum reset_files without_methods[] = {
		[UNKNOWN] = RESET_UNREADABLE,
		[NO] = RESET_ABSENT,
		[YES] = RESET_OFFERED,
	};
	struct device *device = files->device;
	struct arena *arena = files->facts->arena;
	int error = function_files_read(files, "reset_method", NULL);
	char *method = files->text;
	const char *ignored;

	if (error == -ENOENT && files->captured)
		return without_methods[function_files_link(files, "reset", &ignored)];
	if (error < 0) {
		function_files_unread(files, "reset_method", error);
		return RESET_UNREADABLE;
	}
	device->reset_methods_known = YES;
	for (method += strspn(method, " \n"); *method; method += strspn(method, " \n")) {
		size_t length = strcspn(method, " \n");

		*ARRAY_ADD(arena, &device->reset_methods) = arena_copy(arena, method, length);
		method += length;
	}
	return RESET_METHODS;
}

/* The methods that configuration space shows where the kernel says that there are some but not
 * which; "unknown" where it shows none (a bus reset, or one that is special to the device). */
static void derive_methods(struct facts *facts, struct device *device)
{
	struct kernel_version version = kernel_version_parse(facts->machine.kernel);
	const struct config_space *config = &device->config;
	struct quirk_ids ids = {device->vendor_id, device->device_id, device->class_code,
				device->revision};
	bool flr = reset_quirk_applies(RESET_NO_FLR, &ids, version, NULL) != YES;
	bool pm = reset_quirk_applies(RESET_NO_PM, &ids, version, NULL) != YES;
	struct arena *arena = facts->arena;

	device->reset_methods_known = YES;
	device->reset_methods_derived = true;
	if (config->flr == YES && flr)
		strings_add(arena, &device->reset_methods, "flr");
	if (config->af_flr == YES && flr)
		strings_add(arena, &device->reset_methods, "af_flr");
	if (config->pm == YES && config->pm_no_soft_reset == NO && pm)
		strings_add(arena, &device->reset_methods, "pm");
	if (!device->reset_methods.count)
		strings_add(arena, &device->reset_methods, "unknown");
}

bool function_details_kernel_tells_resets(const struct facts *facts)
{
	unsigned major, minor;

	/* NOLINTBEGIN(cert-err34-c): three digits always fit */
	return facts->was_live && facts->machine.kernel &&
	       sscanf(facts->machine.kernel, "%3u.%3u", &major, &minor) == 2 &&
	       (major > 5 || (major == 5 && minor >= 15));
	/* NOLINTEND(cert-err34-c) */
}

void function_details_settle_resets(struct facts *facts, const enum reset_files *resets)
{
	bool kernel_tells = function_details_kernel_tells_resets(facts);

	for (size_t i = 0; i < facts->devices.count; i++)
		kernel_tells |= resets[i] == RESET_METHODS;
	for (size_t i = 0; i < facts->devices.count; i++) {
		struct device *device = &facts->devices.items[i];
		struct function_files files = {.facts = facts, .device = device};

		if (resets[i] == RESET_OFFERED)
			derive_methods(facts, device);
		else if (resets[i] == RESET_ABSENT && kernel_tells)
			device->reset_methods_known = YES;
		else if (resets[i] == RESET_ABSENT)
			function_files_unread(&files, "reset_method", -ENOENT);
	}
}

/* -- all of it ------------------------------------------------------------------------------------- */

void function_details_read(struct function_files *files, const struct function_header *header,
			   bool is_virtual_function, enum reset_files *ret_reset)
{
	struct device *device = files->device;

	device->power_state = function_files_copy(files, "power_state");
	device->numa_node = function_files_number(files, "numa_node", 10, -1, 0xffff, -1);
	if (!files->facts->bars_read)
		function_details_read_bars(files, header, is_virtual_function);
	*ret_reset = read_reset(files);
}
