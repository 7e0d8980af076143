/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a command that only reads gives up before it looks at anything, so that a mistake of a parser cannot
 * change the machine:
 *
 *  - no_new_privs: no program started from here gains privileges (prctl(2), PR_SET_NO_NEW_PRIVS)
 *  - a tree, a capture, pasted text, a saved report: Landlock (Linux 5.13, landlock(7)). Nothing in any
 *    file system can be created, written, renamed or removed, but for the folder of the file that the
 *    command was asked to write and the temporary folder of a capture
 *  - this machine: Landlock would hide other processes' open files (it counts as ptrace), which show who
 *    uses a device. There a system call filter (seccomp(2)) refuses what opens for writing or changes
 *    the file system. A filter cannot tell paths apart: where a file is to be written, Landlock comes
 *    once the host has been read
 *
 * What is open stays open: standard output. All of it gives EACCES, EPERM for openat2() (whose flags a
 * filter does not see; host/host.c then takes openat()). Where the kernel has none of it, the command
 * works as it does without: nothing here fails.
 */
#ifndef VFIOKIT_CONFINE_H
#define VFIOKIT_CONFINE_H

#include "command.h"

/* For the whole process, and what it starts, for good. Only where the settings' command asks for it. */
void confine_begin(const struct settings *settings);

/* Nothing is written from now on but what the settings name, and below scratch (NULL: nothing). */
void confine_files(const struct settings *settings, const char *scratch);

/* The same while this machine is read. With a file to write it does nothing; see confine_files(). */
void confine_live(const struct settings *settings);

#endif
