/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/parse/dmesg.h"
#include "preflight/address.h"
#include "preflight/lines.h"
#include "preflight/parse/dmesg_rows.h"

#include <ctype.h>

enum {
	LINE_LIMIT = 2047, /* PRINTK_MESSAGE_MAX is 2048 */
	KIND_LIMIT = 8192,
	PLACEMENT_LIMIT = 65536,
	GRAM = 4, /* bytes that the search hashes */
	SLOT_BITS = 12,
	RESOURCE_NONE = -1, /* a bridge window, a ROM, I/O ports: no passthrough depends on it */
	RESOURCE_VF = 6,    /* VF BAR n is resource 6 + n */
	VF_BARS = 6,
};

/*
 * All rows' first pieces are looked for at once: a table tells for each four bytes of the line
 * which rows begin like that, and only those are compared.
 */
struct search {
	uint8_t heads[1 << SLOT_BITS]; /* a row's number + 1; 0 none */
	uint8_t next[LOG_ROWS_MAXIMUM];
};

/* A line of the log: all of it, and the message behind stamp and prefixes. */
struct log_line {
	const char *start, *message, *end;
	double seconds;
	/* Where the pieces of the row that matches end. */
	const char *found[ARRAY_SIZE(log_rows[0].pieces)];
};

/* What the log says of one BAR or VF BAR: an event that it has no place, or that it has one. */
struct placement {
	uint64_t resource; /* address and index packed */
	size_t event;      /* index of the event; assigned: the number of events so far */
	bool assigned;
};

struct placements {
	struct placement *items;
	size_t count, capacity;
};

struct scan {
	struct arena *arena;
	struct search search;
	struct log_events events;
	struct placements placements;
	unsigned counts[LOG_KINDS];
};

/* -- finding the row -------------------------------------------------------------------------- */

static const char *find_text(const char *start, const char *end, const char *text)
{
	return memmem(start, (size_t)(end - start), text, strlen(text));
}

static bool begins_with(const char *start, const char *end, const char *text)
{
	size_t length = strlen(text);

	return (size_t)(end - start) >= length && memcmp(start, text, length) == 0;
}

static unsigned gram_slot(const char *at)
{
	uint32_t gram;

	memcpy(&gram, at, GRAM);
	return gram * 2654435761u >> (32 - SLOT_BITS);
}

static void search_build(struct search *search)
{
	for (size_t i = log_rows_count; i > 0; i--) {
		unsigned slot = gram_slot(log_rows[i - 1].pieces[0]);

		search->next[i - 1] = search->heads[slot];
		search->heads[slot] = (uint8_t)i;
	}
}

/* Whether a row's pieces stand in the line, the first one at `at`. Fills line->found. */
static bool row_matches(const struct log_row *row, struct log_line *line, const char *at)
{
	if (!begins_with(at, line->end, row->pieces[0]) || (row->begins && at != line->message))
		return false;
	line->found[0] = at + strlen(row->pieces[0]);
	for (size_t i = 1; i < ARRAY_SIZE(row->pieces) && row->pieces[i]; i++) {
		at = find_text(line->found[i - 1], line->end, row->pieces[i]);
		if (!at)
			return false;
		line->found[i] = at + strlen(row->pieces[i]);
	}
	return true;
}

/* The rows that were tried on a line, and the first of them that it matches. */
struct attempt {
	struct log_line line; /* message NULL: not looked for yet */
	struct log_line match;
	size_t best; /* log_rows_count: none */
	bool tried[LOG_ROWS_MAXIMUM];
};

static void try_row(struct attempt *attempt, size_t i, const char *at)
{
	struct log_line *line = &attempt->line;

	/* Pieces that do not follow the first one's first place follow no later one either. */
	if (attempt->tried[i])
		return;
	attempt->tried[i] = begins_with(at, line->end, log_rows[i].pieces[0]);
	if (!line->message)
		line->message = log_line_message(line->start, line->end, &line->seconds);
	if (!row_matches(&log_rows[i], line, at))
		return;
	attempt->best = i;
	attempt->match = *line;
}

/* The first row of the table that the line matches, or NULL. */
static const struct log_row *find_row(const struct search *search, struct log_line *line)
{
	struct attempt attempt;

	attempt.best = log_rows_count;
	attempt.line.start = NULL;
	for (const char *at = line->start; line->end - at >= GRAM; at++) {
		size_t i = search->heads[gram_slot(at)];

		for (; i > 0; i = search->next[i - 1]) {
			if (i > attempt.best || memcmp(at, log_rows[i - 1].pieces[0], GRAM) != 0)
				continue;
			if (!attempt.line.start) {
				attempt.line =
					(struct log_line){.start = line->start, .end = line->end};
				memset(attempt.tried, 0, sizeof(attempt.tried));
			}
			try_row(&attempt, i - 1, at);
		}
	}
	if (attempt.best == log_rows_count)
		return NULL;
	*line = attempt.match;
	return &log_rows[attempt.best];
}

/* -- what a line says ------------------------------------------------------------------------ */

static bool is_address_character(char c)
{
	return isxdigit((unsigned char)c) || c == ':' || c == '.';
}

/* The run of address characters at `at`, without the colons and dots that only stand around it. */
static int parse_address_at(const char *at, const char *end, const char **ret_next,
			    struct address *ret_address)
{
	const char *stop = at;

	while (stop < end && is_address_character(*stop))
		stop++;
	*ret_next = stop;
	while (at < stop && *at == ':')
		at++;
	while (stop > at && (stop[-1] == ':' || stop[-1] == '.'))
		stop--;
	return address_parse(at, (size_t)(stop - at), ret_address);
}

static bool find_address(const struct log_row *row, const struct log_line *line,
			 struct address *ret_address)
{
	const char *at = line->message, *next;

	if (row->address > 0)
		return parse_address_at(line->found[row->address - 1], line->end, &next,
					ret_address) == 0;
	while (row->address == FIRST_ADDRESS && at < line->end) {
		if (!is_address_character(*at)) {
			at++;
			continue;
		}
		if (parse_address_at(at, line->end, &next, ret_address) == 0 && ret_address->full)
			return true;
		at = next;
	}
	return false;
}

static int64_t parse_number(const char *at, const char *end, int base)
{
	char digits[32] = "";
	size_t length = (size_t)(end - at);

	if (length >= sizeof(digits))
		length = sizeof(digits) - 1;
	memcpy(digits, at, length);
	return strtoll(digits, NULL, base ? base : 10);
}

static int64_t find_number(const struct log_row *row, const struct log_line *line)
{
	const char *at;
	int64_t number;

	if (row->kind == LOG_SECURE_BOOT)
		return find_text(line->message, line->end, " enabled") != NULL;
	if (!row->number)
		return 0;
	at = line->found[row->number - 1];
	number = parse_number(at, line->end, row->base);
	if (row->kind == LOG_VFIO_ID_ADDED && line->end - at > 5 && at[4] == ':')
		number = number << 16 | parse_number(at + 5, line->end, row->base);
	return number;
}

/*
 * Which BAR (0 to 5) or VF BAR (RESOURCE_VF + n) a resource line is about. Before 6.7 all resources
 * were numbered: 6 the ROM, 7 to 12 the VF BARs, then bridge windows (pci_resource_name() since).
 */
static int find_resource(const struct log_line *line)
{
	const char *at = find_text(line->message, line->end, "BAR ");
	int64_t number;

	if (!at || find_text(line->message, line->end, "[io ") ||
	    find_text(line->message, line->end, "bridge window ["))
		return RESOURCE_NONE;
	number = parse_number(at + 4, line->end, 10);
	if (number < 0 || number > 12)
		return RESOURCE_NONE;
	if (at - line->message >= 3 && memcmp(at - 3, "VF ", 3) == 0)
		return number < VF_BARS ? RESOURCE_VF + (int)number : RESOURCE_NONE;
	if (number < 6)
		return (int)number;
	return number == 6 ? RESOURCE_NONE : RESOURCE_VF + (int)number - 7;
}

/* -- events ---------------------------------------------------------------------------------- */

static struct log_event *add_event(struct scan *scan, enum log_kind kind,
				   const struct log_line *line, unsigned number)
{
	struct log_event *event;

	if (scan->counts[kind] == KIND_LIMIT)
		return NULL;
	scan->counts[kind]++;
	event = ARRAY_ADD(scan->arena, &scan->events);
	*event = (struct log_event){
		.kind = kind,
		.line = number,
		.text = printable_copy(scan->arena, line->message,
				       (size_t)(line->end - line->message)),
		.seconds = line->seconds,
	};
	return event;
}

static const char *print_address(struct arena *arena, const struct address *address)
{
	return arena_printf(arena, "%04x:%02x:%02x.%u", address->domain, address->bus,
			    address->slot, address->function);
}

/* A line about the place of a BAR. */
static void add_placement(struct scan *scan, const struct log_row *row, const struct log_line *line,
			  unsigned number, const struct address *address)
{
	int resource = find_resource(line);
	bool assigned = row->kind == LOG_BAR_ASSIGNED;
	size_t before = scan->events.count;
	struct log_event *event;
	struct placement *placement;

	if (resource == RESOURCE_NONE || scan->placements.count == PLACEMENT_LIMIT)
		return;
	/* Nothing to take back yet. */
	if (assigned && !scan->placements.count)
		return;
	if (!assigned) {
		event = add_event(scan,
				  resource < RESOURCE_VF ? LOG_BAR_NO_SPACE : LOG_SRIOV_NO_SPACE,
				  line, number);
		if (!event)
			return;
		event->address = print_address(scan->arena, address);
		event->number = resource < RESOURCE_VF ? resource : 0;
	}
	placement = ARRAY_ADD(scan->arena, &scan->placements);
	placement->resource = (uint64_t)address->domain << 24 | (uint64_t)address->bus << 16 |
			      (uint64_t)(address->slot << 3 | address->function) << 8 |
			      (uint64_t)resource;
	placement->event = before;
	placement->assigned = assigned;
}

/* A new boot: what came before is another one's. */
static void forget(struct scan *scan)
{
	scan->events.count = 0;
	scan->placements.count = 0;
	memset(scan->counts, 0, sizeof(scan->counts));
}

static void scan_line(struct scan *scan, struct log_line *line, unsigned number)
{
	const struct log_row *row = find_row(&scan->search, line);
	struct address address;
	struct log_event *event;
	bool has_address;

	if (!row)
		return;
	has_address = find_address(row, line, &address);
	if (row->kind == LOG_BAR_NO_SPACE || row->kind == LOG_BAR_ASSIGNED) {
		if (has_address)
			add_placement(scan, row, line, number, &address);
		return;
	}
	if (row->kind == LOG_LINUX_VERSION)
		forget(scan);
	event = add_event(scan, (enum log_kind)row->kind, line, number);
	if (!event)
		return;
	event->address = has_address ? print_address(scan->arena, &address) : NULL;
	event->number = find_number(row, line);
}

/* -- what later lines take back --------------------------------------------------------------- */

static int compare_placements(const void *a, const void *b)
{
	const struct placement *one = a, *other = b;

	if (one->resource != other->resource)
		return one->resource < other->resource ? -1 : 1;
	if (one->event != other->event)
		return one->event < other->event ? -1 : 1;
	return other->assigned - one->assigned;
}

/* The kernel tries several times: a BAR that got its place in the end was never a problem. */
static void drop_assigned(struct scan *scan, bool dropped[])
{
	struct placement *items = scan->placements.items;
	size_t count = scan->placements.count;
	bool placed = false;

	if (count)
		qsort(items, count, sizeof(*items), compare_placements);
	for (size_t i = count; i > 0; i--) {
		const struct placement *item = &items[i - 1];

		if (i == count || items[i].resource != item->resource)
			placed = false;
		if (item->assigned)
			placed = true;
		else
			dropped[item->event] = placed;
	}
}

/* Only the last choice of the boot display stands ("overriding previous"). */
static void drop_overridden(const struct log_events *events, bool dropped[])
{
	bool found = false;

	for (size_t i = events->count; i > 0; i--) {
		if (events->items[i - 1].kind != LOG_BOOT_VGA)
			continue;
		dropped[i - 1] = found;
		found = true;
	}
}

static void settle(struct scan *scan)
{
	bool *dropped = arena_array(scan->arena, scan->events.count + 1, sizeof(*dropped));
	size_t kept = 0;

	drop_assigned(scan, dropped);
	drop_overridden(&scan->events, dropped);
	for (size_t i = 0; i < scan->events.count; i++)
		if (!dropped[i])
			scan->events.items[kept++] = scan->events.items[i];
	scan->events.count = kept;
}

/* -- the whole log --------------------------------------------------------------------------- */

void log_parse(struct arena *arena, const char *text, size_t length, struct kernel_log *ret_log)
{
	struct scan scan = {.arena = arena};
	const char *end = text + length;
	size_t lines = 0;

	search_build(&scan.search);
	while (text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		const char *next = newline ? newline + 1 : end;
		struct log_line line = {.start = text, .end = newline ? newline : end};

		if (line.end - line.start > LINE_LIMIT)
			line.end = line.start + LINE_LIMIT;
		while (line.end > line.start && strchr(" \t\r", line.end[-1]))
			line.end--;
		lines++;
		scan_line(&scan, &line, (unsigned)lines);
		text = next;
	}
	settle(&scan);
	ret_log->events = scan.events;
	ret_log->lines = lines;
	memset(ret_log->first, 0, sizeof(ret_log->first));
	for (size_t i = scan.events.count; i > 0; i--)
		ret_log->first[scan.events.items[i - 1].kind] = i;
	if (lines) {
		ret_log->known = YES;
		ret_log->complete = truth_of(ret_log->first[LOG_LINUX_VERSION] != 0);
	}
}

const struct log_event *log_find(const struct kernel_log *log, enum log_kind kind,
				 const char *address)
{
	if (!log->first[kind])
		return NULL;
	for (size_t i = log->first[kind] - 1; i < log->events.count; i++) {
		const struct log_event *event = &log->events.items[i];

		if (event->kind == kind && (!address || streq(event->address, address)))
			return event;
	}
	return NULL;
}
