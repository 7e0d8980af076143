/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fleet.h"
#include "escape.h"
#include "fleet_parts.h"
#include "preflight/checks/check.h"

/* -- texts --------------------------------------------------------------------------------------------- */

static json_object *shared_text(struct fleet *fleet, const char *value)
{
	json_object *kept = index_get(fleet->texts, value);

	if (kept)
		return again(kept);
	kept = text(value);
	index_put(fleet->texts, value, kept);
	return kept;
}

static bool is_plain(const char *value)
{
	for (const char *c = value; *c; c++)
		if (*c < ' ' || *c > '~')
			return false;
	return true;
}

/* What no reader should be given goes here and not when it is shown: two names that show alike would be one label of a
 * metric twice. */
static json_object *shown_text(struct fleet *fleet, const char *value)
{
	_cleanup_free_ char *shown = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&shown, &size);

	if (!stream)
		abort();
	escape_write(stream, ESCAPE_TEXT, value, strlen(value));
	if (fclose(stream) != 0)
		abort();
	return shared_text(fleet, shown);
}

json_object *fleet_text(struct fleet *fleet, const char *value)
{
	char cut[FLEET_TEXT_LIMIT + 8];

	if (!value)
		return NULL;
	if (strlen(value) > FLEET_TEXT_LIMIT) {
		(void)snprintf(cut, sizeof(cut), "%.*s…", (int)FLEET_TEXT_LIMIT, value);
		value = cut;
	}
	return is_plain(value) ? shared_text(fleet, value) : shown_text(fleet, value);
}

json_object *fleet_long_text(struct fleet *fleet, const char *value)
{
	return value ? shared_text(fleet, value) : NULL;
}

/* Replaces `name` in the text by DEVICE, where nothing that belongs to another address stands around it. */
static char *without_name(const char *text, const char *name)
{
	static const char stand_in[] = "DEVICE", within[] = "0123456789abcdefABCDEF.:";
	size_t length = strlen(name);
	/* Each name is at least as long as the word in its place. */
	char *copy = malloc(strlen(text) + 1), *end = copy;

	for (const char *at = text; copy && *at;) {
		bool inside = at > text && strchr(within, at[-1]);

		if (inside || strncmp(at, name, length) != 0 ||
		    (at[length] && strchr("0123456789abcdefABCDEF", at[length]))) {
			*end++ = *at++;
			continue;
		}
		end = stpcpy(end, stand_in);
		at += length;
	}
	if (copy)
		*end = '\0';
	return copy;
}

/* What a host says about its device, so that other hosts say the same about theirs. */
static json_object *general_text(struct fleet *fleet, const char *value, const char *subject)
{
	_cleanup_free_ char *full = NULL, *brief = NULL;

	if (!value || !subject || strlen(subject) < strlen("0000:00:00.0") ||
	    strlen(value) > (size_t)16 * FLEET_TEXT_LIMIT)
		return fleet_text(fleet, value);
	full = without_name(value, subject);
	if (full && starts_with(subject, "0000:"))
		brief = without_name(full, subject + strlen("0000:"));
	return fleet_text(fleet, brief ? brief : full);
}

/* -- checks -------------------------------------------------------------------------------------------- */

enum { REMEDIES_KEPT = 4, REMEDIES_READ = 8 };

static void increase(json_object *object, const char *key)
{
	json_object *number = get(object, key);

	json_object_set_int64(number, json_object_get_int64(number) + 1);
}

static bool same_text(json_object *a, json_object *b, const char *key)
{
	return streq(get_text(a, key), get_text(b, key));
}

/* Takes over remedy. */
static void add_remedy(json_object *remedies, json_object *remedy, json_object *host)
{
	for (size_t i = 0; i < array_length(remedies); i++) {
		json_object *kept = item(remedies, i);

		if (!same_text(kept, remedy, "owner") || !same_text(kept, remedy, "text") ||
		    !same_text(kept, remedy, "command"))
			continue;
		json_object_put(remedy);
		if (get(kept, "last") == host)
			return;
		json_object_object_add(kept, "last", again(host));
		increase(kept, "count");
		return;
	}
	put(remedy, "count", count(1));
	put(remedy, "last", again(host));
	/* More than are shown: the commonest may come late. */
	if (array_length(remedies) < (size_t)4 * REMEDIES_KEPT)
		json_object_array_add(remedies, remedy);
	else
		json_object_put(remedy);
}

static void add_remedies(struct fleet *fleet, json_object *entry, json_object *check,
			 json_object *host)
{
	json_object *from = get(check, "remedy");
	const char *subject = get_text(check, "subject");

	for (size_t i = 0; i < array_length(from) && i < REMEDIES_READ; i++) {
		json_object *remedy = json_object_new_object();
		const char *command = get_text(item(from, i), "command");

		put(remedy, "owner", fleet_text(fleet, get_text(item(from, i), "owner")));
		put(remedy, "text", general_text(fleet, get_text(item(from, i), "text"), subject));
		put(remedy, "command", general_text(fleet, command, subject));
		add_remedy(get(entry, "remedy"), remedy, host);
	}
}

/* What is known of the check in general; of one that this version does not have, what the first host says. */
static json_object *title_of(struct fleet *fleet, json_object *check)
{
	const struct check *known = check_find(get_text(check, "id"));

	if (known && !is(check, "result", "fail"))
		return fleet_text(fleet, _(known->title));
	return general_text(fleet, get_text(check, "title"), get_text(check, "subject"));
}

static json_object *new_entry(struct fleet *fleet, json_object *check)
{
	json_object *entry = json_object_new_object();

	put(entry, "id", fleet_text(fleet, get_text(check, "id")));
	put(entry, "severity", fleet_text(fleet, get_text(check, "severity")));
	put(entry, "blocking", flag(is_blocking(check)));
	put(entry, "title", title_of(fleet, check));
	put(entry, "same_title", flag(true));
	put(entry, "subjects", count(0));
	put(entry, "hosts", json_object_new_array());
	put(entry, "remedy", json_object_new_array());
	return entry;
}

/* Hosts say different things under one id: then only what it means in general holds for all. */
static void agree_on_title(struct fleet *fleet, json_object *entry, json_object *check)
{
	const struct check *known = check_find(get_text(check, "id"));
	json_object *title;

	if (!get_true(entry, "same_title"))
		return;
	title = title_of(fleet, check);
	if (title != get(entry, "title")) {
		json_object_object_add(entry, "same_title", flag(false));
		if (known)
			json_object_object_add(entry, "title", fleet_text(fleet, _(known->title)));
	}
	json_object_put(title);
}

static void add_to_entry(struct fleet *fleet, json_object *list, json_object *index,
			 json_object *check, json_object *host)
{
	json_object *id = fleet_text(fleet, get_text(check, "id")), *entry;
	_cleanup_free_ char *key = NULL;

	if (asprintf(&key, "%s %s", get_text(check, "severity"), json_object_get_string(id)) < 0)
		abort();
	json_object_put(id);
	entry = index_get(index, key);
	if (!entry) {
		entry = new_entry(fleet, check);
		json_object_array_add(list, entry);
		index_put(index, key, entry);
	}
	agree_on_title(fleet, entry, check);
	increase(entry, "subjects");
	add_remedies(fleet, entry, check, host);
	if (!fleet_is_last(get(entry, "hosts"), host))
		json_object_array_add(get(entry, "hosts"), again(host));
}

/* The ids that are a host's own are few, and those of one check stand together. */
static void add_id(struct fleet *fleet, json_object *ids, json_object *check)
{
	json_object *id = fleet_text(fleet, get_text(check, "id"));

	for (size_t i = 0; i < array_length(ids); i++)
		if (item(ids, i) == id) {
			json_object_put(id);
			return;
		}
	json_object_array_add(ids, id);
}

static void add_checks(struct fleet *fleet, json_object *document, json_object *host)
{
	json_object *checks = get(document, "checks");

	for (size_t i = 0; i < array_length(checks); i++) {
		json_object *check = item(checks, i);

		if (is_failure(check)) {
			add_to_entry(fleet, fleet->findings, fleet->finding_index, check, host);
			if (is_blocking(check))
				add_id(fleet, get(host, "blockers"), check);
		} else if (is(check, "result", "unknown") && is_blocking(check)) {
			add_to_entry(fleet, fleet->unchecked, fleet->unchecked_index, check, host);
			add_id(fleet, get(host, "unchecked"), check);
		}
	}
}

/* -- devices ------------------------------------------------------------------------------------------- */

static const char *const states[] = {"host", "detached", "assigned", "unbound", "unknown"};

static json_object *new_model(struct fleet *fleet, json_object *device, json_object *id)
{
	json_object *model = json_object_new_object(), *counts = json_object_new_object();

	put(model, "id", again(id));
	put(model, "name", fleet_text(fleet, get_text(device, "name")));
	put(model, "class_name", fleet_text(fleet, get_text(device, "class_name")));
	put(model, "count", count(0));
	put(model, "hosts", count(0));
	put(model, "last", NULL);
	for (size_t i = 0; i < ARRAY_SIZE(states); i++)
		put(counts, states[i], count(0));
	put(model, "states", counts);
	json_object_array_add(fleet->devices, model);
	return model;
}

static void add_device(struct fleet *fleet, json_object *device, json_object *host)
{
	json_object *made = view_device_id(device), *id = NULL, *model;
	const char *key = made ? json_object_get_string(made) : get_text(device, "class_name");
	const char *state = get_text(device, "state");

	id = fleet_text(fleet, made ? key : NULL);
	key = id ? json_object_get_string(id) : key;
	model = index_get(fleet->device_index, key ? key : "");
	if (!model) {
		model = new_model(fleet, device, id);
		index_put(fleet->device_index, key ? key : "", model);
	}
	increase(model, "count");
	increase(get(model, "states"), state ? state : "unknown");
	if (get(model, "last") != host) {
		increase(model, "hosts");
		json_object_object_add(model, "last", again(host));
	}
	json_object_put(id);
	json_object_put(made);
}

static void add_devices(struct fleet *fleet, json_object *document, json_object *host)
{
	json_object *devices = get(document, "devices");
	size_t endpoints = 0, targets = 0;

	for (size_t i = 0; i < array_length(devices); i++) {
		targets += get_true(item(devices, i), "target");
		if (is_bridge(item(devices, i)))
			continue;
		endpoints++;
		add_device(fleet, item(devices, i), host);
	}
	put(host, "devices", count(endpoints));
	put(host, "targets", count(targets));
}

/* -- hosts --------------------------------------------------------------------------------------------- */

/* A report that says "ready" and lists what blocks has been changed by somebody: what blocks counts. */
static const char *verdict_of(json_object *document, json_object *host)
{
	const char *verdict = get_text(document, "verdict");

	if (is(document, "verdict", "ready") && array_length(get(host, "blockers")))
		return "not-ready";
	if (is(document, "verdict", "ready") && array_length(get(host, "unchecked")))
		return "unknown";
	return verdict;
}

void fleet_add(struct fleet *fleet, const char *file, json_object *document)
{
	json_object *host = json_object_new_object(), *from = get(document, "host");

	put(host, "file", fleet_text(fleet, file));
	put(host, "hostname", fleet_text(fleet, get_text(from, "hostname")));
	put(host, "judged_at", fleet_text(fleet, get_text(document, "judged_at")));
	put(host, "model", fleet_text(fleet, get_text(from, "model")));
	put(host, "kernel", fleet_text(fleet, get_text(from, "kernel")));
	put(host, "blockers", json_object_new_array());
	put(host, "unchecked", json_object_new_array());
	put(host, "compare", fleet_compare(fleet, document));
	json_object_array_add(fleet->hosts, host);
	add_devices(fleet, document, host);
	add_checks(fleet, document, host);
	put(host, "verdict", fleet_text(fleet, verdict_of(document, host)));
}

void fleet_add_unreadable(struct fleet *fleet, const char *file, const char *reason)
{
	json_object *entry = json_object_new_object();

	put(entry, "file", fleet_text(fleet, file));
	put(entry, "reason", fleet_text(fleet, reason));
	json_object_array_add(fleet->unreadable, entry);
}

struct fleet *fleet_new(void)
{
	struct fleet *fleet = calloc(1, sizeof(*fleet));

	if (!fleet)
		abort();
	fleet->texts = json_object_new_object();
	fleet->hosts = json_object_new_array();
	fleet->unreadable = json_object_new_array();
	fleet->findings = json_object_new_array();
	fleet->finding_index = json_object_new_object();
	fleet->unchecked = json_object_new_array();
	fleet->unchecked_index = json_object_new_object();
	fleet->devices = json_object_new_array();
	fleet->device_index = json_object_new_object();
	return fleet;
}

void fleet_free(struct fleet *fleet)
{
	if (!fleet)
		return;
	json_object_put(fleet->texts);
	json_object_put(fleet->hosts);
	json_object_put(fleet->unreadable);
	json_object_put(fleet->findings);
	json_object_put(fleet->finding_index);
	json_object_put(fleet->unchecked);
	json_object_put(fleet->unchecked_index);
	json_object_put(fleet->devices);
	json_object_put(fleet->device_index);
	free(fleet);
}
