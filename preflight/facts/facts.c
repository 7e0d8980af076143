/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/facts/facts.h"
#include "preflight/parse/modprobe.h"

#include <fnmatch.h>

void facts_add_unread(struct facts *facts, const char *path, int error)
{
	const char *with_slash = *path == '/' ? arena_strdup(facts->arena, path)
					      : arena_printf(facts->arena, "/%s", path);

	for_each (unread, &facts->unread)
		if (streq(unread->path, with_slash))
			return;
	*ARRAY_ADD(facts->arena, &facts->unread) =
		(struct unread){.path = with_slash, .error = error};
}

int facts_unread_error(const struct facts *facts, const char *path)
{
	path += *path == '/';
	for_each (unread, &facts->unread)
		if (streq(unread->path + 1, path))
			return unread->error;
	return 0;
}

const char *facts_command_for(const struct facts *facts, const char *path)
{
	for_each (command, &facts->commands)
		if (fnmatch(command->pattern, path, 0) == 0)
			return command->command;
	return NULL;
}

static int compare_place(const struct device *device, uint32_t domain, unsigned bus, unsigned slot,
			 unsigned function)
{
	if (device->domain != domain)
		return device->domain < domain ? -1 : 1;
	return (device->bus << 16 | device->slot << 8 | device->function) -
	       (int)(bus << 16 | slot << 8 | function);
}

struct device *facts_find_function(const struct facts *facts, uint32_t domain, unsigned bus,
				   unsigned slot, unsigned function)
{
	size_t low = 0, high = facts->devices.count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		struct device *device = &facts->devices.items[middle];
		int order = compare_place(device, domain, bus, slot, function);

		if (order == 0)
			return device;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

struct device *facts_find_device(const struct facts *facts, const char *address)
{
	struct address place;

	if (address_parse(address, strlen(address), &place) < 0)
		return NULL;
	return facts_find_function(facts, place.domain, place.bus, place.slot, place.function);
}

static bool on_one_bus(const struct device *a, const struct device *b)
{
	return a->domain == b->domain && a->bus == b->bus;
}

struct device_range facts_same_bus(const struct facts *facts, const struct device *device)
{
	size_t first = (size_t)(device - facts->devices.items), end = first + 1;

	while (first > 0 && on_one_bus(&facts->devices.items[first - 1], device))
		first--;
	while (end < facts->devices.count && on_one_bus(&facts->devices.items[end], device))
		end++;
	return (struct device_range){&facts->devices.items[first], end - first};
}

const struct module_parameter *facts_module_parameter(const struct facts *facts, const char *module,
						      const char *name)
{
	for_each (parameter, &facts->modules.parameters)
		if (streq(parameter->module, module) && streq(parameter->name, name))
			return parameter;
	return NULL;
}

const struct modprobe_line *facts_modprobe_option(const struct facts *facts, struct arena *arena,
						  const char *module, const char *name,
						  const char **ret_value)
{
	const struct modprobe_line *last = NULL;

	for_each (line, &facts->modules.modprobe) {
		const struct module_option *option;
		struct module_options options;

		if (line->command != MODPROBE_OPTIONS || !line->module ||
		    !names_equal(line->module, module))
			continue;
		modprobe_split_options(arena, line->argument, &options);
		option = module_options_find(&options, name);
		if (!option)
			continue;
		last = line;
		*ret_value = option->value;
	}
	return last;
}

bool parameter_is_true(const char *value)
{
	static const char *const words[] = {"Y", "y", "T", "t", "1", "on", "On", "oN", "ON"};

	for (size_t i = 0; value && i < ARRAY_SIZE(words); i++)
		if (starts_with(value, words[i]))
			return true;
	return !value;
}

bool names_equal(const char *a, const char *b)
{
	for (; *a && *b; a++, b++)
		if (*a != *b && !((*a == '-' || *a == '_') && (*b == '-' || *b == '_')))
			return false;
	return *a == *b;
}

const struct parameter *facts_parameter(const struct facts *facts, const char *name)
{
	for (size_t i = facts->cmdline.count; i > 0; i--)
		if (names_equal(facts->cmdline.items[i - 1].name, name))
			return &facts->cmdline.items[i - 1];
	return NULL;
}

const struct parameter *facts_parameter_word(const struct facts *facts, const char *name,
					     const char *word)
{
	size_t length = strlen(word);

	for (size_t i = facts->cmdline.count; i > 0; i--) {
		const struct parameter *parameter = &facts->cmdline.items[i - 1];
		const char *value = parameter->value;

		if (!names_equal(parameter->name, name))
			continue;
		while (value && *value) {
			size_t part = strcspn(value, ",");

			if (part == length && strncmp(value, word, length) == 0)
				return parameter;
			value += part + (value[part] == ',');
		}
	}
	return NULL;
}

bool facts_iommu_is_amd(const struct facts *facts)
{
	enum truth dmar = facts->iommu.table_present[TABLE_DMAR];
	enum truth ivrs = facts->iommu.table_present[TABLE_IVRS];

	if (dmar == YES || ivrs == YES)
		return ivrs == YES && dmar != YES;
	if (facts->iommu.units.count)
		return facts->iommu.units.items[0].kind == IOMMU_AMD;
	return facts->machine.cpu_vendor == CPU_AMD || facts->machine.cpu_vendor == CPU_HYGON;
}

bool facts_iommu_is_intel(const struct facts *facts)
{
	enum truth dmar = facts->iommu.table_present[TABLE_DMAR];

	if (dmar == YES || facts->iommu.table_present[TABLE_IVRS] == YES)
		return dmar == YES;
	if (facts->iommu.units.count)
		return facts->iommu.units.items[0].kind == IOMMU_INTEL;
	return facts->machine.cpu_vendor == CPU_INTEL;
}

bool facts_cpu_is_arm(const struct facts *facts)
{
	return facts->machine.cpu_vendor == CPU_ARM ||
	       streq(facts->machine.architecture, "aarch64");
}

const char *facts_table_name(const struct facts *facts)
{
	if (facts_cpu_is_arm(facts))
		return "IORT";
	return facts_iommu_is_amd(facts) ? "IVRS" : "DMAR";
}

struct use *device_add_use(struct facts *facts, struct device *device, enum use_kind kind)
{
	struct use *use = ARRAY_ADD(facts->arena, &device->uses);

	use->kind = kind;
	return use;
}

struct device *facts_device_of_path(const struct facts *facts, const char *path)
{
	struct device *deepest = NULL;

	while (*path) {
		size_t length = strcspn(path, "/");
		struct address place;

		if (address_parse(path, length, &place) == 0 && place.full) {
			struct device *device = facts_find_function(facts, place.domain, place.bus,
								    place.slot, place.function);
			if (device)
				deepest = device;
		}
		path += length;
		path += *path == '/';
	}
	return deepest;
}

const char *use_kind_name(enum use_kind kind)
{
	static const char *const names[USE_KINDS] = {
		[USE_FILESYSTEM] = "filesystem",
		[USE_SWAP] = "swap",
		[USE_LVM] = "lvm",
		[USE_MD] = "md",
		[USE_ZFS] = "zfs",
		[USE_CRYPT] = "crypt",
		[USE_MULTIPATH] = "multipath",
		[USE_STORAGE] = "storage",
		[USE_NETWORK] = "network",
		[USE_DISPLAY] = "display",
		[USE_INPUT] = "input",
		[USE_PROCESS] = "process",
	};

	return kind < USE_KINDS ? names[kind] : "unknown";
}

const char *device_state_name(enum device_state state)
{
	static const char *const names[] = {
		[STATE_UNKNOWN] = "unknown",       [STATE_HOST] = "host",
		[STATE_DETACHED] = N_("detached"), [STATE_ASSIGNED] = N_("assigned"),
		[STATE_UNBOUND] = N_("unbound"),   [STATE_BRIDGE] = "bridge",
	};

	return names[state];
}

void facts_free(struct facts *facts)
{
	if (facts)
		arena_free(facts->arena);
}
