/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "facts_made.h"
#include "preflight/parse/cmdline.h"
#include "preflight/parse/modprobe.h"
#include "preflight/targets.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static struct device *add(struct facts *facts, const char *address, int vendor, int device,
			  int class, const char *driver)
{
	struct device *added = facts_made_device(facts, address, class, driver);

	added->vendor_id = vendor;
	added->device_id = device;
	added->subsystem_vendor_id = added->subsystem_device_id = 0x1043;
	return added;
}

/* A machine with two equal cards of two functions, a port, and a disk behind VMD. */
static struct facts *machine(void)
{
	struct facts *facts = facts_made();

	add(facts, "0000:00:01.0", 0x8086, 0x1901, 0x060400, "pcieport")->is_bridge = true;
	add(facts, "0000:41:00.0", 0x10de, 0x2330, 0x030200, "nouveau");
	add(facts, "0000:41:00.1", 0x10de, 0x22ba, 0x040300, "snd_hda_intel");
	add(facts, "0000:42:00.0", 0x10de, 0x2330, 0x030200, "vfio-pci");
	add(facts, "0001:41:00.0", 0x15b3, 0x1017, 0x020000, "mlx5_core");
	add(facts, "10000:e1:00.0", 0x8086, 0x0a54, 0x010802, "nvme");
	return facts;
}

static const char *targets_of(struct facts *facts)
{
	struct strings names = {0};

	for_each (target, &facts->targets)
		strings_add(facts->arena, &names, (*target)->address);
	return strings_join(facts->arena, &names, " ");
}

static void assert_named(const char *names, const char *targets, const char *missing)
{
	_cleanup_facts_ struct facts *facts = machine();
	const char *words[8];
	struct error error = {0};
	size_t count = 0, marked = 0;

	for (; *names; names += strspn(names, " ")) {
		size_t length = strcspn(names, " ");

		words[count++] = arena_copy(facts->arena, names, length);
		names += length;
	}
	if (targets_named(facts, words, count, &error) < 0)
		fail_msg("%s", error.message);
	assert_string_equal(targets_of(facts), targets);
	assert_string_equal(strings_join(facts->arena, &facts->targets_missing, " "), missing);
	for_each (device, &facts->devices)
		marked += device->target;
	assert_int_equal(marked, facts->targets.count);
	assert_false(facts->targets_implied);
}

static void devices_by_name(void **state)
{
	(void)state;
	assert_named("", "", "");
	assert_named("0000:41:00.0", "0000:41:00.0", "");
	assert_named("41:00.1", "0000:41:00.1", "");
	assert_named("0001:41:00.0", "0001:41:00.0", "");
	assert_named("10000:e1:00.0", "10000:e1:00.0", "");
	/* A slot is all its functions, and those of one domain only. */
	assert_named("41:00", "0000:41:00.0 0000:41:00.1", "");
	assert_named("0001:41:00", "0001:41:00.0", "");
	assert_named("10000:e1:00", "10000:e1:00.0", "");
	/* An id is every function that has it. */
	assert_named("10de:2330", "0000:41:00.0 0000:42:00.0", "");
	assert_named("10DE:22BA", "0000:41:00.1", "");
	/* Asked for is asked for: that it is a bridge is for a check to say. */
	assert_named("00:01.0", "0000:00:01.0", "");
}

static void in_the_order_asked_for_and_once(void **state)
{
	(void)state;
	assert_named("42:00.0 41:00.1 41:00.0", "0000:42:00.0 0000:41:00.1 0000:41:00.0", "");
	assert_named("41:00.0 0000:41:00.0 41:00 10de:2330",
		     "0000:41:00.0 0000:41:00.1 0000:42:00.0", "");
}

static void names_that_match_nothing(void **state)
{
	(void)state;
	assert_named("43:00.0", "", "0000:43:00.0");
	assert_named("41:00.7", "", "0000:41:00.7");
	assert_named("43:00", "", "0000:43:00");
	assert_named("0002:41:00.0", "", "0002:41:00.0");
	assert_named("10001:e1:00.0", "", "10001:e1:00.0");
	assert_named("10de:1eb8", "", "10de:1eb8");
	/* Each once, however it is written. */
	assert_named("10DE:1EB8 10de:1eb8", "", "10de:1eb8");
	assert_named("43:00.0 0000:43:00.0 41:00.0 43:00.0", "0000:41:00.0", "0000:43:00.0");
}

static void what_is_no_device_name(void **state)
{
	static const char *const names[] = {"41:00.0", "gpu"};
	_cleanup_facts_ struct facts *facts = machine();
	struct error error = {0};

	(void)state;
	assert_int_equal(targets_named(facts, names, 2, &error), -EINVAL);
	assert_int_equal(error.code, -EINVAL);
	assert_true(starts_with(error.message, "gpu: "));
	assert_non_null(strstr(error.message, "10de:2330"));
}

/* Numbers that could not be read are no ids. */
static void unknown_ids_match_nothing(void **state)
{
	static const char *const names[] = {"ffff:ffff"};
	_cleanup_facts_ struct facts *facts = facts_made();

	(void)state;
	add(facts, "0000:41:00.0", -1, -1, -1, NULL);
	assert_int_equal(targets_named(facts, names, 1, NULL), 0);
	assert_int_equal(facts->targets.count, 0);
	assert_int_equal(facts->targets_missing.count, 1);
}

/* -- what the host is configured for -------------------------------------------------------------- */

static void set_modprobe(struct facts *facts, const char *text)
{
	facts->modules.modprobe = (struct modprobe_lines){0};
	modprobe_parse(facts->arena, "/etc/modprobe.d/vfio.conf", text, strlen(text),
		       &facts->modules.modprobe);
}

static void set_cmdline(struct facts *facts, const char *text)
{
	facts->cmdline = (struct parameters){0};
	cmdline_parse(facts->arena, text, strlen(text), "/proc/cmdline", 1, &facts->cmdline);
}

static void assert_implied(const char *modprobe, const char *cmdline, const char *targets)
{
	_cleanup_facts_ struct facts *facts = machine();

	facts_find_device(facts, "0000:42:00.0")->vfio_driver = false;
	set_modprobe(facts, modprobe);
	set_cmdline(facts, cmdline);
	targets_implied(facts);
	assert_true(facts->targets_implied);
	assert_string_equal(targets_of(facts), targets);
	assert_int_equal(facts->targets_missing.count, 0);
}

static void devices_that_ids_name(void **state)
{
	(void)state;
	assert_implied("", "", "");
	assert_implied("options vfio-pci ids=10de:2330\n", "", "0000:41:00.0 0000:42:00.0");
	assert_implied("options vfio_pci disable_vga=1 ids=10de:22ba,15b3:1017\n", "",
		       "0000:41:00.1 0001:41:00.0");
	assert_implied("", "vfio-pci.ids=10de:22ba", "0000:41:00.1");
	assert_implied("", "vfio_pci.ids=10de:22ba", "0000:41:00.1");
	/* Lines about other modules and other parameters say nothing. */
	assert_implied("options nouveau ids=10de:2330\noptions vfio-pci disable_vga=1\n"
		       "blacklist vfio-pci\noptions vfio-pci ids\n",
		       "vfio.ids=10de:2330 vfio-pci-ids=10de:2330 vfio-pci.ids", "");
	/* A bridge is never taken, whatever the list says. */
	assert_implied("options vfio-pci ids=8086:1901,8086:ffffffff\n", "", "10000:e1:00.0");
	/* Entries that the kernel drops are no entries. */
	assert_implied("options vfio-pci ids=10de,garbage,10de:22ba\n", "", "0000:41:00.1");
	assert_implied("options vfio-pci ids=10de:2330:1043:1043\n", "",
		       "0000:41:00.0 0000:42:00.0");
	assert_implied("options vfio-pci ids=10de:2330:1043:0001\n", "", "");
}

static void devices_that_vfio_has_or_shall_have(void **state)
{
	_cleanup_facts_ struct facts *facts = machine();

	(void)state;
	facts_find_device(facts, "0001:41:00.0")->driver_override = "vfio-pci";
	facts_find_device(facts, "0000:41:00.1")->driver_override = "snd_hda_intel";
	facts_find_device(facts, "0000:00:01.0")->vfio_driver = true;
	targets_implied(facts);
	assert_string_equal(targets_of(facts), "0000:42:00.0 0001:41:00.0");
	/* A second look adds nothing. */
	targets_implied(facts);
	assert_int_equal(facts->targets.count, 2);
}

static void where_ids_stand(void **state)
{
	_cleanup_facts_ struct facts *facts = machine();
	struct device *gpu = facts_find_device(facts, "0000:41:00.0");
	struct device *sound = facts_find_device(facts, "0000:41:00.1");
	const struct origin untouched = {"nowhere", 7, ""}, *origin = &untouched;

	(void)state;
	assert_int_equal(targets_id_configured(facts, gpu, &origin), NO);
	assert_ptr_equal(origin, &untouched);
	set_modprobe(facts, "# ids\n\noptions vfio-pci ids=10de:2330\n");
	set_cmdline(facts, "quiet vfio-pci.ids=10de:22ba");
	assert_int_equal(targets_id_configured(facts, gpu, &origin), YES);
	assert_string_equal(origin->source, "/etc/modprobe.d/vfio.conf");
	assert_int_equal(origin->line, 3);
	assert_int_equal(targets_id_configured(facts, sound, &origin), YES);
	assert_string_equal(origin->source, "/proc/cmdline");
	assert_int_equal(targets_id_configured(facts, sound, NULL), YES);
	/* What hangs on a number that is not known is not known. */
	gpu->device_id = -1;
	assert_int_equal(targets_id_configured(facts, gpu, &origin), UNKNOWN);
	gpu->vendor_id = 0x8086;
	assert_int_equal(targets_id_configured(facts, gpu, &origin), NO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(devices_by_name),
		cmocka_unit_test(in_the_order_asked_for_and_once),
		cmocka_unit_test(names_that_match_nothing),
		cmocka_unit_test(what_is_no_device_name),
		cmocka_unit_test(unknown_ids_match_nothing),
		cmocka_unit_test(devices_that_ids_name),
		cmocka_unit_test(devices_that_vfio_has_or_shall_have),
		cmocka_unit_test(where_ids_stand),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
