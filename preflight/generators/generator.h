/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What builds the initramfs, and what its configuration asks for. One file per generator
 * (generator_*.c); facts/initramfs.c decides which of them is used here.
 */
#ifndef VFIOKIT_GENERATOR_H
#define VFIOKIT_GENERATOR_H

#include "preflight/facts/facts.h"
#include "preflight/parse/shell.h"

/* One collection of a generator's configuration. */
struct generator_reader {
	struct facts *facts;
	const struct host *host;
	struct arena *scratch;
	size_t bytes; /* read so far */
	bool failed;  /* a file could not be read; it is in facts->unread */
};

/* A generator: how it is recognised and how its configuration is read. Paths without leading slash,
 * NULL ends each list. */
struct generator_kind {
	enum generator generator;
	const char *programs[3]; /* any of them: it is installed */
	const char *hooks[3];    /* any of them: the package manager runs it for new kernels */
	const char *configs[4];  /* any of them: it is, or was, installed */
	/* Fills settings, words and ignored files of facts->initramfs. */
	void (*read)(struct generator_reader *reader);
};

extern const struct generator_kind generator_initramfs_tools, generator_dracut,
	generator_mkinitcpio, generator_booster;

/* -- for the generators ------------------------------------------------------------------------- */

/* Reads a configuration file into scratch; false where it is not there, or could not be read (then it
 * is noted). */
bool generator_read_file(struct generator_reader *reader, const char *path,
			 struct bytes *ret_bytes);

/* Lists a folder; false where it is not there or could not be listed (then it is noted). */
bool generator_list(struct generator_reader *reader, const char *path, struct strings *ret_names);

/* Adds a setting; value and source are copied. */
struct generator_setting *generator_add(struct generator_reader *reader, const char *key,
					const char *value, const char *source, unsigned line);

void generator_add_word(struct generator_reader *reader, const char *key, const char *word,
			const char *source, unsigned line);

/*
 * Notes a file that the generator does not read, and why; path without leading slash. Left out where
 * the file has nothing to do with VFIO, and where its name says that somebody put it aside ("~",
 * ".bak", ".dpkg-old" …).
 */
void generator_ignore(struct generator_reader *reader, const char *path, const char *why);

/* Adds the settings that a shell script makes for these variables (NULL ends each array, or stands
 * for none); of lists also the words. */
void generator_add_variables(struct generator_reader *reader, const struct shell_script *script,
			     const char *const *names, const char *const *lists);

/* -- for everybody --------------------------------------------------------------------------------- */

/* Whether a list of the generator names this module ('-' and '_' alike); the first such word, or
 * NULL. */
const struct generator_word *generator_find_word(const struct facts *facts, const char *key,
						 const char *module);

#endif
