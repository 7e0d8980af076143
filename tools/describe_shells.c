/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/describe.h"

/* -- bash -------------------------------------------------------------------------------------------- */

static const char *bash_words(enum argument_kind kind)
{
	static const char *const words[] = {
		[ARGUMENT_OTHER] = ":",
		[ARGUMENT_DEVICE] = "_vfiokit_devices",
		[ARGUMENT_DEVICE_OR_CHECK] = "_vfiokit_devices; _vfiokit_checks",
		[ARGUMENT_FILE] = "_filedir",
		[ARGUMENT_FOLDER] = "_filedir -d",
		[ARGUMENT_DRIVER] = "_vfiokit_names /sys/bus/pci/drivers",
		[ARGUMENT_KERNEL] = "_vfiokit_names /lib/modules",
	};

	return words[kind];
}

static const char bash_head[] = "# vfiokit(8) completion for bash. Written by tools/describe.\n"
				"_vfiokit_names() {\n"
				"\tlocal names\n"
				"\tnames=$(ls -- \"$1\" 2>/dev/null)\n"
				"\tCOMPREPLY+=($(compgen -W \"$names\" -- \"$cur\"))\n"
				"\t__ltrim_colon_completions \"$cur\"\n"
				"}\n\n"
				"_vfiokit_devices() {\n"
				"\t_vfiokit_names /sys/bus/pci/devices\n"
				"}\n\n";

static const char bash_begin[] = "_vfiokit() {\n"
				 "\tlocal cur prev words cword command word\n"
				 "\t_init_completion -n : || return\n"
				 "\tfor word in \"${words[@]:1:cword-1}\"; do\n"
				 "\t\tcase $word in\n\t\t";

static void bash_option(const char *command, const struct option_row *row)
{
	if (row->kind == OPTION_FLAG)
		return;
	printf("\t\"%s --%s\"", command, row->name);
	if (option_letter(row))
		printf(" | \"%s -%c\"", command, option_letter(row));
	(void)fputs(")\n\t\t", stdout);
	if (row->values) {
		(void)fputs("COMPREPLY=($(compgen -W \"", stdout);
		print_values(row);
		(void)fputs("\" -- \"$cur\"))", stdout);
	} else {
		(void)fputs(bash_words(argument_kind_of(row->argument)), stdout);
	}
	(void)fputs("\n\t\treturn\n\t\t;;\n", stdout);
}

static void bash_options_with_argument(const struct command *command)
{
	for (size_t i = 0; i < command_option_count(command); i++) {
		const struct option_row *row = command_option_at(command, i);

		if (row)
			bash_option(command ? command->name : "", row);
	}
}

static void bash_option_names(const struct command *command)
{
	for (size_t i = 0; i < command_option_count(command); i++) {
		const struct option_row *row = command_option_at(command, i);

		if (row)
			printf("%s--%s", i ? " " : "", row->name);
	}
}

static void bash_command(const struct command *command)
{
	printf("\t%s)\n\t\tif [[ $cur == -* ]]; then\n\t\t\tCOMPREPLY=($(compgen -W \"",
	       command->name);
	bash_option_names(command);
	printf("\" -- \"$cur\"))\n\t\telse\n\t\t\t%s\n\t\tfi\n\t\t;;\n",
	       bash_words(argument_kind_of(command->arguments)));
}

void describe_bash(void)
{
	(void)fputs(bash_head, stdout);
	(void)fputs("_vfiokit_checks() {\n\tCOMPREPLY+=($(compgen -W \"", stdout);
	print_check_ids();
	(void)fputs("\" -- \"$cur\"))\n}\n\n", stdout);
	(void)fputs(bash_begin, stdout);
	for (size_t i = 0; i < command_count; i++)
		printf("%s%s", i ? " | " : "", commands[i]->name);
	(void)fputs(")\n\t\t\tcommand=$word\n\t\t\tbreak\n\t\t\t;;\n\t\tesac\n\tdone\n"
		    "\tcase \"$command $prev\" in\n",
		    stdout);
	for (size_t i = 0; i < command_count; i++)
		bash_options_with_argument(commands[i]);
	bash_options_with_argument(NULL);
	(void)fputs("\tesac\n\tcase $command in\n", stdout);
	for (size_t i = 0; i < command_count; i++)
		bash_command(commands[i]);
	(void)fputs("\t*)\n\t\tCOMPREPLY=($(compgen -W \"", stdout);
	for (size_t i = 0; i < command_count; i++)
		printf("%s ", commands[i]->name);
	bash_option_names(NULL);
	(void)fputs("\" -- \"$cur\"))\n\t\t;;\n\tesac\n}\ncomplete -F _vfiokit vfiokit\n", stdout);
}

/* -- zsh --------------------------------------------------------------------------------------------- */

static const char *zsh_action(enum argument_kind kind)
{
	static const char *const actions[] = {
		[ARGUMENT_OTHER] = "",
		[ARGUMENT_DEVICE] = "_vfiokit_devices",
		[ARGUMENT_DEVICE_OR_CHECK] = "_vfiokit_devices_or_checks",
		[ARGUMENT_FILE] = "_files",
		[ARGUMENT_FOLDER] = "_files -/",
		[ARGUMENT_DRIVER] = "_path_files -W /sys/bus/pci/drivers",
		[ARGUMENT_KERNEL] = "_path_files -W /lib/modules",
	};

	return actions[kind];
}

/* Inside single quotes and, for _arguments, inside brackets. */
static void print_quoted(const char *text, const char *escaped)
{
	for (; *text; text++) {
		if (*text == '\'')
			(void)fputs("'\\'", stdout);
		else if (strchr(escaped, *text))
			(void)putchar('\\');
		(void)putchar(*text == '\n' ? ' ' : *text);
	}
}

static void zsh_option(const struct option_row *row)
{
	(void)fputs("\t\t'*", stdout);
	printf("--%s%s[", row->name, row->kind == OPTION_FLAG ? "" : "=");
	print_quoted(row->help, "[]:\\");
	(void)putchar(']');
	if (row->kind != OPTION_FLAG) {
		(void)putchar(':');
		print_quoted(row->argument, ":\\");
		(void)putchar(':');
		if (row->values) {
			(void)putchar('(');
			print_values(row);
			(void)putchar(')');
		} else {
			(void)fputs(zsh_action(argument_kind_of(row->argument)), stdout);
		}
	}
	(void)fputs("' \\\n", stdout);
}

static void zsh_options(const struct command *command)
{
	for (size_t i = 0; i < command_option_count(command); i++) {
		const struct option_row *row = command_option_at(command, i);

		if (row)
			zsh_option(row);
	}
}

static void zsh_command(const struct command *command)
{
	printf("\t%s)\n\t\t_arguments \\\n", command->name);
	zsh_options(command);
	(void)fputs("\t\t'*:", stdout);
	print_quoted(command->arguments, ":\\");
	printf(":%s'\n\t\t;;\n", zsh_action(argument_kind_of(command->arguments)));
}

void describe_zsh(void)
{
	(void)fputs("#compdef vfiokit\n# vfiokit(8) completion for zsh. Written by "
		    "tools/describe.\n\n"
		    "_vfiokit_devices() {\n\tlocal -a devices\n"
		    "\tdevices=(/sys/bus/pci/devices/*(N:t))\n"
		    "\tcompadd -a devices\n}\n\n"
		    "_vfiokit_devices_or_checks() {\n\t_vfiokit_devices\n\tcompadd ",
		    stdout);
	print_check_ids();
	(void)fputs("\n}\n\n_vfiokit() {\n\tlocal state line\n\tlocal -a commands\n\tcommands=(\n",
		    stdout);
	for (size_t i = 0; i < command_count; i++) {
		printf("\t\t'%s:", commands[i]->name);
		print_quoted(commands[i]->brief, "\\");
		(void)fputs("'\n", stdout);
	}
	(void)fputs("\t)\n\t_arguments -C \\\n", stdout);
	zsh_options(NULL);
	(void)fputs("\t\t'1:command:->command' '*::argument:->argument' && return\n"
		    "\tif [[ $state == command ]]; then\n\t\t_describe command commands\n"
		    "\t\treturn\n\tfi\n\tcase $words[1] in\n",
		    stdout);
	for (size_t i = 0; i < command_count; i++)
		zsh_command(commands[i]);
	(void)fputs("\tesac\n}\n\n_vfiokit \"$@\"\n", stdout);
}

/* -- fish -------------------------------------------------------------------------------------------- */

static const char *fish_words(enum argument_kind kind)
{
	static const char *const words[] = {
		[ARGUMENT_OTHER] = "-x",
		[ARGUMENT_DEVICE] = "-x -a '(path basename /sys/bus/pci/devices/*)'",
		[ARGUMENT_DEVICE_OR_CHECK] = "-x -a '(path basename /sys/bus/pci/devices/*)'",
		[ARGUMENT_FILE] = "-r -F",
		[ARGUMENT_FOLDER] = "-x -a '(__fish_complete_directories)'",
		[ARGUMENT_DRIVER] = "-x -a '(path basename /sys/bus/pci/drivers/*)'",
		[ARGUMENT_KERNEL] = "-x -a '(path basename /lib/modules/*)'",
	};

	return words[kind];
}

static void fish_option(const struct command *command, const struct option_row *row)
{
	printf("complete -c vfiokit -n '__fish_seen_subcommand_from %s' -l %s", command->name,
	       row->name);
	if (option_letter(row))
		printf(" -s %c", option_letter(row));
	if (row->kind != OPTION_FLAG && row->values) {
		(void)fputs(" -x -a '", stdout);
		print_values(row);
		(void)putchar('\'');
	} else if (row->kind != OPTION_FLAG) {
		printf(" %s", fish_words(argument_kind_of(row->argument)));
	}
	(void)fputs(" -d '", stdout);
	print_quoted(row->help, "\\");
	(void)fputs("'\n", stdout);
}

/* The same for a command's own arguments: "-x" is for options. */
static const char *fish_argument_words(enum argument_kind kind)
{
	const char *words = fish_words(kind);

	return starts_with(words, "-x ") ? words + strlen("-x ") : "-f";
}

static void fish_command(const struct command *command)
{
	enum argument_kind kind = argument_kind_of(command->arguments);

	(void)printf("\ncomplete -c vfiokit -n __fish_use_subcommand -a %s -d '", command->name);
	print_quoted(command->brief, "\\");
	(void)fputs("'\n", stdout);
	for (size_t i = 0; i < command_option_count(command); i++) {
		const struct option_row *row = command_option_at(command, i);

		if (row)
			fish_option(command, row);
	}
	printf("complete -c vfiokit -n '__fish_seen_subcommand_from %s' %s\n", command->name,
	       kind == ARGUMENT_FILE ? "-F" : fish_argument_words(kind));
	if (kind == ARGUMENT_DEVICE_OR_CHECK) {
		printf("complete -c vfiokit -n '__fish_seen_subcommand_from %s' -a '",
		       command->name);
		print_check_ids();
		(void)fputs("'\n", stdout);
	}
}

void describe_fish(void)
{
	(void)fputs("# vfiokit(8) completion for fish. Written by tools/describe.\n"
		    "complete -c vfiokit -f\n",
		    stdout);
	for (size_t i = 0; i < command_count; i++)
		fish_command(commands[i]);
}
