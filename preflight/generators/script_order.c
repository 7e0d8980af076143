/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/generators/script_order.h"
#include "preflight/lines.h"
#include "preflight/parse/shell.h"

#include <ctype.h>

/* Folders of people with more scripts than this do not exist; it bounds the work on hostile ones. */
enum { SCRIPTS_LIMIT = 256 };

/* One script or the name of one that is not there; tsort knows no difference. */
struct node {
	const char *name;
	bool exists, queued;
	size_t waiting; /* prerequisites not yet run */
	struct successor *successors;
};

struct successor {
	size_t node;
	struct successor *next;
};

struct graph {
	struct node *items;
	size_t count, capacity;
};

static size_t find_node(struct arena *arena, struct graph *graph, const char *name)
{
	for (size_t i = 0; i < graph->count; i++)
		if (streq(graph->items[i].name, name))
			return i;
	ARRAY_ADD(arena, graph)->name = name;
	return graph->count - 1;
}

/* The newest relation comes first, as in tsort's lists. */
static void relate(struct arena *arena, struct graph *graph, const char *before, size_t after)
{
	size_t first = find_node(arena, graph, before);
	struct successor *successor;

	if (first == after)
		return;
	successor = arena_alloc(arena, sizeof(*successor));
	successor->node = after;
	successor->next = graph->items[first].successors;
	graph->items[first].successors = successor;
	graph->items[after].waiting++;
}

static void build_graph(struct arena *arena, const struct boot_scripts *scripts,
			struct graph *graph)
{
	for_each (script, scripts) {
		size_t node = find_node(arena, graph, script->name);

		graph->items[node].exists = true;
		for (size_t i = 0; i < script->prerequisites.count; i++)
			if (graph->count < 2 * SCRIPTS_LIMIT)
				relate(arena, graph, script->prerequisites.items[i], node);
		if (graph->count > SCRIPTS_LIMIT)
			return;
	}
}

static int compare_nodes(const void *a, const void *b)
{
	const struct node *const *first = a, *const *second = b;

	return strcmp((*first)->name, (*second)->name);
}

void script_order(struct arena *arena, const struct boot_scripts *scripts,
		  struct strings *ret_order)
{
	struct graph graph = {0};
	struct node **queue;
	size_t queued = 0;

	build_graph(arena, scripts, &graph);
	queue = arena_array(arena, graph.count + 1, sizeof(*queue));
	for_each (node, &graph)
		if (!node->waiting)
			queue[queued++] = node;
	if (queued)
		qsort(queue, queued, sizeof(*queue), compare_nodes);
	for (size_t i = 0; i < queued; i++) {
		queue[i]->queued = true;
		for (struct successor *next = queue[i]->successors; next; next = next->next)
			if (!--graph.items[next->node].waiting)
				queue[queued++] = &graph.items[next->node];
	}
	for_each (node, &graph)
		if (!node->queued)
			queue[queued++] = node;
	for (size_t i = 0; i < queued; i++)
		if (queue[i]->exists)
			strings_add(arena, ret_order, queue[i]->name);
}

static void add_words(struct arena *arena, const char *text, struct strings *words)
{
	struct line rest = {.text = text, .length = strlen(text)}, word;

	while (words->count < SCRIPTS_LIMIT && line_word(&rest, &word))
		*ARRAY_ADD(arena, words) = arena_copy(arena, word.text, word.length);
}

/* prereqs() { echo "udev"; }: what stands behind the echo, unless it is a variable. */
static void read_function(struct arena *arena, const char *text, size_t length,
			  struct strings *ret_prerequisites)
{
	static const char head[] = "prereqs()", echo[] = "echo";
	const char *found = memmem(text, length, head, sizeof(head) - 1), *end = text + length;
	const char *closing, *word;
	char *words;

	if (!found)
		return;
	closing = memchr(found, '}', (size_t)(end - found));
	found = memmem(found, (size_t)((closing ? closing : end) - found), echo, sizeof(echo) - 1);
	if (!found)
		return;
	word = found + sizeof(echo) - 1;
	for (found = word; found < end && !strchr("\n;}", *found);)
		found++;
	words = arena_copy(arena, word, (size_t)(found - word));
	for (char *c = words; *c; c++)
		if (*c == '"' || *c == '\'')
			*c = ' ';
	if (!strchr(words, '$'))
		add_words(arena, words, ret_prerequisites);
}

void script_prerequisites(struct arena *arena, const char *text, size_t length,
			  struct strings *ret_prerequisites)
{
	static const char *const names[] = {"PREREQ", "PREREQS"};
	struct shell_script script = {0};

	shell_parse(arena, "", text, length, false, &script);
	/* The last value may be set anywhere; scripts set it once, at the top. */
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const struct shell_assignment *assignment = shell_find(&script, names[i]);
		const char *value = assignment ? shell_value(arena, assignment) : NULL;

		if (value)
			add_words(arena, value, ret_prerequisites);
	}
	if (!ret_prerequisites->count)
		read_function(arena, text, length, ret_prerequisites);
}

bool script_name_valid(const char *name)
{
	if (!*name || *name == '.')
		return false;
	for (; *name; name++)
		if (!isalnum((unsigned char)*name) && !strchr("._-", *name))
			return false;
	return true;
}
