/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mkinitcpio: /etc/mkinitcpio.conf, then /etc/mkinitcpio.conf.d/x.conf, sourced by bash. A preset of
 * /etc/mkinitcpio.d that names a configuration file hands it over as --config, and then the drop-ins
 * are not read (mkinitcpio(8), mkinitcpio.conf(5)).
 */
#include "preflight/generators/generator.h"

static const char main_file[] = "etc/mkinitcpio.conf", drop_ins[] = "etc/mkinitcpio.conf.d",
		  presets[] = "etc/mkinitcpio.d";

static const char *const lists[] = {"MODULES", "HOOKS", "FILES", "BINARIES", NULL};

static bool parse_file(struct generator_reader *reader, struct shell_script *script,
		       const char *path)
{
	struct bytes bytes;

	if (!generator_read_file(reader, path, &bytes))
		return false;
	shell_parse(reader->scratch, arena_printf(reader->scratch, "/%s", path), bytes.data,
		    bytes.length, true, script);
	return true;
}

/* The configuration file of a preset's ordinary image, without leading slash; NULL: the usual one. */
static const char *preset_config(struct generator_reader *reader, const char *path)
{
	static const char *const names[] = {"default_config", "ALL_config"};
	struct shell_script script = {0};

	if (!parse_file(reader, &script, path))
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const struct shell_assignment *assignment = shell_find(&script, names[i]);
		const char *value = assignment ? shell_value(reader->scratch, assignment) : NULL;

		if (value && *value == '/')
			return value + strspn(value, "/");
	}
	return NULL;
}

/* The file that the presets name; *ret_preset is the one that does. NULL where none names any. */
static const char *named_config(struct generator_reader *reader, const char **ret_preset)
{
	struct strings names = {0};

	if (!generator_list(reader, presets, &names))
		return NULL;
	for (size_t i = 0; i < names.count; i++) {
		const char *path = arena_printf(reader->scratch, "%s/%s", presets, names.items[i]);
		const char *config =
			has_suffix(names.items[i], ".preset") ? preset_config(reader, path) : NULL;

		if (config) {
			*ret_preset = path;
			return config;
		}
	}
	return NULL;
}

static void read_drop_ins(struct generator_reader *reader, struct shell_script *script,
			  const char *preset)
{
	struct strings names = {0};

	if (!generator_list(reader, drop_ins, &names))
		return;
	for (size_t i = 0; i < names.count; i++) {
		const char *name = names.items[i];
		const char *path = arena_printf(reader->scratch, "%s/%s", drop_ins, name);

		if (!has_suffix(name, ".conf") || *name == '.')
			generator_ignore(reader, path, N_("its name does not end in .conf"));
		else if (preset)
			generator_ignore(
				reader, path,
				arena_printf(reader->scratch,
					     N_("/%s names a configuration file, so drop-ins are "
						"not read"),
					     preset));
		else
			parse_file(reader, script, path);
	}
}

static void read_mkinitcpio(struct generator_reader *reader)
{
	struct shell_script script = {0};
	const char *preset = NULL, *config = named_config(reader, &preset);

	parse_file(reader, &script, config ? config : main_file);
	read_drop_ins(reader, &script, preset);
	generator_add_variables(reader, &script, NULL, lists);
}

const struct generator_kind generator_mkinitcpio = {
	.generator = GENERATOR_MKINITCPIO,
	.programs = {"usr/bin/mkinitcpio"},
	.hooks = {"usr/share/libalpm/hooks/90-mkinitcpio-install.hook"},
	.configs = {"etc/mkinitcpio.conf", "etc/mkinitcpio.d"},
	.read = read_mkinitcpio,
};
