/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/capture/collect.h"

#include <json-c/json.h>

/* The log that preflight read: from the kernel, or from the journal where the buffer has wrapped. */
static void take_log(struct capture *capture)
{
	const struct facts *facts = capture->facts;

	if (facts->log_text.data)
		(void)capture_add_file(capture, "dmesg.txt", facts->log_text, REDACT_TEXT);
	else
		capture_add_unreadable(capture, "dmesg.txt", facts_unread_error(facts, "dmesg"));
}

static void add_text(struct json_object *object, const char *key, const char *text)
{
	if (text)
		json_object_object_add(object, key, json_object_new_string(text));
}

static void take_signatures(struct capture *capture)
{
	struct json_object *all = json_object_new_object();
	const char *text;

	for_each (signature, &capture->facts->usage.signatures) {
		struct json_object *own = json_object_new_object();

		add_text(own, "TYPE", signature->type);
		add_text(own, "LABEL", signature->label);
		add_text(own, "UUID", signature->uuid);
		add_text(own, "ERROR", signature->failed ? "EIO" : NULL);
		json_object_object_add(all, signature->block, own);
	}
	text = json_object_to_json_string_ext(all, JSON_C_TO_STRING_PRETTY |
							   JSON_C_TO_STRING_NOSLASHESCAPE);
	text = arena_printf(capture->arena, "%s\n", text);
	(void)capture_add_file(capture, "blkid.json", (struct bytes){text, strlen(text)},
			       REDACT_TEXT);
	json_object_put(all);
}

/* Whether a loader's entry names this machine id. */
static bool is_in_entries(const struct capture *capture, const char *id)
{
	for_each (entry, &capture->entries)
		if (entry->kind == CAPTURED_FILE && strstr(entry->path, "/entries/") &&
		    memmem(entry->bytes.data, entry->bytes.length, id, strlen(id)))
			return true;
	return false;
}

/*
 * The machine's id must stay on the machine (machine-id(5)), but loader entries of other installations
 * are known by theirs. So another id stands in its place, unless entries that are captured as they are
 * name it anyway. Redaction replaces both alike.
 */
static void take_machine_id(struct capture *capture, bool redact)
{
	static const char path[] = "etc/machine-id", other[] = "00000000000040008000000000000000";
	const char *id;

	if (host_read_line(capture->host, capture->arena, path, &id) < 0 || strlen(id) != 32)
		return;
	if (!redact && !is_in_entries(capture, id))
		id = other;
	id = arena_printf(capture->arena, "%s\n", id);
	(void)capture_take_content(capture, path, (struct bytes){id, strlen(id)}, REDACT_TEXT);
}

void capture_take_generated(struct capture *capture, bool redact)
{
	take_machine_id(capture, redact);
	if (!host_is_live(capture->host))
		return;
	take_log(capture);
	take_signatures(capture);
}
