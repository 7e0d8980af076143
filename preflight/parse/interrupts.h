/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * /proc/interrupts: whether device interrupts pass a unit that remaps or isolates them. Sources:
 * show_interrupts() of kernel/irq/proc.c; the names of the irq chips in arch/x86/kernel/apic,
 * drivers/iommu/{intel,amd} ("IR-" prefix) and drivers/irqchip/irq-gic-v3-its*.c ("ITS-").
 */
#ifndef VFIOKIT_PARSE_INTERRUPTS_H
#define VFIOKIT_PARSE_INTERRUPTS_H

#include "preflight/lines.h"

/* The first line of each sort; text NULL where there is none. */
struct interrupts {
	struct line remapped; /* chip "IR-…" on x86, "ITS-MSI" or "ITS-PCI-…" on Arm */
	struct line plain;    /* chip "IO-APIC", "PCI-MSI…" on x86, "GICv2m-PCI-…" on Arm */
};

/*
 * Looks through the text. A remapped line says that remapping is on, whatever plain lines stand
 * beside it (the units' own interrupts are never remapped). Only plain lines: it is off. Neither:
 * the file does not tell. The lines point into text.
 */
void interrupts_parse(const char *text, size_t length, struct interrupts *ret_interrupts);

/* A line without its columns of counts, blanks squeezed, safe to show: "24: IR-PCI-MSI 65536-edge
 * xhci_hcd". */
const char *interrupt_line_shorten(struct arena *arena, struct line line);

#endif
