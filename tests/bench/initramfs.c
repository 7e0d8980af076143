/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads an initramfs image as preflight does and says what was found: to be timed beside lsinitramfs. */
#include "preflight/initramfs/read.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct initramfs_image image = {0};
	_cleanup_close_ int fd = argc == 2 ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1;

	if (fd < 0) {
		(void)fprintf(stderr, "usage: initramfs IMAGE\n");
		return 2;
	}
	initramfs_read(arena, fd, 0, 0, &image);
	printf("%zu modules, %zu files kept\n", image.modules.count, image.files.count);
	return image.read == YES ? 0 : 1;
}
