/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What text from a tree, a log or somebody else's report can do to a terminal: nothing. */
#include "json_made.h"
#include "report/text.h"

/* A document in which every text that is shown is this one. */
static json_object *document_of(const char *text)
{
	static const char *const severities[] = {"danger", "blocker", "warning", "info"};
	json_object *document = json_made("{\"host\":{\"distro\":{}},\"iommu\":{},\"devices\":[{"
					  "\"target\":true},{\"candidate\":true}],"
					  "\"checks\":[]}");
	json_object *checks = json_at(document, "/checks");
	static const char *const places[] = {"/host/hostname",       "/host/kernel",
					     "/host/distro/name",    "/host/bootloader",
					     "/host/initramfs",      "/devices/0/address",
					     "/devices/0/name",      "/devices/0/vendor_id",
					     "/devices/0/device_id", "/devices/1/address",
					     "/devices/1/name",      "/devices/1/driver",
					     "/devices/0/verdict",   "/verdict"};

	for (size_t i = 0; i < ARRAY_SIZE(severities); i++) {
		json_object *check = json_made("{\"evidence\":[{\"line\":3},{}],\"remedy\":[{}]}");
		static const char *const parts[] = {"/id",
						    "/title",
						    "/cause",
						    "/subject",
						    "/evidence/0/source",
						    "/evidence/0/text",
						    "/evidence/1/source",
						    "/evidence/1/text",
						    "/remedy/0/owner",
						    "/remedy/0/text",
						    "/remedy/0/command"};

		for (size_t p = 0; p < ARRAY_SIZE(parts); p++)
			assert_int_equal(
				json_pointer_set(&check, parts[p], json_object_new_string(text)),
				0);
		json_object_object_add(check, "result",
				       json_object_new_string(i % 2 ? "fail" : "unknown"));
		json_object_object_add(check, "severity", json_object_new_string(severities[i]));
		json_object_array_add(checks, check);
	}
	json_object_array_add(checks, json_made("{\"id\":\"device.not-found\",\"result\":\"fail\","
						"\"severity\":\"blocker\"}"));
	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		assert_int_equal(
			json_pointer_set(&document, places[i], json_object_new_string(text)), 0);
	return document;
}

static char *printed(json_object *document, const struct text_style *style)
{
	struct text_style with_stream = *style;
	char *text = NULL;
	size_t size = 0;

	with_stream.stream = open_memstream(&text, &size);
	assert_non_null(with_stream.stream);
	text_print_report(&with_stream, document, false);
	assert_int_equal(fclose(with_stream.stream), 0);
	/* Not cut short by a NUL. */
	assert_int_equal(strlen(text), size);
	return text;
}

/* No byte or character that a terminal would obey; of C0 only the newlines of the report itself. */
static void assert_harmless(const char *text)
{
	for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
		if ((*c < 0x20 && *c != '\n') || *c == 0x7f)
			fail_msg("byte %02x at %td", *c, c - (const unsigned char *)text);
		if (*c == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0)
			fail_msg("C1 control %02x", c[1]);
		/* U+202A to U+202E and U+2066 to U+2069 turn the direction of writing. */
		if (*c == 0xe2 && ((c[1] == 0x80 && c[2] >= 0xaa && c[2] <= 0xae) ||
				   (c[1] == 0x81 && c[2] >= 0xa6 && c[2] <= 0xa9)))
			fail_msg("a character that turns the text round");
	}
}

static const char *const hostile[] = {"\x1b[2J\x1b[1;1H",
				      "\x1b]0;title\x07",
				      "\23331m",
				      "\302\23331m",
				      "\302\220q\302\234",
				      "one\rREADY",
				      "line\nREADY       0000:41:00.0",
				      "\b\b\b\b",
				      "\x7f\x7f",
				      "\x01\x02\x0e\x0f",
				      "\342\200\256ydaer",
				      "\xe2\x81\xa6isolate\xe2\x81\xa9",
				      "\xff\xfe",
				      "cut \xe2\x82",
				      "tab\there",
				      "\xc0\x9b",
				      "%s%n%x",
				      "\303\23331m"};

static void nothing_steers_the_terminal(void **state)
{
	static const struct text_style styles[] = {{.utf8 = true, .width = 80},
						   {.utf8 = false, .width = 80},
						   {.utf8 = true, .width = 0},
						   {.utf8 = true, .width = 1}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(hostile); i++)
		for (size_t s = 0; s < ARRAY_SIZE(styles); s++) {
			_cleanup_json_ json_object *document = document_of(hostile[i]);
			_cleanup_free_ char *text = printed(document, &styles[s]);

			assert_harmless(text);
			/* A line of the report's own making can not be forged. */
			assert_null(strstr(text, "\nREADY"));
			assert_null(strstr(text, "\r"));
		}
}

/* A terminal that does not speak UTF-8 sees ASCII only: c3 9b is a letter to one and CSI to another. */
static void only_ascii_without_utf8(void **state)
{
	static const struct text_style ascii = {.utf8 = false, .width = 80};
	static const char *const texts[] = {"na\xc3\xafve \xe2\x9c\x97 \303\23331m", "\x9b\xff",
					    "plain"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		_cleanup_json_ json_object *document = document_of(texts[i]);
		_cleanup_free_ char *text = printed(document, &ascii);

		for (const char *c = text; *c; c++)
			assert_true((unsigned char)*c < 0x80);
		assert_non_null(strstr(text, "\n  x "));
		assert_non_null(strstr(text, " - "));
	}
}

static void letters_stay_letters(void **state)
{
	static const struct text_style utf8 = {.utf8 = true, .width = 80};
	_cleanup_json_ json_object *document =
		document_of("na\xc3\xafve\xe2\x80\x93\xf0\x9f\x98\x80");
	_cleanup_free_ char *text = printed(document, &utf8);

	(void)state;
	assert_non_null(strstr(text, "na\xc3\xafve\xe2\x80\x93\xf0\x9f\x98\x80"));
	assert_non_null(strstr(text, "\n  ✗ "));
	assert_null(strstr(text, "?na"));
}

/* Without the sequences the colored report is the plain one. */
static void color_only_when_asked(void **state)
{
	static const struct text_style plain = {.utf8 = true, .width = 80},
				       colored = {.utf8 = true, .width = 80, .color = true};
	_cleanup_json_ json_object *document = document_of("\x1b[31mword");
	_cleanup_free_ char *without = printed(document, &plain);
	_cleanup_free_ char *with = printed(document, &colored);
	char *end = with;

	(void)state;
	assert_null(strchr(without, '\x1b'));
	assert_non_null(strstr(with, "\x1b["));
	for (const char *c = with; *c; c++) {
		if (*c != '\x1b') {
			*end++ = *c;
			continue;
		}
		/* Only sequences that set colors, and each ends here. */
		assert_int_equal(c[1], '[');
		c += 2 + strspn(c + 2, "0123456789;");
		assert_int_equal(*c, 'm');
	}
	*end = '\0';
	assert_string_equal(with, without);
}

/* -- documents that are not as they should be ----------------------------------------------------------------- */

static void odd_documents(void **state)
{
	static const char *const documents[] = {
		"{}",
		"[]",
		"null",
		"1",
		"\"text\"",
		"{\"devices\":{},\"checks\":{},\"host\":[],\"iommu\":1}",
		"{\"devices\":[null,1,[],{}],\"checks\":[null,\"x\",{},[]]}",
		"{\"devices\":[{\"target\":true,\"address\":null}],\"checks\":[{\"id\":1,"
		"\"result\":\"fail\","
		"\"severity\":\"blocker\",\"title\":[],\"evidence\":[1,null,{}],\"remedy\":[null,{}"
		",1]}]}",
		"{\"checks\":[{\"id\":null,\"result\":\"unknown\",\"severity\":\"danger\","
		"\"evidence\":{}},"
		"{\"id\":\"device.not-found\",\"result\":\"fail\",\"severity\":\"blocker\","
		"\"subject\":null}]}",
		"{\"host\":{\"distro\":\"x\",\"secure_boot\":\"x\"},\"iommu\":{\"active\":[]}}"};
	static const struct text_style style = {.utf8 = true, .width = 80, .color = true};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(documents); i++) {
		_cleanup_json_ json_object *document = json_made(documents[i]);
		_cleanup_free_ char *text = printed(document, &style);

		assert_null(strstr(text, "READY       "));
		assert_true(strlen(text) > 0);
	}
}

/* -- wrapping -------------------------------------------------------------------------------------------------- */

/* The words of a text, with one blank between them. */
static char *words_of(const char *text)
{
	char *words = calloc(1, strlen(text) + 2), *end = words;

	assert_non_null(words);
	for (; *text; text++)
		if (*text != ' ' && *text != '\n')
			*end++ = *text;
		else if (end > words && end[-1] != ' ')
			*end++ = ' ';
	return words;
}

static unsigned columns_of(const char *line, size_t length)
{
	unsigned columns = 0;

	for (size_t i = 0; i < length; i++)
		columns += ((unsigned char)line[i] & 0xc0) != 0x80;
	return columns;
}

static const char long_finding[] =
	"{\"checks\":[{\"id\":\"group.not-isolated\",\"result\":\"fail\",\"severity\":\"warning\","
	"\"title\":\"group 17 is shared with 0000:46:00.0, 0000:47:00.0, 0000:48:00.0, "
	"0000:49:00.0 and "
	"0000:4a:00.0\",\"cause\":\"These are other cards: they can talk to 0000:41:00.0 past the "
	"IOMMU, "
	"and they have to be handed over with it, na\xc3\xafve as that \xe2\x9c\x97 may "
	"be.\",\"evidence\":"
	"[{\"source\":\"/sys/devices/pci0000:40/0000:40:01.0/0000:41:00.0/"
	"a-very-long-name-of-a-file-that-no-"
	"line-can-hold\",\"line\":null,\"text\":\"root port 0000:40:01.0 has no ACS, so everything "
	"below it is "
	"one group\"}],\"remedy\":[{\"owner\":\"firmware\",\"text\":\"enable ACS in firmware "
	"setup, where there "
	"is such an option, and look again whether the groups are what you need them to "
	"be\",\"command\":"
	"\"vfiokit explain 0000:41:00.0\"}]}]}";

static void lines_fit_and_words_stay_whole(void **state)
{
	_cleanup_json_ json_object *document = json_made(long_finding);
	static const struct text_style endless = {.utf8 = true, .width = 0};
	_cleanup_free_ char *unwrapped = printed(document, &endless);
	_cleanup_free_ char *all_words = words_of(unwrapped);

	(void)state;
	for (unsigned width = 20; width <= 120; width++) {
		const struct text_style style = {.utf8 = true, .width = width};
		_cleanup_free_ char *text = printed(document, &style);
		_cleanup_free_ char *words = words_of(text);
		const char *line = strstr(text, "\nWarnings\n") + strlen("\nWarnings\n");

		/* The same words in the same order, none of them broken. */
		assert_string_equal(words, all_words);
		for (; *line && *line != '\n'; line += strcspn(line, "\n") + 1) {
			size_t length = strcspn(line, "\n"), indent = strspn(line, " ");

			/* Longer are only lines of one word, the head of a finding and commands. */
			if (columns_of(line, length) > width &&
			    strcspn(line + indent, " ") < length - indent &&
			    !strstr(line, "sudo ") && !starts_with(line, "  !"))
				fail_msg("%u columns: \"%.*s\"", width, (int)length, line);
		}
	}
}

/* At 80 columns everything of the report fits. */
static void eighty_columns(void **state)
{
	static const struct text_style style = {.utf8 = true, .width = 80};
	_cleanup_json_ json_object *document = json_made(long_finding);
	_cleanup_free_ char *text = printed(document, &style);

	(void)state;
	assert_non_null(
		strstr(text, "  ! group.not-isolated      group 17 is shared with 0000:46:00.0, "
			     "0000:47:00.0,\n      0000:48:00.0, 0000:49:00.0 and 0000:4a:00.0\n"));
	for (const char *line = text; *line; line += strcspn(line, "\n") + 1)
		if (!strstr(line, "a-very-long-name") || strcspn(line, "\n") < 60)
			assert_true(columns_of(line, strcspn(line, "\n")) <= 80);
}

static void the_style_of_the_output(void **state)
{
	struct text_style style = text_style_for_output("never");

	(void)state;
	assert_false(style.color);
	assert_ptr_equal(style.stream, stdout);
	assert_true(style.width >= 40);
	assert_true(text_style_for_output("always").color);
	if (!isatty(STDOUT_FILENO)) {
		assert_false(text_style_for_output("auto").color);
		assert_int_equal(style.width, 80);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_steers_the_terminal),
		cmocka_unit_test(only_ascii_without_utf8),
		cmocka_unit_test(letters_stay_letters),
		cmocka_unit_test(color_only_when_asked),
		cmocka_unit_test(odd_documents),
		cmocka_unit_test(lines_fit_and_words_stay_whole),
		cmocka_unit_test(eighty_columns),
		cmocka_unit_test(the_style_of_the_output),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
