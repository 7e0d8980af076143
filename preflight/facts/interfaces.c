/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/facts/network.h"
#include "preflight/parse/lines.h"
#include "preflight/facts/sysfs_path.h"

#include <errno.h>

static const char class_net[] = "sys/class/net";

struct interface *interfaces_find(const struct interfaces *interfaces, const char *name)
{
	size_t low = 0, high = interfaces->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(interfaces->items[middle].name, name);

		if (order == 0)
			return &interfaces->items[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

void interfaces_set_unknown(struct facts *facts, struct interfaces *interfaces, const char *path,
			    int error)
{
	if (interfaces->why_unknown.path)
		return;
	facts_add_unread(facts, path, error);
	interfaces->why_unknown =
		(struct unread){.path = arena_printf(facts->arena, "/%s", path), .error = error};
}

/* -- one interface ------------------------------------------------------------------------------- */

/*
 * operstate (Documentation/networking/operstates.rst) where the driver keeps it; "unknown" is what
 * drivers without carrier detection say, then being set up must do.
 */
static enum truth read_up(const struct directory *directory, struct arena *arena)
{
	enum { FLAG_UP = 1 }; /* IFF_UP */
	const char *state = NULL;
	int64_t flags;

	if (directory_read_line(directory, arena, "operstate", &state) == 0 &&
	    !streq(state, "unknown") && !streq(state, "dormant"))
		return truth_of(streq(state, "up"));
	if (directory_read_number(directory, "flags", &flags) == 0)
		return truth_of(flags & FLAG_UP);
	return UNKNOWN;
}

/* DEVTYPE of a uevent file: what the driver of a virtual interface calls it. */
static enum interface_kind kind_of_uevent(struct bytes bytes)
{
	static const struct {
		const char *line;
		enum interface_kind kind;
	} kinds[] = {
		{"DEVTYPE=bridge", INTERFACE_BRIDGE},
		{"DEVTYPE=bond", INTERFACE_BOND},
		{"DEVTYPE=team", INTERFACE_TEAM},
		{"DEVTYPE=vlan", INTERFACE_VLAN},
	};
	struct span rest = {.data = bytes.data, .length = bytes.length}, line;

	while (span_next_line(&rest, &line))
		for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
			if (span_equals(line, kinds[i].line))
				return kinds[i].kind;
	return INTERFACE_PLAIN;
}

static enum interface_kind read_kind(const struct directory *directory, struct arena *arena,
				     const struct interface *interface, const struct strings *names)
{
	struct bytes bytes;

	if (strings_contain(names, "bridge"))
		return INTERFACE_BRIDGE;
	if (strings_contain(names, "bonding"))
		return INTERFACE_BOND;
	if (interface->functions.count ||
	    directory_read(directory, arena, "uevent", 4096, &bytes) < 0)
		return INTERFACE_PLAIN;
	return kind_of_uevent(bytes);
}

static void add_upper(struct facts *facts, struct interfaces *interfaces, struct interface *below,
		      const char *name)
{
	struct interface *above = interfaces_find(interfaces, name);

	if (!above)
		interfaces_set_unknown(facts, interfaces,
				       arena_printf(facts->arena, "%s/%s", class_net, name),
				       -ENOENT);
	if (!above || above == below)
		return;
	for_each (known, &below->uppers)
		if (*known == above)
			return;
	*ARRAY_ADD(facts->arena, &below->uppers) = above;
}

/* net/core/dev.c makes "upper_NAME" and "lower_NAME" links in pairs, and "master" beside the first for
 * bridges, bonds and the like; a tree may hold either end only. */
static void read_edges(struct facts *facts, struct interfaces *interfaces,
		       const struct directory *directory, struct interface *interface,
		       const struct strings *names)
{
	struct interface *master;
	const char *target;

	for_each (name, names) {
		if (starts_with(*name, "upper_"))
			add_upper(facts, interfaces, interface, *name + strlen("upper_"));
		if (starts_with(*name, "lower_")) {
			struct interface *below =
				interfaces_find(interfaces, *name + strlen("lower_"));

			if (below)
				add_upper(facts, interfaces, below, interface->name);
		}
	}
	if (!strings_contain(names, "master") ||
	    directory_read_link(directory, facts->arena, "master", &target) < 0)
		return;
	add_upper(facts, interfaces, interface, sysfs_path_last(target));
	master = interfaces_find(interfaces, sysfs_path_last(target));
	if (master)
		master->is_master = true;
}

static void read_interface(struct facts *facts, const struct host *host,
			   struct interfaces *interfaces, struct interface *interface)
{
	_cleanup_directory_ struct directory directory = {.fd = -1};
	struct strings names = {0};
	int r = host_directory_open(host, interface->path, &directory);

	if (r == 0)
		r = directory_list(&directory, facts->arena, ".", &names);
	if (r < 0) {
		interfaces_set_unknown(facts, interfaces, interface->path, r);
		return;
	}
	interface->up = read_up(&directory, facts->arena);
	interface->kind = read_kind(&directory, facts->arena, interface, &names);
	read_edges(facts, interfaces, &directory, interface, &names);
}

/* -- the list ------------------------------------------------------------------------------------ */

static void add_interface(struct facts *facts, const struct directory *class, const char *name,
			  struct interfaces *interfaces)
{
	struct interface *interface;
	const char *link;
	int r = directory_read_link(class, facts->arena, name, &link);

	if (r < 0) {
		/* A file of the class itself, no interface; all others are links on a host. */
		if (!streq(name, "bonding_masters"))
			interfaces_set_unknown(facts, interfaces,
					       arena_printf(facts->arena, "%s/%s", class_net, name),
					       r);
		return;
	}
	interface = ARRAY_ADD(facts->arena, interfaces);
	interface->name = name;
	interface->link = link;
	interface->path = sysfs_path_resolve(facts->arena, class_net, link);
	sysfs_path_functions(facts, interface->path, &interface->functions);
}

int interfaces_collect(struct facts *facts, const struct host *host,
		       struct interfaces *ret_interfaces)
{
	_cleanup_directory_ struct directory class = {.fd = -1};
	struct interfaces interfaces = {0};
	struct strings names = {0};
	int r = host_directory_open(host, class_net, &class);

	if (r == 0)
		r = directory_list(&class, facts->arena, ".", &names);
	if (r < 0)
		return r;
	for_each (name, &names)
		add_interface(facts, &class, *name, &interfaces);
	for_each (interface, &interfaces)
		if (!streq(interface->name, "lo"))
			read_interface(facts, host, &interfaces, interface);
	*ret_interfaces = interfaces;
	return 0;
}
