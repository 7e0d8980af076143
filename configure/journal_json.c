/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "configure/journal_json.h"
#include "configure/folder.h"

static void add(struct json_object *object, const char *key, struct json_object *value)
{
	if (json_object_object_add(object, key, value) < 0)
		abort(); /* out of memory: as an arena does */
}

static struct json_object *hex_to_json(struct bytes bytes)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	char *text = arena_alloc(arena, 2 * bytes.length + 1);

	for (size_t i = 0; i < bytes.length; i++)
		(void)snprintf(text + 2 * i, 3, "%02x", (unsigned char)bytes.data[i]);
	return json_object_new_string(text);
}

static bool hex_digit(char digit, unsigned *ret)
{
	if (digit >= '0' && digit <= '9')
		*ret = (unsigned)(digit - '0');
	else if (digit >= 'a' && digit <= 'f')
		*ret = (unsigned)(digit - 'a') + 10;
	else
		return false;
	return true;
}

static bool parse_hex(struct arena *arena, const char *text, struct bytes *ret)
{
	size_t length = strlen(text) / 2;
	char *data = arena_alloc(arena, length + 1);

	for (size_t i = 0; i < length; i++) {
		unsigned high, low;

		if (!hex_digit(text[2 * i], &high) || !hex_digit(text[2 * i + 1], &low))
			return false;
		data[i] = (char)(high << 4 | low);
	}
	*ret = (struct bytes){.data = data, .length = length};
	return strlen(text) % 2 == 0;
}

struct json_object *digest_to_json(const struct digest *digest)
{
	struct json_object *object = json_object_new_object();
	char hash[17];

	(void)snprintf(hash, sizeof(hash), "%016llx", (unsigned long long)digest->hash);
	add(object, "size", json_object_new_int64((int64_t)digest->size));
	add(object, "fnv1a", json_object_new_string(hash));
	return object;
}

struct json_object *list_to_json(const struct strings *strings)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < strings->count; i++)
		(void)json_object_array_add(list, json_object_new_string(strings->items[i]));
	return list;
}

struct json_object *arguments_to_json(const char *const *argv)
{
	struct json_object *list = argv ? json_object_new_array() : NULL;

	for (; argv && *argv; argv++)
		(void)json_object_array_add(list, json_object_new_string(*argv));
	return list;
}

static struct json_object *time_to_json(struct timespec time)
{
	struct json_object *pair = json_object_new_array();

	(void)json_object_array_add(pair, json_object_new_int64(time.tv_sec));
	(void)json_object_array_add(pair, json_object_new_int64(time.tv_nsec));
	return pair;
}

struct json_object *file_to_json(const struct journal_file *file)
{
	struct json_object *object = json_object_new_object(), *attributes;
	const struct file_status *status = &file->status;

	add(object, "path", json_object_new_string(file->path));
	add(object, "on_esp", json_object_new_boolean(file->on_esp));
	add(object, "folders", list_to_json(&file->folders));
	add(object, "existed", json_object_new_boolean(file->existed));
	if (!file->existed)
		return object;
	attributes = json_object_new_object();
	for_each (attribute, &status->attributes)
		add(attributes, attribute->name, hex_to_json(attribute->value));
	add(object, "digest", digest_to_json(&file->digest));
	add(object, "mode", json_object_new_int64(status->mode));
	add(object, "user", json_object_new_int64(status->user));
	add(object, "group", json_object_new_int64(status->group));
	add(object, "accessed", time_to_json(status->accessed));
	add(object, "modified", time_to_json(status->modified));
	add(object, "attributes", attributes);
	return object;
}

static struct json_object *get(struct json_object *object, const char *key, enum json_type type)
{
	struct json_object *value = NULL;

	if (!json_object_object_get_ex(object, key, &value) || !json_object_is_type(value, type))
		return NULL;
	return value;
}

bool record_text(struct arena *arena, struct json_object *object, const char *key, const char **ret)
{
	struct json_object *value = get(object, key, json_type_string);

	if (value)
		*ret = arena_strdup(arena, json_object_get_string(value));
	return value;
}

bool record_number(struct json_object *object, const char *key, int64_t lowest, int64_t highest,
		   int64_t *ret)
{
	struct json_object *value = get(object, key, json_type_int);
	int64_t number = value ? json_object_get_int64(value) : 0;

	if (!value || number < lowest || number > highest)
		return false;
	*ret = number;
	return true;
}

bool record_flag(struct json_object *object, const char *key, bool *ret)
{
	struct json_object *value = get(object, key, json_type_boolean);

	if (value)
		*ret = json_object_get_boolean(value);
	return value;
}

bool record_list(struct arena *arena, struct json_object *object, const char *key,
		 struct strings *ret)
{
	struct json_object *list = get(object, key, json_type_array);

	for (size_t i = 0; list && i < json_object_array_length(list); i++) {
		struct json_object *item = json_object_array_get_idx(list, i);

		if (!json_object_is_type(item, json_type_string))
			return false;
		strings_add(arena, ret, json_object_get_string(item));
	}
	return list;
}

bool record_arguments(struct arena *arena, struct json_object *object, const char *key,
		      const char ***ret)
{
	struct strings list = {0};

	if (!record_list(arena, object, key, &list) || !list.count)
		return false;
	*ARRAY_ADD(arena, &list) = NULL;
	*ret = list.items;
	return true;
}

bool record_digest(struct json_object *object, const char *key, struct digest *ret)
{
	struct json_object *value = get(object, key, json_type_object);
	struct json_object *hash = value ? get(value, "fnv1a", json_type_string) : NULL;
	const char *text = hash ? json_object_get_string(hash) : "";
	struct digest digest = {0};
	int64_t size;

	if (strlen(text) != 16 || !record_number(value, "size", 0, INT64_MAX, &size))
		return false;
	for (; *text; text++) {
		unsigned digit;

		if (!hex_digit(*text, &digit))
			return false;
		digest.hash = digest.hash << 4 | digit;
	}
	digest.size = (uint64_t)size;
	*ret = digest;
	return true;
}

static bool record_time(struct json_object *object, const char *key, struct timespec *ret)
{
	struct json_object *pair = get(object, key, json_type_array);

	if (!pair || json_object_array_length(pair) != 2)
		return false;
	ret->tv_sec = json_object_get_int64(json_object_array_get_idx(pair, 0));
	ret->tv_nsec = json_object_get_int64(json_object_array_get_idx(pair, 1));
	return ret->tv_nsec >= 0 && ret->tv_nsec < 1000000000;
}

static bool record_attributes(struct arena *arena, struct json_object *object,
			      struct attributes *ret)
{
	struct json_object *all = get(object, "attributes", json_type_object);

	if (!all)
		return false;
	json_object_object_foreach(all, name, value)
	{
		struct attribute *attribute = ARRAY_ADD(arena, ret);

		attribute->name = arena_strdup(arena, name);
		if (!json_object_is_type(value, json_type_string) ||
		    !parse_hex(arena, json_object_get_string(value), &attribute->value))
			return false;
	}
	return true;
}

static bool record_status(struct arena *arena, struct json_object *object, struct file_status *ret)
{
	int64_t mode, user, group;

	if (!record_number(object, "mode", 0, 07777, &mode) ||
	    !record_number(object, "user", 0, UINT32_MAX, &user) ||
	    !record_number(object, "group", 0, UINT32_MAX, &group))
		return false;
	ret->mode = (mode_t)mode;
	ret->user = (uid_t)user;
	ret->group = (gid_t)group;
	return record_time(object, "accessed", &ret->accessed) &&
	       record_time(object, "modified", &ret->modified) &&
	       record_attributes(arena, object, &ret->attributes);
}

bool record_file(struct arena *arena, struct json_object *object, const char *key,
		 struct journal_file *ret)
{
	struct json_object *value = get(object, key, json_type_object);
	struct journal_file file = {0};

	if (!value || !record_text(arena, value, "path", &file.path) || !path_is_plain(file.path) ||
	    !*file.path || !record_flag(value, "on_esp", &file.on_esp) ||
	    !record_flag(value, "existed", &file.existed) ||
	    !record_list(arena, value, "folders", &file.folders))
		return false;
	for (size_t i = 0; i < file.folders.count; i++)
		if (!path_is_plain(file.folders.items[i]))
			return false;
	if (file.existed && (!record_digest(value, "digest", &file.digest) ||
			     !record_status(arena, value, &file.status)))
		return false;
	file.status.size = file.digest.size;
	*ret = file;
	return true;
}
