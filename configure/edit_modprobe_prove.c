/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "configure/edit_modprobe.h"

#include <errno.h>

/* The value that modprobe hands over last; *ret_found tells whether there is one. */
static const char *find_option(struct modprobe_edit *edit, const struct modprobe_lines *lines,
			       const struct modprobe_change *change, bool *ret_found)
{
	const char *module =
		modprobe_module_name(edit->arena, change->module, strlen(change->module));
	const char *value = NULL;

	*ret_found = false;
	for_each (line, lines) {
		struct module_options options;
		const struct module_option *option;

		if (line->command != MODPROBE_OPTIONS || !streq(line->module, module))
			continue;
		modprobe_split_options(edit->arena, line->argument, &options);
		option = module_options_find(&options, change->name);
		if (option) {
			value = option->value;
			*ret_found = true;
		}
	}
	return value;
}

/* The last change of an option counts. */
static bool is_option_as_wanted(struct modprobe_edit *edit, const struct modprobe_lines *lines,
				const struct modprobe_change *change)
{
	const struct modprobe_change *last = change;
	const char *value;
	bool found;

	for_each (other, edit->changes)
		if (other > last && other->kind == MODPROBE_SET_OPTION &&
		    names_equal(other->name, change->name) &&
		    names_equal(other->module, change->module))
			last = other;
	value = find_option(edit, lines, change, &found);
	return last->value ? found && streq(value, last->value) : !found;
}

static bool is_line_there(struct modprobe_edit *edit, const struct modprobe_lines *lines,
			  const struct modprobe_change *change)
{
	struct modprobe_lines wanted = {0};

	modprobe_parse(edit->arena, "-", change->text, strlen(change->text), &wanted);
	for_each (line, lines)
		if (wanted.count && modprobe_lines_equal(edit->arena, line, wanted.items))
			return true;
	return !wanted.count;
}

/* How many lines of the parser's a list of new lines makes. */
static size_t count_new(struct modprobe_edit *edit)
{
	struct modprobe_lines parsed = {0};

	for_each (line, &edit->new_lines)
		modprobe_parse(edit->arena, "-", *line, strlen(*line), &parsed);
	return parsed.count;
}

/* Lines that were not touched must come out as they were, in their order, and no others but new ones. */
static bool are_others_kept(struct modprobe_edit *edit, const struct modprobe_lines *after)
{
	size_t at = 0, changed = count_new(edit);

	for_each (line, &edit->lines) {
		if (!line->parsed || line->removed)
			continue;
		if (line->changed) {
			changed++;
			continue;
		}
		while (at < after->count &&
		       !(after->items[at].command == line->parsed->command &&
			 streq(after->items[at].module, line->parsed->module) &&
			 streq(after->items[at].argument, line->parsed->argument) &&
			 streq(after->items[at].origin.text, line->parsed->origin.text))) {
			at++;
			if (!changed--)
				return false;
		}
		if (at++ >= after->count)
			return false;
	}
	return after->count - at == changed;
}

int modprobe_prove(struct modprobe_edit *edit, struct bytes result)
{
	struct modprobe_lines after = {0};

	modprobe_parse(edit->arena, "-", result.data, result.length, &after);
	for_each (change, edit->changes) {
		bool good = true;

		if (change->kind == MODPROBE_SET_OPTION)
			good = is_option_as_wanted(edit, &after, change);
		else if (change->kind == MODPROBE_ADD_LINE)
			good = is_line_there(edit, &after, change);
		if (!good)
			return error_set(
				edit->error, -ENOTSUP,
				"\"%.200s\" would not be read as it has to be: the file has to be "
				"edited by hand",
				change->kind == MODPROBE_ADD_LINE ? change->text : change->name);
	}
	if (!are_others_kept(edit, &after))
		return error_set(
			edit->error, -ENOTSUP,
			"other lines would change, too: the file has to be edited by hand");
	return 0;
}
