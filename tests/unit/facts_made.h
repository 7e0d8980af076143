/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Facts made by hand, for tests of one collector alone: the PCI functions are given here and not
 * read from the tree.
 */
#ifndef VFIOKIT_TESTS_FACTS_MADE_H
#define VFIOKIT_TESTS_FACTS_MADE_H

#include "preflight/facts/facts.h"

static inline struct facts *facts_made(void)
{
	struct arena *arena = arena_new();
	struct facts *facts = arena_alloc(arena, sizeof(*facts));

	facts->arena = arena;
	/* Room from the start, so that pointers to devices stay valid. */
	facts->devices.capacity = 64;
	facts->devices.items = arena_array(arena, 64, sizeof(*facts->devices.items));
	return facts;
}

/* Adds a function with a driver (NULL: none). Call in the order of addresses. */
static inline struct device *facts_made_device(struct facts *facts, const char *text, int class,
					       const char *driver)
{
	struct device *device = ARRAY_ADD(facts->arena, &facts->devices);
	struct address address = {0};

	if (address_parse(text, strlen(text), &address) < 0)
		abort();
	*device = (struct device){
		.address = text,
		.domain = address.domain,
		.bus = address.bus,
		.slot = address.slot,
		.function = address.function,
		.class_code = class,
		.has_driver = truth_of(driver != NULL),
		.driver = driver,
		.vfio_driver = driver && strstr(driver, "vfio"),
		.boot_vga = NO,
		.bars_known = YES,
		.state = driver && strstr(driver, "vfio") ? STATE_DETACHED
			 : driver                         ? STATE_HOST
							  : STATE_UNBOUND,
	};
	return device;
}

static inline void facts_made_bar(struct device *device, unsigned index, uint64_t address,
				  uint64_t size)
{
	device->bars[index] = (struct bar){
		.present = true, .assigned = true, .bits = 64, .address = address, .size = size};
}

/* The nth use of a kind, or NULL. */
static inline const struct use *facts_made_use(const struct device *device, enum use_kind kind,
					       size_t nth)
{
	for_each (use, &device->uses)
		if (use->kind == kind && nth-- == 0)
			return use;
	return NULL;
}

#endif
