/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the next boot must have so that the targets go to vfio-pci: kernel arguments, ids=, drivers that
 * must wait. Facts and intent in, wishes out; no file is looked at. */
#include "configure/planner.h"
#include "preflight/checks/device_relations.h"
#include "preflight/next_boot/next_boot.h"
#include "preflight/parse/cmdline.h"
#include "preflight/parse/modprobe.h"

static void wish_word(struct planner *planner, struct word_change change, const char *because)
{
	for_each (wish, &planner->wishes.words)
		if (wish->change.action == change.action && streq(wish->change.word, change.word))
			return;
	*ARRAY_ADD(planner->arena, &planner->wishes.words) = (struct wished_word){change, because};
}

/* -- where words stand now -------------------------------------------------------------------------------- */

typedef void word_visitor(struct planner *planner, const struct parameter *word);

/* Every word that the loader's files bring, or its generated entries already hold: an edit has to reach
 * both. */
static void visit_words(struct planner *planner, word_visitor *visit)
{
	const struct parameters *next = next_boot_cmdline(planner->facts);

	for_each (source, &planner->facts->boot.sources)
		if (source->used && !source->overridden)
			for_each (word, source->parameters)
				visit(planner, word);
	for (size_t i = 0; next && i < next->count; i++)
		visit(planner, &next->items[i]);
}

/* The last word of this name that the loader's files bring, else the next command line's. */
static const struct parameter *configured_word(const struct planner *planner, const char *name)
{
	const struct parameters *next = next_boot_cmdline(planner->facts);
	const struct parameter *found = NULL;

	for_each (source, &planner->facts->boot.sources)
		if (source->used && !source->overridden)
			for_each (word, source->parameters)
				if (names_equal(word->name, name))
					found = word;
	for (size_t i = 0; !found && next && i < next->count; i++)
		if (names_equal(next->items[i].name, name))
			found = &next->items[i];
	return found;
}

/* -- the IOMMU ---------------------------------------------------------------------------------------------- */

/* What is left of a comma list (NULL: nothing) without this value; NULL: nothing. */
static const char *list_without(struct planner *planner, const char *list, const char *without)
{
	const char *value, *left = NULL;
	size_t length;

	while (list && value_list_next(&list, &value, &length))
		if (length != strlen(without) || strncmp(value, without, length) != 0)
			left = left ? arena_printf(planner->arena, "%s,%.*s", left, (int)length,
						   value)
				    : arena_copy(planner->arena, value, length);
	return left;
}

static bool is_intel_graphics(const struct device *device)
{
	return device->vendor_id == 0x8086 && device_is_display(device) && !device->parent;
}

static const struct device *graphics_target(const struct facts *facts)
{
	for_each (target, &facts->targets)
		if (is_intel_graphics(*target))
			return *target;
	return NULL;
}

/* "igfx_off", and Debian's "intgpu_off", where the processor's graphics are to be handed over. */
static void drop_if_graphics_off(struct planner *planner, const struct parameter *word)
{
	const char *left = word->value;

	if (!names_equal(word->name, "intel_iommu") || !graphics_target(planner->facts) ||
	    (!value_list_contains(left, "igfx_off") && !value_list_contains(left, "intgpu_off")))
		return;
	left = list_without(planner, list_without(planner, left, "igfx_off"), "intgpu_off");
	wish_word(
		planner,
		left ? (struct word_change){WORD_REPLACE, word->text,
					    arena_printf(planner->arena, _("intel_iommu=%s"), left)}
		     : (struct word_change){WORD_REMOVE, word->text, NULL},
		N_("it leaves integrated graphics out of VT-d"));
}

/* A word that keeps the IOMMU or its interrupt remapping off has to go. */
static void drop_if_off(struct planner *planner, const struct parameter *word)
{
	static const char *const lists[] = {"iommu", "intel_iommu", "amd_iommu", "intremap"};
	const char *left;

	if (names_equal(word->name, "nointremap"))
		wish_word(planner, (struct word_change){WORD_REMOVE, word->text, NULL},
			  N_("VFIO needs interrupt remapping"));
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		if (!names_equal(word->name, lists[i]) || !value_list_contains(word->value, "off"))
			continue;
		left = list_without(planner, word->value, "off");
		wish_word(planner,
			  left ? (struct word_change){WORD_REPLACE, word->text,
						      arena_printf(planner->arena, "%s=%s",
								   word->name, left)}
			       : (struct word_change){WORD_REMOVE, word->text, NULL},
			  streq(lists[i], "intremap") ? N_("VFIO needs interrupt remapping")
						      : N_("it switches the IOMMU off"));
	}
}

/* Whether this kernel has VT-d on, but not for this device of the processor: by its configuration, or
 * because the device has no group while others have one. */
static bool leaves_graphics_out(const struct planner *planner, const struct device *graphics)
{
	const struct facts *facts = planner->facts;

	return facts->machine.config.intel_iommu_default_on_intgpu_off == 'y' ||
	       (facts->iommu.active == YES && graphics->has_group == NO);
}

/* Why this host's kernel needs intel_iommu=on, or NULL where it does not. */
static const char *why_intel_iommu_on(const struct planner *planner)
{
	const struct facts *facts = planner->facts;
	const struct kernel_config *config = &facts->machine.config;
	const struct device *graphics = graphics_target(facts);

	if (!facts_iommu_is_intel(facts))
		return NULL;
	if (graphics && leaves_graphics_out(planner, graphics))
		return N_("this kernel leaves integrated graphics out without it");
	if (config->intel_iommu_default_on == 'y' ||
	    config->intel_iommu_default_on_intgpu_off == 'y')
		return NULL;
	if (config->known == YES)
		return N_("this kernel leaves VT-d off without it");
	/* On without the word: the kernel does not need it. */
	if (facts->iommu.active == YES && !facts_parameter_word(facts, "intel_iommu", "on"))
		return NULL;
	return N_(
		"kernels may leave VT-d off without it, and this one's configuration is not known");
}

static void wish_iommu(struct planner *planner)
{
	const char *why = why_intel_iommu_on(planner);

	visit_words(planner, drop_if_off);
	visit_words(planner, drop_if_graphics_off);
	if (why)
		wish_word(planner, (struct word_change){WORD_ADD, "intel_iommu=on", NULL}, why);
	if (planner->intent->iommu_pt)
		wish_word(planner, (struct word_change){WORD_ADD, "iommu=pt", NULL},
			  N_("asked for with --iommu-pt"));
}

/* -- by id or by address -------------------------------------------------------------------------------------- */

static bool ids_catch_others(const struct facts *facts, const struct device *target)
{
	for_each (device, &facts->devices)
		if (!device->target && !device->is_bridge &&
		    device->vendor_id == target->vendor_id &&
		    device->device_id == target->device_id)
			return true;
	return false;
}

static bool has_built_in_rival(const struct facts *facts, const struct device *device)
{
	for_each (rival, &device->modules)
		if (strings_contain(&facts->modules.builtin, *rival))
			return true;
	return false;
}

/* ids= takes every device with that id, and comes too late for a driver that is part of the kernel. */
static bool goes_by_address(const struct planner *planner, const struct device *target)
{
	return planner->intent->by_address || planner_is_unraid(planner) ||
	       ids_catch_others(planner->facts, target) ||
	       (has_built_in_rival(planner->facts, target) &&
		!next_boot_vfio_built_in(planner->facts));
}

static void sort_targets(struct planner *planner)
{
	struct wishes *wishes = &planner->wishes;

	for_each (target, &planner->facts->targets)
		*ARRAY_ADD(planner->arena, goes_by_address(planner, *target) ? &wishes->by_address
									     : &wishes->by_id) =
			*target;
}

/* -- ids= ---------------------------------------------------------------------------------------------------- */

static bool id_matches_any(const struct vfio_id *id, const struct device_refs *devices)
{
	for_each (ref, devices)
		if (vfio_id_matches(id, (*ref)->vendor_id, (*ref)->device_id,
				    (*ref)->subsystem_vendor_id, (*ref)->subsystem_device_id,
				    (*ref)->class_code) == YES)
			return true;
	return false;
}

static bool list_matches(const struct vfio_ids *list, const struct device *device)
{
	for_each (id, list)
		if (id->valid &&
		    vfio_id_matches(id, device->vendor_id, device->device_id,
				    device->subsystem_vendor_id, device->subsystem_device_id,
				    device->class_code) == YES)
			return true;
	return false;
}

/* The ids that are there, without those of devices that now go by address and without what vfio-pci
 * cannot read, and behind them those of the targets. */
static const char *merged_ids(struct planner *planner, const char *present)
{
	struct wishes *wishes = &planner->wishes;
	struct strings ids = {0};
	struct vfio_ids list = {0};

	if (present)
		vfio_ids_parse(planner->arena, present, &list);
	for_each (id, &list)
		if (id->valid && !id_matches_any(id, &wishes->by_address))
			strings_add(planner->arena, &ids, id->text);
	for_each (target, &wishes->by_id) {
		const char *text = arena_printf(planner->arena, "%04x:%04x", (*target)->vendor_id,
						(*target)->device_id);

		if (!list_matches(&list, *target) && !strings_contain(&ids, text))
			strings_add(planner->arena, &ids, text);
	}
	return ids.count ? strings_join(planner->arena, &ids, ",") : NULL;
}

static void wish_ids_on_cmdline(struct planner *planner, const struct parameter *present)
{
	struct wishes *wishes = &planner->wishes;
	const char *text = arena_printf(planner->arena, _("vfio-pci.ids=%s"), wishes->ids);
	const char *because =
		next_boot_vfio_built_in(planner->facts)
			? N_("vfio-pci is built in and takes its options from here only")
		: present ? N_("its ids stand here, and here they count before modprobe.d's")
			  : N_("the initramfs takes no options from modprobe.d");

	if (!wishes->ids && present)
		wish_word(planner, (struct word_change){WORD_REMOVE, present->text, NULL},
			  N_("these devices go by address"));
	else if (wishes->ids && present)
		wish_word(planner, (struct word_change){WORD_REPLACE, present->text, text},
			  because);
	else if (wishes->ids)
		wish_word(planner, (struct word_change){WORD_ADD, text, NULL}, because);
}

/* booster knows few of modprobe.d's options; images of rpm-ostree's build servers hold no modprobe.d, and
 * Talos has none. */
static bool takes_no_modprobe_options(const struct facts *facts)
{
	return facts->initramfs.generator == GENERATOR_BOOSTER ||
	       streq(facts->machine.platform, "ostree") || streq(facts->machine.platform, "talos");
}

static void wish_ids(struct planner *planner)
{
	const struct facts *facts = planner->facts;
	struct wishes *wishes = &planner->wishes;
	const struct parameter *word = configured_word(planner, "vfio-pci.ids");
	const char *present;

	if (planner->in_place)
		return;
	wishes->ids_on_cmdline =
		word || next_boot_vfio_built_in(facts) || takes_no_modprobe_options(facts);
	if (word) {
		present = word->value;
		wishes->ids_at = &word->origin;
	} else {
		present = next_boot_ids(facts, &facts->modules.modprobe, NULL, &wishes->ids_at);
	}
	wishes->ids = merged_ids(planner, present);
	if (wishes->ids && strlen(wishes->ids) >= 1024)
		plan_refuse(planner->plan, NULL, NULL,
			    _("ids= would be longer than the 1023 bytes that the kernel takes"));
	if (wishes->ids_on_cmdline)
		wish_ids_on_cmdline(planner, word);
	/* What dracut's force_drivers would do, where it is not asked. */
	if (wishes->ids && streq(facts->machine.platform, "ostree") &&
	    !next_boot_vfio_built_in(facts))
		wish_word(planner, (struct word_change){WORD_ADD, "rd.driver.pre=vfio-pci", NULL},
			  N_("loads vfio-pci before udev loads other drivers"));
}

/* -- drivers that must wait ------------------------------------------------------------------------------------ */

static void wish_rivals(struct planner *planner)
{
	struct wishes *wishes = &planner->wishes;

	for_each (target, &wishes->by_id) {
		if (planner->in_place)
			continue;
		if ((*target)->modules_known != YES)
			plan_refuse(
				planner->plan, NULL, (*target)->address,
				_("which drivers claim %s is not known: modules.alias of kernel "
				  "%s could not be read"),
				(*target)->address,
				planner->facts->machine.kernel ? planner->facts->machine.kernel
							       : "?");
		for_each (rival, &(*target)->modules)
			if (!strings_contain(&wishes->rivals, *rival))
				strings_add(planner->arena, &wishes->rivals, *rival);
	}
	wishes->early = !planner->in_place && (wishes->by_id.count || wishes->by_address.count) &&
			!next_boot_vfio_built_in(planner->facts);
}

/* -- what else the findings and the intent ask for ------------------------------------------------------------- */

static void wish_framebuffer(struct planner *planner)
{
	for_each (finding, planner->findings)
		if (finding->result == RESULT_FAIL &&
		    streq(finding->check->id, "device.framebuffer-holds-bar"))
			wish_word(planner,
				  (struct word_change){WORD_ADD, "initcall_blacklist=sysfb_init",
						       NULL},
				  N_("the boot framebuffer keeps a memory range of the device"));
}

/* A word that would fall apart, or that only vfiokit's own edits may set, is no kernel argument. */
static bool is_argument(const char *text)
{
	if (!*text || *text == '=')
		return false;
	for (; *text; text++)
		if ((unsigned char)*text <= ' ' || *text == 0x7f || strchr("\"'\\`", *text))
			return false;
	return true;
}

static void wish_arguments(struct planner *planner)
{
	for_each (argument, &planner->intent->kernel_args) {
		if (!is_argument(*argument))
			plan_refuse(planner->plan, NULL, NULL,
				    _("--kernel-arg '%s': blanks, quotes and control characters do "
				      "not belong in a kernel argument"),
				    *argument);
		else
			wish_word(planner, (struct word_change){WORD_ADD, *argument, NULL},
				  N_("asked for with --kernel-arg"));
	}
}

void planner_wish(struct planner *planner)
{
	sort_targets(planner);
	wish_iommu(planner);
	wish_ids(planner);
	wish_rivals(planner);
	wish_framebuffer(planner);
	wish_arguments(planner);
}
