/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/capture/redact_scan.h"
#include "preflight/capture/images.h"

#include <strings.h>

/* -- output ---------------------------------------------------------------------------------------- */

void output_add(struct output *output, const char *bytes, size_t length)
{
	if (length > output->capacity - output->count) {
		size_t larger = output->capacity ? output->capacity : 256;
		char *copy;

		while (larger - output->count < length)
			larger *= 2;
		copy = arena_alloc(output->arena, larger);
		if (output->count)
			memcpy(copy, output->items, output->count);
		output->items = copy;
		output->capacity = larger;
	}
	if (length)
		memcpy(output->items + output->count, bytes, length);
	output->count += length;
}

void output_printf(struct output *output, const char *format, ...)
{
	char text[256];
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (length > 0)
		output_add(output, text,
			   (size_t)length < sizeof(text) ? (size_t)length : sizeof(text) - 1);
}

/* -- what is remembered ---------------------------------------------------------------------------- */

struct redactor *redactor_new(struct arena *arena)
{
	struct redactor *redactor = arena_alloc(arena, sizeof(*redactor));

	redactor->arena = arena;
	address_map_init(&redactor->ipv4, arena, IPV4_BYTES);
	address_map_init(&redactor->ipv6, arena, IPV6_BYTES);
	return redactor;
}

unsigned placeholder_number(struct redactor *redactor, enum placeholder_kind kind, const char *name,
			    size_t length)
{
	char *key = arena_alloc(redactor->arena, length + 1);
	size_t *number;
	bool new;

	key[0] = (char)('a' + kind);
	for (size_t i = 0; i < length; i++)
		key[i + 1] = lower(name[i]);
	number = string_table_add(&redactor->numbers, redactor->arena, key, length + 1, &new);
	if (new)
		*number = ++redactor->counts[kind];
	return (unsigned)*number;
}

static char *lower_copy(struct arena *arena, const char *text, size_t length)
{
	char *copy = arena_copy(arena, text, length);

	for (size_t i = 0; i < length; i++)
		copy[i] = lower(copy[i]);
	return copy;
}

void redactor_keep_word(struct redactor *redactor, const char *word)
{
	char *copy = lower_copy(redactor->arena, word, strlen(word));

	(void)string_table_add(&redactor->kept, redactor->arena, copy, strlen(copy), NULL);
}

/* -- the host's name --------------------------------------------------------------------------------- */

/* Words that would take a configuration apart if they were replaced everywhere. Host names that
 * installers propose are among them. */
static bool is_technical(const struct redactor *redactor, const char *name)
{
	static const char *const words[] = {
		"localhost", "localdomain", "local",  "host",    "host1",    "linux",   "debian",
		"ubuntu",    "fedora",      "arch",   "archiso", "opensuse", "suse",    "nixos",
		"proxmox",   "pve",         "pbs",    "kali",    "mint",     "pop",     "manjaro",
		"rocky",     "alma",        "centos", "rhel",    "redhat",   "unraid",  "tower",
		"gentoo",    "void",        "alpine", "talos",   "flatcar",  "core",    "coreos",
		"root",      "boot",        "home",   "dev",     "sys",      "proc",    "etc",
		"usr",       "lib",         "run",    "var",     "tmp",      "data",    "mnt",
		"vfio",      "iommu",       "kvm",    "qemu",    "libvirt",  "intel",   "amd",
		"nvidia",    "gpu",         "vga",    "usb",     "nvme",     "disk",    "kernel",
		"grub",      "systemd",     "efi",    "uefi",    "server",   "desktop", "default",
		"options",   "console",     "quiet",  "none",    "auto",     "yes",     "true",
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strcasecmp(words[i], name) == 0)
			return true;
	return strlen(name) < 3 || strspn(name, "0123456789.-") == strlen(name) ||
	       string_table_find(&redactor->kept, name, strlen(name));
}

/* The number of a name of the host, or 0. */
static unsigned number_host(const struct redactor *redactor, const char *name, size_t length)
{
	for (size_t i = 0; i < redactor->hosts.count; i++)
		if (strlen(redactor->hosts.items[i].name) == length &&
		    strncasecmp(redactor->hosts.items[i].name, name, length) == 0)
			return (unsigned)i + 1;
	return 0;
}

void redactor_learn_host(struct redactor *redactor, const char *name)
{
	size_t length = strcspn(name, ".");
	const char *domain = name[length] == '.' ? name + length + 1 : NULL;
	struct host_name *host;

	if (!length || streq(name, "(none)"))
		return;
	/* "local" and the like are no domain of anybody's. */
	if (domain && strchr(domain, '.') && !redactor->domain)
		redactor->domain = lower_copy(redactor->arena, domain, strlen(domain));
	if (number_host(redactor, name, length))
		return;
	host = ARRAY_ADD(redactor->arena, &redactor->hosts);
	host->name = lower_copy(redactor->arena, name, length);
	host->anywhere = !is_technical(redactor, host->name);
}

/* Whether this name, of any capitals, stands there as a word. */
static bool stands_at(const struct scan *scan, size_t at, const char *name)
{
	size_t length = name ? strlen(name) : 0;

	return length && at <= scan->length && length <= scan->length - at &&
	       strncasecmp(scan->text + at, name, length) == 0 &&
	       !is_word(byte_at(scan, at + length));
}

/* The number of the longest name of the host that stands there, or 0. */
static unsigned host_at(const struct scan *scan, size_t at, bool anywhere)
{
	const struct host_names *hosts = &scan->redactor->hosts;
	unsigned best = 0;

	for (size_t i = 0; i < hosts->count; i++)
		if ((hosts->items[i].anywhere || !anywhere) &&
		    stands_at(scan, at, hosts->items[i].name) &&
		    (!best || strlen(hosts->items[i].name) > strlen(hosts->items[best - 1].name)))
			best = (unsigned)i + 1;
	return best;
}

static size_t recognize_host(struct scan *scan, size_t at)
{
	const struct redactor *redactor = scan->redactor;
	unsigned number;
	size_t length;

	if (stands_at(scan, at, redactor->domain)) {
		output_printf(scan->output, "example.test");
		return strlen(redactor->domain);
	}
	number = host_at(scan, at, true);
	if (!number)
		return 0;
	output_printf(scan->output, "host%u", number);
	length = strlen(redactor->hosts.items[number - 1].name);
	if (byte_at(scan, at + length) == '.' &&
	    stands_at(scan, at + length + 1, redactor->domain)) {
		output_printf(scan->output, ".example.test");
		length += 1 + strlen(redactor->domain);
	}
	return length;
}

static bool is_user_byte(char c)
{
	return is_word(c) || c == '.' || c == '_' || c == '-';
}

/* The user in "user@host", where the host is this one. */
static size_t recognize_user(struct scan *scan, size_t at)
{
	size_t end = at + span_of(scan, at, is_user_byte);
	unsigned number = byte_at(scan, end) == '@' ? host_at(scan, end + 1, false) : 0;

	if (!number)
		return 0;
	output_printf(
		scan->output, "user%u@host%u",
		placeholder_number(scan->redactor, PLACEHOLDER_USER, scan->text + at, end - at),
		number);
	return end - at + 1 + strlen(scan->redactor->hosts.items[number - 1].name);
}

/* "node=pve," of Proxmox's files: this host, although its name is a technical word. */
static size_t recognize_node(struct scan *scan, size_t at)
{
	static const char key[] = "node=";
	size_t name = at + strlen(key), length;
	unsigned number;

	if (name > scan->length || byte_before(scan, at) == '_' ||
	    memcmp(scan->text + at, key, strlen(key)) != 0)
		return 0;
	number = host_at(scan, name, false);
	length = number ? strlen(scan->redactor->hosts.items[number - 1].name) : 0;
	if (!number || span_of(scan, name, is_user_byte) != length)
		return 0;
	output_printf(scan->output, "%shost%u", key, number);
	return strlen(key) + length;
}

/* -- words that were learned ------------------------------------------------------------------------- */

/* Only what can be neither an ordinary word nor a number, an address say: long enough, with digits
 * and with letters that are no hexadecimal digits. */
static bool is_telling(const char *text, size_t length)
{
	size_t digits = 0, letters = 0;

	for (size_t i = 0; i < length; i++) {
		if (!is_word(text[i]) && text[i] != '-')
			return false;
		digits += is_digit(text[i]);
		letters += is_letter(text[i]) && !is_hex(text[i]);
	}
	return length >= 6 && digits && letters;
}

void learn_word(struct redactor *redactor, const char *text, size_t length,
		enum placeholder_kind kind)
{
	char *copy = lower_copy(redactor->arena, text, length);

	*string_table_add(&redactor->learned, redactor->arena, copy, length, NULL) = kind;
}

void redactor_learn_serial(struct redactor *redactor, const char *text, size_t length)
{
	char digits[12];
	size_t count = 0;

	while (length && strchr(" \t\r\n", text[length - 1]))
		length--;
	while (length && is_blank(*text)) {
		text++;
		length--;
	}
	/* A wwid may name vendor and model before the serial number. */
	for (size_t i = length; i > 0; i--)
		if (is_blank(text[i - 1])) {
			text += i;
			length -= i;
			break;
		}
	/* A MAC address may stand without its colons, in a name of a boot entry. */
	for (size_t i = 0; length == 17 && i < length && count < sizeof(digits); i++)
		if (is_hex(text[i]))
			digits[count++] = text[i];
	if (count == sizeof(digits))
		learn_word(redactor, digits, count, PLACEHOLDER_MAC);
	else if (is_telling(text, length))
		learn_word(redactor, text, length, PLACEHOLDER_SHAPE);
}

static size_t replace_learned(struct scan *scan, size_t at, size_t length)
{
	char word[64];
	const size_t *kind;

	if (length < 6 || length > sizeof(word))
		return 0;
	for (size_t i = 0; i < length; i++)
		word[i] = lower(scan->text[at + i]);
	kind = string_table_find(&scan->redactor->learned, word, length);
	if (!kind)
		return 0;
	if (*kind == PLACEHOLDER_MAC)
		output_bare_mac(scan, word);
	else if (*kind == PLACEHOLDER_PARTITION)
		output_partition(scan, word, length);
	else
		output_shape(scan, word, length);
	return length;
}

static bool is_word_or_dash(char c)
{
	return is_word(c) || c == '-';
}

static size_t recognize_learned(struct scan *scan, size_t at)
{
	size_t longest, word;

	if (!scan->redactor->learned.count)
		return 0;
	longest = span_of(scan, at, is_word_or_dash);
	word = span_of(scan, at, is_word);
	return longest > word && replace_learned(scan, at, longest)
		       ? longest
		       : replace_learned(scan, at, word);
}

/* -- the walk over a text ------------------------------------------------------------------------------ */

/* What looks at most context comes first. */
static recognizer *const recognizers[] = {
	recognize_key,        recognize_user,  recognize_credentials, recognize_server,
	recognize_uuid,       recognize_pairs, recognize_ipv6,        recognize_ipv4,
	recognize_identifier, recognize_node,  recognize_host,        recognize_learned,
};

static size_t recognize(struct scan *scan, size_t at)
{
	for (size_t i = 0; i < ARRAY_SIZE(recognizers); i++) {
		size_t length = recognizers[i](scan, at);

		if (length)
			return length;
	}
	return 0;
}

void redact_scan(struct redactor *redactor, const char *text, size_t length, bool mounts,
		 struct output *output)
{
	struct scan scan = {redactor, text, length, mounts, output};

	for (size_t at = 0; at < length;) {
		char c = text[at];
		size_t taken = 0, word;

		/* Only an IPv6 address ("::1") and a server ("//nas/share") begin otherwise. */
		if (is_word(c) || (c == ':' && byte_at(&scan, at + 1) == ':') ||
		    (c == '/' && byte_at(&scan, at + 1) == '/'))
			taken = recognize(&scan, at);
		if (taken) {
			at += taken;
			continue;
		}
		for (word = 0; at + word < length && is_word(text[at + word]);)
			word++;
		word += !word;
		output_add(output, text + at, word);
		at += word;
	}
}

/* -- kinds of files -------------------------------------------------------------------------------------- */

static void redact_host_name(struct redactor *redactor, struct bytes bytes, struct output *output)
{
	size_t line = bytes.length, name = 0;
	const char *newline = memchr(bytes.data, '\n', bytes.length);
	unsigned number;

	if (newline)
		line = (size_t)(newline - bytes.data);
	while (name < line && bytes.data[name] != '.' && !strchr(" \t\r", bytes.data[name]))
		name++;
	/* etc/hostname may hold comments; the kernel says "(none)" where nobody has set a name. */
	if (line && *bytes.data != '#' && *bytes.data != '(') {
		number = number_host(redactor, bytes.data, name);
		output_printf(output, "host%u", number ? number : 1);
		if (name < line && bytes.data[name] == '.' && redactor->domain)
			output_printf(output, ".example.test");
	}
	if (newline)
		output_printf(output, "\n");
}

/* Some processes write what they are doing behind their name ("postgres: alice shop"). */
static size_t program_length(struct bytes bytes)
{
	size_t length = 0;

	while (length < bytes.length && bytes.data[length] && bytes.data[length] != ' ')
		length++;
	return length;
}

static void apply(struct redactor *redactor, enum redaction redaction, struct bytes bytes,
		  struct output *output)
{
	switch (redaction) {
	case REDACT_NOTHING:
		output_add(output, bytes.data, bytes.length);
		break;
	case REDACT_TEXT:
	case REDACT_MOUNTS:
		redact_scan(redactor, bytes.data, bytes.length, redaction == REDACT_MOUNTS, output);
		break;
	case REDACT_HOST_NAME:
		redact_host_name(redactor, bytes, output);
		break;
	case REDACT_ROUTES:
	case REDACT_ROUTES6:
		redact_routes(redactor, bytes, redaction == REDACT_ROUTES6, output);
		break;
	case REDACT_UDEV:
		redact_udev(redactor, bytes, output);
		break;
	case REDACT_MODULES:
		redact_modules(redactor, bytes, output);
		break;
	case REDACT_COMMAND:
		redact_scan(redactor, bytes.data, program_length(bytes), false, output);
		break;
	case REDACT_GRUB_BLOCK:
		redact_grub_block(redactor, bytes, output);
		break;
	case REDACT_CONFIG_SPACE:
		redact_config_space(bytes, output);
		break;
	case REDACT_EFI_VARIABLE:
		redact_efi_variable(redactor, bytes, output);
		break;
	case REDACT_IMAGE:
		redact_image(redactor, bytes, output);
		break;
	}
}

void redactor_learn(struct redactor *redactor, enum redaction redaction, struct bytes bytes)
{
	_cleanup_arena_ struct arena *scratch = arena_new();
	struct output ignored = {.arena = scratch};

	switch (redaction) {
	case REDACT_ROUTES:
	case REDACT_ROUTES6:
		learn_routes(redactor, bytes, redaction == REDACT_ROUTES6);
		break;
	case REDACT_TEXT:
	case REDACT_MOUNTS:
		redact_scan(redactor, bytes.data, bytes.length, redaction == REDACT_MOUNTS,
			    &ignored);
		break;
	case REDACT_UDEV:
		/* All of it: the serial numbers that it names are learned and then left out. */
		redact_scan(redactor, bytes.data, bytes.length, false, &ignored);
		break;
	default:
		break;
	}
}

struct bytes redactor_apply(struct redactor *redactor, struct arena *arena,
			    enum redaction redaction, struct bytes bytes)
{
	struct output output = {.arena = arena};

	apply(redactor, redaction, bytes, &output);
	output_add(&output, "", 1);
	return (struct bytes){output.items, output.count - 1};
}

const char *redactor_apply_path(struct redactor *redactor, struct arena *arena, const char *path)
{
	return redactor_apply(redactor, arena, REDACT_TEXT, (struct bytes){path, strlen(path)})
		.data;
}
