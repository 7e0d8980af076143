/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tree_assert.h"
#include "tree_builder.h"

static int build_error(const char *recipe, struct error *error)
{
	char directory[] = "/tmp/vfiokit-error-XXXXXX";
	int result;

	assert_non_null(mkdtemp(directory));
	result = tree_build(directory, recipe, NULL, error);
	remove_everything(directory);
	return result;
}

/* -- plain directives -------------------------------------------------------------------------- */

static void test_files(void **state)
{
	struct tree *tree = tree_new("# a comment\n"
				     "\n"
				     "file /etc/a\n"
				     "| one\n"
				     "|\n"
				     "|  two\n"
				     "raw etc/b\n"
				     "| one\n"
				     "| two\n"
				     "file etc/empty\n"
				     "hex etc/c\n"
				     "| de ad\n"
				     "| BEEF\n"
				     "append etc/a\n"
				     "| three\n");
	_cleanup_arena_ struct arena *arena = arena_new();
	struct bytes bytes = {0};

	(void)state;
	assert_text(tree, "etc/a", "one\n\n two\nthree\n");
	assert_text(tree, "etc/b", "one\ntwo");
	assert_text(tree, "etc/empty", "");
	assert_int_equal(host_read(tree_host(tree), arena, "etc/c", 0, &bytes), 0);
	assert_int_equal(bytes.length, 4);
	assert_memory_equal(bytes.data, "\xde\xad\xbe\xef", 4);
	tree_add(tree, "cut etc/a one\nfile etc/b\n| new\n");
	assert_text(tree, "etc/a", "\n two\nthree\n");
	assert_text(tree, "etc/b", "new\n");
	tree_add(tree, "file etc/c\n| IR-a IR-b\n| c\nreplace etc/c\n| IR-\n|  \n"
		       "replace etc/c\n| b\n| b\n| d\n");
	assert_text(tree, "etc/c", " a  b\nd\nc\n");
	tree_free(tree);
}

static void test_links_modes_and_removal(void **state)
{
	struct tree *tree = tree_new("file usr/lib/os-release\n"
				     "| ID=debian\n"
				     "link etc/os-release ../usr/lib/os-release\n"
				     "dir lib/modules\n"
				     "fifo etc/pipe\n"
				     "file etc/secret\n"
				     "| x\n"
				     "mode etc/secret 0400\n"
				     "mode lib 0000\n");
	struct stat status;

	(void)state;
	assert_link(tree, "etc/os-release", "../usr/lib/os-release");
	assert_text(tree, "etc/os-release", "ID=debian\n");
	assert_int_equal(host_stat(tree_host(tree), "etc/secret", &status), 0);
	assert_int_equal(status.st_mode, S_IFREG | 0400);
	assert_int_equal(host_stat(tree_host(tree), "lib", &status), 0);
	assert_int_equal(status.st_mode, S_IFDIR);
	assert_int_equal(host_stat(tree_host(tree), "etc/pipe", &status), 0);
	assert_int_equal(status.st_mode & S_IFMT, S_IFIFO);
	tree_add(tree, "remove lib\nremove etc/os-release\n");
	assert_missing(tree, "lib");
	assert_missing(tree, "etc/os-release");
	assert_text(tree, "usr/lib/os-release", "ID=debian\n");
	tree_free(tree);
}

static void test_everything_is_removed_at_the_end(void **state)
{
	struct tree *tree = tree_new("file a/b/c\n| x\nmode a/b 0000\n");
	char path[128];

	(void)state;
	(void)snprintf(path, sizeof(path), "%s", tree_path(tree));
	assert_int_equal(access(path, F_OK), 0);
	tree_free(tree);
	assert_int_equal(access(path, F_OK), -1);
}

static void test_modules(void **state)
{
	struct tree *tree = tree_new("module vfio_pci disable_vga=N ids=10de:2704,10de:22bb\n"
				     "module nouveau\n"
				     "unload nouveau\n");

	(void)state;
	assert_text(tree, "sys/module/vfio_pci/initstate", "live\n");
	assert_text(tree, "sys/module/vfio_pci/parameters/ids", "10de:2704,10de:22bb\n");
	assert_missing(tree, "sys/module/nouveau");
	assert_text(tree, "proc/modules", "vfio_pci 65536 0 - Live 0x0000000000000000\n");
	tree_free(tree);
}

static void test_cpio(void **state)
{
	struct tree *tree = tree_new("file etc/modprobe.d/vfio.conf\n"
				     "| options vfio-pci ids=10de:2484\n"
				     "cpio boot/initrd.img\n"
				     "| init\n"
				     "| etc/modprobe.d/vfio.conf < etc/modprobe.d/vfio.conf\n"
				     "| bin -> usr/bin\n");
	_cleanup_arena_ struct arena *arena = arena_new();
	struct bytes bytes = {0};
	/* 110 bytes of header, 25 of name, 1 to the next multiple of four */
	static const char member[] = "etc/modprobe.d/vfio.conf\0\0options vfio-pci ids=10de:2484\n";

	(void)state;
	assert_int_equal(host_read(tree_host(tree), arena, "boot/initrd.img", 0, &bytes), 0);
	assert_int_equal(bytes.length % 512, 0);
	assert_memory_equal(bytes.data, "070701", 6);
	assert_string_equal(bytes.data + 110, "init");
	assert_non_null(memmem(bytes.data, bytes.length, member, sizeof(member) - 1));
	assert_non_null(memmem(bytes.data, bytes.length, "TRAILER!!!", 11));
	tree_free(tree);
}

static void test_errors_name_the_line(void **state)
{
	static const struct {
		const char *recipe, *message;
	} cases[] = {
		{"dir a\nfrobnicate\n", "line 2: frobnicate: unknown directive"},
		{"| text\n", "line 1: content without a file before it"},
		{"file a\n| x\n| y\ndir\n", "line 4: dir: arguments are missing"},
		{"dir a\n| x\n", "line 1: dir takes no content lines"},
		{"hex a\n| abc\n", "line 1: half a byte at the end"},
		{"file a\n| x\nreplace a\n| y\n| z\n", "line 3: a does not hold \"y\""},
		{"remove a\n", "line 1: a: not there"},
		{"include base\n", "line 1: no folder to include from"},
		{"device 01:00.0 id=1:2\n", "line 1: 01:00.0: not a full PCI address"},
		{"device 0000:00:02.0\n", "line 1: 0000:00:02.0: id= is missing"},
		{"device 0000:00:02.0 id=8086:1 colour=red\n", "line 1: colour: unknown key"},
		{"device 0000:00:02.0 id=8086:1 bar=0:3M:32\n",
		 "line 1: bar=0:3M:32: not a value for this key"},
		{"device 0000:01:00.0 below=0000:00:01.0 id=8086:1\n",
		 "line 1: below=0000:00:01.0: no such function"},
		{"device 0000:00:01.0 id=8086:1 class=060400 secondary=01\n"
		 "device 0000:02:00.0 below=0000:00:01.0 id=8086:2\n",
		 "line 2: 0000:02:00.0 is not on bus 01 below 0000:00:01.0"},
		{"dmar drhd:fed90000\n", "line 1: drhd:fed90000: no DMAR structure"},
		{"ivrs alias:0300:0308\n", "line 1: alias:0300:0308: no IVRS structure"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct error error = {0};

		assert_true(build_error(cases[i].recipe, &error) < 0);
		assert_string_equal(error.message, cases[i].message);
	}
}

/* -- firmware tables --------------------------------------------------------------------------- */

/* Reads a table and proves signature, length and checksum. */
static struct bytes read_table(struct tree *tree, struct arena *arena, const char *name)
{
	struct bytes bytes = {0};
	unsigned char sum = 0;
	char path[64];

	(void)snprintf(path, sizeof(path), "sys/firmware/acpi/tables/%s", name);
	assert_int_equal(host_read(tree_host(tree), arena, path, 0, &bytes), 0);
	assert_true(bytes.length > 36);
	assert_memory_equal(bytes.data, name, 4);
	assert_int_equal((unsigned char)bytes.data[4] | (unsigned char)bytes.data[5] << 8,
			 bytes.length);
	for (size_t i = 0; i < bytes.length; i++)
		sum = (unsigned char)(sum + (unsigned char)bytes.data[i]);
	assert_int_equal(sum, 0);
	return bytes;
}

static void test_dmar(void **state)
{
	struct tree *tree = tree_new("dmar flags=5 width=46 drhd:fed90000:00/02.0 drhd:fed91000:all"
				     " rmrr:7a000000-7c7fffff:00/02.0,b:00/1c.0/00.1\n");
	_cleanup_arena_ struct arena *arena = arena_new();
	struct bytes table = read_table(tree, arena, "DMAR");
	/* 48 bytes of header, a DRHD of 16 + 8, one of 16 + 2 * 8, an RMRR of 24 + 8 + 10 */
	static const unsigned char graphics_unit[] = {0, 0, 24, 0, 0, 0, 0, 0, 0, 0, 0xd9, 0xfe,
						      0, 0, 0,  0, 1, 8, 0, 0, 0, 0, 2,    0};
	static const unsigned char bridge_scope[] = {2, 10, 0, 0, 0, 0, 0x1c, 0, 0, 1};

	(void)state;
	assert_int_equal(table.length, 48 + 24 + 32 + 42);
	assert_int_equal(table.data[36], 45);
	assert_int_equal(table.data[37], 5);
	assert_memory_equal(table.data + 48, graphics_unit, sizeof(graphics_unit));
	assert_int_equal(table.data[72 + 4], 1); /* includes all */
	assert_int_equal(table.data[104], 1);    /* RMRR */
	assert_memory_equal(table.data + 136, bridge_scope, sizeof(bridge_scope));
	tree_free(tree);
}

static void test_ivrs(void **state)
{
	struct tree *tree = tree_new("ivrs ivhd:0002:feb80000:ioapic alias:0308:0300"
				     " ivmd:0300:1000-1fff ivmd-all:a0000-bffff\n");
	_cleanup_arena_ struct arena *arena = arena_new();
	struct bytes table = read_table(tree, arena, "IVRS");
	static const unsigned char alias[] = {0x42, 0x08, 0x03, 0, 0, 0x00, 0x03, 0};
	static const unsigned char ioapic[] = {0x48, 0, 0, 0xd7, 0x20, 0xa0, 0, 1};

	(void)state;
	/* header, IVHD of 40 + range 8 + 3 specials + alias, two IVMD of 32 */
	assert_int_equal(table.length, 48 + 40 + 8 + 3 * 8 + 8 + 2 * 32);
	assert_int_equal(table.data[48], 0x11);
	assert_int_equal(table.data[48 + 2], 40 + 8 + 3 * 8 + 8);
	assert_int_equal(table.data[48 + 4], 2);
	assert_memory_equal(table.data + 48 + 40 + 8 + 8, ioapic, sizeof(ioapic));
	assert_memory_equal(table.data + 48 + 40 + 8 + 24, alias, sizeof(alias));
	assert_int_equal(table.data[128], 0x21);
	assert_int_equal((unsigned char)table.data[128 + 17], 0x10); /* start 0x1000 */
	assert_int_equal((unsigned char)table.data[128 + 25], 0x10); /* length 0x1000 */
	assert_int_equal(table.data[160], 0x20);
	tree_free(tree);
}

static void test_iort(void **state)
{
	struct tree *tree = tree_new("iort\nacpi APIC SSDT1\n");
	_cleanup_arena_ struct arena *arena = arena_new();
	struct bytes table = read_table(tree, arena, "IORT");

	(void)state;
	assert_int_equal(table.data[36], 2);      /* nodes */
	assert_int_equal(table.data[40], 48);     /* first node */
	assert_int_equal(table.data[48], 4);      /* SMMUv3 */
	assert_int_equal(table.data[49], 68);     /* its length */
	assert_int_equal(table.data[48 + 68], 2); /* root complex */
	assert_int_equal(table.length, 48 + 68 + 56);
	assert_int_equal(host_exists(tree_host(tree), "sys/firmware/acpi/tables/SSDT1"), 0);
	tree_free(tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_links_modes_and_removal),
		cmocka_unit_test(test_everything_is_removed_at_the_end),
		cmocka_unit_test(test_modules),
		cmocka_unit_test(test_cpio),
		cmocka_unit_test(test_errors_name_the_line),
		cmocka_unit_test(test_dmar),
		cmocka_unit_test(test_ivrs),
		cmocka_unit_test(test_iort),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
