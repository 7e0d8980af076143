/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks platform.requirement and device.slot-number: every rule of every platform, broken and kept. */
#include "checks_made.h"

#include "preflight/checks/platform_rules.h"

static struct device *made_target(struct facts *facts, const char *address, int vendor, int device,
				  int class)
{
	struct device *made = made_function(facts, address, vendor, device, class, "vfio-pci");

	made->vfio_driver = true;
	made->target = true;
	return made;
}

/* Devices move while others are added: targets are noted behind the last. */
static void note_targets(struct facts *facts)
{
	for_each (device, &facts->devices)
		if (device->target)
			*ARRAY_ADD(facts->arena, &facts->targets) = device;
}

static struct facts *host_for(enum platform platform)
{
	struct facts *facts = healthy_intel();

	facts->platforms.named[platform] = true;
	return facts;
}

static struct findings judged(struct facts *facts)
{
	struct findings findings = {0};

	if (!facts->targets.count)
		note_targets(facts);
	checks_run(facts, &findings);
	return findings;
}

/* The finding of platform.requirement with this subject (NULL: the host) whose title holds words, or NULL. */
static const struct finding *told(const struct findings *findings, const char *subject,
				  const char *words)
{
	for_each (finding, findings)
		if (streq(finding->check->id, "platform.requirement") &&
		    finding->result == RESULT_FAIL &&
		    (subject ? streq(finding->subject, subject) : !finding->subject) &&
		    strstr(finding->title, words))
			return finding;
	return NULL;
}

static void assert_told(const struct findings *findings, const char *subject, const char *words,
			const char *evidence)
{
	const struct finding *finding = told(findings, subject, words);

	if (!finding)
		fail_msg("\"%s\" is not told of %s", words, subject ? subject : "the host");
	assert_int_equal(finding->severity, SEVERITY_WARNING);
	assert_well_said(finding);
	assert_true(finding->evidence.count > 0);
	for_each (place, &finding->evidence)
		if (strstr(place->source, evidence) || strstr(place->text, evidence))
			return;
	fail_msg("no evidence of \"%s\" holds \"%s\"", words, evidence);
}

static enum result only_result(const struct findings *findings)
{
	enum result result = RESULT_NA;
	size_t count = 0;

	for_each (finding, findings)
		if (streq(finding->check->id, "platform.requirement")) {
			result = finding->result;
			count++;
		}
	assert_int_equal(count, 1);
	return result;
}

static size_t count_told(const struct findings *findings)
{
	size_t count = 0;

	for_each (finding, findings)
		count += streq(finding->check->id, "platform.requirement") &&
			 finding->result == RESULT_FAIL;
	return count;
}

/* -- whose rules count ------------------------------------------------------------------------------------- */

static void nobody_is_asked(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct findings findings;

	(void)state;
	made_target(facts, "10000:01:00.0", 0x10de, 0x2484, 0x030000);
	findings = judged(facts);
	assert_int_equal(only_result(&findings), RESULT_NA);
}

/* A platform on the host counts as one that is named; its name is in the words. */
static void found_on_the_host(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct findings findings;

	(void)state;
	facts->platforms.found[PLATFORM_NOVA] = "/etc/nova/nova.conf";
	made_target(facts, "10000:01:00.0", 0x8086, 0x0b60, 0x010802);
	findings = judged(facts);
	assert_told(&findings, "10000:01:00.0", "OpenStack Nova cannot name 10000:01:00.0",
		    "10000:01:00.0");
	assert_non_null(told(&findings, "10000:01:00.0", "up to ffff"));
	assert_int_equal(count_told(&findings), 1);
}

static void domains(void **state)
{
	static const struct {
		enum platform platform;
		const char *address;
		bool fails;
	} cases[] = {
		{PLATFORM_NOVA, "0001:01:00.0", false},
		{PLATFORM_NOVA, "ffff:01:00.0", false},
		{PLATFORM_ABLESTACK, "0001:01:00.0", true},
		{PLATFORM_ABLESTACK, "0000:01:00.0", false},
		{PLATFORM_CLOUDPODS, "0001:01:00.0", true},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_facts_ struct facts *facts = host_for(cases[i].platform);
		struct findings findings;

		made_target(facts, cases[i].address, 0x8086, 0x0b60, 0x010802);
		findings = judged(facts);
		assert_int_equal(told(&findings, cases[i].address, "cannot name") != NULL,
				 cases[i].fails);
		if (!cases[i].fails)
			assert_int_equal(only_result(&findings), RESULT_PASS);
	}
}

/* -- Cloudpods --------------------------------------------------------------------------------------------- */

static void cloudpods_words(void **state)
{
	static const char all[] = "intel_iommu=on vfio_iommu_type1.allow_unsafe_interrupts=1 "
				  "rdblacklist=nouveau nouveau.modeset=0";
	static const struct {
		const char *cmdline, *missing; /* NULL: none */
	} cases[] = {
		{all, NULL},
		{"intel_iommu=on vfio_iommu_type1.allow_unsafe_interrupts=1 "
		 "rd.driver.blacklist=nouveau nouveau.modeset=0",
		 NULL},
		/* What means the same to the kernel is another word. */
		{"intel_iommu=on,sm_on vfio_iommu_type1.allow_unsafe_interrupts=1 "
		 "rdblacklist=nouveau nouveau.modeset=0",
		 "lacks: intel_iommu=on"},
		{"intel_iommu=on vfio_iommu_type1.allow_unsafe_interrupts=Y rdblacklist=nouveau "
		 "nouveau.modeset=0",
		 "lacks: vfio_iommu_type1.allow_unsafe_interrupts=1"},
		{"intel_iommu=on vfio_iommu_type1.allow_unsafe_interrupts=1 "
		 "rd.driver.blacklist=nouveau,nvidia",
		 "lacks: rd.driver.blacklist=nouveau, nouveau.modeset=0"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_facts_ struct facts *facts = host_for(PLATFORM_CLOUDPODS);
		struct findings findings;

		set_cmdline(facts, cases[i].cmdline);
		made_target(facts, "0000:01:00.0", 0x10de, 0x2484, 0x030000);
		findings = judged(facts);
		if (cases[i].missing)
			assert_told(&findings, NULL, cases[i].missing, "nouveau");
		else
			assert_int_equal(only_result(&findings), RESULT_PASS);
	}
}

static void cloudpods_words_on_amd(void **state)
{
	_cleanup_facts_ struct facts *facts = host_for(PLATFORM_CLOUDPODS);
	struct findings findings;

	(void)state;
	facts->machine.cpu_vendor = CPU_AMD;
	set_cmdline(facts, "vfio_iommu_type1.allow_unsafe_interrupts=1 rdblacklist=nouveau "
			   "nouveau.modeset=0");
	made_target(facts, "0000:01:00.0", 0x10de, 0x2484, 0x030000);
	findings = judged(facts);
	assert_int_equal(only_result(&findings), RESULT_PASS);
}

static void cloudpods_words_not_known(void **state)
{
	_cleanup_facts_ struct facts *facts = host_for(PLATFORM_CLOUDPODS);
	struct findings findings;

	(void)state;
	facts->cmdline_known = UNKNOWN;
	made_target(facts, "0000:01:00.0", 0x10de, 0x2484, 0x030000);
	findings = judged(facts);
	assert_int_equal(only_result(&findings), RESULT_UNKNOWN);
}

static void set_host_conf(struct facts *facts, const char *text)
{
	facts->platforms.found[PLATFORM_CLOUDPODS] = CLOUDPODS_HOST_FILE;
	facts->platforms.cloudpods_known = YES;
	plain_settings_parse(facts->arena, text, strlen(text), &facts->platforms.cloudpods);
	set_cmdline(facts, "intel_iommu=on vfio_iommu_type1.allow_unsafe_interrupts=1 "
			   "rdblacklist=nouveau nouveau.modeset=0");
}

static void cloudpods_boot_gpu(void **state)
{
	static const struct {
		const char *conf;
		bool fails;
	} cases[] = {
		{"", true},
		{"use_boot_vga: false\n", true},
		{"# use_boot_vga: true\n", true},
		{"  use_boot_vga: true\n", true}, /* of another mapping */
		{"use_boot_vga: true # console\n", false},
		{"use_boot_vga: 'true'\n", false},
		{"boot_vga_pci_addr: \"01:00.0\"\n", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_facts_ struct facts *facts = healthy_intel();
		struct findings findings;

		set_host_conf(facts, cases[i].conf);
		made_target(facts, "0000:01:00.0", 0x10de, 0x2484, 0x030000)->boot_vga = YES;
		findings = judged(facts);
		if (cases[i].fails)
			assert_told(&findings, "0000:01:00.0", "it is the boot GPU", "boot_vga");
		else
			assert_int_equal(only_result(&findings), RESULT_PASS);
	}
}

static void cloudpods_probe_off(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct findings findings;

	(void)state;
	set_host_conf(facts, "disable_gpu: true\ndisable_custom_device: false\n");
	made_target(facts, "0000:01:00.0", 0x10de, 0x2484, 0x030000);
	made_target(facts, "0000:04:00.0", 0x15b7, 0x5017, 0x010802);
	findings = judged(facts);
	assert_told(&findings, "0000:01:00.0", "disable_gpu is true", CLOUDPODS_HOST_FILE);
	assert_int_equal(count_told(&findings), 1);
}

/* -- Proxmox VE -------------------------------------------------------------------------------------------- */

static void set_mapping(struct facts *facts, const char *text)
{
	facts->platforms.found[PLATFORM_PROXMOX] = "/etc/pve/qemu-server";
	facts->platforms.mappings_known = facts->platforms.hostpcis_known = YES;
	facts->machine.hostname = "pve1.example.org";
	pve_mappings_parse(facts->arena, text, strlen(text), &facts->platforms.mappings);
}

#define MAP(rest) "gpu\n\tdescription a card\n\tmap " rest "\n"

static void proxmox_mappings(void **state)
{
	static const struct {
		const char *file, *words; /* words NULL: it fits */
	} cases[] = {
		{MAP("id=10de:2484,iommugroup=9,node=pve1,path=0000:01:00,subsystem-id=1043:87c1"),
		 NULL},
		{MAP("id=10DE:2484,iommugroup=9,node=pve1,path=0000:01:00.0"), NULL},
		{MAP("id=10de:2204,iommugroup=9,node=pve1,path=0000:01:00"),
		 "the mapping gpu has id 10de:2204 for 0000:01:00, the host has 10de:2484"},
		{MAP("id=10de:2484,iommugroup=15,node=pve1,path=0000:01:00"),
		 "iommugroup 15 for 0000:01:00, the host has 9"},
		{MAP("id=10de:2484,iommugroup=9,node=pve1,path=0000:01:00,subsystem-id=1043:1111"),
		 "subsystem-id 1043:1111"},
		{MAP("id=10de:2484,iommugroup=9,node=pve1,path=0000:02:00"),
		 "names 0000:02:00, and there is no such device"},
		/* Another node's. */
		{MAP("id=10de:2204,iommugroup=1,node=pve2,path=0000:01:00"), NULL},
		{MAP("id=10de:2204,iommugroup=1,node=pve10,path=0000:01:00"), NULL},
		/* No mapping. */
		{MAP("id=10de:2204,iommugroup=1,node=pve1"), NULL},
		{"map id=10de:2204,path=0000:01:00\n", NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_facts_ struct facts *facts = healthy_intel();
		struct findings findings;
		struct device *card;

		set_mapping(facts, cases[i].file);
		card = made_target(facts, "0000:01:00.0", 0x10de, 0x2484, 0x030000);
		card->subsystem_vendor_id = 0x1043;
		card->subsystem_device_id = 0x87c1;
		made_group(facts, 9, &card, 1);
		findings = judged(facts);
		if (!cases[i].words) {
			assert_int_equal(only_result(&findings), RESULT_PASS);
			continue;
		}
		assert_told(&findings, strstr(cases[i].words, "no such") ? NULL : card->address,
			    cases[i].words, PVE_MAPPING_FILE);
		assert_int_equal(count_told(&findings), 1);
	}
}

static void proxmox_file_not_readable(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct findings findings;

	(void)state;
	set_mapping(facts, "");
	facts->platforms.mappings_known = UNKNOWN;
	facts_add_unread(facts, PVE_MAPPING_FILE + 1, -13);
	made_target(facts, "0000:01:00.0", 0x10de, 0x2484, 0x030000);
	findings = judged(facts);
	assert_int_equal(only_result(&findings), RESULT_UNKNOWN);
}

static void proxmox_q35(void **state)
{
	static const struct {
		const char *conf;
		bool fails;
	} cases[] = {
		{"hostpci0: 0000:01:00,pcie=1\n", true},
		{"machine: pc-i440fx-8.1\nhostpci0: 01:00,pcie=1,x-vga=1\n", true},
		{"hostpci0: host=0000:02:00;01:00.0,pcie=on\n", true},
		{"hostpci0: mapping=gpu,pcie=1\n", true},
		{"hostpci0: mapping=other,pcie=1\n", false},
		{"hostpci0: 0000:01:00,pcie=1\nmachine: pc-q35-9.0+pve1\n", false},
		{"hostpci0: 0000:01:00\n", false},
		{"hostpci0: 0000:01:00,pcie=0\n", false},
		{"hostpci0: 0000:02:00,pcie=1\n", false},
		/* A snapshot's line, and a description. */
		{"machine: q35\n[before]\nhostpci0: 0000:01:00,pcie=1\nmachine: i440fx\n", false},
		{"#hostpci0: 0000:01:00,pcie=1\n", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_facts_ struct facts *facts = healthy_intel();
		struct findings findings;

		set_mapping(facts, MAP("id=10de:2484,node=pve1,path=0000:01:00"));
		pve_machine_parse(facts->arena, "104", cases[i].conf, strlen(cases[i].conf),
				  &facts->platforms.hostpcis);
		made_target(facts, "0000:01:00.0", 0x10de, 0x2484, 0x030000);
		findings = judged(facts);
		if (cases[i].fails)
			assert_told(&findings, "0000:01:00.0",
				    "VM 104 has 0000:01:00.0 with pcie=1",
				    "/etc/pve/qemu-server/104.conf");
		else
			assert_int_equal(only_result(&findings), RESULT_PASS);
	}
}

static void proxmox_takes_the_group(void **state)
{
	_cleanup_facts_ struct facts *facts = host_for(PLATFORM_PROXMOX);
	struct device *members[2];
	struct findings findings;

	(void)state;
	made_target(facts, "0000:01:00.0", 0x10de, 0x2484, 0x030000);
	made_function(facts, "0000:04:00.0", 0x144d, 0xa80a, 0x010802, "nvme");
	members[0] = &facts->devices.items[0];
	members[1] = &facts->devices.items[1];
	made_group(facts, 9, members, 2);
	findings = judged(facts);
	assert_told(&findings, "0000:01:00.0",
		    "takes from the host what shares its group: "
		    "0000:04:00.0",
		    "-> nvme");
	assert_int_equal(count_told(&findings), 1);
}

static void proxmox_takes_a_twin(void **state)
{
	_cleanup_facts_ struct facts *facts = host_for(PLATFORM_PROXMOX);
	struct findings findings;

	(void)state;
	made_target(facts, "0000:01:00.0", 0x10de, 0x2484, 0x030000);
	made_function(facts, "0000:02:00.0", 0x10de, 0x2484, 0x030000, NULL)->has_driver = NO;
	/* One with a driver is safe. */
	made_function(facts, "0000:03:00.0", 0x10de, 0x2484, 0x030000, "nouveau");
	findings = judged(facts);
	assert_told(&findings, "0000:01:00.0", "takes 0000:02:00.0 from the host too", "no driver");
	assert_int_equal(count_told(&findings), 1);
}

/* -- one device for itself, and all of a kind -------------------------------------------------------------- */

static void groups_of_several(void **state)
{
	static const struct {
		enum platform platform;
		bool both;
		const char *words; /* NULL: passes */
	} cases[] = {
		{PLATFORM_KUBEVIRT, false, "KubeVirt hands out each device for itself"},
		{PLATFORM_KUBEVIRT, true, "KubeVirt hands out each device for itself"},
		{PLATFORM_MORPHEUS, false, "in Morpheus HVM they have to be assigned together"},
		{PLATFORM_MORPHEUS, true, NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_facts_ struct facts *facts = host_for(cases[i].platform);
		struct device *members[2];
		struct findings findings;

		made_target(facts, "0000:01:00.0", 0x10de, 0x2484, 0x030000);
		made_target(facts, "0000:01:00.1", 0x10de, 0x228b, 0x040300)->target =
			cases[i].both;
		members[0] = &facts->devices.items[0];
		members[1] = &facts->devices.items[1];
		made_group(facts, 9, members, 2);
		findings = judged(facts);
		if (!cases[i].words) {
			assert_int_equal(only_result(&findings), RESULT_PASS);
			continue;
		}
		assert_told(&findings, "0000:01:00.0", cases[i].words, "0000:01:00.1");
		assert_int_equal(count_told(&findings), 1); /* once a group */
	}
}

static void gpu_operator(void **state)
{
	_cleanup_facts_ struct facts *facts = host_for(PLATFORM_GPU_OPERATOR);
	struct findings findings;

	(void)state;
	made_target(facts, "0000:01:00.0", 0x10de, 0x2330, 0x030200);
	made_function(facts, "0000:02:00.0", 0x10de, 0x2330, 0x030200, "nvidia");
	made_target(facts, "0000:03:00.0", 0x10de, 0x2330, 0x030200)->target = false;
	made_target(facts, "0000:04:00.0", 0x15b7, 0x5017, 0x010802);
	findings = judged(facts);
	assert_told(&findings, NULL, "these are not: 0000:02:00.0", "-> nvidia");
	assert_told(&findings, "0000:04:00.0", "is no NVIDIA device", "0x15b7");
	assert_int_equal(count_told(&findings), 2);
}

/* -- device.slot-number ------------------------------------------------------------------------------------ */

static void slot_numbers(void **state)
{
	_cleanup_facts_ struct facts *facts = host_for(PLATFORM_ABLESTACK);
	struct finding finding;
	struct device *device;

	(void)state;
	device = made_target(facts, "0000:05:09.0", 0x8086, 0x154c, 0x020000);
	assert_result(facts, device, "device.slot-number", "pass");
	device = made_target(facts, "0000:05:0a.0", 0x8086, 0x154c, 0x020000);
	finding = fails(facts, device, "device.slot-number", SEVERITY_INFO,
			"writes slot 0x0a of 0000:05:0a.0 as 0x10");
	assert_true(finding.evidence.count > 0);
	facts->platforms.named[PLATFORM_ABLESTACK] = false;
	assert_result(facts, device, "device.slot-number", "na");
}

/* -- hostile files ----------------------------------------------------------------------------------------- */

static void hostile_files(void **state)
{
	static const char *const files[] = {
		"",
		"\n\n\t\n",
		"\tmap id=\n",
		"a\n\tmap\n",
		"a\n\tmap ,,,=,==,path=;;;,iommugroup=-1\n",
		"a\n\tmap path=0000:01:00.0;;\x1b[2J,id=\xff\xfe,iommugroup=99999999999\n",
		":\n::\nhostpci0:\nhostpci: =,=,\nhostpci0: ,,,\nmachine\n[",
		"hostpci0: ;;;;,pcie=1\nx",
		"k\"ey: 'x\nq: \"\n_: #\n",
		"hostpci0: 0000:01:00.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0,pcie=1",
	};
	_cleanup_arena_ struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		for (size_t length = 0; length <= strlen(files[i]); length++) {
			/* In memory of just that size, so that reading behind it is seen. */
			_cleanup_free_ char *bytes = malloc(length ? length : 1);
			struct plain_settings settings;
			struct pve_mappings mappings;
			struct pve_hostpcis hostpcis = {0};

			assert_non_null(bytes);
			memcpy(bytes, files[i], length);
			pve_mappings_parse(arena, bytes, length, &mappings);
			pve_machine_parse(arena, "1", bytes, length, &hostpcis);
			plain_settings_parse(arena, bytes, length, &settings);
			for_each (mapping, &mappings) {
				assert_true(mapping->group >= -1);
				assert_null(mapping->text ? strchr(mapping->text, '\x1b') : NULL);
				(void)pve_list_names(mapping->path, 0, 1, 0, 0);
			}
			for_each (hostpci, &hostpcis)
				assert_true(hostpci->host || hostpci->mapping);
		}
	assert_false(pve_list_names(NULL, 0, 1, 0, 0));
	assert_false(pve_list_names("10de:2484", 0, 1, 0, 0));
	assert_true(pve_list_names("02:00.0; 0000:01:00", 0, 1, 0, 3));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nobody_is_asked),
		cmocka_unit_test(found_on_the_host),
		cmocka_unit_test(domains),
		cmocka_unit_test(cloudpods_words),
		cmocka_unit_test(cloudpods_words_on_amd),
		cmocka_unit_test(cloudpods_words_not_known),
		cmocka_unit_test(cloudpods_boot_gpu),
		cmocka_unit_test(cloudpods_probe_off),
		cmocka_unit_test(proxmox_mappings),
		cmocka_unit_test(proxmox_file_not_readable),
		cmocka_unit_test(proxmox_q35),
		cmocka_unit_test(proxmox_takes_the_group),
		cmocka_unit_test(proxmox_takes_a_twin),
		cmocka_unit_test(groups_of_several),
		cmocka_unit_test(gpu_operator),
		cmocka_unit_test(slot_numbers),
		cmocka_unit_test(hostile_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
