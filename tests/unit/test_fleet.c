/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One report of many hosts. */
#include "document_made.h"
#include "report/document_file.h"
#include "report/fleet.h"
#include "report/view_fleet.h"

#define GPU(driver) DOCUMENT_MADE_DEVICE("0000:01:00.0", "1", driver, "host", "null", "true")
#define HELD(address, driver)                                                                      \
	DOCUMENT_MADE_CHECK("driver.not-bound", "fail", "blocker", "\"" address "\"",              \
			    address " is held by " driver, "",                                     \
			    "{\"owner\":\"vfiokit\",\"text\":\"hand " address " over\","           \
			    "\"command\":\"vfiokit configure " address " --apply\"}")
#define UNKNOWN_CHECK                                                                              \
	DOCUMENT_MADE_CHECK("iommu.disabled-by-kernel", "unknown", "blocker", "null", "x", "", "")

static void add(struct fleet *fleet, const char *file, const char *made, const char *pointer,
		const char *value)
{
	_cleanup_json_ json_object *document = NULL;
	struct error error = {0};

	if (document_parse(file, made, strlen(made), &document, &error) < 0)
		fail_msg("%s", error.message);
	if (pointer)
		document_change(document, pointer, value);
	fleet_add(fleet, file, document);
}

static const char ready[] = DOCUMENT_MADE("ready", GPU("\"vfio-pci\""), "");

static void worst_verdict_counts(void **state)
{
	_cleanup_fleet_ struct fleet *fleet = fleet_new();
	_cleanup_json_ json_object *report = NULL, *worse = NULL;

	(void)state;
	add(fleet, "a.json", ready, "/host/hostname", "\"a\"");
	report = fleet_document(fleet, 0);
	assert_json(report, "/verdict", "ready");
	assert_json(report, "/made_at", "1970-01-01T00:00:00Z");
	fleet_add_unreadable(fleet, "b.json", "cut short");
	worse = fleet_document(fleet, -1);
	assert_json(worse, "/verdict", "unknown");
	assert_json(worse, "/made_at", "null");
	assert_json(worse, "/counts/files", "2");
	assert_json(worse, "/counts/ready", "1");
	assert_json(worse, "/unreadable/0/reason", "cut short");
}

static void nothing_is_not_ready(void **state)
{
	_cleanup_fleet_ struct fleet *fleet = fleet_new();
	_cleanup_json_ json_object *report = fleet_document(fleet, -1);

	(void)state;
	assert_json(report, "/verdict", "unknown");
}

/* Somebody has changed the verdict and left what it was made of. */
static void ready_with_blockers_is_not_ready(void **state)
{
	_cleanup_fleet_ struct fleet *fleet = fleet_new();
	_cleanup_json_ json_object *report = NULL;

	(void)state;
	add(fleet, "a.json",
	    DOCUMENT_MADE("ready", GPU("\"nouveau\""), HELD("0000:01:00.0", "nouveau")),
	    "/host/hostname", "\"a\"");
	add(fleet, "b.json", DOCUMENT_MADE("ready", "", UNKNOWN_CHECK), "/host/hostname", "\"b\"");
	report = fleet_document(fleet, -1);
	assert_json(report, "/hosts/0/host", "a");
	assert_json(report, "/hosts/0/verdict", "not-ready");
	assert_json(report, "/hosts/1/verdict", "unknown");
	assert_json(report, "/hosts/1/unchecked/0", "iommu.disabled-by-kernel");
}

static void names_are_told_apart(void **state)
{
	_cleanup_fleet_ struct fleet *fleet = fleet_new();
	_cleanup_json_ json_object *report = NULL;

	(void)state;
	add(fleet, "a.json", ready, NULL, NULL);
	add(fleet, "b.json", ready, NULL, NULL);
	add(fleet, "c.json", ready, "/host/hostname", "null");
	add(fleet, "d.json", ready, "/host/hostname", "\"c.json\"");
	add(fleet, "e.json", ready, "/host/hostname", "\"x\\u0001\"");
	add(fleet, "f.json", ready, "/host/hostname", "\"x\\u0002\"");
	report = fleet_document(fleet, -1);
	assert_json(report, "/hosts/0/host", "c.json");
	assert_json(report, "/hosts/1/host", "c.json #4");
	assert_json(report, "/hosts/2/host", "lab (a.json)");
	assert_json(report, "/hosts/3/host", "lab (b.json)");
	assert_json(report, "/hosts/4/host", "x\xef\xbf\xbd (e.json)");
	assert_json(report, "/hosts/5/host", "x\xef\xbf\xbd (f.json)");
}

/* Two hosts with the same trouble at other addresses are told the same. */
static void remedies_are_said_once(void **state)
{
	_cleanup_fleet_ struct fleet *fleet = fleet_new();
	_cleanup_json_ json_object *report = NULL;

	(void)state;
	add(fleet, "a.json",
	    DOCUMENT_MADE("not-ready", "",
			  HELD("0000:01:00.0", "nouveau") "," HELD("0000:01:00.1", "nouveau")),
	    "/host/hostname", "\"a\"");
	add(fleet, "b.json", DOCUMENT_MADE("not-ready", "", HELD("0000:41:00.0", "nouveau")),
	    "/host/hostname", "\"b\"");
	report = fleet_document(fleet, -1);
	assert_json(report, "/findings/0/title", "DEVICE is held by nouveau");
	assert_json(report, "/findings/0/count", "2");
	assert_json(report, "/findings/0/subjects", "3");
	assert_json(report, "/findings/0/remedy/0/command", "vfiokit configure DEVICE --apply");
	assert_json(report, "/findings/0/remedy/0/count", "2");
	assert_int_equal(json_object_array_length(json_at(report, "/findings/0/remedy")), 1);
	assert_json(report, "/hosts/0/blockers", "[ \"driver.not-bound\" ]");
}

static void waived_is_no_finding(void **state)
{
	_cleanup_fleet_ struct fleet *fleet = fleet_new();
	_cleanup_json_ json_object *report = NULL;

	(void)state;
	add(fleet, "a.json", DOCUMENT_MADE("ready", "", HELD("0000:01:00.0", "nouveau")),
	    "/checks/0/waiver",
	    "{\"until\":\"2027-01-01\",\"because\":\"x\",\"source\":null,\"line\":null}");
	report = fleet_document(fleet, -1);
	assert_json(report, "/verdict", "ready");
	assert_int_equal(json_object_array_length(json_at(report, "/findings")), 0);
}

static void odd_ones_are_named(void **state)
{
	_cleanup_fleet_ struct fleet *fleet = fleet_new();
	_cleanup_json_ json_object *report = NULL, *view = NULL;
	static const char odd[] = DOCUMENT_MADE("ready", GPU("\"nouveau\""), "");

	(void)state;
	add(fleet, "a.json", ready, "/host/hostname", "\"a\"");
	add(fleet, "b.json", ready, "/host/hostname", "\"b\"");
	add(fleet, "c.json", odd, "/host/hostname", "\"c\"");
	report = fleet_document(fleet, -1);
	assert_json(report, "/alike/0/by", "devices");
	assert_json(report, "/alike/0/count", "3");
	assert_json(report, "/alike/0/odd", "1");
	assert_json(report, "/alike/0/drift/0/what", "drivers");
	assert_json(report, "/alike/0/drift/0/majority", "true");
	assert_json(report, "/alike/0/drift/0/common/count", "2");
	assert_json(report, "/alike/0/drift/0/odd/0/hosts", "[ \"c\" ]");
	assert_json(report, "/alike/0/drift/0/odd/0/lacks", "[ \"0000:01:00.0 vfio-pci\" ]");
	assert_json(report, "/alike/0/drift/0/odd/0/has", "[ \"0000:01:00.0 nouveau\" ]");
	assert_int_equal(json_object_array_length(json_at(report, "/alike/0/drift")), 1);
	view = view_of_fleet(report);
	assert_json(view, "/view/alike/classes/0/drift/0/odd/0/words",
		    "lacks 0000:01:00.0 vfio-pci; has 0000:01:00.0 nouveau");
}

/* What is not known on one host is no agreement. */
static void unknown_is_a_difference(void **state)
{
	_cleanup_fleet_ struct fleet *fleet = fleet_new();
	_cleanup_json_ json_object *report = NULL, *view = NULL;

	(void)state;
	add(fleet, "a.json", ready, "/iommu/interrupt_remapping", "true");
	add(fleet, "b.json", ready, NULL, NULL);
	report = fleet_document(fleet, -1);
	assert_json(report, "/alike/0/drift/0/what", "interrupt_remapping");
	assert_json(report, "/alike/0/drift/0/majority", "false");
	assert_json(report, "/alike/0/drift/0/common/value", "on");
	assert_json(report, "/alike/0/drift/0/odd/0/known", "false");
	view = view_of_fleet(report);
	assert_json(view, "/view/alike/classes/0/drift/0/odd/0/words", "not known");
}

/* Hosts of another model are not compared, also where their devices are the same. */
static void other_models_may_differ(void **state)
{
	_cleanup_fleet_ struct fleet *fleet = fleet_new();
	_cleanup_json_ json_object *report = NULL;

	(void)state;
	add(fleet, "a.json", ready, "/host/model", "\"R1\"");
	add(fleet, "b.json", ready, "/host/model", "\"R2\"");
	report = fleet_document(fleet, -1);
	assert_int_equal(json_object_array_length(json_at(report, "/alike")), 0);
}

static void long_texts_are_cut(void **state)
{
	_cleanup_fleet_ struct fleet *fleet = fleet_new();
	_cleanup_json_ json_object *report = NULL;
	static char name[100 * 1024];

	(void)state;
	memset(name, 'x', sizeof(name) - 1);
	name[0] = name[sizeof(name) - 2] = '"';
	add(fleet, "a.json", ready, "/host/hostname", name);
	report = fleet_document(fleet, -1);
	assert_int_equal(strlen(json_text_at(report, "/hosts/0/host")),
			 FLEET_TEXT_LIMIT + strlen("…"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(worst_verdict_counts),
		cmocka_unit_test(nothing_is_not_ready),
		cmocka_unit_test(ready_with_blockers_is_not_ready),
		cmocka_unit_test(names_are_told_apart),
		cmocka_unit_test(remedies_are_said_once),
		cmocka_unit_test(waived_is_no_finding),
		cmocka_unit_test(odd_ones_are_named),
		cmocka_unit_test(unknown_is_a_difference),
		cmocka_unit_test(other_models_may_differ),
		cmocka_unit_test(long_texts_are_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
