/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks driver.*: who has the device now, and can vfio-pci have it? */
#include "preflight/checks/check.h"
#include "preflight/checks/known_devices.h"

/* -- driver.not-bound
 * ------------------------------------------------------------------------------ */

enum {
	BOUND_HELD,
	BOUND_HELD_NO_GROUP,
	BOUND_NONE,
	BOUND_NONE_NO_GROUP,
	BOUND_REFUSED,
	BOUND_UNPROBED,
};

/* Behind an SMMU the group of a function without a driver is made when the first one probes it. */
static bool lacks_group(const struct facts *facts, const struct device *device)
{
	bool made_later = facts->iommu.kind == IOMMU_SMMU && facts->iommu.active == YES &&
			  device->has_driver == NO;

	return device->has_group == NO && !made_later;
}

/* Why no driver has it, as far as that can be told. */
static unsigned why_no_driver(const struct facts *facts, const struct device *device,
			      const struct log_event *refused)
{
	bool meant = device->driver_override && strstr(device->driver_override, "vfio");

	if (refused)
		return BOUND_REFUSED;
	if (lacks_group(facts, device))
		return BOUND_NONE_NO_GROUP;
	return meant ? BOUND_UNPROBED : BOUND_NONE;
}

static void not_bound(const struct facts *facts, const struct device *device,
		      struct finding *finding)
{
	const struct log_event *refused =
		log_find(&facts->log, LOG_VFIO_PROBE_FAILED, device->address);

	if (device->is_bridge)
		return;
	if (device->vfio_driver) {
		finding_pass(finding);
		return;
	}
	if (device->has_driver == UNKNOWN) {
		finding_unknown(finding,
				arena_printf(finding->arena, "/sys/bus/pci/devices/%s/driver",
					     device->address));
		return;
	}
	if (device->has_driver == YES) {
		finding_fail(finding,
			     lacks_group(facts, device) ? BOUND_HELD_NO_GROUP : BOUND_HELD);
		finding_set(finding, "driver", "%s", device->driver);
		finding_evidence_device(finding, device, "driver", "-> %s", device->driver);
	} else {
		finding_fail(finding, why_no_driver(facts, device, refused));
		finding_set(finding, "error", "%lld", refused ? (long long)refused->number : 0);
		finding_evidence_device(finding, device, "", "has no driver link");
	}
	if (device->driver_override) {
		finding_set(finding, "override", "%s", device->driver_override);
		finding_evidence_device(finding, device, "driver_override", "%s",
					device->driver_override);
	}
	finding_evidence_event(finding, &facts->log, refused);
}

/* -- driver.vfio-pci-missing
 * ------------------------------------------------------------------------- */

static bool any_vfio_driver(const struct facts *facts)
{
	for_each (device, &facts->devices)
		if (device->vfio_driver)
			return true;
	return false;
}

static void vfio_pci_missing(const struct facts *facts, const struct device *device,
			     struct finding *finding)
{
	const struct kernel_config *config = &facts->machine.config;

	(void)device;
	if (facts->modules.vfio_pci == YES || any_vfio_driver(facts)) {
		finding_pass(finding);
		return;
	}
	if (facts->modules.vfio_pci == UNKNOWN && config->vfio_pci != 'n') {
		finding_unknown(finding, facts->modules.directory
						 ? arena_printf(finding->arena, "/%s/modules.dep",
								facts->modules.directory)
						 : "/lib/modules");
		return;
	}
	finding_fail(finding, config->vfio_pci == 'n' ? 1 : 0);
	finding_evidence(finding, &facts->modules.vfio_pci_origin);
	if (config->vfio_pci == 'n' && !facts->modules.vfio_pci_origin.source)
		finding_evidence_at(finding, config->source, 0, "# CONFIG_VFIO_PCI is not set");
}

/* -- driver.signature-refused
 * -------------------------------------------------------------------------- */

enum { REFUSED_NEEDED, REFUSED_OTHER, REFUSED_UNNAMED };

/* Modules without which a passthrough does not work; others may be refused at will. modprobe names
 * the module; the kernel names only the reason ("Loading of unsigned module is rejected"). */
static unsigned refused_module(const char *line)
{
	static const char *const modules[] = {"vfio",         "irqbypass",    "iommufd",
					      "vendor-reset", "vendor_reset", "kvm"};

	for (size_t i = 0; i < ARRAY_SIZE(modules); i++)
		if (strstr(line, modules[i]))
			return REFUSED_NEEDED;
	return strstr(line, "Key was rejected by service") ||
			       strstr(line, "Required key not available")
		       ? REFUSED_OTHER
		       : REFUSED_UNNAMED;
}

/* Where no signature is enforced none is refused; and a module that is at work was accepted. */
static bool cannot_be_refused(const struct facts *facts)
{
	return (facts->machine.secure_boot == NO && streq(facts->machine.lockdown, "none")) ||
	       any_vfio_driver(facts) || strings_contain(&facts->modules.loaded, "vfio_pci");
}

static void signature_refused(const struct facts *facts, const struct device *device,
			      struct finding *finding)
{
	(void)device;
	/* What a log without its beginning does not tell may have happened all the same. */
	if (facts->log.complete == YES || cannot_be_refused(facts))
		finding_pass(finding);
	else
		finding_unknown(finding, "dmesg");
	for_each (event, &facts->log.events) {
		static const enum severity severities[] = {SEVERITY_BLOCKER, SEVERITY_INFO,
							   SEVERITY_WARNING};
		unsigned variant;

		if (event->kind != LOG_SIGNATURE_REFUSED)
			continue;
		variant = refused_module(event->text);
		if (finding->result != RESULT_FAIL || severities[variant] > finding->severity) {
			finding_fail(finding, variant);
			finding_severity(finding, severities[variant]);
		}
		finding_evidence_event(finding, &facts->log, event);
	}
}

/* -- driver.denylisted
 * ------------------------------------------------------------------------------------ */

/* What vfio-pci was loaded with; where it is not loaded yet, what it will be loaded with. */
static bool denylist_disabled(const struct facts *facts, struct arena *arena)
{
	const struct module_parameter *now =
		facts_module_parameter(facts, "vfio_pci", "disable_denylist");
	const struct parameter *asked = facts_parameter(facts, "vfio-pci.disable_denylist");
	const char *value;

	if (now || asked)
		return parameter_is_true(now ? now->value : asked->value);
	return facts_modprobe_option(facts, arena, "vfio_pci", "disable_denylist", &value) &&
	       parameter_is_true(value);
}

static void denylisted(const struct facts *facts, const struct device *device,
		       struct finding *finding)
{
	const struct log_event *event = log_find(&facts->log, LOG_VFIO_DENYLIST, device->address);

	if (device->is_bridge)
		return;
	if (!device->vfio_driver && (device->vendor_id < 0 || device->device_id < 0)) {
		finding_unknown(finding,
				arena_printf(finding->arena, "/sys/bus/pci/devices/%s/device",
					     device->address));
		return;
	}
	if (device->vfio_driver || !known_vfio_denylisted(device->vendor_id, device->device_id) ||
	    denylist_disabled(facts, finding->arena)) {
		finding_pass(finding);
		return;
	}
	finding_fail(finding, 0);
	finding_set(finding, "id", "%04x:%04x", device->vendor_id, device->device_id);
	finding_evidence_device(finding, device, "device", "0x%04x", device->device_id);
	finding_evidence_event(finding, &facts->log, event);
}

/* -- the rows
 * ---------------------------------------------------------------------------------------- */

static const struct check rows[] = {
	{
		.id = "driver.not-bound",
		.severity = SEVERITY_BLOCKER,
		.scope = SCOPE_DEVICE,
		.by_hand = BY_HAND_BIND_NOW,
		.title = N_("the device is not on a VFIO driver"),
		.why = N_("A VM can open only devices that vfio-pci, or a VFIO driver made for the "
			  "device, has. Some "
			  "platforms (libvirt with managed=yes, Proxmox) rebind at VM start; that "
			  "works only while the "
			  "host driver lets go."),
		.references = {"https://docs.kernel.org/driver-api/vfio.html"},
		.evaluate = not_bound,
		.cured_by_configure = true,
		.variants =
			{
				[BOUND_HELD] =
					{
						N_("{device} is held by {driver}; vfio-pci must "
						   "have it before a VM can"),
						N_("While a host driver has it, no VM can open "
						   "it."),
						{{OWNER_VFIOKIT,
						  N_("let vfio-pci have it from the next boot on"),
						  "vfiokit configure {device} --apply"},
						 {OWNER_VFIOKIT,
						  N_("or now, without a reboot, where the driver "
						     "lets go"),
						  "vfiokit detach {device}"}},
					},
				[BOUND_HELD_NO_GROUP] =
					{
						N_("{device} is held by {driver}; vfio-pci must "
						   "have it before a VM can"),
						N_("While a host driver has it, no VM can open it. "
						   "Without an IOMMU group vfio-pci "
						   "would not take it now."),
						{{OWNER_VFIOKIT,
						  N_("let vfio-pci have it from the next boot on"),
						  "vfiokit configure {device} --apply"}},
					},
				[BOUND_NONE] =
					{
						N_("{device} has no driver; vfio-pci must have it "
						   "before a VM can"),
						N_("A VM can open only what a VFIO driver has; now "
						   "no driver has it."),
						{{OWNER_VFIOKIT,
						  N_("let vfio-pci have it from the next boot on"),
						  "vfiokit configure {device} --apply"},
						 {OWNER_VFIOKIT, N_("or now, without a reboot"),
						  "vfiokit detach {device}"}},
					},
				[BOUND_NONE_NO_GROUP] =
					{
						N_("{device} has no driver; vfio-pci must have it "
						   "before a VM can"),
						N_("A VM can open only what a VFIO driver has. "
						   "Without an IOMMU group vfio-pci would not "
						   "take it now."),
						{{OWNER_VFIOKIT,
						  N_("let vfio-pci have it from the next boot on"),
						  "vfiokit configure {device} --apply"}},
					},
				[BOUND_REFUSED] =
					{
						N_("{device} has no driver: vfio-pci was to have "
						   "it and failed (error {error})"),
						N_("vfio-pci fails with -22 where the device has "
						   "no IOMMU group, and with -16 where "
						   "virtual functions of the device exist."),
						{{OWNER_VFIOKIT,
						  N_("once that is cured, have vfio-pci try again"),
						  "vfiokit detach {device}"}},
					},
				[BOUND_UNPROBED] =
					{
						N_("{device} is meant for {override} "
						   "(driver_override), but nothing has probed it "
						   "since"),
						N_("Setting driver_override binds nothing. Loading "
						   "the driver afterwards would, but "
						   "where vfio-pci is built in, modprobe does "
						   "nothing."),
						{{OWNER_USER,
						  N_("ask for the device once more, also in the "
						     "script that sets "
						     "driver_override"),
						  "sh -c 'echo {device} > "
						  "/sys/bus/pci/drivers_probe'"},
						 {OWNER_VFIOKIT,
						  N_("or let vfio-pci have it from the next boot "
						     "on"),
						  "vfiokit configure {device} --apply"}},
					},
			},
	},
	{
		.id = "driver.vfio-pci-missing",
		.severity = SEVERITY_BLOCKER,
		.scope = SCOPE_HOST,
		.by_hand = BY_HAND_INSTALL_KERNEL,
		.title = N_("the kernel has no vfio-pci driver"),
		.why = N_("vfio-pci is what hands a PCI device to a VM. Minimal, cloud and custom "
			  "kernels leave it out."),
		.references = {"https://docs.kernel.org/driver-api/vfio.html"},
		.evaluate = vfio_pci_missing,
		.variants =
			{
				{
					N_("kernel {kernel} has no vfio-pci: neither a module nor "
					   "built in"),
					N_("The module list of this kernel does not name it."),
					{{OWNER_USER,
					  N_("install the distribution's full kernel, or its "
					     "package with extra modules "
					     "(Ubuntu: linux-modules-extra)"),
					  NULL}},
				},
				{
					N_("kernel {kernel} is built without vfio-pci"),
					N_("CONFIG_VFIO_PCI is not set."),
					{{OWNER_USER, N_("boot a kernel that has it"), NULL}},
				},
			},
	},
	{
		.id = "driver.signature-refused",
		.severity = SEVERITY_BLOCKER,
		.scope = SCOPE_HOST,
		.by_hand = BY_HAND_ENROLL_KEY,
		.title = N_("the kernel refused a module because of its signature"),
		.why = N_("With Secure Boot or lockdown the kernel loads only modules signed with "
			  "a key that it trusts. "
			  "vfio-pci itself is signed; modules built on the host (DKMS, "
			  "vendor-reset) need an "
			  "enrolled key."),
		.references = {"https://docs.kernel.org/admin-guide/module-signing.html"},
		.evaluate = signature_refused,
		.variants =
			{
				[REFUSED_NEEDED] =
					{
						N_("the kernel refused a module that passthrough "
						   "needs"),
						N_("It is not signed with a key that this machine "
						   "trusts."),
						{{OWNER_USER,
						  N_("enroll the key that signed it, then reboot"),
						  "mokutil --import /var/lib/dkms/mok.pub"},
						 {OWNER_FIRMWARE,
						  N_("or switch Secure Boot off in firmware setup"),
						  NULL}},
					},
				[REFUSED_OTHER] =
					{
						N_("the kernel refused a module because of its "
						   "signature; passthrough does not need it"),
						N_("It is not signed with a key that this machine "
						   "trusts."),
						{{OWNER_USER,
						  N_("enroll the key that signed it, if you want "
						     "the module"),
						  NULL}},
					},
				[REFUSED_UNNAMED] =
					{
						N_("the kernel refused a module because of its "
						   "signature, and does not say which"),
						N_("vfio-pci of a distribution's kernel is signed; "
						   "one built on this host (vendor-reset, "
						   "a module of your own) may be the one."),
						{{OWNER_USER,
						  N_("see which modules cannot be loaded, and "
						     "enroll the key that signed "
						     "those you need"),
						  "journalctl -b | grep -iE 'key was rejected|key "
						  "not available'"}},
					},
			},
	},
	{
		.id = "driver.denylisted",
		.severity = SEVERITY_BLOCKER,
		.scope = SCOPE_DEVICE,
		.by_hand = BY_HAND_MODPROBE,
		.title = N_("vfio-pci refuses this device (denylist)"),
		.why = N_("Some Intel accelerators let a guest reach the host; vfio-pci does not "
			  "take them unless told to."),
		.references = {"https://docs.kernel.org/driver-api/vfio.html"},
		.evaluate = denylisted,
		.variants = {{
			N_("{device} ({id}) is on vfio-pci's denylist"),
			N_("The device has a known flaw that lets an untrusted guest harm the "
			   "host."),
			{{OWNER_USER,
			  N_("only where the guest is trusted: load vfio-pci with "
			     "disable_denylist=1"),
			  NULL}},
		}},
	},
};

const struct check_table checks_driver = {rows, ARRAY_SIZE(rows)};
