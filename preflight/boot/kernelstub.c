/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pop!_OS: kernelstub writes systemd-boot's entries from a file of its own, /etc/kernelstub/configuration
 * (JSON). Source: kernelstub's config.py and application.py.
 */
#include "preflight/boot/work.h"
#include "preflight/parse/cmdline.h"
#include "preflight/printable_words.h"

#include <json.h>

#define CONFIGURATION "etc/kernelstub/configuration"

enum { DEPTH_LIMIT = 16 };

static bool is_kernelstub(struct boot_work *work)
{
	return host_exists(work->host, CONFIGURATION) == 0;
}

/* -- the configuration --------------------------------------------------------------------------------- */

static void cleanup_json(json_object **object)
{
	json_object_put(*object);
}

static void cleanup_tokener(json_tokener **tokener)
{
	if (*tokener)
		json_tokener_free(*tokener);
}

static json_object *parse_json(const struct bytes *bytes)
{
	_cleanup_(cleanup_tokener) json_tokener *tokener = json_tokener_new_ex(DEPTH_LIMIT);

	return tokener && bytes->length < BOOT_FILE_LIMIT
		       ? json_tokener_parse_ex(tokener, bytes->data, (int)bytes->length)
		       : NULL;
}

/* The line on which the option stands as a JSON string, looked for behind "user": the part in front of
 * it holds the defaults, which count only where there is no other. */
static struct origin find_line(struct boot_work *work, const struct bytes *bytes,
			       const char *option)
{
	const char *quoted = arena_printf(work->arena, "\"%s", option);
	const char *user = strstr(bytes->data, "\"user\"");
	const char *place = strstr(user ? user : bytes->data, quoted);
	struct line_reader lines = lines_of(bytes->data, bytes->length);
	struct line line;

	while (place && lines_next(&lines, &line))
		if (place < line.text + line.length) {
			line = line_trim(line);
			return (struct origin){
				"/" CONFIGURATION, line.number,
				printable_words(work->arena, line.text, line.length)};
		}
	return (struct origin){"/" CONFIGURATION, 0, option};
}

static void add_option(struct boot_work *work, const struct bytes *bytes, const char *option,
		       struct parameters *words)
{
	size_t before = words->count;
	struct origin origin = find_line(work, bytes, option);
	const char *text = printable_words(work->arena, option, strlen(option));

	cmdline_parse(work->arena, text, strlen(text), origin.source, origin.line, words);
	for (size_t i = before; i < words->count; i++)
		words->items[i].origin = origin;
}

/* A list of words, or one text in the oldest form of the file. */
static void add_options(struct boot_work *work, const struct bytes *bytes, json_object *options,
			struct parameters *words)
{
	if (json_object_is_type(options, json_type_string))
		add_option(work, bytes, json_object_get_string(options), words);
	if (!json_object_is_type(options, json_type_array))
		return;
	for (size_t i = 0; i < json_object_array_length(options); i++) {
		json_object *option = json_object_array_get_idx(options, i);

		if (json_object_is_type(option, json_type_string))
			add_option(work, bytes, json_object_get_string(option), words);
	}
}

void boot_collect_kernelstub_sources(struct boot_work *work)
{
	_cleanup_(cleanup_json) json_object *root = NULL;
	json_object *part = NULL, *options = NULL;
	struct boot_source *source;
	struct bytes bytes;

	if (boot_read(work, CONFIGURATION, &bytes) < 0)
		return;
	source = boot_add_source(work, LOADER_KERNELSTUB, CONFIGURATION,
				 work->facts->boot.loader == LOADER_KERNELSTUB);
	root = parse_json(&bytes);
	if (!root) {
		struct origin *broken = arena_alloc(work->arena, sizeof(*broken));

		*broken = (struct origin){"/" CONFIGURATION, 0, "no valid JSON"};
		source->broken = broken;
		return;
	}
	if (!json_object_object_get_ex(root, "user", &part))
		(void)json_object_object_get_ex(root, "default", &part);
	if (part && json_object_object_get_ex(part, "kernel_options", &options))
		add_options(work, &bytes, options, source->parameters);
}

const struct loader_row boot_row_kernelstub = {
	.loader = LOADER_KERNELSTUB,
	.programs = 1u << PROGRAM_SYSTEMD_BOOT,
	.detect = is_kernelstub,
	.collect = boot_collect_systemd,
};
