/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "facts_made.h"
#include "tree.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

enum { VGA = 0x030000, THREE_D = 0x030200, DISPLAY_OTHER = 0x038000 };

/* A tree and the functions of its host, before the collector has run. */
struct fixture {
	struct tree *tree;
	struct facts *facts;
};

static struct fixture fixture_new(const char *recipe)
{
	return (struct fixture){tree_new(recipe), facts_made()};
}

static void fixture_free(struct fixture *fixture)
{
	facts_free(fixture->facts);
	tree_free(fixture->tree);
}
#define _cleanup_fixture_ _cleanup_(fixture_free)

static void collect(struct fixture *fixture)
{
	facts_collect_display(fixture->facts, tree_host(fixture->tree));
}

/* The nth use of a kind, which must be there. */
static const struct use *nth_use(const struct device *device, enum use_kind kind, size_t nth)
{
	static const struct use none = {.what = ""};
	const struct use *use = facts_made_use(device, kind, nth);

	assert_non_null(use);
	return use ? use : &none;
}

static const struct use *display_use(const struct device *device)
{
	return facts_made_use(device, USE_DISPLAY, 0);
}

/* Asserts that device has exactly one use of kind, with these words. */
static const struct use *assert_use(const struct device *device, enum use_kind kind, bool critical,
				    const char *what)
{
	const struct use *use = nth_use(device, kind, 0);

	assert_string_equal(use->what, what);
	assert_int_equal(use->critical, critical);
	assert_non_null(use->origin.source);
	assert_null(facts_made_use(device, kind, 1));
	return use;
}

/* -- consoles ---------------------------------------------------------------------------------- */

#define EFIFB_PLATFORM                                                                             \
	"raw proc/iomem\n"                                                                         \
	"| 00000000-00000fff : Reserved\n"                                                         \
	"| c0000000-febfffff : PCI Bus 0000:00\n"                                                  \
	"|   e0000000-efffffff : 0000:01:00.0\n"                                                   \
	"|     e1000000-e12fffff : efifb\n"                                                        \
	"link sys/class/graphics/fb0 "                                                             \
	"../../devices/platform/efi-framebuffer.0/graphics/fb0\n"                                  \
	"raw sys/devices/platform/efi-framebuffer.0/graphics/fb0/name\n"                           \
	"| EFI VGA\n"                                                                              \
	"dir sys/class/drm\n"

static void platform_framebuffer_is_found_by_its_bar(void **state)
{
	_cleanup_fixture_ struct fixture f = fixture_new(EFIFB_PLATFORM);
	struct device *card = facts_made_device(f.facts, "0000:01:00.0", VGA, NULL);
	const struct use *use;

	(void)state;
	facts_made_bar(card, 1, 0xe0000000, 0x10000000);
	collect(&f);
	use = assert_use(card, USE_DISPLAY, true, "only console (efifb, fb0)");
	assert_string_equal(use->origin.source, "/sys/class/graphics/fb0");
	assert_int_equal(card->boot_framebuffer, YES);
	assert_int_equal(f.facts->usage.iomem_readable, YES);
	assert_int_equal(f.facts->usage.boot_framebuffers.count, 1);
	assert_true(f.facts->usage.boot_framebuffers.items[0].start == 0xe1000000);
	assert_true(f.facts->usage.boot_framebuffers.items[0].device == card);
	assert_int_equal(f.facts->usage.boot_framebuffers.items[0].origin.line, 4);
	assert_int_equal(f.facts->usage.framebuffers.count, 1);
	assert_string_equal(f.facts->usage.framebuffers.items[0].driver, "EFI VGA");
	assert_true(f.facts->usage.framebuffers.items[0].device == card);
	assert_int_equal(f.facts->usage.known[USE_DISPLAY], YES);
}

static void the_line_around_it_stands_in_for_an_unknown_bar(void **state)
{
	_cleanup_fixture_ struct fixture f = fixture_new(EFIFB_PLATFORM);
	struct device *card = facts_made_device(f.facts, "0000:01:00.0", VGA, "nouveau");

	(void)state;
	card->bars_known = UNKNOWN;
	collect(&f);
	assert_int_equal(card->boot_framebuffer, YES);
	assert_use(card, USE_DISPLAY, true, "only console (efifb, nouveau, fb0)");
}

static void without_addresses_the_boot_vga_device_has_it(void **state)
{
	_cleanup_fixture_ struct fixture f =
		fixture_new("raw proc/iomem\n"
			    "| 00000000-00000000 : PCI Bus 0000:00\n"
			    "|   00000000-00000000 : efifb\n"
			    "link sys/class/graphics/fb0 "
			    "../../devices/platform/efi-framebuffer.0/graphics/fb0\n"
			    "dir sys/class/drm\n");
	struct device *other = facts_made_device(f.facts, "0000:00:02.0", VGA, NULL);
	struct device *card = facts_made_device(f.facts, "0000:01:00.0", VGA, NULL);

	(void)state;
	card->boot_vga = YES;
	collect(&f);
	assert_int_equal(f.facts->usage.iomem_readable, NO);
	assert_int_equal(facts_unread_error(f.facts, "proc/iomem"), -EPERM);
	assert_int_equal(f.facts->usage.boot_framebuffers.count, 0);
	assert_int_equal(card->boot_framebuffer, UNKNOWN);
	assert_use(card, USE_DISPLAY, true, "only console (fb0)");
	assert_null(display_use(other));
}

static void sysfb_below_the_pci_function_tells_by_itself(void **state)
{
	_cleanup_fixture_ struct fixture f =
		fixture_new("link sys/class/graphics/fb0 ../../devices/pci0000:00/0000:00:02.0/"
			    "simple-framebuffer.0/graphics/fb0\n"
			    "dir sys/class/drm\n");
	struct device *card = facts_made_device(f.facts, "0000:00:02.0", VGA, NULL);

	(void)state;
	collect(&f);
	assert_int_equal(card->boot_framebuffer, YES);
	assert_int_equal(f.facts->usage.iomem_readable, UNKNOWN);
	assert_use(card, USE_DISPLAY, true, "only console (fb0)");
}

#define TWO_CARDS                                                                                  \
	"link sys/class/graphics/fb0 ../../devices/pci0000:00/0000:00:02.0/graphics/fb0\n"         \
	"link sys/class/graphics/fb1 "                                                             \
	"../../devices/pci0000:00/0000:00:01.0/0000:01:00.0/graphics/fb1\n"                        \
	"link sys/class/drm/card0 ../../devices/pci0000:00/0000:00:02.0/drm/card0\n"               \
	"link sys/class/drm/card1 ../../devices/pci0000:00/0000:00:01.0/0000:01:00.0/drm/card1\n"

static void with_two_framebuffers_neither_is_the_only_console(void **state)
{
	_cleanup_fixture_ struct fixture f = fixture_new(TWO_CARDS);
	struct device *graphics = facts_made_device(f.facts, "0000:00:02.0", VGA, "i915");
	struct device *card = facts_made_device(f.facts, "0000:01:00.0", VGA, "amdgpu");

	(void)state;
	graphics->boot_vga = YES;
	collect(&f);
	assert_use(graphics, USE_DISPLAY, false, "framebuffer fb0 (i915)");
	assert_use(card, USE_DISPLAY, false, "framebuffer fb1 (amdgpu)");
	assert_int_equal(f.facts->usage.known[USE_DISPLAY], YES);
}

static void a_card_on_vfio_is_no_console_and_leaves_the_other_alone(void **state)
{
	_cleanup_fixture_ struct fixture f = fixture_new(
		"link sys/class/graphics/fb0 ../../devices/pci0000:00/0000:00:02.0/graphics/fb0\n"
		"dir sys/class/drm\n"
		"raw proc/iomem\n"
		"|   e0000000-efffffff : 0000:01:00.0\n"
		"|     e1000000-e12fffff : BOOTFB\n");
	struct device *graphics = facts_made_device(f.facts, "0000:00:02.0", VGA, "i915");
	struct device *card = facts_made_device(f.facts, "0000:01:00.0", VGA, "vfio-pci");

	(void)state;
	card->boot_vga = YES;
	collect(&f);
	assert_null(display_use(card));
	/* It is not the boot VGA device, but all that the host has left. */
	assert_use(graphics, USE_DISPLAY, true, "only console (i915, fb0)");
	assert_int_equal(card->boot_framebuffer, YES);
	assert_int_equal(graphics->boot_framebuffer, NO);
}

static void a_place_holder_range_does_not_keep_the_console(void **state)
{
	_cleanup_fixture_ struct fixture f = fixture_new(
		"link sys/class/graphics/fb0 ../../devices/pci0000:00/0000:00:02.0/graphics/fb0\n"
		"dir sys/class/drm\n"
		"raw proc/iomem\n"
		"|   e0000000-efffffff : 0000:01:00.0\n"
		"|     e1000000-e12fffff : BOOTFB\n");
	struct device *graphics = facts_made_device(f.facts, "0000:00:02.0", VGA, "i915");
	struct device *card = facts_made_device(f.facts, "0000:01:00.0", VGA, NULL);

	(void)state;
	collect(&f);
	/* Nothing draws into the range any more: the console is fb0. */
	assert_use(graphics, USE_DISPLAY, true, "only console (i915, fb0)");
	assert_use(card, USE_DISPLAY, false, "boot framebuffer (BOOTFB)");
}

static void a_server_keeps_its_bmc_console(void **state)
{
	_cleanup_fixture_ struct fixture f = fixture_new(
		"link sys/class/graphics/fb0 ../../devices/pci0000:00/0000:00:1c.0/0000:02:00.0/"
		"0000:03:00.0/graphics/fb0\n"
		"link sys/class/drm/card0 ../../devices/pci0000:00/0000:00:1c.0/0000:02:00.0/"
		"0000:03:00.0/drm/card0\n"
		"link sys/class/drm/card1 "
		"../../devices/pci0000:40/0000:40:01.0/0000:41:00.0/drm/card1\n");
	struct device *bmc = facts_made_device(f.facts, "0000:03:00.0", VGA, "ast");
	struct device *gpu = facts_made_device(f.facts, "0000:41:00.0", THREE_D, "nvidia");
	struct parameter *parameter = ARRAY_ADD(f.facts->arena, &f.facts->cmdline);

	(void)state;
	bmc->boot_vga = YES;
	*parameter = (struct parameter){.name = "console", .value = "ttyS1,115200n8"};
	*ARRAY_ADD(f.facts->arena, &f.facts->cmdline) =
		(struct parameter){.name = "console", .value = "tty0"};
	collect(&f);
	assert_use(bmc, USE_DISPLAY, true, "only console (ast, fb0) besides ttyS1");
	assert_null(display_use(gpu));
}

static void a_connected_output_is_a_display_that_stays(void **state)
{
	_cleanup_fixture_ struct fixture f = fixture_new(
		TWO_CARDS
		"remove sys/class/graphics/fb1\n"
		"link sys/class/drm/card1-HDMI-A-1 ../../devices/pci0000:00/0000:00:01.0/"
		"0000:01:00.0/drm/card1/card1-HDMI-A-1\n"
		"raw sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0/drm/card1/"
		"card1-HDMI-A-1/status\n"
		"| connected\n"
		"link sys/class/drm/card1-DP-1 ../../devices/pci0000:00/0000:00:01.0/"
		"0000:01:00.0/drm/card1/card1-DP-1\n"
		"raw sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0/drm/card1/card1-DP-1/"
		"status\n"
		"| disconnected\n");
	struct device *graphics = facts_made_device(f.facts, "0000:00:02.0", VGA, "i915");
	struct device *card = facts_made_device(f.facts, "0000:01:00.0", VGA, "nvidia");
	const struct use *use;

	(void)state;
	graphics->boot_vga = YES;
	collect(&f);
	use = assert_use(card, USE_DISPLAY, false, "output HDMI-A-1 (nvidia)");
	assert_string_equal(use->origin.source, "/sys/class/drm/card1-HDMI-A-1/status");
	assert_string_equal(use->origin.text, "connected");
	assert_use(graphics, USE_DISPLAY, false, "framebuffer fb0 (i915)");
}

static void boot_vga_and_a_host_driver_are_enough_without_any_class(void **state)
{
	_cleanup_fixture_ struct fixture f = fixture_new("dir sys/bus\n");
	struct device *card = facts_made_device(f.facts, "0000:01:00.0", VGA, "nouveau");
	const struct use *use;

	(void)state;
	card->boot_vga = YES;
	collect(&f);
	use = assert_use(card, USE_DISPLAY, true, "only console (nouveau)");
	assert_string_equal(use->origin.source, "/sys/bus/pci/devices/0000:01:00.0/boot_vga");
	assert_int_equal(f.facts->usage.known[USE_DISPLAY], UNKNOWN);
	assert_string_equal(f.facts->usage.why_unknown[USE_DISPLAY].path, "/sys/class/drm");
	assert_int_equal(f.facts->usage.why_unknown[USE_DISPLAY].error, -ENOENT);
	assert_int_equal(card->boot_framebuffer, UNKNOWN);
}

static void without_any_class_a_second_host_driver_makes_it_unknown(void **state)
{
	_cleanup_fixture_ struct fixture f = fixture_new("dir sys/bus\n");
	struct device *graphics = facts_made_device(f.facts, "0000:00:02.0", VGA, "i915");
	struct device *card = facts_made_device(f.facts, "0000:01:00.0", VGA, "nouveau");

	(void)state;
	card->boot_vga = YES;
	collect(&f);
	assert_use(card, USE_DISPLAY, false, "boot display (nouveau)");
	assert_null(display_use(graphics));
	assert_int_equal(f.facts->usage.known[USE_DISPLAY], UNKNOWN);
}

static void listings_without_a_picture_make_boot_vga_the_console(void **state)
{
	_cleanup_fixture_ struct fixture f =
		fixture_new("dir sys/class/drm\ndir sys/class/graphics\n");
	struct device *graphics = facts_made_device(f.facts, "0000:00:02.0", DISPLAY_OTHER, "i915");
	struct device *card = facts_made_device(f.facts, "0000:01:00.0", VGA, "nvidia");

	(void)state;
	card->boot_vga = YES;
	collect(&f);
	assert_use(card, USE_DISPLAY, true, "only console (nvidia)");
	assert_null(display_use(graphics));
}

static void the_vga_text_console_needs_no_driver(void **state)
{
	_cleanup_fixture_ struct fixture f = fixture_new("dir sys/class/drm\n"
							 "dir sys/class/graphics\n"
							 "raw sys/class/vtconsole/vtcon0/name\n"
							 "| (S) VGA+\n"
							 "raw sys/class/vtconsole/vtcon0/bind\n"
							 "| 1\n");
	struct device *card = facts_made_device(f.facts, "0000:01:00.0", VGA, NULL);

	(void)state;
	card->boot_vga = YES;
	collect(&f);
	assert_use(card, USE_DISPLAY, true, "only console (VGA text mode)");
}

static void an_unbound_text_console_is_none(void **state)
{
	_cleanup_fixture_ struct fixture f = fixture_new("dir sys/class/drm\n"
							 "dir sys/class/graphics\n"
							 "raw sys/class/vtconsole/vtcon0/name\n"
							 "| (S) VGA+\n"
							 "raw sys/class/vtconsole/vtcon0/bind\n"
							 "| 0\n");
	struct device *card = facts_made_device(f.facts, "0000:01:00.0", VGA, NULL);

	(void)state;
	card->boot_vga = YES;
	collect(&f);
	assert_null(display_use(card));
}

static void the_boot_display_file_counts_like_boot_vga(void **state)
{
	_cleanup_fixture_ struct fixture f = fixture_new(
		"dir sys/class/graphics\n"
		"link sys/class/drm/card0 ../../devices/pci0000:00/0000:00:02.0/drm/card0\n"
		"raw sys/devices/pci0000:00/0000:00:02.0/drm/card0/boot_display\n"
		"| 1\n");
	struct device *graphics = facts_made_device(f.facts, "0000:00:02.0", DISPLAY_OTHER, "xe");
	struct device *card = facts_made_device(f.facts, "0000:01:00.0", VGA, "nouveau");

	(void)state;
	collect(&f);
	assert_use(graphics, USE_DISPLAY, true, "only console (xe)");
	assert_null(display_use(card));
}

static void stubs_draw_nothing(void **state)
{
	_cleanup_fixture_ struct fixture f = fixture_new("dir sys/bus\n");
	struct device *card = facts_made_device(f.facts, "0000:01:00.0", VGA, "pci-stub");

	(void)state;
	card->boot_vga = YES;
	collect(&f);
	assert_null(display_use(card));
}

static void knowledge_needs_no_listing_where_nothing_can_draw(void **state)
{
	_cleanup_fixture_ struct fixture f = fixture_new("dir sys/bus\n");

	(void)state;
	(void)facts_made_device(f.facts, "0000:00:1f.2", 0x010601, "ahci");
	(void)facts_made_device(f.facts, "0000:01:00.0", VGA, "vfio-pci");
	collect(&f);
	assert_int_equal(f.facts->usage.known[USE_DISPLAY], YES);
}

static void a_tree_without_functions_tells_nothing(void **state)
{
	_cleanup_fixture_ struct fixture f = fixture_new("dir proc\n");

	(void)state;
	collect(&f);
	assert_int_equal(f.facts->usage.known[USE_DISPLAY], UNKNOWN);
	assert_int_equal(f.facts->usage.known[USE_INPUT], UNKNOWN);
	assert_int_equal(f.facts->usage.iomem_readable, UNKNOWN);
	assert_int_equal(facts_unread_error(f.facts, "proc/iomem"), -ENOENT);
	assert_string_equal(f.facts->usage.why_unknown[USE_INPUT].path, "/proc/bus/input/devices");
}

static void hostile_entries_are_harmless(void **state)
{
	_cleanup_fixture_ struct fixture f =
		fixture_new("link sys/class/graphics/fb0 ../../../../../../../../../etc/passwd\n"
			    "link sys/class/graphics/fb1 fb1\n"
			    "fifo sys/class/graphics/fb2/name\n"
			    "link sys/class/drm/card0-DP-1 /0000:01:00.0\n"
			    "dir sys/class/drm/card-\n"
			    "fifo proc/iomem\n"
			    "dir proc/bus/input/devices\n");
	struct device *card = facts_made_device(f.facts, "0000:01:00.0", VGA, "nouveau");

	(void)state;
	collect(&f);
	assert_int_equal(f.facts->usage.framebuffers.count, 3);
	assert_null(f.facts->usage.framebuffers.items[0].device);
	assert_null(f.facts->usage.framebuffers.items[0].driver);
	assert_int_equal(f.facts->usage.iomem_readable, UNKNOWN);
	assert_int_equal(f.facts->usage.known[USE_INPUT], UNKNOWN);
	assert_use(card, USE_DISPLAY, true, "only console (nouveau)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(platform_framebuffer_is_found_by_its_bar),
		cmocka_unit_test(the_line_around_it_stands_in_for_an_unknown_bar),
		cmocka_unit_test(without_addresses_the_boot_vga_device_has_it),
		cmocka_unit_test(sysfb_below_the_pci_function_tells_by_itself),
		cmocka_unit_test(with_two_framebuffers_neither_is_the_only_console),
		cmocka_unit_test(a_card_on_vfio_is_no_console_and_leaves_the_other_alone),
		cmocka_unit_test(a_place_holder_range_does_not_keep_the_console),
		cmocka_unit_test(a_server_keeps_its_bmc_console),
		cmocka_unit_test(a_connected_output_is_a_display_that_stays),
		cmocka_unit_test(boot_vga_and_a_host_driver_are_enough_without_any_class),
		cmocka_unit_test(without_any_class_a_second_host_driver_makes_it_unknown),
		cmocka_unit_test(listings_without_a_picture_make_boot_vga_the_console),
		cmocka_unit_test(the_vga_text_console_needs_no_driver),
		cmocka_unit_test(an_unbound_text_console_is_none),
		cmocka_unit_test(the_boot_display_file_counts_like_boot_vga),
		cmocka_unit_test(stubs_draw_nothing),
		cmocka_unit_test(knowledge_needs_no_listing_where_nothing_can_draw),
		cmocka_unit_test(a_tree_without_functions_tells_nothing),
		cmocka_unit_test(hostile_entries_are_harmless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
