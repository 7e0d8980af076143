/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/facts/facts.h"

#include "preflight/facts/class.h"
#include "preflight/facts/input.h"
#include "preflight/facts/screens.h"

#include <errno.h>

/* Drivers that hold a function for somebody else and draw nothing on it. */
static bool is_placeholder_driver(const char *driver)
{
	static const char *const names[] = {"pci-stub", "pciback", "xen-pciback", "uio_pci_generic",
					    "igb_uio"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (streq(driver, names[i]))
			return true;
	return false;
}

static bool host_driver_draws(const struct device *device)
{
	return device->has_driver == YES && !device->vfio_driver &&
	       !is_placeholder_driver(device->driver);
}

static bool has_picture(const struct screen *screen)
{
	return screen->framebuffers.count || screen->output || screen->text_console;
}

static bool is_only_console_function(const struct screens *screens, const struct screen *screen)
{
	if (!device_shows_console(screen->device))
		return false;
	for_each (other, screens)
		if (other != screen && device_shows_console(other->device) &&
		    !other->device->vfio_driver)
			return false;
	return true;
}

/* What the host does with the function says less than a picture, but no tree is complete: its
 * driver has the function that firmware, or the lack of any other, made the console. */
static bool is_likely_console(const struct screens *screens, const struct screen *screen)
{
	return host_driver_draws(screen->device) &&
	       (screen->device->boot_vga == YES || screen->boot_display ||
		is_only_console_function(screens, screen));
}

/* Whether the host still has a console on this one when another function is taken away. Where the
 * classes could not be listed, a host driver is taken for one; usage.known stays unknown then. */
static bool would_stay(const struct screens *screens, const struct screen *screen)
{
	if (screen->device->vfio_driver)
		return false;
	if (has_picture(screen))
		return true;
	if (screens->graphics_listed == YES && screens->drm_listed == YES)
		return false;
	return device_shows_console(screen->device) && host_driver_draws(screen->device);
}

static bool another_stays(const struct screens *screens, const struct screen *screen)
{
	for_each (other, screens)
		if (other != screen && would_stay(screens, other))
			return true;
	return false;
}

/* The name of a console on a serial line or a hypervisor's channel, or NULL. */
static const char *serial_console(struct facts *facts)
{
	for_each (parameter, &facts->cmdline) {
		const char *value = parameter->value;

		if (!streq(parameter->name, "console") || !value)
			continue;
		if (starts_with(value, "hvc") ||
		    (starts_with(value, "tty") && !strchr("0123456789", value[3])))
			return arena_copy(facts->arena, value, strcspn(value, ","));
	}
	return NULL;
}

static const char *describe_only_console(struct facts *facts, const struct screen *screen)
{
	struct arena *arena = facts->arena;
	const char *serial = serial_console(facts);
	struct strings shown = {0};

	if (screen->boot)
		strings_add(arena, &shown, screen->boot->owner);
	if (screen->device->has_driver == YES)
		strings_add(arena, &shown, screen->device->driver);
	for (size_t i = 0; i < screen->framebuffers.count; i++)
		strings_add(arena, &shown, screen->framebuffers.items[i]);
	if (!screen->framebuffers.count && screen->output)
		strings_add(arena, &shown, screen->output);
	if (screen->text_console)
		strings_add(arena, &shown, _("VGA text mode"));
	return arena_printf(arena, _("only console (%s)%s%s"), strings_join(arena, &shown, ", "),
			    serial ? " besides " : "", serial ? serial : "");
}

static const char *describe_screen(struct facts *facts, const struct screen *screen)
{
	const char *driver = screen->device->has_driver == YES ? screen->device->driver : NULL;
	const char *owner = driver ? driver : screen->boot ? screen->boot->owner : _("no driver");

	if (screen->framebuffers.count)
		return arena_printf(facts->arena, _("framebuffer %s (%s)"),
				    strings_join(facts->arena, &screen->framebuffers, ", "), owner);
	if (screen->output)
		return arena_printf(facts->arena, _("output %s (%s)"), screen->output, owner);
	if (screen->text_console)
		return _("VGA text console");
	if (screen->boot)
		return arena_printf(facts->arena, _("boot framebuffer (%s)"), screen->boot->owner);
	return arena_printf(facts->arena, _("boot display (%s)"), owner);
}

/* The place that shows the use best. */
static struct origin origin_of(struct facts *facts, const struct screen *screen)
{
	const struct device *device = screen->device;

	if (screen->framebuffers.count)
		return screen->framebuffer_origin;
	if (screen->boot)
		return screen->boot->origin;
	if (screen->output)
		return screen->output_origin;
	if (screen->text_console)
		return screen->text_console_origin;
	if (screen->boot_display)
		return screen->boot_display_origin;
	if (device->boot_vga == YES)
		return (struct origin){
			.source = arena_printf(facts->arena, "/sys/bus/pci/devices/%s/boot_vga",
					       device->address),
			.text = "1",
		};
	return (struct origin){
		.source = arena_printf(facts->arena, "/sys/bus/pci/devices/%s/driver",
				       device->address),
		.text = device->driver,
	};
}

static void add_display_uses(struct facts *facts, const struct screens *screens)
{
	for_each (screen, screens) {
		bool drawn = has_picture(screen) || screen->boot;
		struct use *use;

		if (screen->device->vfio_driver || (!drawn && !is_likely_console(screens, screen)))
			continue;
		use = device_add_use(facts, screen->device, USE_DISPLAY);
		use->critical = !another_stays(screens, screen);
		use->what = use->critical ? describe_only_console(facts, screen)
					  : describe_screen(facts, screen);
		use->origin = origin_of(facts, screen);
	}
}

/*
 * Whether only the class listings can tell what the host does with the function. Not where a VFIO
 * driver keeps the host off it, and not where it has no driver: then nothing but the firmware's
 * framebuffer can be on it, which /proc/iomem shows.
 */
static bool needs_listing(const struct facts *facts, const struct device *device)
{
	if (device->class_code >= 0 && device->class_code >> 16 != 0x03 &&
	    !device_shows_console(device))
		return false;
	if (device->vfio_driver || device->is_bridge)
		return false;
	return device->has_driver != NO || facts->usage.iomem_readable != YES;
}

static bool any_needs_listing(const struct facts *facts)
{
	for_each (device, &facts->devices)
		if (needs_listing(facts, device))
			return true;
	return !facts->devices.count;
}

/* A framebuffer in no class listing still shows in /proc/iomem, so that may stand in for the one
 * class; outputs show nowhere else. */
static void judge_knowledge(struct facts *facts, const struct screens *screens)
{
	struct usage_facts *usage = &facts->usage;
	const char *missing = screens->drm_listed != YES ? "/sys/class/drm" : "/sys/class/graphics";

	if ((screens->drm_listed == YES &&
	     (screens->graphics_listed == YES || usage->iomem_readable == YES)) ||
	    !any_needs_listing(facts)) {
		usage->known[USE_DISPLAY] = YES;
		return;
	}
	usage->why_unknown[USE_DISPLAY] =
		(struct unread){.path = missing, .error = facts_unread_error(facts, missing)};
}

void facts_collect_display(struct facts *facts, const struct host *host)
{
	struct screens screens;

	screens_collect(facts, host, &screens);
	add_display_uses(facts, &screens);
	judge_knowledge(facts, &screens);
	facts_collect_input(facts, host);
}
