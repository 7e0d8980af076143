/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/capture/redact_scan.h"

#include <strings.h>

static bool is_key_byte(char c)
{
	return is_word(c) || c == '_';
}

static bool is_name_byte(char c)
{
	return is_word(c) || c == '-';
}

/* Ends a path component, or a word around it. */
static bool ends_component(char c)
{
	return !c || strchr("/ \t\r\n\"',;:)\\", c);
}

static bool is_component_byte(char c)
{
	return !ends_component(c);
}

static void copy(struct scan *scan, size_t at, size_t length)
{
	output_add(scan->output, scan->text + at, length);
}

static bool key_is(const struct scan *scan, size_t at, size_t length, const char *key)
{
	return strlen(key) == length && strncasecmp(scan->text + at, key, length) == 0;
}

static bool stands_before(const struct scan *scan, size_t at, const char *text)
{
	size_t length = strlen(text);

	return length <= at && memcmp(scan->text + at - length, text, length) == 0;
}

/* -- UUID=… and /dev/disk/by-uuid/… ---------------------------------------------------------------------- */

/* '-' in form stands for itself, 'x' for a hexadecimal digit, 'a' for a letter or digit. */
static bool has_form(const char *text, size_t length, const char *form)
{
	if (strlen(form) != length)
		return false;
	for (size_t i = 0; i < length; i++)
		if (form[i] == '-'   ? text[i] != '-'
		    : form[i] == 'x' ? !is_hex(text[i])
				     : !is_word(text[i]))
			return false;
	return true;
}

/* UUIDs of file systems and partitions that do not have the usual form: FAT and exFAT, MBR, NTFS,
 * LVM. */
static bool is_short_uuid(const char *text, size_t length)
{
	static const char *const forms[] = {
		"xxxx-xxxx",
		"xxxxxxxx-xx",
		"xxxxxxxxxxxxxxxx",
		"aaaaaa-aaaa-aaaa-aaaa-aaaa-aaaa-aaaaaa",
	};

	for (size_t i = 0; i < ARRAY_SIZE(forms); i++)
		if (has_form(text, length, forms[i]))
			return true;
	return false;
}

/* "=", "=\"", "\": \"" and the like between a key and its value. */
static size_t separator_length(const struct scan *scan, size_t at)
{
	size_t end = at;

	while (end < scan->length && end - at < 5 && strchr("=:\" \t", scan->text[end]))
		end++;
	return memchr(scan->text + at, '=', end - at) || memchr(scan->text + at, ':', end - at)
		       ? end - at
		       : 0;
}

static size_t take_uuid(struct scan *scan, size_t at, size_t value)
{
	size_t length = span_of(scan, value, is_name_byte);
	enum placeholder_kind kind = PLACEHOLDER_SHAPE;

	if (!is_short_uuid(scan->text + value, length))
		return 0;
	copy(scan, at, value - at);
	if (has_form(scan->text + value, length, "xxxxxxxx-xx"))
		kind = PLACEHOLDER_PARTITION;
	if (kind == PLACEHOLDER_PARTITION)
		output_partition(scan, scan->text + value, length);
	else
		output_shape(scan, scan->text + value, length);
	/* A number alone may be an address elsewhere. */
	if (memchr(scan->text + value, '-', length))
		learn_word(scan->redactor, scan->text + value, length, kind);
	return value - at + length;
}

static size_t take_uuid_value(struct scan *scan, size_t at, size_t key)
{
	size_t separator = separator_length(scan, at + key);

	if (stands_before(scan, at, "by-") && byte_at(scan, at + key) == '/')
		return take_uuid(scan, at, at + key + 1);
	return separator ? take_uuid(scan, at, at + key + separator) : 0;
}

/* -- /dev/disk/by-id/… ------------------------------------------------------------------------------------- */

static size_t take_disk_id(struct scan *scan, size_t at, size_t key)
{
	size_t value = at + key + 1, end = value, part;

	if (!stands_before(scan, at, "by-") || byte_at(scan, at + key) != '/')
		return 0;
	end += span_of(scan, value, is_component_byte);
	if (end == value)
		return 0;
	/* "-part1" behind it stays. */
	for (part = end; part > value && is_digit(scan->text[part - 1]);)
		part--;
	if (part < value + 6 || part == end || memcmp(scan->text + part - 5, "-part", 5) != 0)
		part = end;
	else
		part -= 5;
	copy(scan, at, key + 1);
	output_printf(scan->output, "id-%u",
		      placeholder_number(scan->redactor, PLACEHOLDER_LINK, scan->text + value,
					 part - value));
	copy(scan, part, end - part);
	return end - at;
}

/* -- serial numbers -------------------------------------------------------------------------------------------- */

static bool is_serial_byte(char c)
{
	return c && !strchr("\r\n\"", c);
}

/* "SerialNumber: S466NX0K123456", "ID_SERIAL_SHORT=…", "Uniq=…", "Serial\t\t: …" of /proc/cpuinfo. */
static size_t take_serial(struct scan *scan, size_t at, size_t key)
{
	size_t value = at + key, end;

	/* "Serial: 8250/16550 driver" */
	if (key_is(scan, at, key, "Serial") && byte_at(scan, value) != '\t')
		return 0;
	value += span_of(scan, value, is_blank);
	if (byte_at(scan, value) != ':' && byte_at(scan, value) != '=')
		return 0;
	value++;
	value += span_of(scan, value, is_blank);
	end = value + span_of(scan, value, is_serial_byte);
	/* "SerialNumber=3" is the number of a string. */
	if (end - value < 4 || memchr(scan->text + value, ',', end - value))
		return 0;
	copy(scan, at, value - at);
	/* The Bluetooth address of a device. */
	if (end - value == 17 && recognize_pairs(scan, value) == 17)
		return end - at;
	output_shape(scan, scan->text + value, end - value);
	redactor_learn_serial(scan->redactor, scan->text + value, end - value);
	return end - at;
}

/* "(MAC:001122334455)" in the name of a boot entry */
static size_t take_bare_mac(struct scan *scan, size_t at, size_t key)
{
	size_t value = at + key + 1;

	if (!strchr(":(", byte_at(scan, at + key)) || span_of(scan, value, is_hex) != 12 ||
	    span_of(scan, value, is_word) != 12)
		return 0;
	copy(scan, at, key + 1);
	output_bare_mac(scan, scan->text + value);
	return key + 1 + 12;
}

/* -- users ------------------------------------------------------------------------------------------------------- */

static size_t take_user(struct scan *scan, size_t at, size_t key, size_t value)
{
	size_t end = value + span_of(scan, value, is_component_byte);

	if (end == value || scan->text[value] == '.' || scan->text[value] == '*')
		return 0;
	copy(scan, at, value - at);
	output_printf(scan->output, "user%u",
		      placeholder_number(scan->redactor, PLACEHOLDER_USER, scan->text + value,
					 end - value));
	(void)key;
	return end - at;
}

static size_t take_home(struct scan *scan, size_t at, size_t key)
{
	char before = byte_before(scan, at);

	if ((before && before != '/') || byte_at(scan, at + key) != '/')
		return 0;
	return take_user(scan, at, key, at + key + 1);
}

static size_t take_media(struct scan *scan, size_t at, size_t key)
{
	return stands_before(scan, at, "run/") ? take_home(scan, at, key) : 0;
}

static size_t take_user_name(struct scan *scan, size_t at, size_t key)
{
	if (!scan->mounts || byte_at(scan, at + key) != '=')
		return 0;
	return take_user(scan, at, key, at + key + 1);
}

/* -- passwords ----------------------------------------------------------------------------------------------------- */

static size_t take_secret(struct scan *scan, size_t at, size_t key)
{
	size_t value = at + key + 1, end;
	char quote;

	if (byte_at(scan, at + key) != '=')
		return 0;
	quote = byte_at(scan, value);
	if (quote == '"' || quote == '\'')
		value++;
	else
		quote = '\0';
	for (end = value; end < scan->length; end++)
		if (quote ? scan->text[end] == quote || scan->text[end] == '\n'
			  : strchr(" \t\r\n\"',", scan->text[end]) != NULL)
			break;
	if (end == value)
		return 0;
	copy(scan, at, value - at);
	output_printf(scan->output, "REDACTED");
	return end - at;
}

static bool begins_line(const struct scan *scan, size_t at)
{
	while (at && is_blank(scan->text[at - 1]))
		at--;
	return !at || scan->text[at - 1] == '\n';
}

static size_t drop_line(struct scan *scan, size_t at, size_t key)
{
	size_t end = at + key;

	while (end < scan->length && scan->text[end] != '\n')
		end++;
	copy(scan, at, key);
	output_printf(scan->output, " REDACTED");
	return end - at;
}

/* GRUB's "password_pbkdf2 USER HASH" and "password USER WORD" */
static size_t take_grub_password(struct scan *scan, size_t at, size_t key)
{
	if (!begins_line(scan, at) || !is_blank(byte_at(scan, at + key)))
		return take_secret(scan, at, key);
	return drop_line(scan, at, key);
}

/* syslinux's "MENU MASTER PASSWD WORD", "MENU PASSWD WORD" */
static size_t take_menu_password(struct scan *scan, size_t at, size_t key)
{
	if (!is_blank(byte_at(scan, at + key)) || !is_blank(byte_before(scan, at)))
		return take_secret(scan, at, key);
	return drop_line(scan, at, key);
}

/* -- the keys ---------------------------------------------------------------------------------------------------------- */

static const struct {
	const char *key;
	bool ending; /* a longer key may end with it */
	size_t (*take)(struct scan *scan, size_t at, size_t key);
} keys[] = {
	{"uuid", true, take_uuid_value},
	{"id", false, take_disk_id},
	{"serialnumber", false, take_serial},
	{"id_serial", false, take_serial},
	{"id_serial_short", false, take_serial},
	{"uniq", false, take_serial},
	{"serial", false, take_serial},
	{"mac", false, take_bare_mac},
	{"home", false, take_home},
	{"media", false, take_media},
	{"username", false, take_user_name},
	{"user", false, take_user_name},
	{"password_pbkdf2", false, take_grub_password},
	{"password", true, take_grub_password},
	{"passwd", true, take_menu_password},
	{"passphrase", true, take_secret},
	{"pass", false, take_secret},
	{"secret", true, take_secret},
	{"psk", true, take_secret},
	{"token", false, take_secret},
	{"credential", true, take_secret},
	{"credentials", true, take_secret},
	{"superusers", false, take_secret},
};

size_t recognize_key(struct scan *scan, size_t at)
{
	size_t key = span_of(scan, at, is_key_byte);

	if (byte_before(scan, at) == '_' || !is_word(byte_at(scan, at)))
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		size_t wanted = strlen(keys[i].key), before = key - wanted, taken;

		if (key < wanted || (before && !keys[i].ending) ||
		    !key_is(scan, at + before, wanted, keys[i].key))
			continue;
		taken = keys[i].take(scan, at, key);
		if (taken)
			return taken;
	}
	return 0;
}

/* -- user:password@ -------------------------------------------------------------------------------------------------------- */

static bool is_credential_byte(char c)
{
	return (c == ':' || !ends_component(c)) && c != '@' && c != '=';
}

/* In netroot=iscsi:user:password@192.0.2.1::::iqn… and in URLs. */
size_t recognize_credentials(struct scan *scan, size_t at)
{
	size_t end = at + span_of(scan, at, is_credential_byte), colons = 0;

	for (size_t i = at; i < end; i++)
		colons += scan->text[i] == ':';
	if (!colons || byte_at(scan, end) != '@' || !is_word(byte_at(scan, end + 1)))
		return 0;
	if (colons > 1)
		copy(scan, at, strcspn(scan->text + at, ":") + 1);
	output_printf(scan->output, "REDACTED");
	return end - at;
}

/* -- file servers ------------------------------------------------------------------------------------------------------------- */

static bool is_server_byte(char c)
{
	return is_word(c) || c == '-' || c == '.' || c == '_';
}

/* "nas:/export", "//nas/share" at the beginning of a word of a mount table. IP addresses are
 * recognized on their own. */
size_t recognize_server(struct scan *scan, size_t at)
{
	bool windows = byte_at(scan, at) == '/';
	size_t name = windows ? at + 2 : at, length = span_of(scan, name, is_server_byte);
	char before = byte_before(scan, at);
	bool letters = false;

	if (!scan->mounts || (before && !is_blank(before) && before != '\n' && before != '@') ||
	    !length)
		return 0;
	for (size_t i = 0; i < length; i++)
		letters |= is_letter(scan->text[name + i]);
	if (!letters || byte_at(scan, name + length) != (windows ? '/' : ':') ||
	    (!windows && byte_at(scan, name + length + 1) != '/'))
		return 0;
	copy(scan, at, name - at);
	output_printf(
		scan->output, "server%u",
		placeholder_number(scan->redactor, PLACEHOLDER_SERVER, scan->text + name, length));
	return name - at + length;
}
