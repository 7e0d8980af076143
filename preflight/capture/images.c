/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/capture/images.h"
#include "preflight/initramfs/paths.h"
#include "preflight/initramfs/read.h"
#include "preflight/parse/pe.h"

#include <errno.h>
#include <sys/stat.h>

/* -- newc archives ----------------------------------------------------------------------------------- */

static void output_padding(struct output *output, size_t start)
{
	while ((output->count - start) % 4)
		output_add(output, "", 1);
}

/* Documentation/driver-api/early-userspace/buffer-format.rst */
static void output_member(struct output *output, const struct newc_member *member, const char *data,
			  size_t length)
{
	size_t start = output->count;

	output_printf(output, "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X",
		      member->inode, member->mode, 0, 0, member->links, 0, (unsigned)length,
		      member->major, member->minor, 0, 0, (unsigned)strlen(member->name) + 1, 0);
	output_add(output, member->name, strlen(member->name) + 1);
	output_padding(output, start);
	output_add(output, data, length);
	output_padding(output, start);
}

static void output_trailer(struct output *output)
{
	const struct newc_member trailer = {.name = "TRAILER!!!", .links = 1};

	output_member(output, &trailer, NULL, 0);
}

/* -- an initramfs in short ------------------------------------------------------------------------------ */

/* The member that is being read. */
struct shortening {
	struct output archive, data;
	struct newc_member member;
	char name[NEWC_NAME_LIMIT];
	bool any, wanted;
};

static void finish_member(struct shortening *shortening)
{
	struct newc_member *member = &shortening->member;
	bool whole = shortening->wanted && shortening->data.count == member->size;

	if (!shortening->any)
		return;
	/* An empty file would be a lie. */
	if (S_ISREG(member->mode) && member->size && !whole)
		member->mode = S_IFIFO | (member->mode & 07777);
	output_member(&shortening->archive, member, shortening->data.items,
		      whole ? shortening->data.count : 0);
	shortening->data.count = 0;
}

static void begin_member(void *context, const struct newc_member *member, bool looked_at)
{
	struct shortening *shortening = context;
	const char *path = initramfs_plain_path(member->name);

	finish_member(shortening);
	shortening->any = true;
	shortening->member = *member;
	(void)snprintf(shortening->name, sizeof(shortening->name), "%s", member->name);
	shortening->member.name = shortening->name;
	shortening->wanted = looked_at && path && (S_ISLNK(member->mode) || initramfs_wants(path));
}

static void add_data(void *context, const char *bytes, size_t length)
{
	struct shortening *shortening = context;

	if (shortening->wanted)
		output_add(&shortening->data, bytes, length);
}

int image_shorten(struct arena *arena, int fd, uint64_t offset, uint64_t length,
		  struct bytes *ret_bytes)
{
	_cleanup_arena_ struct arena *scratch = arena_new();
	struct shortening *shortening = arena_alloc(scratch, sizeof(*shortening));
	const struct member_observer observer = {begin_member, add_data, shortening};
	struct initramfs_image image = {0};

	shortening->archive.arena = shortening->data.arena = scratch;
	initramfs_read_observed(scratch, fd, offset, length, &image, &observer);
	if (image.read == UNKNOWN)
		return -ENODATA;
	finish_member(shortening);
	/* An archive without an end is damaged for every reader. */
	if (image.read == YES)
		output_trailer(&shortening->archive);
	else
		output_printf(&shortening->archive, "070701");
	*ret_bytes = (struct bytes){
		arena_copy(arena, shortening->archive.items, shortening->archive.count),
		shortening->archive.count};
	return 0;
}

/* -- a kernel in short ------------------------------------------------------------------------------------ */

/* Linux's boot protocol for x86, as boot_version_inside() reads it. */
enum {
	SETUP_MAGIC = 0x202,
	SETUP_VERSION = 0x20e, /* offset of the version's text, less SETUP_BASE */
	SETUP_BASE = 0x200,
	SETUP_SIZE = 32 * 1024,
	SETUP_TEXT = 0x300, /* where the short form has it */
};

int kernel_shorten(struct arena *arena, int fd, uint64_t offset, struct bytes *ret_bytes)
{
	_cleanup_free_ unsigned char *setup = malloc(SETUP_SIZE);
	ssize_t size = setup ? pread(fd, setup, SETUP_SIZE, (off_t)offset) : -1;
	size_t start, length = 0;
	char *made;

	if (size < SETUP_TEXT || memcmp(setup + SETUP_MAGIC, "HdrS", 4) != 0)
		return -ENODATA;
	start = SETUP_BASE + ((size_t)setup[SETUP_VERSION] | (size_t)setup[SETUP_VERSION + 1] << 8);
	/* Behind the version stands who built the kernel, and where. */
	while (start + length < (size_t)size && setup[start + length] > ' ')
		length++;
	made = arena_alloc(arena, SETUP_TEXT + length + 1);
	/* NOLINTNEXTLINE(bugprone-not-null-terminated-result): four bytes of a header */
	memcpy(made + SETUP_MAGIC, "HdrS", 4);
	made[SETUP_VERSION + 1] = (SETUP_TEXT - SETUP_BASE) >> 8;
	memcpy(made + SETUP_TEXT, setup + start, length);
	*ret_bytes = (struct bytes){made, SETUP_TEXT + length + 1};
	return 0;
}

/* -- a unified kernel image in short -------------------------------------------------------------------------- */

enum {
	SECTION_ROW = 40, /* of the section table */
	ROW_NAME = 8,
	ROW_VIRTUAL_SIZE = 8,
	ROW_RAW_SIZE = 16,
	ROW_RAW_OFFSET = 20,
	SECTION_ALIGNMENT = 512,
	SECTION_TEXT_LIMIT = 64 * 1024,
};

static uint32_t read_32(const char *bytes)
{
	const unsigned char *b = (const unsigned char *)bytes;

	return b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

static void write_32(char *bytes, size_t value)
{
	for (unsigned i = 0; i < 4; i++)
		bytes[i] = (char)(value >> (8 * i));
}

/* The file's beginning, with its section table. */
struct program {
	const char *header;
	size_t length;
	size_t table, count;
};

static bool row_is(const struct program *program, size_t index, const char *name)
{
	return strncmp(program->header + program->table + index * SECTION_ROW, name, ROW_NAME) == 0;
}

/* Puts a program together from the header and the content of each section. */
static void output_program(const struct program *program, const struct bytes *contents,
			   struct output *output)
{
	size_t start = output->count, end = program->table + program->count * SECTION_ROW;

	output_add(output, program->header, end);
	for (size_t i = 0; i < program->count; i++) {
		char *row;

		while ((output->count - start) % SECTION_ALIGNMENT)
			output_add(output, "", 1);
		row = output->items + start + program->table + i * SECTION_ROW;
		write_32(row + ROW_VIRTUAL_SIZE, contents[i].length);
		write_32(row + ROW_RAW_SIZE, contents[i].length);
		write_32(row + ROW_RAW_OFFSET, output->count - start);
		output_add(output, contents[i].data, contents[i].length);
	}
}

/* Sections of text that readers look at. */
static bool is_text_section(const struct program *program, size_t index)
{
	static const char *const names[] = {".cmdline", ".osrel", ".uname", ".profile"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (row_is(program, index, names[i]))
			return true;
	return false;
}

static int read_section(struct arena *arena, int fd, const struct program *program, size_t index,
			bool with_image, struct bytes *ret_content)
{
	const char *row = program->header + program->table + index * SECTION_ROW;
	uint32_t virtual_size = read_32(row + ROW_VIRTUAL_SIZE), size = read_32(row + ROW_RAW_SIZE);
	uint32_t offset = read_32(row + ROW_RAW_OFFSET);
	ssize_t got;
	char *text;

	if (virtual_size < size)
		size = virtual_size;
	if (row_is(program, index, ".linux"))
		return kernel_shorten(arena, fd, offset, ret_content);
	if (row_is(program, index, ".initrd") && with_image && size)
		return image_shorten(arena, fd, offset, size, ret_content);
	if (!is_text_section(program, index) || size > SECTION_TEXT_LIMIT)
		return 0;
	text = arena_alloc(arena, size + 1);
	got = pread(fd, text, size, offset);
	if (got < 0)
		return -errno;
	*ret_content = (struct bytes){text, (size_t)got};
	return 0;
}

int program_shorten(struct arena *arena, int fd, bool with_image, struct bytes *ret_bytes)
{
	_cleanup_arena_ struct arena *scratch = arena_new();
	char *header = arena_alloc(scratch, PE_HEADER_SIZE);
	struct output output = {.arena = arena};
	struct program program = {.header = header};
	struct bytes *contents;
	ssize_t got = pread(fd, header, PE_HEADER_SIZE, 0);

	if (got < 0)
		return -errno;
	program.length = (size_t)got;
	program.table = pe_section_table(header, program.length, &program.count);
	if (!program.table)
		return -ENODATA;
	contents = arena_array(scratch, program.count, sizeof(*contents));
	/* What cannot be shortened stays empty, which is said to be no image. */
	for (size_t i = 0; i < program.count; i++)
		(void)read_section(scratch, fd, &program, i, with_image, &contents[i]);
	output_program(&program, contents, &output);
	*ret_bytes = (struct bytes){output.items, output.count};
	return 0;
}

/* -- without names ------------------------------------------------------------------------------------------ */

static void redact_archive(struct redactor *redactor, struct bytes bytes, struct output *output)
{
	struct output data = {.arena = output->arena};
	struct newc_walker *walker = arena_alloc(output->arena, sizeof(*walker));
	struct newc_member member = {.name = ""};
	enum newc_event event = NEWC_HUNGRY;

	newc_begin(walker, 0);
	while (bytes.length && event != NEWC_BROKEN && event != NEWC_FOREIGN) {
		size_t used;

		event = newc_next(walker, bytes.data, bytes.length, &used);
		bytes.data += used;
		bytes.length -= used;
		if (event == NEWC_MEMBER) {
			member = walker->member;
			member.name = redactor_apply_path(redactor, output->arena, member.name);
			data.count = 0;
		}
		/* The data is in memory as one piece. */
		if (event == NEWC_DATA)
			redact_scan(redactor, walker->data, walker->data_length, false, &data);
		if ((event == NEWC_MEMBER && !member.size) || event == NEWC_DATA)
			output_member(output, &member, data.items, data.count);
	}
	if (newc_complete(walker))
		output_trailer(output);
	else
		output_printf(output, "070701");
}

static void redact_program(struct redactor *redactor, struct bytes bytes, struct output *output)
{
	struct program program = {.header = bytes.data, .length = bytes.length};
	struct bytes *contents;

	program.table = pe_section_table(bytes.data, bytes.length, &program.count);
	contents = arena_array(output->arena, program.count, sizeof(*contents));
	for (size_t i = 0; i < program.count; i++) {
		const char *row = program.header + program.table + i * SECTION_ROW;
		uint32_t offset = read_32(row + ROW_RAW_OFFSET), size = read_32(row + ROW_RAW_SIZE);
		struct output content = {.arena = output->arena};

		if (offset > bytes.length || size > bytes.length - offset)
			continue;
		if (row_is(&program, i, ".initrd") && size)
			redact_archive(redactor, (struct bytes){bytes.data + offset, size},
				       &content);
		else if (is_text_section(&program, i))
			redact_scan(redactor, bytes.data + offset, size, false, &content);
		else
			output_add(&content, bytes.data + offset, size);
		contents[i] = (struct bytes){content.items, content.count};
	}
	output_program(&program, contents, output);
}

void redact_image(struct redactor *redactor, struct bytes bytes, struct output *output)
{
	size_t count;

	if (pe_section_table(bytes.data, bytes.length, &count))
		redact_program(redactor, bytes, output);
	else
		redact_archive(redactor, bytes, output);
}
