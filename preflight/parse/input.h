/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * /proc/bus/input/devices: the input devices of a host, blocks of lines "I: Bus=…", "N: Name=…",
 * "P: Phys=…", "S: Sysfs=…", "H: Handlers=…", "B: KEY=…" with an empty line between two of them
 * (drivers/input/input.c input_devices_seq_show()).
 */
#ifndef VFIOKIT_PARSE_INPUT_H
#define VFIOKIT_PARSE_INPUT_H

#include "preflight/arena.h"

enum { INPUT_BUS_USB = 0x03, INPUT_BUS_BLUETOOTH = 0x05 }; /* include/uapi/linux/input.h */

struct input_device {
	unsigned bus, vendor, product; /* 0 where the block does not tell */
	const char *name;              /* printable, without the quotes; "" where there is none */
	const char *sysfs;     /* "/devices/pci0000:00/…/input/input5"; "" where there is none */
	bool keyboard_handler; /* the kernel's console keyboard driver takes it ("kbd") */
	bool mouse_handler;    /* "mouse0", … */
	bool letters;          /* the KEY bitmap holds the keys A to Z */
	unsigned line;         /* of the N: line, 1… */
	const char *text;      /* that line */
};

struct input_devices {
	struct input_device *items;
	size_t count, capacity;
};

/* Parses length bytes. Never fails: what a block does not tell stays empty. */
void input_parse(struct arena *arena, const char *text, size_t length,
		 struct input_devices *ret_devices);

/* Whether somebody can type on it: a console keyboard with letters. Power buttons, hot keys and
 * headset buttons have the handler too, but no letters. */
bool input_is_keyboard(const struct input_device *device);

/* Whether it is the keyboard or mouse that a management controller (BMC) offers over USB. */
bool input_is_remote(const struct input_device *device);

/* Whether it types by itself (security keys): no keyboard for a person. */
bool input_is_token(const struct input_device *device);

/* Whether no hardware is behind it (uinput). Bluetooth devices that user space drives (uhid) are
 * hardware all the same. */
bool input_is_virtual(const struct input_device *device);

#endif
