/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which of two versions is newer: the order of the UAPI Group's version format (UAPI.10), which
 * systemd-boot sorts boot entries by, and which agrees with rpm's for kernel releases.
 */
#ifndef VFIOKIT_VERSION_ORDER_H
#define VFIOKIT_VERSION_ORDER_H

#include "preflight/base.h"

/*
 * Below 0 where a is older, above 0 where it is newer, else 0. NULL counts as the empty text, which
 * is older than anything but a pre-release.
 *
 *  - Digits compare as numbers and letters as text; a part of digits is newer than one of letters.
 *  - "6.8~rc1" is older than "6.8"; else the longer of two that begin alike is newer.
 *  - Where they part, '-' is older than '^', '^' than '.', and '.' than a digit or a letter.
 *  - Any other character only separates parts ("6.1_7" is "6.1" and "7").
 */
int version_compare(const char *a, const char *b);

#endif
