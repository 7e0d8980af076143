/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/parse/newc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "image_made.h"

/* What a walk over a whole image told, one line each. */
struct walk {
	struct arena *arena;
	struct newc_walker walker;
	struct strings members; /* "NAME MODE DATA" */
	const char *name;
	unsigned mode;
	size_t data_length;
	char data[4096];
	enum newc_event last; /* the event that ended it */
};

static void finish_member(struct walk *walk)
{
	if (walk->name)
		*ARRAY_ADD(walk->arena, &walk->members) =
			arena_printf(walk->arena, "%s %o %.*s", walk->name, walk->mode,
				     (int)walk->data_length, walk->data);
	walk->name = NULL;
}

/* Feeds the image in pieces of `step` bytes; jumps over what may be skipped where skip. */
static struct walk *walk_image(const struct made *made, size_t step, bool skip)
{
	struct walk *walk = arena_alloc(made->arena, sizeof(*walk));
	size_t at = 0;

	walk->arena = made->arena;
	newc_begin(&walk->walker, 0);
	walk->last = NEWC_HUNGRY;
	while (at < made->length) {
		size_t length = made->length - at < step ? made->length - at : step, used;
		/* Bytes of exactly this length, so that reading beyond them is noticed. */
		char *piece = malloc(length);

		assert_non_null(piece);
		memcpy(piece, made->bytes + at, length);
		walk->last = newc_next(&walk->walker, piece, length, &used);
		assert_true(used <= length);
		at += used;
		if (walk->last == NEWC_MEMBER) {
			finish_member(walk);
			walk->name = arena_strdup(made->arena, walk->walker.member.name);
			walk->mode = walk->walker.member.mode;
			walk->data_length = 0;
			if (skip)
				newc_ignore_data(&walk->walker);
		} else if (walk->last == NEWC_DATA) {
			assert_true(walk->data_length + walk->walker.data_length <=
				    sizeof(walk->data));
			memcpy(walk->data + walk->data_length, walk->walker.data,
			       walk->walker.data_length);
			walk->data_length += walk->walker.data_length;
		}
		free(piece);
		if (walk->last == NEWC_BROKEN || walk->last == NEWC_FOREIGN)
			break;
		if (skip) {
			uint64_t over = newc_skippable(&walk->walker);

			newc_jump(&walk->walker, over);
			at += (size_t)over;
		}
		assert_int_equal(walk->walker.offset, at);
	}
	finish_member(walk);
	return walk;
}

static int setup(void **state)
{
	struct arena *arena = arena_new();
	struct made *made = arena_alloc(arena, sizeof(*made));

	made->arena = arena;
	*state = made;
	return 0;
}

static int teardown(void **state)
{
	struct made *made = *state;

	arena_free(made->arena);
	return 0;
}

static void walks_members_in_any_pieces(void **state)
{
	struct made *made = *state;

	made_folder(made, "etc");
	made_file(made, "etc/a", "hello");
	made_link(made, "bin", "usr/bin");
	made_file(made, "empty", "");
	made_trailer(made);
	made_pad(made, 512);
	for (size_t step = 1; step < 300; step++) {
		struct walk *walk = walk_image(made, step, false);

		assert_int_equal(walk->members.count, 4);
		assert_string_equal(walk->members.items[0], "etc 40755 ");
		assert_string_equal(walk->members.items[1], "etc/a 100644 hello");
		assert_string_equal(walk->members.items[2], "bin 120777 usr/bin");
		assert_string_equal(walk->members.items[3], "empty 100644 ");
		assert_true(newc_complete(&walk->walker));
	}
}

static void jumps_over_data(void **state)
{
	struct made *made = *state;
	struct walk *walk;
	char large[3001];

	memset(large, 'x', sizeof(large));
	made_member(made, "firmware", S_IFREG | 0600, 1, 1, large, sizeof(large));
	made_file(made, "next", "data");
	made_trailer(made);
	walk = walk_image(made, 16, true);
	assert_int_equal(walk->members.count, 2);
	assert_string_equal(walk->members.items[0], "firmware 100600 ");
	assert_string_equal(walk->members.items[1], "next 100644 ");
	assert_int_equal(walk->walker.offset, made->length);
	assert_true(newc_complete(&walk->walker));
}

static void tells_what_the_header_says(void **state)
{
	struct made *made = *state;
	struct newc_walker walker;
	size_t used;

	made_member(made, "./etc/x", S_IFREG | 0400, 0xabcdef, 3, "1234", 4);
	made_trailer(made);
	newc_begin(&walker, 0);
	assert_int_equal(newc_next(&walker, made->bytes, made->length, &used), NEWC_MEMBER);
	assert_string_equal(walker.member.name, "./etc/x");
	assert_int_equal(walker.member.inode, 0xabcdef);
	assert_int_equal(walker.member.links, 3);
	assert_int_equal(walker.member.major, 8);
	assert_int_equal(walker.member.minor, 1);
	assert_int_equal(walker.member.size, 4);
	assert_int_equal(used, 120);
}

static void walks_archives_one_after_another(void **state)
{
	struct made *made = *state;
	struct walk *walk;

	made_file(made, "kernel/x86/microcode/GenuineIntel.bin", "microcode");
	made_trailer(made);
	made_pad(made, 512);
	made_zeros(made, 512);
	made_file(made, "init", "#!/bin/sh");
	made_trailer(made);
	walk = walk_image(made, 7, false);
	assert_int_equal(walk->members.count, 2);
	assert_string_equal(walk->members.items[1], "init 100644 #!/bin/sh");
	assert_true(newc_complete(&walk->walker));
}

static void takes_archives_with_checksums(void **state)
{
	struct made *made = *state;
	struct made_header header = {
		.magic = "070702", .mode = S_IFREG, .links = 1, .size = 2, .name_size = 2};

	made_raw(made, &header, "a", 2, "ok", 2);
	made_trailer(made);
	assert_string_equal(walk_image(made, 64, false)->members.items[0], "a 100000 ok");
}

static void stops_where_something_else_begins(void **state)
{
	struct made *made = *state;
	struct walk *walk;
	size_t at;

	made_file(made, "a", "b");
	made_trailer(made);
	made_pad(made, 512);
	at = made->length;
	made_bytes(made, "\x28\xb5\x2f\xfd....", 8);
	walk = walk_image(made, 50, true);
	assert_int_equal(walk->last, NEWC_FOREIGN);
	assert_int_equal(walk->walker.offset, at);
	assert_true(newc_complete(&walk->walker));
}

/* Headers begin at multiples of four only; the kernel takes anything else for another archive. */
static void refuses_headers_out_of_line(void **state)
{
	struct made *made = *state;
	struct walk *walk;

	made_file(made, "a", "b");
	made_trailer(made);
	made_zeros(made, 2);
	made_bytes(made, "070701", 6);
	walk = walk_image(made, 1000, false);
	assert_int_equal(walk->last, NEWC_FOREIGN);
	assert_int_equal(walk->walker.offset % 4, 2);
}

static void refuses_what_is_no_header(void **state)
{
	static const char *const heads[] = {"070707", "07070x", "0707", "0"};

	for (size_t i = 0; i < ARRAY_SIZE(heads); i++) {
		struct made made = *(struct made *)*state;
		struct walk *walk;
		char header[110];

		memset(header, '0', sizeof(header));
		memcpy(header, heads[i], strlen(heads[i]));
		if (i == 2)
			memset(header + 4, 'z', 2);
		if (i == 3) /* right magic, numbers that are none */
			memcpy(header, "070701+1", 8);
		made_bytes(&made, header, sizeof(header));
		walk = walk_image(&made, 33, false);
		assert_int_equal(walk->last, NEWC_BROKEN);
		assert_non_null(walk->walker.problem);
		assert_false(newc_complete(&walk->walker));
	}
}

static void broken_stays_broken(void **state)
{
	struct newc_walker walker;
	char header[110];
	size_t used;

	(void)state;
	memset(header, '0', sizeof(header));
	newc_begin(&walker, 0);
	assert_int_equal(newc_next(&walker, header, sizeof(header), &used), NEWC_BROKEN);
	assert_int_equal(newc_next(&walker, header, sizeof(header), &used), NEWC_BROKEN);
	assert_int_equal(used, 0);
}

/* The kernel's do_header() jumps over members whose name is empty or too long. */
static void jumps_over_impossible_names(void **state)
{
	struct made *made = *state;
	struct made_header header = {.mode = S_IFREG, .links = 1, .name_size = 5000};
	struct walk *walk;
	char *name = arena_alloc(made->arena, 5000);

	memset(name, 'n', 4999);
	made_raw(made, &header, name, 5000, "", 0);
	header.name_size = 0;
	made_raw(made, &header, "", 0, "", 0);
	made_file(made, "good", "");
	made_trailer(made);
	walk = walk_image(made, 100, false);
	assert_int_equal(walk->members.count, 1);
	assert_string_equal(walk->members.items[0], "good 100644 ");
}

static void takes_the_longest_name(void **state)
{
	struct made *made = *state;
	char *name = arena_alloc(made->arena, NEWC_NAME_LIMIT);
	struct walk *walk;

	memset(name, 'n', NEWC_NAME_LIMIT - 1);
	made_file(made, name, "x");
	made_trailer(made);
	walk = walk_image(made, 999, false);
	assert_int_equal(walk->members.count, 1);
	assert_int_equal(strlen(walk->members.items[0]), NEWC_NAME_LIMIT - 1 + strlen(" 100644 x"));
}

static void refuses_a_name_without_end(void **state)
{
	struct made *made = *state;
	struct made_header header = {.mode = S_IFREG, .links = 1, .name_size = 2};
	struct walk *walk;

	made_raw(made, &header, "abcdefgh", 8, "", 0);
	walk = walk_image(made, 1000, false);
	assert_int_equal(walk->last, NEWC_BROKEN);
}

static void a_lying_length_takes_no_more_than_is_there(void **state)
{
	struct made *made = *state;
	struct made_header header = {
		.mode = S_IFREG, .links = 1, .size = 0xffffffff, .name_size = 2};
	struct walk *walk;

	made_raw(made, &header, "a", 2, "data", 4);
	walk = walk_image(made, 13, false);
	assert_int_equal(walk->members.count, 1);
	assert_string_equal(walk->members.items[0], "a 100000 data");
	assert_false(newc_complete(&walk->walker));
	/* Jumping goes beyond the image, and says so by the offset. */
	walk = walk_image(made, 13, true);
	assert_true(walk->walker.offset > made->length);
}

static void every_truncation_is_noticed(void **state)
{
	struct made *made = *state;

	made_file(made, "etc/modprobe.d/vfio.conf", "options vfio-pci ids=10de:1b80\n");
	made_link(made, "lib", "usr/lib");
	made_trailer(made);
	for (size_t length = made->length - 1; length > 0; length--) {
		struct made part = *made;

		part.length = length;
		assert_false(newc_complete(&walk_image(&part, 64, false)->walker));
	}
	assert_true(newc_complete(&walk_image(made, 64, false)->walker));
}

/* A folder with data: the kernel takes no notice of it, not even of a trailer. */
static void jumps_over_folders_with_data(void **state)
{
	struct made *made = *state;
	struct made_header header = {.mode = S_IFDIR, .links = 2, .size = 8, .name_size = 11};
	struct walk *walk;

	made_raw(made, &header, "TRAILER!!!", 11, "12345678", 8);
	made_file(made, "a", "b");
	made_trailer(made);
	walk = walk_image(made, 1000, false);
	assert_int_equal(walk->members.count, 1);
	assert_true(newc_complete(&walk->walker));
}

static void survives_any_bytes(void **state)
{
	struct made *made = *state;
	unsigned random = 12345;

	made_file(made, "a/b/c", "some data that is long enough");
	made_link(made, "x", "y");
	made_trailer(made);
	for (unsigned round = 0; round < 3000; round++) {
		struct made copy = {.arena = made->arena};
		struct walk *walk;

		made_bytes(&copy, made->bytes, made->length);
		for (unsigned i = 0; i < 1 + round % 4; i++) {
			random = random * 1103515245 + 12345;
			copy.bytes[random / 65536 % copy.length] = (char)(random >> 8);
		}
		walk = walk_image(&copy, 1 + round % 200, round & 1);
		assert_true(walk->members.count <= 3);
		/* The walks of 3000 rounds would fill memory. */
		if (round % 100 == 99) {
			struct made fresh = {.arena = arena_new()};

			made_bytes(&fresh, made->bytes, made->length);
			arena_free(made->arena);
			*state = made = arena_alloc(fresh.arena, sizeof(*made));
			*made = fresh;
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(walks_members_in_any_pieces, setup, teardown),
		cmocka_unit_test_setup_teardown(jumps_over_data, setup, teardown),
		cmocka_unit_test_setup_teardown(tells_what_the_header_says, setup, teardown),
		cmocka_unit_test_setup_teardown(walks_archives_one_after_another, setup, teardown),
		cmocka_unit_test_setup_teardown(takes_archives_with_checksums, setup, teardown),
		cmocka_unit_test_setup_teardown(stops_where_something_else_begins, setup, teardown),
		cmocka_unit_test_setup_teardown(refuses_headers_out_of_line, setup, teardown),
		cmocka_unit_test_setup_teardown(refuses_what_is_no_header, setup, teardown),
		cmocka_unit_test(broken_stays_broken),
		cmocka_unit_test_setup_teardown(jumps_over_impossible_names, setup, teardown),
		cmocka_unit_test_setup_teardown(takes_the_longest_name, setup, teardown),
		cmocka_unit_test_setup_teardown(refuses_a_name_without_end, setup, teardown),
		cmocka_unit_test_setup_teardown(a_lying_length_takes_no_more_than_is_there, setup,
						teardown),
		cmocka_unit_test_setup_teardown(every_truncation_is_noticed, setup, teardown),
		cmocka_unit_test_setup_teardown(jumps_over_folders_with_data, setup, teardown),
		cmocka_unit_test_setup_teardown(survives_any_bytes, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
