/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What people run so that an edited file reaches the configuration that boots. */
#ifndef VFIOKIT_BOOT_COMMANDS_H
#define VFIOKIT_BOOT_COMMANDS_H

#include "preflight/checks/check.h"

/* The command that brings these words of a source into the configuration of this host's loader. */
const char *boot_regenerate_command(struct finding *finding, const struct parameters *words);

/* The command that writes grub.cfg where this host's GRUB reads it. */
const char *boot_grub_command(struct finding *finding);

/* The command that builds the image of the next boot. */
const char *boot_image_command(struct finding *finding);

/* The word that names vfio-pci in the generator's configuration, where the image that boots next was
 * read and lacks it all the same: it was not built since. early: only a word that has it loaded before
 * other drivers. NULL where that is not so. */
const struct generator_word *boot_left_out_word(const struct facts *facts, bool early);

#endif
