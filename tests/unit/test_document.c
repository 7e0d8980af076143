/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "checks_made.h"
#include "json_made.h"
#include "report/document.h"

/* -- a host of which much is known, and a device of which nothing is ------------------------------------ */

static void know_much(struct device *gpu)
{
	gpu->subsystem_vendor_id = 0x1043;
	gpu->subsystem_device_id = 0x88a;
	gpu->revision = 0xa1;
	gpu->numa_node = 1;
	gpu->boot_vga = YES;
	gpu->config.port_type = PORT_LEGACY_ENDPOINT;
	gpu->config.acs = YES;
	gpu->config.acs_capability = ACS_SV | ACS_RR | ACS_CR | ACS_UF;
	gpu->config.acs_control = ACS_SV;
	gpu->modules_known = YES;
	gpu->sriov_total = 16;
	gpu->sriov_active = 0;
	gpu->predicted_group = 3;
	gpu->state = STATE_ASSIGNED;
	gpu->assigned_pid = 812;
	gpu->assigned_name = "qemu-system-x86";
	gpu->next_driver = "vfio-pci";
	facts_made_bar(gpu, 1, UINT64_C(0x6000000000), UINT64_C(16) << 30);
	gpu->bars[1].prefetchable = true;
	gpu->bars[5] = (struct bar){.present = true, .io = true, .size = 128};
	gpu->target = true;
}

static struct facts *made_host(void)
{
	struct facts *facts = healthy_intel();
	struct device *port = made_bridge(facts, "0000:00:01.0");
	struct device *gpu =
		made_function(facts, "0000:01:00.0", 0x10de, 0x2704, 0x030000, "vfio-pci");
	struct device *dark = facts_made_device(facts, "0000:02:00.0", -1, NULL);

	know_much(gpu);
	gpu->parent = port;
	strings_add(facts->arena, &gpu->modules, "nouveau");
	strings_add(facts->arena, &gpu->reset_methods, "bus");
	strings_add(facts->arena, &gpu->predicted_because, "0000:00:01.0 has no ACS");
	made_use(facts, gpu, USE_PROCESS, "qemu-system-x86 (812): /dev/vfio/1", "/proc/812/fd");
	*dark = (struct device){.address = "0000:02:00.0", .bus = 2};
	dark->vendor_id = dark->device_id = dark->subsystem_vendor_id = dark->subsystem_device_id =
		-1;
	dark->class_code = dark->revision = dark->numa_node = dark->predicted_group = -1;
	dark->sriov_total = dark->sriov_active = dark->physical_slot = -1;
	dark->config.port_type = PORT_UNKNOWN;
	*ARRAY_ADD(facts->arena, &facts->groups) = (struct group){.id = 1, .type = "DMA-FQ"};
	strings_add(facts->arena, &facts->groups.items[0].members, "0000:01:00.0");
	*ARRAY_ADD(facts->arena, &facts->groups.items[0].devices) = gpu;
	facts->groups.items[0].reserved_known = YES;
	gpu->group = &facts->groups.items[0];
	gpu->has_group = YES;
	*ARRAY_ADD(facts->arena, &facts->targets) = gpu;
	return facts;
}

static json_object *document_of(struct facts *facts, enum document_devices devices)
{
	struct findings findings = {0};

	checks_run(facts, &findings);
	return document_build(facts, &findings, NULL, devices);
}

/* -- every key of the contract, everywhere ----------------------------------------------------------------- */

/* keys: names with a blank behind each. */
static void assert_keys(json_object *object, const char *what, const char *keys)
{
	assert_true(json_object_is_type(object, json_type_object));
	while (*keys) {
		size_t length = strcspn(keys, " ");
		char key[64];

		(void)snprintf(key, sizeof(key), "%.*s", (int)length, keys);
		if (!json_object_object_get_ex(object, key, NULL))
			fail_msg("%s has no %s", what, key);
		keys += length + (keys[length] == ' ');
	}
}

static void assert_all_keys(json_object *array, const char *what, const char *keys)
{
	assert_true(json_object_is_type(array, json_type_array));
	for (size_t i = 0; i < json_object_array_length(array); i++)
		assert_keys(json_object_array_get_idx(array, i), what, keys);
}

static void assert_device_keys(json_object *device)
{
	json_object *part;

	assert_keys(
		device, "a device",
		"address vendor_id device_id subsystem_vendor_id subsystem_device_id class name "
		"class_name revision group predicted_group predicted_because driver next_driver "
		"modules state assigned_to numa_node parent port_type acs reset_methods bars "
		"boot_display sriov uses target verdict");
	part = json_at(device, "/assigned_to");
	if (part)
		assert_keys(part, "assigned_to", "pid name");
	part = json_at(device, "/acs");
	if (part)
		assert_keys(part, "acs", "capability enabled");
	part = json_at(device, "/sriov");
	if (part)
		assert_keys(part, "sriov", "total active");
	part = json_at(device, "/bars");
	if (part)
		assert_all_keys(part, "a BAR", "index size address prefetchable bits");
	assert_all_keys(json_at(device, "/uses"), "a use", "kind what");
}

static void assert_check_keys(json_object *check)
{
	assert_keys(check, "a check",
		    "id result severity scope subject title evidence cause cured_by_reboot remedy "
		    "references");
	assert_all_keys(json_at(check, "/evidence"), "evidence", "source line text");
	assert_all_keys(json_at(check, "/remedy"), "a remedy", "owner text command");
	assert_true(json_object_is_type(json_at(check, "/references"), json_type_array));
	assert_true(json_object_is_type(json_at(check, "/cured_by_reboot"), json_type_boolean));
}

static void assert_document_keys(json_object *document)
{
	json_object *devices = json_at(document, "/devices"),
		    *checks = json_at(document, "/checks");

	assert_keys(document, "the document",
		    "schema tool host iommu groups devices checks verdict");
	assert_keys(json_at(document, "/tool"), "tool", "name version");
	assert_keys(
		json_at(document, "/host"), "host",
		"hostname kernel next_kernel architecture distro platform cpu_vendor firmware "
		"secure_boot lockdown virtualization bootloader initramfs cmdline next_cmdline");
	assert_keys(json_at(document, "/host/distro"), "distro", "id version name");
	assert_keys(json_at(document, "/iommu"), "iommu",
		    "kind active firmware_table interrupt_remapping default_domain units");
	assert_all_keys(json_at(document, "/groups"), "a group", "id type devices");
	for (size_t i = 0; i < json_object_array_length(devices); i++)
		assert_device_keys(json_object_array_get_idx(devices, i));
	for (size_t i = 0; i < json_object_array_length(checks); i++)
		assert_check_keys(json_object_array_get_idx(checks, i));
}

static void every_key_is_there(void **state)
{
	_cleanup_facts_ struct facts *facts = made_host(), *nothing = facts_made();
	_cleanup_json_ json_object *document = document_of(facts, DOCUMENT_ALL_DEVICES);
	_cleanup_json_ json_object *empty = document_of(nothing, DOCUMENT_ALL_DEVICES);

	(void)state;
	assert_document_keys(document);
	assert_document_keys(empty);
	assert_int_equal(json_object_array_length(json_at(document, "/devices")), 3);
	assert_int_equal(json_object_array_length(json_at(empty, "/devices")), 0);
	assert_true(json_object_array_length(json_at(document, "/checks")) >= check_count());
}

/* -- values --------------------------------------------------------------------------------------------------- */

static void values_of_the_host(void **state)
{
	_cleanup_facts_ struct facts *facts = made_host();
	_cleanup_json_ json_object *document = NULL;

	(void)state;
	facts->machine.hostname = "lab1";
	facts->machine.distro_id = "debian";
	facts->machine.platform = "proxmox";
	facts->cmdline_text = "quiet iommu=pt";
	document = document_of(facts, DOCUMENT_ALL_DEVICES);
	assert_json(document, "/schema", "vfiokit/1");
	assert_json(document, "/tool/name", "vfiokit");
	assert_json(document, "/tool/version", VFIOKIT_VERSION);
	assert_json(document, "/host/hostname", "lab1");
	assert_json(document, "/host/kernel", "6.1.0-50-amd64");
	assert_json(document, "/host/distro/id", "debian");
	assert_json(document, "/host/platform", "proxmox");
	assert_json(document, "/host/cpu_vendor", "intel");
	assert_json(document, "/host/secure_boot", "false");
	assert_json(document, "/host/lockdown", "none");
	assert_json(document, "/host/cmdline", "quiet iommu=pt");
	assert_json(document, "/iommu/kind", "intel-vtd");
	assert_json(document, "/iommu/active", "true");
	assert_json(document, "/iommu/firmware_table", "DMAR");
	assert_json(document, "/iommu/units/0", "dmar0");
	assert_json(document, "/groups/0/id", "1");
	assert_json(document, "/groups/0/type", "DMA-FQ");
	assert_json(document, "/groups/0/devices/0", "0000:01:00.0");
}

/* Ids are lower-case hex without 0x, with all their digits. */
static void values_of_a_device(void **state)
{
	static const struct {
		const char *pointer, *text;
	} wanted[] = {
		{"/address", "0000:01:00.0"},
		{"/vendor_id", "10de"},
		{"/device_id", "2704"},
		{"/subsystem_vendor_id", "1043"},
		{"/subsystem_device_id", "088a"},
		{"/class", "030000"},
		{"/revision", "a1"},
		{"/group", "1"},
		{"/predicted_group", "3"},
		{"/predicted_because/0", "0000:00:01.0 has no ACS"},
		{"/driver", "vfio-pci"},
		{"/next_driver", "vfio-pci"},
		{"/modules/0", "nouveau"},
		{"/state", "assigned"},
		{"/assigned_to/pid", "812"},
		{"/assigned_to/name", "qemu-system-x86"},
		{"/numa_node", "1"},
		{"/parent", "0000:00:01.0"},
		{"/acs/enabled/0", "SV"},
		{"/acs/capability/3", "UF"},
		{"/reset_methods/0", "bus"},
		{"/bars/0/index", "1"},
		{"/bars/0/size", "17179869184"},
		{"/bars/0/address", "412316860416"},
		{"/bars/0/prefetchable", "true"},
		{"/bars/0/bits", "64"},
		{"/bars/1/index", "5"},
		{"/bars/1/bits", "0"},
		{"/bars/1/address", "null"},
		{"/boot_display", "true"},
		{"/sriov/total", "16"},
		{"/sriov/active", "0"},
		{"/uses/0/kind", "process"},
		{"/target", "true"},
	};
	_cleanup_facts_ struct facts *facts = made_host();
	_cleanup_json_ json_object *document = document_of(facts, DOCUMENT_ALL_DEVICES);
	json_object *gpu = json_at(document, "/devices/1");

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++)
		assert_json(gpu, wanted[i].pointer, wanted[i].text);
	assert_int_equal(json_object_array_length(json_at(gpu, "/acs/capability")), 4);
	assert_json(document, "/devices/0/state", "bridge");
	assert_json(document, "/devices/0/verdict", "unsuitable");
}

/* Where the next boot has no IOMMU either, vfio-pci will not have the device. */
static void next_driver_without_iommu(void **state)
{
	_cleanup_facts_ struct facts *facts = made_host();
	json_object *document;

	(void)state;
	facts->iommu.active = NO;
	document = document_of(facts, DOCUMENT_ALL_DEVICES);
	assert_json(document, "/devices/1/next_driver", "null");
	json_object_put(document);
	facts->iommu.active = UNKNOWN;
	document = document_of(facts, DOCUMENT_ALL_DEVICES);
	assert_json(document, "/devices/1/next_driver", "vfio-pci");
	json_object_put(document);
}

/* What is not known is null: neither a guess nor an empty list. */
static void unknown_is_null(void **state)
{
	static const char *const unknown[] = {"vendor_id",
					      "device_id",
					      "subsystem_vendor_id",
					      "subsystem_device_id",
					      "class",
					      "name",
					      "class_name",
					      "revision",
					      "group",
					      "driver",
					      "predicted_group",
					      "next_driver",
					      "modules",
					      "state",
					      "assigned_to",
					      "numa_node",
					      "parent",
					      "port_type",
					      "acs",
					      "reset_methods",
					      "bars",
					      "sriov",
					      "boot_display"};
	static const char *const of_host[] = {"/host/hostname",        "/host/kernel",
					      "/host/next_kernel",     "/host/architecture",
					      "/host/distro/id",       "/host/distro/name",
					      "/host/platform",        "/host/cpu_vendor",
					      "/host/firmware",        "/host/secure_boot",
					      "/host/lockdown",        "/host/virtualization",
					      "/host/bootloader",      "/host/initramfs",
					      "/host/cmdline",         "/host/next_cmdline",
					      "/iommu/kind",           "/iommu/active",
					      "/iommu/firmware_table", "/iommu/interrupt_remapping",
					      "/iommu/default_domain"};
	_cleanup_facts_ struct facts *facts = made_host(), *nothing = facts_made();
	_cleanup_json_ json_object *document = document_of(facts, DOCUMENT_ALL_DEVICES);
	_cleanup_json_ json_object *empty = document_of(nothing, DOCUMENT_ALL_DEVICES);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(unknown); i++) {
		char pointer[64];

		(void)snprintf(pointer, sizeof(pointer), "/devices/2/%s", unknown[i]);
		assert_json(document, pointer, "null");
	}
	for (size_t i = 0; i < ARRAY_SIZE(of_host); i++)
		assert_json(empty, of_host[i], "null");
	assert_json(empty, "/verdict", "unknown");
}

static json_object *check_in(json_object *document, const char *id)
{
	json_object *checks = json_at(document, "/checks");

	for (size_t i = 0; i < json_object_array_length(checks); i++)
		if (streq(json_text_at(json_object_array_get_idx(checks, i), "/id"), id))
			return json_object_array_get_idx(checks, i);
	fail_msg("%s is not there", id);
	return NULL;
}

static void values_of_checks(void **state)
{
	_cleanup_facts_ struct facts *facts = made_host();
	_cleanup_json_ json_object *document = NULL;
	json_object *check;

	(void)state;
	set_cmdline(facts, "iommu=on");
	facts->targets.items[0]->vfio_driver = false;
	facts->targets.items[0]->driver = "nouveau";
	document = document_of(facts, DOCUMENT_ALL_DEVICES);
	check = check_in(document, "iommu.parameter-unknown");
	assert_json(check, "/result", "fail");
	assert_json(check, "/severity", "warning");
	assert_json(check, "/scope", "host");
	assert_json(check, "/subject", "null");
	assert_json(check, "/evidence/0/source", "/proc/cmdline");
	assert_json(check, "/evidence/0/line", "1");
	check = check_in(document, "driver.not-bound");
	assert_json(check, "/scope", "device");
	assert_json(check, "/severity", "blocker");
	assert_json(check, "/subject", "0000:01:00.0");
	assert_json(check, "/evidence/0/line", "null");
	assert_json(check, "/evidence/0/text", "-> nouveau");
	assert_json(check, "/remedy/0/owner", "vfiokit");
	assert_json(check, "/cured_by_reboot", "false");
	check = check_in(document, "device.is-bridge");
	assert_json(check, "/result", "pass");
	assert_json(check, "/cause", "null");
	assert_int_equal(json_object_array_length(json_at(check, "/remedy")), 0);
	assert_json(document, "/verdict", "not-ready");
	assert_json(document, "/devices/1/verdict", "not-ready");
}

/* -- text from outside ----------------------------------------------------------------------------------------- */

static void assert_round_trip(json_object *document)
{
	static const int styles[] = {JSON_C_TO_STRING_PLAIN,
				     JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE};

	for (size_t i = 0; i < ARRAY_SIZE(styles); i++) {
		const char *text = json_object_to_json_string_ext(document, styles[i]);
		_cleanup_json_ json_object *again = json_made(text);

		assert_true(json_object_equal(document, again));
		for (const char *c = text; *c; c++)
			assert_true((unsigned char)*c >= 0x20 || *c == '\n');
	}
}

/* Control characters, quotes, invalid and hostile UTF-8 in whatever a tree can choose. */
static void hostile_texts_are_valid_json(void **state)
{
	static const char *const texts[] = {"\x1b[31mred\x1b[0m",
					    "a\nb\tc\r\b\f\x01\x7f",
					    "\"quoted\" \\ and /",
					    "\xff\xfe\x80",
					    "cut \xe2\x82",
					    "overlong \xc0\xaf \xe0\x80\xaf",
					    "surrogate \xed\xa0\x80",
					    "too far \xf4\x90\x80\x80",
					    "\302\23331m",
					    "na\xc3\xafve \xe2\x9c\x97 \xf0\x9f\x98\x80",
					    "",
					    "\xf8\x88\x80\x80\x80"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		_cleanup_facts_ struct facts *facts = made_host();
		_cleanup_json_ json_object *document = NULL;
		struct device *gpu = &facts->devices.items[1];

		facts->machine.hostname = facts->machine.distro_name = texts[i];
		facts->cmdline_text = texts[i];
		facts->iommu.units.items[0].name = texts[i];
		gpu->driver = gpu->assigned_name = texts[i];
		gpu->uses.items[0].what = gpu->uses.items[0].origin.text = texts[i];
		strings_add(facts->arena, &facts->groups.items[0].members, texts[i]);
		strings_add(facts->arena, &gpu->modules, texts[i]);
		gpu->vfio_driver = false;
		document = document_of(facts, DOCUMENT_ALL_DEVICES);
		assert_round_trip(document);
		assert_document_keys(document);
	}
}

static void what_is_no_utf8_is_replaced(void **state)
{
	static const struct {
		const char *text, *wanted;
	} cases[] = {
		{"plain", "plain"},
		{"na\xc3\xafve", "na\xc3\xafve"},
		{"\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf"},
		{"a\377b", "a\357\277\275b"},
		{"cut \xc3", "cut \xef\xbf\xbd"},
		{"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
		{"\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd"},
	};
	_cleanup_facts_ struct facts *facts = made_host();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_json_ json_object *document = NULL;

		facts->machine.hostname = cases[i].text;
		document = document_of(facts, DOCUMENT_ALL_DEVICES);
		assert_json(document, "/host/hostname", cases[i].wanted);
	}
}

/* -- which devices ------------------------------------------------------------------------------------------------ */

static void only_what_is_shown(void **state)
{
	_cleanup_facts_ struct facts *facts = made_host();
	_cleanup_json_ json_object *asked = document_of(facts, DOCUMENT_SHOWN_DEVICES);
	_cleanup_json_ json_object *document = NULL;

	(void)state;
	assert_int_equal(json_object_array_length(json_at(asked, "/devices")), 1);
	assert_json(asked, "/devices/0/address", "0000:01:00.0");
	/* Nobody asked: what could be handed over. Bridges and the unknown device are not. */
	facts->targets.count = 0;
	facts->devices.items[1].target = false;
	document = document_of(facts, DOCUMENT_SHOWN_DEVICES);
	assert_int_equal(json_object_array_length(json_at(document, "/devices")), 1);
	assert_json(document, "/devices/0/candidate", "true");
	/* A name that matches nothing was asked for, too. */
	strings_add(facts->arena, &facts->targets_missing, "0000:41:00.0");
	json_object_put(document);
	document = document_of(facts, DOCUMENT_SHOWN_DEVICES);
	assert_int_equal(json_object_array_length(json_at(document, "/devices")), 0);
}

static void a_bridge_is_no_target(void **state)
{
	_cleanup_facts_ struct facts *facts = made_host();
	_cleanup_json_ json_object *document = NULL;

	(void)state;
	facts->devices.items[0].target = true;
	*ARRAY_ADD(facts->arena, &facts->targets) = &facts->devices.items[0];
	document = document_of(facts, DOCUMENT_ALL_DEVICES);
	assert_json(document, "/devices/0/verdict", "unsuitable");
	assert_json(document, "/devices/0/candidate", "false");
	assert_json(document, "/verdict", "not-ready");
}

static void exit_statuses_of_the_contract(void **state)
{
	(void)state;
	assert_int_equal(verdict_exit_status(VERDICT_READY), 0);
	assert_int_equal(verdict_exit_status(VERDICT_NOT_READY), 1);
	assert_int_equal(verdict_exit_status(VERDICT_UNKNOWN), 3);
	assert_int_equal(verdict_exit_status(VERDICT_REBOOT), 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_key_is_there),
		cmocka_unit_test(values_of_the_host),
		cmocka_unit_test(values_of_a_device),
		cmocka_unit_test(next_driver_without_iommu),
		cmocka_unit_test(unknown_is_null),
		cmocka_unit_test(values_of_checks),
		cmocka_unit_test(hostile_texts_are_valid_json),
		cmocka_unit_test(what_is_no_utf8_is_replaced),
		cmocka_unit_test(only_what_is_shown),
		cmocka_unit_test(a_bridge_is_no_target),
		cmocka_unit_test(exit_statuses_of_the_contract),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
