/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The text is json-c's own, byte by byte, and what was printed is let go of. */
#include "report/document_print.h"
#include "preflight/base.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static void assert_printed_as_by_json_c(const char *source)
{
	json_object *document = json_tokener_parse(source);
	_cleanup_free_ char *expected = NULL, *printed = NULL;
	size_t length = 0;
	FILE *stream = open_memstream(&printed, &length);

	assert_non_null(document);
	assert_non_null(stream);
	assert_true(asprintf(&expected, "%s\n",
			     json_object_to_json_string_ext(
				     document, JSON_C_TO_STRING_PRETTY |
						       JSON_C_TO_STRING_NOSLASHESCAPE)) > 0);
	document_print(document, stream);
	(void)fclose(stream);
	assert_string_equal(printed, expected);
	json_object_put(document);
}

static void test_prints_what_json_c_prints(void **state)
{
	(void)state;
	assert_printed_as_by_json_c("{\"schema\":\"vfiokit/1\"}");
	assert_printed_as_by_json_c(
		"{\"a\":null,\"b\":[],\"c\":{},\"d\":[null],\"e\":1.5,\"f\":true}");
	assert_printed_as_by_json_c("{\"a\":[1,\"two\",[3,[4,{}]],{\"five\":[{\"six\":{}}]}],"
				    "\"b\":{\"c\":[{\"d\":[]},{\"e\":{\"f\":1}}]}}");
}

static void test_escapes(void **state)
{
	(void)state;
	assert_printed_as_by_json_c("{\"a/\\\"b\\n\":\"/sys/bus\\n\\ttwo \\u0001 \\\\n\","
				    "\"c\":[\"/dev/vfio/1\\nx\",{\"k\\n\":\"\\u20ac\"}]}");
}

static void test_lets_go_of_items(void **state)
{
	json_object *document =
		json_tokener_parse("{\"checks\":[{\"id\":\"x\"}],\"verdict\":\"ready\"}");
	FILE *nowhere = fopen("/dev/null", "we");

	(void)state;
	assert_non_null(document);
	assert_non_null(nowhere);
	document_print(document, nowhere);
	(void)fclose(nowhere);
	assert_null(json_object_array_get_idx(json_object_object_get(document, "checks"), 0));
	assert_string_equal(json_object_get_string(json_object_object_get(document, "verdict")),
			    "ready");
	json_object_put(document);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_prints_what_json_c_prints),
		cmocka_unit_test(test_escapes),
		cmocka_unit_test(test_lets_go_of_items),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
