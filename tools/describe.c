/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Prints what the tables of commands, options and checks say, for people and for shells:
 *
 *   describe man FILE   FILE (scdoc) with @COMMANDS@, @OPTIONS@ and @CHECKS@ replaced
 *   describe bash       a completion for bash-completion
 *   describe zsh        a completion for zsh
 *   describe fish       a completion for fish
 */
#include "tools/describe.h"

#include <stdio.h>

enum argument_kind argument_kind_of(const char *argument)
{
	static const struct {
		const char *word;
		enum argument_kind kind;
	} words[] = {
		{"CHECK-ID", ARGUMENT_DEVICE_OR_CHECK},
		{"DEVICE", ARGUMENT_DEVICE},
		{"FILE", ARGUMENT_FILE},
		{"DIR", ARGUMENT_FOLDER},
		{"DRIVER", ARGUMENT_DRIVER},
		{"VERSION", ARGUMENT_KERNEL},
	};

	for (size_t i = 0; argument && i < ARRAY_SIZE(words); i++)
		if (strstr(argument, words[i].word))
			return words[i].kind;
	return ARGUMENT_OTHER;
}

void print_values(const struct option_row *row)
{
	for (const char *const *value = row->values; *value; value++)
		printf("%s%s", value == row->values ? "" : " ", *value);
}

void print_check_ids(void)
{
	for (size_t i = 0; i < check_count(); i++)
		printf("%s%s", i ? " " : "", check_at(i)->id);
}

int main(int argc, char **argv)
{
	if (argc == 3 && streq(argv[1], "man"))
		return describe_man(argv[2]);
	if (argc == 2 && streq(argv[1], "bash"))
		describe_bash();
	else if (argc == 2 && streq(argv[1], "zsh"))
		describe_zsh();
	else if (argc == 2 && streq(argv[1], "fish"))
		describe_fish();
	else
		return fputs("usage: describe man FILE | bash | zsh | fish\n", stderr) < 0 ? 1 : 2;
	return fflush(stdout) != 0;
}
