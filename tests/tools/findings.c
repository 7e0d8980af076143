/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads a vfiokit JSON document from standard input and prints what the golden tests compare: the
 * verdict, and every check that did not simply pass, one line each:
 *
 *   verdict not-ready
 *   fail blocker driver.not-bound 0000:01:00.0
 *   unknown danger device.in-use-storage 0000:01:00.0
 *   fail warning device.no-reset 0000:01:00.0 (waived)
 *
 * With --evidence: where it was seen, one line for each piece of evidence of a check that failed:
 *
 *   boot.not-regenerated /etc/default/grub:5
 *
 * With other arguments: the values at those JSON pointers, one line each ("/iommu/active true"). Exits 1
 * when the input is no such document.
 */
#include "preflight/base.h"

#include <json-c/json.h>

static const char *text_of(json_object *object, const char *key)
{
	json_object *value = NULL;

	return json_object_object_get_ex(object, key, &value) && value
		       ? json_object_get_string(value)
		       : NULL;
}

static int print_pointers(json_object *document, int count, char **pointers)
{
	for (int i = 0; i < count; i++) {
		json_object *value = NULL;

		if (json_pointer_get(document, pointers[i], &value) < 0) {
			(void)fprintf(stderr, "%s: not there\n", pointers[i]);
			return 1;
		}
		printf("%s %s\n", pointers[i],
		       json_object_to_json_string_ext(
			       value, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
	}
	return 0;
}

static void print_evidence_of(json_object *check)
{
	json_object *evidence = NULL, *line = NULL;

	if (!json_object_object_get_ex(check, "evidence", &evidence))
		return;
	for (size_t i = 0; i < json_object_array_length(evidence); i++) {
		json_object *piece = json_object_array_get_idx(evidence, i);

		printf("%s %s", text_of(check, "id"), text_of(piece, "source"));
		if (json_object_object_get_ex(piece, "line", &line) && line)
			printf(":%s", json_object_get_string(line));
		(void)putchar('\n');
	}
}

static int print_evidence(json_object *document)
{
	json_object *checks = NULL;

	if (!json_object_object_get_ex(document, "checks", &checks) ||
	    !json_object_is_type(checks, json_type_array))
		return 1;
	for (size_t i = 0; i < json_object_array_length(checks); i++) {
		json_object *check = json_object_array_get_idx(checks, i);

		if (streq(text_of(check, "result"), "fail"))
			print_evidence_of(check);
	}
	return 0;
}

static int print_findings(json_object *document)
{
	json_object *checks = NULL;

	if (!json_object_object_get_ex(document, "checks", &checks) ||
	    !json_object_is_type(checks, json_type_array) || !text_of(document, "verdict"))
		return 1;
	printf("verdict %s\n", text_of(document, "verdict"));
	for (size_t i = 0; i < json_object_array_length(checks); i++) {
		json_object *check = json_object_array_get_idx(checks, i);
		const char *result = text_of(check, "result"), *subject = text_of(check, "subject");

		if (streq(result, "pass") || streq(result, "na"))
			continue;
		printf("%s %s %s%s%s%s\n", result, text_of(check, "severity"), text_of(check, "id"),
		       subject ? " " : "", subject ? subject : "",
		       text_of(check, "waiver") ? " (waived)" : "");
	}
	return 0;
}

int main(int argc, char **argv)
{
	json_object *document = json_object_from_fd(STDIN_FILENO);
	int status;

	if (!json_object_is_type(document, json_type_object)) {
		(void)fputs("findings: the input is no JSON object\n", stderr);
		json_object_put(document);
		return 1;
	}
	if (argc == 2 && streq(argv[1], "--evidence"))
		status = print_evidence(document);
	else if (argc > 1)
		status = print_pointers(document, argc - 1, argv + 1);
	else
		status = print_findings(document);
	json_object_put(document);
	return status;
}
