/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every row of the table of words, brought about by the stand-in for the kernel. */
#include "vfio_made.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

/* What must be said where this call fails with this errno in these circumstances. */
struct row {
	enum rehearse_call call;
	int error; /* as in the table; -1: another one, EIO here */
	enum rehearse_when when;
	const char *cause, *remedy; /* words of them; remedy NULL: none may be given */
};

#define DIRECT    "RMRR, IVMD) (0xdf000000-0xdfffffff): the kernel gives such"
#define DIRECT_NO "RMRR, IVMD): the kernel gives such a device to no VM"
#define SLOT      "explain device.reserved-memory"
#define REMAPPED  "Interrupts are not remapped"
#define REMAP     "explain iommu.interrupt-remapping-off"
#define SIBLINGS  "Group 17 also holds 0000:01:00.1 (nvme)"
#define WHOLE     "hand the whole group over"
#define LIMIT     "RLIMIT_MEMLOCK of this process is 8 MiB"
#define RAISE     "LimitMEMLOCK="
#define TOKEN     "must give the VF token"
#define GIVE      "vf-token="
#define NEWS      "sudo dmesg"

static const struct row rows[] = {
	{CALL_OPEN_CONTAINER, ENOENT, WHEN_ANY, "no /dev/vfio/vfio", "modprobe vfio-pci"},
	{CALL_OPEN_CONTAINER, ENODEV, WHEN_ANY, "CONFIG_VFIO_CONTAINER", "iommufd"},
	{CALL_OPEN_CONTAINER, EACCES, WHEN_ANY, "mode 0666", "vfio.node-permission"},
	{CALL_OPEN_CONTAINER, EPERM, WHEN_ANY, "device cgroup", "outside"},
	{CALL_OPEN_CONTAINER, -1, WHEN_ANY, "Input/output error", NULL},
	{CALL_API_VERSION, -1, WHEN_ANY, "another version", NULL},
	{CALL_EXTENSION, 0, WHEN_ANY, "vfio_iommu_type1 is not loaded",
	 "modprobe vfio_iommu_type1"},
	{CALL_EXTENSION, -1, WHEN_ANY, "Input/output error", NULL},
	{CALL_OPEN_GROUP, ENOENT, WHEN_ANY, "no /dev/vfio/17: no function of group 17",
	 "configure"},
	{CALL_OPEN_GROUP, EBUSY, WHEN_ANY, "Another process has group 17 open: one that was",
	 "fuser -v /dev/vfio/17"},
	{CALL_OPEN_GROUP, EACCES, WHEN_ANY, "may not open /dev/vfio/17", "vfio.node-permission"},
	{CALL_OPEN_GROUP, EPERM, WHEN_ANY, "CAP_SYS_RAWIO", "as root"},
	{CALL_OPEN_GROUP, 0, WHEN_ANY, "Group 17 has no IOMMU (vfio-noiommu)", "vfio.noiommu"},
	{CALL_OPEN_GROUP, -1, WHEN_ANY, "/dev/vfio/17 cannot be opened: Input/output error", NULL},
	{CALL_GROUP_STATUS, 0, WHEN_NOT_VIABLE, SIBLINGS, WHOLE},
	{CALL_GROUP_STATUS, 0, WHEN_ANY, "calls group 17 not viable", "group.not-viable"},
	{CALL_GROUP_STATUS, -1, WHEN_ANY, "Input/output error", NULL},
	{CALL_SET_CONTAINER, EPERM, WHEN_LOG_DIRECT, DIRECT_NO, SLOT},
	{CALL_SET_CONTAINER, EPERM, WHEN_NOT_VIABLE, SIBLINGS, WHOLE},
	{CALL_SET_CONTAINER, EPERM, WHEN_REGION_DIRECT, DIRECT, SLOT},
	{CALL_SET_CONTAINER, EPERM, WHEN_ANY, "owns the DMA of group 17", "group.not-viable"},
	{CALL_SET_CONTAINER, EINVAL, WHEN_LOG_DIRECT, DIRECT_NO, SLOT},
	{CALL_SET_CONTAINER, EINVAL, WHEN_REGION_DIRECT, DIRECT, SLOT},
	{CALL_SET_CONTAINER, EINVAL, WHEN_ANY, "in another one, or firmware", NEWS},
	{CALL_SET_CONTAINER, EBUSY, WHEN_ANY, "kernel itself uses an IOMMU domain", NULL},
	{CALL_SET_CONTAINER, -1, WHEN_ANY, "Input/output error", NULL},
	{CALL_SET_IOMMU, EPERM, WHEN_LOG_REMAPPING, REMAPPED, REMAP},
	{CALL_SET_IOMMU, EPERM, WHEN_LOG_DIRECT, DIRECT_NO, SLOT},
	{CALL_SET_IOMMU, EPERM, WHEN_REMAPPING_OFF, REMAPPED, REMAP},
	{CALL_SET_IOMMU, EPERM, WHEN_REGION_DIRECT, DIRECT, SLOT},
	{CALL_SET_IOMMU, EPERM, WHEN_ANY, "interrupts are not remapped, or firmware", NEWS},
	{CALL_SET_IOMMU, EINVAL, WHEN_LOG_DIRECT, DIRECT_NO, SLOT},
	{CALL_SET_IOMMU, EINVAL, WHEN_REGION_DIRECT, DIRECT, SLOT},
	{CALL_SET_IOMMU, EINVAL, WHEN_ANY, "does not take group 17", NEWS},
	{CALL_SET_IOMMU, ENODEV, WHEN_ANY, "vfio_iommu_type1 is not available", "modprobe"},
	{CALL_SET_IOMMU, ENOSPC, WHEN_ANY, "no domain left", "shut down VMs"},
	{CALL_SET_IOMMU, ENOMEM, WHEN_ANY, "out of memory for IOMMU tables", "free memory"},
	{CALL_SET_IOMMU, -1, WHEN_ANY, "Input/output error", NULL},
	{CALL_IOMMU_INFO, 0, WHEN_ANY, "translates for group 17 do not suffice", "address-width"},
	{CALL_IOMMU_INFO, -1, WHEN_ANY, "Input/output error", NULL},
	{CALL_MEMORY, 0, WHEN_MEMLOCK_COUNTS,
	 LIMIT ", and all memory of a VM is locked. The limit that would be needed: 17 GiB "
	       "(17825792 KiB). It was not tried",
	 RAISE},
	{CALL_MEMORY, ENOMEM, WHEN_ANY, "short of it", "free memory"},
	{CALL_MEMORY, -1, WHEN_ANY, "Input/output error", NULL},
	{CALL_MAP, ENOMEM, WHEN_LOG_MEMLOCK, LIMIT, RAISE},
	{CALL_MAP, ENOMEM, WHEN_MEMLOCK_COUNTS, LIMIT, RAISE},
	{CALL_MAP, ENOMEM, WHEN_ANY, "no memory left that could be locked", "memory.max"},
	{CALL_MAP, EINVAL, WHEN_ANY, "reserved (MSI", "address-width"},
	{CALL_MAP, EEXIST, WHEN_ANY, "mapped at this address already", NULL},
	{CALL_MAP, EFAULT, WHEN_ANY, "could not be locked", NULL},
	{CALL_MAP, ENOSPC, WHEN_ANY, "limit of mappings", "dma_entry_limit"},
	{CALL_MAP, -1, WHEN_ANY, "Input/output error", NULL},
	{CALL_UNMAP, -1, WHEN_ANY, "not taken back: Input/output error", NULL},
	{CALL_GET_DEVICE, EACCES, WHEN_LOG_TOKEN, TOKEN, GIVE},
	{CALL_GET_DEVICE, EACCES, WHEN_TOKEN, TOKEN, GIVE},
	{CALL_GET_DEVICE, EPERM, WHEN_TOKEN, TOKEN, GIVE},
	{CALL_GET_DEVICE, EINVAL, WHEN_NOT_VIABLE, SIBLINGS, WHOLE},
	{CALL_GET_DEVICE, EINVAL, WHEN_ANY, "does not open 0000:01:00.0", NEWS},
	{CALL_GET_DEVICE, ENODEV, WHEN_ANY, "0000:01:00.0 is not with a VFIO driver of group 17",
	 "vfiokit list"},
	{CALL_GET_DEVICE, EBUSY, WHEN_ANY, "0000:01:00.0 is in use", "shut down the VM"},
	{CALL_GET_DEVICE, EAGAIN, WHEN_ANY, "could not be reset", "try again"},
	{CALL_GET_DEVICE, -1, WHEN_POWER_OFF,
	 "does not wake up: Input/output error. It is in D3cold", "device.power-stuck"},
	{CALL_GET_DEVICE, -1, WHEN_ANY, "does not open 0000:01:00.0: Input/output error", NULL},
	{CALL_DEVICE_INFO, -1, WHEN_ANY, "does not describe 0000:01:00.0", NULL},
	{CALL_REGION, EBUSY, WHEN_FRAMEBUFFER, "framebuffer of the host (efifb)",
	 "device.framebuffer-holds-bar"},
	{CALL_REGION, EBUSY, WHEN_ANY, "/proc/iomem", "device.framebuffer-holds-bar"},
	{CALL_REGION, EINVAL, WHEN_ANY, "has no address", "device.bar-unassigned"},
	{CALL_REGION, -1, WHEN_ANY, "Input/output error", NULL},
	{CALL_INTERRUPT, EINVAL, WHEN_ANY, "no line or vector", NULL},
	{CALL_INTERRUPT, EBUSY, WHEN_ANY, "cannot mask INTx itself", "MSI"},
	{CALL_INTERRUPT, ENOSPC, WHEN_ANY, "no interrupt vectors left", "queues"},
	{CALL_INTERRUPT, -1, WHEN_ANY, "Input/output error", NULL},
	{CALL_RESET, ENOTTY, WHEN_ANY, "did not come back from its reset", "device.reset-broken"},
	{CALL_RESET, EINVAL, WHEN_ANY, "no reset of its own", "device.no-reset"},
	{CALL_RESET, EAGAIN, WHEN_ANY, "holds 0000:01:00.0 or its bus locked", "try again"},
	{CALL_RESET, -1, WHEN_ANY, "Input/output error", "device.reset-broken"},
	{CALL_HOT_RESET_INFO, ENODEV, WHEN_ANY, "Neither the slot nor the bus", "device.no-reset"},
	{CALL_HOT_RESET_INFO, -1, WHEN_ANY, "Input/output error", NULL},
	{CALL_HOT_RESET, EINVAL, WHEN_ANY, "is not with VFIO, or its group", "all functions"},
	{CALL_HOT_RESET, EPERM, WHEN_ANY, "is not with VFIO, or its group", "all functions"},
	{CALL_HOT_RESET, ENODEV, WHEN_ANY, "Neither the slot nor the bus", "device.no-reset"},
	{CALL_HOT_RESET, -1, WHEN_ANY, "Input/output error", "device.reset-broken"},
	{CALL_OPEN_IOMMUFD, EACCES, WHEN_ANY, "may not open /dev/iommu", "root"},
	{CALL_OPEN_IOMMUFD, -1, WHEN_ANY, "Input/output error", "modprobe iommufd"},
	{CALL_OPEN_CDEV, EACCES, WHEN_ANY, "0000:01:00.0's own node", "root"},
	{CALL_OPEN_CDEV, -1, WHEN_ANY, "Input/output error", NULL},
	{CALL_BIND_IOMMUFD, EBUSY, WHEN_ANY, "opened through its group: one that was", "fuser"},
	{CALL_BIND_IOMMUFD, EACCES, WHEN_TOKEN, TOKEN, GIVE},
	{CALL_BIND_IOMMUFD, EPERM, WHEN_REMAPPING_OFF, REMAPPED, REMAP},
	{CALL_BIND_IOMMUFD, EPERM, WHEN_NOT_VIABLE, SIBLINGS, WHOLE},
	{CALL_BIND_IOMMUFD, EPERM, WHEN_ANY, "owns the DMA of group 17", NEWS},
	{CALL_BIND_IOMMUFD, EINVAL, WHEN_ANY, "coherent caches", NULL},
	{CALL_BIND_IOMMUFD, -1, WHEN_ANY, "Input/output error", NULL},
	{CALL_IOAS, -1, WHEN_ANY, "no address space: Input/output error", NULL},
	{CALL_ATTACH, EINVAL, WHEN_LOG_DIRECT, DIRECT_NO, SLOT},
	{CALL_ATTACH, EINVAL, WHEN_REGION_DIRECT, DIRECT, SLOT},
	{CALL_ATTACH, EINVAL, WHEN_ANY, "does not take 0000:01:00.0", NEWS},
	{CALL_ATTACH, -1, WHEN_ANY, "Input/output error", NULL},
};

/* Records of /dev/kmsg as Linux 6.1 and 6.12 write them. */
static const char *log_of(enum rehearse_when when)
{
	switch (when) {
	case WHEN_LOG_REMAPPING:
		return "4,991,12139363,-;vfio_iommu_type1_attach_group: No interrupt remapping "
		       "support.  Use the module param \"allow_unsafe_interrupts\" to enable VFIO "
		       "IOMMU support on this platform\n";
	case WHEN_LOG_DIRECT:
		return "4,992,12139363,-;vfio-pci 0000:01:00.0: DMAR: Device is ineligible for "
		       "IOMMU domain attach due to platform RMRR requirement.  Contact your "
		       "platform vendor.\n SUBSYSTEM=pci\n DEVICE=+pci:0000:01:00.0\n";
	case WHEN_LOG_MEMLOCK:
		return "4,993,12139363,-;vfio_pin_pages_remote: RLIMIT_MEMLOCK (8388608) "
		       "exceeded\n";
	case WHEN_LOG_TOKEN:
		return "6,994,12139363,-;vfio-pci 0000:01:00.0: VF token required to access "
		       "device\n";
	default:
		return NULL;
	}
}

static void add_circumstance(struct vfio_made *made, enum rehearse_when when)
{
	struct facts *facts = made->facts;
	struct device *device = &facts->devices.items[0], *sibling = &facts->devices.items[1];

	made->log = log_of(when);
	switch (when) {
	case WHEN_REMAPPING_OFF:
		facts->iommu.interrupt_remapping = NO;
		break;
	case WHEN_REGION_DIRECT:
		*ARRAY_ADD(facts->arena, &device->group->reserved) = (struct reserved_region){
			.start = 0xdf000000, .end = 0xdfffffff, .type = REGION_DIRECT};
		break;
	case WHEN_MEMLOCK_COUNTS:
		made->limits.may_exceed = false;
		break;
	case WHEN_NOT_VIABLE:
		sibling->driver = "nvme";
		sibling->vfio_driver = false;
		sibling->state = STATE_HOST;
		break;
	case WHEN_TOKEN:
		device->physfn = sibling;
		break;
	case WHEN_FRAMEBUFFER:
		*ARRAY_ADD(facts->arena, &facts->usage.boot_framebuffers) =
			(struct boot_framebuffer){.owner = "efifb", .device = device};
		break;
	case WHEN_POWER_OFF:
		device->power_state = "D3cold";
		break;
	default:
		break;
	}
}

/* The rows without an errno: the kernel does as asked, and the answer is the problem. */
static void add_answer(struct vfio_made *made, enum rehearse_call call)
{
	switch (call) {
	case CALL_EXTENSION:
		made->type1_missing = true;
		break;
	case CALL_OPEN_GROUP:
		made->facts->groups.items[0].name = "vfio-noiommu";
		break;
	case CALL_GROUP_STATUS:
		made->not_viable = true;
		break;
	case CALL_IOMMU_INFO:
		made->last_address = 0x1fffff;
		break;
	case CALL_MEMORY:
		break;
	default:
		fail_msg("no row of call %s is without an errno", rehearse_call_name(call));
	}
}

/* The VFIO driver of a physical function has virtual ones: 0000:01:00.1 counts as ours for a bus reset. */
static void add_targets(struct vfio_made *made, enum rehearse_call call)
{
	if (call != CALL_HOT_RESET)
		return;
	made->facts->devices.items[1].target = true;
}

static void assert_row(const struct row *row)
{
	struct rehearse_options options = {.open = true};
	const struct rehearse_step *step;
	struct rehearse_calls calls;
	struct rehearsal rehearsal;
	struct vfio_made made;
	int error = row->error < 0 ? EIO : row->error;

	vfio_made_begin(&made);
	calls = vfio_made_calls(&made);
	made.fail = row->error ? row->call : CALL_COUNT;
	made.error = error;
	made.cdev = row->call >= CALL_OPEN_IOMMUFD;
	made.no_reset = row->call == CALL_HOT_RESET_INFO || row->call == CALL_HOT_RESET;
	if (row->call == CALL_MEMORY && !row->error)
		options.memory = UINT64_C(16) << 30;
	add_circumstance(&made, row->when);
	add_targets(&made, row->call);
	if (!row->error)
		add_answer(&made, row->call);
	rehearse_run(made.facts, &calls, &options, made.facts->arena, &rehearsal);
	assert_int_equal(rehearse_verdict(&rehearsal), REHEARSE_FAILED);
	step = vfio_made_step(&rehearsal, row->call, REHEARSE_FAIL);
	assert_non_null(step);
	assert_int_equal(step->error, error);
	if (!strstr(step->cause, row->cause) || strpbrk(step->cause, "{}"))
		fail_msg("%s %d: %s", step->call, error, step->cause);
	if (!row->remedy != !step->remedy ||
	    (row->remedy && (!strstr(step->remedy, row->remedy) || strpbrk(step->remedy, "{}"))))
		fail_msg("%s %d: %s", step->call, error, step->remedy ? step->remedy : "none");
	assert_int_equal(step->evidence.count, made.log ? 1 : 0);
	vfio_made_end(&made);
}

static void every_row(void **state)
{
	(void)state;
	/* No row of the table without one here, in the same order. */
	assert_int_equal(rehearse_words_count, ARRAY_SIZE(rows));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(rehearse_words_table[i].call, rows[i].call);
		assert_int_equal(rehearse_words_table[i].error, rows[i].error);
		assert_int_equal(rehearse_words_table[i].when, rows[i].when);
		/* -EPROTO is what another version becomes. */
		if (rows[i].call != CALL_API_VERSION)
			assert_row(&rows[i]);
	}
}

/* The order of a call's rows: what the log says counts more than what the host is like. */
static void log_before_facts(void **state)
{
	static const struct row row = {CALL_SET_IOMMU, EPERM, WHEN_LOG_DIRECT, DIRECT, SLOT};
	struct rehearse_options options = {0};
	const struct rehearse_step *step;
	struct rehearse_calls calls;
	struct rehearsal rehearsal;
	struct vfio_made made;

	(void)state;
	vfio_made_begin(&made);
	calls = vfio_made_calls(&made);
	made.fail = row.call;
	made.error = row.error;
	add_circumstance(&made, WHEN_REMAPPING_OFF);
	add_circumstance(&made, WHEN_REGION_DIRECT);
	add_circumstance(&made, WHEN_LOG_DIRECT);
	rehearse_run(made.facts, &calls, &options, made.facts->arena, &rehearsal);
	step = vfio_made_step(&rehearsal, row.call, REHEARSE_FAIL);
	assert_non_null(step);
	assert_non_null(strstr(step->cause, row.cause));
	assert_int_equal(step->evidence.count, 1);
	assert_string_equal(step->evidence.items[0],
			    "[   12.139363] vfio-pci 0000:01:00.0: DMAR: Device is ineligible for "
			    "IOMMU domain attach due to platform RMRR requirement.  Contact your "
			    "platform vendor.");
	vfio_made_end(&made);
}

int main(void)
{
	const struct CMUnitTest unit_tests[] = {
		cmocka_unit_test(every_row),
		cmocka_unit_test(log_before_facts),
	};

	return cmocka_run_group_tests(unit_tests, NULL, NULL);
}
