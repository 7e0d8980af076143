/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * systemd-boot's loader.conf, and how its default names an entry. Sources: loader.conf(5), systemd's
 * src/boot/boot.c (config_defaults_load_from_file, config_select_default_entry) and fnmatch there.
 */
#ifndef VFIOKIT_PARSE_LOADER_CONF_H
#define VFIOKIT_PARSE_LOADER_CONF_H

#include "preflight/facts/facts.h"

struct loader_conf {
	/* The patterns of the last "default" and "preferred" line; text is the pattern. "@saved" stands
	 * for the entry that was booted last. source NULL: no such line. */
	struct origin default_entry, preferred_entry;
};

void loader_conf_parse(struct arena *arena, const char *source, const char *data, size_t length,
		       struct loader_conf *ret_conf);

/* Whether the entry's id ("arch.conf", "arch-linux.efi") matches the pattern: '*', '?', "[a-c]" and
 * '\', ignoring case. */
bool loader_pattern_matches(const char *pattern, const char *id);

#endif
