/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The engine. It is included as source, so that it can run rows that stand in no table. */
#include "checks_made.h"

#include "preflight/checks/check.c" /* NOLINT(bugprone-suspicious-include) */

static struct finding run_row(struct facts *facts, const struct check *check,
			      const struct device *device)
{
	struct findings findings = {.arena = facts->arena, .facts = facts};

	run(check, facts, device, device ? device->address : NULL, &findings);
	return findings.items[0];
}

/* -- words ---------------------------------------------------------------------------------------------- */

static void fill_placeholders(const struct facts *facts, const struct device *device,
			      struct finding *finding)
{
	(void)facts;
	(void)device;
	finding_fail(finding, 1);
	finding_set(finding, "group", "%d", 7);
	finding_set(finding, "group", "%d", 17);
	finding_set(finding, "others", "%s", "{group} and {device}");
	finding_set(finding, "empty", "%s", "");
}

static void placeholders_are_filled(void **state)
{
	static const struct check check = {
		.id = "group.x",
		.title = "in general",
		.evaluate = fill_placeholders,
		.variants = {{"not this one", "", {{OWNER_USER, "nor this", NULL}}},
			     {"{device}: group {group}, {group}: {others}{empty}",
			      "{kernel} {groups} {grou} {} {group",
			      {{OWNER_USER, "hand over {device}",
				"vfiokit configure {device} --x={group}"},
			       {OWNER_VENDOR, "plain", NULL}}}}};
	_cleanup_facts_ struct facts *facts = facts_made();
	struct device *gpu = facts_made_device(facts, "0000:01:00.0", 0x030000, NULL);
	struct finding finding = run_row(facts, &check, gpu);

	(void)state;
	/* What a value holds is not looked at again: it may come from the host. */
	assert_string_equal(finding.title, "0000:01:00.0: group 17, 17: {group} and {device}");
	/* What is no placeholder of the finding stays. */
	assert_string_equal(finding.cause, "(unknown) {groups} {grou} {} {group");
	assert_string_equal(finding.remedies[0].text, "hand over 0000:01:00.0");
	assert_string_equal(finding.remedies[0].command, "vfiokit configure 0000:01:00.0 --x=17");
	assert_int_equal(finding.remedies[1].owner, OWNER_VENDOR);
	assert_string_equal(finding.remedies[1].text, "plain");
	assert_null(finding.remedies[1].command);
	assert_null(finding.remedies[2].text);
	facts->machine.kernel = "6.1.0";
	finding = run_row(facts, &check, NULL);
	assert_true(starts_with(finding.title, "this host: "));
	assert_true(starts_with(finding.cause, "6.1.0 "));
}

/* -- evidence ------------------------------------------------------------------------------------------- */

static void quote_all(const struct facts *facts, const struct device *device,
		      struct finding *finding)
{
	const struct origin same = {"/proc/cmdline", 1, "iommu=on"};
	char source[] = "/sys/x";

	finding_fail(finding, 0);
	finding_evidence(finding, &same);
	finding_evidence(finding, &same);
	finding_evidence(finding, &(struct origin){"/proc/cmdline", 2, "iommu=on"});
	finding_evidence(finding, &(struct origin){"/proc/cmdline", 1, NULL});
	finding_evidence(finding, &(struct origin){NULL, 3, "nowhere"});
	finding_evidence(finding, NULL);
	finding_evidence_at(finding, "/proc/cmdline", 1, "iommu=%s", "on");
	finding_evidence_at(finding, source, 0, "%d", 5);
	source[1] = 'x'; /* it was copied */
	finding_evidence_event(finding, &facts->log, NULL);
	finding_evidence_kind(finding, LOG_MEMLOCK);
	finding_evidence_kind(finding, LOG_DMAR_ECHO_ON);
	finding_evidence_kind(finding, LOG_DMAR_ECHO_ON);
	finding_evidence_device(finding, device, "driver", "-> %s", "nouveau");
	finding_evidence_device(finding, device, "", "has no driver");
}

static void evidence_is_quoted_once(void **state)
{
	static const struct {
		const char *source;
		unsigned line;
		const char *text;
	} wanted[] = {
		{"/proc/cmdline", 1, "iommu=on"},
		{"/proc/cmdline", 2, "iommu=on"},
		{"/proc/cmdline", 1, ""},
		{"/sys/x", 0, "5"},
		{"journal", 2, "DMAR: IOMMU enabled"},
		{"/sys/bus/pci/devices/0000:01:00.0/driver", 0, "-> nouveau"},
		{"/sys/bus/pci/devices/0000:01:00.0", 0, "has no driver"},
	};
	static const struct check check = {.evaluate = quote_all, .variants = {{"x", "x", {{0}}}}};
	_cleanup_facts_ struct facts *facts = facts_made();
	struct device *gpu = facts_made_device(facts, "0000:01:00.0", 0x030000, NULL);
	struct finding finding;

	(void)state;
	set_log(facts, "[    0.0] Linux version 6.1.0\n[    0.1] DMAR: IOMMU enabled\n");
	facts->log.source = "journal";
	finding = run_row(facts, &check, gpu);
	assert_int_equal(finding.evidence.count, ARRAY_SIZE(wanted));
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
		assert_string_equal(finding.evidence.items[i].source, wanted[i].source);
		assert_int_equal(finding.evidence.items[i].line, wanted[i].line);
		assert_string_equal(finding.evidence.items[i].text, wanted[i].text);
	}
}

static void lack_files(const struct facts *facts, const struct device *device,
		       struct finding *finding)
{
	(void)facts;
	(void)device;
	finding_evidence_at(finding, "/proc/seen", 0, "seen");
	finding_unknown(finding, "proc/iomem");
	finding_unknown(finding, "/proc/iomem");
	finding_unknown(finding, "dmesg");
	finding_unknown(finding, "/sys/absent");
}

static void unknown_names_the_files(void **state)
{
	static const struct check check = {
		.title = "in general", .evaluate = lack_files, .severity = SEVERITY_BLOCKER};
	_cleanup_facts_ struct facts *facts = facts_made();
	struct finding finding;

	(void)state;
	facts_add_unread(facts, "proc/iomem", -13);
	facts_add_unread(facts, "dmesg", -1);
	finding = run_row(facts, &check, NULL);
	assert_int_equal(finding.result, RESULT_UNKNOWN);
	assert_string_equal(finding.title, "in general");
	assert_null(finding.cause);
	assert_null(finding.remedies[0].text);
	/* Each once, with a leading slash, and only what is lacking. */
	assert_int_equal(finding.evidence.count, 3);
	assert_string_equal(finding.evidence.items[0].source, "/proc/iomem");
	assert_string_equal(finding.evidence.items[0].text, "Permission denied");
	assert_string_equal(finding.evidence.items[1].source, "dmesg");
	assert_string_equal(finding.evidence.items[1].text, "Operation not permitted");
	assert_string_equal(finding.evidence.items[2].source, "/sys/absent");
	assert_string_equal(finding.evidence.items[2].text, "not there");
}

static void lack_files_and_fail(const struct facts *facts, const struct device *device,
				struct finding *finding)
{
	lack_files(facts, device, finding);
	finding_fail(finding, 0);
}

static void lack_files_and_pass(const struct facts *facts, const struct device *device,
				struct finding *finding)
{
	lack_files(facts, device, finding);
	finding_pass(finding);
}

static void lack_files_and_leave(const struct facts *facts, const struct device *device,
				 struct finding *finding)
{
	lack_files(facts, device, finding);
	finding_na(finding);
}

static void fail_and_pass(const struct facts *facts, const struct device *device,
			  struct finding *finding)
{
	(void)facts;
	(void)device;
	finding_fail(finding, 0);
	finding_pass(finding);
}

static void leave_untouched(const struct facts *facts, const struct device *device,
			    struct finding *finding)
{
	(void)facts;
	(void)device;
	(void)finding;
}

/* What comes last counts, and takes the files with it that were lacking before. */
static void the_last_word_counts(void **state)
{
	static const struct {
		void (*evaluate)(const struct facts *facts, const struct device *device,
				 struct finding *finding);
		enum result result;
		const char *title;
	} cases[] = {
		{lack_files_and_fail, RESULT_FAIL, "it fails"},
		{lack_files_and_pass, RESULT_PASS, "in general"},
		{lack_files_and_leave, RESULT_NA, "in general"},
		{fail_and_pass, RESULT_PASS, "in general"},
		{leave_untouched, RESULT_NA, "in general"},
	};
	_cleanup_facts_ struct facts *facts = facts_made();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct check check = {.title = "in general",
				      .severity = SEVERITY_WARNING,
				      .evaluate = cases[i].evaluate,
				      .variants = {{"it fails", "so it is", {{0}}}}};
		struct finding finding = run_row(facts, &check, NULL);

		assert_int_equal(finding.result, cases[i].result);
		assert_string_equal(finding.title, cases[i].title);
		assert_int_equal(finding.severity, SEVERITY_WARNING);
		assert_false(quotes(&finding, "/proc/iomem", ""));
		assert_false(quotes(&finding, "/sys/absent", ""));
	}
}

/* -- who is judged --------------------------------------------------------------------------------------- */

static void add_targets(struct facts *facts)
{
	facts->targets.count = 0;
	for_each (device, &facts->devices)
		if (device->target)
			*ARRAY_ADD(facts->arena, &facts->targets) = device;
}

static const struct check *row_at(size_t index)
{
	const struct check *check = check_at(index);

	if (!check)
		abort();
	return check;
}

static void every_row_is_run_on_its_subjects(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct findings findings = {0};
	size_t at = 0;

	(void)state;
	made_function(facts, "0000:01:00.0", 0x10de, 0x2704, 0x030000, NULL)->target = true;
	made_function(facts, "0000:02:00.0", 0x10de, 0x2704, 0x030000, NULL)->target = true;
	made_function(facts, "0000:03:00.0", 0x10de, 0x2704, 0x030000, NULL);
	add_targets(facts);
	strings_add(facts->arena, &facts->targets_missing, "10de:2330");
	checks_run(facts, &findings);
	assert_ptr_equal(findings.arena, facts->arena);
	/* In the tables' order: the host once, each target once, and names that match nothing where
	 * a check asks for them. */
	for (size_t i = 0; i < check_count(); i++) {
		const struct check *check = row_at(i);
		size_t devices = check->scope == SCOPE_DEVICE ? facts->targets.count : 0;

		for (size_t d = 0; d < devices; d++, at++) {
			assert_ptr_equal(findings.items[at].check, check);
			assert_ptr_equal(findings.items[at].device, facts->targets.items[d]);
			assert_string_equal(findings.items[at].subject,
					    facts->targets.items[d]->address);
		}
		if (check->scope == SCOPE_DEVICE && !check->for_missing)
			continue;
		assert_ptr_equal(findings.items[at].check, check);
		assert_null(findings.items[at].device);
		if (check->scope == SCOPE_HOST)
			assert_null(findings.items[at].subject);
		else
			assert_string_equal(findings.items[at].subject, "10de:2330");
		at++;
	}
	assert_int_equal(findings.count, at);
}

static void one_device_as_if_asked_for_alone(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	_cleanup_arena_ struct arena *arena = arena_new();
	const struct device *gpu =
		made_function(facts, "0000:01:00.0", 0x10de, 0x2704, 0x030000, NULL);
	size_t used = arena_used(facts->arena), device_checks = 0;
	struct findings findings = {0};

	(void)state;
	checks_run_device(facts, gpu, arena, &findings);
	for (size_t i = 0; i < check_count(); i++)
		device_checks += row_at(i)->scope == SCOPE_DEVICE;
	assert_int_equal(findings.count, device_checks);
	for_each (finding, &findings)
		assert_ptr_equal(finding->device, gpu);
	/* Its memory can be taken back: nothing of it is in the facts. */
	assert_int_equal(arena_used(facts->arena), used);
}

static size_t own_remedies(const struct finding *finding)
{
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_SIZE(finding->remedies); i++)
		count += finding->remedies[i].text && finding->remedies[i].owner == OWNER_VFIOKIT;
	return count;
}

/* Where handing a device over would hurt the host, vfiokit does not offer to do it. */
static void no_advice_against_the_host(void **state)
{
	_cleanup_facts_ struct facts *facts = healthy_intel();
	struct device *disk, *gpu;
	struct finding finding;

	(void)state;
	gpu = made_function(facts, "0000:01:00.0", 0x10de, 0x2704, 0x030000, "nouveau");
	disk = made_function(facts, "0000:02:00.0", 0x144d, 0xa80a, 0x010802, "nvme");
	made_group(facts, 1, &gpu, 1);
	made_group(facts, 2, &disk, 1);
	gpu->target = true;
	finding = judge(facts, disk, "driver.not-bound");
	assert_true(own_remedies(&finding) > 0);
	made_use(facts, disk, USE_FILESYSTEM, "/dev/nvme0n1p2 on /", "/proc/self/mountinfo");
	finding = judge(facts, disk, "driver.not-bound");
	assert_int_equal(finding.result, RESULT_FAIL);
	assert_int_equal(own_remedies(&finding), 0);
	/* The danger's own way out stays, and so does all that is said of the other target. */
	finding = judge(facts, disk, "device.in-use-storage");
	assert_non_null(finding.remedies[0].text);
	finding = judge(facts, gpu, "driver.not-bound");
	assert_true(own_remedies(&finding) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(placeholders_are_filled),
		cmocka_unit_test(evidence_is_quoted_once),
		cmocka_unit_test(unknown_names_the_files),
		cmocka_unit_test(the_last_word_counts),
		cmocka_unit_test(every_row_is_run_on_its_subjects),
		cmocka_unit_test(one_device_as_if_asked_for_alone),
		cmocka_unit_test(no_advice_against_the_host),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
