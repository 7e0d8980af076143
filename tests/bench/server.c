/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Prints the recipe (tests/unit/tree.h) of a GPU server with exactly that many PCI functions, on top of
 * tests/hosts/base-server.tree.
 *
 * A section is a root complex with a VT-d unit of its own and two root ports; behind each a switch
 * with two GPUs (on vfio-pci), a network card whose virtual functions fill the section up to 64
 * functions, and an NVMe disk. One switch in eight has no ACS: all below it is one group. Four
 * sections share a PCI segment.
 */
#include "preflight/base.h"

#include <stdio.h>
#include <stdlib.h>

/* One processor, without which hwloc looks at nothing. */
static const char processor[] =
	"file sys/devices/system/cpu/online\n| 0\n"
	"file sys/devices/system/cpu/possible\n| 0\n"
	"file sys/devices/system/cpu/cpu0/topology/core_id\n| 0\n"
	"file sys/devices/system/cpu/cpu0/topology/physical_package_id\n| 0\n"
	"file sys/devices/system/cpu/cpu0/topology/core_cpus\n| 1\n"
	"file sys/devices/system/cpu/cpu0/topology/package_cpus\n| 1\n";

enum {
	BASE_FUNCTIONS = 14, /* of base-server */
	SECTION_FUNCTIONS = 64,
	PLAIN_FUNCTIONS = 21, /* of a section without virtual ones */
	SECTIONS_A_SEGMENT = 4,
	FIRST_GROUP = 100,
	FIRST_UNIT = 4, /* base-server has dmar0 to dmar3 */
	/* Memory of each function, for its BARs: above all that base-server has. */
	WINDOW = 28,
};

struct server {
	unsigned section;
	unsigned segment;
	unsigned bus; /* the section's root bus */
	unsigned next_bus;
	unsigned group;
	unsigned functions;
};

struct place {
	unsigned bus, slot, function;
};

static unsigned long long window(struct server *server)
{
	return (1ULL << 45) + ((unsigned long long)server->functions++ << WINDOW);
}

static void group_next(struct server *server)
{
	server->group++;
	printf("group %u type=identity\n", server->group);
}

/* A bridge at place with a new bus behind it; returns that bus. */
static unsigned print_bridge(struct server *server, struct place place, const char *below,
			     const char *what)
{
	unsigned bus = server->next_bus++;

	printf("device %04x:%02x:%02x.%x%s %s class=060400 pm=1 msi=1 numa=%u driver=pcieport "
	       "secondary=%02x subordinate=%02x group=%u unit=dmar%u link=32GT/s:16:32GT/s:16\n",
	       server->segment, place.bus, place.slot, place.function, below, what,
	       server->section % 2, bus, bus, server->group, FIRST_UNIT + server->section);
	server->functions++;
	return bus;
}

static void print_endpoint(struct server *server, struct place place, const char *below,
			   const char *what, const char *bar)
{
	printf("device %04x:%02x:%02x.%x%s %s numa=%u group=%u unit=dmar%u "
	       "link=16GT/s:16:32GT/s:16 bar=0:%s@%llx\n",
	       server->segment, place.bus, place.slot, place.function, below, what,
	       server->section % 2, server->group, FIRST_UNIT + server->section, bar,
	       window(server));
}

static void print_virtual_functions(struct server *server, const char *below, unsigned bus,
				    unsigned count)
{
	char what[128];

	(void)snprintf(what, sizeof(what),
		       "vf-of=%04x:%02x:00.0 id=15b3:101e sub=15b3:0041 class=020000 flr=1 "
		       "driver=mlx5_core",
		       server->segment, bus);
	for (unsigned i = 1; i <= count; i++) {
		group_next(server);
		print_endpoint(server, (struct place){bus, i / 8, i % 8}, below, what, "2M:64p");
	}
}

/* What sits behind one port of a switch: GPU, GPU, network card, disk. */
static void print_leaf(struct server *server, unsigned slot, const char *below, unsigned bus,
		       unsigned virtual)
{
	struct place place = {bus, 0, 0};
	char what[160];

	if (slot < 2) {
		print_endpoint(server, place, below,
			       "id=10de:2330 sub=10de:16c1 class=030200 rev=a1 flr=1 msi=1 "
			       "driver=vfio-pci override=vfio-pci",
			       "128M:64p");
	} else if (slot == 2) {
		(void)snprintf(what, sizeof(what),
			       "id=15b3:1021 sub=15b3:0041 class=020000 flr=1 msi=1 acs=0/0 "
			       "sriov=128/%u driver=mlx5_core",
			       virtual);
		print_endpoint(server, place, below, what, "32M:64p");
		print_virtual_functions(server, below, bus, virtual);
	} else {
		print_endpoint(server, place, below,
			       "id=144d:a824 sub=144d:a801 class=010802 flr=1 msi=1 driver=nvme",
			       "32K:64");
	}
}

/* A root port, its switch, and what is below it. */
static void print_branch(struct server *server, unsigned index, unsigned virtual)
{
	bool isolates = (server->section * 2 + index) % 8 != 7;
	char below[32], below_upstream[32], below_port[32];
	unsigned port_bus, switch_bus, bus;

	group_next(server);
	port_bus = print_bridge(server, (struct place){server->bus, 1 + index, 0}, "",
				"id=8086:352a type=root rev=30 acs=1f/1d");
	(void)snprintf(below, sizeof(below), " below=%04x:%02x:%02x.0", server->segment,
		       server->bus, 1 + index);
	group_next(server);
	switch_bus = print_bridge(server, (struct place){port_bus, 0, 0}, below,
				  "id=1000:c030 type=upstream rev=b0");
	(void)snprintf(below_upstream, sizeof(below_upstream), " below=%04x:%02x:00.0",
		       server->segment, port_bus);
	for (unsigned slot = 0; slot < 4; slot++) {
		if (isolates || slot == 0)
			group_next(server);
		bus = print_bridge(server, (struct place){switch_bus, slot, 0}, below_upstream,
				   isolates ? "id=1000:c030 type=downstream rev=b0 acs=1f/1d"
					    : "id=1000:c030 type=downstream rev=b0");
		(void)snprintf(below_port, sizeof(below_port), " below=%04x:%02x:%02x.0",
			       server->segment, switch_bus, slot);
		if (isolates)
			group_next(server);
		print_leaf(server, slot, below_port, bus, virtual);
	}
}

static void print_section(struct server *server, unsigned virtual)
{
	if (server->section % SECTIONS_A_SEGMENT == 0) {
		server->segment++;
		server->next_bus = 0;
	}
	server->bus = server->next_bus++;
	printf("unit dmar%u cap=9ed008c403780466 address=%x\n", FIRST_UNIT + server->section,
	       0xc0000000 + server->section * 0x1000);
	group_next(server);
	printf("device %04x:%02x:00.0 id=8086:09a2 class=088000 rev=20 type=conventional numa=%u "
	       "group=%u\n",
	       server->segment, server->bus, server->section % 2, server->group);
	server->functions++;
	print_branch(server, 0, virtual - virtual / 2);
	print_branch(server, 1, virtual / 2);
	server->section++;
}

int main(int argc, char **argv)
{
	unsigned long count = argc == 2 ? strtoul(argv[1], NULL, 10) : 0;
	struct server server = {.group = FIRST_GROUP};
	unsigned long left;

	if (count < SECTION_FUNCTIONS || count > 16384) {
		(void)fprintf(stderr, "usage: server FUNCTIONS (64 to 16384)\n");
		return 2;
	}
	printf("include base-server\n%s", processor);
	for (left = count - BASE_FUNCTIONS; left;) {
		/* What would be too few for a section goes into the one before. */
		unsigned long take =
			left < SECTION_FUNCTIONS + PLAIN_FUNCTIONS ? left : SECTION_FUNCTIONS;

		print_section(&server, (unsigned)take - PLAIN_FUNCTIONS);
		left -= take;
	}
	return 0;
}
