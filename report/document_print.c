/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "document_print.h"
#include "preflight/base.h"

enum { INDENT = 2, FLAGS = JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE };

/* Inside strings newlines are escaped, so each one that is printed begins a line. */
static void print_indented(json_object *value, int depth, FILE *stream)
{
	const char *line = json_object_to_json_string_ext(value, FLAGS);

	for (;;) {
		size_t length = strcspn(line, "\n");

		(void)fwrite(line, 1, length, stream);
		if (!line[length])
			return;
		(void)fprintf(stream, "\n%*s", depth * INDENT, "");
		line += length + 1;
	}
}

static void print_items(json_object *array, FILE *stream)
{
	size_t count = json_object_array_length(array);

	(void)fputc('[', stream);
	for (size_t i = 0; i < count; i++) {
		(void)fprintf(stream, "%s\n%*s", i ? "," : "", 2 * INDENT, "");
		print_indented(json_object_array_get_idx(array, i), 2, stream);
		(void)json_object_array_put_idx(array, i, NULL);
	}
	(void)fprintf(stream, "\n%*s]", INDENT, "");
}

static void print_member(const char *key, json_object *value, FILE *stream)
{
	/* Only json-c knows how it escapes. */
	json_object *name = json_object_new_string(key);

	(void)fprintf(stream, "\n%*s%s:", INDENT, "",
		      json_object_to_json_string_ext(name, JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(name);
	if (json_object_is_type(value, json_type_array) && json_object_array_length(value))
		print_items(value, stream);
	else
		print_indented(value, 1, stream);
}

void document_print(json_object *document, FILE *stream)
{
	bool first = true;

	(void)fputc('{', stream);
	json_object_object_foreach(document, key, value)
	{
		if (!first)
			(void)fputc(',', stream);
		first = false;
		print_member(key, value, stream);
	}
	(void)fputs("\n}\n", stream);
}
