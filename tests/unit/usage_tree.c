/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "usage_tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

struct facts *usage_facts_new(const char *const *addresses, size_t count)
{
	struct arena *arena = arena_new();
	struct facts *facts = arena_alloc(arena, sizeof(*facts));

	facts->arena = arena;
	for (size_t i = 0; i < count; i++) {
		struct device *device = ARRAY_ADD(arena, &facts->devices);
		struct address address;

		assert_int_equal(address_parse(addresses[i], strlen(addresses[i]), &address), 0);
		device->address = addresses[i];
		device->domain = address.domain;
		device->bus = address.bus;
		device->slot = address.slot;
		device->function = address.function;
		device->class_code = -1;
	}
	return facts;
}

void usage_add(struct tree *tree, const char *format, ...)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	va_list arguments;

	va_start(arguments, format);
	tree_add(tree, arena_vprintf(arena, format, arguments));
	va_end(arguments);
}

void usage_add_block(struct tree *tree, const char *folder, const char *name, const char *number)
{
	usage_add(tree,
		  "link sys/class/block/%s ../../devices/%s/%s\n"
		  "dir sys/devices/%s/%s/holders\n"
		  "file sys/devices/%s/%s/dev\n"
		  "| %s\n",
		  name, folder, name, folder, name, folder, name, number);
}

void usage_add_mapper(struct tree *tree, const char *name, const char *number,
		      const char *mapper_name, const char *uuid)
{
	usage_add_block(tree, "virtual/block", name, number);
	usage_add(tree,
		  "file sys/devices/virtual/block/%s/dm/name\n| %s\n"
		  "file sys/devices/virtual/block/%s/dm/uuid\n| %s\n",
		  name, mapper_name, name, uuid);
}

void usage_hold(struct tree *tree, const char *below, const char *above)
{
	/* The kernel's text has as many ".." as it takes; only the name counts. */
	usage_add(tree, "link sys/devices/%s/holders/%s ../../../virtual/block/%s\n", below, above,
		  above);
}
