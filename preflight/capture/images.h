/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Boot images in short, for captures: what readers of images look at, and nothing else. Each is a file
 * that the same readers read with the same result.
 *
 *  - An initramfs becomes one uncompressed newc archive of every member in its order, with data only
 *    of those that initramfs_wants(); files without their data become FIFOs.
 *  - A kernel keeps its version.
 *  - A unified kernel image or an addon keeps its headers and small sections of text; .linux becomes a
 *    kernel in short, .initrd an initramfs in short.
 */
#ifndef VFIOKIT_CAPTURE_IMAGES_H
#define VFIOKIT_CAPTURE_IMAGES_H

#include "preflight/capture/redact_scan.h"

/*
 * Each reads the image at fd and puts the short form into arena. 0, or -errno: -ENODATA where it is
 * nothing of that kind or cannot be read to its end.
 */
int image_shorten(struct arena *arena, int fd, uint64_t offset, uint64_t length,
		  struct bytes *ret_bytes);
int kernel_shorten(struct arena *arena, int fd, uint64_t offset, struct bytes *ret_bytes);
/* with_image: with its .initrd, which takes as long as unpacking it. */
int program_shorten(struct arena *arena, int fd, bool with_image, struct bytes *ret_bytes);

/* What these have made, its texts without what they may tell. */
void redact_image(struct redactor *redactor, struct bytes bytes, struct output *output);

#endif
