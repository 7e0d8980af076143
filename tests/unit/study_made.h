/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Facts of small machines for tests of what would split a group. */
#ifndef VFIOKIT_TESTS_STUDY_MADE_H
#define VFIOKIT_TESTS_STUDY_MADE_H

#include "facts_made.h"
#include "preflight/explain/study.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define _cleanup_made_ _cleanup_(cleanup_made)
static inline void cleanup_made(struct facts **facts)
{
	arena_free((*facts)->arena);
}

/* VT-d at work under Linux 6.12, nothing on the command line, no log. */
static inline struct facts *study_facts(size_t most)
{
	struct facts *facts = facts_made();

	facts->devices.capacity = most;
	facts->devices.items = arena_array(facts->arena, most, sizeof(*facts->devices.items));
	facts->machine.kernel = "6.12.107+deb13-amd64";
	facts->iommu.kind = IOMMU_INTEL;
	facts->iommu.active = YES;
	facts->cmdline_known = YES;
	return facts;
}

enum { STUDY_NO_ACS = -1 };

/* A function read in full: acs is capability << 8 | control, or STUDY_NO_ACS. */
static inline struct device *study_add(struct facts *facts, const char *address,
				       enum port_type type, struct device *parent, int acs)
{
	struct device *device = facts_made_device(facts, address, 0x020000, NULL);

	device->is_bridge = type >= PORT_ROOT_PORT && type <= PORT_PCI_TO_PCIE;
	device->class_code = device->is_bridge ? 0x060400 : 0x020000;
	device->vendor_id = 0x1b36;
	device->device_id = 0x000c;
	device->subsystem_vendor_id = device->subsystem_device_id = -1;
	device->parent = parent;
	device->link_width = device->link_width_max = 16;
	device->has_group = YES;
	device->predicted_group = -1;
	device->config = (struct config_space){
		.size = 4096,
		.header_known = true,
		.capabilities = YES,
		.extended = YES,
		.port_type = type,
		.acs = acs == STUDY_NO_ACS ? NO : YES,
		.acs_capability = acs == STUDY_NO_ACS ? 0 : (uint16_t)(acs >> 8),
		.acs_control = acs == STUDY_NO_ACS ? 0 : (uint16_t)(acs & 0xff),
		.secondary_bus = -1,
		.slot_number = -1,
	};
	return device;
}

static inline struct device *study_port(struct facts *facts, const char *address,
					struct device *parent, int secondary, int acs)
{
	struct device *port =
		study_add(facts, address, parent ? PORT_DOWNSTREAM : PORT_ROOT_PORT, parent, acs);

	port->config.secondary_bus = secondary;
	return port;
}

/* What would split the device's group. */
static inline struct splits study_splits(struct facts *facts, const struct device *device)
{
	struct group_study study;
	struct splits splits;

	group_study_make(facts, facts->arena, &study);
	splits_find(&study, device, &splits);
	return splits;
}

/* How many splits of a kind there are. */
static inline size_t study_count(const struct splits *splits, enum split_kind kind)
{
	size_t count = 0;

	for_each (split, splits)
		count += split->kind == kind;
	return count;
}

/* The first of a kind; without one the test has failed. */
static inline struct split study_split(const struct splits *splits, enum split_kind kind)
{
	for_each (split, splits)
		if (split->kind == kind)
			return *split;
	fail_msg("no %s", split_kind_name(kind));
	return (struct split){0};
}

#endif
