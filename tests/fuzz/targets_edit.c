/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The edits of configuration files, and the journal. An edit's input is a line of changes
 * ("+a|-b|^c|b>d": add, remove, put first, replace), then the file. Whatever the file holds: the edit
 * refuses, or it is done, and then doing it again changes nothing.
 */
#include "configure/edit.h"
#include "configure/journal.h"
#include "configure/journal_record.h"
#include "preflight/parse/transaction_log.h"
#include "tests/fuzz/fuzz.h"

#include <errno.h>

enum kind {
	SHELL_GRUB,
	SHELL_DRACUT,
	SHELL_ARRAY,
	SHELL_SET,
	CMDLINE,
	CMDLINE_FIRST,
	ENTRY,
	ENTRY_OF_GRUB,
	SYSLINUX,
	MODPROBE,
	MODPROBE_LINES,
	LINES_ADD,
	LINES_REMOVE,
	BOOSTER,
};

struct request {
	struct word_changes changes;
	struct strings words;
};

static void read_change(struct arena *arena, char *item, struct request *request)
{
	struct word_change *change = ARRAY_ADD(arena, &request->changes);
	char *with = strchr(item, '>');

	change->word = item + 1;
	change->action = WORD_ADD;
	if (*item == '-') {
		change->action = WORD_REMOVE;
	} else if (*item == '^') {
		change->action = WORD_FIRST;
	} else if (with) {
		*with = '\0';
		change->action = WORD_REPLACE;
		change->word = item;
		change->with = with + 1;
	}
	strings_add(arena, &request->words, change->word);
}

static struct request read_request(struct arena *arena, const char *line)
{
	struct request request = {0};
	char *rest = arena_strdup(arena, line), *item;

	while ((item = strsep(&rest, "|")) && request.changes.count < 4)
		if (*item)
			read_change(arena, item, &request);
	return request;
}

static int edit_modprobe_options(struct arena *arena, struct bytes text,
				 const struct request *request, bool lines, struct bytes *ret_text,
				 struct error *error)
{
	struct modprobe_changes changes = {0};

	for_each (change, &request->changes) {
		struct modprobe_change *made = ARRAY_ADD(arena, &changes);

		made->kind = lines ? MODPROBE_ADD_LINE : MODPROBE_SET_OPTION;
		made->module = "vfio-pci";
		made->name = "ids";
		made->value = change->action == WORD_REMOVE ? NULL : change->word;
		made->text = change->word;
	}
	return edit_modprobe(arena, text, &changes, ret_text, error);
}

static int run_edit(struct arena *arena, enum kind kind, struct bytes text,
		    const struct request *request, struct bytes *ret_text, struct error *error)
{
	const struct word_changes *changes = &request->changes;

	switch (kind) {
	case SHELL_GRUB:
		return edit_shell_words(arena, text, EDIT_SHELL_POSIX, "GRUB_CMDLINE_LINUX",
					changes, false, ret_text, error);
	case SHELL_DRACUT:
		return edit_shell_words(arena, text, EDIT_SHELL_BASH, "add_drivers", changes, true,
					ret_text, error);
	case SHELL_ARRAY:
		return edit_shell_words(arena, text, EDIT_SHELL_BASH_ARRAY, "MODULES", changes,
					false, ret_text, error);
	case SHELL_SET:
		return edit_shell_set(arena, text, EDIT_SHELL_POSIX, "GRUB_DEFAULT",
				      request->words.count ? request->words.items[0] : "saved",
				      ret_text, error);
	case CMDLINE:
	case CMDLINE_FIRST:
		return edit_cmdline(arena, text, kind == CMDLINE_FIRST, changes, ret_text, error);
	case ENTRY:
		return edit_bls_options(arena, text, BLS_SYSTEMD_BOOT, changes, ret_text, error);
	case ENTRY_OF_GRUB:
		return edit_bls_options(arena, text, BLS_GRUB, changes, ret_text, error);
	case SYSLINUX:
		return edit_syslinux_append(arena, text, changes, ret_text, error);
	case MODPROBE:
	case MODPROBE_LINES:
		return edit_modprobe_options(arena, text, request, kind == MODPROBE_LINES, ret_text,
					     error);
	case LINES_ADD:
		return edit_lines_add(arena, text, &request->words, ret_text);
	case LINES_REMOVE:
		return edit_lines_remove(arena, text, &request->words, ret_text);
	case BOOSTER:
		break;
	}
	return edit_booster_list(arena, text, "modules_force_load", &request->words, ret_text,
				 error);
}

static void check_diff(struct arena *arena, struct bytes before, struct bytes after)
{
	const char *diff = edit_unified_diff(arena, "etc/file", true, before, true, after);

	must((*diff == '\0') == fuzz_bytes_equal(before, after));
}

/* Whether doing it again may be expected to change nothing: the changes must not contradict each other. */
static bool is_simple(const struct request *request)
{
	return request->changes.count == 1 &&
	       (request->changes.items[0].action != WORD_REPLACE ||
		!streq(request->changes.items[0].word, request->changes.items[0].with));
}

static void edit(struct arena *arena, enum kind kind, const char *data, size_t length)
{
	struct bytes text, result = {0}, again = {0};
	struct error error = {0};
	struct request request = read_request(arena, fuzz_first_line(arena, data, length, &text));
	int r = run_edit(arena, kind, text, &request, &result, &error);

	if (r < 0) {
		must(r == -ENOTSUP || r == -EINVAL || r == -ENODATA);
		must(!result.data && !result.length);
		return;
	}
	must(result.data || !result.length);
	check_diff(arena, text, result);
	if (!is_simple(&request))
		return;
	must(run_edit(arena, kind, result, &request, &again, &error) == 0);
	must(fuzz_bytes_equal(result, again));
}

#define EDIT_TARGET(name, kind)                                                                    \
	static void name(struct arena *arena, const char *data, size_t length)                     \
	{                                                                                          \
		edit(arena, kind, data, length);                                                   \
	}

EDIT_TARGET(run_shell_grub, SHELL_GRUB)
EDIT_TARGET(run_shell_dracut, SHELL_DRACUT)
EDIT_TARGET(run_shell_array, SHELL_ARRAY)
EDIT_TARGET(run_shell_set, SHELL_SET)
EDIT_TARGET(run_cmdline, CMDLINE)
EDIT_TARGET(run_cmdline_first, CMDLINE_FIRST)
EDIT_TARGET(run_entry, ENTRY)
EDIT_TARGET(run_entry_of_grub, ENTRY_OF_GRUB)
EDIT_TARGET(run_syslinux, SYSLINUX)
EDIT_TARGET(run_modprobe, MODPROBE)
EDIT_TARGET(run_modprobe_lines, MODPROBE_LINES)
EDIT_TARGET(run_lines_add, LINES_ADD)
EDIT_TARGET(run_lines_remove, LINES_REMOVE)
EDIT_TARGET(run_booster, BOOSTER)

/* Two texts, a line "====" between them. */
static void run_diff(struct arena *arena, const char *data, size_t length)
{
	const char *middle = length ? memmem(data, length, "====\n", 5) : NULL;
	size_t first = middle ? (size_t)(middle - data) : length;
	struct bytes before = {.data = data, .length = first};
	struct bytes after = {.data = middle ? middle + 5 : data,
			      .length = middle ? length - first - 5 : 0};

	check_diff(arena, before, after);
	fuzz_touch(edit_unified_diff(arena, "etc/file", false, (struct bytes){"", 0}, true, after));
	fuzz_touch(
		edit_unified_diff(arena, "etc/file", true, before, false, (struct bytes){"", 0}));
}

/* -- the journal -------------------------------------------------------------------------------------- */

/* What was taken in can be printed and taken in again. */
static void print_again(struct arena *arena, const struct journal *journal)
{
	_cleanup_journal_ struct journal copy;
	const char *line = journal_print_head(arena, journal);

	journal_init(&copy);
	copy.id = journal->id;
	must(journal_parse_line(&copy, line, strlen(line) - 1) == 0);
	must(streq(journal_print_head(arena, &copy), line));
	for (size_t i = 0; i < journal->steps.count; i++) {
		line = journal_print_step(arena, journal, i);
		must(journal_parse_line(&copy, line, strlen(line) - 1) == 0);
		must(streq(journal_print_step(arena, &copy, i), line));
	}
}

/* Lines of records, without the sums that stand in front of them. */
static void run_journal(struct arena *arena, const char *data, size_t length)
{
	_cleanup_journal_ struct journal journal;
	struct bytes rest = {.data = data, .length = length};

	journal_init(&journal);
	journal.id = 1;
	(void)journal_parse_line(&journal, data, length);
	while (rest.length) {
		const char *text = fuzz_first_line(arena, rest.data, rest.length, &rest);
		const char *line =
			arena_printf(arena, "%016llx %s",
				     (unsigned long long)digest_of(text, strlen(text)).hash, text);
		int r = journal_parse_line(&journal, line, strlen(line));

		must(r == 0 || r == -EBADMSG || r == -ENODATA);
		if (r < 0)
			break;
		must(journal.steps.count <= journal.steps.capacity);
		must(journal.outputs.count <= journal.outputs.capacity);
	}
	if (journal.steps.items)
		print_again(arena, &journal);
}

/* The same log in short is read in the same way. */
static void run_transaction_log(struct arena *arena, const char *data, size_t length)
{
	struct bytes rest = {.data = data, .length = length};
	struct transaction_log log, again;
	struct strings lines = {0};
	const char *text;

	while (rest.length) {
		text = fuzz_first_line(arena, rest.data, rest.length, &rest);
		/* Some lines with a wrong sum. */
		strings_add(arena, &lines,
			    *text == '!' ? arena_printf(arena, "%s\n", text)
					 : transaction_record_print(arena, text, strlen(text)));
	}
	text = strings_join(arena, &lines, "");
	for (size_t size = strlen(text); size + 1 > 0; size = size ? size / 2 : SIZE_MAX) {
		const char *brief = transaction_log_shorten(arena, text, size);

		transaction_log_parse(arena, text, size, &log);
		transaction_log_parse(arena, brief, strlen(brief), &again);
		must(log.end == again.end && log.line == again.line && log.time == again.time);
		must(streq(log.why, again.why) && streq(log.last, again.last));
	}
	transaction_log_parse(arena, data, length, &log);
}

static const struct fuzz_target targets[] = {
	{"edit_grub", run_shell_grub},
	{"edit_dracut", run_shell_dracut},
	{"edit_array", run_shell_array},
	{"edit_set", run_shell_set},
	{"edit_cmdline", run_cmdline},
	{"edit_cmdline_first", run_cmdline_first},
	{"edit_entry", run_entry},
	{"edit_entry_grub", run_entry_of_grub},
	{"edit_syslinux", run_syslinux},
	{"edit_modprobe", run_modprobe},
	{"edit_modprobe_lines", run_modprobe_lines},
	{"edit_lines_add", run_lines_add},
	{"edit_lines_remove", run_lines_remove},
	{"edit_booster", run_booster},
	{"edit_diff", run_diff},
	{"journal", run_journal},
	{"transaction_log", run_transaction_log},
};

const struct fuzz_targets fuzz_targets_edit = {targets, ARRAY_SIZE(targets)};
