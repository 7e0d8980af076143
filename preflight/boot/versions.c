/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/boot/work.h"
#include "preflight/lines.h"
#include "preflight/boot/version_order.h"

#include <ctype.h>
#include <errno.h>

/* Linux's boot protocol for x86 (Documentation/arch/x86/boot.rst). */
enum {
	SETUP_MAGIC = 0x202,
	SETUP_VERSION = 0x20e, /* offset of the version's text, less 0x200 */
	SETUP_BASE = 0x200,
	SETUP_SIZE = 32 * 1024, /* the text lies in the setup code, which is smaller */
	KERNELS_LIMIT = 1000,
};

static const char *const module_roots[] = {"lib/modules", "usr/lib/modules"};

/* -- installed kernels ----------------------------------------------------------------------------- */

static struct installed_kernel *find_kernel(struct boot_work *work, const char *version)
{
	for_each (kernel, &work->facts->boot.kernels)
		if (streq(kernel->version, version))
			return kernel;
	return NULL;
}

static struct installed_kernel *add_kernel(struct boot_work *work, const char *version)
{
	struct installed_kernel *kernel = find_kernel(work, version);

	if (kernel || work->facts->boot.kernels.count >= KERNELS_LIMIT)
		return kernel;
	kernel = ARRAY_ADD(work->arena, &work->facts->boot.kernels);
	kernel->version = printable_copy(work->arena, version, strlen(version));
	return kernel;
}

/* A folder without modules.dep is what an upgrade leaves behind, or a kernel that is half installed. */
static void add_module_folders(struct boot_work *work)
{
	struct strings names;
	const char *root = module_roots[0];

	if (host_list(work->host, work->arena, root, &names) < 0 &&
	    host_list(work->host, work->arena, root = module_roots[1], &names) < 0)
		return;
	for (size_t i = 0; i < names.count; i++) {
		const char *path =
			arena_printf(work->arena, "%s/%s/modules.dep", root, names.items[i]);
		bool complete = host_exists(work->host, path) == 0;
		struct installed_kernel *kernel;

		if (!complete && !isdigit((unsigned char)*names.items[i]))
			continue;
		kernel = add_kernel(work, names.items[i]);
		if (kernel)
			kernel->has_modules = complete;
	}
}

/* "vmlinuz-6.1.0-50-amd64": the version in a kernel file's name, or NULL. */
static const char *version_in_name(struct arena *arena, const char *name)
{
	static const char *const prefixes[] = {"vmlinuz-", "vmlinux-", "kernel-", "bzImage-",
					       "linux-",   "Image-",   "vmlinuz_"};
	static const char *const suffixes[] = {".efi", ".signed", ".gz"};

	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++) {
		const char *version = name + strlen(prefixes[i]);
		size_t length;

		if (!starts_with(name, prefixes[i]) || !isdigit((unsigned char)*version) ||
		    strstr(version, "-rescue"))
			continue;
		length = strlen(version);
		for (size_t j = 0; j < ARRAY_SIZE(suffixes); j++)
			if (has_suffix(version, suffixes[j]))
				length = strlen(version) - strlen(suffixes[j]);
		return printable_copy(arena, version, length);
	}
	return NULL;
}

static void add_kernel_files(struct boot_work *work)
{
	struct strings names;

	if (host_list(work->host, work->arena, "boot", &names) < 0)
		return;
	for (size_t i = 0; i < names.count; i++) {
		const char *version = version_in_name(work->arena, names.items[i]);

		if (version && !has_suffix(version, ".old") && !has_suffix(version, ".bak"))
			add_kernel(work, version);
	}
}

static int compare_kernels(const void *a, const void *b)
{
	const struct installed_kernel *first = a, *second = b;
	int order = -version_compare(first->version, second->version);

	return order ? order : strcmp(first->version, second->version);
}

void boot_collect_kernels(struct boot_work *work)
{
	struct installed_kernels *kernels = &work->facts->boot.kernels;

	add_module_folders(work);
	add_kernel_files(work);
	if (kernels->count)
		qsort(kernels->items, kernels->count, sizeof(*kernels->items), compare_kernels);
}

/* -- which version a file is --------------------------------------------------------------------------- */

/* NixOS: "…-linux-6.6.30-bzImage". */
static const char *version_in_store_name(struct arena *arena, const char *name)
{
	const char *version = strstr(name, "-linux-"), *end;

	if (!version)
		return NULL;
	version += strlen("-linux-");
	end = strstr(version, "-bzImage");
	if (!end)
		end = strstr(version, "-Image");
	return end && isdigit((unsigned char)*version)
		       ? printable_copy(arena, version, (size_t)(end - version))
		       : NULL;
}

/* kernel-install: "TOKEN/6.1.0-50-amd64/linux". */
static const char *version_in_folder(struct arena *arena, const char *path)
{
	const char *folder = boot_folder_of(arena, path), *slash = strrchr(folder, '/');
	const char *name = strrchr(path, '/');

	folder = slash ? slash + 1 : folder;
	if (!name || !(streq(name, "/linux") || streq(name, "/vmlinuz")) ||
	    !isdigit((unsigned char)*folder) || !strchr(folder, '.'))
		return NULL;
	return folder;
}

/* Arch: the package's name stands beside its modules, and "vmlinuz-NAME" is its kernel. */
static const char *version_of_package(struct boot_work *work, const char *name)
{
	if (!starts_with(name, "vmlinuz-"))
		return NULL;
	name += strlen("vmlinuz-");
	for_each (kernel, &work->facts->boot.kernels)
		for (size_t i = 0; i < ARRAY_SIZE(module_roots); i++) {
			const char *line;
			const char *path = arena_printf(work->arena, "%s/%s/pkgbase",
							module_roots[i], kernel->version);

			if (host_read_line(work->host, work->arena, path, &line) == 0 &&
			    streq(line, name))
				return kernel->version;
		}
	return NULL;
}

const char *boot_version_inside(struct arena *arena, int fd, uint64_t offset)
{
	_cleanup_free_ unsigned char *setup = malloc(SETUP_SIZE);
	ssize_t size = setup ? pread(fd, setup, SETUP_SIZE, (off_t)offset) : -1;
	size_t start, length;

	if (size < SETUP_VERSION + 2 || memcmp(setup + SETUP_MAGIC, "HdrS", 4) != 0)
		return NULL;
	start = SETUP_BASE + ((size_t)setup[SETUP_VERSION] | (size_t)setup[SETUP_VERSION + 1] << 8);
	if (start >= (size_t)size || !isdigit(setup[start]))
		return NULL;
	for (length = 0; start + length < (size_t)size; length++)
		if (setup[start + length] <= ' ')
			break;
	return printable_copy(arena, (const char *)setup + start, length);
}

static const char *version_of_file(struct boot_work *work, const char *path)
{
	_cleanup_close_ int fd = -1;

	if (host_open_file(work->host, path, &fd) < 0)
		return NULL;
	return boot_version_inside(work->arena, fd, 0);
}

/* Copies under one name of the kernel that the links of Debian's kernel packages lead to (kernelstub). */
static const char *version_of_link(struct boot_work *work, const char *name)
{
	static const char *const links[][2] = {{"boot/vmlinuz", "vmlinuz"},
					       {"boot/vmlinuz.old", "vmlinuz.old"}};
	bool old = strstr(name, "-previous") != NULL;
	const char *target;

	if (!streq(name, "vmlinuz.efi") && !streq(name, "vmlinuz-previous.efi"))
		return NULL;
	for (size_t i = 0; i < 2; i++)
		if (host_read_link(work->host, work->arena, links[old][i], &target) == 0) {
			const char *slash = strrchr(target, '/');

			return version_in_name(work->arena, slash ? slash + 1 : target);
		}
	return NULL;
}

const char *boot_kernel_version(struct boot_work *work, const char *path, const char *hint)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	const char *version = version_in_name(work->arena, name);

	if (!version)
		version = version_in_store_name(work->arena, name);
	if (!version)
		version = version_in_folder(work->arena, path);
	if (!version)
		version = version_of_package(work, name);
	if (!version)
		version = version_of_file(work, path);
	if (!version && hint && find_kernel(work, hint))
		version = hint;
	return version ? version : version_of_link(work, name);
}
