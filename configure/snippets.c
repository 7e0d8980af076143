/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Systems that are configured in their own language: the text to put there, and nothing is written. */
#include "configure/planner.h"
#include "preflight/facts/initramfs.h"

static void snippet(struct planner *planner, const char *where, const char *text, const char *then)
{
	*ARRAY_ADD(planner->arena, &planner->plan->snippets) =
		(struct plan_snippet){where, text, then};
}

/* What a change adds; NULL: it only removes. */
static const char *added_text(const struct word_change *change)
{
	return change->action == WORD_REMOVE    ? NULL
	       : change->action == WORD_REPLACE ? change->with
						: change->word;
}

/* What a change takes away; NULL: it only adds. */
static const char *removed_text(const struct word_change *change)
{
	return change->action == WORD_REMOVE || change->action == WORD_REPLACE ? change->word
									       : NULL;
}

static struct strings added_words(struct planner *planner, const char *before, const char *after)
{
	struct strings texts = {0};

	for_each (wish, &planner->wishes.words)
		if (added_text(&wish->change))
			strings_add(planner->arena, &texts,
				    arena_printf(planner->arena, "%s%s%s", before,
						 added_text(&wish->change), after));
	return texts;
}

/* Words that have to go stand in a file that only people can find. */
static void note_removed_words(struct planner *planner)
{
	for_each (wish, &planner->wishes.words)
		if (removed_text(&wish->change))
			plan_note(planner->plan, _("take out of the kernel arguments: %s (%s)"),
				  removed_text(&wish->change), wish->because);
}

static bool refuse_by_address(struct planner *planner, const char *system)
{
	if (planner->wishes.by_address.count)
		plan_refuse(planner->plan, NULL, planner->wishes.by_address.items[0]->address,
			    _("%s has to go by address, because its id would take other devices "
			      "too, and %s has no place for that"),
			    planner->wishes.by_address.items[0]->address, system);
	return planner->wishes.by_address.count > 0;
}

/* -- NixOS ---------------------------------------------------------------------------------------------- */

/* What stage 1 runs in front of udev; it has modprobe and a shell. */
static void nixos_by_address(struct planner *planner, struct strings *lines)
{
	if (!planner->wishes.by_address.count || planner->in_place)
		return;
	strings_add(planner->arena, lines, "  boot.initrd.preDeviceCommands = ''");
	for_each (target, &planner->wishes.by_address)
		strings_add(planner->arena, lines,
			    arena_printf(planner->arena,
					 "    cd /sys/bus/pci/devices/%s &&\n"
					 "      [ \"$(cat vendor)\" = 0x%04x ] && [ \"$(cat "
					 "device)\" = 0x%04x ] &&\n"
					 "      echo vfio-pci > driver_override\n"
					 "    cd /",
					 (*target)->address, (*target)->vendor_id,
					 (*target)->device_id));
	strings_add(planner->arena, lines, "    modprobe vfio-pci");
	strings_add(planner->arena, lines, "  '';");
	plan_note(planner->plan,
		  _("preDeviceCommands are not run where boot.initrd.systemd.enable is set"));
}

static void nixos_modprobe(struct planner *planner, struct strings *lines)
{
	const struct wishes *wishes = &planner->wishes;

	if (!wishes->ids || wishes->ids_on_cmdline)
		return;
	strings_add(planner->arena, lines, "  boot.extraModprobeConfig = ''");
	strings_add(planner->arena, lines,
		    arena_printf(planner->arena, "    options vfio-pci ids=%s", wishes->ids));
	for_each (rival, &wishes->rivals)
		strings_add(planner->arena, lines,
			    arena_printf(planner->arena, "    softdep %s pre: vfio-pci", *rival));
	strings_add(planner->arena, lines, "  '';");
}

static void snippet_nixos(struct planner *planner)
{
	struct strings lines = {0}, words = added_words(planner, "\"", "\"");

	if (words.count)
		strings_add(planner->arena, &lines,
			    arena_printf(planner->arena, "  boot.kernelParams = [ %s ];",
					 strings_join(planner->arena, &words, " ")));
	/* initrd.kernelModules are loaded in this order, before udev loads anything by alias. */
	if (planner->wishes.by_id.count && !planner->in_place)
		strings_add(planner->arena, &lines,
			    "  boot.initrd.kernelModules = [ \"vfio_pci\" \"vfio\" "
			    "\"vfio_iommu_type1\" ];");
	nixos_modprobe(planner, &lines);
	nixos_by_address(planner, &lines);
	strings_add(planner->arena, &lines, "");
	snippet(planner, "/etc/nixos/configuration.nix", strings_join(planner->arena, &lines, "\n"),
		"nixos-rebuild boot");
	note_removed_words(planner);
}

/* -- Talos ---------------------------------------------------------------------------------------------- */

static void snippet_talos(struct planner *planner)
{
	struct strings words = added_words(planner, "    - ", "\n");

	if (refuse_by_address(planner, "Talos"))
		return;
	snippet(planner, N_("the Image Factory schematic"),
		arena_printf(planner->arena, "customization:\n  extraKernelArgs:\n%s",
			     strings_join(planner->arena, &words, "")),
		N_("talosctl upgrade, with the image of that schematic"));
	note_removed_words(planner);
}

/* -- rpm-ostree ------------------------------------------------------------------------------------------- */

/* UNKNOWN: no image that matters was read. */
static enum truth image_holds_vfio(const struct facts *facts)
{
	enum truth holds = UNKNOWN;

	for_each (image, &facts->initramfs.images)
		if (facts_image_matters(facts, image) && image->read == YES) {
			holds = NO;
			if (strings_contain(&image->modules, planner_vfio_modules[0]))
				return YES;
		}
	return holds;
}

/* A client-side initramfs makes every later upgrade slower: only where the image lacks the module. */
static void snippet_ostree(struct planner *planner)
{
	struct strings command = {0}, added = added_words(planner, "--append-if-missing=", "");
	enum truth in_image = image_holds_vfio(planner->facts);
	const char *text;

	if (refuse_by_address(planner, "rpm-ostree"))
		return;
	strings_add(planner->arena, &command, "rpm-ostree kargs");
	for_each (wish, &planner->wishes.words)
		if (removed_text(&wish->change))
			strings_add(planner->arena, &command,
				    arena_printf(planner->arena, "--delete-if-present=%s",
						 removed_text(&wish->change)));
	for_each (word, &added)
		strings_add(planner->arena, &command, *word);
	text = arena_printf(planner->arena, "%s\n", strings_join(planner->arena, &command, " "));
	if (planner->wishes.early && in_image == UNKNOWN)
		plan_note(planner->plan,
			  _("where `lsinitrd | grep vfio-pci` shows the module, the image has it "
			    "already: leave the second command out, which makes later upgrades "
			    "slower"));
	if (planner->wishes.early && in_image != YES)
		text = arena_printf(planner->arena,
				    "%srpm-ostree initramfs --enable --arg=--add-drivers "
				    "--arg='vfio_pci vfio vfio_iommu_type1'\n",
				    text);
	snippet(planner, N_("rpm-ostree, as root"), text,
		N_("systemctl reboot (the words belong to a new deployment, which the reboot "
		   "starts)"));
}

/* -- which ------------------------------------------------------------------------------------------------- */

bool planner_snippets(struct planner *planner)
{
	static const struct {
		const char *platform;
		void (*write)(struct planner *planner);
	} systems[] = {
		{"nixos", snippet_nixos},
		{"talos", snippet_talos},
		{"ostree", snippet_ostree},
	};

	for (size_t i = 0; i < ARRAY_SIZE(systems); i++) {
		if (!streq(planner->facts->machine.platform, systems[i].platform))
			continue;
		if (!planner->in_place || planner_words_missing(planner))
			systems[i].write(planner);
		else
			planner_note_words(planner);
		return true;
	}
	return false;
}
