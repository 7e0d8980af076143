/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "progress.h"

#include <errno.h>

enum { QUIET_MILLISECONDS = 500 };

/* Nothing but what a signal handler may do. */
static void show(int number, siginfo_t *information, void *context)
{
	struct progress *progress = information->si_value.sival_ptr;
	int error = errno;

	(void)number;
	(void)context;
	if (information->si_code == SI_TIMER && progress &&
	    write(STDERR_FILENO, progress->words, progress->length) >= 0)
		progress->shown = 1;
	errno = error;
}

static void start_timer(struct progress *progress)
{
	const struct itimerspec once = {.it_value.tv_nsec = QUIET_MILLISECONDS * 1000000L};
	struct sigaction action = {.sa_sigaction = show, .sa_flags = SA_RESTART | SA_SIGINFO};
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM};

	event.sigev_value.sival_ptr = progress;
	if (sigaction(SIGALRM, &action, NULL) < 0 ||
	    timer_create(CLOCK_MONOTONIC, &event, &progress->timer) < 0)
		return;
	progress->timed = true;
	(void)timer_settime(progress->timer, 0, &once, NULL);
}

void progress_begin(struct progress *progress, const struct settings *settings, const char *words)
{
	*progress = (struct progress){.wanted = !settings->quiet && isatty(STDERR_FILENO)};
	(void)clock_gettime(CLOCK_MONOTONIC, &progress->started);
	if (!progress->wanted || !words)
		return;
	progress->words = _(words);
	progress->length = strlen(progress->words);
	start_timer(progress);
}

void progress_count(struct progress *progress, const char *words, size_t done, size_t all)
{
	struct timespec now;
	int64_t milliseconds;

	if (!progress->wanted)
		return;
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	milliseconds = (int64_t)(now.tv_sec - progress->started.tv_sec) * 1000 +
		       (now.tv_nsec - progress->started.tv_nsec) / 1000000;
	if (milliseconds < QUIET_MILLISECONDS)
		return;
	(void)fputc('\r', stderr);
	(void)fprintf(stderr, _("%s %zu of %zu "), _(words), done, all);
	progress->shown = 1;
}

void progress_end(struct progress *progress)
{
	if (progress->timed) {
		(void)timer_delete(progress->timer);
		(void)signal(SIGALRM, SIG_DFL);
		progress->timed = false;
	}
	if (progress->shown)
		(void)fputs("\r\033[K", stderr);
	progress->shown = 0;
}
