/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/parse/bls.h"
#include "preflight/parse/loader_conf.h"
#include "preflight/boot/version_order.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct bls_entry parse(struct arena *arena, const char *text, enum bls_reader reader)
{
	struct bls_entry entry;

	bls_parse(arena, "/e", text, strlen(text), reader, &entry);
	return entry;
}

/* As Fedora's kernel package writes it. */
static void test_fedora(void **state)
{
	static const char text[] =
		"title Fedora Linux (6.5.6-300.fc39.x86_64) 39 (Workstation Edition)\n"
		"version 6.5.6-300.fc39.x86_64\nlinux /vmlinuz-6.5.6-300.fc39.x86_64\n"
		"initrd /initramfs-6.5.6-300.fc39.x86_64.img $tuned_initrd\n"
		"options root=UUID=1234 ro rootflags=subvol=root rhgb quiet $tuned_params\n"
		"grub_users $grub_users\ngrub_arg --unrestricted\ngrub_class fedora\n";
	_cleanup_arena_ struct arena *arena = arena_new();
	struct bls_entry entry = parse(arena, text, BLS_GRUB);

	(void)state;
	assert_string_equal(entry.title,
			    "Fedora Linux (6.5.6-300.fc39.x86_64) 39 (Workstation Edition)");
	assert_string_equal(entry.version, "6.5.6-300.fc39.x86_64");
	assert_string_equal(entry.linux_path, "/vmlinuz-6.5.6-300.fc39.x86_64");
	assert_int_equal(entry.line, 3);
	assert_int_equal(entry.initrds.count, 2);
	assert_string_equal(entry.initrds.items[0], "/initramfs-6.5.6-300.fc39.x86_64.img");
	assert_int_equal(entry.options.count, 1);
	assert_string_equal(entry.options.items[0].text,
			    "root=UUID=1234 ro rootflags=subvol=root rhgb quiet $tuned_params");
	assert_int_equal(entry.options.items[0].line, 5);
	assert_string_equal(entry.options.items[0].source, "/e");
}

static void test_readers(void **state)
{
	static const char text[] =
		"# comment\n\ttitle\tArch Linux\nlinux   /vmlinuz-linux\r\n"
		"initrd  /amd-ucode.img\ninitrd  /initramfs-linux.img\n"
		"options root=/dev/sda2\trw\noptions  iommu=pt\nsort-key arch\n\n"
		"options late\nmachine-id 0123\nversion\n";
	_cleanup_arena_ struct arena *arena = arena_new();
	struct bls_entry entry = parse(arena, text, BLS_SYSTEMD_BOOT);

	(void)state;
	assert_string_equal(entry.title, "Arch Linux");
	assert_string_equal(entry.linux_path, "/vmlinuz-linux");
	assert_string_equal(strings_join(arena, &entry.initrds, ","),
			    "/amd-ucode.img,/initramfs-linux.img");
	assert_int_equal(entry.options.count, 3);
	assert_string_equal(entry.options.items[0].text, "root=/dev/sda2 rw");
	assert_string_equal(entry.options.items[1].text, "iommu=pt");
	assert_int_equal(entry.options.items[1].line, 7);
	assert_string_equal(entry.options.items[2].text, "late");
	assert_string_equal(entry.sort_key, "arch");
	assert_string_equal(entry.machine_id, "0123");
	assert_null(entry.version);
	/* GRUB: one options line, and nothing behind an empty line. */
	entry = parse(arena, text, BLS_GRUB);
	assert_int_equal(entry.options.count, 1);
	assert_string_equal(entry.sort_key, "arch");
	assert_null(entry.machine_id);
	entry = parse(arena, "title UKI\nefi /EFI/Linux/a.efi\n", BLS_SYSTEMD_BOOT);
	assert_string_equal(entry.image_path, "/EFI/Linux/a.efi");
	assert_null(entry.linux_path);
	assert_int_equal(entry.line, 2);
}

static void test_names(void **state)
{
	static const struct {
		const char *name, *id;
		int left, done;
	} rows[] = {
		{"arch.conf", "arch", -1, -1},
		{"Arch.CONF", "Arch", -1, -1},
		{"0123-6.1.0-50-amd64+3.conf", "0123-6.1.0-50-amd64", 3, 0},
		{"0123-6.1.0-50-amd64+0-3.conf", "0123-6.1.0-50-amd64", 0, 3},
		{"0123-6.1.0+deb12.conf", "0123-6.1.0+deb12", -1, -1},
		{"a+1+2-1.conf", "a+1", 2, 1},
		{"a+.conf", "a+", -1, -1},
		{"a+1-.conf", "a+1-", -1, -1},
		{"a+99999999999.conf", "a+99999999999", -1, -1},
	};
	_cleanup_arena_ struct arena *arena = arena_new();
	struct bls_name name;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_true(bls_name_parse(arena, rows[i].name, ".conf", &name));
		assert_string_equal(name.id, rows[i].id);
		assert_int_equal(name.tries_left, rows[i].left);
		assert_int_equal(name.tries_done, rows[i].done);
	}
	assert_false(bls_name_parse(arena, "arch.conf.bak", ".conf", &name));
	assert_false(bls_name_parse(arena, ".conf", ".conf", &name));
	assert_false(bls_name_parse(arena, ".a.conf", ".conf", &name));
	assert_true(bls_name_parse(arena, "arch-linux.efi", ".efi", &name));
	assert_string_equal(name.id, "arch-linux");
}

static void test_loader_conf(void **state)
{
	static const char text[] = "#timeout 3\n#default other.conf\n default\tproxmox-* \r\n"
				   "default\npreferred a.conf\neditor no\n";
	_cleanup_arena_ struct arena *arena = arena_new();
	struct loader_conf conf;

	(void)state;
	loader_conf_parse(arena, "/l", text, strlen(text), &conf);
	assert_string_equal(conf.default_entry.text, "proxmox-*");
	assert_int_equal(conf.default_entry.line, 3);
	assert_string_equal(conf.default_entry.source, "/l");
	assert_string_equal(conf.preferred_entry.text, "a.conf");
	loader_conf_parse(arena, "/l", "", 0, &conf);
	assert_null(conf.default_entry.source);
	assert_true(loader_pattern_matches("proxmox-*", "proxmox-6.8.12-9-pve.conf"));
	assert_true(loader_pattern_matches("Arch.conf", "arch.conf"));
	assert_true(loader_pattern_matches("arch-?[a-m]*.efi", "arch-linux.efi"));
	assert_false(loader_pattern_matches("arch", "arch.conf"));
	assert_false(loader_pattern_matches("a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"));
}

static void test_versions(void **state)
{
	static const char *const ascending[] = {
		"",
		"6.8~rc1",
		"6.8",
		"6.8-1",
		"6.8-2",
		"6.8-10",
		"6.8.1",
		"6.8.12-2-pve",
		"6.8.12-10-pve",
		"6.10",
		"6.10.0-45-generic",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ascending); i++)
		for (size_t j = 0; j < ARRAY_SIZE(ascending); j++) {
			int order = version_compare(ascending[i], ascending[j]);

			assert_int_equal(order < 0 ? -1 : order > 0, i < j ? -1 : i > j);
		}
	assert_true(version_compare("6.1.0-50-amd64", "6.1.0-9-amd64") > 0);
	assert_true(version_compare("5.14.0-503.33.1.el9_5.x86_64",
				    "5.14.0-503.14.1.el9_5.x86_64") > 0);
	assert_true(version_compare("0-rescue-123", "6.5.6-300.fc39.x86_64") < 0);
	assert_true(version_compare("123a", "123.a") > 0);
	assert_int_equal(version_compare("007", "7"), 0);
	assert_int_equal(version_compare(NULL, ""), 0);
	assert_true(version_compare(NULL, "1") < 0);
}

static void test_hostile(void **state)
{
	static const char text[] =
		"title \0\nlinux\t\t \noptions \033[2J\toptions\nuki x\ninitrd a b";
	_cleanup_arena_ struct arena *arena = arena_new();
	struct bls_entry entry;
	struct loader_conf conf;

	(void)state;
	for (size_t i = 0; i <= sizeof(text); i++) {
		bls_parse(arena, "/e", text, i, BLS_GRUB, &entry);
		bls_parse(arena, "/e", text, i, BLS_SYSTEMD_BOOT, &entry);
		loader_conf_parse(arena, "/e", text, i, &conf);
	}
	assert_string_equal(entry.options.items[0].text, "?[2J options");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fedora),   cmocka_unit_test(test_readers),
		cmocka_unit_test(test_names),    cmocka_unit_test(test_loader_conf),
		cmocka_unit_test(test_versions), cmocka_unit_test(test_hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
