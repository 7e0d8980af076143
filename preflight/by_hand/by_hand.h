/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How people put things right by hand: topics ("add a kernel parameter"), each with steps for every
 * family of distributions. A check names its topic (struct check, by_hand); the words and commands
 * stand here once.
 *
 * Capital words in the texts stand for what the finding names: WORD (a kernel parameter with its
 * value), ADDRESS (0000:01:00.0), VENDOR:DEVICE (10de:2484), DRIVER, VERSION (a kernel's), KEY, FILE.
 * Commands are for root.
 *
 * Sources: update-initramfs(8), initramfs-tools(7), grubby(8), dracut.conf(5), mkinitcpio(8), the
 * Proxmox VE administration guide (host bootloader), transactional-update(8), sdbootutil, rpm-ostree(1),
 * nixos-rebuild(8), kernel Documentation/driver-api/vfio.rst.
 */
#ifndef VFIOKIT_BY_HAND_H
#define VFIOKIT_BY_HAND_H

#include "preflight/facts/facts.h"

/* Families of distributions that boot and build their initramfs in the same way. */
enum family {
	FAMILY_DEBIAN,
	FAMILY_PROXMOX,
	FAMILY_FEDORA,
	FAMILY_ARCH,
	FAMILY_SUSE,
	FAMILY_NIXOS,
	FAMILY_COUNT, /* also: none of these, or not known */
};

/* BY_HAND_UNSET is zero on purpose: a row that forgot its topic fails a test. */
enum by_hand {
	BY_HAND_UNSET,
	/* steps for every family */
	BY_HAND_ARGUMENT_ADD,
	BY_HAND_ARGUMENT_REMOVE,
	BY_HAND_MODPROBE,
	BY_HAND_LOAD_EARLY,
	BY_HAND_REBUILD_INITRAMFS,
	BY_HAND_REGENERATE_BOOT,
	BY_HAND_BIND_NOW,
	BY_HAND_BY_ADDRESS,
	BY_HAND_INSTALL_KERNEL,
	BY_HAND_OTHER_KERNEL,
	BY_HAND_ENROLL_KEY,
	BY_HAND_MEMLOCK,
	BY_HAND_NODE_MODE,
	BY_HAND_REBOOT,
	BY_HAND_LOOK,
	BY_HAND_STOP_USERS,
	BY_HAND_CREATE_VFS,
	BY_HAND_MANIFEST,
	BY_HAND_TRANSACTION,
	/* no steps, and a reason */
	BY_HAND_FIRMWARE,
	BY_HAND_HARDWARE,
	BY_HAND_MOVE_FIRST,
	BY_HAND_GUEST,
	BY_HAND_XEN,
	BY_HAND_NOTHING,
	BY_HAND_COUNT,
};

/* One thing to do. */
struct by_hand_step {
	const char *text;    /* what, and where it applies; NULL ends a list */
	const char *command; /* NULL: an edit is all */
};

enum { BY_HAND_STEPS = 4 };

struct by_hand_topic {
	const char *name;   /* a stable word: "kernel-argument-add" */
	const char *title;  /* a heading without a final dot */
	const char *intro;  /* what holds for every family; NULL nothing */
	const char *reason; /* why there is no command; then there are no steps. Else NULL */
	struct by_hand_step everywhere[BY_HAND_STEPS]; /* steps that no family does differently */
	struct by_hand_step families[FAMILY_COUNT][BY_HAND_STEPS];
};

/* The topic; never NULL. BY_HAND_UNSET gives one without words. */
const struct by_hand_topic *by_hand_topic(enum by_hand topic);

/* Whether the steps are the same on every distribution. */
bool by_hand_is_everywhere(const struct by_hand_topic *topic);

const char *family_name(enum family family);  /* "debian", stable; NULL for FAMILY_COUNT */
const char *family_title(enum family family); /* "Debian, Ubuntu" */

/* The family of a host: its platform, then os-release's ID, then ID_LIKE. FAMILY_COUNT: none of
 * these, or not known. */
enum family family_of(const struct machine_facts *machine);

#endif
