/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tests of capture/redact.h share. Include cmocka.h first. */
#ifndef VFIOKIT_TESTS_REDACT_MADE_H
#define VFIOKIT_TESTS_REDACT_MADE_H

#include "preflight/capture/redact.h"

struct fixture {
	struct arena *arena;
	struct redactor *redactor;
};

static inline int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	if (!fixture)
		return -1;
	fixture->arena = arena_new();
	fixture->redactor = redactor_new(fixture->arena);
	*state = fixture;
	return 0;
}

static inline int tear_down(void **state)
{
	struct fixture *fixture = *state;

	arena_free(fixture->arena);
	free(fixture);
	return 0;
}

static inline const char *apply(const struct fixture *fixture, enum redaction redaction,
				const char *text)
{
	return redactor_apply(fixture->redactor, fixture->arena, redaction,
			      (struct bytes){text, strlen(text)})
		.data;
}

static inline void learn(const struct fixture *fixture, enum redaction redaction, const char *text)
{
	redactor_learn(fixture->redactor, redaction, (struct bytes){text, strlen(text)});
}

#define assert_becomes(fixture, text, wanted)                                                      \
	assert_string_equal(apply(fixture, REDACT_TEXT, text), wanted)
#define assert_stays(fixture, text) assert_becomes(fixture, text, text)

/* "ip route: default via 10.20.30.1, 10.20.30.0/24; 10.0.0.0/8" as the kernel prints it */
static const char routes[] __attribute__((unused)) =
	"Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
	"eno1\t00000000\t011E140A\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
	"eno1\t001E140A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"
	"eno2\t0000000A\t011E140A\t0003\t0\t0\t0\t000000FF\t0\t0\t0\n";

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
