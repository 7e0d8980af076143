/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Check device.companion-functions: does all of the card go along? */
#include "preflight/checks/check.h"
#include "preflight/checks/device_relations.h"

/* -- device.companion-functions
 * ------------------------------------------------------------------------------ */

/* Ports of one adapter (network, storage, accelerators) work each for itself, and are given away one
 * by one. */
static bool is_port_of_same_adapter(const struct device *a, const struct device *b)
{
	int class = a->class_code >> 16;

	if (a->class_code < 0 || a->class_code >> 8 != b->class_code >> 8)
		return false;
	return class == 0x01 || class == 0x02 || class == 0x12 || device_has_class(a, 0x0c04);
}

/*
 * Of the processor's own functions only graphics and the sound of its outputs belong together; both
 * are ATI's by their ids. The sound coprocessor stays with the host, but hosts went down when the
 * graphics was reset while a driver had it.
 */
static bool processor_keeps_apart(const struct facts *facts, const struct device *a,
				  const struct device *b)
{
	bool coprocessor = device_is_display(a) && b->vendor_id == 0x1022 &&
			   device_has_class(b, 0x0480) && b->has_driver == YES;

	return (a->vendor_id != 0x1002 || b->vendor_id != 0x1002) && !coprocessor &&
	       device_is_in_processor(facts, a);
}

bool device_goes_with(const struct facts *facts, const struct device *device,
		      const struct device *other)
{
	/* On a root bus the slots are the chipset's, not cards. VFs are made to go alone. */
	if (device->is_bridge || (!device->parent && !device->parent_unknown) || device->physfn)
		return false;
	return other != device && !other->physfn && !other->is_bridge &&
	       devices_same_slot(device, other) && !is_port_of_same_adapter(device, other) &&
	       !processor_keeps_apart(facts, device, other);
}

static const char *driver_words(const struct device *device)
{
	if (device->driver)
		return device->driver;
	return device->has_driver == NO ? _("no driver") : _("driver not known");
}

/* Neither has gone yet, and the next boot hands over both. */
static bool goes_along_at_next_boot(const struct device *device, const struct device *other)
{
	return !device->vfio_driver && other->next_known == YES &&
	       streq(other->next_driver, "vfio-pci") && device->next_known == YES &&
	       streq(device->next_driver, "vfio-pci");
}

enum { LEFT_OF_CARD, LEFT_OF_PROCESSOR };

static void companion_functions(const struct facts *facts, const struct device *device,
				struct finding *finding)
{
	struct device_range bus = facts_same_bus(facts, device);
	struct strings left = {0};

	/* On a root bus the slots are the chipset's, not cards. VFs are made to go alone. */
	if (device->is_bridge || (!device->parent && !device->parent_unknown) || device->physfn)
		return;
	for_each (other, &bus) {
		if (other->target || other->vfio_driver ||
		    !device_goes_with(facts, device, other) ||
		    goes_along_at_next_boot(device, other))
			continue;
		strings_add(finding->arena, &left,
			    arena_printf(finding->arena, "%s (%s)", other->address,
					 driver_words(other)));
		finding_evidence_device(finding, other, "driver", "%s%s",
					other->driver ? "-> " : "",
					other->driver             ? other->driver
					: other->has_driver == NO ? _("no driver")
								  : _("not known"));
	}
	if (!left.count && facts->devices_partial) {
		finding_unknown(finding, "/sys/bus/pci/devices");
		return;
	}
	if (!left.count) {
		finding_pass(finding);
		return;
	}
	finding_fail(finding,
		     device_is_in_processor(facts, device) ? LEFT_OF_PROCESSOR : LEFT_OF_CARD);
	finding_set(finding, "left", "%s", strings_join(finding->arena, &left, ", "));
	finding_set(finding, "slot", "%.*s", (int)(strlen(device->address) - 2), device->address);
}

/* -- the rows ---------------------------------------------------------------------------------------- */

static const struct check rows[] = {
	{
		.id = "device.companion-functions",
		.severity = SEVERITY_WARNING,
		.scope = SCOPE_DEVICE,
		.by_hand = BY_HAND_MODPROBE,
		.title = N_("other functions of the card are left behind"),
		.why = N_("A graphics card is two to four functions (picture, sound, USB, USB-C). "
			  "Drivers in the guest "
			  "expect them together, and a bus reset hits all of them, also those with "
			  "a host driver."),
		.references = {"https://docs.kernel.org/driver-api/vfio.html"},
		.evaluate = companion_functions,
		.variants =
			{
				[LEFT_OF_CARD] =
					{
						N_("other functions of this card stay with the "
						   "host: {left}"),
						N_("Drivers in the guest may miss them, and where "
						   "the device has no reset of its own, its "
						   "reset reaches them too, under their host "
						   "drivers."),
						{{OWNER_VFIOKIT, N_("hand over the whole card"),
						  "vfiokit configure {slot}"}},
					},
				[LEFT_OF_PROCESSOR] =
					{
						N_("other functions beside the integrated graphics "
						   "stay with the host: {left}"),
						N_("A reset of the graphics reaches them too. A "
						   "host driver that works with one of them "
						   "then, of the sound coprocessor above all, can "
						   "bring the host down."),
						{{OWNER_USER,
						  N_("keep host drivers off them: blacklist these, "
						     "or hand the functions over too"),
						  NULL}},
					},
			},
	},
};

const struct check_table checks_companions = {rows, ARRAY_SIZE(rows)};
