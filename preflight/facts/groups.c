/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/facts/iommu.h"
#include "preflight/facts/sysfs_path.h"
#include "preflight/lines.h"

#include <errno.h>
#include <limits.h>

#define GROUPS "sys/kernel/iommu_groups"

enum { REGIONS_LIMIT = 1024 * 1024 };

int iommu_group_number(const char *path)
{
	const char *name = sysfs_path_last(path);
	struct line text = {.text = name, .length = strlen(name)};
	uint64_t number;

	if (!line_decimal(&text, &number) || number > INT32_MAX)
		return -1;
	return (int)number;
}

static int compare_groups(const void *a, const void *b)
{
	const struct group *first = a, *second = b;

	return first->id < second->id ? -1 : first->id > second->id;
}

static void sort_groups(struct groups *groups)
{
	if (groups->count)
		qsort(groups->items, groups->count, sizeof(*groups->items), compare_groups);
}

static struct group *find_group(const struct groups *groups, int id)
{
	struct group key = {.id = id};

	if (!groups->count)
		return NULL;
	return bsearch(&key, groups->items, groups->count, sizeof(key), compare_groups);
}

/* -- reserved regions ---------------------------------------------------------------------------- */

static enum region_type region_type(const struct line *word)
{
	static const struct {
		const char *name;
		enum region_type type;
	} types[] = {
		{"direct", REGION_DIRECT},
		{"direct-relaxable", REGION_DIRECT_RELAXABLE},
		{"reserved", REGION_RESERVED},
		{"msi", REGION_MSI},
	};

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (strlen(types[i].name) == word->length &&
		    memcmp(types[i].name, word->text, word->length) == 0)
			return types[i].type;
	return REGION_OTHER;
}

static bool parse_address(struct line *rest, uint64_t *ret_address)
{
	struct line word, digits;

	return line_word(rest, &word) && line_starts(&word, "0x", &digits) &&
	       line_hex(&digits, ret_address);
}

/* "0x00000000fee00000 0x00000000feefffff msi" */
static bool parse_region(struct line line, struct reserved_region *ret_region)
{
	struct line type;

	if (!parse_address(&line, &ret_region->start) || !parse_address(&line, &ret_region->end) ||
	    !line_word(&line, &type))
		return false;
	ret_region->type = region_type(&type);
	return true;
}

/* One region for each line that can be read; false where one cannot: it may be the one that counts. */
static bool parse_regions(struct facts *facts, const char *source, const struct bytes *bytes,
			  struct reserved_regions *regions)
{
	struct line_reader reader = lines_of(bytes->data, bytes->length);
	bool all = true;
	struct line line;

	while (lines_next(&reader, &line)) {
		struct reserved_region region = {0};

		if (!parse_region(line, &region)) {
			all = false;
			continue;
		}
		region.origin = (struct origin){
			.source = source,
			.line = line.number,
			.text = printable_copy(facts->arena, line.text, line.length),
		};
		*ARRAY_ADD(facts->arena, regions) = region;
	}
	return all;
}

static void read_regions(struct facts *facts, const struct directory *directory,
			 struct arena *scratch, struct group *group)
{
	struct bytes bytes;
	const char *path;
	int r = directory_read(directory, scratch, "reserved_regions", REGIONS_LIMIT, &bytes);

	if (r == -ENOENT)
		return;
	path = arena_printf(facts->arena, "/" GROUPS "/%d/reserved_regions", group->id);
	if (r == 0 && parse_regions(facts, path, &bytes, &group->reserved)) {
		group->reserved_known = YES;
		return;
	}
	facts_add_unread(facts, path, r < 0 ? r : -EINVAL);
}

/* -- groups as the kernel lists them ------------------------------------------------------------- */

/* The first line of a small file; NULL where it is empty or not there. */
static const char *read_word(struct facts *facts, const struct directory *directory,
			     struct arena *scratch, int id, const char *name)
{
	const char *line;
	int r = directory_read_line(directory, scratch, name, &line);

	if (r < 0 && r != -ENOENT)
		facts_add_unread(facts, arena_printf(facts->arena, GROUPS "/%d/%s", id, name), r);
	if (r < 0 || !*line)
		return NULL;
	return printable_copy(facts->arena, line, strlen(line));
}

static void read_members(struct facts *facts, const struct directory *directory,
			 struct arena *scratch, struct group *group)
{
	struct strings names = {0};
	int r = directory_list(directory, scratch, "devices", &names);

	if (r < 0) {
		facts_add_unread(facts, arena_printf(facts->arena, GROUPS "/%d/devices", group->id),
				 r);
		return;
	}
	for_each (name, &names) {
		struct device *device = facts_find_device(facts, *name);
		bool as_named = device && strcmp(device->address, *name) == 0;

		*ARRAY_ADD(facts->arena, &group->members) =
			as_named ? device->address
				 : printable_copy(facts->arena, *name, strlen(*name));
		if (device)
			*ARRAY_ADD(facts->arena, &group->devices) = device;
	}
}

/* The directory of groups while it is open. */
struct listing {
	struct facts *facts;
	const struct host *host;
	struct directory groups;
	struct arena *scratch;
};

static int open_group(const struct listing *listing, const char *name,
		      struct directory *ret_directory)
{
	char path[PATH_MAX];

	if (directory_open(&listing->groups, name, ret_directory) == 0)
		return 0;
	(void)snprintf(path, sizeof(path), GROUPS "/%s", name);
	return host_directory_open(listing->host, path, ret_directory);
}

/* Fills in what the group's directory tells; false where it cannot be opened. */
static bool look_into(const struct listing *listing, struct group *group)
{
	_cleanup_directory_ struct directory directory = {.fd = -1};
	struct arena *scratch = listing->scratch;
	struct facts *facts = listing->facts;
	char name[16];
	int r;

	(void)snprintf(name, sizeof(name), "%d", group->id);
	r = open_group(listing, name, &directory);
	if (r < 0) {
		facts_add_unread(facts, arena_printf(facts->arena, GROUPS "/%s", name), r);
		return false;
	}
	group->looked_into = true;
	group->type = read_word(facts, &directory, scratch, group->id, "type");
	group->name = read_word(facts, &directory, scratch, group->id, "name");
	read_members(facts, &directory, scratch, group);
	read_regions(facts, &directory, scratch, group);
	arena_reset(scratch);
	return true;
}

/* Names like "7" and "07" would be one group twice. */
static void drop_duplicates(struct groups *groups)
{
	size_t kept = 0;

	for (size_t i = 0; i < groups->count; i++)
		if (!kept || groups->items[kept - 1].id != groups->items[i].id)
			groups->items[kept++] = groups->items[i];
	groups->count = kept;
}

/* One group for each directory, of which nothing is known but its number; false where they cannot be listed. */
static bool list_groups(struct listing *listing)
{
	_cleanup_arena_ struct arena *listed = arena_new();
	struct facts *facts = listing->facts;
	struct strings names = {0};
	int r = host_directory_open(listing->host, GROUPS, &listing->groups);

	if (r == 0)
		r = directory_list(&listing->groups, listed, ".", &names);
	if (r < 0) {
		facts_add_unread(facts, GROUPS, r);
		return false;
	}
	facts->iommu.groups_listed = YES;
	facts->groups.capacity = names.count;
	facts->groups.items = arena_array(facts->arena, names.count, sizeof(*facts->groups.items));
	for_each (name, &names)
		if (iommu_group_number(*name) >= 0)
			facts->groups.items[facts->groups.count++].id = iommu_group_number(*name);
	sort_groups(&facts->groups);
	drop_duplicates(&facts->groups);
	return true;
}

/* What cannot be opened is no group, unless functions link to it. */
static void look_into_all(const struct listing *listing)
{
	struct groups *groups = &listing->facts->groups;
	size_t kept = 0;

	for (size_t i = 0; i < groups->count; i++)
		if (look_into(listing, &groups->items[i]))
			groups->items[kept++] = groups->items[i];
	groups->count = kept;
}

/* -- groups as the functions link to them -------------------------------------------------------- */

static void mark_members(struct facts *facts)
{
	for_each (group, &facts->groups)
		for_each (device, &group->devices)
			if (!(*device)->group) {
				(*device)->group = group;
				(*device)->has_group = YES;
			}
}

/* Fills ids (one for each function) with the group to add it to: functions whose group directory is
 * not there (a partial tree), does not list them, or was not looked into. */
static void take_links(struct facts *facts, int *ids)
{
	for (size_t i = 0; i < facts->devices.count; i++) {
		const struct device *device = &facts->devices.items[i];

		ids[i] = device->group ? -1 : device->linked_group;
	}
}

static int compare_ids(const void *a, const void *b)
{
	const int *first = a, *second = b;

	return *first < *second ? -1 : *first > *second;
}

static void add_missing_groups(struct facts *facts, const int *ids)
{
	const struct groups listed = facts->groups;
	size_t count = facts->devices.count;
	int *sorted = arena_array(facts->arena, count, sizeof(*sorted));
	int last = -1;

	if (!count)
		return;
	memcpy(sorted, ids, count * sizeof(*sorted));
	qsort(sorted, count, sizeof(*sorted), compare_ids);
	for (size_t i = 0; i < count; i++) {
		if (sorted[i] == last || find_group(&listed, sorted[i]))
			continue;
		last = sorted[i];
		*ARRAY_ADD(facts->arena, &facts->groups) = (struct group){.id = last};
	}
	sort_groups(&facts->groups);
}

static void add_members(struct facts *facts, const int *ids)
{
	for (size_t i = 0; i < facts->devices.count; i++) {
		struct group *group = ids[i] < 0 ? NULL : find_group(&facts->groups, ids[i]);

		if (!group)
			continue;
		facts->devices.items[i].has_group = YES;
		strings_add(facts->arena, &group->members, facts->devices.items[i].address);
		*ARRAY_ADD(facts->arena, &group->devices) = &facts->devices.items[i];
	}
}

static void assign_groups(struct facts *facts)
{
	int *ids = arena_array(facts->arena, facts->devices.count, sizeof(*ids));

	mark_members(facts);
	take_links(facts, ids);
	add_missing_groups(facts, ids);
	add_members(facts, ids);
	/* The array has been sorted anew and may have moved. */
	for_each (device, &facts->devices)
		device->group = NULL;
	mark_members(facts);
}

/* -- groups of which only some are looked into ------------------------------------------------------- */

/* Without a link a function has no group, but in a tree a directory may still list it; not an IOMMU itself. */
static bool is_surely_without(const struct facts *facts, const struct device *device)
{
	enum { CLASS_IOMMU = 0x0806 };

	return device->has_group == NO &&
	       (facts->was_live || device->class_code >> 8 == CLASS_IOMMU);
}

/* Whether the functions' links name their groups, so that no directory need be read to know who is with whom. */
static bool links_tell(const struct facts *facts)
{
	for_each (device, &facts->devices)
		if (device->linked_group < 0 && !is_surely_without(facts, device))
			return false;
	return true;
}

/* The directory lists members that are no PCI functions, too, and all in its own order. */
static void look_again(const struct listing *listing, struct group *group)
{
	const struct group by_links = *group;

	group->members = (struct strings){0};
	group->devices = (struct device_refs){0};
	if (!look_into(listing, group)) {
		*group = by_links;
		return;
	}
	for_each (device, &by_links.devices) {
		if (strings_contain(&group->members, (*device)->address))
			continue;
		strings_add(listing->facts->arena, &group->members, (*device)->address);
		*ARRAY_ADD(listing->facts->arena, &group->devices) = *device;
	}
}

/* A group that VFIO invents for its no-IOMMU mode has a name, and only functions that a VFIO driver has. */
static bool may_be_invented(const struct group *group)
{
	for_each (device, &group->devices)
		if ((*device)->vfio_driver)
			return true;
	return !group->devices.count;
}

static void look_into_some(const struct listing *listing)
{
	struct facts *facts = listing->facts;

	assign_groups(facts);
	for_each (group, &facts->groups)
		if (may_be_invented(group))
			look_again(listing, group);
	mark_members(facts);
}

void iommu_complete_groups(struct facts *facts, const struct host *host, const bool *wanted)
{
	_cleanup_arena_ struct arena *scratch = arena_new();
	struct listing listing = {facts, host, {.fd = -1}, scratch};

	if (facts->iommu.groups_listed != YES ||
	    host_directory_open(host, GROUPS, &listing.groups) < 0)
		return;
	for (size_t i = 0; i < facts->groups.count; i++)
		if (wanted[i] && !facts->groups.items[i].looked_into)
			look_again(&listing, &facts->groups.items[i]);
	mark_members(facts);
	host_directory_close(&listing.groups);
}

/* -- the default domain -------------------------------------------------------------------------- */

static const char *domain_of_type(const char *type)
{
	if (streq(type, "identity"))
		return "identity";
	if (streq(type, "DMA") || streq(type, "DMA-FQ"))
		return "translated";
	return NULL;
}

static bool host_owned(const struct group *group)
{
	for_each (device, &group->devices)
		if ((*device)->vfio_driver)
			return false;
	return true;
}

static void count_domains(struct facts *facts, const char *domain, size_t *ret_count,
			  const struct group **ret_first)
{
	*ret_count = 0;
	*ret_first = NULL;
	for_each (group, &facts->groups) {
		if (!streq(domain_of_type(group->type), domain) || !host_owned(group))
			continue;
		if (!(*ret_count)++)
			*ret_first = group;
	}
}

/* Drivers may insist on a type for their device, so the majority tells the default. */
static void judge_default_domain(struct facts *facts)
{
	const struct group *first_translated, *first_identity, *first;
	size_t translated, identity;

	count_domains(facts, "translated", &translated, &first_translated);
	count_domains(facts, "identity", &identity, &first_identity);
	if (translated == identity)
		return;
	first = translated > identity ? first_translated : first_identity;
	facts->iommu.default_domain = domain_of_type(first->type);
	facts->iommu.default_domain_origin = (struct origin){
		.source = arena_printf(facts->arena, "/" GROUPS "/%d/type", first->id),
		.line = 1,
		.text = first->type,
	};
}

void iommu_collect_groups(struct facts *facts, const struct host *host)
{
	_cleanup_arena_ struct arena *scratch = arena_new();
	struct listing listing = {facts, host, {.fd = -1}, scratch};
	bool listed = list_groups(&listing);

	if (listed && facts->to_judge && links_tell(facts)) {
		look_into_some(&listing);
	} else {
		if (listed)
			look_into_all(&listing);
		assign_groups(facts);
		judge_default_domain(facts);
	}
	host_directory_close(&listing.groups);
}
