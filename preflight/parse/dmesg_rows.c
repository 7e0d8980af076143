/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/parse/dmesg_rows.h"

#define BEGINS(kind_, ...) .kind = kind_, .begins = true, .pieces = {__VA_ARGS__}
#define HOLDS(kind_, ...)  .kind = kind_, .pieces = {__VA_ARGS__}
/* A line that names the PCI function which it is about. */
#define FUNCTION(kind_, ...) HOLDS(kind_, __VA_ARGS__), .address = FIRST_ADDRESS

/* clang-format off */
/* Where several rows match a line, the first one counts. */
const struct log_row log_rows[] = {
	/* The boot. */
	{ BEGINS(LOG_LINUX_VERSION, "Linux version ") },
	{ BEGINS(LOG_COMMAND_LINE, "Command line: ") },
	{ BEGINS(LOG_COMMAND_LINE, "Kernel command line: ") },
	{ BEGINS(LOG_UNKNOWN_PARAMETERS, "Unknown kernel command line parameters ") },
	{ BEGINS(LOG_UNKNOWN_PARAMETERS, "Unknown command line parameters: ") }, /* 5.14 */
	{ BEGINS(LOG_MALFORMED_OPTION, "Malformed early option '") },
	{ BEGINS(LOG_MACHINE, "DMI: ", ", BIOS ") },
	{ BEGINS(LOG_MACHINE, "Machine model: ") },
	{ BEGINS(LOG_HYPERVISOR, "Hypervisor detected: ") },
	{ BEGINS(LOG_XEN, "Xen version") },
	{ BEGINS(LOG_XEN, "Booting paravirtualized kernel on Xen") },
	{ HOLDS(LOG_VMX_DISABLED, "VMX (outside TXT) disabled by BIOS") },
	{ HOLDS(LOG_VMX_DISABLED, "VMX (inside TXT) disabled by BIOS") },
	{ HOLDS(LOG_VMX_DISABLED, "VMX not enabled (by BIOS)") },
	{ HOLDS(LOG_VMX_DISABLED, "SVM disabled (by BIOS)") },
	{ HOLDS(LOG_VMX_DISABLED, "kvm: disabled by bios") },	/* before 5.18 */
	{ HOLDS(LOG_VMX_DISABLED, "kvm: support for '", "disabled by bios") },
	/* Lockdown names the program that asked, not the module. */
	{ HOLDS(LOG_SIGNATURE_REFUSED, "Lockdown: ", ": unsigned module loading is restricted") },
	{ HOLDS(LOG_LOCKDOWN, "Kernel is locked down from ") },
	{ HOLDS(LOG_LOCKDOWN, "Lockdown: ", " is restricted; see man kernel_lockdown.7") },
	{ BEGINS(LOG_SECURE_BOOT, "secureboot: Secure boot enabled") },
	{ BEGINS(LOG_SECURE_BOOT, "secureboot: Secure boot disabled") },
	/* distributions before 5.4 */
	{ BEGINS(LOG_SECURE_BOOT, "Secure boot enabled") },
	{ BEGINS(LOG_SECURE_BOOT, "Secure boot disabled") },
	{ BEGINS(LOG_SIGNATURE_REFUSED, "Loading of ", " is rejected") },
	{ HOLDS(LOG_SIGNATURE_REFUSED, "Key was rejected by service") },
	{ HOLDS(LOG_SIGNATURE_REFUSED, "Required key not available") },
	{ HOLDS(LOG_UNKNOWN_MODULE_PARAMETER, ": Unknown parameter `") },
	{ HOLDS(LOG_UNKNOWN_MODULE_PARAMETER, ": unknown parameter '", "' ignored") },

	/* The IOMMU in the ACPI tables: "ACPI: DMAR 0x000000007FFE4F00 0000A8 (v02 …". */
	{ BEGINS(LOG_ACPI_DMAR, "ACPI: DMAR ", " (v") },
	{ BEGINS(LOG_ACPI_DMAR, "ACPI: RMAD ", " (v") }, /* under Xen, which hides it so */
	{ BEGINS(LOG_ACPI_IVRS, "ACPI: IVRS ", " (v") },
	{ BEGINS(LOG_ACPI_IORT, "ACPI: IORT ", " (v") },
	{ BEGINS(LOG_ACPI_VIOT, "ACPI: VIOT ", " (v") },

	/* Intel VT-d. */
	{ BEGINS(LOG_DMAR_ECHO_ON, "DMAR: IOMMU enabled") },
	{ BEGINS(LOG_DMAR_ECHO_ON, "Intel-IOMMU: enabled") },		/* before 4.1 */
	{ BEGINS(LOG_DMAR_ECHO_OFF, "DMAR: IOMMU disabled") },
	{ BEGINS(LOG_DMAR_ECHO_OFF, "Intel-IOMMU: disabled") },
	{ BEGINS(LOG_DMAR_UNKNOWN_OPTION, "DMAR: Unknown option - '") },
	{ HOLDS(LOG_DMAR_ACTIVE, "Intel(R) Virtualization Technology for Directed I/O") },
	{ HOLDS(LOG_DMAR_INIT_FAILED, "DMAR: Initialization failed") },
	{ HOLDS(LOG_DMAR_INIT_FAILED, "tboot: Failed to initialize DMAR") },
	{ HOLDS(LOG_DMAR_BROKEN, "Your BIOS is broken; ") },
	{ HOLDS(LOG_DMAR_BROKEN, "DMAR: Parse DMAR table failure") },
	{ HOLDS(LOG_DMAR_BROKEN, "No firmware reserved region can cover this RMRR") },
	{ HOLDS(LOG_DMAR_BROKEN, "DMAR: [Firmware Bug]: Record passes table end") },
	{ HOLDS(LOG_DMAR_BROKEN, "DMAR: [Firmware Bug]: No DRHD structure") },
	{ HOLDS(LOG_DMAR_BROKEN, "DMAR: Invalid 0-length structure") }, /* before 5.16 */
	{ HOLDS(LOG_DMAR_BROKEN, "DMAR: Invalid DMAR haw") },
	{ HOLDS(LOG_DMAR_BROKEN, "DMAR: Unable to map DMAR") },
	{ HOLDS(LOG_DMAR_BROKEN, "DMAR: Can't validate DRHD address") },
	{ HOLDS(LOG_DMAR_BROKEN, "DMAR: Failed to map dmar") },
	{ HOLDS(LOG_DMAR_NO_DEVICES, "No DMAR devices found") },
	{ HOLDS(LOG_DMAR_GFX_DISABLED, "DMAR: Disable GFX device mapping") },
	/* Debian's own. */
	{ HOLDS(LOG_DMAR_GFX_DISABLED, "DMAR: Disable integrated GPU device mapping") },
	{ FUNCTION(LOG_DMAR_GFX_DISABLED, "Disabling IOMMU for graphics on this chipset") },
	{ FUNCTION(LOG_DMAR_GFX_DISABLED, "no shadow GTT; disabling IOMMU for graphics") },
	{ HOLDS(LOG_DMAR_HOST_ADDRESS_WIDTH, "Host address width "), .number = 1 },
	{ HOLDS(LOG_DMAR_NO_WIDTH, "No supported address widths. Not attempting DMA translation") },
	{ HOLDS(LOG_DMAR_OPT_OUT, "DMAR: Firmware forces DMA remapping off") },
	{ HOLDS(LOG_IR_ENABLED, "Enabled IRQ remapping in ") },
	{ HOLDS(LOG_IR_ENABLED, "AMD-Vi: Interrupt remapping enabled") },
	{ HOLDS(LOG_IR_FAILED, "Failed to enable irq remapping") },
	/* Three more lines follow it: "on a chipset that contains an erratum …". */
	{ HOLDS(LOG_IR_FAILED, "This system BIOS has enabled interrupt remapping") },
	{ HOLDS(LOG_IR_FAILED, "has no mapping iommu, interrupt remapping will be disabled") },
	{ HOLDS(LOG_IR_FAILED, "DMAR-IR: Not enabling interrupt remapping") },
	{ HOLDS(LOG_IR_FAILED, "DMAR-IR: Failed to setup irq remapping") },
	{ HOLDS(LOG_IR_FAILED, "AMD-Vi: Disabling interrupt remapping") },

	/* AMD-Vi. */
	{ BEGINS(LOG_AMDVI_UNKNOWN_OPTION, "AMD-Vi: Unknown option - '") },
	{ HOLDS(LOG_AMDVI_ACTIVE, "AMD-Vi: Extended features") },
	{ HOLDS(LOG_AMDVI_ACTIVE, "AMD-Vi: IOMMU performance counters supported") },
	{ HOLDS(LOG_AMDVI_ACTIVE, "AMD-Vi: Found IOMMU ") },	/* up to 6.1 */
	{ HOLDS(LOG_AMDVI_BROKEN, "AMD-Vi: ", "IVRS table error") },
	{ HOLDS(LOG_AMDVI_BROKEN, "AMD-Vi: ", "IVRS invalid checksum") },
	{ HOLDS(LOG_AMDVI_BROKEN, "AMD-Vi: ", " not in IVRS table") },
	{ HOLDS(LOG_AMDVI_BROKEN, "AMD-Vi: ", "No southbridge IOAPIC found") },
	{ HOLDS(LOG_AMDVI_BROKEN, "AMD-Vi: Can not reserve memory region ") },
	{ HOLDS(LOG_AMDVI_BROKEN, "AMD-Vi: Unsupported IVHD type") },
	{ HOLDS(LOG_AMDVI_BROKEN, "AMD-Vi: IOMMU", "Failed to initialize IOMMU Hardware") },
	{ HOLDS(LOG_AMDVI_DISABLED, "AMD-Vi: Disable IOMMU on Stoney Ridge") },
	{ HOLDS(LOG_AMDVI_DISABLED, "AMD-Vi: IOMMU not currently supported when SME is active") },
	{ HOLDS(LOG_AMDVI_DISABLED,
		   "AMD-Vi: Failed to initialize. The CMPXCHG16B feature is required") },

	/* Arm, and what all IOMMU drivers share. */
	{ BEGINS(LOG_SMMU_ACTIVE, "arm-smmu-v3 ", ": ias ", "-bit, oas "), .number = 2 },
	{ BEGINS(LOG_SMMU_ACTIVE, "arm-smmu-v3 ", ": oas ", "-bit (features ") },	/* 7.x. */
	{ BEGINS(LOG_SMMU_ACTIVE, "arm-smmu ", ": probing hardware configuration") },
	{ FUNCTION(LOG_GROUP_ADDED, ": Adding to iommu group "), .number = 1 },
	/* Before 5.2. */
	{ BEGINS(LOG_GROUP_ADDED, "iommu: Adding device ", " to group "),
	  .address = 1, .number = 2 },
	{ HOLDS(LOG_DEFAULT_DOMAIN, "iommu: Default domain type: ") },
	{ HOLDS(LOG_SWIOTLB, "PCI-DMA: Using software bounce buffering") },
	{ HOLDS(LOG_DMA_FAULT, "Request device [", " fault "), .address = 1 },
	{ HOLDS(LOG_DMA_FAULT, "Event logged [", "device="), .address = 2 },
	{ FUNCTION(LOG_DMA_FAULT, "AMD-Vi: Event logged [IO_PAGE_FAULT ") },
	{ FUNCTION(LOG_DMA_FAULT, "AMD-Vi: Event logged [RMP_") },
	/* 7.x. */
	{ BEGINS(LOG_DMA_FAULT, "arm-smmu-v3 ", ": event: ", " client: "), .address = 3 },
	{ BEGINS(LOG_DMA_FAULT, "arm-smmu-v3 ", ": event 0x", " received:") },
	{ BEGINS(LOG_DMA_FAULT, "arm-smmu ", ": Unhandled context fault: ") },
	{ BEGINS(LOG_DMA_FAULT, "arm-smmu ", ": Blocked unknown Stream ID ") },
	{ BEGINS(LOG_DMA_FAULT, "virtio_iommu ", " fault from EP ") },
	{ FUNCTION(LOG_RMRR_INELIGIBLE,
		   "Device is ineligible for IOMMU domain attach due to platform RMRR") },
	{ FUNCTION(LOG_RMRR_INELIGIBLE,
		   "Firmware has requested this device have a 1:1 IOMMU mapping, rejecting") },
	{ FUNCTION(LOG_DMA_ALIAS, "Enabling fixed DMA alias ") },
	{ HOLDS(LOG_ACS_OVERRIDE, "Warning: PCIe ACS overrides enabled") },
	{ FUNCTION(LOG_PCH_ACS_QUIRK, "PCH root port ACS workaround enabled") },

	/* VFIO. */
	{ BEGINS(LOG_VFIO_LOADED, "VFIO - User Level meta-driver version") },
	{ BEGINS(LOG_VFIO_ID_ADDED, "vfio_pci: add ["), .number = 1, .base = 16 },
	{ BEGINS(LOG_VFIO_INVALID_ID, "vfio_pci: invalid id string ") },
	{ BEGINS(LOG_VFIO_INVALID_ID, "vfio-pci: invalid id string ") },
	{ BEGINS(LOG_VFIO_INVALID_ID, "vfio_pci: failed to add dynamic id ") },
	{ FUNCTION(LOG_VFIO_DENYLIST, "exists in vfio-pci device ",
		   "list, driver probing disallowed") },
	{ FUNCTION(LOG_VFIO_PROBE_FAILED, ": probe with driver ", "vfio",
		   " failed with error "), .number = 3 },
	{ HOLDS(LOG_VFIO_PROBE_FAILED, "vfio_pci: probe of ",
		   " failed with error "), .address = 1, .number = 2 },
	{ HOLDS(LOG_VFIO_PROBE_FAILED, "vfio-pci: probe of ",
		   " failed with error "), .address = 1, .number = 2 },
	{ FUNCTION(LOG_VFIO_PF_ENABLED, "Cannot bind to PF with SR-IOV enabled") },
	{ FUNCTION(LOG_VFIO_TOKEN, "VF token required to access device") },
	{ FUNCTION(LOG_VFIO_TOKEN, "Incorrect VF token provided for device") },
	{ FUNCTION(LOG_BAR_BUSY, "BAR ", ": can't reserve "), .number = 1 },
	{ FUNCTION(LOG_ROM_INVALID, "Invalid PCI ROM header signature") },
	{ FUNCTION(LOG_ROM_INVALID, "Invalid ROM contents") },	/* before 4.10 */
	{ BEGINS(LOG_NO_INTERRUPT_REMAPPING,
		   "vfio_iommu_type1_attach_group: No interrupt remapping") },
	{ FUNCTION(LOG_UNSAFE_MSI, "MSI interrupts are not secure, they cannot be isolated") },
	{ HOLDS(LOG_MEMLOCK, "RLIMIT_MEMLOCK (", ") exceeded"), .number = 1 },
	{ FUNCTION(LOG_NOIOMMU, "vfio-noiommu device opened by user") },
	{ FUNCTION(LOG_NOIOMMU, "Adding kernel taint for vfio-noiommu") },
	{ FUNCTION(LOG_IN_USE_BLOCKED, "Device is currently in use, task ",
		   "blocked until device is released") },
	{ FUNCTION(LOG_IN_USE_BLOCKED, "No device request channel registered, blocked") },

	/* Power, reset, links. */
	{ FUNCTION(LOG_POWER_STUCK, ": not ready ", "ms after resume; giving up"), .number = 1 },
	{ FUNCTION(LOG_POWER_STUCK, ": not ready ", "ms after PM D3", "; giving up"), .number = 1 },
	{ FUNCTION(LOG_RESET_GAVE_UP, ": not ready ", "ms after ", "; giving up"), .number = 1 },
	/* The vendor-reset module. */
	{ FUNCTION(LOG_RESET_GAVE_UP, ": AMD_", ": PSP did not acknowledger reset") },
	{ FUNCTION(LOG_RESET_GAVE_UP, ": AMD_", ": failed to reset device") },
	{ FUNCTION(LOG_POWER_STUCK, "Unable to change power state from ", "device inaccessible") },
	/* 5.5 to 5.18 */
	{ FUNCTION(LOG_POWER_STUCK, "can't change power state from ", " to ") },
	{ FUNCTION(LOG_POWER_STUCK, "efused to change power state") }, /* "refused" up to 5.18 */
	{ FUNCTION(LOG_PENDING_TRANSACTION, "imed out waiting for pending transaction") },
	{ FUNCTION(LOG_LINK_DOWN, "Data Link Layer Link Active not set in "), .number = 1 },
	{ FUNCTION(LOG_UNKNOWN_HEADER, "unknown header type ",
		   "ignoring device"), .number = 1, .base = 16 },

	/* SR-IOV and BARs. "BAR n: no space for [mem …]" and the like: before 6.7. */
	{ FUNCTION(LOG_SRIOV_NO_SPACE, "not enough MMIO resources for SR-IOV") },
	{ FUNCTION(LOG_SRIOV_NO_SPACE, "can't enable ", " VFs (bus ", " out of range of ") },
	{ FUNCTION(LOG_SRIOV_NO_SPACE, "SR-IOV: bus number out of range") },
	{ FUNCTION(LOG_SRIOV_NO_SPACE, "IOV BARS not allocated") },
	{ FUNCTION(LOG_SRIOV_DRIVER, "river does not support SR-IOV configuration via sysfs") },
	{ FUNCTION(LOG_SRIOV_DRIVER, "river doesn't support SRIOV configuration via sysfs") },
	{ FUNCTION(LOG_SRIOV_DRIVER, "no driver bound to device; cannot configure SR-IOV") },
	{ FUNCTION(LOG_EFIFB, "BAR ", ": assigned to efifb"), .number = 1 },
	{ FUNCTION(LOG_BAR_NO_SPACE, ": can't assign; no space") },
	{ FUNCTION(LOG_BAR_NO_SPACE, ": failed to assign") },
	{ FUNCTION(LOG_BAR_NO_SPACE, "BAR ", ": no space for [") },
	{ FUNCTION(LOG_BAR_NO_SPACE, "]: can't claim; ") },
	{ FUNCTION(LOG_BAR_NO_SPACE, "can't claim BAR ", "]: ") },
	{ FUNCTION(LOG_BAR_ASSIGNED, "BAR ", "]: assigned") },
	{ FUNCTION(LOG_BAR_ASSIGNED, "BAR ", ": assigned [") },
	{ FUNCTION(LOG_BAR_NOT_ASSIGNED, " not assigned; can't enable device") },
	{ FUNCTION(LOG_BAR_NOT_ASSIGNED, " not claimed; can't enable device") },
	{ FUNCTION(LOG_BAR_NOT_ASSIGNED, "can't enable device: BAR ", " not ") }, /* before 3.15 */

	/* Display. */
	{ FUNCTION(LOG_SHADOWED_ROM, "Video device with shadowed ROM") },
	/* before 5.11 */
	{ HOLDS(LOG_BOOT_VGA, "vgaarb: setting as boot device: PCI:"), .address = 1 },
	{ FUNCTION(LOG_BOOT_VGA, "vgaarb: setting as boot ") },
	{ BEGINS(LOG_EFIFB, "efifb: framebuffer at "), .number = 1, .base = 16 },
	{ BEGINS(LOG_EFIFB, "vesafb: framebuffer at "), .number = 1, .base = 16 },
	{ BEGINS(LOG_EFIFB, "simple-framebuffer ", ": framebuffer at "), .number = 2, .base = 16 },
	{ HOLDS(LOG_EFIFB, "[drm] Initialized simpledrm ") },
	{ FUNCTION(LOG_NVIDIA_IN_USE, "NVRM: Attempting to remove ", "with non-zero usage count") },
	{ FUNCTION(LOG_NVIDIA_INIT_FAILED, "NVRM: ", "RmInitAdapter failed") },
};
/* clang-format on */

const size_t log_rows_count = ARRAY_SIZE(log_rows);
