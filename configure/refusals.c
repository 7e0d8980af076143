/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What keeps a plan from being carried out: dangers that the checks found, and what cannot be handed over
 * at all. */
#include "configure/planner.h"

static bool is_accepted(const struct planner *planner, const char *id)
{
	return strings_contain(&planner->intent->accept, id);
}

/* Whether the plan itself takes the danger away: devices that go by address need no ids=. */
static bool cured_by_plan(const struct planner *planner, const struct finding *finding)
{
	return streq(finding->check->id, "driver.ids-match-too-many") &&
	       planner->wishes.by_address.count && !planner->wishes.by_id.count;
}

static const char *words_of(struct planner *planner, const struct finding *finding)
{
	const struct evidence *evidence = finding->evidence.items;

	if (!finding->evidence.count)
		return finding->title;
	return arena_printf(planner->arena, "%s (%s%s: %s)", finding->title, evidence->source,
			    evidence->line ? arena_printf(planner->arena, ":%u", evidence->line)
					   : "",
			    evidence->text);
}

static bool same_evidence(const struct finding *a, const struct finding *b)
{
	if (a->check != b->check || !a->evidence.count || !b->evidence.count)
		return false;
	return a->evidence.items[0].line == b->evidence.items[0].line &&
	       streq(a->evidence.items[0].source, b->evidence.items[0].source) &&
	       streq(a->evidence.items[0].text, b->evidence.items[0].text);
}

/* Each function of a card says of the group what the member itself says last: once is enough. */
static bool is_said_later(const struct planner *planner, const struct finding *finding)
{
	for (const struct finding *later = finding + 1;
	     later < planner->findings->items + planner->findings->count; later++)
		if (later->result == RESULT_FAIL && !later->waiver && same_evidence(finding, later))
			return true;
	return false;
}

static void refuse(struct planner *planner, const struct finding *finding)
{
	if (is_said_later(planner, finding))
		return;
	*ARRAY_ADD(planner->arena, &planner->plan->refusals) = (struct plan_refusal){
		.check_id = finding->check->id,
		.subject = finding->subject,
		.text = words_of(planner, finding),
		.accepted = is_accepted(planner, finding->check->id),
	};
}

/* Blockers that no configuration cures, so that changing the host for them would be for nothing. */
static const struct {
	const char *id;
	bool acceptable; /* somebody may know better: an image made for another machine, an override */
} hopeless[] = {
	{"device.not-found", false},      {"device.is-bridge", false},
	{"device.behind-vmd", false},     {"driver.vfio-pci-missing", false},
	{"iommu.hardware-missing", true}, {"driver.denylisted", true},
	{"host.modules-removed", true},
};

static void refuse_hopeless(struct planner *planner, const struct finding *finding)
{
	for (size_t i = 0; i < ARRAY_SIZE(hopeless); i++) {
		if (!streq(finding->check->id, hopeless[i].id))
			continue;
		if (hopeless[i].acceptable)
			refuse(planner, finding);
		else
			plan_refuse(planner->plan, NULL, finding->subject, "%s: %s",
				    finding->check->id, words_of(planner, finding));
	}
}

/* A danger that could not be looked for is no reason to go on: nobody knows what the device carries. */
static void refuse_unknown(struct planner *planner, const struct finding *finding)
{
	const char *path = finding->evidence.count ? finding->evidence.items[0].source : NULL;

	*ARRAY_ADD(planner->arena, &planner->plan->refusals) = (struct plan_refusal){
		.check_id = finding->check->id,
		.subject = finding->subject,
		.text = arena_printf(planner->arena, _("not known: %s%s%s%s"),
				     _(finding->check->title), path ? " (" : "", path ? path : "",
				     path ? _(" could not be read)") : ""),
		.accepted = is_accepted(planner, finding->check->id),
	};
}

/* Where the machine is not this system's own to configure. */
static void refuse_places(struct planner *planner)
{
	if (planner->facts->machine.xen_dom0 == YES)
		plan_refuse(planner->plan, NULL, NULL,
			    _("Xen owns the IOMMU of this machine: devices go through xen-pciback, "
			      "which vfiokit does not configure"));
	if (planner->facts->machine.in_container == YES)
		plan_refuse(planner->plan, NULL, NULL,
			    _("this is a container: its files decide nothing about how the host "
			      "boots"));
}

void planner_refuse_dangers(struct planner *planner)
{
	refuse_places(planner);
	if (!planner->facts->targets.count && !planner->intent->kernel_args.count &&
	    !planner->intent->iommu_pt)
		plan_refuse(
			planner->plan, NULL, NULL,
			_("no device is asked for, and the host's configuration hands none over"));
	for_each (finding, planner->findings) {
		if (finding->result == RESULT_UNKNOWN &&
		    finding->check->severity == SEVERITY_DANGER)
			refuse_unknown(planner, finding);
		if (finding->result != RESULT_FAIL || finding->waiver)
			continue;
		if (finding->severity == SEVERITY_DANGER && !cured_by_plan(planner, finding))
			refuse(planner, finding);
		else if (finding->severity == SEVERITY_BLOCKER)
			refuse_hopeless(planner, finding);
	}
}
