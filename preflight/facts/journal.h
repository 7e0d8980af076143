/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel log of the running machine: the kernel's own ring buffer, and the journal's copy of
 * this boot for when the buffer has wrapped. Only for live hosts; a tree has its dmesg.txt.
 *
 * Everything here returns text as `dmesg` prints it, ready for log_parse(), in the arena; 0 or
 * -errno, ret_text untouched on failure.
 */
#ifndef VFIOKIT_JOURNAL_H
#define VFIOKIT_JOURNAL_H

#include "preflight/host/host.h"

/* The ring buffer through syslog(2), in one call. Holds what `dmesg --clear` has left. -EPERM where
 * kernel.dmesg_restrict keeps it from this user. */
int ring_buffer_read(struct arena *arena, struct bytes *ret_text);

/* The ring buffer through /dev/kmsg, which clearing does not touch; one read per record. */
int kmsg_read(struct arena *arena, struct bytes *ret_text);

/*
 * One record of /dev/kmsg ("6,1234,567890,-;text" and lines of properties that begin with a blank;
 * Documentation/ABI/testing/dev-kmsg) as lines "[    0.567890] text". Escaped bytes (\x0a) are
 * undone. What is no record is left out. Pure.
 */
void kmsg_print_record(FILE *stream, const char *record, size_t length);

/*
 * What `journalctl -k -b -o short-monotonic` prints, executed directly (no shell) with an empty
 * environment, at most 3 seconds and 64 MiB; else -ETIME, -EFBIG. -ENOENT where there is no
 * journalctl, -EIO where it fails.
 */
int journal_read(struct arena *arena, struct bytes *ret_text);

/* The same for any program and limits, for tests: argv[0] is an absolute path. */
int program_read(struct arena *arena, const char *const argv[], int milliseconds, size_t limit,
		 struct bytes *ret_text);

#endif
