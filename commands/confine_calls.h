/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The system call filter of confine.h. */
#ifndef VFIOKIT_CONFINE_CALLS_H
#define VFIOKIT_CONFINE_CALLS_H

/*
 * Refuses (EACCES) every system call that opens a file for writing, makes, renames, removes or changes one, mounts, or
 * loads code into the kernel, for this process and what it starts, for good. openat2() gives EPERM, io_uring ENOSYS.
 * Needs no_new_privs or CAP_SYS_ADMIN. 0, or -errno: -ENOTSUP on an architecture that is not known here.
 */
int confine_system_calls(void);

#endif
