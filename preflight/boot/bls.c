/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/boot/work.h"
#include "preflight/lines.h"
#include "preflight/parse/bls.h"
#include "preflight/boot/version_order.h"

#include <errno.h>

static void read_file(struct boot_work *work, const char *partition, const char *folder,
		      const char *name, enum bls_reader reader, struct bls_files *files)
{
	struct bls_name parsed;
	struct bytes bytes;
	struct bls_file *file;
	const char *path = arena_printf(work->arena, "%s/%s", folder, name);

	if (!bls_name_parse(work->arena, name, ".conf", &parsed) ||
	    boot_read(work, path, &bytes) < 0)
		return;
	file = ARRAY_ADD(work->arena, files);
	*file = (struct bls_file){
		.path = path,
		.folder = partition,
		.entry = arena_alloc(work->arena, sizeof(*file->entry)),
		.id = printable_copy(work->arena, parsed.id, strlen(parsed.id)),
		.name = printable_copy(work->arena, name, strlen(name)),
		.tries_left = parsed.tries_left,
		.tries_done = parsed.tries_done,
	};
	bls_parse(work->arena, arena_printf(work->arena, "/%s", path), bytes.data, bytes.length,
		  reader, file->entry);
}

/* GRUB's order: newest name first. It knows no counters: they are part of the name there. */
static int compare_for_grub(const void *a, const void *b)
{
	const struct bls_file *first = a, *second = b;
	int order = -version_compare(first->id, second->id);

	return order ? order : -strcmp(first->id, second->id);
}

int boot_read_bls(struct boot_work *work, const char *partition, bool for_grub,
		  struct bls_files *files)
{
	const char *folder = boot_find_file(work, partition, "loader/entries", NULL);
	struct strings names;
	int r;

	if (!folder)
		return -ENOENT;
	r = host_list(work->host, work->arena, folder, &names);
	if (r < 0) {
		facts_add_unread(work->facts, folder, r);
		boot_set_unread(work, folder);
		return r;
	}
	for (size_t i = 0; i < names.count && files->count < BOOT_FILES_LIMIT; i++)
		read_file(work, partition, folder, names.items[i],
			  for_grub ? BLS_GRUB : BLS_SYSTEMD_BOOT, files);
	if (for_grub && files->count)
		qsort(files->items, files->count, sizeof(*files->items), compare_for_grub);
	return 0;
}
