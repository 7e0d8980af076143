/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/describe.h"

#include <ctype.h>
#include <errno.h>

static void print_character(char character)
{
	if (strchr("*_\\", character))
		(void)putchar('\\');
	(void)putchar(character == '\n' ? ' ' : character);
}

/* Text for scdoc(5), whose marks are * and _. Lines are joined but for those that are indented, which must
 * not begin with a quote: scdoc does not keep it from troff. */
static void print_text(const char *text)
{
	bool indented = false;

	for (; *text; text++) {
		bool indents = *text == '\n' && text[1] == ' ';

		if (*text != '\n' || (!indents && !indented)) {
			print_character(*text);
			continue;
		}
		(void)fputs(indents ? "++\n· " : "++\n", stdout);
		text += strspn(text + 1, " ");
		indented = indents;
	}
}

static void print_option(const struct option_row *row)
{
	char letter = option_letter(row);

	if (letter)
		printf("*-%c*, ", letter);
	printf("*--%s*", row->name);
	if (row->argument) {
		(void)fputs(" _", stdout);
		print_text(row->argument);
		(void)putchar('_');
	}
	(void)fputs("\n\t", stdout);
	print_text(row->help);
	(void)fputs("\n\n", stdout);
}

static bool is_global(const struct option_row *row)
{
	return row >= global_options && row < global_options + global_option_count;
}

static void print_command(const struct command *command)
{
	(void)printf("## vfiokit %s ", command->name);
	print_text(command->arguments);
	(void)fputs("\n\n", stdout);
	print_text(command->summary);
	(void)fputs("\n\n", stdout);
	for (size_t i = 0; i < command_option_count(command); i++) {
		const struct option_row *row = command_option_at(command, i);

		if (row && !is_global(row))
			print_option(row);
	}
}

static void print_commands(void)
{
	for (size_t i = 0; i < command_count; i++)
		print_command(commands[i]);
}

static void print_global_options(void)
{
	for (size_t i = 0; i < global_option_count; i++)
		print_option(&global_options[i]);
}

static void print_checks(void)
{
	for (size_t i = 0; i < check_count(); i++) {
		const struct check *check = check_at(i);

		printf("*%s* (%s, %s)\n\t", check->id, severity_name(check->severity),
		       check->scope == SCOPE_HOST ? "host" : "device");
		print_text(check->title);
		(void)fputs(".\n\n", stdout);
	}
}

static void print_line(const char *line)
{
	if (streq(line, "@COMMANDS@\n"))
		print_commands();
	else if (streq(line, "@OPTIONS@\n"))
		print_global_options();
	else if (streq(line, "@CHECKS@\n"))
		print_checks();
	else
		(void)fputs(line, stdout);
}

int describe_man(const char *path)
{
	_cleanup_free_ char *line = NULL;
	FILE *file = fopen(path, "re");
	size_t size = 0;

	if (!file) {
		(void)fprintf(stderr, "describe: %s: %s\n", path, error_words(errno));
		return 2;
	}
	while (getline(&line, &size, file) > 0)
		print_line(line);
	(void)fclose(file);
	return fflush(stdout) != 0;
}
