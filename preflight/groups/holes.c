/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/groups/holes.h"
#include "preflight/groups/groups.h"

/* Buses nest less deep than this; a damaged tree may go round. */
enum { DEPTH_MOST = 64 };

static const struct device *group_identity(const struct device *device)
{
	return device->physfn ? device->physfn : device;
}

static bool is_below(const struct device *device, const struct device *bridge)
{
	for (unsigned depth = 0; device && depth < DEPTH_MOST; depth++, device = device->parent)
		if (device == bridge)
			return true;
	return false;
}

static bool in_one_group(const struct device *a, const struct device *b)
{
	if (a->group || b->group)
		return a->group == b->group;
	return a->predicted_group >= 0 && a->predicted_group == b->predicted_group;
}

/* A quick no for most functions of a big machine. */
static bool bus_is_outside(const struct device *device, const struct device *bridge)
{
	const struct config_space *config = &bridge->config;

	return device->domain != bridge->domain ||
	       (config->secondary_bus > 0 && config->subordinate_bus >= config->secondary_bus &&
		(device->bus < config->secondary_bus || device->bus > config->subordinate_bus));
}

/* Endpoints below the same switch, but not below this downstream port of it. */
static void peers_find(const struct facts *facts, const struct device *device,
		       const struct device *port, struct arena *arena, struct device_refs *ret)
{
	struct device_refs peers = {0};

	for (size_t i = 0; port->parent && i < facts->devices.count; i++) {
		struct device *other = &facts->devices.items[i];

		if (other->is_bridge || other->physfn || bus_is_outside(other, port->parent) ||
		    in_one_group(device, other) || !is_below(other, port->parent) ||
		    is_below(other, port))
			continue;
		*ARRAY_ADD(arena, &peers) = other;
	}
	*ret = peers;
}

/* The row of the kernel's table that makes a port without ACS count as isolated; NULL none. */
static const char *quirk_of(const struct device *port)
{
	for (size_t i = 0; i < acs_quirk_count; i++) {
		const struct acs_quirk *quirk = &acs_quirks[i];

		if (quirk->vendor != port->vendor_id ||
		    (quirk->device != QUIRK_ANY_DEVICE && quirk->device != port->device_id))
			continue;
		if (quirk->rule == ACS_RULE_ALWAYS)
			return quirk->kernel_function;
		if (quirk->rule == ACS_RULE_ZHAOXIN_PORTS)
			return acs_rule_lists(quirk->rule, port->device_id) ? quirk->kernel_function
									    : NULL;
	}
	return NULL;
}

/* What is wrong with one downstream port of a switch. While the IOMMU is off so is ACS: the kernel
 * switches on what is there. */
static bool port_judge(const struct facts *facts, const struct device *port,
		       const struct device *device, struct isolation_hole *hole)
{
	const struct config_space *config = &port->config;
	uint16_t off = facts->iommu.active == YES ? (uint16_t)~config->acs_control : 0;

	*hole = (struct isolation_hole){.port = port, .quirk = quirk_of(port)};
	hole->bits = (uint16_t)(ACS_REQUIRED & ~config->acs_capability);
	off &= ACS_REQUIRED & config->acs_capability;
	/* A row of the kernel's table may speak for a port whose model is not known. */
	if (port->vendor_id < 0 || port->device_id < 0)
		return false;
	if (config->acs == NO) {
		hole->kind = hole->quirk ? HOLE_QUIRK : HOLE_NO_ACS;
	} else if (config->acs != YES || hole->quirk) {
		return false;
	} else if (off) {
		hole->kind = HOLE_BITS_OFF;
		hole->bits = off;
	} else if (hole->bits) {
		hole->kind = HOLE_HARDWIRED;
	} else if (config->acs_control & ACS_EC) {
		hole->kind = HOLE_EGRESS;
	} else if (config->acs_control & ACS_DT && group_identity(device)->config.ats == YES) {
		hole->kind = HOLE_TRANSLATED;
	} else {
		return false;
	}
	return true;
}

/* The model is sure that they are one group, and the kernel has them apart. */
static void unexplained_find(const struct facts *facts, const struct device *device,
			     struct arena *arena, struct isolation_holes *holes)
{
	struct isolation_hole hole = {.kind = HOLE_UNEXPLAINED};
	const struct device_refs *predicted;

	if (!device->group || device->predicted_group < 0 ||
	    (size_t)device->predicted_group >= facts->predicted_group_count)
		return;
	predicted = &facts->predicted_groups[device->predicted_group];
	for_each (other, predicted) {
		bool same_slot = group_identity(*other)->bus == group_identity(device)->bus &&
				 group_identity(*other)->slot == group_identity(device)->slot &&
				 (*other)->domain == device->domain;

		if (!(*other)->is_bridge && !same_slot && (*other)->group &&
		    (*other)->group != device->group)
			*ARRAY_ADD(arena, &hole.peers) = *other;
	}
	if (hole.peers.count)
		*ARRAY_ADD(arena, holes) = hole;
}

void isolation_holes_find(const struct facts *facts, const struct device *device,
			  struct arena *arena, struct isolation_holes *ret_holes)
{
	const struct device *port = device->parent;
	struct isolation_holes holes = {0};

	*ret_holes = holes;
	if (device->is_bridge)
		return;
	for (unsigned depth = 0; port && depth < DEPTH_MOST; depth++, port = port->parent) {
		struct isolation_hole hole;

		if (port->config.port_type != PORT_DOWNSTREAM ||
		    !port_judge(facts, port, device, &hole))
			continue;
		peers_find(facts, device, port, arena, &hole.peers);
		if (hole.peers.count)
			*ARRAY_ADD(arena, &holes) = hole;
	}
	unexplained_find(facts, device, arena, &holes);
	*ret_holes = holes;
}

const char *hole_kind_name(enum hole_kind kind)
{
	static const char *const names[HOLE_KINDS] = {
		[HOLE_NO_ACS] = "no-acs",           [HOLE_BITS_OFF] = "bits-off",
		[HOLE_HARDWIRED] = "hardwired",     [HOLE_QUIRK] = "quirk",
		[HOLE_EGRESS] = "egress-control",   [HOLE_TRANSLATED] = "direct-translated",
		[HOLE_UNEXPLAINED] = "unexplained",
	};

	return names[kind];
}

const char *hole_text(struct arena *arena, const struct isolation_hole *hole)
{
	const char *port = hole->port ? hole->port->address : "";

	switch (hole->kind) {
	case HOLE_NO_ACS:
		return arena_printf(arena,
				    _("switch port %s has no ACS; the kernel puts it together only "
				      "with ports of the same slot, but the switch may pass "
				      "requests straight from port to port"),
				    port);
	case HOLE_BITS_OFF:
		return arena_printf(
			arena,
			_("switch port %s has ACS %s switched off; the kernel puts it "
			  "together only with ports of the same slot, but the switch may "
			  "pass requests straight from port to port"),
			port, acs_bits_text(arena, hole->bits));
	case HOLE_HARDWIRED:
		return arena_printf(
			arena,
			_("switch port %s has an ACS capability without %s; the kernel "
			  "counts missing bits as on, but a switch port must have them"),
			port, acs_bits_text(arena, hole->bits));
	case HOLE_QUIRK:
		return arena_printf(arena,
				    _("switch port %s has no ACS; that it isolates is what the "
				      "kernel's table says (%s)"),
				    port, hole->quirk);
	case HOLE_EGRESS:
		return arena_printf(arena,
				    _("switch port %s has ACS egress control (EC) on, which the "
				      "groups do not look at: what its vector lets through goes "
				      "straight to the other ports"),
				    port);
	case HOLE_TRANSLATED:
		return arena_printf(arena,
				    _("switch port %s has ACS direct translated P2P (DT) on, which "
				      "the groups do not look at: requests that the card marks as "
				      "translated (ATS) go straight to the other ports"),
				    port);
	case HOLE_UNEXPLAINED:
	case HOLE_KINDS:
		break;
	}
	return _("no port is seen to isolate them, but this kernel gives them groups of their own: "
		 "a patched kernel may only claim it");
}
