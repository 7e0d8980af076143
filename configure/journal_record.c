/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "configure/journal_record.h"
#include "configure/journal_json.h"
#include "preflight/parse/transaction_log.h"

#include <errno.h>
#include <limits.h>

enum { FORMAT = 1 };

static const char *const kinds[] = {
	[PLAN_WRITE] = "write",
	[PLAN_REMOVE] = "remove",
	[PLAN_RUN] = "run",
};

static const char *const purposes[] = {
	[PLAN_RUN_LOADER] = "loader",
	[PLAN_RUN_INITRAMFS] = "initramfs",
	[PLAN_RUN_UDEV] = "udev",
};

static void cleanup_json(struct json_object **object)
{
	json_object_put(*object);
}

static void add(struct json_object *object, const char *key, struct json_object *value)
{
	if (json_object_object_add(object, key, value) < 0)
		abort(); /* out of memory: as an arena does */
}

static void add_text(struct json_object *object, const char *key, const char *text)
{
	add(object, key, text ? json_object_new_string(text) : NULL);
}

static const char *print(struct arena *arena, struct json_object *object)
{
	size_t length;
	const char *text = json_object_to_json_string_length(
		object, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &length);

	return transaction_record_print(arena, text, length);
}

const char *journal_print_head(struct arena *arena, const struct journal *journal)
{
	_cleanup_(cleanup_json) struct json_object *object = json_object_new_object();

	add(object, "vfiokit-transaction", json_object_new_int(FORMAT));
	add(object, "id", json_object_new_int64(journal->id));
	add(object, "time", json_object_new_int64(journal->time));
	add_text(object, "version", journal->version);
	add_text(object, "command", journal->command);
	add(object, "accepted", list_to_json(&journal->accepted));
	add(object, "devices", list_to_json(&journal->devices));
	add(object, "steps", json_object_new_int64((int64_t)journal->steps.count));
	add(object, "outputs", json_object_new_int64((int64_t)journal->outputs.count));
	return print(arena, object);
}

const char *journal_print_step(struct arena *arena, const struct journal *journal, size_t index)
{
	_cleanup_(cleanup_json) struct json_object *object = json_object_new_object();
	const struct journal_step *step = &journal->steps.items[index];

	add(object, "step", json_object_new_int64((int64_t)index));
	add_text(object, "kind", kinds[step->plan.kind]);
	add_text(object, "because", step->plan.because ?: "");
	if (step->plan.kind == PLAN_RUN) {
		add_text(object, "purpose", purposes[step->plan.purpose]);
		add(object, "argv", arguments_to_json(step->plan.argv));
		add(object, "undo_argv", arguments_to_json(step->plan.undo_argv));
		add(object, "outputs", list_to_json(&step->plan.outputs));
		add(object, "run_again", json_object_new_boolean(step->plan.run_again_to_undo));
		add(object, "time_limit", json_object_new_int64(step->plan.time_limit));
		return print(arena, object);
	}
	add(object, "file", file_to_json(&step->file));
	if (step->plan.kind == PLAN_WRITE) {
		add(object, "after", digest_to_json(&step->after));
		add(object, "mode", json_object_new_int64(step->plan.mode));
	}
	return print(arena, object);
}

const char *journal_print_output(struct arena *arena, const struct journal *journal, size_t index)
{
	_cleanup_(cleanup_json) struct json_object *object = json_object_new_object();

	add(object, "output", json_object_new_int64((int64_t)index));
	add(object, "file", file_to_json(&journal->outputs.items[index]));
	return print(arena, object);
}

const char *journal_print_event(struct arena *arena, const char *event, int number, const char *why)
{
	_cleanup_(cleanup_json) struct json_object *object = json_object_new_object();

	add_text(object, "event", event);
	if (number >= 0)
		add(object, "number", json_object_new_int(number));
	if (why)
		add_text(object, "why", why);
	return print(arena, object);
}

static bool find_word(const char *const *words, size_t count, const char *word, int *ret)
{
	for (size_t i = 0; i < count; i++)
		if (streq(words[i], word)) {
			*ret = (int)i;
			return true;
		}
	return false;
}

static bool parse_head(struct journal *journal, struct json_object *object)
{
	struct arena *arena = journal->arena;
	int64_t format, id, steps, outputs;

	if (journal->steps.items || /* a second head */
	    !record_number(object, "vfiokit-transaction", FORMAT, FORMAT, &format) ||
	    !record_number(object, "id", 1, UINT_MAX, &id) || id != journal->id ||
	    !record_number(object, "time", 0, INT64_MAX, &journal->time) ||
	    !record_text(arena, object, "version", &journal->version) ||
	    !record_text(arena, object, "command", &journal->command) ||
	    !record_list(arena, object, "accepted", &journal->accepted) ||
	    !record_list(arena, object, "devices", &journal->devices) ||
	    !record_number(object, "steps", 0, 100000, &steps) ||
	    !record_number(object, "outputs", 0, 100000, &outputs))
		return false;
	/* One more: items tells that the head was read. */
	journal->steps.items = arena_array(arena, (size_t)steps + 1, sizeof(*journal->steps.items));
	journal->steps.capacity = (size_t)steps;
	journal->outputs.items =
		arena_array(arena, (size_t)outputs + 1, sizeof(*journal->outputs.items));
	journal->outputs.capacity = (size_t)outputs;
	return true;
}

static bool parse_program(struct arena *arena, struct json_object *object, struct plan_step *step)
{
	const char *purpose;
	int found;
	int64_t limit;

	if (!record_text(arena, object, "purpose", &purpose) ||
	    !find_word(purposes, ARRAY_SIZE(purposes), purpose, &found) ||
	    !record_arguments(arena, object, "argv", &step->argv) ||
	    !record_list(arena, object, "outputs", &step->outputs) ||
	    !record_flag(object, "run_again", &step->run_again_to_undo) ||
	    !record_number(object, "time_limit", 0, UINT_MAX, &limit))
		return false;
	(void)record_arguments(arena, object, "undo_argv", &step->undo_argv);
	step->purpose = (enum plan_run_purpose)found;
	step->time_limit = (unsigned)limit;
	return true;
}

static bool parse_change(struct arena *arena, struct json_object *object, struct journal_step *step)
{
	int64_t mode = 0;

	if (!record_file(arena, object, "file", &step->file))
		return false;
	if (step->plan.kind == PLAN_WRITE && (!record_digest(object, "after", &step->after) ||
					      !record_number(object, "mode", 0, 07777, &mode)))
		return false;
	step->plan.path = step->file.path;
	step->plan.exists = step->file.existed;
	step->plan.on_esp = step->file.on_esp;
	step->plan.mode = (unsigned)mode;
	return true;
}

static bool parse_step(struct journal *journal, struct json_object *object)
{
	struct journal_step step = {0};
	const char *kind;
	int found;
	int64_t index;

	if (journal->steps.count == journal->steps.capacity ||
	    !record_number(object, "step", 0, INT_MAX, &index) ||
	    (size_t)index != journal->steps.count ||
	    !record_text(journal->arena, object, "kind", &kind) ||
	    !find_word(kinds, ARRAY_SIZE(kinds), kind, &found) ||
	    !record_text(journal->arena, object, "because", &step.plan.because))
		return false;
	step.plan.kind = (enum plan_step_kind)found;
	if (step.plan.kind == PLAN_RUN ? !parse_program(journal->arena, object, &step.plan)
				       : !parse_change(journal->arena, object, &step))
		return false;
	journal->steps.items[journal->steps.count++] = step;
	return true;
}

static bool parse_output(struct journal *journal, struct json_object *object)
{
	int64_t index;

	if (!record_number(object, "output", 0, INT_MAX, &index) ||
	    (size_t)index > journal->outputs.count || (size_t)index >= journal->outputs.capacity)
		return false;
	/* Written again when it was saved again. */
	if ((size_t)index == journal->outputs.count)
		journal->outputs.count++;
	return record_file(journal->arena, object, "file", &journal->outputs.items[index]);
}

static bool parse_step_event(struct journal *journal, struct json_object *object, const char *event)
{
	struct journal_step *step;
	int64_t number;

	if (!record_number(object, "number", 0, INT_MAX, &number) ||
	    (size_t)number >= journal->steps.count)
		return false;
	step = &journal->steps.items[number];
	if (streq(event, "start"))
		step->started = true;
	else if (streq(event, "done"))
		step->done = true;
	else if (streq(event, "settled"))
		step->settled = true;
	else
		return false;
	return true;
}

static bool parse_event(struct journal *journal, struct json_object *object)
{
	static const struct {
		const char *event;
		enum transaction_state state;
	} states[] = {
		{"applied", TRANSACTION_APPLIED},
		{"failed", TRANSACTION_FAILED},
		{"undoing", TRANSACTION_UNDOING},
		{"undone", TRANSACTION_UNDONE},
	};
	const char *event = "";

	if (!record_text(journal->arena, object, "event", &event))
		return false;
	if (streq(event, "saved")) {
		journal->outputs_saved = true;
		return true;
	}
	for (size_t i = 0; i < ARRAY_SIZE(states); i++) {
		if (!streq(event, states[i].event))
			continue;
		journal->state = states[i].state;
		journal->why = NULL;
		/* What was saved before is of no use to what comes after. */
		journal->outputs_saved = false;
		(void)record_text(journal->arena, object, "why", &journal->why);
		return true;
	}
	return parse_step_event(journal, object, event);
}

static bool parse_record(struct journal *journal, struct json_object *object)
{
	if (!json_object_is_type(object, json_type_object))
		return false;
	if (json_object_object_get_ex(object, "vfiokit-transaction", NULL))
		return parse_head(journal, object);
	if (!journal->steps.items)
		return false;
	if (json_object_object_get_ex(object, "step", NULL))
		return parse_step(journal, object);
	if (json_object_object_get_ex(object, "output", NULL))
		return parse_output(journal, object);
	return parse_event(journal, object);
}

int journal_parse_line(struct journal *journal, const char *line, size_t length)
{
	_cleanup_(cleanup_json) struct json_object *object = NULL;
	const char *text;

	if (!transaction_record_text(line, length, &text, &length))
		return -ENODATA;
	text = arena_copy(journal->arena, text, length);
	object = json_tokener_parse(text);
	return parse_record(journal, object) ? 0 : -EBADMSG;
}
