/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rehearse_work.h"

#include <errno.h>
#include <linux/vfio.h>

/* A bus has at most 256 functions. */
enum { FUNCTIONS_MOST = 256 };

/* What a reset of the slot or bus would hit, in the arena. 0 or -errno. */
static int ask_hit(struct rehearse_work *work, int fd, struct vfio_pci_hot_reset_info **ret_hit)
{
	size_t size = sizeof(**ret_hit) + FUNCTIONS_MOST * sizeof((*ret_hit)->devices[0]);
	struct vfio_pci_hot_reset_info *hit = arena_alloc(work->arena, size);
	int r;

	hit->argsz = (uint32_t)size;
	r = rehearse_ioctl(work, fd, VFIO_DEVICE_GET_PCI_HOT_RESET_INFO, hit);
	if (r >= 0 && hit->count > FUNCTIONS_MOST)
		return -EIO;
	if (r >= 0)
		*ret_hit = hit;
	return r;
}

static const struct device *function_hit(const struct rehearse_work *work,
					 const struct vfio_pci_dependent_device *function)
{
	return facts_find_function(work->facts, function->segment, function->bus,
				   function->devfn >> 3, function->devfn & 7);
}

static const char *address_of(struct arena *arena, const struct vfio_pci_dependent_device *function)
{
	return arena_printf(arena, "%04x:%02x:%02x.%u", function->segment, function->bus,
			    (unsigned)function->devfn >> 3, (unsigned)function->devfn & 7);
}

/* All functions, or only those that are no target that a VFIO driver has. */
static const char *list_hit(const struct rehearse_work *work,
			    const struct vfio_pci_hot_reset_info *hit, bool strangers)
{
	struct strings names = {0};

	for (uint32_t i = 0; i < hit->count; i++) {
		const struct device *device = function_hit(work, &hit->devices[i]);
		bool ours = device && rehearse_is_ours(work, device) && device->sriov_active <= 0;

		if (!strangers || !ours)
			strings_add(work->arena, &names, address_of(work->arena, &hit->devices[i]));
	}
	return strings_join(work->arena, &names, ", ");
}

/* Opens the groups of the functions that are not open yet, and adds them all. 0 or -errno. */
static int add_groups(const struct rehearse_work *work, const struct vfio_pci_hot_reset_info *hit,
		      int group, struct vfio_pci_hot_reset *request)
{
	request->group_fds[request->count++] = group;
	for (uint32_t i = 0; i < hit->count; i++) {
		uint32_t id = hit->devices[i].group_id;
		bool seen = id == (uint32_t)work->group->id;
		struct rehearse_fd other;

		for (uint32_t j = 0; j < i; j++)
			seen = seen || hit->devices[j].group_id == id;
		if (seen)
			continue;
		other = rehearse_open(work, arena_printf(work->arena, "/dev/vfio/%u", id));
		if (other.fd < 0)
			return other.fd;
		request->group_fds[request->count++] = other.fd;
	}
	return 0;
}

static int hot_reset(const struct rehearse_work *work, const struct vfio_pci_hot_reset_info *hit,
		     int group, int fd)
{
	struct vfio_pci_hot_reset *request =
		arena_alloc(work->arena, sizeof(*request) + (FUNCTIONS_MOST + 1) *
								    sizeof(request->group_fds[0]));
	int r = add_groups(work, hit, group, request);

	request->argsz =
		(uint32_t)(sizeof(*request) + request->count * sizeof(request->group_fds[0]));
	if (r >= 0)
		r = rehearse_ioctl(work, fd, VFIO_DEVICE_PCI_HOT_RESET, request);
	for (uint32_t i = 1; i < request->count; i++)
		work->calls->close(work->calls->context, request->group_fds[i]);
	return r;
}

static void try_hot_reset(struct rehearse_work *work, int group, int fd,
			  const struct device *device)
{
	struct vfio_pci_hot_reset_info *hit = NULL;
	int r = ask_hit(work, fd, &hit);
	const char *strangers;
	struct rehearse_step *step;

	if (r < 0) {
		(void)rehearse_step(work, CALL_HOT_RESET_INFO, device, r,
				    _("ask what a bus reset would hit"));
		return;
	}
	rehearse_step(work, CALL_HOT_RESET_INFO, device, 0, _("ask what a bus reset would hit"))
		->detail = list_hit(work, hit, false);
	strangers = list_hit(work, hit, true);
	if (*strangers) {
		(void)rehearse_step_skipped(
			work, CALL_HOT_RESET, device, false, _("bus reset"),
			arena_printf(work->arena,
				     _("%s has no reset of its own, and a bus reset would hit %s, "
				       "which were not asked for."),
				     device->address, strangers),
			_("name them, too, once they are with vfio-pci; without a reset a VM gets "
			  "the device as the last one left it"));
		return;
	}
	r = hot_reset(work, hit, group, fd);
	step = rehearse_step(work, CALL_HOT_RESET, device, r, _("bus reset"));
	step->detail = list_hit(work, hit, false);
}

void rehearse_reset(struct rehearse_work *work, int group, int fd, uint32_t flags,
		    const struct device *device)
{
	if (!(flags & VFIO_DEVICE_FLAGS_RESET)) {
		try_hot_reset(work, group, fd, device);
		return;
	}
	(void)rehearse_step(work, CALL_RESET, device,
			    rehearse_ioctl(work, fd, VFIO_DEVICE_RESET, NULL), _("reset it"));
}
