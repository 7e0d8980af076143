/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "text.h"
#include "utf8.h"

#include <langinfo.h>
#include <sys/ioctl.h>

enum tint { TINT_NONE, TINT_BOLD, TINT_RED, TINT_YELLOW, TINT_GREEN, TINT_DIM };

/* -- style ----------------------------------------------------------------------------------------- */

struct text_style text_style_for_output(const char *color)
{
	struct text_style style = {.stream = stdout, .width = 80};
	bool terminal = isatty(STDOUT_FILENO);
	const char *no_color = getenv("NO_COLOR");
	struct winsize size;

	style.color = streq(color, "always") ||
		      (!streq(color, "never") && terminal && !(no_color && *no_color));
	style.utf8 = streq(nl_langinfo(CODESET), "UTF-8");
	if (terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40)
		style.width = size.ws_col < 110 ? size.ws_col : 110;
	return style;
}

static void begin(const struct text_style *style, enum tint tint)
{
	static const char *const codes[] = {"", "\033[1m", "\033[1;31m", "\033[1;33m", "\033[1;32m",
					    "\033[2m"};

	if (style->color && tint)
		(void)fputs(codes[tint], style->stream);
}

static void end(const struct text_style *style, enum tint tint)
{
	if (style->color && tint)
		(void)fputs("\033[0m", style->stream);
}

/* Whether a terminal would do something else with the character than show it: C0, DEL and C1
 * controls, line separators, and what turns the direction of writing. */
static bool steers_terminal(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x61c ||
	       (code >= 0x200e && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
	       (code >= 0x2066 && code <= 0x2069);
}

/* Where the terminal does not speak UTF-8 its bytes are other characters, and some of them controls:
 * only ASCII goes there. */
static void print_characters(FILE *stream, const char *text, size_t length, bool utf8)
{
	const char *end = text + length;

	while (text < end) {
		uint32_t code = 0;
		size_t bytes = utf8_character(text, &code);

		if (*text == '\t')
			(void)fputc(' ', stream);
		else if (!bytes || steers_terminal(code) || (code >= 0x80 && !utf8))
			(void)fputc('?', stream);
		else
			(void)fwrite(text, 1, bytes, stream);
		text += bytes ? bytes : 1;
	}
}

void text_print_safe(FILE *stream, const char *text)
{
	print_characters(stream, text, strlen(text), true);
}

/* NULL: what a document of somebody else's lacks. */
static void print_safe(const struct text_style *style, const char *text)
{
	if (text)
		print_characters(style->stream, text, strlen(text), style->utf8);
}

/* Columns that length bytes of UTF-8 take: continuation bytes take none. */
static unsigned columns(const char *text, size_t length)
{
	unsigned count = 0;

	for (size_t i = 0; i < length; i++)
		count += ((unsigned char)text[i] & 0xc0) != 0x80;
	return count;
}

/* Prints text word by word from column `column` on; further lines start at `indent`. Words longer
 * than a line (addresses, paths) are never broken. */
static void print_wrapped(const struct text_style *style, const char *text, unsigned column,
			  unsigned indent)
{
	bool first = true;

	while (*text) {
		size_t length = strcspn(text, " ");
		unsigned wide = columns(text, length);

		if (!length) {
			text++;
			continue;
		}
		if (!first && style->width && column + 1 + wide > style->width) {
			(void)fprintf(style->stream, "\n%*s", (int)indent, "");
			column = indent;
		} else if (!first) {
			(void)fputc(' ', style->stream);
			column++;
		}
		print_characters(style->stream, text, length, style->utf8);
		column += wide;
		text += length;
		first = false;
	}
	(void)fputc('\n', style->stream);
}

/* -- reading the document ------------------------------------------------------------------------------ */

static json_object *get(json_object *object, const char *key)
{
	json_object *value = NULL;

	(void)json_object_object_get_ex(object, key, &value);
	return value;
}

static const char *get_text(json_object *object, const char *key)
{
	json_object *value = get(object, key);

	return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : NULL;
}

static bool get_true(json_object *object, const char *key)
{
	json_object *value = get(object, key);

	return json_object_is_type(value, json_type_boolean) && json_object_get_boolean(value);
}

static size_t array_length(json_object *array)
{
	return json_object_is_type(array, json_type_array) ? json_object_array_length(array) : 0;
}

static bool is(json_object *object, const char *key, const char *value)
{
	return streq(get_text(object, key), value);
}

/* -- the head: verdict, devices, host --------------------------------------------------------------------- */

static const struct {
	const char *verdict, *words;
	enum tint tint;
} verdicts[] = {
	{"ready", N_("READY"), TINT_GREEN},
	{"reboot", N_("REBOOT"), TINT_YELLOW},
	{"unknown", N_("UNKNOWN"), TINT_YELLOW},
	{"not-ready", N_("NOT READY"), TINT_RED},
};

static void print_verdict(const struct text_style *style, const char *verdict)
{
	for (size_t i = 0; i < ARRAY_SIZE(verdicts); i++)
		if (streq(verdicts[i].verdict, verdict)) {
			begin(style, verdicts[i].tint);
			(void)fprintf(style->stream, "%s", verdicts[i].words);
			end(style, verdicts[i].tint);
			(void)fprintf(style->stream, "%*s",
				      12 - (int)strlen(verdicts[i].words), "");
		}
}

/* The length of an address without its function: the same slot is the same card. */
static size_t slot_length(const char *address)
{
	const char *dot = strrchr(address, '.');

	return dot ? (size_t)(dot - address) : strlen(address);
}

static bool same_card(json_object *a, json_object *b)
{
	const char *first = get_text(a, "address"), *second = get_text(b, "address");
	size_t length = first ? slot_length(first) : 0;

	return first && second && length == slot_length(second) &&
	       strncmp(first, second, length) == 0;
}

/* The place in verdicts[], which is sorted from good to bad. A bridge that was asked for is
 * "unsuitable"; no other word is anything good. */
static size_t verdict_rank(const char *verdict)
{
	for (size_t i = 0; i < ARRAY_SIZE(verdicts); i++)
		if (streq(verdicts[i].verdict, verdict))
			return i;
	return ARRAY_SIZE(verdicts) - 1;
}

/* The worst verdict of a card's targets, and how many functions there are besides `device`. */
static const char *card_verdict(json_object *devices, json_object *device, unsigned *ret_more)
{
	size_t worst = 0;
	unsigned more = 0;

	for (size_t i = 0; i < array_length(devices); i++) {
		json_object *other = json_object_array_get_idx(devices, i);

		if (!get_true(other, "target") || !same_card(device, other))
			continue;
		more += other != device;
		if (verdict_rank(get_text(other, "verdict")) > worst)
			worst = verdict_rank(get_text(other, "verdict"));
	}
	*ret_more = more;
	return verdicts[worst].verdict;
}

static void print_id(const struct text_style *style, json_object *device)
{
	const char *vendor = get_text(device, "vendor_id"), *id = get_text(device, "device_id");

	if (!vendor || !id)
		return;
	(void)fputs("  ", style->stream);
	print_safe(style, vendor);
	(void)fputc(':', style->stream);
	print_safe(style, id);
}

static void print_card(const struct text_style *style, json_object *devices, json_object *device)
{
	const char *name = get_text(device, "name");
	unsigned more;

	print_verdict(style, card_verdict(devices, device, &more));
	begin(style, TINT_BOLD);
	print_safe(style, get_text(device, "address"));
	end(style, TINT_BOLD);
	(void)fputs("  ", style->stream);
	print_safe(style, name			       ? name
			  : get_text(device, "class_name") ? get_text(device, "class_name")
							   : "unknown device");
	print_id(style, device);
	if (more)
		(void)fprintf(style->stream, "   (and %u more function%s of the card)", more,
			      more == 1 ? "" : "s");
	(void)fputc('\n', style->stream);
}

/* One line a card; names that match no device have a line of their own. */
static bool print_targets(const struct text_style *style, json_object *document)
{
	json_object *devices = get(document, "devices"), *checks = get(document, "checks");
	json_object *last = NULL;
	bool any = false;

	for (size_t i = 0; i < array_length(checks); i++) {
		json_object *check = json_object_array_get_idx(checks, i);

		if (!is(check, "id", "device.not-found") || !is(check, "result", "fail"))
			continue;
		print_verdict(style, "not-ready");
		print_safe(style, get_text(check, "subject"));
		(void)fputs("  no such device\n", style->stream);
		any = true;
	}
	for (size_t i = 0; i < array_length(devices); i++) {
		json_object *device = json_object_array_get_idx(devices, i);

		if (!get_true(device, "target") || !get_text(device, "address"))
			continue;
		any = true;
		if (last && same_card(last, device))
			continue;
		print_card(style, devices, device);
		last = device;
	}
	return any;
}

struct part {
	const char *text, *before, *after;
};

static const char *iommu_words(json_object *iommu)
{
	static const struct {
		const char *kind, *words;
	} kinds[] = {
		{"intel-vtd", "Intel VT-d"},
		{"amd-vi", "AMD-Vi"},
		{"smmu", "SMMU"},
		{"virtio", "virtio-iommu"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (is(iommu, "kind", kinds[i].kind))
			return kinds[i].words;
	return "IOMMU";
}

/* "lab1 · Debian 12 · kernel 6.1.0-50-amd64 · Intel VT-d active · Secure Boot off" */
static void print_host(const struct text_style *style, json_object *document)
{
	json_object *host = get(document, "host"), *iommu = get(document, "iommu");
	json_object *active = get(iommu, "active"), *secure = get(host, "secure_boot");
	const char *distro = get_text(get(host, "distro"), "name");
	const char *state = !active ? "state unknown" : json_object_get_boolean(active) ? "active" : "not active";
	const struct part parts[] = {
		{get_text(host, "hostname"), "", ""},
		{distro ? distro : get_text(get(host, "distro"), "id"), "", ""},
		{get_text(host, "kernel"), "kernel ", ""},
		{iommu_words(iommu), "", " "},
		{get_text(host, "bootloader"), "", ""},
		{get_text(host, "initramfs"), "", ""},
		{secure ? json_object_get_boolean(secure) ? "on" : "off" : NULL, "Secure Boot ", ""},
	};
	const char *separator = style->utf8 ? " · " : " - ";
	bool first = true;

	begin(style, TINT_DIM);
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		if (!parts[i].text)
			continue;
		(void)fprintf(style->stream, "%s%s", first ? "" : separator, parts[i].before);
		print_safe(style, parts[i].text);
		if (*parts[i].after)
			(void)fprintf(style->stream, "%s%s", parts[i].after, state);
		first = false;
	}
	end(style, TINT_DIM);
	(void)fputc('\n', style->stream);
}

/* -- findings ------------------------------------------------------------------------------------------------ */

enum { INDENT = 6, ID_WIDTH = 24 };

static void print_evidence(const struct text_style *style, json_object *evidence)
{
	const char *source = get_text(evidence, "source"), *what = get_text(evidence, "text");
	json_object *line = get(evidence, "line");
	char *joined = NULL;
	int length;

	if (line)
		length = asprintf(&joined, "%s:%d: %s", source ? source : "", json_object_get_int(line),
				  what ? what : "");
	else if (what && starts_with(what, "-> "))
		length = asprintf(&joined, "%s %s", source ? source : "", what);
	else
		length = asprintf(&joined, "%s: %s", source ? source : "", what ? what : "");
	if (length < 0)
		return;
	(void)fprintf(style->stream, "%*s", INDENT, "");
	begin(style, TINT_DIM);
	print_wrapped(style, joined, INDENT, INDENT + 4);
	end(style, TINT_DIM);
	free(joined);
}

static void print_remedy(const struct text_style *style, json_object *remedy, bool first)
{
	const char *owner = get_text(remedy, "owner"), *command = get_text(remedy, "command");
	const char *what = get_text(remedy, "text");
	char *joined = NULL;
	bool named = streq(owner, "firmware") || streq(owner, "vendor");

	if (asprintf(&joined, "%s%s%s%s", named ? "(" : "", named ? owner : "", named ? ") " : "",
		     what ? what : "") < 0)
		return;
	(void)fprintf(style->stream, "%*s%s", INDENT, "", first ? "fix: " : "     ");
	print_wrapped(style, joined, INDENT + 5, INDENT + 5);
	free(joined);
	if (command) {
		(void)fprintf(style->stream, "%*s", INDENT + 9, "");
		begin(style, TINT_BOLD);
		(void)fputs("sudo ", style->stream);
		print_safe(style, command);
		end(style, TINT_BOLD);
		(void)fputc('\n', style->stream);
	}
}

static bool same_json(json_object *a, json_object *b)
{
	return json_object_equal(a, b);
}

/* The finding with the same id printed before `index`, if any: what it has said is not repeated. */
static json_object *said_before(json_object *checks, size_t index)
{
	json_object *check = json_object_array_get_idx(checks, index);
	const char *id = get_text(check, "id");

	for (size_t i = 0; i < index; i++) {
		json_object *other = json_object_array_get_idx(checks, i);

		if (is(other, "id", id) && is(other, "result", "fail") &&
		    is(other, "severity", get_text(check, "severity")))
			return other;
	}
	return NULL;
}

static void print_finding(const struct text_style *style, json_object *checks, size_t index,
			  const char *mark, enum tint tint)
{
	json_object *check = json_object_array_get_idx(checks, index);
	json_object *before = said_before(checks, index);
	json_object *evidence = get(check, "evidence"), *remedy = get(check, "remedy");
	const char *id = get_text(check, "id"), *title = get_text(check, "title");
	const char *cause = get_text(check, "cause");
	int width = id ? (int)strlen(id) : 0;

	(void)fputs("  ", style->stream);
	begin(style, tint);
	(void)fprintf(style->stream, "%s ", mark);
	print_safe(style, id);
	end(style, tint);
	width = width < ID_WIDTH ? ID_WIDTH - width : 2;
	(void)fprintf(style->stream, "%*s", width, "");
	print_wrapped(style, title ? title : "", 4 + (unsigned)(width + (id ? (int)strlen(id) : 0)), INDENT);
	if (!before || !same_json(get(before, "evidence"), evidence))
		for (size_t i = 0; i < array_length(evidence); i++)
			print_evidence(style, json_object_array_get_idx(evidence, i));
	/* Why, and the way out, are the same; but a danger may have taken the advice from one of them. */
	if (before && array_length(get(before, "remedy")) >= array_length(remedy))
		return;
	if (cause) {
		(void)fprintf(style->stream, "%*s", INDENT, "");
		print_wrapped(style, cause, INDENT, INDENT);
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
	bool first = true;

	for (size_t i = 0; i < array_length(checks); i++) {
		json_object *check = json_object_array_get_idx(checks, i);

		if (!is(check, "result", "fail") || !has_severity(check, severities))
			continue;
		if (first) {
			begin(style, TINT_BOLD);
			(void)fprintf(style->stream, "\n%s\n", heading);
			end(style, TINT_BOLD);
		}
		first = false;
		print_finding(style, checks, i, mark, tint);
	}
}

/* -- what was not checked, what passed ---------------------------------------------------------------------------- */

static bool is_denied(json_object *check)
{
	json_object *evidence = get(check, "evidence");

	for (size_t i = 0; i < array_length(evidence); i++) {
		const char *what = get_text(json_object_array_get_idx(evidence, i), "text");

		if (streq(what, "Permission denied") || streq(what, "Operation not permitted"))
			return true;
	}
	return false;
}

static void print_unknown(const struct text_style *style, json_object *check, json_object *evidence)
{
	const char *id = get_text(check, "id"), *subject = get_text(check, "subject");
	int width = id ? (int)strlen(id) : 0;

	(void)fputs("  ? ", style->stream);
	print_safe(style, id);
	(void)fprintf(style->stream, "%*s", width < ID_WIDTH - 2 ? ID_WIDTH - width : 2, "");
	print_safe(style, subject);
	(void)fputs(subject ? "  " : "", style->stream);
	for (size_t i = 0; i < array_length(evidence); i++) {
		json_object *item = json_object_array_get_idx(evidence, i);

		(void)fputs(i ? ", " : "", style->stream);
		print_safe(style, get_text(item, "source"));
		(void)fputs(": ", style->stream);
		print_safe(style, get_text(item, "text"));
	}
}

/* Blockers that could not be evaluated stand between "unknown" and an answer: each is named. */
static void print_not_checked(const struct text_style *style, json_object *checks)
{
	static const char *const blocking[] = {"danger", "blocker", NULL};
	bool first = true, denied = false;

	for (size_t i = 0; i < array_length(checks); i++) {
		json_object *check = json_object_array_get_idx(checks, i);
		json_object *evidence = get(check, "evidence");

		if (!is(check, "result", "unknown") || !has_severity(check, blocking))
			continue;
		if (first) {
			begin(style, TINT_BOLD);
			(void)fputs("\nNot checked, and could block\n", style->stream);
			end(style, TINT_BOLD);
		}
		first = false;
		denied |= is_denied(check);
		print_unknown(style, check, evidence);
		(void)fputc('\n', style->stream);
	}
	if (denied)
		(void)fputs("      run vfiokit as root to have these checked\n", style->stream);
}

static const struct {
	const char *prefix, *name;
} areas[] = {
	{"iommu.", "IOMMU"},   {"group.", "groups"},	     {"driver.", "drivers"},
	{"boot.", "boot"},     {"initramfs.", "initramfs"}, {"device.", "device"},
	{"vfio.", "VFIO"},     {"limits.", "limits"},	     {"host.", "host"},
	{"platform.", "platform"},
};

static void print_counts(const struct text_style *style, json_object *checks)
{
	static const char *const blocking[] = {"danger", "blocker", NULL};
	char line[512] = "Passed:";
	size_t length = strlen(line);
	unsigned unknown = 0;

	for (size_t a = 0; a < ARRAY_SIZE(areas); a++) {
		unsigned passed = 0;

		for (size_t i = 0; i < array_length(checks); i++) {
			json_object *check = json_object_array_get_idx(checks, i);
			const char *id = get_text(check, "id");

			if (!id || !starts_with(id, areas[a].prefix))
				continue;
			passed += is(check, "result", "pass");
			unknown += is(check, "result", "unknown") && !has_severity(check, blocking);
		}
		if (passed && length < sizeof(line))
			length += (size_t)snprintf(line + length, sizeof(line) - length, "%s %s %u",
						   line[length - 1] == ':' ? "" : ",", areas[a].name,
						   passed);
	}
	(void)fputc('\n', style->stream);
	begin(style, TINT_DIM);
	print_wrapped(style, line[length - 1] == ':' ? "Passed: none" : line, 0, 8);
	if (unknown)
		(void)fprintf(style->stream, "Not checked either: %u that would only warn\n", unknown);
	end(style, TINT_DIM);
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
			begin(style, TINT_BOLD);
			(void)fputs("\nCould be handed over\n", style->stream);
			end(style, TINT_BOLD);
		}
		(void)fputs("  ", style->stream);
		print_safe(style, get_text(device, "address"));
		(void)fputs("  ", style->stream);
		print_safe(style, name ? name : "unknown device");
		print_id(style, device);
		if (get_text(device, "driver")) {
			(void)fputs("  now ", style->stream);
			print_safe(style, get_text(device, "driver"));
		}
		(void)fputc('\n', style->stream);
	}
	if (more)
		(void)fprintf(style->stream, "  and %u more: vfiokit list\n", more);
	if (shown)
		(void)fputs("  next: vfiokit preflight ADDRESS\n", style->stream);
}

void text_print_report(const struct text_style *style, json_object *document, bool quiet)
{
	static const char *const danger[] = {"danger", NULL}, *const blocking[] = {"blocker", NULL};
	static const char *const warning[] = {"warning", NULL}, *const info[] = {"info", NULL};
	json_object *checks = get(document, "checks");
	bool targets = print_targets(style, document);

	if (!targets) {
		print_verdict(style, get_text(document, "verdict"));
		(void)fputs("this host (no device was named, none is configured for VFIO)\n",
			    style->stream);
	}
	if (quiet)
		return;
	print_host(style, document);
	print_section(style, checks, "Danger: handing this over would hurt the host", danger,
		      style->utf8 ? "✗" : "x", TINT_RED);
	print_section(style, checks, "Blocks", blocking, style->utf8 ? "✗" : "x", TINT_RED);
	print_section(style, checks, "Warnings", warning, "!", TINT_YELLOW);
	print_section(style, checks, "Notes", info, style->utf8 ? "·" : "-", TINT_NONE);
	print_not_checked(style, checks);
	if (!targets)
		print_candidates(style, document);
	print_counts(style, checks);
}
