/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "template.h"
#include "template_parse.h"

#include <errno.h>

struct rendering {
	const struct template_source *source;
	struct arena *arena;
	enum escape escape;
	FILE *stream;
	json_object *values[TEMPLATE_DEPTH_LIMIT + 1]; /* the innermost last */
	size_t depth;
	unsigned partials; /* inside each other */
	size_t steps;
	struct error *error;
};

/* A template that is being shown. */
struct shown {
	const char *name;
	struct template_parts parts;
};

static int render_text(struct rendering *rendering, const char *name, struct bytes text);
static int render_parts(struct rendering *rendering, const struct shown *shown, size_t first,
			size_t end);

static int fail(struct rendering *rendering, const struct shown *shown,
		const struct template_part *part, const char *what)
{
	return error_set(rendering->error, -EINVAL, "template %s, line %u: %s: %.80s", shown->name,
			 part->line, what, part->text);
}

/* -- values ------------------------------------------------------------------------------------------ */

/* The member of an object whose name is length bytes. False where value is no object, or has none. */
static bool member(json_object *value, const char *name, size_t length, json_object **ret_member)
{
	char key[128];

	if (!json_object_is_type(value, json_type_object) || length >= sizeof(key))
		return false;
	(void)snprintf(key, sizeof(key), "%.*s", (int)length, name);
	return json_object_object_get_ex(value, key, ret_member);
}

/* The first word of a dotted name is sought from the inside out, the others only in what it names. */
static json_object *look_up(const struct rendering *rendering, const char *name)
{
	size_t length = strcspn(name, ".");
	json_object *value = NULL;

	if (streq(name, "."))
		return rendering->values[rendering->depth - 1];
	for (size_t i = rendering->depth; i > 0; i--)
		if (member(rendering->values[i - 1], name, length, &value))
			break;
	while (name[length]) {
		name += length + 1;
		length = strcspn(name, ".");
		if (!member(value, name, length, &value))
			return NULL;
	}
	return value;
}

static bool is_true(json_object *value)
{
	switch (json_object_get_type(value)) {
	case json_type_null:
		return false;
	case json_type_boolean:
		return json_object_get_boolean(value);
	case json_type_array:
		return json_object_array_length(value) > 0;
	default:
		return true;
	}
}

/* The shortest of two forms that reads back as the same number. */
static void print_double(char *buffer, size_t size, double value)
{
	(void)snprintf(buffer, size, "%.15g", value);
	if (strtod(buffer, NULL) != value)
		(void)snprintf(buffer, size, "%.17g", value);
}

static void write_value(struct rendering *rendering, json_object *value, bool raw)
{
	char number[64];
	const char *text;
	size_t length;

	switch (json_object_get_type(value)) {
	case json_type_null:
		return;
	case json_type_string:
		text = json_object_get_string(value);
		length = (size_t)json_object_get_string_len(value);
		break;
	case json_type_double:
		print_double(number, sizeof(number), json_object_get_double(value));
		text = number;
		length = strlen(number);
		break;
	default:
		text = json_object_to_json_string_ext(
			value, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
		length = strlen(text);
		break;
	}
	if (raw)
		(void)fwrite(text, 1, length, rendering->stream);
	else
		escape_write(rendering->stream, rendering->escape, text, length);
}

/* -- parts ------------------------------------------------------------------------------------------- */

static int render_with(struct rendering *rendering, const struct shown *shown, size_t section,
		       json_object *value)
{
	const struct template_part *part = &shown->parts.items[section];
	int r;

	if (rendering->depth > TEMPLATE_DEPTH_LIMIT)
		return fail(rendering, shown, part, N_("too many sections inside each other"));
	rendering->values[rendering->depth++] = value;
	r = render_parts(rendering, shown, section + 1, part->end);
	rendering->depth--;
	return r;
}

static int render_section(struct rendering *rendering, const struct shown *shown, size_t section,
			  json_object *value)
{
	int r = 0;

	if (!json_object_is_type(value, json_type_array))
		return render_with(rendering, shown, section, value);
	for (size_t i = 0; r == 0 && i < json_object_array_length(value); i++)
		r = render_with(rendering, shown, section, json_object_array_get_idx(value, i));
	return r;
}

/* A copy of text with indent before each line that is not empty. */
static struct bytes indented(struct arena *arena, struct bytes text, const char *indent)
{
	size_t lines = 1, length = 0;
	struct bytes copy;
	char *data;

	for (size_t i = 0; i < text.length; i++)
		lines += text.data[i] == '\n';
	data = arena_alloc(arena, text.length + lines * strlen(indent) + 1);
	for (size_t i = 0; i < text.length; i++) {
		if ((i == 0 || text.data[i - 1] == '\n') && text.data[i] != '\n')
			length += (size_t)(stpcpy(data + length, indent) - (data + length));
		data[length++] = text.data[i];
	}
	copy.data = data;
	copy.length = length;
	return copy;
}

static int render_partial(struct rendering *rendering, const struct shown *shown,
			  const struct template_part *part)
{
	struct bytes text = {0};
	int r;

	if (rendering->partials == TEMPLATE_DEPTH_LIMIT)
		return fail(rendering, shown, part, N_("too many partials inside each other"));
	r = rendering->source->find(rendering->source->context, rendering->arena, part->text, &text,
				    rendering->error);
	if (r == -ENOENT)
		return fail(rendering, shown, part, N_("no such partial"));
	if (r < 0)
		return r;
	if (*part->indent)
		text = indented(rendering->arena, text, part->indent);
	rendering->partials++;
	r = render_text(rendering, part->text, text);
	rendering->partials--;
	return r;
}

static int render_part(struct rendering *rendering, const struct shown *shown, size_t index)
{
	const struct template_part *part = &shown->parts.items[index];

	if (++rendering->steps > TEMPLATE_STEP_LIMIT)
		return fail(rendering, shown, part, N_("the document becomes too large here"));
	switch (part->kind) {
	case PART_TEXT:
		(void)fwrite(part->text, 1, part->length, rendering->stream);
		return 0;
	case PART_WORDS:
		(void)fputs(translated(part->text), rendering->stream);
		return 0;
	case PART_VALUE:
	case PART_RAW:
		write_value(rendering, look_up(rendering, part->text), part->kind == PART_RAW);
		return 0;
	case PART_PARTIAL:
		return render_partial(rendering, shown, part);
	case PART_SECTION:
	case PART_INVERTED:
		break;
	}
	if (is_true(look_up(rendering, part->text)) != (part->kind == PART_SECTION))
		return 0;
	if (part->kind == PART_INVERTED)
		return render_parts(rendering, shown, index + 1, part->end);
	return render_section(rendering, shown, index, look_up(rendering, part->text));
}

static int render_parts(struct rendering *rendering, const struct shown *shown, size_t first,
			size_t end)
{
	int r = 0;

	for (size_t i = first; r == 0 && i < end;) {
		const struct template_part *part = &shown->parts.items[i];
		bool section = part->kind == PART_SECTION || part->kind == PART_INVERTED;

		r = render_part(rendering, shown, i);
		i = section ? part->end : i + 1;
	}
	return r;
}

static int render_text(struct rendering *rendering, const char *name, struct bytes text)
{
	struct arena *outer = rendering->arena;
	_cleanup_arena_ struct arena *arena = arena_new();
	struct shown shown = {.name = name};
	int r = template_parse(arena, name, text, &shown.parts, rendering->error);

	if (r < 0)
		return r;
	/* What partials need is given back when they are done: they may be shown a thousand times. */
	rendering->arena = arena;
	r = render_parts(rendering, &shown, 0, shown.parts.count);
	rendering->arena = outer;
	return r;
}

int template_render(const struct template_source *source, enum escape escape, const char *name,
		    struct bytes text, json_object *data, FILE *stream, struct error *error)
{
	struct rendering rendering = {
		.source = source,
		.escape = escape,
		.stream = stream,
		.values = {data},
		.depth = 1,
		.error = error,
	};

	return render_text(&rendering, name, text);
}
