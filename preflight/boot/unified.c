/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/boot/work.h"
#include "preflight/lines.h"
#include "preflight/parse/bls.h"
#include "preflight/parse/machine.h"
#include "preflight/parse/pe.h"
#include "preflight/printable_words.h"

#include <errno.h>
#include <strings.h>
#include <sys/stat.h>

enum { SECTION_LIMIT = 64 * 1024 };

/* One image while it is read. */
struct image {
	struct boot_work *work;
	const char *path; /* host path without leading slash */
	int fd;
	struct pe_sections sections;
};

/* -- reading ----------------------------------------------------------------------------------------- */

static int open_image(struct image *image)
{
	_cleanup_free_ char *header = malloc(PE_HEADER_SIZE);
	struct stat status;
	ssize_t size;
	int r = host_open_file(image->work->host, image->path, &image->fd);

	if (r < 0)
		return r;
	if (!header || fstat(image->fd, &status) < 0)
		return -EIO;
	size = pread(image->fd, header, PE_HEADER_SIZE, 0);
	if (size < 0)
		return -errno;
	return pe_parse(image->work->arena, header, (size_t)size, (uint64_t)status.st_size,
			&image->sections);
}

/* A section's text up to the first NUL; NULL where there is none or it is too long to be one. */
static const char *section_text(const struct image *image, const char *name, size_t *ret_length)
{
	const struct pe_section *section = pe_find(&image->sections, name);
	char *text;
	ssize_t size;

	if (!section || section->size > SECTION_LIMIT)
		return NULL;
	text = arena_alloc(image->work->arena, section->size + 1);
	size = pread(image->fd, text, section->size, (off_t)section->offset);
	if (size < 0)
		return NULL;
	*ret_length = strnlen(text, (size_t)size);
	return text;
}

static const char *os_value(const struct image *image, const char *key)
{
	size_t length = 0;
	const char *text = section_text(image, ".osrel", &length);

	return text ? os_release_value(image->work->arena, text, length, key) : NULL;
}

static const char *image_version(const struct image *image)
{
	const struct pe_section *kernel = pe_find(&image->sections, ".linux");
	size_t length = 0;
	const char *text = section_text(image, ".uname", &length);
	struct line line = {.text = text, .length = length};

	line = text ? line_trim(line) : line;
	if (line.length)
		return printable_copy(image->work->arena, line.text, strcspn(line.text, "\r\n"));
	return kernel ? boot_version_inside(image->work->arena, image->fd, kernel->offset) : NULL;
}

/* -- addons -------------------------------------------------------------------------------------------- */

/* The command lines of addons are put behind the image's own (systemd-stub since 254). */
static void add_addon(struct boot_work *work, const char *path, struct origins *options)
{
	struct image addon = {.work = work, .path = path, .fd = -1};
	size_t length = 0;
	const char *text = NULL;

	if (open_image(&addon) == 0)
		text = section_text(&addon, ".cmdline", &length);
	if (text)
		*ARRAY_ADD(work->arena, options) = (struct origin){
			.source = arena_printf(work->arena, "/%s", path),
			.text = printable_words(work->arena, text, length),
		};
	if (addon.fd >= 0)
		close(addon.fd);
}

static void add_addons_of(struct boot_work *work, const char *folder, struct origins *options)
{
	struct strings names;

	if (!folder || host_list(work->host, work->arena, folder, &names) < 0)
		return;
	for (size_t i = 0; i < names.count && i < BOOT_FILES_LIMIT; i++) {
		size_t length = strlen(names.items[i]);

		if (length > 10 && strcasecmp(names.items[i] + length - 10, ".addon.efi") == 0)
			add_addon(work, arena_printf(work->arena, "%s/%s", folder, names.items[i]),
				  options);
	}
}

/* Global addons of the image's partition, then its own. */
static size_t add_addons(struct boot_work *work, const char *path, struct origins *options)
{
	size_t before = options->count;

	for (size_t i = 0; i < work->esps.count; i++) {
		const char *esp = work->esps.items[i];

		if (starts_with(path, esp) && path[strlen(esp)] == '/') {
			add_addons_of(work, boot_find_file(work, esp, "loader/addons", NULL),
				      options);
			break;
		}
	}
	add_addons_of(work, arena_printf(work->arena, "%s.extra.d", path), options);
	return options->count - before;
}

/* -- entries --------------------------------------------------------------------------------------------- */

static void add_choice(const struct image *image, const struct bls_name *name,
		       const struct boot_entry *entry, struct choices *choices)
{
	struct boot_work *work = image->work;
	const char *sort_key = os_value(image, "IMAGE_ID"),
		   *version = os_value(image, "IMAGE_VERSION");

	if (!version)
		version = os_value(image, "VERSION_ID");
	*ARRAY_ADD(work->arena, choices) = (struct choice){
		.id = strrchr(entry->source, '/') + 1,
		.name = entry->id,
		.sort_key = sort_key ? sort_key : os_value(image, "ID"),
		.version = entry->kernel_version ? entry->kernel_version : version,
		.title = entry->title,
		.tries_left = name->tries_left,
		.tries_done = name->tries_done,
		.entry = work->facts->boot.entries.count,
		.unified = true,
	};
}

static void add_image(struct image *image, const struct bls_name *name, struct choices *choices)
{
	struct boot_work *work = image->work;
	const char *source = arena_printf(work->arena, "/%s", image->path);
	struct origins options = {0};
	struct boot_entry *entry;
	size_t length = 0, addons;
	const char *text = section_text(image, ".cmdline", &length);

	if (text)
		*ARRAY_ADD(work->arena, &options) = (struct origin){
			.source = source,
			.text = printable_words(work->arena, text, length),
		};
	addons = add_addons(work, image->path, &options);
	entry = boot_add_entry(work, arena_printf(work->arena, "%s.efi", name->id),
			       os_value(image, "PRETTY_NAME"), &options);
	entry->source = source;
	entry->kernel_version = image_version(image);
	/* With Secure Boot an addon counts only if its signature does; without its own command line an
	 * image takes whatever it is given. */
	entry->incomplete = !text || (addons && work->facts->machine.secure_boot != NO);
	add_choice(image, name, entry, choices);
}

bool boot_add_unified_image(struct boot_work *work, const char *path, struct choices *choices)
{
	struct image image = {.work = work, .path = path, .fd = -1};
	const char *slash = strrchr(path, '/');
	struct bls_name name;
	bool unified = false;

	if (bls_name_parse(work->arena, slash ? slash + 1 : path, ".efi", &name)) {
		int r = open_image(&image);

		unified = r == 0 && pe_is_unified_image(&image.sections);
		if (unified)
			add_image(&image, &name, choices);
		else if (r < 0 && r != -EINVAL)
			facts_add_unread(work->facts, path, r);
	}
	if (image.fd >= 0)
		close(image.fd);
	return unified;
}

void boot_add_unified_images(struct boot_work *work, const char *partition, struct choices *choices)
{
	const char *folder = boot_find_file(work, partition, "EFI/Linux", NULL);
	struct strings names;

	if (!folder || host_list(work->host, work->arena, folder, &names) < 0)
		return;
	for (size_t i = 0; i < names.count && i < BOOT_FILES_LIMIT; i++)
		(void)boot_add_unified_image(
			work, arena_printf(work->arena, "%s/%s", folder, names.items[i]), choices);
}

const struct loader_row boot_row_unified = {
	.loader = LOADER_UKI,
	.programs = 1u << PROGRAM_STUB,
	.collect = boot_collect_systemd,
};
