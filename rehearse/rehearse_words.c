/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rehearse_work.h"

#include <errno.h>

const char *rehearse_call_name(enum rehearse_call call)
{
	static const char *const names[CALL_COUNT] = {
		[CALL_OPEN_CONTAINER] = "open-container",
		[CALL_API_VERSION] = "api-version",
		[CALL_EXTENSION] = "extension",
		[CALL_OPEN_GROUP] = "open-group",
		[CALL_GROUP_STATUS] = "group-status",
		[CALL_SET_CONTAINER] = "set-container",
		[CALL_SET_IOMMU] = "set-iommu",
		[CALL_IOMMU_INFO] = "iommu-info",
		[CALL_MEMORY] = "memory",
		[CALL_MAP] = "map",
		[CALL_UNMAP] = "unmap",
		[CALL_GET_DEVICE] = "open-device",
		[CALL_DEVICE_INFO] = "device-info",
		[CALL_REGION] = "region",
		[CALL_INTERRUPT] = "interrupt",
		[CALL_RESET] = "reset",
		[CALL_HOT_RESET_INFO] = "hot-reset-info",
		[CALL_HOT_RESET] = "hot-reset",
		[CALL_OPEN_IOMMUFD] = "open-iommufd",
		[CALL_OPEN_CDEV] = "open-cdev",
		[CALL_BIND_IOMMUFD] = "bind-iommufd",
		[CALL_IOAS] = "address-space",
		[CALL_ATTACH] = "attach",
	};

	return names[call];
}

/* -- circumstances ------------------------------------------------------------------------------------ */

/* vfio_main.c: what the kernel lets stay in a group that a VM has (driver_managed_dma). */
static bool keeps_group_viable(const struct device *device)
{
	return device->has_driver != YES || device->vfio_driver ||
	       streq(device->driver, "pcieport") || streq(device->driver, "pci-stub");
}

const char *rehearse_unviable(const struct rehearse_work *work, struct arena *arena)
{
	struct strings names = {0};

	for_each (device, &work->group->devices)
		if (!keeps_group_viable(*device))
			strings_add(arena, &names,
				    arena_printf(arena, "%s (%s)", (*device)->address,
						 (*device)->driver));
	return strings_join(arena, &names, ", ");
}

static bool log_says(const struct rehearse_step *step, const char *const *words)
{
	for_each (line, &step->evidence)
		for (size_t i = 0; words[i]; i++)
			if (strcasestr(*line, words[i]))
				return true;
	return false;
}

static const struct reserved_region *direct_region(const struct rehearse_work *work)
{
	for_each (region, &work->group->reserved)
		if (region->type == REGION_DIRECT)
			return region;
	return NULL;
}

static bool needs_token(const struct device *device)
{
	return device && ((device->physfn && device->physfn->vfio_driver) ||
			  (device->vfio_driver && device->sriov_active > 0));
}

static const struct boot_framebuffer *framebuffer_of(const struct rehearse_work *work,
						     const struct device *device)
{
	for_each (framebuffer, &work->facts->usage.boot_framebuffers)
		if (device && framebuffer->device == device)
			return framebuffer;
	return NULL;
}

static bool holds(const struct rehearse_work *work, const struct device *device,
		  const struct rehearse_step *step, enum rehearse_when when)
{
	static const char *const remapping[] = {"interrupt remapping", NULL};
	static const char *const direct[] = {"platform RMRR requirement", "1:1 IOMMU mapping",
					     NULL};
	static const char *const memlock[] = {"RLIMIT_MEMLOCK", NULL};
	static const char *const token[] = {"VF token", NULL};

	switch (when) {
	case WHEN_ANY:
		return true;
	case WHEN_LOG_REMAPPING:
		return log_says(step, remapping);
	case WHEN_LOG_DIRECT:
		return log_says(step, direct);
	case WHEN_LOG_MEMLOCK:
		return log_says(step, memlock);
	case WHEN_LOG_TOKEN:
		return log_says(step, token);
	case WHEN_REMAPPING_OFF:
		return work->facts->iommu.interrupt_remapping == NO;
	case WHEN_REGION_DIRECT:
		return direct_region(work) != NULL;
	case WHEN_MEMLOCK_COUNTS:
		return !work->limits.may_exceed && work->limits.memlock != UINT64_MAX;
	case WHEN_NOT_VIABLE:
		return *rehearse_unviable(work, work->arena) != '\0';
	case WHEN_TOKEN:
		return needs_token(device);
	case WHEN_FRAMEBUFFER:
		return framebuffer_of(work, device) != NULL;
	case WHEN_POWER_OFF:
		return device && device->power_state && !streq(device->power_state, "D0") &&
		       !streq(device->power_state, "D3hot");
	}
	return false;
}

/* -- values ----------------------------------------------------------------------------------------- */

static const char *holder(const struct rehearse_work *work)
{
	for_each (device, &work->group->devices)
		if ((*device)->assigned_pid)
			return arena_printf(work->arena, _("%s (process %d)"),
					    (*device)->assigned_name ? (*device)->assigned_name
								     : "?",
					    (*device)->assigned_pid);
	return _("one that was started meanwhile, or that cannot be seen from here");
}

/* libvirt's rule for a guest with devices: its memory and 1 GiB more (qemuDomainGetMemLockLimitBytes). */
static const char *needed(const struct rehearse_work *work)
{
	uint64_t memory = work->options->memory;

	if (!memory)
		return _("the VM's memory and 1 GiB more");
	memory += UINT64_C(1) << 30;
	return arena_printf(work->arena, _("%s (%llu KiB)"), rehearse_size(work->arena, memory),
			    (unsigned long long)(memory / 1024));
}

static const char *direct_words(const struct rehearse_work *work)
{
	const struct reserved_region *region = direct_region(work);

	if (!region)
		return "";
	return arena_printf(work->arena, " (0x%llx-0x%llx)", (unsigned long long)region->start,
			    (unsigned long long)region->end);
}

static const char *value_of(const struct rehearse_work *work, const struct device *device,
			    const struct rehearse_step *step, const char *name)
{
	struct arena *arena = work->arena;
	const struct boot_framebuffer *framebuffer = framebuffer_of(work, device);

	if (streq(name, "group"))
		return arena_printf(arena, "%d", work->group->id);
	if (streq(name, "node"))
		return arena_printf(arena, "/dev/vfio/%d", work->group->id);
	if (streq(name, "device"))
		return device ? device->address : _("the device");
	if (streq(name, "error"))
		return _(error_words(-step->error));
	if (streq(name, "holder"))
		return holder(work);
	if (streq(name, "siblings"))
		return rehearse_unviable(work, arena);
	if (streq(name, "limit"))
		return rehearse_size(arena, work->limits.memlock);
	if (streq(name, "needed"))
		return needed(work);
	if (streq(name, "direct"))
		return direct_words(work);
	if (streq(name, "framebuffer"))
		return framebuffer ? framebuffer->owner : "";
	if (streq(name, "power"))
		return device && device->power_state ? device->power_state : _("an unknown state");
	return "";
}

static const char *expand(const struct rehearse_work *work, const struct device *device,
			  const struct rehearse_step *step, const char *words)
{
	const char *text = "", *open;

	if (!words)
		return NULL;
	while ((open = strchr(words, '{')) != NULL && strchr(open, '}')) {
		const char *close = strchr(open, '}');
		const char *name = arena_copy(work->arena, open + 1, (size_t)(close - open - 1));

		text = arena_printf(work->arena, "%s%.*s%s", text, (int)(open - words), words,
				    value_of(work, device, step, name));
		words = close + 1;
	}
	return arena_printf(work->arena, "%s%s", text, words);
}

void rehearse_words_fill(const struct rehearse_work *work, enum rehearse_call call,
			 const struct device *device, struct rehearse_step *step)
{
	for (size_t i = 0; i < rehearse_words_count; i++) {
		const struct rehearse_words *row = &rehearse_words_table[i];

		if (row->call != call || (row->error != -1 && row->error != step->error) ||
		    !holds(work, device, step, row->when))
			continue;
		step->cause = expand(work, device, step, _(row->cause));
		step->remedy = expand(work, device, step, _(row->remedy));
		return;
	}
	step->cause = arena_printf(work->arena, "%s.", _(error_words(-step->error)));
}
