/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Detach and attach against a stand-in for the kernel's driver core. */
#include "configure/bind.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

enum { FUNCTIONS = 3, DRIVERS = 3 };

/* A driver of the stand-in: which functions it claims without an override, and what it refuses. */
struct kernel_driver {
	const char *name;
	unsigned claims;  /* bit per function */
	unsigned refuses; /* its probe fails for these */
	unsigned hangs;   /* unbinding these does not come back */
};

struct kernel {
	struct kernel_driver drivers[DRIVERS]; /* in the order of registration */
	const char *bound[FUNCTIONS];
	char override[FUNCTIONS][32];
	int fail_at; /* the write of this number fails with EIO; 0 none */
	int writes;
	char log[2048];
};

static const char *const addresses[FUNCTIONS] = {"0000:01:00.0", "0000:01:00.1", "0000:02:00.0"};

static int index_of(const char *address)
{
	for (int i = 0; i < FUNCTIONS; i++)
		if (streq(addresses[i], address))
			return i;
	return -1;
}

static bool matches(const struct kernel *kernel, const struct kernel_driver *driver, int function)
{
	if (*kernel->override[function])
		return streq(kernel->override[function], driver->name);
	return driver->claims & 1U << function;
}

static int probe(struct kernel *kernel, const struct kernel_driver *driver, int function)
{
	if (kernel->bound[function])
		return -EBUSY;
	if (!matches(kernel, driver, function) || driver->refuses & 1U << function)
		return -ENODEV;
	kernel->bound[function] = driver->name;
	return 0;
}

static int unbind_one(struct kernel *kernel, const struct kernel_driver *driver, int function)
{
	if (!streq(kernel->bound[function], driver->name))
		return -ENODEV;
	if (driver->hangs & 1U << function)
		return -ETIMEDOUT;
	kernel->bound[function] = NULL;
	return 0;
}

static int write_driver_file(struct kernel *kernel, const char *path, const char *text)
{
	int function = index_of(text);

	for (int i = 0; i < DRIVERS; i++) {
		const struct kernel_driver *driver = &kernel->drivers[i];
		size_t length = driver->name ? strlen(driver->name) : 0;

		if (!length || strncmp(path, driver->name, length) != 0 || path[length] != '/')
			continue;
		if (function < 0)
			return -ENODEV;
		return streq(path + length + 1, "unbind") ? unbind_one(kernel, driver, function)
							  : probe(kernel, driver, function);
	}
	return -ENOENT;
}

static int write_probe(struct kernel *kernel, const char *address)
{
	int function = index_of(address);

	if (function < 0)
		return -ENODEV;
	for (int i = 0; i < DRIVERS && !kernel->bound[function]; i++)
		if (kernel->drivers[i].name)
			(void)probe(kernel, &kernel->drivers[i], function);
	return 0;
}

static int kernel_write(void *context, const char *path, const char *text)
{
	static const char devices[] = "sys/bus/pci/devices/", drivers[] = "sys/bus/pci/drivers/";
	struct kernel *kernel = context;
	size_t used = strlen(kernel->log);

	if (++kernel->writes == kernel->fail_at)
		return -EIO;
	(void)snprintf(kernel->log + used, sizeof(kernel->log) - used, "%s<%s\n",
		       strrchr(path, '/') + 1, text);
	if (streq(path, "sys/bus/pci/drivers_probe"))
		return write_probe(kernel, text);
	if (starts_with(path, drivers))
		return write_driver_file(kernel, path + strlen(drivers), text);
	if (starts_with(path, devices) && strstr(path, "/driver_override")) {
		char address[16] = "";

		memcpy(address, path + strlen(devices), 12);
		if (index_of(address) < 0)
			return -ENOENT;
		(void)snprintf(kernel->override[index_of(address)], sizeof(kernel->override[0]),
			       "%s", streq(text, "\n") ? "" : text);
		return 0;
	}
	return -ENOENT;
}

static int kernel_driver(void *context, struct arena *arena, const char *address,
			 const char **ret_driver)
{
	const struct kernel *kernel = context;
	int function = index_of(address);

	if (function < 0)
		return -ENODEV;
	*ret_driver = arena_strdup(arena, kernel->bound[function] ? kernel->bound[function] : "");
	return 0;
}

static int kernel_override(void *context, struct arena *arena, const char *address,
			   const char **ret_override)
{
	const struct kernel *kernel = context;

	*ret_override = arena_strdup(arena, kernel->override[index_of(address)]);
	return 0;
}

/* nouveau has the card, snd_hda_intel its sound, and vfio-pci is loaded. */
static struct kernel make_kernel(void)
{
	return (struct kernel){
		.drivers = {{.name = "nouveau", .claims = 1},
			    {.name = "snd_hda_intel", .claims = 2},
			    {.name = "vfio-pci"}},
		.bound = {"nouveau", "snd_hda_intel", NULL},
	};
}

static int move(struct kernel *kernel, const char *driver, size_t count, struct error *error)
{
	struct bind_calls calls = {kernel, kernel_write, kernel_driver, kernel_override};
	struct bind_function functions[2] = {{.address = addresses[0], .driver = driver},
					     {.address = addresses[1], .driver = driver}};
	const char *names[2][1] = {{"nouveau"}, {"snd_hda_intel"}};
	struct bind_functions list = {functions, count, 2};

	for (size_t i = 0; i < 2; i++)
		functions[i].host_drivers = (struct strings){names[i], 1, 1};
	return bind_all(&calls, &list, NULL, NULL, error);
}

static void assert_bound(const struct kernel *kernel, const char *first, const char *second)
{
	assert_string_equal(kernel->bound[0] ? kernel->bound[0] : "", first);
	assert_string_equal(kernel->bound[1] ? kernel->bound[1] : "", second);
}

static void both_let_go_before_either_is_taken(void **state)
{
	struct kernel kernel = make_kernel();
	struct error error = {0};

	(void)state;
	assert_int_equal(move(&kernel, "vfio-pci", 2, &error), 0);
	assert_bound(&kernel, "vfio-pci", "vfio-pci");
	assert_string_equal(kernel.log, "driver_override<vfio-pci\nunbind<0000:01:00.0\n"
					"driver_override<vfio-pci\nunbind<0000:01:00.1\n"
					"drivers_probe<0000:01:00.0\ndrivers_probe<0000:01:00.1\n");
}

static void twice_changes_nothing_more(void **state)
{
	struct kernel kernel = make_kernel();
	struct error error = {0};
	int writes;

	(void)state;
	assert_int_equal(move(&kernel, "vfio-pci", 2, &error), 0);
	writes = kernel.writes;
	assert_int_equal(move(&kernel, "vfio-pci", 2, &error), 0);
	assert_int_equal(kernel.writes, writes);
	assert_int_equal(move(&kernel, NULL, 2, &error), 0);
	assert_bound(&kernel, "nouveau", "snd_hda_intel");
	assert_string_equal(kernel.override[0], "");
	writes = kernel.writes;
	assert_int_equal(move(&kernel, NULL, 2, &error), 0);
	assert_int_equal(kernel.writes, writes);
}

static void a_refusal_puts_both_back(void **state)
{
	struct kernel kernel = make_kernel();
	struct error error = {0};

	(void)state;
	kernel.drivers[2].refuses = 2;
	assert_int_equal(move(&kernel, "vfio-pci", 2, &error), -ENODEV);
	assert_bound(&kernel, "nouveau", "snd_hda_intel");
	assert_string_equal(kernel.override[0], "");
	assert_string_equal(kernel.override[1], "");
	assert_non_null(strstr(error.message, "0000:01:00.1"));
}

static void a_driver_that_hangs_is_left_alone(void **state)
{
	struct kernel kernel = make_kernel();
	struct error error = {0};

	(void)state;
	kernel.drivers[1].hangs = 2;
	assert_int_equal(move(&kernel, "vfio-pci", 2, &error), -ETIMEDOUT);
	assert_bound(&kernel, "nouveau", "snd_hda_intel");
	assert_string_equal(kernel.override[0], "");
	assert_non_null(strstr(error.message, "snd_hda_intel does not let go"));
}

/* ids= of vfio-pci claim the card: the kernel would give it to vfio-pci again. */
static void attach_wins_against_ids(void **state)
{
	struct kernel kernel = make_kernel();
	struct kernel_driver vfio = {.name = "vfio-pci", .claims = 1}, nouveau = kernel.drivers[0];
	struct error error = {0};

	(void)state;
	kernel.drivers[0] = vfio;
	kernel.drivers[2] = nouveau;
	kernel.bound[0] = "vfio-pci";
	assert_int_equal(move(&kernel, NULL, 1, &error), 0);
	assert_string_equal(kernel.bound[0], "nouveau");
}

static void what_nobody_claims_stays_unbound(void **state)
{
	struct kernel kernel = make_kernel();
	struct bind_calls calls = {&kernel, kernel_write, kernel_driver, kernel_override};
	struct bind_function function = {.address = addresses[2]};
	struct bind_functions list = {&function, 1, 1};
	struct error error = {0};

	(void)state;
	kernel.bound[2] = "vfio-pci";
	assert_int_equal(bind_all(&calls, &list, NULL, NULL, &error), 0);
	assert_null(kernel.bound[2]);
	function.address = "0000:09:00.0";
	assert_int_equal(bind_all(&calls, &list, NULL, NULL, &error), -ENODEV);
}

/* Every write fails once: the end is all or nothing. */
static void no_failure_leaves_half(void **state)
{
	int failures = 0;

	(void)state;
	for (int at = 1; at < 20; at++) {
		struct kernel kernel = make_kernel();
		struct error error = {0};
		int r;

		kernel.fail_at = at;
		r = move(&kernel, "vfio-pci", 2, &error);
		if (r == 0) {
			assert_bound(&kernel, "vfio-pci", "vfio-pci");
			continue;
		}
		failures++;
		assert_bound(&kernel, "nouveau", "snd_hda_intel");
		assert_string_equal(kernel.override[0], "");
		assert_string_equal(kernel.override[1], "");
	}
	assert_int_equal(failures, 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_let_go_before_either_is_taken),
		cmocka_unit_test(twice_changes_nothing_more),
		cmocka_unit_test(a_refusal_puts_both_back),
		cmocka_unit_test(a_driver_that_hangs_is_left_alone),
		cmocka_unit_test(attach_wins_against_ids),
		cmocka_unit_test(what_nobody_claims_stays_unbound),
		cmocka_unit_test(no_failure_leaves_half),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
