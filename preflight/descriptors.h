/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIOKIT_DESCRIPTORS_H
#define VFIOKIT_DESCRIPTORS_H

/*
 * Closes every descriptor of this process but two (which may be the same one): for a child that may stay behind in
 * the kernel for ever. Whoever waits for the end of a pipe or for a lock would wait for it.
 */
void descriptors_close_but(int first, int second);

#endif
