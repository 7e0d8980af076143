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

static size_t row_count(const struct command *command)
{
	return global_option_count + (command ? command->option_count : 0);
}

/* The command's own come first: getopt_long() takes the first of two with the same name. */
static const struct option_row *row_at(const struct command *command, size_t index)
{
	size_t own = command ? command->option_count : 0;

	return index < own ? &command->options[index] : &global_options[index - own];
}

/* The few short forms, the same in every command. 0: none. */
char option_letter(const struct option_row *row)
{
	return streq(row->name, "output") ? 'o' : 0;
}

/* Whether a row of the command stands in this one's place. */
static bool is_replaced(const struct command *command, const struct option_row *row)
{
	for (size_t i = 0; i < row_count(command); i++)
		if (streq(row_at(command, i)->name, row->name))
			return row_at(command, i) != row;
	return false;
}

size_t command_option_count(const struct command *command)
{
	return row_count(command);
}

const struct option_row *command_option_at(const struct command *command, size_t index)
{
	const struct option_row *row = row_at(command, index);

	return is_replaced(command, row) ? NULL : row;
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
	*(const char **)(void *)field = argument;
	return 0;
}

/* "--format pdf: must be one of text|json" */
static int fail_value(const struct option_row *row, const char *given, struct error *error)
{
	char words[128] = "";

	for (const char *const *value = row->values; *value; value++) {
		size_t length = strlen(words);

		(void)snprintf(words + length, sizeof(words) - length, "%s%s", length ? "|" : "",
			       *value);
	}
	return error_set(error, -EINVAL, "--%s %s: must be one of %s", row->name, given, words);
}

static int check_values(const struct command *command, const struct settings *settings,
			struct error *error)
{
	for (size_t i = 0; i < row_count(command); i++) {
		const struct option_row *row = row_at(command, i);
		const char *const *value = row->values, *given;

		if (!value || row->kind != OPTION_TEXT || is_replaced(command, row))
			continue;
		given = *(const char *const *)(const void *)((const char *)settings + row->offset);
		while (given && *value && !streq(*value, given))
			value++;
		if (given && !*value)
			return fail_value(row, given, error);
	}
	return 0;
}

/* The row of a letter, or of an index in the long options. */
static const struct option_row *row_found(const struct command *command, int letter, int found)
{
	for (size_t i = 0; letter && i < row_count(command); i++)
		if (option_letter(row_at(command, i)) == letter)
			return row_at(command, i);
	return row_at(command, (size_t)found);
}

/* The letters for getopt_long(), behind what stands in `letters` already. */
static void add_letters(const struct command *command, char *letters)
{
	letters += strlen(letters);
	for (size_t i = 0; i < row_count(command) && i < MAX_OPTIONS; i++) {
		const struct option_row *row = row_at(command, i);

		if (!option_letter(row))
			continue;
		*letters++ = option_letter(row);
		if (row->kind != OPTION_FLAG)
			*letters++ = ':';
	}
	*letters = '\0';
}

int options_parse(int argc, char **argv, int *index, const struct command *command, bool stop_early,
		  struct settings *settings, struct error *error)
{
	char letters[MAX_OPTIONS * 2 + 3] = "";
	struct option longs[MAX_OPTIONS] = {0};
	size_t count = row_count(command);

	for (size_t i = 0; i < count && i < MAX_OPTIONS - 1; i++)
		longs[i] = (struct option){.name = row_at(command, i)->name,
					   .has_arg = row_at(command, i)->kind == OPTION_FLAG
							      ? no_argument
							      : required_argument};
	(void)snprintf(letters, sizeof(letters), "%s", stop_early ? "+:" : ":");
	add_letters(command, letters);
	opterr = 0;
	optind = 0; /* GNU: start anew, with the ordering that the option string asks for */
	argc -= *index - 1;
	argv += *index - 1; /* argv[0] is skipped */
	for (;;) {
		int found = -1, at = optind ? optind : 1;
		int c = getopt_long(argc, argv, letters, longs, &found);
		const char *word = argv[at < argc ? at : argc - 1];
		int r;

		if (c == -1)
			break;
		if (c == ':')
			return error_set(error, -EINVAL, "%s needs an argument", argv[optind - 1]);
		if (c == '?' && command)
			return error_set(error, -EINVAL, "%s: no such option of %s",
					 optind > at ? argv[optind - 1] : word, command->name);
		if (c == '?')
			return error_set(error, -EINVAL, "%s: no such option",
					 optind > at ? argv[optind - 1] : word);
		r = store(settings, row_found(command, c, found), optarg, error);
		if (r < 0)
			return r;
	}
	*index += optind - 1;
	return command ? check_values(command, settings, error) : 0;
}

static void print_row(const struct option_row *row)
{
	char left[64];

	(void)snprintf(left, sizeof(left), "%s--%s%s%s", option_letter(row) ? "-o, " : "",
		       row->name, row->argument ? " " : "", row->argument ? row->argument : "");
	printf("  %-28s  %s\n", left, _(row->help));
}

void command_print_help(const struct command *command)
{
	printf(_("Usage: vfiokit %s [OPTION…] %s\n\n%s\n\nOptions:\n"), command->name,
	       command->arguments, _(command->summary));
	for (size_t i = 0; i < row_count(command); i++)
		if (!is_replaced(command, row_at(command, i)))
			print_row(row_at(command, i));
}
