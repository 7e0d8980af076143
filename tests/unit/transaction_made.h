/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A small host, a plan for it with everything that a plan can have, and a generator. */
#ifndef VFIOKIT_TESTS_TRANSACTION_MADE_H
#define VFIOKIT_TESTS_TRANSACTION_MADE_H

#include "configure/transaction.h"
#include "tests/unit/tree.h"
#include "tests/unit/tree_state.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

/*
 * The host: etc/default/grub (mode 0640, an old time, an attribute where the file system takes one), a
 * link to it, etc/modprobe.d/old.conf, boot/grub/grub.cfg, boot/initrd.img-1, and usr/sbin/generate, which
 * makes grub.cfg, initrd.img-1 and the new initrd.img-2 from what is in etc.
 *
 * The plan: changes etc/default/grub and boot/loader/entries/host.conf (as on an ESP), removes old.conf,
 * makes etc/modprobe.d/vfio.conf and etc/initramfs-tools/scripts/init-top/vfio with two folders, runs
 * the generator.
 */
struct made {
	struct tree *tree;
	struct arena *arena;
	struct plan plan;
	struct transaction_place place; /* programs run, no chroot */
	const char *before;             /* tree_state() */
	struct error error;
};

struct made *made_new(void);
void made_free(struct made *made);

/* The same plan again, from what the host holds now. */
void made_plan(struct made *made);

/* What the host's generator is, in place of the usual one: the lines of a shell script. */
void made_generator(struct made *made, const char *script);

/* The program step of the plan. */
struct plan_step *made_program(struct made *made);

/* Path of a file of the tree as this process sees it; the arena's. */
const char *made_path(const struct made *made, const char *path);

/* The file's text; NULL where it is not there. */
const char *made_read(const struct made *made, const char *path);
void made_write(const struct made *made, const char *path, const char *text);

int made_apply(struct made *made, unsigned *ret_id);

/* Fails the test where the tree is not as it was at first. */
void made_assert_before(const struct made *made);
/* Fails the test where the plan is not carried out completely: files, programs, nothing else. */
void made_assert_applied(const struct made *made);
/* The same as an answer. */
bool made_is_before(const struct made *made);
bool made_is_applied(const struct made *made);

/* What preflight sees: the number of a transaction that was cut off, minus that of a damaged one, or 0. */
int made_seen(const struct made *made);

/* The state of transaction id. */
enum transaction_state made_state(const struct made *made, unsigned id);

/* How many descriptors this process has open. */
unsigned open_descriptors(void);

/* How many files and folders lie below a folder of the tree. */
unsigned made_count(const struct made *made, const char *folder);

#endif
