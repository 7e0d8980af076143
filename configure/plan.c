/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "configure/plan.h"

#include <errno.h>

enum { DEFAULT_TIME_LIMIT = 600 };

bool plan_is_refused(const struct plan *plan)
{
	for_each (refusal, &plan->refusals)
		if (!refusal->accepted)
			return true;
	return false;
}

static struct plan_step *find_file(const struct plan *plan, const char *path)
{
	for_each (step, &plan->steps)
		if (step->kind != PLAN_RUN && streq(step->path, path))
			return step;
	return NULL;
}

static bool same_bytes(struct bytes a, struct bytes b)
{
	return a.length == b.length && (!a.length || memcmp(a.data, b.data, a.length) == 0);
}

static struct bytes copy_bytes(struct arena *arena, struct bytes bytes)
{
	return (struct bytes){.data = arena_copy(arena, bytes.data, bytes.length),
			      .length = bytes.length};
}

static void drop_step(struct plan *plan, struct plan_step *step)
{
	size_t index = (size_t)(step - plan->steps.items);

	plan->steps.count--;
	memmove(step, step + 1, (plan->steps.count - index) * sizeof(*step));
}

static void add_reason(struct plan *plan, struct plan_step *step, const char *because)
{
	if (!step->because || (because && strstr(step->because, because)))
		step->because = step->because ? step->because : arena_strdup(plan->arena, because);
	else if (because)
		step->because = arena_printf(plan->arena, "%s; %s", step->because, because);
}

/* The step of this path becomes one that leaves these bytes, or none where that is how it was. */
static struct plan_step *rewrite(struct plan *plan, struct plan_step *step, struct bytes after,
				 const char *because)
{
	if (step->exists && same_bytes(step->before, after)) {
		drop_step(plan, step);
		return NULL;
	}
	if (step->kind == PLAN_WRITE && same_bytes(step->after, after))
		return NULL;
	step->kind = PLAN_WRITE;
	step->after = copy_bytes(plan->arena, after);
	add_reason(plan, step, because);
	return step;
}

struct plan_step *plan_write(struct plan *plan, const char *path, bool exists, struct bytes before,
			     struct bytes after, const char *because)
{
	struct plan_step *step = find_file(plan, path);

	if (step)
		return rewrite(plan, step, after, because);
	if (exists && same_bytes(before, after))
		return NULL;
	step = ARRAY_ADD(plan->arena, &plan->steps);
	*step = (struct plan_step){
		.kind = PLAN_WRITE,
		.because = arena_strdup(plan->arena, because),
		.path = arena_strdup(plan->arena, path),
		.exists = exists,
		.before = copy_bytes(plan->arena, exists ? before : (struct bytes){0}),
		.after = copy_bytes(plan->arena, after),
		.mode = 0644,
	};
	return step;
}

struct plan_step *plan_remove(struct plan *plan, const char *path, bool exists, struct bytes before,
			      const char *because)
{
	struct plan_step *step = find_file(plan, path);

	if (step && !step->exists) {
		drop_step(plan, step);
		return NULL;
	}
	if (step && step->kind == PLAN_REMOVE)
		return NULL;
	if (step) {
		step->kind = PLAN_REMOVE;
		step->after = (struct bytes){0};
		add_reason(plan, step, because);
		return step;
	}
	if (!exists)
		return NULL;
	step = ARRAY_ADD(plan->arena, &plan->steps);
	*step = (struct plan_step){
		.kind = PLAN_REMOVE,
		.because = arena_strdup(plan->arena, because),
		.path = arena_strdup(plan->arena, path),
		.exists = true,
		.before = copy_bytes(plan->arena, before),
	};
	return step;
}

int plan_read(const struct plan *plan, const struct host *host, const char *path, bool *ret_exists,
	      struct bytes *ret_before, struct bytes *ret_now)
{
	const struct plan_step *step = find_file(plan, path);
	struct bytes read;
	int r;

	if (step) {
		if (step->kind == PLAN_REMOVE)
			return -ENOENT;
		*ret_exists = step->exists;
		*ret_before = step->before;
		*ret_now = step->after;
		return 0;
	}
	r = host_read(host, plan->arena, path, 0, &read);
	if (r < 0)
		return r;
	*ret_exists = true;
	*ret_before = *ret_now = read;
	return 0;
}

static bool same_arguments(const char *const *a, const char *const *b)
{
	while (*a && *b && streq(*a, *b)) {
		a++;
		b++;
	}
	return !*a && !*b;
}

static const char **copy_arguments(struct arena *arena, const char *const *argv)
{
	size_t count = 0;
	const char **copy;

	while (argv[count])
		count++;
	copy = arena_array(arena, count + 1, sizeof(*copy));
	for (size_t i = 0; i < count; i++)
		copy[i] = arena_strdup(arena, argv[i]);
	return copy;
}

struct plan_step *plan_run(struct plan *plan, enum plan_run_purpose purpose,
			   const char *const *argv, const char *because)
{
	struct plan_step added = {
		.kind = PLAN_RUN,
		.purpose = purpose,
		.time_limit = DEFAULT_TIME_LIMIT,
		.argv = copy_arguments(plan->arena, argv),
		.because = arena_strdup(plan->arena, because),
	};
	struct plan_step *step;

	for_each (earlier, &plan->steps) {
		if (earlier->kind != PLAN_RUN || !same_arguments(earlier->argv, argv))
			continue;
		/* What the earlier one was known to write is written by this one. */
		added.outputs = earlier->outputs;
		added.undo_argv = earlier->undo_argv;
		added.run_again_to_undo = earlier->run_again_to_undo;
		drop_step(plan, earlier);
		break;
	}
	step = ARRAY_ADD(plan->arena, &plan->steps);
	*step = added;
	return step;
}

void plan_add_present(struct plan *plan, const char *what, const struct origin *origin)
{
	struct plan_present *present = ARRAY_ADD(plan->arena, &plan->present);

	present->what = arena_strdup(plan->arena, what);
	if (origin)
		present->origin = *origin;
}

void plan_refuse(struct plan *plan, const char *check_id, const char *subject, const char *format,
		 ...)
{
	struct plan_refusal *refusal = ARRAY_ADD(plan->arena, &plan->refusals);
	va_list arguments;

	refusal->check_id = arena_strdup(plan->arena, check_id);
	refusal->subject = arena_strdup(plan->arena, subject);
	va_start(arguments, format);
	refusal->text = arena_vprintf(plan->arena, format, arguments);
	va_end(arguments);
}

void plan_note(struct plan *plan, const char *format, ...)
{
	va_list arguments;
	const char *text;

	va_start(arguments, format);
	text = arena_vprintf(plan->arena, format, arguments);
	va_end(arguments);
	if (!strings_contain(&plan->notes, text))
		*ARRAY_ADD(plan->arena, &plan->notes) = text;
}
