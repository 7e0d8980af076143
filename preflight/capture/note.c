/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/capture/note.h"
#include "preflight/host/open.h"
#include "preflight/path_glob.h"

#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>

static const char schema[] = "vfiokit-capture/1";

/* Numbers differ between architectures. */
static const struct {
	const char *name;
	int error;
} error_names[] = {
	{"EACCES", EACCES},   {"EPERM", EPERM},     {"EIO", EIO},
	{"EINVAL", EINVAL},   {"ENODEV", ENODEV},   {"EFBIG", EFBIG},
	{"ELOOP", ELOOP},     {"ENODATA", ENODATA}, {"ENXIO", ENXIO},
	{"ENOTDIR", ENOTDIR}, {"EBUSY", EBUSY},     {"EOPNOTSUPP", EOPNOTSUPP},
	{"ETIME", ETIME},     {"EXDEV", EXDEV},     {"ENOSYS", ENOSYS},
	{"ESRCH", ESRCH},     {"EAGAIN", EAGAIN},   {"ENAMETOOLONG", ENAMETOOLONG},
	{"ETIMEDOUT", ETIMEDOUT},
};

static const char *name_of_error(int error)
{
	for (size_t i = 0; i < ARRAY_SIZE(error_names); i++)
		if (error_names[i].error == -error)
			return error_names[i].name;
	return "EIO";
}

static int error_of_name(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(error_names); i++)
		if (streq(error_names[i].name, name))
			return -error_names[i].error;
	return -EIO;
}

static int compare_paths(const void *a, const void *b)
{
	const struct unreadable *one = a, *other = b;

	return strcmp(one->path, other->path);
}

static void sort_unreadable(struct unreadables *list)
{
	if (list->count)
		qsort(list->items, list->count, sizeof(*list->items), compare_paths);
}

/* -- writing ------------------------------------------------------------------------------------- */

static struct json_object *text_or_null(const char *text)
{
	return text ? json_object_new_string(text) : NULL;
}

static struct json_object *unreadable_list(const struct unreadables *list)
{
	struct json_object *array = json_object_new_array();

	for_each (unreadable, list) {
		struct json_object *item = json_object_new_object();

		json_object_object_add(item, "path", json_object_new_string(unreadable->path));
		json_object_object_add(item, "error",
				       json_object_new_string(name_of_error(unreadable->error)));
		json_object_array_add(array, item);
	}
	return array;
}

const char *capture_note_print(struct arena *arena, struct capture_note *note)
{
	struct json_object *object = json_object_new_object(), *globs = json_object_new_array();
	const char *text;

	sort_unreadable(&note->unreadable);
	for_each (glob, &note->looked_for)
		json_object_array_add(globs, json_object_new_string(*glob));
	json_object_object_add(object, "schema", json_object_new_string(schema));
	json_object_object_add(object, "tool", json_object_new_string(VFIOKIT_VERSION));
	json_object_object_add(object, "live", json_object_new_boolean(note->live));
	json_object_object_add(object, "redacted", json_object_new_boolean(note->redacted));
	json_object_object_add(
		object, "root",
		note->as_root == UNKNOWN ? NULL : json_object_new_boolean(note->as_root == YES));
	json_object_object_add(object, "architecture", text_or_null(note->architecture));
	json_object_object_add(object, "log", text_or_null(note->log_source));
	json_object_object_add(object, "entries", json_object_new_int64((int64_t)note->entries));
	json_object_object_add(object, "looked_for", globs);
	json_object_object_add(object, "unreadable", unreadable_list(&note->unreadable));
	text = json_object_to_json_string_ext(object, JSON_C_TO_STRING_PRETTY |
							      JSON_C_TO_STRING_NOSLASHESCAPE);
	text = arena_printf(arena, "%s\n", text);
	json_object_put(object);
	return text;
}

/* -- reading ------------------------------------------------------------------------------------- */

static void cleanup_json(struct json_object **object)
{
	json_object_put(*object);
}

static void cleanup_tokener(struct json_tokener **tokener)
{
	json_tokener_free(*tokener);
}

/* The value where it is of this type, else NULL. */
static struct json_object *member(struct json_object *object, const char *key, json_type type)
{
	struct json_object *value;

	return json_object_object_get_ex(object, key, &value) && json_object_is_type(value, type)
		       ? value
		       : NULL;
}

static const char *member_text(struct arena *arena, struct json_object *object, const char *key)
{
	struct json_object *value = member(object, key, json_type_string);

	return value ? arena_strdup(arena, json_object_get_string(value)) : NULL;
}

static bool member_true(struct json_object *object, const char *key)
{
	struct json_object *value = member(object, key, json_type_boolean);

	return value && json_object_get_boolean(value);
}

static void parse_lists(struct arena *arena, struct json_object *object, struct capture_note *note)
{
	struct json_object *globs = member(object, "looked_for", json_type_array);
	struct json_object *unreadable = member(object, "unreadable", json_type_array);

	for (size_t i = 0; globs && i < json_object_array_length(globs); i++) {
		struct json_object *glob = json_object_array_get_idx(globs, i);

		if (json_object_is_type(glob, json_type_string))
			strings_add(arena, &note->looked_for, json_object_get_string(glob));
	}
	for (size_t i = 0; unreadable && i < json_object_array_length(unreadable); i++) {
		struct json_object *item = json_object_array_get_idx(unreadable, i);
		const char *path = member_text(arena, item, "path");
		const char *error = member_text(arena, item, "error");

		if (path && error)
			*ARRAY_ADD(arena, &note->unreadable) =
				(struct unreadable){path, error_of_name(error)};
	}
	sort_unreadable(&note->unreadable);
}

int capture_note_parse(struct arena *arena, const char *text, size_t length,
		       struct capture_note *ret_note)
{
	enum { DEPTH = 8 };
	_cleanup_(cleanup_tokener) struct json_tokener *tokener = json_tokener_new_ex(DEPTH);
	_cleanup_(cleanup_json) struct json_object *object = NULL;
	struct capture_note note = {0};
	struct json_object *value;

	if (!tokener || length > INT32_MAX)
		return -EINVAL;
	object = json_tokener_parse_ex(tokener, text, (int)length);
	if (!object || !json_object_is_type(object, json_type_object) ||
	    !streq(member_text(arena, object, "schema"), schema))
		return -EINVAL;
	note.live = member_true(object, "live");
	note.redacted = member_true(object, "redacted");
	value = member(object, "root", json_type_boolean);
	note.as_root = value ? truth_of(json_object_get_boolean(value)) : UNKNOWN;
	note.architecture = member_text(arena, object, "architecture");
	note.log_source = member_text(arena, object, "log");
	value = member(object, "entries", json_type_int);
	if (value && json_object_get_int64(value) > 0)
		note.entries = (size_t)json_object_get_int64(value);
	parse_lists(arena, object, &note);
	*ret_note = note;
	return 0;
}

void capture_note_distrust(struct capture_note *note)
{
	note->live = false;
	note->looked_for = (struct strings){0};
}

/* -- asking -------------------------------------------------------------------------------------- */

int capture_note_error(const struct capture_note *note, const char *path)
{
	const struct unreadable key = {.path = path}, *found;

	if (!note->unreadable.count)
		return 0;
	found = bsearch(&key, note->unreadable.items, note->unreadable.count, sizeof(key),
			compare_paths);
	return found ? found->error : 0;
}

bool capture_note_covers(const struct capture_note *note, const char *path)
{
	for_each (glob, &note->looked_for)
		if (path_glob_covers(*glob, path))
			return true;
	return false;
}

/* The machine's error for what stands at this descriptor, or 0. */
static int error_at(const struct capture_note *note, int root, int fd)
{
	char path[PATH_MAX];

	return descriptor_path_inside(root, fd, path) == 0 ? capture_note_error(note, path) : 0;
}

/* The error of the deepest directory on the way that is there, where that one could not be read. */
static int error_above(const struct capture_note *note, int root, int base, const char *path,
		       uint64_t resolve)
{
	char above[PATH_MAX];
	size_t length = strlen(path);

	if (length >= sizeof(above))
		return 0;
	memcpy(above, path, length + 1);
	while (length) {
		while (length && above[length - 1] != '/')
			length--;
		while (length && above[length - 1] == '/')
			length--;
		above[length] = '\0';

		_cleanup_close_ int fd = open_beneath(base, length ? above : ".", O_PATH, resolve);

		if (fd >= 0)
			return error_at(note, root, fd);
	}
	return 0;
}

int capture_note_apply(const struct capture_note *note, int root, int base, const char *path,
		       uint64_t flags, uint64_t resolve, int fd)
{
	int error = 0;

	if (!note->unreadable.count)
		return fd;
	if (fd >= 0 && !(flags & O_PATH))
		error = error_at(note, root, fd);
	else if (fd == -ENOENT)
		error = error_above(note, root, base, path, resolve);
	if (!error)
		return fd;
	if (fd >= 0)
		close(fd);
	return error;
}
