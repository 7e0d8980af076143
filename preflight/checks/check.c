/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/checks/check.h"
#include "preflight/checks/cure.h"
#include "preflight/checks/platform_rules.h"
#include "preflight/expect/expect.h"

static const struct check_table *const tables[] = {
	&checks_iommu,        &checks_iommu_unused,  &checks_remapping,    &checks_translation,
	&checks_parameters,   &checks_group,         &checks_driver,       &checks_handover,
	&checks_vfio_ids,     &checks_persistence,   &checks_modprobe,     &checks_boot_written,
	&checks_boot,         &checks_boot_words,    &checks_initramfs,    &checks_usage,
	&checks_device,       &checks_device_memory, &checks_companions,   &checks_sriov,
	&checks_device_kinds, &checks_reset,         &checks_hardware,     &checks_vfio,
	&checks_limits,       &checks_host,          &checks_transactions, &checks_platform,
	&checks_expect,       &checks_expect_device,
};

size_t check_count(void)
{
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
		count += tables[i]->count;
	return count;
}

const struct check *check_at(size_t index)
{
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
		if (index < tables[i]->count)
			return &tables[i]->rows[index];
		index -= tables[i]->count;
	}
	return NULL;
}

const struct check *check_find(const char *id)
{
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
		for (size_t row = 0; row < tables[i]->count; row++)
			if (streq(tables[i]->rows[row].id, id))
				return &tables[i]->rows[row];
	return NULL;
}

/* -- running ----------------------------------------------------------------------------------- */

/* Under Xen the hypervisor owns the IOMMU: what Linux shows of it, and VFIO, mean nothing there. */
static bool applies(const struct check *check, const struct facts *facts)
{
	static const char *const not_under_xen[] = {"iommu.",     "group.", "driver.", "boot.",
						    "initramfs.", "vfio.",  "limits."};

	if (facts->machine.xen_dom0 != YES || check->under_xen)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(not_under_xen); i++)
		if (starts_with(check->id, not_under_xen[i]))
			return false;
	return true;
}

struct finding *finding_begin(struct findings *findings, const struct check *check,
			      const struct device *device, const char *subject)
{
	struct finding *finding = ARRAY_ADD(findings->arena, findings);
	const char *kernel = findings->facts->machine.kernel;

	*finding = (struct finding){
		.arena = findings->arena,
		.check = check,
		.facts = findings->facts,
		.device = device,
		.subject = subject,
		.severity = check->severity,
	};
	finding_set(finding, "device", "%s", subject ? subject : _("this host"));
	finding_set(finding, "kernel", "%s", kernel ? kernel : _("(unknown)"));
	return finding;
}

static void run(const struct check *check, const struct facts *facts, const struct device *device,
		const char *subject, struct findings *findings)
{
	struct finding *finding = finding_begin(findings, check, device, subject);

	if (applies(check, facts))
		check->evaluate(facts, device, finding);
	finding_finish(finding);
}

void checks_run_device(const struct facts *facts, const struct device *device, struct arena *arena,
		       struct findings *ret_findings)
{
	ret_findings->arena = arena;
	ret_findings->facts = facts;
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
		for (size_t row = 0; row < tables[i]->count; row++)
			if (tables[i]->rows[row].scope == SCOPE_DEVICE)
				run(&tables[i]->rows[row], facts, device, device->address,
				    ret_findings);
}

/* -- no advice against the host ---------------------------------------------------------------- */

/* Devices that cannot be handed over, or must not: a danger, or a blocker that configure cannot
 * cure. */
static struct device_refs hopeless(struct findings *findings)
{
	struct device_refs devices = {0};

	for_each (finding, findings)
		if (finding->device && finding->result == RESULT_FAIL &&
		    (finding->severity == SEVERITY_DANGER ||
		     (finding->severity == SEVERITY_BLOCKER &&
		      !finding->check->cured_by_configure)))
			*ARRAY_ADD(findings->arena, &devices) =
				facts_find_device(findings->facts, finding->device->address);
	return devices;
}

/* Nobody is told to hand over what would hurt the host, or what no VM could use. */
static void withdraw_own_remedies(struct finding *finding)
{
	size_t kept = 0;

	for (size_t i = 0; i < ARRAY_SIZE(finding->remedies); i++)
		if (finding->remedies[i].text && finding->remedies[i].owner != OWNER_VFIOKIT)
			finding->remedies[kept++] = finding->remedies[i];
	while (kept < ARRAY_SIZE(finding->remedies))
		finding->remedies[kept++] = (struct remedy){.text = NULL};
}

/* The configuration asks for a device that the host cannot do without: to help it along, by
 * building an initramfs or a boot entry, would hurt at the next boot. */
static bool asks_for_danger(const struct findings *findings)
{
	for_each (finding, findings) {
		if (finding->result != RESULT_FAIL || finding->severity != SEVERITY_DANGER)
			continue;
		if (finding->device ? finding->device->handover_asked == YES
				    : streq(finding->check->id, "driver.ids-match-too-many"))
			return true;
	}
	return false;
}

static void withdraw_all_remedies(struct finding *finding)
{
	for (size_t i = 0; i < ARRAY_SIZE(finding->remedies); i++)
		finding->remedies[i] = (struct remedy){.text = NULL};
}

static void withdraw_advice(struct findings *findings)
{
	struct device_refs devices = hopeless(findings);

	/* Without an IOMMU there is nothing to configure for any device. */
	for_each (finding, findings)
		if (finding->result == RESULT_FAIL &&
		    streq(finding->check->id, "iommu.hardware-missing"))
			for_each (target, &findings->facts->targets)
				*ARRAY_ADD(findings->arena, &devices) = *target;
	for_each (finding, findings)
		for_each (device, &devices)
			if (*device == finding->device && finding->result == RESULT_FAIL &&
			    finding->check->cured_by_configure)
				withdraw_own_remedies(finding);
	if (asks_for_danger(findings))
		for_each (finding, findings)
			if (starts_with(finding->check->id, "initramfs.") ||
			    starts_with(finding->check->id, "boot.") ||
			    streq(finding->check->id, "driver.host-driver-first"))
				withdraw_all_remedies(finding);
}

static void run_everywhere(const struct check *check, const struct facts *facts,
			   struct findings *findings)
{
	if (check->scope == SCOPE_HOST) {
		run(check, facts, NULL, NULL, findings);
		return;
	}
	for_each (target, &facts->targets)
		run(check, facts, *target, (*target)->address, findings);
	if (check->for_missing)
		for_each (missing, &facts->targets_missing)
			run(check, facts, NULL, *missing, findings);
}

/* Room for all at once: growing would leave as much again behind in the arena. */
static void reserve(const struct facts *facts, struct findings *findings)
{
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
		for (size_t row = 0; row < tables[i]->count; row++)
			count += tables[i]->rows[row].scope == SCOPE_HOST
					 ? 1
					 : facts->targets.count + facts->targets_missing.count;
	findings->items = arena_array(findings->arena, count, sizeof(*findings->items));
	findings->capacity = count;
}

void checks_run(const struct facts *facts, struct findings *ret_findings)
{
	ret_findings->arena = facts->arena;
	ret_findings->facts = facts;
	reserve(facts, ret_findings);
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
		for (size_t row = 0; row < tables[i]->count; row++)
			run_everywhere(&tables[i]->rows[row], facts, ret_findings);
	withdraw_advice(ret_findings);
	findings_mark_cured(facts, ret_findings);
	findings_advise_reboot(ret_findings);
	platform_judge(facts, ret_findings);
	expect_judge(facts, ret_findings);
}
