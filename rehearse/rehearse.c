/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rehearse_work.h"

#include <errno.h>

const char *rehearse_result_name(enum rehearse_result result)
{
	static const char *const names[] = {
		[REHEARSE_PASS] = "pass", [REHEARSE_FAIL] = "fail", [REHEARSE_SKIPPED] = "skipped"};

	return names[result];
}

const char *rehearse_verdict_name(enum rehearse_verdict verdict)
{
	static const char *const names[] = {[REHEARSE_PASSED] = "passed",
					    [REHEARSE_FAILED] = "failed",
					    [REHEARSE_UNPROVEN] = "unproven"};

	return names[verdict];
}

enum rehearse_verdict rehearse_verdict(const struct rehearsal *rehearsal)
{
	bool unanswered = rehearsal->count == 0;

	for_each (step, rehearsal) {
		if (step->result == REHEARSE_FAIL)
			return REHEARSE_FAILED;
		unanswered = unanswered || step->unanswered;
	}
	return unanswered ? REHEARSE_UNPROVEN : REHEARSE_PASSED;
}

/* -- steps -------------------------------------------------------------------------------------------- */

static struct rehearse_step *add_step(struct rehearse_work *work, enum rehearse_call call,
				      const struct device *device, const char *what)
{
	struct rehearse_step *step = ARRAY_ADD(work->arena, work->rehearsal);

	step->call = rehearse_call_name(call);
	step->group = work->group ? work->group->id : -1;
	step->device = device ? device->address : NULL;
	step->what = what;
	rehearse_log_read(work, &step->evidence);
	return step;
}

struct rehearse_step *rehearse_step(struct rehearse_work *work, enum rehearse_call call,
				    const struct device *device, int r, const char *what, ...)
{
	struct rehearse_step *step;
	va_list arguments;

	va_start(arguments, what);
	what = arena_vprintf(work->arena, what, arguments);
	va_end(arguments);
	step = add_step(work, call, device, what);
	if (r >= 0)
		return step;
	step->result = REHEARSE_FAIL;
	step->error = -r;
	rehearse_words_fill(work, call, device, step);
	return step;
}

struct rehearse_step *rehearse_step_failed(struct rehearse_work *work, enum rehearse_call call,
					   const struct device *device, const char *what)
{
	struct rehearse_step *step = add_step(work, call, device, what);

	step->result = REHEARSE_FAIL;
	rehearse_words_fill(work, call, device, step);
	return step;
}

struct rehearse_step *rehearse_step_skipped(struct rehearse_work *work, enum rehearse_call call,
					    const struct device *device, bool unanswered,
					    const char *what, const char *cause, const char *remedy)
{
	struct rehearse_step *step = add_step(work, call, device, what);

	step->result = REHEARSE_SKIPPED;
	step->unanswered = unanswered;
	step->cause = cause;
	step->remedy = remedy;
	return step;
}

/* -- what cannot be rehearsed --------------------------------------------------------------------------- */

/* Any function of the group counts: opening one keeps the group's node from everybody else. */
static const struct device *assigned_member(const struct device *device)
{
	if (device->state == STATE_ASSIGNED)
		return device;
	for_each (member, &device->group->devices)
		if ((*member)->state == STATE_ASSIGNED)
			return *member;
	return NULL;
}

const char *rehearse_obstacle(struct arena *arena, const struct device *device)
{
	const struct device *assigned;

	if (device->is_bridge)
		return arena_printf(arena, _("%s is a bridge: it stays with the host"),
				    device->address);
	if (!device->group)
		return arena_printf(arena,
				    _("%s has no IOMMU group: the IOMMU is off, or leaves it "
				      "out"),
				    device->address);
	if (!device->vfio_driver)
		return arena_printf(arena,
				    _("%s is with %s, not with a VFIO driver; sudo vfiokit "
				      "detach %s hands it over now"),
				    device->address,
				    device->driver ? device->driver : _("no driver"),
				    device->address);
	assigned = assigned_member(device);
	if (assigned)
		return arena_printf(arena, _("%s is in use by %s (process %d)"), assigned->address,
				    assigned->assigned_name ? assigned->assigned_name
							    : _("a process"),
				    assigned->assigned_pid);
	return NULL;
}

int rehearse_refuse(const struct facts *facts, struct error *error)
{
	_cleanup_arena_ struct arena *arena = arena_new();

	if (!facts->live)
		return error_set(error, -EINVAL,
				 "only the running machine can be rehearsed, not a tree or text");
	if (facts->targets_missing.count)
		return error_set(error, -ENODEV, "%s: no such device",
				 facts->targets_missing.items[0]);
	if (!facts->targets.count)
		return error_set(error, -EINVAL, "name the device to rehearse");
	for_each (target, &facts->targets) {
		const char *obstacle = rehearse_obstacle(arena, *target);

		if (obstacle)
			return error_set(error, -EBUSY, "nothing was tried: %s", obstacle);
	}
	return 0;
}

/* -- the run ------------------------------------------------------------------------------------------ */

static void say_obstacles(struct rehearse_work *work)
{
	for_each (target, &work->facts->targets) {
		const char *obstacle = rehearse_obstacle(work->arena, *target);

		if (!obstacle)
			continue;
		work->group = (*target)->group;
		/* That a VM has it is an answer, too. */
		(void)rehearse_step_skipped(work, CALL_OPEN_GROUP, *target,
					    !work->group || !(*target)->vfio_driver, "rehearsal",
					    obstacle, NULL);
	}
	work->group = NULL;
}

static bool was_rehearsed(const struct rehearse_work *work, size_t index, const struct group *group)
{
	for (size_t i = 0; i < index; i++) {
		const struct device *target = work->facts->targets.items[i];

		if (target->group == group && !rehearse_obstacle(work->arena, target))
			return true;
	}
	return false;
}

void rehearse_run(const struct facts *facts, const struct rehearse_calls *calls,
		  const struct rehearse_options *options, struct arena *arena,
		  struct rehearsal *ret_rehearsal)
{
	struct rehearse_work work = {.facts = facts,
				     .calls = calls,
				     .options = options,
				     .arena = arena,
				     .rehearsal = ret_rehearsal,
				     .log = -1};

	*ret_rehearsal = (struct rehearsal){0};
	if (calls->limits(calls->context, &work.limits) < 0)
		work.limits = (struct rehearse_limits){.memlock = UINT64_MAX};
	say_obstacles(&work);
	rehearse_log_begin(&work);
	for (size_t i = 0; i < facts->targets.count; i++) {
		const struct device *target = facts->targets.items[i];

		if (rehearse_obstacle(arena, target) || was_rehearsed(&work, i, target->group))
			continue;
		work.group = target->group;
		rehearse_iommufd(&work, !rehearse_group(&work));
	}
	rehearse_log_end(&work);
}
