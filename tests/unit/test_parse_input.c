/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/parse/input.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static struct input_devices parse(struct arena *arena, const char *text)
{
	struct input_devices devices;

	input_parse(arena, text, strlen(text), &devices);
	return devices;
}

static const char power_button[] =
	"I: Bus=0019 Vendor=0000 Product=0001 Version=0000\n"
	"N: Name=\"Power Button\"\n"
	"P: Phys=PNP0C0C/button/input0\n"
	"S: Sysfs=/devices/LNXSYSTM:00/LNXSYBUS:00/PNP0C0C:00/input/input0\n"
	"U: Uniq=\n"
	"H: Handlers=kbd event0 \n"
	"B: PROP=0\n"
	"B: EV=3\n"
	"B: KEY=8000 10000000000000 0\n"
	"\n";

static const char usb_keyboard[] =
	"I: Bus=0003 Vendor=046d Product=c31c Version=0110\n"
	"N: Name=\"Logitech USB Keyboard\"\n"
	"P: Phys=usb-0000:00:14.0-3/input0\n"
	"S: "
	"Sysfs=/devices/pci0000:00/0000:00:14.0/usb1/1-3/1-3:1.0/0003:046D:C31C.0001/input/input5\n"
	"U: Uniq=\n"
	"H: Handlers=sysrq kbd event3 leds \n"
	"B: PROP=0\n"
	"B: EV=120013\n"
	"B: KEY=1000000000007 ff9f207ac14057ff febeffdfffefffff fffffffffffffffe\n"
	"B: MSC=10\n"
	"B: LED=7\n"
	"\n"
	"I: Bus=0003 Vendor=046d Product=c31c Version=0110\n"
	"N: Name=\"Logitech USB Keyboard Consumer Control\"\n"
	"S: "
	"Sysfs=/devices/pci0000:00/0000:00:14.0/usb1/1-3/1-3:1.1/0003:046D:C31C.0002/input/input6\n"
	"H: Handlers=kbd event4 \n"
	"B: EV=1f\n"
	"B: KEY=300ff 0 0 483ffff17aff32d bfd4444600000000 1 130ff38b17c000 677bfad9415fed "
	"9ed68000004400 "
	"10000002\n"
	"\n";

static void tells_keyboards_from_buttons(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct input_devices buttons = parse(arena, power_button);
	struct input_devices keyboards = parse(arena, usb_keyboard);

	(void)state;
	assert_int_equal(buttons.count, 1);
	assert_true(buttons.items[0].keyboard_handler);
	assert_false(buttons.items[0].letters);
	assert_false(input_is_keyboard(&buttons.items[0]));
	assert_int_equal(keyboards.count, 2);
	assert_true(input_is_keyboard(&keyboards.items[0]));
	assert_false(input_is_keyboard(&keyboards.items[1]));
	assert_true(keyboards.items[1].keyboard_handler);
}

static void reads_every_field(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct input_devices devices = parse(arena, usb_keyboard);
	const struct input_device *keyboard = &devices.items[0];

	(void)state;
	assert_int_equal(keyboard->bus, INPUT_BUS_USB);
	assert_int_equal(keyboard->vendor, 0x046d);
	assert_int_equal(keyboard->product, 0xc31c);
	assert_string_equal(keyboard->name, "Logitech USB Keyboard");
	assert_string_equal(keyboard->sysfs, "/devices/pci0000:00/0000:00:14.0/usb1/1-3/1-3:1.0/"
					     "0003:046D:C31C.0001/input/input5");
	assert_int_equal(keyboard->line, 2);
	assert_string_equal(keyboard->text, "N: Name=\"Logitech USB Keyboard\"");
	assert_false(keyboard->mouse_handler);
	assert_int_equal(devices.items[1].line, 14);
}

static void reads_the_words_of_a_32_bit_kernel(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct input_devices devices = parse(
		arena, "I: Bus=0011 Vendor=0001 Product=0001 Version=ab41\n"
		       "N: Name=\"AT Translated Set 2 keyboard\"\n"
		       "S: Sysfs=/devices/platform/i8042/serio0/input/input1\n"
		       "H: Handlers=sysrq kbd leds event1\n"
		       "B: KEY=4 2000000 3803078 f800d001 feffffdf ffefffff ffffffff fffffffe\n");

	(void)state;
	assert_int_equal(devices.count, 1);
	assert_true(input_is_keyboard(&devices.items[0]));
	assert_int_equal(devices.items[0].bus, 0x11);
}

static void a_mouse_is_a_mouse(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct input_devices devices =
		parse(arena, "I: Bus=0003 Vendor=1532 Product=0098 Version=0111\n"
			     "N: Name=\"Razer DeathAdder\"\n"
			     "H: Handlers=mouse0 event2 \n"
			     "B: KEY=1f0000 0 0 0 0\n");

	(void)state;
	assert_true(devices.items[0].mouse_handler);
	assert_false(devices.items[0].letters);
	assert_false(input_is_keyboard(&devices.items[0]));
}

static void knows_remote_virtual_and_self_typing_ones(void **state)
{
	static const struct {
		struct input_device device;
		bool remote, token, virtual;
	} cases[] = {
		{{.bus = 3,
		  .vendor = 0x046b,
		  .product = 0xff10,
		  .name = "Virtual Keyboard and Mouse",
		  .sysfs = ""},
		 true,
		 false,
		 false},
		{{.bus = 3,
		  .vendor = 0x0557,
		  .product = 0x2419,
		  .name = "HID 0557:2419",
		  .sysfs = ""},
		 true,
		 false,
		 false},
		{{.bus = 3,
		  .vendor = 0x0557,
		  .product = 0x8021,
		  .name = "ATEN KVM switch",
		  .sysfs = ""},
		 false,
		 false,
		 false},
		{{.bus = 3,
		  .vendor = 0x1d6b,
		  .product = 0x0104,
		  .name = "OpenBMC virtual_input",
		  .sysfs = ""},
		 true,
		 false,
		 false},
		{{.bus = 3,
		  .vendor = 0x1050,
		  .product = 0x0407,
		  .name = "Yubico YubiKey OTP+FIDO+CCID",
		  .sysfs = ""},
		 false,
		 true,
		 false},
		{{.bus = 6,
		  .name = "keyd virtual device",
		  .sysfs = "/devices/virtual/input/input20"},
		 false,
		 false,
		 true},
		{{.bus = 5,
		  .vendor = 0x05ac,
		  .name = "Magic Keyboard",
		  .sysfs = "/devices/virtual/misc/uhid/0005:05AC:0267.0004/input/input21"},
		 false,
		 false,
		 false},
		{{.bus = 3,
		  .vendor = 0x046d,
		  .product = 0xc31c,
		  .name = "Logitech USB Keyboard",
		  .sysfs = "/devices/pci0000:00/0000:00:14.0/usb1/1-3/input/input5"},
		 false,
		 false,
		 false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(input_is_remote(&cases[i].device), cases[i].remote);
		assert_int_equal(input_is_token(&cases[i].device), cases[i].token);
		assert_int_equal(input_is_virtual(&cases[i].device), cases[i].virtual);
	}
}

static void hostile_blocks_are_harmless(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	static const char hostile[] = "garbage\n"
				      "\n\n\n"
				      "I: Bus=fffffffffffffffff Vendor=zz Product=\n"
				      "I: Bus=0003 Vendor=12345 Product=0001\n"
				      "N: Name=\"evil\033[2J\0\302\233name\n"
				      "H: Handlers=kbdx keyboard mousetrap kbd\n"
				      "B: KEY=fffffffffffffffffff\n"
				      "\n"
				      "N: Name=\"";
	struct input_devices devices;

	(void)state;
	input_parse(arena, hostile, sizeof(hostile) - 1, &devices);
	assert_int_equal(devices.count, 4);
	assert_string_equal(devices.items[0].name, "");
	assert_int_equal(devices.items[1].bus, 0);
	assert_int_equal(devices.items[2].vendor, 0x2345);
	assert_string_equal(devices.items[2].name, "\"evil?[2J???name");
	assert_true(devices.items[2].keyboard_handler);
	assert_false(devices.items[2].letters);
	assert_string_equal(devices.items[3].name, "\"");
}

static void any_truncation_is_harmless(void **state)
{
	(void)state;
	for (size_t length = 0; length < sizeof(usb_keyboard); length++) {
		_cleanup_arena_ struct arena *arena = arena_new();
		_cleanup_free_ char *copy = malloc(length + 1);
		struct input_devices devices;

		assert_non_null(copy);
		memcpy(copy, usb_keyboard, length);
		input_parse(arena, copy, length, &devices);
		assert_true(devices.count <= 2);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_keyboards_from_buttons),
		cmocka_unit_test(reads_every_field),
		cmocka_unit_test(reads_the_words_of_a_32_bit_kernel),
		cmocka_unit_test(a_mouse_is_a_mouse),
		cmocka_unit_test(knows_remote_virtual_and_self_typing_ones),
		cmocka_unit_test(hostile_blocks_are_harmless),
		cmocka_unit_test(any_truncation_is_harmless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
