/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initramfs_members.h"
#include "initramfs_read.h"

#include <sys/stat.h>

enum {
	FILES_LIMIT = 4096,
	NAMES_LIMIT = 4 << 20 /* bytes of names of modules, far beyond any kernel's */
};

/* What a kept file's bytes wait for: the member that holds them comes later. */
struct waiting {
	const char *target; /* a link's, as a path inside the image; NULL none */
	bool linked;        /* a hard link: the data stands with another name of the same inode */
	uint32_t inode, major, minor;
};

struct waitings {
	struct waiting *items;
	size_t count, capacity;
};

struct members {
	struct arena *arena, *scratch;
	struct initramfs_image *image;
	struct waitings waiting;   /* one for each of image->files */
	struct waitings with_data; /* inodes of several names that have had data, the first ones */
	struct strings order[ARRAY_SIZE(order_files)];
	size_t kept_bytes, name_bytes;
	const char *problem;
	/* The member whose data is being collected. */
	struct newc_member member;
	const char *path;
	const struct rule *rule;
	size_t filled;
	char *buffer; /* INITRAMFS_FILE_LIMIT + 1 bytes */
};

struct members *members_begin(struct arena *arena, struct arena *scratch,
			      struct initramfs_image *image)
{
	struct members *members = arena_alloc(scratch, sizeof(*members));

	image->modules = image->module_versions = image->names = (struct strings){0};
	image->files = (struct image_files){0};
	image->made_by = GENERATOR_UNKNOWN;
	members->arena = arena;
	members->scratch = scratch;
	members->image = image;
	members->buffer = arena_alloc(scratch, INITRAMFS_FILE_LIMIT + 1);
	return members;
}

static void refuse(struct members *members, const char *problem)
{
	if (!members->problem)
		members->problem = problem;
}

/* -- names ----------------------------------------------------------------------------------- */

static void add_name(struct members *members, struct strings *names, char *name)
{
	members->name_bytes += strlen(name) + sizeof(char *);
	if (members->name_bytes > NAMES_LIMIT)
		refuse(members, "it holds too many kernel modules to be an initramfs");
	else
		*ARRAY_ADD(members->arena, names) = name;
}

static void add_version(struct members *members, const char *folder)
{
	struct strings *versions = &members->image->module_versions;
	const char *slash = strchr(folder, '/');
	size_t length = slash ? (size_t)(slash - folder) : 0;

	if (!length)
		return;
	/* Members come folder by folder: the version is nearly always that of the one before. */
	if (versions->count) {
		const char *last = versions->items[versions->count - 1];

		if (strncmp(last, folder, length) == 0 && !last[length])
			return;
	}
	add_name(members, versions, arena_copy(members->arena, folder, length));
}

static void note_module(struct members *members, const char *path)
{
	static const char modules[] = "lib/modules/";
	const char *folder = strstr(path, modules), *name, *end;
	char *copy;

	if (members->problem || !folder || (folder != path && folder[-1] != '/'))
		return;
	name = strrchr(path, '/') + 1;
	end = module_suffix(name);
	if (!end || end == name)
		return;
	copy = arena_copy(members->arena, name, (size_t)(end - name));
	underscore(copy);
	add_name(members, &members->image->modules, copy);
	add_version(members, folder + strlen(modules));
}

/* -- files ----------------------------------------------------------------------------------- */

static size_t file_index(const struct members *members, const char *path)
{
	size_t i = 0;

	while (i < members->image->files.count && !streq(members->image->files.items[i].path, path))
		i++;
	return i;
}

/* The kept file of this path, emptied: the kernel puts a later member over an earlier one. NULL where
 * there are too many. */
static struct image_file *put_file(struct members *members, const char *path)
{
	struct image_files *files = &members->image->files;
	size_t index = file_index(members, path);

	if (index == files->count) {
		if (files->count == FILES_LIMIT) {
			refuse(members, "it holds too many configuration files");
			return NULL;
		}
		ARRAY_ADD(members->arena, files)->path = arena_strdup(members->arena, path);
		ARRAY_ADD(members->scratch, &members->waiting);
	}
	files->items[index] = (struct image_file){.path = files->items[index].path};
	members->waiting.items[index] = (struct waiting){0};
	return &files->items[index];
}

static void drop_file(struct members *members, const char *path)
{
	struct image_files *files = &members->image->files;
	size_t index = file_index(members, path);

	if (index == files->count)
		return;
	files->count--;
	members->waiting.count--;
	files->items[index] = files->items[files->count];
	members->waiting.items[index] = members->waiting.items[files->count];
}

static void set_data(struct members *members, struct image_file *file, const char *data,
		     size_t length)
{
	if (length > INITRAMFS_KEEP_LIMIT - members->kept_bytes) {
		refuse(members, "its configuration files are too large");
		return;
	}
	members->kept_bytes += length;
	file->data = arena_copy(members->arena, data, length);
	file->length = length;
}

static bool same_inode(const struct waiting *waiting, const struct newc_member *member)
{
	return waiting->linked && waiting->inode == member->inode &&
	       waiting->major == member->major && waiting->minor == member->minor;
}

static void note_inode(struct waiting *waiting, const struct newc_member *member)
{
	if (member->links < 2)
		return;
	waiting->linked = true;
	waiting->inode = member->inode;
	waiting->major = member->major;
	waiting->minor = member->minor;
}

static struct waiting *waiting_of(struct members *members, const struct image_file *file)
{
	return &members->waiting.items[file - members->image->files.items];
}

static bool waits_for(const struct waiting *waiting, const struct newc_member *member,
		      const char *path)
{
	if (waiting->target && same_place(waiting->target, path))
		return true;
	return member->links > 1 && member->size && same_inode(waiting, member);
}

static bool somebody_waits(const struct members *members, const struct newc_member *member,
			   const char *path)
{
	for_each (waiting, &members->waiting)
		if (waits_for(waiting, member, path))
			return true;
	return false;
}

static void serve_waiting(struct members *members)
{
	for (size_t i = 0; i < members->waiting.count; i++) {
		struct image_file *file = &members->image->files.items[i];

		if (!waits_for(&members->waiting.items[i], &members->member, members->path) ||
		    streq(file->path, members->path))
			continue;
		set_data(members, file, members->buffer, members->filled);
	}
}

static void finish_link(struct members *members)
{
	struct image_file *file = put_file(members, members->path);
	const char *target;

	if (!file || strlen(members->buffer) != members->filled)
		return;
	file->link = arena_strdup(members->arena, members->buffer);
	target = link_target(members, members->path, members->buffer);
	waiting_of(members, file)->target = target;
	/* It may have come before. */
	for_each (other, &members->image->files)
		if (other != file && other->data && same_place(other->path, target)) {
			file->data = other->data;
			file->length = other->length;
		}
}

/* Lines of ORDER: "/scripts/init-top/NAME "$@"", with others between. */
static void finish_order(struct members *members, struct strings *order)
{
	char *rest = members->buffer, *line;

	*order = (struct strings){0};
	while ((line = strsep(&rest, "\n")))
		if (starts_with(line, "/scripts/")) {
			char *name = line + strlen("/scripts/");

			name[strcspn(name, " \t\"")] = '\0';
			strings_add(members->arena, order, name);
		}
}

static void finish_regular(struct members *members)
{
	const struct rule *rule = members->rule;
	struct image_file *file;

	serve_waiting(members);
	if (!rule)
		return;
	if (rule->naming && !names_passthrough(members->buffer, members->filled)) {
		drop_file(members, members->path);
		return;
	}
	file = put_file(members, members->path);
	if (!file)
		return;
	set_data(members, file, members->buffer, members->filled);
	note_inode(waiting_of(members, file), &members->member);
}

static void finish_file(struct members *members)
{
	size_t order = order_of(members->path);

	members->buffer[members->filled] = '\0';
	if (order < ARRAY_SIZE(order_files))
		finish_order(members, &members->order[order]);
	else if (S_ISLNK(members->member.mode))
		finish_link(members);
	else
		finish_regular(members);
	members->path = NULL;
}

/* A hard link whose data stands with another name: before it, behind it, or nowhere. */
static void add_hard_link(struct members *members, const struct newc_member *member,
			  const char *path)
{
	struct image_file *file = put_file(members, path);
	struct waiting *waiting;

	if (!file)
		return;
	waiting = waiting_of(members, file);
	note_inode(waiting, member);
	for (size_t i = 0; i < members->waiting.count; i++) {
		const struct image_file *other = &members->image->files.items[i];

		if (other != file && other->data &&
		    same_inode(&members->waiting.items[i], member)) {
			file->data = other->data;
			file->length = other->length;
		}
	}
}

/* Whether this member's data is to be collected. */
static bool wants_data(struct members *members, const struct newc_member *member, const char *path)
{
	bool waited = somebody_waits(members, member, path);
	const struct rule *rule = rule_of(path);

	members->rule = rule;
	if (!rule && !waited && order_of(path) == ARRAY_SIZE(order_files))
		return false;
	if (S_ISLNK(member->mode))
		return rule && member->size && member->size < NEWC_NAME_LIMIT;
	if (!S_ISREG(member->mode))
		return false;
	if (member->size > INITRAMFS_FILE_LIMIT) {
		/* Kept without bytes: what it says is not known. */
		if (rule)
			put_file(members, path);
		return false;
	}
	if (!member->size && member->links > 1 && rule) {
		add_hard_link(members, member, path);
		return false;
	}
	return true;
}

bool members_add(struct members *members, const struct newc_member *member)
{
	const char *path = plain_path(member->name);

	members->path = NULL;
	if (!path || S_ISDIR(member->mode))
		return false;
	note_maker(members, path);
	note_module(members, path);
	if (member->links > 1 && member->size && members->with_data.count < FILES_LIMIT)
		note_inode(ARRAY_ADD(members->scratch, &members->with_data), member);
	for (size_t i = 0; i < ARRAY_SIZE(packed_files); i++)
		if (streq(path, packed_files[i]))
			refuse(members, "it packs its files into a file system image");
	if (members->problem || !wants_data(members, member, path))
		return false;
	members->member = *member;
	members->path = arena_strdup(members->scratch, path);
	members->filled = 0;
	if (member->size)
		return true;
	finish_file(members);
	return false;
}

void members_data(struct members *members, const char *data, size_t length)
{
	if (!members->path || length > members->member.size - members->filled)
		return;
	memcpy(members->buffer + members->filled, data, length);
	members->filled += length;
	if (members->filled == members->member.size)
		finish_file(members);
}

/* -- the end --------------------------------------------------------------------------------- */

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void sort_unique(struct strings *names)
{
	size_t kept = 0;

	if (!names->count)
		return;
	qsort(names->items, names->count, sizeof(*names->items), compare_names);
	for (size_t i = 0; i < names->count; i++)
		if (!kept || !streq(names->items[kept - 1], names->items[i]))
			names->items[kept++] = names->items[i];
	names->count = kept;
}

/* Names of one inode of which none came with data are empty files. */
static void settle_hard_links(struct members *members)
{
	for_each (file, &members->image->files) {
		const struct waiting *waiting = waiting_of(members, file);
		bool full = members->with_data.count == FILES_LIMIT;

		if (file->data || !waiting->linked)
			continue;
		for_each (inode, &members->with_data)
			full = full ||
			       (inode->inode == waiting->inode && inode->major == waiting->major &&
				inode->minor == waiting->minor);
		if (!full)
			file->data = "";
	}
}

/* Scripts that came as hard links had no bytes to look at. */
static void drop_unrelated(struct members *members)
{
	struct image_files *files = &members->image->files;

	for (size_t i = files->count; i-- > 0;) {
		const struct image_file *file = &files->items[i];
		const struct rule *rule = rule_of(file->path);

		if (rule && rule->naming && file->data &&
		    !names_passthrough(file->data, file->length))
			drop_file(members, file->path);
	}
}

void members_end(struct members *members)
{
	struct initramfs_image *image = members->image;

	settle_hard_links(members);
	drop_unrelated(members);

	sort_unique(&image->modules);
	sort_unique(&image->module_versions);
	for (size_t i = 0; i < ARRAY_SIZE(order_files); i++)
		for (size_t j = 0; j < members->order[i].count; j++)
			*ARRAY_ADD(members->arena, &image->names) = members->order[i].items[j];
	if (image->made_by == GENERATOR_UNKNOWN && image->modules.count)
		image->made_by = GENERATOR_OTHER;
}

const char *members_problem(const struct members *members)
{
	return members->problem;
}
