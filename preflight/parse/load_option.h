/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What EFI variables say about a boot: the load options Boot0000…, and the texts that boot loaders
 * leave behind. Values are given without the four bytes of attributes that efivarfs puts before
 * them. Sources: UEFI 2.10 sections 3.1.3 (load options) and 10.3 (device paths); systemd's Boot
 * Loader Interface.
 */
#ifndef VFIOKIT_PARSE_LOAD_OPTION_H
#define VFIOKIT_PARSE_LOAD_OPTION_H

#include "preflight/arena.h"

struct load_option {
	const char *description; /* "debian" */
	/* The file that firmware starts, with slashes and without a leading one: "EFI/debian/shimx64.efi";
	 * NULL where the device path names none. */
	const char *path;
	bool active;
};

/* -EINVAL where the lengths inside do not fit. */
int load_option_parse(struct arena *arena, const void *bytes, size_t length,
		      struct load_option *ret_option);

/* UTF-16LE up to a NUL or the end as UTF-8, control characters turned into question marks. An odd
 * byte at the end is left out; half a surrogate pair becomes U+FFFD. */
const char *utf16_text(struct arena *arena, const void *bytes, size_t length);

#endif
