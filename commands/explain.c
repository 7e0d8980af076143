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

	if (*nearest)
		error_set(error, -EINVAL,
			  "%s: neither a device (0000:41:00.0, 41:00, 10de:2330) nor a check; near "
			  "it: "
			  "%s; vfiokit preflight --checks lists the checks",
			  asked, nearest);
	else
		error_set(error, -EINVAL,
			  "%s: neither a device (0000:41:00.0, 41:00, 10de:2330) nor a check; "
			  "vfiokit preflight --checks lists the checks",
			  asked);
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
	facts = facts_from_settings(&without_names, FACTS_WITH_LINKS, error);
	if (!facts)
		return EXIT_USAGE;
	print(settings, explain_check(check, family_of(&facts->machine)));
	return 0;
}

/* The machine under study with the changes that --what-if names. */
static int changes_make(const struct settings *settings, const struct group_study *study,
			struct group_changes *changes, struct error *error)
{
	*changes = (struct group_changes){0};
	if (!study->modelled)
		return error_set(error, -ENOTSUP,
				 "--what-if: this architecture forms its groups differently");
	for (size_t i = 0; i < settings->what_if.count; i++) {
		struct group_change change;
		int r = group_change_parse(study->arena, &study->inputs, settings->what_if.items[i],
					   &change, error);

		if (r < 0)
			return r;
		*ARRAY_ADD(study->arena, changes) = change;
	}
	return 0;
}

static int run_what_if(const struct settings *settings, const struct group_study *study,
		       struct error *error)
{
	struct group_changes changes;
	json_object *explained;

	if (changes_make(settings, study, &changes, error) < 0)
		return EXIT_USAGE;
	explained = explain_what_if(study, &changes, error);
	if (!explained)
		return EXIT_USAGE;
	print(settings, explained);
	return 0;
}

static int run_device(const struct settings *settings, struct error *error)
{
	_cleanup_facts_ struct facts *facts =
		facts_from_settings(settings, FACTS_WITH_LINKS, error);
	_cleanup_names_ struct names *names = NULL;
	struct group_study study;

	if (!facts)
		return EXIT_USAGE;
	if (facts->targets_missing.count) {
		error_set(error, -ENODEV, "%s: no such device", facts->targets_missing.items[0]);
		return EXIT_USAGE;
	}
	group_study_make(facts, facts->arena, &study);
	if (settings->what_if.count)
		return run_what_if(settings, &study, error);
	names = names_new();
	print(settings, explain_devices(&study, names));
	return 0;
}

static int run(const struct settings *settings, struct error *error)
{
	struct device_name name;
	const struct check *check;

	if (settings->what_if.count && settings->name_count == 0)
		return run_device(settings, error);
	if (settings->name_count != 1) {
		error_set(error, -EINVAL, "explain takes one DEVICE or CHECK-ID");
		return EXIT_USAGE;
	}
	check = check_find(settings->names[0]);
	if (check && settings->what_if.count) {
		error_set(error, -EINVAL, "--what-if goes with a DEVICE, or with nothing");
		return EXIT_USAGE;
	}
	if (check)
		return run_check(settings, check, error);
	if (device_name_parse(settings->names[0], &name) == 0)
		return run_device(settings, error);
	say_unknown(settings->names[0], error);
	return EXIT_USAGE;
}

static const struct option_row options[] = {
	{"what-if", "CHANGE", N_("print the groups that would result; may be repeated"),
	 OPTION_TEXTS, offsetof(struct settings, what_if), NULL},
};

const struct command command_explain = {
	.name = "explain",
	.arguments = "DEVICE | CHECK-ID",
	.brief = N_("why a group is what it is; what a check means"),
	.summary = N_(
		"Tell what a check means and how to put it right, or why a device's group is "
		"what it is.\n"
		"CHECK-ID is one of vfiokit preflight --checks, with steps for each family of\n"
		"distributions, this host's first. For a DEVICE: the ports above it with their "
		"ACS, the\n"
		"kernel's steps that made its group, and what would split it. Writes nothing.\n\n"
		"--what-if prints which groups a CHANGE would change, alone or with others:\n"
		"  acs-override=downstream,multifunction   pcie_acs_override= of a patched kernel\n"
		"  config-acs=xx111x1@0000:00:1c.0         pci=config_acs=\n"
		"  disable-acs-redir=0000:00:1c.0          pci=disable_acs_redir=\n"
		"  'move 01:00 below 00:1c.0'              the card in another slot\n"
		"An empty value means a boot without that parameter. With --what-if, DEVICE may "
		"be left out."),
	.options = options,
	.option_count = ARRAY_SIZE(options),
	.reads_only = true,
	.run = run,
};
