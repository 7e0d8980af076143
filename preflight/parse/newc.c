/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/parse/newc.h"

#include <sys/stat.h>

enum { BETWEEN, IN_HEADER, IN_NAME, IN_DATA, SKIPPING, BROKEN };

/* The numbers behind the magic, eight hexadecimal digits each. */
enum {
	FIELD_INODE,
	FIELD_MODE,
	FIELD_UID,
	FIELD_GID,
	FIELD_LINKS,
	FIELD_MTIME,
	FIELD_SIZE,
	FIELD_MAJOR,
	FIELD_MINOR,
	FIELD_RMAJOR,
	FIELD_RMINOR,
	FIELD_NAME_SIZE,
	FIELD_CHECK,
	FIELD_COUNT
};

enum { MAGIC_LENGTH = 6, DIGITS = 8 };

void newc_begin(struct newc_walker *walker, uint64_t offset)
{
	*walker = (struct newc_walker){.offset = offset, .state = BETWEEN};
}

static enum newc_event break_off(struct newc_walker *walker, const char *problem)
{
	walker->state = BROKEN;
	walker->problem = problem;
	return NEWC_BROKEN;
}

static uint64_t align(uint64_t offset)
{
	return (offset + 3) & ~(uint64_t)3;
}

static size_t smaller(size_t length, uint64_t limit)
{
	return length < limit ? length : (size_t)limit;
}

/* Between members the kernel eats zeros, and begins a header only at a multiple of four. */
static enum newc_event between(struct newc_walker *walker, const char *bytes, size_t length,
			       size_t *used)
{
	while (*used < length && bytes[*used] == '\0')
		(*used)++;
	walker->offset += *used;
	if (*used == length)
		return NEWC_HUNGRY;
	if (bytes[*used] != '0' || walker->offset % 4)
		return NEWC_FOREIGN;
	walker->state = IN_HEADER;
	walker->filled = 0;
	return NEWC_HUNGRY;
}

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool read_fields(const char *header, uint32_t fields[FIELD_COUNT])
{
	for (unsigned i = 0; i < FIELD_COUNT; i++) {
		fields[i] = 0;
		for (unsigned j = 0; j < DIGITS; j++) {
			int value = digit_value(header[MAGIC_LENGTH + DIGITS * i + j]);

			if (value < 0)
				return false;
			fields[i] = fields[i] << 4 | (uint32_t)value;
		}
	}
	return true;
}

static enum newc_event read_header(struct newc_walker *walker)
{
	uint32_t fields[FIELD_COUNT];
	uint64_t name_end;

	if (memcmp(walker->header, "070701", MAGIC_LENGTH) != 0 &&
	    memcmp(walker->header, "070702", MAGIC_LENGTH) != 0)
		return break_off(walker, "a member does not begin with 070701 or 070702");
	if (!read_fields(walker->header, fields))
		return break_off(walker, "a member's header holds no hexadecimal numbers");
	walker->member = (struct newc_member){
		.inode = fields[FIELD_INODE],
		.mode = fields[FIELD_MODE],
		.links = fields[FIELD_LINKS],
		.major = fields[FIELD_MAJOR],
		.minor = fields[FIELD_MINOR],
		.size = fields[FIELD_SIZE],
	};
	name_end = align(walker->offset + fields[FIELD_NAME_SIZE]);
	walker->next = align(name_end + fields[FIELD_SIZE]);
	walker->name_size = (size_t)(name_end - walker->offset);
	walker->members = true;
	walker->filled = 0;
	/* The kernel jumps over members with such names. */
	if (!fields[FIELD_NAME_SIZE] || fields[FIELD_NAME_SIZE] > NEWC_NAME_LIMIT)
		walker->state = SKIPPING;
	else
		walker->state = IN_NAME;
	return NEWC_HUNGRY;
}

static enum newc_event in_header(struct newc_walker *walker, const char *bytes, size_t length,
				 size_t *used)
{
	*used = smaller(length, NEWC_HEADER - walker->filled);
	memcpy(walker->header + walker->filled, bytes, *used);
	walker->filled += *used;
	walker->offset += *used;
	return walker->filled == NEWC_HEADER ? read_header(walker) : NEWC_HUNGRY;
}

static enum newc_event read_name(struct newc_walker *walker)
{
	bool linked_or_plain = S_ISREG(walker->member.mode) || S_ISLNK(walker->member.mode);

	if (!memchr(walker->name, '\0', walker->name_size))
		return break_off(walker, "a member's name has no end");
	/* Data behind a directory or a device: the kernel takes no notice of such a member. */
	if (!linked_or_plain && walker->member.size) {
		walker->state = SKIPPING;
		return NEWC_HUNGRY;
	}
	if (streq(walker->name, "TRAILER!!!")) {
		walker->members = false;
		walker->state = SKIPPING;
		return NEWC_HUNGRY;
	}
	walker->member.name = walker->name;
	walker->data_left = walker->member.size;
	walker->state = walker->data_left ? IN_DATA : SKIPPING;
	return NEWC_MEMBER;
}

static enum newc_event in_name(struct newc_walker *walker, const char *bytes, size_t length,
			       size_t *used)
{
	*used = smaller(length, walker->name_size - walker->filled);
	memcpy(walker->name + walker->filled, bytes, *used);
	walker->filled += *used;
	walker->offset += *used;
	return walker->filled == walker->name_size ? read_name(walker) : NEWC_HUNGRY;
}

static enum newc_event in_data(struct newc_walker *walker, const char *bytes, size_t length,
			       size_t *used)
{
	*used = smaller(length, walker->data_left);
	walker->data = bytes;
	walker->data_length = *used;
	walker->data_left -= *used;
	walker->offset += *used;
	if (!walker->data_left)
		walker->state = SKIPPING;
	return NEWC_DATA;
}

static enum newc_event skip(struct newc_walker *walker, const char *bytes, size_t length,
			    size_t *used)
{
	(void)bytes;
	*used = smaller(length, walker->next - walker->offset);
	newc_jump(walker, *used);
	if (walker->offset == walker->next)
		walker->state = BETWEEN;
	return NEWC_HUNGRY;
}

enum newc_event newc_next(struct newc_walker *walker, const char *bytes, size_t length,
			  size_t *ret_used)
{
	static enum newc_event (*const steps[])(struct newc_walker *, const char *, size_t,
						size_t *) = {
		[BETWEEN] = between, [IN_HEADER] = in_header, [IN_NAME] = in_name,
		[IN_DATA] = in_data, [SKIPPING] = skip,
	};
	enum newc_event event = walker->state == BROKEN ? NEWC_BROKEN : NEWC_HUNGRY;

	*ret_used = 0;
	while (event == NEWC_HUNGRY && *ret_used < length) {
		size_t used = 0;

		event = steps[walker->state](walker, bytes + *ret_used, length - *ret_used, &used);
		*ret_used += used;
	}
	return event;
}

void newc_ignore_data(struct newc_walker *walker)
{
	if (walker->state == IN_DATA)
		walker->state = SKIPPING;
}

uint64_t newc_skippable(const struct newc_walker *walker)
{
	return walker->state == SKIPPING ? walker->next - walker->offset : 0;
}

void newc_jump(struct newc_walker *walker, uint64_t count)
{
	walker->offset += count;
}

bool newc_complete(const struct newc_walker *walker)
{
	bool outside = walker->state == BETWEEN ||
		       (walker->state == SKIPPING && walker->offset == walker->next);

	return outside && !walker->members;
}
