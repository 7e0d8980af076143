/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * GRUB that reads Boot Loader Specification entries (Fedora, RHEL). The entries themselves are edited,
 * because since RHEL 9.3 grub2-mkconfig leaves them alone, and grubby replaces every argument of the same
 * name (pci=, modprobe.blacklist=) instead of adding one. Where entries say $kernelopts the words live in
 * grubenv, and grubby is the tool that changes it.
 */
#include "configure/bootloader.h"
#include "preflight/parse/bls.h"

#define KERNEL_CMDLINE "etc/kernel/cmdline"

static bool entries_hold(struct planner *planner, const char *text)
{
	for_each (entry, &planner->facts->boot.entries) {
		struct planner_file file;

		if (!entry->recovery && entry->source &&
		    planner_read(planner, entry->source + 1, &file) &&
		    memmem(file.now.data, file.now.length, text, strlen(text)))
			return true;
	}
	return false;
}

static const char *words_of(struct planner *planner, bool removed)
{
	struct strings words = {0};

	for_each (wish, &planner->wishes.words) {
		const struct word_change *change = &wish->change;

		if (change->action == WORD_REPLACE)
			strings_add(planner->arena, &words, removed ? change->word : change->with);
		else if ((change->action == WORD_REMOVE) == removed)
			strings_add(planner->arena, &words, change->word);
	}
	return strings_join(planner->arena, &words, " ");
}

/* "grubby --update-kernel=ALL --remove-args=… --args=…" */
static const char **grubby(struct planner *planner, const char *program, const char *added,
			   const char *removed)
{
	const char **argv = arena_array(planner->arena, 5, sizeof(*argv));
	size_t count = 0;

	argv[count++] = program;
	argv[count++] = "--update-kernel=ALL";
	if (*removed)
		argv[count++] = arena_printf(planner->arena, "--remove-args=%s", removed);
	if (*added)
		argv[count++] = arena_printf(planner->arena, "--args=%s", added);
	return argv;
}

static void run_grubby(struct planner *planner)
{
	const char *program = planner_program(
		planner, (const char *const[]){"usr/sbin/grubby", "usr/bin/grubby", NULL});
	const char *added = words_of(planner, false), *removed = words_of(planner, true);
	struct plan_step *step;

	if (!planner_words_missing(planner))
		return;
	if (!program) {
		plan_refuse(
			planner->plan, NULL, NULL,
			_("the entries take their words from grubenv ($kernelopts), and grubby, "
			  "which changes it, was not found"));
		return;
	}
	step = bootloader_run(planner, grubby(planner, program, added, removed),
			      planner_why_words(planner));
	step->undo_argv = grubby(planner, program, removed, added);
	strings_add(planner->arena, &step->outputs,
		    bootloader_real_path(planner, "boot/grub2/grubenv"));
	for_each (entry, &planner->facts->boot.entries)
		if (entry->source && !strings_contain(&step->outputs, entry->source + 1))
			strings_add(planner->arena, &step->outputs, entry->source + 1);
}

static void plan(struct planner *planner)
{
	bool missing = planner_words_missing(planner);

	if (entries_hold(planner, "$kernelopts"))
		run_grubby(planner);
	else
		missing |= bootloader_edit_entries(planner, false);
	/* tuned brings the words to later kernels' entries, too. */
	if (!missing && entries_hold(planner, "$tuned_params"))
		return;
	/* What later kernels' entries are made of. */
	if (host_exists(planner->host, KERNEL_CMDLINE) == 0)
		bootloader_edit_cmdline(planner, KERNEL_CMDLINE, false, NULL);
	bootloader_edit_grub(planner);
}

const struct bootloader bootloader_bls = {LOADER_BLS, plan};
