/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The inside of the recipe builder (see tree.h for the recipes). A builder writes below one
 * directory and remembers the functions it has made, so that later lines can hang functions below
 * them, change them or take them away.
 *
 * All functions return 0 or -errno; the words are in builder->error, which the caller of the
 * builder gives. Paths are relative to the tree's root, without a leading slash. Links inside the
 * tree are followed inside the tree only.
 */
#ifndef VFIOKIT_TESTS_TREE_BUILDER_H
#define VFIOKIT_TESTS_TREE_BUILDER_H

#include "preflight/address.h"
#include "preflight/arena.h"
#include "preflight/error.h"
#include "preflight/parse/config.h"

#include <sys/types.h>

struct pair {
	const char *name, *value;
};

struct pairs {
	struct pair *items;
	size_t count, capacity;
};

enum { BUILT_BARS = 6, BUILT_CONFIG_SIZE = 4096 };

struct built_bar {
	bool present, io, wide, prefetchable, assigned;
	uint64_t address, size;
};

/* A PCI function as the last `device` line about it left it. */
struct built_device {
	const char *address; /* "0000:01:00.0" */
	struct address place;
	struct pairs keys;
	struct built_device *parent; /* NULL on a root bus */
	const char *path;            /* "sys/devices/pci0000:00/0000:00:01.0" */
	int vendor_id, device_id, subsystem_vendor_id, subsystem_device_id, class_code, revision;
	enum port_type type;
	bool bridge, multifunction, virtual_function;
	unsigned secondary, subordinate; /* bridges */
	struct built_bar bars[BUILT_BARS];
	uint64_t rom_size, rom_address;
	const char *driver, *group, *unit; /* links that exist now; NULL none */
	bool vfio_driver;
	const char *vfio_name; /* "vfio0", from the first time a VFIO driver had it */
	bool alone;            /* no other function was on its bus when it was added */
};

struct built_devices {
	struct built_device **items;
	size_t count, capacity;
};

struct builder {
	struct arena *arena;
	struct error *error;
	int root;                  /* the tree's directory */
	const char *recipe_folder; /* where include looks, with ':' between; NULL: include fails */
	struct built_devices devices;
	struct strings units;
	struct pairs words; /* of `let` and `default` */
	unsigned vfio_devices;
	bool iommu_off;     /* `iommu-off` came: no groups, no ACS control */
	const char *source; /* recipe being read; NULL the first one */
	unsigned line;      /* of the directive being carried out */
	unsigned depth;     /* of include */
};

/* A builder for directory, which is created where missing. NULL and error set on failure. */
struct builder *builder_new(const char *directory, const char *recipe_folder, struct error *error);
void builder_free(struct builder *builder);
/* Carries out the lines of a recipe. error receives the words. */
int builder_apply(struct builder *builder, const char *recipe, struct error *error);

/* Sets the error with the place in the recipe in front; returns code. */
int builder_fail(const struct builder *builder, int code, const char *format, ...)
	PRINTF_FORMAT(3, 4);

/* -- words (tree_words.c) ----------------------------------------------------------------- */

/* `let` (anew) and `default`: content is the value where the arguments are a name only. */
int build_let(struct builder *builder, const char *arguments, const char *content, bool anew);
/* Puts the values in the place of "@name@" in text; an empty one as tree.h says. */
int words_expand(const struct builder *builder, const char *text, char **ret_text);

/* -- files (tree_files.c) ----------------------------------------------------------------- */

int builder_directory(const struct builder *builder, const char *path);
/* Replaces what is at path by a regular file of mode 0644; parents are made. */
int builder_write(const struct builder *builder, const char *path, const void *bytes,
		  size_t length);
int builder_printf(const struct builder *builder, const char *path, const char *format, ...)
	PRINTF_FORMAT(3, 4);
int builder_append(const struct builder *builder, const char *path, const char *text,
		   size_t length);
/* Reads a file of the tree into the builder's arena. */
int builder_read(const struct builder *builder, const char *path, char **ret_text,
		 size_t *ret_length);
int builder_link(const struct builder *builder, const char *path, const char *target);
/* A link at path that leads to destination (a path in the tree) the way sysfs writes it: relative,
 * through the nearest common directory. */
int builder_link_to(const struct builder *builder, const char *path, const char *destination);
int builder_mode(const struct builder *builder, const char *path, mode_t mode);
int builder_fifo(const struct builder *builder, const char *path);
/* Removes a file or a directory with all it holds. -ENOENT where it is not there, without words. */
int builder_remove(const struct builder *builder, const char *path);
bool builder_exists(const struct builder *builder, const char *path);
/* The names in a directory; an empty list where there is none. */
void builder_list(const struct builder *builder, const char *path, struct strings *ret_names);
/* Removes everything below directory (an absolute path) and the directory. */
void remove_everything(const char *directory);

/* -- functions (tree_device, tree_sysfs, tree_keys, tree_config) ---------------------------- */

int build_device(struct builder *builder, char *arguments);
int build_drop(struct builder *builder, char *arguments);
int build_iommu_off(struct builder *builder);
struct built_device *built_device_find(const struct builder *builder, const char *address);

/* Splits "name=value name=value" into pairs; a word without '=' fails. */
int pairs_parse(const struct builder *builder, char *text, struct pairs *ret_pairs);
/* The value of the last pair with this name, or NULL. */
const char *pairs_get(const struct pairs *pairs, const char *name);
/* Numbers with C prefixes in base, the whole text. -EINVAL without words. */
int number_parse(const char *text, int base, uint64_t *ret_number);

/* The path of one of the function's files. */
const char *device_file(const struct builder *builder, const struct built_device *device,
			const char *name);
/* The value of a key; NULL where it is missing, empty or "none". */
const char *device_key(const struct built_device *device, const char *name);
bool device_is_below(const struct built_device *device, const struct built_device *bridge);
/* All plain files of the function; those that change when functions below it come are also alone. */
int device_write_attributes(const struct builder *builder, const struct built_device *device);
int device_write_config(const struct builder *builder, const struct built_device *device);
int device_write_resource(const struct builder *builder, const struct built_device *device);
int device_write_buses(const struct builder *builder, const struct built_device *device);

/* Turns device->keys into the other fields. */
int device_read_keys(const struct builder *builder, struct built_device *device);
/* Writes the function's whole configuration space. */
void config_build(const struct builder *builder, const struct built_device *device,
		  unsigned char bytes[BUILT_CONFIG_SIZE]);

/* An address range with the bridge window rules applied; empty where start > end. */
struct window {
	uint64_t start, end;
};
enum { WINDOW_IO, WINDOW_MEMORY, WINDOW_PREFETCHABLE, WINDOWS };
/* What a bridge must forward for the functions below it. */
void bridge_windows(const struct builder *builder, const struct built_device *bridge,
		    struct window ret_windows[WINDOWS]);

/* -- IOMMU (tree_iommu), firmware tables (tree_tables), images (tree_cpio) --------------- */

int build_group(struct builder *builder, char *arguments);
/* The group's directory with type and reserved_regions, where it is not there yet. */
int build_group_defaults(const struct builder *builder, const char *group);
int build_unit(struct builder *builder, char *arguments);
/* The directory of a unit, "sys/devices/virtual/iommu/dmar0"; NULL where there is none. */
const char *unit_path(const struct builder *builder, const char *unit);
/* lines name the members; see "cpio" in tree.h. */
int build_cpio(struct builder *builder, const char *path, char *lines);
/* tree_efi.c; lines name the sections; see "uki" in tree.h. */
int build_uki(struct builder *builder, const char *path, char *lines);
int build_loader_variable(struct builder *builder, char *arguments);
int build_boot_option(struct builder *builder, char *arguments);
int build_dmar(struct builder *builder, char *arguments);
int build_ivrs(struct builder *builder, char *arguments);
int build_iort(struct builder *builder);
int build_acpi(struct builder *builder, char *arguments);

#endif
