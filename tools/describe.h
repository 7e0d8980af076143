/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Manual page and completions from the tables. Parts of tools/describe.c. */
#ifndef VFIOKIT_DESCRIBE_H
#define VFIOKIT_DESCRIBE_H

#include "commands/command.h"
#include "preflight/checks/check.h"

/* What can be completed where an option or a command wants an argument. */
enum argument_kind {
	ARGUMENT_OTHER, /* nothing is known */
	ARGUMENT_DEVICE,
	ARGUMENT_DEVICE_OR_CHECK,
	ARGUMENT_FILE,
	ARGUMENT_FOLDER,
	ARGUMENT_DRIVER,
	ARGUMENT_KERNEL,
};

/* By the word that --help shows ("DEVICE", "[FILE]"); NULL: ARGUMENT_OTHER. */
enum argument_kind argument_kind_of(const char *argument);

/* Words with one blank between, without a newline. row->values must not be NULL. */
void print_values(const struct option_row *row);
void print_check_ids(void);

/* Each prints to standard output. describe_man() returns an exit status. */
int describe_man(const char *path);
void describe_bash(void);
void describe_zsh(void);
void describe_fish(void);

#endif
