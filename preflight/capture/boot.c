/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/capture/collect.h"
#include "preflight/capture/images.h"
#include "preflight/facts/initramfs.h"

#include <errno.h>

int capture_read_program(const struct capture *capture, const char *path, struct bytes *ret_bytes)
{
	_cleanup_close_ int fd = -1;
	int r = host_open_file(capture->host, path, &fd);

	return r < 0 ? r
		     : program_shorten(capture->arena, fd, capture_has_time(capture), ret_bytes);
}

static void take_image(struct capture *capture, const struct initramfs_image *image)
{
	_cleanup_close_ int fd = -1;
	struct bytes bytes;
	int r = host_open_file(capture->host, image->path, &fd);

	if (r == 0)
		r = program_shorten(capture->arena, fd, true, &bytes);
	/* The name does not tell: NixOS calls plain images "….efi". */
	if (r == -ENODATA)
		r = image_shorten(capture->arena, fd, 0, 0, &bytes);
	/* What cannot be read is left to the rows, which note it. */
	if (r == 0)
		(void)capture_take_content(capture, image->path, bytes, REDACT_IMAGE);
}

static void take_kernel(struct capture *capture, const char *path)
{
	_cleanup_close_ int fd = -1;
	struct bytes bytes;

	if (host_open_file(capture->host, path, &fd) == 0 &&
	    kernel_shorten(capture->arena, fd, 0, &bytes) == 0)
		(void)capture_take_content(capture, path, bytes, REDACT_NOTHING);
}

/* The images of the next boot in any case, the others while there is time. */
void capture_take_images(struct capture *capture)
{
	const struct facts *facts = capture->facts;

	for_each (image, &facts->initramfs.images)
		if (image->present == YES && facts_image_matters(facts, image))
			take_image(capture, image);
	for_each (entry, &facts->boot.entries)
		if (entry->kernel_path)
			take_kernel(capture, entry->kernel_path);
	for_each (image, &facts->initramfs.images)
		if (image->present == YES && !facts_image_matters(facts, image) &&
		    capture_has_time(capture))
			take_image(capture, image);
}
