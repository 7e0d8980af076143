/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "names.h"

#include <pci/pci.h>
#include <setjmp.h>

struct names {
	struct pci_access *access; /* NULL: libpci could not be set up */
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

struct names *names_new(void)
{
	struct names *names = calloc(1, sizeof(*names));

	if (!names)
		return NULL;
	names->access = pci_alloc();
	if (names->access) {
		/* Tests bring names of their own, so that they do not depend on the machine's. */
		const char *path = secure_getenv("VFIOKIT_PCI_IDS");
		char *copy = path ? strdup(path) : NULL;

		if (copy)
			pci_set_name_list_path(names->access, copy, 1);
		names->access->error = on_error;
		names->access->warning = on_message;
		names->access->debug = on_message;
	}
	return names;
}

void names_free(struct names *names)
{
	if (!names)
		return;
	/* pci_cleanup() wants an initialized method; names alone need none, and free as one does. */
	if (names->access) {
		pci_free_name_list(names->access);
		pci_cleanup(names->access);
	}
	free(names);
}

/* One look-up; false where pci.ids has no such entry. */
static bool look_up(struct names *names, char *buffer, size_t size, int flags, int first,
		    int second)
{
	jmp_buf jump;
	const char *found;

	if (!names || !names->access)
		return false;
	if (setjmp(jump)) {
		active_jump = NULL;
		names->access = NULL; /* its state is not to be trusted any more */
		return false;
	}
	active_jump = &jump;
	found = pci_lookup_name(names->access, buffer, (int)size,
				flags | PCI_LOOKUP_NO_NUMBERS | PCI_LOOKUP_NO_HWDB, first, second);
	active_jump = NULL;
	return found && *found;
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
