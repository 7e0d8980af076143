/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rules of the platforms but Proxmox VE. Sources: Cloudpods pkg/hostman/isolated_device; HostDevicesTransfer.vue of
 * ABLESTACK Mold; Morpheus' API of servers' devices; k8s-driver-manager and the validator of the GPU Operator. */
#include "preflight/checks/device_relations.h"
#include "preflight/checks/platform_rules.h"

/* -- addresses --------------------------------------------------------------------------------------------- */

void requirements_domains(struct requirements *requirements)
{
	uint32_t last = platform_last_domain(requirements->platform);

	requirements->any = true;
	for_each (device, &requirements->facts->targets) {
		struct finding *finding;

		if ((*device)->domain <= last)
			continue;
		finding = requirement_broken(requirements, *device, REQUIREMENT_DOMAIN);
		finding_set(finding, "last", "%04x", last);
		finding_evidence_at(finding, "/sys/bus/pci/devices", 0, "%s", (*device)->address);
	}
}

/* -- Cloudpods --------------------------------------------------------------------------------------------- */

static const struct plain_setting *setting_of(const struct facts *facts, const char *key)
{
	const struct plain_setting *found = NULL;

	for_each (setting, &facts->platforms.cloudpods)
		if (streq(setting->key, key))
			found = setting;
	return found;
}

static bool is_on(const struct plain_setting *setting)
{
	return setting && (streq(setting->value, "true") || streq(setting->value, "True") ||
			   streq(setting->value, "TRUE"));
}

static void quote_setting(struct finding *finding, const struct plain_setting *setting)
{
	struct origin origin = {CLOUDPODS_HOST_FILE, setting ? setting->line : 0,
				setting ? setting->text : NULL};

	if (setting)
		finding_evidence(finding, &origin);
}

static bool has_word(const struct facts *facts, const char *word)
{
	for_each (parameter, &facts->cmdline)
		if (streq(parameter->text, word))
			return true;
	return false;
}

/* The probe compares whole words of /proc/cmdline (pkg/hostman/isolated_device/gpu.go), not what they do. */
static void judge_words(struct requirements *requirements)
{
	const struct facts *facts = requirements->facts;
	struct arena *arena = requirements->findings->arena;
	struct strings missing = {0};
	struct finding *finding;

	if (facts->cmdline_known != YES) {
		requirement_unread(requirements, "/proc/cmdline");
		return;
	}
	if (facts->machine.cpu_vendor == CPU_INTEL && !has_word(facts, "intel_iommu=on"))
		strings_add(arena, &missing, "intel_iommu=on");
	if (!has_word(facts, "vfio_iommu_type1.allow_unsafe_interrupts=1"))
		strings_add(arena, &missing, "vfio_iommu_type1.allow_unsafe_interrupts=1");
	if (!has_word(facts, "rdblacklist=nouveau") &&
	    !has_word(facts, "rd.driver.blacklist=nouveau"))
		strings_add(arena, &missing, "rd.driver.blacklist=nouveau");
	if (!has_word(facts, "nouveau.modeset=0"))
		strings_add(arena, &missing, "nouveau.modeset=0");
	if (!missing.count)
		return;
	finding = requirement_broken(requirements, NULL, REQUIREMENT_WORDS);
	finding_set(finding, "words", "%s", strings_join(arena, &missing, ", "));
	finding_set(finding, "arguments", "--kernel-arg %s",
		    strings_join(arena, &missing, " --kernel-arg "));
	finding_evidence_at(finding, "/proc/cmdline", 1, "%s",
			    facts->cmdline_text ? facts->cmdline_text : "");
}

static void judge_boot_gpu(struct requirements *requirements, const struct device *device)
{
	struct finding *finding;

	if (!device_is_display(device) || device->boot_vga != YES ||
	    is_on(setting_of(requirements->facts, "use_boot_vga")) ||
	    setting_of(requirements->facts, "boot_vga_pci_addr"))
		return;
	finding = requirement_broken(requirements, device, REQUIREMENT_BOOT_GPU);
	finding_evidence_device(finding, device, "boot_vga", "1");
	quote_setting(finding, setting_of(requirements->facts, "use_boot_vga"));
}

static void judge_probe(struct requirements *requirements, const struct device *device)
{
	const char *key = device_is_display(device) ? "disable_gpu" : "disable_custom_device";
	const struct plain_setting *setting = setting_of(requirements->facts, key);
	struct finding *finding;

	if (!is_on(setting))
		return;
	finding = requirement_broken(requirements, device, REQUIREMENT_PROBE_OFF);
	finding_set(finding, "key", "%s", key);
	quote_setting(finding, setting);
}

void requirements_cloudpods(struct requirements *requirements)
{
	requirements_domains(requirements);
	judge_words(requirements);
	if (requirements->facts->platforms.cloudpods_known == UNKNOWN &&
	    requirements->facts->platforms.found[PLATFORM_CLOUDPODS])
		requirement_unread(requirements, CLOUDPODS_HOST_FILE);
	for_each (device, &requirements->facts->targets) {
		judge_boot_gpu(requirements, *device);
		judge_probe(requirements, *device);
	}
}

/* -- one device for itself --------------------------------------------------------------------------------- */

/* Endpoints of the device's group (or predicted group) besides it; targets left out where others_only. */
static struct strings group_members(const struct facts *facts, struct arena *arena,
				    const struct device *device, bool others_only)
{
	const struct device_refs *group = devices_of_group(facts, device);
	struct strings members = {0};

	for (size_t i = 0; group && i < group->count; i++) {
		const struct device *member = group->items[i];

		if (member != device && !member->is_bridge && !(others_only && member->target))
			strings_add(arena, &members, member->address);
	}
	return members;
}

/* Once a group: at the first target of it. */
static bool group_is_told(const struct facts *facts, struct device *const *target)
{
	const struct device_refs *group = devices_of_group(facts, *target);

	for_each (before, &facts->targets) {
		if (before == target)
			return false;
		if (devices_of_group(facts, *before) == group)
			return true;
	}
	return false;
}

static void judge_groups(struct requirements *requirements, enum requirement requirement,
			 bool others_only)
{
	struct arena *arena = requirements->findings->arena;

	requirements->any = true;
	for_each (device, &requirements->facts->targets) {
		struct strings others =
			group_members(requirements->facts, arena, *device, others_only);
		struct finding *finding;

		if (!others.count || (*device)->is_bridge ||
		    group_is_told(requirements->facts, device))
			continue;
		finding = requirement_broken(requirements, *device, requirement);
		finding_set(finding, "others", "%s", strings_join(arena, &others, ", "));
		finding_evidence_at(finding,
				    (*device)->group
					    ? arena_printf(arena,
							   "/sys/kernel/iommu_groups/%d/devices",
							   (*device)->group->id)
					    : _("the predicted group"),
				    0, "%s", strings_join(arena, &others, ", "));
	}
}

void requirements_kubevirt(struct requirements *requirements)
{
	judge_groups(requirements, REQUIREMENT_ONE_IN_GROUP, false);
}

void requirements_morpheus(struct requirements *requirements)
{
	judge_groups(requirements, REQUIREMENT_WHOLE_GROUP, true);
}

/* -- the GPU Operator -------------------------------------------------------------------------------------- */

enum { VENDOR_NVIDIA = 0x10de };

/* Its validator wants every NVIDIA GPU of the node on a VFIO driver. */
static void judge_other_gpus(struct requirements *requirements)
{
	struct arena *arena = requirements->findings->arena;
	struct strings left = {0};
	struct finding *finding;

	for_each (device, &requirements->facts->devices)
		if (device->vendor_id == VENDOR_NVIDIA && device_is_display(device) &&
		    !device->target && !device->vfio_driver)
			strings_add(arena, &left, device->address);
	if (!left.count)
		return;
	finding = requirement_broken(requirements, NULL, REQUIREMENT_ALL_GPUS);
	finding_set(finding, "others", "%s", strings_join(arena, &left, ", "));
	for_each (address, &left) {
		const struct device *device = facts_find_device(requirements->facts, *address);

		finding_evidence_device(finding, device, "driver", "%s%s",
					device->driver ? "-> " : "",
					device->driver ? device->driver : "no VFIO driver");
	}
}

void requirements_gpu_operator(struct requirements *requirements)
{
	requirements->any = true;
	for_each (device, &requirements->facts->targets) {
		struct finding *finding;

		if ((*device)->vendor_id == platform_only_vendor(requirements->platform) ||
		    (*device)->vendor_id < 0)
			continue;
		finding = requirement_broken(requirements, *device, REQUIREMENT_NVIDIA);
		finding_evidence_device(finding, *device, "vendor", "0x%04x",
					(unsigned)(*device)->vendor_id);
	}
	judge_other_gpus(requirements);
}
