/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The configuration of Limine: limine.conf ("/Title", "key: value") since version 8, limine.cfg
 * (":Title", "KEY=value") before. Source: Limine's CONFIG.md.
 */
#ifndef VFIOKIT_PARSE_LIMINE_H
#define VFIOKIT_PARSE_LIMINE_H

#include "preflight/facts/facts.h"

struct limine_entry {
	const char *title;
	unsigned depth;     /* 1 top */
	bool expanded;      /* a directory whose entries are shown ('+') */
	const char *kernel; /* path as written ("boot():/vmlinuz-linux"); NULL none */
	bool is_linux;      /* protocol linux; else a chain loader, a unified image … */
	struct strings modules;
	struct origin cmdline; /* source NULL none */
	unsigned line;
};

struct limine_entries {
	struct limine_entry *items;
	size_t count, capacity;
};

struct limine_config {
	struct limine_entries entries;
	const char *default_entry; /* as written; NULL none */
	bool remembers;            /* the entry booted last is the default */
};

void limine_parse(struct arena *arena, const char *source, const char *data, size_t length,
		  struct limine_config *ret_config);

/* The entry that starts when nobody chooses: index + 1; 0 where it cannot be told. */
size_t limine_default(const struct limine_config *config);

/* The path behind the resource of "boot():/a/b#hash" or "boot:///a/b": "/a/b". */
const char *limine_path(struct arena *arena, const char *path);

#endif
