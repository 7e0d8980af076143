/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a machine is called, from what firmware says. */
#include "json_made.h"
#include "report/machine_model.h"

static void check(const char *vendor, const char *product, const char *board, const char *wanted)
{
	const struct machine_facts machine = {
		.dmi_vendor = vendor, .dmi_product = product, .dmi_board = board};
	_cleanup_json_ json_object *model = machine_model(&machine);

	assert_string_equal(model ? json_object_get_string(model) : "null", wanted);
}

static void maker_and_product(void **state)
{
	(void)state;
	check("Dell Inc.", "PowerEdge R750", "0XXX", "Dell Inc. PowerEdge R750");
	check("HPE", "HPE ProLiant DL380", NULL, "HPE ProLiant DL380");
	check(NULL, "X11", NULL, "X11");
}

static void fillers_are_no_names(void **state)
{
	(void)state;
	check("To Be Filled By O.E.M.", "To Be Filled By O.E.M.", "X570 Taichi", "X570 Taichi");
	check("ASUS", "System Product Name", "PRIME X570-P", "ASUS PRIME X570-P");
	check("ASUS", "Default string", "Default string", "null");
	check("ASUS", " ", "", "null");
	check(NULL, NULL, NULL, "null");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(maker_and_product),
		cmocka_unit_test(fillers_are_no_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
