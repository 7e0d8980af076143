/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel log, sorted into the messages that mean something here. One row per message in
 * parse/dmesg.c (exact texts from the kernel sources 6.1, 6.12 and 7.3); everything else is only
 * counted. The log explains a state, it never establishes one: no message is "unknown", not "off".
 */
#ifndef VFIOKIT_PARSE_DMESG_H
#define VFIOKIT_PARSE_DMESG_H

#include "preflight/arena.h"

enum log_kind {
	/* IOMMU, Intel */
	LOG_ACPI_DMAR, /* "ACPI: DMAR 0x…": firmware gives the table */
	LOG_ACPI_IVRS,
	LOG_ACPI_IORT,
	LOG_ACPI_VIOT,
	LOG_DMAR_ECHO_ON,        /* "DMAR: IOMMU enabled": only echoes the parameter */
	LOG_DMAR_ECHO_OFF,       /* "DMAR: IOMMU disabled" */
	LOG_DMAR_UNKNOWN_OPTION, /* "DMAR: Unknown option - '…'" */
	LOG_DMAR_ACTIVE,         /* "DMAR: Intel(R) Virtualization Technology for Directed I/O" */
	LOG_DMAR_INIT_FAILED,
	LOG_DMAR_BROKEN,     /* "Your BIOS is broken", "Parse DMAR table failure", bad RMRR, … */
	LOG_DMAR_NO_DEVICES, /* "DMAR: No DMAR devices found" */
	/* "Disable GFX device mapping", "Disabling IOMMU for graphics on this chipset" */
	LOG_DMAR_GFX_DISABLED,
	LOG_DMAR_HOST_ADDRESS_WIDTH,
	LOG_DMAR_NO_WIDTH, /* "No supported address widths. Not attempting DMA translation." */
	LOG_DMAR_OPT_OUT,  /* "Firmware forces DMA remapping off" */
	/* "DMAR-IR: Enabled IRQ remapping in …", "AMD-Vi: Interrupt remapping enabled" */
	LOG_IR_ENABLED,
	/* "Failed to enable irq remapping", "Disabling interrupt remapping", erratum, no mapping
	 * iommu */
	LOG_IR_FAILED,
	/* IOMMU, AMD */
	LOG_AMDVI_UNKNOWN_OPTION,
	LOG_AMDVI_ACTIVE, /* "AMD-Vi: Extended features", performance counters, … */
	/* "IVRS table error", "IVRS invalid checksum", "IOAPIC[%d] not in IVRS table", … */
	LOG_AMDVI_BROKEN,
	LOG_AMDVI_DISABLED, /* Stoney Ridge, SME active */
	/* IOMMU, others and all */
	LOG_SMMU_ACTIVE, /* "arm-smmu-v3 …: ias …" (6.x), "oas …" (7.3), SMMUv2 probing */
	LOG_GROUP_ADDED, /* "Adding to iommu group %d"; address and number set */
	LOG_DEFAULT_DOMAIN,
	LOG_SWIOTLB, /* "PCI-DMA: Using software bounce buffering" */
	/* DMAR fault reason line, AMD-Vi IO_PAGE_FAULT, SMMU event; address set where told */
	LOG_DMA_FAULT,
	/* RMRR refusal of 6.1, "1:1 IOMMU mapping" of newer kernels; address set */
	LOG_RMRR_INELIGIBLE,
	LOG_DMA_ALIAS,     /* "Enabling fixed DMA alias to %02x.%d" */
	LOG_ACS_OVERRIDE,  /* "Warning: PCIe ACS overrides enabled" */
	LOG_PCH_ACS_QUIRK, /* "Intel PCH root port ACS workaround enabled" and the SPT one */
	/* CPU and boot */
	/* "VMX (outside TXT) disabled by BIOS", "kvm: disabled by bios", "SVM disabled" */
	LOG_VMX_DISABLED,
	/* "DMI: Dell Inc. PowerEdge R740/…, BIOS …", "Machine model: …" (device tree) */
	LOG_MACHINE,
	LOG_HYPERVISOR,         /* "Hypervisor detected: KVM" */
	LOG_XEN,                /* "Xen version", "Booting paravirtualized kernel on Xen" */
	LOG_UNKNOWN_PARAMETERS, /* "Unknown kernel command line parameters "…"" */
	LOG_MALFORMED_OPTION,   /* "Malformed early option '…'" */
	LOG_LOCKDOWN,
	LOG_SECURE_BOOT, /* "secureboot: Secure boot enabled" / disabled: text tells */
	/* "Loading of … is rejected", "Key was rejected"; not the taint message "module
	 * verification failed", which loads the module all the same */
	LOG_SIGNATURE_REFUSED,
	/* "%s: Unknown parameter `%s'", "unknown parameter '%s' ignored" */
	LOG_UNKNOWN_MODULE_PARAMETER,
	LOG_COMMAND_LINE, /* "Command line: …" (first lines) */
	/* "Linux version …": the boot's first line; without it the log has wrapped */
	LOG_LINUX_VERSION,
	/* VFIO */
	LOG_VFIO_LOADED,
	LOG_VFIO_ID_ADDED, /* "vfio_pci: add [10de:1b80[…" */
	LOG_VFIO_INVALID_ID,
	LOG_VFIO_DENYLIST, /* "exists in vfio-pci device denylist" */
	/* "probe of … failed with error -22", both wordings; address and number set */
	LOG_VFIO_PROBE_FAILED,
	LOG_VFIO_PF_ENABLED,        /* "Cannot bind to PF with SR-IOV enabled" */
	LOG_VFIO_TOKEN,             /* "VF token required to access device" */
	LOG_BAR_BUSY,               /* "BAR %d: can't reserve"; address set */
	LOG_ROM_INVALID,            /* "Invalid PCI ROM header signature" */
	LOG_NO_INTERRUPT_REMAPPING, /* vfio_iommu_type1's refusal */
	LOG_UNSAFE_MSI,             /* "MSI interrupts are not secure" */
	LOG_MEMLOCK,                /* "RLIMIT_MEMLOCK (%ld) exceeded"; number set */
	LOG_NOIOMMU, /* "vfio-noiommu device opened", "Adding kernel taint for vfio-noiommu" */
	/* "Device is currently in use, task … blocked" and the request channel one */
	LOG_IN_USE_BLOCKED,
	/* PCI resources, power, reset */
	/* "not ready %dms after %s; giving up" with FLR, bus reset, …; vendor-reset's failures */
	LOG_RESET_GAVE_UP,
	/* "Unable to change power state from …", "Refused to change power state", "not ready …
	 * after resume/D3…" */
	LOG_POWER_STUCK,
	LOG_PENDING_TRANSACTION,
	LOG_LINK_DOWN,      /* "Data Link Layer Link Active not set" */
	LOG_UNKNOWN_HEADER, /* "unknown header type 7f, ignoring device" */
	/* "not enough MMIO resources for SR-IOV", "bus %02x out of range", "IOV BARS not
	 * allocated"; also a VF BAR that LOG_BAR_NO_SPACE's messages name ("VF BAR 0", before
	 * 6.7 "BAR 7") */
	LOG_SRIOV_NO_SPACE,
	/* "driver does not support SR-IOV configuration via sysfs", no driver bound */
	LOG_SRIOV_DRIVER,
	/* "can't assign; no space", "failed to assign", "can't claim; …" of a memory BAR 0 to 5
	 * that the log does not report as assigned later; address set */
	LOG_BAR_NO_SPACE,
	LOG_BAR_NOT_ASSIGNED, /* "not assigned; can't enable device" */
	LOG_SHADOWED_ROM,
	/* "vgaarb: setting as boot VGA device"; only the last choice where it changes */
	LOG_BOOT_VGA,
	LOG_EFIFB,              /* "efifb: framebuffer at 0x…" and simpledrm's line */
	LOG_NVIDIA_IN_USE,      /* "Attempting to remove device … with non-zero usage count" */
	LOG_NVIDIA_INIT_FAILED, /* "RmInitAdapter failed" */
	LOG_KINDS,
};

struct log_event {
	enum log_kind kind;
	unsigned line; /* 1-based line of the log text */
	/* The line without its time stamp, control characters as '?'; cut behind 2047 bytes (the
	 * kernel writes no longer ones). */
	const char *text;
	double seconds; /* since boot; -1 where the line has no stamp */
	/* Full PCI address the line is about ("0000:01:00.0"); NULL none. Lines without a segment
	 * (DMAR faults before 7.x) give segment 0000. */
	const char *address;
	/*
	 * What the kind's message counts, else 0:
	 *   LOG_GROUP_ADDED group; LOG_DMAR_HOST_ADDRESS_WIDTH bits; LOG_SMMU_ACTIVE input
	 *   address bits (0: not told); LOG_SECURE_BOOT 1 enabled, 0 disabled;
	 *   LOG_VFIO_ID_ADDED vendor id << 16 | device id; LOG_VFIO_PROBE_FAILED negative errno;
	 *   LOG_BAR_BUSY, LOG_BAR_NO_SPACE the BAR's index; LOG_MEMLOCK bytes;
	 *   LOG_RESET_GAVE_UP, LOG_LINK_DOWN and "not ready" of LOG_POWER_STUCK milliseconds;
	 *   LOG_UNKNOWN_HEADER header type; LOG_EFIFB the BAR's index where address is set, else
	 *   the physical address.
	 */
	int64_t number;
};

struct log_events {
	struct log_event *items;
	size_t count, capacity;
};

struct kernel_log {
	enum truth known;    /* a log could be read */
	enum truth complete; /* YES: holds this boot's first line; NO: the buffer has wrapped */
	const char *source;  /* "dmesg" or "journal" */
	size_t lines;
	struct log_events events; /* in the log's order */
	size_t first[LOG_KINDS];  /* index of the kind's first event + 1; 0 none */
};

/*
 * Parses the text that `dmesg` prints (with or without "[    1.234567] " stamps, also with a
 * "<6>" level prefix, caller ids, journal short format "host kernel: " prefixes, CRLF). Fills
 * events, lines, complete and first; known becomes YES when there is at least one line, source
 * stays as it is.
 *
 * A "Linux version" line begins a boot: events before it are another boot's and are left out. A
 * line gives one event at most; of each kind the first 8192 are kept.
 */
void log_parse(struct arena *arena, const char *text, size_t length, struct kernel_log *ret_log);

/* The first event of a kind about this address (NULL: about any), or NULL. */
const struct log_event *log_find(const struct kernel_log *log, enum log_kind kind,
				 const char *address);

#endif
