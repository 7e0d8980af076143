/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/checks/isolation.h"
#include "preflight/checks/device_relations.h"
#include "preflight/groups/holes.h"

/* -- group.not-isolated
 * ------------------------------------------------------------------------------ */

/* Whether topology and ACS, as far as they are known, put these two into one group. */
static bool prediction_joins(const struct device *device, const struct device *other)
{
	return device->predicted_group < 0 || other->predicted_group < 0 ||
	       device->predicted_group == other->predicted_group;
}

static void quote_shared(struct finding *finding, const struct device *device, bool joined,
			 int group, const char *others)
{
	for (size_t i = 0; joined && i < device->predicted_because.count; i++)
		finding_evidence_at(finding, "/sys/bus/pci/devices", 0, "%s",
				    device->predicted_because.items[i]);
	if (!finding->evidence.count)
		finding_evidence_at(finding, "/sys/kernel/iommu_groups", 0, "group %d: %s", group,
				    others);
}

/* The group is the device's own, but a switch lets others reach it. */
static void judge_holes(const struct facts *facts, const struct device *device,
			struct finding *finding)
{
	struct isolation_holes holes;
	struct strings peers = {0};

	isolation_holes_find(facts, device, finding->arena, &holes);
	finding_pass(finding);
	for_each (hole, &holes) {
		size_t before = peers.count;

		/* Said once for the host, by group.acs-override. */
		if (hole->kind == HOLE_UNEXPLAINED && log_find(&facts->log, LOG_ACS_OVERRIDE, NULL))
			continue;
		/* What is handed over together may reach each other. */
		for_each (peer, &hole->peers)
			if (!(*peer)->target && !strings_contain(&peers, (*peer)->address))
				strings_add(finding->arena, &peers, (*peer)->address);
		if (peers.count == before)
			continue;
		if (finding->result == RESULT_PASS)
			finding_fail(finding, hole->kind == HOLE_UNEXPLAINED ? HOLE_IN_KERNEL
									     : HOLE_IN_SWITCH);
		finding_evidence_at(finding, "/sys/bus/pci/devices", 0, "%s",
				    hole_text(finding->arena, hole));
	}
	finding_set(finding, "others", "%s", strings_join(finding->arena, &peers, ", "));
}

void judge_not_isolated(const struct facts *facts, const struct device *device,
			struct finding *finding)
{
	const struct device_refs *members = devices_of_group(facts, device);
	int group = device->group ? device->group->id : device->predicted_group;
	struct strings unrelated = {0};
	bool joined = true;

	if (device->is_bridge || (!members && device->has_group == NO))
		return;
	if (!members) {
		finding_unknown(finding, "/sys/kernel/iommu_groups");
		return;
	}
	for_each (member, members) {
		if (*member == device || (*member)->is_bridge || devices_related(device, *member))
			continue;
		strings_add(finding->arena, &unrelated, (*member)->address);
		joined &= prediction_joins(device, *member);
	}
	if (!unrelated.count && facts->devices_partial) {
		finding_unknown(finding, "/sys/bus/pci/devices");
		return;
	}
	if (!unrelated.count) {
		judge_holes(facts, device, finding);
		return;
	}
	if (joined && device->group && device_is_built_in(facts, device))
		finding_fail(finding, SHARED_BUILT_IN);
	else if (joined)
		finding_fail(finding, device->group ? SHARED : SHARED_ONCE_ON);
	else
		finding_fail(finding, SHARED_BY_KERNEL);
	finding_set(finding, "group", "%d", group);
	finding_set(finding, "others", "%s", strings_join(finding->arena, &unrelated, ", "));
	quote_shared(finding, device, joined, group, strings_join(finding->arena, &unrelated, " "));
}

/* -- group.acs-override
 * ------------------------------------------------------------------------------ */

static bool listed_as_unknown(const struct facts *facts, const char *name)
{
	const struct log_event *event = log_find(&facts->log, LOG_UNKNOWN_PARAMETERS, NULL);

	return event && strstr(event->text, name);
}

void judge_acs_override(const struct facts *facts, const struct device *device,
			struct finding *finding)
{
	const struct log_event *active = log_find(&facts->log, LOG_ACS_OVERRIDE, NULL);
	const struct parameter *asked = facts_parameter(facts, "pcie_acs_override");

	(void)device;
	if (active) {
		finding_fail(finding, OVERRIDE_ACTIVE);
		finding_evidence_event(finding, &facts->log, active);
	} else if (facts->cmdline_known != YES) {
		finding_unknown(finding, "/proc/cmdline");
		return;
	} else if (!asked || listed_as_unknown(facts, "pcie_acs_override") ||
		   facts->log.complete == YES) {
		finding_pass(finding);
		return;
	} else {
		finding_fail(finding, OVERRIDE_MAYBE);
	}
	if (asked)
		finding_evidence(finding, &asked->origin);
}

void judge_acs_override_ineffective(const struct facts *facts, const struct device *device,
				    struct finding *finding)
{
	const struct parameter *asked = facts_parameter(facts, "pcie_acs_override");

	(void)device;
	if (facts->cmdline_known == YES && !asked)
		return;
	if (!asked) {
		finding_unknown(finding, "/proc/cmdline");
		return;
	}
	if (log_find(&facts->log, LOG_ACS_OVERRIDE, NULL)) {
		finding_pass(finding);
		return;
	}
	if (!listed_as_unknown(facts, "pcie_acs_override") && facts->log.complete != YES) {
		finding_unknown(finding, "dmesg");
		return;
	}
	finding_fail(finding, 0);
	finding_evidence(finding, &asked->origin);
	if (listed_as_unknown(facts, "pcie_acs_override"))
		finding_evidence_kind(finding, LOG_UNKNOWN_PARAMETERS);
}
