/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The manifest: what its file may hold, and what that means on a host. */
#include "checks_made.h"
#include "preflight/expect/expect.h"

#include <errno.h>

/* -- parsing -------------------------------------------------------------------------------------- */

static struct expect parsed(struct arena *arena, const char *text)
{
	struct expect expect = {0};
	struct error error = {0};

	if (expect_parse(arena, "host.ini", text, strlen(text), &expect, &error) < 0)
		fail_msg("%s", error.message);
	return expect;
}

static void every_key_is_read(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct expect expect = parsed(arena, "; runners of rack 7\n"
					     "[host]\n"
					     "iommu = on\n"
					     "secure-boot=off\n"
					     "kernel-arg = intel_iommu=on,sm_on ; as set up\n"
					     "kernel-arg: vfio-pci.ids=10de:2330 iommu=pt\n"
					     "\n"
					     "[ device 41:00.0 ]   # the GPU\n"
					     "id = 10DE:2330\n"
					     "driver = vfio-pci\n"
					     "group-isolated = yes\n"
					     "link = 16GT/s x16\n"
					     "[device 10000:e1:00.0]\n"
					     "driver = none\n"
					     "link = 2.5 GT/s  x4\n"
					     "group-isolated = no\n"
					     "[device 0000:02:00.1]\n");
	const struct expect_device *gpu = &expect.devices.items[0], *disk = gpu + 1;

	(void)state;
	assert_int_equal(expect.iommu, YES);
	assert_int_equal(expect.secure_boot, NO);
	assert_int_equal(expect.kernel_arguments.count, 3);
	assert_string_equal(expect.kernel_arguments.items[0].text, "intel_iommu=on,sm_on");
	assert_string_equal(expect.kernel_arguments.items[1].name, "vfio-pci.ids");
	assert_string_equal(expect.kernel_arguments.items[2].value, "pt");
	assert_string_equal(expect.kernel_arguments.items[2].origin.source, "host.ini");
	assert_int_equal(expect.kernel_arguments.items[2].origin.line, 6);
	assert_string_equal(expect.kernel_arguments.items[2].origin.text,
			    "kernel-arg: vfio-pci.ids=10de:2330 iommu=pt");
	assert_int_equal(expect.devices.count, 3);
	assert_string_equal(gpu->address, "0000:41:00.0");
	assert_int_equal(gpu->origin.line, 8);
	assert_int_equal(gpu->vendor_id, 0x10de);
	assert_int_equal(gpu->device_id, 0x2330);
	assert_int_equal(gpu->id_origin.line, 9);
	assert_string_equal(gpu->driver, "vfio-pci");
	assert_int_equal(gpu->driver_origin.line, 10);
	assert_int_equal(gpu->group_isolated, YES);
	assert_int_equal(gpu->link_speed, 160);
	assert_int_equal(gpu->link_width, 16);
	assert_string_equal(gpu->link_origin.text, "link = 16GT/s x16");
	assert_string_equal(disk->address, "10000:e1:00.0");
	assert_int_equal(disk->vendor_id, -1);
	assert_string_equal(disk->driver, "none");
	assert_int_equal(disk->group_isolated, NO);
	assert_int_equal(disk->link_speed, 25);
	assert_int_equal(disk->link_width, 4);
	/* A section without keys asks for the function itself. */
	assert_string_equal(expect.devices.items[2].address, "0000:02:00.1");
	assert_null(expect.devices.items[2].driver);
	assert_int_equal(expect.devices.items[2].group_isolated, UNKNOWN);
	assert_int_equal(expect.waivers.count, 0);
}

static void waivers_are_read(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct expect expect = parsed(
		arena, "[host]\n"
		       "waive = iommu.dma-faults until 2027-01-31 because  the HBA = old, goes\n"
		       "waive = device.no-reset until 2028-02-29 because one VM per boot\n"
		       "[device 01:00.0]\n"
		       "waive = device.no-reset until 2026-12-01 because it is watched\n");

	(void)state;
	assert_int_equal(expect.waivers.count, 3);
	assert_string_equal(expect.waivers.items[0].check, "iommu.dma-faults");
	assert_string_equal(expect.waivers.items[0].until, "2027-01-31");
	assert_int_equal(expect.waivers.items[0].last_day, 20270131);
	assert_string_equal(expect.waivers.items[0].because, "the HBA = old, goes");
	assert_null(expect.waivers.items[0].subject);
	assert_int_equal(expect.waivers.items[1].last_day, 20280229);
	assert_string_equal(expect.waivers.items[2].subject, "0000:01:00.0");
	assert_int_equal(expect.waivers.items[2].origin.line, 5);
}

/* However editors and other systems write it. */
static void line_ends_and_blanks_do_not_matter(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct expect expect = parsed(arena, "\xef\xbb\xbf[host]\r\n"
					     "\tiommu = on\r\n"
					     "    kernel-arg = iommu=pt\r\n"
					     "        kernel-arg = quiet");

	(void)state;
	assert_int_equal(expect.iommu, YES);
	assert_int_equal(expect.kernel_arguments.count, 2);
	assert_string_equal(expect.kernel_arguments.items[1].text, "quiet");
	expect = parsed(arena, "");
	assert_int_equal(expect.devices.count + expect.kernel_arguments.count, 0);
	expect = parsed(arena, "\n\n; nothing\n# at all\n[host]\n");
	assert_int_equal(expect.iommu, UNKNOWN);
}

static void what_is_wrong_is_named_with_its_line(void **state)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{"iommu = on\n", "host.ini:1: iommu stands outside of [host] and [device ADDRESS]"},
		{"[host]\niommu = yes\n", "host.ini:2: iommu must be on or off, not \"yes\""},
		{"[host]\niommu = on\n\niommu = on\n", "host.ini:4: iommu is given twice"},
		{"[host]\nIOMMU = on\n", "host.ini:2: IOMMU: no such key in this section"},
		{"[host]\ndriver = vfio-pci\n", "host.ini:2: driver: no such key in this section"},
		{"[host]\nsecure-boot =\n", "host.ini:2: secure-boot must be on or off, not \"\""},
		{"[host]\nkernel-arg =\n",
		 "host.ini:2: kernel-arg holds no word of a kernel command line"},
		{"[host]\niommu on\n", "host.ini:2: neither [section] nor key = value"},
		{"[hosts]\n",
		 "host.ini:1: [hosts]: no such section; there are [host] and [device ADDRESS]"},
		{"[device]\nid = 10de:2330\n",
		 "host.ini:1: [device]: no such section; there are [host] and [device ADDRESS]"},
		{"[host\niommu = on\n", "host.ini:1: the section's ']' is missing"},
		{"[host] iommu = on\n", "host.ini:1: something stands behind the section's ']'"},
		{"[device 41:00]\n", "host.ini:1: \"41:00\" is no PCI address (0000:41:00.0)"},
		{"[device 10de:2330]\n",
		 "host.ini:1: \"10de:2330\" is no PCI address (0000:41:00.0)"},
		{"[device 01:00.0]\n[host]\n[device 0000:01:00.0]\n",
		 "host.ini:3: [device 0000:01:00.0] stands here twice (line 1)"},
		{"[device 01:00.0]\nid = 10de2330\n",
		 "host.ini:2: id must be vendor:device (10de:2330), not \"10de2330\""},
		{"[device 01:00.0]\nid = 01:00.0\n",
		 "host.ini:2: id must be vendor:device (10de:2330), not \"01:00.0\""},
		{"[device 01:00.0]\ndriver = vfio-pci, nouveau\n",
		 "host.ini:2: driver must be the name of one driver, or none, not \"vfio-pci, "
		 "nouveau\""},
		{"[device 01:00.0]\ndriver =\n",
		 "host.ini:2: driver must be the name of one driver, or none, not \"\""},
		{"[device 01:00.0]\ngroup-isolated = on\n",
		 "host.ini:2: group-isolated must be yes or no, not \"on\""},
		{"[device 01:00.0]\nlink = 16GT/s\n",
		 "host.ini:2: link must be speed and width (16GT/s x16), not \"16GT/s\""},
		{"[device 01:00.0]\nlink = x16\n",
		 "host.ini:2: link must be speed and width (16GT/s x16), not \"x16\""},
		{"[device 01:00.0]\nlink = 16GT/s x64\n",
		 "host.ini:2: link must be speed and width (16GT/s x16), not \"16GT/s x64\""},
		{"[device 01:00.0]\nlink = 16GT/s x16 x\n",
		 "host.ini:2: link must be speed and width (16GT/s x16), not \"16GT/s x16 x\""},
		{"[device 01:00.0]\nlink = 8GT/s x8\nlink = 8GT/s x8\n",
		 "host.ini:3: link is given twice"},
		{"[host]\nwaive = iommu.dma-faults until 2027-02-29 because x\n",
		 "host.ini:2: \"2027-02-29\" is no day of the calendar (YYYY-MM-DD)"},
		{"[host]\nwaive = iommu.dma-faults until tomorrow because x\n",
		 "host.ini:2: \"tomorrow\" is no day of the calendar (YYYY-MM-DD)"},
		{"[host]\nwaive = iommu.dma-faults\n",
		 "host.ini:2: waive must be CHECK-ID until YYYY-MM-DD because REASON"},
		{"[host]\nwaive = iommu.dma-faults until 2027-01-31\n",
		 "host.ini:2: waive must be CHECK-ID until YYYY-MM-DD because REASON"},
		{"[host]\nwaive = iommu.dma-faults until 2027-01-31 because\n",
		 "host.ini:2: waive must be CHECK-ID until YYYY-MM-DD because REASON"},
		{"[host]\nwaive = iommu.dma-fault until 2027-01-31 because x\n",
		 "host.ini:2: iommu.dma-fault: no such check; vfiokit preflight --checks lists "
		 "them"},
		{"[device 01:00.0]\nwaive = iommu.dma-faults until 2027-01-31 because x\n",
		 "host.ini:2: iommu.dma-faults is about the host: its waiver belongs into [host]"},
		{"[host]\nwaive = limits.memlock until 2027-01-31 because x\n"
		 "waive = limits.memlock until 2028-01-31 because x\n",
		 "host.ini:3: limits.memlock is waived twice (line 2)"},
		/* The first line that is wrong, whoever finds it. */
		{"[host]\nno\niommu = maybe\n[x]\n",
		 "host.ini:2: neither [section] nor key = value"},
		{"[host]\niommu = maybe\nno\n",
		 "host.ini:2: iommu must be on or off, not \"maybe\""},
	};
	_cleanup_arena_ struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct expect expect = {.today = 7};
		struct error error = {0};
		int r = expect_parse(arena, "host.ini", cases[i].text, strlen(cases[i].text),
				     &expect, &error);

		if (r != -EINVAL || error.code != -EINVAL ||
		    !streq(error.message, cases[i].message))
			fail_msg("\"%s\" gives \"%s\" (%d)", cases[i].text, error.message, r);
		assert_int_equal(expect.today, 7); /* untouched */
	}
}

static void bytes_that_no_editor_writes(void **state)
{
	static const char nul[] = "[host]\nkernel-arg = a\0b\n",
			  escape[] = "[host]\niommu = \033[2Jon\n";
	_cleanup_arena_ struct arena *arena = arena_new();
	struct expect expect;
	struct error error = {0};
	char line[1024];

	(void)state;
	assert_int_equal(expect_parse(arena, "m", nul, sizeof(nul) - 1, &expect, &error), -EINVAL);
	assert_string_equal(error.message, "m:2: holds a control character");
	assert_int_equal(expect_parse(arena, "m", escape, sizeof(escape) - 1, &expect, &error),
			 -EINVAL);
	assert_string_equal(error.message, "m:2: holds a control character");
	/* The longest line that inih takes, and one more character. */
	memset(line, 'x', sizeof(line));
	memcpy(line, "[host]\nkernel-arg = ", 20);
	line[7 + EXPECT_LINE_LIMIT] = '\n';
	assert_int_equal(expect_parse(arena, "m", line, 7 + EXPECT_LINE_LIMIT + 1, &expect, &error),
			 0);
	assert_int_equal(strlen(expect.kernel_arguments.items[0].text), EXPECT_LINE_LIMIT - 13);
	line[7 + EXPECT_LINE_LIMIT] = 'x';
	assert_int_equal(expect_parse(arena, "m", line, sizeof(line), &expect, &error), -EINVAL);
	assert_string_equal(error.message, "m:2: longer than 197 characters");
	/* A comment may be as long as it likes. */
	memcpy(line, "[host]\n# ", 9);
	assert_int_equal(expect_parse(arena, "m", line, sizeof(line), &expect, &error), 0);
}

/* Every beginning of a good file, and bytes of all kinds: no crash, and no value from nowhere. */
static void damaged_files_do_no_harm(void **state)
{
	static const char good[] = "[host]\niommu = on\nkernel-arg = a=\"b c\"\n[device 01:00.0]\n"
				   "id = 10de:2330\nlink = 16GT/s x16\n"
				   "waive = device.no-reset until 2027-01-31 because x\n";
	_cleanup_arena_ struct arena *arena = arena_new();
	struct expect expect = {0};
	struct error error = {0};
	char copy[sizeof(good)];
	uint32_t random = 1;

	(void)state;
	for (size_t length = 0; length < sizeof(good); length++) {
		memcpy(copy, good, length);
		(void)expect_parse(arena, "m", copy, length, &expect, &error);
		assert_true(expect.devices.count <= 1);
	}
	for (unsigned round = 0; round < 3000; round++) {
		memcpy(copy, good, sizeof(good));
		for (unsigned i = 0; i <= round % 5; i++) {
			random = random * 1664525 + 1013904223;
			copy[(random >> 8) % (sizeof(good) - 1)] = (char)(random >> 24);
		}
		(void)expect_parse(arena, "m", copy, sizeof(good) - 1, &expect, &error);
		arena_reset(arena);
	}
}

static void days_of_the_calendar(void **state)
{
	static const struct {
		const char *text;
		day_number day;
	} days[] = {
		{"2026-10-04", 20261004}, {"2024-02-29", 20240229},
		{"2000-02-29", 20000229}, {"2100-02-29", 0},
		{"2026-02-29", 0},        {"2026-04-31", 0},
		{"2026-12-31", 20261231}, {"2026-13-01", 0},
		{"2026-00-10", 0},        {"2026-01-00", 0},
		{"2026-1-1", 0},          {"20260101", 0},
		{"2026/01/01", 0},        {"26-01-01xx", 0},
		{"2026-01-01 ", 0},       {"", 0},
		{"1969-12-31", 0},        {"9999-12-31", 99991231},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(days); i++)
		assert_int_equal(day_parse(days[i].text), days[i].day);
}

static void speeds_of_links(void **state)
{
	static const struct {
		const char *text;
		unsigned speed;
		const char *rest;
	} speeds[] = {
		{"2.5 GT/s PCIe", 25, " PCIe"},
		{"16.0 GT/s PCIe", 160, " PCIe"},
		{"5GT/s", 50, ""},
		{"64GT/s x16", 640, " x16"},
		{"Unknown", 0, NULL},
		{"16", 0, NULL},
		{"16 Gb/s", 0, NULL},
		{"16. GT/s", 0, NULL},
		{"", 0, NULL},
		{"99999 GT/s", 0, NULL},
	};
	_cleanup_arena_ struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(speeds); i++) {
		const char *rest = NULL;

		assert_int_equal(link_speed_parse(speeds[i].text, &rest), speeds[i].speed);
		if (speeds[i].rest)
			assert_string_equal(rest, speeds[i].rest);
	}
	assert_string_equal(link_speed_text(arena, 25), "2.5GT/s");
	assert_string_equal(link_speed_text(arena, 320), "32GT/s");
}

/* -- judging -------------------------------------------------------------------------------------- */

/* An Intel host with a card on vfio-pci behind a port, alone in its group with its second function. */
static struct facts *made_host(void)
{
	struct facts *facts = healthy_intel();
	struct device *port = made_bridge(facts, "0000:00:01.0");
	struct device *card[2];

	for (size_t i = 0; i < 2; i++) {
		card[i] = made_function(facts, i ? "0000:01:00.1" : "0000:01:00.0", 0x10de,
					i ? 0x228b : 0x2484, i ? 0x040300 : 0x030000, "vfio-pci");
		card[i]->parent = port;
		card[i]->link_speed = card[i]->link_speed_max = "16.0 GT/s PCIe";
		card[i]->link_width = card[i]->link_width_max = 16;
	}
	port->link_speed_max = "32.0 GT/s PCIe";
	made_function(facts, "0000:02:00.0", 0x8086, 0x15f3, 0x020000, "igc");
	made_group(facts, 9, card, 2);
	set_cmdline(facts, "quiet intel_iommu=on");
	facts->iommu.active_origin =
		(struct origin){.source = "/sys/kernel/iommu_groups", .text = "9"};
	facts->machine.secure_boot_origin =
		(struct origin){.source = "/sys/firmware/efi/efivars", .text = "SecureBoot = 0"};
	return facts;
}

static struct findings judged(struct facts *facts, const char *manifest)
{
	struct expect *expect = arena_alloc(facts->arena, sizeof(*expect));
	struct findings findings = {0};

	*expect = parsed(facts->arena, manifest);
	expect->today = 20261004;
	facts->expect = expect;
	checks_run(facts, &findings);
	for_each (finding, &findings)
		assert_well_said(finding);
	return findings;
}

/* The nth finding of an id. */
static const struct finding *finding_of(const struct findings *findings, const char *id, size_t nth)
{
	for_each (finding, findings)
		if (streq(finding->check->id, id) && nth-- == 0)
			return finding;
	return NULL;
}

/* The only finding of an id: a failure with that title, quoting the manifest and the host. */
static const struct finding *differs(struct facts *facts, const char *manifest, const char *id,
				     const char *title, const char *line, const char *source)
{
	struct findings findings = judged(facts, manifest);
	const struct finding *finding = NULL;

	for_each (other, &findings)
		if (streq(other->check->id, id) && other->result != RESULT_PASS) {
			assert_null(finding);
			finding = other;
		}
	if (!finding)
		fail_msg("%s does not fail", id);
	if (finding->result != RESULT_FAIL)
		fail_msg("%s is %s", id, result_name(finding->result));
	assert_string_equal(finding->title, title);
	assert_int_equal(finding->severity, SEVERITY_BLOCKER);
	assert_quotes(finding, "host.ini", line);
	assert_quotes(finding, source, "");
	assert_non_null(finding->difference.key);
	assert_int_equal(findings_verdict(&findings), VERDICT_NOT_READY);
	return finding;
}

static void a_host_that_is_as_it_must_be(void **state)
{
	_cleanup_facts_ struct facts *facts = made_host();
	struct findings findings = judged(facts, "[host]\niommu = on\nsecure-boot = off\n"
						 "kernel-arg = intel_iommu=on\n"
						 "[device 01:00.0]\nid = 10de:2484\n"
						 "driver = vfio-pci\ngroup-isolated = yes\n"
						 "link = 16GT/s x16\n");
	size_t lines = 0;

	(void)state;
	for_each (finding, &findings)
		if (starts_with(finding->check->id, "expect.") ||
		    streq(finding->check->id, "device.identity-changed")) {
			assert_int_equal(finding->result, RESULT_PASS);
			assert_null(finding->difference.key);
			lines++;
		}
	assert_int_equal(lines, 7);
	/* One finding a line, not one more. */
	assert_null(finding_of(&findings, "expect.host", 3));
	assert_null(finding_of(&findings, "expect.device", 3));
	assert_null(finding_of(&findings, "device.identity-changed", 1));
}

static void without_a_manifest_nothing_is_compared(void **state)
{
	_cleanup_facts_ struct facts *facts = made_host();

	(void)state;
	assert_result(facts, NULL, "expect.host", "na");
	assert_result(facts, &facts->devices.items[1], "expect.device", "na");
	assert_result(facts, &facts->devices.items[1], "device.identity-changed", "na");
}

static void differences_of_the_host(void **state)
{
	_cleanup_facts_ struct facts *facts = made_host();
	const struct finding *finding;

	(void)state;
	finding = differs(facts, "[host]\niommu = off\n", "expect.host",
			  "the IOMMU is on; the manifest says off", "iommu = off",
			  "/sys/kernel/iommu_groups");
	assert_string_equal(finding->difference.key, "iommu");
	assert_string_equal(finding->difference.expected, "off");
	assert_string_equal(finding->difference.found, "on");
	facts->iommu.active = NO;
	finding = differs(facts, "[host]\niommu = on\n", "expect.host",
			  "the IOMMU is off; the manifest says on", "iommu = on",
			  "/sys/kernel/iommu_groups");
	assert_false(finding->cured_by_reboot);
	facts->iommu.active = YES;
	differs(facts, "[host]\nsecure-boot = on\n", "expect.host",
		"Secure Boot is off; the manifest says on", "secure-boot = on",
		"/sys/firmware/efi/efivars");
	finding = differs(facts, "[host]\nkernel-arg = iommu=pt\n", "expect.host",
			  "the kernel was not given iommu=pt", "kernel-arg = iommu=pt",
			  "/proc/cmdline");
	assert_string_equal(finding->difference.found, "none");
	finding =
		differs(facts, "[host]\nkernel-arg = intel_iommu=on,sm_on\n", "expect.host",
			"the kernel was not given intel_iommu=on,sm_on", "sm_on", "/proc/cmdline");
	assert_string_equal(finding->difference.found, "intel_iommu=on");
	assert_string_equal(
		finding->cause,
		"The running kernel's command line holds no such word. Of that name it has "
		"intel_iommu=on.");
}

static void differences_of_identity(void **state)
{
	_cleanup_facts_ struct facts *facts = made_host();
	const struct finding *finding;

	(void)state;
	finding = differs(facts, "[device 01:00.0]\nid = 8086:15f3\n", "device.identity-changed",
			  "0000:01:00.0 is 10de:2484; the manifest says 8086:15f3",
			  "id = 8086:15f3", "/sys/bus/pci/devices/0000:01:00.0/device");
	/* And where the wanted one is now. */
	assert_quotes(finding, "/sys/bus/pci/devices/0000:02:00.0/device", "8086:15f3");
	assert_string_equal(finding->subject, "0000:01:00.0");
	assert_string_equal(finding->difference.found, "10de:2484");
	/* Of a card that is gone nothing else is told. */
	finding = differs(
		facts, "[device 07:00.0]\nid = 10de:2484\ndriver = vfio-pci\nlink = 8GT/s x4\n",
		"device.identity-changed", "there is no 0000:07:00.0; the manifest says 10de:2484",
		"id = 10de:2484", "/sys/bus/pci/devices");
	assert_quotes(finding, "0000:01:00.0/device", "10de:2484");
	assert_null(finding->device);
	differs(facts, "[device 07:00.0]\n", "device.identity-changed",
		"there is no 0000:07:00.0; the manifest says a device", "[device 07:00.0]",
		"/sys/bus/pci/devices");
}

static void differences_of_a_device(void **state)
{
	_cleanup_facts_ struct facts *facts = made_host();
	struct device *card = &facts->devices.items[1], *adapter = &facts->devices.items[3];
	const struct finding *finding;

	(void)state;
	finding = differs(facts, "[device 02:00.0]\ndriver = vfio-pci\n", "expect.device",
			  "the driver of 0000:02:00.0 is igc; the manifest says vfio-pci",
			  "driver = vfio-pci", "/sys/bus/pci/devices/0000:02:00.0/driver");
	assert_string_equal(finding->remedies[0].command, "vfiokit preflight 0000:02:00.0");
	assert_string_equal(finding->difference.key, "driver");
	/* Nobody is sent to hand over what the manifest leaves to the host. */
	finding = differs(facts, "[device 01:00.0]\ndriver = nouveau\n", "expect.device",
			  "the driver of 0000:01:00.0 is vfio-pci; the manifest says nouveau",
			  "driver = nouveau", "0000:01:00.0/driver");
	assert_null(finding->remedies[0].command);
	adapter->has_driver = NO;
	adapter->driver = NULL;
	differs(facts, "[device 02:00.0]\ndriver = igc\n", "expect.device",
		"the driver of 0000:02:00.0 is none; the manifest says igc", "driver = igc",
		"0000:02:00.0/driver");
	differs(facts, "[device 01:00.0]\ndriver = none\n", "expect.device",
		"the driver of 0000:01:00.0 is vfio-pci; the manifest says none", "driver = none",
		"0000:01:00.0/driver");
	differs(facts, "[device 01:00.0]\ngroup-isolated = no\n", "expect.device",
		"0000:01:00.0 is isolated; the manifest says that it is not", "group-isolated = no",
		"/sys/kernel/iommu_groups");
	differs(facts, "[device 02:00.0]\ngroup-isolated = yes\n", "expect.device",
		"0000:02:00.0 has no IOMMU group; the manifest says that it is isolated",
		"group-isolated = yes", "0000:02:00.0");
	*ARRAY_ADD(facts->arena, &card->group->devices) = adapter;
	adapter->group = card->group;
	differs(facts, "[device 01:00.0]\ngroup-isolated = yes\n", "expect.device",
		"0000:01:00.0 shares its group with 0000:02:00.0; the manifest says that it is "
		"isolated",
		"group-isolated = yes", "/sys/kernel/iommu_groups");
}

static void differences_of_a_link(void **state)
{
	_cleanup_facts_ struct facts *facts = made_host();
	struct device *port = &facts->devices.items[0], *card = &facts->devices.items[1];
	const char *manifest = "[device 01:00.0]\nlink = 16GT/s x16\n";
	struct findings findings;

	(void)state;
	card->link_width = 8;
	differs(facts, manifest, "expect.device",
		"the link of 0000:01:00.0 is 16GT/s x8; the manifest says 16GT/s x16",
		"link = 16GT/s x16", "0000:01:00.0/current_link_width");
	card->link_width = 16;
	/* Trained too slow: not what an idle link does. */
	card->link_speed = "8.0 GT/s PCIe";
	differs(facts, manifest, "expect.device",
		"the link of 0000:01:00.0 is 8GT/s x16; the manifest says 16GT/s x16",
		"link = 16GT/s x16", "0000:01:00.0/current_link_speed");
	/* Idle: both ends could do it. */
	card->link_speed = "2.5 GT/s PCIe";
	findings = judged(facts, manifest);
	assert_int_equal(finding_of(&findings, "expect.device", 0)->result, RESULT_PASS);
	/* Idle, and the slot could not. */
	port->link_speed_max = "8.0 GT/s PCIe";
	differs(facts, manifest, "expect.device",
		"the link of 0000:01:00.0 is 8GT/s x16; the manifest says 16GT/s x16",
		"link = 16GT/s x16", "0000:01:00.0/current_link_speed");
	/* A card that can do no more. */
	card->link_speed_max = "2.5 GT/s PCIe";
	differs(facts, manifest, "expect.device",
		"the link of 0000:01:00.0 is 2.5GT/s x16; the manifest says 16GT/s x16",
		"link = 16GT/s x16", "0000:01:00.0/current_link_speed");
}

/* What could not be read is neither fine nor different. */
static void the_unknown_stays_unknown(void **state)
{
	static const char manifest[] = "[host]\niommu = on\nsecure-boot = off\nkernel-arg = a\n"
				       "[device 01:00.0]\nid = 10de:2484\ndriver = vfio-pci\n"
				       "group-isolated = yes\nlink = 16GT/s x16\n";
	_cleanup_facts_ struct facts *facts = made_host();
	struct device *card = &facts->devices.items[1];
	struct findings findings;
	size_t unknown = 0;

	(void)state;
	facts->iommu.active = UNKNOWN;
	facts->machine.secure_boot = UNKNOWN;
	facts->cmdline_known = UNKNOWN;
	card->vendor_id = card->device_id = -1;
	card->has_driver = card->has_group = UNKNOWN;
	card->group = NULL;
	card->link_speed = "Unknown";
	findings = judged(facts, manifest);
	for_each (finding, &findings)
		if (starts_with(finding->check->id, "expect.") ||
		    streq(finding->check->id, "device.identity-changed")) {
			assert_int_equal(finding->result, RESULT_UNKNOWN);
			unknown++;
		}
	assert_int_equal(unknown, 7);
	card->link_speed = "16.0 GT/s PCIe";
	card->link_width = -1;
	findings = judged(facts, "[device 01:00.0]\nlink = 16GT/s x16\n");
	assert_int_equal(finding_of(&findings, "expect.device", 0)->result, RESULT_UNKNOWN);
	assert_quotes(finding_of(&findings, "expect.device", 0), "current_link_width", "");
	/* A text that may have left functions out does not show that one is gone. */
	facts->devices_partial = true;
	findings = judged(facts, "[device 07:00.0]\nid = 10de:2484\n");
	assert_int_equal(finding_of(&findings, "device.identity-changed", 0)->result,
			 RESULT_UNKNOWN);
}

/* -- the next boot ---------------------------------------------------------------------------------- */

static void set_next_boot(struct facts *facts, const char *cmdline)
{
	struct boot_entry *entry = ARRAY_ADD(facts->arena, &facts->boot.entries);

	entry->id = "debian";
	entry->next = true;
	entry->cmdline = cmdline;
	entry->source = "/boot/grub/grub.cfg";
	entry->parameters = arena_alloc(facts->arena, sizeof(*entry->parameters));
	cmdline_parse(facts->arena, cmdline, strlen(cmdline), entry->source, 1, entry->parameters);
	facts->boot.known = YES;
	facts->boot.loader = LOADER_GRUB;
	facts->boot.next = 1;
}

/* What the proven next boot brings does not stand against "reboot". */
static void a_pending_boot_cures_differences(void **state)
{
	_cleanup_facts_ struct facts *facts = made_host();
	struct device *adapter = &facts->devices.items[3];
	struct findings findings;

	(void)state;
	set_next_boot(facts, "quiet intel_iommu=on iommu=pt");
	adapter->next_known = YES;
	adapter->next_driver = "vfio-pci";
	findings = judged(facts, "[host]\nkernel-arg = iommu=pt\nkernel-arg = nosmt\n"
				 "[device 02:00.0]\ndriver = vfio-pci\n");
	assert_int_equal(finding_of(&findings, "expect.host", 0)->result, RESULT_FAIL);
	assert_true(finding_of(&findings, "expect.host", 0)->cured_by_reboot);
	assert_false(finding_of(&findings, "expect.host", 1)->cured_by_reboot);
	assert_true(finding_of(&findings, "expect.device", 0)->cured_by_reboot);
	/* Without a proof nothing is cured. */
	facts->boot.known = UNKNOWN;
	findings = judged(facts,
			  "[host]\nkernel-arg = iommu=pt\n[device 02:00.0]\ndriver = vfio-pci\n");
	assert_false(finding_of(&findings, "expect.host", 0)->cured_by_reboot);
	assert_false(finding_of(&findings, "expect.device", 0)->cured_by_reboot);
}

static void a_pending_boot_switches_the_iommu_on(void **state)
{
	_cleanup_facts_ struct facts *facts = made_host();
	struct findings findings;

	(void)state;
	facts->iommu.active = NO;
	facts->iommu.units.count = 0;
	set_cmdline(facts, "quiet");
	set_next_boot(facts, "quiet intel_iommu=on");
	findings = judged(facts, "[host]\niommu = on\n");
	assert_int_equal(finding_of(&findings, "iommu.disabled-by-kernel", 0)->result, RESULT_FAIL);
	assert_true(finding_of(&findings, "expect.host", 0)->cured_by_reboot);
}

/* -- waivers ---------------------------------------------------------------------------------------- */

static void a_waiver_holds_until_its_day(void **state)
{
	static const struct {
		const char *until;
		bool waived;
	} days[] = {{"2026-10-03", false},
		    {"2026-10-04", true},
		    {"2026-10-05", true},
		    {"2025-12-31", false},
		    {"2027-01-01", true}};
	_cleanup_facts_ struct facts *facts = made_host();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(days); i++) {
		const char *manifest = arena_printf(
			facts->arena,
			"[host]\niommu = off\nwaive = expect.host until %s because it is a test\n",
			days[i].until);
		struct findings findings = judged(facts, manifest);
		const struct finding *finding = finding_of(&findings, "expect.host", 0);

		/* It stays a failure either way. */
		assert_int_equal(finding->result, RESULT_FAIL);
		assert_int_equal(finding->waiver != NULL, days[i].waived);
		assert_int_equal(finding->expired_waiver != NULL, !days[i].waived);
		assert_int_equal(findings_verdict(&findings),
				 days[i].waived ? VERDICT_READY : VERDICT_NOT_READY);
		if (days[i].waived)
			assert_string_equal(finding->waiver->because, "it is a test");
		else
			assert_string_equal(finding->expired_waiver->until, days[i].until);
	}
}

/* A day that nobody knows keeps no waiver alive. */
static void without_a_date_no_waiver_holds(void **state)
{
	_cleanup_facts_ struct facts *facts = made_host();
	struct findings findings = {0};
	struct expect expect =
		parsed(facts->arena,
		       "[host]\niommu = off\nwaive = expect.host until 9999-12-31 because x\n");

	(void)state;
	facts->expect = &expect;
	checks_run(facts, &findings);
	assert_null(finding_of(&findings, "expect.host", 0)->waiver);
	assert_int_equal(findings_verdict(&findings), VERDICT_NOT_READY);
}

static void a_waiver_is_for_its_check_and_subject(void **state)
{
	_cleanup_facts_ struct facts *facts = made_host();
	struct findings findings;

	(void)state;
	/* The link of one function only. */
	findings = judged(facts, "[device 01:00.0]\nlink = 8GT/s x16\n"
				 "waive = expect.device until 2027-01-31 because of the riser\n"
				 "[device 01:00.1]\nlink = 8GT/s x16\n");
	assert_non_null(finding_of(&findings, "expect.device", 0)->waiver);
	assert_null(finding_of(&findings, "expect.device", 1)->waiver);
	assert_int_equal(findings_verdict(&findings), VERDICT_NOT_READY);
	/* [host] holds for all of them. */
	findings = judged(facts,
			  "[host]\nwaive = expect.device until 2027-01-31 because of the riser\n"
			  "[device 01:00.0]\nlink = 8GT/s x16\n"
			  "[device 01:00.1]\nlink = 8GT/s x16\n");
	assert_non_null(finding_of(&findings, "expect.device", 0)->waiver);
	assert_non_null(finding_of(&findings, "expect.device", 1)->waiver);
	assert_int_equal(findings_verdict(&findings), VERDICT_READY);
	/* One that holds counts more than one that ended. */
	findings = judged(facts, "[device 01:00.0]\nlink = 8GT/s x16\n"
				 "waive = expect.device until 2020-01-31 because of the riser\n"
				 "[host]\nwaive = expect.device until 2027-01-31 because x\n");
	assert_string_equal(finding_of(&findings, "expect.device", 0)->waiver->because, "x");
	assert_null(finding_of(&findings, "expect.device", 0)->expired_waiver);
	/* What passes, or is not known, needs none and gets none. */
	facts->machine.secure_boot = UNKNOWN;
	findings = judged(facts, "[host]\niommu = on\nsecure-boot = on\n"
				 "waive = expect.host until 2027-01-31 because x\n");
	assert_null(finding_of(&findings, "expect.host", 0)->waiver);
	assert_null(finding_of(&findings, "expect.host", 1)->waiver);
	assert_int_equal(findings_verdict(&findings), VERDICT_UNKNOWN);
}

static void a_waiver_counts_for_the_device_s_verdict(void **state)
{
	_cleanup_facts_ struct facts *facts = made_host();
	struct device *card = &facts->devices.items[1];
	struct findings findings;

	(void)state;
	card->target = true;
	*ARRAY_ADD(facts->arena, &facts->targets) = card;
	findings = judged(facts, "[device 01:00.0]\nid = 10de:2204\n");
	assert_int_equal(findings_device_verdict(&findings, &findings, card), VERDICT_NOT_READY);
	findings = judged(facts, "[device 01:00.0]\nid = 10de:2204\n"
				 "waive = device.identity-changed until 2027-01-31 because x\n");
	assert_int_not_equal(findings_device_verdict(&findings, &findings, card),
			     VERDICT_NOT_READY);
}

/* -- writing ---------------------------------------------------------------------------------------- */

static void what_is_written_passes(void **state)
{
	_cleanup_facts_ struct facts *facts = made_host();
	struct device *card = &facts->devices.items[1];
	struct findings findings;
	const char *text;

	(void)state;
	facts->machine.hostname = "lab";
	card->target = true;
	*ARRAY_ADD(facts->arena, &facts->targets) = card;
	text = expect_write(facts, facts->arena);
	assert_string_equal(
		text,
		"# What lab must be: vfiokit preflight --expect FILE\n"
		"# Every line is checked; take out what may change. To accept a finding until a "
		"day:\n"
		"# waive = CHECK-ID until YYYY-MM-DD because REASON\n"
		"[host]\n"
		"iommu = on\n"
		"secure-boot = off\n"
		"kernel-arg = intel_iommu=on\n"
		"\n"
		"[device 0000:01:00.0]\n"
		"id = 10de:2484\n"
		"driver = vfio-pci\n"
		"group-isolated = yes\n"
		"link = 16GT/s x16\n");
	findings = judged(facts, text);
	for_each (finding, &findings)
		if (starts_with(finding->check->id, "expect."))
			assert_int_equal(finding->result, RESULT_PASS);
}

/* Without targets: every endpoint. Names from the host may be anything, and what is not known, or
 * does not fit, is left out. */
static void what_cannot_be_written_is_left_out(void **state)
{
	_cleanup_facts_ struct facts *facts = made_host();
	struct device *card = &facts->devices.items[1], *adapter = &facts->devices.items[3];
	char longest[400] = "vfio-pci.ids=";
	struct findings findings;
	struct expect expect;
	const char *text;

	(void)state;
	memset(longest + 13, 'a', sizeof(longest) - 14);
	set_cmdline(facts, longest);
	facts->machine.hostname = "lab\n[host]";
	facts->machine.secure_boot = UNKNOWN;
	facts->iommu.active = UNKNOWN;
	card->driver = "a\n[device 09:00.0]";
	card->vendor_id = -1;
	adapter->driver = "x ;y";
	adapter->link_width = -1;
	text = expect_write(facts, facts->arena);
	expect = parsed(facts->arena, text);
	assert_non_null(strstr(text, "# What this host must be"));
	assert_int_equal(expect.devices.count, 3);
	assert_int_equal(expect.kernel_arguments.count, 0);
	assert_int_equal(expect.iommu, UNKNOWN);
	assert_null(expect.devices.items[0].driver);
	assert_int_equal(expect.devices.items[0].vendor_id, -1);
	assert_string_equal(expect.devices.items[1].address, "0000:01:00.1");
	assert_null(expect.devices.items[2].driver);
	assert_int_equal(expect.devices.items[2].link_speed, 0);
	assert_non_null(strstr(text, "# iommu: not known\n"));
	assert_non_null(strstr(text, "# a kernel-arg that this file cannot hold is left out\n"));
	findings = judged(facts, text);
	for_each (finding, &findings)
		if (starts_with(finding->check->id, "expect."))
			assert_int_equal(finding->result, RESULT_PASS);
}

static void every_sentence_was_said(void **state)
{
	static const char *const ids[] = {"expect.host", "expect.device",
					  "device.identity-changed"};

	(void)state;
	assert_all_said(ids, ARRAY_SIZE(ids));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_key_is_read),
		cmocka_unit_test(waivers_are_read),
		cmocka_unit_test(line_ends_and_blanks_do_not_matter),
		cmocka_unit_test(what_is_wrong_is_named_with_its_line),
		cmocka_unit_test(bytes_that_no_editor_writes),
		cmocka_unit_test(damaged_files_do_no_harm),
		cmocka_unit_test(days_of_the_calendar),
		cmocka_unit_test(speeds_of_links),
		cmocka_unit_test(a_host_that_is_as_it_must_be),
		cmocka_unit_test(without_a_manifest_nothing_is_compared),
		cmocka_unit_test(differences_of_the_host),
		cmocka_unit_test(differences_of_identity),
		cmocka_unit_test(differences_of_a_device),
		cmocka_unit_test(differences_of_a_link),
		cmocka_unit_test(the_unknown_stays_unknown),
		cmocka_unit_test(a_pending_boot_cures_differences),
		cmocka_unit_test(a_pending_boot_switches_the_iommu_on),
		cmocka_unit_test(a_waiver_holds_until_its_day),
		cmocka_unit_test(without_a_date_no_waiver_holds),
		cmocka_unit_test(a_waiver_is_for_its_check_and_subject),
		cmocka_unit_test(a_waiver_counts_for_the_device_s_verdict),
		cmocka_unit_test(what_is_written_passes),
		cmocka_unit_test(what_cannot_be_written_is_left_out),
		cmocka_unit_test(every_sentence_was_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
