/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Prints a random PC for QEMU, always the same one for a seed: QEMU's arguments, one on each line,
 * and on the last line parameters for the kernel (may be empty).
 *
 * The parts are those that change IOMMU groups: root ports with and without ACS, alone and as
 * functions of one slot, switches, bridges to conventional PCI and between conventional buses,
 * further root complexes, cards with several functions and with virtual ones; a VT-d or AMD-Vi
 * unit, which covers all. 00:1d.0 and 00:1f stay free.
 */
#include "tests/unit/groups_random.h"

#include <stdarg.h>

enum {
	MOST_FUNCTIONS = 40, /* about: what was begun is finished */
	DEEPEST = 4,
	FIRST_SLOT = 2, /* on pcie.0; the AMD unit is a function in slot 1 */
	LAST_SLOT = 0x1c,
};

struct topology {
	struct random random;
	unsigned next_id;
	unsigned functions;
	char ports[8][8]; /* addresses of ports on pcie.0: "02.0" */
	unsigned port_count;
};

/* Where a function is put. */
struct place {
	const char *bus;
	unsigned slot, function;
	bool first_of_many; /* function 0 with others beside it */
};

/* romfile= : without the firmware that network cards bring along. */
static const char *const express_models[] = {
	"nvme,serial=1",  "e1000e,romfile=",         "qemu-xhci",
	"bochs-display",  "virtio-net-pci,romfile=", "edu",
	"ich9-intel-hda", "virtio-rng-pci",          NULL};
static const char *const conventional_models[] = {
	"e1000,romfile=", "rtl8139,romfile=", "edu", "ich9-intel-hda", "bochs-display",
	"virtio-rng-pci", "ich9-usb-uhci1",   NULL};

static unsigned below(struct topology *topology, unsigned limit)
{
	return random_below(&topology->random, limit);
}

static bool chance(struct topology *topology, unsigned percent)
{
	return random_chance(&topology->random, percent);
}

static bool is_full(const struct topology *topology)
{
	return topology->functions >= MOST_FUNCTIONS;
}

/* Prints one -device: what (with its properties) at place. */
__attribute__((format(printf, 3, 4))) static void
device_print(struct topology *topology, const struct place *place, const char *what, ...)
{
	va_list arguments;

	topology->functions++;
	printf("-device\n");
	va_start(arguments, what);
	vprintf(what, arguments);
	va_end(arguments);
	printf(",bus=%s,addr=0x%x.0x%x%s\n", place->bus, place->slot, place->function,
	       place->first_of_many ? ",multifunction=on" : "");
}

static void id_make(struct topology *topology, char ret_id[static 16])
{
	(void)snprintf(ret_id, 16, "b%u", ++topology->next_id);
}

/* -- endpoints -------------------------------------------------------------------------------- */

static const char *random_model(struct topology *topology, const char *const *models)
{
	unsigned count = 0;

	while (models[count])
		count++;
	return models[below(topology, count)];
}

/* A card of one to four functions; numbers of functions may be left out, but never 0. */
static void card_print(struct topology *topology, const char *bus, unsigned slot,
		       const char *const *models)
{
	bool many = chance(topology, 45);
	struct place place = {.bus = bus, .slot = slot, .first_of_many = many};
	unsigned others = many ? 1 + below(topology, 3) : 0;

	device_print(topology, &place, "%s", random_model(topology, models));
	place.first_of_many = false;
	while (others-- && place.function < 7) {
		place.function += 1 + (place.function < 4 ? below(topology, 2) : 0);
		device_print(topology, &place, "%s", random_model(topology, models));
	}
}

/* A card with virtual functions, which the guest switches on. */
static void virtual_functions_print(struct topology *topology, const char *bus)
{
	struct place place = {.bus = bus};

	if (chance(topology, 40)) {
		unsigned subsystem = ++topology->next_id;

		printf("-device\nnvme-subsys,id=s%u\n", subsystem);
		device_print(topology, &place,
			     "nvme,serial=1,subsys=s%u,sriov_max_vfs=2,sriov_vq_flexible=4,"
			     "sriov_vi_flexible=2,max_ioqpairs=6,msix_qsize=6",
			     subsystem);
		return;
	}
	place.first_of_many = chance(topology, 40);
	device_print(topology, &place, "igb,romfile=");
	if (!place.first_of_many)
		return;
	place = (struct place){.bus = bus, .function = 1};
	device_print(topology, &place, "%s",
		     chance(topology, 50) ? "igb,romfile=" : "e1000e,romfile=");
}

/* -- conventional buses ------------------------------------------------------------------------ */

static void conventional_fill(struct topology *topology, const char *bus, unsigned depth);

static void pci_bridge_print(struct topology *topology, const struct place *place, unsigned depth)
{
	char id[16];

	id_make(topology, id);
	device_print(topology, place, "pci-bridge,id=%s,chassis_nr=%u", id, topology->next_id);
	conventional_fill(topology, id, depth + 1);
}

static void conventional_fill(struct topology *topology, const char *bus, unsigned depth)
{
	unsigned slot = 0, count = below(topology, 4);

	while (count-- && !is_full(topology)) {
		/* Slot 0 of a pci-bridge belongs to its hot-plug controller. */
		slot += 1 + below(topology, 3);
		if (depth < DEEPEST && chance(topology, 25))
			pci_bridge_print(topology, &(struct place){.bus = bus, .slot = slot},
					 depth);
		else
			card_print(topology, bus, slot, conventional_models);
	}
}

/* A bridge with PCI Express above and conventional PCI below. */
static void express_bridge_print(struct topology *topology, const struct place *place,
				 const char *model, unsigned depth)
{
	char id[16];

	id_make(topology, id);
	device_print(topology, place, "%s,id=%s", model, id);
	conventional_fill(topology, id, depth + 1);
}

/* -- ports ------------------------------------------------------------------------------------ */

static void port_fill(struct topology *topology, const char *bus, unsigned depth);

static void switch_print(struct topology *topology, const char *bus, unsigned depth)
{
	struct place place = {.bus = bus, .first_of_many = chance(topology, 20)};
	unsigned ports = 1 + below(topology, 4), slot = 0, function = 0;
	char upstream[16], downstream[16];

	id_make(topology, upstream);
	device_print(topology, &place, "x3130-upstream,id=%s", upstream);
	if (place.first_of_many)
		device_print(topology, &(struct place){.bus = bus, .function = 1}, "%s",
			     random_model(topology, express_models));
	while (ports--) {
		bool with_next = ports && function < 3 && chance(topology, 25);

		id_make(topology, downstream);
		place = (struct place){upstream, slot, function, with_next && !function};
		device_print(topology, &place, "xio3130-downstream,id=%s,chassis=%u,slot=%u",
			     downstream, topology->next_id, topology->next_id);
		port_fill(topology, downstream, depth + 1);
		function = with_next ? function + 1 : 0;
		slot += with_next ? 0 : 1 + below(topology, 2);
	}
}

/* What hangs from a port: one slot, number 0. */
static void port_fill(struct topology *topology, const char *bus, unsigned depth)
{
	struct place place = {.bus = bus};
	unsigned kind = below(topology, 100);

	if (is_full(topology) || kind < 15)
		return;
	if (kind < 35 && depth < DEEPEST)
		switch_print(topology, bus, depth);
	else if (kind < 47 && depth < DEEPEST)
		express_bridge_print(topology, &place, "pcie-pci-bridge", depth);
	else if (kind < 52 && depth < DEEPEST)
		pci_bridge_print(topology, &place, depth);
	else if (kind < 64)
		virtual_functions_print(topology, bus);
	else
		card_print(topology, bus, 0, express_models);
}

static const char *random_port(struct topology *topology)
{
	unsigned kind = below(topology, 100);

	return kind < 55   ? "pcie-root-port"
	       : kind < 70 ? "pcie-root-port,disable-acs=on"
	       : kind < 92 ? "ioh3420"
			   : "ioh3420,disable-acs=on";
}

static void port_remember(struct topology *topology, const struct place *place)
{
	if (!streq(place->bus, "pcie.0") || topology->port_count == ARRAY_SIZE(topology->ports))
		return;
	(void)snprintf(topology->ports[topology->port_count++], sizeof(topology->ports[0]),
		       "%02x.%u", place->slot & 0x1f, place->function & 7);
}

/* One to four root ports in one slot; now and then an endpoint among them on pcie.0. */
static void ports_print(struct topology *topology, const char *bus, unsigned slot)
{
	unsigned count = chance(topology, 45) ? 2 + below(topology, 3) : 1;
	char id[16];

	for (unsigned i = 0; i < count; i++) {
		struct place place = {bus, slot, i, !i && count > 1};

		if (i && streq(bus, "pcie.0") && chance(topology, 12)) {
			device_print(topology, &place, "%s",
				     random_model(topology, express_models));
			continue;
		}
		id_make(topology, id);
		device_print(topology, &place, "%s,id=%s,chassis=%u,slot=%u", random_port(topology),
			     id, topology->next_id, topology->next_id);
		port_remember(topology, &place);
		port_fill(topology, id, 1);
	}
}

/* -- root buses ------------------------------------------------------------------------------- */

static void root_bridge_print(struct topology *topology, const char *bus, unsigned slot)
{
	struct place place = {.bus = bus, .slot = slot};
	unsigned kind = below(topology, 100);

	if (kind < 40)
		express_bridge_print(topology, &place, "pcie-pci-bridge", 1);
	else if (kind < 75)
		express_bridge_print(topology, &place, "i82801b11-bridge", 1);
	else
		pci_bridge_print(topology, &place, 1);
}

static void root_slot_print(struct topology *topology, const char *bus, unsigned slot)
{
	unsigned kind = below(topology, 100);

	if (kind < 50)
		ports_print(topology, bus, slot);
	else if (kind < 72)
		card_print(topology, bus, slot, express_models);
	else
		root_bridge_print(topology, bus, slot);
}

/* QEMU lets nothing but ports and bridges into it. */
static void root_complex_print(struct topology *topology, unsigned slot, unsigned number)
{
	struct place place = {.bus = "pcie.0", .slot = slot};
	unsigned ports = 1 + below(topology, 3);
	char id[16];

	id_make(topology, id);
	device_print(topology, &place, "pxb-pcie,id=%s,bus_nr=%u", id, 0x40 * (number + 1));
	for (unsigned i = 0; i < ports && !is_full(topology); i++)
		if (chance(topology, 80))
			ports_print(topology, id, i);
		else
			root_bridge_print(topology, id, i);
}

/* Parameters change what the kernel programs: on ports whose addresses are known here. */
static void parameters_print(struct topology *topology)
{
	static const char *const flags[] = {"xx111x1", "xx1x0xx", "0000000", "xx11101", "x1xxxxx"};
	unsigned kind = below(topology, 100);
	const char *port;

	if (topology->port_count == 0 || kind >= 30) {
		printf("\n");
		return;
	}
	port = topology->ports[below(topology, topology->port_count)];
	if (kind < 10)
		printf("pci=disable_acs_redir=0000:00:%s\n", port);
	else if (kind < 15)
		printf("pci=disable_acs_redir=pci:8086:3420;pci:104c:8233\n");
	else if (kind < 25)
		printf("pci=config_acs=%s@0000:00:%s\n", flags[below(topology, ARRAY_SIZE(flags))],
		       port);
	else
		printf("pci=config_acs=%s@pci:1b36:000c\n",
		       flags[below(topology, ARRAY_SIZE(flags))]);
}

static void machine_print(struct topology *topology)
{
	unsigned slot = FIRST_SLOT, slots = 3 + below(topology, 6);
	unsigned complexes = chance(topology, 35) ? 1 + below(topology, 2) : 0;
	bool amd = chance(topology, 35);

	printf("-M\nq35,kernel-irqchip=split\n-cpu\n%s\n-device\n%s\n", amd ? "EPYC" : "max",
	       amd ? "amd-iommu,intremap=on" : "intel-iommu,intremap=on,caching-mode=on");
	for (unsigned i = 0; i < complexes; i++)
		root_complex_print(topology, slot++, i);
	while (slots-- && slot <= LAST_SLOT && !is_full(topology)) {
		root_slot_print(topology, "pcie.0", slot);
		slot += 1 + below(topology, 3);
	}
}

int main(int argc, char **argv)
{
	struct topology topology = {0};
	char *end = NULL;

	if (argc == 2)
		topology.random.state = strtoull(argv[1], &end, 10);
	if (!end || end == argv[1] || *end) {
		(void)fputs("usage: topology SEED\n", stderr);
		return 2;
	}
	machine_print(&topology);
	parameters_print(&topology);
	return 0;
}
