/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The values of a journal's records as JSON. Part of journal.h. */
#ifndef VFIOKIT_JOURNAL_JSON_H
#define VFIOKIT_JOURNAL_JSON_H

#include "configure/journal.h"

#include <json-c/json.h>

struct json_object *file_to_json(const struct journal_file *file);
struct json_object *digest_to_json(const struct digest *digest);
struct json_object *list_to_json(const struct strings *strings);
struct json_object *arguments_to_json(const char *const *argv); /* NULL: null */

/* Each returns false where the key is missing, has another type or an impossible value. Texts are copied
 * to the arena. */
bool record_text(struct arena *arena, struct json_object *object, const char *key,
		 const char **ret);
bool record_number(struct json_object *object, const char *key, int64_t lowest, int64_t highest,
		   int64_t *ret);
bool record_flag(struct json_object *object, const char *key, bool *ret);
bool record_list(struct arena *arena, struct json_object *object, const char *key,
		 struct strings *ret);
bool record_arguments(struct arena *arena, struct json_object *object, const char *key,
		      const char ***ret);
bool record_digest(struct json_object *object, const char *key, struct digest *ret);
bool record_file(struct arena *arena, struct json_object *object, const char *key,
		 struct journal_file *ret);

#endif
