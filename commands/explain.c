/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfiokit explain: what a check means and how to put it right, or why a device's group is what it is. */
#include "command.h"
#include "preflight/checks/check.h"
#include "report/explain.h"

#include <ctype.h>
#include <errno.h>

/* -- ids that are nearly right -------------------------------------------------------------------- */

enum { ID_LENGTH = 64, NEAREST = 3 };

/* How many characters must be added, taken away or changed (Levenshtein); longer words are cut. */
static unsigned edit_distance(const char *a, const char *b)
{
	unsigned row[ID_LENGTH + 1];
	size_t length = strnlen(b, ID_LENGTH);

	for (size_t j = 0; j <= length; j++)
		row[j] = (unsigned)j;
	for (size_t i = 1; i <= ID_LENGTH && a[i - 1]; i++) {
		unsigned diagonal = row[0];

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= length; j++) {
			unsigned changed = diagonal + (a[i - 1] != b[j - 1]);
			unsigned least = row[j] < row[j - 1] ? row[j] : row[j - 1];

			diagonal = row[j];
			row[j] = changed < least + 1 ? changed : least + 1;
		}
	}
	return row[length];
}

/* How far an id is from what was asked for; a part of it, and its last part, are near too. */
static unsigned id_distance(const char *id, const char *asked)
{
	const char *dot = strchr(id, '.'), *asked_dot = strchr(asked, '.');
	unsigned whole = edit_distance(id, asked), part;

	if (strlen(asked) >= 3 && strstr(id, asked))
		return 0;
	part = edit_distance(dot ? dot + 1 : id, asked_dot ? asked_dot + 1 : asked);
	return part + 1 < whole ? part + 1 : whole;
}

/* The nearest ids, separated by commas; "" where none is near. */
static const char *nearest_ids(struct arena *arena, const char *asked)
{
	unsigned most = (unsigned)strnlen(asked, ID_LENGTH) / 3 + 1;
	struct strings found = {0};

	for (unsigned distance = 0; distance <= most && found.count < NEAREST; distance++) {
		size_t before = found.count;

		for (size_t i = 0; i < check_count() && found.count < NEAREST; i++)
			if (id_distance(check_at(i)->id, asked) == distance)
				strings_add(arena, &found, check_at(i)->id);
		/* What is farther than the nearest by more than one change is another word. */
		if (found.count > before && distance + 1 < most)
			most = distance + 1;
	}
	return strings_join(arena, &found, ", ");
}

static void say_unknown(const char *asked, struct error *error)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	const char *nearest = nearest_ids(arena, asked);

	error_set(error, -EINVAL,
		  "%s: neither a device (0000:41:00.0, 41:00, 10de:2330) nor a check%s%s; "
		  "vfiokit preflight --checks lists the checks",
		  asked, *nearest ? "; near it: " : "", nearest);
}

/* -- running ------------------------------------------------------------------------------------------ */

static void print(const struct settings *settings, json_object *explained)
{
	struct text_style style = text_style_for_output(settings->color);

	if (streq(settings->format, "json"))
		printf("%s\n", json_object_to_json_string_ext(
				       explained,
				       JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
	else
		explain_print(&style, explained);
	json_object_put(explained);
}

static int run_check(const struct settings *settings, const struct check *check,
		     struct error *error)
{
	struct settings without_names = *settings;
	_cleanup_facts_ struct facts *facts = NULL;

	without_names.name_count = 0;
	facts = facts_from_settings(&without_names, error);
	if (!facts)
		return EXIT_USAGE;
	print(settings, explain_check(check, family_of(&facts->machine)));
	return 0;
}

static int run_device(const struct settings *settings, struct error *error)
{
	_cleanup_facts_ struct facts *facts = facts_from_settings(settings, error);
	_cleanup_names_ struct names *names = NULL;

	if (!facts)
		return EXIT_USAGE;
	if (facts->targets_missing.count) {
		error_set(error, -ENODEV, "%s: no such device", facts->targets_missing.items[0]);
		return EXIT_USAGE;
	}
	names = names_new();
	print(settings, explain_devices(facts, names));
	return 0;
}

static int run(const struct settings *settings, struct error *error)
{
	struct device_name name;
	const struct check *check;

	if (settings->name_count != 1) {
		error_set(error, -EINVAL, "explain takes one DEVICE or CHECK-ID");
		return EXIT_USAGE;
	}
	check = check_find(settings->names[0]);
	if (check)
		return run_check(settings, check, error);
	if (device_name_parse(settings->names[0], &name) == 0)
		return run_device(settings, error);
	say_unknown(settings->names[0], error);
	return EXIT_USAGE;
}

const struct command command_explain = {
	.name = "explain",
	.arguments = "DEVICE | CHECK-ID",
	.summary =
		N_("Tell what a check means and how to put it right, or why a device's group is "
		   "what it is.\n"
		   "CHECK-ID is one of vfiokit preflight --checks, with steps for each family of\n"
		   "distributions, this host's first. For a DEVICE: the ports above it with their "
		   "ACS, and\n"
		   "what joins or isolates its group. Writes nothing."),
	.run = run,
};
