/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/facts/pci.h"
#include "preflight/facts/topology.h"
#include "preflight/facts/function_details.h"
#include "preflight/facts/function_driver.h"
#include "preflight/facts/function_files.h"
#include "preflight/facts/iommu.h"
#include "preflight/parse/modalias.h"

#include <errno.h>

#define DEVICES "sys/bus/pci/devices"

enum {
	CONFIG_UNPRIVILEGED = 64,
	CONFIG_UNPRIVILEGED_CARDBUS = 128,
	CLASS_NOT_DEFINED_VGA = 0x0001,
	CLASS_NETWORK = 0x02,
	CLASS_DISPLAY = 0x03,
	CLASS_VGA = 0x0300,
};

/* Milliseconds. A driver that goes is gone in a moment; some take a second. */
enum { DRIVER_PATIENCE = 2000 };

/* One function while its directory is open. */
struct reading {
	struct function_files files;
	struct place *place;
	struct function_header header;
	enum reset_files reset;
};

/* -- configuration space and ids ----------------------------------------------------------------- */

/* Why configuration space does not tell all; 0 where it does. */
static int config_error(const struct config_space *config)
{
	if (config->all_ones)
		return -EIO;
	if (config->extended != UNKNOWN)
		return 0;
	if (config->size == CONFIG_UNPRIVILEGED || config->size == CONFIG_UNPRIVILEGED_CARDBUS)
		return -EACCES;
	return -ENODATA;
}

static void read_config(struct reading *reading)
{
	struct config_space *config = &reading->files.device->config;
	size_t length;
	int error = function_files_read(&reading->files, "config", &length);

	if (error == 0) {
		config_parse(reading->files.text, length, config);
		function_header_take(&reading->header, reading->files.text, length);
		error = config_error(config);
	}
	if (error < 0)
		function_files_unread(&reading->files, "config", error);
}

static int first_known(int first, int second)
{
	return first >= 0 ? first : second;
}

bool class_is_bridge(int class_code)
{
	int class = class_code >> 8;

	/* host, ISA, PCI, CardBus */
	return class == 0x0600 || class == 0x0601 || class == 0x0604 || class == 0x0607;
}

static bool take_modalias_ids(struct device *device)
{
	struct modalias modalias;

	if (!device->modalias || !modalias_parse(device->modalias, &modalias))
		return false;
	device->vendor_id = modalias.vendor_id;
	device->device_id = modalias.device_id;
	device->subsystem_vendor_id = modalias.subsystem_vendor_id;
	device->subsystem_device_id = modalias.subsystem_device_id;
	device->class_code = modalias.class_code;
	return true;
}

static void read_id(struct reading *reading, const char *name, int maximum, int otherwise,
		    int *ret_value)
{
	*ret_value = first_known(function_files_number(&reading->files, name, 16, 0, maximum, -1),
				 otherwise);
}

/* sysfs comes first: it has the ids of VFs and of functions that are in D3cold, and the kernel's
 * corrections of wrong classes. A revision has none of these, so configuration space is as good. */
static void read_ids(struct reading *reading)
{
	struct device *device = reading->files.device;
	const struct config_space *config = &device->config;

	device->modalias = function_files_copy(&reading->files, "modalias");
	if (!take_modalias_ids(device)) {
		read_id(reading, "vendor", 0xffff, config->vendor_id, &device->vendor_id);
		read_id(reading, "device", 0xffff, config->device_id, &device->device_id);
		read_id(reading, "subsystem_vendor", 0xffff, config->subsystem_vendor_id,
			&device->subsystem_vendor_id);
		read_id(reading, "subsystem_device", 0xffff, config->subsystem_device_id,
			&device->subsystem_device_id);
		read_id(reading, "class", 0xffffff, config->class_code, &device->class_code);
	}
	device->revision = config->revision;
	if (device->revision < 0)
		read_id(reading, "revision", 0xff, -1, &device->revision);
	device->is_bridge = config->header_type > 0 || class_is_bridge(device->class_code);
}

/* -- links ----------------------------------------------------------------------------------------- */

static void read_links(struct reading *reading)
{
	struct device *device = reading->files.device;
	const char *group = NULL;

	device->has_group = function_files_link(&reading->files, "iommu_group", &group);
	device->linked_group = group ? iommu_group_number(group) : -1;
	/* Neither a bridge nor a function that has VFs is a VF. */
	if (!device->is_bridge && device->config.sriov != YES &&
	    directory_read_link(&reading->files.directory, reading->files.scratch, "physfn",
				&reading->place->physfn) < 0)
		reading->place->physfn = NULL;
}

enum device_state device_state_by_driver(const struct device *device)
{
	if (device->is_bridge)
		return STATE_BRIDGE;
	if (device->has_driver == UNKNOWN)
		return STATE_UNKNOWN;
	if (device->has_driver == NO)
		return STATE_UNBOUND;
	return device->vfio_driver ? STATE_DETACHED : STATE_HOST;
}

/* -- what only some functions have ------------------------------------------------------------------ */

/* Only VGA controllers have the file (pci-sysfs.c pci_dev_attrs_are_visible()). */
static void read_boot_display(struct reading *reading)
{
	struct device *device = reading->files.device;
	int class = device->class_code >> 8, value;
	bool is_vga = class == CLASS_VGA || class == CLASS_NOT_DEFINED_VGA;

	if (device->class_code >= 0 && class >> 8 != CLASS_DISPLAY && !is_vga) {
		device->boot_vga = NO;
		return;
	}
	value = function_files_number(&reading->files, "boot_vga", 10, 0, 1, -1);
	if (value >= 0)
		device->boot_vga = truth_of(value);
	else if (device->class_code >= 0 && !is_vga)
		device->boot_vga = NO;
	else
		function_files_unread(&reading->files, "boot_vga", -ENOENT);
}

static void read_sriov(struct reading *reading)
{
	struct device *device = reading->files.device;

	if (device->config.sriov == NO || device->is_bridge || reading->place->physfn)
		return;
	device->sriov_total =
		function_files_number(&reading->files, "sriov_totalvfs", 10, 0, 0xffff, -1);
	if (device->sriov_total >= 0)
		device->sriov_active =
			function_files_number(&reading->files, "sriov_numvfs", 10, 0, 0xffff, -1);
}

/* The directory comes with the first interface and goes with the last (drivers/base/core.c). Asked here, where it
 * costs least: facts/network.c looks into those that are there. */
static void read_net(struct reading *reading)
{
	struct device *device = reading->files.device;
	const char *ignored;
	int r;

	if (device->class_code < 0 || device->class_code >> 16 != CLASS_NETWORK)
		return;
	r = directory_read_link(&reading->files.directory, reading->files.scratch, "net", &ignored);
	if (r == 0 || r == -EINVAL || r == -ENOENT)
		device->has_net = truth_of(r != -ENOENT);
}

/* -- all functions --------------------------------------------------------------------------------- */

static void read_open_function(struct reading *reading)
{
	struct device *device = reading->files.device;
	struct function_files *files = &reading->files;

	read_config(reading);
	read_ids(reading);
	function_driver_read(files);
	read_links(reading);
	if (!files->facts->to_judge)
		function_details_read(files, &reading->header, reading->place->physfn != NULL,
				      &reading->reset);
	read_boot_display(reading);
	read_sriov(reading);
	read_net(reading);
	device->state = device_state_by_driver(device);
}

static void read_function(struct reading *reading, const struct host *host, struct device *device)
{
	int r = function_files_open(&reading->files, host, device);

	reading->header.length = 0;
	reading->reset = RESET_UNREADABLE;
	if (r < 0) {
		function_files_unread(&reading->files, "", r);
		return;
	}
	read_open_function(reading);
	host_directory_close(&reading->files.directory);
}

void device_start(struct arena *arena, struct device *device, const char *name,
		  const struct address *place)
{
	*device = (struct device){
		.address = arena_strdup(arena, name),
		.domain = place->domain,
		.bus = place->bus,
		.slot = place->slot,
		.function = place->function,
		.vendor_id = -1,
		.device_id = -1,
		.subsystem_vendor_id = -1,
		.subsystem_device_id = -1,
		.class_code = -1,
		.revision = -1,
		.predicted_group = -1,
		.linked_group = -1,
		.numa_node = -1,
		.sriov_total = -1,
		.sriov_active = -1,
		.link_width = -1,
		.link_width_max = -1,
		.physical_slot = -1,
	};
	config_parse(NULL, 0, &device->config);
}

static int compare_devices(const void *a, const void *b)
{
	const struct device *first = a, *second = b;

	if (first->domain != second->domain)
		return first->domain < second->domain ? -1 : 1;
	return (first->bus << 16 | first->slot << 8 | first->function) -
	       (second->bus << 16 | second->slot << 8 | second->function);
}

/* One device for each name that is an address as the kernel writes it; all memory they need. */
static void start_devices(struct facts *facts, const struct strings *names)
{
	struct devices *devices = &facts->devices;

	devices->items = arena_array(facts->arena, names->count, sizeof(*devices->items));
	devices->capacity = names->count;
	for_each (name, names) {
		char canonical[32];
		struct address place;

		if (address_parse(*name, strlen(*name), &place) < 0 || !place.full)
			continue;
		(void)snprintf(canonical, sizeof(canonical), "%04x:%02x:%02x.%u", place.domain,
			       place.bus, place.slot, place.function);
		/* Another spelling would be a second function in the same place. */
		if (streq(*name, canonical))
			device_start(facts->arena, &devices->items[devices->count++], *name,
				     &place);
	}
	qsort(devices->items, devices->count, sizeof(*devices->items), compare_devices);
}

static void read_functions(struct facts *facts, const struct host *host, struct arena *scratch,
			   const struct directory *list)
{
	size_t count = facts->devices.count;
	struct place *places = arena_array(scratch, count, sizeof(*places));
	enum reset_files *resets = arena_array(scratch, count, sizeof(*resets));
	struct reading reading = {
		.files = {.facts = facts, .scratch = scratch, .patience = DRIVER_PATIENCE}};

	for (size_t i = 0; i < count; i++) {
		struct device *device = &facts->devices.items[i];

		if (directory_read_link(list, scratch, device->address, &places[i].link) < 0)
			places[i].link = NULL;
		reading.place = &places[i];
		read_function(&reading, host, device);
		resets[i] = reading.reset;
	}
	topology_resolve(facts, places);
	if (!facts->to_judge) {
		function_details_settle_resets(facts, resets);
		facts->bars_read = true;
	}
}

void facts_collect_pci(struct facts *facts, const struct host *host)
{
	_cleanup_arena_ struct arena *scratch = arena_new();
	_cleanup_directory_ struct directory list = {.fd = -1};
	struct strings names = {0};
	int r = host_directory_open(host, DEVICES, &list);

	if (r == 0)
		r = directory_list(&list, scratch, ".", &names);
	if (r < 0) {
		facts_add_unread(facts, DEVICES, r);
		return;
	}
	start_devices(facts, &names);
	read_functions(facts, host, scratch, &list);
	topology_collect_slots(facts, host);
}
