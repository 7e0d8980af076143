/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Everything vfiokit knows about one host: plain data, filled once by facts_collect(), read by
 * checks, plans and reports, changed by nobody afterwards.
 *
 * Three conventions hold throughout.
 *  - Unknown is a value. enum truth starts at UNKNOWN, numbers that may be unknown say which value
 *    means so, and NULL text means "not known or not there" as its comment tells.
 *  - Facts carry their origin (file, line, the text itself) so that a finding can quote them.
 *  - All memory belongs to facts->arena.
 *
 * Paths in origins are host paths with a leading slash ("/etc/default/grub"); the kernel log is
 * the source "dmesg".
 */
#ifndef VFIOKIT_FACTS_H
#define VFIOKIT_FACTS_H

#include "preflight/address.h"
#include "preflight/arena.h"
#include "preflight/boot/boot.h"
#include "preflight/facts/platforms.h"
#include "preflight/host/host.h"
#include "preflight/parse/config.h"
#include "preflight/parse/dmesg.h"

/* Where a fact was read. source NULL: nowhere (the fact is unknown or was derived). */
struct origin {
	const char *source; /* "/proc/cmdline", "dmesg" */
	unsigned line;    /* 1…, 0 where lines mean nothing (links, directories, binary tables) */
	const char *text; /* what stands there, one line */
};

struct origins {
	struct origin *items;
	size_t count, capacity;
};

/* A file that a fact needed and that could not be read, and why. */
struct unread {
	const char *path; /* with leading slash */
	int error;        /* -errno */
};

struct unreads {
	struct unread *items;
	size_t count, capacity;
};

/* For facts that come from pasted text: which command on that host would tell what a path would. */
struct source_command {
	const char *pattern; /* of paths with leading slash, as fnmatch(3) has it; or "dmesg" */
	const char *command; /* "sudo lspci -nnvvv" */
};

struct source_commands {
	struct source_command *items; /* the first that matches counts */
	size_t count, capacity;
};

/* -- kernel command line ------------------------------------------------------------------- */

/* One word of the command line as the kernel's next_arg() splits it (lib/cmdline.c). */
struct parameter {
	const char *text;  /* as written, quotes included */
	const char *name;  /* before '=', quotes removed, '-' and '_' as written */
	const char *value; /* behind '=', quotes removed; NULL without '=' */
	struct origin origin;
};

struct parameters {
	struct parameter *items;
	size_t count, capacity;
};

/* -- modprobe configuration ------------------------------------------------------------------ */

enum modprobe_command {
	MODPROBE_OPTIONS,
	MODPROBE_BLACKLIST,
	MODPROBE_INSTALL,
	MODPROBE_REMOVE,
	MODPROBE_SOFTDEP,
	MODPROBE_WEAKDEP,
	MODPROBE_ALIAS,
	MODPROBE_UNKNOWN, /* a first word that modprobe does not know */
};

/* One logical line (continuations joined) of a *.conf file that modprobe reads. */
struct modprobe_line {
	enum modprobe_command command;
	const char *module;   /* the module or alias named, '-' turned into '_'; NULL where none */
	const char *argument; /* the rest of the line, blanks trimmed; "" where none */
	struct origin origin;
};

struct modprobe_lines {
	struct modprobe_line *items;
	size_t count, capacity;
};

/* -- what else decides who gets a device ------------------------------------------------------- */

/* A module that somebody wants loaded at boot: a line of /etc/modules or modules-load.d, or a word
 * (rd.driver.pre=, modules_load=) of a command line. */
struct load_request {
	const char *module; /* '_' form */
	struct origin origin;
};

struct load_requests {
	struct load_request *items;
	size_t count, capacity;
};

/* A rule that sets driver_override for a device: a udev rule or a driverctl file. */
struct override_rule {
	const char *address;      /* the PCI address it names; NULL: matched in another way */
	int vendor_id, device_id; /* -1: any */
	const char *driver;
	struct origin origin;
};

struct override_rules {
	struct override_rule *items;
	size_t count, capacity;
};

/* A file in (or beside) a configuration folder that the tool never reads, and that speaks of vfio. */
struct ignored_file {
	const char *path;     /* with leading slash */
	const char *reader;   /* who people think reads it: "modprobe", "dracut", … */
	struct origin origin; /* its first line about vfio */
};

struct ignored_files {
	struct ignored_file *items;
	size_t count, capacity;
};

struct handover_facts {
	struct load_requests loads;
	enum truth loads_known;
	struct override_rules overrides;
	enum truth overrides_known;
	struct ignored_files ignored;
};

/* -- what uses a device ---------------------------------------------------------------------- */

enum use_kind {
	USE_FILESYSTEM,
	USE_SWAP,
	USE_LVM,
	USE_MD,
	USE_ZFS,
	USE_CRYPT,
	USE_MULTIPATH,
	USE_STORAGE, /* a block device that nothing on this host uses now: data may still be on it
		      */
	USE_NETWORK,
	USE_DISPLAY,
	USE_INPUT,
	USE_PROCESS,
	USE_KINDS,
};

/*
 * One use of a device by the host. critical: taking the device away would hurt the running host (a
 * mounted file system, active swap, the interface with the default route or in a bridge or bond
 * with it, the only console, the only keyboard). Not critical: a disk nobody mounted, an idle
 * interface.
 */
struct use {
	enum use_kind kind;
	bool critical;
	const char *what;     /* "/dev/sda2 on /", "eno1: default route", "qemu-system-x86 (812):
				 /dev/dri/card0" */
	struct origin origin; /* what shows it */
};

struct uses {
	struct use *items;
	size_t count, capacity;
};

/* -- PCI functions --------------------------------------------------------------------------- */

enum device_state {
	STATE_UNKNOWN,
	STATE_HOST,     /* a host driver has it */
	STATE_DETACHED, /* a VFIO driver has it, nobody has opened it */
	STATE_ASSIGNED, /* a process (a VM) has its group or device node open */
	STATE_UNBOUND,  /* no driver */
	STATE_BRIDGE,   /* a bridge or port: stays with the host always */
};

enum { BAR_COUNT = 6, BAR_ROM = 6, BAR_SLOTS = 7 };

struct bar {
	bool present; /* the function implements it */
	bool io;      /* I/O ports, not memory */
	bool prefetchable;
	bool assigned;    /* has an address */
	unsigned bits;    /* 32 or 64; 0 for I/O */
	uint64_t address; /* meaningful where assigned */
	uint64_t size;    /* bytes; 0 where not known (unassigned BARs show no size in sysfs) */
};

struct group;

/* Why a device goes to whom at the next boot (next_boot.c). */
enum next_reason {
	NEXT_UNKNOWN,            /* not enough is known */
	NEXT_NOT_ASKED,          /* nothing asks vfio-pci to take it: its host driver will */
	NEXT_EARLY,              /* vfio-pci is loaded before any other driver can be */
	NEXT_SOFTDEP,            /* every rival's softdep loads vfio-pci first */
	NEXT_RIVALS_BLOCKED,     /* every rival is blacklisted, and vfio-pci is loaded */
	NEXT_NO_RIVAL,           /* no other driver claims it, and vfio-pci is loaded */
	NEXT_OVERRIDE,           /* driver_override is set before a driver can bind */
	NEXT_RIVAL_FIRST,        /* a host driver can bind first: nothing orders the two */
	NEXT_RIVAL_IN_INITRAMFS, /* the rival is in the initramfs, vfio-pci is not */
	NEXT_RIVAL_BUILT_IN,     /* the rival is built into the kernel */
	NEXT_IDS_NOT_SEEN, /* vfio-pci will not see the ids: built in, or the initramfs lacks them */
	NEXT_VFIO_NOT_LOADED, /* nothing loads vfio-pci */
};

struct device {
	const char *address; /* "0000:01:00.0"; domains beyond 0xffff have more digits */
	uint32_t domain;
	uint8_t bus, slot, function;
	struct origin origin; /* pasted text: the line that names it; on a host nowhere */
	const char *name;     /* pasted text: as it calls it; NULL: look it up by the ids */

	int vendor_id, device_id, subsystem_vendor_id, subsystem_device_id; /* -1 unknown */
	int class_code; /* 24 bits: class, subclass, programming interface; -1 unknown */
	int revision;   /* -1 unknown */

	struct config_space config; /* parsed configuration space; config.size 0 where unreadable */

	struct device *parent; /* the bridge above; NULL on a root bus, or not known */
	bool parent_unknown;   /* pasted text: there may be a bridge above that it does not show */
	const char *root_bus;  /* "pci0000:00": the host bridge it hangs from */
	struct device *physfn; /* a VF's physical function */
	bool is_bridge; /* header type 1/2 or class 0600, 0601, 0604, 0607: never handed over */

	enum truth has_group; /* the iommu_group link; UNKNOWN where sysfs does not tell */
	struct group *group;  /* NULL unless has_group is YES */
	int predicted_group;  /* index of the predicted group (groups/groups.h); -1 not predicted */
	struct strings predicted_because;

	enum truth has_driver; /* UNKNOWN where the link could not be looked at */
	const char *driver;    /* the driver's name as sysfs has it ("vfio-pci"); NULL unless YES */
	bool vfio_driver;      /* vfio-pci or a VFIO variant driver has it */
	const char *driver_override; /* NULL: none or not known */
	const char *modalias;
	struct strings modules; /* modules whose aliases claim it, '_' form, no vfio_pci */
	struct strings
		vfio_modules; /* VFIO variant drivers that claim it (nvgrace_gpu_vfio_pci, …) */
	enum truth modules_known;

	enum truth handover_asked; /* ids= or an override of the configuration ask for vfio-pci */
	struct origin handover_origin; /* where */
	const char *next_driver; /* who gets it at the next boot; NULL: nobody, or not known */
	enum truth next_known;
	enum next_reason next_reason;
	const char *next_rival; /* the host driver that competes or wins */

	enum device_state state;
	int assigned_pid; /* the process that has it open; 0 none or not known */
	const char *assigned_name;

	int numa_node; /* -1: none or not known */
	enum truth reset_methods_known;
	struct strings reset_methods; /* in the kernel's order of use */
	bool reset_methods_derived;   /* from configuration space: kernels before 5.15 list none */
	struct bar bars[BAR_SLOTS];
	enum truth bars_known;
	enum truth boot_vga;         /* sysfs boot_vga; NO also where the class has no such file */
	enum truth boot_framebuffer; /* the firmware's framebuffer lies in one of its BARs */
	const char *power_state; /* "D0", "D3hot", "D3cold", "unknown", "error"; NULL not known */
	int sriov_total, sriov_active;           /* -1: no SR-IOV file */
	const char *link_speed, *link_speed_max; /* "16.0 GT/s PCIe"; NULL not known */
	int link_width, link_width_max;          /* -1 not known */
	int physical_slot;                       /* sys/bus/pci/slots; -1 none */

	struct uses uses;
	bool target;
};

struct devices {
	struct device *items; /* sorted by domain, bus, slot, function */
	size_t count, capacity;
};

struct device_refs {
	struct device **items;
	size_t count, capacity;
};

/* -- IOMMU ----------------------------------------------------------------------------------- */

enum region_type {
	REGION_OTHER,
	REGION_DIRECT,
	REGION_DIRECT_RELAXABLE,
	REGION_RESERVED,
	REGION_MSI,
};

struct reserved_region {
	uint64_t start, end; /* inclusive */
	enum region_type type;
	struct origin origin;
};

struct reserved_regions {
	struct reserved_region *items;
	size_t count, capacity;
};

struct group {
	int id;
	const char *type;           /* "DMA", "DMA-FQ", "identity", …; NULL not known */
	const char *name;           /* "vfio-noiommu" or NULL */
	struct strings members;     /* names as the kernel lists them, non-PCI ones included */
	struct device_refs devices; /* the PCI functions among them */
	struct reserved_regions reserved;
	enum truth reserved_known;
};

struct groups {
	struct group *items; /* sorted by id */
	size_t count, capacity;
};

enum iommu_kind {
	IOMMU_NONE_KNOWN,
	IOMMU_INTEL,
	IOMMU_AMD,
	IOMMU_SMMU,
	IOMMU_VIRTIO,
	IOMMU_OTHER, /* a unit is registered, of a kind without a name in the contract */
};

/* A registered unit (sys/class/iommu/NAME). */
struct iommu_unit {
	const char *name;
	enum iommu_kind kind;
	int address_bits; /* input address width of translation, from the cap register or the log; 0
			     unknown */
	struct origin origin;
};

struct iommu_units {
	struct iommu_unit *items;
	size_t count, capacity;
};

/* A memory range that firmware wants mapped 1:1 for a device (DMAR RMRR, IVRS IVMD, IORT RMR). */
struct firmware_region {
	uint64_t start, end; /* inclusive */
	bool relaxable;      /* Linux lets VFIO ignore it (USB and graphics under VT-d) */
	struct device_refs
		devices;  /* functions of this host that it names, directly or below a bridge */
	bool all_devices; /* IVMD type 20h */
	struct origin origin;
};

struct firmware_regions {
	struct firmware_region *items;
	size_t count, capacity;
};

/* An IVRS alias: `device` does DMA with requester id of `alias` (IVHD entries 42h, 43h). */
struct requester_alias {
	uint32_t segment;
	uint16_t device, alias; /* bus << 8 | slot << 3 | function */
};

struct requester_aliases {
	struct requester_alias *items;
	size_t count, capacity;
};

enum firmware_table { TABLE_DMAR, TABLE_IVRS, TABLE_IORT, TABLE_VIOT, TABLE_COUNT };

struct iommu_facts {
	enum iommu_kind kind;     /* of the registered units; else what table or CPU would give */
	enum truth groups_listed; /* sys/kernel/iommu_groups could be listed */
	enum truth active; /* YES: a real group and a unit exist; NO: the directories are there and
			      empty, or hold only what is no PCI function's */
	struct origin active_origin;
	enum truth tables_listed;              /* sys/firmware/acpi/tables could be listed */
	enum truth table_present[TABLE_COUNT]; /* file there, or the log's ACPI listing names it */
	enum truth table_valid[TABLE_COUNT];   /* UNKNOWN where it could not be read */
	struct origin
		table_problem[TABLE_COUNT]; /* where table_valid is NO: offset and reason in text */
	enum truth devicetree;              /* the machine is described by a device tree */
	enum truth smmu_in_table; /* the IORT names an SMMU; UNKNOWN where it was not read */
	enum truth interrupt_remapping;
	struct origin interrupt_remapping_origin;
	enum truth interrupt_remapping_in_table; /* DMAR flag bit 0; IVRS names an IOAPIC */
	const char *default_domain; /* "translated", "identity" or NULL; judged from group types
				       first */
	struct origin default_domain_origin;
	struct iommu_units units;
	struct firmware_regions firmware_regions;
	enum truth firmware_regions_known; /* YES: tables parsed, or reserved_regions read for all
					      groups */
	struct requester_aliases aliases;
	bool platform_opt_in; /* DMAR flag DMA_CTRL_PLATFORM_OPT_IN */
};

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

/* -- all of it ------------------------------------------------------------------------------- */

struct facts {
	struct arena *arena;
	bool live;               /* the running machine */
	bool was_live;           /* or a capture that was taken on it */
	bool images_listed_only; /* facts_collect_for_capture(): boot images were not unpacked */
	struct machine_facts machine;
	struct parameters cmdline; /* the running kernel's */
	enum truth cmdline_known;
	const char *cmdline_text;
	struct kernel_log log;
	struct bytes log_text; /* the text that log was made from; data NULL where there is none */
	struct iommu_facts iommu;
	struct groups groups;
	struct devices devices;
	struct module_facts modules;
	struct usage_facts usage;
	const char
		*kernel_asked; /* --kernel: whose next boot is judged; NULL: the default entry's */
	struct handover_facts handover;       /* facts/handover.c */
	struct platform_facts platforms;      /* facts/platforms.c */
	struct boot_facts boot;               /* facts/boot.c */
	struct initramfs_facts initramfs;     /* facts/initramfs.c */
	struct device_refs nvswitches;        /* NVIDIA's NVLink switches (10de, class 0680) */
	struct device_refs *predicted_groups; /* members of each predicted group */
	size_t predicted_group_count;
	struct device_refs targets;     /* in the order asked for, no duplicates */
	struct strings targets_missing; /* asked for and not found */
	const struct expect *
		expect; /* the manifest to judge by (expect/expect.h); NULL none. Set by the caller */
	bool targets_implied; /* taken from the host's configuration, not from the command line */
	struct unreads unread;
	struct source_commands commands; /* pasted text only (facts/lspci.h) */
	bool devices_partial; /* pasted text: functions may be missing from devices and groups */
};

/*
 * Collects everything from host. Never fails as a whole: what cannot be read stays unknown and is
 * listed in facts->unread. The caller owns the result and gives it back with facts_free().
 */
struct facts *facts_collect(const struct host *host);

/* The same, with the next boot judged for this kernel version instead of the default entry's. */
struct facts *facts_collect_for_kernel(const struct host *host, const char *kernel);
/* The same without unpacking boot images: for a capture, which reads them itself. */
struct facts *facts_collect_for_capture(const struct host *host);
void facts_free(struct facts *facts);

static inline void cleanup_facts(struct facts **facts)
{
	facts_free(*facts);
}
#define _cleanup_facts_ _cleanup_(cleanup_facts)

/*
 * The collectors, one file each, called by facts_collect() in this order because later ones use
 * what earlier ones found. Each reads through host only, judges nothing and prints nothing.
 */
void facts_collect_kernel(struct facts *facts,
			  const struct host *host); /* facts/kernel.c: cmdline, log */
void facts_collect_machine(struct facts *facts, const struct host *host); /* facts/machine.c */
void facts_collect_firmware(struct facts *facts,
			    const struct host *host); /* facts/firmware.c: EFI, lockdown */
void facts_collect_pci(struct facts *facts, const struct host *host);     /* facts/pci.c */
void facts_collect_iommu(struct facts *facts, const struct host *host);   /* facts/iommu.c */
void facts_collect_modules(struct facts *facts, const struct host *host); /* facts/modules.c */
void facts_collect_storage(struct facts *facts, const struct host *host); /* facts/storage.c */
void facts_collect_network(struct facts *facts, const struct host *host); /* facts/network.c */
void facts_collect_display(struct facts *facts,
			   const struct host *host); /* facts/display.c: consoles, keyboards */
void facts_collect_processes(
	struct facts *facts,
	const struct host *host); /* facts/processes.c: open nodes, states, limits */

void facts_collect_handover(struct facts *facts, const struct host *host);  /* facts/handover.c */
void facts_collect_platforms(struct facts *facts, const struct host *host); /* facts/platforms.c */
void facts_collect_boot(struct facts *facts,
			const struct host *host); /* facts/boot.c: loader, entries */
/* The generator and its configuration (cheap), and the images of the entries. Reading an image means
 * decompressing it: done only where read_images, for the entry that boots next. facts/initramfs.c */
void facts_collect_initramfs(struct facts *facts, const struct host *host, bool read_images);
/* boot/sources.c: where unified images have their words from, which only the generator tells. After
 * facts_collect_initramfs(). */
void facts_collect_image_sources(struct facts *facts);

/* facts_collect() in two parts, for facts whose functions and groups come from elsewhere: the log and
 * the machine before them; predictions and all that needs them behind facts_collect_iommu(). */
void facts_collect_ground(struct facts *facts, const struct host *host);
void facts_collect_rest(struct facts *facts, const struct host *host);

/* Records that path (without leading slash) could not be read because of error (-errno). Each path
 * is listed once. */
void facts_add_unread(struct facts *facts, const char *path, int error);

/* The recorded error for path (with or without leading slash), or 0. */
int facts_unread_error(const struct facts *facts, const char *path);

/* What to run on the host to know what path (or "dmesg") would tell; NULL where the facts were read
 * from a host. */
const char *facts_command_for(const struct facts *facts, const char *path);

/* The function with this full address, or NULL. Binary search. */
struct device *facts_find_device(const struct facts *facts, const char *address);
struct device *facts_find_function(const struct facts *facts, uint32_t domain, unsigned bus,
				   unsigned slot, unsigned function);

/* All functions on the device's bus, itself included: they stand together in facts->devices. */
struct device_range {
	struct device *items;
	size_t count;
};
struct device_range facts_same_bus(const struct facts *facts, const struct device *device);

/* The loaded module's parameter in force, or NULL. Names in '_' form. */
const struct module_parameter *facts_module_parameter(const struct facts *facts, const char *module,
						      const char *name);

/*
 * The last line of modprobe's configuration that sets this parameter of a module, or NULL; *ret_value
 * is what it sets (NULL where it stands without a value, in arena). Names with '-' and '_' alike.
 */
const struct modprobe_line *facts_modprobe_option(const struct facts *facts, struct arena *arena,
						  const char *module, const char *name,
						  const char **ret_value);

/* Whether the kernel reads this value of a bool parameter as true (lib/kstrtox.c kstrtobool();
 * kernel/params.c param_set_bool(): NULL is true). */
bool parameter_is_true(const char *value);

/* Names of modules and their parameters: '-' and '_' are the same (kernel/params.c parameq). */
bool names_equal(const char *a, const char *b);

/* The last command line word with this name, `-` and `_` alike (kernel/params.c parameq), or NULL.
 */
const struct parameter *facts_parameter(const struct facts *facts, const char *name);

/* The last occurrence of a comma list parameter (intel_iommu=on,sm_on) that holds this word, or
 * NULL. */
const struct parameter *facts_parameter_word(const struct facts *facts, const char *name,
					     const char *word);

/*
 * Whose IOMMU this machine has: the table that firmware gives decides (a VM may show any CPU beside
 * any virtual IOMMU), then the registered units, then the CPU. AMD and Hygon share AMD-Vi.
 */
bool facts_iommu_is_amd(const struct facts *facts);
bool facts_iommu_is_intel(const struct facts *facts);

/* Arm, also where only the architecture is known. */
bool facts_cpu_is_arm(const struct facts *facts);

/* The ACPI table in which this machine's firmware announces an IOMMU, or would: "DMAR", "IVRS" or "IORT". */
const char *facts_table_name(const struct facts *facts);

/* Adds a use to a device. */
struct use *device_add_use(struct facts *facts, struct device *device, enum use_kind kind);

/* The PCI function that a sysfs path lies below ("sys/devices/pci0000:00/0000:00:1f.2/ata1/…"): the
 * deepest one named in the path, or NULL. */
struct device *facts_device_of_path(const struct facts *facts, const char *path);

/* The names that the contract uses. */
const char *use_kind_name(enum use_kind kind);
const char *device_state_name(enum device_state state);

#endif
