/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "json_made.h"
#include "report/text.h"

/* -- printing into memory ------------------------------------------------------------------------------- */

static const struct text_style plain = {.utf8 = true, .width = 80};

/* What the report of a document is; the caller frees it. */
static char *printed(const char *json, const struct text_style *style, bool quiet)
{
	_cleanup_json_ json_object *document = json_made(json);
	struct text_style with_stream = *style;
	char *text = NULL;
	size_t size = 0;

	with_stream.stream = open_memstream(&text, &size);
	assert_non_null(with_stream.stream);
	text_print_report(&with_stream, document, quiet);
	assert_int_equal(fclose(with_stream.stream), 0);
	return text;
}

static void assert_holds(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("\"%s\" is not in:\n%s", part, text);
}

static void assert_lacks(const char *text, const char *part)
{
	if (strstr(text, part))
		fail_msg("\"%s\" is in:\n%s", part, text);
}

static void assert_order(const char *text, const char *const *parts, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const char *found = strstr(text, parts[i]);

		if (!found)
			fail_msg("\"%s\" is not there, or too early", parts[i]);
		text = found + strlen(parts[i]);
	}
}

static void assert_first_line(const char *json, const char *wanted)
{
	_cleanup_free_ char *text = printed(json, &plain, false);

	if (!starts_with(text, wanted) || text[strlen(wanted)] != '\n')
		fail_msg("not first: \"%s\" in\n%s", wanted, text);
}

#define GPU(function, verdict)                                                                     \
	"{\"address\":\"0000:41:00." function "\",\"name\":\"NVIDIA AD103\",\"vendor_id\":"        \
	"\"10de\",\"device_id\":\"2704\",\"target\":true,\"verdict\":\"" verdict "\"}"
#define HOST                                                                                       \
	"\"host\":{\"hostname\":\"lab1\",\"kernel\":\"6.1.0-50-amd64\",\"distro\":{\"id\":"        \
	"\"debian\",\"version\":\"12\",\"name\":\"Debian 12\"},\"secure_boot\":false},"            \
	"\"iommu\":{\"kind\":\"intel-vtd\",\"active\":true}"
#define CHECK(id, result, severity, rest)                                                          \
	"{\"id\":\"" id "\",\"result\":\"" result "\",\"severity\":\"" severity "\"," rest "}"
#define SAID(title)                                                                                \
	"\"title\":\"" title                                                                       \
	"\",\"cause\":\"because\",\"evidence\":[{\"source\":\"dmesg\",\"line\":7,"                 \
	"\"text\":\"seen\"}],\"remedy\":[{\"owner\":\"user\",\"text\":\"do\",\"command\":"         \
	"\"vfiokit x\"}]"

/* -- the head --------------------------------------------------------------------------------------------- */

static void the_verdict_stands_first(void **state)
{
	(void)state;
	assert_first_line("{\"devices\":[" GPU("0", "ready") "]," HOST ",\"verdict\":\"ready\"}",
			  "READY       0000:41:00.0  NVIDIA AD103  10de:2704");
	assert_first_line("{\"devices\":[" GPU("0", "unknown") "]}",
			  "UNKNOWN     0000:41:00.0  NVIDIA AD103  10de:2704");
	assert_first_line("{\"devices\":[" GPU("0", "reboot") "]}",
			  "REBOOT      0000:41:00.0  NVIDIA AD103  10de:2704");
	assert_first_line("{\"devices\":[" GPU("0", "not-ready") "]}",
			  "NOT READY   0000:41:00.0  NVIDIA AD103  10de:2704");
	assert_first_line(
		"{\"verdict\":\"not-ready\"," HOST "}",
		"NOT READY   this host (no device was named, none is configured for VFIO)");
}

/* One line for a card, with the worst that is said of its functions. */
static void functions_of_a_card(void **state)
{
	_cleanup_free_ char *text = NULL;

	(void)state;
	assert_first_line(
		"{\"devices\":[" GPU("0", "ready") "," GPU("1", "not-ready") "," GPU(
			"2", "unknown") "]}",
		"NOT READY   0000:41:00.0  NVIDIA AD103  10de:2704   (and 2 more functions of the "
		"card)");
	assert_first_line(
		"{\"devices\":[" GPU("0", "reboot") "," GPU("1", "unknown") "]}",
		"UNKNOWN     0000:41:00.0  NVIDIA AD103  10de:2704   (and 1 more function of the "
		"card)");
	text = printed(
		"{\"devices\":[" GPU("0", "ready") ",{\"address\":\"0000:42:00.0\",\"target\":true,"
						   "\"verdict\":\"not-ready\",\"class_name\":"
						   "\"Ethernet controller\"},"
						   "{\"address\":\"0000:43:00.0\",\"target\":false,"
						   "\"verdict\":\"ready\"}]}",
		&plain, true);
	assert_string_equal(text, "READY       0000:41:00.0  NVIDIA AD103  10de:2704\n"
				  "NOT READY   0000:42:00.0  Ethernet controller\n");
}

/* Nothing but the word "ready" is ready. */
static void what_is_not_called_ready_is_not_ready(void **state)
{
	static const char *const words[] = {"unsuitable", "", "READY", "fine"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		_cleanup_free_ char *json = NULL, *text = NULL;

		assert_true(asprintf(&json,
				     "{\"devices\":[{\"address\":\"0000:00:01.0\",\"target\":true,"
				     "\"verdict\":\"%s\"}],\"verdict\":\"%s\"}",
				     words[i], words[i]) > 0);
		text = printed(json, &plain, true);
		assert_true(starts_with(text, "NOT READY   0000:00:01.0"));
	}
	assert_first_line("{\"devices\":[{\"address\":\"0000:00:01.0\",\"target\":true}]}",
			  "NOT READY   0000:00:01.0  unknown device");
}

static void names_that_match_nothing(void **state)
{
	_cleanup_free_ char *text = NULL;

	(void)state;
	text = printed(
		"{\"checks\":[" CHECK(
			"device.not-found", "fail", "blocker",
			"\"subject\":\"10de:2330\"") "],\"devices\":[" GPU("0", "ready") "]}",
		&plain, true);
	assert_string_equal(text, "NOT READY   10de:2330  no such device\n"
				  "READY       0000:41:00.0  NVIDIA AD103  10de:2704\n");
}

static void quiet_prints_the_head_only(void **state)
{
	static const char json[] =
		"{\"devices\":[" GPU("0", "not-ready") "]," HOST ",\"checks\":[" CHECK(
			"group.missing", "fail", "blocker", SAID("no group")) "]}";
	_cleanup_free_ char *quiet = printed(json, &plain, true);
	_cleanup_free_ char *all = printed(json, &plain, false);

	(void)state;
	assert_string_equal(quiet, "NOT READY   0000:41:00.0  NVIDIA AD103  10de:2704\n");
	assert_true(starts_with(all, quiet));
	assert_holds(all, "no group");
}

static void the_host_in_one_line(void **state)
{
	_cleanup_free_ char *text = printed("{" HOST "}", &plain, false);
	_cleanup_free_ char *empty = printed("{}", &plain, false);

	(void)state;
	assert_holds(
		text,
		"lab1 · Debian 12 · kernel 6.1.0-50-amd64 · Intel VT-d active · Secure Boot off\n");
	assert_holds(empty, "\nIOMMU state unknown\n");
}

/* -- findings ---------------------------------------------------------------------------------------------- */

static void findings_by_severity(void **state)
{
	static const char *const order[] = {
		"\nDanger",           "device.in-use-storage", "\nBlocks", "group.missing",
		"\nWarnings",         "group.dma-alias",       "\nNotes",  "host.lockdown",
		"\nPassed: drivers 1"};
	_cleanup_free_ char *text = printed(
		"{\"checks\":[" CHECK("host.lockdown", "fail", "info", SAID("four")) "," CHECK(
			"group.dma-alias", "fail", "warning",
			SAID("three")) "," CHECK("group.missing", "fail", "blocker",
						 SAID("two")) "," CHECK("driver.not-bound", "pass",
									"blocker",
									SAID("never")) "," CHECK("d"
												 "e"
												 "v"
												 "i"
												 "c"
												 "e"
												 "."
												 "i"
												 "n"
												 "-"
												 "u"
												 "s"
												 "e"
												 "-"
												 "s"
												 "t"
												 "o"
												 "r"
												 "a"
												 "g"
												 "e",
												 "f"
												 "a"
												 "i"
												 "l",
												 "d"
												 "a"
												 "n"
												 "g"
												 "e"
												 "r",
												 SAID("one")) "]}",
		&plain, false);

	(void)state;
	assert_order(text, order, ARRAY_SIZE(order));
	assert_lacks(text, "never");
}

/* What is, where it was seen, why, and what to do, in that order. */
static void one_finding(void **state)
{
	_cleanup_free_ char *text = printed(
		"{\"checks\":[" CHECK(
			"group.missing", "fail", "blocker",
			"\"title\":\"no group\",\"cause\":\"no unit covers it\",\"evidence\":["
			"{\"source\":\"/etc/default/grub\",\"line\":12,\"text\":\"quiet\"},"
			"{\"source\":\"/sys/x/driver\",\"line\":null,\"text\":\"-> nouveau\"},"
			"{\"source\":\"/sys/y\",\"line\":null,\"text\":\"empty\"}],\"remedy\":["
			"{\"owner\":\"firmware\",\"text\":\"update it\",\"command\":null},"
			"{\"owner\":\"vfiokit\",\"text\":\"or configure\",\"command\":\"vfiokit "
			"configure 1\"}]") "]}",
		&plain, false);

	(void)state;
	assert_holds(text, "\nBlocks\n"
			   "  ✗ group.missing           no group\n"
			   "      /etc/default/grub:12: quiet\n"
			   "      /sys/x/driver -> nouveau\n"
			   "      /sys/y: empty\n"
			   "      no unit covers it\n"
			   "      fix: (firmware) update it\n"
			   "           or configure\n"
			   "               sudo vfiokit configure 1\n");
}

static void nothing_is_repeated(void **state)
{
	_cleanup_free_ char *text = printed(
		"{\"checks\":[" CHECK("group.missing", "fail", "blocker", SAID("first")) "," CHECK(
			"group.missing", "fail", "blocker", SAID("second")) "]}",
		&plain, false);
	const char *evidence;

	(void)state;
	assert_holds(text, "first");
	assert_holds(text, "second");
	evidence = strstr(text, "dmesg:7: seen");
	assert_non_null(evidence);
	assert_null(strstr(evidence + 1, "dmesg:7: seen"));
	assert_null(strstr(strstr(text, "sudo vfiokit x") + 1, "sudo vfiokit x"));
}

static void what_could_not_be_checked(void **state)
{
	_cleanup_free_ char *text = printed(
		"{\"checks\":[" CHECK(
			"device.in-use-storage", "unknown", "danger",
			"\"subject\":\"0000:41:00.0\",\"evidence\":[{\"source\":\"/proc/mounts\","
			"\"text\":\"Permission denied\"},{\"source\":\"/run/udev/data\","
			"\"text\":\"not there\"}]") "," CHECK("iommu.dma-faults", "unknown",
							      "warning", "\"evidence\":[]") "]}",
		&plain, false);
	_cleanup_free_ char *absent = printed(
		"{\"checks\":[" CHECK(
			"group.missing", "unknown", "blocker",
			"\"evidence\":[{\"source\":\"/sys/x\",\"text\":\"not there\"}]") "]}",
		&plain, false);

	(void)state;
	assert_holds(text,
		     "\nNot checked, and could block\n"
		     "  ? device.in-use-storage   0000:41:00.0  /proc/mounts: Permission denied, "
		     "/run/udev/data: not there\n"
		     "      run vfiokit as root to have these checked\n");
	assert_lacks(text, "? iommu.dma-faults");
	assert_holds(text, "\nNot checked either: 1 that would only warn\n");
	assert_holds(absent, "  ? group.missing           /sys/x: not there\n");
	assert_lacks(absent, "as root");
}

static void what_passed_is_counted(void **state)
{
	_cleanup_free_ char *text = printed(
		"{\"checks\":[" CHECK("iommu.a", "pass", "blocker", "\"title\":\"\"") "," CHECK(
			"iommu.b", "pass", "blocker",
			"\"title\":\"\"") "," CHECK("iommu.c", "na", "blocker",
						    "\"title\":\"\"") "," CHECK("platform.x",
										"pass", "info",
										"\"title\":\"\"") "]}",
		&plain, false);
	_cleanup_free_ char *none = printed("{}", &plain, false);

	(void)state;
	assert_holds(text, "\nPassed: IOMMU 2, platform 1\n");
	assert_lacks(text, "Not checked");
	assert_holds(none, "\nPassed: none\n");
}

static void what_could_be_handed_over(void **state)
{
	char json[8192] = "{\"devices\":[";
	_cleanup_free_ char *text = NULL, *asked = NULL;

	(void)state;
	for (unsigned i = 0; i < 15; i++) {
		size_t length = strlen(json);

		(void)snprintf(
			json + length, sizeof(json) - length,
			"{\"address\":\"0000:%02x:00.0\",\"name\":\"card\",\"driver\":\"nvme\","
			"\"target\":false,\"candidate\":%s},",
			i, i ? "true" : "false");
	}
	strncat(json, "{}]}", sizeof(json) - strlen(json) - 1);
	text = printed(json, &plain, false);
	assert_holds(text, "\nCould be handed over\n  0000:01:00.0  card  now nvme\n");
	assert_lacks(text, "0000:00:00.0");
	assert_holds(text, "  0000:0c:00.0  card");
	assert_lacks(text, "0000:0d:00.0");
	assert_holds(text, "  and 2 more: vfiokit list\n");
	/* Somebody asked for a device: others are no answer. */
	asked = printed(
		"{\"devices\":[" GPU(
			"0", "ready") ",{\"address\":\"0000:42:00.0\",\"candidate\":true}]}",
		&plain, false);
	assert_lacks(asked, "Could be handed over");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_verdict_stands_first),
		cmocka_unit_test(functions_of_a_card),
		cmocka_unit_test(what_is_not_called_ready_is_not_ready),
		cmocka_unit_test(names_that_match_nothing),
		cmocka_unit_test(quiet_prints_the_head_only),
		cmocka_unit_test(the_host_in_one_line),
		cmocka_unit_test(findings_by_severity),
		cmocka_unit_test(one_finding),
		cmocka_unit_test(nothing_is_repeated),
		cmocka_unit_test(what_could_not_be_checked),
		cmocka_unit_test(what_passed_is_counted),
		cmocka_unit_test(what_could_be_handed_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
