/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A rehearsal: what QEMU asks of the kernel before a VM gets a device, without a VM, on the running
 * machine. Without `open` no device is touched: the IOMMU group is opened, put into a container, given an
 * IOMMU domain, and memory is mapped for it. With `open` the device itself is opened, which resets it.
 *
 * Nothing is left behind: everything that is done hangs on file descriptors and mappings of this process,
 * which the kernel takes back also when the process is killed. No file is written, but for the process's
 * own oom_score_adj: if memory runs out all the same, it is the rehearsal that ends.
 *
 * Sources: include/uapi/linux/vfio.h, include/uapi/linux/iommufd.h, Documentation/driver-api/vfio.rst,
 * drivers/vfio/.
 */
#ifndef VFIOKIT_REHEARSE_H
#define VFIOKIT_REHEARSE_H

#include "preflight/facts/facts.h"

/* -- the kernel ------------------------------------------------------------------------------------ */

/* What decides how much memory this process may pin. */
struct rehearse_limits {
	uint64_t memlock;   /* soft RLIMIT_MEMLOCK, bytes; UINT64_MAX: unlimited */
	bool may_exceed;    /* has CAP_IPC_LOCK: the limit does not count (mm/util.c) */
	uint64_t available; /* MemAvailable, bytes; 0: not known */
	uint64_t total;     /* MemTotal, bytes; 0: not known */
};

/*
 * Every call into the kernel that a rehearsal makes, so that tests can stand in for it. All but close and
 * unmap return -errno on failure.
 */
struct rehearse_calls {
	void *context;
	int (*open)(void *context, const char *path, int flags);
	void (*close)(void *context, int fd);
	/* argument: a pointer, or the number that the request takes. What ioctl(2) returns. */
	int (*ioctl)(void *context, int fd, unsigned long request, void *argument);
	/* Memory of the process (fd -1: anonymous, not reserved), or size bytes at offset of a region,
	 * never touched here. */
	int (*map)(void *context, int fd, uint64_t offset, size_t size, bool writable,
		   void **ret_address);
	void (*unmap)(void *context, void *address, size_t size);
	int (*eventfd)(void *context);
	/* One record of the kernel log; -EAGAIN: no more. */
	ssize_t (*read)(void *context, int fd, void *buffer, size_t size);
	int (*seek_end)(void *context, int fd);
	int (*limits)(void *context, struct rehearse_limits *ret_limits);
	/* The N of vfioN in sys/bus/pci/devices/ADDRESS/vfio-dev; -ENOENT: the kernel has none. */
	int (*cdev_number)(void *context, const char *address);
};

/* The calls of the running kernel; host (borrowed) is where sysfs and meminfo are read. */
struct rehearse_calls rehearse_calls_live(const struct host *host);

/* -- what came of it ------------------------------------------------------------------------------- */

enum rehearse_result { REHEARSE_PASS, REHEARSE_FAIL, REHEARSE_SKIPPED };

/* One question to the kernel, and its answer. Texts are never freed: they belong to the arena. */
struct rehearse_step {
	const char *call;   /* stable name: "group-status", "set-iommu", "map", … */
	int group;          /* -1: none */
	const char *device; /* address; NULL: about the group */
	const char *what;   /* "open /dev/vfio/17" */
	enum rehearse_result result;
	bool unanswered;         /* skipped, and so the whole remains unproven */
	int error;               /* errno, positive; 0: none */
	const char *detail;      /* what was seen: "2 ranges of addresses"; NULL none */
	const char *cause;       /* why it failed or was skipped; NULL where passed */
	const char *remedy;      /* what to do; NULL: nothing, or not known */
	struct strings evidence; /* lines of the kernel log of that moment, as dmesg prints them */
};

struct rehearsal {
	struct rehearse_step *items;
	size_t count, capacity;
};

struct rehearse_options {
	bool open;       /* open the devices, which resets them */
	uint64_t memory; /* bytes to map for the guest besides one page and 2 MiB; 0: none */
};

/* Why the targets cannot be rehearsed at all, in words: none, a tree, a function that no VFIO driver has,
 * one that a VM has. 0, or -errno with words. Nothing has been touched. */
int rehearse_refuse(const struct facts *facts, struct error *error);

/* Why this one cannot, in arena; NULL: it can. */
const char *rehearse_obstacle(struct arena *arena, const struct device *device);

/*
 * Rehearses every group that holds a target, one after the other; functions that are no targets are never
 * opened or reset. Targets with an obstacle become a skipped step. Memory comes from arena.
 */
void rehearse_run(const struct facts *facts, const struct rehearse_calls *calls,
		  const struct rehearse_options *options, struct arena *arena,
		  struct rehearsal *ret_rehearsal);

enum rehearse_verdict { REHEARSE_PASSED, REHEARSE_FAILED, REHEARSE_UNPROVEN };

/* FAILED where a step failed, UNPROVEN where none did but one was left unanswered (or there is none). */
enum rehearse_verdict rehearse_verdict(const struct rehearsal *rehearsal);

/* "pass", "fail", "skipped"; "passed", "failed", "unproven". */
const char *rehearse_result_name(enum rehearse_result result);
const char *rehearse_verdict_name(enum rehearse_verdict verdict);

#endif
