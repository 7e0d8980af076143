/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/facts/input.h"

#include "preflight/facts/class.h"
#include "preflight/parse/input.h"

#include <errno.h>

enum {
	INPUT_FILE_LIMIT = 1024 * 1024,
	INPUT_USES_LIMIT = 64, /* on one function */
};

static const char input_path[] = "proc/bus/input/devices";

/* The radio that a Bluetooth device which user space drives comes through: its own path is virtual.
 * Known only where the host has no other. */
static struct device *only_bluetooth_adapter(struct facts *facts, const struct host *host)
{
	struct strings names = {0};
	const char *adapter = NULL;

	if (host_list(host, facts->arena, "sys/class/bluetooth", &names) < 0)
		return NULL;
	for (size_t i = 0; i < names.count; i++) {
		if (!starts_with(names.items[i], "hci") || strchr(names.items[i], ':'))
			continue;
		if (adapter)
			return NULL;
		adapter = names.items[i];
	}
	return adapter ? class_device(facts, host, "bluetooth", adapter, NULL) : NULL;
}

static struct device *carrier_of(const struct facts *facts, const struct input_device *input,
				 struct device *bluetooth)
{
	if (input->bus == INPUT_BUS_BLUETOOTH && starts_with(input->sysfs, "/devices/virtual/"))
		return bluetooth;
	return facts_device_of_path(facts, input->sysfs);
}

/* Whether a person at the machine types on it. */
static bool counts_as_keyboard(const struct input_device *input)
{
	return input_is_keyboard(input) && !input_is_remote(input) && !input_is_token(input) &&
	       !input_is_virtual(input);
}

/* The one function that carries all keyboards, or NULL where there is none or another stays. A
 * Bluetooth keyboard through an unknown radio is no promise that one stays. */
static struct device *only_keyboard_carrier(const struct facts *facts,
					    const struct input_devices *inputs,
					    struct device *bluetooth)
{
	struct device *carrier = NULL;

	for_each (input, inputs) {
		struct device *device;

		if (!counts_as_keyboard(input))
			continue;
		device = carrier_of(facts, input, bluetooth);
		if (!device && input->bus == INPUT_BUS_BLUETOOTH)
			continue;
		if (!device || (carrier && carrier != device))
			return NULL;
		carrier = device;
	}
	return carrier;
}

static const char *describe(struct facts *facts, const struct input_device *input, bool critical)
{
	const char *bus = input->bus == INPUT_BUS_USB         ? "USB "
			  : input->bus == INPUT_BUS_BLUETOOTH ? "Bluetooth "
							      : "";
	const char *kind = input_is_keyboard(input) ? "keyboard" : "mouse";

	if (input_is_remote(input))
		return arena_printf(facts->arena, _("BMC virtual %s %s"), kind, input->name);
	return arena_printf(facts->arena, "%s%s%s %s", critical ? _("only keyboard: ") : "", bus,
			    kind, input->name);
}

/* A keyboard with several interfaces shows up once for each; people have one keyboard. */
static bool already_there(const struct device *device, const char *what)
{
	size_t count = 0;

	for_each (use, &device->uses) {
		if (use->kind != USE_INPUT)
			continue;
		if (streq(use->what, what) || ++count == INPUT_USES_LIMIT)
			return true;
	}
	return false;
}

static void add_input_use(struct facts *facts, struct device *device,
			  const struct input_device *input, bool critical)
{
	const char *what = describe(facts, input, critical);
	struct use *use;

	if (already_there(device, what))
		return;
	use = device_add_use(facts, device, USE_INPUT);
	use->critical = critical;
	use->what = what;
	use->origin = (struct origin){"/proc/bus/input/devices", input->line, input->text};
}

static void add_input_uses(struct facts *facts, const struct host *host,
			   const struct input_devices *inputs)
{
	struct device *bluetooth = only_bluetooth_adapter(facts, host);
	struct device *only = only_keyboard_carrier(facts, inputs, bluetooth);

	for_each (input, inputs) {
		struct device *device = carrier_of(facts, input, bluetooth);

		if (device && (input_is_keyboard(input) || input->mouse_handler))
			add_input_use(facts, device, input,
				      device == only && counts_as_keyboard(input));
	}
}

void facts_collect_input(struct facts *facts, const struct host *host)
{
	struct input_devices inputs;
	struct bytes bytes;
	int r = host_read(host, facts->arena, input_path, INPUT_FILE_LIMIT, &bytes);

	/* A running kernel without the file has no input devices at all. */
	if (r == -ENOENT && host_tells_absence(host, input_path) &&
	    host_exists(host, "proc/bus") == 0) {
		facts->usage.known[USE_INPUT] = YES;
		return;
	}
	if (r < 0) {
		facts_add_unread(facts, input_path, r);
		facts->usage.why_unknown[USE_INPUT] =
			(struct unread){.path = "/proc/bus/input/devices", .error = r};
		return;
	}
	input_parse(facts->arena, bytes.data, bytes.length, &inputs);
	add_input_uses(facts, host, &inputs);
	facts->usage.known[USE_INPUT] = YES;
}
