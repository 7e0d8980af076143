/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks driver.*: what the ids= lists of the configuration catch, and whether they are read. */
#include "preflight/checks/check.h"
#include "preflight/checks/device_relations.h"
#include "preflight/next_boot/next_boot.h"
#include "preflight/parse/modprobe.h"

/* -- the ids= lists of the configuration ------------------------------------------------------------------ */

struct id_list {
	const char *value;
	const struct origin *origin;
};

struct id_lists {
	struct id_list *items;
	size_t count, capacity;
};

static void add_words(struct finding *finding, const struct parameters *words,
		      struct id_lists *lists)
{
	for (size_t i = 0; words && i < words->count; i++)
		if (names_equal(words->items[i].name, "vfio-pci.ids") && words->items[i].value)
			*ARRAY_ADD(finding->arena, lists) =
				(struct id_list){words->items[i].value, &words->items[i].origin};
}

static struct id_lists id_lists_of(struct finding *finding)
{
	const struct facts *facts = finding->facts;
	struct id_lists lists = {0};

	for_each (line, &facts->modules.modprobe) {
		const struct module_option *option;
		struct module_options options;

		if (line->command != MODPROBE_OPTIONS || !streq(line->module, "vfio_pci"))
			continue;
		modprobe_split_options(finding->arena, line->argument, &options);
		option = module_options_find(&options, "ids");
		if (option && option->value)
			*ARRAY_ADD(finding->arena, &lists) =
				(struct id_list){option->value, &line->origin};
	}
	add_words(finding, &facts->cmdline, &lists);
	add_words(finding, next_boot_cmdline(facts), &lists);
	/* What waits in an edited file will be there once the configuration is generated. */
	for_each (source, &facts->boot.sources)
		if (source->used && !source->overridden)
			add_words(finding, source->parameters, &lists);
	return lists;
}

static bool id_is_of(const struct vfio_id *id, const struct device *device)
{
	return id->valid && vfio_id_matches(id, device->vendor_id, device->device_id,
					    device->subsystem_vendor_id,
					    device->subsystem_device_id, device->class_code) == YES;
}

static bool id_matches(const struct vfio_id *id, const struct device *device)
{
	return !device->is_bridge && id_is_of(id, device);
}

static void ids_match_nothing(const struct facts *facts, const struct device *device,
			      struct finding *finding)
{
	struct id_lists lists = id_lists_of(finding);
	struct strings lost = {0};

	(void)device;
	if (!lists.count || !facts->devices.count)
		return;
	for_each (list, &lists) {
		struct vfio_ids ids;

		vfio_ids_parse(finding->arena, list->value, &ids);
		for_each (id, &ids) {
			bool found = !id->valid; /* driver.config-syntax */

			/* Bridges have their ids too, though vfio-pci does not take them. */
			for_each (other, &facts->devices)
				found = found || id_is_of(id, other);
			if (found || strings_contain(&lost, id->text))
				continue;
			strings_add(finding->arena, &lost, id->text);
			finding_evidence(finding, list->origin);
		}
	}
	if (!lost.count) {
		finding_pass(finding);
		return;
	}
	finding_fail(finding, 0);
	finding_set(finding, "ids", "%s", strings_join(finding->arena, &lost, ", "));
}

/* Functions of the chipset or the processor that no VM can use: memory and interrupt controllers,
 * SMBus, signal processing, the security processor. Cards bear some of these classes too (an
 * accelerator as "system peripheral"), but not on a root bus. */
static bool is_chipset_helper(const struct device *device)
{
	int class = device->class_code >> 16;

	if (device->class_code < 0)
		return false;
	if (device_has_class(device, 0x1080))
		return device->vendor_id == 0x1022;
	return !device->parent && (class == 0x05 || class == 0x08 || class == 0x11 ||
				   device_has_class(device, 0x0c05));
}

/* The rest of a target's card or group has to go with it, asked for or not. */
static bool goes_with_a_target(const struct facts *facts, const struct device *device)
{
	for_each (target, &facts->targets) {
		const struct device_refs *group = devices_of_group(facts, *target);

		if (devices_related(*target, device))
			return true;
		for (size_t i = 0; group && i < group->count; i++)
			if (group->items[i] == device)
				return true;
	}
	return false;
}

/* One that was asked for is judged by device.in-use-*; one that vfio-pci holds anyway is somebody
 * else's target; a function of the chipset is never meant. */
static bool taken_by_mistake(const struct facts *facts, const struct device *device)
{
	if (is_chipset_helper(device))
		return true;
	if (device->target || device->vfio_driver)
		return false;
	return next_boot_host_needs(device) || (!facts->targets_implied && facts->targets.count &&
						!goes_with_a_target(facts, device));
}

enum { CAUGHT_TWINS, CAUGHT_ALONE, CAUGHT_BOTH };

struct caught {
	struct strings devices;
	struct strings needless; /* ids that match nothing but these devices */
	bool twins;              /* and there are ids that match wanted ones too */
};

static void catch_by_id(const struct facts *facts, struct finding *finding,
			const struct id_list *list, const struct vfio_id *id, struct caught *caught)
{
	bool wanted = false, mistaken = false;

	for_each (other, &facts->devices) {
		if (!id_matches(id, other))
			continue;
		if (!taken_by_mistake(facts, other)) {
			wanted = true;
			continue;
		}
		mistaken = true;
		if (strings_contain(&caught->devices, other->address))
			continue;
		strings_add(finding->arena, &caught->devices, other->address);
		finding_evidence(finding, list->origin);
		finding_evidence_device(finding, other, "driver", "%s%s",
					other->driver ? "-> " : "no driver",
					other->driver ? other->driver : "");
	}
	caught->twins |= mistaken && wanted;
	if (mistaken && !wanted && !strings_contain(&caught->needless, id->text))
		strings_add(finding->arena, &caught->needless, id->text);
}

static void ids_match_too_many(const struct facts *facts, const struct device *device,
			       struct finding *finding)
{
	struct id_lists lists = id_lists_of(finding);
	struct caught caught = {0};

	(void)device;
	if (!lists.count)
		return;
	for_each (list, &lists) {
		struct vfio_ids ids;

		vfio_ids_parse(finding->arena, list->value, &ids);
		for_each (id, &ids)
			catch_by_id(facts, finding, list, id, &caught);
	}
	if (!caught.devices.count) {
		finding_pass(finding);
		return;
	}
	finding_fail(finding, !caught.needless.count ? CAUGHT_TWINS
			      : caught.twins         ? CAUGHT_BOTH
						     : CAUGHT_ALONE);
	finding_set(finding, "caught", "%s", strings_join(finding->arena, &caught.devices, ", "));
	finding_set(finding, "ids", "%s", strings_join(finding->arena, &caught.needless, ", "));
}

/* -- driver.builtin-ignores-modprobe ---------------------------------------------------------------------------- */

static void builtin_ignores_modprobe(const struct facts *facts, const struct device *device,
				     struct finding *finding)
{
	const struct parameters *words = next_boot_cmdline(facts);
	const struct origin *origin = NULL;

	(void)device;
	if (!next_boot_vfio_built_in(facts) ||
	    !next_boot_ids(facts, &facts->modules.modprobe, NULL, &origin))
		return;
	/* The same ids on the command line make the lines in modprobe.d harmless. */
	if (next_boot_ids(facts, NULL, words ? words : &facts->cmdline,
			  &(const struct origin *){NULL})) {
		finding_pass(finding);
		return;
	}
	finding_fail(finding, 0);
	finding_evidence(finding, origin);
	if (facts->modules.directory)
		finding_evidence_at(finding,
				    arena_printf(finding->arena, "/%s/modules.builtin",
						 facts->modules.directory),
				    0, "names vfio-pci");
}

/* -- the rows ---------------------------------------------------------------------------------------- */

static const struct check rows[] = {
	{
		.id = "driver.ids-match-nothing",
		.severity = SEVERITY_WARNING,
		.scope = SCOPE_HOST,
		.by_hand = BY_HAND_MODPROBE,
		.title = N_("ids= names a device that is not there"),
		.why = N_("A mistyped id, or the id of a card that was taken out, silently does "
			  "nothing."),
		.references = {"https://docs.kernel.org/driver-api/vfio.html"},
		.evaluate = ids_match_nothing,
		.variants = {{
			N_("no device of this host has the id {ids}"),
			N_("vfio-pci will wait for it in vain."),
			{{OWNER_USER, N_("compare with the ids of this host"), "vfiokit list"}},
		}},
	},
	{
		.id = "driver.ids-match-too-many",
		.severity = SEVERITY_DANGER,
		.scope = SCOPE_HOST,
		.by_hand = BY_HAND_BY_ADDRESS,
		.title = N_("ids= takes more than was asked for"),
		.why = N_("ids= matches every device with that id. A second, identical card, or "
			  "the disk controller that "
			  "the host boots from, goes to vfio-pci as well."),
		.references = {"https://docs.kernel.org/driver-api/vfio.html"},
		.evaluate = ids_match_too_many,
		.variants =
			{
				[CAUGHT_TWINS] =
					{
						N_("ids= would also take {caught} from the host"),
						N_("These have the same id as what is to be handed "
						   "over, and the host uses them or nobody asked "
						   "for them."),
						{{OWNER_VFIOKIT,
						  N_("bind by address instead of by id"),
						  "vfiokit configure --by-address"}},
					},
				[CAUGHT_ALONE] =
					{
						N_("ids= would take {caught} from the host"),
						N_("The host uses it or nobody asked for it, and "
						   "no other device of this host has the id: to "
						   "bind by address instead would be no help."),
						{{OWNER_USER,
						  N_("take {ids} out of the ids= list; where the "
						     "quoted file is a generated one, in its "
						     "source, and generate it anew; then build the "
						     "initramfs anew"),
						  NULL}},
					},
				[CAUGHT_BOTH] =
					{
						N_("ids= would also take {caught} from the host"),
						N_("The host uses them or nobody asked for them. "
						   "Some have the same id as what is to be handed "
						   "over."),
						{{OWNER_USER,
						  N_("take {ids} out of the ids= list: nothing "
						     "that is to be handed over has it"),
						  NULL},
						 {OWNER_VFIOKIT,
						  N_("and bind the rest by address instead of by "
						     "id"),
						  "vfiokit configure --by-address"}},
					},
			},
	},
	{
		.id = "driver.builtin-ignores-modprobe",
		.severity = SEVERITY_BLOCKER,
		.scope = SCOPE_HOST,
		.by_hand = BY_HAND_ARGUMENT_ADD,
		.title = N_("vfio-pci is built in: its options in modprobe.d are never read"),
		.why = N_("modprobe.d is read when a module is loaded. A built-in driver takes its "
			  "options from the kernel "
			  "command line only."),
		.references = {"https://docs.kernel.org/admin-guide/kernel-parameters.html"},
		.evaluate = builtin_ignores_modprobe,
		.cured_by_configure = true,
		.variants = {{
			N_("vfio-pci is built into kernel {kernel}: its options in modprobe.d do "
			   "nothing"),
			N_("The ids reach it only as vfio-pci.ids= on the kernel command line."),
			{{OWNER_VFIOKIT, N_("put vfio-pci.ids= on the kernel command line"),
			  "vfiokit configure"}},
		}},
	},
};

const struct check_table checks_vfio_ids = {rows, ARRAY_SIZE(rows)};
