/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * initramfs-tools (0.142; mkinitramfs, hook-functions): /etc/initramfs-tools/modules, initramfs.conf and
 * conf.d, hooks, and the boot scripts of init-top and init-premount, which run in the order of
 * script_order.h. udev, which loads all other drivers, is a script of init-top; the list of modules is
 * loaded behind init-top, so it comes too late for devices whose driver is in the image.
 */
#include "preflight/generators/generator.h"
#include "preflight/lines.h"
#include "preflight/generators/script_order.h"

static const char modules_file[] = "etc/initramfs-tools/modules",
		  config_file[] = "etc/initramfs-tools/initramfs.conf",
		  config_folder[] = "etc/initramfs-tools/conf.d",
		  hooks_folder[] = "etc/initramfs-tools/hooks",
		  own_folder[] = "etc/initramfs-tools/scripts",
		  package_folder[] = "usr/share/initramfs-tools/scripts";

/* grep '^[^#]' FILE | while read -r module args */
static void read_modules(struct generator_reader *reader)
{
	struct bytes bytes;
	struct line_reader lines;
	struct line line;
	const char *source = arena_printf(reader->scratch, "/%s", modules_file);

	if (!generator_read_file(reader, modules_file, &bytes))
		return;
	lines = lines_of(bytes.data, bytes.length);
	while (lines_next(&lines, &line)) {
		struct line trimmed = line_trim(line), word, rest = line;

		/* A '#' behind blanks passes grep, and the module of that name does no harm. */
		if (!trimmed.length || *trimmed.text == '#')
			continue;
		generator_add(reader, "modules",
			      arena_copy(reader->scratch, trimmed.text, trimmed.length), source,
			      line.number);
		if (line_word(&rest, &word))
			generator_add_word(reader, "modules",
					   arena_copy(reader->scratch, word.text, word.length),
					   source, line.number);
	}
}

/* -- initramfs.conf ---------------------------------------------------------------------------- */

static void parse_config(struct generator_reader *reader, struct shell_script *script,
			 const char *path)
{
	struct bytes bytes;

	if (generator_read_file(reader, path, &bytes))
		shell_parse(reader->scratch, arena_printf(reader->scratch, "/%s", path), bytes.data,
			    bytes.length, false, script);
}

static void read_config(struct generator_reader *reader)
{
	static const char *const names[] = {"MODULES", NULL};
	struct shell_script script = {0};
	struct strings files = {0};

	parse_config(reader, &script, config_file);
	if (generator_list(reader, config_folder, &files))
		for (size_t i = 0; i < files.count; i++) {
			const char *path = arena_printf(reader->scratch, "%s/%s", config_folder,
							files.items[i]);

			if (script_name_valid(files.items[i]) && !strstr(path, ".dpkg-"))
				parse_config(reader, &script, path);
		}
	generator_add_variables(reader, &script, names, NULL);
}

/* -- scripts ------------------------------------------------------------------------------------- */

/* One folder of boot scripts. */
struct folder {
	struct generator_reader *reader;
	const char *name; /* "init-top" */
	struct boot_scripts scripts;
	struct strings own; /* those of the administrator that are run */
};

static bool is_executable(struct generator_reader *reader, const char *path)
{
	struct stat status;

	return host_stat(reader->host, path, &status) == 0 && S_ISREG(status.st_mode) &&
	       status.st_mode & 0111;
}

static bool is_folder(struct generator_reader *reader, const char *path)
{
	struct stat status;

	return host_stat(reader->host, path, &status) == 0 && S_ISDIR(status.st_mode);
}

/* Whether a script or hook is run; says why it is not where it is not. */
static bool is_run(struct generator_reader *reader, const char *path, const char *name)
{
	if (*name == '.' || is_folder(reader, path))
		return false;
	if (!script_name_valid(name)) {
		generator_ignore(reader, path,
				 N_("its name holds a character other than letters, digits, '.', "
				    "'_' and '-'"));
		return false;
	}
	if (!is_executable(reader, path)) {
		generator_ignore(reader, path, N_("it is not executable"));
		return false;
	}
	return true;
}

static void add_script(struct folder *folder, const char *path, const char *name)
{
	struct generator_reader *reader = folder->reader;
	struct boot_script script = {.name = name};
	struct bytes bytes;

	for_each (known, &folder->scripts)
		if (streq(known->name, name))
			return;
	if (generator_read_file(reader, path, &bytes))
		script_prerequisites(reader->scratch, bytes.data, bytes.length,
				     &script.prerequisites);
	*ARRAY_ADD(reader->scratch, &folder->scripts) = script;
}

static void add_scripts(struct folder *folder, const char *root, bool own)
{
	struct generator_reader *reader = folder->reader;
	const char *path = arena_printf(reader->scratch, "%s/%s", root, folder->name);
	struct strings names = {0};

	if (!generator_list(reader, path, &names))
		return;
	for (size_t i = 0; i < names.count; i++) {
		const char *file = arena_printf(reader->scratch, "%s/%s", path, names.items[i]);

		if (!is_run(reader, file, names.items[i]))
			continue;
		if (own)
			strings_add(reader->scratch, &folder->own, names.items[i]);
		add_script(folder, file, names.items[i]);
	}
}

/* A tree may lack the package's own scripts; these are always there. */
static void add_usual_scripts(struct folder *folder)
{
	static const char *const usual[] = {"all_generic_ide", "blacklist", "keymap", "udev"};

	if (!streq(folder->name, "init-top"))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(usual); i++)
		add_script(folder, "", usual[i]);
}

static enum truth runs_before_udev(const struct folder *folder, const struct strings *order,
				   const char *name)
{
	if (!streq(folder->name, "init-top"))
		return NO;
	for (size_t i = 0; i < order->count; i++) {
		if (streq(order->items[i], "udev"))
			return NO;
		if (streq(order->items[i], name))
			return YES;
	}
	return UNKNOWN;
}

static void read_folder(struct generator_reader *reader, const char *name)
{
	struct folder folder = {.reader = reader, .name = name};
	struct strings order = {0};

	/* The administrator's file is used in place of the package's of the same name. */
	add_scripts(&folder, own_folder, true);
	add_scripts(&folder, package_folder, false);
	add_usual_scripts(&folder);
	script_order(reader->scratch, &folder.scripts, &order);
	for (size_t i = 0; i < folder.own.count; i++) {
		const char *path = arena_printf(reader->scratch, "%s/%s/%s", own_folder, name,
						folder.own.items[i]);
		struct generator_setting *setting = generator_add(
			reader, "script",
			arena_printf(reader->scratch, "%s/%s", name, folder.own.items[i]),
			arena_printf(reader->scratch, "/%s", path), 0);
		struct bytes bytes;

		setting->before_udev = runs_before_udev(&folder, &order, folder.own.items[i]);
		if (generator_read_file(reader, path, &bytes))
			setting->text = arena_copy(reader->facts->arena, bytes.data, bytes.length);
	}
}

static void read_hooks(struct generator_reader *reader)
{
	struct strings names = {0};

	if (!generator_list(reader, hooks_folder, &names))
		return;
	for (size_t i = 0; i < names.count; i++) {
		const char *path =
			arena_printf(reader->scratch, "%s/%s", hooks_folder, names.items[i]);
		struct generator_setting *setting;
		struct bytes bytes;

		if (!is_run(reader, path, names.items[i]))
			continue;
		setting = generator_add(reader, "hook", names.items[i],
					arena_printf(reader->scratch, "/%s", path), 0);
		if (generator_read_file(reader, path, &bytes))
			setting->text = arena_copy(reader->facts->arena, bytes.data, bytes.length);
	}
}

static void read_initramfs_tools(struct generator_reader *reader)
{
	read_modules(reader);
	read_config(reader);
	read_folder(reader, "init-top");
	read_folder(reader, "init-premount");
	read_hooks(reader);
}

const struct generator_kind generator_initramfs_tools = {
	.generator = GENERATOR_INITRAMFS_TOOLS,
	.programs = {"usr/sbin/mkinitramfs"},
	.hooks = {"etc/kernel/postinst.d/initramfs-tools"},
	/* dracut's package brings an update-initramfs of its own. */
	.configs = {"etc/initramfs-tools", "usr/sbin/update-initramfs"},
	.read = read_initramfs_tools,
};
