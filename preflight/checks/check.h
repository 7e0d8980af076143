/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checks: one row per id of the contract. A row holds the id, what the check means, every sentence
 * that it can say, and a function that looks at facts and chooses among those sentences. The
 * function reads no file and writes no words; it picks a variant, names the values that fill its
 * {placeholders}, and points at the facts' origins as evidence.
 *
 * A new check is one new row in the const table of its topic (checks/).
 */
#ifndef VFIOKIT_CHECK_H
#define VFIOKIT_CHECK_H

#include "preflight/by_hand/by_hand.h"
#include "preflight/facts/facts.h"

enum severity { SEVERITY_INFO, SEVERITY_WARNING, SEVERITY_BLOCKER, SEVERITY_DANGER };
enum scope { SCOPE_HOST, SCOPE_DEVICE };
enum result { RESULT_NA, RESULT_PASS, RESULT_UNKNOWN, RESULT_FAIL };
enum owner { OWNER_VFIOKIT, OWNER_FIRMWARE, OWNER_USER, OWNER_VENDOR };

/* One thing to do. Texts may hold {placeholders}. */
struct remedy {
	enum owner owner;
	const char *text;    /* NULL ends a list */
	const char *command; /* NULL: nothing to type */
};

/* What a failed check says in one of its variants. Texts may hold {placeholders}. */
struct wording {
	const char *title; /* what is wrong, one line */
	const char *cause; /* why it is so, and what follows from it */
	struct remedy remedies[4];
};

struct finding;

/* The area is what stands before the dot of an id. */
struct check {
	const char *id;
	enum severity severity;
	enum scope scope;
	enum by_hand by_hand; /* how people put it right: a topic of by_hand/by_hand.h */
	const char *title; /* the problem in general, for lists and for results other than fail */
	const char *why;   /* what it means and why it matters */
	const char *references[4];
	/* Sets the finding's result; leaving it untouched means "na". device is NULL for host
	 * checks. */
	void (*evaluate)(const struct facts *facts, const struct device *device,
			 struct finding *finding);
	struct wording
		variants[16];    /* chosen by finding_fail(); the enum stands beside the function */
	bool cured_by_configure; /* configure can cure it: no reason not to offer the device */
	bool for_missing;        /* a device check that also looks at names that match nothing */
	bool under_xen;          /* means something under Xen although its area is VFIO's */
};

struct evidence {
	const char *source; /* "/proc/cmdline", "dmesg" */
	unsigned line;      /* 0: none */
	const char *text;
};

struct evidences {
	struct evidence *items;
	size_t count, capacity;
};

struct argument {
	const char *name, *value;
};

struct arguments {
	struct argument *items;
	size_t count, capacity;
};

struct waiver;

/* What a line of the manifest (expect/expect.h) says, and what the host has instead. */
struct difference {
	const char *key; /* "driver"; NULL: no difference to a manifest */
	const char *expected, *found;
};

/* The result of one check on one subject. Texts are expanded when the engine is done with it. */
struct finding {
	struct arena *arena;
	const struct check *check;
	const struct facts *facts;
	const struct device *device; /* NULL: the host, or a device that is not there */
	const char *subject;         /* its address, or the name asked for; NULL: the host */
	enum result result;
	enum severity severity;        /* the row's, unless the evaluation changed it */
	const struct wording *wording; /* the variant that applies; NULL unless result is fail */
	struct arguments arguments;
	struct evidences evidence;
	struct evidences unread; /* what could not be read; becomes the evidence of an unknown */
	const char *title,
		*cause; /* expanded; title is always set, cause only where there is one */
	struct remedy remedies[4]; /* expanded; text NULL ends the list */
	bool cured_by_reboot;
	struct difference difference;
	/* The manifest's waiver of a failure; it then does not count for the verdict. NULL none. */
	const struct waiver *waiver;
	const struct waiver *expired_waiver; /* one whose day has passed */
};

struct findings {
	struct arena *arena;
	const struct facts *facts;
	struct finding *items;
	size_t count, capacity;
};

enum verdict { VERDICT_READY, VERDICT_REBOOT, VERDICT_UNKNOWN, VERDICT_NOT_READY };

/* -- for evaluations --------------------------------------------------------------------------- */

void finding_pass(struct finding *finding);
/* The check does not apply here. */
void finding_na(struct finding *finding);
/*
 * The check could not be evaluated because path (host path, leading slash optional) could not be
 * read; the reason is looked up in facts->unread. Adds it as evidence. A later fail or pass of the
 * same evaluation replaces the result and drops this evidence.
 */
void finding_unknown(struct finding *finding, const char *path);
/* The host has the problem, said with the row's variants[variant]. */
void finding_fail(struct finding *finding, unsigned variant);
/* Overrides the row's severity for this finding. */
void finding_severity(struct finding *finding, enum severity severity);

/* Gives {name} its value. {device} (the subject's address) and {kernel} are always there. */
void finding_set(struct finding *finding, const char *name, const char *format, ...)
	PRINTF_FORMAT(3, 4);

/* Quotes the place a fact came from. Nothing happens where origin->source is NULL. */
void finding_evidence(struct finding *finding, const struct origin *origin);
void finding_evidence_event(struct finding *finding, const struct kernel_log *log,
			    const struct log_event *event);
/* The log's first event of a kind, where there is one. */
void finding_evidence_kind(struct finding *finding, enum log_kind kind);
/* Quotes a place that has no origin struct: a link, a directory, a value. */
void finding_evidence_at(struct finding *finding, const char *source, unsigned line,
			 const char *format, ...) PRINTF_FORMAT(4, 5);
/* The usual one: a sysfs file of a device, source "/sys/bus/pci/devices/ADDRESS/NAME". */
void finding_evidence_device(struct finding *finding, const struct device *device, const char *name,
			     const char *format, ...) PRINTF_FORMAT(4, 5);

/* -- for the engine and expect/expect.h ----------------------------------------------------------------- */

/* Adds a finding with result "na". device may be NULL; subject is its address or the name asked for,
 * NULL: the host. The pointer is good until the next one is added. */
struct finding *finding_begin(struct findings *findings, const struct check *check,
			      const struct device *device, const char *subject);
/* Expands its texts. */
void finding_finish(struct finding *finding);

/* -- for everybody else --------------------------------------------------------------------------
 */

/* All rows of all topics in the order in which findings are reported. */
size_t check_count(void);
const struct check *check_at(size_t index);
/* The row with this id, or NULL. */
const struct check *check_find(const char *id);

/*
 * Runs every check: host checks once, device checks once per target, in table order. The findings'
 * memory belongs to facts->arena.
 */
void checks_run(const struct facts *facts, struct findings *ret_findings);

/*
 * Runs the device checks on one device as if it were asked for alone, into findings. Their memory
 * belongs to arena, so that a caller who looks at every device of a host can take it back.
 */
void checks_run_device(const struct facts *facts, const struct device *device, struct arena *arena,
		       struct findings *ret_findings);

/*
 * The verdict over all findings. See CONTRACT section 2: fail of danger or blocker → not-ready, but
 * for boot.pending and the blockers that it cures; else unknown where a blocker or danger check is
 * unknown, and under Xen, whose passthrough nothing here can prove; else reboot where boot.pending
 * fails; else ready.
 */
enum verdict findings_verdict(const struct findings *findings);

/* The same for one device: over the host's findings in `findings` and the device's own in
 * `device_findings` (which may be the same). */
enum verdict findings_device_verdict(const struct findings *findings,
				     const struct findings *device_findings,
				     const struct device *device);

/* Whether nothing but what configure cures stands against handing the device over: no danger and no
 * lasting blocker among its own findings. */
bool findings_allow_handover(const struct findings *device_findings, const struct device *device);

const char *severity_name(enum severity severity);
const char *result_name(enum result result);
const char *owner_name(enum owner owner);
const char *verdict_name(enum verdict verdict);

/* The topics' tables, one per checks/, in the order of the report. */
struct check_table {
	const struct check *rows;
	size_t count;
};
extern const struct check_table checks_iommu, checks_iommu_unused, checks_remapping,
	checks_translation, checks_parameters, checks_group, checks_driver, checks_handover,
	checks_vfio_ids, checks_persistence, checks_modprobe, checks_boot_written, checks_boot,
	checks_boot_words, checks_initramfs, checks_usage, checks_device, checks_device_memory,
	checks_companions, checks_sriov, checks_device_kinds, checks_reset, checks_hardware,
	checks_vfio, checks_limits, checks_host, checks_transactions, checks_platform,
	checks_expect, checks_expect_device;

#endif
