/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/boot/work.h"

#include <errno.h>
#include <strings.h>

/* Where grub-mkconfig writes to: upstream's name, and that of Fedora, RHEL and SUSE. */
static const char *const usual_files[] = {"boot/grub/grub.cfg", "boot/grub2/grub.cfg"};

static void set_place(struct grub_place *place, const char *path, const struct bytes *bytes,
		      enum truth certain)
{
	place->path = path;
	place->bytes = *bytes;
	place->certain = certain;
}

static bool is_there(struct boot_work *work, const char *path)
{
	return host_exists(work->host, path) == 0;
}

/* -- below /boot ----------------------------------------------------------------------------------- */

/* Which of the two files the tools of this host write. -1: both or neither. */
static int index_by_tools(struct boot_work *work)
{
	bool plain =
		is_there(work, "usr/sbin/grub-mkconfig") || is_there(work, "usr/bin/grub-mkconfig");
	bool two = is_there(work, "usr/sbin/grub2-mkconfig") ||
		   is_there(work, "usr/bin/grub2-mkconfig");

	return plain == two ? -1 : two;
}

/* The file that GRUB's own image looks for: its folder was fixed when it was installed. */
static void locate_below_boot(struct boot_work *work, struct grub_place *place)
{
	bool found[2] = {is_there(work, usual_files[0]), is_there(work, usual_files[1])};
	int index = found[0] && found[1] ? index_by_tools(work) : found[1];
	enum truth certain = index < 0 ? UNKNOWN : YES;
	const char *path = usual_files[index > 0];
	struct bytes bytes;

	if (boot_read(work, path, &bytes) < 0)
		place->unread = path;
	else
		set_place(place, path, &bytes, certain);
	if (certain != YES)
		place->unread = usual_files[1];
}

/* -- on the ESP ------------------------------------------------------------------------------------ */

/* Names of the folders below EFI that signed GRUBs look into, where it is not the distribution's id. */
static const char *folder_of_distribution(const char *id)
{
	static const char *const names[][2] = {
		{"rhel", "redhat"},
		{"ol", "redhat"},
		{"linuxmint", "ubuntu"},
		{"pop", "ubuntu"},
		{"elementary", "ubuntu"},
		{"zorin", "ubuntu"},
		{"neon", "ubuntu"},
		{"opensuse-leap", "opensuse"},
		{"opensuse-tumbleweed", "opensuse"},
		{"sles", "sles"},
		{"devuan", "devuan"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (streq(id, names[i][0]))
			return names[i][1];
	return id;
}

/* The folder of the program that firmware started; NULL where that tells nothing. */
static const char *folder_of_program(struct boot_work *work)
{
	const char *path = work->variables.path;
	const char *folder = path ? boot_folder_of(work->arena, path) : NULL;

	return folder && *folder ? folder : NULL;
}

/* Folders of the ESP in the order in which GRUB may look into them. */
static struct strings folders_to_try(struct boot_work *work)
{
	const char *program = folder_of_program(work);
	const char *id = work->facts->machine.distro_id;
	struct strings folders = {0};

	if (program)
		strings_add(work->arena, &folders, program);
	/* The removable path is a copy; Debian's looks into the folder it was signed for. */
	if ((!program || strcasecmp(program, "EFI/BOOT") == 0) && id)
		strings_add(work->arena, &folders,
			    arena_printf(work->arena, "EFI/%s", folder_of_distribution(id)));
	return folders;
}

/* The only grub.cfg on this ESP, whatever folder it is in; NULL where there is none or several. */
static const char *find_only_file(struct boot_work *work, const char *esp)
{
	const char *folder = boot_find_file(work, esp, "EFI", NULL), *found = NULL;
	struct strings names;

	if (!folder || host_list(work->host, work->arena, folder, &names) < 0)
		return NULL;
	for (size_t i = 0; i < names.count; i++) {
		const char *path = boot_find_file(
			work, folder, arena_printf(work->arena, "%s/grub.cfg", names.items[i]),
			NULL);

		if (path && found)
			return NULL;
		found = path ? path : found;
	}
	return found;
}

/*
 * The grub.cfg on an ESP that GRUB reads first. *ret_folder_seen: the folder that it would be in is
 * there, so that its lack means that GRUB goes straight to /boot.
 */
static const char *find_on_esps(struct boot_work *work, bool *ret_folder_seen)
{
	struct strings folders = folders_to_try(work);

	*ret_folder_seen = false;
	for (size_t i = 0; i < work->esps.count; i++)
		for (size_t j = 0; j < folders.count; j++) {
			const char *folder =
				boot_find_file(work, work->esps.items[i], folders.items[j], NULL);
			const char *file =
				folder ? boot_find_file(work, folder, "grub.cfg", NULL) : NULL;

			*ret_folder_seen = *ret_folder_seen || folder;
			if (file)
				return file;
		}
	if (*ret_folder_seen || folder_of_program(work))
		return NULL;
	for (size_t i = 0; i < work->esps.count; i++) {
		const char *file = find_only_file(work, work->esps.items[i]);

		if (file)
			return file;
	}
	return NULL;
}

/* -- stubs ------------------------------------------------------------------------------------------- */

/* Two installations may share a folder of the ESP; the stub there is the one's that wrote it last. */
static bool leads_elsewhere(struct boot_work *work, const char *wanted, const char *path)
{
	const char *own = wanted ? boot_uuid_of_path(work, path) : NULL;

	return own && strcasecmp(own, wanted) != 0;
}

/* Follows a stub to the file it goes on with. */
static void follow_stub(struct boot_work *work, const char *stub, const struct grub_menu *menu,
			struct grub_place *place)
{
	place->unread = stub;
	for (size_t i = 0; i < menu->configfiles.count; i++) {
		const char *path = boot_path_of_grub(work, menu->configfiles.items[i]);
		struct bytes bytes;
		int r = boot_read(work, path, &bytes);

		if (r == 0) {
			if (leads_elsewhere(work, menu->search_uuid, path))
				return;
			set_place(place, path, &bytes, YES);
			place->unread = NULL;
			return;
		}
		place->unread = path;
		if (r != -ENOENT)
			return;
	}
}

static void look_at_esp_file(struct boot_work *work, const char *path, struct grub_place *place)
{
	struct grub_menu menu;
	struct bls_files files;
	struct bytes bytes;

	if (boot_read(work, path, &bytes) < 0) {
		place->unread = path;
		return;
	}
	boot_parse_grub(work, path, &bytes, &files, &menu);
	if (menu.configfiles.count && !menu.items.count)
		follow_stub(work, path, &menu, place);
	else
		set_place(place, path, &bytes, YES);
}

static void locate_by_firmware(struct boot_work *work, struct grub_place *place)
{
	bool folder_seen;
	const char *file = find_on_esps(work, &folder_seen);

	if (file) {
		look_at_esp_file(work, file, place);
		return;
	}
	locate_below_boot(work, place);
	/* What stands on an ESP that cannot be seen decides. */
	if (!folder_seen && place->certain == YES) {
		place->certain = UNKNOWN;
		place->unread = work->esps.count ? work->esps.items[0] : "boot/efi";
	}
}

void boot_locate_grub(struct boot_work *work, struct grub_place *ret_place)
{
	const char *firmware = work->facts->machine.firmware;
	bool folder_seen;

	*ret_place = (struct grub_place){0};
	if (streq(firmware, "uefi") || (!firmware && find_on_esps(work, &folder_seen)))
		locate_by_firmware(work, ret_place);
	else
		locate_below_boot(work, ret_place);
	if (!firmware && ret_place->certain == YES &&
	    !strings_contain(
		    &(struct strings){(const char *[]){usual_files[0], usual_files[1]}, 2, 2},
		    ret_place->path)) {
		/* Under a BIOS the ESP's file would be nothing. */
		ret_place->certain = UNKNOWN;
		ret_place->unread = "sys/firmware";
	}
}

/* -- the row ----------------------------------------------------------------------------------------- */

void boot_collect_grub(struct boot_work *work)
{
	struct boot_facts *boot = &work->facts->boot;
	struct grub_place place;

	boot_locate_grub(work, &place);
	if (!place.path) {
		boot_set_unread(work, place.unread ? place.unread : "boot");
		return;
	}
	boot->config = arena_printf(work->arena, "/%s", place.path);
	boot_add_grub_entries(work, place.path, &place.bytes);
	if (place.certain == YES)
		boot->known = YES;
	else
		boot_set_unread(work, place.unread);
}

const struct loader_row boot_row_grub = {
	.loader = LOADER_GRUB,
	.programs = 1u << PROGRAM_GRUB,
	.collect = boot_collect_grub,
};
