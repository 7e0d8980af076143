/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One check, judged on facts made by hand. */
#ifndef VFIOKIT_TESTS_CHECKS_MADE_H
#define VFIOKIT_TESTS_CHECKS_MADE_H

#include "facts_made.h"
#include "preflight/checks/check.h"
#include "preflight/parse/cmdline.h"
#include "preflight/parse/modprobe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

/* A plain Intel machine with everything in order and no devices: each test changes what it is
 * about. */
static inline struct facts *healthy_intel(void)
{
	struct facts *facts = facts_made();

	facts->machine.cpu_vendor = CPU_INTEL;
	facts->machine.architecture = "x86_64";
	facts->machine.kernel = "6.1.0-50-amd64";
	facts->machine.cpu_virtualization = YES;
	facts->machine.in_vm = NO;
	facts->machine.config = (struct kernel_config){.known = YES,
						       .source = "/boot/config-6.1.0-50-amd64",
						       .intel_iommu = 'y',
						       .amd_iommu = 'y'};
	facts->cmdline_known = YES;
	facts->cmdline_text = "";
	facts->log.known = facts->log.complete = YES;
	facts->log.source = "dmesg";
	facts->iommu = (struct iommu_facts){
		.kind = IOMMU_INTEL,
		.groups_listed = YES,
		.active = YES,
		.tables_listed = YES,
		.table_present = {[TABLE_DMAR] = YES,
				  [TABLE_IVRS] = NO,
				  [TABLE_IORT] = NO,
				  [TABLE_VIOT] = NO},
		.table_valid = {[TABLE_DMAR] = YES},
		.devicetree = NO,
		.interrupt_remapping = YES,
	};
	*ARRAY_ADD(facts->arena, &facts->iommu.units) =
		(struct iommu_unit){.name = "dmar0", .kind = IOMMU_INTEL, .address_bits = 48};
	for (size_t i = 0; i < USE_KINDS; i++)
		facts->usage.known[i] = YES;
	facts->usage.iomem_readable = YES;
	facts->usage.vfio_node_mode = -1;
	facts->usage.memlock_known = YES;
	facts->usage.fabric_manager = NO;
	facts->modules.vfio_pci = YES;
	facts->modules.loaded_known = facts->modules.builtin_known = facts->modules.modprobe_known =
		YES;
	facts->modules.directory = "lib/modules/6.1.0-50-amd64";
	facts->modules.modules_root_present = facts->modules.directory_present = YES;
	facts->machine.firmware = "uefi";
	facts->machine.secure_boot = NO;
	facts->machine.lockdown = "none";
	return facts;
}

/* The same machine as firmware leaves it with VT-d switched off. */
static inline struct facts *intel_without_iommu(void)
{
	struct facts *facts = healthy_intel();

	facts->iommu.active = NO;
	facts->iommu.active_origin =
		(struct origin){.source = "/sys/kernel/iommu_groups", .text = "empty"};
	facts->iommu.units.count = 0;
	facts->iommu.table_present[TABLE_DMAR] = NO;
	facts->iommu.interrupt_remapping = UNKNOWN;
	return facts;
}

static inline void set_cmdline(struct facts *facts, const char *text)
{
	facts->cmdline = (struct parameters){0};
	facts->cmdline_text = text;
	cmdline_parse(facts->arena, text, strlen(text), "/proc/cmdline", 1, &facts->cmdline);
}

static inline void set_log(struct facts *facts, const char *text)
{
	log_parse(facts->arena, text, strlen(text), &facts->log);
	facts->log.source = "dmesg";
}

static inline void set_modprobe(struct facts *facts, const char *text)
{
	facts->modules.modprobe = (struct modprobe_lines){0};
	modprobe_parse(facts->arena, "/etc/modprobe.d/vfio.conf", text, strlen(text),
		       &facts->modules.modprobe);
}

/* A parameter of a loaded module, as sysfs shows it. */
static inline void set_module_parameter(struct facts *facts, const char *module, const char *name,
					const char *value)
{
	const char *path = arena_printf(facts->arena, "/sys/module/%s/parameters/%s", module, name);

	*ARRAY_ADD(facts->arena, &facts->modules.parameters) =
		(struct module_parameter){module, name, value, {path, 1, value}};
}

/* A function with ids, awake, whose configuration space could be read. Call in the order of
 * addresses. */
static inline struct device *made_function(struct facts *facts, const char *address, int vendor,
					   int device, int class, const char *driver)
{
	struct device *made = facts_made_device(facts, address, class, driver);

	made->vendor_id = vendor;
	made->device_id = device;
	made->subsystem_vendor_id = made->subsystem_device_id = -1;
	made->revision = made->numa_node = made->predicted_group = made->physical_slot = -1;
	made->sriov_total = made->sriov_active = -1;
	made->config.size = 256;
	made->config.header_known = true;
	made->config.capabilities = YES;
	made->power_state = "D0";
	made->reset_methods_known = YES;
	made->has_group = NO;
	return made;
}

static inline struct device *made_bridge(struct facts *facts, const char *address)
{
	struct device *bridge = made_function(facts, address, 0x8086, 0x1901, 0x060400, "pcieport");

	bridge->is_bridge = true;
	bridge->state = STATE_BRIDGE;
	return bridge;
}

/* A use that the host cannot do without. */
static inline struct use *made_use(struct facts *facts, struct device *device, enum use_kind kind,
				   const char *what, const char *source)
{
	struct use *use = device_add_use(facts, device, kind);

	use->critical = true;
	use->what = what;
	use->origin = (struct origin){.source = source, .line = 1, .text = what};
	return use;
}

/* Puts devices into a new group. */
static inline struct group *made_group(struct facts *facts, int id, struct device *const *devices,
				       size_t count)
{
	struct group *group = arena_alloc(facts->arena, sizeof(*group));

	group->id = id;
	group->reserved_known = YES;
	for (size_t i = 0; i < count; i++) {
		*ARRAY_ADD(facts->arena, &group->devices) = devices[i];
		devices[i]->group = group;
		devices[i]->has_group = YES;
	}
	return group;
}

/* The variants that any check has said in this program, so that a test can tell which were not. */
static inline const struct wording **said_variants(void)
{
	static const struct wording *variants[1024];

	return variants;
}

static inline void note_variant(const struct wording *wording)
{
	const struct wording **said = said_variants();

	while (*said && *said != wording)
		said++;
	*said = wording;
}

static inline bool was_said(const struct wording *wording)
{
	const struct wording **said = said_variants();

	while (*said && *said != wording)
		said++;
	return *said;
}

static inline void assert_expanded(const struct finding *finding, const char *text)
{
	if (text && strchr(text, '{'))
		fail_msg("%s: a placeholder is left in \"%s\"", finding->check->id, text);
}

/* What must hold of every finding, whatever it is about: made facts hold no braces, so one that is
 * left is a placeholder that nobody has set. */
static inline void assert_well_said(const struct finding *finding)
{
	assert_non_null(finding->title);
	for_each (evidence, &finding->evidence) {
		assert_non_null(evidence->source);
		assert_non_null(evidence->text);
	}
	if (finding->result == RESULT_UNKNOWN && !finding->evidence.count)
		fail_msg("%s is unknown and names no file", finding->check->id);
	if (finding->result != RESULT_FAIL)
		return;
	note_variant(finding->wording);
	assert_non_null(finding->cause);
	assert_expanded(finding, finding->title);
	assert_expanded(finding, finding->cause);
	for (size_t i = 0; i < ARRAY_SIZE(finding->remedies); i++) {
		assert_expanded(finding, finding->remedies[i].text);
		assert_expanded(finding, finding->remedies[i].command);
	}
}

/* Runs one check on one subject. */
static inline struct finding judge_named(struct facts *facts, const struct device *device,
					 const char *id, const char *missing)
{
	struct findings findings = {0};

	facts->targets.count = facts->targets_missing.count = 0;
	for_each (other, &facts->devices)
		if (other->target)
			*ARRAY_ADD(facts->arena, &facts->targets) = other;
	if (missing)
		strings_add(facts->arena, &facts->targets_missing, missing);
	checks_run(facts, &findings);
	for_each (finding, &findings)
		assert_well_said(finding);
	for_each (finding, &findings)
		if (streq(finding->check->id, id) && finding->device == device &&
		    (!missing || streq(finding->subject, missing)))
			return *finding;
	fail_msg("no finding of %s", id);
	return (struct finding){0};
}

/* device NULL: a host check. */
static inline struct finding judge(struct facts *facts, struct device *device, const char *id)
{
	if (device)
		device->target = true;
	return judge_named(facts, device, id, NULL);
}

static inline enum result result_of(struct facts *facts, struct device *device, const char *id)
{
	return judge(facts, device, id).result;
}

#define assert_result(facts, device, id, wanted)                                                   \
	assert_string_equal(result_name(result_of((facts), (device), (id))), (wanted))

/* Whether some evidence holds both texts. */
static inline bool quotes(const struct finding *finding, const char *source, const char *text)
{
	for_each (evidence, &finding->evidence)
		if (strstr(evidence->source, source) && strstr(evidence->text, text))
			return true;
	return false;
}

#define assert_quotes(finding, source, text)                                                       \
	do {                                                                                       \
		if (!quotes((finding), (source), (text)))                                          \
			fail_msg("%s does not quote \"%s\" of %s", (finding)->check->id, (text),   \
				 (source));                                                        \
	} while (0)

/* The finding of a check that must fail with this severity and a title that holds this text. */
static inline struct finding fails_named(struct facts *facts, const struct device *device,
					 const char *missing, const char *id,
					 enum severity severity, const char *title)
{
	struct finding finding = judge_named(facts, device, id, missing);

	if (finding.result != RESULT_FAIL)
		fail_msg("%s gives %s", id, result_name(finding.result));
	if (finding.severity != severity)
		fail_msg("%s is of severity %s", id, severity_name(finding.severity));
	if (!strstr(finding.title, title))
		fail_msg("%s: \"%s\" does not say \"%s\"", id, finding.title, title);
	if (!finding.evidence.count)
		fail_msg("%s shows no evidence", id);
	return finding;
}

static inline struct finding fails(struct facts *facts, struct device *device, const char *id,
				   enum severity severity, const char *title)
{
	if (device)
		device->target = true;
	return fails_named(facts, device, NULL, id, severity, title);
}

/* A check that cannot be judged must name the file that it lacks. */
static inline void assert_unknown(struct facts *facts, struct device *device, const char *id,
				  const char *path)
{
	struct finding finding = judge(facts, device, id);

	if (finding.result != RESULT_UNKNOWN)
		fail_msg("%s gives %s", id, result_name(finding.result));
	if (!quotes(&finding, path, ""))
		fail_msg("%s does not name %s", id, path);
	assert_null(finding.cause);
	assert_string_equal(finding.title, finding.check->title);
}

/* Every text that these checks hold has been said by some test before this one. */
static inline void assert_all_said(const char *const *ids, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct check *check = check_find(ids[i]);

		assert_non_null(check);
		for (size_t v = 0; v < ARRAY_SIZE(check->variants); v++)
			if (check->variants[v].title && !was_said(&check->variants[v]))
				fail_msg("no test makes %s say \"%s\"", ids[i],
					 check->variants[v].title);
	}
}

#endif
