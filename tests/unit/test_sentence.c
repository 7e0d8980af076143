/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One sentence in two languages, and the errors made of it. */
#include "preflight/error.h"
#include "preflight/sentence.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>

/* A catalogue of a few texts, good ones and bad ones. */
static const struct {
	const char *english, *shown;
} catalogue[] = {
	{"%s: %s takes it", "%s: %s nimmt es"},
	{"%s took it instead of %s", "statt %2$s nahm es %1$s"},
	{"line %u of %zu, mode %04o, id %04x, %lld %c, 100%%",
	 "Zeile %u von %zu, Modus %04o, Id %04x, %lld %c, 100%%"},
	{"too many %s", "zu viele %s %s"},
	{"no such %s", "kein %9$s"},
	{"odd %s", "seltsam %n"},
	{"cut %.3s", "gekürzt %.3s"},
	{"part %.*s of it", "Teil %.*s davon"},
	{"%s: %s", "%s: %s"},
	{"Permission denied", "Zugriff verweigert"},
	{"unknown", "unbekannt"},
	{"all is back, but %s", "alles ist zurück, aber %s"},
	{"it is full", "es ist voll"},
	{"line is wrong", "Zeile ist falsch"},
	{"not %s", "nicht %s"},
};

const char *__wrap_translated(const char *text);
const char *__wrap_translated(const char *text)
{
	for (size_t i = 0; i < ARRAY_SIZE(catalogue); i++)
		if (streq(catalogue[i].english, text))
			return catalogue[i].shown;
	return text;
}

static void assert_error(const struct error *error, const char *english, const char *shown)
{
	assert_string_equal(error->message, english);
	assert_string_equal(error_shown(error), shown);
}

static void words(void **state)
{
	struct error error = {0};

	(void)state;
	assert_int_equal(error_set(&error, -EBUSY, "%s: %s takes it", "0000:01:00.0", "nvme"),
			 -EBUSY);
	assert_int_equal(error.code, -EBUSY);
	assert_error(&error, "0000:01:00.0: nvme takes it", "0000:01:00.0: nvme nimmt es");
	error_set(&error, -1, "not in the catalogue: %d", -3);
	assert_error(&error, "not in the catalogue: -3", "not in the catalogue: -3");
	assert_int_equal(error_set(NULL, -ENOENT, "nobody asks"), -ENOENT);
}

static void order(void **state)
{
	struct error error = {0};

	(void)state;
	error_set(&error, -1, "%s took it instead of %s", "nouveau", "vfio-pci");
	assert_error(&error, "nouveau took it instead of vfio-pci",
		     "statt vfio-pci nahm es nouveau");
}

static void kinds(void **state)
{
	struct error error = {0};

	(void)state;
	error_set(&error, -1, "line %u of %zu, mode %04o, id %04x, %lld %c, 100%%", 7u, (size_t)9,
		  0600u, 0x8086u, -5LL, 'x');
	assert_error(&error, "line 7 of 9, mode 0600, id 8086, -5 x, 100%",
		     "Zeile 7 von 9, Modus 0600, Id 8086, -5 x, 100%");
	error_set(&error, -1, "cut %.3s", "abcdef");
	assert_error(&error, "cut abc", "gekürzt abc");
	error_set(&error, -1, "part %.*s of it", 2, "abcdef");
	assert_error(&error, "part ab of it", "Teil ab davon");
}

/* A reason is looked up, too; a name that happens to be in the catalogue is not. */
static void arguments(void **state)
{
	struct error error = {0};

	(void)state;
	error_set(&error, -EACCES, "%s: %s", "unknown", error_words(-EACCES));
	assert_error(&error, "unknown: Permission denied", "unknown: Zugriff verweigert");
}

/* Translations that want what is not there are not used; nothing is read beyond the arguments. */
static void bad_translations(void **state)
{
	struct error error = {0};

	(void)state;
	error_set(&error, -1, "too many %s", "cooks");
	assert_error(&error, "too many cooks", "too many cooks");
	error_set(&error, -1, "no such %s", "thing");
	assert_error(&error, "no such thing", "no such thing");
	error_set(&error, -1, "odd %s", "one");
	assert_error(&error, "odd one", "odd one");
}

static void long_texts(void **state)
{
	struct error error = {0};
	char text[2000];

	(void)state;
	memset(text, 'a', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	error_set(&error, -1, "%s: %s takes it", text, text);
	assert_int_equal(strlen(error.message), sizeof(error.message) - 1);
	assert_int_equal(strlen(error_shown(&error)), sizeof(error.shown) - 1);
	error_add(&error, &error);
	assert_int_equal(strlen(error.message), sizeof(error.message) - 1);
	error_wrap(&error, -2, "all is back, but %s", &error);
	assert_int_equal(strlen(error.message), sizeof(error.message) - 1);
	assert_int_equal(error.code, -2);
}

static void several(void **state)
{
	struct error error = {0}, more = {0};

	(void)state;
	assert_string_equal(error_shown(&error), "");
	error_set(&more, -ENOSPC, "it is full");
	error_add(&error, &more);
	assert_error(&error, "it is full", "es ist voll");
	error_add(&error, &more);
	assert_error(&error, "it is full; it is full", "es ist voll; es ist voll");
	error_wrap(&error, -EIO, "all is back, but %s", &more);
	assert_error(&error, "all is back, but it is full", "alles ist zurück, aber es ist voll");
	error_wrap(&error, -EIO, "%s", &error);
	assert_error(&error, "all is back, but it is full", "alles ist zurück, aber es ist voll");
}

static int set_at(struct error *error, const char *name, const char *format, ...)
	PRINTF_FORMAT(3, 4);
static int set_at(struct error *error, const char *name, const char *format, ...)
{
	va_list list;
	int r;

	va_start(list, format);
	r = error_set_at(error, -EINVAL, name, 12, format, list);
	va_end(list);
	return r;
}

static void places(void **state)
{
	struct error error = {0};
	char name[1000];

	(void)state;
	assert_int_equal(set_at(&error, "lab.ini", "line is wrong"), -EINVAL);
	assert_error(&error, "lab.ini:12: line is wrong", "lab.ini:12: Zeile ist falsch");
	memset(name, 'n', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	set_at(&error, name, "not %s", name);
	assert_int_equal(strlen(error.message), sizeof(error.message) - 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(words),
		cmocka_unit_test(order),
		cmocka_unit_test(kinds),
		cmocka_unit_test(arguments),
		cmocka_unit_test(bad_translations),
		cmocka_unit_test(long_texts),
		cmocka_unit_test(several),
		cmocka_unit_test(places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
