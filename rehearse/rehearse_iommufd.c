/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rehearse_iommufd.h"
#include "rehearse_work.h"

#include <errno.h>

enum { RANGES_MOST = 1024 };

/* -- the address space ---------------------------------------------------------------------------------- */

static int space_map(const struct rehearse_work *work, const struct rehearse_mapper *mapper,
		     void *memory, uint64_t address, uint64_t size)
{
	struct ioas_map map = {
		.size = sizeof(map),
		.flags = IOAS_MAP_FIXED | IOAS_MAP_WRITEABLE | IOAS_MAP_READABLE,
		.id = mapper->space,
		.memory = (uintptr_t)memory,
		.length = size,
		.address = address,
	};

	return rehearse_ioctl(work, mapper->fd, REHEARSE_IOAS_MAP, &map);
}

static int space_unmap(const struct rehearse_work *work, const struct rehearse_mapper *mapper,
		       uint64_t address, uint64_t size)
{
	struct ioas_unmap unmap = {
		.size = sizeof(unmap), .id = mapper->space, .address = address, .length = size};
	int r = rehearse_ioctl(work, mapper->fd, REHEARSE_IOAS_UNMAP, &unmap);

	return r < 0 ? r : unmap.length == size ? 0 : -EIO;
}

/* Only known once a device is attached. */
static int space_ranges(struct rehearse_work *work, struct rehearse_mapper *mapper,
			const struct device *device)
{
	struct rehearse_range *ranges = arena_array(work->arena, RANGES_MOST, sizeof(*ranges));
	struct ioas_ranges request = {.size = sizeof(request),
				      .id = mapper->space,
				      .count = RANGES_MOST,
				      .ranges = (uintptr_t)ranges};
	int r = rehearse_ioctl(work, mapper->fd, REHEARSE_IOAS_RANGES, &request);

	(void)rehearse_step(work, CALL_IOMMU_INFO, device, r,
			    _("ask which addresses the IOMMU translates"));
	if (r >= 0 && request.count <= RANGES_MOST)
		mapper->ranges = (struct rehearse_ranges){
			.items = ranges, .count = request.count, .capacity = RANGES_MOST};
	return r;
}

/* -- a device ------------------------------------------------------------------------------------------- */

static void in_space(struct rehearse_work *work, struct rehearse_mapper *mapper, int cdev,
		     bool only, const struct device *device)
{
	struct cdev_attach attach = {.argsz = sizeof(attach), .id = mapper->space};
	struct cdev_detach detach = {.argsz = sizeof(detach)};
	int r = rehearse_ioctl(work, cdev, REHEARSE_ATTACH_IOMMUFD, &attach);

	(void)rehearse_step(work, CALL_ATTACH, device, r, _("attach it to an address space"));
	if (r < 0)
		return;
	if (space_ranges(work, mapper, device) >= 0)
		rehearse_memory(work, mapper, device, only ? work->options->memory : 0);
	(void)rehearse_ioctl(work, cdev, REHEARSE_DETACH_IOMMUFD, &detach);
}

static void try_device(struct rehearse_work *work, int iommufd, bool only,
		       const struct device *device)
{
	int number = work->calls->cdev_number(work->calls->context, device->address);
	const char *node = arena_printf(work->arena, "/dev/vfio/devices/vfio%d", number);
	struct rehearse_mapper mapper = {.fd = iommufd, .map = space_map, .unmap = space_unmap};
	struct cdev_bind bind = {.argsz = sizeof(bind), .iommufd = iommufd};
	struct ioas_alloc alloc = {.size = sizeof(alloc)};
	struct rehearse_fd cdev = {work->calls, -1};
	int r;

	cdev = rehearse_open(work, node);
	(void)rehearse_step(work, CALL_OPEN_CDEV, device, cdev.fd, _("open %s"), node);
	if (cdev.fd < 0)
		return;
	r = rehearse_ioctl(work, cdev.fd, REHEARSE_BIND_IOMMUFD, &bind);
	(void)rehearse_step(work, CALL_BIND_IOMMUFD, device, r,
			    _("bind it to iommufd, which resets it"));
	if (r >= 0) {
		r = rehearse_ioctl(work, iommufd, REHEARSE_IOAS_ALLOC, &alloc);
		(void)rehearse_step(work, CALL_IOAS, device, r, _("an address space"));
		mapper.space = alloc.out_id;
		if (r >= 0)
			in_space(work, &mapper, cdev.fd, only, device);
	}
	cleanup_rehearse_fd(&cdev);
}

/* -- the group's targets -------------------------------------------------------------------------------- */

static bool has_cdev(const struct rehearse_work *work, const struct device *device)
{
	return work->calls->cdev_number(work->calls->context, device->address) >= 0;
}

void rehearse_iommufd(struct rehearse_work *work, bool only)
{
	_cleanup_rehearse_fd_ struct rehearse_fd iommufd = {work->calls, -1};

	if (streq(work->group->name, "vfio-noiommu"))
		return;
	iommufd = rehearse_open(work, "/dev/iommu");
	/* Most kernels lack it, and VMs do without. */
	if (!only && (iommufd.fd == -ENOENT || iommufd.fd == -ENODEV))
		return;
	for_each (member, &work->group->devices) {
		if (!rehearse_is_ours(work, *member) || !has_cdev(work, *member))
			continue;
		if (iommufd.fd < 0)
			(void)rehearse_step(work, CALL_OPEN_IOMMUFD, *member, iommufd.fd,
					    _("open /dev/iommu"));
		else if (!work->options->open)
			(void)rehearse_step_skipped(work, CALL_BIND_IOMMUFD, *member, only,
						    _("the way of iommufd"),
						    _("Not tried: binding a device to iommufd "
						      "opens it, which resets it."),
						    _("vfiokit rehearse --open tries it"));
		else if (rehearse_may_open(work, CALL_BIND_IOMMUFD, *member))
			try_device(work, iommufd.fd, only, *member);
	}
}
