/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/facts/screens.h"

#include "preflight/facts/class.h"
#include "preflight/lines.h"
#include "preflight/parse/iomem.h"

#include <errno.h>

enum {
	IOMEM_LIMIT = 4 * 1024 * 1024, /* a thousand functions print about 300 KiB */
	BOOT_FRAMEBUFFER_LIMIT = 16,   /* real hosts have one or two ranges, one inside the other */
};

bool device_shows_console(const struct device *device)
{
	int class = device->class_code >= 0 ? device->class_code >> 8 : -1;

	return !device->physfn &&
	       (class == 0x0300 || class == 0x0301 || class == 0x0380 || class == 0x0001);
}

static struct screen *screen_of(struct facts *facts, struct screens *screens, struct device *device)
{
	struct screen *screen;

	for_each (known, screens)
		if (known->device == device)
			return known;
	screen = ARRAY_ADD(facts->arena, screens);
	screen->device = device;
	return screen;
}

/* -- the firmware's framebuffer ---------------------------------------------------------------- */

static bool bar_holds(const struct bar *bar, uint64_t start, uint64_t end)
{
	return bar->present && bar->assigned && !bar->io && bar->size && bar->address <= start &&
	       end - bar->address <= bar->size - 1;
}

/* The list of memory names the function whose BAR encloses the range; a BAR that the kernel has moved away from under a
 * framebuffer is found only in the function's own list. */
static struct device *device_with_bar(struct facts *facts, const struct host *host,
				      const struct iomem *iomem, const struct iomem_range *range)
{
	const struct iomem_range *enclosing = iomem_enclosing_bar(iomem, range->start, range->end);
	struct device *named = enclosing ? facts_find_device(facts, enclosing->name) : NULL;

	if (named)
		return named;
	facts_collect_bars(facts, host);
	for_each (device, &facts->devices)
		for (size_t i = 0; i < BAR_COUNT; i++)
			if (bar_holds(&device->bars[i], range->start, range->end))
				return device;
	return NULL;
}

static void collect_boot_ranges(struct facts *facts, const struct host *host,
				const struct iomem *iomem)
{
	struct boot_framebuffers *framebuffers = &facts->usage.boot_framebuffers;

	for_each (range, iomem) {
		if (!iomem_is_boot_framebuffer(range->name))
			continue;
		if (framebuffers->count == BOOT_FRAMEBUFFER_LIMIT)
			break;
		*ARRAY_ADD(facts->arena, framebuffers) = (struct boot_framebuffer){
			.start = range->start,
			.end = range->end,
			.owner = range->name,
			.device = device_with_bar(facts, host, iomem, range),
			.origin = {"/proc/iomem", range->line, range->text},
		};
	}
}

static void read_iomem(struct facts *facts, const struct host *host)
{
	struct bytes bytes;
	struct iomem iomem;
	int r = host_read(host, facts->arena, "proc/iomem", IOMEM_LIMIT, &bytes);

	if (r < 0) {
		facts_add_unread(facts, "proc/iomem", r);
		return;
	}
	iomem_parse(facts->arena, bytes.data, bytes.length, &iomem);
	facts->usage.iomem_readable = iomem.addresses;
	if (iomem.addresses == YES)
		collect_boot_ranges(facts, host, &iomem);
	else
		facts_add_unread(facts, "proc/iomem", iomem.addresses == NO ? -EPERM : -ENODATA);
}

static bool boot_range_unplaced(const struct facts *facts)
{
	for_each (framebuffer, &facts->usage.boot_framebuffers)
		if (!framebuffer->device)
			return true;
	return false;
}

static void place_boot_framebuffers(struct facts *facts)
{
	bool unplaced = boot_range_unplaced(facts);

	if (facts->usage.iomem_readable != YES)
		return;
	for_each (device, &facts->devices)
		device->boot_framebuffer =
			unplaced && device->bars_known != YES && device_shows_console(device)
				? UNKNOWN
				: NO;
	for_each (framebuffer, &facts->usage.boot_framebuffers)
		if (framebuffer->device)
			framebuffer->device->boot_framebuffer = YES;
}

static struct device *only_boot_vga(const struct facts *facts)
{
	struct device *found = NULL;

	for_each (device, &facts->devices) {
		if (device->boot_vga != YES)
			continue;
		if (found)
			return NULL;
		found = device;
	}
	return found;
}

/*
 * The function behind a platform framebuffer ("efi-framebuffer.0"). Where /proc/iomem does not
 * tell, it is the boot VGA device: the arbiter chooses the owner of the firmware's framebuffer
 * before any other (drivers/pci/vgaarb.c vga_is_boot_device()).
 */
static struct device *platform_framebuffer_device(const struct facts *facts)
{
	for_each (framebuffer, &facts->usage.boot_framebuffers)
		if (framebuffer->device)
			return framebuffer->device;
	return only_boot_vga(facts);
}

/* -- framebuffers and outputs --------------------------------------------------------------------
 */

/* The function of a class entry, also of one that hangs from the platform device which the kernel
 * makes for the firmware's framebuffer (below the PCI function since Linux 6.9). */
static struct device *drawn_on(struct facts *facts, const struct host *host, const char *class,
			       const char *name, struct origin *ret_origin)
{
	const char *target;
	struct device *device = class_device(facts, host, class, name, &target);
	bool firmware = target && strstr(target, "-framebuffer.");

	if (firmware && device)
		device->boot_framebuffer = YES;
	if (firmware && !device)
		device = platform_framebuffer_device(facts);
	*ret_origin = (struct origin){
		.source = arena_printf(facts->arena, "/sys/class/%s/%s", class, name),
		.text = target,
	};
	return device;
}

/* "fb0" and "card0", not "fbcon" and not "card0-DP-1". */
static bool is_numbered(const char *name, const char *prefix)
{
	size_t length = strlen(prefix);

	return strncmp(name, prefix, length) == 0 && name[length] &&
	       strspn(name + length, "0123456789") == strlen(name + length);
}

static void collect_framebuffer(struct facts *facts, const struct host *host, const char *name,
				struct screens *screens)
{
	struct framebuffer framebuffer = {.name = name};
	struct origin origin;
	struct screen *screen;

	framebuffer.device = drawn_on(facts, host, "graphics", name, &origin);
	(void)host_read_line(host, facts->arena,
			     arena_printf(facts->arena, "sys/class/graphics/%s/name", name),
			     &framebuffer.driver);
	*ARRAY_ADD(facts->arena, &facts->usage.framebuffers) = framebuffer;
	if (!framebuffer.device)
		return;
	screen = screen_of(facts, screens, framebuffer.device);
	if (!screen->framebuffers.count)
		screen->framebuffer_origin = origin;
	strings_add(facts->arena, &screen->framebuffers, name);
}

static void collect_card(struct facts *facts, const struct host *host, const char *name,
			 struct screens *screens)
{
	const char *path = arena_printf(facts->arena, "sys/class/drm/%s/boot_display", name);
	struct device *device;
	struct origin origin;
	struct screen *screen;
	const char *line;

	if (host_read_line(host, facts->arena, path, &line) < 0 || !streq(line, "1"))
		return;
	device = drawn_on(facts, host, "drm", name, &origin);
	if (!device)
		return;
	screen = screen_of(facts, screens, device);
	screen->boot_display = true;
	screen->boot_display_origin =
		(struct origin){.source = arena_printf(facts->arena, "/%s", path), .text = line};
}

static void collect_connector(struct facts *facts, const struct host *host, const char *name,
			      struct screens *screens)
{
	const char *path = arena_printf(facts->arena, "sys/class/drm/%s/status", name);
	struct device *device;
	struct origin origin;
	struct screen *screen;
	const char *status;

	if (host_read_line(host, facts->arena, path, &status) < 0 || !streq(status, "connected"))
		return;
	device = drawn_on(facts, host, "drm", name, &origin);
	if (!device)
		return;
	screen = screen_of(facts, screens, device);
	if (screen->output)
		return;
	screen->output =
		printable_copy(facts->arena, strchr(name, '-') + 1, strlen(strchr(name, '-') + 1));
	screen->output_origin =
		(struct origin){.source = arena_printf(facts->arena, "/%s", path), .text = status};
}

static void collect_graphics(struct facts *facts, const struct host *host, struct screens *screens)
{
	struct strings names = {0};

	screens->graphics_listed = class_list(facts, host, "graphics", &names);
	for (size_t i = 0; i < names.count; i++)
		if (is_numbered(names.items[i], "fb"))
			collect_framebuffer(facts, host, names.items[i], screens);
}

/* The class directory comes with the module: a tree that holds sys/module without drm tells that
 * there is none. */
static bool drm_not_loaded(const struct host *host)
{
	return host_exists(host, "sys/class/drm") == -ENOENT &&
	       host_exists(host, "sys/module") == 0 &&
	       host_exists(host, "sys/module/drm") == -ENOENT;
}

static void collect_drm(struct facts *facts, const struct host *host, struct screens *screens)
{
	struct strings names = {0};

	screens->drm_listed = drm_not_loaded(host) ? YES : class_list(facts, host, "drm", &names);
	for (size_t i = 0; i < names.count; i++) {
		const char *name = names.items[i];

		if (is_numbered(name, "card"))
			collect_card(facts, host, name, screens);
		else if (starts_with(name, "card") && strchr(name, '-'))
			collect_connector(facts, host, name, screens);
	}
}

/* -- the VGA text console
 * -------------------------------------------------------------------------- */

/* vgacon writes to the legacy VGA window without any driver on the function that owns it. */
static void collect_text_console(struct facts *facts, const struct host *host,
				 struct screens *screens)
{
	struct device *device = only_boot_vga(facts);
	struct strings names;

	if (!device || host_list(host, facts->arena, "sys/class/vtconsole", &names) < 0)
		return;
	for (size_t i = 0; i < names.count; i++) {
		const char *path =
			arena_printf(facts->arena, "sys/class/vtconsole/%s", names.items[i]);
		const char *name, *bind;
		struct screen *screen;

		if (host_read_line(host, facts->arena, arena_printf(facts->arena, "%s/name", path),
				   &name) < 0 ||
		    host_read_line(host, facts->arena, arena_printf(facts->arena, "%s/bind", path),
				   &bind) < 0 ||
		    !strstr(name, "VGA+") || !streq(bind, "1"))
			continue;
		screen = screen_of(facts, screens, device);
		screen->text_console = true;
		screen->text_console_origin = (struct origin){
			.source = arena_printf(facts->arena, "/%s/name", path), .text = name};
	}
}

void screens_collect(struct facts *facts, const struct host *host, struct screens *ret_screens)
{
	struct screens screens = {0};

	for_each (device, &facts->devices)
		if (device_shows_console(device))
			screen_of(facts, &screens, device);
	read_iomem(facts, host);
	place_boot_framebuffers(facts);
	collect_graphics(facts, host, &screens);
	collect_drm(facts, host, &screens);
	collect_text_console(facts, host, &screens);
	for_each (framebuffer, &facts->usage.boot_framebuffers)
		if (framebuffer->device)
			screen_of(facts, &screens, framebuffer->device)->boot = framebuffer;
	*ret_screens = screens;
}
