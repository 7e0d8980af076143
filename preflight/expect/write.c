/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A manifest of a host as it is. */
#include "preflight/expect/expect.h"
#include "preflight/checks/passthrough_words.h"

#include <ctype.h>

struct writer {
	struct arena *arena;
	struct strings lines;
};

static void add(struct writer *writer, const char *format, ...) PRINTF_FORMAT(2, 3);

static void add(struct writer *writer, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	*ARRAY_ADD(writer->arena, &writer->lines) = arena_vprintf(writer->arena, format, arguments);
	va_end(arguments);
}

/* What the file can hold and give back unchanged: names and words come from the host and may be
 * anything. */
static bool is_writable(const char *text)
{
	for (const char *at = text; *at; at++)
		if (!isprint((unsigned char)*at) || (*at == ';' && (at == text || at[-1] == ' ')))
			return false;
	return *text && *text != ' ' && strlen(text) < EXPECT_LINE_LIMIT - strlen("kernel-arg = ");
}

static void write_truth(struct writer *writer, const char *key, enum truth value, const char *yes,
			const char *no)
{
	if (value == UNKNOWN)
		add(writer, "# %s: not known", key);
	else
		add(writer, "%s = %s", key, value == YES ? yes : no);
}

static void write_host(struct writer *writer, const struct facts *facts)
{
	add(writer, "[host]");
	write_truth(writer, "iommu", facts->iommu.active, "on", "off");
	write_truth(writer, "secure-boot", facts->machine.secure_boot, "on", "off");
	if (facts->cmdline_known != YES)
		add(writer, "# kernel-arg: not known");
	for_each (word, &facts->cmdline) {
		if (!word_is_passthrough(word))
			continue;
		if (is_writable(word->text))
			add(writer, "kernel-arg = %s", word->text);
		else
			add(writer, "# a kernel-arg that this file cannot hold is left out");
	}
}

static void write_driver(struct writer *writer, const struct device *device)
{
	if (device->has_driver == NO)
		add(writer, "driver = none");
	else if (device->has_driver == YES && device->driver && is_writable(device->driver) &&
		 !strchr(device->driver, ' '))
		add(writer, "driver = %s", device->driver);
	else
		add(writer, "# driver: not known");
}

static void write_link(struct writer *writer, const struct device *device)
{
	unsigned speed = link_speed_judged(device);

	/* Virtual functions and what is built into the processor have none. */
	if (speed && device->link_width > 0 && device->link_width <= 32)
		add(writer, "link = %s x%d", link_speed_text(writer->arena, speed),
		    device->link_width);
}

static void write_device(struct writer *writer, const struct facts *facts,
			 const struct device *device)
{
	add(writer, "%s", "");
	add(writer, "[device %s]", device->address);
	if (device->vendor_id >= 0 && device->device_id >= 0)
		add(writer, "id = %04x:%04x", device->vendor_id, device->device_id);
	else
		add(writer, "# id: not known");
	write_driver(writer, device);
	write_truth(writer, "group-isolated",
		    device_is_isolated(facts, writer->arena, device, NULL), "yes", "no");
	write_link(writer, device);
}

const char *expect_write(const struct facts *facts, struct arena *arena)
{
	struct writer writer = {.arena = arena};
	const char *host = facts->machine.hostname;

	add(&writer, "# What %s must be: vfiokit preflight --expect FILE",
	    host && is_writable(host) ? host : "this host");
	add(&writer,
	    "# Every line is checked; take out what may change. To accept a finding until a day:");
	add(&writer, "# waive = CHECK-ID until YYYY-MM-DD because REASON");
	write_host(&writer, facts);
	for_each (target, &facts->targets)
		write_device(&writer, facts, *target);
	for_each (device, &facts->devices)
		if (!facts->targets.count && !device->is_bridge)
			write_device(&writer, facts, device);
	add(&writer, "%s", "");
	return strings_join(arena, &writer.lines, "\n");
}
