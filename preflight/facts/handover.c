/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What decides, besides modprobe.d, who gets a device at boot: lists of modules to load, udev rules
 * and files of driverctl and Unraid that set driver_override; and files that look as if they decided something
 * and that nobody reads.
 */
#include "preflight/facts/facts.h"
#include "preflight/lines.h"
#include "preflight/parse/modprobe.h"
#include "preflight/parse/udev_rules.h"

#include <errno.h>

enum { FILE_LIMIT = 1024 * 1024 };

static struct origin origin_of(struct facts *facts, const char *path, const struct line *line)
{
	return (struct origin){
		.source = arena_printf(facts->arena, "/%s", path),
		.line = line->number,
		.text = arena_copy(facts->arena, line->text, line->length),
	};
}

/* -- modules to load --------------------------------------------------------------------------- */

/* One module a line, '#' and ';' begin comments (modules-load.d(5)); /etc/modules allows arguments
 * behind the name. */
static void parse_load_list(struct facts *facts, const char *path, const struct bytes *bytes)
{
	struct line_reader reader = lines_of(bytes->data, bytes->length);
	struct line line;

	while (lines_next(&reader, &line)) {
		struct line trimmed = line_trim(line), rest = trimmed, word;

		if (!line_word(&rest, &word) || *word.text == '#' || *word.text == ';')
			continue;
		*ARRAY_ADD(facts->arena, &facts->handover.loads) = (struct load_request){
			.module = modprobe_module_name(facts->arena, word.text, word.length),
			.origin = origin_of(facts, path, &trimmed),
		};
	}
}

static void read_load_list(struct facts *facts, const struct host *host, const char *path)
{
	struct bytes bytes;
	int r = host_read(host, facts->arena, path, FILE_LIMIT, &bytes);

	if (r == 0) {
		facts->handover.loads_known = YES;
		parse_load_list(facts, path, &bytes);
	} else if (r != -ENOENT) {
		facts_add_unread(facts, path, r);
	}
}

static void collect_loads(struct facts *facts, const struct host *host)
{
	static const char *const folders[] = {"etc/modules-load.d", "run/modules-load.d",
					      "usr/local/lib/modules-load.d",
					      "usr/lib/modules-load.d"};
	struct strings seen = {0};

	read_load_list(facts, host, "etc/modules");
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		struct strings names = {0};

		if (host_list(host, facts->arena, folders[i], &names) < 0)
			continue;
		facts->handover.loads_known = YES;
		for_each (name, &names) {
			const char *path = arena_printf(facts->arena, "%s/%s", folders[i], *name);

			/* Debian's link to /etc/modules is the same list again. */
			if (!has_suffix(*name, ".conf") || streq(*name, "modules.conf") ||
			    strings_contain(&seen, *name))
				continue;
			strings_add(facts->arena, &seen, *name);
			read_load_list(facts, host, path);
		}
	}
}

/* -- driver_override ---------------------------------------------------------------------------- */

static void collect_udev_rules(struct facts *facts, const struct host *host)
{
	static const char *const folders[] = {"etc/udev/rules.d", "run/udev/rules.d",
					      "usr/lib/udev/rules.d", "lib/udev/rules.d"};
	struct strings seen = {0};

	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		struct strings names = {0};

		if (host_list(host, facts->arena, folders[i], &names) < 0)
			continue;
		facts->handover.overrides_known = YES;
		for_each (name, &names) {
			const char *path = arena_printf(facts->arena, "%s/%s", folders[i], *name);
			struct bytes bytes;

			if (!has_suffix(*name, ".rules") || strings_contain(&seen, *name))
				continue;
			strings_add(facts->arena, &seen, *name);
			/* Most rules have nothing to do with this; only those that do are parsed. */
			if (host_read(host, facts->arena, path, FILE_LIMIT, &bytes) == 0 &&
			    memmem(bytes.data, bytes.length, "driver_override", 15))
				udev_rules_parse(
					facts->arena, arena_printf(facts->arena, "/%s", path),
					bytes.data, bytes.length, &facts->handover.overrides);
		}
	}
}

/* /etc/driverctl.d/0000:01:00.0, or with the bus in front ("pci-0000:01:00.0"): one word, the driver
 * (driverctl(8)). */
static void collect_driverctl(struct facts *facts, const struct host *host)
{
	struct strings names = {0};

	if (host_list(host, facts->arena, "etc/driverctl.d", &names) < 0)
		return;
	for_each (name, &names) {
		const char *path = arena_printf(facts->arena, "etc/driverctl.d/%s", *name);
		const char *text = starts_with(*name, "pci-") ? *name + 4 : *name, *driver;
		struct address address;

		if (address_parse(text, strlen(text), &address) < 0 ||
		    host_read_line(host, facts->arena, path, &driver) < 0 || !*driver)
			continue;
		*ARRAY_ADD(facts->arena, &facts->handover.overrides) = (struct override_rule){
			.address = text,
			.vendor_id = -1,
			.device_id = -1,
			.driver = driver,
			.origin = {.source = arena_printf(facts->arena, "/%s", path),
				   .line = 1,
				   .text = driver},
		};
	}
}

/* The addresses behind BIND=, each with '|' and the id that it must have: Unraid's own script gives
 * them driver_override before it loads drivers. Devices of the same group are written there, too. */
static void add_bindings(struct facts *facts, const char *path, const struct line *line)
{
	struct line rest, word;

	if (!line_starts(line, "BIND=", &rest))
		return;
	while (line_word(&rest, &word)) {
		const char *bar = memchr(word.text, '|', word.length);
		struct address address;
		size_t length = bar ? (size_t)(bar - word.text) : word.length;

		if (address_parse(word.text, length, &address) < 0)
			continue;
		*ARRAY_ADD(facts->arena, &facts->handover.overrides) = (struct override_rule){
			.address = arena_copy(facts->arena, word.text, length),
			.vendor_id = -1,
			.device_id = -1,
			.driver = "vfio-pci",
			.origin = origin_of(facts, path, line),
		};
	}
}

static void collect_unraid(struct facts *facts, const struct host *host)
{
	static const char path[] = "boot/config/vfio-pci.cfg";
	struct line_reader lines;
	struct bytes bytes;
	struct line line;

	if (!streq(facts->machine.platform, "unraid") ||
	    host_read(host, facts->arena, path, FILE_LIMIT, &bytes) < 0)
		return;
	lines = lines_of(bytes.data, bytes.length);
	while (lines_next(&lines, &line)) {
		struct line trimmed = line_trim(line);

		add_bindings(facts, path, &trimmed);
	}
}

/* -- files that nobody reads ----------------------------------------------------------------------- */

static void note_ignored(struct facts *facts, const struct host *host, const char *path,
			 const char *reader)
{
	struct line_reader lines;
	struct bytes bytes;
	struct line line;

	if (host_read(host, facts->arena, path, FILE_LIMIT, &bytes) < 0)
		return;
	lines = lines_of(bytes.data, bytes.length);
	while (lines_next(&lines, &line)) {
		struct line trimmed = line_trim(line);

		if (!trimmed.length || *trimmed.text == '#' ||
		    !memmem(trimmed.text, trimmed.length, "vfio", 4))
			continue;
		*ARRAY_ADD(facts->arena, &facts->handover.ignored) = (struct ignored_file){
			.path = arena_printf(facts->arena, "/%s", path),
			.reader = reader,
			.origin = origin_of(facts, path, &trimmed),
		};
		return;
	}
}

/* What editors and package managers leave behind is nobody's configuration. */
static bool is_left_over(const char *name)
{
	static const char *const suffixes[] = {"~",          ".bak",      ".orig",   ".old",
					       ".save",      ".rpmsave",  ".rpmnew", ".dpkg-old",
					       ".dpkg-dist", ".dpkg-new", ".pacnew", ".pacsave",
					       ".disabled",  ".swp"};

	if (*name == '.' || streq(name, "README"))
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++)
		if (has_suffix(name, suffixes[i]))
			return true;
	return false;
}

static void collect_ignored(struct facts *facts, const struct host *host)
{
	static const struct {
		const char *folder, *suffix, *reader;
	} folders[] = {
		{"etc/modprobe.d", ".conf", "modprobe"},
		{"etc/modules-load.d", ".conf", "systemd-modules-load"},
		{"etc/dracut.conf.d", ".conf", "dracut"},
		{"etc/mkinitcpio.conf.d", ".conf", "mkinitcpio"},
		{"etc/default/grub.d", ".cfg", "update-grub"},
		{"etc/udev/rules.d", ".rules", "udev"},
	};
	/* Places where modprobe options do nothing. */
	static const char *const misplaced[] = {"etc/vfio.conf",         "etc/modprobe.conf",
						"etc/modules.conf",      "etc/modprobe.d.conf",
						"etc/default/vfio.conf", "boot/vfio.conf"};

	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		struct strings names = {0};

		if (host_list(host, facts->arena, folders[i].folder, &names) < 0)
			continue;
		for_each (name, &names)
			if (!has_suffix(*name, folders[i].suffix) && !is_left_over(*name))
				note_ignored(facts, host,
					     arena_printf(facts->arena, "%s/%s", folders[i].folder,
							  *name),
					     folders[i].reader);
	}
	for (size_t i = 0; i < ARRAY_SIZE(misplaced); i++)
		note_ignored(facts, host, misplaced[i], "modprobe");
}

void facts_collect_handover(struct facts *facts, const struct host *host)
{
	collect_loads(facts, host);
	collect_udev_rules(facts, host);
	collect_driverctl(facts, host);
	collect_unraid(facts, host);
	collect_ignored(facts, host);
	/* A tree that holds modprobe.d but none of these folders has none of these rules. */
	if (facts->modules.modprobe_known == YES) {
		if (facts->handover.loads_known == UNKNOWN)
			facts->handover.loads_known = YES;
		if (facts->handover.overrides_known == UNKNOWN)
			facts->handover.overrides_known = YES;
	}
}
