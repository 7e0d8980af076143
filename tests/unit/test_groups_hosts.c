/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The model against kernels: every archive of a folder of captured hosts (../shared/hosts, or
 * VFIOKIT_HOSTS) is read in memory, and the predicted partition must be the one that the kernel
 * made. Without the folder the tests are skipped.
 */
#include "groups_made.h"
#include "preflight/parse/ivrs.h"

#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

enum { MAXIMUM_FUNCTIONS = 4096, TRUTH_NONE = -1 };

/* A captured host: its functions, and the group that the kernel put each one in. */
struct captured {
	struct machine machine;
	const char *addresses[MAXIMUM_FUNCTIONS];
	const char *parents[MAXIMUM_FUNCTIONS];
	const char *physical[MAXIMUM_FUNCTIONS];
	int truth[MAXIMUM_FUNCTIONS];
	struct ivrs ivrs;
	struct {
		struct requester_alias *items;
		size_t count, capacity;
	} aliases;
};

static const char *hosts_folder(void)
{
	const char *folder = getenv("VFIOKIT_HOSTS");

	return folder ? folder : "../shared/hosts";
}

/* -- reading an archive ----------------------------------------------------------------------- */

static const char *entry_bytes(struct arena *arena, struct archive *archive,
			       struct archive_entry *entry, size_t *ret_length)
{
	size_t size = (size_t)archive_entry_size(entry);
	char *bytes = arena_alloc(arena, size + 1);

	assert_true(size < 1u << 20);
	*ret_length = size;
	if (size)
		assert_int_equal(archive_read_data(archive, bytes, size), (int)size);
	return bytes;
}

/* The function at address, added where it is new. */
static int function_at(struct captured *host, const char *address)
{
	struct group_inputs *inputs = &host->machine.inputs;

	for (size_t i = 0; i < inputs->count; i++)
		if (streq(host->addresses[i], address))
			return (int)i;
	assert_true(inputs->count < MAXIMUM_FUNCTIONS);
	host->addresses[inputs->count] = arena_strdup(host->machine.arena, address);
	host->truth[inputs->count] = TRUTH_NONE;
	return machine_add(&host->machine, address, PORT_UNKNOWN, GROUP_NONE, ACS_NOT_READABLE);
}

static void config_apply(struct group_input *input, const char *bytes, size_t length)
{
	struct config_space config;

	config_parse(bytes, length, &config);
	input->multifunction = truth_of(config.multifunction);
	input->port_type = config.port_type;
	/* These captures were made as root: what shows 256 bytes has no more. */
	input->acs = config.acs == UNKNOWN && config.size == 256 ? NO : config.acs;
	input->acs_capability = config.acs_capability;
	input->acs_control = config.acs_control;
	input->acs_wide_known = config.acs_wide_known;
	input->acs_wide_capability = config.acs_wide_capability;
	input->acs_wide_control = config.acs_wide_control;
	input->secondary_bus = config.secondary_bus;
}

static const char *last_part(const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;

	return slash ? slash + 1 : path;
}

static void attribute_read(struct captured *host, struct archive *archive,
			   struct archive_entry *entry, int index, const char *name)
{
	static const char *const names[] = {"vendor", "device", "class", "subsystem_vendor",
					    "subsystem_device"};
	struct group_input *input = machine_input(&host->machine, index);
	int *const values[] = {&input->vendor_id, &input->device_id, &input->class_code,
			       &input->subsystem_vendor_id, &input->subsystem_device_id};
	size_t length;

	if (streq(name, "iommu_group"))
		host->truth[index] = (int)strtol(last_part(archive_entry_symlink(entry)), NULL, 10);
	if (streq(name, "physfn"))
		host->physical[index] =
			arena_strdup(host->machine.arena, last_part(archive_entry_symlink(entry)));
	if (streq(name, "config")) {
		const char *bytes = entry_bytes(host->machine.arena, archive, entry, &length);

		config_apply(input, bytes, length);
	}
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (streq(name, names[i]))
			*values[i] = (int)strtol(
				entry_bytes(host->machine.arena, archive, entry, &length), NULL,
				16);
}

/* "sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0/config" */
static void function_read(struct captured *host, struct archive *archive,
			  struct archive_entry *entry, const char *path)
{
	char *copy = arena_strdup(host->machine.arena, path), *name, *address, *parent;
	struct address place;
	int index;

	name = strrchr(copy, '/');
	*name++ = '\0';
	address = strrchr(copy, '/');
	if (!address)
		return;
	*address++ = '\0';
	if (address_parse(address, strlen(address), &place) < 0 || !place.full)
		return;
	index = function_at(host, address);
	parent = strrchr(copy, '/') + 1;
	if (address_parse(parent, strlen(parent), &place) == 0)
		host->parents[index] = parent;
	attribute_read(host, archive, entry, index, name);
}

static void ivrs_read(struct captured *host, const char *bytes, size_t length)
{
	ivrs_parse(host->machine.arena, bytes, length, &host->ivrs);
	for_each (alias, &host->ivrs.aliases)
		for (unsigned id = alias->first; id <= alias->last; id++)
			*ARRAY_ADD(host->machine.arena, &host->aliases) = (struct requester_alias){
				alias->segment, (uint16_t)id, alias->alias};
}

static void file_read(struct captured *host, struct archive *archive, struct archive_entry *entry)
{
	const char *path = archive_entry_pathname(entry);
	size_t length;

	path += starts_with(path, "./") ? 2 : 0;
	if (streq(path, "sys/firmware/acpi/tables/IVRS")) {
		const char *bytes = entry_bytes(host->machine.arena, archive, entry, &length);

		ivrs_read(host, bytes, length);
		host->machine.parameters.kind = IOMMU_AMD;
		host->machine.parameters.ivrs_present = YES;
	} else if (streq(path, "proc/sys/kernel/osrelease")) {
		host->machine.parameters.kernel = kernel_version_parse(
			entry_bytes(host->machine.arena, archive, entry, &length));
	} else if (starts_with(path, "sys/devices/") && strstr(path, "/pci")) {
		/* Host bridges of Arm machines are platform devices. */
		if (starts_with(path, "sys/devices/platform/"))
			host->machine.parameters.kind = IOMMU_SMMU;
		function_read(host, archive, entry, path);
	}
}

static void links_resolve(struct captured *host)
{
	for (size_t i = 0; i < host->machine.inputs.count; i++) {
		struct group_input *input = machine_input(&host->machine, (int)i);

		if (host->parents[i])
			input->parent = function_at(host, host->parents[i]);
		if (host->physical[i]) {
			input->is_virtual_function = true;
			input->physical_function = function_at(host, host->physical[i]);
		}
		input->untranslated = input->class_code >> 8 == 0x0806;
	}
	host->machine.parameters.aliases = host->aliases.items;
	host->machine.parameters.alias_count = host->aliases.count;
}

static struct captured *captured_read(const char *path)
{
	struct captured *host = calloc(1, sizeof(*host));
	struct archive *archive = archive_read_new();
	struct archive_entry *entry;

	assert_non_null(host);
	host->machine = machine_new();
	archive_read_support_format_all(archive);
	archive_read_support_filter_all(archive);
	assert_int_equal(archive_read_open_filename(archive, path, 1 << 16), ARCHIVE_OK);
	while (archive_read_next_header(archive, &entry) == ARCHIVE_OK)
		file_read(host, archive, entry);
	archive_read_free(archive);
	links_resolve(host);
	return host;
}

static void captured_free(struct captured *host)
{
	machine_free(&host->machine);
	free(host);
}

/* -- comparing -------------------------------------------------------------------------------- */

static bool has_groups(const struct captured *host)
{
	for (size_t i = 0; i < host->machine.inputs.count; i++)
		if (host->truth[i] != TRUTH_NONE)
			return true;
	return false;
}

/* Functions that the kernel put into one group and the model does not, or the other way round. */
static unsigned differences_count(const struct captured *host, const char *name)
{
	const struct machine *machine = &host->machine;
	unsigned differences = 0;

	for (size_t i = 0; i < machine->inputs.count; i++)
		for (size_t j = 0; j < i; j++) {
			bool same = host->truth[i] == host->truth[j];

			if (host->truth[i] == TRUTH_NONE || host->truth[j] == TRUTH_NONE ||
			    same == machine_together(machine, (int)i, (int)j))
				continue;
			differences++;
			print_message("%s: %s and %s are %s\n", name, host->addresses[j],
				      host->addresses[i], same ? "one group" : "two groups");
		}
	return differences;
}

/* The numbers too: the kernel counts from 0 in the order in which it finds functions (on x86; on
 * Arm in the order in which drivers probe them). Groups of functions that are no PCI functions take
 * numbers as well, so only the order is compared. */
static unsigned disorder_count(const struct captured *host, const char *name)
{
	const struct machine *machine = &host->machine;
	unsigned differences = 0;

	for (size_t i = 0; i < machine->inputs.count; i++)
		for (size_t j = 0; j < i; j++) {
			int real = host->truth[i] - host->truth[j];
			int predicted =
				machine_group(machine, (int)i) - machine_group(machine, (int)j);

			if (host->truth[i] == TRUTH_NONE || host->truth[j] == TRUTH_NONE ||
			    (real < 0) == (predicted < 0))
				continue;
			differences++;
		}
	if (differences)
		print_message("%s: %u pairs of groups are numbered the other way round\n", name,
			      differences);
	return differences;
}

static unsigned uncertain_count(const struct captured *host)
{
	unsigned uncertain = 0;

	for (size_t i = 0; i < host->machine.inputs.count; i++)
		uncertain += !machine_certain(&host->machine, (int)i);
	return uncertain;
}

static void as_read_check(struct captured *host, const char *name)
{
	if (!has_groups(host))
		return;
	machine_partition(&host->machine);
	assert_int_equal(differences_count(host, name), 0);
	if (host->machine.parameters.kind != IOMMU_SMMU)
		assert_int_equal(disorder_count(host, name), 0);
	assert_int_equal(uncertain_count(host), 0);
}

/* The same machine with its IOMMU off: no control bits, and the model has to know what they will
 * be. */
static void as_programmed_check(struct captured *host, const char *name)
{
	host->machine.parameters.acs_control = ACS_AS_PROGRAMMED;
	for_each (input, &host->machine.inputs) {
		input->acs_control = 0;
		input->acs_wide_control = 0;
	}
	machine_partition(&host->machine);
	assert_int_equal(differences_count(host, name), 0);
	assert_int_equal(uncertain_count(host), 0);
}

/* Nothing but headers readable: whatever is still certain must be true. */
static void unprivileged_check(struct captured *host, const char *name)
{
	unsigned wrong = 0;

	host->machine.parameters.acs_control = ACS_AS_READ;
	for_each (input, &host->machine.inputs) {
		input->port_type = PORT_UNKNOWN;
		input->acs = UNKNOWN;
	}
	machine_partition(&host->machine);
	for (size_t i = 0; i < host->machine.inputs.count; i++)
		for (size_t j = 0; j < i; j++) {
			bool same = host->truth[i] == host->truth[j];

			if (host->truth[i] == TRUTH_NONE || host->truth[j] == TRUTH_NONE ||
			    !machine_certain(&host->machine, (int)i))
				continue;
			wrong += same != machine_together(&host->machine, (int)i, (int)j);
		}
	if (wrong)
		print_message("%s: %u false certainties\n", name, wrong);
	assert_int_equal(wrong, 0);
}

/* Runs a check on every archive; returns how many had groups to compare. */
static unsigned hosts_each(void (*check)(struct captured *host, const char *name))
{
	DIR *directory = opendir(hosts_folder());
	struct dirent *entry;
	unsigned compared = 0;

	if (!directory) {
		print_message("skipped: no captured hosts in %s\n", hosts_folder());
		skip();
		return 0;
	}
	while ((entry = readdir(directory))) {
		_cleanup_free_ char *path = NULL;
		struct captured *host;

		if (!strstr(entry->d_name, ".tar") ||
		    asprintf(&path, "%s/%s", hosts_folder(), entry->d_name) < 0)
			continue;
		host = captured_read(path);
		assert_true(host->machine.inputs.count > 0);
		compared += has_groups(host);
		check(host, entry->d_name);
		captured_free(host);
	}
	closedir(directory);
	return compared;
}

static void test_hosts_as_read(void **state)
{
	(void)state;
	assert_true(hosts_each(as_read_check) > 0);
}

static void test_hosts_as_programmed(void **state)
{
	(void)state;
	assert_true(hosts_each(as_programmed_check) > 0);
}

static void test_hosts_unprivileged(void **state)
{
	(void)state;
	assert_true(hosts_each(unprivileged_check) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hosts_as_read),
		cmocka_unit_test(test_hosts_as_programmed),
		cmocka_unit_test(test_hosts_unprivileged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
