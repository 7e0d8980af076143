/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "grub_samples.h"
#include "preflight/parse/grub_cfg.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define DEBIAN                                                                                     \
	GRUB_HEADER("0")                                                                           \
	GRUB_LINUX("/boot", "6.1.0-50-amd64", "6.1.0-49-amd64", "quiet iommu=pt") GRUB_OTHERS

static const struct grub_input nothing = {.environment_known = YES, .platform = "efi"};

static struct grub_menu *parse_with(struct arena *arena, const char *text,
				    const struct grub_input *input)
{
	struct grub_menu *menu = arena_alloc(arena, sizeof(*menu));

	grub_cfg_parse(arena, "/g", text, strlen(text), input, menu);
	return menu;
}

static struct grub_menu *parse(struct arena *arena, const char *text)
{
	return parse_with(arena, text, &nothing);
}

/* The title of the default entry after a menu with this input; "-" where it cannot be told. */
static const char *default_of(struct arena *arena, const char *text, const char *environment)
{
	struct grub_variables variables = {0};
	struct grub_input input = nothing;
	struct grub_menu *menu;
	size_t index;

	if (environment) {
		const char *block =
			arena_printf(arena, "# GRUB Environment Block\n%s\n####", environment);

		assert_int_equal(grubenv_parse(arena, block, strlen(block), &variables), 0);
		input.environment = &variables;
	}
	menu = parse_with(arena, text, &input);
	index = grub_menu_default(menu);
	return index ? menu->items.items[index - 1].title : "-";
}

/* -- a whole file ------------------------------------------------------------------------------ */

static void test_debian(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct grub_menu *menu = parse(arena, DEBIAN);
	const struct grub_item *items = menu->items.items;

	(void)state;
	assert_null(menu->broken.source);
	assert_int_equal(menu->items.count, 8);
	assert_string_equal(items[0].title, "Debian GNU/Linux");
	assert_string_equal(items[0].id, "gnulinux-simple-" GRUB_UUID);
	assert_string_equal(items[0].section, "/etc/grub.d/10_linux");
	assert_string_equal(items[0].kernel, "/boot/vmlinuz-6.1.0-50-amd64");
	assert_string_equal(items[0].cmdline, "root=UUID=" GRUB_UUID " ro quiet iommu=pt");
	assert_string_equal(items[0].search_uuid, GRUB_UUID);
	assert_int_equal(items[0].words.count, 4);
	assert_string_equal(items[0].words.items[3].name, "iommu");
	assert_string_equal(items[0].words.items[3].value, "pt");
	assert_string_equal(items[0].words.items[3].origin.source, "/g");
	assert_int_equal(items[0].words.items[3].origin.line, items[0].kernel_line);
	assert_true(items[0].kernel_line > items[0].line);
	assert_int_equal(items[0].initrds.count, 1);
	assert_string_equal(items[0].initrds.items[0], "/boot/initrd.img-6.1.0-50-amd64");
	assert_false(items[0].conditional || items[0].foreign || items[0].incomplete);
	assert_true(items[1].submenu);
	assert_int_equal(items[3].parent, 2);
	assert_string_equal(items[3].cmdline, "root=UUID=" GRUB_UUID " ro single");
	assert_string_equal(items[4].kernel, "/boot/vmlinuz-6.1.0-49-amd64");
	assert_true(items[5].foreign);
	assert_string_equal(items[5].search_uuid, "11111111-2222-3333-4444-555555555555");
	assert_true(items[6].foreign);
	assert_string_equal(items[6].chainload, "/EFI/Microsoft/Boot/bootmgfw.efi");
	assert_string_equal(items[7].title, "UEFI Firmware Settings");
	assert_true(items[7].conditional);
	assert_int_equal(grub_menu_default(menu), 1);
}

/* -- the default ------------------------------------------------------------------------------- */

static void test_defaults(void **state)
{
	static const struct {
		const char *value, *title;
	} rows[] = {
		{"0", "Debian GNU/Linux"},
		{"1", "Debian GNU/Linux, with Linux 6.1.0-50-amd64"},
		{"1>2", "Debian GNU/Linux, with Linux 6.1.0-49-amd64"},
		{"1>9", "Debian GNU/Linux, with Linux 6.1.0-50-amd64"},
		{"2", "Fedora Linux 39 (on /dev/sdb3)"},
		{"Windows Boot Manager (on /dev/sda1)", "Windows Boot Manager (on /dev/sda1)"},
		{"osprober-efi-1A2B-3C4D", "Windows Boot Manager (on /dev/sda1)"},
		{"gnulinux-advanced-" GRUB_UUID ">gnulinux-6.1.0-49-amd64-advanced-" GRUB_UUID,
		 "Debian GNU/Linux, with Linux 6.1.0-49-amd64"},
		{"Advanced options for Debian GNU/Linux>Debian GNU/Linux, with Linux "
		 "6.1.0-49-amd64",
		 "Debian GNU/Linux, with Linux 6.1.0-49-amd64"},
		/* A kernel that is gone: GRUB starts the first entry of the level. */
		{"gnulinux-advanced-" GRUB_UUID ">gnulinux-5.10.0-1-amd64-advanced-" GRUB_UUID,
		 "Debian GNU/Linux, with Linux 6.1.0-50-amd64"},
		{"gone", "Debian GNU/Linux"},
		{"17", "Debian GNU/Linux"},
		/* Whether the entry of 30_uefi-firmware is there only the firmware knows. */
		{"4", "-"},
	};
	static const char saved[] = GRUB_HEADER("${saved_entry}")
		GRUB_LINUX("/boot", "6.1.0-50-amd64", "6.1.0-49-amd64", "quiet") GRUB_OTHERS;
	_cleanup_arena_ struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_string_equal(
			default_of(arena, saved,
				   arena_printf(arena, "saved_entry=%s", rows[i].value)),
			rows[i].title);
	/* Nothing is saved yet, and no block at all. */
	assert_string_equal(default_of(arena, saved, "x=y"), "Debian GNU/Linux");
	assert_string_equal(default_of(arena, saved, NULL), "Debian GNU/Linux");
	/* grub-reboot: once. */
	assert_string_equal(default_of(arena, DEBIAN, "saved_entry=0\nnext_entry=1>2"),
			    "Debian GNU/Linux, with Linux 6.1.0-49-amd64");
	assert_string_equal(default_of(arena, DEBIAN, "saved_entry=1>2\nnext_entry="),
			    "Debian GNU/Linux");
	assert_string_equal(default_of(arena,
				       "set default=a>>b>c\nsubmenu 'a>b' {\n"
				       "menuentry x { linux /x }\nmenuentry c { linux /c }\n}\n",
				       NULL),
			    "x");
	assert_string_equal(default_of(arena,
				       "set default='a>>b>c'\nsubmenu 'a>b' {\n"
				       "menuentry x { linux /x }\nmenuentry c { linux /c }\n}\n",
				       NULL),
			    "c");
	assert_string_equal(default_of(arena, "", NULL), "-");
	assert_string_equal(default_of(arena, "submenu x {\n}\n", NULL), "-");
}

static void test_unreadable_environment(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct grub_input input = {.environment_known = UNKNOWN};
	struct grub_menu *menu = parse_with(arena, DEBIAN, &input);

	(void)state;
	/* next_entry may be set there. */
	assert_int_equal(grub_menu_default(menu), 0);
	assert_int_equal(menu->items.count, 8);
	assert_string_equal(menu->items.items[0].cmdline,
			    "root=UUID=" GRUB_UUID " ro quiet iommu=pt");
}

/* -- quoting ----------------------------------------------------------------------------------- */

static const char *cmdline_of(struct arena *arena, const char *arguments)
{
	struct grub_menu *menu =
		parse(arena,
		      arena_printf(arena, "menuentry x {\nlinux /k %s\ninitrd /i\n}\n", arguments));

	if (menu->items.count == 0)
		return "lost";
	return menu->items.items[0].cmdline;
}

static void test_quoting(void **state)
{
	static const struct {
		const char *arguments, *cmdline;
	} rows[] = {
		{"quiet  ro", "quiet ro"},
		/* The rest of the line is another command. */
		{"a pci=disable_acs_redir=00:1c.0;00:1d.0 iommu=pt",
		 "a pci=disable_acs_redir=00:1c.0"},
		{"a \"pci=disable_acs_redir=00:1c.0;00:1d.0\" iommu=pt",
		 "a pci=disable_acs_redir=00:1c.0;00:1d.0 iommu=pt"},
		{"a 'b;c' d", "a b;c d"},
		{"a b\\;c d", "a b;c d"},
		{"a pci=x&y d", "lost"},
		{"a 'x&y|z' d", "a x&y|z d"},
		{"a \"b d", "lost"},
		{"a b#c #d e", "a b#c"},
		{"a b\\\n c", "a b c"},
		{"a \"b\\\nc\"", "a bc"},
		{"a 'b c' d", "a \"b c\" d"},
		{"a 'b=\"c d\"' e", "a \"b=\\\"c d\\\"\" e"},
		{"a b\\'c \\\\d", "a b\\'c \\\\d"},
		{"a '\\x41'", "a \\x41"},
		{"a \"\\$b\" $none c", "a $b c"},
		{"a '' b", "a  b"},
		{"a b=\"$none\"c", "a b=c"},
	};
	_cleanup_arena_ struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_string_equal(cmdline_of(arena, rows[i].arguments), rows[i].cmdline);
}

static void test_broken(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct grub_menu *menu = parse(arena, "menuentry a {\nlinux /a x\n}\n"
					      "menuentry b {\n\tlinux /b x&y\n}\n"
					      "menuentry c {\nlinux /c x\n}\n");

	(void)state;
	assert_int_equal(menu->items.count, 2);
	assert_string_equal(menu->items.items[1].title, "c");
	assert_int_equal(menu->broken.line, 5);
	assert_string_equal(menu->broken.text, "linux /b x&y");
	assert_string_equal(menu->broken.source, "/g");
	menu = parse(arena, "menuentry a {\nlinux /a x\n}\nmenuentry b {\nlinux /b\n");
	assert_int_equal(menu->items.count, 1);
	assert_non_null(menu->broken.source);
}

/* -- variables and conditions -------------------------------------------------------------------- */

static void test_variables(void **state)
{
	static const char ubuntu[] =
		"function gfxmode {\n\tset gfxpayload=\"${1}\"\n\tif [ \"${1}\" = \"keep\" ]; "
		"then\n"
		"\t\tset vt_handoff=vt.handoff=7\n\telse\n\t\tset vt_handoff=\n\tfi\n}\n"
		"function other { set extra=x; }\n"
		"menuentry Ubuntu {\n\trecordfail\n\tgfxmode $linux_gfx_mode\n"
		"\tlinux /vmlinuz-6.8.0-45-generic root=/dev/sda2 ro quiet splash $vt_handoff\n}\n"
		"menuentry Other {\n\tlinux /vmlinuz-6.8.0-45-generic a $extra b${root}c d\n}\n";
	_cleanup_arena_ struct arena *arena = arena_new();
	struct grub_menu *menu = parse(arena, ubuntu);

	(void)state;
	assert_string_equal(menu->items.items[0].cmdline, "root=/dev/sda2 ro quiet splash");
	assert_false(menu->items.items[0].incomplete);
	assert_string_equal(menu->items.items[1].cmdline, "a d");
	assert_true(menu->items.items[1].incomplete);
	menu = parse(arena,
		     "set a='x y'\nset b=\"$a z\"\nmenuentry e { set a=w; linux /k $b \"$a\" }\n"
		     "menuentry f { linux /k ${a} }\n");
	assert_string_equal(menu->items.items[0].cmdline, "x y z w");
	assert_string_equal(menu->items.items[1].cmdline, "x y");
}

static void test_conditions(void **state)
{
	static const struct {
		const char *condition, *title;
	} rows[] = {
		{"[ a = a ]", "yes"},
		{"[ a = b ]", "no"},
		{"[ a != b ]", "yes"},
		{"[ -z \"$none\" ]", "yes"},
		{"[ -n \"$none\" ]", "no"},
		{"[ ! -n \"$none\" ]", "yes"},
		{"[ \"$none\" ]", "no"},
		{"[ x$feature_timeout_style = xy ]", "yes"},
		{"[ \"$grub_platform\" = efi ]", "yes"},
		{"[ a = b -o c = c ]", "yes"},
		{"[ a = b -a c = c ]", "no"},
		{"[ -s $prefix/grubenv ]", "no"},
		{"test a = a", "yes"},
		{"true", "yes"},
		{"false", "no"},
		{"[ -f /x ]", "-"},
		{"[ a = b -o -f /x ]", "-"},
		{"[ a = b -a -f /x ]", "no"},
		{"[ \"$grub_cpu\" = x86_64 ]", "-"},
		{"keystatus --shift", "-"},
		{"false; [ a = a ]", "yes"},
	};
	_cleanup_arena_ struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_string_equal(
			default_of(
				arena,
				arena_printf(
					arena,
					"set default=0\nif %s; then set default=1; fi\n"
					"menuentry no { linux /n }\nmenuentry yes { linux /y }\n",
					rows[i].condition),
				NULL),
			rows[i].title);
	assert_string_equal(
		default_of(arena,
			   "if [ a = b ]; then set default=1; elif [ a = a ]; then set "
			   "default=2\nelif [ -f /x ]; then set default=1\nelse set default=1; "
			   "fi\nmenuentry a { linux /a }\nmenuentry b { linux /b }\n"
			   "menuentry c { linux /c }\n",
			   NULL),
		"c");
}

/* -- BLS and stubs --------------------------------------------------------------------------------- */

static void test_bls(void **state)
{
	static const struct grub_bls_entry entries[] = {{"m-6.5.6", "Fedora (6.5.6)"},
							{"m-6.4.9", "Fedora (6.4.9)"}};
	static const char text[] =
		"if [ -f ${config_directory}/grubenv ]; then\n  load_env -f "
		"${config_directory}/grubenv\n"
		"elif [ -s $prefix/grubenv ]; then\n  load_env\nfi\n"
		"if [ \"${next_entry}\" ] ; then\n   set default=\"${next_entry}\"\n"
		"else\n   set default=\"${saved_entry}\"\nfi\n"
		"if [ -z \"${kernelopts}\" ]; then\n  set kernelopts=\"root=/dev/x ro fallback "
		"\"\nfi\n\n"
		"insmod blscfg\nblscfg\nset tuned_params=\"nosmt\"\n"
		"menuentry 'Memory test' { linux16 /memtest }\n";
	_cleanup_arena_ struct arena *arena = arena_new();
	struct grub_variables variables = {0};
	struct grub_input input = {.environment_known = YES, .bls = entries, .bls_count = 2};
	struct grub_menu *menu = parse_with(arena, text, &input);
	bool incomplete = false;

	(void)state;
	assert_true(menu->reads_bls);
	assert_int_equal(menu->items.count, 3);
	assert_int_equal(menu->items.items[1].bls, 2);
	assert_int_equal(grub_menu_default(menu), 1);
	assert_string_equal(
		grub_menu_expand(arena, menu, "$kernelopts $tuned_params $none", &incomplete),
		"root=/dev/x ro fallback  nosmt ");
	assert_false(incomplete);
	*ARRAY_ADD(arena, &variables) = (struct grub_variable){"saved_entry", "m-6.4.9", 2};
	*ARRAY_ADD(arena, &variables) = (struct grub_variable){"kernelopts", "root=/dev/y", 3};
	input.environment = &variables;
	menu = parse_with(arena, text, &input);
	assert_int_equal(grub_menu_default(menu), 2);
	assert_string_equal(grub_menu_variable(menu, "kernelopts"), "root=/dev/y");
	input.environment = NULL;
	input.environment_known = UNKNOWN;
	menu = parse_with(arena, text, &input);
	assert_null(grub_menu_variable(menu, "kernelopts"));
	(void)grub_menu_expand(arena, menu, "a $kernelopts", &incomplete);
	assert_true(incomplete);
}

static void test_stubs(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct grub_menu *menu =
		parse(arena, "search.fs_uuid " GRUB_UUID " root hd0,gpt2 \n"
			     "set prefix=($root)'/boot/grub'\nconfigfile $prefix/grub.cfg\n");

	(void)state;
	assert_int_equal(menu->items.count, 0);
	assert_string_equal(menu->search_uuid, GRUB_UUID);
	assert_int_equal(menu->configfiles.count, 1);
	assert_string_equal(menu->configfiles.items[0], "(UUID=" GRUB_UUID ")/boot/grub/grub.cfg");
	menu = parse(arena,
		     "search --no-floppy --root-dev-only --fs-uuid --set=dev 1234-ABCD\n"
		     "set prefix=($dev)/grub2\nexport $prefix\nconfigfile $prefix/grub.cfg\n");
	assert_string_equal(menu->configfiles.items[0], "(UUID=1234-ABCD)/grub2/grub.cfg");
	/* SUSE's, by shim-install. */
	menu = parse(arena, "set btrfs_relative_path=\"yes\"\n"
			    "search --fs-uuid --set=root 1234-ABCD\n"
			    "set prefix=(${root})/boot/grub2\nsource \"${prefix}/grub.cfg\"\n");
	assert_int_equal(menu->configfiles.count, 1);
	assert_string_equal(menu->configfiles.items[0], "(UUID=1234-ABCD)/boot/grub2/grub.cfg");
	/* Not the file that comes after. */
	menu = parse(arena, "source ${config_directory}/custom.cfg\n");
	assert_int_equal(menu->configfiles.count, 0);
	/* What bootupd installs on Fedora CoreOS and Silverblue. */
	menu = parse(arena,
		     "if [ -e (md/md-boot) ]; then\n  set prefix=md/md-boot\nelse\n"
		     "  if [ -f ${config_directory}/bootuuid.cfg ]; then\n"
		     "    source ${config_directory}/bootuuid.cfg\n  fi\n"
		     "  if [ -n \"${BOOT_UUID}\" ]; then\n"
		     "    search --fs-uuid \"${BOOT_UUID}\" --set prefix --no-floppy\n  else\n"
		     "    search --label boot --set prefix --no-floppy\n  fi\nfi\n"
		     "if [ -d ($prefix)/grub2 ]; then\n  set prefix=($prefix)/grub2\n"
		     "  configfile $prefix/grub.cfg\nelse\n  set prefix=($prefix)/boot/grub2\n"
		     "  configfile $prefix/grub.cfg\nfi\nboot\n");
	assert_int_equal(menu->configfiles.count, 2);
	assert_string_equal(menu->configfiles.items[0], "(LABEL=boot)/grub2/grub.cfg");
}

/* -- hostile input --------------------------------------------------------------------------------- */

static void test_hostile(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	char *large = arena_alloc(arena, 1 << 20);
	struct grub_menu menu;
	size_t length;

	(void)state;
	for (size_t i = 0; i <= strlen(DEBIAN); i++) {
		_cleanup_arena_ struct arena *own = arena_new();

		grub_cfg_parse(own, "/g", arena_copy(own, DEBIAN, i), i, &nothing, &menu);
		(void)grub_menu_default(&menu);
	}
	grub_cfg_parse(arena, "/g", "menuentry \0{\0 linux\0 }\\", 22, &nothing, &menu);
	length = (size_t)snprintf(large, 1 << 20, "set a=aaaaaaaa\n");
	for (int i = 0; i < 100; i++, length += 13)
		memcpy(large + length, "set a=$a$a$a\n", 13);
	length += (size_t)snprintf(large + length, 100, "menuentry x { linux /x b $a }");
	grub_cfg_parse(arena, "/g", large, length, &nothing, &menu);
	assert_string_equal(menu.items.items[0].cmdline, "b");
	assert_true(menu.items.items[0].incomplete);
	/* Blocks without end, quotes without end, words without end. */
	for (length = 0; length + 13 < 1 << 20; length += 13)
		memcpy(large + length, "if a; then b;", 13);
	grub_cfg_parse(arena, "/g", large, length, &nothing, &menu);
	assert_non_null(menu.broken.source);
	for (length = 0; length + 14 < 1 << 20; length += 14)
		memcpy(large + length, "menuentry x {}", 14);
	grub_cfg_parse(arena, "/g", large, length, &nothing, &menu);
	assert_true(menu.items.count <= 4096);
	memset(large, 'x', 1 << 20);
	grub_cfg_parse(arena, "/g", large, 1 << 20, &nothing, &menu);
	for (length = 0; length + 6 < 1 << 20; length += 6)
		snprintf(large + length, 7, "v%03zx=", length / 6 % 4096);
	grub_cfg_parse(arena, "/g", large, length, &nothing, &menu);
	assert_true(arena_used(arena) < 512u << 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_debian),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_unreadable_environment),
		cmocka_unit_test(test_quoting),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_variables),
		cmocka_unit_test(test_conditions),
		cmocka_unit_test(test_bls),
		cmocka_unit_test(test_stubs),
		cmocka_unit_test(test_hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
