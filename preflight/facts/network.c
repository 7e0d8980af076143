/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/facts/network.h"
#include "preflight/facts/storage.h"
#include "preflight/facts/sysfs_path.h"

#include <errno.h>

enum {
	DEPTH_MAX = 16,       /* real stacks: port, bond, VLAN, bridge */
	VISITS_MAX = 1000000, /* of a tree made to take long */
	USES_PER_FUNCTION = 256,
};

struct network {
	struct facts *facts;
	const struct host *host;
	struct interfaces interfaces;
	struct routes routes;
	bool routes_known;
	unsigned walk, visits;
};

/* -- routes and what comes over them ---------------------------------------------------------------- */

static int read_routes(struct network *network)
{
	struct arena *arena = network->facts->arena;
	struct bytes bytes;
	int r = host_read(network->host, arena, "proc/net/route", 0, &bytes);

	if (r < 0) {
		facts_add_unread(network->facts, "proc/net/route", r);
		return r;
	}
	route_table_parse(arena, bytes.data, bytes.length, &network->routes);
	network->routes_known = true;
	return 0;
}

/* A kernel without IPv6 has no such file. */
static int read_routes6(struct network *network)
{
	struct arena *arena = network->facts->arena;
	struct bytes bytes;
	int r = host_read(network->host, arena, "proc/net/ipv6_route", 0, &bytes);

	if (r == -ENOENT)
		return 0;
	if (r < 0) {
		facts_add_unread(network->facts, "proc/net/ipv6_route", r);
		return r;
	}
	route6_table_parse(arena, bytes.data, bytes.length, &network->routes);
	return 0;
}

static void place_routes(struct network *network)
{
	for_each (route, &network->routes) {
		struct interface *interface =
			interfaces_find(&network->interfaces, route->interface);

		if (!interface)
			continue;
		if (route->is_default && !interface->default_route)
			interface->default_route = route;
		else if (!route->is_default && !route->link_scope && !interface->route)
			interface->route = route;
	}
}

static void place_remote(struct network *network, const char *address, const char *what,
			 struct origin origin)
{
	const struct route *route = routes_find_address(&network->routes, address);
	struct interface *interface =
		route ? interfaces_find(&network->interfaces, route->interface) : NULL;

	if (!interface || interface->remote_storage)
		return;
	interface->remote_storage =
		text_printable(network->facts->arena,
			       arena_printf(network->facts->arena, _("%s from %s"), what, address));
	interface->remote_origin = origin;
}

static void place_nfs_root(struct network *network)
{
	struct arena *arena = network->facts->arena;
	const char *source = NULL, *address;
	struct mounts mounts = {0};

	if (mounts_read(network->facts, network->host, &mounts, &source) < 0)
		return;
	for_each (mount, &mounts) {
		if (!streq(mount->point, "/") || !starts_with(mount->type, "nfs"))
			continue;
		address = mount_option(arena, mount->options, "addr");
		if (!address)
			address = arena_copy(arena, mount->source, strcspn(mount->source, ":"));
		place_remote(network, address, _("the root file system (NFS)"),
			     (struct origin){
				     .source = source, .line = mount->line, .text = mount->text});
	}
}

/* drivers/scsi/scsi_transport_iscsi.c */
static void place_iscsi(struct network *network)
{
	static const char folder[] = "sys/class/iscsi_connection";
	struct arena *arena = network->facts->arena;
	struct strings names = {0};

	(void)host_list(network->host, arena, folder, &names);
	for_each (name, &names) {
		const char *file = arena_printf(arena, "%s/%s/address", folder, *name), *address;

		if (host_read_line(network->host, arena, file, &address) == 0)
			place_remote(network, address, _("iSCSI disks"),
				     (struct origin){.source = arena_printf(arena, "/%s", file),
						     .text = address});
	}
}

/* -- what an interface is for ------------------------------------------------------------------------- */

enum rank {
	RANK_IDLE,
	RANK_SWITCHED, /* what lies above cannot be seen from here, and the link is up */
	RANK_ROUTE,
	RANK_REMOTE_STORAGE,
	RANK_DEFAULT_ROUTE,
};

struct climb {
	struct network *network;
	const struct interface *stack[DEPTH_MAX]; /* stack[0]: the hardware's */
	size_t depth;
	enum rank rank;              /* of the weightiest use seen so far */
	const struct interface *top; /* where it was seen */
	const char *chain; /* "port of bond bond0, port of bridge vmbr0"; "" for stack[0] */
};

static enum rank rank_of(const struct interface *interface)
{
	if (interface->default_route)
		return RANK_DEFAULT_ROUTE;
	if (interface->remote_storage)
		return RANK_REMOTE_STORAGE;
	if (interface->route && interface->up != NO)
		return RANK_ROUTE;
	return RANK_IDLE;
}

/*
 * Open vSwitch, VRF and the like: what lies above stands in no link (the switch's own interface) or the
 * routes over it in a table that /proc does not show.
 */
static bool is_other_master(const struct interface *interface)
{
	return interface->is_master && interface->kind == INTERFACE_PLAIN;
}

/* "port of bridge vmbr0": what the interface below is to the one above. */
static const char *relation(struct arena *arena, const struct interface *above)
{
	if (is_other_master(above))
		return arena_printf(arena, _("port of %s"), above->name);
	switch (above->kind) {
	case INTERFACE_BRIDGE:
		return arena_printf(arena, _("port of bridge %s"), above->name);
	case INTERFACE_BOND:
		return arena_printf(arena, _("port of bond %s"), above->name);
	case INTERFACE_TEAM:
		return arena_printf(arena, _("port of team %s"), above->name);
	case INTERFACE_VLAN:
		return arena_printf(arena, _("below VLAN %s"), above->name);
	case INTERFACE_PLAIN:
		break;
	}
	return arena_printf(arena, _("below %s"), above->name);
}

static const char *chain_words(const struct climb *climb)
{
	struct arena *arena = climb->network->facts->arena;
	struct strings words = {0};

	for (size_t i = 1; i < climb->depth; i++)
		strings_add(arena, &words, relation(arena, climb->stack[i]));
	return strings_join(arena, &words, ", ");
}

/* Keeps what the top of the stack shows where it weighs more than what was seen so far. */
static void climb_weigh(struct climb *climb)
{
	const struct interface *top = climb->stack[climb->depth - 1];
	enum rank rank = rank_of(top);
	bool first_upper = climb->rank == RANK_IDLE && climb->top == climb->stack[0];

	/* Without a look at the switch or the table, a link that is up counts as needed. */
	if (rank == RANK_IDLE && is_other_master(top) && climb->stack[0]->up != NO)
		rank = RANK_SWITCHED;
	if (climb->top && rank <= climb->rank && !first_upper)
		return;
	climb->rank = rank;
	climb->top = top;
	climb->chain = chain_words(climb);
}

static void climb_interface(struct climb *climb, struct interface *interface)
{
	struct network *network = climb->network;

	if (interface->visited == network->walk)
		return;
	interface->visited = network->walk;
	if (climb->depth == DEPTH_MAX || ++network->visits > VISITS_MAX) {
		interfaces_set_unknown(network->facts, &network->interfaces, "sys/class/net",
				       -ELOOP);
		return;
	}
	climb->stack[climb->depth++] = interface;
	climb_weigh(climb);
	for_each (upper, &interface->uppers)
		climb_interface(climb, *upper);
	climb->depth--;
}

/* -- writing uses --------------------------------------------------------------------------------------- */

static struct use *write_use(struct network *network, struct device *device, bool critical,
			     const char *what)
{
	struct use *use;

	if (device->uses.count >= USES_PER_FUNCTION) {
		interfaces_set_unknown(network->facts, &network->interfaces, "sys/class/net",
				       -E2BIG);
		return NULL;
	}
	use = device_add_use(network->facts, device, USE_NETWORK);
	use->critical = critical;
	use->what = text_printable(network->facts->arena, what);
	return use;
}

static const char *link_words(enum truth up)
{
	return up == YES ? _("link up") : up == NO ? _("link down") : _("link state not known");
}

/* What the top of the chain has, said of the hardware interface itself. */
static const char *own_words(const struct climb *climb)
{
	struct arena *arena = climb->network->facts->arena;
	const struct interface *own = climb->stack[0];

	switch (climb->rank) {
	case RANK_DEFAULT_ROUTE:
		return own->remote_storage
			       ? arena_printf(arena, _("default route, %s"), own->remote_storage)
			       : _("default route");
	case RANK_REMOTE_STORAGE:
		return own->remote_storage;
	case RANK_ROUTE:
		return arena_printf(arena, _("%s, has a route"), link_words(own->up));
	case RANK_SWITCHED:
	case RANK_IDLE:
		break;
	}
	if (own->route)
		return arena_printf(arena, _("%s, has a route"), link_words(own->up));
	return arena_printf(arena, "%s%s", link_words(own->up),
			    climb->network->routes_known ? _(", no route") : "");
}

static const char *upper_words(const struct climb *climb)
{
	struct arena *arena = climb->network->facts->arena;
	const char *has = NULL;

	switch (climb->rank) {
	case RANK_DEFAULT_ROUTE:
		has = _("the default route");
		break;
	case RANK_ROUTE:
		has = _("a route");
		break;
	case RANK_REMOTE_STORAGE:
		return arena_printf(arena, _("%s, over which comes %s"), climb->chain,
				    climb->top->remote_storage);
	case RANK_IDLE:
		return arena_printf(arena, "%s%s", climb->chain,
				    climb->network->routes_known ? _(", no route") : "");
	case RANK_SWITCHED:
		return climb->chain;
	}
	return arena_printf(arena, _("%s, which has %s"), climb->chain, has);
}

static struct origin route_origin(const struct route *route)
{
	return (struct origin){
		.source = route->version == 4 ? "/proc/net/route" : "/proc/net/ipv6_route",
		.line = route->line,
		.text = route->text,
	};
}

static struct origin climb_origin(const struct climb *climb)
{
	struct arena *arena = climb->network->facts->arena;
	const struct interface *own = climb->stack[0];

	switch (climb->rank) {
	case RANK_DEFAULT_ROUTE:
		return route_origin(climb->top->default_route);
	case RANK_REMOTE_STORAGE:
		return climb->top->remote_origin;
	case RANK_ROUTE:
		return route_origin(climb->top->route);
	case RANK_SWITCHED:
	case RANK_IDLE:
		break;
	}
	return (struct origin){
		.source = arena_printf(arena, "/sys/class/net/%s", own->name),
		.text = arena_printf(arena, "-> %s", own->link),
	};
}

static void write_interface(struct network *network, struct interface *interface)
{
	struct climb climb = {.network = network};
	struct arena *arena = network->facts->arena;
	const char *what;

	network->walk++;
	climb.stack[0] = interface;
	climb_interface(&climb, interface);
	if (!climb.top)
		return;
	what = arena_printf(arena, "%s: %s", interface->name,
			    *climb.chain ? upper_words(&climb) : own_words(&climb));
	for_each (device, &interface->functions) {
		struct use *use = write_use(network, *device, climb.rank != RANK_IDLE, what);

		if (use)
			use->origin = climb_origin(&climb);
	}
}

/* -- what has no interface here ------------------------------------------------------------------------- */

static bool has_interface(const struct network *network, const struct device *device)
{
	for_each (interface, &network->interfaces)
		for_each (function, &interface->functions)
			if (*function == device)
				return true;
	return false;
}

static bool may_hide_interface(const struct network *network, const struct device *device)
{
	enum { CLASS_NETWORK = 0x02 };

	return device->class_code >= 0 && device->class_code >> 16 == CLASS_NETWORK &&
	       device->has_net != NO && device->has_driver == YES && !device->vfio_driver &&
	       !has_interface(network, device);
}

/* sysfs hides interfaces of other network namespaces: the function's net directory is there and empty
 * (drivers/base/core.c takes it away when the last interface goes). */
static void write_hidden(struct network *network, struct device *device)
{
	struct arena *arena = network->facts->arena;
	struct strings names = {0};
	const char *path;
	struct use *use;

	if (!may_hide_interface(network, device))
		return;
	path = arena_printf(arena, "sys/bus/pci/devices/%s/net", device->address);
	if (host_list(network->host, arena, path, &names) < 0)
		return;
	if (names.count) {
		interfaces_set_unknown(network->facts, &network->interfaces,
				       arena_printf(arena, "sys/class/net/%s", names.items[0]),
				       -ENOENT);
		return;
	}
	use = write_use(network, device, true,
			arena_printf(arena, _("%s: its interface is in another network namespace"),
				     device->address));
	if (use)
		use->origin = (struct origin){.source = arena_printf(arena, "/%s", path),
					      .text = _("a directory without a visible interface")};
}

static void write_rdma(struct network *network)
{
	static const char folder[] = "sys/class/infiniband";
	struct arena *arena = network->facts->arena;
	struct strings names = {0};

	(void)host_list(network->host, arena, folder, &names);
	for_each (name, &names) {
		const char *path = arena_printf(arena, "%s/%s", folder, *name), *link;
		struct device_refs functions = {0};

		if (host_read_link(network->host, arena, path, &link) < 0)
			continue;
		sysfs_path_functions(network->facts, sysfs_path_resolve(arena, folder, link),
				     &functions);
		for_each (device, &functions) {
			struct use *use =
				write_use(network, *device, false,
					  arena_printf(arena, _("%s: RDMA device"), *name));

			if (use)
				use->origin =
					(struct origin){.source = arena_printf(arena, "/%s", path),
							.text = arena_printf(arena, "-> %s", link)};
		}
	}
}

/* -- all of it -------------------------------------------------------------------------------------------- */

static void set_known(struct facts *facts, enum truth known, const char *path, int error)
{
	facts->usage.known[USE_NETWORK] = known;
	facts->usage.why_unknown[USE_NETWORK] = (struct unread){.path = path, .error = error};
}

static void write_known(struct network *network, int routes_error, int routes6_error)
{
	struct facts *facts = network->facts;
	const struct unread *hole = &network->interfaces.why_unknown;

	/* A container has a network of its own. */
	if (host_was_live(network->host) && facts->machine.in_container == YES)
		set_known(facts, UNKNOWN, "/proc/1/net/route", -EPERM);
	else if (routes_error < 0)
		set_known(facts, UNKNOWN, "/proc/net/route", routes_error);
	else if (routes6_error < 0)
		set_known(facts, UNKNOWN, "/proc/net/ipv6_route", routes6_error);
	else if (hole->path)
		set_known(facts, UNKNOWN, hole->path, hole->error);
	else
		set_known(facts, YES, NULL, 0);
}

void facts_collect_network(struct facts *facts, const struct host *host)
{
	struct network network = {.facts = facts, .host = host};
	int r = interfaces_collect(facts, host, &network.interfaces);
	int routes_error, routes6_error;

	if (r < 0) {
		facts_add_unread(facts, "sys/class/net", r);
		set_known(facts, UNKNOWN, "/sys/class/net", r);
		write_rdma(&network);
		return;
	}
	routes_error = read_routes(&network);
	routes6_error = read_routes6(&network);
	place_routes(&network);
	place_nfs_root(&network);
	place_iscsi(&network);
	for_each (interface, &network.interfaces)
		if (interface->functions.count)
			write_interface(&network, interface);
	for_each (device, &facts->devices)
		write_hidden(&network, device);
	write_rdma(&network);
	write_known(&network, routes_error, routes6_error);
}
