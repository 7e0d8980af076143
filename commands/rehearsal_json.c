/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rehearsal_json.h"
#include "report/document_read.h"
#include "report/document_write.h"

static json_object *step_json(const struct rehearse_step *step)
{
	json_object *object = json_object_new_object();

	put(object, "call", text(step->call));
	put(object, "group", number_or_null(step->group));
	put(object, "device", text(step->device));
	put(object, "what", text(step->what));
	put(object, "result", text(rehearse_result_name(step->result)));
	put(object, "unanswered", json_object_new_boolean(step->unanswered));
	put(object, "errno", step->error ? text(strerrorname_np(step->error)) : NULL);
	put(object, "detail", text(step->detail));
	put(object, "cause", text(step->cause));
	put(object, "remedy", text(step->remedy));
	put(object, "evidence", list(&step->evidence));
	return object;
}

json_object *rehearsal_json(const struct rehearsal *rehearsal)
{
	json_object *array = json_object_new_array();

	for_each (step, rehearsal)
		json_object_array_add(array, step_json(step));
	return array;
}

/* -- in the document ------------------------------------------------------------------------------------ */

/* READY is the only verdict that a rehearsal can take back: all others are no better. */
static enum verdict after(enum verdict verdict, enum rehearse_verdict rehearsed)
{
	if (verdict != VERDICT_READY || rehearsed == REHEARSE_PASSED)
		return verdict;
	return rehearsed == REHEARSE_FAILED ? VERDICT_NOT_READY : VERDICT_UNKNOWN;
}

/* What the steps of one group, and among them those of other devices of it not, say of a device. */
static enum rehearse_verdict verdict_of(const struct rehearsal *rehearsal,
					const struct device *device)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct rehearsal own = {0};

	for_each (step, rehearsal)
		if (device->group && step->group == device->group->id &&
		    (!step->device || streq(step->device, device->address)))
			*ARRAY_ADD(arena, &own) = *step;
	return rehearse_verdict(&own);
}

static void change_device(json_object *devices, const struct device *device,
			  enum rehearse_verdict rehearsed)
{
	for (size_t i = 0; i < array_length(devices); i++) {
		json_object *object = json_object_array_get_idx(devices, i);

		if (is(object, "address", device->address) && is(object, "verdict", "ready"))
			json_object_object_add(object, "verdict",
					       text(verdict_name(after(VERDICT_READY, rehearsed))));
	}
}

enum verdict rehearsal_into_document(json_object *document, const struct facts *facts,
				     const struct rehearsal *rehearsal, enum verdict verdict)
{
	json_object_object_add(document, "rehearsal", rehearsal_json(rehearsal));
	for_each (target, &facts->targets)
		change_device(get(document, "devices"), *target, verdict_of(rehearsal, *target));
	if (facts->targets.count)
		verdict = after(verdict, rehearse_verdict(rehearsal));
	json_object_object_add(document, "verdict", text(verdict_name(verdict)));
	return verdict;
}
