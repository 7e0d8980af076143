/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "usage_tree.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define ENO1 "pci0000:00/0000:01:00.0/net"
#define ENO2 "pci0000:00/0000:01:00.1/net"
#define USB0 "pci0000:00/0000:00:14.0/usb1/1-2/1-2:1.0/net"
#define VIRT "virtual/net"

#define ROUTE_HEAD                                                                                 \
	"Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT"

static const char *const addresses[] = {"0000:00:14.0", "0000:01:00.0", "0000:01:00.1"};

static struct facts *collect(struct tree *tree)
{
	struct facts *facts = usage_facts_new(addresses, ARRAY_SIZE(addresses));

	facts_collect_network(facts, tree_host(tree));
	return facts;
}

static void add_interface(struct tree *tree, const char *folder, const char *name,
			  const char *state)
{
	usage_add(tree,
		  "link sys/class/net/%s ../../devices/%s/%s\n"
		  "file sys/devices/%s/%s/operstate\n| %s\n"
		  "file sys/devices/%s/%s/flags\n| 0x1003\n",
		  name, folder, name, folder, name, state, folder, name);
}

static void add_upper(struct tree *tree, const char *below_folder, const char *below,
		      const char *above)
{
	usage_add(tree, "link sys/devices/%s/%s/upper_%s ../../../" VIRT "/%s\n", below_folder,
		  below, above, above);
}

static void add_route(struct tree *tree, const char *interface, const char *destination,
		      const char *mask)
{
	usage_add(tree, "append proc/net/route\n| %s\t%s\t00000000\t0001\t0\t0\t0\t%s\t0\t0\t0\n",
		  interface, destination, mask);
}

/* Two ports of a card and a USB adapter, all with a link, no route. */
static struct tree *net_tree(void)
{
	struct tree *tree = tree_new("file proc/net/route\n| " ROUTE_HEAD "\n"
				     "file sys/class/net/bonding_masters\n| bond0\n");

	add_interface(tree, ENO1, "eno1", "up");
	add_interface(tree, ENO2, "eno2", "up");
	add_interface(tree, USB0, "enx0", "down");
	add_interface(tree, VIRT, "lo", "unknown");
	return tree;
}

static void assert_use(const struct facts *facts, const char *address, bool critical,
		       const char *what)
{
	const struct device *device = facts_find_device(facts, address);
	const struct use *use;

	assert_non_null(device);
	assert_int_equal(device->uses.count, 1);
	use = &device->uses.items[0];
	assert_string_equal(use->what, what);
	assert_int_equal(use->kind, USE_NETWORK);
	assert_int_equal(use->critical, critical);
	assert_non_null(use->origin.source);
	assert_non_null(use->origin.text);
}

static const struct origin *origin_of(const struct facts *facts, const char *address)
{
	return &facts_find_device(facts, address)->uses.items[0].origin;
}

static void test_default_route(void **state)
{
	struct tree *tree = net_tree();
	struct facts *facts;

	(void)state;
	add_route(tree, "eno1", "0002A8C0", "00FFFFFF");
	add_route(tree, "eno1", "00000000", "00000000");
	facts = collect(tree);
	assert_use(facts, "0000:01:00.0", true, "eno1: default route");
	assert_string_equal(origin_of(facts, "0000:01:00.0")->source, "/proc/net/route");
	assert_int_equal(origin_of(facts, "0000:01:00.0")->line, 3);
	assert_use(facts, "0000:01:00.1", false, "eno2: link up, no route");
	assert_string_equal(origin_of(facts, "0000:01:00.1")->source, "/sys/class/net/eno2");
	assert_use(facts, "0000:00:14.0", false, "enx0: link down, no route");
	assert_int_equal(facts->usage.known[USE_NETWORK], YES);
	assert_null(facts->usage.why_unknown[USE_NETWORK].path);
	facts_free(facts);
	tree_free(tree);
}

static void test_ipv6_only(void **state)
{
	struct tree *tree = net_tree();
	struct facts *facts;

	(void)state;
	tree_add(tree,
		 "file proc/net/ipv6_route\n"
		 "| 00000000000000000000000000000000 00 00000000000000000000000000000000 00 "
		 "fe800000000000000000000000000001 00000400 00000001 00000000 00000003 eno2\n"
		 "| fe800000000000000000000000000000 40 00000000000000000000000000000000 00 "
		 "00000000000000000000000000000000 00000100 00000001 00000000 00000001 eno1\n");
	facts = collect(tree);
	assert_use(facts, "0000:01:00.1", true, "eno2: default route");
	assert_string_equal(origin_of(facts, "0000:01:00.1")->source, "/proc/net/ipv6_route");
	/* A link-local route says only that the interface is up. */
	assert_use(facts, "0000:01:00.0", false, "eno1: link up, no route");
	facts_free(facts);
	tree_free(tree);
}

static void test_route_and_link(void **state)
{
	struct tree *tree = net_tree();
	struct facts *facts;

	(void)state;
	add_route(tree, "eno1", "0002A8C0", "00FFFFFF");
	add_route(tree, "enx0", "0003A8C0", "00FFFFFF");
	facts = collect(tree);
	assert_use(facts, "0000:01:00.0", true, "eno1: link up, has a route");
	assert_use(facts, "0000:00:14.0", false, "enx0: link down, has a route");
	facts_free(facts);

	/* Drivers without carrier detection: being set up must do. What is not known counts as up. */
	tree_add(tree, "file sys/devices/" USB0 "/enx0/operstate\n| unknown\n");
	facts = collect(tree);
	assert_use(facts, "0000:00:14.0", true, "enx0: link up, has a route");
	facts_free(facts);
	tree_add(tree, "remove sys/devices/" USB0 "/enx0/operstate\n"
		       "remove sys/devices/" USB0 "/enx0/flags\n");
	facts = collect(tree);
	assert_use(facts, "0000:00:14.0", true, "enx0: link state not known, has a route");
	facts_free(facts);
	tree_free(tree);
}

static void test_bridge(void **state)
{
	struct tree *tree = net_tree();
	struct facts *facts;

	(void)state;
	add_interface(tree, VIRT, "vmbr0", "up");
	add_interface(tree, VIRT, "vmbr1", "up");
	tree_add(tree,
		 "dir sys/devices/" VIRT "/vmbr0/bridge\ndir sys/devices/" VIRT "/vmbr1/bridge\n");
	add_upper(tree, ENO1, "eno1", "vmbr0");
	/* A tree that holds the other end of the pair only. */
	tree_add(tree, "link sys/devices/" VIRT "/vmbr1/lower_eno2 ../../../" ENO2 "/eno2\n"
		       "link sys/devices/" USB0 "/enx0/master ../../../" VIRT "/vmbr0\n");
	add_route(tree, "vmbr0", "00000000", "00000000");
	facts = collect(tree);
	assert_use(facts, "0000:01:00.0", true,
		   "eno1: port of bridge vmbr0, which has the default route");
	assert_int_equal(origin_of(facts, "0000:01:00.0")->line, 2);
	assert_use(facts, "0000:01:00.1", false, "eno2: port of bridge vmbr1, no route");
	assert_use(facts, "0000:00:14.0", true,
		   "enx0: port of bridge vmbr0, which has the default route");
	facts_free(facts);
	tree_free(tree);
}

static void test_bond_vlan(void **state)
{
	struct tree *tree = net_tree();
	struct facts *facts;

	(void)state;
	add_interface(tree, VIRT, "bond0", "up");
	add_interface(tree, VIRT, "bond0.10", "up");
	add_interface(tree, VIRT, "br0", "up");
	tree_add(tree,
		 "dir sys/devices/" VIRT "/bond0/bonding\n"
		 "file sys/devices/" VIRT "/bond0.10/uevent\n| DEVTYPE=vlan\n| INTERFACE=bond0.10\n"
		 "dir sys/devices/" VIRT "/br0/bridge\n");
	add_upper(tree, ENO1, "eno1", "bond0");
	add_upper(tree, ENO2, "eno2", "bond0");
	add_upper(tree, VIRT, "bond0", "bond0.10");
	add_upper(tree, VIRT, "bond0.10", "br0");
	/* Of two routes the nearer is named. */
	add_route(tree, "bond0.10", "0003A8C0", "00FFFFFF");
	add_route(tree, "bond0", "0002A8C0", "00FFFFFF");
	facts = collect(tree);
	assert_use(facts, "0000:01:00.1", true, "eno2: port of bond bond0, which has a route");
	facts_free(facts);
	/* The default route weighs more than the nearer one. */
	add_route(tree, "br0", "00000000", "00000000");
	facts = collect(tree);
	assert_use(
		facts, "0000:01:00.0", true,
		"eno1: port of bond bond0, below VLAN bond0.10, port of bridge br0, which has the "
		"default route");
	facts_free(facts);
	tree_free(tree);
}

static void test_open_vswitch(void **state)
{
	struct tree *tree = net_tree();
	struct facts *facts;

	(void)state;
	add_interface(tree, VIRT, "ovs-system", "down");
	tree_add(tree, "link sys/devices/" ENO1 "/eno1/master ../../../" VIRT "/ovs-system\n"
		       "link sys/devices/" USB0 "/enx0/master ../../../" VIRT "/ovs-system\n");
	facts = collect(tree);
	/* The bridge's own interface is no upper of its ports: a link that is up counts. */
	assert_use(facts, "0000:01:00.0", true, "eno1: port of ovs-system");
	assert_use(facts, "0000:00:14.0", false, "enx0: port of ovs-system, no route");
	facts_free(facts);
	tree_free(tree);
}

static void test_remote_storage(void **state)
{
	struct tree *tree = net_tree();
	struct facts *facts;

	(void)state;
	tree_add(tree, "file proc/self/mountinfo\n"
		       "| 28 1 0:25 / / rw - nfs4 192.168.2.5:/root rw,vers=4.2,addr=192.168.2.5\n"
		       "file sys/class/iscsi_connection/connection1:0/address\n| 10.0.0.9\n");
	add_route(tree, "eno1", "0002A8C0", "00FFFFFF");
	add_route(tree, "eno2", "0000000A", "000000FF");
	facts = collect(tree);
	assert_use(facts, "0000:01:00.0", true,
		   "eno1: the root file system (NFS) from 192.168.2.5");
	assert_string_equal(origin_of(facts, "0000:01:00.0")->source, "/proc/self/mountinfo");
	assert_use(facts, "0000:01:00.1", true, "eno2: iSCSI disks from 10.0.0.9");
	facts_free(facts);
	tree_free(tree);
}

static void test_rdma(void **state)
{
	struct tree *tree = net_tree();
	struct facts *facts;
	const struct device *device;

	(void)state;
	tree_add(tree, "link sys/class/infiniband/mlx5_0 "
		       "../../devices/pci0000:00/0000:01:00.0/infiniband/mlx5_0\n");
	facts = collect(tree);
	device = facts_find_device(facts, "0000:01:00.0");
	assert_int_equal(device->uses.count, 2);
	assert_string_equal(device->uses.items[1].what, "mlx5_0: RDMA device");
	assert_false(device->uses.items[1].critical);
	facts_free(facts);
	tree_free(tree);
}

static void test_other_namespace(void **state)
{
	struct tree *tree = tree_new("dir sys/class/net\nfile proc/net/route\n| " ROUTE_HEAD "\n"
				     "dir sys/bus/pci/devices/0000:01:00.1/net\n");
	struct facts *facts = usage_facts_new(addresses, ARRAY_SIZE(addresses));
	struct device *device = facts_find_device(facts, "0000:01:00.1");

	(void)state;
	device->class_code = 0x020000;
	device->has_driver = YES;
	device->driver = "ixgbevf";
	facts_collect_network(facts, tree_host(tree));
	assert_use(facts, "0000:01:00.1", true,
		   "0000:01:00.1: its interface is in another network namespace");
	assert_int_equal(facts->usage.known[USE_NETWORK], YES);

	/* An interface that sysfs names below the function and not in the class: the tree is cut. */
	device->uses.count = 0;
	tree_add(tree, "dir sys/bus/pci/devices/0000:01:00.1/net/eno2\n");
	facts_collect_network(facts, tree_host(tree));
	assert_int_equal(device->uses.count, 0);
	assert_int_equal(facts->usage.known[USE_NETWORK], UNKNOWN);
	assert_string_equal(facts->usage.why_unknown[USE_NETWORK].path, "/sys/class/net/eno2");
	facts_free(facts);
	tree_free(tree);
}

static void test_unknown(void **state)
{
	struct tree *tree = tree_new("dir proc/net\n");
	struct facts *facts = collect(tree);

	(void)state;
	assert_int_equal(facts->usage.known[USE_NETWORK], UNKNOWN);
	assert_string_equal(facts->usage.why_unknown[USE_NETWORK].path, "/sys/class/net");
	assert_int_equal(facts_unread_error(facts, "sys/class/net"), -ENOENT);
	facts_free(facts);
	tree_free(tree);

	tree = net_tree();
	tree_add(tree, "remove proc/net/route\n");
	facts = collect(tree);
	assert_int_equal(facts->usage.known[USE_NETWORK], UNKNOWN);
	assert_string_equal(facts->usage.why_unknown[USE_NETWORK].path, "/proc/net/route");
	/* What was not read is not denied. */
	assert_use(facts, "0000:01:00.0", false, "eno1: link up");
	facts_free(facts);

	/* No IPv6 is fine, an unreadable table is not. */
	tree_add(tree, "file proc/net/route\n| " ROUTE_HEAD "\ndir proc/net/ipv6_route\n");
	facts = collect(tree);
	assert_int_equal(facts->usage.known[USE_NETWORK], UNKNOWN);
	assert_string_equal(facts->usage.why_unknown[USE_NETWORK].path, "/proc/net/ipv6_route");
	facts_free(facts);
	tree_free(tree);
}

static void test_cut_tree(void **state)
{
	struct tree *tree = net_tree();
	struct facts *facts;

	(void)state;
	tree_add(tree, "link sys/class/net/eno9 ../../devices/pci0000:00/0000:01:00.0/net/eno9\n");
	facts = collect(tree);
	assert_int_equal(facts->usage.known[USE_NETWORK], UNKNOWN);
	assert_string_equal(facts->usage.why_unknown[USE_NETWORK].path,
			    "/sys/devices/pci0000:00/0000:01:00.0/net/eno9");
	facts_free(facts);
	tree_free(tree);

	tree = net_tree();
	add_upper(tree, ENO1, "eno1", "gone0");
	facts = collect(tree);
	assert_int_equal(facts->usage.known[USE_NETWORK], UNKNOWN);
	assert_string_equal(facts->usage.why_unknown[USE_NETWORK].path, "/sys/class/net/gone0");
	facts_free(facts);
	tree_free(tree);
}

static void test_loops(void **state)
{
	struct tree *tree = net_tree();
	struct facts *facts;
	char name[16], above[16];

	(void)state;
	add_interface(tree, VIRT, "a", "up");
	add_interface(tree, VIRT, "b", "up");
	add_upper(tree, ENO1, "eno1", "a");
	add_upper(tree, VIRT, "a", "b");
	add_upper(tree, VIRT, "b", "a");
	add_upper(tree, VIRT, "b", "b");
	add_upper(tree, VIRT, "b", "eno1");
	add_route(tree, "b", "00000000", "00000000");
	facts = collect(tree);
	assert_use(facts, "0000:01:00.0", true,
		   "eno1: below a, below b, which has the default route");
	assert_int_equal(facts->usage.known[USE_NETWORK], YES);
	facts_free(facts);

	/* Higher than any real stack: not followed to its end, and that is said. */
	add_interface(tree, VIRT, "v0", "up");
	add_upper(tree, ENO2, "eno2", "v0");
	for (int i = 0; i < 20; i++) {
		(void)snprintf(name, sizeof(name), "v%d", i);
		(void)snprintf(above, sizeof(above), "v%d", i + 1);
		add_interface(tree, VIRT, above, "up");
		add_upper(tree, VIRT, name, above);
	}
	facts = collect(tree);
	assert_int_equal(facts->usage.known[USE_NETWORK], UNKNOWN);
	facts_free(facts);
	tree_free(tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_default_route),   cmocka_unit_test(test_ipv6_only),
		cmocka_unit_test(test_route_and_link),  cmocka_unit_test(test_bridge),
		cmocka_unit_test(test_bond_vlan),       cmocka_unit_test(test_open_vswitch),
		cmocka_unit_test(test_remote_storage),  cmocka_unit_test(test_rdma),
		cmocka_unit_test(test_other_namespace), cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_cut_tree),        cmocka_unit_test(test_loops),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
