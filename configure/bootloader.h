/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Loaders as the planner sees them. A loader is one const struct bootloader in a file of its own
 * (loader_*.c) and one row in bootloader.c. Its plan() turns the wished words into steps: edits of the
 * files that people edit, and the program that makes the loader's own configuration of them.
 */
#ifndef VFIOKIT_BOOTLOADER_H
#define VFIOKIT_BOOTLOADER_H

#include "configure/planner.h"

struct bootloader {
	enum loader loader;
	void (*plan)(struct planner *planner);
};

extern const struct bootloader bootloader_grub, bootloader_bls, bootloader_systemd_boot,
	bootloader_uki, bootloader_proxmox, bootloader_kernelstub, bootloader_limine,
	bootloader_extlinux;

enum { BOOTLOADER_TIME_LIMIT = 10 * 60 }; /* seconds; os-prober can be slow */

/* -- for the loaders ---------------------------------------------------------------------------------- */

/* Whether a file of this loader that counts brings the word. */
bool bootloader_sources_hold(const struct planner *planner, enum loader loader, const char *text);

/* The changes that concern a file with these words: removals and replacements of what it holds, and, with
 * additions, what no file of the loader brings yet. */
struct word_changes bootloader_changes_for(struct planner *planner, enum loader loader,
					   const struct parameters *words, bool additions);

/* Plans the edit of a file that is a command line; changes NULL: all that is wished. Returns whether it
 * changes. */
bool bootloader_edit_cmdline(struct planner *planner, const char *path, bool first_line_only,
			     const struct word_changes *changes);

/* The file that new words of a unified image go to: /etc/kernel/cmdline, else dracut's kernel_cmdline;
 * NULL none was found (loader_uki.c). */
const struct boot_source *bootloader_unified_source(const struct planner *planner);

/* The file itself, where path is a link: what a step writes, or a program is known to write. */
const char *bootloader_real_path(struct planner *planner, const char *path);

/* Plans the edits of /etc/default/grub and its drop-ins (loader_grub.c). Returns whether any changes. */
bool bootloader_edit_grub(struct planner *planner);

/* Plans the edits of all entry files but rescue ones. Returns whether any changes. */
bool bootloader_edit_entries(struct planner *planner, bool on_esp);

struct plan_step *bootloader_run(struct planner *planner, const char *const *argv,
				 const char *because);

#endif
