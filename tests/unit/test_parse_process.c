/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/parse/process.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static const char limits[] =
	"Limit                     Soft Limit           Hard Limit           Units     \n"
	"Max cpu time              unlimited            unlimited            seconds   \n"
	"Max locked memory         8388608              unlimited            bytes     \n"
	"Max address space         unlimited            unlimited            bytes     \n";

static void reads_the_memory_lock_limit(void **state)
{
	struct memlock memlock;

	(void)state;
	assert_int_equal(limits_parse_memlock(limits, strlen(limits), &memlock), 0);
	assert_int_equal(memlock.soft, 8388608);
	assert_true(memlock.hard == UINT64_MAX);
	assert_int_equal(memlock.line, 3);
	assert_int_equal(memlock.offset, 158);
	assert_memory_equal(limits + memlock.offset, "Max locked memory ", 18);
	assert_memory_equal(limits + memlock.offset + memlock.length - 5, "bytes ", 6);
}

static void broken_limits_are_refused(void **state)
{
	static const struct {
		const char *text;
		int code;
	} cases[] = {
		{"", -ENODATA},
		{"Max locked memor", -ENODATA},
		{"Max locked memory ", -EINVAL},
		{"Max locked memory         8388608", -EINVAL},
		{"Max locked memory         -1 5", -EINVAL},
		{"Max locked memory         99999999999999999999 5", -EINVAL},
		{"Max locked memory         unlimitedx 5", -EINVAL},
	};
	struct memlock memlock = {.soft = 7};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(
			limits_parse_memlock(cases[i].text, strlen(cases[i].text), &memlock),
			cases[i].code);
		assert_int_equal(memlock.soft, 7);
	}
}

static void reads_capability_sets(void **state)
{
	static const char status[] = "Name:\tlibvirtd\nCapPrm:\t000001ffffffffff\n"
				     "CapEff:\t000001ffffffffff\nCapBnd:\t000001fffeffffff\n";
	struct capabilities capabilities;

	(void)state;
	assert_int_equal(status_parse_capabilities(status, strlen(status), &capabilities), 0);
	assert_true(capabilities.effective >> CAPABILITY_SYS_RESOURCE & 1);
	assert_false(capabilities.bounding >> CAPABILITY_SYS_RESOURCE & 1);
	assert_int_equal(status_parse_capabilities(status, 40, &capabilities), -ENODATA);
	assert_int_equal(status_parse_capabilities("CapEff:\txyz\n", 12, &capabilities), -EINVAL);
}

static void reads_memory_and_minor(void **state)
{
	uint64_t bytes = 7;
	unsigned minor = 7;

	(void)state;
	assert_int_equal(
		meminfo_parse_total("MemTotal:       16318572 kB\nMemFree: 1 kB\n", 42, &bytes), 0);
	assert_true(bytes == 16318572ULL * 1024);
	assert_int_equal(meminfo_parse_total("MemTotal: 18014398509481985 kB\n", 31, &bytes),
			 -EINVAL);
	assert_int_equal(meminfo_parse_total("MemTotal: 5 MB\n", 15, &bytes), -EINVAL);
	assert_int_equal(meminfo_parse_total("MemFree: 5 kB\n", 14, &bytes), -ENODATA);
	assert_true(bytes == 16318572ULL * 1024);
	assert_int_equal(nvidia_parse_minor("Model: \t\t NVIDIA\nDevice Minor: \t 3\n", 37, &minor),
			 0);
	assert_int_equal(minor, 3);
	assert_int_equal(nvidia_parse_minor("Device Minor: \t -1\n", 19, &minor), -EINVAL);
	assert_int_equal(minor, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_the_memory_lock_limit),
		cmocka_unit_test(broken_limits_are_refused),
		cmocka_unit_test(reads_capability_sets),
		cmocka_unit_test(reads_memory_and_minor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
