/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/parse/transaction_log.h"
#include "preflight/fnv.h"
#include "preflight/lines.h"

#include <json-c/json.h>

enum { CHECKSUM_DIGITS = 16, COUNT_LIMIT = 100000 };

/* -- one record -------------------------------------------------------------------------------------------- */

const char *transaction_record_print(struct arena *arena, const char *text, size_t length)
{
	return arena_printf(arena, "%016llx %.*s\n",
			    (unsigned long long)fnv_add(FNV_START, text, length), (int)length,
			    text);
}

bool transaction_record_text(const char *line, size_t length, const char **ret_text,
			     size_t *ret_length)
{
	const char *text = line + CHECKSUM_DIGITS + 1;
	char sum[CHECKSUM_DIGITS + 1];

	if (length <= CHECKSUM_DIGITS + 1 || memchr(line, '\0', length))
		return false;
	length -= CHECKSUM_DIGITS + 1;
	(void)snprintf(sum, sizeof(sum), "%016llx",
		       (unsigned long long)fnv_add(FNV_START, text, length));
	if (memcmp(line, sum, CHECKSUM_DIGITS) != 0 || line[CHECKSUM_DIGITS] != ' ')
		return false;
	*ret_text = text;
	*ret_length = length;
	return true;
}

enum record_kind { RECORD_WRONG, RECORD_HEAD, RECORD_STEP, RECORD_OUTPUT, RECORD_EVENT };

struct record {
	enum record_kind kind;
	int64_t time, steps, outputs; /* head */
	int64_t number;               /* of the step or output; -1 none */
	const struct event *event;
};

/* What is written behind the beginning. */
static const struct event {
	const char *name, *words;
	bool of_step; /* has a step's number */
	bool ends;    /* changes how the transaction ends */
	enum transaction_end end;
} events[] = {
	{"saved", "outputs of programs kept", false, false, 0},
	{"start", "begun", true, false, 0},
	{"done", "done", true, false, 0},
	{"settled", "looked at again", true, false, 0},
	{"applied", "applied", false, true, TRANSACTION_END_DONE},
	{"failed", "failed, put back", false, true, TRANSACTION_END_BACK},
	{"undoing", "undo begun", false, true, TRANSACTION_END_NONE},
	{"undone", "undone", false, true, TRANSACTION_END_BACK},
};

static void cleanup_json(struct json_object **object)
{
	json_object_put(*object);
}

static bool read_number(struct json_object *object, const char *key, int64_t highest, int64_t *ret)
{
	struct json_object *value = NULL;

	if (!json_object_object_get_ex(object, key, &value) ||
	    !json_object_is_type(value, json_type_int))
		return false;
	*ret = json_object_get_int64(value);
	return *ret >= 0 && *ret <= highest;
}

static void read_event(struct json_object *object, struct record *record)
{
	struct json_object *value = NULL;
	const char *name;

	if (!json_object_object_get_ex(object, "event", &value) ||
	    !json_object_is_type(value, json_type_string))
		return;
	name = json_object_get_string(value);
	for (size_t i = 0; i < ARRAY_SIZE(events); i++)
		if (streq(name, events[i].name)) {
			record->event = &events[i];
			if (!events[i].of_step ||
			    read_number(object, "number", COUNT_LIMIT, &record->number))
				record->kind = RECORD_EVENT;
		}
}

static struct record read_record(struct arena *arena, const char *text, size_t length)
{
	_cleanup_(cleanup_json) struct json_object *object =
		json_tokener_parse(arena_copy(arena, text, length));
	struct record record = {.number = -1};
	int64_t format;

	if (!json_object_is_type(object, json_type_object))
		return record;
	if (json_object_object_get_ex(object, "vfiokit-transaction", NULL)) {
		if (read_number(object, "vfiokit-transaction", 1, &format) && format == 1 &&
		    read_number(object, "time", INT64_MAX, &record.time) &&
		    read_number(object, "steps", COUNT_LIMIT, &record.steps) &&
		    read_number(object, "outputs", COUNT_LIMIT, &record.outputs))
			record.kind = RECORD_HEAD;
	} else if (read_number(object, "step", COUNT_LIMIT, &record.number)) {
		record.kind = RECORD_STEP;
	} else if (read_number(object, "output", COUNT_LIMIT, &record.number)) {
		record.kind = RECORD_OUTPUT;
	} else {
		read_event(object, &record);
	}
	return record;
}

/* -- all of them ------------------------------------------------------------------------------------------- */

struct reading {
	struct arena *arena;
	struct transaction_log *log;
	bool head, saved, ended;
	int64_t steps, outputs; /* as the head has them */
	int64_t next_step, next_output;
};

static bool take_head(struct reading *reading, const struct record *record)
{
	if (reading->head)
		return false;
	reading->head = true;
	reading->steps = record->steps;
	reading->outputs = record->outputs;
	reading->log->time = record->time;
	reading->log->last = "what was planned";
	return true;
}

/* Outputs are written again where they were kept again. */
static bool take_output(struct reading *reading, int64_t number)
{
	if (number > reading->next_output || number >= reading->outputs)
		return false;
	reading->next_output += number == reading->next_output;
	return true;
}

static bool take_event(struct reading *reading, const struct record *record)
{
	const struct event *event = record->event;

	if (event->of_step && record->number >= reading->next_step)
		return false;
	reading->log->last = event->of_step ? arena_printf(reading->arena, "step %lld of %lld %s",
							   (long long)record->number + 1,
							   (long long)reading->steps, event->words)
					    : event->words;
	if (event->ends) {
		reading->ended = true;
		reading->log->end = event->end;
	} else if (!event->of_step) {
		reading->saved = true;
	}
	return true;
}

static bool take_record(struct reading *reading, const struct record *record)
{
	switch (record->kind) {
	case RECORD_HEAD:
		return take_head(reading, record);
	case RECORD_STEP:
		return reading->head && reading->next_step < reading->steps &&
		       record->number == reading->next_step++;
	case RECORD_OUTPUT:
		return reading->head && take_output(reading, record->number);
	case RECORD_EVENT:
		return reading->head && take_event(reading, record);
	default:
		return false;
	}
}

/* What is wrong, or NULL. */
static const char *read_lines(struct reading *reading, const char *data, size_t length)
{
	const char *at = data, *end = data + length;
	bool broken = false;

	for (unsigned line = 1; at < end; line++) {
		_cleanup_arena_ struct arena *scratch = arena_new();
		const char *newline = memchr(at, '\n', (size_t)(end - at)), *text;
		struct record record;
		size_t size;

		if (!newline ||
		    !transaction_record_text(at, (size_t)(newline - at), &text, &size)) {
			broken = true;
		} else if (broken) {
			return "the log holds a broken record";
		} else {
			record = read_record(scratch, text, size);
			if (!take_record(reading, &record))
				return "the log holds a record that cannot be";
			reading->log->line = line;
		}
		at = newline ? newline + 1 : end;
	}
	return NULL;
}

void transaction_log_parse(struct arena *arena, const char *data, size_t length,
			   struct transaction_log *ret_log)
{
	struct transaction_log log = {.end = TRANSACTION_END_NONE};
	struct reading reading = {.arena = arena, .log = &log};

	log.why = read_lines(&reading, data, length);
	if (!log.why &&
	    (!reading.head || reading.next_step != reading.steps ||
	     reading.next_output != reading.outputs || (!reading.ended && !reading.saved)))
		log.why = "the log's beginning is not complete";
	if (log.why)
		log.end = TRANSACTION_END_DAMAGED;
	*ret_log = log;
}

/* -- in short ---------------------------------------------------------------------------------------------- */

/* A record without all that read_record() does not look at. */
static const char *shorten(struct arena *arena, const char *text, size_t length)
{
	struct record record = read_record(arena, text, length);

	switch (record.kind) {
	case RECORD_HEAD:
		return arena_printf(arena,
				    "{\"vfiokit-transaction\":1,\"time\":%lld,\"steps\":%lld,"
				    "\"outputs\":%lld}",
				    (long long)record.time, (long long)record.steps,
				    (long long)record.outputs);
	case RECORD_STEP:
		return arena_printf(arena, "{\"step\":%lld}", (long long)record.number);
	case RECORD_OUTPUT:
		return arena_printf(arena, "{\"output\":%lld}", (long long)record.number);
	case RECORD_EVENT:
		return record.event->of_step
			       ? arena_printf(arena, "{\"event\":\"%s\",\"number\":%lld}",
					      record.event->name, (long long)record.number)
			       : arena_printf(arena, "{\"event\":\"%s\"}", record.event->name);
	default:
		return "{}";
	}
}

const char *transaction_log_shorten(struct arena *arena, const char *data, size_t length)
{
	struct line_reader reader = lines_of(data, length);
	struct strings lines = {0};
	struct line line;

	while (lines_next(&reader, &line)) {
		bool whole = line.text + line.length < data + length;
		const char *text;
		size_t size;

		if (!whole || !transaction_record_text(line.text, line.length, &text, &size)) {
			strings_add(arena, &lines, whole ? "-\n" : "-");
			continue;
		}
		text = shorten(arena, text, size);
		strings_add(arena, &lines, transaction_record_print(arena, text, strlen(text)));
	}
	return strings_join(arena, &lines, "");
}
