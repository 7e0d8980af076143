/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A small JSON document of schema vfiokit/1 for tests, and changes to it. */
#ifndef VFIOKIT_TESTS_DOCUMENT_MADE_H
#define VFIOKIT_TESTS_DOCUMENT_MADE_H

#include "json_made.h"

/* A GPU asked for, held by nouveau, behind a root port whose group it shares with a disk. */
#define DOCUMENT_MADE_DEVICE(address, group, driver, state, parent, target)                        \
	"{\"address\":\"" address                                                                  \
	"\",\"vendor_id\":\"10de\",\"device_id\":\"2484\",\"subsystem_vendor_id\":null,"           \
	"\"subsystem_device_id\":null,\"class\":\"030000\",\"name\":\"Card\",\"class_name\":null," \
	"\"revision\":null,"                                                                       \
	"\"group\":" group ",\"predicted_group\":1,\"predicted_because\":[],\"driver\":" driver    \
	","                                                                                        \
	"\"next_driver\":null,\"modules\":null,\"state\":\"" state                                 \
	"\",\"assigned_to\":null,\"numa_node\":null,"                                              \
	"\"parent\":" parent                                                                       \
	",\"port_type\":null,\"acs\":null,\"reset_methods\":null,\"bars\":null,"                   \
	"\"boot_display\":null,\"sriov\":null,\"uses\":[],\"target\":" target                      \
	",\"verdict\":\"not-ready\"}"

#define DOCUMENT_MADE_CHECK(id, result, severity, subject, title, evidence, remedy)                \
	"{\"id\":\"" id "\",\"result\":\"" result "\",\"severity\":\"" severity                    \
	"\",\"scope\":\"device\",\"subject\":" subject ",\"title\":\"" title                       \
	"\",\"evidence\":[" evidence "],\"cause\":null,\"cured_by_reboot\":false,"                 \
	"\"remedy\":[" remedy "],\"references\":[]}"

#define DOCUMENT_MADE(verdict, devices, checks)                                                    \
	"{\"schema\":\"vfiokit/"                                                                   \
	"1\",\"tool\":{\"name\":\"vfiokit\",\"version\":\"0.1.0\"},\"host\":{\"hostname\":"        \
	"\"lab\","                                                                                 \
	"\"kernel\":\"6.1\",\"next_kernel\":null,\"architecture\":null,\"distro\":{\"id\":null,"   \
	"\"version\":null,"                                                                        \
	"\"name\":null},\"platform\":null,\"cpu_vendor\":null,\"firmware\":null,\"secure_boot\":"  \
	"null,"                                                                                    \
	"\"lockdown\":null,\"virtualization\":null,\"bootloader\":null,\"initramfs\":null,"        \
	"\"cmdline\":null,"                                                                        \
	"\"next_cmdline\":null},\"iommu\":{\"kind\":null,\"active\":null,\"firmware_table\":null," \
	"\"interrupt_remapping\":null,\"default_domain\":null,\"units\":[]},\"groups\":[],"        \
	"\"devices\":[" devices "],\"checks\":[" checks "],\"verdict\":\"" verdict "\"}"

/* Puts the JSON text at a JSON pointer; NULL takes the key away. */
static inline void document_change(json_object *document, const char *pointer, const char *value)
{
	const char *slash = strrchr(pointer, '/');
	char parent[128];

	if (value) {
		assert_int_equal(json_pointer_set(&document, pointer, json_made(value)), 0);
		return;
	}
	(void)snprintf(parent, sizeof(parent), "%.*s", (int)(slash - pointer), pointer);
	json_object_object_del(json_at(document, parent), slash + 1);
}

#endif
