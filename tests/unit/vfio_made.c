/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vfio_made.h"
#include "facts_made.h"
#include "rehearse/rehearse_iommufd.h"

#include <errno.h>
#include <linux/vfio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

/* -- the machine ------------------------------------------------------------------------------------------ */

void vfio_made_begin(struct vfio_made *made)
{
	struct facts *facts = facts_made();
	struct group *group;

	*made = (struct vfio_made){
		.facts = facts,
		.limits = {.memlock = 8 << 20,
			   .may_exceed = true,
			   .available = UINT64_C(32) << 30,
			   .total = UINT64_C(64) << 30},
		.last_address = (UINT64_C(1) << 39) - 1,
		.other_group = -1,
		.fail = CALL_COUNT,
	};
	facts->live = true;
	facts->machine.running_as_root = YES;
	group = ARRAY_ADD(facts->arena, &facts->groups);
	group->id = 17;
	for (unsigned i = 0; i < 2; i++) {
		struct device *device = facts_made_device(
			facts, i ? "0000:01:00.1" : "0000:01:00.0", 0x010802, "vfio-pci");

		device->group = group;
		device->has_group = YES;
		device->power_state = "D0";
		device->sriov_total = device->sriov_active = -1;
		*ARRAY_ADD(facts->arena, &group->devices) = device;
	}
	facts->devices.items[0].target = true;
	*ARRAY_ADD(facts->arena, &facts->targets) = &facts->devices.items[0];
}

void vfio_made_end(struct vfio_made *made)
{
	for (int i = 0; i < VFIO_FDS; i++)
		assert_int_equal(made->fds[i].kind, FD_CLOSED);
	assert_int_equal(made->memory, 0);
	assert_int_equal(made->pinned, 0);
	facts_free(made->facts);
}

static void event(struct vfio_made *made, const char *what, const char *device)
{
	size_t length = strlen(made->events);

	(void)snprintf(made->events + length, sizeof(made->events) - length, "%s %s; ", what,
		       device);
}

/* Whether this is the call that shall fail now. */
static bool fails(struct vfio_made *made, enum rehearse_call call)
{
	if (made->fail != call || !made->error)
		return false;
	made->fail = CALL_COUNT;
	made->pending = made->log;
	return true;
}

static int failure(struct vfio_made *made, enum rehearse_call call)
{
	return fails(made, call) ? -made->error : 0;
}

/* -- descriptors ------------------------------------------------------------------------------------------ */

static int new_fd(struct vfio_made *made, struct vfio_fd fd)
{
	for (int i = 0; i < VFIO_FDS; i++)
		if (made->fds[i].kind == FD_CLOSED) {
			made->fds[i] = fd;
			return i;
		}
	fail_msg("too many descriptors");
	return -EMFILE;
}

static int open_group(struct vfio_made *made, const char *path)
{
	int number = atoi(path + strlen("/dev/vfio/"));

	for (int i = 0; i < VFIO_FDS; i++)
		if (made->fds[i].kind == FD_GROUP && made->fds[i].group == number)
			return -EBUSY;
	if (fails(made, CALL_OPEN_GROUP))
		return -made->error;
	return new_fd(made, (struct vfio_fd){.kind = FD_GROUP, .group = number});
}

static int stand_in_open(void *context, const char *path, int flags)
{
	struct vfio_made *made = context;
	int r;

	(void)flags;
	if (streq(path, "/dev/kmsg"))
		return new_fd(made, (struct vfio_fd){.kind = FD_LOG});
	if (streq(path, "/dev/vfio/vfio")) {
		r = made->no_container ? -ENOENT : failure(made, CALL_OPEN_CONTAINER);
		return r < 0 ? r
			     : new_fd(made, (struct vfio_fd){.kind = FD_CONTAINER, .group = -1});
	}
	if (streq(path, "/dev/iommu")) {
		r = made->cdev ? failure(made, CALL_OPEN_IOMMUFD) : -ENOENT;
		return r < 0 ? r : new_fd(made, (struct vfio_fd){.kind = FD_IOMMUFD});
	}
	if (starts_with(path, "/dev/vfio/devices/vfio")) {
		r = failure(made, CALL_OPEN_CDEV);
		return r < 0 ? r
			     : new_fd(made,
				      (struct vfio_fd){.kind = FD_CDEV, .device = "0000:01:00.0"});
	}
	assert_true(starts_with(path, "/dev/vfio/"));
	return open_group(made, path);
}

static void stand_in_close(void *context, int fd)
{
	struct vfio_made *made = context;

	assert_in_range(fd, 0, VFIO_FDS - 1);
	assert_int_not_equal(made->fds[fd].kind, FD_CLOSED);
	/* A device that is closed has been told to be quiet. */
	if (made->fds[fd].kind == FD_DEVICE)
		assert_int_equal(made->fds[fd].armed, -1);
	/* The kernel takes back what was mapped through it. */
	if (made->fds[fd].kind == FD_CONTAINER || made->fds[fd].kind == FD_IOMMUFD) {
		made->left += made->pinned;
		made->pinned = 0;
		memset(made->mappings, 0, sizeof(made->mappings));
	}
	made->fds[fd].kind = FD_CLOSED;
}

static int stand_in_eventfd(void *context)
{
	return new_fd(context, (struct vfio_fd){.kind = FD_EVENT});
}

/* -- the log ---------------------------------------------------------------------------------------------- */

static ssize_t stand_in_read(void *context, int fd, void *buffer, size_t size)
{
	struct vfio_made *made = context;
	const char **record = made->pending_user ? &made->pending_user : &made->pending;
	int length;

	assert_int_equal(made->fds[fd].kind, FD_LOG);
	if (!*record)
		return -EAGAIN;
	length = snprintf(buffer, size, "%s", *record);
	*record = NULL;
	return length;
}

static int stand_in_seek_end(void *context, int fd)
{
	struct vfio_made *made = context;

	assert_int_equal(made->fds[fd].kind, FD_LOG);
	return 0;
}

/* -- mappings --------------------------------------------------------------------------------------------- */

static int stand_in_map(void *context, int fd, uint64_t offset, size_t size, bool writable,
			void **ret_address)
{
	struct vfio_made *made = context;
	int r = failure(made, fd < 0 ? CALL_MEMORY : CALL_REGION);

	(void)writable;
	if (r < 0)
		return r;
	if (fd >= 0) {
		assert_int_equal(made->fds[fd].kind, FD_DEVICE);
		assert_true(size <= 16384);
		assert_int_equal(offset % 4096, 0);
	}
	made->memory++;
	*ret_address = made; /* whoever reads it reads no device */
	return 0;
}

static void stand_in_unmap(void *context, void *address, size_t size)
{
	struct vfio_made *made = context;

	(void)size;
	assert_ptr_equal(address, made);
	made->memory--;
}

static int map_dma(struct vfio_made *made, uint64_t address, uint64_t size)
{
	struct vfio_mapping *free_one = NULL;
	uint64_t last = address + size - 1;
	int r = failure(made, CALL_MAP);

	if (r < 0)
		return r;
	if (!size || last < address || address % 4096 || size % 4096 || last > made->last_address ||
	    (address <= 0xfeefffff && last >= 0xfee00000))
		return -EINVAL;
	for (int i = 0; i < VFIO_MAPPINGS; i++) {
		struct vfio_mapping *mapping = &made->mappings[i];

		if (!mapping->size)
			free_one = mapping;
		else if (address < mapping->address + mapping->size && mapping->address <= last)
			return -EEXIST;
	}
	if (!made->limits.may_exceed && made->pinned + size > made->limits.memlock)
		return -ENOMEM;
	if (!free_one)
		return -ENOSPC;
	*free_one = (struct vfio_mapping){address, size};
	made->pinned += size;
	made->limits.available -= size;
	if (made->pinned > made->pinned_most)
		made->pinned_most = made->pinned;
	return 0;
}

static int unmap_dma(struct vfio_made *made, uint64_t address, uint64_t size)
{
	int r = failure(made, CALL_UNMAP);

	if (r < 0)
		return r;
	for (int i = 0; i < VFIO_MAPPINGS; i++)
		if (made->mappings[i].size == size && made->mappings[i].address == address) {
			made->mappings[i].size = 0;
			made->pinned -= size;
			made->limits.available += size;
			return 0;
		}
	return -EINVAL;
}

/* -- the container ---------------------------------------------------------------------------------------- */

/* Two ranges, as an x86 host has them. */
struct info_made {
	struct vfio_iommu_type1_info info;
	struct { /* struct vfio_iommu_type1_info_cap_iova_range */
		struct vfio_info_cap_header header;
		uint32_t nr_iovas, reserved;
		struct vfio_iova_range ranges[2];
	} capability;
};

static int iommu_info(struct vfio_made *made, struct vfio_iommu_type1_info *info)
{
	struct info_made whole = {
		.info = {.argsz = sizeof(whole),
			 .flags = VFIO_IOMMU_INFO_PGSIZES | VFIO_IOMMU_INFO_CAPS,
			 .iova_pgsizes = 0x40201000,
			 .cap_offset = offsetof(struct info_made, capability)},
		.capability = {.header = {.id = VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE, .version = 1},
			       .nr_iovas = 2,
			       .ranges = {{0, 0xfedfffff}, {0xfef00000, made->last_address}}},
	};
	size_t given = info->argsz;
	int r = failure(made, CALL_IOMMU_INFO);

	if (r < 0)
		return r;
	if (made->last_address <= 0xfedfffff) {
		whole.capability.nr_iovas = 1;
		whole.capability.ranges[0].end = made->last_address;
	}
	if (given < sizeof(whole))
		whole.info.cap_offset = 0;
	memcpy(info, &whole, given < sizeof(whole) ? given : sizeof(whole));
	return 0;
}

static int set_iommu(struct vfio_made *made, struct vfio_fd *container)
{
	int r = failure(made, CALL_SET_IOMMU);

	if (r < 0)
		return r;
	if (container->group < 0 || container->iommu)
		return -EINVAL;
	container->iommu = true;
	return 0;
}

static int container_ioctl(struct vfio_made *made, struct vfio_fd *container, unsigned long request,
			   void *argument)
{
	struct vfio_iommu_type1_dma_map *map = argument;
	struct vfio_iommu_type1_dma_unmap *unmap = argument;
	int r;

	switch (request) {
	case VFIO_GET_API_VERSION:
		r = failure(made, CALL_API_VERSION);
		return r < 0 ? r : made->version;
	case VFIO_CHECK_EXTENSION:
		r = failure(made, CALL_EXTENSION);
		return r < 0 ? r : !made->type1_missing;
	case VFIO_SET_IOMMU:
		return set_iommu(made, container);
	case VFIO_IOMMU_GET_INFO:
		return container->iommu ? iommu_info(made, argument) : -EINVAL;
	case VFIO_IOMMU_MAP_DMA:
		assert_int_equal(map->argsz, sizeof(*map));
		return container->iommu ? map_dma(made, map->iova, map->size) : -EINVAL;
	case VFIO_IOMMU_UNMAP_DMA:
		return container->iommu ? unmap_dma(made, unmap->iova, unmap->size) : -EINVAL;
	}
	return -ENOTTY;
}

/* -- the group -------------------------------------------------------------------------------------------- */

static struct vfio_fd *container_of_group(struct vfio_made *made, int group)
{
	for (int i = 0; i < VFIO_FDS; i++)
		if (made->fds[i].kind == FD_CONTAINER && made->fds[i].group == group)
			return &made->fds[i];
	return NULL;
}

static int get_device(struct vfio_made *made, const struct vfio_fd *group, const char *name)
{
	const struct vfio_fd *container = container_of_group(made, group->group);
	const struct device *device = facts_find_device(made->facts, name);
	int r = failure(made, CALL_GET_DEVICE);

	if (r < 0)
		return r;
	if (!container || !container->iommu)
		return -EINVAL;
	if (!device || !device->group || device->group->id != group->group)
		return -ENODEV;
	event(made, "open", device->address);
	return new_fd(made,
		      (struct vfio_fd){.kind = FD_DEVICE, .device = device->address, .armed = -1});
}

static int group_ioctl(struct vfio_made *made, struct vfio_fd *group, unsigned long request,
		       void *argument)
{
	struct vfio_group_status *status = argument;
	struct vfio_fd *container;
	int r;

	switch (request) {
	case VFIO_GROUP_GET_STATUS:
		r = failure(made, CALL_GROUP_STATUS);
		status->flags = made->not_viable ? 0 : VFIO_GROUP_FLAGS_VIABLE;
		return r;
	case VFIO_GROUP_SET_CONTAINER:
		r = failure(made, CALL_SET_CONTAINER);
		container = &made->fds[*(int *)argument];
		if (r < 0)
			return r;
		if (made->not_viable)
			return -EPERM;
		assert_int_equal(container->kind, FD_CONTAINER);
		container->group = group->group;
		return 0;
	case VFIO_GROUP_GET_DEVICE_FD:
		return get_device(made, group, argument);
	}
	return -ENOTTY;
}

/* -- the device ------------------------------------------------------------------------------------------- */

/* BAR 0: 16 KiB whose second page holds the MSI-X table and is not mapped; configuration space. */
struct region_made {
	struct vfio_region_info info;
	struct { /* struct vfio_region_info_cap_sparse_mmap */
		struct vfio_info_cap_header header;
		uint32_t nr_areas, reserved;
		struct vfio_region_sparse_mmap_area areas[2];
	} capability;
};

static int region_info(struct vfio_region_info *info)
{
	struct region_made whole = {
		.info = {.argsz = sizeof(whole), .index = info->index},
		.capability = {.header = {.id = VFIO_REGION_INFO_CAP_SPARSE_MMAP, .version = 1},
			       .nr_areas = 2,
			       .areas = {{.offset = 0, .size = 4096},
					 {.offset = 8192, .size = 8192}}},
	};
	size_t given = info->argsz;

	if (info->index == VFIO_PCI_VGA_REGION_INDEX)
		return -EINVAL;
	whole.info.flags = VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE;
	if (info->index == VFIO_PCI_CONFIG_REGION_INDEX)
		whole.info.size = 4096;
	if (info->index == 0) {
		whole.info.flags |= VFIO_REGION_INFO_FLAG_MMAP | VFIO_REGION_INFO_FLAG_CAPS;
		whole.info.size = 16384;
		whole.info.cap_offset =
			given < sizeof(whole) ? 0 : offsetof(struct region_made, capability);
	} else {
		whole.info.argsz = sizeof(whole.info);
	}
	memcpy(info, &whole, given < sizeof(whole) ? given : sizeof(whole));
	return 0;
}

static int set_irqs(struct vfio_made *made, struct vfio_fd *device, const struct vfio_irq_set *set)
{
	int r = failure(made, CALL_INTERRUPT), fd;

	if (r < 0)
		return r;
	if (set->flags == (VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_TRIGGER) && !set->count) {
		assert_int_equal(device->armed, set->index);
		device->armed = -1;
		return 0;
	}
	assert_int_equal(set->flags, VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER);
	assert_int_equal(set->count, 1);
	memcpy(&fd, set->data, sizeof(fd));
	assert_int_equal(made->fds[fd].kind, FD_EVENT);
	if (device->armed >= 0)
		return -EINVAL;
	device->armed = (int)set->index;
	return 0;
}

static int hot_reset_info(struct vfio_made *made, struct vfio_pci_hot_reset_info *info)
{
	int r = failure(made, CALL_HOT_RESET_INFO);
	uint32_t other = made->other_group < 0 ? 17 : (uint32_t)made->other_group;

	if (r < 0)
		return r;
	if (info->argsz < sizeof(*info) + 2 * sizeof(info->devices[0]))
		return -ENOSPC;
	info->count = 2;
	info->devices[0] = (struct vfio_pci_dependent_device){.group_id = 17, .bus = 1};
	info->devices[1] =
		(struct vfio_pci_dependent_device){.group_id = other, .bus = 1, .devfn = 1};
	return 0;
}

static bool has_group(const struct vfio_made *made, const struct vfio_pci_hot_reset *reset, int id)
{
	for (uint32_t i = 0; i < reset->count; i++) {
		const struct vfio_fd *fd = &made->fds[reset->group_fds[i]];

		assert_int_equal(fd->kind, FD_GROUP);
		if (fd->group == id)
			return true;
	}
	return false;
}

static int hot_reset(struct vfio_made *made, const struct vfio_pci_hot_reset *reset)
{
	int r = failure(made, CALL_HOT_RESET);

	if (r < 0)
		return r;
	if (!has_group(made, reset, 17) ||
	    (made->other_group >= 0 && !has_group(made, reset, made->other_group)))
		return -EINVAL;
	event(made, "bus-reset", "0000:01");
	return 0;
}

static int device_ioctl(struct vfio_made *made, struct vfio_fd *device, unsigned long request,
			void *argument)
{
	struct vfio_device_info *info = argument;
	struct vfio_irq_info *interrupt = argument;
	int r;

	switch (request) {
	case VFIO_DEVICE_GET_INFO:
		r = failure(made, CALL_DEVICE_INFO);
		info->flags =
			VFIO_DEVICE_FLAGS_PCI | (made->no_reset ? 0 : VFIO_DEVICE_FLAGS_RESET);
		info->num_regions = 9;
		info->num_irqs = 5;
		return r;
	case VFIO_DEVICE_GET_REGION_INFO:
		return region_info(argument);
	case VFIO_DEVICE_GET_IRQ_INFO:
		interrupt->flags = VFIO_IRQ_INFO_EVENTFD;
		interrupt->count = interrupt->index == 0 ? 1 : interrupt->index == 2 ? 65 : 0;
		return 0;
	case VFIO_DEVICE_SET_IRQS:
		return set_irqs(made, device, argument);
	case VFIO_DEVICE_RESET:
		r = failure(made, CALL_RESET);
		if (r == 0 && made->no_reset)
			return -EINVAL;
		if (r == 0)
			event(made, "reset", device->device);
		return r;
	case VFIO_DEVICE_GET_PCI_HOT_RESET_INFO:
		return hot_reset_info(made, argument);
	case VFIO_DEVICE_PCI_HOT_RESET:
		return hot_reset(made, argument);
	}
	return -ENOTTY;
}

/* -- iommufd ---------------------------------------------------------------------------------------------- */

static int iommufd_ioctl(struct vfio_made *made, unsigned long request, void *argument)
{
	struct ioas_alloc *alloc = argument;
	struct ioas_ranges *ranges = argument;
	struct ioas_map *map = argument;
	struct ioas_unmap *unmap = argument;
	struct rehearse_range *range;
	int r;

	switch (request) {
	case REHEARSE_IOAS_ALLOC:
		assert_int_equal(alloc->size, 12);
		r = failure(made, CALL_IOAS);
		alloc->out_id = 5;
		return r;
	case REHEARSE_IOAS_RANGES:
		assert_int_equal(ranges->size, 32);
		range = (struct rehearse_range *)(uintptr_t)ranges->ranges;
		*range = (struct rehearse_range){0xfef00000, made->last_address};
		ranges->count = 1;
		return 0;
	case REHEARSE_IOAS_MAP:
		assert_int_equal(map->size, 40);
		assert_int_equal(map->id, 5);
		return map_dma(made, map->address, map->length);
	case REHEARSE_IOAS_UNMAP:
		assert_int_equal(unmap->size, 24);
		return unmap_dma(made, unmap->address, unmap->length);
	}
	return -ENOTTY;
}

static int cdev_ioctl(struct vfio_made *made, struct vfio_fd *cdev, unsigned long request,
		      void *argument)
{
	const struct cdev_bind *bind = argument;
	const struct cdev_attach *attach = argument;
	int r;

	switch (request) {
	case REHEARSE_BIND_IOMMUFD:
		r = failure(made, CALL_BIND_IOMMUFD);
		for (int i = 0; i < VFIO_FDS && r == 0; i++)
			if (made->fds[i].kind == FD_GROUP)
				r = -EBUSY;
		if (r < 0)
			return r;
		assert_int_equal(bind->argsz, 16);
		assert_int_equal(made->fds[bind->iommufd].kind, FD_IOMMUFD);
		cdev->iommu = true;
		event(made, "bind", cdev->device);
		return 0;
	case REHEARSE_ATTACH_IOMMUFD:
		r = failure(made, CALL_ATTACH);
		assert_true(cdev->iommu);
		assert_int_equal(attach->id, 5);
		return r;
	case REHEARSE_DETACH_IOMMUFD:
		event(made, "detach", cdev->device);
		return 0;
	}
	return -ENOTTY;
}

static int stand_in_ioctl(void *context, int fd, unsigned long request, void *argument)
{
	struct vfio_made *made = context;

	assert_in_range(fd, 0, VFIO_FDS - 1);
	switch (made->fds[fd].kind) {
	case FD_CONTAINER:
		return container_ioctl(made, &made->fds[fd], request, argument);
	case FD_GROUP:
		return group_ioctl(made, &made->fds[fd], request, argument);
	case FD_DEVICE:
		return device_ioctl(made, &made->fds[fd], request, argument);
	case FD_IOMMUFD:
		return iommufd_ioctl(made, request, argument);
	case FD_CDEV:
		return cdev_ioctl(made, &made->fds[fd], request, argument);
	default:
		fail_msg("ioctl on a descriptor that takes none");
		return -ENOTTY;
	}
}

/* -- the rest --------------------------------------------------------------------------------------------- */

static int stand_in_limits(void *context, struct rehearse_limits *ret_limits)
{
	const struct vfio_made *made = context;

	*ret_limits = made->limits;
	return 0;
}

static int stand_in_cdev_number(void *context, const char *address)
{
	const struct vfio_made *made = context;

	(void)address;
	return made->cdev ? 3 : -ENOENT;
}

struct rehearse_calls vfio_made_calls(struct vfio_made *made)
{
	return (struct rehearse_calls){
		.context = made,
		.open = stand_in_open,
		.close = stand_in_close,
		.ioctl = stand_in_ioctl,
		.map = stand_in_map,
		.unmap = stand_in_unmap,
		.eventfd = stand_in_eventfd,
		.read = stand_in_read,
		.seek_end = stand_in_seek_end,
		.limits = stand_in_limits,
		.cdev_number = stand_in_cdev_number,
	};
}

const struct rehearse_step *vfio_made_step(const struct rehearsal *rehearsal,
					   enum rehearse_call call, enum rehearse_result result)
{
	for_each (step, rehearsal)
		if (streq(step->call, rehearse_call_name(call)) && step->result == result)
			return step;
	return NULL;
}
