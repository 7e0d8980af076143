/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One check, judged on facts made by hand. */
#ifndef VFIOKIT_TESTS_CHECKS_MADE_H
#define VFIOKIT_TESTS_CHECKS_MADE_H

#include "facts_made.h"
#include "preflight/check.h"
#include "preflight/parse_cmdline.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

/* A plain Intel machine with everything in order and no devices: each test changes what it is
 * about. */
static inline struct facts *healthy_intel(void)
{
	struct facts *facts = facts_made();

	facts->machine.cpu_vendor = CPU_INTEL;
	facts->machine.architecture = "x86_64";
	facts->machine.kernel = "6.1.0-50-amd64";
	facts->machine.cpu_virtualization = YES;
	facts->machine.in_vm = NO;
	facts->machine.config = (struct kernel_config){
		.known = YES, .source = "/boot/config-6.1.0-50-amd64", .intel_iommu = 'y', .amd_iommu = 'y'};
	facts->cmdline_known = YES;
	facts->cmdline_text = "";
	facts->log.known = facts->log.complete = YES;
	facts->log.source = "dmesg";
	facts->iommu = (struct iommu_facts){
		.kind = IOMMU_INTEL,
		.groups_listed = YES,
		.active = YES,
		.tables_listed = YES,
		.table_present = {[TABLE_DMAR] = YES, [TABLE_IVRS] = NO, [TABLE_IORT] = NO, [TABLE_VIOT] = NO},
		.table_valid = {[TABLE_DMAR] = YES},
		.devicetree = NO,
		.interrupt_remapping = YES,
	};
	*ARRAY_ADD(facts->arena, &facts->iommu.units) =
		(struct iommu_unit){.name = "dmar0", .kind = IOMMU_INTEL, .address_bits = 48};
	for (size_t i = 0; i < USE_KINDS; i++)
		facts->usage.known[i] = YES;
	facts->usage.iomem_readable = YES;
	facts->usage.vfio_node_mode = -1;
	facts->modules.vfio_pci = YES;
	return facts;
}

/* The same machine as firmware leaves it with VT-d switched off. */
static inline struct facts *intel_without_iommu(void)
{
	struct facts *facts = healthy_intel();

	facts->iommu.active = NO;
	facts->iommu.active_origin =
		(struct origin){.source = "/sys/kernel/iommu_groups", .text = "empty"};
	facts->iommu.units.count = 0;
	facts->iommu.table_present[TABLE_DMAR] = NO;
	facts->iommu.interrupt_remapping = UNKNOWN;
	return facts;
}

static inline void set_cmdline(struct facts *facts, const char *text)
{
	facts->cmdline = (struct parameters){0};
	facts->cmdline_text = text;
	cmdline_parse(facts->arena, text, strlen(text), "/proc/cmdline", 1, &facts->cmdline);
}

static inline void set_log(struct facts *facts, const char *text)
{
	log_parse(facts->arena, text, strlen(text), &facts->log);
	facts->log.source = "dmesg";
}

/* Puts devices into a new group. */
static inline struct group *made_group(struct facts *facts, int id, struct device *const *devices,
				       size_t count)
{
	struct group *group = arena_alloc(facts->arena, sizeof(*group));

	group->id = id;
	group->reserved_known = YES;
	for (size_t i = 0; i < count; i++) {
		*ARRAY_ADD(facts->arena, &group->devices) = devices[i];
		devices[i]->group = group;
		devices[i]->has_group = YES;
	}
	return group;
}

/* Runs one check on one subject. */
static inline struct finding judge_named(struct facts *facts, const struct device *device,
					 const char *id, const char *missing)
{
	struct findings findings = {0};

	facts->targets.count = facts->targets_missing.count = 0;
	for_each (other, &facts->devices)
		if (other->target)
			*ARRAY_ADD(facts->arena, &facts->targets) = other;
	if (missing)
		strings_add(facts->arena, &facts->targets_missing, missing);
	checks_run(facts, &findings);
	for_each (finding, &findings)
		if (streq(finding->check->id, id) && finding->device == device &&
		    (!missing || streq(finding->subject, missing)))
			return *finding;
	fail_msg("no finding of %s", id);
	return (struct finding){0};
}

/* device NULL: a host check. */
static inline struct finding judge(struct facts *facts, struct device *device, const char *id)
{
	if (device)
		device->target = true;
	return judge_named(facts, device, id, NULL);
}

static inline enum result result_of(struct facts *facts, struct device *device, const char *id)
{
	return judge(facts, device, id).result;
}

#define assert_result(facts, device, id, wanted)                                                   \
	assert_string_equal(result_name(result_of((facts), (device), (id))), (wanted))

/* Whether some evidence holds both texts. */
static inline bool quotes(const struct finding *finding, const char *source, const char *text)
{
	for_each (evidence, &finding->evidence)
		if (strstr(evidence->source, source) && strstr(evidence->text, text))
			return true;
	return false;
}

#endif
