/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What says which driver gets a device. */
#include "preflight/expect/expect.h"
#include "preflight/generators/script_order.h"
#include "preflight/parse/modprobe.h"
#include "preflight/parse/modules_alias.h"
#include "preflight/parse/modules_dep.h"
#include "preflight/parse/udev_rules.h"
#include "preflight/path_glob.h"
#include "tests/fuzz/fuzz.h"

static void run_modprobe(struct arena *arena, const char *data, size_t length)
{
	struct modprobe_lines lines = {0};

	modprobe_parse(arena, "/etc/modprobe.d/a.conf", data, length, &lines);
	for_each (line, &lines) {
		struct module_options options = {0};
		struct soft_dependencies dependencies = {0};
		struct strings names = {0};
		struct vfio_ids ids = {0};
		const struct module_option *option;

		fuzz_touch(line->module);
		must(line->argument && line->origin.line > 0);
		modprobe_split_options(arena, line->argument, &options);
		modprobe_split_softdep(arena, line->argument, &dependencies);
		modprobe_split_weakdep(arena, line->argument, &names);
		option = module_options_find(&options, "ids");
		vfio_ids_parse(arena, option && option->value ? option->value : line->argument,
			       &ids);
		for_each (id, &ids)
			(void)vfio_id_matches(id, 0x10de, 0x2204, -1, 0x1234, 0x030000);
	}
}

static void run_modules_alias(struct arena *arena, const char *data, size_t length)
{
	struct alias_query queries[] = {
		{.modalias = "pci:v000010DEd00002704sv00001458sd000040EBbc03sc00i00"},
		{.modalias = "pci:v00008086d00001521sv00008086sd00000001bc02sc00i00"},
		{.modalias = NULL},
	};
	struct alias_matcher *matcher = alias_matcher_new(arena, queries, ARRAY_SIZE(queries));
	struct bytes rest;
	const char *line = fuzz_first_line(arena, data, length, &rest);

	alias_matcher_read_aliases(matcher, data, length);
	alias_matcher_read_builtin(matcher, data, length);
	(void)alias_matcher_gave_up(matcher);
	must(queries[2].modules.count == 0);
	for (size_t i = 0; i < ARRAY_SIZE(queries); i++) {
		must(queries[i].modules.count <= 64 && queries[i].variants.count <= 64);
		for_each (module, &queries[i].modules)
			fuzz_touch(*module);
	}
	(void)alias_pattern_matches(rest.data, rest.length, line);
}

static void run_modules_dep(struct arena *arena, const char *data, size_t length)
{
	struct strings names = {0};
	struct module_place place;

	modules_list_names(arena, data, length, &names);
	loaded_modules_parse(arena, data, length, &names);
	for_each (name, &names)
		fuzz_touch(*name);
	if (modules_list_find(data, length, "vfio_pci", &place))
		must(place.path.data >= data &&
		     place.path.data + place.path.length <= data + length);
}

static void run_udev_rules(struct arena *arena, const char *data, size_t length)
{
	static const struct device device = {
		.address = "0000:01:00.0", .vendor_id = 0x10de, .device_id = 0x2204};
	struct override_rules rules = {0};

	udev_rules_parse(arena, "/etc/udev/rules.d/a.rules", data, length, &rules);
	for_each (rule, &rules) {
		(void)override_rule_matches(rule, &device);
		fuzz_touch(rule->address);
		fuzz_touch(rule->origin.text);
	}
}

static void run_scripts(struct arena *arena, const char *data, size_t length)
{
	struct boot_scripts scripts = {0};
	struct strings order = {0};
	struct bytes rest = {.data = data, .length = length};

	for (unsigned i = 0; i < 6 && rest.length; i++) {
		struct boot_script *script = ARRAY_ADD(arena, &scripts);

		script->name = fuzz_first_line(arena, rest.data, rest.length, &rest);
		(void)script_name_valid(script->name);
		script_prerequisites(arena, rest.data, rest.length, &script->prerequisites);
	}
	script_order(arena, &scripts, &order);
	must(order.count <= scripts.count); /* a folder holds no name twice */
}

static void run_expect(struct arena *arena, const char *data, size_t length)
{
	struct expect expect = {0};
	struct error error = {0};

	if (expect_parse(arena, "host.ini", data, length, &expect, &error) < 0) {
		must(error.code < 0 && error.message[0]);
		return;
	}
	for_each (device, &expect.devices)
		must(fuzz_touch(device->address) >= strlen("0000:01:00.0"));
	for_each (waiver, &expect.waivers)
		must(waiver->last_day > 0 && waiver->check && waiver->because);
}

static void run_globs(struct arena *arena, const char *data, size_t length)
{
	struct bytes rest;
	const char *glob = fuzz_first_line(arena, data, length, &rest);
	const char *path = arena_copy(arena, rest.data, rest.length);

	(void)path_glob_is_pattern(glob);
	must(!path_glob_matches_name(glob, ".."));
	(void)path_glob_matches_name(glob, path);
	(void)path_glob_covers(glob, path);
}

static const struct fuzz_target targets[] = {
	{"modprobe", run_modprobe},
	{"modules_alias", run_modules_alias},
	{"modules_dep", run_modules_dep},
	{"udev_rules", run_udev_rules},
	{"scripts", run_scripts},
	{"expect", run_expect},
	{"globs", run_globs},
};

const struct fuzz_targets fuzz_targets_modules = {targets, ARRAY_SIZE(targets)};
