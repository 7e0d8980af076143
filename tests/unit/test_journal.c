/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a journal says after it was cut off, damaged or forged. */
#include "configure/journal.h"
#include "configure/folder.h"
#include "tests/unit/transaction_made.h"

#include <fcntl.h>

static const char log_path[] = "var/lib/vfiokit/transactions/1/log";

/* One that was cut off after its first step: its log without what followed. */
static struct made *made_cut_off(unsigned records_kept)
{
	struct made *made = made_new();
	const char *end;
	char *log;

	made->place.run_programs = false;
	assert_int_equal(made_apply(made, NULL), 0);
	log = arena_strdup(made->arena, made_read(made, log_path));
	end = log;
	for (unsigned i = 0; i < records_kept; i++)
		end = strchr(end, '\n') + 1;
	log[end - log] = '\0';
	made_write(made, log_path, log);
	return made;
}

static unsigned unfinished(struct made *made)
{
	unsigned id = 99;

	if (transaction_unfinished(&made->place, &id, &made->error) < 0)
		fail_msg("%s", made->error.message);
	return id;
}

/* The head has one record, six steps and the word that all is saved: 8. Then start and done of each. */
static void cut_off_at_every_record(void **state)
{
	(void)state;
	for (unsigned records = 0; records <= 8 + 10; records++) {
		struct made *made = made_cut_off(records);
		unsigned id;

		if (records < 8) {
			/* No power cut leaves this: the folder would not have its name yet. */
			assert_int_equal(made_state(made, 1), TRANSACTION_DAMAGED);
			assert_int_equal(made_seen(made), -1);
			assert_int_equal(unfinished(made), 0);
			assert_int_equal(transaction_recover(&made->place, NULL, &id, NULL), 0);
			assert_int_equal(id, 0);
			made_free(made);
			continue;
		}
		assert_int_equal(unfinished(made), 1);
		assert_int_equal(transaction_recover(&made->place, NULL, &id, NULL), 0);
		assert_int_equal(id, 1);
		/* Steps that the journal does not know of are nobody's: here, the later ones. */
		if (records >= 8 + 9)
			made_assert_before(made);
		else
			assert_false(made_is_before(made));
		assert_int_equal(made_state(made, 1), TRANSACTION_FAILED);
		made_free(made);
	}
}

static void append(struct made *made, const char *text, size_t length)
{
	int fd = open(made_path(made, log_path), O_WRONLY | O_APPEND | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, length), length);
	close(fd);
}

static void a_record_that_was_being_written(void **state)
{
	static const struct {
		const char *text;
		size_t length;
	} torn[] = {
		{"0", 1},
		{"0123456789abcdef", 16},
		{"0123456789abcdef {\"event\":\"applied\"}", 37},
		{"0123456789abcdef {\"event\":\"applied\"}\n", 38},
		{"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 21},
		{"\n\n\n", 3},
		{"\0\n\0", 3},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(torn); i++) {
		struct made *made = made_cut_off(8 + 10);
		unsigned id;

		append(made, torn[i].text, torn[i].length);
		assert_int_equal(unfinished(made), 1);
		assert_int_equal(made_seen(made), 1);
		assert_int_equal(transaction_recover(&made->place, NULL, &id, NULL), 0);
		made_assert_before(made);
		/* What was torn is gone: later records stand behind whole ones. */
		assert_int_equal(made_state(made, 1), TRANSACTION_FAILED);
		assert_int_equal(unfinished(made), 0);
		made_free(made);
	}
}

/* Any byte that is not as it was written is found, wherever it stands. */
static void any_byte_of_the_log(void **state)
{
	struct made *made = made_new();
	const char *log;
	size_t length, last_record;
	unsigned damaged = 0, id = 99;

	(void)state;
	made->place.run_programs = false;
	assert_int_equal(made_apply(made, NULL), 0);
	log = arena_strdup(made->arena, made_read(made, log_path));
	length = strlen(log);
	last_record = (size_t)((const char *)memrchr(log, '\n', length - 1) - log);
	/* Always the byte before the last record, too: its newline. */
	for (size_t i = last_record % 3; i < length; i += 3) {
		int fd = open(made_path(made, log_path), O_WRONLY | O_CLOEXEC);
		char byte = (char)(log[i] ^ 0x20);

		assert_int_equal(pwrite(fd, &byte, 1, (off_t)i), 1);
		if (i >= last_record) {
			/* As if it, or with its newline the one before it too, was never written: not applied. */
			assert_int_equal(made_state(made, 1), TRANSACTION_BEGUN);
			assert_int_equal(made_seen(made), 1);
		} else {
			damaged++;
			assert_int_equal(made_state(made, 1), TRANSACTION_DAMAGED);
			assert_int_equal(
				transaction_undo(&made->place, 1, true, NULL, &made->error),
				-EBADMSG);
			assert_int_equal(
				transaction_undo(&made->place, 0, true, NULL, &made->error),
				-ENOENT);
		}
		assert_int_equal(pwrite(fd, log + i, 1, (off_t)i), 1);
		close(fd);
	}
	assert_true(damaged > 500);
	print_message("# %u bytes damaged, all found\n", damaged);
	assert_int_equal(transaction_undo(&made->place, 0, false, NULL, &made->error), 0);
	made_assert_before(made);
	assert_int_equal(transaction_recover(&made->place, NULL, &id, NULL), 0);
	made_free(made);
}

/* Bytes that are not those that were kept are never put into a file. */
static void damaged_copies(void **state)
{
	static const char *const changes[][2] = {
		{"old/0", "# other\n"},
		{"old/0", NULL},
		{"new/3", NULL},
		{"new/3", "short"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
		struct made *made = made_new();
		const char *path = arena_printf(made->arena, "var/lib/vfiokit/transactions/1/%s",
						changes[i][0]);
		const char *applied;
		struct transaction transaction;

		made->place.run_programs = false;
		assert_int_equal(made_apply(made, NULL), 0);
		applied = tree_state(made->arena, tree_path(made->tree));
		if (changes[i][1])
			made_write(made, path, changes[i][1]);
		else
			assert_int_equal(unlink(made_path(made, path)), 0);
		assert_int_equal(transaction_undo(&made->place, 0, true, NULL, &made->error),
				 -EBADMSG);
		assert_string_equal(tree_state(made->arena, tree_path(made->tree)), applied);
		assert_int_equal(transaction_read(&made->place, made->arena, 1, &transaction, NULL),
				 0);
		assert_int_equal(transaction.state, TRANSACTION_DAMAGED);
		assert_non_null(transaction.why);
		made_free(made);
	}
}

/* Cut off, and the old bytes of one file are not there: the others come back, this one is named. */
static void what_cannot_be_put_back(void **state)
{
	struct made *made = made_cut_off(8 + 10);
	const char *old = "var/lib/vfiokit/transactions/1/old/0";
	const char *kept = arena_strdup(made->arena, made_read(made, old));
	unsigned id;

	(void)state;
	made_write(made, old, "# other\n");
	assert_int_equal(transaction_recover(&made->place, NULL, &id, &made->error),
			 -ENOTRECOVERABLE);
	assert_non_null(strstr(made->error.message, "/var/lib/vfiokit/transactions/1: "));
	assert_non_null(
		strstr(made->error.message, "/etc/default/grub (Bad message; as it was: old/0)"));
	assert_string_equal(made_read(made, "etc/modprobe.d/old.conf"), "blacklist nouveau\n");
	assert_non_null(strstr(made_read(made, "etc/default/grub"), "intel_iommu=on"));
	/* It stays unfinished, and goes on when the bytes are there again. */
	assert_int_equal(unfinished(made), 1);
	assert_int_equal(made_apply(made, NULL), -EUCLEAN);
	made_write(made, old, kept);
	assert_int_equal(transaction_recover(&made->place, NULL, &id, &made->error), 0);
	made_assert_before(made);
	made_free(made);
}

/* Changed by somebody after the power cut: put back all the same, and what it held is kept. */
static void changed_after_the_cut(void **state)
{
	struct made *made = made_cut_off(8 + 10);
	unsigned id;

	(void)state;
	made_write(made, "etc/default/grub", "# mine\n");
	assert_int_equal(transaction_recover(&made->place, NULL, &id, &made->error), 0);
	made_assert_before(made);
	assert_string_equal(made_read(made, "var/lib/vfiokit/transactions/1/found/0"), "# mine\n");
	made_free(made);
}

/* Whoever can write a journal must not lead out of the root or name what no plan names. */
static void forged(void **state)
{
	static const char *const forged[][2] = {
		{"etc/default/grub", "../../etc/grubs1"},
		{"etc/default/grub", "/tc/default/grub"},
		{"\"existed\":true", "\"existed\":null"},
		{"\"kind\":\"write\"", "\"kind\":\"chmod\""},
		{"\"mode\":416", "\"mode\":-16"},
		{"\"steps\":6", "\"steps\":5"},
		{"\"steps\":6", "\"steps\":7"},
		{"\"id\":1", "\"id\":2"},
		{"\"step\":0", "\"step\":3"},
		{"\"fnv1a\":\"", "\"fnv1b\":\""},
		{"{\"event\":\"saved\"}", "[\"event\",\"saved\"]"},
		{"\"vfiokit-transaction\":1", "\"vfiokit-transaction\":2"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(forged); i++) {
		struct made *made = made_cut_off(8);
		char *log = arena_strdup(made->arena, made_read(made, log_path));
		char *place = strstr(log, forged[i][0]), *line, *end;
		char sum[17];

		assert_non_null(place);
		assert_int_equal(strlen(forged[i][0]), strlen(forged[i][1]));
		memcpy(place, forged[i][1], strlen(forged[i][1]));
		for (line = place; line > log && line[-1] != '\n';)
			line--;
		end = strchr(line, '\n');
		(void)snprintf(
			sum, sizeof(sum), "%016llx",
			(unsigned long long)digest_of(line + 17, (size_t)(end - line - 17)).hash);
		memcpy(line, sum, 16);
		made_write(made, log_path, log);
		assert_int_equal(made_state(made, 1), TRANSACTION_DAMAGED);
		made_free(made);
	}
}

/* Names hold any byte but NUL and '/', commands anything that people type. */
static void any_text(void **state)
{
	struct made *made = made_new();
	const char *path = "etc/\xff\x80 \"q\" \\ \x01\t\xc3\xa9\n";
	const struct transaction_note note = {.command = "configure \"\xfe\" 'x'\n"};
	struct transaction transaction;
	unsigned id;

	(void)state;
	made->plan = (struct plan){.arena = made->arena};
	(void)plan_write(&made->plan, path, false, (struct bytes){0},
			 (struct bytes){.data = "a\0b", .length = 3}, "");
	assert_int_equal(transaction_apply(&made->place, &made->plan, &note, NULL, &id, NULL), 0);
	assert_int_equal(transaction_read(&made->place, made->arena, id, &transaction, NULL), 0);
	assert_string_equal(transaction.command, note.command);
	assert_string_equal(transaction.files.items[0].path, path);
	assert_int_equal(transaction.files.items[0].after.length, 3);
	assert_memory_equal(transaction.files.items[0].after.data, "a\0b", 3);
	assert_int_equal(transaction_undo(&made->place, 0, false, NULL, NULL), 0);
	made_assert_before(made);
	made_free(made);
}

static void names_that_are_no_journals(void **state)
{
	static const char *const names[] = {"0", "01",          "-1",    "1x",
					    "x", "99999999999", "7.new", "8.old"};
	struct made *made = made_new();
	struct transactions all;
	unsigned id;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		tree_add(made->tree,
			 arena_printf(made->arena,
				      "file var/lib/vfiokit/transactions/%s/old/0\n| x\n",
				      names[i]));
	assert_int_equal(transaction_list(&made->place, made->arena, &all, NULL), 0);
	assert_int_equal(all.count, 0);
	assert_int_equal(made_apply(made, &id), 0);
	assert_int_equal(id, 1);
	/* What was cut off before it was a journal is gone; what is not ours stays. */
	assert_null(made_read(made, "var/lib/vfiokit/transactions/7.new/old/0"));
	assert_string_equal(made_read(made, "var/lib/vfiokit/transactions/8.old/old/0"), "x\n");
	made_free(made);
}

static void plain_paths(void **state)
{
	static const char *const plain[] = {"a", "a/b", "...", "a/...b", ".a", "a/..b/c.."};
	static const char *const others[] = {"/",  "/a",   "a/",   "a//b", ".",
					     "..", "a/..", "../a", "a/./b"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(plain); i++)
		assert_true(path_is_plain(plain[i]));
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		assert_false(path_is_plain(others[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cut_off_at_every_record),
		cmocka_unit_test(a_record_that_was_being_written),
		cmocka_unit_test(any_byte_of_the_log),
		cmocka_unit_test(damaged_copies),
		cmocka_unit_test(what_cannot_be_put_back),
		cmocka_unit_test(changed_after_the_cut),
		cmocka_unit_test(forged),
		cmocka_unit_test(any_text),
		cmocka_unit_test(names_that_are_no_journals),
		cmocka_unit_test(plain_paths),
	};

	if (access("/dev/shm", W_OK) == 0)
		(void)setenv("TMPDIR", "/dev/shm", 0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
