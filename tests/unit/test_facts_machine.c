/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/parse/machine.h"
#include "tests/unit/facts_made.h"
#include "tests/unit/tree.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/utsname.h>
#include <cmocka.h>

/* The facts of the kernel and machine collectors, from a recipe. */
static struct facts *collect(const char *recipe)
{
	struct tree *tree = tree_new(recipe);
	struct facts *facts = facts_made();

	facts_collect_kernel(facts, tree_host(tree));
	facts_collect_machine(facts, tree_host(tree));
	tree_free(tree);
	return facts;
}

#define BARE_CPU                                                                                   \
	"file proc/cpuinfo\n"                                                                      \
	"| processor\t: 0\n"                                                                       \
	"| vendor_id\t: GenuineIntel\n"                                                            \
	"| model name\t: Intel(R) Xeon(R) Gold 6130 CPU @ 2.10GHz\n"                               \
	"| flags\t\t: fpu vme lm vmx smx\n"                                                        \
	"| address sizes\t: 46 bits physical, 48 bits virtual\n"                                   \
	"| \n"                                                                                     \
	"| processor\t: 1\n"                                                                       \
	"| vendor_id\t: AuthenticAMD\n"

#define GUEST_CPU                                                                                  \
	"file proc/cpuinfo\n"                                                                      \
	"| vendor_id\t: AuthenticAMD\n"                                                            \
	"| flags\t\t: fpu lm hypervisor\n"

static void describes_a_server(void **state)
{
	_cleanup_facts_ struct facts *facts = collect(
		BARE_CPU "file proc/sys/kernel/hostname\n| lab1\n"
			 "file proc/sys/kernel/osrelease\n| 6.1.0-50-amd64\n"
			 "file usr/lib/os-release\n"
			 "| PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n"
			 "| NAME=\"Debian GNU/Linux\"\n| VERSION_ID=\"12\"\n| ID=debian\n"
			 "link etc/os-release ../usr/lib/os-release\n"
			 "file sys/devices/virtual/dmi/id/sys_vendor\n| Dell Inc.\n"
			 "file sys/devices/virtual/dmi/id/product_name\n| PowerEdge R640\n"
			 "file sys/devices/virtual/dmi/id/board_name\n| 06DKY5\n"
			 "file sys/devices/virtual/dmi/id/bios_version\n| 2.15.1\n"
			 "link sys/class/dmi/id ../../devices/virtual/dmi/id\n"
			 "file boot/config-6.1.0-50-amd64\n| CONFIG_PCI=y\n"
			 "| CONFIG_INTEL_IOMMU=y\n| # CONFIG_INTEL_IOMMU_DEFAULT_ON is not set\n"
			 "| CONFIG_INTEL_IOMMU_DEFAULT_ON_INTGPU_OFF=y\n| CONFIG_VFIO_PCI=m\n");
	const struct machine_facts *machine = &facts->machine;

	(void)state;
	assert_string_equal(machine->hostname, "lab1");
	assert_string_equal(machine->distro_id, "debian");
	assert_string_equal(machine->distro_version, "12");
	assert_string_equal(machine->distro_name, "Debian GNU/Linux 12 (bookworm)");
	assert_null(machine->platform);
	assert_string_equal(machine->kernel, "6.1.0-50-amd64");
	assert_string_equal(machine->architecture, "x86_64");
	assert_int_equal(machine->cpu_vendor, CPU_INTEL);
	assert_string_equal(machine->cpu_model, "Intel(R) Xeon(R) Gold 6130 CPU @ 2.10GHz");
	assert_int_equal(machine->cpu_virtualization, YES);
	assert_int_equal(machine->physical_bits, 46);
	assert_int_equal(machine->in_vm, NO);
	assert_null(machine->hypervisor);
	assert_int_equal(machine->xen_dom0, NO);
	assert_int_equal(machine->in_container, UNKNOWN);
	assert_string_equal(machine->dmi_vendor, "Dell Inc.");
	assert_string_equal(machine->dmi_product, "PowerEdge R640");
	assert_string_equal(machine->dmi_board, "06DKY5");
	assert_string_equal(machine->bios_version, "2.15.1");
	assert_int_equal(machine->config.known, YES);
	assert_string_equal(machine->config.source, "/boot/config-6.1.0-50-amd64");
	assert_int_equal(machine->config.intel_iommu, 'y');
	assert_int_equal(machine->config.intel_iommu_default_on, 'n');
	assert_int_equal(machine->config.intel_iommu_default_on_intgpu_off, 'y');
	assert_int_equal(machine->config.amd_iommu, 'n');
	assert_int_equal(machine->config.vfio_pci, 'm');
	assert_int_equal(machine->config.vfio_group, 0);
	assert_int_equal(machine->running_as_root, YES);
}

static void nothing_there_is_nothing_known(void **state)
{
	_cleanup_facts_ struct facts *facts = collect("dir etc\n");
	const struct machine_facts *machine = &facts->machine;

	(void)state;
	assert_null(machine->hostname);
	assert_null(machine->distro_id);
	assert_null(machine->distro_name);
	assert_null(machine->platform);
	assert_null(machine->kernel);
	assert_null(machine->architecture);
	assert_int_equal(machine->cpu_vendor, CPU_UNKNOWN);
	assert_int_equal(machine->cpu_virtualization, UNKNOWN);
	assert_int_equal(machine->in_vm, UNKNOWN);
	assert_int_equal(machine->xen_dom0, UNKNOWN);
	assert_int_equal(machine->in_container, UNKNOWN);
	assert_int_equal(machine->config.known, UNKNOWN);
	assert_int_equal(facts_unread_error(facts, "proc/cpuinfo"), -ENOENT);
	assert_int_equal(facts_unread_error(facts, "proc/sys/kernel/osrelease"), -ENOENT);
}

static void finds_the_kernel_release(void **state)
{
	static const struct {
		const char *recipe, *kernel, *architecture;
	} trees[] = {
		{"file proc/version\n| Linux version 5.14.0-1.el9.x86_64 (mock) #1 SMP\n",
		 "5.14.0-1.el9.x86_64", "x86_64"},
		{"file dmesg.txt\n| [    0.000000] Linux version 6.1.0-56-arm64 (debian) #1\n",
		 "6.1.0-56-arm64", "aarch64"},
		{"file proc/sys/kernel/osrelease\n| 6.12.5-arch1-1\n", "6.12.5-arch1-1", NULL},
		{"file proc/version\n| something else\n", NULL, NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(trees); i++) {
		_cleanup_facts_ struct facts *facts = collect(trees[i].recipe);

		if (!streq(facts->machine.kernel, trees[i].kernel))
			fail_msg("%zu: kernel %s", i, facts->machine.kernel);
		if (!streq(facts->machine.architecture, trees[i].architecture))
			fail_msg("%zu: architecture %s", i, facts->machine.architecture);
	}
}

static void recognises_platforms(void **state)
{
	static const struct {
		const char *recipe, *platform;
	} trees[] = {
		{"dir etc/pve\n", "proxmox"},
		{"file usr/bin/pveversion\n", "proxmox"},
		{"file etc/kernel/proxmox-boot-uuids\n| AAAA-BBBB\n", "proxmox"},
		{"file run/ostree-booted\n", "ostree"},
		{"file proc/cmdline\n| ostree=/ostree/boot.1/fedora/0 quiet\n", "ostree"},
		{"file etc/NIXOS\n", "nixos"},
		{"file etc/unraid-version\n| version=\"6.12.4\"\n", "unraid"},
		{"file etc/os-release\n| ID=talos\n", "talos"},
		{"file etc/os-release\n| ID=\"xcp-ng\"\n", "xcp-ng"},
		{"file etc/os-release\n| ID=debian\n", NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(trees); i++) {
		_cleanup_facts_ struct facts *facts = collect(trees[i].recipe);

		if (!streq(facts->machine.platform, trees[i].platform))
			fail_msg("%s: %s", trees[i].recipe, facts->machine.platform);
	}
}

static void tells_virtual_from_bare_machines(void **state)
{
	static const char qemu[] = "file sys/class/dmi/id/sys_vendor\n| QEMU\n"
				   "file sys/class/dmi/id/product_name\n| Standard PC\n";
	static const char surface[] = "file sys/class/dmi/id/sys_vendor\n| Microsoft Corporation\n"
				      "file sys/class/dmi/id/product_name\n| Surface Book\n";
	static const char azure[] = "file sys/class/dmi/id/sys_vendor\n| Microsoft Corporation\n"
				    "file sys/class/dmi/id/product_name\n| Virtual Machine\n";
	static const char metal[] = "file sys/class/dmi/id/sys_vendor\n| Amazon EC2\n"
				    "file sys/class/dmi/id/product_name\n| i3.metal\n";
	static const struct {
		const char *cpu, *recipe;
		enum truth in_vm;
		const char *hypervisor;
	} trees[] = {
		{BARE_CPU, "", NO, NULL},
		{BARE_CPU, metal, NO, NULL},
		{BARE_CPU, surface, NO, NULL},
		/* The hypervisor hides its flag (QEMU: -cpu host,hypervisor=off). */
		{BARE_CPU, qemu, YES, "qemu"},
		{GUEST_CPU, "", YES, NULL},
		{GUEST_CPU, qemu, YES, "qemu"},
		{GUEST_CPU, azure, YES, "microsoft"},
		{GUEST_CPU, "file dmesg.txt\n| Linux version 6\n| Hypervisor detected: KVM\n", YES,
		 "kvm"},
		{GUEST_CPU, "file dmesg.txt\n| Hypervisor detected: Microsoft Hyper-V\n", YES,
		 "microsoft"},
		/* Only a log. */
		{"", "file dmesg.txt\n| Hypervisor detected: VMware\n", YES, "vmware"},
		{"", "file dmesg.txt\n| DMI: QEMU Standard PC (Q35 + ICH9, 2009), BIOS 1.16.2\n",
		 YES, "qemu"},
		{"",
		 "file dmesg.txt\n| Linux version 6\n"
		 "| DMI: Dell Inc. PowerEdge R640/06DKY5, BIOS 2.15.1 06/15/2022\n",
		 NO, NULL},
		{"", "file dmesg.txt\n| DMI: Dell Inc. PowerEdge R640/06DKY5, BIOS 2.15.1\n",
		 UNKNOWN, NULL},
		{"", "file dmesg.txt\n| Machine model: linux,dummy-virt\n", YES, NULL},
		{"", "raw sys/firmware/devicetree/base/compatible\n| linux,dummy-virt\n", YES,
		 NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(trees); i++) {
		_cleanup_arena_ struct arena *arena = arena_new();
		_cleanup_facts_ struct facts *facts = collect(
			arena_printf(arena, "dir etc\n%s%s", trees[i].cpu, trees[i].recipe));

		if (facts->machine.in_vm != trees[i].in_vm)
			fail_msg("%zu: in_vm %d", i, facts->machine.in_vm);
		if (!streq(facts->machine.hypervisor, trees[i].hypervisor))
			fail_msg("%zu: hypervisor %s", i, facts->machine.hypervisor);
	}
}

static void tells_xen_domains_apart(void **state)
{
	static const char xen[] = "file sys/hypervisor/type\n| xen\n";
	static const struct {
		const char *recipe;
		enum truth dom0, in_vm;
	} trees[] = {
		{"file proc/xen/capabilities\n| control_d\n", YES, NO},
		{"file proc/xen/capabilities\n", NO, YES},
		{"file sys/hypervisor/start_flags/initdomain\n| 1\n", YES, NO},
		{"file sys/hypervisor/start_flags/initdomain\n| 0\n", NO, YES},
		{"file sys/class/dmi/id/sys_vendor\n| Xen\n"
		 "file sys/class/dmi/id/product_name\n| HVM domU\n",
		 NO, YES},
		{"file sys/class/dmi/id/sys_vendor\n| HP\n", YES, NO},
		{"file dmesg.txt\n| Hypervisor detected: Xen HVM\n", NO, YES},
		{"", UNKNOWN, UNKNOWN},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(trees); i++) {
		_cleanup_arena_ struct arena *arena = arena_new();
		_cleanup_facts_ struct facts *facts =
			collect(arena_printf(arena, GUEST_CPU "%s%s", xen, trees[i].recipe));

		if (facts->machine.xen_dom0 != trees[i].dom0)
			fail_msg("%zu: dom0 %d", i, facts->machine.xen_dom0);
		if (facts->machine.in_vm != trees[i].in_vm)
			fail_msg("%zu: in_vm %d", i, facts->machine.in_vm);
		assert_string_equal(facts->machine.hypervisor, "xen");
	}
}

static void recognises_containers(void **state)
{
	static const struct {
		const char *recipe;
		enum truth in_container;
	} trees[] = {
		{"file run/systemd/container\n| lxc\n", YES},
		{"file .dockerenv\n", YES},
		{"file run/.containerenv\n", YES},
		{"dir run/systemd/system\n", NO},
		{"dir run/udev/data\n", UNKNOWN},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(trees); i++) {
		_cleanup_facts_ struct facts *facts = collect(trees[i].recipe);

		if (facts->machine.in_container != trees[i].in_container)
			fail_msg("%s: %d", trees[i].recipe, facts->machine.in_container);
	}
}

static void reads_a_compressed_configuration(void **state)
{
	/* CONFIG_PCI=y, CONFIG_VFIO=m, "# CONFIG_VFIO_GROUP is not set", CONFIG_INTEL_IOMMU=y */
	_cleanup_facts_ struct facts *facts = collect(
		"hex proc/config.gz\n"
		"| 1f8b08000000000002ff73f6f773f3748f0f70f6b4ade4728670c2dc3cfd6d73b9941590f8f1\n"
		"| ee41fea1010a99c50a79f9250ac5a92530c59e7e21ae3ef19efebebea1401300e60a7e614f00\n"
		"| 0000\n");
	_cleanup_facts_ struct facts *broken =
		collect("hex proc/config.gz\n| 1f8b08000000000002ff73f6f773f374\n");
	_cleanup_facts_ struct facts *text = collect("file proc/config.gz\n| not gzip\n");

	(void)state;
	assert_int_equal(facts->machine.config.known, YES);
	assert_string_equal(facts->machine.config.source, "/proc/config.gz");
	assert_int_equal(facts->machine.config.vfio, 'm');
	assert_int_equal(facts->machine.config.vfio_group, 'n');
	assert_int_equal(facts->machine.config.intel_iommu, 'y');
	assert_int_equal(facts->machine.config.iommufd, 'n');
	assert_int_equal(broken->machine.config.known, UNKNOWN);
	assert_int_equal(text->machine.config.known, UNKNOWN);
}

static void a_release_cannot_lead_elsewhere(void **state)
{
	_cleanup_facts_ struct facts *facts = collect("file proc/sys/kernel/osrelease\n| ../../x\n"
						      "file x/config\n| CONFIG_PCI=y\n");

	(void)state;
	assert_string_equal(facts->machine.kernel, "../../x");
	assert_int_equal(facts->machine.config.known, UNKNOWN);
}

/* -- the parsers --------------------------------------------------------------------------- */

static void takes_os_release_as_a_shell_does(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	static const char text[] = "# ID=comment\n"
				   "ID=first\n"
				   "ID='rocky'  \n"
				   "  VERSION_ID=\"9.3\"\r\n"
				   "NAME=\"a \\\"b\\\" \\$c \\d\"\n"
				   "EMPTY=\n"
				   "PLAIN=one two\n"
				   "IDENTITY=no\n"
				   "STEER=\"\033[2J\"\n"
				   "OPEN=\"x y";
	size_t length = sizeof(text) - 1;

	(void)state;
	assert_string_equal(os_release_value(arena, text, length, "ID"), "rocky");
	assert_string_equal(os_release_value(arena, text, length, "VERSION_ID"), "9.3");
	assert_string_equal(os_release_value(arena, text, length, "NAME"), "a \"b\" $c \\d");
	assert_string_equal(os_release_value(arena, text, length, "EMPTY"), "");
	assert_string_equal(os_release_value(arena, text, length, "PLAIN"), "one");
	assert_string_equal(os_release_value(arena, text, length, "STEER"), "?[2J");
	assert_string_equal(os_release_value(arena, text, length, "OPEN"), "x y");
	assert_null(os_release_value(arena, text, length, "VARIANT"));
	assert_null(os_release_value(arena, "", 0, "ID"));
}

static void describes_processors(void **state)
{
	static const struct {
		const char *text;
		enum cpu_vendor vendor;
		const char *architecture;
		enum truth x86, virtualization;
	} files[] = {
		{"vendor_id\t: HygonGenuine\nflags\t: lm svm\n", CPU_HYGON, "x86_64", YES, YES},
		{"vendor_id\t:   Shanghai  \nflags\t: lm\n", CPU_ZHAOXIN, "x86_64", YES, NO},
		{"vendor_id\t: CentaurHauls\nflags\t: fpu\n", CPU_ZHAOXIN, "i686", YES, NO},
		/* "vmx flags" is another line. */
		{"vendor_id\t: GenuineIntel\nvmx flags\t: vnmi\nflags\t: lm svm_lock\n", CPU_INTEL,
		 "x86_64", YES, NO},
		{"vendor_id\t: TransmetaCPU\nflags\t: fpu\n", CPU_OTHER, "i686", YES, NO},
		{"processor\t: 0\nFeatures\t: fp\nCPU implementer\t: 0x41\nCPU architecture: 8\n",
		 CPU_ARM, "aarch64", NO, UNKNOWN},
		{"CPU implementer\t: 0x41\nCPU architecture: 7\n", CPU_ARM, "armv7l", NO, UNKNOWN},
		{"processor\t: 0\nhart\t\t: 1\nisa\t\t: rv64imafdc\n", CPU_OTHER, "riscv64", NO,
		 UNKNOWN},
		{"vendor_id       : IBM/S390\nfeatures\t: esan3\n", CPU_OTHER, "s390x", NO,
		 UNKNOWN},
		{"", CPU_UNKNOWN, NULL, UNKNOWN, UNKNOWN},
		{"no colons here\n", CPU_UNKNOWN, NULL, UNKNOWN, UNKNOWN},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		_cleanup_arena_ struct arena *arena = arena_new();
		struct cpu_description cpu;

		cpuinfo_parse(arena, files[i].text, strlen(files[i].text), &cpu);
		if (cpu.vendor != files[i].vendor || cpu.x86 != files[i].x86 ||
		    cpu.virtualization != files[i].virtualization ||
		    !streq(cpu.architecture, files[i].architecture))
			fail_msg("%s", files[i].text);
	}
}

static void bounds_the_address_width(void **state)
{
	static const struct {
		const char *text;
		int bits;
	} files[] = {
		{"address sizes\t: 39 bits physical, 48 bits virtual\n", 39},
		{"address sizes\t: 9999999999999999999999 bits physical\n", 0},
		{"address sizes\t: -1 bits physical\n", 0},
		{"address sizes\t: 39\n", 0},
		{"address sizes\t:", 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		_cleanup_arena_ struct arena *arena = arena_new();
		struct cpu_description cpu;

		cpuinfo_parse(arena, files[i].text, strlen(files[i].text), &cpu);
		if (cpu.physical_bits != files[i].bits)
			fail_msg("%d: %s", cpu.physical_bits, files[i].text);
	}
}

static void a_file_that_is_no_configuration_tells_nothing(void **state)
{
	struct kernel_config config = {.source = "x"};
	static const char text[] = "CONFIG_VFIO=y\nCONFIG_PCI=n\n";

	(void)state;
	kernel_config_parse(text, sizeof(text) - 1, &config);
	assert_int_equal(config.known, UNKNOWN);
	assert_int_equal(config.vfio, 0);
	kernel_config_parse("CONFIG_PCI=y\nCONFIG_VFIO=", 25, &config);
	assert_int_equal(config.known, YES);
	assert_int_equal(config.vfio, 'n');
	assert_string_equal(config.source, "x");
}

static void the_running_machine_is_described(void **state)
{
	_cleanup_facts_ struct facts *facts = facts_made();
	_cleanup_host_ struct host *host = NULL;
	struct error error;
	struct utsname names;

	(void)state;
	assert_int_equal(host_open(NULL, &host, &error), 0);
	assert_int_equal(uname(&names), 0);
	facts_collect_machine(facts, host);
	assert_string_equal(facts->machine.kernel, names.release);
	assert_string_equal(facts->machine.architecture, names.machine);
	assert_int_equal(facts->machine.running_as_root, truth_of(geteuid() == 0));
	assert_int_not_equal(facts->machine.cpu_vendor, CPU_UNKNOWN);
	assert_int_not_equal(facts->machine.in_container, UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(describes_a_server),
		cmocka_unit_test(nothing_there_is_nothing_known),
		cmocka_unit_test(finds_the_kernel_release),
		cmocka_unit_test(recognises_platforms),
		cmocka_unit_test(tells_virtual_from_bare_machines),
		cmocka_unit_test(tells_xen_domains_apart),
		cmocka_unit_test(recognises_containers),
		cmocka_unit_test(reads_a_compressed_configuration),
		cmocka_unit_test(a_release_cannot_lead_elsewhere),
		cmocka_unit_test(takes_os_release_as_a_shell_does),
		cmocka_unit_test(describes_processors),
		cmocka_unit_test(bounds_the_address_width),
		cmocka_unit_test(a_file_that_is_no_configuration_tells_nothing),
		cmocka_unit_test(the_running_machine_is_described),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
