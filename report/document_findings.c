/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The findings of the document. */
#include "document_parts.h"
#include "document_write.h"
#include "preflight/expect/expect.h"

static json_object *evidence_array(const struct finding *finding)
{
	json_object *array = json_object_new_array_ext((int)finding->evidence.count);

	for_each (evidence, &finding->evidence) {
		json_object *object = json_object_new_object();

		put(object, "source", text(evidence->source));
		put(object, "line",
		    evidence->line ? json_object_new_int((int)evidence->line) : NULL);
		put(object, "text", text(evidence->text));
		json_object_array_add(array, object);
	}
	return array;
}

static json_object *remedy_array(const struct finding *finding)
{
	json_object *array = json_object_new_array_ext(finding->remedies[0].text ? 2 : 0);

	for (size_t i = 0; i < ARRAY_SIZE(finding->remedies) && finding->remedies[i].text; i++) {
		const struct remedy *remedy = &finding->remedies[i];
		json_object *object = json_object_new_object();

		put(object, "owner", text(owner_name(remedy->owner)));
		put(object, "text", text(remedy->text));
		put(object, "command", text(remedy->command));
		json_object_array_add(array, object);
	}
	return array;
}

static json_object *waiver_object(const struct waiver *waiver)
{
	json_object *object;

	if (!waiver)
		return NULL;
	object = json_object_new_object();
	put(object, "until", text(waiver->until));
	put(object, "because", text(waiver->because));
	put(object, "source", text(waiver->origin.source));
	put(object, "line", json_object_new_int((int)waiver->origin.line));
	return object;
}

static json_object *difference_object(const struct difference *difference)
{
	json_object *object;

	if (!difference->key)
		return NULL;
	object = json_object_new_object();
	put(object, "key", text(difference->key));
	put(object, "expected", text(difference->expected));
	put(object, "found", text(difference->found));
	return object;
}

static json_object *references_array(const struct check *check)
{
	json_object *array = json_object_new_array_ext(ARRAY_SIZE(check->references));

	for (size_t i = 0; i < ARRAY_SIZE(check->references); i++)
		if (check->references[i])
			json_object_array_add(array, text(check->references[i]));
	return array;
}

/* What the text report counts: nearly all findings of a host with many targets. */
static json_object *brief_object(const struct finding *finding)
{
	json_object *object = json_object_new_object();

	put(object, "id", text(finding->check->id));
	put(object, "result", text(result_name(finding->result)));
	put(object, "severity", text(severity_name(finding->severity)));
	return object;
}

/* Findings of one check stand together, so what is told in short is told by one object. */
static void take_brief(const struct finding *finding, const struct finding **last,
		       json_object **brief, struct document_taker taker)
{
	if (!*last || (*last)->check != finding->check || (*last)->severity != finding->severity) {
		json_object_put(*brief);
		*brief = brief_object(finding);
		*last = finding;
	}
	taker.take(json_object_get(*brief), taker.into);
}

static json_object *finding_object(const struct finding *finding)
{
	json_object *object = json_object_new_object();

	put(object, "id", text(finding->check->id));
	put(object, "result", text(result_name(finding->result)));
	put(object, "severity", text(severity_name(finding->severity)));
	put(object, "scope", text(finding->check->scope == SCOPE_HOST ? "host" : "device"));
	put(object, "subject", text(finding->subject));
	put(object, "title", text(finding->title));
	put(object, "evidence", evidence_array(finding));
	put(object, "cause", text(finding->cause));
	put(object, "cured_by_reboot", json_object_new_boolean(finding->cured_by_reboot));
	put(object, "waiver", waiver_object(finding->waiver));
	put(object, "expired_waiver", waiver_object(finding->expired_waiver));
	put(object, "difference", difference_object(&finding->difference));
	put(object, "remedy", remedy_array(finding));
	put(object, "references", references_array(finding->check));
	return object;
}

void document_make_checks(const struct findings *findings, enum document_devices devices,
			  struct document_taker taker)
{
	const struct finding *last = NULL;
	json_object *brief = NULL;

	for_each (finding, findings) {
		bool silent = finding->result == RESULT_PASS || finding->result == RESULT_NA;

		if (devices == DOCUMENT_ALL_DEVICES || !silent)
			taker.take(finding_object(finding), taker.into);
		else if (finding->result == RESULT_PASS)
			take_brief(finding, &last, &brief, taker);
	}
	json_object_put(brief);
}
