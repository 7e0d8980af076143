/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The PCIe topology as a picture: one row a function, indented below the port that it hangs from; behind the
 * rows a band for each IOMMU group (dashed for a predicted one, where the kernel has none). Coordinates are
 * SVG user units. On hosts with many functions only the branches of the targets and of their groups are drawn.
 */
#include "utf8.h"
#include "view_parts.h"

enum {
	ROW_HEIGHT = 26,
	MARGIN = 8,
	GUTTER = 92, /* the groups' labels */
	INDENT = 22,
	WIDTH = 900,
	ADDRESS_WIDTH = 108,
	NOTE_WIDTH = 210,
	CHARACTER_WIDTH = 7,
	TONES = 8,
	DEPTH_LIMIT = 24, /* hierarchies end at 256 buses; deeper drawings help nobody */
	ROWS_LIMIT = 320, /* beyond, only what concerns the targets */
	ROWS_HARD_LIMIT = 1500,
};

/* One function. */
struct node {
	json_object *device;
	struct node *child, *last_child, *sibling;
	bool visited, shown, breaks;
};

struct picture {
	struct node *nodes;
	size_t count;
	json_object *by_address; /* index in nodes */
	json_object *tones;      /* of group labels */
	json_object *rows, *bands;
	FILE *lines;
	size_t row_count, hidden;
	bool any_breaks;
	char band_label[48]; /* of the band that is still open; "" none */
	size_t band_first;
	bool band_predicted;
	char bus[16]; /* of the root complex drawn last */
};

static struct node *find_node(const struct picture *picture, const char *address)
{
	json_object *at = address ? index_get(picture->by_address, address) : NULL;

	return at ? &picture->nodes[json_object_get_int64(at)] : NULL;
}

/* -- what is drawn ----------------------------------------------------------------------------------- */

static void show_with_parents(const struct picture *picture, struct node *node)
{
	/* Bounded: a hostile document may have parents that go round. */
	for (size_t i = 0; node && i < DEPTH_LIMIT; i++) {
		node->shown = true;
		node = find_node(picture, get_text(node->device, "parent"));
	}
}

/* Functions in the groups of targets. */
static void show_targets(const struct picture *picture)
{
	json_object *groups = json_object_new_object();

	for (size_t i = 0; i < picture->count; i++) {
		json_object *device = picture->nodes[i].device, *group = get(device, "group");

		if (get_true(device, "target") && group)
			index_put(groups, json_object_get_string(group), device);
	}
	for (size_t i = 0; i < picture->count; i++) {
		json_object *device = picture->nodes[i].device, *group = get(device, "group");

		if (get_true(device, "target") ||
		    (group && index_get(groups, json_object_get_string(group))))
			show_with_parents(picture, &picture->nodes[i]);
	}
	json_object_put(groups);
}

static void choose_shown(struct picture *picture)
{
	bool any = false;

	for (size_t i = 0; i < picture->count; i++)
		any |= get_true(picture->nodes[i].device, "target");
	if (any && picture->count > ROWS_LIMIT) {
		show_targets(picture);
		return;
	}
	for (size_t i = 0; i < picture->count; i++)
		picture->nodes[i].shown = true;
}

/* Marks the ports that a text names, "0000:00:01.0 has no ACS capability, so …". */
static void mark_named(struct picture *picture, const char *words)
{
	enum { ADDRESS_LENGTH = 12 };

	for (const char *c = words; c && (c = strchr(c, ':')); c++) {
		char address[ADDRESS_LENGTH + 1];
		struct node *node;

		/* The colon behind the domain's four digits. */
		if (c - words < 4 || strnlen(c, ADDRESS_LENGTH) < ADDRESS_LENGTH - 4)
			continue;
		(void)snprintf(address, sizeof(address), "%s", c - 4);
		node = find_node(picture, address);
		if (!node || !is(node->device, "state", "bridge"))
			continue;
		node->breaks = true;
		picture->any_breaks = true;
	}
}

/* The reasons that the check on isolation gives for a target. */
static void mark_breaking(struct picture *picture, json_object *checks)
{
	for (size_t i = 0; i < array_length(checks); i++) {
		json_object *check = item(checks, i), *evidence = get(check, "evidence");

		if (!is(check, "id", "group.not-isolated") || !is(check, "result", "fail"))
			continue;
		for (size_t j = 0; j < array_length(evidence); j++)
			mark_named(picture, get_text(item(evidence, j), "text"));
	}
}

/* -- bands ------------------------------------------------------------------------------------------- */

static size_t row_top(size_t row)
{
	return MARGIN + row * ROW_HEIGHT;
}

static size_t tone_of(struct picture *picture, const char *label)
{
	json_object *tone = index_get(picture->tones, label);
	size_t next = (size_t)json_object_object_length(picture->tones) % TONES;

	if (tone)
		return (size_t)json_object_get_int64(tone);
	json_object_object_add(picture->tones, label, count(next));
	return next;
}

static void close_band(struct picture *picture)
{
	json_object *band;
	size_t height = (picture->row_count - picture->band_first) * ROW_HEIGHT - 2;

	if (!picture->band_label[0])
		return;
	band = json_object_new_object();
	put(band, "x", count(2));
	put(band, "y", count(row_top(picture->band_first) + 1));
	put(band, "width", count(WIDTH - 4));
	put(band, "height", count(height));
	put(band, "tone", count(tone_of(picture, picture->band_label)));
	put(band, "label", text(picture->band_label));
	put(band, "label_y", count(row_top(picture->band_first) + 1 + height / 2 + 4));
	put(band, "predicted", flag(picture->band_predicted));
	json_object_array_add(picture->bands, band);
	picture->band_label[0] = '\0';
}

/* Rows of the same group, one below the other, have one band. */
static void continue_band(struct picture *picture, json_object *device)
{
	char label[sizeof(picture->band_label)] = "";
	json_object *group = get(device, "group"), *predicted = get(device, "predicted_group");

	if (group)
		(void)snprintf(label, sizeof(label), _("group %s"), json_object_get_string(group));
	else if (predicted)
		(void)snprintf(label, sizeof(label), _("would be %s"),
			       json_object_get_string(predicted));
	if (streq(label, picture->band_label))
		return;
	close_band(picture);
	(void)snprintf(picture->band_label, sizeof(picture->band_label), "%s", label);
	picture->band_first = picture->row_count;
	picture->band_predicted = !group;
}

/* -- rows -------------------------------------------------------------------------------------------- */

/* At most that many characters, with "…" where there were more. */
static json_object *shortened(const char *words, size_t characters)
{
	const char *at = words;
	uint32_t code;

	while (*at && characters) {
		size_t length = utf8_character(at, &code);

		at += length ? length : 1;
		characters--;
	}
	return *at ? textf("%.*s…", (int)(at - words), words) : text(words);
}

/* What stands at a row's end. */
static json_object *note_of(const struct node *node)
{
	const char *driver = get_text(node->device, "driver");

	if (node->breaks)
		return text(_("⚠ breaks isolation"));
	if (is(node->device, "state", "bridge"))
		return NULL;
	if (is(node->device, "state", "assigned"))
		return textf(_("%s, in a VM"), driver ? driver : "?");
	if (is(node->device, "state", "detached"))
		return textf(_("%s, handed over"), driver ? driver : "?");
	return driver ? text(driver) : text(_("no driver"));
}

static json_object *name_of(json_object *device, size_t characters)
{
	const char *name = get_text(device, "name"), *port = get_text(device, "port_type");
	const char *class_name = get_text(device, "class_name");
	json_object *whole, *result;

	if (!port || streq(port, "conventional PCI"))
		port = class_name;
	if (!name)
		name = class_name ? class_name : _("unknown device");
	port = _(port);
	whole = is(device, "state", "bridge") && port && !streq(port, name)
			? textf("%s · %s", port, name)
			: text(name);
	result = shortened(json_object_get_string(whole), characters);
	json_object_put(whole);
	return result;
}

static json_object *new_row(struct picture *picture, size_t depth)
{
	json_object *row = json_object_new_object();
	size_t y = row_top(picture->row_count++);

	put(row, "y", count(y + 3));
	put(row, "text_y", count(y + ROW_HEIGHT / 2 + 5));
	put(row, "x", count(GUTTER + depth * INDENT));
	put(row, "name_x", count(GUTTER + depth * INDENT + ADDRESS_WIDTH));
	put(row, "right_x", count(WIDTH - 14));
	put(row, "height", count(ROW_HEIGHT - 6));
	put(row, "width", count(WIDTH - GUTTER - depth * INDENT - 2));
	json_object_array_add(picture->rows, row);
	return row;
}

static void draw_node(struct picture *picture, const struct node *node, size_t depth,
		      size_t parent_row)
{
	size_t name_x = GUTTER + depth * INDENT + ADDRESS_WIDTH;
	size_t characters = (WIDTH - NOTE_WIDTH - name_x) / CHARACTER_WIDTH;
	size_t middle = row_top(picture->row_count) + ROW_HEIGHT / 2;
	size_t stem = GUTTER + (depth - 1) * INDENT + 4;
	json_object *row;

	(void)fprintf(picture->lines, "M%zu %zuV%zuH%zu", stem,
		      row_top(parent_row) + ROW_HEIGHT - 5, middle, stem + INDENT - 6);
	continue_band(picture, node->device);
	row = new_row(picture, depth);
	put(row, "label", again(get(node->device, "address")));
	put(row, "name", name_of(node->device, characters));
	put(row, "title", again(get(node->device, "name")));
	put(row, "note", note_of(node));
	put(row, "root", flag(false));
	put(row, "bridge", flag(is(node->device, "state", "bridge")));
	put(row, "target", flag(get_true(node->device, "target")));
	put(row, "breaks", flag(node->breaks));
}

/* "0000:40" for the functions on a root bus. Returns its row. */
static void draw_root(struct picture *picture, const char *bus)
{
	json_object *row;

	close_band(picture);
	row = new_row(picture, 0);
	put(row, "label", textf(_("Root complex %s"), bus));
	put(row, "name", NULL);
	put(row, "title", NULL);
	put(row, "note", NULL);
	put(row, "root", flag(true));
	put(row, "bridge", flag(false));
	put(row, "target", flag(false));
	put(row, "breaks", flag(false));
}

static void draw_branch(struct picture *picture, struct node *node, size_t depth, size_t parent_row)
{
	size_t row = picture->row_count;

	if (node->visited)
		return;
	node->visited = true;
	if (node->shown && row < ROWS_HARD_LIMIT)
		draw_node(picture, node, depth, parent_row);
	else
		picture->hidden++;
	if (depth < DEPTH_LIMIT)
		for (struct node *child = node->child; child; child = child->sibling)
			draw_branch(picture, child, depth + 1, row);
}

/* "0000:40" of "0000:40:01.1" */
static void bus_of(const char *address, char *bus, size_t size)
{
	const char *colon = strrchr(address, ':');

	(void)snprintf(bus, size, "%.*s", colon ? (int)(colon - address) : 0, address);
}

static bool has_shown(const struct node *node, size_t depth)
{
	if (node->shown || depth == DEPTH_LIMIT)
		return node->shown;
	for (const struct node *child = node->child; child; child = child->sibling)
		if (has_shown(child, depth + 1))
			return true;
	return false;
}

/* Top nodes on the same bus share a root complex; its row is where their lines begin. */
static void draw_top(struct picture *picture, struct node *node, size_t *root_row)
{
	char bus[sizeof(picture->bus)];

	bus_of(get_text(node->device, "address"), bus, sizeof(bus));
	if (!streq(bus, picture->bus) && has_shown(node, 0) &&
	    picture->row_count < ROWS_HARD_LIMIT) {
		*root_row = picture->row_count;
		draw_root(picture, bus);
		(void)snprintf(picture->bus, sizeof(picture->bus), "%s", bus);
	}
	draw_branch(picture, node, 1, *root_row);
}

/* -- the tree ---------------------------------------------------------------------------------------- */

static void plant(struct picture *picture, json_object *devices)
{
	picture->count = array_length(devices);
	picture->nodes = calloc(picture->count + 1, sizeof(*picture->nodes));
	if (!picture->nodes)
		abort();
	for (size_t i = 0; i < picture->count; i++) {
		const char *address = get_text(item(devices, i), "address");

		picture->nodes[i].device = item(devices, i);
		if (!index_get(picture->by_address, address))
			json_object_object_add(picture->by_address, address, count(i));
	}
	for (size_t i = 0; i < picture->count; i++) {
		struct node *node = &picture->nodes[i];
		struct node *parent = find_node(picture, get_text(node->device, "parent"));

		if (!parent || parent == node)
			continue;
		if (parent->last_child)
			parent->last_child->sibling = node;
		else
			parent->child = node;
		parent->last_child = node;
	}
}

static void draw(struct picture *picture)
{
	size_t root_row = 0;

	for (size_t i = 0; i < picture->count; i++)
		if (!find_node(picture, get_text(picture->nodes[i].device, "parent")))
			draw_top(picture, &picture->nodes[i], &root_row);
	/* Parents that go round, or too deep: nothing is left out without a word. */
	for (size_t i = 0; i < picture->count; i++)
		if (!picture->nodes[i].visited)
			draw_top(picture, &picture->nodes[i], &root_row);
	close_band(picture);
}

json_object *view_topology(json_object *document)
{
	struct picture picture = {
		.by_address = json_object_new_object(),
		.tones = json_object_new_object(),
		.rows = json_object_new_array(),
		.bands = json_object_new_array(),
		.bus = "?", /* no bus */
	};
	json_object *object = json_object_new_object();
	_cleanup_free_ char *lines = NULL;
	size_t size = 0;

	picture.lines = open_memstream(&lines, &size);
	if (!picture.lines)
		abort();
	plant(&picture, get(document, "devices"));
	choose_shown(&picture);
	mark_breaking(&picture, get(document, "checks"));
	draw(&picture);
	(void)fclose(picture.lines);
	put(object, "width", count(WIDTH));
	put(object, "height", count(row_top(picture.row_count) + MARGIN));
	put(object, "lines", text(lines));
	put(object, "bands", picture.bands);
	put(object, "rows", picture.rows);
	put(object, "hidden", count_or_null(picture.hidden));
	put(object, "breaks", flag(picture.any_breaks));
	free(picture.nodes);
	json_object_put(picture.by_address);
	json_object_put(picture.tones);
	return object;
}
