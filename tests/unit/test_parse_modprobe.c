/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/parse/modprobe.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct modprobe_lines parse(struct arena *arena, const char *text, size_t length)
{
	struct modprobe_lines lines = {0};

	modprobe_parse(arena, "/etc/modprobe.d/vfio.conf", text, length, &lines);
	return lines;
}

static struct modprobe_lines parse_text(struct arena *arena, const char *text)
{
	return parse(arena, text, strlen(text));
}

static void assert_line(const struct modprobe_line *line, unsigned number,
			enum modprobe_command command, const char *module, const char *argument)
{
	assert_int_equal(line->origin.line, number);
	assert_string_equal(line->origin.source, "/etc/modprobe.d/vfio.conf");
	assert_int_equal(line->command, command);
	if (module)
		assert_string_equal(line->module, module);
	else
		assert_null(line->module);
	assert_string_equal(line->argument, argument);
}

static void test_commands(void **state)
{
	static const char text[] = "# GPU for the lab's VM\n"
				   "\n"
				   "options vfio-pci ids=10de:2704,10de:22bb disable_vga=1\n"
				   "blacklist nouveau\n"
				   "  softdep\tnvidia-drm  pre: vfio-pci  \n"
				   "install i915 /bin/false\n"
				   "remove vfio-pci /sbin/modprobe -r --ignore-remove vfio-pci\n"
				   "weakdep drm-x a-b c\n"
				   "alias pci:v000010DEd00002704sv*sd*bc*sc*i* vfio-pci\n"
				   "option vfio-pci ids=1:2\n";
	_cleanup_arena_ struct arena *arena = arena_new();
	struct modprobe_lines lines = parse_text(arena, text);

	(void)state;
	assert_int_equal(lines.count, 8);
	assert_line(&lines.items[0], 3, MODPROBE_OPTIONS, "vfio_pci",
		    "ids=10de:2704,10de:22bb disable_vga=1");
	assert_line(&lines.items[1], 4, MODPROBE_BLACKLIST, "nouveau", "");
	assert_line(&lines.items[2], 5, MODPROBE_SOFTDEP, "nvidia_drm", "pre: vfio-pci");
	assert_string_equal(lines.items[2].origin.text, "softdep\tnvidia-drm  pre: vfio-pci");
	assert_line(&lines.items[3], 6, MODPROBE_INSTALL, "i915", "/bin/false");
	assert_line(&lines.items[4], 7, MODPROBE_REMOVE, "vfio_pci",
		    "/sbin/modprobe -r --ignore-remove vfio-pci");
	assert_line(&lines.items[5], 8, MODPROBE_WEAKDEP, "drm_x", "a-b c");
	assert_line(&lines.items[6], 9, MODPROBE_ALIAS, "pci:v000010DEd00002704sv*sd*bc*sc*i*",
		    "vfio-pci");
	assert_line(&lines.items[7], 10, MODPROBE_UNKNOWN, NULL, "vfio-pci ids=1:2");
}

static void test_appends(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct modprobe_lines lines = parse_text(arena, "blacklist a");

	(void)state;
	modprobe_parse(arena, "/run/modprobe.d/b.conf", "blacklist b", 11, &lines);
	assert_int_equal(lines.count, 2);
	assert_string_equal(lines.items[0].module, "a");
	assert_string_equal(lines.items[1].module, "b");
	assert_string_equal(lines.items[1].origin.source, "/run/modprobe.d/b.conf");
}

static void test_continuations(void **state)
{
	static const char text[] = "options vfio-pci \\\n"
				   "  ids=10de:2704,\\\n"
				   "10de:22bb\n"
				   "# a comment goes on, too \\\n"
				   "blacklist not-a-line\n"
				   "blacklist a\\bc\n"
				   "options x y=\\\"1\\\"\n"
				   "blacklist end\\";
	_cleanup_arena_ struct arena *arena = arena_new();
	struct modprobe_lines lines = parse_text(arena, text);

	(void)state;
	assert_int_equal(lines.count, 4);
	assert_line(&lines.items[0], 1, MODPROBE_OPTIONS, "vfio_pci", "ids=10de:2704,10de:22bb");
	assert_line(&lines.items[1], 6, MODPROBE_BLACKLIST, "abc", "");
	assert_line(&lines.items[2], 7, MODPROBE_OPTIONS, "x", "y=\"1\"");
	assert_line(&lines.items[3], 8, MODPROBE_BLACKLIST, "end", "");
}

static void test_comments(void **state)
{
	static const char text[] = "#blacklist a\n"
				   "  # blacklist b\n"
				   "blacklist c # and why\n"
				   "options vfio-pci ids=10de:2704 # GPU\n";
	_cleanup_arena_ struct arena *arena = arena_new();
	struct modprobe_lines lines = parse_text(arena, text);

	(void)state;
	assert_int_equal(lines.count, 2);
	assert_line(&lines.items[0], 3, MODPROBE_BLACKLIST, "c", "# and why");
	/* modprobe hands "#" and "GPU" to the kernel as parameters. */
	assert_line(&lines.items[1], 4, MODPROBE_OPTIONS, "vfio_pci", "ids=10de:2704 # GPU");
}

static void test_carriage_returns(void **state)
{
	static const char text[] = "blacklist nouveau\r\n"
				   "\r\n"
				   "options vfio-pci ids=10de:2704\r\n"
				   "alias gpu vfio-pci\r\n"
				   "options vfio-pci \r\n"
				   "blacklist \r\n"
				   "options a \\\r\n"
				   " b=1\r\n";
	_cleanup_arena_ struct arena *arena = arena_new();
	struct modprobe_lines lines = parse_text(arena, text);

	(void)state;
	assert_int_equal(lines.count, 7);
	/* No such module: the blacklist line does nothing. */
	assert_line(&lines.items[0], 1, MODPROBE_BLACKLIST, "nouveau\r", "");
	assert_string_equal(lines.items[0].origin.text, "blacklist nouveau");
	assert_line(&lines.items[1], 3, MODPROBE_OPTIONS, "vfio_pci", "ids=10de:2704");
	assert_line(&lines.items[2], 4, MODPROBE_ALIAS, "gpu", "vfio-pci\r");
	assert_line(&lines.items[3], 5, MODPROBE_OPTIONS, "vfio_pci", "");
	assert_line(&lines.items[4], 6, MODPROBE_BLACKLIST, NULL, "");
	/* The backslash stands before the carriage return, so it joins nothing. */
	assert_line(&lines.items[5], 7, MODPROBE_OPTIONS, "a", "");
	assert_line(&lines.items[6], 8, MODPROBE_UNKNOWN, NULL, "");
}

static void test_broken_lines(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct modprobe_lines lines =
		parse_text(arena, "options\nblacklist\nsoftdep vfio-pci\n"
				  "alias one\ninstall x\ninclude y\nOptions z a=1\n");

	(void)state;
	assert_int_equal(lines.count, 7);
	assert_line(&lines.items[0], 1, MODPROBE_OPTIONS, NULL, "");
	assert_line(&lines.items[1], 2, MODPROBE_BLACKLIST, NULL, "");
	assert_line(&lines.items[2], 3, MODPROBE_SOFTDEP, "vfio_pci", "");
	assert_line(&lines.items[3], 4, MODPROBE_ALIAS, "one", "");
	assert_line(&lines.items[4], 5, MODPROBE_INSTALL, "x", "");
	assert_line(&lines.items[5], 6, MODPROBE_UNKNOWN, NULL, "y");
	assert_line(&lines.items[6], 7, MODPROBE_UNKNOWN, NULL, "z a=1");
}

static void test_nuls(void **state)
{
	static const char text[] = "blacklist a\0b c\nblacklist d\n\0blacklist e\nblack\0list f\n";
	_cleanup_arena_ struct arena *arena = arena_new();
	struct modprobe_lines lines = parse(arena, text, sizeof(text) - 1);

	(void)state;
	assert_int_equal(lines.count, 3);
	assert_line(&lines.items[0], 1, MODPROBE_BLACKLIST, "a", "");
	assert_line(&lines.items[1], 2, MODPROBE_BLACKLIST, "d", "");
	assert_line(&lines.items[2], 4, MODPROBE_UNKNOWN, NULL, "");
}

static void test_every_length(void **state)
{
	static const char text[] = "options a-b x=\"1 \\\n2\" \\\r\n\\\\\n#\\\n\\";

	(void)state;
	for (size_t length = 0; length < sizeof(text); length++) {
		_cleanup_arena_ struct arena *arena = arena_new();
		_cleanup_free_ char *copy = malloc(length ? length : 1);
		struct modprobe_lines lines;

		memcpy(copy, text, length);
		lines = parse(arena, copy, length);
		assert_in_range(lines.count, 0, 3);
	}
}

static void test_module_names(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();

	(void)state;
	assert_string_equal(modprobe_module_name(arena, "snd-hda-intel ", 13), "snd_hda_intel");
	assert_string_equal(modprobe_module_name(arena, "a-b[0-9]c-d", 11), "a_b[0-9]c_d");
	assert_string_equal(modprobe_module_name(arena, "a-[b-", 5), "a_[b-");
	assert_string_equal(modprobe_module_name(arena, "", 0), "");
}

/* -- options --------------------------------------------------------------------------------- */

static const char *words(struct arena *arena, const char *argument)
{
	struct module_options options;
	struct strings parts = {0};

	modprobe_split_options(arena, argument, &options);
	for_each (option, &options)
		*ARRAY_ADD(arena, &parts) = arena_printf(arena, "<%s|%s>", option->name,
							 option->value ? option->value : "-");
	return strings_join(arena, &parts, "");
}

static void test_options(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();

	(void)state;
	assert_string_equal(words(arena, ""), "");
	assert_string_equal(words(arena, " \t\r\n "), "");
	assert_string_equal(words(arena, "ids=10de:2704,10de:22bb disable_vga"),
			    "<ids|10de:2704,10de:22bb><disable_vga|->");
	/* The usual mistake: a blank behind the comma makes a parameter of the second id. */
	assert_string_equal(words(arena, "ids=10de:2704, 10de:22bb"),
			    "<ids|10de:2704,><10de:22bb|->");
	assert_string_equal(words(arena, "ids=\"10de:2704, 10de:22bb\" x"),
			    "<ids|10de:2704, 10de:22bb><x|->");
	assert_string_equal(words(arena, "\"ids=10de:2704, 10de:22bb\""),
			    "<ids|10de:2704, 10de:22bb>");
	/* Single quotes are letters. */
	assert_string_equal(words(arena, "ids='10de:2704, 10de:22bb'"),
			    "<ids|'10de:2704,><10de:22bb'|->");
	assert_string_equal(words(arena, "a=b=c =d e= \"\""), "<a|b=c><=d|-><e|><|->");
	assert_string_equal(words(arena, "a=x\"y z\"w"), "<a|x\"y z\"w>");
	assert_string_equal(words(arena, "a=\"open b=1"), "<a|open b=1>");
	assert_string_equal(words(arena, "a=\""), "<a|>");
	assert_string_equal(words(arena, "\""), "<|->");
	assert_string_equal(words(arena, "a=1 -- b=2"), "<a|1>");
}

static void test_find_option(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct module_options options;

	(void)state;
	modprobe_split_options(arena, "disable-vga=0 ids=1:2 disable_vga=1", &options);
	assert_string_equal(module_options_find(&options, "disable_vga")->value, "1");
	assert_string_equal(module_options_find(&options, "ids")->value, "1:2");
	assert_null(module_options_find(&options, "id"));
}

/* -- ids= ------------------------------------------------------------------------------------ */

static void test_ids(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct vfio_ids ids;

	(void)state;
	vfio_ids_parse(arena,
		       ",10de:2704,,0x10DE:0x22bb:1458:40bc:030000:ff0000,10de, 8086: 1572 ,x:y,"
		       "8086:1572x,1:2:3",
		       &ids);
	assert_false(ids.too_long);
	assert_int_equal(ids.count, 7);
	assert_true(ids.items[0].valid);
	assert_int_equal(ids.items[0].vendor, 0x10de);
	assert_int_equal(ids.items[0].device, 0x2704);
	assert_int_equal(ids.items[0].subvendor, UINT32_MAX);
	assert_int_equal(ids.items[0].subdevice, UINT32_MAX);
	assert_int_equal(ids.items[0].class_mask, 0);
	assert_true(ids.items[1].valid);
	assert_int_equal(ids.items[1].vendor, 0x10de);
	assert_int_equal(ids.items[1].subdevice, 0x40bc);
	assert_int_equal(ids.items[1].class_code, 0x030000);
	assert_int_equal(ids.items[1].class_mask, 0xff0000);
	assert_false(ids.items[2].valid);
	assert_string_equal(ids.items[2].text, "10de");
	assert_true(ids.items[3].valid);
	assert_int_equal(ids.items[3].vendor, 0x8086);
	assert_int_equal(ids.items[3].device, 0x1572);
	assert_false(ids.items[4].valid);
	assert_string_equal(ids.items[4].text, "x:y");
	assert_true(ids.items[5].valid);
	assert_int_equal(ids.items[5].device, 0x1572);
	assert_true(ids.items[6].valid);
	assert_int_equal(ids.items[6].subvendor, 3);
	assert_int_equal(ids.items[6].subdevice, UINT32_MAX);
}

static void test_odd_ids(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	char longest[1025];
	struct vfio_ids ids;

	(void)state;
	vfio_ids_parse(arena, "", &ids);
	assert_int_equal(ids.count, 0);
	vfio_ids_parse(arena, ",,,", &ids);
	assert_int_equal(ids.count, 0);
	/* The address instead of the id: two numbers can be read, so the kernel takes it. */
	vfio_ids_parse(arena, "01:00.0", &ids);
	assert_true(ids.items[0].valid);
	assert_int_equal(ids.items[0].vendor, 1);
	assert_int_equal(ids.items[0].device, 0);
	/* Beyond 64 bits, and a minus sign. */
	vfio_ids_parse(arena, "1234567890abcdef10de:2704,-1:2", &ids);
	assert_int_equal(ids.items[0].vendor, 0xcdef10de);
	assert_false(ids.items[1].valid);
	memset(longest, ',', sizeof(longest));
	longest[1024] = '\0';
	vfio_ids_parse(arena, longest, &ids);
	assert_true(ids.too_long);
	longest[1023] = '\0';
	vfio_ids_parse(arena, longest, &ids);
	assert_false(ids.too_long);
}

static enum truth matches(const char *text, int subvendor, int subdevice, int class_code)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct vfio_ids ids;

	vfio_ids_parse(arena, text, &ids);
	assert_int_equal(ids.count, 1);
	return vfio_id_matches(&ids.items[0], 0x10de, 0x2704, subvendor, subdevice, class_code);
}

static void test_id_matches(void **state)
{
	(void)state;
	assert_int_equal(matches("10de:2704", 0x1458, 0x40bc, 0x030000), YES);
	assert_int_equal(matches("10de:2704", -1, -1, -1), YES);
	assert_int_equal(matches("10de:22bb", 0x1458, 0x40bc, 0x030000), NO);
	assert_int_equal(matches("10de:2704:1458:40bc", 0x1458, 0x40bc, 0x030000), YES);
	assert_int_equal(matches("10de:2704:1458:40bd", 0x1458, 0x40bc, 0x030000), NO);
	assert_int_equal(matches("10de:2704:1458:40bc", -1, -1, 0x030000), UNKNOWN);
	assert_int_equal(matches("10de:22bb:1458:40bc", -1, -1, 0x030000), NO);
	assert_int_equal(matches("10de:ffffffff:ffffffff:ffffffff:030000:ff0000", 1, 2, 0x030200),
			 YES);
	assert_int_equal(matches("10de:ffffffff:ffffffff:ffffffff:030000:ff0000", 1, 2, 0x040300),
			 NO);
	assert_int_equal(matches("10de:ffffffff:ffffffff:ffffffff:030000:ff0000", 1, 2, -1),
			 UNKNOWN);
	assert_int_equal(matches("110de:2704", 0x1458, 0x40bc, 0x030000), NO);
	assert_int_equal(matches("10de", 0x1458, 0x40bc, 0x030000), NO);
}

/* -- dependencies ---------------------------------------------------------------------------- */

static void test_softdep(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct soft_dependencies found;

	(void)state;
	modprobe_split_softdep(arena, "pre: vfio-pci vfio post: x-y pre:  z", &found);
	assert_string_equal(strings_join(arena, &found.before, " "), "vfio_pci vfio z");
	assert_string_equal(strings_join(arena, &found.after, " "), "x_y");
	assert_int_equal(found.ignored.count, 0);
	modprobe_split_softdep(arena, "pre:vfio-pci", &found);
	assert_int_equal(found.before.count, 0);
	assert_string_equal(strings_join(arena, &found.ignored, " "), "pre:vfio-pci");
	modprobe_split_softdep(arena, " \t", &found);
	assert_int_equal(found.before.count + found.after.count + found.ignored.count, 0);
}

static void test_weakdep(void **state)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct strings names;

	(void)state;
	modprobe_split_weakdep(arena, " a-b\tc ", &names);
	assert_string_equal(strings_join(arena, &names, " "), "a_b c");
	modprobe_split_weakdep(arena, "", &names);
	assert_int_equal(names.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_commands),
		cmocka_unit_test(test_appends),
		cmocka_unit_test(test_continuations),
		cmocka_unit_test(test_comments),
		cmocka_unit_test(test_carriage_returns),
		cmocka_unit_test(test_broken_lines),
		cmocka_unit_test(test_nuls),
		cmocka_unit_test(test_every_length),
		cmocka_unit_test(test_module_names),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_find_option),
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_odd_ids),
		cmocka_unit_test(test_id_matches),
		cmocka_unit_test(test_softdep),
		cmocka_unit_test(test_weakdep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
