/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "names.h"

#include <pci/pci.h>
#include <setjmp.h>

/*
 * udev's database is made from the same list as pci.ids and is an index: a name costs a few steps in it. pci.ids has to
 * be read whole, which takes as long as reading a hundred functions: it is for what udev does not know, or where there is
 * no udev. libpci asks both, but the list first, so the first access has an empty list. Each is NULL where libpci
 * could not be set up.
 */
struct names {
	struct pci_access *udev, *list;
};

/* libpci's error callback must not return (lib/init.c); an unreadable pci.ids must not end us. */
static jmp_buf *volatile active_jump;

/* NOLINTNEXTLINE(readability-non-const-parameter): as libpci declares it */
static __attribute__((noreturn)) void on_error(char *message, ...)
{
	(void)message;
	if (active_jump)
		longjmp(*active_jump, 1);
	abort();
}

/* NOLINTNEXTLINE(readability-non-const-parameter): as libpci declares it */
static void on_message(char *message, ...)
{
	(void)message;
}

static struct pci_access *access_new(const char *list)
{
	struct pci_access *access = pci_alloc();
	char *copy;

	if (!access)
		return NULL;
	copy = list ? strdup(list) : NULL;
	if (copy)
		pci_set_name_list_path(access, copy, 1);
	access->error = on_error;
	access->warning = on_message;
	access->debug = on_message;
	return access;
}

/* pci_cleanup() wants an initialized method; names alone need none, and free as one does. */
static void access_free(struct pci_access *access)
{
	if (!access)
		return;
	pci_free_name_list(access);
	pci_cleanup(access);
}

struct names *names_new(void)
{
	struct names *names = calloc(1, sizeof(*names));
	/* Tests bring names of their own, so that they do not depend on the machine's. */
	const char *own = secure_getenv("VFIOKIT_PCI_IDS");

	if (!names)
		return NULL;
	names->list = access_new(own);
	if (!own)
		names->udev = access_new("/dev/null");
	return names;
}

void names_free(struct names *names)
{
	if (!names)
		return;
	access_free(names->udev);
	access_free(names->list);
	free(names);
}

/* One look-up; false where there is no such entry. */
static bool look_up_in(struct pci_access **access, char *buffer, size_t size, int flags, int first,
		       int second)
{
	jmp_buf jump;
	const char *found;

	if (!*access)
		return false;
	if (setjmp(jump)) {
		active_jump = NULL;
		*access = NULL; /* its state is not to be trusted any more */
		return false;
	}
	active_jump = &jump;
	found = pci_lookup_name(*access, buffer, (int)size, flags | PCI_LOOKUP_NO_NUMBERS, first,
				second);
	active_jump = NULL;
	return found && *found;
}

static bool look_up(struct names *names, char *buffer, size_t size, int flags, int first,
		    int second)
{
	if (!names)
		return false;
	return look_up_in(&names->udev, buffer, size, flags, first, second) ||
	       look_up_in(&names->list, buffer, size, flags | PCI_LOOKUP_NO_HWDB, first, second);
}

const char *names_device(struct names *names, struct arena *arena, int vendor, int device)
{
	char vendor_name[256], device_name[256];
	bool has_vendor, has_device;

	if (vendor < 0)
		return NULL;
	has_vendor = look_up(names, vendor_name, sizeof(vendor_name), PCI_LOOKUP_VENDOR, vendor, 0);
	has_device = device >= 0 && look_up(names, device_name, sizeof(device_name),
					    PCI_LOOKUP_DEVICE, vendor, device);
	if (has_vendor && has_device)
		return arena_printf(arena, "%s %s", vendor_name, device_name);
	return has_vendor ? arena_strdup(arena, vendor_name) : NULL;
}

const char *names_product(struct names *names, struct arena *arena, int vendor, int device)
{
	char name[256];

	if (vendor < 0 || device < 0 ||
	    !look_up(names, name, sizeof(name), PCI_LOOKUP_DEVICE, vendor, device))
		return NULL;
	return arena_strdup(arena, name);
}

const char *names_class(struct names *names, struct arena *arena, int class_code)
{
	char name[256];

	if (class_code < 0 ||
	    !look_up(names, name, sizeof(name), PCI_LOOKUP_CLASS, class_code >> 8, 0))
		return NULL;
	return arena_strdup(arena, name);
}
