/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The machine, its kernel and modules, its displays and limits. Part of facts.h, which includes this. */
#ifndef VFIOKIT_HOST_FACTS_H
#define VFIOKIT_HOST_FACTS_H

#include "preflight/facts/configuration_facts.h"
#include "preflight/facts/device_facts.h"

/* -- the machine, its firmware and its kernel ------------------------------------------------ */

enum cpu_vendor { CPU_UNKNOWN, CPU_INTEL, CPU_AMD, CPU_HYGON, CPU_ZHAOXIN, CPU_ARM, CPU_OTHER };

/* A kernel configuration option: 'y', 'm', 'n' or 0 for not known. */
struct kernel_config {
	enum truth known;
	const char *source; /* "/boot/config-6.1.0-50-amd64" */
	char intel_iommu, intel_iommu_default_on, intel_iommu_default_on_intgpu_off, amd_iommu,
		irq_remap, vfio, vfio_pci, vfio_iommu_type1, vfio_pci_vga, vfio_group, iommufd,
		vfio_device_cdev, arm_smmu, arm_smmu_v3, default_passthrough, modules;
};

struct machine_facts {
	const char *hostname, *distro_id, *distro_version, *distro_name; /* NULL not known */
	const char *distro_like;  /* os-release's ID_LIKE, words with blanks between; NULL none */
	const char *platform;     /* "proxmox", "ostree", "nixos", "talos", "unraid"; NULL none */
	const char *kernel;       /* the running release, "6.1.0-50-amd64"; NULL not known */
	const char *architecture; /* "x86_64", "aarch64", …; NULL not known */
	enum cpu_vendor cpu_vendor;
	const char *cpu_model;
	enum truth cpu_virtualization; /* vmx or svm in the flags; UNKNOWN off x86 */
	int physical_bits; /* the CPU's physical address width (cpuinfo "address sizes"); 0 not
				   known */
	enum truth in_vm;  /* the hypervisor flag, DMI, or a Xen guest */
	struct origin in_vm_origin; /* where in_vm is YES */
	const char *hypervisor; /* "kvm", "xen", "vmware", "microsoft", …; NULL none or not known */
	enum truth xen_dom0;
	enum truth in_container;
	const char *firmware; /* "uefi", "bios", "devicetree"; NULL not known */
	enum truth secure_boot, setup_mode;
	struct origin secure_boot_origin;
	const char *lockdown; /* "none", "integrity", "confidentiality"; NULL not known */
	const char *dmi_vendor, *dmi_product, *dmi_board, *bios_version;
	struct kernel_config config;
	enum truth running_as_root; /* of this process; trees: YES (what is missing is missing) */
};

/* -- kernel modules -------------------------------------------------------------------------- */

struct module_parameter {
	const char *module, *name, *value; /* module in '_' form */
	struct origin origin;
};

struct module_parameters {
	struct module_parameter *items;
	size_t count, capacity;
};

struct module_facts {
	const char *directory; /* "lib/modules/6.1.0-50-amd64"; NULL kernel not known */
	enum truth directory_present;
	enum truth modules_root_present; /* lib/modules itself: without it the tree tells nothing */
	enum truth loaded_known;
	struct strings loaded; /* '_' form, from sys/module (initstate present) or proc/modules */
	enum truth builtin_known;
	struct strings builtin; /* all of the running kernel's, '_' form, from modules.builtin */
	enum truth vfio_pci;    /* available: built in, loaded, or a file listed in modules.dep */
	enum truth vfio_iommu_type1;
	struct origin vfio_pci_origin;
	struct module_parameters parameters; /* in force now, of vfio*, iommufd, kvm* */
	struct modprobe_lines modprobe;      /* every line that modprobe reads, in its order */
	enum truth modprobe_known;
};

/* -- display, input, limits ------------------------------------------------------------------ */

struct framebuffer {
	const char *name;      /* "fb0" */
	const char *driver;    /* "EFI VGA", "simpledrmdrmfb", … */
	struct device *device; /* the function it draws on, NULL not known */
};

struct framebuffers {
	struct framebuffer *items;
	size_t count, capacity;
};

/* A range of /proc/iomem that a boot framebuffer driver holds. */
struct boot_framebuffer {
	uint64_t start, end;
	const char *owner;     /* "efifb", "simplefb", "BOOTFB", "vesafb" */
	struct device *device; /* whose BAR it lies in; NULL none */
	struct origin origin;
};

struct boot_framebuffers {
	struct boot_framebuffer *items;
	size_t count, capacity;
};

/* The memory lock limit of a process that starts VMs. */
struct memlock_limit {
	const char *process; /* "libvirtd (812)" */
	uint64_t soft, hard; /* bytes, UINT64_MAX unlimited */
	bool can_raise;      /* has CAP_SYS_RESOURCE in its bounding and effective sets */
	struct origin origin;
};

struct memlock_limits {
	struct memlock_limit *items;
	size_t count, capacity;
};

/* What libblkid said of a block device of the running machine; all NULL: nothing is on it. */
struct block_signature {
	const char *block; /* "sda2" */
	const char *type, *label, *uuid;
	bool failed; /* libblkid could not tell */
};

struct block_signatures {
	struct block_signature *items;
	size_t count, capacity;
};

struct usage_facts {
	/* Whether each kind of use could be looked for at all; without it a device's empty list of
	 * uses of that kind means nothing. */
	enum truth known[USE_KINDS];
	struct unread why_unknown[USE_KINDS]; /* the file that was missing; path NULL where known */
	struct framebuffers framebuffers;
	struct boot_framebuffers boot_framebuffers;
	enum truth iomem_readable; /* addresses are zeros for non-root */
	struct memlock_limits memlock;
	enum truth memlock_known;
	struct block_signatures signatures; /* those that were probed, for captures */
	int vfio_node_mode;    /* permission bits of /dev/vfio/vfio; -1 not there or not known */
	uint64_t memory_total; /* bytes; 0 not known */
	enum truth fabric_manager; /* nv-fabricmanager runs on the host */
};

#endif
