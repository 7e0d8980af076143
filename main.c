/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds the command in the table (commands/table.c), and nothing else. */
#include "commands/command.h"
#include "commands/confine.h"
#include "commands/language_files.h"

#include <locale.h>

/* Columns of a text in UTF-8 without wide characters. */
static int columns_of(const char *text)
{
	int columns = 0;

	for (; *text; text++)
		columns += (*text & 0xc0) != 0x80;
	return columns;
}

static void print_help(void)
{
	(void)puts(_(
		"Usage: vfiokit COMMAND [OPTION…] [ARGUMENT…]\n\n"
		"Prepares a Linux host for PCI passthrough (VFIO) and proves that it is ready.\n\n"
		"Commands:"));
	for (size_t i = 0; i < command_count; i++)
		printf("  %-10s %s%*s  %s\n", commands[i]->name, commands[i]->arguments,
		       23 - columns_of(commands[i]->arguments), "", _(commands[i]->brief));
	(void)puts(_("\nvfiokit COMMAND --help tells more."));
}

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < command_count; i++)
		if (streq(commands[i]->name, name))
			return commands[i];
	return NULL;
}

static int fail(const struct error *error)
{
	(void)fflush(stdout);
	(void)fprintf(stderr, "vfiokit: %s\n", error_shown(error));
	return EXIT_USAGE;
}

static int run_command(const struct command *command, const struct settings *settings)
{
	struct error error = {0};
	int status;

	if (settings->help) {
		command_print_help(command);
		return 0;
	}
	confine_begin(settings);
	status = command->run(settings, &error);
	if (error.code)
		return fail(&error);
	/* A report that did not reach its reader must not look like one. */
	if (fflush(stdout) != 0 || ferror(stdout)) {
		error_set(&error, -5, "standard output could not be written");
		return fail(&error);
	}
	return status;
}

int main(int argc, char **argv)
{
	struct settings settings = {0};
	const struct command *command;
	struct error error = {0};
	int index = 1;

	(void)setlocale(LC_CTYPE, "");
	language_files_begin();
	if (options_parse(argc, argv, &index, NULL, true, &settings, &error) < 0)
		return fail(&error);
	if (settings.version) {
		printf("vfiokit %s\n", VFIOKIT_VERSION);
		return 0;
	}
	if (index >= argc) {
		print_help();
		return settings.help ? 0 : EXIT_USAGE;
	}
	command = find_command(argv[index]);
	if (!command) {
		error_set(&error, -22, "%s: no such command; see vfiokit --help", argv[index]);
		return fail(&error);
	}
	index++;
	if (options_parse(argc, argv, &index, command, false, &settings, &error) < 0)
		return fail(&error);
	if (settings.version) {
		printf("vfiokit %s\n", VFIOKIT_VERSION);
		return 0;
	}
	settings.names = (const char *const *)argv + index;
	settings.name_count = (size_t)(argc - index);
	if (!command_is_for_people(command, &settings))
		language_for_machines();
	settings.reads_only = command->reads_only && !settings.rehearse; /* which opens devices */
	return run_command(command, &settings);
}
