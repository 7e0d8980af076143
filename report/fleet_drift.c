/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hosts that should be alike, and those among them that are not. */
#include "fleet_parts.h"

#define NOT_KNOWN                                                                                  \
	"\n?" /* no value: those begin with no newline, and lists hold no such word alone */

/* -- words --------------------------------------------------------------------------------------------- */

/* The next word of a list, and moves *rest behind it; NULL at the end. */
static const char *next_word(const char **rest, size_t *ret_length)
{
	const char *word = *rest;

	if (*word != '\n')
		return NULL;
	word++;
	*ret_length = strcspn(word, "\n");
	*rest = word + *ret_length;
	return word;
}

static json_object *word_text(const char *word, size_t length)
{
	return json_object_new_string_len(word, (int)length);
}

static json_object *words_of(const char *list)
{
	json_object *words = json_object_new_array();
	const char *word;
	size_t length;

	while ((word = next_word(&list, &length)))
		json_object_array_add(words, word_text(word, length));
	return words;
}

static int compare_words(const char *a, size_t a_length, const char *b, size_t b_length)
{
	int order = memcmp(a, b, a_length < b_length ? a_length : b_length);

	return order ? order : (a_length > b_length) - (a_length < b_length);
}

/* The words of `list` that `other` lacks. Both are sorted. */
static json_object *words_missing_in(const char *other, const char *list)
{
	json_object *missing = json_object_new_array();
	const char *word, *known;
	size_t length, known_length = 0;

	known = next_word(&other, &known_length);
	while ((word = next_word(&list, &length))) {
		int order = -1;

		while (known && (order = compare_words(known, known_length, word, length)) < 0)
			known = next_word(&other, &known_length);
		if (known && order == 0)
			known = next_word(&other, &known_length);
		else
			json_object_array_add(missing, word_text(word, length));
	}
	return missing;
}

/* -- one thing that is compared ------------------------------------------------------------------------ */

static json_object *value_of(json_object *host, const struct fleet_dimension *dimension)
{
	return get(get(host, "compare"), dimension->name);
}

/* What each value is, and the hosts that have it: [{"key", "count", "hosts"}], the most first. */
static json_object *tally(json_object *hosts, const struct fleet_dimension *dimension)
{
	json_object *values = json_object_new_array(), *index = json_object_new_object();

	for (size_t i = 0; i < array_length(hosts); i++) {
		json_object *value = value_of(item(hosts, i), dimension), *entry;
		const char *key = value ? json_object_get_string(value) : NOT_KNOWN;

		entry = index_get(index, key);
		if (!entry) {
			entry = json_object_new_object();
			put(entry, "value", again(value));
			put(entry, "key", value ? again(value) : text(NOT_KNOWN));
			put(entry, "count", count(0));
			put(entry, "hosts", json_object_new_array());
			json_object_array_add(values, entry);
			index_put(index, key, entry);
		}
		json_object_set_int64(get(entry, "count"),
				      json_object_get_int64(get(entry, "count")) + 1);
		json_object_array_add(get(entry, "hosts"), again(item(hosts, i)));
	}
	json_object_put(index);
	return values;
}

/* What is known goes before what is not, where as many have it. */
static int by_count(const void *a, const void *b)
{
	json_object *first = *(json_object *const *)a, *second = *(json_object *const *)b;
	int64_t more = json_object_get_int64(get(second, "count")) -
		       json_object_get_int64(get(first, "count"));

	if (more)
		return more > 0 ? 1 : -1;
	if (!get(first, "value") != !get(second, "value"))
		return get(first, "value") ? -1 : 1;
	return strcmp(get_text(first, "key"), get_text(second, "key"));
}

static json_object *odd_value(json_object *entry, json_object *common, bool list)
{
	const char *has = get_text(entry, "value"), *usual = get_text(common, "value");
	json_object *odd = json_object_new_object();
	bool both = list && has && usual;

	put(odd, "value", list ? NULL : again(get(entry, "value")));
	put(odd, "known", flag(has != NULL));
	put(odd, "lacks", both ? words_missing_in(has, usual) : json_object_new_array());
	put(odd, "has", both ? words_missing_in(usual, has) : json_object_new_array());
	put(odd, "count", again(get(entry, "count")));
	put(odd, "hosts", fleet_host_names(get(entry, "hosts")));
	return odd;
}

static json_object *common_value(json_object *entry, bool list)
{
	json_object *common = json_object_new_object(), *value = get(entry, "value");

	put(common, "value", list ? NULL : again(value));
	put(common, "words", list && value ? words_of(json_object_get_string(value)) : NULL);
	put(common, "known", flag(value != NULL));
	put(common, "count", again(get(entry, "count")));
	put(common, "hosts", fleet_host_names(get(entry, "hosts")));
	return common;
}

/* NULL where all hosts agree. Hosts that do not are marked in `odd_hosts`. */
static json_object *compare(json_object *hosts, const struct fleet_dimension *dimension,
			    json_object *odd_hosts)
{
	json_object *values = tally(hosts, dimension), *drift = NULL, *odd;
	size_t compared = array_length(hosts);

	json_object_array_sort(values, by_count);
	if (array_length(values) > 1) {
		json_object *common = item(values, 0);

		drift = json_object_new_object();
		odd = json_object_new_array();
		put(drift, "what", text(dimension->name));
		put(drift, "title", text(_(dimension->title)));
		put(drift, "compared", count(compared));
		put(drift, "majority",
		    flag((size_t)json_object_get_int64(get(common, "count")) * 2 > compared));
		put(drift, "common", common_value(common, dimension->list));
		for (size_t i = 1; i < array_length(values); i++) {
			json_object *entry = item(values, i), *names;

			json_object_array_add(odd, odd_value(entry, common, dimension->list));
			names = get(item(odd, i - 1), "hosts");
			for (size_t j = 0; j < array_length(names); j++)
				index_put(odd_hosts, json_object_get_string(item(names, j)), NULL);
		}
		put(drift, "odd", odd);
	}
	json_object_put(values);
	return drift;
}

/* -- those that should be alike -------------------------------------------------------------------------- */

/* The hosts with the commonest devices. */
static json_object *with_common_devices(json_object *hosts)
{
	json_object *values = tally(hosts, &fleet_dimensions[0]), *common;

	json_object_array_sort(values, by_count);
	common = again(get(item(values, 0), "hosts"));
	json_object_put(values);
	return common;
}

static json_object *new_class(json_object *hosts)
{
	json_object *class = json_object_new_object(), *drift = json_object_new_array();
	json_object *odd = json_object_new_object(), *same = with_common_devices(hosts);
	json_object *model = get(item(hosts, 0), "model");

	put(class, "by", text(model ? "model" : "devices"));
	put(class, "model", again(model));
	put(class, "count", count(array_length(hosts)));
	put(class, "hosts", fleet_host_names(hosts));
	for (size_t i = 0; i < FLEET_DIMENSION_COUNT; i++) {
		const struct fleet_dimension *dimension = &fleet_dimensions[i];
		json_object *found =
			compare(dimension->within_devices ? same : hosts, dimension, odd);

		if (found)
			json_object_array_add(drift, found);
	}
	put(class, "odd", count((size_t)json_object_object_length(odd)));
	put(class, "drift", drift);
	json_object_put(odd);
	json_object_put(same);
	return class;
}

/* What a host should be like; NULL: nothing that others could share. */
static char *class_key(json_object *host)
{
	const char *model = get_text(host, "model");
	const char *devices = get_text(get(host, "compare"), "devices");
	char *key = NULL;

	if (!model && (!devices || !*devices))
		return NULL;
	if (asprintf(&key, "%s%s", model ? "m" : "d", model ? model : devices) < 0)
		abort();
	return key;
}

static int by_odd(const void *a, const void *b)
{
	json_object *first = *(json_object *const *)a, *second = *(json_object *const *)b;
	int64_t more = json_object_get_int64(get(second, "odd")) -
		       json_object_get_int64(get(first, "odd"));

	if (more)
		return more > 0 ? 1 : -1;
	return strcmp(json_object_get_string(item(get(first, "hosts"), 0)),
		      json_object_get_string(item(get(second, "hosts"), 0)));
}

json_object *fleet_alike(const struct fleet *fleet)
{
	json_object *index = json_object_new_object(), *classes = json_object_new_array();

	for (size_t i = 0; i < array_length(fleet->hosts); i++) {
		_cleanup_free_ char *key = class_key(item(fleet->hosts, i));
		json_object *hosts = key ? index_get(index, key) : NULL;

		if (!key)
			continue;
		if (!hosts) {
			hosts = json_object_new_array();
			json_object_object_add(index, key, hosts);
		}
		json_object_array_add(hosts, again(item(fleet->hosts, i)));
	}
	json_object_object_foreach(index, key, hosts)
	{
		(void)key;
		if (array_length(hosts) > 1)
			json_object_array_add(classes, new_class(hosts));
	}
	json_object_put(index);
	json_object_array_sort(classes, by_odd);
	return classes;
}
