/* SPDX-License-Identifier: GPL-2.0-or-later */
/* UTF-8, one character at a time, as RFC 3629 has it. */
#ifndef VFIOKIT_UTF8_H
#define VFIOKIT_UTF8_H

#include "preflight/base.h"

/*
 * The length in bytes of the character that NUL-terminated text begins with, and its code point. 0
 * where it begins with none: stray or missing continuation bytes, overlong forms, surrogates, code
 * points beyond U+10FFFF.
 */
static inline size_t utf8_character(const char *text, uint32_t *ret_code)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	const unsigned char *c = (const unsigned char *)text;
	size_t length = *c < 0x80         ? 1
			: *c >> 5 == 0x6  ? 2
			: *c >> 4 == 0xe  ? 3
			: *c >> 3 == 0x1e ? 4
					  : 0;
	uint32_t code = length == 1 ? *c : *c & (0x7fU >> length);

	for (size_t i = 1; i < length; i++) {
		if (c[i] >> 6 != 2)
			return 0;
		code = code << 6 | (c[i] & 0x3fU);
	}
	if (!length || code < least[length] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
		return 0;
	*ret_code = code;
	return length;
}

#endif
