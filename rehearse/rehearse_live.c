/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rehearse.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>

static int live_open(void *context, const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC | O_NOCTTY);

	(void)context;
	return fd < 0 ? -errno : fd;
}

static void live_close(void *context, int fd)
{
	(void)context;
	(void)close(fd);
}

static int live_ioctl(void *context, int fd, unsigned long request, void *argument)
{
	int r;

	(void)context;
	do {
		r = ioctl(fd, request, argument);
	} while (r < 0 && errno == EINTR);
	return r < 0 ? -errno : r;
}

static int live_map(void *context, int fd, uint64_t offset, size_t size, bool writable,
		    void **ret_address)
{
	int flags = fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE : MAP_SHARED;
	void *address =
		mmap(NULL, size, PROT_READ | (writable ? PROT_WRITE : 0), flags, fd, (off_t)offset);

	(void)context;
	if (address == MAP_FAILED)
		return -errno;
	*ret_address = address;
	return 0;
}

static void live_unmap(void *context, void *address, size_t size)
{
	(void)context;
	(void)munmap(address, size);
}

static int live_eventfd(void *context)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	(void)context;
	return fd < 0 ? -errno : fd;
}

static ssize_t live_read(void *context, int fd, void *buffer, size_t size)
{
	ssize_t length = read(fd, buffer, size);

	(void)context;
	return length < 0 ? -errno : length;
}

static int live_seek_end(void *context, int fd)
{
	(void)context;
	return lseek(fd, 0, SEEK_END) < 0 ? -errno : 0;
}

/* -- memory --------------------------------------------------------------------------------------------- */

static bool may_lock(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {0};

	if (syscall(SYS_capget, &header, data) < 0)
		return false;
	return (data[0].effective & (1U << CAP_IPC_LOCK)) != 0;
}

/* "MemAvailable:   16316484 kB" as bytes; 0 where there is no such line. */
static uint64_t meminfo_value(const char *text, const char *name)
{
	const char *line = strstr(text, name);

	return line ? strtoull(line + strlen(name), NULL, 10) * 1024 : 0;
}

static int live_limits(void *context, struct rehearse_limits *ret_limits)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct rehearse_limits limits = {.memlock = UINT64_MAX, .may_exceed = may_lock()};
	struct rlimit memlock;
	struct bytes text;

	if (getrlimit(RLIMIT_MEMLOCK, &memlock) < 0)
		return -errno;
	if (memlock.rlim_cur != RLIM_INFINITY)
		limits.memlock = memlock.rlim_cur;
	if (host_read(context, arena, "proc/meminfo", 0, &text) == 0) {
		limits.available = meminfo_value(text.data, "MemAvailable:");
		limits.total = meminfo_value(text.data, "MemTotal:");
	}
	*ret_limits = limits;
	return 0;
}

static int live_cdev_number(void *context, const char *address)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct strings names = {0};
	int r = host_list(context, arena,
			  arena_printf(arena, "sys/bus/pci/devices/%s/vfio-dev", address), &names);

	if (r < 0)
		return r;
	for_each (name, &names) {
		const char *digits = *name + strlen("vfio");
		char *end;
		unsigned long number;

		if (!starts_with(*name, "vfio") || *digits < '0' || *digits > '9')
			continue;
		number = strtoul(digits, &end, 10);
		/* vfio-dev is there since 6.0; only kernels with nodes of devices give it a "dev". */
		if (!*end && number <= INT32_MAX &&
		    host_exists(context,
				arena_printf(arena, "sys/bus/pci/devices/%s/vfio-dev/%s/dev",
					     address, *name)) == 0)
			return (int)number;
	}
	return -ENOENT;
}

/* If memory runs out all the same, this process is the one to end. */
static void be_first_to_go(void)
{
	_cleanup_close_ int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd >= 0 && write(fd, "1000", 4) < 0)
		return;
}

struct rehearse_calls rehearse_calls_live(const struct host *host)
{
	be_first_to_go();
	return (struct rehearse_calls){
		.context = (void *)(uintptr_t)host,
		.open = live_open,
		.close = live_close,
		.ioctl = live_ioctl,
		.map = live_map,
		.unmap = live_unmap,
		.eventfd = live_eventfd,
		.read = live_read,
		.seek_end = live_seek_end,
		.limits = live_limits,
		.cdev_number = live_cdev_number,
	};
}
