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
#include "preflight/facts/configuration_facts.h"
#include "preflight/facts/device_facts.h"
#include "preflight/facts/host_facts.h"
#include "preflight/facts/iommu_facts.h"
#include "preflight/facts/origin.h"
#include "preflight/facts/platforms.h"
#include "preflight/facts/transactions.h"
#include "preflight/host/host.h"
#include "preflight/parse/dmesg.h"

struct facts {
	struct arena *arena;
	bool live;               /* the running machine */
	bool was_live;           /* or a capture that was taken on it */
	bool images_listed_only; /* facts_collect_for_capture(): boot images were not unpacked */
	bool to_judge;           /* facts_collect_to_judge(): less of what is no target */
	bool bars_read;          /* all functions' BARs have been looked at */
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
	struct handover_facts handover;        /* facts/handover.c */
	struct platform_facts platforms;       /* facts/platforms.c */
	struct boot_facts boot;                /* facts/boot.c */
	struct initramfs_facts initramfs;      /* facts/initramfs.c */
	struct transaction_facts transactions; /* facts/transactions.c */
	struct device_refs nvswitches;         /* NVIDIA's NVLink switches (10de, class 0680) */
	struct device_refs *predicted_groups;  /* members of each predicted group */
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

/*
 * The same as facts_collect_for_kernel() for who judges targets and shows nothing else. Power state, NUMA node, BARs,
 * reset methods and, of bridges, driver_override stay unknown; so do types and reserved regions of groups, and why a
 * function is alone in its group. When the targets are named or implied, facts_collect_targets() completes what checks
 * look at: the targets and their groups. Checks find the same as with everything collected
 * (tests/unit/test_facts_to_judge.c).
 */
struct facts *facts_collect_to_judge(const struct host *host, const char *kernel);
void facts_collect_targets(struct facts *facts, const struct host *host);

/* BARs of all functions, where they have not been read: for a collector that looks for who has an address. */
void facts_collect_bars(struct facts *facts, const struct host *host);

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

void facts_collect_transactions(struct facts *facts,
				const struct host *host); /* facts/transactions.c */

/*
 * Speed and width of the functions' links, four files of each: only manifests (expect/expect.h) and the
 * search for better slots (explain/study.h) look at them, so facts_collect() leaves them unknown.
 * facts/links.c
 */
void facts_collect_links(struct facts *facts, const struct host *host);

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
