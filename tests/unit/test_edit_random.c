/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Properties that hold for every text: an edit done twice changes nothing more; additions only put
 * bytes in, removals only take bytes out; what was added can be taken out again; no bytes, however
 * damaged, make an edit read outside of them.
 */
#include "preflight/parse/modprobe.h"
#include "preflight/parse/shell.h"
#include "tests/unit/edit_made.h"
#include "tests/unit/table_bytes.h"

static const char *pick(uint32_t *seed, const char *const *items, size_t count)
{
	return items[next_random(seed) % count];
}

/* Whether every byte of inner stands in outer, in order. */
static bool is_inside(struct bytes inner, struct bytes outer)
{
	size_t at = 0;

	for (size_t i = 0; i < outer.length && at < inner.length; i++)
		at += inner.data[at] == outer.data[i];
	return at == inner.length;
}

/* -- all edits under one roof ----------------------------------------------------------------------------- */

enum edit_kind {
	SHELL_GRUB,
	SHELL_DRACUT,
	SHELL_ARRAY,
	SHELL_SET,
	KERNEL_CMDLINE,
	ENTRY,
	ENTRY_OF_GRUB,
	SYSLINUX,
	MODPROBE,
	LINES_ADD,
	LINES_REMOVE,
	BOOSTER,
	EDIT_KINDS,
};

static int edit_modprobe_words(struct arena *arena, struct bytes text, const char *value,
			       struct bytes *ret_text, struct error *error)
{
	struct modprobe_change items[] = {
		{.kind = MODPROBE_SET_OPTION, .module = "vfio-pci", .name = "ids", .value = value},
		{.kind = MODPROBE_ADD_LINE, .text = "softdep nouveau pre: vfio-pci"},
	};
	struct modprobe_changes changes = {.items = items, .count = value ? 2 : 1};

	return edit_modprobe(arena, text, &changes, ret_text, error);
}

/* The changes as the kind of file takes them; `add`: something comes, else something goes. */
static int run_edit(struct arena *arena, enum edit_kind kind, struct bytes text, const char *words,
		    struct bytes *ret_text, struct error *error)
{
	struct word_changes changes = changes_of(arena, words);
	struct strings list = {0};
	bool add = *words != '-';

	strings_add(arena, &list, "vfio_pci");
	switch (kind) {
	case SHELL_GRUB:
		return edit_shell_words(arena, text, EDIT_SHELL_POSIX, "A", &changes, false,
					ret_text, error);
	case SHELL_DRACUT:
		return edit_shell_words(arena, text, EDIT_SHELL_BASH, "A", &changes, true, ret_text,
					error);
	case SHELL_ARRAY:
		return edit_shell_words(arena, text, EDIT_SHELL_BASH_ARRAY, "A", &changes, false,
					ret_text, error);
	case SHELL_SET:
		return edit_shell_set(arena, text, EDIT_SHELL_POSIX, "A", "saved", ret_text, error);
	case KERNEL_CMDLINE:
		return edit_cmdline(arena, text, false, &changes, ret_text, error);
	case ENTRY:
		return edit_bls_options(arena, text, BLS_SYSTEMD_BOOT, &changes, ret_text, error);
	case ENTRY_OF_GRUB:
		return edit_bls_options(arena, text, BLS_GRUB, &changes, ret_text, error);
	case SYSLINUX:
		return edit_syslinux_append(arena, text, &changes, ret_text, error);
	case MODPROBE:
		return edit_modprobe_words(arena, text, add ? "10de:2204" : NULL, ret_text, error);
	case LINES_ADD:
		return edit_lines_add(arena, text, &list, ret_text);
	case LINES_REMOVE:
		return edit_lines_remove(arena, text, &list, ret_text);
	case BOOSTER:
	case EDIT_KINDS:
		break;
	}
	return edit_booster_list(arena, text, "modules_force_load", &list, ret_text, error);
}

static bool is_refusal(int code)
{
	return code == -ENOTSUP || code == -EINVAL || code == -ENODATA;
}

/* Runs an edit; where it is done, runs it again and expects no further change. */
static bool run_twice(struct arena *arena, enum edit_kind kind, struct bytes text,
		      const char *words, struct bytes *ret_text)
{
	struct bytes result = {0}, again = {0};
	struct error error = {0};
	int r = run_edit(arena, kind, text, words, &result, &error);

	if (r < 0) {
		assert_true(is_refusal(r));
		assert_null(result.data);
		return false;
	}
	r = run_edit(arena, kind, result, words, &again, &error);
	if (r < 0 || again.length != result.length ||
	    (result.length && memcmp(again.data, result.data, result.length) != 0))
		print_message("kind %d, %s, %d %s\n<<%s>>\n<<%s>>\n", (int)kind, words, r,
			      error.message, text_of_bytes(arena, text),
			      text_of_bytes(arena, result));
	assert_int_equal(r, 0);
	assert_bytes(arena, again, text_of_bytes(arena, result));
	*ret_text = result;
	return true;
}

/* -- made texts ------------------------------------------------------------------------------------------- */

static const char *const fragments[] = {
	"A=",
	"A+=",
	"A=(",
	")",
	"\"",
	"'",
	"quiet",
	" ",
	"\n",
	"\t",
	"\\\n",
	"\\",
	"$A",
	"${A}",
	"$(cat x)",
	"`cat x`",
	"#",
	"# note\n",
	"iommu=pt",
	"vfio_pci",
	"x=\"a b\"",
	";",
	"&&",
	"--",
	"if true; then\n",
	"fi\n",
	"export ",
	"unset A\n",
	"$'",
	"$",
	"\r\n",
	"A=\"quiet splash\"\n",
	"A='a'\n",
	"B=1\n",
	"options ",
	"linux /vmlinuz\n",
	"title t\n",
	"label a\n",
	"append ",
	"  append root=a\n",
	"kernel /bzimage\n",
	"kernel a.c32\n",
	"-",
	"options vfio-pci ids=1:2",
	"options vfio-pci ",
	"softdep nouveau pre: vfio-pci\n",
	"ids=1:2",
	",",
	"blacklist x\n",
	"modules_force_load:",
	"modules_force_load: a,b\n",
	"[",
	"]",
	"{",
	"}",
	"\\\"",
	"root=a",
	"text help\n",
	"endtext\n",
	"A[0]=b\n",
	"(",
	"<",
	"|",
	"\xc3\xa0",
	"\xa0",
	"\001",
};

static struct bytes made_text(struct arena *arena, uint32_t *seed)
{
	char *text = arena_alloc(arena, 1024), *end = text;
	unsigned count = next_random(seed) % 24;

	for (unsigned i = 0; i < count; i++)
		end = stpcpy(end, pick(seed, fragments, ARRAY_SIZE(fragments)));
	return exact_bytes(text, (size_t)(end - text));
}

static void test_made_texts(void **state)
{
	static const char *const changes[] = {
		"+intel_iommu=on", "+vfio_pci|+vfio", "-iommu=pt",           "-quiet|-vfio_pci",
		"^vfio_pci|^vfio", "+pci=a;b",        "iommu=pt>iommu=nopt", "quiet>x=\"a b\"",
	};
	uint32_t seed = 4711;
	unsigned done = 0;

	(void)state;
	for (unsigned i = 0; i < 60000; i++) {
		_cleanup_arena_ struct arena *arena = arena_new();
		struct bytes text = made_text(arena, &seed), result;
		enum edit_kind kind = (enum edit_kind)(next_random(&seed) % EDIT_KINDS);
		const char *words = pick(&seed, changes, ARRAY_SIZE(changes));

		if (run_twice(arena, kind, text, words, &result)) {
			done++;
			if (*words == '-' && kind <= SYSLINUX && kind != SHELL_SET)
				assert_true(is_inside(result, text));
		}
		free((void *)(uintptr_t)text.data);
	}
	print_message("%u of 60000 made texts were edited\n", done);
	assert_true(done > 10000);
}

/* Bytes put in only, and back out again byte for byte, where the value stands in quotes and is not empty. */
static void test_there_and_back(void **state)
{
	static const char *const values[] = {
		"A=\"quiet\"",
		"A='quiet splash'",
		"A=\"a  b\"",
		"A=\" a \"",
		"export A=\"a \\\n b\"",
		"A=\"$A b\"",
		"A=\"b $(cat x)\"",
		"A='a'\" b\"",
		"A=\"a b\" # c",
		"A=\"\"",
		"A=''",
		"A=\"a -- b\"",
		"A=\"\\$x \\\"y z\\\"\"",
		"A=a\\ b",
	};
	static const char *const lines[] = {"# note\n", "B=2\n", "\n", "#A=\"x\"\n", "C=`cat y`\n"};
	uint32_t seed = 99;

	(void)state;
	for (unsigned i = 0; i < 4000; i++) {
		_cleanup_arena_ struct arena *arena = arena_new();
		const char *before =
			arena_printf(arena, "%s%s%s%s%s", pick(&seed, lines, ARRAY_SIZE(lines)),
				     pick(&seed, lines, ARRAY_SIZE(lines)),
				     pick(&seed, values, ARRAY_SIZE(values)),
				     next_random(&seed) % 2 ? "\n" : "\r\n",
				     pick(&seed, lines, ARRAY_SIZE(lines)));
		struct bytes added, back;
		bool front = next_random(&seed) % 2;

		assert_true(run_twice(arena, i % 2 ? SHELL_GRUB : SHELL_DRACUT, bytes_of(before),
				      front ? "^iommu=pt" : "+iommu=pt", &added));
		assert_true(is_inside(bytes_of(before), added));
		assert_true(added.length > strlen(before));
		assert_true(run_twice(arena, i % 2 ? SHELL_GRUB : SHELL_DRACUT, added, "-iommu=pt",
				      &back));
		assert_bytes(arena, back, before);
	}
}

/* The same for the other languages. */
static void test_there_and_back_elsewhere(void **state)
{
	static const struct {
		enum edit_kind kind;
		const char *text;
	} rows[] = {
		{KERNEL_CMDLINE, "root=a  quiet\n"},
		{KERNEL_CMDLINE, "# c\nroot=a\n# d\nquiet \n"},
		{KERNEL_CMDLINE, "root=a\r\n"},
		{KERNEL_CMDLINE, "root=a -- b"},
		{ENTRY, "linux /v\noptions root=a\n"},
		{ENTRY, "linux /v\r\noptions\troot=a\r\noptions b \r\n"},
		{ENTRY_OF_GRUB, "linux /v\noptions $kernelopts $tuned_params\n"},
		{SYSLINUX, "label a\n kernel /v\n append x\nlabel b\n kernel /w\n append y\n"},
		{SYSLINUX, "append z\nlabel a\n kernel /v\n"},
		{SHELL_ARRAY, "A=(a b)\n"},
		{SHELL_ARRAY, "A=(\n\ta # x\n\tb\n)\n"},
		{SHELL_ARRAY, "A=()\n"},
		{SHELL_DRACUT, "A+=\" a b \"\n"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		for (unsigned front = 0; front < 2; front++) {
			_cleanup_arena_ struct arena *arena = arena_new();
			struct bytes added, back;

			assert_true(run_twice(arena, rows[i].kind, bytes_of(rows[i].text),
					      front ? "^iommu=pt" : "+iommu=pt", &added));
			assert_true(is_inside(bytes_of(rows[i].text), added));
			assert_true(run_twice(arena, rows[i].kind, added, "-iommu=pt", &back));
			assert_bytes(arena, back, rows[i].text);
		}
}

/* -- damaged texts --------------------------------------------------------------------------------------- */

static const char *const samples[] = {
	"GRUB_DEFAULT=0\nGRUB_DISTRIBUTOR=`lsb_release -i -s 2> /dev/null || echo Debian`\n"
	"A=\"quiet splash vfio-pci.ids=10de:1,10de:2 \\\"pci=a;b\\\"\"\nA=\"$A iommu=pt\"\n",
	"A+=\" vfio vfio-pci \"\nexport A='x y'$(cat z)\nA=$'a b'\n",
	"A=(\n\ta # one\n\t\"b\" 'c'\n\t$D `e`\n)\nHOOKS=(base udev)\n",
	"# c\nroot=UUID=1 ro \"x y\" -- z\nquiet\r\n",
	"title Fedora\nlinux /vmlinuz\ninitrd /i $tuned_initrd\noptions root=a $tuned_params\n",
	"default menu.c32\nappend x\nlabel a\n kernel /bzimage\n append initrd=/bzroot\nlabel m\n"
	" kernel /memtest\n text help\n append\n endtext\n",
	"# vfio\noptions vfio-pci ids=10de:1, 10de:2 \\\n disable_vga=1\nsoftdep nouveau pre: "
	"vfio-pci\n"
	"blacklist nouveau\r\ninstall x /bin/true\\",
	"network:\n  dhcp: on\nmodules_force_load: \"a,b\" # c\nuniversal: false\n",
};

static size_t damage(char *text, size_t length, size_t room, uint32_t *seed)
{
	for (unsigned i = next_random(seed) % 6; i > 0 && length; i--) {
		size_t at = next_random(seed) % length, from = next_random(seed) % length;

		switch (next_random(seed) % 4) {
		case 0:
			text[at] = (char)next_random(seed);
			break;
		case 1:
			memmove(text + at, text + at + 1, --length - at);
			break;
		case 2:
			length = at;
			break;
		default:
			if (length + 16 > room)
				break;
			memmove(text + at + 8, text + at, length - at);
			memmove(text + at, text + from, 8);
			length += 8;
		}
	}
	return length;
}

static void test_damaged_texts(void **state)
{
	uint32_t seed = 1234567;
	unsigned done = 0;

	(void)state;
	for (unsigned i = 0; i < 60000; i++) {
		_cleanup_arena_ struct arena *arena = arena_new();
		char buffer[1024] = "";
		const char *sample = pick(&seed, samples, ARRAY_SIZE(samples));
		struct bytes text, result;
		size_t length;

		(void)stpcpy(buffer, sample);
		length = damage(buffer, strlen(sample), sizeof(buffer), &seed);
		text = exact_bytes(buffer, length);
		done += run_twice(arena, (enum edit_kind)(i % EDIT_KINDS), text,
				  i % 3 ? "+iommu=pt|^vfio" : "-iommu=pt|-b", &result);
		(void)edit_unified_diff(arena, "f", true, text, true, bytes_of(sample));
		free((void *)(uintptr_t)text.data);
	}
	print_message("%u of 60000 damaged texts were edited\n", done);
	assert_true(done > 5000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_made_texts),
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_there_and_back_elsewhere),
		cmocka_unit_test(test_damaged_texts),
	};

	return cmocka_run_group_tests_name("edit_random", tests, NULL, NULL);
}
