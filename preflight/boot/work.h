/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shared by the files of facts_collect_boot() only. The order of work:
 *   boot/variables.c   what firmware and loaders left in EFI variables
 *   boot/paths.c       which folders may be ESPs; a loader's path as a path of this host
 *   boot/versions.c    installed kernels; which version a kernel file is
 *   boot/programs.c    which boot program started this kernel, by strength of evidence
 *   facts/boot.c       the row of the family that the program belongs to, in a const table
 *   boot/grub.c, boot/grub_entries.c, boot/bls.c, boot/systemd.c, boot/unified.c, boot/proxmox.c,
 *   boot/kernelstub.c, boot/ostree.c, boot/nixos.c, boot/syslinux.c, boot/limine.c
 *                      one family each: its entries, and which one starts
 *   boot/sources.c, boot/sources_grub.c
 *                      the files that people edit
 *
 * Everything lives in facts->arena.
 */
#ifndef VFIOKIT_BOOT_WORK_H
#define VFIOKIT_BOOT_WORK_H

#include "preflight/facts/facts.h"
#include "preflight/parse/grub_cfg.h"

enum {
	BOOT_FILE_LIMIT = 4 * 1024 * 1024, /* of a loader's configuration */
	BOOT_FILES_LIMIT = 1000,           /* entry files in one folder */
};

/* What starts a kernel, whoever writes its configuration. */
enum boot_program {
	PROGRAM_OTHER, /* recognised, but none of those below: rEFInd, ZFSBootMenu, the firmware itself */
	PROGRAM_GRUB,
	PROGRAM_SYSTEMD_BOOT,
	PROGRAM_STUB, /* the stub of a unified kernel image */
	PROGRAM_SYSLINUX,
	PROGRAM_LIMINE,
};

struct boot_variables {
	enum truth listed; /* the variables could be listed: what is not there was not set */
	/* Texts of the Boot Loader Interface; NULL not set. */
	const char *loader_info, *stub_info, *image_identifier, *entry_selected, *entry_default,
		*entry_preferred, *entry_one_shot, *entry_last;
	const char *
		path; /* of the file that firmware started, "EFI/debian/shimx64.efi"; NULL not known */
	const char *path_source; /* the variable that tells it, with leading slash */
	const char *
		next_source; /* BootNext, with leading slash: firmware will start something else once */
};

/* GRUB's configuration file. */
struct grub_place {
	const char *path; /* host path without leading slash; NULL not found */
	struct bytes bytes;
	enum truth certain; /* YES: this file boots the host */
	const char *unread; /* what kept certain from being YES; without leading slash */
};

struct boot_work {
	struct facts *facts;
	const struct host *host;
	struct arena *arena;
	struct strings esps; /* folders that may be an ESP or XBOOTLDR, most likely first */
	struct boot_variables variables;
	/* Where GRUB's paths start, where that is a partition of its own ("boot/efi"); NULL: below boot
	 * and below the root, as usual. */
	const char *grub_partition;
	enum boot_program program; /* the one that the strongest claim names */
	unsigned program_strength;
};

/* A family of loaders: who writes the entries, on top of which programs. */
struct loader_row {
	enum loader loader;
	unsigned programs; /* bits 1 << enum boot_program that can start it */
	/* Whether this host's files show it; NULL: always. */
	bool (*detect)(struct boot_work *work);
	/* Fills facts->boot: config, entries, next, known and unread_path. */
	void (*collect)(struct boot_work *work);
};

extern const struct loader_row boot_row_ostree, boot_row_nixos, boot_row_proxmox,
	boot_row_kernelstub, boot_row_unified, boot_row_systemd, boot_row_grub, boot_row_syslinux,
	boot_row_limine;

/* -- boot/variables.c -------------------------------------------------------------------------- */

void boot_collect_variables(struct boot_work *work);

/* -- boot/programs.c --------------------------------------------------------------------------- */

struct program_claim {
	enum boot_program program;
	unsigned strength;
	const char *source, *text;
};

struct program_claims {
	struct program_claim *items; /* strongest first */
	size_t count, capacity;
};

void boot_claim_programs(struct boot_work *work, struct program_claims *ret_claims);

/* -- boot/paths.c ------------------------------------------------------------------------------ */

void boot_find_esps(struct boot_work *work);

/*
 * The file on a FAT file system, whose names have no case: folder is a host folder, path is relative
 * to it with slashes. The host path, or NULL where it is not there; *ret_error (may be NULL) is then
 * -ENOENT, or what kept a folder from being listed.
 */
const char *boot_find_file(struct boot_work *work, const char *folder, const char *path,
			   int *ret_error);

/* A path as a loader writes it for the partition mounted on folder: found as boot_find_file() finds
 * it, else put together. Leading slashes, backslashes and "../" are understood. */
const char *boot_path_on(struct boot_work *work, const char *folder, const char *path);

/*
 * A path of GRUB's ("(hd0,gpt2)/vmlinuz-6.1", "/@/boot/vmlinuz-6.1", "/ROOT/pve@/boot/…") as a host
 * path: GRUB sees a partition's own paths, so every end of it is tried, below boot and below the root
 * (work->grub_partition: there alone). Where nothing is there, the likeliest.
 */
const char *boot_path_of_grub(struct boot_work *work, const char *path);

/* The folder part of a host path; "" where there is none. */
const char *boot_folder_of(struct arena *arena, const char *path);

/* The UUID of the file system that a host path lies on, as udev recorded it; NULL not known. */
const char *boot_uuid_of_path(struct boot_work *work, const char *path);

/* Reads a file into the arena; notes it as unread where it is there and cannot be read. */
int boot_read(struct boot_work *work, const char *path, struct bytes *ret_bytes);

/* -- boot/versions.c --------------------------------------------------------------------------- */

void boot_collect_kernels(struct boot_work *work);

/*
 * The version of a kernel file (host path): by its name, its folder's, the package that has it
 * (lib/modules/VERSION/pkgbase), the version that stands inside it, or where a link of the usual names
 * leads. NULL where nothing tells. hint is what an entry calls its version (may be NULL): taken where
 * such a kernel is installed.
 */
const char *boot_kernel_version(struct boot_work *work, const char *path, const char *hint);

/* The version inside a bzImage that begins at offset of an open file; NULL where there is none. */
const char *boot_version_inside(struct arena *arena, int fd, uint64_t offset);

/* -- facts/boot.c ------------------------------------------------------------------------------ */

/* Adds an entry with its words, split from the origins' texts (each with file and line). */
struct boot_entry *boot_add_entry(struct boot_work *work, const char *id, const char *title,
				  const struct origins *options);
void boot_add_initrd(struct boot_work *work, struct boot_entry *entry, const char *path);

/* Marks the entry (index + 1) as the one that the next boot starts. */
void boot_set_next(struct boot_work *work, size_t index);

/* What keeps the next boot from being proven; the first one stays. path without leading slash. */
void boot_set_unread(struct boot_work *work, const char *path);

/* Turns every claim of one loader into another's: a family that shows only in its configuration. */
void boot_rename_loader(struct boot_work *work, enum loader from, enum loader to);

/* Whether an entry is for repair: by its words, id and title. */
bool boot_is_recovery(const struct boot_entry *entry);

/* -- boot/grub.c, boot/grub_entries.c -------------------------------------------------------------- */

/* Finds the configuration that GRUB really reads on this host. */
void boot_locate_grub(struct boot_work *work, struct grub_place *ret_place);

/* Runs the configuration file at path; input's environment and BLS entries are looked up beside it. */
struct bls_files;
void boot_parse_grub(struct boot_work *work, const char *path, const struct bytes *bytes,
		     struct bls_files *ret_files, struct grub_menu *ret_menu);

/* Adds what the file at path boots, and sets the default. */
void boot_add_grub_entries(struct boot_work *work, const char *path, const struct bytes *bytes);

void boot_collect_grub(struct boot_work *work);

/* The words that the file gives to its first entry for a kernel that is here, for files that do not
 * boot the host; NULL none. */
struct parameters *boot_grub_words(struct boot_work *work, const char *path,
				   const struct bytes *bytes);

/* -- boot/bls.c ---------------------------------------------------------------------------------- */

/* The type 1 entries of one folder. */
struct bls_file {
	const char *path;   /* host path without leading slash */
	const char *folder; /* what the paths inside are relative to: the partition's mount point */
	struct bls_entry *entry; /* parse/bls.h */
	const char *id;          /* name without counters and suffix */
	const char *name;        /* the file's name */
	int tries_left, tries_done;
};

struct bls_files {
	struct bls_file *items;
	size_t count, capacity;
};

/* Appends the entries of PARTITION/loader/entries, for GRUB or for systemd-boot. -ENOENT where the
 * folder is not there; other errors are noted as unread. */
int boot_read_bls(struct boot_work *work, const char *partition, bool for_grub,
		  struct bls_files *files);

/* -- boot/systemd.c, boot/unified.c ---------------------------------------------------------------- */

void boot_collect_systemd(struct boot_work *work);

/* What systemd-boot sorts and chooses from. */
struct choice {
	const char *id;   /* the file's name, as patterns see it: "arch.conf", "arch+3-0.conf" */
	const char *name; /* the same without counters */
	const char *sort_key, *machine_id, *version, *title;
	int tries_left, tries_done;
	size_t entry; /* index + 1 in facts->boot.entries; 0 not one of this host */
	bool unified;
};

struct choices {
	struct choice *items;
	size_t count, capacity;
};

/* Adds the unified images in PARTITION/EFI/Linux. */
void boot_add_unified_images(struct boot_work *work, const char *partition,
			     struct choices *choices);
/* Adds one; false where the file is no unified image or cannot be read. */
bool boot_add_unified_image(struct boot_work *work, const char *path, struct choices *choices);

/* -- boot/sources.c, boot/sources_grub.c ----------------------------------------------------------- */

void boot_collect_sources(struct boot_work *work);
void boot_collect_grub_sources(struct boot_work *work);
/* Adds the options of kernelstub's configuration. */
void boot_collect_kernelstub_sources(struct boot_work *work);
/* Whether proxmox-boot-tool looks after this host's ESPs, and which UUIDs they have. */
bool boot_is_proxmox(struct boot_work *work, struct strings *ret_uuids);

struct boot_source *boot_add_source(struct boot_work *work, enum loader loader, const char *path,
				    bool used);

#endif
