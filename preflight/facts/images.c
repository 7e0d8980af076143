/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/facts/initramfs.h"
#include "preflight/initramfs/read.h"
#include "preflight/parse/pe.h"

#include <ctype.h>
#include <errno.h>

enum { IMAGES_LIMIT = 1000 };

static const char boot_folder[] = "boot";

static bool ends_ignoring_case(const char *text, const char *end)
{
	size_t length = strlen(text), end_length = strlen(end);

	return length > end_length && strcasecmp(text + length - end_length, end) == 0;
}

/* The kernel that an image's usual names tell: initrd.img-6.1.0-50-amd64, initramfs-6.9.fc40.img. */
static const char *version_of_name(struct arena *arena, const char *path)
{
	static const char *const starts[] = {"initrd.img-", "initramfs-", "initrd-", "initrd.img_"};
	const char *name = strrchr(path, '/');
	size_t length;

	name = name ? name + 1 : path;
	for (size_t i = 0; i < ARRAY_SIZE(starts); i++) {
		if (!starts_with(name, starts[i]))
			continue;
		name += strlen(starts[i]);
		length = strlen(name) - (ends_ignoring_case(name, ".img") ? 4 : 0);
		return isdigit((unsigned char)*name) ? arena_copy(arena, name, length) : NULL;
	}
	return NULL;
}

/* -- whether it is there --------------------------------------------------------------------- */

static bool is_boot_file(const char *name)
{
	static const char *const starts[] = {"vmlinu", "initrd", "initramfs", "linux", "bzImage"};

	for (size_t i = 0; i < ARRAY_SIZE(starts); i++)
		if (starts_with(name, starts[i]))
			return true;
	return false;
}

/*
 * Whether the folder that an image should be in tells that it is missing. An empty folder may be one
 * where nothing is mounted, and a tree may hold a part of boot only.
 */
static enum truth is_absent(struct facts *facts, const struct host *host, const char *path)
{
	const char *slash = strrchr(path, '/');
	struct strings names = {0};
	int r = host_list(host, facts->arena,
			  slash ? arena_copy(facts->arena, path, (size_t)(slash - path)) : ".",
			  &names);

	if (r < 0 || !names.count)
		return UNKNOWN;
	if (host_tells_absence(host, path))
		return YES;
	for (size_t i = 0; i < names.count; i++)
		if (is_boot_file(names.items[i]))
			return YES;
	return UNKNOWN;
}

static void look_at(struct facts *facts, const struct host *host, struct initramfs_image *image)
{
	struct stat status;
	int r = host_stat(host, image->path, &status);

	if (r == 0 && S_ISREG(status.st_mode)) {
		image->present = YES;
		image->size = (uint64_t)status.st_size;
		image->mtime = status.st_mtime;
		return;
	}
	if (r == -ENOENT && is_absent(facts, host, image->path) == YES)
		image->present = NO;
	else
		facts_add_unread(facts, image->path, r == 0 ? -EINVAL : r);
	image->why = image->present == NO ? "it is not there" : error_words(r == 0 ? -EINVAL : r);
}

/* -- which ones ------------------------------------------------------------------------------ */

static struct initramfs_image *add_image(struct facts *facts, const struct host *host,
					 const char *path)
{
	struct initramfs_images *images = &facts->initramfs.images;
	struct initramfs_image *image;

	for_each (known, images)
		if (streq(known->path, path))
			return known;
	if (images->count == IMAGES_LIMIT)
		return NULL;
	image = ARRAY_ADD(facts->arena, images);
	image->path = arena_strdup(facts->arena, path);
	look_at(facts, host, image);
	return image;
}

/* A unified kernel image carries its initramfs itself. */
static const char *unified_path(const struct boot_entry *entry)
{
	if (entry->kernel_path || entry->initrd_count || !entry->source ||
	    !ends_ignoring_case(entry->source, ".efi"))
		return NULL;
	return entry->source + strspn(entry->source, "/");
}

static void add_entry(struct facts *facts, const struct host *host, const struct boot_entry *entry)
{
	const char *unified = unified_path(entry);

	for (size_t i = 0; i < entry->initrd_count + (unified != NULL); i++) {
		const char *path = i < entry->initrd_count ? entry->initrds[i] : unified;
		struct initramfs_image *image = add_image(facts, host, path);

		if (image && !image->kernel_version)
			image->kernel_version = entry->kernel_version
							? entry->kernel_version
							: version_of_name(facts->arena, path);
	}
}

static const struct boot_entry *entry_in_question(const struct facts *facts)
{
	size_t next = facts->boot.next;

	return next && next <= facts->boot.entries.count ? &facts->boot.entries.items[next - 1]
							 : NULL;
}

static void guess_images(struct facts *facts, const struct host *host)
{
	struct strings names = {0};

	if (host_list(host, facts->arena, boot_folder, &names) < 0)
		return;
	for (size_t i = 0; i < names.count; i++) {
		const char *name = names.items[i];
		struct initramfs_image *image;

		if ((!starts_with(name, "initrd") && !starts_with(name, "initramfs")) ||
		    strstr(name, ".old") || strstr(name, ".bak") || strstr(name, ".dpkg"))
			continue;
		image = add_image(facts, host,
				  arena_printf(facts->arena, "%s/%s", boot_folder, name));
		if (!image)
			return;
		image->guessed = true;
		image->kernel_version = version_of_name(facts->arena, name);
	}
}

void facts_list_images(struct facts *facts, const struct host *host)
{
	const struct boot_entry *asked = entry_in_question(facts);

	for_each (entry, &facts->boot.entries)
		if (entry->next)
			add_entry(facts, host, entry);
	if (asked)
		add_entry(facts, host, asked);
	for_each (entry, &facts->boot.entries)
		add_entry(facts, host, entry);
	if (!facts->boot.entries.count)
		guess_images(facts, host);
}

static bool names_image(const struct boot_entry *entry, const char *path)
{
	const char *unified = unified_path(entry);

	for (size_t i = 0; i < entry->initrd_count; i++)
		if (streq(entry->initrds[i], path))
			return true;
	return unified && streq(unified, path);
}

bool facts_image_matters(const struct facts *facts, const struct initramfs_image *image)
{
	const struct boot_entry *asked = entry_in_question(facts);

	if (image->guessed)
		return image->kernel_version && streq(image->kernel_version, facts->machine.kernel);
	if (asked && names_image(asked, image->path))
		return true;
	for_each (entry, &facts->boot.entries)
		if (entry->next && names_image(entry, image->path))
			return true;
	return false;
}

/* -- several images ------------------------------------------------------------------------- */

static void put_file(struct facts *facts, struct image_files *files, const struct image_file *added)
{
	for_each (file, files)
		if (streq(file->path, added->path)) {
			*file = *added;
			return;
		}
	*ARRAY_ADD(facts->arena, files) = *added;
}

void facts_join_images(struct facts *facts)
{
	const struct boot_entry *entry = entry_in_question(facts);
	struct initramfs_image *base = NULL;

	for (size_t i = 0; entry && i < entry->initrd_count; i++)
		for_each (image, &facts->initramfs.images) {
			if (!streq(image->path, entry->initrds[i]) || image->read != YES)
				continue;
			if (image->modules.count)
				base = image;
			else if (base && base != image)
				for_each (file, &image->files)
					put_file(facts, &base->files, file);
		}
}

/* -- what is inside -------------------------------------------------------------------------- */

static void read_unified(struct facts *facts, int fd, struct initramfs_image *image)
{
	_cleanup_arena_ struct arena *scratch = arena_new();
	void *bytes = arena_alloc(scratch, PE_HEADER_SIZE);
	ssize_t length = pread(fd, bytes, PE_HEADER_SIZE, 0);
	struct pe_sections sections = {0};
	const struct pe_section *section;

	if (length < 0) {
		image->why = error_words(-errno);
		return;
	}
	if (pe_parse(scratch, bytes, (size_t)length, image->size, &sections) < 0) {
		image->read = NO;
		image->why = "it is not a unified kernel image";
		return;
	}
	section = pe_find(&sections, ".initrd");
	if (!section || !section->size) {
		image->read = NO;
		image->why = "it carries no initramfs";
		return;
	}
	initramfs_read(facts->arena, fd, section->offset, section->size, image);
}

/* An image that an entry is, and does not only name. The suffix does not tell: NixOS calls plain
 * initramfs images "….efi". */
static bool is_unified(const struct facts *facts, const struct initramfs_image *image)
{
	for_each (entry, &facts->boot.entries)
		if (ends_ignoring_case(image->path, ".efi") && *entry->source == '/' &&
		    streq(entry->source + 1, image->path))
			return true;
	return false;
}

void facts_read_image(struct facts *facts, const struct host *host, struct initramfs_image *image)
{
	_cleanup_close_ int fd = -1;
	int r;

	if (image->present != YES || image->read != UNKNOWN || image->why)
		return;
	r = host_open_file(host, image->path, &fd);
	if (r < 0) {
		facts_add_unread(facts, image->path, r);
		image->why = error_words(r);
		return;
	}
	if (is_unified(facts, image))
		read_unified(facts, fd, image);
	else
		initramfs_read(facts->arena, fd, 0, 0, image);
	if (image->read == UNKNOWN)
		facts_add_unread(facts, image->path, -ENOTSUP);
}
