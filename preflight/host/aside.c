/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/host/aside.h"
#include "preflight/descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdalign.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

/* An answer takes microseconds. The lock is also held while a driver starts as it should. */
enum { FIRST_WAIT = 2000, LATER_WAIT = 250 };

struct aside {
	int socket; /* to the process that reads; -1 none */
	pid_t process;
	int wait; /* milliseconds for an answer */
};

struct answer {
	int32_t result; /* bytes, or -errno */
	char data[ASIDE_LIMIT];
};

bool aside_is_for(const char *path)
{
	static const char *const names[] = {"driver_override", "sriov_numvfs", "uevent"};
	const char *slash = strrchr(path, '/');

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (streq(slash ? slash + 1 : path, names[i]))
			return true;
	return false;
}

struct aside *aside_new(void)
{
	struct aside *aside = calloc(1, sizeof(*aside));

	if (aside)
		*aside = (struct aside){.socket = -1, .wait = FIRST_WAIT};
	return aside;
}

/* -- descriptors over a socket (unix(7), SCM_RIGHTS) ------------------------------------------------------------ */

/* A message of one byte, with room for one descriptor. Points into itself: not to be copied. */
struct envelope {
	alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
	char byte;
	struct iovec part;
	struct msghdr message;
};

static void envelope_init(struct envelope *envelope)
{
	*envelope = (struct envelope){0};
	envelope->part = (struct iovec){.iov_base = &envelope->byte, .iov_len = 1};
	envelope->message = (struct msghdr){.msg_iov = &envelope->part,
					    .msg_iovlen = 1,
					    .msg_control = envelope->control,
					    .msg_controllen = sizeof(envelope->control)};
}

static int send_descriptor(int to, int fd)
{
	struct envelope envelope;
	struct cmsghdr *head;

	envelope_init(&envelope);
	head = CMSG_FIRSTHDR(&envelope.message);
	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(head), &fd, sizeof(fd));
	return sendmsg(to, &envelope.message, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/* -1: there is no more to read. */
static int receive_descriptor(int from)
{
	struct envelope envelope;
	const struct cmsghdr *head;
	int fd = -1;

	envelope_init(&envelope);
	if (recvmsg(from, &envelope.message, 0) <= 0)
		return -1;
	head = CMSG_FIRSTHDR(&envelope.message);
	if (head && head->cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(head), sizeof(fd));
	return fd;
}

/* -- the process that reads ------------------------------------------------------------------------------------- */

_Noreturn static void read_for(int socket)
{
	struct answer answer;
	int fd;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	descriptors_close_but(socket, socket);
	while ((fd = receive_descriptor(socket)) >= 0) {
		ssize_t got = read(fd, answer.data, sizeof(answer.data));

		answer.result = (int32_t)(got < 0 ? -errno : got);
		close(fd);
		if (send(socket, &answer,
			 offsetof(struct answer, data) + (got > 0 ? (size_t)got : 0),
			 MSG_NOSIGNAL) < 0)
			break;
	}
	_exit(0);
}

static int start(struct aside *aside)
{
	int ends[2];

	if (aside->socket >= 0)
		return 0;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;
	aside->process = fork();
	if (aside->process == 0)
		read_for(ends[1]);
	close(ends[1]);
	if (aside->process < 0) {
		close(ends[0]);
		return -EAGAIN;
	}
	aside->socket = ends[0];
	return 0;
}

/* What hangs cannot be waited for; it ends when the kernel lets it. */
static void leave(struct aside *aside)
{
	(void)kill(aside->process, SIGKILL);
	(void)waitpid(aside->process, NULL, WNOHANG);
	close(aside->socket);
	aside->socket = -1;
	aside->wait = LATER_WAIT;
}

static void finish(struct aside *aside)
{
	if (aside->socket < 0)
		return;
	close(aside->socket);
	aside->socket = -1;
	while (waitpid(aside->process, NULL, 0) < 0 && errno == EINTR)
		continue;
}

void aside_free(struct aside *aside)
{
	if (aside)
		finish(aside);
	free(aside);
}

/* -- answers ---------------------------------------------------------------------------------------------------- */

/* 1: it has answered, or ended. -ETIMEDOUT. */
static int wait_for_answer(const struct aside *aside)
{
	struct pollfd poll_fd = {.fd = aside->socket, .events = POLLIN};
	int r;

	do
		r = poll(&poll_fd, 1, aside->wait);
	while (r < 0 && errno == EINTR);
	return r == 0 ? -ETIMEDOUT : r < 0 ? -errno : 1;
}

static ssize_t read_here(int fd, void *buffer, size_t size)
{
	ssize_t got = read(fd, buffer, size);

	return got < 0 ? -errno : got;
}

ssize_t aside_read(struct aside *aside, int fd, void *buffer, size_t size)
{
	struct answer answer;
	ssize_t length;

	if (start(aside) < 0)
		return read_here(fd, buffer, size);
	if (send_descriptor(aside->socket, fd) < 0) {
		finish(aside);
		return read_here(fd, buffer, size);
	}
	if (wait_for_answer(aside) == -ETIMEDOUT) {
		leave(aside);
		return -ETIMEDOUT;
	}
	length = recv(aside->socket, &answer, sizeof(answer), 0);
	if (length < (ssize_t)offsetof(struct answer, data)) {
		finish(aside);
		return read_here(fd, buffer, size);
	}
	if (answer.result < 0)
		return answer.result;
	length = answer.result < (ssize_t)size ? answer.result : (ssize_t)size;
	memcpy(buffer, answer.data, (size_t)length);
	return length;
}
