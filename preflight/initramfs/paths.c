/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/initramfs/paths.h"
#include "preflight/initramfs/read.h"

static const struct rule {
	const char *start; /* of the path; all of it where it does not end in a slash */
	const char *end;   /* of the name; then it stands in that folder and not below */
	enum path_kind kind;
} rules[] = {
	{"etc/modprobe.d/", ".conf", PATH_KEPT},
	{"run/modprobe.d/", ".conf", PATH_KEPT},
	{"usr/local/lib/modprobe.d/", ".conf", PATH_KEPT},
	{"usr/lib/modprobe.d/", ".conf", PATH_KEPT},
	{"lib/modprobe.d/", ".conf", PATH_KEPT},
	{"etc/modules", "", PATH_KEPT},
	{"etc/modules-load.d/", ".conf", PATH_KEPT},
	{"run/modules-load.d/", ".conf", PATH_KEPT},
	{"usr/lib/modules-load.d/", ".conf", PATH_KEPT},
	{"lib/modules-load.d/", ".conf", PATH_KEPT},
	/* initramfs-tools */
	{"conf/modules", "", PATH_KEPT},
	{"scripts/init-top/ORDER", "", PATH_ORDER_TOP},
	{"scripts/init-premount/ORDER", "", PATH_ORDER_PREMOUNT},
	{"scripts/init-top/", "", PATH_IF_VFIO},
	{"scripts/init-premount/", "", PATH_IF_VFIO},
	/* dracut */
	{"etc/cmdline", "", PATH_KEPT},
	{"etc/cmdline.d/", ".conf", PATH_KEPT},
	{"usr/lib/dracut/", ".txt", PATH_KEPT},
	{"lib/dracut/", ".txt", PATH_KEPT},
	{"usr/lib/dracut/hooks/", "", PATH_IF_VFIO},
	{"lib/dracut/hooks/", "", PATH_IF_VFIO},
	{"var/lib/dracut/hooks/", "", PATH_IF_VFIO},
	{"squash-root.img", "", PATH_PACKED},
	{"squash/root.img", "", PATH_PACKED},
	{"erofs-root.img", "", PATH_PACKED},
	/* mkinitcpio */
	{"config", "", PATH_KEPT},
	{"buildconfig", "", PATH_KEPT},
	{"hooks/", "", PATH_IF_VFIO},
	/* NixOS: init is a link to it */
	{"nix/store/", "-stage-1-init.sh", PATH_IF_VFIO},
	/* booster */
	{"etc/booster.init.yaml", "", PATH_KEPT},
	/* udev's own rules name the node of vfio */
	{"etc/udev/rules.d/", ".rules", PATH_IF_OVERRIDE},
	{"usr/lib/udev/rules.d/", ".rules", PATH_IF_OVERRIDE},
	{"lib/udev/rules.d/", ".rules", PATH_IF_OVERRIDE},
	{"etc/systemd/system/", ".service", PATH_IF_VFIO},
	{"usr/lib/systemd/system/", ".service", PATH_IF_VFIO},
};

static bool rule_applies(const struct rule *rule, const char *path)
{
	size_t length = strlen(rule->start);

	if (rule->start[length - 1] != '/')
		return streq(path, rule->start);
	if (!starts_with(path, rule->start))
		return false;
	return !*rule->end || (!strchr(path + length, '/') && ends_with(path, rule->end));
}

enum path_kind initramfs_path_kind(const char *path)
{
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		if (rule_applies(&rules[i], path))
			return rules[i].kind;
	return PATH_OTHER;
}

bool initramfs_wants(const char *path)
{
	/* Links in etc/modprobe.d lead to files of that kind. */
	return initramfs_path_kind(path) != PATH_OTHER || ends_with(path, ".conf");
}

bool initramfs_bytes_matter(enum path_kind kind, const char *bytes, size_t length)
{
	static const char vfio[] = "vfio", driver_override[] = "driver_override";

	if (kind == PATH_KEPT)
		return true;
	if (kind != PATH_IF_VFIO && kind != PATH_IF_OVERRIDE)
		return false;
	if (memmem(bytes, length, driver_override, sizeof(driver_override) - 1))
		return true;
	return kind == PATH_IF_VFIO && memmem(bytes, length, vfio, sizeof(vfio) - 1);
}

const char *initramfs_plain_path(const char *name)
{
	while (*name == '/' || (name[0] == '.' && name[1] == '/'))
		name++;
	if (!*name || streq(name, "."))
		return NULL;
	for (const char *part = name; part; part = strchr(part, '/')) {
		part += *part == '/';
		if (starts_with(part, "..") && (part[2] == '/' || !part[2]))
			return NULL;
	}
	return name;
}

/* Where the suffix of a module's file name begins, or NULL. */
static const char *module_suffix(const char *file_name)
{
	static const char *const suffixes[] = {".ko", ".ko.gz", ".ko.xz", ".ko.zst", ".ko.bz2"};

	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++)
		if (ends_with(file_name, suffixes[i]))
			return file_name + strlen(file_name) - strlen(suffixes[i]);
	return NULL;
}

bool initramfs_module_path(const char *path, struct module_path *ret_module)
{
	static const char modules[] = "lib/modules/";
	const char *folder = strstr(path, modules), *name, *end, *slash;

	if (!folder || (folder != path && folder[-1] != '/'))
		return false;
	name = strrchr(path, '/') + 1;
	end = module_suffix(name);
	if (!end || end == name)
		return false;
	folder += strlen(modules);
	slash = strchr(folder, '/');
	*ret_module = (struct module_path){
		.name = {name, (size_t)(end - name)},
		.version = {folder, slash ? (size_t)(slash - folder) : 0},
	};
	return true;
}

enum generator initramfs_maker(const char *path)
{
	static const struct {
		const char *start;
		enum generator generator;
	} traces[] = {
		{"conf/initramfs.conf", GENERATOR_INITRAMFS_TOOLS},
		{"conf/arch.conf", GENERATOR_INITRAMFS_TOOLS},
		{"usr/lib/dracut", GENERATOR_DRACUT},
		{"lib/dracut", GENERATOR_DRACUT},
		{"buildconfig", GENERATOR_MKINITCPIO},
		{"etc/booster.init.yaml", GENERATOR_BOOSTER},
	};

	for (size_t i = 0; i < ARRAY_SIZE(traces); i++)
		if (starts_with(path, traces[i].start))
			return traces[i].generator;
	return streq(path, "init") ? GENERATOR_OTHER : GENERATOR_UNKNOWN;
}

const char *initramfs_link_target(struct arena *arena, const char *path, const char *text)
{
	char *result = arena_printf(arena, "%s/%s", path, text), *end = result;
	char *rest = arena_strdup(arena, text), *part;
	const char *slash = strrchr(path, '/');

	if (*text != '/')
		end += slash ? slash - path : 0;
	while ((part = strsep(&rest, "/"))) {
		if (!*part || streq(part, "."))
			continue;
		if (streq(part, "..")) {
			while (end > result && *--end != '/')
				;
			continue;
		}
		if (end > result)
			*end++ = '/';
		end = mempcpy(end, part, strlen(part));
	}
	*end = '\0';
	return result;
}

bool initramfs_same_place(const char *a, const char *b)
{
	a += starts_with(a, "usr/") ? 4 : 0;
	b += starts_with(b, "usr/") ? 4 : 0;
	return streq(a, b);
}

const struct image_file *initramfs_file(const struct initramfs_image *image, const char *path)
{
	for_each (file, &image->files)
		if (streq(file->path, path))
			return file;
	return NULL;
}

bool initramfs_has_module(const struct initramfs_image *image, const char *module)
{
	size_t low = 0, high = image->modules.count;
	char name[256];
	size_t length = strlen(module);

	if (length >= sizeof(name))
		return false;
	for (size_t i = 0; i <= length; i++)
		name[i] = module[i] == '-' ? '_' : module[i];
	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = strcmp(name, image->modules.items[middle]);

		if (!order)
			return true;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return false;
}
