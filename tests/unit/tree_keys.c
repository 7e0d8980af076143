/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tree_builder.h"

#include <errno.h>

int number_parse(const char *text, int base, uint64_t *ret_number)
{
	unsigned long long number;
	char *end;

	if (!text || !*text || *text == '-' || *text == '+')
		return -EINVAL;
	errno = 0;
	number = strtoull(text, &end, base);
	if (errno || *end)
		return -EINVAL;
	*ret_number = number;
	return 0;
}

int pairs_parse(const struct builder *builder, char *text, struct pairs *ret_pairs)
{
	struct pairs pairs = {0};

	for (char *word; (word = strsep(&text, " \t"));) {
		char *equals = strchr(word, '=');

		if (!*word)
			continue;
		if (!equals)
			return builder_fail(builder, -EINVAL, "\"%s\" is no KEY=VALUE", word);
		*equals = '\0';
		*ARRAY_ADD(builder->arena, &pairs) =
			(struct pair){.name = word, .value = equals + 1};
	}
	*ret_pairs = pairs;
	return 0;
}

const char *pairs_get(const struct pairs *pairs, const char *name)
{
	for (size_t i = pairs->count; i > 0; i--)
		if (streq(pairs->items[i - 1].name, name))
			return pairs->items[i - 1].value;
	return NULL;
}

static int bad_value(const struct builder *builder, const char *name, const char *value)
{
	return builder_fail(builder, -EINVAL, "%s=%s: not a value for this key", name, value);
}

/* A number up to maximum; ret_number stays where the key is missing. */
static int read_number(const struct builder *builder, const struct pairs *keys, const char *name,
		       int base, uint64_t maximum, int *ret_number)
{
	const char *value = pairs_get(keys, name);
	uint64_t number;

	if (!value)
		return 0;
	if (number_parse(value, base, &number) < 0 || number > maximum)
		return bad_value(builder, name, value);
	*ret_number = (int)number;
	return 0;
}

/* "VVVV:DDDD" */
static int read_id(const struct builder *builder, const struct pairs *keys, const char *name,
		   int *ret_vendor, int *ret_device)
{
	const char *value = pairs_get(keys, name);
	unsigned vendor, device;
	int end = 0;

	if (!value)
		return 0;
	if (sscanf(value, "%4x:%4x%n", &vendor, &device, &end) != 2 || value[end])
		return bad_value(builder, name, value);
	*ret_vendor = (int)vendor;
	*ret_device = (int)device;
	return 0;
}

static int read_size(const char *text, uint64_t *ret_size)
{
	size_t length = strlen(text);
	char digits[24];
	uint64_t size;
	int shift = 0;

	if (!length || length >= sizeof(digits))
		return -EINVAL;
	memcpy(digits, text, length + 1);
	switch (digits[length - 1]) {
	case 'K':
		shift = 10;
		break;
	case 'M':
		shift = 20;
		break;
	case 'G':
		shift = 30;
		break;
	}
	if (shift)
		digits[length - 1] = '\0';
	if (number_parse(digits, 0, &size) < 0)
		return -EINVAL;
	size <<= shift;
	if (!size || (size & (size - 1)))
		return -EINVAL; /* BAR sizes are powers of two */
	*ret_size = size;
	return 0;
}

/* "INDEX:SIZE:KIND[@ADDRESS]" */
static int read_bar(const struct builder *builder, const char *value, struct built_bar *bars)
{
	struct built_bar bar = {.present = true};
	char size[24], kind[8], address[24] = "";
	unsigned index;
	int fields = sscanf(value, "%1u:%23[0-9a-fA-FxKMG]:%7[a-z0-9]@%23[0-9a-fA-Fx]", &index,
			    size, kind, address);

	if (fields < 3 || index >= BUILT_BARS || read_size(size, &bar.size) < 0)
		return bad_value(builder, "bar", value);
	bar.io = streq(kind, "io");
	bar.wide = starts_with(kind, "64");
	bar.prefetchable = streq(kind, "64p");
	if (!bar.io && !streq(kind, "32") && !streq(kind, "64") && !bar.prefetchable)
		return bad_value(builder, "bar", value);
	if (bar.wide && index == BUILT_BARS - 1)
		return bad_value(builder, "bar", value);
	bar.assigned = fields == 4;
	if (bar.assigned &&
	    (number_parse(address, 16, &bar.address) < 0 || bar.address & (bar.size - 1)))
		return bad_value(builder, "bar", value);
	bars[index] = bar;
	return 0;
}

static int read_bars(const struct builder *builder, struct built_device *device)
{
	const char *rom = pairs_get(&device->keys, "rom");

	memset(device->bars, 0, sizeof(device->bars));
	device->rom_size = device->rom_address = 0;
	for_each (key, &device->keys) {
		int result = streq(key->name, "bar") && *key->value
				     ? read_bar(builder, key->value, device->bars)
				     : 0;
		if (result < 0)
			return result;
	}
	if (rom && *rom) {
		char size[24] = "", address[24] = "";

		if (sscanf(rom, "%23[0-9a-fA-FxKMG]@%23[0-9a-fA-Fx]", size, address) < 1 ||
		    read_size(size, &device->rom_size) < 0)
			return bad_value(builder, "rom", rom);
		if (*address && number_parse(address, 16, &device->rom_address) < 0)
			return bad_value(builder, "rom", rom);
	}
	return 0;
}

static const struct type_name {
	const char *name;
	enum port_type type;
	bool bridge;
} type_names[] = {
	{"endpoint", PORT_ENDPOINT, false},
	{"legacy", PORT_LEGACY_ENDPOINT, false},
	{"root", PORT_ROOT_PORT, true},
	{"upstream", PORT_UPSTREAM, true},
	{"downstream", PORT_DOWNSTREAM, true},
	{"pcie-to-pci", PORT_PCIE_TO_PCI, true},
	{"pci-to-pcie", PORT_PCI_TO_PCIE, true},
	{"rciep", PORT_ROOT_COMPLEX_ENDPOINT, false},
	{"collector", PORT_EVENT_COLLECTOR, false},
	{"conventional", PORT_CONVENTIONAL, false},
};

static int read_type(const struct builder *builder, struct built_device *device)
{
	const char *value = pairs_get(&device->keys, "type");
	bool is_bridge_class = device->class_code >> 8 == 0x0604;

	device->bridge = is_bridge_class;
	for (size_t i = 0; value && i < ARRAY_SIZE(type_names); i++)
		if (streq(value, type_names[i].name)) {
			device->type = type_names[i].type;
			device->bridge |= type_names[i].bridge;
			if (type_names[i].bridge && device->class_code < 0)
				device->class_code = 0x060400;
			return 0;
		}
	if (value)
		return bad_value(builder, "type", value);
	if (is_bridge_class && device->parent)
		return builder_fail(builder, -EINVAL,
				    "%s: a bridge below a bridge needs type=", device->address);
	device->type = is_bridge_class                              ? PORT_ROOT_PORT
		       : device->parent || device->virtual_function ? PORT_ENDPOINT
								    : PORT_ROOT_COMPLEX_ENDPOINT;
	return 0;
}

/* One more than any bus number of the domain so far. */
static unsigned next_bus(const struct builder *builder, const struct built_device *device)
{
	unsigned highest = device->place.bus;

	for_each (other, &builder->devices) {
		if ((*other)->place.domain != device->place.domain || *other == device)
			continue;
		if ((*other)->place.bus > highest)
			highest = (*other)->place.bus;
		if ((*other)->bridge && (*other)->subordinate > highest)
			highest = (*other)->subordinate;
	}
	return highest + 1;
}

static int read_buses(const struct builder *builder, struct built_device *device)
{
	int secondary = (int)device->secondary, subordinate = (int)device->subordinate;
	int result;

	if (!device->bridge)
		return 0;
	if (!secondary && !pairs_get(&device->keys, "secondary"))
		secondary = (int)next_bus(builder, device);
	result = read_number(builder, &device->keys, "secondary", 16, 0xff, &secondary);
	if (result == 0)
		result = read_number(builder, &device->keys, "subordinate", 16, 0xff, &subordinate);
	if (result < 0)
		return result;
	if (secondary > 0xff)
		return builder_fail(builder, -EINVAL, "%s: no bus number left", device->address);
	device->secondary = (unsigned)secondary;
	device->subordinate = (unsigned)(subordinate < secondary ? secondary : subordinate);
	return 0;
}

int device_read_keys(const struct builder *builder, struct built_device *device)
{
	const struct pairs *keys = &device->keys;
	int multifunction =
		device->multifunction || (device->place.function != 0 && !device->virtual_function);
	int result;

	device->vendor_id = -1;
	device->subsystem_vendor_id = device->subsystem_device_id = 0;
	device->class_code = -1;
	device->revision = 0;
	result = read_id(builder, keys, "id", &device->vendor_id, &device->device_id);
	if (result == 0 && device->vendor_id < 0)
		result = builder_fail(builder, -EINVAL, "%s: id= is missing", device->address);
	if (result == 0)
		result = read_id(builder, keys, "sub", &device->subsystem_vendor_id,
				 &device->subsystem_device_id);
	if (result == 0)
		result = read_number(builder, keys, "class", 16, 0xffffff, &device->class_code);
	if (result == 0 && pairs_get(keys, "class") && strlen(pairs_get(keys, "class")) <= 4)
		device->class_code <<= 8; /* without the programming interface */
	if (result == 0)
		result = read_number(builder, keys, "rev", 16, 0xff, &device->revision);
	if (result == 0)
		result = read_number(builder, keys, "mf", 10, 1, &multifunction);
	if (result == 0)
		result = read_type(builder, device);
	if (result == 0)
		result = read_buses(builder, device);
	if (result == 0)
		result = read_bars(builder, device);
	if (device->class_code < 0)
		device->class_code = 0xff0000;
	device->multifunction = multifunction == 1;
	return result;
}
