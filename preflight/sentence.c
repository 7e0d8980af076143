/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/sentence.h"

#include <ctype.h>

/* A conversion as the format spells it. */
struct conversion {
	size_t length;   /* of its spelling, with the '%' */
	unsigned place;  /* "%2$s": 2; 0: the next argument */
	bool zeros;      /* %04x */
	int width;       /* 0: none */
	int precision;   /* -1: none; -2: the argument before it says */
	unsigned longer; /* 0 int, 1 long, 2 long long, 3 size_t */
	char kind;       /* s d i u x o c %; '\0': none of those */
};

static int number(const char **text)
{
	int value = 0;

	for (; isdigit((unsigned char)**text); (*text)++)
		value = value < 10000 ? value * 10 + (**text - '0') : value;
	return value;
}

static struct conversion conversion_at(const char *text)
{
	struct conversion conversion = {.precision = -1};
	const char *at = text + 1;
	int first;

	conversion.zeros = *at == '0';
	first = number(&at);
	if (*at == '$') {
		at++;
		conversion.place = (unsigned)first;
		conversion.zeros = *at == '0';
		first = number(&at);
	}
	conversion.width = first;
	if (*at == '.') {
		at++;
		conversion.precision = *at == '*' ? -2 : number(&at);
		at += conversion.precision == -2;
	}
	conversion.longer = *at == 'z' ? 3 : (*at == 'l') + (*at == 'l' && at[1] == 'l');
	at += *at == 'z' ? 1 : conversion.longer;
	if (*at && strchr("sdiuxoc%", *at))
		conversion.kind = *at++;
	conversion.length = (size_t)(at - text);
	return conversion;
}

/* -- one argument as text -------------------------------------------------------------------------------- */

struct argument {
	char text[SENTENCE_ARGUMENT_SIZE];
	bool is_text;
};

static long long signed_argument(const struct conversion *conversion, va_list *arguments)
{
	switch (conversion->longer) {
	case 0:
		return va_arg(*arguments, int);
	case 1:
		return va_arg(*arguments, long);
	case 2:
		return va_arg(*arguments, long long);
	default:
		return va_arg(*arguments, ssize_t);
	}
}

static unsigned long long unsigned_argument(const struct conversion *conversion, va_list *arguments)
{
	switch (conversion->longer) {
	case 0:
		return va_arg(*arguments, unsigned);
	case 1:
		return va_arg(*arguments, unsigned long);
	case 2:
		return va_arg(*arguments, unsigned long long);
	default:
		return va_arg(*arguments, size_t);
	}
}

static void print_text(const struct conversion *conversion, va_list *arguments,
		       struct argument *ret_argument)
{
	int precision =
		conversion->precision == -2 ? va_arg(*arguments, int) : conversion->precision;
	const char *text = va_arg(*arguments, const char *);

	ret_argument->is_text = true;
	if (precision < 0 || precision >= SENTENCE_ARGUMENT_SIZE)
		precision = SENTENCE_ARGUMENT_SIZE - 1;
	(void)snprintf(ret_argument->text, sizeof(ret_argument->text), "%.*s", precision,
		       text ? text : "(null)");
}

static void print_unsigned(const struct conversion *conversion, unsigned long long value,
			   struct argument *ret_argument)
{
	char *text = ret_argument->text;
	const size_t size = sizeof(ret_argument->text);
	int width = conversion->width < 64 ? conversion->width : 64;

	if (conversion->kind == 'x')
		(void)snprintf(text, size, conversion->zeros ? "%0*llx" : "%*llx", width, value);
	else if (conversion->kind == 'o')
		(void)snprintf(text, size, conversion->zeros ? "%0*llo" : "%*llo", width, value);
	else
		(void)snprintf(text, size, conversion->zeros ? "%0*llu" : "%*llu", width, value);
}

static void print_argument(const struct conversion *conversion, va_list *arguments,
			   struct argument *ret_argument)
{
	ret_argument->is_text = false;
	switch (conversion->kind) {
	case 's':
		print_text(conversion, arguments, ret_argument);
		break;
	case 'c':
		(void)snprintf(ret_argument->text, sizeof(ret_argument->text), "%c",
			       va_arg(*arguments, int));
		break;
	case 'd':
	case 'i':
		(void)snprintf(ret_argument->text, sizeof(ret_argument->text), "%*lld",
			       conversion->width < 64 ? conversion->width : 64,
			       signed_argument(conversion, arguments));
		break;
	default:
		print_unsigned(conversion, unsigned_argument(conversion, arguments), ret_argument);
		break;
	}
}

/* -- the sentence ------------------------------------------------------------------------------------------ */

/* How many arguments were taken. */
static unsigned take_arguments(const char *format, va_list *arguments, struct argument *taken)
{
	unsigned count = 0;

	while ((format = strchr(format, '%')) && count < SENTENCE_ARGUMENTS) {
		struct conversion conversion = conversion_at(format);

		if (!conversion.kind)
			break;
		if (conversion.kind != '%')
			print_argument(&conversion, arguments, &taken[count++]);
		format += conversion.length;
	}
	return count;
}

struct text {
	char *at;
	size_t left; /* with the terminating NUL */
};

static void add(struct text *text, const char *added, size_t length)
{
	if (length >= text->left)
		length = text->left - 1;
	memcpy(text->at, added, length);
	text->at += length;
	text->left -= length;
	*text->at = '\0';
}

static void add_argument(struct text *text, const struct argument *argument, bool looked_up)
{
	const char *words = argument->text;

	if (looked_up && argument->is_text && strchr(words, ' '))
		words = translated(words);
	add(text, words, strlen(words));
}

/* False where the format wants an argument that is not there. */
static bool put_together(const char *format, const struct argument *arguments, unsigned count,
			 bool looked_up, struct text text)
{
	unsigned next = 0;

	*text.at = '\0';
	while (*format) {
		size_t plain = strcspn(format, "%");
		struct conversion conversion;
		unsigned index;

		add(&text, format, plain);
		format += plain;
		if (!*format)
			break;
		conversion = conversion_at(format);
		if (!conversion.kind)
			return false;
		format += conversion.length;
		if (conversion.kind == '%') {
			add(&text, "%", 1);
			continue;
		}
		index = conversion.place ? conversion.place - 1 : next++;
		if (index >= count)
			return false;
		add_argument(&text, &arguments[index], looked_up);
	}
	return true;
}

void sentence_format(const char *format, va_list arguments, char *english, size_t english_size,
		     char *shown, size_t shown_size)
{
	struct argument taken[SENTENCE_ARGUMENTS];
	va_list copy;
	unsigned count;

	va_copy(copy, arguments);
	count = take_arguments(format, &copy, taken);
	va_end(copy);
	(void)vsnprintf(english, english_size, format, arguments);
	if (!put_together(translated(format), taken, count, true, (struct text){shown, shown_size}))
		(void)snprintf(shown, shown_size, "%s", english);
}
