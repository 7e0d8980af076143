/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs commands side by side and prints the median of each.
 *
 * Standard input has one command a line: "LABEL<tab>RUNS<tab>INPUT<tab>COMMAND ARGUMENT…", words
 * separated by one blank, INPUT a file for its standard input ("-": nothing). Rounds go over all
 * commands, so that what else the machine does meets all of them; the first round is not counted,
 * unless RUNS is 1. Prints lines of tabs: label, median, least and most milliseconds, median
 * milliseconds of processor time, most memory in KiB, last exit status.
 */
#include "preflight/base.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { COMMANDS_LIMIT = 128, RUNS_LIMIT = 99, WORDS_LIMIT = 64 };

struct sample {
	double wall, processor; /* milliseconds */
};

struct measured {
	char *line; /* the texts below point into it */
	const char *label, *input;
	char *words[WORDS_LIMIT];
	unsigned runs, done;
	struct sample samples[RUNS_LIMIT];
	long memory;
	int status;
};

static double milliseconds(struct timeval time)
{
	return (double)time.tv_sec * 1e3 + (double)time.tv_usec / 1e3;
}

static double now(void)
{
	struct timespec time;

	(void)clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static void run_child(const struct measured *measured)
{
	int input = open(streq(measured->input, "-") ? "/dev/null" : measured->input, O_RDONLY);
	int output = open("/dev/null", O_WRONLY);

	if (input >= 0 && output >= 0 && dup2(input, 0) == 0 && dup2(output, 1) == 1 &&
	    dup2(output, 2) == 2)
		(void)execvp(measured->words[0], measured->words);
	_exit(127);
}

static bool run_once(struct measured *measured, bool counts)
{
	struct rusage usage;
	double start = now();
	struct sample sample;
	pid_t child = fork();
	int status;

	if (child == 0)
		run_child(measured);
	if (child < 0 || wait4(child, &status, 0, &usage) < 0)
		return false;
	sample.wall = now() - start;
	sample.processor = milliseconds(usage.ru_utime) + milliseconds(usage.ru_stime);
	if (counts)
		measured->samples[measured->done++] = sample;
	if (usage.ru_maxrss > measured->memory)
		measured->memory = usage.ru_maxrss;
	measured->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128;
	return measured->status != 127;
}

static bool parse_line(struct measured *measured)
{
	char *rest = measured->line, *runs, *word;
	size_t count = 0;

	measured->label = strsep(&rest, "\t");
	runs = strsep(&rest, "\t");
	measured->input = strsep(&rest, "\t");
	if (!rest)
		return false;
	measured->runs = (unsigned)strtoul(runs, NULL, 10);
	while (count < WORDS_LIMIT - 1 && (word = strsep(&rest, " ")))
		measured->words[count++] = word;
	return !rest && measured->runs > 0 && measured->runs <= RUNS_LIMIT;
}

static int by_size(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return (a > b) - (a < b);
}

static void print_measured(const struct measured *measured)
{
	double wall[RUNS_LIMIT], processor[RUNS_LIMIT];
	unsigned count = measured->done;

	for (unsigned i = 0; i < count; i++) {
		wall[i] = measured->samples[i].wall;
		processor[i] = measured->samples[i].processor;
	}
	qsort(wall, count, sizeof(*wall), by_size);
	qsort(processor, count, sizeof(*processor), by_size);
	printf("%s\t%.2f\t%.2f\t%.2f\t%.2f\t%ld\t%d\n", measured->label, wall[count / 2], wall[0],
	       wall[count - 1], processor[count / 2], measured->memory, measured->status);
}

static bool run_round(struct measured *all, size_t count, unsigned round)
{
	for (size_t i = 0; i < count; i++) {
		bool once = all[i].runs == 1;

		if (once ? round != 1 : round > all[i].runs)
			continue;
		if (!run_once(&all[i], once || round > 0)) {
			(void)fprintf(stderr, "measure: %s: cannot be run\n", all[i].words[0]);
			return false;
		}
	}
	return true;
}

int main(void)
{
	static struct measured all[COMMANDS_LIMIT];
	unsigned rounds = 0;
	size_t count = 0, size;
	ssize_t length;

	while (count < COMMANDS_LIMIT) {
		size = 0;
		length = getline(&all[count].line, &size, stdin);
		if (length <= 0)
			break;
		all[count].line[length - 1] = '\0';
		if (!parse_line(&all[count])) {
			(void)fprintf(stderr, "measure: line %zu is no command\n", count + 1);
			return 2;
		}
		if (all[count].runs > rounds)
			rounds = all[count].runs;
		count++;
	}
	for (unsigned round = 0; round <= rounds; round++)
		if (!run_round(all, count, round))
			return 2;
	for (size_t i = 0; i < count; i++) {
		print_measured(&all[i]);
		free(all[i].line);
	}
	return 0;
}
