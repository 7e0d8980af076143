/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Real text against what is known of its machines: archives b (lspci as root with groups), b2 (large
 * machines), c (listings of groups), e (kernel logs), and INDEX.md, which counts what each holds.
 * They are no part of the project; VFIOKIT_DUMPS names their folder (default: ../shared/dumps).
 */
#include "preflight/facts/lspci.h"
#include "preflight/lines.h"

#include <archive.h>
#include <archive_entry.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

enum { FILE_LIMIT = 64 * 1024 * 1024 };

struct file {
	const char *name;
	struct bytes bytes;
};

struct files {
	struct arena *arena;
	struct file *items;
	size_t count, capacity;
};

static const char *dumps_folder(void)
{
	const char *folder = getenv("VFIOKIT_DUMPS");

	return folder ? folder : "../shared/dumps";
}

static void read_member(struct archive *archive, struct archive_entry *entry, struct files *files)
{
	int64_t size = archive_entry_size(entry);
	struct file *file;
	char *data;

	if (archive_entry_filetype(entry) != AE_IFREG || size < 0 || size > FILE_LIMIT)
		return;
	data = arena_alloc(files->arena, (size_t)size + 1);
	assert_int_equal(archive_read_data(archive, data, (size_t)size), size);
	file = ARRAY_ADD(files->arena, files);
	file->name = arena_strdup(files->arena, archive_entry_pathname(entry));
	file->bytes = (struct bytes){.data = data, .length = (size_t)size};
}

/* All files of an archive; skips the test where it is not there. */
static struct files *archive_files(const char *name)
{
	struct arena *arena = arena_new();
	struct files *files = arena_alloc(arena, sizeof(*files));
	struct archive *archive = archive_read_new();
	struct archive_entry *entry;
	char path[4096];

	files->arena = arena;
	(void)snprintf(path, sizeof(path), "%s/%s", dumps_folder(), name);
	archive_read_support_filter_all(archive);
	archive_read_support_format_tar(archive);
	if (archive_read_open_filename(archive, path, 65536) != ARCHIVE_OK) {
		archive_read_free(archive);
		arena_free(arena);
		print_message("skipped: no %s (captured texts are not part of the project)\n",
			      path);
		skip();
		return NULL;
	}
	while (archive_read_next_header(archive, &entry) == ARCHIVE_OK)
		read_member(archive, entry, files);
	archive_read_free(archive);
	assert_true(files->count > 0);
	return files;
}

static const struct file *find_file(const struct files *files, const char *name)
{
	for_each (file, files)
		if (streq(file->name, name))
			return file;
	return NULL;
}

/* The log that lies beside "x.lspci.txt". */
static const struct file *log_of(const struct files *files, const struct file *lspci)
{
	int stem = (int)(strlen(lspci->name) - strlen(".lspci.txt"));

	return find_file(files, arena_printf(files->arena, "%.*s.dmesg.txt", stem, lspci->name));
}

static struct facts *facts_of(const struct file *lspci, const struct file *log)
{
	return facts_from_lspci(lspci ? lspci->bytes.data : NULL, lspci ? lspci->bytes.length : 0,
				log ? log->bytes.data : NULL, log ? log->bytes.length : 0);
}

/* -- INDEX.md ------------------------------------------------------------------------------------ */

/* Cell number `column` (from 1) of the row that names the file, as the number it begins with. */
static long index_number(const char *name, unsigned column, const char *behind)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	const char *path = arena_printf(arena, "%s/INDEX.md", dumps_folder());
	const char *mark = arena_printf(arena, "| `%s` |", name);
	_cleanup_host_ struct host *host = NULL;
	struct bytes bytes;
	const char *at;

	assert_int_equal(host_open(dumps_folder(), &host, NULL), 0);
	assert_int_equal(host_read(host, arena, "INDEX.md", 0, &bytes), 0);
	at = strstr(bytes.data, mark);
	if (!at)
		fail_msg("%s does not tell of %s", path, name);
	for (unsigned i = 1; i < column; i++)
		at = strchr(at + 1, '|');
	if (behind)
		at = strstr(at, behind) + strlen(behind) - 1;
	return strtol(at + 1, NULL, 10);
}

static long in_groups(const struct facts *facts)
{
	long count = 0;

	for_each (device, &facts->devices)
		count += device->group != NULL;
	return count;
}

/* -- lspci as root ------------------------------------------------------------------------------- */

/* A line that begins a function, read independently of the parser. */
static bool begins_function(const struct line *line, struct address *ret_address)
{
	struct line rest = *line, word;

	return line->length && *line->text != ' ' && *line->text != '\t' &&
	       line_word(&rest, &word) && address_parse(word.text, word.length, ret_address) == 0;
}

/* The groups that lspci's own lines tell are those of the facts, one by one. Returns how many. */
static size_t compare_groups(const struct facts *facts, const struct file *lspci)
{
	struct line_reader lines = lines_of(lspci->bytes.data, lspci->bytes.length);
	const struct device *device = NULL;
	size_t compared = 0;
	struct line line;

	while (lines_next(&lines, &line)) {
		struct line trimmed = line_trim(line), rest;
		struct address place;
		uint64_t group;

		if (begins_function(&line, &place)) {
			device = facts_find_function(facts, place.domain, place.bus, place.slot,
						     place.function);
			assert_non_null(device);
		}
		if (!line_starts(&trimmed, "IOMMU group: ", &rest) || !line_decimal(&rest, &group))
			continue;
		assert_non_null(device->group);
		assert_int_equal(device->group->id, group);
		compared++;
	}
	return compared;
}

static size_t count_lines(const struct file *file, const char *prefix)
{
	struct line_reader lines = lines_of(file->bytes.data, file->bytes.length);
	struct line line;
	size_t count = 0;

	while (lines_next(&lines, &line)) {
		struct line trimmed = line_trim(line);

		count += line_starts(&trimmed, prefix, NULL);
	}
	return count;
}

static size_t count_functions(const struct file *file)
{
	struct line_reader lines = lines_of(file->bytes.data, file->bytes.length);
	struct address place;
	struct line line;
	size_t count = 0;

	while (lines_next(&lines, &line))
		count += begins_function(&line, &place);
	return count;
}

/* Two functions that the model is sure about are together exactly where the kernel put them so. */
static void compare_prediction(const struct facts *facts, const char *name, size_t *ret_certain)
{
	unsigned wrong = 0;

	for_each (a, &facts->devices) {
		if (!a->group || a->predicted_group < 0)
			continue;
		(*ret_certain)++;
		for_each (b, &facts->devices)
			if (b->group && b->predicted_group >= 0)
				wrong += (a->group == b->group) !=
					 (a->predicted_group == b->predicted_group);
	}
	if (wrong)
		print_message("%s: %u pairs predicted wrongly\n", name, wrong);
	assert_int_equal(wrong, 0);
}

static void test_root(void **state)
{
	struct files *files = archive_files("b.tar.zst");
	size_t hosts = 0, certain = 0;

	(void)state;
	if (!files)
		return;
	for_each (file, files) {
		_cleanup_facts_ struct facts *facts = NULL;
		size_t told;

		if (!ends_with(file->name, ".lspci.txt"))
			continue;
		facts = facts_of(file, log_of(files, file));
		hosts++;
		assert_int_equal(facts->devices.count, count_functions(file));
		told = compare_groups(facts, file);
		assert_int_equal(in_groups(facts), index_number(file->name, 6, NULL));
		/* Where lspci tells none the log does. */
		assert_true(told == (size_t)in_groups(facts) || told == 0);
		assert_int_equal(facts->iommu.active, YES);
		compare_prediction(facts, file->name, &certain);
	}
	assert_int_equal(hosts, 15);
	/* Those whose ids the text or the log tells are decided. */
	assert_true(certain >= 250);
	arena_free(files->arena);
}

static void test_large(void **state)
{
	struct files *files = archive_files("b2.tar.zst");
	size_t hosts = 0;

	(void)state;
	if (!files)
		return;
	for_each (file, files) {
		_cleanup_facts_ struct facts *facts = NULL;
		size_t acs = 0, drivers = 0, nodes = 0, bridges = 0, sriov = 0;

		if (!ends_with(file->name, ".lspci.txt"))
			continue;
		facts = facts_of(file, log_of(files, file));
		hosts++;
		for_each (device, &facts->devices) {
			acs += device->config.acs == YES;
			drivers += device->has_driver == YES;
			nodes += device->numa_node >= 0;
			bridges += device->config.secondary_bus >= 0;
			sriov += device->config.sriov == YES;
		}
		assert_int_equal(facts->devices.count, count_functions(file));
		assert_int_equal(facts->devices.count, index_number(file->name, 3, NULL));
		assert_int_equal(acs, count_lines(file, "ACSCtl:"));
		assert_int_equal(drivers, count_lines(file, "Kernel driver in use:"));
		assert_int_equal(nodes, count_lines(file, "NUMA node:"));
		assert_int_equal(bridges, count_lines(file, "Bus: primary="));
		assert_int_equal(sriov, count_lines(file, "Initial VFs:"));
		assert_false(facts->devices_partial);
	}
	assert_true(hosts >= 5);
	arena_free(files->arena);
}

/* -- listings and logs --------------------------------------------------------------------------- */

static void test_listings(void **state)
{
	struct files *files = archive_files("c.tar.zst");
	size_t listings = 0;

	(void)state;
	if (!files)
		return;
	for_each (file, files) {
		_cleanup_facts_ struct facts *facts = NULL;

		if (!ends_with(file->name, ".txt") || ends_with(file->name, ".dmesg.txt") ||
		    ends_with(file->name, "SOURCE.txt"))
			continue;
		facts = facts_of(file, NULL);
		assert_int_equal(facts->devices.count, index_number(file->name, 3, NULL));
		/* Two kernels in one file: the functions that moved are in no group for sure. */
		if (strstr(file->name, "kernel58-vs-59"))
			continue;
		assert_int_equal(in_groups(facts), index_number(file->name, 6, NULL));
		assert_int_equal(facts->groups.count, index_number(file->name, 6, " in "));
		listings++;
	}
	assert_true(listings >= 50);
	arena_free(files->arena);
}

static void test_logs(void **state)
{
	struct files *files = archive_files("e.tar.zst");
	size_t logs = 0;

	(void)state;
	if (!files)
		return;
	for_each (file, files) {
		_cleanup_facts_ struct facts *facts = NULL;

		if (!ends_with(file->name, ".dmesg.txt"))
			continue;
		facts = facts_of(NULL, file);
		assert_int_equal(facts->devices.count, index_number(file->name, 4, NULL));
		assert_int_equal(in_groups(facts), index_number(file->name, 5, NULL));
		assert_int_equal(facts->iommu.active, YES);
		logs++;
	}
	assert_true(logs >= 20);
	arena_free(files->arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_root),
		cmocka_unit_test(test_large),
		cmocka_unit_test(test_listings),
		cmocka_unit_test(test_logs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
