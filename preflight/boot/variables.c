/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/boot/work.h"
#include "preflight/parse/load_option.h"

#include <errno.h>

#define EFIVARS         "sys/firmware/efi/efivars"
#define GLOBAL_VARIABLE "8be4df61-93ca-11d2-aa0d-00e098032b8c" /* UEFI 2.10 section 3.3 */
#define LOADER_VARIABLE "4a67b082-0a4c-41cf-b6c7-440b29bb8c4f" /* Boot Loader Interface */

enum {
	VARIABLE_LIMIT = 64 * 1024,
	ATTRIBUTES_SIZE = 4, /* efivarfs puts them before the value */
};

/* Reads a variable's value; *ret_path is its path without leading slash. */
static int read_variable(struct boot_work *work, const char *name, const char *guid,
			 const char **ret_path, struct bytes *ret_value)
{
	struct bytes bytes;
	int r;

	*ret_path = arena_printf(work->arena, EFIVARS "/%s-%s", name, guid);
	r = host_read(work->host, work->arena, *ret_path, VARIABLE_LIMIT, &bytes);
	if (r < 0) {
		if (r != -ENOENT)
			facts_add_unread(work->facts, *ret_path, r);
		return r;
	}
	if (bytes.length < ATTRIBUTES_SIZE)
		return -EINVAL;
	*ret_value = (struct bytes){bytes.data + ATTRIBUTES_SIZE, bytes.length - ATTRIBUTES_SIZE};
	return 0;
}

static const char *read_text(struct boot_work *work, const char *name)
{
	struct bytes value;
	const char *path;

	if (read_variable(work, name, LOADER_VARIABLE, &path, &value) < 0)
		return NULL;
	return utf16_text(work->arena, value.data, value.length);
}

static void read_texts(struct boot_work *work)
{
	struct boot_variables *variables = &work->variables;
	const struct {
		const char *name, **text;
	} texts[] = {
		{"LoaderInfo", &variables->loader_info},
		{"StubInfo", &variables->stub_info},
		{"LoaderImageIdentifier", &variables->image_identifier},
		{"LoaderEntrySelected", &variables->entry_selected},
		{"LoaderEntryDefault", &variables->entry_default},
		{"LoaderEntryPreferred", &variables->entry_preferred},
		{"LoaderEntryOneShot", &variables->entry_one_shot},
		{"LoaderEntryLastBooted", &variables->entry_last},
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		*texts[i].text = read_text(work, texts[i].name);
}

/* A variable that holds the number of a load option; -1 where it is not there. */
static int read_number(struct boot_work *work, const char *name, const char **ret_path)
{
	struct bytes value;
	const unsigned char *data;

	if (read_variable(work, name, GLOBAL_VARIABLE, ret_path, &value) < 0 || value.length < 2)
		return -1;
	data = (const unsigned char *)value.data;
	return data[0] | data[1] << 8;
}

/* The file that firmware started. */
static void read_path(struct boot_work *work)
{
	struct boot_variables *variables = &work->variables;
	struct load_option option;
	struct bytes value;
	const char *path;
	int current = read_number(work, "BootCurrent", &path);
	int next = read_number(work, "BootNext", &path);

	if (next >= 0 && next != current)
		variables->next_source = arena_printf(work->arena, "/%s", path);
	if (current < 0 ||
	    read_variable(work, arena_printf(work->arena, "Boot%04X", (unsigned)current),
			  GLOBAL_VARIABLE, &path, &value) < 0 ||
	    load_option_parse(work->arena, value.data, value.length, &option) < 0)
		return;
	variables->path = option.path;
	variables->path_source = arena_printf(work->arena, "/%s", path);
}

void boot_collect_variables(struct boot_work *work)
{
	struct strings names;
	int r = host_list(work->host, work->arena, EFIVARS, &names);

	if (r < 0 || !names.count) {
		if (r < 0 && r != -ENOENT)
			facts_add_unread(work->facts, EFIVARS, r);
		return;
	}
	/* BootCurrent is there after every boot by firmware: without it the folder is not complete. */
	for (size_t i = 0; i < names.count; i++)
		if (streq(names.items[i], "BootCurrent-" GLOBAL_VARIABLE))
			work->variables.listed = YES;
	read_texts(work);
	read_path(work);
}
