/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfiokit configure: facts, checks, plan; with --apply the transaction, and the proof. */
#include "apply.h"
#include "configure/planner.h"
#include "configure/proof.h"
#include "host_source.h"
#include "plan_text.h"
#include "progress.h"
#include "preflight/next_boot/next_boot.h"
#include "preflight/targets.h"
#include "report/document.h"

#include <errno.h>

/* Exit status of CONTRACT section 2. */
enum { EXIT_APPLIED = 0, EXIT_REFUSED = 1, EXIT_REBOOT = 4 };

/* One look at the host. */
struct look {
	struct host_source source;
	struct facts *facts;
	struct findings findings;
};

static void look_end(struct look *look)
{
	facts_free(look->facts);
	host_source_close(&look->source);
}
#define _cleanup_look_ _cleanup_(look_end)

static int look_at_host(const struct settings *settings, const char *const *names, size_t count,
			struct look *look, struct error *error)
{
	int r = host_source_open(settings, &look->source, error);
	struct progress progress;

	if (r < 0)
		return r;
	progress_begin(&progress, settings, PROGRESS_READING);
	look->facts = facts_collect_for_kernel(look->source.host, settings->kernel);
	progress_end(&progress);
	r = targets_named(look->facts, names, count, error);
	if (r == 0 && !count)
		targets_implied(look->facts);
	return r;
}

/* -- intent --------------------------------------------------------------------------------------------- */

static struct strings texts_to_strings(struct arena *arena, const struct option_texts *texts)
{
	struct strings strings = {0};

	for (size_t i = 0; i < texts->count; i++)
		strings_add(arena, &strings, texts->items[i]);
	return strings;
}

static struct intent intent_of(const struct settings *settings, struct arena *arena)
{
	return (struct intent){
		.by_address = settings->by_address,
		.with_group = settings->with_group,
		.iommu_pt = settings->iommu_pt,
		.no_initramfs = settings->no_initramfs,
		.fallback_entry = settings->fallback_entry,
		.blacklist = texts_to_strings(arena, &settings->blacklist),
		.kernel_args = texts_to_strings(arena, &settings->kernel_args),
		.accept = texts_to_strings(arena, &settings->accept),
	};
}

static int check_accepted(const struct intent *intent, struct error *error)
{
	for_each (id, &intent->accept)
		if (!check_find(*id))
			return error_set(error, -EINVAL, "--accept %s: no such check", *id);
	return 0;
}

/* -- what goes with the targets ---------------------------------------------------------------------------- */

static const char *addresses(struct arena *arena, const struct device_refs *devices)
{
	struct strings names = {0};

	for_each (device, devices)
		strings_add(arena, &names, (*device)->address);
	return strings_join(arena, &names, ", ");
}

/* Consent is --with-group, or an answer at the terminal. Without it the plan is refused: half a card or
 * half a group cannot be handed over. */
static bool has_consent(const struct settings *settings, const char *names)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct error ignored = {0};

	if (settings->with_group)
		return true;
	if (!settings->apply || settings->yes || streq(settings->format, "json"))
		return false;
	return apply_confirm(
		arena_printf(arena,
			     _("%s belong to the same card or IOMMU group and have to go "
			       "with it. Hand them over, too?"),
			     names),
		&ignored);
}

/* Whether some other function of a target's group keeps VFIO from it. */
static struct device_refs add_companions(const struct settings *settings, struct facts *facts,
					 struct arena *arena)
{
	struct device_refs companions = plan_companions(facts, arena);

	if (!companions.count || !has_consent(settings, addresses(arena, &companions)))
		return companions;
	for_each (device, &companions) {
		(*device)->target = true;
		*ARRAY_ADD(facts->arena, &facts->targets) = *device;
	}
	companions.count = 0;
	return companions;
}

static void refuse_without(struct plan *plan, const struct device_refs *left)
{
	for_each (device, left)
		plan_refuse(plan, NULL, (*device)->address,
			    _("%s belongs to the same card or IOMMU group and has to go with it: "
			      "--with-group"),
			    (*device)->address);
}

/* -- apply ---------------------------------------------------------------------------------------------------- */

struct prover {
	struct apply_watch apply; /* first: the watch's context is this */
	const struct settings *settings;
	const struct plan *plan;
	bool provable;
	struct arena *arena;
	struct strings unproven;
	enum verdict verdict;
};

static int prove(void *context, struct error *error)
{
	struct prover *prover = context;
	_cleanup_look_ struct look look = {0};
	struct proof proof = {0};
	int r = look_at_host(prover->settings, prover->plan->devices.items,
			     prover->plan->devices.count, &look, error);

	if (r < 0)
		return r;
	checks_run(look.facts, &look.findings);
	prover->verdict = findings_verdict(&look.findings);
	r = plan_prove(prover->plan, prover->provable, look.facts, &look.findings, &proof, error);
	for_each (text, &proof.unproven)
		strings_add(prover->arena, &prover->unproven, *text);
	return r;
}

static void print_commands_left(const struct plan *plan)
{
	bool first = true;

	for_each (step, &plan->steps) {
		if (step->kind != PLAN_RUN)
			continue;
		if (first)
			(void)puts(_("Not run in this tree (give --chroot, or run them there):"));
		first = false;
		printf("  %s\n", plan_command_text(plan->arena, step->argv));
	}
}

static void print_result(const struct settings *settings, const struct prover *prover, unsigned id,
			 const struct transaction_place *place)
{
	if (settings->quiet)
		return;
	printf(_("Applied as transaction %u; vfiokit rollback --apply takes it back.\n"), id);
	if (!place->run_programs) {
		print_commands_left(prover->plan);
		return;
	}
	if (prover->unproven.count)
		printf(_("Not proven, because it could not be read: %s\n"),
		       strings_join(prover->arena, &prover->unproven, "; "));
	else if (!settings->no_initramfs)
		(void)puts(_(
			"Proven: the next boot's command line and initramfs hand these devices to "
			"vfio-pci."));
	(void)puts(_("Reboot, then: vfiokit preflight"));
}

/* What is kept in the journal: the command as it could be given again. */
static const char *command_line(const struct settings *settings, struct arena *arena)
{
	const struct {
		bool given;
		const char *word;
	} flags[] = {
		{settings->with_group, "--with-group"},
		{settings->by_address, "--by-address"},
		{settings->iommu_pt, "--iommu-pt"},
		{settings->no_initramfs, "--no-initramfs"},
		{settings->fallback_entry, "--fallback-entry"},
	};
	const struct {
		const char *word;
		const struct option_texts *texts;
	} lists[] = {{"--blacklist", &settings->blacklist},
		     {"--kernel-arg", &settings->kernel_args},
		     {"--accept", &settings->accept}};
	const char *text = "configure";

	for (size_t i = 0; i < settings->name_count; i++)
		text = arena_printf(arena, "%s %s", text, settings->names[i]);
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
		if (flags[i].given)
			text = arena_printf(arena, "%s %s", text, flags[i].word);
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		for (size_t n = 0; n < lists[i].texts->count; n++)
			text = arena_printf(arena, "%s %s %s", text, lists[i].word,
					    lists[i].texts->items[n]);
	return text;
}

static int carry_out(const struct settings *settings, const struct transaction_place *place,
		     const struct plan *plan, const struct intent *intent, bool provable,
		     struct error *error)
{
	struct prover prover = {
		.settings = settings, .plan = plan, .provable = provable, .arena = plan->arena};
	struct transaction_note note = {command_line(settings, plan->arena), intent->accept};
	unsigned id = 0;
	int r;

	apply_watch_begin(&prover.apply, settings);
	prover.apply.watch.context = &prover;
	if (place->run_programs && !settings->no_initramfs)
		prover.apply.watch.prove = prove;
	r = transaction_apply(place, plan, &note, &prover.apply.watch, &id, error);
	/* Who stops it now must not be told that it was stopped: it is done. */
	if (r == 0)
		print_result(settings, &prover, id, place);
	apply_watch_end();
	if (r < 0)
		return EXIT_USAGE;
	return plan->needs_reboot ? EXIT_REBOOT : EXIT_APPLIED;
}

static int recover_first(const struct settings *settings, const struct transaction_place *place,
			 struct error *error)
{
	struct apply_watch watch;
	int r;

	apply_watch_begin(&watch, settings);
	r = apply_recover(place, &watch, error);
	apply_watch_end();
	return r;
}

/* -- the command ------------------------------------------------------------------------------------------------ */

static void print_plan(const struct settings *settings, const struct plan *plan)
{
	struct text_style style = text_style_for_output(settings->color);
	json_object *object;

	if (streq(settings->format, "json")) {
		object = plan_json(plan);
		printf("%s\n",
		       json_object_to_json_string_ext(
			       object, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
		json_object_put(object);
	} else if (!settings->quiet) {
		plan_print(&style, plan);
	} else {
		plan_print_refusals(&style, plan);
	}
}

static int decide(const struct settings *settings, const struct transaction_place *place,
		  const struct plan *plan, const struct intent *intent, const struct facts *facts,
		  struct error *error)
{
	print_plan(settings, plan);
	if (plan_is_refused(plan))
		return EXIT_REFUSED;
	if (plan->snippets.count && settings->apply) {
		error_set(error, -ENOTSUP,
			  "nothing was applied: vfiokit does not write this system's "
			  "configuration; the text above belongs into %s",
			  plan->snippets.items[0].where);
		return EXIT_USAGE;
	}
	if (!plan->steps.count)
		return EXIT_APPLIED;
	if (!settings->apply) {
		if (!settings->quiet && !streq(settings->format, "json"))
			(void)puts(_("\nNothing was changed. To carry it out: add --apply"));
		return EXIT_APPLIED;
	}
	if (!settings->yes && !apply_confirm(_("\nCarry this out?"), error))
		return error->code ? EXIT_USAGE : EXIT_APPLIED;
	return carry_out(settings, place, plan, intent, facts->boot.known == YES, error);
}

static int check_targets(const struct facts *facts, struct error *error)
{
	if (facts->targets_missing.count)
		return error_set(error, -ENODEV, "%s: no such device",
				 facts->targets_missing.items[0]);
	return 0;
}

static int run(const struct settings *settings, struct error *error)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	_cleanup_look_ struct look look = {0};
	struct intent intent = intent_of(settings, arena);
	struct transaction_place place;
	struct device_refs left;
	struct plan plan;

	if (check_accepted(&intent, error) < 0 || apply_place(settings, &place, error) < 0)
		return EXIT_USAGE;
	if (settings->apply && recover_first(settings, &place, error) < 0)
		return EXIT_USAGE;
	if (look_at_host(settings, settings->names, settings->name_count, &look, error) < 0 ||
	    check_targets(look.facts, error) < 0)
		return EXIT_USAGE;
	left = add_companions(settings, look.facts, arena);
	checks_run(look.facts, &look.findings);
	plan_make(arena, look.facts, look.source.host, &intent, &look.findings, &plan);
	refuse_without(&plan, &left);
	return decide(settings, &place, &plan, &intent, look.facts, error);
}

static const struct option_row options[] = {
	{"apply", NULL, N_("carry the plan out"), OPTION_FLAG, offsetof(struct settings, apply),
	 NULL},
	{"yes", NULL, N_("ask nothing"), OPTION_FLAG, offsetof(struct settings, yes), NULL},
	{"by-address", NULL, N_("hand over these functions only, never by id"), OPTION_FLAG,
	 offsetof(struct settings, by_address), NULL},
	{"with-group", NULL, N_("the rest of the card and of the IOMMU group, too"), OPTION_FLAG,
	 offsetof(struct settings, with_group), NULL},
	{"blacklist", "DRIVER", N_("never load DRIVER by itself"), OPTION_TEXTS,
	 offsetof(struct settings, blacklist), NULL},
	{"iommu-pt", NULL, N_("add iommu=pt: faster DMA for devices that stay"), OPTION_FLAG,
	 offsetof(struct settings, iommu_pt), NULL},
	{"kernel-arg", "ARG", N_("add ARG to the kernel command line"), OPTION_TEXTS,
	 offsetof(struct settings, kernel_args), NULL},
	{"no-initramfs", NULL, N_("do not build the initramfs anew"), OPTION_FLAG,
	 offsetof(struct settings, no_initramfs), NULL},
	{"fallback-entry", NULL, N_("add a boot entry with the old command line"), OPTION_FLAG,
	 offsetof(struct settings, fallback_entry), NULL},
	{"accept", "CHECK-ID", N_("go on in spite of exactly this danger"), OPTION_TEXTS,
	 offsetof(struct settings, accept), NULL},
	{"chroot", NULL, N_("with --root: run the generators inside DIR"), OPTION_FLAG,
	 offsetof(struct settings, chroot), NULL},
};

const struct command command_configure = {
	.name = "configure",
	.arguments = "[DEVICE…]",
	.brief = N_("hand devices to vfio-pci from the next boot on"),
	.summary = N_(
		"Print what has to change so that vfio-pci gets DEVICE at the next boot; with "
		"--apply, do it.\n"
		"All or nothing: every file is kept first, the next boot is proven afterwards, and "
		"whatever\n"
		"fails is put back.\n"
		"Exit status: 0 nothing to do or applied, 1 refused, 2 failed (all put back), 4 "
		"applied, reboot needed."),
	.options = options,
	.option_count = ARRAY_SIZE(options),
	.run = run,
};
