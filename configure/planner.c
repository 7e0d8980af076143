/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "configure/planner.h"
#include "preflight/next_boot/next_boot.h"

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
		plan_refuse(planner->plan, NULL, NULL, "/%s cannot be read: %s", path,
			    error_words(error));
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

static bool words_hold_text(const struct parameters *words, const char *text)
{
	for (size_t i = 0; i < words->count; i++)
		if (streq(words->items[i].text, text))
			return true;
	return false;
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
			if (!words_hold_text(words, change->word))
				return true;
			break;
		case WORD_REMOVE:
			if (words_hold_text(words, change->word))
				return true;
			break;
		case WORD_REPLACE:
			if (!words_hold_text(words, change->with))
				return true;
			break;
		}
	}
	return false;
}

/* -- systems that are configured in their own language --------------------------------------------------- */

static void snippet(struct planner *planner, const char *where, const char *text, const char *then)
{
	*ARRAY_ADD(planner->arena, &planner->plan->snippets) =
		(struct plan_snippet){where, text, then};
}

static const char *words_joined(struct planner *planner, const char *before, const char *after)
{
	struct strings texts = {0};

	for_each (wish, &planner->wishes.words) {
		const char *text =
			wish->change.action == WORD_REPLACE ? wish->change.with : wish->change.word;

		if (wish->change.action != WORD_REMOVE)
			strings_add(planner->arena, &texts,
				    arena_printf(planner->arena, "%s%s%s", before, text, after));
	}
	return strings_join(planner->arena, &texts, " ");
}

static const char *rivals_as_softdeps(struct planner *planner, const char *indent)
{
	struct strings lines = {0};

	for_each (rival, &planner->wishes.rivals)
		strings_add(
			planner->arena, &lines,
			arena_printf(planner->arena, "%ssoftdep %s pre: vfio-pci", indent, *rival));
	return strings_join(planner->arena, &lines, "\n");
}

static void snippet_nixos(struct planner *planner)
{
	const struct wishes *wishes = &planner->wishes;

	/* initrd.kernelModules are loaded in this order, before udev loads anything by alias. */
	snippet(planner, "/etc/nixos/configuration.nix",
		arena_printf(planner->arena,
			     "  boot.kernelParams = [ %s ];\n"
			     "  boot.initrd.kernelModules = [ \"vfio_pci\" \"vfio\" "
			     "\"vfio_iommu_type1\" ];\n"
			     "  boot.extraModprobeConfig = ''\n"
			     "    options vfio-pci ids=%s\n"
			     "%s\n"
			     "  '';\n",
			     words_joined(planner, "\"", "\""), wishes->ids ? wishes->ids : "",
			     rivals_as_softdeps(planner, "    ")),
		"nixos-rebuild boot");
}

static void snippet_talos(struct planner *planner)
{
	const struct wishes *wishes = &planner->wishes;

	snippet(planner, "the Image Factory schematic (customization)",
		arena_printf(
			planner->arena,
			"customization:\n  extraKernelArgs:\n    - %s\n    - vfio-pci.ids=%s\n",
			wishes->words.count ? words_joined(planner, "", "") : "# none needed",
			wishes->ids ? wishes->ids : ""),
		"talosctl upgrade, with the image of that schematic");
}

static void snippet_ostree(struct planner *planner)
{
	const struct wishes *wishes = &planner->wishes;
	const char *words = words_joined(planner, "--append-if-missing=", "");

	snippet(planner, "rpm-ostree, as root",
		arena_printf(
			planner->arena,
			"rpm-ostree kargs %s%s--append-if-missing=vfio-pci.ids=%s "
			"--append-if-missing=rd.driver.pre=vfio-pci\n"
			"rpm-ostree initramfs --enable --arg=--force-drivers --arg=\"vfio_pci vfio "
			"vfio_iommu_type1\"\n",
			words, *words ? " " : "", wishes->ids ? wishes->ids : ""),
		"systemctl reboot (both make a new deployment, which the reboot starts)");
}

/* The words that such a system must get by its own configuration; true where it is one. */
static bool planned_as_snippet(struct planner *planner)
{
	static const struct {
		const char *platform;
		void (*write)(struct planner *planner);
	} systems[] = {
		{"nixos", snippet_nixos},
		{"talos", snippet_talos},
		{"ostree", snippet_ostree},
	};

	for (size_t i = 0; i < ARRAY_SIZE(systems); i++)
		if (streq(planner->facts->machine.platform, systems[i].platform)) {
			systems[i].write(planner);
			return true;
		}
	return false;
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
	planner_wish(&planner);
	planner_refuse_dangers(&planner);
	note_wanted_words(&planner);
	if (planned_as_snippet(&planner))
		return;
	planner_modprobe(&planner);
	planner_by_address(&planner);
	planner_initramfs(&planner);
	planner_bootloader(&planner);
	put_in_order(ret_plan);
	ret_plan->needs_reboot = ret_plan->steps.count > 0;
}
