/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "text.h"
#include "document_read.h"
#include "text_head.h"
#include "text_rehearsal.h"

/* -- findings ------------------------------------------------------------------------------------------------ */

enum { INDENT = 6, ID_WIDTH = 24 };

static void print_evidence(const struct text_style *style, json_object *evidence)
{
	const char *source = get_text(evidence, "source"), *what = get_text(evidence, "text");
	json_object *line = get(evidence, "line");
	char *joined = NULL;
	int length;

	if (line)
		length = asprintf(&joined, "%s:%d: %s", source ? source : "",
				  json_object_get_int(line), what ? what : "");
	else if (what && starts_with(what, "-> "))
		length = asprintf(&joined, "%s %s", source ? source : "", what);
	else
		length = asprintf(&joined, "%s: %s", source ? source : "", what ? what : "");
	if (length < 0)
		return;
	(void)fprintf(style->stream, "%*s", INDENT, "");
	terminal_begin(style, TINT_DIM);
	terminal_print_wrapped(style, joined, INDENT, INDENT + 4);
	terminal_end(style, TINT_DIM);
	free(joined);
}

static void print_remedy(const struct text_style *style, json_object *remedy, bool first)
{
	const char *owner = get_text(remedy, "owner"), *command = get_text(remedy, "command");
	const char *what = get_text(remedy, "text");
	unsigned label = terminal_columns(style, _("fix: "));
	char *joined = NULL;
	bool named = streq(owner, "firmware") || streq(owner, "vendor");

	if (asprintf(&joined, "%s%s%s%s", named ? "(" : "", named ? _(owner) : "",
		     named ? ") " : "", what ? what : "") < 0)
		return;
	(void)fprintf(style->stream, "%*s", INDENT, "");
	terminal_print_padded(style, first ? _("fix: ") : "", label);
	terminal_print_wrapped(style, joined, INDENT + label, INDENT + label);
	free(joined);
	if (command) {
		(void)fprintf(style->stream, "%*s", INDENT + (int)label + 4, "");
		terminal_begin(style, TINT_BOLD);
		(void)fputs("sudo ", style->stream);
		terminal_print(style, command);
		terminal_end(style, TINT_BOLD);
		(void)fputc('\n', style->stream);
	}
}

static bool same_json(json_object *a, json_object *b)
{
	return json_object_equal(a, b);
}

/* "  ✗ ID          TITLE" */
static void print_title(const struct text_style *style, json_object *check, const char *mark,
			enum tint tint)
{
	const char *id = get_text(check, "id"), *title = get_text(check, "title");
	int width = id ? (int)strlen(id) : 0;

	(void)fputs("  ", style->stream);
	terminal_begin(style, tint);
	(void)fprintf(style->stream, "%s ", mark);
	terminal_print(style, id);
	terminal_end(style, tint);
	width = width < ID_WIDTH ? ID_WIDTH - width : 2;
	(void)fprintf(style->stream, "%*s", width, "");
	terminal_print_wrapped(style, title ? title : "",
			       4 + (unsigned)(width + (id ? (int)strlen(id) : 0)), INDENT);
}

/* "until 2027-01-31 (host.ini:9): REASON", or that an expired one ended then. */
static void print_waiver(const struct text_style *style, json_object *waiver, bool expired)
{
	const char *until = get_text(waiver, "until"), *because = get_text(waiver, "because");
	const char *source = get_text(waiver, "source");
	char *joined = NULL;

	if (asprintf(&joined, "%s %s (%s:%d): %s", expired ? _("its waiver ended on") : _("until"),
		     until ? until : "", source ? source : "",
		     json_object_get_int(get(waiver, "line")), because ? because : "") < 0)
		return;
	(void)fprintf(style->stream, "%*s", INDENT, "");
	terminal_print_wrapped(style, joined, INDENT, INDENT + 4);
	free(joined);
}

/* before: the finding with the same id that is printed already, NULL where there is none: what it has said is not
 * repeated. */
static void print_finding(const struct text_style *style, json_object *check, json_object *before,
			  const char *mark, enum tint tint)
{
	json_object *evidence = get(check, "evidence"), *remedy = get(check, "remedy");
	const char *cause = get_text(check, "cause");

	print_title(style, check, mark, tint);
	if (!before || !same_json(get(before, "evidence"), evidence))
		for (size_t i = 0; i < array_length(evidence); i++)
			print_evidence(style, json_object_array_get_idx(evidence, i));
	if (get(check, "expired_waiver"))
		print_waiver(style, get(check, "expired_waiver"), true);
	/* Why, and the way out, are the same; but a danger may have taken the advice from one of them, and
	 * two differences to a manifest have their own reasons. */
	if (before && array_length(get(before, "remedy")) >= array_length(remedy)) {
		if (!get(check, "difference") || streq(get_text(before, "cause"), cause))
			return;
		remedy = NULL;
	}
	if (cause) {
		(void)fprintf(style->stream, "%*s", INDENT, "");
		terminal_print_wrapped(style, cause, INDENT, INDENT);
	}
	for (size_t i = 0; i < array_length(remedy); i++)
		print_remedy(style, json_object_array_get_idx(remedy, i), i == 0);
}

static bool has_severity(json_object *check, const char *const *severities)
{
	for (size_t i = 0; severities[i]; i++)
		if (is(check, "severity", severities[i]))
			return true;
	return false;
}

static void print_section(const struct text_style *style, json_object *checks, const char *heading,
			  const char *const *severities, const char *mark, enum tint tint)
{
	json_object *said = json_object_new_object(); /* the first finding of each id */
	bool first = true;

	for (size_t i = 0; i < array_length(checks); i++) {
		json_object *check = json_object_array_get_idx(checks, i);
		const char *key;

		if (!is(check, "result", "fail") || get(check, "waiver") ||
		    !has_severity(check, severities))
			continue;
		key = finding_key(check);
		if (first) {
			terminal_begin(style, TINT_BOLD);
			(void)fprintf(style->stream, "\n%s\n", heading);
			terminal_end(style, TINT_BOLD);
		}
		first = false;
		print_finding(style, check, key ? get(said, key) : NULL, mark, tint);
		if (key && !get(said, key))
			json_object_object_add(said, key, json_object_get(check));
	}
	json_object_put(said);
}

/* What somebody accepts for a while stays in sight. */
static void print_waived(const struct text_style *style, json_object *checks)
{
	bool first = true;

	for (size_t i = 0; i < array_length(checks); i++) {
		json_object *check = json_object_array_get_idx(checks, i);

		if (!is(check, "result", "fail") || !get(check, "waiver"))
			continue;
		if (first) {
			terminal_begin(style, TINT_BOLD);
			(void)fputs(_("\nWaived\n"), style->stream);
			terminal_end(style, TINT_BOLD);
		}
		first = false;
		print_title(style, check, "~", TINT_NONE);
		print_waiver(style, get(check, "waiver"), false);
	}
}

/* -- what was not checked, what passed ---------------------------------------------------------------------------- */

static bool says(json_object *check, const char *wanted)
{
	json_object *evidence = get(check, "evidence");

	for (size_t i = 0; i < array_length(evidence); i++) {
		const char *what = get_text(json_object_array_get_idx(evidence, i), "text");

		if (streq(what, wanted))
			return true;
	}
	return false;
}

static bool is_denied(json_object *check)
{
	return says(check, "Permission denied") || says(check, "Operation not permitted");
}

/* Judged from pasted text: what does not stand in it names a command. */
static bool names_command(json_object *check)
{
	json_object *evidence = get(check, "evidence");
	const char *what = array_length(evidence)
				   ? get_text(json_object_array_get_idx(evidence, 0), "text")
				   : NULL;

	return what && starts_with(what, "not told; run: ");
}

/* Why something could not be read. The document has it in English, so that programs can tell. */
static void print_reason(const struct text_style *style, const char *reason)
{
	static const char told[] = "not told; run: ";

	if (reason && starts_with(reason, told)) {
		terminal_print(style, _("not told; run: "));
		terminal_print(style, reason + strlen(told));
	} else {
		terminal_print(style, _(reason));
	}
}

static void print_unknown(const struct text_style *style, json_object *check, json_object *evidence)
{
	const char *id = get_text(check, "id"), *subject = get_text(check, "subject");
	int width = id ? (int)strlen(id) : 0;

	(void)fputs("  ? ", style->stream);
	terminal_print(style, id);
	(void)fprintf(style->stream, "%*s", width < ID_WIDTH - 2 ? ID_WIDTH - width : 2, "");
	terminal_print(style, subject);
	(void)fputs(subject ? "  " : "", style->stream);
	for (size_t i = 0; i < array_length(evidence); i++) {
		json_object *item = json_object_array_get_idx(evidence, i);

		(void)fputs(i ? ", " : "", style->stream);
		terminal_print(style, get_text(item, "source"));
		(void)fputs(": ", style->stream);
		print_reason(style, get_text(item, "text"));
	}
}

/* Blockers that could not be evaluated stand between "unknown" and an answer: each is named. */
static void print_not_checked(const struct text_style *style, json_object *checks)
{
	static const char *const blocking[] = {"danger", "blocker", NULL};
	bool first = true, denied = false, pasted = false, unmounted = false;

	for (size_t i = 0; i < array_length(checks); i++) {
		json_object *check = json_object_array_get_idx(checks, i);
		json_object *evidence = get(check, "evidence");

		if (!is(check, "result", "unknown") || !has_severity(check, blocking))
			continue;
		if (first) {
			terminal_begin(style, TINT_BOLD);
			(void)fputs(_("\nNot checked, and could block\n"), style->stream);
			terminal_end(style, TINT_BOLD);
		}
		first = false;
		denied |= is_denied(check);
		pasted |= names_command(check);
		unmounted |= says(check, "not mounted");
		print_unknown(style, check, evidence);
		(void)fputc('\n', style->stream);
	}
	if (denied)
		(void)fputs(_("      run vfiokit as root to have these checked\n"), style->stream);
	if (unmounted)
		(void)fputs(_("      mount it on /boot/efi to have these checked\n"),
			    style->stream);
	if (pasted)
		(void)fputs(
			_("      --lspci reads what lspci and find print, one behind the other; "
			  "--dmesg the log\n"),
			style->stream);
}

static const struct {
	const char *prefix, *name;
} areas[] = {
	{"iommu.", "IOMMU"},         {"group.", N_("groups")},
	{"driver.", N_("drivers")},  {"boot.", N_("boot")},
	{"initramfs.", "initramfs"}, {"device.", N_("device")},
	{"vfio.", "VFIO"},           {"limits.", N_("limits")},
	{"host.", N_("host")},       {"platform.", N_("platform")},
	{"expect.", N_("manifest")},
};

/* The index in areas; their number for an id that belongs to none. */
static size_t area_of(const char *id)
{
	size_t area = 0;

	while (area < ARRAY_SIZE(areas) && !(id && starts_with(id, areas[area].prefix)))
		area++;
	return area;
}

/* How many have passed, area by area; returns how many that would only warn are unknown. */
static unsigned count_results(json_object *checks, unsigned passed[static ARRAY_SIZE(areas)])
{
	static const char *const blocking[] = {"danger", "blocker", NULL};
	unsigned unknown = 0;

	for (size_t i = 0; i < array_length(checks); i++) {
		json_object *check = json_object_array_get_idx(checks, i);
		const char *result = get_text(check, "result");
		size_t area;

		if (!streq(result, "pass") && !streq(result, "unknown"))
			continue;
		area = area_of(get_text(check, "id"));
		if (area == ARRAY_SIZE(areas))
			continue;
		if (streq(result, "pass"))
			passed[area]++;
		else if (!has_severity(check, blocking))
			unknown++;
	}
	return unknown;
}

static void print_counts(const struct text_style *style, json_object *checks)
{
	unsigned passed[ARRAY_SIZE(areas)] = {0};
	unsigned unknown = count_results(checks, passed);
	char line[512];
	size_t length = (size_t)snprintf(line, sizeof(line), "%s", _("Passed:"));

	for (size_t a = 0; a < ARRAY_SIZE(areas); a++)
		if (passed[a] && length < sizeof(line))
			length += (size_t)snprintf(line + length, sizeof(line) - length, "%s %s %u",
						   line[length - 1] == ':' ? "" : ",",
						   _(areas[a].name), passed[a]);
	(void)fputc('\n', style->stream);
	terminal_begin(style, TINT_DIM);
	terminal_print_wrapped(style, line[length - 1] == ':' ? _("Passed: none") : line, 0, 8);
	if (unknown)
		(void)fprintf(style->stream, _("Not checked either: %u that would only warn\n"),
			      unknown);
	terminal_end(style, TINT_DIM);
}

/* -- candidates ------------------------------------------------------------------------------------------------------- */

enum { CANDIDATES_SHOWN = 12 };

static void print_candidates(const struct text_style *style, json_object *document)
{
	json_object *devices = get(document, "devices");
	unsigned shown = 0, more = 0;

	for (size_t i = 0; i < array_length(devices); i++) {
		json_object *device = json_object_array_get_idx(devices, i);
		const char *name = get_text(device, "name");

		if (!get_true(device, "candidate"))
			continue;
		if (shown == CANDIDATES_SHOWN) {
			more++;
			continue;
		}
		if (!shown++) {
			terminal_begin(style, TINT_BOLD);
			(void)fputs(_("\nCould be handed over\n"), style->stream);
			terminal_end(style, TINT_BOLD);
		}
		(void)fputs("  ", style->stream);
		terminal_print(style, get_text(device, "address"));
		(void)fputs("  ", style->stream);
		terminal_print(style, name ? name : _("unknown device"));
		text_print_id(style, device);
		if (get_text(device, "driver")) {
			(void)fprintf(style->stream, "  %s ", _("now"));
			terminal_print(style, get_text(device, "driver"));
		}
		(void)fputc('\n', style->stream);
	}
	if (more)
		(void)fprintf(style->stream, _("  and %u more: vfiokit list\n"), more);
	if (shown)
		(void)fputs(_("  next: vfiokit preflight ADDRESS\n"), style->stream);
}

void text_print_report(const struct text_style *style, json_object *document, bool quiet)
{
	static const char *const danger[] = {"danger", NULL}, *const blocking[] = {"blocker", NULL};
	static const char *const warning[] = {"warning", NULL}, *const info[] = {"info", NULL};
	json_object *checks = get(document, "checks");
	bool targets = text_print_targets(style, document);

	if (!targets) {
		text_print_verdict(style, get_text(document, "verdict"));
		(void)fputs(_("this host (no device was named, none is configured for VFIO)\n"),
			    style->stream);
	}
	if (quiet)
		return;
	text_print_host(style, document);
	print_section(style, checks, _("Danger: handing this over would hurt the host"), danger,
		      style->utf8 ? "✗" : "x", TINT_RED);
	print_section(style, checks, _("Blocks"), blocking, style->utf8 ? "✗" : "x", TINT_RED);
	print_section(style, checks, _("Warnings"), warning, "!", TINT_YELLOW);
	print_section(style, checks, _("Notes"), info, style->utf8 ? "·" : "-", TINT_NONE);
	print_waived(style, checks);
	print_not_checked(style, checks);
	if (array_length(get(document, "rehearsal"))) {
		terminal_begin(style, TINT_BOLD);
		(void)fputs(_("\nRehearsal\n"), style->stream);
		terminal_end(style, TINT_BOLD);
		text_print_rehearsal(style, get(document, "rehearsal"), true);
	}
	if (!targets)
		print_candidates(style, document);
	print_counts(style, checks);
}
