/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/groups/change.h"
#include "preflight/address.h"

#include <errno.h>

/* -- parsing ---------------------------------------------------------------------------------- */

static int override_change(const char *value, struct group_change *change, struct error *error)
{
	const char *at = value;

	change->override.active = NO;
	if (!*value)
		return 0;
	if (acs_override_parse(value, &change->override) == 0)
		return 0;
	/* Which word it is. */
	while (*at) {
		char word[64];
		struct acs_override one;

		(void)snprintf(word, sizeof(word), "%.*s", (int)strcspn(at, ","), at);
		if (acs_override_parse(word, &one) < 0)
			return error_set(error, -EINVAL,
					 "%s: \"%s\" is none of downstream, multifunction and "
					 "id:VVVV:DDDD",
					 change->text, word);
		at += strcspn(at, ",");
		at += *at == ',';
	}
	return error_set(error, -EINVAL, "%s: more than %zu ids", change->text,
			 ARRAY_SIZE(change->override.ids));
}

static int settings_parse_one(struct arena *arena, enum group_change_kind kind, const char *value,
			      struct acs_settings *ret_settings)
{
	return kind == CHANGE_CONFIGURATION ? acs_configuration_parse(arena, value, ret_settings)
					    : acs_redirection_parse(arena, value, ret_settings);
}

static int settings_change(struct arena *arena, const char *value, struct group_change *change,
			   struct error *error)
{
	bool with_flags = change->kind == CHANGE_CONFIGURATION;
	const char *at = value;

	if (!*value || settings_parse_one(arena, change->kind, value, &change->settings) == 0)
		return 0;
	while (*at) {
		const char *word = arena_copy(arena, at, strcspn(at, ";,"));
		struct acs_settings one;

		if (!*word || settings_parse_one(arena, change->kind, word, &one) < 0)
			return error_set(error, -EINVAL,
					 "%s: \"%s\" is not %sDDDD:BB:DD.F, a path BB:DD.F/DD.F, "
					 "or pci:VVVV:DDDD",
					 change->text, word,
					 with_flags ? "FLAGS (0, 1, x) @ " : "");
		at += strcspn(at, ";,");
		at += *at != '\0';
	}
	return error_set(error, -EINVAL, "%s: cannot be understood", change->text);
}

/* The input at an address, or with ret_slot the first one of its slot. */
static bool function_find(const struct group_inputs *inputs, const struct address *address,
			  bool whole_slot, size_t *ret_index)
{
	for (size_t i = 0; i < inputs->count; i++) {
		const struct group_input *input = &inputs->items[i];

		if (input->domain != address->domain || input->bus != address->bus ||
		    input->slot != address->slot || input->is_virtual_function)
			continue;
		if (!whole_slot && input->function != address->function)
			continue;
		*ret_index = i;
		return true;
	}
	return false;
}

static int move_read(const char *slot, const char *port, const struct group_inputs *inputs,
		     struct group_change *change, struct error *error)
{
	struct device_name name;
	struct address address;

	if (device_name_parse(slot, &name) < 0 || name.kind == NAME_ID)
		return error_set(error, -EINVAL, "%s: \"%s\" is no slot like 01:00", change->text,
				 slot);
	if (address_parse(port, strlen(port), &address) < 0)
		return error_set(error, -EINVAL, "%s: \"%s\" is no address like 00:1c.0",
				 change->text, port);
	if (!function_find(inputs, &name.address, true, &change->move.function))
		return error_set(error, -ENODEV, "%s: nothing is in slot %s", change->text, slot);
	if (!function_find(inputs, &address, false, &change->move.port))
		return error_set(error, -ENODEV, "%s: there is no %s", change->text, port);
	return 0;
}

static int move_change(struct arena *arena, const char *rest, const struct group_inputs *inputs,
		       struct group_change *change, struct error *error)
{
	const char *words[4] = {NULL};
	size_t count = 0;

	while (*rest && count < ARRAY_SIZE(words)) {
		size_t length;

		rest += strspn(rest, " \t");
		length = strcspn(rest, " \t");
		if (length)
			words[count++] = arena_copy(arena, rest, length);
		rest += length;
	}
	if (count != 3 || !streq(words[1], "below"))
		return error_set(error, -EINVAL, "%s: must read like 'move 01:00 below 00:1c.0'",
				 change->text);
	return move_read(words[0], words[2], inputs, change, error);
}

int group_change_parse(struct arena *arena, const struct group_inputs *inputs, const char *text,
		       struct group_change *ret_change, struct error *error)
{
	static const struct {
		const char *prefix;
		enum group_change_kind kind;
	} kinds[] = {
		{"acs-override=", CHANGE_OVERRIDE},
		{"config-acs=", CHANGE_CONFIGURATION},
		{"disable-acs-redir=", CHANGE_REDIRECTION},
		{"move ", CHANGE_MOVE},
	};
	struct group_change change = {.text = arena_strdup(arena, text)};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		const char *rest = text + strlen(kinds[i].prefix);
		int r;

		if (!starts_with(text, kinds[i].prefix))
			continue;
		change.kind = kinds[i].kind;
		if (change.kind == CHANGE_OVERRIDE)
			r = override_change(rest, &change, error);
		else if (change.kind == CHANGE_MOVE)
			r = move_change(arena, rest, inputs, &change, error);
		else
			r = settings_change(arena, rest, &change, error);
		if (r == 0)
			*ret_change = change;
		return r;
	}
	return error_set(error, -EINVAL,
			 "%s: must be acs-override=…, config-acs=…, disable-acs-redir=… or "
			 "'move 01:00 below 00:1c.0'",
			 text);
}

/* -- applying --------------------------------------------------------------------------------- */

static void override_merge(const struct acs_override *more, struct acs_override *override)
{
	override->active = more->active == YES ? YES : override->active;
	override->downstream |= more->downstream;
	override->multifunction |= more->multifunction;
	for (size_t i = 0; i < more->id_count && override->id_count < ARRAY_SIZE(override->ids);
	     i++)
		override->ids[override->id_count++] = more->ids[i];
}

static void parameter_apply(const struct group_change *change, bool *had_override,
			    struct group_parameters *parameters)
{
	struct acs_settings *settings = change->kind == CHANGE_REDIRECTION
						? &parameters->redirections
						: &parameters->configurations;

	if (change->kind == CHANGE_OVERRIDE) {
		if (!*had_override)
			parameters->override = (struct acs_override){.active = NO};
		*had_override = true;
		override_merge(&change->override, &parameters->override);
		return;
	}
	*settings = change->settings;
	/* The registers hold what the parameter has done; a boot without it sets them anew. */
	if (!change->settings.count)
		parameters->acs_control = ACS_AS_PROGRAMMED;
}

static int move_words(const struct group_inputs *inputs, const struct group_change *change, int r,
		      struct error *error)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	const struct group_input *port = &inputs->items[change->move.port];
	const char *address = group_input_address(arena, port);

	if (r == -E2BIG)
		return error_set(error, r, "more than %d moves", GROUP_MOVES_MOST);
	if (r == -EEXIST)
		return error_set(error, r, "%s: this slot is moved twice", change->text);
	if (r == -EBUSY)
		return error_set(error, r, "%s: something else is below %s already", change->text,
				 address);
	if (port->secondary_bus <= 0)
		return error_set(error, r, "%s: %s is no port, or its bus is not known",
				 change->text, address);
	return error_set(error, r, "%s: %s is itself below that slot", change->text, address);
}

static int moves_apply(const struct group_changes *changes, struct group_inputs *inputs,
		       struct error *error)
{
	struct group_move moves[GROUP_MOVES_MOST + 1];
	const struct group_change *of[GROUP_MOVES_MOST + 1];
	size_t count = 0, failed = 0;
	int r;

	for_each (change, changes) {
		if (change->kind != CHANGE_MOVE || count > GROUP_MOVES_MOST)
			continue;
		of[count] = change;
		moves[count++] = change->move;
	}
	r = count ? group_inputs_move_together(inputs, moves, count, &failed) : 0;
	return r < 0 ? move_words(inputs, of[failed], r, error) : 0;
}

int group_changes_apply(const struct group_changes *changes, struct group_inputs *inputs,
			struct group_parameters *parameters, struct error *error)
{
	bool had_override = false;
	int r = moves_apply(changes, inputs, error);

	if (r < 0)
		return r;
	for_each (change, changes)
		if (change->kind != CHANGE_MOVE)
			parameter_apply(change, &had_override, parameters);
	return 0;
}

/* -- comparing -------------------------------------------------------------------------------- */

static int root_find(int *above, int node)
{
	while (above[node] != node) {
		above[node] = above[above[node]];
		node = above[node];
	}
	return node;
}

/* Nodes are the groups of the first partition, then those of the second. */
static int *groups_unite(struct arena *arena, const struct group_partition *before,
			 const struct group_partition *after)
{
	int count = before->group_count + after->group_count;
	int *above = arena_array(arena, (size_t)count + 1, sizeof(*above));

	for (int i = 0; i < count; i++)
		above[i] = i;
	for (size_t i = 0; i < before->count; i++) {
		int first = before->items[i].group, second = after->items[i].group;

		if (first >= 0 && second >= 0)
			above[root_find(above, before->group_count + second)] =
				root_find(above, first);
	}
	return above;
}

void group_partitions_compare(struct arena *arena, const struct group_partition *before,
			      const struct group_partition *after,
			      struct regroupings *ret_regroupings)
{
	size_t count = (size_t)before->group_count + (size_t)after->group_count;
	int *above = groups_unite(arena, before, after);
	struct regrouping *all = arena_array(arena, count + 1, sizeof(*all));
	struct regroupings changed = {0};

	for (int i = 0; i < before->group_count; i++)
		*ARRAY_ADD(arena, &all[root_find(above, i)].before) = i;
	for (int i = 0; i < after->group_count; i++)
		*ARRAY_ADD(arena, &all[root_find(above, before->group_count + i)].after) = i;
	for (int i = 0; i < before->group_count; i++) {
		struct regrouping *one = &all[root_find(above, i)];

		if (one->before.items[0] == i && (one->before.count > 1 || one->after.count > 1))
			*ARRAY_ADD(arena, &changed) = *one;
	}
	*ret_regroupings = changed;
}
