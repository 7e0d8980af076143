/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tree_builder.h"

#include <errno.h>
#include <inttypes.h>

/* Values of include/linux/ioport.h, as sysfs shows them in `resource`. */
enum {
	FLAG_IO = 0x100,
	FLAG_MEMORY = 0x200,
	FLAG_PREFETCH = 0x2000,
	FLAG_SIZEALIGN = 0x40000,
	FLAG_WIDE = 0x100000,
	FLAGS_ROM = 0x46200,
	FLAGS_SHADOWED_ROM = 0x212,
};

const char *device_file(const struct builder *builder, const struct built_device *device,
			const char *name)
{
	return arena_printf(builder->arena, "%s/%s", device->path, name);
}

const char *device_key(const struct built_device *device, const char *name)
{
	const char *value = pairs_get(&device->keys, name);

	return value && *value && !streq(value, "none") ? value : NULL;
}

/* -- resources ---------------------------------------------------------------------------- */

static uint64_t bar_flags(const struct built_bar *bar)
{
	if (bar->io)
		return FLAG_SIZEALIGN | FLAG_IO | 1;
	return FLAG_SIZEALIGN | FLAG_MEMORY | (bar->wide ? FLAG_WIDE | 4 : 0) |
	       (bar->prefetchable ? FLAG_PREFETCH | 8 : 0);
}

static void widen(struct window *window, uint64_t start, uint64_t end, uint64_t granularity)
{
	start &= ~(granularity - 1);
	end |= granularity - 1;
	if (window->start > window->end) {
		*window = (struct window){start, end};
		return;
	}
	window->start = start < window->start ? start : window->start;
	window->end = end > window->end ? end : window->end;
}

bool device_is_below(const struct built_device *device, const struct built_device *bridge)
{
	for (; device; device = device->parent)
		if (device->parent == bridge)
			return true;
	return false;
}

void bridge_windows(const struct builder *builder, const struct built_device *bridge,
		    struct window ret_windows[WINDOWS])
{
	for (int i = 0; i < WINDOWS; i++)
		ret_windows[i] = (struct window){.start = 1, .end = 0};
	for_each (device, &builder->devices) {
		if (!device_is_below(*device, bridge))
			continue;
		for (int i = 0; i < BUILT_BARS; i++) {
			const struct built_bar *bar = &(*device)->bars[i];
			int kind = bar->io             ? WINDOW_IO
				   : bar->prefetchable ? WINDOW_PREFETCHABLE
						       : WINDOW_MEMORY;

			if (bar->present && bar->assigned)
				widen(&ret_windows[kind], bar->address,
				      bar->address + bar->size - 1, bar->io ? 0x1000 : 0x100000);
		}
		if ((*device)->rom_size && (*device)->rom_address)
			widen(&ret_windows[WINDOW_MEMORY], (*device)->rom_address,
			      (*device)->rom_address + (*device)->rom_size - 1, 0x100000);
	}
}

static int print_resource(char *line, size_t size, uint64_t start, uint64_t end, uint64_t flags)
{
	return snprintf(line, size, "0x%016" PRIx64 " 0x%016" PRIx64 " 0x%016" PRIx64 "\n", start,
			end, flags);
}

static int print_rom(const struct built_device *device, char *line, size_t size)
{
	if (!device->rom_size)
		return print_resource(line, size, 0, 0, 0);
	/* The firmware's copy in low memory stands in for the boot display's ROM. */
	if (streq(pairs_get(&device->keys, "boot_vga"), "1"))
		return print_resource(line, size, 0xc0000, 0xdffff, FLAGS_SHADOWED_ROM);
	if (!device->rom_address)
		return print_resource(line, size, 0, 0, FLAGS_ROM);
	return print_resource(line, size, device->rom_address,
			      device->rom_address + device->rom_size - 1, FLAGS_ROM);
}

/* 6 BARs, the ROM, 6 lines of SR-IOV; bridges have 4 windows more. */
int device_write_resource(const struct builder *builder, const struct built_device *device)
{
	static const uint64_t window_flags[WINDOWS] = {0x101, 0x200, 0x102201};
	struct window windows[WINDOWS];
	char text[17 * 64], *end = text;
	char *limit = text + sizeof(text);

	for (int i = 0; i < BUILT_BARS; i++) {
		const struct built_bar *bar = &device->bars[i];
		bool there = bar->present && bar->assigned;

		end += print_resource(end, (size_t)(limit - end), there ? bar->address : 0,
				      there ? bar->address + bar->size - 1 : 0,
				      bar->present ? bar_flags(bar) : 0);
	}
	end += print_rom(device, end, (size_t)(limit - end));
	for (int i = 0; i < 6; i++)
		end += print_resource(end, (size_t)(limit - end), 0, 0, 0);
	bridge_windows(builder, device, windows);
	for (int i = 0; device->bridge && i < WINDOWS; i++) {
		bool open = windows[i].start <= windows[i].end;

		end += print_resource(end, (size_t)(limit - end), open ? windows[i].start : 0,
				      open ? windows[i].end : 0, open ? window_flags[i] : 0);
	}
	if (device->bridge)
		end += print_resource(end, (size_t)(limit - end), 0, 0, 0);
	return builder_write(builder, device_file(builder, device, "resource"), text,
			     (size_t)(end - text));
}

int device_write_config(const struct builder *builder, const struct built_device *device)
{
	const char *wanted = pairs_get(&device->keys, "config");
	const char *path = device_file(builder, device, "config");
	unsigned char bytes[BUILT_CONFIG_SIZE];
	uint64_t size = device->type == PORT_CONVENTIONAL ? 256 : BUILT_CONFIG_SIZE;

	if (streq(wanted, "none"))
		return 0;
	config_build(builder, device, bytes);
	if (streq(wanted, "ff"))
		memset(bytes, 0xff, sizeof(bytes));
	else if (wanted && (number_parse(wanted, 10, &size) < 0 || size > sizeof(bytes)))
		return builder_fail(builder, -EINVAL, "config=%s: not a value for this key",
				    wanted);
	return builder_write(builder, path, bytes, size);
}

/* -- plain attributes --------------------------------------------------------------------- */

static int write_ids(const struct builder *builder, const struct built_device *device)
{
	unsigned class_code = (unsigned)device->class_code;
	const char *modalias = arena_printf(
		builder->arena, "pci:v%08Xd%08Xsv%08Xsd%08Xbc%02Xsc%02Xi%02X",
		(unsigned)device->vendor_id, (unsigned)device->device_id,
		(unsigned)device->subsystem_vendor_id, (unsigned)device->subsystem_device_id,
		class_code >> 16, class_code >> 8 & 0xff, class_code & 0xff);
	const struct {
		const char *name, *format;
		unsigned value;
	} files[] = {
		{"vendor", "0x%04x\n", (unsigned)device->vendor_id},
		{"device", "0x%04x\n", (unsigned)device->device_id},
		{"subsystem_vendor", "0x%04x\n", (unsigned)device->subsystem_vendor_id},
		{"subsystem_device", "0x%04x\n", (unsigned)device->subsystem_device_id},
		{"class", "0x%06x\n", class_code},
		{"revision", "0x%02x\n", (unsigned)device->revision},
	};
	int result =
		builder_printf(builder, device_file(builder, device, "modalias"), "%s\n", modalias);

	for (size_t i = 0; result == 0 && i < ARRAY_SIZE(files); i++) {
		bool six = streq(files[i].name, "class"), two = streq(files[i].name, "revision");

		result = builder_printf(builder, device_file(builder, device, files[i].name),
					"0x%0*x\n",
					six   ? 6
					: two ? 2
					      : 4,
					files[i].value);
	}
	if (result < 0)
		return result;
	return builder_printf(builder, device_file(builder, device, "uevent"),
			      "%s%s%sPCI_CLASS=%X\nPCI_ID=%04X:%04X\nPCI_SUBSYS_ID=%04X:%04X\n"
			      "PCI_SLOT_NAME=%s\nMODALIAS=%s\n",
			      device->driver ? "DRIVER=" : "", device->driver ? device->driver : "",
			      device->driver ? "\n" : "", class_code, (unsigned)device->vendor_id,
			      (unsigned)device->device_id, (unsigned)device->subsystem_vendor_id,
			      (unsigned)device->subsystem_device_id, device->address, modalias);
}

static int write_link(const struct builder *builder, const struct built_device *device)
{
	char now[12] = "8", most[12] = "8";
	unsigned width = 4, width_most = 4;
	const char *link = device_key(device, "link");
	bool integrated =
		device->type == PORT_ROOT_COMPLEX_ENDPOINT || device->type == PORT_EVENT_COLLECTOR;
	int result;

	if (device->type == PORT_CONVENTIONAL)
		return 0;
	if (link && sscanf(link, "%11[0-9.]GT/s:%2u:%11[0-9.]GT/s:%2u", now, &width, most,
			   &width_most) != 4)
		return builder_fail(builder, -EINVAL, "link=%s: not a value for this key", link);
	if (integrated)
		width = width_most = 0;
	/* The kernel prints speeds below 32 GT/s with one decimal (drivers/pci/pci.h). */
	for (int i = 0; i < 2; i++) {
		const char *speed = i ? most : now;
		const char *name = i ? "max_link_speed" : "current_link_speed";
		bool unknown = integrated || (!i && device->virtual_function);

		result = unknown ? builder_printf(builder, device_file(builder, device, name),
						  "Unknown\n")
				 : builder_printf(builder, device_file(builder, device, name),
						  "%s%s GT/s PCIe\n", speed,
						  strchr(speed, '.') ? "" : ".0");
		if (result < 0)
			return result;
	}
	result = builder_printf(builder, device_file(builder, device, "current_link_width"), "%u\n",
				device->virtual_function ? 0 : width);
	return result < 0 ? result
			  : builder_printf(builder, device_file(builder, device, "max_link_width"),
					   "%u\n", width_most);
}

static const char *interrupt(const struct builder *builder, const struct built_device *device)
{
	unsigned number = 16 + (device->place.slot + device->place.function) % 4;

	return arena_printf(builder->arena, "%u", device->virtual_function ? 0 : number);
}

static int write_state(const struct builder *builder, const struct built_device *device)
{
	const char *override = device_key(device, "override"), *numa = device_key(device, "numa");
	const char *power = device_key(device, "power");
	bool enabled = device->driver && !device->vfio_driver;
	const struct pair files[] = {
		{"driver_override", override ? override : "(null)"},
		{"numa_node", numa ? numa : "-1"},
		{"power_state", power ? power : "D0"},
		{"enable", device->bridge && enabled ? "2"
			   : enabled                 ? "1"
						     : "0"},
		{"irq", interrupt(builder, device)},
		{"msi_bus", "1"},
		{"broken_parity_status", "0"},
		{"ari_enabled", "0"},
		{"d3cold_allowed", "1"},
		{"dma_mask_bits", enabled && !device->bridge ? "64" : "32"},
		{"consistent_dma_mask_bits", enabled && !device->bridge ? "64" : "32"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		int result = builder_printf(builder, device_file(builder, device, files[i].name),
					    "%s\n", files[i].value);
		if (result < 0)
			return result;
	}
	return 0;
}

static void add_method(char *methods, size_t size, const char *method)
{
	size_t length = strlen(methods);

	(void)snprintf(methods + length, size - length, "%s%s", length ? " " : "", method);
}

/* The reset methods: as told, or what the kernel finds when the function appears. It offers a bus
 * reset to the first function of a bus because it knows no other yet. */
static int write_reset(const struct builder *builder, const struct built_device *device)
{
	const char *told = pairs_get(&device->keys, "reset");
	char methods[64] = "";
	int result;

	if (told) {
		(void)snprintf(methods, sizeof(methods), "%s", streq(told, "none") ? "" : told);
		for (char *comma = methods; (comma = strchr(comma, ','));)
			*comma = ' ';
	} else {
		if (device_key(device, "flr"))
			add_method(methods, sizeof(methods), "flr");
		if (device_key(device, "af"))
			add_method(methods, sizeof(methods), "af_flr");
		if (streq(pairs_get(&device->keys, "pm"), "1") && !device->bridge)
			add_method(methods, sizeof(methods), "pm");
		if (device->parent && device->alone && !device->virtual_function)
			add_method(methods, sizeof(methods), "bus");
	}
	if (!*methods)
		return 0;
	result = builder_write(builder, device_file(builder, device, "reset"), "", 0);
	return result < 0 ? result
			  : builder_printf(builder, device_file(builder, device, "reset_method"),
					   "%s\n", methods);
}

int device_write_buses(const struct builder *builder, const struct built_device *device)
{
	int result;

	if (!device->bridge)
		return 0;
	result = builder_printf(builder, device_file(builder, device, "secondary_bus_number"),
				"%u\n", device->secondary);
	if (result < 0)
		return result;
	return builder_printf(builder, device_file(builder, device, "subordinate_bus_number"),
			      "%u\n", device->subordinate);
}

static int write_display(const struct builder *builder, const struct built_device *device)
{
	const char *boot_vga = device_key(device, "boot_vga");
	int result = 0;

	/* sysfs has boot_vga for VGA controllers only. */
	if (boot_vga || device->class_code >> 8 == 0x0300)
		result = builder_printf(builder, device_file(builder, device, "boot_vga"), "%s\n",
					boot_vga ? boot_vga : "0");
	if (result == 0 && device->rom_size)
		result = builder_write(builder, device_file(builder, device, "rom"), "", 0);
	return result;
}

static int write_sriov(const struct builder *builder, const struct built_device *device)
{
	const char *value = device_key(device, "sriov");
	unsigned total = 0, active = 0;
	int result;

	if (!value)
		return 0;
	if (sscanf(value, "%u/%u", &total, &active) != 2 || active > total)
		return builder_fail(builder, -EINVAL, "sriov=%s: not a value for this key", value);
	result = builder_printf(builder, device_file(builder, device, "sriov_totalvfs"), "%u\n",
				total);
	if (result == 0)
		result = builder_printf(builder, device_file(builder, device, "sriov_numvfs"),
					"%u\n", active);
	if (result == 0)
		result = builder_printf(
			builder, device_file(builder, device, "sriov_drivers_autoprobe"), "1\n");
	return result;
}

int device_write_attributes(const struct builder *builder, const struct built_device *device)
{
	static int (*const writers[])(const struct builder *, const struct built_device *) = {
		write_ids,   device_write_config, device_write_resource, write_link,  write_state,
		write_reset, write_display,       device_write_buses,    write_sriov,
	};
	int result = 0;

	for (size_t i = 0; result == 0 && i < ARRAY_SIZE(writers); i++)
		result = writers[i](builder, device);
	return result;
}
