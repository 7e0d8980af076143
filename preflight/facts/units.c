/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/facts/iommu.h"
#include "preflight/lines.h"

#include <errno.h>

#define UNITS "sys/class/iommu"

/* -- address widths ------------------------------------------------------------------------------ */

/*
 * The capability register of a VT-d unit (Intel VT-d specification, CAP_REG): MGAW, bits 21:16, is
 * the greatest guest address width less one; SAGAW, bits 12:8, are the page table depths that there
 * are, of which Linux takes the deepest (iommu_calculate_agaw()). 0 where neither can be told.
 */
static int vtd_address_bits(uint64_t capability)
{
	static const int depths[] = {30, 39, 48, 57, 64};
	int greatest = (int)(capability >> 16 & 0x3f) + 1;
	int deepest = 0;

	for (size_t i = 0; i < ARRAY_SIZE(depths); i++)
		if (capability >> (8 + i) & 1)
			deepest = depths[i];
	return deepest < greatest ? deepest : greatest;
}

/*
 * The extended feature register of an AMD unit (48882, section 3.4.10): HATS, bits 11:10, tells how
 * many levels more than four the host page tables may have; 3 is reserved. A level is nine bits;
 * six levels would go beyond 64.
 */
static int amdvi_address_bits(uint64_t features)
{
	static const int bits[] = {48, 57, 64, 0};

	return features ? bits[features >> 10 & 3] : 0;
}

/* What a unit's register file says. */
struct width_file {
	const char *name; /* below the unit's directory */
	int (*bits)(uint64_t value);
};

/* "d2008c22260206", or "efr:efr2" of which the first counts. */
static bool parse_register(const char *text, uint64_t *ret_value)
{
	struct line digits = {.text = text, .length = strcspn(text, ":")};

	return line_hex(&digits, ret_value);
}

static void read_width(struct facts *facts, const struct host *host, struct iommu_unit *unit,
		       const struct width_file *file)
{
	const char *path = arena_printf(facts->arena, UNITS "/%s/%s", unit->name, file->name);
	const char *text;
	uint64_t value;
	int r = host_read_line(host, facts->arena, path, &text);

	if (r < 0) {
		if (r != -ENOENT)
			facts_add_unread(facts, path, r);
		return;
	}
	if (!parse_register(text, &value)) {
		facts_add_unread(facts, path, -EINVAL);
		return;
	}
	unit->address_bits = file->bits(value);
	unit->origin.source = arena_printf(facts->arena, "/%s", path);
	unit->origin.line = 1;
	unit->origin.text = arena_strdup(facts->arena, text);
}

/* The log does not name the units by their sysfs names, so the narrowest stands for all. */
static void take_width_of_log(const struct facts *facts, struct iommu_unit *unit)
{
	for_each (event, &facts->log.events) {
		if (event->kind != LOG_SMMU_ACTIVE || event->number <= 0 || event->number > 64)
			continue;
		if (unit->address_bits && unit->address_bits <= event->number)
			continue;
		unit->address_bits = (int)event->number;
		unit->origin = (struct origin){
			.source = facts->log.source,
			.line = event->line,
			.text = event->text,
		};
	}
}

/* -- units --------------------------------------------------------------------------------------- */

/* Names that drivers give their units: drivers/iommu/{intel,amd,arm,virtio-iommu.c}. */
static enum iommu_kind kind_of_name(const char *name)
{
	struct address address;

	if (starts_with(name, "dmar"))
		return IOMMU_INTEL;
	if (starts_with(name, "ivhd"))
		return IOMMU_AMD;
	if (starts_with(name, "smmu3.") || starts_with(name, "smmu."))
		return IOMMU_SMMU;
	/* virtio-iommu is called like the device that carries it. */
	if (starts_with(name, "virtio") ||
	    (address_parse(name, strlen(name), &address) == 0 && address.full))
		return IOMMU_VIRTIO;
	return IOMMU_OTHER;
}

static void add_unit(struct facts *facts, const struct host *host, const char *name)
{
	static const struct width_file files[] = {
		[IOMMU_INTEL] = {"intel-iommu/cap", vtd_address_bits},
		[IOMMU_AMD] = {"amd-iommu/features", amdvi_address_bits},
		[IOMMU_OTHER] = {NULL, NULL},
	};
	struct iommu_unit *unit = ARRAY_ADD(facts->arena, &facts->iommu.units);

	unit->name = printable_copy(facts->arena, name, strlen(name));
	unit->kind = kind_of_name(name);
	unit->origin.source = arena_printf(facts->arena, "/" UNITS "/%s", unit->name);
	unit->origin.text = unit->name;
	if (files[unit->kind].name)
		read_width(facts, host, unit, &files[unit->kind]);
	if (unit->kind == IOMMU_SMMU)
		take_width_of_log(facts, unit);
}

enum truth iommu_collect_units(struct facts *facts, const struct host *host)
{
	struct strings names = {0};
	int r = host_list(host, facts->arena, UNITS, &names);

	if (r < 0) {
		facts_add_unread(facts, UNITS, r);
		return UNKNOWN;
	}
	for_each (name, &names)
		add_unit(facts, host, *name);
	return YES;
}
