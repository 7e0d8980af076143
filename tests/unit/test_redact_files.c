/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/capture/redact.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "redact_made.h"

/* -- files with a structure ------------------------------------------------------------------------------ */

static void route_tables(void **state)
{
	const struct fixture *fixture = *state;

	learn(fixture, REDACT_ROUTES, routes);
	/* 10.0.0.0/8 becomes 248.0.0.0/8; 10.20.30.0/24 keeps its place in it. */
	assert_string_equal(apply(fixture, REDACT_ROUTES, routes),
			    "Iface\tDestination\tGateway "
			    "\tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
			    "eno1\t00000000\t011E14F8\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
			    "eno1\t001E14F8\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"
			    "eno2\t000000F8\t011E14F8\t0003\t0\t0\t0\t000000FF\t0\t0\t0\n");
	/* Each address stays in the network that it is routed by. */
	assert_becomes(fixture, "10.20.30.1 10.20.30.77 10.9.9.9 172.16.0.1",
		       "248.20.30.1 248.20.30.2 248.0.0.1 192.0.2.1");
}

static void route_tables6(void **state)
{
	const struct fixture *fixture = *state;
	const char *table =
		"2a0104f8abcd00120000000000000000 40 00000000000000000000000000000000 00 "
		"00000000000000000000000000000000 00000100 00000001 00000000 00000001     eno1\n"
		"fe800000000000003eecefff fe123456 80 x\n"
		"2a0104f8abcd00123eecefffffe12345 80 00000000000000000000000000000000 00 "
		"fe800000000000003eeceffffe123456 00000000 00000002 00000000 80200001 "
		"enx3cecef123456\n";

	learn(fixture, REDACT_ROUTES6, table);
	assert_string_equal(
		apply(fixture, REDACT_ROUTES6, table),
		"20010db8000000000000000000000000 40 00000000000000000000000000000000 00 "
		"00000000000000000000000000000000 00000100 00000001 00000000 00000001     eno1\n"
		"fe800000000000003eecefff fe123456 80 x\n"
		"20010db8000000000000000000000001 80 00000000000000000000000000000000 00 "
		"fe800000000000000000000000000001 00000000 00000002 00000000 80200001 "
		"enx020000000001\n");
	assert_becomes(fixture, "2a01:4f8:abcd:12::9", "2001:db8::2");
}

static void udev_records(void **state)
{
	const struct fixture *fixture = *state;

	assert_string_equal(apply(fixture, REDACT_UDEV,
				  "S:disk/by-id/ata-X_S5Y1\nE:ID_SERIAL=X_S5Y1NX0R\n"
				  "E:ID_FS_TYPE=ext4\nE:ID_FS_UUID=A1B2-C3D4\nG:systemd\n"),
			    "E:ID_FS_TYPE=ext4\nE:ID_FS_UUID=0000-0001\n");
}

static void other_files(void **state)
{
	const struct fixture *fixture = *state;
	const char block[] = "# GRUB Environment Block\nkernelopts=ip=10.200.100.200 ro\n###";
	struct bytes bytes;

	assert_string_equal(apply(fixture, REDACT_MODULES,
				  "vfio_pci 16384 0 - Live 0xffffffffc0a12000\nx 1 0\n"),
			    "vfio_pci 16384 0 - Live 0x0000000000000000\nx 1 0\n");
	/* The block keeps its size. */
	assert_string_equal(apply(fixture, REDACT_GRUB_BLOCK, block),
			    "# GRUB Environment Block\nkernelopts=ip=192.0.2.1 ro\n########");
	/* Arguments may hold anything. */
	bytes = redactor_apply(fixture->redactor, fixture->arena, REDACT_COMMAND,
			       (struct bytes){"/home/joe/qemu\0-name\0secret", 27});
	assert_int_equal(bytes.length, strlen("/home/user1/qemu"));
	assert_string_equal(bytes.data, "/home/user1/qemu");
	assert_string_equal(apply(fixture, REDACT_COMMAND, "postgres: alice shop"), "postgres:");
	assert_string_equal(apply(fixture, REDACT_NOTHING, "10.0.0.1"), "10.0.0.1");
}

/* The Device Serial Number capability of a network card holds its MAC address. */
static void configuration_space(void **state)
{
	static const char serial[8] = {0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x08};
	const struct fixture *fixture = *state;
	char config[4096] = {[0] = 1};
	struct bytes bytes;

	memcpy(config + 0x100, "\x01\x00\x02\x14", 4); /* AER, next 140 */
	memcpy(config + 0x140, "\x03\x00\x01\x16", 4); /* serial number, next 160 */
	memcpy(config + 0x144, serial, sizeof(serial));
	memcpy(config + 0x160, "\x0d\x00\x01\x10", 4); /* ACS, next 100: a loop */
	memcpy(config + 0x164, serial, sizeof(serial));
	bytes = redactor_apply(fixture->redactor, fixture->arena, REDACT_CONFIG_SPACE,
			       (struct bytes){config, sizeof(config)});
	assert_int_equal(bytes.length, sizeof(config));
	assert_memory_equal(bytes.data + 0x144, (const char[8]){0}, 8);
	memset(config + 0x144, 0, sizeof(serial));
	assert_memory_equal(bytes.data, config, sizeof(config));
	/* Cut off in the middle, and without extended capabilities. */
	for (size_t length = 0; length <= 0x150; length += 4) {
		bytes = redactor_apply(fixture->redactor, fixture->arena, REDACT_CONFIG_SPACE,
				       (struct bytes){config, length});
		assert_int_equal(bytes.length, length);
	}
}

/* -- EFI variables ------------------------------------------------------------------------------------------ */

static size_t put_wide(char *at, const char *text)
{
	size_t length = strlen(text) + 1;

	for (size_t i = 0; i < length; i++) {
		at[2 * i] = text[i];
		at[2 * i + 1] = '\0';
	}
	return 2 * length;
}

static void efi_texts(void **state)
{
	const struct fixture *fixture = *state;
	char value[256] = "\x06\0\0", wanted[256] = "\x06\0\0";
	size_t length = 4 + put_wide(value + 4, "7F3E2D1C-AAAA-4BBB-8CCC-123456789ABC");
	struct bytes bytes;

	(void)put_wide(wanted + 4, "00000000-0000-4000-8000-000000000001");
	bytes = redactor_apply(fixture->redactor, fixture->arena, REDACT_EFI_VARIABLE,
			       (struct bytes){value, length});
	assert_int_equal(bytes.length, length);
	assert_memory_equal(bytes.data, wanted, length);
	assert_becomes(fixture, "PARTUUID=7f3e2d1c-aaaa-4bbb-8ccc-123456789abc",
		       "PARTUUID=00000000-0000-4000-8000-000000000001");
	/* SecureBoot, BootCurrent, an empty one, half of one */
	for (length = 0; length <= 6; length++) {
		bytes = redactor_apply(fixture->redactor, fixture->arena, REDACT_EFI_VARIABLE,
				       (struct bytes){"\x06\0\0\0\x01\x00", length});
		assert_int_equal(bytes.length, length);
		assert_memory_equal(bytes.data, "\x06\0\0\0\x01\x00", length);
	}
}

/* Attributes; an option with a name, a partition, a MAC address and a file. */
static size_t build_option(char *value, const char *name, const char *guid, const char *mac,
			   const char *file)
{
	static const char end[4] = {0x7f, (char)0xff, 4, 0};
	size_t at = 10, path;

	memcpy(value, "\x07\0\0\0\x01\0\0\0\0\0", 10);
	at += put_wide(value + at, name);
	path = at;
	memcpy(value + at, (const char[4]){4, 1, 42, 0}, 4);
	memset(value + at + 4, 0x11, 20);
	memcpy(value + at + 24, guid, 16);
	value[at + 40] = 2;
	value[at + 41] = 2;
	at += 42;
	memcpy(value + at, (const char[4]){3, 11, 37, 0}, 4);
	memset(value + at + 4, 0, 33);
	memcpy(value + at + 4, mac, 6);
	at += 37;
	memcpy(value + at, (const char[2]){4, 4}, 2);
	path = at - path;
	at += 4 + put_wide(value + at + 4, file);
	value[at - 4 - 2 * (strlen(file) + 1) + 2] = (char)(4 + 2 * (strlen(file) + 1));
	value[at - 4 - 2 * (strlen(file) + 1) + 3] = 0;
	path += 4 + 2 * (strlen(file) + 1);
	memcpy(value + at, end, sizeof(end));
	at += sizeof(end);
	path += sizeof(end);
	value[8] = (char)path;
	value[9] = (char)(path >> 8);
	return at;
}

static void efi_load_options(void **state)
{
	const struct fixture *fixture = *state;
	/* 7f3e2d1c-aaaa-4bbb-8ccc-123456789abc and its placeholder, the first parts little-endian */
	static const char guid[16] =
		"\x1c\x2d\x3e\x7f\xaa\xaa\xbb\x4b\x8c\xcc\x12\x34\x56\x78\x9a\xbc";
	static const char placeholder[16] = "\0\0\0\0\0\0\0\x40\x80\0\0\0\0\0\0\x01";
	char value[512], wanted[512];
	size_t length = build_option(value, "lab 7f3e2d1c-aaaa-4bbb-8ccc-123456789abc", guid,
				     "\x3c\xec\xef\x12\x34\x56", "\\EFI\\10.20.30.40\\x.efi");
	size_t wanted_length = build_option(wanted, "lab 00000000-0000-4000-8000-000000000001",
					    placeholder, "\0\0\0\0\0\0", "\\EFI\\192.0.2.1\\x.efi");
	struct bytes bytes = redactor_apply(fixture->redactor, fixture->arena, REDACT_EFI_VARIABLE,
					    (struct bytes){value, length});

	assert_int_equal(bytes.length, wanted_length);
	assert_memory_equal(bytes.data, wanted, wanted_length);
	/* Cut off anywhere, it is no load option, and nothing is read behind it. */
	for (size_t cut = 0; cut < length; cut++) {
		char *copy = malloc(cut + 1);

		assert_non_null(copy);
		memcpy(copy, value, cut);
		bytes = redactor_apply(fixture->redactor, fixture->arena, REDACT_EFI_VARIABLE,
				       (struct bytes){copy, cut});
		assert_true(bytes.length <= cut + 64);
		free(copy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(route_tables),     TEST(route_tables6),       TEST(udev_records),
		TEST(other_files),      TEST(configuration_space), TEST(efi_texts),
		TEST(efi_load_options),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
