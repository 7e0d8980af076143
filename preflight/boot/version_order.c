/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/boot/version_order.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static const char *skip_others(const char *text)
{
	while (*text && !is_digit(*text) && !is_letter(*text) && !strchr("~-^.", *text))
		text++;
	return text;
}

static int compare_sizes(size_t a, size_t b)
{
	return a < b ? -1 : a > b;
}

/* Compares the digits that both begin with and moves behind them. */
static int compare_numbers(const char **a, const char **b)
{
	size_t length_a, length_b;
	int order;

	if (!is_digit(**a) || !is_digit(**b))
		return is_digit(**a) ? 1 : -1;
	*a += strspn(*a, "0");
	*b += strspn(*b, "0");
	length_a = strspn(*a, "0123456789");
	length_b = strspn(*b, "0123456789");
	order = compare_sizes(length_a, length_b);
	if (!order)
		order = strncmp(*a, *b, length_a);
	*a += length_a;
	*b += length_b;
	return order;
}

static int compare_letters(const char **a, const char **b)
{
	size_t length_a = 0, length_b = 0;
	int order;

	while (is_letter((*a)[length_a]))
		length_a++;
	while (is_letter((*b)[length_b]))
		length_b++;
	order = strncmp(*a, *b, length_a < length_b ? length_a : length_b);
	if (!order)
		order = compare_sizes(length_a, length_b);
	*a += length_a;
	*b += length_b;
	return order;
}

/* The one that has the separator here is older; both are moved behind it where both have it. */
static int compare_separator(const char **a, const char **b, char separator)
{
	bool in_a = **a == separator, in_b = **b == separator;

	if (in_a && in_b) {
		(*a)++;
		(*b)++;
		return 0;
	}
	return in_a ? -1 : in_b;
}

int version_compare(const char *a, const char *b)
{
	a = a ? a : "";
	b = b ? b : "";
	for (;;) {
		int order;

		a = skip_others(a);
		b = skip_others(b);
		order = compare_separator(&a, &b, '~');
		if (order)
			return order;
		if (!*a || !*b)
			return *a ? 1 : *b ? -1 : 0;
		for (const char *separator = "-^."; *separator && !order; separator++)
			order = compare_separator(&a, &b, *separator);
		if (order)
			return order;
		if (is_digit(*a) || is_digit(*b))
			order = compare_numbers(&a, &b);
		else
			order = compare_letters(&a, &b);
		if (order)
			return order;
	}
}
