/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which driver has a function, which it is to have, and whether that is changing just now: a bind or an unbind that
 * hangs leaves a link that says nothing. For facts/pci.c.
 */
#ifndef VFIOKIT_FUNCTION_DRIVER_H
#define VFIOKIT_FUNCTION_DRIVER_H

#include "preflight/facts/function_files.h"

/* Sets has_driver, driver, vfio_driver and driver_override of files->device; config and class must be known. What could
 * not be read, or changes, is UNKNOWN and noted (-ETIMEDOUT: it changes, and that did not end in time). */
void function_driver_read(struct function_files *files);

/* Sets driver_override of files->device alone, which function_driver_read() leaves unknown for bridges where facts are
 * collected to judge. false: it did not answer in time, which is noted. */
bool function_driver_read_override(struct function_files *files);

#endif
