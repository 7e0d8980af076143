/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The whole way from sysfs to predicted groups, against kernels: tests/groups holds host trees that
 * real kernels wrote on random machines in QEMU (tests/vm/groups.sh, tests/vm/keep.sh), named
 * KERNEL-SEED. Where there is a KERNEL-SEED.off it is the same machine booted with iommu=off, without
 * groups and with the registers as firmware left them.
 */
#include "preflight/capture/snapshot.h"
#include "preflight/facts/facts.h"

#include <dirent.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>
#include <cmocka.h>

enum { FEWEST = 6, NO_GROUP = -1 };

static const char folder[] = "tests/groups";

/* A captured host and its facts. */
struct captured {
	struct snapshot *snapshot;
	struct facts *facts;
};

static void captured_close(struct captured *captured)
{
	facts_free(captured->facts);
	snapshot_close(captured->snapshot);
}
#define _cleanup_captured_ _cleanup_(captured_close)

static struct captured captured_open(const char *name)
{
	_cleanup_free_ char *path = NULL;
	struct captured captured = {0};
	struct error error = {0};

	assert_true(asprintf(&path, "%s/%s.tar.zst", folder, name) > 0);
	if (snapshot_open(path, &captured.snapshot, &error) < 0)
		fail_msg("%s: %s", path, error.message);
	captured.facts = facts_collect(snapshot_host(captured.snapshot));
	return captured;
}

static int real_group(const struct device *device)
{
	return device->has_group == YES ? device->group->id : NO_GROUP;
}

/* The function of the same address; the two hosts are one machine. */
static const struct device *same_device(const struct facts *facts, const struct device *device)
{
	const struct device *found = facts_find_device(facts, device->address);

	if (!found)
		fail_msg("%s is missing", device->address);
	return found;
}

/* Holds what was predicted from one host against the groups of the other. */
static void hold(const char *name, const struct facts *predicted, const struct facts *real)
{
	unsigned groups = 0;

	assert_int_equal(predicted->devices.count, real->devices.count);
	for_each (one, &predicted->devices) {
		int group = real_group(same_device(real, one));

		groups += group != NO_GROUP;
		if ((group == NO_GROUP) != (one->predicted_group == NO_GROUP))
			fail_msg("%s: %s has %s group", name, one->address,
				 group == NO_GROUP ? "no" : "a");
		for_each (other, &predicted->devices) {
			bool together = group == real_group(same_device(real, other));

			if (together != (one->predicted_group == other->predicted_group))
				fail_msg("%s: %s and %s are %s", name, one->address, other->address,
					 together ? "one group" : "two groups");
		}
	}
	assert_true(groups > 0);
}

/* Calls check with the name of each machine, "6.1-24"; returns for how many it compared anything. */
static unsigned each(bool (*check)(const char *name))
{
	DIR *directory = opendir(folder);
	struct dirent *entry;
	unsigned count = 0;

	assert_non_null(directory);
	while ((entry = readdir(directory))) {
		_cleanup_free_ char *name = strdup(entry->d_name);

		assert_non_null(name);
		if (!ends_with(name, ".tar.zst") || ends_with(name, ".off.tar.zst"))
			continue;
		name[strlen(name) - strlen(".tar.zst")] = '\0';
		count += check(name);
	}
	closedir(directory);
	return count;
}

/* -- as the kernel left it, and the same tree without anything that the IOMMU left -------------- */

static int remove_group(const char *path, const struct stat *status, int type, struct FTW *walk)
{
	bool below_groups = strstr(path, "/sys/kernel/iommu_groups/") != NULL;
	bool below_units = strstr(path, "/sys/class/iommu/") != NULL;

	(void)status;
	if (below_groups || below_units || streq(path + walk->base, "iommu_group"))
		assert_int_equal(type == FTW_DP ? rmdir(path) : unlink(path), 0);
	return 0;
}

static bool groups_check(const char *name)
{
	_cleanup_captured_ struct captured captured = captured_open(name);
	struct facts *off;

	assert_int_equal(captured.facts->iommu.active, YES);
	hold(name, captured.facts, captured.facts);
	assert_int_equal(
		nftw(snapshot_folder(captured.snapshot), remove_group, 16, FTW_DEPTH | FTW_PHYS),
		0);
	off = facts_collect(snapshot_host(captured.snapshot));
	assert_int_equal(off->iommu.active, NO);
	hold(name, off, captured.facts);
	facts_free(off);
	return true;
}

static void test_groups(void **state)
{
	(void)state;
	assert_true(each(groups_check) >= FEWEST);
}

/* -- really booted without an IOMMU ----------------------------------------------------------- */

static bool off_check(const char *name)
{
	_cleanup_free_ char *off_name = NULL;
	_cleanup_free_ char *path = NULL;
	struct captured off, captured;

	assert_true(asprintf(&off_name, "%s.off", name) > 0);
	assert_true(asprintf(&path, "%s/%s.tar.zst", folder, off_name) > 0);
	if (access(path, F_OK) < 0)
		return false;
	off = captured_open(off_name);
	captured = captured_open(name);
	assert_int_equal(off.facts->iommu.active, NO);
	hold(off_name, off.facts, captured.facts);
	captured_close(&captured);
	captured_close(&off);
	return true;
}

static void test_booted_off(void **state)
{
	(void)state;
	assert_true(each(off_check) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_groups),
		cmocka_unit_test(test_booted_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
