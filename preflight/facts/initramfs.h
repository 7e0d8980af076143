/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of the initramfs facts. */
#ifndef VFIOKIT_FACTS_INITRAMFS_H
#define VFIOKIT_FACTS_INITRAMFS_H

#include "preflight/facts/facts.h"

/*
 * Fills facts->initramfs.images from the boot entries: those of the entry that the next boot starts
 * first, then those of the kernel in question, then the others, each image once. Where there are no
 * entries, images that boot holds by the usual names (guessed). Nothing is read but names and dates.
 */
void facts_list_images(struct facts *facts, const struct host *host);

/*
 * Reads what is inside an image (initramfs/read.h), once. For a unified kernel image that is its
 * .initrd section. Takes as long as unpacking it takes.
 */
void facts_read_image(struct facts *facts, const struct host *host, struct initramfs_image *image);

/* Whether an image belongs to the next boot or to the kernel in question. */
bool facts_image_matters(const struct facts *facts, const struct initramfs_image *image);

/* The kernel unpacks the images of an entry one over the other: puts the files of those without modules
 * (rpm-ostree initramfs-etc and the like) to the image with modules that stands before them. */
void facts_join_images(struct facts *facts);

#endif
