/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/parse/blockdev.h"
#include "preflight/parse/lines.h"

struct name_kind {
	const char *prefix;
	enum stack_kind kind;
};

enum stack_kind mapper_stack_kind(const char *uuid)
{
	static const struct name_kind kinds[] = {
		{"LVM-", STACK_LVM},
		{"CRYPT-", STACK_CRYPT},
		{"mpath-", STACK_MULTIPATH},
		{"DMRAID-", STACK_MD},
	};

	if (!uuid)
		return STACK_MAPPER;
	/* kpartx writes "part1-" before the uuid of the map that it cuts. */
	if (starts_with(uuid, "part")) {
		const char *rest = uuid + 4 + strspn(uuid + 4, "0123456789");

		if (rest > uuid + 4 && *rest == '-')
			uuid = rest + 1;
	}
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (starts_with(uuid, kinds[i].prefix))
			return kinds[i].kind;
	return STACK_MAPPER;
}

enum stack_kind block_stack_kind(const char *name)
{
	static const struct name_kind kinds[] = {
		{"dm-", STACK_MAPPER}, {"md", STACK_MD},     {"bcache", STACK_BCACHE},
		{"drbd", STACK_DRBD},  {"loop", STACK_LOOP},
	};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		const char *rest = name + strlen(kinds[i].prefix);

		/* "md0", "md_home", "md127p1": mdadm lets people name an array. */
		if (starts_with(name, kinds[i].prefix) &&
		    ((*rest >= '0' && *rest <= '9') || (kinds[i].kind == STACK_MD && *rest == '_')))
			return kinds[i].kind;
	}
	return STACK_NONE;
}

/* A copy of length bytes with every "--" made "-". */
static const char *lvm_part(struct arena *arena, const char *text, size_t length)
{
	char *part = arena_copy(arena, text, length);
	size_t used = 0;

	for (size_t i = 0; i < length; i++) {
		part[used++] = text[i];
		if (text[i] == '-' && i + 1 < length && text[i + 1] == '-')
			i++;
	}
	part[used] = '\0';
	return part;
}

bool lvm_name_split(struct arena *arena, const char *name, const char **ret_group,
		    const char **ret_volume)
{
	const char *at = name;

	while (*at && !(at[0] == '-' && at[1] != '-'))
		at += at[0] == '-' ? 2 : 1;
	if (!*at || at == name || !at[1])
		return false;
	*ret_group = lvm_part(arena, name, (size_t)(at - name));
	*ret_volume = lvm_part(arena, at + 1, strlen(at + 1));
	return true;
}

/* Steps over letter and the digits behind it; NULL where they are not there. */
static const char *skip_number(const char *text, const char *letters)
{
	size_t digits;

	if (!text || !starts_with(text, letters))
		return NULL;
	text += strlen(letters);
	digits = strspn(text, "0123456789");
	return digits ? text + digits : NULL;
}

const char *nvme_path_disk(struct arena *arena, const char *name)
{
	const char *subsystem_end = skip_number(name, "nvme");
	const char *controller_end = skip_number(subsystem_end, "c");
	const char *end = skip_number(controller_end, "n");

	if (!end || *end)
		return NULL;
	return arena_printf(arena, "%.*s%s", (int)(subsystem_end - name), name, controller_end);
}

bool nvme_controller_name(const char *name)
{
	const char *end = skip_number(name, "nvme");

	return end && !*end;
}

bool block_number_parse(const char *text, unsigned *ret_major, unsigned *ret_minor)
{
	const char *colon = strchr(text, ':');
	struct span major = {.data = text}, minor;
	unsigned numbers[2];

	if (!colon)
		return false;
	major.length = (size_t)(colon - text);
	minor = (struct span){.data = colon + 1, .length = strlen(colon + 1)};
	if (!span_number(major, 10, &numbers[0]) || !span_number(minor, 10, &numbers[1]))
		return false;
	*ret_major = numbers[0];
	*ret_minor = numbers[1];
	return true;
}

static const char *copy_lower(struct arena *arena, const char *data, size_t length)
{
	char *copy = arena_copy(arena, data, length);

	for (size_t i = 0; i < length; i++)
		if (copy[i] >= 'A' && copy[i] <= 'Z')
			copy[i] |= 0x20;
	return copy;
}

void udev_signature_parse(struct arena *arena, const char *data, size_t length,
			  struct signature *ret_signature)
{
	static const struct {
		const char *key;
		size_t member;
	} keys[] = {
		{"E:ID_FS_TYPE=", offsetof(struct signature, type)},
		{"E:ID_FS_LABEL=", offsetof(struct signature, label)},
		{"E:ID_FS_UUID=", offsetof(struct signature, uuid)},
		{"E:ID_PART_ENTRY_UUID=", offsetof(struct signature, partition_uuid)},
	};
	struct span rest = {.data = data, .length = length}, line;
	struct signature signature = {0};

	while (span_next_line(&rest, &line))
		for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
			size_t size = strlen(keys[i].key);
			bool lower = keys[i].member == offsetof(struct signature, partition_uuid);
			const char *value;

			if (line.length <= size || memcmp(line.data, keys[i].key, size) != 0)
				continue;
			value = lower ? copy_lower(arena, line.data + size, line.length - size)
				      : arena_copy(arena, line.data + size, line.length - size);
			memcpy((char *)&signature + keys[i].member, &value, sizeof(value));
		}
	*ret_signature = signature;
}

const char *loader_uuid_parse(struct arena *arena, const char *data, size_t length)
{
	enum { ATTRIBUTES = 4, UUID_LENGTH = 36 };
	char text[UUID_LENGTH];

	if (length < ATTRIBUTES + 2 * UUID_LENGTH)
		return NULL;
	for (size_t i = 0; i < UUID_LENGTH; i++) {
		char low = data[ATTRIBUTES + 2 * i];

		if (data[ATTRIBUTES + 2 * i + 1] != 0 || !strchr("0123456789abcdefABCDEF-", low) ||
		    !low)
			return NULL;
		text[i] = low;
	}
	return copy_lower(arena, text, sizeof(text));
}
