/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The verdict, the cards that it is about, and the host in one line. */
#include "text_head.h"
#include "view_parts.h"

/* From good to bad: the worst function decides for its card. */
static const struct {
	const char *verdict, *word, *mark, *meaning;
} verdicts[] = {
	{"ready", N_("READY"), "✓", N_("Passthrough will work now.")},
	{"reboot", N_("REBOOT"), "↻",
	 N_("Everything is in place for the next boot; only the reboot is missing.")},
	{"unknown", N_("UNKNOWN"), "?",
	 N_("Nothing was found that blocks, but something that could block was not checked.")},
	{"not-ready", N_("NOT READY"), "✗",
	 N_("Passthrough will not work, or would hurt the host.")},
};

static size_t rank(const char *verdict)
{
	for (size_t i = 0; i < ARRAY_SIZE(verdicts); i++)
		if (streq(verdicts[i].verdict, verdict))
			return i;
	return ARRAY_SIZE(verdicts) - 1;
}

json_object *view_verdict(const char *verdict)
{
	json_object *object = json_object_new_object();
	size_t at = rank(verdict);

	put(object, "verdict", text(verdicts[at].verdict));
	put(object, "word", text(_(verdicts[at].word)));
	put(object, "mark", text(verdicts[at].mark));
	put(object, "meaning", text(_(verdicts[at].meaning)));
	put(object, "is_ready", flag(at == 0));
	return object;
}

/* The line that the text report has, without colours and at any width. */
json_object *view_host_line(json_object *document)
{
	struct text_style style = {.utf8 = true};
	_cleanup_free_ char *line = NULL;
	size_t size = 0;

	style.stream = open_memstream(&line, &size);
	if (!style.stream)
		return NULL;
	text_print_host(&style, document);
	if (fclose(style.stream) != 0)
		return NULL;
	line[strcspn(line, "\n")] = '\0';
	return text(line);
}

/* How many cards stand in a page's head before the others are folded away. */
enum { EARLY_TARGETS = 8 };

/* -- cards ------------------------------------------------------------------------------------------- */

static void add_function(json_object *card, json_object *device)
{
	json_object *verdict = get(card, "verdict");
	int64_t functions = json_object_get_int64(get(card, "functions")) + 1;

	json_object_object_add(card, "functions", json_object_new_int64(functions));
	json_object_object_add(card, "more", count_or_null((size_t)functions - 1));
	if (rank(get_text(device, "verdict")) > rank(get_text(verdict, "verdict")))
		json_object_object_add(card, "verdict", view_verdict(get_text(device, "verdict")));
}

static json_object *new_card(json_object *device)
{
	json_object *card = json_object_new_object();

	put(card, "address", again(get(device, "address")));
	put(card, "name", again(get(device, get(device, "name") ? "name" : "class_name")));
	put(card, "id", view_device_id(device));
	put(card, "missing", flag(false));
	put(card, "functions", count(1));
	put(card, "more", NULL);
	put(card, "verdict", view_verdict(get_text(device, "verdict")));
	return card;
}

static json_object *missing_card(json_object *check)
{
	json_object *card = json_object_new_object();

	put(card, "address", again(get(check, "subject")));
	put(card, "name", NULL);
	put(card, "id", NULL);
	put(card, "missing", flag(true));
	put(card, "functions", count(0));
	put(card, "more", NULL);
	put(card, "verdict", view_verdict("not-ready"));
	return card;
}

/* Functions of one slot are one card. */
static void add_target(json_object *targets, json_object *slots, json_object *device)
{
	const char *address = get_text(device, "address"), *dot = strrchr(address, '.');
	_cleanup_free_ char *slot =
		strndup(address, dot ? (size_t)(dot - address) : strlen(address));
	json_object *card = slot ? index_get(slots, slot) : NULL;

	if (card) {
		add_function(card, device);
		return;
	}
	card = new_card(device);
	json_object_array_add(targets, card);
	if (slot)
		index_put(slots, slot, card);
}

json_object *view_targets_more(json_object *targets)
{
	size_t cards = array_length(targets);

	return count_or_null(cards > EARLY_TARGETS ? cards - EARLY_TARGETS : 0);
}

json_object *view_targets(json_object *document)
{
	json_object *targets = json_object_new_array(), *slots = json_object_new_object();
	json_object *devices = get(document, "devices"), *checks = get(document, "checks");

	for (size_t i = 0; i < array_length(checks); i++)
		if (is(item(checks, i), "id", "device.not-found") && is_failure(item(checks, i)))
			json_object_array_add(targets, missing_card(item(checks, i)));
	for (size_t i = 0; i < array_length(devices); i++)
		if (get_true(item(devices, i), "target"))
			add_target(targets, slots, item(devices, i));
	json_object_put(slots);
	for (size_t i = 0; i < array_length(targets); i++)
		put(item(targets, i), "early", flag(i < EARLY_TARGETS));
	return targets;
}

/* -- counts ------------------------------------------------------------------------------------------ */

enum counter {
	COUNT_DANGER,
	COUNT_BLOCKER,
	COUNT_WARNING,
	COUNT_INFO,
	COUNT_WAIVED,
	COUNT_UNKNOWN,
	COUNT_UNKNOWN_BLOCKING,
	COUNT_PASS,
	COUNT_NA,
	COUNTER_COUNT,
};

static const char *const counter_names[COUNTER_COUNT] = {
	"danger",  "blocker",          "warning", "info", "waived",
	"unknown", "unknown_blocking", "pass",    "na",
};

static void count_check(json_object *check, size_t *counts)
{
	if (is(check, "result", "fail") && get(check, "waiver"))
		counts[COUNT_WAIVED]++;
	else if (is(check, "result", "fail"))
		for (size_t i = COUNT_DANGER; i <= COUNT_INFO; i++)
			counts[i] += is(check, "severity", counter_names[i]);
	else if (is(check, "result", "pass"))
		counts[COUNT_PASS]++;
	else if (is(check, "result", "na"))
		counts[COUNT_NA]++;
	else
		counts[COUNT_UNKNOWN]++;
	counts[COUNT_UNKNOWN_BLOCKING] += is(check, "result", "unknown") && is_blocking(check);
}

json_object *view_counts(json_object *document)
{
	json_object *object = json_object_new_object(), *checks = get(document, "checks");
	json_object *devices = get(document, "devices");
	size_t counts[COUNTER_COUNT] = {0}, endpoints = 0, targets = 0;

	for (size_t i = 0; i < array_length(checks); i++)
		count_check(item(checks, i), counts);
	for (size_t i = 0; i < array_length(devices); i++) {
		endpoints += !is_bridge(item(devices, i));
		targets += get_true(item(devices, i), "target");
	}
	for (size_t i = 0; i < COUNTER_COUNT; i++)
		put(object, counter_names[i], count(counts[i]));
	put(object, "checks", count(array_length(checks)));
	put(object, "devices", count(endpoints));
	put(object, "functions", count(array_length(devices)));
	put(object, "targets", count(targets));
	put(object, "groups", count(array_length(get(document, "groups"))));
	return object;
}
