/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/facts/lspci_parts.h"
#include "preflight/facts/pci.h"
#include "preflight/lines.h"

/* How much of configuration space stands for what decoded lines tell. */
enum { SIZE_HEADER = 64, SIZE_CONVENTIONAL = 256, SIZE_EXPRESS = 4096 };

enum { CLASS_DISPLAY = 0x03, CLASS_VGA = 0x0300, CLASS_NOT_DEFINED_VGA = 0x0001 };

static int first_known(int first, int second)
{
	return first >= 0 ? first : second;
}

/* -- configuration space ------------------------------------------------------------------------- */

static size_t size_that_was_shown(const struct lspci_function *function)
{
	if (function->detail < LSPCI_VERBOSE)
		return 0;
	if (function->denied || function->config.port_type == PORT_UNKNOWN)
		return SIZE_HEADER;
	return function->extended_told ? SIZE_EXPRESS : SIZE_CONVENTIONAL;
}

static void decoded_config(const struct lspci_function *function, struct config_space *config)
{
	*config = function->config;
	config->vendor_id = function->vendor_id;
	config->device_id = function->device_id;
	config->class_code = function->class_code;
	config->revision = function->revision;
	config->subsystem_vendor_id = function->subsystem_vendor_id;
	config->subsystem_device_id = function->subsystem_device_id;
	config->size = size_that_was_shown(function);
	config->all_ones = function->dead;
	config->header_known = function->detail >= LSPCI_VERBOSE && !function->dead;
	if (config->header_known && config->header_type < 0)
		config->header_type = 0;
}

/* A dump of 256 bytes lacks what the decoded lines beside it may tell. */
static void add_extended(const struct config_space *decoded, struct config_space *config)
{
	if (config->extended != UNKNOWN || decoded->extended != YES)
		return;
	config->extended = YES;
	config->size = SIZE_EXPRESS;
	config->acs = decoded->acs;
	config->acs_offset = decoded->acs_offset;
	config->acs_capability = decoded->acs_capability;
	config->acs_control = decoded->acs_control;
	config->sriov = decoded->sriov;
	config->sriov_total = decoded->sriov_total;
	config->sriov_initial = decoded->sriov_initial;
	config->sriov_vf_device_id = decoded->sriov_vf_device_id;
	config->resizable_bar = decoded->resizable_bar;
	memcpy(config->resizable_sizes, decoded->resizable_sizes, sizeof(config->resizable_sizes));
	config->ari = decoded->ari;
	config->ats = decoded->ats;
}

static void set_config(struct device *device, const struct lspci_function *function)
{
	struct config_space decoded;

	decoded_config(function, &decoded);
	if (function->hex_length >= SIZE_HEADER) {
		config_parse(function->hex, function->hex_length, &device->config);
		add_extended(&decoded, &device->config);
	} else {
		device->config = decoded;
	}
}

/* -- what the lines tell ------------------------------------------------------------------------- */

static bool is_plain_device(const char *name)
{
	const char *last = strrchr(name, ' ');

	/* "Intel Corporation Device", "Intel Corporation Device 464f": that machine's pci.ids is
	 * older than the device; this one's may know it. */
	if (last && streq(last, " Device"))
		return true;
	return last && last - name >= 6 && strncmp(last - 6, "Device", 6) == 0 &&
	       strspn(last + 1, "0123456789abcdef") == 4 && !last[5];
}

static void set_ids(struct device *device, const struct lspci_function *function)
{
	const struct config_space *config = &device->config;

	device->vendor_id = first_known(function->vendor_id, config->vendor_id);
	device->device_id = first_known(function->device_id, config->device_id);
	device->subsystem_vendor_id =
		first_known(function->subsystem_vendor_id, config->subsystem_vendor_id);
	device->subsystem_device_id =
		first_known(function->subsystem_device_id, config->subsystem_device_id);
	device->class_code =
		first_known(config->header_known ? config->class_code : -1, function->class_code);
	device->revision = first_known(function->revision, config->revision);
	if (function->name && !(device->vendor_id >= 0 && is_plain_device(function->name)))
		device->name = function->name;
}

/* Module names as the kernel has them: '-' is '_'. */
static void set_modules(struct facts *facts, struct device *device,
			const struct lspci_function *function)
{
	if (!function->modules_told)
		return;
	device->modules_known = YES;
	for_each (module, &function->modules) {
		char *name = arena_strdup(facts->arena, *module);

		for (char *c = name; *c; c++)
			*c = *c == '-' ? '_' : *c;
		if (!streq(name, "vfio_pci"))
			*ARRAY_ADD(facts->arena, strstr(name, "vfio_pci") ? &device->vfio_modules
									  : &device->modules) =
				name;
	}
}

static void set_driver(struct facts *facts, struct device *device,
		       const struct lspci_function *function)
{
	if (!function->driver)
		return;
	device->has_driver = YES;
	device->driver = arena_strdup(facts->arena, function->driver);
	device->vfio_driver = strstr(device->driver, "vfio") != NULL;
}

static void set_power_state(struct device *device)
{
	static const char *const names[] = {"D0", "D1", "D2", "D3hot"};
	int state = device->config.pm_state;

	if (state >= 0 && (size_t)state < ARRAY_SIZE(names))
		device->power_state = names[state];
}

static void set_sriov(struct device *device, const struct lspci_function *function)
{
	if (device->config.sriov != YES || device->is_bridge)
		return;
	device->sriov_total = device->config.sriov_total;
	device->sriov_active = function->sriov.active;
}

static void take_function(struct paste *paste, struct device *device,
			  const struct lspci_function *function)
{
	struct facts *facts = paste->facts;

	device->origin = (struct origin){
		.source = "lspci",
		.line = function->line,
		.text = arena_strdup(facts->arena, function->head),
	};
	set_config(device, function);
	set_ids(device, function);
	if (device->name)
		device->name = arena_strdup(facts->arena, device->name);
	device->is_bridge = device->config.header_type > 0 || class_is_bridge(device->class_code);
	set_driver(facts, device, function);
	set_modules(facts, device, function);
	set_power_state(device);
	set_sriov(device, function);
	device->numa_node = function->numa_node;
	device->physical_slot = function->physical_slot;
	device->link_speed = function->link_speed;
	device->link_speed_max = function->link_speed_max;
	device->link_width = function->link_width;
	device->link_width_max = function->link_width_max;
	/* Regions stand before what closes an entry. */
	if (function->detail >= LSPCI_VERBOSE && function->closed && !function->dead) {
		memcpy(device->bars, function->bars, sizeof(device->bars));
		device->bars_known = YES;
	}
}

/* -- what the log tells -------------------------------------------------------------------------- */

/* Fills what the text leaves open. */
static void take_enumerated(struct paste *paste, struct device *device,
			    const struct enumerated_function *enumerated)
{
	struct config_space *config = &device->config;

	if (!device->origin.source)
		device->origin = (struct origin){
			.source = "dmesg",
			.line = enumerated->line,
			.text = arena_printf(paste->facts->arena, "%s", device->address),
		};
	device->vendor_id = first_known(device->vendor_id, enumerated->vendor_id);
	device->device_id = first_known(device->device_id, enumerated->device_id);
	/* The log has the programming interface, too. */
	if (device->class_code < 0 || device->class_code == (enumerated->class_code & 0xffff00))
		device->class_code = first_known(enumerated->class_code, device->class_code);
	config->header_type = first_known(config->header_type, enumerated->header_type);
	config->secondary_bus = first_known(config->secondary_bus, enumerated->secondary_bus);
	config->subordinate_bus = first_known(config->subordinate_bus, enumerated->subordinate_bus);
	if (config->port_type == PORT_UNKNOWN && enumerated->port_type != PORT_UNKNOWN) {
		config->port_type = enumerated->port_type;
		config->size = config->size ? config->size : SIZE_HEADER;
	}
	device->is_bridge = config->header_type > 0 || class_is_bridge(device->class_code);
}

/* Only VGA controllers are asked; the log names the one that firmware drew on. */
static void set_boot_display(const struct facts *facts, struct device *device)
{
	const struct log_event *event = log_find(&facts->log, LOG_BOOT_VGA, NULL);
	int class = device->class_code >> 8;
	bool is_vga = class == CLASS_VGA || class == CLASS_NOT_DEFINED_VGA;

	if (device->class_code >= 0 && !is_vga)
		device->boot_vga = NO;
	else if (event && event->address)
		device->boot_vga = truth_of(streq(event->address, device->address));
}

/* -- all functions ------------------------------------------------------------------------------- */

static void add_device(struct paste *paste, const struct address *place,
		       const struct lspci_function *function,
		       const struct enumerated_function *enumerated)
{
	struct devices *devices = &paste->facts->devices;
	struct device *device = &devices->items[devices->count];
	const char *name = arena_printf(paste->scratch, "%04x:%02x:%02x.%u", place->domain,
					place->bus, place->slot, place->function);

	device_start(paste->facts->arena, device, name, place);
	if (function)
		take_function(paste, device, function);
	if (enumerated && paste->fit == LOG_FITS)
		take_enumerated(paste, device, enumerated);
	set_boot_display(paste->facts, device);
	paste->functions[devices->count] = function;
	paste->enumerated[devices->count] = paste->fit == LOG_FITS ? enumerated : NULL;
	devices->count++;
}

void paste_make_devices(struct paste *paste)
{
	const struct lspci_functions *functions = &paste->text.functions;
	struct devices *devices = &paste->facts->devices;
	size_t most = functions->count ? functions->count : paste->enumeration.count;

	devices->items = arena_array(paste->facts->arena, most, sizeof(*devices->items));
	devices->capacity = most;
	paste->functions = arena_array(paste->scratch, most, sizeof(*paste->functions));
	paste->enumerated = arena_array(paste->scratch, most, sizeof(*paste->enumerated));
	for_each (function, functions)
		add_device(paste, &function->address, function,
			   enumeration_find(&paste->enumeration, &function->address));
	if (functions->count || paste->fit != LOG_FITS)
		return;
	for_each (enumerated, &paste->enumeration)
		if (enumerated->found)
			add_device(paste, &enumerated->address, NULL, enumerated);
}

/* The lines of drivers come last, that of the modules behind that of the driver. */
static bool shows_no_driver(const struct paste *paste, const struct lspci_function *function)
{
	if (!function || function->driver || function->detail == LSPCI_LISTED)
		return false;
	if (function->modules_told)
		return true;
	return paste->text.drivers_shown && function->closed && !paste->facts->devices_partial &&
	       (function->detail >= LSPCI_VERBOSE || function->described);
}

void paste_settle_devices(struct paste *paste)
{
	struct facts *facts = paste->facts;

	for (size_t i = 0; i < facts->devices.count; i++) {
		struct device *device = &facts->devices.items[i];

		if (shows_no_driver(paste, paste->functions[i]))
			device->has_driver = NO;
		device->state = device_state_by_driver(device);
	}
}
