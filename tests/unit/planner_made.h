/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of the planner on facts made by hand: no host is read. */
#ifndef VFIOKIT_TESTS_PLANNER_MADE_H
#define VFIOKIT_TESTS_PLANNER_MADE_H

#include "configure/planner.h"
#include "next_made.h"
#include "preflight/host/host.h"

#include <cmocka.h>

struct made_planner {
	struct facts *facts;
	struct host *host;
	struct intent intent;
	struct findings findings;
	struct plan plan;
	struct planner planner;
};

/* A host with one GPU as the target, which nouveau has; the next boot starts with these words. */
static inline void planner_made(struct made_planner *made, const char *cmdline)
{
	struct facts *facts = healthy_intel();

	*made = (struct made_planner){.facts = facts, .host = host_open_nothing()};
	*ARRAY_ADD(facts->arena, &facts->targets) = made_gpu(facts, "nouveau");
	made_entry(facts, cmdline);
	made_image(facts, "nouveau");
	made->findings.arena = facts->arena;
	made->findings.facts = facts;
	made->plan.arena = facts->arena;
	made->planner = (struct planner){.facts = facts,
					 .host = made->host,
					 .intent = &made->intent,
					 .findings = &made->findings,
					 .arena = facts->arena,
					 .plan = &made->plan};
}

static inline void planner_end(struct made_planner *made)
{
	host_close(made->host);
	facts_free(made->facts);
}

/* A failed (or unknown) finding about the first target. */
static inline struct finding *made_finding(struct made_planner *made, const char *id,
					   enum result result, const char *title)
{
	const struct check *check = check_find(id);
	struct finding *finding = ARRAY_ADD(made->facts->arena, &made->findings);

	if (!check)
		abort();
	*finding = (struct finding){.arena = made->facts->arena,
				    .check = check,
				    .facts = made->facts,
				    .subject = "0000:01:00.0",
				    .result = result,
				    .severity = check->severity,
				    .title = title};
	return finding;
}

static inline const struct wished_word *wished(const struct made_planner *made, const char *word)
{
	for_each (wish, &made->planner.wishes.words)
		if (streq(wish->change.word, word))
			return wish;
	return NULL;
}

#endif
