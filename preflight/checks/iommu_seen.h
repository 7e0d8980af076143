/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the checks of the IOMMU ask alike. Part of checks/iommu.c. */
#ifndef VFIOKIT_CHECKS_IOMMU_SEEN_H
#define VFIOKIT_CHECKS_IOMMU_SEEN_H

#include "preflight/facts/facts.h"

#define ACPI_TABLES "/sys/firmware/acpi/tables"

/* Whether firmware describes any IOMMU at all. */
enum truth iommu_any_table(const struct facts *facts);

/* A unit is at work. One of a kind without a name (a SoC's for its display) proves itself only by
 * groups. */
bool iommu_unit_seen(const struct facts *facts);

/* Arm: an IORT also describes machines without an SMMU. */
bool iommu_table_names_no_smmu(const struct facts *facts);

#endif
