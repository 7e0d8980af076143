/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A rehearsal under way: what its files share. */
#ifndef VFIOKIT_REHEARSE_WORK_H
#define VFIOKIT_REHEARSE_WORK_H

#include "rehearse.h"

/* What is asked of the kernel: the rows of the table of words. */
enum rehearse_call {
	CALL_OPEN_CONTAINER,
	CALL_API_VERSION,
	CALL_EXTENSION,
	CALL_OPEN_GROUP,
	CALL_GROUP_STATUS,
	CALL_SET_CONTAINER,
	CALL_SET_IOMMU,
	CALL_IOMMU_INFO,
	CALL_MEMORY, /* of this process, before it is mapped for the device */
	CALL_MAP,
	CALL_UNMAP,
	CALL_GET_DEVICE,
	CALL_DEVICE_INFO,
	CALL_REGION,
	CALL_INTERRUPT,
	CALL_RESET,
	CALL_HOT_RESET_INFO,
	CALL_HOT_RESET,
	CALL_OPEN_IOMMUFD,
	CALL_OPEN_CDEV,
	CALL_BIND_IOMMUFD,
	CALL_IOAS,
	CALL_ATTACH,
	CALL_COUNT,
};

struct rehearse_work {
	const struct facts *facts;
	const struct rehearse_calls *calls;
	const struct rehearse_options *options;
	struct arena *arena;
	struct rehearsal *rehearsal;
	const struct group *group; /* that is being rehearsed */
	int log;                   /* /dev/kmsg; -1: not readable */
	struct rehearse_limits limits;
};

/* -- steps (rehearse.c) ---------------------------------------------------------------------------- */

/*
 * Adds a step: passed where r (0 or more, or -errno) is no error, else failed with the table's words.
 * Lines of the kernel log since the step before become its evidence. Returns it, good until the next
 * one.
 */
struct rehearse_step *rehearse_step(struct rehearse_work *work, enum rehearse_call call,
				    const struct device *device, int r, const char *what, ...)
	PRINTF_FORMAT(5, 6);

/* Adds a step that failed although the kernel reported no error (errno 0 of the table). */
struct rehearse_step *rehearse_step_failed(struct rehearse_work *work, enum rehearse_call call,
					   const struct device *device, const char *what);

/* Adds one that was not tried. cause and remedy are borrowed; remedy may be NULL. */
struct rehearse_step *rehearse_step_skipped(struct rehearse_work *work, enum rehearse_call call,
					    const struct device *device, bool unanswered,
					    const char *what, const char *cause,
					    const char *remedy);

static inline int rehearse_ioctl(const struct rehearse_work *work, int fd, unsigned long request,
				 void *argument)
{
	return work->calls->ioctl(work->calls->context, fd, request, argument);
}

/* Requests that take a number instead of a pointer. */
static inline int rehearse_ioctl_number(const struct rehearse_work *work, int fd,
					unsigned long request, uintptr_t number)
{
	return work->calls->ioctl(work->calls->context, fd, request, (void *)number);
}

/* A descriptor of the calls, closed when it leaves its block. */
struct rehearse_fd {
	const struct rehearse_calls *calls;
	int fd; /* or -errno */
};

static inline void cleanup_rehearse_fd(const struct rehearse_fd *descriptor)
{
	if (descriptor->fd >= 0)
		descriptor->calls->close(descriptor->calls->context, descriptor->fd);
}
#define _cleanup_rehearse_fd_ _cleanup_(cleanup_rehearse_fd)

static inline struct rehearse_fd rehearse_open(const struct rehearse_work *work, const char *path)
{
	/* O_RDWR: VFIO's nodes take nothing less for their ioctls. */
	return (struct rehearse_fd){work->calls, work->calls->open(work->calls->context, path, 2)};
}

/* -- words (rehearse_words.c) ---------------------------------------------------------------------- */

/* What else must be so for a row to hold. */
enum rehearse_when {
	WHEN_ANY,
	WHEN_LOG_REMAPPING,  /* the log's line of that moment speaks of interrupt remapping */
	WHEN_LOG_DIRECT,     /* … of a 1:1 mapping that firmware asks for (RMRR, IVMD) */
	WHEN_LOG_MEMLOCK,    /* … of RLIMIT_MEMLOCK */
	WHEN_LOG_TOKEN,      /* … of a VF token */
	WHEN_REMAPPING_OFF,  /* the facts say so */
	WHEN_REGION_DIRECT,  /* the group has a reserved region of type direct */
	WHEN_MEMLOCK_COUNTS, /* the process is bound by RLIMIT_MEMLOCK */
	WHEN_NOT_VIABLE,     /* a function of the group is with a host driver */
	WHEN_TOKEN,          /* a VF whose PF a VFIO driver has, or a PF with VFs */
	WHEN_FRAMEBUFFER,    /* a boot framebuffer lies in one of the function's BARs */
	WHEN_POWER_OFF,      /* the function is in D3cold, or its state cannot be read */
};

struct rehearse_words {
	enum rehearse_call call;
	int error; /* errno; 0: the kernel reported none; -1: any */
	enum rehearse_when when;
	const char *cause, *remedy; /* with {placeholders}; remedy NULL: none known */
};

/* The first row that fits decides; the last one of a call fits every errno. */
extern const struct rehearse_words rehearse_words_table[];
extern const size_t rehearse_words_count;

/* Fills cause and remedy of a failed step: its error, its evidence and the facts choose the row. */
void rehearse_words_fill(const struct rehearse_work *work, enum rehearse_call call,
			 const struct device *device, struct rehearse_step *step);

const char *rehearse_call_name(enum rehearse_call call);

/* "0000:46:00.0 (nvme), …": the group's functions that keep it from being viable; "" for none. */
const char *rehearse_unviable(const struct rehearse_work *work, struct arena *arena);

/* -- the kernel log (rehearse_log.c) --------------------------------------------------------------- */

/* Opens the log at its end. */
void rehearse_log_begin(struct rehearse_work *work);
void rehearse_log_end(struct rehearse_work *work);

/* Adds what the kernel itself has logged since the last call about VFIO, IOMMUs or a function of the
 * group. */
void rehearse_log_read(const struct rehearse_work *work, struct strings *lines);

/* -- memory (rehearse_memory.c) -------------------------------------------------------------------- */

struct rehearse_range {
	uint64_t start, last; /* inclusive, I/O addresses */
};

struct rehearse_ranges {
	struct rehearse_range *items;
	size_t count, capacity;
};

/* How memory is mapped for a device: a container's or an iommufd's requests. */
struct rehearse_mapper {
	int fd;
	uint32_t space; /* iommufd: the address space's id */
	struct rehearse_ranges ranges;
	int (*map)(const struct rehearse_work *work, const struct rehearse_mapper *mapper,
		   void *memory, uint64_t address, uint64_t size);
	int (*unmap)(const struct rehearse_work *work, const struct rehearse_mapper *mapper,
		     uint64_t address, uint64_t size);
};

/* Maps and unmaps one page, 2 MiB, and `memory` bytes where that is not 0, a step each. */
void rehearse_memory(struct rehearse_work *work, const struct rehearse_mapper *mapper,
		     const struct device *device, uint64_t memory);

/* "16 GiB", "64 KiB", "1.5 GiB" */
const char *rehearse_size(struct arena *arena, uint64_t size);

/* -- the parts ------------------------------------------------------------------------------------- */

/* The group's way: container, group, IOMMU, memory, and with `open` its targets (rehearse_group.c).
 * false: the kernel has no such way, and nothing was said about it. */
bool rehearse_group(struct rehearse_work *work);

/* Whether a device of the group is a target that may be rehearsed. */
bool rehearse_is_ours(const struct rehearse_work *work, const struct device *device);

/* Whether it may be opened, which resets it; says it as a step where not. */
bool rehearse_may_open(struct rehearse_work *work, enum rehearse_call call,
		       const struct device *device);

/* Opens and tries one target of the group (rehearse_device.c). */
void rehearse_device(struct rehearse_work *work, int group, const struct device *device);

/* Resets it (rehearse_reset.c). flags: of VFIO_DEVICE_GET_INFO; group: its open group. */
void rehearse_reset(struct rehearse_work *work, int group, int fd, uint32_t flags,
		    const struct device *device);

/* The way of iommufd for the group's targets. only: there is no other. (rehearse_iommufd.c) */
void rehearse_iommufd(struct rehearse_work *work, bool only);

#endif
