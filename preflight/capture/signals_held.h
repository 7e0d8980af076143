/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Holds back the signals by which people and shells end a program, for the short time in which
 * something temporary exists; they act when they are let through again.
 */
#ifndef VFIOKIT_SIGNALS_HELD_H
#define VFIOKIT_SIGNALS_HELD_H

#include "preflight/base.h"

#include <signal.h>

/* Holds SIGINT, SIGTERM, SIGHUP and SIGQUIT back; *ret_before is for signals_release(). */
static inline void signals_hold(sigset_t *ret_before)
{
	sigset_t held;

	(void)sigemptyset(&held);
	(void)sigaddset(&held, SIGINT);
	(void)sigaddset(&held, SIGTERM);
	(void)sigaddset(&held, SIGHUP);
	(void)sigaddset(&held, SIGQUIT);
	(void)sigprocmask(SIG_BLOCK, &held, ret_before);
}

static inline void signals_release(const sigset_t *before)
{
	(void)sigprocmask(SIG_SETMASK, before, NULL);
}

#endif
