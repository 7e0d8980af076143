/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/error.h"
#include "preflight/sentence.h"

int(error_set)(struct error *error, int code, const char *format, ...)
{
	va_list arguments;

	if (!error)
		return code;
	error->code = code;
	va_start(arguments, format);
	sentence_format(format, arguments, error->message, sizeof(error->message), error->shown,
			sizeof(error->shown));
	va_end(arguments);
	return code;
}

int error_set_at(struct error *error, int code, const char *name, unsigned line, const char *format,
		 va_list arguments)
{
	size_t length;

	if (!error)
		return code;
	error->code = code;
	length =
		(size_t)snprintf(error->message, sizeof(error->message), "%.200s:%u: ", name, line);
	memcpy(error->shown, error->message, length);
	sentence_format(format, arguments, error->message + length, sizeof(error->message) - length,
			error->shown + length, sizeof(error->shown) - length);
	return code;
}

static void append(char *text, size_t size, const char *added, size_t length)
{
	size_t there = strlen(text);

	if (length > size - there - 1)
		length = size - there - 1;
	memcpy(text + there, added, length);
	text[there + length] = '\0';
}

/* The format with the words in place of its only conversion. */
static void put_in(char *text, size_t size, const char *format, const char *words)
{
	const char *place = strstr(format, "%s");

	append(text, size, format, place ? (size_t)(place - format) : strlen(format));
	if (!place)
		return;
	append(text, size, words, strlen(words));
	append(text, size, place + 2, strlen(place + 2));
}

int error_wrap(struct error *outer, int code, const char *format, const struct error *inner)
{
	struct error both = {.code = code};

	if (!outer)
		return code;
	put_in(both.message, sizeof(both.message), format, inner->message);
	put_in(both.shown, sizeof(both.shown), translated(format), error_shown(inner));
	*outer = both;
	return code;
}

static void add_behind(char *text, size_t size, const char *more)
{
	if (*text)
		append(text, size, "; ", 2);
	append(text, size, more, strlen(more));
}

void error_add(struct error *error, const struct error *more)
{
	if (!*error->message)
		*error->shown = '\0';
	add_behind(error->message, sizeof(error->message), more->message);
	add_behind(error->shown, sizeof(error->shown), error_shown(more));
}

const char *error_shown(const struct error *error)
{
	return *error->message ? error->shown : "";
}

/* Those that files, programs and devices give: to have them in the catalogue. */
static const char *const common_words[] = {
	N_("Operation not permitted"),
	N_("No such file or directory"),
	N_("No such process"),
	N_("Interrupted system call"),
	N_("Input/output error"),
	N_("No such device or address"),
	N_("Argument list too long"),
	N_("Exec format error"),
	N_("Bad file descriptor"),
	N_("Resource temporarily unavailable"),
	N_("Cannot allocate memory"),
	N_("Permission denied"),
	N_("Bad address"),
	N_("Device or resource busy"),
	N_("File exists"),
	N_("Invalid cross-device link"),
	N_("No such device"),
	N_("Not a directory"),
	N_("Is a directory"),
	N_("Invalid argument"),
	N_("Too many open files in system"),
	N_("Too many open files"),
	N_("Inappropriate ioctl for device"),
	N_("Text file busy"),
	N_("File too large"),
	N_("No space left on device"),
	N_("Illegal seek"),
	N_("Read-only file system"),
	N_("Too many links"),
	N_("Broken pipe"),
	N_("File name too long"),
	N_("Function not implemented"),
	N_("Directory not empty"),
	N_("Too many levels of symbolic links"),
	N_("No data available"),
	N_("Protocol error"),
	N_("Bad message"),
	N_("Value too large for defined data type"),
	N_("Remote I/O error"),
	N_("Operation not supported"),
	N_("Connection timed out"),
	N_("Stale file handle"),
	N_("Structure needs cleaning"),
	N_("Disk quota exceeded"),
	N_("Operation canceled"),
	N_("Required key not available"),
	N_("Key was rejected by service"),
	N_("State not recoverable"),
};

const char *error_words(int code)
{
	const char *words = strerrordesc_np(code < 0 ? -code : code);

	for (size_t i = 0; words && i < ARRAY_SIZE(common_words); i++)
		if (streq(words, common_words[i]))
			return common_words[i];
	return words ? words : N_("unknown error");
}
