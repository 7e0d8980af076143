/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/checks/check.h"
#include "preflight/checks/cure.h"
#include "preflight/checks/platform_rules.h"
#include "preflight/expect/expect.h"

#include <errno.h>
#include <stdarg.h>

static const struct check_table *const tables[] = {
	&checks_iommu,       &checks_remapping, &checks_translation,  &checks_parameters,
	&checks_group,       &checks_driver,    &checks_handover,     &checks_vfio_ids,
	&checks_persistence, &checks_modprobe,  &checks_boot,         &checks_boot_words,
	&checks_initramfs,   &checks_usage,     &checks_device,       &checks_device_memory,
	&checks_companions,  &checks_sriov,     &checks_device_kinds, &checks_reset,
	&checks_hardware,    &checks_vfio,      &checks_limits,       &checks_host,
	&checks_platform,    &checks_expect,
};

size_t check_count(void)
{
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
		count += tables[i]->count;
	return count;
}

const struct check *check_at(size_t index)
{
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
		if (index < tables[i]->count)
			return &tables[i]->rows[index];
		index -= tables[i]->count;
	}
	return NULL;
}

const struct check *check_find(const char *id)
{
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
		for (size_t row = 0; row < tables[i]->count; row++)
			if (streq(tables[i]->rows[row].id, id))
				return &tables[i]->rows[row];
	return NULL;
}

/* -- what evaluations say ---------------------------------------------------------------------- */

void finding_pass(struct finding *finding)
{
	finding->result = RESULT_PASS;
}

void finding_na(struct finding *finding)
{
	finding->result = RESULT_NA;
}

/* Adds what is not there yet. */
static void add_evidence(struct arena *arena, struct evidences *evidences, struct evidence added)
{
	for_each (known, evidences)
		if (streq(known->source, added.source) && known->line == added.line &&
		    streq(known->text, added.text))
			return;
	*ARRAY_ADD(arena, evidences) = added;
}

static void quote(struct finding *finding, const char *source, unsigned line, const char *text)
{
	add_evidence(finding->arena, &finding->evidence,
		     (struct evidence){.source = source, .line = line, .text = text});
}

static const char *why_unread(const struct finding *finding, const char *path)
{
	const struct facts *facts = finding->facts;
	const char *command = facts_command_for(facts, path);
	int error = facts_unread_error(facts, path);

	if (command)
		return arena_printf(finding->arena, "not told; run: %s", command);
	/* boot/proxmox.c: partitions that are mounted only while they are written. */
	if (error == -ENOMEDIUM)
		return "not mounted";
	if (error == -ENOTUNIQ)
		return "not mounted, and firmware may start from it";
	if (error)
		return error_words(error);
	/* Asked for what boots next, which may have been looked for elsewhere too. */
	if (streq(path, "/boot"))
		return "no loader's entry for the next boot was found";
	/* A log that is there was asked for something that its lost beginning would tell. */
	return streq(path, "dmesg") && facts->log.known == YES ? "does not go back to the boot"
							       : "not there";
}

void finding_unknown(struct finding *finding, const char *path)
{
	/* "dmesg" is the log's name, everything else a path. */
	const char *source = *path == '/' || streq(path, "dmesg")
				     ? arena_strdup(finding->arena, path)
				     : arena_printf(finding->arena, "/%s", path);

	finding->result = RESULT_UNKNOWN;
	add_evidence(finding->arena, &finding->unread,
		     (struct evidence){.source = source, .text = why_unread(finding, source)});
}

void finding_fail(struct finding *finding, unsigned variant)
{
	finding->result = RESULT_FAIL;
	finding->wording = &finding->check->variants[variant];
}

void finding_severity(struct finding *finding, enum severity severity)
{
	finding->severity = severity;
}

void finding_set(struct finding *finding, const char *name, const char *format, ...)
{
	struct argument *argument = NULL;
	va_list arguments;

	for_each (known, &finding->arguments)
		if (streq(known->name, name))
			argument = known;
	if (!argument)
		argument = ARRAY_ADD(finding->arena, &finding->arguments);
	argument->name = name;
	va_start(arguments, format);
	argument->value = arena_vprintf(finding->arena, format, arguments);
	va_end(arguments);
}

void finding_evidence(struct finding *finding, const struct origin *origin)
{
	if (origin && origin->source)
		quote(finding, origin->source, origin->line, origin->text ? origin->text : "");
}

void finding_evidence_event(struct finding *finding, const struct kernel_log *log,
			    const struct log_event *event)
{
	if (event)
		quote(finding, log->source ? log->source : "dmesg", event->line, event->text);
}

void finding_evidence_kind(struct finding *finding, enum log_kind kind)
{
	const struct kernel_log *log = &finding->facts->log;

	finding_evidence_event(finding, log, log_find(log, kind, NULL));
}

void finding_evidence_at(struct finding *finding, const char *source, unsigned line,
			 const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	quote(finding, arena_strdup(finding->arena, source), line,
	      arena_vprintf(finding->arena, format, arguments));
	va_end(arguments);
}

void finding_evidence_device(struct finding *finding, const struct device *device, const char *name,
			     const char *format, ...)
{
	va_list arguments;
	const char *source = arena_printf(finding->arena, "/sys/bus/pci/devices/%s%s%s",
					  device->address, *name ? "/" : "", name);
	const char *text;

	va_start(arguments, format);
	text = arena_vprintf(finding->arena, format, arguments);
	va_end(arguments);
	if (device->origin.source) /* pasted: the line of the text, not a file that nobody read */
		quote(finding, device->origin.source, device->origin.line,
		      arena_printf(finding->arena, "%s%s%s%s %s", device->address, *name ? " " : "",
				   name, *text == '-' ? "" : ":", text));
	else
		quote(finding, source, 0, text);
}

/* -- expanding {placeholders} ---------------------------------------------------------------------
 */

static const char *argument_value(const struct finding *finding, const char *name, size_t length)
{
	for_each (argument, &finding->arguments)
		if (strncmp(argument->name, name, length) == 0 && argument->name[length] == '\0')
			return argument->value;
	return NULL;
}

static const char *expand(const struct finding *finding, const char *text)
{
	struct strings pieces = {0};
	struct arena *arena = finding->arena;

	if (!text || !strchr(text, '{'))
		return text;
	while (*text) {
		size_t plain = strcspn(text, "{");
		const char *end, *value;

		*ARRAY_ADD(arena, &pieces) = arena_copy(arena, text, plain);
		text += plain;
		if (!*text)
			break;
		end = strchr(text, '}');
		value = end ? argument_value(finding, text + 1, (size_t)(end - text - 1)) : NULL;
		if (!value) { /* not a placeholder of ours: stays as it is */
			*ARRAY_ADD(arena, &pieces) = "{";
			text++;
			continue;
		}
		*ARRAY_ADD(arena, &pieces) = value;
		text = end + 1;
	}
	return strings_join(arena, &pieces, "");
}

/* A command of which nothing is known is none. */
static const char *expand_command(const struct finding *finding, const char *text)
{
	const char *command = expand(finding, text);

	return command && *command ? command : NULL;
}

void finding_finish(struct finding *finding)
{
	const struct wording *wording = finding->wording;

	if (finding->result != RESULT_FAIL || !wording) {
		finding->title = finding->check->title;
		if (finding->result == RESULT_UNKNOWN)
			finding->evidence = finding->unread;
		return;
	}
	finding->title = expand(finding, wording->title);
	finding->cause = expand(finding, wording->cause);
	for (size_t i = 0; i < ARRAY_SIZE(wording->remedies) && wording->remedies[i].text; i++)
		finding->remedies[i] = (struct remedy){
			.owner = wording->remedies[i].owner,
			.text = expand(finding, wording->remedies[i].text),
			.command = expand_command(finding, wording->remedies[i].command),
		};
}

/* -- running --------------------------------------------------------------------------------------
 */

/* Under Xen the hypervisor owns the IOMMU: what Linux shows of it, and VFIO, mean nothing there. */
static bool applies(const struct check *check, const struct facts *facts)
{
	static const char *const not_under_xen[] = {"iommu.",     "group.", "driver.", "boot.",
						    "initramfs.", "vfio.",  "limits."};

	if (facts->machine.xen_dom0 != YES || check->under_xen)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(not_under_xen); i++)
		if (starts_with(check->id, not_under_xen[i]))
			return false;
	return true;
}

struct finding *finding_begin(struct findings *findings, const struct check *check,
			      const struct device *device, const char *subject)
{
	struct finding *finding = ARRAY_ADD(findings->arena, findings);
	const char *kernel = findings->facts->machine.kernel;

	*finding = (struct finding){
		.arena = findings->arena,
		.check = check,
		.facts = findings->facts,
		.device = device,
		.subject = subject,
		.severity = check->severity,
	};
	finding_set(finding, "device", "%s", subject ? subject : "this host");
	finding_set(finding, "kernel", "%s", kernel ? kernel : "(unknown)");
	return finding;
}

static void run(const struct check *check, const struct facts *facts, const struct device *device,
		const char *subject, struct findings *findings)
{
	struct finding *finding = finding_begin(findings, check, device, subject);

	if (applies(check, facts))
		check->evaluate(facts, device, finding);
	finding_finish(finding);
}

void checks_run_device(const struct facts *facts, const struct device *device, struct arena *arena,
		       struct findings *ret_findings)
{
	ret_findings->arena = arena;
	ret_findings->facts = facts;
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
		for (size_t row = 0; row < tables[i]->count; row++)
			if (tables[i]->rows[row].scope == SCOPE_DEVICE)
				run(&tables[i]->rows[row], facts, device, device->address,
				    ret_findings);
}

/* -- no advice against the host ------------------------------------------------------------------ */

/* Devices that cannot be handed over, or must not: a danger, or a blocker that configure cannot
 * cure. */
static struct device_refs hopeless(struct findings *findings)
{
	struct device_refs devices = {0};

	for_each (finding, findings)
		if (finding->device && finding->result == RESULT_FAIL &&
		    (finding->severity == SEVERITY_DANGER ||
		     (finding->severity == SEVERITY_BLOCKER &&
		      !finding->check->cured_by_configure)))
			*ARRAY_ADD(findings->arena, &devices) =
				facts_find_device(findings->facts, finding->device->address);
	return devices;
}

/* Nobody is told to hand over what would hurt the host, or what no VM could use. */
static void withdraw_own_remedies(struct finding *finding)
{
	size_t kept = 0;

	for (size_t i = 0; i < ARRAY_SIZE(finding->remedies); i++)
		if (finding->remedies[i].text && finding->remedies[i].owner != OWNER_VFIOKIT)
			finding->remedies[kept++] = finding->remedies[i];
	while (kept < ARRAY_SIZE(finding->remedies))
		finding->remedies[kept++] = (struct remedy){.text = NULL};
}

/* The configuration asks for a device that the host cannot do without: to help it along, by
 * building an initramfs or a boot entry, would hurt at the next boot. */
static bool asks_for_danger(const struct findings *findings)
{
	for_each (finding, findings) {
		if (finding->result != RESULT_FAIL || finding->severity != SEVERITY_DANGER)
			continue;
		if (finding->device ? finding->device->handover_asked == YES
				    : streq(finding->check->id, "driver.ids-match-too-many"))
			return true;
	}
	return false;
}

static void withdraw_all_remedies(struct finding *finding)
{
	for (size_t i = 0; i < ARRAY_SIZE(finding->remedies); i++)
		finding->remedies[i] = (struct remedy){.text = NULL};
}

static void withdraw_advice(struct findings *findings)
{
	struct device_refs devices = hopeless(findings);

	/* Without an IOMMU there is nothing to configure for any device. */
	for_each (finding, findings)
		if (finding->result == RESULT_FAIL &&
		    streq(finding->check->id, "iommu.hardware-missing"))
			for_each (target, &findings->facts->targets)
				*ARRAY_ADD(findings->arena, &devices) = *target;
	for_each (finding, findings)
		for_each (device, &devices)
			if (*device == finding->device && finding->result == RESULT_FAIL &&
			    finding->check->cured_by_configure)
				withdraw_own_remedies(finding);
	if (asks_for_danger(findings))
		for_each (finding, findings)
			if (starts_with(finding->check->id, "initramfs.") ||
			    starts_with(finding->check->id, "boot.") ||
			    streq(finding->check->id, "driver.host-driver-first"))
				withdraw_all_remedies(finding);
}

static void run_everywhere(const struct check *check, const struct facts *facts,
			   struct findings *findings)
{
	if (check->scope == SCOPE_HOST) {
		run(check, facts, NULL, NULL, findings);
		return;
	}
	for_each (target, &facts->targets)
		run(check, facts, *target, (*target)->address, findings);
	if (check->for_missing)
		for_each (missing, &facts->targets_missing)
			run(check, facts, NULL, *missing, findings);
}

/* Room for all at once: growing would leave as much again behind in the arena. */
static void reserve(const struct facts *facts, struct findings *findings)
{
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
		for (size_t row = 0; row < tables[i]->count; row++)
			count += tables[i]->rows[row].scope == SCOPE_HOST
					 ? 1
					 : facts->targets.count + facts->targets_missing.count;
	findings->items = arena_array(findings->arena, count, sizeof(*findings->items));
	findings->capacity = count;
}

void checks_run(const struct facts *facts, struct findings *ret_findings)
{
	ret_findings->arena = facts->arena;
	ret_findings->facts = facts;
	reserve(facts, ret_findings);
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
		for (size_t row = 0; row < tables[i]->count; row++)
			run_everywhere(&tables[i]->rows[row], facts, ret_findings);
	withdraw_advice(ret_findings);
	findings_mark_cured(facts, ret_findings);
	findings_advise_reboot(ret_findings);
	platform_judge(facts, ret_findings);
	expect_judge(facts, ret_findings);
}

/* -- verdict --------------------------------------------------------------------------------------
 */

struct tally {
	bool blocked, unknown, pending, cured;
};

static void tally_finding(struct tally *tally, const struct finding *finding)
{
	if (finding->severity < SEVERITY_BLOCKER || finding->waiver)
		return;
	if (finding->result == RESULT_UNKNOWN)
		tally->unknown = true;
	if (finding->result != RESULT_FAIL)
		return;
	if (streq(finding->check->id, "boot.pending"))
		tally->pending = true;
	else if (finding->cured_by_reboot && finding->severity == SEVERITY_BLOCKER)
		tally->cured = true; /* a danger stays one: the reboot may be what hurts */
	else
		tally->blocked = true;
}

/* A host without a single PCI function was not seen. One without targets of which a function could not even be
 * told apart was not either: that function may be one that the configuration hands over. */
static bool was_seen(const struct facts *facts)
{
	if (!facts->devices.count || facts->targets.count)
		return facts->devices.count > 0;
	for_each (device, &facts->devices)
		if (device->vendor_id < 0 && device->class_code < 0)
			return false;
	return true;
}

static enum verdict tally_verdict(const struct tally *tally, const struct facts *facts)
{
	/* What a reboot would cure still blocks where no proven next boot is pending. */
	if (tally->blocked || (tally->cured && !tally->pending))
		return VERDICT_NOT_READY;
	/* Under Xen nothing here proves anything. */
	if (tally->unknown || (facts && (!was_seen(facts) || facts->machine.xen_dom0 == YES)))
		return VERDICT_UNKNOWN;
	return tally->pending ? VERDICT_REBOOT : VERDICT_READY;
}

enum verdict findings_verdict(const struct findings *findings)
{
	struct tally tally = {0};

	for_each (finding, findings)
		tally_finding(&tally, finding);
	return tally_verdict(&tally, findings->facts);
}

enum verdict findings_device_verdict(const struct findings *findings,
				     const struct findings *device_findings,
				     const struct device *device)
{
	struct tally tally = {0};

	for_each (finding, findings)
		if (finding->check->scope == SCOPE_HOST)
			tally_finding(&tally, finding);
	for_each (finding, device_findings)
		if (finding->check->scope == SCOPE_DEVICE && finding->device == device)
			tally_finding(&tally, finding);
	return tally_verdict(&tally, findings->facts);
}

bool findings_allow_handover(const struct findings *device_findings, const struct device *device)
{
	for_each (finding, device_findings) {
		bool danger = finding->severity == SEVERITY_DANGER;

		if (finding->device != device || finding->severity < SEVERITY_BLOCKER)
			continue;
		/* What might hurt the host is not offered while nobody knows. */
		if (finding->result == RESULT_UNKNOWN && danger)
			return false;
		if (finding->result == RESULT_FAIL && !finding->check->cured_by_configure)
			return false;
	}
	return true;
}

const char *severity_name(enum severity severity)
{
	static const char *const names[] = {"info", "warning", "blocker", "danger"};

	return names[severity];
}

const char *result_name(enum result result)
{
	static const char *const names[] = {"na", "pass", "unknown", "fail"};

	return names[result];
}

const char *owner_name(enum owner owner)
{
	static const char *const names[] = {"vfiokit", "firmware", "user", "vendor"};

	return names[owner];
}

const char *verdict_name(enum verdict verdict)
{
	static const char *const names[] = {"ready", "reboot", "unknown", "not-ready"};

	return names[verdict];
}
