/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks driver.*: will vfio-pci have the device after the next boot? */
#include "preflight/checks/check.h"
#include "preflight/checks/device_relations.h"
#include "preflight/next_boot.h"
#include "preflight/parse/modprobe.h"

/* -- driver.host-driver-first ---------------------------------------------------------------------- */

enum { FIRST_UNORDERED, FIRST_IN_INITRAMFS, FIRST_BUILT_IN, FIRST_IDS_NOT_SEEN, FIRST_NOT_LOADED };

static unsigned first_variant(enum next_reason reason)
{
	switch (reason) {
	case NEXT_RIVAL_IN_INITRAMFS:
		return FIRST_IN_INITRAMFS;
	case NEXT_RIVAL_BUILT_IN:
		return FIRST_BUILT_IN;
	case NEXT_IDS_NOT_SEEN:
		return FIRST_IDS_NOT_SEEN;
	case NEXT_VFIO_NOT_LOADED:
		return FIRST_NOT_LOADED;
	default:
		return FIRST_UNORDERED;
	}
}

static void host_driver_first(const struct facts *facts, const struct device *device,
			      struct finding *finding)
{
	const struct initramfs_image *image = next_boot_image(facts);

	if (device->is_bridge || device->handover_asked != YES)
		return;
	if (device->next_known != YES) {
		if (facts->modules.modprobe_known != YES)
			finding_unknown(finding, "/etc/modprobe.d");
		else if (device->modules_known != YES)
			finding_unknown(finding, "/lib/modules");
		else if (image)
			finding_unknown(finding, image->path);
		else
			finding_unknown(finding, facts->boot.unread_path ? facts->boot.unread_path
									 : "/boot");
		return;
	}
	if (streq(device->next_driver, "vfio-pci")) {
		finding_pass(finding);
		return;
	}
	finding_fail(finding, first_variant(device->next_reason));
	finding_set(finding, "rival", "%s",
		    device->next_rival ? device->next_rival : "its host driver");
	finding_set(finding, "image", "%s%s", image ? "/" : "",
		    image ? image->path : "the initramfs");
	finding_evidence(finding, &device->handover_origin);
	if (image && image->read == YES && device->next_rival &&
	    strings_contain(&image->modules, device->next_rival))
		finding_evidence_at(finding, arena_printf(finding->arena, "/%s", image->path), 0,
				    "holds %s%s", device->next_rival,
				    strings_contain(&image->modules, "vfio_pci") ? " and vfio_pci"
										 : "");
	for_each (load, &facts->handover.loads)
		if (device->next_reason == NEXT_RIVAL_FIRST && device->next_rival &&
		    names_equal(load->module, device->next_rival))
			finding_evidence(finding, &load->origin);
	if (device->next_reason == NEXT_RIVAL_BUILT_IN && facts->modules.directory)
		finding_evidence_at(finding,
				    arena_printf(finding->arena, "/%s/modules.builtin",
						 facts->modules.directory),
				    0, "names %s", device->next_rival);
	finding_evidence_event(finding, &facts->log,
			       log_find(&facts->log, LOG_VFIO_ID_ADDED, NULL));
}

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

/* One that was asked for is judged by device.in-use-*; one that vfio-pci holds anyway is somebody
 * else's target; a function of the chipset is never meant. */
static bool taken_by_mistake(const struct facts *facts, const struct device *device)
{
	if (is_chipset_helper(device))
		return true;
	if (device->target || device->vfio_driver)
		return false;
	return next_boot_host_needs(device) || (!facts->targets_implied && facts->targets.count);
}

static void ids_match_too_many(const struct facts *facts, const struct device *device,
			       struct finding *finding)
{
	struct id_lists lists = id_lists_of(finding);
	struct strings caught = {0};

	(void)device;
	if (!lists.count)
		return;
	for_each (list, &lists) {
		struct vfio_ids ids;

		vfio_ids_parse(finding->arena, list->value, &ids);
		for_each (id, &ids)
			for_each (other, &facts->devices) {
				if (!id_matches(id, other) || !taken_by_mistake(facts, other) ||
				    strings_contain(&caught, other->address))
					continue;
				strings_add(finding->arena, &caught, other->address);
				finding_evidence(finding, list->origin);
				finding_evidence_device(finding, other, "driver", "%s%s",
							other->driver ? "-> " : "no driver",
							other->driver ? other->driver : "");
			}
	}
	if (!caught.count) {
		finding_pass(finding);
		return;
	}
	finding_fail(finding, 0);
	finding_set(finding, "caught", "%s", strings_join(finding->arena, &caught, ", "));
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

/* -- driver.config-ignored ------------------------------------------------------------------------------------------ */

static void config_ignored(const struct facts *facts, const struct device *device,
			   struct finding *finding)
{
	struct strings paths = {0};

	(void)device;
	for_each (file, &facts->handover.ignored) {
		strings_add(finding->arena, &paths, file->path);
		finding_evidence(finding, &file->origin);
		finding_set(finding, "reader", "%s", file->reader);
	}
	for_each (path, &facts->initramfs.ignored_files)
		if (!strings_contain(&paths, *path)) {
			strings_add(finding->arena, &paths, *path);
			finding_evidence_at(finding, *path, 0, "is not read");
			finding_set(finding, "reader", "%s", "the initramfs generator");
		}
	if (paths.count) {
		finding_fail(finding, 0);
		finding_set(finding, "files", "%s", strings_join(finding->arena, &paths, ", "));
	} else if (facts->modules.modprobe_known == YES) {
		finding_pass(finding);
	} else if (next_boot_matters(facts)) {
		finding_unknown(finding, "/etc/modprobe.d");
	}
}

/* -- driver.not-persistent ------------------------------------------------------------------------------------------ */

static void not_persistent(const struct facts *facts, const struct device *device,
			   struct finding *finding)
{
	if (!device->vfio_driver)
		return;
	if (device->handover_asked == YES) {
		finding_pass(finding);
		return;
	}
	if (facts->modules.modprobe_known != YES) {
		finding_unknown(finding, "/etc/modprobe.d");
		return;
	}
	finding_fail(finding, 0);
	/* While a VM has it, its manager has most likely bound it, and will again. */
	if (device->state == STATE_ASSIGNED)
		finding_severity(finding, SEVERITY_INFO);
	finding_set(finding, "rival", "%s",
		    device->next_driver ? device->next_driver : "no driver");
	finding_evidence_device(finding, device, "driver", "-> %s",
				device->driver ? device->driver : "vfio-pci");
}

/* -- the rows ---------------------------------------------------------------------------------------- */

static const struct check rows[] = {
	{
		.id = "driver.host-driver-first",
		.severity = SEVERITY_BLOCKER,
		.scope = SCOPE_DEVICE,
		.by_hand = BY_HAND_MODPROBE,
		.title = N_("a host driver gets the device before vfio-pci at the next boot"),
		.why = N_("The first driver that matches keeps the device. ids= alone does not "
			  "load vfio-pci, and a list "
			  "of modules to load is no order."),
		.references = {"https://manpages.debian.org/kmod/modprobe.d.5.en.html"},
		.evaluate = host_driver_first,
		.cured_by_configure = true,
		.variants =
			{
				[FIRST_UNORDERED] =
					{
						N_("at the next boot {rival} can get {device} "
						   "before vfio-pci"),
						N_("Nothing makes vfio-pci come first: there is no "
						   "softdep for {rival}, and it is not "
						   "blacklisted."),
						{{OWNER_VFIOKIT, N_("order the two"),
						  "vfiokit configure {device}"},
						 {OWNER_USER,
						  N_("or by hand: add \"softdep {rival} pre: "
						     "vfio-pci\" to "
						     "/etc/modprobe.d/vfio.conf and build the "
						     "initramfs anew"),
						  NULL}},
					},
				[FIRST_IN_INITRAMFS] =
					{
						N_("at the next boot {rival} gets {device} in the "
						   "initramfs, where there is no vfio-pci"),
						N_("{image} holds {rival}, and not vfio-pci."),
						{{OWNER_VFIOKIT,
						  N_("put vfio-pci into the initramfs"),
						  "vfiokit configure {device}"}},
					},
				[FIRST_BUILT_IN] =
					{
						N_("at the next boot {rival} gets {device}: it is "
						   "built into the kernel"),
						N_("A built-in driver binds before any module can "
						   "be loaded; softdep and blacklist do not "
						   "reach it."),
						{{OWNER_USER,
						  N_("detach the device after boot, or boot a "
						     "kernel that has {rival} as a module"),
						  NULL}},
					},
				[FIRST_IDS_NOT_SEEN] =
					{
						N_("at the next boot {rival} gets {device}: "
						   "vfio-pci will not see the ids"),
						N_("vfio-pci is loaded without them: they stand "
						   "where that early stage does not look."),
						{{OWNER_VFIOKIT,
						  N_("put the ids where they are seen"),
						  "vfiokit configure {device}"},
						 {OWNER_USER,
						  N_("or by hand: build the initramfs anew, or use "
						     "vfio-pci.ids= on the kernel "
						     "command line"),
						  NULL}},
					},
				[FIRST_NOT_LOADED] =
					{
						N_("at the next boot nothing loads vfio-pci for "
						   "{device}"),
						N_("The ids are there, but vfio-pci is neither "
						   "loaded by name nor pulled in by a softdep."),
						{{OWNER_VFIOKIT, N_("have it loaded"),
						  "vfiokit configure {device}"},
						 {OWNER_USER,
						  N_("or by hand: name vfio-pci in "
						     "/etc/modules-load.d"),
						  NULL}},
					},
			},
	},
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
		.variants = {{
			N_("ids= would also take {caught} from the host"),
			N_("These have the same id as what is to be handed over, and the host uses "
			   "them or nobody asked for "
			   "them."),
			{{OWNER_VFIOKIT, N_("bind by address instead of by id"),
			  "vfiokit configure --by-address"}},
		}},
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
	{
		.id = "driver.config-ignored",
		.severity = SEVERITY_BLOCKER,
		.scope = SCOPE_HOST,
		.by_hand = BY_HAND_MODPROBE,
		.title = N_("a configuration file is never read"),
		.why = N_("modprobe, dracut and the others read only files with the right suffix "
			  "in the right folder; "
			  "anything else is skipped without a word."),
		.references = {"https://manpages.debian.org/kmod/modprobe.d.5.en.html"},
		.evaluate = config_ignored,
		.variants = {{
			N_("{files}: never read by {reader}"),
			N_("The name or the folder is not one that {reader} looks at."),
			{{OWNER_USER,
			  N_("give it the suffix and the folder that {reader} reads (modprobe.d, "
			     "dracut.conf.d, "
			     "modules-load.d: .conf)"),
			  NULL}},
		}},
	},
	{
		.id = "driver.not-persistent",
		.severity = SEVERITY_WARNING,
		.scope = SCOPE_DEVICE,
		.by_hand = BY_HAND_MODPROBE,
		.title = N_("nothing hands the device over at the next boot"),
		.why = N_("A device that was rebound by hand, or by a VM manager, goes back to its "
			  "host driver at boot."),
		.references = {"https://docs.kernel.org/driver-api/vfio.html"},
		.evaluate = not_persistent,
		.variants = {{
			N_("{device} is on vfio-pci now, but the next boot gives it to {rival}"),
			N_("Nothing in modprobe.d, on the command line or in udev's rules asks for "
			   "it. Where the VM manager "
			   "rebinds it at VM start, that is as it should be."),
			{{OWNER_VFIOKIT, N_("make it permanent"), "vfiokit configure {device}"}},
		}},
	},
};

const struct check_table checks_handover = {rows, ARRAY_SIZE(rows)};
