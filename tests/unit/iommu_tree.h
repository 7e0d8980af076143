/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the tests of facts_collect_iommu() share: a collection that stops behind it, and a host.
 */
#ifndef VFIOKIT_TESTS_IOMMU_TREE_H
#define VFIOKIT_TESTS_IOMMU_TREE_H

#include "tree.h"

/* What facts_collect_iommu() builds on, and itself. The caller frees the facts. */
static inline struct facts *collect(struct tree *tree)
{
	struct arena *arena = arena_new();
	struct facts *facts = arena_alloc(arena, sizeof(*facts));

	facts->arena = arena;
	facts_collect_kernel(facts, tree_host(tree));
	facts_collect_machine(facts, tree_host(tree));
	facts_collect_pci(facts, tree_host(tree));
	facts_collect_iommu(facts, tree_host(tree));
	return facts;
}

/* A desktop with VT-d on: graphics, USB, and a network card behind a root port. */
#define DESKTOP                                                                                    \
	"unit dmar0 cap=d2008c22260206\n"                                                          \
	"device 0000:00:00.0 id=8086:591f class=060000 group=0\n"                                  \
	"device 0000:00:02.0 id=8086:5912 class=030000 group=1 driver=i915\n"                      \
	"device 0000:00:14.0 id=8086:a2af class=0c0330 group=2 driver=xhci_hcd\n"                  \
	"device 0000:00:1c.0 id=8086:a290 class=060400 group=3 driver=pcieport\n"                  \
	"device 0000:01:00.0 below=0000:00:1c.0 id=8086:1521 class=020000 group=3 driver=igb "     \
	"mf=1\n"                                                                                   \
	"device 0000:01:00.1 below=0000:00:1c.0 id=8086:1521 class=020000 group=3 "                \
	"driver=vfio-pci\n"                                                                        \
	"file proc/interrupts\n"                                                                   \
	"|            CPU0\n"                                                                      \
	"|   0:   103  IR-IO-APIC    2-edge      timer\n"

/* The first lines of a kernel log. */
#define BOOT "| [    0.000000] Linux version 6.1.0-50-amd64 (debian-kernel@lists.debian.org)\n"
#define FACP                                                                                       \
	"| [    0.004] ACPI: FACP 0x000000002FFE4B21 0000F4 (v03 BOCHS  BXPC     00000001 BXPC "   \
	"1)\n"
#define IVRS                                                                                       \
	"| [    0.005] ACPI: IVRS 0x000000002FFE4C55 0000E0 (v01 BOCHS  BXPC     00000001 BXPC "   \
	"1)\n"

#endif
