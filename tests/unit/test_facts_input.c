/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "facts_made.h"
#include "tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

enum { XHCI = 0x0c0330 };

/* A tree and the functions of its host, before the collector has run. */
struct fixture {
	struct tree *tree;
	struct facts *facts;
};

static struct fixture fixture_new(const char *recipe)
{
	return (struct fixture){tree_new(recipe), facts_made()};
}

static void fixture_free(struct fixture *fixture)
{
	facts_free(fixture->facts);
	tree_free(fixture->tree);
}
#define _cleanup_fixture_ _cleanup_(fixture_free)

static void collect(struct fixture *fixture)
{
	facts_collect_display(fixture->facts, tree_host(fixture->tree));
}

/* The nth use of a kind, which must be there. */
static const struct use *nth_use(const struct device *device, enum use_kind kind, size_t nth)
{
	static const struct use none = {.what = ""};
	const struct use *use = facts_made_use(device, kind, nth);

	assert_non_null(use);
	return use ? use : &none;
}

/* Asserts that device has exactly one use of kind, with these words. */
static const struct use *assert_use(const struct device *device, enum use_kind kind, bool critical,
				    const char *what)
{
	const struct use *use = nth_use(device, kind, 0);

	assert_string_equal(use->what, what);
	assert_int_equal(use->critical, critical);
	assert_non_null(use->origin.source);
	assert_null(facts_made_use(device, kind, 1));
	return use;
}

#define LETTERS "| B: KEY=1000000000007 ff9f207ac14057ff febeffdfffefffff fffffffffffffffe\n"
#define KEYBOARD(vendor, name, path)                                                               \
	"| I: Bus=0003 Vendor=" vendor " Product=2419 Version=0110\n"                              \
	"| N: Name=\"" name "\"\n"                                                                 \
	"| S: Sysfs=/devices/" path "/input/input5\n"                                              \
	"| H: Handlers=sysrq kbd event3 leds \n" LETTERS "|\n"
#define MOUSE(name, path)                                                                          \
	"| I: Bus=0003 Vendor=1532 Product=0098 Version=0110\n"                                    \
	"| N: Name=\"" name "\"\n"                                                                 \
	"| S: Sysfs=/devices/" path "/input/input7\n"                                              \
	"| H: Handlers=mouse0 event4 \n"                                                           \
	"| B: KEY=1f0000 0 0 0 0\n"                                                                \
	"|\n"
#define FIRST_USB  "pci0000:00/0000:00:14.0/usb1/1-3/1-3:1.0/0003:046D:C31C.0001"
#define SECOND_USB "pci0000:00/0000:00:01.2/0000:02:00.0/usb3/3-1/3-1:1.0/0003:046D:C31C.0002"

struct keyboards {
	struct fixture fixture;
	struct device *second, *first; /* 0000:00:14.0, 0000:02:00.0 */
};

static void collect_keyboards(struct keyboards *keyboards, const char *recipe)
{
	keyboards->fixture = fixture_new(recipe);
	keyboards->first =
		facts_made_device(keyboards->fixture.facts, "0000:00:14.0", XHCI, "xhci_hcd");
	keyboards->second =
		facts_made_device(keyboards->fixture.facts, "0000:02:00.0", XHCI, "xhci_hcd");
	collect(&keyboards->fixture);
}

static void keyboards_free(struct keyboards *keyboards)
{
	fixture_free(&keyboards->fixture);
}
#define _cleanup_keyboards_ _cleanup_(keyboards_free)

static void the_only_keyboard_is_critical(void **state)
{
	_cleanup_keyboards_ struct keyboards k = {0};
	const struct use *use;

	(void)state;
	collect_keyboards(&k, "file proc/bus/input/devices\n" KEYBOARD(
				      "046d", "Logitech USB Keyboard", FIRST_USB)
				      MOUSE("Razer DeathAdder", SECOND_USB));
	use = assert_use(k.first, USE_INPUT, true,
			 "only keyboard: USB keyboard Logitech USB Keyboard");
	assert_string_equal(use->origin.source, "/proc/bus/input/devices");
	assert_int_equal(use->origin.line, 2);
	assert_string_equal(use->origin.text, "N: Name=\"Logitech USB Keyboard\"");
	assert_use(k.second, USE_INPUT, false, "USB mouse Razer DeathAdder");
	assert_int_equal(k.fixture.facts->usage.known[USE_INPUT], YES);
}

static void keyboards_on_two_controllers_are_not(void **state)
{
	_cleanup_keyboards_ struct keyboards k = {0};

	(void)state;
	collect_keyboards(&k, "file proc/bus/input/devices\n" KEYBOARD("046d", "One", FIRST_USB)
				      KEYBOARD("046d", "Two", SECOND_USB));
	assert_use(k.first, USE_INPUT, false, "USB keyboard One");
	assert_use(k.second, USE_INPUT, false, "USB keyboard Two");
}

static void two_interfaces_of_one_keyboard_are_one(void **state)
{
	_cleanup_keyboards_ struct keyboards k = {0};

	(void)state;
	collect_keyboards(&k, "file proc/bus/input/devices\n" KEYBOARD("046d", "One", FIRST_USB)
				      KEYBOARD("046d", "One", FIRST_USB));
	assert_use(k.first, USE_INPUT, true, "only keyboard: USB keyboard One");
}

static void a_ps2_keyboard_stays(void **state)
{
	_cleanup_keyboards_ struct keyboards k = {0};

	(void)state;
	collect_keyboards(&k, "file proc/bus/input/devices\n" KEYBOARD(
				      "0001", "AT Translated Set 2 keyboard",
				      "platform/i8042/serio0") KEYBOARD("046d", "One", FIRST_USB));
	assert_use(k.first, USE_INPUT, false, "USB keyboard One");
}

static void bmc_tokens_and_programs_are_no_keyboards(void **state)
{
	_cleanup_keyboards_ struct keyboards k = {0};

	(void)state;
	collect_keyboards(&k, "file proc/bus/input/devices\n" KEYBOARD("046d", "One", FIRST_USB)
				      KEYBOARD("0557", "HID 0557:2419", SECOND_USB) KEYBOARD(
					      "1050", "Yubico YubiKey", SECOND_USB)
					      KEYBOARD("0001", "keyd virtual keyboard", "virtual"));
	assert_use(k.first, USE_INPUT, true, "only keyboard: USB keyboard One");
	assert_string_equal(nth_use(k.second, USE_INPUT, 0)->what,
			    "BMC virtual keyboard HID 0557:2419");
	assert_false(nth_use(k.second, USE_INPUT, 0)->critical);
	assert_false(nth_use(k.second, USE_INPUT, 1)->critical);
}

static void a_bmc_keyboard_alone_is_not_critical(void **state)
{
	_cleanup_keyboards_ struct keyboards k = {0};

	(void)state;
	collect_keyboards(&k, "file proc/bus/input/devices\n" KEYBOARD("046b", "Virtual Keyboard",
								       FIRST_USB));
	assert_use(k.first, USE_INPUT, false, "BMC virtual keyboard Virtual Keyboard");
}

#define BLUETOOTH_KEYBOARD                                                                         \
	"| I: Bus=0005 Vendor=05ac Product=0267 Version=0110\n"                                    \
	"| N: Name=\"Magic Keyboard\"\n"                                                           \
	"| S: Sysfs=/devices/virtual/misc/uhid/0005:05AC:0267.0004/input/input21\n"                \
	"| H: Handlers=sysrq kbd event3 leds \n" LETTERS "|\n"

static void a_bluetooth_keyboard_hangs_from_the_only_radio(void **state)
{
	_cleanup_keyboards_ struct keyboards k = {0};

	(void)state;
	collect_keyboards(&k, "file proc/bus/input/devices\n" BLUETOOTH_KEYBOARD
			      "link sys/class/bluetooth/hci0 ../../devices/pci0000:00/0000:00:14.0/"
			      "usb1/1-8/1-8:1.0/bluetooth/hci0\n");
	assert_use(k.first, USE_INPUT, true, "only keyboard: Bluetooth keyboard Magic Keyboard");
}

static void a_bluetooth_keyboard_is_no_promise_that_one_stays(void **state)
{
	_cleanup_keyboards_ struct keyboards k = {0};

	(void)state;
	collect_keyboards(&k, "file proc/bus/input/devices\n" BLUETOOTH_KEYBOARD KEYBOARD(
				      "046d", "One", FIRST_USB));
	assert_use(k.first, USE_INPUT, true, "only keyboard: USB keyboard One");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_only_keyboard_is_critical),
		cmocka_unit_test(keyboards_on_two_controllers_are_not),
		cmocka_unit_test(two_interfaces_of_one_keyboard_are_one),
		cmocka_unit_test(a_ps2_keyboard_stays),
		cmocka_unit_test(bmc_tokens_and_programs_are_no_keyboards),
		cmocka_unit_test(a_bmc_keyboard_alone_is_not_critical),
		cmocka_unit_test(a_bluetooth_keyboard_hangs_from_the_only_radio),
		cmocka_unit_test(a_bluetooth_keyboard_is_no_promise_that_one_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
