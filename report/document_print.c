/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "document_print.h"

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

void document_printer_begin(struct document_printer *printer, FILE *stream)
{
	*printer = (struct document_printer){.stream = stream};
	(void)fputc('{', stream);
}

void document_printer_end(struct document_printer *printer)
{
	(void)fputs("\n}\n", printer->stream);
}

static void print_key(struct document_printer *printer, const char *key)
{
	/* Only json-c knows how it escapes. */
	json_object *name = json_object_new_string(key);

	(void)fprintf(printer->stream, "%s\n%*s%s:", printer->any_member ? "," : "", INDENT, "",
		      json_object_to_json_string_ext(name, JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(name);
	printer->any_member = true;
}

void document_printer_member(struct document_printer *printer, const char *key, json_object *value)
{
	print_key(printer, key);
	print_indented(value, 1, printer->stream);
}

void document_printer_array(struct document_printer *printer, const char *key)
{
	print_key(printer, key);
	(void)fputc('[', printer->stream);
	printer->any_item = false;
}

void document_printer_item(struct document_printer *printer, json_object *item)
{
	(void)fprintf(printer->stream, "%s\n%*s", printer->any_item ? "," : "", 2 * INDENT, "");
	print_indented(item, 2, printer->stream);
	json_object_put(item);
	printer->any_item = true;
}

void document_printer_array_end(struct document_printer *printer)
{
	(void)fprintf(printer->stream, "\n%*s]", INDENT, "");
}

static void print_items(struct document_printer *printer, const char *key, json_object *array)
{
	size_t count = json_object_array_length(array);

	document_printer_array(printer, key);
	for (size_t i = 0; i < count; i++) {
		document_printer_item(printer,
				      json_object_get(json_object_array_get_idx(array, i)));
		(void)json_object_array_put_idx(array, i, NULL);
	}
	document_printer_array_end(printer);
}

void document_print(json_object *document, FILE *stream)
{
	struct document_printer printer;

	document_printer_begin(&printer, stream);
	json_object_object_foreach(document, key, value)
	{
		if (json_object_is_type(value, json_type_array))
			print_items(&printer, key, value);
		else
			document_printer_member(&printer, key, value);
	}
	document_printer_end(&printer);
}
