/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "document_read.h"
#include "explain.h"
#include "explain_words.h"

enum { INDENT = 2, TEXT_INDENT = 4, ITEM_INDENT = 6 };

/* -- the path ---------------------------------------------------------------------------------------- */

/* Whether the ACS of this function matters to the kernel, in few words. */
static const char *verdict_words(struct arena *arena, json_object *port)
{
	json_object *isolates = get(port, "isolates"), *acs = get(port, "kernel_acs");
	const char *reason = get_text(port, "reason");

	if (!reason)
		return "";
	if (!isolates)
		return _("; whether it isolates is not known");
	if (streq(reason, "override"))
		return _("; only claims to isolate (pcie_acs_override)");
	if (streq(reason, "single-function"))
		return _("; a single function needs none");
	if (streq(reason, "type-without"))
		return _("; counts as isolating");
	if (streq(reason, "conventional"))
		return _("; cannot isolate");
	if (streq(reason, "not-for-type"))
		return _("; this type never isolates");
	if (streq(reason, "bits-off"))
		return arena_printf(arena, _("; does not isolate: %s off"),
				    explain_words(arena, get(acs, "missing"), ""));
	if (streq(reason, "bits-on") && array_length(get(acs, "hardwired")))
		return arena_printf(arena, _("; isolates (counting %s, which it lacks, as on)"),
				    explain_words(arena, get(acs, "hardwired"), ""));
	return json_object_get_boolean(isolates) ? _("; isolates") : _("; does not isolate");
}

/* The row of the kernel's table that stands in for the registers, or says how to read them. */
static const char *quirk_words(struct arena *arena, json_object *port)
{
	const char *quirk = get_text(port, "quirk");
	const char *vendor = get_text(port, "vendor_id"), *device = get_text(port, "device_id");

	if (!quirk)
		return "";
	return arena_printf(arena, _("; %s %s() for %s:%s"),
			    get(port, "kernel_acs") ? _("read as dwords by") : _("decided by"),
			    quirk, vendor ? vendor : "?", device ? device : "?");
}

static const char *registers_words(struct arena *arena, json_object *port)
{
	/* What the kernel counts, where it has counted: some ports hold their bits elsewhere. */
	json_object *acs = get(port, "kernel_acs") ? get(port, "kernel_acs") : get(port, "acs");

	if (acs)
		return arena_printf(
			arena, _("ACS %s, enabled %s"),
			explain_words(arena, get(acs, "capability"), _("without any bit")),
			explain_words(arena, get(acs, "enabled"), _("none")));
	if (streq(get_text(port, "reason"), "conventional"))
		return _("no ACS");
	if (get_true(port, "acs_known") || streq(get_text(port, "reason"), "no-capability"))
		return _("no ACS capability");
	return _("ACS registers not readable");
}

static void print_port(const struct text_style *style, struct arena *arena, json_object *port)
{
	const char *type = _(get_text(port, "port_type"));
	const char *line = arena_printf(arena, "%s%s: %s%s%s", type ? type : _("type not known"),
					get_true(port, "multifunction") ? _(", multifunction") : "",
					registers_words(arena, port), quirk_words(arena, port),
					verdict_words(arena, port));

	explain_print_labelled(style, INDENT, get_text(port, "address"), line);
}

static void print_path(const struct text_style *style, struct arena *arena, json_object *device)
{
	json_object *path = get(device, "path");

	explain_print_heading(style, get_true(device, "path_complete")
					     ? _("Path from the root complex")
					     : _("Path, as far as it is known"));
	if (get_text(device, "root_bus"))
		explain_print_item(style, INDENT, INDENT, get_text(device, "root_bus"));
	for (size_t i = 0; i < array_length(path); i++)
		print_port(style, arena, json_object_array_get_idx(path, i));
}

/* -- the group ---------------------------------------------------------------------------------------- */

static void print_disagreement(const struct text_style *style, struct arena *arena,
			       json_object *device)
{
	json_object *more = get(device, "only_kernel"), *fewer = get(device, "only_model");
	bool known = get(device, "model_agrees") != NULL;

	if (!known || get_true(device, "model_agrees"))
		return;
	explain_print_heading(style, _("The model makes another group: believe the kernel"));
	if (array_length(more))
		explain_print_item(style, INDENT, TEXT_INDENT,
				   arena_printf(arena, _("only the kernel has in it: %s"),
						explain_words(arena, more, "")));
	if (array_length(fewer))
		explain_print_item(style, INDENT, TEXT_INDENT,
				   arena_printf(arena, _("only the model has in it: %s"),
						explain_words(arena, fewer, "")));
	explain_print_item(style, INDENT, INDENT,
			   _("What follows is the model's, and so may not hold for this kernel."));
}

static void print_groups(const struct text_style *style, struct arena *arena, json_object *device)
{
	json_object *group = get(device, "group"), *claimed = get(device, "claimed_only");
	json_object *predicted = get(device, "predicted_members"),
		    *because = get(device, "because");

	if (group)
		explain_print_heading(style, arena_printf(arena, _("IOMMU group %d"),
							  json_object_get_int(group)));
	else if (array_length(predicted))
		explain_print_heading(style, _("No IOMMU group now; predicted together"));
	else
		explain_print_heading(style, _("No IOMMU group is known"));
	explain_print_item(style, INDENT, INDENT,
			   explain_words(arena, group ? get(device, "members") : predicted,
					 array_length(because) ? explain_nth(because, 0)
							       : _("nothing is known")));
	if (group && !get(device, "predicted_group") && array_length(because))
		explain_print_item(
			style, INDENT, INDENT,
			arena_printf(arena, _("By the model %s"), explain_nth(because, 0)));
	if (claimed)
		explain_print_item(
			style, INDENT, TEXT_INDENT,
			arena_printf(arena,
				     _("Only claimed by pcie_acs_override. Without it one group: "
				       "%s"),
				     explain_words(arena, claimed, "")));
	print_disagreement(style, arena, device);
}

static void print_steps(const struct text_style *style, struct arena *arena, json_object *device)
{
	json_object *members = get(device, "steps");
	int64_t left_out = json_object_get_int64(get(device, "steps_left_out"));

	/* Another function of the card in the same group has told it. */
	if (!array_length(members) || get_text(device, "splits_of"))
		return;
	explain_print_heading(style, _("How pci_device_group() gets there, in the kernel's order"));
	for (size_t i = 0; i < array_length(members); i++) {
		json_object *member = json_object_array_get_idx(members, i);
		json_object *steps = get(member, "steps");

		explain_print_item(style, INDENT, INDENT, get_text(member, "address"));
		for (size_t j = 0; j < array_length(steps); j++) {
			json_object *step = json_object_array_get_idx(steps, j);

			explain_print_item(style, TEXT_INDENT, ITEM_INDENT,
					   arena_printf(arena, "%s(): %s",
							get_text(step, "kernel_function"),
							get_text(step, "text")));
		}
	}
	if (left_out > 0)
		explain_print_item(
			style, INDENT, INDENT,
			arena_printf(arena, _("and %lld more members"), (long long)left_out));
}

static void print_holes(const struct text_style *style, struct arena *arena, json_object *device)
{
	json_object *holes = get(device, "holes");

	if (!array_length(holes))
		return;
	explain_print_heading(style, _("What the group does not show (group.not-isolated)"));
	for (size_t i = 0; i < array_length(holes); i++) {
		json_object *hole = json_object_array_get_idx(holes, i);

		explain_print_item(style, INDENT, INDENT, get_text(hole, "text"));
		explain_print_item(style, TEXT_INDENT, ITEM_INDENT,
				   arena_printf(arena, _("within reach: %s"),
						explain_words(arena, get(hole, "peers"), "")));
	}
}

/* -- what would split it ------------------------------------------------------------------------------ */

/* "0000:00:1c.0 (root port, slot 3, up to x4)" */
static const char *port_words(struct arena *arena, json_object *split)
{
	json_object *slot = get(split, "slot_number"), *width = get(split, "link_width");
	const char *type = _(get_text(split, "port_type")),
		   *exchange = get_text(split, "exchange_with");
	struct strings about = {0};

	strings_add(arena, &about, type ? type : "port");
	if (slot)
		strings_add(arena, &about,
			    arena_printf(arena, _("slot %d"), json_object_get_int(slot)));
	if (width)
		strings_add(arena, &about,
			    arena_printf(arena, _("up to x%d"), json_object_get_int(width)));
	if ((is(split, "kind", "slot") || exchange) && !get_true(split, "port_isolates"))
		strings_add(arena, &about, _("without ACS: apart by its place only"));
	if (exchange)
		strings_add(arena, &about, arena_printf(arena, _("now holds %s"), exchange));
	return arena_printf(arena, "%s (%s)", get_text(split, "port"),
			    strings_join(arena, &about, ", "));
}

static void print_result(const struct text_style *style, struct arena *arena, json_object *split)
{
	const char *members = explain_words(arena, get(split, "members"), "");
	const char *about = get_true(split, "clean")     ? ""
			    : get_true(split, "certain") ? _(" (smaller, not clean)")
							 : _(" (or fewer: not certain)");

	if (get_text(split, "port"))
		explain_print_item(style, ITEM_INDENT, ITEM_INDENT + 2,
				   arena_printf(arena, _("%s: group then%s: %s"),
						port_words(arena, split), about, members));
	else
		explain_print_item(style, ITEM_INDENT, ITEM_INDENT + 2,
				   arena_printf(arena, _("group then%s: %s"), about, members));
}

static void print_split_words(const struct text_style *style, struct arena *arena,
			      json_object *split)
{
	const char *parameter = get_text(split, "parameter");

	explain_print_item(style, INDENT, TEXT_INDENT,
			   arena_printf(arena, "%s %s%s%s", style->utf8 ? "·" : "-",
					get_text(split, "title"), parameter ? ": " : "",
					parameter ? parameter : ""));
}

static void print_split_end(const struct text_style *style, struct arena *arena, json_object *split)
{
	const char *cost = get_text(split, "cost"), *trust = get_text(split, "honesty");
	const char *note = get_text(split, "note");

	explain_print_item(style, ITEM_INDENT, ITEM_INDENT + 2,
			   arena_printf(arena, _("cost: %s"), cost ? cost : ""));
	explain_print_item(style, ITEM_INDENT, ITEM_INDENT + 2,
			   arena_printf(arena, _("trust: %s%s%s"), trust ? trust : "",
					note ? "; " : "", note ? note : ""));
}

/* Splits of one kind stand together: what they have in common is said once. */
static void print_splits(const struct text_style *style, struct arena *arena, json_object *device)
{
	json_object *splits = get(device, "splits");
	int64_t untried = json_object_get_int64(get(device, "ports_untried"));
	size_t count = array_length(splits);

	for (size_t i = 0; i < count; i++) {
		json_object *split = json_object_array_get_idx(splits, i);
		json_object *last = i ? json_object_array_get_idx(splits, i - 1) : NULL;
		json_object *next = i + 1 < count ? json_object_array_get_idx(splits, i + 1) : NULL;
		const char *kind = get_text(split, "kind");

		if (!last || !is(last, "kind", kind))
			print_split_words(style, arena, split);
		print_result(style, arena, split);
		if (next && is(next, "kind", kind))
			continue;
		if (streq(kind, "slot") && untried > 0)
			explain_print_item(style, ITEM_INDENT, ITEM_INDENT + 2,
					   arena_printf(arena,
							_("%lld more empty ports were not tried"),
							(long long)untried));
		print_split_end(style, arena, split);
	}
}

/* What happens to the host if this function goes. */
static const char *uses_words(struct arena *arena, json_object *function)
{
	json_object *uses = get(function, "uses");
	struct strings words = {0};
	bool hurts = false;

	for (size_t i = 0; i < array_length(uses); i++) {
		json_object *use = json_object_array_get_idx(uses, i);

		strings_add(arena, &words, get_text(use, "what") ? get_text(use, "what") : "");
		hurts |= get_true(use, "critical");
	}
	if (!words.count)
		return "";
	return arena_printf(arena, "%s%s",
			    hurts ? _("; taking it would hurt the host: ") : _("; used: "),
			    strings_join(arena, &words, ", "));
}

static void print_handover(const struct text_style *style, struct arena *arena, json_object *device)
{
	json_object *functions = get(device, "handover");

	explain_print_item(
		style, INDENT, TEXT_INDENT,
		arena_printf(arena, _("%s %shand over all of it:"), style->utf8 ? "·" : "-",
			     array_length(get(device, "splits")) ? _("or leave it whole and ")
								 : ""));
	for (size_t i = 0; i < array_length(functions); i++) {
		json_object *function = json_object_array_get_idx(functions, i);
		const char *name = get_text(function, "name"),
			   *driver = get_text(function, "driver");

		explain_print_labelled(style, ITEM_INDENT, get_text(function, "address"),
				       arena_printf(arena, "%s (%s)%s",
						    name ? name : _("unknown device"),
						    driver ? driver : _("no driver"),
						    uses_words(arena, function)));
	}
}

static const char *nothing_words(json_object *device)
{
	json_object *path = get(device, "path");

	if (array_length(get(device, "only_kernel")))
		return _("The model does not find what this kernel joined them by, and so not what "
			 "would part them.");
	for (size_t i = 0; i + 1 < array_length(path); i++) {
		const char *reason = get_text(json_object_array_get_idx(path, i), "reason");

		if (streq(reason, "conventional") || streq(reason, "not-for-type"))
			return _("Nothing parts what is below a bridge to conventional PCI: the "
				 "bridge puts its own id on all requests. Only another card, with "
				 "PCI Express, can be apart.");
	}
	return _("Nothing that the model can try parts it on this machine.");
}

static void print_advice(const struct text_style *style, struct arena *arena, json_object *device)
{
	const char *state = get_text(device, "state"), *same = get_text(device, "splits_of");
	size_t count = array_length(get(device, "splits"));
	bool is_card = streq(state, "card");

	if (!state || get_true(device, "bridge"))
		return;
	if (streq(state, "clean")) {
		explain_print_heading(style, _("The group is clean"));
		explain_print_item(
			style, INDENT, INDENT,
			array_length(get(device, "holes"))
				? _("No other endpoint is in it, but what is told above can "
				    "reach the device all the same.")
				: _("No other endpoint is in it: nothing needs to be split."));
		return;
	}
	explain_print_heading(style, is_card ? _("The group holds functions of one slot only")
					     : _("What would split the group"));
	if (same) {
		explain_print_item(style, INDENT, INDENT,
				   arena_printf(arena, _("The same as for %s, above."), same));
		return;
	}
	if (is_card)
		explain_print_item(
			style, INDENT, INDENT,
			count ? _("Its functions go to a guest together. To part them:")
			      : _("Its functions go to a guest together; no other device is in "
				  "it, and nothing needs to be split."));
	else if (!count)
		explain_print_item(style, INDENT, INDENT, nothing_words(device));
	print_splits(style, arena, device);
	if (!is_card || count)
		print_handover(style, arena, device);
}

void explain_print_device(const struct text_style *style, json_object *device)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	const char *name = get_text(device, "name"), *vendor = get_text(device, "vendor_id");

	terminal_begin(style, TINT_BOLD);
	terminal_print(style, get_text(device, "address"));
	terminal_end(style, TINT_BOLD);
	(void)fputs("  ", style->stream);
	terminal_print(style, name ? name : _("unknown device"));
	if (vendor && get_text(device, "device_id"))
		(void)fprintf(style->stream, "  %s:%s", vendor, get_text(device, "device_id"));
	(void)fputc('\n', style->stream);
	print_path(style, arena, device);
	print_groups(style, arena, device);
	print_steps(style, arena, device);
	print_holes(style, arena, device);
	print_advice(style, arena, device);
}
