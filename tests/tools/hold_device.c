/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Holds a device open as a VM does (type 1, Documentation/driver-api/vfio.rst), until it is killed: for tests/vm.
 *
 *   hold_device GROUP ADDRESS     prints "open" when it is
 */
#include <fcntl.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int fail(const char *what)
{
	perror(what);
	return 1;
}

int main(int argc, char **argv)
{
	int container, group;
	char path[64];

	if (argc != 3) {
		(void)fputs("hold_device GROUP ADDRESS\n", stderr);
		return 2;
	}
	(void)snprintf(path, sizeof(path), "/dev/vfio/%s", argv[1]);
	container = open("/dev/vfio/vfio", O_RDWR);
	group = open(path, O_RDWR);
	if (container < 0 || group < 0)
		return fail(path);
	if (ioctl(group, VFIO_GROUP_SET_CONTAINER, &container) < 0 ||
	    ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1_IOMMU) < 0)
		return fail("the group's IOMMU");
	if (ioctl(group, VFIO_GROUP_GET_DEVICE_FD, argv[2]) < 0)
		return fail(argv[2]);
	(void)puts("open");
	(void)fflush(stdout);
	for (;;)
		pause();
}
