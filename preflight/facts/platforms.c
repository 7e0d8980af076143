/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Virtualization platforms on this host, and what their files say of PCI devices. */
#include "preflight/facts/facts.h"

#include <errno.h>

enum { FILE_LIMIT = 1024 * 1024, MACHINES_LIMIT = 4096 };

static void recognise(struct facts *facts, const struct host *host)
{
	static const struct {
		enum platform platform;
		const char *path;
	} marks[] = {
		{PLATFORM_PROXMOX, "/etc/pve/qemu-server"},
		{PLATFORM_PROXMOX, "/usr/bin/pveversion"},
		{PLATFORM_CLOUDPODS, CLOUDPODS_HOST_FILE},
		{PLATFORM_ABLESTACK, "/etc/cloudstack/agent/agent.properties"},
		{PLATFORM_NOVA, "/etc/nova/nova.conf"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(marks); i++)
		if (!facts->platforms.found[marks[i].platform] &&
		    host_exists(host, marks[i].path + 1) == 0)
			facts->platforms.found[marks[i].platform] = marks[i].path;
}

/* Whether the file was read; what is there and cannot be read is noted. */
static enum truth read_file(struct facts *facts, const struct host *host, const char *path,
			    struct bytes *ret_bytes)
{
	int r = host_read(host, facts->arena, path + 1, FILE_LIMIT, ret_bytes);

	if (r == -ENOENT || r == -ENOTDIR)
		return NO;
	if (r < 0)
		facts_add_unread(facts, path + 1, r);
	return r < 0 ? UNKNOWN : YES;
}

static void read_mappings(struct facts *facts, const struct host *host)
{
	struct bytes bytes;

	facts->platforms.mappings_known = read_file(facts, host, PVE_MAPPING_FILE, &bytes);
	if (facts->platforms.mappings_known == YES)
		pve_mappings_parse(facts->arena, bytes.data, bytes.length,
				   &facts->platforms.mappings);
}

/* "100" of "100.conf"; NULL for other files. */
static const char *machine_of(struct arena *arena, const char *name)
{
	static const char suffix[] = ".conf";
	size_t digits = strspn(name, "0123456789");

	return digits && streq(name + digits, suffix) ? arena_copy(arena, name, digits) : NULL;
}

static void read_machines(struct facts *facts, const struct host *host)
{
	struct platform_facts *platforms = &facts->platforms;
	struct strings names = {0};
	int r = host_list(host, facts->arena, PVE_MACHINE_FOLDER + 1, &names);

	platforms->hostpcis_known = r == 0 ? YES : r == -ENOENT || r == -ENOTDIR ? NO : UNKNOWN;
	if (platforms->hostpcis_known == UNKNOWN)
		facts_add_unread(facts, PVE_MACHINE_FOLDER + 1, r);
	for (size_t i = 0; i < names.count && i < MACHINES_LIMIT; i++) {
		const char *vm = machine_of(facts->arena, names.items[i]);
		struct bytes bytes;

		if (!vm)
			continue;
		switch (read_file(
			facts, host,
			arena_printf(facts->arena, PVE_MACHINE_FOLDER "/%s", names.items[i]),
			&bytes)) {
		case YES:
			pve_machine_parse(facts->arena, vm, bytes.data, bytes.length,
					  &platforms->hostpcis);
			break;
		case UNKNOWN:
			platforms->hostpcis_known = UNKNOWN;
			break;
		default:
			break;
		}
	}
}

void facts_collect_platforms(struct facts *facts, const struct host *host)
{
	struct bytes bytes;

	recognise(facts, host);
	if (facts->platforms.found[PLATFORM_PROXMOX]) {
		read_mappings(facts, host);
		read_machines(facts, host);
	}
	facts->platforms.cloudpods_known = read_file(facts, host, CLOUDPODS_HOST_FILE, &bytes);
	if (facts->platforms.cloudpods_known == YES)
		plain_settings_parse(facts->arena, bytes.data, bytes.length,
				     &facts->platforms.cloudpods);
}
