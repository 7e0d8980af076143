/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What all findings come to. */
#include "preflight/checks/check.h"

struct tally {
	bool blocked, unknown, pending, cured;
};

static void tally_finding(struct tally *tally, const struct finding *finding)
{
	if (finding->severity < SEVERITY_BLOCKER || finding->waiver)
		return;
	if (finding->result == RESULT_UNKNOWN)
		tally->unknown = true;
	if (finding->result != RESULT_FAIL)
		return;
	if (streq(finding->check->id, "boot.pending"))
		tally->pending = true;
	else if (finding->cured_by_reboot && finding->severity == SEVERITY_BLOCKER)
		tally->cured = true; /* a danger stays one: the reboot may be what hurts */
	else
		tally->blocked = true;
}

/* A host without a single PCI function was not seen. One without targets of which a function could not even be
 * told apart was not either: that function may be one that the configuration hands over. */
static bool was_seen(const struct facts *facts)
{
	if (!facts->devices.count || facts->targets.count)
		return facts->devices.count > 0;
	for_each (device, &facts->devices)
		if (device->vendor_id < 0 && device->class_code < 0)
			return false;
	return true;
}

static enum verdict tally_verdict(const struct tally *tally, const struct facts *facts)
{
	/* What a reboot would cure still blocks where no proven next boot is pending. */
	if (tally->blocked || (tally->cured && !tally->pending))
		return VERDICT_NOT_READY;
	/* Under Xen nothing here proves anything. */
	if (tally->unknown || (facts && (!was_seen(facts) || facts->machine.xen_dom0 == YES)))
		return VERDICT_UNKNOWN;
	return tally->pending ? VERDICT_REBOOT : VERDICT_READY;
}

enum verdict findings_verdict(const struct findings *findings)
{
	struct tally tally = {0};

	for_each (finding, findings)
		tally_finding(&tally, finding);
	return tally_verdict(&tally, findings->facts);
}

enum verdict findings_device_verdict(const struct findings *findings,
				     const struct findings *device_findings,
				     const struct device *device)
{
	struct tally tally = {0};

	for_each (finding, findings)
		if (finding->check->scope == SCOPE_HOST)
			tally_finding(&tally, finding);
	for_each (finding, device_findings)
		if (finding->check->scope == SCOPE_DEVICE && finding->device == device)
			tally_finding(&tally, finding);
	return tally_verdict(&tally, findings->facts);
}

bool findings_allow_handover(const struct findings *device_findings, const struct device *device)
{
	for_each (finding, device_findings) {
		bool danger = finding->severity == SEVERITY_DANGER;

		if (finding->device != device || finding->severity < SEVERITY_BLOCKER)
			continue;
		/* What might hurt the host is not offered while nobody knows. */
		if (finding->result == RESULT_UNKNOWN && danger)
			return false;
		if (finding->result == RESULT_FAIL && !finding->check->cured_by_configure)
			return false;
	}
	return true;
}

const char *severity_name(enum severity severity)
{
	static const char *const names[] = {N_("info"), N_("warning"), N_("blocker"), N_("danger")};

	return names[severity];
}

const char *result_name(enum result result)
{
	static const char *const names[] = {"na", "pass", "unknown", "fail"};

	return names[result];
}

const char *owner_name(enum owner owner)
{
	static const char *const names[] = {"vfiokit", N_("firmware"), "user", N_("vendor")};

	return names[owner];
}

const char *verdict_name(enum verdict verdict)
{
	static const char *const names[] = {"ready", "reboot", "unknown", "not-ready"};

	return names[verdict];
}
