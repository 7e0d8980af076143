/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rpm-ostree and bootc: each deployment has an entry of its own, written by ostree, whose command line
 * changes only with a new deployment. Whatever reads the entries is found as on other hosts. Source:
 * ostree src/libostree/ostree-bootconfig-parser.c, ostree-sysroot-deploy.c.
 */
#include "preflight/boot/work.h"

static bool is_ostree(struct boot_work *work)
{
	return host_exists(work->host, "run/ostree-booted") == 0 ||
	       facts_parameter(work->facts, "ostree");
}

static void collect(struct boot_work *work)
{
	if (work->program == PROGRAM_GRUB)
		boot_collect_grub(work);
	else
		boot_collect_systemd(work);
}

const struct loader_row boot_row_ostree = {
	.loader = LOADER_OSTREE,
	.programs = 1u << PROGRAM_GRUB | 1u << PROGRAM_SYSTEMD_BOOT | 1u << PROGRAM_STUB,
	.detect = is_ostree,
	.collect = collect,
};
