/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The modprobe.d part of facts/modules.c. */
#ifndef VFIOKIT_FACTS_MODPROBE_H
#define VFIOKIT_FACTS_MODPROBE_H

#include "preflight/facts/facts.h"

/*
 * Fills modules.modprobe with every line that modprobe reads, in its order, and sets
 * modules.modprobe_known: YES where at least one of its directories could be listed (on this
 * machine also where none exists) and every file in them could be read.
 *
 * Source: kmod 30 and 34 libkmod/libkmod.c default_config_paths, libkmod/libkmod-config.c
 * conf_files_list() and conf_files_filter_out().
 */
void facts_collect_modprobe(struct facts *facts, const struct host *host);

#endif
