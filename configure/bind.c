/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "configure/bind.h"

#include <errno.h>

#define PROBE "sys/bus/pci/drivers_probe"

/* One function on its way. */
struct move {
	const struct bind_function *function;
	const char *old_driver, *old_override;
	bool idle;    /* it has what it shall have */
	bool touched; /* something of it was changed */
	bool stuck;   /* its driver does not let go */
};

struct work {
	const struct bind_calls *calls;
	struct arena *arena;
	struct move *moves;
	size_t count;
	bind_listener *listener;
	void *listener_context;
};

bool bind_is_vfio(const char *driver)
{
	return driver && (ends_with(driver, "vfio-pci") || ends_with(driver, "vfio_pci"));
}

static void say(struct work *work, const char *format, ...) PRINTF_FORMAT(2, 3);
static void say(struct work *work, const char *format, ...)
{
	va_list arguments;

	if (!work->listener)
		return;
	va_start(arguments, format);
	work->listener(work->listener_context, arena_vprintf(work->arena, format, arguments));
	va_end(arguments);
}

/* -- the kernel's files --------------------------------------------------------------------------------- */

static int write_file(struct work *work, const char *path, const char *text)
{
	return work->calls->write(work->calls->context, path, text);
}

static int current_driver(struct work *work, const char *address, const char **ret_driver)
{
	return work->calls->driver(work->calls->context, work->arena, address, ret_driver);
}

/* An empty line clears it (driver_set_override()). */
static int set_override(struct work *work, const char *address, const char *driver)
{
	return write_file(
		work, arena_printf(work->arena, "sys/bus/pci/devices/%s/driver_override", address),
		*driver ? driver : "\n");
}

static int unbind(struct work *work, const char *address, const char *driver)
{
	say(work, _("%s: %s lets go"), address, driver);
	return write_file(work, arena_printf(work->arena, "sys/bus/pci/drivers/%s/unbind", driver),
			  address);
}

static int bind_by_name(struct work *work, const char *address, const char *driver)
{
	return write_file(work, arena_printf(work->arena, "sys/bus/pci/drivers/%s/bind", driver),
			  address);
}

/* -- forwards ---------------------------------------------------------------------------------------------- */

static bool has_what_it_shall(const struct move *move)
{
	const char *wanted = move->function->driver;

	if (wanted)
		return streq(move->old_driver, wanted);
	return *move->old_driver && !bind_is_vfio(move->old_driver) && !*move->old_override;
}

static int read_state(struct work *work, struct error *error)
{
	for (size_t i = 0; i < work->count; i++) {
		struct move *move = &work->moves[i];
		const char *address = move->function->address;
		int r = current_driver(work, address, &move->old_driver);

		if (r == 0)
			r = work->calls->override(work->calls->context, work->arena, address,
						  &move->old_override);
		if (r < 0)
			return error_set(error, r, "%s: %s", address, error_words(r));
		move->idle = has_what_it_shall(move);
	}
	return 0;
}

static int release(struct work *work, struct move *move, struct error *error)
{
	const char *address = move->function->address;
	const char *driver = move->function->driver ? move->function->driver : "";
	int r;

	move->touched = true;
	r = set_override(work, address, driver);
	if (r < 0)
		return error_set(error, r, "%s: driver_override cannot be set: %s", address,
				 error_words(r));
	if (!*move->old_driver)
		return 0;
	r = unbind(work, address, move->old_driver);
	move->stuck = r == -ETIMEDOUT;
	if (move->stuck)
		return error_set(
			error, r,
			"%s: %s does not let go; it waits until its last user ends. Stop the "
			"programs that use it, or reboot",
			address, move->old_driver);
	if (r < 0)
		return error_set(error, r, "%s: %s does not let go: %s", address, move->old_driver,
				 error_words(r));
	return 0;
}

static bool is_wanted(const struct move *move, const char *driver)
{
	if (move->function->driver)
		return streq(driver, move->function->driver);
	return *driver && !bind_is_vfio(driver);
}

/* The kernel's own choice first. A VFIO driver that comes by ids= is sent away again. */
static int give_host_driver(struct work *work, struct move *move, const char **ret_driver)
{
	const char *address = move->function->address;
	int r;

	if (bind_is_vfio(*ret_driver)) {
		r = unbind(work, address, *ret_driver);
		if (r < 0)
			return r;
	}
	for_each (driver, &move->function->host_drivers)
		if (bind_by_name(work, address, *driver) == 0)
			break;
	return current_driver(work, address, ret_driver);
}

static int take(struct work *work, struct move *move, struct error *error)
{
	const char *address = move->function->address, *wanted = move->function->driver,
		   *driver = "";
	int r, probed;

	say(work, _("%s: %s takes it"), address, wanted ? wanted : _("a driver of the host"));
	probed = write_file(work, PROBE, address);
	r = current_driver(work, address, &driver);
	if (r == 0 && !wanted && !is_wanted(move, driver))
		r = give_host_driver(work, move, &driver);
	if (r < 0)
		return error_set(error, r, "%s: %s", address, error_words(r));
	if (is_wanted(move, driver))
		return 0;
	/* Nothing of the host claims it: then it had no driver before, and that is right. */
	if (!wanted && !*driver && !move->function->host_drivers.count)
		return 0;
	if (*driver)
		return error_set(error, -EBUSY, "%s: %s took it instead of %s", address, driver,
				 wanted ? wanted : _("a driver of the host"));
	return error_set(error, probed < 0 ? probed : -ENODEV, "%s: %s did not take it%s%s",
			 address, wanted ? wanted : N_("no driver of the host"),
			 probed < 0 ? ": " : "", probed < 0 ? error_words(probed) : "");
}

/* -- back ------------------------------------------------------------------------------------------------- */

static int put_back(struct work *work, struct move *move)
{
	const char *address = move->function->address, *driver = "";
	int r = set_override(work, address, move->old_override);

	if (r == 0)
		r = current_driver(work, address, &driver);
	if (r < 0 || streq(driver, move->old_driver))
		return r;
	if (*driver)
		r = unbind(work, address, driver);
	if (r == 0 && *move->old_driver) {
		say(work, _("%s: back to %s"), address, move->old_driver);
		r = bind_by_name(work, address, move->old_driver);
	}
	return r;
}

static int put_all_back(struct work *work, struct error *error)
{
	struct strings lost = {0};
	struct error more = {0};

	for (size_t i = work->count; i > 0; i--) {
		struct move *move = &work->moves[i - 1];

		if (!move->touched || move->stuck)
			continue;
		if (put_back(work, move) < 0)
			strings_add(work->arena, &lost,
				    arena_printf(work->arena, "%s (%s)", move->function->address,
						 *move->old_driver ? move->old_driver
								   : N_("no driver")));
	}
	if (!lost.count)
		return error->code;
	error_set(&more, -ENOTRECOVERABLE, "and not put back: %s",
		  strings_join(work->arena, &lost, ", "));
	error_add(error, &more);
	return error->code = more.code;
}

int bind_all(const struct bind_calls *calls, const struct bind_functions *functions,
	     bind_listener *listener, void *listener_context, struct error *error)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct work work = {.calls = calls,
			    .arena = arena,
			    .moves = arena_array(arena, functions->count, sizeof(struct move)),
			    .count = functions->count,
			    .listener = listener,
			    .listener_context = listener_context};
	struct error why = {0};
	int r;

	for (size_t i = 0; i < work.count; i++)
		work.moves[i].function = &functions->items[i];
	r = read_state(&work, &why);
	for (size_t i = 0; i < work.count && r == 0; i++)
		if (!work.moves[i].idle)
			r = release(&work, &work.moves[i], &why);
	for (size_t i = 0; i < work.count && r == 0; i++)
		if (!work.moves[i].idle)
			r = take(&work, &work.moves[i], &why);
	if (r < 0)
		r = put_all_back(&work, &why);
	return r < 0 ? error_wrap(error, r, "%s", &why) : 0;
}
