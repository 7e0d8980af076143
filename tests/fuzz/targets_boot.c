/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What boot loaders read. */
#include "preflight/parse/bls.h"
#include "preflight/parse/blockdev.h"
#include "preflight/parse/cmdline.h"
#include "preflight/parse/grub_cfg.h"
#include "preflight/parse/grubenv.h"
#include "preflight/parse/limine.h"
#include "preflight/parse/load_option.h"
#include "preflight/parse/loader_conf.h"
#include "preflight/parse/pe.h"
#include "preflight/parse/shell.h"
#include "preflight/parse/syslinux.h"
#include "tests/fuzz/fuzz.h"

static void touch_origin(const struct origin *origin)
{
	fuzz_touch(origin->source);
	fuzz_touch(origin->text);
}

static void touch_parameters(const struct parameters *parameters)
{
	for_each (parameter, parameters) {
		must(parameter->text && parameter->name);
		fuzz_touch(parameter->text);
		fuzz_touch(parameter->name);
		fuzz_touch(parameter->value);
		touch_origin(&parameter->origin);
	}
}

static void touch_strings(const struct strings *strings)
{
	for_each (string, strings)
		fuzz_touch(*string);
}

static void run_cmdline(struct arena *arena, const char *data, size_t length)
{
	struct parameters parameters = {0};
	const char *value, *rest;
	size_t size, sum = 0;

	cmdline_parse(arena, data, length, "/proc/cmdline", 1, &parameters);
	touch_parameters(&parameters);
	for_each (parameter, &parameters) {
		sum += strlen(parameter->text);
		for (rest = parameter->value; value_list_next(&rest, &value, &size);)
			must(value >= parameter->value &&
			     value + size <= parameter->value + strlen(parameter->value));
		(void)value_list_contains(parameter->value, "on");
	}
	must(sum <= length);
}

static void run_grub_cfg(struct arena *arena, const char *data, size_t length)
{
	static const struct grub_variable saved[] = {{"saved_entry", "1>2", 2},
						     {"next_entry", "x", 3}};
	struct grub_variable copy[ARRAY_SIZE(saved)];
	const struct grub_variables variables = {.items = copy, .count = ARRAY_SIZE(copy)};
	static const struct grub_bls_entry bls[] = {{"a.conf", "A"}, {"b.conf", "B"}};
	const struct grub_input inputs[] = {
		{0},
		{.environment = &variables,
		 .environment_known = YES,
		 .platform = "efi",
		 .prefix = "/boot/grub",
		 .bls = bls,
		 .bls_count = ARRAY_SIZE(bls)},
	};

	memcpy(copy, saved, sizeof(copy));
	for (size_t i = 0; i < ARRAY_SIZE(inputs); i++) {
		struct grub_menu menu = {0};
		bool incomplete = false;

		grub_cfg_parse(arena, "/boot/grub/grub.cfg", data, length, &inputs[i], &menu);
		must(grub_menu_default(&menu) <= menu.items.count);
		fuzz_touch(grub_menu_variable(&menu, "default"));
		fuzz_touch(grub_menu_expand(arena, &menu, "$kernelopts ${root}$", &incomplete));
		for_each (item, &menu.items) {
			must(item->title && item->parent <= menu.items.count);
			must(item->bls <= inputs[i].bls_count);
			fuzz_touch(item->cmdline);
			touch_parameters(&item->words);
			touch_strings(&item->initrds);
		}
		touch_strings(&menu.configfiles);
		touch_origin(&menu.broken);
	}
}

static void run_grubenv(struct arena *arena, const char *data, size_t length)
{
	struct grub_variables variables = {0};

	if (grubenv_parse(arena, data, length, &variables) < 0)
		must(variables.count == 0);
	for_each (variable, &variables) {
		must(variable->name && variable->value);
		fuzz_touch(grubenv_value(&variables, variable->name));
	}
}

static void run_bls(struct arena *arena, const char *data, size_t length)
{
	struct bytes rest;
	struct bls_name name;
	const char *line = fuzz_first_line(arena, data, length, &rest);

	for (int reader = BLS_SYSTEMD_BOOT; reader <= BLS_GRUB; reader++) {
		struct bls_entry entry = {0};

		bls_parse(arena, "/boot/loader/entries/a.conf", data, length,
			  (enum bls_reader)reader, &entry);
		fuzz_touch(entry.title);
		fuzz_touch(entry.linux_path);
		touch_strings(&entry.initrds);
		for_each (option, &entry.options)
			touch_origin(option);
	}
	if (bls_name_parse(arena, line, ".conf", &name))
		must(fuzz_touch(name.id) <= strlen(line));
}

static void run_syslinux(struct arena *arena, const char *data, size_t length)
{
	struct syslinux_config config = {0};

	syslinux_parse(arena, "/boot/extlinux/extlinux.conf", data, length, &config);
	must(syslinux_default(&config) <= config.labels.count);
	for_each (label, &config.labels) {
		fuzz_touch(label->name);
		touch_origin(&label->append);
		touch_strings(&label->initrds);
	}
	touch_strings(&config.includes);
}

static void run_limine(struct arena *arena, const char *data, size_t length)
{
	struct limine_config config = {0};

	limine_parse(arena, "/boot/limine.conf", data, length, &config);
	must(limine_default(&config) <= config.entries.count);
	for_each (entry, &config.entries) {
		fuzz_touch(entry->kernel ? limine_path(arena, entry->kernel) : NULL);
		touch_strings(&entry->modules);
		touch_origin(&entry->cmdline);
	}
}

static void run_loader_conf(struct arena *arena, const char *data, size_t length)
{
	struct loader_conf conf = {0};
	struct bytes rest;
	const char *pattern = fuzz_first_line(arena, data, length, &rest);

	loader_conf_parse(arena, "/boot/loader/loader.conf", data, length, &conf);
	touch_origin(&conf.default_entry);
	touch_origin(&conf.preferred_entry);
	(void)loader_pattern_matches(pattern, arena_copy(arena, rest.data, rest.length));
}

/* The text of UTF-16 takes at most three bytes for two, as U+FFFD does. */
static void run_load_option(struct arena *arena, const char *data, size_t length)
{
	struct load_option option = {0};

	if (load_option_parse(arena, data, length, &option) == 0) {
		fuzz_touch(option.description);
		must(!option.path || option.path[0] != '/');
		fuzz_touch(option.path);
	}
	must(fuzz_touch(utf16_text(arena, data, length)) <= length / 2 * 3);
	fuzz_touch(loader_uuid_parse(arena, data, length));
}

static void run_pe(struct arena *arena, const char *data, size_t length)
{
	struct pe_sections sections = {0};
	size_t count, table = pe_section_table(data, length, &count);

	if (table)
		must(table <= length && count <= (length - table) / 40);
	if (pe_parse(arena, data, length, length, &sections) < 0)
		return;
	for_each (section, &sections) {
		must(section->offset <= length && section->size <= length - section->offset);
		must(fuzz_touch(section->name) <= 8);
	}
	(void)pe_find(&sections, ".cmdline");
	(void)pe_is_unified_image(&sections);
}

static void run_shell(struct arena *arena, const char *data, size_t length)
{
	for (int bash = 0; bash < 2; bash++) {
		struct shell_script script = {0};
		struct parameters words = {0};

		shell_define(arena, &script, "KERNEL", "6.1");
		shell_parse(arena, "/etc/default/grub", data, length, bash, &script);
		for (size_t i = 0; i < script.assignments.count; i++) {
			const struct shell_assignment *assignment = &script.assignments.items[i];

			must(assignment->value_start <= assignment->value_end);
			must(assignment->value_end <= length);
			must(fuzz_touch(shell_value(arena, assignment)) <= SHELL_VALUE_LIMIT);
			shell_words(arena, assignment, &words);
			shell_own_words(arena, &script, i, &words);
			must(shell_find(&script, assignment->name) || assignment->unset ||
			     !shell_is_in_force(&script, i));
			if (i == 200)
				break;
		}
		touch_parameters(&words);
	}
}

static const struct fuzz_target targets[] = {
	{"cmdline", run_cmdline},
	{"grub_cfg", run_grub_cfg},
	{"grubenv", run_grubenv},
	{"bls", run_bls},
	{"syslinux", run_syslinux},
	{"limine", run_limine},
	{"loader_conf", run_loader_conf},
	{"load_option", run_load_option},
	{"pe", run_pe},
	{"shell", run_shell},
};

const struct fuzz_targets fuzz_targets_boot = {targets, ARRAY_SIZE(targets)};
