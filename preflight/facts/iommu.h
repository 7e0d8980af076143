/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parts of facts_collect_iommu(), one file each. They run in this order, after the log, the
 * machine and the PCI functions have been collected.
 */
#ifndef VFIOKIT_FACTS_IOMMU_H
#define VFIOKIT_FACTS_IOMMU_H

#include "preflight/facts/facts.h"

/*
 * facts/groups.c: fills facts->groups from sys/kernel/iommu_groups and from the functions'
 * iommu_group links, gives the functions their group, sets iommu.groups_listed and
 * iommu.default_domain as far as the groups' types tell it.
 */
void iommu_collect_groups(struct facts *facts, const struct host *host);

/* The same file, for facts that were collected to judge: reads the directories of these groups that have not been
 * looked into. groups has facts->groups.count items. */
void iommu_complete_groups(struct facts *facts, const struct host *host, const bool *wanted);

/* A group's number by the name of its directory or a link to it ("../../../kernel/iommu_groups/7"); -1: not one. */
int iommu_group_number(const char *path);

/* facts/units.c: fills iommu.units from sys/class/iommu. YES: the directory could be listed. */
enum truth iommu_collect_units(struct facts *facts, const struct host *host);

/*
 * facts/acpi.c: which of the tables DMAR, IVRS, IORT and VIOT there are, whether they are sound, and
 * what they say: firmware regions, aliases, interrupt remapping, SMMUs, the platform's opt-in.
 */
void iommu_collect_tables(struct facts *facts, const struct host *host);

/* The table's signature, "DMAR". */
const char *firmware_table_name(enum firmware_table table);

/* facts/regions.c: adds to iommu.firmware_regions and iommu.aliases what a table says. */
struct dmar;
struct ivrs;
struct iort;
void regions_add_dmar(struct facts *facts, const struct host *host, const struct dmar *dmar);
void regions_add_ivrs(struct facts *facts, const struct ivrs *ivrs);
void regions_add_iort(struct facts *facts, const struct iort *iort);

#endif
