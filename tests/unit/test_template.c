/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Mustache: the cases of github.com/mustache/spec for the tags that exist here. */
#include "template_made.h"

/* -- the published cases ------------------------------------------------------------------------------ */

static const struct spec_case interpolation[] = {
	{"No Interpolation", "{}", "Hello from {Mustache}!\n", "Hello from {Mustache}!\n", NULL},
	{"Basic Interpolation", "{\"subject\":\"world\"}", "Hello, {{subject}}!\n",
	 "Hello, world!\n", NULL},
	{"No Re-interpolation", "{\"template\":\"{{planet}}\",\"planet\":\"Earth\"}",
	 "{{template}}: {{planet}}", "{{planet}}: Earth", NULL},
	{"HTML Escaping", "{\"forbidden\":\"& \\\" < >\"}", "escaped: {{forbidden}}\n",
	 "escaped: &amp; &quot; &lt; &gt;\n", NULL},
	{"Triple Mustache", "{\"forbidden\":\"& \\\" < >\"}", "not escaped: {{{forbidden}}}\n",
	 "not escaped: & \" < >\n", NULL},
	{"Ampersand", "{\"forbidden\":\"& \\\" < >\"}", "not escaped: {{&forbidden}}\n",
	 "not escaped: & \" < >\n", NULL},
	{"Basic Integer Interpolation", "{\"mph\":85}", "\"{{mph}} miles an hour!\"",
	 "\"85 miles an hour!\"", NULL},
	{"Triple Mustache Integer Interpolation", "{\"mph\":85}", "\"{{{mph}}} miles an hour!\"",
	 "\"85 miles an hour!\"", NULL},
	{"Ampersand Integer Interpolation", "{\"mph\":85}", "\"{{&mph}} miles an hour!\"",
	 "\"85 miles an hour!\"", NULL},
	{"Basic Decimal Interpolation", "{\"power\":1.210}", "\"{{power}} jiggawatts!\"",
	 "\"1.21 jiggawatts!\"", NULL},
	{"Triple Mustache Decimal Interpolation", "{\"power\":1.210}",
	 "\"{{{power}}} jiggawatts!\"", "\"1.21 jiggawatts!\"", NULL},
	{"Basic Null Interpolation", "{\"cannot\":null}", "I ({{cannot}}) be seen!",
	 "I () be seen!", NULL},
	{"Triple Mustache Null Interpolation", "{\"cannot\":null}", "I ({{{cannot}}}) be seen!",
	 "I () be seen!", NULL},
	{"Ampersand Null Interpolation", "{\"cannot\":null}", "I ({{&cannot}}) be seen!",
	 "I () be seen!", NULL},
	{"Basic Context Miss Interpolation", "{}", "I ({{cannot}}) be seen!", "I () be seen!",
	 NULL},
	{"Triple Mustache Context Miss", "{}", "I ({{{cannot}}}) be seen!", "I () be seen!", NULL},
	{"Ampersand Context Miss", "{}", "I ({{&cannot}}) be seen!", "I () be seen!", NULL},
	{"Dotted Names - Basic Interpolation", "{\"person\":{\"name\":\"Joe\"}}",
	 "\"{{person.name}}\" == \"{{#person}}{{name}}{{/person}}\"", "\"Joe\" == \"Joe\"", NULL},
	{"Dotted Names - Triple Mustache", "{\"person\":{\"name\":\"Joe\"}}",
	 "\"{{{person.name}}}\" == \"{{#person}}{{{name}}}{{/person}}\"", "\"Joe\" == \"Joe\"",
	 NULL},
	{"Dotted Names - Ampersand", "{\"person\":{\"name\":\"Joe\"}}",
	 "\"{{&person.name}}\" == \"{{#person}}{{&name}}{{/person}}\"", "\"Joe\" == \"Joe\"", NULL},
	{"Dotted Names - Arbitrary Depth",
	 "{\"a\":{\"b\":{\"c\":{\"d\":{\"e\":{\"name\":\"Phil\"}}}}}}", "\"{{a.b.c.d.e.name}}\"",
	 "\"Phil\"", NULL},
	{"Dotted Names - Broken Chains", "{\"a\":{}}", "\"{{a.b.c}}\" == \"\"", "\"\" == \"\"",
	 NULL},
	{"Dotted Names - Broken Chain Resolution", "{\"a\":{\"b\":{}},\"c\":{\"name\":\"Jim\"}}",
	 "\"{{a.b.c.name}}\" == \"\"", "\"\" == \"\"", NULL},
	{"Dotted Names - Initial Resolution",
	 "{\"a\":{\"b\":{\"c\":{\"d\":{\"e\":{\"name\":\"Phil\"}}}}},"
	 "\"b\":{\"c\":{\"d\":{\"e\":{\"name\":\"Wrong\"}}}}}",
	 "\"{{#a}}{{b.c.d.e.name}}{{/a}}\" == \"Phil\"", "\"Phil\" == \"Phil\"", NULL},
	{"Dotted Names - Context Precedence", "{\"a\":{\"b\":{}},\"b\":{\"c\":\"ERROR\"}}",
	 "{{#a}}{{b.c}}{{/a}}", "", NULL},
	{"Implicit Iterators - Basic Interpolation", "\"world\"", "Hello, {{.}}!\n",
	 "Hello, world!\n", NULL},
	{"Implicit Iterators - HTML Escaping", "\"& \\\" < >\"", "{{.}}", "&amp; &quot; &lt; &gt;",
	 NULL},
	{"Implicit Iterators - Triple Mustache", "\"& \\\" < >\"", "{{{.}}}", "& \" < >", NULL},
	{"Implicit Iterators - Ampersand", "\"& \\\" < >\"", "{{&.}}", "& \" < >", NULL},
	{"Implicit Iterators - Basic Integer Interpolation", "85", "\"{{.}} miles an hour!\"",
	 "\"85 miles an hour!\"", NULL},
	{"Interpolation - Surrounding Whitespace", "{\"string\":\"---\"}", "| {{string}} |",
	 "| --- |", NULL},
	{"Triple Mustache - Surrounding Whitespace", "{\"string\":\"---\"}", "| {{{string}}} |",
	 "| --- |", NULL},
	{"Ampersand - Surrounding Whitespace", "{\"string\":\"---\"}", "| {{&string}} |", "| --- |",
	 NULL},
	{"Interpolation - Standalone", "{\"string\":\"---\"}", "  {{string}}\n", "  ---\n", NULL},
	{"Triple Mustache - Standalone", "{\"string\":\"---\"}", "  {{{string}}}\n", "  ---\n",
	 NULL},
	{"Ampersand - Standalone", "{\"string\":\"---\"}", "  {{&string}}\n", "  ---\n", NULL},
	{"Interpolation With Padding", "{\"string\":\"---\"}", "|{{ string }}|", "|---|", NULL},
	{"Triple Mustache With Padding", "{\"string\":\"---\"}", "|{{{ string }}}|", "|---|", NULL},
	{"Ampersand With Padding", "{\"string\":\"---\"}", "|{{& string }}|", "|---|", NULL},
};

#define DEEP                                                                                       \
	"{\"a\":{\"one\":1},\"b\":{\"two\":2},\"c\":{\"three\":3,\"d\":{\"four\":4,\"five\":5}}}"
#define DEEP_TEMPLATE                                                                              \
	"{{#a}}\n{{one}}\n{{#b}}\n{{one}}{{two}}{{one}}\n{{#c}}\n{{one}}{{two}}{{three}}{{two}}{{" \
	"one}}\n"                                                                                  \
	"{{#d}}\n{{one}}{{two}}{{three}}{{four}}{{three}}{{two}}{{one}}\n{{#five}}\n"              \
	"{{one}}{{two}}{{three}}{{four}}{{five}}{{four}}{{three}}{{two}}{{one}}\n"                 \
	"{{one}}{{two}}{{three}}{{four}}{{.}}6{{.}}{{four}}{{three}}{{two}}{{one}}\n"              \
	"{{one}}{{two}}{{three}}{{four}}{{five}}{{four}}{{three}}{{two}}{{one}}\n{{/five}}\n"      \
	"{{one}}{{two}}{{three}}{{four}}{{three}}{{two}}{{one}}\n{{/d}}\n"                         \
	"{{one}}{{two}}{{three}}{{two}}{{one}}\n{{/c}}\n{{one}}{{two}}{{one}}\n{{/"                \
	"b}}\n{{one}}\n{{/a}}\n"
#define DEEP_RESULT                                                                                \
	"1\n121\n12321\n1234321\n123454321\n12345654321\n123454321\n1234321\n12321\n121\n1\n"
#define DOUBLED     "{{#bool}}\n* first\n{{/bool}}\n* {{two}}\n{{#bool}}\n* third\n{{/bool}}\n"
#define DOUBLED_NOT "{{^bool}}\n* first\n{{/bool}}\n* {{two}}\n{{^bool}}\n* third\n{{/bool}}\n"

static const struct spec_case sections[] = {
	{"Truthy", "{\"boolean\":true}", "\"{{#boolean}}This should be rendered.{{/boolean}}\"",
	 "\"This should be rendered.\"", NULL},
	{"Falsey", "{\"boolean\":false}",
	 "\"{{#boolean}}This should not be rendered.{{/boolean}}\"", "\"\"", NULL},
	{"Null is falsey", "{\"null\":null}", "\"{{#null}}This should not be rendered.{{/null}}\"",
	 "\"\"", NULL},
	{"Context", "{\"context\":{\"name\":\"Joe\"}}", "\"{{#context}}Hi {{name}}.{{/context}}\"",
	 "\"Hi Joe.\"", NULL},
	{"Parent contexts",
	 "{\"a\":\"foo\",\"b\":\"wrong\",\"sec\":{\"b\":\"bar\"},\"c\":{\"d\":\"baz\"}}",
	 "\"{{#sec}}{{a}}, {{b}}, {{c.d}}{{/sec}}\"", "\"foo, bar, baz\"", NULL},
	{"Variable test", "{\"foo\":\"bar\"}", "\"{{#foo}}{{.}} is {{foo}}{{/foo}}\"",
	 "\"bar is bar\"", NULL},
	{"List Contexts",
	 "{\"tops\":[{\"tname\":{\"upper\":\"A\",\"lower\":\"a\"},\"middles\":[{\"mname\":\"1\","
	 "\"bottoms\":[{\"bname\":\"x\"},{\"bname\":\"y\"}]}]}]}",
	 "{{#tops}}{{#middles}}{{tname.lower}}{{mname}}.{{#bottoms}}{{tname.upper}}{{mname}}{{"
	 "bname}}."
	 "{{/bottoms}}{{/middles}}{{/tops}}",
	 "a1.A1x.A1y.", NULL},
	{"Deeply Nested Contexts", DEEP, DEEP_TEMPLATE, DEEP_RESULT, NULL},
	{"List", "{\"list\":[{\"item\":1},{\"item\":2},{\"item\":3}]}",
	 "\"{{#list}}{{item}}{{/list}}\"", "\"123\"", NULL},
	{"Empty List", "{\"list\":[]}", "\"{{#list}}Yay lists!{{/list}}\"", "\"\"", NULL},
	{"Doubled", "{\"bool\":true,\"two\":\"second\"}", DOUBLED, "* first\n* second\n* third\n",
	 NULL},
	{"Nested (Truthy)", "{\"bool\":true}", "| A {{#bool}}B {{#bool}}C{{/bool}} D{{/bool}} E |",
	 "| A B C D E |", NULL},
	{"Nested (Falsey)", "{\"bool\":false}", "| A {{#bool}}B {{#bool}}C{{/bool}} D{{/bool}} E |",
	 "| A  E |", NULL},
	{"Context Misses", "{}", "[{{#missing}}Found key 'missing'!{{/missing}}]", "[]", NULL},
	{"Implicit Iterator - String", "{\"list\":[\"a\",\"b\",\"c\",\"d\",\"e\"]}",
	 "\"{{#list}}({{.}}){{/list}}\"", "\"(a)(b)(c)(d)(e)\"", NULL},
	{"Implicit Iterator - Integer", "{\"list\":[1,2,3,4,5]}", "\"{{#list}}({{.}}){{/list}}\"",
	 "\"(1)(2)(3)(4)(5)\"", NULL},
	{"Implicit Iterator - Decimal", "{\"list\":[1.1,2.2,3.3,4.4,5.5]}",
	 "\"{{#list}}({{.}}){{/list}}\"", "\"(1.1)(2.2)(3.3)(4.4)(5.5)\"", NULL},
	{"Implicit Iterator - Array", "{\"list\":[[1,2,3],[\"a\",\"b\",\"c\"]]}",
	 "\"{{#list}}({{#.}}{{.}}{{/.}}){{/list}}\"", "\"(123)(abc)\"", NULL},
	{"Implicit Iterator - HTML Escaping", "{\"list\":[\"&\",\"\\\"\",\"<\",\">\"]}",
	 "\"{{#list}}({{.}}){{/list}}\"", "\"(&amp;)(&quot;)(&lt;)(&gt;)\"", NULL},
	{"Implicit Iterator - Triple mustache", "{\"list\":[\"&\",\"\\\"\",\"<\",\">\"]}",
	 "\"{{#list}}({{{.}}}){{/list}}\"", "\"(&)(\")(<)(>)\"", NULL},
	{"Implicit Iterator - Ampersand", "{\"list\":[\"&\",\"\\\"\",\"<\",\">\"]}",
	 "\"{{#list}}({{&.}}){{/list}}\"", "\"(&)(\")(<)(>)\"", NULL},
	{"Implicit Iterator - Root-level", "[{\"value\":\"a\"},{\"value\":\"b\"}]",
	 "\"{{#.}}({{value}}){{/.}}\"", "\"(a)(b)\"", NULL},
	{"Dotted Names - Truthy", "{\"a\":{\"b\":{\"c\":true}}}",
	 "\"{{#a.b.c}}Here{{/a.b.c}}\" == \"Here\"", "\"Here\" == \"Here\"", NULL},
	{"Dotted Names - Falsey", "{\"a\":{\"b\":{\"c\":false}}}",
	 "\"{{#a.b.c}}Here{{/a.b.c}}\" == \"\"", "\"\" == \"\"", NULL},
	{"Dotted Names - Broken Chains", "{\"a\":{}}", "\"{{#a.b.c}}Here{{/a.b.c}}\" == \"\"",
	 "\"\" == \"\"", NULL},
	{"Surrounding Whitespace", "{\"boolean\":true}", " | {{#boolean}}\t|\t{{/boolean}} | \n",
	 " | \t|\t | \n", NULL},
	{"Internal Whitespace", "{\"boolean\":true}",
	 " | {{#boolean}} {{! Important Whitespace }}\n {{/boolean}} | \n", " |  \n  | \n", NULL},
	{"Indented Inline Sections", "{\"boolean\":true}",
	 " {{#boolean}}YES{{/boolean}}\n {{#boolean}}GOOD{{/boolean}}\n", " YES\n GOOD\n", NULL},
	{"Standalone Lines", "{\"boolean\":true}",
	 "| This Is\n{{#boolean}}\n|\n{{/boolean}}\n| A Line\n", "| This Is\n|\n| A Line\n", NULL},
	{"Indented Standalone Lines", "{\"boolean\":true}",
	 "| This Is\n  {{#boolean}}\n|\n  {{/boolean}}\n| A Line\n", "| This Is\n|\n| A Line\n",
	 NULL},
	{"Standalone Line Endings", "{\"boolean\":true}", "|\r\n{{#boolean}}\r\n{{/boolean}}\r\n|",
	 "|\r\n|", NULL},
	{"Standalone Without Previous Line", "{\"boolean\":true}",
	 "  {{#boolean}}\n#{{/boolean}}\n/", "#\n/", NULL},
	{"Standalone Without Newline", "{\"boolean\":true}", "#{{#boolean}}\n/\n  {{/boolean}}",
	 "#\n/\n", NULL},
	{"Padding", "{\"boolean\":true}", "|{{# boolean }}={{/ boolean }}|", "|=|", NULL},
};

static const struct spec_case inverted[] = {
	{"Falsey", "{\"boolean\":false}", "\"{{^boolean}}This should be rendered.{{/boolean}}\"",
	 "\"This should be rendered.\"", NULL},
	{"Truthy", "{\"boolean\":true}", "\"{{^boolean}}This should not be rendered.{{/boolean}}\"",
	 "\"\"", NULL},
	{"Null is falsey", "{\"null\":null}", "\"{{^null}}This should be rendered.{{/null}}\"",
	 "\"This should be rendered.\"", NULL},
	{"Context", "{\"context\":{\"name\":\"Joe\"}}", "\"{{^context}}Hi {{name}}.{{/context}}\"",
	 "\"\"", NULL},
	{"List", "{\"list\":[{\"n\":1},{\"n\":2},{\"n\":3}]}", "\"{{^list}}{{n}}{{/list}}\"",
	 "\"\"", NULL},
	{"Empty List", "{\"list\":[]}", "\"{{^list}}Yay lists!{{/list}}\"", "\"Yay lists!\"", NULL},
	{"Doubled", "{\"bool\":false,\"two\":\"second\"}", DOUBLED_NOT,
	 "* first\n* second\n* third\n", NULL},
	{"Nested (Falsey)", "{\"bool\":false}", "| A {{^bool}}B {{^bool}}C{{/bool}} D{{/bool}} E |",
	 "| A B C D E |", NULL},
	{"Nested (Truthy)", "{\"bool\":true}", "| A {{^bool}}B {{^bool}}C{{/bool}} D{{/bool}} E |",
	 "| A  E |", NULL},
	{"Context Misses", "{}", "[{{^missing}}Cannot find key 'missing'!{{/missing}}]",
	 "[Cannot find key 'missing'!]", NULL},
	{"Dotted Names - Truthy", "{\"a\":{\"b\":{\"c\":true}}}",
	 "\"{{^a.b.c}}Not Here{{/a.b.c}}\" == \"\"", "\"\" == \"\"", NULL},
	{"Dotted Names - Falsey", "{\"a\":{\"b\":{\"c\":false}}}",
	 "\"{{^a.b.c}}Not Here{{/a.b.c}}\" == \"Not Here\"", "\"Not Here\" == \"Not Here\"", NULL},
	{"Dotted Names - Broken Chains", "{\"a\":{}}",
	 "\"{{^a.b.c}}Not Here{{/a.b.c}}\" == \"Not Here\"", "\"Not Here\" == \"Not Here\"", NULL},
	{"Surrounding Whitespace", "{\"boolean\":false}", " | {{^boolean}}\t|\t{{/boolean}} | \n",
	 " | \t|\t | \n", NULL},
	{"Internal Whitespace", "{\"boolean\":false}",
	 " | {{^boolean}} {{! Important Whitespace }}\n {{/boolean}} | \n", " |  \n  | \n", NULL},
	{"Indented Inline Sections", "{\"boolean\":false}",
	 " {{^boolean}}NO{{/boolean}}\n {{^boolean}}WAY{{/boolean}}\n", " NO\n WAY\n", NULL},
	{"Standalone Lines", "{\"boolean\":false}",
	 "| This Is\n{{^boolean}}\n|\n{{/boolean}}\n| A Line\n", "| This Is\n|\n| A Line\n", NULL},
	{"Standalone Indented Lines", "{\"boolean\":false}",
	 "| This Is\n  {{^boolean}}\n|\n  {{/boolean}}\n| A Line\n", "| This Is\n|\n| A Line\n",
	 NULL},
	{"Standalone Line Endings", "{\"boolean\":false}", "|\r\n{{^boolean}}\r\n{{/boolean}}\r\n|",
	 "|\r\n|", NULL},
	{"Standalone Without Previous Line", "{\"boolean\":false}",
	 "  {{^boolean}}\n^{{/boolean}}\n/", "^\n/", NULL},
	{"Standalone Without Newline", "{\"boolean\":false}", "^{{^boolean}}\n/\n  {{/boolean}}",
	 "^\n/\n", NULL},
	{"Padding", "{\"boolean\":false}", "|{{^ boolean }}={{/ boolean }}|", "|=|", NULL},
};

static const struct spec_case comments[] = {
	{"Inline", "{}", "12345{{! Comment Block! }}67890", "1234567890", NULL},
	{"Multiline", "{}", "12345{{!\n  This is a\n  multi-line comment...\n}}67890\n",
	 "1234567890\n", NULL},
	{"Standalone", "{}", "Begin.\n{{! Comment Block! }}\nEnd.\n", "Begin.\nEnd.\n", NULL},
	{"Indented Standalone", "{}", "Begin.\n  {{! Indented Comment Block! }}\nEnd.\n",
	 "Begin.\nEnd.\n", NULL},
	{"Standalone Line Endings", "{}", "|\r\n{{! Standalone Comment }}\r\n|", "|\r\n|", NULL},
	{"Standalone Without Previous Line", "{}", "  {{! I'm Still Standalone }}\n!", "!", NULL},
	{"Standalone Without Newline", "{}", "!\n  {{! I'm Still Standalone }}", "!\n", NULL},
	{"Multiline Standalone", "{}", "Begin.\n{{!\nSomething's going on here...\n}}\nEnd.\n",
	 "Begin.\nEnd.\n", NULL},
	{"Indented Multiline Standalone", "{}",
	 "Begin.\n  {{!\n    Something's going on here...\n  }}\nEnd.\n", "Begin.\nEnd.\n", NULL},
	{"Indented Inline", "{}", "  12 {{! 34 }}\n", "  12 \n", NULL},
	{"Surrounding Whitespace", "{}", "12345 {{! Comment Block! }} 67890", "12345  67890", NULL},
	{"Variable Name Collision",
	 "{\"! comment\":1,\"! comment \":2,\"!comment\":3,\"comment\":4}",
	 "comments never show: >{{! comment }}<", "comments never show: ><", NULL},
};

static const struct spec_case partials[] = {
	{"Basic Behavior", "{}", "\"{{>text}}\"", "\"from partial\"",
	 "{\"text\":\"from partial\"}"},
	{"Context", "{\"text\":\"content\"}", "\"{{>partial}}\"", "\"*content*\"",
	 "{\"partial\":\"*{{text}}*\"}"},
	{"Recursion", "{\"content\":\"X\",\"nodes\":[{\"content\":\"Y\",\"nodes\":[]}]}",
	 "{{>node}}", "X<Y<>>", "{\"node\":\"{{content}}<{{#nodes}}{{>node}}{{/nodes}}>\"}"},
	{"Nested", "{\"a\":\"hello\",\"b\":\"world\"}", "{{>outer}}", "*hello world!*",
	 "{\"outer\":\"*{{a}} {{>inner}}*\",\"inner\":\"{{b}}!\"}"},
	{"Surrounding Whitespace", "{}", "| {{>partial}} |", "| \t|\t |",
	 "{\"partial\":\"\\t|\\t\"}"},
	{"Inline Indentation", "{\"data\":\"|\"}", "  {{data}}  {{> partial}}\n", "  |  >\n>\n",
	 "{\"partial\":\">\\n>\"}"},
	{"Standalone Line Endings", "{}", "|\r\n{{>partial}}\r\n|", "|\r\n>|",
	 "{\"partial\":\">\"}"},
	{"Standalone Without Previous Line", "{}", "  {{>partial}}\n>", "  >\n  >>",
	 "{\"partial\":\">\\n>\"}"},
	{"Standalone Without Newline", "{}", ">\n  {{>partial}}", ">\n  >\n  >",
	 "{\"partial\":\">\\n>\"}"},
	{"Standalone Indentation", "{\"content\":\"<\\n->\"}", "\\\n {{>partial}}\n/\n",
	 "\\\n |\n <\n->\n |\n/\n", "{\"partial\":\"|\\n{{{content}}}\\n|\\n\"}"},
	{"Padding Whitespace", "{\"boolean\":true}", "|{{> partial }}|", "|[]|",
	 "{\"partial\":\"[]\"}"},
};

static const struct spec_case delimiters[] = {
	{"Pair Behavior", "{\"text\":\"Hey!\"}", "{{=<% %>=}}(<%text%>)", "(Hey!)", NULL},
	{"Special Characters", "{\"text\":\"It worked!\"}", "({{=[ ]=}}[text])", "(It worked!)",
	 NULL},
	{"Sections", "{\"section\":true,\"data\":\"I got interpolated.\"}",
	 "[\n{{#section}}\n  {{data}}\n  |data|\n{{/section}}\n\n{{= | | =}}\n|#section|\n  "
	 "{{data}}\n"
	 "  |data|\n|/section|\n]\n",
	 "[\n  I got interpolated.\n  |data|\n\n  {{data}}\n  I got interpolated.\n]\n", NULL},
	{"Inverted Sections", "{\"section\":false,\"data\":\"I got interpolated.\"}",
	 "[\n{{^section}}\n  {{data}}\n  |data|\n{{/section}}\n\n{{= | | =}}\n|^section|\n  "
	 "{{data}}\n"
	 "  |data|\n|/section|\n]\n",
	 "[\n  I got interpolated.\n  |data|\n\n  {{data}}\n  I got interpolated.\n]\n", NULL},
	{"Partial Inheritence", "{\"value\":\"yes\"}",
	 "[ {{>include}} ]\n{{= | | =}}\n[ |>include| ]\n", "[ .yes. ]\n[ .yes. ]\n",
	 "{\"include\":\".{{value}}.\"}"},
	{"Post-Partial Behavior", "{\"value\":\"yes\"}",
	 "[ {{>include}} ]\n[ .{{value}}.  .|value|. ]\n",
	 "[ .yes.  .yes. ]\n[ .yes.  .|value|. ]\n",
	 "{\"include\":\".{{value}}. {{= | | =}} .|value|.\"}"},
	{"Surrounding Whitespace", "{}", "| {{=@ @=}} |", "|  |", NULL},
	{"Outlying Whitespace (Inline)", "{}", " | {{=@ @=}}\n", " | \n", NULL},
	{"Standalone Tag", "{}", "Begin.\n{{=@ @=}}\nEnd.\n", "Begin.\nEnd.\n", NULL},
	{"Indented Standalone Tag", "{}", "Begin.\n  {{=@ @=}}\nEnd.\n", "Begin.\nEnd.\n", NULL},
	{"Standalone Line Endings", "{}", "|\r\n{{= @ @ =}}\r\n|", "|\r\n|", NULL},
	{"Standalone Without Previous Line", "{}", "  {{=@ @=}}\n=", "=", NULL},
	{"Standalone Without Newline", "{}", "=\n  {{=@ @=}}", "=\n", NULL},
	{"Pair with Padding", "{}", "|{{= @   @ =}}|", "||", NULL},
};

static void test_interpolation(void **state)
{
	(void)state;
	check_cases(interpolation, ARRAY_SIZE(interpolation));
}

static void test_sections(void **state)
{
	(void)state;
	check_cases(sections, ARRAY_SIZE(sections));
}

static void test_inverted(void **state)
{
	(void)state;
	check_cases(inverted, ARRAY_SIZE(inverted));
}

static void test_comments(void **state)
{
	(void)state;
	check_cases(comments, ARRAY_SIZE(comments));
}

static void test_partials(void **state)
{
	(void)state;
	check_cases(partials, ARRAY_SIZE(partials));
}

static void test_delimiters(void **state)
{
	(void)state;
	check_cases(delimiters, ARRAY_SIZE(delimiters));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_interpolation), cmocka_unit_test(test_sections),
		cmocka_unit_test(test_inverted),      cmocka_unit_test(test_comments),
		cmocka_unit_test(test_partials),      cmocka_unit_test(test_delimiters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
