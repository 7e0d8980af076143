/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/parse/modprobe.h"
#include "preflight/parse/cmdline.h"
#include "preflight/parse/lines.h"

enum {
	IDS_SIZE = 1024, /* char ids[1024] of vfio_pci.c, its NUL included */
	ID_FIELDS = 6,
	ID_FIELDS_NEEDED = 2,
};

static const uint32_t any_id = UINT32_MAX;

static const struct {
	const char *word;
	enum modprobe_command command;
} commands[] = {
	{"options", MODPROBE_OPTIONS}, {"blacklist", MODPROBE_BLACKLIST},
	{"install", MODPROBE_INSTALL}, {"remove", MODPROBE_REMOVE},
	{"softdep", MODPROBE_SOFTDEP}, {"weakdep", MODPROBE_WEAKDEP},
	{"alias", MODPROBE_ALIAS},
};

/* isspace() of the C locale; the kernel's own adds only the no-break space of Latin-1. */
static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* -- lines ----------------------------------------------------------------------------------- */

/* Reads the logical line at *position into line (with room for all that is left) and moves behind
 * it. Returns the number of physical lines. */
static unsigned read_logical_line(const char *text, size_t text_length, size_t *position,
				  char *line)
{
	unsigned physical = 1;
	size_t length = 0;

	while (*position < text_length) {
		char c = text[(*position)++];

		if (c == '\n')
			break;
		if (c == '\\') {
			if (*position == text_length)
				break;
			c = text[(*position)++];
			if (c == '\n') {
				physical++;
				continue;
			}
		}
		line[length++] = c;
	}
	line[length] = '\0';
	return physical;
}

/* Without white space at both ends. */
static struct span trim(struct span text)
{
	while (text.length && is_space(*text.data)) {
		text.data++;
		text.length--;
	}
	while (text.length && is_space(text.data[text.length - 1]))
		text.length--;
	return text;
}

static char *copy_span(struct arena *arena, struct span span)
{
	return arena_copy(arena, span.data, span.length);
}

static enum modprobe_command find_command(struct span word)
{
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (span_equals(word, commands[i].word))
			return commands[i].command;
	return MODPROBE_UNKNOWN;
}

/* The word behind the command. One of nothing but a carriage return is nothing that a person
 * wrote. */
static const char *take_module(struct arena *arena, struct span *rest)
{
	struct span word;

	if (!span_next_field(rest, &word) || span_equals(word, "\r"))
		return NULL;
	return modprobe_module_name(arena, word.data, word.length);
}

/* What follows. modprobe looks an alias's module up under the word as it stands, carriage return
 * included. */
static const char *take_argument(struct arena *arena, enum modprobe_command command,
				 struct span rest)
{
	struct span word;

	if (command != MODPROBE_ALIAS)
		return copy_span(arena, trim(rest));
	(void)span_next_field(&rest, &word);
	return copy_span(arena, word);
}

static void add_line(struct arena *arena, const char *source, unsigned number, const char *text,
		     struct modprobe_lines *lines)
{
	struct span rest = {text, strlen(text)}, whole = trim(rest), word;
	struct modprobe_line *line;

	if (!whole.length || *whole.data == '#')
		return;
	(void)span_next_field(&rest, &word);
	line = ARRAY_ADD(arena, lines);
	line->command = find_command(word);
	line->origin = (struct origin){source, number, copy_span(arena, whole)};
	if (line->command != MODPROBE_UNKNOWN)
		line->module = take_module(arena, &rest);
	line->argument = take_argument(arena, line->command, rest);
}

void modprobe_parse(struct arena *arena, const char *source, const char *text, size_t length,
		    struct modprobe_lines *lines)
{
	char *line = arena_alloc(arena, length + 1);
	const char *kept = arena_strdup(arena, source);
	unsigned number = 1;

	for (size_t position = 0; position < length;) {
		unsigned physical = read_logical_line(text, length, &position, line);

		add_line(arena, kept, number, line, lines);
		number += physical;
	}
}

const char *modprobe_module_name(struct arena *arena, const char *name, size_t length)
{
	char *copy = arena_copy(arena, name, length);

	for (char *c = copy; *c; c++) {
		if (*c == '-')
			*c = '_';
		else if (*c == '[') {
			c += strcspn(c, "]");
			if (!*c)
				break;
		}
	}
	return copy;
}

/* -- options --------------------------------------------------------------------------------- */

void modprobe_split_options(struct arena *arena, const char *argument,
			    struct module_options *ret_options)
{
	struct module_options options = {0};
	struct parameters parameters = {0};

	cmdline_parse(arena, argument, strlen(argument), NULL, 0, &parameters);
	for_each (parameter, &parameters)
		*ARRAY_ADD(arena, &options) =
			(struct module_option){parameter->name, parameter->value};
	*ret_options = options;
}

const struct module_option *module_options_find(const struct module_options *options,
						const char *name)
{
	for (size_t i = options->count; i > 0; i--)
		if (names_equal(options->items[i - 1].name, name))
			return &options->items[i - 1];
	return NULL;
}

/* -- ids= ------------------------------------------------------------------------------------ */

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* "%x" of the kernel's sscanf(). It does not notice overflow, and stores the low 32 bits. */
static bool read_hex(const char **text, uint32_t *ret_number)
{
	const char *c = *text;
	uint64_t number = 0;

	while (is_space(*c))
		c++;
	if (hex_digit(*c) < 0)
		return false;
	if (c[0] == '0' && (c[1] == 'x' || c[1] == 'X'))
		c += 2;
	for (; hex_digit(*c) >= 0; c++)
		number = number << 4 | (uint64_t)hex_digit(*c);
	*text = c;
	*ret_number = (uint32_t)number;
	return true;
}

static struct vfio_id parse_id(const char *text)
{
	uint32_t fields[ID_FIELDS] = {0, 0, any_id, any_id, 0, 0};
	const char *rest = text;
	size_t count = 0;

	while (count < ID_FIELDS && read_hex(&rest, &fields[count])) {
		count++;
		if (*rest != ':')
			break;
		rest++;
	}
	return (struct vfio_id){
		.text = text,
		.valid = count >= ID_FIELDS_NEEDED,
		.vendor = fields[0],
		.device = fields[1],
		.subvendor = fields[2],
		.subdevice = fields[3],
		.class_code = fields[4],
		.class_mask = fields[5],
	};
}

void vfio_ids_parse(struct arena *arena, const char *value, struct vfio_ids *ret_ids)
{
	struct vfio_ids ids = {.too_long = strlen(value) >= IDS_SIZE};

	for (;;) {
		size_t length = strcspn(value, ",");

		if (length)
			*ARRAY_ADD(arena, &ids) = parse_id(arena_copy(arena, value, length));
		if (!value[length])
			break;
		value += length + 1;
	}
	*ret_ids = ids;
}

static enum truth field_matches(uint32_t wanted, int number)
{
	if (wanted == any_id)
		return YES;
	if (number < 0)
		return UNKNOWN;
	return truth_of(wanted == (uint32_t)number);
}

static enum truth class_matches(const struct vfio_id *id, int class_code)
{
	if (!id->class_mask)
		return YES;
	if (class_code < 0)
		return UNKNOWN;
	return truth_of(!((id->class_code ^ (uint32_t)class_code) & id->class_mask));
}

enum truth vfio_id_matches(const struct vfio_id *id, int vendor, int device, int subvendor,
			   int subdevice, int class_code)
{
	const enum truth parts[] = {
		field_matches(id->vendor, vendor),       field_matches(id->device, device),
		field_matches(id->subvendor, subvendor), field_matches(id->subdevice, subdevice),
		class_matches(id, class_code),
	};
	enum truth all = YES;

	if (!id->valid)
		return NO;
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		if (parts[i] == NO)
			return NO;
		if (parts[i] == UNKNOWN)
			all = UNKNOWN;
	}
	return all;
}

/* -- dependencies ---------------------------------------------------------------------------- */

/* The next word between any white space: libkmod reads softdep with isspace(). */
static struct span next_word(const char **rest)
{
	struct span word;

	while (is_space(**rest))
		(*rest)++;
	word.data = *rest;
	while (**rest && !is_space(**rest))
		(*rest)++;
	word.length = (size_t)(*rest - word.data);
	return word;
}

void modprobe_split_softdep(struct arena *arena, const char *argument,
			    struct soft_dependencies *ret_dependencies)
{
	struct soft_dependencies found = {0};
	struct strings *list = &found.ignored;

	for (struct span word; (word = next_word(&argument)).length;) {
		if (span_equals(word, "pre:"))
			list = &found.before;
		else if (span_equals(word, "post:"))
			list = &found.after;
		else if (list == &found.ignored)
			*ARRAY_ADD(arena, list) = copy_span(arena, word);
		else
			*ARRAY_ADD(arena, list) =
				modprobe_module_name(arena, word.data, word.length);
	}
	*ret_dependencies = found;
}

void modprobe_split_weakdep(struct arena *arena, const char *argument, struct strings *ret_names)
{
	struct strings names = {0};

	for (struct span word; (word = next_word(&argument)).length;)
		*ARRAY_ADD(arena, &names) = modprobe_module_name(arena, word.data, word.length);
	*ret_names = names;
}
