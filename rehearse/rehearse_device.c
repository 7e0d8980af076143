/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rehearse_work.h"

#include <errno.h>
#include <linux/vfio.h>

enum { INFO_LIMIT = 65536 };

/* -- regions -------------------------------------------------------------------------------------------- */

static const char *region_name(struct arena *arena, uint32_t index)
{
	if (index <= VFIO_PCI_BAR5_REGION_INDEX)
		return arena_printf(arena, _("BAR %u"), index);
	return index == VFIO_PCI_ROM_REGION_INDEX      ? "ROM"
	       : index == VFIO_PCI_CONFIG_REGION_INDEX ? _("configuration space")
	       : index == VFIO_PCI_VGA_REGION_INDEX    ? _("VGA ranges")
						       : arena_printf(arena, _("region %u"), index);
}

/* The region's description with the capabilities behind it, in the arena. 0 or -errno. */
static int region_info(struct rehearse_work *work, int fd, uint32_t index,
		       struct vfio_region_info **ret_info)
{
	struct vfio_region_info *info = arena_alloc(work->arena, sizeof(*info));
	uint32_t size;
	int r;

	*info = (struct vfio_region_info){.argsz = sizeof(*info), .index = index};
	r = rehearse_ioctl(work, fd, VFIO_DEVICE_GET_REGION_INFO, info);
	size = info->argsz;
	if (r >= 0 && size > sizeof(*info) && size <= INFO_LIMIT) {
		info = arena_alloc(work->arena, size);
		*info = (struct vfio_region_info){.argsz = size, .index = index};
		r = rehearse_ioctl(work, fd, VFIO_DEVICE_GET_REGION_INFO, info);
		info->argsz = size;
	}
	if (r >= 0)
		*ret_info = info;
	return r;
}

/* The parts of the region that may be mapped; NULL: all of it. */
static const struct vfio_region_info_cap_sparse_mmap *
sparse_areas(const struct vfio_region_info *info)
{
	uint32_t offset = info->flags & VFIO_REGION_INFO_FLAG_CAPS ? info->cap_offset : 0;

	for (unsigned i = 0; i < 64 && offset && offset <= info->argsz &&
			     info->argsz - offset >= sizeof(struct vfio_info_cap_header);
	     i++) {
		const struct vfio_region_info_cap_sparse_mmap *areas =
			(const void *)((const char *)info + offset);
		size_t left = info->argsz - offset;

		if (areas->header.id == VFIO_REGION_INFO_CAP_SPARSE_MMAP)
			return left >= sizeof(*areas) &&
					       (left - sizeof(*areas)) / sizeof(areas->areas[0]) >=
						       areas->nr_areas
				       ? areas
				       : NULL;
		offset = areas->header.next;
	}
	return NULL;
}

/* Mapped, never read: reading a device's memory can have effects. */
static int map_part(struct rehearse_work *work, int fd, const struct vfio_region_info *info,
		    uint64_t offset, uint64_t size)
{
	const struct rehearse_calls *calls = work->calls;
	void *address;
	int r = calls->map(calls->context, fd, info->offset + offset, (size_t)size,
			   (info->flags & VFIO_REGION_INFO_FLAG_WRITE) != 0, &address);

	if (r >= 0)
		calls->unmap(calls->context, address, (size_t)size);
	return r;
}

static int map_region(struct rehearse_work *work, int fd, const struct vfio_region_info *info)
{
	const struct vfio_region_info_cap_sparse_mmap *areas = sparse_areas(info);
	int r = 0;

	if (!areas)
		return map_part(work, fd, info, 0, info->size);
	for (uint32_t i = 0; i < areas->nr_areas && r >= 0; i++)
		if (areas->areas[i].size)
			r = map_part(work, fd, info, areas->areas[i].offset, areas->areas[i].size);
	return r;
}

static void try_region(struct rehearse_work *work, int fd, uint32_t index,
		       const struct device *device)
{
	const char *name = region_name(work->arena, index);
	struct vfio_region_info *info = NULL;
	int r = region_info(work, fd, index, &info);
	bool mapped;

	/* Only graphics cards have the VGA ranges; others say EINVAL. */
	if (r == -EINVAL && index == VFIO_PCI_VGA_REGION_INDEX)
		return;
	if (r < 0) {
		(void)rehearse_step(work, CALL_DEVICE_INFO, device, r, _("ask about %s"), name);
		return;
	}
	if (!info->size)
		return;
	mapped = info->flags & VFIO_REGION_INFO_FLAG_MMAP;
	if (mapped)
		r = map_region(work, fd, info);
	rehearse_step(work, CALL_REGION, device, r, "%s%s", mapped ? "map " : "", name)->detail =
		arena_printf(work->arena, "%s%s", rehearse_size(work->arena, info->size),
			     mapped ? "" : _(", through the kernel only"));
}

/* -- interrupts ----------------------------------------------------------------------------------------- */

static int set_interrupt(struct rehearse_work *work, int fd, uint32_t index, int event)
{
	struct vfio_irq_set *set = arena_alloc(work->arena, sizeof(*set) + sizeof(int32_t));
	int32_t number = event;

	/* Without data and count: all of them off. */
	*set = (struct vfio_irq_set){
		.argsz = sizeof(*set),
		.flags = VFIO_IRQ_SET_ACTION_TRIGGER | VFIO_IRQ_SET_DATA_NONE,
		.index = index,
	};
	if (event >= 0) {
		set->argsz = sizeof(*set) + sizeof(number);
		set->flags = VFIO_IRQ_SET_ACTION_TRIGGER | VFIO_IRQ_SET_DATA_EVENTFD;
		set->count = 1;
		memcpy(set->data, &number, sizeof(number));
	}
	return rehearse_ioctl(work, fd, VFIO_DEVICE_SET_IRQS, set);
}

static void try_interrupt(struct rehearse_work *work, int fd, uint32_t index, const char *name,
			  const struct device *device)
{
	struct vfio_irq_info info = {.argsz = sizeof(info), .index = index};
	_cleanup_rehearse_fd_ struct rehearse_fd event = {work->calls, -1};
	int r = rehearse_ioctl(work, fd, VFIO_DEVICE_GET_IRQ_INFO, &info);

	if (r < 0) {
		(void)rehearse_step(work, CALL_DEVICE_INFO, device, r, _("ask about %s"), name);
		return;
	}
	if (!info.count || !(info.flags & VFIO_IRQ_INFO_EVENTFD))
		return;
	event.fd = work->calls->eventfd(work->calls->context);
	r = event.fd < 0 ? event.fd : set_interrupt(work, fd, index, event.fd);
	/* One kind excludes the others, so each is switched off again. */
	if (r >= 0)
		r = set_interrupt(work, fd, index, -1);
	rehearse_step(work, CALL_INTERRUPT, device, r, _("switch %s on and off"), name)->detail =
		arena_printf(work->arena, info.count == 1 ? _("%u vector") : _("%u vectors"),
			     info.count);
}

/* -- the device ----------------------------------------------------------------------------------------- */

static void try_device(struct rehearse_work *work, int group, int fd, const struct device *device)
{
	static const char *const names[] = {"INTx", "MSI", "MSI-X"};
	struct vfio_device_info info = {.argsz = sizeof(info)};
	int r = rehearse_ioctl(work, fd, VFIO_DEVICE_GET_INFO, &info);

	(void)rehearse_step(work, CALL_DEVICE_INFO, device, r, _("ask what it has"));
	if (r < 0)
		return;
	/* Regions behind the usual nine are a vendor's own (OpRegion, migration). */
	for (uint32_t i = 0; i < info.num_regions && i < VFIO_PCI_NUM_REGIONS; i++)
		try_region(work, fd, i, device);
	for (uint32_t i = 0; i < info.num_irqs && i < ARRAY_SIZE(names); i++)
		try_interrupt(work, fd, i, names[i], device);
	rehearse_reset(work, group, fd, info.flags, device);
}

bool rehearse_is_ours(const struct rehearse_work *work, const struct device *device)
{
	return device->target && !rehearse_obstacle(work->arena, device);
}

/* The reset of a physical function takes its virtual ones away from whoever uses them. */
bool rehearse_may_open(struct rehearse_work *work, enum rehearse_call call,
		       const struct device *device)
{
	if (device->sriov_active <= 0)
		return true;
	(void)rehearse_step_skipped(
		work, call, device, true, _("open it"),
		arena_printf(
			work->arena,
			_("%s has %d active virtual functions: opening it resets it, and takes "
			  "them away."),
			device->address, device->sriov_active),
		_("rehearse the virtual functions, or switch them off first"));
	return false;
}

void rehearse_device(struct rehearse_work *work, int group, const struct device *device)
{
	/* The kernel reads the name up to its end (vfio_group_ioctl_get_device_fd()). */
	char *name = arena_strdup(work->arena, device->address);
	_cleanup_rehearse_fd_ struct rehearse_fd opened = {
		work->calls, rehearse_ioctl(work, group, VFIO_GROUP_GET_DEVICE_FD, name)};

	(void)rehearse_step(work, CALL_GET_DEVICE, device, opened.fd,
			    _("open it, which resets it"));
	if (opened.fd >= 0)
		try_device(work, group, opened.fd, device);
}
