/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rehearse_work.h"

#include <errno.h>
#include <linux/vfio.h>

/* -- mapping through a container ------------------------------------------------------------------------ */

static int container_map(const struct rehearse_work *work, const struct rehearse_mapper *mapper,
			 void *memory, uint64_t address, uint64_t size)
{
	struct vfio_iommu_type1_dma_map map = {
		.argsz = sizeof(map),
		.flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
		.vaddr = (uintptr_t)memory,
		.iova = address,
		.size = size,
	};

	return rehearse_ioctl(work, mapper->fd, VFIO_IOMMU_MAP_DMA, &map);
}

static int container_unmap(const struct rehearse_work *work, const struct rehearse_mapper *mapper,
			   uint64_t address, uint64_t size)
{
	struct vfio_iommu_type1_dma_unmap unmap = {
		.argsz = sizeof(unmap), .iova = address, .size = size};
	int r = rehearse_ioctl(work, mapper->fd, VFIO_IOMMU_UNMAP_DMA, &unmap);

	return r < 0 ? r : unmap.size == size ? 0 : -EIO;
}

/* -- what the IOMMU can do ------------------------------------------------------------------------------ */

/* The capability with this id behind the fixed part, where it lies wholly in the buffer. */
static const struct vfio_info_cap_header *capability(const void *buffer, uint32_t size,
						     uint32_t offset, uint16_t id, size_t least)
{
	/* Offsets come from the kernel and go up; a chain that does not is not followed for ever. */
	for (unsigned i = 0; i < 64 && offset && offset <= size &&
			     size - offset >= sizeof(struct vfio_info_cap_header);
	     i++) {
		const struct vfio_info_cap_header *header =
			(const void *)((const char *)buffer + offset);

		if (header->id == id)
			return size - offset >= least ? header : NULL;
		offset = header->next;
	}
	return NULL;
}

static void read_ranges(struct rehearse_work *work, const struct vfio_iommu_type1_info *info,
			struct rehearse_ranges *ranges)
{
	const struct vfio_iommu_type1_info_cap_iova_range *found;
	const char *end = (const char *)info + info->argsz;

	if (!(info->flags & VFIO_IOMMU_INFO_CAPS))
		return;
	found = (const void *)capability(info, info->argsz, info->cap_offset,
					 VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE, sizeof(*found));
	for (uint32_t i = 0; found && i < found->nr_iovas; i++) {
		const struct vfio_iova_range *range = &found->iova_ranges[i];

		if ((size_t)(end - (const char *)range) < sizeof(*range))
			return;
		*ARRAY_ADD(work->arena, ranges) = (struct rehearse_range){range->start, range->end};
	}
}

enum { INFO_LIMIT = 1024 * 1024 };

static const char *ranges_words(struct arena *arena, const struct rehearse_ranges *ranges)
{
	struct strings words = {0};

	for_each (range, ranges)
		strings_add(arena, &words,
			    arena_printf(arena, "0x%llx-0x%llx", (unsigned long long)range->start,
					 (unsigned long long)range->last));
	return words.count ? strings_join(arena, &words, ", ") : NULL;
}

static bool iommu_info(struct rehearse_work *work, int container, struct rehearse_ranges *ranges)
{
	struct vfio_iommu_type1_info *info = arena_alloc(work->arena, sizeof(*info));
	int r;

	info->argsz = sizeof(*info);
	r = rehearse_ioctl(work, container, VFIO_IOMMU_GET_INFO, info);
	if (r >= 0 && info->argsz > sizeof(*info) && info->argsz <= INFO_LIMIT) {
		uint32_t size = info->argsz;

		info = arena_alloc(work->arena, size);
		info->argsz = size;
		r = rehearse_ioctl(work, container, VFIO_IOMMU_GET_INFO, info);
		info->argsz = size;
		if (r >= 0)
			read_ranges(work, info, ranges);
	}
	rehearse_step(work, CALL_IOMMU_INFO, NULL, r, _("ask which addresses the IOMMU translates"))
		->detail = ranges_words(work->arena, ranges);
	return r >= 0;
}

/* -- the container -------------------------------------------------------------------------------------- */

static bool check_container(struct rehearse_work *work, int container, unsigned *ret_type)
{
	int r = rehearse_ioctl(work, container, VFIO_GET_API_VERSION, NULL);

	if (r != VFIO_API_VERSION) {
		(void)rehearse_step(work, CALL_API_VERSION, NULL, r < 0 ? r : -EPROTO,
				    _("version of VFIO's interface"));
		return false;
	}
	(void)rehearse_step(work, CALL_API_VERSION, NULL, r, _("version of VFIO's interface"));
	*ret_type = VFIO_TYPE1v2_IOMMU;
	r = rehearse_ioctl_number(work, container, VFIO_CHECK_EXTENSION, VFIO_TYPE1v2_IOMMU);
	if (r == 0) {
		*ret_type = VFIO_TYPE1_IOMMU;
		r = rehearse_ioctl_number(work, container, VFIO_CHECK_EXTENSION, VFIO_TYPE1_IOMMU);
	}
	if (r == 0)
		(void)rehearse_step_failed(work, CALL_EXTENSION, NULL, _("type 1 IOMMU offered"));
	else
		(void)rehearse_step(work, CALL_EXTENSION, NULL, r, _("type 1 IOMMU offered"));
	return r > 0;
}

/* -- the group ------------------------------------------------------------------------------------------ */

static bool group_viable(struct rehearse_work *work, int group)
{
	struct vfio_group_status status = {.argsz = sizeof(status)};
	int r = rehearse_ioctl(work, group, VFIO_GROUP_GET_STATUS, &status);
	const char *what = _("the group is viable");

	if (r >= 0 && !(status.flags & VFIO_GROUP_FLAGS_VIABLE)) {
		(void)rehearse_step_failed(work, CALL_GROUP_STATUS, NULL, what);
		return false;
	}
	(void)rehearse_step(work, CALL_GROUP_STATUS, NULL, r, "%s", what);
	return r >= 0;
}

static void say_token(struct rehearse_work *work, const struct device *device)
{
	if (device->physfn && device->physfn->vfio_driver)
		(void)rehearse_step_skipped(
			work, CALL_GET_DEVICE, device, false, _("VF token"),
			arena_printf(work->arena,
				     _("The physical function %s is with %s: this virtual function "
				       "opens only with the token that was set there."),
				     device->physfn->address,
				     device->physfn->driver ? device->physfn->driver : "VFIO"),
			_("give the VM the token: vf-token= of QEMU's vfio-pci device"));
}

static void rehearse_targets(struct rehearse_work *work, int group)
{
	for_each (member, &work->group->devices) {
		if (!rehearse_is_ours(work, *member))
			continue;
		say_token(work, *member);
		if (work->options->open) {
			if (rehearse_may_open(work, CALL_GET_DEVICE, *member))
				rehearse_device(work, group, *member);
		} else {
			(void)rehearse_step_skipped(work, CALL_GET_DEVICE, *member, false,
						    _("regions, interrupts, reset"),
						    _("Not tried: opening a device resets it."),
						    _("vfiokit rehearse --open tries them"));
		}
	}
}

/* Everything that the group's node in the container allows; both are open. */
static void in_container(struct rehearse_work *work, int container, int group, unsigned type)
{
	struct rehearse_mapper mapper = {
		.fd = container, .map = container_map, .unmap = container_unmap};
	int r;

	if (!group_viable(work, group))
		return;
	r = rehearse_ioctl(work, group, VFIO_GROUP_SET_CONTAINER, &container);
	(void)rehearse_step(work, CALL_SET_CONTAINER, NULL, r, _("put the group into a container"));
	if (r < 0)
		return;
	r = rehearse_ioctl_number(work, container, VFIO_SET_IOMMU, type);
	(void)rehearse_step(work, CALL_SET_IOMMU, NULL, r, _("give it an IOMMU domain"));
	if (r < 0 || !iommu_info(work, container, &mapper.ranges))
		return;
	rehearse_memory(work, &mapper, NULL, work->options->memory);
	rehearse_targets(work, group);
}

/* The step fails with the node's words, but cannot be tried where this user may not. */
static void say_not_opened(struct rehearse_work *work, enum rehearse_call call, int r,
			   const char *node)
{
	struct rehearse_step *step = rehearse_step(work, call, NULL, r, _("open %s"), node);

	if ((r == -EACCES || r == -EPERM) && work->facts->machine.running_as_root != YES) {
		step->result = REHEARSE_SKIPPED;
		step->unanswered = true;
	}
}

static bool has_cdev(const struct rehearse_work *work)
{
	for_each (member, &work->group->devices)
		if (work->calls->cdev_number(work->calls->context, (*member)->address) >= 0)
			return true;
	return false;
}

bool rehearse_group(struct rehearse_work *work)
{
	const char *node = arena_printf(work->arena, "/dev/vfio/%d", work->group->id);
	_cleanup_rehearse_fd_ struct rehearse_fd container = {work->calls, -1};
	_cleanup_rehearse_fd_ struct rehearse_fd group = {work->calls, -1};
	unsigned type;

	if (streq(work->group->name, "vfio-noiommu")) {
		(void)rehearse_step_failed(work, CALL_OPEN_GROUP, NULL,
					   _("the group has an IOMMU"));
		return true;
	}
	container = rehearse_open(work, "/dev/vfio/vfio");
	if ((container.fd == -ENOENT || container.fd == -ENODEV) && has_cdev(work))
		return false;
	if (container.fd < 0) {
		say_not_opened(work, CALL_OPEN_CONTAINER, container.fd, "/dev/vfio/vfio");
		return true;
	}
	(void)rehearse_step(work, CALL_OPEN_CONTAINER, NULL, 0, _("open /dev/vfio/vfio"));
	if (!check_container(work, container.fd, &type))
		return true;
	group = rehearse_open(work, node);
	if (group.fd < 0) {
		say_not_opened(work, CALL_OPEN_GROUP, group.fd, node);
		return true;
	}
	(void)rehearse_step(work, CALL_OPEN_GROUP, NULL, 0, _("open %s"), node);
	in_container(work, container.fd, group.fd, type);
	return true;
}
