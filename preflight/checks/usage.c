/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checks device.in-use-*: would the host lose something it needs? They look at the target and at
 * every endpoint of its group that would have to go with it.
 */
#include "preflight/checks/check.h"
#include "preflight/checks/device_relations.h"

/* Which classes can carry a kind of use at all. A graphics card holds no file system: nothing has
 * to be read to know that. Storage and networks also hang below USB, FireWire and SD controllers.
 */
static bool class_can_store(const struct device *device)
{
	int class = device->class_code >> 16;

	if (device->class_code < 0)
		return true;
	return class != 0x02 && class != 0x03 && class != 0x04 && class != 0x07 && class != 0x0d;
}

static bool class_can_network(const struct device *device)
{
	int class = device->class_code >> 16;

	if (device->class_code < 0)
		return true;
	return class != 0x01 && class != 0x03 && class != 0x04;
}

static bool class_can_display(const struct device *device)
{
	return device->class_code < 0 || device_is_display(device);
}

static bool class_can_input(const struct device *device)
{
	int class = device->class_code >> 16;

	return device->class_code < 0 || class == 0x09 || class == 0x0c;
}

/* One danger check: which kinds of use it looks at, and which devices can have them. */
struct danger {
	enum use_kind kinds[8];
	size_t count;
	bool (*possible)(const struct device *device);
};

static bool is_kind(const struct danger *danger, enum use_kind kind)
{
	for (size_t i = 0; i < danger->count; i++)
		if (danger->kinds[i] == kind)
			return true;
	return false;
}

/* Adds what the host uses of device; returns whether there was anything. */
static bool quote_uses(struct finding *finding, const struct danger *danger,
		       const struct device *device, struct strings *what)
{
	bool found = false;

	for_each (use, &device->uses) {
		if (!use->critical || !is_kind(danger, use->kind))
			continue;
		found = true;
		if (!strings_contain(what, use->what))
			strings_add(finding->arena, what, use->what);
		finding_evidence(finding, &use->origin);
	}
	return found;
}

/* A function of the processor or chipset has no other slot to go to. */
enum { USED_TARGET, USED_GROUP, USED_GROUP_BUILT_IN, USED_ALONE };

static void judge_danger(const struct facts *facts, const struct device *device,
			 struct finding *finding, const struct danger *danger)
{
	struct device_refs taken;
	struct strings what = {0};
	const struct device *holder = NULL;
	bool possible = false;

	if (device->is_bridge)
		return;
	taken = devices_taken_with(facts, finding->arena, device);
	for_each (other, &taken) {
		possible |= danger->possible(*other);
		/* The target's own use is told first. */
		if (quote_uses(finding, danger, *other, &what) && (!holder || *other == device))
			holder = *other;
	}
	if (holder) {
		if (holder == device)
			finding_fail(finding, USED_TARGET);
		else
			finding_fail(finding, device_is_built_in(facts, device)
						      ? USED_GROUP_BUILT_IN
						      : USED_GROUP);
		/* Somebody has already asked for it: the next boot would do the harm. */
		if (device->handover_asked == YES && !device->vfio_driver)
			finding_evidence(finding, &device->handover_origin);
		finding_set(finding, "what", "%s", strings_join(finding->arena, &what, ", "));
		finding_set(finding, "holder", "%s", holder->address);
		return;
	}
	for (size_t i = 0; possible && i < danger->count; i++)
		if (facts->usage.known[danger->kinds[i]] != YES) {
			const char *path = facts->usage.why_unknown[danger->kinds[i]].path;

			finding_unknown(finding, path ? path : "/sys/class");
			return;
		}
	finding_pass(finding);
}

static void in_use_storage(const struct facts *facts, const struct device *device,
			   struct finding *finding)
{
	static const struct danger danger = {
		{USE_FILESYSTEM, USE_SWAP, USE_LVM, USE_MD, USE_ZFS, USE_CRYPT, USE_MULTIPATH,
		 USE_STORAGE},
		8,
		class_can_store,
	};

	judge_danger(facts, device, finding, &danger);
}

static void in_use_network(const struct facts *facts, const struct device *device,
			   struct finding *finding)
{
	static const struct danger danger = {{USE_NETWORK}, 1, class_can_network};

	judge_danger(facts, device, finding, &danger);
}

static void in_use_display(const struct facts *facts, const struct device *device,
			   struct finding *finding)
{
	static const struct danger danger = {{USE_DISPLAY}, 1, class_can_display};

	judge_danger(facts, device, finding, &danger);
	/* No advice to use a graphics device that is not there. */
	if (finding->result == RESULT_FAIL &&
	    finding->wording == &finding->check->variants[USED_TARGET] &&
	    device_is_only_display(facts, device))
		finding_fail(finding, USED_ALONE);
}

static void in_use_input(const struct facts *facts, const struct device *device,
			 struct finding *finding)
{
	static const struct danger danger = {{USE_INPUT}, 1, class_can_input};

	judge_danger(facts, device, finding, &danger);
}

enum { OPEN, OPEN_WHEN_UNBOUND };

static void in_use_process(const struct facts *facts, const struct device *device,
			   struct finding *finding)
{
	const struct log_event *kept = log_find(&facts->log, LOG_NVIDIA_IN_USE, device->address);
	struct strings what = {0};

	/* On a VFIO driver the state tells whether a VM has it. */
	if (device->is_bridge || device->vfio_driver)
		return;
	for_each (use, &device->uses)
		if (use->kind == USE_PROCESS) {
			strings_add(finding->arena, &what, use->what);
			finding_evidence(finding, &use->origin);
		}
	if (!what.count && device->has_driver == NO) {
		finding_pass(finding); /* no driver, no node to open */
		return;
	}
	finding_set(finding, "driver", "%s", device->driver ? device->driver : _("its driver"));
	if (!what.count && kept && facts->usage.known[USE_PROCESS] != YES) {
		finding_fail(finding, OPEN_WHEN_UNBOUND);
		finding_evidence_event(finding, &facts->log, kept);
		return;
	}
	if (!what.count) {
		if (facts->usage.known[USE_PROCESS] == YES)
			finding_pass(finding);
		else
			finding_unknown(finding,
					facts->usage.why_unknown[USE_PROCESS].path
						? facts->usage.why_unknown[USE_PROCESS].path
						: "/proc");
		return;
	}
	finding_fail(finding, OPEN);
	finding_set(finding, "what", "%s", strings_join(finding->arena, &what, ", "));
	finding_evidence_event(finding, &facts->log, kept);
}

/* -- the rows
 * ---------------------------------------------------------------------------------------- */

static const struct check rows[] = {
	{
		.id = "device.in-use-storage",
		.severity = SEVERITY_DANGER,
		.scope = SCOPE_DEVICE,
		.by_hand = BY_HAND_MOVE_FIRST,
		.title = N_("the host's storage hangs on the device"),
		.why = N_("A file system, swap, volume group, RAID or pool of the running host "
			  "would lose its disk the "
			  "moment the device is handed over: at best the host stops, at worst data "
			  "is lost."),
		.references = {"https://docs.kernel.org/driver-api/vfio.html"},
		.evaluate = in_use_storage,
		.variants =
			{
				[USED_TARGET] =
					{
						N_("{device} carries storage of this host: {what}"),
						N_("Handing it over would take that away from the "
						   "running host."),
						{{OWNER_USER,
						  N_("choose another device, and take this one out "
						     "of ids= where it stands there; or move "
						     "the data and unmount it first"),
						  NULL}},
					},
				[USED_GROUP] =
					{
						N_("{holder} in the group of {device} carries "
						   "storage of this host: {what}"),
						N_("The whole group goes to the VM, and the disk's "
						   "controller with it. A VM with {device} "
						   "would take the disk away from the running "
						   "host."),
						{{OWNER_USER,
						  N_("put the card into another slot: see which "
						     "isolate it"),
						  "vfiokit explain {device}"}},
					},
				[USED_GROUP_BUILT_IN] =
					{
						N_("{holder} in the group of {device} carries "
						   "storage of this host: {what}"),
						N_("The whole group goes to the VM, and the disk's "
						   "controller with it."),
						{{OWNER_USER,
						  N_("leave {device} with the host, or move the "
						     "disk to another controller"),
						  NULL}},
					},
			},
	},
	{
		.id = "device.in-use-network",
		.severity = SEVERITY_DANGER,
		.scope = SCOPE_DEVICE,
		.by_hand = BY_HAND_MOVE_FIRST,
		.title = N_("the host's network hangs on the device"),
		.why = N_("The interface that carries the host's routes would vanish, and with it "
			  "the way to the host."),
		.references = {"https://docs.kernel.org/driver-api/vfio.html"},
		.evaluate = in_use_network,
		.variants =
			{
				[USED_TARGET] =
					{
						N_("{device} carries this host's network: {what}"),
						N_("Handing it over cuts the host off; a remote "
						   "login would be lost."),
						{{OWNER_USER,
						  N_("move the host's address and routes to "
						     "another interface first, or choose "
						     "another device"),
						  NULL}},
					},
				[USED_GROUP] =
					{
						N_("{holder} in the group of {device} carries this "
						   "host's network: {what}"),
						N_("The whole group goes to the VM, and the "
						   "interface with it."),
						{{OWNER_USER,
						  N_("put the card into another slot, or move the "
						     "host's network first"),
						  "vfiokit explain {device}"}},
					},
				[USED_GROUP_BUILT_IN] =
					{
						N_("{holder} in the group of {device} carries this "
						   "host's network: {what}"),
						N_("The whole group goes to the VM, and the "
						   "interface with it. An adapter in a USB port or "
						   "a dock goes with the USB controller that it "
						   "hangs from."),
						{{OWNER_USER,
						  N_("leave {device} with the host, or move the "
						     "host's network to an interface "
						     "outside the group first"),
						  NULL}},
					},
			},
	},
	{
		.id = "device.in-use-display",
		.severity = SEVERITY_DANGER,
		.scope = SCOPE_DEVICE,
		.by_hand = BY_HAND_MOVE_FIRST,
		.title = N_("the host's only console is on the device"),
		.why = N_("After handing it over the screen stays black: the login, and every "
			  "message that would tell why "
			  "the host does not come up, are gone unless there is another way in "
			  "(ssh, serial console, "
			  "BMC)."),
		.references = {"https://docs.kernel.org/fb/fbcon.html"},
		.evaluate = in_use_display,
		.variants =
			{
				[USED_TARGET] =
					{
						N_("{device} is the host's {what}"),
						N_("No other graphics device of this host shows a "
						   "console."),
						{{OWNER_FIRMWARE,
						  N_("make another graphics device (integrated, "
						     "BMC) the primary one in "
						     "firmware setup"),
						  NULL},
						 {OWNER_USER,
						  N_("or, with ssh or a serial console tried and "
						     "working, accept it"),
						  "vfiokit configure {device} --accept "
						  "device.in-use-display"}},
					},
				[USED_GROUP] =
					{
						N_("{holder} in the group of {device} is the "
						   "host's {what}"),
						N_("The whole group goes to the VM, and the "
						   "console with it."),
						{{OWNER_USER, N_("put the card into another slot"),
						  "vfiokit explain {device}"}},
					},
				[USED_GROUP_BUILT_IN] =
					{
						N_("{holder} in the group of {device} is the "
						   "host's {what}"),
						N_("The whole group goes to the VM, and the "
						   "console with it."),
						{{OWNER_USER, N_("leave {device} with the host"),
						  NULL}},
					},
				[USED_ALONE] =
					{
						N_("{device} is the host's {what}"),
						N_("This host has no other graphics device."),
						{{OWNER_USER,
						  N_("add another graphics device for the host"),
						  NULL},
						 {OWNER_USER,
						  N_("or, with ssh or a serial console tried and "
						     "working, accept it"),
						  "vfiokit configure {device} --accept "
						  "device.in-use-display"}},
					},
			},
	},
	{
		.id = "device.in-use-input",
		.severity = SEVERITY_DANGER,
		.scope = SCOPE_DEVICE,
		.by_hand = BY_HAND_MOVE_FIRST,
		.title = N_("the host's only keyboard hangs on the device"),
		.why = N_("With the USB controller the keyboard goes to the VM; nobody can type at "
			  "the host any more."),
		.references = {"https://docs.kernel.org/driver-api/vfio.html"},
		.evaluate = in_use_input,
		.variants =
			{
				[USED_TARGET] =
					{
						N_("{device} carries the host's only keyboard: "
						   "{what}"),
						N_("No other keyboard is connected to this host."),
						{{OWNER_USER,
						  N_("plug the keyboard, or a second one, into a "
						     "port of another controller"),
						  NULL}},
					},
				[USED_GROUP] =
					{
						N_("{holder} in the group of {device} carries the "
						   "host's only keyboard: {what}"),
						N_("The whole group goes to the VM, and the "
						   "keyboard with it."),
						{{OWNER_USER,
						  N_("plug a keyboard into a port of another "
						     "controller"),
						  NULL}},
					},
				[USED_GROUP_BUILT_IN] =
					{
						N_("{holder} in the group of {device} carries the "
						   "host's only keyboard: {what}"),
						N_("The whole group goes to the VM, and the "
						   "keyboard with it."),
						{{OWNER_USER,
						  N_("plug a keyboard into a port of another "
						     "controller"),
						  NULL}},
					},
			},
	},
	{
		.id = "device.in-use-process",
		.severity = SEVERITY_BLOCKER,
		.scope = SCOPE_DEVICE,
		.by_hand = BY_HAND_STOP_USERS,
		.title = N_("a process has the device open"),
		.why = N_("A driver lets go of a device only when its last user does: until then "
			  "unbinding hangs, and with "
			  "some drivers the machine with it."),
		.references = {"https://docs.kernel.org/driver-api/vfio.html"},
		.evaluate = in_use_process,
		.cured_by_configure = true,
		.variants =
			{
				[OPEN] =
					{
						N_("{device} is open: {what}"),
						N_("Unbinding {driver} now would hang until these "
						   "processes end. After a reboot with "
						   "vfio-pci in place they cannot open it."),
						{{OWNER_USER,
						  N_("stop these processes before detaching the "
						     "device"),
						  NULL},
						 {OWNER_VFIOKIT,
						  N_("or let vfio-pci have it from the next boot "
						     "on"),
						  "vfiokit configure {device} --apply"}},
					},
				[OPEN_WHEN_UNBOUND] =
					{
						N_("something had {device} open when it was to be "
						   "unbound from {driver} in this boot"),
						N_("The driver waits until the last user has gone; "
						   "who that is could not be seen."),
						{{OWNER_USER,
						  N_("see which processes hold it, and stop them"),
						  "fuser -v /dev/nvidia*"},
						 {OWNER_VFIOKIT,
						  N_("or let vfio-pci have it from the next boot "
						     "on"),
						  "vfiokit configure {device} --apply"}},
					},
			},
	},
};

const struct check_table checks_usage = {rows, ARRAY_SIZE(rows)};
