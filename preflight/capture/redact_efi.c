/* SPDX-License-Identifier: GPL-2.0-or-later */
/* EFI variables: UEFI 2.10 sections 3.1.3 (load options) and 10.3 (device paths). */
#include "preflight/capture/redact_scan.h"

enum {
	ATTRIBUTES = 4,    /* efivarfs puts them before the value */
	OPTION_HEADER = 6, /* attributes of the option, length of its device path */
	NODE_HEADER = 4,
	NODE_END = 0x7f,
};

static size_t half_word(const char *bytes)
{
	return (unsigned char)bytes[0] | (size_t)(unsigned char)bytes[1] << 8;
}

/* -- texts in UTF-16 ------------------------------------------------------------------------------------- */

/* Whether every second byte is zero: letters of ASCII, of which all names to be replaced consist. */
static bool is_plain(const char *bytes, size_t length)
{
	for (size_t i = 0; i + 1 < length; i += 2)
		if (bytes[i + 1])
			return false;
	return length >= 4 && bytes[0];
}

/* The length without the final NULs. */
static size_t text_length(const char *bytes, size_t length)
{
	length -= length % 2;
	while (length && !bytes[length - 2] && !bytes[length - 1])
		length -= 2;
	return length;
}

/* A text, of which only the letters of ASCII are looked at; what follows it is copied. */
static void redact_wide(struct redactor *redactor, const char *bytes, size_t length,
			struct output *output)
{
	struct output narrow = {.arena = output->arena}, redacted = {.arena = output->arena};
	size_t end = text_length(bytes, length);

	if (!is_plain(bytes, end)) {
		output_add(output, bytes, length);
		return;
	}
	for (size_t i = 0; i < end; i += 2)
		/* Lists of texts are separated by NULs. */
		output_add(&narrow, bytes[i] ? bytes + i : "\n", 1);
	redact_scan(redactor, narrow.items, narrow.count, false, &redacted);
	for (size_t i = 0; i < redacted.count; i++) {
		const char wide[2] = {redacted.items[i] == '\n' ? '\0' : redacted.items[i], '\0'};

		output_add(output, wide, sizeof(wide));
	}
	output_add(output, bytes + end, length - end);
}

/* -- device paths ------------------------------------------------------------------------------------------ */

/* The GUID of a partition, as text and back, so that it becomes what PARTUUID= becomes. */
static void redact_guid(struct redactor *redactor, char *guid)
{
	/* The first three parts are little-endian. */
	static const uint8_t order[16] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
	char digits[33];
	uint8_t placeholder[16];

	for (size_t i = 0; i < 16; i++)
		(void)snprintf(digits + 2 * i, 3, "%02x", (unsigned char)guid[order[i]]);
	if (!placeholder_uuid(redactor, digits, placeholder))
		return;
	for (size_t i = 0; i < 16; i++)
		guid[order[i]] = (char)placeholder[i];
}

/* Nodes whose content names a machine: what is kept of it, from the node's beginning. */
static const struct {
	uint8_t type, subtype;
	size_t kept;
} telling_nodes[] = {
	{3, 3, 8},   {3, 21, 8}, /* Fibre Channel: the reserved word */
	{3, 9, 8},               /* InfiniBand */
	{3, 11, 4},              /* MAC address */
	{3, 12, 4},  {3, 13, 4}, /* IP addresses */
	{3, 16, 10},             /* USB, by serial number */
	{3, 19, 18},             /* iSCSI: options and target */
	{3, 10, 20}, {3, 22, 4}, /* vendor's messages, SAS */
	{3, 23, 8},              /* NVMe: the namespace's number */
	{3, 24, 4},              /* URI */
	{3, 27, 4},  {3, 31, 4}, /* Bluetooth, DNS */
};

enum {
	TYPE_MEDIA = 4,
	MEDIA_PARTITION = 1,
	MEDIA_FILE = 4,
	PARTITION_NODE = 42,
	PARTITION_SIGNATURE = 24,
	PARTITION_SIGNATURE_TYPE = 41,
	SIGNATURE_GUID = 2,
};

static void redact_node(struct redactor *redactor, const char *node, size_t length,
			struct output *output)
{
	uint8_t type = (uint8_t)node[0], subtype = (uint8_t)node[1];
	size_t start = output->count, total;

	if (type == TYPE_MEDIA && subtype == MEDIA_FILE) {
		output_add(output, node, NODE_HEADER);
		redact_wide(redactor, node + NODE_HEADER, length - NODE_HEADER, output);
		total = output->count - start;
		output->items[start + 2] = (char)total;
		output->items[start + 3] = (char)(total >> 8);
		return;
	}
	output_add(output, node, length);
	if (type == TYPE_MEDIA && subtype == MEDIA_PARTITION && length >= PARTITION_NODE &&
	    node[PARTITION_SIGNATURE_TYPE] == SIGNATURE_GUID)
		redact_guid(redactor, output->items + start + PARTITION_SIGNATURE);
	for (size_t i = 0; i < ARRAY_SIZE(telling_nodes); i++)
		if (telling_nodes[i].type == type && telling_nodes[i].subtype == subtype &&
		    telling_nodes[i].kept < length)
			memset(output->items + start + telling_nodes[i].kept, 0,
			       length - telling_nodes[i].kept);
}

static void redact_nodes(struct redactor *redactor, const char *bytes, size_t length,
			 struct output *output)
{
	while (length >= NODE_HEADER) {
		size_t node = half_word(bytes + 2);

		if (node < NODE_HEADER || node > length)
			break;
		redact_node(redactor, bytes, node, output);
		bytes += node;
		length -= node;
	}
	/* What is no node may be anything. */
	for (size_t i = 0; i < length; i++)
		output_add(output, "", 1);
}

/* -- load options --------------------------------------------------------------------------------------------- */

/* Attributes, the length of the device path, the option's name, the device path, optional data. */
static bool redact_load_option(struct redactor *redactor, const char *bytes, size_t length,
			       struct output *output)
{
	size_t name = OPTION_HEADER, path_length, start = output->count, path;

	if (length < OPTION_HEADER + 2)
		return false;
	path_length = half_word(bytes + 4);
	while (name + 1 < length && (bytes[name] || bytes[name + 1]))
		name += 2;
	name += 2;
	if (name > length || path_length > length - name || path_length < NODE_HEADER ||
	    ((uint8_t)bytes[name] & 0x7f) > 5)
		return false;
	output_add(output, bytes, OPTION_HEADER);
	redact_wide(redactor, bytes + OPTION_HEADER, name - OPTION_HEADER, output);
	path = output->count;
	redact_nodes(redactor, bytes + name, path_length, output);
	path = output->count - path;
	output->items[start + 4] = (char)path;
	output->items[start + 5] = (char)(path >> 8);
	redact_wide(redactor, bytes + name + path_length, length - name - path_length, output);
	return true;
}

void redact_efi_variable(struct redactor *redactor, struct bytes bytes, struct output *output)
{
	size_t length = bytes.length < ATTRIBUTES ? 0 : bytes.length - ATTRIBUTES;
	const char *value = bytes.data + ATTRIBUTES;

	output_add(output, bytes.data, bytes.length - length);
	if (!length)
		return;
	if (is_plain(value, text_length(value, length)))
		redact_wide(redactor, value, length, output);
	else if (!redact_load_option(redactor, value, length, output))
		output_add(output, value, length);
}
