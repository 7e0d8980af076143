/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One line on standard error for what takes longer than half a second, where that is a terminal; it is
 * erased at the end. Nothing with --quiet.
 */
#ifndef VFIOKIT_PROGRESS_H
#define VFIOKIT_PROGRESS_H

#include "command.h"

#include <signal.h>
#include <time.h>

/* What is shown while a host is looked at. */
#define PROGRESS_READING N_("reading this host…")

struct progress {
	bool wanted, timed;
	volatile sig_atomic_t shown;
	struct timespec started;
	timer_t timer; /* timed */
	const char *words;
	size_t length;
};

/*
 * Begins. words ("reading this host"): shown by itself once half a second has passed, whatever the
 * program is doing then (a timer that sends SIGALRM; system calls are begun again). NULL: only
 * progress_count() shows anything. progress stays where it is until progress_end().
 */
void progress_begin(struct progress *progress, const struct settings *settings, const char *words);

/* Shows "WORDS DONE of ALL", but nothing within the first half second. */
void progress_count(struct progress *progress, const char *words, size_t done, size_t all);

/* Erases the line. To be called once, before anything else is written to the terminal. */
void progress_end(struct progress *progress);
#define _cleanup_progress_ _cleanup_(progress_end)

#endif
