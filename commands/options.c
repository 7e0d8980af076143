/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command.h"

#include <errno.h>
#include <getopt.h>

static const char *const formats[] = {"text", "json", NULL};
static const char *const colors[] = {"auto", "always", "never", NULL};

#define FIELD(name) offsetof(struct settings, name)

const struct option_row global_options[] = {
	{"root", "DIR", N_("work on a host tree or a mounted image instead of this host"),
	 OPTION_TEXT, FIELD(root), NULL},
	{"snapshot", "FILE", N_("work on a file that vfiokit capture has made"), OPTION_TEXT,
	 FIELD(snapshot), NULL},
	{"lspci", "FILE",
	 N_("judge from the text of lspci -nnvvv, or a listing of groups; - is stdin"), OPTION_TEXT,
	 FIELD(lspci), NULL},
	{"dmesg", "FILE", N_("the kernel log that belongs to it"), OPTION_TEXT, FIELD(dmesg), NULL},
	{"format", "text|json", N_("how to print the result"), OPTION_TEXT, FIELD(format), formats},
	{"kernel", "VERSION", N_("judge the next boot of that kernel, not of the default entry"),
	 OPTION_TEXT, FIELD(kernel), NULL},
	{"color", "auto|always|never", N_("colours in the text"), OPTION_TEXT, FIELD(color),
	 colors},
	{"quiet", NULL, N_("print the verdict only"), OPTION_FLAG, FIELD(quiet), NULL},
	{"help", NULL, N_("print this help"), OPTION_FLAG, FIELD(help), NULL},
	{"version", NULL, N_("print the version"), OPTION_FLAG, FIELD(version), NULL},
};
const size_t global_option_count = ARRAY_SIZE(global_options);

enum { MAX_OPTIONS = 64 };

static const struct option_row *row_at(const struct command *command, size_t index)
{
	if (index < global_option_count)
		return &global_options[index];
	return &command->options[index - global_option_count];
}

static int store(struct settings *settings, const struct option_row *row, const char *argument,
		 struct error *error)
{
	char *field = (char *)settings + row->offset;

	if (row->kind == OPTION_FLAG) {
		*(bool *)(void *)field = true;
		return 0;
	}
	if (row->kind == OPTION_TEXTS) {
		struct option_texts *texts = (struct option_texts *)(void *)field;

		if (texts->count == ARRAY_SIZE(texts->items))
			return error_set(error, -E2BIG, "--%s is given more than %zu times",
					 row->name, texts->count);
		texts->items[texts->count++] = argument;
		return 0;
	}
	for (size_t i = 0; row->values; i++) {
		if (!row->values[i])
			return error_set(error, -EINVAL, "--%s %s: must be one of %s", row->name,
					 argument, row->argument);
		if (streq(row->values[i], argument))
			break;
	}
	*(const char **)(void *)field = argument;
	return 0;
}

int options_parse(int argc, char **argv, int *index, const struct command *command, bool stop_early,
		  struct settings *settings, struct error *error)
{
	struct option longs[MAX_OPTIONS] = {0};
	size_t count = global_option_count + (command ? command->option_count : 0);

	for (size_t i = 0; i < count && i < MAX_OPTIONS - 1; i++)
		longs[i] = (struct option){.name = row_at(command, i)->name,
					   .has_arg = row_at(command, i)->kind == OPTION_FLAG
							      ? no_argument
							      : required_argument};
	opterr = 0;
	optind = 0; /* GNU: start anew, with the ordering that the option string asks for */
	argc -= *index - 1;
	argv += *index - 1; /* argv[0] is skipped */
	for (;;) {
		int found = -1, at = optind ? optind : 1;
		int c = getopt_long(argc, argv, stop_early ? "+:" : ":", longs, &found);
		const char *word = argv[at < argc ? at : argc - 1];
		int r;

		if (c == -1)
			break;
		if (c == ':')
			return error_set(error, -EINVAL, "%s needs an argument", argv[optind - 1]);
		if (c == '?')
			return error_set(error, -EINVAL, "%s: no such option%s%s",
					 optind > at ? argv[optind - 1] : word,
					 command ? " of " : "", command ? command->name : "");
		r = store(settings, row_at(command, (size_t)found), optarg, error);
		if (r < 0)
			return r;
	}
	*index += optind - 1;
	return 0;
}

static void print_row(const struct option_row *row)
{
	char left[64];

	(void)snprintf(left, sizeof(left), "--%s%s%s", row->name, row->argument ? " " : "",
		       row->argument ? row->argument : "");
	printf("  %-28s  %s\n", left, row->help);
}

void command_print_help(const struct command *command)
{
	printf("Usage: vfiokit %s [OPTION…] %s\n\n%s\n\nOptions:\n", command->name,
	       command->arguments, command->summary);
	for (size_t i = 0; i < command->option_count; i++)
		print_row(&command->options[i]);
	for (size_t i = 0; i < global_option_count; i++)
		print_row(&global_options[i]);
}
