/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks device.sriov-* and device.vf-token: virtual functions and their physical one. */
#include "preflight/checks/check.h"
#include "preflight/checks/device_relations.h"

/* -- SR-IOV
 * --------------------------------------------------------------------------------------------------------
 */

/* The physical function whose VF the address that matches nothing would be: on its bus or one of
 * the next ones, with SR-IOV and no VFs. */
static const struct device *physical_of_missing(const struct facts *facts, const char *name,
						bool *ret_hidden)
{
	const struct device *best = NULL;
	struct device_name asked;

	if (device_name_parse(name, &asked) < 0)
		return NULL;
	if (asked.kind == NAME_ID) {
		/* The id that the physical function's VFs will have. */
		for_each (device, &facts->devices)
			if (device->vendor_id == asked.vendor_id && device->sriov_total > 0 &&
			    device->sriov_active == 0 &&
			    device->config.sriov_vf_device_id == asked.device_id)
				return device;
		return NULL;
	}
	if (asked.kind != NAME_ADDRESS)
		return NULL;
	for_each (device, &facts->devices) {
		bool offers = device->sriov_total > 0 && device->sriov_active == 0;
		bool hides = device_is_network(device) && device->config.extended == YES &&
			     device->config.sriov == NO && device->parent;

		if (device->domain != asked.address.domain || device->bus != asked.address.bus)
			continue;
		if (offers || (hides && !best)) {
			best = device;
			*ret_hidden = !offers;
		}
		if (offers)
			return best;
	}
	return best;
}

static void sriov_no_space(const struct facts *facts, const struct device *device,
			   struct finding *finding)
{
	bool hidden = false;
	const struct device *physical =
		device ? device : physical_of_missing(facts, finding->subject, &hidden);
	const struct log_event *event =
		physical ? log_find(&facts->log, LOG_SRIOV_NO_SPACE, physical->address) : NULL;

	if (!physical || physical->physfn || (!event && (!device || physical->sriov_total <= 0)))
		return; /* a VF that exists had its space */
	if (!event && facts->log.known != YES && physical->sriov_active <= 0) {
		finding_unknown(finding, "dmesg");
		return;
	}
	if (!event) {
		finding_pass(finding);
		return;
	}
	/* That the kernel could not place VF BARs at boot is no obstacle for a physical function that
	 * goes to the VM itself; that somebody wants or tried to create VFs and could not is. */
	if (device && strstr(event->text, "assign") && !strstr(event->text, "not allocated"))
		finding_severity(finding, SEVERITY_WARNING);
	finding_fail(finding, 0);
	finding_set(finding, "physical", "%s", physical->address);
	finding_evidence_event(finding, &facts->log, event);
}

enum { VIRTUAL_NONE_YET, VIRTUAL_HIDDEN, VIRTUAL_DRIVER };

static void sriov_off(const struct facts *facts, const struct device *device,
		      struct finding *finding)
{
	const struct log_event *refused;
	const struct device *physical;
	bool hidden = false;

	if (device) {
		if (device->physfn)
			finding_pass(finding);
		return;
	}
	physical = physical_of_missing(facts, finding->subject, &hidden);
	if (!physical)
		return;
	/* Why they could not be made tells device.sriov-no-space. */
	if (log_find(&facts->log, LOG_SRIOV_NO_SPACE, physical->address))
		return;
	refused = log_find(&facts->log, LOG_SRIOV_DRIVER, physical->address);
	if (hidden)
		finding_fail(finding, VIRTUAL_HIDDEN);
	else
		finding_fail(finding, refused ? VIRTUAL_DRIVER : VIRTUAL_NONE_YET);
	finding_set(finding, "physical", "%s", physical->address);
	finding_set(finding, "driver", "%s", physical->driver ? physical->driver : _("no driver"));
	finding_set(finding, "total", "%d", physical->sriov_total);
	if (hidden)
		finding_evidence_device(finding, physical, "config", "no SR-IOV capability");
	else
		finding_evidence_device(finding, physical, "sriov_numvfs", "0 of %d",
					physical->sriov_total);
	finding_evidence_event(finding, &facts->log, refused);
}

static void vf_token(const struct facts *facts, const struct device *device,
		     struct finding *finding)
{
	if (!device->physfn)
		return;
	if (!device->physfn->vfio_driver) {
		finding_pass(finding);
		return;
	}
	finding_fail(finding, 0);
	finding_set(finding, "physical", "%s", device->physfn->address);
	finding_evidence_device(finding, device->physfn, "driver", "-> %s",
				device->physfn->driver ? device->physfn->driver : "vfio-pci");
	finding_evidence_event(finding, &facts->log,
			       log_find(&facts->log, LOG_VFIO_TOKEN, device->address));
}

/* -- the rows ---------------------------------------------------------------------------------------- */

static const struct check rows[] = {
	{
		.id = "device.sriov-no-space",
		.severity = SEVERITY_BLOCKER,
		.scope = SCOPE_DEVICE,
		.by_hand = BY_HAND_ARGUMENT_ADD,
		.title = N_("virtual functions could not be placed"),
		.why = N_("VFs need address space and bus numbers that firmware sets aside. Where "
			  "it did not, creating "
			  "VFs fails with \"Cannot allocate memory\", which has nothing to do with "
			  "RAM."),
		.references = {"https://docs.kernel.org/PCI/pci-iov-howto.html"},
		.evaluate = sriov_no_space,
		.for_missing = true,
		.variants = {{
			N_("the virtual functions of {physical} could not be placed"),
			N_("Firmware left no address space or bus numbers for them."),
			{{OWNER_FIRMWARE,
			  N_("enable SR-IOV and Above 4G Decoding in firmware setup"), NULL},
			 {OWNER_USER,
			  N_("or let the kernel lay out resources anew: pci=realloc on the command "
			     "line"),
			  NULL}},
		}},
	},
	{
		.id = "device.sriov-off",
		.severity = SEVERITY_WARNING,
		.scope = SCOPE_DEVICE,
		.by_hand = BY_HAND_CREATE_VFS,
		.title = N_("a virtual function was asked for, and there is none"),
		.why = N_("VFs exist only after somebody wrote their number to the physical "
			  "function's sriov_numvfs, at "
			  "every boot."),
		.references = {"https://docs.kernel.org/PCI/pci-iov-howto.html"},
		.evaluate = sriov_off,
		.for_missing = true,
		.variants =
			{
				[VIRTUAL_NONE_YET] =
					{
						N_("{device} would be a virtual function of "
						   "{physical}, which has none of its {total} yet"),
						N_("Nothing has written sriov_numvfs since boot."),
						{{OWNER_USER,
						  N_("create VFs, and make it permanent with a "
						     "udev rule or your network "
						     "configuration"),
						  "sh -c 'echo {total} > "
						  "/sys/bus/pci/devices/{physical}/sriov_numvfs'"}},
					},
				[VIRTUAL_HIDDEN] =
					{
						N_("{device} is not there, and {physical} offers "
						   "no SR-IOV"),
						N_("The adapter shows no SR-IOV capability. On "
						   "adapters that have it, firmware setup or "
						   "the adapter's own setup switches it off."),
						{{OWNER_FIRMWARE,
						  N_("enable SR-IOV for the adapter in system or "
						     "device setup"),
						  NULL}},
					},
				[VIRTUAL_DRIVER] =
					{
						N_("{device} would be a virtual function of "
						   "{physical}, whose driver ({driver}) makes "
						   "none"),
						N_("Somebody has written sriov_numvfs, and the "
						   "kernel answered as quoted. Firmware is not in "
						   "the way."),
						{{OWNER_USER,
						  N_("give the physical function a driver that "
						     "makes VFs (for Intel graphics one "
						     "with SR-IOV support and enable_guc=3), then "
						     "write sriov_numvfs again"),
						  NULL}},
					},
			},
	},
	{
		.id = "device.vf-token",
		.severity = SEVERITY_WARNING,
		.scope = SCOPE_DEVICE,
		.by_hand = BY_HAND_GUEST,
		.title = N_("the virtual function needs its physical function's token"),
		.why = N_("While the physical function is on vfio-pci its user could reach into "
			  "the VFs, so both sides "
			  "must present the same token (a UUID)."),
		.references = {"https://docs.kernel.org/driver-api/vfio.html"},
		.evaluate = vf_token,
		.variants = {{
			N_("{device} needs a VF token: {physical} is on vfio-pci"),
			N_("Opening it without the token of the physical function's user fails "
			   "with EACCES."),
			{{OWNER_USER,
			  N_("give both VMs the same vf-token (QEMU: -device "
			     "vfio-pci,vf-token=UUID), or leave "
			     "the physical function with its host driver"),
			  NULL}},
		}},
	},
};

const struct check_table checks_sriov = {rows, ARRAY_SIZE(rows)};
