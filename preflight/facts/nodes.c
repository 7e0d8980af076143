/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/facts/nodes.h"

#include "preflight/facts/class.h"
#include "preflight/parse/process.h"

#include <errno.h>

enum {
	NODE_NAME_LIMIT = 64,
	PROCESS_USES_LIMIT = 16, /* processes told of for one function; the rest is counted */
	PATHS_TOLD_LIMIT = 4,    /* nodes told of for one process */
	MULTIPATH_LIMIT = 256,   /* open disks of NVMe subsystems that are looked up */
};

/* A numbered node whose number sysfs shows below the function and not in its class. */
struct numbered {
	unsigned number;
	struct device *device;
};

struct numbered_nodes {
	struct numbered *items;
	size_t count, capacity;
};

/* One function that one open node belongs to. */
struct hold {
	struct device *device;
	const struct open_node *node;
};

struct holds {
	struct hold *items;
	size_t count, capacity;
};

/* What is looked up while nodes are resolved. */
struct resolver {
	struct facts *facts;
	const struct host *host;
	struct numbered_nodes nvidia;   /* /dev/nvidiaN */
	struct numbered_nodes vfio;     /* /dev/vfio/devices/vfioN */
	struct device_refs gpus_nvidia; /* functions that the nvidia driver has */
	struct device_refs gpus_amd;    /* functions that amdgpu has */
	size_t multipath_lookups;
};

/* Which class a node's name is looked up in; the first row that fits. */
static const struct {
	const char *prefix;
	bool digits; /* only digits may follow */
	const char *class;
} node_classes[] = {
	{"dri/", false, "drm"},         {"snd/", false, "sound"},
	{"accel/", false, "accel"},     {"infiniband/", false, "infiniband_verbs"},
	{"fb", true, "graphics"},       {"nvme", true, "nvme"},
	{"sg", true, "scsi_generic"},   {"uio", true, "uio"},
	{"video", true, "video4linux"}, {"", false, "block"},
};

static bool is_number(const char *text)
{
	return *text && strspn(text, "0123456789") == strlen(text) && strlen(text) < 8;
}

/* The number behind prefix, or -1. */
static int number_behind(const char *name, const char *prefix)
{
	size_t length = strlen(prefix);

	if (strncmp(name, prefix, length) != 0 || !is_number(name + length))
		return -1;
	return (int)strtol(name + length, NULL, 10);
}

bool node_is_wanted(const char *target)
{
	static const char *const others[] = {
		"null",   "zero",    "full",    "random",     "urandom", "ptmx",   "kvm",  "kmsg",
		"fuse",   "console", "log",     "tty",        "pts/",    "shm/",   "net/", "input/",
		"hidraw", "vhost-",  "mqueue/", "hugepages/", "rtc",     "mapper/"};

	if (!starts_with(target, "/dev/"))
		return false;
	target += strlen("/dev/");
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (starts_with(target, others[i]))
			return false;
	return *target != '\0';
}

/* -- tables ------------------------------------------------------------------------------------ */

static bool is_gpu_of(const struct device *device, const char *driver)
{
	int class = device->class_code >> 16;

	return device->has_driver == YES && streq(device->driver, driver) &&
	       (device->class_code < 0 || class == 0x03 || class == 0x12);
}

static void list_gpus(struct resolver *resolver)
{
	struct arena *arena = resolver->facts->arena;

	for_each (device, &resolver->facts->devices) {
		if (is_gpu_of(device, "nvidia"))
			*ARRAY_ADD(arena, &resolver->gpus_nvidia) = device;
		if (is_gpu_of(device, "amdgpu"))
			*ARRAY_ADD(arena, &resolver->gpus_amd) = device;
	}
}

static void add_numbered(struct resolver *resolver, struct numbered_nodes *nodes, unsigned number,
			 struct device *device)
{
	*ARRAY_ADD(resolver->facts->arena, nodes) = (struct numbered){number, device};
}

static bool read_nvidia_minor(struct resolver *resolver, struct device *device)
{
	struct arena *arena = resolver->facts->arena;
	struct bytes bytes;
	unsigned minor;

	if (host_read(
		    resolver->host, arena,
		    arena_printf(arena, "proc/driver/nvidia/gpus/%s/information", device->address),
		    0, &bytes) < 0 ||
	    nvidia_parse_minor(bytes.data, bytes.length, &minor) < 0)
		return false;
	add_numbered(resolver, &resolver->nvidia, minor, device);
	return true;
}

/* Where the driver's own directory is not there, the order of probing stands in: it is the order on
 * the bus. */
static void list_nvidia_nodes(struct resolver *resolver)
{
	struct device_refs *gpus = &resolver->gpus_nvidia;
	bool told = false;

	for (size_t i = 0; i < gpus->count; i++)
		told |= read_nvidia_minor(resolver, gpus->items[i]);
	for (size_t i = 0; !told && i < gpus->count; i++)
		add_numbered(resolver, &resolver->nvidia, (unsigned)i, gpus->items[i]);
}

static void list_vfio_nodes(struct resolver *resolver)
{
	struct arena *arena = resolver->facts->arena;

	for_each (device, &resolver->facts->devices) {
		struct strings names = {0};

		if (!device->vfio_driver)
			continue;
		(void)host_list(
			resolver->host, arena,
			arena_printf(arena, "sys/bus/pci/devices/%s/vfio-dev", device->address),
			&names);
		for (size_t i = 0; i < names.count; i++) {
			int number = number_behind(names.items[i], "vfio");

			if (number >= 0)
				add_numbered(resolver, &resolver->vfio, (unsigned)number, device);
		}
	}
}

/* -- from a node to its functions ----------------------------------------------------------------
 */

static void add_device(struct resolver *resolver, struct device_refs *devices,
		       struct device *device)
{
	if (device)
		*ARRAY_ADD(resolver->facts->arena, devices) = device;
}

static void add_numbered_devices(struct resolver *resolver, const struct numbered_nodes *nodes,
				 int number, struct device_refs *devices)
{
	for_each (node, nodes)
		if (number >= 0 && node->number == (unsigned)number)
			add_device(resolver, devices, node->device);
}

static void add_group_devices(struct resolver *resolver, int id, struct device_refs *devices)
{
	for_each (group, &resolver->facts->groups)
		for (size_t i = 0; group->id == id && i < group->devices.count; i++)
			if (group->devices.items[i]->vfio_driver)
				add_device(resolver, devices, group->devices.items[i]);
}

/* With multipath the disk is a child of the subsystem, which links to every controller (nvmeN). */
static void add_multipath_devices(struct resolver *resolver, const char *target,
				  struct device_refs *devices)
{
	struct arena *arena = resolver->facts->arena;
	const char *name = strstr(target, "nvme-subsystem/");
	struct strings entries = {0};
	const char *path;

	if (!name || resolver->multipath_lookups++ >= MULTIPATH_LIMIT)
		return;
	name += strlen("nvme-subsystem/");
	path = arena_printf(arena, "sys/class/nvme-subsystem/%.*s", (int)strcspn(name, "/"), name);
	(void)host_list(resolver->host, arena, path, &entries);
	for (size_t i = 0; i < entries.count; i++)
		if (number_behind(entries.items[i], "nvme") >= 0)
			add_device(resolver, devices,
				   class_device(resolver->facts, resolver->host, "nvme",
						entries.items[i], NULL));
}

static void add_class_devices(struct resolver *resolver, const char *class, const char *name,
			      struct device_refs *devices)
{
	const char *target = NULL;
	struct device *device;

	if (!*name || *name == '.' || strchr(name, '/') || strlen(name) > NODE_NAME_LIMIT)
		return;
	device = class_device(resolver->facts, resolver->host, class, name, &target);
	add_device(resolver, devices, device);
	if (!device && target && streq(class, "block"))
		add_multipath_devices(resolver, target, devices);
}

/* Nodes that stand for all functions of a driver: they tell of one only where there is no other. */
static void add_driver_device(struct resolver *resolver, const struct device_refs *gpus,
			      struct device_refs *devices)
{
	if (gpus->count == 1)
		add_device(resolver, devices, gpus->items[0]);
}

static void resolve_class_node(struct resolver *resolver, const char *name,
			       struct device_refs *devices)
{
	for (size_t i = 0; i < ARRAY_SIZE(node_classes); i++) {
		const char *prefix = node_classes[i].prefix, *last;

		if (!starts_with(name, prefix))
			continue;
		if (node_classes[i].digits && !is_number(name + strlen(prefix)))
			continue;
		last = strchr(prefix, '/') ? name + strlen(prefix) : name;
		add_class_devices(resolver, node_classes[i].class, last, devices);
		return;
	}
}

static bool is_nvidia_control(const char *name)
{
	return streq(name, "nvidiactl") || streq(name, "nvidia-modeset") ||
	       starts_with(name, "nvidia-uvm");
}

/* The functions of a node that no VFIO driver made. */
static void resolve_node(struct resolver *resolver, const char *path, struct device_refs *devices)
{
	const char *name = path + strlen("/dev/");

	if (streq(name, "kfd"))
		add_driver_device(resolver, &resolver->gpus_amd, devices);
	else if (number_behind(name, "nvidia") >= 0)
		add_numbered_devices(resolver, &resolver->nvidia, number_behind(name, "nvidia"),
				     devices);
	else if (is_nvidia_control(name))
		add_driver_device(resolver, &resolver->gpus_nvidia, devices);
	else
		resolve_class_node(resolver, name, devices);
}

static void resolve_vfio_node(struct resolver *resolver, const char *path,
			      struct device_refs *devices)
{
	const char *name = path + strlen("/dev/vfio/");
	int number = number_behind(name, "devices/vfio");

	if (number >= 0) {
		add_numbered_devices(resolver, &resolver->vfio, number, devices);
		return;
	}
	number = number_behind(name, "noiommu-");
	if (number < 0)
		number = number_behind(name, "");
	if (number >= 0)
		add_group_devices(resolver, number, devices);
}

/* -- states and uses
 * ------------------------------------------------------------------------------- */

static void assign(const struct device_refs *devices, const struct open_node *node)
{
	for (size_t i = 0; i < devices->count; i++) {
		struct device *device = devices->items[i];

		if (device->state == STATE_ASSIGNED)
			continue;
		device->state = STATE_ASSIGNED;
		device->assigned_pid = node->pid;
		device->assigned_name = node->process;
	}
}

/* udev opens every new disk for a moment to look at it. */
static bool is_udev(const char *process)
{
	return streq(process, "systemd-udevd") || streq(process, "(udev-worker)") ||
	       streq(process, "udevd") || streq(process, "eudev");
}

static int compare_nodes(const void *a, const void *b)
{
	const struct open_node *one = a, *other = b;
	int order = strcmp(one->path, other->path);

	return order ? order : (one->pid > other->pid) - (one->pid < other->pid);
}

static int compare_holds(const void *a, const void *b)
{
	const struct hold *one = a, *other = b;

	if (one->device != other->device)
		return one->device < other->device ? -1 : 1;
	if (one->node->pid != other->node->pid)
		return one->node->pid < other->node->pid ? -1 : 1;
	return (one->node > other->node) - (one->node < other->node);
}

/* Nodes are sorted by path, so each path is looked up once. */
static void resolve_all(struct resolver *resolver, const struct open_nodes *nodes,
			struct holds *holds)
{
	struct device_refs devices = {0};
	const char *path = NULL;

	for_each (node, nodes) {
		bool vfio = starts_with(node->path, "/dev/vfio/");

		if (!path || !streq(path, node->path)) {
			path = node->path;
			devices.count = 0;
			if (vfio)
				resolve_vfio_node(resolver, path, &devices);
			else
				resolve_node(resolver, path, &devices);
		}
		if (vfio)
			assign(&devices, node);
		for (size_t i = 0; !vfio && !is_udev(node->process) && i < devices.count; i++)
			*ARRAY_ADD(resolver->facts->arena, holds) =
				(struct hold){devices.items[i], node};
	}
}

/* The use of one process: holds[0…count) are its nodes of one function. */
static void add_process_use(struct facts *facts, const struct hold *holds, size_t count)
{
	const struct open_node *node = holds->node;
	struct use *use = device_add_use(facts, holds->device, USE_PROCESS);
	struct strings paths = {0};

	for (size_t i = 0; i < count && i < PATHS_TOLD_LIMIT; i++)
		strings_add(facts->arena, &paths, holds[i].node->path);
	use->what = arena_printf(facts->arena, _("%s (%d) has %s%s open"), node->process, node->pid,
				 strings_join(facts->arena, &paths, ", "),
				 count > PATHS_TOLD_LIMIT ? " …" : "");
	use->origin = (struct origin){.source = node->descriptor, .text = node->path};
}

/* The uses of one function: holds[0…count) are all of it, sorted by process. */
static void add_device_uses(struct facts *facts, const struct hold *holds, size_t count)
{
	size_t processes = 0, length;

	for (size_t i = 0; i < count; i += length) {
		length = 1;
		while (i + length < count && holds[i + length].node->pid == holds[i].node->pid)
			length++;
		if (processes++ < PROCESS_USES_LIMIT)
			add_process_use(facts, holds + i, length);
	}
	if (processes > PROCESS_USES_LIMIT) {
		struct use *use = device_add_use(facts, holds->device, USE_PROCESS);

		use->what = arena_printf(facts->arena, _("%zu more processes"),
					 processes - PROCESS_USES_LIMIT);
	}
}

static void add_uses(struct facts *facts, const struct holds *holds)
{
	size_t length;

	for (size_t i = 0; i < holds->count; i += length) {
		length = 1;
		while (i + length < holds->count &&
		       holds->items[i + length].device == holds->items[i].device)
			length++;
		add_device_uses(facts, holds->items + i, length);
	}
}

void nodes_apply(struct facts *facts, const struct host *host, struct open_nodes *nodes)
{
	struct resolver resolver = {.facts = facts, .host = host};
	struct holds holds = {0};

	if (!nodes->count)
		return;
	qsort(nodes->items, nodes->count, sizeof(*nodes->items), compare_nodes);
	list_gpus(&resolver);
	list_nvidia_nodes(&resolver);
	list_vfio_nodes(&resolver);
	resolve_all(&resolver, nodes, &holds);
	if (!holds.count)
		return;
	qsort(holds.items, holds.count, sizeof(*holds.items), compare_holds);
	add_uses(facts, &holds);
}
