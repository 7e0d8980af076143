/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/initramfs/members.h"
#include "preflight/initramfs/paths.h"
#include "preflight/initramfs/read.h"

#include <sys/stat.h>

/* Far beyond any initramfs; they keep a hostile one from taking memory and time. */
enum {
	MEMBERS_LIMIT = 1000 * 1000,
	NAMES_LIMIT = 4 << 20, /* bytes */
	KEPT_LIMIT = 4096,
	TARGETS_LIMIT = 64,
	SPARE_LIMIT = 64 * 1024, /* bytes of one spare file */
	SPARES_LIMIT = 4 << 20,  /* of all of them */
	HOPS_LIMIT = 8,
};

/*
 * A member that is kept, or may be needed to know what a kept one says: symbolic links lead to other
 * members, and of several names of an inode only one comes with the data.
 */
struct kept {
	const char *path;
	enum path_kind kind; /* PATH_OTHER: spare */
	const char *link;    /* text of a symbolic link, else NULL */
	const char *data;    /* NULL: did not come with this member */
	size_t length;
	uint32_t inode, major, minor;
	bool hard; /* the inode has several names */
};

struct kept_list {
	struct kept *items;
	size_t count, capacity;
};

struct hashes {
	uint64_t *items;
	size_t count, capacity;
};

struct members {
	struct arena *arena, *scratch;
	struct initramfs_image *image;
	struct kept_list kept;
	struct strings targets; /* of the kept links, the first ones */
	struct hashes seen;     /* of the paths of all files */
	struct strings order_top, order_premount;
	size_t count, kept_bytes, spare_bytes, name_bytes;
	bool spares_lost;
	const char *problem;
	/* The member whose data is being collected. */
	bool collecting;
	struct newc_member member;
	char path[NEWC_NAME_LIMIT];
	enum path_kind kind;
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

const char *members_problem(const struct members *members)
{
	return members->problem;
}

static void refuse(struct members *members, const char *format, ...) PRINTF_FORMAT(2, 3);

static void refuse(struct members *members, const char *format, ...)
{
	va_list arguments;

	if (members->problem)
		return;
	va_start(arguments, format);
	members->problem = arena_vprintf(members->arena, format, arguments);
	va_end(arguments);
}

/* -- names ----------------------------------------------------------------------------------- */

static void add_name(struct members *members, struct strings *names, const struct span *name)
{
	members->name_bytes += name->length + sizeof(char *);
	if (members->name_bytes > NAMES_LIMIT)
		refuse(members, "it holds too many kernel modules to be an initramfs");
	else
		*ARRAY_ADD(members->arena, names) =
			arena_copy(members->arena, name->data, name->length);
}

static void note_module(struct members *members, const char *path)
{
	struct strings *versions = &members->image->module_versions;
	struct module_path module;

	if (!initramfs_module_path(path, &module))
		return;
	add_name(members, &members->image->modules, &module.name);
	/* Members come folder by folder: the version is nearly always that of the one before. */
	if (module.version.length &&
	    !(versions->count && span_equals(module.version, versions->items[versions->count - 1])))
		add_name(members, versions, &module.version);
}

static void note_maker(struct members *members, const char *path)
{
	enum generator *maker = &members->image->made_by, told;

	if (*maker != GENERATOR_UNKNOWN && *maker != GENERATOR_OTHER)
		return;
	told = initramfs_maker(path);
	if (told != GENERATOR_UNKNOWN)
		*maker = told;
}

/* FNV-1a. */
static uint64_t hash_path(const char *path)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (path += starts_with(path, "usr/") ? 4 : 0; *path; path++)
		hash = (hash ^ (unsigned char)*path) * UINT64_C(0x100000001b3);
	return hash;
}

static bool was_seen(const struct members *members, const char *path)
{
	uint64_t wanted = hash_path(path);

	for_each (hash, &members->seen)
		if (*hash == wanted)
			return true;
	return false;
}

/* -- what is kept ---------------------------------------------------------------------------- */

/* Counts bytes that are kept; false where they are too many. */
static bool may_keep(struct members *members, size_t bytes)
{
	if (bytes > INITRAMFS_KEEP_LIMIT - members->kept_bytes) {
		refuse(members, "its configuration files are too large");
		return false;
	}
	members->kept_bytes += bytes;
	return true;
}

static size_t kept_index(const struct members *members, const char *path)
{
	size_t i = 0;

	while (i < members->kept.count && !streq(members->kept.items[i].path, path))
		i++;
	return i;
}

/* A place for this member, over an earlier one of its name as the kernel puts it. NULL where there are
 * too many. */
static struct kept *put(struct members *members, const struct newc_member *member, const char *path,
			enum path_kind kind)
{
	size_t index = kept_index(members, path);

	if (index == members->kept.count) {
		if (index == KEPT_LIMIT)
			refuse(members, "it holds too many configuration files");
		if (index == KEPT_LIMIT || !may_keep(members, strlen(path)))
			return NULL;
		ARRAY_ADD(members->scratch, &members->kept)->path =
			arena_strdup(members->arena, path);
	}
	members->kept.items[index] = (struct kept){
		.path = members->kept.items[index].path,
		.kind = kind,
		.inode = member->inode,
		.major = member->major,
		.minor = member->minor,
		.hard = S_ISREG(member->mode) && member->links > 1,
	};
	return &members->kept.items[index];
}

static void finish_link(struct members *members)
{
	struct kept *kept = put(members, &members->member, members->path, members->kind);

	if (!kept || !may_keep(members, members->filled))
		return;
	kept->link = arena_strdup(members->arena, members->buffer);
	if (members->targets.count < TARGETS_LIMIT)
		*ARRAY_ADD(members->scratch, &members->targets) =
			initramfs_link_target(members->scratch, members->path, members->buffer);
}

/* Lines of ORDER: "/scripts/init-top/NAME "$@"", with others between. */
static void finish_order(struct members *members, struct strings *order)
{
	char *rest = members->buffer, *line;

	*order = (struct strings){0};
	if (!may_keep(members, members->filled))
		return;
	while ((line = strsep(&rest, "\n"))) {
		char *name = strrchr(line, '/');

		if (!starts_with(line, "/scripts/") || !name)
			continue;
		name++;
		name[strcspn(name, " \t\"")] = '\0';
		strings_add(members->arena, order, name);
	}
}

static void finish_file(struct members *members)
{
	struct kept *kept = put(members, &members->member, members->path, members->kind);

	if (!kept || !may_keep(members, members->filled))
		return;
	kept->data = arena_copy(members->arena, members->buffer, members->filled);
	kept->length = members->filled;
}

/* Spare files are nearly always needless, so they must not make an image unknown. */
static void finish_spare(struct members *members)
{
	if (members->kept.count < KEPT_LIMIT / 2 &&
	    members->filled <= SPARES_LIMIT - members->spare_bytes) {
		members->spare_bytes += members->filled;
		finish_file(members);
	} else {
		members->spares_lost = true;
	}
}

static void finish_member(struct members *members)
{
	members->collecting = false;
	members->buffer[members->filled] = '\0';
	if (S_ISLNK(members->member.mode))
		finish_link(members);
	else if (members->kind == PATH_ORDER_TOP)
		finish_order(members, &members->order_top);
	else if (members->kind == PATH_ORDER_PREMOUNT)
		finish_order(members, &members->order_premount);
	else if (members->kind == PATH_OTHER)
		finish_spare(members);
	else if (kept_index(members, members->path) < members->kept.count ||
		 initramfs_bytes_matter(members->kind, members->buffer, members->filled))
		finish_file(members);
}

static bool is_target(const struct members *members, const char *path)
{
	for (size_t i = 0; i < members->targets.count; i++)
		if (initramfs_same_place(members->targets.items[i], path))
			return true;
	return false;
}

/* Whether a file that does not matter itself may hold what another one says. */
static bool is_spare(const struct members *members, const struct newc_member *member,
		     const char *path)
{
	size_t length = strlen(path);

	if (S_ISLNK(member->mode))
		return starts_with(path, "etc/") || is_target(members, path);
	if (member->size > SPARE_LIMIT)
		return false;
	return member->links > 1 || is_target(members, path) ||
	       (length > 5 && streq(path + length - 5, ".conf"));
}

/* Whether this member's data is to be collected. */
static bool wants_data(struct members *members, const struct newc_member *member, const char *path)
{
	if (!S_ISREG(member->mode) && !S_ISLNK(member->mode))
		return false;
	if (members->kind == PATH_OTHER && !is_spare(members, member, path))
		return false;
	if (S_ISLNK(member->mode))
		return member->size && member->size < NEWC_NAME_LIMIT;
	if (member->size > INITRAMFS_FILE_LIMIT) {
		if (members->kind == PATH_KEPT)
			refuse(members, "%s in it is too large", path);
		return false;
	}
	if (!member->size && member->links > 1) {
		put(members, member, path, members->kind);
		return false;
	}
	return true;
}

bool members_add(struct members *members, const struct newc_member *member)
{
	const char *path = initramfs_plain_path(member->name);

	members->collecting = false;
	if (++members->count > MEMBERS_LIMIT)
		refuse(members, "it holds too many members to be an initramfs");
	if (!path || S_ISDIR(member->mode) || members->problem)
		return false;
	note_maker(members, path);
	note_module(members, path);
	*ARRAY_ADD(members->scratch, &members->seen) = hash_path(path);
	members->kind = initramfs_path_kind(path);
	if (members->kind == PATH_PACKED)
		refuse(members, "it packs its files into a file system image");
	if (!wants_data(members, member, path) || members->problem)
		return false;
	members->collecting = true;
	members->member = *member;
	memcpy(members->path, path, strlen(path) + 1);
	members->filled = 0;
	if (!member->size)
		finish_member(members);
	return members->collecting;
}

void members_data(struct members *members, const char *data, size_t length)
{
	if (!members->collecting || length > members->member.size - members->filled)
		return;
	memcpy(members->buffer + members->filled, data, length);
	members->filled += length;
	if (members->filled == members->member.size)
		finish_member(members);
}

/* -- the end --------------------------------------------------------------------------------- */

static const struct kept *find_place(const struct members *members, const char *path)
{
	for_each (kept, &members->kept)
		if (initramfs_same_place(kept->path, path))
			return kept;
	return NULL;
}

/* The name of the same inode that came with the data. NULL: none did, the file is empty. */
static const struct kept *find_inode(const struct members *members, const struct kept *name)
{
	for_each (kept, &members->kept)
		if (kept->hard && kept->data && kept->inode == name->inode &&
		    kept->major == name->major && kept->minor == name->minor)
			return kept;
	return NULL;
}

static bool add_file(struct members *members, const struct kept *kept, const char *data,
		     size_t length)
{
	if (initramfs_bytes_matter(kept->kind, data, length))
		*ARRAY_ADD(members->arena, &members->image->files) = (struct image_file){
			.path = kept->path, .data = data, .length = length, .link = kept->link};
	return true;
}

/* Adds the file that a member stands for; false where what it says is not known. */
static bool settle(struct members *members, const struct kept *kept)
{
	const struct kept *place = kept, *other;

	for (unsigned hops = 0; place->link && hops < HOPS_LIMIT; hops++) {
		const char *target =
			initramfs_link_target(members->scratch, place->path, place->link);

		place = find_place(members, target);
		/* A link that leads to nothing inside the image is no file. */
		if (!place)
			return !was_seen(members, target);
	}
	if (place->link)
		return true;
	if (place->data)
		return add_file(members, kept, place->data, place->length);
	other = find_inode(members, place);
	if (!other && members->spares_lost)
		return false;
	return other ? add_file(members, kept, other->data, other->length)
		     : add_file(members, kept, "", 0);
}

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

static void underscore(struct arena *arena, struct strings *names)
{
	for (size_t i = 0; i < names->count; i++) {
		char *name;

		if (!strchr(names->items[i], '-'))
			continue;
		name = arena_strdup(arena, names->items[i]);
		names->items[i] = name;
		for (; *name; name++)
			if (*name == '-')
				*name = '_';
	}
}

void members_end(struct members *members)
{
	struct initramfs_image *image = members->image;
	const struct strings *premount = &members->order_premount;

	for_each (kept, &members->kept)
		if (kept->kind != PATH_OTHER && !settle(members, kept))
			refuse(members,
			       "what %s in it says is not known: it is a link to a file "
			       "that was not kept",
			       kept->path);
	underscore(members->arena, &image->modules);
	sort_unique(&image->modules);
	sort_unique(&image->module_versions);
	image->names = members->order_top;
	for (size_t i = 0; i < premount->count; i++)
		*ARRAY_ADD(members->arena, &image->names) = premount->items[i];
	if (image->made_by == GENERATOR_UNKNOWN && image->modules.count)
		image->made_by = GENERATOR_OTHER;
}
