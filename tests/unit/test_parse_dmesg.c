/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/parse/dmesg.h"
#include "preflight/parse/dmesg_rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <time.h>
#include <cmocka.h>

static struct kernel_log parse(struct arena *arena, const char *text)
{
	struct kernel_log log = {0};

	log_parse(arena, text, strlen(text), &log);
	return log;
}

/* A message, the kind that it must be sorted into, and what must be taken from it. */
struct sample {
	const char *text;
	enum log_kind kind;
	const char *address;
	int64_t number;
};

/* Lines as kernels 6.1, 6.12 and 7.3 print them, and older ones that people still post. */
static const struct sample samples[] = {
	{"ACPI: DMAR 0x000000007FFE4F00 0000A8 (v01 BOCHS  BXPC     00000001 BXPC 00000001)",
	 LOG_ACPI_DMAR, NULL, 0},
	{"ACPI: IVRS 0x000000006FFCA000 000370 (v02 DELL   PE_SC3   00000001 AMD  00000000)",
	 LOG_ACPI_IVRS, NULL, 0},
	{"ACPI: IORT 0x0000000039610000 0016F0 (v00 HISI   HIP08    00000000 INTL 20170929)",
	 LOG_ACPI_IORT, NULL, 0},
	{"DMAR: IOMMU enabled", LOG_DMAR_ECHO_ON, NULL, 0},
	{"DMAR: IOMMU disabled", LOG_DMAR_ECHO_OFF, NULL, 0},
	{"DMAR: Unknown option - 'pt'", LOG_DMAR_UNKNOWN_OPTION, NULL, 0},
	{"DMAR: Intel(R) Virtualization Technology for Directed I/O", LOG_DMAR_ACTIVE, NULL, 0},
	{"PCI-DMA: Intel(R) Virtualization Technology for Directed I/O", LOG_DMAR_ACTIVE, NULL, 0},
	{"DMAR: Initialization failed", LOG_DMAR_INIT_FAILED, NULL, 0},
	{"DMAR: [Firmware Bug]: Your BIOS is broken; DMAR reported at address fed90000 returns all "
	 "ones!",
	 LOG_DMAR_BROKEN, NULL, 0},
	{"DMAR: [Firmware Bug]: Your BIOS is broken; bad RMRR [0x6f760000-0x6f762fff]",
	 LOG_DMAR_BROKEN, NULL, 0},
	{"DMAR: Parse DMAR table failure.", LOG_DMAR_BROKEN, NULL, 0},
	{"DMAR: No DMAR devices found", LOG_DMAR_NO_DEVICES, NULL, 0},
	{"DMAR: Disable GFX device mapping", LOG_DMAR_GFX_DISABLED, NULL, 0},
	{"pci 0000:00:00.0: DMAR: Disabling IOMMU for graphics on this chipset",
	 LOG_DMAR_GFX_DISABLED, "0000:00:00.0", 0},
	{"DMAR: Host address width 39", LOG_DMAR_HOST_ADDRESS_WIDTH, NULL, 39},
	{"DMAR: dmar0: No supported address widths. Not attempting DMA translation.",
	 LOG_DMAR_NO_WIDTH, NULL, 0},
	{"DMAR: Firmware forces DMA remapping off", LOG_DMAR_OPT_OUT, NULL, 0},
	{"DMAR-IR: Enabled IRQ remapping in x2apic mode", LOG_IR_ENABLED, NULL, 0},
	{"AMD-Vi: Interrupt remapping enabled", LOG_IR_ENABLED, NULL, 0},
	{"DMAR-IR: Failed to enable irq remapping. You are vulnerable to irq-injection attacks.",
	 LOG_IR_FAILED, NULL, 0},
	{"DMAR-IR: This system BIOS has enabled interrupt remapping", LOG_IR_FAILED, NULL, 0},
	{"DMAR-IR: [Firmware Bug]: ioapic 3 has no mapping iommu, interrupt remapping will be "
	 "disabled",
	 LOG_IR_FAILED, NULL, 0},
	{"AMD-Vi: Disabling interrupt remapping", LOG_IR_FAILED, NULL, 0},
	{"AMD-Vi: Unknown option - 'on'", LOG_AMDVI_UNKNOWN_OPTION, NULL, 0},
	{"AMD-Vi: Extended features (0x25bf732fa2295afe, 0x1d): PPR X2APIC NX GT [5] IA GA PC",
	 LOG_AMDVI_ACTIVE, NULL, 0},
	{"pci 0000:00:00.2: AMD-Vi: Found IOMMU cap 0x40", LOG_AMDVI_ACTIVE, NULL, 0},
	{"AMD-Vi: [Firmware Bug]: : IOAPIC[4] not in IVRS table", LOG_AMDVI_BROKEN, NULL, 0},
	{"AMD-Vi: [Firmware Bug]: : No southbridge IOAPIC found", LOG_AMDVI_BROKEN, NULL, 0},
	{"AMD-Vi: [Firmware Bug]: IVRS invalid checksum", LOG_AMDVI_BROKEN, NULL, 0},
	{"AMD-Vi: Disable IOMMU on Stoney Ridge", LOG_AMDVI_DISABLED, NULL, 0},
	{"arm-smmu-v3 arm-smmu-v3.0.auto: ias 44-bit, oas 48-bit (features 0x00008305)",
	 LOG_SMMU_ACTIVE, NULL, 44},
	{"arm-smmu-v3 9050000.smmuv3: oas 44-bit (features 0x00008305)", LOG_SMMU_ACTIVE, NULL, 0},
	{"arm-smmu 5000000.iommu: probing hardware configuration...", LOG_SMMU_ACTIVE, NULL, 0},
	{"pci 0000:00:1f.2: Adding to iommu group 12", LOG_GROUP_ADDED, "0000:00:1f.2", 12},
	{"iommu: Adding device 0000:41:00.0 to group 7", LOG_GROUP_ADDED, "0000:41:00.0", 7},
	{"nvme 10000:e1:00.0: Adding to iommu group 3", LOG_GROUP_ADDED, "10000:e1:00.0", 3},
	{"platform MSFT0201:00: Adding to iommu group 0", LOG_GROUP_ADDED, NULL, 0},
	{"iommu: Default domain type: Passthrough (set via kernel command line)",
	 LOG_DEFAULT_DOMAIN, NULL, 0},
	{"PCI-DMA: Using software bounce buffering for IO (SWIOTLB)", LOG_SWIOTLB, NULL, 0},
	{"DMAR: [DMA Read NO_PASID] Request device [03:00.1] fault addr 0xdf000000 [fault reason "
	 "0x06] PTE Read access is not set",
	 LOG_DMA_FAULT, "0000:03:00.1", 0},
	{"DMAR: [DMA Write NO_PASID] Request device [0001:03:00.1] fault addr 0x0 [fault reason "
	 "0x05] PTE Write access is not set",
	 LOG_DMA_FAULT, "0001:03:00.1", 0},
	{"dmar: DMAR:[DMA Read] Request device [01:00.0] fault addr 41a6aa000 ", LOG_DMA_FAULT,
	 "0000:01:00.0", 0},
	{"AMD-Vi: Event logged [IO_PAGE_FAULT device=0000:2d:00.3 domain=0x0013 "
	 "address=0xfdf80000 flags=0x0020]",
	 LOG_DMA_FAULT, "0000:2d:00.3", 0},
	{"xhci_hcd 0000:2d:00.3: AMD-Vi: Event logged [IO_PAGE_FAULT domain=0x0013 "
	 "address=0xfdf80000 flags=0x0020]",
	 LOG_DMA_FAULT, "0000:2d:00.3", 0},
	{"pci 0000:00:00.2: AMD-Vi: Event logged [ILLEGAL_DEV_TABLE_ENTRY device=0000:05:00.0 "
	 "pasid=0x00000 address=0xfffffffdf8000000 flags=0x0a00]",
	 LOG_DMA_FAULT, "0000:05:00.0", 0},
	{"arm-smmu-v3 arm-smmu-v3.0.auto: event: F_TRANSLATION client: 0000:81:00.0 sid: 0x8100 "
	 "ssid: 0x0 iova: 0xff ipa: 0x0",
	 LOG_DMA_FAULT, "0000:81:00.0", 0},
	{"arm-smmu-v3 arm-smmu-v3.0.auto: event 0x10 received:", LOG_DMA_FAULT, NULL, 0},
	{"vfio-pci 0000:03:00.0: DMAR: Device is ineligible for IOMMU domain attach due to "
	 "platform RMRR requirement.  Contact your platform vendor.",
	 LOG_RMRR_INELIGIBLE, "0000:03:00.0", 0},
	{"vfio-pci 0000:03:00.0: Firmware has requested this device have a 1:1 IOMMU mapping, "
	 "rejecting configuring the device without a 1:1 mapping. Contact your platform vendor.",
	 LOG_RMRR_INELIGIBLE, "0000:03:00.0", 0},
	{"pci 0000:02:00.0: Enabling fixed DMA alias to 00.1", LOG_DMA_ALIAS, "0000:02:00.0", 0},
	{"Warning: PCIe ACS overrides enabled; This may allow non-IOMMU protected peer-to-peer DMA",
	 LOG_ACS_OVERRIDE, NULL, 0},
	{"pci 0000:00:1c.0: Intel SPT PCH root port ACS workaround enabled", LOG_PCH_ACS_QUIRK,
	 "0000:00:1c.0", 0},
	{"x86/cpu: VMX (outside TXT) disabled by BIOS", LOG_VMX_DISABLED, NULL, 0},
	{"kvm: support for 'kvm_amd' disabled by bios", LOG_VMX_DISABLED, NULL, 0},
	{"kvm: disabled by bios", LOG_VMX_DISABLED, NULL, 0},
	{"Hypervisor detected: KVM", LOG_HYPERVISOR, NULL, 0},
	{"Booting paravirtualized kernel on Xen", LOG_XEN, NULL, 0},
	{"DMI: Dell Inc. PowerEdge R640/06DKY5, BIOS 2.15.1 06/15/2022", LOG_MACHINE, NULL, 0},
	{"Unknown kernel command line parameters \"vfio-pci-ids=1:2\", will be passed to user "
	 "space.",
	 LOG_UNKNOWN_PARAMETERS, NULL, 0},
	{"Malformed early option 'iommu'", LOG_MALFORMED_OPTION, NULL, 0},
	{"Kernel is locked down from EFI Secure Boot; see man kernel_lockdown.7", LOG_LOCKDOWN,
	 NULL, 0},
	{"secureboot: Secure boot enabled", LOG_SECURE_BOOT, NULL, 1},
	{"secureboot: Secure boot disabled", LOG_SECURE_BOOT, NULL, 0},
	{"Loading of module with unavailable key is rejected", LOG_SIGNATURE_REFUSED, NULL, 0},
	{"Lockdown: modprobe: unsigned module loading is restricted; see man kernel_lockdown.7",
	 LOG_SIGNATURE_REFUSED, NULL, 0},
	{"ACPI: RMAD 0x0000000089F6DBF0 0000C8 (v01 INTEL  EDK2     00000002      01000013)",
	 LOG_ACPI_DMAR, NULL, 0},
	{"vfio_pci: Unknown parameter `1=8086:9d71'", LOG_UNKNOWN_MODULE_PARAMETER, NULL, 0},
	{"vfio_pci: unknown parameter 'disable_vga' ignored", LOG_UNKNOWN_MODULE_PARAMETER, NULL,
	 0},
	{"Kernel command line: quiet intel_iommu=on", LOG_COMMAND_LINE, NULL, 0},
	{"VFIO - User Level meta-driver version: 0.3", LOG_VFIO_LOADED, NULL, 0},
	{"vfio_pci: add [10de:1b80[ffffffff:ffffffff]] class 0x000000/00000000", LOG_VFIO_ID_ADDED,
	 NULL, 0x10de1b80},
	{"vfio_pci: invalid id string \"10de\"", LOG_VFIO_INVALID_ID, NULL, 0},
	{"vfio-pci 0000:3d:00.0: 8086:37c9 exists in vfio-pci device denylist, driver probing "
	 "disallowed.",
	 LOG_VFIO_DENYLIST, "0000:3d:00.0", 0},
	{"vfio-pci: probe of 0000:01:00.0 failed with error -22", LOG_VFIO_PROBE_FAILED,
	 "0000:01:00.0", -22},
	{"vfio-pci 0001:01:00.0: probe with driver vfio-pci failed with error -16",
	 LOG_VFIO_PROBE_FAILED, "0001:01:00.0", -16},
	{"vfio-pci 0000:01:00.0: Cannot bind to PF with SR-IOV enabled", LOG_VFIO_PF_ENABLED,
	 "0000:01:00.0", 0},
	{"vfio-pci 0000:01:10.0: VF token required to access device", LOG_VFIO_TOKEN,
	 "0000:01:10.0", 0},
	{"vfio-pci 0000:05:00.0: BAR 0: can't reserve [mem 0xd0000000-0xdfffffff 64bit pref]",
	 LOG_BAR_BUSY, "0000:05:00.0", 0},
	{"vfio-pci 0000:04:00.0: BAR 1: can't reserve [mem 0xd0000000-0xdfffffff 64bit pref]",
	 LOG_BAR_BUSY, "0000:04:00.0", 1},
	{"vfio-pci 0000:00:02.0: Invalid PCI ROM header signature: expecting 0xaa55, got 0xffff",
	 LOG_ROM_INVALID, "0000:00:02.0", 0},
	{"vfio_iommu_type1_attach_group: No interrupt remapping support.  Use the module param "
	 "\"allow_unsafe_interrupts\" to enable VFIO IOMMU support on this platform",
	 LOG_NO_INTERRUPT_REMAPPING, NULL, 0},
	{"vfio_pin_page_external: Task qemu-system-x86 (2296) RLIMIT_MEMLOCK (65536) exceeded",
	 LOG_MEMLOCK, NULL, 65536},
	{"vfio-pci 0000:01:00.0: vfio-noiommu device opened by user (dpdk:812)", LOG_NOIOMMU,
	 "0000:01:00.0", 0},
	{"vfio-pci 0000:01:00.0: Device is currently in use, task \"bash\" (812) blocked until "
	 "device is released",
	 LOG_IN_USE_BLOCKED, "0000:01:00.0", 0},
	{"vfio-pci 0000:0a:00.0: not ready 65535ms after FLR; giving up", LOG_RESET_GAVE_UP,
	 "0000:0a:00.0", 65535},
	{"vfio-pci 0000:0a:00.0: not ready 65535ms after bus reset; giving up", LOG_RESET_GAVE_UP,
	 "0000:0a:00.0", 65535},
	{"vfio-pci 0000:28:00.0: AMD_NAVI10: PSP did not acknowledger reset", LOG_RESET_GAVE_UP,
	 "0000:28:00.0", 0},
	{"vfio-pci 0000:75:00.0: AMD_VEGA10: failed to reset device", LOG_RESET_GAVE_UP,
	 "0000:75:00.0", 0},
	{"pcieport 0000:00:1c.0: not ready 65535ms after resume; giving up", LOG_POWER_STUCK,
	 "0000:00:1c.0", 65535},
	{"vfio-pci 0000:01:00.0: Unable to change power state from D3cold to D0, device "
	 "inaccessible",
	 LOG_POWER_STUCK, "0000:01:00.0", 0},
	{"vfio-pci 0000:28:00.1: refused to change power state from D0 to D3hot", LOG_POWER_STUCK,
	 "0000:28:00.1", 0},
	{"vfio-pci 0000:28:00.1: Refused to change power state, currently in D3", LOG_POWER_STUCK,
	 "0000:28:00.1", 0},
	{"vfio-pci 0000:28:00.0: can't change power state from D3cold to D0 (config space "
	 "inaccessible)",
	 LOG_POWER_STUCK, "0000:28:00.0", 0},
	{"vfio-pci 0000:01:00.0: timed out waiting for pending transaction; performing function "
	 "level reset anyway",
	 LOG_PENDING_TRANSACTION, "0000:01:00.0", 0},
	{"pcieport 0000:00:01.0: Data Link Layer Link Active not set in 1000 msec", LOG_LINK_DOWN,
	 "0000:00:01.0", 1000},
	{"pci 0000:01:00.0: [10de:1b80] unknown header type 7f, ignoring device",
	 LOG_UNKNOWN_HEADER, "0000:01:00.0", 0x7f},
	{"ixgbe 0000:03:00.0: not enough MMIO resources for SR-IOV", LOG_SRIOV_NO_SPACE,
	 "0000:03:00.0", 0},
	{"ixgbe 0000:03:00.0: can't enable 63 VFs (bus 05 out of range of [bus 03-04])",
	 LOG_SRIOV_NO_SPACE, "0000:03:00.0", 0},
	{"nvidia 0000:03:00.0: driver does not support SR-IOV configuration via sysfs",
	 LOG_SRIOV_DRIVER, "0000:03:00.0", 0},
	{"pci 0000:03:00.0: no driver bound to device; cannot configure SR-IOV", LOG_SRIOV_DRIVER,
	 "0000:03:00.0", 0},
	{"nvidia 0000:84:00.0: BAR 1 [mem size 0x800000000 64bit pref]: can't assign; no space",
	 LOG_BAR_NO_SPACE, "0000:84:00.0", 1},
	{"pci 0000:84:00.0: BAR 3: no space for [mem size 0x800000000 64bit pref]",
	 LOG_BAR_NO_SPACE, "0000:84:00.0", 3},
	{"pci 0000:84:00.0: can't claim BAR 2 [mem 0xfe010000-0xfe010fff]: no compatible bridge "
	 "window",
	 LOG_BAR_NO_SPACE, "0000:84:00.0", 2},
	{"pci 0000:84:00.0: VF BAR 0 [mem size 0x01000000 64bit]: can't assign; no space",
	 LOG_SRIOV_NO_SPACE, "0000:84:00.0", 0},
	{"pci 0000:84:00.0: BAR 9: no space for [mem size 0x01000000 64bit]", LOG_SRIOV_NO_SPACE,
	 "0000:84:00.0", 0},
	{"vfio-pci 0000:84:00.0: BAR 1 [mem size 0x800000000 64bit pref]: not assigned; can't "
	 "enable device",
	 LOG_BAR_NOT_ASSIGNED, "0000:84:00.0", 0},
	{"pci 0000:01:00.0: Video device with shadowed ROM at [mem 0x000c0000-0x000dffff]",
	 LOG_SHADOWED_ROM, "0000:01:00.0", 0},
	{"pci 0000:01:00.0: vgaarb: setting as boot VGA device", LOG_BOOT_VGA, "0000:01:00.0", 0},
	{"vgaarb: setting as boot device: PCI:0000:00:02.0", LOG_BOOT_VGA, "0000:00:02.0", 0},
	{"efifb: framebuffer at 0xeb000000, using 3072k, total 3072k", LOG_EFIFB, NULL, 0xeb000000},
	{"pci 0000:01:00.0: BAR 1: assigned to efifb", LOG_EFIFB, "0000:01:00.0", 1},
	{"[drm] Initialized simpledrm 1.0.0 20200625 for simple-framebuffer.0 on minor 0",
	 LOG_EFIFB, NULL, 0},
	{"NVRM: Attempting to remove device 0000:01:00.0 with non-zero usage count!",
	 LOG_NVIDIA_IN_USE, "0000:01:00.0", 0},
	{"NVRM: GPU 0000:01:00.0: RmInitAdapter failed! (0x22:0x56:667)", LOG_NVIDIA_INIT_FAILED,
	 "0000:01:00.0", 0},
};

static void sorts_every_message(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		_cleanup_arena_ struct arena *arena = arena_new();
		struct kernel_log log = parse(arena, samples[i].text);
		const struct log_event *event = log_find(&log, samples[i].kind, samples[i].address);

		if (!event || log.events.count != 1)
			fail_msg("not recognised: %s", samples[i].text);
		if (!streq(event->address, samples[i].address))
			fail_msg("address %s: %s", event->address, samples[i].text);
		if (event->number != samples[i].number)
			fail_msg("number %lld: %s", (long long)event->number, samples[i].text);
	}
}

/* Lines of healthy machines that look like trouble. */
static const char *const harmless[] = {
	"AMD-Vi: AMD IOMMUv2 functionality not available on this system - This is not a bug.",
	"pci 0000:00:02.0: DMAR: Skip IOMMU disabling for graphics",
	"DMAR: [Firmware Bug]: RMRR entry for device 1a:00.0 is broken - applying workaround",
	"DMAR: No RMRR found",
	"DMAR: No ATSR found",
	"DMAR: IOMMU batching disallowed due to virtualization",
	"DMAR: IOMMU feature pasid inconsistent",
	"DMAR-IR: x2apic is disabled because BIOS sets x2apic opt out bit.",
	"DMAR-IR: IRQ remapping was enabled on dmar6 but we are not in kdump mode",
	"DMAR-IR: Queued invalidation will be enabled to support x2apic and Intr-remapping.",
	"Your BIOS is broken and requested that x2apic be disabled.",
	"AMD-Vi: [Firmware Warn]: EFR mismatch. Use IVHD EFR (0x1 : 0x2), EFR2 (0x0 : 0x0).",
	"AMD-Vi: ivrs, add hid:AMDI0020, uid:\\_SB.FUR0, rdevid:160",
	"ACPI: Reserving DMAR table memory at [mem 0x7ffe4f00-0x7ffe4fa7]",
	"pci 0000:00:1c.0: bridge window [io  size 0x1000]: can't assign; no space",
	"pci 0000:00:1c.0: bridge window [mem size 0x00200000 64bit pref]: failed to assign",
	"pci 0000:00:1c.0: BAR 13: no space for [io  size 0x1000]",
	"pci 0000:00:1c.0: BAR 14: failed to assign [mem size 0x00200000]",
	"pci 0000:01:00.0: BAR 5 [io  size 0x0080]: can't assign; no space",
	"pci 0000:01:00.0: BAR 6: failed to assign [mem size 0x00080000 pref]",
	"pci 0000:01:00.0: ROM [mem size 0x00080000 pref]: can't assign; no space",
	"pci 0000:03:00.0: VF BAR 0 [mem 0x00000000-0x00003fff 64bit]: contains BAR 0 for 64 VFs",
	"vfio-pci 0000:01:00.0: enabling device (0400 -> 0403)",
	"vfio_ecap_init: 0000:00:02.0 hiding ecap 0x1b@0x100",
	"vfio-pci 0000:01:00.0: Relaying device request to user (#0)",
	"vfio-pci 0000:01:00.0: not ready 1023ms after FLR; waiting",
	"nouveau 0000:01:00.0: probe with driver nouveau failed with error -12",
	"vendor_reset: module verification failed: signature and/or required key missing",
	"secureboot: Secure boot could not be determined (mode 0)",
	"Booting paravirtualized kernel on bare hardware",
	"kvm_amd: Nested Virtualization enabled",
	"DMI not present or invalid.",
	"DMI: Memory slots populated: 2/4",
	"DMAR: DRHD: handling fault status reg 2",
	"audit: type=1400 msg: Linux version 6.1, Command line: intel_iommu=on",
};

static void leaves_harmless_lines_out(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(harmless); i++) {
		_cleanup_arena_ struct arena *arena = arena_new();
		struct kernel_log log = parse(arena, harmless[i]);

		if (log.events.count != 0)
			fail_msg("kind %d: %s", log.events.items[0].kind, harmless[i]);
		assert_int_equal(log.lines, 1);
	}
}

static void strips_stamps_and_prefixes(void **state)
{
	static const struct {
		const char *line;
		double seconds;
	} lines[] = {
		{"DMAR: IOMMU enabled", -1},
		{"[    0.123456] DMAR: IOMMU enabled", 0.123456},
		{"<6>[   12.500000] DMAR: IOMMU enabled\r", 12.5},
		{"[    1.500000] [      T0] DMAR: IOMMU enabled", 1.5},
		{"[    1.500000][  C12] DMAR: IOMMU enabled", 1.5},
		{"[Wed May 31 15:04:13 2023] DMAR: IOMMU enabled", -1},
		{"kern  :info  : [    2.000000] DMAR: IOMMU enabled", 2},
		{"[    3.250000] lab-1.example kernel: DMAR: IOMMU enabled", 3.25},
		{"Nov 21 14:05:00 lab1 kernel: DMAR: IOMMU enabled", -1},
		{"Nov 21 14:05:00 lab1 kernel: [    4.000000] DMAR: IOMMU enabled", 4},
		{"2023-05-31T15:04:13.123456+02:00 lab1 kernel: DMAR: IOMMU enabled", -1},
		{"2023-05-31T15:04:13,123456+02:00 DMAR: IOMMU enabled", -1},
		{"[  139.250000000,5] DMAR: IOMMU enabled", 139.25},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		_cleanup_arena_ struct arena *arena = arena_new();
		struct kernel_log log = parse(arena, lines[i].line);

		if (log.events.count != 1)
			fail_msg("not recognised: %s", lines[i].line);
		assert_string_equal(log.events.items[0].text, "DMAR: IOMMU enabled");
		assert_true(log.events.items[0].seconds > lines[i].seconds - 1e-9);
		assert_true(log.events.items[0].seconds < lines[i].seconds + 1e-9);
	}
}

static void tells_whether_the_log_has_its_beginning(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct kernel_log whole = parse(arena, "[    0.000000] Linux version 6.1.0 (x)\n"
					       "[    0.000000] Command line: quiet\n\n");
	struct kernel_log wrapped = parse(arena, "[ 9000.000000] usb 1-1: new device\n");
	struct kernel_log empty = parse(arena, "");

	(void)state;
	assert_int_equal(whole.known, YES);
	assert_int_equal(whole.complete, YES);
	assert_int_equal(whole.lines, 3);
	assert_int_equal(log_find(&whole, LOG_COMMAND_LINE, NULL)->line, 2);
	assert_int_equal(wrapped.known, YES);
	assert_int_equal(wrapped.complete, NO);
	assert_int_equal(empty.known, UNKNOWN);
	assert_int_equal(empty.complete, UNKNOWN);
}

static void forgets_an_earlier_boot(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct kernel_log log = parse(
		arena, "[  211.0] vfio-pci 0000:0a:00.0: not ready 65535ms after FLR; giving up\n"
		       "[    0.0] Linux version 6.1.0 (x)\n"
		       "[    1.0] pci 0000:0a:00.0: Adding to iommu group 3\n");

	(void)state;
	assert_null(log_find(&log, LOG_RESET_GAVE_UP, NULL));
	assert_int_equal(log.events.count, 2);
	assert_int_equal(log_find(&log, LOG_GROUP_ADDED, "0000:0a:00.0")->line, 3);
}

static void a_bar_that_is_placed_later_is_no_problem(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct kernel_log log = parse(
		arena, "pci 0000:01:00.0: BAR 0 [mem 0xe0-0xef]: assigned\n"
		       "pci 0000:01:00.0: BAR 1 [mem size 0x10000000]: can't assign; no space\n"
		       "pci 0000:01:00.0: BAR 1 [mem size 0x10000000]: failed to assign\n"
		       "pci 0000:02:00.0: BAR 1 [mem size 0x10000000]: failed to assign\n"
		       "pci 0000:03:00.0: VF BAR 1 [mem size 0x10000000]: failed to assign\n"
		       "pci 0000:04:00.0: BAR 1: no space for [mem size 0x10000000]\n"
		       "pci 0000:01:00.0: BAR 1 [mem 0x90000000-0x9fffffff]: assigned\n"
		       "pci 0000:01:00.0: BAR 0 [mem size 0x10]: can't assign; no space\n"
		       "pci 0000:03:00.0: BAR 1 [mem 0x90000000-0x9fffffff]: assigned\n"
		       "pci 0000:04:00.0: BAR 1: assigned [mem 0x80000000-0x8fffffff]\n");

	(void)state;
	assert_null(log_find(&log, LOG_BAR_NO_SPACE, "0000:04:00.0"));
	assert_non_null(log_find(&log, LOG_BAR_NO_SPACE, "0000:02:00.0"));
	assert_non_null(log_find(&log, LOG_SRIOV_NO_SPACE, "0000:03:00.0"));
	/* BAR 0 lost its place after it had one. */
	assert_int_equal(log_find(&log, LOG_BAR_NO_SPACE, "0000:01:00.0")->number, 0);
	assert_int_equal(log.events.count, 3);
}

static void only_the_last_boot_display_counts(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct kernel_log log = parse(
		arena,
		"pci 0000:00:02.0: vgaarb: setting as boot VGA device\n"
		"pci 0000:01:00.0: vgaarb: setting as boot VGA device (overriding previous)\n");

	(void)state;
	assert_int_equal(log.events.count, 1);
	assert_string_equal(log_find(&log, LOG_BOOT_VGA, NULL)->address, "0000:01:00.0");
}

static void finds_by_kind_and_address(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct kernel_log log = parse(arena, "pci 0000:00:00.0: Adding to iommu group 0\n"
					     "DMAR: IOMMU enabled\n"
					     "pci 0000:00:02.0: Adding to iommu group 1\n");

	(void)state;
	assert_int_equal(log.first[LOG_GROUP_ADDED], 1);
	assert_int_equal(log.first[LOG_DMAR_ECHO_ON], 2);
	assert_int_equal(log.first[LOG_XEN], 0);
	assert_int_equal(log_find(&log, LOG_GROUP_ADDED, NULL)->number, 0);
	assert_int_equal(log_find(&log, LOG_GROUP_ADDED, "0000:00:02.0")->number, 1);
	assert_null(log_find(&log, LOG_GROUP_ADDED, "0000:00:03.0"));
	assert_null(log_find(&log, LOG_XEN, NULL));
}

static void text_cannot_steer_a_terminal(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	static const char text[] = "DMAR: Unknown option - '\033[2J\0x'\nDMAR: IOMMU enabled";
	struct kernel_log log = {0};

	(void)state;
	log_parse(arena, text, sizeof(text) - 1, &log);
	assert_int_equal(log.events.count, 2);
	assert_string_equal(log.events.items[0].text, "DMAR: Unknown option - '?[2J?x'");
}

/* Every row must be reachable by the search: a first piece of four bytes or more. */
static void the_table_is_well_formed(void **state)
{
	bool seen[LOG_KINDS] = {false};

	(void)state;
	assert_true(log_rows_count <= LOG_ROWS_MAXIMUM);
	for (size_t i = 0; i < log_rows_count; i++) {
		const struct log_row *row = &log_rows[i];
		int pieces = 1 + !!row->pieces[1] + !!row->pieces[2];

		assert_true(row->kind >= 0 && row->kind <= LOG_BAR_ASSIGNED);
		assert_true(strlen(row->pieces[0]) >= 4);
		assert_true(row->address <= pieces && row->number <= pieces);
		if (row->kind < LOG_KINDS)
			seen[row->kind] = true;
	}
	for (size_t kind = 0; kind < LOG_KINDS; kind++)
		if (!seen[kind])
			fail_msg("no row has kind %zu", kind);
}

static double milliseconds(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* Fifty million bytes of text that tries the search hard must take seconds, not hours. */
static void hostile_logs_end(void **state)
{
	static const char *const patterns[] = {
		"BAR ",
		"[[<6>[1.1] a kernel: ",
		"\n",
		"[1.0] DMAR: BAR AMD-Vi: Event logged [: not ready can't enable Request device [",
		("pci 0000:01:00.0: BAR 1 [mem x]: can't assign; no space\n"
		 "pci 0000:01:00.0: BAR 1 [mem x]: assigned\n"),
		"Linux version 1\nAMD-Vi: Extended features\n",
		"0:0:0:0.0.0:",
	};
	enum { SIZE = 50 * 1000 * 1000 };
	char *text = malloc(SIZE);

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i < ARRAY_SIZE(patterns); i++) {
		_cleanup_arena_ struct arena *arena = arena_new();
		size_t length = strlen(patterns[i]);
		struct kernel_log log = {0};
		double start;

		for (size_t at = 0; at < SIZE; at++)
			text[at] = patterns[i][at % length];
		start = milliseconds();
		log_parse(arena, text, SIZE, &log);
		assert_true(milliseconds() - start < 20000);
		assert_true(log.events.count <= 2 * 8192);
		assert_int_equal(log.known, YES);
	}
	free(text);
}

static void cut_lines_are_survived(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		for (size_t length = 0; length <= strlen(samples[i].text); length++) {
			_cleanup_arena_ struct arena *arena = arena_new();
			struct kernel_log log = {0};
			char *exact =
				malloc(length + 1); /* so that a sanitizer sees every byte read */

			assert_non_null(exact);
			memcpy(exact, samples[i].text, length);
			log_parse(arena, exact, length, &log);
			assert_true(log.events.count <= 1);
			free(exact);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sorts_every_message),
		cmocka_unit_test(leaves_harmless_lines_out),
		cmocka_unit_test(strips_stamps_and_prefixes),
		cmocka_unit_test(tells_whether_the_log_has_its_beginning),
		cmocka_unit_test(forgets_an_earlier_boot),
		cmocka_unit_test(a_bar_that_is_placed_later_is_no_problem),
		cmocka_unit_test(only_the_last_boot_display_counts),
		cmocka_unit_test(finds_by_kind_and_address),
		cmocka_unit_test(text_cannot_steer_a_terminal),
		cmocka_unit_test(the_table_is_well_formed),
		cmocka_unit_test(hostile_logs_end),
		cmocka_unit_test(cut_lines_are_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
