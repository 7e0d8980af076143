/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/expect/expect.h"
#include "preflight/checks/check.h"
#include "preflight/lines.h"
#include "preflight/parse/cmdline.h"

#include <ctype.h>
#include <errno.h>
#include <ini.h>

/* -- values ---------------------------------------------------------------------------------------- */

/* Reads count decimal digits. */
static bool read_digits(const char *text, size_t count, unsigned *ret_value)
{
	unsigned value = 0;

	for (size_t i = 0; i < count; i++) {
		if (!isdigit((unsigned char)text[i]))
			return false;
		value = value * 10 + (unsigned)(text[i] - '0');
	}
	*ret_value = value;
	return true;
}

static unsigned days_of_month(unsigned year, unsigned month)
{
	static const unsigned days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

day_number day_parse(const char *text)
{
	unsigned year, month, day;

	if (strlen(text) != 10 || text[4] != '-' || text[7] != '-' ||
	    !read_digits(text, 4, &year) || !read_digits(text + 5, 2, &month) ||
	    !read_digits(text + 8, 2, &day))
		return 0;
	if (year < 1970 || month < 1 || month > 12 || day < 1 || day > days_of_month(year, month))
		return 0;
	return year * 10000 + month * 100 + day;
}

unsigned link_speed_parse(const char *text, const char **ret_rest)
{
	size_t digits = strspn(text, "0123456789");
	unsigned whole, tenth = 0;

	if (digits < 1 || digits > 3 || !read_digits(text, digits, &whole))
		return 0;
	text += digits;
	if (*text == '.') {
		if (!read_digits(text + 1, 1, &tenth))
			return 0;
		text += 2;
	}
	text += strspn(text, " ");
	if (!starts_with(text, "GT/s"))
		return 0;
	if (ret_rest)
		*ret_rest = text + strlen("GT/s");
	return whole * 10 + tenth;
}

const char *link_speed_text(struct arena *arena, unsigned speed)
{
	if (speed % 10)
		return arena_printf(arena, "%u.%uGT/s", speed / 10, speed % 10);
	return arena_printf(arena, "%uGT/s", speed / 10);
}

/* -- the parser's state ------------------------------------------------------------------------------ */

struct parser {
	struct arena *arena;
	const char *name; /* of the file */
	struct expect *expect;
	struct error *error;
	struct line_reader lines;
	struct line line;        /* the one that inih works on */
	struct origin origin;    /* of it */
	unsigned failed;         /* the line of the first error; 0 none */
	bool in_host, in_device; /* the section; neither: unknown, or before any */
};

static void fail(struct parser *parser, const char *format, ...) PRINTF_FORMAT(2, 3);

/* Keeps the first error only. */
static void fail(struct parser *parser, const char *format, ...)
{
	va_list arguments;

	if (parser->failed)
		return;
	parser->failed = parser->line.number;
	va_start(arguments, format);
	error_set_at(parser->error, -EINVAL, parser->name, parser->line.number, format, arguments);
	va_end(arguments);
}

static struct expect_device *current_device(struct parser *parser)
{
	return &parser->expect->devices.items[parser->expect->devices.count - 1];
}

/* -- keys --------------------------------------------------------------------------------------------- */

/* Whether a single-valued key stands here for the first time; notes its line. */
static bool is_first(struct parser *parser, const char *key, struct origin *origin)
{
	if (origin->source) {
		fail(parser, N_("%s is given twice"), key);
		return false;
	}
	*origin = parser->origin;
	return true;
}

/* One of two words. */
static void set_truth(struct parser *parser, const char *key, const char *value, const char *yes,
		      const char *no, enum truth *ret_truth)
{
	if (streq(value, yes))
		*ret_truth = YES;
	else if (streq(value, no))
		*ret_truth = NO;
	else
		fail(parser, N_("%s must be %s or %s, not \"%s\""), key, yes, no, value);
}

static void set_iommu(struct parser *parser, const char *key, const char *value)
{
	if (is_first(parser, key, &parser->expect->iommu_origin))
		set_truth(parser, key, value, "on", "off", &parser->expect->iommu);
}

static void set_secure_boot(struct parser *parser, const char *key, const char *value)
{
	if (is_first(parser, key, &parser->expect->secure_boot_origin))
		set_truth(parser, key, value, "on", "off", &parser->expect->secure_boot);
}

static void add_kernel_argument(struct parser *parser, const char *key, const char *value)
{
	struct parameters *arguments = &parser->expect->kernel_arguments;
	size_t before = arguments->count;

	cmdline_parse(parser->arena, arena_strdup(parser->arena, value), strlen(value),
		      parser->name, parser->line.number, arguments);
	if (arguments->count == before)
		fail(parser, N_("%s holds no word of a kernel command line"), key);
	for (size_t i = before; i < arguments->count; i++)
		arguments->items[i].origin = parser->origin;
}

static void set_id(struct parser *parser, const char *key, const char *value)
{
	struct expect_device *device = current_device(parser);
	struct device_name name;

	if (!is_first(parser, key, &device->id_origin))
		return;
	if (device_name_parse(value, &name) < 0 || name.kind != NAME_ID) {
		fail(parser, N_("%s must be vendor:device (10de:2330), not \"%s\""), key, value);
		return;
	}
	device->vendor_id = name.vendor_id;
	device->device_id = name.device_id;
}

static void set_driver(struct parser *parser, const char *key, const char *value)
{
	struct expect_device *device = current_device(parser);

	if (!is_first(parser, key, &device->driver_origin))
		return;
	if (!*value || strcspn(value, " \t/") != strlen(value))
		fail(parser, N_("%s must be the name of one driver, or none, not \"%s\""), key,
		     value);
	else
		device->driver = arena_strdup(parser->arena, value);
}

static void set_group_isolated(struct parser *parser, const char *key, const char *value)
{
	struct expect_device *device = current_device(parser);

	if (is_first(parser, key, &device->group_origin))
		set_truth(parser, key, value, "yes", "no", &device->group_isolated);
}

/* "16GT/s x16" */
static void set_link(struct parser *parser, const char *key, const char *value)
{
	struct expect_device *device = current_device(parser);
	unsigned speed, width = 0;
	const char *rest = "";

	if (!is_first(parser, key, &device->link_origin))
		return;
	speed = link_speed_parse(value, &rest);
	rest += strspn(rest, " \t");
	if (!speed || *rest != 'x' || strlen(rest) < 2 || strlen(rest) > 3 ||
	    !read_digits(rest + 1, strlen(rest) - 1, &width) || !width || width > 32) {
		fail(parser, N_("%s must be speed and width (16GT/s x16), not \"%s\""), key, value);
		return;
	}
	device->link_speed = speed;
	device->link_width = width;
}

/* -- waivers ------------------------------------------------------------------------------------------- */

/* Takes "WORD TEXT" apart: the first word of *rest becomes a copy, *rest what follows it. */
static const char *take_word(struct arena *arena, const char **rest)
{
	size_t length = strcspn(*rest, " \t");
	const char *word = arena_copy(arena, *rest, length);

	*rest += length;
	*rest += strspn(*rest, " \t");
	return word;
}

/* Whether such a waiver can stand here. */
static bool waiver_fits(struct parser *parser, const struct waiver *waiver)
{
	const struct check *check = check_find(waiver->check);

	if (!check) {
		fail(parser, N_("%s: no such check; vfiokit preflight --checks lists them"),
		     waiver->check);
		return false;
	}
	if (waiver->subject && check->scope == SCOPE_HOST) {
		fail(parser, N_("%s is about the host: its waiver belongs into [host]"),
		     waiver->check);
		return false;
	}
	for_each (known, &parser->expect->waivers)
		if (streq(known->check, waiver->check) && streq(known->subject, waiver->subject)) {
			fail(parser, N_("%s is waived twice (line %u)"), waiver->check,
			     known->origin.line);
			return false;
		}
	return true;
}

/* "CHECK-ID until 2027-01-31 because …" */
static void add_waiver(struct parser *parser, const char *key, const char *value)
{
	struct arena *arena = parser->arena;
	struct waiver waiver = {.origin = parser->origin};
	const char *until, *because;

	waiver.check = take_word(arena, &value);
	until = take_word(arena, &value);
	waiver.until = take_word(arena, &value);
	because = take_word(arena, &value);
	waiver.because = arena_strdup(arena, value);
	waiver.last_day = day_parse(waiver.until);
	if (parser->in_device)
		waiver.subject = current_device(parser)->address;
	if (!streq(until, "until") || !streq(because, "because") || !*value)
		fail(parser, N_("%s must be CHECK-ID until YYYY-MM-DD because REASON"), key);
	else if (!waiver.last_day)
		fail(parser, N_("\"%s\" is no day of the calendar (YYYY-MM-DD)"), waiver.until);
	else if (waiver_fits(parser, &waiver))
		*ARRAY_ADD(arena, &parser->expect->waivers) = waiver;
}

/* -- sections ------------------------------------------------------------------------------------------- */

struct key {
	const char *name;
	void (*set)(struct parser *parser, const char *key, const char *value);
};

static const struct key host_keys[] = {
	{"iommu", set_iommu},
	{"secure-boot", set_secure_boot},
	{"kernel-arg", add_kernel_argument},
	{"waive", add_waiver},
};

static const struct key device_keys[] = {
	{"id", set_id},     {"driver", set_driver}, {"group-isolated", set_group_isolated},
	{"link", set_link}, {"waive", add_waiver},
};

static void open_device(struct parser *parser, const char *text)
{
	struct arena *arena = parser->arena;
	struct expect_device *device;
	struct address address;
	const char *full;

	text += strspn(text, " \t");
	if (address_parse(text, strlen(text), &address) < 0) {
		fail(parser, N_("\"%s\" is no PCI address (0000:41:00.0)"), text);
		return;
	}
	full = arena_printf(arena, "%04x:%02x:%02x.%x", address.domain, address.bus, address.slot,
			    address.function);
	for_each (known, &parser->expect->devices)
		if (streq(known->address, full)) {
			fail(parser, N_("[device %s] stands here twice (line %u)"), full,
			     known->origin.line);
			return;
		}
	device = ARRAY_ADD(arena, &parser->expect->devices);
	*device = (struct expect_device){
		.address = full, .origin = parser->origin, .vendor_id = -1, .device_id = -1};
	parser->in_device = true;
}

/* inih tells nobody about a section without keys, and a mistyped name must not pass. */
static void open_section(struct parser *parser)
{
	const char *text = parser->line.text + 1, *end = text + parser->line.length - 1;
	const char *close = memchr(text, ']', (size_t)(end - text));
	struct line name, rest;

	parser->in_host = parser->in_device = false;
	if (!close) {
		fail(parser, N_("the section's ']' is missing"));
		return;
	}
	name = line_trim((struct line){.text = text, .length = (size_t)(close - text)});
	rest = line_trim((struct line){.text = close + 1, .length = (size_t)(end - close - 1)});
	if (rest.length && *rest.text != ';' && *rest.text != '#') {
		fail(parser, N_("something stands behind the section's ']'"));
		return;
	}
	text = arena_copy(parser->arena, name.text, name.length);
	if (streq(text, "host"))
		parser->in_host = true;
	else if (starts_with(text, "device ") || starts_with(text, "device\t"))
		open_device(parser, text + strlen("device"));
	else
		fail(parser, N_("[%s]: no such section; there are [host] and [device ADDRESS]"),
		     text);
}

static int set_key(void *user, const char *section, const char *name, const char *value)
{
	struct parser *parser = user;
	const struct key *keys = parser->in_host ? host_keys : device_keys;
	size_t count = parser->in_host ? ARRAY_SIZE(host_keys) : ARRAY_SIZE(device_keys);

	(void)section; /* cut off at inih's own limit; ours is exact */
	if (!parser->in_host && !parser->in_device) {
		fail(parser, N_("%s stands outside of [host] and [device ADDRESS]"), name);
		return 1;
	}
	for (size_t i = 0; i < count; i++)
		if (streq(keys[i].name, name)) {
			keys[i].set(parser, name, value ? value : "");
			return 1;
		}
	fail(parser, N_("%s: no such key in this section"), name);
	return 1;
}

/* -- lines ------------------------------------------------------------------------------------------------ */

static bool holds_control(const struct line *line)
{
	for (size_t i = 0; i < line->length; i++)
		if (iscntrl((unsigned char)line->text[i]) && line->text[i] != '\t')
			return true;
	return false;
}

/* What inih is to see of a line: nothing of comments and of bad lines. */
static struct line line_for_inih(struct parser *parser, struct line line)
{
	const struct line empty = {.text = "", .number = line.number};

	if (line.number == 1 && line.length >= 3 && memcmp(line.text, "\xef\xbb\xbf", 3) == 0)
		line = (struct line){line.text + 3, line.length - 3, 1};
	/* Without blanks in front no line continues the value before it. */
	line = line_trim(line);
	parser->line = line;
	if (!line.length || *line.text == ';' || *line.text == '#')
		return empty;
	parser->origin = (struct origin){
		.source = parser->name,
		.line = line.number,
		.text = printable_copy(parser->arena, line.text, line.length),
	};
	if (line.length > EXPECT_LINE_LIMIT)
		fail(parser, N_("longer than %d characters"), EXPECT_LINE_LIMIT);
	else if (holds_control(&line))
		fail(parser, N_("holds a control character"));
	else if (*line.text == '[')
		open_section(parser);
	else
		return line;
	/* inih must not see a section that it would cut. */
	return empty;
}

/* inih's reader, as fgets(3): one line, its newline with it. */
static char *next_line(char *buffer, int size, void *stream)
{
	struct parser *parser = stream;
	struct line line;

	if (!lines_next(&parser->lines, &line))
		return NULL;
	line = line_for_inih(parser, line);
	if (size < 0 || line.length + 2 > (size_t)size) {
		fail(parser, N_("longer than the INI library takes"));
		line.length = 0;
	}
	memcpy(buffer, line.text, line.length);
	memcpy(buffer + line.length, "\n", 2);
	return buffer;
}

int expect_parse(struct arena *arena, const char *name, const char *data, size_t length,
		 struct expect *ret_expect, struct error *error)
{
	struct expect expect = {0};
	struct error first = {0};
	struct parser parser = {
		.arena = arena,
		.name = arena_strdup(arena, name),
		.expect = &expect,
		.error = &first,
		.lines = lines_of(data, length),
	};
	int bad_line = ini_parse_stream(next_line, &parser, set_key, &parser);

	/* A negative result is want of memory: nothing was judged. */
	if (bad_line < 0)
		return error_set(error, -ENOMEM, "%s: %s", name, error_words(-ENOMEM));
	if (bad_line && (!parser.failed || (unsigned)bad_line < parser.failed))
		return error_set(error, -EINVAL, "%s:%d: neither [section] nor key = value", name,
				 bad_line);
	if (parser.failed)
		return error_wrap(error, first.code, "%s", &first);
	*ret_expect = expect;
	return 0;
}
