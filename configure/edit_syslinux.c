/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "configure/edit_words.h"
#include "preflight/lines.h"
#include "preflight/parse/syslinux.h"

#include <errno.h>
#include <strings.h>

/* One line of the file that an edit looks at. */
struct place {
	size_t start, end; /* of the value */
};

/* What stands where for one label. Labels are counted as parse/syslinux.c counts them. */
struct label_lines {
	struct place append; /* its own, the last one */
	struct line kernel;  /* the line of kernel or linux */
	bool has_append, has_kernel;
	size_t global; /* index + 1 into globals of the APPEND that it would take; 0 none */
};

struct label_lines_list {
	struct label_lines *items;
	size_t count, capacity;
};

struct places {
	struct place *items;
	size_t count, capacity;
};

struct syslinux_edit {
	struct arena *arena;
	struct bytes text;
	const struct word_changes *changes;
	struct error *error;
	struct syslinux_config config;
	struct label_lines_list labels;
	struct places globals;
	bool *global_done; /* for each of globals */
	struct splices splices;
};

static bool is_word(const struct line *word, const char *text)
{
	return word->length == strlen(text) && strncasecmp(word->text, text, word->length) == 0;
}

/* -- where things stand ----------------------------------------------------------------------------------- */

static struct place place_of(const struct syslinux_edit *edit, struct line value)
{
	size_t start;

	value = line_trim(value);
	start = (size_t)(value.text - edit->text.data);
	return (struct place){start, start + value.length};
}

static void take_line(struct syslinux_edit *edit, const struct line *line,
		      const struct line *keyword, struct line value)
{
	struct label_lines *label =
		edit->labels.count ? &edit->labels.items[edit->labels.count - 1] : NULL;

	if (is_word(keyword, "label")) {
		ARRAY_ADD(edit->arena, &edit->labels)->global = edit->globals.count;
	} else if (is_word(keyword, "append") && label) {
		label->append = place_of(edit, value);
		label->has_append = true;
	} else if (is_word(keyword, "append")) {
		*ARRAY_ADD(edit->arena, &edit->globals) = place_of(edit, value);
	} else if (label && (is_word(keyword, "kernel") || is_word(keyword, "linux"))) {
		label->kernel = *line;
		label->has_kernel = true;
	}
}

static void find_lines(struct syslinux_edit *edit)
{
	struct line_reader lines = lines_of(edit->text.data, edit->text.length);
	struct line line, keyword;
	bool in_help = false;

	while (lines_next(&lines, &line)) {
		struct line value = line;

		if (!line_word(&value, &keyword) || *keyword.text == '#')
			continue;
		if (in_help)
			in_help = !is_word(&keyword, "endtext");
		else if (is_word(&keyword, "text"))
			in_help = true;
		else
			take_line(edit, &line, &keyword, value);
	}
	edit->global_done = arena_array(edit->arena, edit->globals.count + 1, sizeof(bool));
}

/* Modules of syslinux, boot sectors, images and memory tests take no kernel arguments. */
static bool boots_linux(const char *kernel)
{
	static const char *const suffixes[] = {".c32", ".com", ".cbt", ".bs", ".bin",
					       ".bss", ".0",   ".img", ".iso"};
	const char *name;
	size_t length;

	if (!kernel || !*kernel)
		return false;
	length = strlen(kernel);
	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
		size_t size = strlen(suffixes[i]);

		if (length >= size && strcasecmp(kernel + length - size, suffixes[i]) == 0)
			return false;
	}
	name = strrchr(kernel, '/') ? strrchr(kernel, '/') + 1 : kernel;
	return strncasecmp(name, "memtest", 7) != 0 && strncasecmp(name, "memdisk", 7) != 0;
}

/* Unraid's safe mode is what people start when a change went wrong. */
static bool takes_changes(const struct syslinux_label *label)
{
	return boots_linux(label->kernel) &&
	       !(label->append.source && strstr(label->append.text, "unraidsafemode"));
}

/* -- one command line ---------------------------------------------------------------------------------------- */

/* A lone hyphen takes back what all labels would get: it stands for no words. */
static bool is_hyphen(const struct syslinux_edit *edit, struct place place)
{
	return place.end - place.start == 1 && edit->text.data[place.start] == '-';
}

static int change_place(struct syslinux_edit *edit, struct place place)
{
	struct fields fields = {0};
	struct field *field = ARRAY_ADD(edit->arena, &fields);
	struct found_words words = {0};
	struct planned_words plan;
	bool hyphen = is_hyphen(edit, place);
	int r;

	field->empty_at = place.start;
	if (!hyphen)
		field_add_raw(edit->arena, field, edit->text.data, place.start, place.end);
	words_split(edit->arena, WORDS_KERNEL, field, 0, &words);
	r = words_plan(edit->arena, WORDS_KERNEL, &words, NULL, edit->changes, &plan, edit->error);
	if (r < 0 || !plan.changed)
		return r;
	if (hyphen)
		splice_add(edit->arena, &edit->splices, place.start, place.end, "");
	else if (place.start == place.end && !word_is_blank(edit->text.data[place.start - 1]))
		splice_add(edit->arena, &edit->splices, place.start, place.start, " ");
	fields_splice(edit->arena, &fields, 0, &words, &plan, &edit->splices);
	return 0;
}

/* A label without any command line gets one below its kernel. */
static int add_append(struct syslinux_edit *edit, const struct line *kernel)
{
	const char *end = kernel->text[kernel->length - 1] == '\r' ? "\r\n" : "\n";
	size_t indent = 0, at = (size_t)(kernel->text - edit->text.data) + kernel->length;
	struct found_words none = {0};
	struct planned_words plan;
	const char *line;
	int r = words_plan(edit->arena, WORDS_KERNEL, &none, NULL, edit->changes, &plan,
			   edit->error);

	if (r < 0 || !plan.changed)
		return r;
	while (kernel->text[indent] == ' ' || kernel->text[indent] == '\t')
		indent++;
	line = arena_printf(edit->arena, "%.*sappend %s%s%s", (int)indent, kernel->text,
			    strings_join(edit->arena, &plan.front, " "),
			    plan.front.count && plan.back.count ? " " : "",
			    strings_join(edit->arena, &plan.back, " "));
	if (at < edit->text.length)
		splice_add(edit->arena, &edit->splices, at + 1, at + 1,
			   arena_printf(edit->arena, "%s%s", line, end));
	else
		splice_add(edit->arena, &edit->splices, at, at,
			   arena_printf(edit->arena, "\n%s", line));
	return 0;
}

static int change_label(struct syslinux_edit *edit, const struct label_lines *label)
{
	if (label->has_append)
		return change_place(edit, label->append);
	if (!label->global)
		return add_append(edit, &label->kernel);
	if (edit->global_done[label->global - 1])
		return 0;
	edit->global_done[label->global - 1] = true;
	return change_place(edit, edit->globals.items[label->global - 1]);
}

/* -- proof -------------------------------------------------------------------------------------------------- */

static void words_of_label(struct arena *arena, const struct syslinux_label *label,
			   struct found_words *words)
{
	const char *text = label->append.source ? label->append.text : "";

	words_of_text(arena, WORDS_KERNEL, text, strlen(text), words);
}

/* Whether a label's command line comes from a global one that was changed. */
static bool shares_change(const struct syslinux_edit *edit, size_t label)
{
	const struct label_lines *lines = &edit->labels.items[label];

	return !lines->has_append && lines->global && edit->global_done[lines->global - 1];
}

static int prove_label(struct syslinux_edit *edit, size_t index, const struct syslinux_label *after)
{
	const struct syslinux_label *before = &edit->config.labels.items[index];
	static const struct word_changes none;
	struct found_words old = {0}, new = {0};
	bool changes = takes_changes(before) || shares_change(edit, index);

	if (!streq(before->name, after->name) || !streq(before->kernel, after->kernel))
		return error_set(edit->error, -ENOTSUP, "the file has to be edited by hand");
	words_of_label(edit->arena, before, &old);
	words_of_label(edit->arena, after, &new);
	return words_prove(edit->arena, WORDS_KERNEL, &old, &new, changes ? edit->changes : &none,
			   edit->error);
}

static int prove(struct syslinux_edit *edit, struct bytes result)
{
	struct syslinux_config after = {0};

	syslinux_parse(edit->arena, "-", result.data, result.length, &after);
	if (after.labels.count != edit->config.labels.count)
		return error_set(edit->error, -ENOTSUP, "the file has to be edited by hand");
	for (size_t i = 0; i < after.labels.count; i++) {
		int r = prove_label(edit, i, &after.labels.items[i]);

		if (r < 0)
			return r;
	}
	return 0;
}

/* -- all labels -------------------------------------------------------------------------------------------- */

static int change_labels(struct syslinux_edit *edit)
{
	size_t count = 0;

	for (size_t i = 0; i < edit->config.labels.count; i++) {
		int r;

		if (!boots_linux(edit->config.labels.items[i].kernel))
			continue;
		count++;
		if (!takes_changes(&edit->config.labels.items[i]))
			continue;
		r = change_label(edit, &edit->labels.items[i]);
		if (r < 0)
			return r;
	}
	if (!count)
		return error_set(edit->error, -ENODATA,
				 "no label of the file boots a Linux kernel");
	return 0;
}

int edit_syslinux_append(struct arena *arena, struct bytes text, const struct word_changes *changes,
			 struct bytes *ret_text, struct error *error)
{
	struct syslinux_edit edit = {
		.arena = arena, .text = text, .changes = changes, .error = error};
	struct bytes result;
	int r = edit_refuse_nul(text, error);

	if (r < 0)
		return r;
	syslinux_parse(arena, "-", text.data, text.length, &edit.config);
	find_lines(&edit);
	if (edit.labels.count != edit.config.labels.count)
		return error_set(error, -ENOTSUP, "the file has too many labels");
	r = change_labels(&edit);
	if (r < 0)
		return r;
	r = splices_apply(arena, text, &edit.splices, &result, error);
	if (r < 0)
		return r;
	r = prove(&edit, result);
	if (r == 0)
		*ret_text = result;
	return r;
}
