/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One sentence in two languages at once: the arguments of a printf() format, put into the English format and into its
 * translation. */
#ifndef VFIOKIT_SENTENCE_H
#define VFIOKIT_SENTENCE_H

#include "preflight/base.h"

#include <stdarg.h>

enum { SENTENCE_ARGUMENTS = 12, SENTENCE_ARGUMENT_SIZE = 512 };

/*
 * Formats as error.h describes them, cut off at the buffers' ends. A text of more than one word among the arguments is
 * looked up itself for the translation. A translation may take the arguments in another order (%2$s); one that does
 * not take them as the format does is not used.
 */
void sentence_format(const char *format, va_list arguments, char *english, size_t english_size,
		     char *shown, size_t shown_size) PRINTF_FORMAT(1, 0);

#endif
