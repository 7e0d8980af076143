/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/error.h"

#include <stdarg.h>

int error_set(struct error *error, int code, const char *format, ...)
{
	va_list arguments;

	if (!error)
		return code;
	error->code = code;
	va_start(arguments, format);
	(void)vsnprintf(error->message, sizeof(error->message), format, arguments);
	va_end(arguments);
	return code;
}

const char *error_words(int code)
{
	const char *words = strerrordesc_np(code < 0 ? -code : code);

	return words ? words : "unknown error";
}
