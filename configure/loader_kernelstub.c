/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kernelstub (Pop!_OS): the program keeps the words in /etc/kernelstub/configuration and writes the entry. */
#include "configure/bootloader.h"

static void run(struct planner *planner, const char *program, bool add, const char *word)
{
	const char *argv[] = {program, add ? "--add-options" : "--delete-options", word, NULL};
	const char *undo[] = {program, add ? "--delete-options" : "--add-options", word, NULL};
	struct plan_step *step = bootloader_run(planner, argv, planner_why_words(planner));
	const char **copy = arena_array(planner->arena, ARRAY_SIZE(undo), sizeof(*copy));

	memcpy(copy, undo, sizeof(undo));
	step->undo_argv = copy;
	strings_add(planner->arena, &step->outputs, "etc/kernelstub/configuration");
	for_each (entry, &planner->facts->boot.entries)
		if (entry->source && !strings_contain(&step->outputs, entry->source + 1))
			strings_add(planner->arena, &step->outputs, entry->source + 1);
}

static void plan(struct planner *planner)
{
	const char *program = planner_program(
		planner, (const char *const[]){"usr/bin/kernelstub", "usr/sbin/kernelstub", NULL});

	if (!planner_words_missing(planner))
		return;
	if (!program) {
		plan_refuse(planner->plan, NULL, NULL, _("kernelstub was not found"));
		return;
	}
	for_each (wish, &planner->wishes.words) {
		const struct word_change *change = &wish->change;

		if (change->action == WORD_REMOVE || change->action == WORD_REPLACE)
			run(planner, program, false, change->word);
		if (change->action != WORD_REMOVE)
			run(planner, program, true,
			    change->action == WORD_REPLACE ? change->with : change->word);
	}
}

const struct bootloader bootloader_kernelstub = {LOADER_KERNELSTUB, plan};
