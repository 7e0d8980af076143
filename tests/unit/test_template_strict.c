/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Templates: what the published cases of mustache leave open, errors, and limits. */
#include "template_made.h"

static void test_values(void **state)
{
	static const struct spec_case cases[] = {
		{"a null of the inner value hides the outer one",
		 "{\"name\":\"outer\",\"device\":{\"name\":null}}",
		 "{{#device}}({{name}}){{/device}}", "()", NULL},
		{"numbers of 64 bits", "{\"a\":18446744073709551615,\"b\":-9223372036854775808}",
		 "{{a}} {{b}}", "18446744073709551615 -9223372036854775808", NULL},
		{"zero and the empty text are values", "{\"n\":0,\"t\":\"\"}",
		 "{{#n}}n{{/n}}{{#t}}t{{/t}}", "nt", NULL},
		{"lists of nothing", "{\"l\":[null,false]}", "{{#l}}({{.}}){{/l}}", "()(false)",
		 NULL},
		{"an object shows as JSON", "{\"o\":{\"a\":[1,\"/\"]}}", "{{{o}}}",
		 "{\"a\":[1,\"/\"]}", NULL},
		{"empty lines of partials stay empty", "{}", "  {{>p}}\n", "  a\n\n  b\n",
		 "{\"p\":\"a\\n\\nb\\n\"}"},
		{"indents add up", "{}", " {{>p}}\n", "   x\n",
		 "{\"p\":\"  {{>q}}\\n\",\"q\":\"x\\n\"}"},
	};

	(void)state;
	check_cases(cases, ARRAY_SIZE(cases));
}

static void test_errors(void **state)
{
	static const struct {
		const char *template, *partials, *words;
	} cases[] = {
		{"a\n{{#open}}\nb\n", NULL,
		 "template test, line 2: this section is not closed: open"},
		{"a\n\n{{/open}}", NULL, "template test, line 3: no such section is open: open"},
		{"{{#a}}\n{{#b}}\n{{/a}}\n{{/b}}", NULL,
		 "template test, line 3: section b of line 2 is not closed before a"},
		{"\n\n{{name", NULL, "template test, line 3: this tag is not closed"},
		{"{{{name}}", NULL, "template test, line 1: this tag is not closed"},
		{"x\n{{>nowhere}}", NULL, "template test, line 2: no such partial: nowhere"},
		{"{{>p}}", "{\"p\":\"x\\n{{>q}}\"}", "template p, line 2: no such partial: q"},
		{"{{>p}}", "{\"p\":\"\\n{{#x}}\"}",
		 "template p, line 2: this section is not closed: x"},
		{"{{}}", NULL, "template test, line 1: a tag without a name"},
		{"{{#}}{{/}}", NULL, "template test, line 1: a tag without a name"},
		{"{{a b}}", NULL, "template test, line 1: not a name: a b"},
		{"{{a..b}}", NULL, "template test, line 1: not a name: a..b"},
		{"{{$block}}", NULL, "template test, line 1: no such kind of tag: $"},
		{"{{<parent}}", NULL, "template test, line 1: no such kind of tag: <"},
		{"{{=<%=}}", NULL, "template test, line 1: not a pair of delimiters: <%"},
		{"{{=a b c=}}", NULL, "template test, line 1: not a pair of delimiters: a b c"},
		{"{{>p}}", "{\"p\":\"{{>p}}\"}",
		 "template p, line 1: too many partials inside each other: p"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct spec_case c = {NULL, "{}", cases[i].template, NULL, cases[i].partials};
		struct error error = {0};
		char *result = render(&c, ESCAPE_TEXT, &error);

		assert_null(result);
		assert_int_equal(error.code, -EINVAL);
		assert_string_equal(error.message, cases[i].words);
	}
}

static void append(char *text, size_t size, const char *more, size_t times)
{
	for (size_t i = 0; i < times; i++)
		(void)snprintf(text + strlen(text), size - strlen(text), "%s", more);
}

static void test_depth(void **state)
{
	char text[4096] = "";
	struct spec_case c = {NULL, "{\"a\":true}", text, NULL, NULL};
	struct error error = {0};
	char *result;

	(void)state;
	append(text, sizeof(text), "{{#a}}", TEMPLATE_DEPTH_LIMIT);
	append(text, sizeof(text), "x", 1);
	append(text, sizeof(text), "{{/a}}", TEMPLATE_DEPTH_LIMIT);
	result = render(&c, ESCAPE_TEXT, &error);
	assert_string_equal(result, "x");
	free(result);
	text[0] = '\0';
	append(text, sizeof(text), "{{#a}}", TEMPLATE_DEPTH_LIMIT + 1);
	append(text, sizeof(text), "{{/a}}", TEMPLATE_DEPTH_LIMIT + 1);
	assert_null(render(&c, ESCAPE_TEXT, &error));
	assert_string_equal(error.message,
			    "template test, line 1: too many sections inside each other: a");
	/* Sections of partials count too. */
	c.template = "{{>p}}";
	c.partials = "{\"p\":\"{{#a}}{{#a}}{{>p}}{{/a}}{{/a}}\"}";
	assert_null(render(&c, ESCAPE_TEXT, &error));
	assert_string_equal(error.message,
			    "template p, line 1: too many sections inside each other: a");
}

/* Two partials each time, 64 deep, would never end. */
static void test_explosion(void **state)
{
	const struct spec_case c = {
		NULL, "{\"l\":[1,2,3,4,5,6,7,8,9,0]}", "{{>p}}", NULL,
		"{\"p\":\"{{#l}}{{#l}}{{#l}}{{#l}}{{#l}}{{#l}}{{#l}}{{#l}}.{{/l}}{{/l}}"
		"{{/l}}{{/l}}{{/l}}{{/l}}{{/l}}{{/l}}\"}"};
	struct error error = {0};

	(void)state;
	assert_null(render(&c, ESCAPE_TEXT, &error));
	assert_non_null(strstr(error.message, "the document becomes too large here"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_explosion),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
