/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every system call with which a transaction changes something: one function for one call, nothing
 * else changes a host. Kept in a file of its own so that one look shows what can be done to a disk, and
 * so that tests can let any of them fail, or be the last thing that happens (ld --wrap).
 *
 * Each returns 0 (or what the call gives: a descriptor, a length, a process) or -errno. Calls that a
 * signal may interrupt are made again. Names have no slash: the folder is held open by the caller.
 */
#ifndef VFIOKIT_CHANGE_H
#define VFIOKIT_CHANGE_H

#include "preflight/base.h"

#include <sys/stat.h>
#include <sys/types.h>

/* openat(): a new file for reading and writing. -EEXIST where anything has the name, a link included. */
int change_create(int folder, const char *name, mode_t mode);

/* pwrite(): may write less than length, as the call may. */
ssize_t change_write(int fd, const void *data, size_t length, off_t offset);

/* ioctl(FICLONE): target becomes a reflink copy of all of source. -EOPNOTSUPP, -EXDEV, -EINVAL where
 * the file systems cannot. */
int change_clone(int target, int source);

int change_truncate(int fd, off_t length);

/* fsync() of a file or a folder. */
int change_sync(int fd);

/* syncfs(): the whole file system that fd lies on. */
int change_sync_all(int fd);

/* renameat() inside one folder; what has the new name goes. */
int change_rename(int folder, const char *from, const char *to);

/* unlinkat(): a file or a link, not what a link points to. */
int change_unlink(int folder, const char *name);

int change_make_folder(int folder, const char *name, mode_t mode);

/* unlinkat(AT_REMOVEDIR): -ENOTEMPTY where something is in it. */
int change_remove_folder(int folder, const char *name);

int change_owner(int fd, uid_t user, gid_t group);
int change_mode(int fd, mode_t mode);

/* futimens(): the times of last access and last modification. */
int change_times(int fd, const struct timespec times[static 2]);

int change_set_attribute(int fd, const char *name, const void *value, size_t length);
int change_remove_attribute(int fd, const char *name);

/* fork(): a process in which a program is about to be run. 0 in the child. */
pid_t change_start_process(void);

#endif
