/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "configure/run.h"
#include "configure/change.h"
#include "configure/run_child.h"
#include "configure/run_output.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

enum {
	DEFAULT_TIME_LIMIT = 600,
	GRACE_MS = 5000,      /* between SIGTERM and SIGKILL */
	DRAIN_MS = 500,       /* for output that is still in the pipe when the program has ended */
	SHORTEST_WAIT_MS = 1, /* between two looks at the program, */
	LONGEST_WAIT_MS = 50, /* the longer the longer it has been silent */
};

struct running {
	const struct run_request *request;
	struct run_output *output;
	pid_t group;
	int pipe; /* -1 once nothing more can come */
	int why;  /* -ETIMEDOUT, -ECANCELED: why it is being ended; 0 it is not */
	int64_t deadline, kill_at;
};

static int64_t now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Takes what there is, waiting at most timeout milliseconds. Whether anything came. */
static bool take_output(struct running *running, int timeout)
{
	struct pollfd poll_fd = {.fd = running->pipe, .events = POLLIN};
	char buffer[16 * 1024];
	ssize_t length;

	/* A negative descriptor only waits. */
	if (poll(&poll_fd, 1, timeout) <= 0 || running->pipe < 0)
		return false;
	length = TEMP_FAILURE_RETRY(read(running->pipe, buffer, sizeof(buffer)));
	if (length > 0) {
		run_output_add(running->output, buffer, (size_t)length);
		return true;
	}
	if (length == 0 || errno != EAGAIN) {
		close(running->pipe);
		running->pipe = -1;
	}
	return false;
}

/* Whether the program has ended. It stays a zombie, so that its number cannot be given to others while
 * its group is being signalled. */
static bool has_ended(pid_t process)
{
	siginfo_t info = {0};

	return TEMP_FAILURE_RETRY(
		       waitid(P_PID, (id_t)process, &info, WEXITED | WNOHANG | WNOWAIT)) < 0 ||
	       info.si_pid == process;
}

static void end_if_due(struct running *running)
{
	const struct run_request *request = running->request;
	int64_t now = now_ms();

	if (running->why) {
		if (now >= running->kill_at)
			(void)kill(-running->group, SIGKILL);
		return;
	}
	if (request->cancelled && request->cancelled(request->context))
		running->why = -ECANCELED;
	else if (now >= running->deadline)
		running->why = -ETIMEDOUT;
	else
		return;
	running->kill_at = now + GRACE_MS;
	(void)kill(-running->group, SIGTERM);
}

/* Until the program has ended. Returns its status as waitpid() gives it. */
static int wait_for_end(struct running *running)
{
	int status = 0, wait_ms = SHORTEST_WAIT_MS;
	int64_t drained;

	while (!has_ended(running->group)) {
		end_if_due(running);
		if (take_output(running, wait_ms))
			wait_ms = SHORTEST_WAIT_MS;
		else if (wait_ms < LONGEST_WAIT_MS)
			wait_ms *= 2;
	}
	(void)kill(-running->group, SIGKILL);
	/* A process that left the group may hold the pipe open for ever. */
	drained = now_ms() + DRAIN_MS;
	while (running->pipe >= 0 && now_ms() < drained)
		(void)take_output(running, SHORTEST_WAIT_MS * 10);
	(void)TEMP_FAILURE_RETRY(waitpid(running->group, &status, 0));
	return status;
}

static int tell_end(const struct running *running, int status, struct error *error)
{
	const char *program = running->request->argv[0];
	const char *last = run_output_last_line(running->output);
	const char *joint = *last ? ": " : "";

	if (running->why == -ECANCELED)
		return error_set(error, -ECANCELED, "%s was cancelled", program);
	if (running->why == -ETIMEDOUT)
		return error_set(error, -ETIMEDOUT, "%s did not end within %u seconds%s%s", program,
				 running->request->time_limit ?: DEFAULT_TIME_LIMIT, joint, last);
	if (WIFSIGNALED(status))
		return error_set(error, -EREMOTEIO, "%s was killed by signal %d (%s)%s%s", program,
				 WTERMSIG(status), sigdescr_np(WTERMSIG(status)) ?: "unknown",
				 joint, last);
	if (WEXITSTATUS(status) != 0)
		return error_set(error, -EREMOTEIO, "%s ended with exit status %d%s%s", program,
				 WEXITSTATUS(status), joint, last);
	return 0;
}

/* Starts it. The process, or -errno of what kept it from running the program. */
static pid_t start(const struct run_request *request, int write_end)
{
	int report[2] = {-1, -1}, failure = 0;
	pid_t parent = getpid(), child;

	if (pipe2(report, O_CLOEXEC) < 0)
		return -errno;
	child = change_start_process();
	if (child == 0)
		run_child(request, parent, write_end, report[1]);
	close(report[1]);
	/* exec closes the other end; what comes before is why there was none. */
	if (child > 0 &&
	    TEMP_FAILURE_RETRY(read(report[0], &failure, sizeof(failure))) == sizeof(failure)) {
		(void)TEMP_FAILURE_RETRY(waitpid(child, NULL, 0));
		child = failure;
	}
	close(report[0]);
	return child;
}

int run_program(const struct run_request *request, struct error *error)
{
	_cleanup_(run_output_free) struct run_output output =
		run_output_new(request->output, request->line, request->context);
	struct running running = {.request = request, .output = &output};
	int ends[2], status;

	if (*request->argv[0] != '/')
		return error_set(error, -EINVAL, "%s: not an absolute path", request->argv[0]);
	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_set(error, -errno, "%s: %s", request->argv[0], error_words(errno));
	running.pipe = ends[0];
	/* Only this end: the program must not see a pipe that does not block. */
	(void)fcntl(ends[0], F_SETFL, O_NONBLOCK);
	running.group = start(request, ends[1]);
	close(ends[1]);
	if (running.group < 0) {
		close(ends[0]);
		return error_set(error, running.group, "%s could not be started: %s",
				 request->argv[0], error_words(running.group));
	}
	running.deadline = now_ms() + (int64_t)(request->time_limit ?: DEFAULT_TIME_LIMIT) * 1000;
	status = wait_for_end(&running);
	if (running.pipe >= 0)
		close(running.pipe);
	run_output_finish(&output);
	return tell_end(&running, status, error);
}
