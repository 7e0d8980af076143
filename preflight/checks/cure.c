/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/checks/cure.h"
#include "preflight/checks/device_relations.h"
#include "preflight/next_boot/next_boot.h"

static bool goes_to_vfio(const struct device *device)
{
	return device->next_known == YES && streq(device->next_driver, "vfio-pci");
}

/* Every endpoint that holds the group now goes to vfio-pci. */
static bool group_cured(const struct facts *facts, const struct device *device)
{
	(void)facts;
	if (!device || !device->group)
		return false;
	for_each (member, &device->group->devices)
		if (*member != device && !(*member)->target && device_may_hold_group(*member) &&
		    (*member)->has_driver != NO && !goes_to_vfio(*member))
			return false;
	return true;
}

/* Whether a comma list holds exactly this word: "sm_on" is not "on". */
static bool list_holds(const char *list, const char *word)
{
	while (list && *list) {
		size_t length = strcspn(list, ",");

		if (length == strlen(word) && strncmp(list, word, length) == 0)
			return true;
		list += length + (list[length] == ',');
	}
	return false;
}

/* Whether any word of this name on the next command line has the value. All occurrences are
 * applied, one after the other. */
static bool next_has(const struct facts *facts, const char *name, const char *value)
{
	const struct parameters *words = next_boot_cmdline(facts);

	for (size_t i = 0; words && i < words->count; i++)
		if (names_equal(words->items[i].name, name) &&
		    list_holds(words->items[i].value, value))
			return true;
	return false;
}

/* The IOMMU is left off for want of, or because of, a word that the next boot changes. */
static bool iommu_cured(const struct facts *facts, const struct device *device)
{
	const struct parameters *words = next_boot_cmdline(facts);

	(void)device;
	if (!words || next_has(facts, "iommu", "off") || next_has(facts, "intel_iommu", "off") ||
	    next_has(facts, "amd_iommu", "off"))
		return false;
	if (facts_iommu_is_amd(facts))
		return facts_parameter_word(facts, "amd_iommu", "off") ||
		       facts_parameter_word(facts, "iommu", "off");
	return next_has(facts, "intel_iommu", "on") &&
	       (!facts_parameter_word(facts, "intel_iommu", "on") ||
		facts_parameter_word(facts, "intel_iommu", "off") ||
		facts_parameter_word(facts, "iommu", "off"));
}

/* vfio-pci takes nothing while there is no IOMMU. */
static bool driver_cured(const struct facts *facts, const struct device *device)
{
	return device && goes_to_vfio(device) &&
	       (facts->iommu.active != NO || iommu_cured(facts, NULL));
}

/* Debian leaves the integrated GPU out until intel_iommu=on is given. */
static bool graphics_cured(const struct facts *facts, const struct device *device)
{
	return device && device_is_display(device) && !device->parent &&
	       device->vendor_id == 0x8086 && next_has(facts, "intel_iommu", "on") &&
	       !facts_parameter_word(facts, "intel_iommu", "on");
}

static bool framebuffer_cured(const struct facts *facts, const struct device *device)
{
	(void)device;
	return next_has(facts, "initcall_blacklist", "sysfb_init") &&
	       !facts_parameter_word(facts, "initcall_blacklist", "sysfb_init");
}

static bool modules_cured(const struct facts *facts, const struct device *device)
{
	(void)device;
	for_each (kernel, &facts->boot.kernels)
		if (streq(kernel->version, facts->boot.next_kernel))
			return kernel->has_modules;
	return false;
}

bool cure_brings_iommu(const struct facts *facts)
{
	return iommu_cured(facts, NULL);
}

static const struct {
	const char *id;
	bool (*cured)(const struct facts *facts, const struct device *device);
} cures[] = {
	{"driver.not-bound", driver_cured},
	{"device.in-use-process", driver_cured},
	{"group.not-viable", group_cured},
	{"group.missing", graphics_cured},
	{"iommu.disabled-by-kernel", iommu_cured},
	{"device.framebuffer-holds-bar", framebuffer_cured},
	{"host.modules-removed", modules_cured},
};

void findings_mark_cured(const struct facts *facts, struct findings *findings)
{
	if (!next_boot_cmdline(facts) || facts->boot.known != YES)
		return;
	for_each (finding, findings)
		for (size_t i = 0; finding->result == RESULT_FAIL && i < ARRAY_SIZE(cures); i++)
			if (streq(finding->check->id, cures[i].id))
				finding->cured_by_reboot = cures[i].cured(facts, finding->device);
}

void findings_advise_reboot(struct findings *findings)
{
	bool pending = false;

	for_each (finding, findings)
		pending |=
			finding->result == RESULT_FAIL && streq(finding->check->id, "boot.pending");
	for_each (finding, findings) {
		if (!pending || finding->result != RESULT_FAIL || !finding->cured_by_reboot ||
		    !finding->remedies[0].text)
			continue;
		memset(finding->remedies, 0, sizeof(finding->remedies));
		finding->remedies[0] = (struct remedy){
			.owner = OWNER_USER,
			.text = N_("reboot: the next boot brings it (see boot.pending)"),
		};
	}
}
