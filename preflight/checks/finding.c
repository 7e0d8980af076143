/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an evaluation makes of a finding: its result, its values, its evidence, and in the end its words. */
#include "preflight/checks/check.h"

#include <errno.h>
#include <stdarg.h>

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
		return N_("not mounted");
	if (error == -ENOTUNIQ)
		return N_("not mounted, and firmware may start from it");
	/* facts/function_driver.h */
	if (error == -ETIMEDOUT)
		return N_("its driver is being changed, and that did not end while vfiokit looked");
	if (error)
		return error_words(error);
	/* Asked for what boots next, which may have been looked for elsewhere too. */
	if (streq(path, "/boot"))
		return N_("no loader's entry for the next boot was found");
	/* A log that is there was asked for something that its lost beginning would tell. */
	return streq(path, "dmesg") && facts->log.known == YES ? N_("does not go back to the boot")
							       : N_("not there");
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

/* -- expanding {placeholders} ------------------------------------------------------------------ */

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
		if (finding->result == RESULT_UNKNOWN) {
			finding->title = _(finding->title);
			finding->evidence = finding->unread;
		}
		return;
	}
	finding->title = expand(finding, _(wording->title));
	finding->cause = expand(finding, _(wording->cause));
	for (size_t i = 0; i < ARRAY_SIZE(wording->remedies) && wording->remedies[i].text; i++)
		finding->remedies[i] = (struct remedy){
			.owner = wording->remedies[i].owner,
			.text = expand(finding, _(wording->remedies[i].text)),
			.command = expand_command(finding, wording->remedies[i].command),
		};
}
