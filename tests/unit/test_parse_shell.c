/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/parse/shell.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define DEFAULT "GRUB_CMDLINE_LINUX_DEFAULT"

struct fixture {
	struct arena *arena;
	struct shell_script script;
};

static struct fixture *fixture_new(void)
{
	struct arena *arena = arena_new();
	struct fixture *fixture = arena_alloc(arena, sizeof(*fixture));

	fixture->arena = arena;
	return fixture;
}

static void cleanup_fixture(struct fixture **fixture)
{
	arena_free((*fixture)->arena);
}
#define _cleanup_fixture_ _cleanup_(cleanup_fixture)

static void parse(struct fixture *fixture, const char *source, const char *text, bool bash)
{
	shell_parse(fixture->arena, source, text, strlen(text), bash, &fixture->script);
}

/* "word@file:line word@file:line …" */
static const char *words_of(struct fixture *fixture, const struct parameters *words)
{
	struct strings parts = {0};

	for_each (word, words)
		strings_add(fixture->arena, &parts,
			    arena_printf(fixture->arena, "%s@%s:%u", word->text,
					 word->origin.source ? word->origin.source : "-",
					 word->origin.line));
	return strings_join(fixture->arena, &parts, " ");
}

static const char *words(struct fixture *fixture, const char *name)
{
	const struct shell_assignment *assignment = shell_find(&fixture->script, name);
	struct parameters parameters = {0};

	assert_non_null(assignment);
	shell_words(fixture->arena, assignment, &parameters);
	return words_of(fixture, &parameters);
}

/* The value of A after a script that only sets A, or "?" where it is not known, "-" where not set. */
static const char *value_after(struct fixture *fixture, const char *text, bool bash)
{
	const struct shell_assignment *assignment;
	const char *value;

	fixture->script = (struct shell_script){0};
	parse(fixture, "/a", text, bash);
	assignment = shell_find(&fixture->script, "A");
	value = assignment ? shell_value(fixture->arena, assignment) : "-";
	return value ? value : "?";
}

static void test_quoting(void **state)
{
	static const struct {
		const char *text, *value;
	} rows[] = {
		{"A=quiet", "quiet"},
		{"A=", ""},
		{"A=\"\"", ""},
		{"A='a b'", "a b"},
		{"A=\"a b\"", "a b"},
		{"A=a\\ b", "a b"},
		{"A='a'b\"c\"\\d", "abcd"},
		{"A=\"a \\\"b;c\\\" \\$x \\\\ \\`\"", "a \"b;c\" $x \\ `"},
		{"A=\"a\\b\"", "a\\b"},
		{"A='a\\b'", "a\\b"},
		{"A=\"it's\"", "it's"},
		{"A='say \"x\"'", "say \"x\""},
		{"A=a#b", "a#b"},
		{"A=a #b", "a"},
		{"# A=b\n", "-"},
		{"A=\"a\" # \"b\"", "a"},
		{"A=\"a \\\n b\"", "a  b"},
		{"A=a\\\nb", "ab"},
		{"A=\"a\nb\"", "a\nb"},
		{"A=a;A=b", "b"},
		{"  \tA=a", "a"},
		{"export A=a", "a"},
		{"export A", "-"},
		{"A=a\nexport A", "a"},
		{"readonly A=a B=b", "a"},
		{"declare -x A=\"a b\"", "a b"},
		{"A=a\nunset A", "-"},
		{"A=a command", "-"},
		{"B=1 A=a", "a"},
		{"A=a>file", "a"},
		{">file A=a", "a"},
		{"A=cost$", "cost$"},
		{"A=\"$\"", "$"},
	};
	_cleanup_fixture_ struct fixture *fixture = fixture_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_string_equal(value_after(fixture, rows[i].text, false), rows[i].value);
		assert_string_equal(value_after(fixture, rows[i].text, true), rows[i].value);
		assert_null(fixture->script.broken.source);
	}
}

static void test_expansions(void **state)
{
	static const struct {
		const char *text, *value;
	} rows[] = {
		{"B=x\nA=$B", "x"},
		{"B=x\nA=\"$B y ${B}z\"", "x y xz"},
		{"B=x\nA='$B'", "$B"},
		{"B=x;A=$B;A=\"$A $A\"", "x x"},
		{"A=$NOBODY", "?"},
		{"A=a$NOBODY", "?"},
		{"B=\nA=${B:-d}${B-e}", "d"},
		{"B=b\nA=${B:-d}${B:+e}", "be"},
		{"B=\nA=x${B:+e}y", "xy"},
		{"A=${NOBODY:-d}", "?"},
		{"B=b\nA=${B%x}", "?"},
		{"B=b\nA=${#B}", "?"},
		{"A=$(lsb_release -i -s)", "?"},
		{"A=`lsb_release -i -s 2> /dev/null || echo Debian`", "?"},
		{"A=\"x $(echo \")\" ) y\"", "?"},
		{"A=$((1+1))", "?"},
		{"A=$1", "?"},
	};
	_cleanup_fixture_ struct fixture *fixture = fixture_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_string_equal(value_after(fixture, rows[i].text, false), rows[i].value);
		assert_null(fixture->script.broken.source);
	}
}

static void test_bash_only(void **state)
{
	_cleanup_fixture_ struct fixture *fixture = fixture_new();

	(void)state;
	assert_string_equal(value_after(fixture, "A=a\nA+=' b'", true), "a b");
	assert_string_equal(value_after(fixture, "A+=b", true), "b");
	assert_string_equal(value_after(fixture, "A=(a 'b c' # x\n d)", true), "a b c d");
	assert_string_equal(value_after(fixture, "A=(a)\nA+=(b)", true), "a b");
	assert_string_equal(value_after(fixture, "A=$'a\\nb'", true), "?");
	assert_string_equal(value_after(fixture, "A=$'a b'\"c\"", true), "a bc");
	assert_string_equal(value_after(fixture, "A=$'a b'", false), "$a b");
	assert_string_equal(value_after(fixture, "A=$'it\\'s'\nA=b # '", true), "b");
	assert_null(fixture->script.broken.source);
	assert_string_equal(value_after(fixture, "A=$\"a\"", true), "a");
	assert_null(fixture->script.broken.source);
	/* dash takes "A+=b" for the name of a command, and grub-mkconfig runs with set -e. */
	assert_string_equal(value_after(fixture, "A=a\nA+=\" b\"", false), "a");
	assert_int_equal(fixture->script.broken.line, 2);
	assert_string_equal(fixture->script.broken.text, "A+=\" b\"");
	parse(fixture, "/etc/default/limine", "KERNEL_CMDLINE[default]+=\" quiet iommu=pt\"\n",
	      true);
	assert_string_equal(words(fixture, "KERNEL_CMDLINE[default]"),
			    "quiet@/etc/default/limine:1 iommu=pt@/etc/default/limine:1");
}

static void test_what_may_not_be_run(void **state)
{
	_cleanup_fixture_ struct fixture *fixture = fixture_new();

	(void)state;
	assert_string_equal(
		value_after(fixture, "A=\"q\"\nif [ -f /x ]; then A=\"q z\"; fi", false), "?");
	assert_string_equal(words(fixture, "A"), "q@/a:1");
	assert_string_equal(value_after(fixture, "A=\"q r\"\n[ -f /x ] && A=\"$A z\"\nB=1", false),
			    "?");
	assert_string_equal(words(fixture, "A"), "q@/a:1 r@/a:1");
	assert_string_equal(words(fixture, "B"), "1@/a:3");
	assert_string_equal(value_after(fixture, "f() {\n A=a\n}\nfunction g { A=b; }\nB=b", true),
			    "?");
	assert_string_equal(words(fixture, "B"), "b@/a:5");
	assert_string_equal(
		value_after(fixture, "case $x in a) A=1;; (b) A=2;; esac\nB=b\n", false), "?");
	assert_string_equal(words(fixture, "B"), "b@/a:2");
	assert_string_equal(value_after(fixture, "(A=1)\nB=b", false), "?");
	assert_string_equal(words(fixture, "B"), "b@/a:2");
	/* Debian's own drop-in for Xen. */
	assert_string_equal(
		value_after(fixture,
			    "if [ \"$XEN_OVERRIDE\" = \"\" ]; then\n\techo \"WARNING\"\n"
			    "\tXEN_OVERRIDE=0\nfi\nif [ \"$XEN_OVERRIDE\" = \"1\" ]; then\n"
			    "\tGRUB_DEFAULT=x\nfi\nA=a\n",
			    false),
		"a");
	assert_false(fixture->script.opaque);
	value_after(fixture, ". /etc/default/more\n", false);
	assert_true(fixture->script.opaque);
	assert_string_equal(value_after(fixture, "A=a\ncat <<EOF\nA=b\nEOF\n", false), "a");
	assert_true(fixture->script.opaque);
}

/* /etc/default/grub as Ubuntu's cloud image has it, with its drop-in and one of a person. */
static void test_drop_ins(void **state)
{
	_cleanup_fixture_ struct fixture *fixture = fixture_new();
	struct parameters own = {0};

	(void)state;
	parse(fixture, "/etc/default/grub",
	      "GRUB_DEFAULT=0\n# " DEFAULT "=\"splash\"\n" DEFAULT
	      "=\"quiet intel_iommu=on\"\nGRUB_CMDLINE_LINUX=\"\"\n",
	      false);
	parse(fixture, "/etc/default/grub.d/50-cloudimg-settings.cfg",
	      DEFAULT "=\"console=tty1 console=ttyS0\"\n", false);
	parse(fixture, "/etc/default/grub.d/60-vfio.cfg",
	      DEFAULT "=\"$" DEFAULT " iommu=pt \\\n  vfio-pci.ids=10de:2204\"\n", false);
	assert_string_equal(words(fixture, DEFAULT),
			    "console=tty1@/etc/default/grub.d/50-cloudimg-settings.cfg:1 "
			    "console=ttyS0@/etc/default/grub.d/50-cloudimg-settings.cfg:1 "
			    "iommu=pt@/etc/default/grub.d/60-vfio.cfg:1 "
			    "vfio-pci.ids=10de:2204@/etc/default/grub.d/60-vfio.cfg:2");
	assert_int_equal(fixture->script.assignments.count, 5);
	assert_string_equal(fixture->script.assignments.items[1].origin.text,
			    DEFAULT "=\"quiet intel_iommu=on\"");
	assert_int_equal(fixture->script.assignments.items[1].origin.line, 3);
	assert_false(shell_is_in_force(&fixture->script, 1));
	assert_true(shell_is_in_force(&fixture->script, 2));
	assert_true(shell_is_in_force(&fixture->script, 3));
	assert_true(shell_is_in_force(&fixture->script, 4));
	shell_own_words(fixture->arena, &fixture->script, 4, &own);
	assert_string_equal(words_of(fixture, &own),
			    "iommu=pt@/etc/default/grub.d/60-vfio.cfg:1 "
			    "vfio-pci.ids=10de:2204@/etc/default/grub.d/60-vfio.cfg:2");
}

static void test_words(void **state)
{
	_cleanup_fixture_ struct fixture *fixture = fixture_new();

	(void)state;
	shell_define(fixture->arena, &fixture->script, DEFAULT, "");
	parse(fixture, "/g", DEFAULT "=\"$" DEFAULT " a $(uname -r) b$(x)c d=\\\"e f\\\" a\"\n",
	      false);
	assert_string_equal(words(fixture, DEFAULT), "a@/g:1 d=\"e f\"@/g:1 a@/g:1");
	assert_true(shell_is_partly_unknown(shell_find(&fixture->script, DEFAULT)));
}

static void test_broken(void **state)
{
	_cleanup_fixture_ struct fixture *fixture = fixture_new();

	(void)state;
	value_after(fixture, "B=1\nA=\"quiet iommu=pt\nC=2\n", false);
	assert_int_equal(fixture->script.broken.line, 2);
	value_after(fixture, "B=1\n\nA='x\n", false);
	assert_int_equal(fixture->script.broken.line, 3);
	value_after(fixture, "A=$(x\n", false);
	assert_int_equal(fixture->script.broken.line, 1);
	assert_string_equal(value_after(fixture, "A=1\nA = \"quiet\"\n", false), "1");
	assert_int_equal(fixture->script.broken.line, 2);
	assert_string_equal(fixture->script.broken.text, "A = \"quiet\"");
	assert_string_equal(fixture->script.broken.source, "/a");
	value_after(fixture, "[ x = y ]\necho = b\n", false);
	assert_null(fixture->script.broken.source);
}

static void test_hostile(void **state)
{
	static const char text[] =
		"A=\"a\\\n$B ${C:-d} $(e \"f)\") `g`\" h=(i 'j' #\n) export K+=l;case m "
		"in n) o=p;; esac <<q\n";
	_cleanup_fixture_ struct fixture *fixture = fixture_new();
	char *large = arena_alloc(fixture->arena, 1 << 20);
	size_t length;

	(void)state;
	for (size_t i = 0; i <= sizeof(text); i++)
		for (int bash = 0; bash < 2; bash++)
			shell_parse(fixture->arena, "/a", text, i, bash, &fixture->script);
	shell_parse(fixture->arena, "/a", "A=\0\0=\\\0\"", 8, true, &fixture->script);
	/* Doubling. */
	strcpy(large, "A=aaaaaaaa\n");
	for (length = strlen(large); length < 1000; length += 7)
		memcpy(large + length, "A=$A$A\n", 7);
	fixture->script = (struct shell_script){0};
	shell_parse(fixture->arena, "/a", large, length, true, &fixture->script);
	assert_true(shell_is_partly_unknown(shell_find(&fixture->script, "A")));
	/* More assignments than any file has, each of them uncertain. */
	for (length = 0; length + 12 < 1 << 20; length += 12)
		memcpy(large + length, "x&&A=\"$A b\"\n", 12);
	fixture->script = (struct shell_script){0};
	shell_parse(fixture->arena, "/a", large, length, false, &fixture->script);
	assert_true(fixture->script.opaque);
	assert_true(arena_used(fixture->arena) < 256u << 20);
	memset(large, '(', 1 << 20);
	shell_parse(fixture->arena, "/a", large, 1 << 20, true, &fixture->script);
}

/* Where values stand, for those who change them. */
static void test_places(void **state)
{
	static const char text[] = "A=\"a b\" # c\nexport A+=' d'\nA=(x\n y)\nif x; then A=\nfi\n";
	static const struct {
		const char *value;
		bool appends, array, uncertain;
	} rows[] = {
		{"\"a b\"", false, false, false},
		{"' d'", true, false, false},
		{"(x\n y)", false, true, false},
		{"", false, false, true},
	};
	_cleanup_fixture_ struct fixture *fixture = fixture_new();

	(void)state;
	parse(fixture, "/a", text, true);
	assert_int_equal(fixture->script.assignments.count, ARRAY_SIZE(rows));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct shell_assignment *found = &fixture->script.assignments.items[i];

		assert_int_equal(found->value_end - found->value_start, strlen(rows[i].value));
		assert_memory_equal(text + found->value_start, rows[i].value,
				    strlen(rows[i].value));
		assert_int_equal(found->appends, rows[i].appends);
		assert_int_equal(found->array, rows[i].array);
		assert_int_equal(found->uncertain, rows[i].uncertain);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_quoting),   cmocka_unit_test(test_expansions),
		cmocka_unit_test(test_bash_only), cmocka_unit_test(test_what_may_not_be_run),
		cmocka_unit_test(test_drop_ins),  cmocka_unit_test(test_words),
		cmocka_unit_test(test_places),    cmocka_unit_test(test_broken),
		cmocka_unit_test(test_hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
