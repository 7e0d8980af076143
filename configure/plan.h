/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A plan: what has to be done to this host, in order, as plain data. It is made from facts and an
 * intent (intent.h), shown to people, and carried out by transaction.c or not at all. A plan that
 * says nothing has to be done says where each thing already stands.
 *
 * Paths are host paths without a leading slash ("etc/default/grub"), as in preflight/host/host.h,
 * with symbolic links already followed: what a step names is the file itself.
 */
#ifndef VFIOKIT_PLAN_H
#define VFIOKIT_PLAN_H

#include "preflight/facts/facts.h"

enum plan_step_kind {
	PLAN_WRITE,  /* path gets the bytes of after; created with mode where it is not there */
	PLAN_REMOVE, /* path goes */
	PLAN_RUN,    /* a program of the host: a generator, a loader's own tool */
};

/* What a program is run for. Decides what it waits for and what is said while it runs. */
enum plan_run_purpose {
	PLAN_RUN_LOADER,    /* makes the loader's configuration anew */
	PLAN_RUN_INITRAMFS, /* makes initramfs images anew; takes minutes */
	PLAN_RUN_UDEV,      /* tells a running daemon that its rules have changed */
};

struct plan_step {
	enum plan_step_kind kind;
	const char *because; /* one sentence: why this step */

	/* PLAN_WRITE, PLAN_REMOVE */
	const char *path;
	bool exists; /* path was there when the plan was made; before holds its bytes */
	struct bytes
		before;     /* what the plan saw; the transaction refuses when it is no longer so */
	struct bytes after; /* PLAN_WRITE */
	unsigned mode;      /* of a new file: 0644, or 0755 for scripts */
	/* The file lies on a file system without safe renames (the ESP): it is switched, not replaced
	 * (transaction.h). */
	bool on_esp;

	/* PLAN_RUN */
	enum plan_run_purpose purpose;
	const char **argv; /* absolute path of the program first; NULL at the end */
	struct strings
		outputs; /* files that it is known to write: saved before, put back on failure */
	/* Its outputs are not all known: when a step fails, putting those back is not enough, and it is
	 * run again (or undo_argv) once the files are as they were. A requested undo of an applied plan
	 * runs every program again in any case. */
	bool run_again_to_undo;
	/* What to run instead to take it back, where running it again does not ("grubby --remove-args"
	 * for "--args"). NULL: argv again. */
	const char **undo_argv;
	unsigned time_limit; /* seconds; what runs longer is ended and counts as failed; 0: 600 */
};

struct plan_steps {
	struct plan_step *items;
	size_t count, capacity;
};

/* Something that the intent asks for and that is there already. */
struct plan_present {
	const char *what;     /* "intel_iommu=on", "softdep nouveau pre: vfio-pci" */
	struct origin origin; /* where it stands */
};

struct plan_presents {
	struct plan_present *items;
	size_t count, capacity;
};

/* Why the plan must not be carried out. check_id NULL: nothing accepts it away. */
struct plan_refusal {
	const char *check_id; /* "device.in-use-storage": --accept of exactly this id passes it */
	const char *subject;  /* "0000:01:00.0" or NULL */
	const char *text;     /* one sentence with the evidence */
	bool accepted;        /* --accept was given */
};

struct plan_refusals {
	struct plan_refusal *items;
	size_t count, capacity;
};

/* Text for a configuration that vfiokit does not write itself (NixOS, Talos, MachineConfig …). */
struct plan_snippet {
	const char *where; /* "/etc/nixos/configuration.nix" */
	const char *text;
	const char *then; /* command that applies it; NULL none */
};

struct plan_snippets {
	struct plan_snippet *items;
	size_t count, capacity;
};

struct plan {
	struct arena *arena; /* everything below lives here */
	struct plan_steps steps;
	struct plan_presents present;
	struct plan_refusals refusals;
	struct plan_snippets snippets;
	struct strings notes;   /* what people should know besides: one sentence each */
	struct strings devices; /* addresses that the plan hands over, companions included */
	struct strings wanted;  /* words that the next command line must hold afterwards */
	bool needs_reboot;      /* what the plan brings takes effect at the next boot only */
};

/* Whether something keeps the plan from being carried out: a refusal that was not accepted. */
bool plan_is_refused(const struct plan *plan);

/*
 * Adds a step that gives path these bytes; where path has them already, nothing is added and NULL
 * returned. A path that an earlier step writes or removes gets its bytes replaced there, and keeps what
 * that step saw on the host (exists, before): one step for one file. A step that would leave the file as
 * the host has it goes. The step is valid until the next one is added; mode (0644) and on_esp are the
 * caller's to set.
 */
struct plan_step *plan_write(struct plan *plan, const char *path, bool exists, struct bytes before,
			     struct bytes after, const char *because);

/* Adds a step that removes path; NULL where it is not there, or was only to be made by an earlier step,
 * which goes then. As for plan_write(), what an earlier step saw on the host is kept. */
struct plan_step *plan_remove(struct plan *plan, const char *path, bool exists, struct bytes before,
			      const char *because);

/* What path will hold after the steps so far: the plan's own bytes, else the host's. -ENOENT where it
 * will not be there. */
int plan_read(const struct plan *plan, const struct host *host, const char *path, bool *ret_exists,
	      struct bytes *ret_before, struct bytes *ret_now);

/* Adds a program run; argv is copied. The same argv twice is one step, the later one, which keeps the
 * outputs and undo_argv of the earlier. time_limit is 600 s, the caller's to change. */
struct plan_step *plan_run(struct plan *plan, enum plan_run_purpose purpose,
			   const char *const *argv, const char *because);

void plan_add_present(struct plan *plan, const char *what, const struct origin *origin);
/* accepted is false: whoever knows the intent sets it. */
void plan_refuse(struct plan *plan, const char *check_id, const char *subject, const char *format,
		 ...) PRINTF_FORMAT(4, 5);
/* The same sentence twice is one note. */
void plan_note(struct plan *plan, const char *format, ...) PRINTF_FORMAT(2, 3);

#endif
