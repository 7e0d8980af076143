/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reports that are cut short, of another schema, or hostile. */
#include "document_made.h"
#include "report/document_file.h"

#include <errno.h>

#define DEVICE DOCUMENT_MADE_DEVICE("0000:01:00.0", "1", "\"nouveau\"", "host", "null", "true")
#define CHECK                                                                                      \
	DOCUMENT_MADE_CHECK("driver.not-bound", "fail", "blocker", "\"0000:01:00.0\"", "held",     \
			    "{\"source\":\"a\",\"line\":1,\"text\":\"b\"}",                        \
			    "{\"owner\":\"user\",\"text\":\"c\",\"command\":null}")
static const char whole[] = DOCUMENT_MADE("not-ready", DEVICE, CHECK);

static void check_refused(const char *data, size_t length, int code, const char *words)
{
	json_object *document = NULL;
	struct error error = {0};

	assert_int_equal(document_parse("r.json", data, length, &document, &error), code);
	assert_null(document);
	assert_string_equal(error.message, words);
}

static void whole_is_taken(void **state)
{
	static const char *const behind[] = {"", "\n", " \r\n\t\n"};
	struct error error = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(behind); i++) {
		char text[sizeof(whole) + 8];
		json_object *document = NULL;

		(void)snprintf(text, sizeof(text), "%s%s", whole, behind[i]);
		if (document_parse("r.json", text, strlen(text), &document, &error) < 0)
			fail_msg("%s", error.message);
		assert_string_equal(json_object_get_string(json_at(document, "/verdict")),
				    "not-ready");
		json_object_put(document);
	}
}

static void cut_short_anywhere(void **state)
{
	(void)state;
	for (size_t length = 0; length < sizeof(whole) - 1; length++) {
		/* At its exact size, so that reading beyond shows under the sanitizers. */
		char *data = malloc(length ? length : 1);
		json_object *document = NULL;
		struct error error = {0};

		assert_non_null(data);
		memcpy(data, whole, length);
		assert_int_equal(document_parse("r.json", data, length, &document, &error),
				 -EINVAL);
		assert_null(document);
		assert_non_null(strstr(error.message, "r.json"));
		free(data);
	}
}

static void no_report(void **state)
{
	static const struct {
		const char *text, *words;
	} cases[] = {
		{"{}", "r.json: no report of vfiokit: it has no schema"},
		{"[]", "r.json: no report of vfiokit: it has no schema"},
		{"{\"schema\":7}", "r.json: no report of vfiokit: it has no schema"},
		{"{\"schema\":\"other/1\"}", "r.json: no report of vfiokit: schema other/1"},
		{"{\"schema\":\"vfiokit/2\"}",
		 "r.json: made by another version: schema vfiokit/2, this one reads vfiokit/1"},
		{"{\"schema\":\"vfiokit/1\"}", "r.json: tool: is missing"},
		{"{\n\n\"a\":}", "r.json:3: no JSON: unexpected character"},
		{"{} {}", "r.json:1: no JSON: something stands behind the document"},
		{"{\"a\":\"\xff\"}", "r.json:1: no JSON: invalid utf-8 string"},
		{"[[[[[[[[[[[[[[[[[[[[", "r.json:1: no JSON: nesting too deep"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		check_refused(cases[i].text, strlen(cases[i].text), -EINVAL, cases[i].words);
	check_refused("", 0, -EINVAL, "r.json: the JSON is cut short in line 1");
	check_refused("{}\0", 3, -EINVAL,
		      "r.json:1: no JSON: something stands behind the document");
}

static void wrong_values(void **state)
{
	static const struct {
		const char *pointer, *value, *words;
	} cases[] = {
		{"/host", NULL, "r.json: host: is missing"},
		{"/host/hostname", NULL, "r.json: host.hostname: is missing"},
		{"/host/hostname", "7", "r.json: host.hostname: must be a text or null"},
		{"/host/secure_boot", "\"on\"",
		 "r.json: host.secure_boot: must be true or false or null"},
		{"/host/distro", "null", "r.json: host.distro: must be an object"},
		{"/iommu/units", "[\"a\",1]", "r.json: iommu.units[1]: must be a text"},
		{"/devices", "{}", "r.json: devices: must be a list"},
		{"/devices/0", "7", "r.json: devices[0]: must be an object"},
		{"/devices/0/group", "1.5",
		 "r.json: devices[0].group: must be a whole number or null"},
		{"/devices/0/group", "\"1\"",
		 "r.json: devices[0].group: must be a whole number or null"},
		{"/devices/0/address", "null", "r.json: devices[0].address: must be a text"},
		{"/devices/0/target", "null", "r.json: devices[0].target: must be true or false"},
		{"/devices/0/state", "\"stolen\"",
		 "r.json: devices[0].state: none of the words that may stand here"},
		{"/devices/0/uses", "[{\"kind\":\"swap\"}]",
		 "r.json: devices[0].uses[0].what: is missing"},
		{"/checks/0/result", "\"maybe\"",
		 "r.json: checks[0].result: none of the words that may stand here"},
		{"/checks/0/evidence/0/line", "\"1\"",
		 "r.json: checks[0].evidence[0].line: must be a whole number or null"},
		{"/checks/0/waiver", "\"yes\"",
		 "r.json: checks[0].waiver: must be an object or null"},
		{"/rehearsal", "7", "r.json: rehearsal: must be a list or null"},
		{"/rehearsal", "[5]", "r.json: rehearsal[0]: must be an object"},
		{"/rehearsal", "[{\"call\":\"map\"}]", "r.json: rehearsal[0].group: is missing"},
		{"/verdict", "\"fine\"", "r.json: verdict: none of the words that may stand here"},
		{"/verdict", "\"ready\\u0000\"", "r.json: verdict: holds a NUL character"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_json_ json_object *document = json_made(whole);
		const char *text;

		document_change(document, cases[i].pointer, cases[i].value);
		text = json_object_to_json_string(document);
		check_refused(text, strlen(text), -EINVAL, cases[i].words);
	}
}

/* Keys that are not known yet are no error. */
static void newer_keys(void **state)
{
	_cleanup_json_ json_object *document = json_made(whole);
	json_object *taken = NULL;
	struct error error = {0};
	const char *text;

	(void)state;
	document_change(document, "/future", "{\"a\":[1.5]}");
	document_change(document, "/devices/0/future", "null");
	text = json_object_to_json_string(document);
	assert_int_equal(document_parse("r.json", text, strlen(text), &taken, &error), 0);
	json_object_put(taken);
}

static void too_large(void **state)
{
	_cleanup_json_ json_object *document = json_made(whole);
	json_object *units = json_object_new_array();
	size_t length = DOCUMENT_TEXT_LIMIT + 1;
	char *name = malloc(length + 1);
	const char *text;

	(void)state;
	for (size_t i = 0; i <= DOCUMENT_LIST_LIMIT; i++)
		json_object_array_add(units, json_object_new_string("u"));
	assert_int_equal(json_pointer_set(&document, "/iommu/units", units), 0);
	text = json_object_to_json_string(document);
	check_refused(text, strlen(text), -EFBIG, "r.json: iommu.units: too many entries");
	document_change(document, "/iommu/units", "[]");
	assert_non_null(name);
	memset(name, 'x', length);
	name[length] = '\0';
	assert_int_equal(
		json_pointer_set(&document, "/host/hostname", json_object_new_string(name)), 0);
	text = json_object_to_json_string(document);
	check_refused(text, strlen(text), -EFBIG, "r.json: host.hostname: longer than 1 MiB");
	free(name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_is_taken), cmocka_unit_test(cut_short_anywhere),
		cmocka_unit_test(no_report),      cmocka_unit_test(wrong_values),
		cmocka_unit_test(newer_keys),     cmocka_unit_test(too_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
