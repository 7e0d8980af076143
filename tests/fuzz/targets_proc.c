/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel and udev tell as text, and what people paste of it. */
#include "preflight/address.h"
#include "preflight/parse/blockdev.h"
#include "preflight/parse/dmesg.h"
#include "preflight/parse/dmesg_rows.h"
#include "preflight/parse/enumeration.h"
#include "preflight/parse/input.h"
#include "preflight/parse/interrupts.h"
#include "preflight/parse/iomem.h"
#include "preflight/parse/lspci.h"
#include "preflight/parse/machine.h"
#include "preflight/parse/mountinfo.h"
#include "preflight/parse/platform_files.h"
#include "preflight/parse/process.h"
#include "preflight/parse/resource.h"
#include "preflight/parse/routes.h"
#include "tests/fuzz/fuzz.h"

static void run_dmesg(struct arena *arena, const char *data, size_t length)
{
	struct kernel_log log = {0};
	struct enumeration enumeration = {0};

	log_parse(arena, data, length, &log);
	must(log.events.count <= log.lines);
	for (int kind = 0; kind < LOG_KINDS; kind++) {
		const struct log_event *event = log_find(&log, (enum log_kind)kind, NULL);

		must(!event || (event->kind == (enum log_kind)kind && event->line <= log.lines));
	}
	for_each (event, &log.events) {
		fuzz_touch(event->text);
		fuzz_touch(event->address);
	}
	enumeration_parse(arena, data, length, &enumeration);
	must(enumeration.count <= ENUMERATION_MAX && enumeration.found <= enumeration.count);
	for_each (function, &enumeration)
		must(enumeration_find(&enumeration, &function->address) == function);
	fuzz_touch(enumeration.cpu);
}

static void run_lspci(struct arena *arena, const char *data, size_t length)
{
	struct lspci_text text = {0};

	lspci_parse(arena, data, length, &text);
	must(text.functions.count <= LSPCI_FUNCTIONS_MAX);
	for_each (function, &text.functions) {
		must(fuzz_touch(function->head) <= 512);
		fuzz_touch(function->name);
		fuzz_touch(function->driver);
		must(function->hex || !function->hex_length);
		must(function->hex_length <= 4096);
	}
}

static void run_mountinfo(struct arena *arena, const char *data, size_t length)
{
	struct mounts mounts = {0};
	struct swaps swaps = {0};

	mountinfo_parse(arena, data, length, &mounts);
	mount_table_parse(arena, data, length, &mounts);
	swap_table_parse(arena, data, length, &swaps);
	for_each (mount, &mounts) {
		must(mount->root && mount->point && mount->type && mount->source);
		fuzz_touch(mount_option(arena, mount->options, "addr"));
		fuzz_touch(mount->text);
	}
	for_each (swap, &swaps)
		must(swap->path && swap->text);
	(void)mounts_find_path(&mounts, "/srv/guests/a.qcow2");
}

static void run_iomem(struct arena *arena, const char *data, size_t length)
{
	struct iomem iomem = {0};

	iomem_parse(arena, data, length, &iomem);
	for_each (range, &iomem) {
		must(range->start <= range->end);
		(void)iomem_is_boot_framebuffer(range->name);
		(void)iomem_enclosing_bar(&iomem, range->start, range->end);
		if (range - iomem.items > 100)
			break;
	}
}

static void run_interrupts(struct arena *arena, const char *data, size_t length)
{
	struct interrupts interrupts = {0};

	interrupts_parse(data, length, &interrupts);
	if (interrupts.remapped.text)
		fuzz_touch(interrupt_line_shorten(arena, interrupts.remapped));
	if (interrupts.plain.text)
		fuzz_touch(interrupt_line_shorten(arena, interrupts.plain));
}

static void run_input(struct arena *arena, const char *data, size_t length)
{
	struct input_devices devices = {0};

	input_parse(arena, data, length, &devices);
	for_each (device, &devices) {
		must(device->name && device->sysfs && device->text);
		(void)input_is_keyboard(device);
		(void)input_is_remote(device);
		(void)input_is_token(device);
		(void)input_is_virtual(device);
	}
}

static void run_process(struct arena *arena, const char *data, size_t length)
{
	struct memlock memlock;
	struct capabilities capabilities;
	uint64_t bytes;
	unsigned minor;

	(void)arena;
	if (limits_parse_memlock(data, length, &memlock) == 0)
		must(memlock.offset <= length && memlock.length <= length - memlock.offset);
	(void)status_parse_capabilities(data, length, &capabilities);
	(void)meminfo_parse_total(data, length, &bytes);
	(void)nvidia_parse_minor(data, length, &minor);
}

static void run_routes(struct arena *arena, const char *data, size_t length)
{
	struct routes routes = {0};

	route_table_parse(arena, data, length, &routes);
	route6_table_parse(arena, data, length, &routes);
	for_each (route, &routes) {
		must(route->version == 4 || route->version == 6);
		must(route->prefix <= (route->version == 4 ? 32 : 128));
		must(fuzz_touch(route->interface) > 0);
	}
	(void)routes_find_address(&routes, "192.0.2.7");
	(void)routes_find_address(&routes, "2001:db8::7");
	(void)routes_find_address(&routes, arena_copy(arena, data, length));
}

static void run_machine(struct arena *arena, const char *data, size_t length)
{
	struct cpu_description cpu = {0};
	struct kernel_config config = {0};

	fuzz_touch(os_release_value(arena, data, length, "ID"));
	cpuinfo_parse(arena, data, length, &cpu);
	fuzz_touch(cpu.model);
	kernel_config_parse(data, length, &config);
}

static void run_udev_data(struct arena *arena, const char *data, size_t length)
{
	struct signature signature = {0};
	const char *text = arena_copy(arena, data, length), *group, *volume;
	unsigned major, minor;

	udev_signature_parse(arena, data, length, &signature);
	fuzz_touch(signature.type);
	fuzz_touch(signature.label);
	fuzz_touch(signature.partition_uuid);
	(void)mapper_stack_kind(text);
	(void)block_stack_kind(text);
	if (lvm_name_split(arena, text, &group, &volume))
		must(*group && *volume);
	fuzz_touch(nvme_path_disk(arena, text));
	(void)nvme_controller_name(text);
	(void)block_number_parse(text, &major, &minor);
}

static void run_resource(struct arena *arena, const char *data, size_t length)
{
	struct bar bars[BAR_SLOTS] = {0};

	(void)resource_parse(arena_copy(arena, data, length), bars);
	resource_add_cleared(data, length < 64 ? length : 64, bars);
	for (size_t i = 0; i < BAR_SLOTS; i++)
		must(!bars[i].assigned || bars[i].present);
}

static void run_address(struct arena *arena, const char *data, size_t length)
{
	struct address address;
	struct device_name name;

	if (address_parse(data, length, &address) == 0)
		must(address.slot < 32 && address.function < 8);
	(void)device_name_parse(arena_copy(arena, data, length), &name);
}

/* What a capture takes of them is parsed to the same result. */
static void run_pve_mapping(struct arena *arena, const char *data, size_t length)
{
	struct pve_mappings all, again;
	const char *brief = pve_mappings_shorten(arena, data, length, NULL);

	pve_mappings_parse(arena, data, length, &all);
	pve_mappings_parse(arena, brief, strlen(brief), &again);
	must(all.count == again.count);
	for (size_t i = 0; i < all.count; i++) {
		const struct pve_mapping *a = &all.items[i], *b = &again.items[i];

		must(streq(a->name, b->name) && streq(a->path, b->path) && streq(a->text, b->text));
		must(streq(a->node, b->node) && streq(a->identity, b->identity));
		must(a->line == b->line && a->group == b->group);
		(void)pve_list_names(a->path, 0, 1, 0, 0);
	}
}

static void run_pve_machine(struct arena *arena, const char *data, size_t length)
{
	struct pve_hostpcis all = {0}, again = {0};
	const char *brief = pve_machine_shorten(arena, data, length);

	pve_machine_parse(arena, "100", data, length, &all);
	pve_machine_parse(arena, "100", brief, strlen(brief), &again);
	must(all.count == again.count);
	for (size_t i = 0; i < all.count; i++) {
		const struct pve_hostpci *a = &all.items[i], *b = &again.items[i];

		must(streq(a->host, b->host) && streq(a->mapping, b->mapping));
		must(a->line == b->line && a->pcie == b->pcie && a->q35 == b->q35);
		must(streq(a->text, b->text));
	}
}

static void run_plain_settings(struct arena *arena, const char *data, size_t length)
{
	static const char *const keys[] = {"disable_gpu", "use_boot_vga", NULL};
	struct plain_settings all, again;
	const char *brief = plain_settings_shorten(arena, data, length, keys);
	size_t found = 0;

	plain_settings_parse(arena, data, length, &all);
	plain_settings_parse(arena, brief, strlen(brief), &again);
	for_each (setting, &all) {
		if (!streq(setting->key, keys[0]) && !streq(setting->key, keys[1]))
			continue;
		must(found < again.count);
		must(streq(setting->value, again.items[found].value));
		must(streq(setting->text, again.items[found].text));
		must(setting->line == again.items[found++].line);
	}
	must(found == again.count);
}

static const struct fuzz_target targets[] = {
	{"dmesg", run_dmesg},
	{"lspci", run_lspci},
	{"mountinfo", run_mountinfo},
	{"iomem", run_iomem},
	{"interrupts", run_interrupts},
	{"input", run_input},
	{"process", run_process},
	{"routes", run_routes},
	{"machine", run_machine},
	{"udev_data", run_udev_data},
	{"resource", run_resource},
	{"address", run_address},
	{"pve_mapping", run_pve_mapping},
	{"pve_machine", run_pve_machine},
	{"plain_settings", run_plain_settings},
};

const struct fuzz_targets fuzz_targets_proc = {targets, ARRAY_SIZE(targets)};
