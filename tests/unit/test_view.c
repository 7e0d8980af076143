/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What templates see besides the document. */
#include "document_made.h"
#include "report/view.h"

#define PORT(address, parent)                                                                      \
	DOCUMENT_MADE_DEVICE(address, "1", "\"pcieport\"", "bridge", parent, "false")
#define GPU                                                                                        \
	DOCUMENT_MADE_DEVICE("0000:01:00.0", "1", "\"nouveau\"", "host", "\"0000:00:01.0\"", "true")
#define AUDIO                                                                                      \
	DOCUMENT_MADE_DEVICE("0000:01:00.1", "1", "\"snd_hda_intel\"", "host", "\"0000:00:01.0\"", \
			     "true")
#define DISK                                                                                       \
	DOCUMENT_MADE_DEVICE("0000:02:00.0", "1", "\"nvme\"", "host", "\"0000:00:01.1\"", "false")
#define HOST                                                                                       \
	PORT("0000:00:01.0", "null") "," PORT("0000:00:01.1", "null") "," GPU "," AUDIO "," DISK

#define REMEDY(owner, text, command)                                                               \
	"{\"owner\":\"" owner "\",\"text\":\"" text "\",\"command\":" command "}"
#define SEEN(text) "{\"source\":\"/sys/x\",\"line\":3,\"text\":\"" text "\"}"

static json_object *view_made(const char *text)
{
	_cleanup_json_ json_object *document = json_made(text);

	return view_of_document(document);
}

static const char *text_at(json_object *view, const char *pointer)
{
	return json_object_get_string(json_at(view, pointer));
}

static int64_t length_at(json_object *view, const char *pointer)
{
	return (int64_t)json_object_array_length(json_at(view, pointer));
}

/* -- what to do ---------------------------------------------------------------------------------------- */

#define NOT_BOUND(subject)                                                                         \
	DOCUMENT_MADE_CHECK(                                                                       \
		"driver.not-bound", "fail", "blocker", "\"" subject "\"", subject " is held",      \
		SEEN("-> nouveau"),                                                                \
		REMEDY("vfiokit", "bind", "\"vfiokit configure " subject " --apply\""))
#define STORAGE                                                                                    \
	DOCUMENT_MADE_CHECK("device.in-use-storage", "fail", "danger", "\"0000:01:00.0\"",         \
			    "a disk", SEEN("/srv"),                                                \
			    REMEDY("user", "move it", "\"vfiokit explain x\""))
#define FIRMWARE                                                                                   \
	DOCUMENT_MADE_CHECK("iommu.disabled-in-firmware", "fail", "blocker", "null", "off",        \
			    SEEN("no DMAR"), REMEDY("firmware", "switch VT-d on", "null"))
#define WARNING                                                                                    \
	DOCUMENT_MADE_CHECK("device.no-reset", "fail", "warning", "\"0000:01:00.0\"", "no reset",  \
			    SEEN("none"), REMEDY("user", "be careful", "null"))

static void steps_are_in_order(void **state)
{
	_cleanup_json_ json_object *view = view_made(DOCUMENT_MADE(
		"not-ready", HOST,
		NOT_BOUND("0000:01:00.0") "," NOT_BOUND("0000:01:00.1") "," WARNING "," FIRMWARE
									"," STORAGE));

	(void)state;
	assert_int_equal(length_at(view, "/view/todo"), 4);
	assert_string_equal(text_at(view, "/view/todo/0/steps/0/text"), "move it");
	assert_string_equal(text_at(view, "/view/todo/1/steps/0/text"), "switch VT-d on");
	assert_string_equal(text_at(view, "/view/todo/1/steps/0/owner"), "firmware");
	/* One run for both functions. */
	assert_string_equal(text_at(view, "/view/todo/2/steps/0/command"),
			    "sudo vfiokit configure 0000:01:00.0 0000:01:00.1 --apply");
	assert_int_equal(length_at(view, "/view/todo/2/because"), 2);
	assert_int_equal(length_at(view, "/view/todo/2/evidence"), 1);
	assert_string_equal(text_at(view, "/view/todo/2/evidence/0/where"), "/sys/x:3");
	assert_string_equal(text_at(view, "/view/todo/2/worked/command"),
			    "lspci -nnks 0000:01:00.0");
	assert_string_equal(text_at(view, "/view/todo/3/steps/0/command"),
			    "sudo vfiokit preflight 0000:01:00.0 0000:01:00.1");
	assert_int_equal(json_object_get_int(json_at(view, "/view/todo/3/number")), 4);
	assert_int_equal(length_at(view, "/view/advice"), 1);
	assert_string_equal(text_at(view, "/view/advice/0/because/0/id"), "device.no-reset");
}

#define PENDING                                                                                    \
	DOCUMENT_MADE_CHECK("boot.pending", "fail", "blocker", "null", "the next boot brings it",  \
			    SEEN("grub.cfg"), REMEDY("user", "reboot", "\"systemctl reboot\""))
#define DO_NOT_REBOOT                                                                              \
	DOCUMENT_MADE_CHECK("boot.pending", "fail", "blocker", "null", "do not reboot yet",        \
			    SEEN("x"), REMEDY("user", "take it out", "null"))

/* What the reboot cures is no step of its own; a reboot that would hurt is never one. */
static void reboot_is_last(void **state)
{
	_cleanup_json_ json_object *document =
		json_made(DOCUMENT_MADE("reboot", HOST, PENDING "," NOT_BOUND("0000:01:00.0")));
	_cleanup_json_ json_object *hurts = json_made(DOCUMENT_MADE(
		"not-ready", HOST, FIRMWARE "," DO_NOT_REBOOT "," NOT_BOUND("0000:01:00.0")));
	json_object *view;

	(void)state;
	document_change(document, "/checks/1/cured_by_reboot", "true");
	view = view_of_document(document);
	assert_int_equal(length_at(view, "/view/todo"), 2);
	assert_string_equal(text_at(view, "/view/todo/0/steps/0/command"), "sudo systemctl reboot");
	assert_int_equal(length_at(view, "/view/todo/0/because"), 2);
	json_object_put(view);

	document_change(hurts, "/checks/2/cured_by_reboot", "true");
	view = view_of_document(hurts);
	assert_string_equal(text_at(view, "/view/todo/0/steps/0/text"), "take it out");
	assert_string_equal(text_at(view, "/view/todo/1/steps/0/text"), "switch VT-d on");
	assert_string_equal(text_at(view, "/view/todo/2/because/0/id"), "driver.not-bound");
	json_object_put(view);
}

#define UNKNOWN(id, why)                                                                           \
	DOCUMENT_MADE_CHECK(id, "unknown", "blocker", "null", "it is off",                         \
			    "{\"source\":\"/proc/x\",\"line\":null,\"text\":\"" why "\"}", "")

static void unknown_is_to_be_found_out(void **state)
{
	_cleanup_json_ json_object *view = view_made(DOCUMENT_MADE(
		"unknown", HOST,
		UNKNOWN("iommu.a", "Permission denied") "," UNKNOWN(
			"iommu.b", "Permission denied") "," UNKNOWN("iommu.c",
								    "not told; run: lspci -vvv")));

	(void)state;
	assert_int_equal(length_at(view, "/view/todo"), 3);
	assert_string_equal(text_at(view, "/view/todo/0/steps/0/text"),
			    "have these checked: run vfiokit as root");
	assert_int_equal(length_at(view, "/view/todo/0/because"), 2);
	assert_string_equal(text_at(view, "/view/todo/0/because/0/title"),
			    "not known whether it is off");
	assert_string_equal(text_at(view, "/view/todo/1/steps/0/command"), "lspci -vvv");
	assert_int_equal(json_object_get_int(json_at(view, "/view/counts/unknown_blocking")), 3);
}

/* A subject that is no address gets into no command; a check without remedies still has a step. */
static void subjects_are_not_trusted(void **state)
{
	_cleanup_json_ json_object *view = view_made(DOCUMENT_MADE(
		"not-ready", HOST,
		DOCUMENT_MADE_CHECK("driver.not-bound", "fail", "blocker", "\"x; reboot\"", "held",
				    "", "") "," DOCUMENT_MADE_CHECK("$(reboot)", "fail", "blocker",
								    "null", "odd", "", "")));

	(void)state;
	assert_string_equal(text_at(view, "/view/todo/0/worked/command"), "sudo vfiokit preflight");
	assert_string_equal(text_at(view, "/view/todo/0/steps/0/command"),
			    "vfiokit explain driver.not-bound");
	assert_null(json_at(view, "/view/todo/1/steps/0/command"));
	assert_string_equal(text_at(view, "/view/todo/1/because/0/anchor"), "blocker---reboot-");
}

static void nothing_to_do_when_ready(void **state)
{
	_cleanup_json_ json_object *view = view_made(DOCUMENT_MADE("ready", HOST, WARNING));

	(void)state;
	assert_int_equal(length_at(view, "/view/todo"), 0);
	assert_true(json_object_get_boolean(json_at(view, "/view/verdict/is_ready")));
}

/* -- findings, cases, metrics ------------------------------------------------------------------------------ */

static void findings_are_one_a_check(void **state)
{
	_cleanup_json_ json_object *document = json_made(DOCUMENT_MADE(
		"not-ready", HOST,
		NOT_BOUND("0000:01:00.0") "," NOT_BOUND("0000:01:00.1") "," WARNING "," STORAGE));
	json_object *view;

	(void)state;
	document_change(document, "/checks/0/references",
			"[\"https://a/\",\"javascript:alert(1)\",\"data:text/html,x\"]");
	document_change(
		document, "/checks/2/waiver",
		"{\"until\":\"2027-01-31\",\"because\":\"known\",\"source\":\"h.ini\",\"line\":4}");
	view = view_of_document(document);
	assert_int_equal(length_at(view, "/view/findings"), 2);
	assert_string_equal(text_at(view, "/view/findings/0/severity"), "danger");
	assert_int_equal(length_at(view, "/view/findings/1/findings"), 1);
	assert_int_equal(length_at(view, "/view/findings/1/findings/0/subjects"), 2);
	assert_int_equal(length_at(view, "/view/findings/1/findings/0/references"), 1);
	assert_string_equal(text_at(view, "/view/waived/0/where"), "h.ini:4");
	assert_int_equal(json_object_get_int(json_at(view, "/view/counts/warning")), 0);
	assert_int_equal(json_object_get_int(json_at(view, "/view/counts/waived")), 1);
	assert_int_equal(length_at(view, "/view/advice"), 0);
	/* The verdict, two failures, the waived one, the danger. */
	assert_int_equal(json_object_get_int(json_at(view, "/view/case_counts/total")), 5);
	assert_int_equal(json_object_get_int(json_at(view, "/view/case_counts/failures")), 4);
	assert_string_equal(text_at(view, "/view/cases/3/waived"),
			    "waived until 2027-01-31: known");
	assert_int_equal(length_at(view, "/view/metrics/findings"), 3);
	assert_string_equal(text_at(view, "/view/metrics/findings/1/waived"), "true");
	json_object_put(view);
}

/* No run of tests is green unless the host is ready. */
static void verdict_is_a_case(void **state)
{
	static const struct {
		const char *document;
		bool failure;
	} cases[] = {
		{DOCUMENT_MADE("ready", "", ""), false},
		{DOCUMENT_MADE("reboot", "", ""), true},
		{DOCUMENT_MADE("unknown", "", ""), true},
		{DOCUMENT_MADE("not-ready", "", ""), true},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_json_ json_object *view = view_made(cases[i].document);

		assert_int_equal(json_at(view, "/view/cases/0/failure") != NULL, cases[i].failure);
		assert_int_equal(json_object_get_int(json_at(view, "/view/case_counts/failures")),
				 cases[i].failure);
	}
}

static void next_command_line(void **state)
{
	static const struct {
		const char *now, *next;
		int expected;
	} cases[] = {
		{"\"BOOT_IMAGE=/vmlinuz root=/dev/sda ro\"", "\"root=/dev/sda  ro\"", 0},
		{"\"root=/dev/sda ro BOOT_IMAGE=/vmlinuz\"", "\"root=/dev/sda ro\"", 0},
		{"\"ro\"", "\"ro iommu=pt\"", 1},
		{"\"ro quiet\"", "\"ro quieter\"", 1},
		{"\"\"", "\"initrd=x\"", 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_json_ json_object *document = json_made(DOCUMENT_MADE("ready", "", ""));
		json_object *view;

		document_change(document, "/host/cmdline", cases[i].now);
		document_change(document, "/host/next_cmdline", cases[i].next);
		document_change(document, "/judged_at", "\"2026-11-21T17:18:28Z\"");
		view = view_of_document(document);
		assert_int_equal(
			json_object_get_int(json_at(view, "/view/metrics/drift/next_cmdline")),
			cases[i].expected);
		assert_int_equal(json_object_get_int64(json_at(view, "/view/metrics/time")),
				 1795281508);
		json_object_put(view);
	}
}

/* -- the picture ------------------------------------------------------------------------------------------- */

static void picture(void **state)
{
	_cleanup_json_ json_object *view = view_made(DOCUMENT_MADE(
		"not-ready", HOST,
		DOCUMENT_MADE_CHECK("group.not-isolated", "fail", "warning", "\"0000:01:00.0\"",
				    "shared",
				    SEEN("0000:00:01.0 has no ACS capability: 0000:01:00.0"), "")));
	static const char *const labels[] = {"Root complex 0000:00", "0000:00:01.0",
					     "0000:01:00.0",         "0000:01:00.1",
					     "0000:00:01.1",         "0000:02:00.0"};

	(void)state;
	assert_int_equal(length_at(view, "/view/topology/rows"), ARRAY_SIZE(labels));
	for (size_t i = 0; i < ARRAY_SIZE(labels); i++) {
		char pointer[64];

		(void)snprintf(pointer, sizeof(pointer), "/view/topology/rows/%zu/label", i);
		assert_string_equal(text_at(view, pointer), labels[i]);
	}
	/* One group from the port to the disk. */
	assert_int_equal(length_at(view, "/view/topology/bands"), 1);
	assert_string_equal(text_at(view, "/view/topology/bands/0/label"), "group 1");
	assert_true(json_object_get_boolean(json_at(view, "/view/topology/rows/1/breaks")));
	assert_false(json_object_get_boolean(json_at(view, "/view/topology/rows/2/breaks")));
	assert_false(json_object_get_boolean(json_at(view, "/view/topology/rows/4/breaks")));
	assert_true(json_object_get_boolean(json_at(view, "/view/topology/rows/2/target")));
	assert_null(json_at(view, "/view/topology/hidden"));
}

/* Parents that go round, point to themselves, or nowhere. */
static void odd_parents(void **state)
{
	_cleanup_json_ json_object *view = view_made(DOCUMENT_MADE(
		"not-ready",
		PORT("0000:00:01.0", "\"0000:00:02.0\"") "," PORT(
			"0000:00:02.0",
			"\"0000:"
			"00:01."
			"0\"") "," PORT("0000:00:03.0",
					"\"0000:00:03.0\"") "," PORT("0000:00:04.0",
								     "\"nowhere\"") "," PORT("0000:"
											     "00:"
											     "04.0",
											     "\"000"
											     "0:00:"
											     "04."
											     "0\"") "," PORT("x",
													     "null"),
		""));

	(void)state;
	/* Every function once, below two root complexes. */
	assert_int_equal(length_at(view, "/view/topology/rows"), 6 + 2 + 1);
}

static json_object *chain_made(int length)
{
	json_object *document = json_made(DOCUMENT_MADE("not-ready", PORT("0", "null"), ""));
	json_object *devices = json_at(document, "/devices"), *first = json_at(devices, "/0");

	for (int i = 1; i < length; i++) {
		json_object *device = NULL;
		char name[16], parent[16];

		assert_int_equal(json_object_deep_copy(first, &device, NULL), 0);
		(void)snprintf(name, sizeof(name), "%d", i);
		(void)snprintf(parent, sizeof(parent), "%d", i - 1);
		json_object_object_add(device, "address", json_object_new_string(name));
		json_object_object_add(device, "parent", json_object_new_string(parent));
		json_object_array_add(devices, device);
	}
	return document;
}

/* A bridge below a bridge, ten thousand deep: neither the stack nor the page grows without end. */
static void deep_chain(void **state)
{
	_cleanup_json_ json_object *document = chain_made(10000);
	json_object *view = view_of_document(document);

	(void)state;
	assert_true(length_at(view, "/view/topology/rows") <= 2000);
	assert_true(json_object_get_int(json_at(view, "/view/topology/hidden")) >= 8000);
	json_object_put(view);
}

static void large_hosts_show_what_concerns_targets(void **state)
{
	_cleanup_json_ json_object *document = chain_made(10);
	json_object *devices = json_at(document, "/devices"), *view;

	(void)state;
	for (int i = 0; i < 400; i++) {
		json_object *device = json_made(
			DOCUMENT_MADE_DEVICE("", "7", "null", "unbound", "null", "false"));
		char name[16];

		(void)snprintf(name, sizeof(name), "0000:%02x:00.0", i & 0xff);
		json_object_object_add(device, "address", json_object_new_string(name));
		json_object_array_add(devices, device);
	}
	json_object_object_add(json_at(devices, "/9"), "target", json_object_new_boolean(true));
	json_object_object_add(json_at(devices, "/9"), "group", json_object_new_int(9));
	view = view_of_document(document);
	assert_int_equal(length_at(view, "/view/topology/rows"), 11);
	assert_int_equal(json_object_get_int(json_at(view, "/view/topology/hidden")), 400);
	json_object_put(view);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(steps_are_in_order),
		cmocka_unit_test(reboot_is_last),
		cmocka_unit_test(unknown_is_to_be_found_out),
		cmocka_unit_test(subjects_are_not_trusted),
		cmocka_unit_test(nothing_to_do_when_ready),
		cmocka_unit_test(findings_are_one_a_check),
		cmocka_unit_test(verdict_is_a_case),
		cmocka_unit_test(next_command_line),
		cmocka_unit_test(picture),
		cmocka_unit_test(odd_parents),
		cmocka_unit_test(deep_chain),
		cmocka_unit_test(large_hosts_show_what_concerns_targets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
