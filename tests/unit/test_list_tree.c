/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tree of `vfiokit list --tree`: its rows and bands, which ports it blames, and its lines. */
#include "facts_made.h"
#include "report/tree.h"
#include "report/tree_rows.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <time.h>
#include <cmocka.h>

static void free_facts(struct facts **facts)
{
	arena_free((*facts)->arena);
}
#define _cleanup_made_ _cleanup_(free_facts)

/* A machine with the IOMMU on and room for many functions. */
static struct facts *machine(size_t room)
{
	struct facts *facts = facts_made();

	facts->devices.capacity = room;
	facts->devices.items = arena_array(facts->arena, room, sizeof(*facts->devices.items));
	facts->groups.capacity = room;
	facts->groups.items = arena_array(facts->arena, room, sizeof(*facts->groups.items));
	facts->machine.kernel = "6.1.0-50-amd64";
	facts->iommu.kind = IOMMU_INTEL;
	facts->iommu.active = YES;
	facts->cmdline_known = YES;
	return facts;
}

static struct device *add(struct facts *facts, const char *address, enum port_type type,
			  struct device *parent, enum truth acs)
{
	bool port = type == PORT_ROOT_PORT || type == PORT_UPSTREAM || type == PORT_DOWNSTREAM ||
		    type == PORT_PCIE_TO_PCI;
	struct device *device = facts_made_device(facts, arena_strdup(facts->arena, address),
						  port ? 0x060400 : 0x020000, NULL);

	device->vendor_id = 0x1b36;
	device->device_id = 0x000c;
	device->subsystem_vendor_id = device->subsystem_device_id = -1;
	device->parent = parent;
	device->is_bridge = port;
	device->root_bus = "pci0000:00";
	device->predicted_group = -1;
	device->config = (struct config_space){.size = 4096,
					       .header_known = true,
					       .secondary_bus = -1,
					       .capabilities = YES,
					       .port_type = type,
					       .extended = YES,
					       .acs = acs,
					       .acs_capability = 0x1d,
					       .acs_control = 0x1d};
	return device;
}

/* Puts it into the kernel's group with this number, which may be a new one at the end. */
static void join(struct facts *facts, struct device *device, int id)
{
	struct group *group;

	while (facts->groups.count <= (size_t)id) {
		group = ARRAY_ADD(facts->arena, &facts->groups);
		*group = (struct group){.id = (int)facts->groups.count - 1};
	}
	group = &facts->groups.items[id];
	*ARRAY_ADD(facts->arena, &group->devices) = device;
	device->group = group;
	device->has_group = YES;
}

/* -- ports that break isolation --------------------------------------------------------------------- */

enum { SWITCH_PARTS = 6 };

/* A switch with two cards below a root port; second: the group of the second port and card. */
static struct facts *switch_machine(enum truth acs, int second)
{
	struct facts *facts = machine(64);
	struct device *port = add(facts, "0000:00:01.0", PORT_ROOT_PORT, NULL, acs);
	struct device *upstream = add(facts, "0000:01:00.0", PORT_UPSTREAM, port, YES);
	struct device *first = add(facts, "0000:02:00.0", PORT_DOWNSTREAM, upstream, YES);
	struct device *second_port = add(facts, "0000:02:01.0", PORT_DOWNSTREAM, upstream, YES);
	struct device *card = add(facts, "0000:03:00.0", PORT_ENDPOINT, first, NO);
	struct device *other = add(facts, "0000:04:00.0", PORT_ENDPOINT, second_port, NO);

	join(facts, port, 0);
	join(facts, upstream, 0);
	join(facts, first, 0);
	join(facts, second_port, second);
	join(facts, card, 0);
	join(facts, other, second);
	return facts;
}

static void test_port_above_two_cards_is_blamed(void **state)
{
	_cleanup_made_ struct facts *facts = switch_machine(NO, 0);
	struct group_break *breaks = group_breaks_find(facts, facts->arena);

	(void)state;
	assert_int_equal(breaks[0].kind, BREAK_BELOW);
	assert_string_equal(group_break_text(facts->arena, &facts->devices.items[0], &breaks[0]),
			    "0000:00:01.0 has no ACS capability: everything below it is one "
			    "group");
	for (size_t i = 1; i < facts->devices.count; i++)
		assert_int_equal(breaks[i].kind, BREAK_NONE);
}

/* The model says that all is one group; the kernel that runs made two. */
static void test_the_kernel_is_believed(void **state)
{
	_cleanup_made_ struct facts *facts = switch_machine(NO, 1);
	struct group_break *breaks = group_breaks_find(facts, facts->arena);

	(void)state;
	for (size_t i = 0; i < facts->devices.count; i++)
		assert_int_equal(breaks[i].kind, BREAK_NONE);
}

static void test_what_is_not_known_is_not_blamed(void **state)
{
	_cleanup_made_ struct facts *facts = switch_machine(UNKNOWN, 0);

	(void)state;
	facts->devices.items[0].config.extended = UNKNOWN;
	assert_int_equal(group_breaks_find(facts, facts->arena)[0].kind, BREAK_NONE);
}

static void test_one_card_breaks_nothing(void **state)
{
	_cleanup_made_ struct facts *facts = machine(64);
	struct device *port = add(facts, "0000:00:01.0", PORT_ROOT_PORT, NULL, NO);
	struct device *card = add(facts, "0000:01:00.0", PORT_ENDPOINT, port, NO);
	struct device *audio = add(facts, "0000:01:00.1", PORT_ENDPOINT, port, NO);
	struct group_break *breaks;

	(void)state;
	join(facts, port, 0);
	join(facts, card, 0);
	join(facts, audio, 0);
	breaks = group_breaks_find(facts, facts->arena);
	for (size_t i = 0; i < facts->devices.count; i++)
		assert_int_equal(breaks[i].kind, BREAK_NONE);
}

/* Root ports of one slot: neither has two cards below it, and yet both put them together. */
static void test_ports_of_one_slot_are_blamed_together(void **state)
{
	_cleanup_made_ struct facts *facts = machine(64);
	struct device *first = add(facts, "0000:00:1c.0", PORT_ROOT_PORT, NULL, NO);
	struct device *second = add(facts, "0000:00:1c.4", PORT_ROOT_PORT, NULL, NO);
	struct device *empty = add(facts, "0000:00:1c.5", PORT_ROOT_PORT, NULL, NO);
	struct device *card = add(facts, "0000:01:00.0", PORT_ENDPOINT, first, NO);
	struct device *other = add(facts, "0000:02:00.0", PORT_ENDPOINT, second, NO);
	struct group_break *breaks;

	(void)state;
	first->config.multifunction = second->config.multifunction = true;
	empty->config.multifunction = true;
	for (size_t i = 0; i < facts->devices.count; i++)
		join(facts, &facts->devices.items[i], 0);
	breaks = group_breaks_find(facts, facts->arena);
	assert_int_equal(breaks[first - facts->devices.items].kind, BREAK_SLOT);
	assert_int_equal(breaks[second - facts->devices.items].kind, BREAK_SLOT);
	assert_int_equal(breaks[empty - facts->devices.items].kind, BREAK_NONE);
	assert_int_equal(breaks[card - facts->devices.items].kind, BREAK_NONE);
	assert_int_equal(breaks[other - facts->devices.items].kind, BREAK_NONE);
}

/* A PCIe/PCI bridge makes one group of its cards whatever the port above it can do. */
static void test_an_old_bridge_is_blamed_and_not_the_port(void **state)
{
	_cleanup_made_ struct facts *facts = machine(64);
	struct device *port = add(facts, "0000:00:01.0", PORT_ROOT_PORT, NULL, NO);
	struct device *bridge = add(facts, "0000:01:00.0", PORT_PCIE_TO_PCI, port, NO);
	struct group_break *breaks;

	(void)state;
	add(facts, "0000:02:01.0", PORT_CONVENTIONAL, bridge, NO);
	add(facts, "0000:02:02.0", PORT_CONVENTIONAL, bridge, NO);
	for (size_t i = 0; i < facts->devices.count; i++)
		join(facts, &facts->devices.items[i], 0);
	breaks = group_breaks_find(facts, facts->arena);
	assert_int_equal(breaks[0].kind, BREAK_NONE);
	assert_int_equal(breaks[1].kind, BREAK_ALIAS);
}

/* -- rows ---------------------------------------------------------------------------------------------- */

static void test_rows_stand_below_their_bridges(void **state)
{
	_cleanup_made_ struct facts *facts = switch_machine(NO, 0);
	static const char *const order[] = {"0000:00:01.0", "0000:01:00.0", "0000:02:00.0",
					    "0000:03:00.0", "0000:02:01.0", "0000:04:00.0"};
	static const unsigned depths[] = {0, 1, 2, 3, 2, 3};
	static const bool last[] = {true, true, false, true, true, true};
	struct tree_rows rows;

	(void)state;
	tree_rows_make(facts, facts->arena, &rows);
	assert_int_equal(rows.count, SWITCH_PARTS);
	for (size_t i = 0; i < rows.count; i++) {
		assert_string_equal(rows.items[i].device->address, order[i]);
		assert_int_equal(rows.items[i].depth, depths[i]);
		assert_int_equal(rows.items[i].last, last[i]);
		assert_int_equal(rows.items[i].new_root, i == 0);
	}
}

static void test_targets_bring_their_group_and_ports(void **state)
{
	_cleanup_made_ struct facts *facts = switch_machine(NO, 1);
	struct device *other = add(facts, "0000:05:00.0", PORT_ENDPOINT, NULL, NO);
	struct device *target = facts_find_device(facts, "0000:03:00.0");
	struct tree_rows rows;

	(void)state;
	join(facts, other, 2);
	target->target = true;
	*ARRAY_ADD(facts->arena, &facts->targets) = target;
	tree_rows_make(facts, facts->arena, &rows);
	/* Not the other card, nor its port. */
	assert_int_equal(rows.count, 4);
	assert_true(rows.items[3].handed_over);
	assert_false(rows.items[2].handed_over);
}

/* Parents of a damaged tree: each function appears once all the same. */
static void test_circles_end(void **state)
{
	_cleanup_made_ struct facts *facts = switch_machine(NO, 0);
	struct device *devices = facts->devices.items;
	struct tree_rows rows;

	(void)state;
	devices[0].parent = &devices[2];
	devices[4].parent = &devices[4];
	tree_rows_make(facts, facts->arena, &rows);
	assert_int_equal(rows.count, facts->devices.count);
	for (size_t i = 0; i < rows.count; i++)
		assert_true(rows.items[i].parent < (int)i);
}

static void test_groups_keep_their_colour(void **state)
{
	(void)state;
	for (unsigned seed = 1; seed <= 200; seed++) {
		_cleanup_made_ struct facts *facts = machine(256);
		struct tree_rows rows;
		unsigned number = seed;

		for (int i = 0; i < 200; i++) {
			number = number * 1103515245 + 12345;
			join(facts,
			     add(facts,
				 arena_printf(facts->arena, "0000:%02x:%02x.0", i / 32, i % 32),
				 PORT_ENDPOINT, NULL, NO),
			     (int)(number >> 16) % 60);
		}
		tree_rows_make(facts, facts->arena, &rows);
		for (size_t i = 1; i < rows.count; i++) {
			const struct tree_row *row = &rows.items[i];

			assert_int_equal(row[-1].odd == row->odd, row[-1].group == row->group);
			if (row[-1].group == row->group)
				assert_int_equal(row[-1].band, row->band);
		}
	}
}

/* Groups as machines have them, most of them in one piece, get colours that differ side by side. */
static void test_groups_in_one_piece_differ_in_colour(void **state)
{
	_cleanup_made_ struct facts *facts = machine(256);
	struct tree_rows rows;

	(void)state;
	for (int i = 0; i < 200; i++)
		join(facts,
		     add(facts, arena_printf(facts->arena, "0000:%02x:%02x.0", i / 32, i % 32),
			 PORT_ENDPOINT, NULL, NO),
		     i % 37 == 36 ? 0 : i / 3);
	tree_rows_make(facts, facts->arena, &rows);
	for (size_t i = 1; i < rows.count; i++)
		assert_int_equal(rows.items[i - 1].band == rows.items[i].band,
				 rows.items[i - 1].group == rows.items[i].group);
}

static void test_a_group_that_the_model_makes_otherwise_differs(void **state)
{
	_cleanup_made_ struct facts *facts = switch_machine(NO, 1);
	struct tree_rows rows;

	(void)state;
	facts->predicted_group_count = 1;
	facts->predicted_groups = arena_array(facts->arena, 1, sizeof(struct device_refs));
	for_each (device, &facts->devices) {
		device->predicted_group = 0;
		*ARRAY_ADD(facts->arena, &facts->predicted_groups[0]) = device;
	}
	tree_rows_make(facts, facts->arena, &rows);
	for_each (row, &rows)
		assert_true(row->differs);
	/* One member of which the model knows nothing: nothing to compare. */
	facts->devices.items[0].predicted_group = -1;
	tree_rows_make(facts, facts->arena, &rows);
	assert_false(rows.items[0].differs);
}

/* -- lines --------------------------------------------------------------------------------------------- */

static char *printed(const struct facts *facts, unsigned width, bool utf8)
{
	char *text = NULL;
	size_t size = 0;
	struct text_style style = {
		.stream = open_memstream(&text, &size), .utf8 = utf8, .width = width};

	assert_non_null(style.stream);
	tree_print_devices(facts, NULL, &style);
	assert_int_equal(fclose(style.stream), 0);
	assert_int_equal(strlen(text), size);
	return text;
}

static unsigned widest_line(const char *text, const struct text_style *style)
{
	unsigned widest = 0;

	while (*text) {
		size_t length = strcspn(text, "\n");
		_cleanup_free_ char *line = strndup(text, length);
		unsigned columns = terminal_columns(style, line);

		assert_true(length == 0 || line[length - 1] != ' ');
		widest = columns > widest ? columns : widest;
		text += length + 1;
	}
	return widest;
}

static void test_lines_fit_and_addresses_stay_whole(void **state)
{
	_cleanup_made_ struct facts *facts = switch_machine(NO, 0);

	(void)state;
	facts->devices.items[4].name =
		"Example Corporation \xe7\x95\x8c\xe7\x95\x8c\xe7\x95\x8c card with a very long "
		"name that no terminal of any width could ever show in a single line of a table, "
		"and then some more of it so that wide ones have to cut it off as well";
	for (unsigned width = 40; width < 240; width++)
		for (int utf8 = 0; utf8 < 2; utf8++) {
			struct text_style style = {.utf8 = utf8};
			_cleanup_free_ char *text = printed(facts, width, utf8);

			assert_in_range(widest_line(text, &style), 20, width);
			for_each (device, &facts->devices)
				assert_non_null(strstr(text, device->address));
		}
}

static void test_hostile_names_steer_nothing(void **state)
{
	_cleanup_made_ struct facts *facts = switch_machine(NO, 0);
	_cleanup_free_ char *text = NULL;

	(void)state;
	facts->devices.items[4].name = "\033[2J\r\n\xc2\x9b"
				       "31m\xe2\x80\xae\xff\x80 Inc. [";
	facts->devices.items[4].driver = "a\033]0;b\007";
	facts->devices.items[4].has_driver = YES;
	text = printed(facts, 80, true);
	for (const char *c = text; *c; c++)
		assert_true((unsigned char)*c >= 0x20 || *c == '\n');
	assert_null(strstr(text, "\xc2\x9b"));
	assert_null(strstr(text, "\xe2\x80\xae"));
	assert_non_null(strstr(text, "?[2J??"));
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* A chain of bridges as deep as a domain allows, and as many functions as anybody has. */
static void test_many_functions_take_linear_time(void **state)
{
	_cleanup_made_ struct facts *facts = machine(8192);
	struct device *above = NULL;
	double begin = seconds();
	struct text_style style = {.utf8 = true};
	_cleanup_free_ char *text = NULL;

	(void)state;
	for (int i = 0; i < 255; i++) {
		above = add(facts, arena_printf(facts->arena, "0000:%02x:00.0", i), PORT_DOWNSTREAM,
			    above, NO);
		join(facts, above, 0);
	}
	for (int i = 0; i < 6000; i++)
		join(facts,
		     add(facts,
			 arena_printf(facts->arena, "%04x:%02x:%02x.%x", 1 + i / 4096, i / 256 % 16,
				      i / 8 % 32, i % 8),
			 PORT_ENDPOINT, i % 2 ? above : NULL, NO),
		     i % 2 ? 0 : i);
	text = printed(facts, 80, true);
	assert_true(widest_line(text, &style) <= 80);
	/* Measured 0.03 s; quadratic would be minutes. */
	assert_true(seconds() - begin < 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_port_above_two_cards_is_blamed),
		cmocka_unit_test(test_the_kernel_is_believed),
		cmocka_unit_test(test_what_is_not_known_is_not_blamed),
		cmocka_unit_test(test_one_card_breaks_nothing),
		cmocka_unit_test(test_ports_of_one_slot_are_blamed_together),
		cmocka_unit_test(test_an_old_bridge_is_blamed_and_not_the_port),
		cmocka_unit_test(test_rows_stand_below_their_bridges),
		cmocka_unit_test(test_targets_bring_their_group_and_ports),
		cmocka_unit_test(test_circles_end),
		cmocka_unit_test(test_groups_keep_their_colour),
		cmocka_unit_test(test_groups_in_one_piece_differ_in_colour),
		cmocka_unit_test(test_a_group_that_the_model_makes_otherwise_differs),
		cmocka_unit_test(test_lines_fit_and_addresses_stay_whole),
		cmocka_unit_test(test_hostile_names_steer_nothing),
		cmocka_unit_test(test_many_functions_take_linear_time),
	};

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
