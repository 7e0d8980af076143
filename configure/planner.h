/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From facts and an intent to a plan. plan_make() asks, in this order: may it be done at all
 * (refusals.c), what must the next boot have (wishes.c), which files of modprobe and udev say that
 * (modprobe.c, by_address.c), how the initramfs learns it (initramfs.c and one file for each generator),
 * how the loader passes the kernel arguments (bootloader.c and one file for each loader).
 *
 * Everything is decided from facts; files are read through the host for one reason only: to edit their
 * bytes. Nothing is written.
 */
#ifndef VFIOKIT_PLANNER_H
#define VFIOKIT_PLANNER_H

#include "configure/edit.h"
#include "configure/intent.h"
#include "configure/plan.h"
#include "preflight/checks/check.h"

/*
 * Makes the plan for facts->targets. findings: what checks_run() found on the same facts. The plan lives
 * in arena, which must not outlive facts. Never fails: what cannot be planned is a refusal with its
 * reason.
 */
void plan_make(struct arena *arena, const struct facts *facts, const struct host *host,
	       const struct intent *intent, const struct findings *findings, struct plan *ret_plan);

/*
 * The functions that should go with the targets: those of the same card, and the endpoints of their
 * groups that a host driver holds. In address order, targets and bridges left out.
 */
struct device_refs plan_companions(const struct facts *facts, struct arena *arena);

/* -- what the parts of the planner share ---------------------------------------------------------------- */

/* One word that the next command line must have, or must not have. */
struct wished_word {
	struct word_change change;
	const char *because; /* "this kernel leaves VT-d off without it" */
};

struct wished_words {
	struct wished_word *items;
	size_t count, capacity;
};

/* What the next boot must have. */
struct wishes {
	struct wished_words words;
	struct device_refs by_id;      /* targets that ids= hands over */
	struct device_refs by_address; /* targets that driver_override hands over */
	const char *ids;               /* the whole value of ids= there must be; NULL: none */
	const struct origin *ids_at;   /* where ids= stands now and counts; NULL: nowhere */
	bool ids_on_cmdline;           /* ids= belongs on the kernel command line */
	struct strings rivals;         /* modules that would take a target by id, '_' form */
	/* Whether vfio-pci has to be in the initramfs. */
	bool early;
};

struct planner {
	const struct facts *facts;
	const struct host *host;
	const struct intent *intent;
	const struct findings *findings;
	struct arena *arena;
	struct plan *plan;
	struct wishes wishes;
	/* The next boot is proven to hand every target over: what brings that about stays as it is. */
	bool in_place;
	bool initramfs_changes; /* something that goes into the initramfs changes, or is missing there */
};

/* The modules that are vfio-pci and what it needs, in the order in which lists name them. */
extern const char *const planner_vfio_modules[3];

/* What would keep the plan from being carried out (refusals.c). */
void planner_refuse_dangers(struct planner *planner);
void planner_wish(struct planner *planner);       /* wishes.c */
void planner_modprobe(struct planner *planner);   /* modprobe.c */
void planner_by_address(struct planner *planner); /* by_address.c: udev rule and initramfs script */
void planner_initramfs(struct planner *planner);  /* initramfs.c */
/* Unraid's own list of bindings (unraid.c), which takes the place of modprobe.d, udev and the initramfs. */
bool planner_is_unraid(const struct planner *planner);
void planner_unraid(struct planner *planner);
/* Systems that vfiokit writes nothing on (snippets.c); true where this is one. */
bool planner_snippets(struct planner *planner);
void planner_bootloader(struct planner *planner); /* bootloader.c */

/* A file that an edit starts from: what the plan will have made of it so far. path: links followed. */
struct planner_file {
	const char *path;
	bool exists;
	struct bytes before, now;
};

/* Reads a file for an edit; one that is not there is empty. false where it cannot be read: then the plan
 * is refused, and says so. */
bool planner_read(struct planner *planner, const char *path, struct planner_file *ret_file);

/* Adds the write of an edited file. NULL: nothing changes, and there is no step. */
struct plan_step *planner_write(struct planner *planner, const struct planner_file *file,
				struct bytes after, const char *because);

/* The first of these programs (host paths without leading slash) that the host has; NULL: none. The
 * result has a leading slash. NULL ends the list. */
const char *planner_program(struct planner *planner, const char *const *paths);

/* The word changes of the wishes, without their reasons. */
struct word_changes planner_changes(struct planner *planner);

/* Reasons of the wished words in one sentence. */
const char *planner_why_words(struct planner *planner);

/* Whether the next command line lacks a wished word, or holds one that must go, or is not known. */
bool planner_words_missing(const struct planner *planner);

/* Says of each wished word that the next command line holds it already, and where (bootloader.c). */
void planner_note_words(struct planner *planner);

/* Whether it is known that vfio-pci, or a VFIO variant driver, gets the device at the next boot. */
bool planner_goes_to_vfio(const struct device *device);

/* Comment lines for the head of a file that vfiokit creates: who wrote it and how to undo it. */
const char *planner_file_head(struct planner *planner, const char *purpose);

/* Plans the commands that build every kernel's initramfs (or unified image) anew (initramfs.c). */
void planner_build_initramfs(struct planner *planner);

/* Names the images that are there as outputs of a step that builds them. */
void planner_add_images(struct planner *planner, struct plan_step *step);

#endif
