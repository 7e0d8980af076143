/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/parse/dmesg_rows.h"

#include <ctype.h>

static bool begins_with(const char *start, const char *end, const char *text)
{
	size_t length = strlen(text);

	return (size_t)(end - start) >= length && memcmp(start, text, length) == 0;
}

static const char *skip_blanks(const char *at, const char *end)
{
	while (at < end && (*at == ' ' || *at == '\t'))
		at++;
	return at;
}

/* "[    1.234567]": seconds since boot; OPAL writes "[  139.314078852,5]". */
static bool parse_stamp(const char *at, const char *end, double *ret_seconds)
{
	double whole = 0, fraction = 0, scale = 1;

	at = skip_blanks(at, end);
	if (at == end || !isdigit((unsigned char)*at))
		return false;
	for (; at < end && isdigit((unsigned char)*at); at++)
		whole = whole * 10 + (*at - '0');
	if (at == end || *at++ != '.')
		return false;
	for (; at < end && isdigit((unsigned char)*at); at++) {
		fraction = fraction * 10 + (*at - '0');
		scale *= 10;
	}
	if (at != end && *at != ',')
		return false;
	*ret_seconds = whole + fraction / scale;
	return true;
}

/* "      T0" and "C12" (the printing task or CPU), "Wed May 31 15:04:13 2023" (dmesg -T). */
static bool is_caller_or_date(const char *at, const char *end)
{
	at = skip_blanks(at, end);
	if (end - at >= 2 && (*at == 'T' || *at == 'C') && isdigit((unsigned char)at[1])) {
		for (at++; at < end && isdigit((unsigned char)*at);)
			at++;
		return at == end;
	}
	return end - at == 24 && at[3] == ' ' && at[7] == ' ' && at[13] == ':' && at[16] == ':';
}

static const char *strip_bracket(const char *at, const char *end, double *ret_seconds)
{
	const char *close;

	if (at == end || *at != '[')
		return at;
	close = memchr(at, ']', (size_t)(end - at < 40 ? end - at : 40));
	if (!close)
		return at;
	if (!parse_stamp(at + 1, close, ret_seconds) && !is_caller_or_date(at + 1, close))
		return at;
	return skip_blanks(close + 1, end);
}

/* "<6>" and dmesg -x's "kern  :info  : ". */
static const char *strip_level(const char *at, const char *end)
{
	const char *close;

	if (end - at >= 3 && *at == '<' && isdigit((unsigned char)at[1])) {
		close = memchr(at, '>', (size_t)(end - at < 6 ? end - at : 6));
		return close ? skip_blanks(close + 1, end) : at;
	}
	if (begins_with(at, end, "kern  :") && end - at > 16 && at[13] == ':')
		return skip_blanks(at + 14, end);
	return at;
}

/* "2023-05-31T15:04:13,123456+02:00 " and syslog's "May 31 15:04:13 ". */
static const char *strip_date(const char *at, const char *end)
{
	if (end - at > 20 && at[4] == '-' && at[7] == '-' && at[10] == 'T' && at[13] == ':') {
		const char *blank = memchr(at, ' ', (size_t)(end - at < 40 ? end - at : 40));

		return blank ? skip_blanks(blank, end) : at;
	}
	if (end - at > 16 && isupper((unsigned char)*at) && at[3] == ' ' && at[6] == ' ' &&
	    at[9] == ':' && at[12] == ':' && at[15] == ' ')
		return at + 16;
	return at;
}

/* "host kernel: " of syslog and of the journal. */
static const char *strip_host(const char *at, const char *end)
{
	const char *word = at;

	while (word < end && word - at < 64 &&
	       (isalnum((unsigned char)*word) || strchr("._-", *word)))
		word++;
	if (word == at || !begins_with(word, end, " kernel: "))
		return at;
	return word + strlen(" kernel: ");
}

const char *log_line_message(const char *start, const char *end, double *ret_seconds)
{
	const char *at = skip_blanks(start, end), *before;

	*ret_seconds = -1;
	do {
		before = at;
		at = strip_level(at, end);
		at = strip_bracket(at, end, ret_seconds);
		at = strip_date(at, end);
		at = strip_host(at, end);
	} while (at != before);
	return at;
}
