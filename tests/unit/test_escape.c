/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Values that try to be more than values, in every kind of document. */
#include "report/escape.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define UNFIT "\xef\xbf\xbd"

static void check(enum escape escape, const char *text, size_t length, const char *expected)
{
	char *result = NULL;
	size_t size;
	FILE *stream = open_memstream(&result, &size);

	assert_non_null(stream);
	escape_write(stream, escape, text, length);
	assert_int_equal(fclose(stream), 0);
	assert_string_equal(result, expected);
	free(result);
}

struct sample {
	const char *text, *expected;
};

static void check_samples(enum escape escape, const struct sample *samples, size_t count)
{
	for (size_t i = 0; i < count; i++)
		check(escape, samples[i].text, strlen(samples[i].text), samples[i].expected);
}

static void markup(void **state)
{
	static const struct sample samples[] = {
		{"a < b && c > \"d\"", "a &lt; b &amp;&amp; c &gt; &quot;d&quot;"},
		{"x' onclick='y", "x&#39; onclick=&#39;y"},
		{"</script>]]>", "&lt;/script&gt;]]&gt;"},
		{"two\nlines\tand", "two\nlines\tand"},
		{"bell\a cr\r del\x7f", "bell" UNFIT " cr" UNFIT " del" UNFIT},
		{"c1 \xc2\x85 turn \xe2\x80\xae bom \xef\xbb\xbf nonchar \xef\xbf\xbf",
		 "c1 " UNFIT " turn " UNFIT " bom " UNFIT " nonchar " UNFIT},
		{"bad \xff\xc3 end", "bad " UNFIT UNFIT " end"},
		{"größe ✗", "größe ✗"},
	};

	(void)state;
	check_samples(ESCAPE_MARKUP, samples, ARRAY_SIZE(samples));
	check(ESCAPE_MARKUP, "a\0b", 3, "a" UNFIT "b");
}

static void markdown(void **state)
{
	static const struct sample samples[] = {
		/* What hosts really say stays readable. */
		{"0000:01:00.0 is held by snd_hda_intel", "0000:01:00.0 is held by snd_hda_intel"},
		{"/sys/bus/pci/devices/0000:04:00.0/driver",
		 "/sys/bus/pci/devices/0000:04:00.0/driver"},
		{"-> nvme", "-> nvme"},
		{"--apply", "\\--apply"},
		{"6.1.0-50-amd64", "6.1.0-50-amd64"},
		{"NVIDIA GA104 [GeForce RTX 3070]", "NVIDIA GA104 \\[GeForce RTX 3070\\]"},
		/* What would be read as Markdown. */
		{"`a` *b* __c__", "\\`a\\` \\*b\\* \\_\\_c\\_\\_"},
		{"a|b\nc", "a\\|b c"},
		{"# heading", "\\# heading"},
		{"- item", "\\- item"},
		{"+ item", "\\+ item"},
		{"---", "\\---"},
		{"===", "\\==="},
		{"12. item", "12\\. item"},
		{"12) item", "12\\) item"},
		{"> quote", "&gt; quote"},
		{"<b>&amp;</b>", "&lt;b>&amp;amp;&lt;/b>"},
		{"\\`", "\\\\\\`"},
		{"~~gone~~ $x$", "\\~\\~gone\\~\\~ \\$x\\$"},
	};

	(void)state;
	check_samples(ESCAPE_MARKDOWN, samples, ARRAY_SIZE(samples));
}

static void other_kinds(void **state)
{
	static const struct sample tap[] = {
		{"a # SKIP b", "a \\# SKIP b"},
		{"a\\b\nnot ok 1", "a\\\\b not ok 1"},
	};
	static const struct sample prometheus[] = {
		{"a\"} 1\nb{c=\"", "a\\\"} 1\\nb{c=\\\""},
		{"C:\\", "C:\\\\"},
		{"tab\t", "tab" UNFIT},
	};
	static const struct sample json[] = {
		{"\"\\\n\t\x01", "\\\"\\\\\\n\\t" UNFIT},
	};
	static const struct sample text[] = {
		{"a\nb\tc\033[31m", "a b c" UNFIT "[31m"},
	};

	(void)state;
	check_samples(ESCAPE_TAP, tap, ARRAY_SIZE(tap));
	check_samples(ESCAPE_PROMETHEUS, prometheus, ARRAY_SIZE(prometheus));
	check_samples(ESCAPE_JSON, json, ARRAY_SIZE(json));
	check_samples(ESCAPE_TEXT, text, ARRAY_SIZE(text));
}

static void kinds_of_names(void **state)
{
	static const struct {
		const char *name;
		enum escape escape;
	} cases[] = {
		{"report.html.mustache", ESCAPE_MARKUP},
		{"a/b.junit.xml", ESCAPE_MARKUP},
		{"checklist.md", ESCAPE_MARKDOWN},
		{"x.prom.mustache", ESCAPE_PROMETHEUS},
		{"x.tap", ESCAPE_TAP},
		{"x.json.mustache", ESCAPE_JSON},
		{"x.mustache", ESCAPE_TEXT},
		{"html", ESCAPE_TEXT},
		{".html", ESCAPE_TEXT},
		{"", ESCAPE_TEXT},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(escape_of_name(cases[i].name), cases[i].escape);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(markup),
		cmocka_unit_test(markdown),
		cmocka_unit_test(other_kinds),
		cmocka_unit_test(kinds_of_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
