/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "facts_made.h"
#include "tree.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define EFIVARS     "sys/firmware/efi/efivars/"
#define SECURE_BOOT EFIVARS "SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"
#define SETUP_MODE  EFIVARS "SetupMode-8be4df61-93ca-11d2-aa0d-00e098032b8c"
#define SHIM_STATE  EFIVARS "MokSBStateRT-605dab50-e046-4300-abb6-3dd810dd8b23"

/* Attributes 6: boot service and runtime access; 7: non-volatile, too. */
#define ENFORCED "hex " SECURE_BOOT "\n| 06 00 00 00 01\nhex " SETUP_MODE "\n| 06 00 00 00 00\n"

/* A tree and the facts that stand before the collector runs. */
struct fixture {
	struct tree *tree;
	struct facts *facts;
};

static struct fixture fixture_new(const char *recipe, const char *architecture)
{
	struct fixture fixture = {tree_new(recipe), facts_made()};

	fixture.facts->machine.architecture = architecture;
	return fixture;
}

static void fixture_free(struct fixture *fixture)
{
	facts_free(fixture->facts);
	tree_free(fixture->tree);
}
#define _cleanup_fixture_ _cleanup_(fixture_free)

static const struct machine_facts *collect(struct fixture *fixture)
{
	facts_collect_firmware(fixture->facts, tree_host(fixture->tree));
	return &fixture->facts->machine;
}

static void give_log(struct fixture *fixture, const char *text)
{
	log_parse(fixture->facts->arena, text, strlen(text), &fixture->facts->log);
	fixture->facts->log.source = "dmesg";
}

/* -- which firmware ---------------------------------------------------------------------------- */

static void assert_firmware(const char *recipe, const char *architecture, const char *expected)
{
	_cleanup_fixture_ struct fixture f = fixture_new(recipe, architecture);

	if (expected)
		assert_string_equal(collect(&f)->firmware, expected);
	else
		assert_null(collect(&f)->firmware);
}

static void kinds_of_firmware(void **state)
{
	(void)state;
	assert_firmware("dir sys/firmware/efi\ndir sys/firmware/acpi\n", "x86_64", "uefi");
	assert_firmware("dir sys/firmware/efi\ndir sys/firmware/devicetree\n", "aarch64", "uefi");
	assert_firmware("dir sys/firmware/acpi\n", "x86_64", "bios");
	assert_firmware("dir sys/firmware/acpi\n", "i686", "bios");
	/* Linux 6.9 and later may have an empty device tree there. */
	assert_firmware("dir sys/firmware/acpi\ndir sys/firmware/devicetree/base\n", "x86_64",
			"bios");
	assert_firmware("dir sys/firmware/devicetree/base\n", "aarch64", "devicetree");
	assert_firmware("dir sys/firmware/devicetree\ndir sys/firmware/acpi\n", "aarch64", NULL);
	assert_firmware("dir sys/firmware/acpi\n", NULL, NULL);
	assert_firmware("dir sys/kernel\n", "x86_64", NULL);
}

static void the_cpu_tells_the_architecture(void **state)
{
	_cleanup_fixture_ struct fixture f = fixture_new("dir sys/firmware/acpi\n", NULL);

	(void)state;
	f.facts->machine.cpu_vendor = CPU_AMD;
	assert_string_equal(collect(&f)->firmware, "bios");
	assert_int_equal(f.facts->machine.secure_boot, NO);
	assert_string_equal(f.facts->machine.secure_boot_origin.source, "/sys/firmware");
}

static void missing_firmware_is_noted(void **state)
{
	_cleanup_fixture_ struct fixture f = fixture_new("dir sys\n", "x86_64");

	(void)state;
	assert_int_equal(collect(&f)->secure_boot, UNKNOWN);
	assert_int_equal(facts_unread_error(f.facts, "sys/firmware"), -ENOENT);
	assert_int_equal(facts_unread_error(f.facts, "sys/kernel/security/lockdown"), -ENOENT);
}

static void a_partial_tree_is_not_bios(void **state)
{
	_cleanup_fixture_ struct fixture f = fixture_new("dir sys/firmware/acpi\n", "x86_64");

	(void)state;
	give_log(&f, "[    0.000000] secureboot: Secure boot enabled\n");
	assert_string_equal(collect(&f)->firmware, "uefi");
	assert_int_equal(f.facts->machine.secure_boot, YES);
}

/* -- Secure Boot ------------------------------------------------------------------------------- */

static void secure_boot_is_enforced(void **state)
{
	_cleanup_fixture_ struct fixture f = fixture_new(ENFORCED, "x86_64");
	const struct machine_facts *machine = collect(&f);

	(void)state;
	assert_int_equal(machine->secure_boot, YES);
	assert_int_equal(machine->setup_mode, NO);
	assert_string_equal(machine->secure_boot_origin.source, "/" SECURE_BOOT);
	assert_string_equal(machine->secure_boot_origin.text, "SecureBoot = 1");
}

static void secure_boot_is_off(void **state)
{
	_cleanup_fixture_ struct fixture f =
		fixture_new("hex " SECURE_BOOT "\n| 06 00 00 00 00\n", "x86_64");

	(void)state;
	assert_int_equal(collect(&f)->secure_boot, NO);
	assert_int_equal(f.facts->machine.setup_mode, UNKNOWN);
	assert_string_equal(f.facts->machine.secure_boot_origin.text, "SecureBoot = 0");
}

static void setup_mode_enforces_nothing(void **state)
{
	_cleanup_fixture_ struct fixture f = fixture_new("hex " SECURE_BOOT "\n| 06 00 00 00 01\n"
							 "hex " SETUP_MODE "\n| 06 00 00 00 01\n",
							 "x86_64");

	(void)state;
	assert_int_equal(collect(&f)->secure_boot, NO);
	assert_int_equal(f.facts->machine.setup_mode, YES);
}

static void shim_switches_it_off(void **state)
{
	_cleanup_fixture_ struct fixture off =
		fixture_new(ENFORCED "hex " SHIM_STATE "\n| 06 00 00 00 01\n", "x86_64");
	_cleanup_fixture_ struct fixture on =
		fixture_new(ENFORCED "hex " SHIM_STATE "\n| 06 00 00 00 00\n", "x86_64");
	/* Anybody can write a non-volatile variable of that name: the kernel does not believe it. */
	_cleanup_fixture_ struct fixture forged =
		fixture_new(ENFORCED "hex " SHIM_STATE "\n| 07 00 00 00 01\n", "x86_64");

	(void)state;
	assert_int_equal(collect(&off)->secure_boot, NO);
	assert_string_equal(off.facts->machine.secure_boot_origin.source, "/" SHIM_STATE);
	assert_int_equal(collect(&on)->secure_boot, YES);
	assert_int_equal(collect(&forged)->secure_boot, YES);
}

static void firmware_without_secure_boot(void **state)
{
	_cleanup_fixture_ struct fixture f =
		fixture_new("hex " EFIVARS "BootCurrent-8be4df61-93ca-11d2-aa0d-00e098032b8c\n"
			    "| 06 00 00 00 01 00\n",
			    "x86_64");

	(void)state;
	assert_int_equal(collect(&f)->secure_boot, NO);
	assert_string_equal(f.facts->machine.secure_boot_origin.source,
			    "/sys/firmware/efi/efivars");
}

static void no_variables_are_unknown(void **state)
{
	_cleanup_fixture_ struct fixture empty =
		fixture_new("dir sys/firmware/efi/efivars\n", "x86_64");
	_cleanup_fixture_ struct fixture cut =
		fixture_new("hex " SECURE_BOOT "\n| 06 00 00 00\n", "x86_64");
	_cleanup_fixture_ struct fixture pipe = fixture_new("fifo " SECURE_BOOT "\n", "x86_64");

	(void)state;
	assert_int_equal(collect(&empty)->secure_boot, UNKNOWN);
	assert_int_equal(facts_unread_error(empty.facts, SECURE_BOOT), -ENOENT);
	assert_int_equal(collect(&cut)->secure_boot, UNKNOWN);
	assert_int_equal(facts_unread_error(cut.facts, SECURE_BOOT), -EINVAL);
	assert_int_equal(collect(&pipe)->secure_boot, UNKNOWN);
	assert_int_equal(facts_unread_error(pipe.facts, SECURE_BOOT), -EINVAL);
}

static void the_log_tells_secure_boot(void **state)
{
	_cleanup_fixture_ struct fixture on = fixture_new("dir sys/firmware/efi\n", "x86_64");
	_cleanup_fixture_ struct fixture off = fixture_new("dir etc\n", "x86_64");
	_cleanup_fixture_ struct fixture both = fixture_new(ENFORCED, "x86_64");

	(void)state;
	give_log(&on, "[    0.000000] Linux version 6.1.0\n"
		      "[    0.000000] secureboot: Secure boot enabled\n");
	assert_int_equal(collect(&on)->secure_boot, YES);
	assert_string_equal(on.facts->machine.secure_boot_origin.source, "dmesg");
	assert_int_equal(on.facts->machine.secure_boot_origin.line, 2);
	assert_string_equal(on.facts->machine.secure_boot_origin.text,
			    "secureboot: Secure boot enabled");
	give_log(&off, "[    0.000000] secureboot: Secure boot disabled\n");
	assert_int_equal(collect(&off)->secure_boot, NO);
	/* The variables are the better witness. */
	give_log(&both, "[    0.000000] secureboot: Secure boot disabled\n");
	assert_int_equal(collect(&both)->secure_boot, YES);
}

/* -- lockdown ---------------------------------------------------------------------------------- */

static void assert_lockdown(const char *recipe, const char *expected)
{
	_cleanup_fixture_ struct fixture f = fixture_new(recipe, "x86_64");

	if (expected)
		assert_string_equal(collect(&f)->lockdown, expected);
	else
		assert_null(collect(&f)->lockdown);
	assert_int_equal(facts_unread_error(f.facts, "sys/kernel/security/lockdown") == 0,
			 expected != NULL);
}

static void lockdown_levels(void **state)
{
#define LOCKDOWN "file sys/kernel/security/lockdown\n| "
	(void)state;
	assert_lockdown(LOCKDOWN "[none] integrity confidentiality\n", "none");
	assert_lockdown(LOCKDOWN "none [integrity] confidentiality\n", "integrity");
	assert_lockdown(LOCKDOWN "none integrity [confidentiality]\n", "confidentiality");
	assert_lockdown(LOCKDOWN "none integrity confidentiality\n", NULL);
	assert_lockdown(LOCKDOWN "[total] integrity\n", NULL);
	assert_lockdown(LOCKDOWN "none] [integrity\n", NULL);
	assert_lockdown(LOCKDOWN "[]\n", NULL);
	assert_lockdown("dir sys/kernel/security\n", NULL);
	assert_lockdown("raw sys/kernel/security/lsm\n| capability,yama,apparmor\n", "none");
	assert_lockdown("raw sys/kernel/security/lsm\n| lockdown,capability,yama\n", NULL);
	assert_lockdown("raw sys/kernel/security/lsm\n", NULL);
#undef LOCKDOWN
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kinds_of_firmware),
		cmocka_unit_test(the_cpu_tells_the_architecture),
		cmocka_unit_test(missing_firmware_is_noted),
		cmocka_unit_test(a_partial_tree_is_not_bios),
		cmocka_unit_test(secure_boot_is_enforced),
		cmocka_unit_test(secure_boot_is_off),
		cmocka_unit_test(setup_mode_enforces_nothing),
		cmocka_unit_test(shim_switches_it_off),
		cmocka_unit_test(firmware_without_secure_boot),
		cmocka_unit_test(no_variables_are_unknown),
		cmocka_unit_test(the_log_tells_secure_boot),
		cmocka_unit_test(lockdown_levels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
