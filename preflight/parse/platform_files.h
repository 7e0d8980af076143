/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Configuration files of virtualization platforms, as far as they speak of PCI devices. What cannot be
 * read as the format says is left out. Texts are NUL-terminated copies in arena, safe to show. A line's
 * text holds only what stands here: no comments, no further keys.
 *
 * The files hold passwords and names, too. What ..._shorten() makes of one has as many lines, is parsed
 * to the same result and holds nothing else.
 */
#ifndef VFIOKIT_PARSE_PLATFORM_FILES_H
#define VFIOKIT_PARSE_PLATFORM_FILES_H

#include "preflight/arena.h"
#include "preflight/lines.h"

/* A line "map" of Proxmox VE's /etc/pve/mapping/pci.cfg (pve-guest-common, PVE::Mapping::PCI). */
struct pve_mapping {
	const char *name;                 /* of the section it stands in */
	const char *node, *path;          /* path: addresses with ';' between; NULL not given */
	const char *identity, *subsystem; /* "10de:2484"; NULL not given */
	int group;                        /* iommugroup=; -1 not given */
	unsigned line, section_line;
	const char *text; /* the line */
};

struct pve_mappings {
	struct pve_mapping *items;
	size_t count, capacity;
};

void pve_mappings_parse(struct arena *arena, const char *data, size_t length,
			struct pve_mappings *ret_mappings);

/* Only the lines of this node and those that name none; node NULL: all. Their sections' names stay. */
const char *pve_mappings_shorten(struct arena *arena, const char *data, size_t length,
				 const char *node);

/* Whether a mapping is of this node; node NULL or "": not known, every one is. */
bool pve_mapping_is_of_node(const struct pve_mapping *mapping, const char *node);

/* A "hostpciN:" line of a VM's configuration (/etc/pve/qemu-server/VMID.conf, qm.conf(5)). Lines behind a
 * snapshot's heading are not the VM's own. */
struct pve_hostpci {
	const char *vm;              /* "100" */
	const char *host;            /* addresses with ';' between; NULL: by mapping */
	const char *mapping;         /* NULL: by address */
	bool pcie;                   /* pcie=1 */
	bool q35;                    /* the VM's machine is a q35 */
	unsigned line, machine_line; /* machine_line: of its last "machine:"; 0 none */
	const char *text;
};

struct pve_hostpcis {
	struct pve_hostpci *items;
	size_t count, capacity;
};

/* Appends to *hostpcis what the file of this VM says. */
void pve_machine_parse(struct arena *arena, const char *vm, const char *data, size_t length,
		       struct pve_hostpcis *hostpcis);

const char *pve_machine_shorten(struct arena *arena, const char *data, size_t length);

/* Whether a list of addresses ("0000:01:00;02:00.0") names the function; without a function it names all of
 * the slot, without a domain it is in 0000. */
bool pve_list_names(const char *list, uint32_t domain, unsigned bus, unsigned slot,
		    unsigned function);

/* A key of a YAML mapping that stands at the beginning of its line, with a plain or quoted value on it
 * (Cloudpods' /etc/yunion/host.conf). */
struct plain_setting {
	const char *key, *value;
	unsigned line;
	const char *text;
};

struct plain_settings {
	struct plain_setting *items;
	size_t count, capacity;
};

void plain_settings_parse(struct arena *arena, const char *data, size_t length,
			  struct plain_settings *ret_settings);

/* Only these keys; NULL ends the list. */
const char *plain_settings_shorten(struct arena *arena, const char *data, size_t length,
				   const char *const *keys);

#endif
