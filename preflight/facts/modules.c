/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/facts/modprobe.h"
#include "preflight/parse/modules_alias.h"
#include "preflight/parse/modules_dep.h"

#include <errno.h>

enum { LIST_LIMIT = 8 * 1024 * 1024 }; /* modules.alias, the largest, has 1.5 MB */

/* Where kernels' module directories stand: the usual place, the merged one (a tree may lack the
 * link to it), and NixOS's. */
static const char *const roots[] = {
	"lib/modules",
	"usr/lib/modules",
	"run/booted-system/kernel-modules/lib/modules",
};

/* The modules whose parameters in force matter. */
static const char *const parameter_modules[] = {
	"vfio",    "vfio_pci", "vfio_pci_core", "vfio_iommu_type1",
	"iommufd", "kvm",      "kvm_intel",     "kvm_amd",
};

/* What one collection holds while it runs. */
struct collection {
	struct facts *facts;
	struct module_facts *modules;
	const struct host *host;
	struct arena *scratch;     /* the big files; given back at the end */
	struct bytes dependencies; /* modules.dep; data NULL where not read */
	struct bytes builtin;      /* modules.builtin; data NULL where not read */
	struct bytes loaded;       /* proc/modules; data NULL where not read */
};

/* -- the directory --------------------------------------------------------------------------- */

static bool is_file_name(const char *name)
{
	return name && *name && !strchr(name, '/') && !streq(name, ".") && !streq(name, "..");
}

/* Looks for the running kernel's directory below one root; true where the search can end. */
static bool try_root(struct collection *collection, const char *root)
{
	struct module_facts *modules = collection->modules;
	struct facts *facts = collection->facts;
	const char *path;
	int r = host_exists(collection->host, root);

	if (r < 0) {
		if (r != -ENOENT)
			facts_add_unread(facts, root, r);
		return r != -ENOENT;
	}
	path = arena_printf(facts->arena, "%s/%s", root, facts->machine.kernel);
	if (modules->modules_root_present != YES)
		modules->directory = path;
	modules->modules_root_present = YES;
	r = host_exists(collection->host, path);
	if (r == -ENOENT)
		return false;
	modules->directory = path;
	if (r == 0)
		modules->directory_present = YES;
	else
		facts_add_unread(facts, path, r);
	return true;
}

static void find_directory(struct collection *collection)
{
	struct module_facts *modules = collection->modules;
	struct facts *facts = collection->facts;

	if (!is_file_name(facts->machine.kernel))
		return;
	modules->directory = arena_printf(facts->arena, "%s/%s", roots[0], facts->machine.kernel);
	for (size_t i = 0; i < ARRAY_SIZE(roots); i++)
		if (try_root(collection, roots[i]))
			return;
	if (modules->modules_root_present == YES)
		modules->directory_present = NO;
	else if (host_tells_absence(collection->host, roots[0]))
		modules->modules_root_present = modules->directory_present = NO;
	else
		facts_add_unread(facts, roots[0], -ENOENT);
}

/* A file of the running kernel's directory, as a host path without its slash. */
static const char *directory_file(const struct collection *collection, const char *name)
{
	return arena_printf(collection->scratch, "%s/%s", collection->modules->directory, name);
}

/* Reads such a file into scratch; ret_bytes->data stays NULL where it cannot be read. */
static int read_directory_file(const struct collection *collection, const char *name,
			       struct bytes *ret_bytes)
{
	const char *path;
	int r;

	if (!collection->modules->directory)
		return -ENOENT;
	path = directory_file(collection, name);
	r = host_read(collection->host, collection->scratch, path, LIST_LIMIT, ret_bytes);
	if (r < 0)
		facts_add_unread(collection->facts, path, r);
	return r;
}

/* -- which modules there are ----------------------------------------------------------------- */

static void collect_builtin(struct collection *collection)
{
	if (read_directory_file(collection, "modules.builtin", &collection->builtin) < 0)
		return;
	modules_list_names(collection->facts->arena, collection->builtin.data,
			   collection->builtin.length, &collection->modules->builtin);
	collection->modules->builtin_known = YES;
}

/* sys/module also holds what is built in; only loadable modules have an initial state. */
static void collect_loaded_from_sysfs(struct collection *collection)
{
	_cleanup_directory_ struct directory directory = {.fd = -1};
	struct strings names = {0};
	int r = host_directory_open(collection->host, "sys/module", &directory);

	if (r == 0)
		r = directory_list(&directory, collection->scratch, ".", &names);
	if (r < 0) {
		if (r != -ENOENT)
			facts_add_unread(collection->facts, "sys/module", r);
		return;
	}
	for (size_t i = 0; i < names.count; i++)
		if (directory_exists(&directory, arena_printf(collection->scratch, "%s/initstate",
							      names.items[i])) == 0)
			strings_add(collection->facts->arena, &collection->modules->loaded,
				    names.items[i]);
	collection->modules->loaded_known = YES;
}

static void collect_loaded(struct collection *collection)
{
	int r = host_read(collection->host, collection->scratch, "proc/modules", LIST_LIMIT,
			  &collection->loaded);

	if (r < 0) {
		facts_add_unread(collection->facts, "proc/modules", r);
		collect_loaded_from_sysfs(collection);
		return;
	}
	loaded_modules_parse(collection->facts->arena, collection->loaded.data,
			     collection->loaded.length, &collection->modules->loaded);
	collection->modules->loaded_known = YES;
}

/* -- whether a module can be had ------------------------------------------------------------- */

static struct origin make_origin(struct collection *collection, const char *path, unsigned line,
				 const char *text)
{
	struct arena *arena = collection->facts->arena;

	return (struct origin){arena_printf(arena, "/%s", path), line, arena_strdup(arena, text)};
}

/* Whether sysfs shows the module at work, loaded or built in. */
static bool is_at_work(struct collection *collection, const char *module, struct origin *ret_origin)
{
	const char *path = arena_printf(collection->scratch, "sys/module/%s", module);

	if (strings_contain(&collection->modules->loaded, module)) {
		*ret_origin = make_origin(
			collection, collection->loaded.data ? "proc/modules" : path, 0, module);
		return true;
	}
	if (host_exists(collection->host, path) == 0) {
		*ret_origin = make_origin(collection, path, 0, module);
		return true;
	}
	path = "sys/bus/pci/drivers/vfio-pci";
	if (streq(module, "vfio_pci") && host_exists(collection->host, path) == 0) {
		*ret_origin = make_origin(collection, path, 0, "vfio-pci");
		return true;
	}
	return false;
}

/* Looks the module up in one list of the kernel's directory. */
static bool is_listed(struct collection *collection, const char *list, const struct bytes *bytes,
		      const char *module, struct origin *ret_origin, const char **ret_file)
{
	struct module_place place;

	if (!bytes->data || !modules_list_find(bytes->data, bytes->length, module, &place))
		return false;
	*ret_file = arena_copy(collection->scratch, place.path.data, place.path.length);
	*ret_origin =
		make_origin(collection, directory_file(collection, list), place.line, *ret_file);
	return true;
}

/* A file that modules.dep lists and that is gone can be missed on this machine only, and in a capture
 * that has looked for it: other trees hold no module files. */
static bool file_is_gone(struct collection *collection, const char *file)
{
	const char *path = *file == '/' ? file + 1 : directory_file(collection, file);

	return host_tells_absence(collection->host, path) &&
	       host_exists(collection->host, path) == -ENOENT;
}

static enum truth find_in_config(struct collection *collection, char option, const char *module,
				 struct origin *ret_origin)
{
	const struct kernel_config *config = &collection->facts->machine.config;

	if (config->known != YES || !config->source || (option != 'y' && option != 'n'))
		return UNKNOWN;
	*ret_origin = (struct origin){
		.source = config->source,
		.text = arena_printf(collection->facts->arena,
				     option == 'y' ? "%s is built in" : "%s is not built", module)};
	return option == 'y' ? YES : NO;
}

static enum truth find_module(struct collection *collection, const char *module, char option,
			      struct origin *ret_origin)
{
	const char *file;

	if (is_listed(collection, "modules.builtin", &collection->builtin, module, ret_origin,
		      &file) ||
	    is_at_work(collection, module, ret_origin))
		return YES;
	if (is_listed(collection, "modules.dep", &collection->dependencies, module, ret_origin,
		      &file)) {
		if (!file_is_gone(collection, file))
			return YES;
		ret_origin->text = arena_printf(collection->facts->arena,
						"lists %s, but the file is not there", file);
		return NO;
	}
	if (find_in_config(collection, option, module, ret_origin) == YES)
		return YES;
	if (!collection->dependencies.data || !collection->builtin.data)
		return find_in_config(collection, option, module, ret_origin);
	*ret_origin =
		make_origin(collection, directory_file(collection, "modules.dep"), 0,
			    arena_printf(collection->scratch,
					 "lists no module %s, nor does modules.builtin", module));
	return NO;
}

static void collect_vfio(struct collection *collection)
{
	const struct kernel_config *config = &collection->facts->machine.config;
	struct module_facts *modules = collection->modules;
	struct origin origin;

	(void)read_directory_file(collection, "modules.dep", &collection->dependencies);
	modules->vfio_pci =
		find_module(collection, "vfio_pci", config->vfio_pci, &modules->vfio_pci_origin);
	modules->vfio_iommu_type1 =
		find_module(collection, "vfio_iommu_type1", config->vfio_iommu_type1, &origin);
}

/* -- parameters in force --------------------------------------------------------------------- */

static void collect_module_parameters(struct collection *collection, const char *module)
{
	const char *path = arena_printf(collection->scratch, "sys/module/%s/parameters", module);
	_cleanup_directory_ struct directory directory = {.fd = -1};
	struct arena *arena = collection->facts->arena;
	struct strings names = {0};
	int r = host_directory_open(collection->host, path, &directory);

	if (r == 0)
		r = directory_list(&directory, collection->scratch, ".", &names);
	if (r < 0) {
		if (r != -ENOENT)
			facts_add_unread(collection->facts, path, r);
		return;
	}
	for (size_t i = 0; i < names.count; i++) {
		const char *file = arena_printf(arena, "/%s/%s", path, names.items[i]), *value;

		r = directory_read_line(&directory, arena, names.items[i], &value);
		if (r == 0)
			*ARRAY_ADD(arena, &collection->modules->parameters) =
				(struct module_parameter){
					.module = module,
					.name = arena_strdup(arena, names.items[i]),
					.value = value,
					.origin = {.source = file, .line = 1, .text = value},
				};
		else
			facts_add_unread(collection->facts, file, r);
	}
}

/* -- which modules claim a function ---------------------------------------------------------- */

/* A function without subsystem ids has zeros there (drivers/pci/probe.c); -1 where that cannot be
 * told from ids that are not known. */
static int subsystem_id(const struct device *device, int id)
{
	if (id >= 0)
		return id;
	return device->is_bridge || device->config.header_known ? 0 : -1;
}

/* pci_uevent() of drivers/pci/pci-driver.c; the last number is in small letters there. */
static const char *build_modalias(struct arena *arena, const struct device *device)
{
	int subvendor = subsystem_id(device, device->subsystem_vendor_id);
	int subdevice = subsystem_id(device, device->subsystem_device_id);
	int class = device->class_code;

	if (device->vendor_id < 0 || device->device_id < 0 || class < 0 || subvendor < 0 ||
	    subdevice < 0)
		return NULL;
	return arena_printf(arena, "pci:v%08Xd%08Xsv%08Xsd%08Xbc%02Xsc%02Xi%02x",
			    (unsigned)device->vendor_id, (unsigned)device->device_id,
			    (unsigned)subvendor, (unsigned)subdevice, (unsigned)class >> 16 & 0xff,
			    (unsigned)class >> 8 & 0xff, (unsigned)class & 0xff);
}

static bool is_vfio_pci(const char *module)
{
	return names_equal(module, "vfio_pci");
}

static void copy_modules(struct arena *arena, const struct strings *found, struct strings *ret_list)
{
	for (size_t i = 0; i < found->count; i++)
		if (!is_vfio_pci(found->items[i]))
			strings_add(arena, ret_list, found->items[i]);
}

static bool search_aliases(struct collection *collection, struct alias_query *queries)
{
	struct alias_matcher *matcher =
		alias_matcher_new(collection->scratch, queries, collection->facts->devices.count);
	struct bytes bytes;

	if (read_directory_file(collection, "modules.alias", &bytes) < 0)
		return false;
	alias_matcher_read_aliases(matcher, bytes.data, bytes.length);
	/* Kernels before 5.2 have no such file; what is built in is then not among the modules. */
	if (host_read(collection->host, collection->scratch,
		      directory_file(collection, "modules.builtin.modinfo"), LIST_LIMIT,
		      &bytes) == 0)
		alias_matcher_read_builtin(matcher, bytes.data, bytes.length);
	if (!alias_matcher_gave_up(matcher))
		return true;
	facts_add_unread(collection->facts, directory_file(collection, "modules.alias"), -EFBIG);
	return false;
}

static void collect_device_modules(struct collection *collection)
{
	struct devices *devices = &collection->facts->devices;
	struct arena *arena = collection->facts->arena;
	struct alias_query *queries =
		arena_array(collection->scratch, devices->count, sizeof(*queries));

	if (!devices->count)
		return;
	for (size_t i = 0; i < devices->count; i++)
		queries[i].modalias =
			devices->items[i].modalias
				? devices->items[i].modalias
				: build_modalias(collection->scratch, &devices->items[i]);
	if (!search_aliases(collection, queries))
		return;
	for (size_t i = 0; i < devices->count; i++) {
		struct device *device = &devices->items[i];

		if (!queries[i].modalias)
			continue;
		device->modules_known = YES;
		copy_modules(arena, &queries[i].modules, &device->modules);
		copy_modules(arena, &queries[i].variants, &device->vfio_modules);
	}
}

void facts_collect_modules(struct facts *facts, const struct host *host)
{
	_cleanup_arena_ struct arena *scratch = arena_new();
	struct collection collection = {
		.facts = facts,
		.modules = &facts->modules,
		.host = host,
		.scratch = scratch,
	};

	find_directory(&collection);
	collect_builtin(&collection);
	collect_loaded(&collection);
	collect_vfio(&collection);
	for (size_t i = 0; i < ARRAY_SIZE(parameter_modules); i++)
		collect_module_parameters(&collection, parameter_modules[i]);
	collect_device_modules(&collection);
	facts_collect_modprobe(facts, host);
}
