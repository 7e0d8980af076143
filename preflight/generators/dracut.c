/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dracut: /etc/dracut.conf, then the *.conf files of /etc/dracut.conf.d and /usr/lib/dracut/dracut.conf.d
 * in one order of names, the first folder's file in place of the second's of the same name. They are
 * sourced by bash (dracut.sh, dropindirs_sort).
 */
#include "preflight/generators/generator.h"

static const char *const folders[] = {"etc/dracut.conf.d", "usr/lib/dracut/dracut.conf.d"};

static const char *const values[] = {"hostonly",  "hostonly_mode", "kernel_cmdline",
				     "no_kernel", "uefi",          NULL};

static const char *const lists[] = {"drivers",
				    "add_drivers",
				    "force_drivers",
				    "omit_drivers",
				    "filesystems",
				    "install_items",
				    "install_optional_items",
				    "add_dracutmodules",
				    "omit_dracutmodules",
				    NULL};

static bool is_config(const char *name)
{
	size_t length = strlen(name);

	return *name != '.' && length > 5 && streq(name + length - 5, ".conf");
}

static int compare_versions(const void *a, const void *b)
{
	return strverscmp(*(const char *const *)a, *(const char *const *)b);
}

/* The names of both folders that are read, and a note of the others. */
static void list_names(struct generator_reader *reader, struct strings *names)
{
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		struct strings listed = {0};

		if (!generator_list(reader, folders[i], &listed))
			continue;
		for (size_t j = 0; j < listed.count; j++) {
			const char *name = listed.items[j];

			if (!is_config(name))
				generator_ignore(
					reader,
					arena_printf(reader->scratch, "%s/%s", folders[i], name),
					N_("its name does not end in .conf"));
			else if (!strings_contain(names, name))
				strings_add(reader->scratch, names, name);
		}
	}
	if (names->count)
		qsort(names->items, names->count, sizeof(*names->items), compare_versions);
}

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

static void read_dracut(struct generator_reader *reader)
{
	struct shell_script script = {0};
	struct strings names = {0};

	parse_file(reader, &script, "etc/dracut.conf");
	list_names(reader, &names);
	for (size_t i = 0; i < names.count; i++)
		for (size_t j = 0; j < ARRAY_SIZE(folders); j++)
			if (parse_file(reader, &script,
				       arena_printf(reader->scratch, "%s/%s", folders[j],
						    names.items[i])))
				break;
	generator_add_variables(reader, &script, values, lists);
}

const struct generator_kind generator_dracut = {
	.generator = GENERATOR_DRACUT,
	.programs = {"usr/bin/dracut", "usr/sbin/dracut"},
	.hooks = {"etc/kernel/postinst.d/dracut", "usr/lib/kernel/install.d/50-dracut.install"},
	.configs = {"etc/dracut.conf.d", "etc/dracut.conf"},
	.read = read_dracut,
};
