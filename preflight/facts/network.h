/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shared by the files of facts_collect_network() only.
 *   facts/interfaces.c  every interface: whether it is up, what stands above it, its PCI functions
 *   facts/network.c     climbs from each hardware interface to the routes over it and writes the uses
 *
 * Everything lives in facts->arena.
 */
#ifndef VFIOKIT_FACTS_NETWORK_H
#define VFIOKIT_FACTS_NETWORK_H

#include "preflight/facts/facts.h"
#include "preflight/parse/routes.h"

enum interface_kind {
	INTERFACE_PLAIN,
	INTERFACE_BRIDGE,
	INTERFACE_BOND,
	INTERFACE_TEAM,
	INTERFACE_VLAN,
};

struct interface;

struct interface_refs {
	struct interface **items;
	size_t count, capacity;
};

struct interface {
	const char *name; /* "eno1" */
	const char *path; /* in sysfs, no leading slash */
	const char *link; /* target text of sys/class/net/NAME */
	enum interface_kind kind;
	bool is_master;                            /* enslaves other interfaces */
	enum truth up;                             /* set up by somebody, with a link */
	struct interface_refs uppers;              /* what stands on it: bridge, bond, VLAN … */
	struct device_refs functions;              /* PCI functions that it lies below */
	const struct route *default_route, *route; /* the first of each over this very interface */
	const char *remote_storage; /* "the root file system (NFS from 192.0.2.5)"; NULL none */
	struct origin remote_origin;
	unsigned visited; /* number of the last walk that came by */
};

struct interfaces {
	struct interface *items; /* sorted by name; never grows after the list is made */
	size_t count, capacity;
	struct unread
		why_unknown; /* the first hole in the picture; path NULL where there is none */
};

/*
 * Lists sys/class/net and fills ret_interfaces except for routes and remote storage. 0, or -errno where
 * the list itself cannot be read; an interface that cannot be looked into goes to why_unknown.
 */
int interfaces_collect(struct facts *facts, const struct host *host,
		       struct interfaces *ret_interfaces);

/* Remembers the first hole in the picture, and lists path (no leading slash) as unread. */
void interfaces_set_unknown(struct facts *facts, struct interfaces *interfaces, const char *path,
			    int error);

struct interface *interfaces_find(const struct interfaces *interfaces, const char *name);

#endif
