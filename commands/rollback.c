/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfiokit rollback: undoes an applied transaction exactly. */
#include "apply.h"
#include "configure/edit.h"
#include "plan_text.h"

#include <errno.h>
#include <time.h>

enum { EXIT_UNDONE = 0, EXIT_REFUSED = 1, EXIT_REBOOT = 4 };

static const char *state_words(enum transaction_state state)
{
	static const char *const words[] = {
		[TRANSACTION_BEGUN] = N_("cut off"),
		[TRANSACTION_APPLIED] = N_("applied"),
		[TRANSACTION_FAILED] = N_("failed, put back"),
		[TRANSACTION_UNDOING] = N_("cut off while it was undone"),
		[TRANSACTION_UNDONE] = N_("undone"),
		[TRANSACTION_DAMAGED] = N_("journal damaged"),
	};

	return _(words[state]);
}

static void print_row(const struct text_style *style, const struct transaction *transaction)
{
	time_t seconds = (time_t)transaction->time;
	char when[32] = "?";
	struct tm parts;

	if (gmtime_r(&seconds, &parts))
		(void)strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%SZ", &parts);
	printf("%4u  %s  ", transaction->id, when);
	terminal_print_padded(style, state_words(transaction->state), 16);
	(void)fputs("  ", stdout);
	terminal_print(style, transaction->command);
	if (transaction->why) {
		(void)fputs("  (", stdout);
		terminal_print(style, _(transaction->why));
		(void)fputc(')', stdout);
	}
	(void)fputc('\n', stdout);
}

static int list(const struct settings *settings, const struct transaction_place *place,
		struct error *error)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct text_style style = text_style_for_output(settings->color);
	struct transactions transactions = {0};

	if (transaction_list(place, arena, &transactions, error) < 0)
		return EXIT_USAGE;
	if (!transactions.count)
		(void)puts(_("No transactions."));
	for_each (transaction, &transactions)
		print_row(&style, transaction);
	return EXIT_UNDONE;
}

/* -- what would be undone --------------------------------------------------------------------------------- */

static void print_diff(const struct text_style *style, const char *diff)
{
	_cleanup_arena_ struct arena *arena = arena_new();

	while (*diff) {
		size_t length = strcspn(diff, "\n");

		(void)fputs("  ", style->stream);
		terminal_print(style, arena_copy(arena, diff, length));
		(void)fputc('\n', style->stream);
		diff += length + (diff[length] == '\n');
	}
}

/* What the transaction wrote against what is there now, then now against what comes back. */
static void print_file(const struct text_style *style, struct arena *arena,
		       const struct transaction_file *file)
{
	printf("\n%s /", file->existed_before ? "restore" : "remove");
	terminal_print(style, file->path);
	(void)fputc('\n', stdout);
	if (file->changed_since) {
		(void)puts(_("  changed since by somebody else:"));
		print_diff(style, edit_unified_diff(arena, file->path, file->exists_after,
						    file->after, file->exists_now, file->now));
		(void)puts(_("  what --force would make of it:"));
	}
	print_diff(style, edit_unified_diff(arena, file->path, file->exists_now, file->now,
					    file->existed_before, file->before));
}

static bool print_transaction(const struct text_style *style, struct arena *arena,
			      const struct transaction *transaction)
{
	bool changed_since = false;

	printf(_("Transaction %u: "), transaction->id);
	terminal_print(style, transaction->command);
	(void)fputc('\n', stdout);
	for_each (id, &transaction->accepted) {
		(void)fputs(_("accepted: "), stdout);
		terminal_print(style, *id);
		(void)fputc('\n', stdout);
	}
	for_each (file, &transaction->files) {
		print_file(style, arena, file);
		changed_since |= file->changed_since;
	}
	for_each (run, &transaction->runs) {
		(void)fputc('\n', stdout);
		(void)fputs(_("run "), stdout);
		terminal_print(style, plan_command_text(arena, run->undo_argv ? run->undo_argv
									      : run->argv));
		(void)fputc('\n', stdout);
	}
	return changed_since;
}

static int undo(const struct settings *settings, const struct transaction_place *place, unsigned id,
		struct error *error)
{
	struct apply_watch watch;
	int r;

	apply_watch_begin(&watch, settings);
	r = transaction_undo(place, id, settings->force, &watch.watch, error);
	/* Who stops it now must not be told that it was stopped: it is done. */
	if (r == 0 && !settings->quiet)
		printf(_("Transaction %u is undone. Reboot to run without it.\n"), id);
	apply_watch_end();
	if (r == -ESTALE || r == -EEXIST) {
		(void)fflush(stdout);
		(void)fprintf(stderr, "vfiokit: %s\n", error_shown(error));
		*error = (struct error){0};
		return EXIT_REFUSED;
	}
	return r < 0 ? EXIT_USAGE : EXIT_REBOOT;
}

static int parse_id(const struct settings *settings, unsigned *ret_id, struct error *error)
{
	unsigned long id;
	char *end;

	*ret_id = 0;
	if (!settings->name_count)
		return 0;
	id = strtoul(settings->names[0], &end, 10);
	if (settings->name_count > 1 || *end || end == settings->names[0] || !id || id > 1000000000)
		return error_set(error, -EINVAL, "%s: not the number of a transaction",
				 settings->names[settings->name_count > 1]);
	*ret_id = (unsigned)id;
	return 0;
}

static int decide(const struct settings *settings, const struct transaction_place *place,
		  unsigned id, struct error *error)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct text_style style = text_style_for_output(settings->color);
	struct transaction transaction = {0};
	bool changed_since;

	if (transaction_read(place, arena, id, &transaction, error) < 0)
		return EXIT_USAGE;
	changed_since = print_transaction(&style, arena, &transaction);
	if (changed_since && !settings->force) {
		(void)puts(_("\nRefused: files were changed since. --force restores them all the "
			     "same."));
		return EXIT_REFUSED;
	}
	if (!settings->apply) {
		(void)puts(_("\nNothing was changed. To carry it out: add --apply"));
		return EXIT_UNDONE;
	}
	if (!settings->yes && !apply_confirm(_("\nUndo this?"), error))
		return error->code ? EXIT_USAGE : EXIT_UNDONE;
	return undo(settings, place, transaction.id, error);
}

static int recover_first(const struct settings *settings, const struct transaction_place *place,
			 bool *ret_done, struct error *error)
{
	struct apply_watch watch;
	unsigned id = 0;
	int r = transaction_unfinished(place, &id, error);

	*ret_done = false;
	if (r < 0 || !id)
		return r;
	if (!settings->apply) {
		printf(_("Transaction %u was cut off; --apply puts everything back.\n"), id);
		*ret_done = true;
		return 0;
	}
	apply_watch_begin(&watch, settings);
	r = apply_recover(place, &watch, error);
	apply_watch_end();
	*ret_done = r == 0;
	return r;
}

static int run(const struct settings *settings, struct error *error)
{
	struct transaction_place place;
	bool recovered;
	unsigned id;

	if (apply_place(settings, &place, error) < 0 || parse_id(settings, &id, error) < 0)
		return EXIT_USAGE;
	if (settings->list_transactions)
		return list(settings, &place, error);
	if (recover_first(settings, &place, &recovered, error) < 0)
		return EXIT_USAGE;
	/*
	 * What was cut off is the newest; it is what somebody who rolls back wants gone. This boot may
	 * run with a part of it.
	 */
	if (recovered && !id)
		return settings->apply ? EXIT_REBOOT : EXIT_UNDONE;
	return decide(settings, &place, id, error);
}

static const struct option_row options[] = {
	{"apply", NULL, N_("carry it out"), OPTION_FLAG, offsetof(struct settings, apply), NULL},
	{"yes", NULL, N_("ask nothing"), OPTION_FLAG, offsetof(struct settings, yes), NULL},
	{"list", NULL, N_("list the transactions"), OPTION_FLAG,
	 offsetof(struct settings, list_transactions), NULL},
	{"force", NULL, N_("restore files that were changed since, too"), OPTION_FLAG,
	 offsetof(struct settings, force), NULL},
	{"chroot", NULL, N_("with --root: run the generators inside DIR"), OPTION_FLAG,
	 offsetof(struct settings, chroot), NULL},
};

const struct command command_rollback = {
	.name = "rollback",
	.arguments = "[ID]",
	.brief = N_("undo what configure has applied"),
	.summary =
		N_("Show how the newest applied transaction (or ID) would be undone; with --apply, "
		   "undo it:\n"
		   "every file byte for byte, and the generators run again.\n"
		   "Exit status: 0 nothing done, 1 refused, 2 failed, 4 undone, reboot needed."),
	.options = options,
	.option_count = ARRAY_SIZE(options),
	.run = run,
};
