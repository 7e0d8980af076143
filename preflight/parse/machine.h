/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Three small text files that describe a machine: os-release, /proc/cpuinfo, and a kernel's
 * configuration. Pure: bytes in, values out; what a file does not tell stays unknown.
 */
#ifndef VFIOKIT_PARSE_MACHINE_H
#define VFIOKIT_PARSE_MACHINE_H

#include "preflight/facts/facts.h"

/*
 * The value of one variable of os-release(5): the last assignment counts, quotes and backslashes as
 * a shell takes them, without expansion. A copy in the arena, or NULL where it is not assigned.
 */
const char *os_release_value(struct arena *arena, const char *text, size_t length,
			     const char *name);

/* What /proc/cpuinfo tells of the first processor. */
struct cpu_description {
	enum cpu_vendor vendor;
	const char *model;         /* NULL not told */
	const char *architecture;  /* as uname(2) names it; NULL not told */
	enum truth x86;            /* UNKNOWN for an empty file */
	int physical_bits;         /* of "address sizes"; 0 not told */
	enum truth virtualization; /* vmx or svm; UNKNOWN off x86 */
	enum truth hypervisor;     /* the flag of that name; UNKNOWN off x86 */
};

/* Only as much of the file is looked at as the first processors take; a longer text is fine. */
void cpuinfo_parse(struct arena *arena, const char *text, size_t length,
		   struct cpu_description *ret_cpu);

/*
 * The options of a kernel configuration file (CONFIG_… lines as Kconfig writes them). ret_config's
 * known becomes YES when the text is one (it sets CONFIG_PCI); then an option that is not mentioned
 * is 'n', but for vfio_group, which kernels before 6.2 have without an option (0). source stays.
 */
void kernel_config_parse(const char *text, size_t length, struct kernel_config *ret_config);

#endif
