/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The few lines of procfs files that tell what a process may do and how much memory there is
 * (fs/proc/base.c proc_pid_limits(), fs/proc/array.c task_cap(), fs/proc/meminfo.c), and the one
 * line in which the NVIDIA driver names a GPU's device node.
 * All functions take bytes and a length, return 0 or -ENODATA (the line is not there) or -EINVAL
 * (it does not hold what it should), and leave ret_* untouched on failure.
 */
#ifndef VFIOKIT_PARSE_PROCESS_H
#define VFIOKIT_PARSE_PROCESS_H

#include "preflight/arena.h"

enum { CAPABILITY_SYS_RESOURCE = 24 }; /* include/uapi/linux/capability.h */

/* "Max locked memory  8388608  unlimited  bytes" of /proc/PID/limits. */
struct memlock {
	uint64_t soft, hard;   /* bytes, UINT64_MAX unlimited */
	unsigned line;         /* 1… */
	size_t offset, length; /* where in the text that line stands, without trailing blanks */
};
int limits_parse_memlock(const char *text, size_t length, struct memlock *ret_memlock);

/* CapEff and CapBnd of /proc/PID/status, one bit for each capability. */
struct capabilities {
	uint64_t effective, bounding;
};
int status_parse_capabilities(const char *text, size_t length,
			      struct capabilities *ret_capabilities);

/* "MemTotal:  16318572 kB" of /proc/meminfo, in bytes. */
int meminfo_parse_total(const char *text, size_t length, uint64_t *ret_bytes);

/* "Device Minor: 	 0" of /proc/driver/nvidia/gpus/ADDRESS/information: the N of /dev/nvidiaN.
 */
int nvidia_parse_minor(const char *text, size_t length, unsigned *ret_minor);

#endif
