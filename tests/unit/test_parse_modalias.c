/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/parse/modalias.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static void a_function_s(void **state)
{
	struct modalias modalias;

	(void)state;
	assert_true(
		modalias_parse("pci:v000010DEd00002330sv000010DEsd000016C1bc03sc02i00", &modalias));
	assert_int_equal(modalias.vendor_id, 0x10de);
	assert_int_equal(modalias.device_id, 0x2330);
	assert_int_equal(modalias.subsystem_vendor_id, 0x10de);
	assert_int_equal(modalias.subsystem_device_id, 0x16c1);
	assert_int_equal(modalias.class_code, 0x030200);
	assert_true(
		modalias_parse("pci:v0000FFFFd0000FFFFsv00000000sd00000000bc06sc04i01", &modalias));
	assert_int_equal(modalias.vendor_id, 0xffff);
	assert_int_equal(modalias.subsystem_vendor_id, 0);
	assert_int_equal(modalias.class_code, 0x060401);
}

/* Whatever is not exactly what the kernel writes leaves the other files to tell. */
static void anything_else(void **state)
{
	static const char whole[] = "pci:v000010DEd00002330sv000010DEsd000016C1bc03sc02i00";
	static const char *const others[] = {
		"",
		"pci:v*d*sv*sd*bc03sc*i*",
		"usb:v000010DEd00002330sv000010DEsd000016C1bc03sc02i00",
		"pci:v000010ded00002330sv000010DEsd000016C1bc03sc02i00",
		"pci:v000110DEd00002330sv000010DEsd000016C1bc03sc02i00",
		"pci:vFFFFFFFFd00002330sv000010DEsd000016C1bc03sc02i00",
		"pci:v0x0010DEd00002330sv000010DEsd000016C1bc03sc02i00",
		"pci:v-00010DEd00002330sv000010DEsd000016C1bc03sc02i00",
		"pci:v 00010DEd00002330sv000010DEsd000016C1bc03sc02i00",
		"pci:v000010DEd00002330sv000010DEsd000016C1bc03sc02i00 ",
		"pci:v000010DEd00002330sv000010DEsd000016C1bc03sc02i000",
		"pci:v000010DEd00002330sd000016C1sv000010DEbc03sc02i00",
	};
	struct modalias modalias = {.vendor_id = -7};
	char cut[sizeof(whole)];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		assert_false(modalias_parse(others[i], &modalias));
	for (size_t length = 0; length < sizeof(whole) - 1; length++) {
		memcpy(cut, whole, length);
		cut[length] = '\0';
		assert_false(modalias_parse(cut, &modalias));
	}
	assert_int_equal(modalias.vendor_id, -7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_function_s),
		cmocka_unit_test(anything_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
