/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Facts that were collected to judge must lead to what all facts lead to: the same findings with the same evidence, and
 * the same report in text. Held on all host trees that the golden tests have, on hosts that real kernels wrote, and on
 * trees that lack links or files.
 */
#include "preflight/capture/snapshot.h"
#include "preflight/checks/check.h"
#include "preflight/targets.h"
#include "report/document.h"
#include "report/text.h"
#include "tree.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>
#include <cmocka.h>

/* Which devices are asked about. */
enum asked { ASKED_NOTHING, ASKED_ALL, ASKED_LAST, ASKED_WAYS };

static void ask(struct facts *facts, enum asked asked)
{
	const char *name = facts->devices.count
				   ? facts->devices.items[facts->devices.count - 1].address
				   : NULL;
	struct error error = {0};

	if (asked == ASKED_NOTHING)
		targets_implied(facts);
	if (asked == ASKED_ALL)
		for_each (device, &facts->devices)
			assert_int_equal(targets_named(facts, &device->address, 1, &error), 0);
	if (asked == ASKED_LAST && name)
		assert_int_equal(targets_named(facts, &name, 1, &error), 0);
}

/* Every check's outcome, then the report. The caller frees the text. */
static char *told(const struct facts *facts)
{
	struct findings findings = {0};
	struct text_style style = {.width = 100};
	json_object *document, *checks = NULL;
	char *text = NULL;
	size_t size = 0;

	style.stream = open_memstream(&text, &size);
	assert_non_null(style.stream);
	checks_run(facts, &findings);
	document = document_build(facts, &findings, NULL, DOCUMENT_ALL_DEVICES);
	assert_true(json_object_object_get_ex(document, "checks", &checks));
	(void)fputs(json_object_to_json_string_ext(checks, JSON_C_TO_STRING_PRETTY), style.stream);
	json_object_put(document);
	document = document_build(facts, &findings, NULL, DOCUMENT_SHOWN_DEVICES);
	text_print_report(&style, document, false);
	json_object_put(document);
	assert_int_equal(fclose(style.stream), 0);
	return text;
}

static void fail_at_difference(const char *name, enum asked asked, const char *all,
			       const char *judged)
{
	size_t at = 0;

	while (all[at] && all[at] == judged[at])
		at++;
	while (at && all[at - 1] != '\n')
		at--;
	fail_msg("%s, asked %d:\nwith all facts: %.200s\nto judge:       %.200s", name, asked,
		 all + at, judged + at);
}

static void hold_asked(const char *name, const struct host *host, enum asked asked)
{
	_cleanup_facts_ struct facts *all = facts_collect(host);
	_cleanup_facts_ struct facts *judged = facts_collect_to_judge(host, NULL);
	_cleanup_free_ char *first = NULL, *second = NULL;

	ask(all, asked);
	ask(judged, asked);
	facts_collect_targets(judged, host);
	assert_int_equal(all->targets.count, judged->targets.count);
	first = told(all);
	second = told(judged);
	if (!streq(first, second))
		fail_at_difference(name, asked, first, second);
}

static void hold(const char *name, const struct host *host)
{
	for (int asked = 0; asked < ASKED_WAYS; asked++)
		hold_asked(name, host, asked);
}

/* Returns how many files the pattern has. */
static size_t hold_each(const char *pattern, void (*hold_file)(const char *path))
{
	glob_t found;
	size_t count;

	if (glob(pattern, 0, NULL, &found) != 0)
		return 0;
	for (size_t i = 0; i < found.gl_pathc; i++)
		hold_file(found.gl_pathv[i]);
	count = found.gl_pathc;
	globfree(&found);
	return count;
}

static void hold_tree(const char *path)
{
	_cleanup_free_ char *recipe = NULL;
	FILE *file;
	struct tree *tree;
	size_t size = 0;

	/* A part of other recipes. */
	if (ends_with(path, "/vfio-in-place.tree"))
		return;
	file = fopen(path, "re");
	assert_non_null(file);
	assert_true(getdelim(&recipe, &size, '\0', file) > 0);
	assert_int_equal(fclose(file), 0);
	tree = tree_new(recipe);
	hold(path, tree_host(tree));
	tree_free(tree);
}

static void hold_capture(const char *path)
{
	struct snapshot *snapshot;
	struct error error = {0};

	if (snapshot_open(path, &snapshot, &error) < 0)
		fail_msg("%s: %s", path, error.message);
	hold(path, snapshot_host(snapshot));
	snapshot_close(snapshot);
}

static void test_hosts(void **state)
{
	(void)state;
	assert_true(hold_each("tests/hosts/*.tree", hold_tree) > 30);
}

static void test_cases(void **state)
{
	(void)state;
	assert_true(hold_each("tests/cases/*/host.tree", hold_tree) > 30);
}

/* Hosts as tools copy them that leave things out: the groups' directories without the links, the links without the
 * directories, the only file reset_method on another function, a framebuffer that only BARs place. */
#define SHARED "include shared-group-no-acs\ndevice 0000:00:02.0 group=40\n"
#define READY  "include intel-ready\ndevice 0000:00:02.0 group=40\n"

static const char *const partial[] = {
	SHARED "remove sys/bus/pci/devices/0000:01:00.0/iommu_group\n",
	SHARED "remove sys/bus/pci/devices/0000:01:00.0/iommu_group\n"
	       "remove sys/bus/pci/devices/0000:01:00.1/iommu_group\n"
	       "remove sys/bus/pci/devices/0000:04:00.0/iommu_group\n"
	       "remove sys/bus/pci/devices/0000:00:01.0/iommu_group\n"
	       "remove sys/bus/pci/devices/0000:00:01.1/iommu_group\n",
	SHARED "remove sys/kernel/iommu_groups\n",
	SHARED "remove sys/kernel/iommu_groups/1\n",
	SHARED "remove sys/kernel/iommu_groups/1\n"
	       "file sys/kernel/iommu_groups/1\n"
	       "| no directory\n",
	SHARED "remove sys/kernel/iommu_groups/1/devices\n",
	SHARED "remove sys/kernel/iommu_groups/1/reserved_regions\n",
	SHARED "remove sys/kernel/iommu_groups/1/devices/0000:04:00.0\n",
	SHARED "link sys/kernel/iommu_groups/1/devices/serial8250 "
	       "../../../../devices/platform/serial8250\n",
	READY "remove sys/bus/pci/devices/0000:01:00.0/reset_method\n",
	READY "remove sys/bus/pci/devices/0000:01:00.0/reset_method\n"
	      "remove sys/bus/pci/devices/0000:01:00.0/config\n",
	READY "remove sys/bus/pci/devices/0000:01:00.0/resource\n",
	READY "remove sys/bus/pci/devices/0000:01:00.0/driver\n"
	      "file sys/bus/pci/devices/0000:01:00.0/driver_override\n"
	      "| vfio-pci\n",
	READY "file sys/kernel/iommu_groups/9/name\n"
	      "| vfio-noiommu\n"
	      "remove sys/kernel/iommu_groups/10\n",
	"include console-gpu\n"
	"cut proc/iomem 0000:01:00\n",
	READY "file sys/kernel/iommu_groups/9/name\n"
	      "| vfio-noiommu\n",
	"include amd-ready\n"
	"iommu-off\n",
};

static void test_partial_trees(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(partial); i++) {
		struct tree *tree = tree_new(partial[i]);

		hold(partial[i], tree_host(tree));
		tree_free(tree);
	}
}

static void test_what_is_left_out(void **state)
{
	struct tree *tree = tree_new("include amd-ready\ndevice 0000:00:00.0 group=21\n");
	const struct host *host = tree_host(tree);
	_cleanup_facts_ struct facts *facts = facts_collect_to_judge(host, NULL);
	const struct device *gpu, *disk;

	(void)state;
	targets_implied(facts);
	facts_collect_targets(facts, host);
	gpu = facts_find_device(facts, "0000:03:00.0");
	disk = facts_find_device(facts, "0000:07:00.0");
	assert_int_equal(gpu->bars_known, YES);
	assert_int_equal(gpu->reset_methods_known, YES);
	assert_string_equal(gpu->power_state, "D3hot");
	assert_true(gpu->group->looked_into);
	assert_int_equal(gpu->group->reserved_known, YES);
	assert_int_equal(disk->bars_known, UNKNOWN);
	assert_int_equal(disk->reset_methods_known, UNKNOWN);
	assert_null(disk->power_state);
	assert_false(disk->group->looked_into);
	assert_string_equal(disk->driver, "nvme");
	assert_string_equal(disk->group->members.items[0], "0000:07:00.0");
	tree_free(tree);
}

static void test_captures(void **state)
{
	(void)state;
	assert_true(hold_each("tests/groups/*.tar.zst", hold_capture) > 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hosts),         cmocka_unit_test(test_cases),
		cmocka_unit_test(test_partial_trees), cmocka_unit_test(test_what_is_left_out),
		cmocka_unit_test(test_captures),
	};

	/* Trees are thousands of small files: in memory they cost next to nothing. */
	if (access("/dev/shm", W_OK) == 0)
		(void)setenv("TMPDIR", "/dev/shm", 0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
