/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What boots this host, and what its next boot will look like: the loader, its generated entries,
 * the files people edit, and the initramfs that an entry names. Part of struct facts; filled by
 * facts/boot.c and facts/initramfs.c.
 *
 * The generated configuration is the truth about the next boot; the edited files only say what
 * somebody wants.
 */
#ifndef VFIOKIT_BOOT_H
#define VFIOKIT_BOOT_H

#include "preflight/arena.h"

struct origin;
struct parameters;

enum loader {
	LOADER_UNKNOWN,
	LOADER_GRUB, /* grub.cfg with linux lines */
	LOADER_BLS,  /* GRUB reading Boot Loader Specification entries (Fedora, RHEL) */
	LOADER_SYSTEMD_BOOT,
	LOADER_UKI,               /* a unified kernel image, started by firmware or systemd-boot */
	LOADER_PROXMOX_BOOT_TOOL, /* its ESPs carry GRUB or systemd-boot: see esp_loader */
	LOADER_KERNELSTUB,        /* Pop!_OS: systemd-boot entries written by kernelstub */
	LOADER_OSTREE,            /* rpm-ostree, bootc */
	LOADER_EXTLINUX,          /* extlinux, syslinux (Unraid) */
	LOADER_NIXOS,             /* generated from configuration.nix, whatever starts it */
	LOADER_LIMINE,
	LOADER_COUNT,
};

/* Why a loader is thought to boot this host. */
struct loader_claim {
	enum loader loader;
	unsigned
		strength; /* 3: an EFI variable of this boot; 2: words on the command line; 1: files */
	const char *source, *text; /* the evidence, as in struct origin */
};

struct loader_claims {
	struct loader_claim *items;
	size_t count, capacity;
};

/* One word of a kernel command line in a loader's file: struct parameter with its own origin. */

/* One entry of the generated configuration that boots a kernel of this root. */
struct boot_entry {
	const char *id;    /* file name without .conf, menu entry id, UKI file name; never NULL */
	const char *title; /* NULL none */
	const char *kernel_version; /* "6.1.0-50-amd64"; NULL where no name tells it */
	const char *kernel_path;    /* host path without leading slash, NULL inside a UKI */
	const char **initrds;       /* host paths without leading slash, initrd_count of them */
	size_t initrd_count;
	struct parameters *parameters; /* the command line, every word with file:line */
	const char *cmdline;           /* the same as one text */
	const char *source;            /* the file, with leading slash */
	unsigned line;                 /* where the entry begins; 0 for UKIs */
	bool recovery;                 /* single-user or rescue entry: not judged */
	bool incomplete; /* words that only the loader knows when it runs are left out */
	bool next;       /* what the next boot starts unless somebody chooses another */
};

struct boot_entries {
	struct boot_entry *items;
	size_t count, capacity;
};

/* A file that people edit to change the command line: /etc/default/grub, /etc/kernel/cmdline, … */
struct boot_source {
	enum loader loader; /* whose file it is */
	const char *path;   /* with leading slash */
	struct parameters
		*parameters; /* the words it would give to ordinary entries, with file:line */
	bool used;           /* it belongs to the loader that boots this host */
	bool overridden;     /* a later file assigns the same variable anew */
	const char
		*variable; /* "GRUB_CMDLINE_LINUX_DEFAULT"; NULL where the file has no variables */
	unsigned line;     /* of the assignment; 0 where there is none */
	bool generated; /* not for editing: a generated configuration that does not boot this host */
	bool computed;  /* words that only the shell knows are left out */
	/* What makes the generator stumble over the file (a quote that is not closed); NULL nothing. */
	const struct origin *broken;
};

struct boot_sources {
	struct boot_source *items;
	size_t count, capacity;
};

/* A kernel installed on this root: a folder of lib/modules or a kernel file in boot. */
struct installed_kernel {
	const char *version;
	bool has_modules; /* lib/modules/VERSION/modules.dep is there */
	bool has_entry;   /* some entry boots it */
};

struct installed_kernels {
	struct installed_kernel *items; /* newest version first (version order, not text order) */
	size_t count, capacity;
};

struct boot_facts {
	enum truth known; /* YES: the loader is settled and its generated configuration was read */
	enum loader loader;
	enum loader esp_loader;      /* proxmox-boot-tool: GRUB or systemd-boot on its ESPs */
	enum truth ambiguous;        /* two loaders claim the host with the same strength */
	struct loader_claims claims; /* strongest first */
	const char
		*config; /* the generated configuration that really boots, "/boot/grub/grub.cfg" */
	struct boot_entries entries;
	size_t next; /* index + 1 of the entry of the kernel in question; 0 not known */
	struct boot_sources sources;
	struct installed_kernels kernels;
	const char *next_kernel; /* version that the default entry boots; NULL not known */
	/* What the loader starts unless somebody chooses: also where that is another system's entry, which
	 * is not among entries (next is 0 then). NULL not known. */
	const char *default_title;
	const char *unread_path; /* what kept known from being YES; NULL none */
};

/* -- initramfs --------------------------------------------------------------------------------------- */

enum generator {
	GENERATOR_UNKNOWN,
	GENERATOR_INITRAMFS_TOOLS,
	GENERATOR_DRACUT,
	GENERATOR_MKINITCPIO,
	GENERATOR_BOOSTER,
	GENERATOR_OTHER, /* an image is there, made by something else */
	GENERATOR_COUNT,
};

/* A small file inside the image, kept with its bytes. */
struct image_file {
	const char *path; /* inside the image, without leading "./" or "/" */
	const char *data; /* NUL-terminated behind length */
	size_t length;
	const char *
		link; /* where it is a symbolic link: its target as written (data is the target's); else NULL */
};

struct image_files {
	struct image_file *items;
	size_t count, capacity;
};

struct initramfs_image {
	const char *path; /* host path without leading slash */
	const char *
		kernel_version; /* of the entry that names it, or of its file name; NULL not known */
	enum truth present;
	enum truth
		read; /* YES: every member was seen; NO: damaged (why says how); UNKNOWN: not read */
	const char *why;        /* where read is not YES */
	int64_t mtime;          /* seconds; 0 not known */
	struct strings modules; /* kernel modules inside, '_' form without .ko* */
	/* Files kept: etc/modprobe.d and lib/modprobe.d *.conf, conf/modules, etc/modules-load.d,
	 * etc/cmdline.d, config and buildconfig (mkinitcpio), usr/lib/dracut and scripts/init-top lists
	 * with the scripts that name vfio or driver_override, etc/udev/rules.d naming driver_override,
	 * etc/booster.init.yaml, kernel/modules.builtin is not kept. */
	struct image_files files;
	struct strings
		names; /* of scripts/init-top, then of scripts/init-premount, in run order, without folder */
	struct strings
		module_versions; /* the folders of lib/modules inside: kernels it holds modules of */
	enum generator
		made_by; /* told by what is inside; GENERATOR_UNKNOWN: not read, or microcode only */
	uint64_t size;   /* of the file, bytes; 0 not known */
	bool guessed; /* no entry names it: found in boot by its file name, because no entries are known */
};

struct initramfs_images {
	struct initramfs_image *items;
	size_t count, capacity;
};

/*
 * One line of the generator's own configuration, as far as it matters here. Keys:
 *   initramfs-tools  "modules" (a line of /etc/initramfs-tools/modules), "MODULES" (most, dep, list,
 *                    netboot), "script" (value "init-top/NAME"), "hook"
 *   dracut           "drivers", "add_drivers", "force_drivers", "omit_drivers", "filesystems",
 *                    "install_items", "install_optional_items", "hostonly", "hostonly_mode",
 *                    "kernel_cmdline", "add_dracutmodules", "omit_dracutmodules", "no_kernel", "uefi"
 *   mkinitcpio       "MODULES", "HOOKS", "FILES", "BINARIES"
 *   booster          "modules_force_load", "modules", "universal", "extra_files"
 * Only lines that are in force: what a later assignment replaced is left out.
 */
struct generator_setting {
	const char *key;
	const char *value; /* what this line brings, quotes removed, blanks at its ends kept */
	const char *source;
	unsigned line; /* 0 for scripts */
	bool append; /* += : added to what stands before. dracut: without a blank at both ends of value
			 * its first or last word runs into the neighbour's */
	bool computed; /* a part of it is known to the shell alone */
	/* keys "script" and "hook": */
	enum truth before_udev; /* scripts: whether it runs before udev loads drivers */
	const char *text;       /* its bytes, NUL-terminated; NULL not read */
};

struct generator_settings {
	struct generator_setting *items;
	size_t count, capacity;
};

/* One word of a list that the generator makes of all its lines ("vfio_pci" of force_drivers), in the
 * order in which it takes them. Two words that run into each other are one here too. */
struct generator_word {
	const char *key, *word;
	const char *source;
	unsigned line;
};

struct generator_words {
	struct generator_word *items;
	size_t count, capacity;
};

struct initramfs_facts {
	enum generator generator;
	const char *generator_source; /* what shows it; NULL none */
	enum truth ambiguous; /* two generators are installed and nothing settles which is used */
	struct generator_settings settings;
	struct generator_words words;   /* of the keys that are lists; HOOKS in their order, too */
	struct initramfs_images images; /* those that entries name; read only where asked for */
	struct strings
		ignored_files; /* files in configuration folders that the generator never reads, with
					 * leading slash: those that name vfio and were not set aside on purpose */
	struct strings ignored_why; /* the reason for each ("its name does not end in .conf") */
	enum truth settings_known;  /* YES: the generator is known and its configuration was read */
};

const char *loader_name(enum loader loader);          /* the contract's words; NULL for unknown */
const char *generator_name(enum generator generator); /* likewise */

#endif
