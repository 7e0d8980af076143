/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "configure/run_output.h"
#include "configure/change.h"
#include "configure/content.h"

struct run_output run_output_new(int file, void (*line)(void *context, const char *line),
				 void *context)
{
	return (struct run_output){.file = file, .line = line, .context = context};
}

const char *run_output_last_line(const struct run_output *output)
{
	return output->last;
}

void run_output_free(struct run_output *output)
{
	free(output->tail);
	output->tail = NULL;
}

static void end_line(struct run_output *output)
{
	size_t length = output->length;

	output->length = 0;
	if (length && output->current[length - 1] == '\r')
		length--;
	output->current[length] = '\0';
	if (output->current[strspn(output->current, " \t\r")])
		(void)snprintf(output->last, sizeof(output->last), "%.*s",
			       (int)sizeof(output->last) - 1, output->current);
	if (output->line)
		output->line(output->context, output->current);
}

static void add_to_line(struct run_output *output, char byte)
{
	if (byte == '\n') {
		end_line(output);
		return;
	}
	if (output->length == RUN_LINE_LIMIT)
		end_line(output);
	output->current[output->length++] = byte ? byte : '?';
}

/* A full disk is no reason to stop a program halfway: what cannot be kept is not. */
static void keep(struct run_output *output, const char *data, size_t length)
{
	if (output->file < 0)
		return;
	if (content_write(output->file, data, length, (off_t)output->kept) < 0)
		output->file = -1;
	else
		output->kept += length;
}

static void add_to_tail(struct run_output *output, const char *data, size_t length)
{
	if (!output->tail)
		output->tail = malloc(RUN_OUTPUT_TAIL);
	for (size_t i = 0; output->tail && i < length; i++)
		output->tail[(output->total + i) % RUN_OUTPUT_TAIL] = data[i];
}

void run_output_add(struct run_output *output, const char *data, size_t length)
{
	size_t room = output->total < RUN_OUTPUT_HEAD ? RUN_OUTPUT_HEAD - output->total : 0;
	size_t head = length < room ? length : room;

	for (size_t i = 0; i < length; i++)
		add_to_line(output, data[i]);
	if (head)
		keep(output, data, head);
	output->total += head;
	if (head < length)
		add_to_tail(output, data + head, length - head);
	output->total += length - head;
}

static void keep_tail(struct run_output *output, uint64_t beyond, size_t length)
{
	size_t start = (output->total - length) % RUN_OUTPUT_TAIL;
	size_t first = length < RUN_OUTPUT_TAIL - start ? length : RUN_OUTPUT_TAIL - start;
	char words[64];

	if (beyond > length) {
		(void)snprintf(words, sizeof(words), "\n[%llu bytes are not kept]\n",
			       (unsigned long long)(beyond - length));
		keep(output, words, strlen(words));
	}
	keep(output, output->tail + start, first);
	keep(output, output->tail, length - first);
}

void run_output_finish(struct run_output *output)
{
	uint64_t beyond = output->total > RUN_OUTPUT_HEAD ? output->total - RUN_OUTPUT_HEAD : 0;

	if (output->length)
		end_line(output);
	if (beyond && output->tail)
		keep_tail(output, beyond,
			  beyond < RUN_OUTPUT_TAIL ? (size_t)beyond : RUN_OUTPUT_TAIL);
	if (output->file >= 0)
		(void)change_sync(output->file);
}
