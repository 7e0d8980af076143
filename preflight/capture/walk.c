/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/capture/collect.h"
#include "preflight/path_glob.h"

#include <errno.h>
#include <strings.h>

enum {
	LINK_DEPTH = 40,        /* as the kernel's own limit */
	ENTRIES_LIMIT = 150000, /* less than capture/snapshot.h takes */
	NAME_LIMIT = 256,
};

#define BYTES_LIMIT (UINT64_C(768) << 20)

/* Where a path leads when all links are followed. */
struct place {
	const char *path; /* NULL: nowhere */
	bool directory;
};

static const struct place nowhere = {NULL, false};

/* -- entries -------------------------------------------------------------------------------------- */

struct capture_entry *capture_find(const struct capture *capture, const char *path)
{
	const size_t *index = string_table_find(&capture->places, path, strlen(path));

	return index ? &capture->entries.items[*index - 1] : NULL;
}

static void add_parents(struct capture *capture, const char *path)
{
	const char *slash = strrchr(path, '/');

	if (slash)
		capture_add_directory(capture,
				      arena_copy(capture->arena, path, (size_t)(slash - path)));
}

/* A new entry; NULL where there is one, or no room. */
static struct capture_entry *add_entry(struct capture *capture, const char *path,
				       enum capture_kind kind)
{
	struct capture_entry *entry;
	size_t *index;

	if (!*path || capture_find(capture, path))
		return NULL;
	if (capture->entries.count >= ENTRIES_LIMIT) {
		capture->full = true;
		return NULL;
	}
	add_parents(capture, path);
	entry = ARRAY_ADD(capture->arena, &capture->entries);
	*entry = (struct capture_entry){
		.path = arena_strdup(capture->arena, path), .kind = kind, .mode = 0644};
	index = string_table_add(&capture->places, capture->arena, path, strlen(path), NULL);
	*index = capture->entries.count;
	return entry;
}

void capture_add_directory(struct capture *capture, const char *path)
{
	(void)add_entry(capture, path, CAPTURED_DIRECTORY);
}

/*
 * A link with more ".." than there are directories above it leads to the root, for the kernel; in an
 * archive it would lead out of the tree, and be refused. So it is written as an absolute one.
 */
static const char *target_inside(const struct capture *capture, const char *path,
				 const char *target)
{
	char *inside = arena_printf(capture->arena, "/%s/../%s", path, target), *end = inside;
	bool out = false;

	for (const char *at = inside; *at;) {
		size_t length;

		at += strspn(at, "/");
		length = strcspn(at, "/");
		if (length == 2 && at[0] == '.' && at[1] == '.') {
			out |= end == inside;
			while (end > inside && *--end != '/')
				;
		} else if (length && !(length == 1 && *at == '.')) {
			*end++ = '/';
			memmove(end, at, length);
			end += length;
		}
		at += length;
	}
	*end = '\0';
	if (*target == '/' || !out)
		return target;
	return *inside ? inside : "/";
}

void capture_add_link(struct capture *capture, const char *path, const char *target)
{
	struct capture_entry *entry = add_entry(capture, path, CAPTURED_LINK);

	if (entry)
		entry->target =
			arena_strdup(capture->arena, target_inside(capture, entry->path, target));
}

struct capture_entry *capture_add_file(struct capture *capture, const char *path,
				       struct bytes bytes, enum redaction redaction)
{
	struct capture_entry *entry = add_entry(capture, path, CAPTURED_FILE);

	if (!entry)
		return NULL;
	entry->bytes = bytes;
	entry->redaction = redaction;
	capture->bytes += bytes.length;
	if (capture->bytes > BYTES_LIMIT)
		capture->full = true;
	return entry;
}

void capture_add_unreadable(struct capture *capture, const char *path, int error)
{
	(void)capture_add_file(capture, path, (struct bytes){"", 0}, REDACT_NOTHING);
	*ARRAY_ADD(capture->arena, &capture->note.unreadable) =
		(struct unreadable){arena_strdup(capture->arena, path), error};
}

/* A directory that cannot be looked into. */
static void add_closed(struct capture *capture, const char *path, int error)
{
	if (!*path || error == -ENOENT || error == -ENOTDIR)
		return;
	for_each (known, &capture->note.unreadable)
		if (streq(known->path, path))
			return;
	capture_add_directory(capture, path);
	capture_add_unreadable(capture, path, error);
}

/* -- paths ---------------------------------------------------------------------------------------- */

static const char *join(const struct capture *capture, const char *directory, const char *name)
{
	return *directory ? arena_printf(capture->arena, "%s/%s", directory, name)
			  : arena_strdup(capture->arena, name);
}

/* The links of procfs lead to the process that reads them: what they show is taken where it is asked
 * for. */
static bool is_flat(const char *path)
{
	return starts_with(path, "proc/");
}

static struct place follow(struct capture *capture, const char *directory, const char *target,
			   unsigned depth);

/* One component further. Every link on the way becomes an entry. */
static struct place step(struct capture *capture, const char *directory, const char *name,
			 unsigned depth)
{
	const char *path = join(capture, directory, name), *target;
	const struct capture_entry *known = capture_find(capture, path);
	struct stat status;
	int r;

	if (known && known->kind == CAPTURED_DIRECTORY)
		return (struct place){path, true};
	if (known && known->kind == CAPTURED_LINK)
		return depth ? follow(capture, directory, known->target, depth - 1) : nowhere;
	if (!is_flat(path) && host_read_link(capture->host, capture->arena, path, &target) == 0) {
		capture_add_link(capture, path, target);
		return depth ? follow(capture, directory, target, depth - 1) : nowhere;
	}
	r = host_stat(capture->host, path, &status);
	if (r < 0) {
		add_closed(capture, directory, r);
		return nowhere;
	}
	if (S_ISDIR(status.st_mode))
		capture_add_directory(capture, path);
	return (struct place){path, S_ISDIR(status.st_mode)};
}

static const char *parent_of(const struct capture *capture, const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? arena_copy(capture->arena, path, (size_t)(slash - path)) : "";
}

/* Where a path leads that is seen from a directory. As for the kernel, ".." of the root is the root. */
static struct place follow(struct capture *capture, const char *directory, const char *target,
			   unsigned depth)
{
	struct place place = {*target == '/' ? "" : directory, true};
	char name[NAME_LIMIT];

	while (*target) {
		size_t length = strcspn(target, "/");

		if (!place.path || !place.directory || length >= sizeof(name))
			return nowhere;
		memcpy(name, target, length);
		name[length] = '\0';
		target += length + (target[length] == '/');
		if (streq(name, ".."))
			place.path = parent_of(capture, place.path);
		else if (*name && !streq(name, "."))
			place = step(capture, place.path, name, depth);
	}
	return place;
}

/* -- files ---------------------------------------------------------------------------------------- */

/* Files of the kernel have no time and no mode that say anything. */
static bool is_kernels(const char *path)
{
	return starts_with(path, "sys/") || starts_with(path, "proc/");
}

static void set_status(const struct capture *capture, struct capture_entry *entry)
{
	struct stat status;

	if (!entry || is_kernels(entry->path) || host_stat(capture->host, entry->path, &status) < 0)
		return;
	entry->mode = status.st_mode & 0777;
	entry->time = status.st_mtime;
}

static void take_existence(struct capture *capture, const char *path)
{
	struct stat status;
	int r = host_stat(capture->host, path, &status);

	if (r < 0)
		return;
	if (S_ISDIR(status.st_mode)) {
		capture_add_directory(capture, path);
		return;
	}
	/* Who reads it all the same must not take it for empty. */
	if (S_ISREG(status.st_mode) && status.st_size && !is_kernels(path))
		capture_add_unreadable(capture, path, -ENODATA);
	else
		(void)capture_add_file(capture, path, (struct bytes){"", 0}, REDACT_NOTHING);
	set_status(capture, capture_find(capture, path));
}

static int read_head(const struct capture *capture, const char *path, size_t limit,
		     struct bytes *ret_bytes)
{
	_cleanup_directory_ struct directory root = {.fd = -1};
	char *buffer = arena_alloc(capture->arena, limit + 1);
	int r = host_directory_open(capture->host, "", &root);

	if (r == 0)
		r = directory_read_into(&root, path, buffer, limit, &ret_bytes->length);
	ret_bytes->data = buffer;
	return r;
}

static int read_content(const struct capture *capture, const struct capture_row *row,
			const char *path, struct bytes *ret_bytes)
{
	int r;

	if (row->flags & CAPTURE_PROGRAM)
		return capture_read_program(capture, path, ret_bytes);
	if (row->flags & CAPTURE_HEAD)
		return read_head(capture, path, row->limit, ret_bytes);
	r = host_read(capture->host, capture->arena, path, row->limit, ret_bytes);
	if (r == 0)
		*ret_bytes = capture_shorten(capture, row->flags, *ret_bytes);
	return r;
}

static bool is_character_device(const struct capture *capture, const char *path)
{
	struct stat status;

	return host_stat(capture->host, path, &status) == 0 && S_ISCHR(status.st_mode);
}

/* No row names these, but a link may lead to them. */
static bool is_secret(const char *path)
{
	static const char *const beginnings[] = {
		"etc/shadow",
		"etc/gshadow",
		"etc/passwd",
		"etc/sudoers",
		"etc/ssh/",
		"etc/ssl/",
		"etc/pki/",
		"etc/luks",
		"etc/machine-id",
		"var/lib/dbus/",
		"etc/NetworkManager/",
		"etc/wireguard/",
		"etc/krb5",
		"root/",
		"home/",
		"var/lib/systemd/",
	};

	for (size_t i = 0; i < ARRAY_SIZE(beginnings); i++)
		if (starts_with(path, beginnings[i]))
			return true;
	return strstr(path, "/.ssh/") || strstr(path, "/.gnupg/");
}

static void take_file(struct capture *capture, const struct capture_row *row, const char *path)
{
	struct bytes bytes = {0};
	int r;

	if (is_secret(path)) {
		capture_add_unreadable(capture, path, -EACCES);
		return;
	}
	if (row->flags & CAPTURE_EXISTS) {
		take_existence(capture, path);
		return;
	}
	r = read_content(capture, row, path, &bytes);
	if (row->flags & CAPTURE_LEARN) {
		if (r == 0)
			redactor_learn_serial(capture->redactor, bytes.data, bytes.length);
	} else if (r == -EISDIR) {
		capture_add_directory(capture, path);
	} else if (r == -ENODATA && row->flags & CAPTURE_PROGRAM) {
		take_existence(capture, path);
	} else if (r == -EINVAL && is_character_device(capture, path)) {
		/* A null device in place of a file switches the file off, as a link to it does. */
		capture_add_link(capture, path, "/dev/null");
	} else if (r == 0) {
		if (row->only && !memmem(bytes.data, bytes.length, row->only, strlen(row->only)))
			bytes = (struct bytes){"", 0};
		set_status(capture, capture_add_file(capture, path, bytes, row->redaction));
	} else if (r != -ENOENT) {
		capture_add_unreadable(capture, path, r);
	}
}

/* -- rows ----------------------------------------------------------------------------------------- */

static void take_target(struct capture *capture, const struct capture_row *row,
			const char *directory, const char *target)
{
	/* Where a link of sysfs leads is a directory, of which the place alone tells something. */
	bool wanted = row->flags & CAPTURE_FOLLOW || starts_with(directory, "sys/");
	struct place place = wanted ? follow(capture, directory, target, LINK_DEPTH) : nowhere;

	if (place.path && !place.directory && !capture_find(capture, place.path))
		take_file(capture, row, place.path);
}

/* The name that a file system without capital letters knows, or the name itself. */
static const char *stored_name(const struct capture *capture, const struct capture_row *row,
			       const char *at, const char *name)
{
	struct strings names = {0};

	if (!(row->flags & CAPTURE_ANY_CASE) ||
	    host_exists(capture->host, join(capture, at, name)) != -ENOENT ||
	    host_list(capture->host, capture->arena, at, &names) < 0)
		return name;
	for_each (found, &names)
		if (strcasecmp(*found, name) == 0)
			return *found;
	return name;
}

static void take_name(struct capture *capture, const struct capture_row *row,
		      const struct directory *directory, const char *at, const char *name)
{
	const char *path = join(capture, at, name), *target;
	const struct capture_entry *known = capture_find(capture, path);
	int r;

	if (known) {
		if (known->kind == CAPTURED_LINK)
			take_target(capture, row, at, known->target);
		return;
	}
	r = is_flat(path) ? -EINVAL : directory_read_link(directory, capture->arena, name, &target);
	if (r == 0 && !(row->flags & CAPTURE_LEARN)) {
		capture_add_link(capture, path, target);
		take_target(capture, row, at, target);
	} else if (r != -ENOENT && !(row->flags & CAPTURE_LINKS)) {
		take_file(capture, row, path);
	}
}

static void take_names(struct capture *capture, const struct capture_row *row, const char *at)
{
	_cleanup_directory_ struct directory directory = {.fd = -1};
	struct strings listed = {0};
	const char *names = row->names;
	char name[NAME_LIMIT];
	int r = host_directory_open(capture->host, at, &directory);

	if (r == 0 && path_glob_is_pattern(names))
		r = directory_list(&directory, capture->arena, ".", &listed);
	if (r < 0) {
		add_closed(capture, at, r);
		return;
	}
	while (*names) {
		size_t length = strcspn(names, " ");

		(void)snprintf(name, sizeof(name), "%.*s", (int)length, names);
		names += length + strspn(names + length, " ");
		if (!path_glob_is_pattern(name))
			take_name(capture, row, &directory, at,
				  stored_name(capture, row, at, name));
		else
			for_each (found, &listed)
				if (path_glob_matches_name(name, *found))
					take_name(capture, row, &directory, at, *found);
	}
}

static void descend(struct capture *capture, const struct capture_row *row, const char *at,
		    const char *rest);

static void enter(struct capture *capture, const struct capture_row *row, const char *at,
		  const char *name, const char *rest)
{
	struct place place = step(capture, at, name, LINK_DEPTH);

	if (place.path && place.directory)
		descend(capture, row, place.path, rest);
	else if (place.path && starts_with(at, "sys/"))
		/* A file between the directories: that it is there is all that matters. */
		(void)capture_add_file(capture, place.path, (struct bytes){"", 0}, REDACT_NOTHING);
}

static void descend(struct capture *capture, const struct capture_row *row, const char *at,
		    const char *rest)
{
	size_t length = strcspn(rest, "/");
	struct strings names = {0};
	char component[NAME_LIMIT];
	int r;

	if (capture->full)
		return;
	if (!*rest) {
		take_names(capture, row, at);
		return;
	}
	(void)snprintf(component, sizeof(component), "%.*s", (int)length, rest);
	rest += length + (rest[length] == '/');
	if (!path_glob_is_pattern(component)) {
		enter(capture, row, at, stored_name(capture, row, at, component), rest);
		return;
	}
	r = host_list(capture->host, capture->arena, at, &names);
	if (r < 0)
		add_closed(capture, at, r);
	for_each (name, &names)
		if (path_glob_matches_name(component, *name))
			enter(capture, row, at, *name, rest);
}

void capture_take_row(struct capture *capture, const struct capture_row *row)
{
	descend(capture, row, "", row->directory);
}

const char *capture_take_content(struct capture *capture, const char *path, struct bytes bytes,
				 enum redaction redaction)
{
	struct place place = follow(capture, "", path, LINK_DEPTH);
	struct capture_entry *entry;

	if (!place.path || place.directory)
		return NULL;
	entry = capture_add_file(capture, place.path, bytes, redaction);
	set_status(capture, entry);
	return place.path;
}
