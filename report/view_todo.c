/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What to do next, in order, and how to see that it worked. */
#include "preflight/address.h"
#include "preflight/checks/check.h"
#include "view_parts.h"

/* Dangers first; then what somebody has to decide, before files are written; the reboot after all of them. */
enum phase {
	PHASE_DANGER,
	PHASE_FIRMWARE,
	PHASE_HAND,
	PHASE_VFIOKIT,
	PHASE_UNKNOWN,
	PHASE_REBOOT,
	PHASE_AGAIN,
	PHASE_COUNT,
};

/* How many reasons and pieces of evidence one step shows. */
enum { REASONS_SHOWN = 8, EVIDENCE_SHOWN = 6 };

struct list {
	json_object *phases[PHASE_COUNT]; /* steps of each */
	json_object *by_id, *by_remedy;   /* the step that an id or a set of remedies has already */
	json_object *bare;                /* the step that an id without remedies has already */
	json_object *reboot;  /* boot.pending, where a reboot is what is left; else NULL */
	json_object *again;   /* the command that judges the same devices */
	bool wanted_blocking; /* blockers and dangers; else warnings */
};

/* -- how to see that it worked ---------------------------------------------------------------------------- */

/* The longest prefix of an id comes first. {device} is the subject's address. */
static const struct {
	const char *prefix, *text, *command;
} proofs[] = {
	{"iommu.interrupt-remapping", N_("the kernel log says that remapping is enabled"),
	 "sudo dmesg | grep -i remapping"},
	{"iommu.parameter", N_("the running command line holds the right words"),
	 "cat /proc/cmdline"},
	{"iommu.", N_("the folder is not empty"), "ls /sys/kernel/iommu_groups"},
	{"group.", N_("it lists only what goes to the VM, and bridges"),
	 "ls /sys/bus/pci/devices/{device}/iommu_group/devices"},
	{"driver.",
	 N_("it says: Kernel driver in use: vfio-pci (after the reboot, where one is needed)"),
	 "lspci -nnks {device}"},
	{"initramfs.", N_("it says: Kernel driver in use: vfio-pci, after the next boot"),
	 "lspci -nnks {device}"},
	{"boot.", N_("after the next boot, the command line holds the words"), "cat /proc/cmdline"},
	{"limits.", N_("the limit is large enough"), "ulimit -l"},
};

/* Only a subject that is an address goes into a command that people copy. */
static bool is_address(const char *subject)
{
	struct address address;

	return subject && address_parse(subject, strlen(subject), &address) == 0;
}

static json_object *proof_command(const char *command, const char *subject)
{
	static const char placeholder[] = "{device}";
	const char *at = strstr(command, placeholder);

	if (!at)
		return text(command);
	return textf("%.*s%s%s", (int)(at - command), command, subject, at + strlen(placeholder));
}

static json_object *proof(json_object *check)
{
	const char *id = get_text(check, "id"), *subject = get_text(check, "subject");
	json_object *worked = json_object_new_object();

	for (size_t i = 0; i < ARRAY_SIZE(proofs); i++) {
		bool fits = !strstr(proofs[i].command, "{device}") || is_address(subject);

		if (!starts_with(id, proofs[i].prefix) || !fits)
			continue;
		put(worked, "text", text(_(proofs[i].text)));
		put(worked, "command", proof_command(proofs[i].command, subject));
		return worked;
	}
	put(worked, "text", textf(_("%s is no longer reported"), id));
	put(worked, "command",
	    is_address(subject) ? textf("sudo vfiokit preflight %s", subject)
				: text("sudo vfiokit preflight"));
	return worked;
}

/* -- steps ----------------------------------------------------------------------------------------------- */

static json_object *new_step(struct list *list, enum phase phase)
{
	json_object *step = json_object_new_object();

	put(step, "number", NULL);
	put(step, "steps", json_object_new_array());
	put(step, "because", json_object_new_array());
	put(step, "more", NULL);
	put(step, "evidence", json_object_new_array());
	put(step, "worked", NULL);
	put(step, "subject", NULL);
	put(step, "devices", count(1));
	json_object_array_add(list->phases[phase], step);
	return step;
}

static void add_action(json_object *step, json_object *words, json_object *command)
{
	json_object *action = json_object_new_object();

	put(action, "text", words);
	put(action, "command", command);
	put(action, "owner", NULL);
	put(action, "first", flag(true));
	json_object_array_add(get(step, "steps"), action);
}

static void add_evidence(json_object *step, json_object *check)
{
	json_object *seen = get(step, "evidence"),
		    *evidence = view_evidence(get(check, "evidence"));

	for (size_t i = 0; i < array_length(evidence) && array_length(seen) < EVIDENCE_SHOWN; i++) {
		bool new = true;

		for (size_t j = 0; j < array_length(seen); j++)
			new &= !json_object_equal(item(seen, j), item(evidence, i));
		if (new)
			json_object_array_add(seen, again(item(evidence, i)));
	}
	json_object_put(evidence);
}

static void add_reason(json_object *step, json_object *check)
{
	json_object *reasons = get(step, "because"), *reason;
	int64_t more = json_object_get_int64(get(step, "more"));

	/* Functions of one card often have the same to say. */
	for (size_t i = 0; i < array_length(reasons); i++)
		if (is(item(reasons, i), "id", get_text(check, "id")) &&
		    is(item(reasons, i), "title", get_text(check, "title")))
			return;
	if (array_length(reasons) == REASONS_SHOWN) {
		json_object_object_add(step, "more", json_object_new_int64(more + 1));
		return;
	}
	reason = json_object_new_object();
	put(reason, "id", again(get(check, "id")));
	put(reason, "title",
	    is(check, "result", "unknown")
		    ? textf(_("not known whether %s"), get_text(check, "title"))
		    : again(get(check, "title")));
	put(reason, "anchor",
	    is(check, "result", "fail") ? view_anchor(check) : text("not-checked"));
	json_object_array_add(reasons, reason);
	add_evidence(step, check);
}

static enum phase phase_of(json_object *check)
{
	json_object *first = item(get(check, "remedy"), 0);

	if (is(check, "severity", "danger") || is(check, "id", "boot.pending"))
		return PHASE_DANGER;
	if (is(first, "owner", "firmware") || is(first, "owner", "vendor"))
		return PHASE_FIRMWARE;
	return is(first, "owner", "vfiokit") ? PHASE_VFIOKIT : PHASE_HAND;
}

/* Without a remedy (a danger takes away the advice to go on) what is left is to understand it. */
static json_object *step_for(struct list *list, json_object *check)
{
	json_object *remedies = get(check, "remedy"), *step = new_step(list, phase_of(check));
	const char *id = get_text(check, "id");

	if (array_length(remedies))
		json_object_object_add(step, "steps", view_steps(remedies));
	else
		add_action(step, text(_("find out what this means and what is possible here")),
			   check_find(id) ? textf("vfiokit explain %s", id) : NULL);
	json_object_object_add(step, "worked", proof(check));
	json_object_object_add(step, "subject", again(get(check, "subject")));
	return step;
}

/* What makes two sets of remedies the same: their commands, or all of it where one has none. */
static json_object *remedy_key(json_object *check)
{
	json_object *remedies = get(check, "remedy"), *commands = json_object_new_array();

	for (size_t i = 0; i < array_length(remedies); i++) {
		if (!get_text(item(remedies, i), "command")) {
			json_object_put(commands);
			return again(remedies);
		}
		json_object_array_add(commands, again(get(item(remedies, i), "command")));
	}
	return commands;
}

enum { DEVICES_IN_COMMAND = 1024 };

/* Where the address stands as a word of its own in the command, or NULL. */
static const char *find_word(const char *command, const char *address)
{
	const char *at = strstr(command, address);
	size_t length = strlen(address);

	return at && at > command && at[-1] == ' ' && (!at[length] || at[length] == ' ') ? at
											 : NULL;
}

/* "sudo vfiokit configure 41:00.0 --apply" for one more device. Only these take several. */
static void join_command(json_object *action, const char *last, const char *next)
{
	const char *command = get_text(action, "command"), *at;

	if (!command || !(starts_with(command, "sudo vfiokit configure ") ||
			  starts_with(command, "sudo vfiokit detach ")))
		return;
	at = find_word(command, last);
	if (!at || find_word(command, next))
		return;
	at += strlen(last);
	json_object_object_add(action, "command",
			       textf("%.*s %s%s", (int)(at - command), command, next, at));
}

/* A further subject of the same check. step has the one before it as "subject". */
static void join_subject(json_object *step, json_object *check)
{
	const char *last = get_text(step, "subject"), *next = get_text(check, "subject");
	int64_t devices = json_object_get_int64(get(step, "devices")) + 1;

	if (!is_address(last) || !is_address(next) || devices > DEVICES_IN_COMMAND)
		return;
	for (size_t i = 0; i < array_length(get(step, "steps")); i++)
		join_command(item(get(step, "steps"), i), last, next);
	json_object_object_add(step, "subject", again(get(check, "subject")));
	json_object_object_add(step, "devices", json_object_new_int64(devices));
}

/* The same advice is given once: for a check's other subjects, and for other checks that it cures too. */
static void add_failure(struct list *list, json_object *check)
{
	const char *id = get_text(check, "id");
	json_object *key = remedy_key(check);
	const char *remedies = json_object_to_json_string_ext(key, JSON_C_TO_STRING_PLAIN);
	json_object *bare = index_get(list->bare, id), *step = index_get(list->by_id, id);

	if (!array_length(get(check, "remedy"))) {
		step = step ? step : bare;
	} else if (!step || array_length(get(step, "steps")) < array_length(get(check, "remedy"))) {
		step = index_get(list->by_remedy, remedies);
	}
	if (!step)
		step = step_for(list, check);
	else if (step == index_get(list->by_id, id))
		join_subject(step, check);
	if (array_length(get(check, "remedy"))) {
		index_put(list->by_remedy, remedies, step);
		index_put(list->by_id, id, step);
	} else {
		index_put(list->bare, id, step);
	}
	json_object_put(key);
	add_reason(step, check);
}

/* -- what is not known ----------------------------------------------------------------------------------- */

static const char *reason_of(json_object *check)
{
	return get_text(item(get(check, "evidence"), 0), "text");
}

/* Judged from pasted text, what does not stand in it names the command that would tell. */
static void add_unknown(struct list *list, json_object *check)
{
	static const char told[] = "not told; run: ";
	const char *reason = reason_of(check), *id = get_text(check, "id");
	bool denied =
		streq(reason, "Permission denied") || streq(reason, "Operation not permitted");
	const char *key = denied ? "denied" : reason ? reason : id;
	json_object *step = index_get(list->by_remedy, key);

	if (!step) {
		step = new_step(list, PHASE_UNKNOWN);
		if (denied)
			add_action(step, text(_("have these checked: run vfiokit as root")),
				   again(list->again));
		else if (reason && starts_with(reason, told))
			add_action(step, text(_("add what this prints to the pasted text")),
				   text(reason + strlen(told)));
		else
			add_action(step,
				   text(_("have these checked where what they need can be read")),
				   again(list->again));
		index_put(list->by_remedy, key, step);
	}
	add_reason(step, check);
}

/* -- the list ---------------------------------------------------------------------------------------------- */

/* The finding that only a reboot is missing. Its other variant warns of the reboot, and has no command. */
static json_object *pending_reboot(json_object *checks)
{
	for (size_t i = 0; i < array_length(checks); i++) {
		json_object *check = item(checks, i);

		if (is(check, "id", "boot.pending") && is_failure(check))
			return get_text(item(get(check, "remedy"), 0), "command") ? check : NULL;
	}
	return NULL;
}

static void add_check(struct list *list, json_object *check)
{
	if (is_blocking(check) != list->wanted_blocking ||
	    (!list->wanted_blocking && !is(check, "severity", "warning")))
		return;
	if (is(check, "result", "unknown") && list->wanted_blocking)
		add_unknown(list, check);
	if (!is_failure(check) || check == list->reboot)
		return;
	if (!list->reboot || !get_true(check, "cured_by_reboot"))
		add_failure(list, check);
}

static void add_answer(struct list *list, enum phase phase, json_object *answer)
{
	json_object *step = new_step(list, phase), *reason;

	json_object_object_add(step, "steps", view_rehearsal_steps(answer));
	if (!array_length(get(step, "steps")))
		add_action(step, text(N_("find out why the kernel answers so")), NULL);
	reason = json_object_new_object();
	put(reason, "id", text("rehearsal"));
	put(reason, "title", view_rehearsal_line(answer));
	put(reason, "anchor", text("rehearsal"));
	json_object_array_add(get(step, "because"), reason);
	json_object_object_add(step, "evidence", view_rehearsal_evidence(answer));
}

/* What the kernel refused when it was asked; where it refused nothing, what could not be asked. */
static void add_rehearsal(struct list *list, json_object *document)
{
	json_object *answers = get(document, "rehearsal");
	bool refused = false;

	for (size_t i = 0; i < array_length(answers); i++)
		if (is(item(answers, i), "result", "fail")) {
			add_answer(list, PHASE_HAND, item(answers, i));
			refused = true;
		}
	for (size_t i = 0; i < array_length(answers) && !refused; i++)
		if (get_true(item(answers, i), "unanswered"))
			add_answer(list, PHASE_UNKNOWN, item(answers, i));
}

static void add_reboot(struct list *list, json_object *checks)
{
	json_object *step;

	if (!list->reboot || !list->wanted_blocking)
		return;
	step = new_step(list, PHASE_REBOOT);
	json_object_object_add(step, "steps", view_steps(get(list->reboot, "remedy")));
	add_reason(step, list->reboot);
	for (size_t i = 0; i < array_length(checks); i++)
		if (get_true(item(checks, i), "cured_by_reboot") && is_failure(item(checks, i)) &&
		    item(checks, i) != list->reboot)
			add_reason(step, item(checks, i));
}

enum { TARGETS_NAMED = 4 };

static json_object *preflight_command(json_object *devices)
{
	json_object *command = text("sudo vfiokit preflight");
	size_t named = 0;

	for (size_t i = 0; i < array_length(devices); i++) {
		const char *address = get_text(item(devices, i), "address");
		json_object *longer;

		if (!get_true(item(devices, i), "target") || !is_address(address))
			continue;
		if (named++ == TARGETS_NAMED) {
			json_object_put(command);
			return text("sudo vfiokit preflight");
		}
		longer = textf("%s %s", json_object_get_string(command), address);
		json_object_put(command);
		command = longer;
	}
	return command;
}

static json_object *joined(struct list *list)
{
	json_object *array = json_object_new_array();

	for (size_t phase = 0; phase < PHASE_COUNT; phase++) {
		for (size_t i = 0; i < array_length(list->phases[phase]); i++) {
			json_object *step = item(list->phases[phase], i);

			json_object_array_add(array, again(step));
			json_object_object_add(step, "number", count(array_length(array)));
		}
		json_object_put(list->phases[phase]);
	}
	json_object_put(list->by_id);
	json_object_put(list->by_remedy);
	json_object_put(list->bare);
	json_object_put(list->again);
	return array;
}

static struct list new_list(json_object *document, bool wanted_blocking)
{
	json_object *checks = get(document, "checks");
	struct list list = {
		.by_id = json_object_new_object(),
		.by_remedy = json_object_new_object(),
		.bare = json_object_new_object(),
		.reboot = pending_reboot(checks),
		.again = preflight_command(get(document, "devices")),
		.wanted_blocking = wanted_blocking,
	};

	for (size_t i = 0; i < PHASE_COUNT; i++)
		list.phases[i] = json_object_new_array();
	return list;
}

json_object *view_todo(json_object *document)
{
	json_object *checks = get(document, "checks"), *step, *worked;
	struct list list = new_list(document, true);

	if (is(document, "verdict", "ready"))
		return joined(&list);
	/* What a danger asks for stands at its place, also where it cures a blocker too. */
	for (int danger = 1; danger >= 0; danger--)
		for (size_t i = 0; i < array_length(checks); i++)
			if (is(item(checks, i), "severity", "danger") == danger)
				add_check(&list, item(checks, i));
	add_rehearsal(&list, document);
	add_reboot(&list, checks);
	step = new_step(&list, PHASE_AGAIN);
	add_action(step, text(_("check again")), again(list.again));
	worked = json_object_new_object();
	put(worked, "text", text(_("it says READY and exits with status 0")));
	put(worked, "command", NULL);
	json_object_object_add(step, "worked", worked);
	return joined(&list);
}

json_object *view_advice(json_object *document)
{
	json_object *checks = get(document, "checks");
	struct list list = new_list(document, false);

	for (size_t i = 0; i < array_length(checks); i++)
		add_check(&list, item(checks, i));
	return joined(&list);
}
