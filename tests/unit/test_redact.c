/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/capture/redact.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "redact_made.h"

/* -- names that are known by their shape ------------------------------------------------------------- */

static void mac_addresses(void **state)
{
	const struct fixture *fixture = *state;

	assert_becomes(fixture, "eth0: 3c:ec:ef:12:34:56 up", "eth0: 02:00:00:00:00:01 up");
	assert_becomes(fixture, "3C-EC-EF-12-34-56", "02-00-00-00-00-01");
	assert_becomes(fixture, "BOOTIF=01-3c-ec-ef-12-34-57 ro", "BOOTIF=01-02-00-00-00-00-02 ro");
	assert_becomes(fixture, "/sys/class/net/enx3cecef123456/x",
		       "/sys/class/net/enx020000000001/x");
	assert_becomes(fixture, "UEFI: PXE IPv4 (MAC:3cecef123457)",
		       "UEFI: PXE IPv4 (MAC:020000000002)");
	/* InfiniBand: 20 bytes; a WWN: 8 */
	assert_becomes(fixture, "a0:00:02:20:fe:80:00:00:00:00:00:00:e4:1d:2d:03:00:07:aa:bb",
		       "02:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:03");
	assert_becomes(fixture, "port 50:01:43:80:12:34:56:78,", "port 50:00:00:00:00:00:00:01,");
	assert_stays(fixture, "00:00:00:00:00:00 ff:ff:ff:ff:ff:ff");
	assert_stays(fixture, "0000:41:00.0 12:34:56 00:1f.2 10de:2330:10de:1626:030200:ffff00");
	assert_stays(fixture, "fb:00:11:22:33");
}

static void uuids(void **state)
{
	const struct fixture *fixture = *state;

	assert_becomes(fixture, "root=UUID=7F3E2D1C-aaaa-4bbb-8ccc-123456789abc ro",
		       "root=UUID=00000000-0000-4000-8000-000000000001 ro");
	assert_becomes(fixture, "7f3e2d1caaaa4bbb8ccc123456789abc-6.1.0.conf",
		       "00000000000040008000000000000001-6.1.0.conf");
	assert_becomes(fixture, "PARTUUID=11111111-2222-3333-4444-555555555555",
		       "PARTUUID=00000000-0000-4000-8000-000000000002");
	/* EFI vendors and types of partitions are the same everywhere. */
	assert_stays(fixture, "SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c");
	assert_stays(fixture, "C12A7328-F81F-11D2-BA4B-00A0C93EC93B");
	assert_stays(fixture, "00000000-0000-0000-0000-000000000000");
	/* a digest, a store path */
	assert_stays(fixture, "d41d8cd98f00b204e9800998ecf8427e0a");
	assert_stays(fixture, "7f3e2d1c-aaaa-4bbb-8ccc-123456789abcd");
}

static void short_uuids(void **state)
{
	const struct fixture *fixture = *state;

	assert_becomes(fixture, "UUID=A1B2-C3D4 /boot/efi", "UUID=0000-0001 /boot/efi");
	assert_becomes(fixture, "UUID=\"A1B2-C3D4\"", "UUID=\"0000-0001\"");
	assert_becomes(fixture, "{\"UUID\": \"01D3F2A1B2C3D4E5\"}",
		       "{\"UUID\": \"0000000000000002\"}");
	assert_becomes(fixture, "/dev/disk/by-uuid/A1B2-C3D4", "/dev/disk/by-uuid/0000-0001");
	/* What was seen behind UUID= is known from then on. */
	assert_becomes(fixture, "search --fs-uuid --set=root A1B2-C3D4",
		       "search --fs-uuid --set=root 0000-0001");
	assert_becomes(fixture, "PARTUUID=1a2b3c4d-02 PARTUUID=1a2b3c4d-01 PARTUUID=ffff0000-01",
		       "PARTUUID=00000001-02 PARTUUID=00000001-01 PARTUUID=00000002-01");
	assert_becomes(fixture, "Zr3Xq1-a1B2-c3D4-e5F6-g7H8-i9J0-k1L2m3",
		       "000000-0000-0000-0000-0000-0000-000003");
	assert_stays(fixture, "GRUB_DISABLE_LINUX_UUID=true");
	assert_stays(fixture, "00001000-00001fff : reserved");
}

static void storage_names(void **state)
{
	const struct fixture *fixture = *state;

	assert_becomes(fixture, "sas_address(0x5000c500a1b2c3d4)",
		       "sas_address(0x5000000000000001)");
	assert_becomes(fixture, "naa.5000c500a1b2c3d4", "naa.5000000000000001");
	assert_becomes(fixture, "eui.0025388b91d0a1b2", "eui.0000000000000002");
	assert_becomes(fixture, "mpath-35000c500a1b2c3d4", "mpath-35000000000000001");
	assert_becomes(fixture, "/dev/disk/by-id/ata-Samsung_SSD_870_S5Y1-part3 /",
		       "/dev/disk/by-id/id-1-part3 /");
	assert_becomes(fixture, "by-id/ata-Samsung_SSD_870_S5Y1", "by-id/id-1");
	assert_becomes(fixture, "LVM-abcdefghijklmnopqrstuvwxyz0123456789ABCDEF",
		       "LVM-000000000000000000000000000000000000000001");
	assert_becomes(fixture, "iqn.1993-08.org.debian:01:5a3c", "iqn.2001-04.com.example:1");
	/* addresses of memory */
	assert_stays(fixture, "[mem 0x00000000fee00000-0x00000000feefffff]");
	assert_stays(fixture, "0x8000000000000000 0x0000000100000000");
}

static void ip_addresses(void **state)
{
	const struct fixture *fixture = *state;

	assert_becomes(fixture, "server 10.20.30.40 OK", "server 192.0.2.1 OK");
	assert_becomes(fixture, "ip=10.20.30.41::10.20.30.40:255.255.255.0::eno1",
		       "ip=192.0.2.2::192.0.2.1:255.255.255.0::eno1");
	assert_becomes(fixture, "10.20.30.40/24, 10.20.30.40-10.20.30.41.",
		       "192.0.2.1/24, 192.0.2.1-192.0.2.2.");
	assert_becomes(fixture, "2a01:4f8::7, [2A01:4F8:0:0::7]:443",
		       "2001:db8::1, [2001:db8::1]:443");
	assert_becomes(fixture, "::ffff:10.20.30.40", "::ffff:192.0.2.1");
	assert_becomes(fixture, "fe80::3eec:efff:fe12:3456%eth0", "fe80::1%eth0");
	assert_stays(fixture, "127.0.0.1 0.0.0.0 255.255.255.255 224.0.0.1 ::1 ff02::2 ::");
}

/* Versions of kernels and firmware are no addresses. */
static void versions_stay(void **state)
{
	const struct fixture *fixture = *state;

	assert_stays(fixture, "Linux version 5.15.153.1-microsoft-standard-WSL2");
	assert_stays(fixture, "v2.4.0.1 driver-1.2.3.4 1.2.3.4.5 01.02.03.04 300.1.1.1");
	assert_stays(fixture, "/lib/modules/6.1.12.4+x/ 6.6.1.2_x");
}

/* -- names that are known by what stands before them ---------------------------------------------------- */

static void host_names(void **state)
{
	const struct fixture *fixture = *state;

	redactor_learn_host(fixture->redactor, "Gpu-Lab7.corp.example.net");
	assert_becomes(fixture, "Hostname set to <gpu-lab7>.", "Hostname set to <host1>.");
	assert_becomes(fixture, "GPU-LAB7.corp.example.net", "host1.example.test");
	assert_becomes(fixture, "/dev/mapper/gpu-lab7--vg-root", "/dev/mapper/host1--vg-root");
	assert_becomes(fixture, "nas.corp.example.net", "nas.example.test");
	assert_becomes(fixture, "(alice@gpu-lab7) (alice@other)", "(user1@host1) (alice@other)");
	assert_becomes(fixture, "gpu-lab7.conf", "host1.conf");
	assert_stays(fixture, "gpu-lab70 xgpu-lab7");
	assert_string_equal(apply(fixture, REDACT_HOST_NAME, "gpu-lab7\n"), "host1\n");
	assert_string_equal(apply(fixture, REDACT_HOST_NAME, "gpu-lab7.corp.example.net\n"),
			    "host1.example.test\n");
}

/* Proxmox's installer proposes "pve", which also names its kernels and its volume group. */
static void technical_host_names(void **state)
{
	const struct fixture *fixture = *state;

	redactor_learn_host(fixture->redactor, "pve");
	assert_stays(fixture, "BOOT_IMAGE=/boot/vmlinuz-6.8.12-1-pve root=/dev/mapper/pve-root");
	assert_string_equal(apply(fixture, REDACT_HOST_NAME, "pve\n"), "host1\n");
	/* A line of /etc/pve/mapping/pci.cfg; the check compares it with the host's name. */
	assert_string_equal(
		apply(fixture, REDACT_TEXT, "\tmap id=10de:2204,node=pve,path=0000:01:00"),
		"\tmap id=10de:2204,node=host1,path=0000:01:00");
	assert_stays(fixture, "numa_node=pve,node=pve-2,node=pve2");
	redactor_keep_word(fixture->redactor, "nvme_core");
	redactor_keep_word(fixture->redactor, "zfs");
	redactor_learn_host(fixture->redactor, "ZFS");
	assert_stays(fixture, "type zfs");
	assert_string_equal(apply(fixture, REDACT_HOST_NAME, "(none)\n"), "\n");
}

static void users_and_servers(void **state)
{
	const struct fixture *fixture = *state;

	assert_becomes(fixture, "/home/alice/x /var/home/bob /home/alice",
		       "/home/user1/x /var/home/user2 /home/user1");
	assert_becomes(fixture, "/run/media/alice/USB", "/run/media/user1/USB");
	assert_stays(fixture, "HOME=/ /homes/alice /home/ /media/cdrom");
	assert_string_equal(apply(fixture, REDACT_MOUNTS,
				  "nas:/export /mnt nfs rw,addr=10.0.0.5 0 0\n"
				  "//win/share /w cifs username=alice,password=geheim 0 0\n"),
			    "server1:/export /mnt nfs rw,addr=192.0.2.1 0 0\n"
			    "//server2/share /w cifs username=user1,password=REDACTED 0 0\n");
}

static void secrets(void **state)
{
	const struct fixture *fixture = *state;

	assert_becomes(fixture, "rd.iscsi.password=geheim ro", "rd.iscsi.password=REDACTED ro");
	assert_becomes(fixture, "systemd.set_credential=a:geheim",
		       "systemd.set_credential=REDACTED");
	assert_becomes(fixture, "x_secret=\"ge heim\" y", "x_secret=\"REDACTED\" y");
	assert_becomes(fixture, "netroot=iscsi:joe:geheim@10.0.0.5::3260",
		       "netroot=iscsi:REDACTED@192.0.2.1::3260");
	assert_becomes(fixture,
		       "set superusers=\"joe\"\npassword_pbkdf2 joe grub.pbkdf2.sha512.1.AA\nx",
		       "set superusers=\"REDACTED\"\npassword_pbkdf2 REDACTED\nx");
	assert_becomes(fixture, "MENU MASTER PASSWD $4$geheim\n", "MENU MASTER PASSWD REDACTED\n");
	assert_stays(fixture, "iommu.passthrough=1 bypass=yes vfio_iommu_type1");
}

static void serial_numbers(void **state)
{
	const struct fixture *fixture = *state;

	assert_becomes(fixture, "usb 1-1: SerialNumber: 4C530001230101112345\n",
		       "usb 1-1: SerialNumber: 00000000000000000001\n");
	assert_becomes(fixture, "U: Uniq=aa:bb:cc:dd:ee:ff\n", "U: Uniq=02:00:00:00:00:01\n");
	assert_becomes(fixture, "Serial\t\t: 10000000abcdef01\n", "Serial\t\t: 0000000000000002\n");
	assert_stays(fixture, "Mfr=1, Product=2, SerialNumber=3");
	assert_stays(fixture, "Serial: 8250/16550 driver, 4 ports");
	assert_stays(fixture, "U: Uniq=\n");
	redactor_learn_serial(fixture->redactor, "S5Y1NX0R123456  \n", 17);
	redactor_learn_serial(fixture->redactor, "AA:BB:CC:DD:EE:FF\n", 18);
	redactor_learn_serial(fixture->redactor, "t10.ATA     Samsung SSD 870    S7Z9NX0R654321  ",
			      47);
	assert_becomes(fixture, "Samsung SSD S5Y1NX0R123456 1", "Samsung SSD 00000000000003 1");
	assert_becomes(fixture, "s7z9nx0r654321", "00000000000004");
	assert_becomes(fixture, "if aabbccddeeff", "if 020000000001");
}

/* Fillers of vendors, numbers that may be addresses: learned, they would change what they do not
 * mean. */
static void fillers_are_not_learned(void **state)
{
	static const char *const fillers[] = {"Default string",
					      "To Be Filled By O.E.M.",
					      "None",
					      "0123456789",
					      "fee00000",
					      "Serial",
					      "",
					      "   \n"};
	const struct fixture *fixture = *state;

	for (size_t i = 0; i < ARRAY_SIZE(fillers); i++)
		redactor_learn_serial(fixture->redactor, fillers[i], strlen(fillers[i]));
	assert_stays(fixture, "Default string O.E.M. None 0123456789 fee00000-fee00fff Serial");
}

/* -- all of it ------------------------------------------------------------------------------------------------ */

static void paths(void **state)
{
	const struct fixture *fixture = *state;

	redactor_learn_host(fixture->redactor, "lab7");
	assert_string_equal(
		redactor_apply_path(fixture->redactor, fixture->arena,
				    "sys/fs/btrfs/7f3e2d1c-aaaa-4bbb-8ccc-123456789abc/x"),
		"sys/fs/btrfs/00000000-0000-4000-8000-000000000001/x");
	assert_string_equal(
		redactor_apply_path(fixture->redactor, fixture->arena,
				    "../../devices/pci0000:00/0000:00:1c.0/net/enx3cecef123456"),
		"../../devices/pci0000:00/0000:00:1c.0/net/enx020000000001");
	assert_string_equal(redactor_apply_path(fixture->redactor, fixture->arena, "dev/md/lab7:0"),
			    "dev/md/host1:0");
}

/* The same name is the same placeholder in every kind of file; another is another. */
static void consistency(void **state)
{
	const struct fixture *fixture = *state;

	learn(fixture, REDACT_ROUTES, routes);
	learn(fixture, REDACT_TEXT, "UUID=A1B2-C3D4 10.20.30.99");
	for (unsigned round = 0; round < 2; round++) {
		assert_becomes(fixture, "A1B2-C3D4", "0000-0001");
		assert_becomes(fixture, "10.20.30.99", "248.20.30.1");
		assert_string_equal(apply(fixture, REDACT_UDEV, "E:ID_FS_UUID=A1B2-C3D4\n"),
				    "E:ID_FS_UUID=0000-0001\n");
	}
	for (unsigned i = 1; i < 600; i++) {
		char text[64], wanted[64];

		(void)snprintf(text, sizeof(text), "172.%u.%u.9", 16 + i / 250, i % 250);
		(void)snprintf(wanted, sizeof(wanted),
			       i <= 254   ? "192.0.2.%u"
			       : i <= 508 ? "198.51.100.%u"
					  : "203.0.113.%u",
			       i - (i - 1) / 254 * 254);
		assert_becomes(fixture, text, wanted);
	}
}

/* Lines stay lines, and texts made to take long or to end early do no harm. */
static void hostile_texts(void **state)
{
	static const char *const pieces[] = {
		"a.",   "UUID=", "home/", "::",      "12:",    "password=", "by-id/", "0x5",
		"enx",  "LVM-",  "iqn.2", "naa.",    "1.2.3.", "x@",        "//",     "Serial\t:",
		"MAC:", "\n",    "\"",    "uuid\":", "\x80",   "Uniq=",     "user=",  "-",
	};
	const struct fixture *fixture = *state;

	for (size_t i = 0; i < ARRAY_SIZE(pieces); i++) {
		enum { SIZE = 200000 };
		_cleanup_arena_ struct arena *arena = arena_new();
		size_t length = strlen(pieces[i]), lines = 0, after = 0;
		char *text = malloc(SIZE);
		struct bytes bytes;

		assert_non_null(text);
		for (size_t at = 0; at < SIZE; at++)
			text[at] = pieces[i][at % length];
		bytes = redactor_apply(fixture->redactor, arena, REDACT_MOUNTS,
				       (struct bytes){text, SIZE});
		for (size_t at = 0; at < SIZE; at++)
			lines += text[at] == '\n';
		for (size_t at = 0; at < bytes.length; at++)
			after += bytes.data[at] == '\n';
		assert_int_equal(lines, after);
		free(text);
	}
	assert_string_equal(apply(fixture, REDACT_TEXT, ""), "");
}

/* Every prefix of a text full of names, copied so that a sanitizer sees reads behind it. */
static void cut_texts(void **state)
{
	static const char text[] =
		"UUID=A1B2-C3D4 3c:ec:ef:12:34:56 2a01:4f8::7 10.20.30.40 "
		"by-id/ata-X-part3 naa.5000c500a1b2c3d4 iqn.1993-08.org.debian:1 "
		"LVM-abcdefghijklmnopqrstuvwxyz0123456789 (MAC:3cecef123457) "
		"/home/alice password=\"x\" Uniq=aa:bb:cc:dd:ee:ff enx3cecef123456 "
		"7f3e2d1c-aaaa-4bbb-8ccc-123456789abc joe@lab7 //nas/x nas:/y";
	const struct fixture *fixture = *state;

	redactor_learn_host(fixture->redactor, "lab7.corp.example.net");
	for (size_t length = 0; length < sizeof(text); length++) {
		char *copy = malloc(length + 1);

		assert_non_null(copy);
		memcpy(copy, text, length);
		assert_true(redactor_apply(fixture->redactor, fixture->arena, REDACT_MOUNTS,
					   (struct bytes){copy, length})
				    .length <= length + 64);
		free(copy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(mac_addresses),
		TEST(uuids),
		TEST(short_uuids),
		TEST(storage_names),
		TEST(ip_addresses),
		TEST(versions_stay),
		TEST(host_names),
		TEST(technical_host_names),
		TEST(users_and_servers),
		TEST(secrets),
		TEST(serial_numbers),
		TEST(fillers_are_not_learned),
		TEST(paths),
		TEST(consistency),
		TEST(hostile_texts),
		TEST(cut_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
