/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A tree and what facts_collect_pci() and facts_collect_links() make of it. Include cmocka.h first. */
#ifndef VFIOKIT_TESTS_PCI_FIXTURE_H
#define VFIOKIT_TESTS_PCI_FIXTURE_H

#include "facts_made.h"
#include "tree.h"

#define DEVICES "sys/bus/pci/devices/"

struct fixture {
	struct tree *tree;
	struct facts *facts;
};

static inline struct fixture collect(const char *recipe)
{
	struct fixture fixture = {tree_new(recipe), facts_made()};

	facts_collect_pci(fixture.facts, tree_host(fixture.tree));
	facts_collect_links(fixture.facts, tree_host(fixture.tree));
	return fixture;
}

static inline void fixture_free(struct fixture *fixture)
{
	facts_free(fixture->facts);
	tree_free(fixture->tree);
}
#define _cleanup_fixture_ _cleanup_(fixture_free)

static inline const struct device *device_at(const struct fixture *fixture, const char *address)
{
	const struct device *device = facts_find_device(fixture->facts, address);

	assert_non_null(device);
	assert_string_equal(device->address, address);
	return device;
}

static inline void assert_sorted(const struct devices *devices)
{
	for (size_t i = 1; i < devices->count; i++) {
		const struct device *a = &devices->items[i - 1], *b = &devices->items[i];

		assert_true(a->domain < b->domain ||
			    (a->domain == b->domain &&
			     (a->bus << 8 | a->slot << 3 | a->function) <
				     (b->bus << 8 | b->slot << 3 | b->function)));
	}
}

#endif
