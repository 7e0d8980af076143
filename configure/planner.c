/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "configure/planner.h"
#include "preflight/next_boot/next_boot.h"
#include "preflight/parse/cmdline.h"

#include <errno.h>

const char *const planner_vfio_modules[3] = {"vfio_pci", "vfio", "vfio_iommu_type1"};

/* -- files ------------------------------------------------------------------------------------------ */

bool planner_read(struct planner *planner, const char *path, struct planner_file *ret_file)
{
	const char *real = path;
	int error;

	/* A link is followed: what is edited is the file, and the link stays. */
	if (host_real_path(planner->host, planner->arena, path, &real) < 0)
		real = path;
	*ret_file = (struct planner_file){.path = real};
	error = plan_read(planner->plan, planner->host, real, &ret_file->exists, &ret_file->before,
			  &ret_file->now);
	if (error == -ENOENT) {
		ret_file->exists = false;
		ret_file->now = (struct bytes){"", 0};
		error = 0;
	}
	if (error < 0)
		plan_refuse(planner->plan, NULL, NULL, _("/%s cannot be read: %s"), path,
			    _(error_words(error)));
	return error == 0;
}

struct plan_step *planner_write(struct planner *planner, const struct planner_file *file,
				struct bytes after, const char *because)
{
	return plan_write(planner->plan, file->path, file->exists, file->before, after, because);
}

const char *planner_program(struct planner *planner, const char *const *paths)
{
	for (; *paths; paths++)
		if (host_exists(planner->host, *paths) == 0)
			return arena_printf(planner->arena, "/%s", *paths);
	return NULL;
}

const char *planner_file_head(struct planner *planner, const char *purpose)
{
	return arena_printf(planner->arena,
			    "# %s\n"
			    "# Written by vfiokit; `vfiokit rollback --apply` takes it back.\n",
			    purpose);
}

void planner_add_images(struct planner *planner, struct plan_step *step)
{
	for_each (image, &planner->facts->initramfs.images)
		if (image->present == YES && !strings_contain(&step->outputs, image->path))
			strings_add(planner->arena, &step->outputs, image->path);
}

/* -- words ------------------------------------------------------------------------------------------ */

struct word_changes planner_changes(struct planner *planner)
{
	struct word_changes changes = {0};

	for_each (word, &planner->wishes.words)
		*ARRAY_ADD(planner->arena, &changes) = word->change;
	return changes;
}

const char *planner_why_words(struct planner *planner)
{
	struct strings reasons = {0};

	for_each (word, &planner->wishes.words) {
		const char *verb = word->change.action == WORD_REMOVE ? "without " : "";
		const char *name =
			word->change.action == WORD_REPLACE ? word->change.with : word->change.word;

		strings_add(planner->arena, &reasons,
			    arena_printf(planner->arena, "%s%s: %s", verb, name, word->because));
	}
	return strings_join(planner->arena, &reasons, "; ");
}

bool planner_words_missing(const struct planner *planner)
{
	const struct parameters *words = next_boot_cmdline(planner->facts);

	if (!planner->wishes.words.count)
		return false;
	if (!words || planner->facts->boot.known != YES)
		return true;
	for_each (wish, &planner->wishes.words) {
		const struct word_change *change = &wish->change;

		switch (change->action) {
		case WORD_ADD:
		case WORD_FIRST:
			if (!cmdline_holds(words, change->word))
				return true;
			break;
		case WORD_REMOVE:
			if (cmdline_holds(words, change->word))
				return true;
			break;
		case WORD_REPLACE:
			if (!cmdline_holds(words, change->with))
				return true;
			break;
		}
	}
	return false;
}

/* -- whether it is done already ------------------------------------------------------------------------ */

bool planner_goes_to_vfio(const struct device *device)
{
	if (device->next_known != YES || !device->next_driver)
		return false;
	if (streq(device->next_driver, "vfio-pci"))
		return true;
	for_each (module, &device->vfio_modules)
		if (names_equal(*module, device->next_driver))
			return true;
	return false;
}

/* Findings that say of a host that hands over that it does not do so well, or not for every kernel. */
static bool finding_calls_for_more(const struct finding *finding)
{
	static const char *const ids[] = {
		"boot.other-kernels",       "driver.builtin-ignores-modprobe",
		"driver.config-ignored",    "driver.config-syntax",
		"driver.host-driver-first", "driver.ids-match-too-many",
		"initramfs.image-missing",  "initramfs.stale",
		"initramfs.vfio-missing",
	};

	for (size_t i = 0; finding->result != RESULT_PASS && i < ARRAY_SIZE(ids); i++)
		if (finding->result != RESULT_NA && streq(finding->check->id, ids[i]))
			return true;
	return false;
}

/* The proof of an apply, before there is anything to apply: what is proven needs no change. */
static bool is_in_place(const struct planner *planner)
{
	for_each (target, &planner->facts->targets)
		if ((*target)->handover_asked != YES || !planner_goes_to_vfio(*target) ||
		    (planner->intent->by_address && (*target)->next_reason != NEXT_OVERRIDE))
			return false;
	for_each (finding, planner->findings)
		if (finding_calls_for_more(finding))
			return false;
	return planner->facts->targets.count > 0;
}

static void note_in_place(struct planner *planner)
{
	for_each (target, &planner->facts->targets)
		plan_add_present(planner->plan,
				 arena_printf(planner->arena, _("%s goes to %s at the next boot"),
					      (*target)->address, (*target)->next_driver),
				 &(*target)->handover_origin);
}

/* -- all of it ----------------------------------------------------------------------------------------- */

static void note_wanted_words(struct planner *planner)
{
	for_each (wish, &planner->wishes.words)
		if (wish->change.action != WORD_REMOVE)
			strings_add(planner->arena, &planner->plan->wanted,
				    wish->change.action == WORD_REPLACE ? wish->change.with
									: wish->change.word);
}

/* Files first, then the programs that read them: images before the loader's own tools, because a loader
 * may copy images. */
static void put_in_order(struct plan *plan)
{
	struct plan_steps sorted = {0};

	for_each (step, &plan->steps)
		if (step->kind != PLAN_RUN)
			*ARRAY_ADD(plan->arena, &sorted) = *step;
	for_each (step, &plan->steps)
		if (step->kind == PLAN_RUN && step->purpose == PLAN_RUN_INITRAMFS)
			*ARRAY_ADD(plan->arena, &sorted) = *step;
	for_each (step, &plan->steps)
		if (step->kind == PLAN_RUN && step->purpose != PLAN_RUN_INITRAMFS)
			*ARRAY_ADD(plan->arena, &sorted) = *step;
	plan->steps = sorted;
}

static void note_unprovable(struct planner *planner)
{
	const struct boot_facts *boot = &planner->facts->boot;

	if (planner->plan->steps.count && boot->known != YES && boot->unread_path)
		plan_note(planner->plan,
			  _("the next boot cannot be proven: %s is not mounted, or could not be "
			    "read"),
			  boot->unread_path);
}

void plan_make(struct arena *arena, const struct facts *facts, const struct host *host,
	       const struct intent *intent, const struct findings *findings, struct plan *ret_plan)
{
	struct planner planner = {.facts = facts,
				  .host = host,
				  .intent = intent,
				  .findings = findings,
				  .arena = arena,
				  .plan = ret_plan};

	*ret_plan = (struct plan){.arena = arena};
	for_each (target, &facts->targets)
		strings_add(arena, &ret_plan->devices, (*target)->address);
	planner.in_place = is_in_place(&planner);
	planner_wish(&planner);
	planner_refuse_dangers(&planner);
	note_wanted_words(&planner);
	if (planner.in_place)
		note_in_place(&planner);
	if (planner_snippets(&planner))
		return;
	planner_modprobe(&planner);
	planner_by_address(&planner);
	planner_initramfs(&planner);
	planner_bootloader(&planner);
	put_in_order(ret_plan);
	note_unprovable(&planner);
	ret_plan->needs_reboot = ret_plan->steps.count > 0;
}
