/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "apply.h"
#include "plan_text.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

int apply_place(const struct settings *settings, struct transaction_place *ret_place,
		struct error *error)
{
	bool live = !settings->root || streq(settings->root, "/");

	if (settings->snapshot || settings->lspci || settings->dmesg)
		return error_set(error, -EINVAL,
				 "what a file tells of a host cannot be changed; "
				 "use --root DIR for a mounted image");
	if (settings->chroot && live)
		return error_set(error, -EINVAL, "--chroot needs --root DIR");
	*ret_place = (struct transaction_place){
		.root = live ? "/" : settings->root,
		.run_programs = live || settings->chroot,
		.chroot = settings->chroot,
	};
	return 0;
}

/* -- stopping -------------------------------------------------------------------------------------------- */

/* The one thing that a signal handler can tell the rest. */
static volatile sig_atomic_t stop_asked;

static void ask_to_stop(int signal)
{
	(void)signal;
	stop_asked = 1;
}

static bool is_cancelled(void *context)
{
	(void)context;
	return stop_asked;
}

static void hold_signals(bool hold)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
	struct sigaction action = {.sa_handler = hold ? ask_to_stop : SIG_DFL};

	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		(void)sigaction(signals[i], &action, NULL);
	/* Output into a closed pipe must not end an apply halfway. */
	action.sa_handler = hold ? SIG_IGN : SIG_DFL;
	(void)sigaction(SIGPIPE, &action, NULL);
}

/* -- printing ---------------------------------------------------------------------------------------------- */

static void print_step(void *context, const struct plan_step *step, bool undoing, bool done)
{
	struct apply_watch *watch = context;
	FILE *stream = watch->style.stream;

	if (watch->quiet)
		return;
	if (done) {
		if (isatty(fileno(stream)))
			(void)fputs("\r\033[K", stream);
		return;
	}
	terminal_print_padded(&watch->style, undoing ? _("back:") : "",
			      terminal_columns(&watch->style, _("back:")) + 1);
	if (step->kind == PLAN_RUN) {
		_cleanup_arena_ struct arena *arena = arena_new();

		(void)fputs(_("run "), stream);
		terminal_print(&watch->style, plan_command_text(arena, step->argv));
	} else {
		(void)fprintf(stream, "%s /", step->kind == PLAN_REMOVE ? _("remove") : _("write"));
		terminal_print(&watch->style, step->path);
	}
	(void)fputc('\n', stream);
	(void)fflush(stream);
}

/* One line on a terminal, overwritten by the next; nothing where output goes to a file. */
static void print_line(void *context, const char *line)
{
	struct apply_watch *watch = context;
	FILE *stream = watch->style.stream;
	char start[80];

	if (watch->quiet || !isatty(fileno(stream)))
		return;
	(void)snprintf(start, sizeof(start), "%.70s", line);
	(void)fputs("\r\033[K        ", stream);
	terminal_print(&watch->style, start);
	(void)fflush(stream);
}

void apply_watch_begin(struct apply_watch *watch, const struct settings *settings)
{
	*watch = (struct apply_watch){
		.style = text_style_for_output(settings->color),
		.quiet = settings->quiet || streq(settings->format, "json"),
		.watch = {.step = print_step, .line = print_line, .cancelled = is_cancelled},
	};
	watch->watch.context = watch;
	stop_asked = 0;
	hold_signals(true);
}

void apply_watch_end(void)
{
	(void)fflush(stdout);
	hold_signals(false);
}

int apply_recover(const struct transaction_place *place, struct apply_watch *watch,
		  struct error *error)
{
	unsigned id = 0;
	int r = transaction_recover(place, &watch->watch, &id, error);

	if (r == 0 && id && !watch->quiet)
		printf(_("transaction %u was cut off; everything it had changed is put back\n"),
		       id);
	return r;
}

bool apply_confirm(const char *question, struct error *error)
{
	char answer[16];

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
		error_set(error, -EINVAL,
			  "nobody can be asked here: give --yes to do it without a question");
		return false;
	}
	printf("%s [y/N] ", question);
	(void)fflush(stdout);
	if (!fgets(answer, sizeof(answer), stdin))
		return false;
	return *answer == 'y' || *answer == 'Y';
}
