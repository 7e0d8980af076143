/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Initramfs images and captures. */
#include "preflight/capture/images.h"
#include "preflight/capture/note.h"
#include "preflight/capture/redact.h"
#include "preflight/capture/snapshot.h"
#include "preflight/facts/facts.h"
#include "preflight/initramfs/read.h"
#include "preflight/parse/compressed.h"
#include "preflight/parse/newc.h"
#include "tests/fuzz/fuzz.h"

#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>

/* -- initramfs ---------------------------------------------------------------------------------------- */

/* What a walk over an archive told, in one number, so that walks with pieces of several sizes compare. */
struct walk {
	uint64_t sum;
	size_t members;
};

static void add_bytes(struct walk *walk, const void *data, size_t length)
{
	const unsigned char *bytes = data;

	for (size_t i = 0; i < length; i++)
		walk->sum = (walk->sum ^ bytes[i]) * UINT64_C(0x100000001b3);
}

static struct walk walk_newc(const char *data, size_t length, size_t piece)
{
	struct newc_walker walker;
	struct walk walk = {0};
	size_t at = 0, left = length, used;

	newc_begin(&walker, 0);
	for (;;) {
		enum newc_event event;

		used = 0;
		event = newc_next(&walker, data + at, left < piece ? left : piece, &used);
		must(used <= left);
		must(used || event == NEWC_FOREIGN || event == NEWC_BROKEN || !left);
		at += used;
		left -= used;
		if (event == NEWC_MEMBER) {
			add_bytes(&walk, walker.member.name, fuzz_touch(walker.member.name));
			walk.members++;
		} else if (event == NEWC_DATA) {
			must(walker.data >= data && walker.data + walker.data_length <= data + at);
			add_bytes(&walk, walker.data, walker.data_length);
		} else if (event != NEWC_HUNGRY || !left) {
			add_bytes(&walk, &walker.offset, event == NEWC_FOREIGN ? 8 : 0);
			add_bytes(&walk, &event, sizeof(event));
			return walk;
		}
	}
}

static void run_newc(struct arena *arena, const char *data, size_t length)
{
	struct walk whole = walk_newc(data, length, length ? length : 1);
	struct walk single = walk_newc(data, length, 1), odd = walk_newc(data, length, 37);

	(void)arena;
	must(whole.members == single.members && whole.sum == single.sum);
	must(whole.members == odd.members && whole.sum == odd.sum);
}

static void run_initramfs(struct arena *arena, const char *data, size_t length)
{
	_cleanup_close_ int fd = fuzz_file(data, length);
	struct initramfs_image image = {.path = "boot/initrd.img"}, shorter = {.path = "short"};
	struct bytes bytes;

	initramfs_read(arena, fd, 0, 0, &image);
	must((image.read == YES) == !image.why);
	for_each (module, &image.modules)
		must(initramfs_has_module(&image, *module));
	for_each (file, &image.files)
		must(file->path && file->data && initramfs_file(&image, file->path));
	if (image_shorten(arena, fd, 0, 0, &bytes) == 0 && image.read == YES) {
		_cleanup_close_ int other = fuzz_file(bytes.data, bytes.length);

		/* A capture must be judged as the host was. */
		initramfs_read(arena, other, 0, 0, &shorter);
		must(shorter.read == YES && shorter.modules.count == image.modules.count);
		must(shorter.files.count == image.files.count);
	}
}

static void run_program(struct arena *arena, const char *data, size_t length)
{
	_cleanup_close_ int fd = fuzz_file(data, length);
	struct bytes bytes;

	(void)kernel_shorten(arena, fd, 0, &bytes);
	(void)program_shorten(arena, fd, true, &bytes);
}

struct memory {
	const char *data;
	size_t length;
};

static ssize_t read_memory(void *context, uint64_t offset, void *buffer, size_t size)
{
	const struct memory *memory = context;
	size_t left = offset < memory->length ? memory->length - (size_t)offset : 0;

	if (size > left)
		size = left;
	if (size)
		memcpy(buffer, memory->data + offset, size);
	return (ssize_t)size;
}

static void run_compressed(struct arena *arena, const char *data, size_t length)
{
	struct memory memory = {data, length};
	const struct byte_source source = {read_memory, &memory};
	struct compressed_part part;
	const char *problem = NULL;

	(void)arena;
	fuzz_touch(compression_name(compression_of(data, length)));
	for (int kind = COMPRESSION_GZIP; kind <= COMPRESSION_LZ4_FRAME; kind++)
		if (compression_measure((enum compression)kind, &source, 0, &part, &problem) == 0)
			must(part.end <= length);
		else
			must(fuzz_touch(problem) > 0);
}

/* -- captures ----------------------------------------------------------------------------------------- */

static void run_note(struct arena *arena, const char *data, size_t length)
{
	struct capture_note note = {0}, again = {0};
	const char *text;

	if (capture_note_parse(arena, data, length, &note) < 0)
		return;
	text = capture_note_print(arena, &note);
	must(capture_note_parse(arena, text, strlen(text), &again) == 0);
	must(streq(text, capture_note_print(arena, &again)));
	(void)capture_note_error(&note, "sys/firmware/acpi/tables/DMAR");
	(void)capture_note_covers(&note, "sys/class/net/x");
	capture_note_distrust(&note);
	must(!capture_note_covers(&note, "sys/class/net/x"));
}

/* The first byte chooses the kind of file. */
static void run_redact(struct arena *arena, const char *data, size_t length)
{
	enum redaction kind = length ? (enum redaction)((unsigned char)data[0] % (REDACT_IMAGE + 1))
				     : REDACT_TEXT;
	struct redactor *redactor = redactor_new(arena);
	struct bytes bytes = {.data = data + (length ? 1 : 0), .length = length - (length ? 1 : 0)};
	struct bytes result;

	redactor_learn_host(redactor, "lab1.example.com");
	redactor_keep_word(redactor, "nouveau");
	redactor_learn_serial(redactor, "S4EWNX0R123456", strlen("S4EWNX0R123456"));
	redactor_learn(redactor, kind, bytes);
	result = redactor_apply(redactor, arena, kind, bytes);
	must(result.data || !result.length);
	if (kind == REDACT_NOTHING)
		must(fuzz_bytes_equal(result, bytes));
	else if (kind == REDACT_TEXT && result.length)
		must(!memmem(result.data, result.length, " S4EWNX0R123456 ", 16));
	fuzz_touch(
		redactor_apply_path(redactor, arena, arena_copy(arena, bytes.data, bytes.length)));
}

/* Headers that a mutation has changed would all be refused for their checksum. */
static void repair_checksums(char *data, size_t length)
{
	for (size_t at = 0; at + 512 <= length; at += 512) {
		unsigned sum = 0;

		if (memcmp(data + at + 257, "ustar", 5) != 0)
			continue;
		memset(data + at + 148, ' ', 8);
		for (size_t i = 0; i < 512; i++)
			sum += (unsigned char)data[at + i];
		(void)snprintf(data + at + 148, 8, "%06o", sum);
	}
}

/* The folders that a capture is unpacked in: nothing may be left there, and nothing come up beside. */
static const char *unpack_place(void)
{
	static char folder[64], place[128];

	if (!*folder) {
		(void)snprintf(folder, sizeof(folder), "%s/vfiokit-fuzz.XXXXXX",
			       access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
		must(mkdtemp(folder));
		(void)snprintf(place, sizeof(place), "%s/a", folder);
		must(mkdir(place, 0700) == 0);
		(void)snprintf(place, sizeof(place), "%s/a/b", folder);
		must(mkdir(place, 0700) == 0);
		(void)setenv("TMPDIR", place, 1);
	}
	return folder;
}

static int expect_folder(const char *path, const struct stat *status, int type, struct FTW *where)
{
	(void)path;
	(void)status;
	must(type == FTW_D && where->level <= 2);
	return 0;
}

static void remove_place(void)
{
	_cleanup_free_ char *place = strdup(unpack_place()), *inner = NULL;

	must(place && asprintf(&inner, "%s/a/b", place) > 0);
	(void)rmdir(inner);
	*strrchr(inner, '/') = '\0';
	(void)rmdir(inner);
	(void)rmdir(place);
}

static void run_snapshot(struct arena *arena, const char *data, size_t length)
{
	static bool registered;
	const char *folder = unpack_place();
	struct snapshot *snapshot = NULL;
	struct error error = {0};
	_cleanup_close_ int fd = -1;
	char *copy = arena_copy(arena, data, length);

	if (!registered)
		registered = atexit(remove_place) == 0;
	repair_checksums(copy, length);
	fd = fuzz_file(copy, length);
	if (snapshot_open(arena_printf(arena, "/proc/self/fd/%d", fd), &snapshot, &error) == 0) {
		struct facts *facts = facts_collect(snapshot_host(snapshot));

		facts_free(facts);
		snapshot_close(snapshot);
	} else {
		must(error.code < 0 && error.message[0] && !snapshot);
	}
	must(nftw(folder, expect_folder, 8, FTW_PHYS) == 0);
}

static const struct fuzz_target targets[] = {
	{"newc", run_newc},         {"initramfs", run_initramfs},
	{"program", run_program},   {"compressed", run_compressed},
	{"note", run_note},         {"redact", run_redact},
	{"snapshot", run_snapshot},
};

const struct fuzz_targets fuzz_targets_archive = {targets, ARRAY_SIZE(targets)};
